//! The edge that remembers: what happened, what is owed. SQL stays in here.
//!
//! [`Store`] is the contract, in prose, method by method; it takes and gives values, so that many polls can share one
//! commit, and says nothing of transactions. [`sqlite`] is the backend there is. [`desk::Desk`] puts a store on a thread
//! of its own and gathers what queues up while a commit runs into the next one.

pub mod desk;
pub mod error;
pub mod sqlite;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{
    Alert, AlertId, Delivery, DeliveryId, FeedMemory, FeedName, Follows, Guard, Hold, Item, ItemRecord, ItemText,
    Known, NotifierHealth, NotifierName, Probe, Renames, Silence, SilenceId, Standing, Time, Verdict, WatchName,
};
use crate::planner::{Plan, Queue};
use crate::text::gist::Gist;

pub use desk::Desk;
pub use error::{StoreError, Trouble};
pub use sqlite::SqliteStore;

/// What a store promises. One list of stories (`tests/it/store.rs`) runs against every backend.
///
/// **Claims.** `claim_*` hands out rows that are due and marks them as taken, so that no second step takes them; the
/// `settle_*` of that step gives the claim back, and so does `release`. A claim dies with its process: what a kill cut
/// off is due at once at the next start.
///
/// **Settling** is whole or not at all, one outcome at a time: of the outcomes given together, one that cannot be
/// written spoils no other, and when `settle_*` returns, what it says is written survives a power failure. Settling the
/// same outcome again changes nothing, since ids are computed from what they are about.
pub trait Store: Send {
    /// Tells the store which feeds there are, with their addresses. A feed not named is asleep: it is not claimed, and
    /// the outcome of a poll of it is void, as is that of a poll of its former address. What is known of it stays.
    ///
    /// What goes by another name than before keeps its state: it is carried over first, once for each rename.
    fn register(&mut self, feeds: &[(FeedName, String)], renames: &Renames) -> Result<(), StoreError>;

    /// Carries over once more, for what a step has written that began under the old names.
    fn carry_anew(&mut self, renames: &Renames) -> Result<(), StoreError>;

    /// Keeps the configuration that has been put in force, in place of the one before.
    fn keep_accepted(&mut self, accepted: &Accepted) -> Result<(), StoreError>;

    /// The configuration that was last put in force.
    fn accepted(&mut self) -> Result<Option<Accepted>, StoreError>;

    /// Takes feeds that are due: never polled, `next_poll` not after `now`, or last polled in the future (the clock has
    /// jumped back since). With `all`, also those that are not due. Never one whose `not_before` lies within the next
    /// day. At most `limit`, the most overdue first.
    fn claim_feeds(&mut self, now: Time, all: bool, limit: usize) -> Result<Vec<FeedClaim>, StoreError>;

    /// The same, without `all`, of those in one lane alone.
    fn claim_lane(&mut self, now: Time, lane: Lane, limit: usize) -> Result<Vec<FeedClaim>, StoreError>;

    /// Makes feeds due at once; a `not_before` holds all the same.
    fn make_due(&mut self, feeds: &[FeedName]) -> Result<(), StoreError>;

    /// When a feed was last polled, of all.
    fn latest(&mut self) -> Result<Option<Time>, StoreError>;

    /// The clock was set back by so many milliseconds and says `now`: what waits for a time keeps what is left of its wait, and
    /// what the planner holds is due to be looked at anew.
    fn set_back(&mut self, by_ms: i64, now: Time) -> Result<(), StoreError>;

    /// When the next feed of a lane that is not taken may be polled: not before its `not_before`, whatever made it due. `None`
    /// when none will.
    fn next_poll(&mut self, now: Time, lane: Lane) -> Result<Option<Time>, StoreError>;

    /// What is known of a feed's items: each that stands in its document as far as the store knows, and each with one
    /// of the marks asked for. Their text only where a probe that recognises them says another one.
    fn known(&mut self, feed: &FeedName, probes: &[Probe]) -> Result<Vec<Known>, StoreError>;

