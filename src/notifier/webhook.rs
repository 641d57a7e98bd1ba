//! Webhooks signed as the Standard Webhooks specification 1.0.0 says; redirects are never followed.

use std::path::PathBuf;
use std::time::Duration;

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use sha2::Sha256;
use url::Url;

use super::{Message, said};
use crate::model::time::say_duration;
use crate::model::{Secret, Time, Verdict};
use crate::net::{tls, trouble};

/// Messages a receiver is sent at once: enough to hide the way's latency, few enough for a small server.
pub(super) const AT_ONCE: usize = 4;

/// Bytes of an answer that are read: it is only ever quoted.
const ANSWER: usize = 4096;
/// Characters of an answer that are quoted.
const QUOTED: usize = 200;
/// How long the text of an answer is waited for once its status is known.
const ANSWER_TIME: Duration = Duration::from_secs(3);
/// Longest Retry-After that is obeyed.
const LONGEST_WAIT: Duration = Duration::from_secs(86_400);

/// `kind = "webhook"`; `Debug` shows of the address what is no secret.
#[derive(Clone, PartialEq)]
pub struct WebhookSettings {
    /// Where to post. Its path and query may be a token: print it redacted.
    pub url: Url,
    /// The decoded key of `whsec_…`; without one, nothing is signed.
    pub key: Option<SigningKey>,
    /// Further trusted certificate authorities (PEM).
    pub ca_file: Option<PathBuf>,
    /// One attempt.
    pub timeout: Duration,
}

impl std::fmt::Debug for WebhookSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookSettings")
            .field("url", &origin(&self.url))
            .field("key", &self.key)
            .field("ca_file", &self.ca_file)
            .field("timeout", &self.timeout)
            .finish()
    }
}

/// The bytes of a Standard Webhooks secret.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey(Vec<u8>);

impl SigningKey {
    /// Reads `whsec_` and base 64 of 24 to 64 bytes; the error is a sentence for the user that does not show it.
    pub fn parse(secret: &Secret) -> Result<Self, String> {
        const HELP: &str = "make one with: echo whsec_$(head -c 32 /dev/urandom | base64)";
        const BASE64: GeneralPurpose = GeneralPurpose::new(
            &base64::alphabet::STANDARD,
            GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
        );
        let text = secret.reveal().trim();
        let encoded =
            text.strip_prefix("whsec_").ok_or_else(|| format!("the secret does not begin with whsec_; {HELP}"))?;
        let key = BASE64.decode(encoded).map_err(|_| format!("the secret is not base 64 after whsec_; {HELP}"))?;
        match key.len() {
            24..=64 => Ok(Self(key)),
            n => Err(format!("the secret holds {n} bytes, not 24 to 64; {HELP}")),
        }
    }

    /// `v1,` and the base 64 of HMAC-SHA256 over `id.timestamp.body`.
    fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

/// A webhook target with its client.
pub struct Webhook {
    client: reqwest::Client,
    url: Url,
    key: Option<SigningKey>,
    timeout: Duration,
}

impl Webhook {
    pub(super) fn new(settings: &WebhookSettings) -> Result<Self, String> {
        tls::install_provider();
        let timeout = settings.timeout;
        let builder = || {
            reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                // A payload goes where the configuration says, not where an environment variable does.
                .no_proxy()
                .user_agent(concat!("feedwatch/", env!("CARGO_PKG_VERSION")))
                .timeout(timeout)
        };
        let client = tls::build_client(builder, settings.ca_file.as_deref())?;
        Ok(Self { client, url: settings.url.clone(), key: settings.key.clone(), timeout })
    }

    /// An OPTIONS request (RFC 9110, 9.3.7), which changes nothing: any answer but "gone" says that somebody is there, since
    /// many receivers know nothing but POST.
    pub(super) async fn probe(&self) -> Result<String, String> {
        match self.client.request(reqwest::Method::OPTIONS, self.url.clone()).send().await {
            Ok(response) if response.status() == reqwest::StatusCode::GONE => {
                Err("its target says it is gone (410)".into())
            }
            Ok(response) => Ok(format!("answers ({})", response.status().as_u16())),
            Err(error) => Err(self.trouble(&error)),
        }
    }

