//! Why several alerts come as one message, as a person is told it.

use std::time::Duration;

use crate::model::time::say_duration;
use crate::model::{Guard, NotifierName, QuietHours, Time, WatchName};
use crate::text::bidi::isolate;

use super::policy::Limit;

/// What a guard caught.
pub fn of_guard(guard: &Guard, feed: &str) -> String {
    let feed = isolate(feed);
    match guard {
        Guard::Flood { items, most_before: 0, .. } => {
            format!("“{feed}” showed {items} new items at once, so they come as one message")
        }
        Guard::Flood { items, most_before, .. } => format!(
            "“{feed}” showed {items} new items at once, more than the {most_before} it ever did before: \
             a redesign or rewritten ids may be behind it, so they come as one message"
        ),
        Guard::LateDate { .. } => format!(
            "“{feed}” shows this now for the first time, though it is dated more than {} back; such finds come as one message",
            say_duration(Duration::from_secs(48 * 3600))
        ),
        Guard::Outage { from, to } => {
            format!("no feed could be reached from {from} to {to}; what was found afterwards comes as one message")
        }
    }
}

/// News of the service that came together.
pub fn of_service(count: usize) -> String {
    format!("{count} things about feedwatch itself, told together")
}

/// What waited for a notifier that took nothing.
pub fn of_backlog(count: usize) -> String {
    format!("{count} alerts that waited while no message was taken here come as one")
}

/// What follows a message that is not taken.
pub fn of_behind(sealed: Time) -> String {
    format!("the first message on this, of {}, is still undelivered; this is what followed", sealed.minute())
}

/// Edits of one item that waited for each other.
pub fn of_edits(count: usize) -> String {
    format!("{count} further changes of one item come as one message")
}

/// What another notifier has not accepted in time.
pub fn of_escalation(from: &NotifierName) -> String {
    format!("“{}” has not taken this in time, so it comes here as well", isolate(from.as_str()))
}

/// One story in several feeds; with what was told first, or only what followed.
pub fn of_story(feeds: usize, with_first: bool) -> String {
    match (feeds, with_first) {
        (feeds, true) => format!("one story in {feeds} feeds, told together"),
        (1, false) => "what followed on one story, told together".to_owned(),
        (feeds, false) => format!("one story came in {feeds} more feeds, told together"),
    }
}

/// What waited for a digest.
pub fn of_digest(count: usize) -> String {
    format!("the digest: {}", alerts(count))
}

/// What waited for quiet hours to end.
pub fn of_quiet(count: usize, quiet: Option<&QuietHours>) -> String {
    let hours = quiet.map_or_else(String::new, |quiet| format!(" ({quiet})"));
    format!("{} of the quiet hours{hours}, told now that they are over", alerts(count))
}

/// What waited for room within a limit.
pub fn of_limit(count: usize, limits: Vec<String>) -> String {
    let limits = if limits.is_empty() { String::new() } else { format!(" ({})", limits.join("; ")) };
    format!("more than the limit{limits}: {} in one message", alerts(count))
}

/// A watch's own limit.
pub fn limit_of_watch(watch: &WatchName, limit: Limit) -> String {
    format!("{limit} of the watch “{}”", isolate(watch.as_str()))
}

fn alerts(count: usize) -> String {
    if count == 1 { "1 alert".to_owned() } else { format!("{count} alerts") }
}
