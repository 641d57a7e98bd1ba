//! What the daemon says: to systemd by `$NOTIFY_SOCKET`, to the log a line a poll and a line an attempt.

use std::time::Duration;

use sd_notify::NotifyState;
use tracing::field::display;

use crate::app::App;
use crate::model::{Alert, AlertId, DeliveryState, Reason, Verdict};
use crate::pipeline::{Attempted, Polled, PolledAs, backlog};
use crate::store::Store;
use crate::text::bidi::isolate;
use crate::text::count::counted;

/// How often systemd is asked for more time …
const EXTEND_EVERY: Duration = Duration::from_secs(2);
/// … and for how much, in microseconds.
const EXTEND_BY: u32 = 30_000_000;

/// The first look at configuration and store is done.
pub fn ready(app: &App) {
    let said = app.setup().config.inventory();
    tracing::info!("ready: {said}");
    notify(&[NotifyState::Ready, NotifyState::Status(&said)]);
}

/// The configuration is read anew.
pub fn reloading() {
    // The stamp is what systemd 253 and later wait for (`Type=notify-reload`); without a clock it does without.
    match NotifyState::monotonic_usec_now() {
        Ok(stamp) => notify(&[NotifyState::Reloading, stamp]),
        Err(_) => notify(&[NotifyState::Reloading]),
    }
}

/// It has been read, whatever came of it.
pub fn reloaded(app: &App) {
    let said = app.setup().config.inventory();
    notify(&[NotifyState::Ready, NotifyState::Status(&said)]);
}

/// Waits for what may take long, and tells systemd all the while that it goes on.
pub async fn patiently<T>(work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            () = tokio::time::sleep(EXTEND_EVERY) => notify(&[NotifyState::ExtendTimeoutUsec(EXTEND_BY)]),
        }
    }
}

/// The end has begun.
pub fn stopping() {
    tracing::info!("stopping");
    notify(&[NotifyState::Stopping]);
}

/// What hangs at the notifiers: said at the start and after a reload, when a name may have gone.
pub async fn hanging(app: &App) {
    match app.desk().call(|store: &mut dyn Store| store.backlog()).await {
        Ok(found) => {
            for (notifier, said) in backlog::named(&found, &app.setup().notifiers()) {
                tracing::warn!(%notifier, "{said}");
            }
        }
        Err(error) => tracing::error!("{error}"),
    }
}

/// How the service is, as systemd shows it beside the unit.
pub async fn condition(app: &App) {
    // A store that fails here fails at the next step too, which says so.
    if let Ok(said) = app.brief().await {
        notify(&[NotifyState::Status(&said)]);
    }
}

fn notify(states: &[NotifyState<'_>]) {
    // Without a socket nobody asked; with a broken one there is nobody to tell.
    let _ = sd_notify::notify(states);
}

/// What a poll without news belongs to: a terminal is shown a line a poll, a journal only what is new.
pub const POLLS: &str = "feedwatch::polls";

/// One poll. A failure is said when it begins and whenever its reason changes (`status` keeps the count).
pub fn polled(polled: &Polled) {
    let feed = &polled.feed;
    let (name, next) = (isolate(feed.as_str()), polled.next.map(display));
    match &polled.result {
        PolledAs::NotModified => tracing::debug!(target: POLLS, %feed, next, "feed “{name}”: not modified"),
        PolledAs::Failed { said, again: true } => {
            tracing::debug!(target: POLLS, %feed, next, "feed “{name}”: poll failed again: {said}");
        }
        PolledAs::Failed { said, again: false } => tracing::warn!(%feed, next, "feed “{name}”: poll failed: {said}"),
        PolledAs::Feed { new, edited, baseline: Some(would_have) } => {
            let noted = counted(new + edited, "item", "items");
            tracing::info!(%feed, next, "feed “{name}”: first poll: {noted} noted, {would_have} would have matched");
        }
        PolledAs::Feed { new: 0, edited: 0, .. } => {
            tracing::debug!(target: POLLS, %feed, next, "feed “{name}”: nothing new");
        }
        PolledAs::Feed { new, edited, .. } => tracing::info!(%feed, next, "feed “{name}”: {new} new, {edited} edited"),
    }
    // Of a document without news it was said when there were some.
    let quiet = matches!(polled.result, PolledAs::Feed { new: 0, edited: 0, baseline: None });
    for note in &polled.notes {
        if quiet {
            tracing::debug!(%feed, "feed “{name}”: {note}");
        } else {
            tracing::warn!(%feed, "feed “{name}”: {note}");
        }
    }
    for alert in &polled.alerts {
        let (watch, reason) = (alert.watch.as_ref().map(display), alert.reason);
        tracing::info!(%feed, watch, %reason, alert = %alert.id, "feed “{name}”: {}", alert.sentence);
    }
}

/// Alerts that are named on one line: a digest may hold hundreds, and an event of the journal has room for some.
const NAMED: usize = 50;

/// One attempt at a delivery. Of one with very many alerts, a line for each few dozen of them.
pub fn attempted(attempted: &Attempted) {
    let delivery = &attempted.delivery;
    let (id, notifier) = (&delivery.id, &delivery.notifier);
    let name = isolate(notifier.as_str());
    let error = delivery.error.as_deref().unwrap_or_default();
    if matches!(attempted.verdict, Verdict::Gone { .. }) {
        tracing::error!(
            %notifier, delivery = %id,
            "notifier “{name}” is off: its target said it is gone; mend its address, or feedwatch notify enable {notifier}"
        );
    }
    let attempts = delivery.attempts;
    for alerts in delivery.alerts.chunks(NAMED) {
        let alert = alerts.iter().map(AlertId::as_str).collect::<Vec<_>>().join(",");
        match (delivery.state, delivery.next_attempt) {
            (DeliveryState::Sent, _) => tracing::info!(%notifier, delivery = %id, %alert, "notifier “{name}”: sent"),
            (DeliveryState::Pending, Some(next)) => tracing::warn!(
                %notifier, delivery = %id, %alert,
                "notifier “{name}”: attempt {attempts} failed: {error}; again at {next}"
            ),
            _ => tracing::error!(
                %notifier, delivery = %id, %alert,
                "notifier “{name}”: dead after {attempts} attempts: {error}"
            ),
        }
    }
}

/// News of the service itself.
pub fn news(alert: &Alert) {
    let (feed, notifier) = subject(alert);
    tracing::warn!(alert = %alert.id, reason = %alert.reason, feed, notifier, "service: {}", alert.sentence);
}

/// The feed or the notifier that a service alert is about; its sentence names it.
pub fn subject(alert: &Alert) -> (Option<&str>, Option<&str>) {
    let subject = alert.service.as_ref().and_then(|news| news.subject.as_deref());
    let of = |reasons: &[Reason]| subject.filter(|_| reasons.contains(&alert.reason));
    (
        of(&[Reason::FeedFailing, Reason::FeedRecovered, Reason::FeedSilent]),
        of(&[Reason::NotifierFailing, Reason::NotifierRecovered]),
    )
}
