//! Alerts become deliveries and holds; verdicts become what follows. Pure: it decides when a message is due.
//!
//! [`mod@plan`] runs under a claim on one notifier, so that what feeds share is decided by one author. [`retry`] is the one
//! place that decides what an attempt means for its delivery.

mod budget;
pub mod failing;
pub mod plan;
pub mod policy;
pub mod retry;
pub mod story;
mod why;

pub use budget::Spent;
pub use failing::{after_look, is_failing};
pub use plan::{Plan, Queue, Queued, plan};
pub use policy::{Bundle, Escalation, Limit, NotifierPolicy, Policy, StoryPolicy, Urgent, WatchPolicy};
pub use retry::{SCHEDULE, after_attempt};
pub use story::{Member, Near, Story, Telling};
