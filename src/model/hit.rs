//! A term found in a change: where, and what it took to see it.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A part of an item that a watch can look into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The headline.
    Title,
    /// The teaser.
    Summary,
    /// The text, as far as the feed carries it.
    Body,
    /// Names of its authors.
    Author,
    /// Its labels.
    Category,
    /// Its address.
    Link,
}

impl Field {
    /// Every field, in the order in which hits are shown.
    pub const ALL: [Field; 6] =
        [Field::Title, Field::Summary, Field::Body, Field::Author, Field::Category, Field::Link];

    /// The word of the configuration and of JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Field::Title => "title",
            Field::Summary => "summary",
            Field::Body => "body",
            Field::Author => "author",
            Field::Category => "category",
            Field::Link => "link",
        }
    }

    /// The field of this name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.as_str() == word)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of fields: which ones a watch reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fields(u8);

impl Fields {
    /// Title, summary and body: what is read where a watch does not say.
    pub const TEXT: Fields = Fields(0b111);
    /// No field at all.
    pub const NONE: Fields = Fields(0);

    /// With this field too.
    #[must_use]
    pub fn with(self, field: Field) -> Self {
        Self(self.0 | 1 << field as u8)
    }

    /// Whether this field is read.
    pub fn contains(self, field: Field) -> bool {
        self.0 & (1 << field as u8) != 0
    }
}

/// What it took to see the term in the text; later words need more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// As written.
    Exact,
    /// After folding case, width, accents, and the like.
    Folded,
    /// Behind a prefix or before a suffix of its language.
    Affix,
    /// By the stem of the word.
    Stem,
    /// By a wildcard or regular expression.
    Pattern,
    /// Under another name that the user or CLDR gives.
    Alias,
    /// As a name in another script.
    Name,
}

/// A term found in a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// The watch that looks for it.
    pub watch: super::WatchName,
    /// The term as the watch writes it.
    pub term: Arc<str>,
    /// What it took.
    pub how: How,
    /// Where it stands.
    pub field: Field,
    /// First byte in the field's plain text.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
    /// Exactly the bytes `start..end`.
    pub text: Arc<str>,
    /// It stands in the text before the edit, not in the item as it is now (only where a term left).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub earlier: bool,
}

/// The hits of one watch in one item.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The place of the watch in the list that was compiled.
    pub watch: usize,
    /// In the order of fields, then of their start; at least one.
    pub hits: Vec<Hit>,
}
