//! Header lines of a mail: folded (RFC 5322, 2.2.3), and encoded words where needed (RFC 2047).
//!
//! Written here and not by `lettre`, whose `Headers` hold one line a name and pass `=?` of an item's title on unencoded.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lettre::message::Mailbox;

use super::clean;

/// Columns a folded line may take (RFC 2047, 2: 76 where it holds an encoded word).
const COLUMNS: usize = 76;
/// What an encoded word has around its base 64.
const FRAME: usize = "=?UTF-8?B?".len() + "?=".len();
/// Longest encoded word (RFC 2047, 2).
const ENCODED_WORD: usize = 75;

/// `Name: value` and CRLF, for any text: nothing in the value can end the line or be taken for an encoded word.
pub(super) fn unstructured(name: &str, value: &str) -> String {
    let value = clean::line(value);
    let value = value.trim();
    let mut out = format!("{name}:");
    if is_plain(value) {
        for (n, word) in value.split(' ').enumerate() {
            if n > 0 && column(&out) + 1 + word.len() > COLUMNS {
                out.push_str("\r\n");
            }
            out.push(' ');
            out.push_str(word);
        }
    } else {
        encoded_words(&mut out, value);
    }
    out.push_str("\r\n");
    out
}

/// `Name: mailbox, mailbox` and CRLF, a line each. Domains are written in ASCII; a local part that is not needs SMTPUTF8.
pub(super) fn mailboxes(name: &str, boxes: &[Mailbox]) -> String {
    let mut out = format!("{name}:");
    for (n, mailbox) in boxes.iter().enumerate() {
        if n > 0 {
            out.push_str(",\r\n");
        }
        let address = format!("{}@{}", mailbox.email.user(), ascii_domain(mailbox));
        let shown = mailbox.name.as_deref().map(clean::line).unwrap_or_default();
        match shown.trim() {
            "" => out.push_str(&format!(" {address}")),
            shown => {
                phrase(&mut out, shown);
                let fold = if column(&out) + 3 + address.len() > COLUMNS { "\r\n" } else { "" };
                out.push_str(&format!("{fold} <{address}>"));
            }
        }
    }
    out.push_str("\r\n");
    out
}

/// The domain of a mailbox as it stands in headers and in a Message-ID: internationalised names in their ASCII form.
pub(super) fn ascii_domain(mailbox: &Mailbox) -> String {
    let domain = mailbox.email.domain();
    if domain.is_ascii() {
        return domain.to_owned();
    }
    url::Host::parse(domain).map_or_else(|_| domain.to_owned(), |host| host.to_string())
}

/// Whether a value can stand as it is: words of printable ASCII, one space between them, none too long to be folded.
fn is_plain(value: &str) -> bool {
    value.split(' ').all(|word| (1..=60).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_graphic()))
        && !value.contains("=?")
}

/// The name of a mailbox: words as they are, else quoted, else encoded (RFC 5322, 3.2.5).
fn phrase(out: &mut String, name: &str) {
    let atoms = |c: char| c.is_ascii_alphanumeric() || " !#$%&'*+-/=?^_`{|}~".contains(c);
    if !is_plain(name) || name.len() > 60 {
        encoded_words(out, name);
    } else if name.chars().all(atoms) {
        out.push_str(&format!(" {name}"));
    } else {
        out.push_str(&format!(" \"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"")));
    }
}

/// The value as encoded words, a line each, none of which cuts a character.
fn encoded_words(out: &mut String, value: &str) {
    let mut rest = value;
    let mut fold = false;
    while !rest.is_empty() {
        if std::mem::replace(&mut fold, true) {
            out.push_str("\r\n");
        }
        let room = ENCODED_WORD.min(COLUMNS.saturating_sub(column(out) + 1)).saturating_sub(FRAME) / 4 * 3;
        let mut end = room.min(rest.len());
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        if end == 0 {
            // No room behind a long name; on a line of its own there is, for forty-five bytes.
            continue;
        }
        out.push_str(&format!(" =?UTF-8?B?{}?=", STANDARD.encode(&rest[..end])));
        rest = &rest[end..];
    }
}

/// Where the last line of `out` ends.
fn column(out: &str) -> usize {
    out.len() - out.rfind('\n').map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An independent reading of unstructured values: unfold, then decode adjacent encoded words.
    fn read(line: &str) -> String {
        let value = line.strip_suffix("\r\n").unwrap().split_once(':').unwrap().1;
        assert!(!value.replace("\r\n ", "").contains(['\r', '\n']), "{line:?}");
        for line in line.split("\r\n") {
            assert!(line.len() <= COLUMNS, "{line:?}");
        }
        let value = value.replace("\r\n", "");
        if !value.contains("=?UTF-8?B?") {
            return value.trim().to_owned();
        }
        let mut out = String::new();
        for word in value.split_ascii_whitespace() {
            assert!(word.len() <= 75, "{word}");
            let inner =
                word.strip_prefix("=?UTF-8?B?").and_then(|w| w.strip_suffix("?=")).expect("all words are encoded");
            out.push_str(&String::from_utf8(STANDARD.decode(inner).unwrap()).expect("whole characters"));
        }
        out
    }

    #[test]
    fn values_come_back_as_they_were() {
        let arabic = ["قمة", "هلسينكي"].repeat(30).join(" ");
        for value in [
            "a plain title",
            "=?utf-8?Q?=0d=0aBcc:_x@example.org?=",
            "two  spaces",
            "قمة هلسينكي 2026: اجتماع ثان",
            &arabic,
            &"long words ".repeat(40),
            &"x".repeat(2000),
            "👨‍👩‍👧‍👦",
            "",
        ] {
            assert_eq!(read(&unstructured("Subject", value)), value.trim());
        }
        assert_eq!(unstructured("Subject", "plain"), "Subject: plain\r\n");
        assert_eq!(unstructured("X", "a\r\nBcc: b"), "X: a Bcc: b\r\n");
        assert_eq!(
            unstructured("X-Feedwatch-Watch", "قمة هلسينكي"),
            "X-Feedwatch-Watch: =?UTF-8?B?2YLZhdipINmH2YTYs9mK2YbZg9mK?=\r\n"
        );
    }

    #[test]
    fn mailboxes_are_written_as_parsers_read_them() {
        let boxes: Vec<Mailbox> = [
            "a@example.org",
            "Desk <desk@example.org>",
            "\"Desk, \\\"night\\\"\" <n@example.org>",
            "مكتب <x@пример.рф>",
        ]
        .iter()
        .map(|m| m.parse().unwrap())
        .collect();
        assert_eq!(
            mailboxes("To", &boxes),
            concat!(
                "To: a@example.org,\r\n",
                " Desk <desk@example.org>,\r\n",
                " \"Desk, \\\"night\\\"\" <n@example.org>,\r\n",
                " =?UTF-8?B?2YXZg9iq2Kg=?= <x@xn--e1afmkfd.xn--p1ai>\r\n"
            )
        );
    }

    proptest! {
        #[test]
        fn any_value_is_one_header(value in any::<String>()) {
            let line = unstructured("X-Feedwatch-Watch", &value);
            prop_assert!(line.is_ascii());
            let shown = clean::line(&value);
            prop_assert_eq!(read(&line), shown.trim());
        }
    }
}
