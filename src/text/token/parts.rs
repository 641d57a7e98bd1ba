//! A text cut where no word reaches across, without being read: parts that are read by themselves give the tokens that the whole
//! text gives.
//!
//! Blanks and most signs of ASCII are such borders, and so is each end of a run of letters without spaces. What stands between two
//! of them is found sixty-four bytes at a time, and handed out with its bytes as numbers, so that whoever knows the word by them
//! need not read it.

use super::super::fold::{self, Class, Packed};
use super::blocks::{is_particular, three};
use super::{Dots, Hash, Kind, TEXT_LIMIT, Token, Tokens};

/// Longest part that is handed out as numbers.
const WORDS: usize = 32;

/// A part of a text, from one border to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// First byte.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
    /// What it holds.
    pub kind: PartKind,
}

/// What a part holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartKind {
    /// At most 32 bytes: letters of ASCII and anything beyond it.
    Letters,
    /// The same, and a point follows, so that the part ends there only where no digit is in it.
    Pointed,
    /// At most 32 bytes without a digit of ASCII.
    Short,
    /// A run of a script without spaces, each letter of which folds into itself. [`Parts::run`] says where it ends.
    Run(Class),
    /// Anything.
    Other,
}

/// The bytes of a part, eight to a number, and how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbers {
    /// Nothing but zeros behind the last.
    words: [u64; WORDS / 8],
    length: usize,
}

/// What a byte is to a part.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// A border, whatever stands around it.
    Border,
    /// A full stop or comma.
    Point,
    /// A quotation mark, which may stand inside a word of Hebrew.
    Quote,
    /// A digit, an apostrophe and the like.
    Inside,
    /// A letter, or no ASCII.
    None,
}

const STOPS: [Stop; 256] = {
    let mut table = [Stop::None; 256];
    let mut b = 0;
    while b < 128 {
        let c = b as u8;
        table[b] = match c {
            b'a'..=b'z' | b'A'..=b'Z' => Stop::None,
            b'.' | b',' => Stop::Point,
            b'"' => Stop::Quote,
            b'0'..=b'9' | b'$' | b'\'' | b'`' => Stop::Inside,
            b'\t' | b'\n' | 0x0B | 0x0C | b'\r' | b' '..=b'~' => Stop::Border,
            _ => Stop::Inside,
        };
        b += 1;
    }
    table
};

/// The lowest so many bytes.
const MASKS: [[u64; WORDS / 8]; WORDS + 1] = {
    let mut masks = [[0; WORDS / 8]; WORDS + 1];
    let mut n = 0;
    while n <= WORDS {
        let mut i = 0;
        while i < n {
            masks[n][i / 8] |= 0xFF << (8 * (i % 8));
            i += 1;
        }
        n += 1;
    }
    masks
};

const EACH: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x80 * EACH;

/// The parts of a text in their order.
#[derive(Debug)]
pub struct Parts<'t> {
    text: &'t str,
    dots: Dots,
    table: fold::Table,
    /// What stands before here was handed out, and nothing of it reaches beyond.
    at: usize,
    /// Where the block begins of which the stops are known, and those, a bit each.
    block: usize,
    stops: u64,
}

/// Bytes of a block.
const BLOCK: usize = 64;

impl<'t> Parts<'t> {
    /// Of a text.
    pub fn new(text: &'t str, dots: Dots) -> Self {
        let text = if text.len() <= TEXT_LIMIT { text } else { &text[..text.floor_char_boundary(TEXT_LIMIT)] };
        let mut out = Self { text, dots, table: fold::Table::get(), at: 0, block: 0, stops: 0 };
        out.load(0);
        out
    }

