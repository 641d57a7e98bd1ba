//! The shapes of a webhook's body. A new one has its file beside this one, a line here, and a line where `config` reads
//! the word.

use std::time::Duration;

use serde_json::Value;

use crate::model::{Alert, Delivery};

use super::template::Template;
use super::{discord, ntfy, slack, standard, teams, telegram};

/// Which service a webhook speaks to, and what that one needs to know.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Format {
    /// Alerts as JSON, one a message, as the Standard Webhooks specification has it.
    #[default]
    Standard,
    /// Slack.
    Slack,
    /// Discord.
    Discord,
    /// Telegram.
    Telegram {
        /// A number, or the `@name` of a public channel.
        chat: String,
        /// A topic of a forum.
        thread: Option<u64>,
    },
    /// ntfy.
    Ntfy {
        /// What is published on.
        topic: String,
    },
    /// Microsoft Teams.
    Teams,
    /// By templates of the operator.
    Template(Box<Template>),
}

/// A request without its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `POST`, `PUT` or `PATCH`.
    pub method: &'static str,
    /// Names and values; each value is one line.
    pub headers: Vec<(String, String)>,
    /// The bytes.
    pub body: Vec<u8>,
}

/// How many messages a target takes in how much time: `burst` at once, then one each `every`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// At once, after a rest.
    pub burst: u32,
    /// The time after which there is room for one more.
    pub every: Duration,
}

impl Format {
    /// The request that tells this. The error is a sentence; only templates have any.
    pub fn request(&self, delivery: &Delivery, alerts: &[Alert]) -> Result<Request, String> {
        Ok(match self {
            Format::Standard => post(standard::body(delivery, alerts)),
            Format::Slack => json(slack::body(delivery, alerts)),
            Format::Discord => json(discord::body(delivery, alerts)),
            Format::Telegram { chat, thread } => json(telegram::body(delivery, alerts, chat, *thread)),
            Format::Ntfy { topic } => json(ntfy::body(delivery, alerts, topic)),
            Format::Teams => json(teams::body(delivery, alerts)),
            Format::Template(template) => template.request(delivery, alerts)?,
        })
    }

    /// Whether people read it: then what belongs together comes in one message.
    pub fn is_for_people(&self) -> bool {
        !matches!(self, Format::Standard)
    }

    /// What the service takes; `None` where nobody says.
    ///
    /// Slack: one a second, short bursts allowed (<https://docs.slack.dev/apis/web-api/rate-limits>). Telegram: one a second
    /// to a person, short bursts allowed, twenty a minute to a group (<https://core.telegram.org/bots/faq>). ntfy: sixty, then
    /// one each five seconds, for all that come from one address (<https://docs.ntfy.sh/publish/#limitations>). Teams: four in
    /// a second and sixty in thirty, by incoming webhooks; a hundred an hour besides, which no pace of ours keeps: it says so in
    /// its answer
    /// (<https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using#rate-limiting-for-connectors>).
    /// Discord documents no number: five in two seconds and thirty a minute are what its users report of one webhook.
    pub fn pace(&self) -> Option<Pace> {
        let pace = |burst, ms| Some(Pace { burst, every: Duration::from_millis(ms) });
        match self {
            Format::Standard | Format::Template(_) => None,
            Format::Slack => pace(2, 1000),
            // With the burst, no more than thirty in any minute.
            Format::Discord => pace(5, 2500),
            // Groups and channels have negative numbers or names.
            Format::Telegram { chat, .. } if chat.starts_with(['-', '@']) => pace(3, 3500),
            Format::Telegram { .. } => pace(2, 1000),
            Format::Ntfy { .. } => pace(30, 5000),
            Format::Teams => pace(4, 1000),
        }
    }
}

fn json(body: Value) -> Request {
    post(body.to_string().into_bytes())
}

fn post(body: Vec<u8>) -> Request {
    Request { method: "POST", headers: vec![("content-type".to_owned(), "application/json".to_owned())], body }
}
