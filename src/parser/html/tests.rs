//! Text out of markup, and markup that is about markup.

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
        ("&lt;script&gt;x&lt;/script&gt; written about", "<script>x</script> written about"),
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
    for (text, read) in [
        ("a < b and b > c", "a < b and b > c"),
        ("Vec<T> in Rust", "Vec<T> in Rust"),
        ("AT&amp;T or not", "AT&T or not"),
        ("Fish & chips", "Fish & chips"),
        ("an <b>important</b> word", "an important word"),
        ("line<br/>break", "line\nbreak"),
        ("a <a href='x'>link", "a link"),
        ("caf&eacute;", "café"),
        ("caf&eacute; in a <b>", "café in a <b>"),
        ("1 <i think", "1 <i think"),
        ("the <b> element", "the <b> element"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ] {
        assert_eq!(plain_or_markup(text, usize::MAX).text, read, "{text}");
    }
}

#[test]
fn what_a_text_writes_about_stays_in_it() {
    for (html, text) in [
        ("Use &lt;b&gt; or &lt;script&gt;x&lt;/script&gt;", "Use <b> or <script>x</script>"),
        ("&lt;p&gt;escaped &amp;lt;twice&amp;gt;&lt;/p&gt;", "escaped <twice>"),
    ] {
        assert_eq!(to_text(html), text, "{html}");
        assert_eq!(title_within(html, usize::MAX).text, text, "{html}");
    }
    for (title, text) in [
        ("Use <script> and Vec<T> <i>well</i>", "Use <script> and Vec<T> well"),
        ("<script>alert(1)</script><img src=x onerror=alert(1)>", "<script>alert(1)</script>"),
        ("a<wbr>b <!-- not said -->c", "ab c"),
        ("one</titel> and more", "one and more"),
        ("A &amp; B &amp;amp; C", "A & B & C"),
    ] {
        assert_eq!(title_within(title, usize::MAX).text, text, "{title}");
    }
}

#[test]
fn nesting_costs_nothing() {
    let deep = format!("{}Helsinki{}", "<div>".repeat(100_000), "</div>".repeat(100_000));
    assert_eq!(to_text(&deep), "Helsinki");
}

/// The folding of white space, a word after the other.
fn by_words(text: &str, limit: usize, keep_breaks: bool) -> Folded {
    let mut folded = Folded::default();
    let mut gap = "";
    let mut rest = text;
    while !rest.is_empty() && !folded.cut {
        let end = rest.find(|c: char| c.is_whitespace() || c.is_control()).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if !word.is_empty() {
            let between = if folded.text.is_empty() { "" } else { std::mem::take(&mut gap) };
            gap = "";
            let room = limit.saturating_sub(folded.text.len() + between.len());
            let kept = &word[..word.floor_char_boundary(room)];
            folded.cut = kept.len() < word.len();
            if !kept.is_empty() {
                folded.text = folded.text + between + kept;
            }
        }
        let mut chars = after.chars();
        match chars.next() {
            Some('\n' | '\r' | '\u{2028}' | '\u{2029}') if keep_breaks => gap = "\n",
            Some(c) if c.is_whitespace() && gap.is_empty() => gap = " ",
            _ => {}
        }
        rest = chars.as_str();
    }
    folded
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
    fn simple_markup_is_read_as_the_tokenizer_reads_it(
        pieces in prop::collection::vec(
            prop_oneof![
                ".{0,4}",
                "[a-z =/'\"]{0,6}",
                prop::sample::select(vec!["<p>", "</p>", "<b", ">", "<", "&amp;", "&", "&lt;", "&#60;", "&gt", "<br/>", "<a href=\"x>y\">", "</a >",
                    "&nbsp;", "&#x2014;", "&#146;", "&#0;", "&#10;", "&hellip;", "&amp", "& ", "<img src='a' alt=\"\">", "<td>", "</td>", "<P class=a>",
                    "<i x='1'y='2'>", "<a b = 'c'>", "<svg/>", "<div\n>", "é", "\u{a0}", "\u{85}", "\u{3000}", "\n", "</", "<!--", "-->", "<1>",
                    "<script>", "</script>", "<title>", "=\"", "\u{1}"]).prop_map(str::to_owned),
            ], 0..10),
        limit in prop_oneof![Just(usize::MAX), 0..20usize],
        keep_breaks: bool,
    ) {
        let html = pieces.concat();
        prop_assert_eq!(one_pass(&html, limit, keep_breaks), tokenized(&html, limit, keep_breaks), "{}", html);
    }

    #[test]
    fn white_space_is_folded_as_if_each_word_were_looked_at(
        pieces in prop::collection::vec(prop_oneof![
            "[a-z\u{0}-\u{ff}\u{1680}\u{2000}-\u{2070}\u{3000}\u{3001}أ-يа-я]{0,6}",
            "[a-zа-я ]{0,50}",
            prop::sample::select(vec![" ", "  ", "\n", " \u{1}", "\u{3000}", "\u{a0} ", "\u{2028}", "。", "\u{ad}", "a word and another one, and one more "])
                .prop_map(str::to_owned),
        ], 0..8),
        limit in prop_oneof![Just(usize::MAX), 0..90usize],
        keep_breaks: bool,
    ) {
        let text = pieces.concat();
        let mut folder = Folder::new(limit, keep_breaks);
        pieces.iter().for_each(|piece| folder.text(piece));
        prop_assert_eq!(&folder.finish(), &by_words(&text, limit, keep_breaks), "{:?}", pieces);
        prop_assert_eq!(plain_within(&text, limit, keep_breaks), by_words(&text, limit, keep_breaks), "{:?}", text);
    }

    #[test]
    fn what_was_written_between_tags_is_what_is_read(words in prop::collection::vec("[a-zа-яا-ي]{1,8}", 1..8)) {
        let html: String = words.iter().map(|w| format!("<p class=\"x\"><b>{w}</b></p>\n")).collect();
        prop_assert_eq!(to_text(&html), words.join("\n"));
    }
}