    /// Writes polls: the feed's memory, its items, the alerts raised. Gives for each the ids that were not there before.
    fn settle_polls(&mut self, outcomes: &[PollOutcome]) -> Vec<Result<Vec<AlertId>, StoreError>>;

    /// Takes what waits for a notifier and may be due: no hold yet, a hold that is over by `now`, or, unless the
    /// notifier is off, one that waited for it to be on again. `target` tells whether it still is: another target than
    /// the one that said it is gone switches it on. `remembers`: how far back messages count for limits. `None` when
    /// nothing waits or it is taken.
    fn claim_queue(
        &mut self,
        notifier: &NotifierName,
        target: &str,
        now_and_remembers: (Time, Duration),
        limit: usize,
    ) -> Result<Option<Queue>, StoreError>;

    /// Lets alerts wait for another notifier as well, `(from, to)`, whose messages to `from` were not accepted in time; how
    /// many there were.
    fn escalate(&mut self, routes: &[(NotifierName, NotifierName)], now: Time) -> Result<usize, StoreError>;

    /// When the next message to one of these is to be escalated.
    fn next_escalation(&mut self, from: &[NotifierName]) -> Result<Option<Time>, StoreError>;

    /// Makes due what waits for quiet hours, a digest or a limit, so that the configuration in force is asked.
    fn reconsider(&mut self, now: Time) -> Result<(), StoreError>;

    /// Writes plans: deliveries, holds.
    fn settle_plans(&mut self, outcomes: &[PlanOutcome]) -> Vec<Result<(), StoreError>>;

    /// When the next hold of one of these notifiers, each with its target, is over; `None` when none will be. What waits for
    /// one that is off waits for it to be on again, whenever its hold is over.
    fn next_plan(&mut self, notifiers: &[(NotifierName, String)]) -> Result<Option<Time>, StoreError>;

    /// Takes deliveries of a notifier that are due, oldest first, at most `limit`, each with its alerts in order. Nothing
    /// while the other side asked to be left alone; of one that fails ([`crate::planner::failing`]) one at a time, and
    /// once a minute the oldest although it is not due yet. With `only`, those alone that tell of one of these watches.
    fn claim_deliveries(
        &mut self,
        notifier: &NotifierName,
        only: Option<&[WatchName]>,
        now: Time,
        limit: usize,
    ) -> Result<Vec<(Delivery, Vec<Alert>)>, StoreError>;

    /// Writes attempts: where each delivery stands now, and what the other side said. A notifier that failed and took
    /// something is back: all that is owed to it is due. Gives whether something can be planned that waited for this.
    fn settle_attempts(&mut self, outcomes: &[AttemptOutcome]) -> Vec<Result<bool, StoreError>>;

    /// When the next delivery of a notifier that is not taken may be claimed, with `only` as there; `None` when none will.
    fn next_attempt(
        &mut self,
        notifier: &NotifierName,
        only: Option<&[WatchName]>,
        now: Time,
    ) -> Result<Option<Time>, StoreError>;

    /// Gives a claim back without an outcome: what was taken is due as before.
    fn release(&mut self, claim: &Claim);

    /// Every registered feed and what is known of it, by name.
    fn feeds(&mut self) -> Result<Vec<(FeedName, FeedMemory)>, StoreError>;

    /// What waits, was sent, is dead.
    fn outbox(&mut self) -> Result<Outbox, StoreError>;

    /// What hangs, a notifier each: deliveries that are owed, alerts that wait, and whether it is off. Notifiers that owe
    /// nothing and are on are left out.
    fn backlog(&mut self) -> Result<Vec<Backlog>, StoreError>;

    /// How large the store is.
    fn size(&mut self) -> Result<Size, StoreError>;

    /// Alerts, newest first, each with its deliveries and holds.
    fn alerts(&mut self, filter: AlertFilter) -> Result<Vec<AlertStory>, StoreError>;

    /// One alert with everything that happened to it.
    fn alert(&mut self, id: &AlertId) -> Result<Option<AlertStory>, StoreError>;

    /// Puts the dead deliveries of an alert back to pending, due `now`, their schedule at its start. `None` when there
    /// is no such alert, else how many.
    fn resend(&mut self, alert: &AlertId, now: Time) -> Result<Option<usize>, StoreError>;

