//! Terms in texts of many scripts, the cases kept beside the project, and laws that hold for any text.

use feedwatch::matcher::{WatchTerms, Watchlist, check_term};
use feedwatch::model::{Field, Fields, Hit, How, Item, ItemText, WatchName};
use proptest::prelude::*;

fn watch(name: &str, terms: &[&str]) -> WatchTerms {
    WatchTerms { terms: terms.iter().map(|t| (*t).to_owned()).collect(), ..WatchTerms::new(WatchName::new(name)) }
}

fn item(body: &str, language: Option<&str>) -> Item {
    Item {
        text: ItemText { body: body.to_owned(), ..ItemText::default() },
        language: language.map(str::to_owned),
        ..Item::default()
    }
}

fn hits(list: &Watchlist, item: &Item) -> Vec<Hit> {
    list.find(item, |_| true).into_iter().flat_map(|f| f.hits).collect()
}

/// Hit texts of one term in a text.
fn found(term: &str, text: &str, language: Option<&str>) -> Vec<(String, How)> {
    let list = Watchlist::compile(&[watch("w", &[term])]);
    hits(&list, &item(text, language)).into_iter().map(|h| (h.text.to_string(), h.how)).collect()
}

#[test]
fn a_watch_reads_its_fields_in_order_and_no_others() {
    let mut it = item("Helsinki again", Some("en"));
    it.text.title = "Helsinki summit".into();
    it.authors = vec!["A. Writer".into(), "Helsinki Times".into()];
    it.categories = vec!["World".into(), "Helsinki".into()];
    it.link = Some("https://news.example.org/helsinki-summit".into());
    let mut all = watch("all", &["Helsinki"]);
    all.fields = Field::ALL.into_iter().fold(Fields::NONE, Fields::with);
    let mut author = watch("author", &["Helsinki"]);
    author.fields = Fields::NONE.with(Field::Author);
    let list = Watchlist::compile(&[all, watch("none", &["Turku"]), author]);
    let found = list.find(&it, |_| true);
    assert_eq!(found.iter().map(|f| f.watch).collect::<Vec<_>>(), [0, 2]);
    let fields: Vec<_> = found[0].hits.iter().map(|h| (h.field, h.start)).collect();
    let expected = [(Field::Title, 0), (Field::Body, 0), (Field::Author, 11), (Field::Category, 7), (Field::Link, 25)];
    assert_eq!(fields, expected);
    assert_eq!(found[1].hits.len(), 1);
    // A watch that does not listen is not there, and the others keep their places.
    assert_eq!(list.find(&it, |w| w == 2).iter().map(|f| f.watch).collect::<Vec<_>>(), [2]);
}

#[test]
fn an_excluded_word_vetoes_the_whole_item_for_its_watch_alone() {
    let mut quiet = watch("quiet", &["Helsinki"]);
    quiet.exclude = vec!["football".into()];
    let list = Watchlist::compile(&[quiet, watch("loud", &["helsinki"])]);
    let mut it = item("FOOTBALL results", Some("en"));
    it.text.title = "Helsinki".into();
    let found = list.find(&it, |_| true);
    assert_eq!(found.iter().map(|f| f.watch).collect::<Vec<_>>(), [1]);
    assert_eq!((&*found[0].hits[0].term, found[0].hits[0].how), ("helsinki", How::Folded));
}

#[test]
fn of_two_ways_to_see_a_term_the_plainest_is_told() {
    // القمة is found as written, though العرب + a prefix would do as well.
    let list = Watchlist::compile(&[watch("w", &["وسام", "سام"])]);
    let all: Vec<_> =
        hits(&list, &item("منح وسام الشرف", Some("ar"))).into_iter().map(|h| (h.term.to_string(), h.how)).collect();
    assert_eq!(all, [("وسام".to_owned(), How::Exact), ("سام".to_owned(), How::Affix)]);
    let list = Watchlist::compile(&[watch("w", &["Helsinki", "HELSINKI", "Helsinki"])]);
    let all: Vec<_> = hits(&list, &item("Helsinki", None)).into_iter().map(|h| (h.term.to_string(), h.how)).collect();
    assert_eq!(all, [("Helsinki".to_owned(), How::Exact), ("HELSINKI".to_owned(), How::Folded)]);
}

