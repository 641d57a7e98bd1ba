//! Stories told through the public surface, over real sockets, real SMTP and real SQLite files.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on fails, and says where")]

mod support;

mod attacks; // a hostile world, attack by attack
mod away; // a notifier that is away, and its backlog
mod backtest; // a watchlist on what is stored
mod backup; // the store copied at work, and put back
mod check; // every mistake of a configuration, its place and its words
mod clock; // clocks that jump, machines that sleep
mod commands; // commands, exit codes, JSON Lines
mod daemon; // `run`: ready, at work, reloaded, stopped
mod damage; // full disks, locked, cut and foreign stores
mod endurance; // killed at random, left running for long, and nothing lost
mod explain; // why an alert, and why none
mod faults; // what goes wrong at mail servers and webhooks, in one table
mod fetch; // polling over HTTP and files
mod formats; // messages of chat services and templates, to their servers
mod fuzzing; // the fuzz targets, over the same inputs in every run
mod health; // what feedwatch tells of itself, and `status`
mod idle; // nothing to do costs nothing
mod journal; // what stands in systemd's journal
mod journey; // from a changed feed to those who hear of it
mod kill; // SIGKILL before every statement
mod layers; // what may import what
mod matching; // terms in texts, and the cases kept beside the project
mod names; // names in every script, by aliases and parts
mod near; // what came near, as `try` says it
mod notify; // mail and webhooks, and every way they are refused
mod operator; // feeds, doctor, check --online, completions, man
mod outfeed; // the feed of the alerts
mod parsing; // documents and what is read in them
mod policy; // quiet hours, digests, limits
mod queries; // the language of queries, and a plain evaluator beside it
mod readme; // what the documents say is so
mod reload; // the configuration changes while the daemon runs
mod reread; // documents that are not read again, or only where they are new
mod restricted; // under the restrictions of its unit
mod silence; // quiet for a time, and what is kept back
mod store; // what a store promises, against every backend
mod stories; // one story in many feeds
mod weeks; // weeks of policies, silences and outages in seconds
