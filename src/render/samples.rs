//! Deliveries that the tests of every format tell.

use crate::model::*;

pub fn time(text: &str) -> Time {
    Time::parse_rfc3339(text).unwrap()
}

/// A delivery of these alerts to `desk`.
pub fn delivery(alerts: &[Alert]) -> Delivery {
    let ids = alerts.iter().map(|a| a.id.clone()).collect();
    Delivery {
        id: DeliveryId::new("dl_0123456789abcdefghjkmnpqrs"),
        ..Delivery::seal(&NotifierName::new("desk"), ids, Form::Item, time("2026-11-24T06:15:30Z"))
    }
}

/// The hit of a term that stands in a text as it is.
pub fn hit(watch: &str, term: &str, field: Field, text: &str) -> Hit {
    let start = text.find(term).unwrap();
    Hit {
        watch: WatchName::new(watch),
        term: term.into(),
        how: How::Exact,
        field,
        start,
        end: start + term.len(),
        text: term.into(),
        earlier: false,
    }
}

/// An alert on a new item with this title, found by `watch` in its title.
pub fn alert(watch: &str, feed: &str, key: &str, title: &str, term: &str) -> Alert {
    let (watch_name, feed_name) = (WatchName::new(watch), FeedName::new(feed));
    Alert {
        id: AlertId::new(format!("al_{watch}_{key}")),
        kind: AlertKind::New,
        reason: Reason::New,
        sentence: format!("new item, found “{term}” in the title"),
        watch: Some(watch_name),
        feed: Some(feed_name),
        item: Some(AlertItem {
            key: key.into(),
            title: title.into(),
            link: Some(format!("https://news.example.org/{key}")),
            published: Some(time("2026-11-24T06:10:00Z")),
        }),
        hits: if term.is_empty() { Vec::new() } else { vec![hit(watch, term, Field::Title, title)] },
        diff: None,
        raised: time("2026-11-24T06:15:29Z"),
        excerpts: Vec::new(),
        guard: None,
        first: true,
        service: None,
        follows: None,
    }
}

pub fn excerpt(field: Field, text: &str, term: &str) -> Excerpt {
    let start = text.find(term).unwrap();
    Excerpt { field, text: text.into(), hits: vec![(start, start + term.len())], cut_before: true, cut_after: false }
}

pub fn english() -> (Delivery, Vec<Alert>) {
    let mut alert = alert("summit", "world", "story-1", "Talks in Helsinki end", "Helsinki");
    alert.excerpts = vec![excerpt(Field::Summary, "ministers left Helsinki without a paper.", "Helsinki")];
    let alerts = vec![alert];
    (delivery(&alerts), alerts)
}

pub fn arabic() -> (Delivery, Vec<Alert>) {
    let mut alert = alert("قمة", "أخبار", "ar-2", "قمة هلسينكي 2026: اجتماع ثان", "هلسينكي");
    alert.excerpts = vec![excerpt(Field::Body, "ينعقد الاجتماع في هلسينكي غدا (NATO)", "هلسينكي")];
    let alerts = vec![alert];
    (delivery(&alerts), alerts)
}

/// One item, found by two watches in an edit of its title.
pub fn edited() -> (Delivery, Vec<Alert>) {
    let title = "Pompeo meets Lavrov in Geneva";
    let parts = [(DiffOp::Equal, "Pompeo meets Lavrov in "), (DiffOp::Delete, "Helsinki"), (DiffOp::Insert, "Geneva")];
    let diff: Vec<FieldDiff> = parts
        .iter()
        .map(|(op, text)| FieldDiff { field: Field::Title, part: DiffPart { op: *op, text: (*text).into() } })
        .collect();
    let alerts: Vec<Alert> = [("ministers", "Lavrov"), ("secretary", "Pompeo")]
        .iter()
        .map(|(watch, term)| Alert {
            kind: AlertKind::Edited,
            reason: Reason::NearHit,
            sentence: format!("words beside “{term}” changed"),
            diff: Some(diff.clone()),
            ..alert(watch, "world", "story-2", title, term)
        })
        .collect();
    (delivery(&alerts), alerts)
}

/// An edit of a title that runs from right to left, with a number and a Latin word in it.
pub fn edited_arabic() -> (Delivery, Vec<Alert>) {
    let title = "قمة هلسينكي 2026: لقاء NATO في جنيف";
    let parts = [
        (DiffOp::Equal, "قمة هلسينكي "),
        (DiffOp::Delete, "2025"),
        (DiffOp::Insert, "2026"),
        (DiffOp::Equal, ": لقاء NATO في "),
        (DiffOp::Delete, "هلسينكي"),
        (DiffOp::Insert, "جنيف"),
    ];
    let diff = parts
        .iter()
        .map(|(op, text)| FieldDiff { field: Field::Title, part: DiffPart { op: *op, text: (*text).into() } })
        .collect();
    let alerts = vec![Alert {
        kind: AlertKind::Edited,
        reason: Reason::NearHit,
        sentence: "words beside “هلسينكي” changed".into(),
        diff: Some(diff),
        ..alert("قمة", "أخبار", "ar-3", title, "هلسينكي")
    }];
    (delivery(&alerts), alerts)
}

/// The service tells of itself.
pub fn service() -> (Delivery, Vec<Alert>) {
    let alerts = vec![Alert {
        kind: AlertKind::Service,
        reason: Reason::Test,
        sentence: "the notifier “hook” is off: its target answered 410 Gone".into(),
        watch: None,
        feed: None,
        item: None,
        hits: Vec::new(),
        ..alert("x", "y", "service", "t", "")
    }];
    (delivery(&alerts), alerts)
}
