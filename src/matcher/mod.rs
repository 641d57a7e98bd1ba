//! The watchlist compiled, and what it finds in an item. Pure.
//!
//! A term becomes a [`pattern`]: folded words with what must stand between them. All patterns of all watches go into one
//! [`index`], keyed by the rarest word of each, so that a text is read once however many terms there are: every
//! word of it, and every other reading of that word, is looked up, and a [`search`] verifies what the index names. Most words
//! need not be read for that: a [`sift`](mod@sift) passes over those that nothing can come of.
//! What is found by its [`stem`] stands in an index of its own for each language, in which the stems of what was read are looked up. The words of a [`query`] stand in the
//! same index as terms, and the query is asked when one that it needs was seen. What is [`called`] by a name has the same
//! patterns for its own script, its aliases and places, and a learnt model ([`names`]) for the rest. Where nothing is found,
//! [`near`] says what came near.

mod called;
mod compile;
mod gap;
mod index;
mod memo;
pub mod names;
pub mod near;
mod pattern;
pub mod query;
mod room;
mod search;
mod secret;
mod sift;
mod stem;

use std::borrow::Cow;
use std::sync::Arc;

use crate::model::{FeedName, Field, Fields, Found, Hit, How, Item, WatchName};
use crate::text::language::Language;
use crate::text::token::Tokens;

use called::{Called, PartSeen};
pub use called::{Closeness, Expanded, Note, PartView, check_name, doubtful, expanded, notes};
use index::Index;
use memo::Memo;
pub use names::Sensitivity;
pub use pattern::check_term;
use pattern::{Pattern, core};
pub use query::Query;
use query::{Asked, Occurrence, Queries};
use room::{Room, Rooms};
use search::{Raw, Search};
use sift::Wanted;
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
    /// Names that are looked for in every script, joined to the terms by OR.
    pub names: Vec<String>,
    /// Other names of those in `names` and of `~names` in the query, by name.
    pub aliases: Vec<(String, Vec<String>)>,
    /// How freely names are found.
    pub sensitivity: Sensitivity,
}

impl WatchTerms {
    /// A watch that looks for nothing yet, in title, summary and body.
    pub fn new(name: WatchName) -> Self {
        Self {
            name,
            terms: Vec::new(),
            exclude: Vec::new(),
            stem: false,
            query: None,
            fields: Fields::TEXT,
            names: Vec::new(),
            aliases: Vec::new(),
            sensitivity: Sensitivity::default(),
        }
    }
}

/// Hits of one watch in one item that are kept, from its beginning: a mail with more is read by nobody, and an item may
/// hold a term a million times.
pub const HITS_LIMIT: usize = 1000;

/// A watchlist compiled once and shared by all polls.
#[derive(Debug)]
pub struct Watchlist {
    watches: Vec<Watch>,
    /// Terms as the watches write them.
    terms: Vec<Arc<str>>,
    patterns: Vec<Pattern>,
    /// Who uses a pattern: the uses of pattern `p` are `uses[first_use[p]..first_use[p + 1]]`.
    uses: Vec<Use>,
    first_use: Vec<u32>,
    index: Index,
    /// Words that need not be looked at.
    memo: Memo,
    stems: Stems,
    /// What is called by a name.
    called: Called,
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
    role: Role,
}

/// What a pattern is to its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// It is looked for.
    Term,
    /// It vetoes.
    Exclude,
    /// Another name that the user gives.
    Alias,
    /// Another name of a place: its number among those of [`Called`].
    Place(u32),
    /// A part of a name, which counts beside others: its number among those of [`Called`].
    Part(u32),
}

/// In place of a watch: the term is a part of queries, which say themselves where it must stand.
const QUERIES: u32 = u32::MAX;

impl Watchlist {
    /// Compiles the watches; their terms have passed [`check_term`] and their names [`check_name`] (one that has not
    /// finds nothing).
    pub fn compile(watches: &[WatchTerms]) -> Self {
        compile::compile(watches)
    }

    /// Takes over what the watchlist before this one has learnt of names that both look for.
    pub fn take_over(&mut self, earlier: &Watchlist) {
        self.called.take_over(&earlier.called);
    }

