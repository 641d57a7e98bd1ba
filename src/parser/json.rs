//! JSON Feed 1.0 and 1.1, read item by item, so that what is beyond the limit costs only its reading.

use std::fmt;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use url::Url;

use super::draft::{Bases, ItemDraft, RawLink, identifier, short};
use super::{Limits, NotAFeed, ParsedFeed, dates, html};
use crate::model::Item;

/// Reads a document.
pub(super) fn read(text: &str, base: Option<&Url>, limits: Limits) -> Result<ParsedFeed, NotAFeed> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = Document { limits }.deserialize(&mut deserializer);
    let head = read.map_err(|error| NotAFeed { reason: format!("this is JSON that cannot be read: {error}") })?;
    let version = head.text("version");
    if !version.contains("jsonfeed.org/version") && head.drafts.is_none() {
        return Err(NotAFeed { reason: "this is JSON, but no JSON Feed: it has no `version` of jsonfeed.org and no `items`".into() });
    }
    Ok(head.finish(base, limits))
}

#[derive(Default)]
struct Head {
    fields: Map<String, Value>,
    drafts: Option<Vec<ItemDraft>>,
    left_out: usize,
}

impl Head {
    fn text(&self, name: &str) -> String {
        string(self.fields.get(name))
    }

    fn finish(mut self, document: Option<&Url>, limits: Limits) -> ParsedFeed {
        let link = |text: String| RawLink { text, base: None };
        let alone = Bases { urls: document.into_iter().cloned().collect() };
        let itself = alone.resolve(&link(self.text("feed_url")));
        let site = alone.resolve(&link(self.text("home_page_url")));
        let bases = Bases { urls: [document.cloned(), itself, site.clone()].into_iter().flatten().collect() };
        let language = Some(short(&self.text("language"))).filter(|l| !l.is_empty());
        let drafts = self.drafts.take().unwrap_or_default();
        let items: Vec<Item> = drafts.into_iter().map(|draft| draft.finish(&bases, language.as_deref())).collect();
        ParsedFeed {
            format: if self.text("version").trim_end_matches('/').ends_with("version/1") { "json1.0" } else { "json1.1" }.into(),
            title: html::one_line(html::plain_within(&self.text("title"), limits.field_bytes, false)),
            link: site.map(Into::into),
            language,
            updated: None,
            items,
            left_out: self.left_out,
        }
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
    draft.title.offer(0, html::one_line(html::plain_within(&text("title"), limits.field_bytes, false)));
    draft.summary.offer(0, html::plain_within(&text("summary"), limits.field_bytes, true));
    let body = match text("content_html") {
        html if html.trim().is_empty() => html::plain_within(&text("content_text"), limits.field_bytes, true),
        html => html::text_within(&html, limits.field_bytes),
    };
    draft.body.offer(0, body);
    if let Some(guid) = identifier(&text("id"), limits) {
        draft.guid.offer(0, guid);
    }
    for (rank, name) in ["url", "external_url"].into_iter().enumerate() {
        let link = text(name);
        if !link.trim().is_empty() {
            draft.link.offer(u32::try_from(rank).unwrap_or(u32::MAX), RawLink { text: link, base: None });
        }
    }
    if let Some(time) = dates::parse(&text("date_published")) {
        draft.published.offer(0, time);
    }
    if let Some(time) = dates::parse(&text("date_modified")) {
        draft.updated.offer(0, time);
    }
    let list = |name: &str| item.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or(&[]);
    for author in list("authors").iter().chain(item.get("author")) {
        let name = ["name", "url"].iter().map(|key| short(&string(author.get(key)))).find(|name| !name.is_empty());
        draft.author(name.unwrap_or_default());
    }
    for tag in list("tags") {
        draft.category(short(&string(Some(tag))));
    }
    for attachment in list("attachments") {
        let media_type = Some(short(&string(attachment.get("mime_type")))).filter(|t| !t.is_empty());
        let length = attachment.get("size_in_bytes").and_then(Value::as_u64);
        draft.enclosure(RawLink { text: string(attachment.get("url")), base: None }, media_type, length);
    }
    let language = short(&text("language"));
    draft.language = Some(language).filter(|l| !l.is_empty());
    draft
}

/// Reads the outermost object.
struct Document {
    limits: Limits,
}

impl<'de> DeserializeSeed<'de> for Document {
    type Value = Head;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Head, D::Error> {
        deserializer.deserialize_any(self)
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
            match key.as_str() {
                "items" => (head.drafts, head.left_out) = map.next_value_seed(Items { limits: self.limits })?,
                "version" | "title" | "home_page_url" | "feed_url" | "language" => {
                    let value = map.next_value()?;
                    head.fields.insert(key, value);
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
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
    type Value = (Option<Vec<ItemDraft>>, usize);

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Items {
    type Value = (Option<Vec<ItemDraft>>, usize);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of items")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok((Some(Vec::new()), 0))
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<Self::Value, S::Error> {
        let (mut drafts, mut left_out) = (Vec::new(), 0);
        while drafts.len() < self.limits.items {
            match list.next_element::<Value>()? {
                Some(Value::Object(item)) => drafts.push(draft(&item, self.limits)),
                Some(_) => {}
                None => return Ok((Some(drafts), left_out)),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {
            left_out += 1;
        }
        Ok((Some(drafts), left_out))
    }
}
