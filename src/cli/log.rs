//! The log: lines on standard error, or entries of systemd's journal, with fields, where standard error leads there.

use std::io::{IsTerminal, stderr};

use tracing::field::{Field, Value, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_journald::{Priority, PriorityMappings};
use tracing_subscriber::fmt::format::debug_fn;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt, registry};

use super::output::colour_on_stderr;
use crate::daemon::POLLS;
use crate::text::shown::escaped;

/// Fields that the words of a line name already.
const NAMED: [&str; 3] = ["feed", "watch", "notifier"];

/// Before the names of fields in the journal: `FEEDWATCH_ALERT=al_…`.
const PREFIX: &str = "FEEDWATCH";

/// Values of one event that are handed on; ours have a handful, and at most fifty alerts.
const VALUES: usize = 64;

/// Begins to log. `$FEEDWATCH_LOG` (tracing's filter syntax) outranks the flags. Whatever an event holds, it is one line.
pub fn start(verbose: u8, is_daemon: bool) {
    let level = match (verbose, is_daemon) {
        (0, false) => "feedwatch=warn".to_owned(),
        // Whoever looks at it sees that it is at work.
        (0, true) if stderr().is_terminal() => format!("feedwatch=info,{POLLS}=debug"),
        (0, true) | (1, false) => "feedwatch=info".to_owned(),
        (1, true) | (2, _) => "feedwatch=debug".to_owned(),
        _ => "debug".to_owned(),
    };
    let filter = EnvFilter::try_from_env("FEEDWATCH_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let in_journal = leads_to_journal(std::env::var("JOURNAL_STREAM").ok().as_deref());
    let refused = match in_journal.then(tracing_journald::layer) {
        Some(Ok(journal)) => {
            let journal = journal.with_field_prefix(Some(PREFIX.to_owned())).with_priority_mappings(priorities());
            // A second call, from a test in the same process, keeps the first one's.
            let _ = registry().with(filter).with(Journal(journal)).try_init();
            return;
        }
        Some(Err(refused)) => Some(refused),
        None => None,
    };
    let fields = debug_fn(|writer, field, value| {
        let value = format!("{value:?}");
        let value = escaped(&value);
        match (field.name(), writer.has_ansi_escapes()) {
            ("message", _) => write!(writer, "{value}"),
            (name, _) if NAMED.contains(&name) => Ok(()),
            (name, true) => write!(writer, " \u{1b}[3m{name}\u{1b}[0m={value}"),
            (name, false) => write!(writer, " {name}={value}"),
        }
    });
    let log = fmt::layer().fmt_fields(fields).with_writer(stderr).with_ansi(colour_on_stderr()).with_target(false);
    // The journal stamps each line itself, and a command's complaints need no time.
    let stamped = is_daemon && !in_journal;
    let _ = match stamped {
        true => registry().with(filter).with(log).try_init(),
        false => registry().with(filter).with(log.without_time()).try_init(),
    };
    if let Some(refused) = refused {
        tracing::warn!(
            "the journal's socket cannot be reached ({refused}): lines on standard error, without fields of their own"
        );
    }
}

/// Whether standard error is what `$JOURNAL_STREAM` names (systemd.exec(5)): device and inode, in decimal.
fn leads_to_journal(stream: Option<&str>) -> bool {
    let Some((device, inode)) = stream.and_then(|s| s.split_once(':')) else { return false };
    let Ok(here) = rustix::fs::fstat(stderr()) else { return false };
    device.parse() == Ok(here.st_dev) && inode.parse() == Ok(here.st_ino)
}

/// What happens all day is no notice.
fn priorities() -> PriorityMappings {
    PriorityMappings { info: Priority::Informational, debug: Priority::Debug, ..PriorityMappings::new() }
}

/// The journal, with values made visible: an entry that holds a control character is shown as "blob data" and no more. A
/// list of alerts becomes a field each, so that `journalctl FEEDWATCH_ALERT=…` finds what concerns any of them.
struct Journal(tracing_journald::Layer);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Journal {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        self.0.on_new_span(attributes, id, context);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        self.0.on_record(id, values, context);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut seen = Values::default();
        event.record(&mut seen);
        let Some((first, _)) = seen.0.first() else { return self.0.on_event(event, context) };
        let mut slots: [(&Field, Option<&dyn Value>); VALUES] = [(first, None); VALUES];
        for (slot, (field, value)) in slots.iter_mut().zip(&seen.0) {
            *slot = (field, Some(value));
        }
        let values = event.metadata().fields().value_set(&slots);
        self.0.on_event(&Event::new(event.metadata(), &values), context);
    }
}

/// The values of an event as text.
#[derive(Default)]
struct Values(Vec<(Field, String)>);

impl Visit for Values {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "alert" => self.0.extend(value.split(',').map(|id| (field.clone(), id.to_owned()))),
            _ => self.0.push((field.clone(), escaped(value).into_owned())),
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}
