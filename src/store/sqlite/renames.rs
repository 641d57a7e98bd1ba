//! State that goes along when a feed, a watch or a notifier is called otherwise, in whatever table it stands.
//!
//! The table `carried` remembers which renames have been done, so that a start costs nothing while `was` remains in the
//! configuration. Every statement is harmless when it is run again.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, ToSql, params};

use crate::model::{FeedName, Renames, Silence, WatchName};
use crate::store::StoreError;

use super::rows::json;
use super::stories;

/// Carries over what has not been carried yet; with `anew`, once more what a step that began under the old names has
/// written since.
pub fn carry(connection: &Connection, renames: &Renames, anew: bool) -> Result<(), StoreError> {
    let done = carried(connection)?;
    let mut wanted = HashSet::new();
    let mut each = |kind: &str, old: &str, new: &str, carry: &dyn Fn() -> Result<(), StoreError>| {
        let key = (kind.to_owned(), old.to_owned(), new.to_owned());
        if !done.contains(&key) {
            carry()?;
            connection.execute("INSERT INTO carried (kind, old, new) VALUES (?1, ?2, ?3)", [kind, old, new])?;
        } else if anew {
            carry()?;
        }
        wanted.insert(key);
        Ok::<_, StoreError>(())
    };
    for (old, new) in &renames.feeds {
        each("feed", old.as_str(), new.as_str(), &|| feed(connection, old.as_str(), new.as_str()))?;
    }
    for (old, new) in &renames.watches {
        each("watch", old.as_str(), new.as_str(), &|| watch(connection, old.as_str(), new.as_str()))?;
    }
    for (old, new) in &renames.notifiers {
        each("notifier", old.as_str(), new.as_str(), &|| notifier(connection, old.as_str(), new.as_str()))?;
    }
    // A name that is free again may be given, and changed, again.
    for (kind, old, new) in done.difference(&wanted) {
        connection.execute("DELETE FROM carried WHERE kind = ?1 AND old = ?2 AND new = ?3", [kind, old, new])?;
    }
    Ok(())
}

/// Silences, also under the names that what they name had before: what waits was raised under these, and no other thing has
/// them as long as `was` says so.
pub fn by_old_names(connection: &Connection, silences: &mut Vec<Silence>) -> Result<(), StoreError> {
    if silences.is_empty() {
        return Ok(());
    }
    for (kind, old, new) in carried(connection)? {
        let before = |silence: &Silence| match kind.as_str() {
            "watch" if silence.watch.as_ref().is_some_and(|w| w.as_str() == new) => {
                Some(Silence { watch: Some(WatchName::new(old.as_str())), ..silence.clone() })
            }
            "feed" if silence.feed.as_ref().is_some_and(|f| f.as_str() == new) => {
                Some(Silence { feed: Some(FeedName::new(old.as_str())), ..silence.clone() })
            }
            _ => None,
        };
        let more: Vec<Silence> = silences.iter().filter_map(before).collect();
        silences.extend(more);
    }
    Ok(())
}

fn carried(connection: &Connection) -> Result<HashSet<(String, String, String)>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT kind, old, new FROM carried")?;
    let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A feed's row is its history. One that has a history under the new name already keeps that.
fn feed(connection: &Connection, old: &str, new: &str) -> Result<(), StoreError> {
    let blank: Option<bool> = connection
        .query_row(
            "SELECT baseline_at IS NULL AND NOT EXISTS (SELECT 1 FROM item WHERE feed = feed.id AND left_at IS NULL)
               AND NOT EXISTS (SELECT 1 FROM left_mark WHERE feed = feed.id) FROM feed WHERE name = ?1",
            [new],
            |r| r.get(0),
        )
        .optional()?;
    let is_there: bool =
        connection.query_row("SELECT EXISTS (SELECT 1 FROM feed WHERE name = ?1)", [old], |r| r.get(0))?;
    if is_there && blank != Some(false) {
        connection.execute("DELETE FROM trouble WHERE feed = (SELECT id FROM feed WHERE name = ?1)", [new])?;
        connection.execute("DELETE FROM feed WHERE name = ?1", [new])?;
        connection.execute("UPDATE feed SET name = ?2 WHERE name = ?1", [old, new])?;
    }
    moved(connection, "told_edit", "feed", "TRUE", old, new)?;
    connection.execute("UPDATE story SET feed = ?2 WHERE feed = ?1", [old, new])?;
    moved(connection, "standing", "subject", "reason LIKE 'feed%'", old, new)?;
    silences(connection, "$.feed", old, new)
}

fn watch(connection: &Connection, old: &str, new: &str) -> Result<(), StoreError> {
    let values: [&dyn ToSql; 3] = [&old, &new, &json(&old)];
    connection.execute(
        "UPDATE item SET found =
           (SELECT json_group_array(DISTINCT CASE value WHEN ?1 THEN ?2 ELSE value END) FROM json_each(item.found))
         WHERE instr(found, ?3)",
        values,
    )?;
    // What it has spent of its limits.
    moved(connection, "spent", "watch", "TRUE", old, new)?;
    stories::rename_watch(connection, &WatchName::new(old), &WatchName::new(new))?;
    silences(connection, "$.watch", old, new)
}

fn notifier(connection: &Connection, old: &str, new: &str) -> Result<(), StoreError> {
    for table in ["waiting", "told_edit", "held", "silenced", "spent", "story"] {
        moved(connection, table, "notifier", "TRUE", old, new)?;
    }
    for table in ["notifier", "notifier_health"] {
        moved(connection, table, "name", "TRUE", old, new)?;
    }
    moved(connection, "standing", "subject", "reason LIKE 'notifier%'", old, new)?;
    for column in ["delivery SET notifier", "escalation SET notifier", "waiting SET because"] {
        let (_, name) = column.split_once(" SET ").unwrap_or_default();
        connection.execute(&format!("UPDATE {column} = ?2 WHERE {name} = ?1"), [old, new])?;
    }
    Ok(())
}

/// Renames in one column; a row that stands there under the new name already is the later word.
fn moved(
    connection: &Connection,
    table: &str,
    column: &str,
    which: &str,
    old: &str,
    new: &str,
) -> Result<(), StoreError> {
    let update = format!("UPDATE OR IGNORE {table} SET {column} = ?2 WHERE {column} = ?1 AND {which}");
    connection.execute(&update, [old, new])?;
    connection.execute(&format!("DELETE FROM {table} WHERE {column} = ?1 AND {which}"), [old])?;
    Ok(())
}

fn silences(connection: &Connection, path: &str, old: &str, new: &str) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE silence SET silence = json_set(silence, ?3, ?2) WHERE silence ->> ?3 = ?1",
        params![old, new, path],
    )?;
    Ok(())
}
