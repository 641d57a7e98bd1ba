//! Hits become alerts, each with its reason. Pure.

mod diff;
mod excerpt;
mod sentence;
pub mod service;

use crate::model::{
    Alert, AlertId, AlertItem, AlertKind, Change, ChangeKind, FeedName, FieldDiff, Found, Guard, Hit, ItemText,
    NotifierName, Reason, Time, WatchName, WatchRule,
};

/// What the watchlist makes of one change.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Raised {
    /// The alerts, each with those it is for.
    pub alerts: Vec<(Alert, Vec<NotifierName>)>,
    /// The watches that have found the item by now, told or not.
    pub found: Vec<WatchName>,
    /// Hits in an item of a silent baseline: it would have been told.
    pub would_have: bool,
}

/// Raises what the watches have to say of a change.
///
/// `now_found` and `earlier_found` are the matcher's answers for the item as it is and, for an edit, as it was; both
/// name watches by their place in `rules`.
pub fn raise(
    change: &Change,
    feed: &FeedName,
    rules: &[&WatchRule],
    now_found: Vec<Found>,
    earlier_found: &[Found],
    now: Time,
) -> Raised {
    match &change.kind {
        ChangeKind::New { guard, silent } => of_new(change, feed, rules, now_found, (*guard, *silent), now),
        ChangeKind::Edited { earlier, found } => {
            let edit = Edit { change, feed, earlier: earlier.as_ref(), found_before: found, now };
            edit.raise(rules, now_found, earlier_found)
        }
    }
}

fn of_new(
    change: &Change,
    feed: &FeedName,
    rules: &[&WatchRule],
    found: Vec<Found>,
    (guard, silent): (Option<Guard>, bool),
    now: Time,
) -> Raised {
    let mut raised = Raised { would_have: silent && !found.is_empty(), ..Raised::default() };
    for Found { watch, hits } in found {
        let rule = rules[watch];
        raised.found.push(rule.name.clone());
        // A watch for edits alone has noted it: it will know what enters and what leaves.
        if silent || !rule.on.new {
            continue;
        }
        let mut alert = blank(change, feed, rule, (AlertKind::New, Reason::New), hits, now);
        alert.first = true;
        alert.guard = guard;
        raised.alerts.push((finished(alert, None, change, rule), rule.notify.clone()));
    }
    raised
}

/// An edit before the watches that read it.
struct Edit<'a> {
    change: &'a Change,
    feed: &'a FeedName,
    earlier: Option<&'a ItemText>,
    found_before: &'a [WatchName],
    now: Time,
}

impl Edit<'_> {
    fn raise(&self, rules: &[&WatchRule], now_found: Vec<Found>, earlier_found: &[Found]) -> Raised {
        let mut raised = Raised { found: self.found_before.to_vec(), ..Raised::default() };
        let mut whole_diff: Option<Vec<FieldDiff>> = None;
        let mut hits_now: Vec<Vec<Hit>> = vec![Vec::new(); rules.len()];
        now_found.into_iter().for_each(|f| hits_now[f.watch] = f.hits);
        for (at, rule) in rules.iter().enumerate() {
            let before = earlier_found.iter().find(|f| f.watch == at).map(|f| f.hits.as_slice()).unwrap_or_default();
            let hits = std::mem::take(&mut hits_now[at]);
            if before.is_empty() && hits.is_empty() {
                continue;
            }
            let first = !raised.found.contains(&rule.name) && before.is_empty();
            if !raised.found.contains(&rule.name) {
                raised.found.push(rule.name.clone());
            }
            let diff = whole_diff
                .get_or_insert_with(|| self.earlier.map(|e| diff::of(e, &self.change.item.text)).unwrap_or_default());
            let read: Vec<FieldDiff> = diff.iter().filter(|d| rule.fields.contains(d.field)).cloned().collect();
            let near = diff::near(&read, &hits);
            let Some(reason) = self.reason(rule, (before, &hits, &near), &read, first) else { continue };
            let hits = if reason == Reason::TermLeft { as_earlier(before) } else { hits };
            let mut alert = blank(self.change, self.feed, rule, (AlertKind::Edited, reason), hits, self.now);
            alert.first = first;
            alert.diff = self.earlier.is_some().then(|| diff::shown(&read));
            let named = (reason == Reason::NearHit).then_some(near.as_slice());
            raised.alerts.push((finished(alert, named, self.change, rule), rule.notify.clone()));
        }
        raised
    }

    /// Why this watch speaks of the edit, if it does.
    fn reason(
        &self,
        rule: &WatchRule,
        (before, hits, near): (&[Hit], &[Hit], &[Hit]),
        read: &[FieldDiff],
        first: bool,
    ) -> Option<Reason> {
        let reason = match (before.is_empty(), hits.is_empty()) {
            (true, false) if self.earlier.is_none() && !first => Reason::Elsewhere,
            (true, false) => Reason::TermEntered,
            (false, true) => Reason::TermLeft,
            // Nothing that this watch reads has changed.
            (false, false) if read.is_empty() => return None,
            (false, false) if !near.is_empty() => Reason::NearHit,
            _ => Reason::Elsewhere,
        };
        let told = rule.on.edited || (rule.on.new && first && reason == Reason::TermEntered);
        told.then_some(reason)
    }
}

fn as_earlier(hits: &[Hit]) -> Vec<Hit> {
    hits.iter().map(|h| Hit { earlier: true, ..h.clone() }).collect()
}

fn blank(
    change: &Change,
    feed: &FeedName,
    rule: &WatchRule,
    (kind, reason): (AlertKind, Reason),
    hits: Vec<Hit>,
    now: Time,
) -> Alert {
    let edit = (kind == AlertKind::Edited).then_some(change.fingerprint.0);
    Alert {
        id: AlertId::of_item(&rule.name, feed, &change.key.text, edit),
        kind,
        reason,
        sentence: String::new(),
        watch: Some(rule.name.clone()),
        feed: Some(feed.clone()),
        item: Some(AlertItem {
            key: change.key.text.clone(),
            title: change.item.text.title.clone(),
            link: change.item.link.clone(),
            published: change.item.published,
        }),
        hits,
        diff: None,
        raised: now,
        excerpts: Vec::new(),
        guard: None,
        first: false,
        service: None,
        follows: None,
    }
}

/// Gives the alert its excerpts and its sentence, which names all hits or only those given.
fn finished(mut alert: Alert, named: Option<&[Hit]>, change: &Change, rule: &WatchRule) -> Alert {
    alert.excerpts = excerpt::around(&alert.hits, &change.item.text, rule.fields);
    alert.sentence = sentence::of_item(alert.reason, named.unwrap_or(&alert.hits), rule);
    alert
}

#[cfg(test)]
mod tests;
