//! The feed of the alerts: written whole, read by others.

use std::process::Command;

use crate::support::feed::{Entry, rss};
use crate::support::http::HttpServer;
use crate::support::program::{Program, feed, watch};

fn desk(keep: usize) -> (HttpServer, Program) {
    let server = HttpServer::start();
    server.feed("/feed.xml", rss(&[]));
    let out = format!(
        "[[notifier]]\nname = \"out\"\nkind = \"feed\"\npath = \"out/alerts.xml\"\ntitle = \"Desk\"\nkeep = {keep}\n"
    );
    let program = Program::new(
        &(feed("world", &server.url("/feed.xml")) + &out + &watch("w", &["Helsinki", "هلسينكي"], &["out"])),
    );
    program.once();
    (server, program)
}

#[test]
fn alerts_stand_in_the_file_newest_first_and_our_own_parser_reads_them() {
    let (server, program) = desk(3);
    server.feed("/feed.xml", rss(&[Entry::new("1", "Talks in Helsinki")]));
    assert_eq!(program.once().summary()["pending"], 1, "no folder, no file: the message waits");
    std::fs::create_dir(program.path("out")).unwrap();
    let id = program.run(&["alerts", "list", "--json"]).records()[0]["id"].as_str().unwrap().to_owned();
    assert!(program.run(&["alerts", "show", &id]).out.contains("cannot be written"), "the reason is kept");
    let (server, program) = desk(3);
    std::fs::create_dir(program.path("out")).unwrap();
    for n in 1..=4 {
        let entries: Vec<Entry> =
            (1..=n).rev().map(|n| Entry::new(&n.to_string(), &format!("هلسينكي & Helsinki {n}"))).collect();
        server.feed("/feed.xml", rss(&entries));
        assert_eq!(program.once().summary()["delivered"], 1);
    }
    let read = program.run(&["parse", "out/alerts.xml", "--json"]).records();
    assert_eq!((&read[0]["format"], &read[0]["title"]), (&"atom1.0".into(), &"Desk".into()));
    let titles: Vec<&str> = read[1..].iter().map(|i| i["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["هلسينكي & Helsinki 4", "هلسينكي & Helsinki 3", "هلسينكي & Helsinki 2"]);
    assert_eq!(read[1]["link"], "http://news.example/4");
    assert_eq!(std::fs::read_dir(program.path("out")).unwrap().count(), 1, "nothing is left beside it");
    strict(&std::fs::read_to_string(program.path("out/alerts.xml")).unwrap());
    judged(&program);
}

/// What RFC 4287 asks of a feed and its entries (4.1.1 and 4.1.2).
fn strict(text: &str) {
    assert!(
        text.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">")
    );
    let (head, entries) = text.split_once("<entry>").unwrap();
    let once = |text: &str, tag: &str| assert_eq!(text.matches(&format!("<{tag}")).count(), 1, "{tag} in {text}");
    for tag in ["id>", "title>", "updated>", "author>"] {
        once(head, tag);
    }
    let mut ids = std::collections::BTreeSet::new();
    for entry in entries.split("<entry>") {
        for tag in ["id>", "title>", "updated>", "link rel=\"alternate\"", "content type=\"html\""] {
            once(entry, tag);
        }
        let inner =
            |tag: &str| entry.split_once(&format!("<{tag}>")).unwrap().1.split_once(&format!("</{tag}>")).unwrap().0;
        assert!(inner("id").starts_with("urn:uuid:") && ids.insert(inner("id").to_owned()), "{entry}");
        assert!(chrono::DateTime::parse_from_rfc3339(inner("updated")).is_ok(), "{entry}");
        let content = entry.split_once("<content type=\"html\">").unwrap().1.split_once("</content>").unwrap().0;
        assert!(!content.contains('<'), "escaped markup");
    }
}

/// By `feedparser`, where Python has it.
fn judged(program: &Program) {
    let script = "import sys, feedparser\nf = feedparser.parse(sys.argv[1])\nassert f.bozo == 0 and f.version == 'atom10' and len(f.entries) == 3, f\n\
                  assert all(e.id and e.link and e.title and e.updated_parsed for e in f.entries)";
    let there = Command::new("python3").args(["-c", "import feedparser"]).output().is_ok_and(|o| o.status.success());
    if !there {
        println!("skipped: no feedparser here");
        return;
    }
    let said = Command::new("python3").args(["-c", script]).arg(program.path("out/alerts.xml")).output().unwrap();
    assert!(said.status.success(), "{said:?}");
}

#[test]
fn a_file_of_somebody_else_is_left_alone() {
    let (server, program) = desk(3);
    std::fs::create_dir(program.path("out")).unwrap();
    std::fs::write(program.path("out/alerts.xml"), "<feed>mine</feed>").unwrap();
    server.feed("/feed.xml", rss(&[Entry::new("1", "Talks in Helsinki")]));
    let round = program.once();
    assert!(round.summary()["pending"] == 1, "{round:?}");
    assert_eq!(std::fs::read_to_string(program.path("out/alerts.xml")).unwrap(), "<feed>mine</feed>");
    assert!(program.run(&["status"]).out.contains("is not a feed that feedwatch wrote"));
}
