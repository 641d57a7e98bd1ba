//! The store's file belongs to the user who runs the program, and to nobody else.

use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use crate::store::{StoreError, Trouble};

/// Read and written by its owner alone: it holds what the watches look for, and what was found.
pub(super) const MODE: u32 = 0o600;

/// Refuses a link that leads to another user's file, or that another user has laid there: what is written through it would
/// be written for them. A link of one's own to a file of one's own is followed.
pub(super) fn check_link(path: &Path) -> Result<(), StoreError> {
    let Ok(link) = fs::symlink_metadata(path) else { return Ok(()) };
    if !link.is_symlink() {
        return Ok(());
    }
    let refused = |what: &str| {
        let said = format!("{}: {what}; it is not followed: name the file itself", path.display());
        Err(StoreError::new(Trouble::Denied, said))
    };
    let me = rustix::process::geteuid().as_raw();
    match fs::metadata(path) {
        Ok(target) if link.uid() == me && target.uid() == me => Ok(()),
        Ok(_) => refused("the store is a link of another user, or to a file of one"),
        Err(_) => refused("the store is a link to a file that cannot be reached"),
    }
}

/// Makes the file where there is none, so that nobody else can read it from its first moment; SQLite gives its other
/// files the same mode.
pub(super) fn create(path: &Path) -> Result<(), StoreError> {
    match OpenOptions::new().write(true).create_new(true).mode(MODE).open(path) {
        Ok(_) => Ok(()),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(e) => Err(super::denied(path, &e.to_string())),
    }
}
