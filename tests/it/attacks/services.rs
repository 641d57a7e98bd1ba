//! Items that would speak for us in a chat, and days on which clocks are changed.

use feedwatch::model::{Cron, Time};
use serde_json::Value;

use crate::support::feed::{Entry, rss};
use crate::support::http::{HttpServer, Reply, Request};
use crate::support::program::{Program, feed, watch};

/// What the server of a service is told of an item with this title, category and text.
fn told(format: &str, more: &str, title: &str, category: &str, text: &str) -> Request {
    let server = HttpServer::start();
    let path = if format == "telegram" { "/bot1:t" } else { "/push/news" };
    for answer in ["/bot1:t/sendMessage", "/push/news", "/push/"] {
        server.reply(answer, Reply::ok("{\"ok\":true}"));
    }
    server.feed("/feed.xml", rss(&[]));
    let url = server.url(path);
    let program = Program::new(&format!(
        "{}[[notifier]]\nname = \"chat\"\nkind = \"webhook\"\nformat = \"{format}\"\nurl = \"{url}\"\n{more}{}",
        feed("world", &server.url("/feed.xml")),
        watch("w", &["Helsinki"], &["chat"])
    ));
    program.once();
    let entry = rss(&[Entry::new("1", title).summary(text)]);
    server.feed("/feed.xml", entry.replace("</item>", &format!("<category>{category}</category></item>")));
    let round = program.once();
    assert_eq!(round.summary()["delivered"], 1, "{round:?}");
    server.requests().into_iter().rfind(|r| r.method == "POST").expect("a message")
}

fn body(format: &str, more: &str, title: &str) -> Value {
    serde_json::from_slice(&told(format, more, title, "x", "").body).expect("JSON")
}

/// Every text of a value, with the name it stands under.
fn texts(value: &Value, name: &str, out: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => out.push((name.to_owned(), text.clone())),
        Value::Array(all) => all.iter().for_each(|v| texts(v, name, out)),
        Value::Object(all) => all.iter().for_each(|(name, v)| texts(v, name, out)),
        _ => {}
    }
}

fn all_texts(value: &Value) -> Vec<(String, String)> {
    let mut out = Vec::new();
    texts(value, "", &mut out);
    out
}

/// What is a link in it leads to the item.
fn links_lead_to_the_item(value: &Value) {
    for (name, text) in all_texts(value) {
        assert!(!name.ends_with("url") || text.starts_with("http://news.example/"), "{name}: {text}");
    }
}

#[test]
fn wh_01_slack_mentions() {
    let message = body("slack", "", "Helsinki <!channel> <!here> <@U012AB3CD> <!subteam^S1>");
    let fallback = message["text"].as_str().expect("a fallback");
    assert!(fallback.contains("&lt;!channel&gt;") && !fallback.contains(['<', '>']), "{fallback}");
    for (name, kind) in all_texts(&message["blocks"]).iter().filter(|(name, _)| name == "type") {
        assert!(!["broadcast", "user", "usergroup", "channel", "mrkdwn"].contains(&kind.as_str()), "{name} {kind}");
    }
}

#[test]
fn wh_02_slack_link_forging() {
    let message = body("slack", "", "Helsinki <https://evil.example|https://bank.example>");
    assert!(!message["text"].as_str().expect("a fallback").contains("<https://evil"), "{message}");
    links_lead_to_the_item(&message);
}

#[test]
fn wh_03_slack_markup() {
    let title = format!("Helsinki *bold* `code` ~x~ >quote :tada: {}", "`".repeat(5_000));
    let message = body("slack", "", &title);
    assert!(all_texts(&message).iter().all(|(name, text)| name != "type" || text != "mrkdwn"), "{message}");
    for block in message["blocks"].as_array().expect("blocks") {
        let shown: usize = all_texts(block).iter().filter(|(n, _)| n == "text").map(|(_, t)| t.chars().count()).sum();
        assert!(shown <= 3_000, "{shown}");
    }
}

#[test]
fn wh_04_discord_mentions() {
    let message = body("discord", "", "Helsinki @everyone @here <@123> <@&456>");
    assert_eq!(message["allowed_mentions"]["parse"], serde_json::json!([]));
    assert!(!message["content"].as_str().unwrap_or_default().contains("@everyone"), "{message}");
}

#[test]
fn wh_05_discord_markdown() {
    let message = body("discord", "", "Helsinki [bank](https://evil.example) ||spoiler|| ```x");
    let all = all_texts(&message);
    assert!(all.iter().any(|(_, text)| text.contains("bank")), "{message}");
    for (name, text) in all {
        assert!(!text.contains("[bank](") && !text.contains("||spoiler") && !text.contains("```"), "{name}: {text}");
    }
    links_lead_to_the_item(&message);
}

#[test]
fn wh_06_telegram_markup() {
    for title in
        ["Helsinki _*[]()~`>#+-=|{}.!\\", "Helsinki &lt;b&gt;&amp;lt;/b&gt;&lt;a href=tg://user?id=1&gt;x&lt;/a&gt;"]
    {
        let message = body("telegram", "chat = \"-100\"\n", title);
        assert!(message["parse_mode"].is_null(), "entities alone say what is what: {message}");
        let kinds: Vec<(String, String)> = all_texts(&message["entities"]);
        assert!(kinds.iter().all(|(name, text)| name != "type" || text != "text_mention"), "{message}");
        links_lead_to_the_item(&message["entities"]);
    }
    let message = body("telegram", "chat = \"-100\"\n", "Helsinki _*[]()~`>#+-=|{}.!\\");
    assert!(message["text"].as_str().expect("a text").contains("_*[]()~`>#+-=|{}.!\\"), "{message}");
}

