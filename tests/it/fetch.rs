//! Polling over HTTP and files: polite to publishers, unmoved by hostile ones.

use std::path::Path;
use std::time::Duration;

use async_compression::Level;
use async_compression::tokio::write::{BrotliEncoder, GzipEncoder, ZstdEncoder};
use feedwatch::fetcher::{Address, Answer, Failure, FailureKind, Fetched, Fetcher, Limits, Source};
use feedwatch::model::{FeedMemory, Moved, Secret, Validators};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use url::Url;

use crate::support::http::{Authority, HttpServer, Reply};

const RSS: &str = "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>t</title></channel></rss>";

fn fetcher_with(change: impl FnOnce(&mut Limits)) -> Fetcher {
    feedwatch::net::tls::install_provider();
    let mut limits = Limits { poll: Duration::from_secs(20), ..Limits::default() };
    change(&mut limits);
    Fetcher::new(limits).unwrap()
}

fn fetcher() -> Fetcher {
    fetcher_with(|_| ())
}

fn source(url: &str) -> Source {
    Source {
        address: Address::Http(Url::parse(url).unwrap()),
        headers: Vec::new(),
        login: None,
        cookie_file: None,
        proxy: None,
        user_agent: None,
        allow_private: false,
        ca_file: None,
    }
}

/// The first poll of a feed, by a program of its own.
async fn poll(source: &Source) -> Fetched {
    poll_by(&fetcher(), source).await
}

async fn poll_by(fetcher: &Fetcher, source: &Source) -> Fetched {
    let Address::Http(url) = &source.address else { panic!("a story of http") };
    fetcher.fetch(source, &FeedMemory::new(url.as_str())).await
}

/// What a failed poll says.
fn failure(fetched: &Fetched) -> &Failure {
    match &fetched.answer {
        Answer::Failed(failure) => failure,
        other => panic!("no failure: {other:?}"),
    }
}

#[track_caller]
fn assert_said(fetched: &Fetched, kind: FailureKind, words: &str) {
    let failure = failure(fetched);
    assert!(failure.kind == kind && failure.said.contains(words), "{failure:?} has no `{words}`");
}

#[track_caller]
fn body(fetched: &Fetched) -> String {
    match &fetched.answer {
        Answer::Body { body, .. } => String::from_utf8_lossy(body).into_owned(),
        other => panic!("no body: {other:?}"),
    }
}

fn validators(fetched: &Fetched) -> Validators {
    match &fetched.answer {
        Answer::Body { validators, .. } => validators.clone(),
        other => panic!("no body: {other:?}"),
    }
}

// -- conditional requests

#[tokio::test]
async fn an_unchanged_feed_is_asked_for_conditionally() {
    let server = HttpServer::start();
    server.feed("/feed.xml", RSS);
    let url = server.url("/feed.xml");
    let (fetcher, source) = (fetcher(), source(&url));
    let mut memory = FeedMemory::new(&url);
    let first = fetcher.fetch(&source, &memory).await;
    assert_eq!((body(&first).as_str(), first.bytes, first.url.as_str()), (RSS, RSS.len() as u64, url.as_str()));
    memory.validators = validators(&first);
    assert_eq!(fetcher.fetch(&source, &memory).await.answer, Answer::NotModified);
    let seen = server.seen("/feed.xml");
    assert_eq!(seen[0].header("if-none-match"), None);
    assert!(seen[1].header("if-none-match").is_some() && seen[1].header("if-modified-since").is_some());
    assert_eq!(server.connections(), 1, "the connection is kept for the next request");
    // The next edition comes whole.
    server.feed("/feed.xml", "<rss/>");
    assert_eq!(body(&fetcher.fetch(&source, &memory).await), "<rss/>");
}

