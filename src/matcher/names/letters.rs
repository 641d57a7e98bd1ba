//! Words as symbols: one number a letter, jamo, half of a kana or of an Ethiopic sign, so that tables are flat and small.
//!
//! A word is of one script. What writers leave out or vary freely is folded away here (case, hamza, niqqud, tonos), what
//! tells sounds apart is kept (š beside s, the geresh of ג', й beside и).

use std::ops::Range;
use std::sync::OnceLock;

/// A letter of a script; 0 is the end of a word on either side.
pub type Symbol = u16;

/// Scripts that the model knows, by the number that the model file uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum Script {
    Latin = 0,
    Arabic = 1,
    Cyrillic = 2,
    Hebrew = 3,
    Greek = 4,
    Katakana = 5,
    Hangul = 6,
    Devanagari = 7,
    Bengali = 8,
    Gurmukhi = 9,
    Tamil = 10,
    Telugu = 11,
    Thai = 12,
    Armenian = 13,
    Georgian = 14,
    Ethiopic = 15,
    Han = 16,
}

impl Script {
    /// All of them, in the order of their numbers.
    pub const ALL: [Script; 17] = {
        use Script::*;
        [
            Latin, Arabic, Cyrillic, Hebrew, Greek, Katakana, Hangul, Devanagari, Bengali, Gurmukhi, Tamil, Telugu,
            Thai, Armenian, Georgian, Ethiopic, Han,
        ]
    };

    /// The ISO 15924 code in lower case, but that katakana is `kana`.
    pub fn code(self) -> &'static str {
        const CODES: [&str; 17] = [
            "latn", "arab", "cyrl", "hebr", "grek", "kana", "hang", "deva", "beng", "guru", "taml", "telu", "thai",
            "armn", "geor", "ethi", "hani",
        ];
        CODES[self as usize]
    }

    /// The script by its code.
    pub fn by_code(code: &str) -> Option<Script> {
        Self::ALL.into_iter().find(|s| s.code() == code)
    }

    /// Whether words stand without blanks between them, so that a spelling is looked for inside runs.
    pub fn is_unspaced(self) -> bool {
        matches!(self, Script::Han | Script::Thai)
    }

    /// Whether a name begins with a capital.
    pub fn has_capitals(self) -> bool {
        matches!(self, Script::Latin | Script::Cyrillic | Script::Greek | Script::Armenian)
    }

    /// The script of a letter, if the model knows it.
    pub fn of(c: char) -> Option<Script> {
        Some(match c as u32 {
            0x41..=0x5A | 0x61..=0x7A | 0xC0..=0x24F | 0x1E00..=0x1EFF => Script::Latin,
            0x370..=0x3FF | 0x1F00..=0x1FFF => Script::Greek,
            0x400..=0x52F => Script::Cyrillic,
            0x531..=0x587 => Script::Armenian,
            0x5D0..=0x5EA => Script::Hebrew,
            0x620..=0x6FF | 0x750..=0x77F => Script::Arabic,
            0x900..=0x97F => Script::Devanagari,
            0x980..=0x9FF => Script::Bengali,
            0xA00..=0xA7F => Script::Gurmukhi,
            0xB80..=0xBFF => Script::Tamil,
            0xC00..=0xC7F => Script::Telugu,
            0xE01..=0xE4E => Script::Thai,
            0x10D0..=0x10FF | 0x1C90..=0x1CBF => Script::Georgian,
            0x1200..=0x137F => Script::Ethiopic,
            0x30A1..=0x30FA | 0x30FC => Script::Katakana,
            0xAC00..=0xD7A3 => Script::Hangul,
            0x4E00..=0x9FFF => Script::Han,
            _ => return None,
        })
    }

    /// The script of a word, from its first letter that has one.
    pub fn of_word(word: &str) -> Option<Script> {
        word.chars().find_map(Script::of)
    }
}

