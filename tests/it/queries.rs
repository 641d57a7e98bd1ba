//! The language of queries: what it finds, what it refuses, and laws over random queries and texts, with a plain
//! evaluator beside the compiled one.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use feedwatch::matcher::query::{DEPTH_LIMIT, Expression, LEAVES_LIMIT, Node, QUERY_LIMIT, Text};
use feedwatch::matcher::{Query, WatchTerms, Watchlist};
use feedwatch::model::{FeedName, Field, Fields, Hit, How, Item, ItemText, WatchName};
use proptest::prelude::*;

fn watch(query: &str) -> WatchTerms {
    WatchTerms {
        query: Some(Query::parse(query).unwrap_or_else(|e| panic!("{query}: {e}"))),
        ..WatchTerms::new(WatchName::new("w"))
    }
}

fn item(title: &str, body: &str, language: Option<&str>) -> Item {
    let text = ItemText { title: title.to_owned(), summary: String::new(), body: body.to_owned() };
    Item { text, language: language.map(str::to_owned), ..Item::default() }
}

fn hits(watch: WatchTerms, item: &Item) -> Vec<Hit> {
    Watchlist::compile(&[watch]).find(item, |_| true).into_iter().flat_map(|f| f.hits).collect()
}

fn found(query: &str, text: &str, language: &str) -> Vec<(String, How)> {
    hits(watch(query), &item("", text, Some(language))).into_iter().map(|h| (h.text.to_string(), h.how)).collect()
}

#[test]
fn queries_find_what_they_say() {
    use How::{Affix, Exact, Folded, Pattern};
    for (query, text, language, expected) in [
        // Words side by side must all be there.
        ("Putin Trump", "Trump met Putin", "en", vec![("Trump", Exact), ("Putin", Exact)]),
        ("Putin Trump", "Trump met Merkel", "en", vec![]),
        ("Putin -football", "Putin at the football", "en", vec![]),
        // Hits are told of the branches that are true.
        ("Putin OR (Trump AND Turku)", "Putin and Trump", "en", vec![("Putin", Exact)]),
        ("NOT NOT Putin", "PUTIN", "en", vec![("PUTIN", Folded)]),
        ("a AND NOT (b OR NOT c)", "a c", "en", vec![("a", Exact), ("c", Exact)]),
        ("a AND NOT (b OR NOT c)", "a", "en", vec![]),
        // NEAR binds closest and counts words of every script.
        ("NOT a NEAR/1 b AND c", "a x x b c", "en", vec![("c", Exact)]),
        ("a NEAR/1 b NEAR/0 c", "a x b c", "en", vec![("a", Exact), ("b", Exact), ("c", Exact)]),
        ("a NEAR/0 a", "a b a", "en", vec![]),
        ("a NEAR/0 a", "b a a", "en", vec![("a", Exact), ("a", Exact)]),
        ("地震 NEAR/1 津波", "地震で大きな津波", "ja", vec![]),
        ("لافروف NEAR/0 بومبيو", "لافروف وبومبيو", "ar", vec![("لافروف", Exact), ("بومبيو", Affix)]),
        ("\"trade war\"~1", "war and trade", "en", vec![]),
        ("\"a b c\"~2", "a x b y c", "en", vec![("a", Exact), ("b", Exact), ("c", Exact)]),
        ("\"a b c\"~1", "a x b y c", "en", vec![]),
        // A phrase with a wildcard is one hit, and ends with its sentence.
        ("\"nuclear weapon*\"", "Nuclear, weapons", "en", vec![("Nuclear, weapons", Pattern)]),
        ("\"stronger weapon*\"", "It was stronger. Weapons fell.", "en", vec![]),
        ("anti-terror*", "the anti-terrorism unit", "en", vec![("anti-terrorism", Pattern)]),
        ("\"what\\?\"", "What?", "en", vec![("What", Folded)]),
        // As written.
        ("=US", "the us and the US’s", "en", vec![("US", Exact)]),
        ("=كرة", "بكرة", "ar", vec![]),
        ("=\"White House\"", "white house, White House", "en", vec![("White House", Exact)]),
        ("=vélo", "ve\u{301}lo velo", "fr", vec![("ve\u{301}lo", Exact)]),
        // Names within longer names are one mention.
        ("count(Putin OR \"Vladimir Putin\") >= 2", "Vladimir Putin", "en", vec![]),
        ("count(terror*) >= 2", "terror, terrorist", "en", vec![("terror", Pattern), ("terrorist", Pattern)]),
        ("/kyiv/i", "KYIV", "en", vec![("KYIV", Pattern)]),
        ("/a\\/b/", "a/b", "en", vec![("a/b", Pattern)]),
        ("lang:pt AND a", "a", "pt-BR", vec![("a", Exact)]),
        ("lang:pt-BR AND a", "a", "pt", vec![]),
        ("צה\"ל", "צה״ל", "he", vec![("צה״ל", Folded)]),
        ("“white house” AND «press»", "White House press", "en", vec![("White House", Folded), ("press", Exact)]),
    ] {
        let expected: Vec<_> = expected.into_iter().map(|(t, how)| (t.to_owned(), how)).collect();
        assert_eq!(found(query, text, language), expected, "{query} in {text}");
    }
}

