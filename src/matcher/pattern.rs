//! A term made comparable: the words it folds into, and what must stand between them.

use crate::text::fold::{self, Class};
use crate::text::language::Language;
use crate::text::stem;
use crate::text::token::{Dots, Kind, Tokens, read, scripts};

use super::gap;

/// Longest term in characters: a phrase of a dozen words fits several times, and an article pasted by mistake does not.
pub const TERM_LIMIT: usize = 300;

/// Most words of a term.
pub const WORDS_LIMIT: usize = 40;

/// A folded word, run or symbol of a term.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Piece {
    /// What it must be in the text.
    pub kind: Kind,
    /// As folded. A Katakana word has lost a long vowel mark at its end, which may stand there or not.
    pub form: Box<str>,
    /// Such a mark may follow.
    pub long: bool,
}

/// Texts in which a pattern is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// All.
    Any,
    /// Those whose language does not tell dotless i apart.
    Plain,
    /// Those whose language does.
    Turkic,
}

/// What stands between two pieces of a term, before the first or behind the last.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Gap {
    /// Signs that must stand there.
    pub signs: Box<str>,
    /// The term itself ends a sentence there.
    pub ends: bool,
}

/// A term as it is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern {
    /// At least one.
    pub pieces: Box<[Piece]>,
    /// What stands before each piece and behind the last; empty where the term has nothing but its words.
    pub gaps: Box<[Gap]>,
    /// Where it holds.
    pub scope: Scope,
}

impl Pattern {
    /// The signs that must stand before piece `i`, or behind the last, and whether a sentence may end there.
    pub fn gap(&self, i: usize) -> (&str, bool) {
        self.gaps.get(i).map_or(("", false), |g| (&*g.signs, g.ends))
    }
}

/// Whether a term can be looked for at all; the error is a sentence for the user.
pub fn check_term(term: &str) -> Result<(), String> {
    if term.trim().is_empty() {
        return Err("this term is empty; write a word or phrase, or remove it".into());
    }
    let length = term.chars().count();
    if length > TERM_LIMIT {
        return Err(format!(
            "this term has {length} characters, and {TERM_LIMIT} are the most; look for a shorter phrase of it"
        ));
    }
    let tokens = read(term, Dots::Plain);
    if tokens.list.is_empty() {
        return Err(match term.trim() {
            "*" => "`*` alone would match everything; write a word or phrase",
            t if t.chars().all(|c| c.is_whitespace() || is_invisible(c)) => {
                "this term has only characters that nobody can see; write a word or phrase"
            }
            _ => "this term has no letter, digit or symbol that could be found in a text; write a word or phrase",
        }
        .into());
    }
    if tokens.list.len() > WORDS_LIMIT {
        return Err(format!(
            "this term has {} words, and {WORDS_LIMIT} are the most; look for a shorter phrase of it",
            tokens.list.len()
        ));
    }
    Ok(())
}

fn is_invisible(c: char) -> bool {
    matches!(fold::row(c).class, Class::Ignorable | Class::ZeroWidthSpace | Class::Accent | Class::Mark)
}

/// The part of a term that a hit must equal to be exact: from its first word, or the signs before it, to its last.
pub fn core(term: &str) -> &str {
    let tokens = read(term, Dots::Plain);
    let (Some(first), Some(last)) = (tokens.list.first(), tokens.list.last()) else { return term };
    let (mut start, mut end) = (first.start as usize, last.end as usize);
    start = gap::before(&term[..start]).1;
    end += gap::behind(&term[end..]).1;
    &term[start..end]
}

