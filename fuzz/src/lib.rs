//! What is fuzzed: one function a target, which takes any bytes and panics where a promise is broken.
//!
//! `cargo fuzz` drives them with coverage (`fuzz/run.sh`), and `tests/it/fuzzing.rs` drives the same functions with a few
//! thousand mutations that are the same in every run, on a stable compiler and within the ordinary tests.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a panic is how a target reports")]

use feedwatch::config::{self, Environment, opml};
use feedwatch::deduper::{fingerprint, identify};
use feedwatch::matcher::query::QUERY_LIMIT;
use feedwatch::matcher::{Query, WatchTerms, Watchlist, check_term, field_text};
use feedwatch::model::{Item, ItemText, KeyKind, WatchName};
use feedwatch::parser::{Document, Limits, ParsedFeed, dates, html, parse};
use feedwatch::text::{cut, diff};

/// A target by its name.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: &[Target] = &[
    ("feed", feed),
    ("repair", repair),
    ("html", html),
    ("dates", dates),
    ("config", config),
    ("query", query),
    ("opml", opml),
    ("text", text),
];

fn read(bytes: &[u8], limits: Limits) -> Option<ParsedFeed> {
    let document = Document { bytes, content_type: None, base: Some("https://feeds.example/a/feed.xml") };
    parse(document, limits).ok()
}

/// Any bytes as a document: what is read of it keeps within the limits, is text without control characters, and links
/// to the web alone. The stages behind it take whatever it holds.
pub fn feed(bytes: &[u8]) {
    let limits = Limits { items: 150, field_bytes: 1500 };
    let Some(feed) = read(bytes, limits) else { return };
    assert!(feed.items.len() <= limits.items);
    assert!(!feed.title.contains(char::is_control), "{:?}", feed.title);
    for item in &feed.items {
        let ItemText { title, summary, body } = &item.text;
        assert!(!title.contains(char::is_control), "{title:?}");
        for text in [title, summary, body] {
            assert!(text.len() <= limits.field_bytes && tidy(text), "{text:?}");
        }
        for link in item.link.iter().chain(item.enclosures.iter().map(|e| &e.url)) {
            assert!(["http:", "https:", "ftp:", "magnet:"].iter().any(|s| link.starts_with(s)), "{link:?}");
        }
        fingerprint::fingerprint(&item.text);
    }
    let count = feed.items.len();
    for rung in [KeyKind::Guid, KeyKind::Link] {
        let named = identify(feed.items.clone(), rung);
        assert!(named.entries.len() <= count);
        assert_eq!(named.probes().len(), named.entries.len());
    }
}

/// Text as the parser gives it: no control characters but line breaks, nothing at its ends, no white space twice.
fn tidy(text: &str) -> bool {
    let apart = |c: char| c == ' ' || c == '\n';
    !text.chars().any(|c| c.is_control() && c != '\n')
        && !text.starts_with(apart)
        && !text.as_bytes().windows(2).any(|pair| apart(pair[0] as char) && apart(pair[1] as char))
}

/// A well-formed document that is made to go through the repair is the same feed as before.
pub fn repair(bytes: &[u8]) {
    let Ok(document) = std::str::from_utf8(bytes) else { return };
    // Bytes that shift to another charset would shift what is added as well.
    if document.contains('\u{1b}') {
        return;
    }
    let damaged = match document.trim_end().strip_suffix('}') {
        Some(_) if serde_json::from_str::<serde_json::Value>(document).is_err() => return,
        // A comma too many: no JSON any more.
        Some(before) if before.trim_end().ends_with(['{', ',']) => return,
        Some(before) => format!("{before},}}"),
        None if !is_well_formed(document) => return,
        // An end tag of nothing: no XML any more.
        None => format!("{document}</x>"),
    };
    let limits = Limits { items: 150, field_bytes: 1500 };
    // Which way it was read is what differs; what was read is what must not.
    let of = |bytes: &[u8]| read(bytes, limits).map(|feed| ParsedFeed { as_it_stands: false, ..feed });
    assert_eq!(of(bytes), of(damaged.as_bytes()), "{document}");
}

/// Whether a strict reader comes to the end of a document and every element has ended there.
fn is_well_formed(document: &str) -> bool {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(document);
    let mut depth = 0i64;
    loop {
        match reader.read_event() {
            Ok(Event::Start(_)) => depth += 1,
            Ok(Event::End(_)) => depth -= 1,
            Ok(Event::Eof) => return depth == 0,
            Ok(Event::DocType(_)) | Err(_) => return false,
            Ok(_) => {}
        }
    }
}

/// Any text as HTML becomes tidy text, no longer than what names of entities stand for.
pub fn html(bytes: &[u8]) {
    let markup = String::from_utf8_lossy(bytes);
    let text = html::to_text(&markup);
    assert!(tidy(&text), "{text:?}");
    // The longest expansion: U+FFFD, of three bytes, for a NUL, of one.
    assert!(text.len() <= markup.len() * 3 + 8, "{} of {}", text.len(), markup.len());
}

