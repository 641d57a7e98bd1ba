//! A notifier that is away and comes back, by a clock that is set by hand: what keeps behind what, what its backlog becomes,
//! and who hears of it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use feedwatch::app::{App, Polls, Sends};
use feedwatch::config::{self, Environment};
use feedwatch::model::{Clock, ManualClock, Time};
use feedwatch::pipeline::Setup;
use feedwatch::render::console::Style;
use feedwatch::store::sqlite::OpenOptions;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::support::feed::{Entry, rss};
use crate::support::http::{HttpServer, Reply};
use crate::support::program::{hook, watch};
use crate::support::smtp::SmtpServer;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// A feed; notifiers `hook` (one alert a message), `chat` and `mail` (for people), and `other`, who hears of the service.
struct Scene {
    server: HttpServer,
    mail: SmtpServer,
    clock: ManualClock,
    runtime: Runtime,
    app: Arc<App>,
    polls: Polls,
    sends: Sends,
    entries: Vec<Entry>,
    _folder: tempfile::TempDir,
}

impl Scene {
    /// The watch tells these; `more` is said by it.
    fn new(notify: &[&str], more: &str) -> Self {
        let (folder, server, mail) = (tempfile::tempdir().unwrap(), HttpServer::start(), SmtpServer::start());
        let chat = format!(
            "[[notifier]]\nname = \"chat\"\nkind = \"webhook\"\nformat = \"slack\"\npace = \"0s\"\nurl = \"{}\"\n",
            server.url("/chat")
        );
        let post = format!(
            "[[notifier]]\nname = \"mail\"\nkind = \"email\"\nfrom = \"fw@example.org\"\nto = [\"desk@example.org\"]\n\
             smtp = {{ host = \"127.0.0.1\", port = {}, tls = \"none\" }}\n",
            mail.port()
        );
        let text = format!(
            "[store]\nurl = \"sqlite:store.db\"\n[service]\nnotify = [\"hook\", \"other\"]\n{}{}{chat}{post}{}{more}\n\
             [[feed]]\nname = \"world\"\nurl = \"{}\"\nevery = \"10s\"\n",
            hook("hook", &server.url("/hook")),
            hook("other", &server.url("/other")),
            watch("summit", &["Helsinki"], notify),
            server.url("/feed.xml"),
        );
        let path = folder.path().join("feedwatch.toml");
        std::fs::write(&path, text).unwrap();
        let config = config::load(Path::new(&path), &Environment::default()).config.unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let clock = ManualClock::at(Time::from_ms(1_790_000_000_000));
        let app = runtime.block_on(async {
            let setup = Setup::new(config, Style { colour: false, width: usize::MAX }, true).unwrap();
            App::open(setup, "test", Arc::new(clock.clone()), OpenOptions::default()).await.unwrap().0
        });
        let (polls, sends) = (Polls::default(), Sends::default());
        let entries = vec![Entry::new("0", "Nothing yet")];
        let mut scene = Self { server, mail, clock, runtime, app, polls, sends, entries, _folder: folder };
        for name in ["hook", "chat", "other"] {
            scene.answers(name, 200);
        }
        scene.show();
        scene.work();
        scene
    }

    fn answers(&self, notifier: &str, status: u16) {
        self.server.reply(&format!("/{notifier}"), Reply::status(status));
    }

    fn show(&self) {
        self.server.feed("/feed.xml", rss(&self.entries));
    }

    /// A new item, ten seconds later.
    fn publish(&mut self, guid: &str, title: &str) {
        self.entries.insert(0, Entry::new(guid, title));
        self.pass(10 * SECOND);
    }

    fn edit(&mut self, guid: &str, title: &str) {
        let entry = self.entries.iter_mut().find(|entry| entry.guid == guid).unwrap();
        entry.title = title.to_owned();
        self.pass(10 * SECOND);
    }

