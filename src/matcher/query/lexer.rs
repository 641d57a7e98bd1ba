//! A query cut into its signs and words.

use std::ops::Range;

use crate::model::Field;
use crate::text::fold::{self, Class};

use super::ast::Expression;
use super::error::QueryError;
use super::written;

/// Furthest that NEAR and `~` look, in words: further apart than a page, and two words have nothing to do with each other.
pub const FAR: u32 = 1000;

/// Most occurrences that `count` can ask for: as many as an expression is looked for in one field.
pub const COUNT_LIMIT: u32 = super::ask::REGEX_HITS as u32;

/// A sign or word of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sign {
    /// `(`
    Open,
    /// `)`
    Close,
    /// `AND`, `&&`
    And,
    /// `OR`, `||`, `|`
    Or,
    /// `NOT`, `-` or `!` right before an operand.
    Not,
    /// `NEAR/n`
    Near(u32),
    /// A word, or what stood in quotation marks, with its escapes, and the number behind `~`.
    Text { escaped: String, quoted: bool, slop: u32 },
    /// `/…/`
    Regex(Expression),
    /// `=`, right before a word or phrase.
    Exact,
    /// `~`, right before a name.
    Name,
    /// `title:` and the like.
    Scope(Field),
    /// `feed:`
    Feed,
    /// `lang:`
    Language,
    /// `count`, right before a parenthesis.
    Count,
    /// `>= n`
    AtLeast(u32),
}

/// A sign with the bytes of the query that it fills.
pub type Placed = (Sign, Range<usize>);

/// What other programs call a scope.
const FOREIGN: [(&str, &str); 9] = [
    ("intitle", "title"),
    ("headline", "title"),
    ("text", "body"),
    ("content", "body"),
    ("intext", "body"),
    ("site", "link"),
    ("url", "link"),
    ("inurl", "link"),
    ("language", "lang"),
];

/// Every scope, for sentences.
const SCOPES: &str = "title:, summary:, body:, author:, category:, link:, feed: and lang:";

/// Cuts a query into signs.
pub fn read(text: &str) -> Result<Vec<Placed>, QueryError> {
    let mut lexer = Lexer { text, at: 0, out: Vec::new() };
    while lexer.next()? {}
    Ok(lexer.out)
}

struct Lexer<'q> {
    text: &'q str,
    at: usize,
    out: Vec<Placed>,
}

