//! What waits for a notifier, put into messages.
//!
//! A notifier that is off holds everything. Else each alert is asked in this order, and waits for the first reason that
//! holds it:
//!
//! | | waits | until |
//! |---|---|---|
//! | quiet | in quiet hours, unless its watch is urgent | they end; then all that waited comes as one message |
//! | digest | where its watch or the notifier has digests, unless its watch is urgent or it is escalated | the next of them |
//! | joined | a further edit of an item within the hour | the hour is over; then they come as one message |
//! | behind | a message on the same item is not taken yet | it is, or a minute after it was sealed |
//! | story | what follows in a story, where its watch joins them | ten minutes since the first are over, or twenty, …; then all come as one message |
//! | failing | a notifier for people that takes nothing | it takes messages again; then all that waited comes as one message |
//! | limit | the period of a limit is full | there is room; then all that waited comes as one message |
//!
//! What falls due under a silence is kept back for good, and counts for no limit; so is, where its watch says so, what only
//! follows in a story ([`super::story`]). Guards bundle what they caught; everything
//! else goes at once, bundled as the notifier likes it, the urgent first.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::model::{
    Alert, AlertId, AlertKind, Delivery, Form, Guard, Hold, NotifierName, Reason, Silence, SilenceId, Time,
};

use super::budget::{Budget, Spent};
use super::policy::{Bundle, Policy};
use super::story::{self, Member, Near, Part, Stories, Story, Telling};
use super::why;

/// How long further edits of an item wait after one was told.
pub const JOINED_FOR: Duration = Duration::from_secs(3600);

/// How long what follows waits for the first message on an item.
pub const BEHIND_FOR: Duration = Duration::from_secs(60);

/// Everything that waits for a notifier.
#[derive(Debug, Clone, PartialEq)]
pub struct Queue {
    /// The notifier.
    pub notifier: NotifierName,
    /// Oldest first.
    pub waiting: Vec<Queued>,
    /// Its target said it is gone, and has not changed since.
    pub off: bool,
    /// It takes nothing; then it is found out whether it is back.
    pub failing: Option<Time>,
    /// Those that hold now.
    pub silences: Vec<Silence>,
    /// The messages that count for its limits: those of the longest period of any of them.
    pub spent: Vec<Spent>,
}

/// An alert that waits for a notifier.
#[derive(Debug, Clone, PartialEq)]
pub struct Queued {
    /// The alert.
    pub alert: Alert,
    /// What it has waited for so far.
    pub held: Option<Hold>,
    /// When this notifier was last told of an edit of the same item.
    pub edit_told: Option<Time>,
    /// When a message on the same item was sealed that is not taken yet, the first of them.
    pub behind: Option<Time>,
    /// The notifier that has not accepted it in time, where it waits because of that.
    pub because: Option<NotifierName>,
    /// The story that its item is in already.
    pub own: Option<Story>,
    /// Alerts of its watch that are the same: told ones, the latest first, and those that wait.
    pub near: Vec<Near>,
}

/// What becomes of a queue.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// Messages to send now.
    pub deliveries: Vec<Delivery>,
    /// What goes on waiting: why, and until when (`None`: until somebody acts).
    pub holds: Vec<(AlertId, Hold, Option<Time>)>,
    /// Edits of items told with this plan: feed and item key.
    pub edits_told: Vec<(String, String)>,
    /// What would have gone now and is kept back, for good, by which silence.
    pub silenced: Vec<(AlertId, SilenceId)>,
    /// What its messages count for limits.
    pub spent: Vec<Spent>,
    /// The places in stories of all that is told, recorded and silenced.
    pub members: Vec<Member>,
}

