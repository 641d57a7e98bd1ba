//! Items that were seen long ago: they have left their feeds, and their text is no longer kept.
//!
//! The peaks of memory say nothing then: a new process is measured from its birth, when it still is this one, which has made the items.

use std::path::Path;

use rusqlite::Connection;

/// Adds items to a store until it knows so many; how many that were, and by how many bytes the store has grown.
///
/// They are made of those that are there, so that their keys are as long; hashes are as random as hashes are.
pub fn fill(store: &Path, until: i64) -> rusqlite::Result<(i64, i64)> {
    let connection = Connection::open(store)?;
    connection.pragma_update(None, "synchronous", "OFF")?;
    connection.pragma_update(None, "cache_size", -1_000_000)?;
    let size = || -> rusqlite::Result<i64> {
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        let number = |pragma: &str| connection.query_row(pragma, [], |row| row.get::<_, i64>(0));
        Ok(number("PRAGMA page_count")? * number("PRAGMA page_size")?)
    };
    let before = size()?;
    let count = || connection.query_row("SELECT count(*) FROM item", [], |row| row.get::<_, i64>(0));
    let (first, last) = (count()?, connection.query_row("SELECT max(id) FROM item", [], |row| row.get::<_, i64>(0))?);
    let mut known = first;
    let mut turn = 0;
    while known < until {
        turn += 1;
        let added = connection.execute(
            "INSERT INTO item (feed, key, key_kind, guid, link, content, fingerprint, history, published, first_seen, left_at,
               found, about)
             SELECT feed, key || '/' || ?1, key_kind, CASE WHEN guid IS NOT NULL THEN random() END,
               CASE WHEN link IS NOT NULL THEN random() END, random(), random(), history, published, first_seen, first_seen,
               found, about FROM item WHERE id <= ?2 ORDER BY id LIMIT ?3",
            (turn, last, until - known),
        )?;
        known += added as i64;
    }
    Ok((known - first, size()? - before))
}
