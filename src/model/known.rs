//! What is remembered of an item, and how a document asks for it.

use serde::{Deserialize, Serialize};

use super::ids::WatchName;
use super::item::{Fingerprint, Item, ItemKey, ItemText};
use super::time::Time;

/// The hashes by which an item can be recognised; any of them may find it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marks {
    /// Of its guid.
    pub guid: Option<u64>,
    /// Of its link without fragment and tracking parameters.
    pub link: Option<u64>,
    /// Of its title and date.
    pub content: u64,
}

/// A question to the store: do you know an item with one of these marks, and is its text still this one?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// What it is recognised by.
    pub marks: Marks,
    /// What it says now; the text of a known item is handed out only where this differs.
    pub fingerprint: Fingerprint,
}

/// What the store remembers of an item.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// Its row in the store.
    pub row: i64,
    /// Its text when last seen; `None` where it was not asked for or has been pruned.
    pub text: Option<ItemText>,
    /// Everything else.
    pub record: ItemRecord,
}

/// What is kept of an item beside its text, so that a watch can be tried on it later.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Absolute.
    pub link: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
    /// As the feed writes them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<String>,
    /// As the feed writes them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
}

impl About {
    /// Of an item as it stands in its document.
    pub fn of(item: &Item) -> Self {
        Self {
            link: item.link.clone(),
            language: item.language.clone(),
            authors: item.authors.clone(),
            categories: item.categories.clone(),
        }
    }
}

/// What the store is to remember of an item.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemRecord {
    /// Who it is; never changes.
    pub key: ItemKey,
    /// How it is recognised now.
    pub marks: Marks,
    /// What it says now.
    pub fingerprint: Fingerprint,
    /// What it said before, oldest first, at most [`ItemRecord::HISTORY`].
    pub history: Vec<Fingerprint>,
    /// As the feed says.
    pub published: Option<Time>,
    /// The poll that found it.
    pub first_seen: Time,
    /// Since when it stands no longer in its feed's document.
    pub left: Option<Time>,
    /// The watches that have found it, told or not.
    pub found: Vec<WatchName>,
    /// Link, language, authors, categories; `None` where it was not asked for or is kept no longer. Written so, what is
    /// kept of it stays.
    pub about: Option<About>,
}

/// An item that the store is to remember anew.
#[derive(Debug, Clone, PartialEq)]
pub struct Remembered {
    /// Its row, where it is known.
    pub row: Option<i64>,
    /// What is known of it from now on.
    pub record: ItemRecord,
    /// Its text where that is new; else what is kept stays.
    pub text: Option<ItemText>,
}

impl ItemRecord {
    /// How many earlier texts are remembered: a headline that flips between a few is recognised, a ticker is bounded.
    pub const HISTORY: usize = 32;
}
