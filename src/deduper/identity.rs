//! The ladder of identity: guid, else link, else title and date; per feed.
//!
//! A guid (or, one rung lower, a link) that a document shows twice identifies nothing: the feed steps down one rung,
//! for good, and its items are recognised by what is left.

use std::collections::{HashMap, HashSet};

use crate::model::ids::hash64;
use crate::model::{Fingerprint, Item, ItemKey, KeyKind, Marks, Probe};
pub use crate::text::address::normal_link;

use super::fingerprint::fingerprint;

/// The items of a document with their names.
#[derive(Debug, Clone, PartialEq)]
pub struct Identified {
    /// The rung that the feed stands on after this document.
    pub rung: KeyKind,
    /// In document order; what the document repeats word for word is there once.
    pub entries: Vec<Entry>,
}

/// An item with what it is recognised by.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The item as parsed.
    pub item: Item,
    /// The key it gets if it is new.
    pub key: ItemKey,
    /// The key one rung lower still, should that one be taken.
    pub spare_key: ItemKey,
    /// What it is recognised by.
    pub marks: Marks,
    /// No other entry of the document has its link.
    pub link_is_its_own: bool,
    /// What it says.
    pub fingerprint: Fingerprint,
}

impl Identified {
    /// What the store is asked.
    pub fn probes(&self) -> Vec<Probe> {
        self.entries.iter().map(|e| Probe { marks: e.marks, fingerprint: e.fingerprint }).collect()
    }
}

/// Names the items of a document, given the rung that its feed has stood on so far. What it shows twice is there once.
pub fn identify(items: Vec<Item>, rung: KeyKind) -> Identified {
    let mut document = name(items, rung);
    let mut keys = HashSet::new();
    // Two entries of one key say one thing: a repetition, or same title, same date and nothing else to tell them apart.
    document.entries.retain(|entry| keys.insert(entry.key.text.clone()));
    document
}

/// The same with every item of the document, repetitions too.
pub fn name(items: Vec<Item>, rung: KeyKind) -> Identified {
    let mut drafts: Vec<Draft> = items.into_iter().map(Draft::new).collect();
    let rung =
        if rung == KeyKind::Guid && shared(&drafts, Draft::guid).is_empty() { rung } else { rung.max(KeyKind::Link) };
    if rung != KeyKind::Guid {
        drafts.iter_mut().for_each(|d| d.guid_counts = false);
    }
    let shared_links = shared(&drafts, |d| d.link.as_deref());
    let own = |d: &Draft| d.link.as_deref().is_some_and(|l| !shared_links.contains(l));
    let entries = drafts.into_iter().map(|draft| (own(&draft), draft)).map(|(own, draft)| draft.entry(own)).collect();
    Identified { rung, entries }
}

/// An item on its way to a name.
struct Draft {
    item: Item,
    guid_counts: bool,
    link: Option<String>,
    fingerprint: Fingerprint,
}

impl Draft {
    fn new(item: Item) -> Self {
        let link = item.link.as_deref().map(normal_link);
        let fingerprint = fingerprint(&item.text);
        Self { item, guid_counts: true, link, fingerprint }
    }

    fn guid(&self) -> Option<&str> {
        self.item.guid.as_deref().filter(|_| self.guid_counts)
    }

    fn content(&self) -> String {
        let date = self.item.published.or(self.item.updated);
        format!("{}\u{1}{}", self.item.text.title, date.map(|d| d.to_string()).unwrap_or_default())
    }

    fn entry(self, link_is_its_own: bool) -> Entry {
        let content = hash64(&self.content());
        let spare_key = ItemKey::new(KeyKind::Content, &format!("{content:016x}"));
        let key = match (self.guid(), &self.link) {
            (Some(guid), _) => ItemKey::new(KeyKind::Guid, guid),
            (None, Some(link)) if link_is_its_own => ItemKey::new(KeyKind::Link, link),
            _ => spare_key.clone(),
        };
        let marks = Marks { guid: self.guid().map(hash64), link: self.link.as_deref().map(hash64), content };
        Entry { item: self.item, key, spare_key, marks, link_is_its_own, fingerprint: self.fingerprint }
    }
}

