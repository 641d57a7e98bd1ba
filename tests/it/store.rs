//! What a store promises, told against every backend: SQLite in a real file.

use std::path::PathBuf;
use std::time::Duration;

use feedwatch::model::ids::hash64;
use feedwatch::model::{
    About, Alert, AlertId, AlertItem, AlertKind, Delivery, DeliveryState, FeedMemory, FeedName, FeedState, Fingerprint,
    Guard, Hold, ItemKey, ItemRecord, ItemText, KeyKind, Marks, NotifierName, Probe, Reason, Renames, Silence,
    SilenceId, Time, Verdict, WatchName,
};
use feedwatch::planner::{Bundle, Plan, Policy, after_attempt, plan};
use feedwatch::store::sqlite::OpenOptions;
use feedwatch::store::{
    AlertFilter, AlertState, AttemptOutcome, Claim, Contact, ItemFilter, Keep, Lane, PlanOutcome, PollOutcome,
    SqliteStore, Store, Trouble,
};

const T0: i64 = 1_764_000_000_000;

fn at(seconds: u64) -> Time {
    Time::from_ms(T0).plus(Duration::from_secs(seconds))
}

fn feed(name: &str) -> FeedName {
    FeedName::new(name)
}

fn hook() -> NotifierName {
    NotifierName::new("hook")
}

/// A store in a folder of its own, with feeds `a` and `b`.
struct Shelf {
    folder: tempfile::TempDir,
    store: Option<SqliteStore>,
}

impl Shelf {
    fn new() -> Self {
        let mut shelf = Self { folder: tempfile::tempdir().expect("a folder"), store: None };
        shelf.reopen();
        shelf
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("feedwatch.db")
    }

    /// Ends the process, as far as the store can tell, and starts the next one.
    fn reopen(&mut self) -> &mut SqliteStore {
        self.store = None;
        let mut store = SqliteStore::open(&self.path(), "test", OpenOptions::default()).expect("opens");
        store
            .register(&[(feed("a"), "http://a/".into()), (feed("b"), "http://b/".into())], &Renames::default())
            .expect("registers");
        self.store.insert(store)
    }

    fn store(&mut self) -> &mut SqliteStore {
        self.store.as_mut().expect("open")
    }

    fn claimed(&mut self, now: Time, all: bool) -> Vec<String> {
        let claims = self.store().claim_feeds(now, all, 10).expect("claims");
        let mut names: Vec<String> = claims.iter().map(|c| c.feed.to_string()).collect();
        names.sort();
        names
    }

    fn settle(&mut self, outcome: PollOutcome) -> Vec<AlertId> {
        self.store().settle_polls(&[outcome]).remove(0).expect("settles")
    }

    /// Plans what waits for the hook; gives the deliveries.
    fn plan(&mut self, now: Time) -> Vec<Delivery> {
        let Some(queue) = self.store().claim_queue(&hook(), "target", (now, Duration::ZERO), 100).expect("claims")
        else {
            return Vec::new();
        };
        let plan = plan(queue, &Policy::immediate(Bundle::Alert), now);
        let deliveries = plan.deliveries.clone();
        self.store().settle_plans(&[PlanOutcome { notifier: hook(), plan, at: now }]).remove(0).expect("settles");
        deliveries
    }

    fn attempt(&mut self, now: Time, verdict: &Verdict) -> Vec<Delivery> {
        let due = self.store().claim_deliveries(&hook(), None, now, 10).expect("claims");
        let after: Vec<Delivery> =
            due.into_iter().map(|(d, _)| after_attempt(d, verdict, &[Duration::from_secs(5)], now)).collect();
        for delivery in after.clone() {
            let gone = matches!(verdict, Verdict::Gone { .. }).then(|| "target".to_owned());
            let outcome = AttemptOutcome { delivery, verdict: verdict.clone(), at: now, gone, escalate: None };
            self.store().settle_attempts(&[outcome]).remove(0).expect("settles");
        }
        after
    }
}

