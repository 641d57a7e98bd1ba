//! The model file: how letters of one script become letters of another, what words of a script look like and how often
//! the common ones stand in running text, and what affixes names carry.
//!
//! Made by `examples/train_names.rs`, read once from the bytes in the binary.

use std::sync::OnceLock;

use super::attested::Attested;
use super::judge::{FACTS, FIRST};
use super::letters::{Script, Symbol};
use super::table::{Bytes, Order, unpack};

/// First bytes of a model file.
pub const MAGIC: &[u8; 8] = b"fwnames3";

/// Letters before and behind the place that each order of a [`Transliteration`] sees; an order knows groups no longer than what
/// it sees behind.
pub const WINDOWS: [(usize, usize); 6] = [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3), (2, 4)];

/// Longest group of letters of the name.
pub const GROUP: usize = 4;

/// Letters of a context of [`Letters`], at most.
pub const HISTORY: usize = 4;

/// A group of letters of the name written as so many letters of the other script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Step {
    /// Letters of the name.
    pub taken: u8,
    /// What is written for them, 0 behind the last.
    pub written: [Symbol; 3],
}

/// How letters of one script are written in another: for each place of a name, what may be taken and written there.
#[derive(Debug, Clone, Default)]
pub struct Transliteration {
    /// By the number of [`WINDOWS`].
    pub orders: Vec<Order>,
    /// What an event is.
    pub steps: Vec<Step>,
}

/// What may be written at a place of a name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choice {
    /// What is taken and written.
    pub step: Step,
    /// How likely.
    pub p: f32,
}

/// The letters around a place, with ends of words for what is beyond.
pub fn window(name: &[Symbol], at: usize, before: usize, behind: usize) -> ([Symbol; 6], usize) {
    let mut out = [0; 6];
    for (k, symbol) in out.iter_mut().enumerate().take(before + behind) {
        *symbol = (at + k).checked_sub(before).and_then(|i| name.get(i)).copied().unwrap_or(0);
    }
    (out, before + behind)
}

impl Transliteration {
    /// Everything that may be written at a place of a name; the probabilities add up to one, or there is nothing.
    pub fn choices(&self, name: &[Symbol], at: usize, out: &mut Vec<Choice>) {
        out.clear();
        for (order, (before, behind)) in self.orders.iter().zip(WINDOWS) {
            let (context, n) = window(name, at, before, behind);
            let Some((rest, events, weights)) = order.look(&context[..n]) else { continue };
            out.iter_mut().for_each(|c| c.p *= rest);
            for (event, weight) in events.iter().zip(weights) {
                let step = self.steps[*event as usize];
                if at + step.taken as usize > name.len() {
                    continue;
                }
                match out.iter_mut().find(|c| c.step == step) {
                    Some(choice) => choice.p += unpack(*weight),
                    None => out.push(Choice { step, p: unpack(*weight) }),
                }
            }
        }
        let sum: f32 = out.iter().map(|c| c.p).sum();
        out.iter_mut().for_each(|c| c.p /= sum);
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend((self.steps.len() as u16).to_le_bytes());
        for step in &self.steps {
            out.push(step.taken);
            step.written.iter().for_each(|s| out.extend(s.to_le_bytes()));
        }
        self.orders.iter().for_each(|o| o.write(out));
    }

    fn read(from: &mut Bytes<'_>) -> Self {
        let steps =
            (0..from.u16()).map(|_| Step { taken: from.u8(), written: [from.u16(), from.u16(), from.u16()] }).collect();
        Self { steps, orders: WINDOWS.iter().map(|_| Order::read(from)).collect() }
    }
}

/// What the letters of words look like: each given up to [`HISTORY`] letters before it.
#[derive(Debug, Clone, Default)]
pub struct Letters {
    /// By the length of the context.
    pub orders: Vec<Order>,
}

/// Probability of a letter that the model has never seen.
const UNSEEN: f32 = 0.001;

impl Letters {
    /// How likely a letter (0: the end) is behind those before it.
    pub fn next(&self, before: &[Symbol], letter: Symbol) -> f32 {
        let mut padded = [0; HISTORY];
        let take = before.len().min(HISTORY);
        padded[HISTORY - take..].copy_from_slice(&before[before.len() - take..]);
        let mut p = UNSEEN;
        for (k, order) in self.orders.iter().enumerate() {
            let Some((rest, events, weights)) = order.look(&padded[HISTORY - k..]) else { break };
            p *= rest;
            if let Ok(i) = events.binary_search(&letter) {
                p += unpack(weights[i]);
            }
        }
        p
    }

    /// The share of all letters that a letter is.
    pub fn share(&self, letter: Symbol) -> f32 {
        let Some((_, events, weights)) = self.orders.first().and_then(|o| o.look(&[])) else { return 0.0 };
        events.binary_search(&letter).map_or(0.0, |i| unpack(weights[i]))
    }