#[tokio::test]
async fn validators_go_only_to_the_address_they_came_from() {
    let server = HttpServer::start();
    server.feed("/feed.xml", RSS);
    server.feed("/moved.xml", RSS);
    let url = server.url("/feed.xml");
    let kept = |at: &str| Validators { url: at.into(), etag: Some("\"x\"".into()), last_modified: None };
    // They came from the target of a redirect.
    let mut memory = FeedMemory { validators: kept(&server.url("/moved.xml")), ..FeedMemory::new(&url) };
    fetcher().fetch(&source(&url), &memory).await;
    // The configured address was another one then.
    memory.url = server.url("/old.xml");
    memory.validators = kept(&url);
    memory.moved = Some(Moved { to: server.url("/moved.xml"), answers: Moved::PROBATION });
    fetcher().fetch(&source(&url), &memory).await;
    // They would split the request, or flood it.
    memory = FeedMemory::new(&url);
    for bad in ["\"a\r\nX-Evil: 1\"".to_owned(), "x".repeat(2000), String::new()] {
        memory.validators = Validators { url: url.clone(), etag: Some(bad.clone()), last_modified: Some(bad) };
        fetcher().fetch(&source(&url), &memory).await;
    }
    assert_eq!(server.seen("/feed.xml").len(), 5);
    for request in server.requests() {
        assert!(request.header("if-none-match").is_none() && request.header("x-evil").is_none(), "{request:?}");
    }
    // A folded or endless validator is not kept.
    server.reply("/feed.xml", Reply::raw(format!("HTTP/1.1 200 OK\r\nETag: \"a\r\n X-Evil: 1\"\r\n\r\n{RSS}")));
    let kept = validators(&poll(&source(&url)).await);
    assert!(!kept.etag.unwrap_or_default().contains('\n'));
    server.reply("/feed.xml", Reply::ok(RSS).header("etag", "x".repeat(100_000)));
    assert_eq!(validators(&poll(&source(&url)).await).etag, None);
}

#[tokio::test]
async fn not_modified_without_a_condition_is_a_failure() {
    let server = HttpServer::start();
    server.reply("/feed.xml", Reply::status(304));
    let fetched = poll(&source(&server.url("/feed.xml"))).await;
    assert_said(&fetched, FailureKind::Status(304), "304 Not Modified to a request without conditions");
}

#[tokio::test]
async fn the_program_says_who_it_is_and_what_it_reads() {
    let server = HttpServer::start();
    server.feed("/feed.xml", RSS);
    let mut source = source(&server.url("/feed.xml"));
    poll(&source).await;
    source.user_agent = Some("desk/1".into());
    source.headers = vec![("X-Key".into(), Secret::new("k")), ("Accept".into(), Secret::new("text/plain"))];
    poll(&source).await;
    let seen = server.requests();
    assert!(seen[0].header("user-agent").unwrap().starts_with("feedwatch/"));
    assert!(seen[0].header("accept").unwrap().contains("application/rss+xml"));
    assert_eq!(seen[0].header("accept-encoding"), Some("gzip, deflate, br, zstd"));
    let sent = ["user-agent", "x-key", "accept"].map(|name| seen[1].header(name));
    assert_eq!(sent, [Some("desk/1"), Some("k"), Some("text/plain")]);
    source.headers = vec![("X-Key".into(), Secret::new("hunter\n2"))];
    let fetched = poll(&source).await;
    assert_said(&fetched, FailureKind::Refused, "X-Key");
    assert!(!failure(&fetched).said.contains("hunter"));
}

// -- bodies

macro_rules! packed {
    ($encoder:ident, $text:expr) => {{
        let mut encoder = $encoder::with_quality(Vec::new(), Level::Default);
        encoder.write_all($text).await.unwrap();
        encoder.shutdown().await.unwrap();
        encoder.into_inner()
    }};
}

#[tokio::test]
async fn packed_bodies_are_read_and_counted_as_they_came() {
    let server = HttpServer::start();
    let text = RSS.repeat(100);
    let gzip = packed!(GzipEncoder, text.as_bytes());
    for (coding, sent) in [
        ("gzip", gzip.clone()),
        ("x-gzip", gzip.clone()),
        ("br", packed!(BrotliEncoder, text.as_bytes())),
        ("zstd", packed!(ZstdEncoder, text.as_bytes())),
        ("gzip, br", packed!(BrotliEncoder, &gzip)),
        ("gzip", gzip[..gzip.len() - 8].to_vec()),
        ("gzip", text.clone().into_bytes()),
    ] {
        let length = sent.len() as u64;
        server.reply("/feed.xml", Reply::ok(sent).header("content-encoding", coding));
        let fetched = poll(&source(&server.url("/feed.xml"))).await;
        assert_eq!((body(&fetched), fetched.bytes), (text.clone(), length), "{coding}");
    }
    server.reply("/feed.xml.gz", Reply::ok(gzip.clone()).header("content-type", "application/gzip"));
    assert_eq!(body(&poll(&source(&server.url("/feed.xml.gz"))).await), text);
    server.reply("/feed.xml", Reply::ok(&gzip[..gzip.len() / 2]).header("content-encoding", "gzip"));
    assert_said(&poll(&source(&server.url("/feed.xml"))).await, FailureKind::Refused, "body ended early");
    server.reply("/feed.xml", Reply::ok("x").header("content-encoding", "compress"));
    assert_said(&poll(&source(&server.url("/feed.xml"))).await, FailureKind::Refused, "`compress` is not understood");
}