/// The patterns of a term: one as a rule, more where dotless i or joined runs allow several readings.
pub fn patterns(term: &str) -> Vec<Pattern> {
    let plain = read(term, Dots::Plain);
    if plain.list.is_empty() || plain.list.len() > WORDS_LIMIT || term.len() > TERM_LIMIT * 4 {
        return Vec::new();
    }
    let dotless = term.contains(['I', 'ı']);
    let mut out = vec![pattern(term, &plain, if dotless { Scope::Plain } else { Scope::Any })];
    if dotless {
        // A term has no language: `Izmir` was typed for İzmir as often as `Isparta` for Isparta.
        for dots in [Dots::Turkic, Dots::Typed] {
            let turkic = pattern(term, &read(term, dots), Scope::Turkic);
            if !out.contains(&turkic) {
                out.push(turkic);
            }
        }
    }
    out.extend(numbered(term, &plain, out[0].scope));
    let scope = out[0].scope;
    let others = parted(term).into_iter().chain(grouped(term)).chain(ech_yiwn(term));
    for other in others.map(|t| pattern(&t, &read(&t, Dots::Plain), scope)) {
        if !out.contains(&other) {
            out.push(other);
        }
    }
    let first = &out[0];
    if first.pieces.len() > 1 && first.pieces.iter().all(|p| p.kind == Kind::Run) {
        // Names in Chinese and Japanese are written with a blank or a dot between their parts, and without.
        let form: String = plain.list.iter().map(|t| plain.form(t)).collect();
        let scope = first.scope;
        out.push(Pattern { pieces: [piece(Kind::Run, &form)].into(), gaps: [].into(), scope });
    }
    out
}

/// The pattern of the stems of a term; none where its words have none in this language.
pub fn stem_pattern(term: &str, language: Language) -> Option<Pattern> {
    let tokens = read(term, if language.turkic { Dots::Turkic } else { Dots::Plain });
    if tokens.list.len() > WORDS_LIMIT || term.len() > TERM_LIMIT * 4 {
        return None;
    }
    let (stemmed, any) = stem::stemmed(term, &tokens, 0, language);
    any.then(|| pattern(term, &stemmed, Scope::Any))
}

/// `COVID-19` and `F-16` are written without the hyphen too.
fn numbered(term: &str, tokens: &Tokens, scope: Scope) -> Option<Pattern> {
    let [word, number] = tokens.list.as_slice() else { return None };
    let gap = &term[word.end as usize..number.start.max(word.end) as usize];
    let is_number = tokens.form(number).starts_with(|c: char| c.is_ascii_digit());
    let joins = word.scripts & !(scripts::LATIN | scripts::GREEK | scripts::CYRILLIC) == 0
        && tokens.form(word).ends_with(char::is_alphabetic);
    let joined = word.kind == Kind::Word && is_number && joins && matches!(gap, "-" | "‐" | "‑" | "–");
    let form = || format!("{}{}", tokens.form(word), tokens.form(number));
    joined.then(|| Pattern { pieces: [piece(Kind::Word, &form())].into(), gaps: [].into(), scope })
}

/// The parts of a Persian word that a non-joiner sets apart are written with a blank too (`هسته ای`).
fn parted(term: &str) -> Option<String> {
    let arabic = |c: Option<char>| c.is_some_and(|c| fold::row(c).class == Class::Arabic);
    let (a, b) = term.split_once('\u{200C}')?;
    let inside = arabic(a.chars().next_back()) && arabic(b.chars().next());
    inside.then(|| term.replace('\u{200C}', " "))
}

/// A term with a number whose thousands a blank parts: with the blanks of texts that do not break it there, and with those of
/// a keyboard, as far as it is not written so itself.
fn grouped(term: &str) -> Vec<String> {
    let whole = |word: &str, least: usize| {
        let digits = word.chars().filter(|c| fold::row(*c).class == Class::Digit).count();
        (least..=3).contains(&digits) && word.chars().count() == digits
    };
    let typed: String = term.chars().map(|c| if is_thin(c) { ' ' } else { c }).collect();
    let mut bound = String::with_capacity(term.len() + 4);
    let mut before = "";
    for (i, word) in typed.split(' ').enumerate() {
        if i > 0 {
            bound.push(if whole(before, 1) && whole(word, 3) { '\u{A0}' } else { ' ' });
        }
        bound.push_str(word);
        before = word;
    }
    if bound == typed { Vec::new() } else { [typed, bound].into_iter().filter(|t| t != term).collect() }
}

