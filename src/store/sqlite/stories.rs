//! The tables `gist`, `gist_band` and `story`: what alerts are known by in other feeds, an index of it, and which alerts are
//! one story for a notifier.
//!
//! Gists and their bands are kept for as long as a story can go on, the places in stories as long as their alerts. What is
//! looked up is found by its bands, so many of each and no more: it costs the same however many there are.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};

use crate::model::{Alert, AlertId, FeedName, Follows, NotifierName, Time, WatchName};
use crate::planner::story::STORY_FOR;
use crate::planner::{Member, Near, Queued, Story};
use crate::store::{Recorded, StoreError};
use crate::text::gist::Gist;

use super::deliveries;
use super::rows::{from_json, json, maybe_json};

/// A gist, its alert, that one's feed, and the first alert of its story.
type Row = (Vec<u8>, String, Option<String>, Option<i64>);

/// The latest alerts of a band that are looked at. A band that so many share says little, and of a story that has so many
/// feeds the latest are as good as the first.
const OF_A_BAND: i64 = 12;
/// Those that share most bands with an alert are compared with it.
const COMPARED: usize = 24;
/// Of those that are the same, so many are handed on.
const GIVEN: usize = 8;

/// Notes what alerts that are there are known by; those that have one already keep it.
pub fn note(connection: &Connection, gists: &[(AlertId, Gist)]) -> Result<(), StoreError> {
    let mut of = connection.prepare_cached("SELECT number, alert ->> '$.watch', raised FROM alert WHERE id = ?1")?;
    let mut insert =
        connection.prepare_cached("INSERT OR IGNORE INTO gist (alert, watch, raised, gist) VALUES (?1, ?2, ?3, ?4)")?;
    let mut band =
        connection.prepare_cached("INSERT OR IGNORE INTO gist_band (watch, band, alert) VALUES (?1, ?2, ?3)")?;
    for (alert, gist) in gists {
        let row: Option<(i64, Option<String>, i64)> =
            of.query_row([alert.as_str()], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).optional()?;
        let Some((number, Some(watch), raised)) = row else { continue };
        let watch = watch_row(connection, &watch)?;
        if insert.execute(params![number, watch, raised, gist.to_bytes()])? == 0 {
            continue;
        }
        for key in gist.bands() {
            band.execute(params![watch, key, number])?;
        }
    }
    Ok(())
}

/// The row of a watch in the index, by which it is found under whatever name it has.
fn watch_row(connection: &Connection, watch: &str) -> Result<i64, StoreError> {
    let row = connection
        .prepare_cached("SELECT id FROM gist_watch WHERE name = ?1")?
        .query_row([watch], |r| r.get(0))
        .optional()?;
    if let Some(row) = row {
        return Ok(row);
    }
    connection.prepare_cached("INSERT INTO gist_watch (name) VALUES (?1)")?.execute([watch])?;
    Ok(connection.last_insert_rowid())
}

/// Fills in the story of the item of an alert that waits, and what is the same.
pub fn look(
    connection: &Connection,
    notifier: &NotifierName,
    number: i64,
    queued: &mut Queued,
) -> Result<(), StoreError> {
    let (Some(watch), Some(feed), Some(item)) = (&queued.alert.watch, &queued.alert.feed, &queued.alert.item) else {
        return Ok(());
    };
    let asked = Asked { connection, notifier, feed: feed.as_str(), item: &item.key };
    let own: Option<i64> = connection
        .prepare_cached(
            "SELECT first FROM story WHERE notifier = ?1 AND feed = ?2 AND item = ?3 AND watch = ?4 ORDER BY alert DESC LIMIT 1",
        )?
        .query_row(params![notifier.as_str(), feed.as_str(), item.key, watch.as_str()], |r| r.get(0))
        .optional()?;
    queued.own = own.map(|first| asked.story(first)).transpose()?.flatten();
    let gist: Option<(i64, Vec<u8>)> = connection
        .prepare_cached("SELECT watch, gist FROM gist WHERE alert = ?1")?
        .query_row([number], |r| Ok((r.get(0)?, r.get(1)?)))
        .optional()?;
    if let Some((watch, gist)) = gist
        && let Some(gist) = Gist::from_bytes(&gist)
    {
        queued.near = asked.near(number, watch, &gist)?;
    }
    Ok(())
}

