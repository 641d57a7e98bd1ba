//! Clocks that jump, machines that sleep, services that stand still for a week: no storm of polls, no hole, nothing dead or
//! late because of it. The journey is the real one; only its clock is set by hand.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use feedwatch::app::{App, Polls, Sends};
use feedwatch::config::{self, Environment};
use feedwatch::model::{Clock, ManualClock, Time};
use feedwatch::pipeline::Setup;
use feedwatch::render::console::Style;
use feedwatch::store::sqlite::OpenOptions;
use tokio::runtime::Runtime;

use crate::support::feed::{Entry, rss};
use crate::support::http::{HttpServer, Reply};
use crate::support::program::{hook, watch};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
const MINUTE: Duration = Duration::from_secs(60);

/// Two feeds that are polled each hour, a hook that tries again after five minutes.
struct Scene {
    folder: tempfile::TempDir,
    server: HttpServer,
    clock: ManualClock,
    runtime: Runtime,
}

/// A service at work.
struct Service<'s> {
    scene: &'s Scene,
    app: Arc<App>,
    polls: Polls,
    sends: Sends,
    store: Option<std::thread::JoinHandle<()>>,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = HttpServer::start();
        server.reply("/hook", Reply::status(204));
        let mut text = format!(
            "[store]\nurl = \"sqlite:store.db\"\n[defaults]\nevery = \"1h\"\n{}{}",
            hook("hook", &server.url("/hook")).replace("secret", "retry = [\"5m\", \"5m\", \"1h\"]\nsecret"),
            watch("w", &["Helsinki"], &["hook"])
        );
        for name in ["a", "b"] {
            server.feed(&format!("/{name}"), rss(&[Entry::new("0", "Nothing yet")]));
            text += &format!("[[feed]]\nname = \"{name}\"\nurl = \"{}\"\n", server.url(&format!("/{name}")));
        }
        std::fs::write(folder.path().join("feedwatch.toml"), text).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        Self { folder, server, clock: ManualClock::at(Time::from_ms(1_790_000_000_000)), runtime }
    }

    fn start(&self) -> Service<'_> {
        let path = self.folder.path().join("feedwatch.toml");
        let config = config::load(Path::new(&path), &Environment::default()).config.unwrap();
        let (app, store) = self.runtime.block_on(async {
            let setup = Setup::new(config, Style { colour: false, width: usize::MAX }, true).unwrap();
            App::open(setup, "test", Arc::new(self.clock.clone()), OpenOptions::default()).await.unwrap()
        });
        Service { scene: self, app, polls: Polls::default(), sends: Sends::default(), store: Some(store) }
    }

    fn publish(&self, feed: &str, number: usize) {
        let items: Vec<Entry> = (0..=number)
            .rev()
            .map(|n| {
                Entry::new(&n.to_string(), &if n == 0 { "Nothing yet".into() } else { format!("Helsinki {feed}{n}") })
            })
            .collect();
        self.server.feed(&format!("/{feed}"), rss(&items));
    }

    fn polled(&self) -> usize {
        self.server.seen("/a").len() + self.server.seen("/b").len()
    }

    /// How often the hook was told of an item.
    fn told(&self, title: &str) -> usize {
        self.server.seen("/hook").iter().filter(|r| r.status == 204 && r.text().contains(&format!("{title}\""))).count()
    }

    /// The hand of the clock moves on, or back.
    fn jump_back(&self, by: Duration) {
        self.clock.set(Time::from_ms(self.clock.now().ms() - by.as_millis() as i64));
    }
}

impl Service<'_> {
    /// Whatever is due at this moment, until nothing is.
    fn work(&mut self) {
        let Self { scene, app, polls, sends, .. } = self;
        scene.runtime.block_on(async {
            app.begin_polls(polls, app.now()).await.unwrap();
            while let Some(polled) = app.next_polled(polls).await {
                polled.unwrap();
                app.begin_polls(polls, app.now()).await.unwrap();
            }
            app.plan_due().await.unwrap();
            app.begin_deliveries(sends, app.now()).await.unwrap();
            while let Some(attempted) = app.next_attempted(sends).await {
                attempted.unwrap();
                app.begin_deliveries(sends, app.now()).await.unwrap();
            }
        });
    }

    fn stop(self) {
        let Self { app, polls, sends, store, .. } = self;
        drop((app, polls, sends));
        store.unwrap().join().unwrap();
    }
}

#[test]
fn cl_01_the_clock_jumps_back_a_day() {
    let scene = Scene::new();
    let mut service = scene.start();
    service.work();
    scene.clock.advance(HOUR);
    scene.server.reply("/hook", Reply::status(503));
    scene.publish("a", 1);
    service.work();
    scene.server.reply("/hook", Reply::status(204));
    let polled = scene.polled();
    scene.jump_back(DAY);
    service.work();
    // The retry that was five minutes away is not a day and five minutes away.
    scene.clock.advance(6 * MINUTE);
    service.work();
    assert_eq!(scene.told("Helsinki a1"), 1, "the delivery waits for the day to pass again");
    scene.publish("b", 1);
    scene.clock.advance(HOUR);
    service.work();
    assert_eq!(scene.told("Helsinki b1"), 1, "the feed is not polled until the day has passed again");
    let more = scene.polled() - polled;
    assert!((2..=6).contains(&more), "{more} polls of two feeds in an hour");
    service.stop();
}

#[test]
fn cl_02_the_clock_jumps_ahead_ten_years_and_back() {
    let scene = Scene::new();
    let mut service = scene.start();
    service.work();
    scene.clock.advance(HOUR);
    scene.server.reply("/hook", Reply::status(503));
    scene.publish("a", 1);
    service.work();
    let polled = scene.polled();
    scene.clock.advance(3652 * DAY);
    service.work();
    service.work();
    let more = scene.polled() - polled;
    assert!(more <= 4, "a storm of {more} polls");
    let attempts = scene.server.seen("/hook").len();
    assert!(attempts <= 3, "a storm of {attempts} attempts");
    scene.jump_back(3652 * DAY);
    scene.server.reply("/hook", Reply::status(204));
    scene.publish("b", 1);
    for _ in 0..3 {
        service.work();
        scene.clock.advance(HOUR);
    }
    service.work();
    assert_eq!(scene.told("Helsinki a1"), 1, "a delivery died or waits because of the jump");
    assert_eq!(scene.told("Helsinki b1"), 1, "a feed is not polled for ten years");
    service.stop();
}

#[test]
fn a_machine_that_slept_polls_each_feed_once_and_misses_nothing() {
    let scene = Scene::new();
    let mut service = scene.start();
    service.work();
    let polled = scene.polled();
    scene.publish("a", 3);
    scene.publish("b", 1);
    scene.clock.advance(3 * DAY);
    service.work();
    service.work();
    assert_eq!(scene.polled() - polled, 2);
    for title in ["Helsinki a1", "Helsinki a2", "Helsinki a3", "Helsinki b1"] {
        assert_eq!(scene.told(title), 1, "{title}");
    }
    service.stop();
}

#[test]
fn a_restart_after_a_week_goes_on_where_it_was() {
    let scene = Scene::new();
    let mut service = scene.start();
    service.work();
    scene.publish("a", 1);
    scene.clock.advance(HOUR);
    service.work();
    service.stop();
    scene.publish("a", 2);
    scene.clock.advance(7 * DAY);
    let polled = scene.polled();
    let mut service = scene.start();
    service.work();
    assert_eq!(scene.polled() - polled, 2);
    assert_eq!((scene.told("Helsinki a1"), scene.told("Helsinki a2")), (1, 1));
    service.stop();
}
