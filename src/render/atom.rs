//! Alerts as entries of an Atom feed (RFC 4287), an item each.
//!
//! A document that is written here has each entry on a line of its own, so that it can be added to without a reader of XML.

use sha2::{Digest, Sha256};

use crate::model::{Alert, AlertKind, Delivery, Form, Time};

use super::html;
use super::items::{Told, told};
use super::link;

/// Stands in every document that is written here.
const MARK: &str = "<generator uri=\"https://github.com/feedwatch/feedwatch\">feedwatch</generator>";

/// The entries of a delivery, a line each.
pub fn entries(delivery: &Delivery, alerts: &[Alert]) -> String {
    let why = match &delivery.form {
        Form::Item => None,
        Form::Digest { why } => Some(why.as_str()),
    };
    told(alerts).iter().map(|item| entry(delivery, item, why)).collect::<Vec<_>>().join("\n")
}

/// Whether a file was written here.
pub fn is_ours(text: &str) -> bool {
    text.lines().take(12).any(|line| line == MARK)
}

/// The document with these entries at its head and as many of the former ones as are kept. `name` makes its id.
pub fn document(title: &str, name: &str, entries: &str, before: &str, keep: usize) -> String {
    let fresh: Vec<&str> = entries.lines().filter(|line| line.starts_with("<entry>")).collect();
    let ids: Vec<&str> = fresh.iter().filter_map(|line| id_of(line)).collect();
    let former = before.lines().filter(|line| line.starts_with("<entry>"));
    let former = former.filter(|line| id_of(line).is_none_or(|id| !ids.contains(&id)));
    let all: Vec<&str> = fresh.iter().copied().rev().chain(former).take(keep).collect();
    let updated = all.iter().filter_map(|line| between(line, "<updated>", "</updated>")).max();
    let updated = updated.map_or_else(|| Time::from_ms(0).to_string(), str::to_owned);
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n<id>{}</id>\n\
         <title>{}</title>\n<updated>{updated}</updated>\n<author><name>feedwatch</name></author>\n{MARK}\n{}\n</feed>\n",
        uuid(&format!("feed\n{name}")),
        escape(title),
        all.join("\n"),
    )
}

fn entry(delivery: &Delivery, item: &Told<'_>, why: Option<&str>) -> String {
    let raised = item.alerts.iter().map(|a| a.raised).min().unwrap_or(delivery.sealed);
    let key = item.item.map_or(item.alerts[0].id.as_str(), |i| i.key.as_str());
    let mut out = format!(
        "<entry><id>{}</id><title>{}</title><updated>{}</updated>",
        uuid(&format!("entry\n{}\n{key}", delivery.id)),
        escape(&item.title()),
        raised.max(delivery.sealed)
    );
    if let Some(published) = item.item.and_then(|i| i.published) {
        out.push_str(&format!("<published>{published}</published>"));
    }
    if let Some(link) = item.item.and_then(|i| i.link.as_deref()).and_then(link::read) {
        out.push_str(&format!("<link rel=\"alternate\" href=\"{}\"/>", escape(&link.href)));
    }
    let feed = item.feed().unwrap_or_else(|| "feedwatch".to_owned());
    out.push_str(&format!("<author><name>{}</name></author>", escape(&feed)));
    for watch in item.watches() {
        out.push_str(&format!("<category term=\"{}\"/>", escape(&watch)));
    }
    if item.alerts[0].kind == AlertKind::Service {
        out.push_str("<category term=\"feedwatch\"/>");
    }
    out.push_str(&format!("<content type=\"html\">{}</content></entry>", escape(&html::content(item, why))));
    out
}

/// Text of XML 1.0 on one line: what may stand in no document is left out, line breaks are written as references.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in html::escape(text).chars() {
        match c {
            '\n' => out.push_str("&#10;"),
            '\t' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => {}
            c => out.push(c),
        }
    }
    // XML knows no name for the apostrophe's number less than this one; html's own escapes are among its five.
    out
}

fn id_of(line: &str) -> Option<&str> {
    between(line, "<id>", "</id>")
}

fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    text.split_once(open)?.1.split_once(close).map(|(inner, _)| inner)
}

/// A UUID of what a name says (RFC 9562, 5.8): the same each time.
fn uuid(name: &str) -> String {
    let digest = Sha256::digest(name.as_bytes());
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("urn:uuid:{}-{}-8{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn the_newest_stand_first_and_nothing_stands_twice() {
        let mut text = String::new();
        for n in 0..5 {
            let alerts = vec![samples::alert("w", "f", &format!("k{n}"), &format!("title {n}"), "")];
            let mut delivery = samples::delivery(&alerts);
            delivery.id = crate::model::DeliveryId::new(format!("dl_{n}"));
            for _ in 0..2 {
                text = document("Desk & <night>", "x", &entries(&delivery, &alerts), &text, 3);
            }
            assert!(is_ours(&text));
        }
        let titles: Vec<&str> = text
            .lines()
            .filter(|l| l.starts_with("<entry>"))
            .filter_map(|l| between(l, "<title>", "</title>"))
            .collect();
        assert_eq!(titles, ["title 4", "title 3", "title 2"]);
        assert!(text.contains("<title>Desk &amp; &lt;night&gt;</title>"));
    }

    #[test]
    fn any_title_is_one_line_of_xml() {
        for title in ["a\nb\r\tc", "]]><![CDATA[", "\u{0}\u{1b}\u{fffe}x", "<entry><id>1</id>", "&amp;\"'"] {
            let alerts = vec![samples::alert(title, title, "k", title, "")];
            let entries = entries(&samples::delivery(&alerts), &alerts);
            assert_eq!(entries.lines().count(), 1, "{entries}");
            assert_eq!(entries.matches("<entry>").count(), 1);
            let text = document(title, "x", &entries, "", 10);
            let mut reader = quick_xml::Reader::from_str(&text);
            loop {
                match reader.read_event().expect("well-formed") {
                    quick_xml::events::Event::Eof => break,
                    event => drop(event),
                }
            }
            assert!(!text.contains(['\u{0}', '\u{1b}', '\u{fffe}']));
        }
    }
}
