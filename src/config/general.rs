//! `[store]`, `[defaults]` and `[limits]`: what is said once for all feeds and notifiers.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono_tz::Tz;

use super::problems::did_you_mean;
use super::reader::{Reading, Spot, Table};
use super::{Environment, PollLimits, Severity};
use crate::fetcher;
use crate::model::FirstPoll;
use crate::scheduler::{Bounds, Cadence};

/// Keys of `[store]`.
const STORE_KEYS: &[&str] = &["url"];
/// Keys of `[reload]`.
pub(super) const RELOAD_KEYS: &[&str] = &["watch_files"];
/// Keys of `[defaults]`.
pub(super) const DEFAULTS_KEYS: &[&str] = &[
    "every",
    "notify",
    "first_poll",
    "allow_private",
    "timezone",
    "min_interval",
    "max_interval",
    "retry",
    "language",
    "user_agent",
];
/// Keys of `[limits]`.
pub(super) const LIMITS_KEYS: &[&str] = &[
    "body_size",
    "poll_time",
    "head_time",
    "redirects",
    "polls_at_once",
    "polls_per_host",
    "attempt_time",
    "trust_304",
    "waiting_at_once",
];

/// How often a feed is polled that does not say, where `[defaults]` does not say either. A poll that finds nothing new
/// costs a few hundred bytes; who watches news wants it within minutes.
pub(super) const EVERY: Duration = Duration::from_secs(300);
/// How long "not modified" is believed: one poll in some hundred, and what a server that says it wrongly hides is a day old
/// at most.
const TRUST_304: Duration = Duration::from_secs(24 * 3600);
/// Polls that wait for an answer: each costs a socket and some ten kilobytes.
const WAITING: usize = 4_000;
/// One attempt at SMTP or a webhook.
const ATTEMPT: Duration = Duration::from_secs(30);

/// `first_poll`
pub(super) const FIRST_POLL: &[(&str, FirstPoll)] =
    &[("silent", FirstPoll::Silent), ("recent", FirstPoll::Recent), ("all", FirstPoll::All)];

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);
const YEAR: Duration = Duration::from_secs(366 * 24 * 3600);

/// `[defaults]`, read. What it does not say is what the documentation calls the default.
#[derive(Debug, Clone)]
pub(super) struct Defaults<'a> {
    /// How often a feed is polled.
    pub cadence: Cadence,
    /// Whom watches tell, as written; checked when all notifiers are known.
    pub notify: Option<Spot<Vec<Spot<&'a str>>>>,
    /// What baselines tell.
    pub first_poll: FirstPoll,
    /// Whether redirects may reach private addresses.
    pub allow_private: bool,
    /// What cron expressions are meant in.
    pub timezone: Tz,
    /// The shortest and the longest interval.
    pub bounds: Bounds,
    /// The pauses between attempts.
    pub retry: Option<Vec<Duration>>,
    /// The language of feeds that do not say.
    pub language: Option<String>,
    /// In place of the program's own.
    pub user_agent: Option<String>,
}

/// `[limits]`, read.
#[derive(Debug, Clone)]
pub(super) struct AllLimits {
    /// What a poll may cost.
    pub fetch: fetcher::Limits,
    /// Polls under way.
    pub polls: PollLimits,
    /// One attempt of a notifier.
    pub attempt: Duration,
    /// How long "not modified" is believed.
    pub trust_304: Duration,
}

/// The one table of this name in all files; a second one is told.
pub(super) fn single<'a>(roots: &[Table<'a>], key: &'static str, title: &'static str) -> Option<Table<'a>> {
    let mut first: Option<Table<'a>> = None;
    for root in roots {
        let tables = if root.is_list(key) { root.tables(key, title) } else { root.table(key).into_iter().collect() };
        if root.is_list(key) {
            let hint = format!("write `{title}`");
            root.problems().error("table_form", root.key_place(key), format!("there is one `{key}` only"), hint);
        }
        for mut table in tables {
            table.title = title;
            match first {
                None => first = Some(table),
                Some(earlier) => {
                    let place = root.reading().sources.say(earlier.place, table.place);
                    let said = format!("{title} is given twice: first at {place}");
                    let hint = "put all of it in one place".to_string();
                    root.problems().error("given_twice", table.place, said, hint);
                }
            }
        }
    }
    first
}

