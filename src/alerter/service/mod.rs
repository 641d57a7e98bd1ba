//! News of the service itself: a trouble begins, is told once, and ends. Pure.
//!
//! A trouble is a [`Standing`], kept in the store. It is told once while it stands, and its end only where its beginning
//! was told. One that comes back soon after it was told is not told again before [`Rules::repeat_after`] is over: a feed
//! that fails and recovers every minute costs two messages in that time.

mod feeds;
mod look;
mod notifiers;
mod offline;
mod silence;
mod words;

use std::time::Duration;

use crate::model::{Alert, AlertId, AlertKind, FeedName, Reason, ServiceNews, Standing, Time};

pub use look::{FeedView, NotifierView, Outlook, View, look};
pub use words::store_recovered;

/// When troubles are told (`[service]`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// A feed is told as failing after so many polls in a row …
    pub failing_polls: u32,
    /// … or when it has failed for so long.
    pub failing_after: Duration,
    /// How long most hosts must be out of reach.
    pub offline_after: Duration,
    /// How long a notifier must take nothing.
    pub notifier_after: Duration,
    /// What ended and comes back is told again no sooner.
    pub repeat_after: Duration,
}

impl Default for Rules {
    fn default() -> Self {
        const MINUTE: u64 = 60;
        Self {
            failing_polls: 5,
            failing_after: Duration::from_secs(60 * MINUTE),
            offline_after: Duration::from_secs(2 * MINUTE),
            notifier_after: Duration::from_secs(5 * MINUTE),
            repeat_after: Duration::from_secs(6 * 60 * MINUTE),
        }
    }
}

/// A trouble as it is found now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble<'a> {
    /// The reason of its alert.
    pub reason: Reason,
    /// The feed or notifier; "" for the whole service.
    pub subject: &'a str,
    /// When it began.
    pub since: Time,
    /// What is wrong, in words.
    pub said: &'a str,
}

/// A trouble that is there: as it stands from now on, and whether it is to be told now. `ripe`: it has lasted long
/// enough, and nothing else speaks against telling it.
pub fn begin(before: Option<&Standing>, found: &Trouble<'_>, ripe: bool, rules: &Rules, now: Time) -> (Standing, bool) {
    // One whose end is owed to those who heard of its beginning has, for them, not ended.
    let since = before.filter(|b| b.stands() || b.told).map_or(found.since, |b| b.since);
    let told = before.is_some_and(|b| b.told);
    let last_told = before.and_then(|b| b.last_told);
    // Each rejected file is somebody's edit, and he wants to know; nothing but an edit brings it back.
    let is_edit = found.reason == Reason::ConfigRejected;
    let rested = is_edit || last_told.is_none_or(|at| now.since(at) >= rules.repeat_after || at > now);
    let tell = ripe && !told && rested;
    let standing = Standing {
        reason: found.reason,
        subject: found.subject.to_owned(),
        since,
        said: found.said.to_owned(),
        told: told || tell,
        last_told: if tell { Some(now) } else { last_told },
        ended: None,
    };
    (standing, tell)
}

/// A trouble that is over. Its end is owed as long as `told` remains.
pub fn end(before: &Standing, now: Time) -> Standing {
    Standing { ended: Some(before.ended.unwrap_or(now)), ..before.clone() }
}

/// What an alert says beside its reason, subject and times.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words {
    /// The worst, in a sentence: the subject of a mail.
    pub sentence: String,
    /// What was seen, in lines.
    pub details: Vec<String>,
    /// What to do.
    pub advice: Option<String>,
}

/// A service alert. Its id follows from its reason, what it is about, and since when.
pub fn alert(reason: Reason, subject: &str, (since, until): (Time, Option<Time>), words: Words, now: Time) -> Alert {
    let of_feed = matches!(reason, Reason::FeedFailing | Reason::FeedRecovered | Reason::FeedSilent);
    Alert {
        id: AlertId::of_service(reason.as_str(), subject, since.ms()),
        kind: AlertKind::Service,
        reason,
        sentence: words.sentence,
        watch: None,
        feed: of_feed.then(|| FeedName::new(subject)),
        item: None,
        hits: Vec::new(),
        diff: None,
        raised: now,
        excerpts: Vec::new(),
        guard: None,
        first: true,
        follows: None,
        service: Some(ServiceNews {
            subject: (!subject.is_empty()).then(|| subject.to_owned()),
            since,
            until,
            details: words.details,
            advice: words.advice,
        }),
    }
}

/// What is said of a trouble that another part of the program has found: a rejected configuration, a store that fails.
pub fn words_of(standing: &Standing) -> Words {
    let since = standing.since.minute();
    let (sentence, advice) = match standing.reason {
        Reason::ConfigRejected => (
            format!("the configuration was rejected at {since}, and the old one runs on"),
            "run feedwatch check, mend the file, then systemctl reload feedwatch",
        ),
        Reason::DiskFull => (
            format!("there is no space left for the store since {since}: nothing is polled or sent"),
            "free some space; feedwatch goes on by itself, and nothing promised is lost",
        ),
        Reason::StoreFailing => (
            format!("the store cannot be written since {since}: nothing is polled or sent"),
            "see feedwatch status for the reason; feedwatch tries again every few seconds",
        ),
        _ => (standing.said.clone(), "see feedwatch status"),
    };
    Words { sentence, details: lines(&standing.said), advice: Some(advice.to_owned()) }
}

/// At most so many lines of what another part has to say: a message is no place for a long report.
fn lines(said: &str) -> Vec<String> {
    const MOST: usize = 20;
    let mut lines: Vec<String> = said.lines().map(str::to_owned).take(MOST).collect();
    if said.lines().count() > MOST {
        lines.push("…".to_owned());
    }
    lines
}

#[cfg(test)]
mod tests;
