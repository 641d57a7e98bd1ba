//! A word looked at: what the sieve lets through is scored, and what comes near by the first score is judged.

use std::cell::{Cell, RefCell};
use std::ops::Range;

use super::background::{beside, common};
use super::established::Established;
use super::judge::{Facts, NEAR};
use super::letters::{Script, Spelt, Symbol, spell};
use super::model::Affix;
use super::spelling::{FAINT, Rows, Spellings, WORD};
use super::{NameFound, Names};

/// What is kept between words.
#[derive(Default)]
struct Desk {
    /// The word as its letters are rows of the sieve.
    letters: Vec<u16>,
    /// The word with an ending in the place of another.
    other: Vec<Symbol>,
    other_letters: Vec<u16>,
    candidates: Vec<u32>,
    /// The affixes of a group that the word has.
    carried: Vec<u32>,
    rows: Rows,
}

thread_local! {
    static DESK: RefCell<Desk> = RefCell::default();
    static SPELT: Cell<Spelt> = Cell::default();
}

/// Affixes that leave the same beginning of a word to look at.
#[derive(Debug)]
pub struct Group {
    front: Box<[Symbol]>,
    lost: Box<[Symbol]>,
    /// The last letter of a word that has one of them, where it is always the same.
    end: Option<Symbol>,
    /// Among those of the script.
    affixes: Vec<u32>,
}

/// The affixes of a script by what they leave.
pub fn groups(affixes: &[Affix]) -> Vec<Group> {
    let mut next = 0;
    let same = |a: &Affix, b: &Affix| a.front == b.front && a.lost == b.lost && a.lost.is_empty();
    affixes
        .chunk_by(same)
        .map(|chunk| {
            let from = next;
            next += chunk.len() as u32;
            let end = chunk[0].back.last().copied().filter(|_| chunk.len() == 1);
            let (front, lost) = (chunk[0].front.clone(), chunk[0].lost.clone());
            Group { front, lost, end, affixes: (from..next).collect() }
        })
        .collect()
}

/// What is known of the word that is looked at.
struct Word<'w> {
    names: &'w Names,
    script: Script,
    spelt: &'w Spelt,
    affixes: &'w [Affix],
    /// The background of the word and its rate, once somebody asked.
    facts: Option<(f32, f32)>,
    /// How common it is, once somebody asked.
    common: Option<f32>,
    /// The cores that were asked what they may stand for.
    asked: Vec<(Script, Vec<Symbol>, Spellings)>,
}

/// What is asked of a word.
pub struct Asked<'a> {
    /// The score from which on a name is told.
    pub least: &'a dyn Fn(u32) -> f32,
    /// For every name, without the sieve.
    pub every: bool,
    /// Words that are a name whatever their letters say.
    pub established: Option<&'a Established>,
    /// The share of running words that the word is at least, as far as that is known.
    pub rate: f32,
}

/// Looks at a word, and adds every name that is told.
pub fn look(names: &Names, word: &str, asked: &Asked<'_>, found: &mut Vec<NameFound>) {
    let Some(script) = Script::of_word(word) else { return };
    let mut spelt = SPELT.take();
    if spell(word, script, false, &mut spelt) {
        look_at((names, script), &spelt, asked, false, found);
    }
    SPELT.set(spelt);
}

/// The same for a word in symbols; with `bare` no affix is taken off.
pub fn look_at(
    (names, script): (&Names, Script),
    spelt: &Spelt,
    asked: &Asked<'_>,
    bare: bool,
    found: &mut Vec<NameFound>,
) {
    let spellings = names.spellings(script);
    if spellings.is_empty() || spelt.symbols.len() > WORD {
        return;
    }
    DESK.with_borrow_mut(|desk| {
        let Desk { letters, other, other_letters, candidates, carried, rows } = desk;
        let from = found.len();
        let symbols = spelt.symbols.as_slice();
        spellings.sieve.rows(symbols, letters);
        let affixes = names.model.scripts[script as usize].affixes.as_slice();
        let mut word = Word { names, script, spelt, affixes, facts: None, common: None, asked: Vec::new() };
        for group in &spellings.groups {
            let front = group.front.len();
            if group.end.is_some_and(|e| symbols.last() != Some(&e)) || !is_begin(symbols, &group.front) {
                continue;
            }
            carried.clear();
            let mut ends = 0u64;
            for affix in &group.affixes {
                let a = &affixes[*affix as usize];
                if bare && !a.is_none() {
                    continue;
                }
                let may = a.back.is_empty() || is_end(symbols, &a.back);
                if may && symbols.len() >= front + a.back.len() + least_core(a) {
                    carried.push(*affix);
                    ends |= 1 << (symbols.len() - front - a.back.len() + a.lost.len());
                }
            }
            if carried.is_empty() {
                continue;
            }
            let (word_letters, word_rows) = if group.lost.is_empty() {
                (symbols, letters.as_slice())
            } else {
                other.clear();
                other.extend(&symbols[..symbols.len() - affixes[carried[0] as usize].back.len()]);
                other.extend(&group.lost);
                spellings.sieve.rows(other, other_letters);
                (other.as_slice(), other_letters.as_slice())
            };
            candidates.clear();
            if asked.every {
                candidates.extend(0..spellings.len() as u32);
            } else {
                spellings.sieve.sift(&word_rows[front..], ends, candidates);
            }
            let mut left = Left { letters: word_letters, front, carried, best: None };
            for candidate in candidates.iter() {
                word.score(spellings, *candidate, &mut left, rows, asked, found, from);
            }
            if let Some(established) = asked.established.filter(|e| !e.is_empty()) {
                word.recognise(established, &left, found, from);
            }
        }
    });
}

