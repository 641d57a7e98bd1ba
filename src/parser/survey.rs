//! Is a document clean? One look at its tokens that answers whether `feed-rs` reads it, and reads it as it is meant.
//!
//! `feed-rs` is strict, and it leaves out in silence what it does not know: elements of other names, namespaces spelled
//! otherwise, markup inside a title. So a document is clean only if every element in it is one of a short list, stands
//! where it belongs, as often as it may, and holds what it should. Everything else is read by the tolerant reader alone.

use super::Limits;
use super::draft::{identifier, short};
use super::entities::resolve_simple;
use super::fields::{Field, Permalink, field};
use super::hints::{Hint, HintsDraft};
use super::vocabulary::{Ns, Scope, is_canonical};
use super::xml::{Tag, Token, Tokens, local_name};

/// Documents above this size are left to the tolerant reader: `feed-rs` holds a document several times over.
pub(super) const SIZE: usize = 4 * 1024 * 1024;
/// No clean feed nests deeper; `feed-rs` itself would go to 65,535.
const DEPTH: usize = 32;
/// Attributes of one tag, and characters of one, beyond which it is not clean.
const TAG: usize = 16 * 1024;

/// Attributes that either reader reads, where they have no prefix.
const READ: &[&str] = &[
    "domain",
    "filesize",
    "href",
    "isPermaLink",
    "label",
    "length",
    "mode",
    "path",
    "port",
    "protocol",
    "registerProcedure",
    "rel",
    "src",
    "term",
    "type",
    "url",
    "version",
];

/// What a clean document says beside what `feed-rs` tells.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// Its format, as the tolerant reader would say it.
    pub format: &'static str,
    /// It is Atom.
    pub atom: bool,
    /// What it says of its own rhythm; hubs are told by `feed-rs`.
    pub hints: HintsDraft,
    /// One for each item, in order.
    pub items: Vec<Aside>,
}

/// What `feed-rs` does not tell of an item.
#[derive(Debug)]
pub(super) struct Aside {
    /// Whether its guid may stand in for its link.
    pub permalink: Permalink,
    /// `rdf:about`.
    pub about: Option<String>,
    /// `xml:lang` of the item itself.
    pub language: Option<String>,
    /// Fields that it has, so that none comes twice.
    seen: Vec<&'static str>,
}

/// Looks at a document. `None`: not clean.
pub(super) fn survey(text: &str, limits: Limits) -> Option<Survey> {
    if text.len() > SIZE {
        return None;
    }
    let mut look = Look {
        limits,
        scope: Scope::default(),
        stack: Vec::new(),
        seen: Vec::new(),
        hint: String::new(),
        found: Survey::default(),
    };
    let mut tokens = Tokens::new(text);
    while let Some(token) = tokens.next() {
        if tokens.repaired || tokens.has_doctype {
            return None;
        }
        look.token(token)?;
    }
    (!tokens.repaired && look.stack.is_empty() && !look.found.format.is_empty()).then_some(look.found)
}

/// What an open element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Rss,
    Rdf,
    /// Atom's `feed`, or a channel.
    Feed,
    Item,
    /// Text alone.
    Field,
    /// Text alone: an address, whose ends are trimmed differently where they are spaces beyond ASCII.
    Address,
    /// Text alone, in which an address would make `feed-rs` panic (it cuts the name at a byte beside it).
    Person,
    /// Atom's `author`, with elements inside.
    PersonParts,
    /// An element whose content neither reader looks at, of RSS itself.
    Passed,
    /// The same, of a namespace that neither knows.
    Foreign,
    /// `skipHours` or `skipDays`.
    Skips,
    /// Text alone, which `feed-rs` does not tell.
    Hint(Hint),
}

struct Look<'a> {
    limits: Limits,
    scope: Scope<'a>,
    stack: Vec<(&'a str, Role, usize)>,
    /// Fields that the feed has.
    seen: Vec<&'static str>,
    /// The text of the hint that is open.
    hint: String,
    found: Survey,
}