    /// The same for all dead deliveries sealed within this time, of one notifier or all.
    fn resend_since(
        &mut self,
        notifier: Option<&NotifierName>,
        within: (Time, Time),
        now: Time,
    ) -> Result<usize, StoreError>;

    /// Forgets such dead deliveries, with their attempts. How many.
    fn purge(&mut self, notifier: Option<&NotifierName>, within: (Time, Time)) -> Result<usize, StoreError>;

    /// Switches a notifier on that said it is gone. Whether it was off.
    fn switch_on(&mut self, notifier: &NotifierName) -> Result<bool, StoreError>;

    /// What is wrong with the service itself, and what lately was.
    fn standing(&mut self) -> Result<Vec<Standing>, StoreError>;

    /// Writes a look at the service's own health, whole. Gives the ids of alerts that were not there before.
    fn settle_health(&mut self, outcome: &HealthOutcome) -> Result<Vec<AlertId>, StoreError>;

    /// How the attempts of each notifier go that was ever tried or is off.
    fn notifier_health(&mut self) -> Result<Vec<(NotifierName, NotifierHealth)>, StoreError>;

    /// The time that [`HealthOutcome::marks`] noted under a name.
    fn mark(&mut self, name: &str) -> Result<Option<Time>, StoreError>;

    /// When the items of a feed were published, or seen where they carry no date; newest first, at most `most`.
    /// Items of the baseline without a date say nothing and are left out.
    fn published(&mut self, feed: &FeedName, now: Time, most: usize) -> Result<Vec<Time>, StoreError>;

    /// What came after `since`.
    fn counted_since(&mut self, since: Time) -> Result<Counts, StoreError>;

    /// The ids of alerts that begin so, at most `limit`.
    fn alert_ids(&mut self, prefix: &str, limit: usize) -> Result<Vec<AlertId>, StoreError>;

    /// All alerts on one item, the first first.
    fn alerts_of(&mut self, feed: &FeedName, item: &str) -> Result<Vec<Alert>, StoreError>;

    /// Items as they are stored, newest first; those of feeds that are asleep too.
    fn items(&mut self, filter: &ItemFilter) -> Result<Vec<StoredItem>, StoreError>;

    /// What the polls of a feed failed of lately, the last first: each reason when it began.
    fn troubles(&mut self, feed: &FeedName) -> Result<Vec<(Time, String)>, StoreError>;

    /// Writes a silence. The planner finds it when the next message falls due.
    fn silence(&mut self, silence: &Silence) -> Result<(), StoreError>;

    /// The silences that hold at this moment, newest first; with `all`, those too that are over and still remembered.
    fn silences(&mut self, now: Time, all: bool) -> Result<Vec<Silence>, StoreError>;

    /// Ends a silence by hand, if it is not over already. `None` when there is none of this id. What it has kept back
    /// stays so.
    fn end_silence(&mut self, id: &SilenceId, now: Time, by: &str) -> Result<Option<Silence>, StoreError>;

    /// Forgets, in one small batch, what is past its time (see [`Keep`]). How many rows; call again while it is not 0.
    fn prune(&mut self, now: Time, keep: Keep) -> Result<usize, StoreError>;
}

/// A configuration that has been put in force: its files, without the secrets in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// When.
    pub at: Time,
    /// The main file first.
    pub files: Vec<KeptFile>,
}

/// A file of a configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFile {
    /// Absolute.
    pub path: String,
    /// Its text, with `…` for each secret.
    pub text: String,
    /// The lines that hold one.
    pub hidden: Vec<HiddenLine>,
}

/// A line that is not kept whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HiddenLine {
    /// Counted from 0.
    pub number: usize,
    /// Part of a hash of the whole line, to know it again.
    pub check: u16,
}

/// Feeds by what is to be expected of their servers. Those that may keep us waiting have places of their own, so that the
/// others need not wait for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// The last poll was answered well.
    Answering = 0,
    /// None has been answered yet.
    New = 1,
    /// The last poll failed.
    Failing = 2,
}

