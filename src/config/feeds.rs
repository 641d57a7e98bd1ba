//! `[[feed]]`: where a feed is, how it is asked and how often.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use url::Url;

use super::FeedConfig;
use super::general::{self, Defaults, FIRST_POLL};
use super::lint;
use super::names::bad_name;
use super::problems::did_you_mean;
use super::reader::{Spot, Table};
use super::secrets;
use super::source::Place;
use crate::fetcher::{Address, Source};
use crate::model::{Cron, FeedName, Secret};
use crate::scheduler::Cadence;

/// Keys of `[[feed]]`.
pub(super) const FEED_KEYS: &[&str] = &[
    "name",
    "was",
    "url",
    "every",
    "cron",
    "first_poll",
    "full_text",
    "tags",
    "language",
    "allow_private",
    "min_interval",
    "max_interval",
    "headers",
    "username",
    "password",
    "password_file",
    "cookie_file",
    "proxy",
    "user_agent",
    "ca_file",
    "timezone",
];

/// Headers that the fetcher sets itself: a second one would confuse servers, or what is remembered of their answers.
const OWN_HEADERS: &[&str] = &[
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "te",
    "upgrade",
    "accept-encoding",
    "if-none-match",
    "if-modified-since",
    "range",
];

/// What the watches may listen to.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The names of feeds, and where each is given.
    pub names: HashMap<String, Place>,
    /// Every tag that some feed has, with the feeds that have it.
    pub tags: HashMap<String, Vec<FeedName>>,
}

