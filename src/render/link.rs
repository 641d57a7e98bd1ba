//! An item's link as a reader may trust it: only `http` and `https` lead anywhere, and the host shown is the real one.

use url::Url;

/// A link that may be followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    /// What it leads to, in ASCII and without user and password.
    pub href: String,
    /// The host, internationalised names in their ASCII form, with the port where one is named.
    pub host: String,
    /// Path, query and fragment, as `href` has them.
    pub rest: String,
}

/// Reads an address of an item; `None` where it may not be followed.
pub(super) fn read(address: &str) -> Option<Link> {
    let mut url = Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let with_login = !url.username().is_empty() || url.password().is_some();
    if with_login {
        // `https://bank.example@evil.example/` shows a name that is not the host. Neither can fail where there is a host.
        let _ = url.set_username("");
        let _ = url.set_password(None);
    }
    let host = url.host_str()?.to_owned();
    let host = url.port().map_or(host.clone(), |port| format!("{host}:{port}"));
    let as_written = !with_login && address.bytes().all(|b| b.is_ascii_graphic() && !b"\\\"<>^`{|}".contains(&b));
    let href = if as_written { address.to_owned() } else { url.to_string() };
    let rest = href.split_once("://").and_then(|(_, r)| r.find(['/', '?', '#']).map(|at| r[at..].to_owned()));
    Some(Link { href, host, rest: rest.unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_real_host_is_shown_and_only_the_web_is_followed() {
        for (address, href, host, rest) in [
            ("http://news.example.org/story/1", "http://news.example.org/story/1", "news.example.org", "/story/1"),
            ("https://example.org", "https://example.org", "example.org", ""),
            (
                "https://example.org:8443/?a=1&b=2#c",
                "https://example.org:8443/?a=1&b=2#c",
                "example.org:8443",
                "/?a=1&b=2#c",
            ),
            ("https://bank.example@evil.example/x", "https://evil.example/x", "evil.example", "/x"),
            ("https://\u{430}pple.example/", "https://xn--pple-43d.example/", "xn--pple-43d.example", "/"),
            ("https://example.org/قمة", "https://example.org/%D9%82%D9%85%D8%A9", "example.org", "/%D9%82%D9%85%D8%A9"),
            ("https://example.org/a\u{202E}b", "https://example.org/a%E2%80%AEb", "example.org", "/a%E2%80%AEb"),
            ("http:\\\\evil.example\\x", "http://evil.example/x", "evil.example", "/x"),
        ] {
            let link = read(address).unwrap();
            assert_eq!((link.href.as_str(), link.host.as_str(), link.rest.as_str()), (href, host, rest), "{address}");
        }
        for address in
            ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "mailto:a@b.example", "/story", ""]
        {
            assert_eq!(read(address), None, "{address}");
        }
    }
}