    /// Finds the stops of the block that begins here.
    #[inline]
    fn load(&mut self, from: usize) {
        let rest = &self.text.as_bytes()[from..];
        let mut padded = [b' '; BLOCK];
        let block = rest.first_chunk::<BLOCK>().unwrap_or_else(|| {
            padded[..rest.len()].copy_from_slice(rest);
            &padded
        });
        let mut stops = 0;
        for (i, eight) in block.as_chunks::<8>().0.iter().enumerate() {
            let all = u64::from_le_bytes(*eight);
            let small = all & !HIGH | (0x20 * EACH);
            // The high bit of each byte says whether it is from `a` to `z`.
            let letters = (small + 0x1F * EACH) & !(small + 0x05 * EACH);
            let stop = !(letters | all) & HIGH;
            stops |= ((stop >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * i);
        }
        (self.block, self.stops) = (from, stops);
    }

    /// The next byte from here on that is neither an ASCII letter nor beyond ASCII; the end of the text is one.
    #[inline]
    fn stop(&mut self, mut from: usize) -> usize {
        loop {
            if let Some(passed) = from.checked_sub(self.block).filter(|n| *n < BLOCK) {
                let left = self.stops & u64::MAX << passed;
                if left != 0 {
                    return self.block + left.trailing_zeros() as usize;
                }
                from = self.block + BLOCK;
            }
            self.load(from);
        }
    }

    /// The next part, or nothing at the end. What has no letter, digit or symbol is passed over, nearly always.
    #[inline]
    pub fn next_part(&mut self) -> Option<Part> {
        let bytes = self.text.as_bytes();
        loop {
            let start = self.at;
            let first = *bytes.get(start)?;
            let end = self.stop(start);
            if end == start {
                if STOPS[usize::from(first)] == Stop::Inside {
                    return Some(self.widened(start));
                }
                self.at = start + 1;
                continue;
            }
            if first >= 0xC2 && matches!(first, 0xC2 | 0xE0..=0xE9 | 0xEF) {
                match self.unspaced(start) {
                    Begin::Passed => continue,
                    Begin::Run(class) => return Some(Part { start, end, kind: PartKind::Run(class) }),
                    Begin::Letters => {}
                }
            }
            let mut kind = PartKind::Letters;
            let stop = bytes.get(end).copied().unwrap_or(b' ');
            // Most words end with a blank.
            if stop != b' ' {
                match STOPS[usize::from(stop)] {
                    Stop::Border | Stop::None => {}
                    Stop::Point => kind = PartKind::Pointed,
                    Stop::Quote if !self.quotes_hebrew(end) => {}
                    Stop::Quote | Stop::Inside => return Some(self.widened(start)),
                }
            }
            if end - start > WORDS {
                return Some(self.widened(start));
            }
            // The stop belongs to nothing.
            self.at = end + 1;
            return Some(Part { start, end, kind });
        }
    }

    /// Whether a quotation mark behind this place could be part of a word.
    fn quotes_hebrew(&self, end: usize) -> bool {
        if self.text.as_bytes()[end - 1].is_ascii() {
            return false;
        }
        self.text[..end].chars().next_back().is_none_or(|c| {
            let class = self.table.row(c).class();
            !class.is_spaced() || class == Class::Hebrew
        })
    }

    /// The part that begins here up to the next border that is one whatever stands around it.
    #[cold]
    pub fn widened(&mut self, start: usize) -> Part {
        let bytes = self.text.as_bytes();
        let border = |b: &u8| STOPS[usize::from(*b)] == Stop::Border;
        let mut end = bytes[start..].iter().position(border).map_or(bytes.len(), |n| start + n);
        // Behind nothing but ASCII a letter of a script without spaces begins a run of its own.
        let ascii = bytes[start..end].iter().take_while(|b| b.is_ascii()).count();
        if ascii > 0
            && self.text[start + ascii..end].chars().next().is_some_and(|c| self.table.row(c).class().is_unspaced())
        {
            end = start + ascii;
        }
        self.at = end;
        let short = end - start <= WORDS && !bytes[start..end].iter().any(u8::is_ascii_digit);
        Part { start, end, kind: if short { PartKind::Short } else { PartKind::Other } }
    }

    /// Reads a part that is one word of one script, each letter of which becomes one other, in the shortest way; nothing is
    /// put where it is not.
    #[inline]
    pub fn read_word(&self, part: &Part, out: &mut Tokens) -> bool {
        if self.dots != Dots::Plain {
            return false;
        }
        let from = out.folded.len();
        let text = &self.text[part.start..part.end];
        let first = text.chars().find(|c| !c.is_ascii()).map_or(Class::Latin, |c| self.table.row(c).class());
        let simple = matches!(
            first,
            Class::Latin | Class::Greek | Class::Cyrillic | Class::Arabic | Class::Hebrew | Class::Hangul
        );
        let wanted = Packed::one_of(first);
        for c in text.chars() {
            let row = self.table.row(c);
            if !row.is(wanted) || !simple {
                out.folded.truncate(from);
                return false;
            }
            out.folded.extend(row.folded());
        }
        let hash = Hash::of(&out.folded[from..]);
        let (from, to) = (from as u32, out.folded.len() as u32);
        let (start, end, scripts) = (part.start as u32, part.end as u32, first.script());
        out.list.push(Token { kind: Kind::Word, scripts, start, end, from, to, hash });
        true
    }

    /// The bytes of a part that has few.
    #[inline]
    pub fn numbers(&self, part: &Part) -> Numbers {
        let length = part.end - part.start;
        let rest = &self.text.as_bytes()[part.start..];
        let mut padded = [0; WORDS];
        let all = rest.first_chunk::<WORDS>().unwrap_or_else(|| {
            padded[..rest.len()].copy_from_slice(rest);
            &padded
        });
        let mask = &MASKS[length.min(WORDS)];
        let number = |i: usize| u64::from_le_bytes(all.as_chunks::<8>().0[i]) & mask[i];
        Numbers { words: [number(0), number(1), number(2), number(3)], length }
    }

    /// What begins here with this character, no ASCII.
    fn unspaced(&mut self, start: usize) -> Begin {
        let Some(c) = self.text[start..].chars().next() else { return Begin::Letters };
        let class = self.table.row(c).class();
        // Behind a border none of these has anything to belong to.
        if matches!(class, Class::Break | Class::Point | Class::Apostrophe | Class::Gershayim) {
            self.at = start + c.len_utf8();
            return Begin::Passed;
        }
        if class.is_unspaced() { Begin::Run(class) } else { Begin::Letters }
    }

    /// The rest of a run, whose letters are told one by one. It is a part of another kind where some letter folds into
    /// another or what follows may change the last.
    #[inline(always)]
    pub fn run(&mut self, start: usize, class: Class, mut tell: impl FnMut(u32)) -> Part {
        let bytes = self.text.as_bytes();
        let mixed = class.is_eastern();
        let particular = matches!(class, Class::Thai | Class::Lao);
        let wanted = Packed::one_of(class);
        let mut last = ' ';
        let mut end = start;
        while let Some(0xE0..0xF0) = bytes.get(end) {
            let c = three(bytes, end);
            if !(mixed && is_even(c)) {
                let row = self.table.high(c);
                if !(row.is(wanted) || mixed && row.is_one() && row.class().is_eastern()) || row.value() != c {
                    break;
                }
            }
            if particular {
                let c = char::from_u32(c).unwrap_or(' ');
                if is_particular(c, last, self.dots) {
                    break;
                }
                last = c;
            }
            tell(c);
            end += 3;
        }
        let next = self.text[end..].chars().next().map_or(Class::Break, |c| self.table.row(c).class());
        let same = next.is_unspaced() && (next == class || mixed && next.is_eastern());
        let clings =
            matches!(next, Class::Mark | Class::Accent | Class::Join | Class::Ignorable | Class::ZeroWidthSpace);
        if same || clings || end == start {
            return self.widened(start);
        }
        self.at = end;
        Part { start, end, kind: PartKind::Run(class) }
    }
}

/// Whether this is a letter of China or Japan that folds into itself, as nearly all are; a test holds that the table says so too.
#[inline]
pub(super) fn is_even(c: u32) -> bool {
    matches!(c, 0x4E00..=0x9FFF | 0x3041..=0x3096 | 0x30A1..=0x30FA)
}

/// What a part begins with.
enum Begin {
    /// A sign that belongs to nothing.
    Passed,
    /// A run of letters of this class.
    Run(Class),
    /// What is known by its bytes.
    Letters,
}

impl Numbers {
    /// Whether they are ASCII, all of them.
    #[inline]
    pub fn is_ascii(&self) -> bool {
        let [a, b, c, d] = self.words;
        (a | b | c | d) & HIGH == 0
    }

