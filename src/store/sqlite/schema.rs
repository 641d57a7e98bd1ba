//! The tables, and how an older file becomes a present one.
//!
//! `application_id` says that a file is ours, `user_version` which migrations it has seen. Times are milliseconds since
//! 1970, hashes 64 bits in SQLite's signed integers, closed sets snake_case text.

use std::path::Path;

use rusqlite::Connection;

use crate::store::{StoreError, Trouble};

/// "fdwt" in ASCII.
const APPLICATION_ID: i64 = 0x6664_7774;

/// One step each; never edited once released, only added to.
const MIGRATIONS: [&str; 13] =
    [FIRST, HINTS, HEALTH, OPERATOR, LANES, CONFIGURATION, NEW_LANE, ORDER, LIMITS, ESCALATIONS, STORIES, READ, SLIM];

const FIRST: &str = "
CREATE TABLE feed (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  active INTEGER NOT NULL,
  url TEXT NOT NULL,
  state TEXT NOT NULL,
  baseline_at INTEGER, last_poll INTEGER, last_ok INTEGER, next_poll INTEGER, not_before INTEGER,
  failures INTEGER NOT NULL,
  failing_since INTEGER, unreachable_since INTEGER, error TEXT,
  validators_url TEXT NOT NULL, etag TEXT, last_modified TEXT,
  moved_to TEXT, moved_answers INTEGER NOT NULL,
  rung TEXT NOT NULL,
  biggest_burst INTEGER NOT NULL,
  title TEXT NOT NULL,
  recent TEXT NOT NULL
);
CREATE INDEX feed_due ON feed (next_poll) WHERE active;

CREATE TABLE item (
  id INTEGER PRIMARY KEY,
  feed INTEGER NOT NULL REFERENCES feed (id),
  key TEXT NOT NULL,
  key_kind TEXT NOT NULL,
  guid INTEGER, link INTEGER, content INTEGER NOT NULL,
  fingerprint INTEGER NOT NULL,
  history BLOB NOT NULL,
  published INTEGER, first_seen INTEGER NOT NULL, left_at INTEGER,
  found TEXT NOT NULL,
  title TEXT, summary TEXT, body TEXT,
  UNIQUE (feed, key)
);
CREATE INDEX item_here ON item (feed) WHERE left_at IS NULL;
CREATE INDEX item_guid ON item (feed, guid) WHERE guid IS NOT NULL;
CREATE INDEX item_link ON item (feed, link) WHERE link IS NOT NULL;
CREATE INDEX item_content ON item (feed, content);
CREATE INDEX item_left ON item (left_at) WHERE left_at IS NOT NULL;

CREATE TABLE alert (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  raised INTEGER NOT NULL,
  alert TEXT NOT NULL
);
CREATE TABLE waiting (
  notifier TEXT NOT NULL,
  alert INTEGER NOT NULL REFERENCES alert (number),
  hold TEXT, due INTEGER,
  PRIMARY KEY (notifier, alert)
) WITHOUT ROWID;
CREATE INDEX waiting_alert ON waiting (alert);

CREATE TABLE delivery (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  notifier TEXT NOT NULL,
  form TEXT NOT NULL,
  sealed INTEGER NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  next_attempt INTEGER,
  error TEXT,
  recipients TEXT NOT NULL
);
CREATE INDEX delivery_due ON delivery (notifier, next_attempt) WHERE state = 'pending';
CREATE INDEX delivery_state ON delivery (state, sealed);
CREATE TABLE delivery_alert (
  delivery INTEGER NOT NULL REFERENCES delivery (number),
  place INTEGER NOT NULL,
  alert INTEGER NOT NULL REFERENCES alert (number),
  PRIMARY KEY (delivery, place)
) WITHOUT ROWID;
CREATE INDEX delivery_alert_alert ON delivery_alert (alert);
CREATE TABLE attempt (
  delivery INTEGER NOT NULL REFERENCES delivery (number),
  at INTEGER NOT NULL,
  verdict TEXT NOT NULL
);
CREATE INDEX attempt_delivery ON attempt (delivery, at);

