//! `feedwatch backtest`: what a watchlist would have found in what is stored.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use crate::config::{self, Config};
use crate::matcher::Watchlist;
use crate::model::time::parse_duration;
use crate::model::{Clock, SystemClock, Time, WatchRule};
use crate::store::{ItemFilter, SqliteStore, Store, StoredItem};
use crate::text::count::counted;

use super::load::{Strictness, environment};
use super::output::shown;
use super::{Common, Failure, Results, load};

/// Items read of the store at a time.
const PAGE: usize = 500;
/// Items shown of each kind.
const SAMPLE: usize = 3;

/// Looks for the whole watchlist in the items that are stored, and shows for each watch how many it finds. With
/// `--against` it compares with another watchlist, so that a change can be reviewed before it is live. Nothing is raised,
/// told or written.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  feedwatch backtest --since 7d
  feedwatch backtest --against /etc/feedwatch/feedwatch.toml -c new.toml     the store is that of new.toml
  feedwatch backtest --json | jq 'select(.type == \"backtest\" and .found > 100)'")]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Items first seen within this time, such as `7d`; else all that are stored
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    since: Option<Duration>,
    /// The watchlist to compare with: a configuration file
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
}

/// What one watch finds.
#[derive(Debug, Default, Serialize)]
struct Line {
    #[serde(rename = "type")]
    kind: &'static str,
    watch: String,
    found: usize,
    /// What the watch of this name in the other watchlist finds.
    #[serde(skip_serializing_if = "Option::is_none")]
    was: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gained: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lost: Option<usize>,
    sample: Vec<Sample>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lost_sample: Vec<Sample>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Sample {
    feed: String,
    key: String,
    title: String,
}

/// How far what is stored reaches.
#[derive(Debug, Default, Serialize)]
struct Reach {
    #[serde(rename = "type")]
    kind: &'static str,
    /// Items looked at.
    items: usize,
    /// Items of this time whose text is no longer kept.
    without_text: usize,
    /// The first of those looked at was first seen then.
    since: Option<Time>,
    /// From here on no text is missing.
    complete_since: Option<Time>,
    elapsed_ms: u64,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let began = std::time::Instant::now();
    let config = load::load(arguments.common.config.as_deref(), Strictness::Look)?;
    let other = arguments.against.as_deref().map(other).transpose()?;
    let since = arguments.since.map(|long| SystemClock.now().minus(long));
    let mut store = SqliteStore::beside(&config.store)?;
    let mut test = Test::new(&config, other.as_ref());
    let mut before = None;
    loop {
        let page = store.items(&ItemFilter { since, before, limit: PAGE, ..ItemFilter::default() })?;
        let Some(last) = page.last().map(|i| i.row) else { break };
        page.iter().for_each(|stored| test.look(stored));
        before = Some(last);
    }
    let (lines, mut reach) = test.end();
    reach.elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    show(&lines, &reach, other.is_some(), arguments.common.json)
}

/// The other watchlist; its mistakes are told with its name.
fn other(path: &Path) -> Result<Config, Failure> {
    let loaded = config::load(path, &environment(Strictness::Look));
    let errors = loaded.errors();
    if errors > 0 {
        eprint!("{}", loaded.report(false));
    }
    let mistakes = counted(errors, "mistake", "mistakes");
    loaded
        .config
        .ok_or_else(|| Failure::Usage(format!("{}: {mistakes}", crate::text::shown::escaped(&path.to_string_lossy()))))
}

/// A watchlist, ready to be asked.
struct List<'a> {
    list: Watchlist,
    rules: Vec<&'a WatchRule>,
}

impl<'a> List<'a> {
    fn new(config: &'a Config) -> Self {
        let terms: Vec<_> = config.watches.iter().map(|w| w.terms.clone()).collect();
        Self { list: Watchlist::compile(&terms), rules: config.watches.iter().map(|w| &w.rule).collect() }
    }

    /// The names of the watches that find it.
    fn find(&self, stored: &StoredItem) -> Vec<&'a str> {
        let Some(item) = stored.item() else { return Vec::new() };
        let listens = |watch: usize| self.rules[watch].feeds.as_ref().is_none_or(|f| f.contains(&stored.feed));
        let found = self.list.find_in(&item, Some(&stored.feed), listens);
        found.into_iter().map(|f| self.rules[f.watch].name.as_str()).collect()
    }
}