/// A word as a group of affixes leaves it.
struct Left<'l> {
    letters: &'l [Symbol],
    /// Letters in front of the core.
    front: usize,
    /// The affixes of the group that the word has.
    carried: &'l [u32],
    /// The best that they can give, once a name asked: what the judge says of them before the name is known, and the cost of the cheapest.
    best: Option<(f32, f32)>,
}

impl Left<'_> {
    /// Letters of the core with an affix.
    fn core(&self, affix: &Affix) -> usize {
        self.letters.len() - self.front - if affix.lost.is_empty() { affix.back.len() } else { 0 }
    }
}

impl Word<'_> {
    /// Scores one name for the word as one group of affixes leaves it.
    #[allow(clippy::too_many_arguments, reason = "the innermost step of a loop, whose buffers are the caller's")]
    fn score(
        &mut self,
        spellings: &Spellings,
        candidate: u32,
        left: &mut Left<'_>,
        rows: &mut Rows,
        asked: &Asked<'_>,
        found: &mut Vec<NameFound>,
        from: usize,
    ) {
        if self.facts.is_none() && !self.may_come_near(spellings, candidate, left, rows, asked.rate) {
            return;
        }
        let entry = spellings.entry(candidate);
        let model = self.names.model;
        let weights = &model.scripts[self.script as usize].weights;
        let (script, symbols, affixes) = (self.script, &self.spelt.symbols, self.affixes);
        let (background, common) = *self.facts.get_or_insert_with(|| {
            let common = *self.common.get_or_insert_with(|| common(model, script, symbols));
            (beside(model, script, symbols, common), common)
        });
        let (plain, least) = (spellings.plain(entry), (asked.least)(entry.sought));
        // What the word must have, given the name, to come near; and to be enough for the judge, for whom a way back with a
        // probability of one is the best.
        let (judged, cheapest) = left.best.unwrap_or_else(|| {
            let mut best = (f32::NEG_INFINITY, f32::NEG_INFINITY);
            for affix in left.carried.iter().map(|a| &affixes[*a as usize]) {
                let (core, affixed) = (left.core(affix), !affix.is_none());
                let facts = Facts { background, common, core, affix: affixed, ..Facts::default() };
                best = (best.0.max(facts.judge(weights)), best.1.max(affix.cost));
            }
            best
        });
        left.best = Some((judged, cheapest));
        let is_bounded = weights[Facts::LIKELIHOOD] > 0.0 && weights[Facts::REVERSE] >= 0.0;
        let mut must = background + NEAR;
        if is_bounded {
            let known = judged + weights[Facts::NAME] * plain.len() as f32 + weights[Facts::LOOK] * entry.look;
            must = must.max((least - known) / weights[Facts::LIKELIHOOD]);
        }
        let faint = (must - cheapest - entry.prior).exp() * HARDLY;
        let ends = spellings.probabilities(candidate, &left.letters[left.front..], |_| faint, faint, rows);
        let mut best: Option<(f32, usize, &Affix)> = None;
        for affix in left.carried.iter().map(|a| &affixes[*a as usize]) {
            let core = left.core(affix);
            if ends[core] < faint {
                continue;
            }
            let likelihood = ends[core].ln() + affix.cost + entry.prior;
            if best.is_none_or(|b| likelihood > b.0) {
                best = Some((likelihood, core, affix));
            }
        }
        let Some((likelihood, core, affix)) = best else { return };
        if likelihood - background < NEAR {
            return;
        }
        let has_affix = !affix.is_none();
        let (name, look) = (plain.len(), entry.look);
        let mut facts = Facts { likelihood, background, core, name, reverse: 0.0, look, common, affix: has_affix };
        // The way back is dear.
        if is_bounded && facts.judge(weights) < least {
            return;
        }
        let core_letters = &left.letters[left.front..left.front + core];
        let at = self.asked.iter().position(|a| a.0 == entry.from && a.1 == core_letters).unwrap_or_else(|| {
            let back = Spellings::of_word(model, script, core_letters, entry.from);
            self.asked.push((entry.from, core_letters.to_vec(), back));
            self.asked.len() - 1
        });
        let back = &self.asked[at].2;
        facts.reverse = match back.is_empty() {
            true => look,
            false => back.probabilities(0, plain, |_| FAINT, 0.0, rows)[plain.len()].max(1e-37).ln(),
        };
        let score = facts.judge(weights);
        if score < least {
            return;
        }
        self.tell((entry.sought, score, facts), affix, left.front..left.front + core, found, from);
    }

    /// Whether the word is likely enough, given the name, to come near it, for all that is known at once of how common the word is. What
    /// it is like by its letters takes longer to tell than how likely it is for a name, and can only make it more common.
    fn may_come_near(
        &mut self,
        spellings: &Spellings,
        candidate: u32,
        left: &Left<'_>,
        rows: &mut Rows,
        rate: f32,
    ) -> bool {
        // The lists of Korean are of words without their particles.
        if self.script == Script::Hangul {
            return true;
        }
        let (model, script, symbols) = (self.names.model, self.script, &self.spelt.symbols);
        let common = match rate > 0.0 {
            true => rate,
            false => *self.common.get_or_insert_with(|| common(model, script, symbols)),
        };
        if common == 0.0 {
            return true;
        }
        let (entry, must) = (spellings.entry(candidate), common.ln() + NEAR);
        let affixes = || left.carried.iter().map(|a| &self.affixes[*a as usize]);
        let cheapest = affixes().map(|affix| affix.cost).fold(f32::NEG_INFINITY, f32::max);
        let faint = (must - cheapest - entry.prior).exp() * HARDLY;
        let ends = spellings.probabilities(candidate, &left.letters[left.front..], |_| faint, faint, rows);
        affixes().any(|affix| {
            let end = ends[left.core(affix)];
            end >= faint && end.ln() + affix.cost + entry.prior >= must
        })
    }

    /// Adds the names that are established in the word with one of the affixes.
    fn recognise(&self, established: &Established, left: &Left<'_>, found: &mut Vec<NameFound>, from: usize) {
        for affix in left.carried.iter().map(|a| &self.affixes[*a as usize]) {
            let core = left.core(affix);
            let letters = &left.letters[left.front..left.front + core];
            for (name, score) in established.names(letters, !affix.is_none()) {
                let facts = Facts { core, affix: !affix.is_none(), ..Facts::default() };
                self.tell((name, score, facts), affix, left.front..left.front + core, found, from);
            }
        }
    }

    /// Adds a name, or puts a better way to read it in the place of another.
    fn tell(
        &self,
        (name, score, facts): (u32, f32, Facts),
        affix: &Affix,
        core: Range<usize>,
        found: &mut Vec<NameFound>,
        from: usize,
    ) {
        let end = if affix.lost.is_empty() { core.end } else { self.spelt.symbols.len() };
        let core = self.spelt.bytes(core.start..end);
        let hit = NameFound { name, score, script: self.script, affix: !affix.is_none(), core, facts };
        match found[from..].iter_mut().find(|f| f.name == hit.name) {
            Some(known) if known.score < hit.score => *known = hit,
            Some(_) => {}
            None => found.push(hit),
        }
    }
}

/// A share of what a word must have that is hardly missed in the sum over all ways to cut it.
const HARDLY: f32 = 0.03;

/// Whether a word begins so; affixes are of one or two letters, for which a loop is quicker than the comparison of memory.
#[inline]
fn is_begin(word: &[Symbol], front: &[Symbol]) -> bool {
    word.len() >= front.len() && front.iter().zip(word).all(|(a, b)| a == b)
}

/// The same for an end.
#[inline]
fn is_end(word: &[Symbol], back: &[Symbol]) -> bool {
    word.len() >= back.len() && back.iter().rev().zip(word.iter().rev()).all(|(a, b)| a == b)
}

/// Letters that must remain when an affix is taken off.
fn least_core(affix: &Affix) -> usize {
    if affix.front.is_empty() && affix.back.is_empty() { 1 } else { 3 - affix.lost.len().min(2) }
}
