//! The edge that sends: bytes to a target, and its verdict back. It decides nothing.

pub mod email;
pub mod ping;
pub mod webhook;

mod answer;
pub mod file;
pub mod sendmail;
mod smtp;
mod wire;

use std::io::Write;

use crate::model::ids::hash64;
use crate::model::{DeliveryId, Time, Verdict};
use crate::text::shown::line;

pub use email::{EmailSettings, SmtpSettings, SmtpTls, Transport};
pub use file::FeedSettings;
pub use sendmail::SendmailSettings;
pub use webhook::{SigningKey, WebhookSettings};

/// Where a notifier's messages go: the notifier's part of `[[notifier]]`.
#[derive(Debug, Clone, PartialEq)]
pub enum Settings {
    /// `kind = "email"`
    Email(EmailSettings),
    /// `kind = "webhook"`
    Webhook(WebhookSettings),
    /// `kind = "feed"`
    Feed(FeedSettings),
    /// `kind = "console"`
    Console,
}

impl Settings {
    /// A word for each target: a notifier that is off stays so until this changes. Holds no secret: of a webhook's path and
    /// query, which may be a token, only a hash.
    pub fn target(&self) -> String {
        match self {
            Settings::Email(email) => {
                let way = match &email.transport {
                    Transport::Smtp(SmtpSettings { host, port, .. }) => format!("{host}:{port}"),
                    Transport::Sendmail(sendmail) => sendmail.command.join(" "),
                };
                format!("email {way} {:016x}", hash64(&format!("{}\n{}", email.from, email.to.join("\n"))))
            }
            Settings::Webhook(webhook) => {
                format!("webhook {} {:016x}", webhook::origin(&webhook.url), hash64(webhook.url.as_str()))
            }
            Settings::Feed(feed) => format!("feed {}", feed.path.display()),
            Settings::Console => "console".to_owned(),
        }
    }

    /// How many messages are under way to such a target at a time. Where people read them they keep their order.
    pub fn usual_at_once(&self) -> usize {
        match self {
            Settings::Email(_) => email::AT_ONCE,
            Settings::Webhook(webhook) if webhook.format.is_for_people() => 1,
            Settings::Webhook(_) => webhook::AT_ONCE,
            Settings::Feed(_) | Settings::Console => 1,
        }
    }

    /// Whether people read what it is sent: then what belongs together comes in one message.
    pub fn is_for_people(&self) -> bool {
        match self {
            Settings::Webhook(webhook) => webhook.format.is_for_people(),
            Settings::Email(_) | Settings::Feed(_) | Settings::Console => true,
        }
    }
}

/// A message ready to go.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// The delivery's id: `webhook-id`.
    pub id: DeliveryId,
    /// The rendered bytes.
    pub bytes: Vec<u8>,
    /// Email: those who are to get it now. Empty for others.
    pub recipients: Vec<String>,
    /// Webhook: how it is asked.
    pub method: &'static str,
    /// Webhook: header lines beside those of the signature.
    pub headers: Vec<(String, String)>,
}

impl Message {
    /// Bytes for these recipients, or for nobody in particular.
    pub fn new(id: DeliveryId, bytes: Vec<u8>, recipients: Vec<String>) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Self { id, bytes, recipients, method: "POST", headers }
    }
}

/// A target with its open connections.
pub enum Sender {
    /// SMTP.
    Email(email::Email),
    /// A program that takes mail.
    Sendmail(sendmail::Sendmail),
    /// An Atom file.
    Feed(file::FeedFile),
    /// HTTP.
    Webhook(webhook::Webhook),
    /// Standard output.
    Console(Console),
}

/// Writes to standard output, or nowhere where that carries records.
#[derive(Debug)]
pub struct Console {
    /// `once --json`: the records tell it already.
    pub quiet: bool,
}

