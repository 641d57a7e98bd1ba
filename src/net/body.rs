//! Bodies read with a limit.

use std::fmt;

use super::trouble::{self, Trouble};

/// Why a body was not read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BodyError {
    /// It is larger than this many bytes.
    TooLarge(u64),
    /// The connection failed.
    Broken(Trouble),
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(limit) => write!(f, "body larger than {}", say_bytes(*limit)),
            Self::Broken(trouble) => f.write_str(&trouble.said),
        }
    }
}

/// Reads a body as it came over the wire; `counted` is told of every byte, whether the body is read to its end or not.
///
/// A body that is announced as too large is refused before a byte of it is read.
pub async fn read(response: &mut reqwest::Response, limit: u64, counted: &mut u64) -> Result<Vec<u8>, BodyError> {
    let announced = response.content_length();
    if announced.is_some_and(|length| length > limit) {
        return Err(BodyError::TooLarge(limit));
    }
    // What is announced is reserved only as far as it has some likelihood.
    let mut body = Vec::with_capacity(announced.unwrap_or(0).min(1 << 20) as usize);
    while let Some(chunk) = response.chunk().await.map_err(|e| BodyError::Broken(trouble::of(&e)))? {
        *counted += chunk.len() as u64;
        if body.len() as u64 + chunk.len() as u64 > limit {
            return Err(BodyError::TooLarge(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// A number of bytes as people say it: `16 MiB`, `1000 bytes`.
pub fn say_bytes(bytes: u64) -> String {
    for (size, unit) in [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")] {
        if bytes >= size && bytes.is_multiple_of(size) {
            return format!("{} {unit}", bytes / size);
        }
    }
    format!("{bytes} bytes")
}
