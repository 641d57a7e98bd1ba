//! Weeks in seconds: random feeds, policies, stories, silences, notifiers that are away and services that are started anew, by a clock
//! that is set by hand; and what must hold of every alert in the end. The seed is printed.
//!
//! ```sh
//! FEEDWATCH_WEEKS=20 cargo test --test it -- --ignored weeks:: --nocapture
//! ```

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use feedwatch::app::{App, Polls, Sends};
use feedwatch::config::{self, Config, Environment};
use feedwatch::model::{Clock, DeliveryState, ManualClock, Silence, SilenceId, Time, WatchName};
use feedwatch::pipeline::Setup;
use feedwatch::planner::Limit;
use feedwatch::render::console::Style;
use feedwatch::store::sqlite::OpenOptions;
use feedwatch::store::{AlertFilter, AlertStory};
use tokio::runtime::Runtime;

use crate::support::feed::{Entry, rss};
use crate::support::http::{HttpServer, Reply};
use crate::support::program::{hook, watch};

/// What the watches look for, each its own word.
const WORDS: [&str; 5] = ["Helsinki", "Turku", "Vaasa", "Oulu", "Pori"];
const NOTIFIERS: [&str; 3] = ["phone", "desk", "archive"];
const FEEDS: usize = 3;
const STEP: Duration = Duration::from_secs(15 * 60);

/// SplitMix64.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % limit as u64) as usize
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn of<'t>(&mut self, choices: &[&'t str]) -> &'t str {
        choices[self.below(choices.len())]
    }
}

/// A configuration that nobody thought of.
fn configuration(server: &HttpServer, chance: &mut Chance) -> String {
    let mut text = format!(
        "[store]\nurl = \"sqlite:store.db\"\n[defaults]\nevery = \"15m\"\ntimezone = \"{}\"\n",
        chance.of(&["UTC", "Europe/Helsinki", "America/New_York"])
    );
    for name in NOTIFIERS {
        text += &hook(name, &server.url(&format!("/{name}")));
        // Long enough that nothing is given up in a week.
        text += &format!("retry = [{}]\n", vec!["\"1m\", \"20m\", \"2h\""; 33].join(", "));
        text += chance.of(&["", "quiet = \"22:00-07:00\"\n", "quiet = [\"fri-sun 20:00-09:00\", \"12:00-13:30\"]\n"]);
        text += chance.of(&["", "", "digest = \"0 8,17 * * *\"\n", "digest = \"30 */5 * * *\"\n"]);
        text += chance.of(&["", "limit = \"2/h\"\n", "limit = \"9/d\"\n"]);
        if name != "phone" && chance.one_in(2) {
            text += "escalate = { after = \"20m\", notify = \"phone\" }\n";
        }
    }
    for (n, word) in WORDS.into_iter().enumerate() {
        let told: Vec<&str> = NOTIFIERS.into_iter().filter(|_| !chance.one_in(3)).collect();
        text += &watch(word, &[word], if told.is_empty() { &NOTIFIERS[..1] } else { &told });
        text += match n {
            0 => "urgent = true\n",
            1 => chance.of(&["limit = \"3/d\"\n", "limit = \"1/2h\"\n"]),
            2 => "digest = \"0 */6 * * *\"\n",
            _ => "",
        };
        text += chance.of(&["", "story = \"join\"\n", "story = \"record\"\n", "story = \"separate\"\n"]);
    }
    for n in 0..FEEDS {
        text += &format!("[[feed]]\nname = \"feed {n}\"\nurl = \"{}\"\n", server.url(&format!("/feed/{n}")));
    }
    text
}

/// A service and the world around it.
struct Week {
    folder: tempfile::TempDir,
    server: HttpServer,
    clock: ManualClock,
    runtime: Runtime,
    chance: Chance,
    config: Config,
    items: Vec<Vec<Entry>>,
    published: usize,
    /// What each notifier was sent, when, and whether it took it.
    received: BTreeMap<&'static str, Vec<(Time, serde_json::Value, String, bool)>>,
}

