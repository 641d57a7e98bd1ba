//! What a name would find: its likeliest spellings, and the common words that come nearest.

use std::collections::HashSet;

use super::letters::{Script, Symbol, written};
use super::table::hash;
use super::{Names, Sensitivity, Sought};

/// A spelling of a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Spelling {
    /// As it is written.
    pub text: String,
    /// Its score; a hit from the threshold of the script on.
    pub score: f32,
    /// Whether it is found at the sensitivity that was asked for.
    pub found: bool,
    /// How likely somebody who writes the name writes it so, 0 to 1.
    pub share: f32,
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
    /// The score from which on a word is a hit.
    pub threshold: f32,
    /// Its likeliest spellings first.
    pub spellings: Vec<Spelling>,
    /// Spellings of the name that are common words, the highest score first: the name's own where it is in the news, or
    /// an ordinary word that is written alike.
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

/// What a name (one word) would find.
pub fn expand(name: &str, sensitivity: Sensitivity) -> Expansion {
    let names = Names::compile(&[Sought { name: name.into(), sensitivity, beside: false }]);
    let mut out = Expansion::default();
    for script in Script::ALL {
        let spellings = names.spellings(script);
        if spellings.is_empty() {
            continue;
        }
        let threshold = names.model.scripts[script as usize].thresholds[sensitivity as usize];
        let (spellings, near) = likely(&names, script, threshold);
        out.scripts.push(InScript { script, threshold, spellings, near });
    }
    out
}

/// Spellings that are tried for being common words.
const TRIED: usize = 150;

/// The likeliest spellings in a script, and those of them that are common words.
fn likely(names: &Names, script: Script, threshold: f32) -> (Vec<Spelling>, Vec<Near>) {
    let spellings = names.spellings(script);
    let mut all: Vec<(Vec<Symbol>, f32)> =
        (0..spellings.len() as u32).flat_map(|e| spellings.likeliest(e, TRIED)).collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    let (mut shown, mut near) = (Vec::<Spelling>::new(), Vec::<Near>::new());
    let mut seen = HashSet::new();
    for (symbols, share) in all {
        let text = written(&symbols, script);
        if !seen.insert(text.clone()) {
            continue;
        }
        let score = score(names, script, &text, threshold);
        let found = score >= threshold;
        let code = hash(&symbols);
        for words in names.model.words.iter().filter(|w| w.script == script) {
            if let Some(rate) = words.rate(code).filter(|_| score.is_finite()) {
                let language = String::from_utf8_lossy(&words.language).into_owned();
                near.push(Near { text: text.clone(), language, rate: rate * 1e9, score, found });
            }
        }
        if shown.len() < SHOWN {
            shown.push(Spelling { text, score, found, share });
        }
    }
    near.sort_by(|a, b| b.score.total_cmp(&a.score).then(b.rate.total_cmp(&a.rate)));
    (shown, near)
}

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
