//! What is odd though it is no mistake: terms that cannot mean what they say; and places for what others find out.

use std::collections::HashMap;

use toml::de::DeTable;

use super::problems::Problems;
use super::reader::{Reading, Spot, Table};
use super::source::{Place, Sources};
use super::{Environment, Problem, Severity};
use crate::text::lookalike;

/// A part of a configuration without an error, by its number in the order of the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// `[[feed]]`
    Feed(usize),
    /// `[[notifier]]`
    Notifier(usize),
    /// `query` of a `[[watch]]`
    Query(usize),
    /// One of the `terms` or `names` of a `[[watch]]`
    Term(usize, String),
}

/// Something that was found out about a part of a configuration, such as an address that does not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What it is about.
    pub about: About,
    /// Whether feedwatch can do its work all the same.
    pub severity: Severity,
    /// A snake_case word for scripts.
    pub code: &'static str,
    /// Lower case, no full stop.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

/// Notes as problems, each with its place, in the order of files and lines.
pub fn placed(sources: &Sources, notes: Vec<Note>) -> Vec<Problem> {
    let environment = Environment::default();
    let reading = Reading { sources, problems: Problems::default(), environment: &environment };
    let documents: Vec<(usize, toml::Spanned<DeTable<'_>>)> = sources
        .iter()
        .enumerate()
        .filter(|(_, source)| source.readable)
        .map(|(index, source)| (index, DeTable::parse_recoverable(&source.text).0))
        .collect();
    let roots: Vec<Table<'_>> = documents.iter().map(|(i, table)| Table::root(&reading, *i, table.get_ref())).collect();
    let all = |key, title| roots.iter().flat_map(|root| root.tables(key, title)).collect::<Vec<_>>();
    let (feeds, notifiers, watches) =
        (all("feed", "[[feed]]"), all("notifier", "[[notifier]]"), all("watch", "[[watch]]"));
    let place = |about: &About| -> Option<Place> {
        match about {
            About::Feed(n) => feeds.get(*n).map(|t| t.key_place("url")),
            About::Notifier(n) => notifiers.get(*n).map(|t| t.key_place("name")),
            About::Query(n) => watches.get(*n).map(|t| t.key_place("query")),
            About::Term(n, term) => {
                let table = watches.get(*n)?;
                let written = ["terms", "names"].into_iter().filter_map(|key| table.strings(key));
                written.flat_map(|list| list.value).find(|s| s.value == term).map(|s| s.place)
            }
        }
    };
    let problems = Problems::default();
    for Note { about, severity, code, message, hint } in notes {
        match (place(&about), severity) {
            (Some(place), Severity::Error) => problems.error(code, place, message, hint),
            (Some(place), Severity::Warning) => problems.warning(code, place, message, hint),
            // The implicit console stands in no file.
            (None, severity) => {
                let file = sources.iter().next().map(|s| s.path.clone()).unwrap_or_default();
                problems.of_file(severity, code, &file, message, hint);
            }
        }
    }
    problems.finish(sources)
}

/// Complains of what is odd about a term: letters that nobody sees, letters that look like others. `looked_for`: it is one of
/// `terms`, where it may also be too short to mean anything.
pub(super) fn term(table: &Table<'_>, term: Spot<&str>, looked_for: bool) {
    deceptive(table, term, "term");
    let text = term.value;
    if looked_for && is_short(text) {
        let said = "this term is so short that it will be found where nothing is meant".to_owned();
        let hint = "write more of it, or a query that asks for more beside it".to_owned();
        table.problems().warning("short_term", term.place, said, hint);
    }
}

/// Complains of a name that does not read as it is: who writes `notify = ["desk"]` must be able to type it.
pub(super) fn name(table: &Table<'_>, name: Spot<&str>, others: &HashMap<String, Place>) {
    deceptive(table, name, "name");
    let alike = lookalike::readings(name.value).into_iter().find_map(|other| others.get_key_value(&other));
    if let Some((other, place)) = alike.filter(|(_, place)| **place != name.place) {
        let at = table.reading().sources.say(*place, name.place);
        let said = format!("this name looks like `{other}`, in letters of another script: {at}");
        table.problems().warning("confusable", name.place, said, "change one of the names".to_owned());
    }
}

/// Complains of characters that nobody sees and of letters that look like others.
fn deceptive(table: &Table<'_>, written: Spot<&str>, what: &str) {
    if let Some(c) = written.value.chars().find(|c| is_unseen(*c)) {
        let said = format!("this {what} holds a character that nobody sees (U+{:04X})", c as u32);
        let hint = "type it anew: pasted text often brings such".to_owned();
        table.problems().warning("invisible", written.place, said, hint);
    }
    let words = || written.value.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    if let Some(word) = words().find(|w| mixes_scripts(w)) {
        let said = format!("`{word}` mixes letters of different scripts that look alike");
        let meant = lookalike::readings(word).into_iter().find(|r| !mixes_scripts(r));
        table.problems().warning("confusable", written.place, said, meant.map(|m| format!("did you mean `{m}`?")));
    }
}

/// Characters without a form of their own that no spelling needs: zero width spaces, byte order marks, soft hyphens, marks
/// of direction, controls. The joiners of Persian and Indic spelling are not among them.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{FEFF}')
        || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// Whether letters of Latin, Cyrillic and Greek stand side by side, as no word of any language has them.
fn mixes_scripts(word: &str) -> bool {
    let has = |range: std::ops::RangeInclusive<char>| word.chars().any(|c| range.contains(&c) && c.is_alphabetic());
    let scripts = [has('A'..='z') || has('\u{C0}'..='\u{24F}'), has('\u{400}'..='\u{52F}'), has('\u{370}'..='\u{3FF}')];
    scripts.iter().filter(|s| **s).count() > 1 && !lookalike::readings(word).is_empty()
}

/// One letter; or two that are no abbreviation, in a script that writes a sound a letter.
fn is_short(term: &str) -> bool {
    let letters: Vec<char> = term.chars().filter(|c| c.is_alphanumeric()).collect();
    let writes_words = |c: &char| matches!(*c, '\u{2E80}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..);
    match letters.as_slice() {
        [] => false,
        [_] => true,
        two @ [_, _] => !two.iter().any(|c| writes_words(c) || c.is_uppercase() || c.is_numeric()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_terms() {
        for short in ["a", "Я", "из", "to", "من", "中"] {
            assert!(is_short(short), "{short}");
        }
        for long in ["EU", "G7", "中国", "한국", "the", "C++ 20", "U.S", "+++"] {
            assert!(!is_short(long), "{long}");
        }
    }

    #[test]
    fn letters_that_deceive() {
        for mixed in ["Роmреo", "Ηelsinki", "pаypal"] {
            assert!(mixes_scripts(mixed), "{mixed}");
        }
        for plain in ["Помпео", "Pompeo", "Ελσίνκι", "Helsinki", "هلسينكي", "Straße", "3М"] {
            assert!(!mixes_scripts(plain), "{plain}");
        }
        for unseen in ["Hel\u{200B}sinki", "\u{FEFF}x", "a\u{202E}b", "so\u{AD}ft"] {
            assert!(unseen.chars().any(is_unseen), "{unseen:?}");
        }
        for seen in ["می\u{200C}خواهم", "क्\u{200D}ष", "naïve", "a b"] {
            assert!(!seen.chars().any(is_unseen), "{seen:?}");
        }
    }
}
