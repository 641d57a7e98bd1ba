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
    text.lines().map(|line| line.split_whitespace().map(word).collect::<Vec<_>>().join(" ") + "\n").collect()
}

fn word(word: &str) -> String {
    let core = word.trim_matches(|c: char| !c.is_alphanumeric());
    let shape: String = core.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    let zeros = |text: &str| !text.is_empty() && text.bytes().all(|b| b == b'0');
    let is_duration =
        |s: &str| s.strip_suffix(['s', 'm', 'h', 'd']).is_some_and(zeros) || s.strip_suffix("ms").is_some_and(zeros);
    let is_id = |s: &str| s.len() == 29 && ["al_", "dl_"].iter().any(|p| s.starts_with(p));
    let is_time = shape.starts_with("0000-00-00") || shape == "00:00";
    let alike = match core {
        _ if is_time => "TIME",
        _ if is_duration(&shape) => "DURATION",
        _ if is_id(core) => "ID",
        // `in 0.2 s`, `116 KiB`
        _ if !core.is_empty() && shape.split('.').all(zeros) => "NUMBER",
        _ => return word.to_owned(),
    };
    // Counts are what a transcript tells: only what depends on the run is made alike.
    if alike == "NUMBER" && !core.contains('.') { word.to_owned() } else { word.replace(core, alike) }
}
