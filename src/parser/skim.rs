//! A document that has changed is read only where it is new: cut at the borders of its items, those that are known byte by
//! byte are left out.
//!
//! It works on regular documents alone ([`ParsedFeed::as_it_stands`]): XML in which each element ends where it should and the
//! items stand side by side, in UTF-8 and without a document type. In such a document an item reaches from its start tag to
//! the next end tag of its name, comments and CDATA apart, and what is read in it depends on its own bytes and on what
//! stands around the items, never on another item. So an item with the bytes of before, under the [`Cut::around`] of
//! before, says what it said before; an empty item takes its place, so that the look at the rest still judges where it stands.
//!
//! What is left is parsed by `feed-rs` where it is clean, else by the tolerant reader. Where anything is not sure, `None` is
//! said, and the document is read whole.

use std::ops::Range;

use memchr::memchr;
use url::Url;

use super::{Document, Limits, ParsedFeed, charset, clean, reader, sniff, survey};
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

/// Elements beside the items that differ from one document to the next and have no say in what the items mean, as long as
/// they hold what they should: the dates of the feed itself, which are text, …
const CHANGING: [&str; 4] = ["lastBuildDate", "pubDate", "updated", "dc:date"];
/// … and the table of contents of RSS 1.0, with elements of these names.
const CONTENTS: &str = "items";
const OF_CONTENTS: [&str; 3] = ["li", "Seq", "Bag"];

impl<'a> Cut<'a> {
    /// Cuts a document; `under` is hashed with what stands around the items.
    pub fn of(bytes: &'a [u8], under: &[u8]) -> Option<Self> {
        let text = charset::utf8(bytes).filter(|text| text.len() <= survey::SIZE)?;
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

    /// Reads the document with empty items in place of those that are known. `None`: what is left is not regular.
    pub fn read(&self, known: &[bool], document: Document<'_>, limits: Limits) -> Option<ParsedFeed> {
        let mut rest = String::new();
        let mut at = 0;
        for (item, _) in self.items.iter().zip(known).filter(|(_, known)| **known) {
            rest.push_str(&self.text[at..item.start]);
            rest.push_str(if self.name == "item" { "<item></item>" } else { "<entry></entry>" });
            at = item.end;
        }
        rest.push_str(&self.text[at..]);
        if charset::holds_forbidden(&rest) || rest.starts_with('\u{FEFF}') {
            return None;
        }
        sniff::bytes(rest.as_bytes()).ok()?;
        let base = document.base.and_then(|base| Url::parse(base).ok());
        match sniff::text(&rest, rest.as_bytes()) {
            Ok(sniff::Kind::Markup) => {
                let feed =
                    clean::read(&rest, base.as_ref(), limits).or_else(|| regular(&rest, base.as_ref(), limits))?;
                (feed.items.len() == self.items.len()).then_some(feed)
            }
            _ => None,
        }
    }
}

/// What the tolerant reader makes of a document that is regular.
fn regular(text: &str, base: Option<&Url>, limits: Limits) -> Option<ParsedFeed> {
    let reading = reader::read(text, base, limits);
    let is_page = reading.root.as_deref().is_some_and(sniff::is_page);
    (reading.is_feed && reading.is_regular && !is_page).then_some(reading.feed)
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
        // `<?>` is one by itself for who reads it.
        b'?' if rest.starts_with("<?>") => None,
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
    let first = *what.as_bytes().first()?;
    let mut at = from;
    loop {
        at += memchr(first, text.as_bytes().get(at..)?)?;
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
    while let Some(next) = memchr(b'<', &text.as_bytes()[at..]) {
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
        match changing(&part[at..]) {
            Some(length) => {
                out.push(&part[kept..at]);
                at += length;
                kept = at;
            }
            None => at += 1,
        }
    }
    out.push(&part[kept..]);
    Some(())
}

/// How long the changing element is that begins here.
fn changing(text: &str) -> Option<usize> {
    let start = |name: &str| text[1..].strip_prefix(name)?.strip_prefix('>');
    let end = |name: &str, at: usize| {
        let after = text[at..].strip_prefix("</")?.strip_prefix(name)?.strip_prefix('>')?;
        Some(text.len() - after.len())
    };
    if let Some((name, inside)) = CHANGING.iter().find_map(|name| Some((name, start(name)?))) {
        return end(name, text.len() - inside.len() + inside.find('<')?);
    }
    let inside = start(CONTENTS)?;
    let mut at = text.len() - inside.len();
    loop {
        at += text[at..].find('<')?;
        if let Some(end) = end(CONTENTS, at) {
            return Some(end);
        }
        let tag = &text[at + 1..at + text[at..].find('>')?];
        let name = tag.strip_prefix('/').unwrap_or(tag);
        let name = name.strip_prefix("rdf:").unwrap_or(name);
        let name = &name[..name.find([' ', '/']).unwrap_or(name.len())];
        if !OF_CONTENTS.contains(&name) || tag.contains("xmlns") {
            return None;
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests;