fn outcome(name: &str, now: Time) -> PollOutcome {
    let mut memory = FeedMemory::new(&format!("http://{name}/"));
    (memory.state, memory.last_poll, memory.last_ok) = (FeedState::Ok, Some(now), Some(now));
    memory.next_poll = Some(now.plus(Duration::from_secs(300)));
    PollOutcome {
        feed: feed(name),
        memory,
        contact: Contact::Answered,
        at: now,
        records: Vec::new(),
        left: Vec::new(),
        alerts: Vec::new(),
        gists: Vec::new(),
    }
}

fn alert(item: &str) -> Alert {
    Alert {
        id: AlertId::of_item(&WatchName::new("w"), &feed("a"), item, None),
        kind: AlertKind::New,
        reason: Reason::New,
        sentence: "because".into(),
        watch: Some(WatchName::new("w")),
        feed: Some(feed("a")),
        item: Some(AlertItem { key: item.into(), title: format!("title {item}"), link: None, published: None }),
        hits: Vec::new(),
        diff: None,
        raised: at(0),
        excerpts: Vec::new(),
        guard: None,
        first: true,
        service: None,
        follows: None,
    }
}

fn record(name: &str) -> (ItemRecord, Option<ItemText>) {
    let marks = Marks { guid: Some(hash64(name)), link: Some(hash64(&format!("http://{name}"))), content: hash64("c") };
    let record = ItemRecord {
        key: ItemKey::new(KeyKind::Guid, name),
        marks,
        fingerprint: Fingerprint(u64::MAX - 1),
        history: vec![Fingerprint(1), Fingerprint(u64::MAX)],
        published: Some(at(0)),
        first_seen: at(1),
        left: None,
        about: None,
        found: vec![WatchName::new("قمة")],
    };
    (record, Some(ItemText { title: format!("title {name}"), summary: "s".into(), body: "b".into() }))
}

fn accepted() -> Verdict {
    Verdict::Accepted { said: "200".into() }
}

/// A store that owes the hook one alert.
fn owing() -> Shelf {
    let mut shelf = Shelf::new();
    shelf.claimed(at(0), false);
    shelf.settle(PollOutcome { alerts: vec![(alert("1"), vec![hook()])], ..outcome("a", at(0)) });
    shelf
}

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
fn items_are_known_by_any_mark_and_their_text_is_given_where_it_differs() {
    let mut shelf = Shelf::new();
    shelf.claimed(at(0), false);
    let (gone, text) = record("gone");
    shelf.settle(PollOutcome { records: vec![record("here"), (gone, text)], ..outcome("a", at(0)) });
    let row = shelf
        .store()
        .known(&feed("a"), &[])
        .expect("reads")
        .iter()
        .find(|k| k.record.key.text == "gone")
        .expect("known")
        .row;
    shelf.settle(PollOutcome { left: vec![row], ..outcome("a", at(9)) });
    let here = shelf.store().known(&feed("a"), &[]).expect("reads");
    assert_eq!(here.len(), 1, "what has left is only found by its marks");
    assert_eq!((here[0].record.clone(), &here[0].text), (record("here").0, &None));
    let other = Marks { guid: Some(5), link: Some(6), content: 7 };
    for marks in [
        Marks { guid: Some(hash64("gone")), ..other },
        Marks { link: Some(hash64("http://gone")), ..other },
        Marks { content: hash64("c"), ..other },
    ] {
        let same = Probe { marks, fingerprint: Fingerprint(u64::MAX - 1) };
        let edited = Probe { marks, fingerprint: Fingerprint(3) };
        let find = |shelf: &mut Shelf, probe| {
            let known = shelf.store().known(&feed("a"), &[probe]).expect("reads");
            known.into_iter().find(|k| k.record.key.text == "gone").expect("found by this mark")
        };
        assert_eq!(find(&mut shelf, same).text, None);
        let known = find(&mut shelf, edited);
        assert_eq!((known.text, known.record.left), (record("gone").1, Some(at(9))));
    }
}

#[test]
fn an_alert_settled_twice_is_there_once_and_waits_once() {
    let mut shelf = owing();
    let again = PollOutcome { alerts: vec![(alert("1"), vec![hook()])], ..outcome("a", at(1)) };
    assert!(shelf.settle(again.clone()).is_empty(), "not there before is what is asked");
    assert_eq!(shelf.plan(at(2)).len(), 1);
    shelf.settle(again);
    assert!(shelf.plan(at(3)).is_empty(), "told once");
}