/// Any text as a date is none, or a moment of the years that feeds may speak of; written out, it is the same moment.
pub fn dates(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Some(time) = dates::parse(text) else { return };
    let written = time.to_string();
    assert_eq!(dates::parse(&written).map(|t| t.seconds()), Some(time.seconds()), "{text:?} is {written}");
}

/// Any text as a configuration is loaded or refused with places that lie in it, and the report can be written.
pub fn config(bytes: &[u8]) {
    // Other files are no business of this target.
    if bytes.windows(7).any(|w| w == b"include") {
        return;
    }
    let loaded = load(bytes);
    assert!(loaded.config.is_some() == (loaded.errors() == 0));
    let lines = bytes.split(|b| *b == b'\n').count();
    for problem in &loaded.problems {
        assert!(problem.line.is_none_or(|line| (1..=lines).contains(&line)), "{problem:?}");
        assert!(!problem.message.contains('\u{1b}'), "{problem:?}");
    }
    let _ = loaded.report(true);
    if let Some(config) = loaded.config {
        let _ = opml::export(&config);
    }
}

/// Loads a text as a configuration; the file lies where no other process or thread writes.
fn load(text: &[u8]) -> config::Loaded {
    let thread = std::thread::current().id();
    let folder = std::env::temp_dir().join(format!("feedwatch-fuzz-{}-{thread:?}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("feedwatch.toml");
    std::fs::write(&path, text).unwrap();
    let loaded = config::load(&path, &Environment::default());
    std::fs::remove_dir_all(&folder).unwrap();
    loaded
}

/// Any text as a query is refused with a place in it, or can be asked, and written out again means the same.
pub fn query(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let query = match Query::parse(text) {
        Ok(query) => query,
        Err(error) => {
            let _ = error.at(text);
            assert!(error.span.start <= error.span.end && error.span.end <= text.len(), "{error:?}");
            return;
        }
    };
    let written = query.node().to_string();
    if written.len() <= QUERY_LIMIT {
        let again = Query::parse(&written).unwrap_or_else(|e| panic!("{text:?} is written {written:?}: {e}"));
        assert_eq!(again.node(), query.node(), "{written:?}");
    }
    let watch = WatchTerms { query: Some(query), ..watch("q", Vec::new()) };
    // The query itself is the text that holds most of its words.
    hits_lie_in(&[watch], &item(text, "The minister met Ann Lee in Turku. 地震で津波 вчера в Москве"));
}

fn watch(name: &str, terms: Vec<String>) -> WatchTerms {
    WatchTerms { terms, stem: true, ..WatchTerms::new(WatchName::new(name)) }
}

fn item(title: &str, body: &str) -> Item {
    let text = ItemText { title: title.to_owned(), summary: String::new(), body: body.to_owned() };
    Item { text, ..Item::default() }
}

/// Spans of hits lie on borders of characters, and the text they tell stands there.
fn hits_lie_in(watches: &[WatchTerms], item: &Item) {
    for hit in Watchlist::compile(watches).find(item, |_| true).into_iter().flat_map(|found| found.hits) {
        let field = field_text(item, hit.field);
        assert_eq!(field.get(hit.start..hit.end), Some(&*hit.text), "{hit:?}");
        assert!(!hit.text.is_empty());
        let pieces = cut::excerpt(&field, &[(hit.start, hit.end)], 40);
        assert!(pieces.iter().any(|p| p.start <= hit.start && hit.end <= p.end && field.get(p.start..p.end).is_some()));
    }
}

/// Any bytes as a list of feeds: what is imported can be written as a configuration that has no mistake of syntax.
pub fn opml(bytes: &[u8]) {
    let Ok(feeds) = opml::import(bytes) else { return };
    let loaded = load(opml::to_toml(&feeds).as_bytes());
    let wrong =
        loaded.problems.iter().find(|p| ["syntax", "unknown_key", "wrong_type", "duplicate_name"].contains(&p.code));
    assert!(wrong.is_none(), "{wrong:?}");
}

/// Any text, against terms of several scripts and its own first line: spans are right, diffs give both texts back, cuts
/// leave characters whole.
pub fn text(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let mut terms: Vec<String> =
        ["Müller", "лавров", "地震", "โตเกียว", "لافروف", "İstanbul", "run", "NATO", "C++"].map(str::to_owned).into();
    if check_term(first).is_ok() {
        terms.push(first.to_owned());
    }
    for language in [None, Some("tr"), Some("ar"), Some("ja"), Some("fi")] {
        let item = Item { language: language.map(str::to_owned), ..item(first, rest) };
        hits_lie_in(&[watch("w", terms.clone())], &item);
    }
    let parts = diff::words(first, rest);
    let side = |without: &str| {
        let op = |p: &feedwatch::model::DiffPart| serde_json::to_value(p.op).unwrap() == without;
        parts.iter().filter(|p| !op(p)).map(|p| p.text.as_str()).collect::<String>()
    };
    assert_eq!((side("insert").as_str(), side("delete").as_str()), (first, rest));
    for limit in [0, 1, 5, 17] {
        assert!(cut::to_bytes(&text, limit).len() <= limit);
        assert!(text.starts_with(cut::head(&text, limit)) && text.ends_with(cut::tail(&text, limit)));
    }
}
