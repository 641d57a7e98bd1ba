//! The configuration changes while the daemon runs: on a signal, on disk, rightly and wrongly.

use std::os::unix::net::UnixDatagram;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use feedwatch::app::{App, Polls, Sends};
use feedwatch::config::{self, Environment};
use feedwatch::model::{Clock, DeliveryState, SystemClock, Time};
use feedwatch::pipeline::{PolledAs, Setup};
use feedwatch::render::console::Style;
use feedwatch::store::sqlite::OpenOptions;
use rustix::process::Signal;

use crate::support::feed::{Entry, rss};
use crate::support::http::{HttpServer, Reply};
use crate::support::program::{Program, hook, watch};
use crate::support::running::Running;

/// A feed that is polled each second, a hook, a watch for Helsinki.
fn scene() -> (HttpServer, Program, String) {
    let server = HttpServer::start();
    server.feed("/feed.xml", rss(&[]));
    server.reply("/hook", Reply::status(204));
    let configuration = feed("world", &server.url("/feed.xml"))
        + &hook("hook", &server.url("/hook"))
        + "[service]\nnotify = [\"hook\"]\n"
        + &watch("w", &["Helsinki"], &["hook"]);
    (server, Program::new(&configuration), configuration)
}

fn feed(name: &str, url: &str) -> String {
    format!("[[feed]]\nname = \"{name}\"\nurl = \"{url}\"\nevery = \"1s\"\n")
}

const WATCH_FILES: &str = "[reload]\nwatch_files = true\n";
const BROKEN: &str = "[[watch]]\nname = \"broken\"\nterms = [\"\"]\n";

/// The service alerts of this reason that a hook has taken.
fn service_news(server: &HttpServer, reason: &str) -> usize {
    server.seen("/hook").iter().filter(|r| String::from_utf8_lossy(&r.body).contains(reason)).count()
}

#[test]
fn a_line_says_what_has_changed() {
    let (server, program, configuration) = scene();
    let daemon = Running::start(&program);
    let more = watch("a", &["a"], &["hook"]) + &watch("b", &["b"], &["hook"]) + &feed("more", &server.url("/more.xml"));
    program.configure(&(configuration.replace("Helsinki", "Turku") + &more));
    daemon.signal(Signal::HUP);
    let said = daemon.says("reloaded:");
    assert!(said.contains("reloaded: +1 feed, +2 watches, ~1 watch; now 2 feeds, 3 watches, 1 notifier"), "{said}");
    program.configure(&configuration);
    daemon.signal(Signal::HUP);
    let said = daemon.says("reloaded:");
    assert!(said.contains("reloaded: -1 feed, -2 watches, ~1 watch; now 1 feed, 1 watch, 1 notifier"), "{said}");
    daemon.signal(Signal::HUP);
    daemon.says("reloaded: nothing has changed; now");
    daemon.stop();
}

#[test]
fn a_changed_file_is_read_without_being_asked_and_a_new_one_that_a_pattern_finds() {
    let (server, program, configuration) = scene();
    std::fs::create_dir(program.path("watches.d")).unwrap();
    let main = std::fs::read_to_string(program.path("feedwatch.toml")).unwrap();
    std::fs::write(program.path("feedwatch.toml"), format!("include = [\"watches.d/*.toml\"]\n{main}{WATCH_FILES}"))
        .unwrap();
    let daemon = Running::start(&program);
    server.wait_for_blocking("/feed.xml", 1);
    std::fs::write(program.path("watches.d/turku.toml"), watch("t", &["Turku"], &["hook"])).unwrap();
    daemon.says("reloaded: +1 watch; now 1 feed, 2 watches");
    // A poll that began before ends under the old one.
    server.wait_for_blocking("/feed.xml", server.seen("/feed.xml").len() + 2);
    server.feed("/feed.xml", rss(&[Entry::new("1", "Talks in Turku")]));
    server.wait_for_blocking("/hook", 1);
    std::fs::remove_file(program.path("watches.d/turku.toml")).unwrap();
    daemon.says("reloaded: -1 watch; now 1 feed, 1 watch");
    // Without the key a change waits for a signal.
    program.configure(&configuration);
    daemon.says("reloaded: other settings; now");
    program.configure(&(configuration + &watch("late", &["x"], &["hook"])));
    server.wait_for_blocking("/feed.xml", server.seen("/feed.xml").len() + 6);
    daemon.signal(Signal::HUP);
    daemon.says("reloaded: +1 watch; now");
    daemon.stop();
}

