//! Who wrote it: `a@b.example (Name)`, `Name <a@b.example>`, or Atom's `<name>` and `<email>`.

use super::draft::short;
use super::entities::resolve_simple;
use super::html;

/// The name, else the address; `None` when there is neither.
pub(super) fn name(raw: &str, markup: bool) -> Option<String> {
    if markup {
        let named = inside(raw, ["<name>", "</name>"]).or_else(|| inside(raw, ["<email>", "</email>"]));
        if let Some(text) = named {
            // Without elements inside, it is the text that `feed-rs` gives.
            return if text.contains('<') {
                plain_name(&html::to_text(text))
            } else {
                name(&resolve_simple(text), false)
            };
        }
        // Only an address on the web, which is nobody's name.
        if raw.contains("<uri>") || raw.contains("<url>") {
            return None;
        }
    }
    match raw.contains(['<', '&']) {
        true => plain_name(&html::to_text(&protect(raw))),
        false => plain_name(raw),
    }
}

/// What stands in the first element with these tags, as the reader writes elements out.
fn inside<'a>(raw: &'a str, [start, end]: [&str; 2]) -> Option<&'a str> {
    let (_, rest) = raw.split_once(start)?;
    let text = rest.split_once(end).map_or(rest, |(text, _)| text);
    (!text.trim().is_empty()).then_some(text)
}

/// An address in angle brackets is no tag.
fn protect(raw: &str) -> String {
    match (raw.find('<'), raw.find('@'), raw.find('>')) {
        (Some(open), Some(at), Some(close)) if open < at && at < close => raw.replace('<', "(").replace('>', ")"),
        _ => raw.to_owned(),
    }
}

fn plain_name(text: &str) -> Option<String> {
    let text = short(text);
    let text = text.trim_start_matches("mailto:");
    let name = match text.split_once('(') {
        Some((before, inside)) => {
            let inside = inside.split_once(')').map_or(inside, |(inside, _)| inside).trim();
            let before = before.trim();
            // One of the two is the address; where neither is, the brackets belong to the name.
            match (before.contains('@'), inside.contains('@')) {
                (true, _) if !inside.is_empty() => inside,
                (true, _) => before,
                (false, true) if !before.is_empty() => before,
                (false, true) => inside,
                (false, false) => text,
            }
        }
        None => text,
    };
    let name = name.trim().trim_matches('"').trim();
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn the_name_is_taken_else_the_address() {
        for (raw, markup, expected) in [
            ("Jane Doe", false, Some("Jane Doe")),
            ("jane@example.org (Jane Doe)", false, Some("Jane Doe")),
            ("Jane Doe (jane@example.org)", false, Some("Jane Doe")),
            ("Jane Doe <jane@example.org>", false, Some("Jane Doe")),
            ("jane@example.org", false, Some("jane@example.org")),
            ("mailto:jane@example.org", false, Some("jane@example.org")),
            ("Reuters (Moscow)", false, Some("Reuters (Moscow)")),
            ("Tom &amp; Jerry", false, Some("Tom & Jerry")),
            ("<name>Lise M.</name><email>l@example.org</email>", true, Some("Lise M.")),
            ("<name> </name><email>l@example.org</email>", true, Some("l@example.org")),
            ("<uri>http://example.org/</uri>", true, None),
            (" ", false, None),
        ] {
            assert_eq!(name(raw, markup).as_deref(), expected, "{raw}");
        }
    }
}
