//! What plain text says, written down a run of words at a time: text without characters that nobody sees. A test holds it
//! equal to the look at each word.

use super::{counts, invisible};

/// Bytes that are looked at together.
const PIECE: usize = 32;

/// Writes down the words of a field, a space behind each, and `#` in place of a counter's number. False: somewhere stands
/// a character that nobody sees, and what was written means nothing.
pub(super) fn write(text: &str, said: &mut Vec<u8>) -> bool {
    let text = text.trim();
    let bytes = text.as_bytes();
    let start = said.len();
    // What is written down as it stands reaches from here to the present place.
    let mut from = 0;
    // No number begins before this place.
    let mut looked_at = 0;
    let mut at = 0;
    while at < bytes.len() {
        // Right behind what was written down, a space is one too many.
        let second_space = at == from && bytes[at] == b' ';
        if !second_space && bytes.get(at..=at + PIECE).is_some_and(is_plain) {
            at += PIECE;
            continue;
        }
        let end = bytes.len().min(at + PIECE);
        while at < end {
            match bytes[at] {
                b'0'..=b'9' if at >= looked_at => {
                    let (begin, end) = word_around(text, at);
                    if is_number(&text[begin..end]) && (counted(&text[..begin]) || counts_behind(&text[end..])) {
                        said.extend_from_slice(&bytes[from..begin]);
                        said.push(b'#');
                        from = end;
                    }
                    looked_at = end;
                    at += 1;
                }
                0..=0x20 | 0xC2 | 0xE1..=0xE3 | 0xEF => {
                    let c = text[at..].chars().next().unwrap_or(' ');
                    if invisible(c) {
                        return false;
                    }
                    if c.is_whitespace() {
                        said.extend_from_slice(&bytes[from..at]);
                        if said.len() > start && said.last() != Some(&b' ') {
                            said.push(b' ');
                        }
                        from = at + c.len_utf8();
                    }
                    at += c.len_utf8();
                }
                _ => at += 1,
            }
        }
    }
    said.extend_from_slice(&bytes[from.min(bytes.len())..]);
    if said.len() > start && said.last() != Some(&b' ') {
        said.push(b' ');
    }
    true
}

/// Whether the piece, which is a byte longer, holds no digit, and no white space but single spaces.
fn is_plain(piece: &[u8]) -> bool {
    let odd = |byte: u8, next: u8| {
        byte < 0x20 || matches!(byte, b'0'..=b'9' | 0xC2 | 0xE1..=0xE3 | 0xEF) || (byte == b' ' && next <= b' ')
    };
    !piece[..PIECE].iter().zip(&piece[1..]).fold(false, |any, (byte, next)| any | odd(*byte, *next))
}

/// Where the word begins and ends that this place is in.
fn word_around(text: &str, at: usize) -> (usize, usize) {
    let begin = text[..at].rfind(char::is_whitespace);
    let begin = begin.map_or(0, |space| text.ceil_char_boundary(space + 1));
    (begin, text[at..].find(char::is_whitespace).map_or(text.len(), |end| at + end))
}

fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| c.is_ascii_punctuation())
}

pub(super) fn is_number(word: &str) -> bool {
    let bare = bare(word);
    !bare.is_empty() && bare.len() <= 7 && bare.bytes().all(|b| b.is_ascii_digit())
}

/// Whether the last word here says that the number behind it counts.
fn counted(before: &str) -> bool {
    before.split_whitespace().next_back().is_some_and(|word| word.ends_with(':') && counts(bare(word)))
}

/// Whether the first word here says that the number before it counts.
fn counts_behind(after: &str) -> bool {
    after.split_whitespace().next().is_some_and(|word| counts(bare(word)))
}
