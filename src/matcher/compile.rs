//! A watchlist made of watches.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::{Field, Fields};

use super::called::{Called, Naming};
use super::index::Index;
use super::memo::Memo;
use super::pattern::{Pattern, patterns};
use super::query::Queries;
use super::stem::Stems;
use super::{QUERIES, Role, Use, Watch, WatchTerms, Watchlist};

/// Compiles the watches.
pub fn compile(watches: &[WatchTerms]) -> Watchlist {
    let mut out = Compiling::default();
    for (w, watch) in watches.iter().enumerate() {
        out.terms(w as u32, watch);
    }
    let mut queries = Queries::default();
    for (w, watch) in watches.iter().enumerate() {
        out.query(w as u32, watch, &mut queries);
    }
    for (w, watch) in watches.iter().enumerate() {
        for name in &watch.names {
            let term = out.term(name);
            out.name(w as u32, term, name, watch);
        }
    }
    let reads = watches
        .iter()
        .flat_map(|w| Field::ALL.into_iter().filter(|f| w.fields.contains(*f)))
        .chain(queries.reads())
        .fold(Fields::NONE, Fields::with);
    out.finish(watches, queries, reads)
}

/// What is gathered while the watches are read.
#[derive(Default)]
struct Compiling {
    terms: Vec<Arc<str>>,
    known: HashMap<Pattern, u32>,
    used: Vec<(u32, Use)>,
    stems: Stems,
    naming: Naming,
}

impl Compiling {
    fn terms(&mut self, watch: u32, it: &WatchTerms) {
        let all = it.terms.iter().map(|t| (t, Role::Term)).chain(it.exclude.iter().map(|t| (t, Role::Exclude)));
        for (term, role) in all {
            let id = self.term(term);
            let u = Use { watch, term: id, role };
            if it.stem {
                self.stems.add(term, u);
            }
            self.pattern(term, u);
        }
    }

    fn query(&mut self, watch: u32, it: &WatchTerms, queries: &mut Queries) {
        let Some(query) = &it.query else { return };
        let fresh = queries.add(watch, it.fields, query, &mut self.terms);
        for term in fresh.terms {
            let text = self.terms[term as usize].clone();
            self.pattern(&text, Use { watch: QUERIES, term, role: Role::Term });
        }
        for term in fresh.names {
            let name = self.terms[term as usize].clone();
            self.name(QUERIES, term, &name, it);
        }
    }

    /// A place among the terms.
    fn term(&mut self, text: &str) -> u32 {
        self.terms.push(text.into());
        self.terms.len() as u32 - 1
    }

    fn pattern(&mut self, text: &str, it: Use) {
        for pattern in patterns(text) {
            let next = self.known.len() as u32;
            self.used.push((*self.known.entry(pattern).or_insert(next), it));
        }
    }

    /// A name: as it is written, by its aliases, as a place, and by its parts.
    fn name(&mut self, watch: u32, term: u32, name: &str, it: &WatchTerms) {
        let added = self.naming.add(watch, term, name, it.sensitivity);
        for (text, role) in added {
            self.pattern(&text, Use { watch, term, role });
        }
        let aliases = it.aliases.iter().filter(|(of, _)| of == name).flat_map(|(_, list)| list);
        for alias in aliases {
            self.pattern(alias, Use { watch, term, role: Role::Alias });
        }
    }

    fn finish(mut self, watches: &[WatchTerms], queries: Queries, reads: Fields) -> Watchlist {
        let mut patterns: Vec<(Pattern, u32)> = self.known.into_iter().collect();
        patterns.sort_unstable_by_key(|(_, id)| *id);
        let patterns: Vec<Pattern> = patterns.into_iter().map(|(pattern, _)| pattern).collect();
        self.used.sort_by_key(|(pattern, _)| *pattern);
        let mut first_use = vec![0; patterns.len() + 1];
        for (pattern, _) in &self.used {
            first_use[*pattern as usize + 1] += 1;
        }
        for i in 1..first_use.len() {
            first_use[i] += first_use[i - 1];
        }
        let called = Called::new(self.naming);
        Watchlist {
            watches: watches.iter().map(|w| Watch { name: w.name.clone(), fields: w.fields }).collect(),
            terms: self.terms,
            index: Index::build(&patterns),
            patterns,
            memo: Memo::new(!called.is_empty() || !self.stems.is_empty()),
            uses: self.used.into_iter().map(|(_, it)| it).collect(),
            first_use,
            stems: self.stems,
            called,
            queries,
            reads,
        }
    }
}
