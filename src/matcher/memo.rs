//! Words of which nothing can come, known by the bytes that a text has for them.
//!
//! Most words of most texts have been met before, and no watch looks for them: they need neither be read nor looked up again.
//! What is kept of a word is a hash of 63 bits with a secret of this watchlist, so that nobody who writes a text can make
//! another word meet it, or knows what to write to fill a place; there are as many places as there are, and the last comer takes one.

use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::text::token::parts::Numbers;

/// Pairs of places, a power of two.
const PAIRS: usize = 1 << 15;

/// The words.
#[derive(Debug)]
pub struct Memo {
    /// Pairs of hashes, the later one first; zero for none. Filled as the first text comes.
    pairs: Box<[[AtomicU64; 2]]>,
    secrets: [u64; 6],
}

/// A word as it is known here.
#[derive(Debug, Clone, Copy)]
pub struct Known(u64);

impl Default for Memo {
    fn default() -> Self {
        let random = std::collections::hash_map::RandomState::new();
        let secrets = [0, 1, 2, 3, 4, 5].map(|n| random.hash_one(n) | 1);
        let empty = || [const { AtomicU64::new(0) }; 2];
        Self { pairs: std::iter::repeat_with(empty).take(PAIRS).collect(), secrets }
    }
}

impl Memo {
    /// A word, as it is read in texts of this kind.
    #[inline]
    pub fn known(&self, numbers: &Numbers, kind: u64) -> Known {
        let ([a, b, c, d], length) = numbers.all();
        let s = &self.secrets;
        let both = folded(a ^ s[0], b ^ s[1]) ^ folded(c ^ s[2], d ^ s[3]);
        Known(folded(both ^ s[4], s[5] ^ kind << 8 ^ length as u64))
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
        &self.pairs[(known.0 >> 32) as usize % PAIRS]
    }
}

/// The product of two numbers, its halves laid over one another.
#[inline]
fn folded(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}
