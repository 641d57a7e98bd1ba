//! Payloads of webhooks.

use serde_json::{Value, json};

use super::*;
use crate::support::http::Request;

/// What a webhook is told of an item with these members.
fn told(members: Value) -> Request {
    let scene = Scene::new();
    let feed = json!({"version": "https://jsonfeed.org/version/1.1", "items": [members]}).to_string();
    // Half of a character cannot be written by a library: it is put in afterwards.
    let outcome = scene.document(feed.replace("LONE", "\\ud800"));
    assert_eq!(outcome.titles.len(), 1, "{outcome:?}");
    let all = scene.server.seen("/hook");
    let of_bad = |r: &&Request| serde_json::from_slice::<Value>(&r.body).expect("JSON")["data"]["feed"] == "bad";
    all.iter().find(of_bad).expect("a payload").clone()
}

#[test]
fn wh_17_control_characters_in_json() {
    let request = told(
        json!({"id": "1\u{0}\u{1b}", "title": "Helsinki \u{0}\u{1b}[31m LONE \u{9b} \u{7f}", "content_text": "a\u{0}b"}),
    );
    let text = std::str::from_utf8(&request.body).expect("UTF-8");
    let strict: Value = serde_json::from_str(text).expect("JSON of RFC 8259");
    assert!(text.chars().all(|c| u32::from(c) >= 0x20), "controls stand escaped, if at all");
    let title = strict["data"]["item"]["title"].as_str().expect("a title");
    assert!(
        title.starts_with("Helsinki") && title.contains('\u{fffd}') && !title.contains(['\0', '\u{1b}']),
        "{title:?}"
    );
}

#[test]
fn wh_18_signature_over_what_is_sent() {
    let request =
        told(json!({"id": "1", "title": "Helsinki: قمة, 赫尔辛基, 👩‍🚀 \u{2028}", "url": "http://пример.example/ü"}));
    assert!(!request.body.is_ascii());
    let mut headers = reqwest::header::HeaderMap::new();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        headers.insert(name, request.header(name).expect("there").parse().expect("a value"));
    }
    let judge = standardwebhooks::Webhook::new(crate::support::program::SECRET).expect("a secret");
    judge.verify(&request.body, &headers).expect("over the bytes on the wire");
    let mut other = request.body.clone();
    let last = other.len() - 1;
    other[last] ^= 1;
    judge.verify(&other, &headers).expect_err("and over no others");
}
