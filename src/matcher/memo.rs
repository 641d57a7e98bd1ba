//! Words of which nothing can come, known by the bytes that a text has for them.
//!
//! Most words of most texts have been met before, and no watch looks for them: they need neither be read nor looked up again.
//! What is kept of a word is a hash of 63 bits with a secret of this watchlist, so that nobody who writes a text can make
//! another word meet it, or knows what to write to fill a place; there are as many places as there are, and the last comer takes one.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::text::token::parts::Numbers;

use super::secret::Secret;

/// Pairs of places, a power of two: half a megabyte, which is never far away.
const PAIRS: usize = 1 << 15;

/// The same where it is dear to look at a word anew.
const PAIRS_DEAR: usize = 1 << 17;

/// The words.
#[derive(Debug)]
pub struct Memo {
    /// Pairs of hashes, the later one first; zero for none. Filled as the first text comes.
    pairs: Box<[[AtomicU64; 2]]>,
    secret: Secret,
}

/// A word as it is known here.
#[derive(Debug, Clone, Copy)]
pub struct Known(u64);

impl Memo {
    /// An empty one. It is `dear` to look at a word anew where names or stems are looked for.
    pub fn new(dear: bool) -> Self {
        let pairs = if dear { PAIRS_DEAR } else { PAIRS };
        let empty = || [const { AtomicU64::new(0) }; 2];
        Self { pairs: std::iter::repeat_with(empty).take(pairs).collect(), secret: Secret::new() }
    }

    /// A word, as it is read in texts of this kind.
    #[inline]
    pub fn known(&self, numbers: &Numbers, kind: u64) -> Known {
        Known(self.secret.of_numbers(numbers, kind))
    }

    /// Whether nothing can come of it.
    #[inline]
    pub fn is_idle(&self, known: Known) -> bool {
        let pair = self.pair(known);
        let [a, b] = [&pair[0], &pair[1]].map(|p| p.load(Ordering::Relaxed));
        a == known.0 | 1 || b == known.0 | 1
    }

    /// Keeps in mind that nothing can come of it.
    pub fn keep(&self, known: Known) {
        let pair = self.pair(known);
        pair[1].store(pair[0].load(Ordering::Relaxed), Ordering::Relaxed);
        pair[0].store(known.0 | 1, Ordering::Relaxed);
    }

    #[inline]
    fn pair(&self, known: Known) -> &[AtomicU64; 2] {
        &self.pairs[(known.0 >> 32) as usize & (self.pairs.len() - 1)]
    }
}
