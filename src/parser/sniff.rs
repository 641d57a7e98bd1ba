//! What a document is before it is read, and why it is no feed when it is none.

use html5gum::{Token, Tokenizer};
use url::Url;

use super::{NotAFeed, links};
use crate::text::shown::line;

/// How much of a page is searched for the feed it links to; such links stand in its head.
const PAGE_HEAD: usize = 256 * 1024;

/// What a text looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// JSON of some sort.
    Json,
    /// XML or HTML.
    Markup,
}

fn no(reason: impl Into<String>) -> NotAFeed {
    NotAFeed { reason: reason.into() }
}

/// Refuses what can be told by its bytes alone.
pub(super) fn bytes(bytes: &[u8]) -> Result<(), NotAFeed> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(no("the document is empty"));
    }
    let magic: &[(&[u8], &str)] = &[
        (&[0x1F, 0x8B], "the body is gzip, though no Content-Encoding says so"),
        (&[0x28, 0xB5, 0x2F, 0xFD], "the body is zstd, though no Content-Encoding says so"),
        (b"PK\x03\x04", "this is a zip archive, not a feed"),
        (b"%PDF-", "this is a PDF document, not a feed"),
        (b"\x89PNG", "this is an image, not a feed"),
        (b"\xFF\xD8\xFF", "this is an image, not a feed"),
        (b"GIF8", "this is an image, not a feed"),
    ];
    match magic.iter().find(|(start, _)| bytes.starts_with(start)) {
        Some((_, reason)) => Err(no(*reason)),
        None => Ok(()),
    }
}

/// Tells JSON from markup, and refuses what is neither.
pub(super) fn text(text: &str, bytes: &[u8]) -> Result<Kind, NotAFeed> {
    let start = text.trim_start();
    match start.bytes().next() {
        Some(b'{' | b'[') => Ok(Kind::Json),
        _ if start.contains('<') => Ok(Kind::Markup),
        None => Err(no("this is binary data, not a feed")),
        Some(_) => {
            let odd = bytes
                .iter()
                .take(4096)
                .filter(|b| **b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r' | 0x0C | 0x1B))
                .count();
            Err(no(if odd * 20 > bytes.len().min(4096) {
                "this is binary data, not a feed"
            } else {
                "this is plain text, not a feed"
            }))
        }
    }
}

/// Why markup that holds no feed is none.
pub(super) fn not_a_feed(text: &str, root: Option<&str>, base: Option<&Url>) -> NotAFeed {
    let Some(root) = root else { return no("there is markup but no element in it, so this is no feed") };
    if !is_page(root) {
        return no(format!(
            "this is XML whose first element is `{}`, not a feed",
            line(&root.chars().take(40).collect::<String>())
        ));
    }
    match linked_feed(text, base) {
        Some(url) => no(format!("this is a web page, not a feed; the feed it links to is {url}")),
        None => no("this is a web page, not a feed, and it links to none"),
    }
}

/// Whether a first element is that of a web page.
pub(super) fn is_page(root: &str) -> bool {
    ["html", "head", "body", "title", "meta", "div", "p", "script", "h1", "center"]
        .iter()
        .any(|name| root.eq_ignore_ascii_case(name))
}

/// The address of the first `<link rel="alternate">` of a feed type.
fn linked_feed(text: &str, base: Option<&Url>) -> Option<Url> {
    let head = &text[..text.floor_char_boundary(PAGE_HEAD)];
    Tokenizer::new(head).flatten().find_map(|token| {
        let Token::StartTag(tag) = token else { return None };
        if tag.name.0 != b"link" {
            return None;
        }
        let value = |name: &[u8]| {
            let value = tag.attributes.iter().find(|(known, _)| known.0 == name).map(|(_, value)| value);
            value.map(|v| String::from_utf8_lossy(v).trim().to_owned())
        };
        let rel = value(b"rel")?.to_ascii_lowercase();
        let media_type = value(b"type")?.to_ascii_lowercase();
        let feed = ["application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"];
        if !rel.split_ascii_whitespace().any(|word| word == "alternate")
            || !feed.iter().any(|t| media_type.starts_with(t))
        {
            return None;
        }
        links::absolute(&value(b"href")?, base)
    })
}
