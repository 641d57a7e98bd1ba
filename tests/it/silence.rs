//! `feedwatch silence`: alone, beside a running daemon, and by somebody who may not.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;

use crate::support::feed::{Entry, rss};
use crate::support::http::{HttpServer, Reply};
use crate::support::program::{Program, feed, hook, said, watch};
use crate::support::running::Running;

/// A feed that a story changes, and a hook that takes everything.
struct Desk {
    feed: HttpServer,
    hook: HttpServer,
    program: Program,
}

impl Desk {
    fn new() -> Self {
        let (feeds, hooks) = (HttpServer::start(), HttpServer::start());
        hooks.reply("/", Reply::status(200));
        let program = Program::new(&format!(
            "{}{}{}{}",
            feed("world", &feeds.url("/feed.xml")),
            hook("hook", &hooks.url("/")),
            watch("summit", &["Helsinki"], &["hook"]),
            watch("people", &["Pompeo"], &["hook"]),
        ));
        let desk = Self { feed: feeds, hook: hooks, program };
        desk.publish(&[]);
        desk.program.once();
        desk
    }

    fn publish(&self, titles: &[&str]) {
        let entries: Vec<Entry> = titles.iter().enumerate().map(|(n, t)| Entry::new(&format!("i{n}"), t)).collect();
        self.feed.feed("/feed.xml", rss(&entries));
    }

    fn told(&self) -> usize {
        self.hook.requests().len()
    }
}

#[test]
fn what_a_silence_covers_is_recorded_and_told_to_nobody() {
    let desk = Desk::new();
    let added =
        desk.program.run(&["silence", "add", "--watch", "summit", "--for", "2h", "--reason", "known", "--json"]);
    assert_eq!(added.code, 0, "{added:?}");
    let silence = added.records().remove(0);
    assert_eq!((silence["type"].as_str(), silence["in_force"].as_bool()), (Some("silence"), Some(true)));
    assert!(!silence["by"].as_str().unwrap().is_empty());
    desk.publish(&["Talks in Helsinki", "Pompeo lands"]);
    assert_eq!(desk.program.once().summary()["alerts"], 2);
    assert_eq!(desk.told(), 1, "people is told, summit is not");
    let kept = desk.program.run(&["alerts", "list", "--state", "silenced", "--json"]).records();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0]["silenced"][0]["silence"], silence["id"]);
    assert_eq!(kept[0]["silenced"][0]["reason"], "known");
    // A shown alert says it too.
    let id = kept[0]["id"].as_str().unwrap().to_owned();
    let shown = desk.program.run(&["alerts", "show", &id[..12]]);
    assert!(shown.out.contains("hook: silenced at"), "{shown:?}");
    // Ended by hand: what comes now is told, what was kept back stays so.
    let short = &silence["id"].as_str().unwrap()[..10];
    let ended = desk.program.run(&["silence", "end", short]);
    assert!(ended.code == 0 && ended.out.contains("ended by"), "{ended:?}");
    desk.publish(&["Talks in Helsinki", "Pompeo lands", "Helsinki again"]);
    desk.program.once();
    assert_eq!(desk.told(), 2);
    assert!(desk.program.run(&["silence", "list", "--json"]).records().is_empty());
    assert_eq!(desk.program.run(&["silence", "list", "--all", "--json"]).records().len(), 1);
}

#[test]
fn a_story_is_an_item_and_its_edits() {
    let desk = Desk::new();
    desk.publish(&["Talks in Helsinki"]);
    let first = desk.program.once();
    let id = first.of("alert")[0]["id"].as_str().unwrap().to_owned();
    let added = desk.program.run(&["silence", "add", "--story", &id, "--for", "1h"]);
    assert!(added.code == 0 && added.out.contains("story “i0” in feed “world”"), "{added:?}");
    desk.publish(&["Talks in Helsinki collapse", "Helsinki rebuilds its harbour"]);
    desk.program.once();
    assert_eq!(desk.told(), 2, "the edit is kept back, the other item is not");
}

