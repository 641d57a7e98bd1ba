//! Threads for what a poll reads: documents are parsed and matched there, so that the one thread that speaks with servers
//! only ever waits for them.
//!
//! They are started when there is something to read; a round in which nothing has changed starts none.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, available_parallelism};

use tokio::sync::oneshot;

type Job = Box<dyn FnOnce() + Send>;

/// Takes work from any number of polls; its threads end with it.
#[derive(Debug)]
pub struct Workers {
    jobs: Sender<Job>,
    crew: Mutex<Crew>,
    queue: Arc<Mutex<Receiver<Job>>>,
}

#[derive(Debug)]
struct Crew {
    started: usize,
    /// As many as the machine has processors.
    most: usize,
    /// Jobs given and not done.
    busy: Arc<()>,
}

impl Default for Workers {
    /// None of them is started yet.
    fn default() -> Self {
        let (jobs, queue) = channel();
        let most = available_parallelism().map_or(1, usize::from);
        let crew = Mutex::new(Crew { started: 0, most, busy: Arc::new(()) });
        Self { jobs, crew, queue: Arc::new(Mutex::new(queue)) }
    }
}

impl Workers {
    /// Does something on one of the threads; a panic there is one here.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let (answer, wait) = oneshot::channel();
        let busy = self.one_more();
        let job = move || {
            let done = catch_unwind(AssertUnwindSafe(work));
            drop(busy);
            // Whoever asked may have been cut off.
            let _ = answer.send(done);
        };
        self.jobs.send(Box::new(job)).expect("the queue lives as long as this");
        match wait.await.expect("each job answers") {
            Ok(done) => done,
            Err(panic) => resume_unwind(panic),
        }
    }

    /// Counts a job, and starts a thread for it where all that there are have something to do.
    fn one_more(&self) -> Arc<()> {
        let mut crew = self.crew.lock().unwrap_or_else(PoisonError::into_inner);
        let busy = crew.busy.clone();
        // Itself is one of them.
        if Arc::strong_count(&crew.busy) - 1 > crew.started && crew.started < crew.most {
            let queue = self.queue.clone();
            let thread = Builder::new().name("reader".into()).spawn(move || work(&queue));
            // A system that has no thread to give gives the jobs to those that are there.
            if thread.is_ok() || crew.started == 0 {
                thread.expect("the system can start one more thread");
                crew.started += 1;
            }
        }
        busy
    }
}

fn work(queue: &Mutex<Receiver<Job>>) {
    loop {
        // One waits in the queue, the others for their turn at it.
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        job();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_is_done_side_by_side_and_a_panic_comes_back() {
        let workers = Arc::new(Workers::default());
        assert_eq!(workers.crew.lock().unwrap().started, 0);
        let sums = (0..100u64).map(|n| {
            let workers = workers.clone();
            tokio::spawn(async move { workers.run(move || (0..=n).sum::<u64>()).await })
        });
        for (n, sum) in sums.collect::<Vec<_>>().into_iter().enumerate() {
            assert_eq!(sum.await.unwrap(), (n * (n + 1) / 2) as u64);
        }
        let broken = workers.clone();
        let broken = tokio::spawn(async move { broken.run(|| panic!("of the work")).await });
        assert!(broken.await.unwrap_err().is_panic());
        assert_eq!(workers.run(|| 7).await, 7);
        let crew = workers.crew.lock().unwrap();
        assert!((1..=crew.most).contains(&crew.started));
    }
}
