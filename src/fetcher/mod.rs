//! The edge that asks feeds: HTTP and files, with validators, limits and redirects. It acts and decides nothing.
//!
//! `http` walks from the address that is asked along its redirects to an answer; `answer` reads what an answer's head
//! says, `coding` undoes what its body was packed in. `clients` keeps the connections: one client for addresses that
//! the operator wrote, one for those that somebody else named. `file` reads `file:` feeds.

mod answer;
mod clients;
mod coding;
mod cookies;
mod file;
mod http;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::dns::Resolve;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

use crate::model::{FeedMemory, Imprint, Secret, Validators, redact_url};
use crate::net::resolver::Resolver;

/// Where a feed is and how it is asked: the fetcher's part of `[[feed]]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// Where it is.
    pub address: Address,
    /// Further request headers; values may be secrets.
    pub headers: Vec<(String, Secret)>,
    /// HTTP Basic authentication (RFC 7617).
    pub login: Option<(String, Secret)>,
    /// A file with cookies: Netscape's `cookies.txt`, or one `name=value; …` line. Read at each poll.
    pub cookie_file: Option<PathBuf>,
    /// `http://`, `https://` or `socks5://` proxy for this feed; the environment's proxies are never obeyed.
    pub proxy: Option<Secret>,
    /// In place of [`Limits::user_agent`].
    pub user_agent: Option<String>,
    /// Lets redirects reach private addresses.
    pub allow_private: bool,
    /// Further trusted certificate authorities (PEM).
    pub ca_file: Option<PathBuf>,
}

impl Source {
    /// An address that is asked as anybody would ask it.
    pub fn open(address: Address) -> Self {
        Self {
            address,
            headers: Vec::new(),
            login: None,
            cookie_file: None,
            proxy: None,
            user_agent: None,
            allow_private: false,
            ca_file: None,
        }
    }
}

/// The address of a feed. `Debug` shows it without login and query.
#[derive(Clone, PartialEq)]
pub enum Address {
    /// `http:` or `https:`.
    Http(Url),
    /// `file:`, made absolute against the file that names it.
    File(PathBuf),
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(url) => write!(f, "Http({})", redact_url(url.as_str())),
            Self::File(path) => write!(f, "File({})", path.display()),
        }
    }
}

/// What one poll may cost, and how it introduces itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Bytes of a body, on the wire and decoded.
    pub body_bytes: u64,
    /// The whole poll.
    pub poll: Duration,
    /// From the request to the end of the response's head.
    pub head: Duration,
    /// Redirects followed.
    pub redirects: usize,
    /// The `User-Agent` header.
    pub user_agent: String,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 16 << 20,
            poll: Duration::from_secs(60),
            head: Duration::from_secs(30),
            redirects: 10,
            user_agent: format!(
                "feedwatch/{} (feed monitor; +{})",
                env!("CARGO_PKG_VERSION"),
                "https://github.com/feedwatch/feedwatch"
            ),
        }
    }
}

/// What a poll brought. `Debug` shows its addresses without login and query.
#[derive(Clone, PartialEq)]
pub struct Fetched {
    /// The answer.
    pub answer: Answer,
    /// The address that gave it.
    pub url: String,
    /// Where the leading permanent redirects led, if the first one was permanent; in the form that may be stored.
    pub moved_to: Option<String>,
    /// Bytes of bodies on the wire.
    pub bytes: u64,
    /// Why login, headers and cookies of the feed were not sent all the way, where it has any.
    pub withheld: Option<&'static str>,
}

impl fmt::Debug for Fetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetched")
            .field("answer", &self.answer)
            .field("url", &redact_url(&self.url))
            .field("moved_to", &self.moved_to.as_deref().map(redact_url))
            .field("bytes", &self.bytes)
            .field("withheld", &self.withheld)
            .finish()
    }
}

/// The answer to a poll.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// 200, and a body read whole (or a file).
    Body {
        /// Decoded.
        body: Bytes,
        /// The `Content-Type` header.
        content_type: Option<String>,
        /// To be stored only when the body parses and is settled.
        validators: Validators,
        /// What recognises it; of a file, whose validators do that, nothing.
        imprint: Option<Imprint>,
    },
    /// 200, and the body that the memory recognises as read.
    Same {
        /// Those of this answer.
        validators: Validators,
    },
    /// 304 to a conditional request (or a file that is as it was).
    NotModified,
    /// Anything else.
    Failed(Failure),
}

/// Why there is no body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What kind of trouble.
    pub kind: FailureKind,
    /// A sentence for the user: lower case, no full stop, no secret.
    pub said: String,
    /// As the server asked, at most a day.
    pub retry_after: Option<Duration>,
}

/// Kinds of trouble that are treated unlike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// No answer at all: name, connection, TLS, time.
    Unreachable,
    /// An answer with this status.
    Status(u16),
    /// A limit, the address guard, a broken body, a file that cannot be read.
    Refused,
}

impl Failure {
    fn new(kind: FailureKind, said: impl Into<String>) -> Self {
        Self { kind, said: said.into(), retry_after: None }
    }

    fn refused(said: impl Into<String>) -> Self {
        Self::new(FailureKind::Refused, said)
    }
}

/// What a poll among many others goes by.
pub struct Among {
    /// How long the head of an answer may take, as things are now, of the longest it may: asked again while it is waited
    /// for, so that those who came first wait no longer than those who came when there were many.
    pub patience: Box<dyn Fn(Duration) -> Duration + Send + Sync>,
    /// Places for what reads a body and works on it; waiting for an answer takes none.
    pub working: Arc<Semaphore>,
}

/// Asks feeds; holds the clients and their connections.
pub struct Fetcher {
    limits: Limits,
    clients: clients::Clients,
}

impl Fetcher {
    /// Makes the clients. [`crate::net::tls::install_provider`] has been called.
    pub fn new(limits: Limits) -> Result<Self, String> {
        Self::with_resolver(limits, Arc::new(Resolver::default()))
    }

    /// The same with another resolver of names. The address guard judges what it answers.
    pub fn with_resolver(limits: Limits, resolver: Arc<dyn Resolve>) -> Result<Self, String> {
        let clients = clients::Clients::new(limits.head, resolver)?;
        Ok(Self { limits, clients })
    }

    /// One poll, within its limits; never an error, since a sick feed is data.
    pub async fn fetch(&self, source: &Source, memory: &FeedMemory) -> Fetched {
        let alone = Among { patience: Box::new(|longest| longest), working: Arc::new(Semaphore::new(1)) };
        self.fetch_among(source, memory, &alone).await.0
    }

    /// One poll among others; where it has brought a body, with the place that working on it takes.
    pub async fn fetch_among(
        &self,
        source: &Source,
        memory: &FeedMemory,
        among: &Among,
    ) -> (Fetched, Option<OwnedSemaphorePermit>) {
        match &source.address {
            Address::Http(url) => http::fetch((&self.limits, among), &self.clients, source, url, memory).await,
            Address::File(path) => {
                // No semaphore here is ever closed, so the wait ends with a place.
                let place = among.working.clone().acquire_owned().await.ok();
                (file::fetch(&self.limits, path, memory).await, place)
            }
        }
    }
}
