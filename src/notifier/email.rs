//! Mail over SMTP (RFC 5321) by `lettre`, one verdict a recipient.

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lettre::Address;
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::Message;
use super::sendmail::SendmailSettings;
use super::smtp::{Failure, Server, Session};
use crate::model::{Secret, Verdict};
use crate::net::tls;
use crate::render::Line;

/// Connections to one server: providers count them, and a session carries one mail after another.
pub(super) const AT_ONCE: usize = 2;

/// How long a parked session is used again: servers close idle ones after some minutes (RFC 5321, 4.5.3.2.7), and firewalls
/// forget them without a word.
const PARKED: Duration = Duration::from_secs(60);

/// How long leaving politely may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// `kind = "email"`
#[derive(Debug, Clone, PartialEq)]
pub struct EmailSettings {
    /// The sender, a mailbox: `Desk <desk@example.org>` or a bare address.
    pub from: String,
    /// The recipients, mailboxes; at least one.
    pub to: Vec<String>,
    /// How it leaves.
    pub transport: Transport,
    /// The subject in a shape of the operator's own.
    pub subject: Option<Line>,
}

/// How mail leaves this machine.
#[derive(Debug, Clone, PartialEq)]
pub enum Transport {
    /// To a server.
    Smtp(SmtpSettings),
    /// By a program.
    Sendmail(SendmailSettings),
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

/// Checks a mailbox of the configuration; the error is a sentence for the user.
pub fn check_mailbox(text: &str) -> Result<(), String> {
    const HELP: &str = "write desk@example.org or Desk <desk@example.org>";
    let mailbox = mailbox(text).ok_or_else(|| format!("`{text}` is no mail address; {HELP}"))?;
    match mailbox.to_string().contains(|c: char| c.is_control()) {
        true => Err(format!("a mail address holds a control character; {HELP}")),
        false => Ok(()),
    }
}

/// A mail target with its parked sessions.
pub struct Email {
    server: Server,
    from: Address,
    /// What no error may quote: the password, as it is and as it travels.
    hidden: Vec<String>,
    parked: Mutex<Vec<(Instant, Session)>>,
    connections: Semaphore,
}

impl Email {
    pub(super) fn new(smtp: &SmtpSettings, from: &str) -> Result<Self, String> {
        let server = Server {
            host: smtp.host.clone(),
            port: smtp.port,
            tls: smtp.tls,
            parameters: tls_parameters(smtp)?,
            login: smtp.login.as_ref().map(|(user, secret)| Credentials::new(user.clone(), secret.reveal().to_owned())),
            hello: hello(),
            timeout: smtp.timeout,
        };
        let hidden = smtp.login.iter().flat_map(|(user, secret)| {
            let password = secret.reveal();
            [password.to_owned(), STANDARD.encode(password), STANDARD.encode(format!("\0{user}\0{password}"))]
        });
        Ok(Self {
            from: address(from).ok_or_else(|| format!("`{from}` is no mail address"))?,
            server,
            hidden: hidden.filter(|text| !text.is_empty()).collect(),
            parked: Mutex::default(),
            connections: Semaphore::new(AT_ONCE),
        })
    }

    /// One transaction: MAIL, a RCPT each, DATA. Whoever is refused keeps nobody else waiting.
    pub(super) async fn send(&self, message: &Message) -> Verdict {
        let _connection = self.connections.acquire().await.expect("the semaphore is never closed");
        let deadline = Instant::now() + self.server.timeout;
        let mut letter = Letter::new(&self.from, message);
        if letter.open().next().is_some() {
            match self.begin(&letter, deadline).await {
                Ok(mut session) => {
                    if self.transact(&mut session, &mut letter, deadline).await {
                        self.park(session);
                    }
                }
                Err(failure) => letter.end(&self.verdict(failure)),
            }
        }
        Verdict::Recipients {
            each: letter.each.into_iter().map(|r| (r.written, r.verdict.unwrap_or_else(unsaid))).collect(),
        }
    }

    /// Greeting, TLS and login, and a farewell: no transaction is begun.
    pub(super) async fn probe(&self) -> Result<String, String> {
        let deadline = Instant::now() + self.server.timeout;
        match self.server.connect(deadline).await {
            Ok(mut session) => {
                session.quit(&self.server, Instant::now() + FAREWELL).await;
                Ok(format!("{} lets us in", self.server))
            }
            Err(failure) => Err(self.hidden.iter().fold(failure.text, |text, secret| text.replace(secret, "…"))),
        }
    }

