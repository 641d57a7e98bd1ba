//! Microsoft Teams, by a workflow's webhook or an incoming one: an Adaptive Card in a message.
//!
//! Texts stand in `TextRun`s, which know no Markdown and no mentions
//! (<https://adaptivecards.io/explorer/TextRun.html>); a mention would need an entity beside the text
//! (<https://learn.microsoft.com/en-us/microsoftteams/platform/task-modules-and-cards/cards/cards-format>). Limit: 28 KB a
//! message (<https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook>).

use serde_json::{Value, json};

use crate::model::{Alert, Delivery};
use crate::text::bidi;

use super::chat::{Run, Scale, Style, cut_text, fitted, headline, href, not_shown, why};
use super::items::{Told, told};

/// Bytes of the texts with what stands around them; the rest of the 28 KB is for the frame of the card.
const ROOM: usize = 24_000;
/// Bytes that a run costs beside its text, at most.
const RUN: usize = 160;
/// Items that are looked at; more do not fit.
const ITEMS: usize = 100;
const SCALE: Scale = Scale {
    // As JSON writes it.
    text: |text| text.len() + text.chars().filter(|c| matches!(c, '"' | '\\' | '\n')).count(),
    around: |run| RUN + run.href.as_ref().map_or(0, |href| href.len() + 80),
};

/// The body of a message.
pub(super) fn body(delivery: &Delivery, alerts: &[Alert]) -> Value {
    let told = told(alerts);
    let looked_at = &told[..told.len().min(ITEMS)];
    let (shown, hidden) = fitted(looked_at, ROOM, SCALE);
    let hidden = hidden + told.len() - looked_at.len();
    let mut body = Vec::new();
    let small = |text: &str| rich(&[Run::new(cut_text(text, 1000, str::len), Style::Small)]);
    body.extend(why(delivery).map(|why| small(&why)));
    body.extend(shown.iter().zip(&told).enumerate().map(|(n, (runs, item))| container(n, runs, item)));
    body.extend(not_shown(hidden).map(|note| small(&note)));
    let mut card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.5",
        "msteams": {"width": "Full"},
        // What is said aloud, and shown where the card cannot be.
        "speak": super::html::escape(&cut_text(&headline(&told), 300, str::len)),
        "fallbackText": cut_text(&headline(&told), 300, str::len),
        "body": body,
    });
    if let [one] = told.as_slice()
        && let Some(url) = href(one)
    {
        card["actions"] = json!([{"type": "Action.OpenUrl", "title": "Open", "url": url}]);
    }
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": card,
        }],
    })
}

/// An item, in the direction of its title; a line a block.
fn container(n: usize, runs: &[Run], told: &Told<'_>) -> Value {
    let mut lines: Vec<Vec<Run>> = vec![Vec::new()];
    for run in runs {
        for (at, text) in run.text.split('\n').enumerate() {
            if at > 0 {
                lines.push(Vec::new());
            }
            if let Some(line) = lines.last_mut().filter(|_| !text.is_empty()) {
                line.push(Run { text: text.to_owned(), ..run.clone() });
            }
        }
    }
    let items: Vec<Value> = lines.iter().filter(|line| !line.is_empty()).map(|line| rich(line)).collect();
    let mut container = json!({"type": "Container", "separator": n > 0, "spacing": "Medium", "items": items});
    if bidi::runs_right_to_left(&told.title()) {
        container["rtl"] = json!(true);
    }
    container
}

fn rich(runs: &[Run]) -> Value {
    json!({"type": "RichTextBlock", "spacing": "Small", "inlines": runs.iter().map(inline).collect::<Vec<_>>()})
}

fn inline(run: &Run) -> Value {
    let mut inline = json!({"type": "TextRun", "text": run.text});
    let mut set = |key: &str, value: Value| inline[key] = value;
    match run.style {
        Style::Title | Style::TitleHit => {
            set("size", json!("Medium"));
            set("weight", json!("Bolder"));
            if run.style == Style::TitleHit {
                set("highlight", json!(true));
            }
        }
        Style::Hit => set("highlight", json!(true)),
        Style::Insert => {
            set("underline", json!(true));
            set("color", json!("Good"));
        }
        Style::Delete => {
            set("strikethrough", json!(true));
            set("color", json!("Attention"));
        }
        Style::Small => {
            set("isSubtle", json!(true));
            set("size", json!("Small"));
        }
        Style::Plain => {}
    }
    if let Some(href) = &run.href {
        set("selectAction", json!({"type": "Action.OpenUrl", "url": href}));
    }
    inline
}
