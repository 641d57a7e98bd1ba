//! SIGKILL at every statement of the three steps, and starting again: every alert arrives, none is raised twice.
//!
//! The process that is killed is this test binary itself, started again as [`child`]: it runs one round through the
//! library, on a store that calls back before each SQL statement. Between two statements nothing is written, so this
//! visits every state that a kill can leave behind, the one between a receiver's "yes" and the settle included.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use feedwatch::app::{App, Polls, Sends};
use feedwatch::config::{self, Environment};
use feedwatch::model::SystemClock;
use feedwatch::pipeline::Setup;
use feedwatch::render::console::Style;
use feedwatch::store::sqlite::OpenOptions;
use feedwatch::store::{AlertFilter, SqliteStore, Store};

use crate::support::feed::{Entry, rss};
use crate::support::http::{HttpServer, Reply};
use crate::support::smtp::SmtpServer;

/// The statement before which the child dies; 0: none.
const KILL_AT: &str = "FEEDWATCH_TEST_KILL_AT";
const CONFIG: &str = "FEEDWATCH_TEST_CONFIG";

static STATEMENTS: AtomicUsize = AtomicUsize::new(0);

fn die_in_time() {
    let number = STATEMENTS.fetch_add(1, Ordering::SeqCst) + 1;
    let at = std::env::var(KILL_AT).ok().and_then(|n| n.parse().ok());
    if at == Some(number) {
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        // The kernel needs no longer than this to end us.
        loop {
            std::thread::park();
        }
    }
}

/// One round, as `once --all` makes it; not a story of its own.
#[test]
#[ignore = "started by the story below, as a process that is killed"]
fn child() {
    let Ok(path) = std::env::var(CONFIG) else { return };
    let loaded = config::load(Path::new(&path), &Environment::default());
    let config = loaded.config.expect("the story's configuration is right");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("starts");
    let options = OpenOptions { on_statement: Some(die_in_time) };
    runtime.block_on(async {
        let setup = Setup::new(config, Style { colour: false, width: usize::MAX }, true).expect("compiles");
        let (app, store) = App::open(setup, "test", Arc::new(SystemClock), options).await.expect("opens");
        let (mut polls, mut sends) = (Polls::default(), Sends::default());
        app.begin_all(&mut polls, app.now(), true).await.expect("claims");
        while let Some(polled) = app.next_polled(&mut polls).await {
            polled.expect("settles");
        }
        app.plan_due().await.expect("plans");
        let now = app.now();
        loop {
            app.begin_deliveries(&mut sends, now).await.expect("claims");
            match app.next_attempted(&mut sends).await {
                Some(attempted) => drop(attempted.expect("settles")),
                None => break,
            }
        }
        drop((app, polls, sends));
        store.join().expect("the store's thread ends");
    });
    std::fs::write(format!("{path}.statements"), STATEMENTS.load(Ordering::SeqCst).to_string()).expect("writes");
}

struct Scene {
    folder: tempfile::TempDir,
    server: HttpServer,
    post: SmtpServer,
    /// What a configuration says besides, and of the watch `Helsinki`.
    more: String,
    helsinki: &'static str,
}

impl Scene {
    fn new() -> Self {
        let scene = Self {
            folder: tempfile::tempdir().expect("a folder"),
            server: HttpServer::start(),
            post: SmtpServer::start(),
            more: String::new(),
            helsinki: "",
        };
        scene.server.feed("/feed.xml", rss(&[Entry::new("old", "Talks in Helsinki on Monday")]));
        scene
    }

