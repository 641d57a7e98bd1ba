//! Plain text out of markup, in one pass and without a tree: nesting costs nothing.

mod runs;
mod simple;

use std::collections::HashSet;

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};
use memchr::{memchr, memchr2, memrchr};

/// Whether an element stands on lines of its own.
fn is_block(name: &[u8]) -> bool {
    matches!(
        name,
        b"address"
            | b"article"
            | b"aside"
            | b"blockquote"
            | b"body"
            | b"br"
            | b"caption"
            | b"center"
            | b"dd"
            | b"details"
            | b"dialog"
            | b"div"
            | b"dl"
            | b"dt"
            | b"fieldset"
            | b"figcaption"
            | b"figure"
            | b"footer"
            | b"form"
            | b"h1"
            | b"h2"
            | b"h3"
            | b"h4"
            | b"h5"
            | b"h6"
            | b"head"
            | b"header"
            | b"hgroup"
            | b"hr"
            | b"html"
            | b"legend"
            | b"li"
            | b"main"
            | b"menu"
            | b"nav"
            | b"ol"
            | b"optgroup"
            | b"option"
            | b"p"
            | b"pre"
            | b"section"
            | b"summary"
            | b"table"
            | b"tbody"
            | b"tfoot"
            | b"thead"
            | b"title"
            | b"tr"
            | b"ul"
    )
}
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

/// Those of them that have no end tag, or often miss it.
const ENDLESS: &[&str] = &["br", "hr", "img", "p", "li", "tr", "td"];

