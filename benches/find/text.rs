//! News in sixteen languages, invented: words of each script's own letters and usual length, with accents about as often as the
//! language has them, as often as Zipf's law has them, in
//! sentences and items. The same bytes at every run.

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
}

/// The makings of a syllable.
enum Syllables {
    /// A letter of each in turn.
    Of(&'static str, &'static str),
    /// A character between two.
    Between(char, char),
}

use Syllables::{Between, Of};

const fn spaced(tag: &'static str, first: &'static str, second: &'static str) -> Language {
    Language { tag, syllables: Of(first, second), length: (2, 4), blank: " ", stop: ". " }
}

/// The sixteen.
pub const LANGUAGES: [Language; 16] = [
    spaced("en", "bcdfghjklmnprstvw", "aeiouaeioy"),
    spaced("fr", "bcdfghjlmnpqrstv", "aeiouaeiouaeiouaeiouaeiouéèà"),
    spaced("de", "bdfghklmnprstvwz", "aeiouaeiouaeiouaeieäöüß"),
    spaced("pl", "bcdfghjklłmnprstwzśż", "aeiouyaeiouyaeioyąęó"),
    spaced("tr", "bcçdfgğhklmnprsştyz", "aeiaeiaeıaeiuoaeıuöü"),
    spaced("vi", "bcdđghklmnpqrstvx", "aeiouaeiouaieoauăâêôơưáàảạấế"),
    spaced("ru", "бвгджзклмнпрстфхцчш", "аеиоуыэюяй"),
    spaced("uk", "бвгґджзклмнпрстфхцчш", "аеиоуіїєюй"),
    spaced("el", "βγδζθκλμνξπρστφχψ", "αεηιουωάέίόύς"),
    spaced("ar", "بتثجحخدذرزسشصضطعغفقكلمنهوي", "اويىأةبلمن"),
    spaced("he", "בגדהוזחטכלמנסעפצקרשת", "אויהלמרתםן"),
    spaced("hi", "कखगघचजटडतदनपबभमयरलवशसह", "ािीुेोंै"),
    Language { tag: "ko", syllables: Between('가', '힣'), length: (2, 5), blank: " ", stop: ". " },
    Language { tag: "zh", syllables: Between('一', '龥'), length: (2, 4), blank: "", stop: "。" },
    Language {
        tag: "ja",
        syllables: Of("日本国会議東京大学新聞社", "のはをにがでとしたりいうカタナ"),
        length: (2, 4),
        blank: "",
        stop: "。",
    },
    Language {
        tag: "th", syllables: Of("กขคงจชซดตถทนบปผพฟมยรลวสหอ", "าิีุูะัเแโไ็"), length: (2, 4), blank: "", stop: " "
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
    /// Its words, the most frequent first; another seed gives others.
    pub fn words(&self, seed: u64, count: usize) -> Vec<String> {
        let mut chance = Chance::new(seed ^ self.tag.bytes().fold(7, |h, b| h * 31 + u64::from(b)));
        (0..count).map(|_| self.word(&mut chance)).collect()
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

/// A rank below `n`, each about as often as its inverse.
fn zipf(chance: &mut Chance, n: usize) -> usize {
    let u = chance.below(1 << 30) as f64 / (1u64 << 30) as f64;
    ((n as f64).powf(u) - 1.0) as usize
}