#[test]
fn a_bad_file_is_told_once_with_its_place_and_again_only_after_a_good_one() {
    let (server, program, configuration) = scene();
    let daemon = Running::start(&program);
    program.configure(&(configuration.clone() + BROKEN));
    for _ in 0..2 {
        daemon.signal(Signal::HUP);
        let said = daemon.says("a term is empty");
        assert!(said.contains("feedwatch.toml:20:10:"), "{said}");
        assert!(daemon.says("the old one runs on: ").contains("feedwatch.toml: 1 mistake"));
    }
    server.wait_for_blocking("/hook", 1);
    program.configure(&configuration);
    let status = program.run(&["status"]);
    assert!(status.out.lines().next().is_some_and(|l| l.contains("configuration")), "{status:?}");
    daemon.signal(Signal::HUP);
    daemon.says("the configuration is good again");
    assert!(program.run(&["status"]).out.starts_with("healthy"));
    assert_eq!(service_news(&server, "config_rejected"), 1);
    program.configure(&(configuration + BROKEN));
    daemon.signal(Signal::HUP);
    daemon.says("1 mistake");
    server.wait_for_blocking("/hook", 2);
    assert_eq!(service_news(&server, "config_rejected"), 2);
    daemon.stop();
}

#[test]
fn systemd_hears_that_it_reads_and_that_it_has_read() {
    let (_server, program, _) = scene();
    let path = program.path("notify.socket");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let hear = || {
        let mut buffer = [0; 4096];
        let length = socket.recv(&mut buffer).expect("it says something");
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    };
    let daemon = Running::begin(&program, |c| {
        c.env("NOTIFY_SOCKET", &path);
    });
    while !hear().contains("READY=1") {}
    daemon.signal(Signal::HUP);
    let mut said = hear();
    while !said.contains("RELOADING=1") {
        said = hear();
    }
    assert!(said.contains("MONOTONIC_USEC="), "{said}");
    while !hear().contains("READY=1") {}
    // A file that is refused has been read too.
    program.configure(BROKEN);
    daemon.signal(Signal::HUP);
    while !hear().contains("RELOADING=1") {}
    while !hear().contains("READY=1") {}
    daemon.stop();
}

#[test]
fn a_start_that_takes_long_asks_for_more_time() {
    let (_server, program, _) = scene();
    program.once();
    let path = program.path("notify.socket");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let other = rusqlite::Connection::open(program.path("store.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let daemon = Running::begin(&program, |c| {
        c.env("NOTIFY_SOCKET", &path);
    });
    let mut buffer = [0; 4096];
    let length = socket.recv(&mut buffer).expect("it says something");
    assert_eq!(&buffer[..length], b"EXTEND_TIMEOUT_USEC=30000000\n");
    other.execute_batch("ROLLBACK").unwrap();
    daemon.says("ready:");
    daemon.stop();
}

#[test]
fn a_second_signal_ends_it_at_once_and_loses_nothing() {
    let (server, program, _) = scene();
    program.once();
    server.reply("/hook", Reply::hang());
    server.feed("/feed.xml", rss(&[Entry::new("1", "Talks in Helsinki")]));
    let daemon = Running::start(&program);
    server.wait_for_blocking("/hook", 1);
    daemon.signal(Signal::TERM);
    daemon.says("stopping");
    daemon.signal(Signal::INT);
    let (code, said) = daemon.end();
    assert_eq!(code, Some(0));
    assert!(said.iter().any(|line| line.contains("a second signal: ended at once")), "{said:?}");
    assert!(!said.iter().any(|line| line.contains("cut off")), "{said:?}");
    server.reply("/hook", Reply::status(204));
    let daemon = Running::start(&program);
    let receipts = server.wait_for_blocking("/hook", 2);
    assert_eq!(receipts[0].header("webhook-id"), receipts[1].header("webhook-id"));
    daemon.stop();
}

