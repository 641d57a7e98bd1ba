//! One story in many feeds: told in one thread, joined or recorded, and never more than it is.

use serde_json::Value;

use crate::support::feed::{Entry, rss};
use crate::support::http::{HttpServer, Reply};
use crate::support::program::{Program, feed, hook, watch};
use crate::support::smtp::SmtpServer;

mod kept; // what the store keeps of them

#[path = "../../examples/stories/pairs.rs"]
#[allow(dead_code, reason = "shared with an example, which prints more")]
mod pairs;

const FERRY: &str = "A passenger ferry with 240 people on board ran aground near Helsinki on Tuesday morning after its \
    steering failed in heavy fog, officials said. The coast guard sent four boats and a helicopter to bring the passengers \
    ashore. Nobody was in immediate danger, and the hull was holding, the captain told reporters.";
const FERRY_TOO: &str = "A passenger ferry with 240 people on board ran aground near Helsinki on Tuesday morning after the \
    steering failed in heavy fog, authorities said. Nobody was in immediate danger, and the hull was holding, the captain told \
    our correspondent. Schools opened their gymnasiums to those who had lost their luggage.";

/// Feeds `a`, `b` and `c`, a hook, and a watch that says so.
struct Desk {
    feeds: HttpServer,
    hook: HttpServer,
    mail: SmtpServer,
    program: Program,
}

impl Desk {
    fn new(says: &str) -> Self {
        let (feeds, hooks) = (HttpServer::start(), HttpServer::start());
        hooks.reply("/", Reply::status(200));
        let desk = Self { feeds, hook: hooks, mail: SmtpServer::start(), program: Program::new("") };
        desk.say(says, "hook");
        for name in ["a", "b", "c"] {
            desk.publish(name, &[]);
        }
        desk.program.once();
        desk
    }

    fn say(&self, says: &str, notify: &str) {
        let feeds: String =
            ["a", "b", "c"].iter().map(|name| feed(name, &self.feeds.url(&format!("/{name}.xml")))).collect();
        let mail = format!(
            "[[notifier]]\nname = \"mail\"\nkind = \"email\"\nfrom = \"fw@example.org\"\nto = [\"desk@example.org\"]\n\
             smtp = {{ host = \"127.0.0.1\", port = {}, tls = \"none\" }}\n",
            self.mail.port()
        );
        self.program.configure(&format!(
            "{feeds}{}{mail}{}{says}\n",
            hook("hook", &self.hook.url("/")),
            watch("summit", &["Helsinki"], &[notify]),
        ));
    }

    fn publish(&self, name: &str, entries: &[Entry]) {
        self.feeds.feed(&format!("/{name}.xml"), rss(entries));
    }

    /// A round: what the hook was told in it.
    fn round(&self) -> Vec<Value> {
        let before = self.hook.requests().len();
        let said = self.program.once();
        assert_eq!(said.code, 0, "{said:?}");
        self.hook.requests().split_off(before).iter().map(|r| serde_json::from_slice(&r.body).expect("JSON")).collect()
    }

    /// The ids of the alerts of a feed, the last first.
    fn of_feed(&self, name: &str) -> Vec<Value> {
        let all = self.program.run(&["alerts", "list", "--json"]).records();
        all.into_iter().filter(|alert| alert["feed"] == name).collect()
    }
}

fn entry(guid: &str, link: &str, title: &str, text: &str) -> Entry {
    Entry { link: link.into(), ..Entry::new(guid, title) }.summary(text)
}

fn first() -> Entry {
    entry("1", "https://a.example/news/ferry", "Ferry runs aground off Helsinki", FERRY)
}

#[test]
fn the_same_link_or_nearly_the_same_text_follows_in_the_thread() {
    for (what, other, by) in [
        (
            "the same link",
            entry("x", "http://www.a.example/news/ferry/?utm_source=rss#top", "Helsinki", ""),
            Some("link"),
        ),
        ("its AMP form", entry("x", "https://amp.a.example/news/ferry", "Helsinki, live", ""), Some("link")),
        (
            "behind a redirector",
            entry("x", "https://www.google.com/url?sa=t&url=https%3A%2F%2Fa.example%2Fnews%2Fferry", "Helsinki", ""),
            Some("link"),
        ),
        ("rewritten", entry("x", "https://b.example/7", "Passengers taken off stranded ship", FERRY_TOO), Some("text")),
        ("another day", entry("x", "https://b.example/7", "Ferry", &FERRY.replace("Tuesday", "Friday")), None),
        ("other numbers", entry("x", "https://b.example/7", "Ferry", &FERRY.replace("240", "85")), None),
        (
            "another report",
            entry("x", "https://b.example/7", "Helsinki port to stay open", "The port of Helsinki stays open."),
            None,
        ),
    ] {
        let desk = Desk::new("");
        desk.publish("a", &[first()]);
        let told = desk.round();
        assert_eq!((told.len(), told[0]["data"]["follows"].is_null()), (1, true), "{what}");
        desk.publish("b", &[other]);
        let told = desk.round();
        assert_eq!((told.len(), told[0]["type"].as_str()), (1, Some("feedwatch.alert")), "{what}: nothing is lost");
        let follows = &told[0]["data"]["follows"];
        assert_eq!(follows["by"].as_str(), by, "{what}");
        if by.is_some() {
            let of_a = desk.of_feed("a").remove(0);
            assert_eq!((&follows["alert"], &follows["feed"]), (&of_a["id"], &of_a["feed"]), "{what}");
        }
    }
}

