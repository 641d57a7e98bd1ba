//! Cron expressions as Vixie's cron means them, on the `cron` crate, which means them as Quartz does.
//!
//! Five fields are a crontab line: `crontab` reads them and writes the same days and hours in the crate's terms. Six or
//! seven fields (with seconds, with years) are the crate's own meaning, where Sunday is 1.
//!
//! The crate is only ever asked in naive local time; the time zone is resolved here. A *fixed* job names its minutes and
//! hours; an *interval* job has a field of its time of day that begins with `*`, or names every hour.
//!
//! | clock change | fixed job | interval job |
//! |---|---|---|
//! | spring: the local time does not exist | fires at the end of the gap, once | does not fire for it |
//! | autumn: the local time comes twice | fires the first time | fires both times |

mod crontab;

use std::fmt;
use std::ops::Range;

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use cron::{Schedule, TimeUnitSpec};

use super::time::Time;

/// A checked cron expression with its time zone.
#[derive(Debug, Clone, PartialEq)]
pub struct Cron {
    expression: String,
    zone: chrono_tz::Tz,
    /// Fires when any of them does: two where a crontab line restricts both the day of month and the day of week.
    schedules: Vec<Schedule>,
    interval: bool,
}

/// What is wrong with an expression, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CronError {
    /// A sentence for the user.
    pub message: String,
    /// The byte span within the expression.
    pub span: Range<usize>,
}

impl CronError {
    fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { message: message.into(), span }
    }
}

impl fmt::Display for CronError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CronError {}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.expression)
    }
}

/// One word of an expression and where it stands.
#[derive(Debug, Clone, Copy)]
struct Word<'a> {
    text: &'a str,
    at: usize,
}

impl Word<'_> {
    fn span(self) -> Range<usize> {
        self.at..self.at + self.text.len()
    }
}

impl Cron {
    /// Reads an expression of five fields (Vixie's meaning), six or seven (the `cron` crate's), or `@daily` and its like.
    pub fn parse(expression: &str, zone: chrono_tz::Tz) -> Result<Self, CronError> {
        let words = words(expression);
        let whole = words.first().map_or(0, |w| w.at)..words.last().map_or(0, |w| w.span().end);
        let (schedules, interval) = match words.as_slice() {
            [] => {
                return Err(CronError::new(
                    0..expression.len(),
                    "empty cron expression: write five fields, such as `0 8 * * 1-5`",
                ));
            }
            [word] if word.text.starts_with('@') => nickname(*word)?,
            [minute, hour, day, month, weekday] => crontab::read([*minute, *hour, *day, *month, *weekday])?,
            fields if matches!(fields.len(), 6 | 7) => quartz(fields)?,
            fields => {
                let message = format!(
                    "a cron expression has five fields (minute, hour, day of month, month, day of week), this one has {}",
                    fields.len()
                );
                return Err(CronError::new(whole, message));
            }
        };
        let cron = Self { expression: expression.trim().to_owned(), zone, schedules, interval };
        if cron.next_naive(NaiveDateTime::default()).is_none() {
            let message = "never fires: there is no such day in the months (or years) it names";
            return Err(CronError::new(whole, message));
        }
        Ok(cron)
    }

    /// The first firing after this moment; `None` only when there is none in the next years.
    pub fn next_after(&self, after: Time) -> Option<Time> {
        let after = after.utc();
        let local = after.with_timezone(&self.zone).naive_local();
        let next = self.next_ahead(after, local);
        let again = if self.interval { self.next_in_repeated_hour(after, local) } else { None };
        [next, again].into_iter().flatten().min().filter(|at| *at > after).map(Time::from_utc)
    }

    /// The first firing whose local time is later than `local`, the local time of `after`.
    fn next_ahead(&self, after: DateTime<Utc>, local: NaiveDateTime) -> Option<DateTime<Utc>> {
        let mut cursor = local;
        loop {
            let naive = self.next_naive(cursor)?;
            match self.zone.from_local_datetime(&naive) {
                MappedLocalTime::Single(at) => return Some(at.to_utc()),
                MappedLocalTime::Ambiguous(first, _) if first.to_utc() > after => return Some(first.to_utc()),
                MappedLocalTime::Ambiguous(_, second) if self.interval => return Some(second.to_utc()),
                // A fixed job has fired when this local time came for the first time.
                MappedLocalTime::Ambiguous(..) => cursor = naive,
                MappedLocalTime::None => {
                    let (end, at) = self.end_of_gap(naive)?;
                    if !self.interval {
                        return Some(at);
                    }
                    cursor = end - TimeDelta::seconds(1);
                }
            }
        }
    }

    /// In the first pass of an hour that autumn repeats: the first firing of its second pass.
    ///
    /// Its local time may be earlier than the present one, so that looking ahead in local time does not find it.
    fn next_in_repeated_hour(&self, after: DateTime<Utc>, local: NaiveDateTime) -> Option<DateTime<Utc>> {
        let MappedLocalTime::Ambiguous(first, second) = self.zone.from_local_datetime(&local) else { return None };
        if first.to_utc() != after {
            return None;
        }
        let shift = second.to_utc() - first.to_utc();
        let old = self.offset_at(after);
        let turn = first_second(shift.num_seconds(), |s| self.offset_at(after + TimeDelta::seconds(s)) != old);
        // Back to whole seconds, on which clocks change; then the local time that the second pass begins with.
        let turn = DateTime::from_timestamp((after + TimeDelta::seconds(turn)).timestamp(), 0)?;
        let start = turn.with_timezone(&self.zone).naive_local();
        let naive = self.next_naive(start - TimeDelta::seconds(1))?;
        match self.zone.from_local_datetime(&naive) {
            MappedLocalTime::Ambiguous(_, second) => Some(second.to_utc()),
            MappedLocalTime::Single(at) => Some(at.to_utc()),
            MappedLocalTime::None => None,
        }
    }

