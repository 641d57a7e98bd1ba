//! The wiring, in one straight line: a compiled configuration and a store become the program ([`App`]), whose steps the
//! daemon and the commands call.

mod polls;
mod sends;

use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

use futures_util::FutureExt;

use crate::model::time::say_duration;
use crate::model::{Alert, Clock, Delivery, FeedMemory, FeedName, NotifierName, Reason, Time, stored_url};
use crate::pipeline::condition;
use crate::pipeline::outcry::Outcry;
use crate::pipeline::{self, Attempted, Places, Polled, Setup, Target};
use crate::scheduler;
use crate::store::sqlite::OpenOptions;
use crate::store::{Claim, Desk, FeedClaim, Keep, Lane, SqliteStore, Store, StoreError, Trouble};

pub use polls::Polls;
use polls::UnderWay;
pub use sends::Sends;

/// The program: a configuration in force, and a store.
pub struct App {
    setup: RwLock<Arc<Setup>>,
    desk: Desk,
    clock: Arc<dyn Clock>,
    /// The latest that the clock has said, in milliseconds.
    latest: AtomicI64,
    places: Places,
}

/// Takes feeds of some lanes, at most so many of each; all of them or none.
fn claim_lanes(store: &mut dyn Store, now: Time, rooms: &[(Lane, usize)]) -> Result<Vec<Vec<FeedClaim>>, StoreError> {
    let mut claimed: Vec<Vec<FeedClaim>> = Vec::new();
    for (lane, room) in rooms {
        match store.claim_lane(now, *lane, *room) {
            Ok(claims) => claimed.push(claims),
            Err(error) => {
                claimed.into_iter().flatten().for_each(|claim| store.release(&Claim::Feed(claim.feed)));
                return Err(error);
            }
        }
    }
    Ok(claimed)
}