#[tokio::test]
async fn bodies_beyond_the_limit_are_refused_before_and_after_unpacking() {
    let server = HttpServer::start();
    let bomb = packed!(GzipEncoder, &vec![b' '; 40 << 20]);
    assert!(bomb.len() < 1 << 20);
    server.reply("/bomb", Reply::ok(bomb).header("content-encoding", "gzip"));
    server.reply("/endless", Reply::chunks(|| std::iter::repeat_with(|| vec![b' '; 60_000])));
    server.reply("/announced", Reply::ok("<rss/>").header("content-length", (17 << 20).to_string()));
    for (path, words) in [
        ("/bomb", "body larger than 16 MiB when unpacked"),
        ("/endless", "body larger than 16 MiB"),
        ("/announced", "body larger than 16 MiB"),
    ] {
        let fetched = poll(&source(&server.url(path))).await;
        assert_said(&fetched, FailureKind::Refused, words);
        assert!(fetched.bytes < 17 << 20);
    }
}

#[tokio::test]
async fn a_body_that_ends_early_or_lies_about_its_length_is_no_feed() {
    let server = HttpServer::start();
    let url = server.url("/feed.xml");
    let head = "HTTP/1.1 200 OK\r\n";
    for reply in [
        Reply::ok(RSS).half(),
        Reply::chunks(|| std::iter::once(RSS.into())).half(),
        Reply::ok(RSS).header("content-length", "10000").half(),
        Reply::raw(format!("{head}Content-Length: 100\r\n\r\n0123456789")),
        Reply::raw(format!("{head}Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n")),
        Reply::raw(format!("{head}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc")),
    ] {
        server.reply("/feed.xml", reply);
        assert_said(&poll(&source(&url)).await, FailureKind::Refused, "body ended early");
    }
    // What lies beyond the length is ignored; both lengths mean chunks (RFC 9112, 6.3); no length means until the end.
    for (reply, text) in [
        (format!("{head}Content-Length: 6\r\n\r\n<rss/>and more"), "<rss/>"),
        (format!("{head}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n<rss/>\r\n0\r\n\r\n"), "<rss/>"),
        (format!("{head}Nonsense\r\nServer : old\r\n\r\n<rss/>"), "<rss/>"),
    ] {
        server.reply("/feed.xml", Reply::raw(reply));
        assert_eq!(body(&poll(&source(&url)).await), text);
    }
    server.reply("/feed.xml", Reply::raw(format!("{head}Content-Length: 6\r\nContent-Length: 7\r\n\r\n<rss/>")));
    assert_said(&poll(&source(&url)).await, FailureKind::Refused, "no proper http answer");
}

#[tokio::test]
async fn only_200_with_a_body_is_a_feed() {
    let server = HttpServer::start();
    let url = server.url("/feed.xml");
    for (status, words) in [
        (203, "answered 203"),
        (204, "answered 204 No Content: only"),
        (206, "answered 206"),
        (300, "answered 300"),
        (401, "answered 401 Unauthorized: a login is wanted"),
        (403, "answered 403 Forbidden"),
        (404, "answered 404 Not Found"),
        (410, "answered 410 Gone"),
        (418, "answered 418"),
        (500, "answered 500 Internal Server Error"),
        (999, "answered 999"),
    ] {
        server.reply("/feed.xml", Reply::status(status).body(RSS));
        assert_said(&poll(&source(&url)).await, FailureKind::Status(status), words);
    }
    server.reply("/feed.xml", Reply::ok(""));
    assert_said(&poll(&source(&url)).await, FailureKind::Refused, "empty body");
}

#[tokio::test]
async fn a_server_says_when_to_come_back() {
    let server = HttpServer::start();
    let url = server.url("/feed.xml");
    for (status, value, seconds) in [
        (429, "3600", Some(3600)),
        (503, "Tue, 24 Nov 2026 12:10:00 GMT", Some(600)),
        (403, "99999999999", Some(86_400)),
        (503, "soon", None),
    ] {
        let reply = Reply::status(status).header("retry-after", value).header("date", "Tue, 24 Nov 2026 12:00:00 GMT");
        server.reply("/feed.xml", reply);
        let fetched = poll(&source(&url)).await;
        assert_eq!(failure(&fetched).retry_after, seconds.map(Duration::from_secs), "{value}");
    }
}

// -- limits of time and head

