//! Feeds in files.

use std::fs::Metadata;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use sha2::{Digest, Sha256};
use url::Url;

use super::{Answer, Failure, Fetched, Limits};
use crate::model::time::say_duration;
use crate::model::{FeedMemory, Validators};
use crate::net::body::say_bytes;

/// A file may change once more within the granularity of its time stamps; one that has rested this long has not.
const REST: Duration = Duration::from_secs(2);

/// Reads a file, unless it is as the memory knows it.
pub(super) async fn fetch(limits: &Limits, path: &Path, memory: &FeedMemory) -> Fetched {
    let url = Url::from_file_path(path).map_or_else(|()| format!("file:{}", path.display()), String::from);
    let known = (memory.validators.url == url).then(|| memory.validators.etag.clone()).flatten();
    let (path, limit, source) = (path.to_owned(), limits.body_bytes, url.clone());
    let reading = tokio::task::spawn_blocking(move || read(&path, limit, known.as_deref(), source));
    // A network file system may hang; the thread that waits for it is given up, not the feed.
    let answer = match tokio::time::timeout(limits.poll, reading).await {
        Ok(Ok(Ok(answer))) => answer,
        Ok(Ok(Err(said))) => Answer::Failed(Failure::refused(said)),
        Ok(Err(_)) => Answer::Failed(Failure::refused("the file could not be read")),
        Err(_) => {
            Answer::Failed(Failure::refused(format!("the file was not read within {}", say_duration(limits.poll))))
        }
    };
    let bytes = if let Answer::Body { body, .. } = &answer { body.len() as u64 } else { 0 };
    Fetched { answer, url, moved_to: None, bytes, withheld: None }
}

#[expect(clippy::disallowed_methods, reason = "the file system dates its files by the clock of machines")]
fn read(path: &Path, limit: u64, known: Option<&str>, url: String) -> Result<Answer, String> {
    let wrong = |e: std::io::Error| format!("{}: {}", path.display(), say(&e));
    // Not blocking, so that a FIFO that took the file's place holds no thread; judged once it is open, so that nothing can.
    let mut options = std::fs::OpenOptions::new();
    options.read(true).custom_flags(rustix::fs::OFlags::NONBLOCK.bits() as i32);
    let file = options.open(path).map_err(wrong)?;
    let metadata = file.metadata().map_err(wrong)?;
    if !metadata.is_file() {
        return Err(format!("{}: not a regular file", path.display()));
    }
    let stamp = stamp(&metadata, SystemTime::now());
    if let (Some(stamp), Some((known, _))) = (&stamp, known.and_then(|k| k.rsplit_once('/')))
        && stamp == known
    {
        return Ok(Answer::NotModified);
    }
    let mut body = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut body).map_err(wrong)?;
    if body.len() as u64 > limit {
        return Err(format!("{}: larger than {}", path.display(), say_bytes(limit)));
    }
    if body.is_empty() {
        return Err("empty body".to_owned());
    }
    let hash = Sha256::digest(&body).iter().take(16).map(|b| format!("{b:02x}")).collect::<String>();
    if known.and_then(|k| k.rsplit_once('/')).is_some_and(|(_, known)| known == hash) {
        return Ok(Answer::NotModified);
    }
    let etag = Some(format!("{}/{hash}", stamp.unwrap_or_default()));
    Ok(Answer::Body {
        body: Bytes::from(body),
        content_type: None,
        validators: Validators { url, etag, last_modified: None },
        imprint: None,
    })
}

/// What tells a file that was not touched from one that was; `None` of a file that was touched just now.
fn stamp(metadata: &Metadata, now: SystemTime) -> Option<String> {
    let age = now.duration_since(metadata.modified().ok()?).ok()?;
    let changed = (metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec());
    (age > REST).then(|| format!("{changed:?} {} {}", metadata.len(), metadata.ino()))
}

fn say(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".into(),
        std::io::ErrorKind::PermissionDenied => "may not be read by this user".into(),
        _ => error.to_string(),
    }
}
