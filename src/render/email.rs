//! A mail: `multipart/alternative` of text and HTML (RFC 5322, RFC 2045 to 2047).
//!
//! Everything in it follows from the delivery: its date is the sealing, its Message-ID and boundary are the delivery's id.
//! The parts are encoded so that no line is longer than 76 characters and every line break is CRLF.

use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Mailbox, MultiPart, SinglePart};

use crate::model::{Alert, Delivery, Form};

use super::clean::{cut, line};
use super::header::{ascii_domain, mailboxes, unstructured};
use super::items::{Told, told};
use super::{html, plain};

/// Characters of a subject, as a reader sees them; a longer title is cut and ends with `…`. It stands whole in both parts.
pub const SUBJECT: usize = 200;
/// Bytes of a subject, for characters that carry many marks.
const SUBJECT_BYTES: usize = 1200;

/// Alerts named in header lines. Servers refuse headers of more than 32 KiB, and a digest can hold thousands of alerts;
/// those beyond are named in the parts only.
const NAMED: usize = 200;

/// The whole message as bytes with CRLF line ends, ready for DATA. `from` and each of `to` are checked mailboxes; one that
/// cannot be read all the same is left out of the headers, never passed on as it is.
pub fn message(delivery: &Delivery, alerts: &[Alert], from: &str, to: &[String]) -> Vec<u8> {
    let told = told(alerts);
    let why = match &delivery.form {
        Form::Item => None,
        Form::Digest { why } => Some(why.as_str()),
    };
    let subject = subject(&told);
    let mut out = headers(delivery, alerts, from, to, &subject).into_bytes();
    let parts = MultiPart::alternative()
        // `=_` can stand in no line of quoted-printable or base 64: no text can hold the boundary (RFC 2045, 6.7).
        .boundary(format!("=_{}", delivery.id))
        .singlepart(single(ContentType::TEXT_PLAIN, plain::part(&told, why)))
        .singlepart(single(ContentType::TEXT_HTML, html::part(&subject, &told, why)));
    out.extend(parts.formatted());
    out
}

fn headers(delivery: &Delivery, alerts: &[Alert], from: &str, to: &[String], subject: &str) -> String {
    let from: Option<Mailbox> = from.parse().ok();
    let to: Vec<Mailbox> = to.iter().filter_map(|mailbox| mailbox.parse().ok()).collect();
    let domain = from.as_ref().map_or_else(|| "localhost".to_owned(), ascii_domain);
    let mut out = String::new();
    if let Some(from) = from {
        out.push_str(&mailboxes("From", &[from]));
    }
    if !to.is_empty() {
        out.push_str(&mailboxes("To", &to));
    }
    out.push_str(&unstructured("Subject", subject));
    out.push_str(&format!("Date: {}\r\n", delivery.sealed.utc().to_rfc2822()));
    out.push_str(&format!("Message-ID: <{}@{domain}>\r\n", delivery.id));
    out.push_str("Auto-Submitted: auto-generated\r\n");
    for alert in alerts.iter().take(NAMED) {
        out.push_str(&unstructured("X-Feedwatch-Alert", alert.id.as_str()));
        if let Some(watch) = &alert.watch {
            out.push_str(&unstructured("X-Feedwatch-Watch", &cut(watch.as_str(), SUBJECT, SUBJECT_BYTES)));
        }
    }
    out.push_str("MIME-Version: 1.0\r\n");
    out
}

/// The item's title; of several items their number and the first title.
fn subject(told: &[Told<'_>]) -> String {
    let Some(first) = told.first() else { return "nothing to tell".to_owned() };
    let subject = match told {
        [one] if one.edited() => return format!("{} (edited)", cut(&one.title(), SUBJECT, SUBJECT_BYTES)),
        [_] => first.title(),
        _ => {
            let kind = if told.iter().all(|t| t.item.is_some()) { "items" } else { "alerts" };
            format!("{} {kind}: {}", told.len(), first.title())
        }
    };
    line(&cut(&subject, SUBJECT, SUBJECT_BYTES))
}

/// A part in UTF-8: quoted-printable, or base 64 where most of it is not ASCII.
fn single(kind: ContentType, text: String) -> SinglePart {
    let others = text.bytes().filter(|b| !b.is_ascii()).count();
    let encoding = match others * 5 > text.len() {
        true => ContentTransferEncoding::Base64,
        false => ContentTransferEncoding::QuotedPrintable,
    };
    SinglePart::builder().header(kind).header(encoding).body(text)
}

#[cfg(test)]
mod dump {
    use super::super::samples;
    use super::*;
    #[test]
    fn dump() {
        let mut digest = samples::english();
        digest.1.extend(samples::arabic().1);
        digest.1.extend(samples::edited().1);
        digest.1.extend(samples::service().1);
        digest.0.form = Form::Digest { why: "the feed “world” showed 40 items at once, more than ever before (12): told as one".into() };
        for (name, (d, a)) in [("english", samples::english()), ("arabic", samples::arabic()), ("edited", samples::edited()), ("service", samples::service()), ("digest", digest)] {
            let m = message(&d, &a, "Feedwatch مكتب <feedwatch@example.org>", &["desk@example.org".into(), "\"Desk, night\" <n@example.org>".into()]);
            std::fs::write(format!("/tmp/fw/h5-{name}.eml"), m).unwrap();
            std::fs::write(format!("/tmp/fw/h5-{name}.txt"), super::super::console::text(&d, &a, super::super::console::Style { colour: false, width: 80 })).unwrap();
        }
    }
}
