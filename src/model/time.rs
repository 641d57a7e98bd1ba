//! One type of time, the clock it is read from, and durations as people write them.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment in UTC, in milliseconds since 1970. RFC 3339 with `Z` wherever it is shown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

/// Years 1 to 9999: what RFC 3339 can say, and what no arithmetic here overflows.
const RANGE_MS: std::ops::RangeInclusive<i64> = -62_135_596_800_000..=253_402_300_799_999;

impl Time {
    /// From milliseconds since 1970, kept within the years 1 to 9999.
    pub fn from_ms(ms: i64) -> Self {
        Self(ms.clamp(*RANGE_MS.start(), *RANGE_MS.end()))
    }

    /// Milliseconds since 1970.
    pub fn ms(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The moment as chrono knows it.
    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).expect("kept within the years 1 to 9999")
    }

    /// From chrono; out of range is the nearest that can be said.
    pub fn from_utc(at: DateTime<Utc>) -> Self {
        Self::from_ms(at.timestamp_millis())
    }

    /// Reads RFC 3339, as this program writes it.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc3339(text).ok().map(|t| Self::from_utc(t.with_timezone(&Utc)))
    }

    /// The moment for people, to the minute: `2026-11-24 06:15 UTC`.
    pub fn minute(self) -> String {
        self.utc().format("%Y-%m-%d %H:%M UTC").to_string()
    }

    /// This long after.
    pub fn plus(self, wait: Duration) -> Self {
        Self::from_ms(self.0.saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)))
    }

    /// This long before.
    pub fn minus(self, wait: Duration) -> Self {
        Self::from_ms(self.0.saturating_sub(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)))
    }

    /// How long after `earlier` this is; zero when it is not.
    pub fn since(self, earlier: Time) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = if self.0.rem_euclid(1000) == 0 { SecondsFormat::Secs } else { SecondsFormat::Millis };
        f.write_str(&self.utc().to_rfc3339_opts(format, true))
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        Self::parse_rfc3339(&text).ok_or_else(|| serde::de::Error::custom("not an RFC 3339 time"))
    }
}

/// Where the time comes from. Only the wiring and the loops ask; what decides is told.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Time;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
    fn now(&self) -> Time {
        Time::from_utc(Utc::now())
    }
}

/// A clock that stands still until it is moved: for tests and simulations.
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// Stands at this moment.
    pub fn at(now: Time) -> Self {
        Self(Arc::new(AtomicI64::new(now.ms())))
    }

    /// Moves forward.
    pub fn advance(&self, by: Duration) {
        self.set(self.now().plus(by));
    }

    /// Jumps, in either direction.
    pub fn set(&self, now: Time) {
        self.0.store(now.ms(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Time {
        Time::from_ms(self.0.load(Ordering::SeqCst))
    }
}

/// Reads a duration as the configuration writes it: a whole number and `ms`, `s`, `m`, `h`, `d` or `w`, parts joined (`1h30m`).
///
/// The error is a sentence for the user.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    const HELP: &str = "write a number and a unit, such as 30s, 5m, 2h or 1d";
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(format!("empty duration: {HELP}"));
    }
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let unit_end = rest[digits..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |at| digits + at);
        let unit = rest[digits..unit_end].trim();
        let number: u64 = rest[..digits].parse().map_err(|_| format!("`{text}` is not a duration: {HELP}"))?;
        let ms: u64 = match unit {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "w" => 604_800_000,
            "" => return Err(format!("`{text}` has no unit: {HELP}")),
            _ => return Err(format!("`{unit}` is not a unit of time: {HELP}")),
        };
        let part = number.checked_mul(ms).filter(|ms| *ms <= 3650 * 86_400_000);
        total += Duration::from_millis(part.ok_or_else(|| format!("`{text}` is longer than ten years"))?);
        rest = rest[unit_end..].trim_start();
    }
    Ok(total)
}

/// Writes a duration as people say it, in its two largest units: `1h 30m`, `45s`, `3d 4h`.
pub fn say_duration(d: Duration) -> String {
    let ms = d.as_millis();
    if ms < 1000 {
        return format!("{ms}ms");
    }
    let mut seconds = ms / 1000;
    let mut parts = Vec::new();
    for (unit, size) in [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)] {
        if seconds >= size {
            parts.push(format!("{}{unit}", seconds / size));
            seconds %= size;
        } else if !parts.is_empty() {
            break;
        }
        if parts.len() == 2 {
            break;
        }
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_written() {
        for (text, ms) in [
            ("30s", 30_000),
            ("5m", 300_000),
            ("2h", 7_200_000),
            ("1d", 86_400_000),
            ("1h30m", 5_400_000),
            ("250ms", 250),
            (" 1w ", 604_800_000),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(ms)), "{text}");
        }
        for text in ["", "5", "5 parsecs", "m", "-5s", "99999999999999999999s", "400000d", "1.5h", "٥m"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_are_said_in_two_units() {
        for (seconds, said) in
            [(45, "45s"), (90, "1m 30s"), (5400, "1h 30m"), (3600, "1h"), (273_600, "3d 4h"), (86_401, "1d")]
        {
            assert_eq!(say_duration(Duration::from_secs(seconds)), said);
        }
    }

    #[test]
    fn a_time_survives_its_own_writing_and_never_overflows() {
        let t = Time::from_ms(1_764_000_000_123);
        assert_eq!(t.to_string(), "2025-11-24T16:00:00.123Z");
        assert_eq!(Time::parse_rfc3339(&t.to_string()), Some(t));
        assert_eq!(Time::from_ms(i64::MAX).to_string(), "9999-12-31T23:59:59.999Z");
        assert_eq!(Time::from_ms(i64::MAX).plus(Duration::MAX), Time::from_ms(i64::MAX));
        assert_eq!(Time::from_ms(i64::MIN).minus(Duration::MAX).to_string(), "0001-01-01T00:00:00Z");
    }
}
