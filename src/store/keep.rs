//! How long what is kept.

use std::time::Duration;

/// How long what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// The text of an item after it has left its feed.
    pub text: Duration,
    /// The key of an item after it has left its feed.
    pub key: Duration,
    /// Alerts and deliveries that are sent or dead. What is pending is never forgotten.
    pub alerts: Duration,
    /// A trouble of the service after its end: longer than it takes until the next one of its kind is told again.
    pub ended: Duration,
}

impl Default for Keep {
    fn default() -> Self {
        const DAY: u64 = 86_400;
        Self {
            text: Duration::from_secs(30 * DAY),
            key: Duration::from_secs(400 * DAY),
            alerts: Duration::from_secs(90 * DAY),
            ended: Duration::from_secs(30 * DAY),
        }
    }
}
