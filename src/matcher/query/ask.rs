//! Asks the queries of a watchlist of one item.

use std::borrow::Cow;
use std::cell::OnceCell;

use crate::model::{FeedName, Field, Fields, How};
use crate::text::fold::{self, Class};
use crate::text::language::Language;
use crate::text::token::{Dots, Tokens};
use crate::text::units::Counter;

use super::super::{HITS_LIMIT, gap};
use super::compile::{Leaf, Places, Queries, Rule, Source, compose};
use super::wild::Words;

/// Matches of an expression that are looked for in one field: each may take a pass over the rest of the text.
pub const REGEX_HITS: usize = 100;

/// Occurrences of one wildcard that are kept in a field, as of a term.
const EACH_LIMIT: usize = 2 * HITS_LIMIT;

/// Pairs of one NEAR that are kept: enough for every hit that is told, and no text makes it slow.
const PAIRS: usize = 10_000;

/// An item as queries see it.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'i> {
    /// The fields that are read.
    pub texts: &'i [(Field, Cow<'i, str>)],
    /// Each as far as it was read: words of which nothing can come may not be there.
    pub tokens: &'i [Tokens],
    /// Its language, as the item says.
    pub tag: Option<&'i str>,
    /// The feed that it is of, where that is known.
    pub feed: Option<&'i FeedName>,
}

/// A part of a query found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Occurrence {
    /// Its place among the terms.
    pub term: u32,
    /// The place of its field among the texts.
    pub at: usize,
    /// First byte.
    pub start: u32,
    /// The byte after its last.
    pub end: u32,
    /// What it took.
    pub how: How,
}

/// Something found that may be made of several occurrences.
#[derive(Debug, Clone)]
struct Span {
    at: usize,
    start: u32,
    end: u32,
    parts: Vec<Occurrence>,
}

impl Span {
    fn of(o: Occurrence) -> Self {
        Self { at: o.at, start: o.start, end: o.end, parts: vec![o] }
    }
}

impl Queries {
    /// Asks the queries of the watches that `listens` lets through, where what they need was seen. `seen` are the
    /// terms that the index found. Tells the occurrences that make a query true, with its watch.
    pub fn ask(
        &self,
        asked: Asked<'_>,
        mut seen: Vec<Occurrence>,
        listens: impl Fn(usize) -> bool,
        mut tell: impl FnMut(u32, Occurrence),
    ) {
        seen.sort_unstable();
        let mut awake = self.always.clone();
        for group in seen.chunk_by(|a, b| a.term == b.term) {
            awake.extend(self.by_term.get(&group[0].term).into_iter().flatten());
        }
        if awake.is_empty() && self.by_glob.is_empty() {
            return;
        }
        let session = Session::new(self, asked, seen);
        if !self.by_glob.is_empty() {
            for group in session.globs().chunk_by(|a, b| a.term == b.term) {
                awake.extend(self.by_glob.get(&group[0].term).into_iter().flatten());
            }
        }
        awake.sort_unstable();
        awake.dedup();
        for id in awake {
            let (watch, rule) = &self.list[id as usize];
            if listens(*watch as usize) {
                session.rule(rule).into_iter().flatten().for_each(|o| tell(*watch, o));
            }
        }
    }
}

/// What is known of an item so far; all but the terms is found out when the first query asks.
struct Session<'s> {
    queries: &'s Queries,
    asked: Asked<'s>,
    language: Language,
    /// By term, then by place.
    seen: Vec<Occurrence>,
    counters: Vec<OnceCell<Counter<'s>>>,
    /// By their number in place of a term, then by place.
    globs: OnceCell<Vec<Occurrence>>,
    regexes: Vec<OnceCell<Vec<Occurrence>>>,
}

impl<'s> Session<'s> {
    fn new(queries: &'s Queries, asked: Asked<'s>, seen: Vec<Occurrence>) -> Self {
        let texts = asked.texts.len();
        Self {
            queries,
            asked,
            language: Language::of(asked.tag),
            seen,
            counters: (0..texts).map(|_| OnceCell::new()).collect(),
            globs: OnceCell::new(),
            regexes: vec![OnceCell::new(); queries.regexes.len()],
        }
    }

