//! Cuts that never split a character as a reader sees it.

/// The text itself, or its first `limit` bytes at most, ending at a grapheme border and with `…` in place of the rest.
pub fn to_bytes(text: &str, limit: usize) -> std::borrow::Cow<'_, str> {
    let _ = (text, limit);
    todo!()
}

/// A window of a text, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Its first byte.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
}

/// Windows around byte spans.
pub fn excerpt(text: &str, spans: &[(usize, usize)], room: usize) -> Vec<Piece> {
    let _ = (text, spans, room);
    todo!()
}

/// The longest beginning of at most `limit` bytes, ending between words where it can and never inside a character.
pub fn head(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    let mut end = limit;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    match text[..end].rfind(char::is_whitespace) {
        Some(space) if space >= limit / 2 => &text[..space],
        _ => &text[..end],
    }
}

/// The longest end of at most `limit` bytes, beginning between words where it can and never inside a character.
pub fn tail(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    let mut start = text.len() - limit;
    while !text.is_char_boundary(start) {
        start += 1;
    }
    match text[start..].find(char::is_whitespace) {
        Some(space) if space <= limit / 2 => text[start + space..].trim_start(),
        _ => &text[start..],
    }
}
