//! The watchlist compiled, and what it finds in an item. Pure.
//!
//! A term becomes a [`pattern`]: folded words with what must stand between them. All patterns of all watches go into one
//! [`index`], keyed by the rarest word of each, so that a text is read once however many terms there are: every
//! word of it, and every other reading of that word, is looked up, and a [`search`] verifies what the index names.
//! What is found by its [`stem`] stands in an index of its own for each language. The words of a [`query`] stand in the
//! same index as terms, and the query is asked when one that it needs was seen. Names will add keys to the same index and
//! patterns of another kind; what is below stays.

mod gap;
mod index;
mod pattern;
pub mod query;
mod search;
mod stem;

use std::borrow::Cow;
use std::collections::HashMap;

use crate::model::{FeedName, Field, Fields, Found, Hit, How, Item, WatchName};
use crate::text::language::Language;

use index::Index;
pub use pattern::check_term;
use pattern::{Pattern, core, patterns};
pub use query::Query;
use query::{Asked, Occurrence, Queries};
use search::{Raw, Search};
use stem::Stems;

/// What a watch looks for.
#[derive(Debug, Clone, PartialEq)]
pub struct WatchTerms {
    /// Its name, copied into its hits.
    pub name: WatchName,
    /// Words and phrases as written, joined by OR.
    pub terms: Vec<String>,
    /// Words and phrases that veto the whole item.
    pub exclude: Vec<String>,
    /// Both are found by their stems too.
    pub stem: bool,
    /// What else it looks for, joined to the terms by OR.
    pub query: Option<Query>,
    /// The fields that are read.
    pub fields: Fields,
}

/// Hits of one watch in one item that are kept, from its beginning: a mail with more is read by nobody, and an item may
/// hold a term a million times.
pub const HITS_LIMIT: usize = 1000;

/// A watchlist compiled once and shared by all polls.
#[derive(Debug)]
pub struct Watchlist {
    watches: Vec<Watch>,
    /// Terms as the watches write them.
    terms: Vec<Box<str>>,
    patterns: Vec<Pattern>,
    /// Who uses a pattern: the uses of pattern `p` are `uses[first_use[p]..first_use[p + 1]]`.
    uses: Vec<Use>,
    first_use: Vec<u32>,
    index: Index,
    stems: Stems,
    /// What is asked beyond single terms.
    queries: Queries,
    /// Every field that some watch reads.
    reads: Fields,
}

/// What is kept of a watch.
#[derive(Debug)]
struct Watch {
    name: WatchName,
    fields: Fields,
}

/// A term of a watch, by whose pattern it is found.
#[derive(Debug, Clone, Copy)]
struct Use {
    watch: u32,
    term: u32,
    /// It vetoes.
    exclude: bool,
}

/// In place of a watch: the term is a part of queries, which say themselves where it must stand.
const QUERIES: u32 = u32::MAX;

impl Watchlist {
    /// Compiles the watches; their terms have passed [`check_term`] (one that has not finds nothing).
    pub fn compile(watches: &[WatchTerms]) -> Self {
        let mut terms: Vec<Box<str>> = Vec::new();
        let mut known: HashMap<Pattern, u32> = HashMap::new();
        let mut used: Vec<(u32, Use)> = Vec::new();
        let mut stems = Stems::default();
        let mut reads = Fields::NONE;
        let mut queries = Queries::default();
        for (w, watch) in watches.iter().enumerate() {
            reads = Field::ALL.into_iter().filter(|f| watch.fields.contains(*f)).fold(reads, Fields::with);
            let all = watch.terms.iter().map(|t| (t, false)).chain(watch.exclude.iter().map(|t| (t, true)));
            for (term, exclude) in all {
                let it = Use { watch: w as u32, term: terms.len() as u32, exclude };
                if watch.stem {
                    stems.add(term, it);
                }
                terms.push(term.as_str().into());
                for pattern in patterns(term) {
                    let next = known.len() as u32;
                    used.push((*known.entry(pattern).or_insert(next), it));
                }
            }
        }
        for (w, watch) in watches.iter().enumerate() {
            let Some(query) = &watch.query else { continue };
            for term in queries.add(w as u32, watch.fields, query, &mut terms) {
                for pattern in patterns(&terms[term as usize]) {
                    let next = known.len() as u32;
                    let it = Use { watch: QUERIES, term, exclude: false };
                    used.push((*known.entry(pattern).or_insert(next), it));
                }
            }
        }
        reads = queries.reads().fold(reads, Fields::with);
        let mut patterns: Vec<(Pattern, u32)> = known.into_iter().collect();
        patterns.sort_unstable_by_key(|(_, id)| *id);
        let patterns: Vec<Pattern> = patterns.into_iter().map(|(pattern, _)| pattern).collect();
        used.sort_by_key(|(pattern, _)| *pattern);
        let mut first_use = vec![0; patterns.len() + 1];
        for (pattern, _) in &used {
            first_use[*pattern as usize + 1] += 1;
        }
        for i in 1..first_use.len() {
            first_use[i] += first_use[i - 1];
        }
        Self {
            watches: watches.iter().map(|w| Watch { name: w.name.clone(), fields: w.fields }).collect(),
            terms,
            index: Index::build(&patterns),
            patterns,
            uses: used.into_iter().map(|(_, it)| it).collect(),
            first_use,
            stems,
            queries,
            reads,
        }
    }

    /// What the watches that `listens` lets through find in an item of an unknown feed, in the order of the watchlist.
    pub fn find(&self, item: &Item, listens: impl Fn(usize) -> bool) -> Vec<Found> {
        self.find_in(item, None, listens)
    }

