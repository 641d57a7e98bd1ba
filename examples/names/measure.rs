//! Recall of held-out spellings, and false hits in running text.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use feedwatch::matcher::names::bounds::CAPITALS;
use feedwatch::matcher::names::judge::{FACTS, Facts, NEAR, SMALL};
use feedwatch::matcher::names::letters::{Script, Spelt, Symbol, spell};
use feedwatch::matcher::names::model::Model;
use feedwatch::matcher::names::{NameFound, Names, Sensitivity, Sought};

use super::corpus::{self, Pair};

/// Running words of a text with how often each stands there.
pub type Text = BTreeMap<String, u32>;

/// Languages of the parallel texts, with their script.
const TEXTS: [(&str, Script); 16] = [
    ("en", Script::Latin),
    ("ar", Script::Arabic),
    ("fa", Script::Arabic),
    ("ur", Script::Arabic),
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
    ("hy", Script::Armenian),
    ("ka", Script::Georgian),
];

/// The running words of the languages of a script.
pub fn texts(folder: &Path, script: Script) -> Vec<(&'static str, Text)> {
    let inside = |c: char| {
        Script::of(c) == Some(script) || matches!(c, '\'' | '’' | '׳' | '\u{300}'..='\u{36F}' | '\u{64B}'..='\u{65F}')
    };
    let read = |language: &'static str| {
        let mut out = Text::new();
        for line in corpus::lines(folder, language) {
            for word in line.split(|c: char| !inside(c)) {
                let word = word.trim_matches(['\'', '’']);
                if !word.is_empty() {
                    *out.entry(word.to_owned()).or_default() += 1;
                }
            }
        }
        (language, out)
    };
    TEXTS.iter().filter(|t| t.1 == script).map(|t| read(t.0)).collect()
}

/// Texts as one.
pub fn joined(texts: &[(&'static str, Text)]) -> Text {
    let mut out = Text::new();
    for (word, count) in texts.iter().flat_map(|t| &t.1) {
        *out.entry(word.clone()).or_default() += count;
    }
    out
}

/// A word of running text that came near a name which it does not spell.
#[derive(Debug, Clone)]
pub struct Wrong {
    /// What the judge sees.
    pub facts: Facts,
    /// How often it stands there.
    pub count: u32,
    /// It begins with a small letter, where names begin with a capital.
    pub small: bool,
    /// What it is, for whom.
    pub what: String,
}

impl Wrong {
    /// How sure the judge is of it.
    pub fn judge(&self, weights: &[f32; FACTS]) -> f32 {
        self.facts.judge(weights) - if self.small { SMALL } else { 0.0 }
    }
}

/// What was measured.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// True spellings as the judge sees them; none where the first stage did not.
    pub truth: Vec<Option<Facts>>,
    /// Words that are none.
    pub wrong: Vec<Wrong>,
    /// Names times running words.
    pub tests: f64,
    /// How many names.
    pub names: usize,
}

/// Measures on pairs (of which every k-th name is taken, `most` at most); `listed` are all that is known to be true. Names are
/// Latin, or where `to` is Latin those of `script`. The model must still have its first weights.
pub fn measure(
    model: &'static Model,
    to: Script,
    pairs: &[Pair],
    text: &Text,
    most: usize,
    listed: &[Pair],
) -> Figures {
    let latin = to != Script::Latin;
    let name = |p: &Pair| if latin { p.latin.clone() } else { p.other.clone() };
    let word = |p: &Pair| if latin { p.other.clone() } else { p.latin.clone() };
    let chosen = chosen(pairs, latin, most);
    let place: HashMap<&str, u32> = chosen.iter().enumerate().map(|(i, l)| (l.as_str(), i as u32)).collect();
    let names = Names::with(model, &sought(&chosen, Sensitivity::Wide));
    let own = true_spellings(&place, pairs.iter().chain(listed), to);
    let mut out = Figures { names: chosen.len(), ..Figures::default() };
    let mut found: Vec<NameFound> = Vec::new();
    for p in pairs {
        let Some(i) = place.get(name(p).as_str()) else { continue };
        found.clear();
        names.score(&word(p), NEAR, &mut found);
        out.truth.push(found.iter().find(|f| f.name == *i).map(|f| f.facts));
    }
    let mut spelt = Spelt::default();
    out.tests = f64::from(text.values().sum::<u32>()) * chosen.len() as f64;
    for (word, count) in text {
        found.clear();
        names.score(word, NEAR, &mut found);
        if found.is_empty() || !spell(word, to, false, &mut spelt) {
            continue;
        }
        for f in &found {
            if !own.get(&f.name).is_some_and(|own| own.iter().any(|y| is_spelling(&spelt.symbols, y))) {
                let what = format!("{word} for {}", chosen[f.name as usize]);
                out.wrong.push(Wrong { facts: f.facts, count: *count, small: is_small(word, to), what });
            }
        }
    }
    out
}

/// Spellings that are known to be true, by the place of the name.
fn true_spellings<'p>(
    place: &HashMap<&str, u32>,
    pairs: impl Iterator<Item = &'p Pair>,
    to: Script,
) -> HashMap<u32, BTreeSet<Vec<Symbol>>> {
    let latin = to == Script::Latin;
    let mut own: HashMap<u32, BTreeSet<Vec<Symbol>>> = HashMap::new();
    for p in pairs {
        let (name, word) = if latin { (&p.other, &p.latin) } else { (&p.latin, &p.other) };
        if let (Some(i), Some(y)) = (place.get(name.as_str()), corpus::symbols(word, to, false)) {
            own.entry(*i).or_default().insert(y);
        }
    }
    own
}

