//! `[[notifier]]`: where messages go.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::time::Duration;

use lettre::message::Mailbox;
use url::Url;

use super::NotifierConfig;
use super::feeds::http_url;
use super::formats;
use super::general::{self, Defaults};
use super::names::{Named, unique};
use super::policy;
use super::reader::{Spot, Table};
use super::secrets::{self, Given};
use super::source::Place;
use crate::model::{NotifierName, Secret};
use crate::notifier::{
    EmailSettings, FeedSettings, SendmailSettings, Settings, SmtpSettings, SmtpTls, Transport, WebhookSettings,
    webhook::SigningKey,
};
use crate::planner::SCHEDULE;
use crate::render::{Line, Pace};

/// How notifiers are named.
const NAMED: Named = Named {
    plural: "notifiers",
    code: "duplicate_notifier",
    hint: "watches tell it by its name: write `name = \"desk\"`",
};
/// Keys that any notifier takes.
const COMMON_KEYS: &[&str] =
    &["name", "was", "kind", "retry", "pace", "at_once", "digest", "quiet", "limit", "timezone", "escalate"];
/// Further keys of `kind = "email"`.
const EMAIL_KEYS: &[&str] = &["from", "to", "transport", "smtp", "sendmail", "subject"];
/// Further keys of `kind = "feed"`.
const FEED_FILE_KEYS: &[&str] = &["path", "title", "keep"];
/// Further keys of `kind = "webhook"`.
const WEBHOOK_KEYS: &[&str] = &[
    "url",
    "url_file",
    "format",
    "secret",
    "secret_file",
    "secret_files",
    "token",
    "token_file",
    "ca_file",
    "chat",
    "thread",
    "body",
    "body_file",
    "headers",
    "method",
];
/// Keys of `smtp = { … }`.
const SMTP_KEYS: &[&str] = &["host", "port", "tls", "username", "password", "password_file", "ca_file"];

/// Every key of a notifier of any kind, `smtp` included.
pub(super) fn all_keys() -> impl Iterator<Item = &'static str> {
    [COMMON_KEYS, EMAIL_KEYS, WEBHOOK_KEYS, FEED_FILE_KEYS, SMTP_KEYS].into_iter().flatten().copied()
}

/// The pauses where neither the notifier nor `[defaults]` says any.
pub(super) fn default_retry() -> Vec<Duration> {
    SCHEDULE.to_vec()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Email,
    Webhook,
    Feed,
    Console,
}

const KINDS: &[(&str, Kind)] =
    &[("email", Kind::Email), ("webhook", Kind::Webhook), ("feed", Kind::Feed), ("console", Kind::Console)];

