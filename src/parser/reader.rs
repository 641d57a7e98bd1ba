//! The tolerant reader of RSS and Atom: every document that is not clean, and the measure for those that are.
//!
//! It keeps a stack of the elements that give structure (feed, item, what lies between them). The elements that fill a
//! field are *captured*: whatever stands in them goes into one buffer, elements written out again as markup, until their
//! end or until something begins that cannot be part of them. Depth costs nothing, and no end tag needs to match.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use url::Url;

use super::capture::{Capture, MARKUP_SHARE};
use super::draft::{FeedDraft, ItemDraft, RawLink, TypedLink, identifier, short};
use super::entities::resolve_simple;
use super::fields::{Field, Style, field, is_aside, style};
use super::fill::Filling;
use super::hints::Hint;
use super::vocabulary::{Ns, Scope};
use super::xml::{Tag, Token, Tokens, local_name};
use super::{Limits, ParsedFeed, format, links};

/// Structure deeper than this is no feed's; deeper elements are looked at but not remembered.
const DEPTH: usize = 128;

/// What was read.
pub(super) struct Reading {
    /// The feed.
    pub feed: ParsedFeed,
    /// The first element's name, as written.
    pub root: Option<String>,
    /// That name is one of a feed, or items were found.
    pub is_feed: bool,
    /// Each element ended where it should, and the items stand side by side: what one of them says hangs on its own
    /// bytes and on what stands around all of them, never on another.
    pub is_regular: bool,
}

/// Reads a document to its end.
pub(super) fn read(text: &str, base: Option<&Url>, limits: Limits) -> Reading {
    let mut reader = Reader::new(text, base, limits);
    loop {
        if let (Some(text), Some(capture)) = (reader.tokens.text(), &mut reader.capture) {
            capture.written(text, &mut reader.tokens.entities);
        }
        let Some(token) = reader.tokens.next() else { return reader.finish() };
        reader.token(token);
    }
}

/// What a field would belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Feed,
    Item(usize),
    /// Something that is not kept: an item beyond the limit, an image, the source of an item.
    Nothing,
}

struct Frame<'a> {
    name: Cow<'a, str>,
    place: Place,
    /// It opened the item of its place.
    is_item: bool,
    /// Where the scope's declarations stood before it.
    mark: usize,
    base: Option<Rc<Url>>,
}

