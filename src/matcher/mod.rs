//! The watchlist compiled, and what it finds in an item. Pure.

use crate::model::{Fields, Found, Item, WatchName};

/// What a watch looks for.
#[derive(Debug, Clone, PartialEq)]
pub struct WatchTerms {
    /// Its name, copied into its hits.
    pub name: WatchName,
    /// Words and phrases as written, joined by OR.
    pub terms: Vec<String>,
    /// Words and phrases that veto the whole item.
    pub exclude: Vec<String>,
    /// The fields that are read.
    pub fields: Fields,
}

/// Whether a term can be looked for at all; the error is a sentence for the user.
pub fn check_term(term: &str) -> Result<(), String> {
    let _ = term;
    todo!()
}

/// A watchlist compiled once and shared by all polls.
#[derive(Debug)]
pub struct Watchlist {}

impl Watchlist {
    /// Compiles the watches; their terms have passed [`check_term`].
    pub fn compile(watches: &[WatchTerms]) -> Self {
        let _ = watches;
        todo!()
    }

    /// What the watches that `listens` lets through find in the item, in the order of the watchlist.
    pub fn find(&self, item: &Item, listens: impl Fn(usize) -> bool) -> Vec<Found> {
        let _ = (item, &listens);
        todo!()
    }
}
