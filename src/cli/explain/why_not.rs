//! Why a watch said nothing of an item: what it looked for, where, what kept it quiet, and what came near.

use serde::Serialize;

use crate::config::{Config, WatchConfig};
use crate::deduper::identity::normal_link;
use crate::matcher::{WatchTerms, Watchlist, near};
use crate::model::{Alert, FeedMemory, Field, Fields, Hit, Item, Time};
use crate::store::{ItemFilter, SqliteStore, Store, StoredItem};
use crate::text::count::counted;
use crate::text::shown::line;

use super::super::output::shown;
use super::super::{Failure, Results};

/// Items read of the store at a time.
const PAGE: usize = 1000;
/// Items named where several fit.
const NAMED: usize = 10;

/// The answer.
#[derive(Serialize)]
#[serde(tag = "type", rename = "why_not")]
struct WhyNot<'a> {
    watch: &'a str,
    feed: &'a str,
    item: &'a str,
    title: &'a str,
    link: Option<&'a str>,
    first_seen: Time,
    reason: &'static str,
    said: Vec<String>,
    near: Vec<String>,
    alerts: Vec<&'a str>,
}

pub fn run(config: &Config, store: &mut SqliteStore, watch: &str, item: &str, json: bool) -> Result<(), Failure> {
    let no_watch = || Failure::Usage(format!("there is no watch “{watch}” in {}", config.path.display()));
    let watch = config.watches.iter().find(|w| w.rule.name.as_str() == watch).ok_or_else(no_watch)?;
    let stored = find(store, item)?;
    let alerts = store.alerts_of(&stored.feed, &stored.record.key.text)?;
    let told: Vec<&Alert> = alerts.iter().filter(|a| a.watch.as_ref() == Some(&watch.rule.name)).collect();
    let memory = store.feeds()?.into_iter().find(|(name, _)| *name == stored.feed).map(|(_, memory)| memory);
    let case = Case { watch, stored: &stored, memory: memory.as_ref(), told: &told };
    let (reason, said) = case.reason();
    let answer = WhyNot {
        watch: watch.rule.name.as_str(),
        feed: stored.feed.as_str(),
        item: &stored.record.key.text,
        title: stored.text.as_ref().map_or("", |t| &t.title),
        link: stored.record.about.as_ref().and_then(|a| a.link.as_deref()),
        first_seen: stored.record.first_seen,
        reason,
        near: if matches!(reason, "not_found") { case.near() } else { Vec::new() },
        alerts: told.iter().map(|a| a.id.as_str()).collect(),
        said,
    };
    let mut results = Results::open();
    if json {
        results.record(&answer)?;
        return results.flush();
    }
    results.line(&format!("[{}] {}", shown(answer.feed), shown(answer.title)))?;
    results.line(&format!("  item        {}, first seen {}", shown(answer.item), answer.first_seen))?;
    for said in &answer.said {
        results.line(&format!("  {}", line(said)))?;
    }
    for near in &answer.near {
        results.line(&format!("  near        {near}"))?;
    }
    results.flush()
}

/// The item whose key or link this is; else the one whose title holds it.
fn find(store: &mut SqliteStore, text: &str) -> Result<StoredItem, Failure> {
    let exact = store.items(&ItemFilter { key: Some(text.to_owned()), limit: NAMED, ..ItemFilter::default() })?;
    let mut fit = exact;
    let (link, piece) = (normal_link(text), text.to_lowercase());
    let mut before = None;
    while fit.is_empty() || before.is_some() {
        let page = store.items(&ItemFilter { before, limit: PAGE, ..ItemFilter::default() })?;
        let Some(last) = page.last().map(|i| i.row) else { break };
        fit.extend(page.into_iter().filter(|i| {
            let its = i.record.about.as_ref().and_then(|a| a.link.as_deref());
            its.is_some_and(|l| l == text || normal_link(l) == link)
                || i.text.as_ref().is_some_and(|t| t.title.to_lowercase().contains(&piece))
        }));
        if fit.len() > NAMED {
            break;
        }
        before = Some(last);
    }
    if fit.len() > 1 {
        let title = |i: &StoredItem| i.text.as_ref().map_or_else(String::new, |t| t.title.clone());
        let named = fit.iter().take(NAMED);
        let named: Vec<String> =
            named.map(|i| format!("\n  {}  [{}] {}", i.record.key.text, i.feed, shown(&title(i)))).collect();
        return Err(Failure::Failed(format!("several items fit “{text}”; name one by its key:{}", named.concat())));
    }
    fit.pop().ok_or_else(|| {
        Failure::Failed(format!(
            "no stored item has “{text}” as its key or link, or in its title; feedwatch feeds show FEED lists what is stored"
        ))
    })
}

