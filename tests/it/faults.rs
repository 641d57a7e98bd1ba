//! One table: what goes wrong at a real server, and what becomes of the message; for each the state, the next attempt, and
//! what `status` and `explain` say.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::feed::{Entry, rss};
use crate::support::http::{Authority, HttpServer, Reply};
use crate::support::program::{Program, feed, hook, watch};
use crate::support::smtp::{Offers, Reply as Smtp, SmtpServer};

/// What is expected: the state, whether the next attempt is by the schedule, words of `explain`, and the notifier's state.
struct Expected {
    state: &'static str,
    next: Next,
    says: &'static str,
    notifier: &'static str,
}

#[derive(Clone, Copy, PartialEq)]
enum Next {
    Never,
    /// The second attempt, 5 to 6 seconds after the first.
    Scheduled,
    /// As late as the other side asked.
    Asked(i64),
}

const fn expected(state: &'static str, next: Next, says: &'static str, notifier: &'static str) -> Expected {
    Expected { state, next, says, notifier }
}

const SENT: Expected = expected("sent", Next::Never, "accepted", "ok");
const fn again(says: &'static str) -> Expected {
    expected("pending", Next::Scheduled, says, "failing")
}
const fn dead(says: &'static str) -> Expected {
    expected("dead", Next::Never, says, "ok")
}

/// A feed whose second round has an item, told to `notifier`; what became of it.
fn told(notifier: &str, limit: &str) -> (Program, Value, Value) {
    let server = HttpServer::start();
    server.feed("/feed.xml", rss(&[]));
    let configuration = format!("[limits]\nattempt_time = \"{limit}\"\n")
        + &feed("world", &server.url("/feed.xml"))
        + notifier
        + &watch("summit", &["Helsinki"], &["it"]);
    let program = Program::new(&configuration);
    program.once();
    server.feed("/feed.xml", rss(&[Entry::new("1", "Talks in Helsinki")]));
    let round = program.once();
    let id = round.of("alert").iter().find(|a| a["watch"] == "summit").expect("raised")["id"].clone();
    let explained = program.run(&["explain", id.as_str().unwrap(), "--json"]).records().remove(0);
    let status = program.run(&["status", "--json"]).records();
    let notifier = status.into_iter().find(|r| r["type"] == "notifier" && r["name"] == "it").expect("in status");
    (program, explained, notifier)
}

fn holds(case: &str, expected: &Expected, (_program, explained, notifier): (Program, Value, Value)) -> Option<String> {
    let at = explained["notifiers"].as_array().unwrap().iter().find(|n| n["notifier"] == "it").unwrap().clone();
    let said: Vec<String> = at["attempts"].as_array().unwrap().iter().map(|a| a["said"].to_string()).collect();
    let wait = at["next_attempt"].as_str().map(|next| {
        let last = at["attempts"][0]["at"].as_str().unwrap();
        let time = |text: &str| chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis();
        time(next) - time(last)
    });
    let next = match expected.next {
        Next::Never => wait.is_none(),
        Next::Scheduled => wait.is_some_and(|ms| (5_000..=6_000).contains(&ms)),
        Next::Asked(seconds) => wait.is_some_and(|ms| (seconds * 1000..=seconds * 1000 + 1000).contains(&ms)),
    };
    let right = at["state"] == expected.state
        && next
        && said.join(" ").contains(expected.says)
        && notifier["state"] == expected.notifier
        && (expected.notifier == "ok" || notifier["error"].as_str().is_some_and(|e| !e.is_empty()))
        && notifier["waiting"] == i32::from(expected.state == "pending");
    (!right).then(|| format!("{case}: {} next {wait:?} ms, {said:?}, {notifier}", at["state"]))
}

fn webhook(url: &str) -> String {
    hook("it", url)
}

