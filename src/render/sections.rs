//! The headings of a digest: its watches, and the stories that came in several feeds.

use crate::model::{Delivery, FeedName, Form, WatchName};
use crate::text::count::counted;

use super::clean::line;
use super::items::Told;

/// What stands above an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heading {
    /// From here on this watch speaks; `None`: the service itself.
    Watch {
        /// Its name, one clean line.
        name: Option<String>,
        /// How many items.
        items: usize,
    },
    /// From here on they tell of one story.
    Story {
        /// How many items.
        items: usize,
    },
}

impl Heading {
    /// In words; `isolate` gives a name its own direction.
    pub fn said(&self, isolate: fn(&str) -> String) -> String {
        match self {
            Heading::Watch { name: Some(name), items } => {
                format!("{}: {}", isolate(name), counted(*items, "item", "items"))
            }
            Heading::Watch { name: None, .. } => "feedwatch itself".to_owned(),
            Heading::Story { items } => format!("One story, {}:", counted(*items, "feed", "feeds")),
        }
    }
}

/// The headings above each item of a message; none where it is no digest, or its items are in no such order.
pub(super) fn headings(delivery: &Delivery, told: &[Told<'_>]) -> Vec<Vec<Heading>> {
    let mut out = vec![Vec::new(); told.len()];
    if matches!(delivery.form, Form::Item) {
        return out;
    }
    let watches = runs(told, |item| item.alerts[0].watch.clone());
    let mut different: Vec<&Option<WatchName>> = watches.iter().map(|(watch, ..)| watch).collect();
    different.sort();
    different.dedup();
    if different.len() == watches.len() && watches.len() > 1 {
        for (watch, from, items) in &watches {
            let name = watch.as_ref().map(|watch| line(watch.as_str()).trim().to_owned());
            out[*from].push(Heading::Watch { name, items: *items });
        }
    }
    for (story, from, items) in runs(told, |item| (item.alerts[0].watch.clone(), story(item))) {
        if story.1.is_some() && items > 1 {
            out[from].push(Heading::Story { items });
        }
    }
    out
}

/// What an item's first alert follows, or begins.
fn story(told: &Told<'_>) -> Option<(FeedName, String)> {
    let alert = told.alerts[0];
    match &alert.follows {
        Some(first) => Some((first.feed.clone(), first.item.clone())),
        None => Some((alert.feed.clone()?, alert.item.as_ref()?.key.clone())),
    }
}

/// Neighbours that have something in common, where they begin and how many they are.
fn runs<T: PartialEq>(told: &[Told<'_>], of: impl Fn(&Told<'_>) -> T) -> Vec<(T, usize, usize)> {
    let mut out: Vec<(T, usize, usize)> = Vec::new();
    for (n, item) in told.iter().enumerate() {
        let value = of(item);
        match out.last_mut().filter(|(last, ..)| *last == value) {
            Some((_, _, count)) => *count += 1,
            None => out.push((value, n, 1)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::items::told;
    use super::super::samples;
    use super::*;
    use crate::model::{Alert, AlertId, Follows, Sameness};

    fn alert(watch: &str, feed: &str, key: &str, follows: Option<&str>) -> Alert {
        let follows = follows.map(|first| {
            let (feed, item) = first.split_once(' ').unwrap();
            let raised = samples::time("2026-11-24T06:00:00Z");
            Follows {
                alert: AlertId::new("al_f"),
                feed: FeedName::new(feed),
                item: item.into(),
                raised,
                by: Sameness::Text,
            }
        });
        Alert { follows, ..samples::alert(watch, feed, key, key, "") }
    }

    #[test]
    fn a_digest_has_a_heading_for_each_watch_and_each_story_in_several_feeds() {
        let alerts = [
            alert("summit", "f", "1", None),
            alert("summit", "g", "2", Some("f 1")),
            alert("summit", "f", "3", None),
            alert("قمة", "f", "4", None),
        ];
        let said = |delivery: &Delivery, alerts: &[Alert]| -> Vec<String> {
            let say = |all: &Vec<Heading>| all.iter().map(|h| h.said(str::to_owned)).collect::<Vec<_>>().join(" / ");
            headings(delivery, &told(alerts)).iter().map(say).collect()
        };
        let mut delivery = samples::delivery(&alerts);
        assert_eq!(said(&delivery, &alerts), ["", "", "", ""], "no digest");
        delivery.form = Form::Digest { why: "the digest".into() };
        assert_eq!(said(&delivery, &alerts), ["summit: 3 items / One story, 2 feeds:", "", "", "قمة: 1 item"]);
        // One watch needs no name, and what is in another order has none.
        assert_eq!(said(&delivery, &alerts[..3]), ["One story, 2 feeds:", "", ""]);
        let mixed = [alerts[0].clone(), alerts[3].clone(), alerts[2].clone()];
        assert_eq!(said(&delivery, &mixed), ["", "", ""]);
    }
}