struct Service {
    app: Arc<App>,
    polls: Polls,
    sends: Sends,
    store: std::thread::JoinHandle<()>,
}

impl Week {
    fn new(seed: u64) -> Self {
        println!("the seed of this week is {seed}");
        let (folder, server, mut chance) = (tempfile::tempdir().unwrap(), HttpServer::start(), Chance(seed));
        let text = configuration(&server, &mut chance);
        std::fs::write(folder.path().join("feedwatch.toml"), text).unwrap();
        let path = folder.path().join("feedwatch.toml");
        let config = config::load(Path::new(&path), &Environment::default()).config.unwrap();
        // Three days before clocks are put back in Helsinki.
        let start = Time::parse_rfc3339("2026-10-22T12:00:00Z").unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let clock = ManualClock::at(start);
        let items = vec![vec![Entry::new("0", "Nothing yet")]; FEEDS];
        let mut week =
            Self { folder, server, clock, runtime, chance, config, items, published: 0, received: BTreeMap::new() };
        (0..FEEDS).for_each(|feed| week.show(feed));
        NOTIFIERS.into_iter().for_each(|name| week.answers(name, 200));
        week.received = NOTIFIERS.into_iter().map(|name| (name, Vec::new())).collect();
        week
    }

    fn start(&self) -> Service {
        let path = self.folder.path().join("feedwatch.toml");
        let config = config::load(Path::new(&path), &Environment::default()).config.unwrap();
        let (app, store) = self.runtime.block_on(async {
            let setup = Setup::new(config, Style { colour: false, width: usize::MAX }, true).unwrap();
            App::open(setup, "test", Arc::new(self.clock.clone()), OpenOptions::default()).await.unwrap()
        });
        Service { app, polls: Polls::default(), sends: Sends::default(), store }
    }

    fn show(&self, feed: usize) {
        self.server.feed(&format!("/feed/{feed}"), rss(&self.items[feed]));
    }

    fn answers(&self, notifier: &str, status: u16) {
        self.server.reply(&format!("/{notifier}"), Reply::status(status));
    }

    /// Whatever may happen between two looks.
    fn happens(&mut self, service: &Service) {
        if self.chance.one_in(3) {
            let feed = self.chance.below(FEEDS);
            self.published += 1;
            let (first, second) = (self.chance.of(&WORDS), self.chance.of(&[WORDS.as_slice(), &[""; 5]].concat()));
            let title = format!("Talks in {first} and {second}, part {}", self.published);
            let entry = Entry::new(&self.published.to_string(), &title);
            // Now and then another feed has the same report, at once.
            if self.chance.one_in(3) {
                let other = (feed + 1) % FEEDS;
                let same = Entry { link: entry.link.clone(), ..Entry::new(&format!("{}x", self.published), &title) };
                self.items[other].insert(0, same);
                self.items[other].truncate(30);
                self.show(other);
            }
            self.items[feed].insert(0, entry);
            self.items[feed].truncate(30);
            self.show(feed);
        }
        // Or much later.
        if self.chance.one_in(12) {
            let (feed, other) = (self.chance.below(FEEDS), self.chance.below(FEEDS));
            let told = self.items[feed][self.chance.below(self.items[feed].len())].clone();
            if feed != other && told.guid != "0" && !self.items[other].iter().any(|item| item.link == told.link) {
                self.published += 1;
                let again = Entry { guid: self.published.to_string(), ..told };
                self.items[other].insert(0, again);
                self.items[other].truncate(30);
                self.show(other);
            }
        }
        if self.chance.one_in(6) {
            let feed = self.chance.below(FEEDS);
            let item = self.chance.below(self.items[feed].len());
            self.published += 1;
            let more = format!(" ({} again, {})", self.chance.of(&WORDS), self.published);
            self.items[feed][item].title.push_str(&more);
            self.show(feed);
        }
        if self.chance.one_in(40) {
            let (now, watch) = (self.clock.now(), WatchName::new(self.chance.of(&WORDS)));
            let silence = Silence {
                id: SilenceId::of(watch.as_str(), "", "", now.ms()),
                watch: Some(watch),
                feed: None,
                story: None,
                since: now,
                until: now.plus(STEP * 12),
                reason: "known".into(),
                by: "story".into(),
                ended: None,
                ended_by: None,
            };
            self.runtime.block_on(service.app.desk().call(move |store| store.silence(&silence))).unwrap();
        }
        if self.chance.one_in(20) {
            let notifier = self.chance.of(&NOTIFIERS);
            let status = if self.chance.one_in(2) { 503 } else { 200 };
            self.answers(notifier, status);
        }
    }

