//! The stages of the journey, each by itself: parse, find, decide, settle, render. `cargo bench --bench stages`, and
//! `-- find` for one of them.

mod corpus;

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

use corpus::words::LANGUAGES;
use corpus::{Feed, Format};
use feedwatch::alerter::raise;
use feedwatch::deduper::{Decision, Situation, decide, identify};
use feedwatch::matcher::{WatchTerms, Watchlist};
use feedwatch::model::{
    Alert, Delivery, FeedMemory, FeedName, Fields, Form, Item, KeyKind, Known, NotifierName, On, Remembered, Renames,
    Time, WatchName, WatchRule,
};
use feedwatch::parser::{Document, Limits, parse};
use feedwatch::render;
use feedwatch::store::sqlite::OpenOptions;
use feedwatch::store::{Contact, PollOutcome, SqliteStore, Store};

criterion_group! {
    name = stages;
    config = Criterion::default().warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3));
    targets = parsing, finding, deciding, settling, rendering
}
criterion_main!(stages);

/// The date of the newest item.
const START: &str = "2026-11-24T06:00:00Z";

fn start() -> DateTime<Utc> {
    START.parse().expect("a date")
}

/// When the polls of these measures are made.
fn now() -> Time {
    Time::from_utc(start())
}

/// A feed of 50 KB, the middle of the corpus.
fn feed(number: u64, format: Format, language: usize) -> Feed {
    Feed { number, format, language: &LANGUAGES[language], bytes: 50_000 }
}

fn items(document: &str) -> Vec<Item> {
    let parsed = parse(Document { bytes: document.as_bytes(), content_type: None, base: None }, Limits::default());
    let parsed = parsed.expect("the corpus is made of feeds");
    let mut items = parsed.items;
    items.iter_mut().for_each(|i| i.language = i.language.take().or_else(|| parsed.language.clone()));
    items
}

fn parsing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse");
    let mut one = |name: String, feed: Feed| {
        let document = feed.document(0, start());
        group.throughput(Throughput::Bytes(document.len() as u64));
        group.bench_function(name, |b| {
            let document =
                Document { bytes: document.as_bytes(), content_type: Some(feed.format.content_type()), base: None };
            b.iter(|| parse(black_box(document), Limits::default()).expect("the corpus is made of feeds"));
        });
    };
    for (format, name) in Format::ALL.into_iter().zip(["RSS 2.0", "RSS 1.0", "Atom 1.0", "JSON Feed 1.1"]) {
        for bytes in [20_000, 50_000, 80_000] {
            one(format!("{name}/en/{} KB", bytes / 1000), Feed { bytes, ..feed(1, format, 0) });
        }
    }
    for (at, language) in LANGUAGES.iter().enumerate().skip(1) {
        one(format!("RSS 2.0/{}/50 KB", language.tag), feed(1, Format::Rss2, at));
    }
}

/// A watchlist of so many terms, ten a watch.
fn watchlist(terms: usize) -> (Vec<WatchTerms>, Vec<WatchRule>) {
    let watch = |(n, terms): (usize, &[String])| {
        let name = WatchName::new(format!("watch {n}"));
        let rule = WatchRule {
            name: name.clone(),
            feeds: None,
            fields: Fields::TEXT,
            on: On::default(),
            notify: vec![NotifierName::new("desk")],
        };
        let exclude = Vec::new();
        (WatchTerms { terms: terms.to_vec(), exclude, ..WatchTerms::new(name) }, rule)
    };
    corpus::terms(terms).chunks(10).enumerate().map(watch).unzip()
}

/// Bytes of text that watches read.
fn bytes(items: &[Item]) -> u64 {
    items.iter().map(|i| i.text.title.len() + i.text.summary.len() + i.text.body.len()).sum::<usize>() as u64
}

