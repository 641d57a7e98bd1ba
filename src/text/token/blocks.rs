//! The short way: words of plain ASCII, and letters of one script, many at a time. It does what the long way would do, which
//! a test holds.
//!
//! Most words of most texts fold into themselves, so a block is copied into the folded text in pieces as long as that
//! holds, blanks and all, and a word's hash is taken from the text itself; other words are written down first. Words of plain
//! ASCII are copied too, and their capitals made small once a block.

use super::super::fold::{self, Class, Folded, Packed};
use super::reader::Reader;
use super::{Dots, Hash, Kind, Token, scripts};

/// What a byte is to a word of plain ASCII.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ascii {
    /// Parts words, whatever stands around it; a full stop or comma behind a letter does, and none stands behind a digit here.
    Break,
    Letter,
    /// What follows or precedes it decides, or it is no ASCII.
    Other,
}

const ASCII: [Ascii; 256] = {
    let mut table = [Ascii::Other; 256];
    let mut b = 0;
    while b < 128 {
        let c = b as u8;
        table[b] = match c {
            b'a'..=b'z' | b'A'..=b'Z' => Ascii::Letter,
            b'0'..=b'9' | b'$' | b'\'' | b'`' => Ascii::Other,
            b'\t' | b'\n' | 0x0B | 0x0C | b'\r' | b' '..=b'~' => Ascii::Break,
            _ => Ascii::Other,
        };
        b += 1;
    }
    table
};

/// Letters taken in.
struct Stretch {
    /// The byte after the last.
    end: usize,
    /// Of the last letter.
    class: Class,
}

/// How the letters end that fold into themselves.
#[derive(PartialEq, Eq)]
enum End {
    /// With another thing than a letter of the script.
    Other,
    /// With a letter that becomes another.
    Change,
}

