//! The tables `silence` and `silenced`: what the operator wants quiet, and which alerts were kept back by it.

use rusqlite::{Connection, OptionalExtension, params};

use crate::model::{NotifierName, Silence, SilenceId, Time};
use crate::store::{Silenced, StoreError};

use super::rows::{from_json, json};

/// Writes a silence; one that is there already stays as it is.
pub fn add(connection: &Connection, silence: &Silence) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO silence (id, until, ended, silence) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![silence.id.as_str(), silence.until.ms(), silence.ended.map(Time::ms), json(silence)])?;
    Ok(())
}

/// Those that hold at this moment; with `all`, those too that are over, newest first.
pub fn list(connection: &Connection, now: Time, all: bool) -> Result<Vec<Silence>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT silence FROM silence WHERE ?2 OR (until > ?1 AND ended IS NULL) ORDER BY silence ->> '$.since' DESC",
    )?;
    let rows = statement.query_map(params![now.ms(), all], |r| from_json(r, 0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Ends one; `None` where there is none of this id, else how it stands now.
pub fn end(connection: &Connection, id: &SilenceId, now: Time, by: &str) -> Result<Option<Silence>, StoreError> {
    let found: Option<Silence> = connection
        .prepare_cached("SELECT silence FROM silence WHERE id = ?1")?
        .query_row([id.as_str()], |r| from_json(r, 0))
        .optional()?;
    let Some(mut silence) = found else { return Ok(None) };
    if silence.is_in_force(now) {
        silence.ended = Some(now);
        silence.ended_by = Some(by.to_owned());
        connection.prepare_cached("UPDATE silence SET ended = ?2, silence = ?3 WHERE id = ?1")?.execute(params![
            id.as_str(),
            now.ms(),
            json(&silence)
        ])?;
    }
    Ok(Some(silence))
}

/// Notes that an alert was kept from a notifier.
pub fn note(
    connection: &Connection,
    notifier: &str,
    alert: &str,
    silence: &SilenceId,
    now: Time,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO silenced (notifier, alert, silence, at)
             SELECT ?1, number, ?3, ?4 FROM alert WHERE id = ?2",
        )?
        .execute(params![notifier, alert, silence.as_str(), now.ms()])?;
    Ok(())
}

/// What kept an alert from whom.
pub fn of_alert(connection: &Connection, alert: i64) -> Result<Vec<Silenced>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT d.notifier, d.at, s.silence FROM silenced d JOIN silence s ON s.id = d.silence WHERE d.alert = ?1
         ORDER BY d.notifier",
    )?;
    let rows = statement.query_map([alert], |r| {
        Ok(Silenced {
            notifier: NotifierName::new(r.get::<_, String>(0)?),
            at: Time::from_ms(r.get(1)?),
            silence: from_json(r, 2)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
