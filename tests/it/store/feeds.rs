//! Feeds: whose turn it is, and what is remembered of each.

use super::*;

#[test]
fn a_feed_is_claimed_when_due_and_by_one_only() {
    let mut shelf = Shelf::new();
    assert_eq!(shelf.claimed(at(0), false), ["a", "b"], "never polled is due at once");
    assert!(shelf.claimed(at(0), false).is_empty(), "taken");
    shelf.settle(outcome("a", at(0)));
    shelf.store().release(&Claim::Feed(feed("b")));
    assert_eq!(shelf.claimed(at(0), false), ["b"], "given back without an outcome: due as before");
    assert!(shelf.claimed(at(299), false).is_empty());
    assert_eq!(shelf.claimed(at(300), false), ["a"]);
}

#[test]
fn a_claim_dies_with_its_process() {
    let mut shelf = Shelf::new();
    shelf.claimed(at(0), false);
    shelf.reopen();
    assert_eq!(shelf.claimed(at(0), false), ["a", "b"]);
}

#[test]
fn a_retry_after_holds_even_when_all_are_asked_for_but_no_longer_than_a_day() {
    let mut shelf = Shelf::new();
    shelf.claimed(at(0), false);
    for (name, wait) in [("a", 3600), ("b", 90_000)] {
        let mut outcome = outcome(name, at(0));
        outcome.memory.not_before = Some(at(wait));
        shelf.settle(outcome);
    }
    assert_eq!(shelf.claimed(at(10), true), ["b"], "a wait of more than a day was written before the clock jumped");
    assert_eq!(shelf.claimed(at(3600), true), ["a"]);
}

#[test]
fn what_was_polled_in_the_future_is_due_when_the_clock_has_jumped_back() {
    let mut shelf = Shelf::new();
    shelf.claimed(at(0), false);
    shelf.settle(outcome("a", at(400_000_000)));
    shelf.settle(outcome("b", at(0)));
    assert_eq!(shelf.claimed(at(10), false), ["a"]);
}

#[test]
fn the_memory_of_a_feed_comes_back_as_it_was_written() {
    let mut shelf = Shelf::new();
    shelf.claimed(at(0), false);
    let mut written = outcome("a", at(0));
    let m = &mut written.memory;
    (m.baseline_at, m.not_before, m.failing_since, m.unreachable_since) = (Some(at(1)), None, Some(at(2)), Some(at(3)));
    (m.failures, m.error, m.rung, m.biggest_burst) = (7, Some("dns: no".into()), KeyKind::Link, 21);
    m.validators.etag = Some("\"x\"".into());
    m.moved = Some(feedwatch::model::Moved { to: "http://c/".into(), answers: 2 });
    (m.title, m.recent) = ("قمة".into(), vec![at(5), at(4)]);
    shelf.settle(written.clone());
    let known = shelf.reopen().feeds().expect("reads");
    assert_eq!(known[0], (feed("a"), written.memory));
}

#[test]
fn a_changed_address_voids_what_was_bound_to_it_and_keeps_the_history() {
    let mut shelf = Shelf::new();
    shelf.claimed(at(0), false);
    let mut written = outcome("a", at(0));
    written.memory.validators.etag = Some("x".into());
    written.memory.baseline_at = Some(at(0));
    shelf.settle(PollOutcome { records: vec![record("1")], ..written });
    shelf.store().register(&[(feed("a"), "http://elsewhere/".into())], &Renames::default()).expect("registers");
    let known = shelf.store().feeds().expect("reads");
    assert_eq!(known.len(), 1, "b is asleep");
    let memory = &known[0].1;
    assert_eq!((memory.validators.etag.as_deref(), memory.next_poll, memory.baseline_at), (None, None, Some(at(0))));
    assert_eq!(shelf.store().known(&feed("a"), &[]).expect("reads").len(), 1);
    assert!(
        shelf.settle(PollOutcome { alerts: vec![(alert("1"), vec![hook()])], ..outcome("b", at(1)) }).is_empty(),
        "void"
    );
}

