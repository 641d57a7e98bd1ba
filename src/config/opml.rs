//! Lists of feeds as other programs write them: OPML 1.0 to 2.0, read tolerantly, written well-formed.

use std::collections::HashSet;
use std::fmt::Write as _;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::Config;
use crate::fetcher::Address;

/// A feed of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpmlFeed {
    /// Its title in the list; its address where it has none.
    pub name: String,
    /// Its address.
    pub url: String,
    /// The folders it lies in, outermost first, and its categories.
    pub tags: Vec<String>,
}

/// Bytes of a list: some hundred thousand feeds.
const BYTES: usize = 64 << 20;
/// Feeds taken of one list.
const FEEDS: usize = 200_000;
/// Folders within folders.
const DEPTH: usize = 64;
/// Characters of a name or tag.
const NAME: usize = 200;

/// Reads a list. Bare ampersands, unclosed and crossed tags, entities of HTML and upper-case names are borne with. The
/// error is a sentence for the user.
pub fn import(bytes: &[u8]) -> Result<Vec<OpmlFeed>, String> {
    if bytes.len() > BYTES {
        return Err(format!("the list is larger than {}", super::source::say_bytes(BYTES as u64)));
    }
    let text = decode(bytes);
    let mut reader = Reader::from_str(&text);
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    let mut feeds = Vec::new();
    let mut seen = HashSet::new();
    // The titles of the open outlines; `None` for one that adds no folder.
    let mut open: Vec<Option<String>> = Vec::new();
    let mut is_list = false;
    loop {
        match reader.read_event() {
            Ok(Event::Start(e)) if is_named(&e, "outline") => {
                if open.len() >= DEPTH {
                    return Err(format!("folders lie within folders more than {DEPTH} deep"));
                }
                let outline = Outline::read(&e);
                outline.add_to(&mut feeds, &mut seen, &open);
                open.push(outline.url.is_none().then_some(outline.title).flatten());
                is_list = true;
            }
            Ok(Event::Empty(e)) if is_named(&e, "outline") => {
                Outline::read(&e).add_to(&mut feeds, &mut seen, &open);
                is_list = true;
            }
            Ok(Event::Start(e) | Event::Empty(e)) => is_list |= is_named(&e, "opml"),
            Ok(Event::End(e)) if e.local_name().as_ref().eq_ignore_ascii_case("outline") => drop(open.pop()),
            Ok(Event::Eof) => break,
            Ok(_) => {}
            // What was read before the break is kept: half a list is better than none, and nothing is sent by it.
            Err(_) if !feeds.is_empty() => break,
            Err(e) => return Err(format!("the list cannot be read: {}", super::problems::lower(&e.to_string()))),
        }
        if feeds.len() > FEEDS {
            return Err(format!("the list holds more than {FEEDS} feeds"));
        }
    }
    match (is_list, feeds.is_empty()) {
        (false, _) => Err("this is no OPML: it holds no `outline`".into()),
        (true, true) => Err("the list holds no feed: no `outline` has an `xmlUrl`".into()),
        _ => Ok(feeds),
    }
}

/// An `outline` element.
struct Outline {
    title: Option<String>,
    url: Option<String>,
    categories: Vec<String>,
}

impl Outline {
    fn read(e: &BytesStart<'_>) -> Self {
        let (mut title, mut text, mut url, mut category) = (None, None, None, None);
        // Attributes as browsers take them: without quotes, without values, given twice.
        for attribute in e.html_attributes().with_checks(false).flatten() {
            let name = attribute.key.local_name();
            let name = name.as_ref().to_ascii_lowercase();
            let value = plain(&unescape(&attribute.value));
            let target = match name.as_str() {
                "title" => &mut title,
                "text" => &mut text,
                "xmlurl" => &mut url,
                "category" => &mut category,
                _ => continue,
            };
            if target.is_none() && !value.is_empty() {
                *target = Some(value);
            }
        }
        // OPML 2.0: comma-separated, each perhaps a path with slashes.
        let category = category.unwrap_or_default();
        let categories =
            category.split(',').map(|c| c.trim().trim_matches('/').to_string()).filter(|c| !c.is_empty()).collect();
        Self { title: title.or(text), url, categories }
    }

