//! The HTML part of a mail: inline styles alone, nothing loaded from anywhere, every text escaped. Each block takes the
//! direction of its own text (`dir="auto"`), and names among our words are isolated (`<bdi>`).
//!
//! Text and background are the client's own, light or dark; what is coloured either has both colours or one that reads on both.

use crate::model::DiffOp;

use super::clean::{cut, line};
use super::items::{IN_FULL, Shown, Told, excerpt_pieces, shown_diff};
use super::link;
use super::plain::{footer, reasons};
use super::sections::Heading;

const BODY: &str = "margin:0;padding:16px;font-family:-apple-system,'Segoe UI',Roboto,'Noto Sans','Noto Naskh Arabic',Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5";
const PAGE: &str = "max-width:640px;margin:0 auto";
const TITLE: &str = "margin:0 0 6px;font-size:21px;line-height:1.35;font-weight:700";
const WATCH: &str =
    "margin:0 0 14px;padding:4px 0;border-bottom:3px solid #2f7bd9;font-size:17px;line-height:1.35;font-weight:700";
const STORY: &str = "margin:0 0 10px;font-size:14px;line-height:1.45;font-weight:700;color:#7a7a7a";
const SMALL: &str = "margin:0 0 10px;font-size:13px;line-height:1.45;color:#7a7a7a";
const LINK: &str = "margin:0 0 14px;font-size:14px;overflow-wrap:anywhere;word-break:break-word";
const ANCHOR: &str = "color:#2f7bd9;text-decoration:underline";
const REASON: &str = "margin:0 0 8px";
const BOX: &str = "margin:0 0 14px;padding:10px 14px;border:1px solid #8c8c8c;border-radius:8px";
const LABEL: &str = "margin:14px 0 4px;font-size:12px;color:#7a7a7a";
// Without padding: it would part the joined letters of a hit that is a piece of an Arabic word.
const MARK: &str = "background-color:#ffe27a;color:#1c1c1c;border-radius:3px";
const INSERT: &str = "background-color:#c9f2d3;color:#0c4a1f;text-decoration:underline";
const DELETE: &str = "background-color:#ffd8d5;color:#7d1611;text-decoration:line-through";
const RULE: &str = "border:0;border-top:1px solid #8c8c8c;margin:24px 0";

/// Characters of a link's path that are shown; it leads on in full.
const LINK_SHOWN: usize = 120;

/// The whole document; `why` stands at the head of a digest, `headings` above each item.
pub(super) fn part(subject: &str, told: &[Told<'_>], why: Option<&str>, headings: &[Vec<Heading>]) -> String {
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><meta name=\"supported-color-schemes\" content=\"light dark\">\
         <title>{}</title></head>\n<body style=\"{BODY}\">\n<div style=\"{PAGE}\">\n",
        escape(subject)
    );
    if let Some(why) = why {
        out.push_str(&block("p", BOX, &escape(line(why).trim())));
    }
    for (n, item) in told.iter().enumerate() {
        if n > 0 {
            out.push_str(&format!("<hr style=\"{RULE}\">\n"));
        }
        for heading in headings.get(n).into_iter().flatten() {
            let style = if matches!(heading, Heading::Watch { .. }) { WATCH } else { STORY };
            out.push_str(&block("h2", style, &heading.said(name)));
        }
        self::item(&mut out, item, n < IN_FULL);
    }
    out.push_str(&format!("<hr style=\"{RULE}\">\n"));
    for line in reasons(told, name) {
        out.push_str(&block("p", SMALL, &line));
    }
    out.push_str(&block("p", SMALL, &footer(told, name)));
    out.push_str("</div>\n</body></html>\n");
    out
}

/// An item without its title, as the content of a feed's entry; `why` at its head.
pub(super) fn content(told: &Told<'_>, why: Option<&str>) -> String {
    let mut whole = String::new();
    item(&mut whole, told, true);
    let body = whole.split_once("</h1>\n").map_or(whole.as_str(), |(_, body)| body);
    let why = why.map(|why| block("p", BOX, &escape(line(why).trim()))).unwrap_or_default();
    format!("{why}{body}")
}

fn item(out: &mut String, told: &Told<'_>, in_full: bool) {
    out.push_str(&block("h1", TITLE, &marked(&told.title_pieces())));
    let feed = told.feed().map(|feed| format!("{} · ", name(&feed))).unwrap_or_default();
    out.push_str(&block("p", SMALL, &format!("{feed}{}", escape(&told.times()))));
    if let Some(address) = told.item.and_then(|item| item.link.as_deref()) {
        out.push_str(&format!("<p dir=\"ltr\" style=\"{LINK}\">{}</p>\n", anchor(address)));
    }
    if told.item.is_some() {
        for (watch, sentence) in told.reasons() {
            let watch = watch.map(|watch| format!("<b>{}</b>: ", name(&watch))).unwrap_or_default();
            out.push_str(&block("p", REASON, &format!("{watch}{}", escape(&sentence))));
        }
    }
    if !in_full {
        return;
    }
    let (details, advice) = told.service();
    for detail in details {
        out.push_str(&block("p", REASON, &escape(&detail)));
    }
    if let Some(advice) = advice {
        out.push_str(&block("p", LABEL, "What to do"));
        out.push_str(&block("div", BOX, &escape(&advice)));
    }
    for excerpt in &told.excerpts {
        out.push_str(&block("p", LABEL, &format!("In the {}", excerpt.field)));
        out.push_str(&block("div", BOX, &marked(&excerpt_pieces(excerpt))));
    }
    for (field, parts) in told.diffs.iter().flat_map(|diff| shown_diff(diff)) {
        out.push_str(&block("p", LABEL, &format!("Changed in the {field}")));
        out.push_str(&block("div", BOX, &diff(&parts)));
    }
}

/// A block that takes the direction of its text.
fn block(tag: &str, style: &str, inner: &str) -> String {
    format!("<{tag} dir=\"auto\" style=\"{style}\">{inner}</{tag}>\n")
}

/// A name from outside among our words.
fn name(text: &str) -> String {
    format!("<bdi>{}</bdi>", escape(text))
}

/// Pieces of a text, hits highlighted.
fn marked(pieces: &[(bool, String)]) -> String {
    let piece = |(hit, text): &(bool, String)| match hit {
        true => format!("<mark style=\"{MARK}\">{}</mark>", escape(text)),
        false => escape(text),
    };
    pieces.iter().map(piece).collect()
}

fn diff(parts: &[Shown]) -> String {
    let mut out = String::new();
    let mut went = false;
    for part in parts {
        // What went and what came in its place would read as one word.
        if went && part.op == DiffOp::Insert {
            out.push(' ');
        }
        went = part.op == DiffOp::Delete && !part.text.ends_with(char::is_whitespace);
        out += &match part.op {
            DiffOp::Equal => escape(&part.text),
            DiffOp::Insert => format!("<ins style=\"{INSERT}\">{}</ins>", escape(&part.text)),
            DiffOp::Delete => format!("<del style=\"{DELETE}\">{}</del>", escape(&part.text)),
        };
    }
    out
}

/// The link with its real host in bold; what may not be followed is only shown.
fn anchor(address: &str) -> String {
    match link::read(address) {
        Some(link) => format!(
            "<a href=\"{}\" style=\"{ANCHOR}\"><b>{}</b>{}</a>",
            escape(&link.href),
            escape(&link.host),
            escape(&cut(&link.rest, LINK_SHOWN, LINK_SHOWN * 4))
        ),
        None => name(&cut(&line(address), LINK_SHOWN, LINK_SHOWN * 4)),
    }
}

/// Text that can stand in an element or an attribute.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
