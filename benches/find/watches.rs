//! Watchlists for the texts of [`text`](super::text).

use std::collections::HashSet;

use feedwatch::matcher::{Query, WatchTerms};
use feedwatch::model::WatchName;

use super::text::{Chance, LANGUAGES, WORDS, folded};

/// Watches of ten terms each, of all languages in turn; every fifth term is a phrase, and every watch excludes something.
pub fn of(count: usize, dense: bool) -> Vec<WatchTerms> {
    let words = Words::of(count, dense);
    let mut chance = Chance::new(4);
    let mut term = |n: usize| match n % 5 {
        4 => format!("{} {}", words.at(n), words.another(n, &mut chance)),
        _ => words.at(n).to_owned(),
    };
    (0..count / 10)
        .map(|w| WatchTerms {
            terms: (0..10).map(|n| term(w * 10 + n)).collect(),
            exclude: vec![format!("excluded {w}")],
            ..WatchTerms::new(WatchName::new(format!("watch {w}")))
        })
        .collect()
}

/// The words of watchlists, by language.
struct Words {
    lists: Vec<Vec<String>>,
    /// The first that is taken of each.
    first: usize,
    each: usize,
}

impl Words {
    /// For `count` terms. Dense ones are words of the texts, so frequent that 100,000 of them find something every eighty
    /// bytes or so; sparse ones are words like them that the texts do not have, but for one in fifty, which is rare there.
    fn of(count: usize, dense: bool) -> Self {
        let each = count / LANGUAGES.len() + 1;
        let first = if dense { each / 5 + 2 } else { 0 };
        let list = |own: Vec<String>, others: Vec<String>| {
            if dense {
                return own[..first + each].to_vec();
            }
            let known: HashSet<String> = own.iter().map(|w| folded(w)).collect();
            let mut others = others.into_iter().filter(|w| !known.contains(&folded(w)));
            let mut rare = own.iter().rev().cloned();
            (0..each).filter_map(|n| if n % 50 == 49 { rare.next() } else { others.next() }).collect()
        };
        let lists = LANGUAGES.iter().map(|l| list(l.words(1, WORDS), l.words(3, 4 * each + 100))).collect();
        Self { lists, first, each }
    }

    fn list(&self, n: usize) -> &[String] {
        &self.lists[n % LANGUAGES.len()]
    }

    fn at(&self, n: usize) -> &str {
        let list = self.list(n);
        &list[(self.first + n / LANGUAGES.len()) % list.len()]
    }

    /// Another of the same language.
    fn another(&self, n: usize, chance: &mut Chance) -> &str {
        let list = self.list(n);
        &list[chance.below(self.each as u64) as usize % list.len()]
    }
}

/// A watch for each query: each operator as often as the others, over the words of [`of`].
pub fn queries(count: usize, dense: bool) -> Vec<WatchTerms> {
    let words = Words::of(count, dense);
    let mut chance = Chance::new(5);
    let mut query = |n: usize| {
        let one = words.at(n);
        let mut other = || words.another(n, &mut chance);
        match n % 10 {
            0 => format!("{one} AND {}", other()),
            1 => format!("{one} OR {}", other()),
            2 => format!("{one} NEAR/5 {}", other()),
            3 => format!("\"{one} {}\"~3", other()),
            4 => format!("{one} NOT {}", other()),
            5 => format!("({one} OR {}) AND ({} OR {})", other(), other(), other()),
            6 => format!("count({one}) >= 2"),
            7 => format!("body:{one} AND NOT title:{}", other()),
            8 => format!("{one}*"),
            _ => format!("={one} AND /{}.{{1,20}}{}/", other(), other()),
        }
    };
    (0..count)
        .map(|n| WatchTerms {
            query: Some(Query::parse(&query(n)).expect("a sound query")),
            ..WatchTerms::new(WatchName::new(format!("query {n}")))
        })
        .collect()
}
