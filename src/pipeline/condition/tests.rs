//! What is said of the service, from the worst down.

use super::*;

fn at(minute: i64) -> Time {
    Time::from_ms(1_764_000_000_000 + minute * 60_000)
}

fn memory(failing: Option<i64>) -> FeedMemory {
    let mut m = FeedMemory::new("https://u:p@feeds.example.org/a.xml?token=hunter2");
    m.last_poll = Some(at(0));
    m.next_poll = Some(at(5));
    m.failing_since = failing.map(at);
    m.failures = u32::from(failing.is_some());
    m.error = failing.map(|_| "answered 503".to_owned());
    m
}

fn standing(reason: Reason, subject: &str) -> Standing {
    let said = "the reason".to_owned();
    Standing { reason, subject: subject.into(), since: at(1), said, told: true, last_told: Some(at(1)), ended: None }
}

fn facts<'a>(feeds: &'a [(FeedName, FeedMemory)], standing: &'a [Standing]) -> Facts<'a> {
    Facts {
        feeds: feeds.iter().map(|(n, m)| (n, m)).collect(),
        standing,
        backlog: &[],
        outbox: Outbox::default(),
        notifiers: Vec::new(),
        unusable: None,
        runs: Runs::Yes("feedwatch run, process 812".into()),
        looked: Some(at(6)),
        free: Some(1 << 30),
        now: at(6),
    }
}

#[test]
fn the_worst_comes_first_with_since_when_and_what_to_do() {
    let feeds = [(FeedName::new("world"), memory(Some(3))), (FeedName::new("أخبار"), memory(Some(2)))];
    let troubles = [standing(Reason::ConfigRejected, ""), standing(Reason::FeedSilent, "world")];
    let mut all = facts(&feeds, &troubles);
    all.outbox.dead = 2;
    all.free = Some(4096);
    let said: Vec<String> = findings(&all).into_iter().map(|f| f.said).collect();
    assert_eq!(said.len(), 5, "{said:#?}");
    assert!(said[0].starts_with("no space is left for the store (4 KiB): free some"));
    assert!(
        said[1]
            .starts_with("the configuration was rejected at 2025-11-24 16:01 UTC, and the old one runs on: the reason")
    );
    assert!(said[2].starts_with("2 deliveries are dead: see"));
    assert_eq!(
        said[3],
        "feed “\u{2068}أخبار\u{2069}” fails since 2025-11-24 16:02 UTC (4m ago): answered 503, and 1 more feed fails; see \
         feedwatch parse https://feeds.example.org/a.xml?…"
    );
    assert!(said[4].starts_with("feed “world” shows nothing new since"));
    assert_eq!(findings(&facts(&feeds[..0], &[])), []);
}

#[test]
fn offline_feeds_are_not_blamed() {
    let mut ours = memory(Some(1));
    ours.unreachable_since = Some(at(1));
    let feeds = [(FeedName::new("a"), ours), (FeedName::new("b"), memory(Some(2)))];
    let troubles = [standing(Reason::Offline, "")];
    let all = facts(&feeds, &troubles);
    let said: Vec<String> = findings(&all).into_iter().map(|f| f.said).collect();
    assert!(said[0].starts_with("offline since 2025-11-24 16:01 UTC"), "{said:#?}");
    assert!(said[1].starts_with("feed “b” fails") && said.len() == 2, "{said:#?}");
    assert!(short_of(&all).starts_with("offline since") && short_of(&all).ends_with("2 feeds, 1 failing, 0 pending"));
}

/// As the daemon says it, which knows nothing but what fails.
fn short_of(facts: &Facts<'_>) -> String {
    let failing: Vec<_> = facts.feeds.iter().copied().filter(|(_, m)| m.failures > 0).collect();
    brief((facts.feeds.len(), &failing), facts.standing, facts.outbox)
}

#[test]
fn nobody_who_polls_is_noticed_once_feeds_are_overdue() {
    let feeds = [(FeedName::new("a"), memory(None))];
    for (runs, now, looked, expected) in [
        (Runs::No(None), 14, 0, None),
        (Runs::No(None), 16, 0, Some("nobody polls since 2025-11-24 16:00 UTC (16m ago), and 1 feed is overdue")),
        (Runs::No(Some("feedwatch run, process 8".into())), 16, 0, Some("overdue: systemctl start feedwatch")),
        (Runs::Yes("feedwatch once, process 8".into()), 16, 0, None),
        (Runs::Yes("feedwatch run, process 8".into()), 16, 15, None),
        (Runs::Yes("feedwatch run, process 8".into()), 16, 10, Some("feedwatch run, process 8 has not turned since")),
        (Runs::Unknown, 600, 0, None),
    ] {
        let said =
            findings(&Facts { runs: runs.clone(), now: at(now), looked: Some(at(looked)), ..facts(&feeds, &[]) });
        match expected {
            None => assert_eq!(said, [], "{runs:?} at {now}"),
            Some(part) => assert!(said[0].said.contains(part), "{runs:?}: {said:?}"),
        }
    }
}
