//! What a word, phrase or expression of a query comes to: plain terms, words with wildcards, or both in a row; and
//! whether it can be looked for.

use regex::{Regex, RegexBuilder};

use crate::text::fold::{self, Class};
use crate::text::token::{Dots, Kind, read};

use super::super::pattern::check_term;
use super::ast::{Expression, Text};
use super::wild::{Glob, Step};
use super::written;

/// Memory that one regular expression may take when compiled, in bytes. Identifiers and alternatives take a hundredth of it.
const REGEX_SIZE: usize = 1 << 20;

/// Letters that a word with wildcards needs.
const LETTERS: usize = 2;

/// Letters before a `*` under which very many words match.
const FEW: usize = 3;

/// A text as it is looked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// A term.
    Term(String),
    /// A row of parts, with at most `slop` words more among them. As one hit, where it is a phrase with wildcards.
    Row { parts: Vec<Part>, slop: u32, merged: bool },
}

/// A part of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// A term.
    Term(String),
    /// A word with wildcards.
    Glob(Glob),
}

/// What a text comes to. Errors are sentences for the user.
pub fn shape(text: &Text) -> Result<Shape, String> {
    let wild = written::is_wild(&text.escaped);
    if !wild && text.slop == 0 {
        let plain = written::plain(&text.escaped);
        check_term(&plain)?;
        return Ok(Shape::Term(plain));
    }
    let mut parts = Vec::new();
    for word in words(&text.escaped) {
        if word.iter().any(|(_, wild)| *wild) {
            globs(&word, &mut parts)?;
        } else {
            let plain: String = word.iter().map(|(c, _)| *c).collect();
            match (check_term(&plain), parts.last_mut()) {
                // A dash between two words is none itself.
                (Err(_), Some(_)) if read(&plain, Dots::Plain).list.is_empty() => {}
                (Err(said), _) => return Err(said),
                // Words of a phrase stay together, as one term of several words.
                (Ok(()), Some(Part::Term(before))) if text.slop == 0 => {
                    before.push(' ');
                    before.push_str(&plain);
                }
                (Ok(()), _) => parts.push(Part::Term(plain)),
            }
        }
    }
    if text.slop > 0 && parts.len() < 2 {
        return Err(format!("`~{}` needs a phrase of two words or more before it", text.slop));
    }
    for part in &parts {
        if let Part::Term(term) = part {
            check_term(term)?;
        }
    }
    Ok(Shape::Row { merged: text.slop == 0, slop: text.slop, parts })
}

/// Whether a text can be looked for; with what is odd about it.
pub fn check_text(text: &Text, quoted: bool) -> Result<Vec<String>, String> {
    let shape = shape(text)?;
    let mut lints = Vec::new();
    if let Shape::Row { parts, .. } = &shape {
        for glob in parts.iter().filter_map(|p| if let Part::Glob(glob) = p { Some(glob) } else { None }) {
            if glob.stem() < FEW && glob.steps.contains(&Step::Many) && !glob.unspaced {
                lints.push("very many words match this, since few letters stand before its `*`".into());
            }
        }
    }
    if quoted && text.escaped.ends_with('?') && written::glyphs(&text.escaped).last() == Some(('?', true)) {
        lints.push("`?` stands for one letter; write `\\?` for a question mark, or leave it out".into());
    }
    let plain = written::plain(&text.escaped);
    if !quoted && plain.starts_with('+') && plain.len() > 1 {
        lints.push("`+` is looked for as written, since every word must be there as it is; leave it out".into());
    }
    if !quoted && plain.rsplit_once('^').is_some_and(|(_, n)| n.parse::<f32>().is_ok()) {
        return Err("weights (`^`) mean nothing here, since hits have no rank; leave it out".into());
    }
    if !quoted && plain.trim_end_matches(|c: char| c.is_ascii_digit()).ends_with('~') {
        let said = "`~` stands behind a phrase in quotation marks; for other spellings of a word, use wildcards or OR";
        return Err(said.into());
    }
    Ok(lints)
}

/// Whether an expression can be asked; with what is odd about it.
pub fn check_regex(expression: &Expression) -> Result<Option<String>, String> {
    let regex = regex(expression)?;
    if regex.is_match("") {
        return Err("this regular expression matches the empty text, and so everything".into());
    }
    let everything = ["a", "Z", "7", "ж", "ه", "中"].iter().all(|c| regex.is_match(c));
    Ok(everything.then(|| "this regular expression matches nearly every text".to_owned()))
}

/// The expression compiled; matching takes linear time, whatever it is.
pub fn regex(expression: &Expression) -> Result<Regex, String> {
    let built = RegexBuilder::new(&expression.source)
        .case_insensitive(expression.ignore_case)
        .size_limit(REGEX_SIZE)
        .dfa_size_limit(REGEX_SIZE)
        .nest_limit(100)
        .build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => {
            format!("this regular expression takes more than {} KiB compiled; repeat less", REGEX_SIZE >> 10)
        }
        other => {
            // The crate draws the expression over several lines; the last one says what is wrong.
            let all = other.to_string();
            let last = all.lines().last().unwrap_or_default();
            format!("this regular expression cannot be read: {}", last.trim().trim_start_matches("error: "))
        }
    })
}

