//! Disks that are full or read-only, stores that are locked, foreign, cut or gone in part: said clearly, nothing promised is
//! lost, and recovery without a hand where there is one. Names begin with the attack that they answer.
//!
//! What needs a small file system of its own mounts one, and says that it is skipped where that is not allowed.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::support::feed::{Entry, rss};
use crate::support::http::{HttpServer, Reply};
use crate::support::program::{Program, Said, hook, said, watch};

/// A small file system, for as long as a story lasts.
struct Disk(PathBuf);

impl Disk {
    fn mount(at: PathBuf, kibibytes: usize) -> Option<Self> {
        fs::create_dir_all(&at).unwrap();
        let size = format!("size={kibibytes}k");
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&at).output();
        if !done.is_ok_and(|o| o.status.success()) {
            println!("skipped: no file system may be mounted here");
            return None;
        }
        Some(Self(at))
    }

    fn remount(&self, how: &str) {
        let done = Command::new("mount").args(["-o", &format!("remount,{how}")]).arg(&self.0).status().unwrap();
        assert!(done.success(), "remounted {how}");
    }

    /// Fills it, but for so many bytes.
    fn fill(&self, but: usize) {
        let path = self.0.join("filler");
        let mut file = fs::File::create(&path).unwrap();
        let block = [0u8; 4096];
        while file.write_all(&block).is_ok() {}
        // A write that finds no room for all of it has taken what there was.
        let length = file.metadata().unwrap().len();
        file.set_len(length.saturating_sub(but as u64)).unwrap();
    }

    fn empty(&self) {
        fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// A feed of one item, a hook, a watch for Helsinki, and a store in the folder `disk`.
struct Scene {
    server: HttpServer,
    program: Program,
}

impl Scene {
    fn new() -> Self {
        let server = HttpServer::start();
        server.feed("/feed.xml", rss(&[Entry::new("0", "Nothing yet")]));
        server.reply("/hook", Reply::status(204));
        let program = Program::new("");
        fs::create_dir_all(program.path("disk")).unwrap();
        let configuration = format!(
            "[store]\nurl = \"sqlite:disk/store.db\"\n[[feed]]\nname = \"world\"\nurl = \"{}\"\nevery = \"1s\"\n{}{}",
            server.url("/feed.xml"),
            hook("hook", &server.url("/hook")),
            watch("w", &["Helsinki"], &["hook"])
        );
        fs::write(program.path("feedwatch.toml"), configuration).unwrap();
        Self { server, program }
    }

    fn publish(&self, number: usize) {
        let items = (0..=number).rev().map(|n| Entry::new(&n.to_string(), &title(n)));
        self.server.feed("/feed.xml", rss(&items.collect::<Vec<_>>()));
    }

    /// Ids under which the hook was told of an item.
    fn told(&self, number: usize) -> Vec<String> {
        let about = |r: &&crate::support::http::Request| r.text().contains(&format!("{}\"", title(number)));
        let seen = self.server.seen("/hook");
        seen.iter().filter(about).map(|r| r.header("webhook-id").unwrap().to_owned()).collect()
    }

    fn store(&self) -> PathBuf {
        self.program.path("disk/store.db")
    }

    fn start(&self) -> Running {
        Running(self.command().spawn().unwrap())
    }

    /// The daemon's, with its log in a file.
    fn command(&self) -> Command {
        let log = fs::File::create(self.program.path("daemon.log")).unwrap();
        let mut command = self.program.command(&["run"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        command
    }

    /// Waits until the daemon's log holds this.
    fn logged(&self, words: &str) -> String {
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            let log = fs::read_to_string(self.program.path("daemon.log")).unwrap();
            if log.contains(words) {
                return log;
            }
            assert!(Instant::now() < until, "it never said {words:?}:\n{log}");
            std::thread::yield_now();
        }
    }
}

fn title(number: usize) -> String {
    if number == 0 { "Nothing yet".into() } else { format!("Talks in Helsinki, part {number}") }
}

/// A daemon; a story that fails leaves none behind.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn stop(mut daemon: Running) -> i32 {
    rustix::process::kill_process(rustix::process::Pid::from_child(&daemon.0), rustix::process::Signal::TERM).unwrap();
    daemon.0.wait().unwrap().code().unwrap_or(-1)
}

#[track_caller]
fn refused(said: &Said, words: &[&str]) {
    assert_eq!(said.code, 1, "{said:?}");
    assert!(words.iter().any(|w| said.err.contains(w)), "none of {words:?} is said: {said:?}");
}

#[test]
fn st_06_full_disk_at_every_kind_of_write() {
    // From no room at all to room for a whole round: somewhere between, each write is the one that finds none.
    let (mut failed, mut went) = (0, 0);
    for pages in (0..128).step_by(8) {
        let scene = Scene::new();
        let Some(disk) = Disk::mount(scene.program.path("disk"), 2048) else { return };
        scene.program.once();
        scene.publish(1);
        disk.fill(pages * 4096);
        let round = scene.program.run(&["once", "--all", "--json"]);
        match round.code {
            0 => went += 1,
            _ => {
                failed += 1;
                refused(&round, &["no space left", "full or failing"]);
            }
        }
        // Readers work on a full disk, and say what they can.
        assert_eq!(scene.program.run(&["status"]).code, 0);
        disk.empty();
        scene.program.once();
        scene.program.once();
        let told = scene.told(1);
        assert!((1..=2).contains(&told.len()), "{pages} pages: told {} times: {round:?}", told.len());
        assert!(told.iter().all(|id| *id == told[0]), "{pages} pages: under two ids");
        let check: String =
            Connection::open(scene.store()).unwrap().query_row("PRAGMA integrity_check", [], |r| r.get(0)).unwrap();
        assert_eq!(check, "ok", "{pages} pages");
    }
    println!("{failed} rounds found the disk full, {went} had room");
    assert!(failed > 0 && went > 0, "the story proves nothing: {failed} failed, {went} went");
}

#[test]
fn st_06_a_daemon_outlives_a_full_disk_and_tells_afterwards() {
    let scene = Scene::new();
    let Some(disk) = Disk::mount(scene.program.path("disk"), 1024) else { return };
    scene.program.once();
    let child = scene.start();
    scene.server.wait_for_blocking("/feed.xml", 2);
    disk.fill(0);
    scene.publish(1);
    scene.logged("no space left");
    assert_eq!(scene.told(1).len(), 0, "an alert went out before it was written");
    disk.empty();
    scene.logged("the store works again");
    scene.server.wait_for_blocking("/hook", 1);
    assert_eq!(stop(child), 0);
    assert_eq!(scene.told(1).len(), 1);
}

#[test]
fn st_06_the_watchdog_is_fed_while_the_store_fails() {
    let scene = Scene::new();
    let Some(disk) = Disk::mount(scene.program.path("disk"), 1024) else { return };
    scene.program.once();
    let path = scene.program.path("notify.socket");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let fed = |times: usize| {
        let mut buffer = [0; 4096];
        // What lies there is of the time before.
        socket.set_nonblocking(true).unwrap();
        while socket.recv(&mut buffer).is_ok() {}
        socket.set_nonblocking(false).unwrap();
        for _ in 0..times {
            while !{
                let length = socket.recv(&mut buffer).expect("it is fed");
                String::from_utf8_lossy(&buffer[..length]).contains("WATCHDOG=1")
            } {}
        }
    };
    let mut command = scene.command();
    // systemd would end it after nine tenths of a second without a sign.
    let mut daemon = Running(command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "900000").spawn().unwrap());
    scene.server.wait_for_blocking("/feed.xml", 2);
    disk.fill(0);
    scene.publish(1);
    scene.logged("no space left");
    fed(6);
    disk.empty();
    scene.logged("the store works again");
    let holder = Connection::open(scene.store()).unwrap();
    holder.busy_timeout(Duration::from_secs(20)).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    scene.publish(2);
    // Whatever the steps make of it: each write of theirs waits for ten seconds.
    fed(6);
    holder.execute_batch("ROLLBACK").unwrap();
    scene.server.wait_for_blocking("/hook", 2);
    assert!(daemon.0.try_wait().unwrap().is_none(), "it ended by itself");
    assert_eq!(stop(daemon), 0);
}

