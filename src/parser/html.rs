//! Plain text out of markup, in one pass and without a tree: nesting costs nothing.

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};

/// Elements that stand on lines of their own.
const BLOCKS: &[&[u8]] = &[
    b"address",
    b"article",
    b"aside",
    b"blockquote",
    b"body",
    b"br",
    b"caption",
    b"center",
    b"dd",
    b"details",
    b"dialog",
    b"div",
    b"dl",
    b"dt",
    b"fieldset",
    b"figcaption",
    b"figure",
    b"footer",
    b"form",
    b"h1",
    b"h2",
    b"h3",
    b"h4",
    b"h5",
    b"h6",
    b"head",
    b"header",
    b"hgroup",
    b"hr",
    b"html",
    b"legend",
    b"li",
    b"main",
    b"menu",
    b"nav",
    b"ol",
    b"optgroup",
    b"option",
    b"p",
    b"pre",
    b"section",
    b"summary",
    b"table",
    b"tbody",
    b"tfoot",
    b"thead",
    b"title",
    b"tr",
    b"ul",
];
/// Elements whose content nobody reads.
const SILENT: &[&[u8]] = &[b"script", b"style", b"template", b"noscript", b"iframe"];
/// Elements by which plain text is known to be markup; names that are words of prose are left out.
const TELLING: &[&str] = &[
    "a",
    "abbr",
    "b",
    "blockquote",
    "br",
    "center",
    "cite",
    "code",
    "div",
    "em",
    "font",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "li",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tr",
    "tt",
    "u",
    "ul",
];

/// The text of an HTML fragment: entities resolved, script and style left out, blocks set apart by line breaks, white
/// space folded to single spaces and single line breaks, no control characters, trimmed.
pub fn to_text(html: &str) -> String {
    text_within(html, usize::MAX).text
}

/// Text that went through the folding here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Folded {
    /// The text.
    pub text: String,
    /// There was more of it than the limit allows.
    pub cut: bool,
}

impl Folded {
    /// For a field of one line.
    pub(super) fn one_line(self) -> Self {
        if self.text.contains('\n') { Self { text: self.text.replace('\n', " "), ..self } } else { self }
    }
}

/// [`to_text`], cut at a character boundary at this many bytes.
///
/// A feed that escapes twice leaves markup in the text: such text goes through a second time.
pub(super) fn text_within(html: &str, limit: usize) -> Folded {
    let once = one_pass(html, limit, false);
    if !still_markup(&once.text) {
        return once;
    }
    let twice = one_pass(&once.text, limit, true);
    Folded { cut: once.cut || twice.cut, ..twice }
}

/// Plain text with white space folded; line breaks stay such when they mean something.
pub(super) fn plain_within(text: &str, limit: usize, keep_breaks: bool) -> Folded {
    let mut folder = Folder::new(limit, keep_breaks);
    folder.text(text);
    folder.finish()
}

/// Whether text that calls itself plain is markup: it holds a tag or an entity that nobody writes in prose.
pub(super) fn looks_like_html(text: &str) -> bool {
    let tag = text.split('<').skip(1).any(|part| {
        let name = part.strip_prefix('/').unwrap_or(part);
        let end = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
        let known = TELLING.iter().any(|t| t.eq_ignore_ascii_case(&name[..end]));
        known
            && part.contains('>')
            && name[end..].starts_with(|c: char| c.is_ascii_whitespace() || c == '>' || c == '/')
    });
    tag || holds_entity(text)
}

fn holds_entity(text: &str) -> bool {
    text.split('&').skip(1).any(|part| {
        let reach = &part.as_bytes()[..part.len().min(34)];
        let Some(end) = reach.iter().position(|b| *b == b';') else { return false };
        let name = &reach[..end];
        let number = name.strip_prefix(b"#");
        !name.is_empty() && number.unwrap_or(name).iter().all(u8::is_ascii_alphanumeric)
    })
}

