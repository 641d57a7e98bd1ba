//! The whole model from the folder of pairs and words.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use feedwatch::matcher::names::letters::{Script, Symbol};
use feedwatch::matcher::names::model::{Knowledge, Model, Words};

use super::affixes;
use super::align::Sample;
use super::corpus::{self, Pair};
use super::{attested, learn, through};

/// Languages whose running words are known, with their script.
pub const LANGUAGES: [(&str, Script); 25] = [
    ("ar", Script::Arabic),
    ("fa", Script::Arabic),
    ("ur", Script::Arabic),
    ("ru", Script::Cyrillic),
    ("uk", Script::Cyrillic),
    ("bg", Script::Cyrillic),
    ("he", Script::Hebrew),
    ("el", Script::Greek),
    ("ja", Script::Katakana),
    ("ko", Script::Hangul),
    ("hi", Script::Devanagari),
    ("bn", Script::Bengali),
    ("ta", Script::Tamil),
    ("zh", Script::Han),
    ("en", Script::Latin),
    ("de", Script::Latin),
    ("fr", Script::Latin),
    ("es", Script::Latin),
    ("it", Script::Latin),
    ("fi", Script::Latin),
    ("tr", Script::Latin),
    ("pl", Script::Latin),
    ("nl", Script::Latin),
    ("sv", Script::Latin),
    ("pt", Script::Latin),
];

/// Sources that ship.
pub const SOURCES: [&str; 2] = ["wikidata", "places"];

/// Words of the list of a language that ship, at most, and of one in Latin letters.
const LISTED: (usize, usize) = (20_000, 8_000);

/// Scripts with fewer pairs learn through another script too.
const SMALL: usize = 10_000;

/// Learns everything from the pairs that `takes` lets through by their key.
pub fn train(folder: &Path, only: &[Script], takes: impl Fn(&str) -> bool) -> Model {
    let mut model = Model::default();
    model.scripts.resize(17, Knowledge::default());
    let mut latin: BTreeSet<Vec<Symbol>> = BTreeSet::new();
    for script in Script::ALL {
        if script == Script::Latin || !only.is_empty() && !only.contains(&script) {
            continue;
        }
        let mut pairs: Vec<Pair> = SOURCES.iter().flat_map(|s| corpus::pairs(folder, script, s)).collect();
        pairs.retain(|p| takes(&corpus::key(&p.latin)));
        let small = pairs.len() < SMALL;
        let through = if small { through::pairs(folder, script, &pairs, &takes) } else { Vec::new() };
        eprintln!("{}: {} pairs, {} through another script", script.code(), pairs.len(), through.len());
        let known: BTreeSet<Vec<Symbol>> = pairs.iter().map(|p| p.y.clone()).collect();
        pairs.extend(through);
        let longest = if script == Script::Han { 4 } else { 3 };
        let mut to: Vec<Sample> = Vec::new();
        for p in &pairs {
            to.push((p.x.clone(), p.y.clone(), p.weight));
            if let Some(plain) = corpus::symbols(&p.latin, Script::Latin, false).filter(|x| *x != p.x) {
                to.push((plain, p.y.clone(), p.weight));
            }
        }
        model.pairs.push((Script::Latin, script, learn::transliteration(&to, longest)));
        let plain = |p: &Pair| corpus::symbols(&p.latin, Script::Latin, false).map(|x| (p.y.clone(), x, p.weight));
        let back: Vec<Sample> = pairs.iter().filter_map(plain).collect();
        latin.extend(back.iter().map(|b| b.1.clone()));
        if script != Script::Han {
            model.pairs.push((script, Script::Latin, learn::transliteration(&back, 3)));
        }
        model.scripts[script as usize] = knowledge(folder, script, &known, &mut model.words);
        model.scripts[script as usize].attested = attested::attested(folder, script, &takes);
    }
    model.scripts[0] = knowledge(folder, Script::Latin, &latin, &mut model.words);
    model
}

/// What words of a script look like, their affixes, and the lists of its languages.
fn knowledge(folder: &Path, script: Script, known: &BTreeSet<Vec<Symbol>>, lists: &mut Vec<Words>) -> Knowledge {
    let mut rates: HashMap<Vec<Symbol>, f32> = HashMap::new();
    let mut look: Vec<(Vec<Symbol>, f32)> = Vec::new();
    for (language, _) in LANGUAGES.iter().filter(|l| l.1 == script) {
        let mut own: HashMap<Vec<Symbol>, f32> = HashMap::new();
        for (_, y, rate) in corpus::words(folder, language, script) {
            *own.entry(y).or_default() += rate;
        }
        let mut sorted: Vec<(Vec<Symbol>, f32)> = own.into_iter().collect();
        sorted.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        for (y, rate) in &sorted {
            let slot = rates.entry(y.clone()).or_default();
            *slot = slot.max(*rate);
        }
        look.extend(sorted.iter().map(|(y, _)| (y.clone(), 1.0)));
        sorted.truncate(if script == Script::Latin { LISTED.1 } else { LISTED.0 });
        lists.push(Words::new(language.as_bytes().try_into().unwrap_or(*b"??"), script, sorted));
    }
    for (language, s) in [("hy", Script::Armenian), ("ka", Script::Georgian)] {
        if s == script {
            let mut own: HashMap<Vec<Symbol>, f32> = HashMap::new();
            let mut all = 0.0;
            for line in corpus::lines(folder, language) {
                for word in line.split(|c: char| Script::of(c) != Some(script)) {
                    if let Some(y) = corpus::symbols(word, script, false) {
                        *own.entry(y).or_default() += 1.0;
                        all += 1.0;
                    }
                }
            }
            own.values_mut().for_each(|n| *n /= all);
            look.extend(own.keys().map(|y| (y.clone(), 1.0)));
            rates = own;
        }
    }
    if look.is_empty() {
        look.extend(known.iter().map(|y| (y.clone(), 1.0)));
    }
    look.sort_by(|a, b| a.0.cmp(&b.0));
    Knowledge {
        letters: learn::letters(look.iter().map(|(y, n)| (y.as_slice(), *n))),
        names: learn::letters(known.iter().map(|y| (y.as_slice(), 1.0))),
        affixes: affixes::learn(script, known, &rates),
        ..Knowledge::default()
    }
}
