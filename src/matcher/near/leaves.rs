//! Why a query is not true: the parts that are to blame, each asked again with a little less.

use crate::model::{Field, Fields, Hit};

use super::super::query::{Node, Text, speaks};
use super::{Asking, Near, every_field, told};

/// Words that NEAR is widened to, at most.
const WIDEST: u32 = 200;

/// Parts of a query that are asked, at most: each costs a pass or two.
const ASKED: usize = 100;

/// Walks a query that is not true.
pub struct Leaves<'a, 'i> {
    pub asking: &'a Asking<'i>,
    pub out: &'a mut Vec<Near>,
}

impl Leaves<'_, '_> {
    /// Says why this part is not true; the depth of a query is limited by its parser.
    pub fn node(&mut self, node: &Node, fields: Fields) {
        if self.out.len() >= ASKED {
            return;
        }
        match node {
            Node::And(all) => {
                let (there, not): (Vec<&Node>, Vec<&Node>) = all.iter().partition(|n| self.is_true(n, fields));
                if let Some(hits) = there.iter().map(|n| self.hits(n, fields)).find(|h| !h.is_empty()) {
                    for missing in &not {
                        self.say(missing, 20, format!("is what is missing; the rest is there: {}", told(&hits)));
                    }
                }
                not.iter().for_each(|n| self.node(n, fields));
            }
            Node::Or(all) => all.iter().for_each(|n| self.node(n, fields)),
            Node::Not(inner) => {
                let hits = self.hits(inner, fields);
                if !hits.is_empty() {
                    self.say(node, 2, format!("keeps it quiet: {}", told(&hits)));
                }
            }
            Node::In(field, inner) => self.scope(node, *field, inner),
            Node::Count(inner, n) => {
                let hits = self.hits(inner, fields);
                match hits.len() {
                    0 => self.node(inner, fields),
                    found => {
                        self.say(node, 3, format!("it occurs {found} times, and {n} are asked for: {}", told(&hits)));
                    }
                }
            }
            Node::Near(left, right, n) => self.far(node, (left, right), *n, fields),
            Node::Text(text) => self.text(node, text, fields),
            Node::Regex(expression) => {
                let free = Node::Regex(crate::matcher::query::Expression { ignore_case: true, ..expression.clone() });
                self.instead(node, &free, fields, "whatever the case (`/…/i`)");
            }
            Node::Name(name) => self.asking.name(name, self.out),
            Node::Feed(_) => {
                let said = match self.asking.feed {
                    Some(feed) => format!("the item is of the feed “{feed}”"),
                    None => "a text that is of no feed can never fit".into(),
                };
                self.say(node, 5, said);
            }
            Node::Language(_) => {
                let said = match &self.asking.item.language {
                    Some(tag) => format!("the text is in “{tag}”"),
                    None => "nobody says the language of the text (`--language`, `language` of the feed)".into(),
                };
                self.say(node, 5, said);
            }
        }
    }

    fn say(&mut self, node: &Node, far: u32, said: String) {
        self.out.push(Near { about: node.to_string(), said, far });
    }

    fn hits(&self, node: &Node, fields: Fields) -> Vec<Hit> {
        self.asking.hits(&self.asking.of_node(node.clone(), fields))
    }

    /// Whether a part is true by itself; what has no hit to show is looked at here.
    fn is_true(&self, node: &Node, fields: Fields) -> bool {
        match node {
            Node::Not(inner) => !self.is_true(inner, fields),
            Node::Feed(name) => self.asking.feed.is_some_and(|f| f.as_str() == name),
            Node::Language(tag) => {
                self.asking.item.language.as_deref().is_some_and(|t| speaks(t, &tag.to_ascii_lowercase()))
            }
            Node::And(all) => all.iter().all(|n| self.is_true(n, fields)),
            Node::Or(all) => all.iter().any(|n| self.is_true(n, fields)),
            Node::In(field, inner) => self.is_true(inner, Fields::NONE.with(*field)),
            _ => !self.hits(node, fields).is_empty(),
        }
    }

    /// What `free` finds that `node` does not.
    fn instead(&mut self, node: &Node, free: &Node, fields: Fields, how: &str) -> bool {
        let hits = self.hits(free, fields);
        if !hits.is_empty() {
            self.say(node, 2, format!("{how}: {}", told(&hits)));
        }
        !hits.is_empty()
    }

    fn scope(&mut self, node: &Node, field: Field, inner: &Node) {
        let hits = self.hits(inner, every_field());
        if hits.is_empty() {
            return self.node(inner, Fields::NONE.with(field));
        }
        self.say(node, 2, format!("not in the {field}: {}", told(&hits)));
    }

    /// Two that are not near enough, or one of them not there.
    fn far(&mut self, node: &Node, (left, right): (&Node, &Node), n: u32, fields: Fields) {
        let missing: Vec<&Node> = [left, right].into_iter().filter(|part| !self.is_true(part, fields)).collect();
        if !missing.is_empty() {
            return missing.into_iter().for_each(|part| self.node(part, fields));
        }
        let with = |n| Node::Near(Box::new(left.clone()), Box::new(right.clone()), n);
        match self.least(n, fields, with) {
            Some((n, hits)) => {
                let said = format!("they stand {n} words apart at the nearest (NEAR/{n}): {}", told(&hits));
                self.say(node, 3, said);
            }
            None => {
                let hits: Vec<Hit> =
                    [left, right].iter().flat_map(|p| self.hits(p, fields).into_iter().take(1)).collect();
                self.say(
                    node,
                    6,
                    format!("they stand in different fields, or more than {WIDEST} words apart: {}", told(&hits)),
                );
            }
        }
    }

    /// The least number of words beyond `n` with which this is true.
    fn least(&self, n: u32, fields: Fields, with: impl Fn(u32) -> Node) -> Option<(u32, Vec<Hit>)> {
        let (mut low, mut high) = (n + 1, WIDEST);
        let mut best = Some(self.hits(&with(high), fields)).filter(|h| !h.is_empty())?;
        while low < high {
            let middle = low + (high - low) / 2;
            let hits = self.hits(&with(middle), fields);
            if hits.is_empty() {
                low = middle + 1;
            } else {
                (high, best) = (middle, hits);
            }
        }
        Some((high, best))
    }

    fn text(&mut self, node: &Node, text: &Text, fields: Fields) {
        if text.exact {
            let free = Node::Text(Text { exact: false, ..text.clone() });
            if !self.instead(node, &free, fields, "not as written (`=`)") {
                self.node(&free, fields);
            }
            return;
        }
        if text.slop > 0 {
            let with = |slop| Node::Text(Text { slop, ..text.clone() });
            if let Some((n, hits)) = self.least(text.slop, fields, with) {
                return self.say(node, 3, format!("with {n} words more among its own (~{n}): {}", told(&hits)));
            }
        }
        let plain = text.plain();
        match text.is_wild() {
            // What a wildcard stands for can be anything, so there is nothing to compare but its field.
            true => {
                self.instead(node, node, every_field(), "in fields that are not read");
            }
            false => self.asking.term(&plain, &node.to_string(), fields, self.out),
        }
    }
}
