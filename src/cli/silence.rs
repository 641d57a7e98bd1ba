//! `feedwatch silence`: quiet for a watch, a feed or a story, until a time.

use std::time::Duration;

use clap::Subcommand;
use serde::Serialize;

use crate::config::Config;
use crate::model::time::{parse_duration, say_duration};
use crate::model::{Clock, FeedName, Silence, SilenceId, SystemClock, Time, WatchName};
use crate::store::{SqliteStore, Store};
use crate::text::shown::line;

use super::alerts::find_alert;
use super::load::Strictness;
use super::who::who;
use super::{Common, Failure, Results, load};

/// The longest silence: who wants more takes the watch out of the file.
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

/// Keeps alerts of a watch, a feed or a story back for a time. Works beside a running daemon, which asks when a message
/// falls due: what already waits is kept back too. What was kept back stays so when the silence ends; it is listed by
/// `alerts list --state silenced` and explained by `explain`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Be quiet about a watch, a feed or a story
    #[command(after_help = "What is named together must hold together: --watch W --feed F is quiet about W in F alone.

Examples:
  feedwatch silence add --watch summit --for 2h --reason \"the press conference is running\"
  feedwatch silence add --feed world --for 1d          its service alerts too
  feedwatch silence add --story al_0k3v --for 12h      all that is told of that alert's story")]
    Add {
        /// Alerts of this watch
        #[arg(long, value_name = "W", required_unless_present_any = ["feed", "story"])]
        watch: Option<String>,
        /// Alerts of this feed, those of the service about it included
        #[arg(long, value_name = "F")]
        feed: Option<String>,
        /// The item that this alert is about, its edits, and its story in other feeds: the alert's id, or how it begins
        #[arg(long, value_name = "ALERT", conflicts_with = "feed")]
        story: Option<String>,
        /// For how long, such as `2h`; it then ends by itself
        #[arg(long = "for", value_name = "TIME", value_parser = parse_duration)]
        long: Duration,
        /// Why, for whoever asks later
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
        reason: String,
    },
    /// The silences that hold now
    #[command(after_help = "Examples:
  feedwatch silence list
  feedwatch silence list --all --json")]
    List {
        /// Those too that are over, while they are remembered
        #[arg(long)]
        all: bool,
    },
    /// End one now
    #[command(after_help = "Example:
  feedwatch silence end si_4m2p")]
    End {
        /// Its id, or how it begins
        id: String,
    },
}

/// A silence as JSON shows it.
#[derive(Serialize)]
#[serde(tag = "type", rename = "silence")]
struct Record<'a> {
    #[serde(flatten)]
    silence: &'a Silence,
    in_force: bool,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let common = &arguments.common;
    let config = load::load(common.config.as_deref(), Strictness::Look)?;
    if !config.store.exists() && !matches!(arguments.what, What::List { .. }) {
        return Err(Failure::Failed(format!(
            "{}: there is no store yet; it is made by the first feedwatch run or once",
            config.store.display()
        )));
    }
    let mut store = SqliteStore::beside(&config.store)?;
    let now = SystemClock.now();
    match &arguments.what {
        What::Add { watch, feed, story, long, reason } => {
            let names = Names { watch: watch.as_deref(), feed: feed.as_deref(), story: story.as_deref() };
            let silence = speak(&config, &mut store, names, *long, reason, now)?;
            store.silence(&silence)?;
            show(&[silence], now, common.json)
        }
        What::List { all, .. } => {
            let silences = store.silences(now, *all)?;
            if silences.is_empty() && !common.json {
                eprintln!("no silence {}", if *all { "is remembered" } else { "holds now" });
            }
            show(&silences, now, common.json)
        }
        What::End { id, .. } => {
            let id = find(&mut store, id, now)?;
            let ended = store.end_silence(&id, now, &who())?;
            let ended = ended.ok_or_else(|| Failure::Failed(format!("there is no silence {id} any more")))?;
            show(&[ended], now, common.json)
        }
    }
}

