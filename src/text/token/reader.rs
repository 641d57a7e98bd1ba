//! The pass over a text: the long way, a character at a time, by what each is.

use icu_normalizer::properties::{CanonicalComposition, CanonicalCompositionBorrowed};

use super::super::fold::{self, Class, Folded};
use super::super::spelling;
use super::{Dots, Hash, Kind, TEXT_LIMIT, Token, Tokens};

/// One pass over a text.
pub(super) struct Reader<'t, F> {
    pub(super) text: &'t str,
    pub(super) dots: Dots,
    pub(super) table: fold::Table,
    pub(super) out: Tokens,
    /// The token under way.
    pub(super) open: Option<Token>,
    /// Class of the last letter or digit put into it.
    pub(super) last: Class,
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
    pub(super) in_blocks: bool,
    /// Every letter goes the long way.
    #[cfg(test)]
    pub(super) slow: bool,
    pub(super) note: F,
}

const COMPOSE: CanonicalCompositionBorrowed<'static> = CanonicalComposition::new();

impl<'t, F: FnMut(usize, usize)> Reader<'t, F> {
    pub(super) fn new(text: &'t str, dots: Dots, note: F) -> Self {
        let text = if text.len() <= TEXT_LIMIT { text } else { &text[..text.floor_char_boundary(TEXT_LIMIT)] };
        let out = Tokens { folded: String::with_capacity(text.len()), list: Vec::with_capacity(text.len() / 6) };
        Self::onto(out, text, dots, note)
    }

    /// Tokens are put behind these.
    pub(super) fn onto(out: Tokens, text: &'t str, dots: Dots, note: F) -> Self {
        Self {
            text,
            dots,
            table: fold::Table::get(),
            out,
            open: None,
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

    pub(super) fn run(&mut self) {
        self.run_from(0);
    }

    /// Reads from here, where a border is.
    pub(super) fn run_from(&mut self, start: usize) {
        let mut at = if self.in_blocks { self.block(start) } else { start };
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

    fn kind(&self) -> Option<Kind> {
        self.open.map(|t| t.kind)
    }

    pub(super) fn close(&mut self) {
        if let Some(mut token) = self.open.take() {
            token.to = self.out.folded.len() as u32;
            if token.to > token.from {
                token.hash = Hash::of(self.out.form(&token));
                self.out.list.push(token);
            }
        }
        self.last = Class::Break;
        self.joined = false;
        self.half = false;
    }

    pub(super) fn begin(&mut self, kind: Kind, at: usize) {
        self.close();
        let from = self.out.folded.len() as u32;
        let (start, hash) = (at as u32, Hash::EMPTY);
        self.open = Some(Token { kind, scripts: 0, start, end: start, from, to: from, hash });
    }

    /// Puts what a character became into the token under way, and lets it reach to the end of that character.
    pub(super) fn put(&mut self, at: usize, c: char, class: Class, folded: Folded) {
        (self.note)(self.out.folded.len(), at);
        match folded {
            Folded::Gone => {}
            Folded::One(x) => self.out.folded.push(x),
            Folded::Many(s) => self.out.folded.push_str(s),
        }
        self.last = class;
        if let Some(token) = &mut self.open {
            token.end = (at + c.len_utf8()) as u32;
            token.scripts |= class.script();
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
        if self.kind() == Some(Kind::Word) && has_apostrophes(self.last) && next.is_some_and(has_apostrophes) {
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

/// Scripts whose words have apostrophes inside; in the others one is a quotation mark (`'기생충'이`).
fn has_apostrophes(class: Class) -> bool {
    class.is_spaced() && !matches!(class, Class::Hangul | Class::Arabic | Class::Indic)
}

/// Unspaced scripts that share runs.
fn family(class: Class) -> Class {
    match class {
        Class::Hiragana | Class::Katakana => Class::Han,
        c => c,
    }
}
