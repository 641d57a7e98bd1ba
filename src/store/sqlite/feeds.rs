//! The table `feed`: when each is due, and what is known of it.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row, named_params, params};

use crate::model::{FeedMemory, FeedName, Guard, Imprint, Moved, ReadAs, Time, Validators};
use crate::store::{Contact, FeedClaim, Lane, PollOutcome, StoreError};

use super::rows::{from_json, from_word, json, ms, time, word};

const COLUMNS: &str = "name, url, state, baseline_at, last_poll, last_ok, next_poll, not_before, failures, failing_since, \
    unreachable_since, error, validators_url, etag, last_modified, moved_to, moved_answers, rung, biggest_burst, title, recent, whole_at, lied_at, hints, read_as";

/// A Retry-After of more than a day is none: the clock has jumped since it was written.
const DAY_MS: i64 = 86_400_000;
/// Polls of the future by more than this were written by a clock that has jumped back since.
const AHEAD_MS: i64 = 60_000;
/// Without any answer for so long, while somebody was asked, it is our own network that was away.
const OUTAGE_MS: i64 = 10 * 60_000;

/// Times that every poll would write are written once in a second: nobody asks of them more exactly than that.
const NOTED_EVERY_MS: i64 = 1000;

/// Reasons of failed polls that are kept of a feed: enough to see whether it is always the same.
const TROUBLES_KEPT: i64 = 10;

/// Writes only what is otherwise than it was: of a hundred thousand feeds most starts change nothing.
pub fn register(connection: &Connection, feeds: &[(FeedName, String)]) -> Result<(), StoreError> {
    let mut before: HashMap<String, (bool, String)> = HashMap::new();
    let mut rows = connection.prepare_cached("SELECT name, active, url FROM feed")?;
    for row in rows.query_map([], |r| Ok((r.get(0)?, (r.get(1)?, r.get(2)?))))? {
        let (name, row) = row?;
        before.insert(name, row);
    }
    let mut insert = connection.prepare_cached(
        "INSERT INTO feed (name, active, url, state, failures, validators_url, moved_answers, rung, biggest_burst, title, recent)
         VALUES (?1, 1, ?2, ?3, 0, '', 0, ?4, 0, '', '[]')",
    )?;
    let mut wake = connection.prepare_cached("UPDATE feed SET active = ?2 WHERE name = ?1")?;
    // An address that has changed voids what was bound to it; the feed itself is the same, and is due at once.
    let mut moved = connection.prepare_cached(
        "UPDATE feed SET url = ?2, validators_url = '', etag = NULL, last_modified = NULL, moved_to = NULL, moved_answers = 0,
         whole_at = NULL, lied_at = NULL, read_as = NULL, next_poll = NULL, not_before = NULL WHERE name = ?1",
    )?;
    for (name, url) in feeds {
        match before.remove(name.as_str()) {
            None => {
                let blank = FeedMemory::new(url);
                insert.execute(params![name.as_str(), url, word(&blank.state), word(&blank.rung)])?;
            }
            Some((active, address)) => {
                if !active {
                    wake.execute(params![name.as_str(), true])?;
                }
                if address != *url {
                    moved.execute(params![name.as_str(), url])?;
                }
            }
        }
    }
    for name in before.into_iter().filter(|(_, (active, _))| *active).map(|(name, _)| name) {
        wake.execute(params![name, false])?;
    }
    Ok(())
}

pub fn make_due(connection: &Connection, feeds: &[FeedName]) -> Result<(), StoreError> {
    let mut update = connection.prepare_cached("UPDATE feed SET next_poll = NULL WHERE name = ?1")?;
    for feed in feeds {
        update.execute([feed.as_str()])?;
    }
    Ok(())
}

/// Which feeds are claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Due or not.
    All,
    /// Those of a lane that are due.
    Lane(Lane),
}

/// A feed's lane, as the index has it, which is found by the same words alone.
const LANE: &str = "(CASE WHEN failures > 0 THEN 2 ELSE last_ok IS NULL END)";

