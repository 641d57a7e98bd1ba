//! The table `item`: who is known in a feed, and what it said.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, Row, named_params, params};

use crate::model::{FeedName, Fingerprint, ItemKey, ItemRecord, ItemText, Known, Marks, Probe, Time};
use crate::store::{ItemFilter, PollOutcome, StoreError, StoredItem};

use super::rows::{from_json, from_word, hash, json, maybe_json, ms, signed, time, word};

const COLUMNS: &str =
    "id, key, key_kind, guid, link, content, fingerprint, history, published, first_seen, left_at, found, about";

pub fn known(connection: &Connection, feed: &FeedName, probes: &[Probe]) -> Result<Vec<Known>, StoreError> {
    let feed: Option<i64> = connection
        .prepare_cached("SELECT id FROM feed WHERE name = ?1")?
        .query_row([feed.as_str()], |r| r.get(0))
        .optional()?;
    let Some(feed) = feed else { return Ok(Vec::new()) };
    // A feed of which nothing is known need not be asked for each mark.
    let any = connection.prepare_cached("SELECT 1 FROM item WHERE feed = ?1 LIMIT 1")?.exists([feed])?;
    if !any {
        return Ok(Vec::new());
    }
    let mut found = Finding { connection, feed, known: Vec::new(), rows: HashSet::new() };
    found.collect("left_at IS NULL", None)?;
    let here = Asked::of(&found.known);
    for probe in probes {
        // What recognises an item that stands in the document needs no second look among those that have left.
        if here.recognises(&probe.marks) {
            continue;
        }
        if let Some(guid) = probe.marks.guid {
            found.collect("guid = ?2", Some(guid))?;
        }
        if let Some(link) = probe.marks.link {
            found.collect("link = ?2", Some(link))?;
        }
        found.collect("content = ?2", Some(probe.marks.content))?;
    }
    found.texts(probes)?;
    Ok(found.known)
}

/// Known items as they are gathered, each once.
struct Finding<'c> {
    connection: &'c Connection,
    feed: i64,
    known: Vec<Known>,
    rows: HashSet<i64>,
}

impl Finding<'_> {
    fn collect(&mut self, which: &str, mark: Option<u64>) -> Result<(), StoreError> {
        let mut statement =
            self.connection.prepare_cached(&format!("SELECT {COLUMNS} FROM item WHERE feed = ?1 AND {which}"))?;
        let mut rows = match mark {
            Some(mark) => statement.query(params![self.feed, signed(mark)])?,
            None => statement.query([self.feed])?,
        };
        while let Some(row) = rows.next()? {
            if self.rows.insert(row.get(0)?) {
                self.known.push(read(row)?);
            }
        }
        Ok(())
    }

    /// Reads the text of those whose fingerprint no probe has.
    fn texts(&mut self, probes: &[Probe]) -> Result<(), StoreError> {
        let unchanged: HashSet<Fingerprint> = probes.iter().map(|p| p.fingerprint).collect();
        let asked = Asked::by(probes.iter().map(|p| &p.marks));
        let mut statement = self.connection.prepare_cached("SELECT title, summary, body FROM item WHERE id = ?1")?;
        for known in &mut self.known {
            let changed = !unchanged.contains(&known.record.fingerprint);
            if changed && asked.shares(&known.record.marks) {
                known.text = statement.query_row([known.row], |r| {
                    let title: Option<String> = r.get(0)?;
                    let text =
                        |title| Ok::<_, rusqlite::Error>(ItemText { title, summary: r.get(1)?, body: r.get(2)? });
                    title.map(text).transpose()
                })?;
            }
        }
        Ok(())
    }
}

/// The marks of many items, to see whether one of them is another's.
struct Asked {
    guids: HashSet<u64>,
    links: HashSet<u64>,
    contents: HashSet<u64>,
}

impl Asked {
    fn of(known: &[Known]) -> Self {
        Self::by(known.iter().map(|k| &k.record.marks))
    }

    fn by<'m>(marks: impl Iterator<Item = &'m Marks> + Clone) -> Self {
        Self {
            guids: marks.clone().filter_map(|m| m.guid).collect(),
            links: marks.clone().filter_map(|m| m.link).collect(),
            contents: marks.map(|m| m.content).collect(),
        }
    }

    /// Whether one of the marks is among them.
    fn shares(&self, marks: &Marks) -> bool {
        marks.guid.is_some_and(|g| self.guids.contains(&g))
            || marks.link.is_some_and(|l| self.links.contains(&l))
            || self.contents.contains(&marks.content)
    }

    /// Whether the best of the marks is among them, so that no other item needs to be asked.
    fn recognises(&self, marks: &Marks) -> bool {
        match (marks.guid, marks.link) {
            (Some(guid), _) if self.guids.contains(&guid) => true,
            (None, Some(link)) if self.links.contains(&link) => true,
            (Some(_), Some(link)) if self.links.contains(&link) && self.contents.contains(&marks.content) => true,
            (None, None) => self.contents.contains(&marks.content),
            _ => false,
        }
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Known> {
    let mark = |column| {
        Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(|h| u64::from_ne_bytes(h.to_ne_bytes())))
    };
    let history: Vec<u8> = row.get(7)?;
    Ok(Known {
        row: row.get(0)?,
        text: None,
        record: ItemRecord {
            key: ItemKey { kind: from_word(row, 2)?, text: row.get(1)? },
            marks: Marks { guid: mark(3)?, link: mark(4)?, content: hash(row, 5)? },
            fingerprint: Fingerprint(hash(row, 6)?),
            history: history.as_chunks().0.iter().map(|b| Fingerprint(u64::from_le_bytes(*b))).collect(),
            published: time(row, 8)?,
            first_seen: Time::from_ms(row.get(9)?),
            left: time(row, 10)?,
            found: from_json(row, 11)?,
            about: maybe_json(row, 12)?,
        },
    })
}

