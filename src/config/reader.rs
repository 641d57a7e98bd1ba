//! Walks the tables of TOML with the place of each key and value at hand, and notes every value that is not what its key takes.

use std::ops::RangeInclusive;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Environment;
use super::problems::{Problems, did_you_mean};
use super::source::{Place, Source, Sources};
use crate::model::time::{parse_duration, say_duration};

/// What all parts of the reader need at hand.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    /// The files.
    pub sources: &'a Sources,
    /// What is wrong so far.
    pub problems: Problems,
    /// Variables.
    pub environment: &'a Environment,
}

/// A value and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot<T> {
    /// The value.
    pub value: T,
    /// Its span.
    pub place: Place,
}

/// A table being read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table<'a> {
    /// Its kind, for sentences: `[[feed]]`, `smtp`.
    pub title: &'static str,
    /// Its header, or the whole of an inline table.
    pub place: Place,
    entries: &'a DeTable<'a>,
    reading: &'a Reading<'a>,
}

impl<'a> Table<'a> {
    /// The table of a whole file.
    pub fn root(reading: &'a Reading<'a>, source: usize, entries: &'a DeTable<'a>) -> Self {
        Self { title: "the file", place: Place { source, start: 0, end: 0 }, entries, reading }
    }

    /// Whether it is the table of a whole file: that has no header.
    fn is_root(&self) -> bool {
        self.place.end == 0
    }

