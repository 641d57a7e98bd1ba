//! The whole journey: a feed changes, and those who must hear of it hear of it, once.

use serde_json::Value;

use crate::support::feed::{Entry, rss};
use crate::support::http::{HttpServer, Reply};
use crate::support::program::{Program, SECRET, feed, hook, shared, watch};
use crate::support::smtp::SmtpServer;

/// A feed, a webhook, a watch for Helsinki; its first poll is over.
struct Desk {
    server: HttpServer,
    program: Program,
    entries: Vec<Entry>,
}

impl Desk {
    fn with(entries: &[Entry], extra: &str) -> Self {
        let server = HttpServer::start();
        server.reply("/hook", Reply::status(204));
        let configuration = feed("world", &server.url("/feed.xml"))
            + &hook("hook", &server.url("/hook"))
            + &watch("Helsinki summit", &["Helsinki", "هلسينكي"], &["hook"])
            + extra;
        let desk = Self { program: Program::new(&configuration), server, entries: entries.to_vec() };
        desk.publish();
        desk.program.once();
        desk
    }

    fn publish(&self) {
        self.server.feed("/feed.xml", rss(&self.entries));
    }

    /// A new item at the head of the feed, and a round.
    fn add(&mut self, entry: Entry) -> crate::support::program::Said {
        self.entries.insert(0, entry);
        self.publish();
        self.program.once()
    }

    fn told(&self) -> Vec<Value> {
        self.server.seen("/hook").iter().map(|r| serde_json::from_slice(&r.body).expect("JSON")).collect()
    }
}

#[test]
fn a_new_item_is_posted_once_and_signed_and_the_second_round_sends_nothing() {
    let mut desk = Desk::with(&[Entry::new("1", "Old talks in Helsinki")], "");
    assert!(desk.told().is_empty(), "the first poll is silent");
    let round = desk.add(Entry::new("2", "New talks in Helsinki"));
    assert_eq!(round.titles(), ["New talks in Helsinki"]);
    assert_eq!((&round.summary()["delivered"], &round.summary()["pending"]), (&1.into(), &0.into()));
    let (request, told) = (&desk.server.seen("/hook")[0], &desk.told()[0]);
    let mut printed = round.of("alert")[0].clone();
    printed.as_object_mut().expect("an object").remove("type");
    assert_eq!(told["data"], printed, "the payload is the alert as it was printed");
    let headers: Vec<(String, String)> = ["webhook-id", "webhook-timestamp", "webhook-signature"]
        .iter()
        .map(|n| ((*n).to_owned(), request.header(n).expect("there").to_owned()))
        .collect();
    let judge = standardwebhooks::Webhook::new(SECRET).expect("a secret");
    let mut map = http_headers(&headers);
    judge.verify(&request.body, &map).expect("the signature holds");
    map.insert("webhook-id", "dl_another".parse().expect("a value"));
    judge.verify(&request.body, &map).expect_err("a signature of something else does not");
    let again = desk.program.once();
    assert!(again.titles().is_empty() && again.of("delivery").is_empty());
    assert_eq!(desk.told().len(), 1);
}

fn http_headers(pairs: &[(String, String)]) -> reqwest::header::HeaderMap {
    let mut map = reqwest::header::HeaderMap::new();
    for (name, value) in pairs {
        let name: reqwest::header::HeaderName = name.parse().expect("a name");
        map.insert(name, value.parse().expect("a value"));
    }
    map
}

#[test]
fn a_new_item_is_mailed_once_with_all_that_the_watches_say() {
    let post = SmtpServer::start();
    let server = HttpServer::start();
    server.feed("/feed.xml", rss(&[]));
    let desk = format!(
        "[[notifier]]\nname = \"desk\"\nkind = \"email\"\nfrom = \"feedwatch@example.org\"\nto = [\"desk@example.org\"]\n\
         smtp = {{ host = \"127.0.0.1\", port = {}, tls = \"none\" }}\n",
        post.port()
    );
    let configuration = feed("world", &server.url("/feed.xml"))
        + &desk
        + &watch("summit", &["Helsinki"], &["desk"])
        + &watch("talks", &["talks"], &["desk"]);
    let program = Program::new(&configuration);
    program.once();
    server.feed("/feed.xml", rss(&[Entry::new("1", "Talks in Helsinki").summary("The talks go on.")]));
    let round = program.once();
    assert_eq!((round.of("alert").len(), round.of("delivery").len()), (2, 1), "two watches, one reader, one message");
    program.once();
    let mails = post.accepted();
    assert_eq!(mails.len(), 1);
    let text = mails[0].text();
    assert_eq!(mails[0].to, ["desk@example.org"]);
    assert!(text.contains("Subject: Talks in Helsinki\r\n"), "{text}");
    assert_eq!(text.matches("X-Feedwatch-Alert: al_").count(), 2);
    assert!(text.contains("X-Feedwatch-Watch: summit\r\n") && text.contains("X-Feedwatch-Watch: talks\r\n"));
}

#[test]
fn an_edit_says_what_changed_and_a_flip_back_says_nothing() {
    let mut desk = Desk::with(&[Entry::new("1", "Ministers gather in Helsinki on Monday")], "");
    desk.entries[0].title = "Ministers gather in Helsinki on Thursday".into();
    desk.publish();
    let alert = desk.program.once().of("alert").pop().expect("an alert");
    assert_eq!((&alert["kind"], &alert["reason"]), (&"edited".into(), &"near_hit".into()));
    let parts: Vec<String> = alert["diff"]
        .as_array()
        .expect("a diff")
        .iter()
        .map(|p| format!("{}{}", &p["op"].as_str().expect("op")[..1], p["text"].as_str().expect("text").trim()))
        .collect();
    assert_eq!(parts, ["eMinisters gather in Helsinki on", "dMonday", "iThursday"]);
    desk.entries[0].title = "Ministers gather in Helsinki on Monday".into();
    desk.publish();
    assert!(desk.program.once().titles().is_empty(), "this text was there before");
}

