//! Tables of cases, and `croner` as the independent judge of what a crontab line means.

use super::*;
use proptest::prelude::*;

fn cron(expression: &str, zone: &str) -> Cron {
    Cron::parse(expression, zone.parse().unwrap()).unwrap_or_else(|e| panic!("{expression}: {e}"))
}

/// The firings after a moment, as local time with its offset.
fn firings(expression: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
    let cron = cron(expression, zone);
    let mut at = Time::from_utc(DateTime::parse_from_rfc3339(after).unwrap().to_utc());
    (0..count)
        .map(|_| {
            let next = cron.next_after(at).unwrap();
            assert!(next > at);
            at = next;
            next.utc().with_timezone(&cron.zone).format("%a %F %T%:z").to_string()
        })
        .collect()
}

#[test]
fn five_fields_mean_what_crontab_means() {
    // 2026-11-24 is a Tuesday.
    let after = "2026-11-24T12:00:00Z";
    let table: &[(&str, &[&str])] = &[
        ("0 8 * * 1-5", &["Wed 2026-11-25", "Thu 2026-11-26", "Fri 2026-11-27", "Mon 2026-11-30"]),
        ("0 8 * * MON-fri", &["Wed 2026-11-25", "Thu 2026-11-26", "Fri 2026-11-27", "Mon 2026-11-30"]),
        ("0 8 * * 0", &["Sun 2026-11-29", "Sun 2026-12-06"]),
        ("0 8 * * 7", &["Sun 2026-11-29", "Sun 2026-12-06"]),
        ("0 8 * * Sun", &["Sun 2026-11-29", "Sun 2026-12-06"]),
        ("0 8 * * 5-7", &["Fri 2026-11-27", "Sat 2026-11-28", "Sun 2026-11-29", "Fri 2026-12-04"]),
        ("0 8 * * fri-sun", &["Fri 2026-11-27", "Sat 2026-11-28", "Sun 2026-11-29", "Fri 2026-12-04"]),
        ("0 8 * * */2", &["Thu 2026-11-26", "Sat 2026-11-28", "Sun 2026-11-29", "Tue 2026-12-01"]),
        // Either day field, where both are restricted.
        ("0 8 1 * 1", &["Mon 2026-11-30", "Tue 2026-12-01", "Mon 2026-12-07"]),
        // Both, where one begins with a star.
        ("0 8 */10 * 1", &["Mon 2026-12-21", "Mon 2027-01-11"]),
        ("0 8 31 * *", &["Thu 2026-12-31", "Sun 2027-01-31", "Wed 2027-03-31"]),
        ("0 8 29 2 *", &["Tue 2028-02-29", "Sun 2032-02-29"]),
        ("0 8 1 jan,JUL *", &["Fri 2027-01-01", "Thu 2027-07-01"]),
        ("@weekly", &["Sun 2026-11-29", "Sun 2026-12-06"]),
        ("@monthly", &["Tue 2026-12-01", "Fri 2027-01-01"]),
        ("@Yearly", &["Fri 2027-01-01", "Sat 2028-01-01"]),
        ("@annually", &["Fri 2027-01-01", "Sat 2028-01-01"]),
        ("@daily", &["Wed 2026-11-25", "Thu 2026-11-26"]),
        ("@midnight", &["Wed 2026-11-25", "Thu 2026-11-26"]),
    ];
    for (expression, days) in table {
        let found: Vec<String> =
            firings(expression, "UTC", after, days.len()).iter().map(|t| t[..14].to_owned()).collect();
        assert_eq!(&found, days, "{expression}");
    }
}

#[test]
fn times_of_day() {
    let table: &[(&str, &str, &str, &[&str])] = &[
        ("*/20 * * * *", "UTC", "2026-11-24T12:00:00Z", &["12:20:00", "12:40:00", "13:00:00"]),
        ("5-59/20 8,20 * * *", "UTC", "2026-11-24T12:00:00Z", &["20:05:00", "20:25:00", "20:45:00", "08:05:00"]),
        ("@hourly", "Asia/Kathmandu", "2026-11-24T12:00:00Z", &["18:00:00", "19:00:00"]),
        ("*/60 * * * *", "UTC", "2026-11-24T12:00:00Z", &["13:00:00", "14:00:00"]),
        ("*/7 * * * * *", "UTC", "2026-11-24T12:00:50.500Z", &["12:00:56", "12:01:00", "12:01:07"]),
        ("0 0 8 * * 1", "UTC", "2026-11-24T12:00:00Z", &["08:00:00"]),
    ];
    for (expression, zone, after, times) in table {
        let found: Vec<String> =
            firings(expression, zone, after, times.len()).iter().map(|t| t[15..23].to_owned()).collect();
        assert_eq!(&found, times, "{expression}");
    }
    // With seconds the crate's own meaning holds: 1 is Sunday.
    assert!(firings("0 0 8 * * 1", "UTC", "2026-11-24T12:00:00Z", 1)[0].starts_with("Sun"));
    assert_eq!(firings("0 0 8 1 1 * 2030", "UTC", "2026-11-24T12:00:00Z", 1), ["Tue 2030-01-01 08:00:00+00:00"]);
    assert_eq!(cron("0 0 8 1 1 * 2030", "UTC").next_after(Time::parse_rfc3339("2030-01-01T08:00:00Z").unwrap()), None);
}