#[test]
fn an_outage_of_our_own_is_known_to_the_feeds_that_it_hid() {
    let mut shelf = Shelf::new();
    shelf.claimed(at(0), false);
    for name in ["a", "b"] {
        shelf.settle(outcome(name, at(0)));
    }
    for name in ["a", "b"] {
        let mut lost = outcome(name, at(300));
        lost.contact = Contact::Unreachable;
        (lost.memory.unreachable_since, lost.memory.failures) = (Some(at(300)), 1);
        shelf.settle(lost);
    }
    shelf.settle(outcome("a", at(7200)));
    let claims = shelf.store().claim_feeds(at(7200), true, 10).expect("claims");
    let outage = |name: &str| claims.iter().find(|c| c.feed.as_str() == name).and_then(|c| c.outage);
    assert_eq!(outage("b"), Some(Guard::Outage { from: at(0), to: at(7200) }));
    assert_eq!(outage("a"), None, "it has answered since");
}

#[test]
fn feeds_that_fail_are_claimed_apart_from_those_that_answer() {
    let mut shelf = Shelf::new();
    let mut failed = outcome("b", at(0));
    (failed.memory.failures, failed.memory.next_poll) = (1, Some(at(10)));
    shelf.settle(failed);
    let mut lanes = |seconds| {
        Lane::ALL.map(|lane| -> Vec<String> {
            let claims = shelf.store().claim_lane(at(seconds), lane, 10).expect("claims");
            claims.iter().map(|c| c.feed.to_string()).collect()
        })
    };
    // The one was never polled, the other is not due yet.
    assert_eq!(lanes(5), [Vec::new(), vec!["a".to_owned()], Vec::new()]);
    assert_eq!(lanes(10), [Vec::new(), Vec::new(), vec!["b".to_owned()]]);
    assert_eq!(lanes(20), [Vec::<String>::new(), Vec::new(), Vec::new()], "a claim is given once");
    let mut answered = outcome("a", at(20));
    (answered.memory.last_ok, answered.memory.next_poll) = (Some(at(20)), Some(at(30)));
    shelf.settle(answered);
    let claims = shelf.store().claim_lane(at(30), Lane::Answering, 10).expect("claims");
    assert_eq!(claims.len(), 1, "it has answered");
}

#[test]
fn the_next_poll_is_one_that_may_be_made() {
    let mut shelf = Shelf::new();
    let mut next = |name: &str, next_poll: Option<u64>, not_before: Option<u64>, now: u64| {
        let mut polled = outcome(name, at(0));
        (polled.memory.next_poll, polled.memory.not_before) = (next_poll.map(at), not_before.map(at));
        shelf.settle(polled);
        let seconds = |t: Time| t.ms() / 1000 - at(0).ms() / 1000;
        shelf.store().next_poll(at(now), Lane::Answering).expect("reads").map(seconds)
    };
    // In these, feed b is due at 500.
    next("b", Some(500), None, 1);
    for (next_poll, not_before, now, expected) in [
        (Some(300), None, 1, 300),
        (Some(300), Some(400), 1, 400),
        (Some(300), Some(900), 1, 500),
        (Some(300), Some(200), 1, 300),
        // Somebody wants it polled now; the other server's word holds all the same.
        (None, Some(400), 100, 400),
        (None, Some(400), 450, 400),
        // No server may ask for more than a day: the claim takes it, so it is due.
        (Some(300), Some(90_000), 1, 300),
        (Some(600), None, 1, 500),
    ] {
        assert_eq!(next("a", next_poll, not_before, now), Some(expected), "{next_poll:?} {not_before:?} at {now}");
    }
    assert_eq!(shelf.store().next_poll(at(1), Lane::Failing).expect("reads"), None);
    shelf.store().claim_feeds(at(1), true, 10).expect("claims");
    assert_eq!(shelf.store().next_poll(at(1), Lane::Answering).expect("reads"), None, "all are taken");
}
