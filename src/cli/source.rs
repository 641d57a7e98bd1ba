//! What `parse` and `try` read: an address, a file, or standard input.

use std::io::Read;

use crate::fetcher::{Address, Answer, Fetcher, Limits, Source};
use crate::model::{FeedMemory, redact_url};

use super::runtime;

/// Bytes read of standard input or a file: the same limit as a poll's.
const MOST: u64 = 16 << 20;

/// A source that has been read.
pub struct Read_ {
    /// What it is called in complaints.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The header of an answer.
    pub content_type: Option<String>,
    /// Its address.
    pub base: Option<String>,
}

/// Whether a source is standard input.
pub fn is_stdin(source: &str) -> bool {
    source == "-"
}

/// Reads a source; the error is a sentence for the user.
pub fn read(source: &str) -> Result<Read_, String> {
    if is_stdin(source) {
        return limited(std::io::stdin().lock(), "standard input");
    }
    match url::Url::parse(source) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => fetch(url),
        _ => {
            let path = source.strip_prefix("file://").or_else(|| source.strip_prefix("file:")).unwrap_or(source);
            let file = std::fs::File::open(path).map_err(|e| format!("{path}: {e}"))?;
            limited(file, path)
        }
    }
}

fn limited(input: impl Read, name: &str) -> Result<Read_, String> {
    let mut bytes = Vec::new();
    input.take(MOST + 1).read_to_end(&mut bytes).map_err(|e| format!("{name}: {e}"))?;
    if bytes.len() as u64 > MOST {
        return Err(format!("{name}: larger than {} MiB, the limit of a document", MOST >> 20));
    }
    Ok(Read_ { name: name.to_owned(), bytes, content_type: None, base: None })
}

fn fetch(url: url::Url) -> Result<Read_, String> {
    let name = redact_url(url.as_str());
    let source = Source::open(Address::Http(url.clone()));
    let fetcher = Fetcher::new(Limits::default())?;
    let runtime = runtime().map_err(|_| "the system refuses to start threads".to_owned())?;
    let fetched = runtime.block_on(fetcher.fetch(&source, &FeedMemory::new(url.as_str())));
    match fetched.answer {
        Answer::Body { body, content_type, .. } => {
            Ok(Read_ { name, bytes: body.to_vec(), content_type, base: Some(fetched.url) })
        }
        Answer::NotModified | Answer::Same { .. } => {
            Err(format!("{name}: answered 304 to a request without conditions"))
        }
        Answer::Failed(failure) => Err(format!("{name}: {}", failure.said)),
    }
}