    /// Some time goes by, and what is due then is done.
    fn pass(&mut self, time: Duration) {
        self.show();
        self.clock.advance(time);
        self.work();
    }

    /// Whatever is due at this moment, until nothing is.
    fn work(&mut self) {
        let Self { runtime, app, polls, sends, .. } = self;
        runtime.block_on(async {
            app.begin_polls(polls, app.now()).await.unwrap();
            while let Some(polled) = app.next_polled(polls).await {
                polled.unwrap();
            }
            for _ in 0..3 {
                app.plan_due().await.unwrap();
                app.begin_deliveries(sends, app.now()).await.unwrap();
                while let Some(attempted) = app.next_attempted(sends).await {
                    attempted.unwrap();
                    app.plan_due().await.unwrap();
                    app.begin_deliveries(sends, app.now()).await.unwrap();
                }
                app.look().await.unwrap();
            }
        });
    }

    /// What a notifier took, as its texts.
    fn took(&self, notifier: &str) -> Vec<String> {
        let all = self.server.seen(&format!("/{notifier}"));
        all.iter().filter(|request| request.status == 200).map(|request| request.text().to_string()).collect()
    }

    /// The titles of the items that each message to a `standard` webhook tells, and why they come as one.
    fn told(&self, notifier: &str) -> Vec<(String, Option<String>)> {
        let title = |alert: &Value| alert["item"]["title"].as_str().unwrap_or("news").to_owned();
        let message = |text: String| {
            let body: Value = serde_json::from_str(&text).unwrap();
            match body["data"]["alerts"].as_array() {
                Some(all) => {
                    let titles: Vec<String> = all.iter().map(title).collect();
                    (titles.join(" + "), body["data"]["why"].as_str().map(str::to_owned))
                }
                None => (title(&body["data"]), None),
            }
        };
        self.took(notifier).into_iter().map(message).collect()
    }
}

fn alone(titles: &[&str]) -> Vec<(String, Option<String>)> {
    titles.iter().map(|title| ((*title).to_owned(), None)).collect()
}

#[test]
fn a_stuck_first_delays_what_follows_by_a_minute_and_then_it_comes_as_one() {
    let mut scene = Scene::new(&["hook"], "");
    scene.answers("hook", 503);
    scene.publish("1", "Talks in Helsinki");
    let sealed = scene.clock.now();
    // What follows keeps behind it, while other items do not.
    scene.edit("1", "Talks in Helsinki and Turku");
    scene.edit("1", "Talks in Helsinki, Turku and Vaasa");
    assert_eq!(scene.told("hook"), []);
    // Its own next attempt is minutes away; a message of another item finds the way open.
    scene.answers("hook", 200);
    scene.publish("2", "Helsinki by night");
    assert_eq!(scene.told("hook"), alone(&["Helsinki by night"]));
    while scene.clock.now().since(sealed) < MINUTE - SECOND {
        assert_eq!(scene.told("hook").len(), 1, "{:?} after the first was sealed", scene.clock.now().since(sealed));
        scene.pass(SECOND);
    }
    scene.pass(SECOND);
    let told = scene.told("hook");
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[1].0.starts_with("Talks in Helsinki and Turku"), "{told:?}");
    assert!(told[1].1.as_deref().is_some_and(|why| why.contains("is still undelivered")), "{told:?}");
    // The first comes by its schedule, late, and is not lost.
    scene.pass(6 * MINUTE);
    assert!(scene.told("hook").contains(&("Talks in Helsinki".to_owned(), None)), "{:?}", scene.told("hook"));
}

