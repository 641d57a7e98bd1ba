//! feedwatch: hear of it first. A monitor that watches news feeds, finds a watchlist in them in any script, and tells
//! people by email and webhook, each as often as it should be and never lost.
//!
//! # The way an item travels
//!
//! Three steps, three tables, three transactions ([`pipeline`], one screen each):
//!
//! ```text
//!  POLL     claim feeds that are due ─▶ fetch ─▶ parse ─▶ decide ─▶ find, raise ─▶ settle: feed, items, alerts
//!                                     fetcher   parser   deduper   matcher alerter  │ hint
//!  PLAN     claim a notifier's alerts ─▶ planner: off, joined edits, silence, stories ─▶ settle: deliveries, holds
//!                                                                                   │ hint
//!  DELIVER  claim deliveries that are due ─▶ render ─▶ send ─▶ settle: sent | again at … | dead
//!                                                    notifier
//! ```
//!
//! Every step has one shape: **claim** rows that are due, work outside any transaction, **settle** the whole outcome in
//! one transaction that gives the claim back. The table is the queue; a hint only wakes the next step sooner.
//!
//! # What always holds
//!
//! A step's outcome is written whole or not at all, and any step may be done again: the ids of alerts and deliveries are
//! computed from what they are about ([`model::ids`]), so doing it twice writes it once, also after a crash. A delivery is
//! attempted until its target accepts it, refuses that very message, or its retry schedule ends; then it is dead: kept,
//! visible, resendable. A sealed delivery's id and alerts never change, and every attempt carries the id, since a process
//! killed between the receiver's "yes" and the settle must send again. `tests/it/kill.rs` ends the process before each
//! SQL statement of the three steps and looks.
//!
//! # The rooms, from the bottom up
//!
//! Imports go strictly downward, and siblings meet only in [`pipeline`]; `tests/it/layers.rs` holds it.
//!
//! | layer | rooms | what they are |
//! |---|---|---|
//! | words | [`model`] | plain data, no I/O, no clock |
//! | | [`text`] | text of any script made comparable, diffs, cuts |
//! | stages | [`scheduler`] [`parser`] [`deduper`] [`matcher`] [`alerter`] [`planner`] [`render`] | pure: they decide and touch nothing |
//! | edges | [`net`], on it [`fetcher`] [`store`] [`notifier`] | they act and decide nothing |
//! | meaning | [`config`] | files become each room's own settings, every mistake with its place |
//! | steps | [`pipeline`] | poll, plan, deliver; and a look at the service's own health |
//! | wiring | [`app`] | one straight line |
//! | waiting | [`daemon`] | loops, signals, readiness, a bounded end |
//! | commands | [`cli`] | one file each |
//!
//! Reading order for a newcomer: this page, [`model`], [`pipeline::poll()`], [`deduper::decide()`], [`planner::plan()`],
//! [`store::Store`] (the contract in prose), then whatever you came for.
//!
//! # An item becomes a mail
//!
//! [`daemon`] wakes since a feed is due and [`app::App::begin_polls`] claims it. [`fetcher`] asks its server with the
//! validators of last time and gets a body, which is read on a thread of [`pipeline::workers`] (the one of last time goes no
//! further: [`pipeline::recognise`]; of one that has changed only what is new in it is read: [`pipeline::skim`]); [`parser`] reads items out of it; [`deduper::identify`] says who each is, the
//! store says who is known, [`deduper::decide()`] says that one is new. [`matcher`] finds a term of a watch in its title,
//! [`alerter`] raises an alert with its reason, and one commit writes feed, item and alert. The planner, woken by a hint,
//! claims what waits for the mail notifier, bundles it with what two other watches say of the same item, and seals a
//! delivery. [`render`] writes the same bytes each time it is asked, [`notifier`] speaks SMTP and brings back a verdict
//! for each recipient, [`planner::retry`] says what that means, and the settle notes it.
//!
//! # The power fails in the middle
//!
//! Before the poll's commit nothing has happened: the feed is due at the next start, and the same document raises the same
//! alerts. After it, the alert waits in the table. Between the mail server's "250" and the settle, the mail is sent once
//! more with the same Message-ID. Claims live in the memory of the one process that holds the store's lock, so they need
//! no clean-up: they are gone with it.
//!
//! # Something is wrong with the service itself
//!
//! [`pipeline::health`] looks at feeds, notifiers and store as they stand, [`alerter::service`] decides which troubles stand,
//! have ended and are to be told, and one commit writes them with their alerts, which then go the way of all alerts. What
//! an operator is told of it ([`pipeline::condition`]) is the same in `status`, in systemd's status line and in the daily
//! line. A store that cannot be written is told past itself, by [`pipeline::outcry`]: the one message that is not promised.
//!
//! # Where a new line belongs
//!
//! A new format of feeds: [`parser`]. A new reason to wait: [`planner`]. A new way to send: a settings struct and a sender
//! in [`notifier`], a file in [`render`], a kind in [`config`]. A chat service: a file in [`render`], a line in
//! [`render::format`], a line in `config/formats.rs` (`docs/notifiers.md`). Another database: a folder beside [`store::sqlite`]. What a
//! user sees of the program's state: [`cli`].

#![forbid(unsafe_code)]

pub mod alerter;
pub mod app;
pub mod cli;
pub mod config;
pub mod daemon;
pub mod deduper;
pub mod fetcher;
pub mod matcher;
pub mod model;
pub mod net;
pub mod notifier;
pub mod parser;
pub mod pipeline;
pub mod planner;
pub mod render;
pub mod scheduler;
pub mod store;
pub mod text;
