//! Messages of every service as they are rendered, beside the files of `snapshots/`; each has its service's documented
//! shape. `BLESS=1 cargo test --lib render::tests` writes the files anew: read the difference before it is kept.

use std::path::Path;

use serde_json::Value;

use super::shapes;
use super::{Format, samples};
use crate::model::{Alert, Delivery, Follows, Form, Sameness, ServiceNews};

fn formats() -> Vec<(&'static str, Format)> {
    vec![
        ("slack", Format::Slack),
        ("discord", Format::Discord),
        ("telegram", Format::Telegram { chat: "-1001234567890".into(), thread: None }),
        ("ntfy", Format::Ntfy { topic: "news".into() }),
        ("teams", Format::Teams),
    ]
}

fn digest(count: usize) -> (Delivery, Vec<Alert>) {
    let titles = ["Talks in Helsinki end", "قمة هلسينكي: اجتماع ثان"];
    let alerts: Vec<Alert> = (0..count)
        .map(|n| {
            let title = titles[n % 2];
            let term = ["Helsinki", "هلسينكي"][n % 2];
            samples::alert(["summit", "قمة"][n % 2], ["world", "أخبار"][n % 2], &format!("k{n}"), title, term)
        })
        .collect();
    let why = "“world” showed many new items at once, so they come as one message".to_owned();
    (Delivery { form: Form::Digest { why }, ..samples::delivery(&alerts) }, alerts)
}

fn service() -> (Delivery, Vec<Alert>) {
    let (delivery, mut alerts) = samples::service();
    alerts[0].service = Some(ServiceNews {
        subject: Some("hook".into()),
        since: samples::time("2026-11-24T05:00:00Z"),
        until: None,
        details: vec!["410 Gone: nobody lives here".into()],
        advice: Some("mend its address, or feedwatch notify enable hook".into()),
    });
    (delivery, alerts)
}

fn messages() -> Vec<(&'static str, (Delivery, Vec<Alert>))> {
    vec![
        ("english", samples::english()),
        ("arabic", samples::arabic()),
        ("edited", samples::edited()),
        ("edited-arabic", samples::edited_arabic()),
        ("service", service()),
        ("digest", digest(4)),
    ]
}

fn body(format: &Format, (delivery, alerts): &(Delivery, Vec<Alert>)) -> Vec<u8> {
    let body = format.request(delivery, alerts).expect("nothing but a template fails").body;
    let again = format.request(delivery, alerts).expect("the same").body;
    assert_eq!(body, again, "the same bytes each time");
    let wrong = shapes::wrong(format, &body);
    assert!(wrong.is_empty(), "{wrong:#?}");
    body
}

