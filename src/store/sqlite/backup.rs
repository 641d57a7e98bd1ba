//! A store copied while it is in use, and put back.
//!
//! Both ways the copy is made beside its destination, checked, written through to the disk, and only then given its name,
//! so that whatever interrupts them leaves the old file or the new one and nothing between.

use std::fs::{File, OpenOptions, Permissions};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::model::Time;
use crate::store::{StoreError, Trouble};

use super::{at, connect, lock, schema};

/// What a backup holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// Of the file.
    pub bytes: u64,
    /// Items known.
    pub items: u64,
    /// Alerts remembered.
    pub alerts: u64,
}

/// What became of the store that a backup was put in place of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// What is in place now.
    pub now: Copied,
    /// Where the store before is kept; `None` when there was none.
    pub replaced: Option<PathBuf>,
    /// Alerts told since the backup, which are remembered as told; `None` when the replaced store could not be read.
    pub carried: Option<usize>,
}

/// Copies a store as it is at one moment into a file of its own. A daemon may be at work on it meanwhile. A file that is
/// there is left as it is unless `force`.
pub fn backup(store: &Path, to: &Path, force: bool) -> Result<Copied, StoreError> {
    if !store.exists() {
        return Err(broken(store, "there is no store to copy; it is made by the first feedwatch run or once"));
    }
    if same(store, to) {
        return Err(broken(to, "this is the store itself: name another file"));
    }
    let taken = || broken(to, "this file is there already, and was left as it is; --force replaces it");
    if !force && to.exists() {
        return Err(taken());
    }
    let from = reader(store)?;
    schema::check(&from, store)?;
    let mode = std::fs::metadata(store).map_or(0o600, |m| m.permissions().mode()) & 0o640 | 0o600;
    let part = Part::beside(to, mode)?;
    let copied = copy(&from, &part.path)?;
    part.keep(to, force).map_err(|e| match e.kind() {
        std::io::ErrorKind::AlreadyExists => taken(),
        _ => broken(to, &format!("the backup cannot be put in place: {e}")),
    })?;
    Ok(copied)
}

/// Puts a backup in the place of a store. Refused while somebody takes the steps on that, and for a file that is damaged,
/// another program's or a newer version's. The store before is kept beside it. What that one has told since the backup is
/// remembered as told, where it can still be read.
pub fn restore(store: &Path, from: &Path, now: Time) -> Result<Restored, StoreError> {
    if !from.exists() {
        return Err(broken(from, "there is no such file"));
    }
    if same(store, from) {
        return Err(broken(from, "this is the store itself: name a backup"));
    }
    if let Some(folder) = store.parent().filter(|p| !p.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|e| broken(store, &format!("its folder cannot be made: {e}")))?;
    }
    let _lock = lock::take(store, "restore")?;
    let source = reader(from)?;
    if schema::check(&source, from)? == 0 {
        return Err(broken(from, "this file is an empty database, not a backup"));
    }
    sound(&source, from)?;
    let mode = std::fs::metadata(store).map_or(0o600, |m| m.permissions().mode()) & 0o666;
    let part = Part::beside(store, mode)?;
    let mut copied = copy(&source, &part.path)?;
    let mut carried = Some(0);
    if store.exists() {
        carried = carry(store, &part.path).ok();
        let fresh = reader(&part.path)?;
        copied = counted(&fresh, &part.path)?;
    }
    let replaced = set_aside(store, now)?;
    part.keep(store, true).map_err(|e| broken(store, &format!("the backup cannot be put in place: {e}")))?;
    Ok(Restored { now: copied, replaced, carried })
}

/// What SQLite finds wrong with a store; nothing when it is sound.
pub fn integrity(store: &Path) -> Result<Vec<String>, StoreError> {
    let connection = reader(store)?;
    schema::check(&connection, store)?;
    problems(&connection).map_err(|e| at(store, e))
}

/// A copy under way, under another name; taken away when it is not kept.
struct Part {
    path: PathBuf,
}

