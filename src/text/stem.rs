//! Words brought to their stems, by Snowball's algorithm for their language.
//!
//! An algorithm wants the word as its language spells it, in small letters: so a word is stemmed as the text has it, and
//! accents are folded in the stem. What an apostrophe puts before or behind a word (l'élection, minister's) goes first.

use frostem::{Algorithm, Stemmer};
use icu_normalizer::{ComposingNormalizer, ComposingNormalizerBorrowed};

use super::affix::readings;
use super::fold::{self, Class};
use super::language::Language;
use super::token::{self, Dots, Hash, Kind, Token, Tokens, scripts};

/// Longest word that is stemmed, in bytes: no language has longer ones, and the algorithms are not linear.
const WORD_LIMIT: usize = 128;

/// Letters that a word must have, and its stem. What is shorter has no ending to lose.
const LETTERS: (usize, usize) = (3, 2);

/// The script that an algorithm reads, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Greek,
    Cyrillic,
    Arabic,
    Hebrew,
    Devanagari,
    Tamil,
    Armenian,
}

/// Language tags, the script in question, and the algorithm. The first of a script (but Hebrew, whose algorithm is Yiddish's)
/// reads words of it in texts of another language that has an algorithm, and in texts that do not say theirs.
const LANGUAGES: [(&str, Script, Algorithm); 41] = {
    use Script::{Arabic, Armenian, Cyrillic, Devanagari, Greek, Hebrew, Latin, Tamil};
    [
        ("en", Latin, Algorithm::English),
        ("ru", Cyrillic, Algorithm::Russian),
        ("el", Greek, Algorithm::Greek),
        ("ar", Arabic, Algorithm::Arabic),
        ("hi", Devanagari, Algorithm::Hindi),
        ("ta", Tamil, Algorithm::Tamil),
        ("hy", Armenian, Algorithm::Armenian),
        ("eu", Latin, Algorithm::Basque),
        ("ca", Latin, Algorithm::Catalan),
        ("cs", Latin, Algorithm::Czech),
        ("da", Latin, Algorithm::Danish),
        ("nl", Latin, Algorithm::Dutch),
        ("eo", Latin, Algorithm::Esperanto),
        ("et", Latin, Algorithm::Estonian),
        ("fi", Latin, Algorithm::Finnish),
        ("fr", Latin, Algorithm::French),
        ("de", Latin, Algorithm::German),
        ("hu", Latin, Algorithm::Hungarian),
        ("id", Latin, Algorithm::Indonesian),
        ("ms", Latin, Algorithm::Indonesian),
        ("ga", Latin, Algorithm::Irish),
        ("it", Latin, Algorithm::Italian),
        ("lt", Latin, Algorithm::Lithuanian),
        ("no", Latin, Algorithm::Norwegian),
        ("nb", Latin, Algorithm::Norwegian),
        ("nn", Latin, Algorithm::Norwegian),
        ("pl", Latin, Algorithm::Polish),
        ("pt", Latin, Algorithm::Portuguese),
        ("ro", Latin, Algorithm::Romanian),
        ("sr", Latin, Algorithm::Serbian),
        ("st", Latin, Algorithm::Sesotho),
        ("es", Latin, Algorithm::Spanish),
        ("sv", Latin, Algorithm::Swedish),
        ("tr", Latin, Algorithm::Turkish),
        ("sr", Cyrillic, Algorithm::Serbian),
        ("uk", Cyrillic, Algorithm::Ukrainian),
        ("fa", Arabic, Algorithm::Persian),
        ("prs", Arabic, Algorithm::Persian),
        ("ne", Devanagari, Algorithm::Nepali),
        ("yi", Hebrew, Algorithm::Yiddish),
        ("ji", Hebrew, Algorithm::Yiddish),
    ]
};

/// How the words of a text are stemmed: by the algorithm of its language, words in another script by the one most
/// often met in it; not at all where the language has none, since another's endings would be cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stemming(u8);

