//! Polling over HTTP and files, polite to publishers. What hostile ones do stands in `attacks`.

mod bodies; // packed bodies
mod files; // feeds in files
mod logins; // what only the configured host may see, and proxies
mod polite; // conditional requests, and how the program introduces itself
mod redirects; // where they lead
mod trust; // "not modified", and how far it is believed
pub mod way; // trouble on the way, and HTTP/2

use std::time::Duration;

use feedwatch::fetcher::{Address, Answer, Failure, FailureKind, Fetched, Fetcher, Limits, Source};
use feedwatch::model::{FeedMemory, Moved, Secret, Validators};
use url::Url;

use crate::support::http::{Authority, HttpServer, Reply};

pub const RSS: &str = "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>t</title></channel></rss>";

pub fn fetcher_with(change: impl FnOnce(&mut Limits)) -> Fetcher {
    feedwatch::net::tls::install_provider();
    let mut limits = Limits { poll: Duration::from_secs(20), ..Limits::default() };
    change(&mut limits);
    Fetcher::new(limits).unwrap()
}

pub fn fetcher() -> Fetcher {
    fetcher_with(|_| ())
}

pub fn source(url: &str) -> Source {
    Source::open(Address::Http(Url::parse(url).unwrap()))
}

/// The first poll of a feed, by a program of its own.
pub async fn poll(source: &Source) -> Fetched {
    poll_by(&fetcher(), source).await
}

pub async fn poll_by(fetcher: &Fetcher, source: &Source) -> Fetched {
    let Address::Http(url) = &source.address else { panic!("a story of http") };
    fetcher.fetch(source, &FeedMemory::new(url.as_str())).await
}

/// What a failed poll says.
pub fn failure(fetched: &Fetched) -> &Failure {
    match &fetched.answer {
        Answer::Failed(failure) => failure,
        other => panic!("no failure: {other:?}"),
    }
}

#[track_caller]
pub fn assert_said(fetched: &Fetched, kind: FailureKind, words: &str) {
    let failure = failure(fetched);
    assert!(failure.kind == kind && failure.said.contains(words), "{failure:?} has no `{words}`");
}

#[track_caller]
pub fn body(fetched: &Fetched) -> String {
    match &fetched.answer {
        Answer::Body { body, .. } => String::from_utf8_lossy(body).into_owned(),
        other => panic!("no body: {other:?}"),
    }
}

pub fn validators(fetched: &Fetched) -> Validators {
    match &fetched.answer {
        Answer::Body { validators, .. } => validators.clone(),
        other => panic!("no body: {other:?}"),
    }
}

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