#[test]
fn wh_07_telegram_cut_in_an_entity() {
    let text = format!("{}Helsinki {}", "ü👩‍🚀 ".repeat(600), "Helsinki ".repeat(400));
    let title = format!("Helsinki {}", "👩‍🚀".repeat(900));
    let request = told("telegram", "chat = \"-100\"\n", &title, "x", &text);
    let message: Value = serde_json::from_slice(&request.body).expect("JSON");
    let length = message["text"].as_str().expect("a text").encode_utf16().count();
    assert!(length <= 4_096, "{length}");
    for entity in message["entities"].as_array().into_iter().flatten() {
        let end = entity["offset"].as_u64().expect("a place") + entity["length"].as_u64().expect("a length");
        assert!(end <= length as u64, "{entity}");
    }
}

#[test]
fn wh_08_teams_card() {
    let message = body("teams", "", "Helsinki [x](javascript:alert(1)) <at>All</at> ${data}");
    let card = message["attachments"][0]["content"].to_string();
    assert!(!card.contains("\"mention\"") && !card.contains("\"entities\""), "{card}");
    links_lead_to_the_item(&message["attachments"][0]["content"]["body"]);
    // Its texts are runs, in which no markdown and no expression is read.
    assert!(card.contains("TextRun") && !card.contains("\"TextBlock\",\"text\":\"Helsinki"), "{card}");
}

#[test]
fn wh_09_ntfy_headers() {
    let request = told("ntfy", "", "Helsinki x\r\nActions: http, Pay, https://evil.example/", "x", "");
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!((request.header("actions"), request.header("title")), (None, None));
    let message: Value = serde_json::from_slice(&request.body).expect("JSON");
    assert!(message["actions"].is_null(), "{message}");
}

#[test]
fn wh_10_ntfy_topic_and_tags() {
    let request = told("ntfy", "", "Helsinki", "../../other-topic", "");
    let message: Value = serde_json::from_slice(&request.body).expect("JSON");
    assert_eq!((request.path(), &message["topic"]), ("/push/", &"news".into()));
}

#[test]
fn wh_14_template_injection() {
    let title = "Helsinki {{ 7*7 }} {% include '/etc/hostname' %}";
    let message = body("template", "body = '{\"text\": \"{{ title }}\"}'\n", title);
    assert_eq!(message["text"], title);
    let server = HttpServer::start();
    let program = Program::new(&format!(
        "{}[[notifier]]\nname = \"own\"\nkind = \"webhook\"\nformat = \"template\"\nurl = \"{}\"\nbody = \"{{% include '/etc/hostname' %}}\"\n{}",
        feed("world", &server.url("/feed.xml")),
        server.url("/"),
        watch("w", &["Helsinki"], &["own"])
    ));
    assert_eq!(program.run(&["check"]).code, 2, "there is nothing to include");
}

#[test]
fn wh_15_json_injection_by_template() {
    let title = "Helsinki \", \"channel\": \"#all";
    let message = body("template", "body = '{\"text\": \"{{ title }}\"}'\n", title);
    assert_eq!((&message["text"], &message["channel"]), (&title.into(), &Value::Null));
}

#[test]
fn we_09_output_feed() {
    let server = HttpServer::start();
    server.feed("/feed.xml", rss(&[]));
    let program = Program::new(&format!(
        "{}[[notifier]]\nname = \"out\"\nkind = \"feed\"\npath = \"alerts.xml\"\n{}",
        feed("world", &server.url("/feed.xml")),
        watch("w", &["Helsinki"], &["out"])
    ));
    program.once();
    server.feed("/feed.xml", rss(&[Entry::new("1", "Helsinki ]]> \u{1}\u{1b}[31m <b> & \u{fffe}")]));
    assert_eq!(program.once().summary()["delivered"], 1);
    let text = std::fs::read_to_string(program.path("alerts.xml")).expect("written");
    assert!(text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\t')) && !text.contains('\u{fffe}'), "{text}");
    let mut reader = quick_xml::Reader::from_str(&text);
    while !matches!(reader.read_event().expect("well-formed"), quick_xml::events::Event::Eof) {}
}

#[test]
fn cl_03_daylight_saving() {
    let digest = Cron::parse("30 2 * * *", "Europe/Berlin".parse().expect("a zone")).expect("an expression");
    // 02:30 does not exist on the one day, and comes twice on the other.
    for (from, until) in
        [("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"), ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z")]
    {
        let (mut at, until) = (Time::parse_rfc3339(from).expect("a time"), Time::parse_rfc3339(until).expect("a time"));
        let mut sent = 0;
        while let Some(next) = digest.next_after(at).filter(|next| *next < until) {
            (at, sent) = (next, sent + 1);
        }
        assert_eq!(sent, 1, "{from}");
    }
}
