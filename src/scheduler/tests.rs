use super::*;
use crate::model::FeedHints;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

fn now() -> Time {
    Time::parse_rfc3339("2026-11-24T12:00:00Z").unwrap()
}

fn feed(n: u32) -> FeedName {
    FeedName::new(format!("feed-{n}"))
}

/// What a poll that was answered leaves.
fn healthy() -> FeedMemory {
    FeedMemory { state: FeedState::Ok, baseline_at: Some(now()), ..FeedMemory::new("https://example.org/feed.xml") }
}

fn failing(failures: u32) -> FeedMemory {
    FeedMemory { state: FeedState::BackingOff, failures, ..healthy() }
}

fn cron(expression: &str) -> Cadence {
    Cadence::Cron(Cron::parse(expression, chrono_tz::UTC).unwrap())
}

fn pause(cadence: &Cadence, feed: &FeedName, memory: &FeedMemory) -> Duration {
    next_poll(cadence, Bounds::default(), feed, memory, now()).since(now())
}

#[test]
fn intervals_are_read_from_a_second_up() {
    assert_eq!(Cadence::parse_every("5m"), Ok(Cadence::Every(MINUTE * 5)));
    assert_eq!(Cadence::parse_every("1s"), Ok(Cadence::Every(Duration::from_secs(1))));
    assert_eq!(Cadence::parse_every(" Adaptive "), Ok(Cadence::Adaptive));
    for (text, words) in [
        ("999ms", "once a second"),
        ("0s", "once a second"),
        ("adaptiv", "\"adaptive\""),
        ("5", "no unit"),
        ("", "empty"),
    ] {
        let error = Cadence::parse_every(text).unwrap_err();
        assert!(error.contains(words), "{text}: {error}");
    }
}

#[test]
fn a_thousand_feeds_are_spread_from_their_second_poll_on() {
    let every = Cadence::Every(MINUTE * 5);
    let mut per_tenth = [0; 10];
    for n in 0..1000 {
        let first = pause(&every, &feed(n), &healthy());
        assert!(first > MINUTE / 2 && first <= MINUTE * 11 / 2, "{first:?}");
        per_tenth[((first - MINUTE / 2).as_millis() * 10 / 300_001) as usize] += 1;
    }
    assert!(per_tenth.iter().all(|n| (60..140).contains(n)), "{per_tenth:?}");
}

#[test]
fn after_the_first_pause_the_interval_is_kept_exactly() {
    for seconds in [1, 7, 300, 86_400] {
        let interval = Duration::from_secs(seconds);
        let every = Cadence::Every(interval);
        let mut at = next_poll(&every, Bounds::default(), &feed(1), &healthy(), now());
        for n in 0..10 {
            // Each poll takes some time, which does not add up.
            let ended = at.plus(interval / 20 * (n % 10));
            let next = next_poll(&every, Bounds::default(), &feed(1), &healthy(), ended);
            assert_eq!(next.since(at), interval);
            at = next;
        }
    }
}

#[test]
fn pauses_after_failures_double_with_jitter_up_to_the_longest() {
    let every = Cadence::Every(Duration::from_secs(1));
    for n in 0..50 {
        for (failures, least) in [(1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0), (12, 2048.0)] {
            let pause = pause(&every, &feed(n), &failing(failures)).as_secs_f64();
            assert!(pause >= least - 0.001 && pause <= least * 1.25, "{failures}: {pause}");
        }
        let longest = pause(&every, &feed(n), &failing(u32::MAX));
        assert!(longest >= DAY.mul_f64(0.8) && longest <= DAY);
    }
    let distinct: std::collections::HashSet<_> = (0..50).map(|n| pause(&every, &feed(n), &failing(1000))).collect();
    assert!(distinct.len() > 45);
    // An interval longer than the longest pause is never shortened by it.
    assert!(pause(&Cadence::Every(DAY * 7), &feed(1), &failing(3)) >= DAY * 7);
}

#[test]
fn a_feed_that_is_gone_is_asked_rarely() {
    let gone = FeedMemory { state: FeedState::Gone, ..failing(2) };
    for cadence in [Cadence::Every(MINUTE), Cadence::Adaptive, cron("* * * * *")] {
        let pause = pause(&cadence, &feed(1), &gone);
        assert!(pause > DAY.mul_f64(0.9) && pause <= DAY);
    }
}

