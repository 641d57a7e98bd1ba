//! Hours of quiet: windows of the week by the clock on the wall, wherever that clock hangs.

use std::fmt;
use std::ops::Range;

use chrono::{Datelike, MappedLocalTime, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use super::time::Time;

/// Minutes of a day.
const DAY: u16 = 24 * 60;
/// Days of the week by their first three letters, as crontab has them.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// The longest change of a clock that is looked past: some zones have skipped a whole day.
const LONGEST_GAP: i64 = 26 * 60;

/// Windows of the week in which only what is urgent is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuietHours {
    windows: Vec<Window>,
    zone: Tz,
}

/// `mon-fri 22:00-07:00`: on which days it begins, and its minutes; an end that is not after the beginning is of the next
/// day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    days: [bool; 7],
    from: u16,
    to: u16,
}

/// What is wrong with a window as it is written, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowError {
    /// A sentence for the user.
    pub message: String,
    /// The byte span.
    pub span: Range<usize>,
}

impl Window {
    /// Reads `22:00-07:00`, with the days on which it begins before it: `mon-fri 22:00-07:00`, `sat,sun 00:00-24:00`.
    pub fn parse(text: &str) -> Result<Self, WindowError> {
        let error = |part: &str, message: String| {
            let at = part.as_ptr() as usize - text.as_ptr() as usize;
            WindowError { message, span: at..at + part.len() }
        };
        let (days, hours) = match text.trim().rsplit_once(char::is_whitespace) {
            Some((days, hours)) => (Some(days.trim()), hours),
            None => (None, text.trim()),
        };
        let mut on = [days.is_none(); 7];
        for part in days.into_iter().flat_map(|days| days.split(',')).map(str::trim) {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let day = |name: &str| DAYS.iter().position(|d| *d == name.trim().to_ascii_lowercase());
            let (Some(first), Some(last)) = (day(first), day(last)) else {
                return Err(error(part, format!("`{part}` is no day of the week: write `mon`, or `mon-fri`")));
            };
            // From a Friday to a Monday is over the end of the week.
            (0..7).filter(|n| (n + 7 - first) % 7 <= (last + 7 - first) % 7).for_each(|n| on[n] = true);
        }
        let minutes = |part: &str| minutes(part).ok_or_else(|| error(part, format!("`{part}` is no time of day")));
        let Some((from, to)) = hours.split_once('-') else {
            return Err(error(hours, format!("`{hours}` has no beginning and end")));
        };
        let (from, to) = (minutes(from)?, minutes(to)?);
        if from == to || from == DAY {
            return Err(error(hours, format!("`{hours}` has no length; a whole day is `00:00-24:00`")));
        }
        Ok(Self { days: on, from, to })
    }

    /// Minutes from its beginning to its end on a day whose clock is not changed.
    fn length(self) -> u16 {
        if self.to > self.from { self.to - self.from } else { self.to + DAY - self.from }
    }

    /// The window that begins on this day.
    fn on(self, day: NaiveDate, zone: Tz) -> Option<(Time, Time)> {
        if !self.days[day.weekday().num_days_from_monday() as usize] {
            return None;
        }
        let midnight = day.and_hms_opt(0, 0, 0)?;
        let from = midnight + TimeDelta::minutes(self.from.into());
        let to = midnight + TimeDelta::minutes(i64::from(self.to) + if self.to > self.from { 0 } else { DAY.into() });
        Some((instant(from, zone, false)?, instant(to, zone, true)?))
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.days.contains(&false) {
            let names: Vec<&str> =
                DAYS.into_iter().zip(self.days).filter(|(_, on)| *on).map(|(name, _)| name).collect();
            write!(f, "{} ", names.join(","))?;
        }
        let clock = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        write!(f, "{}-{}", clock(self.from), clock(self.to))
    }
}

impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let windows: Vec<String> = self.windows.iter().map(Window::to_string).collect();
        f.write_str(&windows.join(", "))
    }
}

impl QuietHours {
    /// These windows by the clocks of this zone; `None` where they leave no minute of the week.
    pub fn new(windows: Vec<Window>, zone: Tz) -> Option<Self> {
        let week = 7 * usize::from(DAY);
        let mut quiet = vec![false; week];
        for window in &windows {
            for day in (0..7).filter(|day| window.days[*day]) {
                let from = day * usize::from(DAY) + usize::from(window.from);
                (from..from + usize::from(window.length())).for_each(|minute| quiet[minute % week] = true);
            }
        }
        quiet.contains(&false).then_some(Self { windows, zone })
    }

    /// Until when it is quiet at this moment: the end of the last of the windows that follow on each other. `None`: it is
    /// not quiet.
    ///
    /// Where the clock is put forward over the end of a window, the window ends with the gap; where it is put back, a time
    /// that comes twice begins a window the first time, and ends one the second time.
    pub fn until(&self, now: Time) -> Option<Time> {
        let mut end = None;
        // No longer than a week, and some windows of each day.
        for _ in 0..8 * self.windows.len().max(1) {
            let at = end.unwrap_or(now);
            match self.end_of_window(at) {
                Some(later) => end = Some(later),
                None => break,
            }
        }
        end
    }

    fn end_of_window(&self, at: Time) -> Option<Time> {
        let today = at.utc().with_timezone(&self.zone).date_naive();
        // A window of yesterday may reach into today, or further where a clock was changed.
        let days = [Some(today), today.pred_opt(), today.pred_opt().and_then(|day| day.pred_opt())];
        let windows =
            days.into_iter().flatten().flat_map(|day| self.windows.iter().filter_map(move |w| w.on(day, self.zone)));
        windows.filter(|(from, to)| *from <= at && at < *to).map(|(_, to)| to).max()
    }
}

/// The moment of a local time; of two the last where it is an end; behind a gap where there is none.
fn instant(local: NaiveDateTime, zone: Tz, end: bool) -> Option<Time> {
    for minutes in 0..=LONGEST_GAP {
        let at = match zone.from_local_datetime(&(local + TimeDelta::minutes(minutes))) {
            MappedLocalTime::Single(at) => at,
            MappedLocalTime::Ambiguous(first, second) => {
                if end {
                    second
                } else {
                    first
                }
            }
            MappedLocalTime::None => continue,
        };
        return Some(Time::from_utc(at.with_timezone(&Utc)));
    }
    None
}

/// `07:30`, `7:30` or `24:00` in minutes.
fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |part: &str| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse::<u16>().ok()).flatten();
    let (h, m) = (number(hours).filter(|_| hours.len() <= 2)?, number(minutes).filter(|_| minutes.len() == 2)?);
    (m < 60 && h * 60 + m <= DAY).then_some(h * 60 + m)
}

#[cfg(test)]
mod tests;
