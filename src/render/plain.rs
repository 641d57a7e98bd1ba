//! The text part of a mail. Text of feeds stands on lines of its own, so that each takes its own direction; where a line
//! mixes it with our words, it is isolated (UAX 9).

use crate::model::DiffOp;

use super::clean::{isolated, line};
use super::items::{IN_FULL, Shown, Told, excerpt_pieces, shown_diff};
use super::link;

/// The whole part; `why` stands at the head of a digest. Lines end with a bare LF and are as long as what they say.
pub(super) fn part(told: &[Told<'_>], why: Option<&str>) -> String {
    let mut out = String::new();
    if let Some(why) = why {
        out.push_str(&format!("{}\n\n", line(why).trim()));
    }
    for (n, item) in told.iter().enumerate() {
        if n > 0 {
            out.push_str("\n────────────────────\n\n");
        }
        self::item(&mut out, item, n < IN_FULL);
    }
    out.push_str(&format!("\n-- \n{}\n", footer(told, isolated)));
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

/// A diff as one line: `[-gone-]{+come+}`.
pub(super) fn diff_line(parts: &[Shown]) -> String {
    parts
        .iter()
        .map(|part| match part.op {
            DiffOp::Equal => part.text.clone(),
            DiffOp::Insert => format!("{{+{}+}}", part.text),
            DiffOp::Delete => format!("[-{}-]", part.text),
        })
        .collect()
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
