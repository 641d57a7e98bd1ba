//! What is said of the service: a sentence that is the subject of a mail, what was seen, and what to do.

use crate::model::time::say_duration;
use crate::model::{FeedMemory, FeedState, NotifierHealth, Standing, Time, redact_url};
use crate::text::bidi::isolate;
use crate::text::count::counted;

use super::Words;

fn feed(name: &str) -> String {
    format!("feed “{}”", isolate(name))
}

fn notifier(name: &str) -> String {
    format!("notifier “{}”", isolate(name))
}

/// A feed fails.
pub fn failing(name: &str, memory: &FeedMemory, standing: &Standing) -> Words {
    let url = redact_url(&memory.url);
    let mut details = vec![format!("address: {url}"), format!("polls failed in a row: {}", memory.failures)];
    details.push(match memory.last_ok {
        Some(at) => format!("last read: {}", at.minute()),
        None => "it was never read".to_owned(),
    });
    details.extend(memory.next_poll.map(|at| format!("next poll: {}", at.minute())));
    let advice = match memory.state {
        FeedState::Gone => "its server says it is gone for good: find its new address, or take it out".to_owned(),
        FeedState::Blocked => format!(
            "its server sends us away: ask more rarely, say who you are (user_agent), or give it a login; see feedwatch parse {url}"
        ),
        _ => format!("see what it answers: feedwatch parse {url}; it is asked on and on, and told when it works again"),
    };
    let sentence = format!("{} fails since {}: {}", feed(name), standing.since.minute(), standing.said);
    Words { sentence, details, advice: Some(advice) }
}

/// A feed works again.
pub fn recovered(name: &str, standing: &Standing, until: Time) -> Words {
    let sentence = format!("{} works again, after {}", feed(name), long(standing.since, until));
    let details = vec![
        span("failed", standing.since, until),
        format!("the last reason: {}", standing.said),
        "what it published meanwhile and still shows has been read".to_owned(),
    ];
    Words { sentence, details, advice: None }
}

/// A feed shows nothing new.
pub fn silent(name: &str, memory: &FeedMemory, standing: &Standing) -> Words {
    let url = redact_url(&memory.url);
    let sentence = format!("{} shows nothing new since {}: {}", feed(name), standing.since.minute(), standing.said);
    let details = vec![format!("address: {url}"), "it is asked and answers as ever".to_owned()];
    let advice =
        format!("compare with its web page: it may be frozen or have moved; see what it shows: feedwatch parse {url}");
    Words { sentence, details, advice: Some(advice) }
}

/// Why a feed is called silent.
pub fn silent_said(longest: std::time::Duration) -> String {
    format!("its longest rest so far was {}", say_duration(longest))
}

/// Most hosts cannot be reached.
pub fn offline(standing: &Standing) -> Words {
    Words {
        sentence: format!("offline since {}: {}", standing.since.minute(), standing.said),
        details: vec!["feeds are not blamed meanwhile; the hole is told when it is over".to_owned()],
        advice: Some("look at this machine's network, its name resolution and its proxy".to_owned()),
    }
}

/// What is seen of that.
pub fn offline_said((away, all): (usize, usize), feeds: usize, error: &str) -> String {
    let error = if error.is_empty() { String::new() } else { format!(" ({error})") };
    format!("{away} of {} cannot be reached, {}{error}", counted(all, "host", "hosts"), counted(feeds, "feed", "feeds"))
}

/// They can be reached again.
pub fn online(standing: &Standing, until: Time, feeds: usize) -> Words {
    let sentence = format!("{}, {}", span("no view", standing.since, until), counted(feeds, "feed", "feeds"));
    let details = vec![
        format!("then: {}", standing.said),
        "all of them are asked now, and tell what they still show; what came and went in between is lost".to_owned(),
    ];
    Words { sentence, details, advice: None }
}

/// A notifier takes nothing.
pub fn notifier_failing(name: &str, health: &NotifierHealth, standing: &Standing) -> Words {
    let since = standing.since.minute();
    if health.off_since.is_some() {
        return Words {
            sentence: format!("{} is off since {since}: {}", notifier(name), standing.said),
            details: vec!["what comes for it waits, held".to_owned()],
            advice: Some(format!("mend its address, or switch it on again: feedwatch notify enable {name}")),
        };
    }
    let last =
        health.last_ok.map_or_else(|| "it never took a message".to_owned(), |at| format!("last well: {}", at.minute()));
    Words {
        sentence: format!("{} takes nothing since {since}: {}", notifier(name), standing.said),
        details: vec![
            format!("attempts in vain: {}", health.failures),
            last,
            "messages wait and are tried again".to_owned(),
        ],
        advice: Some(format!(
            "try it: feedwatch notify {name}; what has died meanwhile: feedwatch alerts list --state dead"
        )),
    }
}

/// It takes messages again.
pub fn notifier_recovered(name: &str, standing: &Standing, until: Time) -> Words {
    let sentence = format!("{} takes messages again, after {}", notifier(name), long(standing.since, until));
    let details = vec![span("failed", standing.since, until), format!("the last reason: {}", standing.said)];
    Words { sentence, details, advice: None }
}

/// The store works again.
pub fn store_recovered(since: Time, until: Time, said: &str) -> Words {
    Words {
        sentence: format!("the store works again, after {}", long(since, until)),
        details: vec![
            span("nothing was polled or sent", since, until),
            said.to_owned(),
            "nothing that was promised is lost; feeds tell what they still show".to_owned(),
        ],
        advice: None,
    }
}

/// How long, in words; never nothing.
fn long(since: Time, until: Time) -> String {
    say_duration(until.since(since).max(std::time::Duration::from_secs(1)))
}

/// `no view from 2026-11-24 02:10 to 05:40 UTC`, with both dates where they differ.
fn span(what: &str, from: Time, to: Time) -> String {
    let (from, to) = (from.utc(), to.utc());
    let end = if from.date_naive() == to.date_naive() { "%H:%M UTC" } else { "%Y-%m-%d %H:%M UTC" };
    format!("{what} from {} to {}", from.format("%Y-%m-%d %H:%M"), to.format(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hole_names_a_date_once_where_one_is_enough() {
        let t = |text: &str| Time::parse_rfc3339(text).unwrap();
        assert_eq!(
            span("no view", t("2026-11-24T02:10:11Z"), t("2026-11-24T05:40:00Z")),
            "no view from 2026-11-24 02:10 to 05:40 UTC"
        );
        assert_eq!(
            span("failed", t("2026-11-24T22:10:11Z"), t("2026-11-25T05:40:00Z")),
            "failed from 2026-11-24 22:10 to 2026-11-25 05:40 UTC"
        );
    }
}