    /// What the watches that `listens` lets through find in an item of an unknown feed, in the order of the watchlist.
    pub fn find(&self, item: &Item, listens: impl Fn(usize) -> bool) -> Vec<Found> {
        self.find_in(item, None, listens)
    }

    /// The same in an item of this feed (for `feed:` in queries).
    pub fn find_in(&self, item: &Item, feed: Option<&FeedName>, listens: impl Fn(usize) -> bool) -> Vec<Found> {
        self.find_by(item, feed, listens, |list, wanted, text, language, room| {
            Search::sifted(&list.patterns, wanted, &list.memo, text, language, room)
        })
    }

    /// The same, with texts that are read this way.
    fn find_by(
        &self,
        item: &Item,
        feed: Option<&FeedName>,
        listens: impl Fn(usize) -> bool,
        way: for<'t> fn(&'t Self, Wanted<'t>, &'t str, Language, Room) -> Search<'t>,
    ) -> Vec<Found> {
        let language = Language::of(item.language.as_deref());
        let texts: Vec<(Field, Cow<'_, str>)> = Field::ALL
            .into_iter()
            .filter(|f| self.reads.contains(*f))
            .map(|f| (f, field_text(item, f)))
            .filter(|(_, text)| !text.is_empty())
            .collect();
        let mut rooms = Rooms::take();
        let mut seen = std::mem::take(&mut rooms.seen);
        let mut parts: Vec<PartSeen> = Vec::new();
        // The texts as far as they were read, for the queries.
        let mut read: Vec<Tokens> = Vec::new();
        let tag = item.language.as_deref();
        let wanted = Wanted {
            index: &self.index,
            globs: self.queries.globs(),
            called: Some(&self.called).filter(|c| !c.is_empty()),
            stems: self.stems.of(language),
        };
        for (at, (field, text)) in texts.iter().enumerate() {
            let mut search = way(self, wanted, text, language, std::mem::take(&mut rooms.room));
            for raw in search.run() {
                self.seen(*raw, at, *field, text, tag, (&mut seen, &mut parts));
            }
            if let Some(called) = wanted.called {
                called.read((text, tag), search.tokens(), at, &mut parts);
            }
            if let Some(stems) = wanted.stems {
                let found = stems.find(text, search.tokens(), language).filter(|(u, _)| self.reads(u, *field));
                stem::add(&mut seen, found.map(|(u, raw)| Seen::new(u, at, raw, How::Stem)));
            }
            rooms.room = search.into_room();
            if !self.queries.is_empty() {
                let spare = rooms.tokens.pop().unwrap_or_default();
                read.push(std::mem::replace(&mut rooms.room.tokens, spare));
            }
        }
        if !parts.is_empty() {
            let reads = |watch: u32, at: usize| self.reads_field(watch, texts[at].0);
            let text = |at: usize| &*texts[at].1;
            seen.extend(self.called.resolve(parts, &text, &reads));
        }
        if !self.queries.is_empty() {
            let parts = seen.extract_if(.., |s| s.watch == QUERIES).map(Occurrence::from).collect();
            let asked = Asked { texts: &texts, tokens: &read, tag: item.language.as_deref(), feed };
            self.queries.ask(asked, parts, &listens, |watch, found| seen.push(Seen::of_query(watch, found)));
        }
        seen.sort_unstable_by_key(|s| (s.watch, !s.exclude, s.at, s.start, s.end, s.term, s.how));
        let mut out = Vec::with_capacity(seen.len().min(self.watches.len()));
        for group in seen.chunk_by(|a, b| a.watch == b.watch) {
            let watch = group[0].watch as usize;
            if group[0].exclude || !listens(watch) {
                continue;
            }
            out.push(Found { watch, hits: self.hits(group, &texts) });
        }
        rooms.seen = seen;
        rooms.tokens.append(&mut read);
        rooms.leave(texts.iter().map(|(_, text)| text.len()).sum());
        out
    }

    /// A raw hit as its users see it: what counts, and parts of names.
    fn seen(
        &self,
        raw: Raw,
        at: usize,
        field: Field,
        text: &str,
        tag: Option<&str>,
        (seen, parts): (&mut Vec<Seen>, &mut Vec<PartSeen>),
    ) {
        let pattern = raw.pattern as usize;
        let uses = &self.uses[self.first_use[pattern] as usize..self.first_use[pattern + 1] as usize];
        let cut = &text[raw.start as usize..raw.end as usize];
        for it in uses.iter().filter(|u| self.reads(u, field)) {
            let took = |written: &str| match raw.affix {
                true => How::Affix,
                false if is_exact(written, cut) => How::Exact,
                false => How::Folded,
            };
            match it.role {
                Role::Term | Role::Exclude => {
                    seen.push(Seen::new(*it, at, raw, took(&self.terms[it.term as usize])));
                }
                Role::Alias => seen.push(Seen::new(*it, at, raw, How::Alias)),
                Role::Place(place) if self.called.is_place(place, cut, tag) => {
                    seen.push(Seen::new(*it, at, raw, How::Alias));
                }
                Role::Place(_) => {}
                Role::Part(part) => {
                    let how = took(self.called.written(part));
                    parts.push(PartSeen::written(part, at, raw, how, self.called.is_common(part, tag)));
                }
            }
        }
    }

    fn reads(&self, it: &Use, field: Field) -> bool {
        self.reads_field(it.watch, field)
    }

    fn reads_field(&self, watch: u32, field: Field) -> bool {
        watch == QUERIES || self.watches[watch as usize].fields.contains(field)
    }

    /// The hits of one watch, in order. Of hits of one term that overlap the first stays, and of several at one place
    /// the one that needs least; but what the model took for a name stands back behind all else.
    fn hits(&self, group: &[Seen], texts: &[(Field, Cow<'_, str>)]) -> Vec<Hit> {
        let mut out: Vec<Hit> = Vec::with_capacity(group.len().min(HITS_LIMIT));
        let mut longest = 0;
        let sure = sure(group);
        for s in group.iter().filter(|s| s.how != How::Name || !overlaps(&sure, s)) {
            let term = &self.terms[s.term as usize];
            // They are in order of their start, so that none that began a longest hit earlier reaches here.
            let before = |h: &&Hit| h.field == texts[s.at].0 && h.start + longest > s.start as usize;
            let mut near = out.iter().rev().take_while(before);
            if near.any(|h| h.end > s.start as usize && h.term == *term) {
                continue;
            }
            longest = longest.max((s.end - s.start) as usize);
            let (field, text) = &texts[s.at];
            let (start, end) = (s.start as usize, s.end as usize);
            let cut = &text[start..end];
            out.push(Hit {
                watch: self.watches[s.watch as usize].name.clone(),
                term: Arc::clone(term),
                how: s.how,
                field: *field,
                start,
                end,
                // Most stand there as they are written.
                text: if **term == *cut { Arc::clone(term) } else { cut.into() },
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

/// Where the terms were found by which the model found names too, in order of term and place; nothing where it found none.
fn sure(group: &[Seen]) -> Vec<Seen> {
    let mut named: Vec<u32> = group.iter().filter(|s| s.how == How::Name).map(|s| s.term).collect();
    named.sort_unstable();
    named.dedup();
    let known = |s: &&Seen| s.how != How::Name && named.binary_search(&s.term).is_ok();
    let mut sure: Vec<Seen> = if named.is_empty() { Vec::new() } else { group.iter().filter(known).copied().collect() };
    sure.sort_unstable_by_key(|s| (s.term, s.at, s.start));
    sure
}

/// Whether something was found as the same term where this stands.
fn overlaps(sure: &[Seen], it: &Seen) -> bool {
    let next = sure.partition_point(|s| (s.term, s.at, s.start) < (it.term, it.at, it.end));
    next.checked_sub(1).is_some_and(|i| {
        let s = &sure[i];
        (s.term, s.at) == (it.term, it.at) && s.end > it.start
    })
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
        Self {
            watch: it.watch,
            exclude: it.role == Role::Exclude,
            at,
            start: raw.start,
            end: raw.end,
            term: it.term,
            how,
        }
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

#[cfg(test)]
mod tests;
