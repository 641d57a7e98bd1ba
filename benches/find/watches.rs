//! Watchlists for the texts of [`text`](super::text).

use std::collections::HashSet;

use feedwatch::matcher::WatchTerms;
use feedwatch::model::WatchName;

use super::text::{Chance, LANGUAGES, WORDS};

/// Watches of ten terms each, of all languages in turn; every fifth term is a phrase, and every watch excludes something. Dense
/// terms are words of the texts, so frequent that there is a hit every hundred bytes or so; sparse ones are words like them
/// that the texts do not have, but for one in fifty, which is rare there.
pub fn of(count: usize, dense: bool) -> Vec<WatchTerms> {
    let each = count / LANGUAGES.len() + 1;
    let first = if dense { each / 2 + 2 } else { 0 };
    let lists: Vec<Vec<String>> = LANGUAGES
        .iter()
        .map(|l| {
            let own = l.words(1, WORDS);
            if dense {
                return own[..first + each].to_vec();
            }
            let known: HashSet<&String> = own.iter().collect();
            let (rare, others) = (own.iter().rev(), l.words(3, 4 * each + 100));
            let mut others = others.into_iter().filter(|w| !known.contains(w));
            let mut rare = rare.cloned();
            (0..each).filter_map(|n| if n % 50 == 49 { rare.next() } else { others.next() }).collect()
        })
        .collect();
    let mut chance = Chance::new(4);
    let mut term = |n: usize| {
        let list = &lists[n % LANGUAGES.len()];
        let word = &list[(first + n / LANGUAGES.len()) % list.len()];
        match n % 5 {
            4 => format!("{word} {}", list[chance.below(each as u64) as usize % list.len()]),
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