#[test]
fn one_feed_is_never_merged_with_itself() {
    let desk = Desk::new("story = \"record\"");
    desk.publish("a", &[first()]);
    assert_eq!(desk.round().len(), 1);
    desk.publish(
        "a",
        &[first(), entry("2", "https://a.example/news/2", "Passengers of Helsinki ferry ashore", FERRY_TOO)],
    );
    let told = desk.round();
    assert!(told.len() == 1 && told[0]["data"]["follows"].is_null(), "{told:?}");
    // Another feed that has both follows each with its own.
    desk.publish("b", &[entry("x", "https://a.example/news/2", "Helsinki", "")]);
    assert!(desk.round().is_empty());
    let kept = desk.of_feed("b").remove(0);
    assert_eq!(kept["recorded"][0]["follows"]["item"], "2");
}

#[test]
fn what_is_only_recorded_stays_visible() {
    let desk = Desk::new("story = \"record\"");
    desk.publish("a", &[first()]);
    desk.publish("b", &[]);
    assert_eq!(desk.round().len(), 1);
    let other = |text: &str| entry("x", "https://b.example/7", "Passengers taken off stranded ship", text);
    desk.publish("b", &[other(FERRY_TOO)]);
    let said = desk.program.once();
    assert_eq!((said.of("alert").len(), said.of("delivery").len(), said.summary()["held"].as_u64()), (1, 0, Some(0)));
    let id = said.of("alert")[0]["id"].as_str().unwrap().to_owned();
    let of_a = desk.of_feed("a")[0]["id"].as_str().unwrap().to_owned();
    let listed = desk.program.run(&["alerts", "list", "--state", "recorded"]);
    assert!(listed.out.contains(&format!("hook: recorded as following {of_a}")), "{listed:?}");
    let shown = desk.program.run(&["alerts", "show", &id]);
    assert!(shown.out.contains(&format!("recorded as following {of_a}")), "{shown:?}");
    let explained = desk.program.run(&["explain", &id]);
    assert!(explained.out.contains("notifier “hook”: recorded"), "{explained:?}");
    assert!(explained.out.contains(&format!("following {of_a}")), "{explained:?}");
    let json = desk.program.run(&["explain", &id, "--json"]).records().remove(0);
    assert_eq!(json["notifiers"][0]["recorded"]["follows"]["by"], "text");
    // An edit that says no more than the story is recorded with it, one that says something else is told in it.
    desk.publish("b", &[other(&FERRY_TOO.replace("luggage", "baggage"))]);
    assert!(desk.round().is_empty());
    desk.publish("b", &[other(&FERRY_TOO.replace("240", "310"))]);
    let told = desk.round();
    assert!(told.len() == 1 && told[0]["data"]["kind"] == "edited", "{told:?}");
    assert_eq!(
        (&told[0]["data"]["follows"]["alert"], &told[0]["data"]["follows"]["by"]),
        (&of_a.into(), &"item".into())
    );
}

#[test]
fn what_comes_at_once_is_joined_and_what_follows_waits_for_others() {
    let desk = Desk::new("story = \"join\"");
    desk.publish("a", &[first()]);
    desk.publish("b", &[entry("x", "https://b.example/7", "Passengers taken off stranded ship", FERRY_TOO)]);
    let told = desk.round();
    assert_eq!((told.len(), told[0]["type"].as_str()), (1, Some("feedwatch.digest")), "{told:?}");
    assert_eq!(told[0]["data"]["why"], "one story in 2 feeds, told together");
    let alerts = told[0]["data"]["alerts"].as_array().unwrap();
    assert!(alerts[0]["follows"].is_null() && alerts[1]["follows"]["alert"] == alerts[0]["id"], "{told:?}");
    desk.publish("c", &[entry("y", "https://a.example/news/ferry?amp=1", "Helsinki", "")]);
    assert!(desk.round().is_empty());
    let held = desk.program.run(&["alerts", "list", "--state", "held", "--json"]).records();
    assert_eq!((held.len(), held[0]["holds"][0]["hold"].as_str()), (1, Some("story")), "{held:?}");
    // Another wish of the watch is asked for what waits already.
    desk.say("story = \"thread\"", "hook");
    assert_eq!(desk.round()[0]["data"]["follows"]["by"], "link");
}

