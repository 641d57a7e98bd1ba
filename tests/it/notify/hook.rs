//! Webhooks: the signature before an independent library, every answer, every fault, TLS.

use feedwatch::notifier::{SigningKey, WebhookSettings};
use url::Url;

use super::*;
use crate::support::http::{HttpServer, Reply};

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

pub fn settings(url: &str) -> WebhookSettings {
    let keys = vec![SigningKey::parse(&Secret::new(SECRET)).unwrap()];
    WebhookSettings { keys, ..WebhookSettings::new(Url::parse(url).unwrap(), PATIENCE) }
}

pub fn hook(settings: WebhookSettings) -> Sender {
    Sender::new(&Settings::Webhook(settings), false).unwrap()
}

pub fn message() -> Message {
    let (delivery, alerts) = delivery();
    let bytes = feedwatch::render::standard::body(&delivery, &alerts);
    Message::new(delivery.id, bytes, Vec::new())
}

#[tokio::test]
async fn the_signature_holds_before_an_independent_library() {
    let server = HttpServer::start();
    server.reply("/hook", Reply::status(204));
    let message = message();
    let verdict = hook(settings(&server.url("/hook"))).send(&message, now()).await;
    assert_eq!(word(&verdict), ("accepted", "204 No Content"));
    let seen = server.seen("/hook");
    let request = &seen[0];
    assert_eq!((request.method.as_str(), request.header("content-type")), ("POST", Some("application/json")));
    assert_eq!(request.header("webhook-id"), Some(message.id.as_str()));
    assert_eq!(request.body, message.bytes);
    assert!(request.header("user-agent").unwrap().starts_with("feedwatch/"));
    let mut headers = signature_headers(request);
    standardwebhooks::Webhook::new(SECRET).unwrap().verify(&request.body, &headers).unwrap();
    let other = standardwebhooks::Webhook::new("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").unwrap();
    assert!(other.verify(&request.body, &headers).is_err());
    headers.insert("webhook-id", "another".parse().unwrap());
    assert!(standardwebhooks::Webhook::new(SECRET).unwrap().verify(&request.body, &headers).is_err());
}

fn signature_headers(request: &crate::support::http::Request) -> reqwest::header::HeaderMap {
    let mut map = reqwest::header::HeaderMap::new();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        map.insert(name, request.header(name).unwrap().parse().unwrap());
    }
    map
}

#[tokio::test]
async fn without_a_key_nothing_is_signed() {
    let server = HttpServer::start();
    server.reply("/hook", Reply::status(200));
    let sender = hook(WebhookSettings { keys: Vec::new(), ..settings(&server.url("/hook")) });
    sender.send(&message(), now()).await;
    let request = &server.seen("/hook")[0];
    assert!(request.header("webhook-signature").is_none() && request.header("webhook-id").is_some());
}

#[tokio::test]
async fn each_answer_means_what_the_contract_says() {
    let server = HttpServer::start();
    let sender = hook(settings(&server.url("/hook")));
    for (status, expected) in [
        (200, "accepted"),
        (201, "accepted"),
        (202, "accepted"),
        (204, "accepted"),
        (301, "retry"),
        (302, "retry"),
        (307, "retry"),
        (308, "retry"),
        (304, "retry"),
        (400, "refused"),
        (401, "retry"),
        (403, "retry"),
        (404, "retry"),
        (405, "retry"),
        (408, "retry"),
        (409, "retry"),
        (410, "gone"),
        (413, "refused"),
        (422, "refused"),
        (429, "retry"),
        (451, "retry"),
        (500, "retry"),
        (502, "retry"),
        (503, "retry"),
    ] {
        server.reply(
            "/hook",
            Reply::status(status).header("location", server.url("/elsewhere")).body("field x\r\n\u{1B}[2J"),
        );
        let verdict = sender.send(&message(), now()).await;
        let (word, said) = word(&verdict);
        assert_eq!(word, expected, "{status}: {said}");
        assert!(said.starts_with(&status.to_string()), "{said}");
        assert!(matches!(status, 204 | 304) || said.contains(": field x [2J"), "{said}");
    }
    assert!(server.seen("/elsewhere").is_empty(), "a redirect was followed");
}

#[tokio::test]
async fn trouble_on_the_way_is_said_without_the_token_in_the_address() {
    let server = HttpServer::start();
    for (reply, says) in [
        (Reply::reset(), ""),
        (Reply::close(), ""),
        (Reply::hang(), "did not answer within 300ms"),
        (Reply::raw("no http at all\r\n\r\n"), ""),
    ] {
        server.reply("/hook/t0ken", reply);
        let url = server.url("/hook/t0ken?key=s3cret");
        let verdict = hook(WebhookSettings { timeout: SHORT, ..settings(&url) }).send(&message(), now()).await;
        let (word, said) = word(&verdict);
        assert!(word == "retry" && said.contains(says), "{said}");
        assert!(said.contains(&format!("http://127.0.0.1:{}", server.port())), "{said}");
        assert!(!said.contains("t0ken") && !said.contains("s3cret"), "{said}");
    }
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let verdict = hook(settings(&format!("http://127.0.0.1:{free}/t0ken"))).send(&message(), now()).await;
    assert_eq!(
        word(&verdict),
        ("retry", format!("cannot deliver to http://127.0.0.1:{free}: connection refused").as_str())
    );
}

#[tokio::test]
async fn each_of_two_keys_signs_for_itself() {
    let server = HttpServer::start();
    server.reply("/hook", Reply::status(200));
    let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let keys = [other, SECRET].map(|secret| SigningKey::parse(&Secret::new(secret)).unwrap());
    hook(WebhookSettings { keys: keys.into(), ..settings(&server.url("/hook")) }).send(&message(), now()).await;
    let request = &server.seen("/hook")[0];
    assert_eq!(request.header("webhook-signature").unwrap().split(' ').count(), 2);
    for secret in [other, SECRET] {
        let receiver = standardwebhooks::Webhook::new(secret).unwrap();
        receiver.verify(&request.body, &signature_headers(request)).unwrap();
    }
}

#[tokio::test]
async fn a_template_decides_method_headers_and_body() {
    let server = HttpServer::start();
    server.reply("/hook", Reply::status(200));
    let (delivery, alerts) = delivery();
    let template = feedwatch::render::Template {
        body: "<item id=\"{{ id }}\">{{ alert.watch }}</item>".into(),
        headers: vec![("Content-Type".into(), "text/xml".into()), ("X-Watch".into(), "{{ alert.watch }}".into())],
        method: "PUT",
    };
    let format = feedwatch::render::Format::Template(Box::new(template));
    let feedwatch::render::Request { method, headers, body } = format.request(&delivery, &alerts).unwrap();
    let message = Message { method, headers, ..Message::new(delivery.id.clone(), body, Vec::new()) };
    let token = Some(Secret::new("tk_1"));
    hook(WebhookSettings { format, token, ..settings(&server.url("/hook")) }).send(&message, now()).await;
    let request = &server.seen("/hook")[0];
    assert_eq!((request.method.as_str(), request.header("content-type")), ("PUT", Some("text/xml")));
    assert_eq!(request.header("authorization"), Some("Bearer tk_1"));
    assert!(request.header("x-watch").is_some() && request.header("webhook-signature").is_some());
    assert_eq!(request.body, format!("<item id=\"{}\">قمة هلسينكي</item>", delivery.id).into_bytes());
}
