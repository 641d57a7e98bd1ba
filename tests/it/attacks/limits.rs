//! Every limit that `docs/hostile.md` names is the one in force.

use std::collections::BTreeMap;
use std::path::Path;

/// A row of the document (its section where a name stands twice), and the constant: file and name.
const CONSTANTS: &[(&str, &str, &str)] = &[
    ("layers of packing", "fetcher/coding.rs", "LAYERS"),
    ("a name, label or address beside the text", "parser/draft.rs", "SHORT"),
    ("authors, categories, enclosures of an item", "parser/draft.rs", "MANY"),
    ("key of an item", "model/item.rs", "LIMIT"),
    ("depth of elements remembered", "parser/reader.rs", "DEPTH"),
    ("attributes of a tag", "parser/xml.rs", "ATTRIBUTES"),
    ("entities of a document", "parser/entities.rs", "ENTITIES"),
    ("an entity", "parser/entities.rs", "ENTITY_BYTES"),
    ("all that entities bring", "parser/entities.rs", "EXPANSION_BYTES"),
    ("a redirect's address", "fetcher/http.rs", "LOCATION_BYTES"),
    ("headers over HTTP/2", "fetcher/clients.rs", "HTTP2_HEADER_BYTES"),
    ("names looked up at once", "net/resolver.rs", "LOOKUPS"),
    ("a validator", "fetcher/answer.rs", "VALIDATOR_BYTES"),
    ("Servers of feeds: Retry-After", "fetcher/answer.rs", "LONGEST_RETRY_AFTER"),
    ("an attempt", "config/general.rs", "ATTEMPT"),
    ("read of an answer", "notifier/answer.rs", "ANSWER"),
    ("waited for its text", "notifier/answer.rs", "ANSWER_TIME"),
    ("quoted of it", "notifier/answer.rs", "QUOTED"),
    ("Receivers of webhooks: Retry-After", "notifier/answer.rs", "LONGEST_WAIT"),
    ("said between two commands", "notifier/wire.rs", "ALLOWANCE"),
    ("quoted of a reply", "notifier/smtp.rs", "QUOTED"),
    ("connections to one server", "notifier/email.rs", "AT_ONCE"),
    ("a subject", "render/email.rs", "SUBJECT"),
    ("alerts named in the head of a mail", "render/email.rs", "NAMED"),
    ("items of a digest in full", "render/items.rs", "IN_FULL"),
    ("a file", "config/include.rs", "FILE_BYTES"),
    ("all files", "config/include.rs", "ALL_BYTES"),
    ("files", "config/include.rs", "FILES"),
    ("includes within includes", "config/include.rs", "DEPTH"),
    ("a file with a secret", "config/secrets.rs", "SECRET_BYTES"),
    ("a list of feeds (OPML)", "config/opml.rs", "BYTES"),
    ("a term", "matcher/pattern.rs", "TERM_LIMIT"),
    ("words of a term", "matcher/pattern.rs", "WORDS_LIMIT"),
    ("a query", "matcher/query/parser.rs", "QUERY_LIMIT"),
    ("parentheses within parentheses", "matcher/query/parser.rs", "DEPTH_LIMIT"),
    ("words and phrases of a query", "matcher/query/parser.rs", "LEAVES_LIMIT"),
    ("regular expressions of a query", "matcher/query/parser.rs", "REGEX_LIMIT"),
    ("a regular expression, compiled", "matcher/query/shape.rs", "REGEX_SIZE"),
    ("hits of a watch in an item", "matcher/mod.rs", "HITS_LIMIT"),
];

#[test]
fn every_limit_of_the_document_is_in_force() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (parsing, fetching) = (feedwatch::parser::Limits::default(), feedwatch::fetcher::Limits::default());
    let polls = polls();
    let mut in_force: BTreeMap<String, u64> = CONSTANTS
        .iter()
        .map(|(row, file, name)| ((*row).to_owned(), constant(&root.join("src").join(file), name)))
        .collect();
    let window = constant(&root.join("src/fetcher/coding.rs"), "ZSTD_WINDOW_LOG");
    for (row, value) in [
        ("a body, packed or unpacked", fetching.body_bytes),
        ("window of zstd", 1 << window),
        ("items of a document", parsing.items as u64),
        ("a text", parsing.field_bytes as u64),
        ("a poll", fetching.poll.as_secs()),
        ("up to the head of an answer", fetching.head.as_secs()),
        ("redirects", fetching.redirects as u64),
        ("polls at once", polls.at_once as u64),
        ("polls that wait for an answer", polls.waiting as u64),
        ("polls at once to one host", polls.per_host as u64),
    ] {
        in_force.insert(row.to_owned(), value);
    }
    let document = std::fs::read_to_string(root.join("docs/hostile.md")).expect("reads");
    let keys = std::fs::read_to_string(root.join("docs/configuration.md")).expect("reads");
    let (mut section, mut wrong) = (String::new(), Vec::new());
    for line in document.lines() {
        if let Some(title) = line.strip_prefix("### ") {
            section = title.to_owned();
        }
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, row, value, key, reason, _] = cells[..] else { continue };
        if row == "limit" || row.starts_with("---") {
            continue;
        }
        let known = in_force.remove(row).or_else(|| in_force.remove(&format!("{section}: {row}")));
        if known != Some(number(value)) {
            wrong.push(format!("{row}: the document has {value}, in force is {known:?}"));
        }
        if reason.is_empty() || !(key.is_empty() || keys.contains(&format!("| {key} |"))) {
            wrong.push(format!("{row}: no reason, or no such key: {key}"));
        }
    }
    wrong.extend(in_force.keys().map(|row| format!("{row}: not in the document")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn polls() -> feedwatch::config::PollLimits {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("feedwatch.toml");
    std::fs::write(&path, "[store]\nurl = \"sqlite:s.db\"\n[[feed]]\nurl = \"http://feeds.example/\"\n")
        .expect("writes");
    feedwatch::config::load(&path, &feedwatch::config::Environment::default()).config.expect("a configuration").polls
}

/// `5,000`, `16 MiB`, `60 s`, `300 characters`.
fn number(value: &str) -> u64 {
    let (count, unit) = value.split_once(' ').unwrap_or((value, ""));
    let count: u64 = count.replace(',', "").parse().unwrap_or_else(|_| panic!("no number: {value}"));
    count
        << match unit {
            "" | "bytes" | "characters" | "s" => 0,
            "KiB" => 10,
            "MiB" => 20,
            _ => panic!("no unit: {value}"),
        }
}

/// The value of `const NAME: TYPE = …;` in a source: a number, a product, a shift, or seconds of a duration.
fn constant(file: &Path, name: &str) -> u64 {
    let text = std::fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let (_, rest) =
        text.split_once(&format!("const {name}: ")).unwrap_or_else(|| panic!("no {name} in {}", file.display()));
    let written = rest.split_once("= ").and_then(|(_, r)| r.split_once(';')).map(|(value, _)| value).expect("a value");
    let written = written.strip_prefix("Duration::from_secs(").and_then(|v| v.strip_suffix(')')).unwrap_or(written);
    let digits =
        |text: &str| text.trim().replace('_', "").parse::<u64>().unwrap_or_else(|_| panic!("{name} = {written}"));
    match written.split_once("<<") {
        Some((count, places)) => digits(count) << digits(places),
        None => written.split('*').map(digits).product(),
    }
}