#[test]
fn one_outcome_that_cannot_be_written_spoils_no_other() {
    let mut shelf = Shelf::new();
    shelf.claimed(at(0), false);
    // A rule that only this story has, so that one item is refused.
    let rule = "CREATE TRIGGER no BEFORE INSERT ON item WHEN new.key = 'bad' BEGIN SELECT RAISE (ABORT, 'no'); END";
    rusqlite::Connection::open(shelf.path()).expect("opens").execute_batch(rule).expect("writes");
    let told = |item: &str| vec![(alert(item), vec![hook()])];
    let bad = PollOutcome { records: vec![record("bad")], alerts: told("1"), ..outcome("a", at(0)) };
    let good = PollOutcome { records: vec![record("good")], alerts: told("2"), ..outcome("b", at(0)) };
    let results = shelf.store().settle_polls(&[bad, good]);
    assert!(results[0].is_err() && results[1].is_ok(), "{results:?}");
    assert_eq!(shelf.plan(at(1)).len(), 1, "nothing of the first is there, all of the second");
    assert_eq!(shelf.claimed(at(1), false), ["a"], "its claim is given back, and it is due as before");
}

#[test]
fn a_delivery_goes_through_pending_to_sent() {
    let mut shelf = owing();
    let sealed = shelf.plan(at(1));
    assert_eq!(shelf.store().outbox().expect("counts").pending, 1);
    let first = shelf.attempt(at(2), &Verdict::retry("503"));
    assert_eq!((first[0].state, first[0].id.clone()), (DeliveryState::Pending, sealed[0].id.clone()));
    assert!(shelf.attempt(at(3), &accepted()).is_empty(), "not due");
    assert_eq!(shelf.store().next_attempt(&hook(), None, at(1)).expect("reads"), first[0].next_attempt);
    assert_eq!(shelf.attempt(at(60), &accepted())[0].state, DeliveryState::Sent);
    let outbox = shelf.store().outbox().expect("counts");
    assert_eq!((outbox.pending, outbox.held, outbox.sent, outbox.dead), (0, 0, 1, 0));
    let story = shelf.store().alert(&alert("1").id).expect("reads").expect("there");
    assert_eq!(story.deliveries[0].1.len(), 2, "each attempt with what the other side said");
}

#[test]
fn a_delivery_cut_off_by_a_kill_is_due_at_once() {
    let mut shelf = owing();
    shelf.plan(at(1));
    assert_eq!(shelf.store().claim_deliveries(&hook(), None, at(1), 10).expect("claims").len(), 1);
    assert!(shelf.store().claim_deliveries(&hook(), None, at(1), 10).expect("claims").is_empty(), "taken");
    shelf.reopen();
    assert_eq!(shelf.store().claim_deliveries(&hook(), None, at(1), 10).expect("claims").len(), 1);
}

#[test]
fn what_is_dead_is_kept_listed_and_sent_again_by_hand() {
    let mut shelf = owing();
    shelf.plan(at(1));
    shelf.attempt(at(2), &Verdict::Refused { said: "400 no".into() });
    let dead = AlertFilter { state: Some(AlertState::Dead), limit: None };
    assert_eq!(shelf.store().alerts(dead.clone()).expect("lists").len(), 1);
    assert_eq!(shelf.store().resend(&AlertId::new("al_none"), at(3)).expect("asks"), None);
    assert_eq!(shelf.store().resend(&alert("1").id, at(3)).expect("asks"), Some(1));
    assert_eq!(shelf.attempt(at(3), &accepted())[0].attempts, 1, "the schedule from its start");
    assert!(shelf.store().alerts(dead).expect("lists").is_empty());
    assert_eq!(
        shelf.store().resend_since(Some(&hook()), (at(0), at(4)), at(4)).expect("asks"),
        0,
        "what is sent stays sent"
    );
}

