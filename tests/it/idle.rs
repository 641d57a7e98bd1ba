//! A daemon with nothing to do does nothing: its loops wake by hint or by due time, and never spin.

use std::collections::BTreeMap;

use crate::daemon::Daemon;
use crate::support::feed::{Entry, rss};
use crate::support::http::{HttpServer, Reply};
use crate::support::program::{Program, feed, hook, watch};

/// What a process has used and how often its threads went to sleep, as the kernel counts it.
#[derive(Debug, Clone, Copy)]
struct Used {
    ticks: u64,
    sleeps: u64,
}

impl Used {
    fn by(process: u32) -> Self {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
        // Behind the name, which may hold anything: the state is field 3, the times are fields 14 and 15 (proc(5)).
        let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        let ticks = fields[11..13].iter().map(|n| n.parse::<u64>().unwrap()).sum();
        let threads = std::fs::read_dir(format!("/proc/{process}/task")).unwrap();
        let sleeps = |path: std::path::PathBuf| {
            let text = std::fs::read_to_string(path.join("status")).unwrap_or_default();
            let line = text.lines().find_map(|l| l.strip_prefix("voluntary_ctxt_switches:")).map(str::trim);
            line.and_then(|n| n.parse::<u64>().ok()).unwrap_or(0)
        };
        Self { ticks, sleeps: threads.map(|t| sleeps(t.unwrap().path())).sum() }
    }
}

#[test]
fn nothing_to_do_costs_nothing() {
    let server = HttpServer::start();
    let mut configuration = String::new();
    for name in (0..20).map(|n| format!("quiet-{n}")) {
        server.feed(&format!("/{name}.xml"), rss(&[]));
        configuration += &feed(&name, &server.url(&format!("/{name}.xml")));
    }
    server.feed("/told.xml", rss(&[]));
    server.reply("/failing.xml", Reply::status(503));
    server.reply("/asked-to-wait.xml", Reply::status(429).header("retry-after", "3600"));
    server.reply("/gone", Reply::status(410));
    server.reply("/down", Reply::status(503));
    for name in ["told", "failing", "asked-to-wait"] {
        configuration += &feed(name, &server.url(&format!("/{name}.xml")));
    }
    configuration += &hook("gone", &server.url("/gone"));
    configuration += &(hook("down", &server.url("/down")) + "retry = [\"1h\", \"1h\"]\n");
    configuration += &watch("w", &["Helsinki"], &["gone", "down"]);
    let program = Program::new(&configuration);
    program.once();
    // One message waits for a retry; the notifier that is gone is off, and what comes for it is held.
    server.feed("/told.xml", rss(&[Entry::new("1", "Talks in Helsinki")]));
    program.once();
    server.feed("/told.xml", rss(&[Entry::new("2", "More from Helsinki"), Entry::new("1", "Talks in Helsinki")]));
    program.once();
    let owed = program.run(&["status", "--json"]).of("outbox").remove(0);
    assert_eq!((owed["pending"].as_u64(), owed["held"].as_u64()), (Some(3), Some(1)), "{owed}");
    // A hold that is over while its notifier is off; a feed that somebody wants polled, whose server has asked us to wait.
    let store = rusqlite::Connection::open(program.path("store.db")).unwrap();
    assert_eq!(store.execute("UPDATE waiting SET hold = 'joined', due = 1", []).unwrap(), 1);
    drop(store);
    assert_eq!(program.run(&["feeds", "poll", "asked-to-wait"]).code, 0);

    let asked = |server: &HttpServer| {
        let mut count = BTreeMap::<String, usize>::new();
        server.requests().iter().for_each(|r| *count.entry(r.path().to_owned()).or_default() += 1);
        count
    };
    let before = asked(&server);
    let daemon = Daemon::start_with(&program, &[("WATCHDOG_USEC", "3000000")]);
    daemon.told("READY=1");
    // A third of that time between two.
    (0..3).for_each(|_| daemon.told("WATCHDOG=1"));
    let begun = Used::by(daemon.process());
    (0..6).for_each(|_| daemon.told("WATCHDOG=1"));
    let used = Used::by(daemon.process());
    let (ticks, sleeps) = (used.ticks - begun.ticks, used.sleeps - begun.sleeps);
    println!("six seconds of nothing: {ticks} ticks, {sleeps} sleeps");
    assert_eq!(asked(&server), before, "there was something to do");
    daemon.stop();
    // A loop that turns every twenty milliseconds sleeps 300 times in that, and its store as often.
    assert!(sleeps < 150, "its threads woke {sleeps} times in six seconds");
    assert!(ticks <= 12, "it used {ticks} ticks in six seconds");
}
