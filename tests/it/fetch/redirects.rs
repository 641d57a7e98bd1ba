//! Redirects, and the address guard.

use super::*;

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
