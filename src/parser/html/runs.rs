//! How far text reaches in which no white space needs folding.

/// Bytes that are looked at together.
const PIECE: usize = 32;

/// Where the words end that stand a single space apart: at other white space, at a second space, at a control character.
pub(super) fn end(text: &str) -> usize {
    let bytes = text.as_bytes();
    if bytes.first() == Some(&b' ') {
        return 0;
    }
    let mut at = 0;
    loop {
        // Most pieces hold nothing of note; of the others each byte is looked at.
        let piece_end = match bytes.get(at..at + PIECE + 1) {
            Some(piece) if is_plain(piece) => {
                at += PIECE;
                continue;
            }
            Some(_) => at + PIECE,
            None => bytes.len(),
        };
        while at < piece_end {
            match bytes[at] {
                b' ' if bytes.get(at + 1).is_none_or(|next| is_space(*next)) => return at,
                b' ' => at += 1,
                0..=0x1F | 0x7F => return at,
                // Beyond ASCII, all white space and control characters begin with one of these.
                0xC2 | 0xE1 | 0xE2 | 0xE3 => {
                    let Some(c) = text[at..].chars().next() else { return at };
                    if c.is_whitespace() || c.is_control() {
                        return before(bytes, at);
                    }
                    at += c.len_utf8();
                }
                _ => at += 1,
            }
        }
        if at >= bytes.len() {
            return at;
        }
    }
}

/// Where a run ends that something ends at `at`: a space before it is none between words.
fn before(bytes: &[u8], at: usize) -> usize {
    if at > 0 && bytes[at - 1] == b' ' { at - 1 } else { at }
}

fn is_space(byte: u8) -> bool {
    byte <= 0x20 || byte == 0x7F
}

/// Whether the piece, which is a byte longer, is of words a single space apart.
fn is_plain(piece: &[u8]) -> bool {
    let odd = |byte: u8, next: u8| {
        byte < 0x20 || matches!(byte, 0x7F | 0xC2 | 0xE1..=0xE3) || (byte == b' ' && is_space(next))
    };
    !piece[..PIECE].iter().zip(&piece[1..]).fold(false, |any, (byte, next)| any | odd(*byte, *next))
}
