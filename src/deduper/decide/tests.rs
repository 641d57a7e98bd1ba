//! Monday's document, Tuesday's document: what changed?

use super::*;
use crate::deduper::identify;
use crate::model::{ItemText, Marks};

const NOW: i64 = 1_764_000_000_000;

fn now() -> Time {
    Time::from_ms(NOW)
}

fn item(guid: &str, link: &str, title: &str) -> Item {
    let some = |s: &str| (!s.is_empty()).then(|| s.to_owned());
    Item {
        guid: some(guid),
        link: some(link),
        text: ItemText { title: title.into(), ..ItemText::default() },
        published: Some(now().minus(Duration::from_secs(600))),
        ..Item::default()
    }
}

/// A feed whose documents come one after the other, as the store would remember them.
struct Feed {
    rung: KeyKind,
    burst: u32,
    baseline: Option<FirstPoll>,
    known: Vec<Known>,
}

impl Feed {
    /// Its baseline has been read, silently.
    fn with(items: Vec<Item>) -> Self {
        let mut feed = Feed { rung: KeyKind::Guid, burst: 0, baseline: Some(FirstPoll::Silent), known: Vec::new() };
        feed.poll(items);
        feed
    }

    fn poll(&mut self, items: Vec<Item>) -> Decision {
        let situation = Situation { baseline: self.baseline, biggest_burst: self.burst, outage: None, now: now() };
        let decision = decide(identify(items, self.rung), self.known.clone(), situation);
        self.remember(&decision);
        decision
    }

    fn remember(&mut self, decision: &Decision) {
        self.rung = decision.rung;
        self.baseline = None;
        for Remembered { record, text, .. } in &decision.records {
            match self.known.iter_mut().find(|k| k.record.key == record.key) {
                Some(known) => {
                    known.record = record.clone();
                    known.text = text.clone().or(known.text.take());
                }
                None => {
                    let row = self.known.len() as i64 + 1;
                    self.known.push(Known { row, text: text.clone(), record: record.clone() });
                }
            }
        }
        for known in &mut self.known {
            if decision.left.contains(&known.row) {
                known.record.left = Some(now());
            }
        }
    }
}

/// What changed, in short: `+title` new, `~title` edited, `(title)` noted silently.
fn said(decision: &Decision) -> Vec<String> {
    let one = |c: &Change| match &c.kind {
        ChangeKind::New { silent: true, .. } => format!("({})", c.item.text.title),
        ChangeKind::New { .. } => format!("+{}", c.item.text.title),
        ChangeKind::Edited { .. } => format!("~{}", c.item.text.title),
    };
    decision.changes.iter().map(|(c, _)| one(c)).collect()
}

