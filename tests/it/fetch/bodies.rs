//! Bodies, packed in every way.

use async_compression::Level;
use async_compression::tokio::write::{BrotliEncoder, GzipEncoder, ZstdEncoder};
use tokio::io::AsyncWriteExt;

use super::*;

macro_rules! packed {
    ($encoder:ident, $text:expr) => {{
        let mut encoder = $encoder::with_quality(Vec::new(), Level::Default);
        encoder.write_all($text).await.unwrap();
        encoder.shutdown().await.unwrap();
        encoder.into_inner()
    }};
}

#[tokio::test]
async fn packed_bodies_are_read_and_counted_as_they_came() {
    let server = HttpServer::start();
    let text = RSS.repeat(100);
    let gzip = packed!(GzipEncoder, text.as_bytes());
    for (coding, sent) in [
        ("gzip", gzip.clone()),
        ("x-gzip", gzip.clone()),
        ("br", packed!(BrotliEncoder, text.as_bytes())),
        ("zstd", packed!(ZstdEncoder, text.as_bytes())),
        ("gzip, br", packed!(BrotliEncoder, &gzip)),
        ("gzip", gzip[..gzip.len() - 8].to_vec()),
        ("gzip", text.clone().into_bytes()),
    ] {
        let length = sent.len() as u64;
        server.reply("/feed.xml", Reply::ok(sent).header("content-encoding", coding));
        let fetched = poll(&source(&server.url("/feed.xml"))).await;
        assert_eq!((body(&fetched), fetched.bytes), (text.clone(), length), "{coding}");
    }
    server.reply("/feed.xml.gz", Reply::ok(gzip.clone()).header("content-type", "application/gzip"));
    assert_eq!(body(&poll(&source(&server.url("/feed.xml.gz"))).await), text);
    server.reply("/feed.xml", Reply::ok(&gzip[..gzip.len() / 2]).header("content-encoding", "gzip"));
    assert_said(&poll(&source(&server.url("/feed.xml"))).await, FailureKind::Refused, "body ended early");
    server.reply("/feed.xml", Reply::ok("x").header("content-encoding", "compress"));
    assert_said(&poll(&source(&server.url("/feed.xml"))).await, FailureKind::Refused, "`compress` is not understood");
}