#[tokio::test]
async fn silence_and_slowness_end_at_their_limits() {
    let server = HttpServer::start();
    server.reply("/silent", Reply::hang());
    server.reply("/stalled", Reply::ok(RSS).stall());
    let ask = async |path: &str, poll_ms: u64, head_ms: u64| {
        let fetcher = fetcher_with(|l| {
            (l.poll, l.head) = (Duration::from_millis(poll_ms), Duration::from_millis(head_ms));
        });
        let url = server.url(path);
        fetcher.fetch(&source(&url), &FeedMemory::new(&url)).await
    };
    let fetched = ask("/silent", 20_000, 150).await;
    assert_said(&fetched, FailureKind::Unreachable, "timed out after 150ms without an answer");
    assert_said(&ask("/silent", 150, 20_000).await, FailureKind::Unreachable, "timed out after 150ms");
    assert_said(&ask("/stalled", 150, 20_000).await, FailureKind::Refused, "timed out after 150ms");
}

#[tokio::test]
async fn a_flood_of_headers_is_a_failure() {
    let server = HttpServer::start();
    let many = (0..10_000).map(|n| format!("x-{n}: y\r\n")).collect::<String>();
    let cookies = (0..5_000).map(|_| format!("Set-Cookie: a={}\r\n", "x".repeat(4096))).collect::<String>();
    let long = format!("x: {}\r\n", "y".repeat(10 << 20));
    for flood in [many, cookies, long] {
        server.reply("/feed.xml", Reply::raw(format!("HTTP/1.1 200 OK\r\n{flood}\r\n<rss/>")));
        let fetched = poll(&source(&server.url("/feed.xml"))).await;
        assert_said(&fetched, FailureKind::Refused, "header limit");
    }
}

// -- trouble on the way

#[tokio::test]
async fn trouble_on_the_way_is_said_in_words_and_without_secrets() {
    let server = HttpServer::start();
    server.reply("/reset", Reply::reset());
    server.reply("/closed", Reply::close());
    server.reply("/smtp", Reply::raw("220 mail.example.org ESMTP\r\n"));
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (url, kind, words) in [
        (server.url("/reset?token=hunter2"), FailureKind::Unreachable, "connection reset"),
        (server.url("/closed?token=hunter2"), FailureKind::Unreachable, "connection closed without an answer"),
        (server.url("/smtp?token=hunter2"), FailureKind::Refused, "no proper http answer"),
        (format!("http://user:hunter2@{unused}/"), FailureKind::Unreachable, "connection refused"),
        ("http://feeds.invalid/?token=hunter2".into(), FailureKind::Unreachable, "dns failure: "),
    ] {
        let fetched = poll(&source(&url)).await;
        assert_said(&fetched, kind, words);
        let said = &failure(&fetched).said;
        assert!(!said.contains("hunter2") && !said.starts_with(char::is_uppercase) && !said.ends_with('.'), "{said}");
    }
}

#[tokio::test]
async fn tls_needs_a_trusted_certificate_for_the_right_name_at_the_right_time() {
    let authority = Authority::new();
    let dir = tempfile::tempdir().unwrap();
    let ca_file = dir.path().join("ca.pem");
    std::fs::write(&ca_file, authority.pem()).unwrap();
    let good = HttpServer::start_tls(&authority);
    good.feed("/feed.xml", RSS);
    let mut trusting = source(&good.url_as("localhost", "/feed.xml"));
    assert_said(&poll(&trusting).await, FailureKind::Unreachable, "tls: certificate of an unknown authority");
    trusting.ca_file = Some(ca_file.clone());
    assert_eq!(body(&poll(&trusting).await), RSS);
    let other = HttpServer::start_at("127.0.0.1", Some(authority.server_config(&["example.org"])));
    let expired = authority.server_config_of(&["localhost"], |params| {
        params.not_before = rcgen::date_time_ymd(2019, 1, 1);
        params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    });
    let expired = HttpServer::start_at("127.0.0.1", Some(expired));
    let plain = HttpServer::start();
    let plain_url = plain.url_as("localhost", "/").replace("http:", "https:");
    for (url, words) in [
        (other.url_as("localhost", "/"), "tls: certificate is for another host name"),
        (expired.url_as("localhost", "/"), "tls: certificate expired"),
        (plain_url, "tls: "),
    ] {
        let fetched = poll(&Source { ca_file: Some(ca_file.clone()), ..source(&url) }).await;
        assert_said(&fetched, FailureKind::Unreachable, words);
    }
    let missing = Source { ca_file: Some("/nowhere/ca.pem".into()), ..trusting };
    assert_said(&poll(&missing).await, FailureKind::Refused, "ca_file /nowhere/ca.pem: cannot be read");
}

// -- redirects

