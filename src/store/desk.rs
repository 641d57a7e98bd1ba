//! A store on a thread of its own. What queues up while a commit runs shares the next one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::model::AlertId;

use super::{AttemptOutcome, PlanOutcome, PollOutcome, Store, StoreError, Trouble};

/// Outcomes of one commit at most: enough to make a commit cheap, few enough to answer within some milliseconds.
const SHARED: usize = 512;

/// How long a poll that found nothing waits for others to share its commit. Nobody hears of it, and its place at the host is
/// free by then; a commit waits for the disk whatever is in it.
const COMPANY: Duration = Duration::from_millis(20);

/// The asynchronous side of a store; cheap to clone. The thread ends when the last clone is gone.
#[derive(Clone)]
pub struct Desk {
    jobs: Sender<Job>,
}

type Answer<T> = oneshot::Sender<Result<T, StoreError>>;

/// Any other question, with the way back for its answer inside.
type Question = Box<dyn FnOnce(&mut dyn Store) + Send>;

enum Job {
    Poll(Box<PollOutcome>, Answer<Vec<AlertId>>),
    Plan(Box<PlanOutcome>, Answer<()>),
    Attempt(Box<AttemptOutcome>, Answer<bool>),
    Call(Question),
}

impl Desk {
    /// Puts the store on its thread. Joining the handle after the last desk is dropped waits for the last commit.
    pub fn open(store: impl Store + 'static) -> (Self, JoinHandle<()>) {
        let (jobs, queue) = channel();
        let thread = std::thread::Builder::new().name("store".into()).spawn(move || serve(store, &queue));
        (Self { jobs }, thread.expect("the system can start one more thread"))
    }

    /// Writes a poll; gives the ids of alerts that were not there before.
    pub async fn settle_poll(&self, outcome: PollOutcome) -> Result<Vec<AlertId>, StoreError> {
        self.ask(|answer| Job::Poll(Box::new(outcome), answer)).await
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
        self.ask(|answer: Answer<T>| {
            Job::Call(Box::new(move |store| {
                // Nobody waits for the answer any more: a step was cut off.
                let _ = answer.send(question(store));
            }))
        })
        .await
    }

    async fn ask<T>(&self, job: impl FnOnce(Answer<T>) -> Job) -> Result<T, StoreError> {
        let (answer, wait) = oneshot::channel();
        let gone = |_| StoreError::new(Trouble::Broken, "the store's thread has ended");
        self.jobs.send(job(answer)).map_err(|_| gone(()))?;
        wait.await.map_err(|_| gone(()))?
    }
}

fn serve(mut store: impl Store, queue: &Receiver<Job>) {
    while let Ok(first) = queue.recv() {
        let (mut polls, mut plans, mut attempts) = (Vec::new(), Vec::new(), Vec::new());
        let mut waiting = Some(first);
        let (mut taken, mut until, mut hurry) = (1, None, false);
        // Questions are answered as they come, so that their askers work on while the commits run.
        while let Some(job) = waiting.take() {
            match &job {
                Job::Poll(outcome, _) if outcome.is_quiet() => {
                    _ = until.get_or_insert_with(|| Instant::now() + COMPANY);
                }
                Job::Call(_) => {}
                _ => hurry = true,
            }
            match job {
                Job::Poll(outcome, answer) => polls.push((*outcome, answer)),
                Job::Plan(outcome, answer) => plans.push((*outcome, answer)),
                Job::Attempt(outcome, answer) => attempts.push((*outcome, answer)),
                Job::Call(question) => {
                    // Who asked hears that it broke off; the store is there for the next one.
                    let _ = catch_unwind(AssertUnwindSafe(|| question(&mut store)));
                }
            }
            waiting = match until.filter(|_| !hurry) {
                _ if taken >= SHARED => None,
                Some(until) => queue.recv_timeout(until.saturating_duration_since(Instant::now())).ok(),
                None => queue.try_recv().ok(),
            };
            taken += 1;
        }
        settle(polls, |outcomes| store.settle_polls(outcomes));
        settle(plans, |outcomes| store.settle_plans(outcomes));
        settle(attempts, |outcomes| store.settle_attempts(outcomes));
    }
}

fn settle<O, T>(jobs: Vec<(O, Answer<T>)>, write: impl FnOnce(&[O]) -> Vec<Result<T, StoreError>>) {
    if jobs.is_empty() {
        return;
    }
    let (outcomes, answers): (Vec<O>, Vec<Answer<T>>) = jobs.into_iter().unzip();
    for (answer, result) in answers.into_iter().zip(write(&outcomes)) {
        // As above: whoever asked may be gone; what is written is written.
        let _ = answer.send(result);
    }
}
