//! The waiting: the three steps as loops that wake by hint or by due time, signals, readiness, a bounded end.

mod health;
mod steps;
mod tell;
mod watchdog;

use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::app::App;
use crate::model::SystemClock;
use crate::pipeline::Setup;
use crate::store::sqlite::OpenOptions;
use crate::store::{StoreError, Trouble};

/// How long an attempt under way may go on after the word to stop; whatever is cut off then is due at once at the next
/// start. Well under the ten seconds that are promised.
const GRACE: Duration = Duration::from_secs(5);

/// Runs until SIGTERM or SIGINT. `reload` reads the configuration anew and does everything that can fail; its error has
/// been told in full.
pub async fn run(setup: Setup, reload: impl Fn() -> Result<Setup, String> + Send + 'static) -> Result<(), StoreError> {
    let no_signals = |e: std::io::Error| StoreError::new(Trouble::Broken, format!("signals cannot be received: {e}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(no_signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(no_signals)?;
    let mut hangup = signal(SignalKind::hangup()).map_err(no_signals)?;
    let (app, store) = App::open(setup, "run", Arc::new(SystemClock), OpenOptions::default()).await?;
    let (stop, stopped) = watch::channel(false);
    let hints = Arc::new(steps::Hints::default());
    let mut loops = steps::start(&app, &hints, &stopped);
    tell::ready(&app);
    tell::hanging(&app).await;
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = hangup.recv() => {
                match reload() {
                    Ok(setup) => match app.reload(setup).await {
                        Ok(()) => {
                            tell::reloaded(&app);
                            tell::hanging(&app).await;
                        }
                        Err(error) => tracing::error!("the new configuration could not be put in force: {error}"),
                    },
                    Err(said) => tracing::error!("the new configuration was not accepted, and the old one runs on: {said}"),
                }
                hints.everything();
            }
        }
    }
    tell::stopping();
    // The loops hear of it at once; nobody else listens.
    let _ = stop.send(true);
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
    Ok(())
}
