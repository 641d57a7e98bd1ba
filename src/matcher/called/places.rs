//! Countries and cities under the names that CLDR has for them, in all languages.
//!
//! `places.tsv` is made by `examples/places.rs` from CLDR (Unicode-3.0), `places.index` of it by a test. What stands there is a
//! name for the place and may be an ordinary word of another language, so a text must write it with a capital where its script has any, and a
//! short one counts only in the languages that have it.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::model::ids::hash64;
use crate::text::fold::{self, Class};
use crate::text::token::{Dots, read};

/// A line a place: its English name, then its other names, by tabs; behind a short one `|` and its languages.
static TABLE: &str = include_str!("places.tsv");

/// Where names stand in the table: of each, once a line, 32 bits of a hash of its folded form and where its line begins,
/// both little-endian, in ascending order. Folding all of the table at each start took as long as all else of a start.
static INDEX: &[u8] = include_bytes!("places.index");

/// Languages and the scripts in which the table has their names.
static WRITTEN: LazyLock<HashSet<(&str, Class)>> = LazyLock::new(|| {
    let local = TABLE.lines().flat_map(aliases).filter(|alias| !alias.languages.is_empty());
    local.flat_map(|alias| alias.languages.split(',').map(move |l| (l, class(alias.name)))).collect()
});

/// Another name of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alias {
    /// As CLDR writes it.
    pub name: &'static str,
    /// The languages that have it, by commas; "" where it is long enough for all.
    languages: &'static str,
}

/// An entry of the index.
type Entry = [u8; 8];

fn hash(form: &str) -> u32 {
    hash64(form) as u32
}

/// The lines in which a name stands.
fn lines(form: &str) -> Vec<&'static str> {
    let (entries, _) = INDEX.as_chunks::<8>();
    let half = |entry: &Entry, at: usize| u32::from_le_bytes([entry[at], entry[at + 1], entry[at + 2], entry[at + 3]]);
    let hash = hash(form);
    let from = entries.partition_point(|entry| half(entry, 0) < hash);
    let same = entries[from..].iter().take_while(|entry| half(entry, 0) == hash);
    same.filter_map(|entry| TABLE.get(half(entry, 4) as usize..)?.lines().next())
        .filter(|line| aliases(line).any(|alias| folded(alias.name) == form))
        .collect()
}

/// The other names of the places that are called so; in English, or else in any language.
pub fn of(name: &str) -> Vec<Alias> {
    let form = folded(name);
    let lines = lines(&form);
    let english = |line: &&str| folded(line.split('\t').next().unwrap_or("")) == form;
    let chosen: Vec<&&str> =
        if lines.iter().any(english) { lines.iter().filter(|l| english(l)).collect() } else { lines.iter().collect() };
    let mut out: Vec<Alias> = chosen.into_iter().flat_map(|l| aliases(l)).filter(|a| folded(a.name) != form).collect();
    out.sort_unstable_by_key(|a| a.name);
    out.dedup_by_key(|a| a.name);
    out
}

impl Alias {
    /// Whether a text of this language means the place where it has these letters.
    pub fn means(&self, cut: &str, tag: Option<&str>) -> bool {
        let small = |text: &str| text.starts_with(char::is_lowercase);
        if small(cut) && !small(self.name) {
            return false;
        }
        let Some(tag) = tag.filter(|_| !self.languages.is_empty()) else { return true };
        let primary = tag.trim().split(['-', '_']).next().unwrap_or("").to_ascii_lowercase();
        // Feeds call many a text English that is not; a language that is never written so says nothing.
        let has_own = WRITTEN.contains(&(primary.as_str(), class(self.name)));
        !has_own || self.languages.split(',').any(|l| l == primary)
    }
}

fn aliases(line: &'static str) -> impl Iterator<Item = Alias> {
    line.split('\t').map(|field| {
        let (name, languages) = field.split_once('|').unwrap_or((field, ""));
        Alias { name, languages }
    })
}

fn folded(name: &str) -> String {
    let tokens = read(name, Dots::Plain);
    let forms: Vec<&str> = tokens.list.iter().map(|t| tokens.form(t)).collect();
    forms.join(" ")
}

fn class(name: &str) -> Class {
    name.chars().find(|c| c.is_alphabetic()).map_or(Class::Other, |c| fold::row(c).class)
}

#[cfg(test)]
mod tests;
