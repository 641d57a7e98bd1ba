//! Items: known again, written whole or not at all, forgotten in time.

use super::*;

#[test]
fn items_are_known_by_any_mark_and_their_text_is_given_where_it_differs() {
    let mut shelf = Shelf::new();
    shelf.claimed(at(0), false);
    shelf.settle(PollOutcome { records: vec![record("here"), record("gone")], ..outcome("a", at(0)) });
    let row = shelf
        .store()
        .known(&feed("a"), &[])
        .expect("reads")
        .iter()
        .find(|k| k.record.key.text == "gone")
        .expect("known")
        .row;
    shelf.settle(PollOutcome { left: vec![row], ..outcome("a", at(9)) });
    let here = shelf.store().known(&feed("a"), &[]).expect("reads");
    assert_eq!(here.len(), 1, "what has left is only found by its marks");
    assert_eq!((here[0].record.clone(), &here[0].text), (record("here").record, &None));
    let other = Marks { guid: Some(5), link: Some(6), content: 7 };
    for marks in [Marks { guid: Some(hash64("gone")), ..other }, Marks { link: Some(hash64("http://gone")), ..other }] {
        let same = Probe { marks, fingerprint: Fingerprint(u64::MAX - 1) };
        let edited = Probe { marks, fingerprint: Fingerprint(3) };
        let find = |shelf: &mut Shelf, probe| {
            let known = shelf.store().known(&feed("a"), &[probe]).expect("reads");
            known.into_iter().find(|k| k.record.key.text == "gone").expect("found by this mark")
        };
        assert_eq!(find(&mut shelf, same).text, None);
        let known = find(&mut shelf, edited);
        assert_eq!((known.text, known.record.left), (record("gone").text, Some(at(9))));
    }
}

#[test]
fn one_outcome_that_cannot_be_written_spoils_no_other() {
    let mut shelf = Shelf::new();
    shelf.claimed(at(0), false);
    // A rule that only this story has, so that one item is refused.
    let rule = "CREATE TRIGGER no BEFORE INSERT ON item WHEN new.key = 'bad' BEGIN SELECT RAISE (ABORT, 'no'); END";
    rusqlite::Connection::open(shelf.path()).expect("opens").execute_batch(rule).expect("writes");
    let told = |item: &str| vec![(alert(item), vec![hook()])];
    let bad = PollOutcome { records: vec![record("bad")], alerts: told("1"), ..outcome("a", at(0)) };
    let good = PollOutcome { records: vec![record("good")], alerts: told("2"), ..outcome("b", at(0)) };
    let results = shelf.store().settle_polls(&[bad, good]);
    assert!(results[0].is_err() && results[1].is_ok(), "{results:?}");
    assert_eq!(shelf.plan(at(1)).len(), 1, "nothing of the first is there, all of the second");
    assert_eq!(shelf.claimed(at(1), false), ["a"], "its claim is given back, and it is due as before");
}

#[test]
fn what_is_past_its_time_is_forgotten_but_nothing_that_is_owed() {
    let mut shelf = owing();
    shelf.plan(at(1));
    shelf.settle(PollOutcome { alerts: vec![(alert("2"), vec![hook()])], ..outcome("a", at(2)) });
    shelf.settle(PollOutcome { records: vec![record("1")], ..outcome("a", at(3)) });
    let row = shelf.store().known(&feed("a"), &[]).expect("reads")[0].row;
    shelf.settle(PollOutcome { left: vec![row], ..outcome("a", at(4)) });
    let years = at(3 * 365 * 86_400);
    while shelf.store().prune(years, Keep::default()).expect("prunes") > 0 {}
    assert_eq!(shelf.store().size().expect("measures").items, 0);
    assert_eq!(shelf.store().outbox().expect("counts").pending, 2, "one planned, one not yet");
    shelf.plan(at(5));
    shelf.attempt(at(6), &accepted());
    while shelf.store().prune(years, Keep::default()).expect("prunes") > 0 {}
    assert!(shelf.store().alerts(AlertFilter::default()).expect("lists").is_empty());
}

