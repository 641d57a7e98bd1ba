//! Syntax errors of TOML in words that say what to do.

use std::ops::Range;

use super::problems::Problems;
use super::source::{Place, Sources};

/// Syntax errors told of one file. One broken bracket can cause hundreds; nobody reads more than a few.
const TOLD: usize = 20;

/// Notes the syntax errors of a file, one a line. Of a file that may not be ours only the first is told, and none of
/// its text: see [`super::source::Source::quotable`].
pub(super) fn note(sources: &mut Sources, index: usize, errors: &[toml::de::Error], problems: &Problems) {
    if errors.is_empty() {
        return;
    }
    let source = sources.get_mut(index);
    let end = source.text.trim_end().len();
    let mut spans: Vec<(Range<usize>, &str)> =
        errors.iter().map(|e| (source.tidy(e.span().unwrap_or(end..end)), e.message())).collect();
    spans.sort_by_key(|(span, _)| (span.start, span.end));
    spans.dedup_by_key(|(span, _)| source.line_of(span.start));
    source.broken = spans.iter().map(|(span, _)| source.line_of(span.start)).collect();
    source.broken.dedup();
    if !source.quotable {
        source.readable = false;
        let place = Place::new(index, spans[0].0.clone());
        problems.error("syntax", place, "this file is not TOML", "include configuration files only".to_string());
        return;
    }
    for (span, message) in spans.iter().take(TOLD) {
        let (said, hint) = in_our_words(message);
        problems.error("syntax", Place::new(index, span.clone()), said, hint.map(String::from));
    }
    if let Some((span, _)) = spans.get(TOLD) {
        let more = spans.len() - TOLD;
        let said = format!("and {more} more {} with mistakes like these", if more == 1 { "line" } else { "lines" });
        problems.error("syntax", Place::new(index, span.clone()), said, None);
    }
}

/// The sentence and the hint for a message of the TOML parser.
fn in_our_words(message: &str) -> (String, Option<&'static str>) {
    let (what, expected) = message.split_once(", expected ").unwrap_or((message, ""));
    let (said, hint) = match what {
        "invalid basic string" | "invalid literal string" if expected == "`\"`" || expected == "`'`" => {
            ("this string is not closed on its line", Some("add the closing quote"))
        }
        "invalid multi-line basic string" | "invalid multi-line literal string" => {
            ("this string never ends", Some("close it with three quotes"))
        }
        "duplicate key" => ("this key is given twice", Some("keep one of the two")),
        "string values must be quoted" => ("this is no value", Some("put text in quotes")),
        "key with no value" | "missing value for key" | "missing value" => {
            ("a key without a value", Some("write `key = value`"))
        }
        "unclosed table" | "unclosed array table" => {
            ("this table header is not closed", Some("write `[defaults]`, or `[[feed]]` for one of several"))
        }
        "unclosed array" => ("this list never ends", Some("add the closing `]`")),
        "unclosed inline table" => ("this table never ends", Some("add the closing `}`")),
        "missing comma between array elements" => ("a comma is missing between two values", None),
        "missing comma between key-value pairs" => ("a comma is missing between two keys", None),
        "missing escaped value" => (
            "a backslash must be followed by one of b, e, f, n, r, t, x, u, U, `\\` or `\"`",
            Some("write `\\\\` for a backslash, or put the text in single quotes"),
        ),
        "invalid unquoted key" | "unquoted keys cannot be empty" => {
            ("this is no key", Some("keys are letters, digits, `_` and `-`, or stand in quotes"))
        }
        "unexpected key or value" | "unexpected content" => {
            ("something follows where the line should end", Some("begin a new line"))
        }
        "cannot recurse further; max recursion depth met" | "recursion limit" => {
            ("lists or tables are nested too deeply", None)
        }
        _ => return (super::problems::lower(message), None),
    };
    (said.to_string(), hint)
}

#[cfg(test)]
mod tests {
    use super::super::source::Source;
    use super::*;

    /// Line, column and words of each syntax error in a file of this name.
    fn told(name: &str, text: &str) -> Vec<(usize, usize, String)> {
        let mut sources = Sources::default();
        sources.push(Source::new(name.into(), text.into()));
        let (_, errors) = toml::de::DeTable::parse_recoverable(text);
        let problems = Problems::default();
        note(&mut sources, 0, &errors, &problems);
        problems.finish(&sources).into_iter().map(|p| (p.line.unwrap(), p.column.unwrap(), p.message)).collect()
    }

    #[test]
    fn each_mistake_has_its_own_words() {
        for (text, line, column, said) in [
            ("a = \"5m\n", 1, 8, "this string is not closed on its line"),
            ("a = '5m\n", 1, 8, "this string is not closed on its line"),
            ("a = \"\"\"5m\n", 2, 1, "this string never ends"),
            ("a = 1\na = 2\n", 2, 1, "this key is given twice"),
            ("a = hello\n", 1, 5, "this is no value"),
            ("a =\n", 1, 4, "this is no value"),
            ("hello\n", 1, 6, "a key without a value"),
            ("[[feed]\n", 1, 8, "this table header is not closed"),
            ("a = [1, 2\n", 1, 10, "this list never ends"),
            ("a = { b = 1\n", 1, 12, "this table never ends"),
            ("a = [\"b\" \"c\"]\n", 1, 10, "a comma is missing between two values"),
            ("a = \"1\" b = 2\n", 1, 9, "something follows where the line should end"),
            ("ключ = 1\n", 1, 1, "this is no key"),
        ] {
            assert_eq!(told("a.toml", text), [(line, column, said.to_string())], "{text:?}");
        }
    }

    #[test]
    fn of_a_foreign_file_one_error_is_told_and_nothing_of_its_text() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n";
        assert_eq!(told("/etc/passwd", passwd), [(1, 5, "this file is not TOML".to_string())]);
    }

    #[test]
    fn a_file_full_of_mistakes_is_told_briefly() {
        let said = told("a.toml", &"nonsense\n".repeat(500));
        assert_eq!(said.len(), TOLD + 1);
        assert_eq!(said[TOLD].2, "and 480 more lines with mistakes like these");
    }
}
