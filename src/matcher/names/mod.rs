//! Names across scripts: which words of a text are spellings of a sought name in another script. Pure; the model is in the binary.
//!
//! A word is scored for a name by `ln P(word | name) - ln P(word)`: how much likelier it is if somebody writes the name
//! than as a word of running text. The first comes from a learnt [`model`] of how groups of letters are written in the other
//! script, given the letters around them, summed over all ways to cut both; the second from the [`background`]. A word may carry
//! affixes: then its core is scored, with the share of names that carry such an affix, against the whole word.
//! What comes near by this first score is judged by a second stage ([`judge`]) whose result is the score of a hit; the
//! thresholds of that are of each name by itself, by language ([`bounds`]): its neighbours among ordinary words are known.
//!
//! The names of a watchlist are compiled once ([`Names::compile`]); what a script needs ([`spelling`]) is made when its first word
//! comes. A word finds its few candidates by a [`sieve`] of neighbouring letters; each is scored ([`look`]) by one pass over a table of
//! name places by word letters, with integer letters, flat tables and rows that are reused: nothing is allocated a word.
//!
//! What this is not: words in the script of the sought name itself are not looked at here (the exact and folded
//! matching of terms finds those).

pub mod attested;
pub mod background;
pub mod bounds;
mod established;
pub mod expand;
pub mod judge;
pub mod letters;
mod look;
pub mod model;
mod run;
mod sieve;
pub mod spelling;
pub mod table;

#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::OnceLock;

use bounds::Bounds;
use judge::Facts;
use letters::{Script, Spelt, Symbol, spell};
use look::Asked;
use model::Model;
use spelling::Spellings;

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

impl Sensitivity {
    /// The share of running words that may be false hits of a name.
    pub fn allowed(self) -> f32 {
        match self {
            Sensitivity::Strict => 1e-6,
            Sensitivity::Normal => 1e-5,
            Sensitivity::Wide => 5e-5,
        }
    }
}

/// A name to look for.
#[derive(Debug, Clone, PartialEq)]
pub struct Sought {
    /// One word, in any script.
    pub name: Box<str>,
    /// How sure a hit must be.
    pub sensitivity: Sensitivity,
    /// A spelling that is less sure than that is told too, for it may stand beside another part of a full name.
    pub beside: bool,
}

/// A word that spells a sought name.
#[derive(Debug, Clone)]
pub struct NameFound {
    /// Which of the sought names.
    pub name: u32,
    /// How sure it is; what is enough by itself depends on the name and the language of the text ([`Names::threshold`]).
    pub score: f32,
    /// The script of the word.
    pub script: Script,
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
    bounds: [OnceLock<Bounds>; 17],
}

/// A sought name in letters.
#[derive(Debug, Clone)]
struct Compiled {
    name: Box<str>,
    sensitivity: Sensitivity,
    beside: bool,
    script: Option<Script>,
    /// Its letters, and again without its article.
    forms: Vec<Vec<Symbol>>,
}

impl Names {
    /// Compiles names with the model in the binary. A name that the model cannot spell (a digit in it, letters of two scripts) finds nothing.
    pub fn compile(sought: &[Sought]) -> Names {
        Names::with(Model::shipped(), sought)
    }

    /// The same with another model.
    pub fn with(model: &'static Model, sought: &[Sought]) -> Names {
        Names::of(model, sought.iter().map(Compiled::new).collect())
    }

    fn of(model: &'static Model, sought: Vec<Compiled>) -> Names {
        Names { model, sought, by_script: [const { OnceLock::new() }; 17], bounds: [const { OnceLock::new() }; 17] }
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

    /// Whether any name may be spelt by the word at all, from its script.
    pub fn is_for(&self, word: &str) -> bool {
        Script::of_word(word).is_some_and(|script| self.seek(script))
    }

    /// Whether any name may be spelt in a script.
    pub fn seek(&self, script: Script) -> bool {
        !self.spellings(script).is_empty()
    }

    /// Every sought name that a running word spells, bare or with an affix, added to `found` with the best way to read it.
    /// The word is one token as the text has it, of one script.
    pub fn find(&self, word: &str, found: &mut Vec<NameFound>) {
        let Some(script) = Script::of_word(word) else { return };
        if self.spellings(script).is_empty() {
            return;
        }
        let from = found.len();
        let bounds = self.bounds(script);
        let asked = Asked {
            least: &|name| bounds.least(name),
            every: false,
            established: Some(bounds.established()),
            rate: 0.0,
        };
        look::look(self, word, &asked, found);
        found[from..].sort_by_key(|f| f.name);
    }

    /// The thresholds of a script, made when first asked for.
    fn bounds(&self, script: Script) -> &Bounds {
        self.bounds[script as usize].get_or_init(|| Bounds::new(self, script))
    }

    /// The score from which on a word of a script is a hit of a name by itself, and not only beside another part of a full
    /// name, in a text of this language.
    pub fn threshold(&self, name: u32, script: Script, language: Option<[u8; 2]>) -> f32 {
        self.bounds(script).threshold(name, language)
    }

    /// The score from which on a word of a script is told of a name at all.
    pub fn least(&self, name: u32, script: Script) -> f32 {
        self.bounds(script).least(name)
    }

    /// Spellings inside a run of Han or Thai, where words have no borders, with their bytes in the run.
    pub fn find_in_run(&self, run: &str, found: &mut Vec<(Range<usize>, NameFound)>) {
        run::find(self, run, false, found);
    }

    /// The same by a scan of all names.
    pub fn scan_run(&self, run: &str, found: &mut Vec<(Range<usize>, NameFound)>) {
        run::find(self, run, true, found);
    }

    /// The same with every score from `least` on.
    pub fn score(&self, word: &str, least: f32, found: &mut Vec<NameFound>) {
        look::look(self, word, &Asked { least: &|_| least, every: false, established: None, rate: 0.0 }, found);
    }

    /// The same by a scan of all names: what the sieve is measured against, and far too slow for anything else.
    pub fn scan(&self, word: &str, least: f32, found: &mut Vec<NameFound>) {
        look::look(self, word, &Asked { least: &|_| least, every: true, established: None, rate: 0.0 }, found);
    }
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
        Compiled { name: sought.name.clone(), sensitivity: sought.sensitivity, beside: sought.beside, script, forms }
    }
}