#[test]
fn a_notifier_whose_target_is_gone_holds_until_it_is_another_or_switched_on() {
    for way in ["another target", "by hand"] {
        let mut shelf = owing();
        shelf.plan(at(1));
        shelf.attempt(at(2), &Verdict::Gone { said: "410".into() });
        shelf.settle(PollOutcome { alerts: vec![(alert("2"), vec![hook()])], ..outcome("a", at(3)) });
        assert!(shelf.plan(at(4)).is_empty());
        let held = shelf.store().alerts(AlertFilter { state: Some(AlertState::Held), limit: None }).expect("lists");
        assert_eq!(held[0].holds, [(hook(), Some(Hold::Off), None)], "{way}");
        assert!(shelf.plan(at(5)).is_empty(), "still off");
        let of = |target: &str| vec![(hook(), target.to_owned())];
        let held = Plan { holds: vec![(alert("2").id, Hold::Joined, Some(at(4)))], ..Plan::default() };
        shelf
            .store()
            .settle_plans(&[PlanOutcome { notifier: hook(), plan: held, at: at(4) }])
            .remove(0)
            .expect("settles");
        assert_eq!(shelf.store().next_plan(&of("target")).expect("reads"), None, "a hold that is over ends nothing");
        assert_eq!(shelf.store().next_plan(&of("another")).expect("reads"), Some(at(4)));
        let target = if way == "by hand" {
            assert!(shelf.store().switch_on(&hook()).expect("writes"));
            "target"
        } else {
            "another"
        };
        let queue =
            shelf.store().claim_queue(&hook(), target, (at(6), Duration::ZERO), 10).expect("claims").expect("waits");
        assert!(!queue.off && queue.waiting.len() == 1, "{way}");
    }
}

#[test]
fn a_hold_ends_when_its_time_comes() {
    let mut shelf = owing();
    let held = Plan { holds: vec![(alert("1").id, Hold::Joined, Some(at(100)))], ..Plan::default() };
    shelf.store().claim_queue(&hook(), "target", (at(0), Duration::ZERO), 10).expect("claims");
    shelf.store().settle_plans(&[PlanOutcome { notifier: hook(), plan: held, at: at(0) }]).remove(0).expect("settles");
    assert_eq!(shelf.store().outbox().expect("counts").held, 1);
    assert!(shelf.plan(at(99)).is_empty());
    assert_eq!(shelf.store().next_plan(&[(hook(), "target".to_owned())]).expect("reads"), Some(at(100)));
    assert_eq!(shelf.plan(at(100)).len(), 1);
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

#[test]
fn what_is_past_its_time_is_forgotten_but_nothing_that_is_owed() {
    let mut shelf = owing();
    shelf.plan(at(1));
    shelf.settle(PollOutcome { alerts: vec![(alert("2"), vec![hook()])], ..outcome("a", at(2)) });
    shelf.settle(PollOutcome { records: vec![record("1")], ..outcome("a", at(3)) });
    let row = shelf.store().known(&feed("a"), &[]).expect("reads")[0].row;
    shelf.settle(PollOutcome { left: vec![row], ..outcome("a", at(4)) });
    let years = at(3 * 365 * 86_400);
    while shelf.store().prune(years, Keep::default()).expect("prunes") > 0 {}
    assert_eq!(shelf.store().size().expect("measures").items, 0);
    assert_eq!(shelf.store().outbox().expect("counts").pending, 2, "one planned, one not yet");
    shelf.plan(at(5));
    shelf.attempt(at(6), &accepted());
    while shelf.store().prune(years, Keep::default()).expect("prunes") > 0 {}
    assert!(shelf.store().alerts(AlertFilter::default()).expect("lists").is_empty());
}

#[test]
fn a_second_process_is_refused_and_told_who_holds_the_store() {
    let shelf = Shelf::new();
    let refused = SqliteStore::open(&shelf.path(), "once", OpenOptions::default()).err().expect("refused");
    assert_eq!(refused.trouble, Trouble::Held);
    assert!(refused.said.contains(&format!("feedwatch test, process {}", std::process::id())), "{refused}");
    let mut beside = SqliteStore::beside(&shelf.path()).expect("questions are always answered");
    assert_eq!(beside.feeds().expect("reads").len(), 2);
}

/// The file is refused with these words, by who takes the steps and by who only looks, and left as it is.
fn refused_untouched(file: &std::path::Path, words: &str) {
    let before = std::fs::read(file).expect("reads");
    for result in [SqliteStore::open(file, "test", OpenOptions::default()), SqliteStore::beside(file)] {
        let refused = result.err().expect("refused");
        assert_eq!(refused.trouble, Trouble::NotOurs, "{refused}");
        assert!(refused.said.contains(words), "{refused}");
    }
    assert_eq!(std::fs::read(file).expect("reads"), before, "{} was touched", file.display());
}

#[test]
fn st_01_a_database_of_another_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let foreign = folder.path().join("foreign.db");
    let other = rusqlite::Connection::open(&foreign).expect("opens");
    other.execute_batch("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)").expect("writes");
    drop(other);
    refused_untouched(&foreign, "belongs to another program");
}

