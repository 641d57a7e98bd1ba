//! Who is an item, and has it changed? Pure: a document and what is known of its feed become changes.
//!
//! [`identity`] names the items of a document, [`fingerprint`] hashes what they say without what is noise,
//! [`decide`] holds both against what is known.

pub mod decide;
pub mod fingerprint;
pub mod identity;

pub use decide::{Decision, Situation, decide};
pub use identity::{Entry, Identified, identify};
