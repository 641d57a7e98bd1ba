//! DELIVER: render ─▶ send ─▶ settle: sent | again at … | dead.

use std::time::Duration;

use crate::model::{Alert, Clock, Delivery, DeliveryState, Time, Verdict};
use crate::notifier::{Message, Settings};
use crate::planner::{after_attempt, after_look};
use crate::render::{self, Request};
use crate::store::{AttemptOutcome, Desk, StoreError};

use super::Target;

/// An attempt that has been settled.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempted {
    /// The delivery as it stands now.
    pub delivery: Delivery,
    /// What the other side said.
    pub verdict: Verdict,
    /// The planner has something to do that waited for this.
    pub released: bool,
}

/// One attempt at a delivery, from its claim to its settle.
pub async fn deliver(
    target: &Target,
    desk: &Desk,
    clock: &dyn Clock,
    mut delivery: Delivery,
    alerts: Vec<Alert>,
) -> Result<Attempted, StoreError> {
    // To find out whether a notifier that fails is back, one is tried before its time.
    let ahead = delivery.next_attempt.is_some_and(|due| due > clock.now());
    let recipients = still_without(target, &mut delivery);
    let mail_to_nobody = matches!(target.settings, Settings::Email(_)) && recipients.is_empty();
    let verdict = if mail_to_nobody {
        Verdict::Accepted { said: "every recipient has it".into() }
    } else {
        send(target, &delivery, &alerts, recipients, clock.now()).await
    };
    let at = clock.now();
    let after = if ahead { after_look } else { after_attempt };
    let delivery = after(delivery, &verdict, &target.retry, at);
    let escalate = escalates_after(target);
    let gone = matches!(verdict, Verdict::Gone { .. }).then(|| target.word.clone());
    let outcome = AttemptOutcome { delivery: delivery.clone(), verdict: verdict.clone(), at, gone, escalate };
    // The planner wakes when it is to be escalated.
    let escalates = escalate.is_some() && delivery.state != DeliveryState::Sent;
    let released = desk.settle_attempt(outcome).await? || escalates;
    Ok(Attempted { delivery, verdict, released })
}

/// Settles an attempt that broke off by a fault of ours: it counts, and the schedule goes on.
pub async fn attempt_broken(
    target: &Target,
    desk: &Desk,
    now: Time,
    delivery: Delivery,
) -> Result<Attempted, StoreError> {
    let verdict = Verdict::retry("the attempt broke off by a fault of feedwatch itself; please report it");
    let delivery = after_attempt(delivery, &verdict, &target.retry, now);
    let escalate = escalates_after(target);
    let outcome =
        AttemptOutcome { delivery: delivery.clone(), verdict: verdict.clone(), at: now, gone: None, escalate };
    // The planner wakes when it is to be escalated.
    let escalates = escalate.is_some() && delivery.state != DeliveryState::Sent;
    let released = desk.settle_attempt(outcome).await? || escalates;
    Ok(Attempted { delivery, verdict, released })
}

/// How long after its first attempt another notifier is to have a message, too.
fn escalates_after(target: &Target) -> Option<Duration> {
    target.policy.notifier.escalate.as_ref().map(|escalation| escalation.after)
}

/// One attempt, and nothing settled. The message is the same for the same delivery, however often it is tried; one that
/// cannot be rendered waits for a better template.
pub async fn send(
    target: &Target,
    delivery: &Delivery,
    alerts: &[Alert],
    recipients: Vec<String>,
    now: Time,
) -> Verdict {
    match rendered(target, delivery, alerts, recipients) {
        Ok(message) => target.sender.send(&message, now).await,
        Err(said) => Verdict::retry(said),
    }
}

fn rendered(
    target: &Target,
    delivery: &Delivery,
    alerts: &[Alert],
    recipients: Vec<String>,
) -> Result<Message, String> {
    let bytes = match &target.settings {
        Settings::Email(email) => {
            render::email::message_with(delivery, alerts, (&email.from, &email.to), email.subject.as_ref())
        }
        Settings::Feed(_) => render::atom::entries(delivery, alerts).into_bytes(),
        Settings::Console => render::console::text(delivery, alerts, target.style).into_bytes(),
        Settings::Webhook(webhook) => {
            let Request { method, headers, body } = webhook.format.request(delivery, alerts)?;
            return Ok(Message { id: delivery.id.clone(), bytes: body, recipients, method, headers });
        }
    };
    Ok(Message::new(delivery.id.clone(), bytes, recipients))
}

/// Those of the configured recipients who neither have the mail nor were refused it. One who was taken out of the
/// configuration while waiting waits no longer.
fn still_without(target: &Target, delivery: &mut Delivery) -> Vec<String> {
    let Settings::Email(email) = &target.settings else { return Vec::new() };
    delivery.recipients.retain(|r| r.state != DeliveryState::Pending || email.to.contains(&r.address));
    let ended = |to: &str| delivery.recipients.iter().any(|r| r.address == *to && r.state != DeliveryState::Pending);
    email.to.iter().filter(|to| !ended(to)).cloned().collect()
}
