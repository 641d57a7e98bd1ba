//! Bytes to text: byte order mark, HTTP header, declaration, then detection.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Where an XML declaration ends at the latest.
const DECLARATION: usize = 1024;
/// Bytes that the detection looks at: enough for any language, and a limit to its cost.
const DETECTED: usize = 256 * 1024;

/// The text of a document, whatever it claims. Characters that no feed may contain (control characters) are dropped.
///
/// Bytes that are UTF-8 are read as UTF-8 under any declaration: a text of another charset that happens to be valid UTF-8
/// practically does not exist, and documents whose declaration was forgotten at a conversion do.
pub(super) fn decode<'a>(bytes: &'a [u8], content_type: Option<&str>) -> Cow<'a, str> {
    let text = decode_raw(bytes, content_type);
    let text = match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_start_matches('\u{FEFF}')),
        Cow::Owned(text) if text.starts_with('\u{FEFF}') => Cow::Owned(text.trim_start_matches('\u{FEFF}').to_owned()),
        owned => owned,
    };
    if text.bytes().any(forbidden) { text.chars().filter(|c| !c.is_ascii() || !forbidden(*c as u8)).collect() } else { text }
}

fn forbidden(byte: u8) -> bool {
    (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || byte == 0x7F
}

fn decode_raw<'a>(bytes: &'a [u8], content_type: Option<&str>) -> Cow<'a, str> {
    if let Some(text) = by_first_bytes(bytes) {
        return text;
    }
    let labels = [content_type.and_then(header_charset), declared(bytes)];
    let claims = labels.iter().flatten().filter_map(|label| encoding_of(label));
    if let Ok(text) = std::str::from_utf8(bytes) {
        // The one family of charsets whose text is valid UTF-8 without being it: those that shift by escape sequences.
        let shifting = claims.clone().find(|e| *e == encoding_rs::ISO_2022_JP && bytes.contains(&0x1B));
        return shifting.map_or(text.into(), |e| e.decode_without_bom_handling(bytes).0);
    }
    if nearly_utf8(bytes) {
        return String::from_utf8_lossy(bytes);
    }
    for encoding in claims.filter(|e| *e != UTF_8) {
        let (text, wrong) = encoding.decode_without_bom_handling(bytes);
        if !wrong {
            return text;
        }
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(&bytes[..bytes.len().min(DETECTED)], bytes.len() <= DETECTED);
    let guess = detector.guess(None, Utf8Detection::Deny);
    guess.decode_without_bom_handling(bytes).0
}

/// Text that was UTF-8, taken for Latin 1 by whoever stored it, and encoded again (`Ã¼` for `ü`): the text as it was.
/// Nobody writes sequences of Latin letters that happen to be valid UTF-8.
pub(super) fn encoded_twice(text: &str) -> Option<String> {
    if text.is_ascii() || !text.chars().all(|c| c <= '\u{FF}') {
        return None;
    }
    let bytes: Vec<u8> = text.chars().map(|c| c as u8).collect();
    String::from_utf8(bytes).ok()
}

/// By the byte order mark, or by the zero bytes that the wide encodings put beside `<` (XML 1.0, appendix F).
fn by_first_bytes(bytes: &[u8]) -> Option<Cow<'_, str>> {
    Some(match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => match std::str::from_utf8(rest) {
            Ok(text) => text.into(),
            Err(_) => String::from_utf8_lossy(rest),
        },
        [0, 0, 0xFE, 0xFF, rest @ ..] => utf32(rest, u32::from_be_bytes),
        [0xFF, 0xFE, 0, 0, rest @ ..] => utf32(rest, u32::from_le_bytes),
        [0, 0, 0, b'<', ..] => utf32(bytes, u32::from_be_bytes),
        [b'<', 0, 0, 0, ..] => utf32(bytes, u32::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => UTF_16BE.decode_without_bom_handling(rest).0,
        [0xFF, 0xFE, rest @ ..] => UTF_16LE.decode_without_bom_handling(rest).0,
        [0, b'<' | b'{', 0, _, ..] => UTF_16BE.decode_without_bom_handling(bytes).0,
        [b'<' | b'{', 0, _, 0, ..] => UTF_16LE.decode_without_bom_handling(bytes).0,
        _ => return None,
    })
}

fn utf32(bytes: &[u8], number: fn([u8; 4]) -> u32) -> Cow<'_, str> {
    let units = bytes.chunks_exact(4).map(|unit| number([unit[0], unit[1], unit[2], unit[3]]));
    units.map(|code| char::from_u32(code).unwrap_or('\u{FFFD}')).collect()
}

/// Whether the bytes are UTF-8 with a few wrong ones: at least ten right sequences to each wrong one.
fn nearly_utf8(bytes: &[u8]) -> bool {
    let (mut right, mut wrong) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        right += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        wrong += usize::from(!chunk.invalid().is_empty());
    }
    right >= wrong.saturating_mul(10)
}

/// `charset` of a Content-Type header.
fn header_charset(content_type: &str) -> Option<String> {
    let parameter = content_type.split(';').skip(1).find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then_some(value)
    })?;
    Some(parameter.trim().trim_matches(['"', '\'']).to_owned())
}

/// `encoding` of the XML declaration.
fn declared(bytes: &[u8]) -> Option<String> {
    let head = &bytes[..bytes.len().min(DECLARATION)];
    let start = head.windows(5).position(|w| w == b"<?xml")?;
    let head = &head[start..];
    let head = &head[..head.windows(2).position(|w| w == b"?>").unwrap_or(head.len())];
    let head = String::from_utf8_lossy(head);
    let (_, value) = head.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value[1..].split_once(quote).map(|(label, _)| label.trim().to_owned())
}

/// The encoding that a label names. UTF-7 is unknown on purpose: it hides markup from whoever looks at the bytes.
fn encoding_of(label: &str) -> Option<&'static Encoding> {
    if let Some(encoding) = Encoding::for_label_no_replacement(label.as_bytes()) {
        // Such a label can stand only in a document whose bytes are not of that width, or it would not have been found.
        return (encoding != UTF_16BE && encoding != UTF_16LE).then_some(encoding);
    }
    let plain: String = label.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let name = match plain.as_str() {
        "latin1" | "ansi" | "cp819" => return Some(WINDOWS_1252),
        "cp932" | "ms932" | "shiftjisx0213" | "shiftjis2004" => "shift_jis",
        "cp936" | "ms936" => "gbk",
        "cp949" | "ms949" | "uhc" => "euc-kr",
        "cp950" | "ms950" => "big5",
        "cp874" => "windows-874",
        _ => {
            let number = plain.strip_prefix("windows").or_else(|| plain.strip_prefix("cp"));
            if let Some(number) = number {
                return Encoding::for_label_no_replacement(format!("windows-{number}").as_bytes());
            }
            let number = plain.strip_prefix("iso8859")?;
            return Encoding::for_label_no_replacement(format!("iso-8859-{number}").as_bytes());
        }
    };
    Encoding::for_label_no_replacement(name.as_bytes())
}
