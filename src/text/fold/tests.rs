//! What one character becomes, in tables.

use super::*;

fn folded(s: &str) -> String {
    let mut out = String::new();
    s.chars().for_each(|c| push(c, &mut out));
    out
}

#[test]
fn letters_fold_as_readers_expect() {
    for (from, to) in [
        ("ŁódŹ", "lodz"),
        ("ØrstedĐÆŒ", "orsteddaeoe"),
        ("GROẞß", "grossss"),
        ("ﬁﬃ", "fiffi"),
        ("ＮＡＴＯ７", "nato7"),
        ("ΣΊΣΥΦΟΣς", "σισυφοσσ"),
        ("ᾳἀΐ", "ααι"),
        ("ЙЇЎЁѝ", "йїўеи"),
        ("أإآٱاىیکةۀہھئؤء", "اااااييكههههيوء"),
        ("ﻫﻠﺴﻴﻨﻜﻲ", "هلسينكي"),
        ("ﻻﻹ", "لالا"),
        ("שָּׁלוֹם", "שלום"),
        ("\u{95B}म", "जम"),
        ("२०٢٤۴", "20244"),
        ("ﾊ", "ハ"),
        ("ガ", "ガ"),
        ("한", "한"),
        ("น้ำ", "น้ำ"),
        ("İIı", "iii"),
        ("\u{212B}", "a"),
        ("𝐇Ⓗ", "hh"),
    ] {
        assert_eq!(folded(from), to, "{from}");
    }
}

#[test]
fn folding_is_idempotent_for_every_character() {
    for c in '\0'..=char::MAX {
        let once = folded(c.encode_utf8(&mut [0; 4]));
        assert_eq!(folded(&once).replace(' ', ""), once.replace(' ', ""), "{c:?}");
    }
}

#[test]
fn every_row_unpacks_to_what_was_described() {
    assert!(CLASSES.iter().enumerate().all(|(i, class)| *class as usize == i));
    for c in '\0'..=char::MAX {
        let (class, folded) = describe(c);
        let row = row(c);
        let is = match row.folded {
            Folded::Gone => String::new(),
            Folded::One(x) => x.into(),
            Folded::Many(s) => s.into(),
        };
        assert_eq!((row.class, &is), (class, &folded), "{c:?}");
        let one = Table::get().row(c).folded();
        assert_eq!(one, folded.chars().next().filter(|x| x.len_utf8() == folded.len()), "{c:?}");
    }
}

#[test]
fn classes_follow_scripts() {
    for (c, class) in [
        ('a', Class::Latin),
        ('я', Class::Cyrillic),
        ('ی', Class::Arabic),
        ('\u{64B}', Class::Accent),
        ('ー', Class::Katakana),
        ('ｰ', Class::Katakana),
        ('々', Class::Han),
        ('\u{200D}', Class::Ignorable),
        ('\u{FE0F}', Class::Ignorable),
        ('\u{301}', Class::Mark),
        ('\u{3099}', Class::Join),
        ('ﾟ', Class::Join),
        ('_', Class::Break),
        ('・', Class::Break),
        ('🔥', Class::Symbol),
        ('€', Class::Symbol),
        ('\u{E34}', Class::Thai),
        ('\u{93F}', Class::Indic),
        ('\u{A0}', Class::Point),
        ('\n', Class::Break),
    ] {
        assert_eq!(row(c).class, class, "{c:?}");
    }
}