impl Stemming {
    /// For texts that do not say their language.
    pub const UNKNOWN: Stemming = Stemming(0);
    /// For texts in a language without algorithm.
    const NONE: Stemming = Stemming(1);
    /// Ways there are.
    pub const COUNT: usize = LANGUAGES.len() + 2;

    /// From the first subtag of a language tag.
    pub fn of(primary: &str) -> Self {
        let place = LANGUAGES.iter().position(|(tag, ..)| tag.eq_ignore_ascii_case(primary));
        place.map_or(if primary.is_empty() { Self::UNKNOWN } else { Self::NONE }, |i| Self(i as u8 + 2))
    }

    /// Its number below [`Self::COUNT`].
    pub fn number(self) -> usize {
        self.0 as usize
    }

    fn stemmer(self, script: Script) -> Option<Stemmer> {
        if self == Self::NONE {
            return None;
        }
        let own = self.0.checked_sub(2).map(|i| LANGUAGES[i as usize].0);
        let mut all = LANGUAGES.iter().filter(|(_, s, _)| *s == script);
        let first = all.clone().next().filter(|_| script != Script::Hebrew);
        all.find(|(tag, ..)| Some(*tag) == own).or(first).map(|(.., algorithm)| Stemmer::new(*algorithm))
    }
}

/// The tokens of a text from `first` on, its words replaced by their stems, and whether any has one; a word that has none stays as it is folded.
pub fn stemmed(text: &str, tokens: &Tokens, first: usize, language: Language) -> (Tokens, bool) {
    let list = tokens.list.get(first..).unwrap_or_default();
    let mut out = Tokens { folded: String::new(), list: Vec::with_capacity(list.len()) };
    let mut any = false;
    for token in list {
        let mut stemmed = Token { from: out.folded.len() as u32, ..*token };
        let (start, end) = bare(text, tokens.form(token), token, language);
        if token.kind == Kind::Word && stem(&text[start..end], language, &mut out.folded) {
            any = true;
            (stemmed.start, stemmed.end) = (start as u32, end as u32);
        } else {
            out.folded.push_str(tokens.form(token));
        }
        stemmed.to = out.folded.len() as u32;
        stemmed.hash = Hash::of(out.form(&stemmed));
        out.list.push(stemmed);
    }
    (out, any)
}

/// The part of a word that is stemmed: without what an apostrophe puts before or behind it.
fn bare(text: &str, form: &str, token: &Token, language: Language) -> (usize, usize) {
    let (mut start, mut end) = (token.start as usize, token.end as usize);
    if token.scripts & scripts::MARKED == 0 || token.scripts & scripts::HEBREW != 0 {
        return (start, end);
    }
    let word = &text[start..end];
    let (mut front, mut back) = (false, false);
    readings(form, word, token, language, &mut |r| {
        front |= r.affix && form[..r.front].ends_with('\'');
        back |= r.affix && form[form.len() - r.back..].starts_with('\'');
    });
    let mark = |c: char| fold::row(c).class == Class::Apostrophe;
    if back && let Some(i) = word.rfind(mark) {
        end = start + i;
    }
    if front && let Some((i, c)) = word.char_indices().find(|(_, c)| mark(*c)) {
        start += i + c.len_utf8();
    }
    if start < end { (start, end) } else { (token.start as usize, token.end as usize) }
}

/// Puts the folded stem of a word behind `out`; `false` where it has none.
fn stem(word: &str, language: Language, out: &mut String) -> bool {
    let Some(stemmer) =
        (word.len() <= WORD_LIMIT).then(|| script(word)).flatten().and_then(|s| language.stemming.stemmer(s))
    else {
        return false;
    };
    let visible: String = word.chars().filter(|c| fold::row(*c).class != Class::Ignorable).collect();
    let plain = NFKC.normalize(&visible);
    let small = match language.turkic {
        true => plain.replace('I', "ı").replace('İ', "i").to_lowercase(),
        false => plain.to_lowercase(),
    };
    let letters = small.chars().filter(|c| c.is_alphabetic()).count();
    if letters < LETTERS.0 || small.chars().any(|c| fold::row(c).class == Class::Digit) {
        return false;
    }
    let stem = stemmer.stem(&small);
    if stem.chars().filter(|c| c.is_alphabetic()).count() < LETTERS.1 {
        return false;
    }
    let dots = if language.turkic { Dots::Turkic } else { Dots::Plain };
    out.push_str(&token::read(&stem, dots).joined());
    true
}

