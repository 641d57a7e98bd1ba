//! What a store promises, told against every backend: SQLite in a real file.

mod deliveries; // from waiting to sent, dead and sent again
mod feeds; // whose turn it is, and what is remembered of each
mod files; // held by one process, and never another program's
mod items; // known again, written whole or not at all
mod order; // in which order a notifier gets what it is owed
mod silences; // what they cover and who ended them

use std::path::PathBuf;
use std::time::Duration;

use feedwatch::model::ids::hash64;
use feedwatch::model::{
    About, Alert, AlertId, AlertItem, AlertKind, Delivery, DeliveryState, FeedMemory, FeedName, FeedState, Fingerprint,
    Guard, Hold, ItemKey, ItemRecord, ItemText, KeyKind, Marks, NotifierName, Probe, Reason, Remembered, Renames,
    Silence, SilenceId, Time, Verdict, WatchName,
};
use feedwatch::planner::{Bundle, Plan, Policy, Urgent, after_attempt, plan};
use feedwatch::store::sqlite::OpenOptions;
use feedwatch::store::{
    AlertFilter, AlertState, AttemptOutcome, Claim, Contact, HealthOutcome, ItemFilter, Keep, Lane, PlanOutcome,
    PollOutcome, SqliteStore, Store, Trouble,
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

fn outcome(name: &str, now: Time) -> PollOutcome {
    let mut memory = FeedMemory::new(&format!("http://{name}/"));
    (memory.state, memory.last_poll, memory.last_ok) = (FeedState::Ok, Some(now), Some(now));
    memory.next_poll = Some(now.plus(Duration::from_secs(300)));
    PollOutcome {
        feed: feed(name),
        times_alone: false,
        memory,
        contact: Contact::Answered,
        at: now,
        records: Vec::new(),
        left: Vec::new(),
        alerts: Vec::new(),
        gists: Vec::new(),
        skim: None,
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

fn record(name: &str) -> Remembered {
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
    let text = ItemText { title: format!("title {name}"), summary: "s".into(), body: "b".into() };
    Remembered { row: None, record, text: Some(text) }
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
