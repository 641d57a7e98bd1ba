//! How long a feed may show nothing new: learnt from when its items of the past were published.
//!
//! A feed that is known for two weeks has shown its nights and weekends: it may rest twice as long as it ever did, half a
//! day at least. One known for less may have shown neither: three times as long, four days at least. Fewer than ten items
//! tell no rhythm, and such a feed is never called silent.

use std::time::Duration;

use crate::model::Time;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// Items that tell a rhythm.
const ITEMS: usize = 10;
/// A feed known for so long has shown its weekends.
const KNOWN: Duration = Duration::from_secs(14 * 24 * 3600);

/// How long a feed with items of these times may rest, and its longest rest so far; `None`: its rhythm is not known.
pub fn allowed(times: &[Time]) -> Option<(Duration, Duration)> {
    if times.len() < ITEMS {
        return None;
    }
    let mut times = times.to_vec();
    times.sort_unstable();
    let longest = times.windows(2).map(|pair| pair[1].since(pair[0])).max()?;
    let span = times[times.len() - 1].since(times[0]);
    let allowed = if span >= KNOWN { (longest * 2).max(12 * HOUR) } else { (longest * 3).max(4 * DAY) };
    Some((allowed, longest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(at: impl IntoIterator<Item = i64>) -> Vec<Time> {
        at.into_iter().map(|h| Time::from_ms(1_764_000_000_000 + h * 3_600_000)).collect()
    }

    #[test]
    fn a_rhythm_is_learnt_from_enough_items() {
        assert_eq!(allowed(&hours(0..9)), None);
        // An item an hour, known for half a day: its nights are not known.
        assert_eq!(allowed(&hours(0..12)), Some((4 * DAY, HOUR)));
        // The same for three weeks: half a day.
        assert_eq!(allowed(&hours(0..504)), Some((12 * HOUR, HOUR)));
        // Working hours on five days a week: the weekend is its longest rest (Friday 18 to Monday 8).
        let working = (0..21 * 24).filter(|h| (h / 24) % 7 < 5 && (8..=18).contains(&(h % 24)));
        assert_eq!(allowed(&hours(working)), Some((124 * HOUR, 62 * HOUR)));
        // One item a month.
        assert_eq!(allowed(&hours((0..12).map(|m| m * 720))), Some((1440 * HOUR, 720 * HOUR)));
        // A burst in one minute tells of no rest at all.
        assert_eq!(allowed(&hours([0; 20])), Some((4 * DAY, Duration::ZERO)));
    }
}
