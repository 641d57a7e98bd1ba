//! What the language of a text changes in how it is read.

use super::stem::Stemming;

/// The few facts about a language that folding and affixes depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Language {
    /// `I` is the capital of `ı`, and `İ` of `i`.
    pub turkic: bool,
    /// A word in Arabic letters may carry Arabic clitics (it may not in Persian or Urdu, say).
    pub arabic_clitics: bool,
    /// How its words are stemmed where a watch asks for it.
    pub stemming: Stemming,
}

/// Languages that tell dotted and dotless i apart.
const TURKIC: [&str; 4] = ["tr", "az", "crh", "gag"];

/// Languages written in Arabic letters that do not write Arabic's prefixes.
const WITHOUT_CLITICS: [&str; 14] =
    ["fa", "ur", "ps", "ku", "ckb", "ug", "sd", "ks", "pa", "az", "prs", "bal", "kk", "ms"];

impl Language {
    /// What is assumed where an item does not say its language.
    pub const UNKNOWN: Language = Language { turkic: false, arabic_clitics: true, stemming: Stemming::UNKNOWN };

    /// Whether nobody said it.
    pub fn is_unknown(&self) -> bool {
        self.stemming == Stemming::UNKNOWN
    }

    /// From a BCP 47 tag, of which the first subtag decides; `_` is taken for `-`, as feeds write both.
    pub fn of(tag: Option<&str>) -> Self {
        let Some(tag) = tag else { return Self::UNKNOWN };
        let primary = tag.trim().split(['-', '_']).next().unwrap_or("");
        let is = |list: &[&str]| list.iter().any(|l| l.eq_ignore_ascii_case(primary));
        Self { turkic: is(&TURKIC), arabic_clitics: !is(&WITHOUT_CLITICS), stemming: Stemming::of(primary) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_subtag_decides() {
        assert!(Language::of(Some("tr-TR")).turkic && Language::of(Some("AZ_Latn")).turkic);
        assert!(!Language::of(Some("en")).turkic && !Language::of(None).turkic && !Language::of(Some("trv")).turkic);
        assert!(Language::of(Some("ar-EG")).arabic_clitics && !Language::of(Some("fa")).arabic_clitics);
    }
}
