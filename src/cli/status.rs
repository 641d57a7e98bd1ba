//! `feedwatch status`: the first command of whoever is called at night.

mod scene;

use std::time::Duration;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::model::{FeedMemory, FeedName, FeedState, NotifierHealth, Reason, Standing, Time, redact_url};
use crate::pipeline::condition::{Finding, Runs, no_space, short};
use crate::store::sqlite::lock;
use crate::store::{Outbox, Size, StoreError};
use crate::text::count::counted;
use crate::text::cut;
use crate::text::shown::line;

use super::load::Strictness;
use super::output::screen;
use super::records::{FindingRecord, StatusRecord};
use super::{Common, Failure, Results, load, runtime};
use scene::{Known, Scene};

/// How often `--watch` looks again.
const EVERY: Duration = Duration::from_secs(2);

/// First whether it is well, or the worst thing, since when, and what to do; then all else that is not well, who polls,
/// feeds, notifiers, outbox and store. Works beside a running daemon.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  feedwatch status
  feedwatch status --watch
  feedwatch status --json | jq 'select(.type == \"feed\" and .state != \"ok\")'")]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Look again every two seconds until Ctrl-C; once where the output is no terminal
    #[arg(long, conflicts_with = "json")]
    watch: bool,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let environment = load::environment(Strictness::Look);
    let path = load::find(arguments.common.config.as_deref(), &environment)?;
    let mut scene = Scene::read(&path, &environment)?;
    if screen().is_some() && arguments.watch {
        return runtime()?.block_on(watch(scene, || Scene::read(&path, &environment)));
    }
    if let Some(unusable) = &scene.unusable {
        eprint!("{}", unusable.report);
    }
    show(&mut scene, arguments.common.json, None)?;
    // It has been shown what can be, and it is no configuration all the same.
    scene.unusable.map_or(Ok(()), |unusable| Err(Failure::Usage(unusable.count)))
}

/// Frame after frame, each over the one before, until Ctrl-C.
async fn watch(mut scene: Scene, read: impl Fn() -> Result<Scene, Failure>) -> Result<(), Failure> {
    loop {
        if scene.is_stale() {
            scene = read()?;
        }
        // A store that cannot be read now may be readable at the next look.
        match show(&mut scene, false, screen()) {
            Ok(()) | Err(Failure::Quiet(1)) => {}
            Err(other) => return Err(other),
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            // Where the signal cannot be waited for, it ends the process by itself.
            Ok(()) = tokio::signal::ctrl_c() => return Ok(()),
        }
    }
}

/// One frame; in a terminal, as much of it as there is room for.
fn show(scene: &mut Scene, json: bool, screen: Option<(usize, usize)>) -> Result<(), Failure> {
    let mut results = Results::open();
    let known = match Known::read(scene) {
        Ok(known) => known,
        Err(error) => {
            // On a full disk not even the files beside the store can be made: say that first.
            let space =
                no_space(lock::free_bytes(&scene.store)).map(|f| format!("{}; the store cannot be read: ", f.said));
            let error = StoreError { said: format!("{}{}", space.unwrap_or_default(), error.said), ..error };
            return Err(unread(&mut results, error, json, screen.is_some())?);
        }
    };
    let view = View { scene, findings: known.findings(scene), known };
    if json {
        view.records(&mut results)?;
    } else {
        // What feeds and servers say cannot move a cursor here.
        let lines: Vec<String> = view.lines().iter().map(|text| line(text)).collect();
        match screen {
            None => lines.iter().try_for_each(|text| results.line(text))?,
            Some(screen) => results.text(&frame(&lines, screen))?,
        }
    }
    results.flush()
}

/// Home, each line cleared to its end, then all below: nothing flickers. What a row does not hold goes on in the next one.
fn frame(lines: &[String], (columns, rows): (usize, usize)) -> String {
    const INDENT: &str = "    ";
    let mut shown: Vec<String> = Vec::new();
    for text in lines {
        let (head, mut rest) = split(text, columns);
        shown.push(head.to_owned());
        while !rest.is_empty() {
            let (head, more) = split(rest, columns.saturating_sub(INDENT.len()).max(INDENT.len()));
            shown.push(format!("{INDENT}{head}"));
            rest = more;
        }
    }
    let left = shown.len().saturating_sub(rows.saturating_sub(1));
    if left > 0 {
        shown.truncate(rows.saturating_sub(2));
        shown.push(format!("… {} more rows: feedwatch status", left + 1));
    }
    format!("\u{1B}[H{}\u{1B}[K\n\u{1B}[J", shown.join("\u{1B}[K\n"))
}

/// What a row holds of a text, to a blank where there is one, and what it does not.
fn split(text: &str, columns: usize) -> (&str, &str) {
    let mut used = 0;
    let mut blank = 0;
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > columns.max(2) {
            let (head, rest) = text.split_at(if blank > 0 { blank } else { at });
            return (head.trim_end(), rest.trim_start());
        }
        if c == ' ' && !text[..at].trim().is_empty() {
            blank = at;
        }
    }
    (text, "")
}