    /// A session in which MAIL was accepted. A parked one that fails before that was closed by the server meanwhile.
    async fn begin(&self, letter: &Letter<'_>, deadline: Instant) -> Result<Session, Failure> {
        while let Some(mut session) = self.unpark() {
            match session.mail(&self.server, deadline, letter.from, letter.utf8).await {
                Ok(()) => return Ok(session),
                Err(failure) if failure.lost && Instant::now() < deadline => continue,
                Err(failure) => return self.after_refusal(session, failure, deadline).await,
            }
        }
        let mut session = self.server.connect(deadline).await?;
        match session.mail(&self.server, deadline, letter.from, letter.utf8).await {
            Ok(()) => Ok(session),
            Err(failure) => self.after_refusal(session, failure, deadline).await,
        }
    }

    /// Keeps a session whose MAIL was refused.
    async fn after_refusal(
        &self,
        mut session: Session,
        failure: Failure,
        deadline: Instant,
    ) -> Result<Session, Failure> {
        if !failure.lost && session.reset(&self.server, deadline).await {
            self.park(session);
        }
        Err(failure)
    }

    /// The recipients and the message; whether the session can be used again.
    async fn transact(&self, session: &mut Session, letter: &mut Letter<'_>, deadline: Instant) -> bool {
        let mut accepted = Vec::new();
        for n in letter.open().collect::<Vec<_>>() {
            let Some(address) = letter.each[n].address.clone() else { continue };
            match session.rcpt(&self.server, deadline, &address).await {
                Ok(()) => accepted.push(n),
                Err(failure) => {
                    let lost = failure.lost;
                    let verdict = self.verdict(failure);
                    if lost {
                        letter.end(&verdict);
                        return false;
                    }
                    letter.each[n].verdict = Some(verdict);
                }
            }
        }
        if accepted.is_empty() {
            return session.reset(&self.server, deadline).await;
        }
        match session.data(&self.server, deadline, letter.bytes).await {
            Ok(said) => {
                letter.end(&Verdict::Accepted { said });
                true
            }
            Err(failure) => {
                let usable = !failure.lost;
                letter.end(&self.verdict(failure));
                usable && session.reset(&self.server, deadline).await
            }
        }
    }

    fn verdict(&self, failure: Failure) -> Verdict {
        let for_good = failure.for_good();
        let said = self.hidden.iter().fold(failure.text, |text, secret| text.replace(secret, "…"));
        if for_good { Verdict::Refused { said } } else { Verdict::retry(said) }
    }

    fn park(&self, session: Session) {
        let mut parked = self.parked.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if parked.len() < AT_ONCE {
            parked.push((Instant::now(), session));
        }
    }

    fn unpark(&self) -> Option<Session> {
        let mut parked = self.parked.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        parked.retain(|(since, _)| since.elapsed() < PARKED);
        parked.pop().map(|(_, session)| session)
    }

    pub(super) async fn close(&self) {
        let deadline = Instant::now() + FAREWELL;
        while let Some(mut session) = self.unpark() {
            session.quit(&self.server, deadline).await;
        }
    }
}

/// A message on its way, and what became of each recipient.
struct Letter<'a> {
    from: &'a Address,
    bytes: &'a [u8],
    /// Whether an address or a header is not ASCII.
    utf8: bool,
    each: Vec<Addressee>,
}

struct Addressee {
    /// As the configuration writes it.
    written: String,
    /// `None` where that is no address.
    address: Option<Address>,
    verdict: Option<Verdict>,
}

impl<'a> Letter<'a> {
    fn new(from: &'a Address, message: &'a Message) -> Self {
        let each: Vec<Addressee> = message
            .recipients
            .iter()
            .map(|written| {
                let address = address(written);
                let refused = || Verdict::Refused { said: format!("`{written}` is no mail address") };
                Addressee { written: written.clone(), verdict: address.is_none().then(refused), address }
            })
            .collect();
        let beyond_ascii = |address: &Address| !AsRef::<str>::as_ref(address).is_ascii();
        let utf8 = beyond_ascii(from)
            || each.iter().filter_map(|r| r.address.as_ref()).any(beyond_ascii)
            || !message.bytes.is_ascii();
        Self { from, bytes: &message.bytes, utf8, each }
    }

