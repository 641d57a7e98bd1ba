//! What a name would find, for people to look at.

use super::super::names::Sensitivity;
use super::super::names::expand::{InScript, expand};
use super::notes::{Closeness, Note, notes};
use super::{name, places};

/// A name as it is looked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Expanded {
    /// Its words that say who is meant; the last one is the one by which people are called.
    pub parts: Vec<PartView>,
    /// Names that CLDR has for it, where it is a place.
    pub places: Vec<&'static str>,
    /// What should be known of it.
    pub notes: Vec<Note>,
}

/// A word of a name.
#[derive(Debug, Clone, PartialEq)]
pub struct PartView {
    /// As the name has it.
    pub word: String,
    /// What it is found as in other scripts.
    pub scripts: Vec<InScript>,
}

/// What a name would find.
pub fn expanded(name: &str, sensitivity: Sensitivity) -> Expanded {
    let words = name::parts(name).words;
    Expanded {
        parts: words
            .iter()
            .map(|w| PartView { word: w.to_string(), scripts: expand(w, sensitivity, true).scripts })
            .collect(),
        places: places::of(name).into_iter().map(|a| a.name).collect(),
        notes: notes(name, &[], sensitivity, Closeness::Spellings),
    }
}