    /// Logarithm of the probability of a word, its end included.
    pub fn word(&self, word: &[Symbol]) -> f32 {
        let letters: f32 = (0..word.len()).map(|i| self.next(&word[..i], word[i]).ln()).sum();
        letters + self.next(word, 0).ln()
    }

    /// For each length of a beginning of a word, the logarithm of the probability that a word begins so.
    pub fn beginnings(&self, word: &[Symbol]) -> Vec<f32> {
        let mut sum = 0.0;
        let letters = (0..word.len()).map(|i| self.next(&word[..i], word[i]).ln());
        std::iter::once(0.0)
            .chain(letters.map(|cost| {
                sum += cost;
                sum
            }))
            .collect()
    }

    fn write(&self, out: &mut Vec<u8>) {
        let none = Order::empty();
        (0..=HISTORY).for_each(|k| self.orders.get(k).unwrap_or(&none).write(out));
    }

    fn read(from: &mut Bytes<'_>) -> Self {
        Self { orders: (0..=HISTORY).map(|_| Order::read(from)).collect() }
    }
}

/// How often the common words of a language stand in running text.
///
/// The words are kept as they ship, each with what it shares with the one before; the hashes by which a word's rate is
/// found are made when the first word of the language is asked for.
#[derive(Debug, Clone)]
pub struct Words {
    /// Its code of two letters.
    pub language: [u8; 2],
    /// Its script.
    pub script: Script,
    /// Words in the order of their letters with their rates, packed.
    packed: Box<[u8]>,
    /// Hashes of words, ascending, and their rates.
    rates: OnceLock<(Vec<u32>, Vec<u8>)>,
}

/// Steps of a nat in which rates of words are kept: down to one in fifty million.
const RATE_STEPS: f32 = 14.0;

impl Words {
    /// A list of words with the share of running text that each is.
    pub fn new(language: [u8; 2], script: Script, mut list: Vec<(Vec<Symbol>, f32)>) -> Self {
        list.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
        list.dedup_by(|b, a| a.0 == b.0);
        let mut packed = Vec::new();
        let mut before: &[Symbol] = &[];
        for (word, rate) in &list {
            let shared = before.iter().zip(word).take_while(|(a, b)| a == b).count();
            let added = &word[shared..];
            packed.push((shared.min(15) << 4 | added.len().min(15)) as u8);
            packed.extend([shared, added.len()].into_iter().filter(|n| *n >= 15).map(|n| n as u8));
            for symbol in added {
                match script {
                    Script::Han => packed.extend(symbol.to_le_bytes()),
                    _ => packed.push(*symbol as u8),
                }
            }
            packed.push((-rate.ln() * RATE_STEPS).round().clamp(0.0, 255.0) as u8);
            before = word;
        }
        Self { language, script, packed: packed.into(), rates: OnceLock::new() }
    }

    /// Tells every word, in the order of their letters, with the share of running words that it is.
    pub fn each(&self, mut tell: impl FnMut(&[Symbol], f32)) {
        self.packed_each(|word, rate| tell(word, unpack_rate(rate)));
    }

    fn packed_each(&self, mut tell: impl FnMut(&[Symbol], u8)) {
        let mut from = Bytes(&self.packed);
        let mut word: Vec<Symbol> = Vec::new();
        while !from.0.is_empty() {
            let sizes = from.u8();
            let size = |from: &mut Bytes<'_>, n: u8| if n == 15 { from.u8() } else { n };
            let shared = size(&mut from, sizes >> 4);
            let added = size(&mut from, sizes & 15);
            word.truncate(usize::from(shared));
            for _ in 0..added {
                word.push(if self.script == Script::Han { from.u16() } else { u16::from(from.u8()) });
            }
            tell(&word, from.u8());
        }
    }

    /// The share of running words that a word is, if it is in the list.
    pub fn rate(&self, hash: u32) -> Option<f32> {
        let (hashes, rates) = self.rates.get_or_init(|| {
            let mut all: Vec<(u32, u8)> = Vec::new();
            self.packed_each(|word, rate| all.push((super::table::hash(word), rate)));
            all.sort_unstable();
            all.dedup_by_key(|w| w.0);
            all.into_iter().unzip()
        });
        Some(unpack_rate(rates[hashes.binary_search(&hash).ok()?]))
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.language);
        out.push(self.script as u8);
        out.extend((self.packed.len() as u32).to_le_bytes());
        out.extend(&self.packed);
    }

    fn read(from: &mut Bytes<'_>) -> Self {
        let language = [from.u8(), from.u8()];
        let script = Script::ALL[(from.u8() as usize).min(16)];
        let n = from.u32() as usize;
        Self { language, script, packed: from.take(n).into(), rates: OnceLock::new() }
    }
}

fn unpack_rate(byte: u8) -> f32 {
    (-f32::from(byte) / RATE_STEPS).exp()
}

