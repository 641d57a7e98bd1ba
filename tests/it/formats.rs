//! Messages of the services, from a feed's item to what their servers get.

use serde_json::Value;

use crate::support::feed::{Entry, rss};
use crate::support::http::{HttpServer, Reply};
use crate::support::program::{Program, feed, watch};

/// A feed, a watch, and a notifier of each format at one server.
fn desk() -> (HttpServer, Program) {
    let server = HttpServer::start();
    let notifier = |name: &str, path: &str, more: &str| {
        server.reply(path.trim_end_matches("/news"), Reply::ok("ok"));
        let url = server.url(path);
        format!("[[notifier]]\nname = \"{name}\"\nkind = \"webhook\"\nformat = \"{name}\"\nurl = \"{url}\"\n{more}")
    };
    let configuration = feed("world", &server.url("/feed.xml"))
        + &notifier("slack", "/services/t0ken", "")
        + &notifier("discord", "/webhooks/1/t0ken", "")
        + &notifier("telegram", "/bot1:t0ken", "chat = \"-100\"\nthread = 7\n")
        + &notifier("ntfy", "/push/news", "token = \"tk_s3cret\"\n")
        + &notifier("teams", "/flow", "")
        + &notifier("template", "/own", "body = '{\"text\": \"{{ title }}: {{ alert.sentence }}\"}'\n")
        + &watch("summit", &["Helsinki"], &["slack", "discord", "telegram", "ntfy", "teams", "template"]);
    server.reply("/bot1:t0ken/sendMessage", Reply::ok("{\"ok\":true}"));
    server.reply("/push/", Reply::ok("{}"));
    server.feed("/feed.xml", rss(&[]));
    let program = Program::new(&configuration);
    program.once();
    (server, program)
}

#[test]
fn each_service_gets_its_message_where_it_wants_it() {
    let (server, program) = desk();
    server.feed("/feed.xml", rss(&[Entry::new("1", "@everyone <!channel> Helsinki \"<script>\"")]));
    let round = program.once();
    assert_eq!(round.summary()["delivered"], 6, "{round:?}");
    let told = |path: &str| -> Value {
        let seen = server.seen(path);
        assert_eq!(seen.len(), 1, "{path}");
        assert_eq!(seen[0].header("content-type"), Some("application/json"));
        serde_json::from_slice(&seen[0].body).unwrap()
    };
    assert_eq!(told("/services/t0ken")["blocks"][0]["type"], "rich_text");
    assert_eq!(told("/webhooks/1/t0ken")["allowed_mentions"]["parse"], serde_json::json!([]));
    let telegram = told("/bot1:t0ken/sendMessage");
    assert_eq!((&telegram["chat_id"], &telegram["message_thread_id"]), (&(-100).into(), &7.into()));
    let ntfy = told("/push/");
    assert_eq!((&ntfy["topic"], &ntfy["click"]), (&"news".into(), &"http://news.example/1".into()));
    assert_eq!(server.seen("/push/")[0].header("authorization"), Some("Bearer tk_s3cret"));
    assert_eq!(told("/flow")["attachments"][0]["content"]["type"], "AdaptiveCard");
    let own = told("/own");
    assert!(own["text"].as_str().unwrap().starts_with("@everyone <!channel> Helsinki \"<script>\": "), "{own}");
    for token in ["t0ken", "s3cret"] {
        assert!(!round.err.contains(token) && !round.out.contains(token), "{round:?}");
    }
}

#[test]
fn a_service_that_asks_to_wait_is_waited_for_in_its_own_words() {
    let (server, program) = desk();
    server.reply("/webhooks/1/t0ken", Reply::status(429).body("{\"retry_after\": 1800.5}"));
    server.reply(
        "/bot1:t0ken/sendMessage",
        Reply::status(429).body("{\"ok\":false,\"parameters\":{\"retry_after\":3600}}"),
    );
    server.reply("/services/t0ken", Reply::status(429).header("retry-after", "900"));
    server.feed("/feed.xml", rss(&[Entry::new("1", "Talks in Helsinki")]));
    program.once();
    let alert = &program.run(&["alerts", "list", "--json"]).records()[0];
    let wait = |notifier: &str| {
        let all = alert["deliveries"].as_array().unwrap();
        let delivery = all.iter().find(|d| d["notifier"] == notifier).unwrap();
        let next = delivery["next_attempt"].as_str().unwrap_or_else(|| panic!("{delivery}"));
        chrono::DateTime::parse_from_rfc3339(next).unwrap().timestamp()
            - chrono::DateTime::parse_from_rfc3339(alert["raised"].as_str().unwrap()).unwrap().timestamp()
    };
    for (notifier, seconds) in [("discord", 1800), ("telegram", 3600), ("slack", 900)] {
        assert!((seconds..seconds + 60).contains(&wait(notifier)), "{notifier}: {}", wait(notifier));
    }
}

#[test]
fn a_pace_is_kept_within_a_round_and_the_order_too() {
    let server = HttpServer::start();
    server.reply("/hook", Reply::status(204));
    server.feed("/feed.xml", rss(&[]));
    let notifier = format!(
        "[[notifier]]\nname = \"hook\"\nkind = \"webhook\"\nurl = \"{}\"\npace = \"300ms\"\nat_once = 4\n",
        server.url("/hook")
    );
    let program =
        Program::new(&(feed("world", &server.url("/feed.xml")) + &notifier + &watch("w", &["Helsinki"], &["hook"])));
    program.once();
    let entries: Vec<Entry> = (1..=4).map(|n| Entry::new(&n.to_string(), &format!("Helsinki {n}"))).collect();
    server.feed("/feed.xml", rss(&entries));
    assert_eq!(program.once().summary()["delivered"], 4);
    let seen = server.seen("/hook");
    for pair in seen.windows(2) {
        // The clock of the pace counts milliseconds, and begins before the request is written.
        assert!(pair[1].at - pair[0].at > std::time::Duration::from_millis(200), "{:?}", pair[1].at - pair[0].at);
    }
}

#[test]
fn what_is_dead_is_listed_and_forgotten_by_notifier_and_time() {
    let (server, program) = desk();
    server.reply("/own", Reply::status(422).body("no such field"));
    server.feed("/feed.xml", rss(&[Entry::new("1", "Talks in Helsinki")]));
    program.once();
    let dead = program.run(&["alerts", "dead", "--notifier", "template", "--since", "1h"]);
    assert!(
        dead.out.contains("Talks in Helsinki") && dead.out.contains("422 Scripted: no such field")
            || dead.out.contains("422"),
        "{dead:?}"
    );
    assert!(program.run(&["alerts", "dead", "--notifier", "slack"]).out.is_empty());
    assert_eq!(program.run(&["alerts", "dead", "--json"]).records().len(), 1);
    assert_eq!(program.run(&["alerts", "purge"]).code, 2, "all at once only when it is said");
    assert!(program.run(&["alerts", "purge", "--until", "1h"]).err.contains("0 dead deliveries are forgotten"));
    assert!(program.run(&["alerts", "purge", "--notifier", "template"]).err.contains("1 dead delivery is forgotten"));
    assert!(program.run(&["alerts", "dead"]).out.is_empty());
}
