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
