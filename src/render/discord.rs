//! Discord, by webhooks: an embed an item, and nobody mentioned whatever stands in it.
//!
//! Limits: 10 embeds, title 256, description 4096, footer 2048, 6000 characters over all embeds of a message
//! (<https://docs.discord.com/developers/resources/message#embed-object-embed-limits>); no mention is resolved where
//! `allowed_mentions` has an empty `parse` (<https://docs.discord.com/developers/resources/message#allowed-mentions-object>).
//! Descriptions are Markdown, so every mark in a text is escaped.

use serde_json::{Value, json};

use crate::model::{Alert, AlertKind, Delivery};

use super::chat::{Run, Scale, Style, cut, cut_text, details, fitted, headline, href, not_shown, utf16, why};
use super::clean::FSI;
use super::items::{Told, told};

const EMBEDS: usize = 10;
const TITLE: usize = 256;
const DESCRIPTION: usize = 4096;
/// Of all embeds together, with room for what is said beside them.
const ROOM: usize = 5800;
/// Of `content`, above the embeds.
const CONTENT: usize = 1900;

/// New, edited, of the service.
const COLOURS: [u32; 3] = [0x2F_7B_D9, 0xD9_9A_2F, 0x8C_8C_8C];

/// What is counted is the text as it is escaped, with the marks around it.
const SCALE: Scale = Scale { text: |text| utf16(&escape(text)), around };

/// The body of a message.
pub(super) fn body(delivery: &Delivery, alerts: &[Alert]) -> Value {
    let told = told(alerts);
    let (embeds, hidden) = if told.len() <= EMBEDS { (each(&told), 0) } else { list(&told) };
    let said: Vec<String> = why(delivery).into_iter().chain(not_shown(hidden)).map(|text| escape(&text)).collect();
    let mut body = json!({"embeds": embeds, "allowed_mentions": {"parse": []}});
    if !said.is_empty() {
        body["content"] = json!(cut_text(&said.join("\n"), CONTENT, utf16));
    }
    body
}

/// An embed an item, each with a fair share of the room.
fn each(told: &[Told<'_>]) -> Vec<Value> {
    let mut left = ROOM;
    let mut embeds = Vec::new();
    for (n, item) in told.iter().enumerate() {
        let share = left / (told.len() - n);
        let title = escaped_title(&item.title(), TITLE.min(share / 2));
        let room = (share.saturating_sub(utf16(&title))).min(DESCRIPTION);
        let description = markdown(&cut(details(item), room, SCALE));
        left = left.saturating_sub(utf16(&title) + utf16(&description));
        let raised = item.alerts.iter().map(|a| a.raised).min();
        let mut embed = json!({
            "title": title,
            "description": description,
            "color": COLOURS[usize::from(item.edited()) + 2 * usize::from(item.alerts[0].kind == AlertKind::Service)],
            "timestamp": raised.map(|at| at.to_string()),
        });
        if let Some(href) = href(item) {
            embed["url"] = json!(href);
        }
        embeds.push(embed);
    }
    embeds
}

/// Many items: one embed that lists as many as fit, and how many do not.
fn list(told: &[Told<'_>]) -> (Vec<Value>, usize) {
    let (shown, hidden) = fitted(told, DESCRIPTION - 2 * told.len().min(200), SCALE);
    let description = shown.iter().map(|runs| markdown(runs)).collect::<Vec<_>>().join("\n\n");
    let title = escaped_title(&headline(told), TITLE);
    (vec![json!({"title": title, "description": description, "color": COLOURS[0]})], hidden)
}

/// Titles are shown with Markdown too.
fn escaped_title(title: &str, room: usize) -> String {
    escape(&cut_text(title, room, |text| utf16(&escape(text))))
}

fn markdown(runs: &[Run]) -> String {
    let mut out = String::new();
    for run in runs {
        let text = escape(&run.text);
        let inner = text.trim_matches([' ', '\n']);
        if inner.is_empty() {
            out.push_str(&text);
            continue;
        }
        // Marks hold only where they touch the word.
        let (before, after) = text.split_once(inner).unwrap_or_default();
        let (open, close) = marks(run.style);
        let marked = match &run.href {
            Some(href) => format!("{open}[{inner}](<{href}>){close}"),
            None => format!("{open}{inner}{close}"),
        };
        out.push_str(&format!("{before}{marked}{after}"));
    }
    out.trim_start().to_owned()
}

fn marks(style: Style) -> (&'static str, &'static str) {
    match style {
        Style::Title | Style::TitleHit | Style::Hit | Style::Insert => ("**", "**"),
        Style::Delete => ("~~", "~~"),
        Style::Plain | Style::Small => ("", ""),
    }
}

fn around(run: &Run) -> usize {
    let (open, close) = marks(run.style);
    open.len() + close.len() + run.href.as_ref().map_or(0, |href| href.len() + "[](<>)".len())
}

/// Every character that can begin a mark, a mention, an emoji, a link, a list or a timestamp, behind a backslash. What
/// begins a list or a heading does so at the start of a line alone.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut before = ' ';
    for c in text.chars() {
        let mark = match c {
            '-' | '+' | '#' => before.is_whitespace() || before == FSI,
            ':' => !before.is_ascii_digit(),
            c => "\\*_~`|>[]()<@".contains(c),
        };
        if mark {
            out.push('\\');
        }
        out.push(c);
        before = c;
    }
    out
}
