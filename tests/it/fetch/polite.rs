//! Conditional requests, and how the program introduces itself.

use super::*;

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
