//! Gathers the files of a configuration: the one that was named and all that it includes.

use std::fs;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::problems::Problems;
use super::source::{Place, Source, Sources, read_bounded, say_bytes};
use super::{ROOT_KEYS, Severity, look, syntax};

/// Bytes of one file. A hundred thousand feeds need some ten million bytes and are better kept in several files.
const FILE_BYTES: u64 = 4 << 20;
/// Bytes of all files together: what is read into memory at once, however many files a glob finds.
const ALL_BYTES: usize = 64 << 20;
/// Files in all. A glob that finds more than this has found something else than a configuration.
const FILES: usize = 1000;
/// Files that include one another in a chain.
const DEPTH: usize = 16;

/// Reads the file and what it includes, in the order in which a reader meets them.
pub(super) fn gather(path: &Path) -> (Sources, Problems) {
    let mut gathering = Gathering::default();
    match read_bounded(path, FILE_BYTES) {
        Ok((bytes, metadata)) => {
            gathering.sources.look.read(path, &metadata);
            gathering.file(path.to_path_buf(), &bytes);
        }
        Err(said) => {
            gathering.sources.look.passed(path);
            let hint = said.starts_with("does not exist").then(|| "`feedwatch init` writes a first one".to_string());
            let message = format!("{} {said}", path.display());
            gathering.problems.of_file(Severity::Error, "unreadable_config", path, message, hint);
        }
    }
    (gathering.sources, gathering.problems)
}

#[derive(Default)]
struct Gathering {
    sources: Sources,
    problems: Problems,
    /// The files being read, outermost first: the canonical path and the one to show.
    open: Vec<(PathBuf, PathBuf)>,
    /// Canonical paths of all files read so far.
    read: Vec<PathBuf>,
    /// A limit was met and told; nothing more is read.
    full: bool,
}

impl Gathering {
    /// Takes a file that was read, and follows its includes.
    fn file(&mut self, path: PathBuf, bytes: &[u8]) {
        let canonical = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        self.open.push((canonical.clone(), path.clone()));
        self.read.push(canonical);
        let (text, broken_at) = match std::str::from_utf8(bytes) {
            Ok(text) => (text.to_string(), None),
            Err(e) => {
                let good = &bytes[..e.valid_up_to()];
                (String::from_utf8_lossy(good).into_owned(), Some(e.valid_up_to()))
            }
        };
        let index = self.sources.push(Source::new(path, text));
        if let Some(at) = broken_at {
            self.sources.get_mut(index).readable = false;
            let hint = "save the file as UTF-8".to_string();
            self.problems.error("syntax", Place::new(index, at..at), "a byte that is not UTF-8", hint);
        } else {
            for (pattern, place) in self.includes(index) {
                self.include(&pattern, place);
            }
        }
        self.open.pop();
    }

    /// Parses a file for its syntax errors and its `include`. What else it holds is read when all files are there:
    /// the tables borrow from the texts, and those move until then.
    fn includes(&mut self, index: usize) -> Vec<(String, Place)> {
        let text = self.sources.get(index).text.clone();
        let (table, errors) = DeTable::parse_recoverable(&text);
        syntax::note(&mut self.sources, index, &errors, &self.problems);
        let source = self.sources.get_mut(index);
        if !source.quotable && source.readable {
            let foreign = table.get_ref().keys().find(|k| !ROOT_KEYS.contains(&k.get_ref().as_ref()));
            if let Some(key) = foreign {
                source.readable = false;
                let place = Place::new(index, key.span());
                self.problems.error("syntax", place, "this file is no configuration of feedwatch", None);
            }
        }
        if !source.readable {
            return Vec::new();
        }
        let Some(list) = table.get_ref().get("include") else { return Vec::new() };
        let wrong = "`include` is a list of file names".to_string();
        let hint = || Some("write `include = [\"watchlist.toml\"]`".to_string());
        let Some(elements) = list.get_ref().as_array() else {
            self.problems.error("wrong_type", Place::new(index, list.span()), wrong, hint());
            return Vec::new();
        };
        let mut patterns = Vec::new();
        for element in elements.iter() {
            let place = Place::new(index, element.span());
            match element.get_ref().as_str() {
                Some(text) if !text.trim().is_empty() => patterns.push((text.to_string(), place)),
                Some(_) => self.problems.error("include", place, "the name of a file is empty", hint()),
                None => self.problems.error("wrong_type", place, wrong.clone(), hint()),
            }
        }
        patterns
    }