#[test]
fn st_02_a_newer_schema() {
    let folder = tempfile::tempdir().expect("a folder");
    let newer = folder.path().join("newer.db");
    drop(SqliteStore::open(&newer, "test", OpenOptions::default()).expect("opens"));
    rusqlite::Connection::open(&newer).expect("opens").pragma_update(None, "user_version", 999).expect("writes");
    refused_untouched(&newer, "made by a newer feedwatch (schema 999");
}

#[test]
fn st_04_no_database() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = folder.path().join("text.db");
    std::fs::write(&text, "this is no database at all, only words, and a good many of them so that it is long enough")
        .expect("writes");
    refused_untouched(&text, "no SQLite database");
}

#[test]
fn an_item_is_stored_with_all_that_a_watch_reads() {
    let mut shelf = Shelf::new();
    shelf.claimed(at(0), false);
    let (mut one, text) = record("one");
    one.about = Some(About { link: Some("http://one/".into()), language: Some("ar".into()), ..About::default() });
    let records = vec![(one.clone(), text.clone()), record("two")];
    shelf.settle(PollOutcome { records, ..outcome("a", at(0)) });
    let all = shelf.store().items(&ItemFilter { limit: 10, ..ItemFilter::default() }).expect("asks");
    let names: Vec<&str> = all.iter().map(|i| i.record.key.text.as_str()).collect();
    assert_eq!(names, ["two", "one"], "newest first");
    assert_eq!((&all[1].record, &all[1].text, &all[1].feed), (&one, &text, &feed("a")));
    let page = ItemFilter { limit: 10, before: Some(all[0].row), ..ItemFilter::default() };
    assert_eq!(shelf.store().items(&page).expect("asks").len(), 1);
    for (filter, count) in [
        (ItemFilter { feed: Some(feed("b")), limit: 10, ..ItemFilter::default() }, 0),
        (ItemFilter { key: Some("two".into()), limit: 10, ..ItemFilter::default() }, 1),
        (ItemFilter { since: Some(at(2)), limit: 10, ..ItemFilter::default() }, 0),
        (ItemFilter { since: Some(at(1)), limit: 1, ..ItemFilter::default() }, 1),
    ] {
        assert_eq!(shelf.store().items(&filter).expect("asks").len(), count, "{filter:?}");
    }
    // An older row has none of this, and a later write without it takes nothing away.
    let (bare, _) = record("one");
    shelf.claimed(at(400), true);
    shelf.settle(PollOutcome { records: vec![(bare, None)], ..outcome("a", at(400)) });
    let filter = ItemFilter { key: Some("one".into()), limit: 1, ..ItemFilter::default() };
    let kept = shelf.store().items(&filter).expect("asks");
    assert_eq!((&kept[0].record.about, &kept[0].text), (&one.about, &text));
}

