//! The words for formats, by a document's first element.

use super::vocabulary::Ns;
use super::xml::Tag;

/// The format that a first element announces; `None` when it announces no feed.
pub(super) fn of_root(local: &str, ns: Ns, tag: &Tag<'_>) -> Option<&'static str> {
    let version = tag.attribute("version").unwrap_or("").trim();
    match local {
        "rss" => Some(rss(version)),
        "rdf" | "rdf:rdf" => Some(rdf(tag)),
        "channel" | "item" => Some("rss2.0"),
        "feed" | "entry" if version.starts_with("0.") || speaks_of(tag, "purl.org/atom") => Some("atom0.3"),
        "feed" | "entry" => Some("atom1.0"),
        _ if ns == Ns::Atom => Some("atom1.0"),
        _ => None,
    }
}

/// An odd version is the nearest that exists.
fn rss(version: &str) -> &'static str {
    match version.trim_start_matches(|c: char| !c.is_ascii_digit()) {
        v if v.starts_with("0.91") => "rss0.91",
        v if v.starts_with("0.92") => "rss0.92",
        v if v.starts_with("0.93") => "rss0.93",
        v if v.starts_with("0.94") => "rss0.94",
        v if v.starts_with("0.9") => "rss0.9",
        v if v.starts_with('1') => "rss1.0",
        _ => "rss2.0",
    }
}

fn rdf(tag: &Tag<'_>) -> &'static str {
    match () {
        () if speaks_of(tag, "my.netscape.com") || speaks_of(tag, "channel.netscape.com") => "rss0.9",
        () => "rss1.0",
    }
}

fn speaks_of(tag: &Tag<'_>, address: &str) -> bool {
    tag.mentions(address)
}