#[test]
fn a_feed_with_another_address_keeps_its_history() {
    let (server, program, configuration) = scene();
    server.feed("/feed.xml", rss(&[Entry::new("1", "Talks in Helsinki")]));
    let daemon = Running::start(&program);
    server.wait_for_blocking("/feed.xml", 1);
    // The same document elsewhere, with one more item: a new feed would note both in silence.
    server.feed("/moved.xml", rss(&[Entry::new("2", "More from Helsinki"), Entry::new("1", "Talks in Helsinki")]));
    daemon.says("first poll: 1 item noted");
    program.configure(&configuration.replace("/feed.xml", "/moved.xml"));
    daemon.signal(Signal::HUP);
    daemon.says("reloaded: ~1 feed");
    let receipts = server.wait_for_blocking("/hook", 1);
    daemon.stop();
    assert_eq!(receipts.len(), 1);
    assert!(String::from_utf8_lossy(&receipts[0].body).contains("More from Helsinki"));
}

#[test]
fn what_a_removed_notifier_is_owed_stays_and_is_warned_of() {
    let (server, program, configuration) = scene();
    program.once();
    server.reply("/hook", Reply::status(503));
    server.feed("/feed.xml", rss(&[Entry::new("1", "Talks in Helsinki")]));
    let daemon = Running::start(&program);
    daemon.says("attempt 1 failed");
    program.configure(&(feed("world", &server.url("/feed.xml")) + &watch("w", &["Helsinki"], &["console"])));
    daemon.signal(Signal::HUP);
    daemon.says("notifier “hook” is no longer in the configuration, and 1 message waits for it");
    server.reply("/hook", Reply::status(204));
    program.configure(&configuration);
    daemon.signal(Signal::HUP);
    let receipts = server.wait_for_blocking("/hook", 2);
    assert_eq!(receipts[0].header("webhook-id"), receipts[1].header("webhook-id"));
    daemon.stop();
}

#[test]
fn what_is_called_otherwise_keeps_its_state() {
    let (server, program, configuration) = scene();
    server.feed("/feed.xml", rss(&[Entry::new("1", "Talks in Helsinki")]));
    let daemon = Running::start(&program);
    daemon.says("first poll");
    server.reply("/hook", Reply::status(503));
    server.feed("/feed.xml", rss(&[Entry::new("2", "More from Helsinki"), Entry::new("1", "Talks in Helsinki")]));
    daemon.says("attempt 1 failed");
    // All three at once.
    let renamed = configuration
        .replace("name = \"world\"", "name = \"earth\"\nwas = \"world\"")
        .replace("name = \"hook\"", "name = \"door\"\nwas = \"hook\"")
        .replace("[\"hook\"]", "[\"door\"]")
        .replace("name = \"w\"", "name = \"v\"\nwas = \"w\"");
    program.configure(&renamed);
    daemon.signal(Signal::HUP);
    daemon.says("reloaded:");
    // An edit of what the old watch has told is an edit for the new one, and no news.
    server.reply("/hook", Reply::status(204));
    let (two, three) = (Entry::new("2", "More from Helsinki today"), Entry::new("3", "Third from Helsinki"));
    server.feed("/feed.xml", rss(&[three, two, Entry::new("1", "Talks in Helsinki")]));
    let told = || program.run(&["alerts", "list", "--json"]).of("alert");
    daemon.until(|| told().len() == 3);
    daemon.until(|| server.seen("/hook").iter().any(|r| r.text().contains("Third from Helsinki")));
    let status = program.run(&["status"]);
    assert!(status.out.contains("earth"), "{status:?}");
    daemon.stop();
    let kinds: Vec<_> = told().iter().map(|a| (a["kind"].clone(), a["watch"].clone(), a["feed"].clone())).collect();
    let of = |kind: &str, watch: &str, feed: &str| (kind.into(), watch.into(), feed.into());
    assert!(kinds.contains(&of("edited", "v", "earth")) && kinds.contains(&of("new", "v", "earth")), "{kinds:?}");
    // The message that was owed to the old name is owed to the new one; a second start carries nothing twice.
    let pending = program.run(&["alerts", "list", "--state", "pending", "--json"]);
    assert_eq!(pending.of("delivery").iter().filter(|d| d["notifier"] == "hook").count(), 0, "{pending:?}");
    let daemon = Running::start(&program);
    daemon.stop();
}

