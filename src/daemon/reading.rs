//! Reading the configuration: everything that can fail, before anything is put in force.

use std::path::PathBuf;

use crate::config::{self, Config, Environment, Look, Severity};
use crate::model::Time;
use crate::pipeline::Setup;
use crate::render::console::Style;
use crate::store::{KeptFile, SqliteStore, Store};
use crate::text::shown::escaped;

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
    /// The files for the store.
    pub kept: Vec<KeptFile>,
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
            Some(config) => self.compiled(config).map_err(|said| vec![said]),
            None => Err(mistakes),
        };
        let kept = loaded.keep();
        Read { report, setup, kept, warnings, look: loaded.look().clone(), fingerprint: loaded.fingerprint() }
    }

    /// The configuration that was last accepted, with the time of that, ready to be put in force; or why there is none.
    /// Asked for where the files cannot be used: in the store that their readable part names, else the default one.
    pub fn last_accepted(&self) -> Result<(Setup, Time), String> {
        let now = config::load(&self.path, &self.environment);
        let Some(path) = now.store.as_ref().filter(|path| path.exists()) else {
            return Err("no configuration was accepted before".to_owned());
        };
        let kept = SqliteStore::beside(path).and_then(|mut store| store.accepted()).map_err(|e| e.said)?;
        let Some(accepted) = kept.filter(|kept| config::is_of(&kept.files, &self.path)) else {
            return Err(format!("{} holds no configuration that was accepted before", path.display()));
        };
        let at = accepted.at;
        let cannot = |said: String| format!("the one accepted at {at} cannot be used either: {said}");
        let loaded = config::load_kept(&accepted.files, &now, &self.environment).map_err(cannot)?;
        let config = loaded.config.ok_or_else(|| cannot("it cannot be read any more".to_owned()))?;
        Ok((self.compiled(config).map_err(cannot)?, at))
    }

    /// With its watchlist, so that no document waits for it.
    fn compiled(&self, config: Config) -> Result<Setup, String> {
        let setup = Setup::new(config, self.style, false)?;
        setup.watchlist();
        Ok(setup)
    }

    /// How many mistakes there are, in a sentence: `feedwatch.toml: 2 mistakes`.
    pub fn mistakes(&self, said: &[String]) -> String {
        let count = if said.len() == 1 { "1 mistake".to_owned() } else { format!("{} mistakes", said.len()) };
        format!("{}: {count}", escaped(&self.path.to_string_lossy()))
    }
}
