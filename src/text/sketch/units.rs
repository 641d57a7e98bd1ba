//! A field as what shingles are made of: words, and characters where words have no spaces between them.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::text::fold::{Class, row};
use crate::text::token::{Dots, Hash, Kind, read};

use super::mixed;

/// Weight of a word, of a Chinese character, of one of kana, and of a letter of Thai and its like: a third, a quarter, a sixth and
/// an eighth of a shingle.
pub const WORD: usize = 8;
const HAN: usize = 6;
const KANA: usize = 4;
const LETTER: usize = 3;

/// A word or a character, and what part it can play.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    /// Of its folded form.
    pub hash: u64,
    /// The same, as it is kept.
    pub word: u16,
    /// How much of a shingle it makes.
    pub weight: usize,
    /// What it is as a fact, and its value.
    pub fact: Option<(FactClass, u64)>,
    /// Nothing but a blank stands between it and the unit before.
    pub joined: bool,
}

/// What contradicts one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum FactClass {
    /// A number in digits, in words, or in Chinese numerals.
    Number = 0,
    /// A day of the week.
    Day = 1,
    /// A word with a capital inside a sentence.
    Name = 2,
    /// An agency or a broadcaster: no fact.
    Source = 3,
}

/// Days of the week from Monday on, as they are written between words that have spaces.
const DAYS: [&[&str]; 7] = [
    &[
        "Monday",
        "Montag",
        "lundi",
        "lunes",
        "lunedì",
        "maandag",
        "понедельник",
        "понедельника",
        "понеділок",
        "الاثنين",
        "الإثنين",
        "pazartesi",
        "segunda-feira",
        "måndag",
        "mandag",
        "poniedziałek",
        "دوشنبه",
        "יום שני",
    ],
    &[
        "Tuesday",
        "Dienstag",
        "mardi",
        "martes",
        "martedì",
        "dinsdag",
        "вторник",
        "вторника",
        "вівторок",
        "الثلاثاء",
        "salı",
        "terça-feira",
        "tisdag",
        "tirsdag",
        "wtorek",
        "سه‌شنبه",
    ],
    &[
        "Wednesday",
        "Mittwoch",
        "mercredi",
        "miércoles",
        "mercoledì",
        "woensdag",
        "среду",
        "среда",
        "среды",
        "середу",
        "الأربعاء",
        "çarşamba",
        "quarta-feira",
        "onsdag",
        "środę",
        "چهارشنبه",
    ],
    &[
        "Thursday",
        "Donnerstag",
        "jeudi",
        "jueves",
        "giovedì",
        "donderdag",
        "четверг",
        "четверга",
        "четвер",
        "الخميس",
        "perşembe",
        "quinta-feira",
        "torsdag",
        "czwartek",
        "پنجشنبه",
    ],
    &[
        "Friday",
        "Freitag",
        "vendredi",
        "viernes",
        "venerdì",
        "vrijdag",
        "пятницу",
        "пятница",
        "пятницы",
        "п'ятницю",
        "الجمعة",
        "cuma",
        "sexta-feira",
        "fredag",
        "piątek",
        "جمعه",
    ],
    &[
        "Saturday",
        "Samstag",
        "Sonnabend",
        "samedi",
        "sábado",
        "sabato",
        "zaterdag",
        "субботу",
        "суббота",
        "субботы",
        "суботу",
        "السبت",
        "cumartesi",
        "lördag",
        "lørdag",
        "sobotę",
    ],
    &[
        "Sunday",
        "Sonntag",
        "dimanche",
        "domingo",
        "domenica",
        "zondag",
        "воскресенье",
        "воскресенья",
        "неділю",
        "الأحد",
        "pazar",
        "söndag",
        "søndag",
        "niedzielę",
    ],
];

