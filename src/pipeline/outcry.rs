//! When the outbox itself cannot be written: the service notifiers are told directly, once, past the store.
//!
//! This is the one message that is not promised: it is kept nowhere, so an attempt that fails is made again only as long
//! as this process lives. Its ids are those that the store would have given it, so that whoever was reached is not told
//! again when the store works.

use crate::alerter::service;
use crate::model::{Alert, Delivery, Form, NotifierName, Reason, Standing, Time, Verdict};
use crate::notifier::Settings;
use crate::store::{Desk, HealthOutcome, StoreError, Trouble};

use super::deliver::send;
use super::health::hearers;
use super::{Setup, Target};

/// A store that fails, from its first refusal on.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcry {
    /// What is told.
    pub alert: Alert,
    /// Those who have been reached.
    pub reached: Vec<NotifierName>,
    since: Time,
    said: String,
}

impl Outcry {
    /// The store has failed, for the first time at `since`.
    pub fn of(error: &StoreError, since: Time) -> Self {
        let reason = if error.trouble == Trouble::Full { Reason::DiskFull } else { Reason::StoreFailing };
        let said = error.said.clone();
        let standing = Standing {
            reason,
            subject: String::new(),
            since,
            said: said.clone(),
            told: true,
            last_told: None,
            ended: None,
        };
        let alert = service::alert(reason, "", (since, None), service::words_of(&standing), since);
        Self { alert, reached: Vec::new(), since, said }
    }

    /// Tries those of the service's notifiers who have not been reached yet; how many there still are.
    pub async fn tell(&mut self, setup: &Setup, now: Time) -> usize {
        let mut left = 0;
        for name in hearers(setup, None) {
            if self.reached.contains(&name) {
                continue;
            }
            match setup.targets.get(&name) {
                Some(target) if sent(target, &name, &self.alert, now).await => self.reached.push(name),
                _ => left += 1,
            }
        }
        left
    }

    /// The store works again: what was told is noted, those who were not reached get it, and all hear that it is over.
    pub async fn over(&self, setup: &Setup, desk: &Desk, now: Time) -> Result<Vec<Alert>, StoreError> {
        let all = hearers(setup, None);
        let missed: Vec<NotifierName> = all.iter().filter(|n| !self.reached.contains(n)).cloned().collect();
        let words = service::store_recovered(self.since, now, &self.said);
        let over = service::alert(Reason::StoreRecovered, "", (self.since, Some(now)), words, now);
        let alerts = vec![(self.alert.clone(), missed), (over, all)];
        let raised: Vec<Alert> = alerts.iter().map(|(alert, _)| alert.clone()).collect();
        let outcome = HealthOutcome { alerts, ..HealthOutcome::default() };
        let fresh = desk.call(move |store| store.settle_health(&outcome)).await?;
        Ok(raised.into_iter().filter(|a| fresh.contains(&a.id)).collect())
    }
}

/// One attempt at one notifier, with the ids that the planner would have given.
async fn sent(target: &Target, name: &NotifierName, alert: &Alert, now: Time) -> bool {
    let delivery = Delivery::seal(name, vec![alert.id.clone()], Form::Item, alert.raised);
    let recipients = match &target.settings {
        Settings::Email(email) => email.to.clone(),
        _ => Vec::new(),
    };
    match send(target, &delivery, std::slice::from_ref(alert), recipients, now).await {
        Verdict::Accepted { .. } => true,
        // Those who have it would get it again with the rest: one who has it is enough.
        Verdict::Recipients { each } => each.iter().any(|(_, one)| matches!(one, Verdict::Accepted { .. })),
        _ => false,
    }
}
