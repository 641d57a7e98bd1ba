//! Meaning: reads the files, finds every problem with its place, composes each room's own settings, checks names across them.
//!
//! The way of a configuration: [`mod@include`] gathers the files, [`syntax`] tells what is no TOML, [`reader`] walks tables
//! and notes every value that is not what its key takes, [`general`], [`feeds`], [`notifiers`] and [`watches`] make
//! settings of them, [`problems`] puts what was found in order, and [`diagnostics`] shows it, with [`mask`] before it.

mod changes;
mod diagnostics;
mod feeds;
mod find;
mod formats;
mod general;
mod include;
mod init;
mod kept;
pub mod lint;
mod look;
mod mask;
mod names;
mod notifiers;
pub mod opml;
mod policy;
mod problems;
mod reader;
mod secrets;
mod service;
mod sought;
mod source;
mod syntax;
mod watches;

use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::de::DeTable;

use crate::alerter::service::Rules;
use crate::fetcher;
use crate::matcher::WatchTerms;
use crate::model::{Cron, FeedName, FirstPoll, NotifierName, Reason, Renames, Secret, WatchName, WatchRule};
use crate::notifier;
use crate::planner::{NotifierPolicy, WatchPolicy};
use crate::render::Pace;
use crate::scheduler::{Bounds, Cadence};
use crate::store::KeptFile;
use crate::text::count::counted;

pub use changes::{changes, waiting_for_a_restart};
pub use diagnostics::report;
pub use find::{NotFound, find};
pub use init::template;
pub use kept::{is_of, load_kept};
pub use look::{Look, Stamp};
pub use source::Sources;

use problems::Problems;
use reader::{Reading, Table};

/// What may stand at the top of a file.
const ROOT_KEYS: &[&str] =
    &["include", "store", "defaults", "limits", "service", "heartbeat", "reload", "feed", "notifier", "watch"];

/// A configuration without an error.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file it was read from.
    pub path: PathBuf,
    /// That file and all that it includes.
    pub files: Vec<PathBuf>,
    /// The SQLite file.
    pub store: PathBuf,
    /// In the order of the files.
    pub feeds: Vec<FeedConfig>,
    /// In the order of the files.
    pub watches: Vec<WatchConfig>,
    /// In the order of the files; the implicit `console` last where some watch needs it.
    pub notifiers: Vec<NotifierConfig>,
    /// What a poll may cost.
    pub fetch: fetcher::Limits,
    /// Polls under way in all, and per host.
    pub polls: PollLimits,
    /// How long "not modified" is believed before a document is asked for whole.
    pub trust_304: Duration,
    /// When it tells of itself, and whom.
    pub service: ServiceConfig,
    /// What it says while all is well.
    pub heartbeat: HeartbeatConfig,
    /// What had another name before (`was`).
    pub renames: Renames,
    /// Whether a file that changes is read at once (`[reload] watch_files`).
    pub watch_files: bool,
}

/// `[service]`
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceConfig {
    /// Who hears of the service itself.
    pub notify: Vec<NotifierName>,
    /// What of it is told in quiet hours, too. `None`: what leaves who is told of an urgent watch without it.
    pub urgent: Option<Vec<Reason>>,
    /// When.
    pub rules: Rules,
}

/// `[heartbeat]`
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HeartbeatConfig {
    /// The address that is asked while feedwatch is well.
    pub ping: Option<Ping>,
    /// The daily line.
    pub daily: Option<Daily>,
}

/// A ping: whoever waits for it raises the alarm when it does not come.
#[derive(Debug, Clone, PartialEq)]
pub struct Ping {
    /// Knowing it is enough to ping in our name.
    pub url: Secret,
    /// POST in place of GET.
    pub post: bool,
    /// The time between two.
    pub every: Duration,
}

/// The daily line.
#[derive(Debug, Clone, PartialEq)]
pub struct Daily {
    /// A time of day in a time zone.
    pub at: Cron,
    /// Who hears it.
    pub notify: Vec<NotifierName>,
}

impl Config {
    /// What it holds, in a sentence: `312 feeds, 40 watches, 2 notifiers`.
    pub fn inventory(&self) -> String {
        let feeds = counted(self.feeds.len(), "feed", "feeds");
        let watches = counted(self.watches.len(), "watch", "watches");
        let told = self.notifiers.iter().filter(|n| !n.for_service).count();
        let notifiers = counted(told, "notifier", "notifiers");
        format!("{feeds}, {watches}, {notifiers}")
    }
}

/// Polls under way at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PollLimits {
    /// That have an answer and work on it.
    pub at_once: usize,
    /// To one host.
    pub per_host: usize,
    /// That wait for an answer.
    pub waiting: usize,
}

