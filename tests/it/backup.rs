//! `feedwatch backup` and `restore`: beside a daemon at work, over a damaged store, and what is told afterwards.

use std::os::unix::fs::PermissionsExt;

use crate::support::feed::{Entry, rss};
use crate::support::http::{HttpServer, Reply};
use crate::support::program::{Program, feed, hook, watch};
use crate::support::running::Running;

struct Desk {
    feed: HttpServer,
    hook: HttpServer,
    program: Program,
}

impl Desk {
    fn new() -> Self {
        let (feeds, hooks) = (HttpServer::start(), HttpServer::start());
        hooks.reply("/", Reply::status(200));
        feeds.feed("/feed.xml", rss(&[]));
        let program = Program::new(&format!(
            "{}{}{}",
            feed("world", &feeds.url("/feed.xml")).replace("1h", "1s"),
            hook("hook", &hooks.url("/")),
            watch("summit", &["Helsinki"], &["hook"]),
        ));
        program.once();
        Self { feed: feeds, hook: hooks, program }
    }

    fn publish(&self, count: usize) {
        let entries: Vec<Entry> = (0..count).map(|n| Entry::new(&format!("i{n}"), &format!("Helsinki {n}"))).collect();
        self.feed.feed("/feed.xml", rss(&entries));
    }

    fn told(&self) -> usize {
        self.hook.requests().len()
    }

    fn ok(&self, arguments: &[&str]) -> String {
        let said = self.program.run(arguments);
        assert_eq!(said.code, 0, "{arguments:?}: {said:?}");
        said.err
    }
}

#[test]
fn a_backup_of_a_store_at_work_is_whole_private_and_never_overwrites() {
    let desk = Desk::new();
    let daemon = Running::start(&desk.program);
    desk.publish(3);
    desk.hook.wait_for_blocking("/", 3);
    let said = desk.ok(&["backup", "copy.db"]);
    assert!(said.contains("copy.db: 3 items, 3 alerts"), "{said}");
    let mode = std::fs::metadata(desk.program.path("copy.db")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode & 0o137, 0, "nobody else reads it: {mode:o}");
    let again = desk.program.run(&["backup", "copy.db"]);
    assert!(again.code == 1 && again.err.contains("--force"), "{again:?}");
    desk.ok(&["backup", "--force", "copy.db"]);
    let itself = desk.program.run(&["backup", "--force", "store.db"]);
    assert!(itself.code == 1 && itself.err.contains("the store itself"), "{itself:?}");
    let held = desk.program.run(&["restore", "copy.db"]);
    assert!(held.code == 1 && held.err.contains("held by feedwatch run"), "{held:?}");
    daemon.stop();
    let left: Vec<String> = std::fs::read_dir(desk.program.path(""))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|n| n.contains(".part-"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn what_was_told_after_the_backup_is_not_told_again() {
    let desk = Desk::new();
    desk.publish(1);
    desk.program.once();
    desk.ok(&["backup", "copy.db"]);
    desk.publish(3);
    desk.program.once();
    assert_eq!(desk.told(), 3);
    let said = desk.ok(&["restore", "copy.db"]);
    assert!(said.contains("2 alerts it told since the backup will not be told again"), "{said}");
    // The items since are found anew; their alerts are known.
    let round = desk.program.once();
    assert_eq!(round.summary()["items_new"], 2);
    assert_eq!(desk.told(), 3, "nothing twice");
    desk.publish(4);
    desk.program.once();
    assert_eq!(desk.told(), 4, "and what is new is told");
    let kept = desk.program.run(&["alerts", "list", "--state", "sent", "--json"]).records();
    assert_eq!(kept.len(), 4);
}

#[test]
fn what_was_owed_in_the_backup_and_sent_since_stays_sent() {
    let desk = Desk::new();
    desk.hook.script("/", [Reply::status(503), Reply::status(200)]);
    desk.publish(1);
    desk.program.once();
    desk.ok(&["backup", "copy.db"]);
    let daemon = Running::start(&desk.program);
    desk.hook.wait_for_blocking("/", 2);
    daemon.until(|| desk.program.run(&["alerts", "list", "--state", "sent", "--json"]).records().len() == 1);
    daemon.stop();
    desk.ok(&["restore", "copy.db"]);
    let daemon = Running::start(&desk.program);
    daemon.until(|| desk.feed.requests().len() > 4);
    daemon.stop();
    assert_eq!(desk.told(), 2);
}

#[test]
fn a_damaged_store_is_replaced_and_kept_beside() {
    let desk = Desk::new();
    desk.publish(2);
    desk.program.once();
    desk.ok(&["backup", "copy.db"]);
    std::fs::write(desk.program.path("store.db"), "no database any more, and long enough to be looked at").unwrap();
    for log in ["store.db-wal", "store.db-shm"] {
        let _ = std::fs::remove_file(desk.program.path(log));
    }
    assert_eq!(desk.program.run(&["doctor"]).code, 1);
    let said = desk.ok(&["restore", "copy.db"]);
    assert!(said.contains("store.db.replaced-") && said.contains("may be told again"), "{said}");
    assert_eq!(desk.program.once().summary()["items_new"], 0);
    assert_eq!(desk.told(), 2);
}

#[test]
fn what_is_no_backup_is_refused_and_the_store_left_as_it_is() {
    let desk = Desk::new();
    std::fs::write(desk.program.path("junk.db"), "junk that is no database at all, whatever its name says").unwrap();
    std::fs::write(desk.program.path("empty.db"), "").unwrap();
    desk.ok(&["backup", "torn.db"]);
    let whole = std::fs::read(desk.program.path("torn.db")).unwrap();
    std::fs::write(desk.program.path("torn.db"), &whole[..whole.len() / 2]).unwrap();
    for (file, words) in [
        ("junk.db", "no SQLite database"),
        ("empty.db", "empty database"),
        ("torn.db", "damaged"),
        ("x.db", "no such file"),
    ] {
        let said = desk.program.run(&["restore", file]);
        assert!(said.code == 1 && said.err.contains(words), "{file}: {said:?}");
    }
    assert_eq!(desk.program.once().code, 0);
    let nothing = Program::new(&feed("f", "http://x.example/"));
    let said = nothing.run(&["backup", "copy.db"]);
    assert!(said.code == 1 && said.err.contains("no store to copy"), "{said:?}");
}
