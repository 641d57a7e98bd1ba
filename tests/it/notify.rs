//! Mail and webhooks: what the other side gets, and what its every answer means.

pub mod hook; // signed webhooks
mod mail; // SMTP: replies, recipients, sessions
mod program; // mail by a program
pub mod secrecy; // TLS and logins

use std::path::PathBuf;
use std::time::Duration;

use feedwatch::model::*;
use feedwatch::notifier::{EmailSettings, Message, Sender, Settings, SmtpSettings, SmtpTls, Transport};

/// When the stories happen; signatures and dates follow from it.
pub fn now() -> Time {
    SystemClock.now()
}

/// Long enough for a slow machine, short enough for a story that waits for nothing.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A limit that a story waits out.
pub const SHORT: Duration = Duration::from_millis(300);

pub fn smtp(port: u16) -> SmtpSettings {
    SmtpSettings { host: "localhost".into(), port, tls: SmtpTls::None, login: None, ca_file: None, timeout: PATIENCE }
}

pub fn mailer(smtp: SmtpSettings) -> Sender {
    let transport = Transport::Smtp(smtp);
    let from = "Feedwatch <feedwatch@example.org>".into();
    let settings = EmailSettings { from, to: Vec::new(), transport, subject: None };
    Sender::new(&Settings::Email(settings), false).unwrap()
}

/// An alert with something of everything, and its delivery.
fn delivery() -> (Delivery, Vec<Alert>) {
    let at = Time::parse_rfc3339("2026-11-24T06:15:30Z").unwrap();
    let (watch, feed) = (WatchName::new("قمة هلسينكي"), FeedName::new("world"));
    let title = "قمة هلسينكي: ... and .dots";
    let alert = Alert {
        id: AlertId::of_item(&watch, &feed, "k", None),
        kind: AlertKind::New,
        reason: Reason::New,
        sentence: "found in the title".into(),
        watch: Some(watch.clone()),
        feed: Some(feed),
        item: Some(AlertItem {
            key: "k".into(),
            title: title.into(),
            link: Some("https://example.org/k?a=1&b=2".into()),
            published: None,
        }),
        hits: Vec::new(),
        diff: None,
        raised: at,
        excerpts: vec![Excerpt {
            field: Field::Body,
            text: ".\n..\n.leading dots\r\n.\r\nQUIT".into(),
            hits: Vec::new(),
            cut_before: false,
            cut_after: false,
        }],
        guard: None,
        first: true,
        service: None,
        follows: None,
    };
    let notifier = NotifierName::new("desk");
    let ids = vec![alert.id.clone()];
    (Delivery::seal(&notifier, ids, Form::Item, at), vec![alert])
}

/// That delivery as a mail to these.
pub fn letter(to: &[&str]) -> Message {
    let (delivery, alerts) = delivery();
    let recipients: Vec<String> = to.iter().map(|t| (*t).to_owned()).collect();
    let bytes = feedwatch::render::email::message(&delivery, &alerts, "Feedwatch <feedwatch@example.org>", &recipients);
    Message::new(delivery.id, bytes, recipients)
}

/// `accepted`, `refused`, `retry` or `gone`, and what was said.
pub fn word(verdict: &Verdict) -> (&'static str, &str) {
    match verdict {
        Verdict::Accepted { said } => ("accepted", said),
        Verdict::Refused { said } => ("refused", said),
        Verdict::Retry { said, .. } => ("retry", said),
        Verdict::Gone { said } => ("gone", said),
        Verdict::Recipients { .. } => ("recipients", ""),
    }
}

/// The verdict of each recipient.
pub fn each(verdict: &Verdict) -> Vec<(&str, &'static str, &str)> {
    let Verdict::Recipients { each } = verdict else { panic!("no mail: {verdict:?}") };
    each.iter().map(|(address, verdict)| (address.as_str(), word(verdict).0, word(verdict).1)).collect()
}

/// A file in a folder that lives as long as the story.
pub fn file(folder: &tempfile::TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}
