//! Servers of feeds that keep a poll busy, lie, or send it elsewhere.

mod answers; // heads and bodies
mod names; // resolvers that lie
mod redirects; // where they lead, and where they may not
mod way; // time, TLS, HTTP/2

use std::time::Duration;

use feedwatch::fetcher::{FailureKind, Fetcher, Source};
use feedwatch::model::{FeedMemory, Secret, Validators};

use super::*;
use crate::fetch::{RSS, assert_said, body, failure, fetcher, fetcher_with, poll, poll_by, source, validators};
use crate::support::http::Authority;

/// Only what the server says is of interest, not who asks.
async fn answer_of(reply: Reply) -> feedwatch::fetcher::Fetched {
    let server = HttpServer::start();
    server.reply("/feed.xml", reply);
    poll(&source(&server.url("/feed.xml"))).await
}
