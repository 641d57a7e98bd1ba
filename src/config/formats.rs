//! `format` of a webhook, and the keys that some formats have for themselves.

use std::ops::Range;

use url::Url;

use super::reader::{Spot, Table};
use super::secrets::{self, Named};
use super::source::read_bounded;
use crate::render::{Format, Template};

/// The words, and which further keys each takes.
const FORMATS: &[(&str, &[&str])] = &[
    ("standard", &["secret", "secret_file", "secret_files", "token", "token_file"]),
    ("slack", &[]),
    ("discord", &[]),
    ("telegram", &["chat", "thread"]),
    ("ntfy", &["token", "token_file"]),
    ("teams", &[]),
    (
        "template",
        &["body", "body_file", "headers", "method", "secret", "secret_file", "secret_files", "token", "token_file"],
    ),
];
/// Bytes of a template in a file.
const TEMPLATE_BYTES: u64 = 64 << 10;
/// Header lines that belong to the connection or to the signature.
const OWN_HEADERS: &[&str] = &["host", "content-length", "transfer-encoding", "connection", "authorization"];

/// The format and, as some services want it, another address than the one written. `None`: a mistake is told.
pub(super) fn read(table: &Table<'_>, url: Option<Url>) -> Option<(Format, Option<Url>)> {
    let words: Vec<(&str, &str)> = FORMATS.iter().map(|(word, _)| (*word, *word)).collect();
    let word = if table.has("format") { table.word("format", &words)?.value } else { "standard" };
    let own = FORMATS.iter().find(|(w, _)| *w == word).map_or(&[][..], |(_, keys)| keys);
    for (key, place) in table.entries().into_iter().map(|(key, _)| (key.value, key.place)) {
        if !own.contains(&key) && FORMATS.iter().any(|(_, keys)| keys.contains(&key)) {
            let takes: Vec<String> =
                FORMATS.iter().filter(|(_, keys)| keys.contains(&key)).map(|(w, _)| format!("`{w}`")).collect();
            let said = format!("`{key}` has no meaning with `format = \"{word}\"`");
            table.problems().error(
                "key_of_other_format",
                place,
                said,
                format!("it is for {}", super::reader::or(&takes)),
            );
        }
    }
    match word {
        "slack" => Some((Format::Slack, url)),
        "discord" => Some((Format::Discord, url)),
        "teams" => Some((Format::Teams, url)),
        "telegram" => telegram(table, url),
        "ntfy" => ntfy(table, url),
        "template" => template(table).map(|template| (Format::Template(Box::new(template)), url)),
        _ => Some((Format::Standard, url)),
    }
}

