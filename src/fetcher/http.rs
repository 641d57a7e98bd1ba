//! One poll over HTTP: from the address that is asked, along its redirects, to an answer.
//!
//! | the next address | client | login, headers, cookies |
//! |---|---|---|
//! | the configured one, or another on its host | any address | sent, while the port is the same (or 80 becomes 443) |
//! | on another host | public addresses only, unless `allow_private` | not sent, nor ever again in this poll |
//! | `http:` after `https:` | as above | not sent, nor ever again in this poll |
//!
//! A redirect that was remembered was told by somebody else as well: it is treated like one that was just followed.

use std::time::Duration;

use base64::Engine;
use bytes::Bytes;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, HeaderValue,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, LOCATION, USER_AGENT,
};
use reqwest::{Response, StatusCode};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;
use url::Url;

use super::clients::Clients;
use super::{Among, Answer, Failure, FailureKind, Fetched, Limits, Source, answer, coding, cookies};
use crate::model::ids::hash128;
use crate::model::time::say_duration;
use crate::model::{FeedMemory, Imprint, redact_url, stored};
use crate::net::body::{self, BodyError};
use crate::net::guard;
use crate::net::trouble::{self, Trouble, TroubleKind};

const FEEDS_FIRST: &str = "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml, \
     application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1";

/// The body of a redirect is read so far, that its connection can serve the next request.
const REDIRECT_BODY_BYTES: u64 = 16 << 10;

/// How often it is asked whether a server is still waited for.
const PATIENCE_STEP: Duration = Duration::from_secs(1);

/// A longer address is not followed: it would be stored and told. Browsers and servers stop at about as many.
const LOCATION_BYTES: usize = 8 << 10;

/// A longer content type is none: it would be carried along for nothing.
const CONTENT_TYPE_BYTES: usize = 256;

/// A redirect's body is not waited for longer: without it a new connection is made.
const REDIRECT_BODY_TIME: Duration = Duration::from_secs(1);

/// How far a poll has come: it is told even when time ends it.
struct Trail {
    /// The address that is being asked.
    url: Url,
    redirects: usize,
    /// Addresses asked before, to notice a circle.
    asked: Vec<Url>,
    /// Whether every redirect so far was permanent.
    permanent: bool,
    moved_to: Option<Url>,
    bytes: u64,
    /// Whether any server has answered.
    answered: bool,
    /// Whether login, headers and cookies may be sent.
    trusted: bool,
    /// Why they no longer are.
    withheld: Option<&'static str>,
    /// For the body and what is made of it.
    place: Option<OwnedSemaphorePermit>,
}

/// Asks a feed. Whatever goes wrong is part of what is returned.
pub(super) async fn fetch(
    (limits, among): (&Limits, &Among),
    clients: &Clients,
    source: &Source,
    configured: &Url,
    memory: &FeedMemory,
) -> (Fetched, Option<OwnedSemaphorePermit>) {
    let poll = Poll { limits, among, clients, source, memory, written: configured, configured: bare(configured) };
    let mut trail = poll.start();
    let answer = match timeout(limits.poll, poll.walk(&mut trail)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(failure)) => Answer::Failed(failure),
        Err(_) => {
            let kind = if trail.answered { FailureKind::Refused } else { FailureKind::Unreachable };
            Answer::Failed(Failure::new(kind, format!("timed out after {}", say_duration(limits.poll))))
        }
    };
    let answer = match answer {
        Answer::Failed(failure) if trail.redirects > 0 => {
            let said = format!("{} (redirected to {})", failure.said, redact_url(trail.url.as_str()));
            // A server did answer, so the network is there: the feed is broken, not out of reach.
            let kind = if failure.kind == FailureKind::Unreachable { FailureKind::Refused } else { failure.kind };
            Answer::Failed(Failure { said, kind, ..failure })
        }
        answer => answer,
    };
    let moved_to = trail.moved_to.as_ref().map(|to| poll.kept(to));
    let withheld = trail.withheld.filter(|_| poll.has_secrets());
    let place = trail.place;
    (Fetched { answer, url: trail.url.into(), moved_to, bytes: trail.bytes, withheld }, place)
}

/// What one poll goes by.
struct Poll<'a> {
    limits: &'a Limits,
    among: &'a Among,
    clients: &'a Clients,
    source: &'a Source,
    memory: &'a FeedMemory,
    /// The configured address, perhaps with a login in it.
    written: &'a Url,
    /// The same without login and fragment.
    configured: Url,
}

