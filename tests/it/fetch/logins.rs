//! What only the configured host may see, and proxies.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

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
