//! The second stage: what passes the first score is judged by all that is known of the two words together.
//!
//! A weighted sum whose weights were learnt from true spellings and from words of running text that came near. Beside the two
//! terms of the first score it sees how well the word explains the name (the model of the other direction), how
//! long both are, and whether the word is a common one: a long common word that fits a name well is the name itself more often than not.

/// How many facts are weighed.
pub const FACTS: usize = 11;

/// A word and a name, as far as the judge looks at them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Facts {
    /// Logarithm of the probability of the word given the name, with its affix.
    pub likelihood: f32,
    /// Logarithm of the probability of the word as one of running text.
    pub background: f32,
    /// Letters of the word without its affix.
    pub core: usize,
    /// Letters of the name.
    pub name: usize,
    /// Logarithm of the probability of the name given the core of the word.
    pub reverse: f32,
    /// Logarithm of the probability of the name among names.
    pub look: f32,
    /// Share of running words that the word is, 0 where no list has it.
    pub common: f32,
    /// Whether an affix was taken off.
    pub affix: bool,
}

impl Facts {
    /// Where [`Facts::likelihood`] stands among the numbers.
    pub const LIKELIHOOD: usize = 0;

    /// Where [`Facts::name`] stands among the numbers.
    pub const NAME: usize = 3;

    /// Where [`Facts::reverse`] stands among the numbers.
    pub const REVERSE: usize = 4;

    /// Where [`Facts::look`] stands among the numbers.
    pub const LOOK: usize = 5;

    /// The facts as numbers.
    pub fn numbers(&self) -> [f32; FACTS] {
        let listed = self.common > 0.0;
        let core = self.core as f32;
        [
            self.likelihood,
            self.background,
            core,
            self.name as f32,
            self.reverse,
            self.look,
            if listed { self.common.ln() + 20.0 } else { 0.0 },
            f32::from(u8::from(listed)),
            if listed { core } else { 0.0 },
            f32::from(u8::from(self.affix)),
            1.0,
        ]
    }

    /// The judgement: the higher, the surer.
    pub fn judge(&self, weights: &[f32; FACTS]) -> f32 {
        self.numbers().iter().zip(weights).map(|(n, w)| n * w).sum()
    }
}

/// What the weights are before they were learnt: the first score.
pub const FIRST: [f32; FACTS] = [1.0, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];

/// First score from which on a word is judged.
pub const NEAR: f32 = 1.0;

/// How much less sure a word is that begins with a small letter in a line that has capitals, in scripts that have them: in the news
/// fewer than one name in a hundred does, and five other words in six.
pub const SMALL: f32 = 5.0;
