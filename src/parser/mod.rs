//! Bytes become items. Pure; never panics, whatever the bytes; never believes "no items" where there are some.
//!
//! ```text
//! bytes ─ sniff ─ charset ─▶ text ─┬─ json ──────────────────────────────┐
//!                                  ├─ a whole document: xml ─ reader ────┼─▶ drafts ─ fill ─▶ items
//!                                  └─ skim: head and new items ─ feed-rs ┘   (dates, html, links, authors)
//! ```
//!
//! The tolerant `reader` reads whole documents, in one pass and whatever stands in them. Of a document that has changed `skim`
//! leaves the head and the items that are new, and what is clean of that (`survey` says what that is) is parsed by `feed-rs`;
//! one stray `&`, an odd version or an element that `feed-rs` leaves out in silence, and it is the reader's. Both end in
//! the same drafts, and tests hold them equal. Read in this order: `reader`, `fields`, `fill`, `draft`, then what serves them.

mod authors;
mod capture;
mod charset;
mod clean;
pub mod dates;
mod draft;
mod entities;
mod fields;
mod fill;
mod format;
mod hints;
pub mod html;
mod json;
mod json_repair;
mod links;
mod reader;
pub mod skim;
mod sniff;
mod survey;
mod vocabulary;
mod xml;

use std::borrow::Cow;

use url::Url;

use crate::model::{FeedHints, Item, Time};

/// A document as it came.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    /// The bytes after content decoding.
    pub bytes: &'a [u8],
    /// The `Content-Type` header, where there was one.
    pub content_type: Option<&'a str>,
    /// Its address, against which relative links are resolved when the document names no other base.
    pub base: Option<&'a str>,
}

/// What feed documents may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Items taken of one document, from its start; what is beyond is counted.
    pub items: usize,
    /// Bytes of plain text kept of one field.
    pub field_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        // The largest honest feeds hold a few thousand items; the longest articles some hundred kilobytes.
        Self { items: 5_000, field_bytes: 512 * 1024 }
    }
}

/// A feed as it was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ParsedFeed {
    /// `rss2.0`, `atom1.0`, `json1.1` … as `docs/json.md` lists them.
    pub format: String,
    /// Plain text, "" when absent.
    pub title: String,
    /// The page it belongs to.
    pub link: Option<String>,
    /// BCP 47, lower-case where the feed's format lowers it.
    pub language: Option<String>,
    /// When it says it was last changed.
    pub updated: Option<Time>,
    /// What it says of itself beside its items.
    pub hints: FeedHints,
    /// In document order.
    pub items: Vec<Item>,
    /// Items beyond the limit, left out.
    pub left_out: usize,
    /// Texts that were cut at the limit of a field.
    pub cut_fields: usize,
    /// Addresses of items that were dropped: not of the web, or not to be read.
    pub dropped_links: usize,
    /// The document is regular markup in UTF-8 and was read as it stands: the next one may be skimmed ([`skim`]).
    pub as_it_stands: bool,
}

impl ParsedFeed {
    /// What was not taken as it stood, a phrase each: said once a document, however many items it is about.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let mut note = |count: usize, one: &str, many: &str| match count {
            0 => {}
            1 => notes.push(format!("1 {one}")),
            n => notes.push(format!("{n} {many}")),
        };
        note(
            self.left_out,
            "item beyond the limit of a document was left out",
            "items beyond the limit of a document were left out",
        );
        note(self.cut_fields, "text was cut at the limit of a field", "texts were cut at the limit of a field");
        note(
            self.dropped_links,
            "link that leads nowhere on the web was dropped",
            "links that lead nowhere on the web were dropped",
        );
        notes
    }
}

/// Why something is no feed: a sentence for the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAFeed {
    /// Lower case, no full stop.
    pub reason: String,
}

/// Reads a feed of any format.
pub fn parse(document: Document<'_>, limits: Limits) -> Result<ParsedFeed, NotAFeed> {
    sniff::bytes(document.bytes)?;
    let text = charset::decode(document.bytes, document.content_type);
    let base = document.base.and_then(|base| Url::parse(base).ok());
    match sniff::text(&text, document.bytes)? {
        sniff::Kind::Json => json::read(&text, base.as_ref(), limits),
        sniff::Kind::Markup => {
            let as_it_stands = matches!(&text, Cow::Borrowed(text) if text.len() == document.bytes.len());
            markup(&text, base.as_ref(), limits)
                .map(|feed| ParsedFeed { as_it_stands: feed.as_it_stands && as_it_stands, ..feed })
        }
    }
}

fn markup(text: &str, base: Option<&Url>, limits: Limits) -> Result<ParsedFeed, NotAFeed> {
    let reading = reader::read(text, base, limits);
    // A page may hold anything, and nothing in it is news.
    if !reading.is_feed || reading.root.as_deref().is_some_and(sniff::is_page) {
        return Err(sniff::not_a_feed(text, reading.root.as_deref(), base));
    }
    Ok(ParsedFeed { as_it_stands: reading.is_regular, ..reading.feed })
}

#[cfg(test)]
mod tests;
