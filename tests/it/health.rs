//! What feedwatch tells of itself: each trouble once, by those who can still be reached, across restarts and kills.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use feedwatch::app::{App, Polls, Sends};
use feedwatch::config::{self, Environment};
use feedwatch::model::{Alert, Clock, ManualClock, NotifierName, Reason, SystemClock, Time};
use feedwatch::pipeline::Setup;
use feedwatch::pipeline::outcry::Outcry;
use feedwatch::render::console::Style;
use feedwatch::store::sqlite::OpenOptions;
use feedwatch::store::{SqliteStore, Store, StoreError, Trouble};
use serde_json::Value;

use crate::support::feed::{Entry, rss};
use crate::support::http::{HttpServer, Reply};
use crate::support::program::{Program, hook, watch};
use crate::support::running::Running;
use crate::support::smtp::SmtpServer;

const MINUTE: Duration = Duration::from_secs(60);

/// A desk with a webhook and a mail server, and a clock that stands until it is moved.
struct Desk {
    folder: tempfile::TempDir,
    server: HttpServer,
    post: SmtpServer,
    clock: ManualClock,
    runtime: tokio::runtime::Runtime,
    text: String,
}

impl Desk {
    /// With these tables beside the notifiers `hook` and `desk` and a watch for Helsinki that tells the first.
    fn with(tables: impl Fn(&HttpServer) -> String) -> Self {
        let (server, post) = (HttpServer::start(), SmtpServer::start());
        server.reply("/hook", Reply::status(204));
        let mail = format!(
            "[[notifier]]\nname = \"desk\"\nkind = \"email\"\nfrom = \"feedwatch@example.org\"\nto = [\"desk@example.org\"]\n\
             smtp = {{ host = \"127.0.0.1\", port = {}, tls = \"none\" }}\n",
            post.port()
        );
        let text = format!("[store]\nurl = \"sqlite:store.db\"\n{}", tables(&server))
            + &hook("hook", &server.url("/hook"))
            + &mail
            + &watch("summit", &["Helsinki"], &["hook"]);
        let clock = ManualClock::at(Time::parse_rfc3339("2026-11-24T02:00:00Z").unwrap());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        Self { folder: tempfile::tempdir().unwrap(), server, post, clock, runtime, text }
    }

    fn setup(&self) -> Setup {
        let path = self.folder.path().join("feedwatch.toml");
        std::fs::write(&path, &self.text).unwrap();
        let loaded = config::load(&path, &Environment::default());
        let config = loaded.config.unwrap_or_else(|| panic!("{:?}", loaded.problems));
        Setup::new(config, Style { colour: false, width: usize::MAX }, true).unwrap()
    }

    /// The program, from a start to an end: whatever is done in between, the next one begins anew.
    fn run<T>(&self, story: impl AsyncFnOnce(&Arc<App>) -> T) -> T {
        self.runtime.block_on(async {
            let clock = Arc::new(self.clock.clone());
            let (app, store) = App::open(self.setup(), "test", clock, OpenOptions::default()).await.unwrap();
            let out = story(&app).await;
            drop(app);
            tokio::task::spawn_blocking(move || store.join().unwrap()).await.unwrap();
            out
        })
    }

    /// Time goes on, and a round of the program in a process of its own.
    fn later(&self, by: Duration) -> Vec<Alert> {
        self.clock.advance(by);
        self.run(async |app| round(app, false).await)
    }

    /// The alerts that the webhook has, of the service, by reason, in order.
    fn posted(&self) -> Vec<String> {
        let alerts = self.server.seen("/hook").into_iter().flat_map(|request| {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            match &body["data"]["alerts"] {
                Value::Array(all) => all.clone(),
                _ => vec![body["data"].clone()],
            }
        });
        alerts.filter(|a| a["kind"] == "service").map(|a| a["reason"].as_str().unwrap().to_owned()).collect()
    }

    /// The subjects of the mails that arrived.
    fn subjects(&self) -> Vec<String> {
        let subject = |text: String| {
            let (_, rest) = text.split_once("Subject: ")?;
            Some(decoded(&rest.split("\nDate:").next()?.replace("\r", "").replace("\n ", " ")))
        };
        self.post.accepted().into_iter().filter_map(|m| subject(m.text())).collect()
    }
}

