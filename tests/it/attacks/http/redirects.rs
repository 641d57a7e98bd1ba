//! Redirects: where they lead, and where they may not.

use super::*;

/// The word on a redirect to this place, whatever its kind.
async fn redirected(location: &str) -> feedwatch::fetcher::Fetched {
    let server = HttpServer::start();
    server.reply("/feed.xml", Reply::redirect(302, location));
    poll(&source(&server.url("/feed.xml"))).await
}

#[tokio::test]
async fn ht_08_redirect_loop() {
    let server = HttpServer::start();
    server.reply("/a", Reply::redirect(302, "/b"));
    server.reply("/b", Reply::redirect(302, "/a"));
    assert_said(&poll(&source(&server.url("/a"))).await, FailureKind::Refused, "in a circle");
    assert!(server.requests().len() <= 3);
}

#[tokio::test]
async fn ht_09_redirect_chain() {
    let server = HttpServer::start();
    for n in 0..40 {
        server.reply(&format!("/{n}"), Reply::redirect(302, format!("/{}", n + 1)));
    }
    assert_said(&poll(&source(&server.url("/0"))).await, FailureKind::Refused, "more than 10 redirects");
    assert!(server.seen("/11").is_empty());
}

#[tokio::test]
async fn ht_10_redirect_to_file() {
    assert_said(&redirected("file:///etc/hostname").await, FailureKind::Refused, "redirected to a file: address");
}

#[tokio::test]
async fn ht_11_redirect_to_another_scheme() {
    let (server, inside) = (HttpServer::start(), HttpServer::start());
    for (location, scheme) in [
        (format!("gopher://127.0.0.1:{}/", inside.port()), "gopher:"),
        (format!("ftp://127.0.0.1:{}/feed.xml", inside.port()), "ftp:"),
        ("data:text/xml,<rss/>".to_owned(), "data:"),
        ("javascript:alert(1)".to_owned(), "javascript:"),
    ] {
        server.reply("/a", Reply::redirect(301, location));
        let fetched = poll(&Source { allow_private: true, ..source(&server.url("/a")) }).await;
        assert_said(&fetched, FailureKind::Refused, &format!("redirected to a {scheme} address"));
        assert_eq!(fetched.moved_to, None);
    }
    assert_eq!(inside.connections(), 0);
    // What is no address, too long a one, or none at all leads nowhere either.
    for (reply, kind, words) in [
        (Reply::status(302), FailureKind::Status(302), "without saying where"),
        (Reply::redirect(302, "http://[::1"), FailureKind::Status(302), "no address"),
        (Reply::redirect(302, "x".repeat(10_000)), FailureKind::Refused, "longer than 8 KiB"),
    ] {
        assert_said(&answer_of(reply).await, kind, words);
    }
    server.reply("/a", Reply::redirect(302, "/gone?token=hunter2"));
    assert_said(&poll(&source(&server.url("/a"))).await, FailureKind::Status(404), "/gone?…)");
}

/// None of these hosts is reached, whatever the redirect.
async fn unreachable(hosts: &[&str]) {
    let (server, inside) = (HttpServer::start_on("127.0.0.3"), HttpServer::start());
    inside.feed("/secret.xml", RSS);
    let fetcher = fetcher();
    for host in hosts {
        for status in [301, 302, 303, 307, 308] {
            server.reply("/feed.xml", Reply::redirect(status, inside.url_as(host, "/secret.xml")));
            let fetched = poll_by(&fetcher, &source(&server.url("/feed.xml"))).await;
            assert_said(&fetched, FailureKind::Refused, "refused by the address guard");
            assert_said(&fetched, FailureKind::Refused, "allow_private = true at the feed lets it through");
        }
    }
    assert_eq!(inside.connections(), 0, "the inside was reached");
}

#[tokio::test]
async fn ht_13_redirect_to_private_networks() {
    let private = [
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.0.1",
        "100.64.0.1",
        "100.127.255.255",
        "169.254.1.1",
        "0.0.0.0",
        "224.0.0.1",
        "[fc00::1]",
        "[fd00::1]",
        "[fe80::1]",
        "[::1]",
        "[::]",
        "[ff02::1]",
    ];
    unreachable(&private).await;
    // The configured host itself may be private, whatever its path and port.
    let (server, inside) = (HttpServer::start(), HttpServer::start());
    inside.feed("/secret.xml", RSS);
    server.reply("/feed.xml", Reply::redirect(302, inside.url("/secret.xml")));
    assert_eq!(body(&poll(&source(&server.url("/feed.xml"))).await), RSS);
    assert_eq!(body(&poll(&source(&inside.url_as("localhost", "/secret.xml"))).await), RSS);
}

#[tokio::test]
async fn ht_14_redirect_to_metadata() {
    for location in [
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/latest/meta-data/",
        "http://168.63.129.16/metadata",
        "http://100.100.100.200/latest/meta-data/",
        "http://192.0.0.192/latest/",
    ] {
        assert_said(&redirected(location).await, FailureKind::Refused, "address guard");
    }
}

