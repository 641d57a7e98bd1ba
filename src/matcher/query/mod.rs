//! The language of `query`: read and checked ([`Query`]), compiled for a whole watchlist, and asked of an item.
//!
//! Reading order: [`ast`] is what a query says; [`lexer`] and [`parser`] make it from text, every mistake with its place;
//! [`shape`] turns words and phrases into what is looked for; [`compile`] brings the queries of all watches into one
//! structure, with the words that each needs; [`ask`] answers. Terms of queries stand in the same index as those of
//! watches. A query is asked only where a word that it needs was seen, so that most items cost most queries nothing. `docs/queries.md` has the grammar for users.

mod ask;
mod ast;
mod compile;
mod error;
mod lexer;
mod parser;
mod shape;
mod wild;
mod written;

use std::ops::Range;

pub use ask::{Asked, Occurrence, speaks};
pub use ast::{Expression, Node, Text};
pub use compile::{Fresh, Queries};
pub use error::{Lint, QueryError};
pub use parser::{DEPTH_LIMIT, LEAVES_LIMIT, QUERY_LIMIT, REGEX_LIMIT};
pub use wild::Globs;

/// A query that can be asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    node: Node,
    lints: Vec<Lint>,
    feeds: Vec<(String, Range<usize>)>,
    names: Vec<(String, Range<usize>)>,
}

impl Query {
    /// Reads and checks a query.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let parser::Parsed { node, lints, feeds, names } = parser::parse(text)?;
        Ok(Self { node, lints, feeds, names })
    }

    /// Of a part of a query that has been read; nothing is checked again.
    pub(super) fn of(node: Node) -> Self {
        Self { node, lints: Vec::new(), feeds: Vec::new(), names: Vec::new() }
    }

    /// What it says.
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// What is odd about it.
    pub fn lints(&self) -> &[Lint] {
        &self.lints
    }

    /// The feeds that it names, each with its place.
    pub fn feeds(&self) -> &[(String, Range<usize>)] {
        &self.feeds
    }

    /// The names (`~name`) in it, each with its place.
    pub fn names(&self) -> &[(String, Range<usize>)] {
        &self.names
    }
}
