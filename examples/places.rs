//! Makes the table of places: what CLDR calls every country and the cities of its time zones, in every language that it
//! covers well.
//!
//! ```text
//! npm pack cldr-core cldr-dates-full cldr-localenames-full      (any version; each unpacked into one folder)
//! cargo run --example places -- FOLDER src/matcher/called/places.tsv
//! ```
//!
//! `FOLDER` holds `main/LOCALE/territories.json`, `main/LOCALE/timeZoneNames.json` and `coverageLevels.json` as those
//! packages have them. A line of the table is a place: its English name, then each other name, by tabs; where it is short,
//! with the languages that have it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

/// Letters of a name up to which its languages are kept.
const SHORT: usize = 5;

/// Names by language, of each place.
type Names = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, table] = arguments.as_slice() else { return Err("give the folder of CLDR and the table".into()) };
    let folder = Path::new(folder);
    let levels: Value = serde_json::from_str(&fs::read_to_string(folder.join("coverageLevels.json"))?)?;
    let levels = levels["effectiveCoverageLevels"].as_object().or(levels.as_object()).ok_or("no levels")?;
    let mut places = Names::new();
    for (locale, level) in levels {
        let file = |name: &str| fs::read_to_string(folder.join("main").join(locale).join(name)).ok();
        if level != "modern" {
            continue;
        }
        let language = locale.split('-').next().unwrap_or(locale);
        if let Some(text) = file("territories.json") {
            let all: Value = serde_json::from_str(&text)?;
            let all = &all["main"][locale]["localeDisplayNames"]["territories"];
            for (code, name) in all.as_object().into_iter().flatten() {
                // Two letters are a country; abbreviations (`US`) are words of other languages.
                let (country, rest) = code.split_at(code.len().min(2));
                let plain = country.chars().all(|c| c.is_ascii_uppercase())
                    && !matches!(country, "EU" | "EZ" | "UN" | "ZZ" | "XA" | "XB");
                if plain && (rest.is_empty() || rest == "-alt-variant") {
                    add(&mut places, country, language, name);
                }
            }
        }
        if let Some(text) = file("timeZoneNames.json") {
            let all: Value = serde_json::from_str(&text)?;
            zones(&all["main"][locale]["dates"]["timeZoneNames"]["zone"], "", language, &mut places);
        }
    }
    fs::write(table, written(&places))?;
    Ok(())
}

/// A zone's city stands below the parts of its name.
fn zones(node: &Value, path: &str, language: &str, places: &mut Names) {
    for (key, below) in node.as_object().into_iter().flatten() {
        match below {
            Value::String(_) if key == "exemplarCity" => add(places, path, language, below),
            Value::Object(_) if key != "long" && key != "short" => {
                zones(below, &format!("{path}/{key}"), language, places);
            }
            _ => {}
        }
    }
}

fn add(places: &mut Names, place: &str, language: &str, name: &Value) {
    let Some(name) = name.as_str() else { return };
    // What explains a name in parentheses or brackets is no part of it, nor are marks of direction.
    let name: String = name.chars().filter(|c| !matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}')).collect();
    let name = name.split(['(', '（', '[']).next().unwrap_or("").trim();
    if name.chars().any(char::is_alphabetic) && !name.contains(['\t', '\n', '|']) {
        let names = places.entry(place.to_owned()).or_default();
        names.entry(name.to_owned()).or_default().insert(language.to_owned());
    }
}

fn written(places: &Names) -> String {
    let mut out = String::new();
    for (place, names) in places {
        let english = names.iter().find(|(_, languages)| languages.contains("en")).map(|(name, _)| name.as_str());
        // English names of cities that are the last part of the zone's are left out in CLDR.
        let zone = place.rsplit_once('/').map(|(_, city)| city.replace('_', " "));
        // Zones that are no city (`Etc/Unknown`), and what has no English name.
        let Some(english) = english.or(zone.as_deref()).filter(|_| !place.starts_with("/Etc")) else { continue };
        out.push_str(english);
        for (name, languages) in names.iter().filter(|(name, _)| *name != english) {
            // Only a short name is likely to be a word of another language.
            let short = name.chars().count() <= SHORT;
            let languages: Vec<&str> = languages.iter().filter(|_| short).map(String::as_str).collect();
            let bar = if short { "|" } else { "" };
            out.push_str(&format!("\t{name}{bar}{}", languages.join(",")));
        }
        out.push('\n');
    }
    out
}
