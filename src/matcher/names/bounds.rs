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
//! a better one has been found that is the name. One that is surely the name is found whatever its score, and with affixes; so
//! is a spelling that the sources of the model have seen ([`super::established`]).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use super::established::{Established, Word};
use super::letters::{Script, Spelt, Symbol, unmark};
use super::look::{self, Asked};
use super::model::{Knowledge, Model, Words};
use super::table::hash;
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

/// A listed word that is the name itself as surely as this is found whatever its score, though names without it must be surer.
const SURE: f32 = 0.9;

/// How many times likelier a listed word is the name where the sources have seen it as that.
pub const SEEN: f32 = 20.0;

/// Where the sources know how people write a name, other spellings may have so many times fewer false hits; but in Latin letters every
/// language has its own.
const OTHERS: f32 = 4.0;

/// How far above the threshold of its name an established word stands.
const CERTAIN: f32 = 0.5;

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
    /// The name has an affix in it.
    pub affix: bool,
}

/// How likely a name that is looked for has its own spelling in a list, and from which share of running words on hardly any name does:
/// those of presidents come near it.
const LISTED: (f32, f32) = (0.5, 1e-4);

/// How much of the chance that another word is the name is taken by one that is: the rest is for variants and affixed forms.
const TAKEN: f32 = 0.8;

