//! How often memory is asked for: by each stage for a document, and by a poll in its round.
//! `cargo bench --bench allocations [-- --out=FILE]`
//!
//! A round is made by this program itself, in a process of its own, so that all of its threads are counted: `feedwatch
//! once --all` and the floor, over few feeds and over many. What a poll takes is the difference, without start and end.

#[path = "corpus/mod.rs"]
mod corpus;
#[path = "round/floor.rs"]
mod floor;
#[path = "round/ground.rs"]
mod ground;
#[path = "round/server.rs"]
mod server;

use std::alloc::System;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use chrono::{DateTime, Utc};
use corpus::words::LANGUAGES;
use corpus::{Feed, Format};
use feedwatch::deduper::{Decision, Situation, decide, identify};
use feedwatch::matcher::{WatchTerms, Watchlist};
use feedwatch::model::{Item, KeyKind, Known, Remembered, Time, WatchName};
use feedwatch::parser::{Document, Limits, parse};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Terms and names of the watchlist.
const TERMS: usize = 1_000;
const NAMES: usize = 100;

/// Feeds of the two rounds that are compared.
const FEW: u64 = 100;
const MANY: u64 = 500;

/// What was asked for.
#[derive(Clone, Copy, Default)]
struct Count {
    /// Pieces of memory, those that grew into a larger one among them.
    pieces: f64,
    bytes: f64,
}

impl Count {
    /// Of what a closure does.
    fn of<T>(work: impl FnOnce() -> T) -> (Self, T) {
        let region = Region::new(HEAP);
        let done = work();
        let change = region.change();
        let pieces = (change.allocations + change.reallocations) as f64;
        // What a piece grew by is counted among the allocated bytes.
        (Self { pieces, bytes: change.bytes_allocated as f64 }, done)
    }

    fn and(self, other: Self) -> Self {
        Self { pieces: self.pieces + other.pieces, bytes: self.bytes + other.bytes }
    }

    fn shared_by(self, count: f64) -> Self {
        Self { pieces: self.pieces / count, bytes: self.bytes / count }
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["serve", feeds, _] => feeds.parse().map_err(|_| "how many feeds?".into()).and_then(|n| server::run(n, false)),
        [who @ ("ours" | "floor"), folder] => round(who, Path::new(folder)),
        _ => measured(arguments.iter().find_map(|argument| argument.strip_prefix("--out="))),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(said) => {
            eprintln!("{said}");
            ExitCode::FAILURE
        }
    }
}

fn measured(out: Option<&str>) -> Result<(), String> {
    let mut lines = String::from("of\twhat\tpieces\tbytes\n");
    let mut line = |of: &str, what: &str, count: Count| {
        println!("| {of} | {what} | {:.0} | {:.1} |", count.pieces, count.bytes / 1e3);
        lines += &format!("{of}\t{what}\t{:.1}\t{:.0}\n", count.pieces, count.bytes);
    };
    println!("| stage | of a document | allocations | KB |\n|---|---|---:|---:|");
    let mean = |format: Format| -> [Count; 6] {
        let counts = (0..LANGUAGES.len()).map(|language| stages(format, language));
        let sum = counts.fold([Count::default(); 6], |sum, one| std::array::from_fn(|at| sum[at].and(one[at])));
        sum.map(|count| count.shared_by(LANGUAGES.len() as f64))
    };
    let formats = Format::ALL.map(mean);
    for (counts, name) in formats.iter().zip(["RSS 2.0", "RSS 1.0", "Atom", "JSON Feed"]) {
        line(STAGES[0], name, counts[0]);
    }
    // What comes after the parser sees the same items, whatever they were written in.
    for (stage, count) in STAGES.into_iter().zip(formats[0]).skip(1) {
        line(stage, "any", count);
    }
    println!("\n| a poll of | by | allocations | KB |\n|---|---|---:|---:|");
    let [few, many] = [rounds(FEW)?, rounds(MANY)?];
    for (few, many) in few.into_iter().zip(many) {
        let more = Count { pieces: many.count.pieces - few.count.pieces, bytes: many.count.bytes - few.count.bytes };
        line(many.name, many.who, more.shared_by((MANY - FEW) as f64));
    }
    out.map_or(Ok(()), |file| std::fs::write(file, lines).map_err(|e| format!("{file}: {e}")))
}

const STAGES: [&str; 6] =
    ["parse", "identify", "decide, all known", "decide, all new", "find 1,000 terms", "find them and 100 names"];

