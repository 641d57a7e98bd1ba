//! The files a configuration was read from: their text, places in it, and reading them without waiting or overflowing.

use std::fs;
use std::io::Read;
use std::ops::Range;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::look::Look;

/// The files of one configuration, in the order they were read. Kept beside the problems, so that lines can be quoted.
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
    /// Where they stand.
    pub(super) look: Look,
}

/// One file. Its text may hold secrets: `Debug` shows its name.
pub(super) struct Source {
    /// As it is shown: the path given on the command line, or that of the naming file joined with the included one.
    pub path: PathBuf,
    /// The folder that paths in it are relative to.
    pub folder: PathBuf,
    /// Its text, up to the first byte that is not UTF-8.
    pub text: String,
    /// Whether its lines may be quoted: only files that end in `.toml` are surely ours. An `include` could name
    /// `/etc/shadow`, and a complaint about its syntax must not print it.
    pub quotable: bool,
    /// Whether its tables are read: not where it is no configuration at all.
    pub readable: bool,
    /// Lines with a syntax error, counted from 0, ascending.
    pub broken: Vec<usize>,
    line_starts: Vec<usize>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("path", &self.path).finish_non_exhaustive()
    }
}

/// A span of bytes in one of the [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    /// The index of the file.
    pub source: usize,
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Place {
    /// A span in a file.
    pub fn new(source: usize, span: Range<usize>) -> Self {
        Self { source, start: span.start, end: span.end }
    }
}

impl Source {
    /// Takes the text of a file.
    pub fn new(path: PathBuf, text: String) -> Self {
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        let quotable = path.extension().is_some_and(|e| e == "toml");
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { path, folder, text, quotable, readable: true, broken: Vec::new(), line_starts }
    }

    /// The line a byte stands on, counted from 0.
    pub fn line_of(&self, at: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= at).saturating_sub(1)
    }

    /// The bytes of a line without its end; empty beyond the last line.
    pub fn line(&self, number: usize) -> Range<usize> {
        let Some(start) = self.line_starts.get(number).copied() else {
            return self.text.len()..self.text.len();
        };
        let end = self.line_starts.get(number + 1).map_or(self.text.len(), |next| next - 1);
        let text = &self.text[start..end];
        start..start + text.strip_suffix('\r').unwrap_or(text).len()
    }

    /// The first line after this one that begins a table, or the number of lines.
    pub fn next_header(&self, number: usize) -> usize {
        let lines = self.line_starts.len();
        (number + 1..lines).find(|n| self.text[self.line(*n)].trim_start().starts_with('[')).unwrap_or(lines)
    }

    /// A span moved onto borders of characters within the text, so that cutting there cannot fail.
    pub fn tidy(&self, span: Range<usize>) -> Range<usize> {
        let start = self.text.floor_char_boundary(span.start);
        start..self.text.ceil_char_boundary(span.end.max(start)).min(self.text.len())
    }

    /// A path written in this file, absolute.
    pub fn resolve(&self, path: &str) -> PathBuf {
        let joined = self.folder.join(path);
        std::path::absolute(&joined).unwrap_or(joined)
    }
}

impl Sources {
    /// The file at this index.
    pub(super) fn get(&self, index: usize) -> &Source {
        &self.files[index]
    }

    /// Every file.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Source> {
        self.files.iter()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.files.len()
    }

    /// Bytes of text in all.
    pub(super) fn bytes(&self) -> usize {
        self.files.iter().map(|f| f.text.len()).sum()
    }

    /// Adds a file and gives its index.
    pub(super) fn push(&mut self, source: Source) -> usize {
        self.files.push(source);
        self.files.len() - 1
    }

    /// The file at this index, to be changed.
    pub(super) fn get_mut(&mut self, index: usize) -> &mut Source {
        &mut self.files[index]
    }

    /// The file with this path.
    pub(super) fn find(&self, path: &Path) -> Option<&Source> {
        self.files.iter().find(|f| f.path == path)
    }

    /// A place said beside another one: `line 3`, or `watchlist.toml:3` where it is in another file.
    pub(super) fn say(&self, place: Place, beside: Place) -> String {
        let source = self.get(place.source);
        let line = source.line_of(place.start) + 1;
        if place.source == beside.source { format!("line {line}") } else { format!("{}:{line}", source.path.display()) }
    }
}

/// Reads a regular file of at most `limit` bytes. Never waits for a pipe or a device, however the file is exchanged
/// meanwhile. The error is the end of a sentence that begins with the path.
pub(super) fn read_bounded(path: &Path, limit: u64) -> Result<(Vec<u8>, fs::Metadata), String> {
    let said = |e: std::io::Error| match e.kind() {
        std::io::ErrorKind::NotFound => "does not exist".to_string(),
        std::io::ErrorKind::PermissionDenied => "cannot be read: permission denied".to_string(),
        _ => format!("cannot be read: {}", crate::config::problems::lower(&e.to_string())),
    };
    let regular = |m: &fs::Metadata| {
        if m.is_dir() {
            Err("is a folder, not a file".to_string())
        } else if m.is_file() {
            Ok(())
        } else {
            Err("is not a regular file".to_string())
        }
    };
    // Looked at before it is opened, since opening a device may already do something; and after, since it is the
    // open file that counts. Without O_NONBLOCK opening a pipe would wait for its writer.
    regular(&fs::metadata(path).map_err(said)?)?;
    let flags = rustix::fs::OFlags::NONBLOCK.bits();
    let file = fs::OpenOptions::new().read(true).custom_flags(flags as i32).open(path).map_err(said)?;
    let metadata = file.metadata().map_err(said)?;
    regular(&metadata)?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(said)?;
    if bytes.len() as u64 > limit {
        return Err(format!("is larger than {}", say_bytes(limit)));
    }
    Ok((bytes, metadata))
}

/// A size as people write it: `4 MiB`, `64 KiB`.
pub(super) fn say_bytes(bytes: u64) -> String {
    for (unit, size) in [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)] {
        if bytes >= size && bytes.is_multiple_of(size) {
            return format!("{} {unit}", bytes / size);
        }
    }
    format!("{bytes} bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_whatever_their_ends() {
        let source = Source::new("a.toml".into(), "eins\r\nzwei\n\nvier".into());
        let lines: Vec<&str> = (0..6).map(|n| &source.text[source.line(n)]).collect();
        assert_eq!(lines, ["eins", "zwei", "", "vier", "", ""]);
        assert_eq!([0, 5, 6, 10, 11, 12, 99].map(|at| source.line_of(at)), [0, 0, 1, 1, 2, 3, 3]);
    }

    #[test]
    fn spans_are_moved_onto_characters() {
        let source = Source::new("a.toml".into(), "aبc".into());
        assert_eq!(source.tidy(2..2), 1..3);
        assert_eq!(source.tidy(50..51), 4..4);
    }

    #[test]
    fn only_regular_files_within_the_limit_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "12345").unwrap();
        assert_eq!(read_bounded(&path, 5).unwrap().0, b"12345");
        assert_eq!(read_bounded(&path, 4).unwrap_err(), "is larger than 4 bytes");
        assert_eq!(read_bounded(folder.path(), 4).unwrap_err(), "is a folder, not a file");
        assert_eq!(read_bounded(&folder.path().join("b"), 4).unwrap_err(), "does not exist");
        assert_eq!(read_bounded(Path::new("/dev/zero"), 4).unwrap_err(), "is not a regular file");
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        assert_eq!(read_bounded(&pipe, 4).unwrap_err(), "is not a regular file");
    }
}
