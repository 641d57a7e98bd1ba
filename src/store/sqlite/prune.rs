//! Forgetting, a small batch at a time, so that no write waits long.

use rusqlite::{Connection, params};

use crate::model::Time;
use crate::planner::plan::JOINED_FOR;
use crate::planner::policy::LIMITED_FOR;
use crate::store::{Keep, StoreError};

use super::stories;
use super::sweep::Sweep;

/// Rows of one batch: a few milliseconds.
const BATCH: i64 = 500;

/// One batch of each kind; gives the rows it touched.
pub fn batch(connection: &Connection, sweep: &mut Sweep, now: Time, keep: Keep) -> Result<usize, StoreError> {
    let before = |keep| now.minus(keep).ms();
    let mut rows = sweep.step(connection, now, keep)?;
    rows += connection.execute("DELETE FROM told_edit WHERE at < ?1", [before(JOINED_FOR)])?;
    rows += connection.execute("DELETE FROM spent WHERE at < ?1", [before(LIMITED_FOR)])?;
    rows += connection.execute("DELETE FROM standing WHERE ended < ?1 AND NOT told", [before(keep.ended)])?;
    rows += stories::prune(connection, now, BATCH)?;
    rows += deliveries(connection, before(keep.alerts))?;
    rows += alerts(connection, before(keep.alerts))?;
    // A silence is remembered for as long as an alert that it kept back.
    rows += connection.execute(
        "DELETE FROM silence WHERE until < ?1 AND NOT EXISTS (SELECT 1 FROM silenced d WHERE d.silence = silence.id)",
        [before(keep.alerts)],
    )?;
    Ok(rows)
}

/// Alerts that nothing waits for any more and no delivery tells, with what is noted of them.
fn alerts(connection: &Connection, before: i64) -> Result<usize, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT number FROM alert WHERE raised < ?1
           AND NOT EXISTS (SELECT 1 FROM waiting w WHERE w.alert = alert.number)
           AND NOT EXISTS (SELECT 1 FROM delivery_alert d WHERE d.alert = alert.number) LIMIT ?2",
    )?;
    let old: Vec<i64> = statement.query_map(params![before, BATCH], |r| r.get(0))?.collect::<Result<_, _>>()?;
    for number in &old {
        for table in ["silenced", "held"] {
            connection.prepare_cached(&format!("DELETE FROM {table} WHERE alert = ?1"))?.execute([number])?;
        }
        stories::forget(connection, *number)?;
        connection.prepare_cached("DELETE FROM alert WHERE number = ?1")?.execute([number])?;
    }
    Ok(old.len())
}

/// Deliveries that have ended, with their attempts. What is pending is never forgotten.
fn deliveries(connection: &Connection, before: i64) -> Result<usize, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT number FROM delivery WHERE state IN ('sent', 'dead') AND sealed < ?1 LIMIT ?2")?;
    let old: Vec<i64> = statement.query_map(params![before, BATCH], |r| r.get(0))?.collect::<Result<_, _>>()?;
    for number in &old {
        for table in ["attempt", "delivery_alert", "escalation"] {
            connection.prepare_cached(&format!("DELETE FROM {table} WHERE delivery = ?1"))?.execute([number])?;
        }
        connection.prepare_cached("DELETE FROM delivery WHERE number = ?1")?.execute([number])?;
    }
    Ok(old.len())
}
