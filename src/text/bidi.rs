//! Pieces of one direction set safely into lines of another (UAX #9).

use std::borrow::Cow;

/// First strong isolate.
pub const FSI: char = '\u{2068}';
/// Pop directional isolate.
pub const PDI: char = '\u{2069}';

/// Whether a character makes a line run from right to left, or reorders it.
pub fn is_rtl(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{10800}'..='\u{10fff}'
        | '\u{1e800}'..='\u{1efff}' | '\u{200f}' | '\u{202b}' | '\u{202e}' | '\u{2067}')
}

/// Whether a paragraph of this text runs from right to left: its first letter decides (P2 and P3).
pub fn runs_right_to_left(text: &str) -> bool {
    text.chars().find(|c| c.is_alphabetic() || matches!(c, '\u{200e}' | '\u{200f}')).is_some_and(is_rtl)
}

/// The text, between isolates where it holds anything that runs from right to left.
pub fn isolate(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_rtl) { Cow::Owned(format!("{FSI}{text}{PDI}")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_runs_from_right_to_left_is_isolated() {
        assert_eq!(isolate("Helsinki"), "Helsinki");
        assert_eq!(isolate("قمة"), "\u{2068}قمة\u{2069}");
    }

    #[test]
    fn the_first_letter_decides_the_direction() {
        for (text, rtl) in
            [("قمة NATO", true), ("2026: قمة", true), ("NATO قمة", false), ("«הקודם»", true), ("12", false)]
        {
            assert_eq!(runs_right_to_left(text), rtl, "{text}");
        }
    }
}
