//! Names across scripts: which words of a text are spellings of a sought name in another script. Pure; the model is in the binary.
//!
//! A word is scored for a name by `ln P(word | name) - ln P(word)`: how much likelier it is if somebody writes the name
//! than as a word of running text. The first comes from a learnt [`model`] of how groups of letters are written in the other
//! script, given the letters around them, summed over all ways to cut both; the second from the [`background`]. A word may carry
//! affixes: then its core is scored, with the share of names that carry such an affix, against the whole word.
//! What comes near by this first score is judged by a second stage ([`judge`]) whose result is the score of a hit; the
//! thresholds of that are by script and sensitivity, and were measured in running text.
//!
//! The names of a watchlist are compiled once ([`Names::compile`]); what a script needs ([`spelling`]) is made when its first word
//! comes. A word finds its few candidates by the key of its first letters; each is scored by one pass over a table of
//! name places by word letters, with integer letters, flat tables and rows that are reused: nothing is allocated a word.
//!
//! What this is not: words in the script of the sought name itself are not looked at here (the exact and folded
//! matching of terms finds those).

pub mod background;
pub mod expand;
pub mod judge;
pub mod letters;
pub mod model;
mod run;
pub mod spelling;
pub mod table;

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::ops::Range;
use std::sync::OnceLock;

use judge::Facts;
use letters::{Script, Spelt, Symbol, spell};
use model::{Affix, Model};
use spelling::{Rows, Spellings};

/// How sure a spelling must be. In running text one word in so many is a false hit of a name: 1,000,000 when strict,
/// 100,000 when normal, 20,000 when wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Sensitivity {
    /// One false hit in a million words.
    Strict,
    /// One in a hundred thousand.
    #[default]
    Normal,
    /// One in twenty thousand.
    Wide,
}

/// A name to look for.
#[derive(Debug, Clone, PartialEq)]
pub struct Sought {
    /// One word, in any script.
    pub name: Box<str>,
    /// How sure a hit must be.
    pub sensitivity: Sensitivity,
}

/// A word that spells a sought name.
#[derive(Debug, Clone)]
pub struct NameFound {
    /// Which of the sought names.
    pub name: u32,
    /// How sure it is; what is enough depends on the script and the sensitivity.
    pub score: f32,
    /// Whether something is before or behind the name in the word.
    pub affix: bool,
    /// Bytes of the word that are the name (with the ending that took the place of its last letters).
    pub core: Range<usize>,
    /// What was weighed.
    pub facts: Facts,
}

/// Sought names, compiled; shared by all polls.
#[derive(Debug)]
pub struct Names {
    model: &'static Model,
    sought: Vec<Compiled>,
    by_script: [OnceLock<Spellings>; 17],
}

/// A sought name in letters.
#[derive(Debug)]
struct Compiled {
    sensitivity: Sensitivity,
    script: Option<Script>,
    /// Its letters, and again without its article.
    forms: Vec<Vec<Symbol>>,
}

/// What is kept between words.
#[derive(Default)]
struct Desk {
    spelt: Spelt,
    other: Vec<Symbol>,
    rows: Rows,
}

thread_local! {
    static DESK: RefCell<Desk> = RefCell::default();
}

impl Names {
    /// Compiles names with the model in the binary. A name that the model cannot spell (a digit in it, letters of two scripts) finds nothing.
    pub fn compile(sought: &[Sought]) -> Names {
        Names::with(Model::shipped(), sought)
    }

    /// The same with another model.
    pub fn with(model: &'static Model, sought: &[Sought]) -> Names {
        let sought = sought.iter().map(Compiled::new).collect();
        Names { model, sought, by_script: [const { OnceLock::new() }; 17] }
    }

    /// Whether there is no name.
    pub fn is_empty(&self) -> bool {
        self.sought.is_empty()
    }

    /// What a script needs, made when first asked for.
    fn spellings(&self, script: Script) -> &Spellings {
        self.by_script[script as usize].get_or_init(|| {
            let mut names: Vec<(u32, f32, Script, Vec<Symbol>)> = Vec::new();
            for (i, compiled) in self.sought.iter().enumerate() {
                let Some(from) = compiled.script.filter(|s| *s != script) else { continue };
                for form in &compiled.forms {
                    if self.model.between(from, script).is_some() {
                        names.push((i as u32, 0.0, from, form.clone()));
                    } else if from != Script::Latin && script != Script::Latin {
                        for (latin, p) in self.romanised(from, form) {
                            names.push((i as u32, p.ln(), Script::Latin, latin));
                        }
                    }
                }
            }
            Spellings::compile(self.model, &names, script)
        })
    }

    /// The likeliest Latin spellings of a name.
    fn romanised(&self, from: Script, form: &[Symbol]) -> Vec<(Vec<Symbol>, f32)> {
        let latin = Spellings::compile(self.model, &[(0, 0.0, from, form.to_vec())], Script::Latin);
        if latin.is_empty() { Vec::new() } else { latin.likeliest(0, 6) }
    }

    /// Every sought name that a running word spells, bare or with an affix, added to `found` with the best way to read it.
    /// The word is one token as the text has it, of one script.
    pub fn find(&self, word: &str, found: &mut Vec<NameFound>) {
        let thresholds = |script: Script, s: Sensitivity| self.model.scripts[script as usize].thresholds[s as usize];
        let Some(script) = Script::of_word(word) else { return };
        let from = found.len();
        self.score(word, thresholds(script, Sensitivity::Wide), found);
        let mut at = from;
        while let Some(f) = found.get(at) {
            if f.score < thresholds(script, self.sought[f.name as usize].sensitivity) {
                found.swap_remove(at);
            } else {
                at += 1;
            }
        }
        found[from..].sort_by_key(|f| f.name);
    }

