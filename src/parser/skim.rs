//! A document that has changed is read only where it is new: cut at the borders of its items, those that are known byte by
//! byte are left out.
//!
//! It works on clean documents alone ([`ParsedFeed::as_it_stands`]): well-formed XML of which each element stands where it
//! belongs, in UTF-8 and without a document type. In such a document an item reaches from its start tag to the next end
//! tag of its name, comments and CDATA apart, and what is read in it depends on its own bytes and on what stands around
//! the items, never on another item. So an item with the bytes of before, under the [`Cut::around`] of before, says what
//! it said before; an empty item takes its place, so that the strict look at the rest still judges where it stands.
//!
//! Where anything is not sure, `None` is said, and the document is read whole.

use std::ops::Range;

use url::Url;

use super::{Document, Limits, ParsedFeed, clean, sniff, survey};
use crate::model::ids::hash128;

/// A document cut at the borders of its items.
#[derive(Debug)]
pub struct Cut<'a> {
    text: &'a str,
    /// The name of its items: `item`, or `entry` in Atom.
    name: &'static str,
    items: Vec<Range<usize>>,
    /// A hash of what stands around the items and may have a say in them.
    pub around: [u8; 16],
}

/// Elements beside the items that differ from one document to the next and have no say in what the items mean: the
/// dates of the feed itself, and the table of contents of RSS 1.0.
const CHANGING: [&str; 5] = ["lastBuildDate", "pubDate", "updated", "dc:date", "items"];

impl<'a> Cut<'a> {
    /// Cuts a document; `under` is hashed with what stands around the items.
    pub fn of(bytes: &'a [u8], under: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= survey::SIZE)?;
        let (name, items) = borders(text)?;
        let around = around(text, &items)?;
        let parts: Vec<&[u8]> = std::iter::once(under).chain(around.iter().map(|part| part.as_bytes())).collect();
        let around = hash128(&parts);
        Some(Self { text, name, items, around })
    }

    /// A hash of each item's bytes, in document order.
    pub fn prints(&self) -> Vec<[u8; 16]> {
        self.items.iter().map(|item| hash128(&[self.text[item.clone()].as_bytes()])).collect()
    }

