//! What a store shows: to `status`, to the listings, and to who asks what became of an alert.

use serde::Serialize;

use crate::model::{
    Alert, Delivery, FeedName, Follows, Hold, Item, ItemRecord, ItemText, NotifierName, Silence, Time, Verdict,
};

/// What the daily line counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Items first seen.
    pub items: u64,
    /// Alerts raised on items.
    pub alerts: u64,
}

/// The counts of `status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outbox {
    /// Deliveries to be attempted, and alerts not planned yet.
    pub pending: usize,
    /// Alerts that wait for a notifier, with a reason.
    pub held: usize,
    /// Deliveries that arrived.
    pub sent: usize,
    /// Deliveries that did not and will not.
    pub dead: usize,
}

/// What hangs at one notifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backlog {
    /// The notifier, configured or not.
    pub notifier: NotifierName,
    /// Deliveries that are owed.
    pub pending: usize,
    /// Those of them that have been attempted in vain.
    pub failing: usize,
    /// When the oldest of these was sealed.
    pub failing_since: Option<Time>,
    /// What was last said of one of these.
    pub error: Option<String>,
    /// Alerts that wait for it, held or not planned yet.
    pub waiting: usize,
    /// Its target said then that it is gone.
    pub off_since: Option<Time>,
}

/// How large a store is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Size {
    /// On disk.
    pub bytes: u64,
    /// Items known.
    pub items: u64,
}

/// Which alerts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlertFilter {
    /// Those any of whose deliveries has this state.
    pub state: Option<AlertState>,
    /// At most so many.
    pub limit: Option<usize>,
}

/// The states that `alerts list --state` knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertState {
    /// A delivery is pending, or a plan is.
    Pending,
    /// It waits for a notifier and has no delivery yet.
    Held,
    /// A delivery was sent.
    Sent,
    /// A delivery is dead.
    Dead,
    /// A silence kept it from somebody.
    Silenced,
    /// It only follows what somebody was told already.
    Recorded,
}

/// An alert and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertStory {
    /// The alert.
    pub alert: Alert,
    /// Its deliveries, by notifier, with their attempts (only where one alert is asked for).
    pub deliveries: Vec<(Delivery, Vec<Attempt>)>,
    /// The notifiers that it waits for.
    pub holds: Vec<(NotifierName, Option<Hold>, Option<Time>)>,
    /// The notifiers that it was kept from by a silence.
    pub silenced: Vec<Silenced>,
    /// The notifiers that were not told, since it follows what they were told already.
    pub recorded: Vec<Recorded>,
    /// Every hold there was (only where one alert is asked for).
    pub held: Vec<Held>,
}

/// A notifier that was not told, as the operator wished.
#[derive(Debug, Clone, PartialEq)]
pub struct Silenced {
    /// The notifier.
    pub notifier: NotifierName,
    /// When the message would have been sealed.
    pub at: Time,
    /// The silence in force then.
    pub silence: Silence,
}

/// A notifier that was told of the same story before.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// The notifier.
    pub notifier: NotifierName,
    /// When it was recorded.
    pub at: Time,
    /// What it follows.
    pub follows: Follows,
}

/// A hold of the past or the present.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Held {
    /// The notifier.
    pub notifier: NotifierName,
    /// Why.
    pub hold: Hold,
    /// When it was first decided.
    pub since: Time,
    /// When it was, or is, due again.
    pub due: Option<Time>,
}

/// Which items, and how many at a time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ItemFilter {
    /// Of this feed.
    pub feed: Option<FeedName>,
    /// With this key.
    pub key: Option<String>,
    /// First seen then or later.
    pub since: Option<Time>,
    /// With a smaller row: the last one of the answer before.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: usize,
}

/// An item as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredItem {
    /// Its row.
    pub row: i64,
    /// Its feed.
    pub feed: FeedName,
    /// What is known of it.
    pub record: ItemRecord,
    /// What it said when last seen; `None` where that is no longer kept.
    pub text: Option<ItemText>,
}

/// One attempt of the past.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// When it ended.
    pub at: Time,
    /// What the other side said.
    pub verdict: Verdict,
}

impl StoredItem {
    /// The item as a watch reads it; `None` where its text is no longer kept. One stored by an older version lacks its
    /// link, language, authors and categories until it is next edited.
    pub fn item(&self) -> Option<Item> {
        let about = self.record.about.clone().unwrap_or_default();
        Some(Item {
            text: self.text.clone()?,
            link: about.link,
            language: about.language,
            authors: about.authors,
            categories: about.categories,
            published: self.record.published,
            ..Item::default()
        })
    }
}
