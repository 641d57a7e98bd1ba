//! From a word of a text to the patterns that may begin to be there.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::text::token::{Hash, Kind};

use super::pattern::{Pattern, Piece, Scope};

/// Characters of an unspaced piece that are hashed, at most; longer pieces share the key of their first four.
const KEY: usize = 4;

/// A place in a pattern by which it is found.
#[derive(Debug, Clone, Copy)]
pub struct Anchor {
    /// The pattern.
    pub pattern: u32,
    /// Which of its pieces.
    pub piece: u8,
    /// How many pieces follow it.
    pub rest: u8,
    /// How many more anchors have the same hash, behind this one.
    more: u32,
    /// Where the word of a pattern that is one word and nothing else stands among [`Index::words`]: length, which is zero for all
    /// others, and first byte.
    length: u16,
    from: u32,
}

impl Anchor {
    /// For a pattern that is still to be looked at.
    pub fn new(pattern: u32, piece: u8, rest: u8) -> Self {
        Self { pattern, piece, rest, more: 0, length: 0, from: 0 }
    }
}

/// Some anchors of an index, one behind the other.
#[derive(Debug, Clone, Copy, Default)]
pub struct Anchors {
    first: u32,
    count: u32,
}

impl Anchors {
    /// Whether there are none.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.count == 0
    }
}

/// Where the anchors of one hash begin, counted from one; none where that is zero.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    /// The low half of the hash, of which the place says some of the rest.
    hash: u32,
    from: u32,
}

/// All keys of a watchlist.
#[derive(Debug)]
pub struct Index {
    /// A bit for each hash, so that most words of a text are done with here.
    filter: Filter,
    /// A bit for each key of two characters of a run, and for the first three of each longer one.
    second: Filter,
    third: Filter,
    /// By the highest bits of a hash, then the next free place; never more than half full.
    slots: Box<[Slot]>,
    shift: u32,
    anchors: Box<[Anchor]>,
    /// The words of patterns of one word, in the order of their anchors, so that a hit need not go from pattern to piece to form.
    words: Box<str>,
    /// Lengths in characters, as bits, of the keys of unspaced pieces.
    run_keys: u8,
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
        let (mut second, mut third) = (Vec::new(), Vec::new());
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
                let count = piece.form.chars().take(KEY).count();
                run_keys |= 1 << (count - 1);
                match count {
                    1 => {}
                    2 => second.push(prefix(&piece.form, 2)),
                    _ => third.push(prefix(&piece.form, 3)),
                }
            }
            // A term has a few dozen words at most.
            let rest = pattern.pieces.len() - 1 - i;
            keyed.push((key(piece), Anchor::new(p as u32, i as u8, rest as u8)));
        }
        keyed.sort_unstable_by_key(|(key, anchor)| (*key, anchor.pattern));
        let words = words(patterns, &mut keyed);
        let filter = Filter::of(keyed.iter().map(|(key, _)| *key));
        let size = (keyed.len() * 2).next_power_of_two().max(2);
        let mut out = Self {
            filter,
            second: Filter::of(second.into_iter()),
            third: Filter::of(third.into_iter()),
            slots: vec![Slot::default(); size].into(),
            shift: 64 - size.trailing_zeros(),
            anchors: Box::default(),
            words,
            run_keys,
        };
        let mut from = 1;
        for group in keyed.chunk_by_mut(|(a, _), (b, _)| a == b) {
            let hash = group[0].0;
            group[0].1.more = group.len() as u32 - 1;
            let mut at = (hash >> out.shift) as usize;
            while out.slots[at].from > 0 {
                at = (at + 1) % size;
            }
            out.slots[at] = Slot { hash: hash as u32, from };
            from += group.len() as u32;
        }
        out.anchors = keyed.into_iter().map(|(_, a)| a).collect();
        out
    }

    /// The anchors of a hash; as hashes may meet, each is still to be verified.
    #[inline]
    pub fn anchors(&self, hash: Hash) -> Anchors {
        if self.filter.holds(hash.bits()) { self.looked_up(hash.bits()) } else { Anchors::default() }
    }

    /// They themselves.
    #[inline]
    pub fn list(&self, anchors: Anchors) -> &[Anchor] {
        &self.anchors[anchors.first as usize..][..anchors.count as usize]
    }

    /// The word that a pattern is, where it is one and nothing else.
    #[inline]
    pub fn word(&self, anchor: &Anchor) -> Option<&str> {
        let (from, length) = (anchor.from as usize, usize::from(anchor.length));
        (length > 0).then(|| &self.words[from..from + length])
    }

    fn looked_up(&self, bits: u64) -> Anchors {
        let mut at = (bits >> self.shift) as usize;
        loop {
            let slot = self.slots[at];
            let Some(first) = slot.from.checked_sub(1) else { return Anchors::default() };
            if slot.hash == bits as u32 {
                return Anchors { first, count: self.anchors[first as usize].more + 1 };
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// The anchors that stand in a folded run, each with the byte where it does.
    pub fn keys_in(&self, run: &str, mut found: impl FnMut(usize, Anchors)) {
        let mut last = Last::default();
        for (at, c) in run.char_indices() {
            self.step(&mut last, c.into(), |count, anchors| {
                let before = run[..at].char_indices().rev().take(count - 1).last();
                found(before.map_or(at, |(i, _)| i), anchors);
            });
        }
    }

    /// Takes the next character of a folded run; tells the anchors whose keys end with it, each with the length of its key.
    #[inline(always)]
    pub fn step(&self, last: &mut Last, c: u32, found: impl FnMut(usize, Anchors)) {
        last.push(c);
        let long = u8::from(self.third.holds(last.key(3)));
        let single = if self.run_keys & 1 == 0 { 0 } else { u8::from(self.filter.holds(last.key(1))) };
        // Lengths of keys that may end here, as bits.
        let lengths =
            single | u8::from(self.second.holds(last.key(2))) << 1 | (long << 2 | last.long << 3) & self.run_keys;
        last.long = long;
        if lengths != 0 {
            self.keys(*last, lengths, found);
        }
    }

    #[inline(never)]
    fn keys(&self, last: Last, lengths: u8, mut found: impl FnMut(usize, Anchors)) {
        for n in (1..=KEY).filter(|n| lengths & 1 << (n - 1) != 0) {
            let anchors = self.looked_up(last.key(n));
            if !anchors.is_empty() {
                found(n, anchors);
            }
        }
    }
}

/// The last characters of a run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Last {
    chars: u64,
    /// One where the first three of a longer key may end with the last.
    long: u8,
}

impl Last {
    /// Two characters that differ by a multiple of 65,536 are one here; what is found is verified.
    #[inline]
    fn push(&mut self, c: u32) {
        self.chars = self.chars << 16 | u64::from(c & 0xFFFF);
    }

    /// The key of the last so many, [`KEY`] at most.
    #[inline]
    fn key(self, count: usize) -> u64 {
        let all = self.chars & u64::MAX >> (64 - 16 * count);
        let mixed = (all ^ (count as u64) << 29).wrapping_mul(0x9FB2_1C65_1E98_DF25);
        mixed ^ mixed >> 32
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
            (anchor.from, anchor.length) = (from, length);
            out.push_str(form);
        }
    }
    out.into()
}

