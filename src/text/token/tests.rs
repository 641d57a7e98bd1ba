//! A text read into words, in tables and laws.

use super::parts::{PartKind, Parts, has_digit};
use super::*;
use crate::text::fold;

/// The tokens and the places of their characters, with and without the short way.
fn both_ways(text: &str, dots: Dots) -> [(Tokens, Vec<(usize, usize)>); 2] {
    [false, true].map(|slow| {
        let mut places = Vec::new();
        let mut reader = Reader::new(text, dots, |folded, original| places.push((folded, original)));
        reader.slow = slow;
        reader.run();
        let tokens = reader.out;
        (tokens, places)
    })
}

/// Texts of many scripts, and what is odd in each.
const TEXTS: &str = "[a-zA-ZİIıßﬁéЙйеё'’. ]{0,9}|[ -~]{0,12}|[a-z \u{300}\u{200D}]{0,9}|[ἀ-ῼα-ω]{0,6}|\\p{Arabic}{0,6}|\\p{Hebrew}{0,6}|\\p{Hangul}{0,6}|[ก-๎]{0,8}|[ກ-ໝ]{0,8}|[ァ-ー가-각一-丨\u{3099}]{0,6}|\\p{Devanagari}{0,6}|[\u{200B}\u{200D}\u{301}\u{306}\u{E4D}0-9,]{0,4}|\\PC{0,5}";

/// Each token with its form, wherever in the folded text that stands.
fn forms(tokens: &Tokens) -> Vec<(String, Token)> {
    let one = |t: &Token| (tokens.form(t).to_owned(), Token { from: 0, to: 0, ..*t });
    tokens.list.iter().map(one).collect()
}

/// A text read part by part, where that can be in the shortest way.
fn in_parts(text: &str, dots: Dots, short: bool) -> Tokens {
    let mut out = Tokens::default();
    let mut parts = Parts::new(text, dots);
    while let Some(mut part) = parts.next_part() {
        if let PartKind::Run(class) = part.kind {
            part = parts.run(part.start, class, |_| {});
        }
        let wide = part.kind == PartKind::Pointed && has_digit(&text[part.start..part.end]);
        if wide {
            part = parts.widened(part.start);
        } else if short && matches!(part.kind, PartKind::Letters | PartKind::Pointed) {
            let numbers = parts.numbers(&part);
            let small = (numbers.is_ascii() && dots == Dots::Plain).then(|| numbers.small());
            if parts.read_word(&part, &mut out) {
                assert!(small.is_none_or(|hash| out.list.last().is_some_and(|t| t.hash == hash)));
                continue;
            }
        }
        read_part(text, part.start, part.end, dots, &mut out);
    }
    out
}

