//! Notifiers that take nothing, or are off, and take messages again.

use crate::model::{NotifierName, Reason, Standing};

use super::look::{NotifierView, Outlook, View};
use super::{Rules, Trouble, alert, begin, end, words};

/// The part of a look that is about notifiers.
pub(super) fn look(view: &View<'_>, outlook: &mut Outlook) {
    for notifier in view.notifiers {
        match found(view, notifier) {
            Some((since, said, ripe)) => fails(view, notifier, (since, &said, ripe), outlook),
            None => works(view, notifier.name, outlook),
        }
    }
    let here = |s: &Standing| view.notifiers.iter().any(|n| n.name.as_str() == s.subject);
    for s in view.standing.iter().filter(|s| s.reason == Reason::NotifierFailing) {
        if (s.stands() || s.told) && !here(s) {
            outlook.note(Some(s), Standing { told: false, ..end(s, view.now) });
        }
    }
}

/// What is wrong with a notifier: since when, in words, and whether it has lasted.
fn found(view: &View<'_>, notifier: &NotifierView<'_>) -> Option<(crate::model::Time, String, bool)> {
    let health = &notifier.health;
    let error = health.error.clone().unwrap_or_else(|| "no reason was kept".to_owned());
    if let Some(since) = health.off_since {
        return Some((since, format!("its target said it is gone ({error})"), true));
    }
    let since = health.failing_since.filter(|_| health.failures > 0)?;
    let ripe = health.failures > 1 && view.now.since(since) >= view.rules.notifier_after;
    Some((since, error, ripe))
}

fn fails(
    view: &View<'_>,
    notifier: &NotifierView<'_>,
    (since, said, ripe): (crate::model::Time, &str, bool),
    outlook: &mut Outlook,
) {
    let name = notifier.name.as_str();
    let before = view.before(Reason::NotifierFailing, name);
    if !ripe && !before.is_some_and(|b| b.stands() || b.told) {
        return;
    }
    let off = notifier.health.off_since.is_some();
    // One that was failing and is now off, or was switched on and is off again: somebody has to act, and is told at once.
    let anew = off && before.is_some_and(|b| b.since < since);
    let rules = if off { Rules { repeat_after: std::time::Duration::ZERO, ..view.rules } } else { view.rules };
    let kept = before.filter(|_| !anew);
    let found = Trouble { reason: Reason::NotifierFailing, subject: name, since, said };
    let (standing, tell) = begin(kept, &found, ripe, &rules, view.now);
    if tell {
        let words = words::notifier_failing(name, &notifier.health, &standing);
        let told = alert(Reason::NotifierFailing, name, (standing.since, None), words, view.now);
        outlook.news.push((told, Some(notifier.name.clone())));
    }
    outlook.note(before, standing);
}

fn works(view: &View<'_>, name: &NotifierName, outlook: &mut Outlook) {
    let before = view.before(Reason::NotifierFailing, name.as_str());
    let Some(before) = before.filter(|b| b.stands() || b.told) else { return };
    if before.told {
        let words = words::notifier_recovered(name.as_str(), before, view.now);
        let times = (before.since, Some(view.now));
        let told = alert(Reason::NotifierRecovered, name.as_str(), times, words, view.now);
        outlook.news.push((told, Some(name.clone())));
    }
    outlook.note(Some(before), Standing { told: false, ..end(before, view.now) });
}
