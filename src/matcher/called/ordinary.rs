//! How common a word is in the languages whose words the model has counted.

use super::super::names::Sensitivity;
use super::super::names::letters::{Script, Spelt, spell};
use super::super::names::model::Model;
use super::super::names::table::hash;

/// A language, by its code of two letters, and the share of its running words that a word is.
pub type Rate = ([u8; 2], f32);

/// The languages whose lists have a word, the one that has it oftenest first.
pub fn rates(word: &str) -> Vec<Rate> {
    let mut spelt = Spelt::default();
    let Some(script) = Script::of_word(word).filter(|s| spell(word, *s, false, &mut spelt)) else { return Vec::new() };
    let hash = hash(&spelt.symbols);
    let lists = Model::shipped().words.iter().filter(|w| w.script == script);
    let mut out: Vec<Rate> = lists.filter_map(|w| Some((w.language, w.rate(hash)?))).collect();
    out.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    out
}

/// The share of running words from which the last part of a name does not mean the person alone: ten times the false
/// hits that a name may have, since most who write a rare family name mean somebody known by it.
pub fn limit(sensitivity: Sensitivity) -> f32 {
    match sensitivity {
        Sensitivity::Strict => 1e-5,
        Sensitivity::Normal => 1e-4,
        Sensitivity::Wide => 5e-4,
    }
}

/// The languages in which a word is too common to mean a person alone.
pub fn common_in(word: &str, sensitivity: Sensitivity) -> Box<[[u8; 2]]> {
    let limit = limit(sensitivity);
    rates(word).into_iter().filter(|(_, rate)| *rate > limit).map(|(language, _)| language).collect()
}

/// A language in English.
pub fn language(code: [u8; 2]) -> &'static str {
    match &code {
        b"ar" => "Arabic",
        b"bg" => "Bulgarian",
        b"bn" => "Bengali",
        b"de" => "German",
        b"el" => "Greek",
        b"en" => "English",
        b"es" => "Spanish",
        b"fa" => "Persian",
        b"fi" => "Finnish",
        b"fr" => "French",
        b"he" => "Hebrew",
        b"hi" => "Hindi",
        b"hy" => "Armenian",
        b"it" => "Italian",
        b"ja" => "Japanese",
        b"ka" => "Georgian",
        b"ko" => "Korean",
        b"mk" => "Macedonian",
        b"pl" => "Polish",
        b"pt" => "Portuguese",
        b"ru" => "Russian",
        b"sr" => "Serbian",
        b"sv" => "Swedish",
        b"ta" => "Tamil",
        b"te" => "Telugu",
        b"th" => "Thai",
        b"tr" => "Turkish",
        b"uk" => "Ukrainian",
        b"ur" => "Urdu",
        b"zh" => "Chinese",
        _ => "another language",
    }
}

/// A share of running words for a person: `about 12 in 100,000`.
pub fn share(rate: f32) -> String {
    let n = rate * 1e5;
    if n >= 1.5 {
        format!("about {} in 100,000", n.round())
    } else {
        format!("about {} in 10,000,000", (n * 100.0).round().max(1.0))
    }
}
