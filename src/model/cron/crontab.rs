//! The five fields of a crontab line, as crontab(5) of Vixie's cron describes them.

use cron::Schedule;

use super::{CronError, Word};

/// What may stand in a field.
struct Field {
    /// As messages call it.
    name: &'static str,
    min: u32,
    max: u32,
    /// Names, the first of which means `min`; any case.
    names: &'static [&'static str],
}

const MINUTE: Field = Field { name: "minute", min: 0, max: 59, names: &[] };
const HOUR: Field = Field { name: "hour", min: 0, max: 23, names: &[] };
const DAY: Field = Field { name: "day of month", min: 1, max: 31, names: &[] };
const MONTH: Field = Field {
    name: "month",
    min: 1,
    max: 12,
    names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
};
const WEEKDAY: Field =
    Field { name: "day of week", min: 0, max: 7, names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"] };

/// Reads the fields into the crate's schedules (any of which fires), and whether the job is an interval job.
pub(super) fn read(fields: [Word<'_>; 5]) -> Result<(Vec<Schedule>, bool), CronError> {
    let [minute, hour, day, month, weekday] = fields;
    let minutes = MINUTE.read(minute)?;
    let hours = HOUR.read(hour)?;
    let days = DAY.read(day)?;
    let months = MONTH.read(month)?;
    let mut weekdays = WEEKDAY.read(weekday)?;
    // Sunday is 0 and 7 alike.
    if weekdays & (1 << 7) != 0 {
        weekdays = (weekdays | 1) & 0x7f;
    }
    let every_hour = hours == (1 << 24) - 1;
    let interval = minute.text.starts_with('*') || hour.text.starts_with('*') || every_hour;

    let time = format!("0 {} {}", list(minutes, 0, 59, 0), list(hours, 0, 23, 0));
    let day_list = list(days, 1, 31, 0);
    let month_list = list(months, 1, 12, 0);
    // The crate counts the days of the week from Sunday = 1.
    let weekday_list = list(weekdays, 0, 6, 1);
    // Two restricted day fields mean either; a field that begins with `*` (`*/2` too) restricts nothing by itself.
    let lines = if day.text.starts_with('*') || weekday.text.starts_with('*') {
        vec![format!("{time} {day_list} {month_list} {weekday_list}")]
    } else {
        vec![format!("{time} {day_list} {month_list} *"), format!("{time} * {month_list} {weekday_list}")]
    };
    let schedules: Result<Vec<_>, _> = lines.into_iter().map(Schedule::try_from).collect();
    let schedules =
        schedules.map_err(|_| CronError::new(minute.at..weekday.span().end, "this cron expression cannot be read"))?;
    Ok((schedules, interval))
}

/// A set of values as the crate writes it, each moved by `shift`.
fn list(set: u64, min: u32, max: u32, shift: u32) -> String {
    let values: Vec<u32> = (min..=max).filter(|v| set & (1 << v) != 0).collect();
    if values.len() == (max - min + 1) as usize {
        return "*".to_owned();
    }
    values.iter().map(|v| (v + shift).to_string()).collect::<Vec<_>>().join(",")
}

impl Field {
    /// The values as bits.
    fn read(&self, word: Word<'_>) -> Result<u64, CronError> {
        let mut set = 0;
        let mut at = word.at;
        for text in word.text.split(',') {
            let item = Word { text, at };
            if text.is_empty() {
                return Err(CronError::new(word.span(), format!("`{}` has an empty place beside a comma", word.text)));
            }
            set |= self.item(item)?;
            at += text.len() + 1;
        }
        Ok(set)
    }

    /// `*`, `5`, `1-5`, `*/10` or `8-18/2`.
    fn item(&self, item: Word<'_>) -> Result<u64, CronError> {
        let (base, step) = match item.text.split_once('/') {
            None => (item.text, None),
            Some((base, step)) => {
                let at = item.at + base.len() + 1;
                (base, Some(self.step(Word { text: step, at })?))
            }
        };
        let base = Word { text: base, at: item.at };
        let (first, last) = if base.text == "*" {
            (self.min, self.max)
        } else if let Some((first, last)) = base.text.split_once('-') {
            let first = self.value(Word { text: first, at: base.at })?;
            let end = Word { text: last, at: base.at + base.text.len() - last.len() };
            // `fri-sun` runs up to the Sunday at the week's end.
            let last = if self.max == 7 && last.eq_ignore_ascii_case("sun") { 7 } else { self.value(end)? };
            if first > last {
                let message = format!("`{}` runs backwards: write it as two ranges, joined by a comma", base.text);
                return Err(CronError::new(base.span(), message));
            }
            (first, last)
        } else {
            let value = self.value(base)?;
            if let Some(step) = step {
                let message = format!("`{}`: a step needs a range, such as `{value}-{}/{step}`", item.text, self.max);
                return Err(CronError::new(item.span(), message));
            }
            (value, value)
        };
        // A whole week of `*` ends at Saturday: 7 is Sunday again, and would shift the steps.
        let last = if base.text == "*" && self.max == 7 { 6 } else { last };
        let step = step.unwrap_or(1) as usize;
        Ok((first..=last).step_by(step).fold(0, |set, v| set | 1 << v))
    }

    fn step(&self, word: Word<'_>) -> Result<u32, CronError> {
        match number(word.text) {
            Some(step) if step > 0 => Ok(step),
            Some(_) => Err(CronError::new(word.span(), "a step of 0 never gets anywhere")),
            None => Err(CronError::new(word.span(), format!("`{}` is not a step: write a number", word.text))),
        }
    }

    fn value(&self, word: Word<'_>) -> Result<u32, CronError> {
        let named = self.names.iter().position(|name| name.eq_ignore_ascii_case(word.text));
        if let Some(index) = named {
            return Ok(self.min + index as u32);
        }
        let (min, max, name) = (self.min, self.max, self.name);
        match number(word.text) {
            Some(value) if (min..=max).contains(&value) => Ok(value),
            Some(value) => Err(CronError::new(
                word.span(),
                format!("{value} is out of range for the {name} field ({min} to {max})"),
            )),
            None if word.text.contains(['L', 'W', '#']) && self.max != 12 => Err(CronError::new(
                word.span(),
                format!("`{}`: `L`, `W` and `#` are not crontab and are not understood", word.text),
            )),
            None => {
                let names = match self.names {
                    [first, .., last] => format!(", or {first} to {last}"),
                    _ => String::new(),
                };
                let message = format!("`{}` cannot be read as the {name} field ({min} to {max}{names})", word.text);
                Err(CronError::new(word.span(), message))
            }
        }
    }
}

/// Up to three digits: no field has a larger number, and nothing can overflow.
fn number(text: &str) -> Option<u32> {
    let digits = (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}