pub fn due(
    connection: &Connection,
    now: Time,
    which: Which,
    limit: usize,
    is_free: impl Fn(&FeedName) -> bool,
) -> Result<Vec<FeedClaim>, StoreError> {
    let jumped_back = latest_poll(connection, now)?.is_some_and(|last| last > now.ms() + AHEAD_MS);
    // The index serves these two, which are asked all day long, and would not serve them as one question: those without a time
    // first, then those whose time has come.
    let times = match jumped_back {
        _ if which == Which::All => vec!["TRUE".to_owned()],
        false => vec!["next_poll IS NULL".to_owned(), "next_poll <= :now".to_owned()],
        true => vec![format!("(next_poll IS NULL OR next_poll <= :now OR last_poll > :now + {AHEAD_MS})")],
    };
    let lane = match which {
        Which::All => String::new(),
        Which::Lane(lane) => format!("AND {LANE} = {}", lane as u8),
    };
    let outage = last_outage(connection)?;
    let mut claims = Vec::new();
    for time in times {
        let mut statement = connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM feed WHERE active {lane} AND {time}
             AND (not_before IS NULL OR not_before <= :now OR not_before > :now + {DAY_MS}) ORDER BY next_poll"
        ))?;
        let mut rows = statement.query(named_params! { ":now": now.ms() })?;
        while claims.len() < limit
            && let Some(row) = rows.next()?
        {
            // The name alone first: of a hundred thousand that are due, nearly all may be taken.
            if is_free(&FeedName::new(row.get::<_, String>(0)?)) {
                let (feed, memory) = read(row)?;
                let outage =
                    outage.filter(|(from, to)| memory.unreachable_since.is_some_and(|t| *from <= t && t <= *to));
                claims.push(FeedClaim { feed, memory, outage: outage.map(|(from, to)| Guard::Outage { from, to }) });
            }
        }
    }
    Ok(claims)
}

pub fn next_due(
    connection: &Connection,
    now: Time,
    lane: Lane,
    is_free: impl Fn(&FeedName) -> bool,
) -> Result<Option<Time>, StoreError> {
    let lane = lane as u8;
    let mut statement = connection.prepare_cached(&format!(
        "SELECT name, coalesce(next_poll, 0),
           CASE WHEN not_before <= :now + {DAY_MS} THEN not_before ELSE 0 END
         FROM feed WHERE active AND {LANE} = {lane} ORDER BY next_poll"
    ))?;
    let mut rows = statement.query(named_params! { ":now": now.ms() })?;
    let mut next: Option<i64> = None;
    while let Some(row) = rows.next()? {
        let (due, word): (i64, i64) = (row.get(1)?, row.get(2)?);
        // None that falls due later can come sooner.
        if next.is_some_and(|next| next <= due) {
            break;
        }
        if is_free(&FeedName::new(row.get::<_, String>(0)?)) {
            let at = due.max(word);
            next = Some(next.map_or(at, |next| next.min(at)));
        }
    }
    Ok(next.map(Time::from_ms))
}

/// Writes the memory of a polled feed; gives its row, or `None` when the poll is void: the feed is asleep, or has another
/// address by now.
pub fn settle(connection: &Connection, noted: &mut Noted, outcome: &PollOutcome) -> Result<Option<i64>, StoreError> {
    let m = &outcome.memory;
    if outcome.times_alone {
        let row = connection
            .prepare_cached(
                "UPDATE feed SET last_poll = ?3, last_ok = ?4, next_poll = ?5 WHERE name = ?1 AND active AND url = ?2
                 RETURNING id",
            )?
            .query_row(params![outcome.feed.as_str(), m.url, ms(m.last_poll), ms(m.last_ok), ms(m.next_poll)], |r| {
                r.get(0)
            })
            .optional()?;
        if row.is_some() {
            note_contact(connection, noted, outcome)?;
        }
        return Ok(row);
    }
    let row: Option<i64> = connection
        .prepare_cached(
            "UPDATE feed SET state = :state, baseline_at = :baseline_at, last_poll = :last_poll, last_ok = :last_ok,
             next_poll = :next_poll, not_before = :not_before, failures = :failures, failing_since = :failing_since,
             unreachable_since = :unreachable_since, error = :error, validators_url = :validators_url, etag = :etag,
             last_modified = :last_modified, moved_to = :moved_to, moved_answers = :moved_answers, rung = :rung,
             biggest_burst = :biggest_burst, title = :title, recent = :recent, whole_at = :whole_at, lied_at = :lied_at,
             hints = :hints, read_as = :read_as WHERE name = :name AND active AND url = :url RETURNING id",
        )?
        .query_row(named_params! {
            ":name": outcome.feed.as_str(), ":url": m.url, ":state": word(&m.state), ":baseline_at": ms(m.baseline_at), ":last_poll": ms(m.last_poll),
            ":last_ok": ms(m.last_ok), ":next_poll": ms(m.next_poll), ":not_before": ms(m.not_before),
            ":failures": m.failures, ":failing_since": ms(m.failing_since), ":unreachable_since": ms(m.unreachable_since),
            ":error": m.error, ":validators_url": m.validators.url, ":etag": m.validators.etag,
            ":last_modified": m.validators.last_modified, ":moved_to": m.moved.as_ref().map(|x| &x.to),
            ":moved_answers": m.moved.as_ref().map_or(0, |x| x.answers), ":rung": word(&m.rung),
            ":biggest_burst": m.biggest_burst, ":title": m.title,
            ":recent": json(&m.recent.iter().map(|t| t.ms()).collect::<Vec<_>>()),
            ":whole_at": ms(m.whole_at), ":lied_at": ms(m.lied_at), ":hints": json(&m.hints),
            ":read_as": m.read_as.map(|r| [r.under, r.imprint.wire, r.imprint.body].concat()),
        }, |r| r.get(0))
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    note_trouble(connection, row, outcome)?;
    note_contact(connection, noted, outcome)?;
    Ok(Some(row))
}

