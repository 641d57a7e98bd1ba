//! Who takes the steps on a store: one process, which others can name.
//!
//! A lock of the kernel (`flock`) on a file beside the store, given back when the process ends, however it ends. It says
//! who polls, plans and sends, not who may write: short commands write beside a running daemon.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::store::{StoreError, Trouble};

/// Held for as long as it lives.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Drop for Lock {
    /// The kernel gives the lock back when the last copy of the file is closed; another thread that is just starting a
    /// process may hold one for a moment.
    fn drop(&mut self) {
        // A lock that cannot be given back now is given back when the process ends.
        let _ = self.file.unlock();
    }
}

/// Takes the lock of a store for a command such as `run`; refused with the holder's name when another has it.
pub fn take(store: &Path, command: &str) -> Result<Lock, StoreError> {
    refuse_network(store)?;
    let path = lock_path(store);
    let denied = |e: std::io::Error| super::denied(&path, &format!("the lock of the store cannot be opened: {e}"));
    // A link in its place would have another file emptied.
    let no_link = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(super::private::MODE).custom_flags(no_link);
    let mut file = options.open(&path).map_err(denied)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(held(store, &mut file)),
        Err(TryLockError::Error(e)) => return Err(denied(e)),
    }
    let holder = format!("feedwatch {command}, process {}", std::process::id());
    // The name is a courtesy to whoever comes second; the lock itself holds without it.
    let _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(holder.as_bytes()));
    Ok(Lock { file })
}

/// Who takes the steps on a store now; `None` when nobody does, or this user may not ask.
pub fn holder(store: &Path) -> Option<String> {
    match look(store) {
        Holder::Held(who) => Some(who),
        Holder::Free(_) | Holder::Unknown => None,
    }
}

/// Who holds the lock of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// This process, by its own word.
    Held(String),
    /// Nobody; the last holder, if there ever was one.
    Free(Option<String>),
    /// The kernel's list of locks cannot be read here, or the lock's file cannot.
    Unknown,
}

/// Looks who holds the lock without touching it, in the kernel's list: trying to take it could turn away a daemon that
/// starts in this very moment.
pub fn look(store: &Path) -> Holder {
    use std::os::unix::fs::MetadataExt;
    let path = lock_path(store);
    let place = match std::fs::metadata(&path) {
        Ok(file) => (rustix::fs::major(file.dev()), rustix::fs::minor(file.dev()), file.ino()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Holder::Free(None),
        Err(_) => return Holder::Unknown,
    };
    let name = File::open(&path).ok().and_then(|file| {
        let mut name = String::new();
        file.take(200).read_to_string(&mut name).ok().map(|_| name.trim().to_owned())
    });
    let Ok(locks) = std::fs::read_to_string("/proc/locks") else { return Holder::Unknown };
    let process = name.as_deref().and_then(|n| n.rsplit(' ').next()).and_then(|n| n.parse().ok());
    if is_listed(&locks, place, process) {
        Holder::Held(name.filter(|n| !n.is_empty()).unwrap_or_else(|| "another process".to_owned()))
    } else {
        Holder::Free(name.filter(|n| !n.is_empty()))
    }
}

/// Whether `/proc/locks` has a lock of this kind on the file of this device and inode. File systems in layers name another
/// device there than in the file's metadata: then the process that the file names must be the one of the list.
fn is_listed(locks: &str, (major, minor, inode): (u32, u32, u64), process: Option<u32>) -> bool {
    let holds = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().skip_while(|w| *w != "FLOCK").collect();
        let (Some(pid), Some(place)) = (words.get(3), words.get(4)) else { return false };
        let mut parts = place.split(':');
        let mut device = || parts.next().and_then(|n| u32::from_str_radix(n, 16).ok());
        let same_device = (device(), device()) == (Some(major), Some(minor));
        let same_process = process.is_some() && pid.parse().ok() == process;
        parts.next().and_then(|n| n.parse().ok()) == Some(inode) && (same_device || same_process)
    };
    locks.lines().filter(|l| !l.contains("->")).any(holds)
}

/// Bytes that are free where the store is, for this user; `None` where that cannot be known.
pub fn free_bytes(store: &Path) -> Option<u64> {
    let folder = store.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let stat = rustix::fs::statvfs(folder).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

fn lock_path(store: &Path) -> PathBuf {
    let mut name = store.file_name().unwrap_or_default().to_os_string();
    name.push(".lock");
    store.with_file_name(name)
}

fn held(store: &Path, file: &mut File) -> StoreError {
    let holder = name_in(file);
    StoreError::new(
        Trouble::Held,
        format!("{}: the store is held by {holder}; stop it first, or name another store", store.display()),
    )
}

fn name_in(file: &mut File) -> String {
    let mut holder = String::new();
    // Without a readable name somebody holds it all the same.
    let _ = file.take(200).read_to_string(&mut holder);
    if holder.trim().is_empty() { "another process".to_owned() } else { holder.trim().to_owned() }
}

/// Locks of a network file system cannot be trusted, and SQLite's are among them.
fn refuse_network(store: &Path) -> Result<(), StoreError> {
    const NETWORK: [(i64, &str); 5] =
        [(0x6969, "NFS"), (0xff53_4d42, "CIFS"), (0xfe53_4d42, "SMB"), (0x517b, "SMB"), (0x0102_1997, "9P")];
    let folder = store.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Ok(stat) = rustix::fs::statfs(folder) else { return Ok(()) };
    let kind = stat.f_type & 0xffff_ffff;
    match NETWORK.iter().find(|(magic, _)| *magic == kind) {
        Some((_, name)) => Err(StoreError::new(
            Trouble::Denied,
            format!(
                "{}: the store lies on a network file system ({name}), whose locks cannot be trusted; put it on a local \
                 disk (several machines will want PostgreSQL, which is not served yet)",
                store.display()
            ),
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_found_in_the_kernels_list() {
        let locks = "1: POSIX  ADVISORY  READ 812 fe:01:77 128 128\n2: FLOCK  ADVISORY  WRITE 812 00:2f:4711 0 EOF\n\
                     2: -> FLOCK  ADVISORY  WRITE 900 00:2f:4712 0 EOF\n";
        assert!(is_listed(locks, (0, 0x2f, 4711), None) && is_listed(locks, (9, 9, 4711), Some(812)));
        assert!(!is_listed(locks, (9, 9, 4711), Some(813)), "the same inode of another file system");
        assert!(!is_listed(locks, (0xfe, 1, 77), None) && !is_listed(locks, (0, 0x2f, 4712), None));
    }

    #[test]
    fn who_holds_it_is_seen_without_touching_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("store.db");
        assert_eq!(look(&store), Holder::Free(None));
        let lock = take(&store, "run").unwrap();
        let me = format!("feedwatch run, process {}", std::process::id());
        assert_eq!(look(&store), Holder::Held(me.clone()));
        drop(lock);
        assert_eq!(look(&store), Holder::Free(Some(me)));
    }
}