#[test]
fn pairs_of_documents() {
    let monday = || vec![item("1", "http://e/1", "one"), item("2", "http://e/2", "two")];
    type Case = (&'static str, Vec<Item>, &'static [&'static str]);
    let cases: Vec<Case> = vec![
        ("nothing happened", monday(), &[]),
        ("a new item", vec![item("3", "http://e/3", "three"), item("1", "http://e/1", "one")], &["+three"]),
        ("a corrected title", vec![item("1", "http://e/1", "One"), item("2", "http://e/2", "two")], &["~One"]),
        ("rewritten guids", vec![item("a", "http://e/1", "one"), item("b", "http://e/2", "two")], &[]),
        ("a rewritten guid and title", vec![item("a", "http://e/1", "won")], &["~won"]),
        (
            "a new item on an old link",
            vec![item("1", "http://e/1", "one"), item("9", "http://e/1", "nine")],
            &["+nine"],
        ),
        ("a moved address", vec![item("1", "http://new/1", "one"), item("2", "http://new/2", "two")], &[]),
        ("a tracking parameter", vec![item("1", "http://e/1?utm_source=x", "one")], &[]),
        ("guids lost", vec![item("", "http://e/1", "one"), item("", "http://e/2", "two")], &[]),
        ("all identity lost", vec![item("", "", "three")], &["+three"]),
        ("an empty document", vec![], &[]),
    ];
    for (what, tuesday, changes) in cases {
        assert_eq!(said(&Feed::with(monday()).poll(tuesday)), changes, "{what}");
    }
}

#[test]
fn the_baseline_tells_what_it_was_asked_to_tell() {
    let old = Item { published: Some(now().minus(Duration::from_secs(3 * 86_400))), ..item("2", "http://e/2", "old") };
    let undated = Item { published: None, ..item("3", "http://e/3", "undated") };
    let items = vec![item("1", "http://e/1", "fresh"), old, undated];
    for (first_poll, changes) in [
        (FirstPoll::Silent, ["(fresh)", "(old)", "(undated)"]),
        (FirstPoll::Recent, ["+fresh", "(old)", "(undated)"]),
        (FirstPoll::All, ["+fresh", "+old", "+undated"]),
    ] {
        let mut feed = Feed { rung: KeyKind::Guid, burst: 0, baseline: Some(first_poll), known: Vec::new() };
        let decision = feed.poll(items.clone());
        assert_eq!(said(&decision), changes);
        let late = decision.changes.iter().any(|(c, _)| matches!(c.kind, ChangeKind::New { guard: Some(_), .. }));
        assert!(!late, "the late-date guard never judges the baseline");
    }
}

#[test]
fn an_item_that_leaves_and_returns_is_neither_new_nor_edited() {
    let mut feed = Feed::with(vec![item("1", "http://e/1", "one")]);
    assert_eq!(feed.poll(vec![]).left, [1]);
    assert_eq!(feed.poll(vec![]).left, Vec::<i64>::new(), "it left once");
    let back = feed.poll(vec![item("1", "http://e/1", "one")]);
    assert!(said(&back).is_empty() && back.shares_item);
    assert_eq!(back.records[0].record.left, None);
}

#[test]
fn a_text_that_was_there_before_is_no_edit() {
    let mut feed = Feed::with(vec![item("1", "http://e/1", "A")]);
    assert_eq!(said(&feed.poll(vec![item("1", "http://e/1", "B")])), ["~B"]);
    assert!(said(&feed.poll(vec![item("1", "http://e/1", "A")])).is_empty());
    assert!(said(&feed.poll(vec![item("1", "http://e/1", "B")])).is_empty());
    let third = feed.poll(vec![item("1", "http://e/1", "C")]);
    let ChangeKind::Edited { earlier: Some(text), .. } = &third.changes[0].0.kind else { panic!("{third:?}") };
    assert_eq!(text.title, "B");
    assert!(third.records[0].record.history.len() <= ItemRecord::HISTORY);
}

#[test]
fn a_colliding_guid_steps_down_and_repeats_nothing() {
    let mut feed = Feed::with(vec![item("1", "http://e/1", "one")]);
    let collision = feed.poll(vec![item("1", "http://e/1", "one"), item("1", "http://e/2", "two")]);
    assert_eq!((collision.rung, said(&collision)), (KeyKind::Link, vec!["+two".to_owned()]));
    let later = feed.poll(vec![item("1", "http://e/3", "three"), item("1", "http://e/2", "two")]);
    assert_eq!((later.rung, said(&later)), (KeyKind::Link, vec!["+three".to_owned()]));
}

#[test]
fn five_items_of_one_guid_are_five() {
    let five: Vec<Item> = (0..5).map(|n| item("same", &format!("http://e/{n}"), &format!("t{n}"))).collect();
    let mut feed = Feed::with(vec![]);
    assert_eq!(feed.poll(five.clone()).new, 5);
    assert!(said(&feed.poll(five)).is_empty());
}

#[test]
fn items_that_share_the_front_page_as_their_link_stay_apart() {
    let day = |titles: &[&str]| titles.iter().map(|t| item("", "http://e/", t)).collect::<Vec<_>>();
    let mut feed = Feed::with(day(&["a", "b"]));
    assert_eq!(said(&feed.poll(day(&["c", "a"]))), ["+c"]);
    assert_eq!(said(&feed.poll(day(&["d", "c"]))), ["+d"]);
}

fn many(n: usize) -> Vec<Item> {
    (0..n).map(|i| item(&format!("m{i}"), &format!("http://m/{i}"), &format!("title {i}"))).collect()
}

fn guards(decision: &Decision) -> Vec<Option<Guard>> {
    let guard = |c: &Change| if let ChangeKind::New { guard, .. } = c.kind { guard } else { None };
    decision.changes.iter().map(|(c, _)| guard(c)).collect()
}

#[test]
fn more_news_than_ever_is_a_flood_and_below_twenty_never() {
    assert!(guards(&Feed::with(vec![]).poll(many(19))).iter().all(Option::is_none));
    let flood = Feed::with(vec![]).poll(many(20));
    assert!(guards(&flood).iter().all(|g| matches!(g, Some(Guard::Flood { items: 20, most_before: 0, .. }))));
    let mut used_to_it = Feed::with(vec![]);
    used_to_it.burst = 25;
    assert!(guards(&used_to_it.poll(many(25))).iter().all(Option::is_none));
}

#[test]
fn a_date_days_old_at_first_sight_is_guarded() {
    let old = Item { published: Some(now().minus(Duration::from_secs(5 * 86_400))), ..item("9", "http://e/9", "old") };
    let decision = Feed::with(vec![]).poll(vec![old, item("8", "http://e/8", "fresh")]);
    assert_eq!(guards(&decision), [Some(Guard::LateDate { at: now() }), None]);
}

#[test]
fn what_an_outage_kept_from_us_is_told_as_one_thing() {
    let outage = Guard::Outage { from: now().minus(Duration::from_secs(7200)), to: now() };
    let situation = Situation { baseline: None, biggest_burst: 0, outage: Some(outage), now: now() };
    let decision = decide(identify(many(3), KeyKind::Guid), Vec::new(), situation);
    assert_eq!(guards(&decision), vec![Some(outage); 3]);
}

#[test]
fn marks_follow_the_item() {
    let mut feed = Feed::with(vec![item("1", "http://e/1", "one")]);
    let decision = feed.poll(vec![item("new", "http://e/1", "one")]);
    let Marks { guid, .. } = decision.records[0].record.marks;
    assert_eq!(guid, Some(crate::model::ids::hash64("new")));
    assert_eq!(decision.records[0].record.key.text, "1", "who it is stays");
}
