//! Items: who is known in a feed (`item`), what they said (`item_text`), and by what those that have left their feed's
//! document are found (`left_mark`).

use std::collections::HashSet;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, named_params, params};

use crate::model::ids::hash64;
use crate::model::{
    FeedName, Fingerprint, ItemKey, ItemRecord, ItemText, KeyKind, Known, Marks, Probe, Remembered, Time,
};
use crate::store::{ItemFilter, PollOutcome, StoreError, StoredItem};

use super::rows::{hash, json, maybe_json, ms, signed, time};

const COLUMNS: &str = "i.id, i.named, i.key, i.guid, i.link, i.content, i.fingerprint, i.history, i.published, i.first_seen, i.left_at, i.found";
/// How many they are.
const WIDTH: usize = 12;

/// The rows of a feed's items, those that have left too.
pub const OF_FEED: &str = "SELECT id FROM item WHERE feed = :feed AND left_at IS NULL
     UNION SELECT item FROM left_mark WHERE feed = :feed";

pub fn known(connection: &Connection, feed: &FeedName, probes: &[Probe]) -> Result<Vec<Known>, StoreError> {
    let Some(feed) = feed_row(connection, feed)? else { return Ok(Vec::new()) };
    let mut found = Finding { connection, feed, known: Vec::new(), rows: HashSet::new() };
    found.here()?;
    // A feed of which nothing has left need not be asked for each mark.
    if connection.prepare_cached("SELECT 1 FROM left_mark WHERE feed = ?1 LIMIT 1")?.exists([feed])? {
        let here = Asked::of(&found.known);
        // What recognises an item that stands in the document needs no second look among those that have left.
        for probe in probes.iter().filter(|probe| !here.recognises(&probe.marks)) {
            found.left(&probe.marks)?;
        }
    }
    found.texts(probes)?;
    Ok(found.known)
}

fn feed_row(connection: &Connection, feed: &FeedName) -> Result<Option<i64>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT id FROM feed WHERE name = ?1")?;
    Ok(statement.query_row([feed.as_str()], |r| r.get(0)).optional()?)
}

/// Known items as they are gathered, each once.
struct Finding<'c> {
    connection: &'c Connection,
    feed: i64,
    known: Vec<Known>,
    rows: HashSet<i64>,
}

impl Finding<'_> {
    /// Those that stand in the document.
    fn here(&mut self) -> Result<(), StoreError> {
        let question = format!("SELECT {COLUMNS} FROM item i WHERE i.feed = ?1 AND i.left_at IS NULL");
        let mut statement = self.connection.prepare_cached(&question)?;
        let mut rows = statement.query([self.feed])?;
        while let Some(row) = rows.next()? {
            self.known.push(read(row)?);
        }
        Ok(())
    }

    /// Those that have left, and have one of the marks.
    fn left(&mut self, marks: &Marks) -> Result<(), StoreError> {
        let question =
            format!("SELECT {COLUMNS} FROM left_mark m JOIN item i ON i.id = m.item WHERE m.feed = ?1 AND m.mark = ?2");
        let mut statement = self.connection.prepare_cached(&question)?;
        for short in shorts(marks) {
            let mut rows = statement.query([self.feed, short])?;
            while let Some(row) = rows.next()? {
                let known = read(row)?;
                // Other marks may have the same short form.
                if share(marks, &known.record.marks) && self.rows.insert(known.row) {
                    self.known.push(known);
                }
            }
        }
        Ok(())
    }

    /// Reads the text of those whose fingerprint no probe has.
    fn texts(&mut self, probes: &[Probe]) -> Result<(), StoreError> {
        let unchanged: HashSet<Fingerprint> = probes.iter().map(|p| p.fingerprint).collect();
        let asked = Asked::by(probes.iter().map(|p| &p.marks));
        let mut statement =
            self.connection.prepare_cached("SELECT title, summary, body FROM item_text WHERE item = ?1")?;
        for known in &mut self.known {
            let changed = !unchanged.contains(&known.record.fingerprint);
            if changed && asked.shares(&known.record.marks) {
                known.text = statement.query_row([known.row], |row| text(row, 0)).optional()?.flatten();
            }
        }
        Ok(())
    }
}

