//! What went wrong on the way to a server, in words: reqwest's errors print addresses with their secrets, and name its
//! inner parts where a person wants the cause.

use std::error::Error;
use std::io;

use super::guard;

/// Why a request brought no whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What kind.
    pub kind: TroubleKind,
    /// A sentence for the user: lower case, no full stop, no address with its query.
    pub said: String,
}

/// Kinds of trouble on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TroubleKind {
    /// The address guard refused an address that a name resolved to.
    Guard,
    /// No answer: the name, the connection, the proxy, TLS, or time.
    Unreachable,
    /// An answer began, and was cut, too large in its head, or no HTTP.
    Broken,
}

/// Reads the chain of causes.
pub fn of(error: &reqwest::Error) -> Trouble {
    let trouble = |kind, said: String| Trouble { kind, said };
    let chain = causes(error);
    if let Some(refused) = find::<guard::Refused>(&chain) {
        return trouble(TroubleKind::Guard, refused.to_string());
    }
    if let Some(tls) = find::<rustls::Error>(&chain) {
        return trouble(TroubleKind::Unreachable, format!("tls: {}", say_tls(tls)));
    }
    let io = chain.iter().rev().find_map(|e| e.downcast_ref::<io::Error>());
    // hyper's error type is not ours to name; its words have been the same since its version 0.14.
    let words: Vec<String> = chain.iter().map(ToString::to_string).collect();
    let says = |text: &str| words.iter().any(|w| w.contains(text));
    if error.is_dns() {
        let cause = words.last().map_or("", |w| w.trim_start_matches("failed to lookup address information: "));
        return trouble(TroubleKind::Unreachable, format!("dns failure: {}", lower(cause)));
    }
    if error.is_timeout() {
        return trouble(TroubleKind::Unreachable, "timed out while connecting".into());
    }
    if error.is_connect() {
        let said = match io.map(io::Error::kind) {
            Some(io::ErrorKind::UnexpectedEof) => "tls: the connection was closed in the handshake".into(),
            Some(kind) => say_io(kind).map_or_else(|| last(&words), str::to_owned),
            None => last(&words),
        };
        let said = if says("tunnel") || says("SOCKS") { format!("proxy: {said}") } else { said };
        return trouble(TroubleKind::Unreachable, said);
    }
    if says("message head is too large") {
        return trouble(TroubleKind::Broken, "the header limit was reached: too many or too large headers".into());
    }
    if says("connection closed before message completed") {
        return trouble(TroubleKind::Unreachable, "connection closed without an answer".into());
    }
    let in_body = error.is_body() || error.is_decode() || says("reading a body");
    match io.map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) if !in_body => {
            trouble(TroubleKind::Unreachable, "connection reset".into())
        }
        Some(kind) if in_body => {
            let cause = say_io(kind).map(|w| format!(" ({w})")).unwrap_or_default();
            trouble(TroubleKind::Broken, format!("body ended early{cause}"))
        }
        _ if in_body => trouble(TroubleKind::Broken, format!("body ended early ({})", last(&words))),
        _ => trouble(TroubleKind::Broken, format!("no proper http answer: {}", last(&words))),
    }
}

/// The error and its causes. An [`io::Error`] hides the error inside it from `source`, so it is looked into.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    // Chains of clients are some ten errors long; the bound is for one that leads back to itself.
    const LONGEST: usize = 32;
    let mut chain = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next.filter(|_| chain.len() < LONGEST) {
        chain.push(error);
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    chain
}

fn find<'a, E: Error + 'static>(chain: &[&'a (dyn Error + 'static)]) -> Option<&'a E> {
    chain.iter().find_map(|e| e.downcast_ref())
}

fn say_io(kind: io::ErrorKind) -> Option<&'static str> {
    Some(match kind {
        io::ErrorKind::ConnectionRefused => "connection refused",
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => "connection reset",
        io::ErrorKind::ConnectionAborted => "connection aborted",
        io::ErrorKind::HostUnreachable => "no route to the host",
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown => "network unreachable",
        io::ErrorKind::TimedOut => "timed out while connecting",
        io::ErrorKind::UnexpectedEof => "connection closed",
        _ => return None,
    })
}

fn say_tls(error: &rustls::Error) -> String {
    use rustls::CertificateError as C;
    let rustls::Error::InvalidCertificate(cause) = error else { return lower(&error.to_string()) };
    match cause {
        C::Expired | C::ExpiredContext { .. } => "certificate expired".into(),
        C::NotValidYet | C::NotValidYetContext { .. } => "certificate is not valid yet".into(),
        C::Revoked => "certificate was revoked".into(),
        C::UnknownIssuer => "certificate of an unknown authority (ca_file names further ones)".into(),
        C::NotValidForName | C::NotValidForNameContext { .. } => "certificate is for another host name".into(),
        _ => format!("certificate refused: {}", lower(&error.to_string())),
    }
}

fn last(words: &[String]) -> String {
    lower(words.last().map_or("", String::as_str))
}

/// In lower case where it begins a sentence, and not where it begins with a word in capitals.
fn lower(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), second) if first.is_uppercase() && !second.is_some_and(char::is_uppercase) => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => text.to_owned(),
    }
}
