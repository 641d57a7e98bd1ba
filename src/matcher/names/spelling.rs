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
    /// Where choices begin in `arcs`; one more at the end.
    starts: Vec<u32>,
    arcs: Vec<Arc>,
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

/// Rows of a table of probabilities, kept between words.
#[derive(Debug, Default)]
pub struct Rows(Vec<f32>);

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
            for at in 0..name.len() {
                let left = (name.len() - at).min(4) as u8;
                let place = *known.entry((*from, window(name, at, 2, 4).0, left)).or_insert_with(|| {
                    out.add_place(how, name, at, &mut choices);
                    out.starts.len() as u32 - 2
                });
                out.places.push(place);
            }
            let mut plain = name.clone();
            if *from == Script::Latin {
                unmark(&mut plain);
            }
            let look = model.scripts[*from as usize].names.word(&plain);
            let at = (out.plain.len() as u32, plain.len() as u8);
            out.plain.extend(plain);
            let len = name.len() as u8;
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
        self.starts.push(self.arcs.len() as u32);
    }

    fn arcs(&self, entry: &Entry, at: usize) -> &[Arc] {
        let place = self.places[entry.first as usize + at] as usize;
        &self.arcs[self.starts[place] as usize..self.starts[place + 1] as usize]
    }

    /// What spellings of an entry are made of.
    fn makings(&self, entry: &Entry) -> Makings {
        const FOLLOWED: f32 = 1e-6;
        let len = entry.len as usize;
        // For each place of the name: which letter was written last, and how many there are.
        let mut last: Vec<Vec<(Symbol, f32)>> = vec![Vec::new(); len + GROUP + 1];
        let mut count = vec![[0f32; WORD + 1]; len + GROUP + 1];
        let mut pairs: HashMap<[Symbol; 2], f32> = HashMap::new();
        last[0].push((0, 1.0));
        count[0][0] = 1.0;
        let add = |list: &mut Vec<(Symbol, f32)>, letter: Symbol, p: f32| match list.iter_mut().find(|l| l.0 == letter)
        {
            Some(known) => known.1 += p,
            None => list.push((letter, p)),
        };
        for at in 0..len {
            let here = std::mem::take(&mut last[at]);
            let reached: f32 = here.iter().map(|l| l.1).sum();
            for arc in self.arcs(entry, at) {
                let to = at + arc.taken as usize;
                for n in 0..=WORD - arc.written as usize {
                    let p = count[at][n] * arc.p;
                    count[to][n + arc.written as usize] += p;
                }
                if arc.written == 0 {
                    here.iter().for_each(|(letter, p)| add(&mut last[to], *letter, p * arc.p));
                    continue;
                }
                let written = [arc.first, arc.rest[0], arc.rest[1]];
                for (letter, p) in here.iter().filter(|l| l.1 * arc.p >= FOLLOWED) {
                    *pairs.entry([*letter, arc.first]).or_default() += p * arc.p;
                }
                for two in written[..arc.written as usize].windows(2) {
                    *pairs.entry([two[0], two[1]]).or_default() += reached * arc.p;
                }
                add(&mut last[to], written[arc.written as usize - 1], reached * arc.p);
            }
        }
        for (letter, p) in &last[len] {
            *pairs.entry([*letter, 0]).or_default() += p;
        }
        Makings { pairs: pairs.into_iter().collect(), lengths: count[len].to_vec() }
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
    /// ways to cut both; what is less than `faint` says for a length is not followed (a probability only shrinks on its way).
    pub fn probabilities<'r>(
        &self,
        entry: u32,
        word: &[Symbol],
        faint: impl Fn(usize) -> f32,
        rows: &'r mut Rows,
    ) -> &'r [f32] {
        let entry = &self.entries[entry as usize];
        let (len, wide) = (entry.len as usize, word.len() + 1);
        let cells = &mut rows.0;
        cells.clear();
        cells.resize((len + 5) * wide, 0.0);
        cells[0] = 1.0;
        // Rows beyond this one have nothing yet.
        let mut reached = 0;
        for i in 0..len {
            if i > reached {
                break;
            }
            let arcs = self.arcs(entry, i);
            let silent = arcs.partition_point(|a| a.first == 0);
            for j in 0..wide {
                let here = cells[i * wide + j];
                if here < faint(j) {
                    continue;
                }
                reached = reached.max(i + 1);
                let ahead = &word[j..];
                let letter = ahead.first().copied().unwrap_or(Symbol::MAX);
                let from = arcs.partition_point(|a| a.first < letter);
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
                        reached = reached.max(i + arc.taken as usize);
                        cells[(i + arc.taken as usize) * wide + j + n] += here * arc.p;
                    }
                }
                cells[(i + 1) * wide + j] += here * ODD;
                if j + 1 < wide {
                    cells[(i + 1) * wide + j + 1] += here * ODD * ANY;
                    cells[i * wide + j + 1] += here * ODD * ANY;
                }
            }
        }
        &cells[len * wide..(len + 1) * wide]
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
