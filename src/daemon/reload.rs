//! Another configuration while the old one runs: asked for by SIGHUP or seen on disk, read to its end beside the loops,
//! then put in force in one switch, or refused whole.

use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::Signal;

use crate::app::App;
use crate::config::{Look, Stamp, changes, waiting_for_a_restart};
use crate::model::Reason;
use crate::store::{Accepted, KeptFile};

use super::reading::{Read, Reader};
use super::steps::Hints;
use super::tell;

/// Time between two looks at the files (`watch_files`), and between two tries where the store failed a reload. A change
/// counts when two looks have seen the same: an editor may still be writing.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// What was last read, and whether it is in force.
pub struct Known {
    look: Look,
    fingerprint: u64,
    /// For the store.
    kept: Vec<KeptFile>,
    /// The store failed when it was to be put in force.
    again: bool,
}

impl Known {
    /// Of a first reading.
    pub fn of(read: &Read) -> Self {
        Self { look: read.look.clone(), fingerprint: read.fingerprint, kept: read.kept.clone(), again: false }
    }
}

/// Follows signals and files, for ever.
pub async fn follow(app: &App, reader: &Reader, hints: &Hints, hangup: &mut Signal, mut known: Known) {
    let mut moving: Option<Stamp> = None;
    loop {
        let asked = tokio::select! {
            _ = hangup.recv() => true,
            () = tokio::time::sleep(LOOK_EVERY) => false,
        };
        let due = asked || known.again;
        if !due && (!app.setup().config.watch_files || !has_settled(&known.look, &mut moving).await) {
            continue;
        }
        moving = None;
        tell::reloading();
        let reads = reader.clone();
        let Ok(read) = tell::patiently(tokio::task::spawn_blocking(move || reads.read())).await else {
            tracing::error!("reading the configuration broke off by a fault of feedwatch itself; the old one runs on");
            tell::reloaded(app);
            continue;
        };
        let same = read.fingerprint == known.fingerprint;
        let again = known.again;
        known = Known::of(&read);
        if asked || again || !same {
            known.again = !tell::patiently(take(app, reader, &known, read)).await;
        }
        tell::reloaded(app);
        hints.everything();
    }
}

/// Whether the files are other than when they were read, and the same as at the look before.
async fn has_settled(look: &Look, moving: &mut Option<Stamp>) -> bool {
    let look = Arc::new(look.clone());
    let at_disk = look.clone();
    // A look that fails is made again.
    let Ok(stamp) = tokio::task::spawn_blocking(move || at_disk.stamp()).await else { return false };
    if stamp == *look.seen() {
        *moving = None;
        return false;
    }
    let settled = moving.as_ref() == Some(&stamp);
    *moving = Some(stamp);
    settled
}

/// Puts what was read in force, or tells why not. `false`: the store failed, and it should be tried again.
async fn take(app: &App, reader: &Reader, known: &Known, read: Read) -> bool {
    read.warnings.iter().for_each(|said| tracing::warn!("{said}"));
    let setup = match read.setup {
        Ok(setup) => setup,
        Err(said) => {
            refuse(app, reader, &said, "the old one runs on").await;
            return true;
        }
    };
    let before = app.setup();
    let what = changes(&before.config, &setup.config);
    for key in waiting_for_a_restart(&before.config, &setup.config) {
        tracing::warn!("{key} needs a restart: what was in force before holds until then");
    }
    if let Err(error) = app.reload(setup).await {
        tracing::error!("the new configuration could not be put in force, and is tried again: {error}");
        return false;
    }
    tracing::info!("reloaded: {what}; now {}", app.setup().config.inventory());
    accepted(app, known).await;
    tell::hanging(app).await;
    true
}

/// A configuration is in force that its files say: it is kept, and whatever stood against them is over.
pub async fn accepted(app: &App, known: &Known) {
    let accepted = Accepted { at: app.now(), files: known.kept.clone() };
    if let Err(error) = app.desk().call(move |store| store.keep_accepted(&accepted)).await {
        tracing::warn!("this configuration could not be kept for a start with a bad file: {error}");
    }
    match app.end_service(Reason::ConfigRejected, "").await {
        Ok(true) => tracing::info!("the configuration is good again"),
        Ok(false) => {}
        Err(error) => tracing::error!("{error}"),
    }
}

/// Tells that the files cannot be used and what is in force, to the log and to whoever hears of the service.
pub async fn refuse(app: &App, reader: &Reader, said: &[String], instead: &str) {
    said.iter().for_each(|line| tracing::error!("{line}"));
    tracing::error!("the new configuration was not accepted, and {instead}: {}", reader.mistakes(said));
    match app.raise_service(Reason::ConfigRejected, "", said.join("\n")).await {
        Ok(Some(alert)) => tell::news(&alert),
        Ok(None) => {}
        Err(error) => tracing::error!("{error}"),
    }
}
