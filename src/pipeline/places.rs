//! Places for polls: how many may wait for an answer, how many may work on one, and how long each may wait.
//!
//! | | places | what holds one |
//! |---|---|---|
//! | waiting | `waiting_at_once` | a poll, from its request to the head of the answer |
//! | of these, failing | a quarter | one whose feed failed the last time |
//! | working | `polls_at_once` | a body, from its first byte until what it says is settled |
//! | at a host | `polls_per_host` | a poll, until its answer is read |
//!
//! A server that accepts and says nothing costs a socket and little else, so that many may be waited for; but they are
//! waited for the shorter the more of them there are. So a hundred thousand of them take no more places than a
//! thousand, and those places are soon free again.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::PollLimits;

/// However many are waiting, each gets this long: servers that answer at all do so within it.
const LEAST: Duration = Duration::from_secs(3);

/// The places of one program.
#[derive(Debug)]
pub struct Places {
    waiting: Arc<Semaphore>,
    failing: Arc<Semaphore>,
    working: Arc<Semaphore>,
    limits: PollLimits,
}

/// A place to wait for an answer; given back when it is dropped.
#[derive(Debug)]
pub struct Waiting {
    _all: Option<OwnedSemaphorePermit>,
    _failing: Option<OwnedSemaphorePermit>,
}

impl Places {
    /// As many as the limits say.
    pub fn new(limits: PollLimits) -> Self {
        let places = |count: usize| Arc::new(Semaphore::new(count.max(1)));
        Self {
            waiting: places(limits.waiting),
            failing: places(limits.waiting / 4),
            working: places(limits.at_once),
            limits,
        }
    }

    /// Polls of one lane that are worth claiming: those that have a place, and some that will have one soon.
    pub fn room(&self, failing: bool) -> usize {
        let all = if failing { self.limits.waiting / 4 } else { self.limits.waiting };
        (all + all / 4).max(4)
    }

    /// Polls at one host that are worth claiming.
    pub fn room_at_host(&self) -> usize {
        self.limits.per_host * 2
    }

    /// Waits for a place; a feed that failed the last time has fewer to choose from.
    pub async fn wait(&self, failing: bool) -> Waiting {
        // No semaphore here is ever closed, so both waits end with a place.
        let _failing = if failing { self.failing.clone().acquire_owned().await.ok() } else { None };
        Waiting { _all: self.waiting.clone().acquire_owned().await.ok(), _failing }
    }

    /// Places for those that work.
    pub fn working(&self) -> &Arc<Semaphore> {
        &self.working
    }

    /// How long the head of an answer may take now, of the longest it may: all of it while half of the places are free,
    /// then by the square of what is left.
    pub fn patience(&self) -> Box<dyn Fn(Duration) -> Duration + Send + Sync> {
        let (waiting, all) = (self.waiting.clone(), self.limits.waiting.max(1));
        Box::new(move |longest| {
            let share = (waiting.available_permits() as f64 * 2.0 / all as f64).min(1.0);
            longest.mul_f64(share * share).max(LEAST.min(longest))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_waits_waits_the_shorter_the_more_there_are() {
        let places = Places::new(PollLimits { at_once: 2, per_host: 1, waiting: 8 });
        let longest = Duration::from_secs(30);
        let mut waiting = Vec::new();
        let mut patience = Vec::new();
        for _ in 0..8 {
            waiting.push(places.wait(false).await);
            patience.push(places.patience()(longest).as_secs());
        }
        assert_eq!(patience, [30, 30, 30, 30, 16, 7, 3, 3]);
        assert_eq!(places.patience()(Duration::from_secs(1)), Duration::from_secs(1));
        waiting.clear();
        // Two of the eight are for feeds that failed, and no more.
        let _two = (places.wait(true).await, places.wait(true).await);
        assert_eq!((places.failing.available_permits(), places.waiting.available_permits()), (0, 6));
    }
}
