//! The text of plain markup, which is nearly all there is: tags as one learns to write them, a few references by name,
//! others by number. What is odd in any way is left to the tokenizer of HTML, which takes several times as long; tests hold
//! the two equal.

use memchr::memchr2;

use super::{Folder, SILENT, is_block};

/// Elements behind whose start tag HTML is read by other rules.
const OTHER_RULES: &[&[u8]] = &[b"title", b"textarea", b"xmp", b"noembed", b"noframes", b"plaintext", b"svg", b"math"];
/// The longest name of an element that is looked at.
const NAME: usize = 16;

/// Takes the text of markup; false where something in it is odd, and what was taken so far means nothing.
pub(super) fn markup(html: &str, folder: &mut Folder) -> bool {
    let bytes = html.as_bytes();
    let mut at = 0;
    while at < bytes.len() && !folder.full() {
        let next = memchr2(b'<', b'&', &bytes[at..]).map_or(bytes.len(), |next| at + next);
        folder.text(&html[at..next]);
        at = match bytes.get(next) {
            Some(b'<') => match tag(bytes, next, folder) {
                Some(behind) => behind,
                None => return false,
            },
            Some(_) => match reference(&html[next..]) {
                Some((c, length)) => {
                    folder.text(c.encode_utf8(&mut [0; 4]));
                    next + length
                }
                None => return false,
            },
            None => next,
        };
    }
    true
}

/// Reads the tag at `at`; where it ends.
fn tag(bytes: &[u8], at: usize, folder: &mut Folder) -> Option<usize> {
    let closes = bytes.get(at + 1) == Some(&b'/');
    let start = if closes { at + 2 } else { at + 1 };
    let length = bytes[start..].iter().take(NAME + 1).take_while(|b| b.is_ascii_alphanumeric()).count();
    let written = &bytes[start..start + length];
    if length > NAME || !written.first()?.is_ascii_alphabetic() {
        return None;
    }
    let mut name = [0; NAME];
    name[..length].copy_from_slice(written);
    let name = &mut name[..length];
    name.make_ascii_lowercase();
    let name: &[u8] = name;
    if !matches!(bytes.get(start + length)?, b'>' | b'/' | b' ' | b'\n' | b'\r' | b'\t')
        || SILENT.contains(&name)
        || OTHER_RULES.contains(&name)
    {
        return None;
    }
    let end = tag_end(bytes, start + length)?;
    if is_block(name) {
        folder.line();
    } else if !closes && matches!(name, b"td" | b"th") {
        folder.space();
    }
    Some(end)
}

/// Behind the `>` of a tag whose attributes are written as one should: values in quotes behind `=`, nothing odd beside.
fn tag_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        match bytes.get(at)? {
            b'>' => return Some(at + 1),
            quote @ (b'"' | b'\'') => {
                if bytes[at - 1] != b'=' {
                    return None;
                }
                at += 2 + bytes[at + 1..].iter().position(|b| b == quote)?;
                // Behind a value there is space, or the end.
                if !matches!(bytes.get(at)?, b'>' | b'/' | b' ' | b'\n' | b'\r' | b'\t') {
                    return None;
                }
            }
            b'<' | b'`' | 0 => return None,
            // A name before the sign, and a quote behind: what else there may be is not simple.
            b'=' if !bytes[at - 1].is_ascii_alphanumeric() || !matches!(bytes.get(at + 1), Some(b'"' | b'\'')) => {
                return None;
            }
            _ => at += 1,
        }
    }
}

/// The character that a reference at the start stands for, and how long the reference is; of one that begins none, `&`.
fn reference(text: &str) -> Option<(char, usize)> {
    let rest = &text[1..];
    for (name, c) in [("amp;", '&'), ("lt;", '<'), ("gt;", '>'), ("quot;", '"'), ("nbsp;", '\u{a0}'), ("apos;", '\'')] {
        if rest.starts_with(name) {
            return Some((c, name.len() + 1));
        }
    }
    let Some(number) = rest.strip_prefix('#') else {
        return rest.starts_with(|c: char| c.is_ascii_whitespace()).then_some(('&', 1));
    };
    let end = number.bytes().take(8).position(|b| b == b';')?;
    let number = &number[..end];
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) if hex.bytes().all(|b| b.is_ascii_hexdigit()) => u32::from_str_radix(hex, 16).ok()?,
        None if number.bytes().all(|b| b.is_ascii_digit()) => number.parse().ok()?,
        _ => return None,
    };
    // HTML reads some of the others by a table of its own.
    let plain = matches!(code, 0x20..=0x7E | 0xA0..=0xD7FF | 0xE000..=0xFDCF | 0xFDF0..=0xFFFD);
    char::from_u32(code).filter(|_| plain).map(|c| (c, end + 3))
}