impl<'a> Look<'a> {
    fn token(&mut self, token: Token<'a>) -> Option<()> {
        match token {
            Token::Start(tag) => self.start(tag),
            Token::End(name) => self.end(name),
            Token::Text(text) | Token::CData(text) => self.text(text),
            Token::Reference(_) if matches!(self.stack.last(), Some((_, Role::PersonParts, _))) => None,
            // The five of XML and plain characters by number; everything else is HTML's or the document's own.
            Token::Reference("amp" | "lt" | "gt" | "quot" | "apos") => {
                self.hinted("?");
                Some(())
            }
            Token::Reference(name) => {
                let number: u32 = match name.strip_prefix("#x") {
                    Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                    None => name.strip_prefix('#')?.parse().ok()?,
                };
                let c = char::from_u32(number)?;
                self.hinted(&resolve_simple(&format!("&{name};")));
                (!c.is_control() && !c.is_whitespace() && c != '@').then_some(())
            }
        }
    }

    fn text(&mut self, text: &str) -> Option<()> {
        // The sign of a text encoded twice, which `feed-rs` trims or writes otherwise before it could be mended.
        let wide = |c: char| !c.is_ascii() && c.is_whitespace();
        if looks_encoded_twice(text) || text.starts_with(wide) || text.ends_with(wide) {
            return None;
        }
        self.hinted(text);
        match self.stack.last().map(|(_, role, _)| role) {
            Some(Role::Person) => (!text.contains('@')).then_some(()),
            Some(Role::Address) => (!holds_wide_space(text)).then_some(()),
            // Text outside of everything, or beside the parts of a person: only white space belongs there.
            None | Some(Role::PersonParts) => text.trim().is_empty().then_some(()),
            _ => Some(()),
        }
    }

    /// Text of a hint, if that is what is open.
    fn hinted(&mut self, text: &str) {
        if matches!(self.stack.last(), Some((_, Role::Hint(_), _))) {
            self.hint.push_str(text);
        }
    }

    fn end(&mut self, name: &str) -> Option<()> {
        let (open, role, mark) = self.stack.pop()?;
        self.scope.leave(mark);
        if let Role::Hint(hint) = role {
            self.found.hints.take(hint, &std::mem::take(&mut self.hint));
        }
        (open == name).then_some(())
    }

    fn start(&mut self, tag: Tag<'a>) -> Option<()> {
        if self.stack.len() >= DEPTH || tag.length() > TAG || !tag.is_strict() || tag.name.matches(':').count() > 1 {
            return None;
        }
        if self.stack.is_empty() && !self.found.format.is_empty() {
            return None;
        }
        let mark = self.scope.enter(&tag);
        let role = self.attributes(&tag).and_then(|()| self.role(&tag))?;
        if tag.empty {
            self.scope.leave(mark);
        } else {
            self.stack.push((tag.name, role, mark));
        }
        Some(())
    }

    /// Attributes that mean something everywhere.
    fn attributes(&mut self, tag: &Tag<'a>) -> Option<()> {
        let at_root = self.stack.is_empty();
        let mut names: Vec<&str> = Vec::new();
        for (name, value) in tag.attributes() {
            // A doubled attribute is an error to XML, and `feed-rs` passes over it.
            if names.contains(&name) || names.len() >= 64 || value.contains('<') {
                return None;
            }
            names.push(name);
            // `feed-rs` knows these by their exact names alone, the tolerant reader whatever their case and prefix.
            if let Some(exact) = READ.iter().find(|exact| exact.eq_ignore_ascii_case(local_name(name)))
                && name != *exact
            {
                return None;
            }
            if let Some(prefix) = name.strip_prefix("xmlns") {
                let prefix = prefix.strip_prefix(':').unwrap_or(prefix);
                if !is_canonical(prefix, value) || (prefix.is_empty() && !at_root) {
                    return None;
                }
            }
            if name.get(..4).is_some_and(|prefix| prefix != "xml:" && prefix.eq_ignore_ascii_case("xml:")) {
                return None;
            }
            if name.eq_ignore_ascii_case("xml:base") {
                return None;
            }
        }
        Some(())
    }

