//! `feedwatch status`: the first command of whoever is called at night.

use std::collections::HashMap;

use unicode_width::UnicodeWidthStr;

use crate::config::Config;
use crate::model::time::say_duration;
use crate::model::{Clock, FeedMemory, FeedName, FeedState, NotifierName, SystemClock, Time, redact_url};
use crate::pipeline::backlog;
use crate::store::{Backlog, Outbox, Size, SqliteStore, Store};
use crate::text::cut;
use crate::text::shown::line;

use super::load::Strictness;
use super::records::StatusRecord;
use super::{Common, Failure, Results, load};

/// First whether it is well, or the worst thing and since when; then feeds, outbox and store. Works beside a running daemon.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  feedwatch status
  feedwatch status --json | jq 'select(.type == \"feed\" and .state != \"ok\")'")]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let config = load::load(arguments.common.config.as_deref(), Strictness::Look)?;
    let mut store = SqliteStore::beside(&config.store)?;
    let known: HashMap<FeedName, FeedMemory> = store.feeds()?.into_iter().collect();
    let (outbox, size, backlog) = (store.outbox()?, store.size()?, store.backlog()?);
    let now = SystemClock.now();
    let view = View {
        config: &config,
        known: &known,
        outbox,
        size,
        worst: worst(&config, &known, (outbox, &backlog), now),
        now,
    };
    if arguments.common.json { view.records() } else { view.tables() }
}

struct View<'a> {
    config: &'a Config,
    known: &'a HashMap<FeedName, FeedMemory>,
    outbox: Outbox,
    size: Size,
    worst: Option<String>,
    now: Time,
}

impl View<'_> {
    fn store_url(&self) -> String {
        format!("sqlite:{}", self.config.store.display())
    }

    fn records(&self) -> Result<(), Failure> {
        let mut results = Results::open();
        results.record(&StatusRecord::Service { healthy: self.worst.is_none(), worst: self.worst.clone() })?;
        for feed in &self.config.feeds {
            let memory = self.known.get(&feed.name);
            results.record(&StatusRecord::Feed {
                name: feed.name.as_str(),
                url: redact_url(&feed.url),
                state: memory.map_or(FeedState::Never, |m| m.state),
                last_poll: memory.and_then(|m| m.last_poll),
                next_poll: memory.and_then(|m| m.next_poll),
                failures: memory.map_or(0, |m| m.failures),
                failing_since: memory.and_then(|m| m.failing_since),
                error: memory.and_then(|m| m.error.as_deref()),
                moved_to: memory.and_then(|m| m.moved.as_ref()).filter(|m| m.in_force()).map(|m| redact_url(&m.to)),
            })?;
        }
        let Outbox { pending, held, sent, dead } = self.outbox;
        results.record(&StatusRecord::Outbox { pending, held, sent, dead })?;
        results.record(&StatusRecord::Store {
            url: self.store_url(),
            bytes: self.size.bytes,
            items: self.size.items,
        })?;
        results.flush()
    }

    fn tables(&self) -> Result<(), Failure> {
        let mut results = Results::open();
        results.line(&line(self.worst.as_deref().unwrap_or("healthy")))?;
        results.line("")?;
        let wide = self.config.feeds.iter().map(|f| f.name.as_str().width()).max().unwrap_or(0).clamp(4, 40);
        results.line(&format!("{}  state        last poll  next poll  trouble", padded("feed", wide)))?;
        for feed in &self.config.feeds {
            let memory = self.known.get(&feed.name);
            let ago = |t: Option<Time>| t.map_or_else(|| "never".into(), |t| format!("{} ago", short(self.now, t)));
            let due = |t: Option<Time>| t.map_or_else(|| "now".into(), |t| format!("in {}", short(t, self.now)));
            let state = memory.map_or(FeedState::Never, |m| m.state);
            let row = format!(
                "{}  {:<11}  {:<9}  {:<9}  {}",
                padded(feed.name.as_str(), wide),
                word(state),
                ago(memory.and_then(|m| m.last_poll)),
                due(memory.and_then(|m| m.next_poll)),
                line(memory.and_then(|m| m.error.as_deref()).unwrap_or_default())
            );
            results.line(row.trim_end())?;
        }
        let Outbox { pending, held, sent, dead } = self.outbox;
        results.line(&format!("\noutbox: {pending} pending, {held} held, {sent} sent, {dead} dead"))?;
        results.line(&format!(
            "store:  {} items, {} KiB in {}",
            self.size.items,
            self.size.bytes >> 10,
            self.store_url()
        ))?;
        results.flush()
    }
}

/// The worst thing, since when, and what to do; `None` when all is well.
fn worst(
    config: &Config,
    known: &HashMap<FeedName, FeedMemory>,
    (outbox, backlog): (Outbox, &[Backlog]),
    now: Time,
) -> Option<String> {
    let notifiers: Vec<NotifierName> = config.notifiers.iter().map(|n| n.name.clone()).collect();
    if let Some(said) = backlog::said(backlog, &notifiers).into_iter().next() {
        return Some(said);
    }
    if outbox.dead > 0 {
        return Some(format!(
            "{}: see feedwatch alerts list --state dead, mend the cause, then feedwatch alerts resend --since 1d",
            if outbox.dead == 1 {
                "1 delivery is dead".to_owned()
            } else {
                format!("{} deliveries are dead", outbox.dead)
            }
        ));
    }
    let sick = config.feeds.iter().filter_map(|f| known.get(&f.name).map(|m| (f, m))).filter(|(_, m)| m.failures > 0);
    let mut sick: Vec<_> = sick.collect();
    sick.sort_by_key(|(_, m)| m.failing_since);
    let (feed, memory) = sick.first()?;
    let since = memory.failing_since.map_or_else(String::new, |t| format!(" since {t} ({} ago)", short(now, t)));
    let others = if sick.len() > 1 { format!(", and {} more feeds fail", sick.len() - 1) } else { String::new() };
    Some(format!(
        "feed “{}” fails{since}: {}{others}; see feedwatch parse {}",
        feed.name,
        memory.error.as_deref().unwrap_or("no reason kept"),
        redact_url(&feed.url)
    ))
}

fn word(state: FeedState) -> &'static str {
    match state {
        FeedState::Ok => "ok",
        FeedState::BackingOff => "backing off",
        FeedState::Blocked => "blocked",
        FeedState::Gone => "gone",
        FeedState::Never => "never",
    }
}

/// The larger unit of the time between two moments; zero when the later one is past.
fn short(later: Time, earlier: Time) -> String {
    let said = say_duration(std::time::Duration::from_secs(later.since(earlier).as_secs()));
    match said.split_once(' ') {
        Some((large, _)) => large.to_owned(),
        None if said == "0ms" => "0s".to_owned(),
        None => said,
    }
}

/// Cut or filled to so many columns.
fn padded(text: &str, columns: usize) -> String {
    let mut shown = line(text);
    while shown.width() > columns {
        shown = cut::head(&shown, shown.len() - 1).to_owned();
    }
    let fill = columns - shown.width();
    format!("{shown}{}", " ".repeat(fill))
}
