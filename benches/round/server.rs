//! The feed server of the round, in a process of its own: HTTP/1.1 with connections kept, bodies compressed ahead.
//!
//! The measuring process speaks to it over its standard input, a word a line, each answered with `ok`: `step` gives one
//! feed in ten a new item, `validators on` and `validators off` say whether answers carry an ETag and requests that do are
//! answered with 304. It ends when its standard input does, so it outlives nobody.

use std::io::{BufRead, Write};
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

struct Site {
    feeds: Vec<Answers>,
    validators: bool,
}

/// Serves that many feeds until standard input ends.
pub fn run(count: u64) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
    // Old enough that no later item is dated in the future, young enough that none is late news.
    let start = SystemClock.now().utc() - TimeDelta::hours(24);
    let mut feeds = Vec::new();
    for number in 0..count {
        feeds.push(runtime.block_on(answers(number, 0, start)));
    }
    let site = Arc::new(RwLock::new(Site { feeds, validators: true }));
    let orders = (Arc::clone(&site), count, start);
    runtime.block_on(async {
        // Every loopback address: so each feed can have a host of its own.
        let listener = TcpListener::bind("0.0.0.0:0").await.map_err(|e| format!("no port to listen on: {e}"))?;
        let port = listener.local_addr().map_err(|e| e.to_string())?.port();
        println!("{port}");
        let obeying = tokio::task::spawn_blocking(move || obey(&orders.0, orders.1, orders.2));
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
fn obey(site: &RwLock<Site>, count: u64, start: DateTime<Utc>) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|e| e.to_string())?;
    let mut step = 0;
    for line in std::io::stdin().lock().lines() {
        match line.map_err(|e| e.to_string())?.as_str() {
            "step" => {
                for number in (0..count).filter(|number| number % 10 == step % 10) {
                    let new = runtime.block_on(answers(number, step / 10 + 1, start));
                    site.write().map_err(|e| e.to_string())?.feeds[number as usize] = new;
                }
                step += 1;
            }
            "validators on" => site.write().map_err(|e| e.to_string())?.validators = true,
            "validators off" => site.write().map_err(|e| e.to_string())?.validators = false,
            other => return Err(format!("nobody knows what {other:?} means")),
        }
        println!("ok");
        std::io::stdout().flush().map_err(|e| e.to_string())?;
    }
    Ok(())
}

async fn answers(number: u64, version: u64, start: DateTime<Utc>) -> Answers {
    let feed = Feed::new(number);
    let mut encoder = GzipEncoder::new(Vec::new());
    let document = feed.document(version, start);
    encoder.write_all(document.as_bytes()).await.expect("memory can be written to");
    encoder.shutdown().await.expect("memory can be written to");
    let body = encoder.into_inner();
    let etag = format!("\"{number}-{version}\"");
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
    if !site.validators {
        return feed.bare.clone();
    }
    let asked = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("if-none-match").then(|| value.trim())
    });
    if asked == Some(&feed.etag) { feed.not_modified.clone() } else { feed.full.clone() }
}
