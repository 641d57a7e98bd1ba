//! How fast a compiled watchlist reads: `cargo bench --bench find [-- WORDS]`, where words narrow what is run to lines holding one of them.
//! `--out=FILE` writes the lines of watchlists also there, in columns that tabs part.
//!
//! Time is that of the processor, as the kernel counts it for this thread, so that a busy machine blurs the figures little.

#[path = "find/text.rs"]
mod text;
#[path = "find/watches.rs"]
mod watches;

use std::hint::black_box;

use feedwatch::matcher::{WatchTerms, Watchlist};
use feedwatch::model::{Item, ItemText};
use text::{LANGUAGES, Language};

/// Bytes of each language.
const BYTES: usize = 2 << 20;

/// Passes, of which the median counts.
const PASSES: usize = 5;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let wants = |line: &str| wanted.is_empty() || wanted.iter().any(|w| line.contains(w.as_str()));
    let out = std::env::args().find_map(|a| a.strip_prefix("--out=").map(str::to_owned));
    let mut lines = String::from("terms\tkind\tmb_a_second\tbytes_a_hit\tcompiled_ms\tresident_mb\n");
    let items: Vec<Vec<Item>> =
        LANGUAGES.iter().map(|l| l.items(BYTES).into_iter().map(|t| item(t, l.tag)).collect()).collect();
    let all: Vec<&Item> = items.iter().flatten().collect();
    let total: usize = all.iter().map(|i| i.text.body.len()).sum();
    println!("{:.1} MB in {} items of {} languages", total as f64 / 1e6, all.len(), LANGUAGES.len());
    for count in [100, 1_000, 10_000, 100_000] {
        for dense in [true, false] {
            let kind = if dense { "dense" } else { "sparse" };
            let figures = measured(&format!("{count} {kind}"), &all, &wants, || watches::of(count, dense));
            if let Some(figures) = figures {
                lines += &format!("{count}\t{kind}\t{}\n", figures.map(|f| format!("{f:.1}")).join("\t"));
            }
        }
    }
    for dense in [true, false] {
        let kind = if dense { "dense" } else { "sparse" };
        let _ = measured(&format!("1000 queries, {kind}"), &all, &wants, || watches::queries(1_000, dense));
    }
    if let Some(file) = out {
        std::fs::write(&file, lines).unwrap_or_else(|e| eprintln!("{file}: {e}"));
    }
    for (count, dense) in [(100, false), (100_000, true)] {
        let kind = if dense { "dense" } else { "sparse" };
        let line = |l: &Language| format!("languages, {count} {kind}, {}", l.tag);
        if !LANGUAGES.iter().any(|l| wants(&line(l))) {
            continue;
        }
        let list = Watchlist::compile(&watches::of(count, dense));
        for (language, items) in LANGUAGES.iter().zip(&items).filter(|(l, _)| wants(&line(l))) {
            let bytes: usize = items.iter().map(|i| i.text.body.len()).sum();
            let hits: usize = items.iter().map(|i| find(&list, i)).sum();
            // The kernel counts in steps of milliseconds.
            let seconds = median(|| (0..8).map(|_| items.iter().map(|i| find(&list, i)).sum::<usize>()).sum()) / 8.0;
            let (speed, apart) = (bytes as f64 / 1e6 / seconds, bytes / hits.max(1));
            println!("{}: {speed:.1} MB/s, a hit every {apart} bytes", line(language));
        }
    }
}

/// One line: a watchlist compiled, and all items read with it. MB/s, bytes a hit, milliseconds to compile, MB it holds.
fn measured(
    line: &str,
    all: &[&Item],
    wants: &dyn Fn(&str) -> bool,
    watches: impl Fn() -> Vec<WatchTerms>,
) -> Option<[f64; 4]> {
    if !wants(line) {
        return None;
    }
    let watches = watches();
    let before = resident();
    let (list, compiled) = timed(|| Watchlist::compile(&watches));
    let held = resident().saturating_sub(before);
    let hits: usize = all.iter().map(|i| find(&list, i)).sum();
    let seconds = median(|| all.iter().map(|i| find(&list, i)).sum());
    let total: usize = all.iter().map(|i| i.text.body.len()).sum();
    let [speed, apart] = [total as f64 / 1e6 / seconds, (total / hits.max(1)) as f64];
    let [milliseconds, megabytes] = [compiled * 1e3, held as f64 / 1e6];
    println!(
        "{line}: {speed:.1} MB/s, a hit every {apart} bytes, compiled in {milliseconds:.1} ms, {megabytes:.1} MB more resident"
    );
    Some([speed, apart, milliseconds, megabytes])
}

fn find(list: &Watchlist, item: &Item) -> usize {
    list.find(black_box(item), |_| true).iter().map(|f| f.hits.len()).sum()
}

fn item(body: String, tag: &str) -> Item {
    Item { text: ItemText { body, ..ItemText::default() }, language: Some(tag.to_owned()), ..Item::default() }
}

fn median(mut pass: impl FnMut() -> usize) -> f64 {
    let mut times: Vec<f64> = (0..PASSES).map(|_| timed(|| black_box(pass())).1).collect();
    times.sort_by(f64::total_cmp);
    times[PASSES / 2]
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let before = processor_time();
    let out = work();
    (out, (processor_time() - before) as f64 / 1e9)
}

/// Nanoseconds that this thread has run.
fn processor_time() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux counts the time of threads");
    stat.split(' ').next().and_then(|n| n.parse().ok()).expect("a number")
}

/// Bytes of this process in memory.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/statm").expect("Linux counts the memory of processes");
    status.split(' ').nth(1).and_then(|n| n.parse::<usize>().ok()).expect("a number") * 4096
}