CREATE TABLE notifier (
  name TEXT PRIMARY KEY,
  off_target TEXT NOT NULL,
  off_since INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE told_edit (
  notifier TEXT NOT NULL, feed TEXT NOT NULL, item TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (notifier, feed, item)
) WITHOUT ROWID;
CREATE TABLE fact (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
";

/// What a feed says of itself, and how far its word that nothing has changed is believed.
const HINTS: &str = "
ALTER TABLE feed ADD COLUMN whole_at INTEGER;
ALTER TABLE feed ADD COLUMN lied_at INTEGER;
ALTER TABLE feed ADD COLUMN hints TEXT NOT NULL DEFAULT '{}';
";

/// What is wrong with the service itself, and how each notifier does.
const HEALTH: &str = "
CREATE TABLE standing (
  reason TEXT NOT NULL, subject TEXT NOT NULL,
  since INTEGER NOT NULL,
  said TEXT NOT NULL,
  told INTEGER NOT NULL,
  last_told INTEGER, ended INTEGER,
  PRIMARY KEY (reason, subject)
) WITHOUT ROWID;
CREATE TABLE notifier_health (
  name TEXT PRIMARY KEY,
  failures INTEGER NOT NULL,
  failing_since INTEGER, last_try INTEGER, last_ok INTEGER,
  error TEXT
) WITHOUT ROWID;
CREATE INDEX item_seen ON item (first_seen);
CREATE INDEX alert_raised ON alert (raised);
";

/// What an operator asks for and asks about: silences, how long what was held, what a feed's polls said, what is needed
/// to try a watch on a stored item.
const OPERATOR: &str = "
CREATE TABLE silence (
  id TEXT PRIMARY KEY,
  until INTEGER NOT NULL, ended INTEGER,
  silence TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE silenced (
  notifier TEXT NOT NULL,
  alert INTEGER NOT NULL REFERENCES alert (number),
  silence TEXT NOT NULL REFERENCES silence (id),
  at INTEGER NOT NULL,
  PRIMARY KEY (alert, notifier)
) WITHOUT ROWID;
CREATE INDEX silenced_silence ON silenced (silence);
CREATE TABLE held (
  alert INTEGER NOT NULL REFERENCES alert (number),
  notifier TEXT NOT NULL,
  hold TEXT NOT NULL,
  since INTEGER NOT NULL, due INTEGER,
  PRIMARY KEY (alert, notifier, hold)
) WITHOUT ROWID;
CREATE TABLE trouble (
  feed INTEGER NOT NULL REFERENCES feed (id),
  at INTEGER NOT NULL,
  said TEXT NOT NULL
);
CREATE INDEX trouble_feed ON trouble (feed, at);
ALTER TABLE item ADD COLUMN about TEXT;
";

/// Feeds that failed the last time are claimed apart from the others.
const LANES: &str = "
CREATE INDEX feed_lane ON feed ((failures > 0), next_poll) WHERE active;
";

/// And so are those that never answered yet.
const NEW_LANE: &str = "
DROP INDEX feed_lane;
CREATE INDEX feed_lane ON feed ((CASE WHEN failures > 0 THEN 2 ELSE last_ok IS NULL END), next_poll) WHERE active;
";

/// Messages that count for limits: of the notifier, `watch` empty, or of a watch that has a part in them. And what falls
/// due first is found among any number of alerts that wait.
const LIMITS: &str = "
CREATE TABLE spent (notifier TEXT NOT NULL, watch TEXT NOT NULL, at INTEGER NOT NULL);
CREATE INDEX spent_at ON spent (notifier, at);
CREATE INDEX waiting_due ON waiting (notifier, due, hold);
";

/// What alerts are known by in other feeds, and the stories that each notifier was told.
const STORIES: &str = "
CREATE TABLE gist_watch (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE gist (
  alert INTEGER PRIMARY KEY REFERENCES alert (number),
  watch INTEGER NOT NULL,
  raised INTEGER NOT NULL,
  gist BLOB NOT NULL
);
CREATE INDEX gist_raised ON gist (raised);
CREATE TABLE gist_band (watch INTEGER NOT NULL, band INTEGER NOT NULL, alert INTEGER NOT NULL, PRIMARY KEY (watch, band, alert)) WITHOUT ROWID;
CREATE TABLE story (
  notifier TEXT NOT NULL,
  alert INTEGER NOT NULL REFERENCES alert (number),
  first INTEGER NOT NULL,
  watch TEXT NOT NULL, feed TEXT NOT NULL, item TEXT NOT NULL,
  at INTEGER NOT NULL,
  recorded INTEGER NOT NULL,
  follows TEXT,
  PRIMARY KEY (alert, notifier)
) WITHOUT ROWID;
CREATE INDEX story_first ON story (notifier, first, feed);
CREATE INDEX story_item ON story (notifier, feed, item);
CREATE INDEX story_recorded ON story (alert) WHERE recorded;
";

/// The configuration that was last accepted, and which renames of it have been carried over.
const CONFIGURATION: &str = "
CREATE TABLE accepted (one INTEGER PRIMARY KEY CHECK (one = 1), at INTEGER NOT NULL, files TEXT NOT NULL);
CREATE TABLE carried (kind TEXT NOT NULL, old TEXT NOT NULL, new TEXT NOT NULL, PRIMARY KEY (kind, old, new)) WITHOUT ROWID;
";

/// The alerts of one item are found at once, and a notifier's wish to be left alone is kept.
const ORDER: &str = "
CREATE INDEX alert_item ON alert (alert ->> '$.feed', alert ->> '$.item.key');
ALTER TABLE notifier_health ADD COLUMN not_before INTEGER;
";

/// Messages that another notifier has, too, unless they are accepted by `due`; once that is done, never again. An alert that
/// waits `because` of a notifier came from it in this way.
const ESCALATIONS: &str = "
CREATE TABLE escalation (
  delivery INTEGER PRIMARY KEY REFERENCES delivery (number),
  notifier TEXT NOT NULL,
  due INTEGER NOT NULL,
  done INTEGER NOT NULL
);
CREATE INDEX escalation_due ON escalation (notifier, due) WHERE NOT done;
ALTER TABLE waiting ADD COLUMN because TEXT;
";

/// What recognises the document that was read last (three hashes of sixteen bytes), and its items, a pack a feed: so far as
/// they come again as they were, they are not read again.
const READ: &str = "
ALTER TABLE feed ADD COLUMN read_as BLOB;
CREATE TABLE skim (feed INTEGER PRIMARY KEY REFERENCES feed (id), items BLOB NOT NULL);
";

/// Items in few bytes: their text apart from them, and a mark found by one index, of items that have left alone; those
/// that stand in their feed's document are read together. `named` is the rung of the key, and 4 and 8 where the mark of the
/// guid and of the link is the hash of the key, which is not kept twice. A mark in `left_mark` is its lowest 32 bits.
const SLIM: &str = "
ALTER TABLE item RENAME TO item_before;
CREATE TABLE item (
  id INTEGER PRIMARY KEY,
  feed INTEGER NOT NULL,
  named INTEGER NOT NULL,
  key TEXT NOT NULL,
  guid INTEGER, link INTEGER, content INTEGER NOT NULL,
  fingerprint INTEGER NOT NULL,
  history BLOB NOT NULL,
  published INTEGER, first_seen INTEGER NOT NULL, left_at INTEGER,
  found TEXT
);
INSERT INTO item SELECT id, feed, CASE key_kind WHEN 'guid' THEN 0 WHEN 'link' THEN 1 ELSE 2 END, key, guid, link, content,
  fingerprint, history, published, first_seen, left_at, nullif(found, '[]') FROM item_before ORDER BY id;
CREATE TABLE item_text (item INTEGER PRIMARY KEY, title TEXT NOT NULL, summary TEXT NOT NULL, body TEXT NOT NULL, about TEXT);
INSERT INTO item_text SELECT id, title, summary, body, about FROM item_before WHERE title IS NOT NULL ORDER BY id;
CREATE TABLE left_mark (feed INTEGER, mark INTEGER, item INTEGER, PRIMARY KEY (feed, mark, item)) WITHOUT ROWID;
INSERT OR IGNORE INTO left_mark
  SELECT feed, (guid << 32) >> 32, id FROM item_before WHERE left_at IS NOT NULL AND guid IS NOT NULL
  UNION ALL SELECT feed, (link << 32) >> 32, id FROM item_before WHERE left_at IS NOT NULL AND link IS NOT NULL
  UNION ALL SELECT feed, (content << 32) >> 32, id FROM item_before
    WHERE left_at IS NOT NULL AND (link IS NULL OR key_kind = 'content');
INSERT INTO fact (name, value) SELECT 'items', count(*) FROM item_before;
DROP TABLE item_before;
CREATE INDEX item_here ON item (feed) WHERE left_at IS NULL;
-- Each poll writes what `feed_lane` says as well.
DROP INDEX feed_due;
";

/// Brings a file up to date. One that is another program's, or a newer version's, is refused and not touched.
pub fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let seen = check(connection, path)?;
    for (version, step) in MIGRATIONS.iter().enumerate().skip(seen) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", version as i64 + 1)?;
        transaction.commit()?;
    }
    Ok(())
}

/// How many migrations there are.
pub fn latest() -> usize {
    MIGRATIONS.len()
}

/// How many migrations a file has seen; an error when it is not ours to read.
pub fn check(connection: &Connection, path: &Path) -> Result<usize, StoreError> {
    let number = |pragma: &str| connection.query_row(pragma, [], |row| row.get::<_, i64>(0));
    let refuse = |said: String| Err(StoreError::new(Trouble::NotOurs, format!("{}: {said}", path.display())));
    let version = match number("PRAGMA user_version") {
        Ok(version) => version,
        Err(e) if e.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => {
            return refuse("this file is no SQLite database; name another one as [store] url".into());
        }
        Err(e) => return Err(e.into()),
    };
    let tables = number("SELECT count(*) FROM sqlite_master")?;
    let ours = number("PRAGMA application_id")? == APPLICATION_ID;
    if !ours && (tables > 0 || version != 0) {
        return refuse("this database belongs to another program; name another file as [store] url".into());
    }
    match usize::try_from(version) {
        Ok(version) if version <= MIGRATIONS.len() => Ok(version),
        _ => refuse(format!(
            "this store was made by a newer feedwatch (schema {version}, this one knows {}): upgrade, or name another file",
            MIGRATIONS.len()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FeedName, Fingerprint, Marks, Probe, Time};
    use crate::store::ItemFilter;
    use crate::store::sqlite::items;

    /// A store as it was before items were kept in few bytes: one item that stands in its document, one that has left, one
    /// of which the text is forgotten.
    fn before_slim() -> Connection {
        let connection = Connection::open_in_memory().expect("opens");
        MIGRATIONS[..12].iter().for_each(|step| connection.execute_batch(step).expect("migrates"));
        connection.pragma_update(None, "user_version", 12).expect("writes");
        connection.pragma_update(None, "application_id", APPLICATION_ID).expect("writes");
        let rows = "
            INSERT INTO feed (id, name, active, url, state, failures, validators_url, moved_answers, rung, biggest_burst, title, recent)
              VALUES (7, 'a', 1, '', 'ok', 0, '', 0, 'guid', 0, '', '[]');
            INSERT INTO item (id, feed, key, key_kind, guid, link, content, fingerprint, history, first_seen, left_at, found, about, title, summary, body)
              VALUES (1, 7, 'here', 'guid', -5, 6, 7, 8, x'0100000000000000', 1000, NULL, '[\"w\"]', '{\"link\":\"http://h/\",\"language\":null}', 'Here', '', 'B'),
                     (2, 7, 'http://left/', 'link', NULL, -8589934593, 4294967297, 9, x'', 2000, 3000, '[]', NULL, 'Left', 's', ''),
                     (3, 7, 'old', 'content', NULL, NULL, -1, 10, x'', 2000, 3000, '[]', NULL, NULL, NULL, NULL);";
        connection.execute_batch(rows).expect("writes");
        connection
    }

    #[test]
    fn items_of_an_older_store_are_known_as_before() {
        let mut connection = before_slim();
        migrate(&mut connection, Path::new("store.db")).expect("migrates");
        let known = |marks: &[Marks]| {
            let probes: Vec<Probe> = marks.iter().map(|m| Probe { marks: *m, fingerprint: Fingerprint(0) }).collect();
            items::known(&connection, &FeedName::new("a"), &probes).expect("reads")
        };
        let here = known(&[]);
        let [one] = &here[..] else { panic!("{here:?}") };
        assert_eq!((one.row, one.record.key.text.as_str(), one.record.found.len()), (1, "here", 1));
        assert_eq!(one.record.marks, Marks { guid: Some(5u64.wrapping_neg()), link: Some(6), content: 7 });
        assert_eq!(one.record.history, [Fingerprint(1)]);
        let nobody = Marks { guid: None, link: None, content: 12 };
        for (marks, row, title) in [
            (Marks { link: Some(8_589_934_593u64.wrapping_neg()), ..nobody }, 2, Some("Left")),
            (Marks { content: u64::MAX, ..nobody }, 3, None),
        ] {
            let found = known(&[marks]);
            let left = found.iter().find(|k| k.record.left.is_some()).unwrap_or_else(|| panic!("{marks:?}"));
            assert_eq!((left.row, left.record.left), (row, Some(Time::from_ms(3000))));
            assert_eq!(left.text.as_ref().map(|t| t.title.as_str()), title);
        }
        assert_eq!(
            known(&[Marks { link: Some(8_589_934_593u64.wrapping_neg() & 0xffff_ffff), ..nobody }]).len(),
            1,
            "the lowest bits alone are no mark"
        );
        assert_eq!(items::count(&connection).expect("counts"), 3);
        let all = items::stored(&connection, &ItemFilter { limit: 9, ..ItemFilter::default() }).expect("reads");
        let about = all[2].record.about.as_ref().expect("kept");
        assert_eq!((all.len(), about.link.as_deref()), (3, Some("http://h/")));
    }
}
