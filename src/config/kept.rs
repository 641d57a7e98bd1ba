//! The configuration that was last accepted, as the store keeps it: the texts of its files, without the secrets in them.
//!
//! A line with a secret is kept with `…` in its place and sixteen bits of a hash of the whole line: enough to know the line
//! again where the file still has it, far too little to find a password by. What is written as `$NAME`, `…_file` or a
//! credential is no secret and is kept as it stands.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::source::{Source, Sources};
use super::{Environment, Loaded, compose_all, mask};
use crate::store::{HiddenLine, KeptFile};

/// Stands for what is not kept.
const HIDDEN: &str = "…";

/// What is kept of the files.
pub(super) fn keep(sources: &Sources) -> Vec<KeptFile> {
    sources.iter().map(file).collect()
}

fn file(source: &Source) -> KeptFile {
    let spans = mask::secrets(&source.text, false);
    let (mut text, mut hidden) = (String::new(), Vec::new());
    let mut start = 0;
    for (number, line) in source.text.split_inclusive('\n').enumerate() {
        let end = start + line.len();
        let mut at = start;
        for span in spans.iter().filter(|s| s.start < end && s.end > start) {
            text += &source.text[at..span.start.max(at)];
            text += HIDDEN;
            at = span.end.min(end);
        }
        if at > start {
            hidden.push(HiddenLine { number, check: check(line) });
        }
        text += &source.text[at..end];
        start = end;
    }
    KeptFile { path: absolute(&source.path).display().to_string(), text, hidden }
}

/// Reads kept files as a configuration, with the lines that hold secrets taken from the files as they are now. The error
/// says what is missing.
pub fn load_kept(kept: &[KeptFile], now: &Loaded, environment: &Environment) -> Result<Loaded, String> {
    let mut sources = Sources::default();
    for file in kept {
        let text = with_secrets(file, &now.sources)?;
        sources.push(Source::new(PathBuf::from(&file.path), text));
    }
    let main = kept.first().map(|f| PathBuf::from(&f.path)).unwrap_or_default();
    let loaded = compose_all(sources, Default::default(), &main, environment);
    if loaded.config.is_none() {
        let why = loaded.problems.iter().find(|p| p.severity == super::Severity::Error).map(super::Problem::line);
        return Err(why.unwrap_or_else(|| "it cannot be read any more".to_owned()));
    }
    Ok(loaded)
}

/// Whether these files are those of the configuration at `path`.
pub fn is_of(kept: &[KeptFile], path: &Path) -> bool {
    kept.first().is_some_and(|main| Path::new(&main.path) == absolute(path))
}

fn with_secrets(file: &KeptFile, now: &Sources) -> Result<String, String> {
    let present = now.iter().find(|s| absolute(&s.path) == Path::new(&file.path));
    let mut text = String::new();
    for (number, line) in file.text.split_inclusive('\n').enumerate() {
        // A comment needs no secret to be one.
        let Some(hidden) =
            file.hidden.iter().find(|h| h.number == number).filter(|_| !line.trim_start().starts_with('#'))
        else {
            text += line;
            continue;
        };
        let lines = present.iter().flat_map(|s| s.text.split_inclusive('\n'));
        let mut found: Vec<&str> = lines.filter(|l| check(l) == hidden.check && fits(line, l)).collect();
        found.sort_unstable();
        found.dedup();
        let [found] = found[..] else {
            return Err(format!(
                "line {} of {} held a secret, which is not stored, and that line is not in the file any more",
                number + 1,
                file.path
            ));
        };
        text += found.trim_end_matches(['\r', '\n']);
        text.push('\n');
    }
    Ok(text)
}

/// Whether a line is the kept one, with anything where that hides something.
fn fits(kept: &str, line: &str) -> bool {
    let (kept, mut rest) = (kept.trim_end(), line.trim_end());
    let mut pieces = kept.split(HIDDEN);
    let Some(after) = pieces.next().and_then(|first| rest.strip_prefix(first)) else { return false };
    rest = after;
    pieces.all(|piece| match rest.find(piece) {
        Some(at) => {
            rest = &rest[at + piece.len()..];
            true
        }
        None => false,
    })
}

/// Sixteen bits of a line without its end.
fn check(line: &str) -> u16 {
    let hash = Sha256::new().chain_update("feedwatch kept line\n").chain_update(line.trim_end()).finalize();
    u16::from_be_bytes([hash[0], hash[1]])
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "[[notifier]]\nsecret = \"whsec_abc\"\nurl = \"https://h.example/T0/B1\"\nname = \"n\"\n# password: old\n";

    fn sources(text: &str) -> Sources {
        let mut sources = Sources::default();
        sources.push(Source::new("/etc/fw.toml".into(), text.into()));
        sources
    }

    #[test]
    fn what_is_kept_holds_no_secret_and_gets_them_back_from_the_file() {
        let kept = &keep(&sources(TEXT))[0];
        for secret in ["whsec_abc", "T0", "old"] {
            assert!(!kept.text.contains(secret), "{}", kept.text);
        }
        let edited = format!("terms = [\n{}", TEXT.replace("# password: old\n", ""));
        let back = with_secrets(kept, &sources(&edited)).unwrap();
        assert_eq!(back.lines().take(4).collect::<Vec<_>>(), TEXT.lines().take(4).collect::<Vec<_>>());
        let changed = TEXT.replace("whsec_abc", "whsec_xyz");
        let said = with_secrets(kept, &sources(&changed)).unwrap_err();
        assert!(said.starts_with("line 2 of /etc/fw.toml held a secret"), "{said}");
    }
}
