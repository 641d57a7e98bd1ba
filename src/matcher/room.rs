//! Memory that is used again from item to item, so that reading one allocates little beside its hits.

use std::cell::Cell;

use crate::text::border;
use crate::text::token::Tokens;

use super::Seen;
use super::search::Raw;
use super::sift::{Clue, Stretch};

/// What reading one text takes.
#[derive(Debug, Default)]
pub struct Room {
    pub tokens: Tokens,
    pub clues: Vec<Clue>,
    pub starts: Vec<u32>,
    pub stretches: Vec<Stretch>,
    pub raws: Vec<Raw>,
    pub border: border::Memory,
}

/// What finding in one item takes.
#[derive(Debug, Default)]
pub struct Rooms {
    pub room: Room,
    pub seen: Vec<Seen>,
    /// For the texts that queries want to keep.
    pub tokens: Vec<Tokens>,
}

/// Bytes of a text from which on its room is not kept: no thread is to hold the memory of the largest text that it met.
const LARGE: usize = 1 << 18;

thread_local! {
    static KEPT: Cell<Option<Box<Rooms>>> = const { Cell::new(None) };
}

impl Rooms {
    /// Those of this thread.
    pub fn take() -> Box<Self> {
        KEPT.take().unwrap_or_default()
    }

    /// Leaves them for the next item, which read so many bytes.
    pub fn leave(mut self: Box<Self>, bytes: usize) {
        if bytes < LARGE {
            self.seen.clear();
            self.tokens.truncate(8);
            KEPT.set(Some(self));
        }
    }
}
