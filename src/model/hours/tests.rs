//! Windows as they are written, and what they mean on days on which clocks are changed.

use super::*;

fn quiet(zone: &str, windows: &[&str]) -> QuietHours {
    let windows = windows.iter().map(|w| Window::parse(w).expect("a window")).collect();
    QuietHours::new(windows, zone.parse().expect("a zone")).expect("some of the week is left")
}

fn time(text: &str) -> Time {
    Time::from_utc(text.parse().expect("a time"))
}

#[test]
fn windows_are_read_and_written() {
    for (text, written) in [
        ("22:00-07:00", "22:00-07:00"),
        (" 22:00-7:00 ", "22:00-07:00"),
        ("mon-fri 22:00-07:00", "mon,tue,wed,thu,fri 22:00-07:00"),
        ("Fri-Mon 00:00-24:00", "mon,fri,sat,sun 00:00-24:00"),
        ("sat, sun 00:00-24:00", "sat,sun 00:00-24:00"),
        ("mon-sun 1:00-2:00", "01:00-02:00"),
    ] {
        assert_eq!(Window::parse(text).map(|w| w.to_string()), Ok(written.to_owned()), "{text}");
    }
    for (text, wrong) in [
        ("22:00", "22:00"),
        ("22-07:00", "22"),
        ("22:00-25:00", "25:00"),
        ("22:60-07:00", "22:60"),
        ("22:00-7:0", "7:0"),
        ("07:00-07:00", "07:00-07:00"),
        ("24:00-07:00", "24:00-07:00"),
        ("someday 22:00-07:00", "someday"),
        ("mon,,tue 22:00-07:00", ""),
        ("", ""),
    ] {
        let error = Window::parse(text).expect_err(text);
        assert_eq!(&text[error.span.clone()], wrong, "{text}: {}", error.message);
    }
}

#[test]
fn what_leaves_no_time_to_tell_anything_is_refused() {
    let windows = |texts: &[&str]| texts.iter().map(|w| Window::parse(w).expect("a window")).collect::<Vec<_>>();
    assert!(QuietHours::new(windows(&["00:00-24:00"]), Tz::UTC).is_none());
    assert!(QuietHours::new(windows(&["20:00-08:00", "08:00-20:00"]), Tz::UTC).is_none());
    assert!(QuietHours::new(windows(&["20:00-08:00", "08:00-19:59"]), Tz::UTC).is_some());
}

/// Whether it is quiet, and until when.
#[test]
fn nights_weekends_and_days_on_which_the_clock_is_changed() {
    let night: &[&str] = &["22:00-07:00"];
    for (zone, windows, now, until) in [
        // An ordinary night; its beginning belongs to it, its end does not.
        ("UTC", night, "2026-01-10T21:59:59Z", None),
        ("UTC", night, "2026-01-10T22:00:00Z", Some("2026-01-11T07:00:00Z")),
        ("UTC", night, "2026-01-11T06:59:59Z", Some("2026-01-11T07:00:00Z")),
        ("UTC", night, "2026-01-11T07:00:00Z", None),
        // By the clock of the place, before and after the change to summer time on 29 March, which makes the night short.
        ("Europe/Helsinki", night, "2026-03-27T20:30:00Z", Some("2026-03-28T05:00:00Z")),
        ("Europe/Helsinki", night, "2026-03-28T20:30:00Z", Some("2026-03-29T04:00:00Z")),
        // And back on 25 October, which makes it long.
        ("Europe/Helsinki", night, "2026-10-24T19:30:00Z", Some("2026-10-25T05:00:00Z")),
        // A window whose end does not exist that day (03:00 to 04:00 is skipped) ends with the gap.
        ("Europe/Helsinki", &["01:00-03:30"], "2026-03-28T23:30:00Z", Some("2026-03-29T01:00:00Z")),
        // One whose beginning does not exist begins behind the gap.
        ("Europe/Helsinki", &["03:30-05:00"], "2026-03-29T00:59:00Z", None),
        ("Europe/Helsinki", &["03:30-05:00"], "2026-03-29T01:30:00Z", Some("2026-03-29T02:00:00Z")),
        // An end that comes twice (03:00 to 04:00, 25 October) is the second; a beginning the first.
        ("Europe/Helsinki", &["01:00-03:30"], "2026-10-25T00:45:00Z", Some("2026-10-25T01:30:00Z")),
        ("Europe/Helsinki", &["03:30-05:00"], "2026-10-25T00:45:00Z", Some("2026-10-25T03:00:00Z")),
        // A weekend, and the night that leads into it, as one.
        ("UTC", &["sat,sun 00:00-24:00", "22:00-07:00"], "2026-11-27T23:00:00Z", Some("2026-11-30T07:00:00Z")),
        ("UTC", &["sat,sun 00:00-24:00"], "2026-11-28T12:00:00Z", Some("2026-11-30T00:00:00Z")),
        // The days are those on which it begins.
        ("UTC", &["fri 22:00-07:00"], "2026-11-28T06:00:00Z", Some("2026-11-28T07:00:00Z")),
        ("UTC", &["fri 22:00-07:00"], "2026-11-28T23:00:00Z", None),
        // Half an hour of summer time, and a zone that is far ahead.
        ("Australia/Lord_Howe", &["01:00-02:15"], "2026-10-03T15:00:00Z", Some("2026-10-03T15:30:00Z")),
        ("Pacific/Kiritimati", night, "2026-01-10T08:30:00Z", Some("2026-01-10T17:00:00Z")),
    ] {
        assert_eq!(quiet(zone, windows).until(time(now)), until.map(time), "{zone} {windows:?} at {now}");
    }
}

proptest::proptest! {
    #[test]
    fn the_end_is_later_and_not_quiet(
        from in 0u16..1440, to in 0u16..1440, now in 1_700_000_000_000i64..1_900_000_000_000,
        zone in proptest::sample::select(vec!["UTC", "Europe/Helsinki", "America/New_York", "Australia/Lord_Howe", "Asia/Tehran"]),
    ) {
        proptest::prop_assume!(from != to);
        let clock = |m: u16| format!("{:02}:{:02}", m / 60, m % 60);
        let quiet = quiet(zone, &[&format!("{}-{}", clock(from), clock(to))]);
        if let Some(end) = quiet.until(Time::from_ms(now)) {
            proptest::prop_assert!(end > Time::from_ms(now));
            proptest::prop_assert_eq!(quiet.until(end), None);
        }
    }
}