#[test]
fn a_query_joins_the_terms_of_its_watch_and_is_vetoed_and_narrowed_like_them() {
    let mut all = watch("Putin AND Trump");
    all.terms = vec!["Merkel".into()];
    all.exclude = vec!["football".into()];
    let texts = |it: &Item| hits(all.clone(), it).into_iter().map(|h| h.text.to_string()).collect::<Vec<_>>();
    assert_eq!(texts(&item("Merkel", "Putin, Trump", None)), ["Merkel", "Putin", "Trump"]);
    assert_eq!(texts(&item("Merkel", "Putin", None)), ["Merkel"]);
    assert_eq!(texts(&item("Football", "Putin, Trump", None)), [""; 0]);
    // `fields` says where words without a scope are looked for; a scope names its own.
    let mut narrow = watch("Putin AND category:sport");
    narrow.fields = Fields::NONE.with(Field::Title);
    let mut it = item("Putin", "", None);
    it.categories = vec!["Sport".into()];
    assert_eq!(hits(narrow.clone(), &it).len(), 2);
    it.text = ItemText { body: "Putin".into(), ..ItemText::default() };
    assert!(hits(narrow, &it).is_empty());
}

#[test]
fn feeds_are_known_by_name_where_they_are_known() {
    let list = Watchlist::compile(&[watch("Putin AND feed:\"the wire\""), watch("Putin NOT feed:\"the wire\"")]);
    let it = item("Putin", "", None);
    let watches = |feed: Option<&str>| -> Vec<usize> {
        let feed = feed.map(FeedName::new);
        list.find_in(&it, feed.as_ref(), |_| true).into_iter().map(|f| f.watch).collect()
    };
    assert_eq!(watches(Some("the wire")), [0]);
    assert_eq!(watches(Some("another")), [1]);
    assert_eq!(watches(None), [1]);
}

#[test]
fn mistakes_are_told_where_they_stand() {
    for (query, start, word) in [
        ("", 0, "empty"),
        ("a AND", 2, "`AND` needs something behind"),
        ("OR a", 0, "`OR` needs something before"),
        ("a OR OR b", 5, "needs something before"),
        ("summit AND (Putin OR", 18, "`OR` needs something behind"),
        ("(a", 0, "never closed"),
        ("a)", 1, "closes none"),
        ("a AND ()", 6, "nothing stands"),
        ("a NEAR/3 NOT b", 9, "NOT cannot stand here"),
        ("(a AND b) NEAR/3 c", 0, "NEAR and count take"),
        ("count(a AND b) >= 2", 6, "NEAR and count take"),
        ("count(a)", 0, "needs `>= n`"),
        ("a >= 3", 2, "count(…) only"),
        ("a OR NOT b", 0, "could be true where nothing is found"),
        ("lang:en", 0, "could be true where nothing is found"),
        ("a AND lang:x!", 11, "language tag"),
        ("feed:#tag a", 5, "for a tag"),
        ("title:(a OR body:b)", 0, "a scope within a scope"),
        ("a AND =b*", 6, "without wildcards"),
        ("a AND ~b*", 6, "without wildcards"),
        ("a AND ~\"2024\"", 6, "no letter"),
        ("a AND ~", 6, "right before a name"),
        ("word~2", 0, "behind a phrase"),
        ("\"word\"~2", 0, "two words"),
        ("word^2", 0, "no rank"),
        ("a AND /(b/", 6, "unclosed group"),
        ("a AND &", 6, "no letter"),
    ] {
        let error = Query::parse(query).expect_err(query);
        assert_eq!(error.span.start, start, "{query}: {error}");
        assert!(error.said.contains(word), "{query}: {error}");
        assert!(query.get(error.span.clone()).is_some(), "{query}: {:?}", error.span);
    }
    assert!(Query::parse("ü AND )").expect_err("mistake").at("ü AND )").starts_with("character 7: "));
}

