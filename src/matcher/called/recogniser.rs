//! The model with the words that are sought, and what it has said so far: shared by a watchlist and the one that follows it
//! at a reload, as far as they seek the same.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::names::letters::Script;
use super::super::names::{NameFound, Names, Sensitivity, Sought};
use super::cache::Cache;

/// A word sought, how sure, and whether less will do beside another part of a name.
pub type Key = (Box<str>, Sensitivity, bool);

/// A found word with what it is good for.
#[derive(Debug, Clone, Copy)]
pub struct Spelling<'f> {
    /// The place of the word among those sought.
    pub sought: u32,
    /// It does alone; else beside another part of the name only.
    pub alone: bool,
    /// What the model says.
    pub found: &'f NameFound,
}

/// A word of a text that the model is asked about.
pub struct Asked<'t> {
    /// As the text has it.
    pub word: &'t str,
    /// The language of the text.
    pub language: Option<[u8; 2]>,
    /// How much less sure the word is than its letters say; asked where they spell anything.
    pub less: &'t dyn Fn() -> f32,
}

/// Words sought, compiled, with a cache.
#[derive(Debug)]
struct Recogniser {
    sought: Vec<Key>,
    names: Names,
    cache: Cache,
}

/// The recognisers of a watchlist. There is one, and after a reload that adds names a second one for those.
#[derive(Debug, Default)]
pub struct Recognisers {
    /// Each with the place of its words among those of the watchlist; [`NOBODY`] where none wants one any more.
    list: Vec<(Arc<Recogniser>, Box<[u32]>)>,
}

const NOBODY: u32 = u32::MAX;

impl Recognisers {
    /// For these words; what `earlier` has compiled and learnt is kept.
    pub fn new(sought: &[Key], earlier: Option<&Recognisers>) -> Self {
        let mut wanted: HashMap<&Key, u32> = sought.iter().zip(0..).collect();
        let mut list = Vec::new();
        for (recogniser, _) in earlier.map(|e| e.list.as_slice()).unwrap_or_default() {
            let kept = recogniser.sought.iter().filter(|k| wanted.contains_key(k)).count();
            // One whose words are mostly gone costs more than it saves, and so does a third one.
            if kept * 2 < recogniser.sought.len() || list.len() == 2 {
                continue;
            }
            let places = recogniser.sought.iter().map(|k| wanted.remove(k).unwrap_or(NOBODY)).collect();
            list.push((Arc::clone(recogniser), places));
        }
        if !list.is_empty() && (wanted.len() * 2 > sought.len() || list.len() == 2 && !wanted.is_empty()) {
            return Self::new(sought, None);
        }
        if !wanted.is_empty() {
            let mut rest: Vec<(u32, &Key)> = wanted.into_iter().map(|(k, i)| (i, k)).collect();
            rest.sort_unstable_by_key(|(i, _)| *i);
            let places = rest.iter().map(|(i, _)| *i).collect();
            list.push((Arc::new(Recogniser::new(rest.into_iter().map(|(_, k)| k.clone()).collect())), places));
        }
        Self { list }
    }

    /// Tells what a word spells; whether it spells anything.
    pub fn word(&self, asked: &Asked<'_>, tell: &mut dyn FnMut(Spelling<'_>)) -> bool {
        let mut any = false;
        for (recogniser, places) in &self.list {
            any |= recogniser.word(asked, places, tell);
        }
        any
    }

    /// Whether words of a script may spell anything.
    pub fn seek(&self, script: Script) -> bool {
        self.list.iter().any(|(recogniser, _)| recogniser.names.seek(script))
    }

    /// Whether a word spells nothing, however freely it is taken.
    pub fn is_nothing(&self, word: &str) -> bool {
        self.list.iter().all(|(recogniser, _)| recogniser.found(word).is_empty())
    }

    /// Whether nothing is spelt within a run of a script without spaces. `stretches` tells
    /// those of one script, and whether each is no word itself but may hold some.
    pub fn is_run_nothing(&self, run: &str, stretches: impl Fn(&mut dyn FnMut(&str, bool))) -> bool {
        self.list.iter().all(|(recogniser, _)| recogniser.is_run_nothing(run, &stretches))
    }

    /// Tells what is spelt within a run of a script without spaces; its place there is its core.
    pub fn run(&self, run: &str, tell: &mut dyn FnMut(Spelling<'_>)) {
        for (recogniser, places) in &self.list {
            for found in &recogniser.held(run) {
                let sought = places[found.name as usize];
                if sought != NOBODY {
                    tell(Spelling { sought, alone: true, found });
                }
            }
        }
    }
}

impl Recogniser {
    fn new(sought: Vec<Key>) -> Self {
        let new = |k: &Key| Sought { name: k.0.clone(), sensitivity: k.1, beside: k.2 };
        let list: Vec<Sought> = sought.iter().map(new).collect();
        Self { names: Names::compile(&list), sought, cache: Cache::new() }
    }

    /// What a word spells, remembered or found out.
    fn found(&self, word: &str) -> Vec<NameFound> {
        let mut found = Vec::new();
        if !self.names.is_for(word) {
            return found;
        }
        let key = self.cache.key(word);
        if !self.cache.is_nothing(key) && !self.cache.known(key, &mut found) {
            self.names.find(word, &mut found);
            self.cache.learn(key, &found);
        }
        found
    }

    fn is_run_nothing(&self, run: &str, stretches: &impl Fn(&mut dyn FnMut(&str, bool))) -> bool {
        // What is known of a run is known of each stretch; one that is a stretch itself is the same either way.
        let key = self.cache.key(run);
        if self.cache.is_nothing(key) {
            return true;
        }
        let mut any = false;
        stretches(&mut |stretch, within| {
            any = any || !if within { self.held(stretch) } else { self.found(stretch) }.is_empty();
        });
        if !any {
            self.cache.learn(key, &[]);
        }
        !any
    }

    /// What is spelt within a run, remembered or found out, each with its place there as its core.
    fn held(&self, run: &str) -> Vec<NameFound> {
        let mut found = Vec::new();
        if !self.names.is_for(run) {
            return found;
        }
        let key = self.cache.key(run);
        if !self.cache.is_nothing(key) && !self.cache.known(key, &mut found) {
            let mut held = Vec::new();
            self.names.find_in_run(run, &mut held);
            found.extend(held.into_iter().map(|(core, found)| NameFound { core, ..found }));
            self.cache.learn(key, &found);
        }
        found
    }

    fn word(&self, asked: &Asked<'_>, places: &[u32], tell: &mut dyn FnMut(Spelling<'_>)) -> bool {
        let found = self.found(asked.word);
        if found.is_empty() {
            return false;
        }
        let less = (asked.less)();
        let mut any = false;
        for found in &found {
            let (sought, sure) = (places[found.name as usize], found.score - less);
            if sought != NOBODY && sure >= self.names.least(found.name, found.script) {
                let alone = sure >= self.names.threshold(found.name, found.script, asked.language);
                if alone || self.sought[found.name as usize].2 {
                    any = true;
                    tell(Spelling { sought, alone, found });
                }
            }
        }
        any
    }
}
