//! One look at feeds and notifiers: which troubles stand, which have ended, and what of it is told now.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Alert, FeedMemory, FeedName, NotifierHealth, NotifierName, Reason, Standing, Time};

use super::feeds::Feeds;
use super::{Rules, Trouble, alert, begin, end, notifiers, offline, words};

/// The least time between two looks' worth of news of one kind about feeds: what a dead network provider or a dead host of
/// many feeds brings comes in a few messages.
pub const GATHER: std::time::Duration = std::time::Duration::from_secs(600);
/// A host that cannot be reached is tried again no sooner while we are offline.
const TRY_AGAIN: std::time::Duration = std::time::Duration::from_secs(60);

/// A feed as it stands.
#[derive(Debug, Clone)]
pub struct FeedView<'a> {
    /// Its name.
    pub name: &'a FeedName,
    /// The host it is asked at; `None` for files.
    pub host: Option<&'a str>,
    /// What is known of it.
    pub memory: &'a FeedMemory,
    /// When its items were published, newest first, where this look asks for its silence.
    pub published: Option<&'a [Time]>,
}

/// A notifier as it stands.
#[derive(Debug, Clone)]
pub struct NotifierView<'a> {
    /// Its name.
    pub name: &'a NotifierName,
    /// How its attempts go; off only where its target is still the one that said so.
    pub health: NotifierHealth,
}

/// All that a look sees.
#[derive(Debug, Clone)]
pub struct View<'a> {
    /// Configured feeds: all of them, or those that fail and those that have troubles.
    pub feeds: &'a [FeedView<'a>],
    /// All of them. Else it is known that we are not offline, which takes those that answer to tell.
    pub whole: bool,
    /// Every configured notifier that was ever tried.
    pub notifiers: &'a [NotifierView<'a>],
    /// Troubles, those that ended lately included.
    pub standing: &'a [Standing],
    /// When we were last offline.
    pub hole: Option<(Time, Time)>,
    /// When feeds were last told to fail, to have recovered, to be silent.
    pub told: [Option<Time>; 3],
    /// When troubles are told.
    pub rules: Rules,
    /// Now.
    pub now: Time,
}

/// What follows from a look.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outlook {
    /// Troubles that have changed.
    pub standing: Vec<Standing>,
    /// What is told, each with the notifier that it is about, which must not tell it itself.
    pub news: Vec<(Alert, Option<NotifierName>)>,
    /// Feeds to be asked at once.
    pub due: Vec<FeedName>,
    /// We were offline in this time, and are no more.
    pub hole: Option<(Time, Time)>,
}

impl View<'_> {
    /// The trouble of this reason and subject, standing or ended.
    pub(super) fn before(&self, reason: Reason, subject: &str) -> Option<&Standing> {
        self.standing.iter().find(|s| s.is(reason, subject))
    }

    /// Whether news of one kind about feeds may be told now.
    pub(super) fn open(&self, which: usize) -> bool {
        self.told[which].is_none_or(|at| self.now.since(at) >= GATHER || at > self.now)
    }
}

impl Outlook {
    /// Notes a trouble where that changes something.
    pub(super) fn note(&mut self, before: Option<&Standing>, now: Standing) {
        if before != Some(&now) {
            self.standing.push(now);
        }
    }
}

/// Looks, and decides.
pub fn look(view: &View<'_>) -> Outlook {
    let mut outlook = Outlook::default();
    let away_since = network(view, &mut outlook);
    Feeds::new(view, away_since, outlook.hole.or(view.hole)).look(&mut outlook);
    notifiers::look(view, &mut outlook);
    outlook
}

/// Whether we are offline; since when, told or not.
fn network(view: &View<'_>, outlook: &mut Outlook) -> Option<Time> {
    let hosts = if view.whole { offline::hosts(view.feeds) } else { BTreeMap::new() };
    let before = view.before(Reason::Offline, "");
    let stands = before.filter(|b| b.stands());
    let since = match stands {
        Some(b) if offline::is_offline(&hosts, b.since) => Some(b.since),
        Some(_) => None,
        None => offline::began(&hosts),
    };
    let Some(since) = since else {
        if let Some(b) = stands {
            back(view, b, outlook);
        }
        return None;
    };
    let away: Vec<_> = away(view, since).collect();
    let (gone, here) = offline::counted(&hosts, since);
    let error = away.iter().filter_map(|f| f.memory.error.as_deref()).next_back().unwrap_or_default();
    let said = words::offline_said((gone, gone + here), away.len(), error);
    // What is said is that of the beginning: a row that changed at every look would be written at every look.
    let said = stands.filter(|b| b.told).map_or(said, |b| b.said.clone());
    let ripe = view.now.since(since) >= view.rules.offline_after;
    let (standing, tell) = begin(
        before,
        &Trouble { reason: Reason::Offline, subject: "", since, said: &said },
        ripe,
        &view.rules,
        view.now,
    );
    if tell {
        let words = words::offline(&standing);
        outlook.news.push((alert(Reason::Offline, "", (standing.since, None), words, view.now), None));
    }
    // A blip that is over before it is ripe leaves no trace.
    if ripe {
        outlook.note(before, standing);
        probe(view, since, here, outlook);
    }
    Some(since)
}

/// The feeds that cannot be reached from then on.
fn away<'v>(view: &'v View<'_>, since: Time) -> impl Iterator<Item = &'v FeedView<'v>> {
    view.feeds.iter().filter(move |f| f.host.is_some() && f.memory.unreachable_since.is_some_and(|t| t >= since))
}

/// While we are offline pauses grow, and the end would be seen late: a few hosts are tried all the time, more of them the
/// more answer.
fn probe(view: &View<'_>, since: Time, here: usize, outlook: &mut Outlook) {
    let mut waiting: Vec<_> =
        away(view, since).filter(|f| f.memory.last_poll.is_none_or(|t| view.now.since(t) >= TRY_AGAIN)).collect();
    waiting.sort_by_key(|f| f.memory.last_poll);
    let mut hosts = BTreeSet::new();
    let most = 3 + 2 * here;
    let chosen = waiting.into_iter().filter(|f| hosts.insert(f.host)).take(most);
    outlook.due.extend(chosen.map(|f| f.name.clone()));
}

/// We can see again: the hole is told, and all that was away is asked at once.
fn back(view: &View<'_>, before: &Standing, outlook: &mut Outlook) {
    let (since, now) = (before.since, view.now);
    outlook.hole = Some((since, now));
    outlook.due.extend(away(view, since).map(|f| f.name.clone()));
    if before.told {
        // Those that were away: still unreached, or read again since.
        let here = |f: &&FeedView<'_>| f.memory.unreachable_since.is_none_or(|t| t >= since);
        let feeds = view.feeds.iter().filter(|f| f.host.is_some()).filter(here).count();
        let words = words::online(before, now, feeds);
        outlook.news.push((alert(Reason::Online, "", (since, Some(now)), words, now), None));
    }
    outlook.note(Some(before), Standing { told: false, ..end(before, now) });
}