/// Whether a running word begins with a small letter where names begin with a capital.
fn is_small(word: &str, script: Script) -> bool {
    script.has_capitals() && word.starts_with(char::is_lowercase)
}

/// Every so many of the names of pairs, `most` at most.
fn chosen(pairs: &[Pair], latin: bool, most: usize) -> Vec<String> {
    let all: BTreeSet<String> = pairs.iter().map(|p| if latin { p.latin.clone() } else { p.other.clone() }).collect();
    let step = all.len().div_ceil(most).max(1);
    all.into_iter().step_by(step).collect()
}

/// What is looked for.
fn sought(list: &[String], sensitivity: Sensitivity) -> Vec<Sought> {
    list.iter().map(|l| Sought { name: l.as_str().into(), sensitivity, beside: false }).collect()
}

/// What names find as they ship, each with its own thresholds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shipped {
    /// True spellings found, and how many there are.
    pub found: (usize, usize),
    /// False hits, and the names times running words that they are of.
    pub wrong: (u32, f64),
    /// The false hits, of a loud name no more than what makes it loud: one name's neighbour must not speak for all names.
    pub capped: u32,
    /// Names of which a language has more than three times the false hits that they may have, and three at least.
    pub loud: usize,
    /// Names.
    pub names: usize,
}

/// Measures a calibrated model as it is used.
pub fn shipped(
    (model, sensitivity): (&'static Model, Sensitivity),
    to: Script,
    pairs: &[Pair],
    texts: &[(&'static str, Text)],
    most: usize,
    all: &[Pair],
) -> Shipped {
    let latin = to != Script::Latin;
    let list = chosen(pairs, latin, most);
    let place: HashMap<&str, u32> = list.iter().enumerate().map(|(i, l)| (l.as_str(), i as u32)).collect();
    let names = Names::with(model, &sought(&list, sensitivity));
    let own = true_spellings(&place, pairs.iter().chain(all), to);
    let mut out = Shipped { names: list.len(), ..Shipped::default() };
    let mut found: Vec<NameFound> = Vec::new();
    // Pairs do not say of which language they are: of the first of its script mostly.
    let language = texts.first().and_then(|t| t.0.as_bytes().try_into().ok());
    for p in pairs {
        let (name, word) = if latin { (&p.latin, &p.other) } else { (&p.other, &p.latin) };
        let Some(i) = place.get(name.as_str()) else { continue };
        found.clear();
        names.find(word, &mut found);
        let hit = found.iter().any(|f| f.name == *i && f.score >= names.threshold(*i, to, language));
        out.found = (out.found.0 + usize::from(hit), out.found.1 + 1);
    }
    let mut spelt = Spelt::default();
    let mut loud: BTreeSet<u32> = BTreeSet::new();
    for (language, text) in texts {
        let code = language.as_bytes().try_into().ok();
        let running = text.values().sum::<u32>();
        let mut by_name: BTreeMap<u32, u32> = BTreeMap::new();
        for (word, count) in text {
            found.clear();
            names.find(word, &mut found);
            if found.is_empty() || !spell(word, to, false, &mut spelt) {
                continue;
            }
            let less = if is_small(word, to) { SMALL } else { 0.0 };
            for f in found.iter().filter(|f| f.score - less >= names.threshold(f.name, to, code)) {
                if !own.get(&f.name).is_some_and(|own| own.iter().any(|y| is_spelling(&spelt.symbols, y))) {
                    *by_name.entry(f.name).or_default() += count;
                }
            }
        }
        out.wrong.0 += by_name.values().sum::<u32>();
        out.wrong.1 += f64::from(running) * list.len() as f64;
        let allowed = (3.0 * f64::from(running) * f64::from(sensitivity.allowed())).max(3.0);
        out.capped += by_name.values().map(|n| f64::from(*n).min(allowed) as u32).sum::<u32>();
        loud.extend(by_name.into_iter().filter(|(_, n)| f64::from(*n) > allowed).map(|(name, _)| name));
    }
    out.loud = loud.len();
    out
}

/// Measures names inside runs of a script without spaces: a true spelling must be found as a whole, and every hit in the text counts as
/// false that is no listed spelling. The text is counted in letters, not in words.
pub fn in_runs(
    (model, sensitivity): (&'static Model, Sensitivity),
    script: Script,
    pairs: &[Pair],
    lines: &[String],
    most: usize,
) -> Shipped {
    let list = chosen(pairs, true, most);
    let place: HashMap<&str, u32> = list.iter().enumerate().map(|(i, l)| (l.as_str(), i as u32)).collect();
    let names = Names::with(model, &sought(&list, sensitivity));
    let mut out = Shipped { names: list.len(), ..Shipped::default() };
    let mut own: BTreeSet<(u32, &str)> = BTreeSet::new();
    let mut found = Vec::new();
    for p in pairs {
        let Some(i) = place.get(p.latin.as_str()) else { continue };
        own.insert((*i, p.other.as_str()));
        found.clear();
        names.find_in_run(&p.other, &mut found);
        let hit = found.iter().any(|(range, f)| f.name == *i && *range == (0..p.other.len()));
        out.found = (out.found.0 + usize::from(hit), out.found.1 + 1);
    }
    let mut by_name: BTreeMap<u32, u32> = BTreeMap::new();
    for run in lines.iter().flat_map(|l| l.split(|c: char| Script::of(c) != Some(script))).filter(|r| !r.is_empty()) {
        out.wrong.1 += run.chars().count() as f64 * list.len() as f64;
        found.clear();
        names.find_in_run(run, &mut found);
        for (range, f) in &found {
            if !own.contains(&(f.name, &run[range.clone()])) {
                *by_name.entry(f.name).or_default() += 1;
            }
        }
    }
    out.wrong.0 = by_name.values().sum();
    let letters = out.wrong.1 / list.len().max(1) as f64;
    let allowed = (3.0 * letters * f64::from(sensitivity.allowed())).max(3.0);
    out.loud = by_name.into_values().filter(|n| f64::from(*n) > allowed).count();
    out
}

/// A listed spelling, bare or with affixes of five letters in all, its last letter perhaps another.
fn is_spelling(word: &[Symbol], listed: &[Symbol]) -> bool {
    let n = listed.len();
    word.windows(n.max(1)).any(|w| w == listed) && word.len() <= n + 5
        || n >= 4 && word.starts_with(&listed[..n - 1]) && word.len() <= n + 3
}

impl Figures {
    /// Several as one.
    pub fn join(all: &[Figures]) -> Figures {
        let mut out = Figures::default();
        for f in all {
            out.truth.extend(f.truth.iter().copied());
            out.wrong.extend(f.wrong.iter().cloned());
            out.tests += f.tests;
            out.names += f.names;
        }
        out
    }

    /// The same without the words that a name is asked for when it is compiled.
    pub fn unlisted(&self) -> Figures {
        let mut out = self.clone();
        out.wrong.retain(|w| w.facts.common * CAPITALS < 1e-6);
        out
    }

    /// The score from which on false hits are no more than one in so many, and how many those are.
    pub fn threshold(&self, weights: &[f32; FACTS], one_in: f64) -> (f32, u32) {
        let mut scores: Vec<(f32, u32)> = self.wrong.iter().map(|w| (w.judge(weights), w.count)).collect();
        scores.sort_by(|a, b| b.0.total_cmp(&a.0));
        let allowed = self.tests / one_in;
        let mut sum = 0;
        for (score, count) in scores {
            if f64::from(sum + count) > allowed {
                return (score + 1e-4, sum);
            }
            sum += count;
        }
        (-20.0, sum)
    }

    /// The share of true spellings from a score on, in per cent.
    pub fn recall(&self, weights: &[f32; FACTS], threshold: f32) -> f32 {
        let found = self.truth.iter().flatten().filter(|f| f.judge(weights) >= threshold).count();
        100.0 * found as f32 / self.truth.len().max(1) as f32
    }
}
