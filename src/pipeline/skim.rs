//! A document that has changed, read only where it is new: what is known of its other items stands in the store.
//!
//! After a document was read whole, the store keeps a pack of its items in one row of its feed: of each a hash of its
//! bytes, a hash of what it is recognised by, and its date. The next document is cut ([`Cut`]); an item whose bytes are in
//! the pack is the known item with those marks, as it was, and only the others are parsed, named and looked up.
//!
//! What comes of it is what reading the whole document gives. Where that is not sure, the document is read whole: the
//! pack is missing or was made under other circumstances, two items have the same bytes, an item that is new shares a
//! mark with one that is not, a known item stands no longer where the pack says.

use std::collections::{HashMap, HashSet};

use crate::config::FeedConfig;
use crate::deduper::{Entry, Identified, identify};
use crate::fetcher::{Answer, Fetched};
use crate::model::ids::hash128;
use crate::model::{FeedMemory, Item, Known, Marks, Time};
use crate::parser::skim::Cut;
use crate::parser::{Document, ParsedFeed};
use crate::store::{Desk, StoreError};

use super::Setup;
use super::poll::in_language;

/// A hash of bytes, or of what they stand under.
type Hash = [u8; 16];

/// A document that was skimmed.
pub struct Skimmed {
    /// The feed; in place of each item that is known, one that has but its date.
    pub parsed: ParsedFeed,
    /// All items, named; of those that are known the marks alone.
    pub document: Identified,
    /// What is known of them.
    pub known: Vec<Known>,
    /// What is to be kept for the next time.
    pub pack: Vec<u8>,
}

/// Skims the answer, if all of it is sure.
pub fn read(
    (setup, desk): (&Setup, &Desk),
    (config, memory): (&FeedConfig, &FeedMemory),
    fetched: &Fetched,
    under: &Hash,
) -> Result<Option<Skimmed>, StoreError> {
    let Answer::Body { body, .. } = &fetched.answer else { return Ok(None) };
    if memory.baseline_at.is_none() {
        return Ok(None);
    }
    let feed = config.name.clone();
    let Some(pack) = desk.call_and_wait(move |store| store.skim(&feed))? else { return Ok(None) };
    let Some(half) = Half::of(setup, (config, memory), (fetched, body), (under, &pack)) else { return Ok(None) };
    let (feed, probes) = (config.name.clone(), half.fresh.probes());
    let known = desk.call_and_wait(move |store| store.known(&feed, &probes))?;
    Ok(half.whole(known))
}

/// What is kept of a document that was read whole; empty where it cannot be skimmed.
pub fn pack(fetched: &Fetched, parsed: &ParsedFeed, document: &Identified, under: &Hash) -> Vec<u8> {
    let Answer::Body { body, .. } = &fetched.answer else { return Vec::new() };
    if !parsed.as_it_stands || document.entries.len() != parsed.items.len() {
        return Vec::new();
    }
    match Cut::of(body, &circumstances(fetched, under)) {
        Some(cut) => {
            let prints = cut.prints();
            let sure = prints.len() == parsed.items.len() && !has_repeats(&prints);
            if sure { packed(cut.around, &prints, parsed, &document.entries) } else { Vec::new() }
        }
        None => Vec::new(),
    }
}

/// What decides, beside its bytes, what a document says.
fn circumstances(fetched: &Fetched, under: &Hash) -> Hash {
    let Answer::Body { content_type, .. } = &fetched.answer else { return *under };
    hash128(&[under, fetched.url.as_bytes(), content_type.as_deref().unwrap_or_default().as_bytes()])
}

/// A document of which what is new has been read, before what is known has been asked for.
struct Half {
    parsed: ParsedFeed,
    around: Hash,
    prints: Vec<Hash>,
    /// Of each item, in document order, what recognises it as known.
    marks: Vec<Option<u64>>,
    /// The others, named.
    fresh: Identified,
}

impl Half {
    fn of(
        setup: &Setup,
        (config, memory): (&FeedConfig, &FeedMemory),
        (fetched, body): (&Fetched, &[u8]),
        (under, pack): (&Hash, &[u8]),
    ) -> Option<Self> {
        let (around, before) = unpacked(pack)?;
        let cut = Cut::of(body, &circumstances(fetched, under)).filter(|cut| cut.around == around)?;
        let prints = cut.prints();
        let before: Vec<Option<&Packed>> = prints.iter().map(|print| before.get(print)).collect();
        if has_repeats(&prints) || before.iter().all(Option::is_none) {
            return None;
        }
        let flags: Vec<bool> = before.iter().map(Option::is_some).collect();
        let Answer::Body { content_type, .. } = &fetched.answer else { return None };
        let base = fetched.url.split(['?', '#']).next();
        let document = Document { bytes: body, content_type: content_type.as_deref(), base };
        let mut parsed = cut.read(&flags, document, setup.parsing)?;
        let mut fresh: Vec<Item> = Vec::new();
        for (item, before) in parsed.items.iter_mut().zip(&before) {
            match before {
                Some(before) => *item = Item { published: before.dated, ..Item::default() },
                None => fresh.push(item.clone()),
            }
        }
        in_language(&mut fresh, parsed.language.as_deref(), config);
        let count = fresh.len();
        let fresh = identify(fresh, memory.rung);
        let marks = before.iter().map(|before| before.map(|before| before.marks)).collect();
        (fresh.rung == memory.rung && fresh.entries.len() == count).then_some(Self {
            parsed,
            around,
            prints,
            marks,
            fresh,
        })
    }

