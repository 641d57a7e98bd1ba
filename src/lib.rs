//! feedwatch: hear of it first. A monitor that watches news feeds, finds a watchlist in them in any script, and tells
//! people by email and webhook, each as often as it should be and never lost.

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
