//! `feedwatch once`: one round.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::app::{App, Polls, Sends};
use crate::model::time::say_duration;
use crate::model::{DeliveryState, SystemClock, Time};
use crate::pipeline::{Attempted, Polled, PolledAs, Setup, backlog};
use crate::store::Backlog;
use crate::store::sqlite::OpenOptions;
use crate::text::count::counted;
use crate::text::shown::line;

use super::load::Strictness;
use super::output::{shown, style};
use super::records::{AlertRecord, DeliveryRecord, Summary, SummaryRecord};
use super::{Common, Failure, Results, load, runtime};

/// One round: polls what is due, plans, delivers what is due, ends. What will be tried again is no failure of the
/// round; a delivery that dies is (exit 1).
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  feedwatch once                    poll the feeds that are due (from a timer, say)
  feedwatch once --all              poll every feed, due or not; a Retry-After is obeyed all the same
  feedwatch once --all --json | jq 'select(.type == \"alert\")'")]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Poll every feed, due or not
    #[arg(long)]
    all: bool,
}

pub fn run(arguments: &Arguments, verbose: u8) -> Result<(), Failure> {
    let began = Instant::now();
    let config = load::load(arguments.common.config.as_deref(), Strictness::Start)?;
    let json = arguments.common.json;
    let summary = runtime()?.block_on(async {
        let feeds = config.feeds.len();
        let setup = Setup::new(config, style(), json).map_err(Failure::Usage)?;
        let (app, thread) = App::open(setup, "once", Arc::new(SystemClock), OpenOptions::default()).await?;
        let mut round = Round {
            app,
            json,
            verbose: verbose > 0,
            summary: Summary { feeds, ..Summary::default() },
            attempted: HashSet::new(),
        };
        let done = round.all_steps(arguments.all).await;
        let Round { app, mut summary, .. } = round;
        drop(app);
        // The last commit is done when the store's thread ends.
        let _ = thread.join();
        done?;
        summary.elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok::<_, Failure>(summary)
    })?;
    finish(summary, json)
}

/// Times that deliveries are followed by a look and that by deliveries: a notifier's failure is told by another one, whose
/// failure may be told in turn. What comes after that is told in the next round.
const ROUNDS: usize = 3;

/// How long a round waits for notifiers that take one message after the other.
const PACED_FOR: Duration = Duration::from_secs(60);

struct Round {
    app: Arc<App>,
    json: bool,
    /// A line a poll and a line an attempt, whatever came of it.
    verbose: bool,
    summary: Summary,
    attempted: HashSet<String>,
}

impl Round {
    async fn all_steps(&mut self, all: bool) -> Result<(), Failure> {
        self.poll(all).await?;
        // What a round finds wrong with the service is told in this round: what the polls show before anything is sent,
        // what the attempts show by those notifiers that work.
        self.look().await?;
        for _ in 0..ROUNDS {
            self.app.plan_due().await?;
            let released = self.deliver().await?;
            if !self.look().await? && !released {
                break;
            }
        }
        if let Some(Err(said)) = self.app.ping().await? {
            eprintln!("the heartbeat's address did not take the ping: {said}");
        }
        while self.app.prune().await? {}
        let outbox = self.app.desk().call(|store| store.outbox()).await?;
        (self.summary.pending, self.summary.held) = (outbox.pending, outbox.held);
        let hanging = self.app.desk().call(|store| store.backlog()).await?;
        // What fails and will be tried again was said when it failed.
        let lasting: Vec<Backlog> = hanging.into_iter().map(|b| Backlog { failing: 0, ..b }).collect();
        for said in backlog::said(&lasting, &self.app.setup().notifiers()) {
            eprintln!("{said}");
        }
        Ok(())
    }

