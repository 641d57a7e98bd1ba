//! The store in one SQLite file (WAL, `synchronous=FULL`): a file a table.
//!
//! One process takes the steps ([`lock`]), so its claims live in its memory and die with it. Settles share a commit, a
//! savepoint each, so that an outcome that cannot be written spoils no other.

mod accepted;
mod alerts;
pub mod backup;
mod clock;
mod deliveries;
mod escalations;
mod feeds;
mod health;
mod items;
pub mod lock;
mod open;
mod private;
mod prune;
mod renames;
mod rows;
mod schema;
mod silences;
mod stories;
mod sweep;
mod waiting;

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::model::{
    Alert, AlertId, Delivery, DeliveryId, FeedMemory, FeedName, Follows, Known, NotifierHealth, NotifierName, Probe,
    Renames, Silence, SilenceId, Standing, Time,
};
use crate::planner::{Queue, Urgent};

use self::feeds::{Noted, Which};
pub use self::open::AS_THE_SERVICE;
use self::open::{at, connect, connect_to_look, denied, trace};
use super::{
    Accepted, AlertFilter, AlertStory, AttemptOutcome, Backlog, Claim, Counts, FeedClaim, HealthOutcome, ItemFilter,
    Keep, Lane, Outbox, PlanOutcome, PollOutcome, Size, Store, StoreError, StoredItem, Trouble,
};

/// What SQLite keeps of the file in memory at least, in KiB: its own default.
const CACHE_KIB: i64 = 2000;

/// A store in an SQLite file.
pub struct SqliteStore {
    connection: Connection,
    path: PathBuf,
    claims: HashSet<Claim>,
    /// Deliveries that are taken, and for whom.
    sending: HashMap<DeliveryId, NotifierName>,
    sweep: sweep::Sweep,
    _lock: Option<lock::Lock>,
}

/// How a store is opened.
#[derive(Debug, Clone, Copy, Default)]
pub struct OpenOptions {
    /// Called before each statement, for tests that end the process there.
    pub on_statement: Option<fn()>,
}

impl SqliteStore {
    /// Opens the store to take the steps on it, as `command` (`run`, `once`); makes it if it is not there.
    pub fn open(path: &Path, command: &str, options: OpenOptions) -> Result<Self, StoreError> {
        if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|e| denied(path, &e.to_string()))?;
        }
        private::check_link(path)?;
        let lock = lock::take(path, command)?;
        private::create(path)?;
        let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        schema::check(&connection, path)?;
        connection.pragma_update(None, "journal_mode", "WAL").map_err(|e| at(path, e))?;
        connection.pragma_update(None, "synchronous", "FULL").map_err(|e| at(path, e))?;
        schema::migrate(&mut connection, path)?;
        if let Some(on_statement) = options.on_statement {
            trace(&mut connection, on_statement)?;
        }
        Ok(Self::with(connection, path, Some(lock)))
    }

    /// Opens the store beside whoever takes the steps, for a question or one short write. Where there is no file yet,
    /// it is an empty store.
    pub fn beside(path: &Path) -> Result<Self, StoreError> {
        private::check_link(path)?;
        let there = path.try_exists().map_err(|e| denied(path, &format!("the store cannot be opened: {e}")))?;
        let mut connection = if there { connect_to_look(path)? } else { Connection::open_in_memory()? };
        let writable = !connection.is_readonly("main").unwrap_or(true);
        if writable {
            schema::migrate(&mut connection, path)?;
        } else {
            schema::check(&connection, path)?;
        }
        Ok(Self::with(connection, path, None))
    }

    fn with(connection: Connection, path: &Path, lock: Option<lock::Lock>) -> Self {
        Self {
            connection,
            path: path.to_owned(),
            claims: HashSet::new(),
            sending: HashMap::new(),
            sweep: sweep::Sweep::default(),
            _lock: lock,
        }
    }

    /// Trouble with the name of the file, and the line to type where it is another user's.
    fn named(&self, error: StoreError) -> StoreError {
        match error.trouble {
            Trouble::Denied => denied(&self.path, &error.said),
            _ => error,
        }
    }

    /// Runs one write for each outcome in a shared transaction, each under a savepoint of its own, except those that are one
    /// row, which is written or not.
    fn settle_each<O, T>(
        &mut self,
        outcomes: &[O],
        is_one_row: impl Fn(&O) -> bool,
        write: impl Fn(&Connection, &O) -> Result<T, StoreError>,
    ) -> Vec<Result<T, StoreError>> {
        let shared = (|| {
            let mut transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut results = Vec::with_capacity(outcomes.len());
            for outcome in outcomes {
                if is_one_row(outcome) {
                    results.push(write(&transaction, outcome));
                    continue;
                }
                let savepoint = transaction.savepoint()?;
                let result = write(&savepoint, outcome);
                // One that failed is rolled back when it is dropped.
                if result.is_ok() {
                    savepoint.commit()?;
                }
                results.push(result);
            }
            // Some failures end the whole transaction, and then none of the outcomes is written.
            if transaction.is_autocommit() {
                return Err(results.into_iter().find_map(Result::err).unwrap_or_else(broken_off));
            }
            transaction.commit()?;
            Ok(results)
        })();
        shared.unwrap_or_else(|e: StoreError| outcomes.iter().map(|_| Err(e.clone())).collect())
    }
}