/// The script of a word that has an algorithm; `None` where it is of several.
fn script(word: &str) -> Option<Script> {
    let mut found = None;
    for c in word.chars() {
        let this = match (fold::row(c).class, c) {
            (Class::Latin, _) => Script::Latin,
            (Class::Greek, _) => Script::Greek,
            (Class::Cyrillic, _) => Script::Cyrillic,
            (Class::Arabic, _) => Script::Arabic,
            (Class::Hebrew, _) => Script::Hebrew,
            (Class::Indic, '\u{900}'..='\u{97F}') => Script::Devanagari,
            (Class::Indic, '\u{B80}'..='\u{BFF}') => Script::Tamil,
            (Class::Other, '\u{530}'..='\u{58F}') => Script::Armenian,
            (class, _) if class.is_spaced() => return None,
            _ => continue,
        };
        if found.is_some_and(|f| f != this) {
            return None;
        }
        found = Some(this);
    }
    found
}

const NFKC: ComposingNormalizerBorrowed<'static> = ComposingNormalizer::new_nfkc();

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stems(text: &str, tag: Option<&str>) -> String {
        let language = Language::of(tag);
        let dots = if language.turkic { Dots::Turkic } else { Dots::Plain };
        let tokens = token::read(text, dots);
        let (out, _) = stemmed(text, &tokens, 0, language);
        out.list.iter().map(|t| out.form(t)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn words_of_one_stem_meet_and_others_do_not() {
        for (tag, a, b) in [
            (Some("fi"), "Moskova", "Moskovasta"),
            (Some("ru"), "САНКЦИИ", "санкциях"),
            (None, "санкции", "санкциях"),
            (Some("fr"), "L’élection", "elections"),
            (Some("en"), "minister’s", "ministers"),
            (Some("tr"), "ISPARTA", "Isparta'ya"),
            (Some("sr"), "влада", "vlada"),
            (Some("de-AT"), "Kriege", "KRIEGES"),
            (Some("es"), "elecci\u{6F}\u{301}n", "elecciones"),
            (Some("el"), "κυρώσεις", "ΚΥΡΏΣΕΩΝ"),
            (Some("fi"), "санкции", "санкциях"),
        ] {
            assert_eq!(stems(a, tag), stems(b, tag), "{tag:?}");
        }
        for (tag, a, b) in [
            (Some("fi"), "ministeri", "ministeriö"),
            (Some("ru"), "война", "воин"),
            (Some("vi"), "elections", "election"),
            (Some("en"), "O'Brien", "Brien"),
            (Some("en"), "G20s", "G20"),
        ] {
            assert_ne!(stems(a, tag), stems(b, tag), "{tag:?}");
        }
    }

    #[test]
    fn a_stemmed_word_stands_without_its_article() {
        let text = "de l’élection d'une";
        let tokens = token::read(text, Dots::Plain);
        let (out, _) = stemmed(text, &tokens, 0, Language::of(Some("fr")));
        assert_eq!(&text[out.list[1].start as usize..out.list[1].end as usize], "élection");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

        #[test]
        fn no_word_is_too_odd_for_any_algorithm(
            language in prop::sample::select(&LANGUAGES[..]),
            text in "[a-zA-Z'àéñöšžığıœßйћ]{1,30}|[а-яёіїєґ]{1,30}|[α-ωάέήώϊς]{1,30}|\\p{Arabic}{1,20}|\\p{Devanagari}{1,20}|\\p{Tamil}{1,20}|\\p{Armenian}{1,20}|\\p{Hebrew}{1,20}|\\PC{0,30}",
        ) {
            stems(&text, Some(language.0));
            stems(&text, None);
        }
    }
}
