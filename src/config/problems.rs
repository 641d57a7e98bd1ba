//! Collects what is wrong while the files are read, and gives it out in the order of files and lines.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::source::{Place, Sources};
use super::{Problem, Severity};

/// What is wrong so far. Shared by all that read, so it takes additions through a shared reference.
#[derive(Debug, Default)]
pub(super) struct Problems {
    found: RefCell<Vec<Finding>>,
    /// Problems beyond [`KEPT`].
    more: Cell<usize>,
}

/// Problems kept. Who has more has made one mistake ten thousand times, or fed us something that is no configuration.
const KEPT: usize = 10_000;

/// A problem whose line and column are not worked out yet.
#[derive(Debug)]
struct Finding {
    severity: Severity,
    code: &'static str,
    message: String,
    hint: Option<String>,
    at: At,
}

#[derive(Debug)]
enum At {
    Place(Place),
    File(PathBuf),
}

impl Problems {
    /// A mistake that keeps the program from starting.
    pub fn error(&self, code: &'static str, place: Place, message: impl Into<String>, hint: impl Into<Option<String>>) {
        self.add(Severity::Error, code, At::Place(place), message.into(), hint.into());
    }

    /// Something the program starts with, and says.
    pub fn warning(
        &self,
        code: &'static str,
        place: Place,
        message: impl Into<String>,
        hint: impl Into<Option<String>>,
    ) {
        self.add(Severity::Warning, code, At::Place(place), message.into(), hint.into());
    }

    /// A problem of a file as a whole.
    pub fn of_file(
        &self,
        severity: Severity,
        code: &'static str,
        file: &Path,
        message: impl Into<String>,
        hint: impl Into<Option<String>>,
    ) {
        self.add(severity, code, At::File(file.to_path_buf()), message.into(), hint.into());
    }

    fn add(&self, severity: Severity, code: &'static str, at: At, message: String, hint: Option<String>) {
        let mut found = self.found.borrow_mut();
        if found.len() < KEPT {
            found.push(Finding { severity, code, message, hint, at });
        } else {
            self.more.set(self.more.get() + 1);
        }
    }

    /// All of them with line and column, in the order of files and places. What may only echo a syntax error is left
    /// out: it would send people after mistakes they did not make.
    pub fn finish(self, sources: &Sources) -> Vec<Problem> {
        let more = self.more.get();
        let mut found = self.found.into_inner();
        let incomplete = found.iter().any(|f| matches!(f.code, "syntax" | "unreadable_config"));
        found.retain(|f| !incomplete || !f.is_echo(sources));
        let index = |f: &Finding| match &f.at {
            At::Place(p) => (p.source, Some((p.start, p.end))),
            At::File(path) => (sources.iter().position(|s| s.path == *path).unwrap_or(0), None),
        };
        found.sort_by_key(index);
        found.dedup_by(|b, a| index(a) == index(b) && a.code == b.code && a.message == b.message);
        let mut walker = Walker::default();
        let mut problems: Vec<Problem> = found.into_iter().map(|f| f.locate(sources, &mut walker)).collect();
        if let Some(last) = problems.last().filter(|_| more > 0) {
            let message = format!("and {more} more problems");
            let (span, line, column) = (None, None, None);
            problems.push(Problem {
                severity: Severity::Error,
                code: "more",
                message,
                span,
                line,
                column,
                hint: None,
                ..last.clone()
            });
        }
        problems
    }
}

impl Finding {
    /// Whether this may come of a line that could not be read, when there is one.
    fn is_echo(&self, sources: &Sources) -> bool {
        if matches!(self.code, "unknown_feed" | "unknown_notifier" | "no_feed" | "no_watch") {
            // What is named may well be in the part that could not be read.
            return true;
        }
        let At::Place(place) = &self.at else { return false };
        let source = sources.get(place.source);
        let line = source.line_of(place.start);
        let broken_in = |lines: Range<usize>| source.broken.iter().any(|b| lines.contains(b));
        match self.code {
            "syntax" => false,
            // Keys behind a broken header seem to belong to the file.
            "unknown_table" | "table_form" => broken_in(0..line + 1),
            "missing_key" | "nothing_to_find" => broken_in(line..source.next_header(line)),
            _ => broken_in(line..line + 1),
        }
    }