/// `chat`, and the address of the method where the address of the bot was written.
fn telegram(table: &Table<'_>, url: Option<Url>) -> Option<(Format, Option<Url>)> {
    if !table.has("chat") {
        table.missing("chat", "write `chat = \"-1001234567890\"`, or `chat = \"@name\"` of a public channel");
        return None;
    }
    let text = table.string("chat")?;
    let chat = text.value.trim();
    let is_name = chat
        .strip_prefix('@')
        .is_some_and(|n| n.len() > 3 && n.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
    if !is_name && chat.parse::<i64>().is_err() {
        let hint = "write the number of the chat, or `@name` of a public channel".to_string();
        table.problems().error("bad_chat", text.place, format!("`{chat}` is no chat of Telegram"), hint);
        return None;
    }
    let thread = if table.has("thread") { Some(table.number("thread", 1..=u64::from(u32::MAX))?.value) } else { None };
    let url = url.map(|mut url| {
        let path = url.path().trim_end_matches('/').to_owned();
        let is_bot = path.rsplit('/').next().is_some_and(|last| last.starts_with("bot"));
        if is_bot {
            url.set_path(&format!("{path}/sendMessage"));
        }
        url
    });
    Some((Format::Telegram { chat: chat.to_owned(), thread }, url))
}

/// The topic is the last part of the address; messages go to the address before it.
fn ntfy(table: &Table<'_>, url: Option<Url>) -> Option<(Format, Option<Url>)> {
    let Some(mut url) = url else { return Some((Format::Ntfy { topic: String::new() }, None)) };
    let path = url.path().trim_end_matches('/').to_owned();
    let (before, topic) = path.rsplit_once('/').unwrap_or(("", ""));
    let is_topic =
        (1..=64).contains(&topic.len()) && topic.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if !is_topic {
        let key = if table.has("url") { "url" } else { "url_file" };
        let place = table.string(key).map_or(table.place, |text| text.place);
        let hint = "write `url = \"https://ntfy.sh/topic\"`".to_string();
        table.problems().error("bad_url", place, "the address names no topic of ntfy", hint);
        return None;
    }
    let topic = topic.to_owned();
    url.set_path(&format!("{before}/"));
    Some((Format::Ntfy { topic }, Some(url)))
}

fn template(table: &Table<'_>) -> Option<Template> {
    const METHODS: &[(&str, &str)] = &[("POST", "POST"), ("PUT", "PUT"), ("PATCH", "PATCH")];
    let method = if table.has("method") { table.word("method", METHODS)?.value } else { "POST" };
    let body = body(table)?;
    let (headers, places) = if table.has("headers") { headers(table)? } else { (Vec::new(), Vec::new()) };
    let template = Template { body: body.value.clone(), headers, method };
    let mistakes = template.mistakes();
    for mistake in &mistakes {
        let spot = match mistake.header {
            Some(at) => places[at],
            None => Spot { value: body.value.as_str(), place: body.place },
        };
        tell(table, spot, mistake.place.clone(), &mistake.said, mistake.header.is_none());
    }
    mistakes.is_empty().then_some(template)
}

/// At the character where it stands in this file; with line and column where it stands in a file of its own.
pub(super) fn tell(table: &Table<'_>, text: Spot<&str>, span: Option<Range<usize>>, said: &str, is_body: bool) {
    let hint = "see docs/notifiers.md for what a template can name".to_string();
    let in_file = is_body && table.has("body_file");
    let (place, said) = match span {
        Some(span) if in_file => {
            let before = text.value.get(..span.start).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            (text.place, format!("line {line}, column {column}: {said}"))
        }
        Some(span) => (table.within(text, span), said.to_owned()),
        None => (text.place, said.to_owned()),
    };
    table.problems().error("bad_template", place, format!("this template cannot be used: {said}"), hint);
}

fn body(table: &Table<'_>) -> Option<Spot<String>> {
    if table.has("body") && table.has("body_file") {
        let said = "`body` and `body_file` are both given";
        table.problems().error("given_twice", table.key_place("body_file"), said, "keep one of the two".to_string());
        return None;
    }
    if let Some(text) = table.string("body") {
        return Some(Spot { value: text.value.to_owned(), place: text.place });
    }
    if !table.has("body_file") {
        table.missing("body", "write `body = '{\"text\": {{ title | tojson }}}'`, or `body_file`");
        return None;
    }
    let text = table.string("body_file")?;
    let Named::File { path, .. } = secrets::path(table, "body_file", text)? else { return None };
    let read = read_bounded(&path, TEMPLATE_BYTES).map_err(|said| format!("{} {said}", path.display()));
    let read =
        read.and_then(|(bytes, _)| String::from_utf8(bytes).map_err(|_| format!("{} is not UTF-8", path.display())));
    match read {
        Ok(value) => Some(Spot { value, place: text.place }),
        Err(said) => {
            table.problems().error("unreadable_file", text.place, said, None);
            None
        }
    }
}

type Headers<'a> = (Vec<(String, String)>, Vec<Spot<&'a str>>);

fn headers<'a>(table: &Table<'a>) -> Option<Headers<'a>> {
    let headers = table.table("headers")?;
    let mut read = Vec::new();
    let mut places = Vec::new();
    for (name, value) in headers.entries() {
        let text = headers.text(name.value, value)?;
        let is_name = reqwest::header::HeaderName::try_from(name.value).is_ok();
        let lower = name.value.to_ascii_lowercase();
        if !is_name || OWN_HEADERS.contains(&lower.as_str()) || lower.starts_with("webhook-") {
            let said = format!("`{}` is no header that can be set here", name.value);
            let hint = (lower == "authorization").then(|| "write `token`, or `token_file`".to_string());
            table.problems().error("bad_header", name.place, said, hint);
            return None;
        }
        read.push((name.value.to_owned(), text.value.to_owned()));
        places.push(text);
    }
    Some((read, places))
}
