//! How good one story is told from another: pairs of rewritten agency copy and of reports that only look alike, each held
//! against the other as the planner does.
//!
//! `cargo run --release --example evaluate_stories [SEED [PAIRS]]` prints the table of `docs/stories.md`; with `SHOW=N` in the
//! environment N pairs of each kind that were judged wrongly.

#[path = "stories/pairs.rs"]
mod pairs;

use feedwatch::text::sketch::Sketch;
use pairs::{Kind, Pair, Report, pairs};

fn sketch(report: &Report) -> Sketch {
    Sketch::of(&report.title, &report.text, "").expect("enough text")
}

/// Whether an index finds one by the other, and whether they are then held for one.
fn judged(pair: &Pair) -> (bool, bool) {
    let (a, b) = (sketch(&pair.a), sketch(&pair.b));
    let found = a.bands().iter().any(|band| b.bands().binary_search(band).is_ok());
    (found, found && a.is_near(&b))
}

fn main() {
    let mut arguments = std::env::args().skip(1).filter_map(|a| a.parse::<u64>().ok());
    let seed = arguments.next().unwrap_or(1);
    let each = arguments.next().unwrap_or(400) as usize;
    let show: usize = std::env::var("SHOW").ok().and_then(|n| n.parse().ok()).unwrap_or(0);
    let all: Vec<(Pair, (bool, bool))> =
        pairs(seed, each).into_iter().map(|pair| (judged(&pair), pair)).map(|(j, p)| (p, j)).collect();
    let mut languages: Vec<&str> = all.iter().map(|(pair, _)| pair.language).collect();
    languages.dedup();
    println!("seed {seed}, {each} pairs of each kind in each language\n");
    println!("| pairs | {} | all |", languages.join(" | "));
    println!("|---|{}---|", "---|".repeat(languages.len()));
    for kind in Kind::ALL {
        let share = |language: Option<&str>| {
            let of: Vec<_> =
                all.iter().filter(|(p, _)| p.kind == kind && language.is_none_or(|l| p.language == l)).collect();
            let near = of.iter().filter(|(_, (_, near))| *near).count();
            format!("{:.1} %", 100.0 * near as f64 / of.len() as f64)
        };
        let each: Vec<String> = languages.iter().map(|l| share(Some(l))).collect();
        println!("| {} | {} | {} |", kind.said(), each.join(" | "), share(None));
    }
    let near = |one: bool| all.iter().filter(|(p, (_, near))| p.kind.is_one() == one && *near).count() as f64;
    let ones = all.iter().filter(|(p, _)| p.kind.is_one()).count() as f64;
    let missed = all.iter().filter(|(p, (found, _))| p.kind.is_one() && !found).count();
    println!(
        "\nprecision {:.4}, recall {:.4}; {missed} of {ones} that belong together are not found by the index",
        near(true) / (near(true) + near(false)),
        near(true) / ones
    );
    for kind in Kind::ALL {
        for (pair, judged) in all.iter().filter(|(p, (_, near))| p.kind == kind && *near != kind.is_one()).take(show) {
            let (a, b) = (sketch(&pair.a), sketch(&pair.b));
            println!(
                "\n{kind:?} {judged:?} {:.2?} {:.2} contradicts: {}",
                a.likeness(&b),
                a.beginning(&b),
                a.contradicts(&b)
            );
            println!("  {}: {}\n  {}: {}", pair.a.title, pair.a.text, pair.b.title, pair.b.text);
        }
    }
}
