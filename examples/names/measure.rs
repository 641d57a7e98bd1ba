//! Recall of held-out spellings, and false hits in running text.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use feedwatch::matcher::names::judge::{FACTS, Facts, NEAR};
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

/// The running words of a script in all its languages.
pub fn texts(folder: &Path, script: Script) -> Text {
    let mut out = Text::new();
    for (language, _) in TEXTS.iter().filter(|t| t.1 == script) {
        for line in corpus::lines(folder, language) {
            let inside = |c: char| {
                Script::of(c) == Some(script)
                    || matches!(c, '\'' | '’' | '׳' | '\u{300}'..='\u{36F}' | '\u{64B}'..='\u{65F}')
            };
            for word in line.split(|c: char| !inside(c)) {
                let word = word.trim_matches(['\'', '’']);
                if !word.is_empty() {
                    *out.entry(word.to_owned()).or_default() += 1;
                }
            }
        }
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
    /// What it is, for whom.
    pub what: String,
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
    script: Script,
    pairs: &[Pair],
    text: &Text,
    most: usize,
    listed: &[Pair],
) -> Figures {
    let latin = to != Script::Latin;
    let name = |p: &Pair| if latin { p.latin.clone() } else { p.other.clone() };
    let word = |p: &Pair| if latin { p.other.clone() } else { p.latin.clone() };
    let all: BTreeSet<String> = pairs.iter().map(name).collect();
    let step = all.len().div_ceil(most).max(1);
    let chosen: Vec<String> = all.into_iter().step_by(step).collect();
    let place: HashMap<&str, u32> = chosen.iter().enumerate().map(|(i, l)| (l.as_str(), i as u32)).collect();
    let sought: Vec<Sought> = chosen
        .iter()
        .map(|l| Sought { name: l.as_str().into(), sensitivity: Sensitivity::Wide, beside: false })
        .collect();
    let names = Names::with(model, &sought);
    let mut own: HashMap<u32, BTreeSet<Vec<Symbol>>> = HashMap::new();
    for p in pairs.iter().chain(listed) {
        if let (Some(i), Some(y)) = (place.get(name(p).as_str()), corpus::symbols(&word(p), to, false)) {
            own.entry(*i).or_default().insert(y);
        }
    }
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
    let _ = script;
    for (word, count) in text {
        found.clear();
        names.score(word, NEAR, &mut found);
        if found.is_empty() || !spell(word, to, false, &mut spelt) {
            continue;
        }
        for f in &found {
            if !own.get(&f.name).is_some_and(|own| own.iter().any(|y| is_spelling(&spelt.symbols, y))) {
                let what = format!("{word} for {}", chosen[f.name as usize]);
                out.wrong.push(Wrong { facts: f.facts, count: *count, what });
            }
        }
    }
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

    /// The score from which on false hits are no more than one in so many, and how many those are.
    pub fn threshold(&self, weights: &[f32; FACTS], one_in: f64) -> (f32, u32) {
        let mut scores: Vec<(f32, u32)> = self.wrong.iter().map(|w| (w.facts.judge(weights), w.count)).collect();
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

    /// False hits from a score on.
    pub fn false_hits(&self, weights: &[f32; FACTS], threshold: f32) -> u32 {
        self.wrong.iter().filter(|w| w.facts.judge(weights) >= threshold).map(|w| w.count).sum()
    }
}
