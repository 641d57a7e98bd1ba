//! What a document costs in memory while it is read, beside its own size: `cargo bench --bench memory -- FOLDER`, over
//! each file below the folder; without one, over documents of the corpus that the other benchmarks make.
//!
//! Counted is the heap alone, from the bytes as they came to the parsed feed: what a process needs besides (the program
//! itself, tables that it reads, stacks of threads) is there once, however many documents it reads.

#[expect(dead_code, reason = "this one needs its documents alone")]
mod corpus;

use std::path::{Path, PathBuf};

use corpus::words::LANGUAGES;
use corpus::{Feed, Format};
use feedwatch::parser::{Document, Limits, parse};
use peak_alloc::PeakAlloc;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// What the reading of any document begins with: names, tables, buffers.
const START: usize = 32 * 1024;

/// What one document took.
struct Cost {
    name: String,
    size: usize,
    peak: usize,
}

impl Cost {
    fn times(&self) -> f64 {
        self.peak as f64 / self.size.max(1) as f64
    }
}

fn main() {
    // Cargo adds `--bench`.
    let folder = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let documents: Vec<(String, Vec<u8>)> = match folder {
        Some(folder) => files(Path::new(&folder)).into_iter().filter_map(|path| read(&path)).collect(),
        None => made(),
    };
    // What is made once for all documents is made by the first.
    for (_, bytes) in documents.iter().take(20) {
        cost("", bytes);
    }
    let mut costs: Vec<Cost> = documents.iter().map(|(name, bytes)| cost(name, bytes)).collect();
    costs.sort_by(|a, b| a.times().total_cmp(&b.times()));
    let Some(last) = costs.len().checked_sub(1) else { return println!("no documents") };
    let at = |share: f64| costs[(last as f64 * share) as usize].times();
    println!("{} documents, {} bytes", costs.len(), costs.iter().map(|c| c.size).sum::<usize>());
    println!("heap, times the size: median {:.2}, 99 % {:.2}, most {:.2}", at(0.5), at(0.99), at(1.0));
    // What a reader needs before the first byte weighs beside a document of some bytes.
    let large = || costs.iter().filter(|cost| cost.size >= 16 * 1024);
    let most = large().map(Cost::times).fold(0.0, f64::max);
    println!("of the {} documents of 16 KiB and more: most {most:.2}", large().count());
    let over = costs.iter().filter(|cost| cost.peak > 10 * cost.size + START).count();
    println!("over ten times the size and {} KiB besides: {over}", START / 1024);
    costs.sort_by_key(|cost| cost.peak.saturating_sub(START) / cost.size.max(1));
    for cost in costs.iter().rev().take(10) {
        println!("{:>8.2}  {:>9} of {:>8}  {}", cost.times(), cost.peak, cost.size, cost.name);
    }
}

fn cost(name: &str, bytes: &[u8]) -> Cost {
    HEAP.reset_peak_usage();
    let before = HEAP.current_usage();
    let parsed = parse(Document { bytes, content_type: None, base: None }, Limits::default());
    let peak = HEAP.peak_usage().saturating_sub(before);
    drop(parsed);
    Cost { name: name.to_owned(), size: bytes.len(), peak }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut found: Vec<PathBuf> =
        entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect();
    found.sort();
    found
}

fn read(path: &Path) -> Option<(String, Vec<u8>)> {
    Some((path.display().to_string(), std::fs::read(path).ok()?))
}

fn made() -> Vec<(String, Vec<u8>)> {
    let formats = Format::ALL;
    let feed = |number: usize| Feed {
        number: number as u64,
        format: formats[number % formats.len()],
        language: &LANGUAGES[number % LANGUAGES.len()],
        bytes: 1000 << (number % 8),
    };
    let start = "2026-11-24T06:00:00Z".parse().expect("a date");
    (0..100).map(|number| (format!("made {number}"), feed(number).document(0, start).into_bytes())).collect()
}
