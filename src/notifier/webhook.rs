//! Webhooks signed as the Standard Webhooks specification 1.0.0 says; redirects are never followed.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use crate::model::Secret;

/// `kind = "webhook"`
#[derive(Debug, Clone, PartialEq)]
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

/// The bytes of a Standard Webhooks secret.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey(Vec<u8>);

impl SigningKey {
    /// Reads `whsec_` and base 64 of 24 to 64 bytes; the error is a sentence for the user that does not show it.
    pub fn parse(secret: &Secret) -> Result<Self, String> {
        let _ = secret;
        todo!()
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

/// A webhook target with its client.
pub struct Webhook {}
