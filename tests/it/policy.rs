//! When a notifier is told: quiet hours, digests and limits, through the program.

use std::time::Duration;

use feedwatch::model::{Clock, SystemClock};

use crate::support::feed::{Entry, rss};
use crate::support::http::{HttpServer, Reply};
use crate::support::program::{Program, feed, hook, watch};
use crate::support::running::Running;

/// A feed that a story changes, and a hook that takes everything.
struct Desk {
    feed: HttpServer,
    hook: HttpServer,
    program: Program,
}

impl Desk {
    /// The notifier and the watch `summit` say so; the watch `people` says nothing.
    fn new(notifier: &str, summit: &str) -> Self {
        let (feeds, hooks) = (HttpServer::start(), HttpServer::start());
        hooks.reply("/", Reply::status(200));
        let program = Program::new("");
        let desk = Self { feed: feeds, hook: hooks, program };
        desk.say(notifier, summit);
        desk.publish(&[]);
        desk.program.once();
        desk
    }

    fn say(&self, notifier: &str, summit: &str) {
        self.program.configure(&format!(
            "{}{}{notifier}\n{}{summit}\n{}",
            feed("world", &self.feed.url("/feed.xml")),
            hook("hook", &self.hook.url("/")),
            watch("summit", &["Helsinki"], &["hook"]),
            watch("people", &["Pompeo"], &["hook"]),
        ));
    }

    fn publish(&self, titles: &[&str]) {
        let entries: Vec<Entry> = titles.iter().enumerate().map(|(n, t)| Entry::new(&format!("i{n}"), t)).collect();
        self.feed.feed("/feed.xml", rss(&entries));
    }

    /// A round with these items there: what the hook was told in it, as its titles, and its reason where it has one.
    fn round(&self, titles: &[&str]) -> Vec<(String, Option<String>)> {
        let before = self.hook.requests().len();
        self.publish(titles);
        let said = self.program.once();
        assert_eq!(said.code, 0, "{said:?}");
        let told = self.hook.requests().split_off(before);
        let told = told.iter().map(|request| {
            let body: serde_json::Value = serde_json::from_slice(&request.body).expect("JSON");
            let data = &body["data"];
            let title = |alert: &serde_json::Value| alert["item"]["title"].as_str().unwrap_or_default().to_owned();
            match data["alerts"].as_array() {
                Some(alerts) => {
                    let titles: Vec<String> = alerts.iter().map(title).collect();
                    (titles.join(" + "), data["why"].as_str().map(str::to_owned))
                }
                None => (title(data), None),
            }
        });
        told.collect()
    }

    /// What is held, as `watch hold`, and whether each says until when.
    fn held(&self) -> Vec<String> {
        let held = self.program.run(&["alerts", "list", "--state", "held", "--json"]).records();
        let mut held: Vec<String> = held
            .iter()
            .map(|alert| {
                let hold = &alert["holds"][0];
                assert!(hold["due"].is_string(), "{hold}");
                format!("{} {}", alert["watch"].as_str().unwrap(), hold["hold"].as_str().unwrap())
            })
            .collect();
        held.sort();
        held
    }
}

/// Hours that hold the present one, or do not.
fn hours_now(now: bool) -> String {
    let clock = |hours: u64| SystemClock.now().plus(Duration::from_secs(hours * 3600)).to_string()[11..16].to_owned();
    if now {
        format!("quiet = \"{}-{}\"", clock(22), clock(3))
    } else {
        format!("quiet = \"{}-{}\"", clock(3), clock(5))
    }
}

fn alone(title: &str) -> (String, Option<String>) {
    (title.to_owned(), None)
}

#[test]
fn quiet_hours_let_only_the_urgent_through_and_lose_nothing() {
    let desk = Desk::new(&hours_now(true), "urgent = true");
    let now = ["Talks in Helsinki", "Pompeo lands", "Pompeo leaves"];
    assert_eq!(desk.round(&now), [alone("Talks in Helsinki")]);
    assert_eq!(desk.held(), ["people quiet", "people quiet"]);
    let status = desk.program.run(&["status", "--json"]);
    assert_eq!(status.of("outbox")[0]["held"], 2);
    assert_eq!(desk.round(&now), [], "and nothing is told again and again");
    // Other hours are written down: what waited is asked again, and is one message.
    desk.say(&hours_now(false), "urgent = true");
    let told = desk.round(&now);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].0.contains("Pompeo lands") && told[0].0.contains("Pompeo leaves"), "{told:?}");
    assert!(told[0].1.as_deref().is_some_and(|why| why.contains("2 alerts of the quiet hours")), "{told:?}");
    assert!(desk.held().is_empty());
    // A reader asks why it was late.
    let listed = desk.program.run(&["alerts", "list", "--json"]).records();
    let late = listed.iter().find(|a| a["item"]["title"] == "Pompeo lands").expect("listed");
    let shown = desk.program.run(&["explain", late["id"].as_str().unwrap()]);
    assert!(shown.out.contains("quiet"), "{shown:?}");
}