#[test]
fn what_is_silenced_waits_no_more_and_is_remembered_with_its_reason() {
    let mut shelf = owing();
    let silence = Silence {
        id: SilenceId::of("w", "", "", at(0).ms()),
        watch: Some(WatchName::new("w")),
        feed: None,
        story: None,
        since: at(0),
        until: at(100),
        reason: "known".into(),
        by: "desk".into(),
        ended: None,
        ended_by: None,
    };
    shelf.store().silence(&silence).expect("writes");
    shelf.store().silence(&silence).expect("twice is once");
    assert_eq!(shelf.store().silences(at(99), false).expect("asks"), std::slice::from_ref(&silence));
    assert!(shelf.store().silences(at(100), false).expect("asks").is_empty(), "it ends by itself");
    assert!(shelf.plan(at(1)).is_empty());
    let story = shelf.store().alert(&alert("1").id).expect("asks").expect("is there");
    assert!(story.holds.is_empty() && story.deliveries.is_empty());
    assert_eq!((story.silenced[0].at, &story.silenced[0].silence), (at(1), &silence));
    // Nothing of it is told when the silence is over, and both are forgotten together.
    assert!(shelf.plan(at(200)).is_empty());
    let later = at(200 * 86_400);
    while shelf.store().prune(later, Keep::default()).expect("prunes") > 0 {}
    assert!(shelf.store().alert(&alert("1").id).expect("asks").is_none());
    assert!(shelf.store().silences(later, true).expect("asks").is_empty());
}

#[test]
fn a_silence_covers_what_waits_under_the_names_of_before() {
    for (watch, feed_named) in [(Some("w"), None), (None, Some("a")), (Some("w"), Some("a"))] {
        let mut shelf = owing();
        let silence = Silence {
            id: SilenceId::of(watch.unwrap_or_default(), feed_named.unwrap_or_default(), "", at(0).ms()),
            watch: watch.map(WatchName::new),
            feed: feed_named.map(feed),
            story: None,
            since: at(0),
            until: at(100),
            reason: String::new(),
            by: "desk".into(),
            ended: None,
            ended_by: None,
        };
        shelf.store().silence(&silence).expect("writes");
        let renames = Renames {
            feeds: vec![(feed("a"), feed("earth"))],
            watches: vec![(WatchName::new("w"), WatchName::new("v"))],
            notifiers: Vec::new(),
        };
        shelf.store().register(&[(feed("earth"), "http://a/".into())], &renames).expect("registers");
        let listed = shelf.store().silences(at(1), false).expect("asks").remove(0);
        assert_eq!(listed.watch, watch.map(|_| WatchName::new("v")));
        assert_eq!(listed.feed, feed_named.map(|_| feed("earth")));
        assert!(shelf.plan(at(1)).is_empty(), "what was raised under the old names is told: {watch:?} {feed_named:?}");
    }
}

#[test]
fn a_silence_ended_by_hand_says_by_whom() {
    let mut shelf = Shelf::new();
    let id = SilenceId::new("si_1");
    let silence = Silence {
        id: id.clone(),
        watch: None,
        feed: Some(feed("a")),
        story: None,
        since: at(0),
        until: at(100),
        reason: String::new(),
        by: "desk".into(),
        ended: None,
        ended_by: None,
    };
    shelf.store().silence(&silence).expect("writes");
    assert_eq!(shelf.store().end_silence(&SilenceId::new("si_2"), at(1), "x").expect("asks"), None);
    let ended = shelf.store().end_silence(&id, at(50), "night").expect("ends").expect("is there");
    assert_eq!((ended.ended, ended.ended_by.as_deref()), (Some(at(50)), Some("night")));
    let again = shelf.store().end_silence(&id, at(60), "other").expect("ends").expect("is there");
    assert_eq!(again, ended, "the first end stays");
    assert!(shelf.store().silences(at(51), false).expect("asks").is_empty());
}