struct Reader<'a> {
    tokens: Tokens<'a>,
    /// The document's own address.
    document: Option<&'a Url>,
    limits: Limits,
    scope: Scope<'a>,
    frames: Vec<Frame<'a>>,
    /// How many frames have a name, so that a stray end tag costs nothing.
    open: HashMap<Cow<'a, str>, u32>,
    capture: Option<Capture<'a>>,
    root: Option<String>,
    format: Option<&'static str>,
    atom: bool,
    /// An element of the name `channel` was met.
    channel: bool,
    feed: FeedDraft,
    items: Vec<ItemDraft>,
    left_out: usize,
    /// See [`Reading::is_regular`].
    regular: bool,
    /// How deep the elements lie in which the items stand, as long as that one is open.
    home: Option<usize>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, document: Option<&'a Url>, limits: Limits) -> Self {
        Self {
            tokens: Tokens::new(text),
            document,
            limits,
            scope: Scope::default(),
            frames: Vec::new(),
            open: HashMap::new(),
            capture: None,
            root: None,
            format: None,
            atom: false,
            channel: false,
            feed: FeedDraft::default(),
            items: Vec::new(),
            left_out: 0,
            regular: true,
            home: None,
        }
    }

    fn token(&mut self, token: Token<'a>) {
        match token {
            Token::Start(tag) => self.start(tag),
            Token::End(name) => self.end(name),
            Token::Text(text) | Token::CData(text) => {
                if let Some(capture) = &mut self.capture {
                    capture.text(text);
                }
            }
            Token::Reference(name) => {
                if let Some(capture) = &mut self.capture {
                    capture.reference(name, &mut self.tokens.entities);
                }
            }
        }
    }

    fn start(&mut self, tag: Tag<'a>) {
        let mark = self.scope.enter(&tag);
        let ns = self.scope.of(tag.name);
        let local = lower(local_name(tag.name));
        let begins_item = matches!(ns, Ns::Rss | Ns::Atom) && matches!(&*local, "item" | "entry");
        if let Some(capture) = &mut self.capture {
            let other = ns != Ns::Xhtml && field(ns, &local, &tag).is_some_and(|(f, _)| f != capture.field);
            let ends_it = begins_item || (capture.field.is_short() && other);
            if !ends_it {
                if capture.name == tag.name && !tag.empty {
                    capture.nested += 1;
                }
                capture.inner_start(&local, tag.empty);
                self.scope.leave(mark);
                return;
            }
            // Its own declarations would be forgotten with those of the new element: they are few and stay.
            self.finish_capture(false);
            self.regular = false;
        }
        if self.root.is_none() {
            self.begin_document(&tag, &local, ns);
        }
        self.element(tag, ns, &local, begins_item, mark);
    }

    fn begin_document(&mut self, tag: &Tag<'a>, local: &str, ns: Ns) {
        self.root = Some(tag.name.to_owned());
        self.format = format::of_root(local, ns, tag);
        self.atom = local == "feed" || local == "entry" || ns == Ns::Atom;
        self.feed_language_of(tag);
    }

    fn feed_language_of(&mut self, tag: &Tag<'a>) {
        if let Some(language) = language_of(tag) {
            self.feed.language.offer(10, language);
        }
    }

    /// An element that is no part of a captured one.
    fn element(&mut self, tag: Tag<'a>, ns: Ns, local: &str, begins_item: bool, mark: usize) {
        let base = self.base_of(&tag);
        if begins_item {
            self.begin_item(tag, mark, base);
            return;
        }
        let place = self.place();
        if place != Place::Nothing && self.by_attributes(&tag, ns, local, place, base.clone()) {
            // Everything was in the tag; what it contains says nothing.
            self.push(tag, Place::Nothing, false, mark, base);
            return;
        }
        if place != Place::Nothing
            && let Some((field, preference)) = field(ns, local, &tag)
        {
            if !tag.empty {
                let style = style(ns, self.atom, field, &tag);
                if let Place::Item(at) = place
                    && matches!(field, Field::Title | Field::Summary | Field::Body)
                    && let Some(language) = language_of(&tag)
                {
                    self.items[at].language.get_or_insert(language);
                }
                self.begin_capture(tag.name, field, (preference, style), place, mark);
            } else {
                self.scope.leave(mark);
            }
            return;
        }
        if let Some(hint) = self.hint_of_skips(ns, local)
            && !tag.empty
        {
            self.begin_capture(tag.name, Field::Hint(hint), (0, Style::Plain), Place::Feed, mark);
            return;
        }
        if let (Place::Item(at), "source") = (place, local) {
            self.items[at].has_source = true;
        }
        let place = if is_aside(ns, local) { Place::Nothing } else { place };
        if matches!(local, "channel" | "feed") && place == Place::Feed {
            self.channel = true;
            self.feed_language_of(&tag);
        }
        self.push(tag, place, false, mark, base);
    }

    fn begin_capture(
        &mut self,
        name: &'a str,
        field: Field,
        (preference, style): (u32, Style),
        place: Place,
        mark: usize,
    ) {
        let depth = u32::try_from(self.frames.len()).unwrap_or(u32::MAX);
        self.capture = Some(Capture {
            name,
            nested: 0,
            field,
            rank: preference * 1000 + depth,
            style,
            place,
            mark,
            raw: Cow::Borrowed(""),
            limit: self.limits.field_bytes.saturating_mul(MARKUP_SHARE),
            markup: false,
        });
    }

    /// The hint that an element directly in the feed's own `skipHours` or `skipDays` holds.
    fn hint_of_skips(&self, ns: Ns, local: &str) -> Option<Hint> {
        let hint = match (ns, local) {
            (Ns::Rss, "hour") => Hint::Hour,
            (Ns::Rss, "day") => Hint::Day,
            _ => return None,
        };
        let [.., around, skips] = self.frames.as_slice() else { return None };
        let is_skips = matches!(local_name(&skips.name), "skiphours" | "skipdays");
        (is_skips && skips.place == Place::Nothing && around.place == Place::Feed).then_some(hint)
    }

    /// What an element says by its attributes alone. True when that was all.
    fn by_attributes(&mut self, tag: &Tag<'a>, ns: Ns, local: &str, place: Place, base: Option<Rc<Url>>) -> bool {
        let own = matches!(ns, Ns::Rss | Ns::Atom);
        let attribute = |name: &str| tag.attribute(name).map(|v| resolve_simple(v).into_owned());
        match (local, place) {
            ("link", _) if own => {
                let Some(href) = attribute("href") else { return false };
                let value = |name: &str| tag.attribute(name).map(|v| v.trim().to_ascii_lowercase()).unwrap_or_default();
                let length = value("length").parse().ok();
                let link = RawLink { text: href, base };
                let typed = TypedLink { link, rel: value("rel"), media_type: value("type"), length };
                match place {
                    Place::Item(at) => self.items[at].link(typed),
                    Place::Feed => self.feed.link(typed),
                    Place::Nothing => {}
                }
            }
            ("cloud", Place::Feed) if ns == Ns::Rss => return self.feed.hints.cloud(tag),
            ("enclosure", Place::Item(at)) if own => {
                let Some(url) = attribute("url").or_else(|| attribute("href")) else { return false };
                let length = attribute("length").and_then(|l| l.trim().parse().ok());
                let media_type = attribute("type").map(|t| short(&t)).filter(|t| !t.is_empty());
                self.items[at].enclosure(RawLink { text: url, base }, media_type, length);
            }
            ("content", Place::Item(at)) if ns == Ns::Media => {
                if let Some(url) = attribute("url") {
                    let length = attribute("filesize").and_then(|l| l.trim().parse().ok());
                    let media_type = attribute("type").map(|t| short(&t)).filter(|t| !t.is_empty());
                    self.items[at].enclosure(RawLink { text: url, base }, media_type, length);
                }
                return false;
            }
            ("category", Place::Item(at)) if own => {
                let Some(label) = attribute("label").filter(|l| !l.trim().is_empty()).or_else(|| attribute("term"))
                else {
                    return false;
                };
                self.items[at].category(short(&label));
            }
            _ => return false,
        }
        true
    }

    fn begin_item(&mut self, tag: Tag<'a>, mark: usize, base: Option<Rc<Url>>) {
        let beside = self.place() == Place::Feed && *self.home.get_or_insert(self.frames.len()) == self.frames.len();
        self.regular &= beside && !tag.empty && matches!(tag.name, "item" | "entry");
        // An item directly in an item: the end tag of the first was forgotten. Further in, it is an item of its own.
        if self.frames.last().is_some_and(|frame| frame.is_item) || self.frames.len() >= DEPTH {
            let first = self.frames.iter().position(|frame| frame.is_item).unwrap_or(0);
            let keep = if self.frames.len() >= DEPTH { first } else { self.frames.len() - 1 };
            self.pop_to(keep, Some(mark));
        }
        if self.items.len() >= self.limits.items {
            self.left_out += 1;
            self.regular = false;
            self.push(tag, Place::Nothing, true, mark, base);
            return;
        }
        let mut item = ItemDraft { language: language_of(&tag), ..ItemDraft::default() };
        if let Some(about) =
            tag.attributes().find(|(name, _)| name.eq_ignore_ascii_case("rdf:about")).map(|(_, value)| value)
            && let Some(about) = identifier(&resolve_simple(about), self.limits)
        {
            item.guid.offer(5_000, about);
        }
        // The Channel Definition Format says so where an item leads.
        if let Some(href) = tag.attribute("href") {
            let text = resolve_simple(href).into_owned();
            item.link.offer(45_000, RawLink { text, base: base.clone() });
        }
        item.complete = tag.empty;
        self.items.push(item);
        self.push(tag, Place::Item(self.items.len() - 1), true, mark, base);
    }

    fn push(&mut self, tag: Tag<'a>, place: Place, is_item: bool, mark: usize, base: Option<Rc<Url>>) {
        if tag.empty || self.frames.len() >= DEPTH {
            self.regular &= tag.empty;
            self.scope.leave(mark);
            return;
        }
        let name = lower(tag.name);
        *self.open.entry(name.clone()).or_insert(0) += 1;
        self.frames.push(Frame { name, place, is_item, mark, base });
    }

    fn place(&self) -> Place {
        self.frames.last().map_or(Place::Feed, |frame| frame.place)
    }

    fn base_of(&self, tag: &Tag<'a>) -> Option<Rc<Url>> {
        let around = self.frames.last().and_then(|frame| frame.base.clone());
        if !tag.mentions("base") {
            return around;
        }
        let raw = tag.attributes().find(|(name, _)| name.eq_ignore_ascii_case("xml:base")).map(|(_, value)| value);
        let own = raw.and_then(|raw| links::base(&resolve_simple(raw), around.as_deref().or(self.document)));
        own.map(Rc::new).or(around)
    }

    fn end(&mut self, name: &'a str) {
        if let Some(capture) = &mut self.capture {
            if capture.name.eq_ignore_ascii_case(name) {
                if capture.nested == 0 {
                    self.finish_capture(true);
                    return;
                }
                capture.nested -= 1;
            }
            if !self.open.contains_key(&*lower(name)) {
                capture.inner_end(&lower(local_name(name)));
                return;
            }
            self.finish_capture(true);
            self.regular = false;
        }
        let name = lower(name);
        self.regular &= self.frames.last().is_some_and(|frame| frame.name == name);
        if self.open.contains_key(&name) {
            let at = self.frames.iter().rposition(|frame| frame.name == name).unwrap_or(self.frames.len());
            self.pop_to(at, None);
        }
    }

    /// Closes the elements from `keep` on. What they declared is forgotten, except what was declared since `spare`.
    fn pop_to(&mut self, keep: usize, spare: Option<usize>) {
        while self.frames.len() > keep {
            let Some(frame) = self.frames.pop() else { return };
            // Items that stand behind it stand elsewhere.
            if self.home.is_some_and(|home| home > self.frames.len()) {
                self.home = Some(usize::MAX);
            }
            if let (true, Place::Item(at)) = (frame.is_item, frame.place) {
                self.items[at].complete = true;
            }
            if spare.is_none() {
                self.scope.leave(frame.mark);
            }
            if let Some(count) = self.open.get_mut(&frame.name) {
                *count -= 1;
                if *count == 0 {
                    self.open.remove(&frame.name);
                }
            }
        }
    }

    /// Takes what was captured as the value of its field.
    fn finish_capture(&mut self, forget: bool) {
        let Some(capture) = self.capture.take() else { return };
        if forget {
            self.scope.leave(capture.mark);
        }
        let base = self.frames.last().and_then(|frame| frame.base.clone());
        let Capture { field, rank, style, raw, markup, .. } = capture;
        let filling = Filling { field, rank, style, raw, markup, base };
        match capture.place {
            Place::Item(at) => self.items[at].fill(filling, self.limits),
            Place::Feed => self.feed.fill(filling, self.limits, self.atom),
            Place::Nothing => {}
        }
    }

    fn finish(mut self) -> Reading {
        let is_ended = self.capture.is_none() && self.frames.is_empty();
        let is_regular = self.regular && is_ended && !self.tokens.repaired && !self.tokens.has_doctype;
        // An item that the end of the document cut is not told with half its text: the next poll brings it whole.
        self.capture = None;
        let items: Vec<ItemDraft> = std::mem::take(&mut self.items).into_iter().filter(|item| item.complete).collect();
        // RDF is much beside RSS: it takes a channel or an item to be a feed.
        let is_rdf_alone = self.root.as_deref().is_some_and(|root| lower(local_name(root)) == "rdf") && !self.channel;
        let is_feed = (self.format.is_some() && !is_rdf_alone) || !items.is_empty();
        let format = self.format.unwrap_or(if self.atom { "atom1.0" } else { "rss2.0" });
        let feed = ParsedFeed { left_out: self.left_out, ..self.feed.finish(format, self.atom, items, self.document) };
        Reading { feed, root: self.root, is_feed, is_regular }
    }
}

fn language_of(tag: &Tag<'_>) -> Option<String> {
    if !tag.mentions("lang") {
        return None;
    }
    let raw = tag.attributes().find(|(name, _)| name.eq_ignore_ascii_case("xml:lang")).map(|(_, value)| value);
    raw.map(short).filter(|language| !language.is_empty())
}

fn lower(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|b| b.is_ascii_uppercase()) { name.to_ascii_lowercase().into() } else { name.into() }
}
