//! A text read into folded words, in one pass, each with its byte span in the original.
//!
//! Spaced scripts part words by the rules below, which differ from UAX #29 where feeds do: a full stop or underscore
//! between letters parts, U+200B inside a word does not, and letters of unlike scripts part unless they are commonly
//! mixed. Unspaced scripts come as whole runs, from border to border; what is a word in them is asked only about a
//! candidate (see [`border`](super::border)). Everything is linear in the text, whatever it holds.

mod blocks;
pub mod parts;
mod reader;

use reader::Reader;

use super::fold::Class;

/// What a token is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A word of a spaced script, or a number.
    Word,
    /// A run of an unspaced script, of any number of words.
    Run,
    /// An emoji with its tones and joiners, a flag, a currency sign.
    Symbol,
}

/// Scripts met in a word, as far as somebody asks: a set of bits.
pub mod scripts {
    /// Latin letters.
    pub const LATIN: u8 = 1;
    /// Greek letters.
    pub const GREEK: u8 = 2;
    /// Cyrillic letters.
    pub const CYRILLIC: u8 = 4;
    /// Hangul.
    pub const HANGUL: u8 = 8;
    /// Arabic letters.
    pub const ARABIC: u8 = 16;
    /// Hebrew letters.
    pub const HEBREW: u8 = 32;
    /// Not a script: an apostrophe or gershayim stands inside.
    pub const MARKED: u8 = 64;
}

impl Class {
    /// The bit of its script, see [`scripts`].
    pub(super) fn script(self) -> u8 {
        match self {
            Class::Latin => scripts::LATIN,
            Class::Greek => scripts::GREEK,
            Class::Cyrillic => scripts::CYRILLIC,
            Class::Hangul => scripts::HANGUL,
            Class::Arabic => scripts::ARABIC,
            Class::Hebrew => scripts::HEBREW,
            Class::Apostrophe | Class::Gershayim => scripts::MARKED,
            _ => 0,
        }
    }
}

/// One word, run or symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// See [`scripts`].
    pub scripts: u8,
    /// First byte in the original.
    pub start: u32,
    /// The byte after its last in the original, with the accents of the last letter.
    pub end: u32,
    /// First byte in the folded text.
    pub from: u32,
    /// The byte after its last in the folded text.
    pub to: u32,
    /// Of its folded form.
    pub hash: Hash,
}

/// A hash of a folded form, eight bytes at a time. What is looked up is the operator's own, so that nobody else can make
/// hashes meet to any harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hash(u64);

impl Hash {
    /// Before anything is taken in.
    pub const EMPTY: Self = Self(0xC2B2_AE3D_27D4_EB4F);

    /// Of a text.
    #[inline]
    pub fn of(text: &str) -> Self {
        Self::of_bytes(text.as_bytes())
    }

    /// Of the bytes of a text.
    #[inline]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        let (chunks, rest) = bytes.as_chunks::<8>();
        let hash = chunks.iter().fold(Self::EMPTY, |hash, chunk| hash.chunk(u64::from_le_bytes(*chunk)));
        // The rest as a number, in two reads that overlap.
        let n = rest.len();
        let rest = match (bytes.last_chunk::<8>(), rest.first_chunk::<4>(), rest.last_chunk::<4>()) {
            _ if n == 0 => 0,
            (Some(eight), ..) => u64::from_le_bytes(*eight) >> (64 - 8 * n),
            (_, Some(first), Some(last)) => {
                u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << (8 * (n - 4))
            }
            _ => rest.iter().rev().fold(0, |all, b| all << 8 | u64::from(*b)),
        };
        hash.ended(rest, bytes.len())
    }

    /// With eight bytes more.
    #[inline]
    #[must_use]
    pub(super) fn chunk(self, bytes: u64) -> Self {
        Self((self.0.rotate_left(5) ^ bytes).wrapping_mul(0x9FB2_1C65_1E98_DF25))
    }

    /// With the last bytes, seven at most, and the length of the whole.
    #[inline]
    #[must_use]
    pub(super) fn ended(self, rest: u64, length: usize) -> Self {
        let all = self.chunk(rest).0 ^ length as u64;
        Self((all ^ all >> 32).wrapping_mul(0x9FB2_1C65_1E98_DF25))
    }

    /// The other one where that is so, without a branch.
    #[inline]
    pub(super) fn or(self, other: Self, is: bool) -> Self {
        Self(self.0 ^ (self.0 ^ other.0) & u64::from(is).wrapping_neg())
    }

    /// Its bits, of which the low ones are as good as the high ones.
    #[inline]
    pub fn bits(self) -> u64 {
        self.0 ^ self.0 >> 32
    }
}

/// How dotted and dotless i are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dots {
    /// All are i.
    Plain,
    /// `I` is the capital of `ı`.
    Turkic,
    /// `I` was typed for `İ`, but `ı` is itself: another reading of a term, never of a text.
    Typed,
}

/// A text, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tokens {
    /// The folded forms in their order, with what stands between them or without: see [`Tokens::form`].
    pub folded: String,
    /// In the order of the text.
    pub list: Vec<Token>,
}

impl Tokens {
    /// The folded form of a token of this text.
    #[inline]
    pub fn form(&self, token: &Token) -> &str {
        &self.folded[token.from as usize..token.to as usize]
    }

    /// The folded forms one after another, and nothing between them.
    pub fn joined(&self) -> String {
        self.list.iter().map(|t| self.form(t)).collect()
    }
}

/// Longest text that is read, in bytes: offsets are kept in 32 bits, and no field comes near it.
pub const TEXT_LIMIT: usize = 1 << 30;

/// Reads a text. What lies beyond [`TEXT_LIMIT`] is not there.
pub fn read(text: &str, dots: Dots) -> Tokens {
    let mut reader = Reader::new(text, dots, |_, _| {});
    reader.in_blocks = true;
    reader.run();
    reader.out
}

/// Reads a part of a text, which ends at a border of [`parts`], and puts its tokens behind those that are there.
pub fn read_part(text: &str, start: usize, end: usize, dots: Dots, out: &mut Tokens) {
    let mut reader = Reader::onto(std::mem::take(out), &text[..end], dots, |_, _| {});
    reader.in_blocks = true;
    reader.run_from(start);
    *out = reader.out;
}

/// As [`read`], each letter by itself and nothing many at a time: what that is held to.
#[cfg(test)]
pub fn read_slowly(text: &str, dots: Dots) -> Tokens {
    let mut reader = Reader::new(text, dots, |_, _| {});
    reader.slow = true;
    reader.run();
    reader.out
}

/// For each character that a stretch of text folds into, where it begins in the folded form and where the character
/// that it comes from begins in the text; with the folded form itself.
pub fn trace(text: &str, dots: Dots) -> (String, Vec<(u32, u32)>) {
    let mut places = Vec::new();
    let mut reader = Reader::new(text, dots, |folded, original| {
        // What was taken back has no place any more.
        while places.last().is_some_and(|(f, _)| *f >= folded as u32) {
            places.pop();
        }
        places.push((folded as u32, original as u32));
    });
    reader.run();
    let folded = reader.out.folded;
    (folded, places)
}

#[cfg(test)]
mod tests;