/// How a name may be changed in a sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct Affix {
    /// What comes before it.
    pub front: Box<[Symbol]>,
    /// The end of the name that goes.
    pub lost: Box<[Symbol]>,
    /// What comes in its place, or behind it.
    pub back: Box<[Symbol]>,
    /// Logarithm of the share of names (of those that end so) that are written so.
    pub cost: f32,
}

impl Affix {
    /// Whether it is the bare name.
    pub fn is_none(&self) -> bool {
        self.front.is_empty() && self.lost.is_empty() && self.back.is_empty()
    }

    fn write(&self, out: &mut Vec<u8>) {
        for part in [&self.front, &self.lost, &self.back] {
            out.push(part.len() as u8);
            part.iter().for_each(|s| out.extend(s.to_le_bytes()));
        }
        out.extend(self.cost.to_bits().to_le_bytes());
    }

    fn read(from: &mut Bytes<'_>) -> Self {
        let mut part = || -> Box<[Symbol]> { (0..from.u8()).map(|_| from.u16()).collect() };
        let (front, lost, back) = (part(), part(), part());
        Self { front, lost, back, cost: from.f32() }
    }
}

/// All that is known of a script.
#[derive(Debug, Clone)]
pub struct Knowledge {
    /// What its words look like.
    pub letters: Letters,
    /// What names look like that are written in it.
    pub names: Letters,
    /// Affixes of names, the bare name among them.
    pub affixes: Vec<Affix>,
    /// Weights of the second stage.
    pub weights: [f32; FACTS],
    /// Score from which a word is a hit of a name that has no ordinary word near it: for strict, normal and wide.
    pub thresholds: [f32; 3],
    /// How the false hits among words that no list has grow rarer with the score: the logarithm of their share of running
    /// words is the first, less the second times the score.
    pub tail: [f32; 2],
    /// Spellings that the sources have seen.
    pub attested: Attested,
}

impl Default for Knowledge {
    fn default() -> Self {
        Self {
            letters: Letters::default(),
            names: Letters::default(),
            affixes: Vec::new(),
            weights: FIRST,
            thresholds: [f32::INFINITY; 3],
            tail: [0.0, 1.0],
            attested: Attested::default(),
        }
    }
}

/// The whole model.
#[derive(Debug, Clone, Default)]
pub struct Model {
    /// From, to, how.
    pub pairs: Vec<(Script, Script, Transliteration)>,
    /// By script.
    pub scripts: Vec<Knowledge>,
    /// By language.
    pub words: Vec<Words>,
}

/// The model as it ships.
static FILE: &[u8] = include_bytes!("names.model");

impl Model {
    /// The one in the binary.
    pub fn shipped() -> &'static Model {
        static MODEL: OnceLock<Model> = OnceLock::new();
        MODEL.get_or_init(|| Model::read(FILE))
    }

    /// How names of one script are written in another.
    pub fn between(&self, from: Script, to: Script) -> Option<&Transliteration> {
        self.pairs.iter().find(|(f, t, _)| *f == from && *t == to).map(|(_, _, how)| how)
    }

    /// Reads a model file; one that is no model reads as an empty one.
    pub fn read(file: &[u8]) -> Model {
        let mut from = Bytes(file);
        let mut model = Model::default();
        model.scripts.resize(17, Knowledge::default());
        if from.take(8) != MAGIC {
            return model;
        }
        for _ in 0..from.u8() {
            let (a, b) = (from.u8() as usize, from.u8() as usize);
            model.pairs.push((Script::ALL[a.min(16)], Script::ALL[b.min(16)], Transliteration::read(&mut from)));
        }
        for knowledge in &mut model.scripts {
            let (letters, names) = (Letters::read(&mut from), Letters::read(&mut from));
            let affixes = (0..from.u16()).map(|_| Affix::read(&mut from)).collect();
            let weights = std::array::from_fn(|_| from.f32());
            let thresholds = std::array::from_fn(|_| from.f32());
            let tail = std::array::from_fn(|_| from.f32());
            let attested = Attested::read(&mut from);
            *knowledge = Knowledge { letters, names, affixes, weights, thresholds, tail, attested };
        }
        model.words = (0..from.u8()).map(|_| Words::read(&mut from)).collect();
        model
    }

    /// Writes a model file.
    pub fn write(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.push(self.pairs.len() as u8);
        for (a, b, how) in &self.pairs {
            out.extend([*a as u8, *b as u8]);
            how.write(&mut out);
        }
        for knowledge in &self.scripts {
            knowledge.letters.write(&mut out);
            knowledge.names.write(&mut out);
            out.extend((knowledge.affixes.len() as u16).to_le_bytes());
            knowledge.affixes.iter().for_each(|a| a.write(&mut out));
            let numbers = [&knowledge.weights[..], &knowledge.thresholds, &knowledge.tail];
            numbers.concat().iter().for_each(|t| out.extend(t.to_bits().to_le_bytes()));
            knowledge.attested.write(&mut out);
        }
        out.push(self.words.len() as u8);
        self.words.iter().for_each(|w| w.write(&mut out));
        out
    }
}
