//! The shapes of JSON Lines, as `docs/json.md` describes them.

use std::time::Duration;

use serde::Serialize;

use crate::model::hints::DAYS;
use crate::model::time::say_duration;
use crate::model::{
    Alert, AlertId, Cloud, Delivery, DeliveryId, DeliveryState, Enclosure, FeedState, Follows, Hold, NotifierName,
    SilenceId, Time,
};
use crate::parser::ParsedFeed;
use crate::store::{AlertStory, Recorded};

/// An alert as `once` and `alerts list` print it.
#[derive(Serialize)]
pub struct AlertRecord<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    alert: &'a Alert,
    #[serde(skip_serializing_if = "Option::is_none")]
    deliveries: Option<Vec<DeliveryRecord<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    holds: Option<Vec<HoldRecord<'a>>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    silenced: Vec<SilencedRecord<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    recorded: Vec<RecordedRecord<'a>>,
}

impl<'a> AlertRecord<'a> {
    /// The alert alone.
    pub fn of(alert: &'a Alert) -> Self {
        Self { kind: "alert", alert, deliveries: None, holds: None, silenced: Vec::new(), recorded: Vec::new() }
    }

    /// The alert with what became of it.
    pub fn story(story: &'a AlertStory) -> Self {
        let deliveries = story.deliveries.iter().map(|(d, _)| DeliveryRecord::of(d)).collect();
        let holds = story.holds.iter().map(|(notifier, hold, due)| HoldRecord { notifier, hold: *hold, due: *due });
        let silenced = story.silenced.iter().map(|s| SilencedRecord {
            notifier: &s.notifier,
            silence: &s.silence.id,
            at: s.at,
            by: &s.silence.by,
            reason: &s.silence.reason,
        });
        Self {
            kind: "alert",
            alert: &story.alert,
            deliveries: Some(deliveries),
            holds: Some(holds.collect()),
            silenced: silenced.collect(),
            recorded: story.recorded.iter().map(RecordedRecord::of).collect(),
        }
    }
}

/// A delivery as `once` prints it.
#[derive(Serialize)]
pub struct DeliveryRecord<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    id: &'a DeliveryId,
    alerts: &'a [AlertId],
    notifier: &'a NotifierName,
    state: DeliveryState,
    attempts: u32,
    next_attempt: Option<Time>,
    error: Option<&'a str>,
}

impl<'a> DeliveryRecord<'a> {
    /// Of a delivery.
    pub fn of(delivery: &'a Delivery) -> Self {
        Self {
            kind: "delivery",
            id: &delivery.id,
            alerts: &delivery.alerts,
            notifier: &delivery.notifier,
            state: delivery.state,
            attempts: delivery.attempts,
            next_attempt: delivery.next_attempt,
            error: delivery.error.as_deref(),
        }
    }
}

#[derive(Serialize)]
struct HoldRecord<'a> {
    notifier: &'a NotifierName,
    hold: Option<Hold>,
    due: Option<Time>,
}

/// A notifier that was told of the same story before, and by which alert.
#[derive(Serialize)]
pub struct RecordedRecord<'a> {
    notifier: &'a NotifierName,
    at: Time,
    follows: &'a Follows,
}

impl<'a> RecordedRecord<'a> {
    /// Of what is recorded.
    pub fn of(recorded: &'a Recorded) -> Self {
        Self { notifier: &recorded.notifier, at: recorded.at, follows: &recorded.follows }
    }
}

#[derive(Serialize)]
struct SilencedRecord<'a> {
    notifier: &'a NotifierName,
    silence: &'a SilenceId,
    at: Time,
    by: &'a str,
    reason: &'a str,
}

