//! An Atom file that any reader can sit on: entries are added at its head, the oldest leave, and whoever reads it meanwhile
//! finds the old file or the new one, whole.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::Message;
use crate::model::Verdict;
use crate::render::atom;

/// Bytes of a file that is read back: more than the most entries that are kept.
const LARGEST: u64 = 64 << 20;

/// `kind = "feed"`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedSettings {
    /// Where it is written; its folder must be there.
    pub path: PathBuf,
    /// What it is called.
    pub title: String,
    /// Entries that are kept.
    pub keep: usize,
}

/// A file that is written by one at a time.
pub struct FeedFile(Arc<Mutex<FeedSettings>>);

impl FeedFile {
    pub(super) fn new(settings: &FeedSettings) -> Self {
        Self(Arc::new(Mutex::new(settings.clone())))
    }

    /// Adds the entries of a message. Those that are there already, after an attempt that was cut off, are written anew.
    pub(super) async fn send(&self, message: &Message) -> Verdict {
        let (file, bytes) = (self.0.clone(), message.bytes.clone());
        let written = tokio::task::spawn_blocking(move || {
            let settings = file.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            let shown = settings.path.display().to_string();
            add(&settings, &String::from_utf8_lossy(&bytes)).map_err(|said| format!("{shown} {said}"))?;
            Ok::<_, String>(format!("written to {shown}"))
        });
        match written.await {
            Ok(Ok(said)) => Verdict::Accepted { said },
            Ok(Err(said)) => Verdict::retry(said),
            Err(_) => Verdict::retry("the file was not written: the write broke off"),
        }
    }

    /// Whether the file can be written, without writing it.
    pub(super) fn probe(&self) -> Result<String, String> {
        let settings = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let shown = settings.path.display();
        read(&settings.path).map_err(|said| format!("{shown} {said}"))?;
        let folder = folder(&settings.path);
        match fs::metadata(folder) {
            Ok(metadata) if metadata.is_dir() => Ok(format!("{shown} can be written")),
            Ok(_) => Err(format!("{} is no folder", folder.display())),
            Err(error) => Err(format!("{}: {error}", folder.display())),
        }
    }
}

fn add(settings: &FeedSettings, entries: &str) -> Result<(), String> {
    let before = read(&settings.path)?;
    let text = atom::document(&settings.title, &settings.path.to_string_lossy(), entries, &before, settings.keep);
    write(&settings.path, text.as_bytes()).map_err(|error| format!("cannot be written: {error}"))
}

/// The file as it is; "" where there is none. One that feedwatch did not write is left alone.
fn read(path: &Path) -> Result<String, String> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(String::new()),
        Err(error) => return Err(format!("cannot be read: {error}")),
        Ok(metadata) if !metadata.is_file() || metadata.len() > LARGEST => {
            return Err("is not a feed that feedwatch wrote".to_owned());
        }
        Ok(_) => {}
    }
    let text = fs::read_to_string(path).map_err(|error| format!("cannot be read: {error}"))?;
    match atom::is_ours(&text) {
        true => Ok(text),
        false => Err("is not a feed that feedwatch wrote: name another file, or move it away".to_owned()),
    }
}

/// Beside it first and wholly on disk, then in its place at one stroke.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let beside = path.with_file_name(name);
    let mut file = File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    // The new name itself must survive a power cut too.
    File::open(folder(path))?.sync_all()
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
