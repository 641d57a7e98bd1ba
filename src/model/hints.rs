//! What a feed says of itself beside its items.

use serde::{Deserialize, Serialize};

use super::time::Time;

/// How often a feed says it changes, when it does not, and where news of it can be had sooner. All of it is somebody
/// else's word: the scheduler takes it as a hint, and whoever asks a hub or a cloud guards the address first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FeedHints {
    /// Seconds from one change to the next, at least one: RSS 2.0 `ttl`, else the syndication module of RSS 1.0
    /// (`updatePeriod`, `updateFrequency`).
    pub interval: Option<u64>,
    /// `skipHours`: hours of UTC, 0 to 23, ascending, each once.
    pub skip_hours: Vec<u8>,
    /// `skipDays`: days of UTC, 0 for Monday to 6 for Sunday, ascending, each once.
    pub skip_days: Vec<u8>,
    /// Its own address (Atom `rel="self"`, JSON Feed `feed_url`): the topic that a hub knows it by.
    pub itself: Option<String>,
    /// WebSub hubs (Atom `rel="hub"`, JSON Feed `hubs`).
    pub hubs: Vec<String>,
    /// RSS 2.0 `cloud`.
    pub cloud: Option<Cloud>,
}

/// Where to register for notices of rssCloud (RSS 2.0, `cloud`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cloud {
    /// A host name.
    pub domain: String,
    /// 0 when it says none.
    pub port: u16,
    /// A path on that host.
    pub path: String,
    /// The procedure to call.
    pub procedure: String,
    /// `xml-rpc`, `soap` or `http-post`.
    pub protocol: String,
}

/// The days of the week as feeds name them, and as they are counted here.
pub const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

impl FeedHints {
    /// Whether the feed says that nothing happens at this time.
    pub fn skips(&self, at: Time) -> bool {
        use chrono::{Datelike, Timelike};
        let at = at.utc();
        let day = at.weekday().num_days_from_monday();
        self.skip_hours.iter().any(|hour| u32::from(*hour) == at.hour())
            || self.skip_days.iter().any(|skipped| u32::from(*skipped) == day)
    }
}