#[test]
fn a_stem_is_the_last_way_to_see_a_term_and_only_where_asked() {
    let mut stems = watch("stems", &["election", "foreign minister", "العراق"]);
    stems.stem = true;
    stems.exclude = vec!["match".to_owned()];
    let list = Watchlist::compile(&[stems, watch("words", &["election"])]);
    let seen = |text: &str, language| -> Vec<_> {
        let all = hits(&list, &item(text, language)).into_iter();
        all.map(|h| (h.watch.to_string(), h.text.to_string(), h.how)).collect()
    };
    let one = |watch: &str, text: &str, how| (watch.to_owned(), text.to_owned(), how);
    assert_eq!(
        seen("Elections, ELECTION", Some("en")),
        [
            one("stems", "Elections", How::Stem),
            one("stems", "ELECTION", How::Folded),
            one("words", "ELECTION", How::Folded)
        ]
    );
    assert_eq!(seen("both foreign-ministers", None), [one("stems", "foreign-ministers", How::Stem)]);
    assert_eq!(seen("Les élections", Some("fr")), [one("stems", "élections", How::Stem)]);
    assert_eq!(seen("بالعراق", Some("ar")), [one("stems", "العراق", How::Affix)]);
    assert_eq!(seen("elections and matches", Some("en")), []);
    assert_eq!(seen("elections", Some("vi")), []);
}

#[test]
fn texts_in_one_language_are_read_by_its_rules() {
    for (term, text, language, expected) in [
        ("Izmir", "İzmir'de deprem", Some("tr"), vec![("İzmir", How::Affix)]),
        ("IRAK", "Irak sınırı", Some("tr"), vec![("Irak", How::Folded)]),
        ("kir", "KIR evleri", Some("tr"), vec![]),
        ("ایران", "وایران", Some("fa"), vec![]),
        ("ایران", "وايران", Some("ar"), vec![("ايران", How::Affix)]),
        ("AT&T", "Look at T-shirts", Some("en"), vec![]),
        ("C++", "Written in C++ and C", Some("en"), vec![("C++", How::Exact)]),
        ("#Helsinki", "Helsinki, #helsinki", Some("en"), vec![("#helsinki", How::Folded)]),
        ("St. Petersburg", "in St Petersburg", Some("en"), vec![("St Petersburg", How::Folded)]),
        ("New York", "It was new. York won.", Some("en"), vec![("new. York", How::Folded)]),
        ("trade war", "He praised trade. War followed.", Some("en"), vec![]),
        ("صلى الله عليه وسلم", "قال النبي ﷺ ذلك", Some("ar"), vec![("ﷺ", How::Folded)]),
        ("习近平 主席", "国家主席和习近平主席", Some("zh"), vec![("习近平主席", How::Folded)]),
        ("G7サミット", "広島のＧ７サミットで", Some("ja"), vec![("Ｇ７サミット", How::Folded)]),
        ("2024", "12.05.2024", Some("de"), vec![("2024", How::Exact)]),
        ("NATO", "NATO는 성명을 냈다", Some("ko"), vec![("NATO", How::Affix)]),
    ] {
        let expected: Vec<_> = expected.into_iter().map(|(t, how)| (t.to_owned(), how)).collect();
        assert_eq!(found(term, text, language), expected, "{term} in {text}");
    }
}

