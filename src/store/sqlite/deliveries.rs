//! The tables `delivery`, `delivery_alert` and `attempt`: what is owed, what was sent, what is dead.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::model::{Alert, AlertId, Delivery, DeliveryId, DeliveryState, NotifierName, Recipient, Time};
use crate::store::{Attempt, AttemptOutcome, Backlog, Outbox, StoreError};

use crate::planner::Urgent;
use crate::planner::failing::{self, Gate};

use super::rows::{from_json, from_word, json, maybe_json, ms, time, word};
use super::{escalations, feeds, health};

const COLUMNS: &str = "number, id, notifier, form, sealed, state, attempts, next_attempt, error, recipients";

/// What is owed to a notifier, ?1; of that, where ?3 says what is urgent, what tells of some of it.
const OWED: &str = "state = 'pending' AND notifier = ?1 AND (?3 IS NULL OR EXISTS (
    SELECT 1 FROM delivery_alert da JOIN alert a ON a.number = da.alert
    WHERE da.delivery = delivery.number AND (a.alert ->> '$.watch' IN (SELECT value FROM json_each(?3, '$.watches'))
      OR a.alert ->> '$.kind' = 'service' AND a.alert ->> '$.reason' IN (SELECT value FROM json_each(?3, '$.reasons')))))";

/// Attempts of a delivery that are kept, the last ones: ten schedules of ten, told by hand to begin anew.
const ATTEMPTS_KEPT: i64 = 100;

/// Writes a sealed delivery; one that is there already stays as it is.
pub fn insert(connection: &Connection, delivery: &Delivery) -> Result<(), StoreError> {
    let fresh = connection
        .prepare_cached(
            "INSERT OR IGNORE INTO delivery (id, notifier, form, sealed, state, attempts, next_attempt, error, recipients)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            delivery.id.as_str(),
            delivery.notifier.as_str(),
            json(&delivery.form),
            delivery.sealed.ms(),
            word(&delivery.state),
            delivery.attempts,
            ms(delivery.next_attempt),
            delivery.error,
            json(&delivery.recipients),
        ])?;
    if fresh == 0 {
        return Ok(());
    }
    let number = connection.last_insert_rowid();
    let mut link = connection.prepare_cached(
        "INSERT INTO delivery_alert (delivery, place, alert) SELECT ?1, ?2, number FROM alert WHERE id = ?3",
    )?;
    for (place, alert) in delivery.alerts.iter().enumerate() {
        link.execute(params![number, place as i64, alert.as_str()])?;
    }
    Ok(())
}

/// What is due and may be sent: of a notifier that fails one at a time, `under_way` included, and now and then the oldest
/// that is not due yet.
pub fn due(
    connection: &Connection,
    (notifier, only): (&NotifierName, Option<&Urgent>),
    now: Time,
    (limit, under_way): (usize, usize),
    is_free: impl Fn(&DeliveryId) -> bool,
) -> Result<Vec<(Delivery, Vec<Alert>)>, StoreError> {
    let only = only.map(json);
    let asked = (notifier, only.as_deref(), now);
    const DUE: &str = "next_attempt <= ?2 ORDER BY next_attempt, number";
    // What was never tried goes first, so that a message which alone is the trouble keeps nobody waiting.
    const SPARED: &str = "next_attempt <= ?2 ORDER BY attempts > 0, number LIMIT 1";
    const AHEAD: &str = "?2 IS NOT NULL ORDER BY number LIMIT 1";
    match failing::gate(&health::of_notifier(connection, notifier)?, now) {
        Gate::Shut(_) => Ok(Vec::new()),
        Gate::Open if goes_in_order(connection, notifier)? => match under_way {
            0 => select(connection, DUE, asked, limit.min(1), is_free),
            _ => Ok(Vec::new()),
        },
        Gate::Open => select(connection, DUE, asked, limit, is_free),
        Gate::One { .. } if under_way > 0 => Ok(Vec::new()),
        Gate::One { ahead } => {
            let due = select(connection, SPARED, asked, limit.min(1), &is_free)?;
            match ahead && due.is_empty() {
                true => select(connection, AHEAD, asked, limit.min(1), is_free),
                false => Ok(due),
            }
        }
    }
}

/// Whether some of what was owed to a notifier when it came back was not tried since: it goes one by one, so that it arrives in
/// the order in which it was sealed.
fn goes_in_order(connection: &Connection, notifier: &NotifierName) -> Result<bool, StoreError> {
    let Some(back) = feeds::fact(connection, &back_name(notifier))? else { return Ok(false) };
    // `+`: by what is due, not by the state and its date.
    Ok(connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM delivery WHERE state = 'pending' AND notifier = ?1 AND next_attempt <= ?2 AND +sealed <= ?2)",
        )?
        .query_row(params![notifier.as_str(), back], |r| r.get(0))?)
}

