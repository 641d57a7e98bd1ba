//! From a settled alert to a webhook of this machine: alerts a second through plan, deliver and settle, CPU time for each, and
//! how long it takes from the settle to the sink when nothing else is to be done, what one alert more costs among many that
//! are held, and what it costs to find its story among many that were told. `cargo bench --bench deliver -- [ALERTS]`.
//!
//! The sink is this program again, in a process of its own, so that its work is nobody's; for the latency it is a thread,
//! whose clock is ours.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use feedwatch::app::{App, Sends};
use feedwatch::config::{self, Environment};
use feedwatch::model::{
    Alert, AlertId, AlertItem, AlertKind, FeedName, Hold, NotifierName, Reason, SystemClock, Time, WatchName,
};
use feedwatch::pipeline::Setup;
use feedwatch::render::console::Style;
use feedwatch::store::sqlite::OpenOptions;
use feedwatch::store::{AlertFilter, Contact, HealthOutcome, PollOutcome};
use feedwatch::text::gist::Gist;

/// Alerts that are settled together, as a poll settles what one document raises.
const TOGETHER: usize = 20;
/// Alerts of the latency, one after the other.
const SINGLE: usize = 300;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    if arguments.first().is_some_and(|a| a == "serve") {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        println!("{}", listener.local_addr().expect("bound").port());
        return serve(&listener, None);
    }
    let alerts = arguments.first().and_then(|n| n.parse().ok()).unwrap_or(10_000);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("starts");
    for (name, more) in [
        ("standard", "secret = \"whsec_c3Rvcnktc2VjcmV0LW9mLXRlc3RzISEh\"\n"),
        ("slack", "format = \"slack\"\npace = \"0ms\"\nat_once = 4\n"),
    ] {
        runtime.block_on(throughput(name, more, alerts));
    }
    runtime.block_on(latency());
    for held in [1_000, 10_000, 100_000] {
        runtime.block_on(among(held));
    }
    for told in [1_000, 10_000, 100_000] {
        runtime.block_on(stories(told));
    }
}

async fn throughput(name: &str, more: &str, count: usize) {
    let this = std::env::current_exe().expect("a path");
    let mut sink = Command::new(this).arg("serve").stdout(Stdio::piped()).spawn().expect("starts");
    let mut port = String::new();
    BufReader::new(sink.stdout.take().expect("piped")).read_line(&mut port).expect("says its port");
    let folder = tempfile::tempdir().expect("a folder");
    let app = open(folder.path(), port.trim(), more).await;
    for first in (0..count).step_by(TOGETHER) {
        settle(&app, first, TOGETHER.min(count - first)).await;
    }
    let (began, cpu) = (Instant::now(), cpu());
    app.plan_due().await.expect("plans");
    let planned = began.elapsed();
    let sent = deliver(&app).await;
    let (took, used) = (began.elapsed(), self::cpu() - cpu);
    assert_eq!(sent, count, "every alert is a message here");
    println!(
        "{name:<9} {count} alerts: {:.0} a second ({:.1} s; planned in {:.2} s), {:.3} ms of CPU each",
        count as f64 / took.as_secs_f64(),
        took.as_secs_f64(),
        planned.as_secs_f64(),
        used.as_secs_f64() * 1000.0 / count as f64
    );
    let _ = sink.kill();
    let _ = sink.wait();
}

async fn latency() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port().to_string();
    let (arrived, arrivals) = channel();
    std::thread::spawn(move || serve(&listener, Some(arrived)));
    let folder = tempfile::tempdir().expect("a folder");
    let app = open(folder.path(), &port, "").await;
    let mut all = Vec::new();
    for n in 0..SINGLE {
        settle(&app, n, 1).await;
        let settled = Instant::now();
        app.plan_due().await.expect("plans");
        assert_eq!(deliver(&app).await, 1);
        all.push(arrivals.recv().expect("arrives") - settled);
    }
    all.sort_unstable();
    let at = |share: usize| all[all.len() * share / 100].as_secs_f64() * 1000.0;
    println!("settle to sink, idle: median {:.2} ms, 99th percentile {:.2} ms ({SINGLE} alerts)", at(50), at(99));
}

