//! What a watch asks of the rest of the program beside its terms: where it listens, when it speaks, and to whom.

use super::hit::Fields;
use super::ids::{FeedName, NotifierName, WatchName};

/// A watch without its terms (the matcher owns those).
#[derive(Debug, Clone, PartialEq)]
pub struct WatchRule {
    /// Its name, unique in the configuration.
    pub name: WatchName,
    /// The feeds it listens to, tags resolved; `None`: all.
    pub feeds: Option<Vec<FeedName>>,
    /// The fields it reads.
    pub fields: Fields,
    /// The changes it speaks of.
    pub on: On,
    /// Whom it tells.
    pub notify: Vec<NotifierName>,
}

/// The changes a watch speaks of; at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct On {
    /// Once an item: when the watch first finds it.
    pub new: bool,
    /// Later changes of the text it reads.
    pub edited: bool,
}

impl Default for On {
    fn default() -> Self {
        Self { new: true, edited: true }
    }
}