fn finding(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("find");
    let all: Vec<Vec<Item>> =
        (0..LANGUAGES.len()).map(|at| items(&feed(at as u64, Format::Atom, at).document(0, start()))).collect();
    for count in [100, 1_000, 10_000] {
        let compiled = Watchlist::compile(&watchlist(count).0);
        group.throughput(Throughput::Bytes(all.iter().map(|items| bytes(items)).sum()));
        group.bench_function(BenchmarkId::new("seven languages", count), |b| {
            b.iter(|| all.iter().flatten().map(|item| compiled.find(black_box(item), |_| true).len()).sum::<usize>());
        });
    }
    let compiled = Watchlist::compile(&watchlist(1_000).0);
    for (language, items) in LANGUAGES.iter().zip(&all) {
        group.throughput(Throughput::Bytes(bytes(items)));
        group.bench_function(BenchmarkId::new(language.tag, 1_000), |b| {
            b.iter(|| items.iter().map(|item| compiled.find(black_box(item), |_| true).len()).sum::<usize>());
        });
    }
    for count in [1_000, 10_000] {
        let (terms, _) = watchlist(count);
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::new("compile", count), |b| b.iter(|| Watchlist::compile(black_box(&terms))));
    }
    group.finish();
}

fn situation() -> Situation {
    Situation { baseline: None, biggest_burst: 100, outage: None, now: now() }
}

/// What a store knows after it has settled a document.
fn known(decision: Decision) -> Vec<Known> {
    let row = |(at, Remembered { record, .. })| Known { row: at as i64, text: None, record };
    decision.records.into_iter().enumerate().map(row).collect()
}

fn deciding(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decide");
    let feed = feed(1, Format::Rss2, 0);
    let [monday, tuesday] = [0, 1].map(|version| items(&feed.document(version, start())));
    let before = known(decide(identify(monday.clone(), KeyKind::Guid), Vec::new(), situation()));
    group.bench_function("identify 30 items", |b| {
        b.iter_batched(|| monday.clone(), |items| identify(items, KeyKind::Guid), BatchSize::SmallInput);
    });
    for (name, items, known) in [
        ("30 items, all known", &monday, &before),
        ("30 items, one new", &tuesday, &before),
        ("30 items, all new", &monday, &Vec::new()),
    ] {
        let document = identify(items.clone(), KeyKind::Guid);
        group.bench_function(name, |b| {
            let made = || (document.clone(), known.clone());
            b.iter_batched(made, |(document, known)| decide(document, known, situation()), BatchSize::SmallInput);
        });
    }
    group.finish();
}

/// What a poll of feed `number` writes: 30 new items, or nothing but the feed's memory.
fn outcome(number: usize, new: &[Item]) -> PollOutcome {
    let decision = decide(identify(new.to_vec(), KeyKind::Guid), Vec::new(), situation());
    let mut memory = FeedMemory::new("https://news.example.org/feed");
    memory.last_poll = Some(now());
    memory.next_poll = Some(now().plus(Duration::from_secs(300)));
    PollOutcome {
        feed: name(number),
        times_alone: false,
        memory,
        contact: Contact::Answered,
        at: now(),
        records: decision.records,
        gists: Vec::new(),
        skim: None,
        left: Vec::new(),
        alerts: Vec::new(),
    }
}

fn name(number: usize) -> FeedName {
    FeedName::new(format!("feed {number}"))
}

/// A store in a file on the disk of the build, that knows so many feeds.
fn store(folder: &Path, feeds: usize) -> SqliteStore {
    let path = folder.join("store.db");
    let mut store = SqliteStore::open(&path, "once", OpenOptions::default()).expect("a new store opens");
    let feeds: Vec<_> = (0..feeds).map(|n| (name(n), "https://news.example.org/feed".to_owned())).collect();
    store.register(&feeds, &Renames::default()).expect("a new store can be written");
    store
}

