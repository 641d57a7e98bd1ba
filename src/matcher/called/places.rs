//! Countries and cities under the names that CLDR has for them, in all languages.
//!
//! `places.tsv` is made by `examples/places.rs` from CLDR (Unicode-3.0). What stands there is a name for the place and
//! may be an ordinary word of another language, so a text must write it with a capital where its script has any, and a
//! short one counts only in the languages that have it.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::text::fold::{self, Class};
use crate::text::token::{Dots, read};

/// A line a place: its English name, then its other names, by tabs; behind a short one `|` and its languages.
static TABLE: &str = include_str!("places.tsv");

/// The table, made ready when the first name asks.
static PLACES: LazyLock<Places> = LazyLock::new(Places::new);

/// Another name of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alias {
    /// As CLDR writes it.
    pub name: &'static str,
    /// The languages that have it, by commas; "" where it is long enough for all.
    languages: &'static str,
}

struct Places {
    /// Lines by the folded names that stand in them.
    by_name: HashMap<String, Vec<&'static str>>,
    /// Languages and the scripts in which the table has their names.
    written: HashSet<(&'static str, Class)>,
}

impl Places {
    fn new() -> Self {
        let mut by_name: HashMap<String, Vec<&'static str>> = HashMap::new();
        let mut written = HashSet::new();
        for line in TABLE.lines() {
            for alias in aliases(line) {
                let lines = by_name.entry(folded(alias.name)).or_default();
                if lines.last() != Some(&line) {
                    lines.push(line);
                }
                if !alias.languages.is_empty() {
                    let class = class(alias.name);
                    written.extend(alias.languages.split(',').map(|l| (l, class)));
                }
            }
        }
        Self { by_name, written }
    }
}

/// The other names of the places that are called so; in English, or else in any language.
pub fn of(name: &str) -> Vec<Alias> {
    let form = folded(name);
    let Some(lines) = PLACES.by_name.get(&form) else { return Vec::new() };
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
        let has_own = PLACES.written.contains(&(primary.as_str(), class(self.name)));
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
mod tests {
    use super::*;

    fn has(name: &str, other: &str) -> bool {
        of(name).iter().any(|a| a.name == other)
    }

    #[test]
    fn places_have_their_names_in_every_language() {
        for (name, other) in [
            ("Helsinki", "赫尔辛基"),
            ("helsinki", "Хельсинки"),
            ("Germany", "Deutschland"),
            ("Deutschland", "Germany"),
            ("Ελλάδα", "Greece"),
            ("Egypt", "مصر"),
            ("New York", "Нью-Йорк"),
            ("Япония", "日本"),
        ] {
            assert!(has(name, other), "{name}: {:?}", of(name));
        }
        assert!(of("Pompeo").is_empty() && of("").is_empty());
    }

    #[test]
    fn a_name_that_is_a_word_elsewhere_needs_its_capital_and_its_language() {
        let all = of("China");
        let kina = all.iter().find(|a| a.name == "Kina").expect("Danish has it");
        assert!(kina.means("Kina", Some("da")) && kina.means("Kina", None) && kina.means("Kina", Some("ar")));
        assert!(!kina.means("kina", Some("da")) && !kina.means("Kina", Some("pl")));
        let togo = of("Togo");
        let togo = togo.iter().find(|a| a.name == "Того").expect("Russian has it");
        assert!(togo.means("Того", Some("ru")) && !togo.means("того", Some("ru")) && !togo.means("Того", Some("be")));
    }
}
