//! What a message tells, item by item: all alerts of one item are one thing to a reader.

use std::time::Duration;

use crate::model::{Alert, AlertItem, AlertKind, DiffOp, Excerpt, FeedName, Field, FieldDiff, Sameness, Time};

use crate::text::count::counted;

use super::clean;

/// Items of a digest told with their texts; those after them with title, link and watches, so that a feed's whole archive
/// arriving at once stays a message that can be sent and read.
pub(super) const IN_FULL: usize = 50;

/// Characters of unchanged text shown beside a change.
const CONTEXT: usize = 60;
/// Characters of one inserted or deleted piece shown.
const CHANGED: usize = 600;
/// Pieces of one diff shown.
const PIECES: usize = 60;

/// The alerts of one item, or one alert of the service.
#[derive(Debug)]
pub(super) struct Told<'a> {
    /// At least one.
    pub alerts: Vec<&'a Alert>,
    /// The item as the latest of them has it.
    pub item: Option<&'a AlertItem>,
    /// Hits in its title, in order, none overlapping.
    pub title_hits: Vec<(usize, usize)>,
    /// The text around hits elsewhere, each piece once.
    pub excerpts: Vec<Excerpt>,
    /// What edits did, each once.
    pub diffs: Vec<&'a [FieldDiff]>,
}

/// A piece of a diff as a message shows it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shown {
    /// What happened.
    pub op: DiffOp,
    /// One clean line, long texts shortened.
    pub text: String,
}

/// Groups alerts by item, in the order of their first appearance.
pub(super) fn told(alerts: &[Alert]) -> Vec<Told<'_>> {
    let mut groups: Vec<Vec<&Alert>> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for alert in alerts {
        let feed = alert.feed.as_ref().map_or("", |f| f.as_str());
        let key = alert.item.as_ref().map(|item| (feed, item.key.as_str()));
        let place = *key.map_or(&groups.len(), |key| places.entry(key).or_insert(groups.len()));
        match groups.get_mut(place) {
            Some(group) => group.push(alert),
            None => groups.push(vec![alert]),
        }
    }
    groups.into_iter().map(Told::of).collect()
}

impl<'a> Told<'a> {
    fn of(alerts: Vec<&'a Alert>) -> Self {
        let item = alerts.iter().filter(|a| a.item.is_some()).max_by_key(|a| a.raised).and_then(|a| a.item.as_ref());
        let mut told = Self { item, title_hits: Vec::new(), excerpts: Vec::new(), diffs: Vec::new(), alerts };
        for alert in &told.alerts {
            told.title_hits.extend(title_hits(alert, item));
            for excerpt in &alert.excerpts {
                match told.excerpts.iter_mut().find(|e| e.field == excerpt.field && e.text == excerpt.text) {
                    Some(known) => known.hits.extend(&excerpt.hits),
                    None => told.excerpts.push(excerpt.clone()),
                }
            }
            if let Some(diff) = alert.diff.as_deref().filter(|d| !d.is_empty() && !told.diffs.contains(d)) {
                told.diffs.push(diff);
            }
        }
        in_order(&mut told.title_hits);
        told.excerpts.iter_mut().for_each(|e| in_order(&mut e.hits));
        told
    }

    /// The item's title in one clean line; of the service, its sentence.
    pub fn title(&self) -> String {
        let title = self.item.map_or(self.alerts[0].sentence.as_str(), |item| item.title.as_str());
        match clean::line(title).trim() {
            "" => "(without a title)".to_owned(),
            title => title.to_owned(),
        }
    }

    /// The title in pieces, hits marked; each piece clean.
    pub fn title_pieces(&self) -> Vec<(bool, String)> {
        match self.item {
            Some(item) if !item.title.trim().is_empty() => clean_pieces(&item.title, &self.title_hits),
            _ => vec![(false, self.title())],
        }
    }

    /// The sentence of each alert once, with the watch that says it where the sentence does not name it.
    pub fn reasons(&self) -> Vec<(Option<String>, String)> {
        let mut out: Vec<(Option<String>, String)> = Vec::new();
        for alert in &self.alerts {
            if let Some(said) = follows(alert).filter(|said| !out.iter().any(|(_, other)| other == said)) {
                out.push((None, said));
            }
            let sentence = clean::line(&alert.sentence).trim().to_owned();
            let watch = alert.watch.as_ref().map(|w| clean::line(w.as_str()).trim().to_owned());
            let reason = (watch.filter(|w| !sentence.contains(w.as_str())), sentence);
            if !out.contains(&reason) {
                out.push(reason);
            }
        }
        out
    }

    /// Of the service: what was seen, and last what to do.
    pub fn service(&self) -> (Vec<String>, Option<String>) {
        let news: Vec<_> = self.alerts.iter().filter_map(|a| a.service.as_ref()).collect();
        let details = news.iter().flat_map(|n| &n.details).map(|d| clean::line(d).trim().to_owned());
        (details.collect(), news.iter().find_map(|n| n.advice.as_deref()).map(|a| clean::line(a).trim().to_owned()))
    }

