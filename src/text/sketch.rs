//! What a text says, small enough to be kept and compared: is another one nearly the same?
//!
//! A text is read as *shingles*, short stretches of folded words (three of a spaced script, four characters of Chinese, six of
//! kana, eight of Thai and its like). Of these the smallest hashes are kept, from which it is estimated how many two texts
//! share (Broder, On the resemblance and containment of documents, 1997), and the *bands*, the smallest of the smallest, one
//! of which two texts that share much are all but sure to have in common: they are what an index looks up.
//!
//! Copy of an agency that was cut, turned round and worded anew keeps what it says first, if not at the same place: what
//! either text says first stands in the other. A later report says something else first, however much it repeats as
//! background; so does another report with the same notice of its publisher beneath.
//!
//! Two reports written after one pattern share more than any rewritten copy. They are told apart by their [`facts`], a
//! number, a day or a name in the place where the other text has another one, and where names have no capitals by what is
//! [`exchange`]d throughout.

mod exchange;
mod facts;
mod units;

use std::collections::BTreeSet;

use exchange::is_another_name;
use facts::{Fact, conflict};
use units::{FactClass, Unit, units};

use super::token::Hash;

/// Units of a text that are read; what lies beyond makes no text another one.
const READ: usize = 4000;
/// Weight of the beginning (thirty words), which has bands of its own, so that a short text is found in a long one.
const LEAD: usize = 240;
/// Shingles kept.
const KEPT: usize = 256;
/// Words kept, of the beginning: what facts are looked up in, and what is laid side by side.
const WORDS: usize = 400;
/// Facts kept.
const FACTS: usize = 48;
/// Bands of the whole text and of its beginning, at most.
const BANDS: [usize; 2] = [16, 16];
/// Weight of a shingle: see [`Unit::weight`].
const SHINGLE: usize = 24;

/// Fewer shingles than this say too little: the text is compared whole.
const LEAST: u32 = 8;
/// Fewer than this are no text: `Live updates` and the like.
const NOTHING: u32 = 3;
/// Of what either text says first, so much must stand in the other, …
const FIRST: f64 = 0.2;
/// … and of all shingles of the shorter one so much.
const SHARED: f64 = 0.15;
/// Where one is shorter than [`LEAST`], so much of all.
const SHORT: f64 = 0.8;

/// What is kept of a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sketch {
    /// How many different shingles it has.
    count: u32,
    /// The smallest of them, sorted.
    shingles: Vec<u32>,
    /// Those of its beginning, sorted.
    lead: Vec<u32>,
    /// Its words in their order, with [`exchange::END`] behind the title.
    words: Vec<u16>,
    /// Where its title ends in them, and what it says first.
    heads: [u16; 2],
    /// Its words are characters for the most part.
    runs: bool,
    /// Its names are seen by their capitals.
    named: bool,
    /// Its numbers, days and names.
    facts: Vec<Fact>,
    /// See the module.
    bands: Vec<u32>,
}

impl Sketch {
    /// Of an item's text. `None` where it says too little to be compared at all.
    pub fn of(title: &str, summary: &str, body: &str) -> Option<Self> {
        let mut all: Vec<Vec<Unit>> = Vec::new();
        let mut room = READ;
        for field in [title, summary, body] {
            let mut read = units(field);
            read.truncate(room);
            room -= read.len();
            all.push(read);
        }
        let mut shingles: BTreeSet<u32> = BTreeSet::new();
        all.iter().for_each(|field| shingles.extend(shingled(field)));
        let count = u32::try_from(shingles.len()).unwrap_or(u32::MAX);
        if count < NOTHING {
            return None;
        }
        let text = all[1..].iter().find(|field| !field.is_empty()).unwrap_or(&all[0]);
        let named = text.iter().any(|unit| unit.fact.is_some_and(|(class, _)| class == FactClass::Name));
        let first = beginning(text);
        let mut lead: Vec<u32> = shingled(first).collect();
        lead.sort_unstable();
        lead.dedup();
        let shingles: Vec<u32> = shingles.into_iter().take(KEPT).collect();
        let mut bands: Vec<u32> = shingles.iter().take(BANDS[0]).chain(lead.iter().take(BANDS[1])).copied().collect();
        bands.sort_unstable();
        bands.dedup();
        let word = |unit: &Unit| unit.word;
        let title = all[0].iter().map(word).chain([exchange::END]);
        let words: Vec<u16> = title.chain(all[1..].iter().flatten().map(word)).take(WORDS).collect();
        let end = |at: usize| u16::try_from(at.min(words.len())).unwrap_or(u16::MAX);
        let heads = [end(all[0].len() + 1), end(all[0].len() + 1 + first.len())];
        let mut facts = facts::of(&all);
        facts.truncate(FACTS);
        let runs = all.iter().flatten().filter(|unit| unit.weight < units::WORD).count() * 2 > words.len();
        Some(Self { count, shingles, lead, words, heads, runs, named, facts, bands })
    }

    /// Keys of an index: two texts that are nearly the same have one of them in common, all but surely.
    pub fn bands(&self) -> &[u32] {
        &self.bands
    }

    /// Whether another text is nearly the same, and contradicts this one in no number, day or name.
    pub fn is_near(&self, other: &Self) -> bool {
        let (resemblance, containment) = self.likeness(other);
        let alike = match self.count.min(other.count) < LEAST {
            true => resemblance >= SHORT,
            false => containment >= SHARED && self.first_in(other).min(other.first_in(self)) >= FIRST,
        };
        alike && !self.contradicts(other)
    }