impl Part {
    /// An empty file beside the one that is to be, which nobody else may read before it has its name.
    fn beside(whole: &Path, mode: u32) -> Result<Self, StoreError> {
        let mut name = whole.file_name().unwrap_or_default().to_os_string();
        name.push(format!(".part-{}", std::process::id()));
        let path = whole.with_file_name(name);
        // Left by a process of the same number that was killed.
        let _ = std::fs::remove_file(&path);
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let cannot = |e: std::io::Error| super::denied(&path, &format!("the copy cannot be written: {e}"));
        made.and_then(|f| f.set_permissions(Permissions::from_mode(mode))).map_err(cannot)?;
        Ok(Self { path })
    }

    /// Writes it through to the disk and gives it its name.
    fn keep(self, whole: &Path, force: bool) -> std::io::Result<()> {
        File::open(&self.path)?.sync_all()?;
        if force {
            std::fs::rename(&self.path, whole)?;
        } else {
            // Unlike a rename, a link never takes another file's place.
            std::fs::hard_link(&self.path, whole)?;
        }
        let folder = whole.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // Kept, it has another name already.
        let _ = std::fs::remove_file(&self.path);
    }
}

fn reader(path: &Path) -> Result<Connection, StoreError> {
    match connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE) {
        Err(e) if e.trouble == Trouble::Denied => connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY),
        other => other,
    }
}

/// Copies all pages at once: a reader of a WAL keeps no writer waiting, and sees one moment.
fn copy(from: &Connection, to: &Path) -> Result<Copied, StoreError> {
    let mut target = Connection::open(to).map_err(|e| at(to, e))?;
    {
        let backup = Backup::new(from, &mut target).map_err(|e| at(to, e))?;
        let mut tries = 0;
        while !matches!(backup.step(-1).map_err(|e| at(to, e))?, StepResult::Done) {
            tries += 1;
            if tries > 20 {
                return Err(StoreError::new(Trouble::Busy, format!("{}: the store is locked", to.display())));
            }
            std::thread::park_timeout(std::time::Duration::from_millis(500));
        }
    }
    // One file, without a log beside it.
    target.pragma_update(None, "journal_mode", "DELETE").map_err(|e| at(to, e))?;
    sound(&target, to)?;
    counted(&target, to)
}

fn counted(connection: &Connection, path: &Path) -> Result<Copied, StoreError> {
    let count = |table: &str| {
        let count = connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |r| r.get::<_, i64>(0));
        count.map(i64::unsigned_abs).map_err(|e| at(path, e))
    };
    let bytes = std::fs::metadata(path).map_or(0, |m| m.len());
    Ok(Copied { bytes, items: count("item")?, alerts: count("alert")? })
}

fn sound(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    match problems(connection).map_err(|e| at(path, e))?.first() {
        None => Ok(()),
        Some(first) => Err(broken(path, &format!("the file is damaged ({first})"))),
    }
}

fn problems(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("PRAGMA quick_check(20)")?;
    let mut found: Vec<String> = statement.query_map([], |r| r.get(0))?.collect::<Result<_, _>>()?;
    found.retain(|line| line != "ok");
    Ok(found)
}

