//! From which score on a word is a hit: for each name by itself, and for each language.
//!
//! A name has its neighbours among the words of a language: بدن (body) is near Biden, macaroni is near Macron, nothing is near Zelensky. So the
//! words that the model has counted are asked what they would be for each name, and the threshold of a name is the lowest score from which
//! on its false hits are no more than its sensitivity allows: those of the listed words that it would find, each as often as it stands in
//! running text, and those of the words that no list has, of which the score alone says how many there are.
//!
//! The spelling of the name itself stands in the lists too where it is in the news, and must not count against it. How many words come so
//! near by chance is known from words of no list; that one of them is as common as this one is the rarer the commoner it is, for
//! there are few common words. So a common word that fits well is the name itself, unless it is commoner than names are, or
//! a better one has been found that is the name.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::letters::{Script, Spelt, Symbol};
use super::look::{self, Ways};
use super::model::{Knowledge, Model, Words};
use super::{Compiled, NameFound, Names, Sensitivity};

/// Listed words that are rarer count among those that no list has: too many of them are names.
const RARE: f32 = 1e-6;

/// Words are asked for that are such a share of what a name may have, or more: rarer ones alone make no difference.
const ASKED: f32 = 0.25;

/// How far below the floor of a name its own spelling is found, where it is surely its own.
const BELOW: f32 = 2.0;

/// Share of ordinary words that begin with a capital all the same, at the beginning of a sentence and in headlines, in
/// scripts that have capitals.
pub const CAPITALS: f32 = 0.17;

/// How many times what it may have on average a name may have by itself before its threshold rises: names differ, and one that is
/// held to the average to the letter loses more of its own spellings than it spares false hits.
const TIMES: f32 = 2.0;

/// The share of an ordinary word that is written as a name would be.
fn capitals(script: Script) -> f32 {
    if script.has_capitals() { CAPITALS } else { 1.0 }
}

/// A listed word that is the name itself as surely as this is found, though names without it must be surer.
const SURE: f32 = 0.9;

/// How far above the threshold of a name without neighbours that of any name may be: what is so sure is the name.
const HIGHEST: f32 = 8.0;

/// A listed word that is near a name.
#[derive(Debug, Clone)]
pub struct Neighbour {
    /// The name.
    pub name: u32,
    /// Its score.
    pub score: f32,
    /// The share of running words that it is.
    pub rate: f32,
    /// Its letters.
    pub word: Box<[Symbol]>,
}

/// How likely a name that is looked for has its own spelling in a list, and from which share of running words on hardly any name does:
/// those of presidents come near it.
const LISTED: (f32, f32) = (0.5, 1e-4);

/// How much of the chance that another word is the name is taken by one that is: the rest is for variants and affixed forms.
const TAKEN: f32 = 0.8;

/// How likely a listed word is the name itself; `untaken` is what better words have left of that chance.
pub fn is_own(known: &Knowledge, score: f32, rate: f32, untaken: f32) -> f32 {
    let [log, slope] = known.tail;
    let by_chance = (log - slope * score).exp() / rate;
    let own = LISTED.0 * untaken * (LISTED.1 / rate).min(1.0).powi(3);
    own / (own + by_chance)
}

/// The listed words of a language that come near any of the names, those of one name together and the best first.
pub fn neighbours(names: &Names, words: &Words, least: &dyn Fn(u32) -> f32) -> Vec<Neighbour> {
    let mut out: Vec<Neighbour> = Vec::new();
    let mut found = Vec::new();
    let mut spelt = Spelt::default();
    let share = capitals(words.script);
    let strictest = names.sought.iter().map(|s| s.sensitivity).min().unwrap_or_default();
    let rare = |sensitivity: Sensitivity| (ASKED * TIMES * sensitivity.allowed()).max(RARE);
    // The lists of Korean are of words without their particles.
    let ways = Ways { every: false, bare: words.script == Script::Hangul };
    words.each(|word, rate| {
        if rate * share < rare(strictest) {
            return;
        }
        spelt.symbols.clear();
        spelt.symbols.extend_from_slice(word);
        spelt.places.clear();
        spelt.places.extend(0..=word.len() as u32);
        found.clear();
        look::look_at((names, words.script), &spelt, least, ways, &mut found);
        let counts = |f: &&NameFound| rate * share >= rare(names.sought[f.name as usize].sensitivity);
        let near = found.iter().filter(counts);
        out.extend(near.map(|f| Neighbour { name: f.name, score: f.score, rate, word: word.into() }));
    });
    out.sort_by(|a, b| a.name.cmp(&b.name).then(b.score.total_cmp(&a.score)).then(b.rate.total_cmp(&a.rate)));
    out
}

/// The thresholds of the names of a watchlist in one script.
#[derive(Debug, Default)]
pub struct Bounds {
    /// Languages with a list.
    languages: Vec<[u8; 2]>,
    /// For each name the threshold in each of them, and then the highest of them.
    scores: Vec<f32>,
    /// For each name the score from which on it is told at all, since it may count in some language or beside another part.
    least: Vec<f32>,
}

/// How far below the threshold of `wide` a part of a name may score that stands beside another part: two parts together
/// say more than one alone, about as much as this.
const BESIDE: f32 = 4.0;

