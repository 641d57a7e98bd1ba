//! The plain way, to be measured beside the model: edit distance over consonant skeletons.

use std::collections::{BTreeSet, HashMap};

use feedwatch::matcher::names::letters::{Script, Symbol};
use feedwatch::matcher::names::model::Model;

use super::corpus::{self, Pair};
use super::measure::Text;

/// The Latin consonants of a word: each letter of another script as the one by which it is likeliest written.
fn skeleton(word: &[Symbol], script: Script, likeliest: &HashMap<Symbol, Vec<Symbol>>) -> Vec<Symbol> {
    // Without a, e, i, o, u, w and y, and with one letter for what sounds alike.
    let consonant = |s: Symbol| match (b'a' + s as u8 - 1) as char {
        'a' | 'e' | 'i' | 'o' | 'u' | 'w' | 'y' => None,
        'c' | 'q' => Some(11),
        'v' => Some(6),
        'z' => Some(19),
        _ => Some(s),
    };
    let mut out: Vec<Symbol> = Vec::new();
    for s in word {
        match (script, likeliest.get(s)) {
            (Script::Latin, _) => out.extend(consonant(*s)),
            (_, Some(latin)) => out.extend(latin.iter().filter_map(|l| consonant(*l))),
            _ => {}
        }
    }
    out.dedup();
    out
}

fn distance(a: &[Symbol], b: &[Symbol]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let next = (corner + usize::from(x != y)).min(row[j] + 1).min(row[j + 1] + 1);
            corner = std::mem::replace(&mut row[j + 1], next);
        }
    }
    row[b.len()]
}

/// Recall in per cent at one false hit in 20,000, 100,000 and 1,000,000 running words.
pub fn recall(model: &Model, to: Script, pairs: &[Pair], text: &Text, most: usize) -> [f64; 3] {
    let other = |p: &Pair| corpus::symbols(&p.other, to, false).unwrap_or_default();
    let likeliest: HashMap<Symbol, Vec<Symbol>> = text
        .keys()
        .filter_map(|w| corpus::symbols(w, to, false))
        .flatten()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .filter_map(|s| {
            let mut choices = Vec::new();
            model.between(to, Script::Latin)?.choices(&[s], 0, &mut choices);
            let best = choices.iter().max_by(|a, b| a.p.total_cmp(&b.p))?;
            Some((s, best.step.written.iter().copied().filter(|w| *w != 0).collect()))
        })
        .collect();
    let step = pairs.len().div_ceil(most).max(1);
    let chosen: Vec<&Pair> = pairs.iter().step_by(step).collect();
    let latin = |p: &Pair| corpus::symbols(&p.latin, Script::Latin, false).unwrap_or_default();
    let names: Vec<Vec<Symbol>> = chosen.iter().map(|p| skeleton(&latin(p), Script::Latin, &likeliest)).collect();
    // A long skeleton without a mistake is the surest; a mistake weighs three letters.
    let score = |a: &[Symbol], b: &[Symbol]| a.len().max(b.len()) as i32 - 3 * distance(a, b) as i32;
    let mut words: HashMap<Vec<Symbol>, Vec<(Vec<Symbol>, u32)>> = HashMap::new();
    for (word, count) in text {
        let Some(y) = corpus::symbols(word, to, false) else { continue };
        words.entry(skeleton(&y, to, &likeliest)).or_default().push((y, *count));
    }
    let mut wrong: HashMap<i32, u64> = HashMap::new();
    for (p, name) in chosen.iter().zip(&names) {
        for (bones, same) in &words {
            if bones.len().abs_diff(name.len()) > 3 {
                continue;
            }
            let score = score(name, bones);
            let n: u32 = same.iter().filter(|w| !w.0.windows(p.y.len().max(1)).any(|x| x == p.y)).map(|w| w.1).sum();
            *wrong.entry(score).or_default() += u64::from(n);
        }
    }
    let truth: Vec<i32> =
        chosen.iter().zip(&names).map(|(p, n)| score(n, &skeleton(&other(p), to, &likeliest))).collect();
    let tests = f64::from(text.values().sum::<u32>()) * chosen.len() as f64;
    [2e4, 1e5, 1e6].map(|one_in| {
        let least = (-40..40)
            .find(|t| wrong.iter().filter(|(s, _)| *s >= t).map(|(_, n)| *n).sum::<u64>() as f64 <= tests / one_in)
            .unwrap_or(40);
        100.0 * truth.iter().filter(|s| **s >= least).count() as f64 / truth.len().max(1) as f64
    })
}