#[tokio::test]
async fn redirects_are_followed_and_permanent_ones_are_named() {
    let server = HttpServer::start();
    server.feed("/new.xml", RSS);
    for (script, moved) in [
        (vec![("/a", 301, "/new.xml")], Some("/new.xml")),
        (vec![("/a", 308, "/b"), ("/b", 301, "new.xml")], Some("/new.xml")),
        (vec![("/a", 301, "/b"), ("/b", 302, "/c"), ("/c", 301, "/new.xml")], Some("/b")),
        (vec![("/a", 302, "/b"), ("/b", 301, "/new.xml")], None),
        (vec![("/a", 303, "/b#part"), ("/b", 307, "/new.xml")], None),
    ] {
        for (from, status, to) in script {
            server.reply(from, Reply::redirect(status, to).body("moved"));
        }
        let before = server.connections();
        let fetched = poll(&source(&server.url("/a"))).await;
        assert_eq!(body(&fetched), RSS);
        assert_eq!(fetched.url, server.url("/new.xml"));
        assert_eq!(fetched.moved_to, moved.map(|path| server.url(path)));
        assert_eq!(server.connections(), before + 1, "all hops share a connection");
    }
}

#[tokio::test]
async fn a_remembered_redirect_is_asked_directly() {
    let server = HttpServer::start();
    server.feed("/new.xml", RSS);
    let url = server.url("/old.xml");
    let moved = |answers| Some(Moved { to: server.url("/new.xml"), answers });
    let mut memory = FeedMemory { moved: moved(Moved::PROBATION), ..FeedMemory::new(&url) };
    let fetched = fetcher().fetch(&source(&url), &memory).await;
    assert_eq!((body(&fetched).as_str(), fetched.url, fetched.moved_to), (RSS, server.url("/new.xml"), None));
    assert!(server.seen("/old.xml").is_empty());
    memory.moved = moved(Moved::PROBATION - 1);
    fetcher().fetch(&source(&url), &memory).await;
    assert_eq!(server.seen("/old.xml").len(), 1);
}

#[tokio::test]
async fn redirects_that_lead_nowhere_are_failures() {
    let server = HttpServer::start();
    server.reply("/a", Reply::redirect(302, "/b"));
    server.reply("/b", Reply::redirect(302, "/a"));
    assert_said(&poll(&source(&server.url("/a"))).await, FailureKind::Refused, "in a circle");
    assert!(server.requests().len() <= 3);
    for n in 0..40 {
        server.reply(&format!("/{n}"), Reply::redirect(302, format!("/{}", n + 1)));
    }
    assert_said(&poll(&source(&server.url("/0"))).await, FailureKind::Refused, "more than 10 redirects");
    assert!(server.seen("/11").is_empty());
    server.reply("/a", Reply::status(302));
    assert_said(&poll(&source(&server.url("/a"))).await, FailureKind::Status(302), "without saying where");
    server.reply("/a", Reply::redirect(302, "http://[::1"));
    assert_said(&poll(&source(&server.url("/a"))).await, FailureKind::Status(302), "no address");
    for (location, scheme) in [
        ("file:///etc/hostname", "file:"),
        ("gopher://127.0.0.1:25/", "gopher:"),
        ("ftp://example.org/feed.xml", "ftp:"),
        ("data:text/xml,<rss/>", "data:"),
    ] {
        server.reply("/a", Reply::redirect(301, location));
        let fetched = poll(&Source { allow_private: true, ..source(&server.url("/a")) }).await;
        assert_said(&fetched, FailureKind::Refused, &format!("redirected to a {scheme} address"));
        assert_eq!(fetched.moved_to, None);
    }
    server.reply("/a", Reply::redirect(302, "x".repeat(10_000)));
    assert_said(&poll(&source(&server.url("/a"))).await, FailureKind::Refused, "longer than 8 KiB");
    server.reply("/a", Reply::redirect(302, "/gone?token=hunter2"));
    let fetched = poll(&source(&server.url("/a"))).await;
    assert_said(&fetched, FailureKind::Status(404), "/gone?…)");
}

/// A name of this machine that the table of hosts maps to 127.0.0.1 and that is not `localhost`.
fn private_name() -> Option<String> {
    let hosts = std::fs::read_to_string("/etc/hosts").ok()?;
    let names = hosts.lines().filter_map(|line| line.split('#').next()?.trim().strip_prefix("127.0.0.1"));
    names.flat_map(str::split_whitespace).find(|name| !name.contains("localhost")).map(str::to_owned)
}

