//! `feedwatch parse`: a feed as feedwatch reads it.

use crate::deduper::name;
use crate::model::KeyKind;
use crate::parser::{Document, Limits, ParsedFeed, parse};

use super::output::shown;
use super::records::{FeedHead, ItemRecord};
use super::{Failure, Results, source};

/// Shows a feed as feedwatch reads it; nothing is stored. Exit 1 when it is no feed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  feedwatch parse https://example.org/feed.xml
  feedwatch parse feed.xml --json | jq -r 'select(.type == \"item\") | .title'
  curl -s https://example.org/feed.xml | feedwatch parse -")]
pub struct Arguments {
    /// An address, a file, or `-` for standard input
    source: String,
    /// One JSON object a line: the feed, then its items
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let read = source::read(&arguments.source).map_err(Failure::Failed)?;
    let document =
        Document { bytes: &read.bytes, content_type: read.content_type.as_deref(), base: read.base.as_deref() };
    let mut feed =
        parse(document, Limits::default()).map_err(|not| Failure::Failed(format!("{}: {}", read.name, not.reason)))?;
    let items = std::mem::take(&mut feed.items);
    for note in feed.notes() {
        eprintln!("{}: {note}", read.name);
    }
    let mut results = Results::open();
    if arguments.json {
        results.record(&FeedHead::of(&feed))?;
    } else {
        results.line(&format!("{} ({}, {} items)", shown(&feed.title), feed.format, items.len()))?;
        for line in hints(&feed) {
            results.line(&format!("  {}", shown(&line)))?;
        }
    }
    for entry in name(items, KeyKind::Guid).entries {
        let item = &entry.item;
        if arguments.json {
            results.record(&ItemRecord {
                key: &entry.key.text,
                key_kind: entry.key.kind,
                title: &item.text.title,
                link: item.link.as_deref(),
                summary: &item.text.summary,
                body: &item.text.body,
                authors: &item.authors,
                categories: &item.categories,
                enclosures: &item.enclosures,
                published: item.published,
                updated: item.updated,
                language: item.language.as_deref(),
            })?;
        } else {
            let date = item.published.or(item.updated).map_or_else(|| "no date".into(), |d| d.to_string());
            let link = item.link.as_deref().unwrap_or("no link");
            results.line(&format!("\n{}\n  {date}  {link}", shown(&item.text.title)))?;
            for text in [&item.text.summary, &item.text.body].into_iter().filter(|t| !t.is_empty()) {
                results.line(&format!("  {}", shown(&crate::text::cut::to_bytes(text, 300))))?;
            }
        }
    }
    results.flush()
}

/// What the feed says of itself, a line each.
fn hints(feed: &ParsedFeed) -> Vec<String> {
    let head = FeedHead::of(feed);
    let hours: Vec<String> = head.skip_hours.iter().map(u8::to_string).collect();
    let cloud = head.cloud.map(|c| format!("cloud: {}:{}{} ({})", c.domain, c.port, c.path, c.protocol));
    let rests = (!hours.is_empty()).then(|| format!("rests in the hours (UTC): {}", hours.join(", ")));
    let days = (!head.skip_days.is_empty()).then(|| format!("rests on: {}", head.skip_days.join(", ")));
    let interval = head.interval.map(|interval| format!("says that it changes every {interval}"));
    let hubs = head.hubs.iter().map(|hub| format!("hub: {hub}"));
    [interval, rests, days, cloud].into_iter().flatten().chain(hubs).collect()
}
