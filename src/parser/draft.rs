//! An item while it is read: for each field what was offered best so far.

use std::borrow::Cow;
use std::rc::Rc;

use chrono::{DateTime, Utc};
use url::Url;

use super::hints::HintsDraft;
use super::{Limits, ParsedFeed, links};
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
        links::absolute(&link.text, link.base.as_deref().into_iter().chain(&self.urls))
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
    /// `dc:date`, which does not say of what: of publication, unless that is said elsewhere.
    pub dated: Best<Time>,
    pub authors: Vec<String>,
    pub categories: Vec<String>,
    pub enclosures: Vec<(RawLink, Option<String>, Option<u64>)>,
    pub language: Option<String>,
    /// Texts that were longer than may be kept.
    pub cut: usize,
    /// Its end was seen.
    pub complete: bool,
    /// It says where it was taken from (`source`): its authors are those of that feed, not of this one.
    pub has_source: bool,
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

    /// Takes dates that were read already.
    pub(super) fn dates_at(&mut self, published: Option<DateTime<Utc>>, updated: Option<DateTime<Utc>>) {
        if let Some(published) = published {
            self.published.offer(0, Time::from_utc(published));
        }
        if let Some(updated) = updated {
            self.updated.offer(0, Time::from_utc(updated));
        }
    }

    /// The item, its addresses made absolute; `dropped` counts those that lead nowhere one may go.
    pub(super) fn finish(self, bases: &Bases, feed_language: Option<&str>, dropped: &mut usize) -> Item {
        let mut resolve = |link: &RawLink| {
            let url = bases.resolve(link);
            *dropped += usize::from(url.is_none());
            url
        };
        let mut enclosures: Vec<Enclosure> = Vec::new();
        for (link, media_type, length) in self.enclosures {
            let Some(url) = resolve(&link) else { continue };
            if !enclosures.iter().any(|known| known.url == url.as_str()) {
                enclosures.push(Enclosure { url: url.into(), media_type, length });
            }
        }
        let link = self.link.take().and_then(|link| resolve(&link)).map(Into::into);
        let dated = self.dated.take();
        let (published, updated) = match self.published.take() {
            Some(published) => (Some(published), self.updated.take().or(dated)),
            None => (dated, self.updated.take()),
        };
        Item {
            guid: self.guid.take(),
            link,
            text: ItemText {
                title: self.title.take().unwrap_or_default(),
                summary: self.summary.take().unwrap_or_default(),
                body: self.body.take().unwrap_or_default(),
            },
            authors: self.authors,
            categories: self.categories,
            enclosures,
            published,
            updated,
            language: self.language.or_else(|| feed_language.map(str::to_owned)),
        }
    }
}

/// What is gathered of the feed itself.
#[derive(Debug, Default)]
pub(super) struct FeedDraft {
    pub title: Best<String>,
    pub link: Best<RawLink>,
    /// The feed's own address, as it says.
    pub itself: Best<RawLink>,
    pub language: Best<String>,
    pub updated: Best<Time>,
    /// Of the feed, for items that name none of their own.
    pub authors: Vec<String>,
    /// What it says of its rhythm, and where news of it can be had sooner.
    pub hints: HintsDraft,
    /// Texts that were longer than may be kept.
    pub cut: usize,
}

impl FeedDraft {
    /// Takes one of the feed's authors.
    pub(super) fn author(&mut self, name: String) {
        add(&mut self.authors, name);
    }

    /// Takes a date that was read already.
    pub(super) fn updated_at(&mut self, updated: Option<DateTime<Utc>>) {
        if let Some(updated) = updated {
            self.updated.offer(0, Time::from_utc(updated));
        }
    }

    /// The feed with its items, their addresses made absolute.
    pub(super) fn finish(
        self,
        format: &str,
        atom: bool,
        mut items: Vec<ItemDraft>,
        document: Option<&Url>,
    ) -> ParsedFeed {
        let bases = self.bases(atom, document);
        // An item without authors has those of its feed (RFC 4287, 4.2.1; JSON Feed 1.1). RSS says nothing of the kind.
        for item in items.iter_mut().filter(|item| atom && item.authors.is_empty() && !item.has_source) {
            item.authors.clone_from(&self.authors);
        }
        let hints = self.hints.finish(&bases, self.itself.get());
        let language = self.language.take();
        let cut_fields = self.cut + items.iter().map(|item| item.cut).sum::<usize>();
        let mut dropped_links = 0;
        ParsedFeed {
            format: format.to_owned(),
            title: self.title.take().unwrap_or_default(),
            link: self.link.take().and_then(|link| bases.resolve(&link)).map(Into::into),
            updated: self.updated.take(),
            hints,
            items: items.into_iter().map(|item| item.finish(&bases, language.as_deref(), &mut dropped_links)).collect(),
            language,
            left_out: 0,
            cut_fields,
            dropped_links,
            as_it_stands: false,
        }
    }

    /// What relative links are resolved against, first the likeliest: RSS means its site, Atom its own address (RFC 4287, 2).
    fn bases(&self, atom: bool, document: Option<&Url>) -> Bases {
        let document = document.filter(|url| matches!(url.scheme(), "http" | "https")).cloned();
        let alone = Bases { urls: document.clone().into_iter().collect() };
        let site = self.link.get().and_then(|link| alone.resolve(link));
        let itself = self.itself.get().and_then(|link| alone.resolve(link));
        let order = if atom { [document, itself, site] } else { [site, document, itself] };
        Bases { urls: order.into_iter().flatten().collect() }
    }
}

/// A link that says by `rel` and `type` what it leads to.
pub(super) struct TypedLink {
    pub link: RawLink,
    pub rel: String,
    pub media_type: String,
    pub length: Option<u64>,
}

impl TypedLink {
    /// Its rank as the link of an item or a feed, if it is one: a page before other alternates.
    fn rank(&self) -> Option<u32> {
        let page = self.media_type.is_empty() || self.media_type.contains("html");
        matches!(self.relation(), "" | "alternate").then_some(if page { 10_000 } else { 20_000 })
    }

    /// The relation without the address that some write before it.
    fn relation(&self) -> &str {
        self.rel.rsplit('/').next().unwrap_or("")
    }
}

impl ItemDraft {
    /// Takes a link that says what it leads to.
    pub(super) fn link(&mut self, typed: TypedLink) {
        match (typed.rank(), typed.relation()) {
            (Some(rank), _) => self.link.offer(rank, typed.link),
            (None, "enclosure") => {
                let media_type = Some(typed.media_type).filter(|t| !t.is_empty());
                self.enclosure(typed.link, media_type, typed.length);
            }
            _ => {}
        }
    }
}

impl FeedDraft {
    /// Takes a link that says what it leads to.
    pub(super) fn link(&mut self, typed: TypedLink) {
        match (typed.rank(), typed.relation()) {
            (Some(rank), _) => self.link.offer(rank, typed.link),
            (None, "self") => self.itself.offer(0, typed.link),
            (None, "hub") => self.hints.hub(typed.link),
            _ => {}
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
    super::html::plain_within(text, SHORT, false).one_line().text
}

/// An identifier: trimmed, without control characters, never blank, otherwise as it stands.
pub(super) fn identifier(text: &str, limits: Limits) -> Option<String> {
    let mut text = Cow::from(text.trim());
    if text.contains(char::is_control) {
        text = text.chars().filter(|c| !c.is_control()).collect();
    }
    let text = text.trim();
    let end = if text.len() > limits.field_bytes { text.floor_char_boundary(limits.field_bytes) } else { text.len() };
    (!text.is_empty()).then(|| text[..end].to_owned())
}