#[test]
fn every_message_is_as_it_is_kept() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/render/snapshots");
    let mut wrong = Vec::new();
    for (name, format) in formats() {
        for (what, message) in messages() {
            let value: Value = serde_json::from_slice(&body(&format, &message)).unwrap();
            let text = format!("{}\n", serde_json::to_string_pretty(&value).unwrap());
            let path = folder.join(format!("{name}.{what}.json"));
            if std::env::var_os("BLESS").is_some() {
                std::fs::create_dir_all(&folder).unwrap();
                std::fs::write(&path, &text).unwrap();
            }
            if std::fs::read_to_string(&path).unwrap_or_default() != text {
                wrong.push(format!("{}:\n{text}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn digests_of_any_size_keep_to_the_limits_and_say_how_many_are_not_shown() {
    for (name, format) in formats() {
        for count in [2, 9, 10, 11, 30, 46, 120, 500] {
            let message = digest(count);
            let text = String::from_utf8(body(&format, &message)).unwrap();
            let shown = (0..count)
                .filter(|n| {
                    text.contains(&format!("news.example.org/k{n}\""))
                        || text.contains(&format!("news.example.org/k{n}>"))
                })
                .count();
            if name == "ntfy" {
                assert!(
                    text.contains("Talks in Helsinki end") && (count < 120 || text.contains("not shown here")),
                    "{text}"
                );
            } else {
                assert!(shown > 4 || shown == count, "{name} {count}: {shown}");
                assert_eq!(
                    text.contains(&format!("{} more are not shown here", count - shown)),
                    count > shown + 1,
                    "{name} {count}: {shown}"
                );
            }
        }
    }
}

/// Places of an item where a feed can put text.
fn everywhere(text: &str) -> (Delivery, Vec<Alert>) {
    let (delivery, mut alerts) = samples::edited();
    for alert in &mut alerts {
        alert.item.as_mut().unwrap().title = text.into();
        alert.hits.clear();
        alert.sentence = format!("found “{text}” in the title");
        alert.excerpts = vec![samples::excerpt(crate::model::Field::Body, &format!("x {text}"), "x")];
        for part in alert.diff.iter_mut().flatten() {
            part.part.text = text.into();
        }
    }
    (delivery, alerts)
}

/// All texts that stand anywhere in a value, with the key they stand at.
fn texts<'a>(value: &'a Value, key: &'a str, out: &mut Vec<(&'a str, &'a str)>) {
    match value {
        Value::String(text) => out.push((key, text)),
        Value::Array(all) => all.iter().for_each(|one| texts(one, key, out)),
        Value::Object(all) => all.iter().for_each(|(key, one)| texts(one, key, out)),
        _ => {}
    }
}

#[test]
fn nothing_in_an_item_mentions_or_injects() {
    let attack = "@everyone @here @durov <!channel> <@U123> <@&1> <script>alert(1)</script> <at>All</at> [x](javascript:1) \
                  **b** ~~c~~ `d` ||e|| /start # h \"}],\"x\":1,\\ <https://evil.example|bank> :smile: <t:1:R> *f* _g_";
    for (name, format) in formats() {
        let message = everywhere(attack);
        let value: Value = serde_json::from_slice(&body(&format, &message)).unwrap();
        let mut all = Vec::new();
        texts(&value, "", &mut all);
        for (key, text) in all {
            match name {
                // Only the text of a notification is markup, and there its three characters are escaped.
                "slack" if key == "text" && value["text"] == text => {
                    assert!(!text.contains(['<', '>']), "{text}");
                }
                "discord" if ["title", "description", "content"].contains(&key) => {
                    for mark in ["@", "<", "`", "|", "]("] {
                        for (at, _) in text.match_indices(mark) {
                            // Behind a backslash, or the address of our own link.
                            let own =
                                text[at..].starts_with("](<https://news.example.org/") || text[..at].ends_with("](");
                            assert!(own || text[..at].ends_with('\\'), "{mark} in {text}");
                        }
                    }
                    assert!(!text.contains("@everyone") || text.contains("\\@everyone"));
                }
                "telegram" if key == "text" => {
                    assert!(
                        !text.contains("@durov") && !text.contains("@everyone") && !text.contains(" /start"),
                        "{text}"
                    );
                    assert!(text.contains("@\u{2060}durov"));
                }
                "teams" if key == "speak" => assert!(!text.contains('<'), "{text}"),
                _ => {}
            }
        }
        // Addresses come from links alone.
        let mut all = Vec::new();
        texts(&value, "", &mut all);
        let addresses = all.iter().filter(|(key, _)| ["url", "click"].contains(key));
        assert!(addresses.into_iter().all(|(_, text)| text.starts_with("https://news.example.org/")), "{name}");
        assert!(value.get("x").is_none());
    }
}

#[test]
fn texts_of_any_length_keep_to_the_limits() {
    for text in [
        "م".repeat(6_000),
        "👨‍👩‍👧‍👦".repeat(1_500),
        "\\*_~`|>#".repeat(2_000),
        "\"\\\n".repeat(5_000),
        "@a ".repeat(4_000),
        " ".repeat(5_000),
        String::new(),
        "a\u{301}".repeat(4_000),
    ] {
        for (_, format) in formats() {
            body(&format, &everywhere(&text));
            let (mut delivery, _) = everywhere(&text);
            delivery.form = Form::Digest { why: text.clone() };
            let mut alerts = Vec::new();
            for n in 0..6 {
                let (_, mut two) = everywhere(&text);
                for alert in &mut two {
                    alert.item.as_mut().unwrap().key = format!("k{n}");
                    alert.feed = Some(crate::model::FeedName::new(text.chars().take(200).collect::<String>()));
                }
                alerts.extend(two);
            }
            body(&format, &(delivery, alerts));
        }
    }
}

#[test]
fn a_link_of_another_kind_leads_nowhere_and_a_long_one_is_left_out() {
    for link in [
        "javascript:alert(1)".to_owned(),
        "file:///etc/passwd".into(),
        format!("https://e.example/{}", "x".repeat(9000)),
    ] {
        for (name, format) in formats() {
            let (delivery, mut alerts) = samples::english();
            alerts[0].item.as_mut().unwrap().link = Some(link.clone());
            let text = String::from_utf8(body(&format, &(delivery, alerts))).unwrap();
            assert!(!text.contains(&link), "{name}: {text}");
        }
    }
}

/// A digest by watch and story: one report in two feeds, an edit, and two items in Arabic.
fn by_watch() -> (Delivery, Vec<Alert>) {
    let (_, first) = samples::english();
    let mut second = samples::alert("summit", "city", "c9", "Ministers leave Helsinki without a paper", "Helsinki");
    let (alert, item) = (first[0].id.clone(), first[0].item.as_ref().unwrap().key.clone());
    let (feed, raised) = (first[0].feed.clone().unwrap(), samples::time("2026-11-24T06:03:00Z"));
    second.follows = Some(Follows { alert, feed, item, raised, by: Sameness::Text });
    let (_, edited) = samples::edited();
    let mut arabic = [samples::arabic().1, samples::edited_arabic().1].concat();
    arabic.iter_mut().for_each(|alert| alert.watch = Some(crate::model::WatchName::new("قمة")));
    let alerts = [first, vec![second], edited[..1].to_vec(), arabic].concat();
    let why = format!("the digest: {} alerts", alerts.len());
    (Delivery { form: Form::Digest { why }, ..samples::delivery(&alerts) }, alerts)
}

/// `MAILS=folder cargo test --lib render::tests::mails` writes the HTML parts there, to be looked at in a browser.
#[test]
fn mails_for_a_browser() {
    let Some(folder) = std::env::var_os("MAILS") else { return };
    for (what, (delivery, alerts)) in messages().into_iter().chain([("by-watch", by_watch())]) {
        let told = super::items::told(&alerts);
        let (why, headings) = (super::chat::why(&delivery), super::sections::headings(&delivery, &told));
        let write = |end: &str, text: String| {
            std::fs::write(Path::new(&folder).join(format!("{what}.{end}")), text).unwrap();
        };
        write("html", super::html::part(what, &told, why.as_deref(), &headings));
        write("txt", super::plain::part(&told, why.as_deref(), &headings));
    }
}