/// What was kept of a feed's document for the next one to be skimmed.
pub fn skim(connection: &Connection, feed: &FeedName) -> Result<Option<Vec<u8>>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT items FROM skim WHERE feed = (SELECT id FROM feed WHERE name = ?1)")?;
    Ok(statement.query_row([feed.as_str()], |r| r.get(0)).optional()?)
}

/// Items as they are stored, newest row first.
pub fn stored(connection: &Connection, filter: &ItemFilter) -> Result<Vec<StoredItem>, StoreError> {
    let columns: Vec<String> = COLUMNS.split(", ").map(|column| format!("i.{column}")).collect();
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {}, f.name, i.title, i.summary, i.body FROM item i JOIN feed f ON f.id = i.feed
         WHERE (:feed IS NULL OR f.name = :feed) AND (:key IS NULL OR i.key = :key)
           AND (:since IS NULL OR i.first_seen >= :since) AND (:before IS NULL OR i.id < :before)
         ORDER BY i.id DESC LIMIT :limit",
        columns.join(", ")
    ))?;
    let limit = i64::try_from(filter.limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(
        named_params! {
            ":feed": filter.feed.as_ref().map(FeedName::as_str), ":key": filter.key, ":since": ms(filter.since),
            ":before": filter.before, ":limit": limit,
        },
        |r| {
            let Known { row, record, .. } = read(r)?;
            let title: Option<String> = r.get(14)?;
            let text = |title| Ok::<_, rusqlite::Error>(ItemText { title, summary: r.get(15)?, body: r.get(16)? });
            let text = title.map(text).transpose()?;
            Ok(StoredItem { row, feed: FeedName::new(r.get::<_, String>(13)?), record, text })
        },
    )?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Writes what a poll says of its feed's items.
pub fn write(connection: &Connection, feed: i64, outcome: &PollOutcome) -> Result<(), StoreError> {
    let mut upsert = connection.prepare_cached(
        "INSERT INTO item (feed, key, key_kind, guid, link, content, fingerprint, history, published, first_seen, left_at,
           found, about, title, summary, body)
         VALUES (:feed, :key, :key_kind, :guid, :link, :content, :fingerprint, :history, :published, :first_seen, :left_at,
           :found, :about, :title, :summary, :body)
         ON CONFLICT (feed, key) DO UPDATE SET guid = excluded.guid, link = excluded.link, content = excluded.content,
           fingerprint = excluded.fingerprint, history = excluded.history, published = excluded.published,
           left_at = excluded.left_at, found = excluded.found, about = coalesce(excluded.about, about), title = coalesce(excluded.title, title),
           summary = coalesce(excluded.summary, summary), body = coalesce(excluded.body, body)",
    )?;
    for (record, text) in &outcome.records {
        let history: Vec<u8> = record.history.iter().flat_map(|f| f.0.to_le_bytes()).collect();
        let text = text.as_ref();
        upsert.execute(named_params! {
            ":feed": feed, ":key": record.key.text, ":key_kind": word(&record.key.kind),
            ":guid": record.marks.guid.map(signed), ":link": record.marks.link.map(signed),
            ":content": signed(record.marks.content), ":fingerprint": signed(record.fingerprint.0), ":history": history,
            ":published": ms(record.published), ":first_seen": record.first_seen.ms(), ":left_at": ms(record.left),
            ":found": json(&record.found), ":about": record.about.as_ref().map(json), ":title": text.map(|t| &t.title), ":summary": text.map(|t| &t.summary),
            ":body": text.map(|t| &t.body),
        })?;
    }
    let mut left = connection.prepare_cached("UPDATE item SET left_at = ?2 WHERE id = ?1 AND left_at IS NULL")?;
    for row in &outcome.left {
        left.execute(params![row, outcome.at.ms()])?;
    }
    match outcome.skim.as_deref() {
        None => 0,
        Some([]) => connection.prepare_cached("DELETE FROM skim WHERE feed = ?1")?.execute([feed])?,
        Some(pack) => {
            connection.prepare_cached("INSERT OR REPLACE INTO skim VALUES (?1, ?2)")?.execute(params![feed, pack])?
        }
    };
    Ok(())
}
