//! Words with wildcards: all of a watchlist looked for in one pass over a text, by their first letters.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::text::affix::readings;
use crate::text::language::Language;
use crate::text::token::{self, Dots, Kind, Token, Tokens, read};
use crate::text::units::{Unit, cut};

use super::super::gap;

/// Longest word that is tried, in bytes of its folded form; what is longer is no word.
const WORD_LIMIT: usize = 256;

/// Letters by which a word with wildcards is found, at most.
const KEY: usize = 6;

/// Words of the dictionary that a wildcard may span in a script without spaces, since names are often cut in two.
const JOINED: usize = 4;

/// A word with wildcards.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Glob {
    /// Begins with a letter.
    pub steps: Box<[Step]>,
    /// Signs that must stand right before it (`#hels*`).
    pub signs: Box<str>,
    /// It is of a script without spaces.
    pub unspaced: bool,
}

/// A part of such a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// This folded letter.
    Letter(char),
    /// Any one letter.
    One,
    /// Any number of letters.
    Many,
}

impl Glob {
    /// Letters before the first wildcard.
    pub fn stem(&self) -> usize {
        self.steps.iter().take_while(|s| matches!(s, Step::Letter(_))).count()
    }

    /// Whether a folded word is one of those meant. `ends` has, for each letter that begins what one letter of the
    /// original folded into (`ß` into `ss`), where that ends; it is empty where each stands for itself.
    fn matches(&self, word: &[char], ends: &[usize]) -> bool {
        let stem = self.stem();
        let begins =
            || self.steps.iter().zip(word).take(stem).all(|(s, x)| matches!(s, Step::Letter(c) if same(*c, *x)));
        if word.len() < stem || !begins() {
            return false;
        }
        if self.steps[stem..] == [Step::Many] {
            return true;
        }
        // Places in the word that are reached by the steps so far.
        let mut reached = vec![false; word.len() + 1];
        reached[0] = true;
        for step in &self.steps {
            let mut next = vec![false; word.len() + 1];
            match step {
                Step::Many => {
                    let first = reached.iter().position(|r| *r).unwrap_or(word.len() + 1);
                    next.iter_mut().skip(first).for_each(|n| *n = true);
                }
                Step::Letter(c) => {
                    for (i, x) in word.iter().enumerate() {
                        next[i + 1] = reached[i] && same(*c, *x);
                    }
                }
                Step::One => {
                    for i in 0..word.len() {
                        next[i + 1] |= reached[i];
                        if let Some(end) = ends.get(i).filter(|_| reached[i]) {
                            next[*end] = true;
                        }
                    }
                }
            }
            reached = next;
        }
        reached[word.len()]
    }

    /// Its first letters, by which it is found.
    fn key(&self) -> String {
        let letters = self.steps.iter().map_while(|s| if let Step::Letter(c) = s { Some(plain(*c)) } else { None });
        letters.take(KEY).collect()
    }
}

/// Dotted and dotless i are one to a wildcard: a query has no language.
fn plain(c: char) -> char {
    if c == 'ı' { 'i' } else { c }
}

fn same(a: char, b: char) -> bool {
    plain(a) == plain(b)
}

/// All words with wildcards of a watchlist.
#[derive(Debug, Default)]
pub struct Globs {
    list: Vec<Glob>,
    ids: HashMap<Glob, u32>,
    by_start: HashMap<String, Vec<u32>>,
    /// The first letters of keys, so that most words are done with here.
    starts: Starts,
    /// How many letters their keys have, as bits.
    lengths: u32,
    unspaced: bool,
}

/// Bits of [`Starts`], a power of two: some hundred for each wildcard of a large watchlist.
const STARTS: usize = 1 << 16;

/// A bit for each first letter of a key and for each first two, by which it can be said at once that no key begins a word.
#[derive(Debug, Default)]
struct Starts {
    /// None before the first key.
    bits: Box<[u64]>,
    /// A key has one letter.
    lone: bool,
}

