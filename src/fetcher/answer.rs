//! What the head of an answer says: failures, validators, when to come back.

use std::time::{Duration, SystemTime};

use reqwest::StatusCode;
use reqwest::header::{DATE, ETAG, HeaderMap, HeaderName, HeaderValue, LAST_MODIFIED, RETRY_AFTER};

use super::{Failure, FailureKind};
use crate::model::Validators;

/// A longer validator is forgotten: it would be stored and sent with every poll. Real ones are below a hundred bytes.
const VALIDATOR_BYTES: usize = 1 << 10;

/// The longest that a server may send us away (a day); a feed that is asked once a day hurts nobody.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(24 * 3600);

/// The failure that an answer with this status is.
pub(super) fn failure(status: StatusCode, headers: &HeaderMap) -> Failure {
    let name = status.canonical_reason().map(|reason| format!(" {reason}")).unwrap_or_default();
    let hint = match status.as_u16() {
        204..=206 => ": only a status of 200 brings a feed",
        401 => ": a login is wanted (username and password_file, or headers)",
        304 => " to a request without conditions",
        _ => "",
    };
    let said = format!("answered {}{name}{hint}", status.as_u16());
    let retry_after = headers.get(RETRY_AFTER).and_then(|value| retry_after(value, now_for(headers)));
    Failure { kind: FailureKind::Status(status.as_u16()), said, retry_after }
}

/// What recognises this answer in the next request.
pub(super) fn validators(url: &str, headers: &HeaderMap) -> Validators {
    Validators { url: url.to_owned(), etag: opaque(headers, ETAG), last_modified: opaque(headers, LAST_MODIFIED) }
}

/// A header's value as it was sent, where it can be kept and sent back.
fn opaque(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let text = std::str::from_utf8(headers.get(name)?.as_bytes()).ok()?;
    may_be_sent(text).then(|| text.to_owned())
}

/// Whether a validator may be sent: not empty, not long, no control characters. Asked again when it is read back from the
/// store, so that no change there can split a request.
pub(super) fn may_be_sent(text: &str) -> bool {
    !text.is_empty() && text.len() <= VALIDATOR_BYTES && !text.chars().any(char::is_control)
}

/// The server's clock, by which its dates are meant; else ours.
fn now_for(headers: &HeaderMap) -> SystemTime {
    let date = headers.get(DATE).and_then(|d| d.to_str().ok()).and_then(|d| httpdate::parse_http_date(d).ok());
    date.unwrap_or_else(SystemTime::now)
}

/// `Retry-After` (RFC 9110, 10.2.3): seconds or a date, at most a day. What cannot be read or is over says nothing.
fn retry_after(value: &HeaderValue, now: SystemTime) -> Option<Duration> {
    let text = value.to_str().ok()?.trim();
    let wait = if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        // More digits than a number holds are more than a day.
        Duration::from_secs(text.parse().unwrap_or(u64::MAX))
    } else {
        httpdate::parse_http_date(text).ok()?.duration_since(now).ok()?
    };
    Some(wait.min(LONGEST_RETRY_AFTER)).filter(|wait| !wait.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date_and_at_most_a_day() {
        let now = httpdate::parse_http_date("Tue, 24 Nov 2026 12:00:00 GMT").unwrap();
        for (text, seconds) in [
            ("120", Some(120)),
            (" 3600 ", Some(3600)),
            ("99999999999", Some(86_400)),
            ("99999999999999999999999999", Some(86_400)),
            ("Tue, 24 Nov 2026 12:30:00 GMT", Some(1800)),
            ("Tuesday, 24-Nov-26 12:30:00 GMT", Some(1800)),
            ("Thu, 24 Nov 2050 12:30:00 GMT", Some(86_400)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", None),
            ("0", None),
            ("-1", None),
            ("soon", None),
            ("1.5", None),
            ("", None),
            ("٣", None),
        ] {
            let value = HeaderValue::from_bytes(text.as_bytes()).unwrap();
            assert_eq!(retry_after(&value, now), seconds.map(Duration::from_secs), "{text}");
        }
    }

    #[test]
    fn validators_are_opaque_bounded_and_clean() {
        let mut headers = HeaderMap::new();
        headers.insert(ETAG, HeaderValue::from_static("W/\"a b\\\"c\""));
        headers.insert(LAST_MODIFIED, HeaderValue::from_static("yesterday"));
        let kept = validators("http://x/", &headers);
        assert_eq!((kept.etag.as_deref(), kept.last_modified.as_deref()), (Some("W/\"a b\\\"c\""), Some("yesterday")));
        headers.insert(ETAG, HeaderValue::from_str(&"x".repeat(VALIDATOR_BYTES + 1)).unwrap());
        headers.insert(LAST_MODIFIED, HeaderValue::from_bytes(b"a\tb").unwrap());
        assert_eq!(validators("http://x/", &headers), Validators { url: "http://x/".into(), ..Validators::default() });
        assert!(!may_be_sent("\"a\r\nX-Evil: 1\""));
    }
}