#[test]
fn webhooks() {
    let gone = expected("dead", Next::Never, "410", "off");
    let asked = expected("pending", Next::Asked(40), "429", "failing");
    let cases: Vec<(&str, Reply, Expected)> = vec![
        ("200", Reply::status(200), SENT),
        ("204", Reply::status(204), SENT),
        ("202 whose text is cut", Reply::status(202).body("a longer answer").half(), SENT),
        ("reset in the middle", Reply::reset(), again("cannot deliver to http://127.0.0.1")),
        ("closed without an answer", Reply::close(), again("cannot deliver to http://127.0.0.1")),
        ("no HTTP", Reply::raw("220 mail.example ESMTP\r\n\r\n"), again("cannot deliver to http://127.0.0.1")),
        ("slow", Reply::hang(), again("did not answer within 1s")),
        ("301", Reply::redirect(301, "http://127.0.0.1:1/"), again("redirects are not followed")),
        ("308", Reply::redirect(308, "http://127.0.0.1:1/"), again("redirects are not followed")),
        ("400", Reply::status(400).body("no such field"), dead("400 Bad Request: no such field")),
        ("401", Reply::status(401), again("401 Unauthorized")),
        ("403", Reply::status(403), again("403 Forbidden")),
        ("404", Reply::status(404), again("404 Not Found")),
        ("408", Reply::status(408), again("408 Request Timeout")),
        ("410", Reply::status(410), gone),
        ("413", Reply::status(413), dead("413 Payload Too Large")),
        ("422", Reply::status(422), dead("422 Unprocessable Entity")),
        ("429", Reply::status(429), again("429 Too Many Requests")),
        ("429 with a wish", Reply::status(429).header("retry-after", "40"), asked),
        ("500", Reply::status(500), again("500 Internal Server Error")),
        ("502", Reply::status(502), again("502 Bad Gateway")),
        ("503", Reply::status(503), again("503 Service Unavailable")),
    ];
    let mut wrong = Vec::new();
    for (case, reply, expected) in &cases {
        let server = HttpServer::start();
        server.reply("/hook", reply.clone());
        wrong.extend(holds(case, expected, told(&webhook(&server.url("/hook")), "1s")));
    }
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    wrong.extend(holds(
        "refused",
        &again("connection refused"),
        told(&webhook(&format!("http://127.0.0.1:{free}/")), "5s"),
    ));
    let stranger = Authority::new();
    let server = HttpServer::start_tls(&stranger);
    server.reply("/hook", Reply::status(200));
    let untrusted = again("for a private authority set ca_file");
    wrong.extend(holds("certificate", &untrusted, told(&webhook(&server.url_as("localhost", "/hook")), "5s")));
    assert!(server.seen("/hook").is_empty(), "nothing goes to an impostor");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn email(port: u16, more: &str) -> String {
    format!(
        "[[notifier]]\nname = \"it\"\nkind = \"email\"\nfrom = \"a@example.org\"\n\
         to = [\"one@example.org\", \"two@example.org\", \"three@example.org\"]\n\
         smtp = {{ host = \"localhost\", port = {port}, {more} }}\n"
    )
}

#[test]
fn mail() {
    const PLAIN: &str = "tls = \"none\"";
    const STARTTLS: &str = "tls = \"starttls\", username = \"u\", password = \"p\"";
    let refused_one = dead("answered RCPT with 550 5.1.1 nobody");
    type Script = fn(&SmtpServer);
    let cases: Vec<(&str, Script, Expected)> = vec![
        ("all take it", |_| {}, SENT),
        ("greeting 421", |s| s.always("greeting", "421 4.3.2 closing"), again("421 4.3.2 closing")),
        ("greeting 554", |s| s.always("greeting", "554 5.3.0 not here"), again("554 5.3.0 not here")),
        ("dropped in the middle", |s| s.always("data", Smtp::Drop), again("closed the connection")),
        ("slow", |s| s.always("mail", Smtp::Hang), again("within 1s")),
        ("greylisting", |s| s.always("rcpt", "451 4.7.1 greylisted"), again("451 4.7.1 greylisted")),
        ("policy", |s| s.always("message", "550 5.7.1 spam"), again("550 5.7.1 spam")),
        ("malformed", |s| s.always("message", "554 5.6.0 malformed"), dead("554 5.6.0 malformed")),
        ("one of three refused", |s| s.refuse("two@example.org", "550 5.1.1 nobody"), refused_one),
        (
            "one of three later",
            |s| s.refuse("two@example.org", "452 4.2.2 full"),
            expected("pending", Next::Scheduled, "452 4.2.2 full", "ok"),
        ),
    ];
    let mut wrong = Vec::new();
    for (case, script, expected) in &cases {
        let server = SmtpServer::start();
        script(&server);
        wrong.extend(holds(case, expected, told(&email(server.port(), PLAIN), "1s")));
    }
    let authority = Authority::new();
    let config = || Some(authority.server_config(&["localhost"]));
    let offering =
        |starttls| SmtpServer::offering(Offers { starttls, login: Some(("u", "other")), ..Offers::default() });
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, authority.pem()).unwrap();
    let trusting = format!("{STARTTLS}, ca_file = \"{}\"", ca.display());

    let server = offering(config());
    server.always("starttls", "454 4.7.0 TLS not available");
    wrong.extend(holds(
        "STARTTLS fails",
        &again("454 4.7.0 TLS not available"),
        told(&email(server.port(), &trusting), "5s"),
    ));
    let server = SmtpServer::start();
    wrong.extend(holds("no STARTTLS", &again("STARTTLS"), told(&email(server.port(), &trusting), "5s")));
    assert!(server.accepted().is_empty() && server.logins().is_empty(), "nothing in the clear");
    let server = offering(config());
    wrong.extend(holds("certificate", &again("certificate"), told(&email(server.port(), STARTTLS), "5s")));
    let server = offering(config());
    wrong.extend(holds("535", &again("535"), told(&email(server.port(), &trusting), "5s")));
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    wrong.extend(holds("refused", &again("Connection refused"), told(&email(free, PLAIN), "5s")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn one_dead_notifier_delays_no_other() {
    let dead = HttpServer::start();
    dead.reply("/hook", Reply::hang());
    let alive = HttpServer::start();
    alive.reply("/hook", Reply::status(204));
    let server = HttpServer::start();
    server.feed("/feed.xml", rss(&[]));
    let configuration = feed("world", &server.url("/feed.xml"))
        + "[limits]\nattempt_time = \"3s\"\n"
        + &hook("dead", &dead.url("/hook"))
        + &hook("alive", &alive.url("/hook"))
        + &watch("summit", &["Helsinki"], &["dead", "alive"]);
    let program = Program::new(&configuration);
    program.once();
    let entries: Vec<Entry> = (1..=12).map(|n| Entry::new(&n.to_string(), &format!("Helsinki {n}"))).collect();
    server.feed("/feed.xml", rss(&entries));
    let began = Instant::now();
    let round = program.once();
    let last = alive.seen("/hook").iter().map(|r| r.at).max().expect("told");
    assert_eq!(alive.seen("/hook").len(), 12, "{round:?}");
    assert!(last - began < Duration::from_secs(3), "the one that hangs was waited for: {:?}", last - began);
}
