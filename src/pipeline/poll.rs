//! POLL: fetch ─▶ parse ─▶ decide ─▶ find, raise ─▶ settle: feed, items, alerts.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;

use crate::alerter::raise;
use crate::config::FeedConfig;
use crate::deduper::{Decision, Identified, Situation, decide, identify};
use crate::fetcher::{Among, Answer, Fetched};
use crate::model::{
    Alert, AlertId, Change, ChangeKind, Clock, FeedMemory, FeedName, FeedState, Found, Guard, Item, Known, Moved,
    NotifierName, Time, Validators, WatchRule, redact_url,
};
use crate::parser::{Document, ParsedFeed, parse};
use crate::planner::story::can_follow;
use crate::scheduler::next_poll;
use crate::store::{Claim, Contact, Desk, FeedClaim, Lane, PollOutcome, Store, StoreError};
use crate::text::gist::Gist;
use crate::text::shown::line;

use super::remember::{self, Reading};
use super::{Places, Setup, recognise, skim};

/// A hash of what a document is read under.
type Hash = [u8; 16];

/// A poll that has been settled.
#[derive(Debug, Clone, PartialEq)]
pub struct Polled {
    /// The feed.
    pub feed: FeedName,
    /// How it went.
    pub result: PolledAs,
    /// Alerts that were not there before.
    pub alerts: Vec<Alert>,
    /// Bytes of bodies on the wire.
    pub bytes: u64,
    /// When it is due again.
    pub next: Option<Time>,
    /// What was not taken as it stood, or not sent as configured, a phrase each: said once a poll.
    pub notes: Vec<String>,
}

/// How a poll went.
#[derive(Debug, Clone, PartialEq)]
pub enum PolledAs {
    /// It was read.
    Feed {
        /// New items, told or not.
        new: usize,
        /// Edited items.
        edited: usize,
        /// It was the first poll that parsed; so many of its items would have matched, but were told to nobody.
        baseline: Option<usize>,
    },
    /// Nothing has changed.
    NotModified,
    /// It failed.
    Failed {
        /// The reason.
        said: String,
        /// The poll before failed for the same reason: it has been said.
        again: bool,
    },
}

