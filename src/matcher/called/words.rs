//! The words of a text that may be a name in another script, one after another.

use crate::model::How;
use crate::text::fold::{self, Class};
use crate::text::token::{Kind, Token, Tokens};

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
            let word = &text[token.start as usize..token.end as usize];
            match token.kind {
                Kind::Word => reading.word(word, token),
                Kind::Run => reading.run(word, token),
                Kind::Symbol => {}
            }
        }
    }
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
    fn word(&mut self, word: &str, token: &Token) {
        if word.len() > WORD_LIMIT || word.starts_with(|c: char| c.is_ascii_digit()) {
            return;
        }
        let start = token.start as usize;
        if self.ask(word, start) || token.scripts & crate::text::token::scripts::MARKED == 0 {
            return;
        }
        // Without what an apostrophe sets apart: `Libya’s`, `l'Obama`.
        let apostrophe = |c: char| fold::row(c).class == Class::Apostrophe;
        if let Some(i) = word.rfind(apostrophe)
            && word[i..].chars().count() - 1 <= TAIL
            && self.ask(&word[..i], start)
        {
            return;
        }
        if let Some((i, mark)) = word.char_indices().find(|(_, c)| apostrophe(*c))
            && word[..i].chars().count() <= HEAD
        {
            let from = i + mark.len_utf8();
            self.ask(&word[from..], start + from);
        }
    }

    /// Stretches of one script within a run without spaces.
    fn run(&mut self, run: &str, token: &Token) {
        let mut from = 0;
        let mut last = Class::Break;
        for (i, c) in run.char_indices() {
            let class = fold::row(c).class;
            let same = class == last || matches!(class, Class::Accent | Class::Mark | Class::Join | Class::Ignorable);
            if !same {
                self.stretch(&run[from..i], last, token.start as usize + from);
                (from, last) = (i, class);
            }
        }
        self.stretch(&run[from..], last, token.start as usize + from);
    }

    fn stretch(&mut self, stretch: &str, class: Class, start: usize) {
        match class {
            Class::Katakana if stretch.len() <= WORD_LIMIT => _ = self.ask(stretch, start),
            Class::Han | Class::Thai => self.within(stretch, start),
            _ => {}
        }
    }

    fn within(&mut self, stretch: &str, start: usize) {
        let called = self.called;
        called.recognisers.run(stretch, &mut |range, spelling| {
            self.tell(&spelling, start + range.start, start + range.end);
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
