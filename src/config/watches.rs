//! `[[watch]]`: what is looked for, where, and whom it tells.

use std::collections::HashMap;

use super::WatchConfig;
use super::feeds::Known;
use super::general::Defaults;
use super::lint;
use super::names::{Named, unique};
use super::policy;
use super::problems::did_you_mean;
use super::reader::{Spot, Table};
use super::sought as names;
use super::source::Place;
use crate::matcher::{self, Query, WatchTerms};
use crate::model::{FeedName, Field, Fields, NotifierName, On, WatchName, WatchRule};
use crate::planner::WatchPolicy;

/// How watches are named.
const NAMED: Named =
    Named { plural: "watches", code: "duplicate_watch", hint: "alerts call it by its name: write `name = \"summit\"`" };

/// Keys of `[[watch]]`.
pub(super) const WATCH_KEYS: &[&str] = &[
    "name",
    "was",
    "terms",
    "names",
    "aliases",
    "query",
    "exclude",
    "stem",
    "sensitivity",
    "fields",
    "feeds",
    "on",
    "notify",
    "urgent",
    "digest",
    "limit",
    "story",
    "story_window",
];

/// The notifier that is there without being configured.
pub(super) const CONSOLE: &str = "console";

/// Whom watches may tell.
#[derive(Debug)]
pub(super) struct Notifiers<'a> {
    /// Names of `[[notifier]]`, right or wrong.
    pub names: &'a HashMap<String, Place>,
    /// Whom a watch tells that does not say.
    pub default: Vec<NotifierName>,
}

/// Reads `notify` of `[defaults]`.
pub(super) fn default_notify(
    table: Option<&Table<'_>>,
    defaults: &Defaults<'_>,
    names: &HashMap<String, Place>,
) -> Vec<NotifierName> {
    match (table, &defaults.notify) {
        (Some(table), Some(list)) => notify(table, list, names),
        _ => vec![NotifierName::new(CONSOLE)],
    }
}