/// A word spelt in symbols, and where each comes from.
#[derive(Debug, Clone, Default)]
pub struct Spelt {
    /// The symbols.
    pub symbols: Vec<Symbol>,
    /// For each symbol the byte where its character begins, and at the end the length of the word.
    pub places: Vec<u32>,
}

impl Spelt {
    /// The bytes that some symbols come from.
    pub fn bytes(&self, symbols: Range<usize>) -> Range<usize> {
        self.places[symbols.start] as usize..self.places[symbols.end] as usize
    }
}

/// Latin letters with marks that the model tells apart, from symbol 27 on.
const MARKED: [char; 24] = [
    'ç', 'ñ', 'ö', 'ü', 'ø', 'å', 'š', 'ž', 'č', 'ć', 'ł', 'ş', 'ğ', 'ı', 'ř', 'ß', 'đ', 'ț', 'ä', 'ś', 'ź', 'ż', 'ę',
    'ą',
];

/// Spells a word of a script; `false` where a character has no place in it (a digit, a letter of another script). Marks of
/// Latin letters are kept as far as the model knows them where `marks` says so: those of a name that is looked for are, those of a text are not.
pub fn spell(word: &str, script: Script, marks: bool, out: &mut Spelt) -> bool {
    out.symbols.clear();
    out.places.clear();
    for (at, c) in word.char_indices() {
        let known = match script {
            Script::Latin => latin(c, marks, &mut out.symbols),
            Script::Hangul => hangul(c, &mut out.symbols),
            Script::Katakana => katakana(c, &mut out.symbols),
            Script::Ethiopic => ethiopic(c, &mut out.symbols),
            Script::Han => match c {
                '\u{4E00}'..='\u{9FFF}' => {
                    out.symbols.push((c as u32 - 0x4DFF) as Symbol);
                    true
                }
                _ => matches!(c, '·' | '・'),
            },
            _ => by_table(c, script, &mut out.symbols),
        };
        if !known {
            return false;
        }
        out.places.resize(out.symbols.len(), at as u32);
    }
    out.places.push(word.len() as u32);
    !out.symbols.is_empty()
}

/// Takes the marks off Latin letters.
pub fn unmark(symbols: &mut Vec<Symbol>) {
    let marked = std::mem::take(symbols);
    for s in marked {
        match MARKED.get(usize::from(s).wrapping_sub(27)) {
            Some(c) => _ = latin(*c, false, symbols),
            None => symbols.push(s),
        }
    }
}

/// Whether the character may stand in a word without being one of its letters.
fn is_silent(c: char) -> bool {
    matches!(
        c,
        '\'' | '’' | '‘' | 'ʼ' | '`' | 'ʻ' | 'ʿ' | 'ʾ' | '-' | '‐' | '\u{2011}' | '\u{300}'..='\u{36F}' | '\u{200B}'..='\u{200F}' | '\u{AD}' | '\u{FE0F}'
    )
}

/// Vowel signs that are no letters for Unicode: viramas, nuktas, Thai tones.
fn is_sign(c: char) -> bool {
    matches!(c as u32, 0xE31..=0xE4E | 0x900..=0xC7F if (c as u32) < 0x964 || !matches!(c as u32 & 0x7F, 0x64..=0x6F))
}

/// Whether a symbol of Thai is a sign above a letter: a tone, or what makes it mute.
pub fn is_above(symbol: Symbol) -> bool {
    matches!(0xDFF + u32::from(symbol), 0xE47..=0xE4E)
}

