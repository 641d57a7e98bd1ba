//! What else a word may be read as: without a clitic before it or a particle behind it, or by the look of its letters.
//!
//! All of it works on folded words, and a reading is only offered: whether it is a word that somebody looks for is for
//! the matcher to say. A prefix is taken off only where at least [`REST`] letters remain, a particle where at least two
//! syllables do, so that بحر is not read as ب + حر. The first word of a phrase may be shorter ([`Reading::short`]).

use std::collections::HashMap;
use std::sync::LazyLock;

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

/// What a particle wants before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    Any,
    /// A syllable that ends in a consonant.
    Closed,
    /// A syllable that ends in a vowel.
    Open,
    /// A vowel or ㄹ.
    OpenOrL,
}

/// Particles and the copula, which may follow one another; 군, 인, 시 and the like are nouns and not here.
const PARTICLES: [(&str, After); 103] = {
    use After::{Any, Closed, Open, OpenOrL};
    [
        ("은", Closed),
        ("는", Open),
        ("이", Closed),
        ("가", Open),
        ("을", Closed),
        ("를", Open),
        ("의", Any),
        ("에", Any),
        ("에서", Any),
        ("에게", Any),
        ("에게서", Any),
        ("께", Any),
        ("께서", Any),
        ("한테", Any),
        ("한테서", Any),
        ("로", OpenOrL),
        ("으로", Closed),
        ("로서", OpenOrL),
        ("으로서", Closed),
        ("로써", OpenOrL),
        ("으로써", Closed),
        ("로부터", OpenOrL),
        ("으로부터", Closed),
        ("와", Open),
        ("과", Closed),
        ("도", Any),
        ("만", Any),
        ("까지", Any),
        ("부터", Any),
        ("조차", Any),
        ("마저", Any),
        ("밖에", Any),
        ("처럼", Any),
        ("같이", Any),
        ("보다", Any),
        ("마다", Any),
        ("라고", Open),
        ("이라고", Closed),
        ("라는", Open),
        ("이라는", Closed),
        ("라며", Open),
        ("이라며", Closed),
        ("라도", Open),
        ("이라도", Closed),
        ("나", Open),
        ("이나", Closed),
        ("란", Open),
        ("이란", Closed),
        ("랑", Open),
        ("이랑", Closed),
        ("하고", Any),
        ("든지", Open),
        ("이든지", Closed),
        ("대로", Any),
        ("만큼", Any),
        ("뿐", Any),
        ("며", Open),
        ("이며", Closed),
        ("들", Any),
        ("이다", Any),
        ("입니다", Any),
        ("였다", Open),
        ("이었다", Closed),
        ("야말로", Open),
        ("이야말로", Closed),
        ("에선", Any),
        ("에는", Any),
        ("다", Open),
        ("엔", Any),
        ("에겐", Any),
        ("에다", Any),
        ("에다가", Any),
        ("으론", Closed),
        ("커녕", Any),
        ("치고", Any),
        ("라면", Open),
        ("이라면", Closed),
        ("라서", Open),
        ("이라서", Closed),
        ("라니", Open),
        ("이라니", Closed),
        ("라든가", Open),
        ("이라든가", Closed),
        ("라든지", Open),
        ("이라든지", Closed),
        ("라기보다", Open),
        ("이라기보다", Closed),
        ("라지만", Open),
        ("이라지만", Closed),
        ("지만", Open),
        ("이지만", Any),
        ("이자", Any),
        ("인데", Any),
        ("인지", Any),
        ("이고", Any),
        ("이었던", Closed),
        ("였던", Open),
        ("이었고", Closed),
        ("였고", Open),
        ("예요", Open),
        ("이에요", Closed),
        ("이죠", Closed),
        ("입니까", Any),
    ]
};

/// Particles that follow one another at most (에서 + 만 + 은).
const CHAIN: usize = 3;

/// The particles by their last syllable, so that most words are seen at once to have none.
static BY_END: LazyLock<HashMap<char, Vec<(&str, After)>>> = LazyLock::new(|| {
    let mut out: HashMap<char, Vec<(&str, After)>> = HashMap::new();
    for (particle, after) in PARTICLES {
        out.entry(particle.chars().next_back().expect("no particle is empty")).or_default().push((particle, after));
    }
    out
});

/// A bit for the last syllable of each particle, by its low bits: most words have no such.
static ENDS: LazyLock<[u64; 64]> = LazyLock::new(|| {
    let mut out = [0; 64];
    BY_END.keys().for_each(|c| out[*c as usize / 64 % 64] |= 1 << (*c as u32 % 64));
    out
});

fn korean(word: &str, end: usize, depth: usize, offer: &mut dyn FnMut(Reading<'_>)) {
    if depth == CHAIN {
        return;
    }
    let ends = |c: &char| ENDS[*c as usize / 64 % ENDS.len()] & 1 << (*c as u32 % 64) != 0;
    let last = word[..end].chars().next_back().filter(ends);
    let Some(particles) = last.and_then(|c| BY_END.get(&c)) else { return };
    for (particle, after) in particles {
        let (particle, after) = (*particle, *after);
        let Some(base) = word[..end].strip_suffix(particle) else { continue };
        let Some(last) = base.chars().next_back() else { continue };
        // Syllables stand in Unicode by final consonant: 28 of them, none first, ㄹ the eighth.
        let closing = match last {
            '가'..='힣' => Some((last as u32 - '가' as u32) % 28),
            _ => None,
        };
        let fits = match (after, closing) {
            // Behind Latin letters one cannot see how the word sounds.
            (After::Any, _) | (_, None) => true,
            (After::Closed, Some(n)) => n != 0,
            (After::Open, Some(n)) => n == 0,
            (After::OpenOrL, Some(n)) => n == 0 || n == 8,
        };
        if fits && letters(base) >= 2 {
            offer(Reading { form: base, front: 0, back: word.len() - base.len(), affix: true, short: false });
            korean(word, base.len(), depth + 1, offer);
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

fn apostrophe(word: &str, language: Language, offer: &mut dyn FnMut(Reading<'_>)) {
    let (Some((head, _)), Some((_, tail))) = (word.split_once('\''), word.rsplit_once('\'')) else { return };
    let front = if ELIDED.contains(&head) { head.len() + 1 } else { 0 };
    let ends = ENGLISH.contains(&tail) || language.turkic && tail.len() <= ENDING;
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
