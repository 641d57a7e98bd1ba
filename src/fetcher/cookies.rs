//! Cookies of a file: Netscape's `cookies.txt`, as browsers and curl write it, or one `name=value; other=value` line.
//!
//! The file is the operator's and is only read: cookies that a server sets are not kept.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use url::Url;

/// The largest file that is read, and the longest header that is made of it: servers refuse longer ones.
const FILE_BYTES: u64 = 1 << 20;
const HEADER_BYTES: usize = 16 << 10;

/// The `Cookie` header for an address, by the file as it is now; `None` where no cookie is meant for it.
pub(super) async fn header(path: &Path, url: &Url) -> Result<Option<String>, String> {
    let said = |what: String| format!("cookie_file {}: {what}", path.display());
    let metadata = tokio::fs::metadata(path).await.map_err(|e| said(format!("cannot be read: {e}")))?;
    if !metadata.is_file() || metadata.len() > FILE_BYTES {
        return Err(said("is not a file of cookies of at most 1 MiB".into()));
    }
    let text = tokio::fs::read_to_string(path).await.map_err(|e| said(format!("cannot be read: {e}")))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let header = select(&text, url, now);
    if header.len() > HEADER_BYTES || header.chars().any(char::is_control) {
        return Err(said("its cookies for this address are longer than 16 KiB, or hold control characters".into()));
    }
    Ok(Some(header).filter(|h| !h.is_empty()))
}

/// The cookies of a file for an address, joined as the header has them. Those with longer paths come first (RFC 6265, 5.4).
fn select(text: &str, url: &Url, now: u64) -> String {
    let lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty());
    let mut cookies: Vec<(usize, String)> = Vec::new();
    for line in lines {
        // Browsers mark cookies that scripts may not see in this way; other lines with `#` are comments.
        let line = line.strip_prefix("#HttpOnly_").unwrap_or(line);
        if line.starts_with('#') {
            continue;
        }
        let fields: Vec<&str> = line.splitn(7, '\t').collect();
        if let [domain, below, path, secure, expires, name, value] = fields[..] {
            let alive =
                matches!(expires.parse::<u64>(), Ok(0) | Err(_)) || expires.parse().is_ok_and(|at: u64| at > now);
            let safe = !secure.eq_ignore_ascii_case("true") || url.scheme() == "https";
            if alive && safe && of_domain(url, domain, below) && of_path(url.path(), path) {
                cookies.push((path.len(), format!("{name}={value}")));
            }
        } else if line.contains('=') {
            // One line as a browser shows it in its request, perhaps copied with its name.
            let line = line.trim_start();
            let line = match line.get(..7) {
                Some(name) if name.eq_ignore_ascii_case("cookie:") => &line[7..],
                _ => line,
            };
            cookies.push((0, line.trim().trim_end_matches(';').to_owned()));
        }
    }
    cookies.sort_by_key(|(path, _)| std::cmp::Reverse(*path));
    cookies.into_iter().map(|(_, cookie)| cookie).collect::<Vec<_>>().join("; ")
}

/// The host itself, or one below it where the file says so (RFC 6265, 5.1.3).
fn of_domain(url: &Url, domain: &str, below: &str) -> bool {
    let Some(host) = url.host_str() else { return false };
    let bare = domain.trim_start_matches('.').to_ascii_lowercase();
    if host == bare {
        return true;
    }
    let below = below.eq_ignore_ascii_case("true") || domain.starts_with('.');
    below
        && !bare.is_empty()
        && url.domain().is_some()
        && host.strip_suffix(&bare).is_some_and(|rest| rest.ends_with('.'))
}

/// The path itself or what lies below it (RFC 6265, 5.1.4).
fn of_path(asked: &str, path: &str) -> bool {
    asked == path || asked.strip_prefix(path).is_some_and(|rest| path.ends_with('/') || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, url: &str) -> String {
        select(text, &Url::parse(url).unwrap(), 1_795_521_600)
    }

    #[test]
    fn a_cookies_txt_is_matched_by_domain_path_age_and_safety() {
        let file = "# Netscape HTTP Cookie File\n\
            example.org\tFALSE\t/\tFALSE\t0\tsession\tone\n\
            .example.org\tTRUE\t/feeds\tFALSE\t4102444800\tdeep\ttwo\n\
            #HttpOnly_.example.org\tTRUE\t/\tTRUE\t4102444800\tsafe\tthree\n\
            example.org\tFALSE\t/\tFALSE\t946684800\told\tfour\n\
            other.org\tTRUE\t/\tFALSE\t0\tforeign\tfive\n\
            \n";
        for (url, header) in [
            ("https://example.org/feeds/a.xml", "deep=two; session=one; safe=three"),
            ("http://example.org/feeds", "deep=two; session=one"),
            ("http://example.org/feedsandmore", "session=one"),
            ("https://www.example.org/feeds/a.xml", "deep=two; safe=three"),
            ("https://badexample.org/feeds/a.xml", ""),
            ("http://127.0.0.1/", ""),
        ] {
            assert_eq!(of(file, url), header, "{url}");
        }
    }

    #[test]
    fn a_single_line_is_taken_as_it_stands() {
        assert_eq!(of("a=b; c=d\n", "http://x/"), "a=b; c=d");
        assert_eq!(of("Cookie: a=b; c=d;", "http://x/"), "a=b; c=d");
        assert_eq!(of("\n# nothing\nno cookie here\n", "http://x/"), "");
    }
}
