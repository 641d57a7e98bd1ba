//! Content codings (RFC 9110, 8.4.1) undone, with a limit on what comes out.
//!
//! Servers label plain text as gzip, leave off gzip's trailer, add bytes behind it, say `deflate` and mean either of two
//! things, and pack twice. All of that is read; a stream that ends in its middle is not.

use async_compression::tokio::bufread::{BrotliDecoder, DeflateDecoder, ZlibDecoder, ZstdDecoder};
use async_compression::zstd::DParameter;
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::net::body::say_bytes;

/// What we ask for.
pub(super) const ACCEPT_ENCODING: &str = "gzip, deflate, br, zstd";

/// Codings one over the other that are undone; more are an attack, since nobody gains by them.
const LAYERS: usize = 2;

/// The window that zstd may ask memory for: 16 MiB. A body may not be larger than that by default, and encoders for the web
/// keep to half of it (RFC 9659).
const ZSTD_WINDOW_LOG: u32 = 24;

/// Other tasks get their turn after each of these many bytes.
const TURN: usize = 1 << 20;

const ENDED_EARLY: &str = "body ended early (its compression has no end)";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

/// Undoes what the `Content-Encoding` headers name, in the order they were applied. The error is a sentence for the user.
pub(super) async fn decode(body: Vec<u8>, encodings: &[String], limit: u64) -> Result<Vec<u8>, String> {
    let mut codings = Vec::new();
    for name in encodings.iter().flat_map(|value| value.split(',')) {
        match name.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => codings.push(Coding::Gzip),
            "deflate" => codings.push(Coding::Deflate),
            "br" => codings.push(Coding::Brotli),
            "zstd" => codings.push(Coding::Zstd),
            // Not codings, but said by servers that mean none.
            "" | "identity" | "none" | "utf-8" | "utf8" => (),
            other => {
                let shown: String = other.chars().take(20).flat_map(char::escape_debug).collect();
                return Err(format!("content-encoding `{shown}` is not understood"));
            }
        }
    }
    if codings.len() > LAYERS {
        return Err(format!("content-encoding names {} layers of compression, more than {LAYERS}", codings.len()));
    }
    let mut body = body;
    for coding in codings.into_iter().rev() {
        body = undo(coding, body, limit).await?;
    }
    Ok(body)
}

async fn undo(coding: Coding, body: Vec<u8>, limit: u64) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    match coding {
        // Labelled and not packed: as it stands. The decoder's word on plain text would be "invalid header".
        Coding::Gzip if !is_gzip(&body) => return Ok(body),
        Coding::Zstd if !body.starts_with(&ZSTD) && body.starts_with(b"<") => return Ok(body),
        Coding::Gzip => gunzip(&body, &mut out, limit).await?,
        Coding::Deflate if is_zlib(&body) => drain(ZlibDecoder::new(body.as_slice()), &mut out, limit).await?,
        Coding::Deflate if body.starts_with(b"<") => return Ok(body),
        Coding::Deflate => drain(DeflateDecoder::new(body.as_slice()), &mut out, limit).await?,
        Coding::Brotli => drain(BrotliDecoder::new(body.as_slice()), &mut out, limit).await?,
        Coding::Zstd => {
            let window = [DParameter::window_log_max(ZSTD_WINDOW_LOG)];
            let mut decoder = ZstdDecoder::with_params(body.as_slice(), &window);
            decoder.multiple_members(true);
            drain(decoder, &mut out, limit).await?;
        }
    }
    Ok(out)
}

/// The first bytes of a zstd frame (RFC 8878, 3.1.1).
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// The first bytes of a gzip member (RFC 1952, 2.3.1).
pub(super) fn is_gzip(body: &[u8]) -> bool {
    body.starts_with(&[0x1f, 0x8b])
}

