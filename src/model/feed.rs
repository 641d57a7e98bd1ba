//! What is remembered of a feed from one poll to the next.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::hints::FeedHints;
use super::item::KeyKind;
use super::time::Time;

/// What the baseline of a feed tells (`first_poll`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FirstPoll {
    /// Nothing: items are noted and matched, and the summary says what would have been told.
    #[default]
    Silent,
    /// The items of the last day.
    Recent,
    /// Every item.
    All,
}

/// How a feed is doing, as `status` says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedState {
    /// Its last poll was answered with a feed, or with "not modified".
    Ok,
    /// Its last poll failed; the pause grows.
    BackingOff,
    /// Waiting out a Retry-After, or answered 401 or 403.
    Blocked,
    /// Answered 410: polled rarely.
    Gone,
    /// Not polled yet.
    Never,
}

/// The memory of one feed. The store keeps it; a poll is given it by its claim and gives the next one to its settle.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedMemory {
    /// The configured address this memory was made with, as [`super::stored_url`] writes it; with another one, validators
    /// and the redirect are void.
    pub url: String,
    /// How it is doing.
    pub state: FeedState,
    /// The first poll that parsed as a feed; `None` until then.
    pub baseline_at: Option<Time>,
    /// The start of the last poll.
    pub last_poll: Option<Time>,
    /// The last poll that was answered with a feed or "not modified".
    pub last_ok: Option<Time>,
    /// When it is due.
    pub next_poll: Option<Time>,
    /// Not before this, whoever asks: a Retry-After.
    pub not_before: Option<Time>,
    /// Polls failed in a row.
    pub failures: u32,
    /// The first of those failures.
    pub failing_since: Option<Time>,
    /// The network gave no answer at all since then (no status, no bytes).
    pub unreachable_since: Option<Time>,
    /// The last failure in words.
    pub error: Option<String>,
    /// For the next conditional request.
    pub validators: Validators,
    /// When a document last came whole and was read. "Not modified" is believed for a while only.
    pub whole_at: Option<Time>,
    /// When the document had changed and the validators had not: since then it is asked without them for a while.
    pub lied_at: Option<Time>,
    /// A permanent redirect on probation or in force.
    pub moved: Option<Moved>,
    /// The rung of identity this feed stands on; it steps down for good and never up.
    pub rung: KeyKind,
    /// The most new items that one poll after the baseline ever held.
    pub biggest_burst: u32,
    /// The feed's own title, for messages.
    pub title: String,
    /// The last publication times, newest first, at most [`FeedMemory::RHYTHM`]: the rhythm of an adaptive feed.
    pub recent: Vec<Time>,
    /// What the last document said of the feed itself.
    pub hints: FeedHints,
    /// The document that was read last, where reading it once more would say nothing.
    pub read_as: Option<ReadAs>,
}

impl FeedMemory {
    /// How many publication times are kept.
    pub const RHYTHM: usize = 16;

    /// Of a feed that was never polled.
    pub fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            state: FeedState::Never,
            baseline_at: None,
            last_poll: None,
            last_ok: None,
            next_poll: None,
            not_before: None,
            failures: 0,
            failing_since: None,
            unreachable_since: None,
            error: None,
            validators: Validators::default(),
            whole_at: None,
            lied_at: None,
            moved: None,
            rung: KeyKind::Guid,
            biggest_burst: 0,
            title: String::new(),
            recent: Vec::new(),
            hints: FeedHints::default(),
            read_as: None,
        }
    }

    /// How long validators that lied are not sent.
    pub const DISTRUST: Duration = Duration::from_secs(7 * 86_400);

    /// Whether the next request may be conditional: the document came whole within `trust`, and its validators have not
    /// been found to stay the same over a change. A time of the future was written by a clock that has jumped.
    pub fn trusts_validators(&self, trust: Duration, now: Time) -> bool {
        let within = |at: Time, wait: Duration| at <= now && now < at.plus(wait);
        self.whole_at.is_some_and(|at| within(at, trust)) && !self.lied_at.is_some_and(|at| within(at, Self::DISTRUST))
    }

    /// Whether it differs from another one in nothing but when the feed was asked, answered and is due.
    pub fn differs_in_times_alone(&self, other: &Self) -> bool {
        let Self { last_poll: _, last_ok: _, next_poll: _, url, state, baseline_at, not_before, failures, .. } = self;
        let Self { failing_since, unreachable_since, error, validators, whole_at, lied_at, moved, .. } = self;
        let Self { rung, biggest_burst, title, recent, hints, read_as, .. } = self;
        (state, failures, not_before, error) == (&other.state, &other.failures, &other.not_before, &other.error)
            && (baseline_at, failing_since, unreachable_since)
                == (&other.baseline_at, &other.failing_since, &other.unreachable_since)
            && (url, validators, whole_at, lied_at) == (&other.url, &other.validators, &other.whole_at, &other.lied_at)
            && (moved, rung, biggest_burst, title) == (&other.moved, &other.rung, &other.biggest_burst, &other.title)
            && (recent, hints, read_as) == (&other.recent, &other.hints, &other.read_as)
    }

    /// The address to ask: the target of a permanent redirect once it is in force, else the configured one.
    pub fn address(&self) -> &str {
        match &self.moved {
            Some(moved) if moved.in_force() => &moved.to,
            _ => &self.url,
        }
    }
}

/// A document that was read to its end and left nothing open: as long as the same bytes come, there is nothing to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadAs {
    /// A hash of all that decides what is read in given bytes: this program's version, limits, the feed's language.
    pub under: [u8; 16],
    /// Its bytes.
    pub imprint: Imprint,
}

/// What recognises an answer with a body. Hashes that cannot be forged: whoever fills a feed could otherwise prepare
/// two documents of one hash, and hide the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Imprint {
    /// Of the address, the content type, the content coding and the bytes as they came over the wire.
    pub wire: [u8; 16],
    /// Of the address, the content type and the bytes after decoding: servers pack one document in many ways.
    pub body: [u8; 16],
}

/// What a server gave to recognise its answer by (RFC 9110, 8.8); opaque, and bound to the address that gave them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    /// The address whose answer they came with, as [`super::stored_url`] writes it.
    pub url: String,
    /// `ETag` as sent.
    pub etag: Option<String>,
    /// `Last-Modified` as sent.
    pub last_modified: Option<String>,
}

/// A permanent redirect (301, 308) that is remembered once its target has answered three polls running.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Where it leads; what it took over from the configured query is left out.
    pub to: String,
    /// Polls running that the target answered with this feed; 0 for a stranger, whose first answer was another feed.
    pub answers: u32,
}

impl Moved {
    /// Answers after which the target is asked directly.
    pub const PROBATION: u32 = 3;

    /// Whether the target is asked directly.
    pub fn in_force(&self) -> bool {
        self.answers >= Self::PROBATION
    }
}
