//! One table: what waits, the policy, the time → messages and holds.

mod table;

use super::*;
use crate::model::hours::Window;
use crate::model::time::parse_duration;
use crate::model::{AlertItem, Cron, FeedName, QuietHours, Reason, Sameness, WatchName};
use crate::planner::{Limit, StoryPolicy};
use table::TABLE;

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
        follows: None,
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
        .map(|(alert, edit_told)| Queued {
            alert,
            edit_told,
            behind: None,
            held: None,
            because: None,
            own: None,
            near: Vec::new(),
        })
        .collect();
    Queue {
        notifier: NotifierName::new("n"),
        waiting,
        off: false,
        failing: None,
        silences: Vec::new(),
        spent: Vec::new(),
    }
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
        let plan = plan(queue, &Policy::immediate(Bundle::Item), at(1));
        assert_eq!((plan.deliveries.len(), plan.silenced.len()), (told, silenced), "{silence:?}");
    }
    // What is held waits on, and is asked again when it falls due.
    let waits = || queue(vec![(edit("a f 1", 1), Some(at(0)))]);
    let silences = vec![silence(Some("a"), None, None)];
    let held = plan(Queue { silences: silences.clone(), ..waits() }, &Policy::immediate(Bundle::Item), at(1));
    assert_eq!((held.holds.len(), held.silenced.len()), (1, 0));
    let due = plan(Queue { silences, ..waits() }, &Policy::immediate(Bundle::Item), at(3601));
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
        assert_eq!(said(&plan(queue(waiting), &Policy::immediate(bundle), at(60))), expected, "{what}");
    }
}

#[test]
fn edits_that_waited_come_as_one_when_the_hour_is_over() {
    for (bundle, expected) in [(Bundle::Alert, "2*"), (Bundle::Item, "2")] {
        let waiting = vec![(edit("a f 1", 2), Some(at(0))), (edit("a f 1", 3), Some(at(0)))];
        let plan = plan(queue(waiting), &Policy::immediate(bundle), at(3600));
        assert_eq!(said(&plan), expected);
        assert_eq!(plan.edits_told, [("f".to_owned(), "1".to_owned())]);
    }
}

#[test]
fn what_a_watch_says_first_never_waits_for_edits_told_before() {
    let mut entered = edit("b f 1", 4);
    (entered.reason, entered.first) = (Reason::TermEntered, true);
    assert_eq!(said(&plan(queue(vec![(entered, Some(at(0)))]), &Policy::immediate(Bundle::Item), at(60))), "1");
}

#[test]
fn a_notifier_that_is_off_holds_everything() {
    let off = Queue { off: true, ..queue(vec![(alert("a f 1"), None), (edit("a f 1", 1), Some(at(0)))]) };
    assert_eq!(said(&plan(off, &Policy::immediate(Bundle::Item), at(60))), "off@- off@-");
}

#[test]
fn planning_again_seals_the_same_ids() {
    let ids = || {
        let waiting = vec![(alert("a f 1"), None), (alert("b f 1"), None)];
        plan(queue(waiting), &Policy::immediate(Bundle::Item), at(7)).deliveries[0].id.clone()
    };
    assert_eq!(ids(), ids());
}

#[test]
fn what_follows_a_message_that_is_not_taken_waits_a_minute_and_then_says_so() {
    let follows =
        |told: Option<Time>| Queued { behind: told, ..queue(vec![(edit("a f 1", 2), None)]).waiting.remove(0) };
    for bundle in [Bundle::Item, Bundle::Alert] {
        let queue = || Queue { waiting: vec![follows(Some(at(0))), follows(None)], ..queue(Vec::new()) };
        assert_eq!(said(&plan(queue(), &Policy::immediate(bundle), at(59))), "1 behind@60");
        let plan = plan(queue(), &Policy::immediate(bundle), at(60));
        let Form::Digest { why } = &plan.deliveries[0].form else { panic!("{plan:?}") };
        assert!(why.contains("is still undelivered"), "{why}");
    }
}

#[test]
fn what_is_for_people_waits_for_a_notifier_that_takes_nothing_and_comes_as_one() {
    let all = || vec![(alert("a f 1"), None), (alert("b g 2"), None)];
    let failing = |until| Queue { failing: Some(at(until)), ..queue(all()) };
    assert_eq!(said(&plan(failing(60), &Policy::immediate(Bundle::Item), at(1))), "failing@60 failing@60");
    assert_eq!(said(&plan(failing(60), &Policy::immediate(Bundle::Alert), at(1))), "1 1", "one each");
    assert_eq!(said(&plan(failing(60), &Policy::immediate(Bundle::Item), at(60))), "2*");
    let mut back = queue(all());
    back.waiting.iter_mut().for_each(|q| q.held = Some(Hold::Failing));
    assert_eq!(said(&plan(back, &Policy::immediate(Bundle::Item), at(2))), "2*");
}