    pub(super) async fn send(&self, message: &Message, now: Time) -> Verdict {
        let timestamp = now.seconds();
        let mut request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", message.id.as_str())
            .header("webhook-timestamp", timestamp);
        if let Some(key) = &self.key {
            request = request.header("webhook-signature", key.sign(message.id.as_str(), timestamp, &message.bytes));
        }
        match request.body(message.bytes.clone()).send().await {
            Ok(response) => verdict(response, now).await,
            Err(error) => Verdict::retry(self.trouble(&error)),
        }
    }

    /// Why no answer came, with the address but nothing secret of it.
    fn trouble(&self, error: &reqwest::Error) -> String {
        let to = origin(&self.url);
        if error.is_timeout() {
            return format!("{to} did not answer within {}", say_duration(self.timeout));
        }
        let cause = trouble::of(error).said;
        let hint = if is_untrusted(error) { "; for a private authority set ca_file" } else { "" };
        format!("cannot deliver to {to}: {cause}{hint}")
    }
}

/// Whether a certificate is one that no authority known here has signed.
fn is_untrusted(error: &reqwest::Error) -> bool {
    let mut next = std::error::Error::source(error);
    while let Some(error) = next {
        if error.to_string().contains("UnknownIssuer") {
            return true;
        }
        next = error.source();
    }
    false
}

/// What an answer means: 2xx is accepted; 400, 413 and 422 refuse this message; 410 every message; all else may change.
async fn verdict(response: reqwest::Response, now: Time) -> Verdict {
    let status = response.status();
    let after = response.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok()).and_then(|v| retry_after(v, now));
    let text = said(&answer(response).await, QUOTED);
    let name = status.canonical_reason().map(|name| format!(" {name}")).unwrap_or_default();
    let said = format!("{}{name}{}", status.as_u16(), if text.is_empty() { text } else { format!(": {text}") });
    match status.as_u16() {
        200..=299 => Verdict::Accepted { said },
        400 | 413 | 422 => Verdict::Refused { said },
        410 => Verdict::Gone { said },
        300..=399 => Verdict::Retry { said: format!("{said} (redirects are not followed)"), after },
        _ => Verdict::Retry { said, after },
    }
}

/// The beginning of an answer's text; as much as comes in time and without trouble, for the status counts alone.
async fn answer(mut response: reqwest::Response) -> String {
    let mut bytes = Vec::new();
    let read = async {
        while bytes.len() < ANSWER
            && let Ok(Some(chunk)) = response.chunk().await
        {
            bytes.extend_from_slice(&chunk[..chunk.len().min(ANSWER - bytes.len())]);
        }
    };
    // Late or broken text is cut short: what came is enough to quote.
    let _ = tokio::time::timeout(ANSWER_TIME, read).await;
    String::from_utf8_lossy(&bytes).into_owned()
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

/// Scheme, host and port: what can be shown of an address whose path may be a token.
pub(super) fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_read_or_refused_without_showing_them() {
        for good in [
            "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
            " whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD\n",
            "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ] {
            let key = SigningKey::parse(&Secret::new(good)).unwrap();
            assert_eq!(format!("{key:?}"), "SigningKey(…)");
        }
        for (bad, says) in [
            ("C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "does not begin with whsec_"),
            ("whsec_C2FVsBQIhrscChlQIMV b5sSYspob7oD", "not base 64"),
            ("whsec_c2hvcnQ=", "holds 5 bytes, not 24 to 64"),
            (&format!("whsec_{}", "A".repeat(88)), "holds 66 bytes, not 24 to 64"),
            ("whsec_", "holds 0 bytes"),
        ] {
            let error = SigningKey::parse(&Secret::new(bad)).unwrap_err();
            assert!(error.contains(says), "{error}");
            assert!(!error.contains("C2FV") && !error.contains("c2hvcnQ"), "{error}");
        }
    }

    #[test]
    fn a_signature_is_the_one_of_the_specification() {
        // The worked example of the Standard Webhooks reference libraries.
        let key = SigningKey::parse(&Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).unwrap();
        assert_eq!(
            key.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

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
}
