//! The second stage of every script from a model that has not seen the names that are measured on.

use std::collections::BTreeMap;
use std::path::Path;

use feedwatch::matcher::names::judge::FACTS;
use feedwatch::matcher::names::letters::Script;
use feedwatch::matcher::names::model::Model;

use super::corpus::{self, Pair};
use super::measure::{self, Figures};
use super::weigh;

/// Figures of a source: the script whose words are read, the other script, the source, what was measured.
pub type Measured = (Script, Script, &'static str, Figures);

/// Scripts with so many pairs that their weights are their own.
const LARGE: [Script; 6] =
    [Script::Latin, Script::Arabic, Script::Cyrillic, Script::Hebrew, Script::Katakana, Script::Hangul];

/// Names a source that are looked for in all its text.
const NAMES: usize = 2000;

/// Thresholds that the measured ones do not fall below: names in the news have neighbours (Помпей for Pompeo) that the
/// average over all names does not see.
const LEAST: [f32; 3] = [1.0, -1.0, -3.0];

/// Measures every source with the held-out names that `takes` lets through.
pub fn measure(folder: &Path, model: &'static Model, takes: impl Fn(&str) -> bool) -> Vec<Measured> {
    let mut out = Vec::new();
    let english = measure::texts(folder, Script::Latin);
    for script in Script::ALL {
        if script == Script::Latin || script.is_unspaced() || model.between(Script::Latin, script).is_none() {
            continue;
        }
        let text = measure::texts(folder, script);
        let sources = ["wikidata", "places", "anetac"];
        let all: Vec<Vec<Pair>> = sources.iter().map(|s| corpus::pairs(folder, script, s)).collect();
        let listed: Vec<Pair> = all.concat();
        for (source, mut pairs) in sources.into_iter().zip(all) {
            pairs.retain(|p| corpus::is_measured(&corpus::key(&p.latin)) && takes(&corpus::key(&p.latin)));
            if pairs.is_empty() {
                continue;
            }
            let figures = measure::measure(model, script, script, &pairs, &text, NAMES, &listed);
            out.push((script, Script::Latin, source, figures));
            if source != "anetac" {
                let figures = measure::measure(model, Script::Latin, script, &pairs, &english, NAMES / 2, &listed);
                out.push((Script::Latin, script, source, figures));
            }
        }
    }
    out
}

/// Weights and thresholds (strict, normal, wide) by script, from all sources that have a licence.
pub fn weigh(measured: &[Measured]) -> BTreeMap<Script, ([f32; FACTS], [f32; 3])> {
    let mut out = BTreeMap::new();
    let of = |takes: &dyn Fn(Script) -> bool| -> Figures {
        let all: Vec<Figures> =
            measured.iter().filter(|m| takes(m.0) && m.2 != "anetac").map(|m| m.3.clone()).collect();
        Figures::join(&all)
    };
    let small = of(&|s| !LARGE.contains(&s));
    let small_weights = weigh::fit(&[&small]);
    for script in Script::ALL {
        let own = of(&|s| s == script);
        let weights =
            if LARGE.contains(&script) && !own.truth.is_empty() { weigh::fit(&[&own]) } else { small_weights };
        let basis = if own.tests > 0.0 { &own } else { &small };
        let measured = [1e6, 1e5, 2e4].map(|one_in| basis.threshold(&weights, one_in).0);
        let thresholds = std::array::from_fn(|k| measured[k].max(LEAST[k]));
        out.insert(script, (weights, thresholds));
    }
    out
}

/// Puts them into a model.
pub fn apply(model: &mut Model, weights: &BTreeMap<Script, ([f32; FACTS], [f32; 3])>) {
    for (script, (weights, thresholds)) in weights {
        if script.is_unspaced() {
            // Runs have no second stage: the first score, which is a likelihood ratio, with the bound that it has by itself.
            model.scripts[*script as usize].thresholds = [13.8, 11.5, 9.9];
            continue;
        }
        let knowledge = &mut model.scripts[*script as usize];
        (knowledge.weights, knowledge.thresholds) = (*weights, *thresholds);
    }
}
