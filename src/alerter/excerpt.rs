//! The text around hits, for a reader who has not the item before him.

use crate::model::{Excerpt, Field, Fields, Hit, ItemText};
use crate::text::cut;

/// Bytes of one excerpt: two or three lines of a mail.
const ROOM: usize = 320;
/// Excerpts of one field; what is beyond is in the item itself.
const AT_MOST: usize = 3;

/// Excerpts around the hits in summary and body; without any, the beginning of the item's text.
pub fn around(hits: &[Hit], text: &ItemText, fields: Fields) -> Vec<Excerpt> {
    let mut out: Vec<Excerpt> = Vec::new();
    for (field, content) in [(Field::Summary, &text.summary), (Field::Body, &text.body)] {
        let spans = spans_in(hits, field);
        for piece in cut::excerpt(content, &spans, ROOM).into_iter().take(AT_MOST) {
            let shown = &content[piece.start..piece.end];
            // Many feeds repeat the summary at the head of the body.
            if out.iter().any(|o| o.text == shown || o.text.contains(shown)) {
                continue;
            }
            let inside = |(s, e): &(usize, usize)| *s >= piece.start && *e <= piece.end;
            out.push(Excerpt {
                field,
                text: shown.to_owned(),
                hits: spans.iter().filter(|s| inside(s)).map(|(s, e)| (s - piece.start, e - piece.start)).collect(),
                cut_before: piece.start > 0,
                cut_after: piece.end < content.len(),
            });
        }
    }
    if out.is_empty() {
        out.extend(opening(text, fields));
    }
    out
}

/// The first lines of the summary, else of the body.
fn opening(text: &ItemText, fields: Fields) -> Option<Excerpt> {
    let both = [(Field::Summary, &text.summary), (Field::Body, &text.body)];
    let (field, content) = both.into_iter().find(|(f, t)| !t.is_empty() && fields.contains(*f))?;
    let head = cut::head(content, ROOM);
    let whole = head.len() == content.len();
    Some(Excerpt { field, text: head.trim_end().to_owned(), hits: Vec::new(), cut_before: false, cut_after: !whole })
}

/// The spans of the hits in a field, in order and without overlap.
fn spans_in(hits: &[Hit], field: Field) -> Vec<(usize, usize)> {
    let mut spans: Vec<(usize, usize)> =
        hits.iter().filter(|h| h.field == field && !h.earlier).map(|h| (h.start, h.end)).collect();
    spans.sort_unstable();
    let mut out: Vec<(usize, usize)> = Vec::with_capacity(spans.len());
    for (start, end) in spans {
        match out.last_mut() {
            Some(last) if start < last.1 => last.1 = last.1.max(end),
            _ => out.push((start, end)),
        }
    }
    out
}
