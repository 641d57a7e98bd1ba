//! Poll, plan, deliver: each a loop that does what is due, then waits for a hint, a due time, or the end.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::app::{App, Polls, Sends};
use crate::model::Time;
use crate::store::StoreError;

use super::tell;
use super::watchdog::{self, Pulse};

/// The longest that a loop sleeps before it looks at the table again: other commands write there too.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// Feeds are taken so long before they are due: the table is asked a few times a second, however many polls there are in it.
const AHEAD: Duration = Duration::from_millis(1000);
/// And looked for so long before the next one is: a store that is at work for a while makes none of them late.
const BEFORE: Duration = Duration::from_millis(500);
/// Those that are due within so short a time are begun together.
const TOGETHER: Duration = Duration::from_millis(10);
/// With feeds waiting for room, those that a poll's end lets in are looked for a moment later, together with others.
const AFTER_AN_END: Duration = Duration::from_millis(5);
/// The shortest pause.
const AT_LEAST: Duration = Duration::from_millis(20);
/// How long a step rests after the store has failed it.
const AFTER_TROUBLE: Duration = Duration::from_secs(5);
/// Time between two looks for something to forget.
const FORGET_EVERY: Duration = Duration::from_secs(3600);

/// Wakes a step whose work has been settled by another.
#[derive(Default)]
pub struct Hints {
    poll: Notify,
    plan: Notify,
    deliver: Notify,
}

impl Hints {
    /// Wakes the planner.
    pub fn plan(&self) {
        self.plan.notify_one();
    }

    /// Wakes every step.
    pub fn everything(&self) {
        [&self.poll, &self.plan, &self.deliver].into_iter().for_each(Notify::notify_one);
    }
}

/// Starts the loops; they end by themselves when `stopped` says so.
pub fn start(app: &Arc<App>, hints: &Arc<Hints>, stopped: &watch::Receiver<bool>) -> JoinSet<()> {
    let mut loops = JoinSet::new();
    let pulse = Arc::new(Pulse::default());
    loops.spawn(polling(app.clone(), hints.clone(), pulse.clone(), stopped.clone()));
    loops.spawn(planning(app.clone(), hints.clone(), pulse.clone(), stopped.clone()));
    loops.spawn(delivering(app.clone(), hints.clone(), pulse.clone(), stopped.clone()));
    loops.spawn(forgetting(app.clone(), stopped.clone()));
    loops.spawn(super::health::looking(app.clone(), hints.clone(), stopped.clone()));
    let stopped = stopped.clone();
    loops.spawn(async move { watchdog::feed(&pulse, stopped).await });
    loops
}

async fn polling(app: Arc<App>, hints: Arc<Hints>, pulse: Arc<Pulse>, mut stopped: watch::Receiver<bool>) {
    let mut polls = Polls::default();
    let mut trouble = Trouble::default();
    while !*stopped.borrow() {
        pulse.beat(0);
        let begun = app.begin_polls_ahead(&mut polls, app.now(), AHEAD).await;
        let wait = match (trouble.begun(begun), polls.crowded()) {
            (Some(wait), _) | (None, Some(wait)) => wait,
            (None, None) => before(until(&app, app.next_poll(&polls).await)),
        };
        let mut look = Instant::now() + wait;
        let mut begin = Instant::now();
        // Polls end all the time; feeds are looked for when one is due, or may have room now.
        loop {
            let (now, instant) = (app.now(), Instant::now());
            if instant >= begin {
                app.begin_soon(&mut polls, now);
                begin = instant + TOGETHER;
            }
            let soon = polls.next_soon().map_or(look, |due| look.min(begin.max(instant + due.since(now))));
            tokio::select! {
                Some(polled) = app.next_polled(&mut polls) => match polled {
                    Ok(polled) => {
                        pulse.beat(0);
                        trouble.of(Ok(()));
                        tell::polled(&polled);
                        if !polled.alerts.is_empty() {
                            hints.plan.notify_one();
                        }
                        if polls.wait_for_room() {
                            look = look.min(Instant::now() + AFTER_AN_END);
                        } else if polled.next.is_some() {
                            look = look.min(Instant::now() + before(until(&app, Ok(polled.next))));
                        }
                        continue;
                    }
                    Err(error) => rest(trouble.of(Err(error)), &mut stopped).await,
                },
                () = tokio::time::sleep_until(soon) => {
                    if soon < look {
                        continue;
                    }
                }
                () = hints.poll.notified() => {}
                _ = stopped.changed() => {}
            }
            break;
        }
    }
    // Polls under way are cut off: they cost nobody anything, and are due at once at the next start.
}