    async fn poll(&mut self, all: bool) -> Result<(), Failure> {
        let mut polls = Polls::default();
        let begun = self.app.begin_all(&mut polls, self.app.now(), all).await?;
        let bar = progress(begun);
        while let Some(polled) = self.app.next_polled(&mut polls).await {
            let polled = polled?;
            bar.inc(1);
            bar.suspend(|| self.tell_polled(&polled))?;
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// Whether something was raised.
    async fn look(&mut self) -> Result<bool, Failure> {
        let raised = self.app.look().await?;
        self.summary.alerts += raised.len();
        if self.json {
            let mut results = Results::open();
            raised.iter().try_for_each(|alert| results.record(&AlertRecord::of(alert)))?;
            results.flush()?;
        }
        Ok(!raised.is_empty())
    }

    /// Whether an attempt let something go that the planner held.
    async fn deliver(&mut self) -> Result<bool, Failure> {
        let mut sends = Sends::default();
        let now = self.app.now();
        let last = now.plus(PACED_FOR);
        let mut released = false;
        loop {
            self.app.begin_deliveries(&mut sends, now).await?;
            match self.app.next_attempted(&mut sends).await {
                Some(attempted) => {
                    let attempted = attempted?;
                    released |= attempted.released;
                    self.tell_attempted(&attempted)?;
                }
                // What a service's pace keeps is waited for, not for ever: the next round sends the rest.
                None => match self.app.paced_until(&sends, now).await? {
                    Some(until) if until <= last => tokio::time::sleep(until.since(self.app.now())).await,
                    _ => return Ok(released),
                },
            }
        }
    }

    fn tell_polled(&mut self, polled: &Polled) -> Result<(), Failure> {
        let summary = &mut self.summary;
        summary.polled += 1;
        summary.bytes += polled.bytes;
        summary.alerts += polled.alerts.len();
        let feed = shown(polled.feed.as_str());
        if self.verbose {
            eprintln!("feed “{feed}”: {}", told(polled, self.app.now()));
        }
        match &polled.result {
            PolledAs::NotModified => summary.not_modified += 1,
            PolledAs::Failed { said, .. } => {
                summary.failed += 1;
                if !self.verbose {
                    eprintln!("feed “{feed}”: {}", line(said));
                }
            }
            PolledAs::Feed { new, edited, baseline } => {
                summary.items_new += new;
                summary.items_edited += edited;
                if let Some(would_have) = baseline.filter(|_| polled.alerts.is_empty()) {
                    eprintln!("feed “{feed}”: first poll: {}", noted(*new, would_have));
                }
            }
        }
        for note in &polled.notes {
            eprintln!("feed “{feed}”: {note}");
        }
        if self.json {
            let mut results = Results::open();
            polled.alerts.iter().try_for_each(|alert| results.record(&AlertRecord::of(alert)))?;
            results.flush()?;
        }
        Ok(())
    }

    fn tell_attempted(&mut self, attempted: &Attempted) -> Result<(), Failure> {
        let delivery = &attempted.delivery;
        match delivery.state {
            DeliveryState::Sent => self.summary.delivered += 1,
            DeliveryState::Dead => self.summary.dead += 1,
            DeliveryState::Pending => {}
        }
        self.attempted.insert(delivery.id.to_string());
        if self.verbose && delivery.error.is_none() {
            let alerts = counted(delivery.alerts.len(), "alert", "alerts");
            eprintln!("notifier “{}”: {} ({alerts})", delivery.notifier, delivery.state);
        }
        if self.json {
            let mut results = Results::open();
            results.record(&DeliveryRecord::of(delivery))?;
            return results.flush();
        }
        if let Some(error) = &delivery.error {
            let end = match delivery.next_attempt {
                Some(at) => format!("next attempt in {}", say_duration(at.since(self.app.now()))),
                None => format!("dead; feedwatch alerts resend {}", delivery.alerts[0]),
            };
            eprintln!("notifier “{}”: {} ({end})", shown(delivery.notifier.as_str()), line(error));
        }
        Ok(())
    }
}

/// One poll in a line.
fn told(polled: &Polled, now: Time) -> String {
    let came = match &polled.result {
        PolledAs::NotModified => "not modified".to_owned(),
        PolledAs::Failed { said, .. } => line(said),
        PolledAs::Feed { new: 0, edited: 0, .. } => "nothing new".to_owned(),
        PolledAs::Feed { new, edited, .. } => format!("{}, {edited} edited", counted(*new, "new item", "new items")),
    };
    let alerts = match polled.alerts.len() {
        0 => String::new(),
        n => format!(", {}", counted(n, "alert", "alerts")),
    };
    let wait = |next: Time| say_duration(Duration::from_secs(next.since(now).as_secs()));
    let next = polled.next.map_or_else(String::new, |next| format!("; next poll in {}", wait(next)));
    format!("{came}{alerts} ({} bytes){next}", polled.bytes)
}

/// What a silent baseline says.
fn noted(items: usize, would_have: usize) -> String {
    let items = counted(items, "item", "items");
    format!("{items} noted, {would_have} would have matched; what comes from now on is told")
}

/// A bar on a terminal, nothing elsewhere.
fn progress(polls: usize) -> ProgressBar {
    let bar = ProgressBar::new(polls as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} feeds {wide_msg}") {
        bar.set_style(style);
    }
    bar
}

fn finish(summary: Summary, json: bool) -> Result<(), Failure> {
    if json {
        let mut results = Results::open();
        results.record(&SummaryRecord::from(summary))?;
        results.flush()?;
    } else {
        eprintln!("{}", said(&summary));
    }
    if summary.dead > 0 { Err(Failure::Quiet(1)) } else { Ok(()) }
}

/// The round in one line.
fn said(s: &Summary) -> String {
    let mut parts = vec![format!("{} of {} polled", s.polled, counted(s.feeds, "feed", "feeds"))];
    let mut count = |n: usize, what: &str| {
        if n > 0 {
            parts.push(format!("{n} {what}"));
        }
    };
    count(s.not_modified, "not modified");
    count(s.failed, "failed");
    count(s.items_new, if s.items_new == 1 { "new item" } else { "new items" });
    count(s.items_edited, "edited");
    count(s.alerts, if s.alerts == 1 { "alert" } else { "alerts" });
    count(s.delivered, "delivered");
    count(s.pending, "pending");
    count(s.held, "held (see feedwatch alerts list --state held)");
    count(s.dead, "dead");
    format!("{} in {:.1} s", parts.join(", "), s.elapsed_ms as f64 / 1000.0)
}