/// Decides what a notifier is told now.
pub fn plan(queue: Queue, policy: &Policy, now: Time) -> Plan {
    let mut plan = Plan::default();
    if queue.off {
        plan.holds = queue.waiting.into_iter().map(|q| (q.alert.id, Hold::Off, None)).collect();
        return plan;
    }
    let mut messages: Vec<Message> = Vec::new();
    let mut place: HashMap<Together, usize> = HashMap::new();
    let mut told: HashMap<AlertId, usize> = HashMap::new();
    let mut stories = Stories::default();
    for mut queued in queue.waiting {
        let part = stories.part(&queued, policy);
        if let Some(part) = &part {
            queued.alert.follows = Some(part.follows());
            queued.behind = queued.behind.or(part.story.untaken);
        }
        if let Some((hold, due)) = waits(&queued, part.as_ref(), queue.failing, policy, now) {
            plan.holds.push((queued.alert.id, hold, Some(due)));
            continue;
        }
        // Asked when a message falls due, not when it was raised: a silence helps what already waits.
        if let Some(silence) = queue.silences.iter().find(|s| s.covers(&queued.alert)) {
            stories.add(&queued.alert, part.as_ref());
            plan.members.extend(story::member(&queued.alert, false, policy));
            plan.silenced.push((queued.alert.id, silence.id.clone()));
            continue;
        }
        stories.add(&queued.alert, part.as_ref());
        // Where the first is told by this plan, what follows goes as that goes.
        let first = part.as_ref().and_then(|part| told.get(&part.story.alert).copied());
        if part.as_ref().is_some_and(Part::is_recorded) {
            match first {
                Some(at) => messages[at].recorded.push(queued.alert),
                None => plan.members.extend(story::member(&queued.alert, true, policy)),
            }
            continue;
        }
        let mut together = together(&queued, queue.failing, policy);
        let joins = part.as_ref().is_some_and(|part| part.telling == Telling::Join);
        if joins && matches!(together, Together::Item(..) | Together::Alert(_)) {
            together = match first.map(|at| messages[at].together.clone()) {
                Some(of_first @ (Together::Item(..) | Together::Alert(_))) => of_first,
                _ => part.as_ref().map_or(together, |part| Together::Story(part.story.alert.clone())),
            };
        }
        let at = *place.entry(together.clone()).or_insert(messages.len());
        if at == messages.len() {
            messages.push(Message { together, behind: queued.behind, alerts: Vec::new(), recorded: Vec::new() });
        }
        told.insert(queued.alert.id.clone(), at);
        messages[at].alerts.push(queued.alert);
    }
    // The urgent first; else messages keep the order of their oldest alert.
    messages.sort_by_key(|message| !message.alerts.iter().any(|alert| policy.is_urgent(alert)));
    let mut budget = Budget::new(policy, queue.spent, now);
    for mut message in messages {
        plan.holds.extend(message.hold_back(&budget));
        if message.alerts.is_empty() {
            continue;
        }
        budget.spend(message.alerts.iter().filter_map(|alert| alert.watch.as_ref()));
        plan.edits_told.extend(message.alerts.iter().filter_map(edited_item));
        plan.members.extend(message.members(policy));
        plan.deliveries.push(message.seal(&queue.notifier, policy, now));
    }
    plan.spent = budget.spent();
    plan.edits_told.sort();
    plan.edits_told.dedup();
    plan
}

/// Why an alert waits by itself, and until when.
fn waits(
    queued: &Queued,
    part: Option<&Part>,
    failing: Option<Time>,
    policy: &Policy,
    now: Time,
) -> Option<(Hold, Time)> {
    if !policy.is_urgent(&queued.alert) {
        let quiet = policy.notifier.quiet.as_ref().and_then(|quiet| quiet.until(now));
        if let Some(end) = quiet {
            return Some((Hold::Quiet, end));
        }
        let for_digest = policy.digest(&queued.alert).filter(|_| queued.because.is_none());
        let digest = for_digest.and_then(|cron| cron.next_after(queued.alert.raised));
        if let Some(due) = digest.filter(|due| *due > now) {
            return Some((Hold::Digest, due));
        }
    }
    if let Some(due) = joined_until(queued, now) {
        return Some((Hold::Joined, due));
    }
    // What nobody is told keeps behind nothing.
    if part.is_some_and(Part::is_recorded) {
        return None;
    }
    let others =
        part.filter(|_| !policy.is_urgent(&queued.alert)).and_then(|part| part.waits_until(&queued.alert, now));
    if let Some(due) = others {
        return Some((Hold::Story, due));
    }
    if let Some(until) = queued.behind.map(|sealed| sealed.plus(BEHIND_FOR)).filter(|until| *until > now) {
        return Some((Hold::Behind, until));
    }
    let until = failing.filter(|until| *until > now && policy.bundle == Bundle::Item);
    until.map(|until| (Hold::Failing, until))
}

/// Until when a further edit waits: the first at once, the rest of the hour joined. What a watch says of an item for
/// the first time never waits.
fn joined_until(queued: &Queued, now: Time) -> Option<Time> {
    if queued.alert.kind != AlertKind::Edited || queued.alert.first {
        return None;
    }
    queued.edit_told.map(|told| told.plus(JOINED_FOR)).filter(|due| *due > now)
}