#[test]
fn a_backlog_goes_in_order_one_each_to_a_program_and_as_one_to_people() {
    let mut scene = Scene::new(&["hook", "chat"], "");
    for name in ["hook", "chat"] {
        scene.answers(name, 503);
    }
    scene.publish("1", "Helsinki, first");
    // Three attempts over a minute: from then on both fail.
    for _ in 0..14 {
        scene.pass(10 * SECOND);
    }
    for (guid, title) in [("2", "Helsinki, second"), ("3", "Helsinki, third"), ("4", "Helsinki, fourth")] {
        scene.publish(guid, title);
    }
    assert_eq!((scene.told("hook"), scene.took("chat")), (vec![], vec![]));
    for name in ["hook", "chat"] {
        scene.answers(name, 200);
    }
    for _ in 0..8 {
        scene.pass(10 * SECOND);
    }
    let told: Vec<_> = scene.told("hook").into_iter().filter(|(title, _)| title != "news").collect();
    let all = alone(&["Helsinki, first", "Helsinki, second", "Helsinki, third", "Helsinki, fourth"]);
    // The one by which it was found out that it is back; then all others in their order.
    let rest: Vec<_> = all.iter().filter(|one| **one != told[0]).cloned().collect();
    assert_eq!((told.len(), &told[1..]), (4, &rest[..]), "{told:?}");
    // Slack marks hits, so that titles come in pieces; the links are whole.
    let took = scene.took("chat");
    let tells = |text: &String, item: u8| text.contains(&format!("http://news.example/{item}\""));
    let joined = took.iter().find(|text| text.contains("alerts that waited while no message was taken here"));
    let joined = joined.unwrap_or_else(|| panic!("what waited comes as one: {took:#?}"));
    assert!(tells(joined, 3) && tells(joined, 4), "{took:#?}");
    for item in 1..=4 {
        assert_eq!(took.iter().filter(|text| tells(text, item)).count(), 1, "{item}: {took:#?}");
    }
}

#[test]
fn a_backlog_for_mail_comes_as_one_message() {
    let mut scene = Scene::new(&["mail"], "");
    scene.mail.always("mail", "451 4.3.0 not now");
    scene.publish("1", "Helsinki, first");
    for _ in 0..14 {
        scene.pass(10 * SECOND);
    }
    for (guid, title) in [("2", "Helsinki, second"), ("3", "Helsinki, third"), ("4", "Helsinki, fourth")] {
        scene.publish(guid, title);
    }
    assert!(scene.mail.accepted().is_empty());
    scene.mail.always("mail", "250 ok");
    for _ in 0..8 {
        scene.pass(10 * SECOND);
    }
    let alerts = |text: String| -> Vec<String> {
        text.lines().filter_map(|line| line.strip_prefix("X-Feedwatch-Alert: ")).map(str::to_owned).collect()
    };
    let mails: Vec<Vec<String>> = scene.mail.accepted().iter().map(|mail| alerts(mail.text())).collect();
    let mut sizes: Vec<usize> = mails.iter().map(Vec::len).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 1, 2], "what waited comes as one: {mails:?}");
    let mut all = mails.concat();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 4, "each once: {mails:?}");
}

#[test]
fn a_notifier_that_takes_nothing_is_told_once_through_another() {
    let mut scene = Scene::new(&["hook"], "");
    scene.answers("hook", 503);
    scene.publish("1", "Talks in Helsinki");
    for _ in 0..60 {
        scene.pass(30 * SECOND);
    }
    let reasons = |scene: &Scene| -> Vec<String> {
        let reason = |text: String| {
            let body: Value = serde_json::from_str(&text).unwrap();
            body["data"]["reason"].as_str().unwrap_or("digest").to_owned()
        };
        scene.took("other").into_iter().map(reason).collect()
    };
    assert_eq!(reasons(&scene), ["notifier_failing"], "half an hour later still once");
    assert!(scene.took("hook").is_empty());
    scene.answers("hook", 200);
    for _ in 0..6 {
        scene.pass(30 * SECOND);
    }
    assert_eq!(reasons(&scene), ["notifier_failing", "notifier_recovered"]);
    assert!(scene.told("hook").contains(&("Talks in Helsinki".to_owned(), None)));
}
