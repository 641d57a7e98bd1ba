//! One table: what waits, the policy, the time → messages and holds.

use super::*;
use crate::model::{AlertItem, FeedName, Reason, WatchName};

fn at(seconds: u64) -> Time {
    Time::from_ms(1_764_000_000_000).plus(Duration::from_secs(seconds))
}

/// An alert written as `watch feed item`, new unless said otherwise.
fn alert(text: &str) -> Alert {
    let mut words = text.split(' ');
    let mut next = || words.next().expect("watch, feed and item");
    let (watch, feed, key) = (WatchName::new(next()), FeedName::new(next()), next().to_owned());
    Alert {
        id: AlertId::of_item(&watch, &feed, &key, None),
        kind: AlertKind::New,
        reason: Reason::New,
        sentence: String::new(),
        watch: Some(watch),
        feed: Some(feed),
        item: Some(AlertItem { key: key.clone(), title: key, link: None, published: None }),
        hits: Vec::new(),
        diff: None,
        raised: at(0),
        excerpts: Vec::new(),
        guard: None,
        first: true,
        service: None,
    }
}

fn edit(text: &str, fingerprint: u64) -> Alert {
    let mut alert = alert(text);
    let (watch, feed) = (alert.watch.clone().expect("a watch"), alert.feed.clone().expect("a feed"));
    let key = alert.item.as_ref().map(|i| i.key.clone()).unwrap_or_default();
    alert.id = AlertId::of_item(&watch, &feed, &key, Some(fingerprint));
    (alert.kind, alert.reason, alert.first) = (AlertKind::Edited, Reason::NearHit, false);
    alert
}

fn queue(waiting: Vec<(Alert, Option<Time>)>) -> Queue {
    let waiting = waiting
        .into_iter()
        .map(|(alert, edit_told)| Queued { alert, edit_told, behind: None, waited: false })
        .collect();
    Queue { notifier: NotifierName::new("n"), waiting, off: false, failing: None, silences: Vec::new() }
}

fn guarded(mut alert: Alert, guard: Guard) -> Alert {
    alert.guard = Some(guard);
    alert
}

fn silence(watch: Option<&str>, feed: Option<&str>, story: Option<&str>) -> Silence {
    Silence {
        id: SilenceId::new("si_x"),
        watch: watch.map(WatchName::new),
        feed: feed.map(FeedName::new),
        story: story.map(str::to_owned),
        since: at(0),
        until: at(9000),
        reason: "known".into(),
        by: "desk".into(),
        ended: None,
        ended_by: None,
    }
}

#[test]
fn a_silence_keeps_back_what_falls_due_and_nothing_else() {
    let all = || vec![(alert("a f 1"), None), (alert("b f 1"), None), (alert("a g 2"), None)];
    for (silence, told, silenced) in [
        (silence(Some("a"), None, None), 1, 2),
        (silence(None, Some("f"), None), 1, 2),
        (silence(None, Some("f"), Some("1")), 1, 2),
        (silence(Some("a"), Some("f"), None), 2, 1),
        (silence(Some("c"), None, None), 2, 0),
    ] {
        let queue = Queue { silences: vec![silence.clone()], ..queue(all()) };
        let plan = plan(queue, Policy { bundle: Bundle::Item }, at(1));
        assert_eq!((plan.deliveries.len(), plan.silenced.len()), (told, silenced), "{silence:?}");
    }
    // What is held waits on, and is asked again when it falls due.
    let waits = || queue(vec![(edit("a f 1", 1), Some(at(0)))]);
    let silences = vec![silence(Some("a"), None, None)];
    let held = plan(Queue { silences: silences.clone(), ..waits() }, Policy { bundle: Bundle::Item }, at(1));
    assert_eq!((held.holds.len(), held.silenced.len()), (1, 0));
    let due = plan(Queue { silences, ..waits() }, Policy { bundle: Bundle::Item }, at(3601));
    assert_eq!((due.holds.len(), due.silenced.len(), due.edits_told.len()), (0, 1, 0));
}

/// The sizes of the messages in order, `*` behind a digest; then the holds.
fn said(plan: &Plan) -> String {
    let message = |d: &Delivery| format!("{}{}", d.alerts.len(), if d.form == Form::Item { "" } else { "*" });
    let hold = |(_, hold, due): &(AlertId, Hold, Option<Time>)| {
        format!("{}@{}", hold.as_str(), due.map_or("-".into(), |d| d.since(at(0)).as_secs().to_string()))
    };
    let all: Vec<String> = plan.deliveries.iter().map(message).chain(plan.holds.iter().map(hold)).collect();
    all.join(" ")
}