#[test]
fn what_is_called_otherwise_while_it_is_polled_keeps_its_state() {
    let (feed, rest) = (["name = \"world\"", "name = \"earth\"\nwas = \"world\""], true);
    for (feed, rest, expected) in [
        (None, rest, ["w", "v", "world"]),
        (Some(feed), false, ["w", "w", "earth"]),
        (Some(feed), rest, ["v", "v", "earth"]),
    ] {
        let (server, program, configuration) = scene();
        server.feed("/feed.xml", rss(&[Entry::new("1", "Old")]));
        let daemon = Running::start(&program);
        daemon.says("first poll");
        // The server has been asked, and answers when the names have changed.
        let ((ask, asked), (answer, may)) = (channel(), channel::<()>());
        let second = rss(&[Entry::new("2", "Talks in Helsinki"), Entry::new("1", "Old")]);
        server.answer("/feed.xml", move |_| {
            let _ = ask.send(());
            let _ = may.recv();
            Reply::ok(second.clone()).header("content-type", "application/rss+xml")
        });
        asked.recv_timeout(Duration::from_secs(20)).expect("is asked");
        let mut renamed = configuration.clone();
        if let Some([old, new]) = feed {
            renamed = renamed.replace(old, new);
        }
        if rest {
            renamed = renamed
                .replace("name = \"hook\"", "name = \"door\"\nwas = \"hook\"")
                .replace("[\"hook\"]", "[\"door\"]")
                .replace("name = \"w\"", "name = \"v\"\nwas = \"w\"");
        }
        program.configure(&renamed);
        daemon.signal(Signal::HUP);
        daemon.says("reloaded:");
        drop(answer);
        let of =
            |server: &HttpServer, words: &str| server.seen("/hook").iter().filter(|r| r.text().contains(words)).count();
        daemon.until(|| of(&server, "Talks in Helsinki") == 1);
        // What the poll noted is known to the new names: its edit is an edit, and what is new is new.
        let (two, three) = (Entry::new("2", "Talks in Helsinki, again"), Entry::new("3", "Third from Helsinki"));
        server.feed("/feed.xml", rss(&[three, two, Entry::new("1", "Old")]));
        daemon.until(|| of(&server, "Third from Helsinki") == 1 && of(&server, "Helsinki, again") == 1);
        daemon.stop();
        let told = program.run(&["alerts", "list", "--json"]).of("alert");
        let mut said: Vec<String> = told
            .iter()
            .map(|a| ["kind", "watch", "feed"].map(|k| a[k].as_str().unwrap_or_default()).join(" "))
            .collect();
        said.sort();
        let [first, watch, feed] = expected;
        let mut wanted =
            [format!("new {first} {feed}"), format!("edited {watch} {feed}"), format!("new {watch} {feed}")];
        wanted.sort();
        assert_eq!(said, wanted);
        assert_eq!(server.seen("/hook").len(), 3, "each is told once");
        assert!(told.iter().all(|a| a["deliveries"][0]["state"] == "sent"), "{told:#?}");
    }
}

