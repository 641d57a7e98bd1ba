//! The documented shape of each service's body, written down from its reference, and a checker of it for the tests.

use serde_json::Value;

use super::Format;

/// What may stand somewhere.
pub enum Shape {
    /// A text of one to so many UTF-16 units.
    Text(usize),
    Word(&'static [&'static str]),
    Exactly(Value),
    Number,
    Bool,
    Null,
    Url,
    List(Box<Shape>, usize, usize),
    /// Keys, which of them must be there, and nothing else.
    Object(Vec<(&'static str, bool, Shape)>),
    /// One of these, told apart by `type`.
    Either(Vec<Shape>),
}

use Shape::{Bool, Either, Exactly, Null, Number, Object, Text, Url, Word};

fn list(of: Shape, least: usize, most: usize) -> Shape {
    Shape::List(Box::new(of), least, most)
}

fn kind(word: &'static str) -> (&'static str, bool, Shape) {
    (
        "type",
        true,
        Word(match word {
            "text" => &["text"],
            "link" => &["link"],
            "divider" => &["divider"],
            "rich_text" => &["rich_text"],
            "rich_text_section" => &["rich_text_section"],
            "message" => &["message"],
            "AdaptiveCard" => &["AdaptiveCard"],
            "Container" => &["Container"],
            "RichTextBlock" => &["RichTextBlock"],
            "TextRun" => &["TextRun"],
            "Action.OpenUrl" => &["Action.OpenUrl"],
            other => panic!("{other}"),
        }),
    )
}

/// Block Kit: <https://docs.slack.dev/reference/block-kit/blocks/rich-text-block>.
fn slack() -> Shape {
    let style =
        || Object(vec![("bold", false, Bool), ("italic", false, Bool), ("strike", false, Bool), ("code", false, Bool)]);
    let text = Object(vec![kind("text"), ("text", true, Text(12_000)), ("style", false, style())]);
    let link = Object(vec![kind("link"), ("url", true, Url), ("text", false, Text(12_000)), ("style", false, style())]);
    let section = Object(vec![kind("rich_text_section"), ("elements", true, list(Either(vec![text, link]), 1, 2000))]);
    let rich = Object(vec![kind("rich_text"), ("elements", true, list(section, 1, 100))]);
    Object(vec![
        ("text", true, Text(4000)),
        ("blocks", true, list(Either(vec![rich, Object(vec![kind("divider")])]), 1, 50)),
        ("unfurl_links", false, Exactly(false.into())),
        ("unfurl_media", false, Exactly(false.into())),
    ])
}

/// <https://docs.discord.com/developers/resources/webhook#execute-webhook>
fn discord() -> Shape {
    let embed = Object(vec![
        ("title", true, Text(256)),
        ("description", true, Text(4096)),
        ("url", false, Url),
        ("timestamp", false, Text(30)),
        ("color", false, Number),
    ]);
    Object(vec![
        ("content", false, Text(2000)),
        ("embeds", true, list(embed, 1, 10)),
        ("allowed_mentions", true, Exactly(serde_json::json!({"parse": []}))),
    ])
}

/// <https://core.telegram.org/bots/api#sendmessage>
fn telegram() -> Shape {
    let kinds = &["bold", "italic", "underline", "strikethrough"];
    let span = || [("offset", true, Number), ("length", true, Number)];
    let [offset, length] = span();
    let mark = Object(vec![("type", true, Word(kinds)), offset, length]);
    let [offset, length] = span();
    let link = Object(vec![("type", true, Word(&["text_link"])), offset, length, ("url", true, Url)]);
    Object(vec![
        ("chat_id", true, Number),
        ("message_thread_id", false, Number),
        ("text", true, Text(4096)),
        ("entities", true, list(Either(vec![mark, link]), 0, 100)),
        ("link_preview_options", false, Object(vec![("is_disabled", true, Exactly(true.into()))])),
    ])
}

/// <https://docs.ntfy.sh/publish/#publish-as-json>
fn ntfy() -> Shape {
    Object(vec![
        ("topic", true, Text(64)),
        ("title", true, Text(250)),
        ("message", true, Text(4096)),
        ("tags", false, list(Word(&["gear", "pencil2", "newspaper"]), 1, 5)),
        ("click", false, Url),
        ("priority", false, Number),
    ])
}

/// Adaptive Cards 1.5: <https://adaptivecards.io/explorer/>, in the message of
/// <https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using>.
fn teams() -> Shape {
    let open = || Object(vec![kind("Action.OpenUrl"), ("url", true, Url), ("title", false, Text(100))]);
    let run = || {
        Object(vec![
            kind("TextRun"),
            ("text", true, Text(24_000)),
            ("size", false, Word(&["Small", "Default", "Medium", "Large", "ExtraLarge"])),
            ("weight", false, Word(&["Lighter", "Default", "Bolder"])),
            ("color", false, Word(&["Default", "Dark", "Light", "Accent", "Good", "Warning", "Attention"])),
            ("highlight", false, Bool),
            ("underline", false, Bool),
            ("strikethrough", false, Bool),
            ("isSubtle", false, Bool),
            ("selectAction", false, open()),
        ])
    };
    let spacing =
        || ("spacing", false, Word(&["Default", "None", "Small", "Medium", "Large", "ExtraLarge", "Padding"]));
    let rich = || Object(vec![kind("RichTextBlock"), spacing(), ("inlines", true, list(run(), 1, 1000))]);
    let container = Object(vec![
        kind("Container"),
        spacing(),
        ("separator", false, Bool),
        ("rtl", false, Bool),
        ("items", true, list(rich(), 1, 1000)),
    ]);
    let card = Object(vec![
        ("$schema", true, Exactly("http://adaptivecards.io/schemas/adaptive-card.json".into())),
        kind("AdaptiveCard"),
        ("version", true, Word(&["1.5"])),
        ("msteams", false, Object(vec![("width", true, Word(&["Full"]))])),
        ("speak", false, Text(2000)),
        ("fallbackText", false, Text(2000)),
        ("body", true, list(Either(vec![container, rich()]), 1, 200)),
        ("actions", false, list(open(), 1, 6)),
    ]);
    let attachment = Object(vec![
        ("contentType", true, Word(&["application/vnd.microsoft.card.adaptive"])),
        ("contentUrl", true, Null),
        ("content", true, card),
    ]);
    Object(vec![kind("message"), ("attachments", true, list(attachment, 1, 1))])
}

/// What is wrong with a body, each with its path.
pub fn wrong(format: &Format, body: &[u8]) -> Vec<String> {
    let value: Value = serde_json::from_slice(body).expect("JSON");
    let mut wrong = Vec::new();
    let shape = match format {
        Format::Slack => slack(),
        Format::Discord => discord(),
        Format::Telegram { .. } => telegram(),
        Format::Ntfy { .. } => ntfy(),
        Format::Teams => teams(),
        Format::Standard | Format::Template(_) => return wrong,
    };
    check(&value, &shape, "$", &mut wrong);
    wrong.extend(whole(format, &value, body));
    wrong
}

/// Limits on a message as a whole.
fn whole(format: &Format, value: &Value, body: &[u8]) -> Vec<String> {
    let units = |text: &Value| text.as_str().unwrap_or_default().encode_utf16().count();
    let mut wrong = Vec::new();
    match format {
        Format::Discord => {
            let embeds = value["embeds"].as_array().into_iter().flatten();
            let sum: usize = embeds.map(|e| units(&e["title"]) + units(&e["description"])).sum();
            if sum > 6000 {
                wrong.push(format!("{sum} characters in all embeds"));
            }
        }
        Format::Telegram { .. } => {
            let length = units(&value["text"]) as u64;
            for entity in value["entities"].as_array().into_iter().flatten() {
                let (offset, of) = (entity["offset"].as_u64().unwrap_or(0), entity["length"].as_u64().unwrap_or(0));
                if of == 0 || offset + of > length {
                    wrong.push(format!("{entity} lies outside of {length} units"));
                }
            }
        }
        Format::Ntfy { .. } => {
            let bytes = value["message"].as_str().map_or(0, str::len) + value["title"].as_str().map_or(0, str::len);
            if bytes > 4000 {
                wrong.push(format!("{bytes} bytes of title and message"));
            }
        }
        Format::Teams if body.len() > 28 * 1024 => wrong.push(format!("{} bytes", body.len())),
        _ => {}
    }
    wrong
}

fn check(value: &Value, shape: &Shape, path: &str, wrong: &mut Vec<String>) {
    let mut fail =
        |said: &str| wrong.push(format!("{path}: {said}: {}", value.to_string().chars().take(120).collect::<String>()));
    match shape {
        Text(most) => match value.as_str().map(|t| t.encode_utf16().count()) {
            Some(n) if n > 0 && n <= *most => {}
            Some(n) => fail(&format!("{n} units, not 1 to {most}")),
            None => fail("no text"),
        },
        Word(words) if !value.as_str().is_some_and(|w| words.contains(&w)) => fail("not one of the words"),
        Exactly(one) if value != one => fail("another value"),
        Number if !value.is_i64() && !value.is_u64() => fail("no whole number"),
        Bool if !value.is_boolean() => fail("no boolean"),
        Null if !value.is_null() => fail("not null"),
        Url if !value.as_str().is_some_and(|u| {
            (u.starts_with("https://") || u.starts_with("http://")) && u.is_ascii() && u.len() <= 3000
        }) =>
        {
            fail("no address");
        }
        Shape::List(of, least, most) => match value.as_array() {
            Some(list) if (*least..=*most).contains(&list.len()) => {
                list.iter().enumerate().for_each(|(n, one)| check(one, of, &format!("{path}[{n}]"), wrong));
            }
            Some(list) => fail(&format!("{} elements, not {least} to {most}", list.len())),
            None => fail("no list"),
        },
        Object(keys) => {
            let Some(object) = value.as_object() else { return fail("no object") };
            for key in object.keys().filter(|k| !keys.iter().any(|(known, ..)| known == k)) {
                wrong.push(format!("{path}: unknown key {key}"));
            }
            for (key, needed, shape) in keys {
                match object.get(*key) {
                    Some(value) => check(value, shape, &format!("{path}.{key}"), wrong),
                    None if *needed => wrong.push(format!("{path}: {key} is missing")),
                    None => {}
                }
            }
        }
        Either(shapes) => {
            let attempts: Vec<Vec<String>> = shapes
                .iter()
                .map(|shape| {
                    let mut wrong = Vec::new();
                    check(value, shape, path, &mut wrong);
                    wrong
                })
                .collect();
            if let Some(nearest) = attempts.into_iter().min_by_key(Vec::len) {
                wrong.extend(nearest);
            }
        }
        _ => {}
    }
}

#[test]
fn the_checker_finds_what_is_wrong() {
    for (format, body) in [
        (Format::Slack, r#"{"text":"","blocks":[]}"#),
        (Format::Slack, r#"{"text":"a","blocks":[{"type":"section","text":"x"}]}"#),
        (Format::Discord, r#"{"embeds":[{"title":"a","description":"b"}],"allowed_mentions":{"parse":["everyone"]}}"#),
        (
            Format::Telegram { chat: "1".into(), thread: None },
            r#"{"chat_id":1,"text":"ab","entities":[{"type":"bold","offset":1,"length":2}]}"#,
        ),
        (Format::Teams, r#"{"type":"message","attachments":[]}"#),
    ] {
        assert!(!wrong(&format, body.as_bytes()).is_empty(), "{body}");
    }
}
