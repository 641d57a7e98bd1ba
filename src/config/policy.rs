//! `digest`, `quiet`, `limit` and `urgent`: when a notifier is told, and how often.

use std::collections::HashMap;
use std::ops::Range;
use std::time::Duration;

use chrono_tz::Tz;

use super::general::{self, Defaults};
use super::problems::did_you_mean;
use super::reader::{Spot, Table};
use super::source::Place;
use crate::model::hours::Window;
use crate::model::time::parse_duration;
use crate::model::{Cron, NotifierName, QuietHours};
use crate::planner::policy::LIMITED_FOR;
use crate::planner::story::STORY_FOR;
use crate::planner::{Escalation, Limit, NotifierPolicy, StoryPolicy, Telling, WatchPolicy};

/// Keys of `escalate = { … }`.
pub(super) const ESCALATE_KEYS: &[&str] = &["after", "notify"];
/// Who waits longer has time to look.
const LONGEST_PATIENCE: Duration = Duration::from_secs(7 * 24 * 3600);

/// More messages than this in a week are no limit to anybody.
const COUNT: usize = 10_000;

/// No feed copies another one faster than it is polled.
const STORY_LEAST: Duration = Duration::from_secs(60);

/// What a `[[notifier]]` says.
pub(super) fn of_notifier(table: &Table<'_>, defaults: &Defaults<'_>) -> NotifierPolicy {
    let zone = general::timezone(table).unwrap_or(defaults.timezone);
    if table.has("timezone") && !table.has("digest") && !table.has("quiet") {
        let said = "`timezone` has a meaning only beside `digest` or `quiet`";
        table.problems().warning("no_effect", table.key_place("timezone"), said, "take it out".to_string());
    }
    NotifierPolicy {
        digest: digest(table, zone),
        quiet: quiet(table, zone),
        limit: limit(table),
        escalate: escalate(table),
        // News of the service: what `[service]` says, and whom urgent watches tell.
        urgent: Vec::new(),
    }
}

/// What a `[[watch]]` says.
pub(super) fn of_watch(table: &Table<'_>, defaults: &Defaults<'_>) -> WatchPolicy {
    let urgent = table.boolean("urgent").is_some_and(|urgent| urgent.value);
    if urgent && table.has("digest") {
        let said = "what is urgent never waits for a digest";
        table.problems().warning("no_effect", table.key_place("digest"), said, "take one of the two out".to_string());
    }
    WatchPolicy { urgent, digest: digest(table, defaults.timezone), limit: limit(table), story: story(table) }
}

/// `story = "thread"`, and `story_window = "1d"`.
fn story(table: &Table<'_>) -> StoryPolicy {
    let mut story = StoryPolicy::default();
    let words = [
        ("thread", Telling::Thread),
        ("join", Telling::Join),
        ("record", Telling::Record),
        ("separate", Telling::Separate),
    ];
    if let Some(word) = table.word("story", &words) {
        story.telling = word.value;
    }
    if let Some(window) = table.duration("story_window", STORY_LEAST..=STORY_FOR) {
        story.window = window.value;
        if story.telling == Telling::Separate {
            let said = "with `story = \"separate\"` nothing follows anything";
            let hint = "take one of the two out".to_string();
            table.problems().warning("no_effect", table.key_place("story_window"), said, hint);
        }
    }
    story
}

/// `digest = "0 8,17 * * *"`
fn digest(table: &Table<'_>, zone: Tz) -> Option<Cron> {
    let text = table.string("digest")?;
    Cron::parse(text.value, zone).map_err(|e| at_its_place(table, text, e.span, "bad_cron", e.message, CRON_HINT)).ok()
}

const CRON_HINT: &str = "five fields: minute, hour, day of month, month, day of week, as in `0 8,17 * * *`";

