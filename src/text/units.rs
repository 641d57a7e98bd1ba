//! The words of a text one by one, also those of scripts without spaces: for distances between words, and for what
//! is asked about each word.
//!
//! Runs without spaces are cut by the dictionary segmenter. Its cuts are not always a reader's (see [`border`](super::border)),
//! but they count words well enough, and no candidate is judged by them alone.

use std::cell::{Cell, OnceCell};
use std::sync::LazyLock;

use icu_segmenter::{WordSegmenter, WordSegmenterBorrowed};

use super::token::{Dots, Kind, Token, Tokens, read, read_part};

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
}

/// The words of a text in its order; emoji and signs are none. What [`Counter`] is held to.
#[cfg(test)]
fn units(text: &str, tokens: &Tokens) -> Vec<Unit> {
    let mut out: Vec<Unit> = Vec::with_capacity(tokens.list.len());
    for token in &tokens.list {
        match token.kind {
            // One character may stand for several words; they are read as one.
            Kind::Word if out.last().is_some_and(|last| last.end > token.start) => {}
            Kind::Word => out.push(Unit { start: token.start, end: token.end }),
            Kind::Run => cut(&text[token.start as usize..token.end as usize], token.start, &mut out),
            Kind::Symbol => {}
        }
    }
    out
}

/// The words of a text, read around the places that somebody asks about; the whole text once that would be less.
#[derive(Debug)]
pub struct Counter<'t> {
    text: &'t str,
    dots: Dots,
    /// Bytes that may still be read in pieces.
    left: Cell<usize>,
    whole: OnceCell<Whole>,
}

/// All tokens of a text, of which runs are cut only where somebody asks.
#[derive(Debug)]
struct Whole {
    tokens: Tokens,
    runs: Vec<OnceCell<Vec<Unit>>>,
}

/// Bytes that are read at once, up to the next blank.
const PIECE: usize = 96;

/// Words being counted.
struct Count {
    from: u32,
    to: u32,
    limit: usize,
    count: usize,
    /// Where the last word ended: one character may stand for several words, which are read as one.
    last: u32,
}

impl Count {
    /// Takes in the next token; `run` tells the words of a run. Says whether there may be more.
    fn take(&mut self, token: &Token, run: impl FnOnce(&mut dyn FnMut(&[Unit]))) -> bool {
        if token.start >= self.to || self.count > self.limit {
            return false;
        }
        let (from, to) = (self.from, self.to);
        let within = |start: u32, end: u32| start >= from && end <= to;
        match token.kind {
            Kind::Word if self.last > token.start => {}
            Kind::Word => {
                self.count += usize::from(within(token.start, token.end));
                self.last = token.end;
            }
            // What ends before is not cut.
            Kind::Run if token.end <= from => {}
            Kind::Run => run(&mut |units| self.count += units.iter().filter(|u| within(u.start, u.end)).count()),
            Kind::Symbol => {}
        }
        true
    }
}

impl<'t> Counter<'t> {
    /// Of a text.
    pub fn new(text: &'t str, dots: Dots) -> Self {
        Self { text, dots, left: Cell::new(text.len()), whole: OnceCell::new() }
    }

    /// How many of the units stand wholly between two places; what is more than `limit` is one more.
    pub fn between(&self, from: u32, to: u32, limit: usize) -> usize {
        let mut count = Count { from, to, limit, count: 0, last: 0 };
        if self.whole.get().is_some() || !self.in_pieces(&mut count) {
            count = Count { count: 0, last: 0, ..count };
            self.in_whole(&mut count);
        }
        count.count.min(limit + 1)
    }

    /// Reads from the last blank before the first place on; whether enough could be read.
    fn in_pieces(&self, count: &mut Count) -> bool {
        // A blank parts words whatever stands around it.
        let blank = |b: &u8| b.is_ascii_whitespace();
        let bytes = self.text.as_bytes();
        let first = (count.from as usize).min(bytes.len());
        let mut at = bytes[..first].iter().rposition(blank).map_or(0, |i| i + 1);
        let mut tokens = Tokens::default();
        while at < bytes.len() {
            let least = (first.max(at) + PIECE).min(bytes.len());
            let end = bytes[least..].iter().position(blank).map_or(bytes.len(), |i| least + i);
            let Some(left) = self.left.get().checked_sub(end - at) else { return false };
            self.left.set(left);
            tokens.list.clear();
            tokens.folded.clear();
            read_part(self.text, at, end, self.dots, &mut tokens);
            for token in &tokens.list {
                let more = count.take(token, |tell| tell(&self.cut(token)));
                if !more {
                    return true;
                }
            }
            at = end;
        }
        true
    }

    fn in_whole(&self, count: &mut Count) {
        let whole = self.whole.get_or_init(|| {
            let tokens = read(self.text, self.dots);
            Whole { runs: vec![OnceCell::new(); tokens.list.len()], tokens }
        });
        let first = whole.tokens.list.partition_point(|t| t.end <= count.from);
        for (token, run) in whole.tokens.list[first..].iter().zip(&whole.runs[first..]) {
            if !count.take(token, |tell| tell(run.get_or_init(|| self.cut(token)))) {
                break;
            }
        }
    }

    fn cut(&self, token: &Token) -> Vec<Unit> {
        let mut out = Vec::new();
        cut(&self.text[token.start as usize..token.end as usize], token.start, &mut out);
        out
    }
}

/// Adds the words of a run without spaces that begins at this byte of its text.
pub fn cut(run: &str, start: u32, out: &mut Vec<Unit>) {
    let mut from = 0;
    for to in SEGMENTER.segment_str(run) {
        if run[from..to].contains(char::is_alphanumeric) {
            out.push(Unit { start: start + from as u32, end: start + to as u32 });
        }
        from = to;
    }
}

#[cfg(test)]
mod tests {
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
            text in "([a-c., \n]{0,40}|[国会議員กาน]{1,9}|\u{FDFA}|👍|1\u{A0}000|[a-c]{100}){0,12}",
            asked in proptest::collection::vec((0u32..300, 0u32..300, 0usize..8), 1..6),
        ) {
            let all = units(&text, &read(&text, Dots::Plain));
            let counter = Counter::new(&text, Dots::Plain);
            for (from, length, limit) in asked {
                let to = from + length;
                let count = all.iter().filter(|u| u.start >= from && u.end <= to).count();
                proptest::prop_assert_eq!(counter.between(from, to, limit), count.min(limit + 1));
            }
        }
    }
}
