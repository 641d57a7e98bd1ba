//! The compiled watchlist beside what one would use without it, on the same text in one run:
//! `cargo run --release --manifest-path benches/peers/Cargo.toml [-- TERMS…]`.
//!
//! Each reads all the text in turn, five times over, on one thread; a figure is the median of the processor time that
//! the kernel counts for it. The peers do less: none knows of affixes, phrases, exclusions, borders of words in
//! scripts without spaces, or says where and how a term was found in the original.

#[path = "../../find/text.rs"]
mod text;
#[path = "../../find/watches.rs"]
mod watches;

use std::collections::HashSet;
use std::hint::black_box;

use feedwatch::matcher::Watchlist;
use feedwatch::model::{Item, ItemText};
use tantivy::tokenizer::{AsciiFoldingFilter, LowerCaser, SimpleTokenizer, TextAnalyzer};
use text::LANGUAGES;

/// Bytes of each language.
const BYTES: usize = 2 << 20;

/// Times that each reads the text.
const ROUNDS: usize = 5;

/// Terms beside which as many queries are asked.
const QUERIES: usize = 1_000;

/// Terms beyond which one expression takes minutes a pass.
const REGEX_MOST: usize = 100;

fn main() {
    let wanted: Vec<usize> = std::env::args().skip(1).filter_map(|a| a.parse().ok()).collect();
    let items: Vec<Item> = LANGUAGES.iter().flat_map(|l| l.items(BYTES).into_iter().map(|t| item(t, l.tag))).collect();
    let bytes: usize = items.iter().map(|i| i.text.body.len()).sum();
    println!("{:.1} MB in {} items of {} languages", bytes as f64 / 1e6, items.len(), LANGUAGES.len());
    for count in [100, 1_000, 10_000, 100_000] {
        if !wanted.is_empty() && !wanted.contains(&count) {
            continue;
        }
        for dense in [false, true] {
            let mut peers = peers(count, dense);
            if count == QUERIES {
                let list = Watchlist::compile(&watches::queries(count, dense));
                let find = move |item: &Item| list.find(item, |_| true).iter().map(|f| f.hits.len()).sum();
                peers.push(Peer { name: "feedwatch, queries", built: (0.0, 0), find: Box::new(find) });
            }
            let mut times: Vec<Vec<f64>> = vec![Vec::new(); peers.len()];
            for _ in 0..ROUNDS {
                for (peer, times) in peers.iter_mut().zip(&mut times) {
                    let before = processor_time();
                    for item in &items {
                        black_box((peer.find)(black_box(item)));
                    }
                    times.push((processor_time() - before) as f64 / 1e9);
                }
            }
            let speeds: Vec<f64> = times.iter_mut().map(|t| bytes as f64 / 1e6 / median(t)).collect();
            for (peer, speed) in peers.iter().zip(&speeds) {
                let kind = if dense { "dense" } else { "sparse" };
                println!(
                    "{count:>6} {kind:<6} {:<22} {speed:>7.1} MB/s, ours {:.2} times, built in {:.0} ms, {:.1} MB",
                    peer.name,
                    speeds[0] / speed,
                    peer.built.0 * 1e3,
                    peer.built.1 as f64 / 1e6
                );
            }
        }
    }
}

/// One of those compared.
struct Peer {
    name: &'static str,
    /// Seconds that it took, and bytes more in memory than before; memory that was free already is not seen.
    built: (f64, usize),
    find: Box<dyn FnMut(&Item) -> usize>,
}

/// Ours first.
fn peers(count: usize, dense: bool) -> Vec<Peer> {
    let watches = watches::of(count, dense);
    let terms: Vec<String> = {
        let all: HashSet<&String> = watches.iter().flat_map(|w| &w.terms).collect();
        let mut all: Vec<String> = all.into_iter().cloned().collect();
        all.sort();
        all
    };
    let (list, built) = built(|| Watchlist::compile(&watches));
    let mut out = vec![Peer {
        name: "feedwatch",
        built,
        find: Box::new(move |item| list.find(item, |_| true).iter().map(|f| f.hits.len()).sum()),
    }];
    let (set, built) = self::built(|| terms.iter().cloned().collect::<HashSet<String>>());
    let mut analyzer =
        TextAnalyzer::builder(SimpleTokenizer::default()).filter(LowerCaser).filter(AsciiFoldingFilter).build();
    out.push(Peer {
        name: "tantivy and a set",
        built,
        find: Box::new(move |item| {
            let mut found = 0;
            analyzer
                .token_stream(&item.text.body)
                .process(&mut |token| found += usize::from(set.contains(&token.text)));
            found
        }),
    });
    let (bytewise, built) =
        self::built(|| daachorse::DoubleArrayAhoCorasick::<u32>::new(&terms).expect("the terms differ"));
    out.push(Peer {
        name: "daachorse, bytes",
        built,
        find: Box::new(move |item| bytewise.find_overlapping_iter(&item.text.body).count()),
    });
    let (charwise, built) =
        self::built(|| daachorse::CharwiseDoubleArrayAhoCorasick::<u32>::new(&terms).expect("the terms differ"));
    out.push(Peer {
        name: "daachorse, characters",
        built,
        find: Box::new(move |item| charwise.find_overlapping_iter(&item.text.body).count()),
    });
    if count <= REGEX_MOST {
        let any: Vec<String> = terms.iter().map(|t| regex::escape(t)).collect();
        let pattern = format!(r"(?i)\b(?:{})\b", any.join("|"));
        let build = || regex::RegexBuilder::new(&pattern).size_limit(1 << 28).dfa_size_limit(1 << 28).build();
        let (expression, built) = self::built(build);
        let expression = expression.expect("the expression is sound");
        out.push(Peer {
            name: "regex",
            built,
            find: Box::new(move |item| expression.find_iter(&item.text.body).count()),
        });
    }
    out
}

fn item(body: String, tag: &str) -> Item {
    Item { text: ItemText { body, ..ItemText::default() }, language: Some(tag.to_owned()), ..Item::default() }
}

/// Something built, with the seconds and bytes of [`Peer::built`].
fn built<T>(build: impl FnOnce() -> T) -> (T, (f64, usize)) {
    let (time, memory) = (processor_time(), resident());
    let out = build();
    (out, ((processor_time() - time) as f64 / 1e9, resident().saturating_sub(memory)))
}

/// Bytes of this process in memory.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/statm").expect("Linux counts the memory of processes");
    status.split(' ').nth(1).and_then(|n| n.parse::<usize>().ok()).expect("a number") * 4096
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Nanoseconds that this thread has run.
fn processor_time() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux counts the time of threads");
    stat.split(' ').next().and_then(|n| n.parse().ok()).expect("a number")
}