#[test]
fn words_of_many_languages_are_found_as_their_readers_would() {
    for (language, term, text, expected) in [
        // What a prefix leaves may be short where more words follow.
        ("he", "תל אביב", "הפגנה בתל-אביב", "תל-אביב"),
        ("ar", "بن لادن", "تحدث عن القاعدة وبن لادن", "بن لادن"),
        ("ar", "بي بي سي", "قال لبي بي سي عربي", "بي بي سي"),
        ("ar", "الله", "الحمد لله", "لله"),
        ("ar", "لبنان", "مساعدات للبنان", "لبنان"),
        // Endings, and what stands in place of the joint before them.
        ("fa", "آماده", "ما آماده\u{200C}اند", "آماده"),
        ("fa", "خانه", "خانه\u{200C}ی وزیر", "خانه"),
        ("fa", "هسته\u{200C}ای", "برنامه هسته ای ایران", "هسته ای"),
        ("ko", "트럼프", "트럼프라면 가능하다", "트럼프"),
        ("ko", "기생충", "영화 '기생충'이 상을 받았다", "기생충"),
        ("it", "Italiani", "la vita degl’Italiani", "Italiani"),
        ("it", "acqua", "la città sott'acqua", "acqua"),
        // Thousands parted by blanks that are not broken at.
        ("fr", "10 000", "plus de 10\u{202F}000 personnes", "10\u{202F}000"),
        ("ru", "10\u{A0}000", "10 000 человек", "10 000"),
        ("ru", "2024", "в\u{A0}2024\u{A0}году", "2024"),
        // The ligature of Armenian, its capitals and its letters.
        ("hy", "Երևան", "ԵՐԵՎԱՆ քաղաք", "ԵՐԵՎԱՆ"),
        ("hy", "ԵՐԵՎԱՆ", "Երևան քաղաք", "Երևան"),
        ("hy", "Երեւան", "Երևան քաղաք", "Երևան"),
        ("lo", "ວຽງຈັນ", "ນະຄອນຫຼວງວຽງຈັນ", "ວຽງຈັນ"),
        ("ja", "選挙", "米大統領選挙の開票", "選挙"),
    ] {
        let all: Vec<String> = found(term, text, Some(language)).into_iter().map(|(text, _)| text).collect();
        assert_eq!(all, [expected], "{term} in {text}");
    }
}

#[test]
fn words_that_only_look_like_a_term_are_let_be() {
    for (language, term, text) in [
        ("he", "תל", "הוא חי בתל ההר"),
        ("ar", "بن", "علبة لبن طازج"),
        ("fr", "100", "plus de 100\u{202F}000 personnes"),
        ("fr", "10 000", "10\u{202F}000\u{202F}000 personnes"),
        ("ko", "이란", "전쟁이란 무엇인가"),
        ("zh", "国人", "中国人民解放军演习"),
        ("zh", "大学生", "北京大学生活丰富"),
        ("zh", "马来", "马来西亚航班失联"),
        ("zh-Hant", "羅馬", "羅馬尼亞總統"),
        ("ja", "本人", "日本人が被害"),
        ("th", "น้ำ", "น้ำมันขึ้นราคา"),
    ] {
        assert_eq!(found(term, text, Some(language)), [], "{term} in {text}");
    }
}

#[test]
fn a_term_repeated_for_megabytes_costs_no_memory_and_ends() {
    let list = Watchlist::compile(&[watch("w", &["a", "國"])]);
    assert_eq!(hits(&list, &item(&"a ".repeat(1_000_000), None)).len(), feedwatch::matcher::HITS_LIMIT);
    assert!(!hits(&list, &item(&"國".repeat(100_000), None)).is_empty());
}

#[test]
fn hostile_texts_end() {
    // Sizes at which anything quadratic would not end within a test run.
    let list =
        Watchlist::compile(&[watch("w", &["Pompeo", "الله", "กรุงเทพ", "กา", "헬싱키", "ירושלים", "New York", "中国"])]);
    for text in [
        "ก".repeat(500_000),
        "กา".repeat(100_000),
        "a".repeat(2_000_000),
        "و".repeat(1_000_000),
        "ש".repeat(1_000_000),
        "이".repeat(500_000),
        "a'".repeat(1_000_000),
        "\u{FDFA}".repeat(300_000),
        format!("a{}", "\u{301}".repeat(100_000)).repeat(10),
        "中国".repeat(100_000),
        "New ".repeat(500_000),
        format!("New{}York", "-".repeat(1_000_000)),
        "аa".repeat(500_000),
        "👍\u{200D}".repeat(300_000),
    ] {
        hits(&list, &item(&text, None));
    }
}

