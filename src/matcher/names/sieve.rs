//! Which of many names a word may spell, before any is scored.
//!
//! For each pair of neighbouring letters of a script there is a row of bits, one a name: whether the name may be written with this
//! pair in it, the ends of a word being letters too. A word is walked once for all names: a name that lacks three pairs of it is out
//! (two where the spelling is short, and one fewer within runs without spaces), and the walk ends when all are. How long a
//! spelling may be is a row of bits too. What this loses of what the full score finds is measured by a test.

use super::letters::Symbol;

/// Expected number of times that a spelling of a name has a pair, from which on the name has it.
const PAIR: f32 = 3e-4;

/// Probability of a length of a spelling from which on a name may be so long.
const LENGTH: f32 = 1e-4;

/// Letters that are hardly seen in names are no witnesses against one where a word has twice as many others as them, and so
/// many more: of what is left enough must speak for the name.
const WITNESSES: usize = 5;

/// In spellings of so many letters one pair may be missed, in longer ones two; within runs one fewer.
const SHORT: usize = 4;

/// Names that are walked at once: four numbers of 64 bits.
const LANES: usize = 4;

/// Symbols of a script that is no [`Sieve::single`] are below this.
const SMALL: Symbol = 256;

/// Longest word that is walked, in letters.
const LONGEST: usize = super::spelling::WORD;

/// What a spelling of a name is made of.
#[derive(Debug, Default)]
pub struct Makings {
    /// Pairs of letters, 0 for the ends of the word, with the times that they are expected.
    pub pairs: Vec<([Symbol; 2], f32)>,
    /// Probabilities of lengths.
    pub lengths: Vec<f32>,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Sieve {
    /// The row of a letter; [`Sieve::none`] for one that no name is written with.
    letters: Vec<u16>,
    /// Whether a letter is hardly seen in names.
    rare: Vec<bool>,
    /// Letters with rows: the ends of words, those of the names, [`Sieve::none`] and [`Sieve::any`].
    wide: usize,
    /// Groups of [`LANES`] numbers a row.
    groups: usize,
    pairs: Vec<[u64; LANES]>,
    lengths: Vec<[u64; LANES]>,
    /// Scripts of thousands of letters have rows of letters instead, and of letters that may be the first.
    single: bool,
    /// Spellings are looked for within runs, at every letter, where there is more to find by chance.
    runs: bool,
}

impl Sieve {
    /// For names by their makings; with `single` for a script of thousands of letters, with `runs` for one without spaces. Letters
    /// that `is_rare` says are hardly seen in names (those of Kurdish and Uyghur among the Arabic ones) may be no miss
    /// (see [`WITNESSES`]), for the model has not seen what stands beside them.
    pub fn new(names: &[Makings], single: bool, runs: bool, is_rare: &dyn Fn(Symbol) -> bool) -> Self {
        let groups = names.len().div_ceil(64 * LANES);
        let had = || names.iter().flat_map(|m| &m.pairs).filter(|p| p.1 >= PAIR).map(|p| p.0);
        let most = had().flatten().max().unwrap_or(0) as usize;
        let mut used = vec![false; most + 1];
        had().flatten().for_each(|s| used[s as usize] = true);
        used[0] = true;
        let wide = used.iter().filter(|u| **u).count() + 2;
        let mut next = 0;
        let letters: Vec<u16> = used
            .iter()
            .map(|u| {
                next += u16::from(*u);
                if *u { next - 1 } else { wide as u16 - 2 }
            })
            .collect();
        let rare = if single || runs { 0 } else { SMALL };
        let rows = if single { 2 * wide } else { wide * wide };
        let mut out = Self {
            letters,
            rare: (0..rare).map(is_rare).collect(),
            wide,
            groups,
            pairs: vec![[0; LANES]; rows * groups],
            lengths: vec![[0; LANES]; (LONGEST + 1) * groups],
            single,
            runs,
        };
        for (name, makings) in names.iter().enumerate() {
            let (group, lane, bit) = (name / (64 * LANES), name / 64 % LANES, 1u64 << (name % 64));
            for ([a, b], times) in &makings.pairs {
                if *times >= PAIR {
                    let row = out.row(out.letters[*a as usize], out.letters[*b as usize]);
                    out.pairs[row + group][lane] |= bit;
                }
            }
            for (length, p) in makings.lengths.iter().enumerate().take(LONGEST + 1) {
                if *p >= LENGTH {
                    out.lengths[length * groups + group][lane] |= bit;
                }
            }
        }
        if !single && !runs {
            let any = out.any();
            for other in 0..wide as u16 {
                for row in [out.row(any, other), out.row(other, any)] {
                    out.pairs[row..row + groups].fill([u64::MAX; LANES]);
                }
            }
        }
        if single {
            // Where a spelling ends is not asked.
            let end = out.row(1, 0);
            out.pairs[end..end + groups].fill([u64::MAX; LANES]);
        }
        out
    }

