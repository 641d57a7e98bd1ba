//! Time without end, TLS that cannot be trusted, HTTP/2 that is no help.

use std::sync::{Arc, Mutex};

use super::*;
use crate::fetch::way::{Manner, http2_server};
use crate::support::program::HANG;
use crate::support::running::Running;

/// A short limit, in milliseconds.
const SHORT: u64 = 300;

/// A poll whose time, or whose time to the head of an answer, is short.
async fn ask(server: &HttpServer, poll_ms: u64, head_ms: u64) -> feedwatch::fetcher::Fetched {
    let fetcher = fetcher_with(|limits| {
        (limits.poll, limits.head) = (Duration::from_millis(poll_ms), Duration::from_millis(head_ms));
    });
    poll_by(&fetcher, &source(&server.url("/feed.xml"))).await
}

#[tokio::test]
async fn ht_02_slow_drip() {
    let server = HttpServer::start();
    server.reply("/feed.xml", Reply::ok(RSS).stall());
    assert_said(&ask(&server, SHORT, 20_000).await, FailureKind::Refused, "timed out after 300ms");
    // Byte by byte, for ever: no progress buys more time.
    server.reply("/feed.xml", Reply::chunks(|| std::iter::repeat_with(|| vec![b' '])));
    let limits = |l: &mut feedwatch::fetcher::Limits| (l.poll, l.body_bytes) = (Duration::from_millis(SHORT), u64::MAX);
    let fetched = poll_by(&fetcher_with(limits), &source(&server.url("/feed.xml"))).await;
    assert_said(&fetched, FailureKind::Refused, "timed out after 300ms");
}

/// A server that sends the beginning of a head, and then one header line after the other as long as it is listened to.
async fn dripping_head() -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (mut socket, _) = listener.accept().await.unwrap();
        // As much of the request as has come; the rest does not matter.
        let _ = socket.read(&mut [0; 4096]).await.unwrap();
        let mut line = "HTTP/1.1 200 OK\r\n".to_owned();
        while socket.write_all(line.as_bytes()).await.is_ok() {
            line = "X-Drip: y\r\n".to_owned();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    port
}

#[tokio::test]
async fn ht_03_slow_headers() {
    let url = format!("http://127.0.0.1:{}/feed.xml", dripping_head().await);
    let fetcher = fetcher_with(|limits| limits.head = Duration::from_millis(SHORT));
    let fetched = poll_by(&fetcher, &source(&url)).await;
    assert_said(&fetched, FailureKind::Unreachable, "timed out after 300ms without an answer");
}

#[tokio::test]
async fn ht_04_no_answer_at_all() {
    let server = HttpServer::start();
    server.reply("/feed.xml", Reply::hang());
    let fetched = ask(&server, 20_000, SHORT).await;
    assert_said(&fetched, FailureKind::Unreachable, "timed out after 300ms without an answer");
    assert_said(&ask(&server, SHORT, 20_000).await, FailureKind::Unreachable, "timed out after 300ms");
}

