//! HEALTH: look at feeds, notifiers and store ─▶ decide what is wrong with the service ─▶ settle: troubles, service alerts.
//!
//! The same shape as the other steps: what it looks at stands in the store, what it decides is written in one transaction,
//! and doing it again raises nothing twice. A look that a kill cuts off is made again at the next start.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::alerter::service::{self, FeedView, NotifierView, Outlook, Trouble, View};
use crate::model::{Alert, FeedMemory, FeedName, NotifierHealth, NotifierName, Reason, Standing, Time};
use crate::store::{Desk, HealthOutcome, Lane, Store, StoreError};

use super::Setup;

/// Feeds are asked for their silence so often: it is measured in days.
const SILENCE_EVERY: Duration = Duration::from_secs(3600);
/// A feed that published since then is not silent.
const SILENT_AT_LEAST: Duration = Duration::from_secs(12 * 3600);
/// Feeds that the store is asked for so at a time: polls have their turn between them.
const AT_A_TIME: usize = 50;
/// Items that tell the rhythm of a feed.
const RHYTHM: usize = 1000;

/// When the service was last looked at: `status` knows by it whether the daemon turns.
pub const LOOKED: &str = "looked";
const SILENCE: &str = "silence";
const HOLE: [&str; 2] = ["hole from", "hole to"];
/// When feeds were last told to fail, to have recovered, to be silent.
const TOLD: [(&str, Reason); 3] = [
    ("told feed_failing", Reason::FeedFailing),
    ("told feed_recovered", Reason::FeedRecovered),
    ("told feed_silent", Reason::FeedSilent),
];

/// All that a look reads, at one moment.
struct Read {
    feeds: Vec<(FeedName, FeedMemory)>,
    /// All feeds are there, not only those that fail or have troubles.
    whole: bool,
    notifiers: Vec<(NotifierName, NotifierHealth)>,
    standing: Vec<Standing>,
    published: HashMap<FeedName, Vec<Time>>,
    /// The look asked for silence too.
    for_silence: bool,
    hole: Option<(Time, Time)>,
    told: [Option<Time>; 3],
}

/// Looks once, and settles what follows. Gives the alerts that were not there before; with some, the planner has
/// something to do.
pub async fn look(setup: &Setup, desk: &Desk, now: Time) -> Result<Vec<Alert>, StoreError> {
    let read = read(setup, desk, now).await?;
    let mut outcome = settle(setup, &read, decide(setup, &read, now), now);
    outcome.marks.push((LOOKED.to_owned(), now));
    if read.for_silence {
        outcome.marks.push((SILENCE.to_owned(), now));
    }
    super::heartbeat::daily(setup, desk, &mut outcome, now).await?;
    let raised: Vec<Alert> = outcome.alerts.iter().map(|(alert, _)| alert.clone()).collect();
    let fresh = desk.call(move |store| store.settle_health(&outcome)).await?;
    Ok(raised.into_iter().filter(|a| fresh.contains(&a.id)).collect())
}

async fn read(setup: &Setup, desk: &Desk, now: Time) -> Result<Read, StoreError> {
    let (mut read, new) = desk.call(move |store| part(store, now)).await?;
    if read.for_silence || may_be_offline(setup, &read, new) {
        read.feeds = desk.call(|store| store.feeds()).await?;
        read.whole = true;
    }
    if read.for_silence {
        let quiet = |m: &FeedMemory| m.recent.iter().all(|t| now.since(*t) >= SILENT_AT_LEAST);
        let quiet = read.feeds.iter().filter(|(_, m)| m.failures == 0 && !m.recent.is_empty() && quiet(m));
        let quiet: Vec<FeedName> = quiet.map(|(feed, _)| feed.clone()).collect();
        for some in quiet.chunks(AT_A_TIME) {
            let some = some.to_vec();
            let published = desk.call(move |store| {
                some.into_iter().map(|feed| Ok((feed.clone(), store.published(&feed, now, RHYTHM)?))).collect()
            });
            let published: Vec<(FeedName, Vec<Time>)> = published.await?;
            read.published.extend(published);
        }
    }
    Ok(read)
}

/// What is read at each look: of the feeds those that fail, and those that have troubles; and how many are new.
fn part(store: &mut dyn Store, now: Time) -> Result<(Read, usize), StoreError> {
    let for_silence = store.mark(SILENCE)?.is_none_or(|at| now.since(at) >= SILENCE_EVERY || at > now);
    let mut told = [None; 3];
    for (place, (mark, _)) in TOLD.iter().enumerate() {
        told[place] = store.mark(mark)?;
    }
    let hole = store.mark(HOLE[0])?.zip(store.mark(HOLE[1])?);
    let (notifiers, standing) = (store.notifier_health()?, store.standing()?);
    let of_feed = |s: &&Standing| matches!(s.reason, Reason::FeedFailing | Reason::FeedSilent);
    let named = standing.iter().filter(of_feed).filter(|s| s.stands() || s.told);
    let mut named: Vec<FeedName> = named.map(|s| FeedName::new(s.subject.as_str())).collect();
    named.sort_unstable_by(|a, b| a.as_str().cmp(b.as_str()));
    named.dedup();
    let feeds = store.failing_feeds(&named)?;
    let new = store.count_lane(Lane::New)?;
    let published = HashMap::new();
    Ok((Read { feeds, whole: false, notifiers, standing, published, for_silence, hole, told }, new))
}