    /// A folder with a configuration whose webhook and mail recipient are named after it.
    fn place(&self, name: &str) -> PathBuf {
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join("feedwatch.toml");
        let text = format!(
            "[store]\nurl = \"sqlite:store.db\"\n[[feed]]\nname = \"world\"\nurl = \"{}\"\nevery = \"1h\"\n\
             [[notifier]]\nname = \"hook\"\nkind = \"webhook\"\nurl = \"{}\"\n\
             [[notifier]]\nname = \"desk\"\nkind = \"email\"\nfrom = \"feedwatch@example.org\"\nto = [\"{name}@example.org\"]\n\
             smtp = {{ host = \"127.0.0.1\", port = {}, tls = \"none\" }}\n\
             [[watch]]\nname = \"Helsinki\"\nterms = [\"Helsinki\"]\nnotify = [\"hook\", \"desk\"]\n{}\
             [[watch]]\nname = \"talks\"\nterms = [\"talks\"]\nnotify = [\"hook\", \"desk\"]\n{}",
            self.server.url("/feed.xml"),
            self.server.url(&format!("/{name}")),
            self.post.port(),
            self.helsinki,
            self.more,
        );
        std::fs::write(&path, text).expect("writes");
        self.server.reply(&format!("/{name}"), Reply::status(204));
        path
    }

    /// The store of one place, for another.
    fn copy(&self, from: &Path, name: &str) -> PathBuf {
        let config = self.place(name);
        for file in ["store.db", "store.db-wal"] {
            let from = from.with_file_name(file);
            if from.exists() {
                std::fs::copy(from, config.with_file_name(file)).expect("copies");
            }
        }
        config
    }

    /// What the hook of a place has accepted: for each alert the delivery ids under which it came.
    fn told(&self, name: &str) -> BTreeMap<String, BTreeSet<String>> {
        let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for request in self.server.seen(&format!("/{name}")) {
            let body: serde_json::Value = serde_json::from_slice(&request.body).expect("JSON");
            let id = body["data"]["id"].as_str().expect("an alert's id").to_owned();
            told.entry(id).or_default().insert(request.header("webhook-id").expect("an id").to_owned());
        }
        told
    }

    /// The mails that a place's recipient has, by Message-ID: how often each came.
    fn mailed(&self, name: &str) -> BTreeMap<String, usize> {
        let mut mailed = BTreeMap::new();
        let address = format!("{name}@example.org");
        for mail in self.post.accepted().into_iter().filter(|m| m.to.contains(&address)) {
            let text = mail.text();
            let id = text.lines().find_map(|l| l.strip_prefix("Message-ID: ")).expect("an id").to_owned();
            *mailed.entry(id).or_insert(0) += 1;
        }
        mailed
    }
}

/// Runs the child; whether it lived to the end.
fn round(config: &Path, kill_at: usize) -> bool {
    let status = Command::new(std::env::current_exe().expect("this binary"))
        .args(["--exact", "kill::child", "--ignored", "--quiet"])
        .env(CONFIG, config)
        .env(KILL_AT, kill_at.to_string())
        .stdout(std::process::Stdio::null())
        .status()
        .expect("starts");
    assert!(status.success() || kill_at > 0, "the round failed by itself");
    status.success()
}

#[test]
fn killed_before_any_statement_nothing_is_lost_and_nothing_raised_twice() {
    let scene = Scene::new();
    let template = scene.place("template");
    round(&template, 0);
    scene.server.feed(
        "/feed.xml",
        rss(&[
            Entry::new("new-2", "More talks in Helsinki"),
            Entry::new("new-1", "Talks about talks"),
            Entry::new("old", "Talks in Helsinki on Thursday"),
        ]),
    );
    let copy = |name: &str| scene.copy(&template, name);
    let whole = copy("whole");
    round(&whole, 0);
    let expected = scene.told("whole");
    assert_eq!(expected.len(), 5, "two new items and an edit, two watches, one of them twice: {expected:?}");
    let statements = statements(&whole);
    let mails = scene.mailed("whole");
    assert_eq!(mails.len(), 3, "all that is said of an item in one mail: {mails:?}");
    before_each(statements, |at| {
        let name = format!("killed-{at}");
        let config = copy(&name);
        let lived = round(&config, at);
        round(&config, 0);
        let told = scene.told(&name);
        assert_eq!(told, expected, "killed before statement {at} (lived: {lived})");
        let mailed = scene.mailed(&name);
        assert!(mailed.keys().eq(mails.keys()), "mails, killed before statement {at}: {mailed:?}");
        let twice = mailed.values().sum::<usize>() - mailed.len();
        assert!(twice <= 2, "{twice} mails came twice: more than what was under way before statement {at}");
        let repeats = scene.server.seen(&format!("/{name}")).len() - told.len();
        assert!(repeats <= 4, "{repeats} repeats: more than what was under way before statement {at}");
        let mut store = SqliteStore::beside(&config.with_file_name("store.db")).expect("opens");
        assert_eq!(store.alerts(AlertFilter::default()).expect("lists").len(), expected.len());
        let outbox = store.outbox().expect("counts");
        assert_eq!((outbox.pending, outbox.held, outbox.dead), (0, 0, 0), "before statement {at}");
    });
}