/// A header's text out of its encoded words (RFC 2047), as this program writes them.
fn decoded(header: &str) -> String {
    use base64::Engine;
    let mut bytes = Vec::new();
    for word in header.split(' ') {
        match word.strip_prefix("=?UTF-8?B?").and_then(|w| w.strip_suffix("?=")) {
            Some(word) => bytes.extend(base64::engine::general_purpose::STANDARD.decode(word).unwrap()),
            None => return header.to_owned(),
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// Polls, looks, plans, delivers, and looks at that: as `once` does.
async fn round(app: &Arc<App>, all: bool) -> Vec<Alert> {
    let (mut polls, mut sends) = (Polls::default(), Sends::default());
    app.begin_all(&mut polls, app.now(), all).await.unwrap();
    while let Some(polled) = app.next_polled(&mut polls).await {
        polled.unwrap();
    }
    let mut raised = app.look().await.unwrap();
    loop {
        app.plan_due().await.unwrap();
        loop {
            app.begin_deliveries(&mut sends, app.now()).await.unwrap();
            match app.next_attempted(&mut sends).await {
                Some(attempted) => drop(attempted.unwrap()),
                None => break,
            }
        }
        let more = app.look().await.unwrap();
        if more.is_empty() {
            return raised;
        }
        raised.extend(more);
    }
}

fn reasons(alerts: &[Alert]) -> Vec<Reason> {
    alerts.iter().map(|a| a.reason).collect()
}

fn one_feed(url: &str, rest: &str) -> String {
    format!("[[feed]]\nname = \"world\"\nurl = \"{url}\"\nevery = \"1m\"\nmax_interval = \"2m\"\n{rest}")
}

#[test]
fn a_failing_feed_is_told_once_whatever_is_restarted_and_its_recovery_once() {
    let desk =
        Desk::with(|s| one_feed(&s.url("/world.xml"), "[service]\nnotify = [\"hook\", \"desk\"]\nfailing_polls = 3\n"));
    desk.server.feed("/world.xml", rss(&[Entry::new("1", "Old")]));
    assert_eq!(desk.later(MINUTE), []);
    desk.server.reply("/world.xml", Reply::status(503));
    let mut told = Vec::new();
    // Each round is a start of the program: what it knows stands in the store.
    for _ in 0..20 {
        told.extend(reasons(&desk.later(3 * MINUTE)));
    }
    assert_eq!(told, [Reason::FeedFailing]);
    desk.server.feed("/world.xml", rss(&[Entry::new("1", "Old")]));
    for _ in 0..5 {
        told.extend(reasons(&desk.later(3 * MINUTE)));
    }
    assert_eq!(told, [Reason::FeedFailing, Reason::FeedRecovered]);
    assert_eq!(desk.posted(), ["feed_failing", "feed_recovered"]);
    let subjects = desk.subjects();
    assert_eq!(subjects.len(), 2, "{subjects:?}");
    assert!(subjects[0].contains("world") && subjects[0].contains("fails since 2026-11-24 02:04 UTC"), "{subjects:?}");
    let mail = desk.post.accepted()[0].text();
    assert!(mail.contains("What to do") && mail.contains("feedwatch parse"), "{mail}");
}

#[test]
fn offline_is_told_once_blames_no_feed_and_names_the_hole() {
    let hosts: Vec<HttpServer> = (2..6).map(|n| HttpServer::start_on(&format!("127.0.0.{n}"))).collect();
    let table = |(n, host): (usize, &HttpServer)| {
        format!("[[feed]]\nname = \"feed-{n}\"\nurl = \"{}\"\nevery = \"1m\"\n", host.url("/feed.xml"))
    };
    let feeds: String = hosts.iter().enumerate().map(table).collect();
    let desk =
        Desk::with(|_| format!("{feeds}[service]\nnotify = [\"hook\"]\nfailing_polls = 2\nfailing_after = \"10m\"\n"));
    let all = |reply: fn() -> Reply| hosts.iter().for_each(|h| h.reply("/feed.xml", reply()));
    let here = || Reply::ok(rss(&[Entry::new("1", "Old")])).header("content-type", "application/rss+xml");
    all(here);
    assert_eq!(desk.later(MINUTE), []);
    all(Reply::close);
    let mut told = Vec::new();
    for _ in 0..60 {
        told.extend(reasons(&desk.later(3 * MINUTE)));
    }
    assert_eq!(told, [Reason::Offline], "no feed is blamed for it");
    all(here);
    let mut back = Vec::new();
    for _ in 0..20 {
        back.extend(desk.later(3 * MINUTE));
    }
    assert_eq!(reasons(&back), [Reason::Online]);
    assert!(back[0].sentence.starts_with("no view from 2026-11-24 02:04 to 05:0"), "{}", back[0].sentence);
    assert!(back[0].sentence.ends_with("UTC, 4 feeds"), "{}", back[0].sentence);
    assert_eq!(desk.posted(), ["offline", "online"]);
    // All of them were asked soon, though their pauses had grown.
    for host in &hosts {
        assert!(host.seen("/feed.xml").len() > 5, "{}", host.seen("/feed.xml").len());
    }
}

#[test]
fn a_notifier_that_takes_nothing_is_told_by_another_and_never_by_itself() {
    let tables = "[service]\nnotify = [\"hook\", \"desk\"]\n[defaults]\nfirst_poll = \"all\"\nretry = [\"30s\", \"1m\", \"3m\", \"1h\"]\n";
    let desk = Desk::with(|s| one_feed(&s.url("/world.xml"), tables));
    desk.server.feed("/world.xml", rss(&[Entry::new("1", "Talks in Helsinki")]));
    desk.server.reply("/hook", Reply::status(503));
    let mut told = Vec::new();
    for _ in 0..12 {
        told.extend(desk.later(MINUTE));
    }
    assert_eq!(reasons(&told), [Reason::NotifierFailing]);
    assert!(
        told[0].sentence.starts_with("notifier “hook” takes nothing since 2026-11-24 02:01 UTC: "),
        "{}",
        told[0].sentence
    );
    assert_eq!(
        desk.posted(),
        Vec::<String>::new(),
        "not through itself, though it is among those who hear of the service"
    );
    assert_eq!(desk.subjects().len(), 1);
    desk.server.reply("/hook", Reply::status(204));
    let mut over = Vec::new();
    for _ in 0..8 {
        over.extend(desk.later(30 * MINUTE));
    }
    assert_eq!(reasons(&over), [Reason::NotifierRecovered]);
    assert_eq!(desk.subjects().len(), 2, "{:?}", desk.subjects());
    assert_eq!(desk.posted(), Vec::<String>::new());
}

#[test]
fn a_webhook_that_is_gone_is_told_at_once_and_again_when_it_goes_again() {
    let tables = "[defaults]\nfirst_poll = \"all\"\n";
    let desk = Desk::with(|s| one_feed(&s.url("/world.xml"), tables));
    desk.server.feed("/world.xml", rss(&[Entry::new("1", "Talks in Helsinki")]));
    desk.server.reply("/hook", Reply::status(410));
    // Nobody is named for the service: the console of a daemon is read by nobody, so every other notifier hears of it.
    assert_eq!(reasons(&desk.later(MINUTE)), [Reason::NotifierFailing]);
    let subjects = desk.subjects();
    assert!(
        subjects.len() == 1 && subjects[0].contains("hook") && subjects[0].contains("is off since"),
        "{subjects:?}"
    );
    assert_eq!(desk.later(MINUTE), []);
    let store = || SqliteStore::beside(&desk.folder.path().join("store.db")).unwrap();
    assert!(store().switch_on(&NotifierName::new("hook")).unwrap());
    desk.server
        .feed("/world.xml", rss(&[Entry::new("2", "More talks in Helsinki"), Entry::new("1", "Talks in Helsinki")]));
    let again = desk.later(2 * MINUTE);
    assert!(reasons(&again).contains(&Reason::NotifierFailing), "{again:?}");
}

#[test]
fn many_feeds_that_fail_together_are_one_message() {
    let desk = Desk::with(|s| {
        let feed = |n: usize| {
            format!("[[feed]]\nname = \"feed-{n}\"\nurl = \"{}\"\nevery = \"1m\"\n", s.url(&format!("/{n}.xml")))
        };
        let feeds: String = (0..8).map(feed).collect();
        format!("{feeds}[service]\nnotify = [\"hook\", \"desk\"]\nfailing_polls = 2\n")
    });
    for _ in 0..4 {
        desk.later(3 * MINUTE);
    }
    assert_eq!(desk.posted(), ["feed_failing"; 8]);
    assert_eq!(desk.server.seen("/hook").len(), 1, "as one digest");
    assert_eq!(desk.subjects().len(), 1, "{:?}", desk.subjects());
}

#[test]
fn a_trouble_from_outside_is_told_once_while_it_stands() {
    let desk = Desk::with(|_| "[service]\nnotify = [\"hook\"]\n".to_owned());
    let raise = || {
        desk.run(async |app| {
            app.raise_service(Reason::ConfigRejected, "", "feedwatch.toml:3:1: unknown key").await.unwrap()
        })
    };
    let first = raise().unwrap();
    assert_eq!(first.sentence, "the configuration was rejected at 2026-11-24 02:00 UTC, and the old one runs on");
    assert_eq!(first.service.unwrap().details, ["feedwatch.toml:3:1: unknown key"]);
    desk.clock.advance(MINUTE);
    assert_eq!(raise(), None, "it stands, and has been told");
    desk.later(MINUTE);
    assert_eq!(desk.posted(), ["config_rejected"]);
    assert!(desk.run(async |app| app.end_service(Reason::ConfigRejected, "").await.unwrap()));
    assert!(!desk.run(async |app| app.end_service(Reason::ConfigRejected, "").await.unwrap()));
    assert!(raise().is_some(), "a mistake after a good file is another one");
    desk.run(async |app| app.end_service(Reason::ConfigRejected, "").await.unwrap());
    desk.clock.advance(6 * 60 * MINUTE);
    assert!(raise().is_some());
}

#[test]
fn a_store_that_cannot_be_written_is_told_past_it_and_nobody_hears_it_twice() {
    let desk = Desk::with(|_| "[service]\nnotify = [\"hook\", \"desk\"]\n".to_owned());
    desk.post.always("mail", "451 later");
    desk.run(async |app| {
        let error = StoreError::new(Trouble::Full, "no space left for the store");
        let mut outcry = Outcry::of(&error, app.now());
        assert_eq!(outcry.tell(&app.setup(), app.now()).await, 1, "the mail server takes nothing");
        assert_eq!(outcry.tell(&app.setup(), app.now()).await, 1);
        assert_eq!(desk.posted(), ["disk_full"], "the hook is told once");
        desk.post.always("mail", "250 ok");
        desk.clock.advance(10 * MINUTE);
        assert_eq!(app.outcry_over(&outcry).await.unwrap().len(), 2);
        round(app, false).await;
    });
    assert_eq!(desk.posted(), ["disk_full", "store_recovered"]);
    let subjects = desk.subjects();
    assert!(subjects.len() == 1 && subjects[0].starts_with("2 alerts: there is no space left"), "{subjects:?}");
}

#[test]
fn the_daily_line_counts_since_the_last_one_and_comes_once_across_restarts() {
    let tables = "[heartbeat]\ndaily = \"08:00\"\ntimezone = \"Asia/Amman\"\nnotify = [\"desk\"]\n[defaults]\nfirst_poll = \"all\"\n";
    let desk = Desk::with(|s| one_feed(&s.url("/world.xml"), tables));
    desk.server.feed("/world.xml", rss(&[Entry::new("1", "Old")]));
    assert_eq!(desk.later(MINUTE), [], "the first start counts from now on");
    desk.server.feed("/world.xml", rss(&[Entry::new("2", "Talks in Helsinki"), Entry::new("1", "Old")]));
    // 08:00 in Amman is 05:00 UTC.
    let mut told = Vec::new();
    for _ in 0..40 {
        told.extend(desk.later(5 * MINUTE));
    }
    assert_eq!(told.iter().map(|a| a.sentence.as_str()).collect::<Vec<_>>(), ["alive: 1 feed, 1 item, 1 alert"]);
    assert_eq!(told[0].service.as_ref().unwrap().since.to_string(), "2026-11-24T05:00:00Z");
    assert_eq!(desk.subjects(), ["alive: 1 feed, 1 item, 1 alert"]);
    let next: Vec<Alert> = (0..24).flat_map(|_| desk.later(60 * MINUTE)).collect();
    assert_eq!(next.iter().map(|a| a.sentence.as_str()).collect::<Vec<_>>(), ["alive: 1 feed, 0 items, 0 alerts"]);
    // Down for a week: one line, of the last time that was due, and only if that is not long past.
    let late = desk.later(7 * 24 * 60 * MINUTE);
    assert!(late.len() <= 1, "{late:?}");
}

#[test]
fn the_ping_goes_out_while_all_is_well_and_stops_when_it_is_not() {
    let desk = Desk::with(|s| {
        format!("[heartbeat]\nurl = \"{}\"\nmethod = \"POST\"\nevery = \"5m\"\n", s.url("/ping?key=hunter2"))
    });
    desk.server.reply("/ping", Reply::status(200));
    let pings = || desk.server.requests().iter().filter(|r| r.path().starts_with("/ping")).count();
    let ping = |by: u32| {
        desk.clock.advance(by * MINUTE);
        desk.run(async |app| app.ping().await.unwrap())
    };
    assert_eq!((ping(0), pings()), (Some(Ok(())), 1));
    assert_eq!((ping(4), pings()), (None, 1), "not due, and a restart does not change that");
    assert_eq!((ping(1), pings()), (Some(Ok(())), 2));
    desk.run(async |app| app.raise_service(Reason::ConfigRejected, "", "x").await.unwrap());
    assert_eq!((ping(30), pings()), (None, 2), "silence is what the other side waits for");
    desk.run(async |app| app.end_service(Reason::ConfigRejected, "").await.unwrap());
    desk.server.reply("/ping", Reply::status(500));
    let said = ping(30).unwrap().unwrap_err();
    assert_eq!(said, "answered 500");
    assert!(!format!("{:?}", desk.setup().config).contains("hunter2"), "the address is a secret");
}

#[test]
fn status_says_the_worst_first_and_works_beside_whatever_holds_the_store() {
    let server = HttpServer::start();
    server.feed("/good.xml", rss(&[Entry::new("1", "Old")]));
    server.reply("/bad.xml", Reply::status(403));
    let tables = format!(
        "[[feed]]\nname = \"good\"\nurl = \"{}\"\nevery = \"1h\"\n[[feed]]\nname = \"bad\"\nurl = \"{}\"\nevery = \"1h\"\n",
        server.url("/good.xml"),
        server.url("/bad.xml")
    );
    let program = Program::new(&(tables + &watch("summit", &["Helsinki"], &["console"])));
    program.once();
    let said = program.run(&["status"]);
    let lines: Vec<&str> = said.out.lines().collect();
    assert!(lines[0].starts_with("feed “bad” fails since ") && lines[0].contains("403 Forbidden"), "{said:?}");
    assert!(said.out.contains("not running, last turned"), "{said:?}");
    let at = |name: &str| lines.iter().position(|l| l.starts_with(name)).unwrap();
    assert!(at("bad ") < at("good "), "those in trouble come first: {said:?}");
    // Somebody writes, and does not end.
    let other = rusqlite::Connection::open(program.path("store.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE; DELETE FROM fact").unwrap();
    let locked = program.run(&["status", "--watch"]);
    assert_eq!((locked.code, locked.out.lines().next()), (0, Some(lines[0])), "{locked:?}");
    drop(other);
    let daemon = Running::start(&program);
    daemon.until(|| program.run(&["status", "--json"]).of("service")[0]["running"] == true);
    let record = program.run(&["status", "--json"]).records().remove(0);
    assert!(record["holder"].as_str().unwrap().starts_with("feedwatch run, process "), "{record}");
    assert_eq!(record["findings"].as_array().unwrap().len(), 1, "{record}");
    daemon.stop();
}

#[test]
fn status_beside_a_bad_file_says_both() {
    let server = HttpServer::start();
    server.feed("/good.xml", rss(&[Entry::new("1", "Old")]));
    server.reply("/bad.xml", Reply::status(403));
    let feed = |name: &str| {
        format!("[[feed]]\nname = \"{name}\"\nurl = \"{}\"\nevery = \"1h\"\n", server.url(&format!("/{name}.xml")))
    };
    let good = feed("good") + &feed("bad") + &watch("summit", &["Helsinki"], &["console"]);
    let program = Program::new(&good);
    let mistake = "[[watch]]\nname = \"empty\"\nterms = [\"\"]\n";
    // Nothing is known yet: the diagnosis alone.
    program.configure(&(good.clone() + mistake));
    let said = program.run(&["status"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""), "{said:?}");
    program.configure(&good);
    program.once();
    program.configure(&(good.clone() + mistake));
    let said = program.run(&["status"]);
    assert_eq!(said.code, 2, "{said:?}");
    let first = said.out.lines().next().unwrap();
    assert!(first.starts_with("the configuration cannot be used: ") && first.contains("a term is empty"), "{said:?}");
    assert!(said.out.contains("also: feed “bad” fails since"), "{said:?}");
    assert!(said.out.lines().any(|l| l.starts_with("good ")) && said.out.contains("outbox:"), "{said:?}");
    assert!(said.err.contains("terms = [\"\"]") && said.err.ends_with("feedwatch.toml: 1 mistake\n"), "{said:?}");
    let records = program.run(&["status", "--json"]);
    assert_eq!((records.code, records.of("feed").len(), records.of("outbox").len()), (2, 2, 1), "{records:?}");
    assert_eq!(records.records()[0]["healthy"], false);
    // A daemon has told it: since when, and what runs.
    program.configure(&good);
    let daemon = Running::start(&program);
    program.configure(&(good.clone() + mistake));
    daemon.signal(rustix::process::Signal::HUP);
    daemon.says("the old one runs on");
    daemon.until(|| program.run(&["status"]).out.contains(", and was rejected at 20"));
    let said = program.run(&["status"]);
    assert!(said.out.lines().next().unwrap().contains("; the one accepted before runs on; mend the file"), "{said:?}");
    daemon.stop();
}

#[test]
fn status_says_when_nobody_polls() {
    let server = HttpServer::start();
    server.feed("/world.xml", rss(&[Entry::new("1", "Old")]));
    let program = Program::new(&one_feed(&server.url("/world.xml"), &watch("summit", &["Helsinki"], &["console"])));
    program.once();
    assert_eq!(program.run(&["status"]).out.lines().next(), Some("healthy"));
    // Twenty minutes pass: the feed was polled then, and was due long ago.
    let past = SystemClock.now().minus(20 * MINUTE).ms();
    let store = rusqlite::Connection::open(program.path("store.db")).unwrap();
    store.execute("UPDATE feed SET last_poll = ?1, next_poll = ?1 + 60000", [past]).unwrap();
    let said = program.run(&["status"]);
    let first = said.out.lines().next().unwrap();
    assert!(first.starts_with("nobody polls since ") && first.contains("1 feed is overdue"), "{first}");
}

#[test]
fn status_of_a_store_that_cannot_be_read_says_so_first() {
    let program = Program::new("");
    std::fs::write(program.path("store.db"), "this is no database, and long enough to be asked").unwrap();
    let said = program.run(&["status"]);
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    assert!(said.err.contains("no SQLite database"), "{said:?}");
    let record = program.run(&["status", "--json"]).records().remove(0);
    assert_eq!((record["healthy"].as_bool(), record["running"].is_null()), (Some(false), true), "{record}");
}

// ---- Killed at every statement

const KILL_AT: &str = "FEEDWATCH_TEST_KILL_AT";
const CONFIG: &str = "FEEDWATCH_TEST_HEALTH";

static STATEMENTS: AtomicUsize = AtomicUsize::new(0);

fn die_in_time() {
    let number = STATEMENTS.fetch_add(1, Ordering::SeqCst) + 1;
    let at = std::env::var(KILL_AT).ok().and_then(|n| n.parse().ok());
    if at == Some(number) {
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        loop {
            std::thread::park();
        }
    }
}

/// One round in a process that dies before a statement; not a story of its own.
#[test]
#[ignore = "started by the story below, as a process that is killed"]
fn child() {
    let Ok(path) = std::env::var(CONFIG) else { return };
    let config = config::load(Path::new(&path), &Environment::default()).config.unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let setup = Setup::new(config, Style { colour: false, width: usize::MAX }, true).unwrap();
        let options = OpenOptions { on_statement: Some(die_in_time) };
        let (app, store) = App::open(setup, "test", Arc::new(SystemClock), options).await.unwrap();
        round(&app, true).await;
        drop(app);
        tokio::task::spawn_blocking(move || store.join().unwrap()).await.unwrap();
    });
    std::fs::write(format!("{path}.statements"), STATEMENTS.load(Ordering::SeqCst).to_string()).unwrap();
}

#[test]
fn killed_before_any_statement_each_trouble_is_told_and_none_twice() {
    let server = HttpServer::start();
    server.reply("/bad.xml", Reply::status(503));
    server.reply("/gone", Reply::status(410));
    server.feed("/world.xml", rss(&[Entry::new("1", "Talks in Helsinki")]));
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| {
        let text = format!(
            "[store]\nurl = \"sqlite:{name}.db\"\n[service]\nnotify = [\"desk\"]\nfailing_polls = 1\n[defaults]\nfirst_poll = \"all\"\n\
             [[feed]]\nname = \"bad\"\nurl = \"{}\"\n[[feed]]\nname = \"world\"\nurl = \"{}\"\n",
            server.url("/bad.xml"),
            server.url("/world.xml")
        ) + &hook("gone", &server.url("/gone"))
            + &hook("desk", &server.url(&format!("/{name}")))
            + &watch("summit", &["Helsinki"], &["gone"]);
        server.reply(&format!("/{name}"), Reply::status(204));
        let path = folder.path().join(format!("{name}.toml"));
        std::fs::write(&path, text).unwrap();
        path
    };
    let run = |config: &Path, at: usize| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "health::child", "--ignored", "--quiet"]);
        command.env(CONFIG, config).env(KILL_AT, at.to_string()).stdout(std::process::Stdio::null());
        command.stderr(std::process::Stdio::null()).status().unwrap().success()
    };
    let whole = place("whole");
    assert!(run(&whole, 0));
    let told = |name: &str| -> (BTreeSet<String>, Vec<String>) {
        let (mut ids, mut reasons) = (BTreeSet::new(), Vec::new());
        for request in server.seen(&format!("/{name}")) {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            let one = vec![body["data"].clone()];
            for alert in body["data"]["alerts"].as_array().unwrap_or(&one) {
                if ids.insert(alert["id"].as_str().unwrap().to_owned()) {
                    reasons.push(alert["reason"].as_str().unwrap().to_owned());
                }
            }
        }
        reasons.sort();
        (ids, reasons)
    };
    let expected = ["feed_failing", "notifier_failing"];
    assert_eq!(told("whole").1, expected);
    let statements: usize =
        std::fs::read_to_string(format!("{}.statements", whole.display())).unwrap().parse().unwrap();
    assert!(statements > 60, "only {statements} statements were seen: the story proves nothing");
    let next = AtomicUsize::new(1);
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::SeqCst);
                    if at > statements {
                        return;
                    }
                    let name = format!("killed-{at}");
                    let config = place(&name);
                    run(&config, at);
                    assert!(run(&config, 0), "before statement {at}");
                    assert_eq!(told(&name).1, expected, "killed before statement {at}");
                }
            });
        }
    });
    println!("killed before each of {statements} statements");
}