/// The counts of [`STAGES`] for one document of 30 items and 50 KB.
fn stages(format: Format, language: usize) -> [Count; 6] {
    let start: DateTime<Utc> = "2026-11-24T06:00:00Z".parse().expect("a date");
    let now = Time::from_utc(start);
    let feed = Feed { number: language as u64, format, language: &LANGUAGES[language], bytes: 50_000 };
    let text = feed.document(0, start);
    let situation = || Situation { baseline: None, biggest_burst: 100, outage: None, now };
    let document = Document { bytes: text.as_bytes(), content_type: Some(format.content_type()), base: None };
    let watchlists = [0, NAMES].map(|names| {
        let terms = corpus::terms(TERMS).into_iter().enumerate();
        let terms = terms.map(|(n, term)| WatchTerms { terms: vec![term], ..WatchTerms::new(watch("term", n)) });
        let people = ground::people(names).into_iter().enumerate();
        let people = people.map(|(n, name)| WatchTerms { names: vec![name], ..WatchTerms::new(watch("name", n)) });
        Watchlist::compile(&terms.chain(people).collect::<Vec<_>>())
    });
    let pass = || {
        let (parsing, parsed) = Count::of(|| parse(document, Limits::default()));
        let parsed = parsed.expect("the corpus is made of feeds");
        let mut items = parsed.items;
        items.iter_mut().for_each(|i| i.language = i.language.take().or_else(|| parsed.language.clone()));
        let kept: Vec<Item> = items.clone();
        let (identifying, identified) = Count::of(|| identify(items, KeyKind::Guid));
        let again = identified.clone();
        let (deciding_new, decision) = Count::of(|| decide(identified, Vec::new(), situation()));
        let known = known(decision);
        let (deciding_known, _) = Count::of(|| decide(again, known, situation()));
        let find = |list: &Watchlist| kept.iter().map(|item| list.find(item, |_| true).len()).sum::<usize>();
        let [terms, names] = watchlists.each_ref().map(|list| Count::of(|| find(list)).0);
        [parsing, identifying, deciding_known, deciding_new, terms, names]
    };
    // What is made once for all documents is made by the first, and words are met for the first time.
    pass();
    pass()
}

fn watch(kind: &str, number: usize) -> WatchName {
    WatchName::new(format!("{kind} {number}"))
}

/// What a store knows after it has settled a document.
fn known(decision: Decision) -> Vec<Known> {
    let row = |(at, Remembered { record, .. })| Known { row: at as i64, text: None, record };
    decision.records.into_iter().enumerate().map(row).collect()
}

/// One round of one program.
struct Round {
    name: &'static str,
    who: &'static str,
    count: Count,
}

/// Cold, unchanged, one in ten changed and without validators, over so many feeds.
fn rounds(feeds: u64) -> Result<Vec<Round>, String> {
    let mut server = ground::Server::start(feeds, false)?;
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).map_err(|e| e.to_string())?;
    let addresses = ground::addresses(server.port, feeds, false);
    ground::write(folder.path(), &addresses, (TERMS, NAMES)).map_err(|e| e.to_string())?;
    let mut out = Vec::new();
    for (name, order) in [
        ("cold", None),
        ("unchanged", None),
        ("one in ten changed", Some("step")),
        ("unchanged, no validators", Some("validators off")),
    ] {
        order.map_or(Ok(()), |order| server.order(order))?;
        for (who, word) in [("feedwatch", "ours"), ("the floor", "floor")] {
            out.push(Round { name, who, count: counted(word, folder.path())? });
        }
        let (documents, not_modified) = server.answered()?;
        if documents + not_modified != 2 * feeds {
            return Err(format!("a round of {feeds} feeds asked {documents} and {not_modified} times"));
        }
    }
    Ok(out)
}

/// Where the process of a round says what it has counted.
const COUNTED: &str = "counted";

fn counted(who: &str, folder: &Path) -> Result<Count, String> {
    let mut command = Command::new(std::env::current_exe().map_err(|e| e.to_string())?);
    let status =
        command.arg(who).arg(folder).stdout(Stdio::null()).stderr(Stdio::null()).status().map_err(|e| e.to_string())?;
    let said = std::fs::read_to_string(folder.join(COUNTED)).map_err(|e| format!("{COUNTED}: {e}"))?;
    let count = said.split_once(' ').and_then(|(a, b)| Some(Count { pieces: a.parse().ok()?, bytes: b.parse().ok()? }));
    count.filter(|_| status.success()).ok_or_else(|| format!("the round ended with {status} and {said:?}"))
}

/// Makes one round in this process.
fn round(who: &str, folder: &Path) -> Result<(), String> {
    let (count, done) = Count::of(|| match who {
        "floor" => floor::run(folder, TERMS),
        _ => {
            let file = folder.join("feedwatch.toml");
            let words = ["feedwatch", "once", "--all", "--json", "-c"].map(Into::into);
            match feedwatch::cli::run(words.into_iter().chain([file.into_os_string()])) {
                ExitCode::SUCCESS => Ok(()),
                code => Err(format!("the round ended with {code:?}")),
            }
        }
    });
    std::fs::write(folder.join(COUNTED), format!("{} {}", count.pieces, count.bytes)).map_err(|e| e.to_string())?;
    done
}