impl Sender {
    /// Makes the client; no connection is opened yet. The error is a sentence for the user (a certificate file that cannot be read).
    pub fn new(settings: &Settings, quiet: bool) -> Result<Self, String> {
        Ok(match settings {
            Settings::Email(EmailSettings { from, transport, .. }) => match transport {
                Transport::Smtp(smtp) => Sender::Email(email::Email::new(smtp, from)?),
                Transport::Sendmail(settings) => Sender::Sendmail(sendmail::Sendmail::new(settings, from)?),
            },
            Settings::Feed(settings) => Sender::Feed(file::FeedFile::new(settings)),
            Settings::Webhook(settings) => Sender::Webhook(webhook::Webhook::new(settings)?),
            Settings::Console => Sender::Console(Console { quiet }),
        })
    }

    /// One attempt, within its time limit. `now` is what the signature is dated with.
    pub async fn send(&self, message: &Message, now: Time) -> Verdict {
        match self {
            Sender::Email(email) => email.send(message).await,
            Sender::Sendmail(sendmail) => sendmail.send(message).await,
            Sender::Feed(file) => file.send(message).await,
            Sender::Webhook(webhook) => webhook.send(message, now).await,
            Sender::Console(console) => console.send(message),
        }
    }

    /// Whether the target is there and lets us in, found out without a message that anybody would see. What it said, or what
    /// is wrong.
    pub async fn probe(&self) -> Result<String, String> {
        match self {
            Sender::Email(email) => email.probe().await,
            Sender::Sendmail(sendmail) => sendmail.probe(),
            Sender::Feed(file) => file.probe(),
            Sender::Webhook(webhook) => webhook.probe().await,
            Sender::Console(_) => Ok("standard output".to_owned()),
        }
    }

    /// Ends what connections are parked, politely; dropping the sender ends them too.
    pub async fn close(&self) {
        if let Sender::Email(email) = self {
            email.close().await;
        }
    }
}

impl Console {
    /// A closed pipe is trouble of the way: the message waits for the next run.
    fn send(&self, message: &Message) -> Verdict {
        if self.quiet {
            return Verdict::Accepted { said: "told by the records on standard output".to_owned() };
        }
        let mut out = std::io::stdout().lock();
        match out.write_all(&message.bytes).and_then(|()| out.flush()) {
            Ok(()) => Verdict::Accepted { said: "written to standard output".to_owned() },
            Err(error) => Verdict::retry(format!("standard output cannot be written: {error}")),
        }
    }
}

/// What the other side said, as one line without controls, at most so many characters.
fn said(text: &str, characters: usize) -> String {
    let line = line(text).split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Secret;

    #[test]
    fn a_target_changes_with_its_address_and_tells_no_token() {
        let webhook = |url: &str| {
            let url = url::Url::parse(url).unwrap();
            Settings::Webhook(WebhookSettings::new(url, std::time::Duration::from_secs(1)))
        };
        let (one, two) = (webhook("https://h.example/t0ken-a").target(), webhook("https://h.example/t0ken-b").target());
        assert_ne!(one, two);
        assert!(one.starts_with("webhook https://h.example ") && !one.contains("t0ken"), "{one}");
        assert_eq!(Settings::Console.target(), "console");
        let smtp = SmtpSettings {
            host: "mx.example.org".into(),
            port: 25,
            tls: SmtpTls::None,
            login: Some(("u".into(), Secret::new("hunter2"))),
            ca_file: None,
            timeout: std::time::Duration::from_secs(1),
        };
        let email = EmailSettings {
            from: "a@example.org".into(),
            to: vec!["b@example.org".into()],
            transport: Transport::Smtp(smtp),
            subject: None,
        };
        let target = Settings::Email(email).target();
        assert!(target.starts_with("email mx.example.org:25 ") && !target.contains("hunter2"), "{target}");
    }

    #[test]
    fn what_was_said_is_one_short_line() {
        assert_eq!(said(" a\r\n\u{1B}[31mb\tc  d\u{202E} ", 20), "a [31mb c d");
        assert_eq!(said("قمة هلسينكي", 3), "قمة…");
    }

    #[test]
    fn a_quiet_console_accepts_without_a_word() {
        let message = Message::new(DeliveryId::new("dl_1"), b"never seen".to_vec(), Vec::new());
        assert!(matches!(Console { quiet: true }.send(&message), Verdict::Accepted { .. }));
    }
}
