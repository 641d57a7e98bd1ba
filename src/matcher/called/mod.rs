//! What is called by a name: a person, a place, an institution, in whatever script a text writes it.
//!
//! [`name`] takes a name apart. Its own spelling, its aliases and the names that CLDR has for a place ([`places`]) are
//! patterns like those of terms, and stand in the same index; what its words become in other scripts the learnt model
//! says of each word of a text ([`words`], [`recogniser`], [`cache`]). Parts of a full name that stand [`near`] one another are one hit; the last
//! part counts alone where it is rare enough to mean the person.

mod cache;
mod name;
mod near;
mod notes;
mod ordinary;
mod places;
mod recogniser;
mod resolve;
mod view;
mod words;

use std::collections::HashMap;

use crate::model::How;

use super::names::Sensitivity;
use super::search::Raw;
use super::{QUERIES, Role};

pub use name::check_name;
pub use notes::{Closeness, Note, doubtful, notes};
use recogniser::{Key, Recognisers};
pub use view::{Expanded, PartView, expanded};

/// A name of a watch, or of a query.
#[derive(Debug)]
struct Entry {
    /// The watch, or [`QUERIES`].
    watch: u32,
    /// Its place among the terms.
    term: u32,
    /// Full names of the same watch that have this one, which is too short to count alone, as a part.
    backers: Vec<u32>,
}

/// A word of a name.
#[derive(Debug)]
struct Part {
    entry: u32,
    /// As the name writes it.
    written: Box<str>,
    kind: Kind,
    /// It has too few letters to count alone in another script.
    short: bool,
    /// Languages in which it is too common as it is written to count alone.
    common: Box<[[u8; 2]]>,
}

/// What a part says by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It is the whole name.
    Whole,
    /// All words of a full name written as one.
    Joined,
    /// The part by which people are called.
    Last,
    /// A given name and the like: it says nothing alone.
    Other,
}

/// The names of a watchlist, as they are gathered.
#[derive(Debug, Default)]
pub struct Naming {
    entries: Vec<Entry>,
    parts: Vec<Part>,
    /// Words for the model, and the parts that each is.
    sought: Vec<Key>,
    by_sought: Vec<Vec<u32>>,
    known: HashMap<Key, u32>,
    places: Vec<places::Alias>,
}

impl Naming {
    /// Adds a name of a watch, and returns what is to be looked for as it is written, with its role.
    pub fn add(&mut self, watch: u32, term: u32, name: &str, sensitivity: Sensitivity) -> Vec<(Box<str>, Role)> {
        let mut patterns: Vec<(Box<str>, Role)> = vec![(name.into(), Role::Term)];
        let parts = name::parts(name);
        let entry = self.entries.len() as u32;
        let several = parts.words.len() > 1;
        for (i, word) in parts.words.iter().enumerate() {
            let kind = match (several, i + 1 == parts.words.len()) {
                (false, _) => Kind::Whole,
                (true, true) => Kind::Last,
                (true, false) => Kind::Other,
            };
            let part = self.part(entry, word, kind, sensitivity);
            if several {
                patterns.push((word.clone(), Role::Part(part)));
            }
        }
        if let Some(joined) = &parts.joined {
            self.part(entry, joined, Kind::Joined, sensitivity);
            patterns.push((joined.clone(), Role::Term));
        }
        self.entries.push(Entry { watch, term, backers: Vec::new() });
        for alias in places::of(name) {
            patterns.push((alias.name.into(), Role::Place(self.places.len() as u32)));
            self.places.push(alias);
        }
        patterns
    }

    fn part(&mut self, entry: u32, word: &str, kind: Kind, sensitivity: Sensitivity) -> u32 {
        let id = self.parts.len() as u32;
        let common = if kind == Kind::Last { ordinary::common_in(word, sensitivity) } else { Box::default() };
        let short = name::is_short(word);
        self.parts.push(Part { entry, written: word.into(), kind, short, common });
        let beside = short || matches!(kind, Kind::Last | Kind::Other);
        let next = self.sought.len() as u32;
        let key: Key = (word.into(), sensitivity, beside);
        let sought = *self.known.entry(key.clone()).or_insert(next);
        if sought == next {
            self.sought.push(key);
            self.by_sought.push(Vec::new());
        }
        self.by_sought[sought as usize].push(id);
        id
    }
}

/// The names of a watchlist.
#[derive(Debug)]
pub struct Called {
    entries: Vec<Entry>,
    parts: Vec<Part>,
    sought: Vec<Key>,
    by_sought: Vec<Vec<u32>>,
    recognisers: Recognisers,
    places: Vec<places::Alias>,
}

impl Called {
    /// Compiles what was gathered.
    pub fn new(mut naming: Naming) -> Self {
        back(&mut naming);
        let Naming { entries, parts, sought, by_sought, places, .. } = naming;
        let recognisers = Recognisers::new(&sought, None);
        Self { entries, parts, sought, by_sought, recognisers, places }
    }

    /// Takes over what an earlier watchlist has compiled and learnt of words that both seek.
    pub fn take_over(&mut self, earlier: &Called) {
        self.recognisers = Recognisers::new(&self.sought, Some(&earlier.recognisers));
    }

    /// Whether there are no names.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// A part as its name writes it.
    pub fn written(&self, part: u32) -> &str {
        &self.parts[part as usize].written
    }

    /// Whether a part is too common a word in this language to count alone; in one that nobody names, in any.
    pub fn is_common(&self, part: u32, tag: Option<&str>) -> bool {
        let common = &self.parts[part as usize].common;
        let primary = tag.map(|t| t.trim().split(['-', '_']).next().unwrap_or("").to_ascii_lowercase());
        common.iter().any(|language| primary.as_ref().is_none_or(|p| p.as_bytes() == language))
    }

    /// Whether this text, found as another name of a place, means the place in a text of this language.
    pub fn is_place(&self, place: u32, cut: &str, tag: Option<&str>) -> bool {
        self.places[place as usize].means(cut, tag)
    }
}

/// Names too short to count alone learn which full names of their watch have them as a part.
fn back(naming: &mut Naming) {
    let lone = |p: &Part| p.kind == Kind::Whole && p.short;
    if !naming.parts.iter().any(lone) {
        return;
    }
    let mut having: HashMap<(u32, &str), Vec<u32>> = HashMap::new();
    for part in naming.parts.iter().filter(|p| matches!(p.kind, Kind::Last | Kind::Other)) {
        let watch = naming.entries[part.entry as usize].watch;
        having.entry((watch, &part.written)).or_default().push(part.entry);
    }
    let backed: Vec<(u32, Vec<u32>)> = naming
        .parts
        .iter()
        .filter(|p| lone(p))
        .filter_map(|p| {
            let watch = naming.entries[p.entry as usize].watch;
            Some((p.entry, having.get(&(watch, &*p.written)).filter(|_| watch != QUERIES)?.clone()))
        })
        .collect();
    for (entry, backers) in backed {
        naming.entries[entry as usize].backers = backers;
    }
}

/// A part of a name found in a text.
#[derive(Debug, Clone, Copy)]
pub struct PartSeen {
    part: u32,
    /// Place of the field among the texts that are read.
    at: usize,
    start: u32,
    end: u32,
    how: How,
    /// It would do alone, as far as the model goes.
    alone: bool,
    /// The language of the text is one where the part is too common a word to mean the person alone.
    common: bool,
}

impl PartSeen {
    /// Found as it is written.
    pub fn written(part: u32, at: usize, raw: Raw, how: How, common: bool) -> Self {
        Self { part, at, start: raw.start, end: raw.end, how, alone: true, common }
    }
}
