//! What a store keeps of stories: for how long they go on, under which name, what is forgotten and what is never.

use std::path::PathBuf;
use std::time::Duration;

use feedwatch::model::{
    Alert, AlertId, AlertItem, AlertKind, FeedMemory, FeedName, FeedState, Follows, Form, Hold, NotifierName, Reason,
    Renames, Time, Verdict, WatchName,
};
use feedwatch::planner::{Bundle, Plan, Policy, StoryPolicy, Telling, WatchPolicy, after_attempt, plan};
use feedwatch::store::sqlite::OpenOptions;
use feedwatch::store::{AttemptOutcome, Contact, Keep, PlanOutcome, PollOutcome, SqliteStore, Store};
use feedwatch::text::gist::Gist;

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

fn at(seconds: u64) -> Time {
    Time::from_ms(1_764_000_000_000).plus(Duration::from_secs(seconds))
}

fn hook() -> NotifierName {
    NotifierName::new("hook")
}

/// The alert of a watch on the one item of a feed, all of which have the same link.
fn alert(watch: &str, feed: &str, raised: Time) -> Alert {
    let (watch, feed) = (WatchName::new(watch), FeedName::new(feed));
    Alert {
        id: AlertId::of_item(&watch, &feed, "item", None),
        kind: AlertKind::New,
        reason: Reason::New,
        sentence: "because".into(),
        watch: Some(watch),
        feed: Some(feed),
        item: Some(AlertItem { key: "item".into(), title: "Talks".into(), link: None, published: None }),
        hits: Vec::new(),
        diff: None,
        raised,
        excerpts: Vec::new(),
        guard: None,
        first: true,
        service: None,
        follows: None,
    }
}

/// A store with feeds `a` to `d`, and a policy for the watch `w`.
struct Shelf {
    folder: tempfile::TempDir,
    store: Option<SqliteStore>,
    policy: Policy,
}

impl Shelf {
    fn new(telling: Telling, window: u64) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut shelf = Self { folder, store: None, policy: Policy::immediate(Bundle::Alert) };
        shelf.says("w", telling, window);
        shelf.reopen(&Renames::default());
        shelf
    }

    fn says(&mut self, watch: &str, telling: Telling, window: u64) {
        let story = StoryPolicy { telling, window: Duration::from_secs(window) };
        self.policy.watches.insert(WatchName::new(watch), WatchPolicy { story, ..WatchPolicy::default() });
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("feedwatch.db")
    }

    /// The process ends and another one begins.
    fn reopen(&mut self, renames: &Renames) {
        self.store = None;
        let mut store = SqliteStore::open(&self.path(), "test", OpenOptions::default()).expect("opens");
        let feeds: Vec<_> = ["a", "b", "c", "d"].map(|f| (FeedName::new(f), format!("http://{f}/"))).into();
        store.register(&feeds, renames).expect("registers");
        self.store = Some(store);
    }

    fn store(&mut self) -> &mut SqliteStore {
        self.store.as_mut().expect("open")
    }

    /// A poll that finds the item of a feed then.
    fn finds(&mut self, watch: &str, feed: &str, now: Time) {
        self.store().claim_feeds(now, true, 10).expect("claims");
        let mut memory = FeedMemory::new(&format!("http://{feed}/"));
        (memory.state, memory.last_poll, memory.last_ok) = (FeedState::Ok, Some(now), Some(now));
        memory.next_poll = Some(now.plus(Duration::from_secs(300)));
        let alert = alert(watch, feed, now);
        let gist = Gist::of(Some("https://example.org/news/1"), "Talks", "", "").expect("a page");
        let outcome = PollOutcome {
            feed: FeedName::new(feed),
            times_alone: false,
            memory,
            contact: Contact::Answered,
            at: now,
            records: Vec::new(),
            left: Vec::new(),
            gists: vec![(alert.id.clone(), gist)],
            alerts: vec![(alert, vec![hook()])],
            skim: None,
        };
        self.store().settle_polls(&[outcome]).remove(0).expect("settles");
    }

    /// What the planner decides then, not settled.
    fn decided(&mut self, now: Time) -> Option<Plan> {
        let queue = self.store().claim_queue(&hook(), "target", (now, Duration::ZERO), 100).expect("claims")?;
        Some(plan(queue, &self.policy, now))
    }

    fn settle(&mut self, plan: Plan, now: Time) {
        self.store().settle_plans(&[PlanOutcome { notifier: hook(), plan, at: now }]).remove(0).expect("settles");
    }

    /// What becomes of the item of a feed that is found then: `told`, `follows FEED`, or `recorded behind FEED`.
    fn becomes(&mut self, watch: &str, feed: &str, now: Time) -> String {
        self.finds(watch, feed, now);
        let plan = self.decided(now).expect("something waits");
        self.settle(plan.clone(), now);
        let id = alert(watch, feed, now).id;
        let told = self.store().alert(&id).expect("asks").expect("is there");
        match (told.recorded.first(), self.store().follows(&id).expect("asks")) {
            (Some(recorded), _) => format!("recorded behind {}", recorded.follows.feed),
            (None, Some(first)) => format!("follows {}", first.feed),
            (None, None) if told.deliveries.len() == 1 => "told".to_owned(),
            (None, None) => format!("{:?}", told.holds),
        }
    }

    /// One attempt at all that is owed.
    fn attempt(&mut self, now: Time, verdict: &Verdict) -> Vec<Option<Follows>> {
        let due = self.store().claim_deliveries(&hook(), None, now, 10).expect("claims");
        let mut told = Vec::new();
        for (delivery, alerts) in due {
            told.extend(alerts.into_iter().map(|alert| alert.follows));
            let delivery = after_attempt(delivery, verdict, &[Duration::from_secs(5)], now);
            let outcome = AttemptOutcome { delivery, verdict: verdict.clone(), at: now, gone: None, escalate: None };
            self.store().settle_attempts(&[outcome]).remove(0).expect("settles");
        }
        told
    }

    fn forget(&mut self, now: Time) {
        while self.store().prune(now, Keep::default()).expect("prunes") > 0 {}
    }
}

