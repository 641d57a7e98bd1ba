//! PLAN: claim a notifier's alerts ─▶ planner ─▶ settle: deliveries, holds.

use crate::model::{Clock, NotifierName};
use crate::planner;
use crate::store::{Desk, PlanOutcome, StoreError};

use super::Target;

/// Alerts taken at a time: all that one document can raise, so that what a guard caught stays together, and a bound on
/// the memory of a backlog.
const AT_A_TIME: usize = 20_000;

/// Plans what waits for a notifier, if anything does; whether it did.
pub async fn plan(
    notifier: &NotifierName,
    target: &Target,
    desk: &Desk,
    clock: &dyn Clock,
) -> Result<bool, StoreError> {
    let now = clock.now();
    let (name, word) = (notifier.clone(), target.word.clone());
    let remembers = target.policy.remembers().unwrap_or_default();
    let claimed = desk.call(move |store| store.claim_queue(&name, &word, (now, remembers), AT_A_TIME)).await?;
    let Some(queue) = claimed else {
        return Ok(false);
    };
    let plan = planner::plan(queue, &target.policy, now);
    desk.settle_plan(PlanOutcome { notifier: notifier.clone(), plan, at: now }).await?;
    Ok(true)
}
