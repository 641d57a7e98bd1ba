//! A text read into folded words, in one pass, each with its byte span in the original.
//!
//! Spaced scripts part words by the rules below, which differ from UAX #29 where feeds do: a full stop or underscore
//! between letters parts, U+200B inside a word does not, and letters of unlike scripts part unless they are commonly
//! mixed. Unspaced scripts come as whole runs, from border to border; what is a word in them is asked only about a
//! candidate (see [`border`](super::border)). Everything is linear in the text, whatever it holds.

use icu_normalizer::properties::{CanonicalComposition, CanonicalCompositionBorrowed};

use super::fold::{self, Class, Folded};

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
            note,
        }
    }

    fn run(&mut self) {
        for (at, c) in self.text.char_indices() {
            let row = fold::row(c);
            match row.class {
                Class::Break => self.close(),
                class if class.is_spaced() => self.letter(at, c, class, row.folded),
                class if class.is_unspaced() => self.unspaced(at, c, class, row.folded),
                Class::Digit => self.digit(at, c, row.folded),
                Class::Ignorable => self.ignorable(at, c),
                Class::ZeroWidthSpace => self.joined = false,
                Class::Accent => self.extend(at + c.len_utf8()),
                Class::Mark => self.mark(at, c),
                Class::Join => self.join(at, c, row.folded),
                Class::Point => self.point(at, c, row.folded),
                Class::Apostrophe => self.apostrophe(at, c),
                Class::Gershayim => self.gershayim(at, c),
                Class::Symbol => self.symbol(at, c),
                Class::Regional => self.regional(at, c),
                Class::Tone if self.kind() == Some(Kind::Symbol) => self.extend(at + c.len_utf8()),
                _ => self.symbol(at, c),
            }
        }
        self.close();
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
            self.anusvara(at);
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
            _ if self.sara_am(at, c, class) => {}
            _ => self.put(at, c, class, folded),
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

    /// A nasal of the row of the consonant that follows it is written as anusvara as well (हिन्दी, हिंदी).
    fn anusvara(&mut self, at: usize) {
        let Some(token) = self.open else { return };
        let mut tail = self.out.folded[token.from as usize..].chars().rev();
        let (Some(consonant), Some(virama), Some(nasal)) = (tail.next(), tail.next(), tail.next()) else { return };
        // The blocks of these scripts are laid out alike: 0x80 characters each, 5 consonants a row from 0x15, nasal last.
        let (c, v, n) = (consonant as u32, virama as u32, nasal as u32);
        let block = c & !0x7F;
        if v != block + 0x4D || n & !0x7F != block || !(0x15..=0x2E).contains(&(c - block)) {
            return;
        }
        let row = |x: u32| match x - block {
            x @ 0x15..=0x28 => Some((x - 0x15) / 5),
            0x2A..=0x2E => Some(4),
            _ => None,
        };
        let is_nasal = |x: u32| matches!(x - block, 0x19 | 0x1E | 0x23 | 0x28 | 0x2E);
        if is_nasal(n) && !is_nasal(c) && row(n).is_some() && row(n) == row(c) {
            let keep = self.out.folded.len() - consonant.len_utf8() - virama.len_utf8() - nasal.len_utf8();
            self.out.folded.truncate(keep);
            self.out.folded.extend(char::from_u32(block + 2));
            (self.note)(self.out.folded.len(), at);
            self.out.folded.push(consonant);
        }
    }

    fn twin(&mut self, previous: char, whole: char, end: usize) {
        self.replace(previous, whole);
        self.extend(end);
    }

    /// Sara am typed as nikhahit and sara aa, with a tone before or between: one letter all the same.
    fn sara_am(&mut self, at: usize, c: char, class: Class) -> bool {
        let (nikhahit, tones, whole) = match c {
            '\u{E32}' => ('\u{E4D}', '\u{E48}'..='\u{E4B}', '\u{E33}'),
            '\u{EB2}' => ('\u{ECD}', '\u{EC8}'..='\u{ECB}', '\u{EB3}'),
            _ => return false,
        };
        let Some(token) = self.open else { return false };
        let mut tail = self.out.folded[token.from as usize..].chars().rev();
        let tone = match (tail.next(), tail.next()) {
            (Some(x), y) if x == nikhahit => y.filter(|y| tones.contains(y)),
            (Some(x), Some(y)) if y == nikhahit && tones.contains(&x) => Some(x),
            _ => return false,
        };
        let gone = nikhahit.len_utf8() + tone.map_or(0, char::len_utf8);
        self.out.folded.truncate(self.out.folded.len() - gone);
        self.out.folded.extend(tone);
        self.put(at, c, class, Folded::One(whole));
        true
    }

    fn point(&mut self, at: usize, c: char, folded: Folded) {
        if self.kind() == Some(Kind::Word) && self.last == Class::Digit {
            if at >= self.number_end && at >= self.judged {
                let (ok, end) = number(self.text, self.digits);
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

/// Unspaced scripts that share runs.
fn family(class: Class) -> Class {
    match class {
        Class::Hiragana | Class::Katakana => Class::Han,
        c => c,
    }
}

/// Whether the digits that begin here are one number with its separators (1,000,000 or 3.5 or 1.234,56 but no date
/// and no version), and where digits and separators end.
fn number(text: &str, from: usize) -> (bool, usize) {
    let mut groups: Vec<(usize, char)> = Vec::new();
    let (mut digits, mut end, mut ok) = (0usize, from, true);
    let mut chars = text[from..].char_indices().peekable();
    while let Some((i, c)) = chars.next() {
        match fold::row(c).class {
            Class::Digit => {
                digits += 1;
                end = from + i + c.len_utf8();
            }
            Class::Point if chars.peek().is_some_and(|(_, n)| fold::row(*n).class == Class::Digit) => {
                let Folded::One(mark) = fold::row(c).folded else { break };
                // No number has so many groups; the rest is only passed over.
                if groups.len() < 12 {
                    groups.push((digits, mark));
                } else {
                    ok = false;
                }
                digits = 0;
            }
            _ => break,
        }
    }
    ok &= match groups.as_slice() {
        [] | [_] => true,
        [first @ .., last] => {
            let mark = first[0].1;
            let inner = first[1..].iter().all(|(n, m)| *m == mark && (*n == 2 || *n == 3));
            let whole = first[0].0 <= 3 && inner && matches!(last.0, 2 | 3);
            // The last mark is either one more of the same, with three digits, or the decimal one, after three.
            whole && if last.1 == mark { digits == 3 } else { last.0 == 3 }
        }
    };
    (ok, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let tokens = read(text, Dots::Plain);
        tokens.list.iter().map(|t| tokens.form(t).to_owned()).collect()
    }

    #[test]
    fn words_part_where_a_reader_parts_them() {
        for (text, expected) in [
            ("Helsinki.Trump #Helsinki_Summit", vec!["helsinki", "trump", "helsinki", "summit"]),
            ("#قمة_هلسينكي", vec!["قمه", "هلسينكي"]),
            ("Pom\u{200B}peo Pom\u{200D}peo Hel\u{200B} sinki", vec!["pompeo", "pompeo", "hel", "sinki"]),
            ("can’t l'été ‘quoted’ senators’", vec!["can't", "l'ete", "quoted", "senators"]),
            (
                "1,000 1,000,000 3.5% 1.2.3 12.05.2024 1.234,56",
                vec!["1,000", "1,000,000", "3.5", "1", "2", "3", "12", "05", "2024", "1.234,56"],
            ),
            ("G20 COVID-19 عام2024", vec!["g20", "covid", "19", "عام", "2024"]),
            ("NATO事務総長 BTS는", vec!["nato", "事務総長", "bts는"]),
            ("צה״ל \"שלום\"", vec!["צה\"ל", "שלום"]),
            ("🇺🇦🇦🇹 👍🏽 ☢\u{FE0F} 👩\u{200D}🚀", vec!["🇺🇦", "🇦🇹", "👍", "☢", "👩\u{200D}🚀"]),
            ("हिन्दी अन्न", vec!["हिंदी", "अन्न"]),
            ("นํ้า นํา เเม่", vec!["น้ำ", "นำ", "แม่"]),
            ("й и\u{306} е\u{308} за\u{301}мок", vec!["й", "й", "е", "замок"]),
            ("カ\u{3099} ﾊﾟﾘ", vec!["ガ", "パリ"]),
            ("\u{1112}\u{1161}\u{11AB}", vec!["한"]),
            ("\u{FDFA}", vec!["صلي", "الله", "عليه", "وسلم"]),
            ("\u{9C7}\u{9BE}", vec!["\u{9CB}"]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn dots_are_told_apart_by_language() {
        let form = |s, dots| read(s, dots).folded;
        assert_eq!(form("ISPARTA İ I\u{307}", Dots::Turkic), "ıspartaii");
        assert_eq!(form("ISPARTA ı", Dots::Plain), "ispartai");
        assert_eq!(form("ISPARTA ı", Dots::Typed), "ispartaı");
    }

    #[test]
    fn spans_take_marks_in_and_leave_controls_out() {
        let text = "\u{FEFF}Zu\u{308}rich\u{301}\u{200B}, \u{2068}Pompeo\u{2069}";
        let spans: Vec<_> =
            read(text, Dots::Plain).list.iter().map(|t| text[t.start as usize..t.end as usize].to_owned()).collect();
        assert_eq!(spans, ["Zu\u{308}rich\u{301}", "Pompeo"]);
    }

    #[test]
    fn hostile_texts_take_linear_time() {
        // Sizes at which anything quadratic would not end within a test run.
        let zalgo = format!("a{}", "\u{301}".repeat(100_000)).repeat(20);
        assert_eq!(read(&zalgo, Dots::Plain).list.len(), 1);
        assert_eq!(read(&"\u{FDFA}".repeat(200_000), Dots::Plain).list.len(), 800_000);
        assert_eq!(read(&"1.".repeat(1_000_000), Dots::Plain).list.len(), 1_000_000);
        assert_eq!(read(&"a'".repeat(1_000_000), Dots::Plain).list.len(), 1);
        assert_eq!(read(&"и\u{306}\u{308}".repeat(500_000), Dots::Plain).list.len(), 1);
    }
}
