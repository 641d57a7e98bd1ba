//! What a name would find: its likeliest spellings, and the common words that come nearest.

use std::collections::HashSet;

use super::bounds::{SEEN, attested, is_own, neighbours};
use super::letters::{Script, Spelt, Symbol, spell, written};
use super::spelling::{FAINT, Rows};
use super::table::hash;
use super::{Names, Sensitivity, Sought};

/// A spelling of a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Spelling {
    /// As it is written.
    pub text: String,
    /// Its score; a hit from the threshold of the script on.
    pub score: f32,
    /// Whether it is found at the sensitivity that was asked for: by its score, or because it is known to be the name.
    pub found: bool,
    /// How likely somebody who writes the name writes it so, 0 to 1.
    pub share: f32,
    /// Where it is a common word of some language, how likely that word is the name itself, 0 to 1.
    pub own: Option<f32>,
}

/// A common word that is a possible spelling of a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Near {
    /// As it is written.
    pub text: String,
    /// ISO 639-1 code of its language.
    pub language: String,
    /// How often it stands in 1,000,000,000 running words.
    pub rate: f32,
    /// Its score for the name.
    pub score: f32,
    /// Whether the name finds it.
    pub found: bool,
}

/// What a name would find in one script.
#[derive(Debug, Clone, PartialEq)]
pub struct InScript {
    /// The script.
    pub script: Script,
    /// The score from which on a word is a hit, in whatever language of the script.
    pub threshold: f32,
    /// Its likeliest spellings first.
    pub spellings: Vec<Spelling>,
    /// Common words that come near, the highest score first: the name's own spelling where it is in the news, or an
    /// ordinary word that is written alike.
    pub near: Vec<Near>,
}

/// What a name would find, script by script.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Expansion {
    /// Scripts that the model can write the name in.
    pub scripts: Vec<InScript>,
}

/// Spellings that are shown of a script.
const SHOWN: usize = 8;

/// What a name (one word) would find. Without `near` the words of the languages are not asked for, and a threshold that no
/// common word makes interesting is that of a name without neighbours: a millisecond in place of a tenth of a second.
pub fn expand(name: &str, sensitivity: Sensitivity, near: bool) -> Expansion {
    let names = Names::compile(&[Sought { name: name.into(), sensitivity, beside: false }]);
    let mut out = Expansion::default();
    for script in Script::ALL {
        if !names.spellings(script).is_empty() {
            out.scripts.push(within(&names, script, sensitivity, near));
        }
    }
    out
}

/// A spelling that is likelier than this is looked up among the common words.
const LIKELY: f32 = 0.05;

/// The likeliest spellings in a script, and the common words that come near.
fn within(names: &Names, script: Script, sensitivity: Sensitivity, near: bool) -> InScript {
    let spellings = names.spellings(script);
    let mut all: Vec<(Vec<Symbol>, f32)> =
        (0..spellings.len() as u32).flat_map(|e| spellings.likeliest(e, SHOWN)).collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    // What is established comes first: it is found whatever its score.
    let established = if near { names.bounds(script).established().of(0) } else { Vec::new() };
    let mut rows = Rows::default();
    let mut shares = |word: &[Symbol]| -> f32 {
        let each = |e| spellings.probabilities(e, word, |_| FAINT, 0.0, &mut rows).last().copied().unwrap_or(0.0);
        (0..spellings.len() as u32).map(each).fold(0.0, f32::max)
    };
    all.splice(0..0, established.iter().map(|word| (word.to_vec(), shares(word))));
    // The model may put halves of letters together that nobody can write.
    let mut spelt = Spelt::default();
    all.retain(|(word, _)| spell(&written(word, script), script, false, &mut spelt) && spelt.symbols == *word);
    let mut seen = HashSet::new();
    all.retain(|(symbols, _)| seen.insert(symbols.clone()));
    all.truncate(SHOWN.max(established.len()));
    let lists = || names.model.words.iter().filter(|w| w.script == script);
    let is_listed =
        |(symbols, share): &(Vec<Symbol>, f32)| *share >= LIKELY && lists().any(|w| w.rate(hash(symbols)).is_some());
    // How common each is, and how much likelier it is the name itself than another word would be.
    let seen: Vec<Box<[Symbol]>> = attested(names, script).concat();
    let rate = |word: &[Symbol]| lists().filter_map(|w| w.rate(hash(word))).reduce(f32::max);
    let times = |word: &[Symbol]| if seen.iter().any(|s| **s == *word) { SEEN } else { 1.0 };
    let rates: Vec<Option<(f32, f32)>> =
        all.iter().map(|(word, _)| rate(word).map(|rate| (rate, times(word)))).collect();
    let floor = names.model.scripts[script as usize].thresholds[sensitivity as usize];
    let threshold = if near || all.iter().any(is_listed) { names.threshold(0, script, None) } else { floor };
    let mut spellings: Vec<Spelling> = all
        .into_iter()
        .map(|(symbols, share)| {
            let text = written(&symbols, script);
            let mut score = score(names, script, &text, threshold);
            if near {
                let known = names.bounds(script).established().names(&symbols, false);
                score = known.filter(|(name, _)| *name == 0).map(|k| k.1).fold(score, f32::max);
            }
            Spelling { found: score >= threshold, text, score, share, own: None }
        })
        .collect();
    let known = &names.model.scripts[script as usize];
    for (spelling, rate) in spellings.iter_mut().zip(rates) {
        spelling.own = rate.map(|(rate, times)| is_own(known, spelling.score, rate, times));
    }
    let mut beside = Vec::new();
    for words in lists().filter(|_| near && !script.is_unspaced()) {
        let language = String::from_utf8_lossy(&words.language).into_owned();
        let threshold = names.threshold(0, script, Some(words.language));
        beside.extend(neighbours(names, words, &|_| floor - BELOW).into_iter().take(NEIGHBOURS).map(|n| Near {
            text: written(&n.word, script),
            language: language.clone(),
            rate: n.rate * 1e9,
            score: n.score,
            found: n.score >= threshold,
        }));
    }
    beside.sort_by(|a, b| b.score.total_cmp(&a.score).then(b.rate.total_cmp(&a.rate)));
    InScript { script, threshold, spellings, near: beside }
}

/// Common words of a language that are shown.
const NEIGHBOURS: usize = 4;

/// How far below what is found they may be.
const BELOW: f32 = 3.0;

/// The score of a spelling, minus infinity where it is not even near.
fn score(names: &Names, script: Script, text: &str, threshold: f32) -> f32 {
    if script.is_unspaced() {
        let mut found = Vec::new();
        names.find_in_run(text, &mut found);
        return found.iter().map(|f| f.1.score).fold(f32::NEG_INFINITY, f32::max);
    }
    let mut found = Vec::new();
    names.score(text, threshold.min(0.0) - 20.0, &mut found);
    found.iter().map(|f| f.score).fold(f32::NEG_INFINITY, f32::max)
}
