//! The operator's word that a watch, a feed or a story be quiet until a time.

use serde::{Deserialize, Serialize};

use super::alert::Alert;
use super::ids::{FeedName, SilenceId, WatchName};
use super::time::Time;

/// Quiet for what it names: an alert is silenced when everything that is named here is true of it. The planner asks when
/// a message falls due, so that a silence also helps what already waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// Computed from what it names and since when.
    pub id: SilenceId,
    /// Alerts of this watch.
    pub watch: Option<WatchName>,
    /// Alerts of this feed, those of the service about it included.
    pub feed: Option<FeedName>,
    /// Alerts of this item and its edits; `feed` is then the item's.
    pub story: Option<String>,
    /// When it was spoken.
    pub since: Time,
    /// When it ends by itself.
    pub until: Time,
    /// Why, in the operator's words; may be empty.
    pub reason: String,
    /// Who spoke it: a name of the system's.
    pub by: String,
    /// When it was ended by hand.
    pub ended: Option<Time>,
    /// By whom.
    pub ended_by: Option<String>,
}

impl Silence {
    /// Whether it holds at this moment.
    pub fn is_in_force(&self, now: Time) -> bool {
        self.since <= now && now < self.until && self.ended.is_none()
    }

    /// Whether an alert is one of those it names.
    pub fn covers(&self, alert: &Alert) -> bool {
        let item = alert.item.as_ref().map(|i| i.key.as_str());
        let names = |feed: Option<&FeedName>, item: Option<&str>| {
            self.feed.as_ref().is_none_or(|f| feed == Some(f)) && self.story.as_deref().is_none_or(|s| item == Some(s))
        };
        // A story is also what follows it in other feeds.
        let first = alert.follows.as_ref().filter(|_| self.story.is_some());
        self.watch.as_ref().is_none_or(|w| alert.watch.as_ref() == Some(w))
            && (names(alert.feed.as_ref(), item) || first.is_some_and(|f| names(Some(&f.feed), Some(&f.item))))
            && (self.watch.is_some() || self.feed.is_some() || self.story.is_some())
    }

    /// What it is about, in words.
    pub fn about(&self) -> String {
        let mut parts = Vec::new();
        parts.extend(self.watch.as_ref().map(|w| format!("watch “{w}”")));
        parts.extend(self.story.as_ref().map(|s| format!("story “{s}”")));
        parts.extend(self.feed.as_ref().map(|f| format!("feed “{f}”")));
        parts.join(" in ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AlertId, AlertItem, AlertKind, Reason};

    fn alert(watch: Option<&str>, feed: Option<&str>, key: Option<&str>) -> Alert {
        Alert {
            id: AlertId::new("al_x"),
            kind: AlertKind::New,
            reason: Reason::New,
            sentence: String::new(),
            watch: watch.map(WatchName::new),
            feed: feed.map(FeedName::new),
            item: key.map(|key| AlertItem { key: key.into(), title: String::new(), link: None, published: None }),
            hits: Vec::new(),
            diff: None,
            raised: Time::from_ms(0),
            excerpts: Vec::new(),
            guard: None,
            first: true,
            service: None,
            follows: None,
        }
    }

    fn silence(watch: Option<&str>, feed: Option<&str>, story: Option<&str>) -> Silence {
        Silence {
            id: SilenceId::new("si_x"),
            watch: watch.map(WatchName::new),
            feed: feed.map(FeedName::new),
            story: story.map(str::to_owned),
            since: Time::from_ms(10),
            until: Time::from_ms(20),
            reason: String::new(),
            by: "me".into(),
            ended: None,
            ended_by: None,
        }
    }

    #[test]
    fn all_that_is_named_must_be_true() {
        let it = alert(Some("w"), Some("f"), Some("k"));
        for (named, covers) in [
            ((Some("w"), None, None), true),
            ((Some("v"), None, None), false),
            ((None, Some("f"), None), true),
            ((Some("w"), Some("g"), None), false),
            ((None, Some("f"), Some("k")), true),
            ((None, Some("f"), Some("l")), false),
            ((None, None, None), false),
        ] {
            assert_eq!(silence(named.0, named.1, named.2).covers(&it), covers, "{named:?}");
        }
        let of_service = alert(None, Some("f"), None);
        assert!(silence(None, Some("f"), None).covers(&of_service));
        assert!(!silence(Some("w"), Some("f"), None).covers(&of_service));
    }

    #[test]
    fn it_ends_by_itself_and_by_hand() {
        let mut one = silence(Some("w"), None, None);
        let at = |ms| Time::from_ms(ms);
        assert_eq!([9, 10, 19, 20].map(|t| one.is_in_force(at(t))), [false, true, true, false]);
        one.ended = Some(at(15));
        assert!(!one.is_in_force(at(12)));
    }
}
