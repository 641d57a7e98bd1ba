//! `feedwatch check`: every mistake of a configuration at once.

mod online;
mod stored;

use crate::config::{self, Config};
use crate::matcher;
use crate::text::count::counted;

use super::load::{Strictness, environment, find};
use super::output::style;
use super::{Common, Failure, Results};

/// Reads the configuration and all it includes, and reports every mistake, each with its place. Where a store is there, it
/// also warns of terms that are found in much of what is stored. Exit 0 when there is no error, else 2.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  feedwatch check
  feedwatch check --online          asks every feed and notifier whether it is there; nobody is sent a message
  feedwatch check -c /etc/feedwatch/feedwatch.toml --json | jq .message")]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Ask every feed and notifier whether it is there; no message is sent
    #[arg(long)]
    online: bool,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let surroundings = environment(Strictness::Closely);
    let path = find(arguments.common.config.as_deref(), &surroundings)?;
    let mut loaded = config::load(&path, &surroundings);
    let mut probed = None;
    if let Some(config) = &loaded.config {
        let mut notes = stored::common(config);
        if arguments.online {
            // A stand-in for a password that only the service has would be refused.
            let strict = config::load(&path, &environment(Strictness::Start));
            let with_notifiers = strict.config.is_some();
            if !with_notifiers {
                eprintln!("notifiers are not asked: a secret that they need is not at hand here");
            }
            let found = online::probe(strict.config.as_ref().unwrap_or(config), with_notifiers)?;
            notes.extend(found.notes.iter().cloned());
            probed = Some((found, with_notifiers));
        }
        loaded.problems.extend(config::lint::placed(&loaded.sources, notes));
    }
    let mut results = Results::open();
    if arguments.common.json {
        loaded.problems.iter().try_for_each(|problem| results.record(&problem.json()))?;
    } else {
        results.text(&loaded.report(style().colour))?;
    }
    results.flush()?;
    let errors = loaded.errors();
    if let (false, Some(config)) = (arguments.common.json, &loaded.config) {
        let mistakes = match (errors, loaded.problems.len()) {
            (0, 0) => "no mistake".to_owned(),
            (0, _) => "no error".to_owned(),
            (n, _) => counted(n, "error", "errors"),
        };
        eprintln!("{}: {}, {mistakes}", path.display(), config.inventory());
        if let Some((found, with_notifiers)) = &probed {
            let feeds = format!("{} of {}", found.feeds, counted(config.feeds.len(), "feed", "feeds"));
            let asked = if *with_notifiers { config.notifiers.len() } else { 0 };
            eprintln!("there: {feeds}, {} of {}", found.notifiers, counted(asked, "notifier", "notifiers"));
        }
    }
    if let (false, Some(config)) = (arguments.common.json, &loaded.config) {
        for said in facts(config) {
            eprintln!("{said}");
        }
    }
    if errors > 0 { Err(Failure::Quiet(2)) } else { Ok(()) }
}

/// Names up to which each is told about: more fill the screen with what nobody reads.
const TOLD: usize = 40;

/// Which way the names of the watchlist are found, a line each.
fn facts(config: &Config) -> Vec<String> {
    let watches = config.watches.iter().map(|w| &w.terms);
    let names = watches.flat_map(|w| w.names.iter().map(move |name| (name, w)));
    names
        .take(TOLD)
        .flat_map(|(name, w)| matcher::notes(name, &w.names, w.sensitivity, matcher::Closeness::Words))
        .filter(|note| note.hint.is_none())
        .map(|note| note.said)
        .collect()
}
