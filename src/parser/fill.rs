//! What stood in an element becomes the value of its field.

use std::borrow::Cow;
use std::rc::Rc;

use base64::Engine as _;
use url::Url;

use super::draft::{Best, FeedDraft, ItemDraft, RawLink, identifier, short};
use super::entities::resolve_simple;
use super::fields::{Field, Permalink, Style};
use super::html::Folded;
use super::{Limits, authors, charset, dates, html};
use crate::model::Time;

/// What an element held, and what it is for.
#[derive(Debug)]
pub(super) struct Filling<'a> {
    /// The field it fills.
    pub field: Field,
    /// How good a source of that field it is; lower is better.
    pub rank: u32,
    /// How its text is written.
    pub style: Style,
    /// Its content with the references of XML resolved; or, if `markup`, its content as markup.
    pub raw: Cow<'a, str>,
    /// Elements stood inside it.
    pub markup: bool,
    /// The `xml:base` in force.
    pub base: Option<Rc<Url>>,
}

impl Filling<'_> {
    /// Text without elements, from the best source.
    pub(super) fn of(field: Field, style: Style, raw: String) -> Self {
        Self { field, rank: 0, style, raw: raw.into(), markup: false, base: None }
    }

    /// The text of a field that may hold markup.
    fn text(&self, limits: Limits) -> Folded {
        match self.style {
            _ if self.markup => html::text_within(&self.raw, limits.field_bytes),
            Style::Html if self.field == Field::Title => html::title_within(&self.raw, limits.field_bytes),
            Style::Html => html::text_within(&self.raw, limits.field_bytes),
            Style::Plain => html::plain_or_markup(&self.raw, limits.field_bytes),
            Style::Base64 => {
                let letters: String = self.raw.split_ascii_whitespace().collect();
                let bytes = base64::engine::general_purpose::STANDARD.decode(letters).unwrap_or_default();
                html::text_within(std::str::from_utf8(&bytes).unwrap_or(""), limits.field_bytes)
            }
        }
    }

    fn line(&self, limits: Limits) -> Folded {
        self.text(limits).one_line()
    }

    /// The text of a field that holds a word or an address.
    fn plain(&self) -> Cow<'_, str> {
        if self.markup { html::to_text(&self.raw).into() } else { (&*self.raw).into() }
    }

    fn link(&self) -> Option<RawLink> {
        // No address holds `&amp;`: where it stands after one resolution, it was escaped twice.
        let text = resolve_simple(self.plain().trim()).into_owned();
        (!text.is_empty()).then(|| RawLink { text, base: self.base.clone() })
    }

    fn time(&self) -> Option<Time> {
        dates::parse(&self.plain())
    }

    fn repaired(mut self) -> Self {
        if let Some(once) = charset::encoded_twice(&self.raw) {
            self.raw = once.into();
        }
        self
    }
}

impl ItemDraft {
    /// Takes a value for one of the item's fields.
    pub(super) fn fill(&mut self, filling: Filling<'_>, limits: Limits) {
        let filling = filling.repaired();
        let rank = filling.rank;
        match filling.field {
            Field::Title => self.cut += offer_text(&mut self.title, rank, filling.line(limits)),
            Field::Summary => self.cut += offer_text(&mut self.summary, rank, filling.text(limits)),
            Field::Body => self.cut += offer_text(&mut self.body, rank, filling.text(limits)),
            Field::Guid(permalink) => self.fill_guid(&filling, permalink, limits),
            Field::Link => offer(&mut self.link, rank, filling.link()),
            Field::Published => offer(&mut self.published, rank, filling.time()),
            Field::Updated => offer(&mut self.updated, rank, filling.time()),
            Field::Dated => offer(&mut self.dated, rank, filling.time()),
            Field::Author => {
                if let Some(name) = authors::name(&filling.raw, filling.markup) {
                    self.author(name);
                }
            }
            Field::Category => self.category(short(&html::to_text(&filling.raw))),
            Field::Language => {
                let language = short(&filling.plain());
                if !language.is_empty() {
                    self.language = Some(language);
                }
            }
            // Hints are the feed's.
            Field::Hint(_) => {}
        }
    }

    fn fill_guid(&mut self, filling: &Filling<'_>, permalink: Permalink, limits: Limits) {
        let Some(guid) = identifier(&resolve_simple(&filling.plain()), limits) else { return };
        let is_link = match permalink {
            Permalink::Said => true,
            Permalink::Perhaps => is_web_address(&guid),
            Permalink::No => false,
        };
        if is_link {
            self.link.offer(40_000, RawLink { text: guid.clone(), base: filling.base.clone() });
        }
        self.guid.offer(filling.rank, guid);
    }
}

impl FeedDraft {
    /// Takes a value for one of the feed's own fields.
    pub(super) fn fill(&mut self, filling: Filling<'_>, limits: Limits, atom: bool) {
        let filling = filling.repaired();
        let rank = filling.rank;
        match filling.field {
            Field::Title => self.cut += offer_text(&mut self.title, rank, filling.line(limits)),
            Field::Link => offer(&mut self.link, rank, filling.link()),
            Field::Updated => offer(&mut self.updated, rank, filling.time()),
            Field::Dated => offer(&mut self.updated, rank.saturating_add(10_000), filling.time()),
            Field::Published => offer(&mut self.updated, rank.saturating_add(20_000), filling.time()),
            Field::Language => {
                let language = short(&filling.plain());
                // RSS lists its languages in lower case.
                let language = if atom { language } else { language.to_ascii_lowercase() };
                offer(&mut self.language, 0, Some(language).filter(|l| !l.is_empty()));
            }
            Field::Author => {
                if let Some(name) = authors::name(&filling.raw, filling.markup) {
                    self.author(name);
                }
            }
            Field::Hint(hint) if !filling.markup => self.hints.take(hint, &filling.raw),
            _ => {}
        }
    }
}

/// Offers a text and says how many were cut: one or none.
pub(super) fn offer_text(best: &mut Best<String>, rank: u32, folded: Folded) -> usize {
    if !folded.text.is_empty() {
        best.offer(rank, folded.text);
    }
    usize::from(folded.cut)
}

fn offer<T>(best: &mut Best<T>, rank: u32, value: Option<T>) {
    if let Some(value) = value {
        best.offer(rank, value);
    }
}

fn is_web_address(text: &str) -> bool {
    let scheme = text.split_once("://").map_or("", |(scheme, _)| scheme);
    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
}