#[test]
fn what_is_odd_is_told_and_asked_all_the_same() {
    for (query, count) in [
        ("a AND (b OR c) NOT d", 0),
        ("a OR b AND c", 1),
        ("a b OR c", 1),
        ("(a OR b AND c) AND d", 1),
        ("a and b", 1),
        ("\"who won?\"", 1),
        ("a AND +b", 1),
        ("/./", 1),
        ("ter*", 0),
        ("te*", 1),
    ] {
        let lints = Query::parse(query).unwrap().lints().to_vec();
        assert_eq!(lints.len(), count, "{query}: {lints:?}");
    }
}

#[test]
fn hostile_queries_end_at_a_limit() {
    let began = Instant::now();
    let deep = DEPTH_LIMIT - 1;
    assert!(Query::parse(&format!("{}a{}", "(".repeat(deep), ")".repeat(deep))).is_ok());
    for (query, word) in [
        ("(".repeat(100_000), "bytes"),
        ("a OR ".repeat(200_000), "bytes"),
        ("(".repeat(QUERY_LIMIT), "deep"),
        (format!("{}a", "NOT ".repeat(QUERY_LIMIT / 5)), "deep"),
        ("-".repeat(QUERY_LIMIT / 2) + "a", "characters"),
        ("title:(".repeat(QUERY_LIMIT / 8), "deep"),
        (format!("a{}", " NEAR/1 a".repeat(QUERY_LIMIT / 10)), "deep"),
        (format!("a{}", " OR a".repeat(LEAVES_LIMIT)), "words and phrases"),
        ("/a/ ".repeat(100), "regular expressions"),
        ("/(a{1000}){1000}/".to_owned(), "compiled"),
        (format!("/{}a{}/", "(".repeat(10_000), ")".repeat(10_000)), "nest"),
    ] {
        let error = Query::parse(&query).expect_err("hostile");
        assert!(error.said.contains(word), "{}: {error}", &query[..20.min(query.len())]);
    }
    // Generous: a debug build on a busy machine takes a fraction of it, and anything quadratic minutes.
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

#[test]
fn hostile_texts_end() {
    let queries = [
        "a NEAR/1000 b NEAR/1000 a",
        "\"a b a b\"~1000",
        "count(a OR b OR a*b*a*b*a) >= 100",
        "/(a*)*b/ OR /.*[^A-Z]|[A-Z]/",
        "แม* OR กา* OR 国*国*国",
    ];
    let watches: Vec<WatchTerms> = queries.iter().map(|q| watch(q)).collect();
    let list = Watchlist::compile(&watches);
    for text in
        ["a b ".repeat(100_000), "A".repeat(300_000), "กา".repeat(50_000), "国".repeat(50_000), "aab".repeat(100_000)]
    {
        list.find(&item("", &text, None), |_| true);
    }
}

/// Words of the random texts and queries.
const WORDS: [&str; 5] = ["alpha", "beta", "gamma", "alpine", "delta"];

/// A text in two fields, as words.
#[derive(Debug, Clone)]
struct Plain {
    title: Vec<&'static str>,
    body: Vec<&'static str>,
}

/// Occurrences: field, first word, last word.
type Places = BTreeSet<(Field, usize, usize)>;

impl Plain {
    fn fields(&self) -> [(Field, &[&'static str]); 2] {
        [(Field::Title, &self.title), (Field::Body, &self.body)]
    }

    /// Whether a query is true, by the words of its documentation and nothing else.
    fn is(&self, node: &Node, only: Option<Field>) -> bool {
        match node {
            Node::And(all) => all.iter().all(|n| self.is(n, only)),
            Node::Or(all) => all.iter().any(|n| self.is(n, only)),
            Node::Not(inner) => !self.is(inner, only),
            Node::In(field, inner) => self.is(inner, Some(*field)),
            Node::Count(inner, n) => {
                // As many as can stand apart.
                let mut places: Vec<_> = self.places(inner, only).into_iter().collect();
                places.sort_by_key(|(field, _, last)| (*field, *last));
                let mut kept: Vec<(Field, usize, usize)> = Vec::new();
                for p in places {
                    if kept.last().is_none_or(|k| k.0 != p.0 || p.1 > k.2) {
                        kept.push(p);
                    }
                }
                kept.len() >= *n as usize
            }
            Node::Feed(_) => false,
            Node::Language(tag) => tag == "en",
            _ => !self.places(node, only).is_empty(),
        }
    }

    fn places(&self, node: &Node, only: Option<Field>) -> Places {
        match node {
            Node::Or(all) => all.iter().flat_map(|n| self.places(n, only)).collect(),
            Node::In(field, inner) => self.places(inner, Some(*field)),
            Node::Near(left, right, n) => {
                let (left, right) = (self.places(left, only), self.places(right, only));
                let mut out = Places::new();
                for a in &left {
                    for b in &right {
                        let (a, b) = if a.1 < b.1 { (a, b) } else { (b, a) };
                        if a.0 == b.0 && b.1 > a.2 && b.1 - a.2 - 1 <= *n as usize {
                            out.insert((a.0, a.1, b.2));
                        }
                    }
                }
                out
            }
            Node::Text(text) => self.text(text, only),
            Node::Regex(regex) => self
                .fields()
                .into_iter()
                .filter(|(f, _)| only.is_none_or(|o| o == *f))
                .flat_map(|(f, words)| {
                    let is = |(_, w): &(usize, &&str)| w.contains(&regex.source);
                    words.iter().enumerate().filter(is).map(move |(i, _)| (f, i, i)).collect::<Vec<_>>()
                })
                .collect(),
            _ => unreachable!("has no places"),
        }
    }

    fn text(&self, text: &Text, only: Option<Field>) -> Places {
        let wanted: Vec<&str> = text.escaped.split(' ').collect();
        let mut out = Places::new();
        for (field, words) in self.fields().into_iter().filter(|(f, _)| only.is_none_or(|o| o == *f)) {
            for first in 0..words.len() {
                row(words, &wanted, first, text.slop as usize, &mut |last| _ = out.insert((field, first, last)));
            }
        }
        out
    }
}

/// Every way in which the wanted words stand in order from this place on.
fn row(words: &[&str], wanted: &[&str], at: usize, slop: usize, tell: &mut dyn FnMut(usize)) {
    let Some(word) = words.get(at).filter(|w| glob(wanted[0], w)) else { return };
    assert!(!word.is_empty());
    if wanted.len() == 1 {
        return tell(at);
    }
    for more in 0..=slop {
        row(words, &wanted[1..], at + 1 + more, slop - more, tell);
    }
}

fn glob(pattern: &str, word: &str) -> bool {
    match pattern.chars().next() {
        None => word.is_empty(),
        Some('*') => (0..=word.len()).any(|i| glob(&pattern[1..], &word[i..])),
        Some('?') => !word.is_empty() && glob(&pattern[1..], &word[1..]),
        Some(c) => word.starts_with(c) && glob(&pattern[1..], &word[1..]),
    }
}

fn text(escaped: &str, exact: bool, slop: u32) -> Node {
    Node::Text(Text { escaped: escaped.to_owned(), exact, slop })
}

/// A query of these leaves, as the parser could have made it.
fn query(leaves: impl Strategy<Value = Node> + 'static) -> impl Strategy<Value = Node> {
    let fields = prop::sample::select(&[Field::Title, Field::Body][..]);
    leaves
        .prop_recursive(4, 24, 3, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 2..4).prop_map(Node::And),
                prop::collection::vec(inner.clone(), 2..4).prop_map(Node::Or),
                inner.clone().prop_map(|n| Node::Not(Box::new(n))),
                (inner.clone(), inner.clone(), 0u32..4).prop_map(|(a, b, n)| match a.has_places() && b.has_places() {
                    true => Node::Near(Box::new(a), Box::new(b), n),
                    false => Node::And(vec![a, b]),
                }),
                (inner.clone(), 1u32..4).prop_map(|(a, n)| match a.has_places() {
                    true => Node::Count(Box::new(a), n),
                    false => Node::Not(Box::new(a)),
                }),
                (fields.clone(), inner).prop_map(|(field, n)| {
                    match n.to_string().contains("e:") || n.to_string().contains("y:") {
                        true => n,
                        false => Node::In(field, Box::new(n)),
                    }
                }),
            ]
        })
        .prop_filter("nothing to show", |n| n.finds(false))
}

