//! The tables `standing` and `notifier_health`: what is wrong with the service itself, and how each notifier does.

use rusqlite::{Connection, OptionalExtension, named_params, params};

use crate::model::{AlertId, FeedName, NotifierHealth, NotifierName, Standing, Time, Verdict};
use crate::store::{AttemptOutcome, Counts, HealthOutcome, StoreError};

use super::rows::{from_word, ms, time, word};
use super::{alerts, feeds, items};

pub fn standing(connection: &Connection) -> Result<Vec<Standing>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT reason, subject, since, said, told, last_told, ended FROM standing ORDER BY reason, subject",
    )?;
    let rows = statement.query_map([], |r| {
        Ok(Standing {
            reason: from_word(r, 0)?,
            subject: r.get(1)?,
            since: Time::from_ms(r.get(2)?),
            said: r.get(3)?,
            told: r.get(4)?,
            last_told: time(r, 5)?,
            ended: time(r, 6)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub fn settle(connection: &Connection, outcome: &HealthOutcome) -> Result<Vec<AlertId>, StoreError> {
    let mut upsert = connection.prepare_cached(
        "INSERT OR REPLACE INTO standing (reason, subject, since, said, told, last_told, ended)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for s in &outcome.standing {
        let reason = word(&s.reason);
        upsert.execute(params![reason, s.subject, s.since.ms(), s.said, s.told, ms(s.last_told), ms(s.ended)])?;
    }
    feeds::make_due(connection, &outcome.due)?;
    for (name, at) in &outcome.marks {
        feeds::put_fact(connection, &fact_name(name), at.ms())?;
    }
    alerts::raise(connection, &outcome.alerts)
}

pub fn mark(connection: &Connection, name: &str) -> Result<Option<Time>, StoreError> {
    Ok(feeds::fact(connection, &fact_name(name))?.map(Time::from_ms))
}

/// Marks stand among the facts, under names of their own.
fn fact_name(mark: &str) -> String {
    format!("mark {mark}")
}

pub fn notifiers(connection: &Connection) -> Result<Vec<(NotifierName, NotifierHealth)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT n.name, coalesce(h.failures, 0), h.failing_since, h.last_try, h.last_ok, h.error, o.off_since, o.off_target,
         h.not_before
         FROM (SELECT name FROM notifier_health UNION SELECT name FROM notifier) n
         LEFT JOIN notifier_health h ON h.name = n.name LEFT JOIN notifier o ON o.name = n.name ORDER BY n.name",
    )?;
    let rows = statement.query_map([], |r| {
        let health = NotifierHealth {
            failures: r.get(1)?,
            failing_since: time(r, 2)?,
            last_try: time(r, 3)?,
            last_ok: time(r, 4)?,
            error: r.get(5)?,
            off_since: time(r, 6)?,
            off_target: r.get(7)?,
            not_before: time(r, 8)?,
        };
        Ok((NotifierName::new(r.get::<_, String>(0)?), health))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// How the attempts at one notifier go; whether it is off is no part of this.
pub fn of_notifier(connection: &Connection, name: &NotifierName) -> Result<NotifierHealth, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT failures, failing_since, last_try, last_ok, error, not_before FROM notifier_health WHERE name = ?1",
    )?;
    let health = statement.query_row([name.as_str()], |r| {
        Ok(NotifierHealth {
            failures: r.get(0)?,
            failing_since: time(r, 1)?,
            last_try: time(r, 2)?,
            last_ok: time(r, 3)?,
            error: r.get(4)?,
            not_before: time(r, 5)?,
            ..NotifierHealth::default()
        })
    });
    Ok(health.optional()?.unwrap_or_default())
}

/// Notes what an attempt says of its notifier. A message that is refused for what it is comes from a notifier that works.
pub fn note_attempt(connection: &Connection, outcome: &AttemptOutcome) -> Result<(), StoreError> {
    let (name, at) = (outcome.delivery.notifier.as_str(), outcome.at.ms());
    match trouble(&outcome.verdict) {
        None => connection
            .prepare_cached(
                "INSERT INTO notifier_health (name, failures, last_try, last_ok) VALUES (?1, 0, ?2, ?2)
                 ON CONFLICT (name) DO UPDATE SET failures = 0, failing_since = NULL, last_try = ?2, last_ok = ?2,
                 error = NULL, not_before = NULL",
            )?
            .execute(params![name, at])?,
        Some(said) => connection
            .prepare_cached(
                "INSERT INTO notifier_health (name, failures, failing_since, last_try, error, not_before)
                 VALUES (?1, 1, ?2, ?2, ?3, ?4)
                 ON CONFLICT (name) DO UPDATE SET failures = failures + 1, failing_since = coalesce(failing_since, ?2),
                 last_try = ?2, error = ?3, not_before = ?4",
            )?
            .execute(params![name, at, said, wish(outcome)])?,
    };
    Ok(())
}

/// Until when the other side wishes to be left alone.
fn wish(outcome: &AttemptOutcome) -> Option<i64> {
    match &outcome.verdict {
        Verdict::Retry { after: Some(after), .. } => Some(outcome.at.plus(*after).ms()),
        _ => None,
    }
}

/// What an attempt met, where the notifier did not do its work; of a mail, where it did it for no recipient.
pub fn trouble(verdict: &Verdict) -> Option<String> {
    match verdict {
        Verdict::Accepted { .. } | Verdict::Refused { .. } => None,
        Verdict::Retry { said, .. } | Verdict::Gone { said } => Some(said.clone()),
        Verdict::Recipients { each } => {
            let mut all = each.iter().map(|(_, one)| trouble(one));
            let first = all.next().flatten()?;
            all.all(|one| one.is_some()).then_some(first)
        }
    }
}

pub fn published(connection: &Connection, feed: &FeedName, now: Time, most: usize) -> Result<Vec<Time>, StoreError> {
    let mut feeds = connection.prepare_cached("SELECT id, baseline_at FROM feed WHERE name = ?1")?;
    let feed = feeds.query_row([feed.as_str()], |r| Ok((r.get(0)?, r.get(1)?))).optional()?;
    let Some((feed, baseline)): Option<(i64, Option<i64>)> = feed else { return Ok(Vec::new()) };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT CASE WHEN published <= :now THEN published WHEN first_seen > :baseline THEN first_seen END AS at
         FROM item WHERE id IN ({}) AND at IS NOT NULL ORDER BY at DESC LIMIT :most",
        items::OF_FEED
    ))?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let values = named_params! { ":now": now.ms(), ":baseline": baseline, ":feed": feed, ":most": most };
    let rows = statement.query_map(values, |r| Ok(Time::from_ms(r.get(0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub fn counted_since(connection: &Connection, since: Time) -> Result<Counts, StoreError> {
    let count = |sql: &str| -> Result<u64, StoreError> {
        let count: i64 = connection.prepare_cached(sql)?.query_row([since.ms()], |r| r.get(0))?;
        Ok(count.unsigned_abs())
    };
    Ok(Counts {
        items: items::first_seen_after(connection, since)?,
        alerts: count("SELECT count(*) FROM alert WHERE raised > ?1 AND alert ->> '$.kind' <> 'service'")?,
    })
}
