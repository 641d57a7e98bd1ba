//! Which element says what: from namespace and name to the field it fills, and how its text is written.

use super::hints::Hint;
use super::vocabulary::Ns;
use super::xml::Tag;

/// A field of an item or a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Title,
    Summary,
    Body,
    Guid(Permalink),
    Link,
    Published,
    Updated,
    /// `dc:date`.
    Dated,
    Author,
    Category,
    Language,
    /// What the feed says of its own rhythm.
    Hint(Hint),
}

/// Whether an identifier may stand in for a missing link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Permalink {
    /// `isPermaLink="true"`.
    Said,
    /// An RSS guid that says nothing: by the specification it is one, in the wild only if it looks like one.
    Perhaps,
    /// `isPermaLink="false"`, or an Atom id, which never was one.
    No,
}

impl Field {
    /// Whether markup inside is unlikely, so that another field in it means a missing end tag.
    pub(super) fn is_short(self) -> bool {
        !matches!(self, Field::Summary | Field::Body | Field::Author)
    }
}

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Markup, escaped or as elements.
    Html,
    /// Plain, though what is plainly markup is read as such.
    Plain,
    /// Base 64 (Atom 0.3, 3.1.2; RFC 4287, 4.1.3.3): markup when it is text at all.
    Base64,
}

/// The field that an element fills, and a rank among those that fill the same: the first in order of preference.
pub(super) fn field(ns: Ns, local: &str, tag: &Tag<'_>) -> Option<(Field, u32)> {
    let own = matches!(ns, Ns::Rss | Ns::Atom);
    Some(match (ns, local) {
        (_, "title") if own => (Field::Title, 0),
        (Ns::Dublin, "title") => (Field::Title, 0),
        (Ns::Media, "title") => (Field::Title, 1),
        (Ns::Itunes, "title") => (Field::Title, 2),
        (_, "link" | "url" | "uri") if own => (Field::Link, if local == "link" { 0 } else { 5 }),
        (_, "guid" | "id") if own => {
            let said = tag.attribute("ispermalink").map(|v| v.trim().to_ascii_lowercase());
            let permalink = match said.as_deref() {
                _ if local == "id" => Permalink::No,
                Some("false") => Permalink::No,
                Some("true") => Permalink::Said,
                _ => Permalink::Perhaps,
            };
            (Field::Guid(permalink), 0)
        }
        (Ns::Dublin, "identifier") => (Field::Guid(Permalink::No), 10),
        (_, "description" | "summary" | "abstract") if own => (Field::Summary, 0),
        (Ns::Dublin, "description" | "abstract") => (Field::Summary, 1),
        (Ns::Itunes, "summary") => (Field::Summary, 2),
        (Ns::Media, "description" | "text") => (Field::Summary, 3),
        (Ns::Itunes, "subtitle") => (Field::Summary, 4),
        (_, "content") if own => (Field::Body, 1),
        (Ns::Content, "encoded") => (Field::Body, 0),
        (_, "fulltext" | "fullitem" | "encoded") if own => (Field::Body, 2),
        (Ns::Xhtml, "body" | "div") => (Field::Body, 3),
        (_, "body") if own => (Field::Body, 3),
        (_, "pubdate" | "published" | "issued") if own => (Field::Published, 0),
        (Ns::Dublin, "issued") => (Field::Published, 1),
        (_, "created") if own => (Field::Published, 3),
        (Ns::Dublin, "created") => (Field::Published, 3),
        (_, "updated" | "modified") if own => (Field::Updated, 0),
        (_, "lastbuilddate") if own => (Field::Updated, 0),
        (Ns::Dublin, "modified") => (Field::Updated, 1),
        (Ns::Dublin, "date") => (Field::Dated, 0),
        (_, "author" | "dc:creator") if own => (Field::Author, 0),
        (Ns::Dublin, "creator") => (Field::Author, 0),
        (Ns::Itunes, "author") => (Field::Author, 1),
        (_, "category") if own => (Field::Category, 0),
        (Ns::Dublin, "subject") => (Field::Category, 0),
        (_, "language") if own => (Field::Language, 0),
        (Ns::Dublin, "language") => (Field::Language, 0),
        (Ns::Rss, "ttl") => (Field::Hint(Hint::Ttl), 0),
        (Ns::Syndication, "updateperiod") => (Field::Hint(Hint::Period), 0),
        (Ns::Syndication, "updatefrequency") => (Field::Hint(Hint::Frequency), 0),
        _ => return None,
    })
}

/// Elements whose content belongs to something other than the item or feed around them.
pub(super) fn is_aside(ns: Ns, local: &str) -> bool {
    match ns {
        Ns::Rss | Ns::Atom => matches!(
            local,
            "image" | "textinput" | "source" | "contributor" | "cloud" | "skiphours" | "skipdays" | "generator"
        ),
        Ns::Itunes => matches!(local, "owner" | "image"),
        _ => false,
    }
}

fn is_opaque(media_type: &str) -> bool {
    media_type.contains('/')
        && !media_type.starts_with("text/")
        && !media_type.contains("xml")
        && !media_type.contains("html")
}

/// The style of an element's text by its `type` and `mode`, where it has them, else by its format.
pub(super) fn style(ns: Ns, atom: bool, field: Field, tag: &Tag<'_>) -> Style {
    let lower = |name: &str| tag.attribute(name).map(|v| v.trim().to_ascii_lowercase());
    if lower("mode").as_deref() == Some("base64") {
        return Style::Base64;
    }
    match lower("type").as_deref() {
        None | Some("") if ns == Ns::Atom || (ns == Ns::Rss && atom) => Style::Plain,
        None | Some("") => Style::Html,
        Some("text" | "plain" | "text/plain") => Style::Plain,
        // Content of any other kind is base 64 (RFC 4287, 4.1.3.3).
        Some(other) if field == Field::Body && ns == Ns::Atom && is_opaque(other) => Style::Base64,
        Some(_) => Style::Html,
    }
}
