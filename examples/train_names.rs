//! Makes the model of names across scripts that ships in the binary.
//!
//! `cargo run --release --example train_names [FOLDER [FILE]]` reads the pairs and words of FOLDER (`../shared/names`) and writes
//! FILE (`src/matcher/names/names.model`). The same input gives the same file.

#[path = "names/affixes.rs"]
mod affixes;
#[path = "names/align.rs"]
mod align;
#[path = "names/attested.rs"]
mod attested;
#[path = "names/calibrate.rs"]
mod calibrate;
#[path = "names/corpus.rs"]
#[allow(dead_code, reason = "shared by two examples, each of which needs a part")]
mod corpus;
#[path = "names/learn.rs"]
mod learn;
#[path = "names/measure.rs"]
#[allow(dead_code, reason = "shared by two examples, each of which needs a part")]
mod measure;
#[path = "names/through.rs"]
mod through;
#[path = "names/train.rs"]
mod train;
#[path = "names/weigh.rs"]
mod weigh;

use std::path::PathBuf;

use feedwatch::matcher::names::model::Model;

fn main() -> Result<(), std::io::Error> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "../shared/names".to_owned()));
    let file = PathBuf::from(arguments.next().unwrap_or_else(|| "src/matcher/names/names.model".to_owned()));
    // The second stage is weighed on names that its first stage has not seen; then the first is learnt again from all.
    let part: &'static Model = Box::leak(Box::new(train::train(&folder, &[], |key| !corpus::is_measured(key))));
    let calibrated = calibrate::calibrate(&folder, part, |_| true);
    let mut model = train::train(&folder, &[], |_| true);
    calibrate::apply(&mut model, &calibrated);
    let model = model.write();
    println!("{}: {} bytes", file.display(), model.len());
    std::fs::write(file, model)
}
