//! Sought names compiled for one script: for each place of each name what may be written there, and the sieve by which a
//! word of a text finds the few names that it may spell.
//!
//! Places with the same letters around them share their choices, so that many names cost little. All is in flat tables.

use std::collections::HashMap;

use super::letters::{Script, Symbol, unmark};
use super::look::{Group, groups};
use super::model::{Choice, GROUP, Model, Transliteration, window};
use super::sieve::{Makings, Sieve};

/// Longest name, in letters; what is longer is cut off here and finds nothing.
pub const NAME: usize = 28;

/// Longest word of a text, in letters.
pub const WORD: usize = 40;

/// What may be written at a place.
#[derive(Debug, Clone, Copy)]
struct Arc {
    /// First letter written, 0 for none.
    first: Symbol,
    rest: [Symbol; 2],
    /// Letters of the name.
    taken: u8,
    /// Letters written.
    written: u8,
    p: f32,
}

/// A spelling of a sought name in a script that the model can write out: the name itself, or one in Latin for it.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The sought name.
    pub sought: u32,
    /// Logarithm of the probability that the sought name is spelt so.
    pub prior: f32,
    /// Its places.
    first: u32,
    /// How many.
    len: u8,
    /// Its letters without marks, among `plain`.
    plain: (u32, u8),
    /// Logarithm of how likely its letters are among names of its script.
    pub look: f32,
    /// Its script.
    pub from: Script,
}

/// Names compiled for a script.
#[derive(Debug, Default)]
pub struct Spellings {
    entries: Vec<Entry>,
    /// For each place of each name, the number of its choices.
    places: Vec<u32>,
    /// For each place of each name, the most that the likeliest way to write the rest has.
    rests: Vec<f32>,
    /// Where choices begin in `arcs`; one more at the end.
    starts: Vec<u32>,
    arcs: Vec<Arc>,
    /// The first letter of each of them.
    firsts: Vec<Symbol>,
    /// Letters of the names without marks, one after another.
    plain: Vec<Symbol>,
    /// Which of them a word may spell.
    pub sieve: Sieve,
    /// The affixes of the script.
    pub groups: Vec<Group>,
}

/// A letter written that the model would not write, one left out, one put in.
const ODD: f32 = 0.0004;
/// Chance of one letter among those of its script.
const ANY: f32 = 0.04;
/// A letter with less than this share of those in names is no witness for the sieve.
const RARE: f32 = 0.003;
/// Cells with less are not followed.
pub const FAINT: f32 = 1e-18;

/// Rows of a table of probabilities, kept between words; all of them zero but the last that was asked for.
#[derive(Debug, Default)]
pub struct Rows {
    cells: Vec<f32>,
    ends: Vec<f32>,
}

/// Widens what is reached of a row.
#[inline]
fn reach(row: &mut (u8, u8), from: usize, end: usize) {
    *row = (row.0.min(from as u8), row.1.max(end as u8));
}

impl Spellings {
    /// A single word as it may be written in another script, for [`Spellings::probabilities`] of its entry 0; nothing where the model cannot.
    pub fn of_word(model: &Model, from: Script, word: &[Symbol], to: Script) -> Spellings {
        let mut out = Spellings { starts: vec![0], ..Spellings::default() };
        let mut choices = Vec::new();
        if let Some(how) = model.between(from, to).filter(|_| word.len() <= NAME) {
            for at in 0..word.len() {
                out.add_place(how, word, at, &mut choices);
                out.places.push(at as u32);
            }
            out.add_rests();
            let len = word.len() as u8;
            out.entries.push(Entry { sought: 0, prior: 0.0, first: 0, len, plain: (0, 0), look: 0.0, from });
        }
        out
    }

    /// The letters of an entry without marks.
    pub fn plain(&self, entry: &Entry) -> &[Symbol] {
        &self.plain[entry.plain.0 as usize..][..entry.plain.1 as usize]
    }

    /// Compiles names, each given as letters of `from` with the sought name that it stands for and the logarithm of how surely.
    pub fn compile(model: &Model, names: &[(u32, f32, Script, Vec<Symbol>)], to: Script) -> Spellings {
        let mut out = Spellings { starts: vec![0], ..Spellings::default() };
        let mut known: HashMap<(Script, [Symbol; 6], u8), u32> = HashMap::new();
        let mut choices: Vec<Choice> = Vec::new();
        for (sought, prior, from, name) in names {
            let Some(how) = model.between(*from, to) else { continue };
            if name.len() > NAME {
                continue;
            }
            let first = out.places.len() as u32;
            let mut add = |out: &mut Spellings, name: &[Symbol]| {
                for at in 0..name.len() {
                    let left = (name.len() - at).min(4) as u8;
                    let place = *known.entry((*from, window(name, at, 2, 4).0, left)).or_insert_with(|| {
                        out.add_place(how, name, at, &mut choices);
                        out.starts.len() as u32 - 2
                    });
                    out.places.push(place);
                }
            };
            add(&mut out, name);
            let mut plain = name.clone();
            if *from == Script::Latin {
                unmark(&mut plain);
            }
            // Where the model has not seen a letter with its mark it is read without.
            let mut name = name;
            if plain != *name
                && plain.len() <= NAME
                && out.places[first as usize..].iter().any(|p| out.arcs_of(*p).is_empty())
            {
                out.places.truncate(first as usize);
                add(&mut out, &plain);
                name = &plain;
            }
            let len = name.len() as u8;
            out.add_rests();
            let look = model.scripts[*from as usize].names.word(&plain);
            let at = (out.plain.len() as u32, plain.len() as u8);
            out.plain.extend(&plain);
            out.entries.push(Entry { sought: *sought, prior: *prior, first, len, plain: at, look, from: *from });
        }
        let makings: Vec<Makings> = out.entries.iter().map(|e| out.makings(e)).collect();
        let known = &model.scripts[to as usize].names;
        let is_rare = |s: Symbol| known.share(s) < RARE;
        out.sieve = Sieve::new(&makings, to == Script::Han, to.is_unspaced(), &is_rare);
        out.groups = groups(&model.scripts[to as usize].affixes);
        out
    }

