//! Feeds that answer 304 until they are told to have news, and a sink for webhooks: one server on every loopback address.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Items that each feed shows from the beginning.
const OLD: u32 = 20;

/// A request for a feed.
pub struct Asked {
    pub feed: usize,
    pub at: Instant,
    /// It was answered with a document.
    pub whole: bool,
}

/// Words that are the same for the same seed, and others for others: items tell of different things.
fn words(seed: u64, count: usize) -> String {
    const SYLLABLES: [&str; 16] =
        ["ra", "ne", "ti", "lo", "mu", "ska", "ver", "pol", "den", "gri", "os", "tal", "bru", "fen", "qui", "jor"];
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let word = |random: u64| (0..3).map(|n| SYLLABLES[(random >> (n * 8)) as usize % 16]).collect::<String>();
    (0..count).map(|_| word(next())).collect::<Vec<_>>().join(" ")
}

/// What the server serves and has seen.
pub struct World {
    /// New items of each feed.
    news: Vec<AtomicU32>,
    pub asked: Mutex<Vec<Asked>>,
    /// Messages, with how many bytes each has and the words in it that tell of what.
    pub told: Mutex<Vec<(Instant, String)>>,
}

impl World {
    pub fn new(feeds: usize) -> Arc<Self> {
        let news = (0..feeds).map(|_| AtomicU32::new(0)).collect();
        Arc::new(Self { news, asked: Mutex::default(), told: Mutex::default() })
    }

    /// Gives a feed so many new items, each of which names Helsinki.
    pub fn publish(&self, feed: usize, items: u32) {
        self.news[feed].fetch_add(items, Ordering::SeqCst);
    }

    pub fn take_asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.asked.lock().expect("nobody panics with it"))
    }

    fn document(feed: usize, news: u32) -> String {
        let mut out = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><rss version=\"2.0\"><channel><title>Feed {feed}</title>\
             <link>http://example.org/{feed}</link><description>d</description>"
        );
        for n in (0..news).rev() {
            out.push_str(&format!(
                "<item><guid isPermaLink=\"false\">{feed}-new-{n}</guid><title>Helsinki: {}</title>\
                 <link>http://example.org/{feed}/new/{n}</link><description>{}</description></item>",
                words(feed as u64 * 2_654_435_761 + u64::from(n), 7),
                words(feed as u64 * 40_503 + u64::from(n) + 77, 40),
            ));
        }
        for n in (0..OLD).rev() {
            out.push_str(&format!(
                "<item><guid isPermaLink=\"false\">{feed}-{n}</guid><title>Weather of day {n} at {feed}</title>\
                 <link>http://example.org/{feed}/{n}</link><description>It was neither warm nor cold on day {n}.</description></item>"
            ));
        }
        out.push_str("</channel></rss>");
        out
    }

    fn answer(&self, head: &str, body: &[u8]) -> Vec<u8> {
        let at = Instant::now();
        if head.starts_with("POST") {
            let text = String::from_utf8_lossy(body).into_owned();
            self.told.lock().expect("nobody panics with it").push((at, text));
            return b"HTTP/1.1 204 No Content\r\n\r\n".to_vec();
        }
        let path = head.split_whitespace().nth(1).unwrap_or_default();
        let feed = path.strip_prefix("/feed/").and_then(|n| n.parse::<usize>().ok()).filter(|n| *n < self.news.len());
        let Some(feed) = feed else { return b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_vec() };
        let news = self.news[feed].load(Ordering::SeqCst);
        let tag = format!("\"{feed}-{news}\"");
        let known = head.lines().any(|line| {
            line.split_once(": ").is_some_and(|(name, v)| name.eq_ignore_ascii_case("if-none-match") && v == tag)
        });
        self.asked.lock().expect("nobody panics with it").push(Asked { feed, at, whole: !known });
        if known {
            return format!("HTTP/1.1 304 Not Modified\r\netag: {tag}\r\n\r\n").into_bytes();
        }
        let body = Self::document(feed, news);
        let length = body.len();
        format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/rss+xml\r\netag: {tag}\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .into_bytes()
    }
}

/// Serves on a thread of its own until the program ends; the port.
pub fn serve(world: Arc<World>) -> u16 {
    let (said, port) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("starts");
        runtime.block_on(async {
            let listener = TcpListener::bind("0.0.0.0:0").await.expect("a port");
            said.send(listener.local_addr().expect("bound").port()).expect("somebody waits");
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(converse(connection, world.clone()));
            }
        });
    });
    port.recv().expect("the server says its port")
}

/// One connection until the other side has enough of it.
async fn converse(mut connection: TcpStream, world: Arc<World>) {
    let _ = connection.set_nodelay(true);
    let mut read = Vec::with_capacity(2048);
    loop {
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&read[..end]).into_owned();
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(": ")?;
                name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().ok())?
            });
            let all = end + 4 + length.unwrap_or(0);
            if read.len() >= all {
                let answer = world.answer(&head, &read[end + 4..all]);
                read.drain(..all);
                if connection.write_all(&answer).await.is_err() {
                    return;
                }
                continue;
            }
        }
        match connection.read_buf(&mut read).await {
            Ok(bytes) if bytes > 0 => {}
            _ => return,
        }
    }
}