/// A store that cannot be read is itself the worst thing: said in a record, or in a frame; else it is the complaint that
/// the command ends with.
fn unread(results: &mut Results, error: StoreError, json: bool, in_frame: bool) -> Result<Failure, Failure> {
    let finding = Finding { said: error.said, since: None };
    if json {
        results.record(&service(std::slice::from_ref(&finding), &Runs::Unknown))?;
    }
    if in_frame {
        results.text(&format!("\u{1B}[H{}\u{1B}[K\n\u{1B}[J", line(&finding.said)))?;
    }
    results.flush()?;
    Ok(if in_frame { Failure::Quiet(1) } else { Failure::Failed(finding.said) })
}

struct View<'a> {
    scene: &'a Scene,
    known: Known,
    findings: Vec<Finding>,
}

fn service(findings: &[Finding], runs: &Runs) -> StatusRecord<'static> {
    StatusRecord::Service {
        healthy: findings.is_empty(),
        worst: findings.first().map(|f| f.said.clone()),
        since: findings.first().and_then(|f| f.since),
        findings: findings.iter().map(|f| FindingRecord { said: f.said.clone(), since: f.since }).collect(),
        running: match runs {
            Runs::Yes(_) => Some(true),
            Runs::No(_) => Some(false),
            Runs::Unknown => None,
        },
        holder: match runs {
            Runs::Yes(who) => Some(who.clone()),
            _ => None,
        },
    }
}

impl View<'_> {
    fn store_url(&self) -> String {
        format!("sqlite:{}", self.scene.store.display())
    }

    fn records(&self, results: &mut Results) -> Result<(), Failure> {
        results.record(&service(&self.findings, &self.known.runs))?;
        for (feed, url) in &self.scene.feeds {
            let memory = self.known.feeds.get(feed);
            results.record(&StatusRecord::Feed {
                name: feed.as_str(),
                url: redact_url(url),
                state: memory.map_or(FeedState::Never, |m| m.state),
                last_poll: memory.and_then(|m| m.last_poll),
                next_poll: memory.and_then(|m| m.next_poll),
                failures: memory.map_or(0, |m| m.failures),
                failing_since: memory.and_then(|m| m.failing_since),
                silent_since: self.silent_since(feed),
                error: memory.and_then(|m| m.error.as_deref()),
                moved_to: memory.and_then(|m| m.moved.as_ref()).filter(|m| m.in_force()).map(|m| redact_url(&m.to)),
            })?;
        }
        let Outbox { pending, held, sent, dead } = self.known.outbox;
        results.record(&StatusRecord::Outbox { pending, held, sent, dead })?;
        let Size { bytes, items } = self.known.size;
        results.record(&StatusRecord::Store { url: self.store_url(), bytes, items })?;
        for notifier in &self.scene.notifiers {
            let health = self.known.notifiers.get(notifier).cloned().unwrap_or_default();
            let backlog = self.known.backlog.iter().find(|b| b.notifier == *notifier);
            results.record(&StatusRecord::Notifier {
                name: notifier.as_str(),
                state: state_of(&health),
                since: health.off_since.or(health.failing_since),
                last_ok: health.last_ok,
                waiting: backlog.map_or(0, |b| b.pending + b.waiting),
                error: health.error,
            })?;
        }
        Ok(())
    }

    fn silent_since(&self, feed: &FeedName) -> Option<Time> {
        let silent = |s: &&Standing| s.stands() && s.is(Reason::FeedSilent, feed.as_str());
        self.known.standing.iter().find(silent).map(|s| s.since)
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.findings.first().map_or_else(|| "healthy".to_owned(), |f| f.said.clone())];
        lines.extend(self.findings.iter().skip(1).map(|f| format!("also: {}", f.said)));
        lines.push(String::new());
        lines.push(self.who());
        lines.push(String::new());
        lines.extend(self.feeds());
        lines.push(String::new());
        lines.extend(self.notifiers());
        let Outbox { pending, held, sent, dead } = self.known.outbox;
        lines.push(format!("outbox: {pending} pending, {held} held, {sent} sent, {dead} dead"));
        let Size { bytes, items } = self.known.size;
        let items = counted(usize::try_from(items).unwrap_or(usize::MAX), "item", "items");
        lines.push(format!("store:  {items}, {} KiB in {}", bytes >> 10, self.store_url()));
        lines
    }

    /// Who polls, and when it last turned.
    fn who(&self) -> String {
        let turned = self.known.looked.map(|t| format!(", last turned {} ago", short(self.known.now, t)));
        match &self.known.runs {
            Runs::Yes(who) => format!("running: {who}{}", turned.unwrap_or_default()),
            Runs::No(_) => format!("not running{}", turned.unwrap_or_default()),
            Runs::Unknown => "whether it runs cannot be known here".to_owned(),
        }
    }

    /// Feeds in the order of the configuration, those in trouble before all others.
    fn feeds(&self) -> Vec<String> {
        // On a screen of 80 columns, 20: what is wrong must have room beside the name.
        let most = screen().map_or(40, |(columns, _)| (columns / 4).clamp(8, 40));
        let wide = self.scene.feeds.iter().map(|(name, _)| name.as_str().width()).max().unwrap_or(0).clamp(4, most);
        let mut rows: Vec<(bool, String)> = Vec::new();
        for (feed, _) in &self.scene.feeds {
            let memory = self.known.feeds.get(feed);
            let now = self.known.now;
            let ago = |t: Option<Time>| t.map_or_else(|| "never".into(), |t| format!("{} ago", short(now, t)));
            let due = |t: Option<Time>| match t.filter(|t| *t > now) {
                Some(t) => format!("in {}", short(t, now)),
                None => "now".to_owned(),
            };
            let state = memory.map_or(FeedState::Never, |m| m.state);
            let trouble = memory.map(|m| trouble(m, now)).filter(|t| !t.is_empty());
            let silent = self.silent_since(feed).map(|t| format!("nothing new for {}", short(now, t)));
            let trouble = trouble.or(silent).unwrap_or_default();
            let row = format!(
                "{}  {:<11}  {:<9}  {:<9}  {trouble}",
                padded(feed.as_str(), wide),
                word(state),
                ago(memory.and_then(|m| m.last_poll)),
                due(memory.and_then(|m| m.next_poll)),
            );
            rows.push((trouble.is_empty(), row.trim_end().to_owned()));
        }
        rows.sort_by_key(|(well, _)| *well);
        let head = format!("{}  state        last poll  next poll  trouble", padded("feed", wide));
        std::iter::once(head).chain(rows.into_iter().map(|(_, row)| row)).collect()
    }

    /// Notifiers that were ever tried, or have something waiting.
    fn notifiers(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for notifier in &self.scene.notifiers {
            let health = self.known.notifiers.get(notifier);
            let backlog = self.known.backlog.iter().find(|b| b.notifier == *notifier);
            let waiting = backlog.map_or(0, |b| b.pending + b.waiting);
            let Some(health) = health.cloned().or((waiting > 0).then(NotifierHealth::default)) else { continue };
            let now = self.known.now;
            let since = health.off_since.or(health.failing_since).map(|t| format!(" for {}", short(now, t)));
            let well = health.last_ok.map_or_else(|| "never".to_owned(), |t| format!("{} ago", short(now, t)));
            let error = health.error.as_deref().map(|e| format!("; {e}")).unwrap_or_default();
            lines.push(format!(
                "notifier {}: {}{}, {waiting} waiting, last took a message: {well}{error}",
                notifier,
                state_of(&health),
                since.unwrap_or_default()
            ));
        }
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines
    }
}