/// `[[feed]]`; `Debug` shows its address redacted.
#[derive(Clone, PartialEq)]
pub struct FeedConfig {
    /// Unique.
    pub name: FeedName,
    /// The address as written (absolute for `file:`): what `status` shows, redacted.
    pub url: String,
    /// Where and how.
    pub source: fetcher::Source,
    /// How often.
    pub cadence: Cadence,
    /// Bounds of that.
    pub bounds: Bounds,
    /// What the baseline tells.
    pub first_poll: FirstPoll,
    /// For `feeds = ["#tag"]`.
    pub tags: Vec<String>,
    /// BCP 47, in place of what the feed says.
    pub language: Option<String>,
}

impl std::fmt::Debug for FeedConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FeedConfig")
            .field("name", &self.name)
            .field("url", &crate::model::redact_url(&self.url))
            .field("source", &self.source)
            .field("cadence", &self.cadence)
            .field("bounds", &self.bounds)
            .field("first_poll", &self.first_poll)
            .field("tags", &self.tags)
            .field("language", &self.language)
            .finish()
    }
}

/// `[[watch]]`
#[derive(Debug, Clone, PartialEq)]
pub struct WatchConfig {
    /// Where it listens, when it speaks, whom it tells.
    pub rule: WatchRule,
    /// What it looks for.
    pub terms: WatchTerms,
    /// When its alerts are told.
    pub policy: WatchPolicy,
}

/// `[[notifier]]`
#[derive(Debug, Clone, PartialEq)]
pub struct NotifierConfig {
    /// Unique.
    pub name: NotifierName,
    /// Where its messages go.
    pub settings: notifier::Settings,
    /// The pauses between attempts.
    pub retry: Vec<Duration>,
    /// How many messages it takes in how much time, where there is a limit.
    pub pace: Option<Pace>,
    /// How many messages are under way to it at a time.
    pub at_once: usize,
    /// When it is told, and how often.
    pub policy: NotifierPolicy,
    /// It is the console that nobody wrote down, there for news of the service alone.
    pub for_service: bool,
}

/// What [`load`] found.
#[derive(Debug)]
pub struct Loaded {
    /// There when no problem is an error.
    pub config: Option<Config>,
    /// The store, where the part that can be read names it, else where it is when nothing does.
    pub store: Option<PathBuf>,
    /// All of them, in the order of files and lines.
    pub problems: Vec<Problem>,
    /// The texts, from which [`report`] quotes lines.
    pub sources: Sources,
}

impl Loaded {
    /// The problems for people; "" when there are none.
    pub fn report(&self, colour: bool) -> String {
        report(&self.problems, &self.sources, colour)
    }

    /// The files for the store, without the secrets in them.
    pub fn keep(&self) -> Vec<KeptFile> {
        kept::keep(&self.sources)
    }

    /// Where the files stand.
    pub fn look(&self) -> &Look {
        &self.sources.look
    }

    /// The texts of all files, as a number: the same for the same texts.
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = std::hash::DefaultHasher::new();
        self.sources.iter().for_each(|s| (&s.path, &s.text).hash(&mut hasher));
        hasher.finish()
    }

    /// How many of the problems are errors.
    pub fn errors(&self) -> usize {
        self.problems.iter().filter(|p| p.severity == Severity::Error).count()
    }
}

/// A mistake in the configuration, or a warning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Whether the program can start.
    pub severity: Severity,
    /// A snake_case word for scripts.
    pub code: &'static str,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// The file.
    pub file: PathBuf,
    /// The byte span in the file; `None` where the file itself is the problem.
    pub span: Option<std::ops::Range<usize>>,
    /// Line, counted from 1.
    pub line: Option<usize>,
    /// Column in characters, counted from 1.
    pub column: Option<usize>,
    /// What to do.
    pub hint: Option<String>,
}

/// Whether a problem stops the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It does not start.
    Error,
    /// It starts, and says so.
    Warning,
}

/// The environment the configuration is read in; a value, so that tests need no process of their own. Variables may be
/// secrets: `Debug` shows how many there are.
#[derive(Clone, Default)]
pub struct Environment {
    /// Variables by name.
    pub variables: std::collections::HashMap<String, String>,
    /// Whether an unset `$CREDENTIALS_DIRECTORY` is an error (`run`, `once`) and not a warning (`check`).
    pub strict_credentials: bool,
    /// Whether each name is looked at for what else it may mean, which takes some ten milliseconds a name (`check`).
    pub looks_closely: bool,
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let variables = format_args!("{} variables", self.variables.len());
        let strict = self.strict_credentials;
        f.debug_struct("Environment").field("variables", &variables).field("strict_credentials", &strict).finish()
    }
}

/// Reads a configuration and all it includes, and reports every mistake at once. Where only the service has a credential
/// (and `environment` is not strict) the configuration holds a stand-in: it is good for looking, not for sending.
pub fn load(path: &Path, environment: &Environment) -> Loaded {
    let (sources, problems) = include::gather(path);
    compose_all(sources, problems, path, environment)
}