impl Poll<'_> {
    /// The remembered redirect where one is in force and the configured address is still the one it was found from.
    fn start(&self) -> Trail {
        let url = self.remembered().filter(|_| self.memory_holds()).unwrap_or_else(|| self.configured.clone());
        let mut trail = Trail {
            url: self.configured.clone(),
            redirects: 0,
            asked: Vec::new(),
            permanent: true,
            moved_to: None,
            bytes: 0,
            answered: false,
            trusted: true,
            withheld: None,
            place: None,
        };
        self.move_to(&mut trail, url);
        trail
    }

    /// The target of a permanent redirect in force.
    fn remembered(&self) -> Option<Url> {
        let moved = self.memory.moved.as_ref().filter(|moved| moved.in_force())?;
        let to = self.own_values().fold(moved.to.clone(), |to, (place, value)| to.replace(&place, value));
        Url::parse(&to).map(|url| bare(&url)).ok().filter(is_http)
    }

    /// The target of a redirect as it may be stored: values that it took over from the configured query may be tokens, and
    /// a place is kept for each.
    fn kept(&self, url: &Url) -> String {
        self.own_values().fold(url.as_str().to_owned(), |to, (place, value)| to.replace(value, &place))
    }

    /// The values of the configured query that are long enough for a token, each with what stands for it in the store.
    fn own_values(&self) -> impl Iterator<Item = (String, &str)> {
        const SHORTEST: usize = 6;
        let pairs = self.configured.query().unwrap_or_default().split('&');
        let values = pairs.map(|pair| pair.split_once('=').map_or(pair, |(_, value)| value));
        values.filter(|value| value.len() >= SHORTEST).enumerate().map(|(n, value)| (format!("{{query-{n}}}"), value))
    }

    /// Lets the trail stand at another address; whether that one may see secrets is decided here and nowhere else.
    fn move_to(&self, trail: &mut Trail, url: Url) {
        if trail.trusted && !may_see_secrets(&self.configured, &url) {
            trail.trusted = false;
            let in_the_clear = self.configured.scheme() == "https" && url.scheme() == "http";
            trail.withheld = Some(match in_the_clear {
                true => "it is redirected from https: to http:",
                false => "it is redirected to another host",
            });
        }
        trail.url = url;
    }

    fn has_secrets(&self) -> bool {
        let Source { login, cookie_file, headers, .. } = self.source;
        let written = !self.written.username().is_empty() || self.written.password().is_some();
        written || login.is_some() || cookie_file.is_some() || !headers.is_empty()
    }

    /// Whether the memory is of the address that is configured now.
    fn memory_holds(&self) -> bool {
        let same = || Url::parse(&self.memory.url).is_ok_and(|url| bare(&url) == self.configured);
        self.memory.url == stored(self.written) || same()
    }

    async fn walk(&self, trail: &mut Trail) -> Result<Answer, Failure> {
        loop {
            let (mut response, conditional) = self.ask(trail).await?;
            trail.answered = true;
            if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
                if response.status() == StatusCode::OK {
                    // No semaphore here is ever closed, so the wait ends with a place; or with the poll.
                    trail.place = self.among.working.clone().acquire_owned().await.ok();
                }
                return self.read(response, conditional, trail).await;
            }
            let next = target(&response, &trail.url)?;
            self.follow(trail, response.status(), next)?;
            // Best effort: a redirect whose body is late or broken is followed over a new connection.
            if response.content_length().is_some_and(|length| length <= REDIRECT_BODY_BYTES) {
                let rest = body::read(&mut response, REDIRECT_BODY_BYTES, &mut trail.bytes);
                let _ = timeout(REDIRECT_BODY_TIME, rest).await;
            }
        }
    }

    /// One request to where the trail stands; whether it was conditional.
    async fn ask(&self, trail: &Trail) -> Result<(Response, bool), Failure> {
        let guarded = !self.source.allow_private && trail.url.host() != self.configured.host();
        if guarded {
            self.judge(&trail.url).await.map_err(|refused| guard_failure(&refused.to_string()))?;
        }
        let (headers, conditional) = self.headers(trail).await?;
        let client = self.clients.get(self.source, guarded)?;
        let request = client.get(self.with_login(trail)).headers(headers).send();
        let mut request = std::pin::pin!(request);
        let mut waited = Duration::ZERO;
        loop {
            let patience = (self.among.patience)(self.limits.head);
            let step = patience.saturating_sub(waited).min(PATIENCE_STEP);
            if step.is_zero() {
                let others = if patience < self.limits.head { ", while many others gave none either" } else { "" };
                let said = format!("timed out after {} without an answer{others}", say_duration(waited));
                return Err(Failure::new(FailureKind::Unreachable, said));
            }
            match timeout(step, &mut request).await {
                Ok(Ok(response)) => return Ok((response, conditional)),
                Ok(Err(error)) => return Err(failure_of(trouble::of(&error))),
                Err(_) => waited += step,
            }
        }
    }

    /// The address guard's word on an address that somebody else gave, as far as it can be had before connecting.
    async fn judge(&self, url: &Url) -> Result<(), guard::Refused> {
        guard::check_host(url)?;
        match self.source.proxy {
            Some(_) => guard::check_name(url, self.clients.resolver()).await,
            None => Ok(()),
        }
    }

    /// The headers of a request; whether they make it conditional.
    async fn headers(&self, trail: &Trail) -> Result<(HeaderMap, bool), Failure> {
        let mut headers = HeaderMap::new();
        let user_agent = self.source.user_agent.as_ref().unwrap_or(&self.limits.user_agent);
        headers.insert(USER_AGENT, value("user_agent", user_agent)?);
        headers.insert(ACCEPT, HeaderValue::from_static(FEEDS_FIRST));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(coding::ACCEPT_ENCODING));
        if trail.trusted {
            self.secrets(&trail.url, &mut headers).await?;
        }
        let validators = &self.memory.validators;
        let mut conditional = false;
        if self.memory_holds() && validators.url == stored(&trail.url) {
            for (name, text) in [(IF_NONE_MATCH, &validators.etag), (IF_MODIFIED_SINCE, &validators.last_modified)] {
                let text = text.as_deref().filter(|text| answer::may_be_sent(text));
                if let Some(value) = text.and_then(|text| HeaderValue::from_bytes(text.as_bytes()).ok()) {
                    headers.insert(name, value);
                    conditional = true;
                }
            }
        }
        Ok((headers, conditional))
    }

    /// What only the configured host may see: login, cookies, the feed's own headers.
    async fn secrets(&self, url: &Url, headers: &mut HeaderMap) -> Result<(), Failure> {
        let Source { login, cookie_file, headers: own, .. } = self.source;
        if let Some((user, password)) = login {
            headers.insert(AUTHORIZATION, basic(user, password.reveal())?);
        }
        if let Some(path) = cookie_file
            && let Some(cookie) = cookies::header(path, url).await.map_err(Failure::refused)?
        {
            headers.insert(COOKIE, secret("cookie_file", &cookie)?);
        }
        for (name, text) in own {
            let key = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| Failure::refused(format!("`{}` is not a header name", name.escape_debug())))?;
            headers.insert(key, secret(name, text.reveal())?);
        }
        Ok(())
    }

    /// The address to ask, with the login that was written into the configured one: reqwest makes a header of it.
    fn with_login(&self, trail: &Trail) -> Url {
        let mut url = trail.url.clone();
        if trail.trusted && self.source.login.is_none() {
            // Both fail only for addresses without a host, which were never configured.
            let _ = url.set_username(self.written.username());
            let _ = url.set_password(self.written.password());
        }
        url
    }

    /// Moves the trail to where a redirect points.
    fn follow(&self, trail: &mut Trail, status: StatusCode, next: Url) -> Result<(), Failure> {
        if trail.redirects >= self.limits.redirects {
            return Err(Failure::refused(format!("more than {} redirects", self.limits.redirects)));
        }
        trail.redirects += 1;
        trail.asked.push(trail.url.clone());
        self.move_to(trail, next);
        if trail.asked.contains(&trail.url) {
            return Err(Failure::refused("the redirects lead in a circle"));
        }
        trail.permanent &= matches!(status.as_u16(), 301 | 308);
        if trail.permanent {
            trail.moved_to = Some(trail.url.clone());
        }
        Ok(())
    }

    /// Makes an answer of what is no redirect.
    async fn read(&self, mut response: Response, conditional: bool, trail: &mut Trail) -> Result<Answer, Failure> {
        match response.status().as_u16() {
            304 if conditional => return Ok(Answer::NotModified),
            200 => (),
            _ => return Err(answer::failure(response.status(), response.headers())),
        }
        let limit = self.limits.body_bytes;
        let wire = body::read(&mut response, limit, &mut trail.bytes).await.map_err(|e| match e {
            BodyError::Broken(trouble) => failure_of(trouble),
            BodyError::TooLarge(_) => Failure::refused(e.to_string()),
        })?;
        let headers = response.headers();
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let mut encodings: Vec<String> = headers.get_all(CONTENT_ENCODING).iter().map(text).collect();
        if encodings.is_empty() && coding::is_gzip(&wire) {
            // A file packed by hand; no feed begins with these bytes.
            encodings.push("gzip".into());
        }
        let content_type = headers.get(CONTENT_TYPE).filter(|v| v.len() <= CONTENT_TYPE_BYTES).map(text);
        let validators = answer::validators(&stored(&trail.url), headers);
        let read = self.memory.read_as.map(|read| read.imprint);
        let [url, media] = [trail.url.as_str(), content_type.as_deref().unwrap_or_default()].map(str::as_bytes);
        let wire_hash = hash128(&[url, media, encodings.join(",").as_bytes(), &wire]);
        if read.is_some_and(|read| read.wire == wire_hash) {
            return Ok(Answer::Same { validators });
        }
        let body = coding::decode(wire, &encodings, limit).await.map_err(Failure::refused)?;
        if body.is_empty() {
            return Err(Failure::refused("empty body"));
        }
        let imprint = Imprint { wire: wire_hash, body: hash128(&[url, media, &body]) };
        if read.is_some_and(|read| read.body == imprint.body) {
            return Ok(Answer::Same { validators });
        }
        Ok(Answer::Body { body: Bytes::from(body), content_type, validators, imprint: Some(imprint) })
    }
}

