//! JSON Feed 1.0 and 1.1, read item by item, so that what is beyond the limit, or not asked for, costs only its reading.

use std::fmt;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use url::Url;

use super::draft::{FeedDraft, ItemDraft, RawLink, TypedLink, identifier, short};
use super::fill::offer_text;
use super::{Limits, NotAFeed, ParsedFeed, dates, html, json_repair};

/// The members of the outermost object that are read.
const HEAD: &[&str] = &["version", "title", "home_page_url", "feed_url", "language", "author", "authors", "hubs"];
/// The members of an item that are read.
const ITEM: &[&str] = &[
    "id",
    "url",
    "external_url",
    "title",
    "content_html",
    "content_text",
    "summary",
    "date_published",
    "date_modified",
    "author",
    "authors",
    "tags",
    "language",
    "attachments",
];

/// Reads a document; one that is not quite JSON is read after the commonest mistakes are mended.
pub(super) fn read(text: &str, base: Option<&Url>, limits: Limits) -> Result<ParsedFeed, NotAFeed> {
    let head = document(text, limits).or_else(|error| document(&json_repair::repair(text), limits).map_err(|_| error));
    let head = head.map_err(|error| NotAFeed { reason: format!("this is JSON that cannot be read: {error}") })?;
    // Many interfaces answer with a list of `items`; without the version, their content tells that it is a feed.
    if !head.text("version").contains("jsonfeed.org/version") && !head.list.has_content {
        let reason = "this is JSON, but no JSON Feed: it has no `version` of jsonfeed.org and no items with content";
        return Err(NotAFeed { reason: reason.into() });
    }
    Ok(head.finish(base, limits))
}

fn document(text: &str, limits: Limits) -> Result<Head, serde_json::Error> {
    Document { limits }.deserialize(&mut serde_json::Deserializer::from_str(text))
}

#[derive(Default)]
struct Head {
    fields: Map<String, Value>,
    list: List,
}

#[derive(Default)]
struct List {
    drafts: Vec<ItemDraft>,
    /// An item has the content that only feeds have.
    has_content: bool,
    left_out: usize,
}

impl Head {
    fn text(&self, name: &str) -> String {
        string(self.fields.get(name))
    }

    fn finish(self, document: Option<&Url>, limits: Limits) -> ParsedFeed {
        let mut feed = FeedDraft::default();
        let typed = |text: String, rel: &str| TypedLink {
            link: RawLink { text, base: None },
            rel: rel.to_owned(),
            media_type: String::new(),
            length: None,
        };
        feed.link(typed(self.text("home_page_url"), "alternate"));
        feed.link(typed(self.text("feed_url"), "self"));
        let list = |name: &str| self.fields.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or(&[]);
        for author in list("authors").iter().chain(self.fields.get("author")) {
            feed.author(person(author));
        }
        // Other kinds of hubs are announced by other rules.
        for hub in list("hubs").iter().filter(|hub| string(hub.get("type")).eq_ignore_ascii_case("websub")) {
            feed.hints.hub(RawLink { text: string(hub.get("url")), base: None });
        }
        feed.cut += offer_text(
            &mut feed.title,
            0,
            html::plain_within(&self.text("title"), limits.field_bytes, false).one_line(),
        );
        let language = short(&self.text("language"));
        if !language.is_empty() {
            feed.language.offer(0, language);
        }
        let first = self.text("version").trim_end_matches('/').ends_with("version/1");
        let format = if first { "json1.0" } else { "json1.1" };
        let left_out = self.list.left_out;
        ParsedFeed { left_out, ..feed.finish(format, true, self.list.drafts, document) }
    }
}

/// A string, or a number or truth value as one: generators put numbers where identifiers belong.
fn string(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(other @ (Value::Number(_) | Value::Bool(_))) => other.to_string(),
        _ => String::new(),
    }
}