/// Who asks, and about which item.
struct Asked<'a> {
    connection: &'a Connection,
    notifier: &'a NotifierName,
    feed: &'a str,
    item: &'a str,
}

impl Asked<'_> {
    /// What is the same and was told to the notifier, or waits for it: what has a story first, and of these the latest.
    fn near(&self, number: i64, watch: i64, gist: &Gist) -> Result<Vec<Near>, StoreError> {
        let mut of = self.connection.prepare_cached(
            "SELECT g.gist, a.id, a.alert ->> '$.feed', s.first FROM gist g JOIN alert a ON a.number = g.alert
             LEFT JOIN story s ON s.alert = g.alert AND s.notifier = ?2
             WHERE g.alert = ?1 AND (s.alert IS NOT NULL
               OR EXISTS (SELECT 1 FROM waiting w WHERE w.alert = g.alert AND w.notifier = ?2))",
        )?;
        let mut near = Vec::new();
        for candidate in self.candidates(number, watch, gist)? {
            let row: Option<Row> = of
                .query_row(params![candidate, self.notifier.as_str()], |r| {
                    Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?))
                })
                .optional()?;
            let Some((other, alert, Some(feed), first)) = row else { continue };
            let Some(by) = Gist::from_bytes(&other).and_then(|other| gist.same(&other)) else { continue };
            let story = first.map(|first| self.story(first)).transpose()?.flatten();
            near.push((
                story.is_some(),
                candidate,
                Near { alert: AlertId::new(alert), feed: FeedName::new(feed), by, story },
            ));
        }
        near.sort_by_key(|(has_story, number, _)| std::cmp::Reverse((*has_story, *number)));
        near.truncate(GIVEN);
        Ok(near.into_iter().map(|(.., near)| near).collect())
    }

    /// The alerts of a watch that share bands with a gist, those first that share most.
    fn candidates(&self, number: i64, watch: i64, gist: &Gist) -> Result<Vec<i64>, StoreError> {
        let mut of_band = self.connection.prepare_cached(
            "SELECT alert FROM gist_band WHERE watch = ?1 AND band = ?2 ORDER BY alert DESC LIMIT ?3",
        )?;
        let mut shared: HashMap<i64, usize> = HashMap::new();
        for band in gist.bands() {
            for alert in of_band.query_map(params![watch, band, OF_A_BAND], |r| r.get::<_, i64>(0))? {
                *shared.entry(alert?).or_default() += 1;
            }
        }
        shared.remove(&number);
        let mut most: Vec<(i64, usize)> = shared.into_iter().collect();
        most.sort_by_key(|(alert, shared)| std::cmp::Reverse((*shared, *alert)));
        Ok(most.into_iter().take(COMPARED).map(|(alert, _)| alert).collect())
    }

    /// The story that begins with an alert; `None` where that is forgotten.
    fn story(&self, first: i64) -> Result<Option<Story>, StoreError> {
        let alert: Option<Alert> = self
            .connection
            .prepare_cached("SELECT alert FROM alert WHERE number = ?1")?
            .query_row([first], |r| from_json(r, 0))
            .optional()?;
        let Some(Alert { id, feed: Some(feed), item: Some(item), raised, .. }) = alert else { return Ok(None) };
        let taken = self
            .connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM story WHERE notifier = ?1 AND first = ?2 AND feed = ?3 AND item <> ?4)",
            )?
            .query_row(params![self.notifier.as_str(), first, self.feed, self.item], |r| r.get(0))?;
        let untaken = deliveries::untaken_on(self.connection, self.notifier, feed.as_str(), &item.key)?;
        Ok(Some(Story { alert: id, feed, item: item.key, raised, taken, untaken }))
    }
}

/// Writes the places in stories that a plan has given.
pub fn settle(
    connection: &Connection,
    notifier: &NotifierName,
    members: &[Member],
    now: Time,
) -> Result<(), StoreError> {
    let mut insert = connection.prepare_cached(
        "INSERT OR IGNORE INTO story (notifier, alert, first, watch, feed, item, at, recorded, follows)
         SELECT ?1, number, coalesce((SELECT number FROM alert WHERE id = ?3), number), ?4, ?5, ?6, ?7, ?8, ?9 FROM alert WHERE id = ?2",
    )?;
    let mut done = connection.prepare_cached(
        "DELETE FROM waiting WHERE notifier = ?1 AND alert = (SELECT number FROM alert WHERE id = ?2)",
    )?;
    for member in members {
        insert.execute(params![
            notifier.as_str(),
            member.alert.as_str(),
            member.follows.as_ref().map(|first| first.alert.as_str()),
            member.watch.as_str(),
            member.feed.as_str(),
            member.item,
            now.ms(),
            member.recorded,
            member.follows.as_ref().map(json),
        ])?;
        if member.recorded {
            done.execute(params![notifier.as_str(), member.alert.as_str()])?;
        }
    }
    Ok(())
}

