//! Servers of webhooks that keep a delivery busy, lie, or send it elsewhere.

use std::time::Duration;

use feedwatch::model::Verdict;
use feedwatch::notifier::WebhookSettings;
use url::Url;

use super::*;
use crate::notify::hook::{hook as sender_of, message, settings};
use crate::notify::{SHORT, file, now, word};
use crate::support::http::Authority;
use crate::support::program::HANG;

/// The hook answers like this, a feed has news, and a round is run.
fn round_with(reply: Reply) -> (Scene, Said) {
    let scene = Scene::with("[limits]\nattempt_time = \"1s\"\n");
    scene.server.reply("/hook", reply);
    scene.server.feed("/good.xml", rss(&[Entry::new("1", "Helsinki")]));
    let round = scene.program.once();
    (scene, round)
}

#[test]
fn wr_01_redirect_by_the_receiver() {
    for status in [301, 302, 307, 308] {
        let inside = HttpServer::start();
        let (scene, round) = round_with(Reply::redirect(status, inside.url("/inside")));
        let delivery = &round.of("delivery")[0];
        let error = delivery["error"].as_str().expect("an error");
        assert!(delivery["state"] == "pending" && error.contains(&status.to_string()), "{delivery}");
        assert!(error.contains("redirects are not followed"), "{error}");
        assert_eq!((inside.connections(), scene.server.seen("/hook").len()), (0, 1));
    }
}

#[tokio::test]
async fn wr_02_endless_response() {
    let server = HttpServer::start();
    let sender = sender_of(WebhookSettings { timeout: SHORT, ..settings(&server.url("/hook")) });
    server.reply("/hook", Reply::status(500).body("x".repeat(100_000)));
    let verdict = sender.send(&message(), now()).await;
    assert!(word(&verdict).1.chars().count() < 240, "{verdict:?}");
    server.reply("/hook", Reply::chunks(|| std::iter::repeat_with(|| vec![b'y'; 1000])));
    assert_eq!(word(&sender.send(&message(), now()).await).0, "accepted");
    server.reply("/hook", Reply::ok("half of it").stall());
    assert_eq!(word(&sender.send(&message(), now()).await).0, "accepted", "the status was there");
}

#[test]
fn wr_03_answer_after_the_time_out() {
    let (scene, round) = round_with(Reply::hang());
    assert!(
        round.of("delivery")[0]["error"].as_str().is_some_and(|e| e.contains("did not answer within 1s")),
        "{round:?}"
    );
    // The receiver may have taken it: it is told again under the same id, so that it can know.
    scene.server.reply("/hook", Reply::status(204));
    let id = round.of("alert")[0]["id"].as_str().expect("an id").to_owned();
    let again = until_sent(&scene);
    assert_eq!((&again["state"], &again["attempts"]), (&"sent".into(), &2.into()), "{id}");
    let seen = scene.server.seen("/hook");
    assert_eq!(seen[0].header("webhook-id"), seen[1].header("webhook-id"));
    assert_eq!(seen[0].body, seen[1].body);
}

/// Rounds until the delivery is due again and made.
fn until_sent(scene: &Scene) -> serde_json::Value {
    let began = std::time::Instant::now();
    loop {
        if let Some(delivery) = scene.program.once().of("delivery").pop() {
            return delivery;
        }
        assert!(began.elapsed() < HANG, "it is never due");
    }
}

