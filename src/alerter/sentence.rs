//! Reasons as sentences: mail, console, JSON and `explain` share them.

use crate::model::{Hit, How, Reason, WatchRule};
use crate::text::bidi::isolate;

/// Hits that a sentence names; more are counted.
const NAMED: usize = 3;

/// Why a watch speaks of an item.
pub fn of_item(reason: Reason, named: &[Hit], rule: &WatchRule) -> String {
    let watch = format!("watch “{}”", isolate(rule.name.as_str()));
    let hits = hits(named);
    match reason {
        Reason::New => format!("{watch}: {hits}"),
        Reason::TermEntered => format!("{watch}: an edit brought in {hits}"),
        Reason::TermLeft => format!("{watch}: an edit took out {hits}"),
        Reason::NearHit => format!("{watch}: an edit changed the words beside {hits}"),
        Reason::Elsewhere => format!("{watch}: an edit changed the text away from {hits}"),
        // Of the service, each with a sentence of its own.
        _ => watch,
    }
}

/// The hits in words, each text once a field: `Helsinki in the title, Pompeo, written بومبيو, in the summary`.
fn hits(hits: &[Hit]) -> String {
    let mut told: Vec<&Hit> = Vec::new();
    for hit in hits {
        if !told.iter().any(|t| t.text == hit.text && t.field == hit.field) {
            told.push(hit);
        }
    }
    let more = told.len().saturating_sub(NAMED);
    let mut parts: Vec<String> =
        told.iter().take(NAMED).map(|hit| format!("{} in the {}", said(hit), hit.field)).collect();
    if more > 0 {
        parts.push(format!("{more} more"));
    }
    parts.join(", ")
}

/// A hit in words. Who does not read its script must know what it stands for.
fn said(hit: &Hit) -> String {
    let text = isolate(&hit.text);
    match hit.how {
        How::Alias | How::Name => format!("{}, written {text},", isolate(hit.term.trim_start_matches('~'))),
        how => format!("{text}{}", took(how)),
    }
}

/// What it took to see the term, where that is worth a word.
fn took(how: How) -> &'static str {
    match how {
        How::Exact | How::Folded | How::Alias | How::Name => "",
        How::Affix => " (with an affix)",
        How::Stem => " (by its stem)",
        How::Pattern => " (by a pattern)",
    }
}
