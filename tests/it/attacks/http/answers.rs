//! Heads and bodies.

use super::*;

const HEAD: &str = "HTTP/1.1 200 OK\r\n";

#[test]
fn ht_01_endless_body() {
    let endless = Reply::chunks(|| std::iter::repeat_with(|| vec![b' '; 60_000]));
    let outcome = Scene::new().attack(endless);
    outcome.is_failure("body larger than 16 MiB");
    outcome.held_at_most(100 * MIB);
    // One that is announced is not read at all.
    let announced = Reply::ok("<rss/>").header("content-length", (17 << 20).to_string());
    Scene::new().attack(announced).is_failure("body larger than 16 MiB");
}

#[tokio::test]
async fn ht_05_header_flood() {
    let many = (0..10_000).map(|n| format!("x-{n}: y\r\n")).collect::<String>();
    let long = format!("x: {}\r\n", "y".repeat(10 << 20));
    for flood in [many, long] {
        let fetched = answer_of(Reply::raw(format!("{HEAD}{flood}\r\n<rss/>"))).await;
        assert_said(&fetched, FailureKind::Refused, "header limit");
    }
}

#[test]
fn ht_05_header_flood_costs_no_memory() {
    let long = format!("x: {}\r\n", "y".repeat(32 << 20));
    let outcome = Scene::new().attack(Reply::raw(format!("{HEAD}{long}\r\n<rss/>")));
    outcome.is_failure("header limit");
    outcome.held_at_most(16 * MIB);
}

#[tokio::test]
async fn ht_06_wrong_content_length() {
    for reply in [
        Reply::ok(RSS).half(),
        Reply::chunks(|| std::iter::once(RSS.into())).half(),
        Reply::ok(RSS).header("content-length", "10000").half(),
        Reply::raw(format!("{HEAD}Content-Length: 100\r\n\r\n{}", "x".repeat(40))),
    ] {
        assert_said(&answer_of(reply).await, FailureKind::Refused, "body ended early");
    }
    let more = Reply::raw(format!("{HEAD}Content-Length: {}\r\n\r\n{RSS}{}", RSS.len(), "x".repeat(300)));
    assert_eq!(body(&answer_of(more).await), RSS, "what lies beyond the length is ignored");
}

#[tokio::test]
async fn ht_07_both_lengths() {
    // Both lengths mean chunks (RFC 9112, 6.3); no length means until the end.
    for reply in [
        format!("{HEAD}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n<rss/>\r\n0\r\n\r\n"),
        format!("{HEAD}Nonsense\r\nServer : old\r\n\r\n<rss/>"),
    ] {
        assert_eq!(body(&answer_of(Reply::raw(reply)).await), "<rss/>");
    }
    for chunks in ["5\r\nabcde\r\n", "ffffffffffffffff\r\nabc", "fffffffffffffffff\r\nabc"] {
        let reply = Reply::raw(format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n{chunks}"));
        assert_said(&answer_of(reply).await, FailureKind::Refused, "body ended early");
    }
    let two = Reply::raw(format!("{HEAD}Content-Length: 6\r\nContent-Length: 7\r\n\r\n<rss/>"));
    assert_said(&answer_of(two).await, FailureKind::Refused, "no proper http answer");
}

#[test]
fn ht_25_304_to_an_unconditional_get() {
    let scene = Scene::new();
    scene.server.reply("/new.xml", Reply::status(304).header("etag", "\"x\""));
    scene.program.configure(
        &(feed("new", &scene.server.url("/new.xml"))
            + &hook("hook", &scene.server.url("/hook"))
            + &watch("w", &["Helsinki"], &["hook"])),
    );
    let round = scene.program.once();
    assert!(round.err.contains("304 Not Modified to a request without conditions"), "{round:?}");
    scene.server.feed("/new.xml", rss(&[Entry::new("1", "Known")]));
    scene.program.once();
    let seen = scene.server.seen("/new.xml");
    assert_eq!((seen[1].header("if-none-match"), seen[1].header("if-modified-since")), (None, None));
    // With items known, none is taken as vanished.
    scene.server.reply("/new.xml", Reply::status(304));
    scene.program.once();
    scene.server.feed("/new.xml", rss(&[Entry::new("2", "Helsinki"), Entry::new("1", "Known")]));
    assert_eq!(scene.program.once().titles(), ["Helsinki"]);
}

#[tokio::test]
async fn ht_26_validators_with_control_characters() {
    let folded = Reply::raw(format!("{HEAD}ETag: \"a\r\n X-Evil: 1\"\r\n\r\n{RSS}"));
    let kept = validators(&answer_of(folded).await);
    assert!(!kept.etag.unwrap_or_default().contains(char::is_control));
    let long = Reply::ok(RSS).header("etag", "x".repeat(100_000)).header("last-modified", "y".repeat(2_000));
    let kept = validators(&answer_of(long).await);
    assert_eq!((kept.etag, kept.last_modified), (None, None));
    // Neither is one sent that was changed where it lay.
    let server = HttpServer::start();
    server.feed("/feed.xml", RSS);
    let url = server.url("/feed.xml");
    let mut memory = FeedMemory::new(&url);
    for bad in ["\"a\r\nX-Evil: 1\"".to_owned(), "x".repeat(2000), String::new()] {
        memory.validators = Validators { url: url.clone(), etag: Some(bad.clone()), last_modified: Some(bad) };
        fetcher().fetch(&source(&url), &memory).await;
    }
    let seen = server.requests();
    assert_eq!(seen.len(), 3);
    assert!(seen.iter().all(|r| r.header("if-none-match").is_none() && r.header("x-evil").is_none()), "{seen:?}");
}

#[test]
fn ht_27_200_with_an_empty_body() {
    let scene = Scene::new();
    scene.server.feed("/bad.xml", rss(&[Entry::new("1", "Known")]));
    scene.program.once();
    for empty in [Reply::ok(""), Reply::ok(" \n")] {
        scene.server.reply("/bad.xml", empty);
        let round = scene.program.once();
        assert!(round.err.contains("empty") && round.summary()["failed"] == 1, "{round:?}");
    }
    scene.server.feed("/bad.xml", rss(&[Entry::new("2", "Helsinki"), Entry::new("1", "Known")]));
    let round = scene.program.once();
    assert_eq!((round.titles(), &round.summary()["items_new"]), (vec!["Helsinki".to_owned()], &1.into()));
}

#[tokio::test]
async fn ht_28_status_204_206_418_999() {
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
        let fetched = answer_of(Reply::status(status).body(RSS)).await;
        assert_said(&fetched, FailureKind::Status(status), words);
    }
}

