//! The wiring, in one straight line: a compiled configuration and a store become the program ([`App`]), whose steps the
//! daemon and the commands call.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, RwLock};
use std::thread::JoinHandle;

use tokio::sync::Semaphore;
use tokio::task::{Id, JoinSet};

use crate::model::{Alert, Clock, Delivery, DeliveryId, FeedMemory, FeedName, NotifierName, Reason, Time, stored_url};
use crate::pipeline::{self, Attempted, Polled, Setup, Target};
use crate::scheduler;
use crate::store::sqlite::OpenOptions;
use crate::store::{Claim, Desk, FeedClaim, Keep, SqliteStore, Store, StoreError, Trouble};

/// The program: a configuration in force, and a store.
pub struct App {
    setup: RwLock<Arc<Setup>>,
    desk: Desk,
    clock: Arc<dyn Clock>,
    polls: Arc<Semaphore>,
    /// Places of feeds whose last poll failed: half of all, so that servers that say nothing keep no other feed waiting.
    sick: Arc<Semaphore>,
}

impl App {
    /// Opens the store that the configuration names and takes the steps on it, as `command`. The handle ends when the
    /// app is dropped and the last commit is done.
    pub async fn open(
        setup: Setup,
        command: &str,
        clock: Arc<dyn Clock>,
        options: OpenOptions,
    ) -> Result<(Arc<Self>, JoinHandle<()>), StoreError> {
        let store = SqliteStore::open(Path::new(&setup.config.store), command, options)?;
        let (desk, thread) = Desk::open(store);
        let polls = Arc::new(Semaphore::new(setup.config.polls.at_once));
        let sick = Arc::new(Semaphore::new((setup.config.polls.at_once / 2).max(1)));
        let app = Arc::new(Self { setup: RwLock::new(Arc::new(setup)), desk, clock, polls, sick });
        app.register().await?;
        Ok((app, thread))
    }

    /// Puts another setup in force. Steps under way end under the one they began with.
    pub async fn reload(&self, setup: Setup) -> Result<(), StoreError> {
        *self.setup.write().expect("no holder of this lock panics") = Arc::new(setup);
        self.register().await
    }

    /// The setup in force.
    pub fn setup(&self) -> Arc<Setup> {
        self.setup.read().expect("no holder of this lock panics").clone()
    }

    /// The store.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// The present moment.
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// Tells the store which feeds there are. Where the configuration (a shorter interval) or a clock that has jumped
    /// makes nonsense of a due time, the feed is due now.
    async fn register(&self) -> Result<(), StoreError> {
        let setup = self.setup();
        let feeds: Vec<_> = setup.config.feeds.iter().map(|f| (f.name.clone(), stored_url(&f.url))).collect();
        let now = self.now();
        self.desk
            .call(move |store| {
                store.register(&feeds)?;
                let known = store.feeds()?;
                let is_due = |(name, memory): &(FeedName, FeedMemory)| {
                    setup.feed(name).is_some_and(|f| scheduler::is_due(&f.cadence, f.bounds, memory, now))
                };
                let due: Vec<FeedName> = known.into_iter().filter(is_due).map(|(name, _)| name).collect();
                store.make_due(&due)
            })
            .await
    }

    /// Takes at most `most` feeds that are due by `now` (with `all`, every feed) and begins to poll them.
    pub async fn begin_polls(
        self: &Arc<Self>,
        polls: &mut Polls,
        now: Time,
        all: bool,
        most: usize,
    ) -> Result<usize, StoreError> {
        let claims = self.desk.call(move |store| store.claim_feeds(now, all, most)).await?;
        let begun = claims.len();
        for claim in claims {
            let (app, setup) = (self.clone(), self.setup());
            let kept = claim.clone();
            let task = polls.tasks.spawn(async move {
                // No semaphore here is ever closed, so every wait ends with a place.
                let _lane = match claim.memory.failures {
                    0 => None,
                    _ => app.sick.clone().acquire_owned().await.ok(),
                };
                let host = match setup.host_places(&claim.feed) {
                    Some(places) => places.acquire_owned().await.ok(),
                    None => None,
                };
                let _place = app.polls.clone().acquire_owned().await.ok();
                // In a box, so that those that wait for a place are small.
                Box::pin(pipeline::poll(&setup, &app.desk, &*app.clock, (claim, host))).await
            });
            polls.claims.insert(task.id(), kept);
        }
        Ok(begun)
    }

    /// The next poll that ends; `None` when none is under way. A panic in a poll is that poll's failure.
    pub async fn next_polled(&self, polls: &mut Polls) -> Option<Result<Polled, StoreError>> {
        match polls.tasks.join_next_with_id().await? {
            Ok((id, result)) => {
                let claim = polls.claims.remove(&id);
                if let (Err(_), Some(claim)) = (&result, claim) {
                    self.release(Claim::Feed(claim.feed)).await;
                }
                Some(result)
            }
            Err(broken) => {
                let claim = polls.claims.remove(&broken.id())?;
                Some(pipeline::broken(&self.setup(), &self.desk, self.now(), claim).await)
            }
        }
    }

