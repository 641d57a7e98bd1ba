//! `feedwatch expand`: what would a name find, script by script?

use serde::Serialize;

use crate::matcher::names::expand::InScript;
use crate::matcher::names::letters::Script;
use crate::matcher::{Expanded, Sensitivity, check_name, expanded};
use crate::text::bidi::isolate;

use super::{Failure, Results};

/// Shows what a name would find: the likeliest spellings in each script with their scores, the common words that come
/// nearest, and what to write to take one out or add one.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  feedwatch expand Pompeo
  feedwatch expand 'Mike Pompeo' --sensitivity strict
  feedwatch expand لافروف --json | jq 'select(.found) | .text'")]
pub struct Arguments {
    /// The name, in any script
    #[arg(value_name = "NAME")]
    name: String,
    /// How freely it is found: strict, normal or wide
    #[arg(long, value_name = "S", value_parser = super::try_::sensitivity, default_value = "normal")]
    sensitivity: Sensitivity,
    /// One JSON object a spelling
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let name = &arguments.name;
    check_name(name).map_err(|said| Failure::Usage(format!("{name:?}: {said}")))?;
    let all = expanded(name, arguments.sensitivity);
    let mut results = Results::open();
    if arguments.json {
        records(name, &all, &mut results)?;
    } else {
        table(name, &all, &mut results)?;
    }
    results.flush()
}

/// A line of JSON.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Record<'a> {
    Spelling {
        name: &'a str,
        part: &'a str,
        script: &'a str,
        text: &'a str,
        share: f32,
        score: f32,
        threshold: f32,
        found: bool,
    },
    Near {
        name: &'a str,
        part: &'a str,
        script: &'a str,
        language: &'a str,
        text: &'a str,
        /// Of 1,000,000,000 running words.
        rate: f32,
        score: f32,
        threshold: f32,
        found: bool,
    },
    Alias {
        name: &'a str,
        text: &'a str,
    },
    Note {
        name: &'a str,
        code: &'a str,
        message: &'a str,
        hint: Option<&'a str>,
    },
}

fn records(name: &str, all: &Expanded, results: &mut Results) -> Result<(), Failure> {
    for part in &all.parts {
        let word = part.word.as_str();
        for within in &part.scripts {
            let (script, threshold) = (within.script.code(), within.threshold);
            for s in &within.spellings {
                let (text, share, score, found) = (s.text.as_str(), s.share, s.score, s.found);
                results.record(&Record::Spelling { name, part: word, script, text, share, score, threshold, found })?;
            }
            for n in &within.near {
                let (language, text) = (n.language.as_str(), n.text.as_str());
                let (rate, score, found) = (n.rate, n.score, n.found);
                results.record(&Record::Near {
                    name,
                    part: word,
                    script,
                    language,
                    text,
                    rate,
                    score,
                    threshold,
                    found,
                })?;
            }
        }
    }
    for text in &all.places {
        results.record(&Record::Alias { name, text })?;
    }
    for note in &all.notes {
        let (code, message, hint) = (note.code, note.said.as_str(), note.hint.as_deref());
        results.record(&Record::Note { name, code, message, hint })?;
    }
    Ok(())
}

/// Other names of a place that are shown on one line.
const SHOWN: usize = 12;

fn table(name: &str, all: &Expanded, results: &mut Results) -> Result<(), Failure> {
    for part in &all.parts {
        results.line(&format!("{}", isolate(&part.word)))?;
        for within in &part.scripts {
            script(within, results)?;
        }
        if part.scripts.is_empty() {
            results.line("  found as it is written; the model writes it in no other script")?;
        }
        results.line("")?;
    }
    if !all.places.is_empty() {
        let shown: Vec<String> = all.places.iter().take(SHOWN).map(|p| isolate(p).into_owned()).collect();
        let more = all.places.len().saturating_sub(SHOWN);
        let more = if more > 0 { format!(" and {more} more (--json shows them)") } else { String::new() };
        results.line(&format!("A place, found as {}{more}\n", shown.join(", ")))?;
    }
    for note in &all.notes {
        results.line(&note.said)?;
        if let Some(hint) = &note.hint {
            results.line(&format!("  {hint}"))?;
        }
    }
    let out =
        all.parts.iter().flat_map(|p| &p.scripts).flat_map(|s| &s.near).find(|n| n.found).map(|n| n.text.as_str());
    results.line(&format!("To take one out: exclude = [\"{}\"]", out.unwrap_or("…")))?;
    results.line(&format!("To add one:      aliases = {{ \"{name}\" = [\"…\"] }}"))
}

/// One script: what is found, what is likely and not found, what common words come near.
fn script(within: &InScript, results: &mut Results) -> Result<(), Failure> {
    let list = |found: bool| -> Vec<String> {
        within
            .spellings
            .iter()
            .filter(|s| s.found == found)
            .map(|s| {
                let score = if s.score.is_finite() { format!(", {:.1}", s.score) } else { String::new() };
                format!("{} ({:.0} %{score})", isolate(&s.text), s.share * 100.0)
            })
            .collect()
    };
    let (found, missed) = (list(true), list(false));
    let name = named(within.script);
    let shown = if found.is_empty() { "nothing".to_owned() } else { found.join("  ") };
    results.line(&format!("  {name:<11} from {:>4.1}  {shown}", within.threshold))?;
    if !missed.is_empty() {
        results.line(&format!("  {:<11} too weak   {}", "", missed.join("  ")))?;
    }
    if !within.near.is_empty() {
        let near: Vec<String> = within
            .near
            .iter()
            .map(|n| {
                format!("{} ({}, {:.1}{})", isolate(&n.text), n.language, n.score, if n.found { ", FOUND" } else { "" })
            })
            .collect();
        results.line(&format!("  {:<11} near       {}", "", near.join("  ")))?;
    }
    Ok(())
}

fn named(script: Script) -> String {
    format!("{script:?}")
}