#[test]
fn st_05_read_only() {
    let scene = Scene::new();
    let Some(disk) = Disk::mount(scene.program.path("disk"), 1024) else { return };
    scene.program.once();
    scene.publish(1);
    scene.program.once();
    disk.remount("ro");
    for command in ["once", "run"] {
        refused(&scene.program.run(&[command]), &["Read-only file system", "read-only"]);
    }
    let status = scene.program.run(&["status", "--json"]);
    assert_eq!((status.code, status.of("feed").len()), (0, 1), "{status:?}");
    let alerts = scene.program.run(&["alerts", "list", "--json"]);
    assert_eq!((alerts.code, alerts.titles()), (0, vec![title(1)]), "{alerts:?}");
    disk.remount("rw");
    scene.publish(2);
    scene.program.once();
    assert_eq!(scene.told(2).len(), 1);
}

#[test]
fn st_07_locked_by_another_for_long() {
    let scene = Scene::new();
    scene.program.once();
    let child = scene.start();
    scene.server.wait_for_blocking("/feed.xml", 2);
    let holder = Connection::open(scene.store()).unwrap();
    holder.busy_timeout(Duration::from_secs(20)).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    scene.publish(1);
    let log = scene.logged("lock");
    assert!(!log.contains("panic"), "{log}");
    // Readers do not wait for it.
    assert_eq!(scene.program.run(&["status"]).code, 0);
    assert_eq!(scene.told(1).len(), 0);
    holder.execute_batch("ROLLBACK").unwrap();
    scene.server.wait_for_blocking("/hook", 1);
    assert_eq!(stop(child), 0);
    assert_eq!(scene.told(1).len(), 1);
}

