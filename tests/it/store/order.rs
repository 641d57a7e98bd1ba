//! In which order a notifier gets what it is owed.

use super::*;

/// The edit of an item that was told before.
fn edit(item: &str, fingerprint: u64) -> Alert {
    let id = AlertId::of_item(&WatchName::new("w"), &feed("a"), item, Some(fingerprint));
    Alert { id, kind: AlertKind::Edited, reason: Reason::NearHit, first: false, ..alert(item) }
}

#[test]
fn a_dead_notifier_is_spared_and_its_backlog_goes_in_order_when_it_is_back() {
    let mut shelf = Shelf::new();
    shelf.raise(&[alert("1"), alert("2"), alert("3")], at(0));
    shelf.plan(at(0));
    let trouble = Verdict::retry("connection refused");
    let told = |items: &[(&str, bool)]| items.iter().map(|(i, ahead)| ((*i).to_owned(), *ahead)).collect::<Vec<_>>();
    for item in ["1", "2", "3"] {
        assert_eq!(shelf.one(at(0), &trouble), told(&[(item, false)]));
    }
    assert_eq!(shelf.one(at(20), &trouble), told(&[("1", false)]), "within the first minute as ever");
    // From now on one at a time, and some seconds between.
    assert_eq!(shelf.one(at(61), &trouble), told(&[("2", false)]));
    assert!(shelf.one(at(62), &trouble).is_empty());
    assert_eq!(shelf.store().next_attempt(&hook(), None, at(62)).expect("asks"), Some(at(66)));
    // What was never tried goes before what has failed.
    shelf.raise(&[alert("4")], at(65));
    shelf.plan(at(65));
    let (first, _) = shelf.store().claim_deliveries(&hook(), None, at(70), 4).expect("claims").remove(0);
    assert!(shelf.store().claim_deliveries(&hook(), None, at(70), 4).expect("claims").is_empty(), "one is under way");
    shelf.store().release(&Claim::Delivery(first.id));
    assert_eq!(shelf.one(at(70), &trouble), told(&[("4", false)]));
    assert_eq!(shelf.one(at(80), &trouble), told(&[("3", false)]));
    assert_eq!(shelf.one(at(90), &trouble), told(&[("4", false)]));
    // Nothing is due for hours: once a minute the oldest is tried all the same, and that does not count.
    assert!(shelf.one(at(149), &trouble).is_empty());
    let next = shelf.store().next_attempt(&hook(), None, at(149)).expect("asks");
    assert_eq!(next, Some(at(150)));
    assert_eq!(shelf.one(at(150), &trouble), told(&[("1", true)]));
    let story = shelf.store().alert(&alert("1").id).expect("asks").expect("is there");
    assert_eq!((story.deliveries[0].0.attempts, story.deliveries[0].1.len()), (2, 3));
    assert_eq!(shelf.one(at(210), &accepted()), told(&[("1", true)]));
    for item in ["2", "3", "4"] {
        assert_eq!(shelf.one(at(210), &accepted()), told(&[(item, false)]), "it is back: all that is owed, in order");
    }
    assert_eq!(shelf.store().outbox().expect("counts").sent, 4);
}

#[test]
fn a_notifier_that_asks_to_wait_is_left_alone_with_everything() {
    let mut shelf = Shelf::new();
    shelf.raise(&[alert("1"), alert("2")], at(0));
    shelf.plan(at(0));
    let wait = Verdict::Retry { said: "429".into(), after: Some(Duration::from_secs(30)) };
    assert_eq!(shelf.one(at(0), &wait).len(), 1);
    assert!(shelf.one(at(29), &accepted()).is_empty());
    assert_eq!(shelf.store().next_attempt(&hook(), None, at(29)).expect("asks"), Some(at(30)));
    shelf.reopen();
    assert!(shelf.one(at(29), &accepted()).is_empty(), "also after a restart");
    assert_eq!(shelf.one(at(40), &accepted()).len() + shelf.one(at(40), &accepted()).len(), 2);
}

#[test]
fn what_follows_on_an_item_waits_for_the_first_message_a_minute_at_most() {
    for taken in [true, false] {
        let mut shelf = Shelf::new();
        shelf.raise(&[alert("1")], at(0));
        shelf.plan(at(0));
        shelf.raise(&[edit("1", 7)], at(10));
        assert!(shelf.plan(at(10)).is_empty(), "the first is not taken yet");
        let story = shelf.store().alert(&edit("1", 7).id).expect("asks").expect("is there");
        assert_eq!(story.holds, [(hook(), Some(Hold::Behind), Some(at(60)))]);
        if taken {
            assert_eq!(shelf.one(at(20), &accepted()).len(), 1);
            assert_eq!(shelf.plan(at(20)).len(), 1, "nothing is before it any more");
        } else {
            shelf.one(at(20), &Verdict::retry("503"));
            assert!(shelf.plan(at(59)).is_empty());
            let sealed = shelf.plan(at(60));
            assert!(
                matches!(&sealed[0].form, feedwatch::model::Form::Digest { why } if why.contains("still undelivered")),
                "{sealed:?}"
            );
        }
    }
}

#[test]
fn in_quiet_hours_only_what_is_urgent_is_tried_again() {
    let mut shelf = Shelf::new();
    for (n, reason) in [Reason::Offline, Reason::FeedFailing].into_iter().enumerate() {
        let id = AlertId::of_service(reason.as_str(), "", n as i64);
        let news = Alert { id, kind: AlertKind::Service, reason, watch: None, feed: None, item: None, ..alert("x") };
        let outcome = HealthOutcome { alerts: vec![(news, vec![hook()])], ..HealthOutcome::default() };
        shelf.store().settle_health(&outcome).expect("settles");
        shelf.plan(at(n as u64));
    }
    shelf.raise(&[alert("1")], at(5));
    shelf.plan(at(5));
    let mut claimed = |watches: &[&str], reasons: &[Reason]| -> Vec<Reason> {
        let watches = watches.iter().map(|name| WatchName::new(*name)).collect();
        let urgent = Urgent { watches, reasons: reasons.to_vec() };
        let due = shelf.store().claim_deliveries(&hook(), Some(&urgent), at(9), 10).expect("claims");
        let next = shelf.store().next_attempt(&hook(), Some(&urgent), at(9)).expect("asks");
        assert_eq!(next, None, "all of it is taken");
        due.iter().for_each(|(delivery, _)| shelf.store().release(&Claim::Delivery(delivery.id.clone())));
        due.into_iter().map(|(_, alerts)| alerts[0].reason).collect()
    };
    assert_eq!(claimed(&[], &[]), []);
    assert_eq!(claimed(&["w"], &[]), [Reason::New]);
    assert_eq!(claimed(&["other"], &[Reason::Offline]), [Reason::Offline]);
    assert_eq!(claimed(&["w"], &[Reason::FeedFailing]), [Reason::FeedFailing, Reason::New]);
}
