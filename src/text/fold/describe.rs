//! What a character becomes and what part it plays, from ICU's data: slow, and asked once a character.

use icu_casemap::{CaseMapper, CaseMapperBorrowed};
use icu_normalizer::{
    ComposingNormalizer, ComposingNormalizerBorrowed, DecomposingNormalizer, DecomposingNormalizerBorrowed,
};
use icu_properties::props::{DefaultIgnorableCodePoint, ExtendedPictographic, GeneralCategory as Gc, Script};
use icu_properties::{CodePointMapData, CodePointMapDataBorrowed, CodePointSetData, CodePointSetDataBorrowed};

use super::Class;

const CATEGORY: CodePointMapDataBorrowed<'static, Gc> = CodePointMapData::<Gc>::new();
const SCRIPT: CodePointMapDataBorrowed<'static, Script> = CodePointMapData::<Script>::new();
const IGNORABLE: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<DefaultIgnorableCodePoint>();
const PICTURE: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<ExtendedPictographic>();
const NFKC: ComposingNormalizerBorrowed<'static> = ComposingNormalizer::new_nfkc();
const NFC: ComposingNormalizerBorrowed<'static> = ComposingNormalizer::new_nfc();
const NFD: DecomposingNormalizerBorrowed<'static> = DecomposingNormalizer::new_nfd();
const CASE: CaseMapperBorrowed<'static> = CaseMapper::new();

/// Class and folded form of a character, from ICU's data: the slow path that fills the table.
pub fn describe(c: char) -> (Class, String) {
    let category = CATEGORY.get(c);
    match c {
        '\'' | '’' | '‘' | '‛' | 'ʼ' | 'ʻ' | 'ʽ' | 'ˈ' | '`' | '´' | '＇' | '׳' => {
            return (Class::Apostrophe, "'".into());
        }
        '"' | '״' | '”' | '＂' => return (Class::Gershayim, "\"".into()),
        '.' | '．' | '\u{66B}' => return (Class::Point, ".".into()),
        ',' | '，' | '\u{66C}' => return (Class::Point, ",".into()),
        // Blanks that do not break a line, and thin ones, which part the thousands of a number.
        '\u{A0}' | '\u{2007}' | '\u{2009}' | '\u{202F}' => return (Class::Point, "\u{A0}".into()),
        '\u{200B}' => return (Class::ZeroWidthSpace, String::new()),
        // Sara am stays whole: NFKC would cut it in two, and the dictionaries hold it whole.
        '\u{E33}' => return (Class::Thai, c.into()),
        '\u{EB3}' => return (Class::Lao, c.into()),
        // Tatweel and its N'Ko sister only stretch a word.
        TATWEEL | '\u{7FA}' => return (Class::Accent, String::new()),
        '\u{1F1E6}'..='\u{1F1FF}' => return (Class::Regional, c.into()),
        '\u{1F3FB}'..='\u{1F3FF}' => return (Class::Tone, c.into()),
        // Signs set beside a name that are no part of it.
        '©' | '®' | '™' | '℠' | '°' | '№' | '℗' => return (Class::Break, String::new()),
        '\u{300}'..='\u{36F}' if c != '\u{34F}' => return (Class::Mark, String::new()),
        _ => {}
    }
    if category == Gc::Format || category == Gc::Control && !c.is_whitespace() || IGNORABLE.contains(c) {
        return (Class::Ignorable, String::new());
    }
    match category {
        Gc::DecimalNumber => (Class::Digit, digit(c).to_string()),
        Gc::NonspacingMark | Gc::SpacingMark | Gc::EnclosingMark => mark(c, category),
        Gc::UppercaseLetter
        | Gc::LowercaseLetter
        | Gc::TitlecaseLetter
        | Gc::ModifierLetter
        | Gc::OtherLetter
        | Gc::LetterNumber
        | Gc::OtherNumber
        | Gc::OtherSymbol
        | Gc::CurrencySymbol => letter(c, category),
        _ => (Class::Break, String::new()),
    }
}

/// The value of a decimal digit: Unicode lays them out in tens, from zero.
fn digit(c: char) -> char {
    let plain = NFKC.normalize(c.encode_utf8(&mut [0; 4])).chars().next().unwrap_or(c);
    if plain.is_ascii_digit() {
        return plain;
    }
    let is_digit = |v: u32| char::from_u32(v).is_some_and(|x| CATEGORY.get(x) == Gc::DecimalNumber);
    let mut first = c as u32;
    while first > 0 && is_digit(first - 1) {
        first -= 1;
    }
    char::from_digit((c as u32 - first) % 10, 10).expect("a remainder of ten is a digit")
}

