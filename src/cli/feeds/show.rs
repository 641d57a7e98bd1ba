//! `feedwatch feeds list`, `show` and `poll`: what is known of feeds, and one asked now.

use std::collections::HashMap;
use std::path::Path;

use serde::Serialize;

use crate::config::{Config, FeedConfig};
use crate::model::time::say_duration;
use crate::model::{Clock, FeedMemory, FeedName, FeedState, FirstPoll, SystemClock, Time, redact_url};
use crate::scheduler::Cadence;
use crate::store::sqlite::lock;
use crate::store::{ItemFilter, SqliteStore, Store, StoredItem};
use crate::text::count::counted;
use crate::text::shown::line;

use super::super::output::shown;
use super::super::{Failure, Results};

/// Items shown of a feed where nobody says how many.
pub const ITEMS: usize = 10;

/// A feed as it is configured and known.
#[derive(Serialize)]
struct Record<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'a str,
    url: String,
    title: &'a str,
    every: String,
    tags: &'a [String],
    language: Option<&'a str>,
    first_poll: &'static str,
    state: FeedState,
    baseline_at: Option<Time>,
    last_poll: Option<Time>,
    last_ok: Option<Time>,
    next_poll: Option<Time>,
    not_before: Option<Time>,
    failures: u32,
    failing_since: Option<Time>,
    error: Option<&'a str>,
    etag: Option<&'a str>,
    last_modified: Option<&'a str>,
    moved_to: Option<String>,
    published: &'a [Time],
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "trouble")]
struct Trouble<'a> {
    at: Time,
    said: &'a str,
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "stored_item")]
struct StoredRecord<'a> {
    key: &'a str,
    title: Option<&'a str>,
    link: Option<&'a str>,
    published: Option<Time>,
    first_seen: Time,
    left: Option<Time>,
    edits: usize,
    found: &'a [crate::model::WatchName],
}

/// Every feed of the configuration, or those with a tag.
pub fn list(config: &Config, tag: Option<&str>, json: bool) -> Result<(), Failure> {
    let known = known(&mut SqliteStore::beside(&config.store)?)?;
    let mut results = Results::open();
    let now = SystemClock.now();
    for feed in config.feeds.iter().filter(|f| tag.is_none_or(|tag| f.tags.iter().any(|t| t == tag))) {
        let memory = memory(&known, feed);
        if json {
            results.record(&record(feed, &memory))?;
            continue;
        }
        let next = memory.next_poll.map_or_else(|| "due now".to_owned(), |t| due(t, now));
        results.line(&format!("{}  {}  {}", shown(feed.name.as_str()), state(memory.state), redact_url(&feed.url)))?;
        results.line(&format!("    {}, {next}{}", every(&feed.cadence), tags(feed)))?;
    }
    results.flush()
}

/// Everything that is known of one feed, and its newest items.
pub fn show(config: &Config, name: &str, items: usize, json: bool) -> Result<(), Failure> {
    let feed = find(config, name)?;
    let mut store = SqliteStore::beside(&config.store)?;
    let memory = memory(&known(&mut store)?, feed);
    let troubles = store.troubles(&feed.name)?;
    let filter = ItemFilter { feed: Some(feed.name.clone()), limit: items, ..ItemFilter::default() };
    let items = store.items(&filter)?;
    let mut results = Results::open();
    if json {
        results.record(&record(feed, &memory))?;
        troubles.iter().try_for_each(|(at, said)| results.record(&Trouble { at: *at, said }))?;
        items.iter().try_for_each(|item| results.record(&stored(item)))?;
        return results.flush();
    }
    for (label, value) in lines(feed, &memory, SystemClock.now()) {
        results.line(&format!("{label:<13}{value}"))?;
    }
    if !troubles.is_empty() {
        results.line("\nwhat its polls failed of, each reason when it began")?;
    }
    for (at, said) in &troubles {
        results.line(&format!("  {at}  {}", line(said)))?;
    }
    results.line(&format!("\n{}", if items.is_empty() { "no item is stored" } else { "the newest items" }))?;
    for item in &items {
        let title = item.text.as_ref().map_or("(its text is no longer kept)", |t| &t.title);
        let left = item.record.left.map_or_else(String::new, |t| format!(", left the feed {t}"));
        results.line(&format!("  {}  {}", item.record.first_seen, shown(title)))?;
        results.line(&format!("      {}{left}{}", shown(&item.record.key.text), found(item)))?;
    }
    results.flush()
}

