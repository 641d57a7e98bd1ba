//! How the service is, in words: for `status`, for systemd's status line, for the daily line and for `once`. Pure.

use std::time::Duration;

use crate::model::time::say_duration;
use crate::model::{FeedMemory, FeedName, NotifierName, Reason, Standing, Time, redact_url};
use crate::store::{Backlog, Outbox};
use crate::text::bidi::isolate;
use crate::text::count::counted;

use super::backlog;

/// A feed that nobody has asked for so long after its time is not asked at all.
const OVERDUE: Duration = Duration::from_secs(10 * 60);
/// A daemon that has looked at nothing for so long hangs, or cannot write.
const STUCK: Duration = Duration::from_secs(120);
/// With less the store cannot grow by a page or two: a full disk, told before a write fails on it.
const FREE_AT_LEAST: u64 = 1 << 20;

/// Who takes the steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Runs {
    /// This process (`feedwatch run, process 812`).
    Yes(String),
    /// Nobody; the last one was this.
    No(Option<String>),
    /// It cannot be known here.
    Unknown,
}

/// What is known of the service.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// Configured feeds that are known to the store.
    pub feeds: Vec<(&'a FeedName, &'a FeedMemory)>,
    /// Troubles, those that ended lately included.
    pub standing: &'a [Standing],
    /// What hangs at the notifiers.
    pub backlog: &'a [Backlog],
    /// What waits, and what is dead.
    pub outbox: Outbox,
    /// Configured notifiers.
    pub notifiers: Vec<NotifierName>,
    /// Why the configuration that stands in the files cannot be used, where that has been looked at.
    pub unusable: Option<&'a str>,
    /// Who takes the steps.
    pub runs: Runs,
    /// When the service was last looked at.
    pub looked: Option<Time>,
    /// Bytes free where the store is.
    pub free: Option<u64>,
    /// Now.
    pub now: Time,
}

/// Something that is not well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What, since when, and what to do, in a line.
    pub said: String,
    /// Since when.
    pub since: Option<Time>,
}

/// Everything that is not well, the worst first; nothing: it is healthy.
pub fn findings(facts: &Facts<'_>) -> Vec<Finding> {
    let mut all = Vec::new();
    all.extend(no_space(facts.free));
    all.extend(nobody_works(facts));
    all.extend(stands(facts, Reason::Offline));
    for said in backlog::said(facts.backlog, &facts.notifiers) {
        all.push(Finding { said, since: None });
    }
    all.extend(unusable(facts).or_else(|| stands(facts, Reason::ConfigRejected)));
    all.extend(dead(facts));
    all.extend(failing(facts));
    let silent = facts.standing.iter().filter(|s| s.stands() && s.reason == Reason::FeedSilent);
    let known = |s: &&Standing| facts.feeds.iter().any(|(name, _)| name.as_str() == s.subject);
    all.extend(silent.filter(known).map(|s| Finding { said: sentence(s), since: Some(s.since) }));
    all
}

/// One line for systemd: `312 feeds, 2 failing, 0 pending`, behind what is worse than a failing feed. `failing`: those whose
/// last poll failed.
pub fn brief((feeds, failing): (usize, &[(&FeedName, &FeedMemory)]), standing: &[Standing], outbox: Outbox) -> String {
    let failing = failing_feeds(failing, standing).count();
    let counts = format!("{}, {failing} failing, {} pending", counted(feeds, "feed", "feeds"), outbox.pending);
    let graver = standing.iter().filter(|s| s.stands() && !is_of_feed(s)).map(sentence);
    let mut parts: Vec<String> = graver.collect();
    parts.push(counts);
    parts.join("; ")
}

/// A trouble that stands, as one line.
pub fn sentence(standing: &Standing) -> String {
    let (subject, since) = (isolate(&standing.subject), standing.since.minute());
    let first = standing.said.lines().next().unwrap_or_default();
    match standing.reason {
        Reason::FeedFailing => format!("feed “{subject}” fails since {since}: {first}"),
        Reason::FeedSilent => format!(
            "feed “{subject}” shows nothing new since {since}: {first}; compare with its web page, it may be frozen"
        ),
        Reason::Offline => {
            format!("offline since {since}: {first}; look at this machine's network, its name resolution and its proxy")
        }
        Reason::NotifierFailing => format!("notifier “{subject}” takes nothing since {since}: {first}"),
        Reason::ConfigRejected => format!(
            "the configuration was rejected at {since}, and the old one runs on: {first}; run feedwatch check, mend the \
             file, then systemctl reload feedwatch"
        ),
        _ => format!("{} since {since}: {first}", standing.reason.as_str().replace('_', " ")),
    }
}

/// Whether it is about one feed.
fn is_of_feed(standing: &Standing) -> bool {
    matches!(standing.reason, Reason::FeedFailing | Reason::FeedSilent)
}

fn stands(facts: &Facts<'_>, reason: Reason) -> Option<Finding> {
    let s = facts.standing.iter().find(|s| s.reason == reason && s.stands())?;
    Some(Finding { said: sentence(s), since: Some(s.since) })
}

