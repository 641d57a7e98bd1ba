//! What else a word may be read as: without a clitic before it or a particle behind it, or by the look of its letters.
//!
//! All of it works on folded words, and a reading is only offered: whether it is a word that somebody looks for is for
//! the matcher to say. A prefix is taken off only where at least [`REST`] letters remain, a particle where at least two
//! syllables do, so that بحر is not read as ب + حر. The first word of a phrase may be shorter ([`Reading::short`]).

mod korean;

use korean::korean;

use super::fold;
use super::language::Language;
use super::token::{Token, scripts};

/// Letters that must remain behind a prefix.
const REST: usize = 3;

/// Letters that must remain where more words follow.
const SHORT_REST: usize = 2;

/// Longest word with affixes, in bytes of its folded form; what is longer is no word, and is read as it stands.
const WORD_LIMIT: usize = 256;

/// One way to read a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading<'a> {
    /// The word as it is looked for.
    pub form: &'a str,
    /// Bytes of the folded word before the part that a hit covers.
    pub front: usize,
    /// Bytes of the folded word behind it.
    pub back: usize,
    /// Whether something was taken off (else letters were only read by their look).
    pub affix: bool,
    /// So little remains that it counts only as the first of several words: בתל אביב is in Tel Aviv, but בתל alone hardly in תל.
    pub short: bool,
}

