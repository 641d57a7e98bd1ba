//! HEALTH: look at feeds, notifiers and store ─▶ decide what is wrong with the service ─▶ settle: troubles, service alerts.
//!
//! The same shape as the other steps: what it looks at stands in the store, what it decides is written in one transaction,
//! and doing it again raises nothing twice. A look that a kill cuts off is made again at the next start.

use crate::alerter::service::{self, Trouble};
use crate::model::{Alert, Reason, Time};
use crate::store::{Desk, HealthOutcome, StoreError};

use super::Setup;

/// Notes a trouble that was found outside of the steps (a rejected configuration, say) and raises its alert if it is to be
/// told. What is said may change while it stands; it is not told again for that.
pub async fn raise(
    setup: &Setup,
    desk: &Desk,
    (reason, subject, said): (Reason, String, String),
    now: Time,
) -> Result<Option<Alert>, StoreError> {
    let standing = desk.call(|store| store.standing()).await?;
    let before = standing.iter().find(|s| s.is(reason, &subject));
    let found = Trouble { reason, subject: &subject, since: now, said: &said };
    let (stands, tell) = service::begin(before, &found, true, &setup.config.service.rules, now);
    let alert = tell.then(|| service::alert(reason, &subject, (stands.since, None), service::words_of(&stands), now));
    let alerts = alert.iter().map(|a| (a.clone(), setup.config.service.notify.clone())).collect();
    let outcome = HealthOutcome { standing: vec![stands], alerts, ..HealthOutcome::default() };
    let fresh = desk.call(move |store| store.settle_health(&outcome)).await?;
    Ok(alert.filter(|a| fresh.contains(&a.id)))
}

/// Notes that such a trouble is over. Whether it stood.
pub async fn end(desk: &Desk, reason: Reason, subject: &str, now: Time) -> Result<bool, StoreError> {
    let standing = desk.call(|store| store.standing()).await?;
    let Some(before) = standing.iter().find(|s| s.is(reason, subject) && s.stands()) else { return Ok(false) };
    let mut ended = service::end(before, now);
    // Nobody waits to hear of this end: what is in force again shows itself.
    ended.told = false;
    let outcome = HealthOutcome { standing: vec![ended], ..HealthOutcome::default() };
    desk.call(move |store| store.settle_health(&outcome)).await?;
    Ok(true)
}