    /// The first local time that exists after one that does not, and its moment.
    fn end_of_gap(&self, naive: NaiveDateTime) -> Option<(NaiveDateTime, DateTime<Utc>)> {
        // The longest gap so far was a day: Samoa and Tokelau left out 30 December 2011.
        const LONGEST: i64 = 25 * 3600;
        let exists = |s| self.zone.from_local_datetime(&(naive + TimeDelta::seconds(s))).earliest();
        let end = first_second(LONGEST, |s| exists(s).is_some());
        exists(end).map(|at| (naive + TimeDelta::seconds(end), at.to_utc()))
    }

    fn offset_at(&self, at: DateTime<Utc>) -> i32 {
        self.zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc()
    }

    /// The next firing in local time, whatever the zone makes of it.
    fn next_naive(&self, after: NaiveDateTime) -> Option<NaiveDateTime> {
        self.schedules.iter().filter_map(|s| s.after(&after.and_utc()).next()).map(|at| at.naive_utc()).min()
    }
}

/// The smallest of `1..=most` from which on something is so, where it is so at `most`.
fn first_second(most: i64, is_so: impl Fn(i64) -> bool) -> i64 {
    let (mut not_yet, mut so) = (0, most);
    while so - not_yet > 1 {
        let middle = not_yet + (so - not_yet) / 2;
        if is_so(middle) { so = middle } else { not_yet = middle }
    }
    so
}

fn words(expression: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut at = 0;
    for text in expression.split(|c: char| c.is_ascii_whitespace()) {
        if !text.is_empty() {
            words.push(Word { text, at });
        }
        at += text.len() + 1;
    }
    words
}

/// `@daily` and its like, as Vixie's cron spells them.
fn nickname(word: Word<'_>) -> Result<(Vec<Schedule>, bool), CronError> {
    let line = match word.text.to_ascii_lowercase().as_str() {
        "@yearly" | "@annually" => ["0", "0", "1", "1", "*"],
        "@monthly" => ["0", "0", "1", "*", "*"],
        "@weekly" => ["0", "0", "*", "*", "0"],
        "@daily" | "@midnight" => ["0", "0", "*", "*", "*"],
        "@hourly" => ["0", "*", "*", "*", "*"],
        "@reboot" => {
            let message = "`@reboot` is not a time: a feed that was never polled is polled at the start anyway";
            return Err(CronError::new(word.span(), message));
        }
        "@every" => return Err(CronError::new(word.span(), "`@every` is not cron: write `every = \"5m\"`")),
        _ => {
            let message =
                format!("`{}` is not known: there are @hourly, @daily, @weekly, @monthly and @yearly", word.text);
            return Err(CronError::new(word.span(), message));
        }
    };
    crontab::read(line.map(|text| Word { text, at: word.at }))
}

/// The fields of the crate's own form: name, and what stands in an expression that tries one of the others.
const QUARTZ: [(&str, &str); 7] = [
    ("seconds", "0 to 59"),
    ("minutes", "0 to 59"),
    ("hours", "0 to 23"),
    ("days of the month", "1 to 31"),
    ("months", "1 to 12 or JAN to DEC"),
    ("days of the week", "1 to 7 or SUN to SAT; with seconds, Sunday is 1"),
    ("years", "1970 to 2100"),
];

/// Six or seven fields: the crate's own meaning.
fn quartz(fields: &[Word<'_>]) -> Result<(Vec<Schedule>, bool), CronError> {
    let joined = fields.iter().map(|w| w.text).collect::<Vec<_>>().join(" ");
    let Ok(schedule) = Schedule::try_from(joined) else { return Err(quartz_error(fields)) };
    let interval = fields[..3].iter().any(|w| w.text.starts_with('*')) || schedule.hours().count() == 24;
    Ok((vec![schedule], interval))
}

/// Finds the field that the crate refuses by trying each alone, since its own message spans lines and names no field.
fn quartz_error(fields: &[Word<'_>]) -> CronError {
    for (index, (field, (name, range))) in fields.iter().zip(QUARTZ).enumerate() {
        let alone: Vec<&str> = (0..fields.len()).map(|i| if i == index { field.text } else { "*" }).collect();
        if Schedule::try_from(alone.join(" ")).is_err() {
            let message = match field.text.contains(['L', 'W', '#']) && matches!(index, 3 | 5) {
                true => format!("`{}`: `L`, `W` and `#` are not understood", field.text),
                false => format!("`{}` cannot be read as {name} ({range})", field.text),
            };
            return CronError::new(field.span(), message);
        }
    }
    let whole = fields[0].at..fields[fields.len() - 1].span().end;
    CronError::new(whole, "this cron expression cannot be read")
}

#[cfg(test)]
mod tests;
