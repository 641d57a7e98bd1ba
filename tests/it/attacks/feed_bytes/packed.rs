//! Bombs, and compression that is broken.

use async_compression::tokio::write::{BrotliEncoder, DeflateEncoder, GzipEncoder};
use tokio::io::AsyncWriteExt;

use super::*;

/// A thousand mebibytes of spaces.
const BLOCKS: usize = 1024;

/// What stands before and behind the spaces of a bomb.
fn frame() -> (String, String) {
    let whole = document("", &item("1", "Helsinki", "@", ""));
    let (head, tail) = whole.split_once('@').expect("a place");
    (head.to_owned(), tail.to_owned())
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(work)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    run(async {
        let mut encoder = GzipEncoder::new(Vec::new());
        encoder.write_all(bytes).await.expect("memory");
        encoder.shutdown().await.expect("memory");
        encoder.into_inner()
    })
}

/// Deflated bytes that end at a byte and refer to nothing before them, without the mark of the end.
fn block(bytes: &[u8]) -> Vec<u8> {
    run(async {
        let mut encoder = DeflateEncoder::new(Vec::new());
        encoder.write_all(bytes).await.expect("memory");
        encoder.flush().await.expect("memory");
        encoder.into_inner()
    })
}

/// A gzip member of one megabyte that unpacks to a gibibyte.
fn gzip_bomb() -> Vec<u8> {
    let (head, tail) = frame();
    let mut bomb = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    bomb.extend(block(head.as_bytes()));
    bomb.extend(block(&vec![b' '; 1 << 20]).repeat(BLOCKS));
    bomb.extend(block(tail.as_bytes()));
    // An empty last block (RFC 1951, 3.2.3); a checksum that nobody gets to.
    bomb.extend([3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert!(bomb.len() < 2 << 20);
    bomb
}

/// A stream of brotli whose middle is said over and over: all spaces, so that what it refers to is always right.
fn brotli_bomb() -> Vec<u8> {
    let (head, tail) = frame();
    let spaces = vec![b' '; 1 << 20];
    run(async {
        let mut encoder = BrotliEncoder::new(Vec::new());
        let (mut start, mut once) = (0, 0);
        for (n, piece) in [head.as_bytes(), &spaces, &spaces, tail.as_bytes()].into_iter().enumerate() {
            encoder.write_all(piece).await.expect("memory");
            encoder.flush().await.expect("memory");
            match n {
                1 => start = encoder.get_ref().len(),
                2 => once = encoder.get_ref().len(),
                _ => {}
            }
        }
        encoder.shutdown().await.expect("memory");
        let whole = encoder.into_inner();
        [&whole[..start], &whole[start..once].repeat(BLOCKS - 1), &whole[once..]].concat()
    })
}

/// A frame of zstd: raw blocks, and blocks of one byte many times (RFC 8878, 3.1.1.2).
fn zstd(window: u8, blocks: &[(&[u8], usize)]) -> Vec<u8> {
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0, window];
    for (n, (bytes, times)) in blocks.iter().enumerate() {
        let last = u32::from(n + 1 == blocks.len());
        let (kind, length) = if *times == 1 { (0, bytes.len()) } else { (1, *times) };
        let head = last | kind << 1 | u32::try_from(length).expect("small") << 3;
        frame.extend(&head.to_le_bytes()[..3]);
        frame.extend(*bytes);
    }
    frame
}

/// The window of a frame: 1 MiB, and 2 GiB.
const WINDOW: u8 = 0x50;
const HUGE_WINDOW: u8 = 0xA8;

fn packed(body: Vec<u8>, coding: &str) -> Reply {
    Reply::ok(body).header("content-type", "application/xml").header("content-encoding", coding)
}

#[test]
fn fb_01_gzip_bomb() {
    let outcome = Scene::new().attack(packed(gzip_bomb(), "gzip"));
    outcome.is_failure("body larger than 16 MiB when unpacked");
    outcome.held_at_most(100 * MIB);
}

#[test]
fn fb_02_brotli_bomb() {
    let bomb = brotli_bomb();
    assert!(bomb.len() < 1 << 20);
    let outcome = Scene::new().attack(packed(bomb, "br"));
    outcome.is_failure("body larger than 16 MiB when unpacked");
    outcome.held_at_most(100 * MIB);
}

#[test]
fn fb_03_zstd_bomb() {
    let (head, tail) = frame();
    let mut blocks = vec![(head.as_bytes(), 1)];
    // A block holds 128 KiB at most.
    blocks.extend(vec![(&b" "[..], 128 << 10); 8 * BLOCKS]);
    blocks.push((tail.as_bytes(), 1));
    let outcome = Scene::new().attack(packed(zstd(WINDOW, &blocks), "zstd"));
    outcome.is_failure("body larger than 16 MiB when unpacked");
    outcome.held_at_most(100 * MIB);
}

#[test]
fn fb_04_zstd_window_bomb() {
    let feed = document("", &item("1", "Helsinki", "", ""));
    let scene = Scene::new();
    let outcome = scene.attack(packed(zstd(HUGE_WINDOW, &[(feed.as_bytes(), 1)]), "zstd"));
    outcome.is_failure("compression is broken");
    outcome.held_at_most(100 * MIB);
    scene.server.reply("/bad.xml", packed(zstd(WINDOW, &[(feed.as_bytes(), 1)]), "zstd"));
    assert_eq!(scene.program.once().titles(), ["Helsinki"], "it was the window alone");
}

#[test]
fn fb_05_nested_compression() {
    let outcome = Scene::new().attack(packed(gzip(&gzip_bomb()), "gzip, gzip"));
    outcome.is_failure("body larger than 16 MiB when unpacked");
    outcome.held_at_most(100 * MIB);
    let outcome = Scene::new().attack(packed(gzip(b"x"), "gzip, gzip, gzip"));
    outcome.is_failure("content-encoding names 3 layers of compression, more than 2");
}

#[test]
fn fb_06_gzip_trailing_garbage() {
    let feed = document("", &item("1", "Helsinki", "", ""));
    let garbage: Vec<u8> = (0..64u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let outcome = Scene::new().attack(packed([gzip(feed.as_bytes()), garbage].concat(), "gzip"));
    outcome.tells(&["Helsinki"]);
    assert_eq!(outcome.items, 1);
}

#[test]
fn fb_07_gzip_truncated() {
    let scene = Scene::new();
    let known: String = (0..200).map(|n| item(&n.to_string(), &format!("Item {n}"), &format!("{n:x}"), "")).collect();
    scene.server.feed("/bad.xml", document("", &known));
    scene.program.once();
    let news = known + &item("new", "Helsinki", "", "");
    let whole = gzip(document("", &news).as_bytes());
    let cut = whole[..whole.len() * 2 / 3].to_vec();
    scene.server.reply("/bad.xml", packed(cut, "gzip"));
    let round = scene.program.once();
    assert!(round.err.contains("body ended early") && round.titles().is_empty(), "{round:?}");
    assert_eq!((&round.summary()["items_new"], &round.summary()["items_edited"]), (&0.into(), &0.into()));
    scene.server.reply("/bad.xml", packed(whole, "gzip"));
    let round = scene.program.once();
    assert_eq!(round.titles(), ["Helsinki"]);
    assert_eq!((&round.summary()["items_new"], &round.summary()["items_edited"]), (&1.into(), &0.into()));
    assert_eq!(scene.program.once().titles(), [""; 0]);
}

#[test]
fn fb_08_gzip_of_many_members() {
    let items: String = (0..1000).map(|n| item(&n.to_string(), &format!("Item {n}"), "", "")).collect();
    let feed = document("", &(items + &item("x", "Helsinki", "", "")));
    let step = feed.len().div_ceil(1000);
    let members: Vec<u8> = feed.as_bytes().chunks(step).flat_map(gzip).collect();
    let outcome = Scene::new().attack(packed(members, "gzip"));
    outcome.tells(&["Helsinki"]);
    assert_eq!(outcome.items, 1001);
    // Within the limit, counted over all of them.
    let spaces = gzip(&vec![b' '; 1 << 20]).repeat(17);
    Scene::new().attack(packed(spaces, "gzip")).is_failure("body larger than 16 MiB when unpacked");
}

#[test]
fn fb_09_gzip_bytes_without_the_header() {
    let feed = document("", &item("1", "Helsinki", "", ""));
    Scene::new().document(gzip(feed.as_bytes())).tells(&["Helsinki"]);
    let outcome = Scene::new().document(gzip_bomb());
    outcome.is_failure("body larger than 16 MiB when unpacked");
    outcome.held_at_most(100 * MIB);
    // From a file, whose bytes are taken as they are, it is named for what it is.
    let program = Program::new("");
    std::fs::write(program.path("feed.xml.gz"), gzip(feed.as_bytes())).expect("writes");
    let parsed = program.run(&["parse", "feed.xml.gz"]);
    assert!(parsed.code == 1 && parsed.err.contains("the body is gzip") && parsed.out.is_empty(), "{parsed:?}");
}
