//! The table `escalation`: messages that another notifier is to have too, unless they are accepted in time.

use rusqlite::{Connection, params};

use crate::model::{DeliveryState, NotifierName, Time};
use crate::store::{AttemptOutcome, StoreError};

use super::rows::time;

/// Notes what an attempt means for it: the time counts from the first; a message that is accepted needs nobody else, and one
/// that is dead needs somebody now.
pub fn note_attempt(connection: &Connection, outcome: &AttemptOutcome) -> Result<(), StoreError> {
    let (id, at) = (outcome.delivery.id.as_str(), outcome.at);
    match (outcome.delivery.state, outcome.escalate) {
        (DeliveryState::Pending, Some(after)) => connection.prepare_cached(
            "INSERT OR IGNORE INTO escalation (delivery, notifier, due, done) SELECT number, notifier, ?2, 0 FROM delivery WHERE id = ?1",
        )?.execute(params![id, at.plus(after).ms()])?,
        (DeliveryState::Dead, Some(_)) => connection.prepare_cached(
            "INSERT INTO escalation (delivery, notifier, due, done) SELECT number, notifier, ?2, 0 FROM delivery WHERE id = ?1
             ON CONFLICT DO UPDATE SET due = min(due, excluded.due)",
        )?.execute(params![id, at.ms()])?,
        (DeliveryState::Sent, _) => connection
            .prepare_cached("DELETE FROM escalation WHERE delivery = (SELECT number FROM delivery WHERE id = ?1)")?
            .execute([id])?,
        (_, None) => 0,
    };
    Ok(())
}

/// Lets the alerts of messages whose time is over wait for `to` as well, where it has not had them; how many.
pub fn escalate(
    connection: &Connection,
    (from, to): (&NotifierName, &NotifierName),
    now: Time,
) -> Result<usize, StoreError> {
    let mut due = connection.prepare_cached(
        "SELECT delivery FROM escalation WHERE notifier = ?1 AND NOT done AND due <= ?2 ORDER BY delivery",
    )?;
    let messages: Vec<i64> =
        due.query_map(params![from.as_str(), now.ms()], |r| r.get(0))?.collect::<Result<_, _>>()?;
    let mut told = 0;
    for message in messages {
        told += connection
            .prepare_cached(
                "INSERT OR IGNORE INTO waiting (notifier, alert, because) SELECT ?2, a.alert, ?3 FROM delivery_alert a
                 WHERE a.delivery = ?1 AND NOT EXISTS (SELECT 1 FROM delivery_alert b JOIN delivery d ON d.number = b.delivery
                   WHERE b.alert = a.alert AND d.notifier = ?2)
                 AND NOT EXISTS (SELECT 1 FROM silenced s WHERE s.alert = a.alert AND s.notifier = ?2)",
            )?
            .execute(params![message, to.as_str(), from.as_str()])?;
        connection.prepare_cached("UPDATE escalation SET done = 1 WHERE delivery = ?1")?.execute([message])?;
    }
    Ok(told)
}

/// When the next message of this notifier is due.
pub fn next_due(connection: &Connection, from: &NotifierName) -> Result<Option<Time>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT min(due) FROM escalation WHERE notifier = ?1 AND NOT done")?;
    Ok(statement.query_row([from.as_str()], |r| time(r, 0))?)
}
