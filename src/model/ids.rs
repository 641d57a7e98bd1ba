//! Names and ids as types of their own, so that none is taken for another.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the text as it stands; whoever reads it from outside has checked it.
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(Arc::from(text.as_ref()))
            }

            /// The text itself, as configuration, JSON and logs show it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}

text_id!(
    /// The name of a feed in the configuration.
    FeedName
);
text_id!(
    /// The name of a watch in the watchlist.
    WatchName
);
text_id!(
    /// The name of a notifier in the configuration.
    NotifierName
);
text_id!(
    /// Computed from what the alert is about (see [`AlertId::of_item`]), so that raising it twice writes it once.
    AlertId
);
text_id!(
    /// Computed from the notifier and its alerts; also the `webhook-id` and the left side of the Message-ID.
    DeliveryId
);

text_id!(
    /// Computed from what the silence names and since when.
    SilenceId
);

impl AlertId {
    /// The id of an alert on an item: watch, feed, item, kind, and for an edit the fingerprint of its text.
    pub fn of_item(watch: &WatchName, feed: &FeedName, item_key: &str, edit: Option<u64>) -> Self {
        let edit = edit.map(|f| format!("{f:016x}"));
        let kind = if edit.is_some() { "edited" } else { "new" };
        Self::new(digest("al_", &[watch.as_str(), feed.as_str(), item_key, kind, edit.as_deref().unwrap_or("")]))
    }

    /// The id of an alert on the service itself: its reason, what it is about, and since when (milliseconds).
    pub fn of_service(reason: &str, subject: &str, since_ms: i64) -> Self {
        Self::new(digest("al_", &["service", reason, subject, &since_ms.to_string()]))
    }
}

impl SilenceId {
    /// The id of a silence spoken at this moment (milliseconds) about a watch, a feed, a story; "" for what it does not name.
    pub fn of(watch: &str, feed: &str, story: &str, since_ms: i64) -> Self {
        Self::new(digest("si_", &[watch, feed, story, &since_ms.to_string()]))
    }
}

impl DeliveryId {
    /// The id of the message that tells this notifier of these alerts, whatever their order.
    pub fn of(notifier: &NotifierName, alerts: &[AlertId]) -> Self {
        let mut ids: Vec<&str> = alerts.iter().map(AlertId::as_str).collect();
        ids.sort_unstable();
        ids.insert(0, notifier.as_str());
        Self::new(digest("dl_", &ids))
    }
}

/// 128 bits of SHA-256 over the length-prefixed parts, in lower-case base 32 without look-alikes.
fn digest(prefix: &str, parts: &[&str]) -> String {
    const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let bytes = hash.finalize();
    let mut bits = u128::from_be_bytes(bytes[..16].try_into().expect("sixteen bytes of thirty-two"));
    let mut out = String::from(prefix);
    for _ in 0..26 {
        out.push(LETTERS[(bits >> 123) as usize] as char);
        bits <<= 5;
    }
    out
}

/// A stable 64-bit hash of some text: look-up keys and fingerprints in the store.
pub fn hash64(text: &str) -> u64 {
    u64::from_be_bytes(Sha256::digest(text.as_bytes())[..8].try_into().expect("eight bytes of thirty-two"))
}

/// 128 bits of SHA-256 over parts, each with its length before it: what recognises bytes for which nobody can make others
/// that pass for them.
pub fn hash128(parts: &[&[u8]]) -> [u8; 16] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize()[..16].try_into().expect("sixteen bytes of thirty-two")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_depend_on_each_part_and_on_their_borders() {
        let (w, f) = (WatchName::new("w"), FeedName::new("f"));
        let base = AlertId::of_item(&w, &f, "k", None);
        assert_eq!(base, AlertId::of_item(&w, &f, "k", None));
        assert_eq!(base.as_str().len(), 29);
        for other in [
            AlertId::of_item(&WatchName::new("wf"), &FeedName::new(""), "k", None),
            AlertId::of_item(&w, &f, "k2", None),
            AlertId::of_item(&w, &f, "k", Some(1)),
            AlertId::of_item(&w, &f, "k", Some(2)),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn a_delivery_does_not_depend_on_the_order_of_its_alerts() {
        let n = NotifierName::new("desk");
        let (a, b) = (AlertId::new("a"), AlertId::new("b"));
        assert_eq!(DeliveryId::of(&n, &[a.clone(), b.clone()]), DeliveryId::of(&n, &[b, a]));
    }
}
