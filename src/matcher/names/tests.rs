//! Well-known names in the spelling of the news, and the laws that every name keeps.

use std::fs;

use super::*;

fn sought(names: &[&str], sensitivity: Sensitivity) -> Vec<Sought> {
    names.iter().map(|n| Sought { name: (*n).into(), sensitivity }).collect()
}

fn hits(names: &Names, word: &str) -> Vec<u32> {
    let mut found = Vec::new();
    names.find(word, &mut found);
    found.iter().map(|f| f.name).collect()
}

/// The news spelling of a name, in how many of its scripts it must be found, and words that it must leave alone.
const KNOWN: [(&str, &str, &str); 8] = [
    ("Pompeo", "بومبيو وبومبيو Помпео פומפאו ポンペオ Πομπέο", "بومبيوس помпой ポンペイ"),
    ("Lavrov", "لافروف ولافروف Лавров Лаврова לברוב ラブロフ Λαβρόφ 라브로프 लावरोव Լավրովը", "לרוב Лаврин"),
    ("Merkel", "ميركل Меркель מרקל メルケル Μέρκελ 메르켈", "مركز מרכז Μέρα"),
    ("Clinton", "كلينتون Клинтон קלינטון クリントン 클린턴", "клинок"),
    ("Macron", "ماكرون Макрон Макрона מקרון マクロン", "ماكر микрон המקרר マカロン 마카롱"),
    ("Johnson", "جونسون Джонсон ג'ונסון ジョンソン 존슨", "جنس"),
    ("Лавров", "Lavrov Lawrow لافروف", "laughter"),
    ("Medvedev", "ميدفيديف Медведев Медведева", "медведь"),
];

#[test]
fn well_known_names_are_found_as_the_news_writes_them() {
    for (name, spellings, others) in KNOWN {
        let names = Names::compile(&sought(&[name], Sensitivity::Normal));
        for word in spellings.split(' ') {
            assert_eq!(hits(&names, word), [0], "{name} in {word}");
        }
        for word in others.split(' ') {
            assert!(hits(&names, word).is_empty(), "{name} is not in {word}");
        }
    }
}

#[test]
fn an_affix_is_not_part_of_the_core() {
    let names = Names::compile(&sought(&["Lavrov"], Sensitivity::Normal));
    for (word, core) in [("ولافروف", "لافروف"), ("Лавровым", "Лавров"), ("라브로프는", "라브로프")]
    {
        let mut found = Vec::new();
        names.find(word, &mut found);
        assert!(found[0].affix, "{word}");
        assert_eq!(&word[found[0].core.clone()], core);
    }
}

const WORDS: &str =
    "بومبيو ميركل Помпео Трамп Трампом путём мерка פומפאו מרקל מקרון ポンペオ メルケル 메르켈 폼페이오 Μέρκελ Лаврова";

#[test]
fn stricter_finds_a_part_of_what_wider_finds() {
    let list = ["Pompeo", "Merkel", "Trump", "Macron", "Lavrov", "Putin"];
    let by = [Sensitivity::Strict, Sensitivity::Normal, Sensitivity::Wide].map(|s| Names::compile(&sought(&list, s)));
    for word in WORDS.split(' ') {
        let found: Vec<Vec<u32>> = by.iter().map(|n| hits(n, word)).collect();
        assert!(found[0].iter().all(|n| found[1].contains(n)), "{word}: {found:?}");
        assert!(found[1].iter().all(|n| found[2].contains(n)), "{word}: {found:?}");
    }
}

#[test]
fn a_name_more_changes_no_other() {
    let few = Names::compile(&sought(&["Pompeo", "Merkel"], Sensitivity::Wide));
    let list = ["Pompeo", "Merkel", "Trump", "Pompea", "Merker", "Pompeius"];
    let many = Names::compile(&sought(&list, Sensitivity::Wide));
    for word in WORDS.split(' ') {
        let kept: Vec<u32> = hits(&many, word).into_iter().filter(|n| *n < 2).collect();
        assert_eq!(hits(&few, word), kept, "{word}");
    }
}

#[test]
fn names_the_model_cannot_read_find_nothing_and_words_of_any_kind_are_let_pass() {
    let names = Names::compile(&sought(&["", "R2D2", "Помpeo", "😀", &"a".repeat(400)], Sensitivity::Wide));
    for word in ["", "x", "بومبيو", "😀", "ー", "ッ", "가", "ᄀ", "'", &"я".repeat(500)] {
        assert!(hits(&names, word).is_empty(), "{word}");
    }
}

#[test]
fn han_names_are_found_inside_a_run() {
    let names = Names::compile(&sought(&["Lavrov"], Sensitivity::Normal));
    let run = "俄外长拉夫罗夫周一会见记者";
    let mut found = Vec::new();
    names.find_in_run(run, &mut found);
    assert_eq!(found.iter().map(|f| &run[f.0.clone()]).collect::<Vec<_>>(), ["拉夫罗夫"]);
}

#[test]
fn keys_lose_hardly_anything_of_what_a_scan_finds() {
    let Ok(text) = fs::read_to_string("../shared/names/pairs/arab-wikidata.tsv") else {
        println!("skipped: no pairs beside the project");
        return;
    };
    let pairs: Vec<(&str, &str)> = text
        .lines()
        .step_by(120)
        .filter_map(|l| {
            let mut f = l.split('\t');
            Some((f.next()?, f.next()?))
        })
        .collect();
    let list: Vec<&str> = pairs.iter().map(|p| p.0).collect();
    let names = Names::compile(&sought(&list, Sensitivity::Normal));
    let least = names.model.scripts[Script::Arabic as usize].thresholds[Sensitivity::Normal as usize];
    let (mut all, mut kept) = (0, 0);
    for (_, word) in &pairs {
        let (mut scanned, mut found) = (Vec::new(), Vec::new());
        names.scan(word, least, &mut scanned);
        names.score(word, least, &mut found);
        all += scanned.len();
        kept += found.len();
    }
    assert!(all > 150, "{all}");
    assert!(kept as f64 >= 0.995 * all as f64, "{kept} of {all}");
}
