//! From signs to the tree, with every limit and every mistake at its place.

use std::ops::Range;

use super::super::called::check_name;
use super::ast::{Node, Text};
use super::error::{Lint, QueryError};
use super::lexer::{self, Placed, Sign};
use super::{shape, written};

/// Longest query in bytes: some thousand words, and far from what could fill memory.
pub const QUERY_LIMIT: usize = 32 * 1024;

/// Deepest nesting of parentheses, NOT, scopes and NEAR, so that walking a query never exhausts the stack.
pub const DEPTH_LIMIT: usize = 64;

/// Words, phrases and expressions of one query, at most.
pub const LEAVES_LIMIT: usize = 1000;

/// Regular expressions of one query, at most, since each may take a megabyte.
pub const REGEX_LIMIT: usize = 32;

/// What was read: the tree, what was odd about it, and the feeds and names that stand in it.
pub struct Parsed {
    pub node: Node,
    pub lints: Vec<Lint>,
    pub feeds: Vec<(String, Range<usize>)>,
    pub names: Vec<(String, Range<usize>)>,
}

/// Reads a query.
pub fn parse(text: &str) -> Result<Parsed, QueryError> {
    if text.len() > QUERY_LIMIT {
        let said = format!(
            "this query has {} bytes, and {QUERY_LIMIT} are the most; write several watches, or list words as `terms`",
            text.len()
        );
        return Err(QueryError::new(0..0, said));
    }
    let signs = lexer::read(text)?;
    if signs.is_empty() {
        return Err(QueryError::new(0..text.len(), "this query is empty; write a word"));
    }
    let mut parser = Parser {
        text,
        signs,
        at: 0,
        depth: 0,
        leaves: 0,
        regexes: 0,
        lints: Vec::new(),
        feeds: Vec::new(),
        names: Vec::new(),
    };
    let node = parser.any()?;
    if let Some((sign, range)) = parser.signs.get(parser.at) {
        let said = match sign {
            Sign::Close => "this parenthesis closes none that was opened",
            Sign::AtLeast(_) => "`>=` stands behind count(…) only",
            _ => "something is missing before this; write a word, a phrase or a group",
        };
        return Err(QueryError::new(range.clone(), said));
    }
    if !node.finds(false) {
        let said = "this query could be true where nothing is found that could be shown: it needs a word that must be \
                    there, on both sides of each OR";
        return Err(QueryError::new(0..text.len(), said));
    }
    Ok(Parsed { node, lints: parser.lints, feeds: parser.feeds, names: parser.names })
}

