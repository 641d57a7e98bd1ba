//! News in sixteen languages, invented: words of each script's own letters and usual length, with accents about as often as the
//! language has them, as often as Zipf's law has them, in sentences and items. The same bytes at every run.
//!
//! Languages that share letters share no words: each word falls to one of them, by what it folds into. Else a term of one language
//! would be found in the texts of all, which real words seldom are.

use std::collections::HashSet;

use feedwatch::text::fold;

/// What a language looks like.
pub struct Language {
    /// Its tag.
    pub tag: &'static str,
    /// What its words are made of.
    syllables: Syllables,
    /// Syllables of a word, least and most.
    length: (u64, u64),
    /// What stands between words.
    blank: &'static str,
    /// What ends a sentence.
    stop: &'static str,
    /// Its number among the languages that share its letters, and how many those are.
    share: (u64, u64),
}

/// The makings of a syllable.
enum Syllables {
    /// A letter of each in turn.
    Of(&'static str, &'static str),
    /// A character between two.
    Between(char, char),
}

use Syllables::{Between, Of};

const fn spaced(tag: &'static str, share: (u64, u64), first: &'static str, second: &'static str) -> Language {
    Language { tag, syllables: Of(first, second), length: (2, 4), blank: " ", stop: ". ", share }
}

/// The sixteen.
pub const LANGUAGES: [Language; 16] = [
    spaced("en", (0, 6), "bcdfghjklmnprstvw", "aeiouaeioy"),
    spaced("fr", (1, 6), "bcdfghjlmnpqrstv", "aeiouaeiouaeiouaeiouaeiouéèà"),
    spaced("de", (2, 6), "bdfghklmnprstvwz", "aeiouaeiouaeiouaeieäöüß"),
    spaced("pl", (3, 6), "bcdfghjklłmnprstwzśż", "aeiouyaeiouyaeioyąęó"),
    spaced("tr", (4, 6), "bcçdfgğhklmnprsştyz", "aeiaeiaeıaeiuoaeıuöü"),
    spaced("vi", (5, 6), "bcdđghklmnpqrstvx", "aeiouaeiouaieoauăâêôơưáàảạấế"),
    spaced("ru", (0, 2), "бвгджзклмнпрстфхцчш", "аеиоуыэюяй"),
    spaced("uk", (1, 2), "бвгґджзклмнпрстфхцчш", "аеиоуіїєюй"),
    spaced("el", (0, 1), "βγδζθκλμνξπρστφχψ", "αεηιουωάέίόύς"),
    spaced("ar", (0, 1), "بتثجحخدذرزسشصضطعغفقكلمنهوي", "اويىأةبلمن"),
    spaced("he", (0, 1), "בגדהוזחטכלמנסעפצקרשת", "אויהלמרתםן"),
    spaced("hi", (0, 1), "कखगघचजटडतदनपबभमयरलवशसह", "ािीुेोंै"),
    Language { tag: "ko", syllables: Between('가', '힣'), length: (2, 5), blank: " ", stop: ". ", share: (0, 1) },
    Language { tag: "zh", syllables: Between('一', '龥'), length: (2, 4), blank: "", stop: "。", share: (0, 1) },
    Language {
        tag: "ja",
        syllables: Of("日本国会議東京大学新聞社", "のはをにがでとしたりいうカタナ"),
        length: (2, 4),
        blank: "",
        stop: "。",
        share: (0, 1),
    },
    Language {
        tag: "th",
        syllables: Of("กขคงจชซดตถทนบปผพฟมยรลวสหอ", "าิีุูะัเแโไ็"),
        length: (2, 4),
        blank: "",
        stop: " ",
        share: (0, 1),
    },
];

/// Different words of a language.
pub const WORDS: usize = 100_000;

/// Numbers that look like chance (xorshift64*).
pub struct Chance(u64);

impl Chance {
    /// The same seed gives the same numbers.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) * n) >> 31
    }
}

impl Language {
    /// Its words, the most frequent first and none twice; another seed gives others.
    pub fn words(&self, seed: u64, count: usize) -> Vec<String> {
        let mut chance = Chance::new(seed ^ self.tag.bytes().fold(7, |h, b| h * 31 + u64::from(b)));
        let mut known = HashSet::new();
        let mut out = Vec::with_capacity(count);
        while out.len() < count {
            let word = self.word(&mut chance);
            let folded = folded(&word);
            if self.has(&folded) && known.insert(folded) {
                out.push(word);
            }
        }
        out
    }

    /// Whether a folded word falls to this one of the languages that share its letters.
    fn has(&self, folded: &str) -> bool {
        let mixed =
            folded.bytes().fold(0xCBF2_9CE4_8422_2325, |h: u64, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01B3));
        (mixed >> 32) % self.share.1 == self.share.0
    }

    fn word(&self, chance: &mut Chance) -> String {
        let mut word = String::new();
        for _ in 0..self.length.0 + chance.below(self.length.1 - self.length.0 + 1) {
            match self.syllables {
                Of(first, second) => {
                    for letters in [first, second] {
                        word.extend(letters.chars().nth(chance.below(letters.chars().count() as u64) as usize));
                    }
                }
                Between(from, to) => {
                    word.extend(char::from_u32(from as u32 + chance.below((to as u32 - from as u32).into()) as u32));
                }
            }
        }
        word
    }

    /// Items of about four kilobytes, `bytes` in all, and how often each of its words stands there, roughly: `zipf(rank)`.
    pub fn items(&self, bytes: usize) -> Vec<String> {
        let words = self.words(1, WORDS);
        let mut chance = Chance::new(2);
        let mut items = Vec::new();
        let mut total = 0;
        while total < bytes {
            let mut item = String::with_capacity(4200);
            while item.len() < 4096 {
                for n in 0..8 + chance.below(12) {
                    let word = &words[zipf(&mut chance, WORDS)];
                    if n == 0 {
                        let mut letters = word.chars();
                        item.extend(letters.next().into_iter().flat_map(char::to_uppercase));
                        item.push_str(letters.as_str());
                    } else {
                        item.push_str(if chance.below(12) == 0 { ", " } else { self.blank });
                        item.push_str(word);
                    }
                }
                item.push_str(self.stop);
            }
            total += item.len();
            items.push(item);
        }
        items
    }
}

/// A word as it is compared.
pub fn folded(word: &str) -> String {
    let mut out = String::new();
    word.chars().for_each(|c| fold::push(c, &mut out));
    out
}

/// A rank below `n`, each about as often as its inverse.
fn zipf(chance: &mut Chance, n: usize) -> usize {
    let u = chance.below(1 << 30) as f64 / (1u64 << 30) as f64;
    ((n as f64).powf(u) - 1.0) as usize
}