fn mark(c: char, category: Gc) -> (Class, String) {
    if joins(c) {
        return (Class::Join, c.into());
    }
    let class = class_of(c);
    let dropped = category == Gc::EnclosingMark
        || is_nukta(c)
        || matches!(class, Class::Latin | Class::Greek | Class::Cyrillic | Class::Arabic | Class::Hebrew)
        || SCRIPT.get(c) == Script::Syriac;
    if dropped {
        return (Class::Accent, String::new());
    }
    let mut out = String::new();
    fold_letter(c, &mut out);
    (class, out)
}

fn letter(c: char, category: Gc) -> (Class, String) {
    let mut buffer = [0; 4];
    let plain = NFKC.normalize(c.encode_utf8(&mut buffer));
    let symbol = matches!(category, Gc::OtherSymbol | Gc::CurrencySymbol);
    if symbol && plain.chars().eq([c]) {
        return match category == Gc::CurrencySymbol || PICTURE.contains(c) || !c.is_ascii() {
            true => (Class::Symbol, c.into()),
            false => (Class::Break, String::new()),
        };
    }
    // Fractions are no words, and their digits no number of their own.
    if plain.contains('\u{2044}') {
        return (Class::Break, String::new());
    }
    let mut out = String::new();
    let mut class = None;
    for x in plain.chars() {
        let category = CATEGORY.get(x);
        let is_mark = matches!(category, Gc::NonspacingMark | Gc::SpacingMark);
        if x == TATWEEL {
            continue;
        } else if x == ' ' && !out.is_empty() {
            out.push(' ');
        } else if category == Gc::DecimalNumber {
            class = class.or(Some(Class::Digit));
            out.push(digit(x));
        } else if x.is_alphanumeric() || is_mark || x == c {
            // Conjoining jamo, and the half-width voicing marks.
            if joins(x) && plain.chars().count() == 1 {
                return (Class::Join, x.into());
            }
            if !is_mark {
                class = class.or(Some(class_of(x)));
            }
            fold_letter(x, &mut out);
        }
    }
    match class {
        Some(class) if !out.is_empty() => (class, out),
        // Marks shown by themselves, on a tatweel.
        None if plain.contains(TATWEEL) => (Class::Accent, String::new()),
        _ => (Class::Break, String::new()),
    }
}

/// The class of a letter by its script.
fn class_of(c: char) -> Class {
    match c {
        // Common to several scripts, and at home in these.
        'ー' => return Class::Katakana,
        '々' | '〆' | '〇' => return Class::Han,
        _ => {}
    }
    let script = SCRIPT.get(c);
    match script {
        Script::Latin | Script::Common | Script::Inherited => Class::Latin,
        Script::Greek => Class::Greek,
        Script::Cyrillic => Class::Cyrillic,
        Script::Hangul => Class::Hangul,
        Script::Arabic => Class::Arabic,
        Script::Hebrew => Class::Hebrew,
        Script::Han | Script::Bopomofo => Class::Han,
        Script::Hiragana => Class::Hiragana,
        Script::Katakana => Class::Katakana,
        Script::Thai => Class::Thai,
        Script::Lao => Class::Lao,
        Script::Khmer => Class::Khmer,
        Script::Myanmar => Class::Myanmar,
        _ if ('\u{900}'..='\u{D7F}').contains(&c) => Class::Indic,
        _ => Class::Other,
    }
}