/// Reads `[defaults]`.
pub(super) fn defaults<'a>(table: Option<Table<'a>>) -> Defaults<'a> {
    let mut defaults = Defaults {
        cadence: Cadence::Every(EVERY),
        notify: None,
        first_poll: FirstPoll::Silent,
        allow_private: false,
        timezone: Tz::UTC,
        bounds: Bounds::default(),
        retry: None,
        language: None,
        user_agent: None,
    };
    let Some(table) = table else { return defaults };
    table.check_keys(DEFAULTS_KEYS);
    if let Some(cadence) = every(&table) {
        defaults.cadence = cadence;
    }
    defaults.notify = table.strings("notify");
    if let Some(first_poll) = table.word("first_poll", FIRST_POLL) {
        defaults.first_poll = first_poll.value;
    }
    defaults.allow_private = table.boolean("allow_private").is_some_and(|b| b.value);
    defaults.timezone = timezone(&table).unwrap_or(Tz::UTC);
    defaults.bounds = bounds(&table, Bounds::default());
    defaults.retry = retry(&table);
    defaults.language = language(&table);
    defaults.user_agent = user_agent(&table);
    defaults
}

/// Reads `[limits]`.
pub(super) fn limits(table: Option<Table<'_>>, user_agent: Option<&str>) -> AllLimits {
    let mut limits = AllLimits {
        fetch: fetcher::Limits::default(),
        polls: PollLimits { at_once: 64, per_host: 4, waiting: WAITING },
        attempt: ATTEMPT,
        trust_304: TRUST_304,
    };
    if let Some(agent) = user_agent {
        limits.fetch.user_agent = agent.to_string();
    }
    let Some(table) = table else { return limits };
    table.check_keys(LIMITS_KEYS);
    if let Some(bytes) = size(&table, "body_size") {
        limits.fetch.body_bytes = bytes;
    }
    for (key, longest, target) in [
        ("poll_time", HOUR, &mut limits.fetch.poll),
        ("head_time", HOUR, &mut limits.fetch.head),
        ("attempt_time", HOUR, &mut limits.attempt),
        ("trust_304", YEAR, &mut limits.trust_304),
    ] {
        if let Some(time) = table.duration(key, SECOND..=longest) {
            *target = time.value;
        }
    }
    let count = |n: Spot<u64>| usize::try_from(n.value).unwrap_or(usize::MAX);
    if let Some(n) = table.number("redirects", 0..=50) {
        limits.fetch.redirects = count(n);
    }
    if let Some(n) = table.number("polls_at_once", 1..=10_000) {
        limits.polls.at_once = count(n);
    }
    if let Some(n) = table.number("polls_per_host", 1..=1_000) {
        limits.polls.per_host = count(n);
    }
    if let Some(n) = table.number("waiting_at_once", 1..=100_000) {
        limits.polls.waiting = count(n);
    }
    limits
}

/// `every`, of a feed or of all.
pub(super) fn every(table: &Table<'_>) -> Option<Cadence> {
    let text = table.string("every")?;
    match Cadence::parse_every(text.value) {
        Ok(Cadence::Every(interval)) if !(SECOND..=YEAR).contains(&interval) => {
            let said = "`every` is a duration from 1s to 366d, or \"adaptive\"";
            table.problems().error("out_of_range", text.place, said, None);
            None
        }
        Ok(cadence) => Some(cadence),
        Err(said) => {
            let near = did_you_mean(text.value, ["adaptive"]);
            table.problems().error("bad_duration", text.place, said, near);
            None
        }
    }
}

/// `min_interval` and `max_interval`.
pub(super) fn bounds(table: &Table<'_>, otherwise: Bounds) -> Bounds {
    let min = table.duration("min_interval", SECOND..=YEAR);
    let max = table.duration("max_interval", SECOND..=YEAR);
    let mut bounds = Bounds {
        min_interval: min.map_or(otherwise.min_interval, |d| d.value),
        max_interval: max.map_or(otherwise.max_interval, |d| d.value),
    };
    if bounds.min_interval > bounds.max_interval {
        match (min, max) {
            (Some(min), Some(_)) => {
                let said = "`min_interval` is longer than `max_interval`";
                table.problems().error("out_of_range", min.place, said, None);
            }
            // One of them is a default, and gives way to what was written.
            (Some(_), None) => bounds.max_interval = bounds.min_interval,
            _ => bounds.min_interval = bounds.max_interval,
        }
    }
    bounds
}

