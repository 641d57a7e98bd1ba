//! The queries of all watches in one structure.

use std::collections::HashMap;
use std::sync::Arc;

use icu_normalizer::ComposingNormalizerBorrowed;
use regex::Regex;

use crate::model::{FeedName, Field, Fields};

use super::super::pattern::core;
use super::ast::{Expression, Node, Text};
use super::shape::{self, Part, Shape};
use super::wild::Globs;
use super::{Query, written};

/// A query ready to be asked. NOT stands before parts alone, never before AND and OR.
#[derive(Debug)]
pub enum Rule {
    /// All, the cheapest first.
    All(Vec<Rule>),
    /// One; all are looked at, since all that are true have hits to tell.
    Any(Vec<Rule>),
    /// Not this.
    Not(Box<Rule>),
    /// These occur.
    There(Places),
    /// These occur so often.
    Count(Places, u32),
    /// The item is of this feed.
    Feed(FeedName),
    /// The item is in this language.
    Language(String),
}

/// What occurs at places.
#[derive(Debug)]
pub enum Places {
    /// A word, phrase, wildcard or expression.
    Leaf(Leaf),
    /// One of these.
    Any(Vec<Places>),
    /// Both, with at most so many words between.
    Near(Box<Places>, Box<Places>, u32),
    /// In this order, with at most `slop` words more among them in all; one hit where `merged`.
    Row {
        /// The parts.
        parts: Vec<Source>,
        /// Words more.
        slop: u32,
        /// One hit from the first to the last.
        merged: bool,
        /// Where it is looked for.
        fields: Fields,
        /// Its place among the terms, as the query writes it.
        term: u32,
    },
}

/// A part of a query that is looked for by itself.
#[derive(Debug)]
pub struct Leaf {
    /// Who finds it.
    pub source: Source,
    /// Where it is looked for.
    pub fields: Fields,
    /// Its place among the terms, as the query writes it.
    pub term: u32,
}

/// Who finds a leaf.
#[derive(Debug, Clone)]
pub enum Source {
    /// The index, as this term.
    Term(u32),
    /// The index, as this term; then compared with what is meant, composed.
    Exact(u32, Box<str>),
    /// The word with wildcards of this number.
    Glob(u32),
    /// The expression of this number.
    Regex(u32),
}

/// The queries of a watchlist.
#[derive(Debug, Default)]
pub struct Queries {
    /// Each with its watch.
    pub(super) list: Vec<(u32, Rule)>,
    /// Those to be asked when a term was seen, by its place among the terms.
    pub(super) by_term: HashMap<u32, Vec<u32>>,
    /// Those to be asked when a word with wildcards was seen.
    pub(super) by_glob: HashMap<u32, Vec<u32>>,
    /// Those to be asked of every item, since no word tells whether they could be true.
    pub(super) always: Vec<u32>,
    pub(super) globs: Globs,
    pub(super) regexes: Vec<Regex>,
    /// Terms of leaves, so that a word of many queries is looked for once.
    terms: HashMap<String, u32>,
    /// How leaves are shown.
    shown: HashMap<String, u32>,
    known_regexes: HashMap<(String, bool), u32>,
    reads: Vec<Field>,
}

/// What must have been seen for a query to be true: one of these.
#[derive(Debug, Clone, Default)]
struct Need {
    terms: Vec<u32>,
    globs: Vec<u32>,
    /// Something that only asking can tell.
    unknown: bool,
}

impl Need {
    /// The price of knowing: expressions cost a pass over the text each, wildcards one for all, terms nothing.
    fn cost(&self) -> (bool, bool, usize) {
        (self.unknown, !self.globs.is_empty(), self.terms.len() + self.globs.len())
    }

    fn or(mut self, other: Need) -> Self {
        self.terms.extend(other.terms);
        self.globs.extend(other.globs);
        self.unknown |= other.unknown;
        self
    }
}

impl Queries {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The words with wildcards of all.
    pub fn globs(&self) -> &Globs {
        &self.globs
    }

    /// Every field that some query reads.
    pub fn reads(&self) -> impl Iterator<Item = Field> {
        self.reads.iter().copied()
    }

