//! ntfy, by publishing as JSON (<https://docs.ntfy.sh/publish/#publish-as-json>): a title, plain text beneath it, and the
//! item's link behind a tap.
//!
//! Limits: a message of 4,096 bytes; a longer one becomes an attachment (<https://docs.ntfy.sh/publish/#limitations>). None is
//! documented for a title. What goes on by Firebase and Apple may hold about 4,000 bytes with all fields, so the texts together
//! stay below that.

use serde_json::{Value, json};

use crate::model::{Alert, AlertKind, Delivery};

use super::chat::{Run, Scale, cut, cut_text, details, fitted, headline, href, not_shown, why};
use super::items::told;

/// Bytes of the title and of the message.
const TITLE: usize = 250;
const ROOM: usize = 3300;
const SCALE: Scale = Scale { text: str::len, around: |_| 0 };

/// The body of a message on this topic.
pub(super) fn body(delivery: &Delivery, alerts: &[Alert], topic: &str) -> Value {
    let told = told(alerts);
    let mut lines: Vec<String> = why(delivery).map(|why| cut_text(&why, 500, str::len)).into_iter().collect();
    let used: usize = lines.iter().map(|l| l.len() + 2).sum();
    match told.as_slice() {
        [one] => lines.push(text(&cut(details(one), ROOM - used, SCALE))),
        _ => {
            let (shown, hidden) = fitted(&told, ROOM - used - 2 * told.len().min(400), SCALE);
            lines.extend(shown.iter().map(|runs| text(runs)));
            lines.extend(not_shown(hidden));
        }
    }
    let service = alerts.iter().all(|a| a.kind == AlertKind::Service);
    let edited = told.iter().all(|t| t.edited());
    let mut body = json!({
        "topic": topic,
        "title": cut_text(&headline(&told), TITLE, str::len),
        "message": lines.join("\n\n"),
        // Names of emoji: https://docs.ntfy.sh/emojis/
        "tags": [if service { "gear" } else if edited { "pencil2" } else { "newspaper" }],
    });
    if let [one] = told.as_slice()
        && let Some(href) = href(one)
    {
        body["click"] = json!(href);
    }
    body
}

fn text(runs: &[Run]) -> String {
    use super::chat::Style::{Delete, Hit, Insert};
    let marked = |run: &Run| match run.style {
        Hit => format!("*{}*", run.text),
        Insert => format!("{{+{}+}}", run.text),
        Delete => format!("[-{}-]", run.text),
        _ => run.text.clone(),
    };
    runs.iter().map(marked).collect::<String>().trim().to_owned()
}
