//! What goes by another name than before: `was = "old name"` in the configuration.

use super::ids::{FeedName, NotifierName, WatchName};

/// Old names, each with the new one; no new name is the old name of another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Renames {
    /// Feeds: the history goes along.
    pub feeds: Vec<(FeedName, FeedName)>,
    /// Watches: what they have found, so that it is not told again.
    pub watches: Vec<(WatchName, WatchName)>,
    /// Notifiers: what they are owed, what they were told, and whether they are off.
    pub notifiers: Vec<(NotifierName, NotifierName)>,
}

impl Renames {
    /// None at all.
    pub fn is_empty(&self) -> bool {
        self.feeds.is_empty() && self.watches.is_empty() && self.notifiers.is_empty()
    }
}