fn latin(c: char, marks: bool, out: &mut Vec<Symbol>) -> bool {
    let lower = c.to_lowercase().next().unwrap_or(c);
    let mut plain = |s: &str| out.extend(s.bytes().map(|b| Symbol::from(b - b'a' + 1)));
    if lower.is_ascii_lowercase() {
        plain(lower.encode_utf8(&mut [0; 4]));
        return true;
    }
    let lower = if lower == 'ţ' { 'ț' } else { lower };
    if marks && let Some(i) = MARKED.iter().position(|m| *m == lower) {
        out.push(27 + i as Symbol);
        return true;
    }
    let base = match lower {
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'ǎ' | 'ạ' | 'ả' | 'ấ'..='ặ' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'č' | 'ĉ' | 'ċ' => "c",
        'ď' | 'đ' | 'ð' | 'ḍ' | 'ḏ' => "d",
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' | 'ə' | 'ẹ' | 'ẻ' | 'ẽ' | 'ế'..='ệ' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' | 'ǧ' => "g",
        'ĥ' | 'ħ' | 'ḥ' | 'ḩ' | 'ḫ' | 'ẖ' => "h",
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' | 'ỉ' | 'ị' => "i",
        'ĵ' => "j",
        'ķ' | 'ḳ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ł' | 'ḷ' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' | 'ŋ' | 'ṇ' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' | 'ơ' | 'ǒ' | 'ọ'..='ợ' => "o",
        'œ' => "oe",
        'ŕ' | 'ř' | 'ŗ' | 'ṛ' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' | 'ṣ' => "s",
        'ß' => "ss",
        'ţ' | 'ť' | 'ț' | 'ṭ' | 'ṯ' => "t",
        'þ' => "th",
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' | 'ư' | 'ǔ' | 'ụ'..='ự' => "u",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' | 'ỳ' | 'ỵ' | 'ỷ' | 'ỹ' => "y",
        'ź' | 'ż' | 'ž' | 'ẓ' => "z",
        c if is_silent(c) => "",
        _ => return false,
    };
    plain(base);
    true
}

/// Jamo: initials from 1, vowels from 20, finals from 41.
fn hangul(c: char, out: &mut Vec<Symbol>) -> bool {
    let Some(i) = (c as u32).checked_sub(0xAC00).filter(|i| *i < 11172) else { return is_silent(c) };
    let (l, v, t) = (i / 588, i % 588 / 28, i % 28);
    out.push(1 + l as Symbol);
    out.push(20 + v as Symbol);
    if t > 0 {
        out.push(40 + t as Symbol);
    }
    true
}

/// Sounds of katakana: a consonant (from 11) and a vowel (1 to 5) where the sign has both; small signs, ン, ッ and ー are one each.
fn katakana(c: char, out: &mut Vec<Symbol>) -> bool {
    const ROWS: [(&str, Symbol); 15] = [
        ("アイウエオ", 0),
        ("カキクケコ", 11),
        ("ガギグゲゴ", 12),
        ("サシスセソ", 13),
        ("ザジズゼゾ", 14),
        ("タチツテト", 15),
        ("ダヂヅデド", 16),
        ("ナニヌネノ", 17),
        ("ハヒフヘホ", 18),
        ("バビブベボ", 19),
        ("パピプペポ", 20),
        ("マミムメモ", 21),
        ("ヤ〇ユ〇ヨ", 22),
        ("ラリルレロ", 23),
        ("ワヰ〇ヱヲ", 24),
    ];
    const SINGLE: &str = "ァィゥェォャュョッンーヴヮ";
    if let Some(i) = SINGLE.chars().position(|s| s == c) {
        out.push(30 + i as Symbol);
        return true;
    }
    for (row, consonant) in ROWS {
        if let Some(i) = row.chars().position(|s| s == c) {
            if consonant > 0 {
                out.push(consonant);
            }
            out.push(1 + i as Symbol);
            return true;
        }
    }
    false
}

/// An Ethiopic sign: its row from 1, its order (the vowel) from 60.
fn ethiopic(c: char, out: &mut Vec<Symbol>) -> bool {
    let Some(i) = (c as u32).checked_sub(0x1200).filter(|i| *i < 0x158) else { return is_silent(c) };
    out.push(1 + (i / 8) as Symbol);
    out.push(60 + (i % 8) as Symbol);
    true
}

/// What [`block`] says of the 256 characters from the one on that a script begins at: how many symbols, [`UNKNOWN`] for no letter, and which.
type Table = [(u8, [Symbol; 2]); 256];

/// See [`Table`].
const UNKNOWN: u8 = u8::MAX;

