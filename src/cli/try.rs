//! `feedwatch try`: why does this text, file, page or feed match, or not?

use std::path::PathBuf;

use crate::deduper::identify;
use crate::matcher::near::{self, Near};
use crate::matcher::{Query, Sensitivity, WatchTerms, Watchlist, check_name, check_term};
use crate::model::{Hit, Item, ItemText, KeyKind, WatchName};
use crate::parser::{Document, Limits, html, parse};
use crate::text::count::counted;

use super::load::Strictness;
use super::output::shown;
use super::{Failure, Results, load, source};

/// Looks for terms, or a whole watchlist, in a text, a page or a feed. As with grep: exit 0 something found, 1 nothing
/// found, 2 error.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  echo 'اللقاء بهلسينكي غدا' | feedwatch try --term هلسينكي
  feedwatch try --query 'summit AND (Putin OR Trump) NOT football' article.txt
  feedwatch try --name Pompeo https://example.org/feed.xml      in every script
  feedwatch try -c feedwatch.toml article.txt      the whole watchlist, as the daemon would
  feedwatch try --term zurich page.html && echo found")]
pub struct Arguments {
    /// The configuration whose watchlist is tried
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A word or phrase; a watch of its own
    #[arg(long, allow_hyphen_values = true, value_name = "T")]
    term: Vec<String>,
    /// A name, found in every script; a watch of its own
    #[arg(long, allow_hyphen_values = true, value_name = "N")]
    name: Vec<String>,
    /// A query, such as `summit AND (Putin OR Trump)`; a watch of its own
    #[arg(long, allow_hyphen_values = true, value_name = "Q")]
    query: Vec<String>,
    /// The language of the text, such as `tr`
    #[arg(long, value_name = "L")]
    language: Option<String>,
    /// How freely names are found: strict, normal or wide
    #[arg(long, value_name = "S", value_parser = sensitivity)]
    sensitivity: Option<Sensitivity>,
    /// One JSON object a hit
    #[arg(long)]
    json: bool,
    /// An address, a file, or `-` for a text on standard input
    #[arg(default_value = "-")]
    source: String,
}

/// The word of `--sensitivity`.
pub(super) fn sensitivity(word: &str) -> Result<Sensitivity, String> {
    match word {
        "strict" => Ok(Sensitivity::Strict),
        "normal" => Ok(Sensitivity::Normal),
        "wide" => Ok(Sensitivity::Wide),
        _ => Err("it is `strict`, `normal` or `wide`".into()),
    }
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let watches = watches(arguments)?;
    let watchlist = Watchlist::compile(&watches);
    let mut items = items(arguments)?;
    let mut found = 0;
    let mut finds = vec![false; watches.len()];
    let mut results = Results::open();
    for (key, item) in &mut items {
        item.language = arguments.language.clone().or(item.language.take());
        for hit in watchlist.find(item, |_| true).into_iter().flat_map(|f| {
            finds[f.watch] = true;
            f.hits
        }) {
            found += 1;
            if arguments.json {
                results.record(&Record { item: key.as_deref(), hit: &hit })?;
            } else {
                results.line(&said(key.as_deref(), &hit, item))?;
            }
        }
    }
    results.flush()?;
    if found == 0 {
        let (texts, by) = (counted(items.len(), "text", "texts"), counted(watches.len(), "watch", "watches"));
        eprintln!("nothing found in {texts} by {by}");
    }
    let asked = arguments.config.is_none() || found == 0;
    if asked && !arguments.json {
        let silent = watches.iter().zip(&finds).filter(|(_, finds)| !**finds).map(|(watch, _)| watch);
        came_near(silent, &items);
    }
    if found > 0 { Ok(()) } else { Err(Failure::Quiet(1)) }
}

/// Watches of which it is said what came near, and the most texts that are looked at for each.
const SILENT: usize = 20;
/// See [`SILENT`].
const TEXTS: usize = 50;

/// Says on standard error, for each watch that found nothing, what came near; of several texts, where it came nearest.
fn came_near<'w>(silent: impl Iterator<Item = &'w WatchTerms>, items: &[(Option<String>, Item)]) {
    for watch in silent.take(SILENT) {
        let of = |(key, item): &(Option<String>, Item)| {
            near::near(watch, item, None).into_iter().map(|n| (n, key.clone())).collect::<Vec<_>>()
        };
        let mut all: Vec<(Near, Option<String>)> = items.iter().take(TEXTS).flat_map(of).collect();
        all.sort_by_key(|(n, _)| n.far);
        for (near, key) in all.into_iter().take(near::NEAR_LIMIT) {
            let place = key.map(|k| format!(", of {}", shown(&k))).unwrap_or_default();
            eprintln!("  near  {}: {}{place}", shown(&near.about), near.said);
        }
    }
}