/// Whether text is markup that was escaped twice, and not a text about markup: it holds a reference, or an element of HTML
/// that is closed or needs no end. `Vec<T>` and a lone `<b>` are what somebody wrote.
fn still_markup(text: &str) -> bool {
    if holds_entity(text) || (text.contains("<!--") && text.contains("-->")) {
        return true;
    }
    let mut open: Vec<&str> = Vec::new();
    for part in text.split('<').skip(1).filter(|part| part.contains('>')) {
        let (name, closing) = part.strip_prefix('/').map_or((part, false), |name| (name, true));
        let end = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
        let (name, after) = name.split_at(end);
        let silent = ["script", "style", "iframe"];
        let mut known = TELLING.iter().chain(&silent).copied();
        let Some(known) = known.find(|t| t.eq_ignore_ascii_case(name)) else { continue };
        if !after.starts_with(|c: char| c.is_ascii_whitespace() || c == '>' || c == '/') {
            continue;
        }
        match closing {
            _ if matches!(known, "br" | "hr" | "img" | "p" | "li" | "tr" | "td") => return true,
            true if open.contains(&known) => return true,
            true => {}
            false if !open.contains(&known) => open.push(known),
            false => {}
        }
    }
    false
}

fn one_pass(html: &str, limit: usize, keep_breaks: bool) -> Folded {
    let mut folder = Folder::new(limit, keep_breaks);
    if !html.contains(['<', '&']) {
        folder.text(html);
        return folder.finish();
    }
    // Behind the last `>` nothing can be a tag any more: a `<` there is one that somebody wrote.
    let (html, tail) = html.split_at(html.rfind('>').map_or(0, |at| at + 1));
    let mut silent = 0usize;
    let mut step = |event: CallbackEvent<'_>, _: Span<()>| -> Option<()> {
        match event {
            CallbackEvent::String { value } if silent == 0 => folder.text(&String::from_utf8_lossy(value)),
            CallbackEvent::OpenStartTag { name } | CallbackEvent::EndTag { name }
                if silent == 0 && BLOCKS.contains(&name) =>
            {
                folder.line();
            }

            CallbackEvent::OpenStartTag { name: b"td" | b"th" } => folder.space(),
            CallbackEvent::OpenStartTag { name } if SILENT.contains(&name) => silent += 1,
            CallbackEvent::EndTag { name } if SILENT.contains(&name) => silent = silent.saturating_sub(1),
            _ => {}
        }
        folder.full().then_some(())
    };
    let mut emitter = CallbackEmitter::new(&mut step);
    emitter.naively_switch_states(true);
    // The iterator yields only what the step returns, which is "full".
    let _ = Tokenizer::new_with_emitter(html, emitter).next();
    if silent == 0 && !tail.is_empty() {
        let escaped = tail.replace('<', "&lt;");
        let mut step = |event: CallbackEvent<'_>, _: Span<()>| -> Option<()> {
            if let CallbackEvent::String { value } = event {
                folder.text(&String::from_utf8_lossy(value));
            }
            None
        };
        let _ = Tokenizer::new_with_emitter(escaped.as_str(), CallbackEmitter::new(&mut step)).next();
    }
    folder.finish()
}

/// What stands between the last character written and the next one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    None,
    Space,
    Line,
}

/// Collects text with white space folded and control characters left out.
struct Folder {
    out: String,
    gap: Gap,
    limit: usize,
    keep_breaks: bool,
    full: bool,
}

impl Folder {
    fn new(limit: usize, keep_breaks: bool) -> Self {
        Self { out: String::new(), gap: Gap::None, limit, keep_breaks, full: false }
    }

    fn finish(self) -> Folded {
        Folded { text: self.out, cut: self.full }
    }

    fn full(&self) -> bool {
        self.full
    }

    fn space(&mut self) {
        self.gap = self.gap.max(Gap::Space);
    }

    fn line(&mut self) {
        self.gap = Gap::Line;
    }

    fn text(&mut self, text: &str) {
        let mut rest = text;
        while !self.full && !rest.is_empty() {
            let end = rest.find(|c: char| c.is_whitespace() || c.is_control()).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            self.word(word);
            let mut chars = after.chars();
            match chars.next() {
                Some('\n' | '\r' | '\u{2028}' | '\u{2029}') if self.keep_breaks => self.line(),
                Some(c) if c.is_whitespace() => self.space(),
                _ => {}
            }
            rest = chars.as_str();
        }
    }