    /// Reads the document with empty items in place of those that are known. `None`: what is left is not clean.
    pub fn read(&self, known: &[bool], document: Document<'_>, limits: Limits) -> Option<ParsedFeed> {
        let mut rest = String::new();
        let mut at = 0;
        for (item, _) in self.items.iter().zip(known).filter(|(_, known)| **known) {
            rest.push_str(&self.text[at..item.start]);
            rest.push_str(if self.name == "item" { "<item></item>" } else { "<entry></entry>" });
            at = item.end;
        }
        rest.push_str(&self.text[at..]);
        let holds_control = |b: u8| (b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r')) || b == 0x7F;
        if rest.bytes().any(holds_control) || rest.starts_with('\u{FEFF}') {
            return None;
        }
        sniff::bytes(rest.as_bytes()).ok()?;
        let base = document.base.and_then(|base| Url::parse(base).ok());
        match sniff::text(&rest, rest.as_bytes()) {
            Ok(sniff::Kind::Markup) => {
                let feed = clean::read(&rest, base.as_ref(), limits)?;
                (feed.items.len() == self.items.len()).then_some(feed)
            }
            _ => None,
        }
    }
}

/// What begins with a `<`.
enum Mark {
    /// The start tag of an item of this name.
    Start(&'static str),
    /// An end tag of one; behind it.
    End(&'static str, usize),
    /// A comment, a CDATA section, an instruction: behind it.
    Skip(usize),
    /// Any other tag.
    Other,
}

/// What begins at `at`; `None` where it has no end, or is a document type.
fn mark(text: &str, at: usize) -> Option<Mark> {
    let rest = &text[at..];
    let behind = |open: &str, close: &str| find(text, at + open.len(), close).map(|end| Mark::Skip(end + close.len()));
    match rest.as_bytes().get(1)? {
        b'!' if rest.starts_with("<![CDATA[") => behind("<![CDATA[", "]]>"),
        b'!' if rest.starts_with("<!--") => behind("<!--", "-->"),
        b'!' => None,
        b'?' => behind("<?", "?>"),
        b'i' | b'e' => {
            let named = |name: &'static str| {
                let after = rest[1..].strip_prefix(name)?;
                after.starts_with(|c: char| c.is_ascii_whitespace() || c == '>' || c == '/').then_some((name, after))
            };
            let Some((name, after)) = named("item").or_else(|| named("entry")) else { return Some(Mark::Other) };
            // An empty one has no end tag to cut at.
            let tag = &after[..after.find('>')?];
            (!tag.ends_with('/')).then_some(Mark::Start(name))
        }
        b'/' => {
            let end = |name: &'static str| {
                let after = rest[2..].strip_prefix(name)?;
                let close = after.trim_ascii_start().strip_prefix('>')?;
                Some(Mark::End(name, text.len() - close.len()))
            };
            Some(end("item").or_else(|| end("entry")).unwrap_or(Mark::Other))
        }
        _ => Some(Mark::Other),
    }
}

/// Where the next `what` stands. Its first letter is rare where it is looked for, so that each of them is looked at.
fn find(text: &str, from: usize, what: &str) -> Option<usize> {
    let first = what.chars().next()?;
    let mut at = from;
    loop {
        at += text.get(at..)?.find(first)?;
        if text[at..].starts_with(what) {
            return Some(at);
        }
        at += 1;
    }
}

/// The items of a document, if they stand apart from one another and have one name.
fn borders(text: &str) -> Option<(&'static str, Vec<Range<usize>>)> {
    let mut items = Vec::new();
    let mut of_all = None;
    let mut open = None;
    let mut at = 0;
    while let Some(next) = text[at..].find('<') {
        at += next;
        match mark(text, at)? {
            Mark::Skip(behind) => at = behind,
            Mark::Other => at += 1,
            Mark::Start(name) => {
                if open.is_some() || of_all.is_some_and(|of_all| of_all != name) {
                    return None;
                }
                (open, of_all) = (Some(at), Some(name));
                at += 1;
            }
            Mark::End(name, behind) => {
                if of_all != Some(name) {
                    return None;
                }
                items.push(open.take()?..behind);
                at = behind;
            }
        }
    }
    // One that was never closed.
    if open.is_some() {
        return None;
    }
    of_all.map(|name| (name, items))
}

/// What stands before, between and behind the items, without white space at its ends and without what changes.
fn around<'a>(text: &'a str, items: &[Range<usize>]) -> Option<Vec<&'a str>> {
    let starts = std::iter::once(0).chain(items.iter().map(|item| item.end));
    let ends = items.iter().map(|item| item.start).chain(std::iter::once(text.len()));
    let mut out = Vec::new();
    for (start, end) in starts.zip(ends) {
        let part = text[start..end].trim_ascii();
        if !part.is_empty() {
            without_changing(part, &mut out)?;
        }
    }
    Some(out)
}

fn without_changing<'a>(part: &'a str, out: &mut Vec<&'a str>) -> Option<()> {
    let (mut at, mut kept) = (0, 0);
    while let Some(next) = part[at..].find('<') {
        at += next;
        if let Mark::Skip(behind) = mark(part, at)? {
            // Caches sign with comments.
            if part[at..].starts_with("<!--") {
                out.push(&part[kept..at]);
                kept = behind;
            }
            at = behind;
            continue;
        }
        let rest = &part[at + 1..];
        let changing = CHANGING.iter().find(|name| rest.strip_prefix(**name).is_some_and(|r| r.starts_with('>')));
        let Some(name) = changing else {
            at += 1;
            continue;
        };
        out.push(&part[kept..at]);
        // To its end tag; there is one, or the document is not clean.
        at += rest.find(&format!("</{name}>"))? + name.len() + 4;
        kept = at;
    }
    out.push(&part[kept..]);
    Some(())
}

#[cfg(test)]
mod tests;
