//! Text from outside made harmless for one line: no controls, no line breaks, no direction that leaks out.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::bidi::{FSI, PDI};

/// One line without controls: line breaks, escapes and other control characters (C0, C1, line and paragraph separators)
/// become one space; embeddings and overrides are taken out, and isolates too where they are not paired.
///
/// Marks (LRM, RLM, ALM) and joiners stay: scripts need them, and they reach no further than their own place.
pub fn line(text: &str) -> String {
    let isolates = paired_isolates(text);
    let mut out = String::with_capacity(text.len());
    let mut space_for_control = false;
    for c in text.chars() {
        match c {
            '\u{202A}'..='\u{202E}' => (),
            '\u{2066}'..='\u{2069}' if !isolates => (),
            '\u{2028}' | '\u{2029}' => space_for_control = true,
            c if c.is_control() => space_for_control = true,
            c => {
                if space_for_control && c != ' ' && !out.ends_with(' ') {
                    out.push(' ');
                }
                space_for_control = false;
                out.push(c);
            }
        }
    }
    // A control at either end of a piece may stand between two words: the space stays, whoever shows a whole line trims it.
    if space_for_control && !out.ends_with(' ') {
        out.push(' ');
    }
    out
}

/// The line with a direction of its own, for a place among other words.
pub fn isolated(text: &str) -> String {
    format!("{FSI}{}{PDI}", line(text).trim())
}

/// The text with everything visible that would end a line, move a cursor or reorder what follows: `\n`, `\u{1b}`. For
/// logs, where what was there must be seen and an event must stay a line.
pub fn escaped(text: &str) -> Cow<'_, str> {
    let isolates = paired_isolates(text);
    let moves = |c: char| match c {
        '\u{2028}'..='\u{202E}' => true,
        '\u{2066}'..='\u{2069}' => !isolates,
        c => c.is_control(),
    };
    if !text.contains(moves) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // Writing to a String cannot fail.
            c if moves(c) => drop(write!(out, "\\u{{{:x}}}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.into()
}

/// Whether each isolate that opens is closed, and none is closed that was not opened.
pub fn paired_isolates(text: &str) -> bool {
    let mut open = 0u32;
    for c in text.chars() {
        match c {
            '\u{2066}'..='\u{2068}' => open += 1,
            PDI if open == 0 => return false,
            PDI => open -= 1,
            _ => (),
        }
    }
    open == 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_moves_a_cursor_or_a_line_is_gone() {
        for (text, shown) in [
            ("Hello\r\nBcc: victim@example.org", "Hello Bcc: victim@example.org"),
            ("a \n b", "a  b"),
            ("\u{1B}[2J\u{1B}[31mred", " [2J [31mred"),
            ("a\u{9B}31mb\u{9D}c\u{85}d\u{2028}e", "a 31mb c d e"),
            ("bell\u{7}", "bell "),
            ("gepj.\u{202E}exe", "gepj.exe"),
            ("open \u{2067}for ever", "open for ever"),
            ("\u{2069}closed", "closed"),
            ("\u{2067}paired\u{2069}", "\u{2067}paired\u{2069}"),
            ("می\u{200C}خواهم", "می\u{200C}خواهم"),
            ("قمة هلسينكي 2026", "قمة هلسينكي 2026"),
        ] {
            assert_eq!(line(text), shown, "{text:?}");
        }
    }

    #[test]
    fn what_moves_a_cursor_or_a_line_is_seen() {
        for (text, shown) in [
            ("x\n2026-01-01T00:00:00Z ERROR store", "x\\n2026-01-01T00:00:00Z ERROR store"),
            ("\u{1B}[2J\r\t", "\\u{1b}[2J\\r\\t"),
            ("a\u{9B}31m\u{85}\u{2028}", "a\\u{9b}31m\\u{85}\\u{2028}"),
            ("gepj.\u{202E}exe \u{2066}", "gepj.\\u{202e}exe \\u{2066}"),
            ("“\u{2068}قمة\u{2069}”", "“\u{2068}قمة\u{2069}”"),
            ("plain", "plain"),
        ] {
            assert_eq!(escaped(text), shown, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_line_is_one_line_and_cleaning_it_again_changes_nothing(text in any::<String>()) {
            let moves = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}');
            let once = line(&text);
            prop_assert!(!once.contains(moves) && paired_isolates(&once));
            prop_assert_eq!(line(&once), once);
            let seen = escaped(&text).into_owned();
            prop_assert!(!seen.contains(moves) && paired_isolates(&seen));
            prop_assert_eq!(escaped(&seen), seen.as_str());
        }
    }
}