/// The same where they stand inside a run of letters.
const DAYS_IN_RUNS: [&[&str]; 7] = [
    &["星期一", "周一", "週一", "礼拜一", "月曜", "วันจันทร์"],
    &["星期二", "周二", "週二", "礼拜二", "火曜", "วันอังคาร"],
    &["星期三", "周三", "週三", "礼拜三", "水曜", "วันพุธ"],
    &["星期四", "周四", "週四", "礼拜四", "木曜", "วันพฤหัส"],
    &["星期五", "周五", "週五", "礼拜五", "金曜", "วันศุกร์"],
    &["星期六", "周六", "週六", "礼拜六", "土曜", "วันเสาร์"],
    &["星期日", "星期天", "周日", "週日", "日曜", "วันอาทิตย์"],
];

/// Small numbers with their value; "one" is an article in most languages.
const NUMBERS: &[(&str, &[&str])] = &[
    ("2", &["two", "zwei", "deux", "dos", "due", "два", "две", "двое", "اثنان"]),
    ("3", &["three", "drei", "trois", "tres", "tre", "три", "трое", "ثلاثة", "ثلاث"]),
    ("4", &["four", "vier", "quatre", "cuatro", "quattro", "четыре", "четверо", "أربعة", "أربع"]),
    ("5", &["five", "fünf", "cinq", "cinco", "cinque", "пять", "خمسة", "خمس"]),
    ("6", &["six", "sechs", "seis", "sei", "шесть", "ستة", "ست"]),
    ("7", &["seven", "sieben", "sept", "siete", "sette", "семь", "سبعة", "سبع"]),
    ("8", &["eight", "acht", "huit", "ocho", "otto", "восемь", "ثمانية"]),
    ("9", &["nine", "neun", "neuf", "nueve", "nove", "девять", "تسعة", "تسع"]),
    ("10", &["ten", "zehn", "dix", "diez", "dieci", "десять", "عشرة"]),
    ("11", &["eleven", "elf", "onze", "once", "undici"]),
    ("12", &["twelve", "zwölf", "douze", "doce", "dodici"]),
    ("20", &["twenty", "zwanzig", "vingt", "veinte", "venti", "двадцать"]),
    ("30", &["thirty", "dreißig", "trente", "treinta", "trenta", "тридцать"]),
    ("50", &["fifty", "fünfzig", "cinquante", "cincuenta", "cinquanta", "пятьдесят"]),
];

/// Whom a report comes from, or was told to: nothing that it is about.
const SOURCES: &[&str] = &[
    "Reuters",
    "AFP",
    "AP",
    "dpa",
    "DPA",
    "TASS",
    "Interfax",
    "RIA",
    "Xinhua",
    "Bloomberg",
    "BBC",
    "CNN",
    "ANSA",
    "EFE",
    "Kyodo",
    "Yonhap",
    "Anadolu",
    "Belga",
    "APA",
    "PTI",
    "UPI",
    "ТАСС",
    "РИА",
    "Интерфакс",
    "Рейтер",
];

/// Chinese numerals; 一 stands in too many other words.
const NUMERALS: &str = "二三四五六七八九十百千万两";

/// What a word stands for, by the hash of its folded form.
static MEANINGS: LazyLock<HashMap<u64, (FactClass, u64)>> = LazyLock::new(|| {
    let mut out = HashMap::new();
    let mut add = |word: &str, class, value| {
        if let [only] = read(word, Dots::Plain).list[..] {
            out.insert(only.hash.bits(), (class, value));
        }
    };
    for (day, words) in DAYS.iter().enumerate() {
        words.iter().for_each(|word| add(word, FactClass::Day, day as u64));
    }
    SOURCES.iter().for_each(|word| add(word, FactClass::Source, 0));
    for (number, words) in NUMBERS {
        words.iter().for_each(|word| add(word, FactClass::Number, Hash::of(number).bits()));
    }
    out
});