/// The time of so many commits of these outcomes; before each commit, `refresh` may change them.
fn commits(count: u64, outcomes: &mut [PollOutcome], refresh: impl Fn(&mut PollOutcome, u64)) -> Duration {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("the build's disk can be written");
    let mut store = store(folder.path(), outcomes.len());
    let mut took = Duration::ZERO;
    for commit in 0..count {
        outcomes.iter_mut().for_each(|o| refresh(o, commit));
        let began = Instant::now();
        let results = store.settle_polls(outcomes);
        took += began.elapsed();
        assert!(results.iter().all(Result::is_ok), "every outcome is written");
    }
    took
}

fn settling(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("settle");
    group.sample_size(10).sampling_mode(criterion::SamplingMode::Flat);
    let new = items(&feed(1, Format::Rss2, 0).document(0, start()));
    for together in [1, 64, 512] {
        group.throughput(Throughput::Elements(together));
        group.bench_function(BenchmarkId::new("polls of nothing new in a commit", together), |b| {
            let mut outcomes: Vec<_> = (0..together as usize).map(|n| outcome(n, &[])).collect();
            b.iter_custom(|count| commits(count, &mut outcomes, |_, _| {}));
        });
    }
    for together in [1, 64] {
        group.throughput(Throughput::Elements(together));
        group.bench_function(BenchmarkId::new("polls of 30 new items in a commit", together), |b| {
            let mut outcomes: Vec<_> = (0..together as usize).map(|n| outcome(n, &new)).collect();
            b.iter_custom(|count| {
                commits(count, &mut outcomes, |outcome, commit| {
                    for (place, Remembered { record, .. }) in outcome.records.iter_mut().enumerate() {
                        record.key.text = format!("tag:news.example.org,2026:{commit}-{place}");
                        record.marks.guid = Some(corpus::words::Random::new(commit * 64 + place as u64).next());
                    }
                })
            });
        });
    }
    group.throughput(Throughput::Elements(1));
    group.bench_function("what is known of 30 items", |b| {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("the build's disk can be written");
        let mut store = store(folder.path(), 1);
        assert!(store.settle_polls(&[outcome(0, &new)])[0].is_ok(), "the outcome is written");
        let probes = identify(new.clone(), KeyKind::Guid).probes();
        b.iter(|| store.known(&name(0), black_box(&probes)).expect("the store can be read").len());
    });
    group.finish();
}

/// Alerts of a watchlist on the items of a document, as many as asked for.
fn alerts(count: usize) -> Vec<Alert> {
    let (terms, rules) = watchlist(7_000);
    let compiled = Watchlist::compile(&terms);
    let rules: Vec<&WatchRule> = rules.iter().collect();
    let mut out = Vec::new();
    for number in 0.. {
        let document = Feed { bytes: 50_000, ..Feed::new(number) }.document(0, start());
        let decision = decide(identify(items(&document), KeyKind::Guid), Vec::new(), situation());
        for (change, _) in &decision.changes {
            let found = compiled.find(&change.item, |_| true);
            out.extend(raise(change, &name(0), &rules, found, &[], now()).alerts.into_iter().map(|(alert, _)| alert));
            if out.len() >= count {
                out.truncate(count);
                return out;
            }
        }
    }
    out
}

fn rendering(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("render");
    let to = ["Night desk <desk@example.org>".to_owned()];
    let delivery = |alerts: &[Alert], form| {
        let ids = alerts.iter().map(|a| a.id.clone()).collect();
        Delivery::seal(&NotifierName::new("desk"), ids, form, now())
    };
    let one = alerts(1);
    let fifty = alerts(50);
    let (item, digest) = (delivery(&one, Form::Item), delivery(&fifty, Form::Digest { why: "hourly digest".into() }));
    for (name, delivery, alerts) in [("a mail of one alert", &item, &one), ("a mail of 50 alerts", &digest, &fifty)] {
        group.throughput(Throughput::Elements(alerts.len() as u64));
        group.bench_function(name, |b| {
            b.iter(|| render::email::message(black_box(delivery), alerts, "feedwatch@example.org", &to));
        });
    }
    group.throughput(Throughput::Elements(1));
    group.bench_function("a webhook body", |b| b.iter(|| render::standard::body(black_box(&item), &one)));
    group.finish();
}
