//! What a notifier and its watches ask of the planner.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::model::time::say_duration;
use crate::model::{Alert, AlertKind, Cron, NotifierName, QuietHours, Reason, Time, WatchName};

use super::story::Telling;

/// How a notifier likes its alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bundle {
    /// All alerts of one item in one message: mail, console.
    Item,
    /// One message an alert: webhooks.
    Alert,
}

/// What is decided by the configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// How alerts are bundled.
    pub bundle: Bundle,
    /// What the notifier says.
    pub notifier: NotifierPolicy,
    /// What its watches say; one that says nothing need not be there.
    pub watches: HashMap<WatchName, WatchPolicy>,
}

/// Keys of `[[notifier]]` that decide when it is told.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NotifierPolicy {
    /// When its digests are sent; `None`: alerts are told as they come.
    pub digest: Option<Cron>,
    /// When only what is urgent is told.
    pub quiet: Option<QuietHours>,
    /// How many messages it takes.
    pub limit: Option<Limit>,
    /// Who has its messages, too, when it does not accept them in time.
    pub escalate: Option<Escalation>,
    /// News of the service that is told in quiet hours, too: `urgent` of `[service]`.
    pub urgent: Vec<Reason>,
}

/// What leaves whoever relies on an urgent watch without it, and without knowing: nothing is seen, or somebody is not told.
pub const BLINDING: [Reason; 2] = [Reason::Offline, Reason::NotifierFailing];

/// What is told in quiet hours.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Urgent {
    /// Alerts of these watches.
    pub watches: Vec<WatchName>,
    /// News of the service for these reasons.
    pub reasons: Vec<Reason>,
}

/// `escalate = { after = "60s", notify = "phone" }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escalation {
    /// Counted from the first attempt at a message.
    pub after: Duration,
    /// Another notifier.
    pub notify: NotifierName,
}

/// Keys of `[[watch]]` that decide when its alerts are told.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WatchPolicy {
    /// Told in quiet hours, too, and never kept for a digest.
    pub urgent: bool,
    /// When its digests are sent, before what the notifier says.
    pub digest: Option<Cron>,
    /// How many messages may hold alerts of it, for each notifier.
    pub limit: Option<Limit>,
    /// How one story in many feeds is told.
    pub story: StoryPolicy,
}

/// `story` and `story_window` of `[[watch]]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoryPolicy {
    /// How what follows is told.
    pub telling: Telling,
    /// For how long after the first alert of a story others follow it.
    pub window: Duration,
}

impl Default for StoryPolicy {
    fn default() -> Self {
        Self { telling: Telling::default(), window: Duration::from_secs(24 * 3600) }
    }
}

/// The longest period of a limit: what was told a week ago bothers nobody now.
pub const LIMITED_FOR: Duration = Duration::from_secs(7 * 24 * 3600);

/// So many messages in any period of this length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// At least one.
    pub count: usize,
    /// The length of the period.
    pub per: Duration,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.count, say_duration(self.per))
    }
}

impl Policy {
    /// Everything at once, in messages of this kind.
    pub fn immediate(bundle: Bundle) -> Self {
        Self { bundle, notifier: NotifierPolicy::default(), watches: HashMap::new() }
    }

    /// The longest period of any limit in it: messages sealed before that count for nothing.
    pub fn remembers(&self) -> Option<Duration> {
        let limits = self.watches.values().filter_map(|watch| watch.limit).chain(self.notifier.limit);
        limits.map(|limit| limit.per).max()
    }

    /// In quiet hours what may be told: also what is tried again then wakes nobody who sleeps. `None`: all.
    pub fn only(&self, now: Time) -> Option<Urgent> {
        self.notifier.quiet.as_ref()?.until(now)?;
        let watches = self.watches.iter().filter(|(_, watch)| watch.urgent).map(|(name, _)| name.clone()).collect();
        Some(Urgent { watches, reasons: self.notifier.urgent.clone() })
    }

    fn watch(&self, alert: &Alert) -> Option<&WatchPolicy> {
        alert.watch.as_ref().and_then(|watch| self.watches.get(watch))
    }

    /// How the story of this alert is told.
    pub(super) fn story(&self, alert: &Alert) -> StoryPolicy {
        self.watch(alert).map(|watch| watch.story).unwrap_or_default()
    }

    pub(super) fn is_urgent(&self, alert: &Alert) -> bool {
        match alert.kind {
            AlertKind::Service => self.notifier.urgent.contains(&alert.reason),
            AlertKind::New | AlertKind::Edited => self.watch(alert).is_some_and(|watch| watch.urgent),
        }
    }

    /// When the digest of this alert is sent. News of the service never waits for one: it is about what is wrong now.
    pub(super) fn digest(&self, alert: &Alert) -> Option<&Cron> {
        if alert.kind == AlertKind::Service {
            return None;
        }
        self.watch(alert).and_then(|watch| watch.digest.as_ref()).or(self.notifier.digest.as_ref())
    }
}