#[test]
fn what_a_reload_cannot_change_is_said_and_the_rest_holds_from_then_on() {
    let (server, program, configuration) = scene();
    let daemon = Running::start(&program);
    let path = program.path("feedwatch.toml");
    let other = format!("[store]\nurl = \"sqlite:other.db\"\n[limits]\nbody_size = \"2KiB\"\n{configuration}");
    std::fs::write(&path, &other).unwrap();
    for _ in 0..2 {
        daemon.signal(Signal::HUP);
        let said = daemon.says("needs a restart");
        assert!(said.contains("[store] url needs a restart: what was in force before holds until then"), "{said}");
        daemon.says("reloaded: other settings");
    }
    assert!(!program.path("other.db").exists());
    // The limit of that file, on the store of the one before.
    server.feed("/feed.xml", rss(&[Entry::new("1", &"Talks in Helsinki ".repeat(200))]));
    daemon.says("poll failed: ");
    std::fs::write(&path, other.replace("\"2KiB\"", "\"1MiB\"")).unwrap();
    daemon.signal(Signal::HUP);
    server.wait_for_blocking("/hook", 1);
    daemon.stop();
}

#[test]
fn fewer_polls_at_a_time_hold_from_a_reload_on() {
    let hosts: Vec<HttpServer> = (2..6).map(|n| HttpServer::start_on(&format!("127.0.0.{n}"))).collect();
    // Each stalls in the middle of its body: a poll at work.
    let body = rss(&[Entry::new("1", "Old")]);
    hosts.iter().for_each(|h| h.reply("/feed.xml", Reply::ok(body.clone()).stall()));
    let feeds: String = hosts.iter().enumerate().map(|(n, h)| feed(&format!("f{n}"), &h.url("/feed.xml"))).collect();
    let with =
        |limits: &str| format!("[limits]\npoll_time = \"2s\"\n{limits}{feeds}{}", watch("w", &["x"], &["console"]));
    let program = Program::new(&with("polls_at_once = 4\n"));
    let daemon = Running::start(&program);
    hosts.iter().for_each(|h| drop(h.wait_for_blocking("/feed.xml", 1)));
    program.configure(&with("polls_at_once = 1\nwaiting_at_once = 1\n"));
    daemon.signal(Signal::HUP);
    daemon.says("reloaded: other settings");
    (0..4).for_each(|_| drop(daemon.says("poll failed: ")));
    // From now on one after the other: never are two asked within the two seconds that each takes.
    let asked = || hosts.iter().flat_map(|h| h.seen("/feed.xml")).map(|r| r.at).collect::<Vec<_>>();
    daemon.until(|| asked().len() >= 7);
    daemon.stop();
    let mut times = asked();
    times.sort();
    let gaps: Vec<Duration> = times[4..].windows(2).map(|w| w[1] - w[0]).collect();
    assert!(gaps.iter().all(|gap| *gap > Duration::from_secs(1)), "{gaps:?}");
}

