//! Terms that are found in much of what is stored, and names found as what may be ordinary words: each such item is an alert.

use std::collections::BTreeMap;

use crate::config::Config;
use crate::config::lint::{About, Note};
use crate::config::{Severity, WatchConfig};
use crate::matcher::{self, WatchTerms, Watchlist};
use crate::model::How;
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
    let mut spellings = Spellings::new();
    for stored in &items {
        count(stored, &list, &asked, &mut counts, &mut spellings);
    }
    let notes = asked.iter().zip(counts).filter(|(_, (hits, of))| *of >= ENOUGH && *hits >= FEW && hits * ONE_IN > *of);
    let common = notes.map(|((about, _, _), (hits, of))| note(about, hits, of));
    common.chain(spelt(&items, &asked, &spellings)).collect()
}

/// How many items have a name in a spelling of another script: the place of the name among what is asked, the spelling, the language.
type Spellings = BTreeMap<(usize, String, String), usize>;

/// Notes on names that are found as words which may be ordinary ones, with how many items a day that comes to.
fn spelt(items: &[StoredItem], asked: &[(About, &WatchConfig, WatchTerms)], spellings: &Spellings) -> Vec<Note> {
    let seen = || items.iter().map(|i| i.record.first_seen);
    let (Some(first), Some(last)) = (seen().min(), seen().max()) else { return Vec::new() };
    let days = (last.since(first).as_secs_f64() / 86_400.0).max(1.0);
    let often = spellings.iter().filter(|(_, items)| **items >= FEW);
    often
        .filter_map(|((n, text, tag), items)| {
            let (about, _, terms) = &asked[*n];
            let name = terms.names.first()?;
            let (language, share) = matcher::doubtful(name, text)?;
            let a_day = (*items as f64 / days).round().max(1.0);
            let feeds = if tag.is_empty() { "your feeds".to_owned() } else { format!("your feeds in `{tag}`") };
            Some(Note {
                about: about.clone(),
                severity: Severity::Warning,
                code: "ordinary_word",
                message: format!(
                    "“{}” is found as “{}” in about {a_day} items a day in {feeds}; in {language} that is an ordinary word too, {share} words",
                    shown(name),
                    shown(text),
                ),
                hint: Some(format!("to take it out, write `exclude = [\"{text}\"]`")),
            })
        })
        .collect()
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
    spellings: &mut Spellings,
) {
    let Some(item) = stored.item() else { return };
    let listens = |n: usize| asked[n].1.rule.feeds.as_ref().is_none_or(|feeds| feeds.contains(&stored.feed));
    for found in list.find_in(&item, Some(&stored.feed), listens) {
        counts[found.watch].0 += 1;
        let mut texts: Vec<String> =
            found.hits.iter().filter(|h| h.how == How::Name).map(|h| h.text.to_lowercase()).collect();
        texts.sort();
        texts.dedup();
        for text in texts {
            let language = item.language.clone().unwrap_or_default();
            *spellings.entry((found.watch, text, language)).or_default() += 1;
        }
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
