//! Terms that are found in much of what is stored: each such item is an alert.

use crate::config::Config;
use crate::config::lint::{About, Note};
use crate::config::{Severity, WatchConfig};
use crate::matcher::{WatchTerms, Watchlist};
use crate::store::{ItemFilter, SqliteStore, Store, StoredItem};

use super::super::output::shown;

/// Items looked at, the newest: enough to see what is common, few enough to wait for.
const LOOKED_AT: usize = 2000;
/// Fewer say nothing of what is common.
const ENOUGH: usize = 100;
/// Hits that may be chance.
const FEW: usize = 10;
/// One in so many is too much: 5 %.
const ONE_IN: usize = 20;

/// Notes on terms and queries that hit more than 5 % of what is stored of the feeds they listen to. Nothing where nothing
/// is stored, or this user may not read it: the check is of the configuration.
pub fn common(config: &Config) -> Vec<Note> {
    if !config.store.exists() {
        return Vec::new();
    }
    let filter = ItemFilter { limit: LOOKED_AT, ..ItemFilter::default() };
    let Ok(items) = SqliteStore::beside(&config.store).and_then(|mut store| store.items(&filter)) else {
        return Vec::new();
    };
    let asked: Vec<(About, &WatchConfig, WatchTerms)> = config
        .watches
        .iter()
        .enumerate()
        .flat_map(|(n, watch)| parts(n, watch).into_iter().map(move |(about, terms)| (about, watch, terms)))
        .collect();
    let list = Watchlist::compile(&asked.iter().map(|(_, _, terms)| terms.clone()).collect::<Vec<_>>());
    let mut counts = vec![(0_usize, 0_usize); asked.len()];
    for stored in &items {
        count(stored, &list, &asked, &mut counts);
    }
    let notes = asked.iter().zip(counts).filter(|(_, (hits, of))| *of >= ENOUGH && *hits >= FEW && hits * ONE_IN > *of);
    notes.map(|((about, _, _), (hits, of))| note(about, hits, of)).collect()
}

/// Each term of a watch by itself, and its query.
fn parts(n: usize, watch: &WatchConfig) -> Vec<(About, WatchTerms)> {
    let bare =
        WatchTerms { terms: Vec::new(), names: Vec::new(), exclude: Vec::new(), query: None, ..watch.terms.clone() };
    let terms = watch.terms.terms.iter();
    let mut parts: Vec<(About, WatchTerms)> = terms
        .map(|term| (About::Term(n, term.clone()), WatchTerms { terms: vec![term.clone()], ..bare.clone() }))
        .collect();
    let names = watch.terms.names.iter();
    parts.extend(
        names.map(|name| (About::Term(n, name.clone()), WatchTerms { names: vec![name.clone()], ..bare.clone() })),
    );
    if watch.terms.query.is_some() {
        parts.push((About::Query(n), WatchTerms { query: watch.terms.query.clone(), ..bare }));
    }
    parts
}

fn count(
    stored: &StoredItem,
    list: &Watchlist,
    asked: &[(About, &WatchConfig, WatchTerms)],
    counts: &mut [(usize, usize)],
) {
    let Some(item) = stored.item() else { return };
    let listens = |n: usize| asked[n].1.rule.feeds.as_ref().is_none_or(|feeds| feeds.contains(&stored.feed));
    for found in list.find_in(&item, Some(&stored.feed), listens) {
        counts[found.watch].0 += 1;
    }
    for (n, (_, of)) in counts.iter_mut().enumerate() {
        *of += usize::from(listens(n));
    }
}

fn note(about: &About, hits: usize, of: usize) -> Note {
    let what = match about {
        About::Term(_, term) => format!("“{}”", shown(term)),
        _ => "this query".to_owned(),
    };
    Note {
        about: about.clone(),
        severity: Severity::Warning,
        code: "common",
        message: format!("{what} is found in {hits} of the last {of} items stored ({} %)", hits * 100 / of),
        hint: Some("each such item is an alert: narrow it with `fields`, `feeds`, `exclude` or a query".to_owned()),
    }
}