    /// Those without a verdict yet.
    fn open(&self) -> impl Iterator<Item = usize> + '_ {
        self.each.iter().enumerate().filter(|(_, r)| r.verdict.is_none()).map(|(n, _)| n)
    }

    /// One verdict for all who have none yet.
    fn end(&mut self, verdict: &Verdict) {
        for addressee in self.each.iter_mut().filter(|r| r.verdict.is_none()) {
            addressee.verdict = Some(verdict.clone());
        }
    }
}

/// For a recipient that an attempt ended without a word about; no path leads here, and a retry loses nothing.
fn unsaid() -> Verdict {
    Verdict::retry("the attempt ended before this recipient was tried")
}

/// `Name <address>` or an address alone, which may be at an address literal (`a@[127.0.0.1]`).
fn mailbox(text: &str) -> Option<Mailbox> {
    text.parse().ok().or_else(|| text.parse::<Address>().ok().map(Mailbox::from))
}

/// The address of a mailbox, its domain in ASCII.
fn address(written: &str) -> Option<Address> {
    let mailbox = mailbox(written)?;
    let domain = mailbox.email.domain();
    if domain.is_ascii() {
        return Some(mailbox.email);
    }
    Address::new(mailbox.email.user(), url::Host::parse(domain).ok()?.to_string()).ok()
}

/// TLS that trusts the machine's authorities and those of the `ca_file`. Where the machine has none at all, the mail waits
/// and says so, as with any certificate that is not trusted.
fn tls_parameters(smtp: &SmtpSettings) -> Result<Option<TlsParameters>, String> {
    if smtp.tls == SmtpTls::None {
        return Ok(None);
    }
    tls::install_provider();
    let mut builder = TlsParameters::builder(smtp.host.clone());
    if let Some(path) = &smtp.ca_file {
        tls::read_ca_file(path)?;
        let pem = std::fs::read(path).map_err(|error| format!("ca_file {}: {error}", path.display()))?;
        let unread = |error| format!("ca_file {}: {error}", path.display());
        builder = builder.add_root_certificate(Certificate::from_pem(&pem).map_err(unread)?);
    }
    let built = builder.clone().build();
    let built = built.or_else(|_| builder.certificate_store(CertificateStore::None).build());
    built.map(Some).map_err(|error| format!("tls for {} cannot be set up: {error}", smtp.host))
}

/// This machine's name where it has one that EHLO may carry (RFC 5321, 4.1.1.1), else an address literal.
fn hello() -> ClientId {
    match ClientId::default() {
        ClientId::Domain(name) if !is_host_name(&name) => ClientId::Ipv4(std::net::Ipv4Addr::LOCALHOST),
        name => name,
    }
}

fn is_host_name(name: &str) -> bool {
    (1..=253).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mailboxes_are_checked() {
        for good in ["a@example.org", "Desk <a@example.org>", "مكتب <a@example.org>", "дом@пример.рф", "a@[127.0.0.1]"]
        {
            assert_eq!(check_mailbox(good), Ok(()), "{good}");
        }
        for bad in ["", "a", "a@", "a b@example.org", "a@example.org\r\nBcc: x@example.org", "<a@example.org"] {
            assert!(check_mailbox(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn domains_travel_in_ascii() {
        assert_eq!(address("Desk <x@пример.рф>").unwrap().to_string(), "x@xn--e1afmkfd.xn--p1ai");
        assert_eq!(address("x@example.org").unwrap().to_string(), "x@example.org");
        assert_eq!(address("nobody"), None);
    }

    #[test]
    fn names_that_would_break_ehlo_are_not_said() {
        assert!(is_host_name("mx-1.example.org"));
        for bad in ["", "a b", "a\r\nRCPT", "машина", "under_score"] {
            assert!(!is_host_name(bad), "{bad}");
        }
    }

    #[test]
    fn codes_about_the_way_never_kill_a_message() {
        let failure = |code, policy| Failure { text: String::new(), code, policy, lost: false };
        for (code, policy, for_good) in [
            (Some(550), false, true),
            (Some(554), false, true),
            (Some(550), true, false),
            (Some(530), false, false),
            (Some(535), false, false),
            (Some(451), false, false),
            (Some(421), false, false),
            (None, false, false),
        ] {
            assert_eq!(failure(code, policy).for_good(), for_good, "{code:?} {policy}");
        }
    }
}
