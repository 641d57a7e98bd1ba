//! The rhythm of a healthy feed: a grid of its own for a fixed interval, and the guess of an adaptive one.

use std::time::Duration;

use super::Bounds;
use crate::model::backoff::unit_jitter;
use crate::model::{FeedMemory, FeedName, Time};

/// The interval of an adaptive feed whose items carry no dates, or of which too few are known, within its bounds: between
/// hearing late of the feed that publishes each minute and asking in vain the one that publishes each month.
const UNKNOWN: Duration = Duration::from_secs(15 * 60);

/// A feed comes back within this time after the hours that it rests.
const SKIP_SPREAD: Duration = Duration::from_secs(5 * 60);

/// The next point of the feed's own grid that is at least a tenth of the interval away.
///
/// Each feed has a grid: the multiples of its interval since 1970, moved by a share of the interval that its name decides.
/// So a thousand feeds that were polled at once are spread evenly over the interval from their second poll on, and stay so
/// after a stop, whatever the reason they were polled together for. The first pause is a share of the interval (a tenth
/// to eleven tenths); from then on the feed is polled once an interval exactly, since the time that a poll takes moves no
/// point of the grid.
pub(super) fn next_on_grid(interval: Duration, feed: &FeedName, now: Time) -> Time {
    let step = i64::try_from(interval.as_millis()).unwrap_or(i64::MAX / 4).clamp(1, i64::MAX / 4);
    // Below the interval, which a clamp has kept far below what i64 and f64 can say.
    let phase = (unit_jitter(feed.as_str(), 0) * step as f64) as i64;
    let soonest = now.ms() + step / 10;
    let into = (soonest - phase).rem_euclid(step);
    Time::from_ms(soonest + step - into)
}

/// The same time, or the end of the hours and days for which the feed says that nothing happens (`skipHours`, `skipDays`);
/// never later than `latest`. A feed that says so of every hour, or whose own items say otherwise, is not believed.
pub(super) fn after_skips(at: Time, latest: Time, feed: &FeedName, memory: &FeedMemory) -> Time {
    const HOUR: i64 = 3_600_000;
    let hints = &memory.hints;
    let all = hints.skip_hours.len() >= 24 || hints.skip_days.len() >= 7;
    if all || !hints.skips(at) || memory.recent.iter().any(|seen| hints.skips(*seen)) {
        return at;
    }
    let mut end = at.ms() - at.ms().rem_euclid(HOUR) + HOUR;
    while hints.skips(Time::from_ms(end)) && end < latest.ms() {
        end += HOUR;
    }
    // Feeds that rest through the same night do not all come back in its last second.
    let spread = SKIP_SPREAD.mul_f64(unit_jitter(feed.as_str(), 0));
    Time::from_ms(end).plus(spread).min(latest.max(at))
}

/// The pause of an adaptive feed: its interval, a tenth shorter or longer by chance, within the bounds.
pub(super) fn adaptive(bounds: Bounds, feed: &FeedName, memory: &FeedMemory, now: Time) -> Duration {
    let interval = adaptive_interval(bounds, memory);
    let width = interval.mul_f64(0.2);
    let longest = bounds.max_interval.max(bounds.min_interval);
    // At a bound the window lies wholly inside, so that feeds at the bound are spread as well.
    let least = interval.mul_f64(0.9).min(longest.saturating_sub(width)).max(bounds.min_interval);
    let pause = least + width.mul_f64(unit_jitter(feed.as_str(), now.ms().unsigned_abs()));
    pause.min(longest)
}

/// Half the median gap between the last items, within the bounds. With fewer than two dates, what the feed says of itself
/// (`ttl`, `updatePeriod`), else [`UNKNOWN`]: many generators say "hourly" of a feed that changes each minute, so what is
/// seen counts before what is said.
pub(super) fn adaptive_interval(bounds: Bounds, memory: &FeedMemory) -> Duration {
    let mut times = memory.recent.clone();
    times.sort_unstable();
    let mut gaps: Vec<Duration> = times.windows(2).map(|pair| pair[1].since(pair[0])).collect();
    gaps.sort_unstable();
    let said = memory.hints.interval.map_or(UNKNOWN, Duration::from_secs);
    let interval = gaps.get(gaps.len() / 2).map_or(said, |median| *median / 2);
    interval.max(bounds.min_interval).min(bounds.max_interval.max(bounds.min_interval))
}
