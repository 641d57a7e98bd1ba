//! Months of feeds and notifiers that fail and recover, a look a minute.

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::model::{FeedMemory, NotifierHealth, NotifierName};

const RULES: Rules = Rules {
    failing_polls: 5,
    failing_after: Duration::from_secs(3600),
    offline_after: Duration::from_secs(120),
    notifier_after: Duration::from_secs(300),
    repeat_after: Duration::from_secs(6 * 3600),
};

fn at(minute: i64) -> Time {
    Time::from_ms(1_764_000_000_000 + minute * 60_000)
}

/// A store of troubles, and the feeds and notifiers that are looked at.
#[derive(Default)]
struct World {
    feeds: BTreeMap<FeedName, (String, FeedMemory)>,
    notifiers: BTreeMap<NotifierName, NotifierHealth>,
    standing: Vec<Standing>,
    hole: Option<(Time, Time)>,
    told: [Option<Time>; 3],
    news: Vec<Alert>,
}

impl World {
    fn with(feeds: usize) -> Self {
        let mut world = Self::default();
        for n in 0..feeds {
            let mut memory = FeedMemory::new(&format!("http://host-{n}.example/feed"));
            (memory.last_poll, memory.last_ok, memory.baseline_at) = (Some(at(0)), Some(at(0)), Some(at(0)));
            world.feeds.insert(FeedName::new(format!("feed-{n:02}")), (format!("host-{n}"), memory));
        }
        world
    }

    fn memory(&mut self, n: usize) -> &mut FeedMemory {
        &mut self.feeds.get_mut(&FeedName::new(format!("feed-{n:02}"))).unwrap().1
    }

    /// A poll of a feed at a minute: it works, it fails, or nobody answers.
    fn polled(&mut self, n: usize, minute: i64, answer: Answer) {
        let m = self.memory(n);
        m.last_poll = Some(at(minute));
        if answer == Answer::Works {
            (m.failures, m.failing_since, m.unreachable_since, m.error) = (0, None, None, None);
            m.last_ok = Some(at(minute));
            return;
        }
        m.failures += 1;
        m.failing_since = m.failing_since.or(Some(at(minute)));
        m.unreachable_since = (answer == Answer::Nothing).then(|| m.unreachable_since.unwrap_or(at(minute)));
        m.error = Some("answered 503".into());
    }

    /// A look; the reasons and subjects of what is told.
    fn look(&mut self, minute: i64) -> Vec<(Reason, String)> {
        let feeds: Vec<FeedView<'_>> = self
            .feeds
            .iter()
            .map(|(name, (host, memory))| FeedView { name, host: Some(host), memory, published: None })
            .collect();
        let notifiers: Vec<NotifierView<'_>> =
            self.notifiers.iter().map(|(name, health)| NotifierView { name, health: health.clone() }).collect();
        let view = View {
            feeds: &feeds,
            whole: true,
            notifiers: &notifiers,
            standing: &self.standing,
            hole: self.hole,
            told: self.told,
            rules: RULES,
            now: at(minute),
        };
        let outlook = look(&view);
        assert_eq!(look(&view), outlook, "the same look twice");
        self.hole = outlook.hole.or(self.hole);
        for changed in outlook.standing {
            self.standing.retain(|s| !s.is(changed.reason, &changed.subject));
            self.standing.push(changed);
        }
        let reasons = [Reason::FeedFailing, Reason::FeedRecovered, Reason::FeedSilent];
        for (alert, about) in &outlook.news {
            if let Some(which) = reasons.iter().position(|r| *r == alert.reason) {
                self.told[which] = Some(at(minute));
            }
            let of_notifier = matches!(alert.reason, Reason::NotifierFailing | Reason::NotifierRecovered);
            assert_eq!(about.is_some(), of_notifier, "it must not be told through itself");
        }
        let said = outlook.news.iter().map(|(a, _)| (a.reason, a.service.as_ref().unwrap().subject.clone()));
        let said = said.map(|(reason, subject)| (reason, subject.unwrap_or_default())).collect();
        self.news.extend(outlook.news.into_iter().map(|(alert, _)| alert));
        said
    }