/// Reads every `[[notifier]]`. Those with a mistake are left out of the first part, and their names are in the second.
pub(super) fn read(
    tables: &[Table<'_>],
    defaults: &Defaults<'_>,
    attempt: Duration,
) -> (Vec<NotifierConfig>, HashMap<String, Place>) {
    let mut names: HashMap<String, Place> = HashMap::new();
    let mut notifiers = Vec::new();
    for table in tables {
        let name = unique(table, &mut names, NAMED).map(NotifierName::new);
        let policy = policy::of_notifier(table, defaults);
        let retry = general::retry(table).or_else(|| defaults.retry.clone()).unwrap_or_else(default_retry);
        let (pace, at_once) = (pace(table), at_once(table));
        if let (Some(settings), Some(name)) = (settings(table, attempt), name) {
            let pace = pace.or_else(|| usual_pace(&settings));
            let at_once = at_once.unwrap_or_else(|| settings.usual_at_once());
            notifiers.push(NotifierConfig { name, settings, retry, pace, at_once, policy, for_service: false });
        }
    }
    policy::check_escalations(tables, &names);
    (notifiers, names)
}

/// `pace`: the least time between the beginnings of two messages.
fn pace(table: &Table<'_>) -> Option<Pace> {
    const LONGEST: Duration = Duration::from_secs(3600);
    let every = table.duration("pace", Duration::ZERO..=LONGEST)?.value;
    Some(Pace { burst: 1, every })
}

/// What the service is known to take.
fn usual_pace(settings: &Settings) -> Option<Pace> {
    match settings {
        Settings::Webhook(webhook) => webhook.format.pace(),
        Settings::Email(_) | Settings::Feed(_) | Settings::Console => None,
    }
}

/// `at_once`: messages under way at a time.
fn at_once(table: &Table<'_>) -> Option<usize> {
    table.number("at_once", 1..=64).and_then(|n| usize::try_from(n.value).ok())
}

fn settings(table: &Table<'_>, attempt: Duration) -> Option<Settings> {
    if !table.has("kind") {
        table.check_keys(&all_keys().collect::<Vec<_>>());
        table.missing("kind", "write `kind = \"email\"`, `\"webhook\"`, `\"feed\"` or `\"console\"`");
        return None;
    }
    let Some(kind) = table.word("kind", KINDS) else {
        table.check_keys(&all_keys().collect::<Vec<_>>());
        return None;
    };
    let own = match kind.value {
        Kind::Email => EMAIL_KEYS,
        Kind::Webhook => WEBHOOK_KEYS,
        Kind::Feed => FEED_FILE_KEYS,
        Kind::Console => &[],
    };
    table.check_keys(&[COMMON_KEYS, own].concat());
    match kind.value {
        Kind::Email => email(table, attempt).map(Settings::Email),
        Kind::Webhook => webhook(table, attempt).map(Settings::Webhook),
        Kind::Feed => feed_file(table).map(Settings::Feed),
        Kind::Console => Some(Settings::Console),
    }
}

fn email(table: &Table<'_>, attempt: Duration) -> Option<EmailSettings> {
    let from = match table.has("from") {
        true => table.string("from").and_then(|text| mailbox(table, text)),
        false => {
            table.missing("from", "write `from = \"feedwatch@example.org\"`");
            None
        }
    };
    let to = recipients(table);
    let transport = transport(table, attempt);
    let subject = if table.has("subject") { subject(table).map(Some) } else { Some(None) };
    Some(EmailSettings { from: from?, to: to?, transport: transport?, subject: subject? })
}

/// `transport`, with the table or the command that it needs.
fn transport(table: &Table<'_>, attempt: Duration) -> Option<Transport> {
    const WORDS: &[(&str, bool)] = &[("smtp", false), ("sendmail", true)];
    let by_program = if table.has("transport") { table.word("transport", WORDS)?.value } else { false };
    let other = if by_program { "smtp" } else { "sendmail" };
    if table.has(other) {
        let said = format!("`{other}` has no meaning with this `transport`");
        table.problems().error(
            "key_of_other_transport",
            table.key_place(other),
            said,
            format!("write `transport = \"{other}\"`"),
        );
        return None;
    }
    match (by_program, table.has("smtp")) {
        (true, _) => sendmail(table, attempt).map(Transport::Sendmail),
        (false, true) => table.table("smtp").and_then(|t| smtp(&t, attempt)).map(Transport::Smtp),
        (false, false) => {
            table.missing("smtp", "write `smtp = { host = \"mail.example.org\", tls = \"starttls\" }`");
            None
        }
    }
}

/// `sendmail`: the program and its first arguments.
fn sendmail(table: &Table<'_>, attempt: Duration) -> Option<SendmailSettings> {
    let command = match table.has("sendmail") {
        false => vec!["/usr/sbin/sendmail".to_string(), "-i".to_string()],
        true => {
            let list = table.strings("sendmail")?;
            let absolute = list.value.first().is_some_and(|program| program.value.starts_with('/'));
            if !absolute || list.value.iter().any(|word| word.value.contains('\0')) {
                let hint = "write `sendmail = [\"/usr/sbin/sendmail\", \"-i\"]`".to_string();
                table.problems().error("bad_command", list.place, "`sendmail` begins with the path of a program", hint);
                return None;
            }
            list.value.iter().map(|word| word.value.to_string()).collect()
        }
    };
    Some(SendmailSettings { command, timeout: attempt })
}

/// `subject`, tried on examples.
fn subject(table: &Table<'_>) -> Option<Line> {
    let text = table.string("subject")?;
    let subject = Line(text.value.to_string());
    let Some(mistake) = subject.mistake() else { return Some(subject) };
    formats::tell(table, text, mistake.place, &mistake.said, false);
    None
}

/// `kind = "feed"`
fn feed_file(table: &Table<'_>) -> Option<FeedSettings> {
    if !table.has("path") {
        table.missing("path", "write `path = \"/var/lib/feedwatch/alerts.xml\"`");
        return None;
    }
    let secrets::Named::File { path, .. } = secrets::path(table, "path", table.string("path")?)? else { return None };
    let title =
        if table.has("title") { table.string("title")?.value.trim().to_string() } else { "feedwatch".to_string() };
    let keep = if table.has("keep") { table.number("keep", 1..=5000)?.value } else { 100 };
    Some(FeedSettings { path, title, keep: usize::try_from(keep).ok()? })
}

fn recipients(table: &Table<'_>) -> Option<Vec<String>> {
    if !table.has("to") {
        table.missing("to", "write `to = [\"desk@example.org\"]`");
        return None;
    }
    let list = table.strings("to")?;
    if list.value.is_empty() {
        table.problems().error("empty", list.place, "a mail without a recipient", "name one".to_string());
        return None;
    }
    let mut seen = HashSet::new();
    let mut to = Vec::new();
    for text in list.value {
        let address = mailbox(table, text)?;
        let bare = address.parse::<Mailbox>().map(|m| m.email.to_string().to_lowercase()).unwrap_or_default();
        if seen.insert(bare) {
            to.push(address);
        } else {
            table.problems().warning("duplicate_recipient", text.place, "this recipient is named twice", None);
        }
    }
    Some(to)
}

/// A mailbox: `Desk <desk@example.org>` or a bare address.
fn mailbox(table: &Table<'_>, text: Spot<&str>) -> Option<String> {
    let trimmed = text.value.trim();
    if trimmed.chars().any(char::is_control) || trimmed.parse::<Mailbox>().is_err() {
        let said = format!("`{trimmed}` is no mail address");
        let hint = "write `desk@example.org` or `Desk <desk@example.org>`".to_string();
        table.problems().error("bad_mailbox", text.place, said, hint);
        return None;
    }
    Some(trimmed.to_string())
}

fn smtp(table: &Table<'_>, attempt: Duration) -> Option<SmtpSettings> {
    const TLS: &[(&str, SmtpTls)] = &[("none", SmtpTls::None), ("starttls", SmtpTls::Starttls), ("tls", SmtpTls::Tls)];
    table.check_keys(SMTP_KEYS);
    let tls = if table.has("tls") { table.word("tls", TLS).map(|w| w.value) } else { Some(SmtpTls::Starttls) };
    // The ports that RFC 5321, 6409 and 8314 name.
    let usual = match tls {
        Some(SmtpTls::None) => 25,
        Some(SmtpTls::Tls) => 465,
        _ => 587,
    };
    let port = if table.has("port") { table.number("port", 1..=65_535).map(|n| n.value) } else { Some(usual) };
    let host = match table.has("host") {
        true => table.string("host").and_then(|text| host(table, text)),
        false => {
            table.missing("host", "write `host = \"mail.example.org\"`");
            None
        }
    };
    let wants_login = ["username", "password", "password_file"].iter().any(|k| table.has(k));
    let login = login(table);
    let open = tls == Some(SmtpTls::None) && login.is_some();
    if open && host.as_ref().is_some_and(|h| !is_loopback(h)) {
        let said = "the password is sent to another machine without encryption";
        let hint = "write `tls = \"starttls\"` or `tls = \"tls\"`".to_string();
        table.problems().warning("open_password", table.key_place("tls"), said, hint);
    }
    let ca_file = secrets::ca_file(table);
    if wants_login && login.is_none() {
        return None;
    }
    let port = u16::try_from(port?).ok()?;
    Some(SmtpSettings { host: host?, port, tls: tls?, login, ca_file, timeout: attempt })
}

fn host(table: &Table<'_>, text: Spot<&str>) -> Option<String> {
    let bare = text.value.trim_start_matches('[').trim_end_matches(']');
    if bare.parse::<IpAddr>().is_ok() {
        return Some(bare.to_string());
    }
    if url::Host::parse(text.value).is_ok() {
        return Some(text.value.to_string());
    }
    let hint = "write the name alone; the port has its own key".to_string();
    table.problems().error("bad_host", text.place, "this is no name of a host", hint);
    None
}

fn is_loopback(host: &str) -> bool {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

fn login(table: &Table<'_>) -> Option<(String, Secret)> {
    let user = table.string("username");
    let password = secrets::secret(table, "password", "password_file");
    let with_password = table.has("password") || table.has("password_file");
    if table.has("username") && !with_password {
        let said = "`username` stands without a password";
        let hint = "add `password_file = \"…\"`".to_string();
        table.problems().error("missing_key", table.key_place("username"), said, hint);
    }
    if with_password && !table.has("username") {
        let key = if table.has("password") { "password" } else { "password_file" };
        let said = format!("`{key}` stands without `username`");
        table.problems().error("missing_key", table.key_place(key), said, None);
    }
    Some((user?.value.to_string(), password?.value.secret()))
}

fn webhook(table: &Table<'_>, attempt: Duration) -> Option<WebhookSettings> {
    let url = webhook_url(table);
    let has_url = url.is_some();
    let keys = signing_keys(table);
    let read = formats::read(table, url);
    let wants_token = table.has("token") || table.has("token_file");
    let token =
        if wants_token { secrets::secret(table, "token", "token_file").map(|t| t.value.secret()) } else { None };
    let ca_file = secrets::ca_file(table);
    let (format, url) = read?;
    if !has_url || (wants_token && token.is_none()) {
        return None;
    }
    Some(WebhookSettings { url: url?, keys: keys?, token, format, ca_file, timeout: attempt })
}

fn webhook_url(table: &Table<'_>) -> Option<Url> {
    if !table.has("url") && !table.has("url_file") {
        table.missing("url", "write `url = \"https://…\"`, or `url_file` where the address is a secret");
        return None;
    }
    let given = secrets::secret(table, "url", "url_file")?;
    let Given::Value(secret) = given.value else {
        // Nothing is sent by a command that runs without the credential; this only fills the place.
        return Url::parse("https://credential.invalid/").ok();
    };
    match http_url(secret.reveal().trim()) {
        Ok(url) => Some(url),
        Err((said, hint)) => {
            table.problems().error("bad_url", given.place, said, hint);
            None
        }
    }
}

/// The keys, the newest first; none where nothing is to be signed.
fn signing_keys(table: &Table<'_>) -> Option<Vec<SigningKey>> {
    /// Receivers look at each signature: two while they change over, and one to spare.
    const MOST: usize = 3;
    let one = table.has("secret") || table.has("secret_file");
    if !table.has("secret_files") {
        return if one {
            secrets::secret(table, "secret", "secret_file").and_then(|g| key(table, g)).map(|k| vec![k])
        } else {
            Some(Vec::new())
        };
    }
    if one {
        let said = "`secret_files` stands beside another secret";
        table.problems().error(
            "given_twice",
            table.key_place("secret_files"),
            said,
            "name all of them in `secret_files`".to_string(),
        );
        return None;
    }
    let list = table.strings("secret_files")?;
    if list.value.is_empty() || list.value.len() > MOST {
        let said = format!("`secret_files` names one to {MOST} files, the newest first");
        table.problems().error("out_of_range", list.place, said, None);
        return None;
    }
    list.value.into_iter().map(|file| key(table, secrets::in_file(table, "secret_files", file)?)).collect()
}

fn key(table: &Table<'_>, given: Spot<Given>) -> Option<SigningKey> {
    let secret = match given.value {
        Given::Value(secret) => secret,
        // A key of zeros, so that nothing is ever sent unsigned where a signature was asked for.
        Given::WithTheService => Secret::new("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
    };
    match SigningKey::parse(&secret) {
        Ok(key) => Some(key),
        Err(said) => {
            let hint = "make one: `echo whsec_$(openssl rand -base64 32)`".to_string();
            table.problems().error("bad_secret", given.place, said, hint);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_schedule_is_that_of_the_specification() {
        let after: Vec<u64> = default_retry().iter().map(Duration::as_secs).collect();
        assert_eq!(after, [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]);
    }

    #[test]
    fn this_machine_is_known_by_its_names() {
        for host in ["localhost", "LOCALHOST.", "mx.localhost", "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["mail.example.org", "10.0.0.1", "localhost.example.org"] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
