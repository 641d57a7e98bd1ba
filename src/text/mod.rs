//! Text of any script made comparable, with offsets kept; diffs of words; cuts that leave characters whole. Pure.
//!
//! Read in this order: [`fold`] says what one character becomes, [`token`] reads a text into words in one pass,
//! [`affix`] lists what else a word may be read as, [`stem`] brings it to its stem, [`border`] weighs where a word ends in scripts without spaces.
//! [`sketch`] and [`gist`] say whether two items tell one thing.

pub mod address;
pub mod affix;
pub mod bidi;
pub mod border;
pub mod count;
pub mod cut;
pub mod dictionary;
pub mod diff;
pub mod fold;
pub mod gist;
pub mod language;
pub mod lookalike;
pub mod shown;
pub mod sketch;
pub mod spelling;
pub mod stem;
pub mod token;
pub mod units;