/// All marks, in the bits by which they are looked for.
fn shorts(marks: &Marks) -> impl Iterator<Item = i64> + use<> {
    short([marks.guid, marks.link, Some(marks.content)])
}

/// The marks by which an item is found that has left. Title and date recognise nothing without the link, if there is one; but
/// they are the key where nothing else is, and a key is found.
fn found_by(item: &ItemRecord) -> impl Iterator<Item = i64> + use<> {
    let Marks { guid, link, content } = item.marks;
    let is_needed = link.is_none() || item.key.kind == KeyKind::Content;
    short([guid, link, is_needed.then_some(content)])
}

fn short(mut marks: [Option<u64>; 3]) -> impl Iterator<Item = i64> + use<> {
    // The address of an item is often its guid, too.
    if marks[0] == marks[1] {
        marks[1] = None;
    }
    marks.into_iter().flatten().map(|mark| i64::from(mark as u32 as i32))
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

/// Whether both have a mark in common, be it of the guid of one and the link of the other.
fn share(one: &Marks, other: &Marks) -> bool {
    let all = |marks: &Marks| [marks.guid, marks.link, Some(marks.content)];
    all(one).into_iter().flatten().any(|mark| all(other).contains(&Some(mark)))
}

/// In `named`: the mark of the guid is the hash of the key.
const GUID_IS_KEY: i64 = 4;
/// In `named`: the mark of the link is the hash of the key.
const LINK_IS_KEY: i64 = 8;

/// How an item is named, and the marks that its key does not tell.
fn named(record: &ItemRecord) -> (i64, Option<i64>, Option<i64>) {
    let Marks { guid, link, .. } = record.marks;
    let key = Some(hash64(&record.key.text));
    let [is_guid, is_link] = [guid, link].map(|mark| mark == key);
    let bits = if is_guid { GUID_IS_KEY } else { 0 } | if is_link { LINK_IS_KEY } else { 0 };
    let rung = match record.key.kind {
        KeyKind::Guid => 0,
        KeyKind::Link => 1,
        KeyKind::Content => 2,
    };
    (rung | bits, guid.filter(|_| !is_guid).map(signed), link.filter(|_| !is_link).map(signed))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Known> {
    let named: i64 = row.get(1)?;
    let text: String = row.get(2)?;
    let of_key = (named & (GUID_IS_KEY | LINK_IS_KEY) != 0).then(|| hash64(&text));
    let mark = |bit, column| {
        let own = row.get::<_, Option<i64>>(column)?.map(|h| u64::from_ne_bytes(h.to_ne_bytes()));
        Ok::<_, rusqlite::Error>(if named & bit != 0 { of_key } else { own })
    };
    let kind = match named & 3 {
        0 => KeyKind::Guid,
        1 => KeyKind::Link,
        _ => KeyKind::Content,
    };
    Ok(Known {
        row: row.get(0)?,
        text: None,
        record: ItemRecord {
            key: ItemKey { kind, text },
            marks: Marks { guid: mark(GUID_IS_KEY, 3)?, link: mark(LINK_IS_KEY, 4)?, content: hash(row, 5)? },
            fingerprint: Fingerprint(hash(row, 6)?),
            history: row
                .get_ref(7)?
                .as_blob()?
                .as_chunks()
                .0
                .iter()
                .map(|b| Fingerprint(u64::from_le_bytes(*b)))
                .collect(),
            published: time(row, 8)?,
            first_seen: Time::from_ms(row.get(9)?),
            left: time(row, 10)?,
            found: maybe_json(row, 11)?.unwrap_or_default(),
            about: None,
        },
    })
}

/// Title, summary and body, from this column on.
fn text(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<ItemText>> {
    let title: Option<String> = row.get(at)?;
    title.map(|title| Ok(ItemText { title, summary: row.get(at + 1)?, body: row.get(at + 2)? })).transpose()
}

/// What was kept of a feed's document for the next one to be skimmed.
pub fn skim(connection: &Connection, feed: &FeedName) -> Result<Option<Vec<u8>>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT items FROM skim WHERE feed = (SELECT id FROM feed WHERE name = ?1)")?;
    Ok(statement.query_row([feed.as_str()], |r| r.get(0)).optional()?)
}

/// Items as they are stored, newest row first.
pub fn stored(connection: &Connection, filter: &ItemFilter) -> Result<Vec<StoredItem>, StoreError> {
    let feed = match &filter.feed {
        None => None,
        Some(name) => match feed_row(connection, name)? {
            None => return Ok(Vec::new()),
            some => some,
        },
    };
    // Those of one feed are found without a look at all others.
    let which = if feed.is_some() { format!("i.id IN ({OF_FEED})") } else { ":feed IS NULL".to_owned() };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS}, f.name, t.title, t.summary, t.body, t.about FROM item i JOIN feed f ON f.id = i.feed
         LEFT JOIN item_text t ON t.item = i.id
         WHERE {which} AND (:key IS NULL OR i.key = :key)
           AND (:since IS NULL OR i.first_seen >= :since) AND (:before IS NULL OR i.id < :before)
         ORDER BY i.id DESC LIMIT :limit"
    ))?;
    let limit = i64::try_from(filter.limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(
        named_params! {
            ":feed": feed, ":key": filter.key, ":since": ms(filter.since),
            ":before": filter.before, ":limit": limit,
        },
        |row| {
            let Known { row: id, mut record, .. } = read(row)?;
            record.about = maybe_json(row, WIDTH + 4)?;
            let feed = FeedName::new(row.get::<_, String>(WIDTH)?);
            Ok(StoredItem { row: id, feed, record, text: text(row, WIDTH + 1)? })
        },
    )?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// How many have been seen for the first time after this.
pub fn first_seen_after(connection: &Connection, since: Time) -> Result<u64, StoreError> {
    // Rows are in the order of commits, and a poll is committed long before an hour after its end.
    let enough = since.minus(Duration::from_secs(3600)).ms();
    let mut statement = connection.prepare_cached("SELECT first_seen FROM item ORDER BY id DESC")?;
    let mut rows = statement.query([])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        let at: i64 = row.get(0)?;
        if at < enough {
            break;
        }
        count += u64::from(at > since.ms());
    }
    Ok(count)
}

