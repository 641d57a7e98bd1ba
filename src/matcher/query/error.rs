//! What is wrong with a query, and where.

use std::fmt;
use std::ops::Range;

/// A mistake that keeps a query from being asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryError {
    /// Bytes of the query; may be empty at its end.
    pub span: Range<usize>,
    /// A sentence for the user, with what to do.
    pub said: String,
}

impl QueryError {
    pub(super) fn new(span: Range<usize>, said: impl Into<String>) -> Self {
        Self { span, said: said.into() }
    }

    /// The mistake with its place, for one line of output: the column counts characters from 1.
    pub fn at(&self, query: &str) -> String {
        let start = query.floor_char_boundary(self.span.start);
        format!("character {}: {}", query[..start].chars().count() + 1, self.said)
    }
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said)
    }
}

impl std::error::Error for QueryError {}

/// What a query can be asked with, and hardly means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lint {
    /// Bytes of the query.
    pub span: Range<usize>,
    /// A sentence for the user.
    pub said: String,
    /// What to write, where that can be said.
    pub hint: Option<String>,
}
