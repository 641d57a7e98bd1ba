//! How good one story is told from another: pairs of rewritten agency copy and of reports that only look alike, each held
//! against the other as the planner does.
//!
//! `cargo run --release --example evaluate_stories [SEED [PAIRS]]` prints the table of `docs/stories.md`; with `SHOW=N` in the
//! environment N pairs of each kind that were judged wrongly. `… evaluate_stories FILE` judges pairs of your own, one a line:
//! `{"kind":"…","language":"en","one":true,"a":{"title":"…","text":"…"},"b":{…}}`, where `one` says whether they are one story.

#[path = "stories/pairs.rs"]
mod pairs;

use std::io::BufRead;

use feedwatch::text::sketch::Sketch;
use pairs::{Report, pairs};
use serde_json::Value;

/// Two reports to be judged.
struct Case {
    kind: String,
    language: String,
    /// Whether they are one story.
    one: bool,
    a: Report,
    b: Report,
}

/// What was judged: whether an index finds one by the other, and whether they are then held for one.
#[derive(Debug, Clone, Copy)]
struct Judged {
    found: bool,
    near: bool,
}

fn sketch(report: &Report) -> Sketch {
    Sketch::of(&report.title, &report.text, "").unwrap_or_default()
}

fn judged(case: &Case) -> Judged {
    let (a, b) = (sketch(&case.a), sketch(&case.b));
    let found = a.bands().iter().any(|band| b.bands().binary_search(band).is_ok());
    Judged { found, near: found && a.is_near(&b) }
}

fn made(seed: u64, each: usize) -> Vec<Case> {
    let case = |pair: pairs::Pair| Case {
        kind: pair.kind.said().to_owned(),
        language: pair.language.to_owned(),
        one: pair.kind.is_one(),
        a: pair.a,
        b: pair.b,
    };
    pairs(seed, each).into_iter().map(case).collect()
}

fn read(path: &str) -> Vec<Case> {
    let file = std::fs::File::open(path).expect("a file");
    let case = |line: String| {
        let value: Value = serde_json::from_str(&line).expect("a JSON object");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let report = |value: &Value| Report { title: text(&value["title"]), text: text(&value["text"]) };
        Case {
            kind: text(&value["kind"]),
            language: text(&value["language"]),
            one: value["one"] == true,
            a: report(&value["a"]),
            b: report(&value["b"]),
        }
    };
    std::io::BufReader::new(file).lines().map(|line| case(line.expect("UTF-8"))).collect()
}

/// The different values, in the order in which they come.
fn different<'a>(all: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut out = Vec::new();
    all.for_each(|value| {
        if !out.contains(&value) {
            out.push(value);
        }
    });
    out
}

fn main() {
    let mut arguments = std::env::args().skip(1).peekable();
    let cases = match arguments.peek().filter(|first| first.parse::<u64>().is_err()) {
        Some(path) => {
            println!("{path}\n");
            read(path)
        }
        None => {
            let mut numbers = arguments.filter_map(|a| a.parse::<u64>().ok());
            let (seed, each) = (numbers.next().unwrap_or(1), numbers.next().unwrap_or(400));
            println!("seed {seed}, {each} pairs of each kind in each language\n");
            made(seed, each as usize)
        }
    };
    let all: Vec<(Judged, Case)> = cases.into_iter().map(|case| (judged(&case), case)).collect();
    table(&all);
    let near = |one: bool| all.iter().filter(|(j, c)| c.one == one && j.near).count() as f64;
    let ones = all.iter().filter(|(_, c)| c.one).count() as f64;
    let missed = all.iter().filter(|(j, c)| c.one && !j.found).count();
    println!(
        "\nprecision {:.4}, recall {:.4}; {missed} of {ones} that belong together are not found by the index",
        near(true) / (near(true) + near(false)),
        near(true) / ones
    );
    let show: usize = std::env::var("SHOW").ok().and_then(|n| n.parse().ok()).unwrap_or(0);
    wrong(&all, show);
}

/// How many of each kind were held for one story, by language.
fn table(all: &[(Judged, Case)]) {
    let languages = different(all.iter().map(|(_, case)| case.language.as_str()));
    println!("| pairs | {} | all |", languages.join(" | "));
    println!("|---|{}---|", "---|".repeat(languages.len()));
    for kind in different(all.iter().map(|(_, case)| case.kind.as_str())) {
        let share = |language: Option<&str>| {
            let of = all.iter().filter(|(_, c)| c.kind == kind && language.is_none_or(|l| c.language == l));
            let (near, all) = of.fold((0, 0), |(near, all), (j, _)| (near + usize::from(j.near), all + 1));
            if all == 0 { "–".to_owned() } else { format!("{:.1} %", 100.0 * near as f64 / all as f64) }
        };
        let each: Vec<String> = languages.iter().map(|l| share(Some(l))).collect();
        println!("| {kind} | {} | {} |", each.join(" | "), share(None));
    }
}

/// So many of each kind that were judged wrongly.
fn wrong(all: &[(Judged, Case)], show: usize) {
    for kind in different(all.iter().map(|(_, case)| case.kind.as_str())) {
        for (judged, case) in all.iter().filter(|(j, c)| c.kind == kind && j.near != c.one).take(show) {
            let (a, b) = (sketch(&case.a), sketch(&case.b));
            println!(
                "\n{kind} {judged:?} {:.2?} {:.2} contradicts: {}",
                a.likeness(&b),
                a.first_in(&b).min(b.first_in(&a)),
                a.contradicts(&b)
            );
            println!("  {}: {}\n  {}: {}", case.a.title, case.a.text, case.b.title, case.b.text);
        }
    }
}
