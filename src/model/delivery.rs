//! One message for one notifier, from its sealing to its end.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ids::{AlertId, DeliveryId, NotifierName};
use super::time::Time;

/// A sealed message: its id, alerts and form never change again; only its state does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// Computed from the notifier and the alerts.
    pub id: DeliveryId,
    /// What it tells, in the order it tells it; at least one.
    pub alerts: Vec<AlertId>,
    /// Whom it tells.
    pub notifier: NotifierName,
    /// How its alerts are put together.
    pub form: Form,
    /// When it was sealed: the date a mail carries over all its attempts.
    pub sealed: Time,
    /// Where it stands.
    pub state: DeliveryState,
    /// Attempts so far since it was sealed or resent.
    pub attempts: u32,
    /// When the next attempt is due; only while pending.
    pub next_attempt: Option<Time>,
    /// The last trouble in words; always `None` when sent.
    pub error: Option<String>,
    /// A mail's recipients and how far each is; empty for other notifiers, and until the first attempt.
    pub recipients: Vec<Recipient>,
}

impl Delivery {
    /// A message to a notifier, sealed at this time and due at once.
    pub fn seal(notifier: &NotifierName, alerts: Vec<AlertId>, form: Form, at: Time) -> Self {
        Self {
            id: DeliveryId::of(notifier, &alerts),
            alerts,
            notifier: notifier.clone(),
            form,
            sealed: at,
            state: DeliveryState::Pending,
            attempts: 0,
            next_attempt: Some(at),
            error: None,
            recipients: Vec::new(),
        }
    }
}

/// How the alerts of a delivery are put together, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "form", rename_all = "snake_case")]
pub enum Form {
    /// One alert, or all alerts of one item.
    Item,
    /// Several items in one message.
    Digest {
        /// Why they come as one, in a sentence.
        why: String,
    },
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Owed: an attempt is due or will be.
    Pending,
    /// Its target has it.
    Sent,
    /// Refused, or its retry schedule ended: kept, visible, resendable.
    Dead,
}

impl DeliveryState {
    /// The word of JSON and of the store.
    pub fn as_str(self) -> &'static str {
        match self {
            DeliveryState::Pending => "pending",
            DeliveryState::Sent => "sent",
            DeliveryState::Dead => "dead",
        }
    }
}

impl fmt::Display for DeliveryState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One recipient of a mail; those who have it are never sent it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// The address.
    pub address: String,
    /// Pending, sent or dead, for this recipient alone.
    pub state: DeliveryState,
    /// What the server last said of it, when that was no acceptance.
    pub error: Option<String>,
}

/// Why an alert waits for a notifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// For the next digest.
    Digest,
    /// For quiet hours to end.
    Quiet,
    /// For the period of a limit to end.
    Limit,
    /// For the hour to end in which the same item was already told as edited.
    Joined,
    /// For the message that was first told of the same item, and is not taken yet.
    Behind,
    /// For others that tell the same story, shortly after it was first told.
    Story,
    /// For the notifier, which takes nothing.
    Failing,
    /// For the notifier to be switched on again.
    Off,
}

impl Hold {
    /// The word of JSON and of the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Hold::Digest => "digest",
            Hold::Quiet => "quiet",
            Hold::Limit => "limit",
            Hold::Joined => "joined",
            Hold::Behind => "behind",
            Hold::Story => "story",
            Hold::Failing => "failing",
            Hold::Off => "off",
        }
    }

    /// The hold of this name.
    pub fn parse(word: &str) -> Option<Self> {
        [Hold::Digest, Hold::Quiet, Hold::Limit, Hold::Joined, Hold::Behind, Hold::Story, Hold::Failing, Hold::Off]
            .into_iter()
            .find(|h| h.as_str() == word)
    }
}
