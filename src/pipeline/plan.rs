//! PLAN: claim a notifier's alerts ─▶ planner ─▶ settle: deliveries, holds.

use crate::model::{Clock, NotifierName};
use crate::planner;
use crate::store::{Desk, PlanOutcome, StoreError};

use super::Target;

/// Alerts taken at a time: bounds the memory of a backlog.
const AT_A_TIME: usize = 1_000;

/// Plans what waits for a notifier, if anything does; whether it did.
pub async fn plan(
    notifier: &NotifierName,
    target: &Target,
    desk: &Desk,
    clock: &dyn Clock,
) -> Result<bool, StoreError> {
    let now = clock.now();
    let (name, word) = (notifier.clone(), target.word.clone());
    let Some(queue) = desk.call(move |store| store.claim_queue(&name, &word, now, AT_A_TIME)).await? else {
        return Ok(false);
    };
    let plan = planner::plan(queue, target.policy, now);
    desk.settle_plan(PlanOutcome { notifier: notifier.clone(), plan, at: now }).await?;
    Ok(true)
}
