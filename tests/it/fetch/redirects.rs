//! Redirects: which are followed, and which are remembered.

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