/// The same as [`block`], looked up.
fn by_table(c: char, script: Script, out: &mut Vec<Symbol>) -> bool {
    static TABLES: [OnceLock<Box<Table>>; 17] = [const { OnceLock::new() }; 17];
    let Some(at) = (c as u32).checked_sub(begin(script)).filter(|i| *i < 256) else { return block(c, script, out) };
    let table = TABLES[script as usize].get_or_init(|| {
        let mut table = Box::new([(UNKNOWN, [0; 2]); 256]);
        let mut symbols = Vec::new();
        for (i, row) in (0u32..).zip(table.iter_mut()) {
            symbols.clear();
            if char::from_u32(begin(script) + i).is_some_and(|c| block(c, script, &mut symbols)) {
                row.0 = symbols.len() as u8;
                row.1[..symbols.len()].copy_from_slice(&symbols);
            }
        }
        table
    });
    match table[at as usize] {
        (UNKNOWN, _) => return false,
        (0, _) => {}
        (1, symbols) => out.push(symbols[0]),
        (_, symbols) => out.extend(symbols),
    }
    true
}

/// Where the block of a script begins.
fn begin(script: Script) -> u32 {
    match script {
        Script::Arabic => 0x600,
        Script::Cyrillic => 0x400,
        Script::Hebrew => 0x590,
        Script::Greek => 0x370,
        Script::Devanagari => 0x8FF,
        Script::Bengali => 0x97F,
        Script::Gurmukhi => 0x9FF,
        Script::Tamil => 0xB7F,
        Script::Telugu => 0xBFF,
        Script::Thai => 0xDFF,
        Script::Armenian => 0x530,
        Script::Georgian => 0x10CF,
        _ => 0x4DFF,
    }
}

/// Letters of scripts whose block fits a byte: the place in the block, after folding.
fn block(c: char, script: Script, out: &mut Vec<Symbol>) -> bool {
    let c = c.to_lowercase().next().unwrap_or(c);
    let c = match script {
        Script::Arabic => match c {
            'أ' | 'إ' | 'آ' | 'ٱ' => 'ا',
            'ة' | 'ە' | 'ۀ' | 'ہ' | 'ۂ' | 'ھ' => 'ه',
            'ى' | 'ی' | 'ئ' | 'ې' | 'ے' => 'ي',
            'ؤ' => 'و',
            'ک' => 'ك',
            '\u{640}' | '\u{64B}'..='\u{65F}' | '\u{670}' | '\u{610}'..='\u{61A}' => return true,
            c => c,
        },
        Script::Cyrillic => match c {
            'ё' => 'е',
            'ѐ' => 'е',
            'ѝ' => 'и',
            c => c,
        },
        Script::Hebrew => match c {
            'ך' => 'כ',
            'ם' => 'מ',
            'ן' => 'נ',
            'ף' => 'פ',
            'ץ' => 'צ',
            '\'' | '’' | '׳' | '‘' => {
                out.push(1);
                return true;
            }
            '\u{591}'..='\u{5C7}' => return true,
            c => c,
        },
        Script::Greek => match c {
            'ά' => 'α',
            'έ' => 'ε',
            'ή' => 'η',
            'ί' | 'ϊ' | 'ΐ' => 'ι',
            'ό' => 'ο',
            'ύ' | 'ϋ' | 'ΰ' => 'υ',
            'ώ' => 'ω',
            'ς' => 'σ',
            c => c,
        },
        Script::Devanagari => {
            // A letter with a nukta that has a sign of its own is read as the two.
            let pair = match c {
                '\u{958}' => Some('\u{915}'),
                '\u{959}' => Some('\u{916}'),
                '\u{95A}' => Some('\u{917}'),
                '\u{95B}' => Some('\u{91C}'),
                '\u{95C}' => Some('\u{921}'),
                '\u{95D}' => Some('\u{922}'),
                '\u{95E}' => Some('\u{92B}'),
                '\u{95F}' => Some('\u{92F}'),
                _ => None,
            };
            if let Some(letter) = pair {
                out.extend([letter, '\u{93C}'].map(|c| (c as u32 - begin(script)) as Symbol));
                return true;
            }
            c
        }
        Script::Georgian => char::from_u32(if c as u32 >= 0x1C90 { c as u32 - 0xBC0 } else { c as u32 }).unwrap_or(c),
        Script::Bengali | Script::Gurmukhi | Script::Tamil | Script::Telugu | Script::Thai | Script::Armenian => c,
        _ => return false,
    };
    if is_silent(c) {
        return true;
    }
    if !c.is_alphabetic() && !is_sign(c) {
        return false;
    }
    match (c as u32).checked_sub(begin(script)) {
        Some(i @ 1..=0xFF) => {
            out.push(i as Symbol);
            true
        }
        _ => false,
    }
}

