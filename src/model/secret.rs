//! Secrets that nothing can print, and addresses without what is secret in them.

use std::fmt;

use url::Url;

use super::ids::hash64;

/// A password, token or key. `Debug` shows that it is there, nothing shows what it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps what was read from a file, a variable, a credential or the configuration itself.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for the one line that sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The address as logs, errors and `status` show it: without user and password, and with the values of its query
/// hidden, since a token in a query is the commonest secret of feed addresses.
///
/// What carries neither is returned as it is.
pub fn redact_url(text: &str) -> String {
    let Ok(mut url) = Url::parse(text) else {
        return match text.split_once(['?', '@']) {
            Some(_) => "(an address that cannot be read)".into(),
            None => text.into(),
        };
    };
    if url.cannot_be_a_base() {
        return text.into();
    }
    let with_login = !url.username().is_empty() || url.password().is_some();
    if !with_login && url.query().is_none() {
        return text.into();
    }
    if with_login {
        // Both fail only for addresses without a host, which cannot carry a login either.
        let _ = url.set_username("");
        let _ = url.set_password(None);
    }
    if url.query().is_some() {
        url.set_query(Some("…"));
        return url.as_str().replace("?%E2%80%A6", "?…");
    }
    url.into()
}

/// The address as the store keeps it, to be known again and not to be asked: without user and password, and with a hash in
/// place of a query that may be a token. What carries neither is returned as it is.
pub fn stored_url(text: &str) -> String {
    let Ok(url) = Url::parse(text) else { return redact_url(text) };
    if carries_nothing(&url) { text.into() } else { stored(&url) }
}

fn carries_nothing(url: &Url) -> bool {
    url.cannot_be_a_base() || (url.username().is_empty() && url.password().is_none() && url.query().is_none())
}

/// The same of an address that has been read.
pub fn stored(url: &Url) -> String {
    if carries_nothing(url) {
        return url.as_str().to_owned();
    }
    let mut url = url.clone();
    // Both fail only for addresses without a host, which cannot carry a login either.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    if let Some(query) = url.query().filter(|query| !query.starts_with(HASHED)) {
        let hashed = format!("{HASHED}{:016x}", hash64(query));
        url.set_query(Some(&hashed));
    }
    url.into()
}

/// What stands before the hash of a query.
const HASHED: &str = "query-hash=";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_cannot_be_printed() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(…)");
    }

    #[test]
    fn addresses_lose_login_and_query_values_and_nothing_else() {
        for (text, shown) in [
            ("http://127.0.0.1:8080/feed.xml", "http://127.0.0.1:8080/feed.xml"),
            ("https://user:pass@example.org/f", "https://example.org/f"),
            ("https://example.org/f?token=abc&x=1", "https://example.org/f?…"),
            ("file:/var/feeds/a.xml", "file:/var/feeds/a.xml"),
        ] {
            assert_eq!(redact_url(text), shown);
        }
    }
    #[test]
    fn a_stored_address_is_known_again_and_tells_no_secret() {
        let stored = stored_url("https://user:pass@example.org/f?token=abc&x=1");
        assert!(stored.starts_with("https://example.org/f?query-hash=") && !stored.contains("abc"), "{stored}");
        assert_eq!(stored_url(&stored), stored);
        assert_ne!(stored_url("https://example.org/f?token=abd&x=1"), stored);
        for text in ["HTTP://Example.org", "file:/var/feeds/a.xml", "https://example.org/f#x"] {
            assert_eq!(stored_url(text), text);
        }
    }
}