    fn add_place(&mut self, how: &Transliteration, name: &[Symbol], at: usize, choices: &mut Vec<Choice>) {
        how.choices(name, at, choices);
        choices.retain(|c| c.p > 1e-4);
        // By the first letter written, of which a word asks for one.
        choices.sort_by_key(|c| (c.step.written, c.step.taken));
        self.arcs.extend(choices.iter().map(|c| {
            let [first, rest @ ..] = c.step.written;
            let written = c.step.written.iter().filter(|s| **s != 0).count() as u8;
            Arc { first, rest, taken: c.step.taken, written, p: c.p * (1.0 - 3.0 * ODD) }
        }));
        self.firsts.extend(choices.iter().map(|c| c.step.written[0]));
        self.starts.push(self.arcs.len() as u32);
    }

    fn arcs(&self, entry: &Entry, at: usize) -> &[Arc] {
        self.arcs_of(self.places[entry.first as usize + at])
    }

    fn arcs_of(&self, place: u32) -> &[Arc] {
        &self.arcs[self.starts[place as usize] as usize..self.starts[place as usize + 1] as usize]
    }

    fn firsts_of(&self, place: u32) -> &[Symbol] {
        &self.firsts[self.starts[place as usize] as usize..self.starts[place as usize + 1] as usize]
    }

    /// The likeliest rests of the name whose places are the last.
    fn add_rests(&mut self) {
        let (first, len) = (self.rests.len(), self.places.len());
        let mut rests = vec![1.0; len - first + 1];
        for at in (0..len - first).rev() {
            let best = |best: f32, arc: &Arc| best.max(arc.p * rests[at + arc.taken as usize]);
            rests[at] = self.arcs_of(self.places[first + at]).iter().fold(rests[at + 1] * ODD, best);
        }
        self.rests.extend(&rests[..len - first]);
    }