fn simple_leaf() -> impl Strategy<Value = Node> {
    let word = prop::sample::select(&WORDS[..]);
    prop_oneof![
        4 => word.clone().prop_map(|w| text(w, false, 0)),
        1 => word.clone().prop_map(|w| text(w, true, 0)),
        1 => (word.clone(), word.clone()).prop_map(|(a, b)| text(&format!("{a} {b}"), false, 0)),
        1 => (word.clone(), word, 1u32..4).prop_map(|(a, b, n)| text(&format!("{a} {b}"), false, n)),
        1 => prop::sample::select(&["al*", "a?p*a", "be?a", "al* beta"][..]).prop_map(|w| text(w, false, 0)),
        1 => prop::sample::select(&["lp", "mm", "elta"][..])
            .prop_map(|s| Node::Regex(Expression { source: s.into(), ignore_case: false })),
    ]
}

fn odd_leaf() -> impl Strategy<Value = Node> {
    let words = [
        "AND",
        "or",
        "near",
        "count",
        "title:x",
        "C++",
        "a(b)",
        r#"say \"hi\""#,
        r"a\\b",
        r"what now\?",
        "ter?or*",
        "צה\\\"ל",
        "هلسينكي",
        "กรุงเทพ",
        "Ünter-grund",
        "white   house",
        "~x",
        "=x",
        "/x/",
        "-x",
        "x\ny",
        "“quoted”",
    ];
    prop_oneof![
        prop::sample::select(words.to_vec()).prop_map(|w| text(w, false, 0)),
        "[a-zйéह]{2,6}".prop_map(|w| text(&w, true, 0)),
        "[a-z]{2,4} [a-z]{2,4}[.]?".prop_map(|w| text(&w, false, 3)),
        prop::sample::select(vec![r"a\/b", "x{3}", r"\bCVE-\d+\b"])
            .prop_map(|s| Node::Regex(Expression { source: s.into(), ignore_case: s.len() % 2 == 0 })),
        Just(Node::Feed(r#"the "wire" \ *"#.into())),
        Just(Node::Language("pt-BR".into())),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(600), ..Default::default() })]

    #[test]
    fn a_query_written_out_reads_the_same(node in query(odd_leaf())) {
        let written = node.to_string();
        let read = Query::parse(&written).map_err(|e| TestCaseError::fail(format!("{written}: {e}")))?;
        prop_assert_eq!(read.node(), &node, "{}", written);
        prop_assert!(read.lints().iter().all(|l| !l.said.contains("mixed")), "{}", written);
    }

    #[test]
    fn no_query_panics(text in "[a-bAND OR NOT NEAR/()\"'~*?:=\\\\/>3\\-«»“ןـ]{0,40}") {
        if let Err(error) = Query::parse(&text) {
            prop_assert!(text.get(error.span).is_some());
        }
    }

    #[test]
    fn the_compiled_queries_agree_with_a_plain_evaluator(
        nodes in prop::collection::vec(query(simple_leaf()), 1..5),
        title in prop::collection::vec(prop::sample::select(&WORDS[..]), 0..5),
        body in prop::collection::vec(prop::sample::select(&WORDS[..]), 0..12),
    ) {
        let plain = Plain { title, body };
        let watches: Vec<WatchTerms> = nodes.iter().map(|n| watch(&n.to_string())).collect();
        let it = item(&plain.title.join(" "), &plain.body.join(" "), Some("en"));
        let found: Vec<usize> = Watchlist::compile(&watches).find(&it, |_| true).into_iter().map(|f| f.watch).collect();
        let expected: Vec<usize> = (0..nodes.len()).filter(|i| plain.is(&nodes[*i], None)).collect();
        prop_assert_eq!(found, expected, "{}", nodes.iter().map(|n| format!("[{n}] ")).collect::<String>());
    }
}