#[test]
fn further_edits_within_the_hour_wait_and_say_so() {
    let mut desk = Desk::with(&[Entry::new("1", "Helsinki: 1 dead")], "");
    for count in 2..=4 {
        desk.entries[0].title = format!("Helsinki: {count} dead");
        desk.publish();
        let round = desk.program.once();
        assert_eq!(round.of("alert").len(), 1, "each edit is raised");
        assert_eq!(round.summary()["held"], count - 2, "the first edit goes at once, the others are held");
    }
    assert_eq!(desk.told().len(), 1);
    let held = desk.program.run(&["alerts", "list", "--state", "held", "--json"]).records();
    assert_eq!(held.len(), 2);
    assert_eq!(held[0]["holds"][0]["hold"], "joined");
    assert!(held[0]["holds"][0]["due"].is_string());
}

#[test]
fn a_flood_is_one_message_that_names_every_item() {
    let mut desk = Desk::with(&[], "");
    desk.entries = (0..25).map(|n| Entry::new(&n.to_string(), &format!("Helsinki story {n}"))).collect();
    desk.publish();
    let round = desk.program.once();
    assert_eq!(round.titles().len(), 25, "each is raised and printed as ever");
    let told = desk.told();
    assert_eq!((told.len(), &told[0]["type"]), (1, &"feedwatch.digest".into()));
    assert_eq!(told[0]["data"]["alerts"].as_array().expect("alerts").len(), 25);
    assert!(told[0]["data"]["why"].as_str().expect("why").contains("25 new items at once"));
    let next = desk.add(Entry::new("next", "Helsinki afterwards"));
    assert_eq!(next.titles(), ["Helsinki afterwards"]);
    assert_eq!(desk.told()[1]["type"], "feedwatch.alert", "the next real item is not lost among them");
}

#[test]
fn a_new_watch_does_not_alert_of_the_past() {
    let mut desk = Desk::with(&[Entry::new("1", "Talks in Turku")], "");
    let old = std::fs::read_to_string(desk.program.path("feedwatch.toml")).expect("reads");
    let rest = old.split_once("db\"\n").expect("the store first").1.to_owned();
    desk.program.configure(&(rest + &watch("Turku", &["Turku"], &["hook"])));
    desk.publish();
    assert!(desk.program.once().titles().is_empty());
    assert_eq!(desk.add(Entry::new("2", "More talks in Turku")).titles(), ["More talks in Turku"]);
}

#[test]
fn the_baseline_is_said_aloud() {
    let server = HttpServer::start();
    server.feed("/feed.xml", rss(&[Entry::new("1", "Talks in Helsinki"), Entry::new("2", "Talks in Turku")]));
    let program = Program::new(&(feed("world", &server.url("/feed.xml")) + &watch("w", &["Helsinki"], &["console"])));
    let said = program.run(&["once"]);
    assert_eq!((said.code, said.out.as_str()), (0, ""));
    assert!(said.err.contains("first poll: 2 items noted, 1 would have matched"), "{said:?}");
}

#[test]
fn what_is_owed_survives_and_keeps_its_id() {
    let mut desk = Desk::with(&[], "");
    desk.server.script("/hook", [Reply::status(500)]);
    let round = desk.add(Entry::new("1", "Talks in Helsinki"));
    let delivery = &round.of("delivery")[0];
    assert_eq!((&delivery["state"], &delivery["attempts"]), (&"pending".into(), &1.into()));
    assert_eq!(round.code, 0, "what will be tried again is no failure of the round");
    let status = desk.program.run(&["status", "--json"]);
    assert_eq!(status.of("outbox")[0]["pending"], 1);
}

#[test]
fn a_real_article_in_arabic_alerts_with_the_right_spans() {
    let Some(path) = shared("seed/i24news-lavrov-pompeo.ar.txt") else { return };
    let article = std::fs::read_to_string(path).expect("reads");
    let lines: Vec<&str> = article.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    let body: String = lines[3..].iter().filter(|l| l.chars().count() > 60).map(|l| format!("<p>{l}</p>")).collect();
    let extra = watch("minister", &["لافروف"], &["hook"]) + &watch("secretary", &["بومبيو"], &["hook"]);
    let mut desk = Desk::with(&[], &extra);
    let round = desk.add(Entry::new("a1", lines[1]).summary(&body));
    let parsed = desk.program.run(&["parse", &desk.server.url("/feed.xml"), "--json"]);
    let item = &parsed.of("item")[0];
    let (mut watches, mut prefixed) = (Vec::new(), 0);
    for alert in round.of("alert") {
        watches.push(alert["watch"].as_str().expect("a watch").to_owned());
        for hit in alert["hits"].as_array().expect("hits") {
            let field = item[hit["field"].as_str().expect("a field")].as_str().expect("text");
            let span = |end: &str| usize::try_from(hit[end].as_u64().expect("a number")).expect("small");
            let (text, term) = (hit["text"].as_str().expect("text"), hit["term"].as_str().expect("a term"));
            assert_eq!(&field[span("start")..span("end")], text);
            assert!(text.contains(term), "{text} holds {term}");
            prefixed += usize::from(hit["how"] == "affix");
        }
    }
    watches.sort();
    assert_eq!(watches, ["Helsinki summit", "minister", "secretary"]);
    assert!(prefixed >= 2, "وبومبيو and ولافروف stand in the text behind a prefix");
}
