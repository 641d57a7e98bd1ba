//! Forgetting items: now and then all are looked through, some at a time. An index of when each left its feed would make
//! this quicker and every item an eighth longer.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};

use crate::model::Time;
use crate::store::{Keep, StoreError};

use super::items;

/// What is past its time is found so long after that at the latest.
const EVERY: Duration = Duration::from_secs(86_400);

/// Rows that are looked at in one step: a few milliseconds.
const LOOKED_AT: usize = 2_000;

/// When the last look through all items began, as a fact.
const SWEPT: &str = "items_swept_at";

/// A look through all items, as far as it has come. One that is broken off by the end of the process begins anew.
#[derive(Debug, Default)]
pub struct Sweep {
    began: Option<Time>,
    /// The last row that was looked at.
    row: i64,
}

impl Sweep {
    /// Looks at some items if it is time to: takes the text of those that have left long ago, and forgets those that left longer
    /// ago still. Gives how many it has looked at, 0 at the end.
    pub fn step(&mut self, connection: &Connection, now: Time, keep: Keep) -> Result<usize, StoreError> {
        let last: Option<i64> = connection
            .prepare_cached("SELECT value FROM fact WHERE name = ?1")?
            .query_row([SWEPT], |row| row.get(0))
            .optional()?;
        let last = last.map(Time::from_ms);
        // A time to come is of a clock that has been set back since.
        if self.began.is_none() && last.is_some_and(|last| last <= now && now < last.plus(EVERY)) {
            return Ok(0);
        }
        let began = *self.began.get_or_insert(now);
        let mut statement =
            connection.prepare_cached("SELECT id, left_at FROM item WHERE id > ?1 ORDER BY id LIMIT ?2")?;
        let rows: Vec<(i64, Option<i64>)> = statement
            .query_map(params![self.row, LOOKED_AT as i64], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        // The texts of those that had left so long ago the last time are forgotten already.
        let from = last.filter(|last| *last <= began).map_or(i64::MIN, |last| last.minus(keep.text).ms());
        let [text, key] = [keep.text, keep.key].map(|keep| began.minus(keep).ms());
        let left = rows.iter().filter_map(|(row, left)| Some((*row, (*left)?)));
        for (row, left) in left {
            if left < key {
                items::forget(connection, row)?;
            } else if (from..text).contains(&left) {
                items::forget_text(connection, row)?;
            }
        }
        match rows.last() {
            Some((row, _)) if rows.len() == LOOKED_AT => self.row = *row,
            _ => {
                *self = Self::default();
                connection
                    .prepare_cached("INSERT OR REPLACE INTO fact (name, value) VALUES (?1, ?2)")?
                    .execute(params![SWEPT, began.ms()])?;
            }
        }
        Ok(rows.len())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::store::sqlite::schema;

    const DAY: u64 = 86_400_000;

    fn swept(connection: &Connection, sweep: &mut Sweep, day: u64) -> (i64, i64) {
        let now = Time::from_ms((day * DAY) as i64);
        while sweep.step(connection, now, Keep::default()).expect("sweeps") > 0 {}
        let count = |table| connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |r| r.get(0));
        (count("item").expect("counts"), count("item_text").expect("counts"))
    }

    /// Five thousand items, of which each third has left on day 100, and each third stands.
    fn items() -> Connection {
        let mut connection = Connection::open_in_memory().expect("opens");
        schema::migrate(&mut connection, Path::new("store.db")).expect("migrates");
        let rows = format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
             INSERT INTO item SELECT i, 1, 0, 'k' || i, i, NULL, i, i, x'', NULL, 0,
               CASE i % 3 WHEN 0 THEN {} WHEN 1 THEN {} END, NULL FROM n;
             INSERT INTO item_text SELECT id, '', '', '', NULL FROM item;
             INSERT INTO left_mark SELECT feed, guid, id FROM item WHERE left_at IS NOT NULL;
             UPDATE fact SET value = 6000 WHERE name = 'items';",
            100 * DAY,
            120 * DAY
        );
        connection.execute_batch(&rows).expect("writes");
        connection
    }

    #[test]
    fn texts_go_after_a_month_and_keys_after_a_year_and_a_bit() {
        let connection = items();
        let mut sweep = Sweep::default();
        for (day, expected) in [
            (100, (6000, 6000)),
            (131, (6000, 4000)),
            // Looked at again a day later at the earliest, by whatever process.
            (131, (6000, 4000)),
            (151, (6000, 2000)),
            (499, (6000, 2000)),
            (501, (4000, 2000)),
            (521, (2000, 2000)),
        ] {
            assert_eq!(swept(&connection, &mut sweep, day), expected, "day {day}");
            sweep = Sweep::default();
        }
        let marks: i64 = connection.query_row("SELECT count(*) FROM left_mark", [], |r| r.get(0)).expect("counts");
        assert_eq!((marks, items::count(&connection).expect("counts")), (0, 2000));
    }

    #[test]
    fn a_clock_that_was_ahead_puts_nothing_off() {
        let connection = items();
        assert_eq!(swept(&connection, &mut Sweep::default(), 110), (6000, 6000));
        connection.execute("UPDATE fact SET value = value * 9 WHERE name = 'items_swept_at'", []).expect("writes");
        assert_eq!(swept(&connection, &mut Sweep::default(), 131), (6000, 4000));
    }
}
