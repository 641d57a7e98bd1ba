//! Spellings that take several characters to see: what a numeral holds, and sequences that are one letter to a reader.

use super::fold::{self, Class, Folded};

/// The blank that parts thousands, as folded.
const BLANK: char = '\u{A0}';

/// Whether the digits that begin here are one number with its separators (1,000,000 or 3.5 or 1.234,56 or 10 000, but no
/// date and no version), and where digits and separators end.
pub fn number(text: &str, from: usize) -> (bool, usize) {
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
                if mark == BLANK && !parts_thousands(&groups, digits, &text[from + i + c.len_utf8()..]) {
                    break;
                }
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

/// Whether a blank behind so many digits parts the thousands of a number from what follows: one to three digits stand before
/// the first, and three behind each. Two numbers that happen to stand side by side seldom look so.
fn parts_thousands(groups: &[(usize, char)], digits: usize, after: &str) -> bool {
    let fits = match groups {
        [] => (1..=3).contains(&digits),
        [.., (_, mark)] => *mark == BLANK && digits == 3,
    };
    fits && after.chars().take_while(|c| fold::row(*c).class == Class::Digit).take(4).count() == 3
}

/// A nasal of the row of the consonant that follows it is written as anusvara as well (हिन्दी, हिंदी). Where the folded
/// word that begins at `from` ends so, nasal and virama become the anusvara, and the consonant is taken off and returned.
pub fn take_nasal(folded: &mut String, from: usize) -> Option<char> {
    let mut tail = folded[from..].chars().rev();
    let (consonant, virama, nasal) = (tail.next()?, tail.next()?, tail.next()?);
    // The blocks of these scripts are laid out alike: 0x80 characters each, 5 consonants a row from 0x15, nasal last.
    let block = consonant as u32 & !0x7F;
    let place = |c: char| (c as u32).checked_sub(block).filter(|x| *x < 0x80);
    let row = |c: char| match place(c)? {
        x @ 0x15..=0x28 => Some((x - 0x15) / 5),
        0x2A..=0x2E => Some(4),
        _ => None,
    };
    let is_nasal = |c: char| matches!(place(c), Some(0x19 | 0x1E | 0x23 | 0x28 | 0x2E));
    let alike = row(nasal).is_some() && row(nasal) == row(consonant);
    if place(virama) != Some(0x4D) || !is_nasal(nasal) || is_nasal(consonant) || !alike {
        return None;
    }
    folded.truncate(folded.len() - consonant.len_utf8() - virama.len_utf8() - nasal.len_utf8());
    folded.extend(char::from_u32(block + 2));
    Some(consonant)
}

/// Sara am typed as nikhahit and sara aa, with a tone before or between, is one letter all the same, in Thai and in Lao. Where
/// `c` is the sara aa and the folded run that begins at `from` ends with the rest, the nikhahit goes, the tone stays,
/// and the letter to add in place of `c` is returned.
pub fn take_nikhahit(folded: &mut String, from: usize, c: char) -> Option<char> {
    let (nikhahit, tones, whole) = match c {
        '\u{E32}' => ('\u{E4D}', '\u{E48}'..='\u{E4B}', '\u{E33}'),
        '\u{EB2}' => ('\u{ECD}', '\u{EC8}'..='\u{ECB}', '\u{EB3}'),
        _ => return None,
    };
    let mut tail = folded[from..].chars().rev();
    let tone = match (tail.next(), tail.next()) {
        (Some(x), y) if x == nikhahit => y.filter(|y| tones.contains(y)),
        (Some(x), Some(y)) if y == nikhahit && tones.contains(&x) => Some(x),
        _ => return None,
    };
    folded.truncate(folded.len() - nikhahit.len_utf8() - tone.map_or(0, char::len_utf8));
    folded.extend(tone);
    Some(whole)
}
