//! Which pairs ship as they are: the spellings that people use of known names.

use std::collections::HashMap;
use std::path::Path;

use feedwatch::matcher::names::attested::{Attested, Pair as Seen};
use feedwatch::matcher::names::letters::{Script, Symbol};

use super::corpus;

/// Times that a source of persons must have a pair.
const TIMES: f32 = 2.0;

/// The share of the spellings of a name that one must have.
const SHARE: f32 = 0.2;

/// How alike both must be: the rest are translations, and family names in the place of given ones.
const ALIKE: f32 = 0.34;

/// Letters that a name must have, in Latin and in the other script.
const LETTERS: (usize, usize) = (4, 3);

/// The pairs of a script that ship, of the names that `takes` lets through by their key.
pub fn attested(folder: &Path, script: Script, takes: &impl Fn(&str) -> bool) -> Attested {
    let mut pairs = corpus::pairs(folder, script, "wikidata");
    pairs.retain(|p| takes(&corpus::key(&p.latin)));
    let mut counts: HashMap<&str, f32> = HashMap::new();
    pairs.iter().for_each(|p| *counts.entry(&p.latin).or_default() += p.count);
    let is_sure = |p: &&corpus::Pair| {
        p.count >= TIMES && p.count >= SHARE * counts[&*p.latin] && p.similarity >= ALIKE && p.y.len() >= LETTERS.1
    };
    let plain: Vec<(Vec<Symbol>, &[Symbol])> = pairs
        .iter()
        .filter(is_sure)
        .filter_map(|p| Some((corpus::symbols(&p.latin, Script::Latin, false)?, p.y.as_slice())))
        .filter(|(latin, _)| latin.len() >= LETTERS.0)
        .collect();
    Attested::new(script, plain.iter().map(|(latin, other)| Seen { latin, other }).collect())
}