/// A store with a thing or two in it, its write-ahead log put into it.
fn stored() -> Scene {
    let scene = Scene::new();
    scene.program.once();
    scene.publish(1);
    scene.program.once();
    Connection::open(scene.store()).unwrap().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    scene
}

fn bytes(path: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    fs::File::open(path).unwrap().read_to_end(&mut all).unwrap();
    all
}

#[test]
fn st_03_truncated_to_half() {
    let scene = stored();
    let whole = bytes(&scene.store());
    let half = &whole[..whole.len() / 2];
    fs::write(scene.store(), half).unwrap();
    for suffix in ["-wal", "-shm"] {
        let _ = fs::remove_file(scene.program.path(&format!("disk/store.db{suffix}")));
    }
    for command in ["once", "run"] {
        refused(&scene.program.run(&[command]), &["damaged", "malformed", "cut"]);
    }
    assert!(scene.store().exists(), "the file was moved");
    assert!(bytes(&scene.store()).starts_with(&half[..100]), "the file was overwritten");
}

#[test]
fn st_09_the_write_ahead_log_is_gone() {
    let scene = stored();
    scene.publish(2);
    scene.program.once();
    assert_eq!(scene.told(2).len(), 1);
    // A crash, and somebody who tidies up: what was written since the last checkpoint is gone.
    for suffix in ["-wal", "-shm"] {
        let _ = fs::remove_file(scene.program.path(&format!("disk/store.db{suffix}")));
    }
    let again = scene.program.once();
    assert_eq!(again.code, 0, "{again:?}");
    assert_eq!(scene.told(1).len(), 1, "what was marked as sent is sent again");
    assert!(scene.told(2).len() <= 2);
    assert!(scene.told(2).iter().all(|id| *id == scene.told(2)[0]), "under another id");
}

#[test]
fn st_10_sql_in_texts_and_names() {
    let server = HttpServer::start();
    let title = "Talks in Helsinki'); DROP TABLE item;--";
    server.feed("/feed.xml", rss(&[]));
    server.reply("/hook", Reply::status(204));
    let program = Program::new(&format!(
        "[[feed]]\nname = \"wo'rld\\\"; DROP TABLE feed;--\"\nurl = \"{}\"\nevery = \"1h\"\n{}{}",
        server.url("/feed.xml"),
        hook("ho'ok", &server.url("/hook")),
        watch("w'; DELETE FROM alert;--", &["Helsinki"], &["ho'ok"])
    ));
    program.once();
    server.feed("/feed.xml", rss(&[Entry::new("'); DELETE FROM item;--", title)]));
    assert_eq!(program.once().titles(), [title]);
    let listed = program.run(&["alerts", "list", "--json"]);
    assert_eq!(listed.titles(), [title]);
    assert_eq!(program.once().summary()["alerts"], 0, "it was raised twice");
}

#[test]
fn a_store_that_appears_while_it_is_looked_at_is_no_trouble() {
    // `status` before the first round, in an empty folder.
    let scene = Scene::new();
    let status = scene.program.run(&["status"]);
    assert_eq!(status.code, 0, "{status:?}");
    let child = scene.start();
    scene.server.wait_for_blocking("/feed.xml", 1);
    assert_eq!(scene.program.run(&["status"]).code, 0);
    let mut beside = scene.program.command(&["once"]);
    let refused_once = said(beside.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    refused(&refused_once, &["run"]);
    assert_eq!(stop(child), 0);
}
