//! `[service]` and `[heartbeat]`: when feedwatch tells of itself, and whom.

use std::collections::HashMap;
use std::time::Duration;

use chrono_tz::Tz;

use super::feeds::http_url;
use super::general::{self, Defaults};
use super::reader::Table;
use super::secrets::{self, Given};
use super::source::Place;
use super::{Daily, HeartbeatConfig, Ping, ServiceConfig, watches};
use crate::alerter::service::Rules;
use crate::model::{Cron, NotifierName, Reason, Secret};

/// Keys of `[service]`.
pub(super) const SERVICE_KEYS: &[&str] =
    &["notify", "failing_polls", "failing_after", "offline_after", "notifier_failing_after", "repeat_after", "urgent"];
/// What is told of the service; `disk_full` and `store_failing` wait for nothing, since nothing can be written down.
const REASONS: [Reason; 11] = [
    Reason::FeedFailing,
    Reason::FeedRecovered,
    Reason::FeedSilent,
    Reason::Offline,
    Reason::Online,
    Reason::NotifierFailing,
    Reason::NotifierRecovered,
    Reason::ConfigRejected,
    Reason::DiskFull,
    Reason::StoreFailing,
    Reason::StoreRecovered,
];
/// Keys of `[heartbeat]`.
pub(super) const HEARTBEAT_KEYS: &[&str] = &["url", "url_file", "method", "every", "daily", "timezone", "notify"];

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 3600);
const MONTH: Duration = Duration::from_secs(31 * 24 * 3600);
/// How often a ping is sent that does not say: the watchers of the other side count in minutes.
const PING_EVERY: Duration = Duration::from_secs(300);

/// Whom the service tells where neither table says: those of `[defaults]`, else the console.
pub(super) fn read(
    table: Option<Table<'_>>,
    default: &[NotifierName],
    names: &HashMap<String, Place>,
) -> ServiceConfig {
    let mut service = ServiceConfig { notify: default.to_vec(), urgent: None, rules: Rules::default() };
    let Some(table) = table else { return service };
    table.check_keys(SERVICE_KEYS);
    if let Some(list) = table.strings("notify") {
        service.notify = watches::notify(&table, &list, names);
    }
    if let Some(list) = table.strings("urgent") {
        let words = REASONS.map(|reason| (reason.as_str(), reason));
        let reasons = list.value.into_iter().filter_map(|text| table.word_of("urgent", text, &words));
        service.urgent = Some(reasons.map(|reason| reason.value).collect());
    }
    let rules = &mut service.rules;
    if let Some(polls) = table.number("failing_polls", 1..=1000) {
        rules.failing_polls = u32::try_from(polls.value).unwrap_or(u32::MAX);
    }
    for (key, target) in [
        ("failing_after", &mut rules.failing_after),
        ("offline_after", &mut rules.offline_after),
        ("notifier_failing_after", &mut rules.notifier_after),
        ("repeat_after", &mut rules.repeat_after),
    ] {
        if let Some(time) = table.duration(key, SECOND..=MONTH) {
            *target = time.value;
        }
    }
    service
}

/// `[heartbeat]`
pub(super) fn heartbeat(
    table: Option<Table<'_>>,
    service: &ServiceConfig,
    defaults: &Defaults<'_>,
    names: &HashMap<String, Place>,
) -> HeartbeatConfig {
    let Some(table) = table else { return HeartbeatConfig::default() };
    table.check_keys(HEARTBEAT_KEYS);
    let zone = general::timezone(&table).unwrap_or(defaults.timezone);
    let notify = table.strings("notify").map(|list| watches::notify(&table, &list, names));
    let with_ping = table.has("url") || table.has("url_file");
    let with_daily = table.has("daily");
    for (key, needs, there) in [
        ("every", "url", with_ping),
        ("method", "url", with_ping),
        ("timezone", "daily", with_daily),
        ("notify", "daily", with_daily),
    ] {
        if table.has(key) && !there {
            let said = format!("`{key}` has a meaning only beside `{needs}`");
            table.problems().warning("no_effect", table.key_place(key), said, "take it out".to_string());
        }
    }
    HeartbeatConfig { ping: ping(&table), daily: daily(&table, zone, notify.unwrap_or_else(|| service.notify.clone())) }
}

fn ping(table: &Table<'_>) -> Option<Ping> {
    const METHODS: &[(&str, bool)] = &[("GET", false), ("POST", true)];
    let every = table.duration("every", SECOND..=DAY).map_or(PING_EVERY, |d| d.value);
    let post = table.word("method", METHODS).is_some_and(|m| m.value);
    let given = secrets::secret(table, "url", "url_file")?;
    let Given::Value(secret) = given.value else {
        // Only the service has the credential, and only the service pings.
        return None;
    };
    match http_url(secret.reveal().trim()) {
        Ok(url) => Some(Ping { url: Secret::new(url), post, every }),
        Err((said, hint)) => {
            table.problems().error("bad_url", given.place, said, hint);
            None
        }
    }
}

/// `daily = "08:00"`
fn daily(table: &Table<'_>, zone: Tz, notify: Vec<NotifierName>) -> Option<Daily> {
    let text = table.string("daily")?;
    let two = |part: &str, below: u32| {
        let digits = (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        part.parse::<u32>().ok().filter(|n| digits && *n < below)
    };
    let read = text.value.split_once(':').and_then(|(h, m)| two(h, 24).zip(two(m, 60)));
    let at = read.and_then(|(hour, minute)| Cron::parse(&format!("{minute} {hour} * * *"), zone).ok());
    let Some(at) = at else {
        let said = format!("`{}` is no time of day", text.value);
        table.problems().error("bad_time", text.place, said, "write `daily = \"08:00\"`".to_string());
        return None;
    };
    Some(Daily { at, notify })
}