#[test]
fn a_cron_feed_keeps_to_its_times_also_after_failures() {
    let minutely = cron("* * * * *");
    for n in 0..50 {
        let first = pause(&minutely, &feed(n), &healthy());
        assert!(first >= MINUTE && first < MINUTE + Duration::from_secs(6), "{first:?}");
    }
    let third = pause(&minutely, &feed(1), &failing(3));
    assert!(third >= MINUTE * 4 && third <= MINUTE * 7, "{third:?}");
    let daily = pause(&cron("0 8 * * *"), &feed(1), &failing(1));
    assert!(daily >= HOUR * 20 && daily <= HOUR * 20 + CRON_SPREAD);
    // Also after many failures a daily feed misses no second day.
    let at_eight = Time::parse_rfc3339("2026-11-24T08:00:05Z").unwrap();
    for n in 0..50 {
        let next = next_poll(&cron("0 8 * * *"), Bounds::default(), &feed(n), &failing(50), at_eight);
        assert!(next.since(at_eight) < DAY + CRON_SPREAD);
    }
    // A job of seconds is moved by a tenth of its gap at most.
    let quick = pause(&cron("*/5 * * * * *"), &feed(7), &healthy());
    assert!(quick >= Duration::from_secs(5) && quick <= Duration::from_millis(5500));
}

#[test]
fn an_adaptive_feed_follows_its_items_within_bounds() {
    let bounds = Bounds { min_interval: MINUTE * 2, max_interval: HOUR * 24 };
    let spaced = |gap: Duration| -> Vec<Time> { (0..8).map(|n| now().minus(gap * n)).collect() };
    for (gap, interval) in
        [(HOUR, MINUTE * 30), (MINUTE, MINUTE * 2), (Duration::ZERO, MINUTE * 2), (DAY * 30, DAY), (HOUR * 4, HOUR * 2)]
    {
        let memory = FeedMemory { recent: spaced(gap), ..healthy() };
        for n in 0..50 {
            let pause = pause(&Cadence::Adaptive, &feed(n), &memory);
            assert!(pause >= bounds.min_interval && pause <= bounds.max_interval, "{gap:?}: {pause:?}");
            assert!(pause >= interval.mul_f64(0.79) && pause <= interval.mul_f64(1.21), "{gap:?}: {pause:?}");
        }
    }
    // One lull among many short gaps does not count; the order does not either.
    let mut recent = spaced(HOUR);
    recent.push(now().minus(DAY * 100));
    recent.reverse();
    let interval =
        |recent: &[Time]| rhythm::adaptive_interval(bounds, &FeedMemory { recent: recent.to_vec(), ..healthy() });
    assert_eq!(interval(&recent), MINUTE * 30);
    assert_eq!(interval(&recent[..1]), MINUTE * 15);
    // Bounds that cross each other are a mistake elsewhere, and no panic here.
    let crossed = Bounds { min_interval: DAY, max_interval: MINUTE };
    next_poll(&Cadence::Adaptive, crossed, &feed(1), &healthy(), now());
    next_poll(&Cadence::Every(MINUTE), crossed, &feed(1), &failing(3), now());
}

#[test]
fn what_a_feed_says_of_itself_is_a_hint_and_bound_like_everything_else() {
    let bounds = Bounds { min_interval: MINUTE * 2, max_interval: DAY };
    let said = |interval| FeedMemory { hints: FeedHints { interval, ..FeedHints::default() }, ..healthy() };
    for (seconds, interval) in [(1, MINUTE * 2), (3600, HOUR), (2_147_483_647 * 60, DAY), (u64::MAX, DAY)] {
        let memory = said(Some(seconds));
        assert_eq!(rhythm::adaptive_interval(bounds, &memory), interval, "{seconds}");
        assert!(pause(&Cadence::Adaptive, &feed(1), &memory) <= DAY);
        // What is seen counts before what is said, and what the operator writes before both.
        let seen = FeedMemory { recent: vec![now(), now().minus(MINUTE * 20)], ..memory.clone() };
        assert_eq!(rhythm::adaptive_interval(bounds, &seen), MINUTE * 10);
        let every = Cadence::Every(MINUTE * 5);
        assert_eq!(pause(&every, &feed(1), &memory), pause(&every, &feed(1), &healthy()));
    }
}

