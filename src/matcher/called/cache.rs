//! What the model said of words, remembered across texts and polls, within bounds.
//!
//! Most words of the news are seen again and again, and nearly all are no name. So there are two stores: words that are
//! nothing (and runs without spaces that hold nothing), as bare hashes in a table that overwrites itself, and the few that
//! are something, with what they are. A hash has a [`Secret`], so that nobody outside can choose words
//! that meet. Of the first store 48 bits of it count, in eight places: of a billion names that were never seen before two are taken for words
//! that were, and passed over.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use super::super::names::NameFound;
use super::super::secret::Secret;

/// Words known to be nothing, at most: two megabytes, and more distinct words than a day of a thousand feeds has.
const NOTHING: usize = 1 << 19;

/// Places in which one word may stand; they lie in one line of memory.
const PLACES: usize = 8;

/// Words that fall together.
#[derive(Debug, Default)]
#[repr(align(32))]
struct Set([AtomicU32; PLACES]);

/// Parts of the store of words that are something, each behind a lock of its own.
const SHARDS: usize = 16;

/// Words in a part, at most; a full part begins anew.
const EACH: usize = 4096;

/// A word that is a name, remembered.
pub type Known = Box<[NameFound]>;

/// See the module.
#[derive(Debug)]
pub struct Cache {
    secret: Secret,
    nothing: Box<[Set]>,
    something: [Mutex<HashMap<u64, Known>>; SHARDS],
}

impl Cache {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            secret: Secret::new(),
            nothing: (0..NOTHING / PLACES).map(|_| Set::default()).collect(),
            something: std::array::from_fn(|_| Mutex::default()),
        }
    }

    /// The key of a word.
    #[inline]
    pub fn key(&self, word: &str) -> u64 {
        self.secret.of(word)
    }

    /// Whether a word is known to be nothing.
    #[inline]
    pub fn is_nothing(&self, key: u64) -> bool {
        // Each place is a whole answer by itself, so no order among them matters.
        self.set(key).iter().any(|place| place.load(Ordering::Relaxed) == tag(key))
    }

    #[inline]
    fn set(&self, key: u64) -> &[AtomicU32; PLACES] {
        &self.nothing[key as usize % (NOTHING / PLACES)].0
    }

    /// Tells what a word is known to be, into `out`; whether it is known.
    pub fn known(&self, key: u64, out: &mut Vec<NameFound>) -> bool {
        let shard = self.shard(key);
        let Some(known) = shard.get(&key) else { return false };
        out.extend_from_slice(known);
        true
    }

    /// Remembers what a word is.
    pub fn learn(&self, key: u64, found: &[NameFound]) {
        if found.is_empty() {
            // Where none is free chance says which gives way: were it the oldest, words that come in turn would all be lost.
            let set = self.set(key);
            let free = set.iter().find(|place| place.load(Ordering::Relaxed) == 0);
            free.unwrap_or(&set[(key >> 24) as usize % PLACES]).store(tag(key), Ordering::Relaxed);
            return;
        }
        let mut shard = self.shard(key);
        if shard.len() >= EACH {
            shard.clear();
        }
        shard.insert(key, found.into());
    }

    fn shard(&self, key: u64) -> std::sync::MutexGuard<'_, HashMap<u64, Known>> {
        // A part is whole at any time, also when whoever held it panicked.
        self.something[(key >> 32) as usize % SHARDS].lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// What stands in a place for a key; 0 is an empty one.
#[inline]
fn tag(key: u64) -> u32 {
    ((key >> 32) as u32).max(1)
}

#[cfg(test)]
mod tests {
    use super::super::super::names::letters::Script;
    use super::*;

    #[test]
    fn what_was_learnt_is_known_and_the_rest_is_not() {
        let cache = Cache::new();
        let (word, name) = (cache.key("слово"), cache.key("Помпео"));
        assert!(!cache.is_nothing(word) && !cache.known(name, &mut Vec::new()));
        cache.learn(word, &[]);
        let found = NameFound {
            name: 3,
            score: 12.0,
            script: Script::Cyrillic,
            affix: false,
            core: 0..12,
            facts: Default::default(),
        };
        cache.learn(name, std::slice::from_ref(&found));
        let mut out = Vec::new();
        assert!(cache.is_nothing(word) && !cache.is_nothing(name) && cache.known(name, &mut out));
        assert_eq!(out.iter().map(|f| (f.name, f.core.clone())).collect::<Vec<_>>(), [(3, 0..12)]);
    }

    #[test]
    fn it_keeps_within_its_bounds() {
        let cache = Cache::new();
        let found = NameFound {
            name: 0,
            score: 1.0,
            script: Script::Latin,
            affix: false,
            core: 0..1,
            facts: Default::default(),
        };
        for i in 0..SHARDS * EACH * 3 {
            cache.learn(cache.key(&i.to_string()), std::slice::from_ref(&found));
        }
        assert!(cache.something.iter().all(|s| s.lock().is_ok_and(|s| s.len() <= EACH)));
    }
}