#[test]
fn wr_04_headers_then_silence() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        use std::io::{Read, Write};
        let mut open = Vec::new();
        for mut socket in listener.incoming().flatten() {
            // An answer before the question would be another fault. Whoever has gone needs none.
            let mut beginning = [0; 1024];
            let _ = socket.read(&mut beginning);
            let _ = socket.write_all(b"HTTP/1.1 20");
            open.push(socket);
        }
    });
    let scene = Scene::with(&format!(
        "[limits]\nattempt_time = \"1s\"\n{}{}",
        hook("silent", &url),
        watch("v", &["Helsinki"], &["silent"])
    ));
    scene.server.feed("/good.xml", rss(&[Entry::new("1", "Helsinki")]));
    let round = scene.program.once();
    let states: Vec<(String, String)> =
        round.of("delivery").iter().map(|d| (text(&d["notifier"]), text(&d["state"]))).collect();
    // The other one did not wait for it.
    assert_eq!(
        states,
        [("hook".to_owned(), "sent".to_owned()), ("silent".to_owned(), "pending".to_owned())],
        "{round:?}"
    );
    assert!(text(&round.of("delivery")[1]["error"]).contains("did not answer within 1s"), "{round:?}");
}

fn text(value: &serde_json::Value) -> String {
    value.as_str().expect("a text").to_owned()
}

#[test]
fn wr_05_gzip_bomb_as_a_response() {
    // It is not unpacked at all: what is quoted are the first bytes as they came.
    let bomb = [&b"\x1f\x8b\x08\0\0\0\0\0\0\x03"[..], &[b'z'; 4 << 20]].concat();
    let scene = Scene::new();
    let (_, usual) = scene.program.once_measured();
    scene.server.reply("/hook", Reply::status(400).header("content-encoding", "gzip").body(bomb));
    scene.server.feed("/good.xml", rss(&[Entry::new("1", "Helsinki")]));
    let (round, peak) = scene.program.once_measured();
    let delivery = &round.of("delivery")[0];
    assert_eq!(delivery["state"], "dead");
    assert!(
        delivery["error"].as_str().is_some_and(|e| e.starts_with("400 Bad Request") && e.len() < 1000),
        "{delivery}"
    );
    assert!(peak < usual + 16 * MIB, "{} KiB more", (peak - usual) >> 10);
}

#[test]
fn wr_06_error_text_with_escapes() {
    let body =
        "<script>alert(1)</script>\r\n\u{1b}]0;pwned\u{7}\u{9b}31m\u{202e}reversed\n2026-01-01T00:00:00Z ERROR forged";
    let scene = Scene::new();
    scene.server.reply("/hook", Reply::status(500).body(format!("{body}{}", "x".repeat(10_000))));
    scene.server.feed("/good.xml", rss(&[Entry::new("1", "Helsinki")]));
    let round = scene.program.run(&["once", "--all"]);
    let record = scene.program.run(&["alerts", "list", "--json"]).records().remove(0);
    let show = scene.program.run(&["alerts", "show", record["id"].as_str().expect("an id")]);
    let list = scene.program.run(&["alerts", "list"]);
    for said in [&round.err, &show.out, &list.out] {
        assert!(said.contains("<script>alert(1)</script> ]0;pwned 31mreversed 2026-01-01"), "{said}");
        assert!(!said.contains(|c: char| (c.is_control() && c != '\n') || c == '\u{202e}'), "{said:?}");
        assert!(said.lines().all(|line| line.chars().count() < 400 && !line.starts_with("2026-01-01")), "{said}");
    }
    let error = &record["deliveries"][0]["error"];
    assert!(error.as_str().is_some_and(|e| e.chars().count() < 250), "{error}");
}

#[test]
fn wr_07_410_gone() {
    let scene = Scene::with(&watch("v", &["Helsinki"], &["console"]));
    scene.server.reply("/hook", Reply::status(410));
    scene.server.feed("/good.xml", rss(&[Entry::new("1", "Helsinki")]));
    let round = scene.program.once();
    let gone = round.of("delivery").into_iter().find(|d| d["notifier"] == "hook").expect("a delivery");
    assert_eq!((&gone["state"], round.code), (&"dead".into(), 1), "{gone}");
    // What comes after is held and not sent; the other notifier goes on.
    scene.server.reply("/hook", Reply::status(204));
    scene.server.feed("/good.xml", rss(&[Entry::new("2", "Helsinki again"), Entry::new("1", "Helsinki")]));
    let next = scene.program.once();
    let notifiers: Vec<String> = next.of("delivery").iter().map(|d| text(&d["notifier"])).collect();
    assert_eq!(notifiers, ["console"]);
    assert_eq!(scene.server.seen("/hook").len(), 1);
    assert!(next.err.contains("hook") && next.err.contains("off"), "it is said: {}", next.err);
    let held = scene.program.run(&["alerts", "list", "--state", "held", "--json"]);
    assert_eq!(held.records()[0]["holds"][0]["hold"], "off");
    assert_eq!(scene.program.run(&["status", "--json"]).records()[0]["healthy"], false);
}