#[test]
fn a_start_with_a_bad_file_runs_what_was_accepted_last_and_says_so() {
    let (server, program, configuration) = scene();
    program.configure(&(configuration.clone() + BROKEN));
    let refused = program.run(&["run"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.err.contains("no configuration was accepted before"), "{refused:?}");
    program.configure(&configuration);
    Running::start(&program).stop();
    let stored = String::from_utf8_lossy(&std::fs::read(program.path("store.db")).unwrap()).into_owned();
    let log = std::fs::read(program.path("store.db-wal")).unwrap_or_default();
    assert!(!(stored + &String::from_utf8_lossy(&log)).contains("c3Rvcnktc2VjcmV0"), "the secret stands in the store");

    program.configure(&(configuration.clone() + BROKEN));
    let strict = program.run(&["run", "--strict"]);
    assert_eq!(strict.code, 2, "{strict:?}");
    let daemon = Running::begin(&program, |_| {});
    daemon.says("ready: 1 feed, 1 watch, 1 notifier");
    daemon.says("runs in its place");
    server.wait_for_blocking("/feed.xml", 2);
    server.feed("/feed.xml", rss(&[Entry::new("1", "Talks in Helsinki")]));
    server.wait_for_blocking("/hook", 2);
    assert_eq!(service_news(&server, "config_rejected"), 1);
    // Mended, it is taken like any other.
    program.configure(&(configuration.clone() + &watch("t", &["Turku"], &["hook"])));
    daemon.signal(Signal::HUP);
    daemon.says("reloaded: +1 watch");
    daemon.says("good again");
    daemon.stop();

    // The line of the secret is not what it was: nothing can stand in for it.
    program.configure(&(configuration.replace("whsec_", "whsec_AAAA") + BROKEN));
    let refused = program.run(&["run"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.err.contains("held a secret, which is not stored"), "{refused:?}");
}

/// A clock that breaks off who asks it, so many questions from now.
#[derive(Default)]
struct Trap(AtomicUsize);

impl Clock for Trap {
    fn now(&self) -> Time {
        let before = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        assert!(before != Ok(1), "the trap");
        SystemClock.now()
    }
}

#[test]
fn a_panic_in_one_step_is_that_steps_failure() {
    let (server, program, configuration) = scene();
    program.configure(&format!("[defaults]\nfirst_poll = \"all\"\n{configuration}"));
    server.feed("/feed.xml", rss(&[Entry::new("1", "Talks in Helsinki")]));
    let config = config::load(&program.path("feedwatch.toml"), &Environment::default()).config.unwrap();
    let setup = Setup::new(config, Style { colour: false, width: usize::MAX }, true).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let trap = Arc::new(Trap::default());
        let (app, store) = App::open(setup, "test", trap.clone(), OpenOptions::default()).await.unwrap();
        let mut polls = Polls::default();
        trap.0.store(1, Ordering::SeqCst);
        app.begin_all(&mut polls, SystemClock.now(), true).await.unwrap();
        let polled = app.next_polled(&mut polls).await.unwrap().unwrap();
        let is_fault = |said: &str| said.contains("broke off by a fault of feedwatch itself");
        assert!(matches!(&polled.result, PolledAs::Failed { said, .. } if is_fault(said)), "{polled:?}");
        assert!(polled.next.is_some_and(|next| next > SystemClock.now()), "it backs off as any other that fails");
        app.begin_all(&mut polls, SystemClock.now(), true).await.unwrap();
        let polled = app.next_polled(&mut polls).await.unwrap().unwrap();
        assert!(matches!(polled.result, PolledAs::Feed { new: 1, .. }), "{polled:?}");
        // The first question of a step is whether the clock was set back.
        trap.0.store(2, Ordering::SeqCst);
        let said = app.plan_due().await.unwrap_err().said;
        assert!(said.starts_with("planning for notifier “hook” broke off"), "{said}");
        app.plan_due().await.unwrap();
        let mut sends = Sends::default();
        // The first question of a step is whether the clock was set back, the next two are of the notifier's pace.
        trap.0.store(4, Ordering::SeqCst);
        app.begin_deliveries(&mut sends, SystemClock.now()).await.unwrap();
        let attempted = app.next_attempted(&mut sends).await.unwrap().unwrap();
        assert_eq!(attempted.delivery.attempts, 1);
        let next = attempted.delivery.next_attempt.expect("it is tried again, by the schedule");
        app.begin_deliveries(&mut sends, next).await.unwrap();
        let attempted = app.next_attempted(&mut sends).await.unwrap().unwrap();
        assert_eq!(attempted.delivery.state, DeliveryState::Sent);
        // A question that breaks off costs its asker the answer, and nobody the store.
        assert!(app.desk().call(|_| -> Result<(), _> { panic!("the trap") }).await.is_err());
        assert_eq!(app.desk().call(|s| s.outbox()).await.unwrap().sent, 1);
        drop(app);
        tokio::task::spawn_blocking(move || store.join().unwrap()).await.unwrap();
    });
    assert_eq!(server.seen("/hook").len(), 1);
}
