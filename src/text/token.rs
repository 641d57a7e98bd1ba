//! A text read into folded words, in one pass, each with its byte span in the original.
//!
//! Spaced scripts part words by the rules below, which differ from UAX #29 where feeds do: a full stop or underscore
//! between letters parts, U+200B inside a word does not, and letters of unlike scripts part unless they are commonly
//! mixed. Unspaced scripts come as whole runs, from border to border; what is a word in them is asked only about a
//! candidate (see [`border`](super::border)). Everything is linear in the text, whatever it holds.

use icu_normalizer::properties::{CanonicalComposition, CanonicalCompositionBorrowed};

use super::fold::{self, Class, Folded};
use super::spelling;

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

/// One pass over a text.
struct Reader<'t, F> {
    text: &'t str,
    dots: Dots,
    table: fold::Table,
    out: Tokens,
    /// The token under way.
    open: Option<Token>,
    /// The hash of that token no longer goes with its form: something was taken back.
    rehash: bool,
    /// Class of the last letter or digit put into it.
    last: Class,
    /// A joiner was met since the last symbol: the next one belongs to it.
    joined: bool,
    /// The symbol under way is half a flag.
    half: bool,
    /// Where the digits under way begin in the text.
    digits: usize,
    /// Points before here belong to the number under way.
    number_end: usize,
    /// Points before here have been looked at, and belong to no number.
    judged: usize,
    /// Words of plain ASCII are taken in many at a time; nobody asks where their letters come from.
    in_blocks: bool,
    /// Every letter goes the long way.
    #[cfg(test)]
    slow: bool,
    note: F,
}

const COMPOSE: CanonicalCompositionBorrowed<'static> = CanonicalComposition::new();

impl<'t, F: FnMut(usize, usize)> Reader<'t, F> {
    fn new(text: &'t str, dots: Dots, note: F) -> Self {
        let text = if text.len() <= TEXT_LIMIT { text } else { &text[..text.floor_char_boundary(TEXT_LIMIT)] };
        Self {
            text,
            dots,
            table: fold::Table::get(),
            out: Tokens { folded: String::with_capacity(text.len()), list: Vec::with_capacity(text.len() / 6) },
            open: None,
            rehash: false,
            last: Class::Break,
            joined: false,
            half: false,
            digits: 0,
            number_end: 0,
            judged: 0,
            in_blocks: false,
            #[cfg(test)]
            slow: false,
            note,
        }
    }

    fn run(&mut self) {
        let mut at = if self.in_blocks { self.block(0) } else { 0 };
        while let Some(c) = self.text[at..].chars().next() {
            let row = fold::row(c);
            let next = at + c.len_utf8();
            match row.class {
                Class::Break => {
                    self.close();
                    if self.in_blocks {
                        at = self.block(next);
                        continue;
                    }
                }
                class if class.is_spaced() => {
                    self.letter(at, c, class, row.folded);
                    at = self.alike(next);
                    continue;
                }
                class if class.is_unspaced() => {
                    self.unspaced(at, c, class, row.folded);
                    at = self.alike(next);
                    continue;
                }
                Class::Digit => self.digit(at, c, row.folded),
                Class::Ignorable => self.ignorable(at, c),
                Class::ZeroWidthSpace => self.joined = false,
                Class::Accent => self.extend(next),
                Class::Mark => self.mark(at, c),
                Class::Join => self.join(at, c, row.folded),
                Class::Point => self.point(at, c, row.folded),
                Class::Apostrophe => self.apostrophe(at, c),
                Class::Gershayim => self.gershayim(at, c),
                Class::Symbol => self.symbol(at, c),
                Class::Regional => self.regional(at, c),
                Class::Tone if self.kind() == Some(Kind::Symbol) => self.extend(next),
                _ => self.symbol(at, c),
            }
            at = next;
        }
        self.close();
    }

