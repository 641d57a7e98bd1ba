//! `feedwatch backup` and `feedwatch restore`: the store copied while it is in use, and put back.

use std::path::PathBuf;

use serde::Serialize;

use crate::model::{Clock, SystemClock};
use crate::store::sqlite::backup::{self, Copied};
use crate::text::count::counted;

use super::load::Strictness;
use super::{Common, Failure, Results, load};

/// Copies the store into a file, as it is at one moment. Works beside a running daemon. The file is written through to
/// the disk, can be read by its owner (and by the group, where the store can) and is never overwritten unless --force.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  feedwatch backup /backup/feedwatch-$(date +%F).db
  feedwatch backup --force /backup/feedwatch.db")]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
    /// The file to write
    file: PathBuf,
}

/// Puts a backup in the place of the store. Refused while a daemon holds the store, and for a file that is damaged or not
/// feedwatch's. The store of before is kept beside, and what it has told since the backup is not told again.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  systemctl stop feedwatch && feedwatch restore /backup/feedwatch.db && systemctl start feedwatch")]
pub struct Restore {
    #[command(flatten)]
    common: Common,
    /// The backup
    file: PathBuf,
}

#[derive(Serialize)]
struct Record {
    #[serde(rename = "type")]
    kind: &'static str,
    file: String,
    bytes: u64,
    items: u64,
    alerts: u64,
}

#[derive(Serialize)]
struct RestoreRecord {
    #[serde(flatten)]
    record: Record,
    replaced: Option<String>,
    /// Null where the replaced store could not be read.
    carried: Option<usize>,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let config = load::load(arguments.common.config.as_deref(), Strictness::Look)?;
    let copied = backup::backup(&config.store, &arguments.file, arguments.force)?;
    let file = arguments.file.display().to_string();
    eprintln!("{file}: {}", holds(copied));
    let Copied { bytes, items, alerts } = copied;
    told(arguments.common.json, &Record { kind: "backup", file, bytes, items, alerts })
}

pub fn restore(arguments: &Restore) -> Result<(), Failure> {
    let config = load::load(arguments.common.config.as_deref(), Strictness::Look)?;
    let restored = backup::restore(&config.store, &arguments.file, SystemClock.now())?;
    let file = config.store.display().to_string();
    eprintln!("{file}: {}", holds(restored.now));
    if let Some(replaced) = &restored.replaced {
        eprintln!("the store of before is kept as {}", replaced.display());
        match restored.carried {
            Some(0) => eprintln!("it had told nothing that the backup does not know of"),
            Some(n) => eprintln!("{} it told since the backup will not be told again", counted(n, "alert", "alerts")),
            None => {
                eprintln!("it could not be read: what it told since the backup may be told again, with the same ids");
            }
        }
    }
    let Copied { bytes, items, alerts } = restored.now;
    let replaced = restored.replaced.map(|p| p.display().to_string());
    let carried = restored.carried;
    let record = Record { kind: "restore", file, bytes, items, alerts };
    told(arguments.common.json, &RestoreRecord { record, replaced, carried })
}

fn holds(copied: Copied) -> String {
    let count = |n: u64, one, many| counted(usize::try_from(n).unwrap_or(usize::MAX), one, many);
    let (items, alerts) = (count(copied.items, "item", "items"), count(copied.alerts, "alert", "alerts"));
    format!("{items}, {alerts}, {} KiB", copied.bytes >> 10)
}

fn told(json: bool, record: &impl Serialize) -> Result<(), Failure> {
    let mut results = Results::open();
    if json {
        results.record(record)?;
    }
    results.flush()
}
