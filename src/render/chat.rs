//! What a chat message tells, before it takes the shape of its service: an item as lines of runs, each run with its style
//! and perhaps a link, cut so that the whole stays within the service's limit.
//!
//! Services differ in how a run is marked and how its length is counted ([`Scale`]); what is said, in which order, and
//! what gives way first is the same for all of them.

use icu_segmenter::GraphemeClusterSegmenter;

use crate::model::{Delivery, DiffOp, Form};

use super::clean::{FSI, PDI, isolated, line};
use super::items::{Told, excerpt_pieces, shown_diff};
use super::link;

/// Stands at the end of what was cut.
pub(super) const CUT: &str = "… (shortened)";
/// Items beneath this get their title and link alone, so that more of them are named.
const LEAST: usize = 260;
/// Kept for the line that says how many are not shown.
const NOTE: usize = 90;

/// Bytes of an address that are passed on: the strictest service takes 2,048.
const LONGEST_LINK: usize = 2000;

/// How a piece of text is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// The headline.
    Title,
    /// A hit within the headline.
    TitleHit,
    /// Text.
    Plain,
    /// A hit.
    Hit,
    /// What an edit brought.
    Insert,
    /// What an edit took.
    Delete,
    /// What is said beside.
    Small,
}

/// A piece of one style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    /// Clean text; `\n` ends a line.
    pub text: String,
    /// How it is meant.
    pub style: Style,
    /// What it leads to: `http` or `https`, in ASCII.
    pub href: Option<String>,
}

/// How a service counts.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    /// The length of a text as it is written for the service; of two pieces, the sum of theirs.
    pub text: fn(&str) -> usize,
    /// What the marks around a run add.
    pub around: fn(&Run) -> usize,
}

/// UTF-16 code units, which most services count by, and which is never less than characters.
pub(super) fn utf16(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

impl Run {
    pub fn new(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style, href: None }
    }
}

/// Why the alerts of a message come together, where they do.
pub(super) fn why(delivery: &Delivery) -> Option<String> {
    match &delivery.form {
        Form::Item => None,
        Form::Digest { why } => Some(line(why).trim().to_owned()).filter(|why| !why.is_empty()),
    }
}

