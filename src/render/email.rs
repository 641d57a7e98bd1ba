//! A mail: `multipart/alternative` of text and HTML (RFC 5322, RFC 2045 to 2047).
//!
//! Everything in it follows from the delivery: its date is the sealing, its Message-ID and boundary are the delivery's id.
//! The parts are encoded so that no line is longer than 76 characters and every line break is CRLF.

use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Mailbox, MultiPart, SinglePart};

use crate::model::ids::hash64;
use crate::model::{Alert, Delivery, Form};

use super::clean::{cut, line};
use super::header::{ascii_domain, mailbox, mailboxes, unstructured};
use super::items::{Told, told};
use super::template::Line;
use super::{html, plain, sections};

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
    message_with(delivery, alerts, (from, to), None)
}

/// The same with a subject in a shape of the operator's own; where that cannot be made, with ours, for the mail must go.
pub fn message_with(
    delivery: &Delivery,
    alerts: &[Alert],
    (from, to): (&str, &[String]),
    own_subject: Option<&Line>,
) -> Vec<u8> {
    let told = told(alerts);
    let why = match &delivery.form {
        Form::Item => None,
        Form::Digest { why } => Some(why.as_str()),
    };
    let own = own_subject.and_then(|own| own.text(delivery, alerts).ok()).filter(|own| !own.is_empty());
    let subject = own.map_or_else(|| subject(&told), |own| line(&cut(&own, SUBJECT, SUBJECT_BYTES)));
    let headings = sections::headings(delivery, &told);
    let mut out = headers(delivery, alerts, from, to, &subject).into_bytes();
    let parts = MultiPart::alternative()
        // `=_` can stand in no line of quoted-printable or base 64: no text can hold the boundary (RFC 2045, 6.7).
        .boundary(format!("=_{}", delivery.id))
        .singlepart(single(ContentType::TEXT_PLAIN, plain::part(&told, why, &headings)))
        .singlepart(single(ContentType::TEXT_HTML, html::part(&subject, &told, why, &headings)));
    out.extend(parts.formatted());
    out
}

fn headers(delivery: &Delivery, alerts: &[Alert], from: &str, to: &[String], subject: &str) -> String {
    let from = mailbox(from);
    let to: Vec<Mailbox> = to.iter().filter_map(|written| mailbox(written)).collect();
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
    if let Some(root) = story(alerts) {
        // The root is never sent: what tells of one story, whenever and in whatever order it comes, is one thread.
        out.push_str(&format!("In-Reply-To: <{root}@{domain}>\r\nReferences: <{root}@{domain}>\r\n"));
    }
    let label = label(delivery.notifier.as_str());
    out.push_str(&unstructured("List-Id", &format!("<{label}.feedwatch.{domain}>")));
    out.push_str("Auto-Submitted: auto-generated\r\nPrecedence: bulk\r\nX-Auto-Response-Suppress: All\r\n");
    for alert in alerts.iter().take(NAMED) {
        out.push_str(&unstructured("X-Feedwatch-Alert", alert.id.as_str()));
        if let Some(watch) = &alert.watch {
            out.push_str(&unstructured("X-Feedwatch-Watch", &cut(watch.as_str(), SUBJECT, SUBJECT_BYTES)));
        }
    }
    out.push_str("MIME-Version: 1.0\r\n");
    out
}

/// The name of the thread, where all of the message tells of one story: an item, or what was first told of it in another feed.
fn story(alerts: &[Alert]) -> Option<String> {
    let of = |alert: &Alert| match &alert.follows {
        Some(first) => Some((first.feed.clone(), first.item.clone())),
        None => Some((alert.feed.clone()?, alert.item.as_ref()?.key.clone())),
    };
    let (feed, key) = of(alerts.first()?)?;
    let one = alerts.iter().all(|a| of(a).is_some_and(|other| other == (feed.clone(), key.clone())));
    one.then(|| format!("story-{:016x}", hash64(&format!("{feed}\n{key}"))))
}