/// What alerts have in common that come as one message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Together {
    /// An outage, since this time in milliseconds.
    Outage(i64),
    /// A flood, or late dates, of this feed in this poll.
    Guarded(i64, String),
    /// This notifier has not accepted them in time.
    Escalated(NotifierName),
    /// They waited for a digest.
    Digest,
    /// They waited for quiet hours to end.
    Quiet,
    /// They waited for room within a limit.
    Limit,
    /// What follows a message that is not taken: feed and key.
    Behind(String, String),
    /// They waited for a notifier that took nothing.
    Backlog,
    /// What follows in a story that begins with this alert.
    Story(AlertId),
    /// Further edits of an item: feed and key.
    Edits(String, String),
    /// Troubles of the service: what tells of many is one message.
    Service,
    /// One item: feed and key.
    Item(String, String),
    /// Nothing: one alert.
    Alert(AlertId),
}

fn together(queued: &Queued, failing: Option<Time>, policy: &Policy) -> Together {
    let alert = &queued.alert;
    let feed = alert.feed.as_ref().map_or_else(String::new, ToString::to_string);
    let item = || (feed.clone(), alert.item.as_ref().map(|i| i.key.clone()).unwrap_or_default());
    match &alert.guard {
        Some(Guard::Outage { from, .. }) => return Together::Outage(from.ms()),
        Some(Guard::Flood { at, .. } | Guard::LateDate { at }) => return Together::Guarded(at.ms(), feed),
        None => {}
    }
    // Edits that waited are joined for every notifier, since they come as one on purpose.
    let waited = alert.kind == AlertKind::Edited && !alert.first && queued.edit_told.is_some();
    let urgent = policy.is_urgent(alert);
    let quiet = policy.notifier.quiet.as_ref().filter(|_| !urgent);
    if let Some(from) = &queued.because {
        return Together::Escalated(from.clone());
    }
    match policy.bundle {
        _ if queued.behind.is_some() => {
            let (feed, key) = match &alert.follows {
                Some(first) => (first.feed.as_str().to_owned(), first.item.clone()),
                None => item(),
            };
            Together::Behind(feed, key)
        }
        Bundle::Item if queued.held == Some(Hold::Failing) || failing.is_some() => Together::Backlog,
        _ if queued.held == Some(Hold::Limit) => Together::Limit,
        _ if !urgent && policy.digest(alert).is_some() => Together::Digest,
        // Raised in hours that are over by now, though nobody was there to hold it.
        _ if quiet.is_some_and(|q| queued.held == Some(Hold::Quiet) || q.until(alert.raised).is_some()) => {
            Together::Quiet
        }
        _ if waited => {
            let (feed, key) = item();
            Together::Edits(feed, key)
        }
        _ if is_trouble(alert) => Together::Service,
        Bundle::Item if alert.item.is_some() => {
            let (feed, key) = item();
            Together::Item(feed, key)
        }
        _ => Together::Alert(alert.id.clone()),
    }
}

/// News of the service, but for the daily line and tests, which stand for themselves.
fn is_trouble(alert: &Alert) -> bool {
    alert.kind == AlertKind::Service && !matches!(alert.reason, Reason::Heartbeat | Reason::Test)
}

fn edited_item(alert: &Alert) -> Option<(String, String)> {
    let (feed, item) = (alert.feed.as_ref()?, alert.item.as_ref()?);
    (alert.kind == AlertKind::Edited).then(|| (feed.as_str().to_owned(), item.key.clone()))
}

/// A message in the making.
struct Message {
    together: Together,
    /// When the message was sealed that it follows and that is not taken.
    behind: Option<Time>,
    alerts: Vec<Alert>,
    /// What follows alerts of it and is told to nobody.
    recorded: Vec<Alert>,
}

impl Message {
    /// Takes out what the limits let not pass: alerts of watches whose period is full, or all.
    fn hold_back(&mut self, budget: &Budget<'_>) -> Vec<(AlertId, Hold, Option<Time>)> {
        if let Some(due) = budget.notifier_full_until() {
            let all = self.alerts.drain(..).chain(self.recorded.drain(..));
            return all.map(|alert| (alert.id, Hold::Limit, Some(due))).collect();
        }
        let mut held = Vec::new();
        let mut fits = |alert: &Alert| match alert.watch.as_ref().and_then(|watch| budget.watch_full_until(watch)) {
            Some(due) => {
                held.push((alert.id.clone(), Hold::Limit, Some(due)));
                false
            }
            None => true,
        };
        self.alerts.retain(&mut fits);
        self.recorded.retain(&mut fits);
        held
    }

