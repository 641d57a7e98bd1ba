//! How words and phrases stand in a query: escapes, quotation marks, wildcards.

/// Words that are operators as they stand, or that a reader would take for one.
const OPERATORS: [&str; 6] = ["and", "or", "not", "near", "around", "count"];

/// Puts `\` before each character that would mean something else.
pub fn escape(plain: &str) -> String {
    let mut out = String::with_capacity(plain.len());
    plain.chars().for_each(|c| push_literal(c, &mut out));
    out
}

/// Adds a character that stands for itself.
pub fn push_literal(c: char, out: &mut String) {
    if matches!(c, '\\' | '"' | '*' | '?') {
        out.push('\\');
    }
    out.push(c);
}

/// The characters of an escaped text, each with whether it is a wildcard.
pub fn glyphs(escaped: &str) -> impl Iterator<Item = (char, bool)> {
    let mut chars = escaped.chars();
    std::iter::from_fn(move || match chars.next()? {
        '\\' => chars.next().map(|c| (c, false)),
        c => Some((c, matches!(c, '*' | '?'))),
    })
}

/// The text without its escapes; wildcards stay as they are.
pub fn plain(escaped: &str) -> String {
    glyphs(escaped).map(|(c, _)| c).collect()
}

/// Whether it holds a wildcard.
pub fn is_wild(escaped: &str) -> bool {
    glyphs(escaped).any(|(_, wild)| wild)
}

/// In quotation marks.
pub fn quoted(escaped: &str) -> String {
    format!("\"{escaped}\"")
}

/// Whether it can stand without quotation marks.
pub fn is_plain_word(escaped: &str) -> bool {
    let starts = escaped.chars().next().is_some_and(char::is_alphanumeric);
    let only = escaped.chars().all(|c| c.is_alphanumeric() || matches!(c, '*' | '?' | '-' | '\'' | '’'));
    starts && only && !is_operator(escaped)
}

/// Whether a word would be read as an operator, in whatever case.
pub fn is_operator(word: &str) -> bool {
    OPERATORS.iter().any(|o| o.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_come_off_as_they_went_on() {
        let text = r#"a*b?\"c"#;
        assert_eq!(plain(&escape(text)), text);
        assert!(!is_wild(&escape(text)) && is_wild("a*") && is_wild(r"a\*b?"));
    }

    #[test]
    fn only_words_that_read_as_words_stand_bare() {
        for word in ["Putin", "terror*", "هلسينكي", "anti-war", "2024"] {
            assert!(is_plain_word(word), "{word}");
        }
        for word in ["", "-a", "a b", "AND", "near", "title:x", "/a/", "C++", "count"] {
            assert!(!is_plain_word(word), "{word}");
        }
    }
}
