//! `check --online`: every feed and notifier asked whether it is there. Nothing is stored, and nobody is told anything.

use futures_util::StreamExt;
use indicatif::{ProgressBar, ProgressStyle};

use crate::config::lint::{About, Note};
use crate::config::{Config, FeedConfig, NotifierConfig, Severity};
use crate::fetcher::{Answer, Fetcher};
use crate::model::FeedMemory;
use crate::notifier::Sender;
use crate::parser::{Document, Limits, parse};

use super::super::{Failure, runtime};

/// Asked at a time: many, so that a long list is soon through, and few enough for a small machine and its resolver.
const AT_ONCE: usize = 16;

/// What was found out.
pub struct Probed {
    /// What does not answer as it should.
    pub notes: Vec<Note>,
    /// Feeds that answer with a feed.
    pub feeds: usize,
    /// Notifiers that are there.
    pub notifiers: usize,
}

/// Asks all of them; notifiers only where their secrets are at hand.
pub fn probe(config: &Config, with_notifiers: bool) -> Result<Probed, Failure> {
    let fetcher = Fetcher::new(config.fetch.clone()).map_err(Failure::Usage)?;
    let notifiers = if with_notifiers { &config.notifiers[..] } else { &[] };
    let bar = progress(config.feeds.len() + notifiers.len());
    let (feeds, senders) = runtime()?.block_on(async {
        let feeds = config.feeds.iter().enumerate().map(|(n, feed)| {
            let (fetcher, bar) = (&fetcher, &bar);
            async move {
                let note = of_feed(fetcher, n, feed).await;
                bar.inc(1);
                note
            }
        });
        let feeds: Vec<Option<Note>> = futures_util::stream::iter(feeds).buffer_unordered(AT_ONCE).collect().await;
        let senders = notifiers.iter().enumerate().map(|(n, notifier)| {
            let bar = &bar;
            async move {
                let note = of_notifier(n, notifier).await;
                bar.inc(1);
                note
            }
        });
        let senders: Vec<Option<Note>> = futures_util::stream::iter(senders).buffer_unordered(AT_ONCE).collect().await;
        (feeds, senders)
    });
    bar.finish_and_clear();
    let well = |notes: &[Option<Note>]| notes.iter().filter(|n| n.is_none()).count();
    let (feeds_well, notifiers_well) = (well(&feeds), well(&senders));
    let notes = feeds.into_iter().chain(senders).flatten().collect();
    Ok(Probed { notes, feeds: feeds_well, notifiers: notifiers_well })
}

async fn of_feed(fetcher: &Fetcher, n: usize, feed: &FeedConfig) -> Option<Note> {
    let fetched = fetcher.fetch(&feed.source, &FeedMemory::new(&feed.url)).await;
    let note = |severity, code, said: &str, hint: Option<String>| {
        let message = format!("feed “{}”: {said}", feed.name);
        Some(Note { about: About::Feed(n), severity, code, message, hint })
    };
    let body = match &fetched.answer {
        Answer::Body { body, content_type, .. } => {
            Document { bytes: body, content_type: content_type.as_deref(), base: Some(fetched.url.as_str()) }
        }
        Answer::Failed(failure) => return note(Severity::Error, "feed_unreachable", &failure.said, None),
        // Nobody asks conditionally here.
        Answer::NotModified | Answer::Same { .. } => return None,
    };
    match parse(body, Limits::default()) {
        Err(not) => note(Severity::Error, "not_a_feed", &not.reason, None),
        Ok(parsed) if parsed.items.is_empty() => {
            note(Severity::Warning, "empty_feed", "it answers with a feed without an item", None)
        }
        Ok(_) => {
            let moved = fetched.moved_to.as_deref()?;
            let hint = format!("write `url = \"{}\"`", crate::model::redact_url(moved));
            note(Severity::Warning, "feed_moved", "it has moved for good", Some(hint))
        }
    }
}

async fn of_notifier(n: usize, notifier: &NotifierConfig) -> Option<Note> {
    let probed = match Sender::new(&notifier.settings, true) {
        Ok(sender) => sender.probe().await,
        Err(said) => Err(said),
    };
    let said = probed.err()?;
    let message = format!("notifier “{}”: {said}", notifier.name);
    let hint = Some(format!("feedwatch notify {} sends a test message", notifier.name));
    Some(Note { about: About::Notifier(n), severity: Severity::Error, code: "notifier_unreachable", message, hint })
}

/// A bar on a terminal, nothing elsewhere.
fn progress(count: usize) -> ProgressBar {
    let bar = ProgressBar::new(count as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} asked {wide_msg}") {
        bar.set_style(style);
    }
    bar
}
