//! The floor: the barest program that does the same errand, by which the whole journey is measured.
//!
//! It asks each feed with the validators of the round before, unpacks, parses with feed-rs, puts the ids that it has not
//! seen into SQLite, and looks for the terms in the title and summary of what is new. It repairs nothing, notices no edits, matches
//! bytes where others match words, tells nobody, and makes one commit in the whole round. One thread, 64 requests at a time.

use std::collections::HashMap;
use std::path::Path;

use aho_corasick::AhoCorasick;
use async_compression::tokio::bufread::GzipDecoder;
use futures_util::{StreamExt, stream};
use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, ETAG, IF_NONE_MATCH};
use rusqlite::{Connection, params};
use tokio::io::AsyncReadExt;

use crate::corpus;

/// Requests that are under way at once.
const AT_ONCE: usize = 64;

/// What one feed answered.
enum Answer {
    NotModified,
    Document { etag: Option<String>, body: Vec<u8>, wire: usize },
}

/// One round over the feeds whose addresses are in `feeds.txt`, a line each; prints a summary as `feedwatch once` does.
pub fn run(folder: &Path, terms: usize) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
    let summary = runtime.block_on(round(folder, terms)).map_err(|e| e.to_string())?;
    println!("{summary}");
    Ok(())
}

async fn round(folder: &Path, terms: usize) -> Result<serde_json::Value, Box<dyn std::error::Error>> {
    // The client wants a TLS stack, though nobody speaks TLS here.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let feeds = std::fs::read_to_string(folder.join("feeds.txt"))?;
    let terms = AhoCorasick::builder().ascii_case_insensitive(true).build(corpus::terms(terms))?;
    let mut store = Connection::open(folder.join("floor.db"))?;
    store.execute_batch(
        "PRAGMA journal_mode = WAL;
         CREATE TABLE IF NOT EXISTS feed (url TEXT PRIMARY KEY, etag TEXT) WITHOUT ROWID;
         CREATE TABLE IF NOT EXISTS seen (feed TEXT, id TEXT, PRIMARY KEY (feed, id)) WITHOUT ROWID;",
    )?;
    let mut etags: HashMap<String, String> = HashMap::new();
    for row in store.prepare("SELECT url, etag FROM feed")?.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))? {
        let (url, etag) = row?;
        etags.insert(url, etag);
    }
    let client = reqwest::Client::builder().no_proxy().build()?;
    let commit = store.transaction()?;
    let (mut polled, mut not_modified, mut new, mut bytes, mut hits) = (0u64, 0u64, 0u64, 0usize, 0usize);
    {
        let mut insert = commit.prepare("INSERT OR IGNORE INTO seen VALUES (?1, ?2)")?;
        let mut note = commit.prepare("INSERT OR REPLACE INTO feed VALUES (?1, ?2)")?;
        let asked = feeds.lines().map(|url| ask(&client, url, etags.get(url)));
        let mut answers = stream::iter(asked).buffer_unordered(AT_ONCE);
        while let Some(answer) = answers.next().await {
            let (url, answer) = answer?;
            polled += 1;
            let Answer::Document { etag, body, wire } = answer else {
                not_modified += 1;
                continue;
            };
            bytes += wire;
            for entry in feed_rs::parser::parse(&body[..])?.entries {
                if insert.execute(params![url, entry.id])? == 0 {
                    continue;
                }
                new += 1;
                for text in [entry.title, entry.summary].into_iter().flatten() {
                    hits += terms.find_iter(&text.content).count();
                }
            }
            note.execute(params![url, etag])?;
        }
    }
    commit.commit()?;
    Ok(serde_json::json!({
        "polled": polled, "not_modified": not_modified, "items_new": new, "items_edited": 0, "failed": 0, "bytes": bytes, "hits": hits,
    }))
}

async fn ask<'u>(
    client: &reqwest::Client,
    url: &'u str,
    etag: Option<&String>,
) -> Result<(&'u str, Answer), Box<dyn std::error::Error>> {
    let mut request = client.get(url).header(ACCEPT_ENCODING, "gzip");
    if let Some(etag) = etag {
        request = request.header(IF_NONE_MATCH, etag);
    }
    let answer = request.send().await?.error_for_status()?;
    if answer.status() == 304 {
        return Ok((url, Answer::NotModified));
    }
    let etag = answer.headers().get(ETAG).and_then(|etag| etag.to_str().ok()).map(str::to_owned);
    let packed = answer.headers().get(CONTENT_ENCODING).is_some_and(|coding| coding == "gzip");
    let sent = answer.bytes().await?;
    let mut body = Vec::new();
    match packed {
        true => _ = GzipDecoder::new(&sent[..]).read_to_end(&mut body).await?,
        false => body = sent.to_vec(),
    }
    Ok((url, Answer::Document { etag, body, wire: sent.len() }))
}