#[test]
fn what_waits_becomes_messages_and_holds() {
    let flood = Guard::Flood { items: 30, most_before: 3, at: at(0) };
    let late = Guard::LateDate { at: at(0) };
    let outage = Guard::Outage { from: at(0), to: at(9) };
    let new = |t: &str| (alert(t), None);
    type Case = (&'static str, Bundle, Vec<(Alert, Option<Time>)>, &'static str);
    let cases: Vec<Case> = vec![
        ("nothing", Bundle::Item, vec![], ""),
        ("two watches, one item, mail", Bundle::Item, vec![new("a f 1"), new("b f 1"), new("a f 2")], "2 1"),
        ("two watches, one item, webhook", Bundle::Alert, vec![new("a f 1"), new("b f 1"), new("a f 2")], "1 1 1"),
        ("one key, two feeds", Bundle::Item, vec![new("a f 1"), new("a g 1")], "1 1"),
        (
            "a flood and what is none",
            Bundle::Alert,
            vec![(guarded(alert("a f 1"), flood), None), new("a g 1"), (guarded(alert("a f 2"), flood), None)],
            "2* 1",
        ),
        ("one late item", Bundle::Alert, vec![(guarded(alert("a f 1"), late), None)], "1*"),
        (
            "an outage over two feeds",
            Bundle::Item,
            vec![(guarded(alert("a f 1"), outage), None), (guarded(alert("a g 1"), outage), None)],
            "2*",
        ),
        ("the first edit", Bundle::Alert, vec![(edit("a f 1", 1), None)], "1"),
        ("a further edit within the hour", Bundle::Alert, vec![(edit("a f 1", 2), Some(at(0)))], "joined@3600"),
    ];
    for (what, bundle, waiting, expected) in cases {
        assert_eq!(said(&plan(queue(waiting), Policy { bundle }, at(60))), expected, "{what}");
    }
}

#[test]
fn edits_that_waited_come_as_one_when_the_hour_is_over() {
    for (bundle, expected) in [(Bundle::Alert, "2*"), (Bundle::Item, "2")] {
        let waiting = vec![(edit("a f 1", 2), Some(at(0))), (edit("a f 1", 3), Some(at(0)))];
        let plan = plan(queue(waiting), Policy { bundle }, at(3600));
        assert_eq!(said(&plan), expected);
        assert_eq!(plan.edits_told, [("f".to_owned(), "1".to_owned())]);
    }
}

#[test]
fn what_a_watch_says_first_never_waits_for_edits_told_before() {
    let mut entered = edit("b f 1", 4);
    (entered.reason, entered.first) = (Reason::TermEntered, true);
    assert_eq!(said(&plan(queue(vec![(entered, Some(at(0)))]), Policy { bundle: Bundle::Item }, at(60))), "1");
}

#[test]
fn a_notifier_that_is_off_holds_everything() {
    let off = Queue { off: true, ..queue(vec![(alert("a f 1"), None), (edit("a f 1", 1), Some(at(0)))]) };
    assert_eq!(said(&plan(off, Policy { bundle: Bundle::Item }, at(60))), "off@- off@-");
}

#[test]
fn planning_again_seals_the_same_ids() {
    let ids = || {
        let waiting = vec![(alert("a f 1"), None), (alert("b f 1"), None)];
        plan(queue(waiting), Policy { bundle: Bundle::Item }, at(7)).deliveries[0].id.clone()
    };
    assert_eq!(ids(), ids());
}

#[test]
fn what_follows_a_message_that_is_not_taken_waits_a_minute_and_then_says_so() {
    let follows =
        |told: Option<Time>| Queued { behind: told, ..queue(vec![(edit("a f 1", 2), None)]).waiting.remove(0) };
    for bundle in [Bundle::Item, Bundle::Alert] {
        let queue = || Queue { waiting: vec![follows(Some(at(0))), follows(None)], ..queue(Vec::new()) };
        assert_eq!(said(&plan(queue(), Policy { bundle }, at(59))), "1 behind@60");
        let plan = plan(queue(), Policy { bundle }, at(60));
        let Form::Digest { why } = &plan.deliveries[0].form else { panic!("{plan:?}") };
        assert!(why.contains("is still undelivered"), "{why}");
    }
}

#[test]
fn what_is_for_people_waits_for_a_notifier_that_takes_nothing_and_comes_as_one() {
    let all = || vec![(alert("a f 1"), None), (alert("b g 2"), None)];
    let failing = |until| Queue { failing: Some(at(until)), ..queue(all()) };
    assert_eq!(said(&plan(failing(60), Policy { bundle: Bundle::Item }, at(1))), "failing@60 failing@60");
    assert_eq!(said(&plan(failing(60), Policy { bundle: Bundle::Alert }, at(1))), "1 1", "one each");
    assert_eq!(said(&plan(failing(60), Policy { bundle: Bundle::Item }, at(60))), "2*");
    let mut back = queue(all());
    back.waiting.iter_mut().for_each(|q| q.waited = true);
    assert_eq!(said(&plan(back, Policy { bundle: Bundle::Item }, at(2))), "2*");
}
