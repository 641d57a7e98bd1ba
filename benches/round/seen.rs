//! Items that were seen long ago: they have left their feeds, and their text is no longer kept.
//!
//! They are made in a process of its own: one that is measured is so from its birth, when it still is the measuring one.

use std::path::Path;
use std::process::Command;

use rusqlite::Connection;

/// Has another process add items to a store until it knows so many; what it says of them.
pub fn fill_apart(store: &Path, until: u64) -> Result<String, String> {
    let mut command = Command::new(std::env::current_exe().map_err(|e| e.to_string())?);
    let output = command.arg("fill").arg(store).arg(until.to_string()).output().map_err(|e| e.to_string())?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
        false => Err(format!("the store cannot be filled: {}", String::from_utf8_lossy(&output.stderr))),
    }
}

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
            "INSERT INTO item (feed, named, key, guid, link, content, fingerprint, history, published, first_seen, left_at, found)
             SELECT feed, named, key || '/' || ?1, CASE WHEN guid IS NOT NULL THEN random() END,
               CASE WHEN link IS NOT NULL THEN random() END, random(), random(), history, published, first_seen, first_seen,
               found FROM item WHERE id <= ?2 ORDER BY id LIMIT ?3",
            (turn, last, until - known),
        )?;
        known += added as i64;
    }
    // Each is found by its marks; those that are the hash of its key are made up, as random as the others.
    let marks = [
        "CASE WHEN named & 4 THEN random() ELSE guid END",
        "CASE named & 12 WHEN 12 THEN NULL WHEN 8 THEN random() ELSE link END",
        "CASE WHEN link IS NULL OR named & 3 = 2 THEN content END",
    ];
    for mark in marks {
        connection.execute(
            &format!(
                "INSERT OR IGNORE INTO left_mark SELECT feed, (mark << 32) >> 32, id FROM
                 (SELECT feed, id, {mark} AS mark FROM item WHERE id > ?1) WHERE mark IS NOT NULL ORDER BY id"
            ),
            [last],
        )?;
    }
    connection.execute("UPDATE fact SET value = (SELECT count(*) FROM item) WHERE name = 'items'", [])?;
    let grown = size()? - before;
    // Else the next round's first commit would wait for all of it, and pay for it.
    let written = std::fs::File::open(store).and_then(|file| file.sync_all());
    written.map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))?;
    Ok((known - first, grown))
}
