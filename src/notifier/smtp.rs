//! One SMTP session (RFC 5321), step by step. `lettre` has the protocol and TLS; the loop is ours, because its own stops at
//! the first refused recipient, and each step is bounded in time here, because its timeout ends with connecting.

#![allow(deprecated)] // `AsyncNetworkStream`, as in `wire`.

use std::error::Error as _;
use std::future::Future;
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncNetworkStream, AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Quit, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::{Response, Severity};
use tokio::time::Instant;

use super::wire::Wire;
use super::{SmtpTls, said};
use crate::model::time::say_duration;

/// Characters of a server's reply that are quoted.
const QUOTED: usize = 300;

/// What an attempt needs to know of its server.
pub(super) struct Server {
    pub host: String,
    pub port: u16,
    pub tls: SmtpTls,
    /// Present unless `tls` is `None`.
    pub parameters: Option<TlsParameters>,
    pub login: Option<Credentials>,
    /// How we call ourselves.
    pub hello: ClientId,
    /// One attempt.
    pub timeout: Duration,
}

/// A step that did not succeed.
#[derive(Debug)]
pub(super) struct Failure {
    /// What happened, for the user.
    pub text: String,
    /// The server's code, where it answered.
    pub code: Option<u16>,
    /// Whether its enhanced code is 5.7.x: security or policy, which a person can mend (RFC 3463, 3.8).
    pub policy: bool,
    /// Whether the session cannot go on: no answer, none that fits, or "closing" (421).
    pub lost: bool,
}

impl Failure {
    fn way(text: String) -> Self {
        Self { text, code: None, policy: false, lost: true }
    }

    /// The same, whatever the code: what a server refuses before it knows of a message is not about that message.
    fn before_any_message(self) -> Self {
        Self::way(self.text)
    }

    /// Whether the server refused this very message or recipient, for good. Codes that ask for a login or TLS are about the
    /// way and not about the message (RFC 4954, 6).
    pub fn for_good(&self) -> bool {
        matches!(self.code, Some(500..=599)) && !self.policy && !matches!(self.code, Some(530 | 534 | 535 | 538))
    }
}

/// A session that is greeted, encrypted and logged in.
pub(super) struct Session {
    connection: AsyncSmtpConnection,
}

impl Server {
    /// Connects, greets, encrypts, logs in. Each refusal here is trouble of the way, whatever its code.
    pub async fn connect(&self, deadline: Instant) -> Result<Session, Failure> {
        self.open(deadline).await.map_err(Failure::before_any_message)
    }

    async fn open(&self, deadline: Instant) -> Result<Session, Failure> {
        let early = self.parameters.clone().filter(|_| self.tls == SmtpTls::Tls);
        let stream =
            AsyncNetworkStream::connect_tokio1((self.host.as_str(), self.port), Some(self.timeout), early, None);
        let stream = self.step("connecting", deadline, stream).await?;
        let greeted = AsyncSmtpConnection::connect_with_transport(Box::new(Wire::new(stream)), &self.hello);
        let mut connection = self.step("the greeting", deadline, greeted).await?;
        if self.tls == SmtpTls::Starttls {
            let parameters = self.parameters.clone().filter(|_| connection.can_starttls()).ok_or_else(|| {
                Failure::way(format!(
                    "{self} does not offer STARTTLS: nothing was sent, since it would go in the clear"
                ))
            })?;
            self.step("STARTTLS", deadline, connection.starttls(parameters, &self.hello)).await?;
        }
        if let Some(login) = &self.login {
            if connection.server_info().get_auth_mechanism(DEFAULT_MECHANISMS).is_none() {
                return Err(Failure::way(format!("{self} offers no login by PLAIN or LOGIN")));
            }
            self.step("AUTH", deadline, connection.auth(DEFAULT_MECHANISMS, login)).await?;
        }
        Ok(Session { connection })
    }

