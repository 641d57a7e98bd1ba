//! `names`, `aliases` and `sensitivity` of a watch.

use super::problems::did_you_mean;
use super::reader::Table;
use crate::matcher::{self, Closeness, Query, Sensitivity, WatchTerms};

/// Names of one watch, at most: each is looked for in every word of every text.
const NAMES_LIMIT: usize = 10_000;

/// Other names of one name, at most.
const ALIASES_LIMIT: usize = 200;

/// `names`
pub(super) fn names(table: &Table<'_>) -> Vec<String> {
    let Some(list) = table.strings("names") else { return Vec::new() };
    if list.value.is_empty() && !table.has("terms") && !table.has("query") {
        let hint = "name a name".to_string();
        table.problems().error("nothing_to_find", list.place, "this watch looks for nothing", hint);
    }
    if list.value.len() > NAMES_LIMIT {
        let said = format!("this watch has {} names, and {NAMES_LIMIT} are the most", list.value.len());
        table.problems().error("out_of_range", list.place, said, "write several watches".to_string());
    }
    let mut names: Vec<String> = Vec::new();
    for name in &list.value {
        match check(name.value) {
            Err(said) => table.problems().error("bad_name", name.place, said, None),
            Ok(()) if names.iter().any(|n| n == name.value) => {
                let said = format!("the name `{}` stands here twice", name.value);
                table.problems().warning("twice", name.place, said, "leave one of them out".to_string());
            }
            Ok(()) => names.push(name.value.to_owned()),
        }
    }
    names
}

/// Names of a watch up to which their spellings are looked at one by one.
const LOOKED_AT: usize = 200;

/// Warns of names that are short, or words that anybody writes.
pub(super) fn warn(table: &Table<'_>, watch: &WatchTerms) {
    let Some(list) = table.strings("names") else { return };
    let whole = if watch.names.len() <= LOOKED_AT { Closeness::Spellings } else { Closeness::Words };
    for name in list.value.iter().filter(|n| watch.names.iter().any(|known| known == n.value)) {
        let closeness = match table.reading().environment.looks_closely {
            false => Closeness::Letters,
            // Who has listed other spellings knows what the name's own do.
            true if watch.aliases.iter().any(|(of, _)| of == name.value) => Closeness::Words,
            true => whole,
        };
        for note in matcher::notes(name.value, &watch.names, watch.sensitivity, closeness) {
            let known = note.code == "short_name" && watch.aliases.iter().any(|(of, _)| of == name.value);
            if note.hint.is_some() && !known {
                table.problems().warning(note.code, name.place, note.said, note.hint);
            }
        }
    }
}

fn check(name: &str) -> Result<(), String> {
    if name.trim().is_empty() {
        return Err("a name is empty".into());
    }
    matcher::check_name(name)
}

/// `aliases`, for names of `names` and for `~names` of the query.
pub(super) fn aliases(table: &Table<'_>, names: &[String], query: Option<&Query>) -> Vec<(String, Vec<String>)> {
    let Some(aliases) = table.table("aliases") else { return Vec::new() };
    let known: Vec<&str> = all(names, query);
    let mut out = Vec::new();
    for (name, _) in aliases.entries() {
        let Some(list) = aliases.strings(name.value) else { continue };
        // A name that is wrong itself has been told where it stands.
        if !known.contains(&name.value) && check(name.value).is_ok() {
            let said = format!("`{}` is no name that this watch looks for", name.value);
            let hint = did_you_mean(name.value, known.iter().copied())
                .unwrap_or_else(|| format!("add it: `names = [\"{}\"]`", name.value));
            table.problems().error("unknown_alias", name.place, said, hint);
            continue;
        }
        if list.value.len() > ALIASES_LIMIT {
            let said = format!("`{}` has {} aliases, and {ALIASES_LIMIT} are the most", name.value, list.value.len());
            table.problems().error("out_of_range", list.place, said, None);
        }
        let mut good = Vec::new();
        for alias in list.value {
            let said = if alias.value.trim().is_empty() {
                Err("an alias is empty".to_owned())
            } else {
                matcher::check_term(alias.value).map_err(|said| said.replacen("this term", "this alias", 1))
            };
            match said {
                Ok(()) => good.push(alias.value.to_owned()),
                Err(said) => table.problems().error("bad_term", alias.place, said, None),
            }
        }
        out.push((name.value.to_owned(), good));
    }
    out
}

/// `sensitivity`; it means nothing where there is no name.
pub(super) fn sensitivity(table: &Table<'_>, names: &[String], query: Option<&Query>) -> Sensitivity {
    let words = [("strict", Sensitivity::Strict), ("normal", Sensitivity::Normal), ("wide", Sensitivity::Wide)];
    let Some(word) = table.word("sensitivity", &words) else { return Sensitivity::default() };
    if all(names, query).is_empty() && !table.has("names") {
        let said = "`sensitivity` is for names, and this watch has none";
        table.problems().warning("no_names", table.key_place("sensitivity"), said, "leave it out".to_string());
    }
    word.value
}

fn all<'n>(names: &'n [String], query: Option<&'n Query>) -> Vec<&'n str> {
    let asked = query.into_iter().flat_map(|q| q.names().iter().map(|(name, _)| name.as_str()));
    names.iter().map(String::as_str).chain(asked).collect()
}