/// When a notifier came back, among the facts.
fn back_name(notifier: &NotifierName) -> String {
    format!("back {notifier}")
}

fn select(
    connection: &Connection,
    which: &str,
    (notifier, only, now): (&NotifierName, Option<&str>, Time),
    limit: usize,
    is_free: impl Fn(&DeliveryId) -> bool,
) -> Result<Vec<(Delivery, Vec<Alert>)>, StoreError> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM delivery WHERE {OWED} AND {which}"))?;
    let mut rows = statement.query(params![notifier.as_str(), now.ms(), only])?;
    let mut out = Vec::new();
    while out.len() < limit
        && let Some(row) = rows.next()?
    {
        let (number, mut delivery) = read(row)?;
        if is_free(&delivery.id) {
            let alerts = alerts_of(connection, number)?;
            delivery.alerts = alerts.iter().map(|a| a.id.clone()).collect();
            out.push((delivery, alerts));
        }
    }
    Ok(out)
}

pub fn next_due(
    connection: &Connection,
    (notifier, only): (&NotifierName, Option<&Urgent>),
    now: Time,
    under_way: usize,
    is_free: impl Fn(&DeliveryId) -> bool,
) -> Result<Option<Time>, StoreError> {
    // Where one goes at a time, the end of that one wakes who waits.
    let one = matches!(failing::gate(&health::of_notifier(connection, notifier)?, now), Gate::One { .. });
    if under_way > 0 && (one || goes_in_order(connection, notifier)?) {
        return Ok(None);
    }
    let only = only.map(json);
    let mut statement = connection.prepare_cached(&format!(
        "SELECT id, next_attempt FROM delivery WHERE {OWED} AND ?2 IS NOT NULL ORDER BY next_attempt"
    ))?;
    let mut rows = statement.query(params![notifier.as_str(), now.ms(), only])?;
    while let Some(row) = rows.next()? {
        if is_free(&DeliveryId::new(row.get::<_, String>(0)?)) {
            return time(row, 1)?.map(|due| admitted(connection, notifier, due, now)).transpose();
        }
    }
    Ok(None)
}

/// When a delivery that is due then is let through.
fn admitted(connection: &Connection, notifier: &NotifierName, due: Time, now: Time) -> Result<Time, StoreError> {
    let health = health::of_notifier(connection, notifier)?;
    let look = failing::next_look(&health, now);
    Ok(match failing::gate(&health, now) {
        Gate::Open => due,
        Gate::Shut(until) if failing::is_failing(&health, now) => due.max(until).min(look.max(until)),
        Gate::Shut(until) => due.max(until),
        Gate::One { .. } => due.min(look),
    })
}

/// Writes an attempt; whether something waited for its end that can now be planned.
pub fn settle(connection: &Connection, outcome: &AttemptOutcome) -> Result<bool, StoreError> {
    let d = &outcome.delivery;
    let before = health::of_notifier(connection, &d.notifier)?;
    // A resend by hand beside this attempt starts the schedule anew: the attempt then counts as the first of that.
    connection
        .prepare_cached(
            "UPDATE delivery SET state = ?2, attempts = ?3, next_attempt = ?4, error = ?5, recipients = ?6 WHERE id = ?1",
        )?
        .execute(params![
            d.id.as_str(),
            word(&d.state),
            d.attempts,
            ms(d.next_attempt),
            d.error,
            json(&d.recipients)
        ])?;
    connection
        .prepare_cached(
            "INSERT INTO attempt (delivery, at, verdict) SELECT number, ?2, ?3 FROM delivery WHERE id = ?1",
        )?
        .execute(params![d.id.as_str(), outcome.at.ms(), json(&outcome.verdict)])?;
    connection
        .prepare_cached(
            "DELETE FROM attempt WHERE rowid IN (SELECT a.rowid FROM attempt a JOIN delivery d ON d.number = a.delivery
             WHERE d.id = ?1 ORDER BY a.at DESC, a.rowid DESC LIMIT -1 OFFSET ?2)",
        )?
        .execute(params![d.id.as_str(), ATTEMPTS_KEPT])?;
    if let Some(target) = &outcome.gone {
        connection
            .prepare_cached("INSERT OR REPLACE INTO notifier (name, off_target, off_since) VALUES (?1, ?2, ?3)")?
            .execute(params![d.notifier.as_str(), target, outcome.at.ms()])?;
    }
    health::note_attempt(connection, outcome)?;
    escalations::note_attempt(connection, outcome)?;
    let (name, at) = (d.notifier.as_str(), outcome.at.ms());
    let works = health::trouble(&outcome.verdict).is_none();
    if works && failing::is_failing(&before, outcome.at) {
        // It is back: everything that waits goes, in the order in which it was sealed.
        connection
            .prepare_cached("UPDATE delivery SET next_attempt = ?2 WHERE notifier = ?1 AND state = 'pending'")?
            .execute(params![name, at])?;
        feeds::put_fact(connection, &back_name(&d.notifier), at)?;
    }
    let ended = works || d.state != DeliveryState::Pending;
    let holds = if works { "('behind', 'failing')" } else { "('behind')" };
    let released = match ended {
        true => connection
            .prepare_cached(&format!(
                "UPDATE waiting SET due = ?2 WHERE notifier = ?1 AND hold IN {holds} AND due > ?2"
            ))?
            .execute(params![name, at])?,
        false => 0,
    };
    Ok(released > 0)
}