/// A notifier's name as a label of a domain (RFC 2919, 2): letters, digits and dashes, or else a number made of it.
fn label(name: &str) -> String {
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') && name.len() <= 40;
    if plain { name.replace('_', "-") } else { format!("n{:016x}", hash64(name)) }
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
mod tests {
    use super::super::samples;
    use super::*;
    use crate::model::Field;

    const TO: [&str; 2] = ["desk@example.org", "Night desk <night@example.org>"];

    fn sent(delivery: &Delivery, alerts: &[Alert]) -> String {
        let to = TO.map(str::to_owned);
        let bytes = message(delivery, alerts, "Feedwatch <feedwatch@example.org>", &to);
        assert_eq!(
            bytes,
            message(delivery, alerts, "Feedwatch <feedwatch@example.org>", &to),
            "the same bytes each time"
        );
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.is_ascii());
        assert!(!text.replace("\r\n", "").contains(['\r', '\n']), "a bare CR or LF");
        assert!(text.split("\r\n").all(|line| line.len() <= 76), "a long line");
        text
    }

    /// A title in every place of an item where a feed can put text.
    fn everywhere(text: &str) -> (Delivery, Vec<Alert>) {
        let mut alert = samples::alert(text, text, "k", text, "");
        alert.id = crate::model::AlertId::new("al_0");
        alert.excerpts = vec![samples::excerpt(Field::Body, &format!("x{text}"), "x")];
        let alerts = vec![alert];
        (samples::delivery(&alerts), alerts)
    }

    #[test]
    fn the_headers_are_these() {
        let (delivery, alerts) = samples::edited();
        let story = format!("{:016x}", hash64("world\nstory-2"));
        let text = sent(&delivery, &alerts).replace(&story, "STORY");
        assert_eq!(
            text.split_once("\r\n\r\n").unwrap().0.split("\r\n").collect::<Vec<_>>(),
            [
                "From: Feedwatch <feedwatch@example.org>",
                "To: desk@example.org,",
                " Night desk <night@example.org>",
                "Subject: Pompeo meets Lavrov in Geneva (edited)",
                "Date: Tue, 24 Nov 2026 06:15:30 +0000",
                "Message-ID: <dl_0123456789abcdefghjkmnpqrs@example.org>",
                "In-Reply-To: <story-STORY@example.org>",
                "References: <story-STORY@example.org>",
                "List-Id: <desk.feedwatch.example.org>",
                "Auto-Submitted: auto-generated",
                "Precedence: bulk",
                "X-Auto-Response-Suppress: All",
                "X-Feedwatch-Alert: al_ministers_story-2",
                "X-Feedwatch-Watch: ministers",
                "X-Feedwatch-Alert: al_secretary_story-2",
                "X-Feedwatch-Watch: secretary",
                "MIME-Version: 1.0",
                "Content-Type: multipart/alternative;",
                " boundary=\"=_dl_0123456789abcdefghjkmnpqrs\"",
            ]
        );
        assert_eq!(text.matches("\r\n--=_dl_").count(), 3);
    }

    #[test]
    fn subjects_hold_the_title_and_say_how_many() {
        let (_, english) = samples::english();
        let (_, edited) = samples::edited();
        let (_, service) = samples::service();
        let all = |parts: &[&[Alert]]| parts.concat();
        for (alerts, expected) in [
            (all(&[&english]), "Talks in Helsinki end"),
            (all(&[&edited]), "Pompeo meets Lavrov in Geneva (edited)"),
            (all(&[&english, &edited]), "2 items: Talks in Helsinki end"),
            (all(&[&service]), "the notifier “hook” is off: its target answered 410 Gone"),
            (all(&[&english, &service]), "2 alerts: Talks in Helsinki end"),
            (vec![samples::alert("w", "f", "k", " \n ", "")], "(without a title)"),
            (Vec::new(), "nothing to tell"),
        ] {
            assert_eq!(subject(&told(&alerts)), expected);
        }
        let long = subject(&told(&[samples::alert("w", "f", "k", &"👨‍👩‍👧‍👦".repeat(5000), "")]));
        assert!(long.len() <= SUBJECT_BYTES + 3 && long.ends_with("👨‍👩‍👧‍👦…"));
    }

    #[test]
    fn the_text_part_reads_well() {
        let (_, alerts) = samples::english();
        assert_eq!(
            plain::part(&told(&alerts), None, &[]),
            concat!(
                "Talks in Helsinki end\n\n",
                "\u{2068}world\u{2069} · published 2026-11-24 06:10 UTC · found 2026-11-24 06:15 UTC\n",
                "https://news.example.org/story-1\n\n",
                "\u{2068}summit\u{2069}: new item, found “Helsinki” in the title\n\n",
                "In the summary:\n… ministers left *Helsinki* without a paper.\n\n",
                "-- \nWhy: watch “\u{2068}summit\u{2069}”: \u{2068}Helsinki\u{2069} in the title\n",
                "feedwatch · watch \u{2068}summit\u{2069} · feed \u{2068}world\u{2069} · alert al_summit_story-1\n",
            )
        );
        let (_, alerts) = samples::edited();
        let text = plain::part(&told(&alerts), Some("two things at once"), &[]);
        assert!(text.starts_with("two things at once\n\nPompeo meets Lavrov in Geneva\n"));
        assert!(text.contains("Pompeo meets Lavrov in [-Helsinki-]{+Geneva+}\n"));
    }

    #[test]
    fn the_html_part_highlights_in_the_direction_of_the_text() {
        let (_, alerts) = samples::arabic();
        let html = html::part("s", &told(&alerts), None, &[]);
        assert!(html.contains("<h1 dir=\"auto\""));
        let hit = html.split("<h1").nth(1).unwrap().split("</h1>").next().unwrap();
        assert!(hit.contains("قمة <mark style=") && hit.contains(">هلسينكي</mark> 2026: اجتماع ثان"), "{hit}");
        assert!(html.contains("<a href=\"https://news.example.org/ar-2\""));
        assert!(html.contains("<b>news.example.org</b>/ar-2</a>"));
        let (_, alerts) = samples::edited();
        let html = html::part("s", &told(&alerts), None, &[]);
        assert!(html.contains(">Helsinki</del> <ins ") && html.contains(">Geneva</ins>"));
    }

    #[test]
    fn nothing_from_a_feed_becomes_a_header_or_markup() {
        for text in [
            "Hello\r\nBcc: victim@example.org",
            "a\nb\rc\u{85}d\u{2028}e",
            "=?utf-8?Q?=0d=0aBcc:_x@example.org?=",
            "<script>alert(1)</script><img src=x onerror=alert(1)>",
            "<img src=\"http://127.0.0.1:9/pixel\"><link rel=x><style>a{background:url(x)}</style><base href=x><form>",
            "\n.\nMAIL FROM:<x@example.org>\r.\r\n",
            "--=_dl_0123456789abcdefghjkmnpqrs\r\nContent-Type: text/html",
            "\" onmouseover=\"x' onclick='x",
            "gepj.\u{202E}exe\u{2066}",
            &"م".repeat(100_000),
            &"👨‍👩‍👧‍👦".repeat(5_000),
        ] {
            let (delivery, alerts) = everywhere(text);
            let mail = sent(&delivery, &alerts);
            let (head, _) = mail.split_once("\r\n\r\n").unwrap();
            let names: Vec<&str> =
                head.split("\r\n").filter(|l| !l.starts_with(' ')).map(|l| l.split_once(':').unwrap().0).collect();
            let expected = "From To Subject Date Message-ID In-Reply-To References List-Id Auto-Submitted Precedence X-Auto-Response-Suppress X-Feedwatch-Alert X-Feedwatch-Watch MIME-Version Content-Type";
            assert_eq!(names.join(" "), expected);
            assert!(!head.contains("=?utf-8?Q?"), "an encoded word of the feed is passed on");
            assert_eq!(mail.matches("\r\n--=_dl_0123456789abcdefghjkmnpqrs").count(), 3);
            let html = html::part("s", &told(&alerts), None, &[]);
            for tag in ["<script", "<img", "<link", "<style", "<base", "<form", "<iframe"] {
                assert!(!html.contains(tag), "{tag} in {html}");
            }
            assert!(!html.contains(['\u{202E}', '\u{2066}', '\r']));
            for element in html.split('<').skip(1).map(|e| e.split('>').next().unwrap()) {
                assert!(!element.contains(" on") && !element.contains("src"), "{element}");
            }
        }
    }

    #[test]
    fn a_link_of_another_kind_leads_nowhere() {
        let (delivery, mut alerts) = samples::english();
        alerts[0].item.as_mut().unwrap().link = Some("javascript:alert(1)".into());
        let html = html::part("s", &told(&alerts), None, &[]);
        assert!(!html.contains("href") && html.contains("javascript:alert(1)"));
        alerts[0].item.as_mut().unwrap().link = Some(format!("http://news.example.org/{}", "x".repeat(1500)));
        sent(&delivery, &alerts);
    }

    #[test]
    fn thousands_of_alerts_are_a_mail_that_servers_take() {
        let alerts: Vec<Alert> = (0..3000)
            .map(|n| samples::alert("قمة", "f", &format!("k{n}"), &format!("title {n} هلسينكي"), "هلسينكي"))
            .collect();
        let mut delivery = samples::delivery(&alerts);
        delivery.form = Form::Digest { why: "many".into() };
        let mail = sent(&delivery, &alerts);
        assert!(mail.split_once("\r\n\r\n").unwrap().0.len() < 32 * 1024);
        assert!(plain::part(&told(&alerts), None, &[]).contains("title 2999"));
        assert!(mail.len() < 4 << 20, "{}", mail.len());
    }

    #[test]
    fn a_sender_that_cannot_be_read_is_left_out() {
        let (delivery, alerts) = samples::english();
        let mail =
            message(&delivery, &alerts, "x\r\nBcc: y@example.org", &["a@example.org\r\nBcc: b@example.org".to_owned()]);
        let mail = String::from_utf8(mail).unwrap();
        assert!(mail.starts_with("Subject: ") && !mail.contains("Bcc"), "{mail}");
    }

    #[test]
    fn a_subject_of_ones_own_is_a_line_and_never_keeps_a_mail_back() {
        let (delivery, alerts) = samples::arabic();
        for (template, expected) in [
            ("[{{ alert.watch }}] {{ title }}", "[قمة] قمة هلسينكي 2026: اجتماع ثان"),
            ("a\r\nBcc: x@example.org {{ nothing }}", "a Bcc: x@example.org"),
            ("{{ 1 / 0 }}", "قمة هلسينكي 2026: اجتماع ثان"),
        ] {
            let mail = message_with(&delivery, &alerts, ("a@example.org", &[]), Some(&Line(template.into())));
            let mail = String::from_utf8(mail).unwrap();
            assert!(mail.contains(&unstructured("Subject", expected)), "{mail}");
        }
        assert!(Line("{{ titel }}".into()).mistake().unwrap().said.contains("no alert has"));
        assert_eq!(Line("{{ title }}{% if digest %} ({{ alerts | length }}){% endif %}".into()).mistake(), None);
    }

    #[test]
    fn the_footer_gives_the_reason_in_a_sentence() {
        let mut alert = samples::alert("قمة", "أخبار", "k", "بهلسينكي اليوم", "بهلسينكي");
        (alert.hits[0].term, alert.hits[0].how) = ("هلسينكي".into(), crate::model::How::Affix);
        let alerts = vec![alert];
        let text = plain::part(&told(&alerts), None, &[]);
        let expected = "Why: watch “\u{2068}قمة\u{2069}”: \u{2068}هلسينكي\u{2069} in the title, behind the prefix \u{2068}ب\u{2069}\n";
        assert!(text.contains(expected), "{text}");
    }

    #[test]
    fn a_diff_in_arabic_runs_from_right_to_left() {
        let (_, alerts) = samples::edited_arabic();
        let text = plain::part(&told(&alerts), None, &[]);
        let expected = "\u{200F}قمة هلسينكي [-\u{2068}2025\u{2069}-]{+\u{2068}2026\u{2069}+}: لقاء NATO في [-\u{2068}هلسينكي\u{2069}-]{+\u{2068}جنيف\u{2069}+}\n";
        assert!(text.contains(expected), "{text:?}");
    }
}