    fn add_to(&self, feeds: &mut Vec<OpmlFeed>, seen: &mut HashSet<String>, open: &[Option<String>]) {
        let Some(url) = &self.url else { return };
        // `feed:` is what old browsers put before addresses.
        let url = match url.strip_prefix("feed:") {
            Some(rest) if rest.starts_with("//") => format!("http:{rest}"),
            Some(rest) => rest.to_string(),
            None => url.clone(),
        };
        if !seen.insert(url.clone()) {
            return;
        }
        let mut tags: Vec<String> = Vec::new();
        for tag in open.iter().flatten().chain(&self.categories) {
            let tag = short(tag.trim_start_matches('#').trim());
            if !tag.is_empty() && !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        let name = self.title.clone().unwrap_or_else(|| crate::model::redact_url(&url));
        feeds.push(OpmlFeed { name: short(name.trim_start_matches('#').trim()), url, tags });
    }
}

fn is_named(e: &BytesStart<'_>, name: &str) -> bool {
    e.local_name().as_ref().eq_ignore_ascii_case(name)
}

/// The text of a list: by its byte order mark or declaration, else UTF-8.
fn decode(bytes: &[u8]) -> String {
    if let Some((encoding, _)) = encoding_rs::Encoding::for_bom(bytes) {
        return encoding.decode(bytes).0.into_owned();
    }
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
    let declared = head.split_once("encoding=").and_then(|(_, rest)| {
        let quote = rest.chars().next().filter(|c| *c == '"' || *c == '\'')?;
        encoding_rs::Encoding::for_label(rest[1..].split(quote).next()?.as_bytes())
    });
    let utf8 = std::str::from_utf8(bytes).is_ok();
    let encoding = declared.filter(|e| !utf8 && e.is_ascii_compatible()).unwrap_or(encoding_rs::UTF_8);
    encoding.decode(bytes).0.into_owned()
}

/// References of XML and HTML resolved; what is none stays as it is.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out += &rest[..at];
        rest = &rest[at..];
        // The longest entity of HTML has 31 letters.
        let end = rest.bytes().take(34).position(|b| b == b';');
        match end.and_then(|end| Some((quick_xml::escape::unescape_with(&rest[..=end], html_entity).ok()?, end))) {
            Some((value, end)) => {
                out += &value;
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out + rest
}

fn html_entity(name: &str) -> Option<&'static str> {
    quick_xml::escape::resolve_predefined_entity(name).or(match name {
        "nbsp" => Some(" "),
        "mdash" => Some("—"),
        "ndash" => Some("–"),
        "hellip" => Some("…"),
        "rsquo" => Some("’"),
        "lsquo" => Some("‘"),
        "rdquo" => Some("”"),
        "ldquo" => Some("“"),
        "laquo" => Some("«"),
        "raquo" => Some("»"),
        _ => None,
    })
}

/// White space folded, control characters taken out.
fn plain(text: &str) -> String {
    let visible: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn short(text: &str) -> String {
    text.chars().take(NAME).collect::<String>().trim_end().to_string()
}

/// The feeds as `[[feed]]` tables. Names are made unique by a number behind them.
pub fn to_toml(feeds: &[OpmlFeed]) -> String {
    let mut out = String::new();
    let mut names = HashSet::new();
    for feed in feeds {
        let mut name = feed.name.clone();
        let mut number = 2;
        while name.is_empty() || !names.insert(name.clone()) {
            name = format!("{} {number}", if feed.name.is_empty() { "feed" } else { &feed.name });
            number += 1;
        }
        let separator = if out.is_empty() { "" } else { "\n" };
        // Writing to a String cannot fail.
        let _ = write!(out, "{separator}[[feed]]\nname = {}\nurl = {}\n", quoted(&name), quoted(&feed.url));
        if !feed.tags.is_empty() {
            let tags: Vec<String> = feed.tags.iter().map(|t| quoted(t)).collect();
            let _ = writeln!(out, "tags = [{}]", tags.join(", "));
        }
    }
    out
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out += "\\\"",
            '\\' => out += "\\\\",
            '\n' => out += "\\n",
            '\r' => out += "\\r",
            '\t' => out += "\\t",
            // Marks of direction would let one address look like another in an editor.
            c if c.is_control()
                || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
            {
                let _ = write!(out, "\\u{:04X}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The configured feeds as OPML 2.0: a flat list, tags as categories. Such lists are passed on: logins are left out, and
/// of queries what is named like a key or token (the rest often says which feed is meant); files too, since nobody
/// else has them.
pub fn export(config: &Config) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n  <head>\n    <title>Feeds of feedwatch</title>\n  </head>\n  <body>\n",
    );
    for feed in &config.feeds {
        let Address::Http(url) = &feed.source.address else { continue };
        let mut url = url.clone();
        // Fails only for addresses without a host, and these have one.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        let kept: Vec<&str> = url.query().unwrap_or_default().split('&').filter(|pair| !is_secret(pair)).collect();
        let kept = kept.join("&");
        url.set_query((!kept.is_empty()).then_some(kept.as_str()));
        let name = xml(feed.name.as_str());
        let _ =
            write!(out, "    <outline type=\"rss\" text=\"{name}\" title=\"{name}\" xmlUrl=\"{}\"", xml(url.as_str()));
        if !feed.tags.is_empty() {
            // A comma within a tag would make two of it.
            let tags: Vec<String> = feed.tags.iter().map(|t| t.replace(',', " ")).collect();
            let _ = write!(out, " category=\"{}\"", xml(&tags.join(",")));
        }
        out += "/>\n";
    }
    out + "  </body>\n</opml>\n"
}

/// Whether a part of a query (`name=value`) is named like a secret.
fn is_secret(pair: &str) -> bool {
    super::mask::holds_secret_word(&pair.split('=').next().unwrap_or_default().to_ascii_lowercase())
}

/// Text for an attribute of XML 1.0: characters that it cannot hold are left out.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\n' => out += "&#10;",
            '\r' => out += "&#13;",
            '\t' => out += "&#9;",
            c if (c as u32) < 0x20 || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Environment, load};

    fn urls(text: &str) -> Vec<String> {
        import(text.as_bytes()).unwrap().into_iter().map(|f| f.url).collect()
    }

    #[test]
    fn folders_and_categories_become_tags() {
        let list = r#"<?xml version="1.0"?><opml version="2.0"><head><title>x</title></head><body>
            <outline text="World"><outline text="Asia">
              <outline type="rss" title="A &amp; B" text="b" xmlUrl="https://a.example/?x=1&amp;y=2" category="/News/East,#x"/>
            </outline></outline>
            <outline text="c" xmlUrl="https://c.example/"></outline></body></opml>"#;
        let tags = ["World", "Asia", "News/East", "x"].map(String::from).to_vec();
        assert_eq!(
            import(list.as_bytes()).unwrap(),
            [
                OpmlFeed { name: "A & B".into(), url: "https://a.example/?x=1&y=2".into(), tags },
                OpmlFeed { name: "c".into(), url: "https://c.example/".into(), tags: vec![] },
            ]
        );
    }

    #[test]
    fn what_is_found_in_the_wild_is_read() {
        let deep = format!("<opml>{}", "<outline text='x'>".repeat(100));
        for (text, expected) in [
            ("<opml><body><outline xmlUrl='https://a/?x=1&y=2' text='a & b'/>", vec!["https://a/?x=1&y=2"]),
            ("<OPML><BODY><OUTLINE TEXT='a' XMLURL='https://a/'></BODY>", vec!["https://a/"]),
            ("<opml><outline text='&nbsp;a&bogus;' xmlUrl=https://a/ ></outline></opml>", vec!["https://a/"]),
            (
                "<opml><outline xmlUrl='feed://a/f'/><outline xmlUrl='feed:https://b/'/></opml>",
                vec!["http://a/f", "https://b/"],
            ),
            ("<opml><outline xmlUrl='https://a/'/><outline xmlUrl='https://a/'/></opml>", vec!["https://a/"]),
            ("\u{feff}<opml><outline xmlUrl='https://a/'/><outline xmlUrl='https://b/'", vec!["https://a/"]),
        ] {
            assert_eq!(urls(text), expected, "{text}");
        }
        for text in ["", "just words", "<html><body>no list</body></html>", "<opml><body/></opml>", &deep] {
            assert!(import(text.as_bytes()).is_err(), "{text}");
        }
        let cyrillic = encoding_rs::WINDOWS_1251.encode("<?xml version=\"1.0\" encoding=\"windows-1251\"?><opml><outline text='Новости' xmlUrl='https://a/'/></opml>").0;
        assert_eq!(import(&cyrillic).unwrap()[0].name, "Новости");
    }

    #[test]
    fn what_is_imported_is_a_configuration_and_goes_out_again() {
        let feed = |name: &str, url: &str, tags: &[&str]| OpmlFeed {
            name: name.into(),
            url: url.into(),
            tags: tags.iter().map(|t| t.to_string()).collect(),
        };
        let list = [
            feed("Say \"hi\" \\ & <b>", "https://u:p@a.example/f?x=1&token=abc", &["news", "a, b"]),
            feed("two", "https://b.example/", &[]),
            feed("two", "https://c.example/", &[]),
            feed("", "https://d.example/\u{202e}", &[]),
        ];
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("feeds.toml");
        std::fs::write(&path, to_toml(&list)).unwrap();
        let variables = [("HOME".to_string(), "/".to_string())].into();
        let config = load(&path, &Environment { variables, ..Environment::default() }).config.unwrap();
        let names: Vec<&str> = config.feeds.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(names, ["Say \"hi\" \\ & <b>", "two", "two 2", "feed 2"]);

        let out = export(&config);
        let mut reader = Reader::from_str(&out);
        while !matches!(reader.read_event().expect("well-formed"), Event::Eof) {}
        let again = import(out.as_bytes()).unwrap();
        assert_eq!(again[0], feed("Say \"hi\" \\ & <b>", "https://a.example/f?x=1", &["news", "a b"]));
        assert_eq!(again.len(), 4);
        for secret in ["u:p", "abc", "token"] {
            assert!(!out.contains(secret), "{out}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let _ = import(&bytes);
        }

        #[test]
        fn any_text_survives_being_written_as_toml(name in "\\PC{1,20}|[\\x00-\\x1f\"\\\\]{1,9}") {
            let written = to_toml(&[OpmlFeed { name: name.clone(), url: "https://a/".into(), tags: vec![name.clone()] }]);
            let read = toml::from_str::<toml::Table>(&written).unwrap();
            proptest::prop_assert_eq!(read["feed"][0]["name"].as_str(), Some(name.as_str()));
            proptest::prop_assert_eq!(read["feed"][0]["tags"][0].as_str(), Some(name.as_str()));
        }
    }
}
