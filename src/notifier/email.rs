//! Mail over SMTP (RFC 5321) by `lettre`, one verdict a recipient.

use std::path::PathBuf;
use std::time::Duration;

use crate::model::Secret;

/// `kind = "email"`
#[derive(Debug, Clone, PartialEq)]
pub struct EmailSettings {
    /// The sender, a mailbox: `Desk <desk@example.org>` or a bare address.
    pub from: String,
    /// The recipients, mailboxes; at least one.
    pub to: Vec<String>,
    /// The server.
    pub smtp: SmtpSettings,
}

/// `smtp = { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct SmtpSettings {
    /// Name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub tls: SmtpTls,
    /// User and password.
    pub login: Option<(String, Secret)>,
    /// Further trusted certificate authorities (PEM).
    pub ca_file: Option<PathBuf>,
    /// One attempt, from connecting to the answer after the final dot.
    pub timeout: Duration,
}

/// How an SMTP connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    /// Not at all: for a relay on this machine.
    None,
    /// STARTTLS (RFC 3207), or nothing is sent.
    Starttls,
    /// From the first byte (RFC 8314).
    Tls,
}

/// A mail target with its parked sessions.
pub struct Email {}
