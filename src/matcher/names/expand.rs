//! What a name would find: its likeliest spellings, and the common words that come nearest.

use super::background;
use super::letters::{Script, written};
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

/// A common word that a name comes near.
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
    /// Common words that are found or nearly so, the highest score first.
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
    let names = Names::compile(&[Sought { name: name.into(), sensitivity }]);
    let mut out = Expansion::default();
    for script in Script::ALL {
        let spellings = names.spellings(script);
        if spellings.is_empty() {
            continue;
        }
        let threshold = names.model.scripts[script as usize].thresholds[sensitivity as usize];
        let mut list: Vec<Spelling> = Vec::new();
        for (symbols, share) in (0..spellings.len() as u32).flat_map(|e| spellings.likeliest(e, SHOWN)) {
            let background = background::background(names.model, script, &symbols);
            let score = share.max(1e-37).ln() - background;
            let text = written(&symbols, script);
            if list.iter().all(|s| s.text != text) {
                list.push(Spelling { text, score, found: score >= threshold, share });
            }
        }
        list.sort_by(|a, b| b.share.total_cmp(&a.share));
        list.truncate(SHOWN);
        out.scripts.push(InScript { script, threshold, spellings: list, near: Vec::new() });
    }
    out
}
