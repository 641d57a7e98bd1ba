//! Alerts and their deliveries: from waiting to sent, dead and sent again.

use super::*;

#[test]
fn an_alert_settled_twice_is_there_once_and_waits_once() {
    let mut shelf = owing();
    let again = PollOutcome { alerts: vec![(alert("1"), vec![hook()])], ..outcome("a", at(1)) };
    assert!(shelf.settle(again.clone()).is_empty(), "not there before is what is asked");
    assert_eq!(shelf.plan(at(2)).len(), 1);
    shelf.settle(again);
    assert!(shelf.plan(at(3)).is_empty(), "told once");
}

#[test]
fn a_delivery_goes_through_pending_to_sent() {
    let mut shelf = owing();
    let sealed = shelf.plan(at(1));
    assert_eq!(shelf.store().outbox().expect("counts").pending, 1);
    let first = shelf.attempt(at(2), &Verdict::retry("503"));
    assert_eq!((first[0].state, first[0].id.clone()), (DeliveryState::Pending, sealed[0].id.clone()));
    assert!(shelf.attempt(at(3), &accepted()).is_empty(), "not due");
    assert_eq!(shelf.store().next_attempt(&hook(), None, at(1)).expect("reads"), first[0].next_attempt);
    assert_eq!(shelf.attempt(at(60), &accepted())[0].state, DeliveryState::Sent);
    let outbox = shelf.store().outbox().expect("counts");
    assert_eq!((outbox.pending, outbox.held, outbox.sent, outbox.dead), (0, 0, 1, 0));
    let story = shelf.store().alert(&alert("1").id).expect("reads").expect("there");
    assert_eq!(story.deliveries[0].1.len(), 2, "each attempt with what the other side said");
}

#[test]
fn a_delivery_cut_off_by_a_kill_is_due_at_once() {
    let mut shelf = owing();
    shelf.plan(at(1));
    assert_eq!(shelf.store().claim_deliveries(&hook(), None, at(1), 10).expect("claims").len(), 1);
    assert!(shelf.store().claim_deliveries(&hook(), None, at(1), 10).expect("claims").is_empty(), "taken");
    shelf.reopen();
    assert_eq!(shelf.store().claim_deliveries(&hook(), None, at(1), 10).expect("claims").len(), 1);
}

#[test]
fn what_is_dead_is_kept_listed_and_sent_again_by_hand() {
    let mut shelf = owing();
    shelf.plan(at(1));
    shelf.attempt(at(2), &Verdict::Refused { said: "400 no".into() });
    let dead = AlertFilter { state: Some(AlertState::Dead), limit: None };
    assert_eq!(shelf.store().alerts(dead.clone()).expect("lists").len(), 1);
    assert_eq!(shelf.store().resend(&AlertId::new("al_none"), at(3)).expect("asks"), None);
    assert_eq!(shelf.store().resend(&alert("1").id, at(3)).expect("asks"), Some(1));
    assert_eq!(shelf.attempt(at(3), &accepted())[0].attempts, 1, "the schedule from its start");
    assert!(shelf.store().alerts(dead).expect("lists").is_empty());
    assert_eq!(
        shelf.store().resend_since(Some(&hook()), (at(0), at(4)), at(4)).expect("asks"),
        0,
        "what is sent stays sent"
    );
}

#[test]
fn a_notifier_whose_target_is_gone_holds_until_it_is_another_or_switched_on() {
    for way in ["another target", "by hand"] {
        let mut shelf = owing();
        shelf.plan(at(1));
        shelf.attempt(at(2), &Verdict::Gone { said: "410".into() });
        shelf.settle(PollOutcome { alerts: vec![(alert("2"), vec![hook()])], ..outcome("a", at(3)) });
        assert!(shelf.plan(at(4)).is_empty());
        let held = shelf.store().alerts(AlertFilter { state: Some(AlertState::Held), limit: None }).expect("lists");
        assert_eq!(held[0].holds, [(hook(), Some(Hold::Off), None)], "{way}");
        assert!(shelf.plan(at(5)).is_empty(), "still off");
        let of = |target: &str| vec![(hook(), target.to_owned())];
        let held = Plan { holds: vec![(alert("2").id, Hold::Joined, Some(at(4)))], ..Plan::default() };
        shelf
            .store()
            .settle_plans(&[PlanOutcome { notifier: hook(), plan: held, at: at(4) }])
            .remove(0)
            .expect("settles");
        assert_eq!(shelf.store().next_plan(&of("target")).expect("reads"), None, "a hold that is over ends nothing");
        assert_eq!(shelf.store().next_plan(&of("another")).expect("reads"), Some(at(4)));
        let target = if way == "by hand" {
            assert!(shelf.store().switch_on(&hook()).expect("writes"));
            "target"
        } else {
            "another"
        };
        let queue =
            shelf.store().claim_queue(&hook(), target, (at(6), Duration::ZERO), 10).expect("claims").expect("waits");
        assert!(!queue.off && queue.waiting.len() == 1, "{way}");
    }
}