    /// The first two bytes, of which the second may be zero.
    #[inline]
    pub fn first(&self) -> (u8, u8) {
        (self.words[0] as u8, (self.words[0] >> 8) as u8)
    }

    /// Whether a capital I is among them.
    #[inline]
    pub fn has_capital_i(&self) -> bool {
        // A byte that is none leaves its high bit, for ASCII.
        let other = |word: u64| ((word ^ (u64::from(b'I') * EACH)) + 0x7F * EACH) & HIGH;
        self.words.iter().any(|word| other(*word) != HIGH)
    }

    /// They themselves, with nothing but zeros behind the last, and how many there are.
    #[inline]
    pub fn all(&self) -> ([u64; WORDS / 8], usize) {
        (self.words, self.length)
    }

    /// The hash of an ASCII word made small.
    #[inline]
    pub fn small(&self) -> Hash {
        let mask = &MASKS[self.length];
        let small = |i: usize| self.words[i] | mask[i] & (0x20 * EACH);
        let (length, first) = (self.length, Hash::EMPTY.chunk(small(0)));
        if length < 16 {
            // Both ways, since which it is cannot be foreseen.
            let [short, long] = [Hash::EMPTY.ended(small(0), length), first.ended(small(1), length)];
            return short.or(long, length >= 8);
        }
        let second = first.chunk(small(1));
        match length / 8 {
            2 => second.ended(small(2), length),
            3 => second.chunk(small(2)).ended(small(3), length),
            _ => second.chunk(small(2)).chunk(small(3)).ended(0, length),
        }
    }
}

/// Whether a part has a digit of any script, behind which a point may go on with a number.
pub fn has_digit(part: &str) -> bool {
    part.chars().any(|c| fold::row(c).class == Class::Digit)
}
