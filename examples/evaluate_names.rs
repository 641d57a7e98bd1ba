//! How good the names across scripts are: trains on four fifths of the pairs, weighs the second stage on one half of the
//! rest, measures on the other.
//!
//! `cargo run --release --example evaluate_names [FOLDER [SCRIPT…]]` prints a table; with `SHOW=N` in the environment the
//! N surest false hits of each source too.

#[path = "names/affixes.rs"]
mod affixes;
#[path = "names/align.rs"]
mod align;
#[path = "names/attested.rs"]
mod attested;
#[path = "names/calibrate.rs"]
mod calibrate;
#[path = "names/corpus.rs"]
mod corpus;
#[path = "names/learn.rs"]
mod learn;
#[path = "names/measure.rs"]
mod measure;
#[path = "names/skeleton.rs"]
mod skeleton;
#[path = "names/through.rs"]
mod through;
#[path = "names/train.rs"]
mod train;
#[path = "names/weigh.rs"]
mod weigh;

use std::path::{Path, PathBuf};

use feedwatch::matcher::names::judge::FACTS;
use feedwatch::matcher::names::letters::Script;
use feedwatch::matcher::names::model::Model;
use feedwatch::matcher::names::{Names, Sensitivity, Sought};

use corpus::Pair;

/// The tables, in the words of their heads.
const BY_SOURCE: &str = "| words | names | source | names | running words | at 1 in 20,000 | at 1 in 100,000 | at 1 in 1,000,000 | skeletons at these | at normal | at strict | at wide |
|---|---|---|---|---|---|---|---|---|---|---|---|";

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "../shared/names".to_owned()));
    let only: Vec<Script> = arguments.filter_map(|a| Script::by_code(&a)).collect();
    let show: usize = std::env::var("SHOW").ok().and_then(|n| n.parse().ok()).unwrap_or(0);
    let part: &'static Model = Box::leak(Box::new(train::train(&folder, &only, |key| !corpus::is_measured(key))));
    let calibrated = calibrate::calibrate(&folder, part, even);
    let mut model = part.clone();
    calibrate::apply(&mut model, &calibrated);
    let model: &'static Model = Box::leak(Box::new(model));
    if show > 0 {
        println!("{calibrated:?}");
    }
    println!("{BY_SOURCE}");
    for (to, from, source, f) in calibrate::measure(&folder, part, |key| !even(key)) {
        let script = if to == Script::Latin { from } else { to };
        let all = ["wikidata", "places", "anetac"].map(|s| corpus::pairs(&folder, script, s)).concat();
        let mut pairs = corpus::pairs(&folder, script, source);
        pairs.retain(|p| is_asked(&corpus::key(&p.latin)));
        let texts = measure::texts(&folder, to);
        let w = &calibrated[&to].weights;
        print!("| {} | {} | {source} | {} | {} |", to.code(), from.code(), f.names, f.tests as usize / f.names);
        at_rates(&f, w);
        if to == Script::Latin {
            print!(" |");
        } else {
            let [wide, normal, strict] = skeleton::recall(part, to, &pairs, &measure::joined(&texts), 1000);
            print!(" {wide:.1}, {normal:.1}, {strict:.1} % |");
        }
        let most = if to == Script::Latin { 1000 } else { 2000 };
        by_sensitivity(&|s| measure::shipped((model, s), to, &pairs, &texts, most, &all));
        let mut wrong: Vec<_> = f.wrong.iter().map(|x| (x.judge(w), x)).collect();
        wrong.sort_by(|a, b| b.0.total_cmp(&a.0));
        for (score, x) in wrong.iter().take(show) {
            println!("    {score:.1} {} {} {:?}", x.count, x.what, x.facts);
        }
    }
    let has = |s: Script| only.is_empty() || only.contains(&s);
    across(&folder, model, &has);
    inside_runs(&folder, model, &has);
    known(model, &has);
}

/// The half of the names that nothing was learnt from, that is measured on.
fn is_asked(key: &str) -> bool {
    corpus::is_measured(key) && !even(key)
}

fn even(key: &str) -> bool {
    key.bytes().map(u32::from).sum::<u32>() % 2 == 0
}