    /// Follows one element of `include`.
    fn include(&mut self, pattern: &str, place: Place) {
        let folder = self.sources.get(place.source).folder.clone();
        if !pattern.contains(['*', '?', '[']) {
            self.one(folder.join(pattern), place, false);
            return;
        }
        if pattern.contains("**") {
            let said = "`**` is not served in `include`, since it may search a whole disk";
            self.problems.error("include", place, said, "name the folder: `feeds.d/*.toml`".to_string());
            return;
        }
        let full = if Path::new(pattern).is_absolute() {
            pattern.to_string()
        } else {
            let folder = folder.to_string_lossy();
            let inside = if folder.is_empty() { ".".to_string() } else { glob::Pattern::escape(&folder) };
            format!("{inside}/{pattern}")
        };
        let found = match look::find(&full) {
            Ok(found) => found,
            Err(e) => {
                let said = format!("this pattern cannot be read: {}", super::problems::lower(e.msg));
                self.problems.error("include", place, said, None);
                return;
            }
        };
        self.sources.look.pattern(full);
        let mut some = false;
        for entry in found {
            match entry {
                // A pattern such as `*.toml` also finds the file that names it.
                Ok(path) if path.is_dir() => {}
                Ok(path) if self.is_open_last(&path) => self.sources.look.passed(&look::tidy(path)),
                Ok(path) => {
                    some = true;
                    self.one(look::tidy(path), place, true);
                }
                Err(e) => {
                    let said = format!(
                        "{} cannot be read: {}",
                        e.path().display(),
                        super::problems::lower(&e.error().to_string())
                    );
                    self.problems.error("include", place, said, None);
                }
            }
            if self.full {
                return;
            }
        }
        if !some {
            self.problems.warning("include_matches_nothing", place, "no file matches this pattern", None);
        }
    }

    /// Reads one file that is included from `place`.
    fn one(&mut self, path: PathBuf, place: Place, by_pattern: bool) {
        if self.full {
            return;
        }
        self.sources.look.passed(&path);
        let canonical = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        if let Some(from) = self.open.iter().position(|(c, _)| *c == canonical) {
            let mut way: Vec<String> = self.open[from..].iter().map(|(_, p)| p.display().to_string()).collect();
            way.push(way[0].clone());
            let said = format!("these files include one another without end: {}", way.join(" → "));
            self.problems.error("include", place, said, "take one of them out".to_string());
            return;
        }
        if self.read.contains(&canonical) {
            let said = format!("{} is included already, and read once", path.display());
            self.problems.warning("included_twice", place, said, None);
            return;
        }
        let beyond = if self.sources.len() >= FILES {
            Some(format!("more than {FILES} files are included"))
        } else if self.open.len() >= DEPTH {
            self.problems.error("include", place, format!("files include one another more than {DEPTH} deep"), None);
            return;
        } else {
            None
        };
        let read = if beyond.is_some() {
            Ok(Vec::new())
        } else {
            read_bounded(&path, FILE_BYTES).map(|(bytes, metadata)| {
                self.sources.look.read(&path, &metadata);
                bytes
            })
        };
        let all = self.sources.bytes() + read.as_ref().map_or(0, Vec::len);
        let beyond = beyond.or_else(|| {
            (all > ALL_BYTES).then(|| format!("the configuration is larger than {}", say_bytes(ALL_BYTES as u64)))
        });
        if let Some(said) = beyond {
            self.full = true;
            self.problems.error("include", place, said, "look at what this pattern finds".to_string());
            return;
        }
        match read {
            Ok(bytes) => self.file(path, &bytes),
            Err(said) => {
                let missing = said == "does not exist" && !by_pattern;
                let hint = missing
                    .then(|| "a name is relative to the file it stands in; a pattern may match none".to_string());
                self.problems.error("include", place, format!("{} {said}", path.display()), hint);
            }
        }
    }