    #[inline]
    fn row(&self, a: u16, b: u16) -> usize {
        let first = if self.single { usize::from(a == 0) } else { a as usize };
        (first * self.wide + b as usize) * self.groups
    }

    /// The letter that no name is written with.
    fn none(&self) -> u16 {
        self.wide as u16 - 2
    }

    /// The letter that every name may be written with.
    fn any(&self) -> u16 {
        self.wide as u16 - 1
    }

    /// The rows of letters, which [`Sieve::sift`] walks.
    pub fn rows(&self, word: &[Symbol], out: &mut Vec<u16>) {
        let is_rare = |s: &Symbol| self.rare.get(*s as usize).copied().unwrap_or(false);
        let rare = word.iter().filter(|s| is_rare(s)).count();
        let pardoned = rare > 0 && word.len() >= 2 * rare + WITNESSES;
        let (none, any) = (self.none(), self.any());
        out.clear();
        out.extend(word.iter().map(|s| match pardoned && is_rare(s) {
            true => any,
            false => self.letters.get(*s as usize).copied().unwrap_or(none),
        }));
    }

    /// How many pairs a spelling of so many letters may miss.
    #[inline]
    fn allowed(&self, letters: usize) -> usize {
        let most = if self.runs { 1 } else { 2 };
        if letters <= SHORT { most - 1 } else { most }
    }

    /// Adds the names to `out` that may be written as a beginning of the word that is as long as one of the bits of `ends` says.
    /// Returns the longest of these lengths.
    pub fn sift(&self, word: &[u16], ends: u64, out: &mut Vec<u32>) -> usize {
        let word = &word[..word.len().min(LONGEST)];
        let most = self.allowed(LONGEST);
        let mut longest = 0;
        for group in 0..self.groups {
            // The names that have missed more pairs than so many.
            let mut missed = [[0; LANES]; 3];
            let mut kept = [0u64; LANES];
            let mut before = 0;
            for (i, letter) in word.iter().enumerate() {
                let row = &self.pairs[self.row(before, *letter) + group];
                let mut live = 0;
                for lane in 0..LANES {
                    let miss = !row[lane];
                    missed[2][lane] |= missed[1][lane] & miss;
                    missed[1][lane] |= missed[0][lane] & miss;
                    missed[0][lane] |= miss;
                    live |= !missed[most][lane];
                }
                if live == 0 {
                    break;
                }
                before = *letter;
                if ends >> (i + 1) & 1 == 1 {
                    let end = &self.pairs[self.row(before, 0) + group];
                    let length = &self.lengths[(i + 1) * self.groups + group];
                    let allowed = self.allowed(i + 1);
                    let mut any = 0;
                    for lane in 0..LANES {
                        let spent = if allowed == 0 { u64::MAX } else { missed[allowed - 1][lane] };
                        let passed = !(missed[allowed][lane] | spent & !end[lane]) & length[lane];
                        kept[lane] |= passed;
                        any |= passed;
                    }
                    if any != 0 {
                        longest = longest.max(i + 1);
                    }
                }
            }
            for (lane, kept) in kept.iter_mut().enumerate() {
                while *kept != 0 {
                    let name = (group * LANES + lane) as u32 * 64 + kept.trailing_zeros();
                    out.push(name);
                    *kept &= *kept - 1;
                }
            }
        }
        longest
    }
}
