//! An answer, what was remembered before → what is remembered after.

use std::time::Duration;

use super::*;
use crate::fetcher::Failure;
use crate::model::{FeedName, FirstPoll, Validators};
use crate::scheduler::{Bounds, Cadence};

const OLD: &str = "http://old.example/feed";
const NEW: &str = "http://new.example/feed";

fn at(seconds: u64) -> Time {
    Time::from_ms(1_764_000_000_000).plus(Duration::from_secs(seconds))
}

fn config() -> FeedConfig {
    FeedConfig {
        name: FeedName::new("f"),
        url: OLD.into(),
        source: Source::open(Address::Http(url::Url::parse(OLD).expect("an address"))),
        cadence: Cadence::Every(Duration::from_secs(300)),
        bounds: Bounds::default(),
        first_poll: FirstPoll::Silent,
        tags: Vec::new(),
        language: None,
    }
}

fn body() -> Answer {
    let validators = Validators { url: OLD.into(), etag: Some("e2".into()), last_modified: None };
    Answer::Body { body: bytes::Bytes::new(), content_type: None, validators, imprint: None }
}

fn failure(kind: FailureKind, retry_after: Option<u64>) -> Answer {
    Answer::Failed(Failure { kind, said: "no".into(), retry_after: retry_after.map(Duration::from_secs) })
}

fn fetched(answer: Answer, moved_to: Option<&str>) -> Fetched {
    Fetched { answer, url: OLD.into(), moved_to: moved_to.map(str::to_owned), bytes: 10, withheld: None }
}

fn decision(shares_item: bool) -> Decision {
    Decision { new: 3, shares_item, ..Decision::default() }
}

fn feed() -> Reading {
    Reading::Feed(ParsedFeed { title: "t".into(), ..ParsedFeed::default() })
}

/// A feed that has had its baseline.
fn known() -> FeedMemory {
    FeedMemory { baseline_at: Some(at(0)), ..FeedMemory::new(OLD) }
}

fn poll(before: FeedMemory, answer: Answer, moved_to: Option<&str>, shares_item: bool) -> FeedMemory {
    let fetched = fetched(answer, moved_to);
    let reading = match &fetched.answer {
        Answer::Body { .. } => feed(),
        Answer::NotModified => Reading::NotModified,
        Answer::Same { .. } => Reading::Same,
        Answer::Failed(failure) => Reading::Failed(failure.said.clone()),
    };
    let decided = matches!(reading, Reading::Feed(_)).then(|| decision(shares_item));
    after(&config(), &before, &fetched, &reading, decided.as_ref(), (at(10), at(11)))
}

#[test]
fn failures_by_their_kind() {
    for (kind, wish, state, unreachable) in [
        (FailureKind::Unreachable, None, FeedState::BackingOff, true),
        (FailureKind::Status(500), None, FeedState::BackingOff, false),
        (FailureKind::Status(404), None, FeedState::BackingOff, false),
        (FailureKind::Status(401), None, FeedState::Blocked, false),
        (FailureKind::Status(403), None, FeedState::Blocked, false),
        (FailureKind::Status(410), None, FeedState::Gone, false),
        (FailureKind::Status(429), Some(3600), FeedState::Blocked, false),
        (FailureKind::Refused, None, FeedState::BackingOff, false),
    ] {
        let memory = poll(known(), failure(kind, wish), None, false);
        assert_eq!((memory.state, memory.failures, memory.error.as_deref()), (state, 1, Some("no")), "{kind:?}");
        assert_eq!(memory.unreachable_since.is_some(), unreachable, "{kind:?}");
        assert_eq!(memory.not_before, wish.map(|w| at(11 + w)), "{kind:?}");
        assert!(memory.next_poll > Some(at(11)) && memory.next_poll >= memory.not_before, "{kind:?}");
    }
}

#[test]
fn failures_add_up_and_one_answer_ends_them() {
    let once = poll(known(), failure(FailureKind::Unreachable, None), None, false);
    let since = once.unreachable_since;
    let twice = poll(once, failure(FailureKind::Unreachable, None), None, false);
    assert_eq!((twice.failures, twice.unreachable_since, twice.failing_since), (2, since, since));
    let well = poll(twice, Answer::NotModified, None, false);
    assert_eq!((well.state, well.failures, well.error), (FeedState::Ok, 0, None));
    assert_eq!((well.failing_since, well.unreachable_since, well.last_ok), (None, None, Some(at(11))));
}

#[test]
fn validators_are_kept_only_with_a_body_that_was_a_feed() {
    assert_eq!(poll(known(), body(), None, true).validators.etag.as_deref(), Some("e2"));
    let page =
        after(&config(), &known(), &fetched(body(), None), &Reading::Failed("a page".into()), None, (at(10), at(11)));
    assert_eq!((page.validators.etag, page.failures, page.baseline_at), (None, 1, Some(at(0))));
}

#[test]
fn the_baseline_is_no_burst() {
    let first = poll(FeedMemory::new(OLD), body(), None, false);
    assert_eq!((first.baseline_at, first.biggest_burst), (Some(at(11)), 0));
    assert_eq!(poll(first, body(), None, true).biggest_burst, 3);
}

#[test]
fn a_permanent_redirect_is_in_force_after_three_answers_running() {
    let mut memory = poll(FeedMemory::new(OLD), body(), Some(NEW), false);
    assert_eq!(memory.address(), OLD, "the first answer makes its items known");
    memory = poll(memory, Answer::NotModified, Some(NEW), false);
    assert_eq!(memory.address(), OLD);
    memory = poll(memory, body(), Some(NEW), true);
    assert_eq!(memory.address(), NEW);
    memory = poll(memory, Answer::NotModified, None, false);
    assert_eq!(memory.address(), NEW, "in force as long as it answers");
    memory = poll(memory, failure(FailureKind::Status(404), None), None, false);
    assert_eq!(memory.address(), OLD, "the configured address is asked again");
}

#[test]
fn a_redirect_to_something_else_is_never_in_force() {
    let mut memory = known();
    for _ in 0..5 {
        memory = poll(memory, body(), Some(NEW), false);
    }
    let stranger = Some(Moved { to: NEW.into(), answers: 0 });
    assert_eq!((memory.address(), &memory.moved), (OLD, &stranger), "a parked domain shares no item");
    for _ in 0..5 {
        memory = poll(memory, body(), Some(NEW), true);
    }
    assert_eq!((memory.address(), &memory.moved), (OLD, &stranger), "the items it shares by now are its own");
    memory = poll(memory, body(), None, true);
    assert_eq!(memory.moved, None, "forgotten when the configured address answers itself");
    let mut memory = poll(known(), body(), Some(NEW), true);
    memory = poll(memory, body(), None, true);
    memory = poll(memory, body(), Some(NEW), true);
    assert_eq!(memory.moved.map(|m| m.answers), Some(1), "three polls running");
}

#[test]
fn a_feed_without_dates_has_the_rhythm_in_which_it_was_seen() {
    let memory = poll(known(), body(), None, true);
    assert_eq!(memory.recent, [at(11)]);
}
