//! Recall of held-out spellings, and false hits in running text.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use feedwatch::matcher::names::letters::{Script, Spelt, Symbol, spell};
use feedwatch::matcher::names::model::Model;
use feedwatch::matcher::names::{NameFound, Names, Sensitivity, Sought};

use super::corpus::{self, Pair};

/// Running words of a text with how often each stands there.
pub fn running(folder: &Path, language: &str, script: Script) -> HashMap<String, u32> {
    let mut out = HashMap::new();
    for line in corpus::lines(folder, language) {
        let inside = |c: char| {
            Script::of(c) == Some(script)
                || matches!(c, '\'' | '’' | '׳' | '\u{300}'..='\u{36F}' | '\u{64B}'..='\u{65F}')
        };
        for word in line.split(|c: char| !inside(c)) {
            let word = word.trim_matches(['\'', '’']);
            if !word.is_empty() {
                *out.entry(word.to_owned()).or_default() += 1;
            }
        }
    }
    out
}

/// What was measured of a source.
pub struct Figures {
    /// Scores of the true spellings, minus infinity where not found.
    pub truth: Vec<f32>,
    /// Of those, words of the list that are commoner than one in 300,000, i.e. famous names.
    pub famous: Vec<f32>,
    /// Scores of false hits with how often they stand there and what they are.
    pub wrong: Vec<(f32, u32, String)>,
    /// Names times running words.
    pub tests: f64,
    /// How many names.
    pub names: usize,
}

/// Measures on pairs; `texts` are running words.
pub fn measure(
    model: &'static Model,
    script: Script,
    pairs: &[Pair],
    texts: &[HashMap<String, u32>],
    most: usize,
    listed: &[Pair],
) -> Figures {
    let mut latin: Vec<&str> = pairs.iter().map(|p| p.latin.as_str()).collect();
    latin.dedup();
    // Every k-th name, so that all letters are among them.
    let step = latin.len().div_ceil(most).max(1);
    let latin: Vec<&str> = latin.into_iter().step_by(step).collect();
    let place: HashMap<&str, u32> = latin.iter().enumerate().map(|(i, l)| (*l, i as u32)).collect();
    let sought: Vec<Sought> =
        latin.iter().map(|l| Sought { name: (*l).into(), sensitivity: Sensitivity::Wide }).collect();
    let names = Names::with(model, &sought);
    let mut true_of: HashMap<u32, HashSet<Vec<Symbol>>> = HashMap::new();
    for p in pairs.iter().chain(listed) {
        if let Some(i) = place.get(p.latin.as_str()) {
            true_of.entry(*i).or_default().insert(p.y.clone());
        }
    }
    let mut out = Figures { truth: Vec::new(), famous: Vec::new(), wrong: Vec::new(), tests: 0.0, names: latin.len() };
    let mut found: Vec<NameFound> = Vec::new();
    for p in pairs {
        let Some(i) = place.get(p.latin.as_str()) else { continue };
        found.clear();
        names.score(&p.other, 0.0, &mut found);
        let score = found.iter().find(|f| f.name == *i).map_or(f32::NEG_INFINITY, |f| f.score);
        out.truth.push(score);
        if feedwatch::matcher::names::background::common(model, script, &p.y) > 1.0 / 300_000.0 {
            out.famous.push(score);
        }
    }
    let mut spelt = Spelt::default();
    for text in texts {
        out.tests += f64::from(text.values().sum::<u32>()) * latin.len() as f64;
        for (word, count) in text {
            found.clear();
            names.score(word, 2.0, &mut found);
            if found.is_empty() || !spell(word, script, false, &mut spelt) {
                continue;
            }
            for f in &found {
                let own = &true_of[&f.name];
                // A listed spelling, bare or inside with affixes of at most four letters.
                let is_listed = own.iter().any(|y| {
                    let s = &spelt.symbols;
                    s.windows(y.len().max(1)).any(|w| w == y.as_slice()) && s.len() <= y.len() + 5
                        || y.len() >= 4 && s.starts_with(&y[..y.len() - 1]) && s.len() <= y.len() + 3
                });
                if !is_listed {
                    out.wrong.push((f.score, *count, format!("{word} for {}", latin[f.name as usize])));
                }
            }
        }
    }
    out.wrong.sort_by(|a, b| b.0.total_cmp(&a.0));
    out
}

impl Figures {
    /// The score above which false hits are no more than one in so many, and how many those are.
    pub fn threshold(&self, one_in: f64) -> (f32, u32) {
        let allowed = self.tests / one_in;
        let mut sum = 0;
        for (score, count, _) in &self.wrong {
            if f64::from(sum + count) > allowed {
                return (*score, sum);
            }
            sum += count;
        }
        (2.0, sum)
    }

    /// The share of true spellings above a score.
    pub fn recall(list: &[f32], threshold: f32) -> f32 {
        100.0 * list.iter().filter(|s| **s > threshold).count() as f32 / list.len().max(1) as f32
    }
}