#[test]
fn news_of_the_service_sleeps_but_for_what_is_urgent() {
    let service = |urgent: &str| format!("urgent = true\n[service]\nnotify = [\"hook\"]\nfailing_polls = 1\n{urgent}");
    let desk = Desk::new(&hours_now(true), &service(""));
    let held = || desk.program.run(&["status", "--json"]).of("outbox")[0]["held"].as_u64();
    desk.feed.reply("/feed.xml", Reply::status(500));
    // One feed that fails wakes nobody, not even where a watch is urgent.
    desk.program.once();
    assert_eq!((desk.hook.requests().len(), held()), (0, Some(1)));
    // Whoever wants to be woken by it says so, and what waits is asked again.
    desk.say(&hours_now(true), &service("urgent = [\"feed_failing\"]"));
    desk.program.once();
    let told = desk.hook.requests();
    assert_eq!((told.len(), held()), (1, Some(0)));
    assert!(told[0].text().contains("\"feed_failing\""), "{}", told[0].text());
}

#[test]
fn a_digest_waits_for_its_time_and_a_limit_for_room() {
    // Once a year, and not today.
    let month = if SystemClock.now().to_string()[5..7] == *"06" { 12 } else { 6 };
    let desk = Desk::new("limit = \"1/d\"", &format!("digest = \"0 8 24 {month} *\""));
    let now = ["Talks in Helsinki", "Pompeo lands", "Pompeo leaves", "Pompeo sleeps"];
    assert_eq!(desk.round(&now).len(), 1, "one message a day");
    assert_eq!(desk.held(), ["people limit", "people limit", "summit digest"]);
    assert_eq!(desk.round(&now), []);
    // A wider limit: what was too much comes as one message, and says so.
    desk.say("limit = \"2/d\"", &format!("digest = \"0 8 24 {month} *\""));
    let told = desk.round(&now);
    assert!(told.len() == 1 && told[0].0.contains(" + "), "{told:?}");
    assert_eq!(told[0].1.as_deref(), Some("more than the limit (2 in 1d): 2 alerts in one message"));
    assert_eq!(desk.held(), ["summit digest"]);
    // No digest any more: what waited for it is told, when there is room.
    desk.say("", "");
    assert_eq!(desk.round(&now), [alone("Talks in Helsinki")]);
}

#[test]
fn what_waits_survives_a_kill_and_a_notifier_that_is_gone() {
    let desk = Desk::new(&hours_now(true), "");
    assert_eq!(desk.round(&["Talks in Helsinki"]), []);
    desk.program.configure(&format!(
        "{}{}",
        feed("world", &desk.feed.url("/feed.xml")),
        watch("summit", &["Helsinki"], &["console"])
    ));
    let said = desk.program.once();
    assert_eq!((said.code, said.summary()["held"].as_u64()), (0, Some(1)), "{said:?}");
    desk.say("", "");
    assert_eq!(desk.round(&["Talks in Helsinki"]), [alone("Talks in Helsinki")]);
}

#[test]
fn what_one_does_not_take_in_time_goes_to_another_as_well() {
    let desk = Desk::new("", "");
    let phone = HttpServer::start();
    phone.reply("/", Reply::status(200));
    let say = |after: &str| {
        desk.say(
            &format!(
                "retry = [\"1h\"]\nescalate = {{ after = \"{after}\", notify = \"phone\" }}\n{}",
                hook("phone", &phone.url("/"))
            ),
            "",
        );
    };
    // Accepted: nobody else hears of it.
    say("1s");
    desk.round(&["Talks in Helsinki"]);
    assert_eq!((desk.hook.requests().len(), phone.requests().len()), (1, 0));
    // Refused for good: at once, and once.
    desk.hook.reply("/", Reply::status(400));
    desk.publish(&["Talks in Helsinki", "Helsinki again"]);
    desk.program.once();
    desk.program.once();
    let told = phone.requests();
    assert_eq!(told.len(), 1);
    assert!(told[0].text().contains("“hook” has not taken this in time"), "{}", told[0].text());
    // Not taken: when its time is over, and not before.
    desk.hook.reply("/", Reply::status(503));
    say("1h");
    desk.publish(&["Talks in Helsinki", "Helsinki again", "Helsinki, third day"]);
    desk.program.once();
    assert_eq!(phone.requests().len(), 1);
    say("1s");
    desk.publish(&["Talks in Helsinki", "Helsinki again", "Helsinki, third day", "Helsinki, fourth day"]);
    desk.program.once();
    let daemon = Running::start(&desk.program);
    phone.wait_for_blocking("/", 2);
    assert!(phone.requests()[1].text().contains("Helsinki, fourth day"), "its second is over");
    // Back again: the first has it as well, and the other is not told again.
    daemon.stop();
    desk.hook.reply("/", Reply::status(200));
    let explained = desk.program.run(&["alerts", "list", "--json"]).records();
    let deliveries = |title: &str| {
        let alert = explained.iter().find(|alert| alert["item"]["title"] == title).expect("listed");
        alert["deliveries"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(
        (deliveries("Talks in Helsinki"), deliveries("Helsinki again"), deliveries("Helsinki, fourth day")),
        (1, 2, 2)
    );
}