    /// What is due at this moment, until nothing is; then what was received.
    fn work(&mut self, service: &mut Service) {
        let Service { app, polls, sends, .. } = service;
        self.runtime.block_on(async {
            app.begin_polls(polls, app.now()).await.unwrap();
            while let Some(polled) = app.next_polled(polls).await {
                polled.unwrap();
            }
            app.plan_due().await.unwrap();
            app.begin_deliveries(sends, app.now()).await.unwrap();
            while let Some(attempted) = app.next_attempted(sends).await {
                attempted.unwrap();
                app.plan_due().await.unwrap();
                app.begin_deliveries(sends, app.now()).await.unwrap();
            }
        });
        let now = self.clock.now();
        for (name, received) in &mut self.received {
            for request in self.server.seen(&format!("/{name}")).drain(..).skip(received.len()) {
                let body = serde_json::from_slice(&request.body).expect("JSON");
                let id = request.header("webhook-id").expect("an id").to_owned();
                received.push((now, body, id, request.status == 200));
            }
        }
    }

    fn stories(&self, service: &Service) -> Vec<AlertStory> {
        self.runtime.block_on(service.app.desk().call(|store| store.alerts(AlertFilter::default()))).unwrap()
    }

    /// Every alert is, for each notifier that its watch tells, in one message, or held until a time, or silenced, or recorded
    /// behind one that was told.
    fn everything_has_its_place(&self, stories: &[AlertStory], nothing_waits: bool) {
        let notify: HashMap<&WatchName, _> =
            self.config.watches.iter().map(|w| (&w.rule.name, &w.rule.notify)).collect();
        for story in stories {
            let watch = story.alert.watch.as_ref().expect("of a watch");
            for notifier in notify[watch] {
                let sealed = story.deliveries.iter().filter(|(d, _)| d.notifier == *notifier).count();
                let held = story
                    .holds
                    .iter()
                    .filter(|(name, hold, due)| name == notifier && (hold.is_none() || due.is_some()));
                let silenced = story.silenced.iter().filter(|s| s.notifier == *notifier).count();
                let recorded = story.recorded.iter().filter(|r| r.notifier == *notifier);
                for first in recorded.clone().map(|r| &r.follows.alert) {
                    let first = stories.iter().find(|s| s.alert.id == *first).expect("what it follows is there");
                    let told = first.deliveries.iter().any(|(d, _)| d.notifier == *notifier);
                    let kept = first.silenced.iter().any(|s| s.notifier == *notifier);
                    assert!(told || kept, "{notifier}: recorded behind what nobody was told: {story:#?}\n{first:#?}");
                }
                let all = sealed + held.clone().count() + silenced + recorded.count();
                let held = held.count();
                assert_eq!(all, 1, "{notifier}: {story:#?}");
                assert!(!nothing_waits || held == 0, "{notifier} still waits: {story:#?}");
            }
            // Who has it by escalation, has it once.
            let mut told = BTreeSet::new();
            assert!(story.deliveries.iter().all(|(d, _)| told.insert(d.notifier.clone())), "{story:#?}");
            let sent = story.deliveries.iter().all(|(d, _)| d.state == DeliveryState::Sent);
            assert!(!nothing_waits || sent, "not sent in the end: {story:#?}");
        }
    }

