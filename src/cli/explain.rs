//! `feedwatch explain`: everything that is known about one alert; or why a watch said nothing of an item.

mod times;
mod why_not;

use serde::Serialize;

use crate::config::Config;
use crate::model::{Alert, Clock, Hit, How, ItemRecord, NotifierName, SystemClock, Time};
use crate::store::{AlertStory, Attempt, Held, ItemFilter, SqliteStore, Store};
use crate::text::shown::line;

use super::alerts::{find_alert, follows, headline, verdict};
use super::load::Strictness;
use super::output::shown;
use super::records::{AlertRecord, RecordedRecord};
use super::silence::holds;
use super::{Common, Failure, Results, load};

use times::{After, sent_at};

/// Explains an alert: where it was found and how, when each step was, what each attempt was told, what held it and what
/// silenced it. With `--watch` it explains an item instead: why that watch said nothing of it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  feedwatch explain al_0k3v                        how an alert begins is enough
  feedwatch explain --watch summit courier-104     why was this item not told?
  feedwatch explain al_0k3v --json | jq .notifiers")]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
    /// An item, and why this watch said nothing of it
    #[arg(long, value_name = "W")]
    watch: Option<String>,
    /// The id of an alert, or how it begins; with --watch an item: its key, its link, or a piece of its title
    #[arg(value_name = "ALERT|ITEM")]
    what: String,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let common = &arguments.common;
    let config = load::load(common.config.as_deref(), Strictness::Look)?;
    let mut store = SqliteStore::beside(&config.store)?;
    match &arguments.watch {
        Some(watch) => why_not::run(&config, &mut store, watch, &arguments.what, common.json),
        None => of_alert(&config, &mut store, &arguments.what, common.json),
    }
}

/// An alert with its way through the steps.
#[derive(Serialize)]
#[serde(tag = "type", rename = "explanation")]
struct Explanation<'a> {
    alert: AlertRecord<'a>,
    found: Vec<Found<'a>>,
    published: Option<Time>,
    first_seen: Option<Time>,
    raised: Time,
    notifiers: Vec<Told<'a>>,
}

/// A hit in words.
#[derive(Serialize)]
struct Found<'a> {
    term: &'a str,
    text: &'a str,
    field: &'a str,
    how: How,
    said: String,
}

/// What became of an alert at one notifier.
#[derive(Serialize)]
struct Told<'a> {
    notifier: &'a NotifierName,
    state: &'static str,
    holds: Vec<&'a Held>,
    delivery: Option<&'a str>,
    planned: Option<Time>,
    attempts: Vec<Tried>,
    next_attempt: Option<Time>,
    sent: Option<Time>,
    silence: Option<Quiet<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded: Option<RecordedRecord<'a>>,
    #[serde(skip)]
    follows: Option<String>,
}

/// An attempt, and what the other side said, a line a recipient.
#[derive(Serialize)]
struct Tried {
    at: Time,
    said: Vec<String>,
}

#[derive(Serialize)]
struct Quiet<'a> {
    id: &'a str,
    at: Time,
    by: &'a str,
    reason: &'a str,
    until: String,
}

fn of_alert(config: &Config, store: &mut SqliteStore, id: &str, json: bool) -> Result<(), Failure> {
    let story = find_alert(store, id)?;
    let record = stored_item(store, &story.alert)?;
    let now = SystemClock.now();
    let explained = Explanation {
        alert: AlertRecord::story(&story),
        found: story.alert.hits.iter().map(found).collect(),
        published: story.alert.item.as_ref().and_then(|i| i.published),
        first_seen: record.as_ref().map(|r| r.first_seen),
        raised: story.alert.raised,
        notifiers: told(&story, now),
    };
    let mut results = Results::open();
    if json {
        results.record(&explained)?;
    } else {
        print(&mut results, &explained, &story.alert)?;
        if explained.notifiers.is_empty() {
            results.line(&format!("\n{}", to_nobody(config, &story.alert)))?;
        }
    }
    results.flush()
}

/// What the store remembers of the item, if it still does.
fn stored_item(store: &mut SqliteStore, alert: &Alert) -> Result<Option<ItemRecord>, Failure> {
    let (Some(feed), Some(item)) = (&alert.feed, &alert.item) else { return Ok(None) };
    let filter =
        ItemFilter { feed: Some(feed.clone()), key: Some(item.key.clone()), limit: 1, ..ItemFilter::default() };
    Ok(store.items(&filter)?.into_iter().next().map(|i| i.record))
}

fn found(hit: &Hit) -> Found<'_> {
    let how = match hit.how {
        How::Exact => "as written",
        How::Folded => "in other letters (case, accents, width, spelling)",
        How::Affix => "with an affix of its language",
        How::Stem => "by its stem",
        How::Pattern => "by a pattern",
        How::Alias => "as another name of it",
        How::Name => "as the name in another script",
    };
    let place = if hit.earlier { "in the text before the edit, " } else { "" };
    let said = format!(
        "{} {how}, {place}in the {} at byte {}, for the term {}",
        shown(&hit.text),
        hit.field,
        hit.start,
        shown(&hit.term)
    );
    Found { term: &hit.term, text: &hit.text, field: hit.field.as_str(), how: hit.how, said }
}