    /// One step within the deadline; what goes wrong is put into words here.
    async fn step<T>(
        &self,
        stage: &str,
        deadline: Instant,
        work: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
    ) -> Result<T, Failure> {
        match tokio::time::timeout_at(deadline, work).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(self.failure(stage, &error)),
            Err(_) => Err(Failure::way(format!("{self} did not end {stage} within {}", say_duration(self.timeout)))),
        }
    }

    fn failure(&self, stage: &str, error: &lettre::transport::smtp::Error) -> Failure {
        if let Some(code) = error.status() {
            let reply = said(&error.source().map(ToString::to_string).unwrap_or_default(), QUOTED);
            let text = format!("{self} answered {stage} with {code} {reply}");
            let code = u16::from(code);
            return Failure { text, code: Some(code), policy: reply.starts_with("5.7."), lost: code == 421 };
        }
        let mut innermost: &dyn std::error::Error = error;
        while let Some(source) = innermost.source() {
            innermost = source;
        }
        let cause = said(&innermost.to_string(), QUOTED);
        Failure::way(if cause == "incomplete response" {
            format!("{self} closed the connection at {stage}")
        } else if cause.contains("UnknownIssuer") {
            format!("{self} is not trusted at {stage}: {cause}; for a private authority set ca_file")
        } else if stage == "connecting" {
            format!("cannot reach {self}: {cause}")
        } else {
            format!("{self} failed at {stage}: {cause}")
        })
    }
}

impl std::fmt::Display for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

impl Session {
    /// MAIL, with SMTPUTF8 where an address or a header needs it (RFC 6531).
    pub async fn mail(
        &mut self,
        server: &Server,
        deadline: Instant,
        from: &Address,
        utf8: bool,
    ) -> Result<(), Failure> {
        let mut parameters = Vec::new();
        if utf8 {
            if !self.connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Err(Failure {
                    text: format!("{server} does not offer SMTPUTF8, which an address with letters beyond ASCII needs"),
                    code: None,
                    policy: false,
                    lost: false,
                });
            }
            parameters.push(MailParameter::SmtpUtfEight);
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        let mail = Mail::new(Some(from.clone()), parameters);
        server.step("MAIL", deadline, self.connection.command(mail)).await.map(drop)
    }

    pub async fn rcpt(&mut self, server: &Server, deadline: Instant, to: &Address) -> Result<(), Failure> {
        let rcpt = Rcpt::new(to.clone(), Vec::new());
        server.step("RCPT", deadline, self.connection.command(rcpt)).await.map(drop)
    }

    /// DATA, the message, and what the server says to it.
    pub async fn data(&mut self, server: &Server, deadline: Instant, message: &[u8]) -> Result<String, Failure> {
        let go_on = server.step("DATA", deadline, self.connection.command(Data)).await?;
        if !go_on.has_code(354) {
            return Err(Failure::way(format!("{server} answered DATA with {}", quoted(&go_on))));
        }
        // The final CRLF belongs to the dot that follows.
        let message = message.strip_suffix(b"\r\n").unwrap_or(message);
        let end = server.step("the message", deadline, self.connection.message(message)).await?;
        match end.code().severity {
            Severity::PositiveCompletion => Ok(quoted(&end)),
            _ => Err(Failure::way(format!("{server} answered the message with {}", quoted(&end)))),
        }
    }

    /// Forgets a transaction that was not ended; whether the session can go on.
    pub async fn reset(&mut self, server: &Server, deadline: Instant) -> bool {
        server.step("RSET", deadline, self.connection.command(Rset)).await.is_ok()
    }

    pub async fn quit(&mut self, server: &Server, deadline: Instant) {
        // Whatever it says, the session is over.
        let _ = server.step("QUIT", deadline, self.connection.command(Quit)).await;
    }
}

fn quoted(response: &Response) -> String {
    said(&format!("{} {}", response.code(), response.message().collect::<Vec<_>>().join(" ")), QUOTED)
}
