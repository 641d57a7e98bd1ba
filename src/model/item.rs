//! One entry of a feed: who it is ([`ItemKey`]) and what it says ([`ItemText`], [`Fingerprint`]).

use serde::{Deserialize, Serialize};

use super::ids::hash64;
use super::time::Time;

/// An item as the parser read it. All text is plain: no markup, entities resolved, white space folded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Item {
    /// RSS `guid`, Atom or JSON Feed `id`, trimmed; never blank.
    pub guid: Option<String>,
    /// Absolute, `http` or `https` only.
    pub link: Option<String>,
    /// Title, summary and body.
    pub text: ItemText,
    /// Names, else addresses.
    pub authors: Vec<String>,
    /// Labels as the feed writes them.
    pub categories: Vec<String>,
    /// Attached media.
    pub enclosures: Vec<Enclosure>,
    /// When it was first published, as the feed says.
    pub published: Option<Time>,
    /// When it was last changed, as the feed says.
    pub updated: Option<Time>,
    /// BCP 47, where the item or its feed says it.
    pub language: Option<String>,
}

/// The three fields that watches read by default; byte spans of hits are offsets into these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemText {
    /// "" when absent.
    pub title: String,
    /// RSS `description`, Atom `summary`; "" when absent.
    pub summary: String,
    /// RSS `content:encoded`, Atom and JSON Feed content; "" when absent.
    pub body: String,
}

/// Attached media (RSS 2.0 `enclosure`, Atom `rel="enclosure"`, JSON Feed attachment).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enclosure {
    /// Absolute address.
    pub url: String,
    /// Media type as given, such as `audio/mpeg`.
    #[serde(rename = "type")]
    pub media_type: Option<String>,
    /// Bytes, as the feed says.
    pub length: Option<u64>,
}

/// Which rung of the ladder of identity named an item: its guid, else its link, else title and date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// The feed's own identifier.
    #[default]
    Guid,
    /// The link without fragment and tracking parameters.
    Link,
    /// A hash of title and date.
    Content,
}

/// Who an item is, within its feed: stable for as long as the store remembers it, at most [`ItemKey::LIMIT`] bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemKey {
    /// The rung that named it.
    pub kind: KeyKind,
    /// The text shown as `key` in JSON.
    pub text: String,
}

impl ItemKey {
    /// Longest key kept as it stands, in bytes; feeds with guids of megabytes exist.
    pub const LIMIT: usize = 512;

    /// A key from an identifier; one that is too long is cut and told apart by its hash.
    pub fn new(kind: KeyKind, identifier: &str) -> Self {
        let text = if identifier.len() <= Self::LIMIT {
            identifier.to_owned()
        } else {
            let mut end = Self::LIMIT - 20;
            while !identifier.is_char_boundary(end) {
                end -= 1;
            }
            format!("{}…{:016x}", &identifier[..end], hash64(identifier))
        };
        Self { kind, text }
    }
}

/// What an item says, as a hash over its text without what is noise (see `deduper`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub u64);
