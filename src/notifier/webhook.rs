//! Webhooks: alerts signed as the Standard Webhooks specification 1.0.0 says, or a chat service's message. Redirects are
//! never followed.

use std::path::PathBuf;
use std::time::Duration;

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use sha2::Sha256;
use url::Url;

use super::Message;
use super::answer::{self, Answer};
use crate::model::time::say_duration;
use crate::model::{Secret, Time, Verdict};
use crate::net::{tls, trouble};
use crate::render::Format;

/// Messages a receiver is sent at once: enough to hide the way's latency, few enough for a small server.
pub(super) const AT_ONCE: usize = 4;

/// `kind = "webhook"`; `Debug` shows of the address what is no secret.
#[derive(Clone, PartialEq)]
pub struct WebhookSettings {
    /// Where to post. Its path and query may be a token: print it redacted.
    pub url: Url,
    /// The decoded keys of `whsec_…`: with each of them everything is signed, so that a receiver can take one after the
    /// other. Without any, nothing is signed.
    pub keys: Vec<SigningKey>,
    /// `Authorization: Bearer …`
    pub token: Option<Secret>,
    /// What the other side understands.
    pub format: Format,
    /// Further trusted certificate authorities (PEM).
    pub ca_file: Option<PathBuf>,
    /// One attempt.
    pub timeout: Duration,
}

impl std::fmt::Debug for WebhookSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookSettings")
            .field("url", &origin(&self.url))
            .field("keys", &self.keys)
            .field("token", &self.token)
            .field("format", &self.format)
            .field("ca_file", &self.ca_file)
            .field("timeout", &self.timeout)
            .finish()
    }
}

impl WebhookSettings {
    /// Unsigned alerts as JSON.
    pub fn new(url: Url, timeout: Duration) -> Self {
        Self { url, keys: Vec::new(), token: None, format: Format::Standard, ca_file: None, timeout }
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
    keys: Vec<SigningKey>,
    token: Option<HeaderValue>,
    format: Format,
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
        let token = settings.token.as_ref().map(|token| {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", token.reveal()))
                .map_err(|_| "the token holds characters that no header carries".to_owned())?;
            value.set_sensitive(true);
            Ok::<_, String>(value)
        });
        Ok(Self {
            client,
            url: settings.url.clone(),
            keys: settings.keys.clone(),
            token: token.transpose()?,
            format: settings.format.clone(),
            timeout,
        })
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
        let method = reqwest::Method::from_bytes(message.method.as_bytes()).unwrap_or(reqwest::Method::POST);
        let mut request = self.client.request(method, self.url.clone());
        for (name, value) in &message.headers {
            // What the configuration checked; one that no header carries all the same is left out.
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_bytes(value.as_bytes())) {
                request = request.header(name, value);
            }
        }
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, token);
        }
        // The services know nothing of these.
        if matches!(self.format, Format::Standard | Format::Template(_)) {
            let (id, timestamp) = (message.id.as_str(), now.seconds());
            request = request.header("webhook-id", id).header("webhook-timestamp", timestamp);
            let signatures: Vec<String> = self.keys.iter().map(|k| k.sign(id, timestamp, &message.bytes)).collect();
            if !signatures.is_empty() {
                request = request.header("webhook-signature", signatures.join(" "));
            }
        }
        match request.body(message.bytes.clone()).send().await {
            Ok(response) => answer::verdict(Answer::read(response, now).await, &self.format),
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
}