impl Lane {
    /// Every lane, the best first.
    pub const ALL: [Self; 3] = [Self::Answering, Self::New, Self::Failing];

    /// The lane of a feed with this memory.
    pub fn of(memory: &FeedMemory) -> Self {
        match (memory.failures, memory.last_ok) {
            (1.., _) => Self::Failing,
            (0, None) => Self::New,
            (0, Some(_)) => Self::Answering,
        }
    }
}

/// A feed taken for a poll.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedClaim {
    /// The feed.
    pub feed: FeedName,
    /// What is known of it.
    pub memory: FeedMemory,
    /// When our own network was last away, if this feed has not answered since.
    pub outage: Option<Guard>,
}

/// Whether a poll reached the other side at all; over all feeds this tells our own outage from theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contact {
    /// Somebody answered.
    Answered,
    /// Nobody did.
    Unreachable,
    /// A file: says nothing of the network.
    Local,
}

/// All that a poll writes.
#[derive(Debug, Clone, PartialEq)]
pub struct PollOutcome {
    /// The feed.
    pub feed: FeedName,
    /// What is known of it from now on.
    pub memory: FeedMemory,
    /// Whether the network was there.
    pub contact: Contact,
    /// When it ended.
    pub at: Time,
    /// Items to remember anew; the text only where it is new.
    pub records: Vec<(ItemRecord, Option<ItemText>)>,
    /// Rows of items that have left the document.
    pub left: Vec<i64>,
    /// Alerts, each with the notifiers it is for.
    pub alerts: Vec<(Alert, Vec<NotifierName>)>,
    /// By what alerts are known in other feeds, where their watches ask for stories.
    pub gists: Vec<(AlertId, Gist)>,
}

/// All that a plan writes.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanOutcome {
    /// The notifier.
    pub notifier: NotifierName,
    /// What was decided.
    pub plan: Plan,
    /// When.
    pub at: Time,
}

/// All that an attempt writes.
#[derive(Debug, Clone, PartialEq)]
pub struct AttemptOutcome {
    /// The delivery as it stands after the attempt.
    pub delivery: Delivery,
    /// What the other side said.
    pub verdict: Verdict,
    /// When it ended.
    pub at: Time,
    /// The target that said it is gone, if it did: the notifier is off until it has another one.
    pub gone: Option<String>,
    /// How long after the first attempt another notifier is to have it, too, unless it is accepted.
    pub escalate: Option<Duration>,
}

/// All that a look at the service's own health writes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HealthOutcome {
    /// Troubles as they stand now, or ended.
    pub standing: Vec<Standing>,
    /// Service alerts, each with the notifiers it is for.
    pub alerts: Vec<(Alert, Vec<NotifierName>)>,
    /// Feeds to be asked at once, since the network is back.
    pub due: Vec<FeedName>,
    /// Times to be noted, each under its name.
    pub marks: Vec<(String, Time)>,
}

/// What the daily line counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Items first seen.
    pub items: u64,
    /// Alerts raised on items.
    pub alerts: u64,
}

/// Something taken.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Claim {
    /// A feed, for a poll.
    Feed(FeedName),
    /// A notifier's queue, for a plan.
    Queue(NotifierName),
    /// A delivery, for an attempt.
    Delivery(DeliveryId),
}

/// The counts of `status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outbox {
    /// Deliveries to be attempted, and alerts not planned yet.
    pub pending: usize,
    /// Alerts that wait for a notifier, with a reason.
    pub held: usize,
    /// Deliveries that arrived.
    pub sent: usize,
    /// Deliveries that did not and will not.
    pub dead: usize,
}

/// What hangs at one notifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backlog {
    /// The notifier, configured or not.
    pub notifier: NotifierName,
    /// Deliveries that are owed.
    pub pending: usize,
    /// Those of them that have been attempted in vain.
    pub failing: usize,
    /// When the oldest of these was sealed.
    pub failing_since: Option<Time>,
    /// What was last said of one of these.
    pub error: Option<String>,
    /// Alerts that wait for it, held or not planned yet.
    pub waiting: usize,
    /// Its target said then that it is gone.
    pub off_since: Option<Time>,
}