/// One case of the file beside the project.
struct Case {
    id: String,
    language: Option<String>,
    term: String,
    text: String,
    expect: Vec<(String, Option<String>)>,
}

/// `\n`, `\t`, `\\` and `\u{HEX}` stand for what one would not see.
fn unescape(s: &str) -> String {
    let mut out = String::new();
    let mut rest = s;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        rest = match after.as_bytes().first() {
            Some(b'n') => push(&mut out, '\n', &after[1..]),
            Some(b't') => push(&mut out, '\t', &after[1..]),
            Some(b'u') => {
                let (hex, rest) = after[2..].split_once('}').expect("closed");
                let c = u32::from_str_radix(hex, 16).ok().and_then(char::from_u32).expect("a character");
                push(&mut out, c, rest)
            }
            _ => push(&mut out, '\\', &after[1..]),
        };
    }
    out + rest
}

fn push<'a>(out: &mut String, c: char, rest: &'a str) -> &'a str {
    out.push(c);
    rest
}

fn cases() -> Option<Vec<Case>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/matching/cases.tsv");
    let all = std::fs::read_to_string(path).ok()?;
    let parse = |line: &str| {
        let columns: Vec<&str> = line.split('\t').collect();
        let [id, _, "term", watch, language, text, expect, ..] = columns[..] else { return None };
        if text.starts_with("<?xml") {
            return None;
        }
        let expect = if expect == "-" { "" } else { expect };
        let expect = unescape(expect)
            .split(" | ")
            .filter(|x| !x.is_empty())
            .map(|x| match x.rsplit_once('@') {
                Some((text, how)) => (text.to_owned(), Some(how.to_owned())),
                None => (x.to_owned(), None),
            })
            .collect();
        let language = (language != "-").then(|| language.to_owned());
        Some(Case { id: id.to_owned(), language, term: unescape(watch), text: unescape(text), expect })
    };
    Some(all.lines().skip(1).filter_map(parse).collect())
}

/// Blanks, punctuation and controls at the ends of a span are nobody's quarrel.
fn trimmed(s: &str) -> &str {
    s.trim_matches(|c: char| {
        !c.is_alphanumeric() && (c.is_ascii() || "«»„“”‘’\u{FE0F}\u{200B}\u{200C}\u{200D}".contains(c))
    })
}

/// Why a case fails: exact spans but for their ends and the letters that an affix may put before or behind.
fn judge(case: &Case) -> Option<String> {
    let got = found(&case.term, &case.text, case.language.as_deref());
    if case.expect.is_empty() {
        return (!got.is_empty()).then(|| format!("{got:?}, but nothing may be"));
    }
    let agrees = |text: &str, want: &str| {
        let (text, want) = (trimmed(text), trimmed(want));
        let affix =
            |longer: &str, part: &str| longer.contains(part) && longer.chars().count() - part.chars().count() <= 4;
        text == want || !text.is_ascii() && (affix(text, want) || affix(want, text))
    };
    for (want, how) in &case.expect {
        let hit = got.iter().find(|(text, _)| agrees(text, want));
        let Some((text, is)) = hit else { return Some(format!("{got:?}, expected {want:?}")) };
        let is = format!("{is:?}").to_lowercase();
        let alike = |s: &str| s.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
        let lenient = alike(&case.term) == alike(text) && is != "affix";
        if how.as_ref().is_some_and(|how| *how != is && !lenient && !text.contains('\'')) {
            return Some(format!("{want:?} is {is}, expected {how:?}"));
        }
    }
    let extra = got.iter().find(|(text, _)| !case.expect.iter().any(|(want, _)| agrees(text, want)));
    extra.map(|e| format!("{e:?} besides"))
}

#[test]
fn the_cases_beside_the_project_pass() {
    let Some(cases) = cases() else {
        println!("skipped: no ../shared/matching/cases.tsv");
        return;
    };
    let failures: Vec<String> = cases.iter().filter_map(|c| judge(c).map(|why| format!("{}: {why}", c.id))).collect();
    assert!(failures.is_empty(), "{} of {} cases fail\n{}", failures.len(), cases.len(), failures.join("\n"));
}