#[test]
fn a_story_goes_on_for_its_window_and_no_longer() {
    for (window, inside, outside) in
        [(HOUR, HOUR - 1, HOUR + 1), (DAY, DAY - 1, DAY + 1), (7 * DAY, 7 * DAY - 1, 7 * DAY + 1)]
    {
        let mut shelf = Shelf::new(Telling::Record, window);
        assert_eq!(shelf.becomes("w", "a", at(0)), "told");
        assert_eq!(shelf.becomes("w", "b", at(window / 2)), "recorded behind a");
        shelf.reopen(&Renames::default());
        shelf.forget(at(inside));
        assert_eq!(
            shelf.becomes("w", "c", at(inside)),
            "recorded behind a",
            "{window}: counted from the first, not the last"
        );
        shelf.forget(at(outside));
        assert_eq!(shelf.becomes("w", "d", at(outside)), "told", "{window}");
    }
}

#[test]
fn a_watch_by_another_name_goes_on_with_its_stories() {
    let mut shelf = Shelf::new(Telling::Record, DAY);
    assert_eq!(shelf.becomes("w", "a", at(0)), "told");
    let watches = vec![(WatchName::new("w"), WatchName::new("v"))];
    shelf.reopen(&Renames { watches, ..Renames::default() });
    shelf.says("v", Telling::Record, DAY);
    assert_eq!(shelf.becomes("v", "b", at(60)), "recorded behind a");
    // A watch that is none of it tells for itself.
    shelf.says("u", Telling::Record, DAY);
    assert_eq!(shelf.becomes("u", "c", at(90)), "told");
}

#[test]
fn planning_twice_gives_nothing_twice() {
    for telling in [Telling::Thread, Telling::Record] {
        let mut shelf = Shelf::new(telling, DAY);
        shelf.becomes("w", "a", at(0));
        shelf.finds("w", "b", at(60));
        // It is decided, and the process ends before that is written.
        let lost = shelf.decided(at(60)).expect("waits");
        shelf.reopen(&Renames::default());
        let plan = shelf.decided(at(61)).expect("waits still");
        let ids = |plan: &Plan| plan.deliveries.iter().map(|d| d.id.clone()).collect::<Vec<_>>();
        assert_eq!((ids(&lost), &lost.members), (ids(&plan), &plan.members));
        // Written, and written again, also what was lost.
        for plan in [&plan, &plan, &lost] {
            shelf.settle(plan.clone(), at(61));
        }
        assert_eq!(shelf.decided(at(62)), None);
        let told = shelf.store().alert(&alert("w", "b", at(60)).id).expect("asks").expect("is there");
        let expected = if telling == Telling::Record { (0, 1) } else { (1, 0) };
        assert_eq!((told.deliveries.len(), told.recorded.len()), expected, "{telling:?}");
    }
}

#[test]
fn what_is_old_is_forgotten_and_what_is_pending_never() {
    let mut shelf = Shelf::new(Telling::Thread, DAY);
    shelf.becomes("w", "a", at(0));
    shelf.attempt(at(1), &Verdict::Accepted { said: "204".into() });
    // One that follows is sealed and not taken; another one waits for quiet hours that never seem to end.
    assert_eq!(shelf.becomes("w", "b", at(60)), "follows a");
    shelf.finds("w", "c", at(90));
    let held = Plan { holds: vec![(alert("w", "c", at(90)).id, Hold::Quiet, Some(at(200 * DAY)))], ..Plan::default() };
    shelf.decided(at(90)).expect("waits");
    shelf.settle(held, at(90));
    let there =
        |shelf: &mut Shelf, feed: &str| shelf.store().alert(&alert("w", feed, at(0)).id).expect("asks").is_some();
    shelf.forget(at(8 * DAY));
    assert_eq!(
        ["a", "b", "c"].map(|feed| there(&mut shelf, feed)),
        [true, true, true],
        "younger than its alerts are kept"
    );
    shelf.forget(at(120 * DAY));
    assert_eq!(
        ["a", "b", "c"].map(|feed| there(&mut shelf, feed)),
        [false, true, true],
        "what is owed is never forgotten"
    );
    // What is told late still says what it follows, though that is forgotten.
    let told = shelf.attempt(at(120 * DAY), &Verdict::Accepted { said: "204".into() });
    assert_eq!(told[0].as_ref().map(|first| first.feed.as_str()), Some("a"), "{told:?}");
    // What was held comes when its time comes, and follows nothing that is a day old.
    let plan = shelf.decided(at(200 * DAY)).expect("is due");
    assert_eq!((plan.deliveries.len(), &plan.deliveries[0].form), (1, &Form::Item));
    shelf.settle(plan, at(200 * DAY));
    shelf.attempt(at(200 * DAY), &Verdict::Accepted { said: "204".into() });
    shelf.forget(at(400 * DAY));
    assert_eq!(["a", "b", "c"].map(|feed| there(&mut shelf, feed)), [false, false, false]);
    let left = |table: &str| {
        let connection = rusqlite::Connection::open(shelf.path()).expect("opens");
        connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0)).expect("counts")
    };
    assert_eq!(["gist", "gist_band", "story", "alert", "waiting"].map(left), [0; 5], "and nothing is left behind");
}