/// Reads every `[[watch]]`.
pub(super) fn read(
    tables: &[Table<'_>],
    feeds: &Known,
    notifiers: &Notifiers<'_>,
    defaults: &Defaults<'_>,
) -> (Vec<WatchConfig>, HashMap<String, Place>) {
    let mut names: HashMap<String, Place> = HashMap::new();
    let watches = tables
        .iter()
        .map(|table| {
            table.check_keys(WATCH_KEYS);
            let name = unique(table, &mut names, NAMED).map_or_else(|| WatchName::new(""), WatchName::new);
            WatchConfig { policy: policy::of_watch(table, defaults), ..watch(table, name, feeds, notifiers) }
        })
        .collect();
    (watches, names)
}

fn watch(table: &Table<'_>, name: WatchName, feeds: &Known, notifiers: &Notifiers<'_>) -> WatchConfig {
    if !["terms", "names", "query"].iter().any(|k| table.has(k)) {
        let hint = "write `terms = [\"…\"]`".to_string();
        table.problems().error("nothing_to_find", table.place, "this watch looks for nothing", hint);
    }
    let fields = fields(table);
    let query = query(table, feeds);
    let names = names::names(table);
    let terms = WatchTerms {
        name: name.clone(),
        terms: terms(table, "terms"),
        exclude: terms(table, "exclude"),
        stem: table.boolean("stem").is_some_and(|b| b.value),
        aliases: names::aliases(table, &names, query.as_ref()),
        sensitivity: names::sensitivity(table, &names, query.as_ref()),
        query,
        fields,
        names,
    };
    names::warn(table, &terms);
    WatchConfig {
        policy: WatchPolicy::default(),
        terms,
        rule: WatchRule {
            name,
            feeds: listens_to(table, feeds),
            fields,
            on: on(table),
            notify: match table.strings("notify") {
                Some(list) => notify(table, &list, notifiers.names),
                None => notifiers.default.clone(),
            },
        },
    }
}

/// `terms` or `exclude`.
fn terms(table: &Table<'_>, key: &str) -> Vec<String> {
    let Some(list) = table.strings(key) else { return Vec::new() };
    if list.value.is_empty() && key == "terms" && !table.has("names") && !table.has("query") {
        table.problems().error(
            "nothing_to_find",
            list.place,
            "this watch looks for nothing",
            "name a term".to_string(),
        );
    }
    let mut terms = Vec::new();
    for term in list.value {
        match check_term(term.value) {
            Ok(()) => {
                lint::term(table, term, key == "terms");
                terms.push(term.value.to_string());
            }
            Err(said) => table.problems().error("bad_term", term.place, said, None),
        }
    }
    terms
}

/// Whether a term can be looked for; a blank one is told here, in the same words for every key.
fn check_term(term: &str) -> Result<(), String> {
    if term.trim().is_empty() {
        return Err("a term is empty".into());
    }
    matcher::check_term(term)
}

/// `query`: what is wrong or odd about it is told at its place.
fn query(table: &Table<'_>, known: &Known) -> Option<Query> {
    let text = table.string("query")?;
    if text.value.trim().is_empty() {
        table.problems().error("bad_query", text.place, "a query is empty", None);
        return None;
    }
    let query = match Query::parse(text.value) {
        Ok(query) => query,
        Err(error) => {
            table.problems().error("bad_query", table.within(text, error.span), error.said, None);
            return None;
        }
    };
    for lint in query.lints() {
        let place = table.within(text, lint.span.clone());
        table.problems().warning("odd_query", place, lint.said.clone(), lint.hint.clone());
    }
    for (name, span) in query.feeds() {
        if !known.names.contains_key(name.as_str()) {
            unknown_feed(table, Spot { value: name, place: table.within(text, span.clone()) }, known);
        }
    }
    Some(query)
}

/// `fields`
fn fields(table: &Table<'_>) -> Fields {
    let Some(list) = table.strings("fields") else { return Fields::TEXT };
    if list.value.is_empty() {
        let hint = "leave `fields` out for title, summary and body".to_string();
        table.problems().error("empty", list.place, "a watch that reads no field", hint);
    }
    let words: Vec<(&str, Field)> = Field::ALL.iter().map(|f| (f.as_str(), *f)).collect();
    let named = list.value.into_iter().filter_map(|text| table.word_of("fields", text, &words));
    named.fold(Fields::NONE, |all, field| all.with(field.value))
}

/// `on`
fn on(table: &Table<'_>) -> On {
    let Some(list) = table.strings("on") else { return On::default() };
    if list.value.is_empty() {
        let hint = "leave `on` out for both".to_string();
        table.problems().error("empty", list.place, "a watch that never speaks", hint);
    }
    let words = [("new", true), ("edited", false)];
    let mut on = On { new: false, edited: false };
    for word in list.value.into_iter().filter_map(|text| table.word_of("on", text, &words)) {
        if word.value { on.new = true } else { on.edited = true }
    }
    on
}

/// `feeds`: names and tags, resolved to names in the order written.
fn listens_to(table: &Table<'_>, known: &Known) -> Option<Vec<FeedName>> {
    let list = table.strings("feeds")?;
    if list.value.is_empty() {
        let hint = "leave `feeds` out to listen to all".to_string();
        table.problems().error("empty", list.place, "a watch that listens to no feed", hint);
    }
    let mut feeds: Vec<FeedName> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for text in list.value {
        let found = match text.value.strip_prefix('#') {
            Some(tag) => known.tags.get(tag).cloned(),
            None => known.names.contains_key(text.value).then(|| vec![FeedName::new(text.value)]),
        };
        match found {
            Some(found) => feeds.extend(found.into_iter().filter(|f| seen.insert(f.clone()))),
            None => unknown_feed(table, text, known),
        }
    }
    Some(feeds)
}

fn unknown_feed(table: &Table<'_>, text: Spot<&str>, known: &Known) {
    let (said, hint) = match text.value.strip_prefix('#') {
        Some(tag) => {
            let near = did_you_mean(tag, known.tags.keys().map(String::as_str));
            (format!("no feed has the tag `{tag}`"), near.map(|h| h.replacen('`', "`#", 1)))
        }
        None if known.tags.contains_key(text.value) => {
            (format!("no feed has the name `{}`", text.value), Some(format!("for the tag, write `#{}`", text.value)))
        }
        None => {
            let near = did_you_mean(text.value, known.names.keys().map(String::as_str));
            (format!("no feed has the name `{}`", text.value), near)
        }
    };
    table.problems().error("unknown_feed", text.place, said, hint);
}

/// `notify`, of a watch or of `[defaults]`.
pub(super) fn notify(
    table: &Table<'_>,
    list: &Spot<Vec<Spot<&str>>>,
    names: &HashMap<String, Place>,
) -> Vec<NotifierName> {
    if list.value.is_empty() {
        let said = match table.title {
            "[[watch]]" => "a watch that nobody hears",
            "[service]" | "[heartbeat]" => "news of the service that nobody hears",
            _ => "watches that nobody hears",
        };
        let hint = "leave `notify` out, or name a notifier".to_string();
        table.problems().warning("nobody_hears", list.place, said, hint);
    }
    let mut told: Vec<NotifierName> = Vec::new();
    for text in &list.value {
        if text.value != CONSOLE && !names.contains_key(text.value) {
            let said = format!("no notifier has the name `{}`", text.value);
            let known = names.keys().map(String::as_str).chain([CONSOLE]);
            let hint = did_you_mean(text.value, known).or_else(|| known_notifiers(names));
            table.problems().error("unknown_notifier", text.place, said, hint);
            continue;
        }
        let name = NotifierName::new(text.value);
        if !told.contains(&name) {
            told.push(name);
        }
    }
    told
}

fn known_notifiers(names: &HashMap<String, Place>) -> Option<String> {
    // More names than fit a line help nobody.
    const SHOWN: usize = 8;
    let mut names: Vec<&str> = names.keys().map(String::as_str).chain([CONSOLE]).collect();
    names.sort_unstable();
    names.dedup();
    (names.len() <= SHOWN).then(|| format!("known: {}", names.join(", ")))
}
