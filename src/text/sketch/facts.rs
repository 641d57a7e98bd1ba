//! Numbers, days and names, each with the words beside it: by them two reports after one pattern are told apart.

use super::units::{FactClass, Unit};
use super::{mixed, take};

/// A fact in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fact {
    pub(super) class: FactClass,
    /// Its first word, by which it is looked up in the other text.
    word: u16,
    /// All of it.
    what: u32,
    /// The word before it; 0 where there is none.
    before: u16,
    /// The word behind it; 0 where there is none.
    after: u16,
}

/// The facts of an item's fields, in their order, each with its neighbours.
pub fn of(fields: &[Vec<Unit>]) -> Vec<Fact> {
    let mut out: Vec<Fact> = Vec::new();
    for units in fields {
        let mut at = 0;
        while at < units.len() {
            let Some((class, value)) = units[at].fact else {
                at += 1;
                continue;
            };
            // A name of several words is one, and so are the numbers of a time, a score or a date.
            let goes_on = |unit: &Unit| {
                let same = unit.fact.is_some_and(|(c, _)| c == class);
                same && (class == FactClass::Number || class == FactClass::Name && unit.joined)
            };
            let end = at + 1 + units[at + 1..].iter().take_while(|unit| goes_on(unit)).count();
            let after = units.get(end);
            let what = mixed(units[at + 1..end].iter().fold(value, |all, unit| all.rotate_left(9) ^ unit.hash));
            let before = at.checked_sub(1).map_or(0, |before| units[before].word);
            let fact = Fact {
                class,
                word: units[at].word,
                what: (what >> 32) as u32,
                before,
                after: after.map_or(0, |unit| unit.word),
            };
            if !out.contains(&fact) {
                out.push(fact);
            }
            at = end;
        }
    }
    out
}

/// Whether two texts contradict one another: where the same words stand on both sides, each has a fact that the other has
/// nowhere. Facts of a text with these words, either.
pub fn conflict(a: (&[Fact], &[u16]), b: (&[Fact], &[u16])) -> bool {
    let own = |(facts, _): (&[Fact], &[u16]), (others, words): (&[Fact], &[u16])| -> Vec<Fact> {
        let is_own = |fact: &&Fact| match fact.class {
            FactClass::Name => !words.contains(&fact.word),
            _ => !others.iter().any(|other| other.what == fact.what),
        };
        facts.iter().filter(is_own).copied().collect()
    };
    let (of_a, of_b) = (own(a, b), own(b, a));
    // Whose days are all others happened on other days.
    let days = |facts: &[Fact]| facts.iter().filter(|fact| fact.class == FactClass::Day).count();
    if days(&of_a) > 0 && days(&of_b) > 0 && days(&of_a) == days(a.0) && days(&of_b) == days(b.0) {
        return true;
    }
    let facing = |x: &Fact, y: &Fact| {
        x.class == y.class && x.before == y.before && x.after == y.after && (x.before != 0 || x.after != 0)
    };
    of_a.iter().any(|x| of_b.iter().any(|y| facing(x, y)))
}

impl Fact {
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.push(self.class as u8);
        out.extend(self.what.to_le_bytes());
        [self.word, self.before, self.after].iter().for_each(|n| out.extend(n.to_le_bytes()));
    }

    pub(super) fn read(rest: &mut &[u8]) -> Option<Self> {
        let class = match take::<1>(rest)? {
            [0] => FactClass::Number,
            [1] => FactClass::Day,
            [2] => FactClass::Name,
            _ => return None,
        };
        let what = u32::from_le_bytes(take(rest)?);
        let [word, before, after] = [take(rest)?, take(rest)?, take(rest)?].map(u16::from_le_bytes);
        Some(Self { class, word, what, before, after })
    }
}