/// Offers every reading of a word but the plain one. `original` is the token as the text has it.
pub fn readings(form: &str, original: &str, token: &Token, language: Language, offer: &mut dyn FnMut(Reading<'_>)) {
    let has = |set: u8| token.scripts & set != 0;
    if !has(!scripts::LATIN) || form.len() > WORD_LIMIT {
        return;
    }
    if has(scripts::LATIN) && has(scripts::CYRILLIC | scripts::GREEK) {
        for look in super::lookalike::readings(original) {
            by_look(form, &look, language, offer);
        }
    }
    if has(scripts::ARABIC) && language.arabic_clitics {
        arabic(form, offer);
    }
    if has(scripts::ARABIC) && form.len() < original.len() && original.contains(JOINT) {
        persian(form, original, offer);
    }
    if has(scripts::HEBREW) {
        hebrew(form, offer);
    }
    if has(scripts::HANGUL) {
        korean(form, form.len(), 0, offer);
    }
    if has(scripts::MARKED) && !has(scripts::HEBREW) {
        apostrophe(form, language, offer);
    }
}

/// A word read by the look of its letters, and what an apostrophe cuts off from that. A look has a letter for each letter
/// of the word, so that places are counted in letters.
fn by_look(form: &str, look: &str, language: Language, offer: &mut dyn FnMut(Reading<'_>)) {
    let mut folded = String::new();
    look.chars().for_each(|c| fold::push(c, &mut folded));
    offer(Reading { form: &folded, front: 0, back: 0, affix: false, short: false });
    if !folded.contains('\'') || folded.chars().count() != form.chars().count() {
        return;
    }
    apostrophe(&folded, language, &mut |r| {
        let front = folded[..r.front].chars().count();
        let back = folded[folded.len() - r.back..].chars().count();
        let front = form.char_indices().nth(front).map_or(form.len(), |(i, _)| i);
        let back = form.char_indices().rev().take(back).last().map_or(0, |(i, _)| form.len() - i);
        offer(Reading { front, back, ..r });
    });
}

/// Letters of a folded word; an apostrophe is none.
fn letters(word: &str) -> usize {
    // Every byte but those that go on with a letter.
    word.bytes().filter(|b| (*b as i8) >= -0x40 && !matches!(b, b'\'' | b'"')).count()
}

/// The conjunction و or ف, then one of ب ك ل س, then the article, each of which may be absent; ل swallows the alef of the
/// article (للعراق), and س stands before the prefixes of the imperfect alone.
fn arabic(word: &str, offer: &mut dyn FnMut(Reading<'_>)) {
    if !word.starts_with(['و', 'ف', 'ب', 'ك', 'ل', 'س', 'ا']) {
        return;
    }
    let mut cut = |front: usize| {
        let form = &word[front..];
        if front > 0 && letters(form) >= SHORT_REST {
            offer(Reading { form, front, back: 0, affix: true, short: letters(form) < REST });
        }
    };
    let starts = [0, if word.starts_with(['و', 'ف']) { 2 } else { 0 }];
    for front in if starts[1] > 0 { &starts[..] } else { &starts[..1] } {
        let front = *front;
        cut(front);
        let rest = &word[front..];
        match rest.chars().next() {
            Some('ب' | 'ك') => {
                cut(front + 2);
                if rest[2..].starts_with("ال") {
                    cut(front + 6);
                }
            }
            Some('ل') => {
                cut(front + 2);
                if rest[2..].starts_with('ل') {
                    cut(front + 4);
                }
            }
            Some('س') if rest[2..].starts_with(['ي', 'ت', 'ن', 'ا']) => cut(front + 2),
            Some('ا') if rest.starts_with("ال") => cut(front + 4),
            _ => {}
        }
    }
    // The word with its article, out of لل: the hit covers both lams, since one of them is the article's.
    for front in if starts[1] > 0 { &starts[..] } else { &starts[..1] } {
        let rest = &word[*front..];
        if !rest.starts_with("لل") {
            continue;
        }
        // Behind the lam of a word's own two letters are enough, since that lam is one more (لله is ل + الله).
        for (stem, least) in [(&rest[4..], REST), (&rest[2..], SHORT_REST)] {
            if letters(stem) >= least {
                offer(Reading { form: &format!("ال{stem}"), front: *front, back: 0, affix: true, short: false });
            }
        }
    }
}

/// The zero-width non-joiner, which Persian sets before its endings.
const JOINT: char = '\u{200C}';

/// Endings that stand behind it, folded: the plural, ezafe, possessives and the copula, comparatives. Not ای, which makes other words
/// (هسته‌ای is nuclear).
const PERSIAN: [&str; 21] = [
    "ي",
    "ها",
    "هاي",
    "هايي",
    "هايم",
    "هايت",
    "هايش",
    "هايمان",
    "هايتان",
    "هايشان",
    "ام",
    "ات",
    "اش",
    "مان",
    "تان",
    "شان",
    "ايم",
    "ايد",
    "اند",
    "تر",
    "ترين",
];

/// A word before its endings, where a non-joiner sets them apart (کتاب‌ها).
fn persian(form: &str, original: &str, offer: &mut dyn FnMut(Reading<'_>)) {
    let mut folded = String::new();
    for part in original.split_inclusive(JOINT) {
        part.chars().for_each(|c| fold::push(c, &mut folded));
        let (Some(head), Some(tail)) = (form.strip_prefix(&*folded).map(|_| &*folded), form.get(folded.len()..)) else {
            return;
        };
        if PERSIAN.contains(&tail) && letters(head) >= 2 {
            offer(Reading { form: head, front: 0, back: tail.len(), affix: true, short: false });
        }
    }
}

/// The conjunction ו, then ש, כש, לכש or מש, then one of ב כ ל מ or the article ה (מ may have both).
fn hebrew(word: &str, offer: &mut dyn FnMut(Reading<'_>)) {
    if !word.starts_with(['ו', 'ש', 'כ', 'ל', 'מ', 'ב', 'ה']) {
        return;
    }
    let mut fronts = vec![0];
    let step = |fronts: &mut Vec<usize>, choices: &[&str]| {
        for i in 0..fronts.len() {
            for choice in choices {
                if word[fronts[i]..].starts_with(choice) {
                    fronts.push(fronts[i] + choice.len());
                }
            }
        }
    };
    step(&mut fronts, &["ו"]);
    step(&mut fronts, &["ש", "כש", "לכש", "מש"]);
    step(&mut fronts, &["ב", "כ", "ל", "מ", "ה", "מה"]);
    fronts.sort_unstable();
    fronts.dedup();
    for front in fronts.into_iter().skip(1) {
        // A quotation mark between prefix and name (ה"ארץ") is not part of either.
        let front = if word[front..].starts_with('"') { front + 1 } else { front };
        let form = &word[front..];
        if letters(form) >= SHORT_REST && !form.starts_with('\'') {
            offer(Reading { form, front, back: 0, affix: true, short: letters(form) < REST });
        }
    }
}

/// What French, Italian, Catalan and their neighbours elide before an apostrophe.
const ELIDED: [&str; 49] = [
    "l", "d", "j", "m", "t", "s", "n", "c", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu", "dell", "all", "dall", "nell",
    "sull", "coll", "un", "quest", "quell", "tutt", "anch", "sant", "gl", "bell", "buon", "nessun", "ciascun", "dev",
    "com", "dov", "cos", "mezz", "senz", "v", "pell", "agl", "dagl", "degl", "negl", "sugl", "alcun", "altr", "tant",
    "quant", "sott", "quand",
];

/// What English puts behind one.
const ENGLISH: [&str; 6] = ["s", "re", "ve", "ll", "d", "m"];

/// Longest ending that Turkish hangs on a name by an apostrophe, in bytes.
const ENDING: usize = 12;

/// Endings of Turkish cases and the like, folded, which are taken off where nobody says the language: feeds often do not. Those of
/// one letter are not here, since they end too many other words (Hawai'i).
const TURKISH: [&str; 58] = [
    "ya", "ye", "yi", "yu", "na", "ne", "ni", "nu", "da", "de", "ta", "te", "dan", "den", "tan", "ten", "nda", "nde",
    "ndan", "nden", "in", "un", "nin", "nun", "la", "le", "yla", "yle", "daki", "deki", "taki", "teki", "ndaki",
    "ndeki", "li", "lu", "lik", "luk", "ca", "ce", "dir", "dur", "tir", "tur", "ki", "si", "su", "sini", "sine",
    "sinin", "lar", "ler", "larin", "lerin", "nca", "nce", "ydi", "ydu",
];

fn apostrophe(word: &str, language: Language, offer: &mut dyn FnMut(Reading<'_>)) {
    let (Some((head, _)), Some((_, tail))) = (word.split_once('\''), word.rsplit_once('\'')) else { return };
    let front = if ELIDED.contains(&head) { head.len() + 1 } else { 0 };
    let turkish = || language.is_unknown() && front == 0 && TURKISH.contains(&tail);
    let ends = ENGLISH.contains(&tail) || language.turkic && tail.len() <= ENDING || turkish();
    let back = if ends { tail.len() + 1 } else { 0 };
    let mut cut = |front: usize, back: usize| {
        if front + back < word.len() && letters(&word[front..word.len() - back]) >= 2 {
            offer(Reading { form: &word[front..word.len() - back], front, back, affix: true, short: false });
        }
    };
    if front > 0 {
        cut(front, 0);
    }
    if back > 0 {
        cut(0, back);
    }
    if front > 0 && back > 0 {
        cut(front, back);
    }
}

#[cfg(test)]
mod tests {
    use super::super::token::{Dots, read};
    use super::*;

    fn all(word: &str, language: &str) -> Vec<String> {
        let tokens = read(word, Dots::Plain);
        let mut out = Vec::new();
        let mut offer = |r: Reading<'_>| {
            if !r.short {
                out.push(r.form.to_owned());
            }
        };
        readings(tokens.form(&tokens.list[0]), word, &tokens.list[0], Language::of(Some(language)), &mut offer);
        out
    }

    #[test]
    fn words_are_read_without_their_affixes() {
        for (word, language, reading) in [
            ("بهلسينكي", "ar", "هلسينكي"),
            ("ولهلسينكي", "ar", "هلسينكي"),
            ("وسيلتقي", "ar", "يلتقي"),
            ("بالعراق", "ar", "العراق"),
            ("وبالعراق", "ar", "عراق"),
            ("وللعراق", "ar", "العراق"),
            ("للغة", "ar", "اللغه"),
            ("للقمة", "ar", "قمه"),
            ("للاتفاق", "ar", "الاتفاق"),
            ("لله", "ar", "الله"),
            ("트럼프라면", "ko", "트럼프"),
            ("degl’Italiani", "it", "italiani"),
            ("کتاب\u{200C}ها", "fa", "كتاب"),
            ("شرکت\u{200C}هایشان", "fa", "شركت"),
            ("שבירושלים", "he", "ירושלים"),
            ("מהממשלה", "he", "ממשלה"),
            ("האו\"ם", "he", "או\"ם"),
            ("헬싱키와의", "ko", "헬싱키"),
            ("서울에서만은", "ko", "서울"),
            ("NATO는", "ko", "nato"),
            ("Pompeo’s", "en", "pompeo"),
            ("l’Élysée", "fr", "elysee"),
            ("dell’ONU", "it", "onu"),
            ("Ankara'ya", "tr", "ankara"),
            ("Роmреo", "en", "pompeo"),
        ] {
            assert!(all(word, language).iter().any(|r| r == reading), "{word}: {:?}", all(word, language));
        }
    }

    #[test]
    fn nothing_is_taken_off_where_too_little_remains_or_the_language_has_no_such_affix() {
        for (word, language, reading) in [
            ("بحر", "ar", "حر"),
            ("لبن", "ar", "بن"),
            ("أسد", "ar", "سد"),
            ("الإسلام", "ar", "سلام"),
            ("وایران", "fa", "ايران"),
            ("هسته\u{200C}ای", "fa", "هسته"),
            ("کتابها", "fa", "كتاب"),
            ("פרוסיה", "he", "רוסיה"),
            ("러시아군", "ko", "러시아"),
            ("헬싱키은", "ko", "헬싱키"),
            ("aujourd'hui", "fr", "hui"),
            ("can't", "en", "can"),
            ("O'Brien", "en", "brien"),
        ] {
            assert!(!all(word, language).iter().any(|r| r == reading), "{word}: {:?}", all(word, language));
        }
    }
}