impl Starts {
    fn add(&mut self, key: &str) {
        if self.bits.is_empty() {
            self.bits = vec![0; STARTS / 64].into();
        }
        let mut letters = key.chars();
        let (first, second) = (letters.next(), letters.next());
        self.lone |= second.is_none();
        for place in
            first.map(|a| Self::place(a, '\0')).into_iter().chain(first.zip(second).map(|(a, b)| Self::place(a, b)))
        {
            self.bits[place / 64] |= 1 << (place % 64);
        }
    }

    fn may_begin(&self, letters: impl Iterator<Item = char>) -> bool {
        let mut letters = letters.map(plain);
        let (Some(first), second) = (letters.next(), letters.next()) else { return false };
        let holds = |place: usize| self.bits.get(place / 64).is_some_and(|bits| bits & 1 << (place % 64) != 0);
        match second {
            Some(second) => holds(Self::place(first, second)) || self.lone && holds(Self::place(first, '\0')),
            None => holds(Self::place(first, '\0')),
        }
    }

    fn place(first: char, second: char) -> usize {
        let both = (u64::from(first) << 21 | u64::from(second)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (both >> 40) as usize % STARTS
    }
}

/// A text with its words.
pub struct Words<'t> {
    pub text: &'t str,
    pub tokens: &'t Tokens,
    pub units: &'t [Unit],
    pub language: Language,
}

/// A word found: which, first byte, the byte after the last.
pub type Caught = (u32, u32, u32);

impl Globs {
    /// Adds one, and gives its number.
    pub fn add(&mut self, glob: Glob) -> u32 {
        if let Some(id) = self.ids.get(&glob) {
            return *id;
        }
        let id = self.list.len() as u32;
        self.unspaced |= glob.unspaced;
        let key = glob.key();
        self.starts.add(&key);
        self.lengths |= 1 << key.chars().count();
        self.by_start.entry(key).or_default().push(id);
        self.ids.insert(glob.clone(), id);
        self.list.push(glob);
        id
    }

