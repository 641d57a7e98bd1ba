//! Alerts for a person at a terminal or reading a log.
//!
//! An item is a headline of one screen line, and beneath it, indented, its link, the reasons, the text around hits, and what
//! an edit did. Titles and names are isolated, so that a line keeps its order whatever script stands in it.

use unicode_width::UnicodeWidthStr;

use crate::model::{Alert, Delivery, DiffOp, Form};

use super::clean::{FSI, PDI, cut_columns, isolated, line};
use super::items::{Told, excerpt_pieces, shown_diff, stamp, told};
use super::{link, plain};

/// What the output can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether escape codes for colour may be used.
    pub colour: bool,
    /// Columns of a line; `usize::MAX` where lines have no end, as in a file or a pipe.
    pub width: usize,
}

const BOLD: &str = "\u{1B}[1m";
const DIM: &str = "\u{1B}[2m";
const HIT: &str = "\u{1B}[1;33m";
const INSERT: &str = "\u{1B}[32m";
const DELETE: &str = "\u{1B}[31m";
const OFF: &str = "\u{1B}[0m";

/// Fewest columns a title keeps, however narrow the terminal and long the names beside it.
const TITLE_COLUMNS: usize = 20;

/// The delivery as lines, each ended. Text from feeds cannot move the cursor or reorder the rest of a line.
pub fn text(delivery: &Delivery, alerts: &[Alert], style: Style) -> String {
    let mut out = String::new();
    if let Form::Digest { why } = &delivery.form {
        out.push_str(&style.paint(BOLD, line(why).trim()));
        out.push('\n');
    }
    for told in &told(alerts) {
        item(&mut out, told, style);
    }
    out
}

fn item(out: &mut String, told: &Told<'_>, style: Style) {
    out.push_str(&headline(told, style));
    if let Some(address) = told.item.and_then(|item| item.link.as_deref()) {
        let shown = link::read(address).map_or_else(|| isolated(address), |link| link.href);
        out.push_str(&format!("    {}\n", style.paint(DIM, &shown)));
    }
    if told.item.is_some() {
        for (_, sentence) in told.reasons() {
            out.push_str(&format!("    {sentence}\n"));
        }
    }
    for excerpt in &told.excerpts {
        let pieces = excerpt_pieces(excerpt).into_iter().map(|(hit, piece)| match (hit, style.colour) {
            (false, _) => piece,
            (true, true) => style.paint(HIT, &piece),
            (true, false) => format!("»{piece}«"),
        });
        out.push_str(&format!("    {}: {FSI}{}{PDI}\n", excerpt.field, pieces.collect::<String>()));
    }
    for (field, parts) in told.diffs.iter().flat_map(|diff| shown_diff(diff)) {
        let shown = if style.colour {
            let piece = |part: &super::items::Shown| match part.op {
                DiffOp::Equal => part.text.clone(),
                DiffOp::Insert => style.paint(INSERT, &part.text),
                DiffOp::Delete => style.paint(DELETE, &part.text),
            };
            parts.iter().map(piece).collect()
        } else {
            plain::diff_line(&parts)
        };
        out.push_str(&format!("    {field} was edited: {FSI}{shown}{PDI}\n"));
    }
}

/// `2026-11-24 06:15 UTC  feed  TITLE  [watch, watch]`, the title cut so that it is one line of the screen.
fn headline(told: &Told<'_>, style: Style) -> String {
    let found = told.alerts.iter().map(|a| a.raised).min().map(stamp).unwrap_or_default();
    let feed = told.feed().map(|feed| format!("{}  ", isolated(&cut_columns(&feed, 24)))).unwrap_or_default();
    let edited = if told.edited() { "edited: " } else { "" };
    let watches: Vec<String> = told.watches().iter().map(|w| isolated(&cut_columns(w, 24))).collect();
    let (names, more) = (watches.iter().take(3).cloned().collect::<Vec<_>>().join(", "), watches.len().saturating_sub(3));
    let watches = match (watches.len(), more) {
        (0, _) => String::new(),
        (_, 0) => format!("  [{names}]"),
        _ => format!("  [{names} and {more} more]"),
    };
    let around = format!("{found}  {feed}{edited}{watches}").width();
    let room = if style.width == usize::MAX {
        usize::MAX
    } else {
        // One column less: many terminals wrap when the last one is written.
        style.width.saturating_sub(around + 1).max(TITLE_COLUMNS)
    };
    let title = told.title();
    let cut = cut_columns(&title, room);
    let shown: String = if style.colour && cut == title {
        let piece = |(hit, piece): (bool, String)| style.paint(if hit { HIT } else { BOLD }, &piece);
        told.title_pieces().into_iter().map(piece).collect()
    } else {
        style.paint(BOLD, &cut)
    };
    format!("{}  {feed}{edited}{FSI}{shown}{PDI}{watches}\n", style.paint(DIM, &found))
}

impl Style {
    fn paint(self, code: &str, text: &str) -> String {
        if self.colour { format!("{code}{text}{OFF}") } else { text.to_owned() }
    }
}
