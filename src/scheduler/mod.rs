//! When is a feed due next? Pure: it is told the time and what happened.

pub mod cron;

use std::time::Duration;

use crate::model::{FeedMemory, FeedName, Time};

pub use cron::{Cron, CronError};

/// How often a feed is polled.
#[derive(Debug, Clone, PartialEq)]
pub enum Cadence {
    /// At a fixed interval (`every = "5m"`), from one second up.
    Every(Duration),
    /// At the times of a cron expression, in a time zone.
    Cron(Cron),
    /// At half the median gap between the last items, within [`Bounds`] (`every = "adaptive"`).
    Adaptive,
}

/// The shortest and the longest interval: binds adaptive feeds; the longest also ends the growth of pauses after errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// `min_interval`
    pub min_interval: Duration,
    /// `max_interval`
    pub max_interval: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { min_interval: Duration::from_secs(120), max_interval: Duration::from_secs(24 * 3600) }
    }
}

impl Cadence {
    /// Reads the value of `every`. The error is a sentence for the user.
    pub fn parse_every(text: &str) -> Result<Self, String> {
        let _ = text;
        todo!()
    }
}

/// When the feed is due after a poll that ended `now`; `memory` is what the poll left (failures, `not_before`, rhythm).
pub fn next_poll(cadence: &Cadence, bounds: Bounds, feed: &FeedName, memory: &FeedMemory, now: Time) -> Time {
    let _ = (cadence, bounds, feed, memory, now);
    todo!()
}

/// Whether the feed is due now. Never polled: at once. Due absurdly far away, since the clock had jumped: now.
pub fn is_due(cadence: &Cadence, bounds: Bounds, memory: &FeedMemory, now: Time) -> bool {
    let _ = (cadence, bounds, memory, now);
    todo!()
}
