//! Feeds in files.

use std::path::Path;

use super::*;

async fn read(path: &Path, memory: &FeedMemory) -> Fetched {
    let source = Source { address: Address::File(path.to_owned()), ..source("http://unused/") };
    fetcher_with(|limits| limits.body_bytes = 1 << 20).fetch(&source, memory).await
}

#[tokio::test]
async fn a_file_is_read_when_it_has_changed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a feed.xml");
    std::fs::write(&path, RSS).unwrap();
    let mut memory = FeedMemory::new("file:feed.xml");
    let first = read(&path, &memory).await;
    assert_eq!((body(&first).as_str(), first.bytes), (RSS, RSS.len() as u64));
    assert_eq!(Url::parse(&first.url).unwrap().to_file_path(), Ok(path.clone()));
    memory.validators = validators(&first);
    assert_eq!(read(&path, &memory).await.answer, Answer::NotModified);
    // Touched, and the same.
    std::fs::write(&path, RSS).unwrap();
    assert_eq!(read(&path, &memory).await.answer, Answer::NotModified);
    // Changed within the same moment, to the same length.
    std::fs::write(&path, RSS.replace("<title>t", "<title>u")).unwrap();
    let second = read(&path, &memory).await;
    assert!(body(&second).contains("<title>u"));
    // An old file is known by its stamp, and one put in its place is not.
    let old = std::time::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
    memory.validators = validators(&read(&path, &memory).await);
    assert_eq!(read(&path, &memory).await.answer, Answer::NotModified);
    let other = dir.path().join("other.xml");
    std::fs::write(&other, RSS).unwrap();
    std::fs::File::options().write(true).open(&other).unwrap().set_modified(old).unwrap();
    std::fs::rename(&other, &path).unwrap();
    assert_eq!(body(&read(&path, &memory).await), RSS);
}

#[tokio::test]
async fn what_is_no_file_of_a_feed_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (empty, large, fifo) = (dir.path().join("empty"), dir.path().join("large"), dir.path().join("fifo"));
    std::fs::write(&empty, "").unwrap();
    std::fs::write(&large, vec![b' '; (1 << 20) + 1]).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let memory = FeedMemory::new("file:feed.xml");
    for (path, words) in [
        (empty.as_path(), "empty body"),
        (&large, "larger than 1 MiB"),
        (&fifo, "not a regular file"),
        (dir.path(), "not a regular file"),
        (Path::new("/dev/zero"), "not a regular file"),
        (Path::new("/nowhere/feed.xml"), "there is no such file"),
    ] {
        assert_said(&read(path, &memory).await, FailureKind::Refused, words);
    }
}