/// What one more alert costs the planner while so many wait for a digest.
async fn among(held: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    // Once a year, and today is not the day.
    let app = open(folder.path(), "9", "digest = \"0 0 29 2 *\"\n").await;
    for first in (0..held).step_by(1_000) {
        settle(&app, first, 1_000).await;
        app.plan_due().await.expect("plans");
    }
    let mut all = Vec::new();
    for n in 0..SINGLE {
        settle(&app, held + n, 1).await;
        let (began, cpu) = (Instant::now(), cpu());
        app.plan_due().await.expect("plans");
        app.next_plan().await.expect("asks");
        all.push((began.elapsed(), self::cpu() - cpu));
    }
    let mid = |which: fn(&(Duration, Duration)) -> Duration| {
        let mut times: Vec<Duration> = all.iter().map(which).collect();
        times.sort_unstable();
        times[times.len() / 2].as_secs_f64() * 1000.0
    };
    println!(
        "one alert more among {held} held: planned in {:.2} ms, median, {:.2} ms of CPU",
        mid(|t| t.0),
        mid(|t| t.1)
    );
}

/// What it costs to plan a report that another feed had before, while so many stories were told within the window.
async fn stories(told: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let app = open(folder.path(), "9", "").await;
    let report = |n: usize, feed: &str, now| {
        let mut alert = alert(n, now);
        let watch = alert.watch.clone().expect("a watch");
        let feed = FeedName::new(feed);
        let key = alert.item.as_ref().map(|item| item.key.clone()).unwrap_or_default();
        (alert.id, alert.feed) = (AlertId::of_item(&watch, &feed, &key, None), Some(feed));
        // Invented words after Zipf, so that reports have phrases in common as those of a language do.
        let mut chance = (n as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let text: Vec<String> = (0..60).map(|_| word(&mut chance)).collect();
        let cut = if alert.feed.as_ref().is_some_and(|f| f.as_str() == "other") { 45 } else { 60 };
        let gist = Gist::of(None, &format!("report {n}"), &text[..cut].join(" "), "").expect("enough text");
        (alert, gist)
    };
    let settle = |reports: Vec<(Alert, Gist)>, feed: &'static str| {
        let app = app.clone();
        async move {
            let now = app.now();
            let known = app.desk().call(|store| store.feeds()).await.expect("reads");
            let (feed, mut memory) = known.into_iter().find(|(name, _)| name.as_str() == feed).expect("is registered");
            (memory.last_poll, memory.last_ok) = (Some(now), Some(now));
            let gists = reports.iter().map(|(alert, gist)| (alert.id.clone(), gist.clone())).collect();
            let alerts = reports.into_iter().map(|(alert, _)| (alert, vec![NotifierName::new("hook")])).collect();
            let outcome = PollOutcome {
                feed,
                times_alone: false,
                memory,
                contact: Contact::Local,
                at: now,
                records: Vec::new(),
                left: Vec::new(),
                alerts,
                gists,
                skim: None,
            };
            app.desk().call(move |store| store.settle_polls(&[outcome]).remove(0)).await.expect("settles")
        }
    };
    for first in (0..told).step_by(1_000) {
        let raised = settle((first..first + 1_000).map(|n| report(n, "world", app.now())).collect(), "world").await;
        assert_eq!(raised.len(), 1_000);
        app.plan_due().await.expect("plans");
    }
    let mut all = Vec::new();
    let began = Instant::now();
    let before = cpu();
    for n in 0..SINGLE {
        settle(vec![report(n * (told / SINGLE), "other", app.now())], "other").await;
        let began = Instant::now();
        app.plan_due().await.expect("plans");
        all.push(began.elapsed());
    }
    let cpu = (cpu() - before).as_secs_f64() * 1000.0 / SINGLE as f64;
    all.sort_unstable();
    let follow =
        app.desk().call(move |store| store.alerts(AlertFilter { limit: Some(SINGLE), ..AlertFilter::default() }));
    let follow = follow.await.expect("lists");
    let mut found = 0;
    for told in &follow {
        let id = told.alert.id.clone();
        // It keeps behind the first, which nobody takes here.
        let held = told.holds.iter().any(|(_, hold, _)| *hold == Some(Hold::Behind));
        let follows = app.desk().call(move |store| store.follows(&id)).await.expect("asks").is_some();
        found += usize::from(held || follows);
    }
    println!(
        "one report more behind {told} stories: planned in {:.2} ms, median, {:.2} ms, 99th percentile; settled and planned {:.2} ms of CPU; \
         {found} of {SINGLE} found their story ({:.1} s)",
        all[all.len() / 2].as_secs_f64() * 1000.0,
        all[all.len() * 99 / 100].as_secs_f64() * 1000.0,
        cpu,
        began.elapsed().as_secs_f64()
    );
}

