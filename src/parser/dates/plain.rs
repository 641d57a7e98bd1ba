//! The two forms that nearly all feeds write, read by their places: `Tue, 03 Feb 2026 14:05:06 +0200` and
//! `2026-02-03T14:05:06+02:00`. The readers of every other form take ten times as long; a test holds them equal.

use super::{Parts, day};
use crate::model::Time;

const DAYS: [&[u8]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];
const MONTHS: [&[u8]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

/// Reads a date in one of the two forms. `None`: it has another one, or is none.
pub(super) fn parse(text: &str) -> Option<Time> {
    let bytes = text.as_bytes();
    rfc_3339(bytes).or_else(|| rfc_822(bytes))
}

fn rfc_3339(text: &[u8]) -> Option<Time> {
    let (&[a, b, c, d, b'-', m, n, b'-', e, f, b'T', ..], rest) = text.split_first_chunk::<11>()? else { return None };
    let (clock, zone) = rest.split_first_chunk::<8>()?;
    let date = day(number(&[a, b, c, d])?, number(&[m, n])?, number(&[e, f])?)?;
    let offset = match zone {
        b"Z" => 0,
        [sign @ (b'+' | b'-'), h, i, b':', m, n] => offset(*sign, &[*h, *i], &[*m, *n])?,
        _ => return None,
    };
    at(clock, Parts { offset, ..Parts::of(date) })
}

fn rfc_822(text: &[u8]) -> Option<Time> {
    let (weekday, rest) = text.split_first_chunk::<3>()?;
    let rest = rest.strip_prefix(b", ").filter(|_| DAYS.contains(&&weekday[..]))?;
    let (number_of_day, rest) = rest.split_at_checked(rest.iter().position(|b| *b == b' ')?)?;
    let (&[b' ', m, o, n, b' ', a, b, c, d, b' '], rest) = rest.split_first_chunk::<10>()? else { return None };
    let (clock, zone) = rest.split_first_chunk::<8>()?;
    let month = MONTHS.iter().position(|month| **month == [m, o, n])?;
    if !matches!(number_of_day.len(), 1 | 2) {
        return None;
    }
    let date = day(number(&[a, b, c, d])?, i64::try_from(month).ok()? + 1, number(number_of_day)?)?;
    let offset = match zone {
        b" GMT" => 0,
        [b' ', sign @ (b'+' | b'-'), h, i, m, n] => offset(*sign, &[*h, *i], &[*m, *n])?,
        _ => return None,
    };
    at(clock, Parts { offset, ..Parts::of(date) })
}

/// `14:05:06` of a day.
fn at(clock: &[u8; 8], parts: Parts) -> Option<Time> {
    let &[h, i, b':', m, n, b':', s, t] = clock else { return None };
    Parts { hour: number(&[h, i])?, minute: number(&[m, n])?, second: number(&[s, t])?, ..parts }.time()
}

fn offset(sign: u8, hours: &[u8], minutes: &[u8]) -> Option<i64> {
    let minutes = number(hours)? * 60 + number(minutes)?;
    Some(if sign == b'-' { -minutes } else { minutes })
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |all, b| b.is_ascii_digit().then(|| all * 10 + i64::from(b - b'0')))
}
