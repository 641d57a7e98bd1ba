//! What the steps take from a store and give back to it, whole.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{
    Alert, AlertId, Delivery, DeliveryId, FeedMemory, FeedName, Guard, NotifierName, Remembered, Standing, Time,
    Verdict,
};
use crate::planner::Plan;
use crate::text::gist::Gist;

/// A configuration that has been put in force: its files, without the secrets in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// When.
    pub at: Time,
    /// The main file first.
    pub files: Vec<KeptFile>,
}

/// A file of a configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFile {
    /// Absolute.
    pub path: String,
    /// Its text, with `…` for each secret.
    pub text: String,
    /// The lines that hold one.
    pub hidden: Vec<HiddenLine>,
}

/// A line that is not kept whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HiddenLine {
    /// Counted from 0.
    pub number: usize,
    /// Part of a hash of the whole line, to know it again.
    pub check: u16,
}

/// Feeds by what is to be expected of their servers. Those that may keep us waiting have places of their own, so that the
/// others need not wait for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// The last poll was answered well.
    Answering = 0,
    /// None has been answered yet.
    New = 1,
    /// The last poll failed.
    Failing = 2,
}

impl Lane {
    /// Every lane, the best first.
    pub const ALL: [Self; 3] = [Self::Answering, Self::New, Self::Failing];

    /// The lane of a feed with this memory.
    pub fn of(memory: &FeedMemory) -> Self {
        match (memory.failures, memory.last_ok) {
            (1.., _) => Self::Failing,
            (0, None) => Self::New,
            (0, Some(_)) => Self::Answering,
        }
    }
}

/// A feed taken for a poll.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedClaim {
    /// The feed.
    pub feed: FeedName,
    /// What is known of it.
    pub memory: FeedMemory,
    /// When our own network was last away, if this feed has not answered since.
    pub outage: Option<Guard>,
}

/// Whether a poll reached the other side at all; over all feeds this tells our own outage from theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contact {
    /// Somebody answered.
    Answered,
    /// Nobody did.
    Unreachable,
    /// A file: says nothing of the network.
    Local,
}

/// All that a poll writes.
#[derive(Debug, Clone, PartialEq)]
pub struct PollOutcome {
    /// The feed.
    pub feed: FeedName,
    /// What is known of it from now on.
    pub memory: FeedMemory,
    /// Of that memory nothing but the times of polls differs from what was claimed, so that nothing else need be written.
    pub times_alone: bool,
    /// Whether the network was there.
    pub contact: Contact,
    /// When it ended.
    pub at: Time,
    /// Items to remember anew.
    pub records: Vec<Remembered>,
    /// Rows of items that have left the document.
    pub left: Vec<i64>,
    /// Alerts, each with the notifiers it is for.
    pub alerts: Vec<(Alert, Vec<NotifierName>)>,
    /// By what alerts are known in other feeds, where their watches ask for stories.
    pub gists: Vec<(AlertId, Gist)>,
    /// What is kept of the document that was read, for the next one to be skimmed; empty: nothing. `None`: as it was.
    pub skim: Option<Vec<u8>>,
}

impl PollOutcome {
    /// Whether nothing is to be written but the feed's own row.
    pub fn is_quiet(&self) -> bool {
        let items = self.records.is_empty() && self.left.is_empty() && self.skim.is_none();
        items && self.alerts.is_empty() && self.gists.is_empty() && self.memory.error.is_none()
    }
}

/// All that a plan writes.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanOutcome {
    /// The notifier.
    pub notifier: NotifierName,
    /// What was decided.
    pub plan: Plan,
    /// When.
    pub at: Time,
}

/// All that an attempt writes.
#[derive(Debug, Clone, PartialEq)]
pub struct AttemptOutcome {
    /// The delivery as it stands after the attempt.
    pub delivery: Delivery,
    /// What the other side said.
    pub verdict: Verdict,
    /// When it ended.
    pub at: Time,
    /// The target that said it is gone, if it did: the notifier is off until it has another one.
    pub gone: Option<String>,
    /// How long after the first attempt another notifier is to have it, too, unless it is accepted.
    pub escalate: Option<Duration>,
}

/// All that a look at the service's own health writes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HealthOutcome {
    /// Troubles as they stand now, or ended.
    pub standing: Vec<Standing>,
    /// Service alerts, each with the notifiers it is for.
    pub alerts: Vec<(Alert, Vec<NotifierName>)>,
    /// Feeds to be asked at once, since the network is back.
    pub due: Vec<FeedName>,
    /// Times to be noted, each under its name.
    pub marks: Vec<(String, Time)>,
}

/// Something taken.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Claim {
    /// A feed, for a poll.
    Feed(FeedName),
    /// A notifier's queue, for a plan.
    Queue(NotifierName),
    /// A delivery, for an attempt.
    Delivery(DeliveryId),
}
