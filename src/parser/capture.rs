//! What stands in an element that fills a field, gathered until the element ends.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

use super::entities::Entities;
use super::fields::{Field, Style};
use super::reader::Place;

/// Bytes of markup read for each byte of text that may be kept.
pub(super) const MARKUP_SHARE: usize = 8;

/// An element that is open, with what it holds so far.
pub(super) struct Capture<'a> {
    /// Its name as written.
    pub name: &'a str,
    /// Elements of the same name that are open inside.
    pub nested: u32,
    /// The field that it fills.
    pub field: Field,
    /// How good a source of it.
    pub rank: u32,
    /// How its text is written.
    pub style: Style,
    /// Whose field.
    pub place: Place,
    /// Where the scope's declarations stood before it.
    pub mark: usize,
    /// What it holds: a part of the document as long as that is all of it.
    pub raw: Cow<'a, str>,
    /// Bytes of `raw` at most.
    pub limit: usize,
    /// An element stood inside, so `raw` is markup and text goes in escaped.
    pub markup: bool,
}

impl<'a> Capture<'a> {
    /// Adds text in which nothing is a reference.
    pub(super) fn text(&mut self, text: &'a str) {
        if matches!(self.raw, Cow::Borrowed("")) && !self.markup && text.len() <= self.limit {
            self.raw = text.into();
        } else {
            self.add(text);
        }
    }

    /// Adds text as a document writes it, each reference resolved.
    pub(super) fn written(&mut self, text: &'a str, entities: &mut Entities<'_>) {
        let Some(mut at) = memchr(b'&', text.as_bytes()) else { return self.text(text) };
        // Few texts grow by it.
        self.raw.to_mut().reserve(text.len().min(self.limit));
        let mut rest = text;
        loop {
            self.add(&rest[..at]);
            rest = &rest[at..];
            let bytes = rest.as_bytes();
            // A name ends at its semicolon; what has none, or another reference before it, is text.
            match memchr2(b';', b'&', &bytes[1..]).map(|end| end + 1) {
                Some(end) if bytes[end] == b';' => {
                    self.reference(&rest[1..end], entities);
                    rest = &rest[end + 1..];
                }
                stray => {
                    let (text, after) = rest.split_at(stray.unwrap_or(rest.len()));
                    self.add(text);
                    rest = after;
                }
            }
            match memchr(b'&', rest.as_bytes()) {
                Some(next) => at = next,
                None => return self.add(rest),
            }
        }
    }

    /// Adds what a reference stands for; one that nobody here knows stays as it is, for HTML may know it.
    pub(super) fn reference(&mut self, name: &str, entities: &mut Entities<'_>) {
        match entities.resolve(name) {
            Some(known) => self.add(&known),
            None => ["&", name, ";"].iter().for_each(|part| self.push(part)),
        }
    }

    /// Adds the start of an element inside.
    pub(super) fn inner_start(&mut self, local: &str, empty: bool) {
        self.markup = true;
        ["<", local, ">"].iter().for_each(|part| self.push(part));
        if empty && !matches!(local, "br" | "hr" | "img" | "input" | "wbr" | "area" | "col" | "embed" | "link" | "meta")
        {
            self.inner_end(local);
        }
    }

    /// Adds the end of an element inside.
    pub(super) fn inner_end(&mut self, local: &str) {
        ["</", local, ">"].iter().for_each(|part| self.push(part));
    }

    fn add(&mut self, text: &str) {
        if self.markup && memchr2(b'<', b'&', text.as_bytes()).is_some() {
            self.push(&text.replace('&', "&amp;").replace('<', "&lt;"));
        } else {
            self.push(text);
        }
    }

    /// Adds as it stands, up to the limit.
    fn push(&mut self, text: &str) {
        let room = self.limit.saturating_sub(self.raw.len());
        self.raw.to_mut().push_str(if text.len() <= room { text } else { &text[..text.floor_char_boundary(room)] });
    }
}
