//! How likely a word is as an ordinary word of its script: from how often the common ones stand in running text, and from
//! what the others look like.

use super::letters::{Script, Symbol};
use super::model::Model;
use super::table::hash;

/// Share of running words that no list has and that are ordinary, and of those that are names.
const UNLISTED: (f32, f32) = (0.07, 0.03);

/// The rate of a word among the common words of a script, the highest of its languages; 0 where none has it.
pub fn common(model: &Model, script: Script, word: &[Symbol]) -> f32 {
    let hash = hash(word);
    model.words.iter().filter(|w| w.script == script).filter_map(|w| w.rate(hash)).fold(0.0, f32::max)
}

/// Logarithm of the share of running words that a word is, as far as it is an ordinary one or somebody else's name: as it
/// stands or with an affix, which other words carry as names do.
pub fn background(model: &Model, script: Script, word: &[Symbol]) -> f32 {
    beside(model, script, word, common(model, script, word))
}

/// The same of a word whose rate is known.
pub fn beside(model: &Model, script: Script, word: &[Symbol], rate: f32) -> f32 {
    let known = &model.scripts[script as usize];
    // The lists of Korean are of words without their particles.
    let bare = script != Script::Hangul;
    let mut sum = if bare { rate + UNLISTED.0 * known.letters.word(word).exp() } else { 0.0 };
    // What the letters behind a front cost one after another, which all its affixes share.
    let mut shared: (usize, Vec<f32>) = (usize::MAX, Vec::new());
    for affix in &known.affixes {
        let (front, back) = (affix.front.len(), affix.back.len());
        if !affix.lost.is_empty()
            || word.len() <= front + back
            || back > 0 && affix.back.last() != word.last()
            || !word.starts_with(&affix.front)
            || !word.ends_with(&affix.back)
        {
            continue;
        }
        if shared.0 != front {
            shared = (front, known.names.beginnings(&word[front..]));
        }
        let core = &word[front..word.len() - back];
        let share = affix.cost.exp();
        sum += share * UNLISTED.1 * (shared.1[core.len()] + known.names.next(core, 0).ln()).exp();
        if !bare {
            sum += share * (common(model, script, core) + UNLISTED.0 * known.letters.word(core).exp());
        }
    }
    sum.max(1e-36).ln()
}
