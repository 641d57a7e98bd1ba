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

/// Where `wanted` signs end that must stand right behind a word, as an offset into `after`.
pub fn follows(after: &str, wanted: &str) -> Option<usize> {
    let mut wanted = wanted.chars().peekable();
    let mut end = 0;
    let mut blanks = 0;
    for (i, c) in after.char_indices() {
        let Some(next) = wanted.peek() else { break };
        if sign(c) == Some(*next) {
            wanted.next();
            end = i + c.len_utf8();
        } else if c.is_whitespace() && blanks == 0 {
            blanks += 1;
        } else {
            return None;
        }
    }
    wanted.peek().is_none().then_some(end)
}

/// Where `wanted` signs begin that must stand right before a word, as an offset into `before`.
pub fn precedes(before: &str, wanted: &str) -> Option<usize> {
    let mut wanted = wanted.chars().rev().peekable();
    let mut start = before.len();
    for (i, c) in before.char_indices().rev() {
        let Some(next) = wanted.peek() else { break };
        if sign(c) != Some(*next) {
            return None;
        }
        wanted.next();
        start = i;
    }
    wanted.peek().is_none().then_some(start)
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
