//! What an operator should know of a name before relying on it: `check` and `expand` say it.

use super::super::names::Sensitivity;
use super::super::names::expand::{InScript, expand};
use super::name::{self, is_short};
use super::ordinary::{common_in, language, limit, rates, share};
use super::places;

/// Something to know of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// A snake_case word for scripts.
    pub code: &'static str,
    /// A sentence for the user.
    pub said: String,
    /// What to do about it, where it is a trouble; else it is only worth knowing.
    pub hint: Option<String>,
}

impl Note {
    fn new(code: &'static str, said: String, hint: Option<String>) -> Self {
        Self { code, said, hint }
    }
}

/// Spellings less likely than this are not worth a warning.
const LIKELY: f32 = 0.1;

/// A word is ordinary from this share of the running words of its language on.
const ORDINARY: f32 = 1e-5;

/// A common word that is the name itself as surely as this is no ordinary word.
const SURE: f32 = 0.9;

/// Whether a spelling that a name finds is a common word of some language which may mean something else, and how common it is there.
pub fn doubtful(name: &str, spelling: &str) -> Option<(&'static str, String)> {
    let (code, rate) = rates(spelling).first().copied().filter(|(_, rate)| *rate >= ORDINARY)?;
    let last = name::parts(name).words.last()?.to_string();
    let folded = spelling.to_lowercase();
    let all = expand(&last, Sensitivity::Normal, false).scripts;
    let mut known = all.iter().flat_map(|s| &s.spellings).filter(|s| s.text == folded);
    let sure = known.any(|s| s.own.is_some_and(|own| own >= SURE));
    (!sure).then(|| (language(code), share(rate)))
}

/// Warnings of one kind about one name, at most.
const WARNINGS: usize = 3;

/// How closely a name is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Closeness {
    /// At its letters alone.
    Letters,
    /// At what else it means in each language, which needs the lists of words: some fifty milliseconds for the first name.
    Words,
    /// At its spellings in other scripts too: some milliseconds each.
    Spellings,
}

/// What there is to know of a name beside the other names of its watch.
pub fn notes(name: &str, others: &[String], sensitivity: Sensitivity, closeness: Closeness) -> Vec<Note> {
    let mut out = Vec::new();
    let parts = name::parts(name);
    let Some(last) = parts.words.last() else { return out };
    let several = parts.words.len() > 1;
    if !several {
        out.extend(short(name, last, others));
    }
    if closeness < Closeness::Words {
        return out;
    }
    if several {
        out.push(full(name, last, sensitivity));
    }
    own(name, last, several, &mut out);
    for alias in places::of(name) {
        // The name of a country stands in the news of its own language, whatever else it means there.
        const EVERYWHERE: f32 = 1e-3;
        let found = rates(alias.name)
            .into_iter()
            .find(|(code, rate)| *rate > EVERYWHERE && alias.means(alias.name, std::str::from_utf8(code).ok()));
        if let Some((code, rate)) = found {
            let said = format!(
                "`{name}` is `{}` in {}, which is an ordinary word there: {} words",
                alias.name,
                language(code),
                share(rate)
            );
            out.push(Note::new("ordinary_word", said, Some("list the spellings that you want as `terms`".into())));
        }
    }
    if closeness == Closeness::Spellings && !is_short(last) {
        let all = expand(last, sensitivity, false).scripts;
        let mut warned: Vec<Note> = all.iter().flat_map(|s| spelt(last, several, s)).collect();
        warned.truncate(WARNINGS);
        out.extend(warned);
    }
    out
}

/// A name of one word that is too short for other scripts.
fn short(name: &str, word: &str, others: &[String]) -> Option<Note> {
    if !is_short(word) {
        return None;
    }
    let backed = others.iter().any(|o| {
        let parts = name::parts(o).words;
        parts.len() > 1 && parts.iter().any(|p| **p == *word)
    });
    let said = if backed {
        format!(
            "`{name}` is short: in other scripts it counts only in items that hold a full name of this watch with it"
        )
    } else {
        format!("`{name}` has fewer than four letters, so in other scripts it is found by its aliases alone")
    };
    let hint = format!("add a full name, such as `names = [\"… {name}\"]`, or `aliases = {{ \"{name}\" = […] }}`");
    Some(Note::new("short_name", said, (!backed).then_some(hint)))
}

/// Which way a full name is found.
fn full(name: &str, last: &str, sensitivity: Sensitivity) -> Note {
    let common = common_in(last, sensitivity);
    if is_short(last) {
        let said = format!("`{name}`: `{last}` is too short to count alone; the parts must stand near each other");
        Note::new("full_name", said, None)
    } else if common.is_empty() {
        let said = format!("`{name}`: `{last}` alone is enough where it is rare; the parts near each other always are");
        Note::new("full_name", said, None)
    } else {
        let languages: Vec<&str> = common.iter().map(|c| language(*c)).collect();
        let said = format!(
            "`{name}`: in {} `{last}` is too common to count alone (more than {} words); there the parts must stand near each other",
            languages.join(", "),
            share(limit(sensitivity)),
        );
        Note::new("full_name", said, None)
    }
}

/// A name that is an ordinary word of its own script.
fn own(name: &str, last: &str, several: bool, out: &mut Vec<Note>) {
    let Some((code, rate)) = rates(last).first().copied().filter(|(_, rate)| *rate >= ORDINARY * 5.0 && !several)
    else {
        return;
    };
    let said = format!(
        "`{name}` is found in {} as it is written, where it may be an ordinary word: {} words",
        language(code),
        share(rate)
    );
    out.push(Note::new("ordinary_word", said, Some("write the full name, or narrow the watch with a query".into())));
}

/// Likely spellings in a script that are ordinary words.
fn spelt(last: &str, several: bool, script: &InScript) -> Vec<Note> {
    let likely = script.spellings.iter().filter(|s| s.share >= LIKELY && s.own.is_none_or(|own| own < SURE));
    likely
        .filter_map(|s| {
            let (code, rate) = rates(&s.text).first().copied().filter(|(_, rate)| *rate >= ORDINARY)?;
            let (text, language) = (&s.text, language(code));
            let share = share(rate);
            Some(if s.found {
                let said = format!("`{last}` is found as `{text}`, which may be an ordinary word in {language}: {share} words");
                Note::new("ordinary_word", said, Some(format!("to take it out, write `exclude = [\"{text}\"]`")))
            } else if several {
                let said = format!("`{last}` is not found as `{text}` alone, an ordinary word in {language} ({share} words), but beside another part of the name");
                Note::new("ordinary_word", said, None)
            } else {
                let said = format!("`{last}` is not found as `{text}`, an ordinary word in {language}: {share} words");
                let hint = format!("to find it all the same, write `aliases = {{ \"{last}\" = [\"{text}\"] }}`, or the full name");
                Note::new("ordinary_word", said, Some(hint))
            })
        })
        .collect()
}
