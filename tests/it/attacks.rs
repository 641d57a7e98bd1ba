//! Attacks by their ids: what comes from outside may be anything, and the required outcome holds all the same.
//!
//! A test is named after its id (`fb_01_gzip_bomb`). The list stands beside the project; where it is there,
//! `every_attack_is_a_test` holds that none is forgotten. Inputs are made here. No test measures time: what is quadratic does
//! not end within the patience of [`crate::support::program::HANG`], what is linear takes a fraction of it.

mod config; // files that somebody else may have written
mod email; // item text on its way into a mail
mod feed_bytes; // documents
mod http; // servers of feeds
mod limits; // every limit that the documents name
mod log; // what may stand in a log, and what nowhere
mod receiver; // servers of webhooks
mod services; // what a chat would read as more than text
mod smtp; // servers of mail
mod terminal; // what a screen is shown
mod web; // lists that go out
mod webhook; // payloads

use std::collections::BTreeMap;
use std::path::Path;

use crate::support::feed::{Entry, rss};
use crate::support::http::{HttpServer, Reply};
use crate::support::program::{Program, Said, feed, hook, shared, watch};

/// Attacks on what this program does not have: whoever builds it takes its ids out of this list and writes the tests.
const NOT_THERE: &[(&str, &[&str])] = &[
    ("Matrix", &["wh-11"]),
    ("Mattermost", &["wh-12"]),
    ("PagerDuty", &["wh-13"]),
    ("CloudEvents", &["wh-16"]),
    ("status page", &["we-01", "we-02", "we-03", "we-04", "we-06"]),
    ("metrics", &["we-05"]),
    ("CSV export", &["we-07"]),
    ("WebSub", &["ws-01", "ws-02", "ws-03", "ws-04", "ws-05", "ws-06", "ws-07", "ws-08", "ws-09", "ws-10", "ws-11"]),
];

#[test]
fn every_attack_is_a_test() {
    let Some(list) = shared("attacks/attacks.tsv") else { return };
    let list = std::fs::read_to_string(list).expect("reads");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tests = String::new();
    read_all(&root.join("tests"), &mut tests);
    read_all(&root.join("src"), &mut tests);
    let away: BTreeMap<&str, &str> =
        NOT_THERE.iter().flat_map(|(surface, ids)| ids.iter().map(|id| (*id, *surface))).collect();
    let mut wrong = Vec::new();
    for id in list.lines().skip(1).filter_map(|line| line.split('\t').next()) {
        let is_test = tests.contains(&format!("fn {}_", id.replace('-', "_")));
        match (is_test, away.get(id)) {
            (false, None) => wrong.push(format!("{id} has no test")),
            (true, Some(surface)) => wrong.push(format!("{id} has a test, and {surface} is listed as not there")),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The sources below a folder, one after the other.
fn read_all(folder: &Path, out: &mut String) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            read_all(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push_str(&std::fs::read_to_string(path).expect("reads"));
        }
    }
}

/// A hostile feed and a harmless one, a watch for Helsinki, a webhook. Both feeds have been polled once.
struct Scene {
    server: HttpServer,
    program: Program,
}

/// What came of a hostile answer.
#[derive(Debug)]
struct Outcome {
    round: Said,
    /// The most memory of the round, in bytes, beyond that of a round with a harmless answer.
    more_memory: u64,
    /// Alerts of the hostile feed, by title.
    titles: Vec<String>,
    /// As `status` has the hostile feed.
    feed: serde_json::Value,
    /// Items stored of it.
    items: u64,
}

const MIB: u64 = 1 << 20;

impl Scene {
    fn new() -> Self {
        Self::with("")
    }

    /// With further configuration.
    fn with(extra: &str) -> Self {
        let server = HttpServer::start();
        server.reply("/hook", Reply::status(204));
        server.feed("/good.xml", rss(&[]));
        server.feed("/bad.xml", rss(&[]));
        let configuration = feed("bad", &server.url("/bad.xml"))
            + &feed("good", &server.url("/good.xml"))
            + &hook("hook", &server.url("/hook"))
            + &watch("w", &["Helsinki"], &["hook"])
            + extra;
        let scene = Self { program: Program::new(&configuration), server };
        scene.program.once();
        scene
    }

    /// The hostile feed answers like this, the harmless one has news, and a round is run.
    fn attack(&self, reply: Reply) -> Outcome {
        self.server.feed("/good.xml", rss(&[Entry::new("before", "Harmless")]));
        let (before, usual) = self.program.once_measured();
        assert_eq!(before.titles(), [""; 0], "{before:?}");
        self.server
            .feed("/good.xml", rss(&[Entry::new("news", "Helsinki elsewhere"), Entry::new("before", "Harmless")]));
        self.server.reply("/bad.xml", reply);
        let (round, peak) = self.program.once_measured();
        let of_feed = |name: &str| {
            let alerts = round.of("alert").into_iter().filter(|a| a["feed"] == name);
            alerts.map(|a| a["item"]["title"].as_str().expect("a title").to_owned()).collect::<Vec<_>>()
        };
        let healthy = of_feed("good");
        let told = !healthy.is_empty() && healthy.iter().all(|title| title == "Helsinki elsewhere");
        assert!(told, "the other feed was not polled: {healthy:?} {}", round.err);
        let titles = of_feed("bad");
        let status = self.program.run(&["status", "--json"]);
        let feed = status.of("feed").into_iter().find(|f| f["name"] == "bad").expect("the feed");
        let items = status.of("store")[0]["items"].as_u64().expect("a number") - 2;
        Outcome { round, more_memory: peak.saturating_sub(usual), titles, feed, items }
    }

    /// A document of the hostile feed.
    fn document(&self, document: impl Into<Vec<u8>>) -> Outcome {
        self.attack(Reply::ok(document).header("content-type", "application/xml"))
    }
}

impl Outcome {
    /// It failed for this reason, stored nothing, and backs off.
    #[track_caller]
    fn is_failure(&self, reason: &str) {
        assert!(self.round.err.contains(reason), "no `{reason}`: {}", self.round.err);
        assert!(self.feed["error"].as_str().is_some_and(|e| e.contains(reason)), "{}", self.feed);
        assert_eq!((&self.feed["state"], &self.feed["failures"]), (&"backing_off".into(), &1.into()), "{}", self.feed);
        assert!(self.titles.is_empty() && self.items == 0, "{self:?}");
    }

    /// It was read, and these titles were told of.
    #[track_caller]
    fn tells(&self, titles: &[&str]) {
        assert_eq!(self.titles, titles, "{}", self.round.err);
        assert_eq!(self.feed["state"], "ok", "{}", self.feed);
    }

    /// The round held no more than this beyond a harmless one.
    #[track_caller]
    fn held_at_most(&self, bytes: u64) {
        assert!(self.more_memory < bytes, "{} KiB more memory than a harmless round", self.more_memory >> 10);
    }
}

/// A document of RSS 2.0 with these items, and something before its first element.
fn document(head: &str, items: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>{head}<rss version=\"2.0\"><channel><title>attack</title>\
         <link>http://feeds.example/</link>{items}</channel></rss>"
    )
}

/// An item: title and description as they stand, further elements.
fn item(guid: &str, title: &str, description: &str, more: &str) -> String {
    format!(
        "<item><guid isPermaLink=\"false\">{guid}</guid><title>{title}</title><link>http://feeds.example/{guid}</link>\
         <description>{description}</description>{more}</item>"
    )
}
