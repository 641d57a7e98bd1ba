//! What is said while all is well: a ping every few minutes, a line a day. Both times stand in the store, so that a restart
//! neither repeats nor forgets one.

use std::time::Duration;

use crate::alerter::service::{self, Words};
use crate::model::{Reason, Standing, Time};
use crate::notifier::ping::ping;
use crate::store::{Desk, HealthOutcome, StoreError};
use crate::text::count::counted;

use super::Setup;

const DAILY: &str = "daily";
const PINGED: &str = "pinged";
/// A line that is so late is of the past: after a long stop the next one comes at its time.
const LATE: Duration = Duration::from_secs(12 * 3600);

/// Adds the daily line, if it is due, to what a look writes. The first look ever only notes from when on is counted.
pub async fn daily(setup: &Setup, desk: &Desk, outcome: &mut HealthOutcome, now: Time) -> Result<(), StoreError> {
    let Some(daily) = &setup.config.heartbeat.daily else { return Ok(()) };
    let last = desk.call(|store| store.mark(DAILY)).await?.filter(|at| *at <= now);
    let Some(last) = last else {
        outcome.marks.push((DAILY.to_owned(), now));
        return Ok(());
    };
    let Some(due) = daily.at.next_after(last).filter(|due| *due <= now) else { return Ok(()) };
    // Of several that were missed, the last one counts.
    let mut latest = due;
    while let Some(next) = daily.at.next_after(latest).filter(|next| *next <= now) {
        latest = next;
    }
    outcome.marks.push((DAILY.to_owned(), now));
    if now.since(latest) > LATE {
        return Ok(());
    }
    let (counts, standing) = desk.call(move |store| Ok((store.counted_since(last)?, store.standing()?))).await?;
    let feeds = counted(setup.config.feeds.len(), "feed", "feeds");
    let alerts = if counts.alerts == 1 { "alert" } else { "alerts" };
    let items = if counts.items == 1 { "item" } else { "items" };
    let sentence = format!("alive: {feeds}, {} {items}, {} {alerts}", grouped(counts.items), grouped(counts.alerts));
    let mut details = vec![format!("counted since {}", last.minute())];
    let wrong: Vec<&Standing> = standing.iter().filter(|s| s.stands()).collect();
    details.extend(wrong.iter().take(20).map(|s| super::condition::sentence(s)));
    let advice = (!wrong.is_empty()).then(|| "see feedwatch status".to_owned());
    let words = Words { sentence, details, advice };
    // Its id follows from when it was due: told once, whoever is killed meanwhile.
    let alert = service::alert(Reason::Heartbeat, "", (latest, None), words, now);
    outcome.alerts.push((alert, daily.notify.clone()));
    Ok(())
}

/// Pings, if it is time and the service is healthy: its store can be written, we are not offline, no notifier fails, the
/// configuration in the files is in force. A feed that fails is told by an alert and keeps no ping back. `None`: nothing
/// was sent.
pub async fn pinged(setup: &Setup, desk: &Desk, now: Time) -> Result<Option<Result<(), String>>, StoreError> {
    let Some(address) = &setup.config.heartbeat.ping else { return Ok(None) };
    let every = address.every;
    let due = desk
        .call(move |store| {
            let rested = store.mark(PINGED)?.is_none_or(|at| now.since(at) >= every || at > now);
            Ok(rested && !store.standing()?.iter().any(keeps_silent))
        })
        .await?;
    if !due {
        return Ok(None);
    }
    // Noted before it is sent: a store that cannot be written sends no ping.
    let outcome = HealthOutcome { marks: vec![(PINGED.to_owned(), now)], ..HealthOutcome::default() };
    desk.call(move |store| store.settle_health(&outcome)).await?;
    Ok(Some(ping(&address.url, address.post).await))
}

/// Whether a trouble is one that somebody outside must notice.
fn keeps_silent(standing: &Standing) -> bool {
    standing.stands() && !matches!(standing.reason, Reason::FeedFailing | Reason::FeedSilent)
}

/// `1,204`
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_are_read_at_a_glance() {
        for (n, said) in [(0, "0"), (999, "999"), (1204, "1,204"), (1_000_000, "1,000,000")] {
            assert_eq!(grouped(n), said);
        }
    }
}
