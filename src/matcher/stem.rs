//! Terms that are looked for by their stems (`stem = true`).
//!
//! What the stem of a term is depends on the language of the text, so there is a compiled list for each language, made when the
//! first text in it comes: the stems of all such terms as patterns in an index of their own, and in it the stems of the text.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::text::language::Language;
use crate::text::stem::Stemming;

use super::index::Index;
use super::pattern::{Pattern, stem_pattern};
use super::search::{Raw, Search};
use super::{Seen, Use};

/// The terms of all watches that stem.
#[derive(Debug)]
pub struct Stems {
    terms: Vec<(Box<str>, Use)>,
    by_language: [OnceLock<Compiled>; Stemming::COUNT],
}

/// The terms as one language has them.
#[derive(Debug)]
struct Compiled {
    patterns: Vec<Pattern>,
    /// Who uses each.
    uses: Vec<Vec<Use>>,
    index: Index,
}

impl Default for Stems {
    fn default() -> Self {
        Self { terms: Vec::new(), by_language: [const { OnceLock::new() }; Stemming::COUNT] }
    }
}

impl Stems {
    /// Adds a term, while the watchlist is compiled.
    pub fn add(&mut self, term: &str, it: Use) {
        self.terms.push((term.into(), it));
    }

    /// What is found by stems in a text.
    pub fn find(&self, text: &str, language: Language) -> Vec<(Use, Raw)> {
        if self.terms.is_empty() {
            return Vec::new();
        }
        let compiled = self.by_language[language.stemming.number()].get_or_init(|| self.compile(language));
        if compiled.patterns.is_empty() {
            return Vec::new();
        }
        let search = Search::new(&compiled.patterns, &compiled.index, text, language).for_stems();
        let raws = search.map(|mut s| s.run()).unwrap_or_default();
        raws.into_iter().flat_map(|raw| compiled.uses[raw.pattern as usize].iter().map(move |u| (*u, raw))).collect()
    }

    fn compile(&self, language: Language) -> Compiled {
        let mut known: HashMap<Pattern, usize> = HashMap::new();
        let (mut patterns, mut uses) = (Vec::new(), Vec::new());
        for (term, it) in &self.terms {
            let Some(pattern) = stem_pattern(term, language) else { continue };
            let place = *known.entry(pattern).or_insert_with_key(|pattern| {
                patterns.push(pattern.clone());
                uses.push(Vec::new());
                patterns.len() - 1
            });
            uses[place].push(*it);
        }
        Compiled { index: Index::build(&patterns), patterns, uses }
    }
}

/// Adds what was found by stems in the text last searched to what was found without, but where the same term was found
/// there without.
pub fn add(seen: &mut Vec<Seen>, stems: impl Iterator<Item = Seen>) {
    let stems: Vec<Seen> = stems.collect();
    let Some(at) = stems.first().map(|s| s.at) else { return };
    let mut plain: Vec<(u32, u32, u32)> =
        seen.iter().filter(|s| s.at == at).map(|s| (s.term, s.start, s.end)).collect();
    plain.sort_unstable();
    seen.extend(stems.into_iter().filter(|s| {
        let next = plain.partition_point(|(term, start, _)| (*term, *start) < (s.term, s.end));
        !next.checked_sub(1).is_some_and(|i| plain[i].0 == s.term && plain[i].2 > s.start)
    }));
}