    /// The same in an item of this feed (for `feed:` in queries).
    pub fn find_in(&self, item: &Item, feed: Option<&FeedName>, listens: impl Fn(usize) -> bool) -> Vec<Found> {
        let language = Language::of(item.language.as_deref());
        let texts: Vec<(Field, Cow<'_, str>)> = Field::ALL
            .into_iter()
            .filter(|f| self.reads.contains(*f))
            .map(|f| (f, field_text(item, f)))
            .filter(|(_, text)| !text.is_empty())
            .collect();
        let mut seen: Vec<Seen> = Vec::new();
        for (at, (field, text)) in texts.iter().enumerate() {
            for raw in Search::new(&self.patterns, &self.index, text, language).run() {
                seen.extend(self.seen(raw, at, *field, text));
            }
            let stems = self.stems.find(text, language).into_iter().filter(|(u, _)| self.reads(u, *field));
            stem::add(&mut seen, stems.map(|(u, raw)| Seen::new(u, at, raw, How::Stem)));
        }
        if !self.queries.is_empty() {
            let parts = seen.extract_if(.., |s| s.watch == QUERIES).map(Occurrence::from).collect();
            let asked = Asked { texts: &texts, tag: item.language.as_deref(), feed };
            self.queries.ask(asked, parts, &listens, |watch, found| seen.push(Seen::of_query(watch, found)));
        }
        seen.sort_unstable_by_key(|s| (s.watch, !s.exclude, s.at, s.start, s.end, s.term, s.how));
        let mut out = Vec::new();
        for group in seen.chunk_by(|a, b| a.watch == b.watch) {
            let watch = group[0].watch as usize;
            if group[0].exclude || !listens(watch) {
                continue;
            }
            out.push(Found { watch, hits: self.hits(group, &texts) });
        }
        out
    }

    /// A raw hit as its users see it.
    fn seen(&self, raw: Raw, at: usize, field: Field, text: &str) -> impl Iterator<Item = Seen> {
        let pattern = raw.pattern as usize;
        let uses = &self.uses[self.first_use[pattern] as usize..self.first_use[pattern + 1] as usize];
        let cut = &text[raw.start as usize..raw.end as usize];
        let reads = move |u: &&Use| u.watch == QUERIES || self.reads(u, field);
        uses.iter().filter(reads).map(move |u| {
            let how = match raw.affix {
                true => How::Affix,
                false if is_exact(&self.terms[u.term as usize], cut) => How::Exact,
                false => How::Folded,
            };
            Seen::new(*u, at, raw, how)
        })
    }

    fn reads(&self, it: &Use, field: Field) -> bool {
        self.watches[it.watch as usize].fields.contains(field)
    }

    /// The hits of one watch, in order. Of hits of one term that overlap the first stays, and of several at one place
    /// the one that needs least.
    fn hits(&self, group: &[Seen], texts: &[(Field, Cow<'_, str>)]) -> Vec<Hit> {
        let mut last: HashMap<(usize, &str), u32> = HashMap::new();
        let mut out = Vec::new();
        for s in group {
            let term: &str = &self.terms[s.term as usize];
            let end = last.entry((s.at, term)).or_insert(0);
            if s.start < *end {
                continue;
            }
            *end = s.end;
            let (field, text) = &texts[s.at];
            let (start, end) = (s.start as usize, s.end as usize);
            out.push(Hit {
                watch: self.watches[s.watch as usize].name.clone(),
                term: term.to_owned(),
                how: s.how,
                field: *field,
                start,
                end,
                text: text[start..end].to_owned(),
                earlier: false,
            });
            if out.len() == HITS_LIMIT {
                break;
            }
        }
        out
    }
}

/// Whether the text has a term as it is written. Its core is a part of it, and looked for only where that can help.
fn is_exact(term: &str, cut: &str) -> bool {
    term == cut || term.len() > cut.len() && term.contains(cut) && core(term) == cut
}

/// A hit of a term of a watch.
#[derive(Debug, Clone, Copy)]
struct Seen {
    watch: u32,
    exclude: bool,
    /// Place of the field among the texts that are read.
    at: usize,
    start: u32,
    end: u32,
    term: u32,
    how: How,
}

impl Seen {
    fn new(it: Use, at: usize, raw: Raw, how: How) -> Self {
        Self { watch: it.watch, exclude: it.exclude, at, start: raw.start, end: raw.end, term: it.term, how }
    }

    fn of_query(watch: u32, found: Occurrence) -> Self {
        let Occurrence { term, at, start, end, how } = found;
        Self { watch, exclude: false, at, start, end, term, how }
    }
}

impl From<Seen> for Occurrence {
    fn from(s: Seen) -> Self {
        Self { term: s.term, at: s.at, start: s.start, end: s.end, how: s.how }
    }
}

/// The plain text of a field; authors and categories are read, and spans counted, as joined by ", ".
pub fn field_text(item: &Item, field: Field) -> Cow<'_, str> {
    match field {
        Field::Title => Cow::Borrowed(&item.text.title),
        Field::Summary => Cow::Borrowed(&item.text.summary),
        Field::Body => Cow::Borrowed(&item.text.body),
        Field::Author => Cow::Owned(item.authors.join(", ")),
        Field::Category => Cow::Owned(item.categories.join(", ")),
        Field::Link => Cow::Borrowed(item.link.as_deref().unwrap_or("")),
    }
}