    fn role(&mut self, tag: &Tag<'a>) -> Option<Role> {
        let ns = self.scope.strictly(tag.name)?;
        let local = local_name(tag.name);
        let parent = self.stack.last().map(|(_, role, _)| *role);
        let speaks = tag.attributes().any(|(name, _)| name.eq_ignore_ascii_case("xml:lang"));
        let may_speak = match parent {
            None => self.atom_root(tag, ns, local),
            Some(Role::Feed) => self.found.atom && local == "entry",
            _ => false,
        };
        if speaks && !may_speak {
            return None;
        }
        match (parent, ns, local) {
            (None, ..) => self.root(tag, ns, local),
            (Some(Role::Rss), Ns::Rss, "channel") => self.once("channel").then_some(Role::Feed),
            (Some(Role::Rdf), Ns::Rss, "channel") => self.once("channel").then_some(Role::Feed),
            (Some(Role::Rdf), Ns::Rss, "image" | "textinput") => Some(Role::Passed),
            (Some(Role::Rdf), Ns::Rss, "item") => self.item(tag),
            (Some(Role::Feed), Ns::Rss, "item") if self.found.format != "rss1.0" => self.item(tag),
            (Some(Role::Feed), Ns::Atom, "entry") if self.found.atom => self.item(tag),
            (Some(Role::Feed), ..) => self.of_feed(tag, ns, local),
            (Some(Role::Item), ..) => self.of_item(tag, ns, local),
            (Some(Role::PersonParts), Ns::Atom, "name" | "uri" | "email") => Some(Role::Field),
            (Some(Role::PersonParts), Ns::Other, _) if !matches!(local, "name" | "uri" | "email") => {
                Some(Role::Foreign)
            }
            (Some(Role::Skips), Ns::Rss, _) if local.eq_ignore_ascii_case("hour") => Some(Role::Hint(Hint::Hour)),
            (Some(Role::Skips), Ns::Rss, _) if local.eq_ignore_ascii_case("day") => Some(Role::Hint(Hint::Day)),
            (Some(Role::Rss | Role::Rdf), Ns::Other, _) if local != "channel" => Some(Role::Foreign),
            (Some(Role::Passed), Ns::Rss, _) if local != "item" => Some(Role::Passed),
            (Some(Role::Passed | Role::Foreign), Ns::Rdf | Ns::Other, _) => Some(Role::Foreign),
            _ => None,
        }
    }

    fn atom_root(&self, tag: &Tag<'a>, ns: Ns, local: &str) -> bool {
        ns == Ns::Atom && local == "feed" && tag.name == "feed"
    }

    fn root(&mut self, tag: &Tag<'a>, ns: Ns, local: &str) -> Option<Role> {
        let version = tag.attribute("version");
        let default = tag.attributes().find(|(name, _)| *name == "xmlns").map(|(_, value)| value);
        let (format, role) = match (ns, local, version) {
            (Ns::Rss, "rss", Some("2.0")) if default.is_none() => ("rss2.0", Role::Rss),
            (Ns::Rss, "rss", Some("0.91")) if default.is_none() => ("rss0.91", Role::Rss),
            (Ns::Rss, "rss", Some("0.92")) if default.is_none() => ("rss0.92", Role::Rss),
            (Ns::Rdf, "RDF", None) if default == Some("http://purl.org/rss/1.0/") => ("rss1.0", Role::Rdf),
            (Ns::Atom, "feed", None) if tag.name == "feed" => ("atom1.0", Role::Feed),
            _ => return None,
        };
        self.found.format = format;
        self.found.atom = format == "atom1.0";
        Some(role)
    }

    fn item(&mut self, tag: &Tag<'a>) -> Option<Role> {
        if self.found.items.len() >= self.limits.items || tag.empty || tag.attribute("href").is_some() {
            return None;
        }
        let value = |wanted: &str| tag.attributes().find(|(name, _)| *name == wanted).map(|(_, value)| value);
        self.found.items.push(Aside {
            permalink: Permalink::No,
            about: value("rdf:about").and_then(|about| identifier(&resolve_simple(about), self.limits)),
            language: value("xml:lang").map(short).filter(|language| !language.is_empty()),
            seen: Vec::new(),
        });
        Some(Role::Item)
    }