/// Makes feeds due now. A daemon finds them at its next look; where none runs, the next round does.
pub fn poll(config: &Config, names: &[String], all: bool) -> Result<(), Failure> {
    let feeds: Vec<&FeedConfig> = if all {
        config.feeds.iter().collect()
    } else {
        names.iter().map(|name| find(config, name)).collect::<Result<_, _>>()?
    };
    if !Path::new(&config.store).exists() {
        return Err(Failure::Failed(format!(
            "{}: there is no store yet; its feeds are polled by the first feedwatch run or once",
            config.store.display()
        )));
    }
    let mut store = SqliteStore::beside(&config.store)?;
    let known = known(&mut store)?;
    let (asleep, feeds): (Vec<_>, Vec<_>) = feeds.into_iter().partition(|f| !known.contains_key(&f.name));
    store.make_due(&feeds.iter().map(|f| f.name.clone()).collect::<Vec<_>>())?;
    let now = SystemClock.now();
    for feed in asleep {
        eprintln!(
            "feed “{}”: the store does not know it yet; it is polled when run or once reads this file",
            feed.name
        );
    }
    for feed in &feeds {
        if let Some(not_before) = known.get(&feed.name).and_then(|m| m.not_before).filter(|t| *t > now) {
            eprintln!("feed “{}”: its server asked not to be asked before {not_before}, which holds", feed.name);
        }
    }
    let who = match lock::holder(&config.store) {
        Some(holder) => format!("{holder} polls within five seconds"),
        None => "no daemon runs: feedwatch once polls".to_owned(),
    };
    eprintln!("{} now due; {who}", counted(feeds.len(), "feed is", "feeds are"));
    Ok(())
}

fn find<'a>(config: &'a Config, name: &str) -> Result<&'a FeedConfig, Failure> {
    config.feeds.iter().find(|f| f.name.as_str() == name).ok_or_else(|| {
        Failure::Usage(format!("there is no feed “{name}” in {}: see feedwatch feeds list", config.path.display()))
    })
}

fn known(store: &mut SqliteStore) -> Result<HashMap<FeedName, FeedMemory>, Failure> {
    Ok(store.feeds()?.into_iter().collect())
}

fn memory(known: &HashMap<FeedName, FeedMemory>, feed: &FeedConfig) -> FeedMemory {
    known.get(&feed.name).cloned().unwrap_or_else(|| FeedMemory::new(&feed.url))
}

fn record<'a>(feed: &'a FeedConfig, memory: &'a FeedMemory) -> Record<'a> {
    Record {
        kind: "feed",
        name: feed.name.as_str(),
        url: redact_url(&feed.url),
        title: &memory.title,
        every: every(&feed.cadence),
        tags: &feed.tags,
        language: feed.language.as_deref(),
        first_poll: first_poll(feed.first_poll),
        state: memory.state,
        baseline_at: memory.baseline_at,
        last_poll: memory.last_poll,
        last_ok: memory.last_ok,
        next_poll: memory.next_poll,
        not_before: memory.not_before,
        failures: memory.failures,
        failing_since: memory.failing_since,
        error: memory.error.as_deref(),
        etag: memory.validators.etag.as_deref(),
        last_modified: memory.validators.last_modified.as_deref(),
        moved_to: memory.moved.as_ref().map(|m| redact_url(&m.to)),
        published: &memory.recent,
    }
}

