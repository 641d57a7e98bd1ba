//! Text from outside in pieces and cuts for a line of a message, beside what [`crate::text::shown`] makes harmless.

use std::borrow::Cow;

use icu_segmenter::GraphemeClusterSegmenter;
use unicode_width::UnicodeWidthStr;

pub(super) use crate::text::bidi::{FSI, PDI};
pub(super) use crate::text::shown::{isolated, line};

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