/// What another feed brings of a story is told in it, or recorded, once, and never forgets what it follows.
#[test]
fn killed_before_any_statement_a_story_stays_one() {
    let mut scene = Scene::new();
    scene.helsinki = "story = \"record\"\n";
    scene.more = format!("[[feed]]\nname = \"other\"\nurl = \"{}\"\nevery = \"1h\"\n", scene.server.url("/other.xml"));
    scene.server.feed("/other.xml", rss(&[Entry::new("x", "Nothing yet")]));
    let template = scene.place("template");
    round(&template, 0);
    let first = Entry::new("new-1", "More talks in Helsinki");
    scene.server.feed("/feed.xml", rss(&[first.clone(), Entry::new("old", "Talks in Helsinki on Monday")]));
    round(&template, 0);
    assert_eq!(scene.told("template").len(), 2, "what the story begins with, by two watches");
    let follower = Entry { link: first.link, ..Entry::new("y", "Helsinki: talks go on") };
    scene.server.feed("/other.xml", rss(&[follower, Entry::new("x", "Nothing yet")]));
    let whole = scene.copy(&template, "whole");
    round(&whole, 0);
    let (expected, mails, kept) = (scene.told("whole"), scene.mailed("whole"), story_of(&whole));
    assert_eq!(
        (expected.len(), mails.len()),
        (1, 1),
        "one watch tells what follows, the other records it: {expected:?}"
    );
    assert_eq!(kept.matches("recorded").count(), 2, "{kept}");
    let statements = statements(&whole);
    before_each(statements, |at| {
        let name = format!("killed-{at}");
        let config = scene.copy(&template, &name);
        round(&config, at);
        round(&config, 0);
        assert_eq!(scene.told(&name), expected, "killed before statement {at}");
        assert!(scene.mailed(&name).keys().eq(mails.keys()), "mails, killed before statement {at}");
        assert_eq!(story_of(&config), kept, "killed before statement {at}");
        let follows = scene.server.seen(&format!("/{name}"));
        assert!(follows.iter().all(|request| request.text().contains("\"follows\":{")), "before statement {at}");
    });
}

/// Every alert of a place, with what it follows for whom.
fn story_of(config: &Path) -> String {
    let mut store = SqliteStore::beside(&config.with_file_name("store.db")).expect("opens");
    let mut all: Vec<String> = Vec::new();
    for told in store.alerts(AlertFilter::default()).expect("lists") {
        let first = store.follows(&told.alert.id).expect("asks").map(|first| first.alert.to_string());
        let recorded: Vec<String> =
            told.recorded.iter().map(|r| format!("recorded for {} behind {}", r.notifier, r.follows.alert)).collect();
        all.push(format!("{} {} {first:?} {}", told.alert.id, told.deliveries.len(), recorded.join(", ")));
    }
    all.sort();
    all.join("\n")
}

/// How many statements the round of a place made.
fn statements(config: &Path) -> usize {
    std::fs::read_to_string(format!("{}.statements", config.display())).expect("counted").parse().expect("a number")
}

/// Visits each of so many, two at a time.
fn before_each(statements: usize, visit: impl Fn(usize) + Sync) {
    assert!(statements > 40, "only {statements} statements were seen: the story proves nothing");
    let next = AtomicUsize::new(1);
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::SeqCst);
                    if at > statements {
                        return;
                    }
                    visit(at);
                }
            });
        }
    });
    println!("killed before each of {statements} statements");
}
