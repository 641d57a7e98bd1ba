//! Dates in words: `Tue, 03 Feb 2026 14:05:06 +0200`, `3 février 2026`, `2. helmikuuta 2026 klo 14.05`, `02/03/2026`,
//! `2026年2月3日 14:05`. The order hardly matters: a month has a name, a year four digits, a time colons.

use super::{Parts, day, full_year, iso, names, offset};
use crate::model::Time;

pub(super) fn parse(text: &str) -> Option<Time> {
    let mut found = Found::default();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = if c.is_ascii_digit() {
            found.number(rest)?
        } else if c.is_alphabetic() {
            found.word(rest)
        } else if matches!(c, '+' | '-' | '\u{2212}') && found.clock.is_some() && found.offset.is_none() {
            match offset(rest) {
                Some((minutes, length)) => {
                    found.offset = Some(minutes);
                    &rest[length..]
                }
                None => &rest[c.len_utf8()..],
            }
        } else {
            &rest[c.len_utf8()..]
        };
    }
    found.time()
}

/// What was met so far.
#[derive(Default)]
struct Found {
    month: Option<i64>,
    /// The month stood before any number, where a day of the week stands too.
    perhaps_day: bool,
    /// Numbers that are no time: their value, their digits, and the character before the next one.
    numbers: Vec<(i64, usize, char)>,
    clock: Option<Parts>,
    afternoon: Option<bool>,
    offset: Option<i64>,
}

impl Found {
    /// A number, or a time of day. `None` when there are more numbers than a date has.
    fn number<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let after = &text[digits..];
        let separator = after.chars().next().unwrap_or(' ');
        let is_clock = match separator {
            ':' => true,
            // 14.05 is a time only where a date stands before it and no third number follows.
            '.' | 'h' => {
                self.numbers.len() + usize::from(self.month.is_some()) >= 3
                    && after[1..].starts_with(|c: char| c.is_ascii_digit())
            }
            _ => false,
        };
        if is_clock && self.clock.is_none() && digits <= 2 {
            let mut parts = Parts::of(day(2000, 1, 1)?);
            let text_with_colon = text.replacen('h', ":", usize::from(separator == 'h'));
            let length = text_with_colon.len() - iso::clock(&text_with_colon, &mut parts)?.len();
            self.clock = Some(parts);
            return text.get(length..);
        }
        // Hangul, kana and han units belong to the number before them.
        match separator {
            '月' | '월' => self.month = Some(text[..digits].parse().ok()?),
            '時' | '时' | '点' | '시' | '분' | '分' | '秒' | '초' => {
                self.unit(text[..digits].parse().ok()?, separator)?;
            }
            _ if self.numbers.len() == 3 => return None,
            _ => self.numbers.push((text[..digits].parse().ok()?, digits, separator)),
        }
        Some(after)
    }

    fn unit(&mut self, number: i64, unit: char) -> Option<()> {
        let mut parts = self.clock.unwrap_or(Parts::of(day(2000, 1, 1)?));
        match unit {
            '分' | '분' => parts.minute = number,
            '秒' | '초' => parts.second = number,
            _ => parts.hour = number,
        }
        self.clock = Some(parts);
        Some(())
    }

    fn word<'a>(&mut self, text: &'a str) -> &'a str {
        let end = text.find(|c: char| !c.is_alphabetic() && !names::is_mark(c)).unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        if let Some(afternoon) = names::afternoon(word) {
            self.afternoon = Some(afternoon);
        } else if let Some(month) =
            names::month(word).filter(|_| self.month.is_none() || (self.perhaps_day && self.clock.is_none()))
        {
            // A month behind a month: the first was a day of the week (French and Spanish `mar`, Hungarian `sze`).
            self.perhaps_day = self.month.is_none() && self.numbers.is_empty();
            self.month = Some(month);
        } else if self.clock.is_some() && self.offset.is_none() {
            // `GMT+0200` gives the word first; the offset that follows adds nothing to zero and replaces it.
            self.offset = names::zone(word).filter(|minutes| *minutes != 0);
        }
        rest
    }

    fn time(self) -> Option<Time> {
        let date = match (self.month, self.numbers.as_slice()) {
            (Some(month), [a, b]) => {
                // The year is what has four digits or cannot be a day; else it stands last.
                let (day_, year) = if a.1 >= 3 || a.0 > 31 || a.2 == '年' || a.2 == '년' { (b, a) } else { (a, b) };
                day(full_year(year.0, year.1), month, day_.0)?
            }
            (None, [a, b, c]) => {
                let (y, m, d) = match (a.1, a.2) {
                    (3.., _) => (a, b, c),
                    // Slashes are American unless that cannot be; dots and hyphens are of the rest of the world.
                    (_, '/') if a.0 <= 12 => (c, a, b),
                    _ if b.0 > 12 => (c, a, b),
                    _ => (c, b, a),
                };
                day(full_year(y.0, y.1), m.0, d.0)?
            }
            _ => return None,
        };
        let mut parts = Parts { day: date, ..self.clock.unwrap_or(Parts::of(date)) };
        if let Some(afternoon) = self.afternoon {
            parts.hour = names::half_day(parts.hour, afternoon)?;
        }
        parts.offset = self.offset.unwrap_or(0);
        parts.time()
    }
}