/// Whether so many hosts are out of reach that it may be us; only then those that answer need to be counted.
fn may_be_offline(setup: &Setup, read: &Read, new: usize) -> bool {
    let away = read.feeds.iter().filter(|(_, m)| m.unreachable_since.is_some());
    let away: HashSet<&str> = away.filter_map(|(name, _)| setup.web_host_of(name).flatten()).collect();
    let asked_at_least = setup.count_hosts().saturating_sub(new);
    let stands = read.standing.iter().any(|s| s.reason == Reason::Offline && s.stands());
    stands || (away.len() >= 2 && away.len() * 3 >= asked_at_least)
}

fn decide(setup: &Setup, read: &Read, now: Time) -> Outlook {
    let feeds: Vec<FeedView<'_>> = read
        .feeds
        .iter()
        .filter_map(|(name, memory)| {
            let host = setup.web_host_of(name)?;
            Some(FeedView { name, host, memory, published: read.published.get(name).map(Vec::as_slice) })
        })
        .collect();
    let notifiers: Vec<NotifierView<'_>> = read
        .notifiers
        .iter()
        .filter_map(|(name, health)| {
            let target = setup.targets.get(name)?;
            let mut health = health.clone();
            // Another target than the one that said it is gone: it is on again.
            if health.off_target.as_deref().is_some_and(|off| off != target.word) {
                health = NotifierHealth { last_ok: health.last_ok, ..NotifierHealth::default() };
            } else if health.off_since.is_none() && health.last_try.is_none() {
                return None;
            }
            Some(NotifierView { name, health })
        })
        .collect();
    let rules = setup.config.service.rules;
    let (hole, told) = (read.hole, read.told);
    let whole = read.whole;
    service::look(&View {
        feeds: &feeds,
        whole,
        notifiers: &notifiers,
        standing: &read.standing,
        hole,
        told,
        rules,
        now,
    })
}

fn settle(setup: &Setup, read: &Read, outlook: Outlook, now: Time) -> HealthOutcome {
    let mut marks = Vec::new();
    for (mark, reason) in TOLD {
        if outlook.news.iter().any(|(alert, _)| alert.reason == reason) {
            marks.push((mark.to_owned(), now));
        }
    }
    if let Some((from, to)) = outlook.hole {
        marks.extend([(HOLE[0].to_owned(), from), (HOLE[1].to_owned(), to)]);
    }
    let known: HashSet<&FeedName> = read.feeds.iter().map(|(name, _)| name).collect();
    HealthOutcome {
        standing: outlook.standing,
        alerts: outlook.news.into_iter().map(|(alert, about)| (alert, hearers(setup, about.as_ref()))).collect(),
        due: outlook.due.into_iter().filter(|f| known.contains(f)).collect(),
        marks,
    }
}

/// Who hears news of the service. Never the notifier that it is about; and where that leaves nobody but the console,
/// every other notifier: whoever can still be reached must learn that somebody cannot.
pub fn hearers(setup: &Setup, about: Option<&NotifierName>) -> Vec<NotifierName> {
    let service = &setup.config.service;
    let Some(about) = about else { return service.notify.clone() };
    let mut told: Vec<NotifierName> = service.notify.iter().filter(|n| *n != about).cloned().collect();
    let only_console = told.iter().all(|n| n.as_str() == "console");
    if only_console && !service.notify.is_empty() {
        let others = setup.config.notifiers.iter().map(|n| &n.name).filter(|n| *n != about && !told.contains(n));
        let others: Vec<NotifierName> = others.cloned().collect();
        told.extend(others);
    }
    told
}

/// Notes a trouble that was found outside of the steps (a rejected configuration, say) and raises its alert if it is to be
/// told. What is said may change while it stands; it is not told again for that.
pub async fn raise(
    setup: &Setup,
    desk: &Desk,
    (reason, subject, said): (Reason, String, String),
    now: Time,
) -> Result<Option<Alert>, StoreError> {
    let standing = desk.call(|store| store.standing()).await?;
    let before = standing.iter().find(|s| s.is(reason, &subject));
    let found = Trouble { reason, subject: &subject, since: now, said: &said };
    let (stands, tell) = service::begin(before, &found, true, &setup.config.service.rules, now);
    let alert = tell.then(|| service::alert(reason, &subject, (stands.since, None), service::words_of(&stands), now));
    let alerts = alert.iter().map(|a| (a.clone(), hearers(setup, None))).collect();
    let outcome = HealthOutcome { standing: vec![stands], alerts, ..HealthOutcome::default() };
    let fresh = desk.call(move |store| store.settle_health(&outcome)).await?;
    Ok(alert.filter(|a| fresh.contains(&a.id)))
}

/// Notes that such a trouble is over. Whether it stood.
pub async fn end(desk: &Desk, reason: Reason, subject: &str, now: Time) -> Result<bool, StoreError> {
    let standing = desk.call(|store| store.standing()).await?;
    let Some(before) = standing.iter().find(|s| s.is(reason, subject) && s.stands()) else { return Ok(false) };
    // Nobody waits to hear of this end: what is in force again shows itself.
    let ended = Standing { told: false, ..service::end(before, now) };
    let outcome = HealthOutcome { standing: vec![ended], ..HealthOutcome::default() };
    desk.call(move |store| store.settle_health(&outcome)).await?;
    Ok(true)
}
