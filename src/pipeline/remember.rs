//! What a poll makes of its feed's memory. Pure.

use crate::config::FeedConfig;
use crate::deduper::Decision;
use crate::fetcher::{Address, Answer, FailureKind, Fetched, Source};
use crate::model::{FeedMemory, FeedState, Moved, Time};
use crate::parser::ParsedFeed;
use crate::scheduler::next_poll;
use crate::store::Contact;

/// What came of the answer.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "there is one a poll, and it is moved once")]
pub enum Reading {
    /// It is a feed.
    Feed(ParsedFeed),
    /// It is the one from before, as the server says.
    NotModified,
    /// It is the one from before, byte by byte.
    Same,
    /// It is none, or there was no answer: the reason.
    Failed(String),
}

/// Whether the poll reached the other side.
pub fn contact(source: &Source, answer: &Answer) -> Contact {
    match (&source.address, answer) {
        (Address::File(_), _) => Contact::Local,
        (_, Answer::Failed(failure)) if failure.kind == FailureKind::Unreachable => Contact::Unreachable,
        _ => Contact::Answered,
    }
}

/// The memory after a poll that began and ended at these times; `decided` is there when the document was read.
pub fn after(
    config: &FeedConfig,
    before: &FeedMemory,
    fetched: &Fetched,
    reading: &Reading,
    decided: Option<&Decision>,
    (began, now): (Time, Time),
) -> FeedMemory {
    let mut memory = before.clone();
    memory.last_poll = Some(began);
    memory.not_before = None;
    match reading {
        Reading::Failed(said) => failed(&mut memory, fetched, said, now),
        Reading::Feed(_) | Reading::NotModified | Reading::Same => {
            memory.state = FeedState::Ok;
            memory.last_ok = Some(now);
            memory.failures = 0;
            (memory.failing_since, memory.unreachable_since, memory.error) = (None, None, None);
        }
    }
    memory.moved = moved(before, fetched, reading, decided);
    if let Answer::Same { validators } = &fetched.answer {
        memory.validators = validators.clone();
        memory.whole_at = Some(now);
    }
    if let (Reading::Feed(parsed), Some(decision)) = (reading, decided) {
        read(&mut memory, parsed, decision, now);
        if let Answer::Body { validators, .. } = &fetched.answer {
            let offered = validators.etag.is_some() || validators.last_modified.is_some();
            let changed = decision.new > 0 || decision.edited > 0;
            if offered && before.validators == *validators && before.baseline_at.is_some() && changed {
                memory.lied_at = Some(now);
            }
            memory.validators = validators.clone();
            memory.whole_at = Some(now);
        }
    }
    memory.next_poll = Some(next_poll(&config.cadence, config.bounds, &config.name, &memory, now));
    memory
}

fn failed(memory: &mut FeedMemory, fetched: &Fetched, said: &str, now: Time) {
    memory.failures = memory.failures.saturating_add(1);
    memory.failing_since = memory.failing_since.or(Some(now));
    memory.error = Some(said.to_owned());
    memory.state = FeedState::BackingOff;
    let Answer::Failed(failure) = &fetched.answer else {
        memory.unreachable_since = None;
        return;
    };
    memory.unreachable_since =
        (failure.kind == FailureKind::Unreachable).then(|| memory.unreachable_since.unwrap_or(now));
    memory.not_before = failure.retry_after.map(|wait| now.plus(wait));
    memory.state = match failure.kind {
        FailureKind::Status(410) => FeedState::Gone,
        FailureKind::Status(401 | 403) => FeedState::Blocked,
        _ if memory.not_before.is_some() => FeedState::Blocked,
        _ => FeedState::BackingOff,
    };
}

/// What a document that was read adds.
fn read(memory: &mut FeedMemory, parsed: &ParsedFeed, decision: &Decision, now: Time) {
    if memory.baseline_at.is_none() {
        memory.baseline_at = Some(now);
    } else {
        memory.biggest_burst = memory.biggest_burst.max(u32::try_from(decision.new).unwrap_or(u32::MAX));
    }
    memory.rung = decision.rung;
    memory.title.clone_from(&parsed.title);
    memory.hints = parsed.hints.clone();
    let mut times: Vec<Time> =
        parsed.items.iter().filter_map(|i| i.published.or(i.updated)).filter(|t| *t <= now).collect();
    // A feed without dates has the rhythm in which its items were seen.
    if times.is_empty() {
        times.clone_from(&memory.recent);
        times.extend((decision.new > 0).then_some(now));
    }
    times.sort_unstable_by(|a, b| b.cmp(a));
    times.truncate(FeedMemory::RHYTHM);
    memory.recent = times;
}

/// The permanent redirect after this poll: one on probation counts the polls running that its target answered with this
/// feed (sharing an item with those known; with none known, the first answer makes them known), one in force ends with
/// its first failure. A target whose first answer shares none is a stranger, with no answer to its name, as long as the
/// redirect leads there.
fn moved(before: &FeedMemory, fetched: &Fetched, reading: &Reading, decided: Option<&Decision>) -> Option<Moved> {
    let in_force = before.moved.as_ref().filter(|m| m.in_force());
    if let (Some(moved), None) = (in_force, &fetched.moved_to) {
        return (!matches!(reading, Reading::Failed(_))).then(|| moved.clone());
    }
    let to = fetched.moved_to.as_ref()?;
    let is_this_feed = match reading {
        Reading::NotModified | Reading::Same => true,
        Reading::Feed(_) => before.baseline_at.is_none() || decided.is_some_and(|d| d.shares_item),
        Reading::Failed(_) => false,
    };
    let same = before.moved.as_ref().filter(|m| m.to == *to);
    // Its items are known by its second answer, but they were learnt from itself: a stranger stays one.
    let stranger = match same {
        Some(moved) => moved.answers == 0,
        None => !is_this_feed && decided.is_some_and(|d| d.new > 0),
    };
    match (reading, stranger) {
        (Reading::Failed(_), _) => None,
        (_, true) => Some(Moved { to: to.clone(), answers: 0 }),
        (_, false) => is_this_feed.then(|| Moved { to: to.clone(), answers: same.map_or(0, |m| m.answers) + 1 }),
    }
}

#[cfg(test)]
mod tests;