/// A hit with the item it stands in.
#[derive(serde::Serialize)]
struct Record<'a> {
    item: Option<&'a str>,
    #[serde(flatten)]
    hit: &'a Hit,
}

/// The watches of the flags, and those of a configuration where one is named or there are no flags.
fn watches(arguments: &Arguments) -> Result<Vec<WatchTerms>, Failure> {
    let mut watches = Vec::new();
    let sensitivity = arguments.sensitivity.unwrap_or_default();
    for term in &arguments.term {
        check_term(term).map_err(|said| Failure::Usage(format!("--term {term:?}: {said}")))?;
        watches.push(WatchTerms { terms: vec![term.clone()], ..WatchTerms::new(WatchName::new(term)) });
    }
    for name in &arguments.name {
        check_name(name).map_err(|said| Failure::Usage(format!("--name {name:?}: {said}")))?;
        watches.push(WatchTerms { names: vec![name.clone()], sensitivity, ..WatchTerms::new(WatchName::new(name)) });
    }
    for text in &arguments.query {
        let query =
            Query::parse(text).map_err(|error| Failure::Usage(format!("--query {text:?}: {}", error.at(text))))?;
        for lint in query.lints() {
            let hint = lint.hint.as_deref().map(|h| format!(" ({h})")).unwrap_or_default();
            eprintln!("--query {text:?}: {}{hint}", lint.said);
        }
        watches.push(WatchTerms { query: Some(query), sensitivity, ..WatchTerms::new(WatchName::new(text)) });
    }
    if arguments.config.is_some() || watches.is_empty() {
        let config = load::load(arguments.config.as_deref(), Strictness::Look)?;
        let own =
            |terms: WatchTerms| WatchTerms { sensitivity: arguments.sensitivity.unwrap_or(terms.sensitivity), ..terms };
        watches.extend(config.watches.into_iter().map(|w| own(w.terms)));
    }
    Ok(watches)
}

/// The items that the source holds: a feed's, each with its key; else the text of a page or the text itself as the body of one.
fn items(arguments: &Arguments) -> Result<Vec<(Option<String>, Item)>, Failure> {
    let read = source::read(&arguments.source).map_err(Failure::Usage)?;
    if !source::is_stdin(&arguments.source) {
        let document =
            Document { bytes: &read.bytes, content_type: read.content_type.as_deref(), base: read.base.as_deref() };
        if let Ok(feed) = parse(document, Limits::default()) {
            let language = feed.language;
            let entries = identify(feed.items, KeyKind::Guid).entries.into_iter();
            return Ok(entries
                .map(|mut e| {
                    e.item.language = e.item.language.take().or_else(|| language.clone());
                    (Some(e.key.text), e.item)
                })
                .collect());
        }
    }
    let text = String::from_utf8_lossy(&read.bytes).into_owned();
    let is_page = !source::is_stdin(&arguments.source) && looks_like_a_page(&text, read.content_type.as_deref());
    let body = if is_page { html::to_text(&text) } else { text };
    Ok(vec![(None, Item { text: ItemText { body, ..ItemText::default() }, ..Item::default() })])
}

fn looks_like_a_page(text: &str, content_type: Option<&str>) -> bool {
    let head: String = text.trim_start().chars().take(15).collect::<String>().to_ascii_lowercase();
    content_type.is_some_and(|t| t.starts_with("text/html"))
        || head.starts_with("<!doctype html")
        || head.starts_with("<html")
}

/// A hit for a person: `watch: text (how) in field: …around it…`.
fn said(key: Option<&str>, hit: &Hit, item: &Item) -> String {
    let how = serde_json::to_value(hit.how).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
    let place = key.map(|k| format!(" of {}", shown(k))).unwrap_or_default();
    let field = match hit.field.as_str() {
        "title" => &item.text.title,
        "summary" => &item.text.summary,
        _ => &item.text.body,
    };
    let around = crate::text::cut::excerpt(field, &[(hit.start, hit.end)], 100)
        .first()
        .map(|p| shown(&field[p.start..p.end]))
        .unwrap_or_default();
    format!("{}: {} ({how}) in the {}{place}: {around}", shown(hit.watch.as_str()), shown(&hit.text), hit.field)
}