impl<F: FnMut(usize, usize)> Reader<'_, F> {
    /// Takes in what follows a break up to where a longer look is needed; says where it stopped, which is between two words
    /// or in a word that is then under way.
    pub(super) fn block(&mut self, from: usize) -> usize {
        let bytes = self.text.as_bytes();
        let base = self.out.folded.len();
        // The text up to here is in the folded text.
        let mut copied = from;
        let mut at = from;
        while let Some(b) = bytes.get(at) {
            let mut class = Class::Latin;
            match ASCII[*b as usize] {
                Ascii::Break => {
                    at += 1;
                    continue;
                }
                Ascii::Letter => {
                    let (end, hash) = ascii_word(bytes, at);
                    let parts = bytes.get(end).is_none_or(|b| ASCII[*b as usize] == Ascii::Break);
                    if parts && (self.dots != Dots::Turkic || !bytes[at..end].contains(&b'I')) {
                        let from = (self.out.folded.len() + at - copied) as u32;
                        let to = from + (end - at) as u32;
                        let (start, last, scripts) = (at as u32, end as u32, scripts::LATIN);
                        self.out.list.push(Token { kind: Kind::Word, scripts, start, end: last, from, to, hash });
                        at = end;
                        continue;
                    }
                }
                Ascii::Other => {
                    let Some(c) = self.text[at..].chars().next() else { break };
                    class = self.table.row(c).class();
                    // Behind a break none of these has anything to belong to.
                    if matches!(class, Class::Break | Class::Point | Class::Apostrophe | Class::Gershayim) {
                        at += c.len_utf8();
                        continue;
                    }
                    if !class.is_spaced() && !class.is_unspaced() {
                        break;
                    }
                }
            }
            match self.word(at, class, &mut copied) {
                Some((end, parted)) => {
                    at = end;
                    if !parted {
                        break;
                    }
                }
                None => break,
            }
        }
        self.out.folded.push_str(&self.text[copied..at]);
        self.out.folded[base..].make_ascii_lowercase();
        at
    }

    /// A word or run of letters of this script, and whether it ends with what follows; else it is left open.
    fn word(&mut self, start: usize, class: Class, copied: &mut usize) -> Option<(usize, bool)> {
        let bytes = self.text.as_bytes();
        // A Latin word that is not plain ASCII has an accent, nearly always.
        let (mut stretch, end) = match class {
            Class::Latin => (Stretch { end: start, class }, End::Change),
            _ => self.same(start, class),
        };
        let from = self.out.folded.len() + start - *copied;
        if end == End::Change {
            stretch.end = self.rewritten(start, class, copied)?;
        }
        let at = stretch.end;
        if at == start {
            return None;
        }
        let parted = self.parts(at, stretch.class);
        let to = self.out.folded.len() + at - *copied;
        let kind = if class.is_unspaced() { Kind::Run } else { Kind::Word };
        let hash = match end {
            End::Change => {
                self.out.folded[from..].make_ascii_lowercase();
                Hash::of_bytes(&self.out.folded.as_bytes()[from..])
            }
            End::Other => Hash::of_bytes(&bytes[start..at]),
        };
        let (start, end, from, to) = (start as u32, at as u32, from as u32, to as u32);
        let token = Token { kind, scripts: class.script(), start, end, from, to, hash };
        if parted {
            self.out.list.push(token);
        } else {
            self.last = stretch.class;
            self.open = Some(token);
        }
        Some((at, parted))
    }

    /// Letters of the script of `class`, not Latin, that fold into themselves.
    fn same(&self, from: usize, class: Class) -> (Stretch, End) {
        let bytes = self.text.as_bytes();
        let mixed = class.is_eastern();
        let particular = matches!(class, Class::Thai | Class::Lao | Class::Indic);
        let wanted = Packed::one_of(class);
        let mut last = ' ';
        let mut out = Stretch { end: from, class };
        while let Some(b) = bytes.get(out.end).copied() {
            let at = out.end;
            let (c, length, row) = match b {
                0xC2..0xE0 => {
                    let c = u32::from(b & 0x1F) << 6 | u32::from(bytes[at + 1] & 0x3F);
                    (c, 2, self.table.low(c))
                }
                0xE0..0xF0 => {
                    let c = three(bytes, at);
                    (c, 3, self.table.high(c))
                }
                _ => return (out, End::Other),
            };
            if !(row.is(wanted) || mixed && row.is_one() && row.class().is_eastern()) {
                let end = if row.class() == class { End::Change } else { End::Other };
                return (out, end);
            }
            if row.value() != c {
                return (out, End::Change);
            }
            if particular {
                let c = char::from_u32(c).unwrap_or(' ');
                if is_particular(c, last, self.dots) {
                    return (out, End::Other);
                }
                last = c;
            }
            if mixed {
                out.class = row.class();
            }
            out.end += length;
        }
        (out, End::Other)
    }

    /// Puts the letters of the script of `class` into the folded text as they fold, but for ASCII capitals, and what was not
    /// copied before them; says where they end. `None` for scripts that need a longer look.
    fn rewritten(&mut self, from: usize, class: Class, copied: &mut usize) -> Option<usize> {
        if class.is_unspaced() || class == Class::Indic {
            return None;
        }
        let (text, bytes) = (self.text, self.text.as_bytes());
        let wanted = Packed::one_of(class);
        let mut at = from;
        while let Some(b) = bytes.get(at).copied() {
            if b < 0x80 {
                if class != Class::Latin || !b.is_ascii_alphabetic() {
                    break;
                }
                if b == b'I' && self.dots == Dots::Turkic {
                    self.out.folded.push_str(&text[*copied..at]);
                    self.out.folded.push('ı');
                    *copied = at + 1;
                }
                at += 1;
                continue;
            }
            let (c, length, row) = match b {
                0xC2..0xE0 => {
                    let c = u32::from(b & 0x1F) << 6 | u32::from(bytes[at + 1] & 0x3F);
                    (c, 2, self.table.low(c))
                }
                0xE0..0xF0 => {
                    let c = three(bytes, at);
                    (c, 3, self.table.high(c))
                }
                _ => break,
            };
            if row.is(wanted) {
                let dotless = c == 'ı' as u32 && self.dots != Dots::Plain;
                if row.value() != c && !dotless {
                    self.out.folded.push_str(&text[*copied..at]);
                    self.out.folded.extend(row.folded());
                    *copied = at + length;
                }
            } else if row.class() == class
                && let Some(Folded::Many(s)) = char::from_u32(c).map(|c| fold::row(c).folded)
                && !s.contains(' ')
            {
                self.out.folded.push_str(&text[*copied..at]);
                self.out.folded.push_str(s);
                *copied = at + length;
            } else {
                break;
            }
            at += length;
        }
        self.out.folded.push_str(&text[*copied..at]);
        *copied = at;
        Some(at)
    }

    /// Takes in the letters that follow one of the word or run under way as far as each is of its script and becomes one
    /// other; says where it stopped.
    pub(super) fn alike(&mut self, from: usize) -> usize {
        let Some(token) = self.open else { return from };
        #[cfg(test)]
        if self.slow {
            return from;
        }
        let stretch = self.stretch(from, self.last);
        if stretch.end > from {
            self.last = stretch.class;
            self.open = Some(Token { end: stretch.end as u32, ..token });
        }
        stretch.end
    }

    /// Letters of the script of `class` that become one other each, put into the folded text as they are met.
    fn stretch(&mut self, from: usize, class: Class) -> Stretch {
        let text = self.text;
        let particular = matches!(class, Class::Thai | Class::Lao | Class::Indic) || self.dots != Dots::Plain;
        let wanted = Packed::one_of(class);
        let mut last = self.out.folded.chars().next_back().unwrap_or(' ');
        // What stands between there and the end folds into itself.
        let mut copied = from;
        let mut out = Stretch { end: from, class };
        for c in text[from..].chars() {
            let row = self.table.row(c);
            if !(row.is(wanted) || class.is_eastern() && row.is_one() && row.class().is_eastern()) {
                break;
            }
            let Some(folded) = row.folded() else { break };
            if particular && is_particular(c, last, self.dots) {
                break;
            }
            (self.note)(self.out.folded.len() + out.end - copied, out.end);
            last = folded;
            out.class = row.class();
            if folded != c {
                self.out.folded.push_str(&text[copied..out.end]);
                self.out.folded.push(folded);
                copied = out.end + c.len_utf8();
            }
            out.end += c.len_utf8();
        }
        self.out.folded.push_str(&text[copied..out.end]);
        out
    }

    /// Whether a word that ends here ends with what follows, whatever that is followed by.
    fn parts(&self, at: usize, class: Class) -> bool {
        let Some(b) = self.text.as_bytes().get(at) else { return true };
        let gershayim = class == Class::Hebrew;
        match ASCII[*b as usize] {
            Ascii::Break => *b != b'"' || !gershayim,
            Ascii::Letter => false,
            Ascii::Other => match self.text[at..].chars().next().map(|c| self.table.row(c).class()) {
                Some(Class::Break | Class::Point) | None => true,
                Some(Class::Gershayim) => !gershayim,
                Some(_) => false,
            },
        }
    }
}