#[test]
fn holds_attempts_and_troubles_are_remembered_within_bounds() {
    let mut shelf = owing();
    let queue = shelf.store().claim_queue(&hook(), "t", (at(0), Duration::ZERO), 10).expect("claims").expect("waits");
    let held = Plan { holds: vec![(queue.waiting[0].alert.id.clone(), Hold::Quiet, Some(at(60)))], ..Plan::default() };
    shelf.store().settle_plans(&[PlanOutcome { notifier: hook(), plan: held, at: at(5) }]).remove(0).expect("settles");
    let delivery = shelf.plan(at(60)).remove(0);
    for n in 0..130 {
        let verdict = Verdict::retry(format!("try {n}"));
        let outcome =
            AttemptOutcome { delivery: delivery.clone(), verdict, at: at(100 + n), gone: None, escalate: None };
        shelf.store().settle_attempts(&[outcome]).remove(0).expect("settles");
    }
    let story = shelf.store().alert(&alert("1").id).expect("asks").expect("is there");
    assert_eq!((story.held[0].hold, story.held[0].since, story.held[0].due), (Hold::Quiet, at(5), Some(at(60))));
    let attempts = &story.deliveries[0].1;
    assert_eq!((attempts.len(), attempts[99].at), (100, at(229)), "the last hundred");
    let mut fails = |n: u32, said: &str| {
        shelf.claimed(at(1000 + u64::from(n)), true);
        let mut failed = outcome("a", at(1000 + u64::from(n)));
        (failed.memory.failures, failed.memory.error) = (n, Some(said.into()));
        shelf.settle(failed);
    };
    for n in 1..40 {
        fails(n, if n < 20 { "503" } else { ["404", "500"][n as usize % 2] });
    }
    let troubles = shelf.store().troubles(&feed("a")).expect("asks");
    assert_eq!((troubles.len(), troubles[0].1.as_str()), (10, "500"), "{troubles:?}");
}

/// The edit of an item that was told before.
fn edit(item: &str, fingerprint: u64) -> Alert {
    let id = AlertId::of_item(&WatchName::new("w"), &feed("a"), item, Some(fingerprint));
    Alert { id, kind: AlertKind::Edited, reason: Reason::NearHit, first: false, ..alert(item) }
}

impl Shelf {
    fn raise(&mut self, alerts: &[Alert], now: Time) {
        self.claimed(now, true);
        let alerts = alerts.iter().map(|a| (a.clone(), vec![hook()])).collect();
        self.settle(PollOutcome { alerts, ..outcome("a", now) });
    }

    /// One attempt at what may be sent now; the item of each, and whether it was before its time.
    fn one(&mut self, now: Time, verdict: &Verdict) -> Vec<(String, bool)> {
        let due = self.store().claim_deliveries(&hook(), None, now, 1).expect("claims");
        let mut told = Vec::new();
        for (delivery, alerts) in due {
            let ahead = delivery.next_attempt.is_some_and(|at| at > now);
            told.push((alerts[0].item.as_ref().expect("an item").key.clone(), ahead));
            let after = if ahead { feedwatch::planner::after_look } else { after_attempt };
            let delivery = after(delivery, verdict, &[Duration::from_secs(5), Duration::from_secs(7200)], now);
            let outcome = AttemptOutcome { delivery, verdict: verdict.clone(), at: now, gone: None, escalate: None };
            self.store().settle_attempts(&[outcome]).remove(0).expect("settles");
        }
        told
    }
}

#[test]
fn a_dead_notifier_is_spared_and_its_backlog_goes_in_order_when_it_is_back() {
    let mut shelf = Shelf::new();
    shelf.raise(&[alert("1"), alert("2"), alert("3")], at(0));
    shelf.plan(at(0));
    let trouble = Verdict::retry("connection refused");
    let told = |items: &[(&str, bool)]| items.iter().map(|(i, ahead)| ((*i).to_owned(), *ahead)).collect::<Vec<_>>();
    for item in ["1", "2", "3"] {
        assert_eq!(shelf.one(at(0), &trouble), told(&[(item, false)]));
    }
    assert_eq!(shelf.one(at(20), &trouble), told(&[("1", false)]), "within the first minute as ever");
    // From now on one at a time, and some seconds between.
    assert_eq!(shelf.one(at(61), &trouble), told(&[("2", false)]));
    assert!(shelf.one(at(62), &trouble).is_empty());
    assert_eq!(shelf.store().next_attempt(&hook(), None, at(62)).expect("asks"), Some(at(66)));
    // What was never tried goes before what has failed.
    shelf.raise(&[alert("4")], at(65));
    shelf.plan(at(65));
    let (first, _) = shelf.store().claim_deliveries(&hook(), None, at(70), 4).expect("claims").remove(0);
    assert!(shelf.store().claim_deliveries(&hook(), None, at(70), 4).expect("claims").is_empty(), "one is under way");
    shelf.store().release(&Claim::Delivery(first.id));
    assert_eq!(shelf.one(at(70), &trouble), told(&[("4", false)]));
    assert_eq!(shelf.one(at(80), &trouble), told(&[("3", false)]));
    assert_eq!(shelf.one(at(90), &trouble), told(&[("4", false)]));
    // Nothing is due for hours: once a minute the oldest is tried all the same, and that does not count.
    assert!(shelf.one(at(149), &trouble).is_empty());
    let next = shelf.store().next_attempt(&hook(), None, at(149)).expect("asks");
    assert_eq!(next, Some(at(150)));
    assert_eq!(shelf.one(at(150), &trouble), told(&[("1", true)]));
    let story = shelf.store().alert(&alert("1").id).expect("asks").expect("is there");
    assert_eq!((story.deliveries[0].0.attempts, story.deliveries[0].1.len()), (2, 3));
    assert_eq!(shelf.one(at(210), &accepted()), told(&[("1", true)]));
    for item in ["2", "3", "4"] {
        assert_eq!(shelf.one(at(210), &accepted()), told(&[(item, false)]), "it is back: all that is owed, in order");
    }
    assert_eq!(shelf.store().outbox().expect("counts").sent, 4);
}

