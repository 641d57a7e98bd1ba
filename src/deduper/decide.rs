//! What changed: the document of a feed against what is known of it.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::model::{About, Change, ChangeKind, FirstPoll, Guard, Item, ItemRecord, KeyKind, Known, Remembered, Time};

use super::identity::{Entry, Identified};

/// New items below which the flood guard never acts: a good hour of a busy agency.
pub const FLOOD_FROM: usize = 20;
/// Age at first sight from which a date is late: more than a weekend edition needs, less than a redesign digs up.
pub const LATE_AFTER: Duration = Duration::from_secs(48 * 3600);
/// What `first_poll = "recent"` tells.
pub const RECENT: Duration = Duration::from_secs(24 * 3600);

/// What is known of the feed beside its items.
#[derive(Debug, Clone, Copy)]
pub struct Situation {
    /// This document is the first that parses: the baseline, and what it tells.
    pub baseline: Option<FirstPoll>,
    /// The most new items that one poll ever held.
    pub biggest_burst: u32,
    /// Our own network was away since this feed was last read.
    pub outage: Option<Guard>,
    /// When it was polled.
    pub now: Time,
}

/// What a document means.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Decision {
    /// The rung that the feed stands on from now on.
    pub rung: KeyKind,
    /// What is new or edited, in document order; each with the place of its record below.
    pub changes: Vec<(Change, usize)>,
    /// What the store is to remember anew.
    pub records: Vec<Remembered>,
    /// Rows of items that stand no longer in the document.
    pub left: Vec<i64>,
    /// New items, told or not.
    pub new: usize,
    /// Edited items.
    pub edited: usize,
    /// The document holds an item that was known before.
    pub shares_item: bool,
    /// Entries that no known item is, though both of their keys are taken: nothing is noted of them.
    pub passed_over: usize,
}

/// Holds a document against what is known of its feed.
///
/// Each entry finds its known item by guid, else by title, date and link together, else by a link that is its own in
/// the document and among the known; so a rewritten guid, a corrected title and a moved address are each one item.
pub fn decide(document: Identified, known: Vec<Known>, situation: Situation) -> Decision {
    let partner = pair(&document.entries, &known);
    let mut taken_keys: HashSet<String> = known.iter().map(|k| k.record.key.text.clone()).collect();
    let mut out = Decision {
        rung: document.rung,
        changes: Vec::new(),
        records: Vec::new(),
        left: Vec::new(),
        new: 0,
        edited: 0,
        shares_item: partner.iter().any(Option::is_some),
        passed_over: 0,
    };
    let here: HashSet<usize> = partner.iter().flatten().copied().collect();
    out.left = known
        .iter()
        .enumerate()
        .filter(|(at, k)| !here.contains(at) && k.record.left.is_none())
        .map(|(_, k)| k.row)
        .collect();
    let mut known: Vec<Option<Known>> = known.into_iter().map(Some).collect();
    for (entry, partner) in document.entries.into_iter().zip(partner) {
        match partner.and_then(|at| known[at].take()) {
            Some(known) => out.seen_again(entry, known),
            None => out.first_seen(entry, &mut taken_keys, situation),
        }
    }
    out.guard(situation);
    out
}

/// Known items by what they are recognised by in one pass.
type Index = HashMap<(u64, Option<u64>), Vec<usize>>;

/// For each entry the known item that it is.
fn pair(entries: &[Entry], known: &[Known]) -> Vec<Option<usize>> {
    let mut partner: Vec<Option<usize>> = vec![None; entries.len()];
    let mut taken = vec![false; known.len()];
    let mut passes: [Index; 3] = Default::default();
    for (at, Known { record, .. }) in known.iter().enumerate() {
        if let Some(guid) = record.marks.guid {
            passes[0].entry((guid, None)).or_default().push(at);
        }
        passes[1].entry((record.marks.content, record.marks.link)).or_default().push(at);
        if let Some(link) = record.marks.link {
            passes[2].entry((link, None)).or_default().push(at);
        }
    }
    for (pass, index) in passes.iter().enumerate() {
        for (entry, partner) in entries.iter().zip(&mut partner).filter(|(_, p)| p.is_none()) {
            let asked = match pass {
                0 => entry.marks.guid.map(|guid| (guid, None)),
                1 => Some((entry.marks.content, entry.marks.link)),
                _ => entry.marks.link.filter(|_| entry.link_is_its_own).map(|link| (link, None)),
            };
            let candidates = asked.and_then(|key| index.get(&key)).map_or(&[][..], Vec::as_slice);
            // A link that several known items have is the address of a page that lists them, not of one.
            if pass == 2 && candidates.len() > 1 {
                continue;
            }
            if let Some(at) = candidates.iter().find(|at| !taken[**at]) {
                taken[*at] = true;
                *partner = Some(*at);
            }
        }
    }
    partner
}