/// The words of a text between blanks.
fn words(escaped: &str) -> Vec<Vec<(char, bool)>> {
    let all: Vec<(char, bool)> = written::glyphs(escaped).collect();
    all.split(|(c, wild)| c.is_whitespace() && !wild).filter(|w| !w.is_empty()).map(<[_]>::to_vec).collect()
}

/// A word with wildcards, cut where words part (`anti-terror*`).
fn globs(word: &[(char, bool)], parts: &mut Vec<Part>) -> Result<(), String> {
    let breaks = |(c, wild): &(char, bool)| !wild && matches!(fold::row(*c).class, Class::Break | Class::Point);
    let mut signs = String::new();
    for piece in word.split_inclusive(breaks) {
        let (piece, sign) = match piece.split_last() {
            Some((last, rest)) if breaks(last) => (rest, Some(last.0)),
            _ => (piece, None),
        };
        if piece.iter().any(|(_, wild)| *wild) {
            let mut glob = glob(piece)?;
            glob.signs = super::super::gap::before(&signs).0.into();
            parts.push(Part::Glob(glob));
            signs.clear();
        } else if !piece.is_empty() {
            let plain: String = signs.drain(..).chain(piece.iter().map(|(c, _)| *c)).collect();
            check_term(&plain)?;
            parts.push(Part::Term(plain));
        }
        signs.extend(sign);
    }
    Ok(())
}

/// One word with wildcards.
fn glob(piece: &[(char, bool)]) -> Result<Glob, String> {
    let mut steps = Vec::new();
    let mut literal = String::new();
    let flush = |literal: &mut String, steps: &mut Vec<Step>| {
        let tokens = read(literal, Dots::Plain);
        let unspaced = tokens.list.first().is_some_and(|t| t.kind == Kind::Run);
        // An apostrophe at the end of a part would be cut off as a quotation mark.
        let ends = literal.ends_with(['\'', '’']).then_some('\'');
        steps.extend(tokens.joined().chars().chain(ends).map(Step::Letter));
        literal.clear();
        unspaced
    };
    let mut unspaced = false;
    for (c, wild) in piece {
        match (c, wild) {
            ('*', true) => {
                unspaced |= flush(&mut literal, &mut steps);
                if steps.last() != Some(&Step::Many) {
                    steps.push(Step::Many);
                }
            }
            (_, true) => {
                unspaced |= flush(&mut literal, &mut steps);
                steps.push(Step::One);
            }
            (c, false) => literal.push(*c),
        }
    }
    unspaced |= flush(&mut literal, &mut steps);
    let letters = steps.iter().filter(|s| matches!(s, Step::Letter(_))).count();
    if letters == 0 {
        return Err("a wildcard alone would match everything; write the beginning of a word before it".into());
    }
    if !matches!(steps.first(), Some(Step::Letter(_))) {
        return Err(
            "no wildcard can stand at the beginning of a word; write its first letters, or use a /regex/".into()
        );
    }
    if letters < LETTERS {
        let said =
            format!("a word with wildcards needs {LETTERS} letters, or it matches far too much; write more of it");
        return Err(said);
    }
    Ok(Glob { steps: steps.into(), signs: "".into(), unspaced })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(escaped: &str, slop: u32) -> Result<Shape, String> {
        shape(&Text { escaped: escaped.into(), exact: false, slop })
    }

    #[test]
    fn texts_come_to_terms_and_rows() {
        assert_eq!(of("White House", 0), Ok(Shape::Term("White House".into())));
        let Ok(Shape::Row { parts, merged: true, .. }) = of("the nuclear weapon*", 0) else { panic!("a row") };
        assert_eq!((parts.len(), &parts[0]), (2, &Part::Term("the nuclear".into())));
        let Ok(Shape::Row { parts, slop: 2, merged: false }) = of("AT&T - deal", 2) else { panic!("a row") };
        assert_eq!(parts, [Part::Term("AT&T".into()), Part::Term("deal".into())]);
        let Ok(Shape::Row { parts, .. }) = of("anti-terror*", 0) else { panic!("a row") };
        assert_eq!(parts.len(), 2);
    }

    #[test]
    fn what_matches_everything_is_refused() {
        for (text, word) in [
            ("*", "alone"),
            ("?*", "alone"),
            ("a*", "2 letters"),
            ("*burg", "beginning"),
            ("foo * bar", "alone"),
            ("\\*", "everything"),
            ("…", "no letter"),
        ] {
            let error = of(text, 0).expect_err(text);
            assert!(error.contains(word), "{text}: {error}");
        }
        assert!(of("word", 3).expect_err("one word").contains("two words"));
    }

    #[test]
    fn expressions_have_limits() {
        let check = |source: &str| check_regex(&Expression { source: source.into(), ignore_case: false });
        assert!(check("(a{1000}){1000}").expect_err("big").contains("1024 KiB"));
        assert!(check("(a").expect_err("broken").contains("unclosed group"));
        assert!(check("(a*)*").expect_err("empty").contains("empty text"));
        assert!(check(".").expect("odd").is_some());
        assert_eq!(check("(a*)*b"), Ok(None));
        assert_eq!(check(r"MH\d{3}"), Ok(None));
    }
}