/// A policy written as the configuration writes it: `quiet 22:00-07:00; digest 0 8 * * *; limit 2/h; w urgent; v digest …`.
fn policy(bundle: Bundle, text: &str) -> Policy {
    let mut policy = Policy::immediate(bundle);
    for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        let (key, value) = part.split_once(' ').unwrap_or((part, ""));
        let cron = |text: &str| Some(Cron::parse(text, chrono_tz::UTC).expect("a cron expression"));
        let limit = |text: &str| {
            let (count, per) = text.split_once('/').expect("a limit");
            let per = parse_duration(&format!("1{per}")).expect("a time");
            Some(Limit { count: count.parse().expect("a number"), per })
        };
        match key {
            "quiet" => {
                let windows = vec![Window::parse(value).expect("a window")];
                policy.notifier.quiet = QuietHours::new(windows, chrono_tz::UTC);
            }
            "digest" => policy.notifier.digest = cron(value),
            "limit" => policy.notifier.limit = limit(value),
            "urgent" => policy.notifier.urgent = vec![news(value)],
            watch => {
                let (key, value) = value.split_once(' ').unwrap_or((value, ""));
                let said = policy.watches.entry(WatchName::new(watch)).or_default();
                match key {
                    "urgent" => said.urgent = true,
                    "digest" => said.digest = cron(value),
                    "thread" => said.story.telling = Telling::Thread,
                    "join" => said.story.telling = Telling::Join,
                    "record" => said.story.telling = Telling::Record,
                    "separate" => said.story.telling = Telling::Separate,
                    "limit" => said.limit = limit(value),
                    _ => {
                        said.story =
                            StoryPolicy { telling: Telling::Record, window: parse_duration(key).expect("a time") }
                    }
                }
            }
        }
    }
    policy
}

/// A time of 10 or 11 January 2026, `23:30` or `+07:00`.
fn clock(text: &str) -> Time {
    let (day, text) = text.strip_prefix('+').map_or((10, text), |text| (11, text));
    Time::parse_rfc3339(&format!("2026-01-{day}T{text}:00Z")).expect("a time")
}

/// A queue: alerts as `watch feed item @raised`, with `held …` where they were held, `silenced` where a silence names
/// their watch, `told feed item @raised` where that is the same and was told before, and `near feed item` where it waits too.
fn waits_for(texts: &[&str]) -> Queue {
    let mut queue = queue(Vec::new());
    for text in texts {
        let (what, rest) = text.split_once(" @").expect("a time");
        let mut words = rest.split(' ');
        let mut alert = match what.strip_prefix("service ") {
            Some(subject) => of_service(subject),
            None => alert(what),
        };
        alert.raised = clock(words.next().expect("a time"));
        let (mut held, mut because, mut near) = (None, None, Vec::new());
        while let Some(word) = words.next() {
            match word {
                "held" => held = words.next().and_then(Hold::parse),
                "from" => because = words.next().map(NotifierName::new),
                "told" | "near" => near.push(like(&alert, word, &mut words)),
                _ => queue.silences.push(silence(alert.watch.as_ref().map(|w| w.as_str()), None, None)),
            }
        }
        queue.waiting.push(Queued { alert, held, because, behind: None, edit_told: None, own: None, near });
    }
    queue
}

/// What is the same: `told feed item @raised [taken]` or `near feed item`.
fn like<'a>(asked: &Alert, word: &str, words: &mut impl Iterator<Item = &'a str>) -> Near {
    let watch = asked.watch.as_ref().expect("a watch");
    let (feed, item) = (words.next().expect("a feed"), words.next().expect("an item"));
    let other = alert(&format!("{watch} {feed} {item}"));
    let feed = FeedName::new(feed);
    let story = (word == "told").then(|| Story {
        alert: other.id.clone(),
        feed: feed.clone(),
        item: item.to_owned(),
        raised: clock(words.next().and_then(|time| time.strip_prefix('@')).expect("a time")),
        taken: false,
        untaken: None,
    });
    Near { alert: other.id, feed, by: Sameness::Text, story }
}

/// What is told of the service: `offline`, or of a feed that fails.
fn news(word: &str) -> Reason {
    if word == "offline" { Reason::Offline } else { Reason::FeedFailing }
}

fn of_service(subject: &str) -> Alert {
    let mut alert = alert(&format!("w f {subject}"));
    (alert.kind, alert.reason) = (AlertKind::Service, news(subject));
    (alert.watch, alert.feed, alert.item) = (None, None, None);
    alert
}

