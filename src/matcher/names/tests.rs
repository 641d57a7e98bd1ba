//! Well-known names in the spelling of the news, and the laws that every name keeps.

use std::fs;

use proptest::collection;
use proptest::prelude::*;

use super::*;

fn sought(names: &[&str], sensitivity: Sensitivity) -> Vec<Sought> {
    names.iter().map(|n| Sought { name: (*n).into(), sensitivity, beside: false }).collect()
}

fn hits(names: &Names, word: &str) -> Vec<u32> {
    let mut found = Vec::new();
    names.find(word, &mut found);
    found.retain(|f| f.score >= names.threshold(f.name, f.script, None));
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
    let names = Names::compile(&sought(&["", "R2D2", "Помpeo", "😀", &"a".repeat(1200)], Sensitivity::Wide));
    for word in ["", "x", "بومبيو", "😀", "ー", "ッ", "가", "ᄀ", "'", &"я".repeat(1500)] {
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

/// About so many pairs of a source beside the project; none where it is not there.
fn pairs(source: &str, most: usize) -> Vec<(String, String)> {
    let text = fs::read_to_string(format!("../shared/names/pairs/{source}.tsv")).unwrap_or_default();
    let pair = |line: &str| {
        let mut fields = line.split('\t').map(str::to_owned);
        Some((fields.next()?, fields.next()?))
    };
    text.lines().step_by(text.lines().count().div_ceil(most).max(1)).filter_map(pair).collect()
}

/// What a scan of all names finds in a word, and what the sieve lets through of that: for every name, and of the one at this place.
#[derive(Default)]
struct Kept {
    all: [usize; 2],
    own: [usize; 2],
}

impl Kept {
    fn add(&mut self, own: usize, scanned: &[NameFound], found: &[NameFound]) {
        for (k, list) in [scanned, found].into_iter().enumerate() {
            self.all[k] += list.len();
            self.own[k] += list.iter().filter(|f| f.name as usize == own).count();
        }
    }

    /// Whether at most such a share is lost; one more may be chance among so few.
    fn is_enough([all, kept]: [usize; 2], lost: f64) -> bool {
        (all - kept) as f64 <= 1.0 + lost * all as f64
    }
}

#[test]
fn the_sieve_loses_hardly_anything_of_what_a_scan_finds_in_each_script() {
    let mut measured = Kept::default();
    for (sources, script) in [
        (["arab-wikidata", "arab-places"], Script::Arabic),
        (["cyrl-wikidata", "cyrl-places"], Script::Cyrillic),
        (["hebr-wikidata", "hebr-places"], Script::Hebrew),
        (["grek-places", ""], Script::Greek),
        (["kana-wikidata", "kana-places"], Script::Katakana),
        (["hang-wikidata", "hang-places"], Script::Hangul),
        (["deva-places", ""], Script::Devanagari),
        (["beng-places", ""], Script::Bengali),
        (["taml-places", ""], Script::Tamil),
        (["armn-places", ""], Script::Armenian),
        (["geor-places", ""], Script::Georgian),
        (["thai-places", ""], Script::Thai),
        (["hani-wikidata", ""], Script::Han),
    ] {
        let pairs: Vec<(String, String)> = sources.iter().flat_map(|s| pairs(s, 300)).collect();
        if pairs.is_empty() {
            continue;
        }
        let list: Vec<&str> = pairs.iter().map(|p| &*p.0).collect();
        let names = Names::compile(&sought(&list, Sensitivity::Normal));
        let least = names.model.scripts[script as usize].thresholds[Sensitivity::Normal as usize];
        let mut kept = Kept::default();
        for (own, (_, word)) in pairs.iter().enumerate() {
            let (mut scanned, mut found) = (Vec::new(), Vec::new());
            if script.is_unspaced() {
                let (mut all, mut some) = (Vec::new(), Vec::new());
                names.scan_run(word, &mut all);
                names.find_in_run(word, &mut some);
                scanned.extend(all.into_iter().map(|f| f.1));
                found.extend(some.into_iter().map(|f| f.1));
            } else {
                names.scan(word, least, &mut scanned);
                names.score(word, least, &mut found);
            }
            let hit = |f: &NameFound| f.score >= names.threshold(f.name, script, None);
            scanned.retain(hit);
            found.retain(hit);
            kept.add(own, &scanned, &found);
        }
        println!("{script:?}: {:?} of all, {:?} of their own", kept.all, kept.own);
        assert!(kept.all[0] > 30, "{script:?}: {:?}", kept.all);
        assert!(Kept::is_enough(kept.own, 0.005), "{script:?}: {:?} of their own", kept.own);
        for (sum, each) in measured.all.iter_mut().chain(&mut measured.own).zip(kept.all.iter().chain(&kept.own)) {
            *sum += each;
        }
    }
    if measured.all[0] == 0 {
        println!("skipped: no pairs beside the project");
        return;
    }
    let lost = |[all, kept]: [usize; 2]| (all - kept) as f64 / all as f64;
    println!("{:?} of all, {:?} of their own", measured.all, measured.own);
    // What is another's is no true spelling: it may be lost, but not so much that the thresholds mean something else.
    assert!(lost(measured.own) <= 0.005 && lost(measured.all) <= 0.03);
}

#[test]
fn a_name_with_a_common_word_beside_it_must_be_surer_and_its_own_common_spelling_is_found_all_the_same() {
    let names = Names::compile(&sought(&["Biden", "Putin", "Trump"], Sensitivity::Normal));
    let found = |word: &str, language: &[u8; 2]| {
        let mut found = Vec::new();
        names.find(word, &mut found);
        found.retain(|f| f.score >= names.threshold(f.name, f.script, Some(*language)));
        found.iter().map(|f| f.name).collect::<Vec<_>>()
    };
    // بدن is body, commoner in Persian than any name; the president stands in the same list.
    assert_eq!((found("بدن", b"fa"), found("بایدن", b"fa")), (vec![], vec![0]));
    assert_eq!((found("Путин", b"ru"), found("путь", b"ru")), (vec![1], vec![]));
    assert_eq!((found("ترامب", b"ar"), found("تراب", b"ar")), (vec![2], vec![]));
    let threshold = |language: &[u8; 2]| names.threshold(0, Script::Arabic, Some(*language));
    let unknown = names.threshold(0, Script::Arabic, None);
    assert!([b"ar", b"fa", b"ur"].into_iter().all(|l| threshold(l) <= unknown));
}

#[test]
fn a_spelling_that_is_known_is_found_whatever_its_letters_say_and_with_affixes() {
    for (name, spellings, others) in [
        ("Johnson", "约翰逊", "约翰"),
        ("Putin", "ופוטין Путина", "פוטנציאל путина"),
        ("Trump", "Трампом Трампа לטראמפ ट्रंप 트럼프의", "трапом травма 트럼펫"),
        ("Obama", "Обамы", "обама"),
        ("القذافي", "Gaddafi Gaddafi's", "Gandalf"),
        // How the sources write Pompeo they know, so that Pompeii must be surer than it is.
        ("Pompeo", "بومبيو ופומפאו", "بومبي Помпеях"),
    ] {
        let names = Names::compile(&sought(&[name], Sensitivity::Normal));
        let is_found = |word: &str| {
            let (mut found, mut runs) = (Vec::new(), Vec::new());
            names.find(word, &mut found);
            names.find_in_run(word, &mut runs);
            // Small letters must be surer.
            let less = if word.starts_with(char::is_lowercase) { judge::SMALL } else { 0.0 };
            found.extend(runs.into_iter().map(|r| r.1));
            found.iter().any(|f| f.score - less >= names.threshold(f.name, f.script, None))
        };
        for word in spellings.split(' ') {
            assert!(is_found(word), "{name} in {word}");
        }
        for word in others.split(' ') {
            assert!(!is_found(word), "{name} is not in {word}");
        }
    }
}

/// Names of every kind, out of the alphabets of scripts.
fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Z][a-zöüšč]{3,9}",
        "[А-Я][а-я]{3,9}",
        "[ابتثجحخدذرزسشصضطظعغفقكلمنهوي]{3,8}",
        "[אבגדהוזחטיכלמנסעפצקרשת]{3,7}",
        "[アイウエオカキクケコサシスセソタチツテトナニヌネノマミムメモラリルレロンー]{3,7}",
        "[가나다라마바사아자차카타파하건든럼민베스오이]{2,5}",
    ]
}