    fn locate(self, sources: &Sources, walker: &mut Walker) -> Problem {
        let (file, span, line, column) = match self.at {
            At::File(path) => (path, None, None, None),
            At::Place(place) => {
                let source = sources.get(place.source);
                let span = source.tidy(place.start..place.end);
                let line = source.line_of(span.start);
                let column = walker.column(place.source, source.line(line).start, &source.text, &span);
                (source.path.clone(), Some(span), Some(line + 1), Some(column))
            }
        };
        let Finding { severity, code, message, hint, .. } = self;
        Problem { severity, code, message, file, span, line, column, hint }
    }
}

/// Counts columns for places in ascending order without counting a long line again for each of its problems.
#[derive(Default)]
struct Walker {
    source: usize,
    line_start: usize,
    at: usize,
    column: usize,
}

impl Walker {
    fn column(&mut self, source: usize, line_start: usize, text: &str, span: &Range<usize>) -> usize {
        if self.column == 0 || (self.source, self.line_start) != (source, line_start) || span.start < self.at {
            // A byte order mark is no character of the first line to anybody who looks at it.
            let start = if line_start == 0 && text.starts_with('\u{feff}') { 3.min(span.start) } else { line_start };
            *self = Self { source, line_start, at: start, column: 1 };
        }
        self.column += text[self.at..span.start].chars().count();
        self.at = span.start;
        self.column
    }
}

/// The candidate that was most likely meant.
pub(super) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Beyond this a person has to look at the list anyway, and a file full of mistakes must not cost minutes.
    const CANDIDATES: usize = 2000;
    let lower = word.to_lowercase();
    candidates
        .into_iter()
        .take(CANDIDATES)
        .map(|c| (strsim::jaro_winkler(&lower, &c.to_lowercase()), strsim::osa_distance(&lower, &c.to_lowercase()), c))
        .filter(|(similarity, distance, c)| {
            *distance <= 2.max(c.chars().count() / 3)
                && (*similarity > 0.75 || *distance <= 1)
                && *distance < c.chars().count()
        })
        .min_by(|a, b| a.1.cmp(&b.1).then(b.0.total_cmp(&a.0)))
        .map(|(_, _, c)| c)
}

/// The hint that names what was most likely meant.
pub(super) fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, candidates).map(|c| format!("did you mean `{c}`?"))
}

/// The first letter of a foreign sentence made small, to stand within one of ours.
pub(super) fn lower(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        // Not where the word is an abbreviation.
        (Some(a), Some(b)) if !b.is_uppercase() => a.to_lowercase().chain(std::iter::once(b)).chain(chars).collect(),
        _ => text.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::source::Source;
    use super::*;

    #[test]
    fn near_words_are_suggested_and_far_ones_not() {
        let keys = ["every", "cron", "url", "name", "terms", "first_poll", "notify"];
        for (word, meant) in [
            ("evry", Some("every")),
            ("term", Some("terms")),
            ("Name", Some("name")),
            ("firstpoll", Some("first_poll")),
            ("notfiy", Some("notify")),
            ("colour", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, keys), meant, "{word}");
        }
    }

    #[test]
    fn columns_count_characters() {
        let mut sources = Sources::default();
        sources.push(Source::new("a.toml".into(), "\u{feff}a = 1\nterms = [\"هلسينكي\", \"\", \"\"]\n".into()));
        let text = sources.get(0).text.clone();
        let problems = Problems::default();
        let blanks: Vec<usize> = text.match_indices("\"\"").map(|(at, _)| at).collect();
        for at in [blanks[1], blanks[0], 3] {
            problems.error("x", Place::new(0, at..at + 2), "m", None);
        }
        let places: Vec<_> = problems.finish(&sources).iter().map(|p| (p.line.unwrap(), p.column.unwrap())).collect();
        assert_eq!(places, [(1, 1), (2, 21), (2, 25)]);
    }

    #[test]
    fn what_only_echoes_a_broken_line_is_left_out() {
        let mut sources = Sources::default();
        let mut source = Source::new("a.toml".into(), "a\nb\n\n[x]\n".into());
        source.broken = vec![0];
        sources.push(source);
        let problems = Problems::default();
        problems.error("syntax", Place::new(0, 0..1), "broken", None);
        problems.error("type", Place::new(0, 0..1), "of the broken line", None);
        problems.error("type", Place::new(0, 2..3), "of another", None);
        problems.error("missing_key", Place::new(0, 0..1), "perhaps there", None);
        problems.error("missing_key", Place::new(0, 5..8), "of another table", None);
        problems.error("unknown_feed", Place::new(0, 5..8), "perhaps above", None);
        let said: Vec<_> = problems.finish(&sources).into_iter().map(|p| p.message).collect();
        assert_eq!(said, ["broken", "of another", "of another table"]);
    }
}
