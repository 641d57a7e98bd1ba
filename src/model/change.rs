//! What the deduper found: an item that is new, or one whose text is not what it was.

use serde::{Deserialize, Serialize};

use super::alert::Guard;
use super::hit::Field;
use super::ids::WatchName;
use super::item::{Fingerprint, Item, ItemKey, ItemText};

/// An item that is new, or was edited.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Who it is.
    pub key: ItemKey,
    /// What it says now.
    pub fingerprint: Fingerprint,
    /// The item as it stands in the document now.
    pub item: Item,
    /// New or edited.
    pub kind: ChangeKind,
}

/// New or edited.
#[derive(Debug, Clone, PartialEq)]
pub enum ChangeKind {
    /// Never seen in this feed.
    New {
        /// Why this news is told as one thing with others, if it is.
        guard: Option<Guard>,
        /// Noted and matched, told to nobody: part of a silent baseline.
        silent: bool,
    },
    /// Known, with another text.
    Edited {
        /// The text before; `None` when it was pruned.
        earlier: Option<ItemText>,
        /// The watches that found it in an earlier text.
        found: Vec<WatchName>,
    },
}

/// One part of a word diff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffPart {
    /// Whether the words stayed, came or went.
    pub op: DiffOp,
    /// The words with their spaces; joined, the `equal` and `insert` parts give the new text.
    pub text: String,
}

/// What happened to the words of a [`DiffPart`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiffOp {
    /// In both texts.
    Equal,
    /// In the new text only.
    Insert,
    /// In the earlier text only.
    Delete,
}

/// A [`DiffPart`] and the field it belongs to; the shape of `diff` in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldDiff {
    /// Title, summary or body.
    pub field: Field,
    /// What happened, and the words.
    #[serde(flatten)]
    pub part: DiffPart,
}