#[test]
fn a_notifier_that_asks_to_wait_is_left_alone_with_everything() {
    let mut shelf = Shelf::new();
    shelf.raise(&[alert("1"), alert("2")], at(0));
    shelf.plan(at(0));
    let wait = Verdict::Retry { said: "429".into(), after: Some(Duration::from_secs(30)) };
    assert_eq!(shelf.one(at(0), &wait).len(), 1);
    assert!(shelf.one(at(29), &accepted()).is_empty());
    assert_eq!(shelf.store().next_attempt(&hook(), None, at(29)).expect("asks"), Some(at(30)));
    shelf.reopen();
    assert!(shelf.one(at(29), &accepted()).is_empty(), "also after a restart");
    assert_eq!(shelf.one(at(40), &accepted()).len() + shelf.one(at(40), &accepted()).len(), 2);
}

#[test]
fn what_follows_on_an_item_waits_for_the_first_message_a_minute_at_most() {
    for taken in [true, false] {
        let mut shelf = Shelf::new();
        shelf.raise(&[alert("1")], at(0));
        shelf.plan(at(0));
        shelf.raise(&[edit("1", 7)], at(10));
        assert!(shelf.plan(at(10)).is_empty(), "the first is not taken yet");
        let story = shelf.store().alert(&edit("1", 7).id).expect("asks").expect("is there");
        assert_eq!(story.holds, [(hook(), Some(Hold::Behind), Some(at(60)))]);
        if taken {
            assert_eq!(shelf.one(at(20), &accepted()).len(), 1);
            assert_eq!(shelf.plan(at(20)).len(), 1, "nothing is before it any more");
        } else {
            shelf.one(at(20), &Verdict::retry("503"));
            assert!(shelf.plan(at(59)).is_empty());
            let sealed = shelf.plan(at(60));
            assert!(
                matches!(&sealed[0].form, feedwatch::model::Form::Digest { why } if why.contains("still undelivered")),
                "{sealed:?}"
            );
        }
    }
}

#[test]
fn what_is_dead_is_forgotten_by_hand_and_nothing_else() {
    let mut shelf = Shelf::new();
    shelf.raise(&[alert("1"), alert("2")], at(0));
    shelf.plan(at(100));
    assert_eq!(shelf.one(at(100), &Verdict::Refused { said: "400".into() }).len(), 1);
    let other = NotifierName::new("other");
    assert_eq!(shelf.store().purge(Some(&other), (at(0), at(900))).expect("purges"), 0);
    assert_eq!(shelf.store().purge(None, (at(101), at(900))).expect("purges"), 0);
    assert_eq!(shelf.store().purge(Some(&hook()), (at(0), at(900))).expect("purges"), 1);
    let outbox = shelf.store().outbox().expect("counts");
    assert_eq!((outbox.pending, outbox.dead), (1, 0));
    assert!(shelf.store().alert(&alert("1").id).expect("asks").is_some(), "the alert stays");
}
