//! The way of clean documents: `feed-rs` parses them, and what it says is taken over.
//!
//! Which documents are clean is the survey's to say; both ways end in the same drafts, and tests hold the two readers
//! equal. What `feed-rs` refuses after all, or counts otherwise, goes to the tolerant reader.

use std::panic::{AssertUnwindSafe, catch_unwind};

use feed_rs::model::{Entry, Feed, Link, Person, Text};
use url::Url;

use super::draft::{FeedDraft, ItemDraft, RawLink, TypedLink, short};
use super::fields::{Field, Style};
use super::fill::Filling;
use super::survey::{Aside, Survey, survey};
use super::{Limits, ParsedFeed, dates};

/// Reads a document that is clean; `None` when it is not.
pub(super) fn read(text: &str, base: Option<&Url>, limits: Limits) -> Option<ParsedFeed> {
    let found = survey(text, limits)?;
    let feed = by_feed_rs(text)?;
    // An item that was passed over in silence: not as it is meant.
    if feed.entries.len() != found.items.len() {
        return None;
    }
    Some(take_over(feed, found, base, limits))
}

fn by_feed_rs(text: &str) -> Option<Feed> {
    // It would believe the declared encoding, but this text is UTF-8 by now: the declaration goes.
    let start = text.trim_start();
    let body = match start.strip_prefix("<?xml") {
        Some(rest) => rest.split_once("?>")?.1,
        None => start,
    };
    // It would believe one that stands elsewhere, too.
    if body.contains("<?xml") {
        return None;
    }
    let parser = feed_rs::parser::Builder::new()
        .id_generator(|_, _, _| String::new())
        .timestamp_parser(|text| dates::parse(text).map(|time| time.utc()))
        .sanitize_content(false)
        .build();
    // The survey keeps from it what is known to make it panic. The last resort for what is not known: a feed costs its
    // own poll at most, never the daemon.
    catch_unwind(AssertUnwindSafe(|| parser.parse(body.as_bytes()))).ok()?.ok()
}

fn take_over(feed: Feed, found: Survey, base: Option<&Url>, limits: Limits) -> ParsedFeed {
    let atom = found.atom;
    let mut draft = FeedDraft::default();
    let mut fill = |field, raw: Option<String>, style| {
        if let Some(raw) = raw {
            draft.fill(Filling::of(field, style, raw), limits, atom);
        }
    };
    let (title, style) = text_of(feed.title, atom);
    fill(Field::Title, title, style);
    fill(Field::Language, feed.language, Style::Plain);
    for author in feed.authors.into_iter().filter(|_| atom).filter_map(name) {
        fill(Field::Author, Some(author), Style::Plain);
    }
    draft.hints = found.hints;
    draft.updated_at(feed.updated.or(feed.published));
    for link in feed.links {
        match typed(link) {
            Ok(typed) => draft.link(typed),
            Err(plain) => draft.fill(Filling::of(Field::Link, Style::Plain, plain), limits, atom),
        }
    }
    let items =
        feed.entries.into_iter().zip(found.items).map(|(entry, aside)| item(entry, aside, atom, limits)).collect();
    draft.finish(found.format, atom, items, base)
}

fn item(entry: Entry, aside: Aside, atom: bool, limits: Limits) -> ItemDraft {
    let mut draft = ItemDraft { complete: true, language: aside.language, ..ItemDraft::default() };
    let (title, title_style) = text_of(entry.title, atom);
    let (summary, summary_style) = text_of(entry.summary, atom);
    let body = entry.content;
    let body_style = if atom && body.as_ref().is_some_and(|c| c.content_type.as_str() == "text/plain") {
        Style::Plain
    } else {
        Style::Html
    };
    let guid = Some(entry.id).filter(|id| !id.is_empty());
    for (field, raw, style) in [
        (Field::Title, title, title_style),
        (Field::Summary, summary, summary_style),
        (Field::Body, body.and_then(|content| content.body), body_style),
        (Field::Guid(aside.permalink), guid, Style::Plain),
    ] {
        if let Some(raw) = raw {
            draft.fill(Filling::of(field, style, raw), limits);
        }
    }
    if let Some(about) = aside.about {
        draft.guid.offer(5_000, about);
    }
    // For RSS `feed-rs` says the one date twice.
    draft.dates_at(entry.published, if atom { entry.updated } else { None });
    for link in entry.links.into_iter().filter(|link| link.target.is_none()) {
        match typed(link) {
            Ok(typed) => draft.link(typed),
            Err(plain) => draft.fill(Filling::of(Field::Link, Style::Plain, plain), limits),
        }
    }
    for author in entry.authors.into_iter().filter_map(name) {
        draft.fill(Filling::of(Field::Author, Style::Plain, author), limits);
    }
    for category in entry.categories {
        let label = category.label.filter(|label| !label.trim().is_empty()).unwrap_or(category.term);
        match atom {
            true => draft.category(short(&label)),
            false => draft.fill(Filling::of(Field::Category, Style::Html, label), limits),
        }
    }
    for content in entry.media.into_iter().flat_map(|media| media.content) {
        let Some(url) = content.url else { continue };
        draft.enclosure(
            RawLink { text: url.into(), base: None },
            content.content_type.map(|t| t.to_string()),
            content.size,
        );
    }
    draft
}

/// A text and how it is written: in Atom its type says it, elsewhere it is markup.
fn text_of(text: Option<Text>, atom: bool) -> (Option<String>, Style) {
    let plain = atom && text.as_ref().is_some_and(|text| text.content_type.as_str() == "text/plain");
    (text.map(|text| text.content), if plain { Style::Plain } else { Style::Html })
}

/// A link of Atom's kind, or the address that RSS writes as text.
fn typed(link: Link) -> Result<TypedLink, String> {
    let Some(rel) = link.rel else { return Err(link.href) };
    Ok(TypedLink {
        link: RawLink { text: link.href, base: None },
        rel: rel.trim().to_ascii_lowercase(),
        media_type: link.media_type.map(|t| t.trim().to_ascii_lowercase()).unwrap_or_default(),
        length: link.length,
    })
}

fn name(person: Person) -> Option<String> {
    person.name.filter(|name| !name.trim().is_empty()).or(person.email)
}