/// How large a store is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Size {
    /// On disk.
    pub bytes: u64,
    /// Items known.
    pub items: u64,
}

/// Which alerts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlertFilter {
    /// Those any of whose deliveries has this state.
    pub state: Option<AlertState>,
    /// At most so many.
    pub limit: Option<usize>,
}

/// The states that `alerts list --state` knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertState {
    /// A delivery is pending, or a plan is.
    Pending,
    /// It waits for a notifier and has no delivery yet.
    Held,
    /// A delivery was sent.
    Sent,
    /// A delivery is dead.
    Dead,
    /// A silence kept it from somebody.
    Silenced,
    /// It only follows what somebody was told already.
    Recorded,
}

/// An alert and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertStory {
    /// The alert.
    pub alert: Alert,
    /// Its deliveries, by notifier, with their attempts (only where one alert is asked for).
    pub deliveries: Vec<(Delivery, Vec<Attempt>)>,
    /// The notifiers that it waits for.
    pub holds: Vec<(NotifierName, Option<Hold>, Option<Time>)>,
    /// The notifiers that it was kept from by a silence.
    pub silenced: Vec<Silenced>,
    /// The notifiers that were not told, since it follows what they were told already.
    pub recorded: Vec<Recorded>,
    /// Every hold there was (only where one alert is asked for).
    pub held: Vec<Held>,
}

/// A notifier that was not told, as the operator wished.
#[derive(Debug, Clone, PartialEq)]
pub struct Silenced {
    /// The notifier.
    pub notifier: NotifierName,
    /// When the message would have been sealed.
    pub at: Time,
    /// The silence in force then.
    pub silence: Silence,
}

/// A notifier that was told of the same story before.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// The notifier.
    pub notifier: NotifierName,
    /// When it was recorded.
    pub at: Time,
    /// What it follows.
    pub follows: Follows,
}

/// A hold of the past or the present.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Held {
    /// The notifier.
    pub notifier: NotifierName,
    /// Why.
    pub hold: Hold,
    /// When it was first decided.
    pub since: Time,
    /// When it was, or is, due again.
    pub due: Option<Time>,
}

/// Which items, and how many at a time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ItemFilter {
    /// Of this feed.
    pub feed: Option<FeedName>,
    /// With this key.
    pub key: Option<String>,
    /// First seen then or later.
    pub since: Option<Time>,
    /// With a smaller row: the last one of the answer before.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: usize,
}

/// An item as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredItem {
    /// Its row.
    pub row: i64,
    /// Its feed.
    pub feed: FeedName,
    /// What is known of it.
    pub record: ItemRecord,
    /// What it said when last seen; `None` where that is no longer kept.
    pub text: Option<ItemText>,
}

/// One attempt of the past.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// When it ended.
    pub at: Time,
    /// What the other side said.
    pub verdict: Verdict,
}

impl StoredItem {
    /// The item as a watch reads it; `None` where its text is no longer kept. One stored by an older version lacks its
    /// link, language, authors and categories until it is next edited.
    pub fn item(&self) -> Option<Item> {
        let about = self.record.about.clone().unwrap_or_default();
        Some(Item {
            text: self.text.clone()?,
            link: about.link,
            language: about.language,
            authors: about.authors,
            categories: about.categories,
            published: self.record.published,
            ..Item::default()
        })
    }
}

/// How long what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// The text of an item after it has left its feed.
    pub text: Duration,
    /// The key of an item after it has left its feed.
    pub key: Duration,
    /// Alerts and deliveries that are sent or dead. What is pending is never forgotten.
    pub alerts: Duration,
    /// A trouble of the service after its end: longer than it takes until the next one of its kind is told again.
    pub ended: Duration,
}

impl Default for Keep {
    fn default() -> Self {
        const DAY: u64 = 86_400;
        Self {
            text: Duration::from_secs(30 * DAY),
            key: Duration::from_secs(400 * DAY),
            alerts: Duration::from_secs(90 * DAY),
            ended: Duration::from_secs(30 * DAY),
        }
    }
}
