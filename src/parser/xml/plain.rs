//! Tokens of XML that are written as one learns to write them, cut at the bytes that end them. What is odd in any way is
//! left to `quick-xml`, which takes three times as long; a test holds the two equal.

use memchr::memmem;
use memchr::{memchr, memchr2, memchr3};

use super::{Token, first_word, plain_tag};

/// The token at the start of `text`, or nothing where a comment or an instruction stands, and its length. `None`: it is
/// not plain.
#[inline]
pub(super) fn next(text: &str) -> Option<(Option<Token<'_>>, usize)> {
    let bytes = text.as_bytes();
    match bytes {
        [b'<', b'/', ..] => {
            let end = bytes[2..].iter().position(|b| matches!(b, b'>' | b'<' | b'"' | b'\''))? + 2;
            (bytes[end] == b'>').then(|| (Some(Token::End(first_word(&text[2..end]))), end + 1))
        }
        [b'<', b'!', ..] => {
            let between = |open: &str, close: &str| {
                let inside = text.strip_prefix(open)?;
                Some(&inside[..memmem::find(inside.as_bytes(), close.as_bytes())?])
            };
            if let Some(data) = between("<![CDATA[", "]]>") {
                return Some((Some(Token::CData(data)), data.len() + 12));
            }
            between("<!--", "-->").map(|comment| (None, comment.len() + 7))
        }
        [b'<', b'?', b'>', ..] => None,
        [b'<', b'?', inside @ ..] => Some((None, memmem::find(inside, b"?>")? + 4)),
        [b'<', ..] => {
            let end = tag_end(bytes)?;
            Some((Some(Token::Start(plain_tag(&text[1..end])?)), end + 1))
        }
        [b'&', rest @ ..] => {
            let end = memchr3(b';', b'&', b'<', rest)? + 1;
            let token = match bytes[end] {
                b';' => Some((Token::Reference(&text[1..end]), end + 1)),
                // A stray one.
                _ => Some((Token::Text(&text[..end]), end)),
            };
            token.map(|(token, length)| (Some(token), length))
        }
        _ => {
            let end = memchr2(b'<', b'&', bytes).unwrap_or(bytes.len());
            Some((Some(Token::Text(&text[..end])), end))
        }
    }
}

/// Where the next tag begins.
#[inline]
pub(super) fn text_end(text: &str) -> usize {
    memchr(b'<', text.as_bytes()).unwrap_or(text.len())
}

/// Where the `>` of a start tag stands. `None` where there is none, or a `<` before it.
fn tag_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        match bytes.get(at)? {
            b'>' => return Some(at),
            b'<' => return None,
            quote @ (b'"' | b'\'') => {
                at += 1;
                at += memchr2(*quote, b'<', &bytes[at..])?;
                if bytes[at] != *quote {
                    return None;
                }
            }
            _ => {}
        }
        at += 1;
    }
}
