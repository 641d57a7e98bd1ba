//! What a query says, as a tree, and the tree written out again.

use std::fmt;

use crate::model::Field;

use super::written;

/// A part of a query. Made by the parser, which holds its depth and size within limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// All of these; two at least.
    And(Vec<Node>),
    /// One of these; two at least.
    Or(Vec<Node>),
    /// Not this.
    Not(Box<Node>),
    /// Both, in either order, with at most this many words strictly between them.
    Near(Box<Node>, Box<Node>, u32),
    /// In one field only.
    In(Field, Box<Node>),
    /// At least this many occurrences over the fields of the item.
    Count(Box<Node>, u32),
    /// In feeds of this name.
    Feed(String),
    /// In items of this language (BCP 47; a shorter tag stands for all that begin with it).
    Language(String),
    /// A word or phrase.
    Text(Text),
    /// A regular expression.
    Regex(Expression),
    /// A name, in every script.
    Name(String),
}

/// A word or phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// With `\` before each of `\ " * ?` that stands for itself; `*` and `?` alone are wildcards.
    pub escaped: String,
    /// As written: case and accents count.
    pub exact: bool,
    /// Words that may stand among those of the phrase, in all.
    pub slop: u32,
}

/// A regular expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    /// What stands between the slashes; one of its own is written `\/`.
    pub source: String,
    /// `/…/i`
    pub ignore_case: bool,
}

impl Text {
    /// The words without their escapes.
    pub fn plain(&self) -> String {
        written::plain(&self.escaped)
    }

    /// Whether it holds a wildcard.
    pub fn is_wild(&self) -> bool {
        written::is_wild(&self.escaped)
    }
}

impl Node {
    /// Whether its occurrences have places, so that it can stand beside NEAR or in `count(…)`: words, phrases,
    /// expressions, NEAR itself, and groups of such joined by OR.
    pub fn has_places(&self) -> bool {
        match self {
            Node::Text(_) | Node::Regex(_) | Node::Name(_) | Node::Near(..) => true,
            Node::Or(all) => all.iter().all(Node::has_places),
            Node::In(_, inner) => inner.has_places(),
            Node::And(_) | Node::Not(_) | Node::Count(..) | Node::Feed(_) | Node::Language(_) => false,
        }
    }

    /// Whether it is true only where something is found that can be shown (with `negated`: whether its opposite is).
    pub fn finds(&self, negated: bool) -> bool {
        match (self, negated) {
            (Node::And(all), false) | (Node::Or(all), true) => all.iter().any(|n| n.finds(negated)),
            (Node::Or(all), false) | (Node::And(all), true) => all.iter().all(|n| n.finds(negated)),
            (Node::Not(inner), _) => inner.finds(!negated),
            (Node::In(_, inner), _) => inner.finds(negated),
            (Node::Feed(_) | Node::Language(_), _) | (_, true) => false,
            (Node::Near(..) | Node::Count(..) | Node::Text(_) | Node::Regex(_) | Node::Name(_), false) => true,
        }
    }

    /// In parentheses where it is made of parts.
    fn grouped(&self, f: &mut fmt::Formatter<'_>, alone: bool) -> fmt::Result {
        if alone { write!(f, "{self}") } else { write!(f, "({self})") }
    }

    fn is_primary(&self) -> bool {
        !matches!(self, Node::And(_) | Node::Or(_) | Node::Not(_) | Node::Near(..))
    }
}

/// Parses again to the same tree.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Node::And(all) | Node::Or(all) => {
                let word = if matches!(self, Node::And(_)) { " AND " } else { " OR " };
                for (i, node) in all.iter().enumerate() {
                    f.write_str(if i == 0 { "" } else { word })?;
                    node.grouped(f, !matches!(node, Node::And(_) | Node::Or(_)))?;
                }
                Ok(())
            }
            Node::Not(inner) => {
                f.write_str("NOT ")?;
                inner.grouped(f, !matches!(**inner, Node::And(_) | Node::Or(_)))
            }
            Node::Near(left, right, n) => {
                left.grouped(f, left.is_primary() || matches!(**left, Node::Near(..)))?;
                write!(f, " NEAR/{n} ")?;
                right.grouped(f, right.is_primary())
            }
            Node::In(field, inner) => {
                write!(f, "{field}:")?;
                // A colon right behind a scope is part of the word.
                let colon = matches!(**inner, Node::In(..) | Node::Feed(_) | Node::Language(_));
                inner.grouped(f, inner.is_primary() && !colon)
            }
            Node::Count(inner, n) => write!(f, "count({inner}) >= {n}"),
            Node::Feed(name) => write!(f, "feed:{}", written::quoted(&written::escape(name))),
            Node::Language(tag) => write!(f, "lang:{tag}"),
            Node::Text(text) => write!(f, "{text}"),
            Node::Regex(regex) => write!(f, "{regex}"),
            Node::Name(name) => {
                let escaped = written::escape(name);
                match written::is_plain_word(&escaped) {
                    true => write!(f, "~{escaped}"),
                    false => write!(f, "~{}", written::quoted(&escaped)),
                }
            }
        }
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.exact { "=" } else { "" })?;
        if self.slop == 0 && written::is_plain_word(&self.escaped) {
            return f.write_str(&self.escaped);
        }
        f.write_str(&written::quoted(&self.escaped))?;
        if self.slop > 0 { write!(f, "~{}", self.slop) } else { Ok(()) }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}/{}", self.source, if self.ignore_case { "i" } else { "" })
    }
}
