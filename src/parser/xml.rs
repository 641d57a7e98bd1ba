//! Tokens of XML as feeds write it. What is plain is cut by hand ([`plain`]); everything else is for `quick-xml` with its
//! tolerant switches, which is asked for the one token that begins there.
//!
//! A bare `&`, crossed or missing end tags and entities of HTML are nothing to it. A `<` that begins no tag, a quote that
//! is never closed or a comment without an end stop it; then this module reads that one place by the rules of HTML and
//! goes on behind.

mod plain;

use memchr::memmem;
use quick_xml::Reader;
use quick_xml::events::Event;

use super::entities::{Entities, only_simple_references};

/// How often a byte may be read again, on average, because a reader went far and came back with nothing: what keeps reading linear.
/// A document that uses it up counts as cut off there.
const REREADS: usize = 8;
/// Characters after which an attribute value without its closing quote is taken to end at the next `>`.
const LONGEST_QUOTE: usize = 64 * 1024;
/// Attributes looked at in one tag; the richest honest tags have some dozens.
const ATTRIBUTES: usize = 1024;
/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A start tag, or an element that is empty.
    Start(Tag<'a>),
    /// The name of an end tag.
    End(&'a str),
    /// Text without references.
    Text(&'a str),
    /// What stood between `&` and `;`.
    Reference(&'a str),
    /// A CDATA section: text as it stands.
    CData(&'a str),
}

/// A start tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    /// Its name with its prefix.
    pub name: &'a str,
    /// Everything behind the name.
    attributes: &'a str,
    /// It ends with `/>`.
    pub empty: bool,
}

impl<'a> Tag<'a> {
    /// Names and raw values, in order, by the rules of HTML: quotes may be missing, as may values.
    pub(super) fn attributes(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        Attributes { rest: self.attributes }.take(ATTRIBUTES)
    }

    /// The raw value of an attribute, its name without prefix and whatever its case.
    pub(super) fn attribute(&self, local: &str) -> Option<&'a str> {
        if self.attributes.is_empty() {
            return None;
        }
        self.attributes().find(|(name, _)| local_name(name).eq_ignore_ascii_case(local)).map(|(_, value)| value)
    }

    /// Whether its attributes are written as XML wants them: apart from one another, each with a value in quotes in which
    /// every `&` begins a reference that needs no definition.
    pub(super) fn is_strict(&self) -> bool {
        let mut rest = self.attributes;
        loop {
            let next = rest.trim_ascii_start();
            if next.is_empty() {
                return true;
            }
            let Some((name, value)) = next.split_once('=') else { return false };
            let name = name.trim_ascii_end();
            let odd = |c: char| c.is_ascii_whitespace() || matches!(c, '"' | '\'' | '/' | '>');
            if next.len() == rest.len() || name.is_empty() || name.contains(odd) {
                return false;
            }
            let value = value.trim_ascii_start();
            let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'')) else { return false };
            let Some((value, after)) = value[1..].split_once(quote) else { return false };
            if value.contains('&') && !only_simple_references(value) {
                return false;
            }
            rest = after;
        }
    }

    /// Bytes of its attributes.
    pub(super) fn length(&self) -> usize {
        self.attributes.len()
    }

    /// Whether the tag can hold a declaration or attribute with this text in its name, without looking closely.
    pub(super) fn mentions(&self, text: &str) -> bool {
        self.attributes.len() > text.len() && memmem::find(self.attributes.as_bytes(), text.as_bytes()).is_some()
    }
}

/// A name without its prefix.
pub(super) fn local_name(name: &str) -> &str {
    split_name(name).1
}

/// A name's prefix, "" where it has none, and what is behind.
pub(super) fn split_name(name: &str) -> (&str, &str) {
    match name.bytes().rposition(|b| b == b':') {
        Some(colon) => (&name[..colon], &name[colon + 1..]),
        None => ("", name),
    }
}

