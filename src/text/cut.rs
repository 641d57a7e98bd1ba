//! Cuts that never split a character as a reader sees it.

use std::borrow::Cow;

use icu_segmenter::GraphemeClusterSegmenter;

/// What stands in place of the rest.
const DOTS: &str = "…";

/// The text itself, or its first `limit` bytes at most, ending at a grapheme border and with `…` in place of the rest.
/// A limit too small for `…` gives nothing.
pub fn to_bytes(text: &str, limit: usize) -> Cow<'_, str> {
    if text.len() <= limit {
        return Cow::Borrowed(text);
    }
    let Some(room) = limit.checked_sub(DOTS.len()) else { return Cow::Borrowed("") };
    Cow::Owned(format!("{}{DOTS}", text[..border_before(text, room)].trim_end()))
}

/// A window of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// First byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

/// Bytes by which a window may fall short of its room so as to end between words.
const SLACK: usize = 48;

/// Windows of about `room` bytes around spans of a text, in its order, merged where they meet. Each holds its span
/// whole, and ends between words where a blank is near, always at a grapheme border. Spans lie on character borders.
pub fn excerpt(text: &str, spans: &[(usize, usize)], room: usize) -> Vec<Piece> {
    let mut spans: Vec<(usize, usize)> =
        spans.iter().copied().filter(|(s, e)| s < e && text.get(*s..*e).is_some()).collect();
    spans.sort_unstable();
    let mut out: Vec<Piece> = Vec::new();
    for (start, end) in spans {
        if let Some(last) = out.last_mut()
            && start < last.end
            && end <= last.end
        {
            continue;
        }
        let around = room.saturating_sub(end - start) / 2;
        let piece = Piece { start: start_near(text, start, around), end: end_near(text, end, around) };
        match out.last_mut() {
            Some(last) if piece.start <= last.end => last.end = last.end.max(piece.end),
            _ => out.push(piece),
        }
    }
    out
}

/// Where a window begins that may reach `around` bytes before `start`.
fn start_near(text: &str, start: usize, around: usize) -> usize {
    if around >= start {
        return 0;
    }
    let from = text.ceil_char_boundary(start - around);
    let near = text.floor_char_boundary((from + SLACK).min(start));
    match text[from..near].char_indices().find(|(_, c)| c.is_whitespace()) {
        Some((i, c)) => from + i + c.len_utf8(),
        None => border_after(text, from, start),
    }
}

/// Where a window ends that may reach `around` bytes behind `end`.
fn end_near(text: &str, end: usize, around: usize) -> usize {
    if around >= text.len() - end {
        return text.len();
    }
    let to = text.floor_char_boundary(end + around);
    let near = text.ceil_char_boundary(to.saturating_sub(SLACK).max(end));
    match text[near..to].char_indices().rev().find(|(_, c)| c.is_whitespace()) {
        Some((i, _)) => near + i,
        None => border_between(text, end, to),
    }
}

/// Bytes of context within which a grapheme border is sought: a cluster longer than this is no letter of any
/// language, and is cut between its characters.
const CLUSTER: usize = 256;

/// The last grapheme border at or before `at`.
fn border_before(text: &str, at: usize) -> usize {
    let at = text.floor_char_boundary(at);
    border_between(text, 0, at)
}

/// The last grapheme border within `least..=at`, else `least` itself, or `at` within an endless cluster.
fn border_between(text: &str, least: usize, at: usize) -> usize {
    let from = text.ceil_char_boundary(at.saturating_sub(CLUSTER).max(least));
    let to = text.floor_char_boundary((at + CLUSTER).min(text.len()));
    let borders = GraphemeClusterSegmenter::new().segment_str(&text[from..to]).map(|i| from + i);
    let border = borders.take_while(|i| *i <= at).last().unwrap_or(at);
    if border == from && from > least { at } else { border }
}

/// The first grapheme border within `at..=most`.
fn border_after(text: &str, at: usize, most: usize) -> usize {
    let from = text.floor_char_boundary(at.saturating_sub(CLUSTER));
    let to = text.floor_char_boundary((at + CLUSTER).min(text.len()));
    let mut borders = GraphemeClusterSegmenter::new().segment_str(&text[from..to]).map(|i| from + i);
    borders.find(|i| *i >= at).unwrap_or(at).min(most)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_cut_leaves_characters_whole() {
        assert_eq!(to_bytes("short", 5), "short");
        assert_eq!(to_bytes("Helsinki summit", 11), "Helsinki…");
        assert_eq!(to_bytes("ab👩\u{200D}🚀cd", 12), "ab…");
        assert_eq!(to_bytes("e\u{301}e\u{301}e\u{301}", 8), "e\u{301}…");
        assert_eq!(to_bytes("long", 2), "");
        assert_eq!(to_bytes("กรุงเทพ", 10), "ก…");
    }

    #[test]
    fn an_endless_cluster_takes_linear_time() {
        let zalgo = format!("a{}", "\u{301}".repeat(2_000_000));
        assert!(to_bytes(&zalgo, 1_000_001).len() <= 1_000_001);
    }

    #[test]
    fn windows_hold_their_spans_and_merge_where_they_meet() {
        let text = format!("{} Helsinki {} Turku {}", "word ".repeat(40), "word ".repeat(4), "word ".repeat(100));
        let h = text.find("Helsinki").expect("stands there");
        let t = text.find("Turku").expect("stands there");
        let pieces = excerpt(&text, &[(h, h + 8), (t, t + 5)], 80);
        assert_eq!(pieces.len(), 1);
        assert!(
            text[pieces[0].start..pieces[0].end].starts_with("word")
                && text[pieces[0].start..pieces[0].end].ends_with("word")
        );
        let late = text.len() - 6;
        assert_eq!(excerpt(&text, &[(h, h + 8), (late, late + 4)], 60).len(), 2);
        assert_eq!(excerpt(&text, &[], 60), []);
    }

    proptest! {
        #[test]
        fn cuts_fit_and_windows_cover(text in "\\PC{0,60}", limit in 0usize..80, a in 0usize..60, n in 1usize..10) {
            let cut = to_bytes(&text, limit);
            prop_assert!(cut.len() <= limit || cut == text);
            let starts: Vec<usize> = text.char_indices().map(|(i, _)| i).chain([text.len()]).collect();
            let (s, e) = (starts[a.min(starts.len() - 1)], starts[(a + n).min(starts.len() - 1)]);
            for piece in excerpt(&text, &[(s, e)], limit) {
                prop_assert!(text.is_char_boundary(piece.start) && text.is_char_boundary(piece.end));
                prop_assert!(piece.start <= s && e <= piece.end);
            }
        }
    }
}

/// The longest beginning of at most `limit` bytes, ending between words where it can and never inside a character.
pub fn head(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    let mut end = limit;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    match text[..end].rfind(char::is_whitespace) {
        Some(space) if space >= limit / 2 => &text[..space],
        _ => &text[..end],
    }
}

/// The longest end of at most `limit` bytes, beginning between words where it can and never inside a character.
pub fn tail(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    let mut start = text.len() - limit;
    while !text.is_char_boundary(start) {
        start += 1;
    }
    match text[start..].find(char::is_whitespace) {
        Some(space) if space <= limit / 2 => text[start + space..].trim_start(),
        _ => &text[start..],
    }
}
