//! The file itself: held by one process, and never another program's.

use super::*;

#[test]
fn a_second_process_is_refused_and_told_who_holds_the_store() {
    let shelf = Shelf::new();
    let refused = SqliteStore::open(&shelf.path(), "once", OpenOptions::default()).err().expect("refused");
    assert_eq!(refused.trouble, Trouble::Held);
    assert!(refused.said.contains(&format!("feedwatch test, process {}", std::process::id())), "{refused}");
    let mut beside = SqliteStore::beside(&shelf.path()).expect("questions are always answered");
    assert_eq!(beside.feeds().expect("reads").len(), 2);
}

/// The file is refused with these words, by who takes the steps and by who only looks, and left as it is.
fn refused_untouched(file: &std::path::Path, words: &str) {
    let before = std::fs::read(file).expect("reads");
    for result in [SqliteStore::open(file, "test", OpenOptions::default()), SqliteStore::beside(file)] {
        let refused = result.err().expect("refused");
        assert_eq!(refused.trouble, Trouble::NotOurs, "{refused}");
        assert!(refused.said.contains(words), "{refused}");
    }
    assert_eq!(std::fs::read(file).expect("reads"), before, "{} was touched", file.display());
}

#[test]
fn st_01_a_database_of_another_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let foreign = folder.path().join("foreign.db");
    let other = rusqlite::Connection::open(&foreign).expect("opens");
    other.execute_batch("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)").expect("writes");
    drop(other);
    refused_untouched(&foreign, "belongs to another program");
}

#[test]
fn st_02_a_newer_schema() {
    let folder = tempfile::tempdir().expect("a folder");
    let newer = folder.path().join("newer.db");
    drop(SqliteStore::open(&newer, "test", OpenOptions::default()).expect("opens"));
    rusqlite::Connection::open(&newer).expect("opens").pragma_update(None, "user_version", 999).expect("writes");
    refused_untouched(&newer, "made by a newer feedwatch (schema 999");
}

#[test]
fn st_04_no_database() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = folder.path().join("text.db");
    std::fs::write(&text, "this is no database at all, only words, and a good many of them so that it is long enough")
        .expect("writes");
    refused_untouched(&text, "no SQLite database");
}
