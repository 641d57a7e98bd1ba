//! Problems as people and scripts read them.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use serde_json::json;

use super::source::{Source, Sources};
use super::{Problem, Severity, mask};

/// Problems shown to a person at once. `check --json` tells all.
const SHOWN: usize = 100;
/// Characters of a line kept on each side of a place: enough for any line that a person wrote.
const AROUND: usize = 400;

impl Severity {
    /// The word of JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

impl Problem {
    /// Place, words and hint in a line, for a log.
    pub fn line(&self) -> String {
        let place = [self.line, self.column].into_iter().flatten().map(|n| format!(":{n}")).collect::<String>();
        let hint = self.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
        format!("{}{place}: {}{hint}", self.file.display(), self.message)
    }

    /// The JSON object of `check --json`.
    pub fn json(&self) -> serde_json::Value {
        json!({
            "severity": self.severity.as_str(),
            "code": self.code,
            "message": self.message,
            "file": self.file.display().to_string(),
            "line": self.line,
            "column": self.column,
            "hint": self.hint,
        })
    }
}

/// The problems for people: each with its file, line and column, the line itself with the place marked, and the hint.
/// No secret that stands on such a line is shown.
pub fn report(problems: &[Problem], sources: &Sources, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    let mut masks = std::collections::HashMap::new();
    for problem in problems.iter().take(SHOWN) {
        let source = sources.find(&problem.file);
        let hidden = source
            .map(|s| &*masks.entry(&problem.file).or_insert_with(|| mask::secrets(&s.text, !s.broken.is_empty())));
        out += &one(problem, source.zip(hidden.map(Vec::as_slice)), &renderer);
        out += "\n\n";
    }
    if problems.len() > SHOWN {
        out += &format!("and {} more: `feedwatch check --json` tells all\n\n", problems.len() - SHOWN);
    }
    let count = |severity| problems.iter().filter(|p| p.severity == severity).count();
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let parts: Vec<String> = [(count(Severity::Error), "error"), (count(Severity::Warning), "warning")]
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| plural(n, word))
        .collect();
    if !parts.is_empty() {
        out += &parts.join(", ");
        out.push('\n');
    }
    out
}

fn one(problem: &Problem, source: Option<(&Source, &[Range<usize>])>, renderer: &Renderer) -> String {
    let path = problem.file.display().to_string();
    let level = match problem.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(problem.message.as_str());
    let hint = problem.hint.as_deref().map(|hint| Level::HELP.message(hint));
    let place = problem.span.as_ref().zip(problem.line).zip(problem.column);
    let quoted = place.zip(source).filter(|(_, (s, _))| s.quotable);
    let Some((((span, line), column), (source, hidden))) = quoted else {
        let mut origin = Origin::path(path);
        if let Some(((_, line), column)) = place {
            origin = origin.line(line).char_column(column);
        }
        return renderer.render(&[title.element(origin).elements(hint)]);
    };
    let (text, mark) = quote(source, span, hidden);
    let shown_column = text[..mark.start].chars().count() + 1;
    let snippet =
        Snippet::source(text).path(path.clone()).line_start(line).annotation(AnnotationKind::Primary.span(mark));
    let rendered = renderer.render(&[title.element(snippet).elements(hint)]);
    // The renderer counts the column in what it was given; where something before it is hidden or cut, that is another.
    rendered.replacen(&format!("{path}:{line}:{shown_column}"), &format!("{path}:{line}:{column}"), 1)
}

/// The line of a span, without what must not be shown and without what is far away; and the span in it.
fn quote(source: &Source, span: &Range<usize>, hidden: &[Range<usize>]) -> (String, Range<usize>) {
    let line = source.line(source.line_of(span.start));
    let start = span.start.min(line.end);
    let end = span.end.clamp(start, line.end);
    let before =
        source.text[line.start..start].char_indices().nth_back(AROUND).map_or(line.start, |(at, _)| line.start + at);
    let after = source.text[start..line.end].char_indices().nth(AROUND).map_or(line.end, |(at, _)| start + at);
    let mut text = String::new();
    // Where the marked bytes stand in what is shown; to its end where they reach beyond.
    let (mut from, mut to) = (None, None);
    let mut in_ellipsis = None;
    for (offset, c) in source.text[before..after].char_indices() {
        let at = before + offset;
        if at >= start {
            from.get_or_insert(text.len());
        }
        if at >= end {
            to.get_or_insert(text.len());
        }
        let next = hidden.partition_point(|h| h.end <= at);
        if hidden.get(next).is_some_and(|h| h.contains(&at)) {
            if in_ellipsis != Some(next) {
                text.push('…');
            }
            in_ellipsis = Some(next);
        } else if c != '\u{feff}' {
            text.push(c);
        }
    }
    let from = from.unwrap_or(text.len());
    let to = to.unwrap_or(text.len()).max(from);
    (text, from..to)
}

