//! The table `alert`: what was raised, and the stories told of it.

use rusqlite::{Connection, OptionalExtension, params};

use crate::model::{Alert, AlertId, Hold, NotifierName};
use crate::store::{AlertFilter, AlertState, AlertStory, StoreError};

use super::deliveries;
use super::rows::{from_json, json, time};

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
    Ok(AlertStory { alert, deliveries: deliveries::of_alert(connection, number, attempts)?, holds })
}
