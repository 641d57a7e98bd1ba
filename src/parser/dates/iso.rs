//! ISO 8601 and what resembles it: year first, with or without separators.

use chrono::{Datelike, NaiveDate, Weekday};

use super::{Parts, day, names, offset, zone};
use crate::model::Time;

pub(super) fn parse(text: &str) -> Option<Time> {
    let (date, rest) = date(text)?;
    let mut parts = Parts::of(date);
    let rest = rest.trim_start_matches(['T', 't', ' ', ',', '_', '\u{a0}']).trim_start();
    if rest.is_empty() {
        return parts.time();
    }
    let (half, rest) = half_of_day(rest);
    let rest = clock(rest, &mut parts)?;
    let (later_half, rest) = half_of_day(rest);
    if let Some(afternoon) = half.or(later_half) {
        parts.hour = names::half_day(parts.hour, afternoon)?;
    }
    parts.offset = zone(rest)?;
    parts.time()
}

/// The date at the start, and what follows it.
fn date(text: &str) -> Option<(NaiveDate, &str)> {
    let digits = digits(text);
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let rest = &text[digits..];
    match digits {
        // 20240102, 20240102T030405, 20240102030405
        8 => Some((day(number(0, 4)?, number(4, 6)?, number(6, 8)?)?, rest)),
        12 | 14 => Some((day(number(0, 4)?, number(4, 6)?, number(6, 8)?)?, &text[8..])),
        // 2024035: the day of the year
        7 => Some((of_year(number(0, 4)?, number(4, 7)?)?, rest)),
        6 if rest.is_empty() => Some((day(number(0, 4)?, number(4, 6)?, 1)?, rest)),
        4 => after_year(number(0, 4)?, rest),
        _ => None,
    }
}

fn after_year(year: i64, rest: &str) -> Option<(NaiveDate, &str)> {
    if rest.is_empty() {
        return Some((day(year, 1, 1)?, rest));
    }
    let separator = rest.chars().next()?;
    if !matches!(separator, '-' | '/' | '.' | ':' | '\u{2010}'..='\u{2015}' | 'W' | 'w') {
        return None;
    }
    let rest = if separator.eq_ignore_ascii_case(&'W') { rest } else { &rest[separator.len_utf8()..] };
    if let Some(week) = rest.strip_prefix(['W', 'w']) {
        return of_week(year, week);
    }
    let length = digits(rest);
    let month: i64 = rest[..length].parse().ok()?;
    let after = &rest[length..];
    match length {
        3 => return Some((of_year(year, month)?, after)),
        4 => return Some((day(year, rest[..2].parse().ok()?, rest[2..4].parse().ok()?)?, after)),
        1 | 2 => {}
        _ => return None,
    }
    let Some(after_separator) = after.strip_prefix(separator) else {
        return after.is_empty().then(|| day(year, month, 1).map(|d| (d, after))).flatten();
    };
    let length = digits(after_separator);
    if !(1..=2).contains(&length) {
        return None;
    }
    Some((day(year, month, after_separator[..length].parse().ok()?)?, &after_separator[length..]))
}

fn of_year(year: i64, ordinal: i64) -> Option<NaiveDate> {
    let first = day(year, 1, 1)?;
    NaiveDate::from_yo_opt(first.year(), u32::try_from(ordinal).ok()?)
}

fn of_week(year: i64, rest: &str) -> Option<(NaiveDate, &str)> {
    let first = day(year, 1, 1)?;
    let week: u32 = rest.get(..2)?.parse().ok()?;
    let rest = &rest[2..];
    let after = rest.strip_prefix('-').unwrap_or(rest);
    let (weekday, rest) = match after.bytes().next() {
        Some(b @ b'1'..=b'7') => (b - b'1', &after[1..]),
        _ => (0, rest),
    };
    Some((NaiveDate::from_isoywd_opt(first.year(), week, Weekday::try_from(weekday).ok()?)?, rest))
}

/// The time of day at the start, and what follows it: `10`, `10:00`, `10:00:00.5`, `100000`, `10.00.00`.
pub(super) fn clock<'a>(text: &'a str, parts: &mut Parts) -> Option<&'a str> {
    let length = digits(text);
    let mut rest = &text[length..];
    match length {
        6 | 4 => {
            parts.hour = text[..2].parse().ok()?;
            parts.minute = text[2..4].parse().ok()?;
            parts.second = if length == 6 { text[4..6].parse().ok()? } else { 0 };
        }
        1 | 2 => {
            parts.hour = text[..length].parse().ok()?;
            let Some(separator @ (':' | '.')) = rest.chars().next() else { return Some(rest) };
            let (minute, after) = two(&rest[1..])?;
            (parts.minute, rest) = (minute, after);
            if let Some(after) = rest.strip_prefix(separator) {
                (parts.second, rest) = two(after)?;
            }
        }
        _ => return None,
    }
    if let Some(fraction) = rest.strip_prefix(['.', ',', ':']) {
        let length = digits(fraction);
        let shown = &fraction[..length.min(3)];
        if length > 0 {
            parts.ms = format!("{shown:0<3}").parse().ok()?;
        }
        rest = &fraction[length..];
    }
    Some(rest)
}

fn two(text: &str) -> Option<(i64, &str)> {
    let length = digits(text);
    let number = (1..=2).contains(&length).then(|| text[..length].parse().ok()).flatten()?;
    Some((number, &text[length..]))
}

fn half_of_day(text: &str) -> (Option<bool>, &str) {
    let text = text.trim_start();
    if offset(text).is_some() {
        return (None, text);
    }
    let end = text.find(|c: char| !c.is_alphabetic() && c != '.').unwrap_or(text.len());
    match names::afternoon(&text[..end]) {
        Some(afternoon) => (Some(afternoon), text[end..].trim_start()),
        None => (None, text),
    }
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}