#[test]
fn a_watch_may_want_no_stories() {
    let desk = Desk::new("story = \"separate\"");
    desk.publish("a", &[first()]);
    desk.publish("b", &[entry("x", "https://a.example/news/ferry", "Helsinki", "")]);
    let told = desk.round();
    assert!(told.len() == 2 && told.iter().all(|t| t["data"]["follows"].is_null()), "{told:?}");
}

#[test]
fn mails_of_a_story_are_one_thread() {
    let desk = Desk::new("");
    desk.say("", "mail");
    desk.publish("a", &[first()]);
    desk.program.once();
    desk.publish("b", &[entry("x", "https://b.example/7", "Passengers taken off stranded ship", FERRY_TOO)]);
    desk.program.once();
    desk.publish("b", &[entry("x", "https://b.example/7", "Passengers of the Helsinki ferry taken ashore", FERRY_TOO)]);
    desk.program.once();
    let mails: Vec<String> = desk.mail.accepted().iter().map(|m| m.text()).collect();
    assert_eq!(mails.len(), 3, "{mails:?}");
    let thread = |mail: &str| mail.lines().find(|l| l.starts_with("References: ")).map(str::to_owned);
    assert!(thread(&mails[0]).is_some());
    assert!(mails.iter().all(|mail| thread(mail) == thread(&mails[0])), "{mails:?}");
    let said = |mail: &str| mail.replace("=\r\n", "").replace("=\n", "").contains("had it first");
    assert!(!said(&mails[0]) && said(&mails[1]), "{}", mails[1]);
}

#[test]
fn a_silence_of_a_story_covers_what_follows_it() {
    let desk = Desk::new("");
    desk.publish("a", &[first()]);
    desk.round();
    let id = desk.of_feed("a")[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(desk.program.run(&["silence", "add", "--story", &id, "--for", "1h"]).code, 0);
    desk.publish(
        "b",
        &[
            entry("x", "https://b.example/7", "Passengers taken off stranded ship", FERRY_TOO),
            entry(
                "y",
                "https://b.example/8",
                "Helsinki rebuilds its harbour",
                "Within ten years the city wants a new harbour.",
            ),
        ],
    );
    let told = desk.round();
    assert!(told.len() == 1 && told[0]["data"]["item"]["key"] == "y", "{told:?}");
    assert!(!desk.of_feed("b").iter().all(|alert| alert["silenced"].is_null()));
}

#[test]
fn a_silence_spoken_on_what_follows_covers_the_whole_story() {
    let desk = Desk::new("");
    desk.publish("a", &[first()]);
    assert_eq!(desk.round().len(), 1);
    desk.publish("b", &[entry("x", "https://b.example/7", "Passengers taken off stranded ship", FERRY_TOO)]);
    assert_eq!(desk.round().len(), 1);
    let id = desk.of_feed("b")[0]["id"].as_str().unwrap().to_owned();
    let said = desk.program.run(&["silence", "add", "--story", &id, "--for", "1h"]);
    assert!(said.out.contains("story “1” in feed “a”"), "{said:?}");
    // The first, what it was spoken on, and what follows later.
    let edited = FERRY.replace("Nobody was in immediate danger", "Two people were hurt");
    desk.publish("a", &[entry("1", "https://a.example/news/ferry", "Ferry runs aground off Helsinki", &edited)]);
    desk.publish("b", &[entry("x", "https://b.example/7", "Helsinki ferry: all safe", FERRY_TOO)]);
    desk.publish("c", &[entry("y", "https://a.example/news/ferry?amp=1", "Helsinki", "")]);
    assert_eq!(desk.round(), Vec::<Value>::new());
    let silenced = desk.program.run(&["alerts", "list", "--state", "silenced", "--json"]).records();
    assert_eq!(silenced.len(), 3, "{silenced:#?}");
}

#[test]
fn rewritten_copy_is_told_from_reports_that_only_look_alike() {
    use feedwatch::text::gist::Gist;
    let gist = |report: &pairs::Report| Gist::of(None, &report.title, &report.text, "").expect("enough text");
    let (mut right, mut wrong, mut missed) = (0, 0, 0);
    for pair in pairs::pairs(7, 20) {
        let (a, b) = (gist(&pair.a), gist(&pair.b));
        let met = a.bands().iter().any(|band| b.bands().contains(band));
        match (pair.kind.is_one(), met && a.same(&b).is_some()) {
            (true, true) => right += 1,
            (true, false) => missed += 1,
            (false, true) => {
                wrong += 1;
                println!("{} {:?}: {} / {}", pair.language, pair.kind, pair.a.text, pair.b.text);
            }
            (false, false) => {}
        }
    }
    let (precision, recall) =
        (f64::from(right) / f64::from(right + wrong), f64::from(right) / f64::from(right + missed));
    println!("precision {precision:.4}, recall {recall:.4}");
    assert!(precision >= 0.99 && recall >= 0.85, "precision {precision:.4}, recall {recall:.4}");
}