    fn word(&mut self, word: &str) {
        if word.is_empty() {
            return;
        }
        let gap = match self.gap {
            _ if self.out.is_empty() => "",
            Gap::None => "",
            Gap::Space => " ",
            Gap::Line => "\n",
        };
        self.gap = Gap::None;
        let room = self.limit.saturating_sub(self.out.len() + gap.len());
        let end = if word.len() > room { word.floor_char_boundary(room) } else { word.len() };
        self.full = end < word.len();
        if end > 0 {
            self.out.push_str(gap);
            self.out.push_str(&word[..end]);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn markup_becomes_the_text_that_a_reader_sees() {
        for (html, text) in [
            ("", ""),
            ("plain", "plain"),
            ("  two\n words ", "two words"),
            ("<p>First   line.</p><p>Second&nbsp;line.</p>", "First line.\nSecond line."),
            ("a<br>b<br/>c", "a\nb\nc"),
            ("One <b>bold</b> cup &amp; saucer", "One bold cup & saucer"),
            ("<ul><li>x</li><li>y</li></ul>", "x\ny"),
            ("<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>", "1 2\n3"),
            ("in<wbr>visible", "invisible"),
            ("<script>alert('<p>')</script>after", "after"),
            ("<style>p { }</style>a<noscript>b</noscript>c<template><p>d</p></template>e", "ace"),
            ("&lt;p&gt;twice &amp;amp; escaped&lt;/p&gt;", "twice & escaped"),
            ("&lt;i&gt;twice&lt;/i&gt; x", "twice x"),
            ("&lt;script&gt;x&lt;/script&gt;twice", "twice"),
            ("line &lt;br&gt; break", "line\nbreak"),
            // What is told of, and not meant.
            ("What &lt;b&gt; does in HTML", "What <b> does in HTML"),
            ("Vec&lt;T&gt; and &lt;marquee&gt;", "Vec<T> and <marquee>"),
            ("1 &lt; 2 &gt; 0", "1 < 2 > 0"),
            ("a < b & c", "a < b & c"),
            ("1 <2", "1 <2"),
            ("i<b", "i<b"),
            ("x <!-- not said --> y", "x y"),
            ("a\u{0}b\u{1b}[31mc\u{85}d\u{9f}e", "ab[31mc de"),
            ("&#8217;&#146;&hellip;", "’’…"),
            ("<img src=x onerror=alert(1)>", ""),
            ("<a title=\"a > b\">link</a>", "link"),
            ("مرحبا&rlm; <b>هلسينكي</b>", "مرحبا\u{200f} هلسينكي"),
        ] {
            assert_eq!(to_text(html), text, "{html}");
        }
    }

    #[test]
    fn a_limit_cuts_between_characters() {
        for limit in 0..12 {
            let cut = text_within("<p>äöü</p><p>ÄÖÜ</p>", limit);
            assert!(cut.text.len() <= limit && "äöü\nÄÖÜ".starts_with(&cut.text), "{cut:?}");
            assert!(cut.cut);
        }
        assert_eq!(text_within("<p>äöü</p>", 6), Folded { text: "äöü".into(), cut: false });
    }

    #[test]
    fn plain_text_that_is_markup_is_told_from_prose() {
        for (text, html) in [
            ("a < b and b > c", false),
            ("Vec<T> in Rust", false),
            ("AT&T; or not", true),
            ("Fish & chips", false),
            ("an <b>important</b> word", true),
            ("line<br/>break", true),
            ("caf&eacute;", true),
            ("1 <i think", false),
        ] {
            assert_eq!(looks_like_html(text), html, "{text}");
        }
    }

    #[test]
    fn nesting_costs_nothing() {
        let deep = format!("{}Helsinki{}", "<div>".repeat(100_000), "</div>".repeat(100_000));
        assert_eq!(to_text(&deep), "Helsinki");
    }

    proptest! {
        #[test]
        fn text_is_free_of_tags_and_control_characters(
            pieces in prop::collection::vec(
                prop_oneof![
                    ".{0,6}",
                    prop::sample::select(vec!["<p>", "</p>", "<b", ">", "<", "&amp;", "&", "&lt;", "&#60;", "&gt;", "<!--", "-->", "<script>",
                        "</script>", "<i>", "&nbsp;", "\u{0}", "\u{202e}", "]]>", "<title>", "&#27;", "\""]).prop_map(str::to_owned),
                ], 0..12)
        ) {
            let text = to_text(&pieces.concat());
            prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{:?}", text);
            prop_assert!(!text.contains("  ") && !text.contains("\n\n") && text.trim() == text, "{:?}", text);
        }

        #[test]
        fn what_was_written_between_tags_is_what_is_read(words in prop::collection::vec("[a-zа-яا-ي]{1,8}", 1..8)) {
            let html: String = words.iter().map(|w| format!("<p class=\"x\"><b>{w}</b></p>\n")).collect();
            prop_assert_eq!(to_text(&html), words.join("\n"));
        }
    }
}