/// Thresholds by name, sensitivity and script, one a list of words.
type Kept = BTreeMap<(Box<str>, Sensitivity, Script), Box<[f32]>>;

/// Those that were asked for before: a reload, and a second watch, ask for nothing again.
static KNOWN: Mutex<Kept> = Mutex::new(BTreeMap::new());

/// Names whose thresholds are kept, at most: some megabytes. When there are more, all are forgotten.
const KEPT: usize = 50_000;

impl Bounds {
    /// The thresholds of names for words of a script.
    pub fn new(names: &Names, script: Script) -> Self {
        let known = &names.model.scripts[script as usize];
        let lists: Vec<&Words> =
            names.model.words.iter().filter(|w| w.script == script && !script.is_unspaced()).collect();
        let mut out = Self {
            languages: lists.iter().map(|w| w.language).collect(),
            scores: Vec::with_capacity(names.sought.len() * (lists.len() + 1)),
            least: Vec::with_capacity(names.sought.len()),
        };
        for (sought, each) in names.sought.iter().zip(thresholds(names, script, &lists)) {
            let floor = known.thresholds[sought.sensitivity as usize];
            let last = each.iter().copied().fold(floor, f32::max);
            let least = each.iter().copied().fold(last, f32::min);
            out.scores.extend(each.iter().chain([&last]));
            let beside = known.thresholds[Sensitivity::Wide as usize] - BESIDE;
            out.least.push(if sought.beside { least.min(beside) } else { least });
        }
        out
    }

    /// The score from which on a word is a hit of a name in a text of this language; where that is not known, or has no list, in any.
    pub fn threshold(&self, name: u32, language: Option<[u8; 2]>) -> f32 {
        let place = self.languages.iter().position(|l| Some(*l) == language).unwrap_or(self.languages.len());
        self.scores[name as usize * (self.languages.len() + 1) + place]
    }

    /// The score from which on a word is worth telling.
    pub fn least(&self, name: u32) -> f32 {
        self.least[name as usize]
    }
}

/// The thresholds of each name in each list, those that are known taken from there.
fn thresholds(names: &Names, script: Script, lists: &[&Words]) -> Vec<Box<[f32]>> {
    // Another model, in training, has other thresholds.
    if !std::ptr::eq(names.model, Model::shipped()) {
        return asked(names, script, lists);
    }
    let key = |c: &Compiled| (c.name.clone(), c.sensitivity, script);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if known.len() > KEPT {
        known.clear();
    }
    let missing: Vec<Compiled> = names.sought.iter().filter(|c| !known.contains_key(&key(c))).cloned().collect();
    if !missing.is_empty() {
        let fresh = if missing.len() == names.sought.len() {
            asked(names, script, lists)
        } else {
            asked(&Names::of(names.model, missing.clone()), script, lists)
        };
        known.extend(missing.iter().map(key).zip(fresh));
    }
    names.sought.iter().map(|c| known.get(&key(c)).cloned().unwrap_or_default()).collect()
}

/// The same with every name asked for in every list.
fn asked(names: &Names, script: Script, lists: &[&Words]) -> Vec<Box<[f32]>> {
    let known = &names.model.scripts[script as usize];
    let floor = |c: &Compiled| known.thresholds[c.sensitivity as usize];
    let mut out: Vec<Box<[f32]>> = names.sought.iter().map(|c| vec![floor(c); lists.len()].into()).collect();
    for (place, words) in lists.iter().enumerate() {
        let least = |name: u32| floor(&names.sought[name as usize]) - BELOW;
        let near = neighbours(names, words, &least);
        for of_name in near.chunk_by(|a, b| a.name == b.name) {
            let name = of_name[0].name as usize;
            out[name][place] = bound(known, of_name, capitals(script), names.sought[name].sensitivity);
        }
    }
    out
}

/// The lowest score from which on the false hits of a name are within what it may have, from its neighbours in a list, the best first.
fn bound(known: &Knowledge, near: &[Neighbour], share: f32, sensitivity: Sensitivity) -> f32 {
    let allowed = TIMES * sensitivity.allowed();
    let mut floor = known.thresholds[sensitivity as usize];
    let highest = floor + HIGHEST;
    let wider = known.thresholds.get(sensitivity as usize + 1).copied().unwrap_or(floor - BELOW);
    let [log, slope] = known.tail;
    let (mut listed, mut untaken, mut lowest) = (0.0, 1.0, f32::INFINITY);
    for (place, next) in near.iter().enumerate() {
        let own = is_own(known, next.score, next.rate, untaken);
        if place == 0 && own >= SURE {
            floor = floor.min(next.score.max(wider));
        }
        // From this score on the words of no list are no more than what is left.
        let beyond = ((log - (allowed - listed).ln()) / slope).max(floor);
        // The lowest that leaves this word and all behind it out.
        lowest = lowest.min(beyond.max(next.score + 1e-3));
        untaken *= 1.0 - TAKEN * own;
        listed += next.rate * share * (1.0 - own);
        if listed >= allowed {
            return lowest.min(highest);
        }
    }
    lowest.min(((log - (allowed - listed).ln()) / slope).max(floor)).min(highest)
}