/// Takes over from the replaced store what was told since the backup, with the whole way of these alerts: what it holds as
/// sent is not sent again, and what an alert that was told to one notifier still owes to another stays owed.
fn carry(replaced: &Path, into: &Path) -> Result<usize, StoreError> {
    let old = reader(replaced)?;
    let same_form = schema::check(&old, replaced)? == schema::latest();
    sound(&old, replaced)?;
    drop(old);
    let mut target = connect(into, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    schema::migrate(&mut target, into)?;
    if !same_form {
        return Err(broken(replaced, "the replaced store is of an older version"));
    }
    target.execute("ATTACH ?1 AS old", [replaced.to_string_lossy()]).map_err(|e| at(replaced, e))?;
    let transaction = target.transaction()?;
    transaction.execute_batch(CARRY)?;
    let carried = transaction.query_row("SELECT count(*) FROM temp.told", [], |r| r.get::<_, i64>(0))?;
    transaction.commit()?;
    Ok(usize::try_from(carried).unwrap_or(0))
}

const CARRY: &str = "
CREATE TEMP TABLE told AS
  SELECT DISTINCT a.id AS id, a.number AS number FROM old.alert a
  JOIN old.delivery_alert da ON da.alert = a.number JOIN old.delivery d ON d.number = da.delivery
  WHERE d.state = 'sent' AND NOT EXISTS (
    SELECT 1 FROM main.delivery m WHERE m.id = d.id AND m.state = 'sent');
INSERT OR IGNORE INTO main.alert (id, raised, alert)
  SELECT id, raised, alert FROM old.alert WHERE id IN (SELECT id FROM temp.told);
-- How these alerts wait is as the replaced store has it.
DELETE FROM main.waiting WHERE alert IN (SELECT number FROM main.alert WHERE id IN (SELECT id FROM temp.told));
INSERT OR IGNORE INTO main.waiting (notifier, alert, hold, due)
  SELECT w.notifier, m.number, w.hold, w.due FROM old.waiting w JOIN temp.told t ON t.number = w.alert
  JOIN main.alert m ON m.id = t.id;
UPDATE main.delivery SET (state, attempts, next_attempt, error, recipients) =
    (SELECT d.state, d.attempts, d.next_attempt, d.error, d.recipients FROM old.delivery d WHERE d.id = main.delivery.id)
  WHERE id IN (SELECT id FROM old.delivery WHERE state = 'sent');
INSERT OR IGNORE INTO main.delivery (id, notifier, form, sealed, state, attempts, next_attempt, error, recipients)
  SELECT DISTINCT d.id, d.notifier, d.form, d.sealed, d.state, d.attempts, d.next_attempt, d.error, d.recipients
  FROM old.delivery d JOIN old.delivery_alert da ON da.delivery = d.number
  WHERE da.alert IN (SELECT number FROM temp.told);
INSERT OR IGNORE INTO main.delivery_alert (delivery, place, alert)
  SELECT md.number, da.place, ma.number FROM old.delivery_alert da
  JOIN old.delivery d ON d.number = da.delivery JOIN main.delivery md ON md.id = d.id
  JOIN old.alert a ON a.number = da.alert JOIN main.alert ma ON ma.id = a.id
  WHERE NOT EXISTS (SELECT 1 FROM main.delivery_alert x WHERE x.delivery = md.number AND x.place = da.place);
";

/// Gives the store of before another name, its log too; what the log holds comes into the file first where it can be read.
fn set_aside(store: &Path, now: Time) -> Result<Option<PathBuf>, StoreError> {
    if !store.exists() {
        return Ok(None);
    }
    if let Ok(old) = connect(store, OpenFlags::SQLITE_OPEN_READ_WRITE) {
        // A damaged one keeps its log beside it.
        let _ = old.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    }
    let stamp: String = now.to_string().chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    let with = |path: &Path, end: &str| {
        let mut name = path.as_os_str().to_os_string();
        name.push(end);
        PathBuf::from(name)
    };
    let aside = with(store, &format!(".replaced-{stamp}"));
    let cannot = |e: std::io::Error| broken(store, &format!("the store before cannot be kept beside: {e}"));
    std::fs::hard_link(store, &aside).or_else(|_| std::fs::copy(store, &aside).map(|_| ())).map_err(cannot)?;
    // The log of another file must not lie beside the new one.
    match std::fs::rename(with(store, "-wal"), with(&aside, "-wal")) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(cannot(e)),
        _ => {}
    }
    let _ = std::fs::remove_file(with(store, "-shm"));
    Ok(Some(aside))
}

fn same(a: &Path, b: &Path) -> bool {
    a.canonicalize().ok().zip(b.canonicalize().ok()).is_some_and(|(a, b)| a == b)
}

fn broken(path: &Path, said: &str) -> StoreError {
    StoreError::new(Trouble::Broken, format!("{}: {said}", path.display()))
}