    /// The words of the runs in which one may stand, and of those that follow them closely: what [`Globs::search`] needs of runs.
    pub fn units(&self, text: &str, tokens: &Tokens) -> Vec<Unit> {
        let mut out = Vec::new();
        if self.unspaced {
            let mut reached = None;
            for token in tokens.list.iter().filter(|t| t.kind == Kind::Run) {
                if reached == Some(token.start) || self.may_stand(tokens.form(token)) {
                    cut(&text[token.start as usize..token.end as usize], token.start, &mut out);
                    reached = Some(token.end);
                }
            }
        }
        out
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether one may begin a word of these two first letters, or a single one, as ASCII has them.
    #[inline]
    pub fn may_begin_plain(&self, first: u8, second: u8) -> bool {
        let letter = |b: u8| char::from(b.to_ascii_lowercase());
        !self.is_empty() && self.starts.may_begin([first, second].into_iter().filter(|b| *b != 0).map(letter))
    }

    /// Whether the first letters of one are those of a folded word.
    pub fn may_begin(&self, word: &str) -> bool {
        let mut any = false;
        self.starting(word.chars(), &mut |_, _| any = true);
        any
    }

    /// Whether one is of a script without spaces.
    #[inline]
    pub fn has_unspaced(&self) -> bool {
        self.unspaced
    }

    /// Whether one may stand in a folded run.
    pub fn may_stand(&self, run: &str) -> bool {
        self.unspaced && run.char_indices().any(|(i, _)| self.may_begin(&run[i..]))
    }

    /// All that are there, of each in order; `limit` of each at most.
    pub fn search(&self, words: &Words<'_>, limit: usize) -> Vec<Caught> {
        let mut out = Vec::new();
        let dots = if words.language.turkic { Dots::Turkic } else { Dots::Plain };
        for token in words.tokens.list.iter().filter(|t| t.kind == Kind::Word) {
            let form = words.tokens.form(token);
            if form.len() > WORD_LIMIT {
                continue;
            }
            let original = &words.text[token.start as usize..token.end as usize];
            let trial = Trial { words, token, original, form, dots };
            self.offer(&trial, form, 0, 0, &mut out);
            readings(form, original, token, words.language, &mut |r| {
                if r.short {
                    return;
                }
                self.offer(&trial, r.form, r.front, r.back, &mut out);
            });
        }
        if self.unspaced {
            self.runs(words, dots, &mut out);
        }
        // A word that fits by several readings is one hit, the longest.
        out.sort_unstable_by_key(|(id, start, end)| (*id, *start, Reverse(*end)));
        let (mut last, mut kept) = ((u32::MAX, 0), 0);
        out.retain(|(id, start, end)| {
            kept = if last.0 == *id { kept } else { 0 };
            let apart = last.0 != *id || *start >= last.1;
            if apart {
                (last, kept) = ((*id, *end), kept + 1);
            }
            apart && kept <= limit
        });
        out
    }

    /// Those whose first letters the word has.
    fn starting(&self, letters: impl Iterator<Item = char> + Clone, tell: &mut dyn FnMut(u32, &Glob)) {
        if !self.starts.may_begin(letters.clone()) {
            return;
        }
        let mut start = String::with_capacity(KEY * 4);
        for (n, c) in letters.take(KEY).enumerate() {
            start.push(plain(c));
            if self.lengths & 1 << (n + 1) == 0 {
                continue;
            }
            for id in self.by_start.get(&start).into_iter().flatten() {
                tell(*id, &self.list[*id as usize]);
            }
        }
    }

    fn offer(&self, trial: &Trial<'_>, form: &str, front: usize, back: usize, out: &mut Vec<Caught>) {
        let mut letters: Option<(Vec<char>, Vec<usize>)> = None;
        self.starting(form.chars(), &mut |id, glob| {
            let (letters, ends) = letters.get_or_insert_with(|| trial.letters(form, front));
            if !glob.matches(letters, ends) {
                return;
            }
            let (start, end) = trial.place(front, back);
            if let Some(start) = gap::precedes(&trial.words.text[..start as usize], &glob.signs) {
                out.push((id, start as u32, end));
            }
        });
    }

    /// In scripts without spaces a word is what the dictionary takes for one, or a few of those in a row.
    fn runs(&self, words: &Words<'_>, dots: Dots, out: &mut Vec<Caught>) {
        let folded: Vec<String> = words.units.iter().map(|u| folded(words.text, u, dots)).collect();
        for (i, unit) in words.units.iter().enumerate() {
            let joined = folded[i..].iter().take(JOINED).flat_map(|f| f.chars());
            self.starting(joined, &mut |id, glob| {
                let mut letters: Vec<char> = Vec::new();
                for (n, last) in words.units[i..].iter().enumerate().take(JOINED) {
                    if n > 0 && words.units[i + n - 1].end != last.start {
                        break;
                    }
                    letters.extend(folded[i + n].chars());
                    if glob.matches(&letters, &[]) {
                        out.push((id, unit.start, last.end));
                        break;
                    }
                }
            });
        }
    }
}

fn folded(text: &str, unit: &Unit, dots: Dots) -> String {
    read(&text[unit.start as usize..unit.end as usize], dots).joined()
}

/// A word that is tried.
struct Trial<'t> {
    words: &'t Words<'t>,
    token: &'t Token,
    original: &'t str,
    form: &'t str,
    dots: Dots,
}

