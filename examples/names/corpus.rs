//! Reads the files of pairs and words, and parts them.

use std::fs;
use std::path::Path;

use feedwatch::matcher::names::letters::{Script, Spelt, Symbol, spell};

/// A name and one of its spellings.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The Latin name as the file has it.
    pub latin: String,
    /// The other spelling.
    pub other: String,
    /// How much it counts.
    pub weight: f32,
    /// How often the source has it.
    pub count: f32,
    /// How alike both are, from 0 to 1; 1 where that is not known.
    pub similarity: f32,
    /// Its symbols: of the Latin name with marks.
    pub x: Vec<Symbol>,
    /// Of the other spelling.
    pub y: Vec<Symbol>,
}

/// The symbols of a word, where it has such.
pub fn symbols(word: &str, script: Script, marks: bool) -> Option<Vec<Symbol>> {
    let mut spelt = Spelt::default();
    (spell(word, script, marks, &mut spelt) && spelt.symbols.len() <= 24).then_some(spelt.symbols)
}

/// The letters of a Latin name without marks: what the split goes by.
pub fn key(latin: &str) -> String {
    let plain = symbols(latin, Script::Latin, false).unwrap_or_default();
    plain.iter().map(|s| (b'a' + (*s as u8 - 1).min(25)) as char).collect()
}

/// Whether a name is in the fifth that is measured on.
pub fn is_measured(key: &str) -> bool {
    let h = key.bytes().fold(0xcbf2_9ce4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3));
    (h >> 32) % 5 == 0
}

/// The pairs of a file `SCRIPT-SOURCE.tsv`; none where there is no such file.
pub fn pairs(folder: &Path, script: Script, source: &str) -> Vec<Pair> {
    let path = folder.join(format!("pairs/{}-{source}.tsv", script.code()));
    let Ok(text) = fs::read_to_string(&path) else { return Vec::new() };
    let mut out = Vec::new();
    for line in text.lines() {
        let mut fields = line.split('\t');
        let (Some(latin), Some(other), Some(count)) = (fields.next(), fields.next(), fields.next()) else { continue };
        let count: f32 = count.parse().unwrap_or(1.0);
        let similarity = fields.next().and_then(|s| s.parse().ok()).unwrap_or(1.0);
        let (Some(x), Some(y)) = (symbols(latin, Script::Latin, true), symbols(other, script, false)) else { continue };
        let weight = 1.0 + 0.5 * count.ln();
        out.push(Pair { latin: latin.to_owned(), other: other.to_owned(), weight, count, similarity, x, y });
    }
    out
}

/// The pairs of a file `X-Y.tsv` of two scripts neither of which is Latin, with the key that the split goes by; the spelling in X
/// stands in the place of the Latin one.
pub fn cross(folder: &Path, from: Script, to: Script) -> Vec<(String, Pair)> {
    let read = |a: Script, b: Script| fs::read_to_string(folder.join(format!("cross/{}-{}.tsv", a.code(), b.code())));
    let (text, turned) = match read(from, to) {
        Ok(text) => (text, false),
        Err(_) => (read(to, from).unwrap_or_default(), true),
    };
    let pair = |line: &str| {
        let mut fields = line.split('\t');
        let (mut a, mut b, shared) = (fields.next()?, fields.next()?, fields.next()?);
        if turned {
            (a, b) = (b, a);
        }
        let (x, y) = (symbols(a, from, false)?, symbols(b, to, false)?);
        let (latin, other) = (a.to_owned(), b.to_owned());
        Some((key(shared), Pair { latin, other, weight: 1.0, count: 1.0, similarity: 1.0, x, y }))
    };
    text.lines().filter_map(pair).collect()
}

/// Twenty well-known names as the news of many languages writes them: the first line in English, then a language a line.
pub static KNOWN: &str = include_str!("known.tsv");

/// Words of languages in Latin letters, which the folder of pairs has not: the 8,000 commonest of each by wordfreq 3.1.1
/// (CC BY-SA 4.0). A line has a language, a count in 1,000,000,000 words and the words that are so common.
static LATIN: &str = include_str!("latin.tsv");

/// Words of a language with their share of running text.
pub fn words(folder: &Path, language: &str, script: Script) -> Vec<(String, Vec<Symbol>, f32)> {
    let word = |word: &str, count: &str| {
        Some((word.to_owned(), symbols(word, script, false)?, count.parse::<f32>().ok()? / 1e9))
    };
    if script == Script::Latin {
        let lines = LATIN.lines().map(|l| l.split('\t').collect::<Vec<_>>()).filter(|l| l[0] == language);
        return lines.flat_map(|l| l[2].split(' ').filter_map(|w| word(w, l[1])).collect::<Vec<_>>()).collect();
    }
    let text = fs::read_to_string(folder.join(format!("words/{language}.tsv"))).unwrap_or_default();
    text.lines().filter_map(|l| l.split_once('\t').and_then(|(w, count)| word(w, count))).collect()
}

/// Lines of a text.
pub fn lines(folder: &Path, language: &str) -> Vec<String> {
    let text = fs::read_to_string(folder.join(format!("text/{language}.txt"))).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}