/// The last line of a round.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Summary {
    /// Feeds in the configuration.
    pub feeds: usize,
    /// Polls of this round.
    pub polled: usize,
    /// Those answered with "not modified".
    pub not_modified: usize,
    /// Those that failed.
    pub failed: usize,
    /// Items first seen, those of a baseline included.
    pub items_new: usize,
    /// Items whose text changed.
    pub items_edited: usize,
    /// Alerts raised.
    pub alerts: usize,
    /// Deliveries sent.
    pub delivered: usize,
    /// What waits to be sent when the round ends.
    pub pending: usize,
    /// What waits for a notifier when the round ends.
    pub held: usize,
    /// Deliveries that died in this round.
    pub dead: usize,
    /// Of bodies, on the wire.
    pub bytes: u64,
    /// Milliseconds the round took.
    pub elapsed_ms: u64,
}

/// The summary with its type.
#[derive(Serialize)]
pub struct SummaryRecord {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    summary: Summary,
}

impl From<Summary> for SummaryRecord {
    fn from(summary: Summary) -> Self {
        Self { kind: "summary", summary }
    }
}

/// The head of `parse`.
#[derive(Serialize)]
#[serde(tag = "type", rename = "feed")]
pub struct FeedHead<'a> {
    pub format: &'a str,
    pub title: &'a str,
    pub link: Option<&'a str>,
    pub language: Option<&'a str>,
    pub updated: Option<Time>,
    #[serde(rename = "self")]
    pub itself: Option<&'a str>,
    pub hubs: &'a [String],
    pub cloud: Option<&'a Cloud>,
    pub interval: Option<String>,
    pub skip_hours: &'a [u8],
    pub skip_days: Vec<&'static str>,
    pub left_out: usize,
    pub cut_fields: usize,
    pub dropped_links: usize,
}

impl<'a> FeedHead<'a> {
    /// Of a feed as it was read.
    pub fn of(feed: &'a ParsedFeed) -> Self {
        let hints = &feed.hints;
        Self {
            format: &feed.format,
            title: &feed.title,
            link: feed.link.as_deref(),
            language: feed.language.as_deref(),
            updated: feed.updated,
            itself: hints.itself.as_deref(),
            hubs: &hints.hubs,
            cloud: hints.cloud.as_ref(),
            interval: hints.interval.map(|seconds| say_duration(Duration::from_secs(seconds))),
            skip_hours: &hints.skip_hours,
            skip_days: hints.skip_days.iter().filter_map(|day| DAYS.get(usize::from(*day)).copied()).collect(),
            left_out: feed.left_out,
            cut_fields: feed.cut_fields,
            dropped_links: feed.dropped_links,
        }
    }
}

/// An item of `parse`.
#[derive(Serialize)]
#[serde(tag = "type", rename = "item")]
pub struct ItemRecord<'a> {
    pub key: &'a str,
    pub key_kind: crate::model::KeyKind,
    pub title: &'a str,
    pub link: Option<&'a str>,
    pub summary: &'a str,
    pub body: &'a str,
    pub authors: &'a [String],
    pub categories: &'a [String],
    pub enclosures: &'a [Enclosure],
    pub published: Option<Time>,
    pub updated: Option<Time>,
    pub language: Option<&'a str>,
}

/// The lines of `status`.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum StatusRecord<'a> {
    /// First: is it well?
    Service {
        healthy: bool,
        worst: Option<String>,
        since: Option<Time>,
        findings: Vec<FindingRecord>,
        running: Option<bool>,
        holder: Option<String>,
    },
    /// One a feed.
    Feed {
        name: &'a str,
        url: String,
        state: FeedState,
        last_poll: Option<Time>,
        next_poll: Option<Time>,
        failures: u32,
        failing_since: Option<Time>,
        silent_since: Option<Time>,
        error: Option<&'a str>,
        moved_to: Option<String>,
    },
    /// What is owed and what became of the rest.
    Outbox { pending: usize, held: usize, sent: usize, dead: usize },
    /// Where it is kept.
    Store { url: String, bytes: u64, items: u64 },
    /// One a notifier.
    Notifier {
        name: &'a str,
        state: &'static str,
        since: Option<Time>,
        last_ok: Option<Time>,
        waiting: usize,
        error: Option<String>,
    },
}

/// Something that `status` finds not to be well.
#[derive(Serialize)]
pub struct FindingRecord {
    pub said: String,
    pub since: Option<Time>,
}
