//! Moments of an alert's way, and the time between them.

use std::fmt;
use std::time::Duration;

use crate::model::time::say_duration;
use crate::model::{Delivery, DeliveryState, Time, Verdict};
use crate::store::Attempt;

/// ` (3s later)`: a moment after another one, where that is known and lies before it.
pub struct After(pub Option<Time>, pub Time);

impl fmt::Display for After {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(before) if before <= self.1 => {
                let wait = self.1.since(before);
                // Below a second the milliseconds count, above it they hide what does.
                let wait = if wait < Duration::from_secs(1) { wait } else { Duration::from_secs(wait.as_secs()) };
                write!(f, " ({} later)", say_duration(wait))
            }
            _ => Ok(()),
        }
    }
}

/// When the other side had it: the last attempt in which somebody accepted.
pub fn sent_at(delivery: &Delivery, attempts: &[Attempt]) -> Option<Time> {
    let accepted = |verdict: &Verdict| match verdict {
        Verdict::Accepted { .. } => true,
        Verdict::Recipients { each } => each.iter().any(|(_, v)| matches!(v, Verdict::Accepted { .. })),
        _ => false,
    };
    let last = attempts.iter().rev().find(|a| accepted(&a.verdict)).map(|a| a.at);
    last.filter(|_| delivery.state == DeliveryState::Sent)
}