fn draft(item: &Map<String, Value>, limits: Limits) -> ItemDraft {
    let text = |name: &str| string(item.get(name));
    let mut draft = ItemDraft { complete: true, ..ItemDraft::default() };
    let title = html::plain_within(&text("title"), limits.field_bytes, false).one_line();
    let summary = html::plain_within(&text("summary"), limits.field_bytes, true);
    let body = match text("content_html") {
        html if html.trim().is_empty() => html::plain_within(&text("content_text"), limits.field_bytes, true),
        html => html::text_within(&html, limits.field_bytes),
    };
    draft.cut += offer_text(&mut draft.title, 0, title);
    draft.cut += offer_text(&mut draft.summary, 0, summary);
    draft.cut += offer_text(&mut draft.body, 0, body);
    if let Some(guid) = identifier(&text("id"), limits) {
        draft.guid.offer(0, guid);
    }
    for (rank, name) in [(0, "url"), (1, "external_url")] {
        let link = text(name);
        if !link.trim().is_empty() {
            draft.link.offer(rank, RawLink { text: link, base: None });
        }
    }
    if let Some(time) = dates::parse(&text("date_published")) {
        draft.published.offer(0, time);
    }
    if let Some(time) = dates::parse(&text("date_modified")) {
        draft.updated.offer(0, time);
    }
    people_and_things(&mut draft, item);
    let language = short(&text("language"));
    draft.language = Some(language).filter(|l| !l.is_empty());
    draft
}

/// The name of an author, else the address; "" of one who has neither.
fn person(author: &Value) -> String {
    let name = ["name", "url"].iter().map(|key| short(&string(author.get(key)))).find(|name| !name.is_empty());
    name.unwrap_or_default()
}

fn people_and_things(draft: &mut ItemDraft, item: &Map<String, Value>) {
    let list = |name: &str| item.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or(&[]);
    for author in list("authors").iter().chain(item.get("author")) {
        draft.author(person(author));
    }
    for tag in list("tags") {
        draft.category(short(&string(Some(tag))));
    }
    for attachment in list("attachments") {
        let media_type = Some(short(&string(attachment.get("mime_type")))).filter(|t| !t.is_empty());
        let length = attachment.get("size_in_bytes").and_then(Value::as_u64);
        draft.enclosure(RawLink { text: string(attachment.get("url")), base: None }, media_type, length);
    }
}

/// Reads the outermost object.
struct Document {
    limits: Limits,
}

impl<'de> DeserializeSeed<'de> for Document {
    type Value = Head;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Head, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document {
    type Value = Head;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the object of a JSON Feed")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Head, M::Error> {
        let mut head = Head::default();
        while let Some(key) = map.next_key::<String>()? {
            if key == "items" {
                head.list = map.next_value_seed(Items { limits: self.limits })?;
            } else if HEAD.contains(&key.as_str()) {
                let value = map.next_value()?;
                head.fields.insert(key, value);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(head)
    }
}

/// Reads the items, each dropped as soon as its draft is made.
struct Items {
    limits: Limits,
}

impl<'de> DeserializeSeed<'de> for Items {
    type Value = List;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<List, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Items {
    type Value = List;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of items")
    }

    fn visit_unit<E>(self) -> Result<List, E> {
        Ok(List::default())
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<List, S::Error> {
        let mut read = List::default();
        while read.drafts.len() < self.limits.items {
            let Some(item) = list.next_element_seed(OneItem)? else { return Ok(read) };
            if let Some(item) = item {
                read.has_content |= item.contains_key("content_html") || item.contains_key("content_text");
                read.drafts.push(draft(&item, self.limits));
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {
            read.left_out += 1;
        }
        Ok(read)
    }
}

/// Reads the members of an item that are known. What is no object is no item.
struct OneItem;

impl<'de> DeserializeSeed<'de> for OneItem {
    type Value = Option<Map<String, Value>>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for OneItem {
    type Value = Option<Map<String, Value>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an item")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut item = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if ITEM.contains(&key.as_str()) {
                let value = map.next_value()?;
                item.insert(key, value);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Some(item))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<Self::Value, S::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}
