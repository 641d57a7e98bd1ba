//! A document that comes once more, byte by byte, is recognised and not read again.
//!
//! That is sound because reading is a function: of the bytes, of what they are read under, and of what is known of the
//! feed's items, which nobody but its own polls changes. After a document has been read, each of its entries has a known
//! item with the marks and the fingerprint of that entry, so that a second look finds nothing. What could be otherwise
//! the second time is told apart here, and such a document is read each time:
//!
//! - an entry that was passed over, since what it is held against has changed by its own document;
//! - a date that lies in the future, which belongs to the feed's rhythm once it has come;
//! - a document without items, which says nothing of whose feed it is.

use crate::config::FeedConfig;
use crate::deduper::Decision;
use crate::fetcher::Answer;
use crate::model::ids::hash128;
use crate::model::{FeedMemory, ReadAs, Time};
use crate::parser::ParsedFeed;

use super::Setup;

/// A hash of what decides, beside the bytes, what is read in a document of this feed.
pub fn under(setup: &Setup, config: &FeedConfig) -> [u8; 16] {
    let limits = [setup.parsing.items, setup.parsing.field_bytes].map(usize::to_le_bytes);
    let language = config.language.as_deref().unwrap_or_default();
    hash128(&[env!("CARGO_PKG_VERSION").as_bytes(), &limits[0], &limits[1], language.as_bytes()])
}

/// The document that the feed need not be read for again, where it was read under the same circumstances.
pub fn before(memory: &FeedMemory, under: &[u8; 16]) -> Option<ReadAs> {
    memory.read_as.filter(|read| read.under == *under && memory.baseline_at.is_some())
}

/// What recognises the document that was just read, if there is nothing in it that a second look could find.
pub fn after(answer: &Answer, parsed: &ParsedFeed, decided: &Decision, under: [u8; 16], now: Time) -> Option<ReadAs> {
    let Answer::Body { imprint: Some(imprint), .. } = answer else { return None };
    let to_come = |time: Option<Time>| time.is_some_and(|time| time > now);
    let open = parsed.items.is_empty()
        || decided.passed_over > 0
        || parsed.items.iter().any(|item| to_come(item.published.or(item.updated)));
    (!open).then_some(ReadAs { under, imprint: *imprint })
}