/// One poll of a feed, from its claim to its settle.
///
/// ```text
/// fetch ─▶ skim, else read: is it a feed? ─▶ weigh: what changed, what do the watches say? ─▶ remember ─▶ settle
/// ```
///
/// A body that is [recognised](super::recognise) goes from its fetch to *remember*; one that has changed is
/// [skimmed](super::skim) where that is sure. Bodies are read on threads of their own ([`super::workers`]).
///
/// `host` is its place at the feed's host, given back as soon as the answer is there: what follows, and the commit, which
/// waits for the disk, keep no other feed of that host waiting. The place for working on a body is kept as long as anything of
/// it is there.
pub async fn poll(
    setup: &Arc<Setup>,
    desk: &Desk,
    clock: &dyn Clock,
    places: &Places,
    (claim, host): (FeedClaim, Option<OwnedSemaphorePermit>),
) -> Result<Polled, StoreError> {
    let FeedClaim { feed, memory, outage } = claim;
    let Some(config) = setup.feed(&feed) else { return void(desk, feed).await };
    let waiting = places.wait(Lane::of(&memory)).await;
    let among = Among { patience: places.patience(Lane::of(&memory)), working: places.working().clone() };
    let began = clock.now();
    let under = recognise::under(setup, config);
    let mut memory = memory;
    memory.read_as = recognise::before(&memory, &under);
    // Asked as if for the first time where validators are not trusted: one that does not change with its document is found out.
    let forgetful = (!memory.trusts_validators(setup.config.trust_304, began))
        .then(|| FeedMemory { validators: Validators::default(), ..memory.clone() });
    // In a box, so that a poll that waits for its commit is small.
    let fetched = Box::pin(setup.fetcher.fetch_among(&config.source, forgetful.as_ref().unwrap_or(&memory), &among));
    let (fetched, working) = fetched.await;
    drop((among, forgetful));
    drop((host, waiting));
    // What is recognised needs no work.
    let mut working = working.filter(|_| matches!(fetched.answer, Answer::Body { .. }));
    let now = clock.now();
    let before = Arc::new(memory);
    let (fetched, reading, seen) = match &fetched.answer {
        Answer::NotModified => (fetched, Reading::NotModified, None),
        Answer::Same { .. } => (fetched, Reading::Same, None),
        Answer::Failed(failure) => {
            let said = line(&failure.said);
            (fetched, Reading::Failed(said), None)
        }
        Answer::Body { .. } => {
            let poll = Body { setup: setup.clone(), desk: desk.clone(), feed: feed.clone(), memory: before.clone() };
            places.workers().run(move || poll.read(fetched, under, outage, now)).await?
        }
    };
    let result = told(&reading, seen.as_ref(), &before);
    let decision = seen.as_ref().map(|s| &s.decision);
    let mut memory = remember::after(config, &before, &fetched, &reading, decision, (began, now));
    if let (Reading::Feed(parsed), Some(decision)) = (&reading, decision) {
        memory.read_as = recognise::after(&fetched.answer, parsed, decision, under, now);
    }
    let next = memory.next_poll;
    let notes = notes(&reading, &fetched, (&before.moved, &memory));
    let times_alone = seen.is_none() && memory.differs_in_times_alone(&before);
    let contact = remember::contact(&config.source, &fetched.answer);
    let skim = seen.as_ref().map(|seen| seen.pack.clone());
    let Seen { decision, alerts: raised, gists, .. } = seen.unwrap_or_default();
    let (records, left) = (decision.records, decision.left);
    let alerts = raised.clone();
    let outcome =
        PollOutcome { feed: feed.clone(), memory, times_alone, contact, at: now, records, left, alerts, gists, skim };
    if outcome.is_quiet() {
        working = None;
    }
    let fresh = desk.settle_poll(outcome).await?;
    drop(working);
    let alerts = raised.into_iter().map(|(alert, _)| alert).filter(|a| fresh.contains(&a.id)).collect();
    Ok(Polled { feed, result, alerts, bytes: fetched.bytes, next, notes })
}

/// What a person should hear of beside the result.
fn notes(reading: &Reading, fetched: &Fetched, (before, memory): (&Option<Moved>, &FeedMemory)) -> Vec<String> {
    let mut notes = match reading {
        Reading::Feed(parsed) => parsed.notes(),
        Reading::NotModified | Reading::Same | Reading::Failed(_) => Vec::new(),
    };
    if let (Some(why), false) = (fetched.withheld, matches!(reading, Reading::Failed(_))) {
        notes.push(format!("its login, headers and cookies were not sent on: {why} ({})", redact_url(&fetched.url)));
    }
    let in_force = |moved: &Option<Moved>| moved.as_ref().is_some_and(Moved::in_force);
    if let (false, Some(moved)) = (in_force(before), memory.moved.as_ref().filter(|m| m.in_force())) {
        notes.push(format!("moved for good to {}, which is asked from now on", redact_url(&moved.to)));
    }
    notes
}

/// A poll that has brought a body, on its way to a thread that reads it.
struct Body {
    setup: Arc<Setup>,
    desk: Desk,
    feed: FeedName,
    memory: Arc<FeedMemory>,
}

