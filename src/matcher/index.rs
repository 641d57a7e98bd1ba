//! From a word of a text to the patterns that may begin to be there.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::text::token::Kind;

use super::pattern::{Pattern, Piece};

/// Characters of an unspaced piece that are hashed, at most; longer pieces share the key of their first four.
pub const KEY: usize = 4;

/// A place in a pattern by which it is found.
#[derive(Debug, Clone, Copy)]
pub struct Anchor {
    /// The pattern.
    pub pattern: u32,
    /// Which of its pieces.
    pub piece: u32,
}

/// All keys of a watchlist.
#[derive(Debug)]
pub struct Index {
    /// A bit for each hash, so that most words of a text are done with here.
    filter: Box<[u64]>,
    mask: u64,
    slots: HashMap<u64, (u32, u32), BuildHasherDefault<Same>>,
    anchors: Box<[Anchor]>,
    /// Lengths in characters, as bits, of the keys of unspaced pieces.
    pub run_keys: u8,
}

impl Index {
    /// Indexes each pattern by its rarest piece; words come before runs, since a word is looked up once.
    pub fn build(patterns: &[Pattern]) -> Self {
        let mut counts: HashMap<u64, u32, BuildHasherDefault<Same>> = HashMap::default();
        for pattern in patterns.iter().filter(|p| p.pieces.len() > 1) {
            for piece in &pattern.pieces {
                *counts.entry(key(piece)).or_default() += 1;
            }
        }
        let mut run_keys = 0;
        let mut keyed: Vec<(u64, Anchor)> = Vec::with_capacity(patterns.len());
        for (p, pattern) in patterns.iter().enumerate() {
            let rarity = |piece: &Piece| {
                let count = counts.get(&key(piece)).copied().unwrap_or(1);
                (piece.kind == Kind::Run, count, usize::MAX - piece.form.len())
            };
            let Some((i, piece)) = pattern.pieces.iter().enumerate().min_by_key(|(_, piece)| rarity(piece)) else {
                continue;
            };
            if piece.kind == Kind::Run {
                run_keys |= 1 << (piece.form.chars().count().min(KEY) - 1);
            }
            keyed.push((key(piece), Anchor { pattern: p as u32, piece: i as u32 }));
        }
        keyed.sort_unstable_by_key(|(key, anchor)| (*key, anchor.pattern));
        // Sixteen bits a key leave one word in twenty that is not there.
        let bits = (keyed.len() * 16).next_power_of_two().max(64);
        let mut filter = vec![0u64; bits / 64].into_boxed_slice();
        let mask = bits as u64 - 1;
        let mut slots: HashMap<u64, (u32, u32), _> = HashMap::with_capacity_and_hasher(keyed.len(), Default::default());
        for (i, (key, _)) in keyed.iter().enumerate() {
            filter[((key & mask) / 64) as usize] |= 1 << (key & 63);
            slots.entry(*key).or_insert((i as u32, i as u32)).1 = i as u32 + 1;
        }
        Self { filter, mask, slots, anchors: keyed.into_iter().map(|(_, a)| a).collect(), run_keys }
    }

    /// The anchors of a hash; as hashes may meet, each is still to be verified.
    #[inline]
    pub fn anchors(&self, hash: u64) -> &[Anchor] {
        if self.filter[((hash & self.mask) / 64) as usize] & 1 << (hash & 63) == 0 {
            return &[];
        }
        match self.slots.get(&hash) {
            Some((from, to)) => &self.anchors[*from as usize..*to as usize],
            None => &[],
        }
    }
}

/// The key of a piece.
fn key(piece: &Piece) -> u64 {
    match piece.kind {
        Kind::Run => piece.form.chars().take(KEY).fold(RunKey::EMPTY, RunKey::with).hash(),
        Kind::Word | Kind::Symbol => word_key(&piece.form),
    }
}

/// The hash of a folded word.
#[inline]
pub fn word_key(form: &str) -> u64 {
    hash(form, 0x9E37_79B9_7F4A_7C15)
}

/// The hash of the first characters of an unspaced piece, to which one after the other is added.
#[derive(Debug, Clone, Copy)]
pub struct RunKey(u64);

impl RunKey {
    /// Of no character.
    pub const EMPTY: Self = Self(0xC2B2_AE3D_27D4_EB4F);

    /// With one character more.
    #[inline]
    #[must_use]
    pub fn with(self, c: char) -> Self {
        Self((self.0 ^ c as u64).wrapping_mul(0x9FB2_1C65_1E98_DF25).rotate_left(29))
    }

    /// The key.
    #[inline]
    pub fn hash(self) -> u64 {
        self.0 ^ self.0 >> 32
    }
}

/// Eight bytes a step, mixed at the end. The keys are the operator's own terms, so nobody can make them collide.
fn hash(form: &str, seed: u64) -> u64 {
    let mut h = seed ^ form.len() as u64;
    let mut chunks = form.as_bytes().chunks_exact(8);
    for chunk in &mut chunks {
        h = step(h, u64::from_le_bytes(chunk.try_into().expect("chunks are of eight bytes")));
    }
    let mut last = [0; 8];
    last[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
    h = step(h, u64::from_le_bytes(last));
    h ^ h >> 29
}

fn step(h: u64, x: u64) -> u64 {
    let wide = u128::from(h ^ x).wrapping_mul(0xA076_1D64_78BD_642F_E703_7ED1_A0B4_28DB);
    (wide >> 64) as u64 ^ wide as u64
}

/// Takes a key that is already a hash as it is.
#[derive(Debug, Default)]
pub struct Same(u64);

impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|b| self.0 = self.0.rotate_left(8) ^ u64::from(*b));
    }

    fn write_u64(&mut self, n: u64) {
        self.0 = n;
    }
}