    /// The occurrences that make a rule true; `None` where it is not.
    fn rule(&self, rule: &Rule) -> Option<Vec<Occurrence>> {
        let truth = |is: bool| is.then(Vec::new);
        match rule {
            Rule::All(all) => {
                let mut out = Vec::new();
                for rule in all {
                    out.extend(self.rule(rule)?);
                }
                Some(out)
            }
            Rule::Any(all) => {
                let mut any = None;
                for found in all.iter().filter_map(|r| self.rule(r)) {
                    any.get_or_insert_with(Vec::new).extend(found);
                }
                any
            }
            Rule::Not(inner) => truth(self.rule(inner).is_none()),
            Rule::There(Places::Leaf(leaf)) => Some(self.leaf(leaf)).filter(|all| !all.is_empty()),
            Rule::There(places) => {
                let spans = self.places(places);
                (!spans.is_empty()).then(|| parts(spans))
            }
            Rule::Count(places, n) => {
                let spans = self.places(places);
                (apart(&spans) >= *n as usize).then(|| parts(spans))
            }
            Rule::Feed(name) => truth(self.asked.feed == Some(name)),
            Rule::Language(tag) => truth(self.asked.tag.is_some_and(|t| speaks(t, tag))),
        }
    }

    /// Where something occurs, in order.
    fn places(&self, places: &Places) -> Vec<Span> {
        let mut out: Vec<Span> = match places {
            Places::Leaf(leaf) => return self.leaf(leaf).into_iter().map(Span::of).collect(),
            Places::Any(all) => all.iter().flat_map(|p| self.places(p)).collect(),
            Places::Near(left, right, n) => {
                let left = self.places(left);
                let right = if left.is_empty() { Vec::new() } else { self.places(right) };
                let mut pairs = Vec::new();
                self.pairs(&left, &right, *n, &mut pairs);
                self.pairs(&right, &left, *n, &mut pairs);
                pairs
            }
            Places::Row { parts, slop, merged, fields, term } => self.row(parts, *slop, *merged, *fields, *term),
        };
        out.sort_by_key(|s| (s.at, s.start, s.end));
        out
    }

    /// Pairs of one of the first and one of the second behind it, with at most `n` words between.
    fn pairs(&self, first: &[Span], second: &[Span], n: u32, out: &mut Vec<Span>) {
        for a in first {
            let from = second.partition_point(|b| (b.at, b.start) < (a.at, a.end));
            for b in &second[from..] {
                if b.at != a.at || self.between(a.at, a.end, b.start, n) > n as usize {
                    break;
                }
                if out.len() == PAIRS {
                    return;
                }
                let parts = a.parts.iter().chain(&b.parts).copied().collect();
                out.push(Span { at: a.at, start: a.start, end: b.end, parts });
            }
        }
    }

    /// Parts in order. From each first part the nearest others are taken, which leaves the least between them.
    fn row(&self, parts: &[Source], slop: u32, merged: bool, fields: Fields, term: u32) -> Vec<Span> {
        let mut found = Vec::with_capacity(parts.len());
        for part in parts {
            let all = self.source(part, fields);
            if all.is_empty() {
                return Vec::new();
            }
            found.push(all);
        }
        let mut out = Vec::new();
        'first: for first in &found[0] {
            let mut row = vec![Occurrence { term, ..*first }];
            let (mut last, mut more) = (first, 0);
            for all in &found[1..] {
                let next = all.partition_point(|o| (o.at, o.start) < (last.at, last.end));
                let Some(next) = all.get(next).filter(|o| o.at == last.at) else { continue 'first };
                more += self.between(last.at, last.end, next.start, slop);
                let text = self.text(last.at);
                let gap = &text[last.end as usize..next.start as usize];
                let before = &text[last.start as usize..last.end as usize];
                if more > slop as usize || merged && !gap::crosses(gap, before, "", false) {
                    continue 'first;
                }
                row.push(Occurrence { term, ..*next });
                last = next;
            }
            let whole = Occurrence { term, end: last.end, how: How::Pattern, ..*first };
            let parts = if merged { vec![whole] } else { row };
            out.push(Span { at: first.at, start: first.start, end: last.end, parts });
        }
        out
    }

    /// A leaf where it is looked for. Of those that overlap the first stays.
    fn leaf(&self, leaf: &Leaf) -> Vec<Occurrence> {
        let mut all = self.source(&leaf.source, leaf.fields);
        all.iter_mut().for_each(|o| o.term = leaf.term);
        all
    }

