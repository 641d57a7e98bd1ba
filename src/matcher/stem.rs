//! Terms that are looked for by their stems (`stem = true`).
//!
//! What the stem of a term is depends on the language of the text, so there is a compiled list for each language, made when the
//! first text in it comes: the stems of all such terms as patterns in an index of their own, and in it the stems of the text.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::text::language::Language;
use crate::text::stem::{self, Stemming};
use crate::text::token::Tokens;

use super::index::Index;
use super::pattern::{Pattern, stem_pattern};
use super::query::Globs;
use super::search::{Raw, Search};
use super::sift::{Reach, clues, reach};
use super::{Seen, Use};

/// The terms of all watches that stem.
#[derive(Debug)]
pub struct Stems {
    terms: Vec<(Box<str>, Use)>,
    by_language: [OnceLock<Compiled>; Stemming::COUNT],
}

/// The terms as one language has them.
#[derive(Debug)]
pub struct Compiled {
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
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Adds a term, while the watchlist is compiled.
    pub fn add(&mut self, term: &str, it: Use) {
        self.terms.push((term.into(), it));
    }

    /// The terms as this language has them; nothing where none can be found by its stem.
    pub fn of(&self, language: Language) -> Option<&Compiled> {
        if self.terms.is_empty() {
            return None;
        }
        let compiled = self.by_language[language.stemming.number()].get_or_init(|| self.compile(language));
        Some(compiled).filter(|c| !c.patterns.is_empty())
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

impl Compiled {
    /// What is found by stems in a text, which was read as far as something may come of it.
    pub fn find(&self, text: &str, tokens: &Tokens, language: Language) -> impl Iterator<Item = (Use, Raw)> {
        let stemmed = stem::stemmed(text, tokens, 0, language).0;
        let raws = Search::for_stems(&self.patterns, &self.index, (text, stemmed), language).run().to_vec();
        raws.into_iter().flat_map(|raw| self.uses[raw.pattern as usize].iter().map(move |u| (*u, raw)))
    }

    /// How far the patterns reach that may be found by the stems of the tokens from `first` on; nothing where there are none.
    pub fn reach(&self, text: &str, tokens: &Tokens, first: usize, language: Language) -> Option<Reach> {
        let (stemmed, mut found) = (stem::stemmed(text, tokens, first, language).0, Vec::new());
        clues(&self.index, &Globs::default(), (text, &stemmed), 0, language, false, &mut found);
        (!found.is_empty()).then(|| reach(&self.index, &found))
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