/// A word of a language of 20,000, the common ones often.
fn word(chance: &mut u64) -> String {
    *chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    let share = (*chance >> 33) as f64 / f64::from(1u32 << 31);
    let mut rank = 20_000f64.powf(share) as usize;
    let mut word = String::new();
    while rank > 0 || word.is_empty() {
        word.push_str(["ba", "ke", "lo", "mi", "nu", "ra", "se", "to", "vi", "zu"][rank % 10]);
        rank /= 10;
    }
    word
}

async fn open(folder: &Path, port: &str, more: &str) -> Arc<App> {
    let path = folder.join("feedwatch.toml");
    let text = format!(
        "[store]\nurl = \"sqlite:store.db\"\n[[notifier]]\nname = \"hook\"\nkind = \"webhook\"\nurl = \"http://127.0.0.1:{port}/hook\"\n{more}\
         [[feed]]\nname = \"world\"\nurl = \"https://world.example.org/\"\n\
         [[feed]]\nname = \"other\"\nurl = \"https://other.example.org/\"\n[[watch]]\nname = \"w\"\nterms = [\"Helsinki\"]\nnotify = [\"hook\"]\n"
    );
    std::fs::write(&path, text).expect("writes");
    let config = config::load(&path, &Environment::default()).config.expect("no mistake");
    let setup = Setup::new(config, Style { colour: false, width: usize::MAX }, true).expect("compiles");
    App::open(setup, "bench", Arc::new(SystemClock), OpenOptions::default()).await.expect("opens").0
}

/// Settles so many alerts in one commit.
async fn settle(app: &App, first: usize, count: usize) {
    let now = app.now();
    let alerts = (first..first + count).map(|n| (alert(n, now), vec![NotifierName::new("hook")])).collect();
    let outcome = HealthOutcome { alerts, ..HealthOutcome::default() };
    app.desk().call(move |store| store.settle_health(&outcome)).await.expect("settles");
}

/// Sends all that is due; how many messages arrived.
async fn deliver(app: &Arc<App>) -> usize {
    let mut sends = Sends::default();
    let mut sent = 0;
    loop {
        app.begin_deliveries(&mut sends, app.now()).await.expect("claims");
        match app.next_attempted(&mut sends).await {
            Some(attempted) => {
                let attempted = attempted.expect("settles");
                assert_eq!(attempted.delivery.error, None);
                sent += 1;
            }
            None => return sent,
        }
    }
}

fn alert(number: usize, raised: Time) -> Alert {
    let (watch, feed, key) = (WatchName::new("w"), FeedName::new("world"), format!("item-{number}"));
    Alert {
        id: AlertId::of_item(&watch, &feed, &key, None),
        kind: AlertKind::New,
        reason: Reason::New,
        sentence: "new item, found “هلسينكي” in the title".into(),
        watch: Some(watch),
        feed: Some(feed),
        item: Some(AlertItem {
            title: format!("قمة هلسينكي {number}: Talks in Helsinki end without a paper"),
            link: Some(format!("https://news.example.org/{key}")),
            published: Some(raised),
            key,
        }),
        hits: Vec::new(),
        diff: None,
        raised,
        excerpts: Vec::new(),
        guard: None,
        first: true,
        service: None,
        follows: None,
    }
}

/// CPU time of this process, all threads (`proc(5)`, in ticks of 10 ms).
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let fields: Vec<u64> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|f| f.parse().ok())
        .collect();
    Duration::from_millis(fields.iter().sum::<u64>() * 10)
}

/// Answers every POST with 204 on connections that stay.
fn serve(listener: &TcpListener, arrived: Option<Sender<Instant>>) {
    for socket in listener.incoming().flatten() {
        let arrived = arrived.clone();
        std::thread::spawn(move || answer(socket, arrived.as_ref()));
    }
}

fn answer(socket: TcpStream, arrived: Option<&Sender<Instant>>) -> Option<()> {
    socket.set_nodelay(true).ok()?;
    let mut reader = BufReader::new(socket.try_clone().ok()?);
    let mut socket = socket;
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            match line.trim_end().split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse().ok()?,
                None if line.trim_end().is_empty() => break,
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        if let Some(arrived) = arrived {
            arrived.send(Instant::now()).ok()?;
        }
        socket.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").ok()?;
    }
}