/// Reads every `[[feed]]`.
pub(super) fn read(tables: &[Table<'_>], defaults: &Defaults<'_>) -> (Vec<FeedConfig>, Known) {
    let mut known = Known::default();
    let mut addresses: HashMap<String, Place> = HashMap::new();
    let mut feeds = Vec::new();
    for table in tables {
        table.check_keys(FEED_KEYS);
        let address = address(table);
        if let Some((address, place)) = &address {
            let key = match address {
                Address::Http(url) => url.to_string(),
                Address::File(path) => format!("file:{}", path.display()),
            };
            once(table, &mut addresses, key, *place, "address");
        }
        let name = name(table, address.as_ref().map(|(a, _)| a));
        if let Some(name) = &name {
            if table.has("name") {
                lint::name(table, Spot { value: &name.value, place: name.place }, &known.names);
            }
            once(table, &mut known.names, name.value.clone(), name.place, "name");
        }
        let feed = feed(table, defaults, name.as_ref().map_or("", |n| &n.value), address.map(|(a, _)| a));
        for tag in &feed.tags {
            known.tags.entry(tag.clone()).or_default().push(feed.name.clone());
        }
        feeds.push(feed);
    }
    (feeds, known)
}

/// Complains where this name or address was given before.
fn once(table: &Table<'_>, seen: &mut HashMap<String, Place>, key: String, place: Place, what: &str) {
    match seen.get(&key) {
        Some(earlier) => {
            let first = table.reading().sources.say(*earlier, place);
            let said = format!("two feeds have this {what}: the first is at {first}");
            table.problems().error("duplicate_feed", place, said, "take one out or change it".to_string());
        }
        None => {
            seen.insert(key, place);
        }
    }
}

/// All of a feed but what must be unique. Where something is wrong a stand-in is returned: the problem is told.
fn feed(table: &Table<'_>, defaults: &Defaults<'_>, name: &str, address: Option<Address>) -> FeedConfig {
    let url = match &address {
        Some(Address::File(path)) => format!("file:{}", path.display()),
        _ => table.string_or_empty("url"),
    };
    if table.boolean("full_text").is_some_and(|b| b.value) {
        let said = "`full_text` is not served yet: the text of the feed itself is read, not the page behind the link";
        table.problems().warning("not_served", table.key_place("full_text"), said, None);
    }
    let source = Source {
        headers: headers(table),
        login: login(table),
        cookie_file: secrets::file(table, "cookie_file", true),
        proxy: proxy(table),
        user_agent: general::user_agent(table),
        allow_private: table.boolean("allow_private").map_or(defaults.allow_private, |b| b.value),
        ca_file: secrets::ca_file(table),
        address: address.unwrap_or_else(|| Address::File("/".into())),
    };
    if matches!(source.address, Address::File(_)) {
        for key in ["headers", "username", "password", "password_file", "cookie_file", "proxy", "user_agent", "ca_file"]
        {
            if table.has(key) && table.string_or_empty("url").starts_with("file:") {
                let said = format!("`{key}` has no meaning for a file");
                table.problems().warning("no_effect", table.key_place(key), said, "take it out".to_string());
            }
        }
    }
    FeedConfig {
        name: FeedName::new(name),
        url,
        source,
        cadence: cadence(table, defaults),
        bounds: general::bounds(table, defaults.bounds),
        first_poll: table.word("first_poll", FIRST_POLL).map_or(defaults.first_poll, |w| w.value),
        tags: tags(table),
        language: general::language(table).or_else(|| defaults.language.clone()),
    }
}

/// The name as written; else host and path, which is what people call a feed by.
fn name(table: &Table<'_>, address: Option<&Address>) -> Option<Spot<String>> {
    if table.has("name") {
        let text = table.string("name")?;
        let said = if text.value.starts_with('#') {
            Some("a name does not begin with `#`: that marks tags".to_string())
        } else {
            bad_name(text.value)
        };
        if let Some(said) = said {
            table.problems().error("bad_name", text.place, said, None);
            return None;
        }
        return Some(Spot { value: text.value.to_string(), place: text.place });
    }
    let value = match address? {
        Address::Http(url) => format!("{}{}", url.host_str().unwrap_or_default(), url.path().trim_end_matches('/')),
        Address::File(path) => path.file_name()?.to_string_lossy().into_owned(),
    };
    Some(Spot { value, place: table.key_place("url") })
}

/// `url`, checked. The text is never repeated in a message: it may carry a login or a token.
fn address(table: &Table<'_>) -> Option<(Address, Place)> {
    if !table.has("url") {
        table.missing("url", "write `url = \"https://…\"` or `url = \"file:PATH\"`");
        return None;
    }
    let text = table.string("url")?;
    let wrong = |said: String, hint: Option<String>| {
        table.problems().error("bad_url", text.place, said, hint);
        None
    };
    if let Some(path) = text.value.strip_prefix("file:") {
        let path = match path.strip_prefix("//") {
            Some(_) => match Url::parse(text.value).ok().and_then(|u| u.to_file_path().ok()) {
                Some(path) => path,
                None => {
                    return wrong(
                        "this is no address of a file on this machine".into(),
                        Some("write `file:PATH`".into()),
                    );
                }
            },
            None if path.is_empty() => return wrong("the path is missing".into(), Some("write `file:PATH`".into())),
            None => table.source().resolve(path),
        };
        return Some((Address::File(path), text.place));
    }
    match http_url(text.value) {
        Ok(url) => Some((Address::Http(url), text.place)),
        Err((said, hint)) => wrong(said, hint),
    }
}

/// An address by `http:` or `https:`; else what is wrong with it, and what to do.
pub(super) fn http_url(text: &str) -> Result<Url, (String, Option<String>)> {
    let forms = || Some("write `https://…`".to_string());
    if text.trim() != text || text.chars().any(char::is_control) {
        return Err(("an address holds no blanks at its ends and no control characters".into(), None));
    }
    let scheme = text.split_once(':').map(|(s, _)| s).filter(|s| s.bytes().all(|b| b.is_ascii_alphanumeric()));
    let Some(scheme) = scheme.map(str::to_ascii_lowercase) else {
        return Err(("this is no address: it begins with no protocol".into(), forms()));
    };
    if scheme != "http" && scheme != "https" {
        if text.contains('@') {
            // `user:password@host`: what stands before the colon is no protocol at all.
            return Err(("this is no address: it begins with no protocol that feedwatch speaks".into(), forms()));
        }
        let hint = did_you_mean(&scheme, ["http", "https"]).or_else(forms);
        return Err((format!("`{scheme}` is no protocol that feedwatch speaks"), hint));
    }
    if !text[scheme.len()..].starts_with("://") {
        return Err((format!("`//` is missing after `{scheme}:`"), forms()));
    }
    match Url::parse(text) {
        Ok(url) if url.host_str().is_some_and(|h| !h.is_empty()) => Ok(url),
        Ok(_) => Err(("this address names no host".into(), None)),
        Err(e) => Err((format!("this is no address: {e}"), None)),
    }
}

/// `every` or `cron`.
fn cadence(table: &Table<'_>, defaults: &Defaults<'_>) -> Cadence {
    let zone = general::timezone(table).unwrap_or(defaults.timezone);
    if table.has("timezone") && !table.has("cron") {
        let said = "`timezone` has a meaning only beside `cron`";
        table.problems().warning("no_effect", table.key_place("timezone"), said, "take it out".to_string());
    }
    let every = general::every(table);
    let Some(text) = table.string("cron") else { return every.unwrap_or_else(|| defaults.cadence.clone()) };
    if table.has("every") {
        let said = "`every` and `cron` are both given";
        table.problems().error("given_twice", table.key_place("cron"), said, "keep one of the two".to_string());
    }
    match Cron::parse(text.value, zone) {
        Ok(cron) => Cadence::Cron(cron),
        Err(e) => {
            let Range { start, end } = e.span;
            let place = table.within(text, start..end.max(start));
            let hint = "five fields: minute, hour, day of month, month, day of week".to_string();
            table.problems().error("bad_cron", place, e.message, hint);
            defaults.cadence.clone()
        }
    }
}

fn tags(table: &Table<'_>) -> Vec<String> {
    let mut seen = HashSet::new();
    let list = table.strings("tags").map(|l| l.value).unwrap_or_default();
    list.into_iter()
        .filter_map(|tag| {
            let bare = tag.value.strip_prefix('#').unwrap_or(tag.value);
            if let Some(said) = bad_name(bare) {
                table.problems().error("bad_name", tag.place, said.replace("a name", "a tag"), None);
                return None;
            }
            seen.insert(bare).then(|| bare.to_string())
        })
        .collect()
}

/// `headers = { … }`
fn headers(table: &Table<'_>) -> Vec<(String, Secret)> {
    let Some(headers) = table.table("headers") else { return Vec::new() };
    headers
        .entries()
        .into_iter()
        .filter_map(|(name, value)| {
            let problems = table.problems();
            // RFC 9110, 5.6.2: a token.
            let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
            if name.value.is_empty() || !name.value.bytes().all(token) {
                problems.error("bad_header", name.place, "this is no name of a header", None);
                return None;
            }
            if OWN_HEADERS.contains(&name.value.to_ascii_lowercase().as_str()) {
                let said = format!("the header `{}` is set by feedwatch itself", name.value);
                problems.error("bad_header", name.place, said, "take it out".to_string());
                return None;
            }
            let text = headers.text(name.value, value)?;
            let secret = secrets::variable_or_text(&headers, text)?;
            if secret.reveal().chars().any(|c| c.is_control() && c != '\t') {
                problems.error("bad_header", text.place, "the value of a header holds no line breaks", None);
                return None;
            }
            Some((name.value.to_string(), secret))
        })
        .collect()
}

/// `username` and `password` or `password_file`.
fn login(table: &Table<'_>) -> Option<(String, Secret)> {
    let user = table.string("username");
    let password = secrets::secret(table, "password", "password_file");
    if user.is_some_and(|u| u.value.contains(':')) {
        // RFC 7617, 2.
        table.problems().error("bad_login", table.key_place("username"), "a user name holds no colon", None);
        return None;
    }
    match (table.has("username"), table.has("password") || table.has("password_file")) {
        (true, false) => table.problems().error(
            "missing_key",
            table.key_place("username"),
            "`username` stands without a password",
            "add `password_file = \"…\"`".to_string(),
        ),
        (false, true) => {
            let key = if table.has("password") { "password" } else { "password_file" };
            let said = format!("`{key}` stands without `username`");
            table.problems().error("missing_key", table.key_place(key), said, None);
        }
        _ => {}
    }
    Some((user?.value.to_string(), password?.value.secret()))
}

/// `proxy`
fn proxy(table: &Table<'_>) -> Option<Secret> {
    let text = table.string("proxy")?;
    let secret = secrets::variable_or_text(table, text)?;
    let url = Url::parse(secret.reveal()).ok().filter(|u| u.has_host());
    if url.is_some_and(|u| matches!(u.scheme(), "http" | "https" | "socks5" | "socks5h")) {
        return Some(secret);
    }
    let hint = "write `http://HOST:PORT` or `socks5://HOST:PORT`".to_string();
    table.problems().error("bad_url", text.place, "this is no address of a proxy", hint);
    None
}
