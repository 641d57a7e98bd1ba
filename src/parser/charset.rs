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
    if holds_forbidden(&text) { text.chars().filter(|c| !c.is_ascii() || !forbidden(*c as u8)).collect() } else { text }
}

/// The bytes as text if they are UTF-8: said many bytes at a time, where the standard library looks at each letter.
pub(super) fn utf8(bytes: &[u8]) -> Option<&str> {
    match UTF_8.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(Cow::Borrowed(text)) => Some(text),
        _ => None,
    }
}

/// Whether a control character stands in the text that no feed may contain.
pub(super) fn holds_forbidden(text: &str) -> bool {
    // A piece at a time, so that the processor looks at many bytes at once.
    text.as_bytes().chunks(256).any(|piece| piece.iter().fold(false, |any, byte| any | forbidden(*byte)))
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
    if let Some(text) = utf8(bytes) {
        // The one family of charsets whose text is valid UTF-8 without being it: those that shift by escape sequences.
        let shifting = claims.clone().find(|e| *e == encoding_rs::ISO_2022_JP && bytes.contains(&0x1B));
        return shifting.map_or(text.into(), |e| e.decode_without_bom_handling(bytes).0);
    }
    if nearly_utf8(bytes) || (claims.clone().any(|e| e == UTF_8) && only_overlong(bytes)) {
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
    // The first letter beyond ASCII tells most texts: it must begin a sequence, and the next one go on with it.
    let first = Encoding::ascii_valid_up_to(text.as_bytes());
    if !matches!(text.as_bytes()[first..], [0xC3, 0x82..=0xB4, 0xC2, ..]) || !text.chars().all(|c| c <= '\u{FF}') {
        return None;
    }
    let bytes: Vec<u8> = text.chars().map(|c| c as u8).collect();
    String::from_utf8(bytes).ok()
}

/// By the byte order mark, or by the zero bytes that the wide encodings put beside `<` (XML 1.0, appendix F).
fn by_first_bytes(bytes: &[u8]) -> Option<Cow<'_, str>> {
    Some(match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest).map_or_else(|| String::from_utf8_lossy(rest), Cow::from),
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

/// Whether all that is wrong with the bytes are letters written longer than need be, which no charset does by chance: an
/// attempt to smuggle a `<` past somebody. They are replaced, not read as letters of another charset.
fn only_overlong(bytes: &[u8]) -> bool {
    let mut after_lead = false;
    for chunk in bytes.utf8_chunks() {
        let tail = after_lead && chunk.valid().is_empty() && matches!(chunk.invalid(), [0x80..=0xBF]);
        after_lead = matches!(chunk.invalid(), [0xC0 | 0xC1]);
        if !tail && !after_lead && !chunk.invalid().is_empty() {
            return false;
        }
    }
    true
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

#[cfg(test)]
mod tests {
    use super::*;

    fn doc(declared: &str, title: &[u8]) -> Vec<u8> {
        [format!("<?xml version=\"1.0\"{declared}?><rss><title>").as_bytes(), title, b"</title></rss>"].concat()
    }

    fn title(bytes: &[u8], content_type: Option<&str>) -> String {
        let text = decode(bytes, content_type);
        text.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next()).unwrap_or("").to_owned()
    }

    #[test]
    fn a_document_says_how_it_is_written_and_is_believed_when_it_can_be() {
        let utf16 = |mark: &[u8], unit: fn(u16) -> [u8; 2]| {
            [
                mark,
                &String::from_utf8_lossy(&doc("", "Саммит".as_bytes()))
                    .encode_utf16()
                    .flat_map(unit)
                    .collect::<Vec<u8>>(),
            ]
            .concat()
        };
        let cp1251: &[u8] = &[0xD1, 0xE0, 0xEC, 0xEC, 0xE8, 0xF2];
        let russian = [cp1251, b" ", cp1251, b" \xE2 \xD5\xE5\xEB\xFC\xF1\xE8\xED\xEA\xE8"].concat();
        for (name, bytes, content_type, expected) in [
            ("undeclared UTF-8", doc("", "Саммит".as_bytes()), None, "Саммит"),
            ("declared", doc(" encoding='windows-1251'", cp1251), None, "Саммит"),
            ("declared in an odd way", doc(" encoding = \"cp-1251\"", cp1251), None, "Саммит"),
            ("by the header", doc("", cp1251), Some("text/xml; charset=\"windows-1251\""), "Саммит"),
            (
                "header before declaration",
                doc(" encoding='koi8-r'", cp1251),
                Some("text/xml;charset=windows-1251"),
                "Саммит",
            ),
            (
                "UTF-8 under another name",
                doc(" encoding='windows-1251'", "Саммит".as_bytes()),
                Some("text/xml; charset=iso-8859-1"),
                "Саммит",
            ),
            ("another under the name of UTF-8", doc(" encoding='utf-8'", &russian), None, "Саммит Саммит в Хельсинки"),
            ("UTF-16 with a mark", utf16(&[0xFF, 0xFE], u16::to_le_bytes), None, "Саммит"),
            ("UTF-16 without", utf16(&[], u16::to_le_bytes), None, "Саммит"),
            ("UTF-16, the other end first", utf16(&[], u16::to_be_bytes), None, "Саммит"),
            (
                "a mark and a quarrel",
                [&[0xEF, 0xBB, 0xBF][..], &doc(" encoding='windows-1251'", "Саммит".as_bytes())].concat(),
                Some("a/b; charset=koi8-r"),
                "Саммит",
            ),
            ("Shift JIS", doc(" encoding='Shift_JIS'", &[0x93, 0xFA, 0x96, 0x7B]), None, "日本"),
            ("shifting by escapes", doc(" encoding='iso-2022-jp'", b"\x1B$BF|K\\\x1B(B"), None, "日本"),
            ("UTF-7 is not read", doc(" encoding='utf-7'", b"+ADw-script+AD4-"), None, "+ADw-script+AD4-"),
            ("overlong", doc(" encoding='utf-8'", b"\xC0\xBCscript"), None, "\u{FFFD}\u{FFFD}script"),
            (
                "one bad byte",
                doc(" encoding='utf-8'", &["Саммит в Хельсинки".as_bytes(), b" \xFF"].concat()),
                None,
                "Саммит в Хельсинки \u{FFFD}",
            ),
            ("control characters", doc("", b"a\0b\x1B\x07c"), None, "abc"),
        ] {
            assert_eq!(title(&bytes, content_type), expected, "{name}");
        }
        assert!(decode(b"\xEF\xBB\xBF\xEF\xBB\xBF<rss/>", None).starts_with('<'));
    }

    #[test]
    fn only_what_was_encoded_twice_is_decoded_once_more() {
        assert_eq!(encoded_twice("Ã¼ber"), Some("über".into()));
        for text in ["über", "Ascii", "ü — ü", "Âge"] {
            assert_eq!(encoded_twice(text), None, "{text}");
        }
    }
}
