//! Laws of a compiled watchlist, whatever the terms and the text.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::model::ItemText;

/// Words of many scripts, and scraps of them, out of which terms and texts are made.
const WORDS: [&str; 72] = [
    "Helsinki",
    "HELSINKI",
    "helsinki's",
    "l’Élysée",
    "Elysee",
    "São",
    "Paulo",
    "Łódź",
    "straße",
    "STRASSE",
    "ﬁnland",
    "İstanbul",
    "Isparta",
    "ı",
    "Хрущёв",
    "хрущев",
    "Роmреo",
    "Pompeo",
    "pompeo",
    "Αθήνα",
    "ΑΘΗΝΑ",
    "هلسينكي",
    "بهلسينكي",
    "العراق",
    "عراق",
    "وللعراق",
    "قِمّةُ",
    "القمة",
    "ﷺ",
    "الله",
    "ایران",
    "ירושלים",
    "ובירושלים",
    "צה״ל",
    "헬싱키",
    "헬싱키에서",
    "서울",
    "中国",
    "国会",
    "发展中国家",
    "東京都",
    "京都",
    "東京",
    "ヘルシンキ",
    "サーバー",
    "パリ",
    "ﾊﾟﾘ",
    "ティ",
    "กรุงเทพ",
    "นํ้า",
    "น้ำ",
    "กา",
    "แฟ",
    "ภาษาไทย",
    "ພາສາລາວ",
    "ភ្នំពេញ",
    "ရန်ကုန်",
    "हिन्दी",
    "हिंदी",
    "ज़मीन",
    "தமிழ்",
    "Երևան",
    "თბილისი",
    "አዲስ",
    "1,000",
    "2024",
    "٢٠٢٤",
    "🇺🇦",
    "👍🏽",
    "New",
    "York",
    "AT&T",
];

/// What is put between them.
const JOINTS: [&str; 15] = [" ", " ", " ", "", "", "-", ", ", ". ", "\n", "_", "\u{200B}", "’", "&", "#", "\u{640}"];

fn text() -> impl Strategy<Value = String> {
    let part = (prop::sample::select(&WORDS[..]), prop::sample::select(&JOINTS[..]));
    prop::collection::vec(part, 0..24).prop_map(|parts| parts.into_iter().map(|(a, b)| format!("{a}{b}")).collect())
}

fn term() -> impl Strategy<Value = String> {
    let part = (prop::sample::select(&WORDS[..]), prop::sample::select(&[" ", "-", "", "#"][..]));
    prop::collection::vec(part, 1..3).prop_map(|parts| parts.into_iter().map(|(a, b)| format!("{a}{b}")).collect())
}

fn language() -> impl Strategy<Value = Option<&'static str>> {
    prop::sample::select(&[None, Some("en"), Some("tr"), Some("ar"), Some("fa"), Some("ja"), Some("fr")][..])
}

fn watch() -> impl Strategy<Value = WatchTerms> {
    let terms = prop::collection::vec(term(), 1..6);
    let exclude = prop_oneof![4 => Just(Vec::new()), 1 => prop::collection::vec(term(), 1..2)];
    (terms, exclude, any::<bool>()).prop_map(|(terms, exclude, stem)| WatchTerms {
        terms,
        exclude,
        stem,
        ..WatchTerms::new(WatchName::new("w"))
    })
}

fn item(title: &str, body: &str, language: Option<&str>) -> Item {
    let text = ItemText { title: title.into(), body: body.into(), ..ItemText::default() };
    Item { text, language: language.map(str::to_owned), ..Item::default() }
}

fn hits(watches: &[WatchTerms], item: &Item) -> Vec<(usize, Hit)> {
    let found = Watchlist::compile(watches).find(item, |_| true);
    found.into_iter().flat_map(|f| f.hits.into_iter().map(move |h| (f.watch, h))).collect()
}

/// What a watch finds when each of its terms is looked for by itself.
fn one_by_one(watch: &WatchTerms, item: &Item) -> Vec<Hit> {
    let alone = |term: &String| {
        let only = WatchTerms { terms: vec![term.clone()], exclude: Vec::new(), ..watch.clone() };
        hits(&[only], item).into_iter().map(|(_, h)| h).collect::<Vec<Hit>>()
    };
    if watch.exclude.iter().any(|t| !alone(t).is_empty()) {
        return Vec::new();
    }
    let mut terms: Vec<&String> = Vec::new();
    watch.terms.iter().filter(|t| !t.is_empty()).for_each(|t| {
        if !terms.contains(&t) {
            terms.push(t);
        }
    });
    terms.into_iter().flat_map(alone).collect()
}

/// Watchlists with names, stems and queries beside terms, and each of these alone.
static MIXED: LazyLock<[Watchlist; 4]> = LazyLock::new(|| {
    let new = || WatchTerms::new(WatchName::new("w"));
    let strings = |all: &[&str]| all.iter().map(|s| (*s).to_owned()).collect();
    let names = WatchTerms {
        names: strings(&["Mike Pompeo", "Merkel", "Лавров", "May", "Theresa May", "نصر الله", "習近平", "Helsinki"]),
        aliases: vec![("Merkel".to_owned(), strings(&["Mutti", "the chancellor"]))],
        sensitivity: Sensitivity::Wide,
        ..new()
    };
    let stems = WatchTerms {
        terms: strings(&[
            "election",
            "New elections",
            "санкции против",
            "ministers of war",
            "中国 elections",
            "κυρώσεις",
        ]),
        stem: true,
        ..new()
    };
    let queries = [
        "elec* NEAR/3 \"new york\"",
        "~Pompeo OR count(Helsinki) >= 2",
        "=Helsinki NOT title:Пом*",
        "\"New сан*\"~4 OR 中国*",
        "~\"Angela Merkel\" AND /o{1}/",
    ];
    let query = |text: &str| WatchTerms { query: Some(Query::parse(text).expect("a sound query")), ..new() };
    let queries: Vec<WatchTerms> = queries.into_iter().map(query).collect();
    let terms = WatchTerms { terms: strings(&["New York", "京都", "العراق"]), ..new() };
    let all: Vec<WatchTerms> = [&names, &stems, &terms].into_iter().cloned().chain(queries.iter().cloned()).collect();
    [vec![names], vec![stems, terms], queries, all].map(|watches| Watchlist::compile(&watches))
});

