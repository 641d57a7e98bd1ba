//! Spellings inside runs of scripts without spaces.
//!
//! A name may begin at any character, and ends where its last letter is written; what stands around it is not asked. The
//! background of a span is that of its characters in running text.

use std::ops::Range;

use super::judge::Facts;
use super::letters::{Script, Spelt, is_above, spell};
use super::spelling::Rows;
use super::{NameFound, Names};

/// Longest spelling, in characters.
const SPAN: usize = 14;

/// Shortest spelling, in characters.
const SHORTEST: usize = 2;

/// No letter of running text is rarer: what the model has hardly seen speaks for no name.
const RARE: f32 = 1e-4;

/// A beginning that is so much likelier as one of running text does not become a name with the letters behind it.
const SLACK: f32 = 1e-3;

/// Finds names in a run of one script; of spans of one name that overlap only the best is kept. With `every` all names are scored at every
/// place, without the sieve.
pub fn find(names: &Names, run: &str, every: bool, found: &mut Vec<(Range<usize>, NameFound)>) {
    let Some(script) = Script::of_word(run).filter(|s| s.is_unspaced()) else { return };
    let spellings = names.spellings(script);
    let mut spelt = Spelt::default();
    if spellings.is_empty() || !spell(run, script, false, &mut spelt) {
        return;
    }
    let known = &names.model.scripts[script as usize];
    let mut rows = Rows::default();
    let symbols = &spelt.symbols;
    let (mut letters, mut candidates) = (Vec::new(), Vec::new());
    spellings.sieve.rows(symbols, &mut letters);
    let first = found.len();
    // What each letter costs as one of running text, once somebody asked, and what those of a span must have at each length.
    let mut costs: Vec<Option<f32>> = vec![None; symbols.len()];
    let (mut backgrounds, mut faint) = ([0f32; SPAN + 1], [SLACK; SPAN + 1]);
    for start in 0..symbols.len() {
        let end = (start + SPAN).min(symbols.len());
        let span = &symbols[start..end];
        if span.len() < SHORTEST {
            break;
        }
        candidates.clear();
        let mut longest = span.len();
        match every {
            true => candidates.extend(0..spellings.len() as u32),
            false => longest = spellings.sieve.sift(&letters[start..end], !0 << SHORTEST, &mut candidates),
        }
        let span = &span[..longest];
        if candidates.is_empty() {
            continue;
        }
        for n in 1..=span.len() {
            let at = start + n - 1;
            let cost = costs[at].get_or_insert_with(|| known.letters.next(&symbols[..at], symbols[at]).max(RARE).ln());
            backgrounds[n] = backgrounds[n - 1] + *cost;
            faint[n] = (backgrounds[n].exp() * SLACK).max(f32::MIN_POSITIVE);
        }
        for candidate in &candidates {
            let entry = *spellings.entry(*candidate);
            let least = known.thresholds[names.sought[entry.sought as usize].sensitivity as usize];
            let ends = spellings.probabilities(*candidate, span, |n| faint[n], 0.0, &mut rows);
            for (n, p) in ends.iter().enumerate().skip(1) {
                if n < SHORTEST || *p < faint[n] {
                    continue;
                }
                let background = backgrounds[n];
                let score = p.ln() + entry.prior - background;
                if score < least {
                    continue;
                }
                let facts = Facts {
                    likelihood: score + background,
                    background,
                    core: n,
                    name: spellings.plain(&entry).len(),
                    reverse: entry.look,
                    look: entry.look,
                    common: 0.0,
                    affix: false,
                };
                // A sign above the last letter belongs to it.
                let signs = symbols[start + n..].iter().take_while(|s| script == Script::Thai && is_above(**s)).count();
                let bytes = spelt.bytes(start..start + n + signs);
                let hit = NameFound { name: entry.sought, score, script, affix: false, core: 0..bytes.len(), facts };
                tell(bytes, hit, found, first);
            }
        }
    }
    names.bounds(script).established().within(symbols, |span, name, score| {
        let facts = Facts { core: span.len(), ..Facts::default() };
        let bytes = spelt.bytes(span);
        let hit = NameFound { name, score, script, affix: false, core: 0..bytes.len(), facts };
        tell(bytes, hit, found, first);
    });
}

/// Adds a span; of those of one name that overlap the best is kept.
fn tell(bytes: Range<usize>, hit: NameFound, found: &mut Vec<(Range<usize>, NameFound)>, first: usize) {
    let clash = |(r, f): &(Range<usize>, NameFound)| f.name == hit.name && r.start < bytes.end && bytes.start < r.end;
    match found[first..].iter_mut().find(|f| clash(f)) {
        Some(known) if known.1.score < hit.score => *known = (bytes, hit),
        Some(_) => {}
        None => found.push((bytes, hit)),
    }
}
