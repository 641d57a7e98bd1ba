//! One story in many feeds: which alert a notifier was told first of it, and what becomes of those that follow. Pure.
//!
//! A story is of one watch, for one notifier. It begins with the alert that is told first, and takes in what is the same in
//! other feeds within its window, an item a feed at most: two items of one feed are two things, however alike. The edits of
//! an item stay in its story.

use std::collections::HashMap;
use std::time::Duration;

use crate::model::{Alert, AlertId, AlertKind, FeedName, Follows, Guard, Sameness, Time, WatchName};

use super::plan::Queued;
use super::policy::Policy;

/// The longest `story_window`: what is the same a week later is told anew.
pub const STORY_FOR: Duration = Duration::from_secs(7 * 24 * 3600);

/// Followers that are joined are told at the ends of periods of this length, counted from the first alert.
pub const TOLD_EVERY: Duration = Duration::from_secs(600);

/// How what follows in a story is told: `story` of `[[watch]]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Telling {
    /// By itself, in the thread of the first, saying where it was before.
    #[default]
    Thread,
    /// With what else follows shortly.
    Join,
    /// To nobody: it is recorded.
    Record,
    /// As if it followed nothing.
    Separate,
}

/// A story as a notifier knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// The alert that was told first.
    pub alert: AlertId,
    /// Its feed.
    pub feed: FeedName,
    /// The key of its item.
    pub item: String,
    /// When it was raised.
    pub raised: Time,
    /// Another item of the feed that is asked about is in it already.
    pub taken: bool,
    /// When a message on the first alert's item was sealed that is not taken yet, the first of them.
    pub untaken: Option<Time>,
}

/// Another alert of the same watch that is the same as one that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Near {
    /// It.
    pub alert: AlertId,
    /// Its feed.
    pub feed: FeedName,
    /// By what.
    pub by: Sameness,
    /// Its story; `None` while it waits itself.
    pub story: Option<Story>,
}

/// An alert's place in a story, once it is told, recorded or silenced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The alert.
    pub alert: AlertId,
    /// Its watch.
    pub watch: WatchName,
    /// Its feed.
    pub feed: FeedName,
    /// The key of its item.
    pub item: String,
    /// What it follows; `None` where the story begins with it.
    pub follows: Option<Follows>,
    /// Nobody was told of it.
    pub recorded: bool,
}

/// What an alert is in a story.
pub(super) struct Part {
    /// The story.
    pub story: Story,
    /// By what it belongs there.
    pub by: Sameness,
    /// How its watch wants it told.
    pub telling: Telling,
    /// It may be recorded: its text says nothing that the story does not.
    pub says_the_same: bool,
    /// The story begins or goes on in this very plan.
    pub at_once: bool,
}

impl Part {
    pub fn follows(&self) -> Follows {
        let Story { alert, feed, item, raised, .. } = self.story.clone();
        Follows { alert, feed, item, raised, by: self.by }
    }

    /// Whether nobody is told of it.
    pub fn is_recorded(&self) -> bool {
        self.telling == Telling::Record && self.says_the_same
    }

    /// Until when it waits for others.
    pub fn waits_until(&self, alert: &Alert, now: Time) -> Option<Time> {
        if self.telling != Telling::Join || self.at_once || alert.kind != AlertKind::New {
            return None;
        }
        let periods = alert.raised.since(self.story.raised).as_secs() / TOLD_EVERY.as_secs() + 1;
        let periods = u32::try_from(periods).unwrap_or(u32::MAX);
        Some(self.story.raised.plus(TOLD_EVERY.saturating_mul(periods))).filter(|due| *due > now)
    }
}

/// The stories that begin or go on while a plan is made.
#[derive(Default)]
pub(super) struct Stories {
    of_alert: HashMap<AlertId, Story>,
    of_item: HashMap<(WatchName, FeedName, String), Story>,
    /// The one item that a feed has in a story.
    items: HashMap<(AlertId, FeedName), String>,
}

impl Stories {
    /// The part of an alert in a story that was told before; `None` where it begins one, or is none's.
    pub fn part(&self, queued: &Queued, policy: &Policy) -> Option<Part> {
        let (watch, feed, item) = names(&queued.alert)?;
        let asked = policy.story(&queued.alert);
        // What comes because somebody else has not taken it comes whatever it follows.
        if !can_follow(&queued.alert) || queued.because.is_some() || asked.telling == Telling::Separate {
            return None;
        }
        let own = self.of_item.get(&(watch.clone(), feed.clone(), item.to_owned())).or(queued.own.as_ref());
        let part = |story: &Story, by, says_the_same| {
            let at_once = self.of_alert.contains_key(&story.alert);
            Part { story: story.clone(), by, telling: asked.telling, says_the_same, at_once }
        };
        if let Some(story) = own {
            if story.feed == *feed && story.item == item {
                return None;
            }
            let same = queued
                .near
                .iter()
                .any(|near| near.feed != *feed && self.of(near).is_some_and(|other| other.alert == story.alert));
            return Some(part(story, Sameness::Item, same));
        }
        if queued.alert.kind == AlertKind::Edited && !queued.alert.first {
            return None;
        }
        queued.near.iter().find_map(|near| {
            let story = self.of(near)?;
            let within = queued.alert.raised.since(story.raised) <= asked.window;
            let other = near.feed != *feed && story.feed != *feed && !story.taken && !self.has_other(story, feed, item);
            (within && other).then(|| part(story, near.by, true))
        })
    }

    fn of<'a>(&'a self, near: &'a Near) -> Option<&'a Story> {
        self.of_alert.get(&near.alert).or(near.story.as_ref())
    }

    fn has_other(&self, story: &Story, feed: &FeedName, item: &str) -> bool {
        self.items.get(&(story.alert.clone(), feed.clone())).is_some_and(|other| other != item)
    }

    /// Takes in an alert that is told, recorded or silenced by this plan.
    pub fn add(&mut self, alert: &Alert, part: Option<&Part>) {
        let Some((watch, feed, item)) = names(alert) else { return };
        let story = match part {
            Some(part) => Story { taken: false, ..part.story.clone() },
            None => Story {
                alert: alert.id.clone(),
                feed: feed.clone(),
                item: item.to_owned(),
                raised: alert.raised,
                taken: false,
                untaken: None,
            },
        };
        self.items.entry((story.alert.clone(), feed.clone())).or_insert_with(|| item.to_owned());
        self.of_item.entry((watch.clone(), feed.clone(), item.to_owned())).or_insert_with(|| story.clone());
        self.of_alert.insert(alert.id.clone(), story);
    }
}

/// The place of an alert in its story, to be kept. What a guard caught is told as what it is.
pub(super) fn member(alert: &Alert, recorded: bool, policy: &Policy) -> Option<Member> {
    let (watch, feed, item) = names(alert)?;
    if !can_follow(alert) || policy.story(alert).telling == Telling::Separate {
        return None;
    }
    let (watch, feed, item) = (watch.clone(), feed.clone(), item.to_owned());
    Some(Member { alert: alert.id.clone(), watch, feed, item, follows: alert.follows.clone(), recorded })
}

fn names(alert: &Alert) -> Option<(&WatchName, &FeedName, &str)> {
    Some((alert.watch.as_ref()?, alert.feed.as_ref()?, alert.item.as_ref()?.key.as_str()))
}

/// A flood or an archive is told as one thing already.
pub fn can_follow(alert: &Alert) -> bool {
    alert.kind != AlertKind::Service && !matches!(alert.guard, Some(Guard::Flood { .. } | Guard::LateDate { .. }))
}
