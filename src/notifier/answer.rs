//! What an answer to a webhook means: by its status, and of the services by what they say beside it.

use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use serde_json::Value;

use super::said;
use crate::model::{Time, Verdict};
use crate::render::Format;

/// Bytes of an answer that are read: it is quoted, and searched for how long to wait.
const ANSWER: usize = 4096;
/// Characters of an answer that are quoted.
const QUOTED: usize = 200;
/// How long the text of an answer is waited for once its status is known.
const ANSWER_TIME: Duration = Duration::from_secs(3);
/// Longest wait that is obeyed.
const LONGEST_WAIT: Duration = Duration::from_secs(86_400);

/// An answer as far as it matters.
#[derive(Debug)]
pub(super) struct Answer {
    status: reqwest::StatusCode,
    /// `Retry-After`.
    after: Option<Duration>,
    text: String,
}

impl Answer {
    /// Reads as much of its text as comes in time and without trouble, for the status counts most.
    pub async fn read(mut response: reqwest::Response, now: Time) -> Self {
        let status = response.status();
        let after = response.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok()).and_then(|v| retry_after(v, now));
        let mut bytes = Vec::new();
        let read = async {
            while bytes.len() < ANSWER
                && let Ok(Some(chunk)) = response.chunk().await
            {
                bytes.extend_from_slice(&chunk[..chunk.len().min(ANSWER - bytes.len())]);
            }
        };
        // Late or broken text is cut short: what came is enough.
        let _ = tokio::time::timeout(ANSWER_TIME, read).await;
        Self { status, after, text: String::from_utf8_lossy(&bytes).into_owned() }
    }
}

/// 2xx is accepted; 400, 413 and 422 refuse this message; 410 every message; all else may change.
pub(super) fn verdict(answer: Answer, format: &Format) -> Verdict {
    let Answer { status, after, text } = answer;
    let after = after.max(wait_in(&text, format));
    let quoted = said(&text, QUOTED);
    let name = status.canonical_reason().map(|name| format!(" {name}")).unwrap_or_default();
    let said = format!("{}{name}{}", status.as_u16(), if quoted.is_empty() { quoted } else { format!(": {quoted}") });
    match status.as_u16() {
        200..=299 if is_no(&text, format) => Verdict::Retry { said, after },
        200..=299 => Verdict::Accepted { said },
        400 if is_about_the_chat(&text, format) => Verdict::Retry { said, after },
        400 | 413 | 422 => Verdict::Refused { said },
        410 => Verdict::Gone { said },
        300..=399 => Verdict::Retry { said: format!("{said} (redirects are not followed)"), after },
        _ => Verdict::Retry { said, after },
    }
}

/// How long a service asks to wait, in the text of its answer: Discord as `retry_after` in seconds with a fraction
/// (<https://docs.discord.com/developers/topics/rate-limits>), Telegram as `parameters.retry_after` in seconds
/// (<https://core.telegram.org/bots/api#responseparameters>).
fn wait_in(text: &str, format: &Format) -> Option<Duration> {
    if !matches!(format, Format::Discord | Format::Telegram { .. }) {
        return None;
    }
    let answer: Value = serde_json::from_str(text).ok()?;
    let seconds = [&answer["retry_after"], &answer["parameters"]["retry_after"]].into_iter().find_map(Value::as_f64)?;
    Duration::try_from_secs_f64(seconds.max(0.0)).ok().map(|wait| wait.min(LONGEST_WAIT))
}

/// Teams' own webhooks answer 200 and say in the text that the message was not delivered
/// (<https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using>).
fn is_no(text: &str, format: &Format) -> bool {
    *format == Format::Teams && text.contains("returned HTTP error")
}

/// Telegram answers 400 where the chat is wrong: that is mended in the configuration, and no fault of the message.
fn is_about_the_chat(text: &str, format: &Format) -> bool {
    let said = text.to_ascii_lowercase();
    let words = ["chat not found", "upgraded to a supergroup", "thread not found", "topic_closed", "not enough rights"];
    matches!(format, Format::Telegram { .. }) && words.iter().any(|word| said.contains(word))
}

/// Reads `Retry-After`: seconds or an HTTP date (RFC 9110, 10.2.3), at most a day.
fn retry_after(value: &str, now: Time) -> Option<Duration> {
    let value = value.trim();
    let wait = match value.bytes().all(|b| b.is_ascii_digit()) {
        true if value.is_empty() => return None,
        true => Duration::from_secs(value.parse().unwrap_or(u64::MAX)),
        false => Time::from_utc(httpdate::parse_http_date(value).ok()?.into()).since(now),
    };
    Some(wait.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date_within_a_day() {
        let now = Time::parse_rfc3339("2026-11-24T06:15:30Z").unwrap();
        for (value, seconds) in [
            ("8", Some(8)),
            (" 120 ", Some(120)),
            ("99999999999999999999999", Some(86_400)),
            ("Tue, 24 Nov 2026 06:16:00 GMT", Some(30)),
            ("Tue, 24 Nov 2020 06:16:00 GMT", Some(0)),
            ("Tue, 24 Nov 2099 06:16:00 GMT", Some(86_400)),
            ("soon", None),
            ("", None),
            ("-5", None),
        ] {
            assert_eq!(retry_after(value, now), seconds.map(Duration::from_secs), "{value}");
        }
    }

    #[test]
    fn services_say_in_their_own_way_how_long_to_wait() {
        let telegram = Format::Telegram { chat: "1".into(), thread: None };
        for (format, status, text, word, wait) in [
            (
                &Format::Discord,
                429,
                r#"{"message":"You are being rate limited.","retry_after":0.65,"global":false}"#,
                "retry",
                650,
            ),
            (&telegram, 429, r#"{"ok":false,"error_code":429,"parameters":{"retry_after":35}}"#, "retry", 35_000),
            (&telegram, 429, r#"{"parameters":{"retry_after":1e300}}"#, "retry", 0),
            (&telegram, 429, r#"{"parameters":{"retry_after":-3}}"#, "retry", 0),
            (&telegram, 400, r#"{"ok":false,"description":"Bad Request: chat not found"}"#, "retry", 0),
            (&telegram, 400, r#"{"ok":false,"description":"Bad Request: message is too long"}"#, "refused", 0),
            (
                &Format::Teams,
                200,
                "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429",
                "retry",
                0,
            ),
            (&Format::Teams, 200, "1", "accepted", 0),
            (&Format::Slack, 200, "ok", "accepted", 0),
            (&Format::Standard, 429, r#"{"retry_after":3600}"#, "retry", 0),
        ] {
            let status = reqwest::StatusCode::from_u16(status).unwrap();
            let (said, waits) = match verdict(Answer { status, after: None, text: text.into() }, format) {
                Verdict::Accepted { .. } => ("accepted", Duration::ZERO),
                Verdict::Retry { after, .. } => ("retry", after.unwrap_or_default()),
                _ => ("refused", Duration::ZERO),
            };
            assert_eq!((said, waits), (word, Duration::from_millis(wait)), "{text}");
        }
    }
}
