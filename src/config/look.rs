//! Whether the files of a configuration have changed, told without reading them.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Files that one pattern finds at a look: no more than a configuration may have.
const FOUND: usize = 1000;

/// Where the files of a configuration stand, those included that it names and that are not there (yet).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Look {
    seen: Stamp,
    patterns: Vec<String>,
}

/// What a look sees of each file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stamp(BTreeMap<PathBuf, Option<Mark>>);

/// What changes when a file is written, exchanged, or may be read by other people than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl From<&Metadata> for Mark {
    fn from(m: &Metadata) -> Self {
        Self {
            inode: m.ino(),
            size: m.size(),
            modified: (m.mtime(), m.mtime_nsec()),
            changed: (m.ctime(), m.ctime_nsec()),
        }
    }
}

impl Look {
    /// Notes a file as it was when it was opened to be read.
    pub(super) fn read(&mut self, path: &Path, metadata: &Metadata) {
        self.seen.0.insert(path.to_path_buf(), Some(metadata.into()));
    }

    /// Notes a file that was not read.
    pub(super) fn passed(&mut self, path: &Path) {
        self.seen.0.entry(path.to_path_buf()).or_insert_with(|| mark(path));
    }

    /// Notes a pattern, as it is searched for.
    pub(super) fn pattern(&mut self, pattern: String) {
        self.patterns.push(pattern);
    }

    /// The files as they were when they were read: as long as [`Look::stamp`] says the same, nothing has changed.
    pub fn seen(&self) -> &Stamp {
        &self.seen
    }

    /// The files as they are now. Looks at the disk, and reads none of them.
    pub fn stamp(&self) -> Stamp {
        let found = self.patterns.iter().flat_map(|pattern| find(pattern).into_iter().flatten().flatten().take(FOUND));
        let paths = self.seen.0.keys().cloned().chain(found.map(tidy));
        Stamp(paths.filter(|p| !p.is_dir()).map(|path| (path.clone(), mark(&path))).collect())
    }
}

fn mark(path: &Path) -> Option<Mark> {
    fs::metadata(path).ok().as_ref().map(Mark::from)
}

/// A found path as it is shown.
pub(super) fn tidy(path: PathBuf) -> PathBuf {
    path.strip_prefix("./").map(Path::to_path_buf).unwrap_or(path)
}

/// What a pattern finds.
pub(super) fn find(pattern: &str) -> Result<glob::Paths, glob::PatternError> {
    let options =
        glob::MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };
    glob::glob_with(pattern, options)
}