    /// How much of what this text says first stands anywhere in the other, from 0 to 1.
    pub fn first_in(&self, other: &Self) -> f64 {
        let holds =
            |shingle: &u32| other.lead.binary_search(shingle).is_ok() || other.shingles.binary_search(shingle).is_ok();
        // Of a long text only the smallest are known.
        let last = other.shingles.last().copied().filter(|_| !other.is_whole()).unwrap_or(u32::MAX);
        let (mut asked, mut found) = (0, 0);
        for shingle in &self.lead {
            let held = holds(shingle);
            asked += usize::from(held || *shingle <= last);
            found += usize::from(held);
        }
        found as f64 / asked.max(1) as f64
    }

    fn is_whole(&self) -> bool {
        self.count as usize == self.shingles.len()
    }

    /// How much of all that both texts say is common to them, and how much of what the shorter one says: estimates from 0 to 1.
    pub fn likeness(&self, other: &Self) -> (f64, f64) {
        // The smallest hashes of both together are those of a fair sample of all.
        let kept = KEPT.min(self.shingles.len().max(other.shingles.len()));
        let (mut a, mut b) = (self.shingles.iter().peekable(), other.shingles.iter().peekable());
        let (mut seen, mut common) = (0usize, 0usize);
        let whole = self.is_whole() && other.is_whole();
        while whole || seen < kept {
            match (a.peek(), b.peek()) {
                (Some(x), Some(y)) if x == y => {
                    common += 1;
                    a.next();
                    b.next();
                }
                (Some(x), Some(y)) if x < y => _ = a.next(),
                (_, Some(_)) => _ = b.next(),
                (Some(_), None) => _ = a.next(),
                (None, None) => break,
            }
            seen += 1;
        }
        if seen == 0 {
            return (0.0, 0.0);
        }
        let resemblance = common as f64 / seen as f64;
        let both = f64::from(self.count) + f64::from(other.count);
        let shared = resemblance * both / (1.0 + resemblance);
        (resemblance, (shared / f64::from(self.count.min(other.count))).min(1.0))
    }

    /// Whether one has a number, a day or a name where the other has another one.
    pub fn contradicts(&self, other: &Self) -> bool {
        conflict((&self.facts, &self.words), (&other.facts, &other.words))
            || !(self.named && other.named) && is_another_name(self, other)
    }

    /// To be kept.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend(self.count.to_le_bytes());
        for length in [self.shingles.len(), self.lead.len(), self.words.len(), self.facts.len(), self.bands.len()] {
            out.extend((length as u16).to_le_bytes());
        }
        self.shingles.iter().chain(&self.lead).for_each(|s| out.extend(s.to_le_bytes()));
        self.words.iter().chain(&self.heads).for_each(|w| out.extend(w.to_le_bytes()));
        out.push(u8::from(self.runs) | u8::from(self.named) << 1);
        self.facts.iter().for_each(|f| f.write(&mut out));
        self.bands.iter().for_each(|b| out.extend(b.to_le_bytes()));
        out
    }

    /// What was kept; `None` where it is no sketch.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let count = u32::from_le_bytes(take(&mut rest)?);
        let mut length = || Some(usize::from(u16::from_le_bytes(take(&mut rest)?)));
        let lengths = [length()?, length()?, length()?, length()?, length()?];
        let all =
            |n: usize, rest: &mut &[u8]| (0..n).map(|_| take(rest).map(u32::from_le_bytes)).collect::<Option<Vec<_>>>();
        let shingles = all(lengths[0], &mut rest)?;
        let lead = all(lengths[1], &mut rest)?;
        let words = (0..lengths[2]).map(|_| take(&mut rest).map(u16::from_le_bytes)).collect::<Option<_>>()?;
        let heads = [u16::from_le_bytes(take(&mut rest)?), u16::from_le_bytes(take(&mut rest)?)];
        let [flags] = take::<1>(&mut rest)?;
        let (runs, named) = (flags & 1 != 0, flags & 2 != 0);
        let facts = (0..lengths[3]).map(|_| Fact::read(&mut rest)).collect::<Option<_>>()?;
        let bands = all(lengths[4], &mut rest)?;
        rest.is_empty().then_some(Self { count, shingles, lead, words, heads, runs, named, facts, bands })
    }
}

/// The next so many bytes.
fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (first, after) = rest.split_first_chunk::<N>()?;
    *rest = after;
    Some(*first)
}

/// The first so much of a field.
fn beginning(units: &[Unit]) -> &[Unit] {
    let mut weight = 0;
    let end = units.iter().position(|unit| {
        weight += unit.weight;
        weight > LEAD
    });
    &units[..end.unwrap_or(units.len())]
}

/// The shingles of a field.
fn shingled(units: &[Unit]) -> impl Iterator<Item = u32> {
    (0..units.len()).filter_map(|from| {
        let mut weight = 0;
        let mut bytes = Vec::with_capacity(32);
        for unit in &units[from..] {
            bytes.extend(unit.hash.to_le_bytes());
            weight += unit.weight;
            if weight >= SHINGLE {
                return Some((mixed(Hash::of_bytes(&bytes).bits()) >> 32) as u32);
            }
        }
        None
    })
}

/// Spreads a number over all bits (the end of MurmurHash3).
fn mixed(mut n: u64) -> u64 {
    n = (n ^ n >> 33).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    n = (n ^ n >> 33).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    n ^ n >> 33
}

#[cfg(test)]
mod tests;