/// Where a redirect points.
fn target(response: &Response, from: &Url) -> Result<Url, Failure> {
    let status = response.status().as_u16();
    let location = response.headers().get(LOCATION).ok_or_else(|| {
        Failure::new(FailureKind::Status(status), format!("answered {status} without saying where to (no location)"))
    })?;
    if location.len() > LOCATION_BYTES {
        return Err(Failure::refused(format!("answered {status} with a location longer than 8 KiB")));
    }
    let next = std::str::from_utf8(location.as_bytes()).ok().and_then(|text| from.join(text.trim()).ok());
    let next = next.ok_or_else(|| {
        Failure::new(FailureKind::Status(status), format!("answered {status} with a location that is no address"))
    })?;
    if !is_http(&next) {
        let scheme: String = next.scheme().chars().take(20).collect();
        let said = format!("redirected to a {scheme}: address, which is not followed");
        return Err(Failure::refused(said));
    }
    Ok(bare(&next))
}

fn is_http(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

/// The address without login, which nobody else may give us, and without fragment, which is never sent.
fn bare(url: &Url) -> Url {
    let mut url = url.clone();
    // Both fail only for addresses without a host, which cannot carry a login either.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_fragment(None);
    url
}

/// Whether an address may see what is meant for the configured one: the same host and port, or its change from `http:` to
/// `https:`; never `http:` where `https:` was configured.
fn may_see_secrets(configured: &Url, url: &Url) -> bool {
    let ports = (configured.port_or_known_default(), url.port_or_known_default());
    let upgrade = configured.scheme() == "http" && url.scheme() == "https" && ports == (Some(80), Some(443));
    let as_safe = configured.scheme() == url.scheme() || url.scheme() == "https";
    configured.host() == url.host() && (upgrade || ports.0 == ports.1 && as_safe)
}

fn guard_failure(said: &str) -> Failure {
    Failure::refused(format!("{said} (allow_private = true at the feed lets it through)"))
}

fn failure_of(trouble: Trouble) -> Failure {
    match trouble.kind {
        TroubleKind::Guard => guard_failure(&trouble.said),
        TroubleKind::Unreachable => Failure::new(FailureKind::Unreachable, trouble.said),
        TroubleKind::Broken => Failure::refused(trouble.said),
    }
}

fn basic(user: &str, password: &str) -> Result<HeaderValue, Failure> {
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
    secret("authorization", &format!("Basic {pair}"))
}

/// A header value that no debug output shows.
fn secret(name: &str, text: &str) -> Result<HeaderValue, Failure> {
    let mut value = value(name, text)?;
    value.set_sensitive(true);
    Ok(value)
}

fn value(name: &str, text: &str) -> Result<HeaderValue, Failure> {
    HeaderValue::from_bytes(text.as_bytes())
        .map_err(|_| Failure::refused(format!("the value of {name} holds characters that no header may hold")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_stay_with_the_configured_host() {
        let see =
            |configured: &str, url: &str| may_see_secrets(&Url::parse(configured).unwrap(), &Url::parse(url).unwrap());
        for (configured, url) in [
            ("http://a.org/x", "http://a.org/y"),
            ("http://a.org/x", "https://a.org/x"),
            ("https://a.org/x", "https://A.org:443/"),
            ("http://a.org:8080/", "https://a.org:8080/"),
        ] {
            assert!(see(configured, url), "{configured} → {url}");
        }
        for (configured, url) in [
            ("http://a.org/", "http://b.org/"),
            ("http://a.org/", "http://www.a.org/"),
            ("http://a.org/", "http://a.org:8080/"),
            ("https://a.org/", "http://a.org/"),
            ("https://a.org:8443/", "http://a.org:8443/"),
            ("http://a.org/", "https://a.org:8443/"),
        ] {
            assert!(!see(configured, url), "{configured} → {url}");
        }
    }
}