    /// The whole document, if each item is either known or has nothing to do with those that are.
    fn whole(self, known: Vec<Known>) -> Option<Skimmed> {
        let mut rows: HashMap<u64, &Known> = HashMap::new();
        for row in known.iter().filter(|known| known.record.left.is_none()) {
            // Two that are recognised alike: the pack does not say which is meant.
            if rows.insert(hashed(&row.record.marks), row).is_some() {
                return None;
            }
        }
        let kept: Vec<Option<&Known>> = self
            .marks
            .iter()
            .map(|marks| marks.map(|marks| rows.get(&marks).copied()))
            .map(flat)
            .collect::<Option<_>>()?;
        if !apart(&kept, &self.fresh, &known) {
            return None;
        }
        let mut fresh = self.fresh.entries.into_iter();
        let entries: Vec<Entry> = kept
            .iter()
            .map(|kept| kept.map_or_else(|| fresh.next(), |known| Some(as_it_was(known))))
            .collect::<Option<_>>()?;
        let pack = packed(self.around, &self.prints, &self.parsed, &entries);
        let document = Identified { rung: self.fresh.rung, entries };
        Some(Skimmed { parsed: self.parsed, document, known, pack })
    }
}

/// An item that is new: itself. One that is known: its row, which there must be.
fn flat(kept: Option<Option<&Known>>) -> Option<Option<&Known>> {
    match kept {
        None => Some(None),
        Some(row) => row.map(Some),
    }
}

/// Whether what is new has no mark of what is known, and no row beside the known ones has the text of one: then neither
/// has a say in what becomes of the other.
fn apart(kept: &[Option<&Known>], fresh: &Identified, known: &[Known]) -> bool {
    let kept: Vec<&Known> = kept.iter().flatten().copied().collect();
    let known_by: HashSet<(u8, u64)> = kept.iter().flat_map(|known| each(&known.record.marks)).collect();
    let mut fresh_by = fresh.entries.iter().flat_map(|entry| each(&entry.marks));
    let rows: HashSet<i64> = kept.iter().map(|known| known.row).collect();
    let texts: HashSet<_> = kept.iter().map(|known| known.record.fingerprint).collect();
    !fresh_by.any(|mark| known_by.contains(&mark))
        && known.iter().all(|known| rows.contains(&known.row) || !texts.contains(&known.record.fingerprint))
}

/// Marks, each with what it is of.
fn each(marks: &Marks) -> impl Iterator<Item = (u8, u64)> {
    let of = [marks.guid.map(|guid| (0, guid)), marks.link.map(|link| (1, link)), Some((2, marks.content))];
    of.into_iter().flatten()
}

/// The entry of an item that is as it was.
fn as_it_was(known: &Known) -> Entry {
    let record = &known.record;
    Entry {
        item: Item { published: record.published, ..Item::default() },
        key: record.key.clone(),
        spare_key: record.key.clone(),
        marks: record.marks,
        link_is_its_own: false,
        fingerprint: record.fingerprint,
    }
}

fn has_repeats(prints: &[Hash]) -> bool {
    let mut seen = HashSet::new();
    !prints.iter().all(|print| seen.insert(print))
}

/// What is kept of an item.
struct Packed {
    /// A hash of its marks.
    marks: u64,
    dated: Option<Time>,
}

/// Bytes of one item in a pack: the hash of its bytes, that of its marks, its date.
const EACH: usize = 32;
/// The date of an item without one.
const UNDATED: i64 = i64::MIN;

fn hashed(marks: &Marks) -> u64 {
    let word = |mark: Option<u64>| mark.map(|mark| mark.to_le_bytes().to_vec()).unwrap_or_default();
    let [guid, link, content] = [marks.guid, marks.link, Some(marks.content)].map(word);
    let hash = hash128(&[&guid, &link, &content]);
    u64::from_le_bytes(*hash.first_chunk().expect("eight bytes of sixteen"))
}

fn packed(around: Hash, prints: &[Hash], parsed: &ParsedFeed, entries: &[Entry]) -> Vec<u8> {
    let mut out = Vec::with_capacity(around.len() + prints.len() * EACH);
    out.extend_from_slice(&around);
    for ((print, item), entry) in prints.iter().zip(&parsed.items).zip(entries) {
        let dated = item.published.or(item.updated).map_or(UNDATED, Time::ms);
        out.extend_from_slice(print);
        out.extend_from_slice(&hashed(&entry.marks).to_le_bytes());
        out.extend_from_slice(&dated.to_le_bytes());
    }
    out
}

/// What stood around the items, and the items by the hash of their bytes.
fn unpacked(pack: &[u8]) -> Option<(Hash, HashMap<Hash, Packed>)> {
    let (around, items) = pack.split_first_chunk::<16>()?;
    let mut out = HashMap::new();
    for item in items.chunks(EACH) {
        let (print, rest) = item.split_first_chunk::<16>()?;
        let (marks, dated) = rest.split_first_chunk::<8>()?;
        let dated = i64::from_le_bytes(dated.try_into().ok()?);
        let dated = (dated != UNDATED).then(|| Time::from_ms(dated));
        out.insert(*print, Packed { marks: u64::from_le_bytes(*marks), dated });
    }
    Some((*around, out))
}