/// Why a feed fails, and for how long.
fn trouble(memory: &FeedMemory, now: Time) -> String {
    let error = memory.error.as_deref().unwrap_or_default();
    match memory.failing_since {
        Some(since) if !error.is_empty() => format!("{error} (for {})", short(now, since)),
        _ => error.to_owned(),
    }
}

fn state_of(health: &NotifierHealth) -> &'static str {
    if health.off_since.is_some() {
        "off"
    } else if health.failures > 0 {
        "failing"
    } else {
        "ok"
    }
}

fn word(state: FeedState) -> &'static str {
    match state {
        FeedState::Ok => "ok",
        FeedState::BackingOff => "backing off",
        FeedState::Blocked => "blocked",
        FeedState::Gone => "gone",
        FeedState::Never => "never",
    }
}

/// Cut or filled to so many columns.
fn padded(text: &str, columns: usize) -> String {
    let mut shown = text.to_owned();
    if shown.width() > columns {
        while shown.width() >= columns {
            shown = cut::head(&shown, shown.len() - 1).to_owned();
        }
        shown.push('…');
    }
    let fill = columns - shown.width();
    format!("{shown}{}", " ".repeat(fill))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_as_wide_and_as_high_as_its_screen() {
        let lines = ["feed “قناة” fails since noon: refused; see feedwatch parse", "", "日本語ニュース  ok", "last"]
            .map(str::to_owned);
        let shown = |columns, rows| {
            let text = frame(&lines, (columns, rows));
            let text = text
                .strip_prefix("\u{1B}[H")
                .and_then(|t| t.strip_suffix("\u{1B}[K\n\u{1B}[J"))
                .expect("a frame")
                .to_owned();
            text.split("\u{1B}[K\n").map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(shown(200, 10), lines);
        assert_eq!(
            shown(30, 10),
            [
                "feed “قناة” fails since noon:",
                "    refused; see feedwatch",
                "    parse",
                "",
                "日本語ニュース  ok",
                "last"
            ]
        );
        assert_eq!(
            shown(30, 4),
            ["feed “قناة” fails since noon:", "    refused; see feedwatch", "… 4 more rows: feedwatch status"]
        );
        for columns in 1..40 {
            let rows = shown(columns, 1000);
            assert!(rows.iter().all(|row| row.width() <= columns.max(8)), "{columns}: {rows:?}");
        }
    }

    #[test]
    fn a_name_that_is_cut_shows_that_it_is() {
        assert_eq!(padded("world", 7), "world  ");
        assert_eq!(padded("world news", 7), "world… ");
        assert_eq!(padded("日本語ニュース", 7), "日本語…");
    }
}