    /// Takes in what follows a break up to where a longer look is needed; says where it stopped, which is between two words
    /// or in a word that is then under way. It does what the long way would do.
    fn block(&mut self, from: usize) -> usize {
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
    fn alike(&mut self, from: usize) -> usize {
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

    fn kind(&self) -> Option<Kind> {
        self.open.map(|t| t.kind)
    }

    fn close(&mut self) {
        if let Some(mut token) = self.open.take() {
            token.to = self.out.folded.len() as u32;
            if token.to > token.from {
                if self.rehash {
                    token.hash = Hash::of(self.out.form(&token));
                }
                self.out.list.push(token);
            }
        }
        self.last = Class::Break;
        self.joined = false;
        self.half = false;
    }

    fn begin(&mut self, kind: Kind, at: usize) {
        self.close();
        let from = self.out.folded.len() as u32;
        let (start, hash) = (at as u32, Hash::EMPTY);
        self.open = Some(Token { kind, scripts: 0, start, end: start, from, to: from, hash });
        self.rehash = false;
    }

    /// Puts what a character became into the token under way, and lets it reach to the end of that character.
    fn put(&mut self, at: usize, c: char, class: Class, folded: Folded) {
        (self.note)(self.out.folded.len(), at);
        match folded {
            Folded::Gone => {}
            Folded::One(x) => self.out.folded.push(x),
            Folded::Many(s) => self.out.folded.push_str(s),
        }
        self.last = class;
        if let Some(token) = &mut self.open {
            token.end = (at + c.len_utf8()) as u32;
            token.hash = match folded {
                Folded::Gone => token.hash,
                Folded::One(x) => token.hash.with(x),
                Folded::Many(s) => s.chars().fold(token.hash, Hash::with),
            };
            token.scripts |= match class {
                Class::Latin => scripts::LATIN,
                Class::Greek => scripts::GREEK,
                Class::Cyrillic => scripts::CYRILLIC,
                Class::Hangul => scripts::HANGUL,
                Class::Arabic => scripts::ARABIC,
                Class::Hebrew => scripts::HEBREW,
                Class::Apostrophe | Class::Gershayim => scripts::MARKED,
                _ => 0,
            };
        }
    }

    fn extend(&mut self, end: usize) {
        if let Some(token) = &mut self.open {
            token.end = end as u32;
        }
    }

    fn letter(&mut self, at: usize, c: char, class: Class, folded: Folded) {
        if self.kind() != Some(Kind::Word) || !keeps_together(self.last, class) {
            self.begin(Kind::Word, at);
        }
        match (folded, c) {
            (_, 'I' | 'ı') if self.dots == Dots::Turkic => self.put(at, c, class, Folded::One('ı')),
            (_, 'ı') if self.dots == Dots::Typed => self.put(at, c, class, Folded::One('ı')),
            (Folded::Many(s), _) if s.contains(' ') => self.phrase(at, c, class, s),
            _ => self.put(at, c, class, folded),
        }
        if class == Class::Indic {
            let from = self.open.map_or(0, |t| t.from as usize);
            if let Some(consonant) = spelling::take_nasal(&mut self.out.folded, from) {
                (self.note)(self.out.folded.len(), at);
                self.out.folded.push(consonant);
                self.rehash = true;
            }
        }
    }

    /// A character that stands for several words (U+FDFA): each is a token, and all have its span.
    fn phrase(&mut self, at: usize, c: char, class: Class, words: &'static str) {
        for word in words.split(' ').filter(|w| !w.is_empty()) {
            self.begin(Kind::Word, at);
            self.put(at, c, class, Folded::Many(word));
        }
        self.close();
    }

    fn unspaced(&mut self, at: usize, c: char, class: Class, folded: Folded) {
        if self.kind() != Some(Kind::Run) || family(self.last) != family(class) {
            self.begin(Kind::Run, at);
        }
        match (c, self.previous()) {
            // Two of one vowel are typed for the one that looks like them.
            ('เ', Some('เ')) => self.twin('เ', 'แ', at + c.len_utf8()),
            ('ເ', Some('ເ')) => self.twin('ເ', 'ແ', at + c.len_utf8()),
            _ => {
                let from = self.open.map_or(0, |t| t.from as usize);
                let whole = spelling::take_nikhahit(&mut self.out.folded, from, c);
                self.rehash |= whole.is_some();
                self.put(at, c, class, whole.map_or(folded, Folded::One));
            }
        }
    }

    fn digit(&mut self, at: usize, c: char, folded: Folded) {
        let fits = matches!(self.last, Class::Digit | Class::Latin | Class::Greek | Class::Cyrillic | Class::Point);
        if self.kind() != Some(Kind::Word) || !fits {
            self.begin(Kind::Word, at);
        }
        if !matches!(self.last, Class::Digit | Class::Point) {
            self.digits = at;
        }
        self.put(at, c, Class::Digit, folded);
    }

    fn ignorable(&mut self, at: usize, c: char) {
        if self.kind() == Some(Kind::Symbol) {
            self.joined = c == '\u{200D}';
            // A variation selector or a tag shapes the picture before it; a joiner shows nothing until something follows.
            if !self.joined && !matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}')
            {
                if ('\u{E0020}'..='\u{E007F}').contains(&c) {
                    self.out.folded.push(c);
                    self.rehash = true;
                }
                self.extend(at + c.len_utf8());
            }
        }
    }

    /// A mark over a Cyrillic letter may make another of it, and a dot over a Turkish `I` does; elsewhere it is an accent.
    fn mark(&mut self, at: usize, c: char) {
        let Some(previous) = self.previous() else { return };
        if self.last == Class::Cyrillic
            && let Some(whole) = COMPOSE.compose(previous, c)
        {
            self.replace(previous, whole);
        } else if c == '\u{307}' && previous == 'ı' {
            self.replace(previous, 'i');
        }
        self.extend(at + c.len_utf8());
    }

    fn join(&mut self, at: usize, c: char, folded: Folded) {
        let Some(previous) = self.previous() else { return };
        if matches!(self.kind(), Some(Kind::Symbol) | None) {
            return;
        }
        let second = match folded {
            Folded::One(x) => x,
            _ => c,
        };
        match COMPOSE.compose(previous, second) {
            Some(whole) => {
                self.replace(previous, whole);
                self.extend(at + c.len_utf8());
            }
            None => self.put(at, c, self.last, folded),
        }
    }

    /// The last folded character of the token under way.
    fn previous(&self) -> Option<char> {
        let token = self.open?;
        self.out.folded[token.from as usize..].chars().next_back()
    }

    fn replace(&mut self, previous: char, whole: char) {
        self.out.folded.truncate(self.out.folded.len() - previous.len_utf8());
        fold::push(whole, &mut self.out.folded);
        self.rehash = true;
    }

    fn twin(&mut self, previous: char, whole: char, end: usize) {
        self.replace(previous, whole);
        self.extend(end);
    }

    fn point(&mut self, at: usize, c: char, folded: Folded) {
        if self.kind() == Some(Kind::Word) && self.last == Class::Digit {
            if at >= self.number_end && at >= self.judged {
                let (ok, end) = spelling::number(self.text, self.digits);
                if ok {
                    self.number_end = end;
                }
                self.judged = end;
            }
            if at < self.number_end {
                return self.put(at, c, Class::Point, folded);
            }
        }
        self.close();
    }

    fn apostrophe(&mut self, at: usize, c: char) {
        let next = self.text[at + c.len_utf8()..].chars().next().map(|x| fold::row(x).class);
        if self.kind() == Some(Kind::Word) && self.last.is_spaced() && next.is_some_and(Class::is_spaced) {
            self.put(at, c, Class::Apostrophe, Folded::One('\''));
        } else {
            self.close();
        }
    }

    fn gershayim(&mut self, at: usize, c: char) {
        let next = self.text[at + c.len_utf8()..].chars().next().map(|x| fold::row(x).class);
        if self.kind() == Some(Kind::Word) && self.last == Class::Hebrew && next == Some(Class::Hebrew) {
            self.put(at, c, Class::Gershayim, Folded::One('"'));
        } else {
            self.close();
        }
    }

    fn symbol(&mut self, at: usize, c: char) {
        if self.kind() == Some(Kind::Symbol) && self.joined {
            self.out.folded.push('\u{200D}');
            self.rehash = true;
        } else {
            self.begin(Kind::Symbol, at);
        }
        self.joined = false;
        self.put(at, c, Class::Symbol, Folded::One(c));
    }

    fn regional(&mut self, at: usize, c: char) {
        if self.kind() == Some(Kind::Symbol) && self.half {
            self.put(at, c, Class::Regional, Folded::One(c));
            self.half = false;
        } else {
            self.begin(Kind::Symbol, at);
            self.put(at, c, Class::Regional, Folded::One(c));
            self.half = true;
        }
    }
}

/// Whether a letter goes on with the word under way. Latin, Greek and Cyrillic do (one may stand for another by its
/// look), and Hangul with them (`NATO는`); an apostrophe holds what stands on both its sides.
fn keeps_together(last: Class, next: Class) -> bool {
    let alike = |c: Class| match c {
        Class::Greek | Class::Cyrillic => Class::Latin,
        c => c,
    };
    match (alike(last), alike(next)) {
        (Class::Apostrophe | Class::Gershayim, _) => true,
        (Class::Latin, Class::Hangul) | (Class::Hangul, Class::Latin) => true,
        (Class::Digit, next) => next == Class::Latin,
        (last, next) => last == next,
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

/// Unspaced scripts that share runs.
fn family(class: Class) -> Class {
    match class {
        Class::Hiragana | Class::Katakana => Class::Han,
        c => c,
    }
}

#[cfg(test)]
mod tests;