impl Store for SqliteStore {
    fn register(&mut self, feeds: &[(FeedName, String)], renames: &Renames) -> Result<(), StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        renames::carry(&transaction, renames, false)?;
        feeds::register(&transaction, feeds)?;
        transaction.commit()?;
        // Polls touch the rows of all feeds, one here and one there: they stay in memory, about half a kilobyte each.
        let cache = i64::try_from(feeds.len() / 2).unwrap_or(i64::MAX).max(CACHE_KIB);
        Ok(self.connection.pragma_update(None, "cache_size", -cache)?)
    }

    fn carry_anew(&mut self, renames: &Renames) -> Result<(), StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        renames::carry(&transaction, renames, true)?;
        Ok(transaction.commit()?)
    }

    fn keep_accepted(&mut self, accepted: &Accepted) -> Result<(), StoreError> {
        accepted::keep(&self.connection, accepted)
    }

    fn accepted(&mut self) -> Result<Option<Accepted>, StoreError> {
        accepted::kept(&self.connection)
    }

    fn claim_feeds(&mut self, now: Time, all: bool, limit: usize) -> Result<Vec<FeedClaim>, StoreError> {
        let taken = &self.claims;
        let is_free = |feed: &FeedName| !taken.contains(&Claim::Feed(feed.clone()));
        let each = if all { vec![Which::All] } else { Lane::ALL.map(Which::Lane).to_vec() };
        let mut claims = Vec::new();
        for which in each {
            claims.extend(feeds::due(&self.connection, now, which, limit - claims.len(), is_free)?);
        }
        self.claims.extend(claims.iter().map(|c| Claim::Feed(c.feed.clone())));
        Ok(claims)
    }

    fn claim_lane(&mut self, now: Time, lane: Lane, limit: usize) -> Result<Vec<FeedClaim>, StoreError> {
        let taken = &self.claims;
        let is_free = |feed: &FeedName| !taken.contains(&Claim::Feed(feed.clone()));
        let claims = feeds::due(&self.connection, now, Which::Lane(lane), limit, is_free)?;
        self.claims.extend(claims.iter().map(|c| Claim::Feed(c.feed.clone())));
        Ok(claims)
    }

    fn make_due(&mut self, feeds: &[FeedName]) -> Result<(), StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        feeds::make_due(&transaction, feeds)?;
        Ok(transaction.commit()?)
    }

    fn latest(&mut self) -> Result<Option<Time>, StoreError> {
        clock::latest(&self.connection)
    }

    fn set_back(&mut self, by_ms: i64, now: Time) -> Result<(), StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        clock::set_back(&transaction, by_ms, now)?;
        Ok(transaction.commit()?)
    }

    fn next_poll(&mut self, now: Time, lane: Lane) -> Result<Option<Time>, StoreError> {
        let taken = &self.claims;
        feeds::next_due(&self.connection, now, lane, |feed| !taken.contains(&Claim::Feed(feed.clone())))
    }

    fn known(&mut self, feed: &FeedName, probes: &[Probe]) -> Result<Vec<Known>, StoreError> {
        // One look at the file for all of its questions.
        let transaction = self.connection.transaction()?;
        let known = items::known(&transaction, feed, probes)?;
        transaction.commit()?;
        Ok(known)
    }

    fn skim(&mut self, feed: &FeedName) -> Result<Option<Vec<u8>>, StoreError> {
        items::skim(&self.connection, feed)
    }

    fn settle_polls(&mut self, outcomes: &[PollOutcome]) -> Vec<Result<Vec<AlertId>, StoreError>> {
        let noted = RefCell::new(None);
        let results = self.settle_each(outcomes, PollOutcome::is_quiet, |connection, outcome| {
            // What an outcome noted that cannot be written is noted by a poll of the next second.
            let mut noted = noted.borrow_mut();
            let noted = match &mut *noted {
                Some(noted) => noted,
                empty => empty.insert(Noted::read(connection)?),
            };
            let Some(feed) = feeds::settle(connection, noted, outcome)? else { return Ok(Vec::new()) };
            if outcome.is_quiet() {
                return Ok(Vec::new());
            }
            items::write(connection, feed, outcome)?;
            let fresh = alerts::raise(connection, &outcome.alerts)?;
            stories::note(connection, &outcome.gists)?;
            Ok(fresh)
        });
        outcomes.iter().for_each(|o| self.release(&Claim::Feed(o.feed.clone())));
        results
    }

    fn claim_queue(
        &mut self,
        notifier: &NotifierName,
        target: &str,
        (now, remembers): (Time, Duration),
        limit: usize,
    ) -> Result<Option<Queue>, StoreError> {
        let claim = Claim::Queue(notifier.clone());
        if self.claims.contains(&claim) {
            return Ok(None);
        }
        // One look at the file for all of its questions.
        let transaction = self.connection.transaction()?;
        let queue = waiting::queue(&transaction, notifier, target, (now, remembers), limit)?;
        transaction.commit()?;
        if queue.is_some() {
            self.claims.insert(claim);
        }
        Ok(queue)
    }

    fn escalate(&mut self, routes: &[(NotifierName, NotifierName)], now: Time) -> Result<usize, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut told = 0;
        for (from, to) in routes {
            told += escalations::escalate(&transaction, (from, to), now)?;
        }
        transaction.commit()?;
        Ok(told)
    }

    fn next_escalation(&mut self, from: &[NotifierName]) -> Result<Option<Time>, StoreError> {
        let mut next = None;
        for notifier in from {
            next = [next, escalations::next_due(&self.connection, notifier)?].into_iter().flatten().min();
        }
        Ok(next)
    }

    fn reconsider(&mut self, now: Time) -> Result<(), StoreError> {
        waiting::reconsider(&self.connection, now)
    }

    fn settle_plans(&mut self, outcomes: &[PlanOutcome]) -> Vec<Result<(), StoreError>> {
        let results = self.settle_each(outcomes, |_| false, waiting::settle);
        outcomes.iter().for_each(|o| self.release(&Claim::Queue(o.notifier.clone())));
        results
    }

    fn next_plan(&mut self, notifiers: &[(NotifierName, String)]) -> Result<Option<Time>, StoreError> {
        waiting::next_due(&self.connection, notifiers)
    }

    fn claim_deliveries(
        &mut self,
        notifier: &NotifierName,
        only: Option<&Urgent>,
        now: Time,
        limit: usize,
    ) -> Result<Vec<(Delivery, Vec<Alert>)>, StoreError> {
        let taken = &self.claims;
        let is_free = |id: &DeliveryId| !taken.contains(&Claim::Delivery(id.clone()));
        let under_way = self.sending.values().filter(|n| *n == notifier).count();
        let due = deliveries::due(&self.connection, (notifier, only), now, (limit, under_way), is_free)?;
        self.claims.extend(due.iter().map(|(d, _)| Claim::Delivery(d.id.clone())));
        self.sending.extend(due.iter().map(|(d, _)| (d.id.clone(), notifier.clone())));
        Ok(due)
    }

    fn settle_attempts(&mut self, outcomes: &[AttemptOutcome]) -> Vec<Result<bool, StoreError>> {
        let results = self.settle_each(outcomes, |_| false, deliveries::settle);
        outcomes.iter().for_each(|o| self.release(&Claim::Delivery(o.delivery.id.clone())));
        results
    }

    fn next_attempt(
        &mut self,
        notifier: &NotifierName,
        only: Option<&Urgent>,
        now: Time,
    ) -> Result<Option<Time>, StoreError> {
        let taken = &self.claims;
        let is_free = |id: &DeliveryId| !taken.contains(&Claim::Delivery(id.clone()));
        let under_way = self.sending.values().filter(|n| *n == notifier).count();
        deliveries::next_due(&self.connection, (notifier, only), now, under_way, is_free)
    }

    fn release(&mut self, claim: &Claim) {
        self.claims.remove(claim);
        if let Claim::Delivery(id) = claim {
            self.sending.remove(id);
        }
    }

    fn feeds(&mut self) -> Result<Vec<(FeedName, FeedMemory)>, StoreError> {
        feeds::all(&self.connection)
    }

    fn failing_feeds(&mut self, besides: &[FeedName]) -> Result<Vec<(FeedName, FeedMemory)>, StoreError> {
        feeds::failing(&self.connection, besides)
    }

    fn count_lane(&mut self, lane: Lane) -> Result<usize, StoreError> {
        feeds::count(&self.connection, lane)
    }

    fn waiting_feeds(&mut self, now: Time) -> Result<Vec<(FeedName, FeedMemory)>, StoreError> {
        feeds::waiting(&self.connection, now)
    }

    fn outbox(&mut self) -> Result<Outbox, StoreError> {
        deliveries::outbox(&self.connection)
    }

    fn backlog(&mut self) -> Result<Vec<Backlog>, StoreError> {
        deliveries::backlog(&self.connection)
    }

    fn size(&mut self) -> Result<Size, StoreError> {
        let items = items::count(&self.connection)?;
        let mut wal = self.path.clone().into_os_string();
        wal.push("-wal");
        let bytes =
            [self.path.as_os_str(), &wal].iter().filter_map(|p| std::fs::metadata(p).ok()).map(|m| m.len()).sum();
        Ok(Size { bytes, items: items.unsigned_abs() })
    }

    fn alerts(&mut self, filter: AlertFilter) -> Result<Vec<AlertStory>, StoreError> {
        alerts::list(&self.connection, filter)
    }

    fn alert(&mut self, id: &AlertId) -> Result<Option<AlertStory>, StoreError> {
        alerts::story(&self.connection, id)
    }

    fn follows(&mut self, id: &AlertId) -> Result<Option<Follows>, StoreError> {
        stories::follows(&self.connection, id)
    }

    fn resend(&mut self, alert: &AlertId, now: Time) -> Result<Option<usize>, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let count = deliveries::resend(&transaction, alert, now)?;
        transaction.commit()?;
        Ok(count)
    }

    fn purge(&mut self, notifier: Option<&NotifierName>, within: (Time, Time)) -> Result<usize, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let count = deliveries::purge(&transaction, notifier, within)?;
        transaction.commit()?;
        Ok(count)
    }

    fn resend_since(
        &mut self,
        notifier: Option<&NotifierName>,
        within: (Time, Time),
        now: Time,
    ) -> Result<usize, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let count = deliveries::resend_since(&transaction, notifier, within, now)?;
        transaction.commit()?;
        Ok(count)
    }

    fn switch_on(&mut self, notifier: &NotifierName) -> Result<bool, StoreError> {
        Ok(self.connection.execute("DELETE FROM notifier WHERE name = ?1", [notifier.as_str()])? > 0)
    }

    fn standing(&mut self) -> Result<Vec<Standing>, StoreError> {
        health::standing(&self.connection)
    }

    fn settle_health(&mut self, outcome: &HealthOutcome) -> Result<Vec<AlertId>, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let fresh = health::settle(&transaction, outcome)?;
        transaction.commit()?;
        Ok(fresh)
    }

    fn notifier_health(&mut self) -> Result<Vec<(NotifierName, NotifierHealth)>, StoreError> {
        health::notifiers(&self.connection)
    }

    fn mark(&mut self, name: &str) -> Result<Option<Time>, StoreError> {
        health::mark(&self.connection, name)
    }

    fn published(&mut self, feed: &FeedName, now: Time, most: usize) -> Result<Vec<Time>, StoreError> {
        health::published(&self.connection, feed, now, most)
    }

    fn counted_since(&mut self, since: Time) -> Result<Counts, StoreError> {
        health::counted_since(&self.connection, since)
    }

    fn alert_ids(&mut self, prefix: &str, limit: usize) -> Result<Vec<AlertId>, StoreError> {
        alerts::ids(&self.connection, prefix, limit)
    }

    fn alerts_of(&mut self, feed: &FeedName, item: &str) -> Result<Vec<Alert>, StoreError> {
        alerts::of_item(&self.connection, feed.as_str(), item)
    }

    fn items(&mut self, filter: &ItemFilter) -> Result<Vec<StoredItem>, StoreError> {
        items::stored(&self.connection, filter)
    }

    fn troubles(&mut self, feed: &FeedName) -> Result<Vec<(Time, String)>, StoreError> {
        feeds::troubles(&self.connection, feed)
    }

    fn silence(&mut self, silence: &Silence) -> Result<(), StoreError> {
        silences::add(&self.connection, silence).map_err(|e| self.named(e))
    }

    fn silences(&mut self, now: Time, all: bool) -> Result<Vec<Silence>, StoreError> {
        silences::list(&self.connection, now, all)
    }

    fn end_silence(&mut self, id: &SilenceId, now: Time, by: &str) -> Result<Option<Silence>, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let ended = silences::end(&transaction, id, now, by);
        transaction.commit()?;
        ended.map_err(|e| self.named(e))
    }

    fn prune(&mut self, now: Time, keep: Keep) -> Result<usize, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // What is not written is looked at again, from the beginning.
        let mut sweep = std::mem::take(&mut self.sweep);
        let rows = prune::batch(&transaction, &mut sweep, now, keep)?;
        transaction.commit()?;
        self.sweep = sweep;
        Ok(rows)
    }
}

fn broken_off() -> StoreError {
    StoreError::new(Trouble::Broken, "the store failed: a transaction was broken off")
}
