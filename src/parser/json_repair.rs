//! What generators write instead of JSON: line breaks in strings, halves of characters, `NaN`, commas before a bracket.

/// The text with the commonest mistakes mended; what was JSON stays the same document.
pub(super) fn repair(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = match c {
            '"' => string(rest, &mut out),
            ',' => {
                let after = rest[1..].trim_start();
                if !after.starts_with(['}', ']']) {
                    out.push(',');
                }
                &rest[1..]
            }
            '-' | '0'..='9' | 'a'..='z' | 'A'..='Z' => word(rest, &mut out),
            _ => {
                out.push(c);
                &rest[c.len_utf8()..]
            }
        };
    }
    out
}

/// A number or a bare word. Words that JSON does not know are null, numbers too great for it zero.
fn word<'a>(text: &'a str, out: &mut String) -> &'a str {
    let end =
        text.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '+' | '.' | '_')).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    out.push_str(match word {
        "true" | "false" | "null" => word,
        _ => match word.parse::<f64>() {
            Ok(number) if number.is_finite() && word.ends_with(|c: char| c.is_ascii_digit()) => word,
            Ok(number) if number.is_infinite() && word.contains(|c: char| c.is_ascii_digit()) => "0",
            _ => "null",
        },
    });
    rest
}

/// A string, with its quote. Returns what follows it.
fn string<'a>(text: &'a str, out: &mut String) -> &'a str {
    out.push('"');
    let mut rest = &text[1..];
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        rest = match c {
            '"' => {
                out.push('"');
                return after;
            }
            '\\' => escape(after, out),
            '\n' | '\r' | '\t' => {
                out.push_str(match c {
                    '\n' => "\\n",
                    '\r' => "\\r",
                    _ => "\\t",
                });
                after
            }
            _ => {
                let plain = rest.find(['"', '\\', '\n', '\r', '\t']).unwrap_or(rest.len());
                out.push_str(&rest[..plain]);
                &rest[plain..]
            }
        };
    }
    out.push('"');
    rest
}

/// What follows a backslash. Half a character becomes U+FFFD, an escape that JSON does not know the letter itself.
fn escape<'a>(text: &'a str, out: &mut String) -> &'a str {
    let Some(c) = text.chars().next() else { return text };
    if c != 'u' {
        if matches!(c, '"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't') {
            out.push('\\');
        }
        out.push(c);
        return &text[c.len_utf8()..];
    }
    let unit = |at: usize| text.get(at..at + 4).and_then(|hex| u32::from_str_radix(hex, 16).ok());
    match unit(1) {
        Some(0xD800..=0xDBFF) if text.get(5..7) == Some("\\u") && matches!(unit(7), Some(0xDC00..=0xDFFF)) => {
            out.push('\\');
            out.push_str(&text[..11]);
            &text[11..]
        }
        Some(0xD800..=0xDFFF) => {
            out.push('\u{FFFD}');
            &text[5..]
        }
        Some(_) if text[1..5].bytes().all(|b| b.is_ascii_hexdigit()) => {
            out.push('\\');
            out.push_str(&text[..5]);
            &text[5..]
        }
        _ => {
            out.push('u');
            &text[1..]
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::repair;

    #[test]
    fn mistakes_are_mended_and_nothing_else() {
        for (text, expected) in [
            (r#"{"a":"x\ud800y"}"#, r#"{"a":"x�y"}"#),
            (r#"{"a":"\ud83d\ude00"}"#, r#"{"a":"\ud83d\ude00"}"#),
            ("{\"a\":\"x\ny\tz\"}", r#"{"a":"x\ny\tz"}"#),
            (r#"{"a":[1,2,],}"#, r#"{"a":[1,2]}"#),
            (r#"{"a":NaN,"b":-Infinity,"c":1e999,"d":undefined}"#, r#"{"a":null,"b":null,"c":0,"d":null}"#),
            (r#"{"a":"it\'s \x41"}"#, r#"{"a":"it's x41"}"#),
            (r#"{"a":"\u12"}"#, r#"{"a":"u12"}"#),
            (r#"{"a":"unfinished"#, r#"{"a":"unfinished""#),
        ] {
            assert_eq!(repair(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn good_json_stays_the_same_document(text in ".{0,20}", number in any::<i64>(), quarters in any::<i32>()) {
            let value = serde_json::json!({"t": text, "n": [number, f64::from(quarters) / 4.0, true, null, {}], "u": "\u{1F600}\\\"\n"});
            let written = value.to_string();
            prop_assert_eq!(serde_json::from_str::<Value>(&repair(&written)).expect("still JSON"), value);
        }

        #[test]
        fn nothing_is_too_odd(text in r#"["\\u\{\}\[\],d89a\n -]{0,40}"#) {
            let _ = repair(&text);
        }
    }
}
