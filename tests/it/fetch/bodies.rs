//! Bodies: packed, cut, endless, empty; heads and times without end.

use async_compression::Level;
use async_compression::tokio::write::{BrotliEncoder, GzipEncoder, ZstdEncoder};
use tokio::io::AsyncWriteExt;

use super::*;

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
