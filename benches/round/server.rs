//! The feed server of the round, in a process of its own: HTTP/1.1 with connections kept, bodies compressed ahead.
//!
//! The measuring process speaks to it over its standard input, a word a line, each answered with `ok`: `step` gives one
//! feed in ten of each format a new item, `validators on` and `validators off` say whether answers carry an ETag and requests
//! that do are answered with 304; the answer to `answered` adds how many documents and how many 304 were given since it was
//! asked last. It ends when its standard input does, so it outlives nobody.

use std::io::{BufRead, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use async_compression::tokio::write::GzipEncoder;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use feedwatch::model::{Clock, SystemClock};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::corpus::Feed;

/// A request's head is at most so long; a longer one ends its connection.
const HEAD_BYTES: usize = 16 << 10;

/// Answers for one feed, ready to be written.
#[derive(Clone)]
struct Answers {
    etag: String,
    /// With validators.
    full: Bytes,
    /// Without.
    bare: Bytes,
    not_modified: Bytes,
}

#[derive(Default)]
struct Site {
    feeds: Vec<Answers>,
    validators: bool,
    /// Answers that were a document, and those that were none, since somebody asked.
    documents: AtomicU64,
    not_modified: AtomicU64,
}

/// Which feed of the corpus is served at a place, where `xml` leaves out those that only some readers can read.
fn at(place: u64, xml: bool) -> Feed {
    // One in four is JSON Feed, the last.
    Feed::new(if xml { place + place / 3 } else { place })
}

/// Whether the feed at a place gets a new item in a step. One in each ten does, and as many of each format, which
/// come in turn.
fn changes(place: u64, step: u64) -> bool {
    place % 10 == (step + place / 20 % 2) % 10
}

/// Serves that many feeds until standard input ends.
pub fn run(count: u64, xml: bool) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
    // Old enough that no later item is dated in the future, young enough that none is late news.
    let start = SystemClock.now().utc() - TimeDelta::hours(24);
    let mut feeds = Vec::new();
    for place in 0..count {
        feeds.push(runtime.block_on(answers(at(place, xml), 0, start)));
    }
    let site = Arc::new(RwLock::new(Site { feeds, validators: true, ..Site::default() }));
    let orders = Arc::clone(&site);
    runtime.block_on(async {
        // Every loopback address: so each feed can have a host of its own.
        let listener = TcpListener::bind("0.0.0.0:0").await.map_err(|e| format!("no port to listen on: {e}"))?;
        let port = listener.local_addr().map_err(|e| e.to_string())?.port();
        println!("{port}");
        let obeying = tokio::task::spawn_blocking(move || obey(&orders, xml, start));
        let serving = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(serve(connection, Arc::clone(&site)));
            }
        });
        let ended = obeying.await.map_err(|e| e.to_string())?;
        serving.abort();
        ended
    })
}

/// Carries out what is said on standard input.
fn obey(site: &RwLock<Site>, xml: bool, start: DateTime<Utc>) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|e| e.to_string())?;
    let mut step = 0;
    for line in std::io::stdin().lock().lines() {
        let mut said = "ok".to_owned();
        match line.map_err(|e| e.to_string())?.as_str() {
            "step" => {
                let count = site.read().map_err(|e| e.to_string())?.feeds.len() as u64;
                for place in (0..count).filter(|place| changes(*place, step)) {
                    let new = runtime.block_on(answers(at(place, xml), step / 10 + 1, start));
                    site.write().map_err(|e| e.to_string())?.feeds[place as usize] = new;
                }
                step += 1;
            }
            "validators on" => site.write().map_err(|e| e.to_string())?.validators = true,
            "validators off" => site.write().map_err(|e| e.to_string())?.validators = false,
            "answered" => {
                let site = site.read().map_err(|e| e.to_string())?;
                let [documents, not_modified] =
                    [&site.documents, &site.not_modified].map(|count| count.swap(0, Ordering::Relaxed));
                said = format!("ok {documents} {not_modified}");
            }
            other => return Err(format!("nobody knows what {other:?} means")),
        }
        println!("{said}");
        std::io::stdout().flush().map_err(|e| e.to_string())?;
    }
    Ok(())
}

async fn answers(feed: Feed, version: u64, start: DateTime<Utc>) -> Answers {
    let mut encoder = GzipEncoder::new(Vec::new());
    let document = feed.document(version, start);
    encoder.write_all(document.as_bytes()).await.expect("memory can be written to");
    encoder.shutdown().await.expect("memory can be written to");
    let body = encoder.into_inner();
    let etag = format!("\"{}-{version}\"", feed.number);
    let answer = |validators: &str| {
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {}\r\ncontent-encoding: gzip\r\n{validators}content-length: {}\r\n\r\n",
            feed.format.content_type(),
            body.len()
        );
        Bytes::from([head.as_bytes(), &body].concat())
    };
    Answers {
        full: answer(&format!("etag: {etag}\r\n")),
        bare: answer(""),
        not_modified: format!("HTTP/1.1 304 Not Modified\r\netag: {etag}\r\n\r\n").into(),
        etag,
    }
}

/// Answers one connection until the other side has enough of it.
async fn serve(mut connection: TcpStream, site: Arc<RwLock<Site>>) {
    // Answers are written whole: waiting for more of them would only delay.
    let _ = connection.set_nodelay(true);
    let mut read = Vec::with_capacity(4096);
    loop {
        while let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&read[..end]).into_owned();
            read.drain(..end + 4);
            let answer = answer(&head, &site);
            if connection.write_all(&answer).await.is_err() {
                return;
            }
        }
        match connection.read_buf(&mut read).await {
            Ok(bytes) if bytes > 0 && read.len() <= HEAD_BYTES => {}
            _ => return,
        }
    }
}

fn answer(head: &str, site: &RwLock<Site>) -> Bytes {
    let site = site.read().expect("no holder of this lock panics");
    let path = head.split_whitespace().nth(1).unwrap_or_default();
    let number = path.strip_prefix("/feed/").and_then(|n| n.parse::<usize>().ok());
    let Some(feed) = number.and_then(|n| site.feeds.get(n)) else {
        return Bytes::from_static(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
    };
    let asked = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("if-none-match").then(|| value.trim())
    });
    let known = site.validators && asked == Some(&feed.etag);
    let count = if known { &site.not_modified } else { &site.documents };
    count.fetch_add(1, Ordering::Relaxed);
    match (site.validators, known) {
        (true, true) => feed.not_modified.clone(),
        (true, false) => feed.full.clone(),
        (false, _) => feed.bare.clone(),
    }
}
