//! The address guard: what is reached on somebody else's word (a redirect, a link, a hub) must be public.
//!
//! It acts in two places, and both are needed. [`check_host`] judges a URL before it is asked, since a resolver is never
//! asked for an address that is written as one. [`PublicOnly`] judges the addresses that a name resolves to, and what it
//! lets through is what is connected to: a name that changes its address between two look-ups gains nothing. Where a proxy
//! does the connecting, [`check_name`] asks beforehand, as well as that can be known from here.
//!
//! Names are resolved by whatever [`Resolve`] the two are given: [`Resolver`](super::resolver::Resolver) in the program, one that lies in a test.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// A host that the guard refuses: the error of [`check_host`], and at the end of reqwest's chain that of [`PublicOnly`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The host as it was written.
    pub host: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not a public address: refused by the address guard", self.host)
    }
}

impl std::error::Error for Refused {}

/// Whether an address belongs to the public internet; IPv4 inside IPv6 (mapped, NAT64, 6to4) is judged as IPv4.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

/// Judges what a URL itself says of its host: an address in any spelling, or a name that means loopback.
///
/// Spellings such as `2130706433`, `0x7f.1` or `127.1` are addresses to [`Url`] already. Other names pass: their addresses
/// are judged by [`PublicOnly`].
pub fn check_host(url: &Url) -> Result<(), Refused> {
    let fine = match url.host() {
        Some(Host::Ipv4(v4)) => is_public_v4(v4),
        Some(Host::Ipv6(v6)) => is_public_v6(v6),
        Some(Host::Domain(name)) => !means_loopback(name),
        None => false,
    };
    if fine { Ok(()) } else { Err(Refused { host: url.host_str().unwrap_or("an address without a host").to_owned() }) }
}

/// `localhost` and all below it (RFC 6761, 6.3).
fn means_loopback(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    let last = name.rsplit('.').next().unwrap_or_default();
    last.eq_ignore_ascii_case("localhost")
}

/// The special-purpose addresses of IPv4 (IANA's registry, RFC 6890), and one cloud's metadata service on a public one.
fn is_public_v4(address: Ipv4Addr) -> bool {
    const AZURE_METADATA: Ipv4Addr = Ipv4Addr::new(168, 63, 129, 16);
    let special = match address.octets() {
        // "This network".
        [0, ..] => true,
        // Private (RFC 1918), loopback.
        [10, ..] | [127, ..] | [192, 168, ..] => true,
        [172, b, ..] => (16..32).contains(&b),
        // Shared by carriers (RFC 6598): 100.64/10.
        [100, b, ..] => (64..128).contains(&b),
        // Link-local, where most clouds keep their metadata service.
        [169, 254, ..] => true,
        // Protocol assignments, documentation (RFC 5737), the relays of 6to4.
        [192, 0, 0 | 2, _] | [198, 51, 100, _] | [203, 0, 113, _] | [192, 88, 99, _] => true,
        // Benchmarking (RFC 2544): 198.18/15.
        [198, 18 | 19, ..] => true,
        // Multicast, reserved, broadcast.
        [224..=255, ..] => true,
        _ => false,
    };
    !special && address != AZURE_METADATA
}

/// Only 2000::/3 is given out as public (RFC 4291, 2.4); what embeds an IPv4 address is judged by it.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let embedded = |high: u16, low: u16| is_public_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    match address.segments() {
        // Mapped (RFC 4291, 2.5.5.2) and NAT64 (RFC 6052); the local NAT64 prefix 64:ff9b:1::/48 is refused below.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        // 6to4 (RFC 3056).
        [0x2002, high, low, ..] => embedded(high, low),
        // 2001::/23: Teredo, benchmarking, identifiers that are no addresses. Documentation: 2001:db8::/32, 3fff::/20.
        [0x2001, 0..0x200, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..0x1000, ..] => false,
        // Unspecified, loopback, compatible, unique local, link-local, site-local, multicast all lie outside.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

/// A resolver that gives public addresses only. Where a name has others as well, those are left out.
#[derive(Clone)]
pub struct PublicOnly {
    /// Who is asked.
    pub resolver: Arc<dyn Resolve>,
    /// The operator's own proxy, which may be private: it is resolved by the same client.
    pub except: Option<String>,
}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let free = self.except.as_ref().is_some_and(|except| except.eq_ignore_ascii_case(&host));
        let found = self.resolver.resolve(name);
        Box::pin(async move {
            let public: Vec<SocketAddr> = found.await?.filter(|a| free || is_public(a.ip())).collect();
            if public.is_empty() {
                return Err(Refused { host }.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Judges the name of a host that a proxy will connect to: every address it has here must be public, since nobody knows
/// which of them the proxy takes. A name that is unknown here is left to the proxy, which may be the only one to know names.
pub async fn check_name(url: &Url, resolver: &dyn Resolve) -> Result<(), Refused> {
    let Some(Host::Domain(host)) = url.host() else { return Ok(()) };
    let Ok(name) = host.parse() else { return Ok(()) };
    let Ok(mut found) = resolver.resolve(name).await else { return Ok(()) };
    match found.all(|a| is_public(a.ip())) {
        true => Ok(()),
        false => Err(Refused { host: host.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::resolver::Resolver;
    use super::*;

    #[test]
    fn addresses_are_judged_by_the_registries() {
        let private = [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.100.100.200",
            "100.127.255.255",
            "127.0.0.1",
            "127.8.9.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "168.63.129.16",
            "::",
            "::1",
            "::8.8.8.8",
            "::ffff:127.0.0.1",
            "::ffff:10.1.2.3",
            "::ffff:0:8.8.8.8",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::808:808",
            "100::1",
            "2001::1",
            "2001:0:4136:e378:8000:63bf:3fff:fdd2",
            "2001:2::1",
            "2001:10::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "2002:a00:1::",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ];
        for text in private {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
        let public = [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.1",
            "169.253.1.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "193.0.0.1",
            "198.17.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450:4001::1",
            "2001:200::1",
            "2001:4860:4860::8888",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2002:808:808::1",
        ];
        for text in public {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn urls_are_judged_after_parsing_whatever_their_spelling() {
        for text in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0177.0.0.1/",
            "http://0x7f.1/",
            "http://127.1/",
            "http://127.0.0.1./",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://localhost/",
            "http://LOCALHOST./",
            "http://x.localhost:80/",
            "http://１２７.０.０.１/",
            "http://%31%32%37.0.0.1/",
            "file:///etc/passwd",
        ] {
            assert!(check_host(&Url::parse(text).unwrap()).is_err(), "{text}");
        }
        for text in ["http://example.org/", "https://8.8.8.8/", "http://localhost.example.org/", "http://notlocalhost/"]
        {
            assert_eq!(check_host(&Url::parse(text).unwrap()), Ok(()), "{text}");
        }
    }

    #[tokio::test]
    async fn resolved_addresses_are_judged_and_the_proxy_is_excepted() {
        let guard = |except| PublicOnly { resolver: Arc::new(Resolver::default()), except };
        let refused = guard(None).resolve("localhost".parse().unwrap()).await.err().unwrap();
        assert_eq!(refused.downcast_ref::<Refused>(), Some(&Refused { host: "localhost".into() }));
        let proxy = guard(Some("LocalHost".into()));
        assert!(proxy.resolve("localhost".parse().unwrap()).await.is_ok());
    }
}
