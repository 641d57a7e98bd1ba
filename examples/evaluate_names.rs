//! How good the names across scripts are: trains on four fifths of the pairs, measures on the rest.
//!
//! `cargo run --release --example evaluate_names [FOLDER [SCRIPT…]]`

#[path = "names/affixes.rs"]
mod affixes;
#[path = "names/align.rs"]
mod align;
#[path = "names/corpus.rs"]
mod corpus;
#[path = "names/learn.rs"]
mod learn;
#[path = "names/measure.rs"]
mod measure;
#[path = "names/train.rs"]
mod train;

use std::path::PathBuf;

use feedwatch::matcher::names::letters::Script;

use measure::Figures;

/// Languages of the parallel texts, with their script.
const TEXTS: [(&str, Script); 16] = [
    ("ar", Script::Arabic),
    ("ru", Script::Cyrillic),
    ("uk", Script::Cyrillic),
    ("bg", Script::Cyrillic),
    ("he", Script::Hebrew),
    ("el", Script::Greek),
    ("ja", Script::Katakana),
    ("ko", Script::Hangul),
    ("hi", Script::Devanagari),
    ("bn", Script::Bengali),
    ("ta", Script::Tamil),
    ("fa", Script::Arabic),
    ("ur", Script::Arabic),
    ("hy", Script::Armenian),
    ("ka", Script::Georgian),
    ("zh", Script::Han),
];

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "../shared/names".to_owned()));
    let only: Vec<Script> = arguments.filter_map(|a| Script::by_code(&a)).collect();
    let start = std::time::Instant::now();
    let model = train::train(&folder, &only, |key| !corpus::is_measured(key));
    eprintln!("trained in {:?}, {} bytes", start.elapsed(), model.write().len());
    let model: &'static _ = Box::leak(Box::new(model));
    println!("| pairs | names | running words | 1/100,000: from, false hits, recall, famous | 1/1,000,000 |");
    for script in Script::ALL {
        if script == Script::Latin || script.is_unspaced() || !only.is_empty() && !only.contains(&script) {
            continue;
        }
        let texts: Vec<_> =
            TEXTS.iter().filter(|t| t.1 == script).map(|t| measure::running(&folder, t.0, script)).collect();
        let all: Vec<Vec<corpus::Pair>> =
            ["wikidata", "places", "anetac"].iter().map(|s| corpus::pairs(&folder, script, s)).collect();
        let listed: Vec<corpus::Pair> = all.concat();
        for (source, pairs) in ["wikidata", "places", "anetac"].iter().zip(&all) {
            let mut pairs = pairs.clone();
            pairs.retain(|p| corpus::is_measured(&corpus::key(&p.latin)));
            if pairs.is_empty() {
                continue;
            }
            let start = std::time::Instant::now();
            let f = measure::measure(model, script, &pairs, &texts, 3000, &listed);
            print!("| {}-{source} | {} | {} | ", script.code(), f.names, f.tests as usize / f.names);
            for one_in in [2e4, 1e5, 1e6] {
                let (t, n) = f.threshold(one_in);
                print!("{t:.1} {n} **{:.1}** {:.1} | ", Figures::recall(&f.truth, t), Figures::recall(&f.famous, t));
            }
            println!(" {:?}", start.elapsed());
            if std::env::var_os("SHOW").is_some() {
                for (score, count, what) in f.wrong.iter().take(40) {
                    println!("    {score:.1} {count} {what}");
                }
            }
        }
    }
}