/// Keeps what a poll failed of, where it is not what the one before failed of.
fn note_trouble(connection: &Connection, feed: i64, outcome: &PollOutcome) -> Result<(), StoreError> {
    let Some(said) = &outcome.memory.error else { return Ok(()) };
    let first = outcome.memory.failures <= 1;
    connection
        .prepare_cached(
            "INSERT INTO trouble (feed, at, said) SELECT ?1, ?2, ?3 WHERE ?4 OR ?3 IS NOT
             (SELECT said FROM trouble WHERE feed = ?1 ORDER BY at DESC LIMIT 1)",
        )?
        .execute(params![feed, outcome.at.ms(), said, first])?;
    connection
        .prepare_cached(
            "DELETE FROM trouble WHERE rowid IN
             (SELECT rowid FROM trouble WHERE feed = ?1 ORDER BY at DESC LIMIT -1 OFFSET ?2)",
        )?
        .execute(params![feed, TROUBLES_KEPT])?;
    Ok(())
}

/// What the polls of a feed failed of, the last first.
pub fn troubles(connection: &Connection, feed: &FeedName) -> Result<Vec<(Time, String)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT t.at, t.said FROM trouble t JOIN feed f ON f.id = t.feed WHERE f.name = ?1 ORDER BY t.at DESC",
    )?;
    let rows = statement.query_map([feed.as_str()], |r| Ok((Time::from_ms(r.get(0)?), r.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub fn all(connection: &Connection) -> Result<Vec<(FeedName, FeedMemory)>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM feed WHERE active ORDER BY name"))?;
    let rows = statement.query_map([], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Those of the lane of failing feeds, and those named besides.
pub fn failing(connection: &Connection, besides: &[FeedName]) -> Result<Vec<(FeedName, FeedMemory)>, StoreError> {
    let lane = Lane::Failing as u8;
    let mut statement =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM feed WHERE active AND {LANE} = {lane}"))?;
    let mut feeds: Vec<_> = statement.query_map([], read)?.collect::<Result<_, _>>()?;
    let mut statement = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM feed WHERE active AND name = ?1 AND failures = 0"))?;
    for name in besides {
        feeds.extend(statement.query_row([name.as_str()], read).optional()?);
    }
    feeds.sort_unstable_by(|(a, _), (b, _)| a.as_str().cmp(b.as_str()));
    Ok(feeds)
}

pub fn count(connection: &Connection, lane: Lane) -> Result<usize, StoreError> {
    let lane = lane as u8;
    let mut statement =
        connection.prepare_cached(&format!("SELECT count(*) FROM feed WHERE active AND {LANE} = {lane}"))?;
    let count: i64 = statement.query_row([], |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or_default())
}

/// Feeds that are due later, with what decides when.
pub fn waiting(connection: &Connection, now: Time) -> Result<Vec<(FeedName, FeedMemory)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT name, state, next_poll, not_before, failures FROM feed WHERE active AND next_poll > ?1",
    )?;
    let rows = statement.query_map([now.ms()], |row| {
        let memory = FeedMemory {
            state: from_word(row, 1)?,
            next_poll: time(row, 2)?,
            not_before: time(row, 3)?,
            failures: row.get(4)?,
            ..FeedMemory::new("")
        };
        Ok((FeedName::new(row.get::<_, String>(0)?), memory))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<(FeedName, FeedMemory)> {
    let moved_to: Option<String> = row.get(15)?;
    let answers = row.get(16)?;
    let recent: Vec<i64> = from_json(row, 20)?;
    let memory = FeedMemory {
        url: row.get(1)?,
        state: from_word(row, 2)?,
        baseline_at: time(row, 3)?,
        last_poll: time(row, 4)?,
        last_ok: time(row, 5)?,
        next_poll: time(row, 6)?,
        not_before: time(row, 7)?,
        failures: row.get(8)?,
        failing_since: time(row, 9)?,
        unreachable_since: time(row, 10)?,
        error: row.get(11)?,
        validators: Validators { url: row.get(12)?, etag: row.get(13)?, last_modified: row.get(14)? },
        moved: moved_to.map(|to| Moved { to, answers }),
        rung: from_word(row, 17)?,
        biggest_burst: row.get(18)?,
        title: row.get(19)?,
        recent: recent.into_iter().map(Time::from_ms).collect(),
        whole_at: time(row, 21)?,
        lied_at: time(row, 22)?,
        hints: from_json(row, 23)?,
        read_as: row.get::<_, Option<Vec<u8>>>(24)?.and_then(|hashes| match hashes.as_chunks().0 {
            [under, wire, body] => Some(ReadAs { under: *under, imprint: Imprint { wire: *wire, body: *body } }),
            _ => None,
        }),
    };
    Ok((FeedName::new(row.get::<_, String>(0)?), memory))
}

/// Times that polls note, as they stand in the table `fact`: read once a commit.
#[derive(Debug, Default)]
pub struct Noted {
    latest_poll: Option<i64>,
    last_answer: Option<i64>,
}

impl Noted {
    pub fn read(connection: &Connection) -> Result<Self, StoreError> {
        let [latest_poll, last_answer] = ["latest_poll", "last_answer"].map(|name| fact(connection, name));
        Ok(Self { latest_poll: latest_poll?, last_answer: last_answer? })
    }
}

/// Notes that somebody answered; the first answer after a long while in which nobody did ends an outage of our own.
fn note_contact(connection: &Connection, noted: &mut Noted, outcome: &PollOutcome) -> Result<(), StoreError> {
    let now = outcome.at.ms();
    // A time that only goes forward.
    if noted.latest_poll.is_none_or(|noted| noted + NOTED_EVERY_MS <= now) {
        put_fact(connection, "latest_poll", now)?;
        noted.latest_poll = Some(now);
    }
    if outcome.contact != Contact::Answered {
        return Ok(());
    }
    let last = noted.last_answer;
    if let Some(last) = last
        && now - last > OUTAGE_MS
    {
        // Feeds that found nobody since then, this one included; one alone is its own trouble, not ours.
        let lost: i64 = connection
            .prepare_cached("SELECT count(*) FROM feed WHERE active AND unreachable_since >= ?1")?
            .query_row([last], |r| r.get(0))?;
        if lost >= 1 {
            put_fact(connection, "outage_from", last)?;
            put_fact(connection, "outage_to", now)?;
        }
    }
    // Also one that goes back, as clocks do.
    if !last.is_some_and(|last| (0..NOTED_EVERY_MS).contains(&(now - last))) {
        put_fact(connection, "last_answer", now)?;
        noted.last_answer = Some(now);
    }
    Ok(())
}

fn last_outage(connection: &Connection) -> Result<Option<(Time, Time)>, StoreError> {
    let from = fact(connection, "outage_from")?;
    let to = fact(connection, "outage_to")?;
    Ok(from.zip(to).map(|(from, to)| (Time::from_ms(from), Time::from_ms(to))))
}

/// The latest poll of any feed: kept as a fact, and counted anew while that lies in the future.
fn latest_poll(connection: &Connection, now: Time) -> Result<Option<i64>, StoreError> {
    let latest = fact(connection, "latest_poll")?;
    if latest.is_none_or(|latest| latest <= now.ms() + AHEAD_MS) {
        return Ok(latest);
    }
    let counted: Option<i64> =
        connection.query_row("SELECT max(last_poll) FROM feed WHERE active", [], |r| r.get(0))?;
    put_fact(connection, "latest_poll", counted.unwrap_or(0))?;
    Ok(counted)
}

pub(super) fn fact(connection: &Connection, name: &str) -> Result<Option<i64>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT value FROM fact WHERE name = ?1")?;
    Ok(statement.query_row([name], |r| r.get(0)).optional()?)
}

pub(super) fn put_fact(connection: &Connection, name: &str, value: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT INTO fact VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value")?
        .execute(params![name, value])?;
    Ok(())
}
