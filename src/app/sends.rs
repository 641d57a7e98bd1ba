//! Attempts under way, and what bounds them: places at a notifier, and its pace.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{Id, JoinSet};

use crate::model::{Delivery, NotifierName, Time};
use crate::pipeline::{Attempted, Target};
use crate::store::StoreError;

/// Attempts under way.
#[derive(Default)]
pub struct Sends {
    pub(super) tasks: JoinSet<Result<Attempted, StoreError>>,
    pub(super) about: HashMap<Id, (Delivery, Arc<Target>)>,
    pub(super) under_way: HashMap<NotifierName, usize>,
    /// How far the messages begun so far have used up a notifier's pace: with one message each `every`, the last would be
    /// due then.
    pub(super) used_until: HashMap<NotifierName, Time>,
}

impl Sends {
    /// How many messages the pace of a notifier lets begin now.
    pub(super) fn paced(&self, name: &NotifierName, target: &Target, now: Time) -> usize {
        let Some(pace) = target.pace.filter(|p| !p.every.is_zero()) else { return usize::MAX };
        // A time far off was noted before the clock was set back.
        let ahead =
            self.used_until.get(name).map_or(Duration::ZERO, |until| until.since(now)).min(pace.every * pace.burst);
        let room = (pace.every * pace.burst).saturating_sub(ahead);
        usize::try_from(room.as_nanos() / pace.every.as_nanos()).unwrap_or(usize::MAX)
    }

    /// When the pace of a notifier lets the next message begin; `None`: now.
    pub(super) fn paced_until(&self, name: &NotifierName, target: &Target, now: Time) -> Option<Time> {
        let pace = target.pace.filter(|_| self.paced(name, target, now) == 0)?;
        let ahead = self.used_until.get(name)?.since(now).min(pace.every * pace.burst);
        Some(now.plus(ahead.saturating_sub(pace.every * (pace.burst - 1))))
    }

    pub(super) fn note_begun(&mut self, target: &Target, name: &NotifierName, now: Time) {
        if let Some(pace) = target.pace {
            let until = self.used_until.get(name).copied().filter(|until| *until > now).unwrap_or(now);
            self.used_until.insert(name.clone(), until.plus(pace.every));
        }
    }

    /// None at all.
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }
}
