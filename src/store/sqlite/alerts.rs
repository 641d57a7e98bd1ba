//! The table `alert`: what was raised, and the stories told of it.

use rusqlite::{Connection, OptionalExtension, params};

use crate::model::{Alert, AlertId, Hold, NotifierName, Time};
use crate::store::{AlertFilter, AlertState, AlertStory, Held, StoreError};

use super::rows::{from_json, from_word, json, time};
use super::{deliveries, silences, stories};

/// Writes alerts that are not there yet, each with those it waits for; gives the ids of these.
pub fn raise(connection: &Connection, alerts: &[(Alert, Vec<NotifierName>)]) -> Result<Vec<AlertId>, StoreError> {
    let mut insert =
        connection.prepare_cached("INSERT OR IGNORE INTO alert (id, raised, alert) VALUES (?1, ?2, ?3)")?;
    let mut wait = connection.prepare_cached("INSERT OR IGNORE INTO waiting (notifier, alert) VALUES (?1, ?2)")?;
    let mut fresh = Vec::new();
    for (alert, notifiers) in alerts {
        if insert.execute(params![alert.id.as_str(), alert.raised.ms(), json(alert)])? == 0 {
            continue;
        }
        let number = connection.last_insert_rowid();
        for notifier in notifiers {
            wait.execute(params![notifier.as_str(), number])?;
        }
        fresh.push(alert.id.clone());
    }
    Ok(fresh)
}

pub fn list(connection: &Connection, filter: AlertFilter) -> Result<Vec<AlertStory>, StoreError> {
    let of_state = |state: &str| {
        format!(
            "number IN (SELECT da.alert FROM delivery d JOIN delivery_alert da ON da.delivery = d.number \
             WHERE d.state = '{state}')"
        )
    };
    let which = match filter.state {
        None => "TRUE".to_owned(),
        Some(AlertState::Sent) => of_state("sent"),
        Some(AlertState::Dead) => of_state("dead"),
        Some(AlertState::Pending) => {
            format!("({} OR number IN (SELECT alert FROM waiting WHERE hold IS NULL))", of_state("pending"))
        }
        Some(AlertState::Silenced) => "number IN (SELECT alert FROM silenced)".to_owned(),
        Some(AlertState::Recorded) => "number IN (SELECT alert FROM story WHERE recorded)".to_owned(),
        Some(AlertState::Held) => "number IN (SELECT alert FROM waiting WHERE hold IS NOT NULL)".to_owned(),
    };
    let mut statement =
        connection.prepare(&format!("SELECT number, alert FROM alert WHERE {which} ORDER BY number DESC LIMIT ?1"))?;
    let limit = filter.limit.map_or(-1, |l| i64::try_from(l).unwrap_or(i64::MAX));
    let rows = statement.query_map([limit], |r| Ok((r.get::<_, i64>(0)?, from_json::<Alert>(r, 1)?)))?;
    let mut stories = Vec::new();
    for row in rows {
        let (number, alert) = row?;
        stories.push(tell(connection, number, alert, false)?);
    }
    Ok(stories)
}

pub fn story(connection: &Connection, id: &AlertId) -> Result<Option<AlertStory>, StoreError> {
    let row = connection
        .prepare_cached("SELECT number, alert FROM alert WHERE id = ?1")?
        .query_row([id.as_str()], |r| Ok((r.get::<_, i64>(0)?, from_json::<Alert>(r, 1)?)))
        .optional()?;
    row.map(|(number, alert)| tell(connection, number, alert, true)).transpose()
}

fn tell(connection: &Connection, number: i64, alert: Alert, attempts: bool) -> Result<AlertStory, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT notifier, hold, due FROM waiting WHERE alert = ?1 ORDER BY notifier")?;
    let holds = statement.query_map([number], |r| {
        let hold: Option<String> = r.get(1)?;
        Ok((NotifierName::new(r.get::<_, String>(0)?), hold.as_deref().and_then(Hold::parse), time(r, 2)?))
    })?;
    let holds = holds.collect::<Result<_, _>>()?;
    let held = if attempts { held(connection, number)? } else { Vec::new() };
    let deliveries = deliveries::of_alert(connection, number, attempts)?;
    let (silenced, recorded) = (silences::of_alert(connection, number)?, stories::recorded(connection, number)?);
    Ok(AlertStory { alert, deliveries, holds, silenced, recorded, held })
}

/// Every hold there was, the first first.
fn held(connection: &Connection, alert: i64) -> Result<Vec<Held>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT notifier, hold, since, due FROM held WHERE alert = ?1 ORDER BY since, notifier")?;
    let rows = statement.query_map([alert], |r| {
        Ok(Held {
            notifier: NotifierName::new(r.get::<_, String>(0)?),
            hold: from_word(r, 1)?,
            since: Time::from_ms(r.get(2)?),
            due: time(r, 3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Ids that begin so, at most `limit`.
pub fn ids(connection: &Connection, prefix: &str, limit: usize) -> Result<Vec<AlertId>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT id FROM alert WHERE substr(id, 1, length(?1)) = ?1 ORDER BY id LIMIT ?2")?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![prefix, limit], |r| Ok(AlertId::new(r.get::<_, String>(0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// All alerts on one item, the first first.
pub fn of_item(connection: &Connection, feed: &str, key: &str) -> Result<Vec<Alert>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT alert FROM alert WHERE alert ->> '$.feed' = ?1 AND alert ->> '$.item.key' = ?2 ORDER BY number",
    )?;
    let rows = statement.query_map([feed, key], |r| from_json(r, 0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