impl Decision {
    /// A known item stands in the document: as it was, or edited.
    fn seen_again(&mut self, entry: Entry, known: Known) {
        let (row, mut record) = (Some(known.row), known.record);
        let was = record.clone();
        record.left = None;
        record.marks = entry.marks;
        record.published = entry.item.published.or(record.published);
        if record.fingerprint == entry.fingerprint {
            if record != was {
                record.about = Some(About::of(&entry.item));
                // Its text may have been pruned while it was away.
                let text = was.left.is_some().then_some(entry.item.text);
                self.records.push(Remembered { row, record, text });
            }
            return;
        }
        let had_before = record.history.contains(&entry.fingerprint);
        record.history.retain(|f| *f != entry.fingerprint);
        record.history.push(record.fingerprint);
        let surplus = record.history.len().saturating_sub(ItemRecord::HISTORY);
        record.history.drain(..surplus);
        record.fingerprint = entry.fingerprint;
        record.about = Some(About::of(&entry.item));
        let text = entry.item.text.clone();
        if !had_before {
            self.edited += 1;
            let kind = ChangeKind::Edited { earlier: known.text, found: record.found.clone() };
            self.change(&record, entry.item, kind);
        }
        self.records.push(Remembered { row, record, text: Some(text) });
    }

    /// An item that nothing known matches.
    fn first_seen(&mut self, entry: Entry, taken_keys: &mut HashSet<String>, situation: Situation) {
        let key = [entry.key, entry.spare_key].into_iter().find(|k| !taken_keys.contains(&k.text));
        // Both taken: title, date and link say that it is known, whatever its guid says now.
        let Some(key) = key else {
            self.passed_over += 1;
            return;
        };
        taken_keys.insert(key.text.clone());
        self.new += 1;
        let record = ItemRecord {
            key,
            marks: entry.marks,
            fingerprint: entry.fingerprint,
            history: Vec::new(),
            published: entry.item.published,
            first_seen: situation.now,
            left: None,
            found: Vec::new(),
            about: Some(About::of(&entry.item)),
        };
        let text = entry.item.text.clone();
        let dated = entry.item.published.max(entry.item.updated);
        let silent = match situation.baseline {
            Some(FirstPoll::Silent) => true,
            Some(FirstPoll::Recent) => dated.is_none_or(|d| d < situation.now.minus(RECENT)),
            Some(FirstPoll::All) | None => false,
        };
        let late = situation.baseline.is_none() && dated.is_some_and(|d| d < situation.now.minus(LATE_AFTER));
        let guard = late.then_some(Guard::LateDate { at: situation.now });
        self.change(&record, entry.item, ChangeKind::New { guard, silent });
        self.records.push(Remembered { row: None, record, text: Some(text) });
    }

    fn change(&mut self, record: &ItemRecord, item: Item, kind: ChangeKind) {
        let change = Change { key: record.key.clone(), fingerprint: record.fingerprint, item, kind };
        self.changes.push((change, self.records.len()));
    }

    /// Puts one guard over all that is new where there is more of it than ever, or our own network was away.
    fn guard(&mut self, situation: Situation) {
        let news = |kind: &ChangeKind| matches!(kind, ChangeKind::New { silent: false, .. });
        let told = self.changes.iter().filter(|(c, _)| news(&c.kind)).count();
        let flood = told >= FLOOD_FROM && told > situation.biggest_burst as usize;
        let flood = flood.then(|| Guard::Flood {
            items: u32::try_from(told).unwrap_or(u32::MAX),
            most_before: situation.biggest_burst,
            at: situation.now,
        });
        let Some(over_all) = situation.outage.or(flood) else { return };
        for (change, _) in &mut self.changes {
            if let ChangeKind::New { guard, silent: false } = &mut change.kind {
                *guard = Some(over_all);
            }
        }
    }
}

#[cfg(test)]
mod tests;