#[test]
fn a_feed_is_left_alone_while_it_says_that_it_rests() {
    let skips = |skip_hours: Vec<u8>, skip_days: Vec<u8>| FeedMemory {
        hints: FeedHints { interval: Some(3600), skip_hours, skip_days, ..FeedHints::default() },
        ..healthy()
    };
    // It is noon of a Tuesday.
    let due = |memory: &FeedMemory| next_poll(&Cadence::Adaptive, Bounds::default(), &feed(1), memory, now());
    let at = |text: &str| Time::parse_rfc3339(text).unwrap();
    let resting = due(&skips(vec![12, 13, 14], Vec::new()));
    assert!(resting >= at("2026-11-24T15:00:00Z") && resting <= at("2026-11-24T15:05:00Z"), "{resting}");
    // The rest of the day, and the longest pause is a day.
    let tuesdays = due(&skips(Vec::new(), vec![1]));
    assert!(tuesdays >= at("2026-11-25T00:00:00Z") && tuesdays <= at("2026-11-25T00:05:00Z"), "{tuesdays}");
    assert_eq!(due(&skips(Vec::new(), vec![1, 2, 3])), now().plus(DAY));
    // Hints that would mean never, or that its own items contradict, are none.
    let usual = due(&skips(Vec::new(), Vec::new()));
    for contradicted in [
        skips((0..24).collect(), Vec::new()),
        skips(Vec::new(), (0..7).collect()),
        FeedMemory { recent: vec![now()], ..skips(vec![12, 13], Vec::new()) },
    ] {
        assert_eq!(due(&contradicted), usual);
    }
    // The operator's own interval knows no rest.
    let every = Cadence::Every(MINUTE * 5);
    assert!(pause(&every, &feed(1), &skips(vec![12], Vec::new())) < MINUTE * 6);
}

#[test]
fn a_retry_after_bounds_every_pause_from_below() {
    for cadence in [Cadence::Every(Duration::from_secs(1)), Cadence::Adaptive, cron("* * * * *")] {
        for memory in [healthy(), failing(1)] {
            let word = FeedMemory { not_before: Some(now().plus(HOUR)), ..memory.clone() };
            let waited = pause(&cadence, &feed(1), &word);
            assert!(waited >= HOUR && waited <= HOUR + MINUTE * 2, "{waited:?}");
            let absurd = FeedMemory { not_before: Some(Time::from_ms(i64::MAX)), ..memory };
            assert!(pause(&cadence, &feed(1), &absurd) <= DAY + MINUTE);
        }
    }
}

#[test]
fn due_is_what_was_never_polled_or_has_its_time_come() {
    let every = Cadence::Every(MINUTE * 5);
    let at = |next: Time| FeedMemory { next_poll: Some(next), ..healthy() };
    let due = |memory: &FeedMemory| is_due(&every, Bounds::default(), memory, now());
    assert!(due(&FeedMemory::new("https://example.org/feed.xml")));
    assert!(due(&at(now())));
    assert!(due(&at(now().minus(DAY))));
    assert!(!due(&at(now().plus(MINUTE))));
    assert!(!due(&at(now().plus(MINUTE * 11 / 2))));
    // The clock had jumped, or the interval was changed.
    assert!(due(&at(now().plus(MINUTE * 7))));
    assert!(due(&at(Time::from_ms(i64::MAX))));
    // After failures a day is explicable, more is not.
    let backing_off = |wait| FeedMemory { next_poll: Some(now().plus(wait)), ..failing(9) };
    assert!(!due(&backing_off(DAY)));
    assert!(due(&backing_off(DAY + MINUTE)));
    // A server's word holds for a day, whatever else is so.
    assert!(!due(&FeedMemory { not_before: Some(now().plus(HOUR)), ..at(now()) }));
    assert!(due(&FeedMemory { not_before: Some(now().plus(DAY * 2)), ..at(now()) }));
    assert!(due(&FeedMemory { not_before: Some(now().minus(HOUR)), ..at(now()) }));
}

#[test]
fn what_next_poll_names_is_never_absurd() {
    let cadences = [
        Cadence::Every(Duration::from_secs(1)),
        Cadence::Every(DAY * 30),
        Cadence::Adaptive,
        cron("0 8 * * *"),
        cron("0 0 29 2 *"),
        cron("* * * * *"),
        cron("0 0 8 1 1 * 2020"),
    ];
    let bounds = Bounds::default();
    for cadence in &cadences {
        for n in 0..200 {
            for state in [FeedState::Ok, FeedState::BackingOff, FeedState::Gone] {
                let failures = if state == FeedState::Ok { 0 } else { n };
                let mut memory = FeedMemory { state, failures, ..healthy() };
                let next = next_poll(cadence, bounds, &feed(n), &memory, now());
                memory.next_poll = Some(next);
                assert!(next > now());
                assert!(!is_due(cadence, bounds, &memory, now()), "{cadence:?} {state:?} {n}: {next}");
                assert!(is_due(cadence, bounds, &memory, next));
            }
        }
    }
}