#[tokio::test]
async fn a_redirect_to_a_private_address_is_refused_in_every_spelling() {
    let (server, inside) = (HttpServer::start(), HttpServer::start());
    inside.feed("/secret.xml", RSS);
    let mut hosts: Vec<String> = [
        "127.0.0.2",
        "localhost",
        "LOCALHOST.",
        "x.localhost",
        "2130706434",
        "0177.0.0.2",
        "0x7f.2",
        "127.2",
        "127.0.0.2.",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "[fc00::1]",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "0.0.0.0",
        "224.0.0.1",
        "[::]",
    ]
    .map(str::to_owned)
    .into();
    match private_name() {
        Some(name) => hosts.push(name),
        None => println!("skipped: no further name of 127.0.0.1 in /etc/hosts"),
    }
    let fetcher = fetcher();
    for host in hosts {
        for status in [301, 302, 307, 308] {
            server.reply("/feed.xml", Reply::redirect(status, inside.url_as(&host, "/secret.xml")));
            let fetched = poll_by(&fetcher, &source(&server.url("/feed.xml"))).await;
            assert_said(&fetched, FailureKind::Refused, "address guard");
        }
    }
    assert_eq!(inside.connections(), 0, "the inside was reached");
    // The configured host itself may be private, whatever its path and port.
    server.reply("/feed.xml", Reply::redirect(302, inside.url("/secret.xml")));
    assert_eq!(body(&poll(&source(&server.url("/feed.xml"))).await), RSS);
    assert_eq!(body(&poll(&source(&inside.url_as("localhost", "/secret.xml"))).await), RSS);
}

#[tokio::test]
async fn a_private_redirect_is_followed_where_that_is_allowed_and_not_on_its_own_word() {
    let (server, inside) = (HttpServer::start(), HttpServer::start_on("127.0.0.2"));
    inside.feed("/inside.xml", RSS);
    server.reply("/feed.xml", Reply::redirect(301, inside.url("/inside.xml")));
    let url = server.url("/feed.xml");
    let allowed = Source { allow_private: true, ..source(&url) };
    assert_eq!(body(&poll(&allowed).await), RSS);
    // Remembered while it was allowed, and no longer allowed.
    let moved = Some(Moved { to: inside.url("/inside.xml"), answers: Moved::PROBATION });
    let memory = FeedMemory { moved, ..FeedMemory::new(&url) };
    assert_eq!(body(&fetcher().fetch(&allowed, &memory).await), RSS);
    let fetched = fetcher().fetch(&source(&url), &memory).await;
    assert_said(&fetched, FailureKind::Refused, "address guard");
    assert_eq!(inside.requests().len(), 2);
}

// -- logins

#[tokio::test]
async fn secrets_reach_the_configured_host_and_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let cookie_file = dir.path().join("cookies.txt");
    std::fs::write(&cookie_file, "sid=hunter2; lang=fi\n").unwrap();
    let (server, other) = (HttpServer::start(), HttpServer::start_on("127.0.0.2"));
    server.reply("/feed.xml", Reply::redirect(302, "/there.xml"));
    server.reply("/there.xml", Reply::redirect(302, other.url("/far.xml")));
    other.reply("/far.xml", Reply::redirect(302, server.url("/back.xml")));
    server.feed("/back.xml", RSS);
    let with_secrets = Source {
        login: Some(("desk".into(), Secret::new("pass word:ü"))),
        headers: vec![("X-Api-Key".into(), Secret::new("key"))],
        cookie_file: Some(cookie_file.clone()),
        allow_private: true,
        ..source(&server.url("/feed.xml"))
    };
    assert_eq!(body(&poll(&with_secrets).await), RSS);
    let secrets = ["authorization", "x-api-key", "cookie"];
    let sent = [Some("Basic ZGVzazpwYXNzIHdvcmQ6w7w="), Some("key"), Some("sid=hunter2; lang=fi")];
    for path in ["/feed.xml", "/there.xml"] {
        assert_eq!(
            secrets.map(|name| server.seen(path)[0].header(name).map(str::to_owned)),
            sent.map(|s| s.map(str::to_owned))
        );
    }
    for request in other.requests().iter().chain(&server.seen("/back.xml")) {
        assert_eq!(secrets.map(|name| request.header(name)), [None; 3], "{}", request.target);
        assert!(request.header("user-agent").is_some() && request.header("referer").is_none());
    }
    // A login in the address is one, and is part of nothing that is told.
    let with_login = server.url("/back.xml").replace("http://", "http://de%73k:p%40ss@");
    let fetched = poll(&source(&with_login)).await;
    assert_eq!(fetched.url, server.url("/back.xml"));
    assert_eq!(server.requests().last().unwrap().header("authorization"), Some("Basic ZGVzazpwQHNz"));
    // A cookie file that cannot be read is told, and nothing is asked without it.
    std::fs::remove_file(&cookie_file).unwrap();
    let asked = server.requests().len();
    assert_said(&poll(&with_secrets).await, FailureKind::Refused, "cookies.txt: cannot be read");
    assert_eq!(server.requests().len(), asked);
}

