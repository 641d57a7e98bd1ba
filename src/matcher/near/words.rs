//! Words of a text that are nearly those of a term.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::model::{Field, Fields, Hit, Item};
use crate::text::affix::readings;
use crate::text::bidi::isolate;
use crate::text::cut::to_bytes;
use crate::text::language::Language;
use crate::text::shown::line;
use crate::text::token::{self, Dots, Kind, Token, Tokens, scripts};

use super::super::{field_text, gap};
use super::letters;

/// Words of one field that are compared: more than any article has.
const WORDS: usize = 50_000;

/// Longest run without spaces that is looked through, in characters.
const RUN: usize = 20_000;

/// Longest text that is asked for names, in bytes: each word costs the model some work.
const SHORT: usize = 64 * 1024;

/// How far a word is that is spelled nearly like one; what is farther is a weaker hint.
pub const SPELLED: u32 = 12;

/// The texts that a watch reads.
pub struct Texts<'i> {
    language: Language,
    all: Vec<(Field, Cow<'i, str>, Tokens)>,
}

/// A word of a text that is nearly the one looked for.
struct Spelled {
    letters: usize,
    word: String,
    field: Field,
}

/// Finds a term in the texts by itself.
type Find<'f> = &'f dyn Fn(&str) -> Vec<Hit>;
/// Takes how far something is and what is to be said of it.
type Say<'f> = &'f mut dyn FnMut(u32, String);

impl<'i> Texts<'i> {
    /// Reads them.
    pub fn of(item: &'i Item, fields: Fields) -> Self {
        let language = Language::of(item.language.as_deref());
        let all = Field::ALL.into_iter().filter(|f| fields.contains(*f)).map(|field| {
            let text = field_text(item, field);
            let tokens = token::read(&text, dots(language));
            (field, text, tokens)
        });
        Self { language, all: all.collect() }
    }

    /// Whether they are short enough to be asked for names.
    pub fn is_short(&self) -> bool {
        self.all.iter().map(|(_, text, _)| text.len()).sum::<usize>() <= SHORT
    }

    /// Why a term is not there.
    pub fn term(&self, term: &str, find: Find<'_>, say: Say<'_>) {
        let tokens = token::read(term, dots(self.language));
        let words: Vec<&str> = tokens.list.iter().map(|t| &term[t.start as usize..t.end as usize]).collect();
        let plain = words.join(" ");
        if !gap::signs(term).is_empty() && !find(&plain).is_empty() {
            return say(
                2,
                format!("without the signs of the term ({}): {}", gap::signs(term), super::told(&find(&plain))),
            );
        }
        match tokens.list.as_slice() {
            [] => {}
            [one] => self.word(tokens.form(one), one, say),
            // Initials are in any text.
            several if several.iter().all(|t| tokens.form(t).chars().nth(1).is_none()) => {}
            several => {
                let found: Vec<Vec<Hit>> = words.iter().map(|w| find(w)).collect();
                if found.iter().all(|f| !f.is_empty()) {
                    return self.phrase(&found, say);
                }
                for ((word, token), found) in words.iter().zip(several).zip(&found) {
                    if found.is_empty() {
                        self.word(tokens.form(token), token, &mut |far, said| {
                            say(far + 1, format!("“{word}” is not there, but {said}"));
                        });
                    }
                }
                let (there, not): (Vec<_>, Vec<_>) = words.iter().zip(&found).partition(|(_, f)| !f.is_empty());
                if !there.is_empty() {
                    let list = |all: &[(&&str, &Vec<Hit>)]| {
                        all.iter().map(|(w, _)| format!("“{w}”")).collect::<Vec<_>>().join(", ")
                    };
                    say(SPELLED + 4, format!("{} there, {} not", is(there.len(), &list(&there)), list(&not)));
                }
            }
        }
    }