/// A message in a few words: the title, or the number of items and the first title.
pub(super) fn headline(told: &[Told<'_>]) -> String {
    match told {
        [] => "nothing to tell".to_owned(),
        [one] => one.title(),
        [first, ..] => {
            let kind = if told.iter().all(|t| t.item.is_some()) { "items" } else { "alerts" };
            format!("{} {kind}: {}", told.len(), first.title())
        }
    }
}

/// The line that says how many are left out; `None` where none is.
pub(super) fn not_shown(count: usize) -> Option<String> {
    match count {
        0 => None,
        1 => Some("1 more is not shown here; see feedwatch alerts list".to_owned()),
        n => Some(format!("{n} more are not shown here; see feedwatch alerts list")),
    }
}

/// As many items as fit into so much, each cut to a fair share of it, and how many are left out. A message shows one at least.
pub(super) fn fitted(told: &[Told<'_>], room: usize, scale: Scale) -> (Vec<Vec<Run>>, usize) {
    let mut shown: Vec<Vec<Run>> = Vec::new();
    let all: Vec<Vec<Run>> = told.iter().map(|item| [title(item), details(item)].concat()).collect();
    let whole: usize = all.iter().map(|runs| weight(runs, scale)).sum();
    let mut left = if whole > room { room.saturating_sub(NOTE) } else { room };
    for (n, (item, full)) in told.iter().zip(all).enumerate() {
        let share = left / (told.len() - n);
        let runs = if weight(&full, scale) <= share || told.len() == 1 {
            cut(full, left, scale)
        } else if share >= LEAST {
            cut(full, share, scale)
        } else {
            let brief = brief(item);
            if weight(&brief, scale) > left && n > 0 {
                break;
            }
            cut(brief, left, scale)
        };
        left = left.saturating_sub(weight(&runs, scale));
        shown.push(runs);
    }
    let hidden = told.len() - shown.len();
    (shown, hidden)
}

/// The title and where it leads.
pub(super) fn title(told: &Told<'_>) -> Vec<Run> {
    let href = href(told);
    let run = |(hit, text)| Run { text, style: if hit { Style::TitleHit } else { Style::Title }, href: href.clone() };
    told.title_pieces().into_iter().map(run).collect()
}

/// Where the item's link leads, if it may be followed.
pub(super) fn href(told: &Told<'_>) -> Option<String> {
    let link = told.item.and_then(|item| item.link.as_deref()).and_then(link::read)?;
    (link.href.len() <= LONGEST_LINK).then_some(link.href)
}

/// All that is said of an item behind its title, each line begun by `\n`.
pub(super) fn details(told: &Told<'_>) -> Vec<Run> {
    let mut out = Vec::new();
    let feed = told.feed().map(|feed| format!("{} · ", isolated(&feed))).unwrap_or_default();
    out.push(Run::new(format!("\n{feed}{}", told.times()), Style::Small));
    if let Some(link) = told.item.and_then(|item| item.link.as_deref()).and_then(link::read) {
        // The real host, whatever the title pretends.
        out.push(Run::new(format!(" · {}", link.host), Style::Small));
    }
    if told.item.is_some() {
        for (watch, sentence) in told.reasons() {
            let watch = watch.map(|watch| format!("{}: ", isolated(&watch))).unwrap_or_default();
            out.push(Run::new(format!("\n{watch}{sentence}"), Style::Plain));
        }
    }
    let (lines, advice) = told.service();
    out.extend(lines.into_iter().map(|l| Run::new(format!("\n{l}"), Style::Plain)));
    out.extend(advice.map(|advice| Run::new(format!("\nWhat to do: {advice}"), Style::Plain)));
    for excerpt in &told.excerpts {
        out.push(Run::new(format!("\nIn the {}:", excerpt.field), Style::Small));
        out.push(Run::new(format!("\n{FSI}"), Style::Plain));
        let run = |(hit, text)| Run::new(text, if hit { Style::Hit } else { Style::Plain });
        out.extend(excerpt_pieces(excerpt).into_iter().map(run));
        out.push(Run::new(PDI.to_string(), Style::Plain));
    }
    for (field, parts) in told.diffs.iter().flat_map(|diff| shown_diff(diff)) {
        out.push(Run::new(format!("\nChanged in the {field}:"), Style::Small));
        out.push(Run::new(format!("\n{FSI}"), Style::Plain));
        let mut went = false;
        for part in parts {
            // What went and what came in its place would read as one word.
            if went && part.op == DiffOp::Insert {
                out.push(Run::new(" ", Style::Plain));
            }
            went = part.op == DiffOp::Delete && !part.text.ends_with(char::is_whitespace);
            let style = match part.op {
                DiffOp::Equal => Style::Plain,
                DiffOp::Insert => Style::Insert,
                DiffOp::Delete => Style::Delete,
            };
            out.push(Run::new(part.text, style));
        }
        out.push(Run::new(PDI.to_string(), Style::Plain));
    }
    out
}

/// Title, link and watches.
fn brief(told: &Told<'_>) -> Vec<Run> {
    let mut out = title(told);
    let named: Vec<String> = told.feed().into_iter().chain(told.watches()).map(|name| isolated(&name)).collect();
    if !named.is_empty() {
        out.push(Run::new(format!("\n{}", named.join(" · ")), Style::Small));
    }
    out
}

/// What runs take in all.
pub(super) fn weight(runs: &[Run], scale: Scale) -> usize {
    runs.iter().map(|run| (scale.text)(&run.text) + (scale.around)(run)).sum()
}

/// The beginning that fits, ended by [`CUT`] where something is left out; no character of a reader is split.
pub(super) fn cut(runs: Vec<Run>, room: usize, scale: Scale) -> Vec<Run> {
    if weight(&runs, scale) <= room {
        return runs;
    }
    let mut left = room.saturating_sub((scale.text)(CUT));
    let mut out: Vec<Run> = Vec::new();
    for run in runs {
        let around = (scale.around)(&run);
        let whole = (scale.text)(&run.text) + around;
        if whole <= left {
            left -= whole;
            out.push(run);
            continue;
        }
        let (mut end, mut taken) = (0, around);
        for at in GraphemeClusterSegmenter::new().segment_str(&run.text).skip(1) {
            taken += (scale.text)(&run.text[end..at]);
            if taken > left {
                break;
            }
            end = at;
        }
        let kept = run.text[..end].trim_end();
        if !kept.is_empty() {
            out.push(Run { text: kept.to_owned(), ..run.clone() });
        }
        break;
    }
    out.push(Run::new(CUT, Style::Plain));
    out
}

/// A text cut so that it takes no more than so much.
pub(super) fn cut_text(text: &str, room: usize, count: fn(&str) -> usize) -> String {
    let plain = Scale { text: count, around: |_| 0 };
    cut(vec![Run::new(text, Style::Plain)], room, plain).into_iter().map(|run| run.text).collect()
}

#[cfg(test)]
mod tests {
    use super::super::items::told;
    use super::super::samples;
    use super::*;

    const PLAIN: Scale = Scale { text: utf16, around: |_| 0 };

    #[test]
    fn what_does_not_fit_is_counted_and_what_is_cut_says_so() {
        let alerts: Vec<_> =
            (0..100).map(|n| samples::alert("w", "f", &format!("k{n}"), &"قمة هلسينكي ".repeat(20), "")).collect();
        let told = told(&alerts);
        for room in [300, 1000, 4096, 100_000] {
            let (shown, hidden) = fitted(&told, room, PLAIN);
            assert_eq!(shown.len() + hidden, 100);
            assert!(!shown.is_empty() && (hidden == 0) == (room == 100_000), "{room}: {hidden}");
            let weight: usize = shown.iter().map(|runs| weight(runs, PLAIN)).sum();
            assert!(weight <= room, "{room}: {weight}");
        }
        let (shown, _) = fitted(&told[..1], 100, PLAIN);
        assert!(shown[0].last().unwrap().text == CUT && weight(&shown[0], PLAIN) <= 100);
    }

    #[test]
    fn a_cut_splits_no_character_of_a_reader() {
        assert_eq!(cut_text("short", 5, utf16), "short");
        assert_eq!(cut_text(&"👨‍👩‍👧‍👦".repeat(10), 40, utf16), "👨‍👩‍👧‍👦👨‍👩‍👧‍👦… (shortened)");
        assert_eq!(cut_text(&"e\u{301}".repeat(30), 19, str::len), "e\u{301}… (shortened)");
    }
}