/// Words that are found in other forms than they are looked for, and what comes near them.
const FORMS: [&str; 40] = [
    "elections",
    "Election",
    "l’élection",
    "elect",
    "санкциях",
    "САНКЦИИ",
    "против",
    "minister's",
    "ministers",
    "of",
    "wars",
    "κυρώσεων",
    "Помпео",
    "Помпео’s",
    "Помпей",
    "МАЙК",
    "Майк",
    "Меркель",
    "Merkel",
    "Mutti",
    "the",
    "chancellor",
    "بومبيو",
    "وبومبيو",
    "ميركل",
    "لافروف",
    "Lavrov",
    "Lawrow's",
    "l'Obama",
    "ポンペオ",
    "マイク・ポンペオ",
    "メルケル首相",
    "默克尔",
    "习近平",
    "แมร์เคิล",
    "폼페이오는",
    "נסראללה",
    "Nasrallah",
    "Мэй",
    "Тереза",
];

fn spelling() -> impl Strategy<Value = (&'static str, &'static str)> {
    let word = prop_oneof![2 => prop::sample::select(&FORMS[..]), 1 => prop::sample::select(&WORDS[..])];
    (word, prop::sample::select(&JOINTS[..]))
}

/// Hits in an order that does not depend on who found them.
fn sorted(mut hits: Vec<(usize, Hit)>) -> Vec<(usize, Hit)> {
    hits.sort_by(|(v, a), (w, b)| (v, a.field, a.start, a.end, &a.term).cmp(&(w, b.field, b.start, b.end, &b.term)));
    hits
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(400), ..Default::default() })]

    #[test]
    fn the_compiled_watchlist_equals_each_term_alone(
        watches in prop::collection::vec(watch(), 1..8), title in text(), body in text(), language in language(),
    ) {
        let it = item(&title, &body, language);
        let each = watches.iter().enumerate();
        let alone = each.flat_map(|(w, watch)| one_by_one(watch, &it).into_iter().map(move |h| (w, h))).collect();
        prop_assert_eq!(sorted(hits(&watches, &it)), sorted(alone));
    }

    #[test]
    fn what_was_learnt_changes_nothing(
        watches in prop::collection::vec(watch(), 1..8), bodies in prop::collection::vec((text(), language()), 1..6),
    ) {
        let list = Watchlist::compile(&watches);
        for _ in 0..2 {
            for (body, language) in &bodies {
                let it = item("", body, *language);
                let found = list.find(&it, |_| true);
                let found: Vec<_> = found.into_iter().flat_map(|f| f.hits.into_iter().map(move |h| (f.watch, h))).collect();
                prop_assert_eq!(found, hits(&watches, &it));
            }
        }
    }

    #[test]
    fn what_is_passed_over_holds_nothing(parts in prop::collection::vec(spelling(), 0..24), language in language(), list in 0..4_usize) {
        let text: String = parts.into_iter().map(|(a, b)| format!("{a}{b}")).collect();
        let it = item(&text, "", language);
        let list = &MIXED[list];
        let whole = list.find_by(&it, None, |_| true, |list, wanted, text, language, _| {
            Search::new(&list.patterns, wanted.index, text, language)
        });
        // What one case taught is there for all that follow.
        for _ in 0..2 {
            prop_assert_eq!(&list.find(&it, |_| true), &whole);
        }
    }

    #[test]
    fn adding_a_term_never_loses_a_hit_of_another(
        mut watches in prop::collection::vec(watch(), 1..4), more in term(), body in text(), language in language(),
        place in any::<prop::sample::Index>(), another in any::<bool>(),
    ) {
        let it = item("", &body, language);
        let before = hits(&watches, &it);
        if another {
            watches.push(WatchTerms { terms: vec![more], ..WatchTerms::new(WatchName::new("w")) });
        } else {
            let place = place.index(watches.len());
            watches[place].terms.push(more);
        }
        let after = hits(&watches, &it);
        for hit in &before {
            prop_assert!(after.contains(hit), "{hit:?} is lost");
        }
    }

    #[test]
    fn spans_cut_out_what_was_found(terms in prop::collection::vec(term(), 1..6), body in text(), language in language()) {
        let watch = WatchTerms { terms, ..WatchTerms::new(WatchName::new("w")) };
        for (_, hit) in hits(std::slice::from_ref(&watch), &item("", &body, language)) {
            prop_assert_eq!(body.get(hit.start..hit.end), Some(&*hit.text));
            // What was cut out is the term, by itself too.
            let alone = WatchTerms { terms: vec![hit.term.as_ref().to_owned()], ..watch.clone() };
            let again = hits(&[alone], &item("", &hit.text, language));
            prop_assert!(again.iter().any(|(_, h)| h.term == hit.term), "{hit:?}");
        }
    }
}
