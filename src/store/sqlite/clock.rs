//! What waits for a time, when the clock that gave it has been set back.

use rusqlite::{Connection, params};

use crate::model::Time;
use crate::store::StoreError;

/// When a feed was last polled.
pub fn latest(connection: &Connection) -> Result<Option<Time>, StoreError> {
    let query = "SELECT coalesce(max(last_poll), 0) FROM feed WHERE active";
    let at: i64 = connection.prepare_cached(query)?.query_row([], |row| row.get(0))?;
    Ok((at > 0).then(|| Time::from_ms(at)))
}

/// The clock went back by so many milliseconds, to `now`: feeds and deliveries keep what is left of their waits, and the planner
/// looks anew at what it holds, since quiet hours and digests go by the calendar.
pub fn set_back(connection: &Connection, by_ms: i64, now: Time) -> Result<(), StoreError> {
    let now = now.ms();
    for column in ["next_poll", "not_before"] {
        connection
            .execute(&format!("UPDATE feed SET {column} = {column} - ?1 WHERE {column} > ?2"), params![by_ms, now])?;
    }
    for column in ["last_poll", "last_ok"] {
        connection.execute(&format!("UPDATE feed SET {column} = ?1 WHERE {column} > ?1"), params![now])?;
    }
    connection.execute(
        "UPDATE delivery SET next_attempt = next_attempt - ?1 WHERE state = 'pending' AND next_attempt > ?2",
        params![by_ms, now],
    )?;
    connection.execute(
        "UPDATE notifier_health SET not_before = not_before - ?1 WHERE not_before > ?2",
        params![by_ms, now],
    )?;
    connection.execute("UPDATE escalation SET due = due - ?1 WHERE due > ?2", params![by_ms, now])?;
    connection.execute("UPDATE spent SET at = ?1 WHERE at > ?1", params![now])?;
    connection.execute("UPDATE waiting SET due = ?1 WHERE due > ?1", params![now])?;
    Ok(())
}
