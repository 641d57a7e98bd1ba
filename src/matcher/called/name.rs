//! A name taken apart: which of its words say who is meant.

use crate::text::fold::{self, Class};
use crate::text::token::{Dots, Kind, read};

use super::super::pattern::check_term;

/// Words of a name, at most: the longest full names of persons have a dozen.
pub const PARTS_LIMIT: usize = 12;

/// Words that stand within names and say nothing alone, folded.
const PARTICLES: [&str; 44] = [
    "al", "el", "as", "ar", "ad", "at", "an", "bin", "ibn", "ben", "bint", "de", "da", "do", "dos", "das", "di", "del",
    "della", "du", "la", "le", "van", "von", "der", "den", "ter", "zu", "zur", "af", "av", "y", "e", "and", "und",
    "بن", "ابن", "بنت", "ال", "аль", "эль", "ибн", "бин", "фон",
];

/// What is hung on a name and is no part of it, folded.
const SUFFIXES: [&str; 8] = ["jr", "sr", "ii", "iii", "iv", "jnr", "snr", "phd"];

/// A name, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// Its words as written, without particles; the last one is the one by which people are called.
    pub words: Vec<Box<str>>,
    /// All its words written as one, where there are several (`NASRALLAH`, `#MikePompeo`, 도널드트럼프).
    pub joined: Option<Box<str>>,
}

/// Takes a name apart.
pub fn parts(name: &str) -> Parts {
    let tokens = read(name, Dots::Plain);
    let all: Vec<(&str, &str)> = tokens
        .list
        .iter()
        .filter(|t| t.kind != Kind::Symbol)
        .map(|t| (&name[t.start as usize..t.end as usize], tokens.form(t)))
        .collect();
    let mut words: Vec<(&str, &str)> = all
        .iter()
        .enumerate()
        .filter(|(i, (_, form))| !PARTICLES.contains(form) && (*i == 0 || !SUFFIXES.contains(form)))
        .map(|(_, w)| *w)
        .collect();
    if words.is_empty() {
        words.clone_from(&all);
    }
    let joined = (all.len() > 1 && words.len() > 1).then(|| words.iter().map(|(w, _)| *w).collect::<String>().into());
    Parts { words: words.into_iter().take(PARTS_LIMIT).map(|(w, _)| w.into()).collect(), joined }
}

/// Whether a folded word stands within names without being a part of any.
pub fn is_particle(form: &str) -> bool {
    PARTICLES.contains(&form)
}

/// Whether a word has too few letters to be found in another script by itself.
pub fn is_short(word: &str) -> bool {
    let sounds: usize = word
        .chars()
        .map(|c| match fold::row(c).class {
            // A syllable is two letters at least, and a Chinese character no less.
            Class::Hangul | Class::Han => 2,
            Class::Katakana | Class::Hiragana if c != 'ー' => 2,
            _ if c.is_alphabetic() => 1,
            _ => 0,
        })
        .sum();
    sounds < LETTERS
}

/// Letters that a name needs to be found in another script by itself.
const LETTERS: usize = 4;

/// Whether a name can be looked for at all; the error is a sentence for the user.
pub fn check_name(name: &str) -> Result<(), String> {
    check_term(name).map_err(|said| said.replacen("this term", "this name", 1))?;
    let parts = parts(name);
    if !parts.words.iter().any(|w| w.chars().any(char::is_alphabetic)) {
        return Err("this name has no letter; what is no name can be looked for in `terms`".into());
    }
    let all = read(name, Dots::Plain).list.len();
    if all > PARTS_LIMIT {
        return Err(format!("this name has {all} words, and {PARTS_LIMIT} are the most; leave titles out"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart_where_a_reader_would() {
        for (name, words, joined) in [
            ("Pompeo", &["Pompeo"][..], None),
            ("Mike Pompeo", &["Mike", "Pompeo"], Some("MikePompeo")),
            ("Robert F. Kennedy Jr.", &["Robert", "F", "Kennedy"], Some("RobertFKennedy")),
            ("Abdel Fattah el-Sisi", &["Abdel", "Fattah", "Sisi"], Some("AbdelFattahSisi")),
            ("Ursula von der Leyen", &["Ursula", "Leyen"], Some("UrsulaLeyen")),
            ("نصر الله", &["نصر", "الله"], Some("نصرالله")),
            ("محمد بن سلمان", &["محمد", "سلمان"], Some("محمدسلمان")),
            ("ドナルド・トランプ", &["ドナルド", "トランプ"], Some("ドナルドトランプ")),
            ("De la", &["De", "la"], None),
        ] {
            let parts = parts(name);
            assert_eq!(parts.words.iter().map(|w| &**w).collect::<Vec<_>>(), words, "{name}");
            if name != "De la" {
                assert_eq!(parts.joined.as_deref(), joined, "{name}");
            }
        }
    }

    #[test]
    fn what_is_no_name_is_refused_with_a_reason() {
        for (name, word) in
            [("", "empty"), ("2024", "no letter"), ("🚨", "no letter"), ("a b c d e f g h i j k l m", "words")]
        {
            let said = check_name(name).expect_err(name);
            assert!(said.contains(word) && said.contains("this name"), "{name}: {said}");
        }
        for name in ["Pompeo", "Xi", "习近平", "О'Нил"] {
            assert_eq!(check_name(name), Ok(()));
        }
    }

    #[test]
    fn letters_are_counted_by_what_they_say() {
        for (name, short) in
            [("May", true), ("Bush", false), ("푸틴", false), ("习", true), ("カー", true), ("ケリー", false)]
        {
            assert_eq!(is_short(name), short, "{name}");
        }
    }
}
