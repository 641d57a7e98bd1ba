//! The edge that remembers: what happened, what is owed. SQL stays in here.
//!
//! [`Store`] is the contract, in prose, method by method; it takes and gives values, so that many polls can share one
//! commit, and says nothing of transactions. [`sqlite`] is the backend there is. [`desk::Desk`] puts a store on a thread
//! of its own and gathers what queues up while a commit runs into the next one.

pub mod desk;
pub mod error;
mod keep;
mod outcomes;
mod shown;
pub mod sqlite;

use std::time::Duration;

use crate::model::{
    Alert, AlertId, Delivery, FeedMemory, FeedName, Follows, Known, NotifierHealth, NotifierName, Probe, Renames,
    Silence, SilenceId, Standing, Time,
};
use crate::planner::{Queue, Urgent};

pub use desk::Desk;
pub use error::{StoreError, Trouble};
pub use keep::Keep;
pub use outcomes::{
    Accepted, AttemptOutcome, Claim, Contact, FeedClaim, HealthOutcome, HiddenLine, KeptFile, Lane, PlanOutcome,
    PollOutcome,
};
pub use shown::{
    AlertFilter, AlertState, AlertStory, Attempt, Backlog, Counts, Held, ItemFilter, Outbox, Recorded, Silenced, Size,
    StoredItem,
};
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

    /// What was kept of a feed's document for the next one to be skimmed.
    fn skim(&mut self, feed: &FeedName) -> Result<Option<Vec<u8>>, StoreError>;

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
    /// once a minute the oldest although it is not due yet. With `only`, those alone that tell of something in it.
    fn claim_deliveries(
        &mut self,
        notifier: &NotifierName,
        only: Option<&Urgent>,
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
        only: Option<&Urgent>,
        now: Time,
    ) -> Result<Option<Time>, StoreError>;

    /// Gives a claim back without an outcome: what was taken is due as before.
    fn release(&mut self, claim: &Claim);

    /// Every registered feed and what is known of it, by name.
    fn feeds(&mut self) -> Result<Vec<(FeedName, FeedMemory)>, StoreError>;

    /// Those whose last poll failed, and those named besides.
    fn failing_feeds(&mut self, besides: &[FeedName]) -> Result<Vec<(FeedName, FeedMemory)>, StoreError>;

    /// How many registered feeds there are in a lane.
    fn count_lane(&mut self, lane: Lane) -> Result<usize, StoreError>;

    /// Registered feeds that are due after `now`; of what is known of each, what decides when it is due, and nothing else.
    fn waiting_feeds(&mut self, now: Time) -> Result<Vec<(FeedName, FeedMemory)>, StoreError>;

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

    /// What an alert follows in a story, where it does so for every notifier that it was told or recorded for.
    fn follows(&mut self, id: &AlertId) -> Result<Option<Follows>, StoreError>;

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
