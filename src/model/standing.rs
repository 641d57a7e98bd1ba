//! What is wrong with the service itself, from when it began until it ends.

use serde::{Deserialize, Serialize};

use super::alert::Reason;
use super::time::Time;

/// A trouble of the service: there is at most one of each reason and subject. It stays for a while after its end, so that
/// what comes and goes every minute is not told every minute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// What kind of trouble: the reason of the alert that tells of it.
    pub reason: Reason,
    /// The feed or notifier that it is about; "" where it is about the service as a whole.
    pub subject: String,
    /// When it began.
    pub since: Time,
    /// What is wrong, in words.
    pub said: String,
    /// Somebody has been told of it, and not yet of its end.
    pub told: bool,
    /// When somebody was last told of a trouble of this reason and subject, this one or one before.
    pub last_told: Option<Time>,
    /// When it ended; `None` while it stands.
    pub ended: Option<Time>,
}

impl Standing {
    /// Whether it goes on.
    pub fn stands(&self) -> bool {
        self.ended.is_none()
    }

    /// Whether this is the trouble of that reason and subject.
    pub fn is(&self, reason: Reason, subject: &str) -> bool {
        self.reason == reason && self.subject == subject
    }
}

/// How the attempts of one notifier go.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NotifierHealth {
    /// Attempts in a row that did not reach it, or that it did not take.
    pub failures: u32,
    /// The first of these.
    pub failing_since: Option<Time>,
    /// The last attempt.
    pub last_try: Option<Time>,
    /// The last attempt that it answered as one that works.
    pub last_ok: Option<Time>,
    /// It asked for nothing before then.
    pub not_before: Option<Time>,
    /// What was last said, if that was trouble.
    pub error: Option<String>,
    /// Its target said then that it is gone: it is off until it has another target, or is switched on.
    pub off_since: Option<Time>,
    /// The target that said so.
    pub off_target: Option<String>,
}