/// The key of a piece.
fn key(piece: &Piece) -> u64 {
    match piece.kind {
        Kind::Run => prefix(&piece.form, KEY),
        Kind::Word | Kind::Symbol => Hash::of(&piece.form).bits(),
    }
}

fn prefix(form: &str, length: usize) -> u64 {
    let mut all = Last::default();
    form.chars().take(length).for_each(|c| all.push(c.into()));
    all.key(form.chars().take(length).count())
}

/// Two bits of one word for each of some hashes.
#[derive(Debug)]
struct Filter {
    words: Box<[u64]>,
    /// The word of a hash is what its highest bits say.
    shift: u32,
}

/// Words of a filter, at least, so that those of small watchlists hold all but nothing that is not there.
const FILTER_LEAST: usize = 512;

impl Filter {
    /// Sixteen bits a hash leave one in sixty that is not there.
    fn of(hashes: impl ExactSizeIterator<Item = u64>) -> Self {
        let size = (hashes.len() / 4).next_power_of_two().max(FILTER_LEAST);
        let mut out = Self { words: vec![0; size].into(), shift: 64 - size.trailing_zeros() };
        for hash in hashes {
            out.words[(hash >> out.shift) as usize] |= Self::bits(hash);
        }
        out
    }

    fn bits(hash: u64) -> u64 {
        1 << (hash & 63) | 1 << (hash >> 6 & 63)
    }

    #[inline]
    fn holds(&self, hash: u64) -> bool {
        let word = self.words[(hash >> self.shift) as usize];
        (word >> (hash & 63)) & (word >> (hash >> 6 & 63)) & 1 != 0
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