struct Attributes<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let rest =
            self.rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '"' | '\'' | '='));
        if rest.is_empty() {
            self.rest = rest;
            return None;
        }
        let end = rest.find(|c: char| c.is_ascii_whitespace() || matches!(c, '=' | '/' | '>')).unwrap_or(rest.len());
        let end = if end == 0 { rest.chars().next().map_or(0, char::len_utf8) } else { end };
        let (name, after) = rest.split_at(end);
        let after = after.trim_ascii_start();
        let Some(value) = after.strip_prefix('=') else {
            self.rest = after;
            return Some((name, ""));
        };
        let value = value.trim_ascii_start();
        let (value, rest) = match value.as_bytes().first() {
            Some(quote @ (b'"' | b'\'')) => {
                let value = &value[1..];
                value.split_once(*quote as char).unwrap_or((value, ""))
            }
            _ => value.split_at(value.find(|c: char| c.is_ascii_whitespace()).unwrap_or(value.len())),
        };
        self.rest = rest;
        Some((name, value))
    }
}

/// The tokens of a document.
pub(super) struct Tokens<'a> {
    text: &'a str,
    /// Where in `text` the next one begins.
    at: usize,
    /// Bytes that may still be read a second time.
    rereads: usize,
    /// Something stood there that no XML parser would have let pass.
    pub(super) repaired: bool,
    /// There is a document type, and so there may be entities.
    pub(super) has_doctype: bool,
    /// The entities that the document defines.
    pub(super) entities: Entities<'a>,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: text.len() - unmarked(text).len(),
            rereads: text.len().saturating_mul(REREADS),
            repaired: false,
            has_doctype: false,
            entities: Entities::default(),
        }
    }

    /// All text up to the next tag, with its references as they stand; `None` where a tag is next.
    pub(super) fn text(&mut self) -> Option<&'a str> {
        let rest = &self.text[self.at..];
        let text = &rest[..plain::text_end(rest)];
        self.at += text.len();
        (!text.is_empty()).then_some(text)
    }

    fn restart(&mut self, at: usize) {
        self.repaired = true;
        self.at = self.text.len() - unmarked(&self.text[at..]).len();
    }

    /// Reads the tag at `at` by hand; what is none is text.
    fn read_by_hand(&mut self, at: usize, reached: usize) -> Option<Token<'a>> {
        let rest = &self.text[at..];
        let (token, length) = tag_by_hand(rest).unwrap_or((Token::Text(&rest[..1]), 1));
        self.rereads = self.rereads.saturating_sub(reached.saturating_sub(at + length));
        self.restart(if self.rereads == 0 { self.text.len() } else { at + length });
        Some(token)
    }

    /// What to do where the reader gave up.
    fn after_error(&mut self, at: usize) -> Option<Token<'a>> {
        let rest = &self.text[at..];
        if let Some(data) = rest.strip_prefix("<![CDATA[") {
            self.restart(self.text.len());
            return Some(Token::CData(data));
        }
        // An open comment, instruction or document type runs to the end: all its text would be guesswork.
        if rest.starts_with("<!--") || (rest.starts_with("<?") && !rest.contains('>')) {
            self.restart(self.text.len());
            return None;
        }
        if rest.starts_with("<!") || rest.starts_with("<?") {
            let end = rest.find('>').map_or(self.text.len(), |end| at + end + 1);
            // Of these only an unknown `<!…` was not searched to the end of the document.
            let searched = !rest.starts_with("<!") || rest[2..].starts_with(['[', 'd', 'D', '-']);
            self.rereads = self.rereads.saturating_sub(if searched { self.text.len() - end } else { 0 });
            self.restart(if self.rereads == 0 { self.text.len() } else { end });
            return None;
        }
        if !rest.starts_with('<') {
            self.restart(self.text.len());
            return None;
        }
        self.read_by_hand(at, self.text.len())
    }

    /// What begins here and is not plain, as `quick-xml` reads it; `None` where that is no token.
    fn other(&mut self) -> Option<Token<'a>> {
        let at = self.at;
        let mut reader = start(&self.text[at..]);
        let event = reader.read_event();
        let end = at + usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let text = self.text;
        let part = |from: usize, to: usize| text.get(at + from..end.saturating_sub(to)).unwrap_or("");
        let token = match event {
            Ok(Event::Start(_) | Event::Empty(_)) => match plain_tag(part(1, 1)) {
                Some(tag) => Token::Start(tag),
                None => return self.read_by_hand(at, end),
            },
            Ok(Event::End(_)) if part(2, 1).contains('<') => return self.read_by_hand(at, end),
            Ok(Event::End(_)) => Token::End(first_word(part(2, 1))),
            Ok(Event::Text(_)) => Token::Text(part(0, 0)),
            Ok(Event::CData(_)) => Token::CData(part(9, 3)),
            Ok(Event::GeneralRef(_)) => Token::Reference(part(1, 1)),
            Ok(event) => {
                if let Event::DocType(_) = event {
                    self.has_doctype = true;
                    self.entities.define(part(0, 0));
                }
                self.at = if matches!(event, Event::Eof) { text.len() } else { end };
                return None;
            }
            Err(_) => {
                let failed = at + usize::try_from(reader.error_position()).unwrap_or(0);
                return self.after_error(self.text[..failed.clamp(at, self.text.len())].len());
            }
        };
        self.at = end;
        Some(token)
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        while self.at < self.text.len() {
            let token = match plain::next(&self.text[self.at..]) {
                Some((token, length)) => {
                    self.at += length;
                    token
                }
                None => self.other(),
            };
            if token.is_some() {
                return token;
            }
        }
        None
    }
}

