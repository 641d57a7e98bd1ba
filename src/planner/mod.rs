//! Alerts become deliveries and holds; verdicts become what follows. Pure: it decides when a message is due.
//!
//! [`mod@plan`] runs under a claim on one notifier, so that what feeds share is decided by one author. [`retry`] is the one
//! place that decides what an attempt means for its delivery.

pub mod failing;
pub mod plan;
pub mod retry;
mod why;

pub use plan::{Bundle, Plan, Policy, Queue, Queued, plan};
pub use failing::{after_look, is_failing};
pub use retry::{SCHEDULE, after_attempt};
