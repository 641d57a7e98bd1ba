//! `feedwatch backtest`: a watchlist on what is stored, and against another one.

use crate::support::feed::{Entry, rss};
use crate::support::http::HttpServer;
use crate::support::program::{Program, feed, watch};

fn desk() -> (HttpServer, Program) {
    let server = HttpServer::start();
    let entries: Vec<Entry> = ["Helsinki talks", "Helsinki football", "Pompeo lands", "Nothing"]
        .iter()
        .enumerate()
        .map(|(n, title)| Entry::new(&format!("i{n}"), title))
        .collect();
    server.feed("/feed.xml", rss(&entries));
    let program = Program::new(&format!("{}{}", feed("world", &server.url("/feed.xml")), watch("w", &["x y z"], &[])));
    program.once();
    (server, program)
}

#[test]
fn a_watchlist_is_tried_on_what_is_stored_and_nothing_is_raised() {
    let (server, program) = desk();
    let url = server.url("/feed.xml");
    program.configure(&format!(
        "{}{}{}",
        feed("world", &url),
        watch("summit", &["Helsinki"], &[]),
        watch("people", &["Pompeo", "nobody"], &[])
    ));
    let said = program.run(&["backtest", "--json"]);
    let lines = said.of("backtest");
    let counts: Vec<(&str, u64)> =
        lines.iter().map(|l| (l["watch"].as_str().unwrap(), l["found"].as_u64().unwrap())).collect();
    assert_eq!(counts, [("summit", 2), ("people", 1)], "most first");
    assert_eq!(lines[0]["sample"][0]["feed"], "world");
    assert!(lines[0].get("was").is_none());
    let reach = said.of("reach").remove(0);
    assert_eq!((&reach["items"], &reach["without_text"]), (&4.into(), &0.into()));
    assert!(program.run(&["alerts", "list", "--json"]).records().is_empty());
    // A time in which nothing came.
    let none = program.run(&["backtest", "--since", "1ms", "--json"]);
    assert_eq!(none.of("reach")[0]["items"], 0);
    let text = program.run(&["backtest"]);
    assert!(text.out.contains("     2  summit\n") && text.err.contains("4 items looked at"), "{text:?}");
}

#[test]
fn two_watchlists_are_compared_watch_by_watch() {
    let (server, program) = desk();
    let world = feed("world", &server.url("/feed.xml"));
    let old = format!("{world}{}{}", watch("summit", &["Helsinki"], &[]), watch("gone", &["Pompeo"], &[]));
    std::fs::write(program.path("old.toml"), old).unwrap();
    let veto = "[[watch]]\nname = \"summit\"\nterms = [\"Helsinki\", \"lands\"]\nexclude = [\"football\"]\n";
    program.configure(&format!("{world}{veto}"));
    let said = program.run(&["backtest", "--against", "old.toml", "--json"]);
    let summit = said.of("backtest").into_iter().find(|l| l["watch"] == "summit").unwrap();
    let number = |key: &str| summit[key].as_u64().unwrap();
    assert_eq!([number("found"), number("was"), number("gained"), number("lost")], [2, 2, 1, 1]);
    assert_eq!(summit["sample"][0]["title"], "Pompeo lands");
    assert_eq!(summit["lost_sample"][0]["title"], "Helsinki football");
    let gone = said.of("backtest").into_iter().find(|l| l["watch"] == "gone").unwrap();
    assert_eq!((&gone["found"], &gone["was"], &gone["lost"]), (&0.into(), &1.into(), &1.into()));
    let text = program.run(&["backtest", "--against", "old.toml"]).out;
    assert!(text.contains("     2 (was 2, +1 -1)  summit\n"), "{text}");
    std::fs::write(program.path("bad.toml"), "[[watch]]\n").unwrap();
    let bad = program.run(&["backtest", "--against", "bad.toml"]);
    assert!(bad.code == 2 && bad.err.contains("bad.toml"), "{bad:?}");
}
