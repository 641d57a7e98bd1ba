//! The three steps, one screen each: [`mod@poll`], [`mod@plan`], [`mod@deliver`].
//!
//! Every step has one shape: its claim is given to it, it works outside any transaction, and it settles the whole
//! outcome at once. Doing it again does no harm. [`remember`] is what a poll makes of its feed's memory.

pub mod backlog;
pub mod condition;
pub mod deliver;
pub mod health;
pub mod heartbeat;
pub mod outcry;
pub mod places;
pub mod plan;
pub mod poll;
pub mod recognise;
pub mod remember;
pub mod setup;
pub mod skim;
pub mod workers;

pub use deliver::{Attempted, attempt_broken, deliver};
pub use places::Places;
pub use plan::plan;
pub use poll::{Polled, PolledAs, broken, poll};
pub use setup::{Setup, Target};
