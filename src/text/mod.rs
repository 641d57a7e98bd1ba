//! Text of any script made comparable, with offsets kept; diffs of words; cuts that leave characters whole. Pure.

pub mod bidi;
pub mod cut;
pub mod diff;
