//! Meaning: reads the files, finds every problem with its place, composes each room's own settings, checks names across them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::fetcher;
use crate::matcher::WatchTerms;
use crate::model::{FeedName, FirstPoll, NotifierName, WatchRule};
use crate::notifier;
use crate::scheduler::{Bounds, Cadence};

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
}

/// Polls under way at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PollLimits {
    /// In all.
    pub at_once: usize,
    /// To one host.
    pub per_host: usize,
}

/// `[[feed]]`
#[derive(Debug, Clone)]
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

/// `[[watch]]`
#[derive(Debug, Clone)]
pub struct WatchConfig {
    /// Where it listens, when it speaks, whom it tells.
    pub rule: WatchRule,
    /// What it looks for.
    pub terms: WatchTerms,
}

/// `[[notifier]]`
#[derive(Debug, Clone)]
pub struct NotifierConfig {
    /// Unique.
    pub name: NotifierName,
    /// Where its messages go.
    pub settings: notifier::Settings,
    /// The pauses between attempts.
    pub retry: Vec<Duration>,
}

/// What [`load`] found.
#[derive(Debug)]
pub struct Loaded {
    /// There when no problem is an error.
    pub config: Option<Config>,
    /// All of them, in the order of files and lines.
    pub problems: Vec<Problem>,
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

/// The environment the configuration is read in; a value, so that tests need no process of their own.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// Variables by name.
    pub variables: std::collections::HashMap<String, String>,
    /// Whether an unset `$CREDENTIALS_DIRECTORY` is an error (`run`, `once`) and not a warning (`check`).
    pub strict_credentials: bool,
}

/// Reads a configuration and all it includes, and reports every mistake at once.
pub fn load(path: &Path, environment: &Environment) -> Loaded {
    let _ = (path, environment);
    todo!()
}
pub mod opml {
    pub struct OpmlFeed;
    pub fn import(_: &[u8]) -> Result<Vec<OpmlFeed>, String> {
        todo!()
    }
    pub fn to_toml(_: &[OpmlFeed]) -> String {
        todo!()
    }
    pub fn export(_: &super::Config) -> String {
        todo!()
    }
}
pub fn template() -> &'static str {
    todo!()
}
pub fn report(_: &Loaded, _: bool) -> String {
    todo!()
}
pub fn find(_: Option<&Path>, _: &Environment, _: &Path) -> Result<PathBuf, String> {
    todo!()
}
impl Problem {
    pub fn record(&self) -> u8 {
        0
    }
}
