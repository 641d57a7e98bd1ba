//! The table `accepted`: the configuration that was last put in force.

use rusqlite::{Connection, OptionalExtension, params};

use crate::model::Time;
use crate::store::{Accepted, StoreError};

use super::rows::{from_json, json};

/// Keeps it in place of the one before.
pub fn keep(connection: &Connection, accepted: &Accepted) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO accepted (one, at, files) VALUES (1, ?1, ?2)")?
        .execute(params![accepted.at.ms(), json(&accepted.files)])?;
    Ok(())
}

pub fn kept(connection: &Connection) -> Result<Option<Accepted>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT at, files FROM accepted")?;
    let row = statement.query_row([], |r| Ok(Accepted { at: Time::from_ms(r.get(0)?), files: from_json(r, 1)? }));
    Ok(row.optional()?)
}
