//! How many messages a notifier has had lately, and how many it may still have.

use crate::model::{Time, WatchName};

use super::policy::{Limit, Policy};

/// A message that was sealed, for the limit of a watch that has a part in it; `None`: for the notifier's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spent {
    /// Whose limit.
    pub watch: Option<WatchName>,
    /// When it was sealed.
    pub at: Time,
}

/// What is left of the limits of a notifier while a plan is made.
pub(super) struct Budget<'a> {
    policy: &'a Policy,
    spent: Vec<Spent>,
    /// How much of `spent` was there before.
    before: usize,
    now: Time,
}

impl<'a> Budget<'a> {
    pub(super) fn new(policy: &'a Policy, spent: Vec<Spent>, now: Time) -> Self {
        Self { policy, before: spent.len(), spent, now }
    }

    /// Until when a message of this watch must wait by the watch's own limit.
    pub(super) fn watch_full_until(&self, watch: &WatchName) -> Option<Time> {
        let limit = self.policy.watches.get(watch)?.limit?;
        self.full_until(limit, Some(watch))
    }

    /// Until when any message must wait by the notifier's limit.
    pub(super) fn full_until(&self, limit: Limit, watch: Option<&WatchName>) -> Option<Time> {
        let within = |spent: &&Spent| spent.watch.as_ref() == watch && spent.at.plus(limit.per) > self.now;
        let mut times: Vec<Time> = self.spent.iter().filter(within).map(|spent| spent.at).collect();
        times.sort_unstable();
        // With so many behind it that the period is full, the message whose period ends first makes room.
        let first = times.len().checked_sub(limit.count)?;
        Some(times[first].plus(limit.per))
    }

    /// The notifier's own limit.
    pub(super) fn notifier_full_until(&self) -> Option<Time> {
        self.full_until(self.policy.notifier.limit?, None)
    }

    /// Counts a message with alerts of these watches.
    pub(super) fn spend<'w>(&mut self, watches: impl Iterator<Item = &'w WatchName>) {
        if self.policy.notifier.limit.is_some() {
            self.spent.push(Spent { watch: None, at: self.now });
        }
        let mut counted: Vec<&WatchName> = Vec::new();
        for watch in watches {
            let limited = self.policy.watches.get(watch).is_some_and(|policy| policy.limit.is_some());
            if limited && !counted.contains(&watch) {
                counted.push(watch);
                self.spent.push(Spent { watch: Some(watch.clone()), at: self.now });
            }
        }
    }

    /// What was spent by this plan.
    pub(super) fn spent(mut self) -> Vec<Spent> {
        self.spent.split_off(self.before)
    }
}
