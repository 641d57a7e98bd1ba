//! The second stage of every script from a model that has not seen the names that are measured on.

use std::collections::BTreeMap;
use std::path::Path;

use feedwatch::matcher::names::Sensitivity;
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

/// Measures every source with the held-out names that `takes` lets through.
pub fn measure(folder: &Path, model: &'static Model, takes: impl Fn(&str) -> bool) -> Vec<Measured> {
    let mut out = Vec::new();
    let english = measure::joined(&measure::texts(folder, Script::Latin));
    for script in Script::ALL {
        if script == Script::Latin || script.is_unspaced() || model.between(Script::Latin, script).is_none() {
            continue;
        }
        let text = measure::joined(&measure::texts(folder, script));
        let sources = ["wikidata", "places", "anetac"];
        let all: Vec<Vec<Pair>> = sources.iter().map(|s| corpus::pairs(folder, script, s)).collect();
        let listed: Vec<Pair> = all.concat();
        for (source, mut pairs) in sources.into_iter().zip(all) {
            pairs.retain(|p| corpus::is_measured(&corpus::key(&p.latin)) && takes(&corpus::key(&p.latin)));
            if pairs.is_empty() {
                continue;
            }
            let figures = measure::measure(model, script, &pairs, &text, NAMES, &listed);
            out.push((script, Script::Latin, source, figures));
            if source != "anetac" {
                let figures = measure::measure(model, Script::Latin, &pairs, &english, NAMES / 2, &listed);
                out.push((Script::Latin, script, source, figures));
            }
        }
    }
    out
}

/// What is learnt on the names that `takes` lets through, of which the model has seen none.
pub fn calibrate(folder: &Path, model: &'static Model, takes: impl Fn(&str) -> bool) -> BTreeMap<Script, Calibrated> {
    let mut calibrated = weigh(&measure(folder, model, &takes));
    let mut weighed = model.clone();
    apply(&mut weighed, &calibrated);
    let weighed: &'static Model = Box::leak(Box::new(weighed));
    // What the listed words add is seen when names are measured with the thresholds that each has by itself.
    for (script, c) in &mut calibrated {
        let from = if *script == Script::Latin { Script::Arabic } else { *script };
        let all: Vec<Pair> = ["wikidata", "places"].iter().flat_map(|s| corpus::pairs(folder, from, s)).collect();
        let measured = |p: &&Pair| corpus::is_measured(&corpus::key(&p.latin)) && takes(&corpus::key(&p.latin));
        let pairs: Vec<Pair> = all.iter().filter(measured).cloned().collect();
        let texts = measure::texts(folder, *script);
        if script.is_unspaced() || texts.is_empty() || pairs.is_empty() {
            continue;
        }
        for ((floor, sensitivity), share) in c.floors.iter_mut().zip(SENSITIVITIES).zip(SHARES) {
            let begin = *floor;
            for _ in 0..ROUNDS {
                let mut model = weighed.clone();
                model.scripts[*script as usize].thresholds[sensitivity as usize] = *floor;
                let model: &'static Model = Box::leak(Box::new(model));
                let s = measure::shipped((model, sensitivity), *script, &pairs, &texts, NAMES, &all);
                // As if a hit more had been expected and seen, so that few hits say little.
                let wanted = s.wrong.1 as f32 * sensitivity.allowed() * share;
                let times = (s.capped as f32 + 1.0) / (wanted + 1.0);
                let next = *floor + times.ln().clamp(-1.0, 1.0) / c.tail[1];
                *floor = next.clamp(begin - FAR / c.tail[1], begin + FAR / c.tail[1]);
                if s.capped < FEW || (0.8..1.25).contains(&times) {
                    break;
                }
            }
        }
        c.floors[1] = c.floors[1].min(c.floors[0]);
        c.floors[2] = c.floors[2].min(c.floors[1]);
    }
    calibrated
}

/// What a script is given by what was measured.
#[derive(Debug, Clone, Copy)]
pub struct Calibrated {
    /// Of the second stage.
    pub weights: [f32; FACTS],
    /// Thresholds of names without neighbours: strict, normal and wide.
    pub floors: [f32; 3],
    /// See [`feedwatch::matcher::names::model::Knowledge::tail`].
    pub tail: [f32; 2],
}

/// Weights and floors by script, from all sources that have a licence.
pub fn weigh(measured: &[Measured]) -> BTreeMap<Script, Calibrated> {
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
        let tail = tail(&basis.unlisted(), &weights);
        let floor = |i: usize| (tail[0] - (SHARES[i] * SENSITIVITIES[i].allowed()).ln()) / tail[1];
        let floors = [floor(0), floor(1), floor(2)];
        out.insert(script, Calibrated { weights, floors, tail });
    }
    out
}

/// Names of the average are held to this share of the false hits that a name may have, a loud one counted as barely loud: those in the news,
/// which people look for, have more neighbours. When strict there are so few hits to count that the floor stays too high by itself.
const SHARES: [f32; 3] = [0.8, 0.5, 0.5];

const SENSITIVITIES: [Sensitivity; 3] = [Sensitivity::Strict, Sensitivity::Normal, Sensitivity::Wide];

/// False hits that a figure must rest on.
const FEW: u32 = 4;

/// How far from where the words of no list would put it a floor may come to lie, as the logarithm of a rate.
const FAR: f32 = 1.5;

/// Times that a floor is set and measured again, at most.
const ROUNDS: usize = 4;

/// A straight line through the logarithms of the shares of false hits at some of their scores.
fn tail(figures: &Figures, weights: &[f32; FACTS]) -> [f32; 2] {
    let points: Vec<(f32, f32)> = [2e4, 5e4, 1e5, 2e5, 5e5, 1e6]
        .into_iter()
        .map(|one_in| (figures.threshold(weights, one_in), -(one_in as f32).ln()))
        .filter(|((score, hits), _)| *score > -15.0 && *hits >= FEW)
        .map(|((score, _), log)| (score, log))
        .collect();
    let n = points.len().max(1) as f32;
    let (x, y) = (points.iter().map(|p| p.0).sum::<f32>() / n, points.iter().map(|p| p.1).sum::<f32>() / n);
    let covariance: f32 = points.iter().map(|p| (p.0 - x) * (p.1 - y)).sum();
    let variance: f32 = points.iter().map(|p| (p.0 - x).powi(2)).sum();
    // A score is the logarithm of odds, of which a share of the names makes too little and another too much.
    let slope = if variance > 0.01 { (-covariance / variance).clamp(0.25, 1.2) } else { 0.8 };
    [y + slope * x, slope]
}

/// Puts them into a model.
pub fn apply(model: &mut Model, calibrated: &BTreeMap<Script, Calibrated>) {
    for (script, c) in calibrated {
        let knowledge = &mut model.scripts[*script as usize];
        (knowledge.weights, knowledge.thresholds, knowledge.tail) = (c.weights, c.floors, c.tail);
        if script.is_unspaced() {
            // Runs have no second stage: the first score, which is a likelihood ratio, with the bound that it has by itself.
            knowledge.thresholds = [13.8, 11.5, 9.9];
        }
    }
}