#[test]
fn even_letters_are_those_of_the_table() {
    for c in ('\u{3000}'..='\u{9FFF}').filter(|c| parts::is_even(*c as u32)) {
        let row = fold::row(c);
        assert!(row.class.is_eastern() && row.folded == fold::Folded::One(c), "{c}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: proptest::prelude::ProptestConfig::default().cases.max(3000), ..Default::default() })]

    #[test]
    fn the_short_way_reads_what_the_long_way_does(parts in proptest::collection::vec(TEXTS, 0..8)) {
        let text = parts.concat();
                for dots in [Dots::Plain, Dots::Turkic, Dots::Typed] {
            proptest::prop_assert_eq!(forms(&read(&text, dots)), forms(&read_slowly(&text, dots)));
            let [short, long] = both_ways(&text, dots);
            proptest::prop_assert_eq!(short, long);
        }
    }

    #[test]
    fn parts_read_by_themselves_give_what_the_whole_gives(
        parts in proptest::collection::vec((TEXTS, proptest::sample::select(&["", " ", ". ", ",", "\"", "'", "-", "。", "’"][..])), 0..8),
    ) {
        let text: String = parts.into_iter().map(|(text, joint)| format!("{text}{joint}")).collect();
        for dots in [Dots::Plain, Dots::Turkic] {
            for short in [false, true] {
                proptest::prop_assert_eq!(forms(&in_parts(&text, dots, short)), forms(&read(&text, dots)));
            }
        }
    }

    #[test]
    fn folding_is_idempotent(parts in proptest::collection::vec(TEXTS, 0..8)) {
        let once = read(&parts.concat(), Dots::Plain);
        let forms = |tokens: &Tokens| tokens.list.iter().map(|t| tokens.form(t).to_owned()).collect::<Vec<String>>();
        let again = read(&forms(&once).join(" "), Dots::Plain);
        proptest::prop_assert_eq!(forms(&again), forms(&once));
    }

    #[test]
    fn spans_lie_on_character_boundaries_in_order(parts in proptest::collection::vec(TEXTS, 0..8)) {
        let text = parts.concat();
        let tokens = read(&text, Dots::Plain);
        let mut last = 0;
        for token in &tokens.list {
            let span = text.get(token.start as usize..token.end as usize);
            proptest::prop_assert!(span.is_some_and(|s| !s.is_empty()), "{:?}", token);
            proptest::prop_assert!(tokens.folded.get(token.from as usize..token.to as usize).is_some_and(|s| !s.is_empty()));
            proptest::prop_assert!(token.start >= last, "{:?}", token);
            last = token.start;
        }
    }
}

fn words(text: &str) -> Vec<String> {
    let tokens = read(text, Dots::Plain);
    tokens.list.iter().map(|t| tokens.form(t).to_owned()).collect()
}

#[test]
fn words_part_where_a_reader_parts_them() {
    for (text, expected) in [
        ("Helsinki.Trump #Helsinki_Summit", vec!["helsinki", "trump", "helsinki", "summit"]),
        ("#قمة_هلسينكي", vec!["قمه", "هلسينكي"]),
        ("Pom\u{200B}peo Pom\u{200D}peo Hel\u{200B} sinki", vec!["pompeo", "pompeo", "hel", "sinki"]),
        ("can’t l'été ‘quoted’ senators’", vec!["can't", "l'ete", "quoted", "senators"]),
        (
            "1,000 1,000,000 3.5% 1.2.3 12.05.2024 1.234,56",
            vec!["1,000", "1,000,000", "3.5", "1", "2", "3", "12", "05", "2024", "1.234,56"],
        ),
        // A word that goes the long way behind one that was not copied yet.
        ("가:A:\u{958}:b", vec!["가", "a", "क", "b"]),
        ("Straße IŞIK Ἀθῆναι ʼn Việt", vec!["strasse", "isik", "αθηναι", "n", "viet"]),
        ("G20 COVID-19 عام2024", vec!["g20", "covid", "19", "عام", "2024"]),
        ("NATO事務総長 BTS는", vec!["nato", "事務総長", "bts는"]),
        ("צה״ל \"שלום\"", vec!["צה\"ל", "שלום"]),
        ("🇺🇦🇦🇹 👍🏽 ☢\u{FE0F} 👩\u{200D}🚀", vec!["🇺🇦", "🇦🇹", "👍", "☢", "👩\u{200D}🚀"]),
        ("हिन्दी अन्न", vec!["हिंदी", "अन्न"]),
        ("นํ้า นํา เเม่", vec!["น้ำ", "นำ", "แม่"]),
        ("й и\u{306} е\u{308} за\u{301}мок", vec!["й", "й", "е", "замок"]),
        ("カ\u{3099} ﾊﾟﾘ", vec!["ガ", "パリ"]),
        ("\u{1112}\u{1161}\u{11AB}", vec!["한"]),
        ("\u{FDFA}", vec!["صلي", "الله", "عليه", "وسلم"]),
        ("\u{9C7}\u{9BE}", vec!["\u{9CB}"]),
    ] {
        assert_eq!(words(text), expected, "{text}");
    }
}

#[test]
fn dots_are_told_apart_by_language() {
    let form = |s, dots| read(s, dots).joined();
    assert_eq!(form("ISPARTA İ I\u{307}", Dots::Turkic), "ıspartaii");
    assert_eq!(form("ISPARTA ı", Dots::Plain), "ispartai");
    assert_eq!(form("ISPARTA ı", Dots::Typed), "ispartaı");
}

#[test]
fn spans_take_marks_in_and_leave_controls_out() {
    let text = "\u{FEFF}Zu\u{308}rich\u{301}\u{200B}, \u{2068}Pompeo\u{2069}";
    let spans: Vec<_> =
        read(text, Dots::Plain).list.iter().map(|t| text[t.start as usize..t.end as usize].to_owned()).collect();
    assert_eq!(spans, ["Zu\u{308}rich\u{301}", "Pompeo"]);
}

#[test]
fn hostile_texts_take_linear_time() {
    // Sizes at which anything quadratic would not end within a test run.
    let zalgo = format!("a{}", "\u{301}".repeat(100_000)).repeat(20);
    assert_eq!(read(&zalgo, Dots::Plain).list.len(), 1);
    assert_eq!(read(&"\u{FDFA}".repeat(200_000), Dots::Plain).list.len(), 800_000);
    assert_eq!(read(&"1.".repeat(1_000_000), Dots::Plain).list.len(), 1_000_000);
    assert_eq!(read(&"a'".repeat(1_000_000), Dots::Plain).list.len(), 1);
    assert_eq!(read(&"и\u{306}\u{308}".repeat(500_000), Dots::Plain).list.len(), 1);
}