/// When a message on this item was sealed that the notifier has not taken, the first of them.
pub fn untaken_on(
    connection: &Connection,
    notifier: &NotifierName,
    feed: &str,
    key: &str,
) -> Result<Option<Time>, StoreError> {
    let sealed: Option<i64> = connection
        .prepare_cached(
            // In this order, by the alerts of the item: what is owed to somebody who is away may be very much.
            "SELECT min(d.sealed) FROM alert a CROSS JOIN delivery_alert x ON x.alert = a.number
             CROSS JOIN delivery d ON d.number = x.delivery
             WHERE a.alert ->> '$.feed' = ?1 AND a.alert ->> '$.item.key' = ?2 AND d.notifier = ?3 AND d.state = 'pending'",
        )?
        .query_row(params![feed, key, notifier.as_str()], |r| r.get(0))?;
    Ok(sealed.map(Time::from_ms))
}

/// Forgets dead deliveries, of one notifier or all, that were sealed within this time.
pub fn purge(
    connection: &Connection,
    notifier: Option<&NotifierName>,
    (since, until): (Time, Time),
) -> Result<usize, StoreError> {
    let which = "SELECT number FROM delivery WHERE state = 'dead' AND (?1 IS NULL OR notifier = ?1) AND sealed >= ?2 AND sealed <= ?3";
    let values = params![notifier.map(NotifierName::as_str), since.ms(), until.ms()];
    for table in ["attempt", "delivery_alert"] {
        connection.execute(&format!("DELETE FROM {table} WHERE delivery IN ({which})"), values)?;
    }
    Ok(connection.execute(&format!("DELETE FROM delivery WHERE number IN ({which})"), values)?)
}

pub fn outbox(connection: &Connection) -> Result<Outbox, StoreError> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    let mut statement = connection.prepare_cached(
        "SELECT state, count(*) FROM delivery GROUP BY state
         UNION ALL SELECT 'held', count(*) FROM waiting WHERE hold IS NOT NULL
         UNION ALL SELECT 'unplanned', count(*) FROM waiting WHERE hold IS NULL",
    )?;
    for row in statement.query_map([], |r| Ok((r.get(0)?, r.get::<_, i64>(1)?)))? {
        let (state, count) = row?;
        counts.insert(state, usize::try_from(count).unwrap_or(0));
    }
    let count = |state: &str| counts.get(state).copied().unwrap_or(0);
    Ok(Outbox {
        pending: count("pending") + count("unplanned"),
        held: count("held"),
        sent: count("sent"),
        dead: count("dead"),
    })
}

