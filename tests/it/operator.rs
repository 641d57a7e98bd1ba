//! Commands of whoever runs it: feeds, doctor, check --online, completions, man, and flags wherever they stand.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Stdio;

use crate::support::feed::{Entry, rss};
use crate::support::http::{HttpServer, Reply};
use crate::support::program::{Program, Said, feed, hook, said, watch};
use crate::support::running::Running;
use crate::support::smtp::SmtpServer;

fn desk() -> (HttpServer, Program) {
    let server = HttpServer::start();
    server.feed("/feed.xml", rss(&[Entry::new("a", "Talks in Helsinki")]));
    let program = Program::new(&format!(
        "{}{}",
        feed("world", &server.url("/feed.xml")),
        watch("summit", &["Helsinki"], &["console"])
    ));
    (server, program)
}

#[test]
fn a_feed_is_shown_with_all_that_is_known_of_it() {
    let (server, program) = desk();
    let before = program.run(&["feeds", "show", "world"]);
    assert!(before.code == 0 && before.out.contains("never polled"), "{before:?}");
    program.once();
    server.reply("/feed.xml", Reply::status(503).body("full up"));
    program.once();
    let shown = program.run(&["feeds", "show", "world", "--json"]);
    let of = |kind| shown.of(kind);
    assert_eq!((&of("feed")[0]["state"], &of("feed")[0]["failures"]), (&"backing_off".into(), &1.into()));
    assert!(of("trouble")[0]["said"].as_str().unwrap().contains("503"));
    let item = &of("stored_item")[0];
    assert_eq!((&item["key"], &item["link"]), (&"a".into(), &"http://news.example/a".into()));
    assert_eq!(item["found"][0], "summit");
    let text = program.run(&["feeds", "show", "world"]).out;
    for words in ["rhythm       every 1h", "failing", "Talks in Helsinki", "found by summit"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let list = program.run(&["feeds", "list", "--json"]).records();
    assert_eq!((list.len(), &list[0]["name"]), (1, &"world".into()));
    let unknown = program.run(&["feeds", "show", "wrld"]);
    assert!(unknown.code == 2 && unknown.err.contains("feedwatch feeds list"), "{unknown:?}");
}

#[test]
fn a_feed_is_polled_when_somebody_asks_beside_a_daemon_and_without_one() {
    let (server, program) = desk();
    let early = program.run(&["feeds", "poll", "world"]);
    assert!(early.code == 1 && early.err.contains("no store yet"), "{early:?}");
    program.once();
    let alone = program.run(&["feeds", "poll", "world"]);
    assert!(alone.code == 0 && alone.err.contains("no daemon runs: feedwatch once"), "{alone:?}");
    assert_eq!(program.run(&["once", "--json"]).summary()["polled"], 1);
    assert_eq!(program.run(&["once", "--json"]).summary()["polled"], 0, "not due again");
    let daemon = Running::start(&program);
    let polled = server.requests().len();
    let beside = program.run(&["feeds", "poll", "--all"]);
    assert!(beside.err.contains("feedwatch run, process"), "{beside:?}");
    daemon.until(|| server.requests().len() > polled);
    daemon.stop();
}

#[test]
fn flags_work_before_the_command_as_after_it() {
    let (_server, program) = desk();
    std::fs::rename(program.path("feedwatch.toml"), program.path("other.toml")).unwrap();
    for arguments in [
        &["-c", "other.toml", "--json", "status"][..],
        &["--config", "other.toml", "status", "--json"],
        &["--config=other.toml", "-v", "feeds", "list", "--json"],
        &["status", "-c", "other.toml", "--json"],
    ] {
        let said = program.run(arguments);
        assert!(said.code == 0 && !said.records().is_empty(), "{arguments:?}: {said:?}");
    }
    assert_eq!(program.run(&["-c", "other.toml", "parse", "x"]).code, 2, "parse takes no configuration");
}

#[test]
fn a_round_says_more_when_asked() {
    let (server, program) = desk();
    let first = program.run(&["once", "-v"]).err;
    assert!(first.contains("feed “world”: 1 new item, 0 edited (") && first.contains("next poll in"), "{first}");
    server.feed("/feed.xml", rss(&[Entry::new("b", "Helsinki")]));
    let second = program.run(&["once", "--all", "-v"]);
    assert!(second.err.contains("notifier “console”: sent (1 alert)"), "{second:?}");
}

#[test]
fn the_doctor_looks_at_everything_and_says_what_to_do() {
    let (_server, program) = desk();
    program.once();
    let said = program.run(&["doctor", "--json"]);
    let names: Vec<String> = said.records().iter().map(|c| c["name"].as_str().unwrap().to_owned()).collect();
    for name in
        ["configuration", "credentials", "resolver", "disk", "permissions", "store", "clock", "tls roots", "systemd"]
    {
        assert!(names.iter().any(|n| n == name), "{name}: {names:?}");
    }
    let state = |said: &Said, name: &str| {
        said.records().iter().find(|c| c["name"] == name).map(|c| c["state"].as_str().unwrap().to_owned()).unwrap()
    };
    assert_eq!(state(&said, "store"), "ok");
    let password = "[[notifier]]\nname = \"desk\"\nkind = \"email\"\nfrom = \"a@example.org\"\nto = [\"b@example.org\"]\n\
                    smtp = { host = \"m.example\", username = \"u\", password_file = \"/nowhere/secret\" }\n";
    program.configure(&format!("{}{}{password}", feed("f", "http://127.0.0.1:1/"), watch("w", &["some"], &["desk"])));
    let broken = program.run(&["doctor", "--json"]);
    assert_eq!((broken.code, state(&broken, "configuration").as_str()), (1, "error"), "{broken:?}");
}

#[test]
fn completions_and_pages_name_every_command() {
    let program = Program::new("");
    let help = program.run(&["--help"]).out;
    let listed = help.lines().skip_while(|l| *l != "Commands:").skip(1).take_while(|l| l.starts_with("  "));
    let commands: Vec<&str> = listed.filter_map(|l| l.split_whitespace().next()).filter(|c| *c != "help").collect();
    assert!(commands.len() > 15, "{commands:?}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = program.run(&["completions", shell]);
        assert_eq!(script.code, 0);
        commands.iter().for_each(|c| assert!(script.out.contains(c), "{shell}: {c}"));
    }
    assert_eq!(program.run(&["completions", "tcsh"]).code, 2);
    assert!(program.run(&["man"]).out.contains(".TH feedwatch 1"));
    assert_eq!(program.run(&["man", "--dir", "pages"]).code, 0);
    for command in commands {
        let page = std::fs::read_to_string(program.path(&format!("pages/feedwatch-{command}.1"))).unwrap();
        assert!(page.contains(&format!(".TH feedwatch-{command} 1")), "{command}: {page}");
    }
}

#[test]
fn feeds_and_notifiers_are_asked_and_nobody_is_told_anything() {
    let (server, _) = desk();
    server.feed("/empty.xml", rss(&[]));
    server.reply("/gone.xml", Reply::status(404));
    server.feed("/page", "<!doctype html><html><title>no feed</title></html>");
    server.reply("/hook", Reply::status(405));
    let smtp = SmtpServer::start();
    let feeds: String = ["feed.xml", "empty.xml", "gone.xml", "page"]
        .iter()
        .map(|f| feed(&f.replace('.', "-"), &server.url(&format!("/{f}"))))
        .collect();
    let mail = format!(
        "[[notifier]]\nname = \"desk\"\nkind = \"email\"\nfrom = \"a@example.org\"\nto = [\"b@example.org\"]\n\
         smtp = {{ host = \"127.0.0.1\", port = {}, tls = \"none\" }}\n",
        smtp.port()
    );
    let text = format!(
        "{feeds}{mail}{}{}{}",
        hook("hook", &server.url("/hook")),
        hook("nobody", "http://127.0.0.1:1/hook"),
        watch("w", &["some"], &["hook", "desk", "nobody"])
    );
    let said = Program::new(&text).run(&["check", "--online", "--json"]);
    let found: Vec<(String, u64)> =
        said.records().iter().map(|p| (p["code"].as_str().unwrap().to_owned(), p["line"].as_u64().unwrap())).collect();
    let codes: Vec<&str> = found.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!(codes, ["empty_feed", "feed_unreachable", "not_a_feed", "notifier_unreachable"], "{said:?}");
    assert_eq!((said.code, found[0].1), (2, 9), "the place is the feed's url");
    let methods: Vec<String> = server.seen("/hook").iter().map(|r| r.method.clone()).collect();
    assert_eq!(methods, ["OPTIONS"]);
    assert!(smtp.mails().is_empty(), "no mail was begun");
}

#[test]
fn a_term_that_is_everywhere_is_warned_of_at_its_place() {
    let server = HttpServer::start();
    let entries: Vec<Entry> = (0..120)
        .map(|n| Entry::new(&format!("i{n}"), if n % 10 == 0 { "the rare Helsinki" } else { "the usual" }))
        .collect();
    server.feed("/feed.xml", rss(&entries));
    let world = feed("world", &server.url("/feed.xml"));
    let program = Program::new(&format!("{world}{}", watch("w", &["nothing"], &["console"])));
    program.once();
    program.configure(&format!("{world}{}", watch("w", &["Pompeo", "the usual", "Helsinki"], &["console"])));
    let said = program.run(&["check", "--json"]);
    let told = said.records();
    assert_eq!(said.code, 0);
    let codes: Vec<(&str, u64)> =
        told.iter().map(|p| (p["code"].as_str().unwrap(), p["column"].as_u64().unwrap())).collect();
    assert_eq!(codes, [("common", 20), ("common", 33)], "{told:?}");
    assert!(told[0]["message"].as_str().unwrap().contains("108 of the last 120 items stored (90 %)"), "{told:?}");
}

/// What an operator types: without a daemon, beside one, and as somebody who may not read what is the service's.
#[test]
fn every_command_answers_alone_beside_a_daemon_and_to_another_user() {
    let (server, program) = desk();
    server.reply("/hook", Reply::status(204));
    let configuration = format!(
        "[defaults]\nfirst_poll = \"all\"\n{}{}{}",
        feed("world", &server.url("/feed.xml")),
        hook("desk", &server.url("/hook")),
        watch("summit", &["Helsinki"], &["desk"])
    );
    program.configure(&configuration);
    std::fs::copy(program.path("feedwatch.toml"), program.path("old.toml")).unwrap();
    program.once();
    let alert = program.run(&["alerts", "list", "--json"]).records()[0]["id"].as_str().unwrap().to_owned();
    // The exit code in each of the three, and what a good answer holds. Nobody restores under a daemon, or takes its steps.
    let commands = [
        ("status", [0, 0, 1], "world"),
        ("status --watch", [0, 0, 1], "world"),
        ("explain ALERT", [0, 0, 1], "watch “summit”"),
        ("explain --watch summit a", [0, 0, 1], "it was told"),
        ("backtest --since 7d", [0, 0, 1], "1 item looked at"),
        ("backtest --against old.toml", [0, 0, 1], "1 item looked at"),
        ("silence add --watch summit --for 2h --reason drill", [0, 0, 1], "drill"),
        ("silence add --feed world --for 2h", [0, 0, 1], "world"),
        ("silence add --story ALERT --for 2h", [0, 0, 1], "in feed"),
        ("silence list", [0, 0, 1], "drill"),
        ("silence end SILENCE", [0, 0, 1], "ended by"),
        ("feeds list", [0, 0, 1], "world"),
        ("feeds show world", [0, 0, 1], "found by summit"),
        ("feeds poll world", [0, 0, 1], "1 feed is now due"),
        ("alerts list", [0, 0, 1], "desk: sent"),
        ("alerts show ALERT", [0, 0, 1], "accepted"),
        ("alerts resend ALERT", [0, 0, 1], "no dead delivery"),
        ("notify desk", [0, 0, 0], "accepted"),
        ("notify enable desk", [0, 0, 1], "was not off"),
        ("check", [0, 0, 0], "no mistake"),
        ("check --online", [0, 0, 0], "1 of 1 feed"),
        ("doctor", [0, 0, 1], "clock"),
        ("backup copy-WHERE.db", [0, 0, 1], "1 alert"),
        ("restore copy-alone.db", [0, 1, 1], "the backup"),
        ("completions bash", [0, 0, 0], "feedwatch"),
        ("man", [0, 0, 0], ".TH feedwatch"),
        ("once", [0, 1, 1], "1 of 1 feed"),
    ];
    let ask = |place: &str, at: usize, run: &dyn Fn(&[&str]) -> Said| {
        for (line, codes, holds) in &commands {
            let silence =
                || program.run(&["silence", "list", "--json"]).records()[0]["id"].as_str().unwrap().to_owned();
            let line = line.replace("ALERT", &alert).replace("WHERE", place);
            let line = if line.contains("SILENCE") { line.replace("SILENCE", &silence()) } else { line };
            let said = run(&line.split(' ').collect::<Vec<_>>());
            assert_eq!(said.code, codes[at], "{place}: feedwatch {line}: {said:?}");
            let wanted = match (said.code, place) {
                (0, _) => (*holds).to_owned(),
                (_, "beside-a-daemon") => "the store is held by feedwatch run, process".to_owned(),
                _ if line == "doctor" => "sudo -u feedwatch feedwatch doctor".to_owned(),
                _ => format!("run the command as its user: sudo -u feedwatch feedwatch {line}\n"),
            };
            assert!(
                (said.out.clone() + &said.err).contains(&wanted),
                "{place}: feedwatch {line}: no {wanted}: {said:?}"
            );
        }
    };
    ask("alone", 0, &|line| program.run(line));
    let daemon = Running::start(&program);
    ask("beside-a-daemon", 1, &|line| program.run(line));
    daemon.stop();
    if !rustix::process::geteuid().is_root() {
        return println!("skipped in part: only root can run a command as somebody else");
    }
    let open = |path: &str, mode| {
        std::fs::set_permissions(program.path(path), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    open("", 0o755);
    open("feedwatch.toml", 0o644);
    open("old.toml", 0o644);
    let somebody = |line: &[&str]| {
        let mut command = program.command(line);
        command.uid(65534).gid(65534).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        said(command.spawn().expect("starts"))
    };
    ask("somebody-else", 2, &somebody);
    // The file itself may be the service's alone.
    open("feedwatch.toml", 0o600);
    let refused = somebody(&["status", "--json"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(
        refused.err.ends_with("run the command as its user: sudo -u feedwatch feedwatch status --json\n"),
        "{refused:?}"
    );
}
