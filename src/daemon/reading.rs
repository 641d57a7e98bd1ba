//! Reading the configuration: everything that can fail, before anything is put in force.

use std::path::PathBuf;

use crate::config::{self, Environment, Look, Severity};
use crate::pipeline::Setup;
use crate::render::console::Style;

/// Reads a configuration whenever it is asked to.
#[derive(Debug, Clone)]
pub struct Reader {
    /// The file.
    pub path: PathBuf,
    /// The environment it is read in.
    pub environment: Environment,
    /// What a console notifier can show.
    pub style: Style,
    /// Whether [`Read::report`] may be coloured.
    pub colour: bool,
}

/// What was read.
pub struct Read {
    /// All problems for a person at a terminal, warnings included; "" where there is none.
    pub report: String,
    /// Ready to be put in force, or why not, a line a mistake.
    pub setup: Result<Setup, Vec<String>>,
    /// Lines of warnings.
    pub warnings: Vec<String>,
    /// Where the files stand.
    pub look: Look,
    /// The texts as a number.
    pub fingerprint: u64,
}

impl Reader {
    /// Reads the files and compiles what they say. Takes a while where there is much of it.
    pub fn read(&self) -> Read {
        let mut loaded = config::load(&self.path, &self.environment);
        let lines = |severity| loaded.problems.iter().filter(|p| p.severity == severity).map(|p| p.line()).collect();
        let (mistakes, warnings): (Vec<String>, Vec<String>) = (lines(Severity::Error), lines(Severity::Warning));
        let report = loaded.report(self.colour);
        let setup = match loaded.config.take() {
            Some(config) => Setup::new(config, self.style, false).map_err(|said| vec![said]),
            None => Err(mistakes),
        };
        Read { report, setup, warnings, look: loaded.look().clone(), fingerprint: loaded.fingerprint() }
    }

    /// How many mistakes there are, in a sentence: `feedwatch.toml: 2 mistakes`.
    pub fn mistakes(&self, said: &[String]) -> String {
        let count = if said.len() == 1 { "1 mistake".to_owned() } else { format!("{} mistakes", said.len()) };
        format!("{}: {count}", self.path.display())
    }
}