#[tokio::test]
async fn secrets_are_not_sent_in_the_clear_after_tls() {
    let authority = Authority::new();
    let dir = tempfile::tempdir().unwrap();
    let ca_file = dir.path().join("ca.pem");
    std::fs::write(&ca_file, authority.pem()).unwrap();
    let (safe, clear) = (HttpServer::start_tls(&authority), HttpServer::start());
    clear.feed("/feed.xml", RSS);
    safe.reply("/feed.xml", Reply::redirect(302, clear.url_as("localhost", "/feed.xml")));
    let source = Source {
        login: Some(("desk".into(), Secret::new("hunter2"))),
        ca_file: Some(ca_file),
        ..source(&safe.url_as("localhost", "/feed.xml"))
    };
    assert_eq!(body(&poll(&source).await), RSS);
    assert!(safe.requests()[0].header("authorization").is_some());
    assert_eq!(clear.requests()[0].header("authorization"), None);
}

#[tokio::test]
async fn a_proxy_is_used_where_one_is_configured() {
    let proxy = HttpServer::start();
    proxy.feed("http://feeds.invalid/feed.xml", RSS);
    let with_login = proxy.url("").replace("http://", "http://desk:hunter2@");
    let mut source = Source { proxy: Some(Secret::new(with_login)), ..source("http://feeds.invalid/feed.xml") };
    assert_eq!(body(&poll(&source).await), RSS);
    assert_eq!(proxy.requests()[0].header("proxy-authorization"), Some("Basic ZGVzazpodW50ZXIy"));
    // The guard judges what it can see.
    proxy.reply("http://feeds.invalid/feed.xml", Reply::redirect(302, "http://169.254.169.254/latest/meta-data/"));
    assert_said(&poll(&source).await, FailureKind::Refused, "address guard");
    source.proxy = Some(Secret::new("nonsense:hunter2"));
    let fetched = poll(&source).await;
    assert_said(&fetched, FailureKind::Refused, "proxy is not an address");
    assert!(!failure(&fetched).said.contains("hunter2"));
}

#[tokio::test]
async fn a_socks_proxy_is_spoken_to_as_one() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        // RFC 1928: methods offered, none needed; connect to a name, granted.
        let mut head = [0; 3];
        socket.read_exact(&mut head).await.unwrap();
        socket.write_all(&[5, 0]).await.unwrap();
        let mut request = [0; 5];
        socket.read_exact(&mut request).await.unwrap();
        let mut target = vec![0; usize::from(request[4]) + 2];
        socket.read_exact(&mut target).await.unwrap();
        socket.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
        let mut asked = vec![0; 4096];
        let _ = socket.read(&mut asked).await.unwrap();
        socket.write_all(format!("HTTP/1.1 200 OK\r\n\r\n{RSS}").as_bytes()).await.unwrap();
        target.truncate(target.len() - 2);
        String::from_utf8(target).unwrap()
    });
    let proxy = Some(Secret::new(format!("socks5h://{proxy}")));
    assert_eq!(body(&poll(&Source { proxy, ..source("http://feeds.invalid/feed.xml") }).await), RSS);
    assert_eq!(server.await.unwrap(), "feeds.invalid");
}

// -- HTTP/2

