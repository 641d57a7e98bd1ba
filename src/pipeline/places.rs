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

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::PollLimits;
use crate::store::Lane;

/// However many are waiting, each gets this long: servers that answer at all do so within it.
const LEAST: Duration = Duration::from_secs(3);

/// The places of one program.
#[derive(Debug)]
pub struct Places {
    waiting: Arc<Semaphore>,
    new: Arc<Semaphore>,
    failing: Arc<Semaphore>,
    working: Arc<Semaphore>,
    limits: PollLimits,
}

/// A place to wait for an answer; given back when it is dropped.
#[derive(Debug)]
pub struct Waiting {
    _all: Option<OwnedSemaphorePermit>,
    _lane: Option<OwnedSemaphorePermit>,
}

impl Places {
    /// As many as the limits say.
    pub fn new(limits: PollLimits) -> Self {
        let places = |count: usize| Arc::new(Semaphore::new(count.max(1)));
        Self {
            waiting: places(in_lane(&limits, Lane::Answering)),
            new: places(in_lane(&limits, Lane::New)),
            failing: places(in_lane(&limits, Lane::Failing)),
            working: places(limits.at_once),
            limits,
        }
    }

    /// Polls of one lane that are worth claiming: those that have a place, and some that will have one soon.
    pub fn room(&self, lane: Lane) -> usize {
        let all = in_lane(&self.limits, lane);
        (all + all / 4).max(4)
    }

    /// Polls at one host that are worth claiming.
    pub fn room_at_host(&self) -> usize {
        self.limits.per_host * 2
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

    /// How long the head of an answer may take now, of the longest it may: all of it while half of the places are free,
    /// among all and in its lane, then by the square of what is left.
    pub fn patience(&self, lane: Lane) -> Box<dyn Fn(Duration) -> Duration + Send + Sync> {
        let waiting = (self.waiting.clone(), in_lane(&self.limits, Lane::Answering));
        let own = self.lane(lane).map(|own| (own.clone(), in_lane(&self.limits, lane)));
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
}