/// Makes a configuration of texts.
fn compose_all(sources: Sources, problems: Problems, path: &Path, environment: &Environment) -> Loaded {
    let reading = Reading { sources: &sources, problems, environment };
    let documents: Vec<(usize, toml::Spanned<DeTable<'_>>)> = sources
        .iter()
        .enumerate()
        .filter(|(_, source)| source.readable)
        .map(|(index, source)| (index, DeTable::parse_recoverable(&source.text).0))
        .collect();
    let roots: Vec<Table<'_>> = documents.iter().map(|(i, table)| Table::root(&reading, *i, table.get_ref())).collect();
    let store = general::store(&reading, general::single(&roots, "store", "[store]"), path);
    let config = compose(&reading, &roots, path, store.clone());
    drop(roots);
    drop(documents);
    let problems = reading.problems.finish(&sources);
    let config = config.filter(|_| problems.iter().all(|p| p.severity != Severity::Error));
    Loaded { config, store, problems, sources }
}

fn renamed<T>(pairs: Vec<(String, String)>, name: fn(String) -> T) -> Vec<(T, T)> {
    pairs.into_iter().map(|(from, to)| (name(from), name(to))).collect()
}

/// Notifiers before watches and feeds before watches, since watches name both.
fn compose<'a>(reading: &'a Reading<'a>, roots: &[Table<'a>], path: &Path, store: Option<PathBuf>) -> Option<Config> {
    for root in roots {
        root.check_keys(ROOT_KEYS);
    }
    let all = |key, title| roots.iter().flat_map(|root| root.tables(key, title)).collect::<Vec<_>>();
    let defaults_table = general::single(roots, "defaults", "[defaults]");
    let defaults = general::defaults(defaults_table);
    let limits = general::limits(general::single(roots, "limits", "[limits]"), defaults.user_agent.as_deref());

    let tables = all("feed", "[[feed]]");
    let (feeds, known) = feeds::read(&tables, &defaults);
    let own: Vec<String> = feeds.iter().map(|f| f.name.to_string()).collect();
    let was_feeds = names::was(&tables, &own, &known.names, "feed");
    let tables = all("notifier", "[[notifier]]");
    let (mut notifiers, names) = notifiers::read(&tables, &defaults, limits.attempt);
    let own: Vec<String> = tables.iter().map(|t| t.string_or_empty("name")).collect();
    let was_notifiers = names::was(&tables, &own, &names, "notifier");
    let default = watches::default_notify(defaults_table.as_ref(), &defaults, &names);
    let whom = watches::Notifiers { names: &names, default };
    let tables = all("watch", "[[watch]]");
    let (watches, watch_names) = watches::read(&tables, &known, &whom, &defaults);
    let own: Vec<String> = watches.iter().map(|w| w.rule.name.to_string()).collect();
    let was_watches = names::was(&tables, &own, &watch_names, "watch");

    if feeds.is_empty() {
        let hint = "write `[[feed]]` and `url = \"https://…\"`".to_string();
        reading.problems.of_file(Severity::Warning, "no_feed", path, "no feed is configured", hint);
    }
    if watches.is_empty() {
        let hint = "write `[[watch]]`, a name and `terms = [\"…\"]`".to_string();
        reading.problems.of_file(Severity::Warning, "no_watch", path, "no watch is configured", hint);
    }
    let service = service::read(general::single(roots, "service", "[service]"), &whom.default, &names);
    let heartbeat_table = general::single(roots, "heartbeat", "[heartbeat]");
    let watch_files = general::watch_files(general::single(roots, "reload", "[reload]"));
    let heartbeat = service::heartbeat(heartbeat_table, &service, &defaults, &names);
    let is_console = |n: &NotifierName| n.as_str() == watches::CONSOLE;
    let of_watches = watches.iter().any(|w| w.rule.notify.iter().any(is_console));
    let daily = heartbeat.daily.iter().flat_map(|d| &d.notify);
    let of_service = service.notify.iter().chain(daily).any(is_console);
    if (of_watches || of_service) && !names.contains_key(watches::CONSOLE) {
        let retry = defaults.retry.clone().unwrap_or_else(notifiers::default_retry);
        let name = NotifierName::new(watches::CONSOLE);
        let settings = notifier::Settings::Console;
        notifiers.push(NotifierConfig {
            name,
            settings,
            retry,
            pace: None,
            at_once: 1,
            policy: NotifierPolicy::default(),
            for_service: !of_watches,
        });
    }
    Some(Config {
        path: path.to_path_buf(),
        files: reading.sources.iter().map(|s| s.path.clone()).collect(),
        store: store?,
        feeds,
        watches,
        notifiers,
        fetch: limits.fetch,
        polls: limits.polls,
        trust_304: limits.trust_304,
        service,
        heartbeat,
        renames: Renames {
            feeds: renamed(was_feeds, FeedName::new),
            watches: renamed(was_watches, WatchName::new),
            notifiers: renamed(was_notifiers, NotifierName::new),
        },
        watch_files,
    })
}
