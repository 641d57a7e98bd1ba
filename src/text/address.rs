//! Addresses made comparable: without what publishers and services change for counting, and as one page under all the
//! addresses that lead to it.

use url::Url;

/// A link without what publishers change for counting: fragment, tracking parameters, their order kept otherwise.
pub fn normal_link(link: &str) -> String {
    let Ok(mut url) = Url::parse(link) else { return link.trim().to_owned() };
    url.set_fragment(None);
    if url.query().is_some() {
        let kept: Vec<&str> =
            url.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty() && !is_tracking(pair)).collect();
        let kept = kept.join("&");
        url.set_query(if kept.is_empty() { None } else { Some(&kept) });
    }
    url.into()
}

/// Parameters that name the way a reader came, never the page: the documented ones of the large analytics, mail and
/// advertising services.
fn is_tracking(pair: &str) -> bool {
    const NAMES: [&str; 20] = [
        "fbclid",
        "gclid",
        "gclsrc",
        "dclid",
        "msclkid",
        "yclid",
        "twclid",
        "igshid",
        "mc_cid",
        "mc_eid",
        "_ga",
        "_gl",
        "ocid",
        "cmpid",
        "ncid",
        "at_medium",
        "at_campaign",
        "wt_mc",
        "xtor",
        "ns_campaign",
    ];
    let name = pair.split('=').next().unwrap_or_default().to_ascii_lowercase();
    name.starts_with("utm_") || NAMES.contains(&name.as_str())
}

/// What names one page, whichever way a feed leads to it: behind known redirectors, without scheme, `www`, mobile hosts
/// and AMP. `None` where the address names no page of its own, such as a host's front page.
pub fn page(link: &str) -> Option<String> {
    let mut url = Url::parse(&normal_link(link)).ok()?;
    // A redirector may lead to another one; more than three are a trap.
    for _ in 0..3 {
        match target(&url) {
            Some(to) => url = Url::parse(&normal_link(&to)).ok()?,
            None => break,
        }
    }
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let host = host(url.host_str()?);
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let path = path(url.path());
    let mut pairs: Vec<&str> = url.query().unwrap_or_default().split('&').filter(|pair| !is_empty(pair)).collect();
    pairs.sort_unstable();
    if path.is_empty() && pairs.is_empty() {
        return None;
    }
    let query = if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) };
    Some(format!("{host}{port}{path}{query}"))
}

/// A parameter that is none, or that only asks for the AMP form of a page.
fn is_empty(pair: &str) -> bool {
    pair.is_empty() || matches!(pair.to_ascii_lowercase().as_str(), "amp" | "amp=1" | "amp=true" | "outputtype=amp")
}

/// A host without the labels that name a form of the same site.
fn host(host: &str) -> String {
    let host = host.to_ascii_lowercase();
    let mut labels: Vec<&str> = host.trim_end_matches('.').split('.').collect();
    while labels.len() > 2 && matches!(labels[0], "www" | "m" | "mobile" | "amp") {
        labels.remove(0);
    }
    // As in en.m.wikipedia.org.
    if labels.len() > 3 && matches!(labels[1], "m" | "mobile") {
        labels.remove(1);
    }
    labels.join(".")
}

/// A path without a slash at its end and without the pieces that ask for AMP.
fn path(path: &str) -> String {
    let mut pieces: Vec<&str> = path.split('/').filter(|piece| !piece.is_empty()).collect();
    if pieces.len() > 1 && matches!(pieces.first(), Some(&"amp")) {
        pieces.remove(0);
    }
    if pieces.len() > 1 && matches!(pieces.last(), Some(&("amp" | "amp.html"))) {
        pieces.pop();
    }
    let mut out: String = pieces.iter().map(|piece| format!("/{piece}")).collect();
    for (end, plain) in [(".amp.html", ".html"), (".amp", "")] {
        if let Some(before) = out.strip_suffix(end) {
            out = format!("{before}{plain}");
        }
    }
    out
}

/// Services that lead on to the address in a parameter of theirs: a host or the end of one, the beginning of the path, and
/// the parameters that may hold it.
const REDIRECTORS: [(&str, &str, &[&str]); 16] = [
    ("google.com", "/url", &["url", "q"]),
    ("bing.com", "/news/apiclick.aspx", &["url"]),
    ("facebook.com", "/l.php", &["u"]),
    ("instagram.com", "/", &["u"]),
    ("youtube.com", "/redirect", &["q"]),
    ("out.reddit.com", "/", &["url"]),
    ("vk.com", "/away.php", &["to"]),
    ("duckduckgo.com", "/l/", &["uddg"]),
    ("t.umblr.com", "/redirect", &["z"]),
    ("slack-redir.net", "/link", &["url"]),
    ("steamcommunity.com", "/linkfilter", &["url", "u"]),
    ("safelinks.protection.outlook.com", "/", &["url"]),
    ("disq.us", "/url", &["url"]),
    ("exit.sc", "/", &["url"]),
    ("away.vk.com", "/", &["to"]),
    ("linkedin.com", "/redir/redirect", &["url"]),
];