    /// The places in stories of what it tells and what it takes in untold.
    fn members(&self, policy: &Policy) -> Vec<Member> {
        let told = self.alerts.iter().filter_map(|alert| story::member(alert, false, policy));
        told.chain(self.recorded.iter().filter_map(|alert| story::member(alert, true, policy))).collect()
    }

    /// Seals it: from here its id, alerts and form never change.
    fn seal(mut self, notifier: &NotifierName, policy: &Policy, now: Time) -> Delivery {
        if matches!(self.together, Together::Digest | Together::Quiet | Together::Limit) {
            by_watch_and_story(&mut self.alerts);
        }
        let form = match self.why(policy) {
            Some(why) => Form::Digest { why },
            None => Form::Item,
        };
        Delivery::seal(notifier, self.alerts.into_iter().map(|alert| alert.id).collect(), form, now)
    }

    /// Why its alerts come as one message; `None` where they do as they always would.
    fn why(&self, policy: &Policy) -> Option<String> {
        let (first, count) = (self.alerts.first()?, self.alerts.len());
        let feed = first.feed.as_ref().map_or("", |f| f.as_str());
        match &self.together {
            Together::Outage(_) | Together::Guarded(..) => first.guard.as_ref().map(|guard| why::of_guard(guard, feed)),
            Together::Escalated(from) => Some(why::of_escalation(from)),
            Together::Behind(..) => self.behind.map(why::of_behind),
            Together::Backlog if count > 1 => Some(why::of_backlog(count)),
            Together::Digest => Some(why::of_digest(count)),
            Together::Quiet => Some(why::of_quiet(count, policy.notifier.quiet.as_ref())),
            Together::Limit => Some(why::of_limit(count, self.limits(policy))),
            Together::Story(_) | Together::Item(..) | Together::Alert(_) if self.feeds() > 1 => {
                Some(why::of_story(self.feeds(), self.alerts.iter().any(|alert| alert.follows.is_none())))
            }
            Together::Story(_) if count > 1 => Some(why::of_story(1, false)),
            Together::Service if count > 1 => Some(why::of_service(count)),
            Together::Edits(..) if count > 1 && policy.bundle == Bundle::Alert => Some(why::of_edits(count)),
            Together::Backlog
            | Together::Edits(..)
            | Together::Service
            | Together::Story(_)
            | Together::Item(..)
            | Together::Alert(_) => None,
        }
    }

    /// How many feeds it tells of.
    fn feeds(&self) -> usize {
        let feeds: HashSet<_> = self.alerts.iter().map(|alert| &alert.feed).collect();
        feeds.len()
    }

    /// The limits that its alerts are under, in words.
    fn limits(&self, policy: &Policy) -> Vec<String> {
        let mut said: Vec<String> = policy.notifier.limit.iter().map(ToString::to_string).collect();
        for watch in self.alerts.iter().filter_map(|alert| alert.watch.as_ref()) {
            if let Some(limit) = policy.watches.get(watch).and_then(|policy| policy.limit) {
                let words = why::limit_of_watch(watch, limit);
                if !said.contains(&words) {
                    said.push(words);
                }
            }
        }
        said
    }
}

/// Puts what belongs together beside each other: by watch, by story within it, newest first in each.
fn by_watch_and_story(alerts: &mut [Alert]) {
    let watch = |alert: &Alert| alert.watch.clone();
    let story = |alert: &Alert| match &alert.follows {
        Some(first) => (watch(alert), Some(first.feed.clone()), Some(first.item.clone())),
        None => (watch(alert), alert.feed.clone(), alert.item.as_ref().map(|item| item.key.clone())),
    };
    let mut newest_of_watch: HashMap<_, Time> = HashMap::new();
    let mut newest_of_story: HashMap<_, Time> = HashMap::new();
    for alert in alerts.iter() {
        let newest = |time: &mut Time| *time = (*time).max(alert.raised);
        newest_of_watch.entry(watch(alert)).and_modify(newest).or_insert(alert.raised);
        newest_of_story.entry(story(alert)).and_modify(newest).or_insert(alert.raised);
    }
    alerts.sort_by_cached_key(|alert| {
        let (watch, story) = (watch(alert), story(alert));
        let newest = |time: Option<&Time>| std::cmp::Reverse(time.copied());
        let keys = (newest(newest_of_watch.get(&watch)), watch, newest(newest_of_story.get(&story)), story);
        (keys, std::cmp::Reverse(alert.raised))
    });
}

#[cfg(test)]
mod tests;
