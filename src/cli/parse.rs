//! `feedwatch parse`: a feed as feedwatch reads it.

use crate::deduper::identify;
use crate::model::KeyKind;
use crate::parser::{Document, Limits, parse};

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
    if feed.left_out > 0 {
        eprintln!("{}: {} items beyond the limit of a document were left out", read.name, feed.left_out);
    }
    let mut results = Results::open();
    if arguments.json {
        results.record(&FeedHead {
            format: &feed.format,
            title: &feed.title,
            link: feed.link.as_deref(),
            language: feed.language.as_deref(),
            updated: feed.updated,
        })?;
    } else {
        results.line(&format!("{} ({}, {} items)", feed.title, feed.format, items.len()))?;
    }
    for entry in identify(items, KeyKind::Guid).entries {
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
            results.line(&format!("\n{}\n  {date}  {}", item.text.title, item.link.as_deref().unwrap_or("no link")))?;
            for text in [&item.text.summary, &item.text.body].into_iter().filter(|t| !t.is_empty()) {
                results.line(&format!("  {}", crate::text::cut::to_bytes(&text.replace('\n', " "), 300)))?;
            }
        }
    }
    results.flush()
}