/// Folds one character that NFKC has already seen.
fn fold_letter(c: char, out: &mut String) {
    let mut buffer = [0; 4];
    let one: &str = c.encode_utf8(&mut buffer);
    match class_of(c) {
        Class::Latin | Class::Greek | Class::Arabic | Class::Hebrew => {
            let bare = without_marks(one);
            let cased = CASE.fold_string(&bare);
            for x in without_marks(&cased).chars() {
                match LATIN.iter().find(|(from, _)| *from == x) {
                    Some((_, to)) => out.push_str(to),
                    None => out.push(ARABIC.iter().find(|(from, _)| from.contains(x)).map_or(x, |(_, to)| *to)),
                }
            }
        }
        Class::Cyrillic => {
            let one: String = one.chars().filter(|x| CATEGORY.get(*x) != Gc::NonspacingMark).collect();
            out.extend(CASE.fold_string(&one).chars().map(|x| match x {
                'ё' | 'ѐ' => 'е',
                'ѝ' => 'и',
                x => x,
            }));
        }
        Class::Indic => {
            let bare: String = NFD.normalize(one).chars().filter(|x| !is_nukta(*x)).collect();
            for x in NFC.normalize(&bare).chars() {
                match (CANDRABINDU.iter().find(|(from, _)| *from == x), CHILLU.iter().find(|(from, _)| *from == x)) {
                    (Some((_, to)), _) => out.push(*to),
                    (_, Some((_, to))) => out.extend([*to, '\u{D4D}']),
                    _ => out.push(x),
                }
            }
        }
        _ => out.push_str(&CASE.fold_string(one)),
    }
}

fn without_marks(s: &str) -> String {
    NFD.normalize(s).chars().filter(|x| CATEGORY.get(*x) != Gc::NonspacingMark).collect()
}

/// Latin letters that do not decompose, after folding of case; what a writer without them types.
const LATIN: [(char, &str); 16] = [
    ('ł', "l"),
    ('ø', "o"),
    ('đ', "d"),
    ('ð', "d"),
    ('æ', "ae"),
    ('œ', "oe"),
    ('ı', "i"),
    ('ħ', "h"),
    ('ŧ', "t"),
    ('þ', "th"),
    ('ɓ', "b"),
    ('ɗ', "d"),
    ('ƙ', "k"),
    ('ƴ', "y"),
    ('ȷ', "j"),
    ('ʼ', "'"),
];

/// Arabic letters that stand for one another, after composition and without hamza and madda: Lucene's Arabic and
/// Persian normalisers together, with the Urdu and Kurdish forms of heh.
const ARABIC: [(&str, char); 4] = [("ٱ", 'ا'), ("ىیې", 'ي'), ("ک", 'ك'), ("ةھہۃە", 'ه')];

/// Stretches the joint between two letters.
const TATWEEL: char = '\u{640}';

/// Candrabindu and the anusvara of its script, which writers take one for the other.
const CANDRABINDU: [(char, char); 9] = [
    ('\u{901}', '\u{902}'),
    ('\u{981}', '\u{982}'),
    ('\u{A01}', '\u{A02}'),
    ('\u{A81}', '\u{A82}'),
    ('\u{B01}', '\u{B02}'),
    ('\u{C00}', '\u{C02}'),
    ('\u{C01}', '\u{C02}'),
    ('\u{C81}', '\u{C82}'),
    ('\u{D01}', '\u{D02}'),
];

/// Malayalam chillus and the consonants that older texts write for them, with virama and joiner.
const CHILLU: [(char, char); 6] = [
    ('\u{D7A}', '\u{D23}'),
    ('\u{D7B}', '\u{D28}'),
    ('\u{D7C}', '\u{D30}'),
    ('\u{D7D}', '\u{D32}'),
    ('\u{D7E}', '\u{D33}'),
    ('\u{D7F}', '\u{D15}'),
];

/// The dot below or beside an Indic letter that makes another sound of it, and that is often left out.
fn is_nukta(c: char) -> bool {
    matches!(
        c,
        '\u{93C}' | '\u{9BC}' | '\u{A3C}' | '\u{ABC}' | '\u{B3C}' | '\u{C3C}' | '\u{CBC}' | '\u{110BA}' | '\u{11173}'
    )
}

/// Characters that come second in a canonical composition (`NFC_Quick_Check=Maybe`) and mean something by it.
fn joins(c: char) -> bool {
    matches!(c,
        '\u{9BE}' | '\u{9D7}' | '\u{B3E}' | '\u{B56}' | '\u{B57}' | '\u{BBE}' | '\u{BD7}' | '\u{C56}' | '\u{CC2}'
        | '\u{CD5}' | '\u{CD6}' | '\u{D3E}' | '\u{D57}' | '\u{DCA}' | '\u{DCF}' | '\u{DDF}' | '\u{102E}' | '\u{1B35}'
        | '\u{1161}'..='\u{1175}' | '\u{11A8}'..='\u{11C2}' | '\u{3099}' | '\u{309A}')
}
