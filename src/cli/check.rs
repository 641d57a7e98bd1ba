//! `feedwatch check`: every mistake of a configuration at once.

use crate::config::{self, Severity};

use super::load::{Strictness, environment, find};
use super::output::style;
use super::{Common, Failure, Results};

/// Reads the configuration and all it includes, and reports every mistake, each with its place. Exit 0 when there is no
/// error, else 2.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  feedwatch check
  feedwatch check -c /etc/feedwatch/feedwatch.toml --json | jq .message")]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let environment = environment(Strictness::Look);
    let path = find(arguments.common.config.as_deref(), &environment)?;
    let loaded = config::load(&path, &environment);
    let mut results = Results::open();
    if arguments.common.json {
        loaded.problems.iter().try_for_each(|problem| results.record(&problem.json()))?;
    } else {
        results.text(&loaded.report(style().colour))?;
    }
    results.flush()?;
    let count = |severity| loaded.problems.iter().filter(|p| p.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    if let (false, Some(config)) = (arguments.common.json, &loaded.config) {
        eprintln!(
            "{}: {}, {}",
            path.display(),
            config.inventory(),
            if warnings == 0 { "no mistake" } else { "no error" }
        );
    }
    if errors > 0 { Err(Failure::Quiet(2)) } else { Ok(()) }
}
