//! What came near, where a watch found nothing: the one rule behind what `try` and `explain` say, so that a user can mend
//! a watch in a minute.
//!
//! Everything is found out by asking again with a little less: without the exclusions, in all fields, by stems, as a name,
//! without `=`, with a wider NEAR ([`leaves`]); and for a word that is not there at all, by the words of the text that
//! are spelled nearly like it ([`words`]). It costs a few passes over one text, and no poll ever asks.

mod leaves;
mod letters;
mod words;

use crate::model::{FeedName, Field, Fields, Hit, Item};

use super::query::{Node, Query};
use super::{WatchTerms, Watchlist};
use leaves::Leaves;
use words::Texts;

/// Something that nearly was a hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Near {
    /// The term, name or part of the query that was not found.
    pub about: String,
    /// What came near, in a sentence without its full stop.
    pub said: String,
    /// How far it is from a hit; the least is told first.
    pub far: u32,
}

/// Things told of one watch and item, at most: who reads them mends one at a time.
pub const NEAR_LIMIT: usize = 8;

/// Terms of a watch that are gone through. A longer list is a list of alternatives, of which the first will do.
const TERMS: usize = 1000;

/// Names that are tried, since each is compiled with its spellings.
const NAMES: usize = 20;

/// What came near in an item in which this watch, as it stands, finds nothing; the nearest first.
pub fn near(watch: &WatchTerms, item: &Item, feed: Option<&FeedName>) -> Vec<Near> {
    let asking = Asking { watch, item, feed, texts: Texts::of(item, watch.fields) };
    let mut out = asking.all();
    out.sort_by_key(|n| n.far);
    out.dedup_by(|a, b| a.about == b.about && a.said == b.said);
    out.truncate(NEAR_LIMIT);
    out
}

/// What a watch would tell of an item but for its `exclude`, and what vetoes it; nothing where that makes no difference.
pub fn vetoed(watch: &WatchTerms, item: &Item, feed: Option<&FeedName>) -> Option<(Vec<Hit>, Vec<Hit>)> {
    let bare = WatchTerms { exclude: Vec::new(), ..watch.clone() };
    let found = hits(&bare, item, feed);
    if found.is_empty() || watch.exclude.is_empty() {
        return None;
    }
    let veto = WatchTerms { terms: watch.exclude.clone(), names: Vec::new(), query: None, ..bare };
    let vetoes = hits(&veto, item, feed);
    (!vetoes.is_empty()).then_some((found, vetoes))
}

/// Hits in words: `Helsinki in the title, Turku in the body`.
pub fn told(hits: &[Hit]) -> String {
    let mut said: Vec<String> = hits.iter().map(|h| format!("{} in the {}", words::shown(&h.text), h.field)).collect();
    said.dedup();
    let more = said.len().saturating_sub(NAMED);
    said.truncate(NAMED);
    if more > 0 { format!("{}, and {more} more", said.join(", ")) } else { said.join(", ") }
}

/// Hits named in one sentence.
const NAMED: usize = 3;

fn hits(watch: &WatchTerms, item: &Item, feed: Option<&FeedName>) -> Vec<Hit> {
    let list = Watchlist::compile(std::slice::from_ref(watch));
    list.find_in(item, feed, |_| true).into_iter().flat_map(|f| f.hits).collect()
}

fn every_field() -> Fields {
    Field::ALL.into_iter().fold(Fields::NONE, Fields::with)
}

/// A watch and an item, asked about again and again.
struct Asking<'a> {
    watch: &'a WatchTerms,
    item: &'a Item,
    feed: Option<&'a FeedName>,
    texts: Texts<'a>,
}

impl Asking<'_> {
    fn all(&self) -> Vec<Near> {
        let mut out = Vec::new();
        if let Some((found, vetoes)) = vetoed(self.watch, self.item, self.feed) {
            let said = format!("{}, but `exclude` vetoes: {}", told(&found), told(&vetoes));
            return vec![Near { about: found[0].term.to_string(), said, far: 0 }];
        }
        for term in self.watch.terms.iter().take(TERMS) {
            self.term(term, term, self.watch.fields, &mut out);
        }
        for name in self.watch.names.iter().take(NAMES) {
            self.name(name, &mut out);
        }
        if let Some(query) = &self.watch.query {
            Leaves { asking: self, out: &mut out }.node(query.node(), self.watch.fields);
        }
        out
    }

    /// A watch of this one's manner with nothing to look for yet.
    fn bare(&self, fields: Fields) -> WatchTerms {
        WatchTerms {
            fields,
            stem: self.watch.stem,
            sensitivity: self.watch.sensitivity,
            aliases: self.watch.aliases.clone(),
            ..WatchTerms::new(self.watch.name.clone())
        }
    }

    fn of_term(&self, term: &str, fields: Fields) -> WatchTerms {
        WatchTerms { terms: vec![term.to_owned()], ..self.bare(fields) }
    }

    fn of_node(&self, node: Node, fields: Fields) -> WatchTerms {
        WatchTerms { query: Some(Query::of(node)), ..self.bare(fields) }
    }

    fn hits(&self, watch: &WatchTerms) -> Vec<Hit> {
        hits(watch, self.item, self.feed)
    }

    /// A term of this watch, or a word or phrase of its query, which is shown as `about`.
    fn term(&self, term: &str, about: &str, fields: Fields, out: &mut Vec<Near>) {
        let mut say = |far: u32, said: String| out.push(Near { about: about.to_owned(), said, far });
        let elsewhere = self.hits(&self.of_term(term, every_field()));
        if !elsewhere.is_empty() {
            return say(1, format!("in fields that are not read: {}", told(&elsewhere)));
        }
        let stems = self.hits(&WatchTerms { stem: true, ..self.of_term(term, fields) });
        if !stems.is_empty() {
            return say(2, format!("with `stem = true`: {}", told(&stems)));
        }
        let mut found = Vec::new();
        self.texts.term(term, &|part| self.hits(&self.of_term(part, fields)), &mut |far, said| found.push((far, said)));
        let other_script = found.is_empty() || found.iter().all(|(far, _)| *far > words::SPELLED);
        if other_script && self.texts.is_short() && super::check_name(term).is_ok() {
            let named = self.hits(&WatchTerms { names: vec![term.to_owned()], ..self.bare(fields) });
            if !named.is_empty() {
                say(3, format!("as a name (`names`): {}", told(&named)));
            }
        }
        found.into_iter().for_each(|(far, said)| say(far, said));
    }

    /// A name, asked for more freely.
    fn name(&self, name: &str, out: &mut Vec<Near>) {
        let mut say = |far: u32, said: String| out.push(Near { about: name.to_owned(), said, far });
        let of = |fields| WatchTerms { names: vec![name.to_owned()], ..self.bare(fields) };
        let elsewhere = self.hits(&of(every_field()));
        if !elsewhere.is_empty() {
            return say(1, format!("in fields that are not read: {}", told(&elsewhere)));
        }
        if self.texts.is_short() {
            let wide = WatchTerms { sensitivity: super::Sensitivity::Wide, ..of(self.watch.fields) };
            let freely = self.hits(&wide);
            if !freely.is_empty() {
                return say(2, format!("with `sensitivity = \"wide\"`: {}", told(&freely)));
            }
        }
        self.texts.term(name, &|part| self.hits(&self.of_term(part, self.watch.fields)), &mut say);
    }
}

#[cfg(test)]
mod tests;
