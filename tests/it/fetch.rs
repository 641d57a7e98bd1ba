//! Polling over HTTP and files.

use crate::support::http::{Authority, HttpServer, Reply};

#[tokio::test]
async fn the_scripted_server_serves_feeds_and_faults() {
    feedwatch::net::tls::install_provider();
    let authority = Authority::new();
    let server = HttpServer::start_tls(&authority);
    server.feed("/feed.xml", "<rss/>");
    server.script("/feed.xml", [Reply::reset(), Reply::ok("abcdef").half()]);
    let ca = reqwest::Certificate::from_pem(authority.pem().as_bytes()).unwrap();
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([ca]).build().unwrap();
    let url = server.url_as("localhost", "/feed.xml");
    assert!(client.get(&url).send().await.is_err());
    assert!(client.get(&url).send().await.unwrap().bytes().await.is_err());
    let first = client.get(&url).send().await.unwrap();
    let etag = first.headers()["etag"].clone();
    assert_eq!(first.text().await.unwrap(), "<rss/>");
    let second = client.get(&url).header("if-none-match", etag).send().await.unwrap();
    assert_eq!(second.status(), 304);
    let statuses: Vec<u16> = server.wait_for("/feed.xml", 4).await.iter().map(|r| r.status).collect();
    assert_eq!(statuses, [0, 200, 200, 304]);
    assert_eq!(server.wait_for_blocking("/feed.xml", 4).len(), 4);
}
