//! What a feed says of its own rhythm, and where news of it can be had sooner.

use std::collections::BTreeSet;

use super::draft::{Bases, RawLink, short};
use super::entities::resolve_simple;
use super::xml::Tag;
use crate::model::{Cloud, FeedHints, hints};

/// Hubs kept of one feed; honest ones name one or two.
const HUBS: usize = 8;
/// No feed says that it rests longer than a year.
const LONGEST: u64 = 366 * 86_400;

/// An element that holds a hint as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hint {
    /// Minutes (RSS 2.0 `ttl`).
    Ttl,
    /// `hour` of `skipHours`.
    Hour,
    /// `day` of `skipDays`.
    Day,
    /// `updatePeriod` of the syndication module.
    Period,
    /// `updateFrequency` of the syndication module.
    Frequency,
}

/// What is gathered of a feed's hints.
#[derive(Debug, Clone, Default)]
pub(super) struct HintsDraft {
    ttl: Option<u64>,
    period: Option<u64>,
    frequency: Option<u64>,
    hours: BTreeSet<u8>,
    days: BTreeSet<u8>,
    hubs: Vec<RawLink>,
    cloud: Option<Cloud>,
}

impl HintsDraft {
    /// Takes the text of an element. What makes no sense is passed over; the first that does, stands.
    pub(super) fn take(&mut self, hint: Hint, text: &str) {
        let text = text.trim();
        match hint {
            Hint::Ttl => self.ttl = self.ttl.or_else(|| number(text)),
            Hint::Frequency => self.frequency = self.frequency.or_else(|| number(text)),
            Hint::Period => {
                let seconds = match text.to_ascii_lowercase().as_str() {
                    "hourly" => Some(3600),
                    "daily" => Some(86_400),
                    "weekly" => Some(7 * 86_400),
                    "monthly" => Some(30 * 86_400),
                    "yearly" => Some(365 * 86_400),
                    _ => None,
                };
                self.period = self.period.or(seconds);
            }
            Hint::Hour => {
                // RSS 0.91 counts the hours from 1 to 24.
                if let Some(hour) = text.parse::<u8>().ok().filter(|hour| *hour <= 24) {
                    self.hours.insert(hour % 24);
                }
            }
            Hint::Day => {
                let day = hints::DAYS.iter().position(|day| day.eq_ignore_ascii_case(text));
                self.days.extend(day.and_then(|day| u8::try_from(day).ok()));
            }
        }
    }

    /// Takes a `cloud` element; true when it says a domain.
    pub(super) fn cloud(&mut self, tag: &Tag<'_>) -> bool {
        let attribute = |name: &str| tag.attribute(name).map(|v| short(&resolve_simple(v))).unwrap_or_default();
        let domain = attribute("domain");
        if domain.is_empty() {
            return false;
        }
        self.cloud.get_or_insert_with(|| Cloud {
            domain,
            port: attribute("port").parse().unwrap_or(0),
            path: attribute("path"),
            procedure: attribute("registerProcedure"),
            protocol: attribute("protocol").to_ascii_lowercase(),
        });
        true
    }

    /// Takes the address of a hub.
    pub(super) fn hub(&mut self, link: RawLink) {
        if self.hubs.len() < HUBS && !link.text.trim().is_empty() {
            self.hubs.push(link);
        }
    }

    /// The hints, addresses made absolute.
    pub(super) fn finish(self, bases: &Bases, itself: Option<&RawLink>) -> FeedHints {
        let mut hubs: Vec<String> = Vec::new();
        for hub in self.hubs.iter().filter_map(|hub| bases.resolve(hub)) {
            if matches!(hub.scheme(), "http" | "https") && !hubs.iter().any(|known| known == hub.as_str()) {
                hubs.push(hub.into());
            }
        }
        // Of the two, either has a default: daily, and once in the period.
        let says = self.period.is_some() || self.frequency.is_some();
        let period = says.then(|| self.period.unwrap_or(86_400) / self.frequency.unwrap_or(1));
        let interval = self.ttl.map(|minutes| minutes.saturating_mul(60)).or(period);
        FeedHints {
            interval: interval.map(|seconds| seconds.clamp(1, LONGEST)),
            skip_hours: self.hours.into_iter().collect(),
            skip_days: self.days.into_iter().collect(),
            itself: itself.and_then(|link| bases.resolve(link)).map(Into::into),
            hubs,
            cloud: self.cloud,
        }
    }
}

/// A number above zero.
fn number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absurd_numbers_are_no_hints_or_the_longest_one() {
        for (said, interval) in [
            (&[(Hint::Ttl, "60")][..], Some(3600)),
            (&[(Hint::Ttl, " 5 ")], Some(300)),
            (&[(Hint::Ttl, "0")], None),
            (&[(Hint::Ttl, "-5")], None),
            (&[(Hint::Ttl, "soon")], None),
            (&[(Hint::Ttl, "2147483647")], Some(LONGEST)),
            (&[(Hint::Ttl, "18446744073709551615")], Some(LONGEST)),
            (&[(Hint::Ttl, "99999999999999999999999999")], None),
            (&[(Hint::Ttl, "x"), (Hint::Ttl, "30"), (Hint::Ttl, "40")], Some(1800)),
            (&[(Hint::Period, "hourly"), (Hint::Frequency, "2")], Some(1800)),
            (&[(Hint::Period, "Weekly")], Some(7 * 86_400)),
            (&[(Hint::Period, "fortnightly")], None),
            (&[(Hint::Frequency, "4")], Some(21_600)),
            (&[(Hint::Frequency, "0")], None),
            (&[(Hint::Period, "hourly"), (Hint::Frequency, "0")], Some(3600)),
            (&[(Hint::Period, "hourly"), (Hint::Frequency, "18446744073709551615")], Some(1)),
            (&[(Hint::Period, "hourly"), (Hint::Ttl, "10")], Some(600)),
        ] {
            let mut draft = HintsDraft::default();
            for (hint, text) in said {
                draft.take(*hint, text);
            }
            assert_eq!(draft.finish(&Bases::default(), None).interval, interval, "{said:?}");
        }
    }

    #[test]
    fn hours_and_days_are_told_once_and_in_order() {
        let mut draft = HintsDraft::default();
        for text in ["24", "3", "03", "-1", "25", "", "300", "3"] {
            draft.take(Hint::Hour, text);
        }
        for text in ["Sunday", "monday", "Funday", "SUNDAY"] {
            draft.take(Hint::Day, text);
        }
        let hints = draft.finish(&Bases::default(), None);
        assert_eq!((hints.skip_hours, hints.skip_days), (vec![0, 3], vec![0, 6]));
    }
}