impl Body {
    /// Skims it, else reads it, and weighs what it says. Takes milliseconds, and waits for the store.
    fn read(
        self,
        fetched: Fetched,
        under: Hash,
        outage: Option<Guard>,
        now: Time,
    ) -> Result<(Fetched, Reading, Option<Seen>), StoreError> {
        let Self { setup, desk, feed, memory } = &self;
        let config = setup.feed(feed).expect("a setup keeps its feeds");
        if let Some(skimmed) = skim::read((setup, desk), (config, memory), &fetched, &under)? {
            let (document, pack) = (skimmed.document, skimmed.pack);
            let seen = weigh(setup, config, memory, (document, skimmed.known, pack), (outage, now));
            return Ok((fetched, Reading::Feed(skimmed.parsed), Some(seen)));
        }
        let Answer::Body { body, content_type, .. } = &fetched.answer else { unreachable!("it has brought a body") };
        // Its query may be a token, and a link such as `#part` would take it over.
        let base = fetched.url.split(['?', '#']).next();
        let document = Document { bytes: body, content_type: content_type.as_deref(), base };
        let mut parsed = match parse(document, setup.parsing) {
            Ok(parsed) => parsed,
            Err(not) => return Ok((fetched, Reading::Failed(line(&not.reason)), None)),
        };
        let document = identify(items_of(&mut parsed, config), memory.rung);
        let pack = skim::pack(&fetched, &parsed, &document, &under);
        let (feed, probes) = (config.name.clone(), document.probes());
        let known = desk.call_and_wait(move |store| store.known(&feed, &probes))?;
        let seen = weigh(setup, config, memory, (document, known, pack), (outage, now));
        Ok((fetched, Reading::Feed(parsed), Some(seen)))
    }
}

/// What a document changes, and what the watches have to say of it.
#[derive(Default)]
struct Seen {
    decision: Decision,
    alerts: Vec<(Alert, Vec<NotifierName>)>,
    gists: Vec<(AlertId, Gist)>,
    /// Items of a silent baseline that would have been told.
    would_have: usize,
    /// It was the first poll that parsed.
    is_baseline: bool,
    /// What is kept for the next document to be skimmed; empty: it is read whole.
    pack: Vec<u8>,
}

fn weigh(
    setup: &Setup,
    config: &FeedConfig,
    memory: &FeedMemory,
    (document, known, pack): (Identified, Vec<Known>, Vec<u8>),
    (outage, now): (Option<Guard>, Time),
) -> Seen {
    let baseline = memory.baseline_at.is_none().then_some(config.first_poll);
    let situation = Situation { baseline, biggest_burst: memory.biggest_burst, outage, now };
    let mut decision = decide(document, known, situation);
    let Raising { alerts, gists, would_have } = find_and_raise(setup, config, &mut decision, now);
    // What was passed over is looked at anew each time.
    let pack = if decision.passed_over > 0 { Vec::new() } else { pack };
    Seen { decision, alerts, gists, would_have, is_baseline: baseline.is_some(), pack }
}

/// How the poll went, for whoever watches.
fn told(reading: &Reading, seen: Option<&Seen>, before: &FeedMemory) -> PolledAs {
    match (reading, seen) {
        (Reading::Failed(said), _) => failed(said, before),
        (Reading::Feed(_), Some(seen)) => PolledAs::Feed {
            new: seen.decision.new,
            edited: seen.decision.edited,
            baseline: seen.is_baseline.then_some(seen.would_have),
        },
        (Reading::Same, _) => PolledAs::Feed { new: 0, edited: 0, baseline: None },
        _ => PolledAs::NotModified,
    }
}

/// Takes the items out of a document, in the language that the configuration gives where it gives one; their dates stay.
fn items_of(parsed: &mut ParsedFeed, config: &FeedConfig) -> Vec<Item> {
    let taken = |item: &mut Item| {
        let (published, updated) = (item.published, item.updated);
        std::mem::replace(item, Item { published, updated, ..Item::default() })
    };
    let mut items: Vec<Item> = parsed.items.iter_mut().map(taken).collect();
    in_language(&mut items, parsed.language.as_deref(), config);
    items
}

/// Gives items the language of the configuration, else leaves them their own, else that of their feed.
pub(super) fn in_language(items: &mut [Item], of_feed: Option<&str>, config: &FeedConfig) {
    for item in items {
        let own = item.language.take().or_else(|| of_feed.map(str::to_owned));
        item.language = config.language.clone().or(own);
    }
}

