//! An item while it is read: for each field what was offered best so far.

use std::rc::Rc;

use url::Url;

use super::{Limits, links};
use crate::model::{Enclosure, Item, ItemText, Time};

/// Authors, categories and enclosures kept of one item; honest ones have a handful.
const MANY: usize = 100;
/// Bytes of one name, label, address or identifier beside the text; keys are cut much shorter later on.
const SHORT: usize = 8 * 1024;

/// The best value offered so far. A lower rank is better; among equals the first one stands.
#[derive(Debug, Clone)]
pub(super) struct Best<T> {
    rank: u32,
    value: Option<T>,
}

impl<T> Default for Best<T> {
    fn default() -> Self {
        Self { rank: u32::MAX, value: None }
    }
}

impl<T> Best<T> {
    pub(super) fn offer(&mut self, rank: u32, value: T) {
        if self.value.is_none() || rank < self.rank {
            *self = Self { rank, value: Some(value) };
        }
    }

    pub(super) fn get(&self) -> Option<&T> {
        self.value.as_ref()
    }

    pub(super) fn take(self) -> Option<T> {
        self.value
    }
}

/// An address as written, and the `xml:base` it stands under.
#[derive(Debug, Clone)]
pub(super) struct RawLink {
    pub text: String,
    pub base: Option<Rc<Url>>,
}

/// The bases of a document, known when it was read to its end.
#[derive(Debug, Default)]
pub(super) struct Bases {
    /// The address that relative links are tried against first, second …
    pub urls: Vec<Url>,
}

impl Bases {
    pub(super) fn resolve(&self, link: &RawLink) -> Option<Url> {
        let mut all: Vec<Option<&Url>> = vec![link.base.as_deref()];
        all.extend(self.urls.iter().map(Some));
        links::absolute(&link.text, &all)
    }
}

/// What is gathered of one item.
#[derive(Debug, Default)]
pub(super) struct ItemDraft {
    pub title: Best<String>,
    pub summary: Best<String>,
    pub body: Best<String>,
    pub guid: Best<String>,
    pub link: Best<RawLink>,
    pub published: Best<Time>,
    pub updated: Best<Time>,
    pub authors: Vec<String>,
    pub categories: Vec<String>,
    pub enclosures: Vec<(RawLink, Option<String>, Option<u64>)>,
    pub language: Option<String>,
    /// Its end was seen.
    pub complete: bool,
}

impl ItemDraft {
    pub(super) fn author(&mut self, name: String) {
        add(&mut self.authors, name);
    }

    pub(super) fn category(&mut self, label: String) {
        add(&mut self.categories, label);
    }

    pub(super) fn enclosure(&mut self, url: RawLink, media_type: Option<String>, length: Option<u64>) {
        if self.enclosures.len() < MANY && !url.text.trim().is_empty() {
            self.enclosures.push((url, media_type, length));
        }
    }

    /// The item, its addresses made absolute.
    pub(super) fn finish(self, bases: &Bases, feed_language: Option<&str>) -> Item {
        let enclosure = |(url, media_type, length): (RawLink, _, _)| {
            Some(Enclosure { url: bases.resolve(&url)?.into(), media_type, length })
        };
        let mut enclosures: Vec<Enclosure> = Vec::new();
        for one in self.enclosures.into_iter().filter_map(enclosure) {
            if !enclosures.iter().any(|known| known.url == one.url) {
                enclosures.push(one);
            }
        }
        Item {
            guid: self.guid.take(),
            link: self.link.take().and_then(|link| bases.resolve(&link)).map(Into::into),
            text: ItemText {
                title: self.title.take().unwrap_or_default(),
                summary: self.summary.take().unwrap_or_default(),
                body: self.body.take().unwrap_or_default(),
            },
            authors: self.authors,
            categories: self.categories,
            enclosures,
            published: self.published.take(),
            updated: self.updated.take(),
            language: self.language.or_else(|| feed_language.map(str::to_owned)),
        }
    }
}

fn add(list: &mut Vec<String>, text: String) {
    if !text.is_empty() && list.len() < MANY && !list.contains(&text) {
        list.push(text);
    }
}

/// A short field: folded, on one line, cut where nobody reads any more.
pub(super) fn short(text: &str) -> String {
    super::html::one_line(super::html::plain_within(text, SHORT, false))
}

/// An identifier: trimmed, without control characters, never blank, otherwise as it stands.
pub(super) fn identifier(text: &str, limits: Limits) -> Option<String> {
    let text: String = text.trim().chars().filter(|c| !c.is_control()).collect();
    let text = text.trim();
    let end = if text.len() > limits.field_bytes { text.floor_char_boundary(limits.field_bytes) } else { text.len() };
    (!text.is_empty()).then(|| text[..end].to_owned())
}
