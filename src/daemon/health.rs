//! The loop that looks after the service itself: what fails is told, a ping goes out while all is well, and a store that
//! cannot be written is told past the store.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::app::App;
use crate::model::{Alert, Time};
use crate::pipeline::outcry::Outcry;

use super::steps::Hints;
use super::tell;

/// Between two looks: nobody is told of a trouble of the service within seconds, and each look is one small commit.
const EVERY: Duration = Duration::from_secs(10);
/// A store that fails for less is not worth a message past it.
const OUTCRY_AFTER: Duration = Duration::from_secs(30);
/// Rounds of attempts at those who could not be told of it.
const OUTCRIES: u32 = 20;

/// Looks until stopped.
pub async fn looking(app: Arc<App>, hints: Arc<Hints>, mut stopped: watch::Receiver<bool>) {
    let mut trouble = StoreTrouble::default();
    let mut ping_fails = false;
    while !*stopped.borrow() {
        let turn = async {
            match app.look().await {
                Ok(mut raised) => {
                    raised.extend(trouble.over(&app).await);
                    news(&raised, &hints);
                    tell::condition(&app).await;
                    ping(&app, &mut ping_fails).await;
                }
                Err(error) => trouble.tell(&app, &error).await,
            }
        };
        tokio::select! {
            () = turn => {}
            _ = stopped.changed() => return,
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = stopped.changed() => {}
        }
    }
}

fn news(raised: &[Alert], hints: &Hints) {
    for alert in raised {
        tell::news(alert);
    }
    if !raised.is_empty() {
        hints.plan();
    }
}

/// A ping that brings no answer is said once, and once when it does again.
async fn ping(app: &App, fails: &mut bool) {
    match app.ping().await {
        Ok(Some(Ok(()))) if std::mem::take(fails) => tracing::info!("the heartbeat's address answers again"),
        Ok(Some(Err(said))) if !std::mem::replace(fails, true) => {
            tracing::warn!("the heartbeat's address did not take the ping: {said}");
        }
        // Not due, sent, said before; or the store failed, which the next look says.
        _ => {}
    }
}

/// A store that cannot be written, from the first look that failed.
#[derive(Default)]
struct StoreTrouble {
    since: Option<Time>,
    outcry: Option<Outcry>,
    rounds: u32,
}

impl StoreTrouble {
    async fn tell(&mut self, app: &App, error: &crate::store::StoreError) {
        let now = app.now();
        let since = *self.since.get_or_insert(now);
        if now.since(since) < OUTCRY_AFTER || self.rounds >= OUTCRIES {
            return;
        }
        self.rounds += 1;
        let outcry = self.outcry.get_or_insert_with(|| Outcry::of(error, since));
        if self.rounds == 1 {
            let (id, reason) = (&outcry.alert.id, outcry.alert.reason);
            tracing::error!(alert = %id, %reason, "service, told past the store: {}", outcry.alert.sentence);
        }
        if outcry.tell(&app.setup(), now).await == 0 {
            self.rounds = OUTCRIES;
        }
    }

    /// The store can be written again.
    async fn over(&mut self, app: &App) -> Vec<Alert> {
        let Self { outcry, .. } = std::mem::take(self);
        let Some(outcry) = outcry else { return Vec::new() };
        match app.outcry_over(&outcry).await {
            Ok(raised) => raised,
            Err(error) => {
                tracing::error!("{error}; trying again");
                self.outcry = Some(outcry);
                self.rounds = OUTCRIES;
                Vec::new()
            }
        }
    }
}