/// What became of it: messages as the alerts in them, `*` before a digest with what it says; then what waits, and what is
/// silenced.
fn became(queue: &Queue, plan: &Plan) -> String {
    let name = |id: &AlertId| {
        let alert = queue.waiting.iter().map(|q| &q.alert).find(|alert| alert.id == *id).expect("from the queue");
        let key = alert.item.as_ref().map_or("service", |item| item.key.as_str());
        let member = plan.members.iter().find(|member| member.alert == *id);
        let first = member.and_then(|member| member.follows.as_ref()).map(|first| format!("↳{}", first.item));
        format!("{}{key}{}", alert.watch.as_ref().map_or("", |w| w.as_str()), first.unwrap_or_default())
    };
    let messages = plan.deliveries.iter().map(|d| {
        let alerts: Vec<String> = d.alerts.iter().map(name).collect();
        match &d.form {
            Form::Item => format!("[{}]", alerts.join(" ")),
            Form::Digest { .. } => format!("[*{}]", alerts.join(" ")),
        }
    });
    let holds = plan.holds.iter().map(|(id, hold, due)| {
        let due = due.map_or("?".to_owned(), |due| due.to_string()[11..16].to_owned());
        format!("{} {}→{due}", name(id), hold.as_str())
    });
    let silenced = plan.silenced.iter().map(|(id, _)| format!("{} silenced", name(id)));
    let recorded = plan.members.iter().filter(|member| member.recorded);
    let recorded = recorded.map(|member| format!("{} recorded", name(&member.alert)));
    messages.chain(holds).chain(silenced).chain(recorded).collect::<Vec<_>>().join(", ")
}

#[test]
fn each_policy_has_its_reason_and_its_time() {
    for (what, text, waiting, now, expected) in TABLE {
        let queue = waits_for(waiting);
        let plan = plan(queue.clone(), &policy(Bundle::Alert, text), clock(now));
        assert_eq!(became(&queue, &plan), *expected, "{what}");
    }
}

#[test]
fn what_was_told_within_the_period_counts_for_its_limit() {
    let policy = policy(Bundle::Alert, "limit 2/h; a limit 1/d");
    let spent = |watch: Option<&str>, at: &str| Spent { watch: watch.map(WatchName::new), at: clock(at) };
    for (spent, expected) in [
        (vec![], "[b1], [b2], b3 limit→13:00"),
        (vec![spent(None, "11:30")], "[b1], b2 limit→12:30, b3 limit→12:30"),
        (vec![spent(None, "11:10"), spent(None, "11:30")], "b1 limit→12:10, b2 limit→12:10, b3 limit→12:10"),
        // A full hour ago is over.
        (vec![spent(None, "11:00"), spent(None, "11:00")], "[b1], [b2], b3 limit→13:00"),
        // What counts for a watch counts for that watch.
        (vec![spent(Some("a"), "11:30")], "[b1], [b2], b3 limit→13:00"),
    ] {
        let queue = Queue { spent, ..waits_for(&["b f 1 @12:00", "b f 2 @12:00", "b f 3 @12:00"]) };
        assert_eq!(became(&queue, &plan(queue.clone(), &policy, clock("12:00"))), expected);
    }
    let queue = Queue { spent: vec![spent(Some("a"), "11:30")], ..waits_for(&["a f 1 @12:00", "b f 2 @12:00"]) };
    let plan = plan(queue.clone(), &policy, clock("12:00"));
    assert_eq!(became(&queue, &plan), "[b2], a1 limit→11:30");
    assert_eq!(plan.spent, [spent(None, "12:00")]);
}

#[test]
fn a_message_says_why_it_comes_as_one() {
    for (text, waiting, now, words) in [
        ("digest 0 17 * * *", &["a f 1 @12:00", "a f 2 @12:00"][..], "17:00", "the digest: 2 alerts"),
        (
            "quiet 22:00-07:00",
            &["a f 1 @23:00"],
            "+07:00",
            "1 alert of the quiet hours (22:00-07:00), told now that they are over",
        ),
        (
            "limit 20/h",
            &["a f 1 @12:00 held limit", "a f 2 @12:00 held limit"],
            "13:00",
            "more than the limit (20 in 1h): 2 alerts in one message",
        ),
        (
            "a limit 2/d",
            &["a f 1 @12:00 held limit"],
            "13:00",
            "more than the limit (2 in 1d of the watch “a”): 1 alert in one message",
        ),
    ] {
        let plan = plan(waits_for(waiting), &policy(Bundle::Item, text), clock(now));
        let Form::Digest { why } = &plan.deliveries[0].form else { panic!("{text}: no digest") };
        assert_eq!(why, words);
    }
}

#[test]
fn the_documentation_prints_this_table() {
    let mut table = "| what it shows | policy | what waits | at | becomes |\n|---|---|---|---|---|\n".to_owned();
    for (what, policy, waiting, now, became) in TABLE {
        let cell = |text: &str| if text.is_empty() { String::new() } else { format!("`{text}`") };
        let waiting: Vec<String> = waiting.iter().map(|text| cell(text)).collect();
        table.push_str(&format!(
            "| {what} | {} | {} | {now} | {} |\n",
            cell(policy),
            waiting.join("<br>"),
            cell(became)
        ));
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/policy.md");
    let page = std::fs::read_to_string(path).expect("the page is there");
    let (begin, end) = ("<!-- table -->\n", "<!-- end of the table -->");
    let (before, rest) = page.split_once(begin).expect("a place for the table");
    let (now, after) = rest.split_once(end).expect("its end");
    if std::env::var_os("BLESS_DOCS").is_some() {
        std::fs::write(path, format!("{before}{begin}{table}{end}{after}")).expect("writes");
    } else {
        assert_eq!(now, table, "BLESS_DOCS=1 writes it anew");
    }
}