#[tokio::test]
async fn ht_15_ipv4_in_ipv6() {
    unreachable(&[
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b:1::7f00:1]",
        "[2002:7f00:1::]",
    ])
    .await;
}

#[tokio::test]
async fn ht_16_odd_spellings_of_loopback() {
    unreachable(&[
        "2130706433",
        "2130706434",
        "0177.0.0.2",
        "0x7f.1",
        "127.1",
        "127.2",
        "127.0.0.2.",
        "0x7f000001",
        "%31%32%37.0.0.2",
    ])
    .await;
    // The configured host in another spelling is the configured host.
    let server = HttpServer::start();
    server.feed("/b.xml", RSS);
    server.reply("/a.xml", Reply::redirect(302, server.url_as("0x7f.1", "/b.xml")));
    assert_eq!(body(&poll(&source(&server.url("/a.xml"))).await), RSS);
}

#[test]
fn ht_20_redirect_keeps_secrets() {
    // The other host is another address of this machine, so its redirects have to be allowed.
    let (server, other) = (HttpServer::start(), HttpServer::start_on("127.0.0.2"));
    other.feed("/far.xml", rss(&[]));
    server.reply("/feed.xml", Reply::redirect(302, other.url("/far.xml")));
    let url = server.url("/feed.xml").replace("http://", "http://desk:hunter2@");
    let program = Program::new(&format!(
        "[[feed]]\nname = \"f\"\nurl = \"{url}\"\nallow_private = true\ncookie_file = \"cookies\"\n\
         headers = {{ Authorization = \"Bearer hunter3\" }}\n{}",
        watch("w", &["x"], &["console"])
    ));
    std::fs::write(program.path("cookies"), "sid=hunter4").expect("writes");
    let round = program.once();
    assert!(server.requests()[0].header("cookie").is_some() && server.requests()[0].header("authorization").is_some());
    for request in other.requests() {
        assert!(request.header("authorization").is_none() && request.header("cookie").is_none(), "{request:?}");
    }
    assert_eq!(other.requests().len(), 1);
    assert!(round.err.contains("its login, headers and cookies were not sent on"), "{round:?}");
    for secret in ["hunter2", "hunter3", "hunter4"] {
        assert!(!format!("{round:?}").contains(secret) && !program.store_holds(secret.as_bytes()), "{secret}");
    }
}

#[test]
fn ht_21_redirect_from_https_to_http() {
    let authority = Authority::new();
    let (safe, clear) = (HttpServer::start_tls(&authority), HttpServer::start());
    clear.feed("/feed.xml", rss(&[]));
    safe.reply("/feed.xml", Reply::redirect(302, clear.url_as("localhost", "/feed.xml")));
    let program = Program::new(&format!(
        "[[feed]]\nname = \"f\"\nurl = \"{}\"\nusername = \"desk\"\npassword = \"hunter2\"\nca_file = \"ca.pem\"\n{}",
        safe.url_as("localhost", "/feed.xml"),
        watch("w", &["x"], &["console"])
    ));
    std::fs::write(program.path("ca.pem"), authority.pem()).expect("writes");
    let round = program.once();
    assert_eq!(round.summary()["failed"], 0, "{round:?}");
    assert!(safe.requests()[0].header("authorization").is_some());
    assert!(clear.requests()[0].header("authorization").is_none());
    assert!(round.err.contains("not sent on: it is redirected from https: to http:"), "{round:?}");
}

#[test]
fn ht_22_permanent_redirect_hijack() {
    let (server, other) = (HttpServer::start(), HttpServer::start_on("127.0.0.2"));
    let url = server.url("/feed.xml");
    let known = rss(&[Entry::new("1", "Known")]);
    server.feed("/feed.xml", known.clone());
    let program =
        Program::new(&(feed("f", &url) + "allow_private = true\n" + &watch("w", &["Helsinki"], &["console"])));
    program.once();
    // Somebody else's feed, and for once only.
    server.reply("/feed.xml", Reply::redirect(301, other.url("/parked.xml")));
    other.feed("/parked.xml", rss(&[Entry::new("ad", "Buy this domain")]));
    for n in 1..=5 {
        let round = program.once();
        assert_eq!(server.seen("/feed.xml").len(), 1 + n, "the configured address is asked each time");
        assert!(!round.err.contains("moved"), "{round:?}");
    }
    // The same feed elsewhere, again and again.
    server.reply("/feed.xml", Reply::redirect(301, other.url("/new.xml")));
    other.feed("/new.xml", known);
    let mut said = Vec::new();
    for _ in 0..4 {
        said.extend(program.once().err.lines().filter(|l| l.contains("moved for good")).map(str::to_owned));
    }
    assert_eq!(said, [format!("feed “f”: moved for good to {}, which is asked from now on", other.url("/new.xml"))]);
    assert_eq!(server.seen("/feed.xml").len(), 1 + 5 + 3, "after three answers the target is asked directly");
    let status = program.run(&["status", "--json"]);
    assert_eq!(status.of("feed")[0]["moved_to"], other.url("/new.xml"));
}
