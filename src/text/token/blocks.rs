//! The short way: words of plain ASCII, and letters of one script, many at a time. It does what the long way would do, which
//! a test holds.

use super::super::fold::{Class, Folded};
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

impl<F: FnMut(usize, usize)> Reader<'_, F> {
    /// Takes in what follows a break up to where a longer look is needed; says where it stopped, which is between two words
    /// or in a word that is then under way. It does what the long way would do.
    pub(super) fn block(&mut self, from: usize) -> usize {
        let mut at = from;
        loop {
            at = self.ascii(at);
            let Some(c) = self.text[at..].chars().next() else { return at };
            if self.open.is_none() {
                let row = self.table.row(c);
                let class = row.class();
                // Behind a break none of these has anything to belong to.
                if matches!(class, Class::Break | Class::Point | Class::Apostrophe | Class::Gershayim) {
                    at += c.len_utf8();
                    continue;
                }
                let kind = if class.is_unspaced() { Kind::Run } else { Kind::Word };
                let Some(folded) = row.one(class, class).filter(|_| class.is_spaced() || class.is_unspaced()) else {
                    return at;
                };
                self.begin(kind, at);
                self.put(at, c, class, Folded::One(folded));
                at += c.len_utf8();
            }
            at = self.alike(at);
            match self.text[at..].chars().next() {
                Some(c) => {
                    let next = self.table.row(c).class();
                    let parts = match next {
                        Class::Break | Class::Point => true,
                        Class::Gershayim => self.last != Class::Hebrew,
                        _ => false,
                    };
                    if !parts {
                        return at;
                    }
                    self.close();
                    at += c.len_utf8();
                }
                None => return at,
            }
        }
    }

    /// Takes in the words of plain ASCII that follow a break, up to the first byte that takes a longer look. Where that
    /// stands behind letters, these are a word under way.
    fn ascii(&mut self, from: usize) -> usize {
        let bytes = self.text.as_bytes();
        let folded = self.out.folded.len();
        let mut at = from;
        loop {
            while at < bytes.len() && ASCII[bytes[at] as usize] == Ascii::Break {
                at += 1;
            }
            let start = at;
            let mut hash = Hash::EMPTY;
            while at < bytes.len() && ASCII[bytes[at] as usize] == Ascii::Letter {
                hash = hash.with(bytes[at].to_ascii_lowercase() as char);
                at += 1;
            }
            if at == start {
                break;
            }
            let from = self.out.folded.len() as u32;
            self.out.folded.push_str(&self.text[start..at]);
            let to = self.out.folded.len() as u32;
            let (kind, scripts) = (Kind::Word, scripts::LATIN);
            let token = Token { kind, scripts, start: start as u32, end: at as u32, from, to, hash };
            if bytes.get(at).is_some_and(|b| ASCII[*b as usize] == Ascii::Other) {
                self.open = Some(token);
                self.rehash = false;
                self.last = Class::Latin;
                break;
            }
            self.out.list.push(token);
        }
        self.out.folded[folded..].make_ascii_lowercase();
        at
    }

    /// Takes in the letters that follow one of the word or run under way as far as each is of its script and becomes one
    /// other, which is what most of any text is; says where it stopped. It does what a [`letter`](Self::letter) or
    /// [`unspaced`](Self::unspaced) at a time would do.
    pub(super) fn alike(&mut self, from: usize) -> usize {
        let Some(token) = self.open else { return from };
        #[cfg(test)]
        if self.slow {
            return from;
        }
        let (least, most) = match self.last {
            Class::Han | Class::Hiragana | Class::Katakana => (Class::Han, Class::Katakana),
            class => (class, class),
        };
        let particular = matches!(least, Class::Thai | Class::Lao | Class::Indic) || self.dots != Dots::Plain;
        let mut last = self.out.folded[token.from as usize..].chars().next_back().unwrap_or(' ');
        let mut hash = token.hash;
        let mut class = self.last;
        // Letters up to `copied` are in the folded text, and what stands between there and `at` folds into itself.
        let (mut copied, mut at) = (from, from);
        for c in self.text[from..].chars() {
            let row = self.table.row(c);
            let Some(folded) = row.one(least, most) else { break };
            if particular && is_particular(c, last, self.dots) {
                break;
            }
            (self.note)(self.out.folded.len() + at - copied, at);
            hash = hash.with(folded);
            last = folded;
            class = row.class();
            if folded != c {
                self.out.folded.push_str(&self.text[copied..at]);
                self.out.folded.push(folded);
                copied = at + c.len_utf8();
            }
            at += c.len_utf8();
        }
        if at > from {
            self.out.folded.push_str(&self.text[copied..at]);
            self.last = class;
            self.open = Some(Token { end: at as u32, hash, ..token });
        }
        at
    }
}

/// Letters that change what stands before them, or that need a look at the language. `last` is the folded letter before.
#[inline]
fn is_particular(c: char, last: char, dots: Dots) -> bool {
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