/// Scripts that the properties are looked at in: with affixes, with capitals, without spaces; those with one list of words, since each
/// name is asked of all of them.
const LOOKED_AT: [Script; 3] = [Script::Hebrew, Script::Greek, Script::Han];

/// The likeliest spellings of names in some scripts.
fn words_for(names: &Names) -> Vec<String> {
    let spelt = |script: Script| {
        let spellings = names.spellings(script);
        let entries = 0..spellings.len() as u32;
        entries.flat_map(move |e| spellings.likeliest(e, 2)).map(move |(word, _)| letters::written(&word, script))
    };
    LOOKED_AT.into_iter().flat_map(spelt).collect()
}

/// What a list of names finds in a word: places and scores.
fn heard(names: &Names, word: &str) -> Vec<(u32, f32)> {
    let mut found = Vec::new();
    names.find(word, &mut found);
    let mut run = Vec::new();
    names.find_in_run(word, &mut run);
    let alone = |f: &&NameFound| f.score >= names.threshold(f.name, f.script, None);
    found.iter().filter(alone).chain(run.iter().map(|r| &r.1)).map(|f| (f.name, f.score)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2, ..ProptestConfig::default() })]

    #[test]
    fn a_name_more_changes_no_hit_of_another(list in collection::vec(any_name(), 2..5)) {
        let all: Vec<&str> = list.iter().map(String::as_str).collect();
        let many = Names::compile(&sought(&all, Sensitivity::Normal));
        let words = words_for(&many);
        for (i, name) in all.iter().enumerate() {
            let lone = Names::compile(&sought(&[*name], Sensitivity::Normal));
            for word in &words {
                let kept: Vec<f32> = heard(&many, word).into_iter().filter(|f| f.0 == i as u32).map(|f| f.1).collect();
                let own: Vec<f32> = heard(&lone, word).into_iter().map(|f| f.1).collect();
                prop_assert_eq!(own, kept, "{} in {}", name, word);
            }
        }
    }

    #[test]
    fn strict_finds_a_part_of_normal_and_normal_of_wide(list in collection::vec(any_name(), 1..4)) {
        let all: Vec<&str> = list.iter().map(String::as_str).collect();
        let by = [Sensitivity::Strict, Sensitivity::Normal, Sensitivity::Wide].map(|s| Names::compile(&sought(&all, s)));
        for word in words_for(&by[0]) {
            let found: Vec<Vec<u32>> = by.iter().map(|n| heard(n, &word).into_iter().map(|f| f.0).collect()).collect();
            prop_assert!(found[0].iter().all(|n| found[1].contains(n)), "{}: {:?}", word, found);
            prop_assert!(found[1].iter().all(|n| found[2].contains(n)), "{}: {:?}", word, found);
        }
    }
}
