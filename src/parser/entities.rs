//! References: the five of XML, characters by number, and the entities that a document defines for itself.

use std::borrow::Cow;
use std::collections::HashMap;

use super::xml::first_word;

/// Entities that a document may define; the HTML sets that some feeds copy in have 253.
const ENTITIES: usize = 512;
/// Bytes of one defined entity: a name or a phrase, not an article.
const ENTITY_BYTES: usize = 1024;
/// Bytes that the defined entities may bring to a document in all, so that none can blow it up.
const EXPANSION_BYTES: usize = 64 * 1024;
/// Bytes in which the semicolon behind a name is looked for: no search far away.
const NAME: usize = 40;

/// The entities that a document defines for itself, and the five of XML. What is large, nested or external is left
/// unresolved, and what all of them bring has a limit; so no document grows by them.
#[derive(Debug, Default)]
pub(super) struct Entities<'a> {
    defined: HashMap<&'a str, &'a str>,
    spent: usize,
}

impl<'a> Entities<'a> {
    /// Takes the definitions of a document type with its internal subset.
    pub(super) fn define(&mut self, doctype: &'a str) {
        let mut rest = doctype;
        while self.defined.len() < ENTITIES {
            let Some(at) = rest.find("<!ENTITY") else { return };
            rest = rest[at + 8..].trim_ascii_start();
            let name = first_word(rest);
            let value = rest[name.len()..].trim_ascii_start();
            let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'')) else { continue };
            let Some((value, after)) = value[1..].split_once(quote) else { return };
            rest = after;
            if value.len() <= ENTITY_BYTES && only_simple_references(value) {
                self.defined.entry(name).or_insert(value);
            }
        }
    }

    /// What a reference stands for, as text; `None` for one that only HTML knows, or nobody.
    pub(super) fn resolve(&mut self, name: &str) -> Option<Cow<'a, str>> {
        if let Some(known) = simple_reference(name) {
            return Some(known);
        }
        let value = *self.defined.get(name)?;
        self.spent += value.len();
        (self.spent <= EXPANSION_BYTES).then(|| resolve_simple(value))
    }
}

/// Whether every `&` in a text begins a reference that [`resolve_simple`] knows, and any reader of XML.
pub(super) fn only_simple_references(value: &str) -> bool {
    let known = |name: &str| name.len() < NAME && simple_reference(name).is_some_and(|text| !text.is_empty());
    value.split('&').skip(1).all(|part| part.split_once(';').is_some_and(|(name, _)| known(name)))
}

/// One of the five entities of XML, or a character by its number; a character that XML forbids is nothing.
fn simple_reference(name: &str) -> Option<Cow<'static, str>> {
    Some(match name {
        "amp" => "&".into(),
        "lt" => "<".into(),
        "gt" => ">".into(),
        "quot" => "\"".into(),
        "apos" => "'".into(),
        _ => character(name.strip_prefix('#')?)?.map_or("".into(), |c| c.to_string().into()),
    })
}

/// The character of a numeric reference: `None` when there is no number, `Some(None)` when the number is no character.
fn character(number: &str) -> Option<Option<char>> {
    let (digits, radix) = match number.strip_prefix(['x', 'X']) {
        Some(hex) => (hex, 16),
        None => (number, 10),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let code = u32::from_str_radix(digits, radix).unwrap_or(u32::MAX);
    Some(
        match code {
            // The Windows code page, as HTML reads these numbers too.
            0x80..=0x9F => encoding_rs::WINDOWS_1252.decode(&[code as u8]).0.chars().next(),
            _ => char::from_u32(code).or(Some('\u{FFFD}')),
        }
        .filter(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r')),
    )
}

/// The text with the references of XML resolved, and all others as they stand.
pub(super) fn resolve_simple(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let reach = &after.as_bytes()[..after.len().min(NAME)];
        let end = reach.iter().position(|b| *b == b';').filter(|end| after.is_char_boundary(*end));
        match end.and_then(|end| Some((end, simple_reference(&after[..end])?))) {
            Some((end, known)) => {
                out.push_str(&known);
                rest = &after[end + 1..];
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out.into()
}

#[cfg(test)]
mod tests {
    use super::super::xml::Tokens;
    use super::*;

    #[test]
    fn entities_of_a_document_are_resolved_when_they_are_small_and_flat() {
        let text = "<!DOCTYPE rss [<!ENTITY co \"A &amp; B\"><!ENTITY x SYSTEM \"file:///etc/hostname\"><!ENTITY n '&co;&co;'>]><rss/>";
        let mut tokens = Tokens::new(text);
        while tokens.next().is_some() {}
        let resolved: Vec<_> = ["co", "x", "n", "lt", "#65", "#x41", "#0", "#x1b", "#xD800", "#146", "nbsp"]
            .map(|name| tokens.entities.resolve(name).map(Cow::into_owned))
            .into();
        let some = |text: &str| Some(text.to_owned());
        let expected = [
            some("A & B"),
            None,
            None,
            some("<"),
            some("A"),
            some("A"),
            some(""),
            some(""),
            some("\u{FFFD}"),
            some("’"),
            None,
        ];
        assert_eq!(resolved, expected);
    }
}