/// How many there are.
pub fn count(connection: &Connection) -> Result<i64, StoreError> {
    let count =
        connection.prepare_cached("SELECT value FROM fact WHERE name = 'items'")?.query_row([], |row| row.get(0));
    Ok(count.optional()?.unwrap_or(0))
}

/// Writes what a poll says of its feed's items.
pub fn write(connection: &Connection, feed: i64, outcome: &PollOutcome) -> Result<(), StoreError> {
    let marks = Marked { connection, feed };
    let mut new = 0;
    for item in &outcome.records {
        let before = match item.row {
            Some(row) => known_row(connection, feed, row)?,
            None => None,
        };
        new += i64::from(before.is_none());
        let row = put(connection, feed, before.as_ref().map(|b| b.row), &item.record)?;
        put_text(connection, row, item)?;
        if let Some(before) = before.filter(|before| before.record.left.is_some()) {
            marks.is_back(row, &before.record)?;
        }
        if item.record.left.is_some() {
            marks.leaves(row, &item.record)?;
        }
    }
    if new > 0 {
        add_to_count(connection, new)?;
    }
    let mut left =
        connection.prepare_cached("UPDATE item SET left_at = ?3 WHERE id = ?1 AND feed = ?2 AND left_at IS NULL")?;
    for row in &outcome.left {
        if left.execute(params![row, feed, outcome.at.ms()])? > 0
            && let Some(known) = known_row(connection, feed, *row)?
        {
            marks.leaves(*row, &known.record)?;
        }
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

/// An item of the feed by its row; it may have been forgotten since somebody knew of it.
fn known_row(connection: &Connection, feed: i64, row: i64) -> Result<Option<Known>, StoreError> {
    let question = format!("SELECT {COLUMNS} FROM item i WHERE i.id = ?1 AND i.feed = ?2");
    Ok(connection.prepare_cached(&question)?.query_row([row, feed], read).optional()?)
}

/// Writes an item into its row, or into a new one; which it is.
fn put(connection: &Connection, feed: i64, row: Option<i64>, record: &ItemRecord) -> Result<i64, StoreError> {
    let mut write = connection.prepare_cached(
        "INSERT INTO item (id, feed, named, key, guid, link, content, fingerprint, history, published, first_seen, left_at, found)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
         ON CONFLICT (id) DO UPDATE SET named = excluded.named, guid = excluded.guid, link = excluded.link,
           content = excluded.content, fingerprint = excluded.fingerprint, history = excluded.history,
           published = excluded.published, left_at = excluded.left_at, found = excluded.found",
    )?;
    let (named, guid, link) = named(record);
    let history: Vec<u8> = record.history.iter().flat_map(|f| f.0.to_le_bytes()).collect();
    write.execute(params![
        row,
        feed,
        named,
        record.key.text,
        guid,
        link,
        signed(record.marks.content),
        signed(record.fingerprint.0),
        history,
        ms(record.published),
        record.first_seen.ms(),
        ms(record.left),
        (!record.found.is_empty()).then(|| json(&record.found)),
    ])?;
    Ok(row.unwrap_or_else(|| connection.last_insert_rowid()))
}

/// Writes what is new of an item's text and of what is kept beside it.
fn put_text(connection: &Connection, row: i64, item: &Remembered) -> Result<(), StoreError> {
    let about = item.record.about.as_ref().map(json);
    match &item.text {
        Some(ItemText { title, summary, body }) => connection
            .prepare_cached(
                "INSERT INTO item_text (item, title, summary, body, about) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (item) DO UPDATE SET title = excluded.title, summary = excluded.summary, body = excluded.body,
                   about = coalesce(excluded.about, about)",
            )?
            .execute(params![row, title, summary, body, about])?,
        None if about.is_some() => connection
            .prepare_cached("UPDATE item_text SET about = ?2 WHERE item = ?1")?
            .execute(params![row, about])?,
        None => 0,
    };
    Ok(())
}

/// By what the items of a feed are found that have left its document.
struct Marked<'c> {
    connection: &'c Connection,
    feed: i64,
}

impl Marked<'_> {
    fn leaves(&self, row: i64, item: &ItemRecord) -> Result<(), StoreError> {
        let mut add = self.connection.prepare_cached("INSERT OR IGNORE INTO left_mark VALUES (?1, ?2, ?3)")?;
        found_by(item).try_for_each(|mark| add.execute([self.feed, mark, row]).map(drop))?;
        Ok(())
    }

    fn is_back(&self, row: i64, item: &ItemRecord) -> Result<(), StoreError> {
        let mut drop_one =
            self.connection.prepare_cached("DELETE FROM left_mark WHERE feed = ?1 AND mark = ?2 AND item = ?3")?;
        found_by(item).try_for_each(|mark| drop_one.execute([self.feed, mark, row]).map(drop))?;
        Ok(())
    }
}

/// Forgets what an item said; its key is kept.
pub fn forget_text(connection: &Connection, row: i64) -> Result<(), StoreError> {
    connection.prepare_cached("DELETE FROM item_text WHERE item = ?1")?.execute([row])?;
    Ok(())
}

/// Forgets an item that has left its feed.
pub fn forget(connection: &Connection, row: i64) -> Result<(), StoreError> {
    let question = format!("SELECT {COLUMNS}, i.feed FROM item i WHERE i.id = ?1");
    let (known, feed) =
        connection.prepare_cached(&question)?.query_row([row], |row| Ok((read(row)?, row.get(WIDTH)?)))?;
    Marked { connection, feed }.is_back(row, &known.record)?;
    forget_text(connection, row)?;
    connection.prepare_cached("DELETE FROM item WHERE id = ?1")?.execute([row])?;
    add_to_count(connection, -1)
}

/// Adds to the number of items, which is kept as a fact: to count the rows is to read all of them.
fn add_to_count(connection: &Connection, more: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO fact (name, value) VALUES ('items', ?1) ON CONFLICT (name) DO UPDATE SET value = value + ?1",
        )?
        .execute([more])?;
    Ok(())
}
