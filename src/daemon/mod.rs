//! The waiting: the three steps as loops that wake by hint or by due time, signals, readiness, a bounded end.

mod health;
mod reading;
mod reload;
mod steps;
mod tell;
mod watchdog;

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::app::App;
use crate::model::{SystemClock, Time};
use crate::pipeline::Setup;
use crate::store::sqlite::OpenOptions;
use crate::store::{StoreError, Trouble};

pub use reading::{Read, Reader};
pub use reload::Known;
pub use tell::POLLS;

/// How long an attempt under way may go on after the word to stop; whatever is cut off then is due at once at the next
/// start. Well under the ten seconds that are promised.
const GRACE: Duration = Duration::from_secs(5);

/// What a daemon starts with.
pub struct Start {
    /// What is put in force.
    pub setup: Setup,
    /// What the files said.
    pub known: Known,
    /// They cannot be used, for these mistakes, and what is put in force was accepted then.
    pub instead: Option<(Vec<String>, Time)>,
}

/// Runs until SIGTERM or SIGINT; a second one ends it at once. `reader` reads the configuration again when SIGHUP or its
/// files say so.
pub async fn run(reader: Reader, start: Start) -> Result<(), StoreError> {
    let Start { setup, known, instead } = start;
    let mut signals = Signals::open()?;
    let opening = tokio::spawn(App::open(setup, "run", Arc::new(SystemClock), OpenOptions::default()));
    let (app, store) = tokio::select! {
        opened = tell::patiently(opening) => opened.unwrap_or_else(|_| Err(broke_off()))?,
        // Nothing has begun: a migration cut off is rolled back.
        () = signals.stop() => return Ok(()),
    };
    let (stop, stopped) = watch::channel(false);
    let hints = Arc::new(steps::Hints::default());
    let loops = steps::start(&app, &hints, &stopped);
    tell::ready(&app);
    let following = async {
        match instead {
            Some((said, at)) => {
                reload::refuse(&app, &reader, &said, &format!("the one accepted at {at} runs in its place")).await;
                hints.everything();
            }
            None => reload::accepted(&app, &known).await,
        }
        tell::hanging(&app).await;
        reload::follow(&app, &reader, &hints, &mut signals.hangup, known).await;
    };
    tokio::select! {
        () = following => {}
        () = Signals::either(&mut signals.terminate, &mut signals.interrupt) => {}
    }
    tell::stopping();
    // The loops hear of it at once; nobody else listens.
    let _ = stop.send(true);
    tokio::select! {
        () = wind_down(app, loops, store) => {}
        () = signals.stop() => {
            tracing::warn!("a second signal: ended at once; what was under way is due at the next start");
        }
    }
    Ok(())
}

/// Lets what is under way end within its grace, then the store.
async fn wind_down(app: Arc<App>, mut loops: JoinSet<()>, store: JoinHandle<()>) {
    let ended = tokio::time::timeout(GRACE, async { while loops.join_next().await.is_some() {} }).await;
    if ended.is_err() {
        tracing::info!("what was still under way is cut off, and due at the next start");
        loops.shutdown().await;
    }
    drop(app);
    // The last commit: the thread ends when the last question to the store is answered.
    let last = tokio::task::spawn_blocking(move || store.join());
    if tokio::time::timeout(Duration::from_secs(3), last).await.is_err() {
        tracing::warn!("the store is still writing; what it has not written will be done again");
    }
}

/// The signals that are listened to.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    fn open() -> Result<Self, StoreError> {
        let listen = |kind| {
            signal(kind).map_err(|e| StoreError::new(Trouble::Broken, format!("signals cannot be received: {e}")))
        };
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            hangup: listen(SignalKind::hangup())?,
        })
    }

    /// The word to stop.
    async fn stop(&mut self) {
        Self::either(&mut self.terminate, &mut self.interrupt).await;
    }

    async fn either(terminate: &mut Signal, interrupt: &mut Signal) {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    }
}

fn broke_off() -> StoreError {
    StoreError::new(Trouble::Broken, "opening the store broke off by a fault of feedwatch itself")
}