/// A server that answers the first request of each connection over HTTP/2 (RFC 9113), or resets its stream.
async fn http2_server(authority: &Authority, reset: bool) -> u16 {
    let mut config = (*authority.server_config(&["localhost"])).clone();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let Ok(mut socket) = acceptor.accept(socket).await else { continue };
            let frame = |kind: u8, flags: u8, stream: u32, payload: &[u8]| {
                let mut frame = (payload.len() as u32).to_be_bytes()[1..].to_vec();
                frame.extend([kind, flags]);
                frame.extend(stream.to_be_bytes());
                frame.extend(payload);
                frame
            };
            let mut preface = [0; 24];
            socket.read_exact(&mut preface).await.unwrap();
            assert!(preface.starts_with(b"PRI * HTTP/2.0"));
            socket.write_all(&frame(4, 0, 0, &[])).await.unwrap();
            tokio::spawn(async move {
                loop {
                    let mut head = [0; 9];
                    if socket.read_exact(&mut head).await.is_err() {
                        return;
                    }
                    let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
                    socket.read_exact(&mut payload).await.unwrap();
                    let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
                    let answer = match (head[3], head[4] & 1) {
                        // Settings are acknowledged; a request is answered with `:status: 200` of the static table.
                        (4, 0) => frame(4, 1, 0, &[]),
                        (1, _) if reset => frame(3, 0, stream, &[0, 0, 0, 2]),
                        (1, _) => [frame(1, 4, stream, &[0x88]), frame(0, 1, stream, RSS.as_bytes())].concat(),
                        _ => continue,
                    };
                    if socket.write_all(&answer).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    port
}

#[tokio::test]
async fn http2_is_spoken_where_the_server_offers_it() {
    let authority = Authority::new();
    let dir = tempfile::tempdir().unwrap();
    let ca_file = dir.path().join("ca.pem");
    std::fs::write(&ca_file, authority.pem()).unwrap();
    let ask = async |port: u16| {
        let url = format!("https://localhost:{port}/feed.xml");
        poll(&Source { ca_file: Some(ca_file.clone()), ..source(&url) }).await
    };
    assert_eq!(body(&ask(http2_server(&authority, false).await).await), RSS);
    assert_said(&ask(http2_server(&authority, true).await).await, FailureKind::Refused, "stream");
}

// -- files

async fn read(path: &Path, memory: &FeedMemory) -> Fetched {
    let source = Source { address: Address::File(path.to_owned()), ..source("http://unused/") };
    fetcher_with(|limits| limits.body_bytes = 1 << 20).fetch(&source, memory).await
}

#[tokio::test]
async fn a_file_is_read_when_it_has_changed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a feed.xml");
    std::fs::write(&path, RSS).unwrap();
    let mut memory = FeedMemory::new("file:feed.xml");
    let first = read(&path, &memory).await;
    assert_eq!((body(&first).as_str(), first.bytes), (RSS, RSS.len() as u64));
    assert_eq!(Url::parse(&first.url).unwrap().to_file_path(), Ok(path.clone()));
    memory.validators = validators(&first);
    assert_eq!(read(&path, &memory).await.answer, Answer::NotModified);
    // Touched, and the same.
    std::fs::write(&path, RSS).unwrap();
    assert_eq!(read(&path, &memory).await.answer, Answer::NotModified);
    // Changed within the same moment, to the same length.
    std::fs::write(&path, RSS.replace("<title>t", "<title>u")).unwrap();
    let second = read(&path, &memory).await;
    assert!(body(&second).contains("<title>u"));
    // An old file is known by its stamp, and one put in its place is not.
    let old = std::time::SystemTime::now() - Duration::from_secs(3600);
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
    memory.validators = validators(&read(&path, &memory).await);
    assert_eq!(read(&path, &memory).await.answer, Answer::NotModified);
    let other = dir.path().join("other.xml");
    std::fs::write(&other, RSS).unwrap();
    std::fs::File::options().write(true).open(&other).unwrap().set_modified(old).unwrap();
    std::fs::rename(&other, &path).unwrap();
    assert_eq!(body(&read(&path, &memory).await), RSS);
}

#[tokio::test]
async fn what_is_no_file_of_a_feed_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (empty, large, fifo) = (dir.path().join("empty"), dir.path().join("large"), dir.path().join("fifo"));
    std::fs::write(&empty, "").unwrap();
    std::fs::write(&large, vec![b' '; (1 << 20) + 1]).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let memory = FeedMemory::new("file:feed.xml");
    for (path, words) in [
        (empty.as_path(), "empty body"),
        (&large, "larger than 1 MiB"),
        (&fifo, "not a regular file"),
        (dir.path(), "not a regular file"),
        (Path::new("/dev/zero"), "not a regular file"),
        (Path::new("/nowhere/feed.xml"), "there is no such file"),
    ] {
        assert_said(&read(path, &memory).await, FailureKind::Refused, words);
    }
}

// -- the vocabulary itself

#[tokio::test]
async fn the_scripted_server_keeps_its_word() {
    feedwatch::net::tls::install_provider();
    let server = HttpServer::start();
    server.reply("/hook", Reply::status(200));
    server.script("/hook", [Reply::status(503), Reply::close()]);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut statuses = Vec::new();
    for n in 0..3 {
        let sent = client.post(server.url("/hook")).body(format!("message {n}")).send().await;
        statuses.push(sent.map_or(0, |answer| answer.status().as_u16()));
    }
    assert_eq!(statuses, [503, 0, 200]);
    let seen = server.wait_for("/hook", 3).await;
    assert_eq!(seen.iter().map(|r| r.status).collect::<Vec<_>>(), statuses);
    assert_eq!(seen.iter().map(|r| r.text()).collect::<Vec<_>>(), ["message 0", "message 1", "message 2"]);
    assert!(seen.iter().all(|r| r.method == "POST") && seen.is_sorted_by_key(|r| r.at));
    assert_eq!(server.wait_for_blocking("/hook", 3).len(), 3);
}