#[test]
fn the_article_beside_the_project_has_its_names() {
    let Ok(text) =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/seed/i24news-lavrov-pompeo.ar.txt"))
    else {
        println!("skipped: no ../shared/seed");
        return;
    };
    for (term, affixes) in [("هلسينكي", false), ("لافروف", true), ("بومبيو", true)] {
        let all = found(term, &text, Some("ar"));
        assert!(all.iter().all(|(t, _)| t == term) && !all.is_empty(), "{term}: {all:?}");
        assert_eq!(all.iter().any(|(_, how)| *how == How::Affix), affixes, "{term}: {all:?}");
    }
}

/// Words and scraps of many scripts, out of which texts and terms are made.
const SCRAPS: [&str; 60] = [
    "Helsinki",
    "HELSINKI",
    "helsinki's",
    "l’Élysée",
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
    "Αθήνα",
    "ΑΘΗΝΑ",
    "هلسينكي",
    "بهلسينكي",
    "العراق",
    "وللعراق",
    "قِمّةُ",
    "القمة",
    "ﷺ",
    "الله",
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
    "ភ្នំពេញ",
    "हिन्दी",
    "हिंदी",
    "ज़मीन",
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
const JOINTS: [&str; 14] = [" ", " ", " ", "", "", "-", ", ", ". ", "\n", "_", "\u{200B}", "’", "&", "#"];

fn text() -> impl Strategy<Value = String> {
    let part = (prop::sample::select(SCRAPS.as_slice()), prop::sample::select(JOINTS.as_slice()));
    prop::collection::vec(part, 0..24).prop_map(|parts| parts.into_iter().map(|(a, b)| format!("{a}{b}")).collect())
}

fn term() -> impl Strategy<Value = String> {
    let part = prop::sample::select(SCRAPS.as_slice());
    prop::collection::vec((part, prop::sample::select(&[" ", "-", ""][..])), 1..3)
        .prop_map(|parts| parts.into_iter().map(|(a, b)| format!("{a}{b}")).collect())
}

fn language() -> impl Strategy<Value = Option<&'static str>> {
    prop::sample::select(&[None, Some("en"), Some("tr"), Some("ar"), Some("fa"), Some("ja")][..])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(400), ..Default::default() })]

    #[test]
    fn many_terms_together_find_what_each_finds_alone(terms in prop::collection::vec(term(), 1..12), body in text(), language in language()) {
        let it = item(&body, language);
        let watches: Vec<WatchTerms> = terms.iter().map(|t| watch(t, &[t])).collect();
        let together: Vec<Hit> = hits(&Watchlist::compile(&watches), &it);
        let alone: Vec<Hit> = watches.iter().flat_map(|w| hits(&Watchlist::compile(std::slice::from_ref(w)), &it)).collect();
        prop_assert_eq!(&together, &alone);
        for hit in together {
            prop_assert_eq!(body.get(hit.start..hit.end), Some(&*hit.text));
        }
    }

    #[test]
    fn any_text_is_searched_and_spans_cut_it(body in "\\PC{0,80}|(\\p{Arabic}|\\p{Thai}|\\p{Han}|\\p{Katakana}|\\p{Hangul}|\\p{Devanagari}|\\p{M}|[ '.,]){0,60}", term in "\\PC{1,6}", language in language()) {
        let list = Watchlist::compile(&[watch("w", &[&term, "a", "中"])]);
        for hit in hits(&list, &item(&body, language)) {
            prop_assert_eq!(body.get(hit.start..hit.end), Some(&*hit.text));
            prop_assert!(hit.start < hit.end);
        }
    }

    #[test]
    fn a_term_that_may_be_looked_for_finds_itself(term in "\\PC{1,12}", language in language()) {
        prop_assume!(check_term(&term).is_ok());
        let list = Watchlist::compile(&[watch("w", &[&term])]);
        prop_assert!(!hits(&list, &item(&term, language)).is_empty(), "{:?}", term);
    }
}