    /// Notes a field of the feed; false when it is there already.
    fn once(&mut self, name: &'static str) -> bool {
        let first = !self.seen.contains(&name);
        self.seen.push(name);
        first
    }

    /// Notes a field of the item; false when it is there already.
    fn once_an_item(&mut self, name: &'static str) -> bool {
        let Some(item) = self.found.items.last_mut() else { return false };
        let first = !item.seen.contains(&name);
        item.seen.push(name);
        first
    }

    fn of_feed(&mut self, tag: &Tag<'a>, ns: Ns, local: &str) -> Option<Role> {
        let once = |look: &mut Self, name| look.once(name).then_some(Role::Field);
        match (ns, local) {
            (Ns::Rss | Ns::Atom, "title") if (ns == Ns::Atom) == self.found.atom => {
                self.text_type(tag)?;
                once(self, "title")
            }
            (Ns::Atom, "link") => self.typed_link(tag),
            (Ns::Atom, "updated") if self.found.atom => once(self, "updated"),
            (Ns::Atom, "id" | "icon" | "logo" | "generator" | "category") if self.found.atom => Some(Role::Field),
            (Ns::Atom, "rights" | "subtitle") if self.found.atom => self.text_type(tag).map(|()| Role::Field),
            (Ns::Atom, "author" | "contributor") if self.found.atom => Some(Role::PersonParts),
            (Ns::Rss, "link") if tag.attribute("href").is_none() => once(self, "link").map(|_| Role::Address),
            (Ns::Rss, "description" | "copyright" | "docs" | "generator" | "rating" | "category") => Some(Role::Field),
            (Ns::Rss, "ttl") => Some(Role::Hint(Hint::Ttl)),
            (Ns::Rss, "cloud") => {
                self.found.hints.cloud(tag);
                Some(Role::Field)
            }
            (Ns::Syndication, _) if local.eq_ignore_ascii_case("updatePeriod") => Some(Role::Hint(Hint::Period)),
            (Ns::Syndication, _) if local.eq_ignore_ascii_case("updateFrequency") => Some(Role::Hint(Hint::Frequency)),
            (Ns::Syndication, _) => Some(Role::Foreign),
            (Ns::Rss, "language") => once(self, "language"),
            (Ns::Rss, "lastBuildDate") => once(self, "lastBuildDate"),
            (Ns::Rss, "pubDate") => once(self, "pubDate"),
            (Ns::Rss, "managingEditor" | "webMaster") => Some(Role::Person),
            (Ns::Rss, "image" | "textInput" | "textinput") => Some(Role::Passed),
            (Ns::Rss, "skipHours" | "skipDays") => Some(Role::Skips),
            (Ns::Rss, "items") => Some(Role::Foreign),
            (Ns::Dublin, "creator" | "rights" | "publisher") => Some(Role::Person),
            (Ns::Dublin, "date") if self.found.format == "rss1.0" => once(self, "date"),
            (Ns::Other, _) => Some(Role::Foreign),
            _ => None,
        }
    }