    /// The file it stands in.
    pub fn source(&self) -> &'a Source {
        self.reading.sources.get(self.place.source)
    }

    /// What all parts of the reader share.
    pub fn reading(&self) -> &'a Reading<'a> {
        self.reading
    }

    /// Where problems go.
    pub fn problems(&self) -> &'a Problems {
        &self.reading.problems
    }

    /// Whether the key stands there at all.
    pub fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// The place of a key that stands there; else of the table.
    pub fn key_place(&self, key: &str) -> Place {
        self.entries.get_key_value(key).map_or(self.place, |(k, _)| self.at(k.span()))
    }

    /// Every key and value, in the order of the file.
    pub fn entries(&self) -> Vec<(Spot<&'a str>, &'a Spanned<DeValue<'a>>)> {
        let mut all: Vec<_> = self
            .entries
            .iter()
            .map(|(k, v)| (Spot { value: k.get_ref().as_ref(), place: self.at(k.span()) }, v))
            .collect();
        all.sort_by_key(|(k, _)| k.place.start);
        all
    }

    /// Complains of every key that is not among `known`.
    pub fn check_keys(&self, known: &[&str]) {
        for (key, _) in self.entries() {
            if !known.contains(&key.value) {
                let hint = did_you_mean(key.value, known.iter().copied())
                    .or_else(|| Some(format!("known here: {}", known.join(", "))));
                let (code, said) = if self.is_root() {
                    ("unknown_table", format!("`{}` is nothing that a configuration holds", key.value))
                } else {
                    ("unknown_key", format!("unknown key `{}` in {}", key.value, self.title))
                };
                self.problems().error(code, key.place, said, hint);
            }
        }
    }

    /// Complains that a key is missing.
    pub fn missing(&self, key: &str, hint: &str) {
        self.problems().error("missing_key", self.place, format!("{} has no `{key}`", self.title), hint.to_string());
    }

    /// A text.
    pub fn string(&self, key: &str) -> Option<Spot<&'a str>> {
        let value = self.entries.get(key)?;
        self.text(key, value)
    }

    /// The text that stands at a key, where one does; complains of nothing.
    pub fn string_or_empty(&self, key: &str) -> String {
        self.entries.get(key).and_then(|v| v.get_ref().as_str()).unwrap_or_default().to_string()
    }

    /// `true` or `false`.
    pub fn boolean(&self, key: &str) -> Option<Spot<bool>> {
        let value = self.entries.get(key)?;
        let read = value.get_ref().as_bool();
        if read.is_none() {
            self.wrong(key, value, "`true` or `false`", None);
        }
        Some(Spot { value: read?, place: self.at(value.span()) })
    }

    /// A whole number within a range.
    pub fn number(&self, key: &str, range: RangeInclusive<u64>) -> Option<Spot<u64>> {
        let value = self.entries.get(key)?;
        let place = self.at(value.span());
        let Some(number) = value.get_ref().as_integer() else {
            self.wrong(key, value, "a whole number", None);
            return None;
        };
        match u64::from_str_radix(number.as_str(), number.radix()).ok().filter(|n| range.contains(n)) {
            Some(value) => Some(Spot { value, place }),
            None => {
                let said = format!("`{key}` is a number from {} to {}", range.start(), range.end());
                self.problems().error("out_of_range", place, said, None);
                None
            }
        }
    }

    /// A list of texts; those that are none are told and left out.
    pub fn strings(&self, key: &str) -> Option<Spot<Vec<Spot<&'a str>>>> {
        let value = self.entries.get(key)?;
        let Some(list) = value.get_ref().as_array() else {
            let hint = value.get_ref().is_str().then(|| format!("put it in brackets: `{key} = […]`"));
            self.wrong(key, value, "a list of texts", hint);
            return None;
        };
        let texts = list.iter().filter_map(|element| self.text(key, element)).collect();
        Some(Spot { value: texts, place: self.at(value.span()) })
    }

    /// A table within this one.
    pub fn table(&self, key: &'static str) -> Option<Table<'a>> {
        let value = self.entries.get(key)?;
        let Some(entries) = value.get_ref().as_table() else {
            self.wrong(key, value, "a table", Some(format!("write `{key} = {{ … }}`")));
            return None;
        };
        Some(Table { title: key, place: self.at(value.span()), entries, reading: self.reading })
    }

    /// Whether the value of a key is a list.
    pub fn is_list(&self, key: &str) -> bool {
        self.entries.get(key).is_some_and(|v| v.get_ref().is_array())
    }

    /// The tables `[[key]]`. One that is written `[key]` is told, and read all the same.
    pub fn tables(&self, key: &'static str, title: &'static str) -> Vec<Table<'a>> {
        let Some((name, value)) = self.entries.get_key_value(key) else { return Vec::new() };
        let table = |v: &'a Spanned<DeValue<'a>>| {
            let entries = v.get_ref().as_table()?;
            Some(Table { title, place: self.at(v.span()), entries, reading: self.reading })
        };
        match value.get_ref() {
            DeValue::Array(list) => list
                .iter()
                .filter_map(|element| {
                    let read = table(element);
                    if read.is_none() {
                        self.wrong(key, element, "a table", Some(format!("write `{title}`")));
                    }
                    read
                })
                .collect(),
            DeValue::Table(_) => {
                let hint = format!("write `{title}`");
                self.problems().error(
                    "table_form",
                    self.at(name.span()),
                    format!("there may be several of `{key}`"),
                    hint,
                );
                table(value).into_iter().collect()
            }
            _ => {
                self.wrong(key, value, "a table", Some(format!("write `{title}`")));
                Vec::new()
            }
        }
    }

    /// A duration within a range.
    pub fn duration(&self, key: &str, range: RangeInclusive<Duration>) -> Option<Spot<Duration>> {
        self.duration_of(key, self.string(key)?, range)
    }

    /// A text read as a duration within a range.
    pub fn duration_of(&self, key: &str, text: Spot<&str>, range: RangeInclusive<Duration>) -> Option<Spot<Duration>> {
        match parse_duration(text.value) {
            Ok(value) if range.contains(&value) => Some(Spot { value, place: text.place }),
            Ok(_) => {
                let (from, to) = (say_duration(*range.start()), say_duration(*range.end()));
                let said = format!("`{key}` is a duration from {from} to {to}");
                self.problems().error("out_of_range", text.place, said, None);
                None
            }
            Err(said) => {
                self.problems().error("bad_duration", text.place, said, None);
                None
            }
        }
    }

    /// One of some words.
    pub fn word<T: Copy>(&self, key: &str, words: &[(&str, T)]) -> Option<Spot<T>> {
        self.word_of(key, self.string(key)?, words)
    }

    /// A text read as one of some words.
    pub fn word_of<T: Copy>(&self, key: &str, text: Spot<&str>, words: &[(&str, T)]) -> Option<Spot<T>> {
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text.value) {
            return Some(Spot { value: *value, place: text.place });
        }
        let list: Vec<String> = words.iter().map(|(w, _)| format!("`{w}`")).collect();
        let said = format!("`{}` is nothing that `{key}` knows", text.value);
        let hint = did_you_mean(text.value, words.iter().map(|(w, _)| *w)).unwrap_or(format!("write {}", or(&list)));
        self.problems().error("unknown_word", text.place, said, hint);
        None
    }

    /// Complains of a value that has another type than its key takes.
    pub fn wrong(&self, key: &str, value: &Spanned<DeValue<'_>>, takes: &str, hint: Option<String>) {
        let is = match value.get_ref() {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a number",
            DeValue::Float(_) => "a fraction",
            DeValue::Boolean(_) => "`true` or `false`",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.problems().error("wrong_type", self.at(value.span()), format!("`{key}` takes {takes}, not {is}"), hint);
    }

    /// A value read as a text.
    pub fn text(&self, key: &str, value: &'a Spanned<DeValue<'a>>) -> Option<Spot<&'a str>> {
        let read = value.get_ref().as_str();
        if read.is_none() {
            let hint = matches!(
                value.get_ref(),
                DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_)
            )
            .then(|| "put it in quotes".to_string());
            self.wrong(key, value, "a text", hint);
        }
        Some(Spot { value: read?, place: self.at(value.span()) })
    }

    /// A span of this file as a place.
    pub fn at(&self, span: std::ops::Range<usize>) -> Place {
        Place::new(self.place.source, span)
    }

    /// The part of a text that is meant by a span within its value; the whole of it where the text was written with
    /// escapes, since spans do not fit then.
    pub fn within(&self, text: Spot<&str>, span: std::ops::Range<usize>) -> Place {
        let Place { source, start, end } = text.place;
        // A long text stands between three marks, and a line may end right behind the first ones.
        let inside = [(1, 1), (3, 3), (4, 3), (5, 3)].into_iter().find(|(open, close)| {
            let written = self.source().text.get(start + open..end.saturating_sub(*close));
            written == Some(text.value)
        });
        let Some((open, _)) = inside.filter(|_| span.start <= text.value.len()) else { return text.place };
        let end = span.end.clamp(span.start, text.value.len());
        Place { source, start: start + open + span.start, end: start + open + end }
    }
}

/// `a, b or c`.
pub(super) fn or(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} or {last}", head.join(", ")),
    }
}