/// A header of zlib (RFC 1950, 2.2): what RFC 9110 means by `deflate`, and about half of the servers.
fn is_zlib(body: &[u8]) -> bool {
    matches!(body, [cmf, flg, ..] if cmf & 0x0f == 8 && (u16::from(*cmf) << 8 | u16::from(*flg)) % 31 == 0)
}

/// All members of a gzip body (RFC 1952). The trailer is not asked for: a deflate stream says itself where it ends, and the
/// connection has its own checksums.
async fn gunzip(body: &[u8], out: &mut Vec<u8>, limit: u64) -> Result<(), String> {
    const TRAILER: usize = 8;
    let mut rest = body;
    while is_gzip(rest) {
        let header = gzip_header(rest).ok_or("gzip: the header is broken")?;
        let mut decoder = DeflateDecoder::new(&rest[header..]);
        drain(&mut decoder, out, limit).await?;
        let left = decoder.into_inner();
        rest = left.get(TRAILER..).unwrap_or_default();
    }
    Ok(())
}

/// The length of a gzip header (RFC 1952, 2.3).
fn gzip_header(body: &[u8]) -> Option<usize> {
    let (&method, &flags) = (body.get(2)?, body.get(3)?);
    if method != 8 {
        return None;
    }
    let mut at = 10;
    if flags & 0x04 != 0 {
        let length = u16::from_le_bytes([*body.get(at)?, *body.get(at + 1)?]);
        at += 2 + usize::from(length);
    }
    // A name and a comment, each ended by a zero.
    for flag in [0x08, 0x10] {
        if flags & flag != 0 {
            at += body.get(at..)?.iter().position(|b| *b == 0)? + 1;
        }
    }
    if flags & 0x02 != 0 {
        at += 2;
    }
    (at <= body.len()).then_some(at)
}