    /// The names of its watches, each once.
    pub fn watches(&self) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        for watch in self.alerts.iter().filter_map(|a| a.watch.as_ref()) {
            let name = clean::line(watch.as_str()).trim().to_owned();
            if !out.contains(&name) {
                out.push(name);
            }
        }
        out
    }

    /// The name of its feed.
    pub fn feed(&self) -> Option<String> {
        self.alerts[0].feed.as_ref().map(|f| clean::line(f.as_str()).trim().to_owned())
    }

    /// Whether all of it tells of edits.
    pub fn edited(&self) -> bool {
        self.alerts.iter().all(|a| a.kind == AlertKind::Edited)
    }

    /// `published … · found …`, or only the latter.
    pub fn times(&self) -> String {
        let found = self.alerts.iter().map(|a| a.raised).min().map(stamp).unwrap_or_default();
        let verb = if self.item.is_none() { "raised" } else { "found" };
        match self.item.and_then(|item| item.published) {
            Some(published) => format!("published {} · {verb} {found}", stamp(published)),
            None => format!("{verb} {found}"),
        }
    }
}

/// `also in “B”, 12 min later; “A” had it first`
fn follows(alert: &Alert) -> Option<String> {
    let (first, feed) = (alert.follows.as_ref()?, alert.feed.as_ref()?);
    let name = |feed: &FeedName| clean::isolated(clean::line(feed.as_str()).trim());
    let later = later(alert.raised.since(first.raised));
    Some(match first.by {
        Sameness::Item => format!("of one story with what “{}” had first, {later}", name(&first.feed)),
        Sameness::Link | Sameness::Text => {
            format!("also in “{}”, {later}; “{}” had it first", name(feed), name(&first.feed))
        }
    })
}

/// How much later, in words.
fn later(by: Duration) -> String {
    match by.as_secs() {
        0..60 => "at the same time".to_owned(),
        60..3600 => format!("{} min later", by.as_secs() / 60),
        3600..86_400 => format!("{} h {} min later", by.as_secs() / 3600, by.as_secs() / 60 % 60),
        seconds => format!("{}, {} h later", counted(seconds as usize / 86_400, "day", "days"), seconds / 3600 % 24),
    }
}

/// The hits of an alert that stand in this title.
fn title_hits(alert: &Alert, item: Option<&AlertItem>) -> Vec<(usize, usize)> {
    let title = item.map_or("", |item| item.title.as_str());
    let of_title = alert.hits.iter().filter(|hit| hit.field == Field::Title && !hit.earlier);
    of_title.filter(|hit| title.get(hit.start..hit.end) == Some(&hit.text)).map(|hit| (hit.start, hit.end)).collect()
}

/// Sorts spans and joins those that overlap.
fn in_order(spans: &mut Vec<(usize, usize)>) {
    spans.sort_unstable();
    let mut joined: Vec<(usize, usize)> = Vec::with_capacity(spans.len());
    for &(start, end) in spans.iter() {
        match joined.last_mut() {
            Some(last) if start < last.1 => last.1 = last.1.max(end),
            _ => joined.push((start, end)),
        }
    }
    *spans = joined;
}

/// Text in clean pieces, hits marked.
pub(super) fn clean_pieces(text: &str, hits: &[(usize, usize)]) -> Vec<(bool, String)> {
    clean::pieces(text, hits).into_iter().map(|(hit, piece)| (hit, clean::line(piece))).collect()
}

/// An excerpt in clean pieces, with `…` where text was left out.
pub(super) fn excerpt_pieces(excerpt: &Excerpt) -> Vec<(bool, String)> {
    let mut out = clean_pieces(&excerpt.text, &excerpt.hits);
    if excerpt.cut_before {
        out.insert(0, (false, "… ".to_owned()));
    }
    if excerpt.cut_after {
        out.push((false, " …".to_owned()));
    }
    out
}

/// A diff by field, shortened to what changed and a few words around it.
pub(super) fn shown_diff(diff: &[FieldDiff]) -> Vec<(Field, Vec<Shown>)> {
    let mut out = Vec::new();
    for parts in diff.chunk_by(|a, b| a.field == b.field) {
        if parts.iter().all(|p| p.part.op == DiffOp::Equal) {
            continue;
        }
        let last = parts.len() - 1;
        let mut shown: Vec<Shown> = parts
            .iter()
            .enumerate()
            .take(PIECES)
            .map(|(n, p)| {
                let text = clean::line(&p.part.text);
                let text = match p.part.op {
                    DiffOp::Equal => context(&text, n > 0, n < last),
                    _ => clean::cut(&text, CHANGED, CHANGED * 8).into_owned(),
                };
                Shown { op: p.part.op, text }
            })
            .collect();
        if parts.len() > PIECES {
            shown.push(Shown { op: DiffOp::Equal, text: " …".to_owned() });
        }
        out.push((parts[0].field, shown));
    }
    out
}

/// Unchanged text beside changes: its end before one, its beginning after one.
fn context(text: &str, after_change: bool, before_change: bool) -> String {
    let chars = text.chars().count();
    let room = CONTEXT * (usize::from(after_change) + usize::from(before_change));
    if chars <= room + 10 {
        return text.to_owned();
    }
    let at = |n: usize| text.char_indices().nth(n).map_or(text.len(), |(at, _)| at);
    // At a space near by, so that words stay whole where the script has spaces.
    let head = &text[..at(CONTEXT)];
    let head = head.rfind(' ').filter(|space| *space > head.len() / 2).map_or(head, |space| &head[..space]);
    let tail = &text[at(chars - CONTEXT)..];
    let tail = tail.find(' ').filter(|space| *space < tail.len() / 2).map_or(tail, |space| &tail[space + 1..]);
    match (after_change, before_change) {
        (true, true) => format!("{head} … {tail}"),
        (true, false) => format!("{head} …"),
        _ => format!("… {tail}"),
    }
}

/// A moment as a message shows it: `2026-11-24 06:15 UTC`.
pub(super) fn stamp(at: Time) -> String {
    at.utc().format("%Y-%m-%d %H:%M UTC").to_string()
}