#[cfg(test)]
mod tests {
    use super::super::source::Place;
    use super::*;

    /// The report of one problem at the first place of `marked` in a file.
    fn reported(name: &str, text: &str, marked: &str) -> String {
        let mut sources = Sources::default();
        sources.push(Source::new(name.into(), text.into()));
        let problems = super::super::problems::Problems::default();
        let at = text.find(marked).unwrap();
        problems.error("x", Place::new(0, at..at + marked.len()), "what is wrong", "what to do".to_string());
        report(&problems.finish(&sources), &sources, false)
    }

    #[test]
    fn the_line_is_shown_with_its_place_and_hint() {
        let text = "[[feed]]\nname = \"f\"\nevery = \"5 parsecs\"\n";
        let expected = "error: what is wrong\n --> a.toml:3:9\n  |\n3 | every = \"5 parsecs\"\n  |         ^^^^^^^^^^^\n  |\n  = help: what to do\n\n1 error\n";
        assert_eq!(reported("a.toml", text, "\"5 parsecs\""), expected);
    }

    #[test]
    fn what_is_hidden_does_not_move_the_column() {
        let text = "smtp = { password = \"hunter2hunter2\", prot = 9 }\n";
        let said = reported("a.toml", text, "prot");
        assert!(said.contains("a.toml:1:39\n"), "{said}");
        assert!(
            said.contains("1 | smtp = { password = \"…\", prot = 9 }\n  |                          ^^^^\n"),
            "{said}"
        );
    }

    #[test]
    fn a_place_within_a_secret_marks_the_ellipsis() {
        let said = reported("a.toml", "secret = \"whsec_!!!\"\n", "\"whsec_!!!\"");
        assert!(said.contains("1 | secret = \"…\"\n  |          ^^^\n"), "{said}");
        let said = reported("a.toml", "secret = \"whsec_!!!\"\n", "!!!");
        assert!(said.contains("a.toml:1:17\n"), "{said}");
        assert!(!said.contains("!!!"), "{said}");
    }

    #[test]
    fn a_file_that_may_not_be_ours_is_not_quoted() {
        let said = reported("/etc/passwd", "root:x:0:0\n", "x");
        assert_eq!(said, "error: what is wrong\n--> /etc/passwd:1:6\n = help: what to do\n\n1 error\n");
    }

    #[test]
    fn wide_and_right_to_left_text_keeps_its_place() {
        let text = "terms = [\"蓬佩奥\", \"هلسينكي\u{202e}\", \"\"]\n";
        let said = reported("a.toml", text, "\"\"");
        assert!(said.contains("a.toml:1:29\n"), "{said}");
        assert!(!said.contains('\u{202e}'), "{said}");
        let long = format!("terms = [{}\"\"]\n", "\"蓬佩奥\", ".repeat(100_000));
        let said = reported("a.toml", &long, "\"\"");
        assert!(said.contains("a.toml:1:700010\n") && said.len() < 4000, "{said}");
    }

    #[test]
    fn a_problem_as_json_has_the_keys_of_the_contract() {
        let mut sources = Sources::default();
        sources.push(Source::new("a.toml".into(), "a = 1\n".into()));
        let problems = super::super::problems::Problems::default();
        problems.warning("x", Place::new(0, 4..5), "m", None);
        let said = problems.finish(&sources)[0].json();
        let expected = json!({"severity": "warning", "code": "x", "message": "m", "file": "a.toml", "line": 1, "column": 5, "hint": null});
        assert_eq!(said, expected);
    }
}