/// The text behind byte order marks: `quick-xml` takes one off whatever it is started on, and does not count it in its
/// positions.
fn unmarked(text: &str) -> &str {
    text.trim_start_matches('\u{FEFF}')
}

fn start(text: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.allow_unmatched_ends = true;
    config.check_end_names = false;
    reader
}

pub(super) fn first_word(text: &str) -> &str {
    &text[..text.bytes().position(|b| b.is_ascii_whitespace()).unwrap_or(text.len())]
}

/// The tag between `<` and `>` if nothing about it is odd.
fn plain_tag(inside: &str) -> Option<Tag<'_>> {
    if !inside.starts_with(begins_name) || inside.contains('<') {
        return None;
    }
    let (inside, empty) = match inside.strip_suffix('/') {
        Some(inside) => (inside, true),
        None => (inside, false),
    };
    let end = inside.bytes().position(|b| b.is_ascii_whitespace() || b == b'/').unwrap_or(inside.len());
    Some(Tag { name: &inside[..end], attributes: &inside[end..], empty })
}

fn begins_name(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

/// Reads a tag at the start of `text` and says how long it is. A quote counts only behind `=`; a `<` outside of quotes
/// ends the tag, as whoever wrote it forgot the `>`.
fn tag_by_hand(text: &str) -> Option<(Token<'_>, usize)> {
    let closing = text.starts_with("</");
    let from = if closing { 2 } else { 1 };
    if !text.get(from..)?.starts_with(begins_name) {
        return None;
    }
    let bytes = text.as_bytes();
    let (mut at, mut after_equals) = (from, false);
    let (end, next) = loop {
        match bytes.get(at)? {
            b'>' => break (at, at + 1),
            b'<' => break (at, at),
            quote @ (b'"' | b'\'') if after_equals => {
                let reach = &bytes[at + 1..bytes.len().min(at + 1 + LONGEST_QUOTE)];
                at += reach.iter().position(|b| b == quote).map_or(1, |end| end + 2);
                after_equals = false;
            }
            b => {
                after_equals = *b == b'=' || (after_equals && b.is_ascii_whitespace());
                at += 1;
            }
        }
    };
    let inside = &text[from..end];
    if closing {
        return Some((Token::End(first_word(inside)), next));
    }
    let (inside, empty) = match inside.strip_suffix('/') {
        Some(inside) => (inside, true),
        None => (inside, false),
    };
    let name_end = inside.find(|c: char| c.is_ascii_whitespace() || c == '/').unwrap_or(inside.len());
    Some((Token::Start(Tag { name: &inside[..name_end], attributes: &inside[name_end..], empty }), next))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The tokens of a text, one word each.
    fn shown(text: &str) -> String {
        let tokens = Tokens::new(text).map(|token| match token {
            Token::Start(tag) => {
                let attributes: Vec<String> = tag.attributes().map(|(n, v)| format!(" {n}={v}")).collect();
                format!("<{}{}{}>", tag.name, attributes.concat(), if tag.empty { "/" } else { "" })
            }
            Token::End(name) => format!("</{name}>"),
            Token::Text(text) => format!("'{text}'"),
            Token::Reference(name) => format!("&{name};"),
            Token::CData(text) => format!("[{text}]"),
        });
        tokens.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_is_no_xml_is_read_as_it_was_meant() {
        for (text, tokens) in [
            ("<a x='1' y=\"2\"/>t</a>", "<a x=1 y=2/> 't' </a>"),
            ("<a>x &amp; y & z &nbsp;</b>", "<a> 'x ' &amp; ' y ' '& z ' &nbsp; </b>"),
            ("<a x=1 y>t", "<a x=1 y=> 't'"),
            ("<a>1 < 2</a>", "<a> '1 ' '<' ' 2' </a>"),
            ("<a>I <3 it's</a>", "<a> 'I ' '<' '3 it's' </a>"),
            ("<a href=\"x\"\">t</a>", "<a href=x> 't' </a>"),
            ("<a href=\"x>t</a>", "<a href=x> 't' </a>"),
            ("<a <b>t", "<a> <b> 't'"),
            ("</a <b>t", "</a> <b> 't'"),
            ("<![CDATA[<x>]]>", "[<x>]"),
            ("<a><![CDATA[never closed <b>", "<a> [never closed <b>]"),
            ("<a/><!-- never closed <b>", "<a/>"),
            ("<a><!nonsense><b>", "<a> <b>"),
            ("<a><", "<a> '<'"),
            ("<a><\u{feff}<b>t", "<a> '<' <b> 't'"),
            ("<a><\u{feff}\u{feff}é</a>", "<a> '<' 'é' </a>"),
            ("<?xml version='1.0'?><?php echo ?><a/>", "<a/>"),
        ] {
            assert_eq!(shown(text), tokens, "{text}");
        }
    }

    #[test]
    fn reading_is_linear_whatever_stands_there() {
        for piece in [
            "<!--",
            "<a \"",
            "<a ='",
            "<",
            "<?",
            "<![CDATA[",
            "&",
            "<a b=\"<",
            "<!DOCTYPE ",
            "</",
            "<!x",
            "<?x>",
            "<\u{feff}",
        ] {
            let text = piece.repeat(300_000 / piece.len());
            assert!(Tokens::new(&text).count() <= text.len(), "{piece}");
        }
    }

    /// The tokens as they are where nothing is cut by hand.
    fn by_the_reader_alone(text: &str) -> Vec<Token<'_>> {
        let mut tokens = Tokens::new(text);
        let mut out = Vec::new();
        while tokens.at < text.len() {
            // Text is cut by hand in any case: the reader takes marks of byte order off wherever it starts.
            let plain = plain::next(&text[tokens.at..]).filter(|_| !text[tokens.at..].starts_with(['<', '&']));
            match plain {
                Some((token, length)) => {
                    tokens.at += length;
                    out.extend(token);
                }
                None => out.extend(tokens.other()),
            }
        }
        out
    }

    const PIECES: [&str; 32] = [
        "<",
        ">",
        "/",
        "a",
        "=",
        "\"",
        "'",
        "&",
        ";",
        "!",
        "--",
        "[",
        "]",
        "?",
        " ",
        "CDATA",
        "DOCTYPE",
        "é",
        "x:y",
        "#",
        "1",
        "\u{feff}",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<?",
        "?>",
        "<a b=\"c\">",
        "<a b='>'/>",
        "</a>",
        "&amp;",
    ];

    proptest! {
        #[test]
        fn any_text_is_read_to_its_end(pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..40)) {
            let text = pieces.concat();
            prop_assert!(Tokens::new(&text).count() <= text.len());
        }

        #[test]
        fn what_is_cut_by_hand_is_what_the_reader_says(pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..30)) {
            let text = pieces.concat();
            prop_assert_eq!(Tokens::new(&text).collect::<Vec<_>>(), by_the_reader_alone(&text), "{}", text);
        }
    }
}
