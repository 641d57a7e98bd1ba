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

/// One pass over a text.
struct Reader<'t, F> {
    text: &'t str,
    dots: Dots,
    out: Tokens,
    /// The token under way.
    open: Option<Token>,
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
            out: Tokens { folded: String::with_capacity(text.len()), list: Vec::with_capacity(text.len() / 6) },
            open: None,
            last: Class::Break,
            joined: false,
            half: false,
            digits: 0,
            number_end: 0,
            judged: 0,
            #[cfg(test)]
            slow: false,
            note,
        }
    }

    fn run(&mut self) {
        let mut at = 0;
        while let Some(c) = self.text[at..].chars().next() {
            let row = fold::row(c);
            let next = at + c.len_utf8();
            match row.class {
                Class::Break => self.close(),
                class if class.is_spaced() => {
                    self.letter(at, c, class, row.folded);
                    at = self.alike(next, class);
                    continue;
                }
                class if class.is_unspaced() => {
                    self.unspaced(at, c, class, row.folded);
                    at = self.alike(next, class);
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

    /// Takes in the letters that follow one of this class as far as each is of the same and becomes one other, which is
    /// what most of any text is; says where it stopped. It does what a [`letter`](Self::letter) or
    /// [`unspaced`](Self::unspaced) at a time would do.
    fn alike(&mut self, from: usize, class: Class) -> usize {
        if class == Class::Indic || self.open.is_none() {
            return from;
        }
        #[cfg(test)]
        if self.slow {
            return from;
        }
        let mut at = from;
        if class == Class::Latin && self.dots == Dots::Plain {
            let letters = self.text.as_bytes()[at..].iter().take_while(|b| b.is_ascii_alphabetic()).count();
            let folded = self.out.folded.len();
            (0..letters).for_each(|i| (self.note)(folded + i, at + i));
            self.out.folded.push_str(&self.text[at..at + letters]);
            self.out.folded[folded..].make_ascii_lowercase();
            at += letters;
        }
        let mut chars = self.text[at..].chars();
        while let Some(c) = chars.next() {
            let Some(folded) = fold::one(c, class) else { break };
            if is_particular(c, self.dots) {
                break;
            }
            (self.note)(self.out.folded.len(), at);
            self.out.folded.push(folded);
            at = self.text.len() - chars.as_str().len();
        }
        if at > from {
            self.extend(at);
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
        self.open = Some(Token { kind, scripts: 0, start: at as u32, end: at as u32, from, to: from });
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
        self.extend(at + c.len_utf8());
        if let Some(token) = &mut self.open {
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

/// Letters that need a look at what stands before them, or at the language.
fn is_particular(c: char, dots: Dots) -> bool {
    match c {
        'I' | 'ı' => dots != Dots::Plain,
        'เ' | 'ເ' | '\u{E32}' | '\u{EB2}' => true,
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
