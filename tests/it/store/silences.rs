//! Silences: what they cover and who ended them.

use super::*;

#[test]
fn what_is_silenced_waits_no_more_and_is_remembered_with_its_reason() {
    let mut shelf = owing();
    let silence = Silence {
        id: SilenceId::of("w", "", "", at(0).ms()),
        watch: Some(WatchName::new("w")),
        feed: None,
        story: None,
        since: at(0),
        until: at(100),
        reason: "known".into(),
        by: "desk".into(),
        ended: None,
        ended_by: None,
    };
    shelf.store().silence(&silence).expect("writes");
    shelf.store().silence(&silence).expect("twice is once");
    assert_eq!(shelf.store().silences(at(99), false).expect("asks"), std::slice::from_ref(&silence));
    assert!(shelf.store().silences(at(100), false).expect("asks").is_empty(), "it ends by itself");
    assert!(shelf.plan(at(1)).is_empty());
    let story = shelf.store().alert(&alert("1").id).expect("asks").expect("is there");
    assert!(story.holds.is_empty() && story.deliveries.is_empty());
    assert_eq!((story.silenced[0].at, &story.silenced[0].silence), (at(1), &silence));
    // Nothing of it is told when the silence is over, and both are forgotten together.
    assert!(shelf.plan(at(200)).is_empty());
    let later = at(200 * 86_400);
    while shelf.store().prune(later, Keep::default()).expect("prunes") > 0 {}
    assert!(shelf.store().alert(&alert("1").id).expect("asks").is_none());
    assert!(shelf.store().silences(later, true).expect("asks").is_empty());
}

#[test]
fn a_silence_covers_what_waits_under_the_names_of_before() {
    for (watch, feed_named) in [(Some("w"), None), (None, Some("a")), (Some("w"), Some("a"))] {
        let mut shelf = owing();
        let silence = Silence {
            id: SilenceId::of(watch.unwrap_or_default(), feed_named.unwrap_or_default(), "", at(0).ms()),
            watch: watch.map(WatchName::new),
            feed: feed_named.map(feed),
            story: None,
            since: at(0),
            until: at(100),
            reason: String::new(),
            by: "desk".into(),
            ended: None,
            ended_by: None,
        };
        shelf.store().silence(&silence).expect("writes");
        let renames = Renames {
            feeds: vec![(feed("a"), feed("earth"))],
            watches: vec![(WatchName::new("w"), WatchName::new("v"))],
            notifiers: Vec::new(),
        };
        shelf.store().register(&[(feed("earth"), "http://a/".into())], &renames).expect("registers");
        let listed = shelf.store().silences(at(1), false).expect("asks").remove(0);
        assert_eq!(listed.watch, watch.map(|_| WatchName::new("v")));
        assert_eq!(listed.feed, feed_named.map(|_| feed("earth")));
        assert!(shelf.plan(at(1)).is_empty(), "what was raised under the old names is told: {watch:?} {feed_named:?}");
    }
}

#[test]
fn a_silence_ended_by_hand_says_by_whom() {
    let mut shelf = Shelf::new();
    let id = SilenceId::new("si_1");
    let silence = Silence {
        id: id.clone(),
        watch: None,
        feed: Some(feed("a")),
        story: None,
        since: at(0),
        until: at(100),
        reason: String::new(),
        by: "desk".into(),
        ended: None,
        ended_by: None,
    };
    shelf.store().silence(&silence).expect("writes");
    assert_eq!(shelf.store().end_silence(&SilenceId::new("si_2"), at(1), "x").expect("asks"), None);
    let ended = shelf.store().end_silence(&id, at(50), "night").expect("ends").expect("is there");
    assert_eq!((ended.ended, ended.ended_by.as_deref()), (Some(at(50)), Some("night")));
    let again = shelf.store().end_silence(&id, at(60), "other").expect("ends").expect("is there");
    assert_eq!(again, ended, "the first end stays");
    assert!(shelf.store().silences(at(51), false).expect("asks").is_empty());
}
