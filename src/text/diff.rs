//! What an edit did to a text, by words.

use crate::model::DiffPart;

/// The parts of a word diff from `earlier` to `now`; neighbours of one kind are joined. The `equal` and `insert` parts
/// joined give `now`, the `equal` and `delete` parts `earlier`. Bounded in time: a text too unlike is one delete and one insert.
pub fn words(earlier: &str, now: &str) -> Vec<DiffPart> {
    let _ = (earlier, now);
    todo!()
}