#[test]
fn a_silence_works_beside_a_running_daemon() {
    let desk = Desk::new();
    desk.program.configure(&format!(
        "{}every = \"1s\"\n{}{}",
        feed("world", &desk.feed.url("/feed.xml")).replace("every = \"1h\"\n", ""),
        hook("hook", &desk.hook.url("/")),
        watch("summit", &["Helsinki"], &["hook"]),
    ));
    let daemon = Running::start(&desk.program);
    assert_eq!(desk.program.run(&["silence", "add", "--feed", "world", "--for", "1h"]).code, 0);
    desk.publish(&["Talks in Helsinki"]);
    daemon.until(|| {
        let listed = desk.program.run(&["alerts", "list", "--state", "silenced", "--json"]);
        listed.records().len() == 1
    });
    assert_eq!(desk.told(), 0);
    daemon.stop();
}

#[test]
fn a_silence_goes_along_when_its_watch_or_its_feed_is_called_otherwise() {
    for (what, old, new, named) in [
        ("--watch", "summit", "meeting", "name = \"meeting\"\nwas = \"summit\""),
        ("--feed", "world", "earth", "name = \"earth\"\nwas = \"world\""),
    ] {
        let desk = Desk::new();
        let configuration = format!(
            "{}{}{}",
            feed("world", &desk.feed.url("/feed.xml")).replace("\"1h\"", "\"1s\""),
            hook("hook", &desk.hook.url("/")),
            watch("summit", &["Helsinki"], &["hook"]),
        );
        desk.program.configure(&configuration);
        let daemon = Running::start(&desk.program);
        assert_eq!(desk.program.run(&["silence", "add", what, old, "--for", "1h", "--reason", "known"]).code, 0);
        desk.program.configure(&configuration.replace(&format!("name = \"{old}\""), named));
        daemon.signal(rustix::process::Signal::HUP);
        daemon.says("reloaded:");
        desk.publish(&["Talks in Helsinki"]);
        daemon.until(|| desk.program.run(&["alerts", "list", "--state", "silenced", "--json"]).records().len() == 1);
        let listed = desk.program.run(&["silence", "list"]);
        assert!(listed.out.contains(new) && !listed.out.contains(old), "{listed:?}");
        assert_eq!(desk.told(), 0, "{what}");
        daemon.stop();
    }
}

#[test]
fn what_cannot_be_silenced_is_said() {
    let desk = Desk::new();
    for (arguments, code, says) in [
        (&["silence", "add", "--watch", "sumit", "--for", "1h"][..], 2, "no watch “sumit”"),
        (&["silence", "add", "--feed", "w", "--for", "1h"], 2, "no feed “w”"),
        (&["silence", "add", "--for", "1h"], 2, "--watch"),
        (&["silence", "add", "--watch", "summit", "--for", "0s"], 2, "more than nothing"),
        (&["silence", "add", "--watch", "summit", "--for", "1"], 2, "unit"),
        (&["silence", "add", "--story", "al_zzz", "--for", "1h"], 1, "no alert al_zzz"),
        (&["silence", "end", "si_zzz"], 1, "no silence si_zzz"),
    ] {
        let said = desk.program.run(arguments);
        assert!(said.code == code && said.err.contains(says), "{arguments:?}: {said:?}");
    }
    let nothing_yet = Program::new(&format!("{}{}", feed("f", "http://x.example/"), watch("w", &["x"], &[])));
    let said = nothing_yet.run(&["silence", "add", "--watch", "w", "--for", "1h"]);
    assert!(said.code == 1 && said.err.contains("no store yet"), "{said:?}");
}

#[test]
fn another_user_is_told_what_to_type() {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: only root can run a command as somebody else");
        return;
    }
    let desk = Desk::new();
    let open = |path: &str, mode| {
        std::fs::set_permissions(desk.program.path(path), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    open("", 0o755);
    open("feedwatch.toml", 0o644);
    // Readable is not enough: a store in use has files beside it that must be made or written.
    for mode in [0o600, 0o644] {
        open("store.db", mode);
        let run = |arguments: &[&str]| {
            let mut command = desk.program.command(arguments);
            command.uid(65534).gid(65534).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
            said(command.spawn().expect("starts"))
        };
        let list = run(&["silence", "list"]);
        assert!(list.code == 1 && list.err.contains("sudo -u feedwatch"), "{mode:o}: {list:?}");
        let add = run(&["silence", "add", "--watch", "summit", "--for", "1h"]);
        assert!(add.code == 1 && add.err.contains("sudo -u feedwatch"), "{mode:o}: {add:?}");
    }
}
