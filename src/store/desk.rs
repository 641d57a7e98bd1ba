//! A store on a thread of its own. What queues up while a commit runs shares the next one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::model::AlertId;

use super::{AttemptOutcome, PlanOutcome, PollOutcome, Store, StoreError, Trouble};

/// Outcomes of one commit at most: enough to make a commit cheap, few enough to answer within some milliseconds.
const SHARED: usize = 512;

/// A poll that tells nobody anything waits so long for others to share its commit. Its place at the host is free by then, and a
/// commit waits for the disk whatever is in it.
const COMPANY: Duration = Duration::from_millis(20);

/// Where others come all the time, the first of them waits no longer.
const LONG_COMPANY: Duration = Duration::from_millis(250);

/// So many that have read a document are a commit of their own: they hold what they have read, and places for others.
const READ: usize = 16;

/// The asynchronous side of a store; cheap to clone. The thread ends when the last clone is gone.
#[derive(Clone)]
pub struct Desk {
    jobs: Sender<Job>,
    quiet: Arc<Quiet>,
}

type Answer<T> = oneshot::Sender<Result<T, StoreError>>;

/// Any other question, with the way back for its answer inside.
type Question = Box<dyn FnOnce(&mut dyn Store) + Send>;

enum Job {
    Poll(Box<PollOutcome>, Answer<Vec<AlertId>>),
    Plan(Box<PlanOutcome>, Answer<()>),
    Attempt(Box<AttemptOutcome>, Answer<bool>),
    Call(Question),
    /// The first of some polls that tell nobody anything lies in the tray.
    Quiet,
    /// So many lie there that they are a commit of their own.
    Full,
}

/// A tray for polls that tell nobody anything: the thread is not woken for each. `None` when the thread has ended.
struct Quiet(Mutex<Option<Tray>>);

#[derive(Default)]
struct Tray {
    polls: Vec<(PollOutcome, Answer<Vec<AlertId>>)>,
    /// How many of them have read a document.
    read: usize,
}

impl Quiet {
    fn lock(&self) -> MutexGuard<'_, Option<Tray>> {
        // A panic while the lock was held has left the list whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the thread must be told of it, if anything. Without a tray there is no thread.
    fn put(&self, outcome: PollOutcome, answer: Answer<Vec<AlertId>>) -> Result<Option<Job>, StoreError> {
        let mut tray = self.lock();
        let tray = tray.as_mut().ok_or_else(gone)?;
        let has_read = !outcome.is_quiet();
        tray.read += usize::from(has_read);
        tray.polls.push((outcome, answer));
        Ok(match tray.polls.len() {
            _ if has_read && tray.read == READ => Some(Job::Full),
            SHARED => Some(Job::Full),
            1 => Some(Job::Quiet),
            _ => None,
        })
    }

    fn count(&self) -> usize {
        self.lock().as_ref().map_or(0, |tray| tray.polls.len())
    }

    fn take(&self) -> Vec<(PollOutcome, Answer<Vec<AlertId>>)> {
        self.lock().as_mut().map(std::mem::take).unwrap_or_default().polls
    }
}

/// Whoever still waits hears that the thread has ended, however it did.
struct Closing<'q>(&'q Quiet);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        *self.0.lock() = None;
    }
}

impl Desk {
    /// Puts the store on its thread. Joining the handle after the last desk is dropped waits for the last commit.
    pub fn open(store: impl Store + 'static) -> (Self, JoinHandle<()>) {
        let (jobs, queue) = channel();
        let quiet = Arc::new(Quiet(Mutex::new(Some(Tray::default()))));
        let tray = quiet.clone();
        // Where there is one: answers are given there.
        let runtime = Handle::try_current().ok();
        let thread =
            std::thread::Builder::new().name("store".into()).spawn(move || serve(store, &queue, &tray, runtime));
        (Self { jobs, quiet }, thread.expect("the system can start one more thread"))
    }

    /// Writes a poll; gives the ids of alerts that were not there before.
    pub async fn settle_poll(&self, outcome: PollOutcome) -> Result<Vec<AlertId>, StoreError> {
        if !outcome.alerts.is_empty() {
            return self.ask(|answer| Job::Poll(Box::new(outcome), answer)).await;
        }
        let (answer, wait) = oneshot::channel();
        if let Some(word) = self.quiet.put(outcome, answer)? {
            self.jobs.send(word).map_err(|_| gone())?;
        }
        wait.await.map_err(|_| gone())?
    }

    /// Writes a plan.
    pub async fn settle_plan(&self, outcome: PlanOutcome) -> Result<(), StoreError> {
        self.ask(|answer| Job::Plan(Box::new(outcome), answer)).await
    }

    /// Writes an attempt; whether something can be planned that waited for it.
    pub async fn settle_attempt(&self, outcome: AttemptOutcome) -> Result<bool, StoreError> {
        self.ask(|answer| Job::Attempt(Box::new(outcome), answer)).await
    }

