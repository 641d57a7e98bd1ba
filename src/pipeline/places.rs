//! Places for polls: how many may wait for an answer, how many may work on one, and how long each may wait.
//!
//! | | places | what holds one |
//! |---|---|---|
//! | waiting | `waiting_at_once` | a poll, from its request to the head of the answer |
//! | of these, new | a half | one whose feed has never answered yet |
//! | of these, failing | a quarter | one whose feed failed the last time |
//! | working | `polls_at_once` | a body, from its first byte until what it says is settled |
//! | at a host | `polls_per_host` | a poll, until its answer is read |
//!
//! A server that accepts and says nothing costs a socket and little else, so that many may be waited for; but they are
//! waited for the shorter the more of them there are. So a hundred thousand of them take no more places than a
//! thousand, and those places are soon free again.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use crate::config::PollLimits;
use crate::net::descriptors;
use crate::store::Lane;

use super::workers::Workers;

/// However many are waiting, each gets this long: servers that answer at all do so within it.
const LEAST: Duration = Duration::from_secs(3);

/// The places of one program.
#[derive(Debug)]
pub struct Places {
    waiting: Arc<Semaphore>,
    new: Arc<Semaphore>,
    failing: Arc<Semaphore>,
    working: Arc<Semaphore>,
    workers: Workers,
    limits: RwLock<PollLimits>,
}

/// A place to wait for an answer; given back when it is dropped.
#[derive(Debug)]
pub struct Waiting {
    _all: Option<OwnedSemaphorePermit>,
    _lane: Option<OwnedSemaphorePermit>,
}

impl Places {
    /// As many as the limits say, and this process may have sockets for.
    pub fn new(limits: PollLimits) -> Self {
        let limits = within_descriptors(limits);
        let [waiting, new, failing, working] = counts(&limits).map(|count| Arc::new(Semaphore::new(count)));
        Self { waiting, new, failing, working, workers: Workers::default(), limits: RwLock::new(limits) }
    }

    /// As many as other limits say, from now on. Places that are too many are taken away as they become free.
    pub fn resize(&self, limits: PollLimits) {
        let limits = within_descriptors(limits);
        let before = std::mem::replace(&mut *self.limits.write().expect("no holder of this lock panics"), limits);
        let places = [&self.waiting, &self.new, &self.failing, &self.working];
        for (places, (before, now)) in places.into_iter().zip(counts(&before).into_iter().zip(counts(&limits))) {
            places.add_permits(now.saturating_sub(before));
            if let Some(fewer) = before.checked_sub(now).filter(|n| *n > 0).and_then(|n| u32::try_from(n).ok()) {
                let places = places.clone();
                // It stands in line with the polls, so that no later one has a place that is gone.
                tokio::spawn(async move { places.acquire_many(fewer).await.map(SemaphorePermit::forget) });
            }
        }
    }

    fn limits(&self) -> PollLimits {
        *self.limits.read().expect("no holder of this lock panics")
    }

    /// Polls of one lane that are worth claiming: those that have a place, and some that will have one soon.
    pub fn room(&self, lane: Lane) -> usize {
        let all = in_lane(&self.limits(), lane);
        (all + all / 4).max(4)
    }

    /// Polls at one host that are worth claiming.
    pub fn room_at_host(&self) -> usize {
        self.limits().per_host * 2
    }

    /// Waits for a place in a lane.
    pub async fn wait(&self, lane: Lane) -> Waiting {
        // No semaphore here is ever closed, so both waits end with a place.
        let _lane = match self.lane(lane) {
            Some(lane) => lane.clone().acquire_owned().await.ok(),
            None => None,
        };
        Waiting { _all: self.waiting.clone().acquire_owned().await.ok(), _lane }
    }

    /// What a lane has to itself; those that answer have the choice of all.
    fn lane(&self, lane: Lane) -> Option<&Arc<Semaphore>> {
        match lane {
            Lane::Answering => None,
            Lane::New => Some(&self.new),
            Lane::Failing => Some(&self.failing),
        }
    }

    /// Places for those that work.
    pub fn working(&self) -> &Arc<Semaphore> {
        &self.working
    }

    /// Threads that do the work.
    pub fn workers(&self) -> &Workers {
        &self.workers
    }

