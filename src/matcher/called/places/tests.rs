//! Places, and the index of their table.

use super::*;

fn has(name: &str, other: &str) -> bool {
    of(name).iter().any(|a| a.name == other)
}

/// `BLESS_PLACES=1` writes the index anew.
#[test]
fn the_index_is_that_of_the_table() {
    let mut all: Vec<(u32, u32)> = Vec::new();
    let mut begin = 0;
    for line in TABLE.split_inclusive('\n') {
        all.extend(aliases(line.trim_end()).map(|alias| (hash(&folded(alias.name)), begin)));
        begin += line.len() as u32;
    }
    all.sort_unstable();
    all.dedup();
    let index: Vec<u8> = all.iter().flat_map(|(hash, at)| [hash.to_le_bytes(), at.to_le_bytes()].concat()).collect();
    if std::env::var_os("BLESS_PLACES").is_some() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/matcher/called/places.index");
        std::fs::write(file, &index).expect("the source can be written");
    }
    assert!(index == INDEX, "folding or the table has changed: BLESS_PLACES=1 cargo test --lib places");
}

#[test]
fn places_have_their_names_in_every_language() {
    for (name, other) in [
        ("Helsinki", "赫尔辛基"),
        ("helsinki", "Хельсинки"),
        ("Germany", "Deutschland"),
        ("Deutschland", "Germany"),
        ("Ελλάδα", "Greece"),
        ("Egypt", "مصر"),
        ("New York", "Нью-Йорк"),
        ("Япония", "日本"),
    ] {
        assert!(has(name, other), "{name}: {:?}", of(name));
    }
    assert!(of("Pompeo").is_empty() && of("").is_empty());
}

#[test]
fn a_name_that_is_a_word_elsewhere_needs_its_capital_and_its_language() {
    let all = of("China");
    let kina = all.iter().find(|a| a.name == "Kina").expect("Danish has it");
    assert!(kina.means("Kina", Some("da")) && kina.means("Kina", None) && kina.means("Kina", Some("ar")));
    assert!(!kina.means("kina", Some("da")) && !kina.means("Kina", Some("pl")));
    let togo = of("Togo");
    let togo = togo.iter().find(|a| a.name == "Того").expect("Russian has it");
    assert!(togo.means("Того", Some("ru")) && !togo.means("того", Some("ru")) && !togo.means("Того", Some("be")));
}