struct Test<'a> {
    now: List<'a>,
    was: Option<List<'a>>,
    lines: BTreeMap<String, Line>,
    reach: Reach,
}

impl<'a> Test<'a> {
    fn new(config: &'a Config, other: Option<&'a Config>) -> Self {
        let (now, was) = (List::new(config), other.map(List::new));
        let mut lines = BTreeMap::new();
        for name in now.rules.iter().chain(was.iter().flat_map(|w| &w.rules)).map(|r| r.name.as_str()) {
            let side = was.is_some().then_some(0);
            let line = Line { watch: name.to_owned(), was: side, gained: side, lost: side, ..Line::default() };
            lines.insert(name.to_owned(), Line { kind: "backtest", ..line });
        }
        Self { now, was, lines, reach: Reach { kind: "reach", ..Reach::default() } }
    }

    /// One item, newest first.
    fn look(&mut self, stored: &StoredItem) {
        let seen = stored.record.first_seen;
        if stored.text.is_none() {
            self.reach.without_text += 1;
            return;
        }
        self.reach.items += 1;
        self.reach.since = Some(self.reach.since.map_or(seen, |t| t.min(seen)));
        if self.reach.without_text == 0 {
            self.reach.complete_since = self.reach.since;
        }
        let now = self.now.find(stored);
        let was = self.was.as_ref().map(|w| w.find(stored)).unwrap_or_default();
        for name in &now {
            let Some(line) = self.lines.get_mut(*name) else { continue };
            line.found += 1;
            let is_news = self.was.is_none() || !was.contains(name);
            line.gained = line.gained.map(|n| n + usize::from(is_news));
            if is_news && line.sample.len() < SAMPLE {
                line.sample.push(sample(stored));
            }
        }
        for name in &was {
            let Some(line) = self.lines.get_mut(*name) else { continue };
            line.was = line.was.map(|n| n + 1);
            if !now.contains(name) {
                line.lost = line.lost.map(|n| n + 1);
                if line.lost_sample.len() < SAMPLE {
                    line.lost_sample.push(sample(stored));
                }
            }
        }
    }

    /// The watches that find most first.
    fn end(self) -> (Vec<Line>, Reach) {
        let mut lines: Vec<Line> = self.lines.into_values().collect();
        lines.sort_by_key(|l| (std::cmp::Reverse(l.found), l.watch.clone()));
        (lines, self.reach)
    }
}

fn sample(stored: &StoredItem) -> Sample {
    Sample {
        feed: stored.feed.as_str().to_owned(),
        key: stored.record.key.text.clone(),
        title: stored.text.as_ref().map_or_else(String::new, |t| t.title.clone()),
    }
}

fn show(lines: &[Line], reach: &Reach, compared: bool, json: bool) -> Result<(), Failure> {
    let mut results = Results::open();
    if json {
        lines.iter().try_for_each(|line| results.record(line))?;
        results.record(reach)?;
        return results.flush();
    }
    for line in lines {
        let name = shown(&line.watch);
        match (line.was, line.gained, line.lost) {
            (Some(was), Some(gained), Some(lost)) => {
                results.line(&format!("{:>6} (was {was}, +{gained} -{lost})  {name}", line.found))?;
            }
            _ => results.line(&format!("{:>6}  {name}", line.found))?,
        }
        let (news, gone) = if compared { ("+", "-") } else { ("e.g.", "-") };
        for (sign, sample) in line.sample.iter().map(|s| (news, s)).chain(line.lost_sample.iter().map(|s| (gone, s))) {
            results.line(&format!("        {sign} [{}] {}", shown(&sample.feed), shown(&sample.title)))?;
        }
    }
    results.flush()?;
    let since = |time: Option<Time>| time.map_or_else(|| "never".to_owned(), |t| t.to_string());
    let mut said = match reach.items {
        0 => "no item of that time is stored with its text".to_owned(),
        n => format!("{} looked at, first seen since {}", counted(n, "item", "items"), since(reach.since)),
    };
    if reach.without_text > 0 {
        let from = reach.complete_since.map_or_else(String::new, |t| format!("; nothing is missing since {t}"));
        let missing = counted(reach.without_text, "item", "items");
        said.push_str(&format!("; the text of {missing} is no longer kept{from}"));
    }
    eprintln!("{said}");
    Ok(())
}