    fn count(&self, reason: Reason) -> usize {
        self.news.iter().filter(|a| a.reason == reason).count()
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Answer {
    Works,
    Fails,
    Nothing,
}

#[test]
fn a_feed_is_told_after_so_many_polls_once_and_its_end_once() {
    let mut world = World::with(3);
    for poll in 0..4 {
        world.polled(1, poll, Answer::Fails);
        assert_eq!(world.look(poll), []);
    }
    world.polled(1, 4, Answer::Fails);
    assert_eq!(world.look(4), [(Reason::FeedFailing, "feed-01".into())]);
    let alert = world.news[0].clone();
    assert_eq!(alert.sentence, "feed “feed-01” fails since 2025-11-24 16:00 UTC: answered 503");
    assert_eq!(alert.feed.unwrap().as_str(), "feed-01");
    assert!(alert.service.unwrap().advice.unwrap().contains("feedwatch parse http://host-1.example/feed"));
    for minute in 5..500 {
        world.polled(1, minute, Answer::Fails);
        assert_eq!(world.look(minute), []);
    }
    world.polled(1, 500, Answer::Works);
    assert_eq!(world.look(500), [(Reason::FeedRecovered, "feed-01".into())]);
    assert_eq!(world.news[1].sentence, "feed “feed-01” works again, after 8h 20m");
    assert_eq!(world.look(501), []);
}

#[test]
fn a_rarely_polled_feed_is_told_after_a_time() {
    let mut world = World::with(1);
    world.polled(0, 0, Answer::Fails);
    assert_eq!(world.look(90), [], "one failure alone may be a hiccup");
    world.polled(0, 100, Answer::Fails);
    assert_eq!(world.look(100), [(Reason::FeedFailing, "feed-00".into())]);
    world.polled(0, 101, Answer::Works);
    world.look(101);
    world.polled(0, 102, Answer::Fails);
    world.polled(0, 102, Answer::Works);
    assert_eq!(world.look(103), [], "a recovery is told only where a failure was");
}

#[test]
fn what_fails_and_recovers_all_day_costs_two_messages_in_six_hours() {
    let mut world = World::with(4);
    let day = 24 * 60;
    for minute in 0..day {
        let answer = if minute % 10 < 7 { Answer::Fails } else { Answer::Works };
        world.polled(0, minute, answer);
        world.look(minute);
    }
    let (failing, recovered) = (world.count(Reason::FeedFailing), world.count(Reason::FeedRecovered));
    assert!((1..=4).contains(&failing) && recovered <= failing && recovered > 0, "{failing} {recovered}");
}

#[test]
fn a_hundred_feeds_of_one_dead_host_come_in_few_rounds() {
    let mut world = World::with(40);
    for n in 0..40 {
        world.feeds.get_mut(&FeedName::new(format!("feed-{n:02}"))).unwrap().0 = "one-host".into();
    }
    let mut rounds = 0;
    for minute in 0..60 {
        for n in 0..40 {
            if minute >= n {
                world.polled(usize::try_from(n).unwrap(), minute, Answer::Nothing);
            }
        }
        rounds += usize::from(!world.look(minute).is_empty());
    }
    assert_eq!(world.count(Reason::FeedFailing), 40, "each once");
    assert!(rounds <= 6, "in {rounds} rounds");
    assert_eq!(world.count(Reason::Offline), 0, "one host is its own trouble");
}

#[test]
fn offline_is_one_alert_blames_no_feed_and_names_the_hole() {
    let mut world = World::with(12);
    let mut told = Vec::new();
    for minute in 1..=210 {
        for n in 0..12 {
            world.polled(n, minute, Answer::Nothing);
        }
        told.extend(world.look(minute));
    }
    assert_eq!(told, [(Reason::Offline, String::new())]);
    assert_eq!(
        world.news[0].sentence,
        "offline since 2025-11-24 16:01 UTC: 12 of 12 hosts cannot be reached, 12 feeds (answered 503)"
    );
    for n in 0..4 {
        world.polled(n, 211, Answer::Works);
    }
    assert_eq!(world.look(211), [(Reason::Online, String::new())]);
    assert_eq!(world.news[1].sentence, "no view from 2025-11-24 16:01 to 19:31 UTC, 12 feeds");
    // One of them has died meanwhile: it is told, an hour after our return.
    for n in 4..11 {
        world.polled(n, 212, Answer::Works);
    }
    let mut told = Vec::new();
    for minute in 213..300 {
        world.polled(11, minute, Answer::Nothing);
        told.extend(world.look(minute).into_iter().map(|t| (minute, t)));
    }
    assert_eq!(told, [(271, (Reason::FeedFailing, "feed-11".into()))]);
}

#[test]
fn a_short_blip_of_the_network_is_not_told() {
    let mut world = World::with(6);
    for n in 0..6 {
        world.polled(n, 1, Answer::Nothing);
    }
    assert_eq!(world.look(1), []);
    for n in 0..6 {
        world.polled(n, 2, Answer::Works);
    }
    assert_eq!((world.look(2), world.standing.len()), (vec![], 0));
}

#[test]
fn feeds_that_fail_by_themselves_are_told_while_we_are_offline() {
    let mut world = World::with(6);
    for minute in 1..=5 {
        world.polled(0, minute, Answer::Fails);
    }
    for minute in 1..=5 {
        for n in 1..6 {
            world.polled(n, minute, Answer::Nothing);
        }
    }
    let told = world.look(6);
    assert!(told.contains(&(Reason::Offline, String::new())), "{told:?}");
    assert!(told.contains(&(Reason::FeedFailing, "feed-00".into())) && told.len() == 2, "{told:?}");
}

#[test]
fn a_notifier_is_told_after_a_time_and_one_that_is_gone_at_once() {
    let mut world = World::with(0);
    let hook = NotifierName::new("hook");
    let fails =
        NotifierHealth { failures: 3, failing_since: Some(at(0)), error: Some("503".into()), ..Default::default() };
    world.notifiers.insert(hook.clone(), fails.clone());
    assert_eq!(world.look(4), []);
    assert_eq!(world.look(5), [(Reason::NotifierFailing, "hook".into())]);
    assert_eq!(world.look(6), []);
    // It then says it is gone: somebody has to act.
    let off = NotifierHealth { off_since: Some(at(7)), error: Some("410".into()), ..fails };
    world.notifiers.insert(hook.clone(), off.clone());
    assert_eq!(world.look(7), [(Reason::NotifierFailing, "hook".into())]);
    assert_eq!(
        world.news[1].sentence,
        "notifier “hook” is off since 2025-11-24 16:07 UTC: its target said it is gone (410)"
    );
    assert_eq!(world.look(8), []);
    world.notifiers.insert(hook.clone(), NotifierHealth::default());
    assert_eq!(world.look(20), [(Reason::NotifierRecovered, "hook".into())]);
    // Gone again within the hour, after somebody switched it on.
    world.notifiers.insert(hook.clone(), NotifierHealth { off_since: Some(at(30)), ..off });
    assert_eq!(world.look(30), [(Reason::NotifierFailing, "hook".into())]);
    world.notifiers.clear();
    assert_eq!(world.look(31), [], "a notifier that is taken out has no troubles");
    assert!(world.standing.iter().all(|s| !s.stands() && !s.told));
}

#[test]
fn a_feed_falls_silent_against_its_own_rhythm() {
    let mut world = World::with(1);
    let hours = |n: i64| at(n * 60);
    let times: Vec<Time> = (0..504).rev().map(hours).collect();
    let name = FeedName::new("feed-00");
    let now = 504 + 11;
    let ask = |memory: &FeedMemory, standing: &[Standing], now: i64| {
        let feeds = [FeedView { name: &name, host: None, memory, published: Some(&times) }];
        let (notifiers, told) = (&[], [None; 3]);
        look(&View { feeds: &feeds, whole: true, notifiers, standing, hole: None, told, rules: RULES, now: hours(now) })
    };
    let memory = world.memory(0);
    memory.recent = times[..16].to_vec();
    memory.last_ok = Some(hours(now));
    assert_eq!(ask(memory, &[], now), Outlook::default());
    memory.last_ok = Some(hours(now + 1));
    let outlook = ask(memory, &[], now + 1);
    let said: Vec<&str> = outlook.news.iter().map(|(a, _)| a.sentence.as_str()).collect();
    assert_eq!(said, ["feed “feed-00” shows nothing new since 2025-12-15 15:00 UTC: its longest rest so far was 1h"]);
    assert_eq!(ask(memory, &outlook.standing, now + 2).news, [], "once");
    // It publishes again.
    memory.recent.insert(0, hours(now + 3));
    let ended = ask(memory, &outlook.standing, now + 3);
    assert!(ended.news.is_empty() && ended.standing[0].ended.is_some());
    memory.recent.remove(0);
    // Not asked since its time was over; already silent when it was first read; its polls fail.
    for spoil in [
        |m: &mut FeedMemory| m.last_ok = Some(at(509 * 60)),
        |m: &mut FeedMemory| m.baseline_at = Some(at(600 * 60)),
        |m: &mut FeedMemory| m.failures = 1,
    ] {
        let mut other = memory.clone();
        spoil(&mut other);
        assert_eq!(ask(&other, &[], now + 1).news, []);
    }
}

/// A small generator of chances, the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

#[test]
fn whatever_happens_no_id_comes_twice_and_no_recovery_without_its_failure() {
    for seed in 0..30 {
        let mut chance = Chance(seed);
        let mut world = World::with(6);
        let mut mood = [Answer::Works; 6];
        for minute in 0..3000 {
            if chance.below(200) == 0 {
                mood = [if chance.below(2) == 0 { Answer::Nothing } else { Answer::Works }; 6];
            }
            for (n, mood) in mood.iter_mut().enumerate() {
                if chance.below(60) == 0 {
                    *mood = [Answer::Works, Answer::Fails, Answer::Nothing][usize::try_from(chance.below(3)).unwrap()];
                }
                if chance.below(3) == 0 {
                    world.polled(n, minute, *mood);
                }
            }
            world.look(minute);
        }
        let mut ids: Vec<&str> = world.news.iter().map(|a| a.id.as_str()).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "seed {seed}");
        let mut open: BTreeMap<String, i64> = BTreeMap::new();
        for alert in &world.news {
            let subject = alert.service.as_ref().unwrap().subject.clone().unwrap_or_default();
            let (step, key) = match alert.reason {
                Reason::FeedFailing | Reason::Offline => (1, subject),
                _ => (-1, subject),
            };
            let count = open.entry(key).or_default();
            *count += step;
            assert!((0..=1).contains(count), "seed {seed}: {alert:?}");
        }
        assert!(world.count(Reason::FeedFailing) > 0, "seed {seed} proves nothing");
    }
}

/// No time is taken here: a look that met each trouble once a feed would not come back at all.
#[test]
fn tens_of_thousands_that_fail_are_looked_at_once_each() {
    const FEEDS: usize = 40_000;
    let mut world = World::with(FEEDS);
    for (n, (_, memory)) in world.feeds.values_mut().enumerate() {
        let since = at(1).plus(Duration::from_millis(n as u64));
        (memory.failures, memory.failing_since, memory.last_poll) = (9, Some(since), Some(at(200)));
        // Half of them give no answer, each from a moment of its own; the others answer something.
        memory.unreachable_since = (n % 2 == 0).then_some(since);
    }
    for reason in [Reason::FeedFailing, Reason::FeedSilent] {
        for name in world.feeds.keys() {
            let found = Trouble { reason, subject: name.as_str(), since: at(1), said: "x" };
            world.standing.push(begin(None, &found, false, &RULES, at(2)).0);
        }
    }
    let feeds: Vec<FeedView<'_>> = world
        .feeds
        .iter()
        .map(|(name, (host, memory))| FeedView { name, host: Some(host), memory, published: None })
        .collect();
    let (standing, told, hole) = (&world.standing[..], [None; 3], None);
    let view = View { feeds: &feeds, whole: true, notifiers: &[], standing, hole, told, rules: RULES, now: at(200) };
    let outlook = look(&view);
    assert_eq!(outlook.news.len(), FEEDS, "each is told to fail, and none is taken for our own network");
}
