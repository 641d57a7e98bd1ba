//! When is a feed due next? Pure: it is told the time and what happened.
//!
//! | | after a poll that was answered | after a failure |
//! |---|---|---|
//! | `every` | the next point of the feed's own grid | its interval, doubled with each failure |
//! | `cron` | the next firing | the next firing, some left out as failures go on |
//! | `"adaptive"` | half the median gap between the last items, else as the feed says of itself | that, doubled with each failure |
//!
//! No pause after failures is longer than `max_interval`, and the feed is never given up. A `Retry-After` that was noted
//! as `not_before` holds in all of these.

mod rhythm;

use std::time::Duration;

use crate::model::backoff::{doubled, unit_jitter};
use crate::model::{Cron, FeedMemory, FeedName, FeedState, Time, time};

/// The longest that a server's own word holds a feed back; what is beyond was written before the clock jumped.
const LONGEST_WORD: Duration = Duration::from_secs(24 * 3600);

/// A feed comes back this long after a server's own word at most.
const WORD_SPREAD: Duration = Duration::from_secs(60);

/// A cron feed is asked this long after its time at most, so that feeds of one expression do not all start in one second.
const CRON_SPREAD: Duration = Duration::from_secs(10);

/// The first pause of a cron feed after a failure.
const CRON_FIRST_PAUSE: Duration = Duration::from_secs(60);

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
        if text.trim().eq_ignore_ascii_case("adaptive") {
            return Ok(Self::Adaptive);
        }
        let every = time::parse_duration(text).map_err(|e| {
            // A word in place of a number: the one word that is known may have been meant.
            if text.trim().starts_with(|c: char| c.is_alphabetic()) { format!("{e}; or \"adaptive\"") } else { e }
        })?;
        if every < Duration::from_secs(1) {
            return Err(format!("`{}` is too often: a feed is polled once a second at most", text.trim()));
        }
        Ok(Self::Every(every))
    }
}

/// When the feed is due after a poll that ended `now`; `memory` is what the poll left (failures, `not_before`, rhythm).
pub fn next_poll(cadence: &Cadence, bounds: Bounds, feed: &FeedName, memory: &FeedMemory, now: Time) -> Time {
    let next = if memory.state == FeedState::Gone {
        now.plus(shortened(bounds.max_interval, feed, now))
    } else if memory.failures > 0 {
        after_failure(cadence, bounds, feed, memory, now)
    } else {
        match cadence {
            Cadence::Every(interval) => rhythm::next_on_grid(*interval, feed, now),
            Cadence::Adaptive => {
                let at = now.plus(rhythm::adaptive(bounds, feed, memory, now));
                rhythm::after_skips(at, now.plus(bounds.max_interval), feed, memory)
            }
            Cadence::Cron(cron) => firing_after(cron, feed, now),
        }
    };
    let Some(word) = memory.not_before else { return next };
    let wait = word.min(now.plus(LONGEST_WORD)).since(now);
    // A server that sends all its feeds away for an hour does not get all of them back in one second.
    let spread = (wait / 10).min(WORD_SPREAD).mul_f64(unit_jitter(feed.as_str(), 0));
    next.max(now.plus(wait + spread))
}

/// Whether the feed is due now. Never polled: at once. Due absurdly far away, since the clock had jumped: now.
pub fn is_due(cadence: &Cadence, bounds: Bounds, memory: &FeedMemory, now: Time) -> bool {
    if memory.not_before.is_some_and(|word| now < word && word <= now.plus(LONGEST_WORD)) {
        return false;
    }
    match memory.next_poll {
        None => true,
        Some(next) => {
            next <= now || latest_explicable(cadence, bounds, memory, now).is_some_and(|latest| next > latest)
        }
    }
}

/// The pause doubles from the feed's own interval. A cron feed keeps to its times and leaves out those that come too soon.
fn after_failure(cadence: &Cadence, bounds: Bounds, feed: &FeedName, memory: &FeedMemory, now: Time) -> Time {
    let interval = match cadence {
        Cadence::Every(interval) => *interval,
        Cadence::Adaptive => rhythm::adaptive_interval(bounds, memory),
        Cadence::Cron(_) => CRON_FIRST_PAUSE,
    };
    // Room for the jitter below the longest pause: else all feeds of a dead network would come back in one second.
    let ceiling = bounds.max_interval.mul_f64(0.8);
    let pause = doubled(interval, memory.failures, ceiling);
    let jitter = pause.mul_f64(0.25 * unit_jitter(feed.as_str(), u64::from(memory.failures)));
    let pause = (pause + jitter).min(bounds.max_interval.max(interval));
    match cadence {
        Cadence::Cron(cron) => firing_after(cron, feed, now.plus(pause)),
        _ => now.plus(pause),
    }
}

/// The next firing and some seconds, always before the firing that follows it.
fn firing_after(cron: &Cron, feed: &FeedName, after: Time) -> Time {
    let Some(firing) = cron.next_after(after) else {
        // An expression that names years which are over: nothing is left to do.
        return Time::from_ms(i64::MAX);
    };
    let until_next = cron.next_after(firing).map_or(CRON_SPREAD, |next| next.since(firing));
    let spread = CRON_SPREAD.min(until_next / 10);
    firing.plus(spread.mul_f64(unit_jitter(feed.as_str(), 0)))
}

/// A wait made up to a tenth shorter, so that what was gone together does not come back together.
fn shortened(wait: Duration, feed: &FeedName, now: Time) -> Duration {
    wait - wait.mul_f64(0.1 * unit_jitter(feed.as_str(), now.ms().unsigned_abs()))
}

/// The latest moment that [`next_poll`] could have named, had it been asked at any time up to now; `None`: any.
fn latest_explicable(cadence: &Cadence, bounds: Bounds, memory: &FeedMemory, now: Time) -> Option<Time> {
    let failing = memory.failures > 0 || memory.state == FeedState::Gone;
    let pause = match cadence {
        Cadence::Every(interval) => {
            let interval = interval.mul_f64(1.1);
            if failing { interval.max(bounds.max_interval) } else { interval }
        }
        Cadence::Adaptive => bounds.max_interval.max(bounds.min_interval),
        Cadence::Cron(cron) => {
            let from = if failing { now.plus(bounds.max_interval) } else { now };
            return cron.next_after(from).map(|at| at.plus(CRON_SPREAD + Duration::from_secs(1)));
        }
    };
    // A second for clocks that are slewed.
    Some(now.plus(pause + Duration::from_secs(1)))
}

#[cfg(test)]
mod tests;