    /// What spellings of an entry are made of.
    fn makings(&self, entry: &Entry) -> Makings {
        const FOLLOWED: f32 = 1e-6;
        let len = entry.len as usize;
        // The letters that are written, 0 among them, each by its place in this list.
        let mut letters: Vec<Symbol> = (0..len)
            .flat_map(|at| self.arcs(entry, at))
            .flat_map(|arc| [arc.first, arc.rest[0], arc.rest[1]])
            .chain([0])
            .collect();
        letters.sort_unstable();
        letters.dedup();
        let wide = letters.len();
        let place = |letter: Symbol| letters.partition_point(|l| *l < letter);
        let mut pairs = vec![0f32; wide * wide];
        // For each place of the name: which letter was written last, and how many there are, the most of them too.
        let mut last = vec![0f32; (len + GROUP + 1) * wide];
        let mut count = vec![[0f32; WORD + 1]; len + GROUP + 1];
        let mut most = vec![0usize; len + GROUP + 1];
        last[0] = 1.0;
        count[0][0] = 1.0;
        for at in 0..len {
            let (here, behind) = last[at * wide..].split_at_mut(wide);
            let reached: f32 = here.iter().sum();
            for arc in self.arcs(entry, at) {
                let (to, n) = (at + arc.taken as usize, arc.written as usize);
                let longest = most[at].min(WORD - n);
                for m in 0..=longest {
                    count[to][m + n] += count[at][m] * arc.p;
                }
                most[to] = most[to].max(longest + n);
                let next = &mut behind[(arc.taken as usize - 1) * wide..][..wide];
                let [first, second, third] = [arc.first, arc.rest[0], arc.rest[1]].map(place);
                if n == 0 {
                    next.iter_mut().zip(&*here).for_each(|(next, p)| *next += p * arc.p);
                    continue;
                }
                for (letter, p) in here.iter().enumerate().filter(|l| l.1 * arc.p >= FOLLOWED) {
                    pairs[letter * wide + first] += p * arc.p;
                }
                for two in [first, second, third][..n].windows(2) {
                    pairs[two[0] * wide + two[1]] += reached * arc.p;
                }
                next[[first, second, third][n - 1]] += reached * arc.p;
            }
        }
        for (letter, p) in last[len * wide..][..wide].iter().enumerate() {
            pairs[letter * wide] += p;
        }
        let pairs = pairs.iter().enumerate().filter(|(_, times)| **times > 0.0);
        let pairs = pairs.map(|(i, times)| ([letters[i / wide], letters[i % wide]], *times)).collect();
        Makings { pairs, lengths: count[len].to_vec() }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// An entry by its number.
    pub fn entry(&self, entry: u32) -> &Entry {
        &self.entries[entry as usize]
    }

    /// For each length of a beginning of the word, the probability that the name is written so and ends there. Summed over all
    /// ways to cut both; what is less than `faint` says for a length, and what could not have `least` at the end, is not followed
    /// (a probability only shrinks on its way).
    pub fn probabilities<'r>(
        &self,
        entry: u32,
        word: &[Symbol],
        faint: impl Fn(usize) -> f32,
        least: f32,
        rows: &'r mut Rows,
    ) -> &'r [f32] {
        let entry = &self.entries[entry as usize];
        let (len, wide) = (entry.len as usize, word.len() + 1);
        let rests = &self.rests[entry.first as usize..][..len];
        let Rows { cells, ends } = rows;
        cells.resize(cells.len().max((len + GROUP + 1) * wide), 0.0);
        cells[0] = 1.0;
        // For each row the first cell that has something, and the one behind the last.
        let mut reached = [(u8::MAX, 0); NAME + GROUP + 1];
        reached[0] = (0, 1);
        for i in 0..len {
            let (mut j, mut end) = (usize::from(reached[i].0), usize::from(reached[i].1));
            if j >= end {
                continue;
            }
            let arcs = self.arcs(entry, i);
            let firsts = self.firsts_of(self.places[entry.first as usize + i]);
            let silent = firsts.iter().take_while(|f| **f == 0).count();
            let enough = least / rests[i];
            while j < end {
                let here = cells[i * wide + j];
                if here < enough || here < faint(j) {
                    j += 1;
                    continue;
                }
                let ahead = &word[j..];
                let letter = ahead.first().copied().unwrap_or(Symbol::MAX);
                // Counted without a branch, which is quicker for some dozens than a search.
                let from = firsts.iter().map(|f| usize::from(*f < letter)).sum::<usize>();
                let same = arcs[from..].iter().take_while(|a| a.first == letter);
                for arc in arcs[..silent].iter().chain(same) {
                    let n = arc.written as usize;
                    let fits = match (n, ahead) {
                        (0 | 1, _) => true,
                        (2, [_, b, ..]) => *b == arc.rest[0],
                        (3, [_, b, c, ..]) => [*b, *c] == arc.rest,
                        _ => false,
                    };
                    if fits {
                        let to = i + arc.taken as usize;
                        reach(&mut reached[to], j + n, j + n + 1);
                        cells[to * wide + j + n] += here * arc.p;
                    }
                }
                let odd = usize::from(j + 1 < wide);
                reach(&mut reached[i + 1], j, j + odd + 1);
                cells[(i + 1) * wide + j] += here * ODD;
                if odd == 1 {
                    cells[(i + 1) * wide + j + 1] += here * ODD * ANY;
                    cells[i * wide + j + 1] += here * ODD * ANY;
                    end = end.max(j + 2);
                }
                j += 1;
            }
            cells[i * wide + usize::from(reached[i].0)..i * wide + end].fill(0.0);
        }
        ends.clear();
        ends.extend_from_slice(&cells[len * wide..(len + 1) * wide]);
        for (i, (from, end)) in reached.iter().enumerate().skip(len).filter(|(_, r)| r.0 < r.1) {
            cells[i * wide + usize::from(*from)..i * wide + usize::from(*end)].fill(0.0);
        }
        ends
    }

    /// The likeliest spellings of an entry, with their probabilities, at most so many.
    pub fn likeliest(&self, entry: u32, most: usize) -> Vec<(Vec<Symbol>, f32)> {
        let entry = &self.entries[entry as usize];
        let len = entry.len as usize;
        let mut beams: Vec<HashMap<Vec<Symbol>, f32>> = vec![HashMap::new(); len + 1];
        beams[0].insert(Vec::new(), 1.0);
        for i in 0..len {
            let mut beam: Vec<(Vec<Symbol>, f32)> = std::mem::take(&mut beams[i]).into_iter().collect();
            beam.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            beam.truncate(most * 4 + 16);
            for (written, p) in beam {
                for arc in self.arcs(entry, i) {
                    let mut next = written.clone();
                    next.extend([arc.first, arc.rest[0], arc.rest[1]].into_iter().take(arc.written as usize));
                    *beams[(i + arc.taken as usize).min(len)].entry(next).or_default() += p * arc.p;
                }
            }
        }
        let mut out: Vec<(Vec<Symbol>, f32)> = std::mem::take(&mut beams[len]).into_iter().collect();
        out.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        out.truncate(most);
        out
    }
}