#[test]
fn spring_takes_an_hour_away() {
    // Helsinki: 29 March 2026, 03:00 becomes 04:00. New York: 8 March, 02:00 becomes 03:00. Lord Howe: 4 October, 02:00
    // becomes 02:30. Cairo's midnight of 24 April is 01:00. Samoa had no 30 December 2011.
    let table: &[(&str, &str, &str, &[&str])] = &[
        (
            "30 3 * * *",
            "Europe/Helsinki",
            "2026-03-28T12:00:00Z",
            &["Sun 2026-03-29 04:00:00+03:00", "Mon 2026-03-30 03:30:00+03:00"],
        ),
        (
            "0,30 3 * * *",
            "Europe/Helsinki",
            "2026-03-28T12:00:00Z",
            &["Sun 2026-03-29 04:00:00+03:00", "Mon 2026-03-30 03:00:00+03:00"],
        ),
        (
            "0 3,4 * * *",
            "Europe/Helsinki",
            "2026-03-28T12:00:00Z",
            &["Sun 2026-03-29 04:00:00+03:00", "Mon 2026-03-30 03:00:00+03:00"],
        ),
        (
            "*/30 * * * *",
            "Europe/Helsinki",
            "2026-03-29T00:29:59Z",
            &["Sun 2026-03-29 02:30:00+02:00", "Sun 2026-03-29 04:00:00+03:00", "Sun 2026-03-29 04:30:00+03:00"],
        ),
        (
            "30 */3 * * *",
            "Europe/Helsinki",
            "2026-03-28T22:00:00Z",
            &["Sun 2026-03-29 00:30:00+02:00", "Sun 2026-03-29 06:30:00+03:00"],
        ),
        (
            "15 2 * * *",
            "America/New_York",
            "2026-03-08T05:00:00Z",
            &["Sun 2026-03-08 03:00:00-04:00", "Mon 2026-03-09 02:15:00-04:00"],
        ),
        (
            "15 2 * * *",
            "Australia/Lord_Howe",
            "2026-10-03T12:00:00Z",
            &["Sun 2026-10-04 02:30:00+11:00", "Mon 2026-10-05 02:15:00+11:00"],
        ),
        (
            "*/15 * * * *",
            "Australia/Lord_Howe",
            "2026-10-03T15:15:00Z",
            &["Sun 2026-10-04 02:30:00+11:00", "Sun 2026-10-04 02:45:00+11:00"],
        ),
        (
            "@daily",
            "Africa/Cairo",
            "2026-04-23T12:00:00Z",
            &["Fri 2026-04-24 01:00:00+03:00", "Sat 2026-04-25 00:00:00+03:00"],
        ),
        (
            "0 9 30 12 *",
            "Pacific/Apia",
            "2011-12-01T00:00:00Z",
            &["Sat 2011-12-31 00:00:00+14:00", "Sun 2012-12-30 09:00:00+14:00"],
        ),
        (
            "*/20 * * * * *",
            "Europe/Helsinki",
            "2026-03-29T00:59:20Z",
            &["Sun 2026-03-29 02:59:40+02:00", "Sun 2026-03-29 04:00:00+03:00"],
        ),
    ];
    for (expression, zone, after, expected) in table {
        assert_eq!(&firings(expression, zone, after, expected.len()), expected, "{expression} {zone}");
    }
}

