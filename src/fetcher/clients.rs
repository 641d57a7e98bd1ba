//! The HTTP clients and their connections: a pair for all feeds without a proxy or authority of their own, and one for
//! each combination of those that some feed has.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::dns::Resolve;
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Proxy};
use url::Url;

use super::{Failure, Source};
use crate::net::guard::PublicOnly;
use crate::net::tls;

/// Connections are kept for feeds of one host that are polled together, not from one poll of a feed to the next: a
/// thousand hosts would hold a thousand sockets for nothing.
const IDLE: Duration = Duration::from_secs(3);

/// Idle connections to one host; more are not polled at once.
const IDLE_PER_HOST: usize = 4;

/// Bytes of all headers of an answer over HTTP/2. Over HTTP/1 hyper's own limits hold: 100 headers, some 400 KB.
const HTTP2_HEADER_BYTES: u32 = 64 << 10;

/// What clients differ in.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    /// With its login.
    proxy: Option<String>,
    ca_file: Option<PathBuf>,
    /// Whether resolved addresses must be public.
    guarded: bool,
}

pub(super) struct Clients {
    /// To connect, name resolution and TLS included.
    connect: Duration,
    /// Who is asked for the addresses of names.
    resolver: Arc<dyn Resolve>,
    /// As many as the configuration has combinations.
    made: Mutex<HashMap<Key, Client>>,
}

impl Clients {
    /// Makes the one that most feeds share, so that trouble with it is known at the start; others when they are wanted,
    /// since each reads the machine's authorities.
    pub(super) fn new(connect: Duration, resolver: Arc<dyn Resolve>) -> Result<Self, String> {
        let clients = Self { connect, resolver, made: Mutex::default() };
        clients.get_or_make(Key { proxy: None, ca_file: None, guarded: false })?;
        Ok(clients)
    }

    /// Who is asked for the addresses of names.
    pub(super) fn resolver(&self) -> &dyn Resolve {
        &*self.resolver
    }

    /// The client for a request of this feed.
    pub(super) fn get(&self, source: &Source, guarded: bool) -> Result<Client, Failure> {
        let proxy = source.proxy.as_ref().map(|p| p.reveal().to_owned());
        let key = Key { proxy, ca_file: source.ca_file.clone(), guarded };
        self.get_or_make(key).map_err(Failure::refused)
    }

    fn get_or_make(&self, key: Key) -> Result<Client, String> {
        // A panic while the lock was held has left the map whole.
        if let Some(client) = self.made.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(client.clone());
        }
        // Made without the lock: a `ca_file` is read from disk.
        let client = self.make(&key)?;
        self.made.lock().unwrap_or_else(PoisonError::into_inner).insert(key, client.clone());
        Ok(client)
    }

    fn make(&self, key: &Key) -> Result<Client, String> {
        let proxy = key.proxy.as_deref().map(proxy).transpose()?;
        let settings = || {
            let builder = self.settings();
            let builder = match &proxy {
                Some((proxy, _)) => builder.proxy(proxy.clone()),
                None => builder,
            };
            let resolver = self.resolver.clone();
            match key.guarded {
                true => {
                    let except = proxy.as_ref().map(|(_, host)| host.clone());
                    builder.dns_resolver(PublicOnly { resolver, except })
                }
                false => builder.dns_resolver(resolver),
            }
        };
        tls::build_client(settings, key.ca_file.as_deref())
    }

    fn settings(&self) -> ClientBuilder {
        Client::builder()
            // Redirects are walked by us: they are guarded, counted and remembered.
            .redirect(Policy::none())
            .referer(false)
            // The environment's proxies would see what the guard does not.
            .no_proxy()
            .connect_timeout(self.connect)
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .http2_max_header_list_size(HTTP2_HEADER_BYTES)
            // A header that is none spoils no feed.
            .http1_ignore_invalid_headers_in_responses(true)
            .http1_allow_spaces_after_header_name_in_responses(true)
    }
}

/// A proxy and its host. The address may carry a login and is never part of an error.
fn proxy(text: &str) -> Result<(Proxy, String), String> {
    const WRONG: &str = "proxy is not an address: write http://, https:// or socks5:// and a host";
    let url = Url::parse(text).map_err(|_| WRONG.to_owned())?;
    let host = url.host_str().ok_or(WRONG)?.to_owned();
    if !matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h") {
        return Err(WRONG.to_owned());
    }
    let proxy = Proxy::all(text).map_err(|_| WRONG.to_owned())?;
    Ok((proxy, host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_that_is_none_is_said_without_its_login() {
        for text in ["", "ftp://user:hunter2@proxy/", "proxy:3128", "http://", "http://user:hunter2@:99999"] {
            let error = proxy(text).unwrap_err();
            assert!(error.starts_with("proxy is not") && !error.contains("hunter2"), "{text}: {error}");
        }
        for text in ["http://user:pass@proxy:3128", "socks5://127.0.0.1:1080", "https://proxy"] {
            assert!(proxy(text).is_ok(), "{text}");
        }
    }
}