/// Recall at three rates of false hits, read off the measured text.
fn at_rates(f: &measure::Figures, weights: &[f32; FACTS]) {
    for one_in in [2e4, 1e5, 1e6] {
        let (t, n) = f.threshold(weights, one_in);
        print!(" {:.1} % ({n}) |", f.recall(weights, t));
    }
}

/// Recall, in how many words there was a false hit, how many that were, and how many names have far more than they may.
fn by_sensitivity(measure: &dyn Fn(Sensitivity) -> measure::Shipped) {
    for sensitivity in [Sensitivity::Normal, Sensitivity::Strict, Sensitivity::Wide] {
        let s = measure(sensitivity);
        let recall = 100.0 * s.found.0 as f64 / s.found.1.max(1) as f64;
        let one_in = s.wrong.1 / f64::from(s.wrong.0.max(1));
        print!(" {recall:.1} %, 1 in {one_in:.0} ({}), {} of {} loud |", s.wrong.0, s.loud, s.names);
    }
    println!();
}

/// Names of one script in words of another, neither of them Latin.
fn across(folder: &Path, model: &'static Model, has: &dyn Fn(Script) -> bool) {
    use Script::{Arabic, Cyrillic, Hangul, Hebrew, Katakana};
    println!("\n| words | names | at normal | at strict | at wide |\n|---|---|---|---|---|");
    let both = [(Arabic, Cyrillic), (Arabic, Hebrew), (Hebrew, Cyrillic), (Katakana, Cyrillic), (Hangul, Katakana)];
    for (from, to) in both.into_iter().flat_map(|(a, b)| [(a, b), (b, a)]).filter(|(a, b)| has(*a) && has(*b)) {
        let all = corpus::cross(folder, from, to);
        let pairs: Vec<Pair> = all.iter().filter(|(key, _)| is_asked(key)).map(|(_, p)| p.clone()).collect();
        let all: Vec<Pair> = all.into_iter().map(|(_, p)| p).collect();
        let texts = measure::texts(folder, to);
        print!("| {} | {} |", to.code(), from.code());
        by_sensitivity(&|s| measure::shipped((model, s), to, &pairs, &texts, 400, &all));
    }
}

/// Latin names in scripts without spaces, by letters of the text.
fn inside_runs(folder: &Path, model: &'static Model, has: &dyn Fn(Script) -> bool) {
    println!("\n| letters | source | at normal | at strict | at wide |\n|---|---|---|---|---|");
    for (script, source, language) in [(Script::Han, "wikidata", "zh"), (Script::Thai, "places", "th")] {
        if has(script) {
            let mut pairs = corpus::pairs(folder, script, source);
            pairs.retain(|p| is_asked(&corpus::key(&p.latin)));
            let lines = corpus::lines(folder, language);
            print!("| {} | {source} |", script.code());
            by_sensitivity(&|s| measure::in_runs((model, s), script, &pairs, &lines, 400));
        }
    }
}

/// Twenty names of the news in every language.
fn known(model: &'static Model, has: &dyn Fn(Script) -> bool) {
    println!("\n| language | of 20 well-known names | not found |\n|---|---|---|");
    let mut lines = corpus::KNOWN.lines().filter_map(|l| l.split_once('\t'));
    let list: Vec<&str> = lines.next().map(|l| l.1.split(' ').collect()).unwrap_or_default();
    let sought = |n: &&str| Sought { name: (*n).into(), sensitivity: Sensitivity::Normal, beside: false };
    let names = Names::with(model, &list.iter().map(sought).collect::<Vec<_>>());
    for (language, words) in lines {
        let Some(script) = Script::of_word(words).filter(|s| has(*s)) else { continue };
        let code = language.as_bytes().try_into().ok();
        let mut missed = Vec::new();
        for (i, word) in words.split(' ').enumerate() {
            let (mut found, mut in_run) = (Vec::new(), Vec::new());
            names.find(word, &mut found);
            names.find_in_run(word, &mut in_run);
            let mine = found.iter().any(|f| f.name == i as u32 && f.score >= names.threshold(f.name, script, code));
            if !mine && !in_run.iter().any(|(_, f)| f.name == i as u32) {
                missed.push(word);
            }
        }
        println!("| {language} | {} | {} |", 20 - missed.len(), missed.join(" "));
    }
}
