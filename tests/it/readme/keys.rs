//! The keys that `src/config` reads, and the lines that the program logs, found in the source itself.

use std::collections::BTreeSet;
use std::path::Path;

use super::blocks::{Document, cells, root};

/// The lists of keys in the source, and the sections of `docs/configuration.md` that have them.
const SECTIONS: [(&str, &str); 15] = [
    ("ROOT_KEYS", "## The file"),
    ("STORE_KEYS", "## [store]"),
    ("DEFAULTS_KEYS", "## [defaults]"),
    ("LIMITS_KEYS", "## [limits]"),
    ("SERVICE_KEYS", "## [service]"),
    ("HEARTBEAT_KEYS", "## [heartbeat]"),
    ("RELOAD_KEYS", "## [reload]"),
    ("FEED_KEYS", "## [[feed]]"),
    ("COMMON_KEYS", "## [[notifier]]"),
    ("EMAIL_KEYS", "### kind = \"email\""),
    ("ESCALATE_KEYS", "#### escalate"),
    ("SMTP_KEYS", "#### smtp"),
    ("WEBHOOK_KEYS", "### kind = \"webhook\""),
    ("FEED_FILE_KEYS", "### kind = \"feed\""),
    ("WATCH_KEYS", "## [[watch]]"),
];

/// Where documents and reader differ.
pub fn differences() -> Vec<String> {
    let read = lists();
    let names: BTreeSet<&str> = read.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, SECTIONS.iter().map(|(name, _)| *name).collect(), "the lists of keys in src/config");
    let document = Document::read("docs/configuration.md");
    let file = std::fs::read_to_string(root().join("config/feedwatch.toml")).unwrap();
    let words: BTreeSet<&str> = file.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
    let mut wrong = Vec::new();
    for (name, keys) in &read {
        let section = SECTIONS.iter().find(|(list, _)| list == name).unwrap().1;
        let told = section_keys(&document.text, section);
        wrong.extend(keys.difference(&told).map(|k| format!("docs/configuration.md, {section}: `{k}` is missing")));
        wrong.extend(told.difference(keys).map(|k| format!("docs/configuration.md, {section}: `{k}` is not read")));
        let unsaid = keys.iter().filter(|k| !words.contains(k.as_str()));
        wrong.extend(unsaid.map(|k| format!("config/feedwatch.toml: `{k}` ({section}) is missing")));
    }
    wrong
}

/// The keys in the first column of the table beneath a heading.
fn section_keys(text: &str, heading: &str) -> BTreeSet<String> {
    let section = text.lines().skip_while(|l| *l != heading).skip(1).take_while(|l| !l.starts_with('#'));
    let keys = section.filter_map(cells).map(|row| row[0].clone()).filter(|cell| cell.starts_with('`'));
    keys.flat_map(|cell| cell.split(", ").map(|k| k.trim_matches('`').to_owned()).collect::<Vec<_>>()).collect()
}

/// `const NAME_KEYS: &[&str] = &[…];` of `src/config`.
fn lists() -> Vec<(String, BTreeSet<String>)> {
    let mut lists = Vec::new();
    for (path, text) in sources(&root().join("src/config")) {
        // What `mask` lists are keys that hold secrets, of any table.
        if path.ends_with("mask.rs") {
            continue;
        }
        for piece in text.split("const ").skip(1) {
            let Some((name, rest)) = piece.split_once(": &[&str] =") else { continue };
            if name.ends_with("_KEYS") && !name.contains(char::is_whitespace) {
                let list = rest.split(';').next().unwrap_or_default();
                let keys = list.split('"').skip(1).step_by(2).map(str::to_owned).collect();
                lists.push((name.to_owned(), keys));
            }
        }
    }
    lists
}

/// The texts of all `tracing` lines above debug.
pub fn log_messages() -> BTreeSet<String> {
    let mut messages = BTreeSet::new();
    for (_, text) in sources(&root().join("src")) {
        for level in ["info", "warn", "error"] {
            for piece in text.split(&format!("tracing::{level}!(")).skip(1) {
                let call = piece.split(");").next().unwrap_or_default();
                messages.extend(call.split('"').nth(1).map(str::to_owned));
            }
        }
    }
    assert!(messages.len() > 8, "log lines are not found any more: {messages:?}");
    messages
}

fn sources(folder: &Path) -> Vec<(std::path::PathBuf, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found
}
