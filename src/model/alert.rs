//! An alert: the hits of one watch in one change, with its reason; or news of the service itself.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::change::FieldDiff;
use super::hit::{Field, Hit};
use super::ids::{AlertId, FeedName, WatchName};
use super::time::Time;

/// A fact, raised once and never changed. Serialised, it is the alert of the JSON contract (`docs/json.md`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// Computed from what it is about.
    pub id: AlertId,
    /// New, edited, or of the service.
    pub kind: AlertKind,
    /// Why it was raised.
    pub reason: Reason,
    /// The reason as a person is told it.
    pub sentence: String,
    /// `None` for a service alert.
    pub watch: Option<WatchName>,
    /// `None` where a service alert concerns no feed.
    pub feed: Option<FeedName>,
    /// `None` for a service alert.
    pub item: Option<AlertItem>,
    /// What was found.
    pub hits: Vec<Hit>,
    /// What an edit did to the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff: Option<Vec<FieldDiff>>,
    /// When it was raised.
    pub raised: Time,
    /// The text around hits outside the title, for messages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excerpts: Vec<Excerpt>,
    /// Why the planner tells it as one thing with others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guard: Option<Guard>,
    /// Whether this is the first that this watch says of this item.
    #[serde(default)]
    pub first: bool,
    /// What a service alert adds to its sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceNews>,
    /// Where it is told to somebody who was told of the same story before; the fact itself knows of no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<Follows>,
}

/// The alert that a notifier was told first of a story that came in other feeds too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Follows {
    /// Its id.
    pub alert: AlertId,
    /// Its feed.
    pub feed: FeedName,
    /// The key of its item.
    pub item: String,
    /// When it was raised.
    pub raised: Time,
    /// By what the two are the same.
    pub by: Sameness,
}

/// By what items of two feeds are one story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sameness {
    /// Their links lead to one page.
    Link,
    /// Their texts are nearly the same.
    Text,
    /// The one is an edit of an item that was.
    Item,
}

/// News of the service itself, beside the sentence that says the worst of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceNews {
    /// The feed or notifier that it is about; `None` where it is about the service as a whole.
    pub subject: Option<String>,
    /// When it began.
    pub since: Time,
    /// When it ended, if it did.
    pub until: Option<Time>,
    /// What was seen, in lines.
    pub details: Vec<String>,
    /// What to do, in a sentence; `None` where nothing is to be done.
    pub advice: Option<String>,
}

/// What an alert is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// An item that is new to its feed.
    New,
    /// An item whose text changed.
    Edited,
    /// The service itself.
    Service,
}

/// The item as it stood when the alert was raised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertItem {
    /// Its key within its feed.
    pub key: String,
    /// Plain text.
    pub title: String,
    /// Absolute, or null.
    pub link: Option<String>,
    /// As the feed says.
    pub published: Option<Time>,
}

/// A piece of a field with hits in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excerpt {
    /// The field it is cut from.
    pub field: Field,
    /// The piece, cut at word borders where there are any.
    pub text: String,
    /// Byte spans of hits within `text`, in order, not overlapping.
    pub hits: Vec<(usize, usize)>,
    /// Text was left out before it.
    pub cut_before: bool,
    /// Text was left out after it.
    pub cut_after: bool,
}

/// Why an alert was raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A new item holds the term.
    New,
    /// An edit brought the term in.
    TermEntered,
    /// An edit took the last hit out.
    TermLeft,
    /// An edit changed words beside a hit.
    NearHit,
    /// An edit changed the text that the watch reads, away from any hit.
    Elsewhere,
    /// Somebody tries a notifier (`feedwatch notify`).
    Test,
    /// A feed has failed for so long, or so often, that somebody should know.
    FeedFailing,
    /// A feed of which that was told works again.
    FeedRecovered,
    /// A feed shows nothing new for longer than its own rhythm explains.
    FeedSilent,
    /// Most hosts cannot be reached at once: the trouble is ours.
    Offline,
    /// They can be reached again; the hole is named.
    Online,
    /// A notifier takes nothing, or is off.
    NotifierFailing,
    /// A notifier of which that was told takes messages again.
    NotifierRecovered,
    /// The configuration that stands in the files is not the one in force.
    ConfigRejected,
    /// There is no space left for the store.
    DiskFull,
    /// The store fails for another reason.
    StoreFailing,
    /// The store works again.
    StoreRecovered,
    /// The daily line that says all is alive.
    Heartbeat,
}

impl Reason {
    /// The word of JSON and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::New => "new",
            Reason::TermEntered => "term_entered",
            Reason::TermLeft => "term_left",
            Reason::NearHit => "near_hit",
            Reason::Elsewhere => "elsewhere",
            Reason::Test => "test",
            Reason::FeedFailing => "feed_failing",
            Reason::FeedRecovered => "feed_recovered",
            Reason::FeedSilent => "feed_silent",
            Reason::Offline => "offline",
            Reason::Online => "online",
            Reason::NotifierFailing => "notifier_failing",
            Reason::NotifierRecovered => "notifier_recovered",
            Reason::ConfigRejected => "config_rejected",
            Reason::DiskFull => "disk_full",
            Reason::StoreFailing => "store_failing",
            Reason::StoreRecovered => "store_recovered",
            Reason::Heartbeat => "heartbeat",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What makes many alerts one message: a guard changes no alert, the planner bundles what carries the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "guard", rename_all = "snake_case")]
pub enum Guard {
    /// The feed showed more news at once than it ever did.
    Flood {
        /// New items at once.
        items: u32,
        /// The most it had shown at once before.
        most_before: u32,
        /// When it was polled.
        at: Time,
    },
    /// First seen long after the date it carries.
    LateDate {
        /// When it was polled.
        at: Time,
    },
    /// Found after our own network had been away.
    Outage {
        /// The last answer of any feed before.
        from: Time,
        /// The first one after.
        to: Time,
    },
}