impl Trial<'_> {
    /// The letters of a reading, and where those end that one letter of the original became.
    fn letters(&self, form: &str, front: usize) -> (Vec<char>, Vec<usize>) {
        let letters: Vec<char> = form.chars().collect();
        let mut ends = Vec::new();
        if !self.original.is_ascii() && self.form.get(front..).is_some_and(|rest| rest.starts_with(form)) {
            let (_, places) = token::trace(self.original, self.dots);
            let starts: Vec<usize> = places
                .iter()
                .filter(|(folded, _)| (front..front + form.len()).contains(&(*folded as usize)))
                .filter_map(|(folded, _)| self.form.get(front..*folded as usize).map(|s| s.chars().count()))
                .collect();
            ends = (0..letters.len()).map(|i| i + 1).collect();
            for (k, start) in starts.iter().enumerate() {
                ends[*start] = starts.get(k + 1).copied().unwrap_or(letters.len());
            }
        }
        (letters, ends)
    }

    /// Where the word without `front` and `back` bytes of its folded form stands in the text.
    fn place(&self, front: usize, back: usize) -> (u32, u32) {
        let (mut start, mut end) = (self.token.start, self.token.end);
        if front == 0 && back == 0 {
            return (start, end);
        }
        let (folded, places) = token::trace(self.original, self.dots);
        if folded != self.form {
            return (start, end);
        }
        let at = |byte: usize| places.iter().find(|(f, _)| *f as usize >= byte).map(|(_, o)| self.token.start + o);
        if front > 0 {
            start = at(front).unwrap_or(start);
        }
        if back > 0 {
            end = at(folded.len() - back).unwrap_or(end);
        }
        (start, end)
    }
}

#[cfg(test)]
mod tests {
    use super::super::ast::Text;
    use super::super::shape::{Part, Shape, shape};
    use super::*;

    fn found<'t>(pattern: &str, text: &'t str, language: &str) -> Vec<&'t str> {
        let text_of = Text { escaped: pattern.into(), exact: false, slop: 0 };
        let Ok(Shape::Row { mut parts, .. }) = shape(&text_of) else { panic!("{pattern} has no wildcard") };
        let Some(Part::Glob(glob)) = parts.pop() else { panic!("{pattern}: no wildcard") };
        let mut globs = Globs::default();
        globs.add(glob);
        let language = Language::of(Some(language));
        let tokens = read(text, if language.turkic { Dots::Turkic } else { Dots::Plain });
        let units = globs.units(text, &tokens);
        let words = Words { text, tokens: &tokens, units: &units, language };
        globs.search(&words, 10).into_iter().map(|(_, s, e)| &text[s as usize..e as usize]).collect()
    }

    #[test]
    fn wildcards_stand_for_letters_of_one_word() {
        for (pattern, text, language, expected) in [
            ("terror*", "Counter-terrorism, terrors and Terror; error", "en", vec!["terrorism", "terrors", "Terror"]),
            ("organi?ation", "Organisation organization organiation", "en", vec!["Organisation", "organization"]),
            ("colo*r", "colour color colder", "en", vec!["colour", "color"]),
            ("v?lo", "vélo ve\u{301}lo vlo", "fr", vec!["vélo", "ve\u{301}lo"]),
            ("stra?e", "Straße strase strae", "de", vec!["Straße", "strase"]),
            ("انتخاب*", "بدأت الانتخابات وانتخابه", "ar", vec!["انتخابات", "انتخابه"]),
            ("санкци*", "Санкции и санкционный", "ru", vec!["Санкции", "санкционный"]),
            ("#hels*", "helsinki #Helsinki", "en", vec!["#Helsinki"]),
            ("izm*", "İzmir ve IZMIR", "tr", vec!["İzmir", "IZMIR"]),
            ("赫尔辛*", "两国在赫尔辛基会晤", "zh", vec!["赫尔辛基"]),
            ("h?lsinki", "Helsinki’s hlsinki", "en", vec!["Helsinki"]),
            ("serge*", "Sergei's", "en", vec!["Sergei's"]),
        ] {
            assert_eq!(found(pattern, text, language), expected, "{pattern} in {text}");
        }
    }
}