    fn of_item(&mut self, tag: &Tag<'a>, ns: Ns, local: &str) -> Option<Role> {
        let once = |look: &mut Self, name| look.once_an_item(name).then_some(Role::Field);
        let (atom, rss1) = (self.found.atom, self.found.format == "rss1.0");
        match (ns, local) {
            (Ns::Rss, "title") => self.text_type(tag).and_then(|()| once(self, "title")),
            (Ns::Rss, "link") if tag.attribute("href").is_none() => once(self, "link").map(|_| Role::Address),
            (Ns::Rss, "description") => self.text_type(tag).and_then(|()| once(self, "description")),
            (Ns::Content, "encoded") => self.text_type(tag).and_then(|()| once(self, "encoded")),
            (Ns::Rss, "guid") if !rss1 => {
                let Some((Field::Guid(permalink), _)) = field(ns, local, tag) else { return None };
                self.found.items.last_mut()?.permalink = permalink;
                once(self, "guid")
            }
            (Ns::Rss, "pubDate") if !rss1 => once(self, "pubDate"),
            (Ns::Rss, "author") if !rss1 => Some(Role::Person),
            (Ns::Rss, "category") if !rss1 && tag.attribute("term").is_none() && tag.attribute("label").is_none() => {
                Some(Role::Field)
            }
            (Ns::Rss, "comments" | "source") if !rss1 => Some(Role::Field),
            (Ns::Rss, "enclosure") if !rss1 => plain_enclosure(tag).then_some(Role::Field),
            (Ns::Dublin, "creator") => Some(Role::Person),
            (Ns::Dublin, "date") if rss1 => once(self, "date"),
            (Ns::Atom, "id") if atom => once(self, "id"),
            (Ns::Atom, "updated") if atom => once(self, "updated"),
            (Ns::Atom, "published") if atom => once(self, "published"),
            (Ns::Atom, "rights") if atom => self.text_type(tag).map(|()| Role::Field),
            (Ns::Atom, "title") if atom => self.text_type(tag).and_then(|()| once(self, "title")),
            (Ns::Atom, "summary") if atom => self.text_type(tag).and_then(|()| once(self, "summary")),
            (Ns::Atom, "content") if atom && tag.attribute("src").is_none() => {
                self.text_type(tag).and_then(|()| once(self, "content"))
            }
            (Ns::Atom, "link") if atom => self.typed_link(tag),
            (Ns::Atom, "category") if atom => {
                tag.attribute("term").filter(|t| !t.trim().is_empty()).map(|_| Role::Field)
            }
            (Ns::Atom, "author" | "contributor") if atom => Some(Role::PersonParts),
            (Ns::Other, _) => Some(Role::Foreign),
            _ => None,
        }
    }

    /// Atom's text, plain or HTML. XHTML is written out anew by `feed-rs`, its text not always escaped.
    fn text_type(&self, tag: &Tag<'a>) -> Option<()> {
        let allowed: &[&str] = if self.found.atom { &["text", "html"] } else { &[] };
        let simple = tag.attribute("type").is_none_or(|t| allowed.contains(&t));
        (simple && tag.attribute("mode").is_none()).then_some(())
    }

    fn typed_link(&self, tag: &Tag<'a>) -> Option<Role> {
        let times =
            |wanted: &str| tag.attributes().filter(|(name, _)| local_name(name).eq_ignore_ascii_case(wanted)).count();
        let href = tag.attribute("href")?;
        let simple = times("href") == 1 && times("rel") <= 1 && times("type") <= 1;
        let readable = !href.trim().is_empty() && !holds_wide_space(&resolve_simple(href));
        (simple && readable).then_some(Role::Field)
    }
}

fn holds_wide_space(text: &str) -> bool {
    text.contains(|c: char| !c.is_ascii() && c.is_whitespace())
}

/// Letters of Latin 1 that are the first two bytes of one in UTF-8, as a look at the bytes tells.
fn looks_encoded_twice(text: &str) -> bool {
    !text.is_ascii() && text.as_bytes().windows(3).any(|w| matches!(w, [0xC3, 0x82..=0xB4, 0xC2]))
}

/// An enclosure that both readers understand alike: an absolute address, a media type of two words.
fn plain_enclosure(tag: &Tag<'_>) -> bool {
    let url = tag.attribute("url").unwrap_or("");
    let media_type = tag.attribute("type").unwrap_or("");
    let word = |part: &str| {
        // A name begins with a letter or digit (RFC 6838, 4.2).
        part.starts_with(|c: char| c.is_ascii_alphanumeric())
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.+".contains(&b))
    };
    let typed = media_type.split_once('/').is_some_and(|(a, b)| word(a) && word(b));
    // One that is no address is left out by one reader, and counted as dropped by the other.
    let read = || url::Url::parse(&resolve_simple(url)).is_ok();
    typed && (url.starts_with("http://") || url.starts_with("https://")) && read()
}
