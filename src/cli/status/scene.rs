//! What `status` shows: what the configuration says, and what the store, its lock and its disk know of it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::cli::output::colour_on_stderr;
use crate::cli::{Failure, load};
use crate::config::{self, Config, Environment, Look};
use crate::model::{Clock, FeedMemory, FeedName, NotifierHealth, NotifierName, Standing, SystemClock, Time};
use crate::pipeline::condition::{Facts, Finding, Runs, findings};
use crate::pipeline::health::LOOKED;
use crate::store::sqlite::lock;
use crate::store::{Backlog, Outbox, Size, SqliteStore, Store, StoreError};
use crate::text::shown::escaped;

/// Names and places. Where the files cannot be used, the store alone says which feeds and notifiers there are.
pub struct Scene {
    pub store: PathBuf,
    pub feeds: Vec<(FeedName, String)>,
    pub notifiers: Vec<NotifierName>,
    /// Why the files cannot be used.
    pub unusable: Option<Unusable>,
    look: Look,
}

/// A configuration with mistakes.
pub struct Unusable {
    /// For a person: each mistake at its place.
    pub report: String,
    /// In a line, with the first of them.
    pub said: String,
    /// How many there are, and in which file.
    pub count: String,
}

impl Scene {
    /// Reads the files. Where they cannot be used, the store that their readable part names says what there is; where that
    /// is not there either, nothing can be shown.
    pub fn read(path: &Path, environment: &Environment) -> Result<Self, Failure> {
        let loaded = config::load(path, environment);
        let look = loaded.look().clone();
        if let Some(config) = loaded.config {
            return Ok(Self::of(config, look));
        }
        let count = load::mistakes(path, &loaded.problems);
        let report = loaded.report(colour_on_stderr());
        let Some(store) = loaded.store.clone().filter(|store| store.exists()) else {
            eprint!("{report}");
            return Err(Failure::Usage(count));
        };
        let first = loaded.problems.iter().find(|p| p.severity == config::Severity::Error).map(|p| p.line());
        let said = escaped(&first.unwrap_or_else(|| count.clone())).into_owned();
        Ok(Self {
            store,
            feeds: Vec::new(),
            notifiers: Vec::new(),
            unusable: Some(Unusable { report, said, count }),
            look,
        })
    }

    fn of(config: Config, look: Look) -> Self {
        Self {
            store: config.store,
            feeds: config.feeds.into_iter().map(|f| (f.name, f.url)).collect(),
            notifiers: config.notifiers.into_iter().map(|n| n.name).collect(),
            unusable: None,
            look,
        }
    }

    /// Whether the files are other than when they were read.
    pub fn is_stale(&self) -> bool {
        self.look.stamp() != *self.look.seen()
    }
}

/// What the store, its lock and its disk say.
pub struct Known {
    pub feeds: HashMap<FeedName, FeedMemory>,
    pub notifiers: HashMap<NotifierName, NotifierHealth>,
    pub standing: Vec<Standing>,
    pub backlog: Vec<Backlog>,
    pub outbox: Outbox,
    pub size: Size,
    pub looked: Option<Time>,
    pub runs: Runs,
    free: Option<u64>,
    pub now: Time,
}

impl Known {
    /// Reads the store of a scene, and completes what the files could not say.
    pub fn read(scene: &mut Scene) -> Result<Self, StoreError> {
        let mut store = SqliteStore::beside(&scene.store)?;
        let runs = match lock::look(&scene.store) {
            lock::Holder::Held(who) => Runs::Yes(who),
            lock::Holder::Free(before) => Runs::No(before),
            lock::Holder::Unknown => Runs::Unknown,
        };
        let feeds = store.feeds()?;
        let notifiers = store.notifier_health()?;
        let backlog = store.backlog()?;
        if scene.unusable.is_some() {
            scene.feeds = feeds.iter().map(|(name, memory)| (name.clone(), memory.url.clone())).collect();
            let names = notifiers.iter().map(|(name, _)| name).chain(backlog.iter().map(|b| &b.notifier));
            scene.notifiers = names.cloned().collect();
            scene.notifiers.sort();
            scene.notifiers.dedup();
        }
        Ok(Self {
            feeds: feeds.into_iter().collect(),
            notifiers: notifiers.into_iter().collect(),
            standing: store.standing()?,
            backlog,
            outbox: store.outbox()?,
            size: store.size()?,
            looked: store.mark(LOOKED)?,
            runs,
            free: lock::free_bytes(&scene.store),
            now: SystemClock.now(),
        })
    }

    /// All that is not well, the worst first.
    pub fn findings(&self, scene: &Scene) -> Vec<Finding> {
        findings(&Facts {
            feeds: scene.feeds.iter().filter_map(|(name, _)| self.feeds.get_key_value(name)).collect(),
            standing: &self.standing,
            backlog: &self.backlog,
            outbox: self.outbox,
            notifiers: scene.notifiers.clone(),
            unusable: scene.unusable.as_ref().map(|u| u.said.as_str()),
            runs: self.runs.clone(),
            looked: self.looked,
            free: self.free,
            now: self.now,
        })
    }
}
