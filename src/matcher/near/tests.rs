//! What came near, in tables.

use super::*;
use crate::model::{ItemText, WatchName};

fn item(title: &str, body: &str, language: Option<&str>) -> Item {
    let text = ItemText { title: title.into(), body: body.into(), ..ItemText::default() };
    Item { text, language: language.map(str::to_owned), ..Item::default() }
}

fn watch() -> WatchTerms {
    WatchTerms::new(WatchName::new("w"))
}

fn said(watch: &WatchTerms, item: &Item) -> String {
    assert!(hits(watch, item, None).is_empty(), "a watch that finds something needs no mending");
    near(watch, item, None).into_iter().map(|n| format!("{}: {}\n", n.about, n.said)).collect()
}

#[test]
fn a_term_that_is_not_there_says_what_is_nearly_it() {
    for (term, text, language, expected) in [
        ("هلسينكي", "اللقاء بهلسنكي غدا", "ar", "بهلسنكي\u{2069} in the body (one letter away)"),
        ("Helsinki", "in Hlesinki today", "en", "Hlesinki in the body (one letter away)"),
        ("Lavrov", "Mr Lawrow said", "en", "Lawrow in the body (2 letters away)"),
        ("赫尔辛基", "他在赫尔新基会见", "zh", "赫尔新基 in the body (one letter away)"),
        ("kir", "KIR evleri", "tr", "KIR in the body (one letter away)"),
        ("حر", "في بحر الشمال", "ar", "prefixes are taken off only where three letters remain"),
        ("Oslo", "the Osloer said", "en", "a query with `oslo*` finds it"),
        ("中国", "发展中国家", "zh", "not as a word there"),
        ("minister", "three ministers", "en", "with `stem = true`: ministers"),
        ("#Helsinki", "in Helsinki", "en", "without the signs of the term (#): Helsinki"),
        ("White House", "the house was white", "en", "in another order"),
        ("trade war", "a trade and tariff war", "en", "with 2 words between: “trade and tariff war”"),
        ("trade war", "He praised trade. War followed.", "en", "more than a blank or a comma parts them"),
        ("Mike Pompeo", "Mike Pompoe", "en", "“Pompeo” is not there, but Pompoe in the body (one letter away)"),
        ("Pompeo", "Помпео сказал", "ru", "as a name (`names`): Помпео"),
    ] {
        let watch = WatchTerms { terms: vec![term.into()], ..watch() };
        let said = said(&watch, &item("", text, Some(language)));
        assert!(said.contains(expected), "{term} in {text}: {said}");
    }
}

#[test]
fn a_query_that_is_not_true_names_the_part_to_blame() {
    for (query, expected) in [
        ("Putin AND Macron", "Macron: is what is missing; the rest is there: Putin in the title"),
        ("Helsinki NOT football", "NOT football: keeps it quiet: Football in the body"),
        ("title:Trump", "title:Trump: not in the title: Trump in the body"),
        ("Putin NEAR/2 Lavrov", "in different fields"),
        ("Trump NEAR/1 Lavrov", "they stand 2 words apart at the nearest (NEAR/2)"),
        ("\"Trump Lavrov\"~1", "with 3 words more among its own (~3)"),
        ("=FOOTBALL", "not as written (`=`): Football"),
        ("/FOOTBALL/", "whatever the case (`/…/i`): Football"),
        ("count(Trump) >= 3", "it occurs 2 times, and 3 are asked for"),
        ("Lavrof", "Lavrov in the body (one letter away)"),
        ("Trump AND lang:fr", "the text is in “en”"),
        ("Trump AND feed:wire", "of no feed"),
        ("link:Helsinki", "not in the link: Helsinki in the title"),
    ] {
        let query = Query::parse(query).expect(query);
        let it = item("Putin in Helsinki", "Trump met, they say, Lavrov. Football with Trump.", Some("en"));
        let said = said(&WatchTerms { query: Some(query), ..watch() }, &it);
        assert!(said.contains(expected), "{expected}: {said}");
    }
}

#[test]
fn what_is_there_and_kept_quiet_is_told_before_all_else() {
    let it = item("Football in Helsinki", "", Some("en"));
    let vetoed = WatchTerms { terms: vec!["Helsinki".into()], exclude: vec!["football".into()], ..watch() };
    assert_eq!(said(&vetoed, &it), "Helsinki: Helsinki in the title, but `exclude` vetoes: Football in the title\n");
    let body = WatchTerms { terms: vec!["Helsinki".into()], fields: Fields::NONE.with(Field::Body), ..watch() };
    assert_eq!(said(&body, &it), "Helsinki: in fields that are not read: Helsinki in the title\n");
}

#[test]
fn where_nothing_came_near_nothing_is_told() {
    for term in ["Helsinki", "中国", "no", "a", "😀", "Ω"] {
        let watch = WatchTerms { terms: vec![term.into()], ..watch() };
        assert_eq!(said(&watch, &item("", "Weather: rain over Paris", Some("en"))), "", "{term}");
    }
}