/// Takes every connection at every address of loopback and says nothing; what it has taken.
fn silent_servers() -> (u16, Arc<Mutex<Vec<std::net::TcpStream>>>) {
    let listener = std::net::TcpListener::bind("0.0.0.0:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let taken = Arc::<Mutex<Vec<std::net::TcpStream>>>::default();
    let keep = taken.clone();
    std::thread::spawn(move || listener.incoming().flatten().for_each(|socket| keep.lock().unwrap().push(socket)));
    (port, taken)
}

/// Whether whoever connected still waits.
fn is_open(socket: &mut std::net::TcpStream) -> bool {
    socket.set_nonblocking(true).unwrap();
    let mut request = [0; 4096];
    loop {
        match std::io::Read::read(socket, &mut request) {
            Ok(0) => return false,
            Ok(_) => {}
            Err(error) => return error.kind() == std::io::ErrorKind::WouldBlock,
        }
    }
}

#[test]
fn ht_04_a_thousand_silent_servers_delay_nobody() {
    const SILENT: usize = 1_000;
    let healthy = HttpServer::start();
    healthy.feed("/feed.xml", RSS);
    let (port, taken) = silent_servers();
    let mut configuration = "[limits]\nhead_time = \"2m\"\npoll_time = \"5m\"\n".to_owned();
    configuration += &feed("healthy", &healthy.url("/feed.xml")).replace("every = \"1h\"", "every = \"1s\"");
    for n in 0..SILENT {
        let url = format!("http://127.{}.{}.{}:{port}/feed.xml", 1 + n / 65_536, n / 256 % 256, n % 256);
        configuration += &feed(&format!("silent {n}"), &url);
    }
    let program = Program::new(&(configuration + &watch("w", &["Helsinki"], &["console"])));
    let daemon = Running::start(&program);
    daemon.until(|| taken.lock().unwrap().len() == SILENT);
    // Every one of them keeps a poll waiting, and the healthy one is asked again and again all the same.
    let before = healthy.seen("/feed.xml").len();
    daemon.until(|| healthy.seen("/feed.xml").len() >= before + 5);
    let mut taken = taken.lock().unwrap();
    assert!(taken.len() == SILENT && taken.iter_mut().all(is_open), "they were to wait beside it");
    daemon.stop();
}

#[test]
fn ht_23_tls_faults() {
    let authority = Authority::new();
    let self_signed = Authority::called("somebody else's authority");
    let expired = authority.server_config_of(&["localhost"], |params| {
        params.not_before = rcgen::date_time_ymd(2019, 1, 1);
        params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    });
    let early = authority.server_config_of(&["localhost"], |params| {
        params.not_before = rcgen::date_time_ymd(2090, 1, 1);
        params.not_after = rcgen::date_time_ymd(2091, 1, 1);
    });
    let servers = [
        (HttpServer::start_at("127.0.0.1", Some(expired)), "tls: certificate expired"),
        (HttpServer::start_at("127.0.0.1", Some(early)), "tls: certificate is not valid yet"),
        (HttpServer::start_tls(&self_signed), "tls: certificate of an unknown authority"),
        (
            HttpServer::start_at("127.0.0.1", Some(authority.server_config(&["example.org"]))),
            "tls: certificate is for another host name",
        ),
    ];
    // A server of TLS 1.0 answers with an alert, "protocol version" (RFC 5246, 7.2.2); the other one hangs up.
    let old = speaks_then_closes(&[21, 3, 1, 0, 2, 2, 70]);
    let cut = speaks_then_closes(&[]);
    let mut urls: Vec<(String, &str)> =
        servers.iter().map(|(s, words)| (s.url_as("localhost", "/feed.xml"), *words)).collect();
    urls.push((format!("https://localhost:{old}/feed.xml"), "tls: received fatal alert: "));
    urls.push((format!("https://localhost:{cut}/feed.xml"), "tls: the connection was closed in the handshake"));
    let feeds = urls.iter().enumerate().map(|(n, (url, _))| feed(&n.to_string(), url) + "ca_file = \"ca.pem\"\n");
    let configuration = feeds.collect::<String>() + &watch("w", &["Helsinki"], &["console"]);
    let program = Program::new(&configuration);
    std::fs::write(program.path("ca.pem"), authority.pem()).expect("writes");
    for _ in 0..2 {
        let round = program.once();
        assert_eq!(round.summary()["failed"], urls.len(), "{round:?}");
        for (n, (_, words)) in urls.iter().enumerate() {
            assert!(round.err.contains(&format!("feed “{n}”: {words}")), "{words}: {}", round.err);
        }
    }
    assert!(servers.iter().all(|(server, _)| server.requests().is_empty()), "something was asked without verification");
    let missing = feed("f", "https://localhost:9/") + "ca_file = \"nowhere.pem\"\n" + &watch("w", &["x"], &["console"]);
    program.configure(&missing);
    let check = program.run(&["check"]);
    assert!(check.code == 2 && format!("{check:?}").contains("nowhere.pem does not exist"), "{check:?}");
}

/// A server that answers whatever comes with these bytes and closes; its port.
fn speaks_then_closes(bytes: &'static [u8]) -> u16 {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let Ok(mut socket) = socket else { return };
            let mut hello = [0; 4096];
            // Gone already: the test is over.
            let _ = socket.read(&mut hello).and_then(|_| socket.write_all(bytes));
        }
    });
    port
}

#[test]
fn ht_31_http2_resets() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let authority = Authority::new();
    for (manner, limit, words) in [(Manner::Resets, "30s", "stream"), (Manner::Floods, "2s", "")] {
        let port = runtime.block_on(http2_server(&authority, manner));
        let of = |name: &str| feed(name, &format!("https://localhost:{port}/{name}.xml")) + "ca_file = \"ca.pem\"\n";
        let configuration = format!("[limits]\nhead_time = \"{limit}\"\n{}{}", of("one"), of("two"));
        let program = Program::new(&(configuration + &watch("w", &["Helsinki"], &["console"])));
        std::fs::write(program.path("ca.pem"), authority.pem()).expect("writes");
        let (round, peak) = program.once_measured();
        assert_eq!(round.summary()["failed"], 2, "{round:?}");
        assert!(round.err.contains(words) && peak < 200 * MIB, "{peak}: {round:?}");
        let status = program.run(&["status", "--json"]);
        assert!(status.of("feed").iter().all(|f| f["state"] == "backing_off"), "{status:?}");
    }
    runtime.shutdown_timeout(HANG);
}