    /// Plans what waits for each notifier.
    pub async fn plan_due(&self) -> Result<(), StoreError> {
        let setup = self.setup();
        for (notifier, target) in &setup.targets {
            while pipeline::plan(notifier, target, &self.desk, &*self.clock).await? {}
        }
        Ok(())
    }

    /// Takes deliveries that are due by `now`, as many of each notifier as it takes at once, and begins to send them.
    pub async fn begin_deliveries(self: &Arc<Self>, sends: &mut Sends, now: Time) -> Result<(), StoreError> {
        let setup = self.setup();
        for (notifier, target) in &setup.targets {
            let under_way = sends.under_way.get(notifier).copied().unwrap_or(0);
            let room = target.sender.at_once().saturating_sub(under_way);
            if room == 0 {
                continue;
            }
            let name = notifier.clone();
            let due = self.desk.call(move |store| store.claim_deliveries(&name, now, room)).await?;
            for (delivery, alerts) in due {
                self.begin_delivery(sends, target.clone(), delivery, alerts);
            }
        }
        Ok(())
    }

    fn begin_delivery(
        self: &Arc<Self>,
        sends: &mut Sends,
        target: Arc<Target>,
        delivery: Delivery,
        alerts: Vec<Alert>,
    ) {
        *sends.under_way.entry(delivery.notifier.clone()).or_default() += 1;
        let about = (delivery.notifier.clone(), delivery.id.clone());
        let app = self.clone();
        let task = sends
            .tasks
            .spawn(async move { pipeline::deliver(&target, &app.desk, &*app.clock, delivery, alerts).await });
        sends.about.insert(task.id(), about);
    }

    /// The next attempt that ends; `None` when none is under way.
    pub async fn next_attempted(&self, sends: &mut Sends) -> Option<Result<Attempted, StoreError>> {
        let (id, result) = match sends.tasks.join_next_with_id().await? {
            Ok((id, result)) => (id, Some(result)),
            Err(broken) => (broken.id(), None),
        };
        let (notifier, delivery) = sends.about.remove(&id)?;
        if let Some(count) = sends.under_way.get_mut(&notifier) {
            *count -= 1;
        }
        if result.as_ref().is_none_or(Result::is_err) {
            self.release(Claim::Delivery(delivery.clone())).await;
        }
        let broke_off = || StoreError::new(Trouble::Broken, format!("the attempt at delivery {delivery} broke off"));
        Some(result.unwrap_or_else(|| Err(broke_off())))
    }

    /// Gives a claim back. A store that fails at this fails at the next step too, which says so.
    async fn release(&self, claim: Claim) {
        let given = move |store: &mut dyn Store| {
            store.release(&claim);
            Ok(())
        };
        let _ = self.desk.call(given).await;
    }

    /// Notes a trouble of the service that was found outside of the steps, such as `Reason::ConfigRejected`, and raises its
    /// alert, once while it stands; `subject` is the feed or notifier, "" for the whole service, `said` the reason in
    /// words. `status` shows it until [`App::end_service`] says that it is over. The alert, where it is told now; then the
    /// planner has something to do.
    pub async fn raise_service(
        &self,
        reason: Reason,
        subject: &str,
        said: impl Into<String>,
    ) -> Result<Option<Alert>, StoreError> {
        let trouble = (reason, subject.to_owned(), said.into());
        pipeline::health::raise(&self.setup(), &self.desk, trouble, self.now()).await
    }

    /// Notes that such a trouble is over; whether it stood.
    pub async fn end_service(&self, reason: Reason, subject: &str) -> Result<bool, StoreError> {
        pipeline::health::end(&self.desk, reason, subject, self.now()).await
    }

    /// When there is next something to do for each step: a poll, a plan, an attempt.
    pub async fn next_due(&self) -> Result<[Option<Time>; 3], StoreError> {
        let notifiers = self.setup().notifiers();
        self.desk
            .call(move |store| Ok([store.next_poll()?, store.next_plan(&notifiers)?, store.next_attempt(&notifiers)?]))
            .await
    }

    /// Forgets one batch of what is past its time; whether there may be more.
    pub async fn prune(&self) -> Result<bool, StoreError> {
        let now = self.now();
        self.desk.call(move |store| store.prune(now, Keep::default())).await.map(|rows| rows > 0)
    }
}

/// Polls under way.
#[derive(Default)]
pub struct Polls {
    tasks: JoinSet<Result<Polled, StoreError>>,
    claims: HashMap<Id, FeedClaim>,
}

impl Polls {
    /// How many.
    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// None at all.
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }
}

/// Attempts under way.
#[derive(Default)]
pub struct Sends {
    tasks: JoinSet<Result<Attempted, StoreError>>,
    about: HashMap<Id, (NotifierName, DeliveryId)>,
    under_way: HashMap<NotifierName, usize>,
}

impl Sends {
    /// None at all.
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }
}