/// Each notifier with what became of the alert there, in the order of their names.
fn told(story: &AlertStory, now: Time) -> Vec<Told<'_>> {
    let mut names: Vec<&NotifierName> = story.holds.iter().map(|(n, ..)| n).collect();
    names.extend(story.deliveries.iter().map(|(d, _)| &d.notifier));
    names.extend(story.silenced.iter().map(|s| &s.notifier));
    names.extend(story.recorded.iter().map(|r| &r.notifier));
    names.sort();
    names.dedup();
    names.into_iter().map(|notifier| at(story, notifier, now)).collect()
}

fn at<'a>(story: &'a AlertStory, notifier: &'a NotifierName, now: Time) -> Told<'a> {
    let delivery = story.deliveries.iter().find(|(d, _)| d.notifier == *notifier);
    let silenced = story.silenced.iter().find(|s| s.notifier == *notifier);
    let waits = story.holds.iter().find(|(n, ..)| n == notifier);
    let recorded = story.recorded.iter().find(|r| r.notifier == *notifier);
    let tried = |a: &Attempt| Tried { at: a.at, said: verdict(&a.verdict) };
    let state = match (delivery, silenced, waits) {
        (Some((d, _)), ..) => d.state.as_str(),
        (_, Some(_), _) => "silenced",
        _ if recorded.is_some() => "recorded",
        (_, _, Some((_, Some(_), _))) => "held",
        _ => "unplanned",
    };
    Told {
        notifier,
        state,
        holds: story.held.iter().filter(|h| h.notifier == *notifier).collect(),
        delivery: delivery.map(|(d, _)| d.id.as_str()),
        planned: delivery.map(|(d, _)| d.sealed),
        attempts: delivery.map(|(_, attempts)| attempts.iter().map(tried).collect()).unwrap_or_default(),
        next_attempt: delivery.and_then(|(d, _)| d.next_attempt),
        sent: delivery.and_then(|(d, attempts)| sent_at(d, attempts)),
        silence: silenced.map(|s| Quiet {
            id: s.silence.id.as_str(),
            at: s.at,
            by: &s.silence.by,
            reason: &s.silence.reason,
            until: holds(&s.silence, now),
        }),
        recorded: recorded.map(RecordedRecord::of),
        follows: recorded.map(|r| format!("{}, {}", r.at, follows(r).trim_start_matches("recorded "))),
    }
}

fn print(results: &mut Results, explained: &Explanation<'_>, alert: &Alert) -> Result<(), Failure> {
    results.line(&headline(alert))?;
    results.line(&format!("  alert       {}", alert.id))?;
    results.line(&format!("  why         {} ({})", line(&alert.sentence), alert.reason))?;
    for found in &explained.found {
        results.line(&format!("  found       {}", found.said))?;
    }
    if let Some(item) = &alert.item {
        results.line(&format!("  item        {}", shown(&item.key)))?;
        results.line(&format!("  link        {}", shown(item.link.as_deref().unwrap_or("none"))))?;
    }
    if alert.guard.is_some() {
        results.line("  guard       told as one message with others of its kind")?;
    }
    results.line("")?;
    if alert.item.is_some() {
        let unsaid = || "the feed does not say".to_owned();
        results.line(&format!("  published   {}", explained.published.map_or_else(unsaid, |t| t.to_string())))?;
    }
    if let Some(seen) = explained.first_seen {
        results.line(&format!("  first seen  {}{}", seen, After(explained.published, seen)))?;
    }
    results.line(&format!("  raised      {}{}", alert.raised, After(explained.first_seen, alert.raised)))?;
    explained.notifiers.iter().try_for_each(|told| at_notifier(results, told, alert.raised))
}

fn at_notifier(results: &mut Results, told: &Told<'_>, raised: Time) -> Result<(), Failure> {
    results.line(&format!("\nnotifier “{}”: {}", told.notifier, told.state))?;
    for held in &told.holds {
        let until = held.due.map_or_else(|| "until somebody acts".to_owned(), |due| format!("until {due}"));
        results.line(&format!("  held        {} since {}, {until}", held.hold.as_str(), held.since))?;
    }
    if let Some(quiet) = &told.silence {
        let why = if quiet.reason.is_empty() { "no reason given" } else { quiet.reason };
        results.line(&format!("  silenced    {} by {} ({}): {why}", quiet.at, quiet.by, quiet.id))?;
        results.line(&format!("              the silence: {}", quiet.until))?;
    }
    if let Some(follows) = &told.follows {
        results.line(&format!("  recorded    {follows}"))?;
    }
    if let (Some(planned), Some(delivery)) = (told.planned, told.delivery) {
        results.line(&format!("  planned     {planned}{} as {delivery}", After(Some(raised), planned)))?;
    }
    for tried in &told.attempts {
        for said in &tried.said {
            results.line(&format!("  attempt     {}  {}", tried.at, line(said)))?;
        }
    }
    if let Some(next) = told.next_attempt {
        results.line(&format!("  next        {next}"))?;
    }
    if let Some(sent) = told.sent {
        results.line(&format!("  sent        {sent}{}", After(Some(raised), sent)))?;
    }
    Ok(())
}

/// Why no notifier has anything to do with it.
fn to_nobody(config: &Config, alert: &Alert) -> String {
    let watch = alert.watch.as_ref().and_then(|name| config.watches.iter().find(|w| w.rule.name == *name));
    match watch {
        Some(watch) if watch.rule.notify.is_empty() => {
            format!("told to nobody: the watch “{}” names no notifier", watch.rule.name)
        }
        _ => "told to nobody: its deliveries are forgotten by age, or nobody was to hear of it".to_owned(),
    }
}