#[test]
fn autumn_gives_an_hour_twice() {
    // Helsinki: 25 October 2026, 04:00 becomes 03:00. New York: 1 November, 02:00 becomes 01:00. Lord Howe: 5 April 02:00
    // becomes 01:30.
    let table: &[(&str, &str, &str, &[&str])] = &[
        (
            "30 3 * * *",
            "Europe/Helsinki",
            "2026-10-24T12:00:00Z",
            &["Sun 2026-10-25 03:30:00+03:00", "Mon 2026-10-26 03:30:00+02:00"],
        ),
        (
            "0,30 3 * * *",
            "Europe/Helsinki",
            "2026-10-24T12:00:00Z",
            &["Sun 2026-10-25 03:00:00+03:00", "Sun 2026-10-25 03:30:00+03:00", "Mon 2026-10-26 03:00:00+02:00"],
        ),
        (
            "*/30 * * * *",
            "Europe/Helsinki",
            "2026-10-24T23:59:00Z",
            &[
                "Sun 2026-10-25 03:00:00+03:00",
                "Sun 2026-10-25 03:30:00+03:00",
                "Sun 2026-10-25 03:00:00+02:00",
                "Sun 2026-10-25 03:30:00+02:00",
                "Sun 2026-10-25 04:00:00+02:00",
            ],
        ),
        // From the middle of the first and of the second pass.
        ("*/30 * * * *", "Europe/Helsinki", "2026-10-25T00:40:00.250Z", &["Sun 2026-10-25 03:00:00+02:00"]),
        ("*/30 * * * *", "Europe/Helsinki", "2026-10-25T01:10:00Z", &["Sun 2026-10-25 03:30:00+02:00"]),
        ("30 3 * * *", "Europe/Helsinki", "2026-10-25T01:10:00Z", &["Mon 2026-10-26 03:30:00+02:00"]),
        (
            "@hourly",
            "America/New_York",
            "2026-11-01T04:30:00Z",
            &["Sun 2026-11-01 01:00:00-04:00", "Sun 2026-11-01 01:00:00-05:00", "Sun 2026-11-01 02:00:00-05:00"],
        ),
        (
            "45 1 * * *",
            "Australia/Lord_Howe",
            "2026-04-04T12:00:00Z",
            &["Sun 2026-04-05 01:45:00+11:00", "Mon 2026-04-06 01:45:00+10:30"],
        ),
        (
            "*/15 * * * *",
            "Australia/Lord_Howe",
            "2026-04-04T14:20:00Z",
            &[
                "Sun 2026-04-05 01:30:00+11:00",
                "Sun 2026-04-05 01:45:00+11:00",
                "Sun 2026-04-05 01:30:00+10:30",
                "Sun 2026-04-05 01:45:00+10:30",
                "Sun 2026-04-05 02:00:00+10:30",
            ],
        ),
    ];
    for (expression, zone, after, expected) in table {
        assert_eq!(&firings(expression, zone, after, expected.len()), expected, "{expression} {zone} {after}");
    }
}

#[test]
fn mistakes_are_said_with_their_place() {
    for (expression, marked, words) in [
        ("", "", "empty"),
        ("  ", "  ", "empty"),
        ("* * * *", "* * * *", "has 4"),
        ("* * * * * * * *", "* * * * * * * *", "has 8"),
        ("60 * * * *", "60", "out of range for the minute field (0 to 59)"),
        (" 0 24 * * *", "24", "hour"),
        ("0 8 0 * *", "0", "day of month"),
        ("0 8 * 13 *", "13", "month field (1 to 12)"),
        ("0 8 * * 8", "8", "day of week"),
        ("0 8 * * monday", "monday", "sun to sat"),
        ("0 8 * * 5L", "5L", "`L`, `W` and `#`"),
        ("0 8 L * *", "L", "`L`, `W` and `#`"),
        ("0 8 15W * *", "15W", "`L`, `W` and `#`"),
        ("0 8 * * 1#2", "1#2", "`L`, `W` and `#`"),
        ("0 22-6 * * *", "22-6", "backwards"),
        ("0 8 * * fri-mon", "fri-mon", "backwards"),
        ("5/10 * * * *", "5/10", "`5-59/10`"),
        ("*/0 * * * *", "0", "step of 0"),
        ("*/x * * * *", "x", "not a step"),
        ("1,,2 * * * *", "1,,2", "comma"),
        ("99999999999 * * * *", "99999999999", "minute"),
        ("٥ * * * *", "٥", "minute"),
        ("0 8 31 2 *", "0 8 31 2 *", "never fires"),
        ("0 8 30,31 feb *", "0 8 30,31 feb *", "never fires"),
        ("@reboot", "@reboot", "never polled"),
        ("@every 5m", "@every 5m", "has 2"),
        ("@fortnightly", "@fortnightly", "@hourly"),
        ("0 0 25 * * *", "25", "hours (0 to 23)"),
        ("0 0 8 L * *", "L", "not understood"),
        ("0 0 8 * * 0", "0", "Sunday is 1"),
        ("0 0 8 * * * 1820", "1820", "years"),
        ("0 0 8 30 2 *", "0 0 8 30 2 *", "never fires"),
    ] {
        let error = Cron::parse(expression, chrono_tz::UTC).expect_err(expression);
        assert_eq!(&expression[error.span.clone()], marked, "{expression}: {error}");
        assert!(error.message.contains(words), "{expression}: {error}");
    }
}

