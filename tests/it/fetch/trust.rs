//! "Not modified", and how far it is believed.

use crate::support::feed::{Entry, rss};
use crate::support::http::{HttpServer, Reply};
use crate::support::program::{Program, feed, watch};

/// A server whose validator never changes, and which believes it.
fn lies(server: &HttpServer, entries: &[Entry]) {
    let document = rss(entries);
    server.answer("/feed.xml", move |request| match request.header("if-none-match") {
        Some(_) => Reply::status(304).header("etag", "\"for ever\""),
        None => Reply::ok(document.clone()).header("etag", "\"for ever\""),
    });
}

/// A day and an hour pass.
fn a_day_passes(program: &Program) {
    let store = rusqlite::Connection::open(program.path("store.db")).unwrap();
    store.execute("UPDATE feed SET whole_at = whole_at - 25 * 3600 * 1000", []).unwrap();
}

#[test]
fn ht_24_an_etag_that_lies_is_found_out_within_a_day_and_then_not_believed() {
    let server = HttpServer::start();
    let mut entries = vec![Entry::new("1", "Old talks in Helsinki")];
    lies(&server, &entries);
    let program = Program::new(&(feed("world", &server.url("/feed.xml")) + &watch("Helsinki", &["Helsinki"], &[])));
    program.once();
    entries.insert(0, Entry::new("2", "New talks in Helsinki"));
    lies(&server, &entries);
    let round = program.once();
    assert!(round.titles().is_empty(), "the server says that nothing has changed");
    assert_eq!(round.summary()["not_modified"], 1);
    a_day_passes(&program);
    assert_eq!(program.once().titles(), ["New talks in Helsinki"]);
    // It is known for a liar now: the next news is found at once.
    entries.insert(0, Entry::new("3", "More talks in Helsinki"));
    lies(&server, &entries);
    assert_eq!(program.once().titles(), ["More talks in Helsinki"]);
    let conditional: Vec<bool> = server.seen("/feed.xml").iter().map(|r| r.header("if-none-match").is_some()).collect();
    assert_eq!(conditional, [false, true, false, false]);
}

#[test]
fn an_honest_validator_is_asked_about_once_a_day_and_sent_again() {
    let server = HttpServer::start();
    let entries = [Entry::new("1", "Old talks in Helsinki")];
    server.feed("/feed.xml", rss(&entries));
    let program = Program::new(&feed("world", &server.url("/feed.xml")));
    for day in 0..2 {
        if day > 0 {
            a_day_passes(&program);
        }
        program.once();
        program.once();
    }
    let conditional: Vec<bool> = server.seen("/feed.xml").iter().map(|r| r.header("if-none-match").is_some()).collect();
    assert_eq!(conditional, [false, true, false, true]);
}