#[tokio::test]
async fn wr_08_429_with_a_huge_retry_after() {
    let server = HttpServer::start();
    let sender = sender_of(settings(&server.url("/hook")));
    let date = httpdate::fmt_http_date(now().plus(Duration::from_secs(3600)).utc().into());
    for (status, value, least, most) in
        [(429, "8", 8, 8), (503, "31536000", 86_400, 86_400), (503, date.as_str(), 3500, 3600), (301, "5", 5, 5)]
    {
        server.reply("/hook", Reply::status(status).header("retry-after", value));
        let Verdict::Retry { after: Some(after), .. } = sender.send(&message(), now()).await else {
            panic!("{status} {value}: no wait")
        };
        assert!((least..=most).contains(&after.as_secs()), "{value}: {after:?}");
    }
    server.reply("/hook", Reply::status(429).header("retry-after", "soon"));
    assert!(matches!(sender.send(&message(), now()).await, Verdict::Retry { after: None, .. }));
}

#[test]
fn wr_08_the_delivery_stays_pending_and_visible() {
    let (scene, round) = round_with(Reply::status(429).header("retry-after", "31536000"));
    let delivery = &round.of("delivery")[0];
    let next =
        feedwatch::model::Time::parse_rfc3339(delivery["next_attempt"].as_str().expect("a time")).expect("a time");
    let wait = next.since(now());
    assert!(wait > Duration::from_secs(86_000) && wait <= Duration::from_secs(86_400), "{wait:?}");
    let pending = scene.program.run(&["alerts", "list", "--state", "pending", "--json"]).records();
    assert_eq!(pending[0]["deliveries"][0]["id"], delivery["id"]);
}

#[tokio::test]
async fn wr_09_tls_certificate_wrong() {
    let authority = Authority::new();
    let server = HttpServer::start_tls(&authority);
    server.reply("/hook", Reply::status(200));
    let folder = tempfile::tempdir().unwrap();
    let trusting = || WebhookSettings {
        ca_file: Some(file(&folder, "ca.pem", authority.pem())),
        ..settings(&server.url_as("localhost", "/hook"))
    };
    assert_eq!(word(&sender_of(trusting()).send(&message(), now()).await).0, "accepted");

    let distrusting = WebhookSettings { ca_file: None, ..trusting() };
    let verdict = sender_of(distrusting).send(&message(), now()).await;
    assert!(word(&verdict).0 == "retry" && word(&verdict).1.contains("set ca_file"), "{verdict:?}");

    let misnamed = HttpServer::start_at("127.0.0.1", Some(authority.server_config(&["elsewhere.example"])));
    misnamed.reply("/hook", Reply::status(200));
    let wrong = WebhookSettings { url: Url::parse(&misnamed.url_as("localhost", "/hook")).unwrap(), ..trusting() };
    assert_eq!(word(&sender_of(wrong).send(&message(), now()).await).0, "retry");
    assert_eq!((server.seen("/hook").len(), misnamed.requests().len()), (1, 0));

    let missing = WebhookSettings { ca_file: Some(folder.path().join("none.pem")), ..trusting() };
    let error =
        feedwatch::notifier::Sender::new(&feedwatch::notifier::Settings::Webhook(missing), false).err().unwrap();
    assert!(error.contains("none.pem"), "{error}");
}
