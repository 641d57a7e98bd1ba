//! The index beside a naive engine.

use proptest::prelude::*;

use super::super::pattern::patterns;
use super::*;

/// Every pattern tried at every place of a text that was read the long way: slow, plain, and without an index.
fn naive(patterns: &[Pattern], text: &str, language: Language) -> Vec<Raw> {
    let index = Index::build(&[]);
    let mut search = Search::new(patterns, &index, text, language);
    let tokens = token::read_slowly(text, search.dots);
    let mut weigher = Weigher::new(&tokens.folded, Default::default());
    for pattern in 0..patterns.len() as u32 {
        for at in 0..tokens.list.len() {
            for (from, _) in tokens.form(&tokens.list[at]).char_indices() {
                search.verify(&tokens, Anchor::new(pattern, 0, 0), at, from, &mut weigher);
            }
        }
    }
    search.sorted().to_vec()
}

/// Letters of one script each, few enough that words made of them meet.
const SCRIPTS: [&str; 20] = [
    "[aAbİIıßﬁée'’.&#0-9 ]",
    "[aAb ]",
    "[йиӣёае]",
    "[оОpрcсeеaа]",
    "[αάσςΣ]",
    "[وفبكلسالأهةيىقمر]",
    "[ولبال\u{64E}\u{640}]",
    "[ובהלמשכר\"\u{5B8}]",
    "[에서는이가국한]",
    "[中国会議員東京都人]",
    "[ーパリティカサ\u{3099}]",
    "[กานํ้ำเแ]",
    "[ການໍ້ຳເແ]",
    "[កម្ពុជា]",
    "[ရန်ကုန်]",
    "[हनदीं्]",
    "[அகாிதமி்]",
    "[აბგհայሀለሐ]",
    "[\u{200B}\u{200D}\u{301}\u{306}_-]",
    "[🇺🇦👍🏽]",
];

/// A letter, mostly of the same script as the one before.
fn letters(least: usize, most: usize) -> impl Strategy<Value = String> {
    let stretch = prop::sample::select(&SCRIPTS[..]).prop_flat_map(|script| {
        let all = format!("{script}{{1,6}}");
        prop::string::string_regex(&all).expect("a set of letters")
    });
    prop::collection::vec(stretch, least..most).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(1500), ..Default::default() })]

    #[test]
    fn the_compiled_engine_finds_what_the_naive_one_does(
        terms in prop::collection::vec(letters(1, 3), 1..8),
        text in letters(0, 14),
        whole in prop::collection::vec(any::<bool>(), 8),
        tag in prop::sample::select(&[None, Some("tr"), Some("fa")][..]),
    ) {
        let list: Vec<Pattern> = terms.iter().flat_map(|t| patterns(t)).collect();
        // Some terms stand in the text whole, so that there is something to find.
        let planted = terms.iter().zip(whole).filter(|(_, w)| *w).map(|(t, _)| t.as_str());
        let text = planted.fold(text, |text, term| format!("{text} {term}"));
        let language = Language::of(tag);
        let naive = naive(&list, &text, language);
        let (index, globs, memo) = (Index::build(&list), Globs::default(), Memo::new(false));
        let wanted = Wanted { index: &index, globs: &globs, called: None, stems: None };
        prop_assert_eq!(Search::new(&list, &index, &text, language).run().to_vec(), naive.clone());
        // The second time with what was learnt the first time.
        for _ in 0..2 {
            let sifted = Search::sifted(&list, wanted, &memo, &text, language, Room::default()).run().to_vec();
            prop_assert_eq!(&sifted, &naive);
        }
    }

    #[test]
    fn phrases_are_found_wherever_their_rarest_word_stands(
        terms in prop::collection::vec(prop::collection::vec(word(), 1..6), 1..6),
        text in prop::collection::vec((word(), prop::sample::select(&[" ", " ", " ", "", ", ", " — ", ". "][..])), 0..60),
    ) {
        let list: Vec<Pattern> = terms.iter().flat_map(|t| patterns(&t.join(" "))).collect();
        let text: String = text.into_iter().map(|(word, joint)| format!("{word}{joint}")).collect();
        let naive = naive(&list, &text, Language::UNKNOWN);
        let (index, globs, memo) = (Index::build(&list), Globs::default(), Memo::new(false));
        let wanted = Wanted { index: &index, globs: &globs, called: None, stems: None };
        for _ in 0..2 {
            let sifted = Search::sifted(&list, wanted, &memo, &text, Language::UNKNOWN, Room::default()).run().to_vec();
            prop_assert_eq!(&sifted, &naive);
        }
    }
}

/// One of few words.
fn word() -> impl Strategy<Value = &'static str> {
    prop::sample::select(
        &["a", "a", "b", "cd", "é", "ёж", "ёж", "国", "国会", "กา", "5", "l'a", "ولبا", "x", "y", "z", "💥"][..],
    )
}
