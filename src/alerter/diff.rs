//! What an edit did to the fields of an item, and how near to a hit.

use crate::model::{DiffOp, DiffPart, Field, FieldDiff, Hit, ItemText};
use crate::text::cut;
use crate::text::diff::words;

/// Bytes of unchanged text kept on each side of a change; the rest of it says nothing new.
const CONTEXT: usize = 160;
/// How far from a hit a change is still near it, in bytes: about a short sentence in any script.
const NEAR: usize = 80;

/// The diffs of the fields that changed, whole.
pub fn of(earlier: &ItemText, now: &ItemText) -> Vec<FieldDiff> {
    let fields = [
        (Field::Title, &earlier.title, &now.title),
        (Field::Summary, &earlier.summary, &now.summary),
        (Field::Body, &earlier.body, &now.body),
    ];
    let mut out = Vec::new();
    for (field, earlier, now) in fields {
        if !earlier.split_whitespace().eq(now.split_whitespace()) {
            out.extend(words(earlier, now).into_iter().map(|part| FieldDiff { field, part }));
        }
    }
    out
}

/// Those of the hits, which are spans of the new text, that the diff changes words in or beside.
pub fn near(diff: &[FieldDiff], hits: &[Hit]) -> Vec<Hit> {
    let mut at = 0;
    let mut field = None;
    let mut changed: Vec<(Field, usize, usize)> = Vec::new();
    for FieldDiff { field: here, part } in diff {
        if field != Some(*here) {
            (field, at) = (Some(*here), 0);
        }
        let end = if part.op == DiffOp::Delete { at } else { at + part.text.len() };
        if part.op != DiffOp::Equal {
            changed.push((*here, at, end));
        }
        at = end;
    }
    let is_near = |h: &Hit| changed.iter().any(|(f, s, e)| h.field == *f && *s <= h.end + NEAR && h.start <= e + NEAR);
    hits.iter().filter(|h| is_near(h)).cloned().collect()
}

/// The diff as it is told: long unchanged stretches are cut down to what stands beside a change, with `…` between.
pub fn shown(diff: &[FieldDiff]) -> Vec<FieldDiff> {
    let mut out: Vec<FieldDiff> = diff.to_vec();
    for at in 0..out.len() {
        if out[at].part.op != DiffOp::Equal || out[at].part.text.len() <= 2 * CONTEXT + 8 {
            continue;
        }
        let first = at == 0 || out[at - 1].field != out[at].field;
        let last = at + 1 == out.len() || out[at + 1].field != out[at].field;
        let text = &out[at].part.text;
        let head = if first { "" } else { cut::head(text, CONTEXT) };
        let tail = if last { "" } else { cut::tail(text, CONTEXT) };
        let text = format!("{head} … {tail}");
        out[at].part =
            DiffPart { op: DiffOp::Equal, text: text.trim_matches(|c| first && last && c == ' ').to_owned() };
    }
    out
}
