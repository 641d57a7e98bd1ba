//! Names that mean this machine, and resolvers that lie.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::*;

/// Public by every registry, and nowhere: 3ffe::/16 was given back (RFC 3701) and is routed no more.
const NOWHERE: &str = "3ffe:ffff::1";

/// Names with what they resolve to, one list a look-up; the last one stays.
#[derive(Default)]
struct Liar {
    lies: Mutex<HashMap<String, Vec<Vec<&'static str>>>>,
    asked: Mutex<Vec<String>>,
}

impl Liar {
    fn says(self, name: &str, answers: &[&[&'static str]]) -> Self {
        let answers = answers.iter().map(|list| list.to_vec()).collect();
        self.lies.lock().unwrap().insert(name.to_owned(), answers);
        self
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Resolve for Liar {
    fn resolve(&self, name: Name) -> Resolving {
        self.asked.lock().unwrap().push(name.as_str().to_owned());
        let mut lies = self.lies.lock().unwrap();
        let found = lies.get_mut(name.as_str()).map(|answers| match answers.len() {
            0 | 1 => answers.concat(),
            _ => answers.remove(0),
        });
        Box::pin(async move {
            let found = found.ok_or("no such name")?;
            let to_address = |text: &str| SocketAddr::new(text.parse::<IpAddr>().unwrap(), 0);
            Ok(Box::new(found.into_iter().map(to_address).collect::<Vec<_>>().into_iter()) as Addrs)
        })
    }
}

/// A fetcher that believes this resolver, and waits for nothing.
fn misled(liar: &Arc<Liar>) -> Fetcher {
    feedwatch::net::tls::install_provider();
    let limits = feedwatch::fetcher::Limits { head: Duration::from_millis(700), ..Default::default() };
    Fetcher::with_resolver(limits, liar.clone()).unwrap()
}

/// A feed of the operator's under a name, which redirects to another name on this machine.
async fn led_to(liar: Liar, host: &str) -> (feedwatch::fetcher::Fetched, Arc<Liar>) {
    let (server, inside) = (HttpServer::start(), HttpServer::start());
    inside.feed("/secret.xml", RSS);
    server.reply("/feed.xml", Reply::redirect(302, inside.url_as(host, "/secret.xml")));
    let liar = Arc::new(liar.says("feeds.example", &[&["127.0.0.1"]]));
    let fetched = poll_by(&misled(&liar), &source(&server.url_as("feeds.example", "/feed.xml"))).await;
    assert_eq!((server.requests().len(), inside.connections()), (1, 0), "the inside was reached");
    (fetched, liar)
}

#[tokio::test]
async fn ht_12_redirect_to_loopback() {
    // From a name that the operator wrote, and whose own address may be private.
    let (fetched, _) = led_to(Liar::default(), "127.0.0.1").await;
    assert_said(&fetched, FailureKind::Refused, "127.0.0.1 is not a public address: refused by the address guard");
}

#[tokio::test]
async fn ht_17_names_that_mean_loopback() {
    for host in ["localhost", "LOCALHOST.", "x.localhost"] {
        let (fetched, liar) = led_to(Liar::default(), host).await;
        assert_said(&fetched, FailureKind::Refused, "address guard");
        assert_eq!(liar.asked(), ["feeds.example"], "no resolver is asked for what is known");
    }
    for addresses in [&["127.0.0.1"], &["::1"], &["::ffff:127.0.0.1"], &["10.0.0.7"], &["169.254.169.254"]] {
        let (fetched, liar) = led_to(Liar::default().says("inside.example", &[addresses]), "inside.example").await;
        assert_said(&fetched, FailureKind::Refused, "inside.example is not a public address");
        assert_eq!(liar.asked(), ["feeds.example", "inside.example"]);
    }
    // By the machine's own resolver.
    let (server, inside) = (HttpServer::start_on("127.0.0.2"), HttpServer::start());
    let hosts = std::fs::read_to_string("/etc/hosts").unwrap_or_default();
    let names = hosts.lines().filter_map(|line| line.split('#').next()?.trim().strip_prefix("127.0.0.1"));
    let Some(name) = names.flat_map(str::split_whitespace).find(|name| !name.contains("localhost")) else {
        println!("skipped: no further name of 127.0.0.1 in /etc/hosts");
        return;
    };
    server.reply("/feed.xml", Reply::redirect(302, inside.url_as(name, "/secret.xml")));
    assert_said(&poll(&source(&server.url("/feed.xml"))).await, FailureKind::Refused, "address guard");
    assert_eq!(inside.connections(), 0);
}

#[tokio::test]
async fn ht_18_dns_rebinding() {
    // Judged public, and asked again it would be this machine: what was judged is what is connected to.
    let rebinding = || Liar::default().says("rebind.example", &[&[NOWHERE], &["127.0.0.1"]]);
    let (fetched, liar) = led_to(rebinding(), "rebind.example").await;
    assert!(failure(&fetched).said.contains("redirected to http://rebind.example"), "{fetched:?}");
    assert_eq!(liar.asked(), ["feeds.example", "rebind.example"], "one look-up, and no second one");
    // The next poll asks again, and is told the other address.
    let (server, inside) = (HttpServer::start(), HttpServer::start());
    server.reply("/feed.xml", Reply::redirect(302, inside.url_as("rebind.example", "/secret.xml")));
    let liar = Arc::new(rebinding().says("feeds.example", &[&["127.0.0.1"]]));
    let (fetcher, source) = (misled(&liar), source(&server.url_as("feeds.example", "/feed.xml")));
    poll_by(&fetcher, &source).await;
    assert_said(&poll_by(&fetcher, &source).await, FailureKind::Refused, "rebind.example is not a public address");
    assert_eq!(inside.connections(), 0);
}

#[tokio::test]
async fn ht_19_one_good_and_one_private_address() {
    for list in [&[NOWHERE, "127.0.0.1"][..], &["127.0.0.1", NOWHERE], &["10.0.0.1", NOWHERE, "::1"]] {
        let (fetched, _) = led_to(Liar::default().says("two.example", &[list]), "two.example").await;
        let said = &failure(&fetched).said;
        assert!(said.contains("two.example") && !said.contains("guard"), "the good one was tried: {said}");
    }
}

#[tokio::test]
async fn ht_17_names_behind_a_proxy() {
    // What connects is the proxy: a name is looked up here too, and all its addresses must be public.
    let proxy = HttpServer::start();
    let refused = |host: &str| format!("{host} is not a public address");
    let liar = Arc::new(
        Liar::default()
            .says("inside.example", &[&["10.0.0.1"]])
            .says("two.example", &[&[NOWHERE, "10.0.0.1"]])
            .says("proxy.example", &[&["127.0.0.1"]])
            .says("outside.example", &[&[NOWHERE]]),
    );
    let fetcher = misled(&liar);
    for (host, expected) in [
        ("inside.example", Err(refused("inside.example"))),
        ("two.example", Err(refused("two.example"))),
        // The proxy's own name is excepted for reaching the proxy, not for what lies on it.
        ("proxy.example", Err(refused("proxy.example"))),
        ("outside.example", Ok(())),
        ("known.to.the.proxy.example", Ok(())),
    ] {
        proxy.reply("http://feeds.example/feed.xml", Reply::redirect(302, format!("http://{host}/x")));
        proxy.feed(&format!("http://{host}/x"), RSS);
        let before = proxy.requests().len();
        let proxied = Some(Secret::new(proxy.url_as("proxy.example", "")));
        let fetched = poll_by(&fetcher, &Source { proxy: proxied, ..source("http://feeds.example/feed.xml") }).await;
        match expected {
            Ok(()) => assert_eq!(body(&fetched), RSS, "{host}"),
            Err(said) => {
                assert_said(&fetched, FailureKind::Refused, &said);
                assert_eq!(proxy.requests().len(), before + 1, "{host} was asked for");
            }
        }
    }
}
