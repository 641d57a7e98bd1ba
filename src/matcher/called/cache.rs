//! What the model said of words, remembered across texts and polls, within bounds.
//!
//! Most words of the news are seen again and again, and nearly all are no name. So there are two stores: words that are
//! nothing (and runs without spaces that hold nothing), as bare hashes in a table that overwrites itself, and the few that
//! are something, with what they are. A hash has a seed of its own in every process, so that nobody outside can choose words
//! that meet. Of the first store 50 bits of it count: of a billion names that were never seen before one is taken for a word that
//! was, and passed over.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use super::super::names::NameFound;

/// Words known to be nothing, at most: two megabytes, and more distinct words than a day of a thousand feeds has.
const NOTHING: usize = 1 << 19;

/// Parts of the store of words that are something, each behind a lock of its own.
const SHARDS: usize = 16;

/// Words in a part, at most; a full part begins anew.
const EACH: usize = 4096;

/// A word that is a name, remembered.
pub type Known = Box<[NameFound]>;

/// See the module.
#[derive(Debug)]
pub struct Cache {
    seed: RandomState,
    nothing: Box<[AtomicU32]>,
    something: [Mutex<HashMap<u64, Known>>; SHARDS],
}

impl Cache {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            seed: RandomState::new(),
            nothing: (0..NOTHING).map(|_| AtomicU32::new(0)).collect(),
            something: std::array::from_fn(|_| Mutex::default()),
        }
    }

    /// The key of a word.
    #[inline]
    pub fn key(&self, word: &str) -> u64 {
        self.seed.hash_one(word)
    }

    /// Whether a word is known to be nothing.
    #[inline]
    pub fn is_nothing(&self, key: u64) -> bool {
        // Each slot is a whole answer by itself, so no order among them matters.
        self.pair(key).iter().any(|slot| slot.load(Ordering::Relaxed) == tag(key))
    }

    /// The two slots that a word may stand in; they lie in one line of memory.
    #[inline]
    fn pair(&self, key: u64) -> &[AtomicU32] {
        &self.nothing[(key as usize % NOTHING) & !1..][..2]
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
            // The newer one comes first; the older of the two gives way.
            let pair = self.pair(key);
            pair[1].store(pair[0].swap(tag(key), Ordering::Relaxed), Ordering::Relaxed);
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

/// What stands in a slot for a key; 0 is an empty one.
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
