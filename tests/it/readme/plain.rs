//! Texts without what changes from run to run.

/// Whether two transcripts say the same; a line `…` of the first stands for any lines.
pub fn same(written: &[String], printed: &[String]) -> bool {
    let (written, printed) = (settled(&written.join("\n")), settled(&printed.join("\n")));
    matches(&written.lines().collect::<Vec<_>>(), &printed.lines().collect::<Vec<_>>())
}

fn matches(written: &[&str], printed: &[&str]) -> bool {
    match written {
        [] => printed.is_empty(),
        ["…", rest @ ..] => (0..=printed.len()).any(|skipped| matches(rest, &printed[skipped..])),
        [line, rest @ ..] => printed.first() == Some(line) && matches(rest, &printed[1..]),
    }
}

/// The text with times, durations, sizes, ids and runs of blanks made alike, and without invisible marks of direction.
pub fn settled(text: &str) -> String {
    let text: String = text.chars().filter(|c| !matches!(c, '\u{2066}'..='\u{2069}')).collect();
    text.lines().map(|line| settled_line(line) + "\n").collect()
}

fn settled_line(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    // A size depends on how SQLite lays out its pages.
    let is_size = |at: usize| words.get(at + 1).is_some_and(|unit| unit.starts_with("KiB"));
    let settled = words.iter().enumerate().map(|(at, w)| if is_size(at) { "NUMBER".to_owned() } else { word(w) });
    settled.collect::<Vec<_>>().join(" ")
}

/// What depends on the run made alike; counts are what a transcript tells, and stay.
fn word(word: &str) -> String {
    let core = word.trim_matches(|c: char| !c.is_alphanumeric());
    if let Some((store, _)) = word.split_once(".replaced-") {
        return format!("{store}.replaced-TIME");
    }
    let shape: String = core.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    let zeros = |text: &str| !text.is_empty() && text.bytes().all(|b| b == b'0');
    let is_duration = ["ms", "s", "m", "h", "d"].iter().any(|unit| shape.strip_suffix(unit).is_some_and(zeros));
    let is_id = core.len() == 29 && ["al_", "dl_", "si_"].iter().any(|p| core.starts_with(p));
    let is_time = shape.starts_with("0000-00-00") || shape == "00:00";
    // `in 0.2 s`
    let is_measured = core.contains('.') && shape.split('.').all(zeros);
    let kinds = [(is_time, "TIME"), (is_duration, "DURATION"), (is_id, "ID"), (is_measured, "NUMBER")];
    match kinds.iter().find(|(is, _)| *is) {
        Some((_, alike)) => word.replace(core, alike),
        None => word.to_owned(),
    }
}

#[test]
fn what_depends_on_the_run_is_made_alike_and_nothing_else() {
    let settled = |text: &str| settled(text).trim().to_owned();
    assert_eq!(settled("2026-11-24 07:57 UTC  \u{2068}x\u{2069}  in 4m"), "TIME TIME UTC x in DURATION");
    assert_eq!(settled("8 items, 116 KiB, in 0.2 s"), settled("8 items, 120 KiB, in 1.7 s"));
    assert_ne!(settled("8 items"), settled("9 items"));
    assert_ne!(settled("RSS 2.0 in Oslo"), settled("RSS 2.0 in Bergen"));
}