    /// Adds the query of a watch that reads `fields` where a scope does not say otherwise. Puts what it looks for into
    /// `terms`, and returns the places of those that must be found for it.
    pub fn add(&mut self, watch: u32, fields: Fields, query: &Query, terms: &mut Vec<Arc<str>>) -> Fresh {
        let mut adding = Adding { queries: self, terms, names: HashMap::new(), fresh: Fresh::default() };
        let rule = adding.rule(query.node(), false, fields);
        let fresh = adding.fresh;
        let need = need(&rule);
        let id = self.list.len() as u32;
        self.list.push((watch, rule));
        if need.unknown {
            self.always.push(id);
            return fresh;
        }
        for term in need.terms {
            self.by_term.entry(term).or_default().push(id);
        }
        for glob in need.globs {
            self.by_glob.entry(glob).or_default().push(id);
        }
        fresh
    }
}

/// What a query looks for that none before it did, by place among the terms.
#[derive(Debug, Default)]
pub struct Fresh {
    /// Words and phrases.
    pub terms: Vec<u32>,
    /// Names.
    pub names: Vec<u32>,
}

/// A query being added.
struct Adding<'q> {
    queries: &'q mut Queries,
    terms: &'q mut Vec<Arc<str>>,
    /// Its names; those of another query are others, since aliases and sensitivity are the watch's own.
    names: HashMap<String, u32>,
    fresh: Fresh,
}

impl Adding<'_> {
    /// The depth of a query is limited by its parser.
    fn rule(&mut self, node: &Node, negated: bool, fields: Fields) -> Rule {
        match node {
            Node::And(all) | Node::Or(all) => {
                let mut rules: Vec<Rule> = all.iter().map(|n| self.rule(n, negated, fields)).collect();
                if matches!(node, Node::And(_)) == negated {
                    return Rule::Any(rules);
                }
                rules.sort_by_key(cost);
                Rule::All(rules)
            }
            Node::Not(inner) => self.rule(inner, !negated, fields),
            Node::In(field, inner) => self.rule(inner, negated, Fields::NONE.with(*field)),
            _ if negated => Rule::Not(Box::new(self.rule(node, false, fields))),
            Node::Feed(name) => Rule::Feed(FeedName::new(name)),
            Node::Language(tag) => Rule::Language(tag.to_ascii_lowercase()),
            Node::Count(inner, n) => Rule::Count(self.places(inner, fields), *n),
            Node::Near(..) | Node::Text(_) | Node::Regex(_) | Node::Name(_) => Rule::There(self.places(node, fields)),
        }
    }

    fn places(&mut self, node: &Node, fields: Fields) -> Places {
        match node {
            Node::Near(left, right, n) => {
                Places::Near(Box::new(self.places(left, fields)), Box::new(self.places(right, fields)), *n)
            }
            Node::In(field, inner) => self.places(inner, Fields::NONE.with(*field)),
            Node::Text(text) => self.text(text, fields),
            Node::Regex(expression) => {
                let term = self.shown(expression.to_string());
                // One that cannot be compiled does not pass the parser.
                let Some(id) = self.regex(expression) else { return Places::Any(Vec::new()) };
                self.leaf(Source::Regex(id), fields, term)
            }
            Node::Name(name) => {
                let id = self.name(name);
                let term = self.shown(node.to_string());
                self.leaf(Source::Term(id), fields, term)
            }
            Node::Or(all) => Places::Any(all.iter().map(|n| self.places(n, fields)).collect()),
            // Has no places, and does not pass the parser here.
            Node::And(_) | Node::Not(_) | Node::Count(..) | Node::Feed(_) | Node::Language(_) => {
                Places::Any(Vec::new())
            }
        }
    }

    fn leaf(&mut self, source: Source, fields: Fields, term: u32) -> Places {
        self.reads(fields);
        Places::Leaf(Leaf { source, fields, term })
    }

    fn text(&mut self, text: &Text, fields: Fields) -> Places {
        match shape::shape(text) {
            Ok(Shape::Term(term)) if text.exact => {
                let id = self.term(&term);
                let shown = self.shown(format!("={}", written::plain(&text.escaped)));
                self.leaf(Source::Exact(id, compose(core(&term)).into()), fields, shown)
            }
            Ok(Shape::Term(term)) => {
                let id = self.term(&term);
                self.leaf(Source::Term(id), fields, id)
            }
            Ok(Shape::Row { parts, slop, merged }) => {
                let term = self.shown(if slop > 0 { text.to_string() } else { written::plain(&text.escaped) });
                let mut parts: Vec<Source> = parts.into_iter().map(|p| self.part(p)).collect();
                if parts.len() == 1 {
                    return self.leaf(parts.remove(0), fields, term);
                }
                self.reads(fields);
                Places::Row { parts, slop, merged, fields, term }
            }
            // Does not pass the parser.
            Err(_) => Places::Any(Vec::new()),
        }
    }

    fn part(&mut self, part: Part) -> Source {
        match part {
            Part::Term(term) => Source::Term(self.term(&term)),
            Part::Glob(glob) => Source::Glob(self.queries.globs.add(glob)),
        }
    }

    /// The place of a term that the index finds.
    fn term(&mut self, term: &str) -> u32 {
        if let Some(id) = self.queries.terms.get(term) {
            return *id;
        }
        let id = self.terms.len() as u32;
        self.terms.push(term.into());
        self.queries.terms.insert(term.to_owned(), id);
        self.fresh.terms.push(id);
        id
    }

    /// The place of a name.
    fn name(&mut self, name: &str) -> u32 {
        if let Some(id) = self.names.get(name) {
            return *id;
        }
        let id = self.terms.len() as u32;
        self.terms.push(name.into());
        self.names.insert(name.to_owned(), id);
        self.fresh.names.push(id);
        id
    }

    /// The place of what is only shown.
    fn shown(&mut self, text: String) -> u32 {
        let terms = &mut *self.terms;
        *self.queries.shown.entry(text).or_insert_with_key(|text| {
            terms.push(text.as_str().into());
            terms.len() as u32 - 1
        })
    }

    fn regex(&mut self, expression: &Expression) -> Option<u32> {
        let key = (expression.source.clone(), expression.ignore_case);
        if let Some(id) = self.queries.known_regexes.get(&key) {
            return Some(*id);
        }
        let id = self.queries.regexes.len() as u32;
        self.queries.regexes.push(shape::regex(expression).ok()?);
        self.queries.known_regexes.insert(key, id);
        Some(id)
    }

    fn reads(&mut self, fields: Fields) {
        for field in Field::ALL.into_iter().filter(|f| fields.contains(*f)) {
            if !self.queries.reads.contains(&field) {
                self.queries.reads.push(field);
            }
        }
    }
}