/// The symbols as people write them: the way back from [`spell`], as far as folding left one.
pub fn written(symbols: &[Symbol], script: Script) -> String {
    const KANA: [&str; 15] = [
        "アイウエオ",
        "カキクケコ",
        "ガギグゲゴ",
        "サシスセソ",
        "ザジズゼゾ",
        "タチツテト",
        "ダヂヅデド",
        "ナニヌネノ",
        "ハヒフヘホ",
        "バビブベボ",
        "パピプペポ",
        "マミムメモ",
        "ヤイユエヨ",
        "ラリルレロ",
        "ワヰウヱヲ",
    ];
    let at = |base: u32, s: Symbol| char::from_u32(base + u32::from(s));
    match script {
        Script::Latin => symbols
            .iter()
            .filter_map(|s| if *s > 26 { MARKED.get(*s as usize - 27).copied() } else { at(0x60, *s) })
            .collect(),
        Script::Hangul => jamo(symbols),
        Script::Katakana => {
            let mut out = String::new();
            let mut consonant = 0;
            for s in symbols {
                match s {
                    1..=5 => {
                        let row = KANA[usize::from(consonant)];
                        out.extend(row.chars().nth(usize::from(*s) - 1));
                        consonant = 0;
                    }
                    11..=24 => consonant = s - 10,
                    _ => out.extend("ァィゥェォャュョッンーヴヮ".chars().nth(usize::from(*s).saturating_sub(30))),
                }
            }
            out
        }
        Script::Ethiopic => symbols
            .chunks(2)
            .filter_map(|c| {
                at(0x1200 + u32::from(c[0].saturating_sub(1)) * 8, c.get(1).map_or(5, |v| v.saturating_sub(60)))
            })
            .collect(),
        Script::Hebrew => {
            let mut out: Vec<char> =
                symbols.iter().filter_map(|s| if *s == 1 { Some('\'') } else { at(0x590, *s) }).collect();
            if let Some(last) = out.last_mut() {
                *last = match *last {
                    'כ' => 'ך',
                    'מ' => 'ם',
                    'נ' => 'ן',
                    'צ' => 'ץ',
                    c => c,
                };
            }
            out.into_iter().collect()
        }
        Script::Greek => {
            let mut out: String = symbols.iter().filter_map(|s| at(0x370, *s)).collect();
            if out.ends_with('σ') {
                out.pop();
                out.push('ς');
            }
            out
        }
        _ => symbols.iter().filter_map(|s| at(begin(script), *s)).collect(),
    }
}

/// Syllables out of jamo; what makes no syllable is left out.
fn jamo(symbols: &[Symbol]) -> String {
    let mut out = String::new();
    let mut i = 0;
    while i + 1 < symbols.len() {
        let (l, v) = (symbols[i], symbols[i + 1]);
        let t = symbols.get(i + 2).filter(|t| **t > 40).map_or(0, |t| t - 40);
        if (1..20).contains(&l) && (20..41).contains(&v) {
            out.extend(char::from_u32(0xAC00 + (u32::from(l) - 1) * 588 + (u32::from(v) - 20) * 28 + u32::from(t)));
            i += if t > 0 { 3 } else { 2 };
        } else {
            i += 1;
        }
    }
    out
}
