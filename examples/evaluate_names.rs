//! How good the names across scripts are: trains on four fifths of the pairs, weighs the second stage on one half of the
//! rest, measures on the other.
//!
//! `cargo run --release --example evaluate_names [FOLDER [SCRIPT…]]` prints a table; with `SHOW=N` in the environment the
//! N surest false hits of each source too.

#[path = "names/affixes.rs"]
mod affixes;
#[path = "names/align.rs"]
mod align;
#[path = "names/calibrate.rs"]
#[allow(dead_code, reason = "shared by two examples, each of which needs a part")]
mod calibrate;
#[path = "names/corpus.rs"]
mod corpus;
#[path = "names/learn.rs"]
mod learn;
#[path = "names/measure.rs"]
mod measure;
#[path = "names/train.rs"]
mod train;
#[path = "names/weigh.rs"]
mod weigh;

use std::path::PathBuf;

use feedwatch::matcher::names::letters::Script;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "../shared/names".to_owned()));
    let only: Vec<Script> = arguments.filter_map(|a| Script::by_code(&a)).collect();
    let model = match std::env::var_os("MODEL").and_then(|f| std::fs::read(f).ok()) {
        Some(file) => feedwatch::matcher::names::model::Model::read(&file),
        None => train::train(&folder, &only, |key| !corpus::is_measured(key)),
    };
    let model: &'static _ = Box::leak(Box::new(model));
    let even = |key: &str| key.bytes().map(u32::from).sum::<u32>() % 2 == 0;
    let weights = calibrate::weigh(&calibrate::measure(&folder, model, even));
    let show: usize = std::env::var("SHOW").ok().and_then(|n| n.parse().ok()).unwrap_or(0);
    println!(
        "| words | names | source | names | running words | recall at 1 in 20,000 | at 1 in 100,000 (false hits) | at 1 in 1,000,000 (false hits) | normal: recall, one false hit in | strict |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for (to, from, source, f) in calibrate::measure(&folder, model, |key| !even(key)) {
        let (w, [strict, normal, _]) = &weights[&to];
        let running = f.tests as usize / f.names;
        print!("| {} | {} | {source} | {} | {running} |", to.code(), from.code(), f.names);
        for one_in in [2e4, 1e5, 1e6] {
            let (t, n) = f.threshold(w, one_in);
            print!(" {:.1} % ({n}) |", f.recall(w, t));
        }
        for t in [normal, strict] {
            let n = f.false_hits(w, *t);
            print!(" {:.1} %, {:.0} |", f.recall(w, *t), f.tests / f64::from(n.max(1)));
        }
        println!();
        let mut wrong: Vec<_> = f.wrong.iter().map(|x| (x.facts.judge(w), x)).collect();
        wrong.sort_by(|a, b| b.0.total_cmp(&a.0));
        for (score, x) in wrong.iter().take(show) {
            println!("    {score:.1} {} {} {:?}", x.count, x.what, x.facts);
        }
    }
}
