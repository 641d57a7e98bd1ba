//! `feedwatch doctor`: what around feedwatch could keep it from its work.

mod checks;

use serde::Serialize;

use crate::config;

use super::load::{Strictness, environment, find};
use super::{Common, Failure, Results};

/// Looks at what feedwatch stands on, a line each: ok, a warning or an error, and what to do. Exit 1 when there is an error.
/// It asks nobody outside this machine but the resolver; `check --online` asks feeds and notifiers.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  sudo -u feedwatch feedwatch doctor -c /etc/feedwatch/feedwatch.toml      as the service sees it
  feedwatch doctor --json | jq 'select(.state != \"ok\")'")]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
}

/// How one thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// As it should be.
    Ok,
    /// It works, and may not for long.
    Warning,
    /// It does not.
    Error,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "check")]
pub struct Check {
    /// What was looked at, in a word.
    pub name: &'static str,
    /// How it is.
    pub state: State,
    /// In words.
    pub said: String,
    /// What to do.
    pub hint: Option<String>,
}

impl Check {
    fn new(name: &'static str, state: State, said: impl Into<String>) -> Self {
        Self { name, state, said: said.into(), hint: None }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let surroundings = environment(Strictness::Look);
    let path = find(arguments.common.config.as_deref(), &surroundings)?;
    let loaded = config::load(&path, &surroundings);
    let mut all = vec![checks::configuration(&path, &loaded)];
    if let Some(config) = &loaded.config {
        all.push(checks::credentials(&path, &environment(Strictness::Start)));
        all.push(checks::resolver(config));
        all.extend([checks::disk(config), checks::permissions(config), checks::store(config)]);
        all.push(checks::clock(Some(config)));
    } else {
        all.push(checks::clock(None));
    }
    all.extend([checks::roots(), checks::unit()]);
    let mut results = Results::open();
    for check in &all {
        if arguments.common.json {
            results.record(check)?;
            continue;
        }
        let word = match check.state {
            State::Ok => "ok",
            State::Warning => "warning",
            State::Error => "error",
        };
        let hint = check.hint.as_ref().map(|h| format!(": {h}")).unwrap_or_default();
        results.line(&format!("{:<14} {word:<8} {}{hint}", check.name, check.said))?;
    }
    results.flush()?;
    if all.iter().any(|c| c.state == State::Error) { Err(Failure::Quiet(1)) } else { Ok(()) }
}