/// The character of three bytes that begins here.
#[inline(always)]
pub(super) fn three(bytes: &[u8], at: usize) -> u32 {
    match bytes[at..].first_chunk::<3>() {
        Some([a, b, c]) => u32::from(a & 0xF) << 12 | u32::from(b & 0x3F) << 6 | u32::from(c & 0x3F),
        // No text ends inside a character.
        None => 0,
    }
}

/// Where the ASCII letters end that begin here, and the hash of them made small: eight at a time.
fn ascii_word(bytes: &[u8], start: usize) -> (usize, Hash) {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let mut at = start;
    let mut hash = Hash::EMPTY;
    while let Some(eight) = bytes[at..].first_chunk::<8>() {
        let small = u64::from_le_bytes(*eight) | (0x20 * EACH);
        let low = small & (0x7F * EACH);
        // The high bit of each byte says whether it is from `a` to `z`.
        let letters = (low + 0x1F * EACH) & !(low + 0x05 * EACH) & !small & (0x80 * EACH);
        let count = ((letters ^ (0x80 * EACH)).trailing_zeros() / 8) as usize;
        if count < 8 {
            let rest = small & !(u64::MAX << (8 * count));
            return (at + count, hash.ended(rest, at + count - start));
        }
        hash = hash.chunk(small);
        at += 8;
    }
    let rest = bytes[at..].iter().take_while(|b| b.is_ascii_alphabetic());
    let rest = rest.enumerate().fold(0, |all, (i, b)| all | u64::from(b | 0x20) << (8 * i));
    let end = at + bytes[at..].iter().take_while(|b| b.is_ascii_alphabetic()).count();
    (end, hash.ended(rest, end - start))
}

/// Letters that change what stands before them, or that need a look at the language. `last` is the folded letter before.
#[inline]
pub(super) fn is_particular(c: char, last: char, dots: Dots) -> bool {
    match c {
        'I' | 'ı' => dots != Dots::Plain,
        // Two of one vowel, and the second half of sara am.
        'เ' | 'ເ' => last == c,
        '\u{E32}' => matches!(last, '\u{E4D}' | '\u{E48}'..='\u{E4B}'),
        '\u{EB2}' => matches!(last, '\u{ECD}' | '\u{EC8}'..='\u{ECB}'),
        // A consonant behind a virama of India.
        '\u{900}'..='\u{D7F}' => matches!(last, '\u{900}'..='\u{D7F}') && last as u32 & 0x7F == 0x4D,
        _ => false,
    }
}