/// The notifiers that were not told of an alert, since it only follows another one.
pub fn recorded(connection: &Connection, alert: i64) -> Result<Vec<Recorded>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT notifier, at, follows FROM story WHERE alert = ?1 AND recorded ORDER BY notifier")?;
    let rows = statement.query_map([alert], |r| {
        let follows: Option<Follows> = maybe_json(r, 2)?;
        let (notifier, at) = (NotifierName::new(r.get::<_, String>(0)?), Time::from_ms(r.get(1)?));
        Ok(follows.map(|follows| Recorded { notifier, at, follows }))
    })?;
    Ok(rows.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

/// What an alert follows, the first told of it; `None` where it begins a story for any notifier, or is in none.
pub fn follows(connection: &Connection, id: &AlertId) -> Result<Option<Follows>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT s.follows FROM story s JOIN alert a ON a.number = s.alert WHERE a.id = ?1 ORDER BY s.at, s.notifier",
    )?;
    let rows = statement.query_map([id.as_str()], |r| maybe_json::<Follows>(r, 0))?;
    let all: Option<Vec<Follows>> = rows.collect::<Result<Vec<_>, _>>()?.into_iter().collect();
    Ok(all.unwrap_or_default().into_iter().next())
}

/// Forgets gists that no story can take up any more.
pub fn prune(connection: &Connection, now: Time, batch: i64) -> Result<usize, StoreError> {
    let mut statement = connection.prepare_cached("SELECT alert, watch, gist FROM gist WHERE raised < ?1 LIMIT ?2")?;
    let old = statement.query_map(params![now.minus(STORY_FOR).ms(), batch], |r| {
        Ok((r.get::<_, i64>(0)?, r.get::<_, i64>(1)?, r.get::<_, Vec<u8>>(2)?))
    })?;
    let old: Vec<(i64, i64, Vec<u8>)> = old.collect::<Result<_, _>>()?;
    let mut band = connection.prepare_cached("DELETE FROM gist_band WHERE watch = ?1 AND band = ?2 AND alert = ?3")?;
    let mut gone = connection.prepare_cached("DELETE FROM gist WHERE alert = ?1")?;
    for (alert, watch, gist) in &old {
        for key in Gist::from_bytes(gist).map(|gist| gist.bands()).unwrap_or_default() {
            band.execute(params![watch, key, alert])?;
        }
        gone.execute([alert])?;
    }
    Ok(old.len())
}

/// Forgets what is noted of an alert that is forgotten.
pub fn forget(connection: &Connection, alert: i64) -> Result<(), StoreError> {
    let gist: Option<(i64, Vec<u8>)> = connection
        .prepare_cached("SELECT watch, gist FROM gist WHERE alert = ?1")?
        .query_row([alert], |r| Ok((r.get(0)?, r.get(1)?)))
        .optional()?;
    if let Some((watch, gist)) = gist {
        for key in Gist::from_bytes(&gist).map(|gist| gist.bands()).unwrap_or_default() {
            connection
                .prepare_cached("DELETE FROM gist_band WHERE watch = ?1 AND band = ?2 AND alert = ?3")?
                .execute(params![watch, key, alert])?;
        }
        connection.prepare_cached("DELETE FROM gist WHERE alert = ?1")?.execute([alert])?;
    }
    connection.prepare_cached("DELETE FROM story WHERE alert = ?1")?.execute([alert])?;
    Ok(())
}

/// A watch by its new name goes on with its stories.
pub fn rename_watch(connection: &Connection, old: &WatchName, new: &WatchName) -> Result<(), StoreError> {
    let names = [old.as_str(), new.as_str()];
    connection.execute("UPDATE OR IGNORE gist_watch SET name = ?2 WHERE name = ?1", names)?;
    connection.execute("UPDATE story SET watch = ?2 WHERE watch = ?1", names)?;
    Ok(())
}
