//! Dates as feeds write them: RFC 822 in all its misspellings, ISO 8601 in all its forms, seconds since 1970, and words
//! of many languages. A date without a zone is UTC. What cannot be, such as the 32nd of a month, is `None`.

mod iso;
mod names;
mod plain;
mod words;

use chrono::NaiveDate;

use crate::model::Time;

/// No date is longer, with day and month written out and the zone spelled in brackets.
const LONGEST: usize = 120;

/// Reads a date, whatever its form.
pub fn parse(text: &str) -> Option<Time> {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    plain::parse(text).or_else(|| in_any_form(text))
}

fn in_any_form(text: &str) -> Option<Time> {
    let ascii = names::western_digits(text);
    let text = ascii.as_ref();
    epoch(text).or_else(|| iso::parse(text)).or_else(|| words::parse(text))
}

/// Seconds or milliseconds since 1970; numbers of other lengths are ISO dates without their hyphens.
fn epoch(text: &str) -> Option<Time> {
    let whole = text
        .split_once('.')
        .map_or(text, |(whole, fraction)| if fraction.bytes().all(|b| b.is_ascii_digit()) { whole } else { text });
    if !whole.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: i64 = whole.parse().ok()?;
    match whole.len() {
        9 | 10 => Some(Time::from_ms(number * 1000)),
        13 => Some(Time::from_ms(number)),
        _ => None,
    }
}

/// A date and a time of day on their way to a [`Time`].
#[derive(Debug, Clone, Copy)]
struct Parts {
    day: NaiveDate,
    hour: i64,
    minute: i64,
    second: i64,
    ms: i64,
    /// Minutes east of UTC.
    offset: i64,
}

impl Parts {
    fn of(day: NaiveDate) -> Self {
        Self { day, hour: 0, minute: 0, second: 0, ms: 0, offset: 0 }
    }

    /// The moment, when there is such a one. A leap second is the second after; 24:00 is the end of the day.
    fn time(self) -> Option<Time> {
        let end_of_day = self.hour == 24 && self.minute == 0 && self.second == 0;
        let possible = (0..24).contains(&self.hour) || end_of_day;
        // No zone lies further than fourteen hours from UTC (sixteen with some room).
        if !possible
            || !(0..60).contains(&self.minute)
            || !(0..=60).contains(&self.second)
            || self.offset.abs() > 16 * 60
        {
            return None;
        }
        let days = self.day.signed_duration_since(NaiveDate::from_ymd_opt(1970, 1, 1)?).num_days();
        let seconds = days * 86_400 + self.hour * 3600 + (self.minute - self.offset) * 60 + self.second;
        Some(Time::from_ms(seconds * 1000 + self.ms))
    }
}

/// A calendar day. Years before 1000 are a generator's way of saying "none", and nothing is published after 9999.
fn day(year: i64, month: i64, day: i64) -> Option<NaiveDate> {
    let year = i32::try_from(year).ok().filter(|y| (1000..=9999).contains(y))?;
    NaiveDate::from_ymd_opt(year, u32::try_from(month).ok()?, u32::try_from(day).ok()?)
}

/// Two digits are of the years 1950 to 2049 (RFC 5322, 4.3), three are years since 1900.
fn full_year(number: i64, digits: usize) -> i64 {
    match digits {
        1 | 2 if number < 50 => number + 2000,
        1..=3 => number + 1900,
        _ => number,
    }
}

/// `+0200`, `+02:00`, `+2`, `-9:30` as minutes and the length of what was read.
fn offset(text: &str) -> Option<(i64, usize)> {
    let sign = match text.chars().next()? {
        '+' => 1,
        '-' | '\u{2212}' => -1,
        _ => return None,
    };
    let start = text.chars().next().map_or(1, char::len_utf8);
    let digits = |from: usize| text[from..].bytes().take_while(u8::is_ascii_digit).count();
    let first = digits(start);
    let number = |from: usize, length: usize| text[from..from + length].parse::<i64>().ok();
    match first {
        4 => Some((sign * (number(start, 2)? * 60 + number(start + 2, 2)?), start + 4)),
        3 => Some((sign * (number(start, 1)? * 60 + number(start + 1, 2)?), start + 3)),
        1 | 2 => {
            let hours = number(start, first)?;
            let colon = start + first;
            if text[colon..].starts_with(':') && digits(colon + 1) == 2 {
                return Some((sign * (hours * 60 + number(colon + 1, 2)?), colon + 3));
            }
            Some((sign * hours * 60, colon))
        }
        _ => None,
    }
}

/// A zone at the start of `text`, if it is one and nothing else follows: `Z`, an offset, a name, or a name with an offset.
fn zone(text: &str) -> Option<i64> {
    let text = text.trim();
    if text.is_empty() {
        return Some(0);
    }
    if let Some((minutes, length)) = offset(text) {
        // A name in brackets or words may follow, which say the same again.
        return text[length..]
            .starts_with(|c: char| !c.is_ascii_digit() && c != ':')
            .then_some(minutes)
            .or((length == text.len()).then_some(minutes));
    }
    let end = text.find(|c: char| !c.is_ascii_alphabetic() && c != '/').unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if matches!(name.to_ascii_lowercase().as_str(), "gmt" | "utc" | "ut")
        && let Some((minutes, _)) = offset(rest.trim_start())
    {
        return Some(minutes);
    }
    names::zone(name)
}

#[cfg(test)]
mod tests;
