//! Opening the file, and what is said where that does not go.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::trace::{TraceEvent, TraceEventCodes};
use rusqlite::{Connection, OpenFlags};

use crate::store::{StoreError, Trouble};

use super::lock;

/// How long a write waits for another process's short one.
const PATIENCE: Duration = Duration::from_secs(10);

/// For reading and short writes where that goes; else for reading alone; else, where nobody has the store open and all of
/// it stands in the one file, as a file that does not change: on a full disk not even the files beside it can be made.
pub fn connect_to_look(path: &Path) -> Result<Connection, StoreError> {
    let first = match connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE) {
        Err(e) if !matches!(e.trouble, Trouble::NotOurs | Trouble::Busy) => e,
        other => return other,
    };
    if let Ok(connection) = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY) {
        return Ok(connection);
    }
    let me = rustix::process::geteuid();
    let is_mine = std::fs::metadata(path).is_ok_and(|m| me.is_root() || m.uid() == me.as_raw());
    // To somebody else's user the answer is the line to type: what is written meanwhile would not be seen.
    if !is_mine || matches!(lock::look(path), lock::Holder::Held(_)) {
        return Err(first);
    }
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    let is_whole = std::fs::metadata(&wal).map_or(true, |m| m.len() == 0);
    let text = path.to_str().filter(|_| is_whole);
    let escaped = text.map(|t| t.replace('%', "%25").replace('?', "%3f").replace('#', "%23"));
    let as_it_stands = escaped.and_then(|t| {
        let address = PathBuf::from(format!("file:{t}?immutable=1"));
        connect(&address, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI).ok()
    });
    as_it_stands.ok_or(first)
}

pub fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let connection =
        Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(|e| at(path, e))?;
    connection.busy_timeout(PATIENCE)?;
    // What is kept for a moment needs no file: the folder for such files may be full or read-only.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // Room for the statements of all steps, of which there are some 120: where there is less, each round reads them all anew.
    connection.set_prepared_statement_cache_capacity(192);
    // Opening reads nothing: the first question tells whether the file may be read at all.
    match connection.query_row("PRAGMA schema_version", [], |r| r.get::<_, i64>(0)) {
        Err(e) => match at(path, e) {
            e if matches!(e.trouble, Trouble::Denied | Trouble::Full) => Err(e),
            // Whatever else is wrong is told by who looks closer.
            _ => Ok(connection),
        },
        Ok(_) => Ok(connection),
    }
}

/// The error with the file's name, and for a file of another user with the line to type.
pub fn at(path: &Path, error: rusqlite::Error) -> StoreError {
    let error = StoreError::from(error);
    match error.trouble {
        Trouble::Denied => denied(path, &error.said),
        trouble => StoreError::new(trouble, format!("{}: {}", path.display(), error.said)),
    }
}

/// What somebody may do who may not read what is the service's. A command says its own words in place of the dots.
pub const AS_THE_SERVICE: &str =
    "if it belongs to the service, run the command as its user: sudo -u feedwatch feedwatch …";

pub fn denied(path: &Path, said: &str) -> StoreError {
    let hint = if rustix::process::geteuid().is_root() { "is the disk writable?" } else { AS_THE_SERVICE };
    StoreError::new(Trouble::Denied, format!("{}: {said}; {hint}", path.display()))
}

pub fn trace(connection: &mut Connection, on_statement: fn()) -> Result<(), StoreError> {
    let each = move |event: TraceEvent<'_>| {
        if matches!(event, TraceEvent::Stmt(..)) {
            on_statement();
        }
    };
    Ok(connection.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(each))?)
}
