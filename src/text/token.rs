//! A text read into folded words, in one pass, each with its byte span in the original.
//!
//! Spaced scripts part words by the rules below, which differ from UAX #29 where feeds do: a full stop or underscore
//! between letters parts, U+200B inside a word does not, and letters of unlike scripts part unless they are commonly
//! mixed. Unspaced scripts come as whole runs, from border to border; what is a word in them is asked only about a
//! candidate (see [`border`](super::border)). Everything is linear in the text, whatever it holds.

mod blocks;
mod reader;

use reader::Reader;

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

/// A hash of folded characters, taken in one after the other: made while a text is read, so that looking a word up costs
/// next to nothing. What is looked up is the operator's own, so that nobody else can make hashes meet to any harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hash(u64);

impl Hash {
    /// Of nothing.
    pub const EMPTY: Self = Self(0xC2B2_AE3D_27D4_EB4F);

    /// Of a text.
    pub fn of(text: &str) -> Self {
        text.chars().fold(Self::EMPTY, Self::with)
    }

    /// With one character more.
    #[inline]
    #[must_use]
    pub fn with(self, c: char) -> Self {
        Self((self.0.rotate_left(5) ^ c as u64).wrapping_mul(0x9FB2_1C65_1E98_DF25))
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
    /// The folded forms one after another.
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
}

/// Longest text that is read, in bytes: offsets are kept in 32 bits, and no field comes near it.
pub const TEXT_LIMIT: usize = 1 << 30;

/// Reads a text. What lies beyond [`TEXT_LIMIT`] is not there.
pub fn read(text: &str, dots: Dots) -> Tokens {
    let mut reader = Reader::new(text, dots, |_, _| {});
    reader.in_blocks = dots == Dots::Plain;
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
