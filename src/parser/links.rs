//! Addresses: made absolute, `http` and `https` alone, without credentials.

use url::Url;

/// An address as a feed writes it, made absolute against the first of `bases` that helps. `None` for what no one may be
/// led to (`javascript:`, `data:`, `file:` …) and for what cannot be read.
pub(super) fn absolute<'b>(raw: &str, bases: impl IntoIterator<Item = &'b Url>) -> Option<Url> {
    let raw = raw.trim();
    if raw.is_empty() {
        return None;
    }
    let url = match Url::parse(raw) {
        Ok(url) => url,
        Err(url::ParseError::RelativeUrlWithoutBase) => bases.into_iter().find_map(|base| base.join(raw).ok())?,
        Err(_) => return None,
    };
    web(url)
}

/// The address when it is one of the web, its credentials taken off.
fn web(mut url: Url) -> Option<Url> {
    // `feed:` is what some programs put before or in place of `http:`.
    if url.scheme() == "feed" {
        let rest = url.as_str()["feed:".len()..].to_owned();
        let http = if rest.starts_with("//") { format!("http:{rest}") } else { rest };
        url = Url::parse(&http).ok()?;
    }
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return None;
    }
    if url.has_authority() && (!url.username().is_empty() || url.password().is_some()) {
        // Both fail only for addresses without a host.
        let _ = url.set_username("");
        let _ = url.set_password(None);
    }
    Some(url)
}

/// The base that an `xml:base` sets, seen from the one around it.
pub(super) fn base(raw: &str, around: Option<&Url>) -> Option<Url> {
    absolute(raw, around)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_absolute_of_the_web_and_without_credentials() {
        let base = Url::parse("https://example.org/news/feed.xml").expect("a good address");
        for (raw, expected) in [
            ("http://example.com/a?b=c#d", Some("http://example.com/a?b=c#d")),
            (" /cups/1\n", Some("https://example.org/cups/1")),
            ("item.html", Some("https://example.org/news/item.html")),
            ("?p=1", Some("https://example.org/news/feed.xml?p=1")),
            ("//other.example/x", Some("https://other.example/x")),
            ("http://user:secret@example.com/a", Some("http://example.com/a")),
            ("feed://example.com/rss", Some("http://example.com/rss")),
            ("feed:https://example.com/rss", Some("https://example.com/rss")),
            ("http://пример.рф/путь", Some("http://xn--e1afmkfd.xn--p1ai/%D0%BF%D1%83%D1%82%D1%8C")),
            ("javascript:alert(1)", None),
            ("JaVaScRiPt:alert(1)", None),
            ("java\nscript:alert(1)", None),
            ("data:text/html,x", None),
            ("file:///etc/passwd", None),
            ("vbscript:x", None),
            ("mailto:a@b.example", None),
            ("tag:example.org,2026:1", None),
            ("http://", None),
            ("", None),
        ] {
            assert_eq!(absolute(raw, [&base]).as_ref().map(Url::as_str), expected, "{raw:?}");
        }
        assert_eq!(absolute("/cups/1", []), None);
    }
}