async fn planning(app: Arc<App>, hints: Arc<Hints>, pulse: Arc<Pulse>, mut stopped: watch::Receiver<bool>) {
    let mut trouble = Trouble::default();
    while !*stopped.borrow() {
        pulse.beat(1);
        let wait = match trouble.of(app.plan_due().await) {
            Some(wait) => wait,
            None => {
                hints.deliver.notify_one();
                until(&app, app.next_plan().await)
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = hints.plan.notified() => {}
            _ = stopped.changed() => {}
        }
    }
}

async fn delivering(app: Arc<App>, hints: Arc<Hints>, pulse: Arc<Pulse>, mut stopped: watch::Receiver<bool>) {
    let mut sends = Sends::default();
    let mut trouble = Trouble::default();
    while !*stopped.borrow() {
        pulse.beat(2);
        let begun = app.begin_deliveries(&mut sends, app.now()).await;
        let wait = trouble.begun(begun).unwrap_or(until(&app, app.next_attempt(&sends).await));
        tokio::select! {
            Some(attempted) = app.next_attempted(&mut sends) => match attempted {
                Ok(attempted) => {
                    trouble.of(Ok(()));
                    tell::attempted(&attempted);
                    if attempted.released {
                        hints.plan.notify_one();
                    }
                }
                Err(error) => rest(trouble.of(Err(error)), &mut stopped).await,
            },
            () = tokio::time::sleep(wait) => {}
            () = hints.deliver.notified() => {}
            _ = stopped.changed() => {}
        }
    }
    // What is under way may still be accepted: it gets its grace, so that it is not sent twice.
    while let Some(attempted) = app.next_attempted(&mut sends).await {
        match attempted {
            Ok(attempted) => tell::attempted(&attempted),
            Err(error) => tracing::warn!("{error}"),
        }
    }
}

async fn forgetting(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        // One batch after the other, with other writes between them.
        while app.prune().await.is_ok_and(|more| more) && !*stopped.borrow() {}
        tokio::select! {
            () = tokio::time::sleep(FORGET_EVERY) => {}
            _ = stopped.changed() => {}
        }
    }
}

/// How long until a step has something due that it can take, at most [`LOOK_AGAIN`]. What has no place waits for one, that is,
/// for a task to end; a short pause bounds the cost of being wrong about that.
fn until(app: &App, due: Result<Option<Time>, StoreError>) -> Duration {
    // A store that fails here fails at the next step too, which says so.
    due.ok().flatten().map_or(LOOK_AGAIN, |due| due.since(app.now()).clamp(AT_LEAST, LOOK_AGAIN))
}

/// A wait for a feed, ended in time for it to be taken.
fn before(wait: Duration) -> Duration {
    wait.saturating_sub(BEFORE).max(AT_LEAST)
}

async fn rest(wait: Option<Duration>, stopped: &mut watch::Receiver<bool>) {
    tokio::select! {
        () = tokio::time::sleep(wait.unwrap_or_default()) => {}
        _ = stopped.changed() => {}
    }
}

/// The store's trouble, told when it begins, changes and ends, and not at every turn.
#[derive(Default)]
struct Trouble(Option<String>);

impl Trouble {
    /// The same for a claim, which reads only: that it went well proves nothing about writing.
    fn begun(&mut self, result: Result<(), StoreError>) -> Option<Duration> {
        result.is_err().then(|| self.of(result)).flatten()
    }

    /// How long to rest, if at all.
    fn of(&mut self, result: Result<(), StoreError>) -> Option<Duration> {
        match result {
            Ok(()) => {
                if self.0.take().is_some() {
                    tracing::info!("the store works again");
                }
                None
            }
            Err(error) => {
                if self.0.as_deref() != Some(&error.said) {
                    tracing::error!("{error}; trying again");
                }
                self.0 = Some(error.said);
                Some(AFTER_TROUBLE)
            }
        }
    }
}
