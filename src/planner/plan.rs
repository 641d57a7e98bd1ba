//! What waits for a notifier, put into messages.
//!
//! In this order: a notifier that is off holds everything; guards bundle what they caught; further edits of an item
//! within the hour wait and come as one; what follows a message that is not taken yet waits for it, a minute at most; what is
//! for people waits for a notifier that takes nothing; what falls due under a silence is kept back; everything else goes at
//! once, bundled as the notifier likes it.

use std::collections::HashMap;
use std::time::Duration;

use crate::model::{
    Alert, AlertId, AlertKind, Delivery, DeliveryId, DeliveryState, Form, Guard, Hold, NotifierName, Reason, Silence,
    SilenceId, Time,
};

use super::why;

/// How long further edits of an item wait after one was told.
pub const JOINED_FOR: Duration = Duration::from_secs(3600);

/// How long what follows waits for the first message on an item.
pub const BEHIND_FOR: Duration = Duration::from_secs(60);

/// How a notifier likes its alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bundle {
    /// All alerts of one item in one message: mail, console.
    Item,
    /// One message an alert: webhooks.
    Alert,
}

/// What is decided by the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How alerts are bundled.
    pub bundle: Bundle,
}

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
}

/// An alert that waits for a notifier.
#[derive(Debug, Clone, PartialEq)]
pub struct Queued {
    /// The alert.
    pub alert: Alert,
    /// When this notifier was last told of an edit of the same item.
    pub edit_told: Option<Time>,
    /// When a message on the same item was sealed that is not taken yet, the first of them.
    pub behind: Option<Time>,
    /// It waited for a notifier that took nothing.
    pub waited: bool,
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
}

/// Decides what a notifier is told now.
pub fn plan(queue: Queue, policy: Policy, now: Time) -> Plan {
    let mut plan = Plan::default();
    if queue.off {
        plan.holds = queue.waiting.into_iter().map(|q| (q.alert.id, Hold::Off, None)).collect();
        return plan;
    }
    // Messages keep the order of their oldest alert.
    let mut groups: Vec<Group> = Vec::new();
    let mut place: HashMap<String, usize> = HashMap::new();
    for queued in queue.waiting {
        if let Some(due) = joined_until(&queued, now) {
            plan.holds.push((queued.alert.id, Hold::Joined, Some(due)));
            continue;
        }
        if let Some(until) = queued.behind.map(|sealed| sealed.plus(BEHIND_FOR)).filter(|until| *until > now) {
            plan.holds.push((queued.alert.id, Hold::Behind, Some(until)));
            continue;
        }
        if let Some(until) = queue.failing.filter(|until| *until > now && policy.bundle == Bundle::Item) {
            plan.holds.push((queued.alert.id, Hold::Failing, Some(until)));
            continue;
        }
        let waited = queued.waited || queue.failing.is_some();
        // Asked when a message falls due, not when it was raised: a silence helps what already waits.
        if let Some(silence) = queue.silences.iter().find(|s| s.covers(&queued.alert)) {
            plan.silenced.push((queued.alert.id, silence.id.clone()));
            continue;
        }
        let at = *place.entry(group(&queued, policy.bundle, waited)).or_insert(groups.len());
        if at == groups.len() {
            groups.push(Group { behind: queued.behind, waited, alerts: Vec::new() });
        }
        groups[at].alerts.push(queued.alert);
    }
    for group in &groups {
        plan.edits_told.extend(group.alerts.iter().filter_map(edited_item));
        plan.deliveries.push(seal(&queue.notifier, group, policy.bundle, now));
    }
    plan.edits_told.sort();
    plan.edits_told.dedup();
    plan
}

/// Until when a further edit waits: the first at once, the rest of the hour joined. What a watch says of an item for
/// the first time never waits.
fn joined_until(queued: &Queued, now: Time) -> Option<Time> {
    if queued.alert.kind != AlertKind::Edited || queued.alert.first {
        return None;
    }
    queued.edit_told.map(|told| told.plus(JOINED_FOR)).filter(|due| *due > now)
}

/// What goes into one message.
struct Group {
    /// When the message was sealed that it follows and that is not taken.
    behind: Option<Time>,
    /// It waited for a notifier that took nothing.
    waited: bool,
    alerts: Vec<Alert>,
}

/// The name of the message that an alert goes into.
fn group(queued: &Queued, bundle: Bundle, waited_for_all: bool) -> String {
    let alert = &queued.alert;
    let feed = alert.feed.as_ref().map_or("", |f| f.as_str());
    let item = alert.item.as_ref().map_or("", |i| i.key.as_str());
    // Edits that waited are joined for every notifier, since they come as one on purpose.
    let waited = alert.kind == AlertKind::Edited && !alert.first && queued.edit_told.is_some();
    match (&alert.guard, bundle) {
        (Some(Guard::Outage { from, .. }), _) => format!("outage {}", from.ms()),
        (Some(Guard::Flood { at, .. }), _) => format!("flood {} {feed}", at.ms()),
        (Some(Guard::LateDate { at }), _) => format!("late {} {feed}", at.ms()),
        (None, _) if queued.behind.is_some() => format!("behind {feed}\u{1}{item}"),
        (None, Bundle::Item) if waited_for_all => "backlog".to_owned(),
        (None, _) if waited => format!("edits {feed}\u{1}{item}"),
        // Troubles come together: what tells of many is one message.
        (None, _) if is_trouble(alert) => "service".to_owned(),
        (None, Bundle::Item) if alert.item.is_some() => format!("item {feed}\u{1}{item}"),
        (None, _) => format!("alert {}", alert.id),
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

/// Seals a message: from here its id, alerts and form never change.
fn seal(notifier: &NotifierName, group: &Group, bundle: Bundle, now: Time) -> Delivery {
    let alerts = &group.alerts;
    let ids: Vec<AlertId> = alerts.iter().map(|a| a.id.clone()).collect();
    let feed = alerts[0].feed.as_ref().map_or("", |f| f.as_str());
    let form = match (&alerts[0].guard, group.behind) {
        (Some(guard), _) => Form::Digest { why: why::of_guard(guard, feed) },
        (None, Some(sealed)) => Form::Digest { why: why::of_behind(sealed) },
        (None, None) if group.waited && ids.len() > 1 && bundle == Bundle::Item => {
            Form::Digest { why: why::of_backlog(ids.len()) }
        }
        (None, None) if ids.len() > 1 && is_trouble(&alerts[0]) => Form::Digest { why: why::of_service(ids.len()) },
        (None, None) if ids.len() > 1 && bundle == Bundle::Alert => Form::Digest { why: why::of_edits(ids.len()) },
        (None, None) => Form::Item,
    };
    Delivery {
        id: DeliveryId::of(notifier, &ids),
        alerts: ids,
        notifier: notifier.clone(),
        form,
        sealed: now,
        state: DeliveryState::Pending,
        attempts: 0,
        next_attempt: Some(now),
        error: None,
        recipients: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