/// Composed, so that one letter is one whichever way it was typed; nothing else is touched.
pub fn compose(text: &str) -> String {
    const NFC: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfc();
    NFC.normalize(text).into_owned()
}

/// Which parts of an AND are asked first.
fn cost(rule: &Rule) -> u8 {
    match rule {
        Rule::Feed(_) | Rule::Language(_) => 0,
        Rule::There(places) | Rule::Count(places, _) => places_cost(places),
        Rule::Not(inner) => cost(inner),
        Rule::All(all) | Rule::Any(all) => all.iter().map(cost).max().unwrap_or(0),
    }
}

fn places_cost(places: &Places) -> u8 {
    let of = |source: &Source| match source {
        Source::Term(_) | Source::Exact(..) => 1,
        Source::Glob(_) => 3,
        Source::Regex(_) => 4,
    };
    match places {
        Places::Leaf(leaf) => of(&leaf.source),
        Places::Any(all) => all.iter().map(places_cost).max().unwrap_or(0),
        Places::Near(left, right, _) => places_cost(left).max(places_cost(right)).max(2),
        Places::Row { parts, .. } => parts.iter().map(of).max().unwrap_or(0).max(2),
    }
}

fn need(rule: &Rule) -> Need {
    match rule {
        Rule::All(all) => cheapest(all.iter().map(need)),
        Rule::Any(all) => all.iter().map(need).fold(Need::default(), Need::or),
        Rule::There(places) | Rule::Count(places, _) => places_need(places),
        Rule::Not(_) | Rule::Feed(_) | Rule::Language(_) => Need { unknown: true, ..Need::default() },
    }
}

fn places_need(places: &Places) -> Need {
    let of = |source: &Source| match source {
        Source::Term(id) | Source::Exact(id, _) => Need { terms: vec![*id], ..Need::default() },
        Source::Glob(id) => Need { globs: vec![*id], ..Need::default() },
        Source::Regex(_) => Need { unknown: true, ..Need::default() },
    };
    match places {
        Places::Leaf(leaf) => of(&leaf.source),
        Places::Any(all) => all.iter().map(places_need).fold(Need::default(), Need::or),
        Places::Near(left, right, _) => cheapest([places_need(left), places_need(right)].into_iter()),
        Places::Row { parts, .. } => cheapest(parts.iter().map(of)),
    }
}

fn cheapest(needs: impl Iterator<Item = Need>) -> Need {
    needs.min_by_key(Need::cost).unwrap_or(Need { unknown: true, ..Need::default() })
}