#[test]
fn an_item_is_stored_with_all_that_a_watch_reads() {
    let mut shelf = Shelf::new();
    shelf.claimed(at(0), false);
    let mut one = record("one");
    one.record.about =
        Some(About { link: Some("http://one/".into()), language: Some("ar".into()), ..About::default() });
    let records = vec![one.clone(), record("two")];
    shelf.settle(PollOutcome { records, ..outcome("a", at(0)) });
    let all = shelf.store().items(&ItemFilter { limit: 10, ..ItemFilter::default() }).expect("asks");
    let names: Vec<&str> = all.iter().map(|i| i.record.key.text.as_str()).collect();
    assert_eq!(names, ["two", "one"], "newest first");
    assert_eq!((&all[1].record, &all[1].text, &all[1].feed), (&one.record, &one.text, &feed("a")));
    let page = ItemFilter { limit: 10, before: Some(all[0].row), ..ItemFilter::default() };
    assert_eq!(shelf.store().items(&page).expect("asks").len(), 1);
    for (filter, count) in [
        (ItemFilter { feed: Some(feed("b")), limit: 10, ..ItemFilter::default() }, 0),
        (ItemFilter { key: Some("two".into()), limit: 10, ..ItemFilter::default() }, 1),
        (ItemFilter { since: Some(at(2)), limit: 10, ..ItemFilter::default() }, 0),
        (ItemFilter { since: Some(at(1)), limit: 1, ..ItemFilter::default() }, 1),
    ] {
        assert_eq!(shelf.store().items(&filter).expect("asks").len(), count, "{filter:?}");
    }
    // A later write without it takes nothing away.
    let bare = Remembered { row: Some(all[1].row), text: None, ..record("one") };
    shelf.claimed(at(400), true);
    shelf.settle(PollOutcome { records: vec![bare], ..outcome("a", at(400)) });
    let filter = ItemFilter { key: Some("one".into()), limit: 1, ..ItemFilter::default() };
    let kept = shelf.store().items(&filter).expect("asks");
    assert_eq!((&kept[0].record.about, &kept[0].text), (&one.record.about, &one.text));
}

#[test]
fn an_item_that_comes_and_goes_is_found_by_what_it_is_known_by_last() {
    let mut shelf = Shelf::new();
    shelf.claimed(at(0), false);
    shelf.settle(PollOutcome { records: vec![record("one")], ..outcome("a", at(0)) });
    let asked = |shelf: &mut Shelf, marks: Marks| {
        let probe = Probe { marks, fingerprint: Fingerprint(0) };
        shelf.store().known(&feed("a"), &[probe]).expect("reads")
    };
    let other = Marks { guid: Some(5), link: Some(6), content: 7 };
    let [first, second] = [record("one").record.marks.link, Some(hash64("http://elsewhere"))];
    let row = asked(&mut shelf, other)[0].row;
    let leave = |shelf: &mut Shelf, when| {
        shelf.claimed(at(when), true);
        shelf.settle(PollOutcome { left: vec![row], ..outcome("a", at(when)) });
    };
    leave(&mut shelf, 10);
    assert_eq!(asked(&mut shelf, Marks { link: first, ..other }).len(), 1);
    // It is back under another address, and says something else.
    let mut back = Remembered { row: Some(row), ..record("one") };
    back.record.marks.link = second;
    back.text = Some(ItemText { title: "anew".into(), ..ItemText::default() });
    shelf.claimed(at(20), true);
    shelf.settle(PollOutcome { records: vec![back], ..outcome("a", at(20)) });
    let here = asked(&mut shelf, other);
    assert_eq!((here.len(), here[0].row, here[0].record.left), (1, row, None));
    leave(&mut shelf, 30);
    assert!(asked(&mut shelf, Marks { link: first, ..other }).is_empty(), "no longer known by this");
    let found = asked(&mut shelf, Marks { link: second, ..other });
    let title = found[0].text.as_ref().map(|text| text.title.as_str());
    assert_eq!((found.len(), title, found[0].record.left), (1, Some("anew"), Some(at(30))));
    assert_eq!(shelf.store().size().expect("measures").items, 1);
}

#[test]
fn an_item_that_was_forgotten_while_its_feed_was_polled_is_remembered_anew() {
    let mut shelf = Shelf::new();
    shelf.claimed(at(0), false);
    shelf.settle(PollOutcome { records: vec![record("one")], ..outcome("a", at(0)) });
    let row = shelf.store().known(&feed("a"), &[]).expect("reads")[0].row;
    shelf.claimed(at(10), true);
    shelf.settle(PollOutcome { left: vec![row], ..outcome("a", at(10)) });
    let years = at(3 * 365 * 86_400);
    shelf.claimed(years, true);
    while shelf.store().prune(years, Keep::default()).expect("prunes") > 0 {}
    // Another feed's item has its row by now.
    shelf.settle(PollOutcome { records: vec![record("two")], ..outcome("b", years) });
    let back = Remembered { row: Some(row), ..record("one") };
    shelf.settle(PollOutcome { records: vec![back], left: vec![row], ..outcome("a", years) });
    for (name, key) in [("a", "one"), ("b", "two")] {
        let known = shelf.store().known(&feed(name), &[]).expect("reads");
        assert_eq!(known.iter().map(|k| k.record.key.text.as_str()).collect::<Vec<_>>(), [key], "{name}");
    }
    assert_eq!(shelf.store().size().expect("measures").items, 2);
}