/// Reads a field.
pub fn units(text: &str) -> Vec<Unit> {
    let tokens = read(text, Dots::Plain);
    let mut out: Vec<Unit> = Vec::with_capacity(tokens.list.len());
    let mut end = 0;
    // The digits of the number before, which a group of three may go on.
    let mut digits = String::new();
    for token in &tokens.list {
        let form = tokens.form(token);
        let (start, before) = (token.start as usize, end);
        end = token.end as usize;
        let between = text.get(before..start).unwrap_or_default();
        let joined = before > 0 && between.chars().all(|c| c.is_whitespace() || c == '-');
        match token.kind {
            Kind::Symbol => {}
            Kind::Word => {
                let begins = before == 0 || between.contains(['.', '!', '?', ':', '…', '"', '“', '„', '«', '؟', '\n']);
                let shown = text.get(start..end).unwrap_or_default();
                let is_group = form.len() == 3 && matches!(between, "," | "." | "'" | "’" | "\u{a0}" | "\u{202f}");
                let hash = match form.bytes().all(|b| b.is_ascii_digit() || matches!(b, b',' | b'.')) {
                    true => {
                        if is_group && !digits.is_empty() {
                            out.pop();
                        } else {
                            digits.clear();
                        }
                        digits.push_str(&ungrouped(form));
                        Hash::of(&digits).bits()
                    }
                    false => {
                        digits.clear();
                        token.hash.bits()
                    }
                };
                out.push(match MEANINGS.get(&hash) {
                    // A number in words is the same as in digits.
                    Some((FactClass::Number, value)) => {
                        Unit::new(*value, WORD, Some((FactClass::Number, *value)), joined)
                    }
                    Some((FactClass::Source, _)) => Unit::new(hash, WORD, None, joined),
                    Some(fact) => Unit::new(hash, WORD, Some(*fact), joined),
                    None => Unit::new(hash, WORD, class(form, shown, begins).map(|class| (class, hash)), joined),
                });
            }
            Kind::Run => {
                digits.clear();
                out.extend(letters(form, joined));
            }
        }
    }
    if is_full_of_capitals(&out) {
        out.iter_mut().filter(|unit| is_name(unit)).for_each(|unit| unit.fact = None);
    }
    out
}

/// A number without the marks between its groups of three, which each desk sets as it likes.
fn ungrouped(form: &str) -> String {
    let groups: Vec<&str> = form.split([',', '.']).collect();
    let is_grouped = groups.len() > 1 && groups[1..].iter().all(|group| group.len() == 3);
    let digits = if is_grouped { groups.concat() } else { form.to_owned() };
    // Half past nine is 9:30 to some, and 09:30 to others.
    let shown = digits.trim_start_matches('0');
    if shown.is_empty() { digits } else { shown.to_owned() }
}

/// The letters of a run.
fn letters(form: &str, joined: bool) -> impl Iterator<Item = Unit> {
    form.char_indices().map(move |(at, c)| {
        let rest = &form[at..];
        let day = DAYS_IN_RUNS.iter().position(|words| words.iter().any(|word| rest.starts_with(word)));
        let fact = match day {
            Some(day) => Some((FactClass::Day, day as u64)),
            // With what it counts: 三人.
            None if NUMERALS.contains(c) => {
                let counted: String = rest.chars().take(2).collect();
                Some((FactClass::Number, Hash::of(&counted).bits()))
            }
            None => None,
        };
        let weight = match row(c).class {
            Class::Han => HAN,
            class if class.is_eastern() => KANA,
            _ => LETTER,
        };
        Unit::new(u64::from(u32::from(c)), weight, fact, joined || at > 0)
    })
}

impl Unit {
    fn new(hash: u64, weight: usize, fact: Option<(FactClass, u64)>, joined: bool) -> Self {
        let hash = mixed(hash);
        Self { hash, word: (hash >> 48) as u16, weight, fact, joined }
    }
}

/// What a word is by its looks.
fn class(form: &str, shown: &str, begins: bool) -> Option<FactClass> {
    if form.starts_with(|c: char| row(c).class == Class::Digit) {
        return Some(FactClass::Number);
    }
    let capital = shown.chars().next().is_some_and(char::is_uppercase) && form.chars().count() > 1;
    (capital && !begins).then_some(FactClass::Name)
}

/// A headline in capitals, or a language that writes its nouns so: there a capital says nothing.
fn is_full_of_capitals(units: &[Unit]) -> bool {
    let names = units.iter().filter(|unit| is_name(unit)).count();
    let words = units.iter().filter(|unit| unit.weight == WORD).count();
    names * 100 > words * 24
}

fn is_name(unit: &Unit) -> bool {
    unit.fact.is_some_and(|(class, _)| class == FactClass::Name)
}
