//! Addresses: made absolute, `http` and `https` alone, without credentials.

use url::Url;

/// An address as a feed writes it, made absolute against the first of `bases` that helps. `None` for what no one may be
/// led to (`javascript:`, `data:`, `file:` …) and for what cannot be read.
pub(super) fn absolute(raw: &str, bases: &[Option<&Url>]) -> Option<Url> {
    let raw = raw.trim();
    if raw.is_empty() {
        return None;
    }
    let url = match Url::parse(raw) {
        Ok(url) => url,
        Err(url::ParseError::RelativeUrlWithoutBase) => bases.iter().flatten().find_map(|base| base.join(raw).ok())?,
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
    // Both fail only for addresses without a host.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Some(url)
}

/// The base that an `xml:base` sets, seen from the one around it.
pub(super) fn base(raw: &str, around: Option<&Url>) -> Option<Url> {
    absolute(raw, &[around])
}