impl Lexer<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn push(&mut self, sign: Sign, from: usize) {
        self.out.push((sign, from..self.at));
    }

    fn fail<T>(&self, from: usize, said: impl Into<String>) -> Result<T, QueryError> {
        Err(QueryError::new(from..self.at.max(from), said))
    }

    /// Whether something to look for stands right here.
    fn touches_operand(&self) -> bool {
        self.peek().is_some_and(|c| !is_blank(c) && c != ')')
    }

    /// Reads the next sign; false at the end.
    fn next(&mut self) -> Result<bool, QueryError> {
        while let Some(c) = self.peek().filter(|c| is_blank(*c)) {
            self.at += c.len_utf8();
        }
        let from = self.at;
        let Some(c) = self.peek() else { return Ok(false) };
        self.at += c.len_utf8();
        match c {
            '(' => self.push(Sign::Open, from),
            ')' => self.push(Sign::Close, from),
            '&' if self.rest().starts_with('&') => {
                self.at += 1;
                self.push(Sign::And, from);
            }
            '|' => {
                self.at += usize::from(self.rest().starts_with('|'));
                self.push(Sign::Or, from);
            }
            '-' | '!' if self.touches_operand() && !self.rest().starts_with(['-', '!']) => self.push(Sign::Not, from),
            '=' if self.touches_operand() && !self.rest().starts_with(['(', '=']) => self.push(Sign::Exact, from),
            '=' => return self.fail(from, "`=` stands right before one word or one phrase in quotation marks"),
            '~' if self.touches_operand() && !self.rest().starts_with(['(', '~']) => self.push(Sign::Name, from),
            '~' => return self.fail(from, "`~` stands right before a name: one word, or several in quotation marks"),
            '>' | '<' => self.at_least(from)?,
            '/' => self.regex(from)?,
            c => match closing(c) {
                Some(closing) => self.quoted(from, closing)?,
                None => {
                    self.at = from;
                    self.word(from)?;
                }
            },
        }
        Ok(true)
    }

    /// `>= n` behind `count(…)`.
    fn at_least(&mut self, from: usize) -> Result<(), QueryError> {
        let sign = self.text[from..].len() - self.text[from..].trim_start_matches(['>', '<', '=']).len();
        self.at = from + sign;
        if &self.text[from..self.at] != ">=" {
            let said = "only `>=` stands behind count(…); for fewer, write `NOT count(…) >= n`";
            return self.fail(from, said);
        }
        self.at += self.rest().len() - self.rest().trim_start().len();
        match self.digits().filter(|n| (1..=COUNT_LIMIT).contains(n)) {
            Some(n) => self.push(Sign::AtLeast(n), from),
            None => return self.fail(from, format!("`>=` takes a number from 1 to {COUNT_LIMIT}")),
        }
        Ok(())
    }

    /// The number that stands right here.
    fn digits(&mut self) -> Option<u32> {
        let from = self.at;
        self.at += self.rest().len() - self.rest().trim_start_matches(|c: char| c.is_ascii_digit()).len();
        self.text[from..self.at].parse().ok()
    }

    fn regex(&mut self, from: usize) -> Result<(), QueryError> {
        let mut end = None;
        let mut chars = self.rest().char_indices();
        while let Some((i, c)) = chars.next() {
            match c {
                '\\' => _ = chars.next(),
                '/' => {
                    end = Some(self.at + i);
                    break;
                }
                _ => {}
            }
        }
        let Some(end) = end else {
            let said =
                "this regular expression has no `/` at its end; to look for a slash, put the word in quotation marks";
            return self.fail(from, said);
        };
        let source = self.text[self.at..end].to_owned();
        self.at = end + 1;
        let flags = self.rest().len() - self.rest().trim_start_matches(char::is_alphanumeric).len();
        let flags = &self.text[self.at..self.at + flags];
        let ignore_case = flags == "i";
        self.at += flags.len();
        if !flags.is_empty() && !ignore_case {
            return self.fail(end + 1, "behind a regular expression stands `i` (case does not matter) or a blank");
        }
        self.push(Sign::Regex(Expression { source, ignore_case }), from);
        Ok(())
    }

    fn quoted(&mut self, from: usize, closing: &[char]) -> Result<(), QueryError> {
        let mut escaped = String::new();
        let mut before = ' ';
        let mut chars = self.rest().char_indices().peekable();
        let end = loop {
            let Some((i, c)) = chars.next() else {
                self.at = from + self.text[from..].chars().next().map_or(0, char::len_utf8);
                return self.fail(from, "these quotation marks are never closed");
            };
            let after = chars.peek().map(|(_, c)| *c);
            match c {
                '\\' => match chars.next() {
                    Some((_, c)) => written::push_literal(c, &mut escaped),
                    None => written::push_literal(c, &mut escaped),
                },
                // Gershayim are typed as quotation marks within a word: צה"ל.
                '"' if is_hebrew(before) && after.is_some_and(is_hebrew) => written::push_literal(c, &mut escaped),
                c if closing.contains(&c) => break self.at + i + c.len_utf8(),
                '"' => written::push_literal(c, &mut escaped),
                c => escaped.push(c),
            }
            before = c;
        };
        self.at = end;
        let mut slop = 0;
        if self.rest().starts_with('~') {
            self.at += 1;
            match self.digits().filter(|n| *n <= FAR) {
                Some(n) => slop = n,
                None => return self.fail(end, format!("`~` behind a phrase takes a number of words from 0 to {FAR}")),
            }
        }
        self.push(Sign::Text { escaped, quoted: true, slop }, from);
        Ok(())
    }

    fn word(&mut self, from: usize) -> Result<(), QueryError> {
        let scope = self.out.last().filter(|(_, range)| range.end == from).map(|(sign, _)| sign);
        let in_scope = matches!(scope, Some(Sign::Scope(_) | Sign::Feed | Sign::Language));
        // The names of feeds and languages are not ours.
        let is_name = matches!(scope, Some(Sign::Feed | Sign::Language));
        let mut escaped = String::new();
        let mut before = ' ';
        while let Some(c) = self.peek() {
            let after = self.rest()[c.len_utf8()..].chars().next();
            let gershayim = c == '"' && is_hebrew(before) && after.is_some_and(is_hebrew);
            if c == '(' || c == ')' || is_space(c) || !gershayim && (closing(c).is_some() || matches!(c, '”' | '»'))
            {
                break;
            }
            self.at += c.len_utf8();
            match c {
                '\\' => {
                    let c = after.unwrap_or(c);
                    self.at += after.map_or(0, char::len_utf8);
                    written::push_literal(c, &mut escaped);
                }
                ':' if !in_scope && self.scope(from)? => return Ok(()),
                '"' => written::push_literal(c, &mut escaped),
                c => escaped.push(c),
            }
            before = c;
        }
        if self.at == from {
            // A closing mark that nothing opened.
            self.at += self.peek().map_or(0, char::len_utf8);
            return self.fail(from, "these quotation marks were never opened");
        }
        let sign = if is_name { None } else { self.operator(from)? };
        let sign = sign.unwrap_or(Sign::Text { escaped, quoted: false, slop: 0 });
        self.push(sign, from);
        Ok(())
    }

    /// Whether the word up to the colon just read is a scope.
    fn scope(&mut self, from: usize) -> Result<bool, QueryError> {
        let word = &self.text[from..self.at - 1];
        let name = word.to_ascii_lowercase();
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphabetic()) {
            return Ok(false);
        }
        let sign = match (name.as_str(), Field::parse(&name)) {
            (_, Some(field)) => Sign::Scope(field),
            ("feed", _) => Sign::Feed,
            ("lang", _) => Sign::Language,
            // A colon at the end of a word is punctuation.
            _ if !self.touches_operand() => return Ok(false),
            _ => {
                let meant = FOREIGN.iter().find(|(theirs, _)| *theirs == name).map(|(_, ours)| format!("{ours}:"));
                let hint = match meant {
                    Some(ours) => format!("here it is `{ours}`"),
                    None => format!("there are {SCOPES}; put a word with a colon in quotation marks"),
                };
                let said = format!("`{word}:` is no scope; {hint}");
                return self.fail(from, said);
            }
        };
        self.push(sign, from);
        Ok(true)
    }

    /// The operator that the word just read is.
    fn operator(&mut self, from: usize) -> Result<Option<Sign>, QueryError> {
        let word = self.text[from..self.at].trim_matches(is_blank);
        let before_parenthesis = self.rest().starts_with('(');
        let (name, number) = match word.split_once('/') {
            Some((name, number)) => (name, Some(number)),
            None => (word, None),
        };
        let near = ["NEAR", "AROUND", "WITHIN", "ONEAR"].iter().any(|w| w.eq_ignore_ascii_case(name));
        match (name, number) {
            ("AND", None) => Ok(Some(Sign::And)),
            ("OR", None) => Ok(Some(Sign::Or)),
            ("NOT", None) => Ok(Some(Sign::Not)),
            (_, None) if word.eq_ignore_ascii_case("count") && before_parenthesis => Ok(Some(Sign::Count)),
            ("NEAR", Some(number)) => match number.parse().ok().filter(|n| *n <= FAR) {
                Some(n) => Ok(Some(Sign::Near(n))),
                None => self.fail(from, format!("NEAR/ takes a number of words from 0 to {FAR}, such as NEAR/5")),
            },
            ("NEAR", None) => self.fail(from, "NEAR needs the number of words that may stand between, such as NEAR/5"),
            (_, Some(number)) if near && number.parse::<u32>().is_ok() => {
                self.fail(from, format!("`{word}` is no operator here; write NEAR/{number}"))
            }
            (_, None) if near && before_parenthesis => {
                self.fail(from, format!("`{word}(…)` is no operator here; write NEAR/5 between two words"))
            }
            _ => Ok(None),
        }
    }
}

