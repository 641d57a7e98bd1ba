//! Trouble on the way, and HTTP/2.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

#[tokio::test]
async fn trouble_on_the_way_is_said_in_words_and_without_secrets() {
    let server = HttpServer::start();
    server.reply("/reset", Reply::reset());
    server.reply("/closed", Reply::close());
    server.reply("/smtp", Reply::raw("220 mail.example.org ESMTP\r\n"));
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (url, kind, words) in [
        (server.url("/reset?token=hunter2"), FailureKind::Unreachable, "connection reset"),
        (server.url("/closed?token=hunter2"), FailureKind::Unreachable, "connection closed without an answer"),
        (server.url("/smtp?token=hunter2"), FailureKind::Refused, "no proper http answer"),
        (format!("http://user:hunter2@{unused}/"), FailureKind::Unreachable, "connection refused"),
        ("http://feeds.invalid/?token=hunter2".into(), FailureKind::Unreachable, "dns failure: "),
    ] {
        let fetched = poll(&source(&url)).await;
        assert_said(&fetched, kind, words);
        let said = &failure(&fetched).said;
        assert!(!said.contains("hunter2") && !said.starts_with(char::is_uppercase) && !said.ends_with('.'), "{said}");
    }
}

/// What a server of HTTP/2 does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    Answers,
    /// Its stream is reset.
    Resets,
    /// SETTINGS and PING without end, and no answer.
    Floods,
}

/// A server that speaks HTTP/2 (RFC 9113) over TLS in this manner; its port.
pub async fn http2_server(authority: &Authority, manner: Manner) -> u16 {
    let mut config = (*authority.server_config(&["localhost"])).clone();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let Ok(mut socket) = acceptor.accept(socket).await else { continue };
            let frame = |kind: u8, flags: u8, stream: u32, payload: &[u8]| {
                let mut frame = (payload.len() as u32).to_be_bytes()[1..].to_vec();
                frame.extend([kind, flags]);
                frame.extend(stream.to_be_bytes());
                frame.extend(payload);
                frame
            };
            let mut preface = [0; 24];
            socket.read_exact(&mut preface).await.unwrap();
            assert!(preface.starts_with(b"PRI * HTTP/2.0"));
            socket.write_all(&frame(4, 0, 0, &[])).await.unwrap();
            tokio::spawn(async move {
                loop {
                    let mut head = [0; 9];
                    if socket.read_exact(&mut head).await.is_err() {
                        return;
                    }
                    let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
                    socket.read_exact(&mut payload).await.unwrap();
                    let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
                    let answer = match (head[3], head[4] & 1) {
                        // Settings are acknowledged; a request is answered with `:status: 200` of the static table.
                        (4, 0) => frame(4, 1, 0, &[]),
                        (1, _) if manner == Manner::Resets => frame(3, 0, stream, &[0, 0, 0, 2]),
                        (1, _) if manner == Manner::Floods => {
                            let both = [frame(4, 0, 0, &[]), frame(6, 0, 0, &[0; 8])].concat().repeat(100);
                            // Until the other side goes.
                            while socket.write_all(&both).await.is_ok() {}
                            return;
                        }
                        (1, _) => [frame(1, 4, stream, &[0x88]), frame(0, 1, stream, RSS.as_bytes())].concat(),
                        _ => continue,
                    };
                    if socket.write_all(&answer).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    port
}

#[tokio::test]
async fn http2_is_spoken_where_the_server_offers_it() {
    let authority = Authority::new();
    let dir = tempfile::tempdir().unwrap();
    let ca_file = dir.path().join("ca.pem");
    std::fs::write(&ca_file, authority.pem()).unwrap();
    let ask = async |port: u16| {
        let url = format!("https://localhost:{port}/feed.xml");
        poll(&Source { ca_file: Some(ca_file.clone()), ..source(&url) }).await
    };
    assert_eq!(body(&ask(http2_server(&authority, Manner::Answers).await).await), RSS);
}
