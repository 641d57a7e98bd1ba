//! What can be wrong with a store, in words for whoever is called at night.

use std::fmt;

/// A store that cannot do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreError {
    /// What kind of trouble.
    pub trouble: Trouble,
    /// Lower case, no full stop: what happened, where, what to do.
    pub said: String,
}

/// Kinds of trouble that callers treat unlike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Another process takes the steps on this store.
    Held,
    /// Not a store of ours, or one of a newer version: nothing in it was touched.
    NotOurs,
    /// No space left.
    Full,
    /// Not allowed: read-only, or another user's.
    Denied,
    /// Another process is writing, and did not end in time.
    Busy,
    /// Anything else: damage, a disk that fails.
    Broken,
}

impl StoreError {
    /// Trouble in words.
    pub fn new(trouble: Trouble, said: impl Into<String>) -> Self {
        Self { trouble, said: said.into() }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said)
    }
}

impl std::error::Error for StoreError {}

/// A failure of the system to write, or to let a file grow, as SQLite's extended result codes tell it.
fn cannot_write(error: &rusqlite::Error) -> bool {
    use rusqlite::ffi;
    let code = error.sqlite_error().map(|e| e.extended_code);
    let codes = [
        ffi::SQLITE_IOERR_WRITE,
        ffi::SQLITE_IOERR_FSYNC,
        ffi::SQLITE_IOERR_DIR_FSYNC,
        ffi::SQLITE_IOERR_TRUNCATE,
        ffi::SQLITE_IOERR_SHMSIZE,
        ffi::SQLITE_IOERR_SHMMAP,
        ffi::SQLITE_IOERR_SHMOPEN,
    ];
    code.is_some_and(|c| codes.contains(&c))
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let said = match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => {
                (Trouble::Full, "no space left for the store: free some, nothing promised is lost")
            }
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                (Trouble::Denied, "the store is read-only for this user")
            }
            Some(ErrorCode::CannotOpen) => (Trouble::Denied, "the store cannot be opened"),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                (Trouble::Busy, "the store is locked by another process")
            }
            Some(ErrorCode::NotADatabase) => (Trouble::NotOurs, "the store file is no SQLite database"),
            Some(ErrorCode::DatabaseCorrupt) => {
                (Trouble::Broken, "the store file is damaged: restore it from a backup")
            }
            Some(ErrorCode::SystemIoFailure) if cannot_write(&error) => {
                // A full disk is told so where a file cannot grow, a failing one anywhere.
                (
                    Trouble::Full,
                    "the disk of the store takes nothing more: it is full or failing; nothing promised is lost",
                )
            }
            _ => return Self::new(Trouble::Broken, format!("the store failed: {error}")),
        };
        Self::new(said.0, said.1)
    }
}
