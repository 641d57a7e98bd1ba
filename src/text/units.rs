//! The words of a text one by one, also those of scripts without spaces: for distances between words, and for what
//! is asked about each word.
//!
//! Runs without spaces are cut by the dictionary segmenter. Its cuts are not always a reader's (see [`border`](super::border)),
//! but they count words well enough, and no candidate is judged by them alone.

use std::cell::OnceCell;
use std::sync::LazyLock;

use icu_segmenter::{WordSegmenter, WordSegmenterBorrowed};

use super::token::{Kind, Tokens};

/// The dictionaries of all scripts, as in [`border`](super::border).
static SEGMENTER: LazyLock<WordSegmenterBorrowed<'static>> =
    LazyLock::new(|| WordSegmenter::new_dictionary(Default::default()));

/// A word as bytes of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    /// First byte.
    pub start: u32,
    /// The byte after its last.
    pub end: u32,
    /// A part of a run without spaces.
    pub unspaced: bool,
}

/// The words of a text in its order; emoji and signs are none.
pub fn units(text: &str, tokens: &Tokens) -> Vec<Unit> {
    let mut out: Vec<Unit> = Vec::with_capacity(tokens.list.len());
    for token in &tokens.list {
        match token.kind {
            // One character may stand for several words; they are read as one.
            Kind::Word if out.last().is_some_and(|last| last.end > token.start) => {}
            Kind::Word => out.push(Unit { start: token.start, end: token.end, unspaced: false }),
            Kind::Run => cut(&text[token.start as usize..token.end as usize], token.start, &mut out),
            Kind::Symbol => {}
        }
    }
    out
}

/// The words of a text, of which runs are cut only where somebody asks.
#[derive(Debug)]
pub struct Counter<'t> {
    text: &'t str,
    tokens: Tokens,
    runs: Vec<OnceCell<Vec<Unit>>>,
}

impl<'t> Counter<'t> {
    /// Of a text and all of its tokens.
    pub fn new(text: &'t str, tokens: Tokens) -> Self {
        let runs = vec![OnceCell::new(); tokens.list.len()];
        Self { text, tokens, runs }
    }

    /// How many of [`units`] stand wholly between two places; what is more than `limit` is one more.
    pub fn between(&self, from: u32, to: u32, limit: usize) -> usize {
        let first = self.tokens.list.partition_point(|t| t.end <= from);
        let (mut count, mut last) = (0, 0);
        for (token, run) in self.tokens.list[first..].iter().zip(&self.runs[first..]) {
            if token.start >= to || count > limit {
                break;
            }
            let within = |start: u32, end: u32| start >= from && end <= to;
            match token.kind {
                Kind::Word if last > token.start => {}
                Kind::Word => {
                    count += usize::from(within(token.start, token.end));
                    last = token.end;
                }
                Kind::Run => {
                    let cut_here = || {
                        let mut out = Vec::new();
                        cut(&self.text[token.start as usize..token.end as usize], token.start, &mut out);
                        out
                    };
                    count += run.get_or_init(cut_here).iter().filter(|u| within(u.start, u.end)).count();
                }
                Kind::Symbol => {}
            }
        }
        count.min(limit + 1)
    }
}

fn cut(run: &str, start: u32, out: &mut Vec<Unit>) {
    let mut from = 0;
    for to in SEGMENTER.segment_str(run) {
        if run[from..to].contains(char::is_alphanumeric) {
            out.push(Unit { start: start + from as u32, end: start + to as u32, unspaced: true });
        }
        from = to;
    }
}

#[cfg(test)]
mod tests {
    use super::super::token::{Dots, read};
    use super::*;

    #[test]
    fn words_are_counted_in_every_script() {
        for (text, count) in [
            ("Pompeo met «Lavrov», 👍 twice", 4),
            ("北海道で地震、津波の心配なし", 7),
            ("เกิดน้ำท่วมใหญ่", 4),
            ("\u{FDFA}", 1),
            ("", 0),
        ] {
            let units = units(text, &read(text, Dots::Plain));
            assert_eq!(units.len(), count, "{text}: {units:?}");
            assert!(units.windows(2).all(|w| w[0].end <= w[1].start));
        }
    }

    proptest::proptest! {
        #[test]
        fn words_between_are_counted_without_cutting_all(
            text in "[a-c .,国会議員กาน\u{FDFA}👍]{0,30}", from in 0u32..60, length in 0u32..60, limit in 0usize..8,
        ) {
            let (tokens, to) = (read(&text, Dots::Plain), from + length);
            let all = units(&text, &tokens).iter().filter(|u| u.start >= from && u.end <= to).count();
            let counter = Counter::new(&text, tokens);
            proptest::prop_assert_eq!(counter.between(from, to, limit), all.min(limit + 1));
        }
    }
}
