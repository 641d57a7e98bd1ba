//! Finding and reading the configuration, for the commands that need one.

use std::path::{Path, PathBuf};

use crate::config::{self, Config, Environment, Problem, Severity};

use super::Failure;
use super::output::colour_on_stderr;
use crate::store::sqlite::AS_THE_SERVICE;
use crate::text::count::counted;
use crate::text::shown::escaped;

/// How much must be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// `run`, `once`: credentials must be there.
    Start,
    /// Looking only.
    Look,
    /// `check`: looking only, but closely.
    Closely,
}

/// The environment of this process.
pub fn environment(strictness: Strictness) -> Environment {
    let variables = std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
    Environment {
        variables: variables.collect(),
        strict_credentials: strictness == Strictness::Start,
        looks_closely: strictness == Strictness::Closely,
    }
}

/// Where the configuration is.
pub fn find(given: Option<&Path>, environment: &Environment) -> Result<PathBuf, Failure> {
    let here = std::env::current_dir().unwrap_or_default();
    config::find(given, environment, &here).map_err(|not_found| Failure::Usage(not_found.to_string()))
}

/// The configuration, its warnings told; every mistake told where there is one.
pub fn load(given: Option<&Path>, strictness: Strictness) -> Result<Config, Failure> {
    let environment = environment(strictness);
    let path = find(given, &environment)?;
    let loaded = config::load(&path, &environment);
    let report = loaded.report(colour_on_stderr());
    // What only looks needs no warnings of what it looks past.
    let errors = loaded.problems.iter().filter(|p| p.severity == Severity::Error).count();
    if errors > 0 || strictness == Strictness::Start {
        eprint!("{report}");
    }
    loaded.config.ok_or_else(|| Failure::Usage(mistakes(&path, &loaded.problems)))
}

/// How many mistakes a file has, in a line; of one that this user may not read, who may.
pub fn mistakes(path: &Path, problems: &[Problem]) -> String {
    let errors = || problems.iter().filter(|p| p.severity == Severity::Error);
    let mistakes = counted(errors().count(), "mistake", "mistakes");
    let denied = errors().any(|p| p.message.ends_with("permission denied")) && !rustix::process::geteuid().is_root();
    let hint = if denied { format!("; {AS_THE_SERVICE}") } else { String::new() };
    // One line: the name of a file may hold anything.
    format!("{}: {mistakes}{hint}", escaped(&path.to_string_lossy()))
}
