//! Names beside terms: `cargo bench --bench names`. Mixed text of sixteen languages, 1,000 terms, and none, 100, 1,000 and 10,000 names.
//!
//! Other numbers of names may be given: `cargo bench --bench names -- 300`. Every line has the speed with an empty cache and, in a second reading of the same text, with a full one; then how
//! long a watchlist takes to compile, its tables for every script included, and how much memory it holds.

#[path = "find/text.rs"]
mod text;

use std::hint::black_box;

use feedwatch::matcher::{WatchTerms, Watchlist};
use feedwatch::model::{Item, ItemText, WatchName};
use text::{Chance, LANGUAGES};

/// Bytes of each language.
const BYTES: usize = 1 << 20;

/// A feed as most are, in bytes.
const FEED: usize = 53_000;

fn main() {
    let items: Vec<Item> = LANGUAGES
        .iter()
        .flat_map(|l| l.items(BYTES).into_iter().map(|body| item(body, l.tag)).collect::<Vec<_>>())
        .collect();
    let total: usize = items.iter().map(|i| i.text.body.len()).sum();
    println!("{:.1} MB in {} items of {} languages", total as f64 / 1e6, items.len(), LANGUAGES.len());
    let asked: Vec<usize> = std::env::args().filter_map(|a| a.parse().ok()).collect();
    for count in if asked.is_empty() { vec![0, 100, 1_000, 10_000] } else { asked } {
        let watches = watches(count);
        let before = resident();
        let (list, compiled) = timed(|| Watchlist::compile(&watches));
        // The tables of a script are made when its first word comes.
        let (_, tables) = timed(|| first_of_each(&items, &list));
        let held = resident().saturating_sub(before);
        let fresh = Watchlist::compile(&watches);
        first_of_each(&items, &fresh);
        let (hits, cold) = timed(|| read(&items, &fresh));
        let (_, warm) = timed(|| read(&items, &fresh));
        println!(
            "{count} names: {:.1} MB/s empty, {:.1} MB/s full ({:.2} ms a feed of 53 KB), {hits} hits, compiled in {:.0} ms and {:.0} ms of tables, {:.1} MB",
            total as f64 / 1e6 / cold,
            total as f64 / 1e6 / warm,
            warm * 1e3 * FEED as f64 / total as f64,
            compiled * 1e3,
            tables * 1e3,
            held as f64 / 1e6
        );
    }
}

fn read(items: &[Item], list: &Watchlist) -> usize {
    items.iter().map(|i| list.find(black_box(i), |_| true).iter().map(|f| f.hits.len()).sum::<usize>()).sum()
}

/// Reads the first words of each language.
fn first_of_each(items: &[Item], list: &Watchlist) -> usize {
    let mut seen: Vec<&str> = Vec::new();
    let first = items.iter().filter(|i| {
        let tag = i.language.as_deref().unwrap_or("");
        let new = !seen.contains(&tag);
        seen.push(tag);
        new
    });
    first
        .map(|i| {
            let body: String = i.text.body.chars().take(20).collect();
            list.find(&item(body, i.language.as_deref().unwrap_or("")), |_| true).len()
        })
        .sum()
}

/// 1,000 terms, and names invented of Latin syllables, each a watch's only one.
fn watches(names: usize) -> Vec<WatchTerms> {
    let words: Vec<Vec<String>> = LANGUAGES.iter().map(|l| l.words(3, 64)).collect();
    let terms: Vec<String> = (0..1_000).map(|n| words[n % 16][n / 16].clone()).collect();
    let terms = terms.chunks(10).enumerate().map(|(w, terms)| WatchTerms {
        terms: terms.to_vec(),
        ..WatchTerms::new(WatchName::new(format!("terms {w}")))
    });
    let mut chance = Chance::new(9);
    let mut syllable = |all: &[&'static str]| all[chance.below(all.len() as u64) as usize];
    let mut name = move || {
        let first =
            syllable(&["Ba", "Ro", "Tsch", "Mi", "Na", "Po", "Ya", "Sche", "Kar", "Vol", "Gri", "Mac", "O", "Al"]);
        let middle =
            syllable(&["lo", "ran", "mi", "pe", "sta", "der", "ki", "gor", "va", "li", "ne", "bri", "to", "ru"]);
        let third = syllable(&["", "ni", "do", "la", "men", "si", "ch", "vi", "ro"]);
        let last = syllable(&["ov", "son", "berg", "nko", "ski", "ni", "eo", "man", "dze", "yan", "ez", "ard"]);
        format!("{first}{middle}{third}{last}")
    };
    let names = (0..names)
        .map(move |n| WatchTerms { names: vec![name()], ..WatchTerms::new(WatchName::new(format!("name {n}"))) });
    terms.chain(names).collect()
}

fn item(body: String, tag: &str) -> Item {
    Item { text: ItemText { body, ..ItemText::default() }, language: Some(tag.to_owned()), ..Item::default() }
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
