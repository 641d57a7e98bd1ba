//! Slack, by incoming webhooks: Block Kit with `rich_text` blocks, whose texts are texts and never markup, so that nothing
//! in an item can format, link or mention.
//!
//! Limits: 50 blocks a message (<https://docs.slack.dev/reference/block-kit/blocks>), 4,000 characters recommended for
//! `text` and 40,000 before it is cut (<https://docs.slack.dev/changelog/2018-truncating-really-long-messages/>), three
//! characters to escape in it (<https://docs.slack.dev/messaging/formatting-message-text>). A block holds 3,000 characters, as
//! a section does. What all blocks of a message may hold is documented nowhere; users met `msg_blocks_too_long` from about
//! 13,200 characters on (<https://github.com/slackapi/bolt-js/issues/2509>), so they share 12,000 here.

use serde_json::{Value, json};

use crate::model::{Alert, Delivery};

use super::chat::{Run, Scale, Style, cut_text, fitted, headline, not_shown, utf16, why};
use super::items::told;

/// Blocks that tell items; the rest of the fifty is for what stands around them.
const ITEMS: usize = 42;
/// UTF-16 units of all blocks together.
const ROOM: usize = 12_000;
/// Of one block, and of one text within it: an item that has more is told in several.
const BLOCK: usize = 3_000;
const TEXT: usize = 1_000;
/// Of the text that stands in a notification.
const NOTICE: usize = 300;
const SCALE: Scale = Scale { text: utf16, around: |_| 0 };

/// The body of a message.
pub(super) fn body(delivery: &Delivery, alerts: &[Alert]) -> Value {
    let told = told(alerts);
    let (shown, hidden) = fitted(&told[..told.len().min(ITEMS)], ROOM, SCALE);
    let hidden = hidden + told.len().saturating_sub(ITEMS);
    let mut blocks = Vec::new();
    if let Some(why) = why(delivery) {
        blocks.push(block(&[Run::new(cut_text(&why, 1000, utf16), Style::Small)]));
    }
    for (n, runs) in shown.iter().enumerate() {
        if n > 0 && shown.len() * 2 <= ITEMS {
            blocks.push(json!({"type": "divider"}));
        }
        blocks.extend(split(runs).iter().map(|part| block(part)));
    }
    blocks.extend(not_shown(hidden).map(|note| block(&[Run::new(note, Style::Small)])));
    json!({
        // What a notification shows; the blocks stand in its place everywhere else.
        "text": escape(&cut_text(&headline(&told), NOTICE, utf16)),
        "blocks": blocks,
        "unfurl_links": false,
        "unfurl_media": false,
    })
}

/// The runs of an item in parts that a block holds.
fn split(runs: &[Run]) -> Vec<Vec<Run>> {
    let (mut parts, mut room) = (vec![Vec::new()], BLOCK);
    for run in runs {
        let run = Run { text: cut_text(&run.text, TEXT, utf16), ..run.clone() };
        let size = utf16(&run.text);
        if size > room {
            parts.push(Vec::new());
            room = BLOCK;
        }
        room -= size;
        parts.last_mut().expect("there is one").push(run);
    }
    parts
}

fn block(runs: &[Run]) -> Value {
    let elements: Vec<Value> = runs.iter().filter(|run| !run.text.is_empty()).map(element).collect();
    json!({"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]})
}

fn element(run: &Run) -> Value {
    let mut element = match &run.href {
        Some(href) => json!({"type": "link", "url": href, "text": run.text}),
        None => json!({"type": "text", "text": run.text}),
    };
    let style = match run.style {
        Style::Title | Style::Hit | Style::Insert => json!({"bold": true}),
        Style::TitleHit => json!({"bold": true, "italic": true}),
        Style::Delete => json!({"strike": true}),
        Style::Small => json!({"italic": true}),
        Style::Plain => return element,
    };
    element["style"] = style;
    element
}

/// The three characters that begin or end Slack's own marks.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
