//! Pairs for scripts that have few: names whose spelling in Cyrillic is known are written on from there.
//!
//! Cyrillic writes names as they sound (Байден, Джонсон), and has tens of thousands of pairs. How Cyrillic letters become those of a
//! small script is learnt from the places that both have; what that makes of the Cyrillic names are pairs that nobody has written, so
//! they weigh little beside those that somebody has.

use std::collections::HashMap;
use std::path::Path;

use feedwatch::matcher::names::letters::Script;
use feedwatch::matcher::names::model::Model;
use feedwatch::matcher::names::spelling::Spellings;

use super::align::Sample;
use super::corpus::{self, Pair};
use super::learn;

/// Names that are written on, the commonest first.
const NAMES: usize = 6_000;

/// What such a pair weighs beside one that somebody has written.
const WEIGHT: f32 = 0.25;

/// Pairs of a script through Cyrillic. `own` are those that somebody has written.
pub fn pairs(folder: &Path, script: Script, own: &[Pair], takes: &impl Fn(&str) -> bool) -> Vec<Pair> {
    let takes = |p: &Pair| takes(&corpus::key(&p.latin));
    let mut names = corpus::pairs(folder, Script::Cyrillic, "wikidata");
    names.retain(takes);
    let places = corpus::pairs(folder, Script::Cyrillic, "places");
    let mut by_key: HashMap<String, Vec<&Pair>> = HashMap::new();
    for p in places.iter().filter(|p| takes(p)).chain(&names) {
        by_key.entry(corpus::key(&p.latin)).or_default().push(p);
    }
    let mut samples: Vec<Sample> = Vec::new();
    for p in own {
        let Some(all) = by_key.get(&corpus::key(&p.latin)) else { continue };
        samples.extend(all.iter().map(|c| (c.y.clone(), p.y.clone(), c.weight / all.len() as f32)));
    }
    let mut model = Model::default();
    model.pairs.push((Script::Cyrillic, script, learn::transliteration(&samples, 3)));
    names.retain(|p| p.x.len() >= 4 && p.y.len() >= 4);
    names.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.latin.cmp(&b.latin)).then_with(|| a.y.cmp(&b.y)));
    names.truncate(NAMES);
    names
        .into_iter()
        .filter_map(|p| {
            let spellings = Spellings::of_word(&model, Script::Cyrillic, &p.y, script);
            if spellings.is_empty() {
                return None;
            }
            let (y, _) = spellings.likeliest(0, 1).into_iter().next()?;
            Some(Pair { y, weight: p.weight * WEIGHT, ..p })
        })
        .collect()
}
