//! What may stand in a log, and what nowhere.

use std::process::Stdio;

use serde_json::json;

use super::*;
use crate::daemon::Daemon;
use crate::support::http::Authority;
use crate::support::program::said;
use crate::support::smtp::{Offers, SmtpServer};

/// Whether a line is one event of the log, with its time or as the journal has it.
fn is_event(line: &str, journal: bool) -> bool {
    let levels = ["ERROR ", "WARN ", "INFO ", "DEBUG ", "TRACE "];
    let rest = if journal { Some(line) } else { line.split_once("Z ").map(|(_, rest)| rest) };
    let year = feedwatch::model::SystemClock.now().to_string()[..5].to_owned();
    (journal || line.starts_with(&year)) && rest.is_some_and(|r| levels.iter().any(|l| r.trim_start().starts_with(l)))
}

use feedwatch::model::Clock;

const FORGED: &str = "2026-01-01T00:00:00Z ERROR store: database lost";

#[test]
fn lo_01_forged_log_line() {
    for journal in [false, true] {
        // Standard error is the journal's, and the journal is not there; its entries are looked at in `journal`.
        if journal && Path::new("/run/systemd/journal/socket").exists() {
            println!("skipped: this machine has a journal, which is left alone");
            continue;
        }
        let server = HttpServer::start();
        let title = format!("Hel\u{202e}sinki\n{FORGED}\u{85}{FORGED}\u{2028}{FORGED}\u{1b}[2J");
        let feed_of =
            |items: serde_json::Value| json!({"version": "https://jsonfeed.org/version/1", "items": items}).to_string();
        server.feed_as("/feed.json", "application/json", feed_of(json!([])));
        server.reply("/odd.xml", Reply::ok(format!("<a\u{85}{}\u{9b}31m\u{2028}/>", FORGED.replace(' ', "_"))));
        server.reply("/hook", Reply::status(500).body(format!("no\n{FORGED}\r{FORGED}")));
        let of = |name: &str, path: &str| {
            format!("[[feed]]\nname = \"{name}\"\nurl = \"{}\"\nevery = \"1s\"\n", server.url(path))
        };
        let configuration = of("world", "/feed.json")
            + &of("odd", "/odd.xml")
            + &hook("hook", &server.url("/hook"))
            + &watch("w", &["Helsinki"], &["hook"]);
        let program = Program::new(&configuration);
        program.once();
        // Every event that there is, and a name of the configuration that breaks its line.
        let odd_name = format!("feed\n{FORGED}.toml");
        std::fs::rename(program.path("feedwatch.toml"), program.path(&odd_name)).expect("renames");
        let variables = [("FEEDWATCH_LOG", "feedwatch=trace"), ("FEEDWATCH_CONFIG", odd_name.as_str())];
        let command = |arguments: &[&str]| {
            let mut command = if journal { program.journalled(arguments) } else { program.command(arguments) };
            command.envs(variables.iter().copied());
            command
        };
        let daemon = Daemon::start_as(&program, command(&["run"]));
        daemon.told("READY=1");
        server.feed_as("/feed.json", "application/json", feed_of(json!([{"id": "1", "title": title}])));
        server.wait_for_blocking("/hook", 1);
        let began = std::time::Instant::now();
        let ask = |what: &[&str]| program.run(&[what, &["--json", "-c", &odd_name]].concat());
        let attempts = || ask(&["alerts", "list"]).records()[0]["deliveries"][0]["attempts"].as_u64();
        let failures =
            || ask(&["status"]).of("feed").iter().find(|f| f["name"] == "odd").expect("the feed")["failures"].as_u64();
        while attempts() != Some(1) || failures() < Some(2) {
            assert!(began.elapsed() < crate::support::program::HANG, "the attempt or the poll is never settled");
        }
        let end = daemon.stop();
        let lines: Vec<&str> = end.err.lines().collect();
        assert!(lines.len() > 4 && lines.iter().all(|line| is_event(line, journal)), "{:#?}", lines);
        for words in ["attempt 1 failed", "not a feed"] {
            assert!(lines.iter().any(|l| l.contains(words)), "{words}: {lines:#?}");
        }
        assert!(
            !end.err.contains(|c: char| (c.is_control() && c != '\n') || matches!(c, '\u{2028}' | '\u{202e}')),
            "{:?}",
            end.err
        );
        // What was there is seen.
        assert!(lines.iter().any(|l| l.contains("Hel\\u{202e}sinki")), "{lines:#?}");
        std::fs::write(program.path(&odd_name), "no = [").expect("writes");
        let mut command = command(&["run", "--strict"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let refused = said(command.spawn().expect("starts"));
        let complaint = refused.err.lines().last().expect("a complaint");
        assert!(
            refused.code == 2 && complaint.starts_with("feedwatch: feed\\n2026-01-01T00:00:00Z ERROR"),
            "{refused:?}"
        );
    }
}

#[test]
fn lo_02_secret_in_an_error() {
    let authority = Authority::new();
    let server = HttpServer::start();
    let post = SmtpServer::offering(Offers { login: Some(("desk", "S3CRET-other")), ..Offers::default() });
    post.always("auth", "535 5.7.8 S3CRET-smtp is wrong");
    let strange = HttpServer::start_tls(&authority);
    let with_login = |url: String| url.replace("://", "://user:S3CRET-login@");
    server.reply("/gone", Reply::status(404));
    server.reply("/moved", Reply::redirect(301, "/moved-to?token=S3CRET-query&key=S3CRET-target"));
    server.feed("/moved-to", rss(&[Entry::new("1", "Known")]));
    server.reply("/loop", Reply::redirect(302, "/loop?token=S3CRET-query"));
    server.reply("/reset", Reply::reset());
    server.reply("/page", Reply::ok("<html><head><title>no feed</title></head></html>"));
    server.feed("/well", rss(&[]));
    server.reply("/S3CRET-path", Reply::status(503).body("later"));
    let query = "?token=S3CRET-query";
    let free = "http://127.0.0.1:9/refused".to_owned();
    let urls =
        ["/gone", "/moved", "/loop", "/reset", "/page", "/well"].map(|path| with_login(server.url(path)) + query);
    let further = [
        with_login(free) + query,
        with_login(strange.url_as("localhost", "/tls")) + query,
        format!("http://user:S3CRET-login@feeds.invalid/{query}"),
    ];
    let feeds: String = urls
        .iter()
        .chain(&further)
        .enumerate()
        .map(|(n, url)| {
            let headers = "headers = { X-Key = \"S3CRET-header\" }\ncookie_file = \"cookies\"\n";
            format!("[[feed]]\nname = \"f{n}\"\nurl = \"{url}\"\nevery = \"1s\"\nmax_interval = \"2s\"\n{headers}")
        })
        .collect();
    let proxied = format!(
        "[[feed]]\nname = \"proxied\"\nurl = \"http://feeds.invalid/\"\nproxy = \"{}\"\n",
        with_login("http://127.0.0.1:9".into())
    );
    let notifiers = hook("hook", &server.url("/S3CRET-path?key=S3CRET-query"))
        + &format!(
            "[[notifier]]\nname = \"desk\"\nkind = \"email\"\nfrom = \"a@example.org\"\nto = [\"b@example.org\"]\n\
             smtp = {{ host = \"127.0.0.1\", port = {}, tls = \"none\", username = \"desk\", password = \"S3CRET-smtp\" }}\n",
            post.port()
        );
    let program = Program::new(&(feeds + &proxied + &notifiers + &watch("w", &["Helsinki"], &["hook", "desk"])));
    std::fs::write(program.path("cookies"), "sid=S3CRET-cookie").expect("writes");
    program.once();
    server.feed("/well", rss(&[Entry::new("1", "Helsinki")]));
    let mut told = String::new();
    for arguments in [
        &["once", "--all", "-v", "-v", "-v"][..],
        &["check"],
        &["status"],
        &["status", "--json"],
        &["alerts", "list"],
        &["alerts", "list", "--json"],
        &["notify", "hook"],
        &["notify", "desk"],
        &["feeds", "export"],
    ] {
        told += &format!("{:?}", program.run(arguments));
    }
    for n in 0..5 {
        told += &format!("{:?}{n}", program.run(&["once", "--all"]));
    }
    for url in urls.iter().chain(&further) {
        told += &format!("{:?}", program.run(&["parse", url, "-v", "-v", "-v"]));
    }
    // The daemon, with all that it and its libraries can say.
    let daemon = Daemon::start_with(&program, &[("FEEDWATCH_LOG", "trace")]);
    daemon.told("READY=1");
    server.wait_for_blocking("/loop", server.seen("/loop").len() + 1);
    told += &daemon.stop().err;
    assert!(
        told.contains("answered 404") && told.contains("535 5.7.8") && told.contains("503"),
        "nothing failed: {told}"
    );
    let leaks: Vec<&str> = told.split(|c: char| c.is_whitespace()).filter(|w| w.contains("S3CRET")).collect();
    // What was typed as an argument is not what is meant.
    assert!(leaks.is_empty(), "{leaks:?}");
    for secret in ["S3CRET-login", "S3CRET-query", "S3CRET-header", "S3CRET-cookie", "S3CRET-smtp", "S3CRET-path"] {
        assert!(!program.store_holds(secret.as_bytes()), "{secret} is stored");
    }
    // A redirect that was remembered is asked with the query that it took over, though it is not stored.
    assert!(server.seen("/moved-to").iter().all(|r| r.target.contains("token=S3CRET-query")));
}

#[test]
fn lo_02_no_debug_output_holds_a_secret() {
    let program = Program::new(
        "[[feed]]\nname = \"f\"\nurl = \"http://user:S3CRET@127.0.0.1:9/f?token=S3CRET\"\nheaders = { X-Key = \"S3CRET\" }\nproxy = \"http://u:S3CRET@127.0.0.1:9\"\n\
         [[feed]]\nname = \"g\"\nurl = \"http://127.0.0.1:9/g\"\nusername = \"u\"\npassword = \"S3CRET\"\n\
         [[notifier]]\nname = \"n\"\nkind = \"webhook\"\nurl = \"http://u:S3CRET@127.0.0.1:9/S3CRET?S3CRET\"\nsecret = \"whsec_UzNDUkVUUzNDUkVUUzNDUkVUUzNDUkVU\"\n\
         [[notifier]]\nname = \"m\"\nkind = \"email\"\nfrom = \"a@example.org\"\nto = [\"b@example.org\"]\n\
         smtp = { host = \"127.0.0.1\", tls = \"none\", username = \"desk\", password = \"S3CRET\" }\n",
    );
    let environment = feedwatch::config::Environment {
        variables: [("PASSWORD".to_owned(), "S3CRET".to_owned())].into(),
        ..feedwatch::config::Environment::default()
    };
    let loaded = feedwatch::config::load(&program.path("feedwatch.toml"), &environment);
    let config = loaded.config.as_ref().expect("a configuration");
    let fetched = feedwatch::fetcher::Fetched {
        answer: feedwatch::fetcher::Answer::NotModified,
        url: "http://a.example/?S3CRET".into(),
        moved_to: Some("http://u:S3CRET@a.example/".into()),
        bytes: 0,
        withheld: None,
    };
    let told = format!("{loaded:#?}{config:?}{environment:?}{fetched:?}");
    assert!(told.contains("127.0.0.1:9") && !told.contains("S3CRET") && !told.contains("UzNDUkVU"), "{told}");
}

#[test]
fn lo_03_log_flood() {
    let bad = "<link>javascript:alert(1)</link><pubDate>never</pubDate><enclosure url=\"file:///x\"/>";
    let items: String = (0..100_000).map(|n| format!("<item><guid>{n}</guid><title>t</title>{bad}</item>")).collect();
    let outcome = Scene::new().document(document("", &items));
    let about: Vec<&str> = outcome.round.err.lines().filter(|l| l.contains("“bad”")).collect();
    assert_eq!(
        about,
        [
            "feed “bad”: 95000 items beyond the limit of a document were left out",
            "feed “bad”: 10000 links that lead nowhere on the web were dropped"
        ]
    );
    assert_eq!(outcome.items, 5000);
}