    /// Spellings inside a run of Han or Thai, where words have no borders, with their bytes in the run.
    pub fn find_in_run(&self, run: &str, found: &mut Vec<(Range<usize>, NameFound)>) {
        run::find(self, run, found);
    }

    /// The same with every score from `least` on.
    pub fn score(&self, word: &str, least: f32, found: &mut Vec<NameFound>) {
        self.look(word, least, false, found);
    }

    /// The same by a scan of all names: what the keys are measured against, and far too slow for anything else.
    pub fn scan(&self, word: &str, least: f32, found: &mut Vec<NameFound>) {
        self.look(word, least, true, found);
    }

    fn look(&self, word: &str, least: f32, every: bool, found: &mut Vec<NameFound>) {
        let Some(script) = Script::of_word(word) else { return };
        let spellings = self.spellings(script);
        if spellings.is_empty() {
            return;
        }
        DESK.with_borrow_mut(|desk| {
            if !spell(word, script, false, &mut desk.spelt) || desk.spelt.symbols.len() > spelling::WORD {
                return;
            }
            let from = found.len();
            let known = &self.model.scripts[script as usize];
            let all: Vec<u32> = if every { (0..spellings.len() as u32).collect() } else { Vec::new() };
            let mut word_facts = None;
            // The words that were asked what they may stand for, by their letters.
            let mut asked: Vec<(Script, Vec<Symbol>, Spellings)> = Vec::new();
            let mut look = |word: &[Symbol], front: usize, affixes: &[&Affix], spelt: &Spelt, rows: &mut Rows| {
                for candidate in if every { &all[..] } else { spellings.candidates(&word[front..]) } {
                    let entry = spellings.entry(*candidate);
                    let (background, common) = *word_facts.get_or_insert_with(|| {
                        let background = background::background(self.model, script, &spelt.symbols);
                        (background, background::common(self.model, script, &spelt.symbols))
                    });
                    let ends = spellings.probabilities(*candidate, &word[front..], rows);
                    let mut best: Option<(f32, usize, &Affix)> = None;
                    for affix in affixes {
                        let core = word.len() - front - if affix.lost.is_empty() { affix.back.len() } else { 0 };
                        let likelihood = ends[core].max(1e-37).ln() + affix.cost + entry.prior;
                        if likelihood - background >= judge::NEAR && best.is_none_or(|b| likelihood > b.0) {
                            best = Some((likelihood, core, affix));
                        }
                    }
                    let Some((likelihood, core, affix)) = best else { continue };
                    let core_letters = &word[front..front + core];
                    let at = asked.iter().position(|a| a.0 == entry.from && a.1 == core_letters).unwrap_or_else(|| {
                        let back = Spellings::of_word(self.model, script, core_letters, entry.from);
                        asked.push((entry.from, core_letters.to_vec(), back));
                        asked.len() - 1
                    });
                    let back = &asked[at].2;
                    let plain = spellings.plain(entry);
                    let reverse = match back.is_empty() {
                        true => entry.look,
                        false => back.probabilities(0, plain, rows)[plain.len()].max(1e-37).ln(),
                    };
                    let has_affix = !(affix.front.is_empty() && affix.back.is_empty() && affix.lost.is_empty());
                    let facts = Facts {
                        likelihood,
                        background,
                        core,
                        name: plain.len(),
                        reverse,
                        look: entry.look,
                        common,
                        affix: has_affix,
                    };
                    let score = facts.judge(&known.weights);
                    if score < least {
                        continue;
                    }
                    let end = if affix.lost.is_empty() { front + core } else { spelt.symbols.len() };
                    let core = spelt.bytes(front..end);
                    let hit = NameFound { name: entry.sought, score, affix: has_affix, core, facts };
                    match found[from..].iter_mut().find(|f| f.name == hit.name) {
                        Some(known) if known.score < hit.score => *known = hit,
                        Some(_) => {}
                        None => found.push(hit),
                    }
                }
            };
            let affixes = &known.affixes;
            let Desk { spelt, other, rows } = desk;
            for group in affixes.chunk_by(|a, b| a.front == b.front && a.lost == b.lost && a.lost.is_empty()) {
                let symbols = &spelt.symbols;
                let (front, lost) = (&group[0].front, &group[0].lost);
                if !symbols.starts_with(front) {
                    continue;
                }
                let carried: Vec<&Affix> = group
                    .iter()
                    .filter(|a| {
                        symbols.ends_with(&a.back) && symbols.len() >= front.len() + a.back.len() + least_core(a)
                    })
                    .collect();
                if carried.is_empty() {
                    continue;
                }
                if lost.is_empty() {
                    look(symbols, front.len(), &carried, spelt, rows);
                } else {
                    other.clear();
                    other.extend(&symbols[..symbols.len() - carried[0].back.len()]);
                    other.extend(lost);
                    look(other, front.len(), &carried, spelt, rows);
                }
            }
        });
    }
}

/// Letters that must remain when an affix is taken off.
fn least_core(affix: &Affix) -> usize {
    if affix.front.is_empty() && affix.back.is_empty() { 1 } else { 3 - affix.lost.len().min(2) }
}

impl Compiled {
    fn new(sought: &Sought) -> Self {
        let mut spelt = Spelt::default();
        let script = Script::of_word(&sought.name).filter(|s| spell(&sought.name, *s, true, &mut spelt));
        let mut forms = vec![spelt.symbols];
        if let (Some(Script::Arabic), [0x27, 0x44, rest @ ..]) = (script, &forms[0][..])
            && rest.len() >= 3
        {
            forms.push(rest.to_vec());
        }
        Compiled { sensitivity: sought.sensitivity, script, forms }
    }
}