    fn source(&self, source: &Source, fields: Fields) -> Vec<Occurrence> {
        let all: &[Occurrence] = match source {
            Source::Term(id) | Source::Exact(id, _) => of_term(&self.seen, *id),
            Source::Glob(id) => of_term(self.globs(), *id),
            Source::Regex(id) => self.regexes[*id as usize].get_or_init(|| self.regex(*id)),
        };
        let mut out: Vec<Occurrence> = Vec::new();
        for o in all.iter().filter(|o| fields.contains(self.asked.texts[o.at].0)) {
            if out.last().is_some_and(|last| last.at == o.at && o.start < last.end) {
                continue;
            }
            match source {
                Source::Exact(_, wanted) if !self.is_exact(o, wanted) => {}
                Source::Exact(..) => out.push(Occurrence { how: How::Exact, ..*o }),
                _ => out.push(*o),
            }
        }
        out
    }

    /// As written, letter by letter; no affix but what an apostrophe sets apart.
    fn is_exact(&self, o: &Occurrence, wanted: &str) -> bool {
        let text = self.text(o.at);
        let (start, end) = (o.start as usize, o.end as usize);
        let apostrophe = |c: Option<char>| c.is_some_and(|c| fold::row(c).class == Class::Apostrophe);
        let set_apart = || apostrophe(text[..start].chars().next_back()) || apostrophe(text[end..].chars().next());
        compose(&text[start..end]) == wanted && (o.how != How::Affix || set_apart())
    }

    fn text(&self, at: usize) -> &str {
        &self.asked.texts[at].1
    }

    fn dots(&self) -> Dots {
        if self.language.turkic { Dots::Turkic } else { Dots::Plain }
    }

    /// Words that stand wholly between two places; what is more than `limit` is one more.
    fn between(&self, at: usize, from: u32, to: u32, limit: u32) -> usize {
        let text = &*self.asked.texts[at].1;
        let counter = self.counters[at].get_or_init(|| Counter::new(text, self.dots()));
        counter.between(from, to, limit as usize)
    }

    /// All words with wildcards in all texts.
    fn globs(&self) -> &[Occurrence] {
        self.globs.get_or_init(|| {
            let globs = &self.queries.globs;
            let mut out = Vec::new();
            for at in 0..self.asked.texts.len() {
                let tokens = &self.asked.tokens[at];
                let units = globs.units(self.text(at), tokens);
                let words = Words { text: self.text(at), tokens, units: &units, language: self.language };
                let found = globs.search(&words, EACH_LIMIT).into_iter();
                out.extend(found.map(|(term, start, end)| Occurrence { term, at, start, end, how: How::Pattern }));
            }
            out.sort_unstable();
            out
        })
    }

    fn regex(&self, id: u32) -> Vec<Occurrence> {
        let regex = &self.queries.regexes[id as usize];
        let mut out = Vec::new();
        for at in 0..self.asked.texts.len() {
            // A match of nothing shows nothing.
            let found = regex.find_iter(self.text(at)).take(REGEX_HITS).filter(|m| !m.is_empty());
            out.extend(found.map(|m| {
                let (start, end) = (m.start() as u32, m.end() as u32);
                Occurrence { term: id, at, start, end, how: How::Pattern }
            }));
        }
        out
    }
}

fn of_term(sorted: &[Occurrence], term: u32) -> &[Occurrence] {
    let from = sorted.partition_point(|o| o.term < term);
    let count = sorted[from..].partition_point(|o| o.term == term);
    &sorted[from..from + count]
}

fn parts(spans: Vec<Span>) -> Vec<Occurrence> {
    let mut all: Vec<Occurrence> = spans.into_iter().flat_map(|s| s.parts).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// How many of them stand apart from one another: names within longer names are one mention.
fn apart(spans: &[Span]) -> usize {
    let mut spans: Vec<(usize, u32, u32)> = spans.iter().map(|s| (s.at, s.end, s.start)).collect();
    spans.sort_unstable();
    let (mut count, mut last) = (0, None);
    for (at, end, start) in spans {
        if last.is_none_or(|last| last <= (at, start)) {
            count += 1;
            last = Some((at, end));
        }
    }
    count
}

/// Whether an item's language tag is the one asked for or begins with it.
pub fn speaks(tag: &str, wanted: &str) -> bool {
    let tag = tag.trim().to_ascii_lowercase().replace('_', "-");
    tag.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}
