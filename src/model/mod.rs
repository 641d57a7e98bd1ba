//! The words: plain data that passes between rooms. No I/O and no clock; each word has one meaning.
//!
//! Read in this order: [`item`], [`change`], [`hit`], [`alert`], [`delivery`], [`verdict`]; the rest serves them.

pub mod alert;
pub mod backoff;
pub mod change;
pub mod cron;
pub mod delivery;
pub mod feed;
pub mod hints;
pub mod hit;
pub mod hours;
pub mod ids;
pub mod item;
pub mod known;
pub mod renames;
pub mod secret;
pub mod silence;
pub mod standing;
pub mod time;
pub mod verdict;
pub mod watch;

pub use alert::{Alert, AlertItem, AlertKind, Excerpt, Follows, Guard, Reason, Sameness, ServiceNews};
pub use change::{Change, ChangeKind, DiffOp, DiffPart, FieldDiff};
pub use cron::{Cron, CronError};
pub use delivery::{Delivery, DeliveryState, Form, Hold, Recipient};
pub use feed::{FeedMemory, FeedState, FirstPoll, Imprint, Moved, ReadAs, Validators};
pub use hints::{Cloud, FeedHints};
pub use hit::{Field, Fields, Found, Hit, How};
pub use hours::QuietHours;
pub use ids::{AlertId, DeliveryId, FeedName, NotifierName, SilenceId, WatchName};
pub use item::{Enclosure, Fingerprint, Item, ItemKey, ItemText, KeyKind};
pub use known::{About, ItemRecord, Known, Marks, Probe, Remembered};
pub use renames::Renames;
pub use secret::{Secret, redact_url, stored, stored_url};
pub use silence::Silence;
pub use standing::{NotifierHealth, Standing};
pub use time::{Clock, ManualClock, SystemClock, Time};
pub use verdict::Verdict;
pub use watch::{On, WatchRule};
