//! What one character becomes when texts are compared, and what part it plays in a word.
//!
//! The answers come from ICU's data and the few tables below, computed once for each block of 256 characters that is
//! met and kept for ever in four bytes a character; a text is then folded by two look-ups a character.
//!
//! What is folded: compatibility forms and width (NFKC), case (full folding), accents of Latin, Greek and Arabic letters
//! and points of Hebrew (their marks go), the letters of two tables of its own, digits of all scripts.
//! What is not: marks that make another letter (й, ї, ў, voiced kana, Indic and Thai vowels).
//!
//! ئ and ؤ lose their hamza although Lucene's table leaves them alone: they decompose into the plain letter and U+0654,
//! which goes from أ too, the root collation holds it for a secondary difference in all three, and hurried writers leave it
//! out (الجزاير). A hamza that stands alone is a letter. The superscript alef (U+0670) goes with the harakat, since الرحمٰن is
//! commonly written without it.

mod describe;

use std::sync::OnceLock;

use describe::describe;

/// The part a character plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Class {
    /// Parts words: blanks, punctuation, most of what is not below.
    Break,
    /// Not there for the reader: joiners, bidi controls, variation selectors. Never parts a word.
    Ignorable,
    /// U+200B: not there inside a word of a spaced script, a border in an unspaced one.
    ZeroWidthSpace,
    /// A mark that folding drops.
    Accent,
    /// A mark that may make another letter of the one before it (U+0300 to U+036F), else dropped.
    Mark,
    /// Composes with the character before it where Unicode has a composite, else stands as it is.
    Join,
    /// Letters of spaced scripts; a word is of one script, but for what [`token`](super::token) joins.
    Latin,
    /// See [`Class::Latin`].
    Greek,
    /// See [`Class::Latin`].
    Cyrillic,
    /// See [`Class::Latin`].
    Hangul,
    /// See [`Class::Latin`].
    Arabic,
    /// See [`Class::Latin`].
    Hebrew,
    /// The scripts of India whose blocks follow ISCII's order (U+0900 to U+0D7F).
    Indic,
    /// Letters of every other spaced script.
    Other,
    /// A decimal digit of any script.
    Digit,
    /// Full stop and comma with their Arabic and full-width forms, and blanks that are not broken at: they may belong to a number.
    Point,
    /// All that is written for an apostrophe, and the Hebrew geresh.
    Apostrophe,
    /// Gershayim and the quotation marks typed for them.
    Gershayim,
    /// A character that is a word by itself: emoji, currency signs.
    Symbol,
    /// Half a flag (U+1F1E6 to U+1F1FF).
    Regional,
    /// A skin tone.
    Tone,
    /// Scripts without spaces between words.
    Han,
    /// See [`Class::Han`].
    Hiragana,
    /// See [`Class::Han`].
    Katakana,
    /// See [`Class::Han`].
    Thai,
    /// See [`Class::Han`].
    Lao,
    /// See [`Class::Han`].
    Khmer,
    /// See [`Class::Han`].
    Myanmar,
}

/// The classes by their number.
const CLASSES: [Class; 28] = {
    use Class::*;
    [
        Break,
        Ignorable,
        ZeroWidthSpace,
        Accent,
        Mark,
        Join,
        Latin,
        Greek,
        Cyrillic,
        Hangul,
        Arabic,
        Hebrew,
        Indic,
        Other,
        Digit,
        Point,
        Apostrophe,
        Gershayim,
        Symbol,
        Regional,
        Tone,
        Han,
        Hiragana,
        Katakana,
        Thai,
        Lao,
        Khmer,
        Myanmar,
    ]
};

impl Class {
    /// A letter of a script that puts spaces between words.
    pub fn is_spaced(self) -> bool {
        (Class::Latin as u8..=Class::Other as u8).contains(&(self as u8))
    }

    /// A letter of a script that does not.
    pub fn is_unspaced(self) -> bool {
        self as u8 >= Class::Han as u8
    }

    /// A letter of China or Japan, whose scripts share runs.
    pub fn is_eastern(self) -> bool {
        (Class::Han as u8..=Class::Katakana as u8).contains(&(self as u8))
    }
}

/// What a character becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Folded {
    /// Nothing.
    Gone,
    /// One character.
    One(char),
    /// Several; a space among them ends a word.
    Many(&'static str),
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Its part.
    pub class: Class,
    /// What it becomes.
    pub folded: Folded,
}

/// Characters a block holds.
const BLOCK: usize = 256;
/// Blocks of Unicode.
const BLOCKS: usize = 0x11_0000 / BLOCK;