#[test]
fn a_hold_ends_when_its_time_comes() {
    let mut shelf = owing();
    let held = Plan { holds: vec![(alert("1").id, Hold::Joined, Some(at(100)))], ..Plan::default() };
    shelf.store().claim_queue(&hook(), "target", (at(0), Duration::ZERO), 10).expect("claims");
    shelf.store().settle_plans(&[PlanOutcome { notifier: hook(), plan: held, at: at(0) }]).remove(0).expect("settles");
    assert_eq!(shelf.store().outbox().expect("counts").held, 1);
    assert!(shelf.plan(at(99)).is_empty());
    assert_eq!(shelf.store().next_plan(&[(hook(), "target".to_owned())]).expect("reads"), Some(at(100)));
    assert_eq!(shelf.plan(at(100)).len(), 1);
}

#[test]
fn holds_attempts_and_troubles_are_remembered_within_bounds() {
    let mut shelf = owing();
    let queue = shelf.store().claim_queue(&hook(), "t", (at(0), Duration::ZERO), 10).expect("claims").expect("waits");
    let held = Plan { holds: vec![(queue.waiting[0].alert.id.clone(), Hold::Quiet, Some(at(60)))], ..Plan::default() };
    shelf.store().settle_plans(&[PlanOutcome { notifier: hook(), plan: held, at: at(5) }]).remove(0).expect("settles");
    let delivery = shelf.plan(at(60)).remove(0);
    for n in 0..130 {
        let verdict = Verdict::retry(format!("try {n}"));
        let outcome =
            AttemptOutcome { delivery: delivery.clone(), verdict, at: at(100 + n), gone: None, escalate: None };
        shelf.store().settle_attempts(&[outcome]).remove(0).expect("settles");
    }
    let story = shelf.store().alert(&alert("1").id).expect("asks").expect("is there");
    assert_eq!((story.held[0].hold, story.held[0].since, story.held[0].due), (Hold::Quiet, at(5), Some(at(60))));
    let attempts = &story.deliveries[0].1;
    assert_eq!((attempts.len(), attempts[99].at), (100, at(229)), "the last hundred");
    let mut fails = |n: u32, said: &str| {
        shelf.claimed(at(1000 + u64::from(n)), true);
        let mut failed = outcome("a", at(1000 + u64::from(n)));
        (failed.memory.failures, failed.memory.error) = (n, Some(said.into()));
        shelf.settle(failed);
    };
    for n in 1..40 {
        fails(n, if n < 20 { "503" } else { ["404", "500"][n as usize % 2] });
    }
    let troubles = shelf.store().troubles(&feed("a")).expect("asks");
    assert_eq!((troubles.len(), troubles[0].1.as_str()), (10, "500"), "{troubles:?}");
}

#[test]
fn what_is_dead_is_forgotten_by_hand_and_nothing_else() {
    let mut shelf = Shelf::new();
    shelf.raise(&[alert("1"), alert("2")], at(0));
    shelf.plan(at(100));
    assert_eq!(shelf.one(at(100), &Verdict::Refused { said: "400".into() }).len(), 1);
    let other = NotifierName::new("other");
    assert_eq!(shelf.store().purge(Some(&other), (at(0), at(900))).expect("purges"), 0);
    assert_eq!(shelf.store().purge(None, (at(101), at(900))).expect("purges"), 0);
    assert_eq!(shelf.store().purge(Some(&hook()), (at(0), at(900))).expect("purges"), 1);
    let outbox = shelf.store().outbox().expect("counts");
    assert_eq!((outbox.pending, outbox.dead), (1, 0));
    assert!(shelf.store().alert(&alert("1").id).expect("asks").is_some(), "the alert stays");
}
