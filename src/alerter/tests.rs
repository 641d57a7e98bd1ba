//! A change, what the matcher found in it and before → alerts with their reasons.

use super::*;
use crate::model::{Field, Fields, Fingerprint, How, Item, ItemKey, KeyKind, On};

fn rule(name: &str, on: On) -> WatchRule {
    WatchRule {
        name: WatchName::new(name),
        feeds: None,
        fields: Fields::TEXT,
        on,
        notify: vec![NotifierName::new("desk")],
    }
}

const BOTH: On = On { new: true, edited: true };
const NEW: On = On { new: true, edited: false };
const EDITED: On = On { new: false, edited: true };

/// Finds "Helsinki" in the title and the body, as watch 0.
fn find(text: &ItemText) -> Vec<Found> {
    let mut hits = Vec::new();
    for (field, content) in [(Field::Title, &text.title), (Field::Body, &text.body)] {
        for (start, word) in content.match_indices("Helsinki") {
            hits.push(Hit {
                watch: WatchName::new("w"),
                term: "Helsinki".into(),
                how: How::Exact,
                field,
                start,
                end: start + word.len(),
                text: word.into(),
                earlier: false,
            });
        }
    }
    if hits.is_empty() { Vec::new() } else { vec![Found { watch: 0, hits }] }
}

fn text(title: &str, body: &str) -> ItemText {
    ItemText { title: title.into(), summary: String::new(), body: body.into() }
}

fn change(now: &ItemText, kind: ChangeKind) -> Change {
    Change {
        key: ItemKey::new(KeyKind::Guid, "g"),
        fingerprint: Fingerprint(7),
        item: Item { text: now.clone(), ..Item::default() },
        kind,
    }
}

fn edited(on: On, earlier: Option<&ItemText>, now: &ItemText, found: &[&str]) -> Raised {
    let found = found.iter().map(WatchName::new).collect();
    let before = earlier.map(find).unwrap_or_default();
    let change = change(now, ChangeKind::Edited { earlier: earlier.cloned(), found });
    raise(&change, &FeedName::new("f"), &[&rule("w", on)], find(now), &before, Time::from_ms(0))
}

#[test]
fn each_edit_has_its_reason() {
    let filler =
        "words that say nothing of it and go on for a while, longer than a sentence, to be far away. ".repeat(3);
    let without = text("Talks in Turku", "");
    let with = text("Talks in Helsinki", "");
    let beside = text("Talks near Helsinki", "");
    let far = text("Talks in Helsinki", &format!("{filler}12 boats"));
    let farther = text("Talks in Helsinki", &format!("{filler}57 boats"));
    type Case<'a> = (&'a str, On, Option<&'a ItemText>, &'a ItemText, &'a [&'a str], Option<(Reason, bool)>);
    let cases: [Case; 12] = [
        ("entered", BOTH, Some(&without), &with, &[], Some((Reason::TermEntered, true))),
        ("entered, new alone", NEW, Some(&without), &with, &[], Some((Reason::TermEntered, true))),
        ("entered again", BOTH, Some(&without), &with, &["w"], Some((Reason::TermEntered, false))),
        ("entered again, new alone", NEW, Some(&without), &with, &["w"], None),
        ("left", BOTH, Some(&with), &without, &["w"], Some((Reason::TermLeft, false))),
        ("left, new alone", NEW, Some(&with), &without, &["w"], None),
        ("near", EDITED, Some(&with), &beside, &["w"], Some((Reason::NearHit, false))),
        ("far", BOTH, Some(&far), &farther, &["w"], Some((Reason::Elsewhere, false))),
        ("a new watch, an old term", NEW, Some(&with), &beside, &[], None),
        ("no hit at all", BOTH, Some(&without), &text("Talks in Oulu", ""), &[], None),
        ("the earlier text is gone, known", BOTH, None, &with, &["w"], Some((Reason::Elsewhere, false))),
        ("the earlier text is gone, unknown", NEW, None, &with, &[], Some((Reason::TermEntered, true))),
    ];
    for (what, on, earlier, now, found, expected) in cases {
        let raised = edited(on, earlier, now, found);
        let told = raised.alerts.first().map(|(a, _)| (a.reason, a.first));
        assert_eq!(told, expected, "{what}");
        for (alert, _) in &raised.alerts {
            assert!(!alert.hits.is_empty() && alert.kind == AlertKind::Edited, "{what}");
            assert_eq!(alert.diff.is_some(), earlier.is_some(), "{what}");
        }
    }
}

#[test]
fn a_term_that_left_is_shown_where_it_stood() {
    let raised = edited(BOTH, Some(&text("Talks in Helsinki", "")), &text("Talks in Turku", ""), &["w"]);
    let alert = &raised.alerts[0].0;
    assert!(alert.hits.iter().all(|h| h.earlier));
    assert_eq!(alert.sentence, "watch “w”: an edit took out Helsinki in the title");
}

#[test]
fn a_change_in_a_field_that_the_watch_does_not_read_is_none() {
    let (earlier, now) = (text("Talks in Helsinki", "one"), text("Talks in Helsinki", "two"));
    let titles = WatchRule { fields: Fields::NONE.with(Field::Title), ..rule("w", BOTH) };
    let change = change(&now, ChangeKind::Edited { earlier: Some(earlier.clone()), found: vec![] });
    let raised = raise(&change, &FeedName::new("f"), &[&titles], find(&now), &find(&earlier), Time::from_ms(0));
    assert!(raised.alerts.is_empty() && raised.found == [WatchName::new("w")]);
}

#[test]
fn a_silent_baseline_is_matched_noted_and_not_told() {
    let now = text("Talks in Helsinki", "");
    let change = change(&now, ChangeKind::New { guard: None, silent: true });
    let raised = raise(&change, &FeedName::new("f"), &[&rule("w", BOTH)], find(&now), &[], Time::from_ms(0));
    assert!(raised.alerts.is_empty() && raised.would_have && raised.found == [WatchName::new("w")]);
}

#[test]
fn a_long_unchanged_stretch_is_cut_to_what_stands_beside_the_change() {
    let long = "unchanged words ".repeat(200);
    let raised = edited(
        BOTH,
        Some(&text("Helsinki", &format!("{long}12 boats"))),
        &text("Helsinki", &format!("{long}57 boats")),
        &["w"],
    );
    let diff = raised.alerts[0].0.diff.clone().expect("a diff");
    let total: usize = diff.iter().map(|d| d.part.text.len()).sum();
    assert!(total < 500, "{total}");
    assert!(diff[0].part.text.starts_with(" … ") && diff.iter().any(|d| d.part.text.contains("57")), "{diff:?}");
}

#[test]
fn a_new_item_shows_the_text_around_its_hits() {
    let now = text("Talks in Helsinki", &format!("{} Helsinki waits. {}", "a b ".repeat(200), "c d ".repeat(200)));
    let change = change(&now, ChangeKind::New { guard: None, silent: false });
    let raised = raise(&change, &FeedName::new("f"), &[&rule("w", BOTH)], find(&now), &[], Time::from_ms(0));
    let excerpt = &raised.alerts[0].0.excerpts[0];
    let (start, end) = excerpt.hits[0];
    assert_eq!(&excerpt.text[start..end], "Helsinki");
    assert!(excerpt.cut_before && excerpt.cut_after && excerpt.text.len() < 400);
}