/// What is known, a label and a value a line; what is not known is left out.
fn lines(feed: &FeedConfig, memory: &FeedMemory, now: Time) -> Vec<(&'static str, String)> {
    let time = |t: Time| format!("{t} ({} ago)", say_duration(std::time::Duration::from_secs(now.since(t).as_secs())));
    let mut lines = vec![
        ("feed", shown(feed.name.as_str())),
        ("address", redact_url(&feed.url)),
        ("state", state(memory.state).to_owned()),
        ("rhythm", every(&feed.cadence)),
        ("first poll", first_poll(feed.first_poll).to_owned()),
    ];
    let mut add = |label, value: Option<String>| lines.extend(value.map(|value| (label, value)));
    add("title", Some(shown(&memory.title)).filter(|t| !t.is_empty()));
    add("tags", Some(feed.tags.join(", ")).filter(|t| !t.is_empty()));
    add("language", feed.language.clone());
    add("baseline", memory.baseline_at.map(time));
    add("last poll", memory.last_poll.map(time));
    add("last good", memory.last_ok.map(time));
    add("next poll", Some(memory.next_poll.map_or_else(|| "due now".to_owned(), |t| format!("{t} ({})", due(t, now)))));
    add("not before", memory.not_before.map(|t| t.to_string()));
    add("failures", (memory.failures > 0).then(|| format!("{} in a row", memory.failures)));
    add("failing", memory.failing_since.map(time));
    add("error", memory.error.as_deref().map(line));
    add("etag", memory.validators.etag.as_deref().map(line));
    add("modified", memory.validators.last_modified.as_deref().map(line));
    let moved = |m: &crate::model::Moved| {
        let force = if m.in_force() { "in force" } else { "on probation" };
        format!("{} ({force})", redact_url(&m.to))
    };
    add("moved to", memory.moved.as_ref().map(moved));
    add("published", memory.recent.first().map(|t| format!("last at {t}")));
    add("burst", (memory.biggest_burst > 0).then(|| format!("{} new items at once at most", memory.biggest_burst)));
    lines
}

fn stored(item: &StoredItem) -> StoredRecord<'_> {
    StoredRecord {
        key: &item.record.key.text,
        title: item.text.as_ref().map(|t| t.title.as_str()),
        link: item.record.about.as_ref().and_then(|a| a.link.as_deref()),
        published: item.record.published,
        first_seen: item.record.first_seen,
        left: item.record.left,
        edits: item.record.history.len(),
        found: &item.record.found,
    }
}

fn found(item: &StoredItem) -> String {
    let names: Vec<&str> = item.record.found.iter().map(|w| w.as_str()).collect();
    if names.is_empty() { String::new() } else { format!(", found by {}", shown(&names.join(", "))) }
}

fn every(cadence: &Cadence) -> String {
    match cadence {
        Cadence::Every(interval) => format!("every {}", say_duration(*interval)),
        Cadence::Cron(cron) => format!("cron {cron}"),
        Cadence::Adaptive => "adaptive".to_owned(),
    }
}

fn tags(feed: &FeedConfig) -> String {
    feed.tags.iter().map(|t| format!(" #{t}")).collect()
}

fn due(next: Time, now: Time) -> String {
    if next <= now {
        return "due now".to_owned();
    }
    format!("due in {}", say_duration(std::time::Duration::from_secs(next.since(now).as_secs())))
}

fn first_poll(first_poll: FirstPoll) -> &'static str {
    match first_poll {
        FirstPoll::Silent => "silent",
        FirstPoll::Recent => "recent",
        FirstPoll::All => "all",
    }
}

fn state(state: FeedState) -> &'static str {
    match state {
        FeedState::Ok => "ok",
        FeedState::BackingOff => "backing off",
        FeedState::Blocked => "blocked",
        FeedState::Gone => "gone",
        FeedState::Never => "never polled",
    }
}