/// Matches every change and raises what the watches have to say; notes in each record which watches have found it.
fn find_and_raise(setup: &Setup, config: &FeedConfig, decision: &mut Decision, now: Time) -> Raising {
    let rules: Vec<&WatchRule> = setup.rules();
    let listens = |watch: usize| rules[watch].feeds.as_ref().is_none_or(|feeds| feeds.contains(&config.name));
    let mut raising = Raising::default();
    for (change, record) in &decision.changes {
        let found = setup.watchlist().find_in(&change.item, Some(&config.name), listens);
        let earlier = found_before(setup, config, change, listens);
        if found.is_empty() && earlier.is_empty() {
            continue;
        }
        let raised = raise(change, &config.name, &rules, found, &earlier, now);
        raising.would_have += usize::from(raised.would_have);
        decision.records[*record].record.found = raised.found;
        raising.gists.extend(gists(setup, &change.item, &raised.alerts));
        raising.alerts.extend(raised.alerts);
    }
    raising
}

/// What the watches have to say, and by what it is known in other feeds.
#[derive(Default)]
struct Raising {
    alerts: Vec<(Alert, Vec<NotifierName>)>,
    gists: Vec<(AlertId, Gist)>,
    /// Items of a silent baseline that would have been told.
    would_have: usize,
}

/// The gist of an item for each of its alerts that can be of a story.
fn gists(setup: &Setup, item: &Item, alerts: &[(Alert, Vec<NotifierName>)]) -> Vec<(AlertId, Gist)> {
    let asks = |alert: &&Alert| can_follow(alert) && setup.tells_stories(alert.watch.as_ref());
    let ids: Vec<AlertId> = alerts.iter().map(|(alert, _)| alert).filter(asks).map(|a| a.id.clone()).collect();
    if ids.is_empty() {
        return Vec::new();
    }
    let text = &item.text;
    let gist = Gist::of(item.link.as_deref(), &text.title, &text.summary, &text.body);
    gist.map(|gist| ids.into_iter().map(|id| (id, gist.clone())).collect()).unwrap_or_default()
}

/// What the watches find in the text before an edit.
fn found_before(setup: &Setup, config: &FeedConfig, change: &Change, listens: impl Fn(usize) -> bool) -> Vec<Found> {
    let ChangeKind::Edited { earlier: Some(earlier), .. } = &change.kind else { return Vec::new() };
    let item = Item { text: earlier.clone(), ..change.item.clone() };
    setup.watchlist().find_in(&item, Some(&config.name), listens)
}

fn failed(said: &str, before: &FeedMemory) -> PolledAs {
    PolledAs::Failed { said: said.to_owned(), again: before.error.as_deref() == Some(said) }
}

/// The feed was taken out of the configuration between its claim and now.
async fn void(desk: &Desk, feed: FeedName) -> Result<Polled, StoreError> {
    let claim = Claim::Feed(feed.clone());
    let given = move |store: &mut dyn Store| {
        store.release(&claim);
        Ok(())
    };
    desk.call(given).await?;
    Ok(Polled { feed, result: PolledAs::NotModified, alerts: Vec::new(), bytes: 0, next: None, notes: Vec::new() })
}

/// Settles a poll that broke off by a fault of ours: the feed backs off and `status` says so.
pub async fn broken(setup: &Setup, desk: &Desk, now: Time, claim: FeedClaim) -> Result<Polled, StoreError> {
    let said = "reading this feed broke off by a fault of feedwatch itself; please report it with the document";
    let FeedClaim { feed, mut memory, .. } = claim;
    memory.last_poll = Some(now);
    memory.failures = memory.failures.saturating_add(1);
    memory.failing_since = memory.failing_since.or(Some(now));
    let result = failed(said, &memory);
    (memory.error, memory.state) = (Some(said.to_owned()), FeedState::BackingOff);
    if let Some(config) = setup.feed(&feed) {
        memory.next_poll = Some(next_poll(&config.cadence, config.bounds, &config.name, &memory, now));
    }
    let next = memory.next_poll;
    let outcome = PollOutcome {
        feed: feed.clone(),
        memory,
        times_alone: false,
        contact: Contact::Answered,
        at: now,
        records: Vec::new(),
        left: Vec::new(),
        alerts: Vec::new(),
        gists: Vec::new(),
        skim: None,
    };
    desk.settle_poll(outcome).await?;
    Ok(Polled { feed, result, alerts: Vec::new(), bytes: 0, next, notes: Vec::new() })
}