/// Where a known redirector leads, or the page that a cache of AMP pages shows.
fn target(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    let is_at = |end: &str| host == end || host.strip_suffix(end).is_some_and(|rest| rest.ends_with('.'));
    let lead = |(at, path, names): &(&str, &str, &[&str])| {
        if !is_at(at) || !url.path().starts_with(path) {
            return None;
        }
        let named = |name: &&str| url.query_pairs().find(|(key, _)| key == *name).map(|(_, value)| value.into_owned());
        names.iter().filter_map(named).find(|to| to.starts_with("http://") || to.starts_with("https://"))
    };
    REDIRECTORS.iter().find_map(lead).or_else(|| {
        let path = match host {
            "www.google.com" | "google.com" => url.path().strip_prefix("/amp/")?,
            _ if is_at("cdn.ampproject.org") => {
                url.path().strip_prefix("/c/").or_else(|| url.path().strip_prefix("/v/"))?
            }
            _ => return None,
        };
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        Some(match path.strip_prefix("s/") {
            Some(rest) => format!("https://{rest}{query}"),
            None => format!("http://{path}{query}"),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_page_has_one_name() {
        for (link, named) in [
            ("https://www.example.org/news/1", Some("example.org/news/1")),
            ("http://example.org/news/1/#top", Some("example.org/news/1")),
            ("https://m.example.org/news/1?utm_source=rss&fbclid=x", Some("example.org/news/1")),
            ("https://amp.example.org/news/1", Some("example.org/news/1")),
            ("https://example.org/amp/news/1", Some("example.org/news/1")),
            ("https://example.org/news/1/amp/", Some("example.org/news/1")),
            ("https://example.org/news/1?amp=1", Some("example.org/news/1")),
            ("https://example.org/news/1?outputType=amp", Some("example.org/news/1")),
            ("https://example.org/news/one.amp.html", Some("example.org/news/one.html")),
            ("https://www.google.com/amp/s/www.example.org/news/1", Some("example.org/news/1")),
            ("https://example-org.cdn.ampproject.org/c/s/example.org/news/1", Some("example.org/news/1")),
            (
                "https://www.google.com/url?rct=j&sa=t&url=https%3A%2F%2Fexample.org%2Fnews%2F1&ct=ga",
                Some("example.org/news/1"),
            ),
            (
                "http://www.bing.com/news/apiclick.aspx?ref=FexRss&url=https%3a%2f%2fexample.org%2fnews%2f1&c=7",
                Some("example.org/news/1"),
            ),
            ("https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org%2Fnews%2F1&h=AT", Some("example.org/news/1")),
            ("https://en.m.wikipedia.org/wiki/Helsinki", Some("en.wikipedia.org/wiki/Helsinki")),
            ("https://example.org/?p=12", Some("example.org?p=12")),
            ("https://example.org/a?b=2&a=1", Some("example.org/a?a=1&b=2")),
            ("https://example.org:8443/a", Some("example.org:8443/a")),
            // What only looks like it.
            ("https://m.org/news/1", Some("m.org/news/1")),
            ("https://example.org/amp", Some("example.org/amp")),
            (
                "https://notgoogle.com/url?url=https%3A%2F%2Fexample.org%2Fnews%2F1",
                Some("notgoogle.com/url?url=https%3A%2F%2Fexample.org%2Fnews%2F1"),
            ),
            ("https://www.google.com/url?q=javascript:x", Some("google.com/url?q=javascript:x")),
            // Front pages are those of many items.
            ("https://www.example.org/", None),
            ("https://example.org/?utm_source=rss", None),
            ("mailto:x@example.org", None),
            ("no address", None),
        ] {
            assert_eq!(page(link).as_deref(), named, "{link}");
        }
        // Redirectors that lead to one another end.
        let mut link = "https://example.org/a".to_owned();
        for _ in 0..9 {
            link = format!(
                "https://google.com/url?q={}",
                url::form_urlencoded::byte_serialize(link.as_bytes()).collect::<String>()
            );
        }
        assert!(page(&link).is_some());
    }
}