    /// No period has more messages than its limit.
    fn no_limit_is_exceeded(&self, stories: &[AlertStory]) {
        let sealed = |notifier: &str, watch: Option<&WatchName>| {
            let of_watch = stories.iter().filter(|s| watch.is_none() || s.alert.watch.as_ref() == watch);
            let messages: BTreeSet<(Time, String)> = of_watch
                .flat_map(|s| &s.deliveries)
                .filter(|(d, _)| d.notifier.as_str() == notifier)
                .map(|(d, _)| (d.sealed, d.id.to_string()))
                .collect();
            messages.into_iter().map(|(at, _)| at).collect::<Vec<_>>()
        };
        let holds = |times: &[Time], Limit { count, per }: Limit, whose: &str| {
            for window in times.windows(count + 1) {
                assert!(window[count].since(window[0]) >= per, "{whose}: {} messages within {per:?}", count + 1);
            }
        };
        for notifier in &self.config.notifiers {
            let name = notifier.name.as_str();
            if let Some(limit) = notifier.policy.limit {
                holds(&sealed(name, None), limit, name);
            }
            for watch in &self.config.watches {
                if let Some(limit) = watch.policy.limit {
                    holds(&sealed(name, Some(&watch.rule.name)), limit, watch.rule.name.as_str());
                }
            }
        }
    }

    /// In quiet hours nothing was sent, not even tried, but what is urgent; and nothing was accepted twice.
    fn nobody_is_woken(&self) {
        let urgent: Vec<&str> =
            self.config.watches.iter().filter(|w| w.policy.urgent).map(|w| w.rule.name.as_str()).collect();
        for notifier in &self.config.notifiers {
            let mut accepted = BTreeSet::new();
            for (at, body, id, taken) in self.received.get(notifier.name.as_str()).into_iter().flatten() {
                let data = &body["data"];
                let alerts = data["alerts"].as_array().map_or_else(|| vec![data], |alerts| alerts.iter().collect());
                let is_urgent = alerts.iter().any(|a| a["watch"].as_str().is_some_and(|w| urgent.contains(&w)));
                let quiet = notifier.policy.quiet.as_ref().and_then(|quiet| quiet.until(*at));
                assert!(quiet.is_none() || is_urgent, "{} at {at}: {body:#}", notifier.name);
                assert!(!*taken || accepted.insert(id), "{id} was accepted twice");
            }
        }
    }
}

fn live_through(seed: u64, days: u32) {
    let mut week = Week::new(seed);
    let mut service = week.start();
    let steps = 24 * 3600 / STEP.as_secs() as u32 * days;
    for _ in 0..steps {
        week.happens(&service);
        week.work(&mut service);
        if week.chance.one_in(50) {
            let Service { app, polls, sends, store } = service;
            drop((app, polls, sends));
            store.join().unwrap();
            service = week.start();
        }
        week.clock.advance(STEP);
    }
    week.everything_has_its_place(&week.stories(&service), false);
    // The world calms down; what waits may take its time.
    NOTIFIERS.into_iter().for_each(|name| week.answers(name, 200));
    for _ in 0..24 * 4 {
        week.work(&mut service);
        week.clock.advance(STEP * 4);
    }
    let stories = week.stories(&service);
    week.everything_has_its_place(&stories, true);
    week.no_limit_is_exceeded(&stories);
    week.nobody_is_woken();
    let silenced = stories.iter().filter(|s| !s.silenced.is_empty()).count();
    let requests: usize = week.received.values().map(Vec::len).sum();
    let recorded = stories.iter().filter(|s| !s.recorded.is_empty()).count();
    println!("{} alerts, {silenced} silenced, {recorded} recorded, {requests} requests", stories.len());
    assert!(stories.len() > 5 * days as usize, "hardly anything happened");
}

#[test]
fn some_days_leave_every_alert_in_its_place() {
    for seed in [1, 2] {
        live_through(seed, 3);
    }
}

#[test]
#[ignore = "takes minutes: as many weeks as are wanted"]
fn many_weeks_leave_every_alert_in_its_place() {
    let weeks: u64 = std::env::var("FEEDWATCH_WEEKS").ok().and_then(|n| n.parse().ok()).unwrap_or(20);
    let first: u64 = std::env::var("FEEDWATCH_SEED").ok().and_then(|n| n.parse().ok()).unwrap_or(1000);
    for seed in first..first + weeks {
        live_through(seed, 7);
    }
}