/// `quiet = "22:00-07:00"`, or a list of such.
fn quiet(table: &Table<'_>, zone: Tz) -> Option<QuietHours> {
    let texts = match table.is_list("quiet") {
        true => table.strings("quiet")?.value,
        false => vec![table.string("quiet")?],
    };
    let read = |text: Spot<&str>| {
        let said = "as in `22:00-07:00`, `mon-fri 22:00-07:00` or `sat,sun 00:00-24:00`";
        Window::parse(text.value).map_err(|e| at_its_place(table, text, e.span, "bad_hours", e.message, said)).ok()
    };
    let windows: Vec<Option<Window>> = texts.into_iter().map(read).collect();
    let windows: Vec<Window> = windows.into_iter().collect::<Option<_>>()?;
    if windows.is_empty() {
        return None;
    }
    let quiet = QuietHours::new(windows, zone);
    if quiet.is_none() {
        let said = "it would be quiet all week: nothing but what is urgent would ever be told";
        table.problems().error("never_told", table.key_place("quiet"), said, "leave some hours".to_string());
    }
    quiet
}

/// `limit = "20/h"`: so many messages in an hour; or `"5/10m"`, `"100/d"`.
fn limit(table: &Table<'_>) -> Option<Limit> {
    let text = table.string("limit")?;
    let hint = "a number of messages and a time, as in `20/h`, `5/10m` or `100/d`";
    let wrong = |span: Range<usize>, message: String| at_its_place(table, text, span, "bad_limit", message, hint);
    let whole = 0..text.value.len();
    let Some((count, per)) = text.value.split_once('/') else {
        wrong(whole, format!("`{}` is no limit", text.value));
        return None;
    };
    let behind = count.len() + 1..text.value.len();
    let count = match count.trim().parse::<usize>() {
        Ok(n) if (1..=COUNT).contains(&n) => Some(n),
        _ => {
            wrong(0..count.len(), format!("`{}` is no number of messages between 1 and {COUNT}", count.trim()));
            None
        }
    };
    let per = per.trim();
    let one = if per.starts_with(|c: char| c.is_ascii_digit()) { per.to_owned() } else { format!("1{per}") };
    let per = match parse_duration(&one) {
        Ok(time) if time >= Duration::from_secs(1) && time <= LIMITED_FOR => Some(time),
        _ => {
            wrong(behind, format!("`{per}` is no time between a second and seven days"));
            None
        }
    };
    Some(Limit { count: count?, per: per? })
}

/// `escalate = { after = "60s", notify = "phone" }`; whether there is such a notifier is asked when all are known.
fn escalate(table: &Table<'_>) -> Option<Escalation> {
    let table = table.table("escalate")?;
    table.check_keys(ESCALATE_KEYS);
    for (key, hint) in [("after", "write `after = \"60s\"`"), ("notify", "write `notify = \"phone\"`")] {
        if !table.has(key) {
            table.missing(key, hint);
        }
    }
    let after = table.duration("after", Duration::from_secs(1)..=LONGEST_PATIENCE)?.value;
    Some(Escalation { after, notify: NotifierName::new(table.string("notify")?.value) })
}

/// Whether those to whom notifiers escalate are there, and others than they.
pub(super) fn check_escalations(tables: &[Table<'_>], names: &HashMap<String, Place>) {
    for table in tables {
        let name = table.has("name").then(|| table.string("name")).flatten().map(|name| name.value);
        let inner = table.has("escalate").then(|| table.table("escalate")).flatten();
        let Some(inner) = inner.filter(|inner| inner.has("notify")) else { continue };
        let Some(to) = inner.string("notify") else { continue };
        if Some(to.value) == name {
            let said = "a notifier that takes nothing does not take this either";
            inner.problems().error("escalates_to_itself", to.place, said, "name another one".to_string());
        } else if !names.contains_key(to.value) {
            let hint = did_you_mean(to.value, names.keys().map(String::as_str));
            let said = format!("no notifier has the name `{}`", to.value);
            inner.problems().error("unknown_notifier", to.place, said, hint);
        }
    }
}

fn at_its_place(
    table: &Table<'_>,
    text: Spot<&str>,
    span: Range<usize>,
    code: &'static str,
    message: impl Into<String>,
    hint: &str,
) {
    let place = table.within(text, span.start..span.end.max(span.start));
    table.problems().error(code, place, message, hint.to_string());
}
