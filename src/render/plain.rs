//! The text part of a mail. Text of feeds stands on lines of its own, so that each takes its own direction; where a line
//! mixes it with our words, it is isolated (UAX 9).

use crate::model::{DiffOp, Hit, How};
use crate::text::bidi;

use super::clean::{FSI, PDI, cut, isolated, line};
use super::items::{IN_FULL, Shown, Told, excerpt_pieces, shown_diff};
use super::link;
use super::sections::Heading;

/// The whole part; `why` stands at the head of a digest, `headings` above each item. Lines end with a bare LF and are as long as what they say.
pub(super) fn part(told: &[Told<'_>], why: Option<&str>, headings: &[Vec<Heading>]) -> String {
    let mut out = String::new();
    if let Some(why) = why {
        out.push_str(&format!("{}\n\n", line(why).trim()));
    }
    for (n, item) in told.iter().enumerate() {
        if n > 0 {
            out.push_str("\n────────────────────\n\n");
        }
        for heading in headings.get(n).into_iter().flatten() {
            let under = if matches!(heading, Heading::Watch { .. }) {
                "════════════════════\n"
            } else {
                ""
            };
            out.push_str(&format!("{}\n{under}\n", heading.said(isolated)));
        }
        self::item(&mut out, item, n < IN_FULL);
    }
    out.push_str("\n-- \n");
    for line in reasons(told, isolated) {
        out.push_str(&format!("{line}\n"));
    }
    out.push_str(&format!("{}\n", footer(told, isolated)));
    out
}

fn item(out: &mut String, told: &Told<'_>, in_full: bool) {
    out.push_str(&format!("{}\n\n", told.title()));
    let feed = told.feed().map(|feed| format!("{} · ", isolated(&feed))).unwrap_or_default();
    out.push_str(&format!("{feed}{}\n", told.times()));
    if let Some(address) = told.item.and_then(|item| item.link.as_deref()) {
        let shown = link::read(address).map_or_else(|| line(address), |link| link.href);
        out.push_str(&format!("{shown}\n"));
    }
    if told.item.is_some() {
        out.push('\n');
        for (watch, sentence) in told.reasons() {
            let watch = watch.map(|watch| format!("{}: ", isolated(&watch))).unwrap_or_default();
            out.push_str(&format!("{watch}{sentence}\n"));
        }
    }
    if !in_full {
        return;
    }
    let (details, advice) = told.service();
    for (n, detail) in details.iter().enumerate() {
        out.push_str(&format!("{}{detail}\n", if n == 0 { "\n" } else { "" }));
    }
    if let Some(advice) = advice {
        out.push_str(&format!("\nWhat to do: {advice}\n"));
    }
    for excerpt in &told.excerpts {
        out.push_str(&format!("\nIn the {}:\n", excerpt.field));
        for (hit, piece) in excerpt_pieces(excerpt) {
            out.push_str(&if hit { format!("*{piece}*") } else { piece });
        }
        out.push('\n');
    }
    for (field, parts) in told.diffs.iter().flat_map(|diff| shown_diff(diff)) {
        out.push_str(&format!("\nChanged in the {field}, [-before-] {{+now+}}:\n{}\n", diff_line(&parts)));
    }
}

/// A diff as one line: `[-gone-]{+come+}`. In a text that runs from right to left the line does so too, and each piece
/// between marks keeps its own order, numbers included.
pub(super) fn diff_line(parts: &[Shown]) -> String {
    let whole: String = parts.iter().map(|part| part.text.as_str()).collect();
    let rtl = bidi::runs_right_to_left(&whole);
    let piece = |text: &str| if rtl { format!("{FSI}{text}{PDI}") } else { text.to_owned() };
    let shown = parts.iter().map(|part| match part.op {
        DiffOp::Equal => part.text.clone(),
        DiffOp::Insert => format!("{{+{}+}}", piece(&part.text)),
        DiffOp::Delete => format!("[-{}-]", piece(&part.text)),
    });
    // Where the first piece is marked, nothing strong stands before it.
    let mark = if rtl { "\u{200F}" } else { "" };
    format!("{mark}{}", shown.collect::<String>())
}

/// Reasons named in the footer of a message.
const REASONS: usize = 5;

/// Why each watch speaks here, in a sentence: what it found, where, and what it took. `isolate` gives a text its own direction.
pub(super) fn reasons(told: &[Told<'_>], isolate: fn(&str) -> String) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut more = 0;
    for alert in told.iter().flat_map(|item| &item.alerts) {
        let Some(watch) = &alert.watch else { continue };
        let mut found: Vec<String> = Vec::new();
        for hit in &alert.hits {
            let said = found_in(hit, isolate);
            if !found.contains(&said) {
                found.push(said);
            }
        }
        let rest = found.len().saturating_sub(3);
        found.truncate(3);
        if rest > 0 {
            found.push(format!("and {rest} more"));
        }
        if found.is_empty() {
            continue;
        }
        let said = format!("Why: watch “{}”: {}", isolate(line(watch.as_str()).trim()), found.join("; "));
        if out.contains(&said) {
            continue;
        }
        if out.len() < REASONS { out.push(said) } else { more += 1 }
    }
    if more > 0 {
        out.push(format!("and {more} reasons more: feedwatch explain tells each"));
    }
    out
}

/// `هلسينكي in the title, behind the prefix ب`
fn found_in(hit: &Hit, isolate: fn(&str) -> String) -> String {
    let shown = |text: &str| isolate(cut(line(text).trim(), 60, 480).as_ref());
    let (text, term) = (&*hit.text, &*hit.term);
    let how = match hit.how {
        How::Exact => String::new(),
        How::Folded if text == term => String::new(),
        How::Folded => format!(", for {}", shown(term)),
        How::Affix => match (text.strip_suffix(term), text.strip_prefix(term)) {
            (Some(prefix), _) if !prefix.is_empty() => format!(", behind the prefix {}", shown(prefix)),
            (_, Some(suffix)) if !suffix.is_empty() => format!(", before the ending {}", shown(suffix)),
            _ => format!(", for {} with an affix", shown(term)),
        },
        How::Stem => format!(", by the stem of {}", shown(term)),
        How::Pattern => format!(", by the pattern {}", shown(term)),
        How::Alias => format!(", as another name of {}", shown(term)),
        How::Name => format!(", as the name {}", shown(term)),
    };
    let bare = if hit.how == How::Affix && text.ends_with(term) { term } else { text };
    let before = if hit.earlier { " before the edit" } else { "" };
    format!("{} in the {}{before}{how}", shown(bare), hit.field)
}

/// Which watches and feeds speak here, and the alert to ask the program about; `isolate` gives a name its own direction.
pub(super) fn footer(told: &[Told<'_>], isolate: fn(&str) -> String) -> String {
    let once = |names: Vec<String>| {
        let mut out: Vec<String> = Vec::new();
        for name in names {
            if !out.contains(&name) {
                out.push(name);
            }
        }
        let more = out.len().saturating_sub(20);
        let mut shown = out.iter().take(20).map(|name| isolate(name)).collect::<Vec<_>>().join(", ");
        if more > 0 {
            shown.push_str(&format!(" and {more} more"));
        }
        shown
    };
    let watches = once(told.iter().flat_map(Told::watches).collect());
    let feeds = once(told.iter().filter_map(Told::feed).collect());
    let mut out = "feedwatch".to_owned();
    for (word, names) in [("watch", watches), ("feed", feeds)] {
        if !names.is_empty() {
            out.push_str(&format!(" · {word} {names}"));
        }
    }
    if let [one] = told
        && let [alert] = one.alerts[..]
    {
        out.push_str(&format!(" · alert {}", alert.id));
    }
    out
}
