//! What may stand between two parts of a name: titles, initials and middle names, and nothing that parts two persons.

use crate::text::fold::{self, Class};
use crate::text::token::{Dots, read};

use super::name::is_particle;

/// Longest stretch between two parts, in bytes.
const LIMIT: usize = 96;

/// Words between two parts, at most: a second given name, a patronymic, a particle.
const WORDS: usize = 3;

/// Words of a script without capitals between two parts, at most, since one cannot see that they are names.
const PLAIN_WORDS: usize = 1;

/// Letters that a full stop abbreviates (`R.`, `Jos.`).
const ABBREVIATION: usize = 3;

/// Letters of an ending that a part may have left in its word.
const ENDING: usize = 4;

/// Whether two parts belong to one name: the second one follows the first in the name (`forward`), or precedes it
/// (`Pompeo, Mike`). `gap` is what stands between them in the text.
pub fn belongs(gap: &str, forward: bool) -> bool {
    if gap.len() > LIMIT || gap.contains("\n\n") {
        return false;
    }
    let mut words: Vec<&str> = Vec::new();
    let mut from = None;
    let mut chars = gap.char_indices().peekable();
    while let Some((i, c)) = chars.next() {
        if is_letter(c) {
            from.get_or_insert(i);
            if chars.peek().is_some() {
                continue;
            }
        }
        if let Some(start) = from.take() {
            words.push(&gap[start..if is_letter(c) { i + c.len_utf8() } else { i }]);
        }
        let followed = chars.peek().is_none_or(|(_, n)| n.is_whitespace());
        match c {
            '.' if followed && words.last().is_none_or(|w| w.chars().count() > ABBREVIATION) => return false,
            ',' | '،' | '、' | '，' if forward || !words.is_empty() => return false,
            '!' | '?' | '。' | '！' | '？' | '؟' | '۔' | '।' | '॥' | '။' | '։' | ':' | ';' | '؛' | '；' | '：'
            | '/' | '|' | '(' | ')' | '•' | '–' | '—' => return false,
            _ => {}
        }
    }
    let mut words = words.as_slice();
    // What a part has left of its word: an ending behind the first, an article before the second.
    if gap.starts_with(is_letter) {
        let Some((ending, rest)) = words.split_first() else { return false };
        if ending.chars().count() > ENDING || rest.is_empty() && gap.ends_with(is_letter) && ending.len() == gap.len() {
            return false;
        }
        words = rest;
    }
    if gap.ends_with(is_letter) {
        let Some((prefix, rest)) = words.split_last() else { return false };
        if !matches!(*prefix, "ال" | "ה") {
            return false;
        }
        words = rest;
    }
    if !forward {
        return words.iter().all(|w| is_initial(w)) && words.len() <= 1;
    }
    let plain = words.iter().filter(|w| !is_initial(w) && !is_capital(w) && !is_small(w)).count();
    words.len() <= WORDS && plain <= PLAIN_WORDS && words.iter().all(|w| may_stand(w))
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || matches!(fold::row(c).class, Class::Accent | Class::Mark | Class::Ignorable | Class::Join)
}

fn is_initial(word: &str) -> bool {
    word.chars().count() == 1
}

fn is_capital(word: &str) -> bool {
    word.starts_with(char::is_uppercase)
}

/// A particle, in whatever script.
fn is_small(word: &str) -> bool {
    is_particle(&read(word, Dots::Plain).joined())
}

/// A word of a script with capitals must have one; a stretch of a script without spaces is no word that one could count.
fn may_stand(word: &str) -> bool {
    let Some(first) = word.chars().next() else { return false };
    if is_initial(word) || is_small(word) {
        return true;
    }
    if fold::row(first).class.is_unspaced() || first.is_numeric() {
        return false;
    }
    first.is_uppercase() || !first.is_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_initials_and_middle_names_stand_between() {
        for (gap, forward) in [
            (" ", true),
            (" R. ", true),
            (" J.", true),
            (" Владимирович ", true),
            (" bin ", true),
            (" ريتشارد ", true),
            ("・", true),
            ("·", true),
            ("", true),
            (" al-", true),
            (" ال", true),
            ("ом ", true),
            (" ", false),
            (", ", false),
            ("\n", true),
        ] {
            assert!(belongs(gap, forward), "{gap:?} {forward}");
        }
    }

    #[test]
    fn what_parts_persons_does_not() {
        for (gap, forward) in [
            (", ", true),
            (". ", true),
            (" Johnson said that ", true),
            (" met ", true),
            (" Johnson, ", true),
            (" و", true),
            (" يلتقي نظيره ", true),
            (" Johnson ", false),
            ("\n\n", true),
            ("氏と", true),
            (" Abel Cain Dan Eve ", true),
        ] {
            assert!(!belongs(gap, forward), "{gap:?} {forward}");
        }
    }
}
