//! The edge that sends: bytes to a target, and its verdict back. It decides nothing.

pub mod email;
pub mod webhook;

use crate::model::{DeliveryId, Time, Verdict};

pub use email::{EmailSettings, SmtpSettings, SmtpTls};
pub use webhook::WebhookSettings;

/// Where a notifier's messages go: the notifier's part of `[[notifier]]`.
#[derive(Debug, Clone, PartialEq)]
pub enum Settings {
    /// `kind = "email"`
    Email(EmailSettings),
    /// `kind = "webhook"`
    Webhook(WebhookSettings),
    /// `kind = "console"`
    Console,
}

impl Settings {
    /// A word for each target: a notifier that is off stays so until this changes. Holds no secret.
    pub fn target(&self) -> String {
        todo!()
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
}

/// A target with its open connections.
pub enum Sender {
    /// SMTP.
    Email(email::Email),
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
        let _ = (settings, quiet);
        todo!()
    }

    /// One attempt, within its time limit. `now` is what the signature is dated with.
    pub async fn send(&self, message: &Message, now: Time) -> Verdict {
        let _ = (message, now);
        todo!()
    }

    /// How many messages this target is sent at once.
    pub fn at_once(&self) -> usize {
        todo!()
    }
}