#[tokio::test]
async fn ht_29_retry_after_that_is_absurd() {
    for (status, value, seconds) in [
        (429, "3600", Some(3600)),
        (503, "Tue, 24 Nov 2026 12:10:00 GMT", Some(600)),
        (403, "99999999999", Some(86_400)),
        (429, "99999999999999999999999999", Some(86_400)),
        (503, "Fri, 31 Dec 9999 23:59:59 GMT", Some(86_400)),
        (503, "-1", None),
        (503, "soon", None),
        (503, "Thu, 01 Jan 1970 00:00:00 GMT", None),
    ] {
        let reply = Reply::status(status).header("retry-after", value).header("date", "Tue, 24 Nov 2026 12:00:00 GMT");
        let fetched = answer_of(reply).await;
        assert_eq!(failure(&fetched).retry_after, seconds.map(Duration::from_secs), "{value}");
    }
}

#[test]
fn ht_30_cache_headers_that_are_absurd() {
    let absurd = "<ttl>2147483647</ttl><sy:updatePeriod xmlns:sy=\"http://purl.org/rss/1.0/modules/syndication/\">yearly\
                  </sy:updatePeriod><sy:updateFrequency xmlns:sy=\"http://purl.org/rss/1.0/modules/syndication/\">0\
                  </sy:updateFrequency>";
    for (numbers, age) in [(absurd, "9999999999999999999"), ("<ttl>0</ttl>", "0"), ("<ttl>-1</ttl>", "-1")] {
        let server = HttpServer::start();
        let reply = Reply::ok(document("", &format!("{numbers}{}", item("1", "Known", "", ""))));
        let age = format!("max-age={age}, s-maxage={age}");
        server
            .reply("/feed.xml", reply.header("cache-control", age).header("expires", "Fri, 31 Dec 9999 23:59:59 GMT"));
        let adaptive = "every = \"adaptive\"\nmin_interval = \"1m\"\nmax_interval = \"2h\"\n";
        let configuration = format!("[[feed]]\nname = \"f\"\nurl = \"{}\"\n{adaptive}", server.url("/feed.xml"));
        let program = Program::new(&(configuration + &watch("w", &["Helsinki"], &["console"])));
        for _ in 0..2 {
            let round = program.once();
            assert_eq!(round.summary()["failed"], 0, "{round:?}");
        }
        let feed = &program.run(&["status", "--json"]).of("feed")[0];
        let at =
            |key: &str| feedwatch::model::Time::parse_rfc3339(feed[key].as_str().expect("a time")).expect("a time");
        let pause = at("next_poll").since(at("last_poll"));
        assert!(pause >= Duration::from_secs(30) && pause <= Duration::from_secs(3 * 3600), "{pause:?}");
    }
}

#[test]
fn ht_32_set_cookie_flood() {
    let cookies = (0..5_000).map(|_| format!("Set-Cookie: a={}\r\n", "x".repeat(4096))).collect::<String>();
    let outcome = Scene::new().attack(Reply::raw(format!("{HEAD}{cookies}\r\n<rss/>")));
    outcome.is_failure("header limit");
    outcome.held_at_most(16 * MIB);
    // A few are let pass, and none comes back.
    let scene = Scene::new();
    scene.attack(Reply::ok(document("", "")).header("set-cookie", "sid=1; Max-Age=99999999"));
    scene.program.once();
    let requests = scene.server.requests();
    assert!(requests.iter().all(|r| r.header("cookie").is_none()));
    assert!(!scene.program.store_holds(b"sid=1"));
}
