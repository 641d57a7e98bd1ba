//! Words that are a name as people write it, whatever the model says of their letters: the sources have seen them, or a list of
//! common words has one that can hardly be anything else.
//!
//! They carry affixes as any spelling does. How surely each is the name was settled when the names were compiled ([`super::bounds`]).

use std::collections::HashMap;
use std::ops::Range;

use super::letters::Symbol;
use super::table::hash;

/// A word for a name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Word {
    /// Its letters.
    pub letters: Box<[Symbol]>,
    /// It is the name alone, so that affixes may stand around it.
    pub bare: bool,
}

/// The words of all names in one script.
#[derive(Debug, Default)]
pub struct Established {
    /// By the hash of the word.
    words: HashMap<u32, Vec<(Word, u32)>>,
    /// Lengths of words that begin with two letters.
    beginnings: HashMap<[Symbol; 2], Vec<usize>>,
    /// The score that such a word has, by name.
    scores: Vec<f32>,
}

impl Established {
    /// Nothing yet, for names with these scores.
    pub fn new(scores: Vec<f32>) -> Self {
        Self { scores, ..Self::default() }
    }

    /// Adds a word of a name.
    pub fn add(&mut self, name: u32, word: Word) {
        if let [first, second, ..] = word.letters[..] {
            let lengths = self.beginnings.entry([first, second]).or_default();
            if !lengths.contains(&word.letters.len()) {
                lengths.push(word.letters.len());
            }
        }
        let words = self.words.entry(hash(&word.letters)).or_default();
        match words.iter_mut().find(|(known, of)| *of == name && known.letters == word.letters) {
            Some((known, _)) => known.bare |= word.bare,
            None => words.push((word, name)),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The names that a word is, with their scores; with an affix only of words that may carry one.
    pub fn names(&self, letters: &[Symbol], affix: bool) -> impl Iterator<Item = (u32, f32)> {
        let words = self.words.get(&hash(letters)).map(Vec::as_slice).unwrap_or_default();
        let same = words.iter().filter(move |(word, _)| *word.letters == *letters && (word.bare || !affix));
        same.map(|(_, name)| (*name, self.scores[*name as usize]))
    }

    /// The words of a name that may carry affixes, in the order of their letters.
    pub fn of(&self, name: u32) -> Vec<&[Symbol]> {
        let bare = |(word, of): &&(Word, u32)| *of == name && word.bare;
        let mut out: Vec<&[Symbol]> =
            self.words.values().flatten().filter(bare).map(|(word, _)| &*word.letters).collect();
        out.sort_unstable();
        out
    }

    /// The words within a run without spaces.
    pub fn within(&self, run: &[Symbol], mut tell: impl FnMut(Range<usize>, u32, f32)) {
        for (start, two) in run.windows(2).enumerate() {
            for length in self.beginnings.get(&[two[0], two[1]]).into_iter().flatten() {
                if let Some(letters) = run.get(start..start + length) {
                    self.names(letters, false).for_each(|(name, score)| tell(start..start + length, name, score));
                }
            }
        }
    }
}