/// `timezone`
pub(super) fn timezone(table: &Table<'_>) -> Option<Tz> {
    let text = table.string("timezone")?;
    let read = text.value.parse::<Tz>().ok();
    if read.is_none() {
        let said = format!("`{}` is no time zone", text.value);
        table.problems().error("unknown_timezone", text.place, said, near_zone(text.value));
    }
    read
}

/// The zone that was likely meant; by its city where the region is wrong too.
fn near_zone(text: &str) -> Option<String> {
    let names = || chrono_tz::TZ_VARIANTS.iter().map(|z| z.name());
    let city = |name: &str| name.rsplit('/').next().unwrap_or(name).to_lowercase();
    let wanted = city(text);
    let nearest = names().max_by(|a, b| {
        let likeness = |n: &str| {
            strsim::jaro_winkler(&city(n), &wanted) + strsim::jaro_winkler(&n.to_lowercase(), &text.to_lowercase())
        };
        likeness(a).total_cmp(&likeness(b))
    })?;
    Some(format!("names are those of the IANA time zone database; the nearest is `{nearest}`"))
}

/// `retry`: the pauses between attempts.
pub(super) fn retry(table: &Table<'_>) -> Option<Vec<Duration>> {
    // Ten times what the Standard Webhooks specification names; and a message nobody took for a month is no news.
    const ATTEMPTS: usize = 100;
    const MONTH: Duration = Duration::from_secs(31 * 24 * 3600);
    let list = table.strings("retry")?;
    if list.value.len() > ATTEMPTS {
        table.problems().error("out_of_range", list.place, format!("more than {ATTEMPTS} attempts"), None);
        return None;
    }
    Some(
        list.value
            .iter()
            .filter_map(|t| table.duration_of("retry", *t, Duration::ZERO..=MONTH))
            .map(|d| d.value)
            .collect(),
    )
}

/// `language`: a tag of BCP 47, by its shape.
pub(super) fn language(table: &Table<'_>) -> Option<String> {
    let text = table.string("language")?;
    let mut parts = text.value.split('-');
    let first = parts.next().is_some_and(|p| (2..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphabetic()));
    if first && parts.all(|p| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric())) {
        return Some(text.value.to_string());
    }
    let said = format!("`{}` is no language tag", text.value);
    table.problems().error("bad_language", text.place, said, "write `ar`, `en-GB` or `zh-Hant`".to_string());
    None
}

/// `user_agent`: it becomes a header.
pub(super) fn user_agent(table: &Table<'_>) -> Option<String> {
    let text = table.string("user_agent")?;
    if !text.value.trim().is_empty() && text.value.chars().all(|c| c == ' ' || c.is_ascii_graphic()) {
        return Some(text.value.to_string());
    }
    let said = "`user_agent` is a line of printable ASCII";
    table.problems().error("bad_header", text.place, said, None);
    None
}

/// A size in bytes: `16MiB`, `500 kB`, `1048576`.
fn size(table: &Table<'_>, key: &str) -> Option<u64> {
    const RANGE: std::ops::RangeInclusive<u64> = 1 << 10..=1 << 30;
    let text = table.string(key)?;
    let digits = text.value.len() - text.value.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let unit: Option<u64> = match text.value[digits..].trim() {
        "" | "B" => Some(1),
        "kB" | "KB" => Some(1000),
        "KiB" => Some(1 << 10),
        "MB" => Some(1_000_000),
        "MiB" => Some(1 << 20),
        "GB" => Some(1_000_000_000),
        "GiB" => Some(1 << 30),
        _ => None,
    };
    let number = text.value[..digits].parse::<u64>().ok();
    match unit.zip(number).and_then(|(u, n)| u.checked_mul(n)) {
        Some(bytes) if RANGE.contains(&bytes) => Some(bytes),
        Some(_) => {
            let said = format!("`{key}` is a size from 1KiB to 1GiB");
            table.problems().error("out_of_range", text.place, said, None);
            None
        }
        None => {
            let said = format!("`{}` is no size", text.value);
            table.problems().error("bad_size", text.place, said, "write `16MiB` or `500kB`".to_string());
            None
        }
    }
}