/// Files that cannot be used at this moment; since when, if that was told.
fn unusable(facts: &Facts<'_>) -> Option<Finding> {
    let said = facts.unusable?;
    let since = stands(facts, Reason::ConfigRejected).and_then(|told| told.since);
    let rejected = since.map_or_else(String::new, |at| format!(", and was rejected at {}", at.minute()));
    let runs = match &facts.runs {
        Runs::Yes(_) => "; the one accepted before runs on",
        _ => "",
    };
    let said = format!("the configuration cannot be used{rejected}: {said}{runs}; mend the file, then feedwatch check");
    Some(Finding { said, since })
}

/// A disk with so little free that the store cannot grow.
pub fn no_space(free: Option<u64>) -> Option<Finding> {
    let free = free.filter(|free| *free < FREE_AT_LEAST)?;
    let said = format!(
        "no space is left for the store ({} KiB): free some; feedwatch goes on by itself, and nothing promised is lost",
        free >> 10
    );
    Some(Finding { said, since: None })
}

/// Nobody polls though feeds are due; or somebody should, and does not.
fn nobody_works(facts: &Facts<'_>) -> Option<Finding> {
    let now = facts.now;
    let overdue = |m: &&FeedMemory| m.next_poll.is_some_and(|due| now.since(due) > OVERDUE) && m.last_poll.is_some();
    let late: Vec<&FeedMemory> = facts.feeds.iter().map(|(_, m)| *m).filter(overdue).collect();
    let last = facts.feeds.iter().filter_map(|(_, m)| m.last_poll).max();
    let feeds = counted(late.len(), "feed is", "feeds are");
    match &facts.runs {
        Runs::Yes(who) => {
            let looked = facts.looked.filter(|at| now.since(*at) > STUCK && who.contains("feedwatch run"))?;
            let said = format!(
                "{who} has not turned since {} ({} ago): its store may be full or locked, see its log; then systemctl \
                 restart feedwatch",
                looked.minute(),
                short(now, looked)
            );
            Some(Finding { said, since: Some(looked) })
        }
        Runs::No(before) if !late.is_empty() => {
            let since = last.map(|t| format!(" since {} ({} ago)", t.minute(), short(now, t))).unwrap_or_default();
            let daemon = before.as_ref().is_some_and(|b| b.contains("feedwatch run"));
            let start =
                if daemon { "systemctl start feedwatch" } else { "feedwatch run, or feedwatch once from a timer" };
            Some(Finding { said: format!("nobody polls{since}, and {feeds} overdue: {start}"), since: last })
        }
        _ => None,
    }
}

fn dead(facts: &Facts<'_>) -> Option<Finding> {
    let dead = facts.outbox.dead;
    let said = format!(
        "{}: see feedwatch alerts list --state dead, mend the cause, then feedwatch alerts resend --since 1d",
        if dead == 1 { "1 delivery is dead".to_owned() } else { format!("{dead} deliveries are dead") }
    );
    (dead > 0).then_some(Finding { said, since: None })
}

/// Feeds that fail, the longest first; while we are offline, those that do so of themselves.
fn failing_feeds<'f>(
    feeds: &'f [(&'f FeedName, &'f FeedMemory)],
    standing: &[Standing],
) -> impl Iterator<Item = (&'f FeedName, &'f FeedMemory)> {
    let offline = standing.iter().find(|s| s.reason == Reason::Offline && s.stands()).map(|s| s.since);
    let ours = move |m: &FeedMemory| offline.is_some_and(|from| m.unreachable_since.is_some_and(|t| t >= from));
    feeds.iter().copied().filter(move |(_, m)| m.failures > 0 && !ours(m))
}

fn failing(facts: &Facts<'_>) -> Option<Finding> {
    let mut sick: Vec<_> = failing_feeds(&facts.feeds, facts.standing).collect();
    sick.sort_by_key(|(_, m)| m.failing_since);
    let (name, memory) = sick.first()?;
    let since = memory
        .failing_since
        .map_or_else(String::new, |t| format!(" since {} ({} ago)", t.minute(), short(facts.now, t)));
    let others = match sick.len() - 1 {
        0 => String::new(),
        1 => ", and 1 more feed fails".to_owned(),
        n => format!(", and {n} more feeds fail"),
    };
    let said = format!(
        "feed “{}” fails{since}: {}{others}; see feedwatch parse {}",
        isolate(name.as_str()),
        memory.error.as_deref().unwrap_or("no reason was kept"),
        redact_url(&memory.url)
    );
    Some(Finding { said, since: memory.failing_since })
}

/// The larger unit of the time between two moments; zero when the later one is past.
pub fn short(later: Time, earlier: Time) -> String {
    let said = say_duration(Duration::from_secs(later.since(earlier).as_secs()));
    match said.split_once(' ') {
        Some((large, _)) => large.to_owned(),
        None if said == "0ms" => "0s".to_owned(),
        None => said,
    }
}

#[cfg(test)]
mod tests;