    /// All words of a phrase are there, but not as the phrase has them: where they stand closest together.
    fn phrase(&self, found: &[Vec<Hit>], say: Say<'_>) {
        let mut best: Option<(usize, bool, Vec<&Hit>)> = None;
        for first in &found[0] {
            // The nearest of each other word to the first, and to one another as far as that goes.
            let near = |others: &'_ [Hit]| -> Option<usize> {
                (0..others.len())
                    .filter(|i| others[*i].field == first.field)
                    .min_by_key(|i| others[*i].start.abs_diff(first.start))
            };
            let Some(row) = found[1..].iter().map(|f| near(f).map(|i| &f[i])).collect::<Option<Vec<&Hit>>>() else {
                continue;
            };
            let row: Vec<&Hit> = std::iter::once(first).chain(row).collect();
            let (start, end) = span(&row);
            let in_order = row.windows(2).all(|w| w[0].end <= w[1].start);
            if best.as_ref().is_none_or(|(length, ..)| end - start < *length) {
                best = Some((end - start, in_order, row));
            }
        }
        let Some((_, in_order, row)) = best else {
            return say(6, "its words are there, each in another field".into());
        };
        let field = row[0].field;
        let Some((_, text, tokens)) = self.all.iter().find(|(f, ..)| *f == field) else { return };
        let (start, end) = span(&row);
        let words = tokens.list.iter().filter(|t| t.start as usize >= start && t.end as usize <= end).count();
        let between = words.saturating_sub(row.len());
        let cut = shown(&text[start..end]);
        let said = match (in_order, between) {
            (true, 0) => {
                format!("its words are there, but more than a blank or a comma parts them: “{cut}” in the {field}")
            }
            (true, n) => format!(
                "its words are there with {} between: “{cut}” in the {field}; a query \"…\"~{n} finds them",
                counted(n)
            ),
            (false, _) => {
                format!("its words are there in another order: “{cut}” in the {field}; a query with NEAR finds them")
            }
        };
        say(3 + between.min(20) as u32, said);
    }

    /// A word that is not there.
    fn word(&self, form: &str, token: &Token, say: Say<'_>) {
        let inside = self.inside(form, token);
        for (said, _) in inside.iter().take(2) {
            say(4, said.clone());
        }
        let mut near = self.spelled(form, token);
        near.sort_by_key(|s| s.letters);
        let mut seen = HashSet::new();
        near.retain(|s| seen.insert((s.word.to_lowercase(), s.field)) && !inside.iter().any(|(_, w)| *w == s.word));
        let Some(least) = near.first().map(|s| s.letters) else { return };
        for s in near.iter().take_while(|s| s.letters == least).take(3) {
            let far = match s.letters {
                1 => "one letter away".to_owned(),
                n => format!("{n} letters away"),
            };
            say(4 + 4 * s.letters as u32, format!("{} in the {} ({far})", shown(&s.word), s.field));
        }
    }

    /// Words that hold the one looked for: it is no word of its own there, or what a prefix would leave is too short.
    fn inside(&self, form: &str, token: &Token) -> Vec<(String, String)> {
        let mut out: Vec<(String, String)> = Vec::new();
        if form.chars().count() < 2 {
            return out;
        }
        for (field, text, tokens) in &self.all {
            for t in tokens.list.iter().take(WORDS) {
                let Some(at) = tokens.form(t).find(form).filter(|_| t.kind == token.kind) else { continue };
                let whole = &text[t.start as usize..t.end as usize];
                let behind = tokens.form(t)[at + form.len()..].chars().count();
                let clitics = t.scripts & (scripts::ARABIC | scripts::HEBREW) != 0;
                let short = clitics && behind == 0 && form.chars().count() < 3;
                let said = match t.kind {
                    Kind::Run => {
                        let chars: Vec<char> = tokens.form(t).chars().collect();
                        let from = tokens.form(t)[..at].chars().count();
                        let around: String = chars
                            [from.saturating_sub(6)..(from + form.chars().count() + 6).min(chars.len())]
                            .iter()
                            .collect();
                        format!("its letters stand in “{around}” in the {field}, but not as a word there")
                    }
                    _ if short => format!(
                        "“{}” in the {field} ends with it, but prefixes are taken off only where three letters remain",
                        shown(whole)
                    ),
                    // A wildcard needs two letters and stands behind them.
                    _ if at == 0 => format!(
                        "it begins the longer word “{}” in the {field}; a query with `{form}*` finds it",
                        shown(whole)
                    ),
                    _ if form.chars().count() < 3 => continue,
                    _ => format!("it is a part of the longer word “{}” in the {field}", shown(whole)),
                };
                if !out.iter().any(|(s, _)| *s == said) {
                    out.push((said, whole.to_owned()));
                }
                if out.len() == 4 {
                    return out;
                }
            }
        }
        out
    }

    /// Words that are a letter or two away, with and without their prefixes.
    fn spelled(&self, form: &str, token: &Token) -> Vec<Spelled> {
        let wanted: Vec<char> = form.chars().collect();
        let most = letters::allowed(wanted.len());
        let bag = letters::bag(form);
        let mut out = Vec::new();
        if most == 0 {
            return out;
        }
        for (field, text, tokens) in &self.all {
            let mut known: HashSet<&str> = HashSet::new();
            for t in tokens.list.iter().filter(|t| t.kind == token.kind).take(WORDS) {
                let its = tokens.form(t);
                if !known.insert(its) {
                    continue;
                }
                let original = &text[t.start as usize..t.end as usize];
                if t.kind == Kind::Run {
                    let run: Vec<char> = its.chars().take(RUN).collect();
                    if let Some((n, place)) = letters::nearest_part(&wanted, &run, most.min(wanted.len() / 3)) {
                        let word = run[place].iter().collect();
                        out.push(Spelled { letters: n, word, field: *field });
                    }
                    continue;
                }
                let mut try_one = |reading: &str| {
                    if letters::may_be(bag, letters::bag(reading), most) {
                        let chars: Vec<char> = reading.chars().collect();
                        let n = letters::apart(&wanted, &chars, most).filter(|n| *n > 0);
                        out.extend(n.map(|letters| Spelled { letters, word: original.to_owned(), field: *field }));
                    }
                };
                try_one(its);
                readings(its, original, t, self.language, &mut |r| {
                    if !r.short {
                        try_one(r.form);
                    }
                });
            }
        }
        out
    }
}

fn dots(language: Language) -> Dots {
    if language.turkic { Dots::Turkic } else { Dots::Plain }
}

fn span(row: &[&Hit]) -> (usize, usize) {
    (row.iter().map(|h| h.start).min().unwrap_or(0), row.iter().map(|h| h.end).max().unwrap_or(0))
}

fn is(count: usize, words: &str) -> String {
    format!("{words} {}", if count == 1 { "is" } else { "are" })
}

fn counted(words: usize) -> String {
    if words == 1 { "1 word".into() } else { format!("{words} words") }
}

/// Longest piece of a text that is shown, in bytes.
const SHOWN: usize = 120;

pub fn shown(text: &str) -> String {
    isolate(line(&to_bytes(text, SHOWN)).trim()).into_owned()
}
