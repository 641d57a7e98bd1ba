//! Namespaces: what a prefix stands for, by its address, and by habit where nobody declared it.

use std::collections::HashMap;

use super::xml::{Tag, split_name};

/// The namespaces whose elements mean something here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ns {
    /// RSS of any version, no namespace, or an unknown one that is the document's default.
    Rss,
    /// Atom 1.0, 0.3 and its forerunners.
    Atom,
    /// RDF itself.
    Rdf,
    /// Dublin Core, elements and terms.
    Dublin,
    /// `content:encoded`.
    Content,
    /// Media RSS.
    Media,
    /// Podcasts at Apple's.
    Itunes,
    /// The syndication module of RSS 1.0.
    Syndication,
    /// XHTML.
    Xhtml,
    /// Everything else.
    Other,
}

/// Addresses without scheme, in lower case, by what they begin with.
const KNOWN: &[(&str, Ns)] = &[
    ("www.w3.org/2005/atom", Ns::Atom),
    ("purl.org/atom/", Ns::Atom),
    ("purl.org/echo", Ns::Atom),
    ("purl.org/pie", Ns::Atom),
    ("example.com/necho", Ns::Atom),
    ("example.com/newformat", Ns::Atom),
    ("purl.org/rss/1.0/modules/content", Ns::Content),
    ("purl.org/rss/1.0/modules/rss091", Ns::Rss),
    ("purl.org/rss/1.0/modules/syndication", Ns::Syndication),
    ("purl.org/rss/1.0/modules/", Ns::Other),
    ("purl.org/rss/", Ns::Rss),
    ("purl.org/net/rss1", Ns::Rss),
    ("my.netscape.com/", Ns::Rss),
    ("channel.netscape.com/", Ns::Rss),
    ("backend.userland.com/rss", Ns::Rss),
    ("blogs.law.harvard.edu/tech/rss", Ns::Rss),
    ("cyber.law.harvard.edu/rss", Ns::Rss),
    ("cyber.harvard.edu/rss", Ns::Rss),
    ("www.rssboard.org/rss-specification", Ns::Rss),
    ("www.w3.org/1999/02/22-rdf-syntax-ns", Ns::Rdf),
    ("purl.org/dc/", Ns::Dublin),
    ("search.yahoo.com/mrss", Ns::Media),
    ("video.search.yahoo.com/mrss", Ns::Media),
    ("www.rssboard.org/media-rss", Ns::Media),
    ("tools.search.yahoo.com/mrss", Ns::Media),
    ("www.itunes.com/", Ns::Itunes),
    ("example.com/dtds/podcast", Ns::Itunes),
    ("www.w3.org/1999/xhtml", Ns::Xhtml),
];

fn by_address(address: &str) -> Option<Ns> {
    let address = address.trim().to_ascii_lowercase();
    let address = address.split_once("://").map_or(address.as_str(), |(_, rest)| rest);
    KNOWN.iter().find(|(start, _)| address.starts_with(start)).map(|(_, ns)| *ns)
}

fn by_habit(prefix: &str) -> Ns {
    match prefix.to_ascii_lowercase().as_str() {
        "rss" => Ns::Rss,
        "atom" | "atom10" | "atom03" | "a10" | "a" => Ns::Atom,
        "rdf" => Ns::Rdf,
        "dc" | "dcterms" => Ns::Dublin,
        "content" => Ns::Content,
        "media" => Ns::Media,
        "itunes" => Ns::Itunes,
        "sy" => Ns::Syndication,
        "xhtml" | "html" | "xh" => Ns::Xhtml,
        _ => Ns::Other,
    }
}

/// Whether a declaration means to every reader what it means here: an address written exactly as its authors wrote it, or
/// one that nobody here knows, under a prefix that nobody would take for another.
pub(super) fn is_canonical(prefix: &str, address: &str) -> bool {
    const EXACT: &[&str] = &[
        "http://purl.org/rss/1.0/",
        "http://www.w3.org/2005/Atom",
        "http://purl.org/rss/1.0/modules/content/",
        "http://purl.org/rss/1.0/modules/syndication/",
        "http://purl.org/dc/elements/1.1/",
        "http://search.yahoo.com/mrss/",
        "http://www.itunes.com/dtds/podcast-1.0.dtd",
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    ];
    match by_address(address) {
        Some(Ns::Other) => by_habit(prefix) == Ns::Other,
        Some(_) => EXACT.contains(&address),
        None => !prefix.is_empty() && by_habit(prefix) == Ns::Other,
    }
}

/// The declarations in force. Looking a prefix up costs the same however many there are.
#[derive(Default)]
pub(super) struct Scope<'a> {
    bound: HashMap<&'a str, Vec<Ns>>,
    /// Of names without prefix, which most are: kept apart, so that nobody has to look.
    default: Vec<Ns>,
    declared: Vec<&'a str>,
}

impl<'a> Scope<'a> {
    /// Takes the declarations of a tag; the mark goes to [`Scope::leave`] when its element ends.
    pub(super) fn enter(&mut self, tag: &Tag<'a>) -> usize {
        let mark = self.declared.len();
        if tag.mentions("xmlns") {
            for (name, address) in tag.attributes() {
                let prefix = match name.strip_prefix("xmlns") {
                    Some("") => "",
                    Some(prefix) if prefix.starts_with(':') => &prefix[1..],
                    _ => continue,
                };
                // An unknown default namespace is somebody's own RSS; `xmlns:content="wrong"` still means content.
                let ns =
                    by_address(address).unwrap_or_else(|| if prefix.is_empty() { Ns::Rss } else { by_habit(prefix) });
                match prefix {
                    "" => self.default.push(ns),
                    _ => self.bound.entry(prefix).or_default().push(ns),
                }
                self.declared.push(prefix);
            }
        }
        mark
    }

    /// Forgets what was declared since the mark.
    pub(super) fn leave(&mut self, mark: usize) {
        for prefix in self.declared.drain(mark..) {
            match prefix {
                "" => _ = self.default.pop(),
                _ => _ = self.bound.get_mut(prefix).and_then(Vec::pop),
            }
        }
    }

    /// The namespace of a name, if its prefix was declared.
    pub(super) fn strictly(&self, name: &str) -> Option<Ns> {
        match split_name(name).0 {
            "" => Some(self.default.last().copied().unwrap_or(Ns::Rss)),
            prefix => self.bound.get(prefix).and_then(|stack| stack.last()).copied(),
        }
    }

    /// The namespace of a name by its prefix.
    pub(super) fn of(&self, name: &str) -> Ns {
        self.strictly(name).unwrap_or_else(|| by_habit(split_name(name).0))
    }
}
