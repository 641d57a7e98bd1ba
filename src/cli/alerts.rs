//! `feedwatch alerts`: what was sent, what hangs, what died.

use std::time::Duration;

use clap::{Subcommand, ValueEnum};

use crate::model::time::parse_duration;
use crate::model::{Alert, AlertId, Clock, DeliveryState, Hold, NotifierName, Silence, SystemClock, Time, Verdict};
use crate::store::{AlertFilter, AlertState, AlertStory, Recorded, SqliteStore, Store};
use crate::text::shown::line;

use super::load::Strictness;
use super::output::shown;
use super::records::AlertRecord;
use super::{Common, Failure, Results, load};

/// List, show and resend alerts. Works beside a running daemon.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Alerts, newest first, with their deliveries
    #[command(after_help = "Examples:
  feedwatch alerts list --state dead
  feedwatch alerts list --json --limit 20 | jq .sentence")]
    List {
        /// Those any of whose deliveries has this state
        #[arg(long)]
        state: Option<StateArgument>,
        /// At most so many
        #[arg(long, value_name = "N")]
        limit: Option<usize>,
    },
    /// One alert, each step of its way and each attempt
    Show {
        /// Its id, or how it begins
        id: String,
    },
    /// Put dead deliveries back to pending, due at once
    #[command(after_help = "Examples:
  feedwatch alerts resend al_0k3v…
  feedwatch alerts resend --notifier desk --since 2h")]
    Resend {
        /// The id of an alert
        #[arg(required_unless_present = "since")]
        id: Option<String>,
        /// Those of one notifier
        #[arg(long, value_name = "N", requires = "since")]
        notifier: Option<String>,
        /// All that were sealed within this time, such as `2h`
        #[arg(long, value_name = "TIME", value_parser = parse_duration, conflicts_with = "id")]
        since: Option<Duration>,
        /// And not within this one
        #[arg(long, value_name = "TIME", value_parser = parse_duration, requires = "since")]
        until: Option<Duration>,
    },
    /// Dead deliveries, newest first, each with its alerts and why it died
    #[command(after_help = "Examples:
  feedwatch alerts dead
  feedwatch alerts dead --notifier desk --since 1d")]
    Dead {
        /// Those of one notifier
        #[arg(long, value_name = "N")]
        notifier: Option<String>,
        /// Those that were sealed within this time, such as `2h`
        #[arg(long, value_name = "TIME", value_parser = parse_duration)]
        since: Option<Duration>,
    },
    /// Forget dead deliveries: nobody will send them again
    #[command(after_help = "Examples:
  feedwatch alerts purge --notifier desk --until 1d    those that are older than a day
  feedwatch alerts purge --since 2h                    the last two hours' of all")]
    Purge {
        /// Those of one notifier
        #[arg(long, value_name = "N", required_unless_present_any = ["since", "until"])]
        notifier: Option<String>,
        /// Those that were sealed within this time, such as `2h`
        #[arg(long, value_name = "TIME", value_parser = parse_duration)]
        since: Option<Duration>,
        /// And not within this one
        #[arg(long, value_name = "TIME", value_parser = parse_duration)]
        until: Option<Duration>,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum StateArgument {
    Pending,
    Held,
    Sent,
    Dead,
    Silenced,
    Recorded,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let common = &arguments.common;
    let config = load::load(common.config.as_deref(), Strictness::Look)?;
    let mut store = SqliteStore::beside(&config.store)?;
    match &arguments.what {
        What::List { state, limit, .. } => list(&mut store, *state, *limit, common.json),
        What::Show { id, .. } => show(&mut store, id, common.json),
        What::Resend { id, notifier, since, until } => {
            resend(&mut store, id.as_deref(), notifier.as_deref(), (*since, *until))
        }
        What::Dead { notifier, since } => dead(&mut store, notifier.as_deref(), *since, common.json),
        What::Purge { notifier, since, until } => purge(&mut store, notifier.as_deref(), (*since, *until)),
    }
}

fn list(
    store: &mut SqliteStore,
    state: Option<StateArgument>,
    limit: Option<usize>,
    json: bool,
) -> Result<(), Failure> {
    let state = state.map(|s| match s {
        StateArgument::Pending => AlertState::Pending,
        StateArgument::Held => AlertState::Held,
        StateArgument::Sent => AlertState::Sent,
        StateArgument::Dead => AlertState::Dead,
        StateArgument::Silenced => AlertState::Silenced,
        StateArgument::Recorded => AlertState::Recorded,
    });
    let mut results = Results::open();
    for story in store.alerts(AlertFilter { state, limit })? {
        if json {
            results.record(&AlertRecord::story(&story))?;
        } else {
            results.line(&format!("{}  {}  {}", story.alert.raised, story.alert.id, headline(&story.alert)))?;
            results.line(&format!("    {}", state_of(&story)))?;
        }
    }
    results.flush()
}

fn show(store: &mut SqliteStore, id: &str, json: bool) -> Result<(), Failure> {
    let story = find_alert(store, id)?;
    let mut results = Results::open();
    if json {
        results.record(&AlertRecord::story(&story))?;
        return results.flush();
    }
    let alert = &story.alert;
    results.line(&headline(alert))?;
    results.line(&format!("  why        {}", line(&alert.sentence)))?;
    if let Some(item) = &alert.item {
        results.line(&format!("  item       {}", shown(&item.key)))?;
        results.line(&format!("  link       {}", shown(item.link.as_deref().unwrap_or("none"))))?;
        results.line(&format!("  published  {}", said(item.published)))?;
    }
    results.line(&format!("  raised     {}", alert.raised))?;
    for (notifier, hold, due) in &story.holds {
        results.line(&format!("  {notifier}: {}", waits(*hold, *due)))?;
    }
    for silenced in &story.silenced {
        let Silence { id, by, reason, .. } = &silenced.silence;
        let why = line(&format!("{id}, by {by}: {reason}"));
        results.line(&format!("  {}: silenced at {} ({why})", silenced.notifier, silenced.at))?;
    }
    for recorded in &story.recorded {
        results.line(&format!("  {}: {}, at {}", recorded.notifier, follows(recorded), recorded.at))?;
    }
    for (delivery, attempts) in &story.deliveries {
        results.line(&format!(
            "  {}: {} (delivery {}, sealed {})",
            delivery.notifier, delivery.state, delivery.id, delivery.sealed
        ))?;
        for attempt in attempts {
            for said in verdict(&attempt.verdict) {
                results.line(&format!("    {}  {}", attempt.at, line(&said)))?;
            }
        }
        if let Some(next) = delivery.next_attempt {
            results.line(&format!("    {next}  next attempt"))?;
        }
    }
    results.flush()
}

fn resend(
    store: &mut SqliteStore,
    id: Option<&str>,
    notifier: Option<&str>,
    span: (Option<Duration>, Option<Duration>),
) -> Result<(), Failure> {
    let now = SystemClock.now();
    let count = match id {
        Some(id) => store.resend(&AlertId::new(id), now)?.ok_or_else(|| no_such(id))?,
        None => {
            let notifier = notifier.map(NotifierName::new);
            store.resend_since(notifier.as_ref(), within(span, now), now)?
        }
    };
    match count {
        0 => eprintln!("no dead delivery: nothing to send again"),
        1 => eprintln!("1 delivery is due again"),
        n => eprintln!("{n} deliveries are due again"),
    }
    Ok(())
}

/// From so long ago until so long ago.
fn within((since, until): (Option<Duration>, Option<Duration>), now: Time) -> (Time, Time) {
    (since.map_or(Time::from_ms(0), |since| now.minus(since)), until.map_or(now, |until| now.minus(until)))
}

fn dead(store: &mut SqliteStore, notifier: Option<&str>, since: Option<Duration>, json: bool) -> Result<(), Failure> {
    let from = within((since, None), SystemClock.now()).0;
    let mut results = Results::open();
    for mut story in store.alerts(AlertFilter { state: Some(AlertState::Dead), limit: None })? {
        story.deliveries.retain(|(delivery, _)| {
            let asked_for = notifier.is_none_or(|name| delivery.notifier.as_str() == name);
            delivery.state == DeliveryState::Dead && asked_for && delivery.sealed >= from
        });
        if story.deliveries.is_empty() {
            continue;
        }
        if json {
            results.record(&AlertRecord::story(&story))?;
        } else {
            results.line(&format!("{}  {}  {}", story.alert.raised, story.alert.id, headline(&story.alert)))?;
            for (delivery, _) in &story.deliveries {
                let error = line(delivery.error.as_deref().unwrap_or("no reason kept"));
                results.line(&format!("    {}, sealed {}: {error}", delivery.notifier, delivery.sealed))?;
            }
        }
    }
    results.flush()
}

fn purge(
    store: &mut SqliteStore,
    notifier: Option<&str>,
    span: (Option<Duration>, Option<Duration>),
) -> Result<(), Failure> {
    let notifier = notifier.map(NotifierName::new);
    let count = store.purge(notifier.as_ref(), within(span, SystemClock.now()))?;
    eprintln!("{} forgotten", crate::text::count::counted(count, "dead delivery is", "dead deliveries are"));
    Ok(())
}

/// The alert whose id is, or begins with, this.
pub fn find_alert(store: &mut SqliteStore, text: &str) -> Result<AlertStory, Failure> {
    if let Some(story) = store.alert(&AlertId::new(text))? {
        return Ok(story);
    }
    // Without any letter of its own a prefix names nobody in particular.
    let shortest = "al_".len();
    let ids = if text.len() > shortest { store.alert_ids(text, 10)? } else { Vec::new() };
    match ids.as_slice() {
        [] => Err(no_such(text)),
        [id] => store.alert(id)?.ok_or_else(|| no_such(text)),
        many => {
            let shown: Vec<&str> = many.iter().map(AlertId::as_str).collect();
            Err(Failure::Failed(format!("several alerts begin with {text}: {}", shown.join(", "))))
        }
    }
}

fn no_such(id: &str) -> Failure {
    Failure::Failed(format!("there is no alert {id}: see feedwatch alerts list"))
}

/// The headline of an alert in one line.
pub fn headline(alert: &Alert) -> String {
    let feed = alert.feed.as_ref().map_or("feedwatch", |f| f.as_str());
    match &alert.item {
        Some(item) => format!("[{}] {}", shown(feed), shown(&item.title)),
        None => format!("[{}] {}", shown(feed), line(&alert.sentence)),
    }
}

fn state_of(story: &AlertStory) -> String {
    let waiting = story.holds.iter().map(|(notifier, hold, due)| format!("{notifier}: {}", waits(*hold, *due)));
    let sent = story.deliveries.iter().map(|(d, _)| match &d.error {
        Some(error) => format!("{}: {} ({})", d.notifier, d.state, line(error)),
        None => format!("{}: {}", d.notifier, d.state),
    });
    let silenced = story.silenced.iter().map(|s| format!("{}: silenced ({})", s.notifier, line(&s.silence.about())));
    let recorded = story.recorded.iter().map(|r| format!("{}: {}", r.notifier, follows(r)));
    let all: Vec<String> = waiting.chain(sent).chain(silenced).chain(recorded).collect();
    if all.is_empty() { "told to nobody".into() } else { all.join("; ") }
}

/// `recorded as following al_… of “world”`
pub fn follows(recorded: &Recorded) -> String {
    let first = &recorded.follows;
    format!("recorded as following {} of {}", first.alert, shown(first.feed.as_str()))
}

fn waits(hold: Option<Hold>, due: Option<Time>) -> String {
    match (hold, due) {
        (None, _) => "waits for the next plan".into(),
        (Some(hold), Some(due)) => format!("held ({}) until {due}", hold.as_str()),
        (Some(hold), None) => format!("held ({})", hold.as_str()),
    }
}

fn said(time: Option<Time>) -> String {
    time.map_or_else(|| "not said".into(), |t| t.to_string())
}

/// What the other side said, a line a recipient.
pub fn verdict(verdict: &Verdict) -> Vec<String> {
    match verdict {
        Verdict::Accepted { said } => vec![format!("accepted: {said}")],
        Verdict::Refused { said } => vec![format!("refused: {said}")],
        Verdict::Retry { said, .. } => vec![format!("to be tried again: {said}")],
        Verdict::Gone { said } => vec![format!("gone: {said}")],
        Verdict::Recipients { each } => each
            .iter()
            .flat_map(|(who, one)| self::verdict(one).into_iter().map(move |line| format!("{who}: {line}")))
            .collect(),
    }
}