#[test]
fn the_ends_of_time_are_no_trouble() {
    let cron = cron("* * * * *", "Europe/Helsinki");
    assert_eq!(cron.next_after(Time::from_ms(i64::MAX)), None);
    assert!(cron.next_after(Time::from_ms(i64::MIN)).is_some());
}

/// One field: values, ranges, lists and steps, as crontab allows them.
fn field(min: u32, max: u32) -> impl Strategy<Value = String> {
    let value = min..=max;
    let range = (value.clone(), value.clone()).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b)));
    prop_oneof![
        4 => Just("*".to_owned()),
        3 => value.clone().prop_map(|v| v.to_string()),
        2 => range.clone(),
        1 => (range, 1..=max / 2).prop_map(|(r, s)| format!("{r}/{s}")),
        1 => (1..=max / 2).prop_map(|s| format!("*/{s}")),
        1 => proptest::collection::vec(value, 1..4)
            .prop_map(|v| v.iter().map(u32::to_string).collect::<Vec<_>>().join(",")),
    ]
}

const ZONES: [&str; 5] = ["UTC", "Europe/Helsinki", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn croner_agrees(
        minute in field(0, 59), hour in field(0, 23), day in field(1, 31), month in field(1, 12), weekday in field(0, 7),
        zone in 0..ZONES.len(), ms in 1_700_000_000_000_i64..1_900_000_000_000,
    ) {
        // A day field with a stepped star is restricted for croner and not for Vixie's cron, which looks at the star.
        let stepped = day.starts_with("*/") || weekday.starts_with("*/");
        let weekday = if stepped && day != "*" && weekday != "*" { "*".to_owned() } else { weekday };
        // Jobs that croner and Vixie's cron take for unlike kinds (lists of times) are compared where no clock changes.
        let single = |field: &str| field.parse::<u32>().is_ok();
        let fixed = single(&minute) && single(&hour);
        let interval = minute.starts_with('*') || hour.starts_with('*');
        let zone = if fixed || interval { ZONES[zone] } else { "UTC" };
        let expression = format!("{minute} {hour} {day} {month} {weekday}");
        let Ok(ours) = Cron::parse(&expression, zone.parse().unwrap()) else {
            // Only a day that never comes.
            return Ok(());
        };
        let theirs: croner::Cron = expression.parse().unwrap();
        let mut at = Time::from_ms(ms);
        for _ in 0..5 {
            let next = ours.next_after(at).unwrap();
            let judged = theirs.find_next_occurrence(&at.utc().with_timezone(&ours.zone), false).unwrap();
            prop_assert_eq!(next, Time::from_utc(judged.to_utc()), "{} {} after {}", expression, zone, at);
            at = next;
        }
    }

    #[test]
    fn croner_agrees_around_the_changes(
        minute in prop_oneof![(0u32..60).prop_map(|m| m.to_string()), (1u32..40).prop_map(|s| format!("*/{s}"))],
        hour in prop_oneof![Just("*".to_owned()), (0u32..5).prop_map(|h| h.to_string())],
        change in 0..6_usize, minutes in -300_i64..300, seconds in 0_i64..60,
    ) {
        let (zone, at) = [
            ("Europe/Helsinki", "2026-03-29T01:00:00Z"), ("Europe/Helsinki", "2026-10-25T01:00:00Z"),
            ("America/New_York", "2026-03-08T07:00:00Z"), ("America/New_York", "2026-11-01T06:00:00Z"),
            ("Australia/Lord_Howe", "2026-10-03T15:30:00Z"), ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"),
        ][change];
        let expression = format!("{minute} {hour} * * *");
        let ours = cron(&expression, zone);
        let theirs: croner::Cron = expression.parse().unwrap();
        let mut at = Time::from_ms(Time::parse_rfc3339(at).unwrap().ms() + (minutes * 60 + seconds) * 1000);
        for _ in 0..6 {
            let next = ours.next_after(at).unwrap();
            let judged = theirs.find_next_occurrence(&at.utc().with_timezone(&ours.zone), false).unwrap();
            prop_assert_eq!(next, Time::from_utc(judged.to_utc()), "{} {} after {}", expression, zone, at);
            at = next;
        }
    }

    #[test]
    fn a_firing_is_always_later(expression in "[0-9*/,@a-zL#? -]{0,24}", ms in any::<i64>()) {
        if let Ok(cron) = Cron::parse(&expression, chrono_tz::Europe::Helsinki) {
            let after = Time::from_ms(ms);
            prop_assert!(cron.next_after(after).is_none_or(|next| next > after));
        }
    }
}