/// `[reload]`: whether a file that changes is read at once.
pub(super) fn watch_files(table: Option<Table<'_>>) -> bool {
    let Some(table) = table else { return false };
    table.check_keys(RELOAD_KEYS);
    table.boolean("watch_files").is_some_and(|b| b.value)
}

/// The SQLite file: as `[store]` says, else where this system keeps such things. `None`: the problem is told.
pub(super) fn store(reading: &Reading<'_>, table: Option<Table<'_>>, main: &Path) -> Option<PathBuf> {
    if let Some(table) = table {
        table.check_keys(STORE_KEYS);
        if table.has("url") {
            return store_url(&table, table.string("url")?);
        }
    }
    let found = default_store(reading.environment, main);
    if found.is_none() {
        let said = "there is no folder for the store: neither $STATE_DIRECTORY nor $XDG_STATE_HOME nor $HOME is set";
        let hint = "write `[store]` and `url = \"sqlite:PATH\"`".to_string();
        reading.problems.of_file(Severity::Error, "no_store", main, said, hint);
    }
    found
}

fn store_url(table: &Table<'_>, url: Spot<&str>) -> Option<PathBuf> {
    let hint = || Some("write `sqlite:PATH`".to_string());
    let (scheme, rest) = url.value.split_once(':').unwrap_or(("", url.value));
    let said = match scheme {
        "sqlite" if rest.is_empty() => "the path of the store is missing",
        "sqlite" if rest.starts_with(":memory:") => "a store in memory would forget what was told, and tell it again",
        "sqlite" if rest.starts_with("//") && !rest.starts_with("///") => {
            "`sqlite://` would need a host; a path follows `sqlite:` at once"
        }
        "sqlite" => return Some(table.source().resolve(rest)),
        "postgres" | "postgresql" => "PostgreSQL is not served yet: only SQLite is",
        _ => "this is no store that feedwatch knows",
    };
    table.problems().error("bad_store", url.place, said, hint());
    None
}

/// Where the store is when no `[store]` says it.
fn default_store(environment: &Environment, main: &Path) -> Option<PathBuf> {
    let set = |name: &str| environment.variables.get(name).filter(|v| !v.is_empty());
    // systemd separates several with colons.
    if let Some(folder) = set("STATE_DIRECTORY").and_then(|v| v.split(':').find(|f| !f.is_empty())) {
        return Some(Path::new(folder).join("feedwatch.db"));
    }
    if std::path::absolute(main).is_ok_and(|p| p == Path::new("/etc/feedwatch/feedwatch.toml")) {
        return Some("/var/lib/feedwatch/feedwatch.db".into());
    }
    // The XDG specification: a relative path is ignored.
    let state = set("XDG_STATE_HOME").map(PathBuf::from).filter(|p| p.is_absolute());
    let state = state.or_else(|| set("HOME").map(|home| Path::new(home).join(".local/state")))?;
    Some(state.join("feedwatch/feedwatch.db"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_is_where_this_system_keeps_such_things() {
        let etc = "/etc/feedwatch/feedwatch.toml";
        for (variables, main, store) in [
            (&[("STATE_DIRECTORY", "/s:/t"), ("HOME", "/h")][..], etc, Some("/s/feedwatch.db")),
            (&[("HOME", "/h")], etc, Some("/var/lib/feedwatch/feedwatch.db")),
            (&[("HOME", "/h"), ("XDG_STATE_HOME", "/x")], "a.toml", Some("/x/feedwatch/feedwatch.db")),
            (&[("HOME", "/h"), ("XDG_STATE_HOME", "x")], "a.toml", Some("/h/.local/state/feedwatch/feedwatch.db")),
            (&[], "a.toml", None),
        ] {
            let environment = Environment {
                variables: variables.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect(),
                ..Environment::default()
            };
            assert_eq!(default_store(&environment, Path::new(main)), store.map(PathBuf::from), "{variables:?} {main}");
        }
    }

    #[test]
    fn a_zone_that_is_none_gets_a_near_name() {
        for (text, near) in
            [("Europe/Helsink", "Europe/Helsinki"), ("Asia/Helsinki", "Europe/Helsinki"), ("utc", "UTC")]
        {
            let hint = near_zone(text).unwrap();
            assert!(hint.ends_with(&format!("the nearest is `{near}`")), "{text}: {hint}");
        }
    }
}
