//! Feeds that fail, work again, or fall silent.

use std::collections::{HashMap, HashSet};

use crate::model::{FeedMemory, Reason, Standing, Time};

use super::look::{FeedView, Outlook, View};
use super::{Trouble, alert, begin, end, silence, words};

/// The part of a look that is about feeds. There may be a hundred thousand of them, each with its troubles.
pub(super) struct Feeds<'v> {
    pub view: &'v View<'v>,
    /// What is known of feeds: by reason and name.
    known: HashMap<(Reason, &'v str), &'v Standing>,
    /// We are offline since then.
    pub away_since: Option<Time>,
    /// We were offline then.
    pub hole: Option<(Time, Time)>,
}

impl<'v> Feeds<'v> {
    pub fn new(view: &'v View<'v>, away_since: Option<Time>, hole: Option<(Time, Time)>) -> Self {
        let of_feeds = view.standing.iter().filter(|s| matches!(s.reason, Reason::FeedFailing | Reason::FeedSilent));
        let known = of_feeds.map(|s| ((s.reason, s.subject.as_str()), s)).collect();
        Self { view, known, away_since, hole }
    }

    fn before(&self, reason: Reason, name: &str) -> Option<&'v Standing> {
        self.known.get(&(reason, name)).copied()
    }

    pub fn look(&self, outlook: &mut Outlook) {
        for feed in self.view.feeds {
            if feed.memory.failures > 0 {
                self.fails(feed, outlook);
            } else {
                self.works(feed, outlook);
            }
            self.silence(feed, outlook);
        }
        self.removed(outlook);
    }

    fn fails(&self, feed: &FeedView<'_>, outlook: &mut Outlook) {
        let (view, name) = (self.view, feed.name.as_str());
        let before = self.before(Reason::FeedFailing, name);
        let since = feed.memory.failing_since.unwrap_or(view.now);
        let ripe = self.is_ripe(feed.memory, since);
        if !ripe && !before.is_some_and(|b| b.stands() || b.told) {
            return;
        }
        let said = feed.memory.error.as_deref().unwrap_or("no reason was kept");
        let found = Trouble { reason: Reason::FeedFailing, subject: name, since, said };
        let (standing, tell) = begin(before, &found, ripe && view.open(0), &view.rules, view.now);
        if tell {
            let words = words::failing(name, feed.memory, &standing);
            outlook.news.push((alert(Reason::FeedFailing, name, (standing.since, None), words, view.now), None));
        }
        outlook.note(before, standing);
    }

    /// Whether a feed has failed for so long that it is told. What our own network did is not laid at its door: while we
    /// are offline it is not blamed, and afterwards its time counts from our return.
    fn is_ripe(&self, memory: &FeedMemory, since: Time) -> bool {
        let (rules, now) = (&self.view.rules, self.view.now);
        let unreachable = memory.unreachable_since;
        if self.away_since.is_some_and(|away| unreachable.is_some_and(|t| t >= away)) {
            return false;
        }
        let of_hole = self.hole.filter(|(from, to)| unreachable.is_some() && *from <= since && since <= *to);
        match of_hole {
            None => {
                memory.failures >= rules.failing_polls
                    || (memory.failures > 1 && now.since(since) >= rules.failing_after)
            }
            Some((_, back)) => memory.last_poll.is_some_and(|t| t >= back) && now.since(back) >= rules.failing_after,
        }
    }

    fn works(&self, feed: &FeedView<'_>, outlook: &mut Outlook) {
        let (view, name) = (self.view, feed.name.as_str());
        let Some(before) = self.before(Reason::FeedFailing, name).filter(|b| b.stands() || b.told) else { return };
        let mut ended = end(before, view.now);
        if before.told && view.open(1) {
            let until = feed.memory.last_ok.unwrap_or(view.now);
            let words = words::recovered(name, before, until);
            outlook.news.push((alert(Reason::FeedRecovered, name, (before.since, Some(until)), words, view.now), None));
            ended.told = false;
        }
        outlook.note(Some(before), ended);
    }

    fn silence(&self, feed: &FeedView<'_>, outlook: &mut Outlook) {
        let (view, name) = (self.view, feed.name.as_str());
        let before = self.before(Reason::FeedSilent, name);
        let stands = before.filter(|b| b.stands());
        // Something new since then ends it; whether another silence began is asked at the next look for that.
        if let Some(b) = stands.filter(|b| feed.memory.recent.iter().any(|t| *t > b.since)) {
            return outlook.note(before, Standing { told: false, ..end(b, view.now) });
        }
        let Some((since, longest)) = feed.published.and_then(|times| silent_since(feed.memory, times)) else { return };
        let said = words::silent_said(longest);
        let found = Trouble { reason: Reason::FeedSilent, subject: name, since, said: &said };
        let (standing, tell) = begin(before, &found, view.open(2), &view.rules, view.now);
        if tell {
            let words = words::silent(name, feed.memory, &standing);
            outlook.news.push((alert(Reason::FeedSilent, name, (standing.since, None), words, view.now), None));
        }
        outlook.note(before, standing);
    }

    /// A feed that is no longer configured has no troubles.
    fn removed(&self, outlook: &mut Outlook) {
        let here: HashSet<&str> = self.view.feeds.iter().map(|f| f.name.as_str()).collect();
        for s in self.view.standing {
            let of_feed = matches!(s.reason, Reason::FeedFailing | Reason::FeedSilent);
            if of_feed && (s.stands() || s.told) && !here.contains(s.subject.as_str()) {
                outlook.note(Some(s), Standing { told: false, ..end(s, self.view.now) });
            }
        }
    }
}

/// Since when a feed shows nothing new for longer than its rhythm explains, with its longest rest before. It was read
/// after that time was over, and it was not silent already when it was first read.
fn silent_since(memory: &FeedMemory, times: &[Time]) -> Option<(Time, std::time::Duration)> {
    let (allowed, longest) = silence::allowed(times)?;
    let newest = times.iter().chain(&memory.recent).max().copied()?;
    let over = newest.plus(allowed);
    let read = memory.failures == 0 && memory.last_ok.is_some_and(|t| t > over);
    (read && memory.baseline_at.is_some_and(|t| t < over)).then_some((newest, longest))
}