/// Reads a decoder to its end, and stops it where more comes out than the limit lets.
async fn drain(mut decoder: impl AsyncRead + Unpin, out: &mut Vec<u8>, limit: u64) -> Result<(), String> {
    let mut turn = TURN;
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = decoder.read(&mut buffer).await.map_err(|e| match e.kind() {
            // flate2 calls an input that runs dry a lack of buffer.
            _ if e.to_string().contains("BufError") => ENDED_EARLY.to_owned(),
            std::io::ErrorKind::UnexpectedEof => ENDED_EARLY.to_owned(),
            _ => format!("the body's compression is broken: {e}"),
        })?;
        if read == 0 {
            return Ok(());
        }
        if out.len() as u64 + read as u64 > limit {
            return Err(format!("body larger than {} when unpacked", say_bytes(limit)));
        }
        out.extend_from_slice(&buffer[..read]);
        // Memory to memory never waits, so it has to give way by itself.
        if out.len() >= turn {
            turn = out.len() + TURN;
            tokio::task::yield_now().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use async_compression::Level;
    use async_compression::tokio::write::{BrotliEncoder, DeflateEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder};
    use proptest::prelude::*;
    use tokio::io::AsyncWriteExt;

    use super::*;

    const LIMIT: u64 = 1 << 18;

    macro_rules! packed {
        ($encoder:ident, $text:expr) => {{
            let mut encoder = $encoder::with_quality(Vec::new(), Level::Default);
            encoder.write_all($text).await.unwrap();
            encoder.shutdown().await.unwrap();
            encoder.into_inner()
        }};
    }

    async fn undone(body: &[u8], encoding: &str) -> Result<Vec<u8>, String> {
        decode(body.to_vec(), &[encoding.to_owned()], LIMIT).await
    }

    fn text() -> Vec<u8> {
        (0..2000).flat_map(|n: u32| format!("<item>{}</item>", n.wrapping_mul(2_654_435_761)).into_bytes()).collect()
    }

    #[tokio::test]
    async fn each_coding_is_undone_and_a_cut_one_is_not() {
        let text = text();
        for (name, body) in [
            ("gzip", packed!(GzipEncoder, &text)),
            ("X-Gzip", packed!(GzipEncoder, &text)),
            ("deflate", packed!(ZlibEncoder, &text)),
            ("deflate", packed!(DeflateEncoder, &text)),
            ("br", packed!(BrotliEncoder, &text)),
            ("zstd", packed!(ZstdEncoder, &text)),
            ("identity", text.clone()),
            ("utf-8", text.clone()),
        ] {
            assert_eq!(undone(&body, name).await.as_deref(), Ok(text.as_slice()), "{name}");
            if !matches!(name, "identity" | "utf-8") {
                let cut = undone(&body[..body.len() / 2], name).await.unwrap_err();
                assert_eq!(cut, ENDED_EARLY, "{name}");
            }
        }
    }

    #[tokio::test]
    async fn what_servers_do_to_gzip_is_read() {
        let text = text();
        let gzip = packed!(GzipEncoder, &text);
        let without_trailer = &gzip[..gzip.len() - 8];
        let half_trailer = &gzip[..gzip.len() - 3];
        let with_rubbish = [&gzip[..], b"\0\0\0 rubbish"].concat();
        for body in [without_trailer, half_trailer, &with_rubbish] {
            assert_eq!(undone(body, "gzip").await.as_deref(), Ok(text.as_slice()));
        }
        let twice = [&gzip[..], &gzip[..]].concat();
        assert_eq!(undone(&twice, "gzip").await.unwrap(), [&text[..], &text[..]].concat());
        assert_eq!(undone(&text, "gzip").await.as_deref(), Ok(text.as_slice()));
        assert_eq!(undone(&text, "deflate").await.as_deref(), Ok(text.as_slice()));
        assert_eq!(undone(&text, "zstd").await.as_deref(), Ok(text.as_slice()));
        let doubled = packed!(BrotliEncoder, &gzip);
        assert_eq!(undone(&doubled, "gzip, br").await.as_deref(), Ok(text.as_slice()));
        // A header with all its parts: extra, name, comment, checksum.
        let mut named = vec![0x1f, 0x8b, 8, 0x1e, 0, 0, 0, 0, 0, 3, 2, 0, b'x', b'x'];
        named.extend_from_slice(b"feed.xml\0made by hand\0\xaa\xbb");
        named.extend_from_slice(&gzip[10..]);
        assert_eq!(undone(&named, "gzip").await.as_deref(), Ok(text.as_slice()));
    }

    #[tokio::test]
    async fn limits_and_strangers_are_said() {
        let zeros = vec![0; (LIMIT * 4) as usize];
        for (name, body) in [
            ("gzip", packed!(GzipEncoder, &zeros)),
            ("deflate", packed!(ZlibEncoder, &zeros)),
            ("br", packed!(BrotliEncoder, &zeros)),
            ("zstd", packed!(ZstdEncoder, &zeros)),
        ] {
            assert_eq!(undone(&body, name).await.unwrap_err(), "body larger than 256 KiB when unpacked", "{name}");
        }
        assert!(undone(b"x", "gzip, gzip, gzip").await.unwrap_err().contains("3 layers"));
        assert!(undone(b"x", "compress\u{7}").await.unwrap_err().contains("`compress\\u{7}` is not understood"));
        // A frame that asks for a window of 128 MiB.
        assert!(undone(b"\x28\xb5\x2f\xfd\x00\x88\x01\x00\x00", "zstd").await.is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn rubbish_is_never_a_panic(mut body in proptest::collection::vec(any::<u8>(), 0..200), coding in 0..4_usize, magic: bool) {
            if magic {
                let start: &[u8] = [&[0x1f, 0x8b, 8][..], &[0x78, 0x9c], &[], &ZSTD][coding];
                body.splice(0..0, start.iter().copied());
            }
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let name = ["gzip", "deflate", "br", "zstd"][coding].to_owned();
            let _ = runtime.block_on(decode(body, &[name], LIMIT));
        }
    }
}