/// The Armenian ligature և unfolds into եւ, but its capitals are ԵՎ in the spelling of the republic (CLDR's rule for `hy`), and older
/// texts write եւ: a term with one of them is looked for with the others.
fn ech_yiwn(term: &str) -> Vec<String> {
    if !term.contains(['և', 'ւ', 'Ւ', 'վ', 'Վ']) {
        return Vec::new();
    }
    let small = term.to_lowercase();
    let old = small.replace('և', "եւ").replace("եվ", "եւ");
    let new = old.replace("եւ", "եվ");
    if old == new { Vec::new() } else { vec![old, new] }
}

/// A blank that is folded into one that may stand in a number.
fn is_thin(c: char) -> bool {
    c.is_whitespace() && fold::row(c).class == Class::Point
}

fn pattern(term: &str, tokens: &Tokens, scope: Scope) -> Pattern {
    let pieces = tokens.list.iter().map(|t| piece(t.kind, tokens.form(t))).collect();
    let mut gaps = Vec::with_capacity(tokens.list.len() + 1);
    let mut from = 0;
    let mut before = "";
    for token in &tokens.list {
        let gap = &term[from.min(token.start as usize)..token.start as usize];
        let signs = if from == 0 && gaps.is_empty() { gap::before(gap).0 } else { gap::signs(gap) };
        gaps.push(Gap { signs: signs.into(), ends: gap::ends_sentence(gap, before) });
        from = token.end as usize;
        before = tokens.form(token);
    }
    gaps.push(Gap { signs: gap::behind(&term[from..]).0.into(), ends: false });
    if gaps.iter().all(|g| *g == Gap::default()) {
        gaps.clear();
    }
    Pattern { pieces, gaps: gaps.into(), scope }
}

/// Characters that must remain when a long vowel mark goes.
const LONG_REST: usize = 3;

fn piece(kind: Kind, form: &str) -> Piece {
    let bare = form.strip_suffix('ー').unwrap_or(form);
    let katakana = |c: char| fold::row(c).class == Class::Katakana;
    let long = kind == Kind::Run && bare.chars().rev().take(LONG_REST).filter(|c| katakana(*c)).count() == LONG_REST;
    Piece { kind, form: if long { bare } else { form }.into(), long }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_that_cannot_be_found_are_refused_with_a_reason() {
        for (term, word) in [
            ("", "empty"),
            (" \u{A0}\t", "empty"),
            ("*", "everything"),
            ("…!?", "no letter"),
            ("\u{200B}\u{200D}", "nobody can see"),
            (&"x".repeat(301), "301 characters"),
            (&"a ".repeat(60), "60 words"),
        ] {
            let error = check_term(term).expect_err(term);
            assert!(error.contains(word), "{term:?}: {error}");
        }
        for term in ["Pompeo", "AT&T", "🚨", "€", "2024", "国", "C++"] {
            assert_eq!(check_term(term), Ok(()), "{term}");
        }
    }

    #[test]
    fn the_core_of_a_term_is_what_stands_in_a_text() {
        assert_eq!(core("U.S."), "U.S");
        assert_eq!(core(" «Pompeo» "), "Pompeo");
        assert_eq!(core("C++"), "C++");
        assert_eq!(core("#Helsinki"), "#Helsinki");
    }

    #[test]
    fn readings_of_a_term_depend_on_dots_and_runs() {
        assert_eq!(patterns("Helsinki").len(), 1);
        assert_eq!(
            patterns("Izmir").iter().map(|p| p.scope).collect::<Vec<_>>(),
            [Scope::Plain, Scope::Turkic, Scope::Turkic]
        );
        assert_eq!(patterns("ドナルド・トランプ").len(), 2);
    }
}
