//! From a word of a text to the patterns that may begin to be there.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::text::token::{Hash, Kind};

use super::pattern::{Pattern, Piece, Scope};

/// Characters of an unspaced piece that are hashed, at most; longer pieces share the key of their first four.
pub const KEY: usize = 4;

/// A place in a pattern by which it is found.
#[derive(Debug, Clone, Copy)]
pub struct Anchor {
    /// The pattern.
    pub pattern: u32,
    /// Which of its pieces.
    pub piece: u16,
    /// Where the word of a pattern that is one word and nothing else stands among [`Index::words`]: first byte and length, which
    /// is zero for all others.
    word: (u32, u16),
}

impl Anchor {
    /// For a pattern that is still to be looked at.
    pub fn new(pattern: u32, piece: u16) -> Self {
        Self { pattern, piece, word: (0, 0) }
    }
}

/// The anchors of one hash: `anchors[from..to]`, and none where `to` is zero.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    hash: u64,
    from: u32,
    to: u32,
}

/// All keys of a watchlist.
#[derive(Debug)]
pub struct Index {
    /// A bit for each hash, so that most words of a text are done with here.
    filter: Filter,
    /// A bit for each first character of a run's key, by its low bits.
    first: Filter,
    /// A bit for each hash of the first two characters of a key of several.
    second: Filter,
    /// By the low bits of a hash, then the next free place; never more than half full.
    slots: Box<[Slot]>,
    anchors: Box<[Anchor]>,
    /// The words of patterns of one word, in the order of their anchors, so that a hit need not go from pattern to piece to form.
    words: Box<str>,
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
        let (mut first, mut second) = (Vec::new(), Vec::new());
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
                let mut chars = piece.form.chars();
                first.extend(chars.next().map(u64::from));
                second.extend(chars.next().map(|_| prefix(&piece.form, 2).bits()));
            }
            // A term has a few dozen words at most.
            keyed.push((key(piece), Anchor::new(p as u32, i as u16)));
        }
        keyed.sort_unstable_by_key(|(key, anchor)| (*key, anchor.pattern));
        let words = words(patterns, &mut keyed);
        let filter = Filter::of(keyed.iter().map(|(key, _)| *key));
        let mut slots = vec![Slot::default(); (keyed.len() * 2).next_power_of_two().max(2)].into_boxed_slice();
        let mut from = 0;
        for group in keyed.chunk_by(|(a, _), (b, _)| a == b) {
            let to = from + group.len();
            let mut at = group[0].0 as usize;
            while slots[at % slots.len()].to > 0 {
                at += 1;
            }
            let place = at % slots.len();
            slots[place] = Slot { hash: group[0].0, from: from as u32, to: to as u32 };
            from = to;
        }
        let anchors = keyed.into_iter().map(|(_, a)| a).collect();
        let (first, second) = (Filter::of(first.into_iter()), Filter::of(second.into_iter()));
        Self { filter, first, second, slots, anchors, words, run_keys }
    }

    /// The anchors of a hash; as hashes may meet, each is still to be verified.
    #[inline]
    pub fn anchors(&self, hash: Hash) -> &[Anchor] {
        if self.filter.holds(hash.bits()) { self.looked_up(hash.bits()) } else { &[] }
    }

    /// The word that a pattern is, where it is one and nothing else.
    #[inline]
    pub fn word(&self, anchor: &Anchor) -> Option<&str> {
        let (from, length) = (anchor.word.0 as usize, usize::from(anchor.word.1));
        (length > 0).then(|| &self.words[from..from + length])
    }

    fn looked_up(&self, bits: u64) -> &[Anchor] {
        let mask = self.slots.len() - 1;
        let mut at = bits as usize & mask;
        loop {
            let slot = self.slots[at];
            if slot.to == 0 {
                return &[];
            }
            if slot.hash == bits {
                return &self.anchors[slot.from as usize..slot.to as usize];
            }
            at = (at + 1) & mask;
        }
    }

    /// Whether the key of an unspaced piece may begin with this character.
    #[inline]
    pub fn begins(&self, c: char) -> bool {
        self.first.holds(c.into())
    }

    /// Whether one of several characters may begin with the two of this hash.
    #[inline]
    pub fn goes_on(&self, two: Hash) -> bool {
        self.second.holds(two.bits())
    }
}

/// Writes down the words of patterns that are one word and nothing else.
fn words(patterns: &[Pattern], keyed: &mut [(u64, Anchor)]) -> Box<str> {
    let mut out = String::new();
    for (_, anchor) in keyed {
        let pattern = &patterns[anchor.pattern as usize];
        if let [Piece { kind: Kind::Word, form, .. }] = &*pattern.pieces
            && pattern.gaps.is_empty()
            && pattern.scope == Scope::Any
            && let (Ok(from), Ok(length)) = (u32::try_from(out.len()), u16::try_from(form.len()))
        {
            anchor.word = (from, length);
            out.push_str(form);
        }
    }
    out.into()
}

/// The key of a piece.
fn key(piece: &Piece) -> u64 {
    match piece.kind {
        Kind::Run => prefix(&piece.form, KEY).bits(),
        Kind::Word | Kind::Symbol => Hash::of(&piece.form).bits(),
    }
}

fn prefix(form: &str, length: usize) -> Hash {
    Hash::of(form.char_indices().nth(length).map_or(form, |(i, _)| &form[..i]))
}

/// A bit for each of some hashes.
#[derive(Debug)]
struct Filter {
    bits: Box<[u64]>,
    mask: u64,
}

impl Filter {
    /// Sixteen bits a hash leave one in twenty that is not there.
    fn of(hashes: impl ExactSizeIterator<Item = u64>) -> Self {
        let size = (hashes.len() * 16).next_power_of_two().max(64);
        let mut bits = vec![0u64; size / 64].into_boxed_slice();
        let mask = size as u64 - 1;
        for hash in hashes {
            bits[((hash & mask) / 64) as usize] |= 1 << (hash & 63);
        }
        Self { bits, mask }
    }

    #[inline]
    fn holds(&self, hash: u64) -> bool {
        self.bits[((hash & self.mask) / 64) as usize] & 1 << (hash & 63) != 0
    }
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
