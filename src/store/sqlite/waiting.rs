//! The table `waiting`: alerts that wait for a notifier, and the plans that end it.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, named_params, params};

use crate::model::{AlertKind, Hold, NotifierName, Time, WatchName};
use crate::planner::story::can_follow;
use crate::planner::{Queue, Queued, Spent, failing};
use crate::store::{PlanOutcome, StoreError};

use super::rows::{from_json, ms, time};
use super::{deliveries, health, renames, silences, stories};

pub fn queue(
    connection: &Connection,
    notifier: &NotifierName,
    target: &str,
    (now, remembers): (Time, Duration),
    limit: usize,
) -> Result<Option<Queue>, StoreError> {
    let off = is_off(connection, notifier, target)?;
    // Each part by the index, so that those that are held cost nothing, however many they are.
    let mut statement = connection.prepare_cached(
        "SELECT a.alert, t.at, w.hold, w.because, a.number FROM waiting w JOIN alert a ON a.number = w.alert
         LEFT JOIN told_edit t ON t.notifier = w.notifier AND t.feed = a.alert ->> '$.feed' AND t.item = a.alert ->> '$.item.key'
         WHERE w.notifier = :notifier AND w.alert IN (
           SELECT alert FROM waiting WHERE notifier = :notifier AND due IS NULL AND hold IS NULL
           UNION ALL SELECT alert FROM waiting WHERE notifier = :notifier AND due IS NULL AND hold = 'off' AND NOT :off
           UNION ALL SELECT alert FROM waiting WHERE notifier = :notifier AND due <= :now AND NOT :off)
         ORDER BY w.alert LIMIT :limit",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let health = health::of_notifier(connection, notifier)?;
    let rows = statement.query_map(
        named_params! { ":notifier": notifier.as_str(), ":now": now.ms(), ":off": off, ":limit": limit },
        |r| {
            let held = r.get::<_, Option<String>>(2)?.as_deref().and_then(Hold::parse);
            let because = r.get::<_, Option<String>>(3)?.map(NotifierName::new);
            let (alert, edit_told) = (from_json(r, 0)?, time(r, 1)?);
            let queued = Queued { alert, edit_told, behind: None, held, because, own: None, near: Vec::new() };
            Ok((r.get::<_, i64>(4)?, queued))
        },
    )?;
    let mut waiting = rows.collect::<Result<Vec<(i64, Queued)>, _>>()?;
    if waiting.is_empty() {
        return Ok(None);
    }
    // Only what follows a first word on its item can be behind it.
    for queued in waiting.iter_mut().map(|(_, q)| q).filter(|q| q.alert.kind == AlertKind::Edited) {
        if let (Some(feed), Some(item)) = (&queued.alert.feed, &queued.alert.item) {
            queued.behind = deliveries::untaken_on(connection, notifier, feed.as_str(), &item.key)?;
        }
    }
    for (number, queued) in waiting.iter_mut().filter(|(_, q)| !off && can_follow(&q.alert)) {
        stories::look(connection, notifier, *number, queued)?;
    }
    let waiting = waiting.into_iter().map(|(_, queued)| queued).collect();
    let failing = failing::is_failing(&health, now).then(|| failing::next_look(&health, now));
    let mut silences = silences::list(connection, now, false)?;
    renames::by_old_names(connection, &mut silences)?;
    let spent = spent(connection, notifier, (now, remembers))?;
    Ok(Some(Queue { notifier: notifier.clone(), waiting, off, failing, silences, spent }))
}

/// The messages that count for its limits, the first first.
fn spent(
    connection: &Connection,
    notifier: &NotifierName,
    (now, remembers): (Time, Duration),
) -> Result<Vec<Spent>, StoreError> {
    if remembers.is_zero() {
        return Ok(Vec::new());
    }
    let mut statement =
        connection.prepare_cached("SELECT watch, at FROM spent WHERE notifier = ?1 AND at > ?2 ORDER BY at")?;
    let rows = statement.query_map(params![notifier.as_str(), now.minus(remembers).ms()], |r| {
        let watch = Some(r.get::<_, String>(0)?).filter(|watch| !watch.is_empty()).map(WatchName::new);
        Ok(Spent { watch, at: Time::from_ms(r.get(1)?) })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Makes due what waits for a time that the configuration gives, so that a plan asks the one in force.
pub fn reconsider(connection: &Connection, now: Time) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE waiting SET due = ?1 WHERE hold IN ('digest', 'quiet', 'limit', 'story') AND due > ?1")?
        .execute([now.ms()])?;
    Ok(())
}

/// Whether the notifier's target said it is gone, and is still the same one.
fn is_off(connection: &Connection, notifier: &NotifierName, target: &str) -> Result<bool, StoreError> {
    let off: Option<String> = connection
        .prepare_cached("SELECT off_target FROM notifier WHERE name = ?1")?
        .query_row([notifier.as_str()], |r| r.get(0))
        .optional()?;
    Ok(off.is_some_and(|off| off == target))
}

pub fn settle(connection: &Connection, outcome: &PlanOutcome) -> Result<(), StoreError> {
    let notifier = outcome.notifier.as_str();
    for delivery in &outcome.plan.deliveries {
        deliveries::insert(connection, delivery)?;
        let mut done = connection.prepare_cached(
            "DELETE FROM waiting WHERE notifier = ?1 AND alert = (SELECT number FROM alert WHERE id = ?2)",
        )?;
        for alert in &delivery.alerts {
            done.execute(params![notifier, alert.as_str()])?;
        }
    }
    let mut hold = connection.prepare_cached(
        "UPDATE waiting SET hold = ?3, due = ?4 WHERE notifier = ?1 AND alert = (SELECT number FROM alert WHERE id = ?2)",
    )?;
    // How long it was held, for whoever asks later.
    let mut note = connection.prepare_cached(
        "INSERT INTO held (notifier, alert, hold, since, due) SELECT ?1, number, ?3, ?4, ?5 FROM alert WHERE id = ?2
         ON CONFLICT DO UPDATE SET due = excluded.due",
    )?;
    for (alert, why, due) in &outcome.plan.holds {
        hold.execute(params![notifier, alert.as_str(), why.as_str(), ms(*due)])?;
        note.execute(params![notifier, alert.as_str(), why.as_str(), outcome.at.ms(), ms(*due)])?;
    }
    let mut done = connection.prepare_cached(
        "DELETE FROM waiting WHERE notifier = ?1 AND alert = (SELECT number FROM alert WHERE id = ?2)",
    )?;
    for (alert, silence) in &outcome.plan.silenced {
        silences::note(connection, notifier, alert.as_str(), silence, outcome.at)?;
        done.execute(params![notifier, alert.as_str()])?;
    }
    stories::settle(connection, &outcome.notifier, &outcome.plan.members, outcome.at)?;
    let mut spend = connection.prepare_cached("INSERT INTO spent (notifier, watch, at) VALUES (?1, ?2, ?3)")?;
    for Spent { watch, at } in &outcome.plan.spent {
        spend.execute(params![notifier, watch.as_ref().map_or("", |w| w.as_str()), at.ms()])?;
    }
    let mut told = connection
        .prepare_cached("INSERT OR REPLACE INTO told_edit (notifier, feed, item, at) VALUES (?1, ?2, ?3, ?4)")?;
    for (feed, item) in &outcome.plan.edits_told {
        told.execute(params![notifier, feed, item, outcome.at.ms()])?;
    }
    Ok(())
}

pub fn next_due(connection: &Connection, notifiers: &[(NotifierName, String)]) -> Result<Option<Time>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT min(due) FROM waiting WHERE notifier = ?1 AND due IS NOT NULL")?;
    let mut next = None;
    for (notifier, target) in notifiers {
        if is_off(connection, notifier, target)? {
            continue;
        }
        let due = statement.query_row([notifier.as_str()], |r| time(r, 0))?;
        next = [next, due].into_iter().flatten().min();
    }
    Ok(next)
}