pub fn backlog(connection: &Connection) -> Result<Vec<Backlog>, StoreError> {
    let mut statement = connection.prepare_cached(
        "WITH name AS (SELECT DISTINCT notifier AS n FROM delivery WHERE state = 'pending'
           UNION SELECT notifier FROM waiting UNION SELECT name FROM notifier)
         SELECT n,
           (SELECT count(*) FROM delivery WHERE state = 'pending' AND notifier = n),
           (SELECT count(*) FROM delivery WHERE state = 'pending' AND notifier = n AND attempts > 0),
           (SELECT min(sealed) FROM delivery WHERE state = 'pending' AND notifier = n AND attempts > 0),
           (SELECT error FROM delivery WHERE state = 'pending' AND notifier = n AND attempts > 0 ORDER BY number DESC LIMIT 1),
           (SELECT count(*) FROM waiting WHERE notifier = n),
           (SELECT off_since FROM notifier WHERE name = n)
         FROM name ORDER BY n",
    )?;
    let count = |row: &Row<'_>, column: usize| {
        Ok::<_, rusqlite::Error>(usize::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
    };
    let rows = statement.query_map([], |r| {
        Ok(Backlog {
            notifier: NotifierName::new(r.get::<_, String>(0)?),
            pending: count(r, 1)?,
            failing: count(r, 2)?,
            failing_since: time(r, 3)?,
            error: r.get(4)?,
            waiting: count(r, 5)?,
            off_since: time(r, 6)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub fn of_alert(
    connection: &Connection,
    alert: i64,
    with_attempts: bool,
) -> Result<Vec<(Delivery, Vec<Attempt>)>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM delivery WHERE number IN (SELECT delivery FROM delivery_alert WHERE alert = ?1)
         ORDER BY notifier, number"
    ))?;
    let rows = statement.query_map([alert], read)?;
    let mut out = Vec::new();
    for row in rows {
        let (number, mut delivery) = row?;
        delivery.alerts = ids_of(connection, number)?;
        let attempts = if with_attempts { attempts_of(connection, number)? } else { Vec::new() };
        out.push((delivery, attempts));
    }
    Ok(out)
}

pub fn resend(connection: &Connection, alert: &AlertId, now: Time) -> Result<Option<usize>, StoreError> {
    let number: Option<i64> =
        connection.query_row("SELECT number FROM alert WHERE id = ?1", [alert.as_str()], |r| r.get(0)).optional()?;
    let Some(number) = number else { return Ok(None) };
    let which = "state = 'dead' AND number IN (SELECT delivery FROM delivery_alert WHERE alert = ?1)";
    revive(connection, which, params![number], now).map(Some)
}

pub fn resend_since(
    connection: &Connection,
    notifier: Option<&NotifierName>,
    (since, until): (Time, Time),
    now: Time,
) -> Result<usize, StoreError> {
    let which = "state = 'dead' AND (?1 IS NULL OR notifier = ?1) AND sealed >= ?2 AND sealed <= ?3";
    revive(connection, which, params![notifier.map(NotifierName::as_str), since.ms(), until.ms()], now)
}

/// Puts dead deliveries back to pending: due now, the schedule at its start, recipients who have it left out.
fn revive(
    connection: &Connection,
    which: &str,
    values: &[&dyn rusqlite::ToSql],
    now: Time,
) -> Result<usize, StoreError> {
    let mut statement = connection.prepare(&format!("SELECT number, recipients FROM delivery WHERE {which}"))?;
    let dead: Vec<(i64, Vec<Recipient>)> =
        statement.query_map(values, |r| Ok((r.get(0)?, from_json(r, 1)?)))?.collect::<Result<_, _>>()?;
    let mut update = connection.prepare(
        "UPDATE delivery SET state = 'pending', attempts = 0, next_attempt = ?2, recipients = ?3 WHERE number = ?1",
    )?;
    for (number, mut recipients) in dead.iter().cloned() {
        for recipient in recipients.iter_mut().filter(|r| r.state == DeliveryState::Dead) {
            recipient.state = DeliveryState::Pending;
        }
        update.execute(params![number, now.ms(), json(&recipients)])?;
    }
    Ok(dead.len())
}

fn read(row: &Row<'_>) -> rusqlite::Result<(i64, Delivery)> {
    let delivery = Delivery {
        id: DeliveryId::new(row.get::<_, String>(1)?),
        alerts: Vec::new(),
        notifier: NotifierName::new(row.get::<_, String>(2)?),
        form: from_json(row, 3)?,
        sealed: Time::from_ms(row.get(4)?),
        state: from_word(row, 5)?,
        attempts: row.get(6)?,
        next_attempt: time(row, 7)?,
        error: row.get(8)?,
        recipients: from_json(row, 9)?,
    };
    Ok((row.get(0)?, delivery))
}

fn alerts_of(connection: &Connection, delivery: i64) -> Result<Vec<Alert>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT a.alert, s.follows FROM delivery_alert da JOIN alert a ON a.number = da.alert
         JOIN delivery d ON d.number = da.delivery LEFT JOIN story s ON s.alert = a.number AND s.notifier = d.notifier
         WHERE da.delivery = ?1 ORDER BY da.place",
    )?;
    let rows = statement.query_map([delivery], |r| Ok(Alert { follows: maybe_json(r, 1)?, ..from_json(r, 0)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn ids_of(connection: &Connection, delivery: i64) -> Result<Vec<AlertId>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT a.id FROM delivery_alert da JOIN alert a ON a.number = da.alert WHERE da.delivery = ?1 ORDER BY da.place",
    )?;
    let rows = statement.query_map([delivery], |r| Ok(AlertId::new(r.get::<_, String>(0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn attempts_of(connection: &Connection, delivery: i64) -> Result<Vec<Attempt>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT at, verdict FROM attempt WHERE delivery = ?1 ORDER BY at, rowid")?;
    let rows =
        statement.query_map([delivery], |r| Ok(Attempt { at: Time::from_ms(r.get(0)?), verdict: from_json(r, 1)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