    /// How long the head of an answer may take now, of the longest it may: all of it while half of the places are free,
    /// among all and in its lane, then by the square of what is left.
    pub fn patience(&self, lane: Lane) -> Box<dyn Fn(Duration) -> Duration + Send + Sync> {
        let waiting = (self.waiting.clone(), in_lane(&self.limits(), Lane::Answering));
        let own = self.lane(lane).map(|own| (own.clone(), in_lane(&self.limits(), lane)));
        let free = |(places, all): &(Arc<Semaphore>, usize)| places.available_permits() as f64 / *all as f64;
        Box::new(move |longest| {
            let free = own.as_ref().map_or(1.0, free).min(free(&waiting));
            let share = (free * 2.0).min(1.0);
            longest.mul_f64(share * share).max(LEAST.min(longest))
        })
    }
}

/// How many of the places a lane may take.
fn in_lane(limits: &PollLimits, lane: Lane) -> usize {
    let places = match lane {
        Lane::Answering => limits.waiting,
        Lane::New => limits.waiting / 2,
        Lane::Failing => limits.waiting / 4,
    };
    places.max(1)
}

/// Half of the descriptors stay for the store, mail, webhooks and files.
fn within_descriptors(limits: PollLimits) -> PollLimits {
    PollLimits { waiting: limits.waiting.min(descriptors::raise_limit() / 2), ..limits }
}

/// Places to wait, for feeds that never answered, for those that failed, to work.
fn counts(limits: &PollLimits) -> [usize; 4] {
    let [waiting, new, failing] = Lane::ALL.map(|lane| in_lane(limits, lane));
    [waiting, new, failing, limits.at_once.max(1)]
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn who_waits_waits_the_shorter_the_more_there_are() {
        let places = Places::new(PollLimits { at_once: 2, per_host: 1, waiting: 8 });
        let longest = Duration::from_secs(30);
        let mut waiting = Vec::new();
        let mut patience = Vec::new();
        for _ in 0..8 {
            waiting.push(places.wait(Lane::Answering).await);
            patience.push(places.patience(Lane::Answering)(longest).as_secs());
        }
        assert_eq!(patience, [30, 30, 30, 30, 16, 7, 3, 3]);
        assert_eq!(places.patience(Lane::Answering)(Duration::from_secs(1)), Duration::from_secs(1));
        waiting.clear();
        // Two of the eight are for feeds that failed, and no more; they are waited for by what is left of the two.
        let _two = (places.wait(Lane::Failing).await, places.wait(Lane::Failing).await);
        assert_eq!((places.failing.available_permits(), places.waiting.available_permits()), (0, 6));
        assert_eq!(places.patience(Lane::Failing)(longest), LEAST);
        assert_eq!(places.patience(Lane::New)(longest), longest);
        // Four are for those that have never answered.
        let _four = (places.wait(Lane::New).await, places.wait(Lane::New).await, places.wait(Lane::New).await);
        assert_eq!((places.new.available_permits(), places.waiting.available_permits()), (1, 3));
    }

    #[tokio::test]
    async fn other_limits_hold_from_now_on() {
        let places = Places::new(PollLimits { at_once: 4, per_host: 1, waiting: 8 });
        let free = || [&places.waiting, &places.failing, &places.working].map(|p| p.available_permits());
        places.resize(PollLimits { at_once: 6, per_host: 3, waiting: 16 });
        assert_eq!((free(), places.room(Lane::Answering), places.room_at_host()), ([16, 4, 6], 20, 6));
        // Five of six work when there are to be two: three of them make no room for another.
        let mut at_work = Vec::new();
        for _ in 0..5 {
            at_work.push(places.working().clone().acquire_owned().await.unwrap());
        }
        places.resize(PollLimits { at_once: 2, per_host: 1, waiting: 8 });
        let mut next = Box::pin(places.working().acquire());
        for left in [4, 3, 2, 1] {
            tokio::task::yield_now().await;
            assert!(next.as_mut().now_or_never().is_none(), "with {} at work", left + 1);
            at_work.pop();
        }
        tokio::task::yield_now().await;
        let _next = next.as_mut().now_or_never().expect("a place");
        assert_eq!(free(), [8, 2, 0]);
    }
}