/// The rows of a block, packed: the class above, then what kind of [`Folded`] it is, below the character or the place of the string.
#[derive(Debug)]
struct Block {
    rows: [u32; BLOCK],
    many: Box<[&'static str]>,
}

const ONE: u32 = 1 << 21;
const MANY: u32 = 2 << 21;
const VALUE: u32 = (1 << 21) - 1;
/// Bits below the class.
const BELOW: u32 = 24;

static TABLE: [OnceLock<Box<Block>>; BLOCKS] = [const { OnceLock::new() }; BLOCKS];

#[inline]
fn block(c: char) -> &'static Block {
    TABLE[c as usize / BLOCK].get_or_init(|| build(c as u32 / BLOCK as u32))
}

/// The row of a character.
#[inline]
pub fn row(c: char) -> Row {
    let block = block(c);
    let packed = block.rows[c as usize % BLOCK];
    let folded = match packed & (ONE | MANY) {
        ONE => Folded::One(char::from_u32(packed & VALUE).unwrap_or(c)),
        MANY => Folded::Many(block.many[(packed & VALUE) as usize]),
        _ => Folded::Gone,
    };
    Row { class: CLASSES[(packed >> BELOW) as usize], folded }
}

/// The row of a character as the table has it, with a flat copy of what is below U+0800 at hand: for loops over letters.
#[derive(Debug, Clone, Copy)]
pub struct Table(&'static [u32; LOW]);

/// Characters of one and two bytes.
const LOW: usize = 0x800;

/// A packed row.
#[derive(Debug, Clone, Copy)]
pub struct Packed(u32);

impl Table {
    /// The one there is.
    pub fn get() -> Self {
        static FLAT: OnceLock<Box<[u32; LOW]>> = OnceLock::new();
        Self(FLAT.get_or_init(|| {
            let mut flat = Box::new([0; LOW]);
            for (row, c) in flat.iter_mut().zip('\0'..) {
                *row = block(c).rows[c as usize % BLOCK];
            }
            flat
        }))
    }

    /// The row of a character.
    #[inline]
    pub fn row(self, c: char) -> Packed {
        if (c as usize) < LOW { self.low(c as u32) } else { self.high(c as u32) }
    }

    /// The row of a character of one or two bytes.
    #[inline]
    pub fn low(self, c: u32) -> Packed {
        Packed(self.0[c as usize % LOW])
    }

    /// The row of any character.
    #[inline]
    pub fn high(self, c: u32) -> Packed {
        let block = &TABLE[c as usize / BLOCK % BLOCKS];
        let block = block.get_or_init(|| build(c / BLOCK as u32));
        Packed(block.rows[c as usize % BLOCK])
    }
}

/// What a row says but for the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head(u32);

impl Packed {
    /// The head of a row of this class whose character becomes one other.
    #[inline]
    pub fn one_of(class: Class) -> Head {
        Head((class as u32) << BELOW | ONE)
    }

    /// Whether it has this head.
    #[inline]
    pub fn is(self, head: Head) -> bool {
        self.0 & !VALUE == head.0
    }

    /// Its class.
    #[inline]
    pub fn class(self) -> Class {
        CLASSES[(self.0 >> BELOW) as usize]
    }

    /// Whether the character becomes one other.
    #[inline]
    pub fn is_one(self) -> bool {
        self.0 & (ONE | MANY) == ONE
    }

    /// The number of the character that it becomes, where that is one.
    #[inline]
    pub fn value(self) -> u32 {
        self.0 & VALUE
    }

    /// What the character becomes, where that is one.
    #[inline]
    pub fn folded(self) -> Option<char> {
        if self.is_one() { char::from_u32(self.value()) } else { None }
    }
}

/// `c` folded and appended to `out`, outside any word: what a single character means for itself.
pub fn push(c: char, out: &mut String) {
    match row(c).folded {
        Folded::Gone => {}
        Folded::One(x) => out.push(x),
        Folded::Many(s) => out.push_str(s),
    }
}

fn build(block: u32) -> Box<Block> {
    let mut rows = [0; BLOCK];
    let mut many: Vec<&'static str> = Vec::new();
    for (i, row) in rows.iter_mut().enumerate() {
        let Some(c) = char::from_u32(block * BLOCK as u32 + i as u32) else { continue };
        let (class, folded) = describe(c);
        let mut chars = folded.chars();
        let value = match (chars.next(), chars.next()) {
            (None, _) => 0,
            (Some(x), None) => ONE | x as u32,
            _ => {
                // Built once a process for the few hundred characters that unfold, and needed until it ends.
                many.push(Box::leak(folded.into_boxed_str()));
                MANY | (many.len() as u32 - 1)
            }
        };
        *row = (class as u32) << BELOW | value;
    }
    Box::new(Block { rows, many: many.into() })
}

#[cfg(test)]
mod tests;
