//! The words of a text that may be a name in another script, one after another.

use crate::model::How;
use crate::text::fold::{self, Class};
use crate::text::token::{Kind, Token, Tokens, scripts};

use super::super::names::judge::SMALL;
use super::super::names::letters::Script;
use super::recogniser::{Asked, Spelling};
use super::{Called, PartSeen};

/// Longest word that is asked about, in bytes; what is longer is no name.
const WORD_LIMIT: usize = 120;

/// Letters that an apostrophe cuts off at the end of a word, and before it.
const TAIL: usize = 3;
/// See [`TAIL`].
const HEAD: usize = 6;

impl Called {
    /// Offers the words of a text to the model, and notes the parts of names that it finds. `tag` is the language of the text.
    pub fn read(&self, (text, tag): (&str, Option<&str>), tokens: &Tokens, at: usize, out: &mut Vec<PartSeen>) {
        let mut reading = Reading { called: self, text, language: tag.and_then(primary), at, out };
        for token in &tokens.list {
            let start = token.start as usize;
            let word = &text[start..token.end as usize];
            match token.kind {
                Kind::Word => offer(word, token, |word, from| reading.ask(word, start + from)),
                Kind::Run => stretches(word, |stretch, within, from| match within {
                    true => reading.within(stretch, start + from),
                    false => _ = reading.ask(stretch, start + from),
                }),
                Kind::Symbol => {}
            }
        }
    }

    /// Whether a token is no name and holds none, whatever stands around it and whatever the language of the text.
    pub fn is_nothing(&self, text: &str, token: &Token) -> bool {
        let word = &text[token.start as usize..token.end as usize];
        match token.kind {
            Kind::Word => {
                let mut any = false;
                offer(word, token, |word, _| {
                    any |= !self.recognisers.is_nothing(word);
                    any
                });
                !any
            }
            Kind::Run => self.is_run_nothing(word),
            Kind::Symbol => true,
        }
    }

    /// The same of a run without spaces.
    pub fn is_run_nothing(&self, run: &str) -> bool {
        self.recognisers.is_run_nothing(run, |tell| stretches(run, |stretch, within, _| tell(stretch, within)))
    }

    /// Whether words of plain ASCII letters may be names.
    pub fn is_for_ascii(&self) -> bool {
        self.recognisers.seek(Script::Latin)
    }
}

/// Offers a word, and what an apostrophe sets apart of it (`Libya’s`, `l'Obama`), until one is taken.
fn offer(word: &str, token: &Token, mut take: impl FnMut(&str, usize) -> bool) {
    if word.len() > WORD_LIMIT || word.starts_with(|c: char| c.is_ascii_digit()) {
        return;
    }
    if take(word, 0) || token.scripts & scripts::MARKED == 0 {
        return;
    }
    let apostrophe = |c: char| fold::row(c).class == Class::Apostrophe;
    if let Some(i) = word.rfind(apostrophe)
        && word[i..].chars().count() - 1 <= TAIL
        && take(&word[..i], 0)
    {
        return;
    }
    if let Some((i, mark)) = word.char_indices().find(|(_, c)| apostrophe(*c))
        && word[..i].chars().count() <= HEAD
    {
        let from = i + mark.len_utf8();
        take(&word[from..], from);
    }
}

/// Tells the stretches of one script within a run without spaces that may be names, or hold some within, each with its first byte.
fn stretches(run: &str, mut tell: impl FnMut(&str, bool, usize)) {
    let mut tell = |from: usize, to: usize, class: Class| match class {
        Class::Katakana if to - from <= WORD_LIMIT => tell(&run[from..to], false, from),
        Class::Han | Class::Thai => tell(&run[from..to], true, from),
        _ => {}
    };
    let mut from = 0;
    let mut last = Class::Break;
    for (i, c) in run.char_indices() {
        let class = fold::row(c).class;
        let same = class == last || matches!(class, Class::Accent | Class::Mark | Class::Join | Class::Ignorable);
        if !same {
            tell(from, i, last);
            (from, last) = (i, class);
        }
    }
    tell(from, run.len(), last);
}

/// The first part of a language tag, if it is a code of two letters.
fn primary(tag: &str) -> Option<[u8; 2]> {
    let code = tag.trim().split(['-', '_']).next().unwrap_or("").to_ascii_lowercase();
    code.as_bytes().try_into().ok()
}

/// Whether the word at this byte begins with a small letter and stands in a line that has capitals of its script.
fn is_small(text: &str, at: usize) -> bool {
    let Some(first) = text[at..].chars().next().filter(|c| c.is_lowercase()) else { return false };
    let Some(script) = Script::of(first).filter(|s| s.has_capitals()) else { return false };
    let start = text[..at].rfind('\n').map_or(0, |i| i + 1);
    let end = text[at..].find('\n').map_or(text.len(), |i| at + i);
    text[start..end].chars().any(|c| c.is_uppercase() && Script::of(c) == Some(script))
}

struct Reading<'r> {
    called: &'r Called,
    text: &'r str,
    language: Option<[u8; 2]>,
    at: usize,
    out: &'r mut Vec<PartSeen>,
}

impl Reading<'_> {
    fn within(&mut self, stretch: &str, start: usize) {
        let called = self.called;
        called.recognisers.run(stretch, &mut |spelling| {
            let core = &spelling.found.core;
            self.tell(&spelling, start + core.start, start + core.end);
        });
    }

    /// Asks the model about a word; whether it found anything.
    fn ask(&mut self, word: &str, start: usize) -> bool {
        let (called, text) = (self.called, self.text);
        let less = || if is_small(text, start) { SMALL } else { 0.0 };
        let asked = Asked { word, language: self.language, less: &less };
        called.recognisers.word(&asked, &mut |spelling| {
            let core = &spelling.found.core;
            self.tell(&spelling, start + core.start, start + core.end);
        })
    }

    fn tell(&mut self, spelling: &Spelling<'_>, start: usize, end: usize) {
        let (at, alone) = (self.at, spelling.alone);
        self.out.extend(self.called.by_sought[spelling.sought as usize].iter().map(|part| PartSeen {
            part: *part,
            at,
            start: start as u32,
            end: end as u32,
            how: How::Name,
            alone,
            common: false,
        }));
    }
}
