//! What may stand between the words of a phrase, and the signs that a term insists on (`AT&T`, `C++`, `#Helsinki`).

/// Longest gap between two words of a phrase, in bytes: rows of dashes are no punctuation within a phrase.
const LIMIT: usize = 64;

/// Letters of a word that a full stop may abbreviate (`Gen. Milley`); behind a longer one it ends the sentence.
const ABBREVIATION: usize = 4;

/// The signs of a gap that are part of a term, in their plain form. Blanks, dashes, quotation marks and the like are not.
pub fn signs(gap: &str) -> String {
    gap.chars().filter_map(sign).collect()
}

fn sign(c: char) -> Option<char> {
    match c {
        '&' | '＆' => Some('&'),
        '+' | '＋' => Some('+'),
        '#' | '＃' => Some('#'),
        '@' | '＠' => Some('@'),
        '%' | '％' | '٪' => Some('%'),
        _ => None,
    }
}

/// Whether a phrase goes on across this gap. `before` is the folded word before it, `wanted` the term's own signs there.
pub fn crosses(gap: &str, before: &str, wanted: &str, ends: bool) -> bool {
    if gap.len() > LIMIT {
        return false;
    }
    // Tags may be put into a phrase (`White #House`); the rest must be as the term has it.
    let found = signs(gap);
    let same = found == wanted || wanted.is_empty() && found.chars().all(|c| matches!(c, '#' | '@'));
    if !same {
        return false;
    }
    ends || !ends_sentence(gap, before)
}

/// Whether a gap holds the end of a sentence; a term that has one itself crosses it.
pub fn ends_sentence(gap: &str, before: &str) -> bool {
    let mut chars = gap.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '!' | '?' | '。' | '！' | '？' | '؟' | '۔' | '।' | '॥' | '။' | '។' | '։' => return true,
            '.' if chars.peek().is_some_and(|n| n.is_whitespace()) && before.chars().count() > ABBREVIATION => {
                return true;
            }
            _ => {}
        }
    }
    false
}

/// The signs that stand right behind a word, at most one blank before each (`50 %`), and where they end.
pub fn behind(after: &str) -> (String, usize) {
    let (mut found, mut end, mut blank) = (String::new(), 0, false);
    for (i, c) in after.char_indices() {
        match sign(c) {
            Some(plain) => {
                found.push(plain);
                end = i + c.len_utf8();
                blank = false;
            }
            None if c.is_whitespace() && !blank => blank = true,
            None => break,
        }
        // No term has more, and a row of signs is as long as its author likes.
        if found.len() == SIGNS {
            break;
        }
    }
    (found, end)
}

/// The signs that stand right before a word, and where they begin.
pub fn before(text: &str) -> (String, usize) {
    let signs: Vec<(usize, char)> =
        text.char_indices().rev().map_while(|(i, c)| Some((i, sign(c)?))).take(SIGNS).collect();
    let start = signs.last().map_or(text.len(), |(i, _)| *i);
    (signs.iter().rev().map(|(_, c)| *c).collect(), start)
}

/// Signs at one end of a term, at most.
const SIGNS: usize = 16;

/// Where `wanted` signs end that must stand right behind a word, as an offset into `after`.
pub fn follows(after: &str, wanted: &str) -> Option<usize> {
    if wanted.is_empty() {
        return Some(0);
    }
    let mut wanted = wanted.chars();
    let mut next = wanted.next();
    for (i, c) in after.char_indices() {
        if sign(c) == next && next.is_some() {
            next = wanted.next();
            if next.is_none() {
                return Some(i + c.len_utf8());
            }
        } else if !c.is_whitespace() || i > 0 && after[..i].ends_with(char::is_whitespace) {
            return None;
        }
    }
    None
}

/// Where `wanted` signs begin that must stand right before a word, as an offset into `text`.
pub fn precedes(text: &str, wanted: &str) -> Option<usize> {
    let mut start = text.len();
    let mut chars = text.char_indices().rev();
    for next in wanted.chars().rev() {
        let (i, c) = chars.next()?;
        if sign(c) != Some(next) {
            return None;
        }
        start = i;
    }
    Some(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_cross_what_does_not_end_them() {
        for (gap, before) in [
            (" ", "foreign"),
            (", ", "kyiv"),
            (" «", "قمه"),
            ("-", "white"),
            ("\n", "foreign"),
            (". ", "gen"),
            (" #", "white"),
        ] {
            assert!(crosses(gap, before, "", false), "{gap:?}");
        }
        for (gap, before) in [(". ", "ended"), ("! ", "no"), ("。", "京"), ("&", "at"), (&"-".repeat(100), "a")] {
            assert!(!crosses(gap, before, "", false), "{gap:?}");
        }
        assert!(crosses("&", "at", "&", false) && !crosses(" ", "at", "&", false));
    }

    #[test]
    fn signs_at_the_ends_must_touch() {
        assert_eq!(follows("++ is", "++"), Some(2));
        assert_eq!(follows(" %", "%"), Some(2));
        assert_eq!(follows(" is", "++"), None);
        assert_eq!(precedes("see #", "#"), Some(4));
        assert_eq!(precedes("see ", "#"), None);
    }
}
