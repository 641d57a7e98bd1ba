//! Polls under way, and what bounds them: lanes, hosts, feeds put aside.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

use tokio::task::{Id, JoinSet};

use crate::model::{FeedName, Time};
use crate::pipeline::Polled;
use crate::store::{FeedClaim, Lane, StoreError};

/// Polls under way, and feeds that wait for them.
#[derive(Default)]
pub struct Polls {
    pub(super) tasks: JoinSet<Result<Polled, StoreError>>,
    pub(super) under_way: HashMap<Id, UnderWay>,
    /// How many there are in each lane.
    pub(super) in_lane: [usize; 3],
    pub(super) at_host: HashMap<String, usize>,
    /// By host, the first to be put aside first.
    pub(super) aside: HashMap<String, VecDeque<FeedName>>,
    /// Feeds put aside in all.
    pub(super) put_aside: usize,
    /// Taken ahead of their time, by when they are due.
    soon: BTreeMap<Time, Vec<FeedClaim>>,
    /// Feeds may be due that were not taken at the last look: a lane had no room, or one was put aside that no longer is.
    pub(super) wants_room: bool,
    /// When each lane was last asked for.
    pub(super) asked: [Option<Time>; 3],
}

pub(super) struct UnderWay {
    pub(super) claim: FeedClaim,
    pub(super) host: String,
    pub(super) lane: Lane,
}

impl Polls {
    /// With so many claimed, each look for others passes over them; so it is taken less often.
    const MANY: usize = 500;
    const LOOK_EVERY: Duration = Duration::from_millis(250);

    /// None is taken so long before it is due.
    const FAR_OFF: Duration = Duration::from_secs(5);

    /// How long to wait before the next look for feeds, where so many are claimed that one costs something.
    pub fn crowded(&self) -> Option<Duration> {
        (self.put_aside + self.under_way.len() > Self::MANY).then_some(Self::LOOK_EVERY)
    }

    /// Whether a poll that ends makes room for one that waits for it.
    pub fn wait_for_room(&self) -> bool {
        self.wants_room || self.put_aside > 0
    }

    pub(super) fn may_claim(&mut self, lane: Lane, now: Time) -> bool {
        let crowded = self.crowded().is_some();
        let asked = &mut self.asked[lane as usize];
        // A time of the future was read before the clock was set back.
        let lately = asked.is_some_and(|at| at <= now && now < at.plus(Self::LOOK_EVERY));
        if crowded && lately {
            return false;
        }
        *asked = Some(now);
        true
    }

    pub(super) fn put_soon(&mut self, due: Time, claim: FeedClaim) {
        self.soon.entry(due).or_default().push(claim);
    }

    /// One that is due by `now`; or so far off that the clock has been set back since.
    pub(super) fn take_soon(&mut self, now: Time) -> Option<FeedClaim> {
        let begins = |due: Time| due <= now || due > now.plus(Self::FAR_OFF);
        let mut first = self.soon.first_entry().filter(|first| begins(*first.key()))?;
        let claim = first.get_mut().pop();
        if first.get().is_empty() {
            first.remove();
        }
        claim
    }

    /// When the first of those that were taken ahead of their time is due.
    pub fn next_soon(&self) -> Option<Time> {
        self.soon.first_key_value().map(|(due, _)| *due)
    }

    pub(super) fn put_aside(&mut self, host: String, feed: FeedName) {
        self.put_aside += 1;
        self.aside.entry(host).or_default().push_back(feed);
    }

    /// Notes that a task has ended: its claim, and the feed that may be claimed in its place.
    pub(super) fn ended(&mut self, task: Id) -> Option<(FeedClaim, Option<FeedName>)> {
        let UnderWay { claim, host, lane } = self.under_way.remove(&task)?;
        self.in_lane[lane as usize] -= 1;
        let next = self.aside.get_mut(&host).and_then(VecDeque::pop_front);
        match &next {
            Some(_) => {
                self.put_aside -= 1;
                self.wants_room = true;
            }
            None => drop(self.aside.remove(&host)),
        }
        if let Some(count) = self.at_host.get_mut(&host) {
            *count -= 1;
            if *count == 0 {
                self.at_host.remove(&host);
            }
        }
        Some((claim, next))
    }
}
