//! `feedwatch run`: ready, at work, reloaded, stopped; one at a time.

use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::feed::{Entry, rss};
use crate::support::http::{HttpServer, Reply};
use crate::support::program::{Program, Said, hook, said, watch};

/// A daemon with the socket on which it speaks to systemd.
pub struct Daemon {
    child: Child,
    socket: UnixDatagram,
}

impl Daemon {
    pub fn start(program: &Program) -> Self {
        Self::start_with(program, &[])
    }

    /// With these environment variables.
    pub fn start_with(program: &Program, variables: &[(&str, &str)]) -> Self {
        let mut command = program.command(&["run"]);
        command.envs(variables.iter().copied());
        Self::start_as(program, command)
    }

    /// By this command.
    pub fn start_as(program: &Program, mut command: Command) -> Self {
        let path = program.path("notify.socket");
        // From the daemon before.
        let _ = std::fs::remove_file(&path);
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        command.env("NOTIFY_SOCKET", &path).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self { child: command.spawn().unwrap(), socket }
    }

    /// Waits until it has told systemd this.
    pub fn told(&self, word: &str) {
        let mut buffer = [0; 4096];
        loop {
            let length = self.socket.recv(&mut buffer).unwrap_or_else(|e| panic!("it never said {word}: {e}"));
            if String::from_utf8_lossy(&buffer[..length]).lines().any(|l| l == word) {
                return;
            }
        }
    }

    /// Its number.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// SIGTERM, STOPPING=1, and the end.
    pub fn stop(self) -> Said {
        let asked = Instant::now();
        self.signal(Signal::TERM);
        self.told("STOPPING=1");
        let end = said(self.child);
        assert!(asked.elapsed() < Duration::from_secs(10), "it took {:?}", asked.elapsed());
        assert_eq!(end.code, 0, "{end:?}");
        end
    }
}

/// A feed that is polled each second, a hook, a watch for Helsinki.
fn scene() -> (HttpServer, Program, String) {
    let server = HttpServer::start();
    server.feed("/feed.xml", rss(&[]));
    server.reply("/hook", Reply::status(204));
    let configuration = format!("[[feed]]\nname = \"world\"\nurl = \"{}\"\nevery = \"1s\"\n", server.url("/feed.xml"))
        + &hook("hook", &server.url("/hook"))
        + &watch("w", &["Helsinki"], &["hook"]);
    (server, Program::new(&configuration), configuration)
}

#[test]
fn it_is_ready_polls_by_itself_and_stops_within_ten_seconds() {
    let (server, program, _) = scene();
    let daemon = Daemon::start(&program);
    daemon.told("READY=1");
    server.wait_for_blocking("/feed.xml", 1);
    server.feed("/feed.xml", rss(&[Entry::new("1", "Talks in Helsinki")]));
    server.wait_for_blocking("/hook", 1);
    daemon.stop();
    assert_eq!(server.seen("/hook").len(), 1);
}

#[test]
fn the_watchdog_is_fed() {
    let (_server, program, _) = scene();
    let daemon = Daemon::start_with(&program, &[("WATCHDOG_USEC", "600000")]);
    for _ in 0..3 {
        daemon.told("WATCHDOG=1");
    }
    daemon.stop();
}

#[test]
fn a_server_that_hangs_does_not_hold_up_the_stop_and_what_was_cut_off_is_done_again() {
    let (server, program, _) = scene();
    program.once();
    server.reply("/hook", Reply::hang());
    server.feed("/feed.xml", rss(&[Entry::new("1", "Talks in Helsinki")]));
    let daemon = Daemon::start(&program);
    server.wait_for_blocking("/hook", 1);
    daemon.stop();
    server.reply("/hook", Reply::status(204));
    let daemon = Daemon::start(&program);
    let receipts = server.wait_for_blocking("/hook", 2);
    daemon.stop();
    assert_eq!(receipts[0].header("webhook-id"), receipts[1].header("webhook-id"));
}

#[test]
fn st_08_a_second_one_on_the_same_store_is_refused_and_told_who_holds_it() {
    let (_server, program, _) = scene();
    let daemon = Daemon::start(&program);
    daemon.told("READY=1");
    for command in ["run", "once"] {
        let refused = program.run(&[command]);
        assert_eq!(refused.code, 1, "{refused:?}");
        assert!(refused.err.contains(&format!("feedwatch run, process {}", daemon.child.id())), "{refused:?}");
    }
    assert_eq!(program.run(&["status"]).code, 0, "questions are answered all the same");
    daemon.stop();
}

#[test]
fn a_reload_takes_a_right_file_and_leaves_a_wrong_one() {
    let (server, program, configuration) = scene();
    let daemon = Daemon::start(&program);
    daemon.told("READY=1");
    program.configure(&(configuration.clone() + "[[watch]]\nname = \"broken\"\nterms = [\"\"]\n"));
    daemon.signal(Signal::HUP);
    server.wait_for_blocking("/feed.xml", 1);
    server.feed("/feed.xml", rss(&[Entry::new("1", "Talks in Helsinki")]));
    server.wait_for_blocking("/hook", 1);
    program.configure(&(configuration + &watch("Turku", &["Turku"], &["hook"])));
    daemon.signal(Signal::HUP);
    daemon.told("STATUS=1 feed, 2 watches, 1 notifier");
    server.feed("/feed.xml", rss(&[Entry::new("2", "Talks in Turku"), Entry::new("1", "Talks in Helsinki")]));
    server.wait_for_blocking("/hook", 2);
    let end = daemon.stop();
    assert!(end.err.contains("a term is empty") && end.err.contains("the old one runs on"), "{end:?}");
}