/// Further elements that a title may hold.
const OF_A_LINE: &[&str] = &[
    "bdi", "bdo", "big", "body", "data", "del", "dfn", "head", "html", "ins", "kbd", "mark", "nobr", "rp", "rt",
    "ruby", "samp", "section", "strike", "time", "var", "wbr",
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
/// A feed that escapes twice leaves markup in the text: such text goes through a second time. A tag that stands alone in
/// the text is one that somebody writes about, and stays.
pub(super) fn text_within(html: &str, limit: usize) -> Folded {
    again(one_pass(html, limit, false), limit)
}

/// The text of a title: as [`text_within`], but only elements that belong in a line of text are markup. What else looks
/// like a tag (`Vec<T>`, `<script>`) is what the title is about, and nothing of it is left out.
pub(super) fn title_within(html: &str, limit: usize) -> Folded {
    if memchr(b'<', html.as_bytes()).is_none() {
        return again(one_pass(html, limit, false), limit);
    }
    let opening: HashSet<&str> = html.split('<').skip(1).filter(|p| !p.starts_with('/')).filter_map(tag_name).collect();
    let mut kept = String::with_capacity(html.len());
    for (n, part) in html.split('<').enumerate() {
        if n > 0 {
            let markup = match tag_name(part) {
                Some(name) if is_one_of(TELLING, name) || is_one_of(OF_A_LINE, name) => true,
                // The end of nothing is left from markup that is broken.
                Some(name) => part.starts_with('/') && !opening.contains(name),
                None => part.starts_with("!--") || part.starts_with("![CDATA["),
            };
            kept.push_str(if markup { "<" } else { "&lt;" });
        }
        kept.push_str(part);
    }
    again(one_pass(&kept, limit, false), limit)
}

/// The text of a field that calls itself plain: markup where it plainly is that, else with entities resolved.
pub(super) fn plain_or_markup(text: &str, limit: usize) -> Folded {
    match looks_like_html(text) {
        true => text_within(text, limit),
        false => again(plain_within(text, limit, false), limit),
    }
}

fn again(once: Folded, limit: usize) -> Folded {
    if memchr2(b'<', b'&', once.text.as_bytes()).is_none() {
        return once;
    }
    let twice = if looks_like_html(&once.text) {
        one_pass(&once.text, limit, true)
    } else if holds_entity(&once.text) {
        one_pass(&once.text.replace('<', "&lt;"), limit, true)
    } else {
        return once;
    };
    Folded { cut: once.cut || twice.cut, ..twice }
}

/// Plain text with white space folded; line breaks stay such when they mean something.
pub(super) fn plain_within(text: &str, limit: usize, keep_breaks: bool) -> Folded {
    let mut folder = Folder::with_room(text.len(), limit, keep_breaks);
    folder.text(text);
    folder.finish()
}

/// Whether text is markup, and not a text about markup: an element of it is closed, needs no end, or has attributes.
/// `Vec<T>` and a lone `<b>` are what somebody wrote.
fn looks_like_html(text: &str) -> bool {
    if memchr(b'<', text.as_bytes()).is_none() {
        return false;
    }
    if text.contains("<!--") && text.contains("-->") {
        return true;
    }
    let mut open: Vec<&str> = Vec::new();
    for part in text.split('<').skip(1) {
        let Some(known) = tag_name(part).and_then(|name| TELLING.iter().find(|t| t.eq_ignore_ascii_case(name))) else {
            continue;
        };
        let Some(end) = part.find('>') else { continue };
        let closes = part.starts_with('/');
        if ENDLESS.contains(known) || part[..end].contains('=') || (closes && open.contains(known)) {
            return true;
        }
        // As many as there are names.
        if !closes && !open.contains(known) {
            open.push(known);
        }
    }
    false
}

/// The name of the tag that begins here, behind its `<`.
fn tag_name(part: &str) -> Option<&str> {
    let name = part.strip_prefix('/').unwrap_or(part);
    let end = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
    let ends = |c: char| c.is_ascii_whitespace() || c == '>' || c == '/';
    (end > 0 && name[end..].starts_with(ends)).then(|| &name[..end])
}

fn is_one_of(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
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

fn one_pass(html: &str, limit: usize, keep_breaks: bool) -> Folded {
    let mut folder = Folder::with_room(html.len(), limit, keep_breaks);
    if memchr2(b'<', b'&', html.as_bytes()).is_none() {
        folder.text(html);
        return folder.finish();
    }
    let (markup, tail) = split_tail(html);
    match simple::markup(markup, &mut folder) {
        true => with_tail(folder, tail),
        false => tokenized(html, limit, keep_breaks),
    }
}

/// Behind the last `>` nothing can be a tag any more: a `<` there is one that somebody wrote.
fn split_tail(html: &str) -> (&str, &str) {
    html.split_at(memrchr(b'>', html.as_bytes()).map_or(0, |at| at + 1))
}

/// The text of any markup, by the rules of HTML.
fn tokenized(html: &str, limit: usize, keep_breaks: bool) -> Folded {
    let mut folder = Folder::new(limit, keep_breaks);
    let (markup, tail) = split_tail(html);
    let mut silent = 0usize;
    let mut step = |event: CallbackEvent<'_>, _: Span<()>| -> Option<()> {
        match event {
            CallbackEvent::String { value } if silent == 0 => folder.text(&String::from_utf8_lossy(value)),
            CallbackEvent::OpenStartTag { name } | CallbackEvent::EndTag { name } if silent == 0 && is_block(name) => {
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
    let _ = Tokenizer::new_with_emitter(markup, emitter).next();
    if silent == 0 { with_tail(folder, tail) } else { folder.finish() }
}

/// Adds what stands behind the last tag.
fn with_tail(mut folder: Folder, tail: &str) -> Folded {
    if memchr2(b'<', b'&', tail.as_bytes()).is_none() {
        folder.text(tail);
        return folder.finish();
    }
    let escaped = tail.replace('<', "&lt;");
    let mut step = |event: CallbackEvent<'_>, _: Span<()>| -> Option<()> {
        if let CallbackEvent::String { value } = event {
            folder.text(&String::from_utf8_lossy(value));
        }
        None
    };
    let _ = Tokenizer::new_with_emitter(escaped.as_str(), CallbackEmitter::new(&mut step)).next();
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

    /// With room for a text of so many bytes.
    fn with_room(bytes: usize, limit: usize, keep_breaks: bool) -> Self {
        Self { out: String::with_capacity(bytes.min(limit)), ..Self::new(limit, keep_breaks) }
    }

    fn finish(mut self) -> Folded {
        // Markup takes room that its text does not.
        self.out.shrink_to_fit();
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
            let (run, after) = rest.split_at(runs::end(rest));
            self.run(run);
            let mut chars = after.chars();
            match chars.next() {
                Some('\n' | '\r' | '\u{2028}' | '\u{2029}') if self.keep_breaks => self.line(),
                Some(c) if c.is_whitespace() => self.space(),
                _ => {}
            }
            rest = chars.as_str();
        }
    }

    /// Adds words that stand a space apart.
    fn run(&mut self, run: &str) {
        if run.is_empty() {
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
        let end = if run.len() > room { run.floor_char_boundary(room) } else { run.len() };
        self.full = end < run.len();
        // A space at the end has no word behind it.
        let kept = run[..end].trim_ascii_end();
        if !kept.is_empty() {
            self.out.push_str(gap);
            self.out.push_str(kept);
        }
    }
}

#[cfg(test)]
mod tests;