    /// Any other question to the store.
    pub async fn call<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut dyn Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.ask(|answer| put(question, answer)).await
    }

    /// The same where nobody waits for an answer. A store that fails at it fails at the next step too, which says so.
    pub fn post(&self, word: impl FnOnce(&mut dyn Store) + Send + 'static) {
        let _ = self.jobs.send(Job::Call(Box::new(word)));
    }

    /// The same from a thread that has nothing else to do meanwhile.
    pub fn call_and_wait<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut dyn Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, wait) = oneshot::channel();
        self.jobs.send(put(question, answer)).map_err(|_| gone())?;
        wait.blocking_recv().map_err(|_| gone())?
    }

    async fn ask<T>(&self, job: impl FnOnce(Answer<T>) -> Job) -> Result<T, StoreError> {
        let (answer, wait) = oneshot::channel();
        self.jobs.send(job(answer)).map_err(|_| gone())?;
        wait.await.map_err(|_| gone())?
    }
}

fn put<T: Send + 'static>(
    question: impl FnOnce(&mut dyn Store) -> Result<T, StoreError> + Send + 'static,
    answer: Answer<T>,
) -> Job {
    Job::Call(Box::new(move |store| {
        // Nobody waits for the answer any more: a step was cut off.
        let _ = answer.send(question(store));
    }))
}

fn gone() -> StoreError {
    StoreError::new(Trouble::Broken, "the store's thread has ended")
}

fn serve(mut store: impl Store, queue: &Receiver<Job>, quiet: &Quiet, runtime: Option<Handle>) {
    let _closing = Closing(quiet);
    while let Ok(first) = queue.recv() {
        let (mut polls, mut plans, mut attempts) = (Vec::new(), Vec::new(), Vec::new());
        let mut waiting = Some(first);
        let (mut taken, mut company, mut hurry) = (1, None, false);
        // Questions are answered as they come, so that their askers work on while the commits run.
        while let Some(job) = waiting.take() {
            match job {
                Job::Poll(outcome, answer) => polls.push((*outcome, answer)),
                Job::Plan(outcome, answer) => plans.push((*outcome, answer)),
                Job::Attempt(outcome, answer) => attempts.push((*outcome, answer)),
                Job::Call(question) => {
                    // Who asked hears that it broke off; the store is there for the next one.
                    let _ = catch_unwind(AssertUnwindSafe(|| question(&mut store)));
                }
                Job::Quiet => _ = company.get_or_insert_with(|| Company::new(quiet)),
                Job::Full => hurry = true,
            }
            hurry |= !(polls.is_empty() && plans.is_empty() && attempts.is_empty());
            waiting = match company.as_mut().filter(|_| !hurry) {
                _ if taken >= SHARED => None,
                Some(company) => company.next(queue),
                None => queue.try_recv().ok(),
            };
            taken += 1;
        }
        polls.extend(quiet.take());
        let runtime = runtime.as_ref();
        settle(polls, runtime, |outcomes| store.settle_polls(outcomes));
        settle(plans, runtime, |outcomes| store.settle_plans(outcomes));
        settle(attempts, runtime, |outcomes| store.settle_attempts(outcomes));
    }
}

/// The wait of polls that tell nobody anything for one another: as long as there come more, but not for ever.
struct Company<'q> {
    quiet: &'q Quiet,
    count: usize,
    until: Instant,
    longest: Instant,
}

impl<'q> Company<'q> {
    fn new(quiet: &'q Quiet) -> Self {
        let now = Instant::now();
        Self { quiet, count: quiet.count(), until: now + COMPANY, longest: now + LONG_COMPANY }
    }

    /// What comes meanwhile; `None` when the wait is over.
    fn next(&mut self, queue: &Receiver<Job>) -> Option<Job> {
        loop {
            let wait = self.until.saturating_duration_since(Instant::now());
            match queue.recv_timeout(wait) {
                Ok(job) => return Some(job),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => {}
            }
            let count = self.quiet.count();
            if count <= self.count || self.until >= self.longest {
                return None;
            }
            (self.count, self.until) = (count, self.until + COMPANY);
        }
    }
}

fn settle<O, T>(
    jobs: Vec<(O, Answer<T>)>,
    runtime: Option<&Handle>,
    write: impl FnOnce(&[O]) -> Vec<Result<T, StoreError>>,
) where
    T: Send + 'static,
{
    if jobs.is_empty() {
        return;
    }
    let (outcomes, answers): (Vec<O>, Vec<Answer<T>>) = jobs.into_iter().unzip();
    let results = write(&outcomes);
    let give = move || {
        for (answer, result) in answers.into_iter().zip(results) {
            // As above: whoever asked may be gone; what is written is written.
            let _ = answer.send(result);
        }
    };
    match runtime {
        // From there they wake who waits without a call of the system for each.
        Some(runtime) if outcomes.len() > 1 => drop(runtime.spawn(async move { give() })),
        _ => give(),
    }
}
