//! `feedwatch explain`: what is known of an alert, and why a watch said nothing.

use serde_json::Value;

use crate::support::feed::{Entry, rss};
use crate::support::http::{HttpServer, Reply};
use crate::support::program::{Program, feed, hook, watch};
use crate::support::running::Running;

/// A feed that a story changes, and a hook whose answers it decides.
struct Desk {
    feed: HttpServer,
    hook: HttpServer,
    program: Program,
}

impl Desk {
    fn new(watches: &str) -> Self {
        let (feeds, hooks) = (HttpServer::start(), HttpServer::start());
        hooks.reply("/", Reply::status(200));
        feeds.feed("/feed.xml", rss(&[Entry::new("old", "Helsinki before all this")]));
        let program = Program::new("");
        let desk = Self { feed: feeds, hook: hooks, program };
        desk.watches(watches);
        desk.program.once();
        desk
    }

    fn watches(&self, watches: &str) {
        let hook = hook("hook", &self.hook.url("/")).replace("secret =", "retry = [\"1h\"]\nsecret =");
        self.program.configure(&format!("{}{hook}{watches}", feed("world", &self.feed.url("/feed.xml"))));
    }

    fn publish(&self, entries: &[Entry]) -> Vec<Value> {
        self.feed.feed("/feed.xml", rss(entries));
        self.program.once().of("alert")
    }

    fn why(&self, watch: &str, item: &str) -> Value {
        let said = self.program.run(&["explain", "--watch", watch, item, "--json"]);
        assert_eq!(said.code, 0, "{said:?}");
        said.records().remove(0)
    }
}

#[test]
fn an_alert_is_explained_from_its_publication_to_its_arrival() {
    let desk = Desk::new(&watch("summit", &["Helsinki"], &["hook"]));
    desk.hook.script("/", [Reply::status(503).body("full up"), Reply::status(200)]);
    let alert = desk.publish(&[Entry::new("a", "Talks in helsinki")]).remove(0);
    let id = alert["id"].as_str().unwrap();
    let short = &id[..10];
    let told = desk.program.run(&["explain", short, "--json"]).records().remove(0);
    assert_eq!(told["type"], "explanation");
    assert_eq!(told["alert"]["id"], id);
    assert_eq!((&told["found"][0]["how"], &told["found"][0]["field"]), (&"folded".into(), &"title".into()));
    assert!(told["first_seen"].is_string() && told["published"].is_null());
    let hook = &told["notifiers"][0];
    assert_eq!((&hook["state"], &hook["sent"]), (&"pending".into(), &Value::Null));
    assert!(hook["attempts"][0]["said"][0].as_str().unwrap().contains("503"), "{hook}");
    // The second attempt is accepted.
    let revived = desk.program.run(&["explain", id]);
    assert!(revived.out.contains("  next        "), "{}", revived.out);
    for words in ["why         watch “summit”", "in the title at byte 9", "first seen", "planned", "attempt", "full up"]
    {
        assert!(revived.out.contains(words), "{words}: {}", revived.out);
    }
}

#[test]
fn an_unknown_id_and_one_that_fits_several_are_told_apart() {
    let desk = Desk::new(&watch("summit", &["Helsinki"], &["hook"]));
    let none = desk.program.run(&["explain", "al_nothing"]);
    assert!(none.code == 1 && none.err.contains("no alert al_nothing"), "{none:?}");
    let entries: Vec<Entry> = (0..40).map(|n| Entry::new(&format!("n{n}"), "Helsinki")).collect();
    desk.publish(&entries);
    let ids = desk.program.run(&["alerts", "list", "--json"]).records();
    let mut starts: Vec<String> = ids.iter().map(|a| a["id"].as_str().unwrap()[..4].to_owned()).collect();
    starts.sort();
    let twice = starts.windows(2).find(|w| w[0] == w[1]).expect("forty ids and 32 letters");
    let many = desk.program.run(&["explain", &twice[0]]);
    assert!(many.code == 1 && many.err.contains("several alerts begin with"), "{many:?}");
    assert_eq!(desk.program.run(&["explain", "al_"]).code, 1, "what names nobody in particular");
}

#[test]
fn each_reason_for_silence_is_named() {
    let narrow = "[[watch]]\nname = \"narrow\"\nterms = [\"harbour\"]\nfields = [\"title\"]\nnotify = [\"hook\"]\n";
    let veto = "[[watch]]\nname = \"veto\"\nterms = [\"Helsinki\"]\nexclude = [\"football\"]\nnotify = [\"hook\"]\n";
    let other = "[[feed]]\nname = \"other\"\nurl = \"file:other.xml\"\n";
    let deaf = "[[watch]]\nname = \"deaf\"\nterms = [\"Helsinki\"]\nfeeds = [\"other\"]\nnotify = [\"hook\"]\n";
    let desk =
        Desk::new(&format!("{other}{}{narrow}{veto}{deaf}", watch("summit", &["Helsinki", "Pompeo"], &["hook"])));
    desk.publish(&[
        Entry::new("a", "Football in Helsinki").summary("at the harbour"),
        Entry::new("b", "Nothing at all in Helsinky"),
    ]);
    for (watch, item, reason, words) in [
        ("summit", "a", "told", "it was told"),
        ("summit", "old", "silent_baseline", "first poll"),
        ("veto", "a", "excluded", "Football in the title"),
        ("narrow", "http://news.example/a", "not_found", ""),
        ("deaf", "Football in", "feed_not_read", "does not listen"),
        ("summit", "b", "not_found", ""),
    ] {
        let why = desk.why(watch, item);
        assert_eq!(why["reason"], reason, "{watch} {item}: {why}");
        assert!(why["said"].to_string().contains(words), "{why}");
    }
    assert!(
        desk.why("narrow", "a")["near"].to_string().contains("in fields that are not read: harbour in the summary")
    );
    assert!(desk.why("summit", "b")["near"].to_string().contains("Helsinky"), "a letter or two");
    // A watch that came later finds what it is not told of.
    desk.watches(&watch("late", &["Football"], &["hook"]));
    let late = desk.why("late", "a");
    assert_eq!(late["reason"], "watch_is_newer", "{late}");
    let text = desk.program.run(&["explain", "--watch", "late", "a"]).out;
    assert!(text.contains("looked for  “Football”") && text.contains("because "), "{text}");
}

#[test]
fn an_item_that_is_not_there_or_fits_twice_is_said() {
    let desk = Desk::new(&watch("summit", &["Helsinki"], &["hook"]));
    desk.publish(&[Entry::new("a", "Talks one"), Entry::new("b", "Talks two")]);
    for (arguments, code, words) in [
        (["--watch", "summit", "nowhere"], 1, "no stored item has “nowhere”"),
        (["--watch", "summit", "talks"], 1, "several items fit “talks”"),
        (["--watch", "nobody", "a"], 2, "no watch “nobody”"),
    ] {
        let said = desk.program.run(&[&["explain"], &arguments[..]].concat());
        assert!(said.code == code && said.err.contains(words), "{said:?}");
    }
}

#[test]
fn it_answers_beside_a_running_daemon() {
    let desk = Desk::new(&watch("summit", &["Helsinki"], &["hook"]));
    let id = desk.publish(&[Entry::new("a", "Helsinki")])[0]["id"].as_str().unwrap().to_owned();
    let daemon = Running::start(&desk.program);
    let said = desk.program.run(&["explain", &id]);
    assert!(said.code == 0 && said.out.contains("notifier “hook”: sent"), "{said:?}");
    daemon.stop();
}