/// The values that more than one draft has; drafts that repeat one another word for word count as one.
fn shared(drafts: &[Draft], value: impl Fn(&Draft) -> Option<&str>) -> HashSet<String> {
    let mut once = HashSet::new();
    if drafts.iter().filter_map(&value).all(|value| once.insert(value)) {
        return HashSet::new();
    }
    let mut seen = HashSet::new();
    let mut count: HashMap<&str, usize> = HashMap::new();
    for draft in drafts {
        let whole = (&draft.item.guid, &draft.link, &draft.item.text.title, draft.fingerprint);
        if seen.insert(whole)
            && let Some(v) = value(draft)
        {
            *count.entry(v).or_default() += 1;
        }
    }
    count.into_iter().filter(|(_, n)| *n > 1).map(|(v, _)| v.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ItemText;

    fn item(guid: &str, link: &str, title: &str) -> Item {
        let some = |s: &str| (!s.is_empty()).then(|| s.to_owned());
        Item {
            guid: some(guid),
            link: some(link),
            text: ItemText { title: title.into(), ..ItemText::default() },
            ..Item::default()
        }
    }

    fn keys(items: Vec<Item>, rung: KeyKind) -> (KeyKind, Vec<(KeyKind, String)>) {
        let found = identify(items, rung);
        (found.rung, found.entries.into_iter().map(|e| (e.key.kind, e.key.text)).collect())
    }

    #[test]
    fn the_ladder_is_guid_then_link_then_content() {
        let (rung, keys) =
            keys(vec![item("g", "http://e/1", "a"), item("", "http://e/2", "b"), item("", "", "c")], KeyKind::Guid);
        assert_eq!(rung, KeyKind::Guid);
        assert_eq!(keys.iter().map(|k| k.0).collect::<Vec<_>>(), [KeyKind::Guid, KeyKind::Link, KeyKind::Content]);
        assert_eq!(keys[1].1, "http://e/2");
    }

    #[test]
    fn a_guid_that_stands_twice_steps_the_feed_down_for_good() {
        let (rung, keys_now) = keys(vec![item("1", "http://e/1", "a"), item("1", "http://e/2", "b")], KeyKind::Guid);
        assert_eq!((rung, keys_now[0].0, keys_now[1].0), (KeyKind::Link, KeyKind::Link, KeyKind::Link));
        let (rung, keys_later) = keys(vec![item("1", "http://e/1", "a")], KeyKind::Link);
        assert_eq!((rung, &keys_later[0]), (KeyKind::Link, &keys_now[0]));
    }

    #[test]
    fn a_link_that_stands_twice_names_nobody() {
        let (_, keys) = keys(vec![item("", "http://e/", "a"), item("", "http://e/", "b")], KeyKind::Guid);
        assert_eq!(keys.iter().map(|k| k.0).collect::<Vec<_>>(), [KeyKind::Content, KeyKind::Content]);
        assert_ne!(keys[0].1, keys[1].1);
    }

    #[test]
    fn what_is_repeated_word_for_word_is_one_item_and_no_collision() {
        let twice = vec![item("1", "http://e/1", "a"), item("1", "http://e/1", "a")];
        let (rung, keys) = keys(twice, KeyKind::Guid);
        assert_eq!((rung, keys.len()), (KeyKind::Guid, 1));
    }

    #[test]
    fn links_lose_what_counts_readers() {
        for (link, normal) in [
            ("http://e.org/a?utm_source=rss&utm_medium=feed", "http://e.org/a"),
            ("http://e.org/a?id=3&utm_source=rss#top", "http://e.org/a?id=3"),
            ("HTTP://E.org:80/a?id=3&fbclid=x", "http://e.org/a?id=3"),
            ("http://e.org/a?b=1&a=2", "http://e.org/a?b=1&a=2"),
            ("not a link ", "not a link"),
        ] {
            assert_eq!(normal_link(link), normal);
        }
    }
}
