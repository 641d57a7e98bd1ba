//! Telegram, by `sendMessage` of the Bot API: plain text with entities, so that nothing in an item is markup.
//!
//! Limits: 4096 characters a message (<https://core.telegram.org/bots/api#sendmessage>); offsets and lengths of entities
//! count UTF-16 code units (<https://core.telegram.org/bots/api#messageentity>). Telegram looks for mentions and commands
//! in any text by itself, so an `@` and a `/` that begin one are followed by a word joiner, which nobody sees.

use serde_json::{Value, json};

use crate::model::{Alert, Delivery};

use super::chat::{Run, Scale, Style, cut_text, fitted, not_shown, utf16, why};
use super::items::told;

/// UTF-16 units of a message, and of the sentence above a digest.
const ROOM: usize = 4096;
const WHY: usize = 500;
/// Entities of a message: Telegram keeps a hundred and drops the others.
const ENTITIES: usize = 100;
/// With the joiner that may follow each of the two marks.
const SCALE: Scale = Scale { text: |text| utf16(text) + text.matches(['@', '/']).count(), around: |_| 0 };

/// The body of a message to this chat: a number, or the `@name` of a public channel; `thread` is a topic of a forum.
pub(super) fn body(delivery: &Delivery, alerts: &[Alert], chat: &str, thread: Option<u64>) -> Value {
    let told = told(alerts);
    let mut message = Message::default();
    if let Some(why) = why(delivery) {
        message.push(&Run::new(cut_text(&why, WHY, SCALE.text), Style::Small));
        message.push(&Run::new("\n\n", Style::Plain));
    }
    let used = utf16(&message.text) + 2 * told.len();
    let (shown, hidden) = fitted(&told, ROOM.saturating_sub(used).max(ROOM / 2), SCALE);
    for (n, runs) in shown.iter().enumerate() {
        if n > 0 {
            message.push(&Run::new("\n\n", Style::Plain));
        }
        runs.iter().for_each(|run| message.push(run));
    }
    if let Some(note) = not_shown(hidden) {
        message.push(&Run::new(format!("\n\n{note}"), Style::Small));
    }
    let entities = message.most_needed();
    let chat = chat.parse::<i64>().map_or_else(|_| json!(chat), |number| json!(number));
    let mut body = json!({
        "chat_id": chat,
        "text": message.text,
        "entities": entities,
        "link_preview_options": {"is_disabled": true},
    });
    if let Some(thread) = thread {
        body["message_thread_id"] = json!(thread);
    }
    body
}

#[derive(Default)]
struct Message {
    text: String,
    at: usize,
    entities: Vec<Entity>,
}

/// A mark on a stretch of the text, in UTF-16 units.
#[derive(PartialEq, Eq)]
struct Entity {
    kind: &'static str,
    from: usize,
    to: usize,
    url: Option<String>,
}

impl Message {
    /// As many as are kept; links stay longest, and what only looks nice goes first.
    fn most_needed(&self) -> Vec<Value> {
        let mut all: Vec<&Entity> = self.entities.iter().collect();
        for kind in ["italic", "underline", "bold"] {
            if all.len() > ENTITIES {
                all.retain(|e| e.kind != kind);
            }
        }
        let value = |e: &Entity| {
            let mut value = json!({"type": e.kind, "offset": e.from, "length": e.to - e.from});
            if let Some(url) = &e.url {
                value["url"] = json!(url);
            }
            value
        };
        all.into_iter().take(ENTITIES).map(value).collect()
    }

    /// Adds a mark, or lengthens the same one where it goes on.
    fn mark(&mut self, kind: &'static str, from: usize, to: usize, url: Option<&String>) {
        let last = self.entities.iter_mut().rev().take(6).find(|e| e.kind == kind && e.url.as_ref() == url);
        match last {
            Some(last) if from <= last.to + 1 => last.to = to,
            _ => self.entities.push(Entity { kind, from, to, url: url.cloned() }),
        }
    }

    fn push(&mut self, run: &Run) {
        let text = unmentioning(&run.text);
        let lead = text.len() - text.trim_start().len();
        let (offset, length) = (self.at + utf16(&text[..lead]), utf16(text.trim()));
        self.at += utf16(&text);
        self.text.push_str(&text);
        if length == 0 {
            return;
        }
        let kinds: &[&str] = match run.style {
            Style::Title | Style::Hit | Style::Insert => &["bold"],
            Style::TitleHit => &["bold", "underline"],
            Style::Delete => &["strikethrough"],
            Style::Small => &["italic"],
            Style::Plain => &[],
        };
        for kind in kinds {
            self.mark(kind, offset, offset + length, None);
        }
        if run.href.is_some() {
            self.mark("text_link", offset, offset + length, run.href.as_ref());
        }
    }
}

/// The text with every mention and command parted.
fn unmentioning(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        out.push(c);
        let word_follows = chars.peek().is_some_and(|next| next.is_ascii_alphanumeric() || *next == '_');
        if word_follows && (c == '@' || (c == '/' && !before.is_alphanumeric() && before != '/')) {
            out.push('\u{2060}');
        }
        before = c;
    }
    out
}
