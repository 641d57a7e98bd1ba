//! Text from outside made harmless for a line of a message: no controls, no line breaks, no direction that leaks out.

use std::borrow::Cow;

use icu_segmenter::GraphemeClusterSegmenter;
use unicode_width::UnicodeWidthStr;

/// FIRST STRONG ISOLATE: what follows has a direction of its own (UAX 9, 2.4).
pub(super) const FSI: char = '\u{2068}';
/// POP DIRECTIONAL ISOLATE: ends it.
pub(super) const PDI: char = '\u{2069}';

/// One line without controls: line breaks, escapes and other control characters (C0, C1, line and paragraph separators)
/// become one space; embeddings and overrides are taken out, and isolates too where they are not paired.
///
/// Marks (LRM, RLM, ALM) and joiners stay: scripts need them, and they reach no further than their own place.
pub(super) fn line(text: &str) -> String {
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
pub(super) fn isolated(text: &str) -> String {
    format!("{FSI}{}{PDI}", line(text).trim())
}

/// Whether each isolate that opens is closed, and none is closed that was not opened.
fn paired_isolates(text: &str) -> bool {
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

/// The text cut into pieces, each marked whether it is a hit. Spans are byte ranges in order; one that does not fit is left out.
pub(super) fn pieces<'a>(text: &'a str, spans: &[(usize, usize)]) -> Vec<(bool, &'a str)> {
    let mut out = Vec::new();
    let mut at = 0;
    for &(start, end) in spans {
        if start < at || end <= start || text.get(start..end).is_none() {
            continue;
        }
        out.push((false, &text[at..start]));
        out.push((true, &text[start..end]));
        at = end;
    }
    out.push((false, &text[at..]));
    out.retain(|(_, piece)| !piece.is_empty());
    out
}

/// At most so many characters as a reader sees them, and so many bytes, since one such character can carry any number of
/// marks; `…` stands for the rest.
pub(super) fn cut(text: &str, characters: usize, bytes: usize) -> Cow<'_, str> {
    cut_by(text, |count, end| count <= characters && end <= bytes)
}

/// At most so many columns of a terminal, with `…` for the rest.
pub(super) fn cut_columns(text: &str, columns: usize) -> Cow<'_, str> {
    if text.width() <= columns {
        return Cow::Borrowed(text);
    }
    let (text, room) = (text, columns.saturating_sub(1));
    cut_by(text, |_, end| text[..end].width() <= room)
}

/// The longest beginning whose every character fits, by number and end.
fn cut_by(text: &str, fits: impl Fn(usize, usize) -> bool) -> Cow<'_, str> {
    let mut kept = 0;
    for (count, end) in GraphemeClusterSegmenter::new().segment_str(text).skip(1).enumerate() {
        if !fits(count + 1, end) {
            return Cow::Owned(format!("{}…", text[..kept].trim_end()));
        }
        kept = end;
    }
    Cow::Borrowed(text)
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
    fn cuts_keep_what_a_reader_sees_as_one() {
        assert_eq!(cut("short", 5, 100), "short");
        assert_eq!(cut("longer", 5, 100), "longe…");
        assert_eq!(cut("a family 👨‍👩‍👧‍👦 here", 10, 100), "a family 👨‍👩‍👧‍👦…");
        assert_eq!(cut("e\u{301}e\u{301}e\u{301}", 2, 100), "e\u{301}e\u{301}…");
        assert_eq!(cut(&format!("a{}", "\u{301}".repeat(1000)), 200, 100), "…");
        assert_eq!(cut_columns("赫尔辛基峰会", 7), "赫尔辛…");
        assert_eq!(cut_columns("赫尔辛基峰会", 12), "赫尔辛基峰会");
        assert_eq!(cut_columns("abc", 0), "…");
    }

    proptest! {
        #[test]
        fn a_line_is_one_line_and_cleaning_it_again_changes_nothing(text in any::<String>()) {
            let once = line(&text);
            let moves = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}');
            prop_assert!(!once.contains(moves));
            prop_assert!(paired_isolates(&once));
            prop_assert_eq!(line(&once), once);
        }

        #[test]
        fn pieces_are_the_text(text in ".{0,20}", spans in proptest::collection::vec((0usize..30, 0usize..30), 0..4)) {
            let joined: String = pieces(&text, &spans).iter().map(|(_, p)| *p).collect();
            prop_assert_eq!(joined, text);
        }

        #[test]
        fn a_cut_is_no_longer_than_asked(text in any::<String>(), characters in 0usize..20) {
            let kept = cut(&text, characters, 40).into_owned();
            prop_assert!(kept.len() <= 40 + '…'.len_utf8());
            prop_assert!(kept == text || text.starts_with(kept.trim_end_matches('…')));
        }
    }
}
