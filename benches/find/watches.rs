//! Watchlists for the texts of [`text`](super::text).

use feedwatch::matcher::WatchTerms;
use feedwatch::model::WatchName;

use super::text::{Chance, LANGUAGES};

/// Watches of ten terms each, of all languages in turn; every fifth term is a phrase, and every watch excludes something. Dense
/// terms are words of the texts, so frequent that there is a hit every hundred bytes or so; sparse ones are words like them.
pub fn of(count: usize, dense: bool) -> Vec<WatchTerms> {
    let each = count / LANGUAGES.len() + 1;
    let first = if dense { each / 4 + 2 } else { 0 };
    let lists: Vec<Vec<String>> = LANGUAGES.iter().map(|l| l.words(if dense { 1 } else { 3 }, first + each)).collect();
    let mut chance = Chance::new(4);
    let mut term = |n: usize| {
        let list = &lists[n % LANGUAGES.len()];
        let word = &list[first + n / LANGUAGES.len()];
        match n % 5 {
            4 => format!("{word} {}", list[chance.below(each as u64) as usize]),
            _ => word.clone(),
        }
    };
    (0..count / 10)
        .map(|w| WatchTerms {
            terms: (0..10).map(|n| term(w * 10 + n)).collect(),
            exclude: vec![format!("excluded {w}")],
            ..WatchTerms::new(WatchName::new(format!("watch {w}")))
        })
        .collect()
}
