//! From parts that were found to names: which parts belong together, and which count alone.

use std::cmp::Reverse;
use std::collections::HashSet;

use crate::model::How;

use super::super::Seen;
use super::near::belongs;
use super::{Called, Kind, Part, PartSeen};

/// A name found: where, and how.
#[derive(Debug, Clone, Copy)]
struct Span {
    entry: u32,
    at: usize,
    start: u32,
    end: u32,
    how: How,
}

/// Parts of one name that are looked at around one last part, on each side: names have no more.
const AROUND: usize = 8;

impl Called {
    /// The names that the parts found in an item come to, as hits. `text` gives the text of a field by its place, `reads`
    /// whether a watch reads it.
    pub fn resolve<'t>(
        &self,
        mut parts: Vec<PartSeen>,
        text: &dyn Fn(usize) -> &'t str,
        reads: &dyn Fn(u32, usize) -> bool,
    ) -> Vec<Seen> {
        parts.retain(|p| reads(self.entry(p).watch, p.at));
        parts.sort_unstable_by_key(|p| (self.parts[p.part as usize].entry, p.at, p.start, p.part, p.how, !p.alone));
        // What is found both as written and by the model is as written.
        parts.dedup_by_key(|p| (p.part, p.at, p.start));
        let mut spans: Vec<Span> = Vec::new();
        let mut full: HashSet<u32> = HashSet::new();
        let mut waiting: Vec<PartSeen> = Vec::new();
        for group in parts.chunk_by(|a, b| self.entry_id(a) == self.entry_id(b) && a.at == b.at) {
            for (i, seen) in group.iter().enumerate() {
                let part = self.part_of(seen);
                match part.kind {
                    Kind::Whole if part.short && seen.how == How::Name => waiting.push(*seen),
                    Kind::Whole => spans.extend(seen.alone.then(|| self.span(seen, seen))),
                    Kind::Joined => {
                        full.insert(part.entry);
                        spans.push(self.span(seen, seen));
                    }
                    Kind::Last => match self.whole(group, i, text(seen.at)) {
                        Some(span) => {
                            full.insert(part.entry);
                            spans.push(span);
                        }
                        None => waiting.push(*seen),
                    },
                    Kind::Other => {}
                }
            }
        }
        for seen in waiting {
            let part = self.part_of(&seen);
            let counts = match part.kind {
                Kind::Last => self.counts_alone(&seen, part, text(seen.at)) || full.contains(&part.entry) && seen.alone,
                _ => self.entry(&seen).backers.iter().any(|b| full.contains(b)),
            };
            if counts {
                spans.push(self.span(&seen, &seen));
            }
        }
        // Of what overlaps the whole name stays, and not a part of it.
        spans.sort_unstable_by_key(|s| (s.entry, s.at, s.start, Reverse(s.end), s.how));
        spans.dedup_by(|b, a| (a.entry, a.at) == (b.entry, b.at) && b.start < a.end);
        spans.into_iter().map(|s| self.seen(s)).collect()
    }

    /// Whether the last part of a full name means the person without the others.
    fn counts_alone(&self, seen: &PartSeen, part: &Part, text: &str) -> bool {
        if !seen.alone || seen.common || part.short {
            return false;
        }
        // As a word of its own script a name has a capital, where the script has any.
        let first = text[seen.start as usize..].chars().next();
        seen.how == How::Name || first.is_some_and(|c| !c.is_lowercase())
    }

    /// The full name around its last part: other parts before it, or behind it in the order of lists and of Hungarian.
    fn whole(&self, group: &[PartSeen], last: usize, text: &str) -> Option<Span> {
        let core = &group[last];
        let (mut first, mut how) = (core, core.how);
        for seen in group[..last].iter().rev().take(AROUND) {
            let fits = seen.part < first.part && seen.end <= first.start;
            if fits && belongs(&text[seen.end as usize..first.start as usize], true) {
                (first, how) = (seen, how.max(seen.how));
            }
        }
        if first.part != core.part {
            return Some(Span { how, ..self.span(first, core) });
        }
        let (mut end, mut how) = (core, core.how);
        for seen in group[last + 1..].iter().take(AROUND) {
            let fits = seen.part != core.part && seen.start >= end.end;
            let behind = end.part != core.part && seen.part > end.part;
            if fits && belongs(&text[end.end as usize..seen.start as usize], behind) {
                (end, how) = (seen, how.max(seen.how));
            }
        }
        (end.part != core.part).then(|| Span { how, ..self.span(core, end) })
    }

    fn span(&self, first: &PartSeen, last: &PartSeen) -> Span {
        let entry = self.parts[first.part as usize].entry;
        Span { entry, at: first.at, start: first.start, end: last.end, how: last.how }
    }

    fn seen(&self, span: Span) -> Seen {
        let entry = &self.entries[span.entry as usize];
        Seen {
            watch: entry.watch,
            exclude: false,
            at: span.at,
            start: span.start,
            end: span.end,
            term: entry.term,
            how: span.how,
        }
    }

    fn part_of(&self, seen: &PartSeen) -> &Part {
        &self.parts[seen.part as usize]
    }

    fn entry_id(&self, seen: &PartSeen) -> u32 {
        self.part_of(seen).entry
    }

    fn entry(&self, seen: &PartSeen) -> &super::Entry {
        &self.entries[self.entry_id(seen) as usize]
    }
}