struct Parser<'q> {
    text: &'q str,
    signs: Vec<Placed>,
    at: usize,
    depth: usize,
    leaves: usize,
    regexes: usize,
    lints: Vec<Lint>,
    feeds: Vec<(String, Range<usize>)>,
    names: Vec<(String, Range<usize>)>,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Sign> {
        self.signs.get(self.at).map(|(sign, _)| sign)
    }

    /// The place of the sign `back` before the next one; beyond the last, the end of the query.
    fn place(&self, back: usize) -> Range<usize> {
        let i = self.at.saturating_sub(back);
        self.signs.get(i).map_or(self.text.len()..self.text.len(), |(_, range)| range.clone())
    }

    fn lint(&mut self, span: Range<usize>, said: impl Into<String>, hint: impl Into<Option<String>>) {
        self.lints.push(Lint { span, said: said.into(), hint: hint.into() });
    }

    /// One level deeper, for as long as the caller holds it.
    fn deeper(&mut self) -> Result<(), QueryError> {
        self.depth += 1;
        if self.depth <= DEPTH_LIMIT {
            return Ok(());
        }
        let said = format!("this query is nested more than {DEPTH_LIMIT} deep; write several watches");
        Err(QueryError::new(self.place(1), said))
    }

    /// Parts joined by OR.
    fn any(&mut self) -> Result<Node, QueryError> {
        let mut parts = Vec::new();
        let mut mixed: Option<Range<usize>> = None;
        loop {
            let from = self.place(0).start;
            let (part, several) = self.all()?;
            if several {
                mixed = mixed.or(Some(from..self.place(1).end));
            }
            parts.push(part);
            if self.peek() != Some(&Sign::Or) {
                break;
            }
            self.at += 1;
        }
        if parts.len() == 1 {
            return Ok(parts.remove(0));
        }
        let node = Node::Or(parts);
        if let Some(span) = mixed {
            let said = "AND and OR are mixed without parentheses, and AND binds first";
            self.lint(span, said, format!("this is read as `{}`; write the parentheses", short(&node)));
        }
        Ok(node)
    }

    /// Parts joined by AND, written or not; with whether there are several.
    fn all(&mut self) -> Result<(Node, bool), QueryError> {
        let mut parts = vec![self.not()?];
        loop {
            match self.peek() {
                Some(Sign::And) => self.at += 1,
                Some(Sign::Or | Sign::Close | Sign::AtLeast(_) | Sign::Near(_)) | None => break,
                Some(_) => self.joined_by_word(),
            }
            parts.push(self.not()?);
        }
        let several = parts.len() > 1;
        Ok((if several { Node::And(parts) } else { parts.remove(0) }, several))
    }

    /// `a and b` looks for the word “and” too, which is hardly meant.
    fn joined_by_word(&mut self) {
        let Some((Sign::Text { escaped, quoted: false, .. }, range)) = self.signs.get(self.at) else { return };
        if ["and", "or", "not"].iter().any(|w| w.eq_ignore_ascii_case(escaped)) {
            let said = format!("`{escaped}` is looked for as a word here, since operators are written in capitals");
            let hint = format!("write {}, or \"{escaped}\" for the word", escaped.to_ascii_uppercase());
            self.lint(range.clone(), said, hint);
        }
    }

    /// NOT takes the next operand alone.
    fn not(&mut self) -> Result<Node, QueryError> {
        if self.peek() != Some(&Sign::Not) {
            return self.near();
        }
        self.at += 1;
        self.deeper()?;
        let inner = self.not()?;
        self.depth -= 1;
        Ok(Node::Not(Box::new(inner)))
    }

    /// NEAR binds closest, from the left.
    fn near(&mut self) -> Result<Node, QueryError> {
        let outside = self.depth;
        let mut from = self.place(0).start;
        let mut left = self.operand()?;
        while let Some(Sign::Near(n)) = self.peek() {
            let n = *n;
            self.placed(&left, from..self.place(1).end)?;
            self.at += 1;
            self.deeper()?;
            from = self.place(0).start;
            let right = self.operand()?;
            self.placed(&right, from..self.place(1).end)?;
            left = Node::Near(Box::new(left), Box::new(right), n);
        }
        self.depth = outside;
        Ok(left)
    }

    fn placed(&self, node: &Node, span: Range<usize>) -> Result<(), QueryError> {
        if node.has_places() {
            return Ok(());
        }
        let said = "NEAR and count take words, phrases, and groups of them joined by OR";
        Err(QueryError::new(span, said))
    }

    /// One operand: a word, a phrase, an expression, a group, a count, each perhaps within a scope.
    fn operand(&mut self) -> Result<Node, QueryError> {
        let place = self.place(0);
        let Some((sign, _)) = self.signs.get(self.at).cloned() else {
            let said = format!("`{}` needs something behind it", &self.text[self.place(1)]);
            return Err(QueryError::new(self.place(1), said));
        };
        self.at += 1;
        match sign {
            Sign::Open => self.group(place),
            Sign::Text { escaped, quoted, slop } => self.text(Text { escaped, exact: false, slop }, quoted, place),
            Sign::Regex(regex) => {
                self.leaf(&place)?;
                self.regexes += 1;
                if self.regexes > REGEX_LIMIT {
                    let said = format!("this query has more than {REGEX_LIMIT} regular expressions");
                    return Err(QueryError::new(place, said));
                }
                let lint = shape::check_regex(&regex).map_err(|said| QueryError::new(place.clone(), said))?;
                self.lints.extend(lint.map(|said| Lint { span: place, said, hint: None }));
                Ok(Node::Regex(regex))
            }
            Sign::Exact => match self.signs.get(self.at).cloned() {
                Some((Sign::Text { escaped, quoted, slop: 0 }, end)) if !written::is_wild(&escaped) => {
                    self.at += 1;
                    self.text(Text { escaped, exact: true, slop: 0 }, quoted, place.start..end.end)
                }
                _ => Err(QueryError::new(place, "`=` takes a word or phrase without wildcards and `~`")),
            },
            Sign::Name => match self.signs.get(self.at).cloned() {
                Some((Sign::Text { escaped, slop: 0, .. }, end)) if !written::is_wild(&escaped) => {
                    self.at += 1;
                    self.name(written::plain(&escaped), place.start..end.end)
                }
                _ => Err(QueryError::new(place, "`~` takes a name without wildcards, and no number behind it")),
            },
            Sign::Scope(field) => {
                self.deeper()?;
                let inner = self.operand()?;
                self.depth -= 1;
                if has_scope(&inner) {
                    return Err(QueryError::new(place, "a scope within a scope; leave one of them out"));
                }
                Ok(Node::In(field, Box::new(inner)))
            }
            Sign::Feed | Sign::Language => self.about(sign == Sign::Feed, place),
            Sign::Count => self.count(place),
            Sign::Close => Err(QueryError::new(place, "something is missing before this parenthesis")),
            Sign::And | Sign::Or | Sign::Near(_) | Sign::AtLeast(_) => {
                let said = format!("`{}` needs something before it", &self.text[place.clone()]);
                Err(QueryError::new(place, said))
            }
            Sign::Not => {
                let said = "NOT cannot stand here; put it before the whole, or in parentheses";
                Err(QueryError::new(place, said))
            }
        }
    }

    /// What stands behind `(`, up to its `)`.
    fn group(&mut self, open: Range<usize>) -> Result<Node, QueryError> {
        self.deeper()?;
        if self.peek() == Some(&Sign::Close) {
            return Err(QueryError::new(open.start..self.place(0).end, "nothing stands in these parentheses"));
        }
        if self.peek().is_none() {
            return Err(QueryError::new(open, "this parenthesis is never closed"));
        }
        let inner = self.any()?;
        match self.peek() {
            Some(Sign::Close) => self.at += 1,
            None => return Err(QueryError::new(open, "this parenthesis is never closed")),
            Some(_) => {
                let said = "something is missing before this; write a word, a phrase or a group";
                return Err(QueryError::new(self.place(0), said));
            }
        }
        self.depth -= 1;
        Ok(inner)
    }

    fn count(&mut self, place: Range<usize>) -> Result<Node, QueryError> {
        let open = self.place(0);
        self.at += 1;
        let from = self.place(0).start;
        let inner = self.group(open)?;
        self.placed(&inner, from..self.place(1).start)?;
        match self.peek() {
            Some(Sign::AtLeast(n)) => {
                let n = *n;
                self.at += 1;
                Ok(Node::Count(Box::new(inner), n))
            }
            _ => {
                let said = "count(…) needs `>= n` behind it, such as `>= 3`";
                Err(QueryError::new(place.start..self.place(1).end, said))
            }
        }
    }

    /// `feed:NAME` or `lang:TAG`.
    fn about(&mut self, feed: bool, place: Range<usize>) -> Result<Node, QueryError> {
        let (word, end) = match self.signs.get(self.at) {
            Some((Sign::Text { escaped, slop: 0, .. }, range)) => (escaped.clone(), range.clone()),
            _ if feed => return Err(QueryError::new(place, "`feed:` takes the name of one feed")),
            _ => return Err(QueryError::new(place, "`lang:` takes one language tag, such as `lang:ar`")),
        };
        self.at += 1;
        self.leaf(&end)?;
        let name = written::plain(&word);
        if feed && name.starts_with('#') {
            let said = "`feed:` takes the name of one feed; for a tag, write `feeds = [\"#tag\"]` beside the query";
            return Err(QueryError::new(end, said));
        }
        if feed {
            self.feeds.push((name.clone(), end));
            return Ok(Node::Feed(name));
        }
        let tag = name.replace('_', "-");
        let subtag = |s: &str| (1..=8).contains(&s.len()) && s.chars().all(|c| c.is_ascii_alphanumeric());
        if !tag.split('-').all(subtag) || !tag.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Err(QueryError::new(end, "`lang:` takes a language tag, such as `ar`, `pt-BR` or `zh-Hant`"));
        }
        Ok(Node::Language(tag))
    }

    fn leaf(&mut self, place: &Range<usize>) -> Result<(), QueryError> {
        self.leaves += 1;
        if self.leaves <= LEAVES_LIMIT {
            return Ok(());
        }
        let said = format!("this query has more than {LEAVES_LIMIT} words and phrases; list them as `terms`");
        Err(QueryError::new(place.clone(), said))
    }

    fn name(&mut self, name: String, place: Range<usize>) -> Result<Node, QueryError> {
        self.leaf(&place)?;
        check_name(&name).map_err(|said| QueryError::new(place.clone(), said))?;
        self.names.push((name.clone(), place));
        Ok(Node::Name(name))
    }

    fn text(&mut self, text: Text, quoted: bool, place: Range<usize>) -> Result<Node, QueryError> {
        self.leaf(&place)?;
        let lints = shape::check_text(&text, quoted).map_err(|said| QueryError::new(place.clone(), said))?;
        self.lints.extend(lints.into_iter().map(|said| Lint { span: place.clone(), said, hint: None }));
        Ok(Node::Text(text))
    }
}

fn has_scope(node: &Node) -> bool {
    match node {
        Node::In(..) => true,
        Node::And(all) | Node::Or(all) => all.iter().any(has_scope),
        Node::Not(inner) | Node::Count(inner, _) => has_scope(inner),
        Node::Near(left, right, _) => has_scope(left) || has_scope(right),
        Node::Feed(_) | Node::Language(_) | Node::Text(_) | Node::Regex(_) | Node::Name(_) => false,
    }
}

/// Longest query that is written out in a hint, in characters.
const SHOWN: usize = 200;

fn short(node: &Node) -> String {
    let all = node.to_string();
    match all.char_indices().nth(SHOWN) {
        Some((i, _)) => format!("{}…", &all[..i]),
        None => all,
    }
}