/// What a silence is to name.
struct Names<'a> {
    watch: Option<&'a str>,
    feed: Option<&'a str>,
    story: Option<&'a str>,
}

fn speak(
    config: &Config,
    store: &mut SqliteStore,
    names: Names<'_>,
    long: Duration,
    reason: &str,
    now: Time,
) -> Result<Silence, Failure> {
    if long.is_zero() || long > LONGEST {
        return Err(Failure::Usage("--for takes a time of more than nothing and at most a year, such as 2h".into()));
    }
    let watch = names.watch.map(WatchName::new);
    if let Some(name) = watch.as_ref().filter(|w| !config.watches.iter().any(|c| c.rule.name == **w)) {
        return Err(Failure::Usage(format!("there is no watch “{name}” in {}", config.path.display())));
    }
    let mut feed = names.feed.map(FeedName::new);
    if let Some(name) = feed.as_ref().filter(|f| !config.feeds.iter().any(|c| c.name == **f)) {
        return Err(Failure::Usage(format!("there is no feed “{name}” in {}", config.path.display())));
    }
    let mut story = None;
    if let Some(text) = names.story {
        let alert = find_alert(store, text)?.alert;
        let first = store.follows(&alert.id)?;
        let item = alert.item.ok_or_else(|| {
            Failure::Failed(format!("alert {} is about the service, not about an item: silence its feed", alert.id))
        })?;
        // Whichever alert of a story is named, it is the story that is meant.
        (feed, story) = match first {
            Some(first) => (Some(first.feed), Some(first.item)),
            None => (alert.feed, Some(item.key)),
        };
    }
    let text = |name: Option<&str>| name.unwrap_or_default().to_owned();
    let id = SilenceId::of(
        &text(watch.as_ref().map(WatchName::as_str)),
        &text(feed.as_ref().map(FeedName::as_str)),
        &text(story.as_deref()),
        now.ms(),
    );
    let until = now.plus(long);
    let reason = reason.trim().to_owned();
    Ok(Silence { id, watch, feed, story, since: now, until, reason, by: who(), ended: None, ended_by: None })
}

/// The silence whose id is, or begins with, this.
fn find(store: &mut SqliteStore, text: &str, now: Time) -> Result<SilenceId, Failure> {
    let mut ids: Vec<SilenceId> = store.silences(now, true)?.into_iter().map(|s| s.id).collect();
    ids.retain(|id| id.as_str().starts_with(text));
    match ids.as_slice() {
        [id] => Ok(id.clone()),
        [] => Err(Failure::Failed(format!("there is no silence {text}: see feedwatch silence list"))),
        many => Err(Failure::Failed(format!("{} silences begin with {text}: write more of the id", many.len()))),
    }
}

fn show(silences: &[Silence], now: Time, json: bool) -> Result<(), Failure> {
    let mut results = Results::open();
    for silence in silences {
        if json {
            results.record(&Record { silence, in_force: silence.is_in_force(now) })?;
        } else {
            results.line(&format!("{}  {}  {}", silence.id, line(&silence.about()), holds(silence, now)))?;
            let why = if silence.reason.is_empty() { "no reason given" } else { &silence.reason };
            results.line(&format!("    by {} at {}: {}", line(&silence.by), silence.since, line(why)))?;
        }
    }
    results.flush()
}

/// Until when, or since when no longer.
pub fn holds(silence: &Silence, now: Time) -> String {
    match (silence.ended, &silence.ended_by) {
        (Some(at), Some(by)) => format!("ended by {by} at {at}"),
        _ if silence.is_in_force(now) => {
            let left = Duration::from_secs(silence.until.since(now).as_secs());
            format!("until {} ({} left)", silence.until, say_duration(left))
        }
        _ => format!("over since {}", silence.until),
    }
}