    fn is_open_last(&self, path: &Path) -> bool {
        let canonical = fs::canonicalize(path).ok();
        self.open.last().is_some_and(|(c, _)| Some(c) == canonical.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes the files, reads the first, and gives the names read and what was said.
    fn gathered(files: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let (sources, problems) = gather(&folder.path().join(files[0].0));
        let root = format!("{}/", folder.path().display());
        let names = sources.iter().map(|s| s.path.display().to_string().replace(&root, "")).collect();
        let said = problems.finish(&sources).into_iter().map(|p| p.message.replace(&root, "")).collect();
        (names, said)
    }

    #[test]
    fn files_are_read_in_the_order_a_reader_meets_them() {
        let (names, said) = gathered(&[
            ("a.toml", "include = [\"d/*.toml\", \"b.toml\"]"),
            ("b.toml", ""),
            ("d/2.toml", "include = [\"sub/x.toml\"]"),
            ("d/1.toml", ""),
            ("d/.hidden.toml", ""),
            ("d/sub/x.toml", ""),
        ]);
        assert_eq!(names, ["a.toml", "d/1.toml", "d/2.toml", "d/sub/x.toml", "b.toml"]);
        assert_eq!(said, [""; 0]);
    }

    #[test]
    fn a_loop_is_named_and_ends() {
        let (names, said) = gathered(&[("a.toml", "include = [\"b.toml\"]"), ("b.toml", "include = [\"a.toml\"]")]);
        assert_eq!(names, ["a.toml", "b.toml"]);
        assert_eq!(said, ["these files include one another without end: a.toml → b.toml → a.toml"]);
    }

    #[test]
    fn a_pattern_may_find_its_own_file_and_a_file_is_read_once() {
        let (names, said) = gathered(&[("a.toml", "include = [\"b.toml\", \"*.toml\"]"), ("b.toml", "")]);
        assert_eq!(names, ["a.toml", "b.toml"]);
        assert_eq!(said, ["b.toml is included already, and read once"]);
    }

    #[test]
    fn what_cannot_be_included_is_said() {
        for (element, said) in [
            ("absent.toml", "absent.toml does not exist"),
            ("", "the name of a file is empty"),
            ("/dev/zero", "/dev/zero is not a regular file"),
            ("/", "/ is a folder, not a file"),
            ("none/*.toml", "no file matches this pattern"),
            ("**/*.toml", "`**` is not served in `include`, since it may search a whole disk"),
            ("***", "`**` is not served in `include`, since it may search a whole disk"),
            ("[", "this pattern cannot be read: invalid range pattern"),
        ] {
            let (_, all) = gathered(&[("a.toml", &format!("include = [\"{element}\"]"))]);
            assert_eq!(all, [said], "{element}");
        }
        let (_, all) = gathered(&[("a.toml", "include = \"b.toml\"")]);
        assert_eq!(all, ["`include` is a list of file names"]);
    }

    #[test]
    fn a_glob_that_finds_too_much_ends_at_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        for n in 0..FILES + 50 {
            fs::write(folder.path().join(format!("{n}.part")), "").unwrap();
        }
        let path = folder.path().join("a.toml");
        fs::write(&path, "include = [\"*.part\"]").unwrap();
        let (sources, problems) = gather(&path);
        let said: Vec<_> = problems.finish(&sources).into_iter().map(|p| p.message).collect();
        assert_eq!((sources.len(), said), (FILES, vec!["more than 1000 files are included".to_string()]));
    }

    #[test]
    fn a_chain_that_is_too_deep_ends() {
        let names: Vec<String> = (0..40).map(|n| format!("{n}.toml")).collect();
        let texts: Vec<String> = (0..40).map(|n| format!("include = [\"{}.toml\"]", n + 1)).collect();
        let files: Vec<(&str, &str)> = names.iter().zip(&texts).map(|(n, t)| (n.as_str(), t.as_str())).collect();
        let (read, said) = gathered(&files);
        assert_eq!((read.len(), said), (DEPTH, vec!["files include one another more than 16 deep".to_string()]));
    }

    #[test]
    fn a_foreign_file_is_not_told_of() {
        for text in ["SECRET_KEY=\"abc\"\n", "root:x:0:0\n"] {
            let (_, said) = gathered(&[("a.toml", "include = [\"passwd\"]"), ("passwd", text)]);
            assert_eq!(said.len(), 1, "{said:?}");
            assert!(!said[0].contains("SECRET") && !said[0].contains("root"), "{said:?}");
        }
    }
}