/// What closes a quotation that begins with this.
fn closing(c: char) -> Option<&'static [char]> {
    match c {
        '"' => Some(&['"']),
        '“' => Some(&['”', '“']),
        '„' => Some(&['“', '”']),
        '«' => Some(&['»']),
        _ => None,
    }
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

/// Blanks, and marks of direction and the like that come along when a query is pasted.
fn is_blank(c: char) -> bool {
    is_space(c) || matches!(fold::row(c).class, Class::Ignorable | Class::ZeroWidthSpace)
}

fn is_hebrew(c: char) -> bool {
    fold::row(c).class == Class::Hebrew
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(query: &str) -> Vec<String> {
        let signs = read(query).unwrap_or_else(|e| panic!("{query}: {e}"));
        signs
            .into_iter()
            .map(|(sign, _)| match sign {
                Sign::Text { escaped, quoted: true, slop } => format!("\"{escaped}\"~{slop}"),
                Sign::Text { escaped, .. } => escaped,
                other => format!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn signs_and_words_part_where_a_reader_parts_them() {
        for (query, expected) in [
            ("a AND(b)OR c", vec!["a", "And", "Open", "b", "Close", "Or", "c"]),
            ("\"and\"~3 “x y” „z“ «w»", vec!["\"and\"~3", "\"x y\"~0", "\"z\"~0", "\"w\"~0"]),
            ("צה\"ל \"צה\"ל\"", vec!["צה\\\"ל", "\"צה\\\"ל\"~0"]),
            ("title:x LINK:https://a.b/c", vec!["Scope(Title)", "x", "Scope(Link)", "https://a.b/c"]),
            (
                "-a !b a-b C++ x || y | z && w",
                vec!["Not", "a", "Not", "b", "a-b", "C++", "x", "Or", "y", "Or", "z", "And", "w"],
            ),
            ("count(a) >= 3 count", vec!["Count", "Open", "a", "Close", "AtLeast(3)", "count"]),
            ("~a ~\"b c\"", vec!["Name", "a", "Name", "\"b c\"~0"]),
            ("a NEAR/5 =US \\*x Trump: 12:30", vec!["a", "Near(5)", "Exact", "US", "\\*x", "Trump:", "12:30"]),
            ("\u{200F}a\u{200F} \u{200F}AND\u{200F} b", vec!["a\u{200F}", "And", "b"]),
        ] {
            assert_eq!(words(query), expected, "{query}");
        }
    }

    #[test]
    fn mistakes_are_told_at_their_place() {
        for (query, span, word) in [
            ("a \"b", 2..3, "never closed"),
            ("a b”", 3..6, "never opened"),
            ("a /b", 2..3, "no `/`"),
            ("/b/gi", 3..5, "stands `i`"),
            ("a NEAR b", 2..6, "number of words"),
            ("a NEAR/x b", 2..8, "NEAR/ takes"),
            ("a near/5 b", 2..8, "write NEAR/5"),
            ("a AROUND(5) b", 2..8, "NEAR/5"),
            ("intitle:x", 0..8, "`title:`"),
            ("foo:x", 0..4, "no scope"),
            ("a ~ b", 2..3, "right before a name"),
            ("count(a) > 3", 9..10, "only `>=`"),
            ("count(a) >= 0", 9..13, "from 1 to"),
            ("\"a b\"~x", 5..6, "number of words"),
            ("= a", 0..1, "right before"),
        ] {
            let error = read(query).expect_err(query);
            assert_eq!(error.span, span, "{query}: {error}");
            assert!(error.said.contains(word), "{query}: {error}");
        }
    }
}