/// A watch and an item.
struct Case<'a> {
    watch: &'a WatchConfig,
    stored: &'a StoredItem,
    memory: Option<&'a FeedMemory>,
    told: &'a [&'a Alert],
}

impl Case<'_> {
    /// A word for the first thing that decides, and all that there is to say, with a label of twelve columns before each.
    fn reason(&self) -> (&'static str, Vec<String>) {
        let mut said = vec![format!("looked for  {}", looked_for(&self.watch.terms))];
        said.push(format!("fields      {}", fields(self.watch.terms.fields)));
        let rule = &self.watch.rule;
        if let Some(feeds) = &rule.feeds {
            let names: Vec<&str> = feeds.iter().map(|f| f.as_str()).collect();
            said.push(format!("feeds       {}", names.join(", ")));
        }
        let (reason, because) = self.because();
        said.push(format!("because     {because}"));
        (reason, said)
    }

    fn because(&self) -> (&'static str, String) {
        let rule = &self.watch.rule;
        if let Some(last) = self.told.last() {
            let said = format!("it was told: {} at {} ({})", last.sentence, last.raised, last.id);
            return ("told", said);
        }
        if rule.feeds.as_ref().is_some_and(|feeds| !feeds.contains(&self.stored.feed)) {
            return ("feed_not_read", format!("the watch does not listen to the feed “{}”", self.stored.feed));
        }
        let Some(item) = self.stored.item() else {
            return (
                "text_forgotten",
                "the text of this item is no longer kept, so it cannot be looked at again".into(),
            );
        };
        let finds = self.find(&self.watch.terms, &item);
        let has_found = self.stored.record.found.contains(&rule.name);
        if has_found && self.is_baseline() {
            let said = "the item stood in the first poll of its feed, which is silent (`first_poll`)";
            return ("silent_baseline", said.into());
        }
        if has_found && !rule.on.new {
            return ("not_on_new", "the watch speaks only of edits (`on`), and there was none".into());
        }
        if has_found {
            let said = "the watch has found it, and its alert is forgotten by age, or the watch was `on` for other changes then";
            return ("alert_forgotten", said.into());
        }
        if !finds.is_empty() {
            let said = format!(
                "the watch would find it now ({}): its terms were changed after the item was last new or edited",
                near::told(&finds)
            );
            return ("watch_is_newer", said);
        }
        if let Some((found, vetoes)) = near::vetoed(&self.watch.terms, &item, Some(&self.stored.feed)) {
            let said = format!("found ({}), but vetoed by `exclude`: {}", near::told(&found), near::told(&vetoes));
            return ("excluded", said);
        }
        ("not_found", "nothing that it looks for stands in these fields of the item as it is stored".into())
    }

    fn is_baseline(&self) -> bool {
        self.memory.is_some_and(|m| m.baseline_at == Some(self.stored.record.first_seen))
    }

    /// What these terms find in the item.
    fn find(&self, terms: &WatchTerms, item: &Item) -> Vec<Hit> {
        let list = Watchlist::compile(std::slice::from_ref(terms));
        list.find_in(item, Some(&self.stored.feed), |_| true).into_iter().flat_map(|f| f.hits).collect()
    }

    /// What would have been found with a little more.
    fn near(&self) -> Vec<String> {
        let Some(item) = self.stored.item() else { return Vec::new() };
        let near = near::near(&self.watch.terms, &item, Some(&self.stored.feed));
        near.into_iter().map(|n| format!("{}: {}", shown(&n.about), n.said)).collect()
    }
}

fn looked_for(terms: &WatchTerms) -> String {
    let mut parts: Vec<String> = terms.terms.iter().take(NAMED).map(|t| format!("“{}”", shown(t))).collect();
    parts.extend(terms.names.iter().take(NAMED).map(|n| format!("the name “{}”", shown(n))));
    let more = terms.terms.len().saturating_sub(NAMED) + terms.names.len().saturating_sub(NAMED);
    if more > 0 {
        parts.push(counted(more, "more term", "more terms"));
    }
    if terms.query.is_some() {
        parts.push("its query".into());
    }
    let stem = if terms.stem { ", by stems too" } else { "" };
    let veto: Vec<String> = terms.exclude.iter().take(NAMED).map(|t| format!("“{}”", shown(t))).collect();
    let veto = if veto.is_empty() { String::new() } else { format!("; vetoed by {}", veto.join(", ")) };
    format!("{}{stem}{veto}", parts.join(", "))
}

fn fields(fields: Fields) -> String {
    let read: Vec<&str> = Field::ALL.into_iter().filter(|f| fields.contains(*f)).map(Field::as_str).collect();
    read.join(", ")
}