/// A clock that goes back by less is being put right a little: what waits, waits that little longer.
const SET_BACK_FROM: i64 = 60_000;

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
        let places = Places::new(setup.config.polls);
        let latest = desk.call(|store| store.latest()).await?.map_or(i64::MIN, Time::ms);
        let setup = RwLock::new(Arc::new(setup));
        let app = Arc::new(Self { setup, desk, clock, latest: AtomicI64::new(latest), places });
        app.mind_the_clock().await?;
        app.register(app.setup()).await?;
        Ok((app, thread))
    }

    /// Puts another setup in force: first the store, which can fail, then one switch. Steps under way end under the one
    /// they began with. The store stays the one that is open.
    pub async fn reload(&self, mut setup: Setup) -> Result<(), StoreError> {
        let before = self.setup();
        setup.take_over(&before);
        setup.config.store.clone_from(&before.config.store);
        let setup = Arc::new(setup);
        if let Err(error) = self.register(setup.clone()).await {
            // What the store has taken of it is taken back, as far as it lets us: the old one runs on.
            let _ = self.register(before).await;
            return Err(error);
        }
        self.places.resize(setup.config.polls);
        *self.setup.write().expect("no holder of this lock panics") = setup;
        Ok(())
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

    /// Where the clock has been set back since it was last looked at, what waits in the store is told.
    async fn mind_the_clock(&self) -> Result<(), StoreError> {
        let now = self.now();
        let latest = self.latest.load(Ordering::Relaxed);
        let by = latest.saturating_sub(now.ms());
        if latest != i64::MIN && by >= SET_BACK_FROM {
            self.desk.call(move |store| store.set_back(by, now)).await?;
            let by = say_duration(Duration::from_millis(by.unsigned_abs()));
            tracing::warn!("the clock was set back by {by}: what waits keeps what is left of its wait");
        } else if by > 0 {
            return Ok(());
        }
        self.latest.store(now.ms(), Ordering::Relaxed);
        Ok(())
    }

    /// Tells the store which feeds there are. Where the configuration (a shorter interval) or a clock that has jumped
    /// makes nonsense of a due time, the feed is due now.
    async fn register(&self, setup: Arc<Setup>) -> Result<(), StoreError> {
        let feeds: Vec<_> = setup.config.feeds.iter().map(|f| (f.name.clone(), stored_url(&f.url))).collect();
        let now = self.now();
        self.desk
            .call(move |store| {
                store.register(&feeds, &setup.config.renames)?;
                store.reconsider(now)?;
                let waiting = store.waiting_feeds(now)?;
                let is_due = |(name, memory): &(FeedName, FeedMemory)| {
                    setup.feed(name).is_some_and(|f| scheduler::is_due(&f.cadence, f.bounds, memory, now))
                };
                let due: Vec<FeedName> = waiting.into_iter().filter(is_due).map(|(name, _)| name).collect();
                store.make_due(&due)
            })
            .await
    }

    /// Takes feeds that are due by `now` and for which there is room, and begins to poll them.
    ///
    /// What may keep us waiting has lanes of its own ([`Lane`]). Feeds of a host that has enough under way are put aside:
    /// their claims are kept, so that they are not met again and again, and given back one by one as polls there end.
    pub async fn begin_polls(self: &Arc<Self>, polls: &mut Polls, now: Time) -> Result<(), StoreError> {
        self.begin_polls_ahead(polls, now, Duration::ZERO).await
    }

    /// The same, and takes those that are due a little later as well: each is begun by [`App::begin_soon`] when its time has
    /// come, so that the store need not be asked for each by itself.
    pub async fn begin_polls_ahead(
        self: &Arc<Self>,
        polls: &mut Polls,
        now: Time,
        ahead: Duration,
    ) -> Result<(), StoreError> {
        self.mind_the_clock().await?;
        let setup = self.setup();
        let until = now.plus(ahead);
        let mut lanes = Lane::ALL.to_vec();
        polls.wants_room = false;
        loop {
            let mut asked = Vec::new();
            for lane in lanes.drain(..) {
                let room = self.places.room(lane).saturating_sub(polls.in_lane[lane as usize]);
                polls.wants_room |= room == 0;
                if room > 0 && polls.may_claim(lane, now) {
                    asked.push((lane, room));
                }
            }
            if asked.is_empty() {
                return Ok(());
            }
            let rooms = asked.clone();
            let claimed = self.desk.call(move |store| claim_lanes(store, until, &rooms)).await?;
            for ((lane, room), claims) in asked.into_iter().zip(claimed) {
                if claims.len() == room {
                    lanes.push(lane);
                }
                for claim in claims {
                    let due = claim.memory.next_poll.max(claim.memory.not_before);
                    match due.filter(|due| now < *due && *due <= until) {
                        Some(due) => polls.put_soon(due, claim),
                        None => self.begin_or_put_aside(polls, &setup, claim),
                    }
                }
            }
        }
    }

    /// Begins the polls that were taken ahead of their time and are due by `now`.
    pub fn begin_soon(self: &Arc<Self>, polls: &mut Polls, now: Time) {
        let setup = self.setup();
        while let Some(claim) = polls.take_soon(now) {
            self.begin_or_put_aside(polls, &setup, claim);
        }
    }

    fn begin_or_put_aside(self: &Arc<Self>, polls: &mut Polls, setup: &Arc<Setup>, claim: FeedClaim) {
        let host = setup.host_of(&claim.feed).unwrap_or_default();
        if polls.at_host.get(&host).is_some_and(|count| *count >= self.places.room_at_host()) {
            polls.put_aside(host, claim.feed);
        } else {
            self.begin_poll(polls, setup, host, claim);
        }
    }

    /// Takes every feed, or each that is due by `now`, and begins to poll them; says how many.
    pub async fn begin_all(self: &Arc<Self>, polls: &mut Polls, now: Time, all: bool) -> Result<usize, StoreError> {
        let setup = self.setup();
        let claims = self.desk.call(move |store| store.claim_feeds(now, all, usize::MAX)).await?;
        let begun = claims.len();
        for claim in claims {
            let host = setup.host_of(&claim.feed).unwrap_or_default();
            self.begin_poll(polls, &setup, host, claim);
        }
        Ok(begun)
    }

    fn begin_poll(self: &Arc<Self>, polls: &mut Polls, setup: &Arc<Setup>, host: String, claim: FeedClaim) {
        let (app, setup) = (self.clone(), setup.clone());
        let lane = Lane::of(&claim.memory);
        *polls.at_host.entry(host.clone()).or_default() += 1;
        polls.in_lane[lane as usize] += 1;
        let kept = UnderWay { claim: claim.clone(), host, lane };
        let task = polls.tasks.spawn(async move {
            // No semaphore here is ever closed, so the wait ends with a place.
            let host = match setup.host_places(&claim.feed) {
                Some(places) => places.acquire_owned().await.ok(),
                None => None,
            };
            // In a box, so that those that wait for a place are small.
            let polled = Box::pin(pipeline::poll(&setup, &app.desk, &*app.clock, &app.places, (claim, host))).await;
            app.carry_anew(&setup).await;
            polled
        });
        polls.under_way.insert(task.id(), kept);
    }

    /// The next poll that ends; `None` when none is under way. A panic in a poll is that poll's failure.
    pub async fn next_polled(&self, polls: &mut Polls) -> Option<Result<Polled, StoreError>> {
        match polls.tasks.join_next_with_id().await? {
            Ok((id, result)) => {
                let (claim, next) = polls.ended(id)?;
                if result.is_err() {
                    self.release(Claim::Feed(claim.feed));
                }
                self.bring_back(next);
                Some(result)
            }
            Err(broken) => {
                let (claim, next) = polls.ended(broken.id())?;
                self.bring_back(next);
                Some(pipeline::broken(&self.setup(), &self.desk, self.now(), claim).await)
            }
        }
    }

    /// Gives back the claim of a feed that was put aside.
    fn bring_back(&self, feed: Option<FeedName>) {
        if let Some(feed) = feed {
            self.release(Claim::Feed(feed));
        }
    }

    /// Plans what waits for each notifier.
    pub async fn plan_due(&self) -> Result<(), StoreError> {
        self.mind_the_clock().await?;
        let setup = self.setup();
        let routes = setup.escalations();
        if !routes.is_empty() {
            let now = self.now();
            self.desk.call(move |store| store.escalate(&routes, now)).await?;
        }
        let mut broken = None;
        for (notifier, target) in &setup.targets {
            // A panic while planning for one notifier is that step's failure: the others are planned for all the same.
            loop {
                let plan = pipeline::plan(notifier, target, &self.desk, &*self.clock);
                match AssertUnwindSafe(plan).catch_unwind().await {
                    Ok(Ok(true)) => {}
                    Ok(Ok(false)) => break,
                    Ok(Err(error)) => {
                        self.release(Claim::Queue(notifier.clone()));
                        return Err(error);
                    }
                    Err(_) => {
                        self.release(Claim::Queue(notifier.clone()));
                        let said = format!(
                            "planning for notifier “{notifier}” broke off by a fault of feedwatch itself; please report it"
                        );
                        broken = Some(StoreError::new(Trouble::Broken, said));
                        break;
                    }
                }
            }
        }
        self.carry_anew(&setup).await;
        broken.map_or(Ok(()), Err)
    }

    /// Carries over what a step has written that began under another setup than the one now in force, if that calls
    /// anything by another name. What cannot be carried now is carried at the next start.
    async fn carry_anew(&self, begun_under: &Arc<Setup>) {
        let setup = self.setup();
        if !Arc::ptr_eq(begun_under, &setup) && !setup.config.renames.is_empty() {
            let renames = setup.config.renames.clone();
            if let Err(error) = self.desk.call(move |store| store.carry_anew(&renames)).await {
                tracing::warn!("{error}");
            }
        }
    }

    /// Takes deliveries that are due by `now`, as many of each notifier as it takes at once, and begins to send them.
    pub async fn begin_deliveries(self: &Arc<Self>, sends: &mut Sends, now: Time) -> Result<(), StoreError> {
        self.mind_the_clock().await?;
        let setup = self.setup();
        for (notifier, target) in &setup.targets {
            let under_way = sends.under_way.get(notifier).copied().unwrap_or(0);
            let room = target.at_once.saturating_sub(under_way).min(sends.paced(notifier, target, self.now()));
            if room == 0 {
                continue;
            }
            let (name, only) = (notifier.clone(), target.policy.only(now));
            let due = self.desk.call(move |store| store.claim_deliveries(&name, only.as_ref(), now, room)).await?;
            for (delivery, alerts) in due {
                sends.note_begun(target, &delivery.notifier, self.now());
                self.begin_delivery(sends, (&setup, target.clone()), delivery, alerts);
            }
        }
        Ok(())
    }

    fn begin_delivery(
        self: &Arc<Self>,
        sends: &mut Sends,
        (setup, target): (&Arc<Setup>, Arc<Target>),
        delivery: Delivery,
        alerts: Vec<Alert>,
    ) {
        *sends.under_way.entry(delivery.notifier.clone()).or_default() += 1;
        let about = (delivery.clone(), target.clone());
        let (app, setup) = (self.clone(), setup.clone());
        let task = sends.tasks.spawn(async move {
            let attempted = pipeline::deliver(&target, &app.desk, &*app.clock, delivery, alerts).await;
            app.carry_anew(&setup).await;
            attempted
        });
        sends.about.insert(task.id(), about);
    }

    /// The next attempt that ends; `None` when none is under way. A panic in an attempt is that attempt's failure.
    pub async fn next_attempted(&self, sends: &mut Sends) -> Option<Result<Attempted, StoreError>> {
        let (id, result) = match sends.tasks.join_next_with_id().await? {
            Ok((id, result)) => (id, Some(result)),
            Err(broken) => (broken.id(), None),
        };
        let (delivery, target) = sends.about.remove(&id)?;
        if let Some(count) = sends.under_way.get_mut(&delivery.notifier) {
            *count -= 1;
        }
        let result = match result {
            Some(result) => result,
            None => pipeline::attempt_broken(&target, &self.desk, self.now(), delivery.clone()).await,
        };
        if let Err(error) = &result {
            let (id, notifier) = (&delivery.id, &delivery.notifier);
            tracing::warn!(
                %notifier, delivery = %id,
                "notifier “{notifier}”: what came of an attempt could not be written, and it is made again: {error}"
            );
            self.release(Claim::Delivery(delivery.id));
        }
        Some(result)
    }

    /// Gives a claim back.
    fn release(&self, claim: Claim) {
        self.desk.post(move |store| store.release(&claim));
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

    /// Looks once at the service's own health, and settles what follows: troubles, service alerts. The alerts that were not
    /// there before; with some, the planner has something to do.
    pub async fn look(&self) -> Result<Vec<Alert>, StoreError> {
        pipeline::health::look(&self.setup(), &self.desk, self.now()).await
    }

    /// Sends the heartbeat's ping, if it is due and the service is healthy; `None`: nothing was sent.
    pub async fn ping(&self) -> Result<Option<Result<(), String>>, StoreError> {
        pipeline::heartbeat::pinged(&self.setup(), &self.desk, self.now()).await
    }

    /// Notes that a store which had to be told of past itself works again.
    pub async fn outcry_over(&self, outcry: &Outcry) -> Result<Vec<Alert>, StoreError> {
        outcry.over(&self.setup(), &self.desk, self.now()).await
    }

    /// How the service is, in a line: `312 feeds, 2 failing, 0 pending`, behind what is worse than a failing feed.
    pub async fn brief(&self) -> Result<String, StoreError> {
        let feeds = self.setup().config.feeds.len();
        self.desk
            .call(move |store| {
                let (failing, standing) = (store.failing_feeds(&[])?, store.standing()?);
                let failing: Vec<_> = failing.iter().map(|(name, memory)| (name, memory)).collect();
                Ok(condition::brief((feeds, &failing), &standing, store.outbox()?))
            })
            .await
    }

    /// When the next feed may be polled for which there is a place now; a place that is taken wakes who waits by itself.
    pub async fn next_poll(&self, polls: &Polls) -> Result<Option<Time>, StoreError> {
        let now = self.now();
        let has_room = |lane: &Lane| self.places.room(*lane) > polls.in_lane[*lane as usize];
        let lanes: Vec<Lane> = Lane::ALL.into_iter().filter(has_room).collect();
        self.desk
            .call(move |store| {
                let mut next = None;
                for lane in lanes {
                    next = [next, store.next_poll(now, lane)?].into_iter().flatten().min();
                }
                Ok(next)
            })
            .await
    }

    /// When the next hold is over, or a message is to be escalated.
    pub async fn next_plan(&self) -> Result<Option<Time>, StoreError> {
        let setup = self.setup();
        let notifiers: Vec<_> = setup.targets.iter().map(|(name, t)| (name.clone(), t.word.clone())).collect();
        let from: Vec<NotifierName> = setup.escalations().into_iter().map(|(from, _)| from).collect();
        self.desk
            .call(move |store| {
                let next = [store.next_plan(&notifiers)?, store.next_escalation(&from)?];
                Ok(next.into_iter().flatten().min())
            })
            .await
    }

    /// When the next delivery falls due for which there is a place now; a place that is taken wakes who waits by itself.
    pub async fn next_attempt(&self, sends: &Sends) -> Result<Option<Time>, StoreError> {
        let setup = self.setup();
        let has_room = |(name, target): &(&NotifierName, &Arc<Target>)| {
            sends.under_way.get(*name).is_none_or(|count| *count < target.at_once)
        };
        let now = self.now();
        let free = setup.targets.iter().filter(has_room);
        let free: Vec<_> = free
            .map(|(name, target)| (name.clone(), target.policy.only(now), sends.paced_until(name, target, now)))
            .collect();
        self.desk
            .call(move |store| {
                let mut next = None;
                for (name, only, paced_until) in free {
                    let due = store.next_attempt(&name, only.as_ref(), now)?;
                    let due = due.map(|due| paced_until.map_or(due, |paced| due.max(paced)));
                    next = [next, due].into_iter().flatten().min();
                }
                Ok(next)
            })
            .await
    }

    /// When a notifier takes the next message that was due by `by` and only its pace keeps; `None` where there is none.
    pub async fn paced_until(&self, sends: &Sends, by: Time) -> Result<Option<Time>, StoreError> {
        let (setup, now) = (self.setup(), self.now());
        let paced = |(name, target): (&NotifierName, &Arc<Target>)| {
            Some((name.clone(), target.policy.only(now), sends.paced_until(name, target, now)?))
        };
        let paced = setup.targets.iter().filter_map(paced);
        let paced: Vec<_> = paced.collect();
        self.desk
            .call(move |store| {
                let mut next = None;
                for (name, only, until) in paced {
                    if store.next_attempt(&name, only.as_ref(), now)?.is_some_and(|due| due <= by) {
                        next = [next, Some(until)].into_iter().flatten().min();
                    }
                }
                Ok(next)
            })
            .await
    }

    /// Forgets one batch of what is past its time; whether there may be more.
    pub async fn prune(&self) -> Result<bool, StoreError> {
        let now = self.now();
        self.desk.call(move |store| store.prune(now, Keep::default())).await.map(|rows| rows > 0)
    }
}