/// How likely a listed word is the name itself; `times` is how many times likelier that is than of a word of which nothing else is
/// known: less where better words have taken a part of the chance.
pub fn is_own(known: &Knowledge, score: f32, rate: f32, times: f32) -> f32 {
    let [log, slope] = known.tail;
    let by_chance = (log - slope * score).exp() / rate;
    let own = LISTED.0 * times * (LISTED.1 / rate).min(1.0).powi(3);
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
    let bare = words.script == Script::Hangul;
    words.each(|word, rate| {
        if rate * share < rare(strictest) {
            return;
        }
        spelt.symbols.clear();
        spelt.symbols.extend_from_slice(word);
        spelt.places.clear();
        spelt.places.extend(0..=word.len() as u32);
        found.clear();
        let asked = Asked { least, every: false, established: None, rate };
        look::look_at((names, words.script), &spelt, &asked, bare, &mut found);
        let counts = |f: &&NameFound| rate * share >= rare(names.sought[f.name as usize].sensitivity);
        let near = found.iter().filter(counts);
        out.extend(near.map(|f| Neighbour { name: f.name, score: f.score, rate, word: word.into(), affix: f.affix }));
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
    established: Established,
}

/// How far below the threshold of `wide` a part of a name may score that stands beside another part: two parts together
/// say more than one alone, about as much as this.
const BESIDE: f32 = 4.0;

/// What the lists of a script said of a name.
#[derive(Debug, Clone, Default)]
struct Said {
    /// Its threshold, one a list.
    scores: Box<[f32]>,
    /// Listed words that are the name.
    own: Box<[Word]>,
}

/// By name, sensitivity and script.
type Kept = BTreeMap<(Box<str>, Sensitivity, Script), Said>;

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
            established: Established::default(),
        };
        let said = said(names, script, &lists);
        let attested = attested(names, script);
        let mut certain = Vec::with_capacity(names.sought.len());
        for ((sought, said), attested) in names.sought.iter().zip(&said).zip(&attested) {
            let is_known = !attested.is_empty() && script != Script::Latin;
            let others = if is_known { OTHERS.ln() / known.tail[1] } else { 0.0 };
            let floor = known.thresholds[sought.sensitivity as usize];
            let last = said.scores.iter().copied().fold(floor, f32::max) + others;
            let least = said.scores.iter().map(|s| s + others).fold(last, f32::min);
            out.scores.extend(said.scores.iter().map(|s| s + others).chain([last]));
            let beside = known.thresholds[Sensitivity::Wide as usize] - BESIDE;
            out.least.push(if sought.beside { least.min(beside) } else { least });
            certain.push(last + CERTAIN);
        }
        out.established = Established::new(certain);
        for (name, (said, attested)) in (0u32..).zip(said.into_iter().zip(attested)) {
            said.own.into_iter().for_each(|word| out.established.add(name, word));
            for letters in attested {
                let rate = lists.iter().filter_map(|l| l.rate(hash(&letters))).fold(0.0, f32::max);
                if rate < RARE || is_own(known, score(names, script, &letters, name), rate, SEEN) >= 0.5 {
                    out.established.add(name, Word { letters, bare: true });
                }
            }
        }
        out
    }

    /// The words that are a name whatever their score.
    pub fn established(&self) -> &Established {
        &self.established
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

/// What a word scores for a name.
fn score(names: &Names, script: Script, word: &[Symbol], name: u32) -> f32 {
    let spelt = Spelt { symbols: word.to_vec(), places: (0..=word.len() as u32).collect() };
    let least = |n: u32| if n == name { f32::NEG_INFINITY } else { f32::INFINITY };
    let mut found = Vec::new();
    look::look_at(
        (names, script),
        &spelt,
        &Asked { least: &least, every: false, established: None, rate: 0.0 },
        true,
        &mut found,
    );
    found.first().map_or(f32::NEG_INFINITY, |f| f.score)
}

/// What the sources of the model have as spellings of each name in a script. From one script to another that is not Latin the way
/// is through the Latin spellings.
pub fn attested(names: &Names, script: Script) -> Vec<Vec<Box<[Symbol]>>> {
    let mut out = vec![Vec::new(); names.sought.len()];
    let mut latin: HashMap<Vec<Symbol>, Vec<u32>> = HashMap::new();
    let mut others: BTreeMap<Script, HashMap<&[Symbol], Vec<u32>>> = BTreeMap::new();
    for (name, sought) in (0u32..).zip(&names.sought) {
        match sought.script {
            Some(Script::Latin) if script != Script::Latin => {
                let mut plain = sought.forms[0].clone();
                unmark(&mut plain);
                latin.entry(plain).or_default().push(name);
            }
            Some(other) if other != script => {
                let forms = others.entry(other).or_default();
                sought.forms.iter().for_each(|form| forms.entry(form).or_default().push(name));
            }
            _ => {}
        }
    }
    for (other, forms) in others {
        names.model.scripts[other as usize].attested.each(other, |pair| {
            for name in forms.get(pair.other).into_iter().flatten() {
                if script == Script::Latin {
                    out[*name as usize].push(pair.latin.into());
                } else {
                    latin.entry(pair.latin.into()).or_default().push(*name);
                }
            }
        });
    }
    if script != Script::Latin && !latin.is_empty() {
        names.model.scripts[script as usize].attested.each(script, |pair| {
            for name in latin.get(pair.latin).into_iter().flatten() {
                out[*name as usize].push(pair.other.into());
            }
        });
    }
    out
}

/// What the lists say of each name, as far as it is known taken from there.
fn said(names: &Names, script: Script, lists: &[&Words]) -> Vec<Said> {
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
fn asked(names: &Names, script: Script, lists: &[&Words]) -> Vec<Said> {
    let known = &names.model.scripts[script as usize];
    let floor = |c: &Compiled| known.thresholds[c.sensitivity as usize];
    let none = |c: &Compiled| Said { scores: vec![floor(c); lists.len()].into(), own: Box::default() };
    let mut out: Vec<Said> = names.sought.iter().map(none).collect();
    let mut own: Vec<[BTreeSet<Word>; 2]> = vec![Default::default(); names.sought.len()];
    for (place, words) in lists.iter().enumerate() {
        let least = |name: u32| floor(&names.sought[name as usize]) - BELOW;
        let near = neighbours(names, words, &least);
        for of_name in near.chunk_by(|a, b| a.name == b.name) {
            let name = of_name[0].name as usize;
            let (sensitivity, share) = (names.sought[name].sensitivity, capitals(script));
            out[name].scores[place] = bound(known, of_name, share, sensitivity);
            for (near, surely) in of_name.iter().zip(established(known, of_name, share, sensitivity)) {
                let word = Word { letters: near.word.clone(), bare: !near.affix };
                own[name][usize::from(surely)].insert(word);
            }
        }
    }
    // A word that is the name in one language and hardly in another is left to its score.
    for (said, [refused, own]) in out.iter_mut().zip(own) {
        said.own = own.difference(&refused).cloned().collect();
    }
    out
}

/// Which of the neighbours of a name in a list, the best first, are the name itself so surely that the false hits of each would be
/// less than a name may have.
fn established(known: &Knowledge, near: &[Neighbour], share: f32, sensitivity: Sensitivity) -> Vec<bool> {
    let mut untaken = 1.0;
    near.iter()
        .map(|next| {
            let own = is_own(known, next.score, next.rate, untaken);
            untaken *= 1.0 - TAKEN * own;
            own >= SURE && next.rate * share * (1.0 - own) <= sensitivity.allowed()
        })
        .collect()
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
