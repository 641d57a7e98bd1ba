//! The parts of a text of which something may come, read; the rest is passed over.
//!
//! A word that no pattern is found by is not read at all where that can be told by its bytes: a word of plain ASCII by its
//! hash, any other by the [`Memo`] of words that were read before, and found to be nothing to terms, stems and names. Where a pattern may begin, its neighbours are
//! read too, as many as it has words.
//!
//! What is found in the index on the way is handed on as [`Clue`]s, so that nothing is looked up twice.

use crate::text::affix::readings;
use crate::text::fold::{Class, row};
use crate::text::language::Language;
use crate::text::token::parts::{Part, PartKind, Parts, has_digit};
use crate::text::token::{self, Dots, Hash, Kind, Token, Tokens, scripts};

use super::called::Called;
use super::index::{Anchors, Index, Last};
use super::memo::{Known, Memo};
use super::query::Globs;
use super::room::Room;
use super::stem::Compiled;

/// Patterns that may be where a token is.
#[derive(Debug, Clone, Copy)]
pub struct Clue {
    /// The place of the token.
    pub token: u32,
    /// The byte of its form where the patterns' piece is, which is not zero but in runs.
    pub from: u32,
    /// It is another reading of the token that they have in common.
    pub other: bool,
    /// They themselves, in the index that was asked.
    pub anchors: Anchors,
}

/// What the index has of the tokens from `first` on; without their other readings where `affixes` are not wanted. Says whether a
/// word with wildcards may be among them.
pub fn clues(
    index: &Index,
    globs: &Globs,
    (text, tokens): (&str, &Tokens),
    first: usize,
    language: Language,
    affixes: bool,
    out: &mut Vec<Clue>,
) -> bool {
    let (mut wild, mut runs) = (false, 0);
    for (at, token) in tokens.list.iter().enumerate().skip(first) {
        let form = tokens.form(token);
        let mut add = |from: usize, other: bool, anchors: Anchors| {
            if !anchors.is_empty() {
                out.push(Clue { token: at as u32, from: from as u32, other, anchors });
            }
        };
        match token.kind {
            Kind::Word => {
                add(0, false, index.anchors(token.hash));
                wild = wild || globs.may_begin(form);
                // Words of plain Latin letters, which most are, have no other reading.
                if affixes && token.scripts & !scripts::LATIN != 0 {
                    let original = &text[token.start as usize..token.end as usize];
                    readings(form, original, token, language, &mut |reading| {
                        add(0, true, index.anchors(Hash::of(reading.form)));
                        wild = wild || globs.may_begin(reading.form);
                    });
                }
            }
            Kind::Symbol => add(0, true, index.anchors(token.hash)),
            Kind::Run => {
                index.keys_in(form, |from, anchors| add(from, true, anchors));
                runs += 1;
                // One may reach from run to run.
                wild = wild || globs.has_unspaced() && (runs > 1 || globs.may_stand(form));
            }
        }
    }
    wild
}

/// How many parts before and behind one must be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reach {
    before: usize,
    behind: usize,
}

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'s> {
    /// Terms, and words of queries.
    pub index: &'s Index,
    /// Words with wildcards.
    pub globs: &'s Globs,
    /// Names; nothing where there are none.
    pub called: Option<&'s Called>,
    /// Terms by their stems, in the language of the text.
    pub stems: Option<&'s Compiled>,
}

/// How far the patterns of these clues reach.
pub fn reach(index: &Index, clues: &[Clue]) -> Reach {
    let anchors = clues.iter().flat_map(|clue| index.list(clue.anchors));
    anchors.fold(Reach::default(), |all, anchor| {
        all.max(Reach { before: anchor.piece.into(), behind: anchor.rest.into() })
    })
}

impl Reach {
    fn max(self, other: Self) -> Self {
        Self { before: self.before.max(other.before), behind: self.behind.max(other.behind) }
    }
}

/// One text being sifted.
struct Sift<'s> {
    wanted: Wanted<'s>,
    text: &'s str,
    language: Language,
    dots: Dots,
    out: Tokens,
    clues: Vec<Clue>,
    /// Where each part begins that has a token.
    starts: Vec<u32>,
    /// Parts that are read, whatever is in them.
    owed: usize,
    /// What was read.
    stretches: Vec<Stretch>,
}

/// Neighbours that were read.
#[derive(Debug, Clone, Copy)]
pub struct Stretch {
    /// The number of its first part.
    first: usize,
    /// The number of the part behind its last.
    until: usize,
    /// The place of its first token.
    token: usize,
}

/// How much there was.
#[derive(Clone, Copy)]
struct Mark {
    tokens: usize,
    folded: usize,
    clues: usize,
    stretches: usize,
}

/// Reads what is to be read of a text, into this room. Between parts that are not neighbours stands a token that is nothing.
pub fn sift<'s>(wanted: Wanted<'s>, memo: &Memo, text: &'s str, language: Language, dots: Dots, room: &mut Room) {
    let (mut out, mut clues) = (std::mem::take(&mut room.tokens), std::mem::take(&mut room.clues));
    let (mut starts, mut stretches) = (std::mem::take(&mut room.starts), std::mem::take(&mut room.stretches));
    out.list.clear();
    out.folded.clear();
    clues.clear();
    starts.clear();
    stretches.clear();
    let mut sift = Sift { wanted, text, language, dots, out, clues, starts, owed: 0, stretches };
    let stemming = wanted.stems.map_or(0, |_| language.stemming.number() as u64 + 1);
    let kind = u64::from(language.turkic)
        | u64::from(language.arabic_clitics) << 1
        | u64::from(language.is_unknown()) << 2
        | stemming << 3;
    // A word of ASCII is known by its hash, but by its stem and as a name only when it was read.
    let (stems, names) = (wanted.stems.is_some(), wanted.called.is_some_and(Called::is_for_ascii));
    let mut parts = Parts::new(text, dots);
    while let Some(part) = parts.next_part() {
        match part.kind {
            PartKind::Letters | PartKind::Pointed | PartKind::Short => {
                let numbers = parts.numbers(&part);
                let plain = numbers.is_ascii() && part.kind != PartKind::Short && !stems;
                if plain && (dots != Dots::Turkic || !numbers.has_capital_i()) {
                    let hash = numbers.small();
                    let anchors = wanted.index.anchors(hash);
                    if !anchors.is_empty() || sift.owed > 0 {
                        sift.plain(part, hash, anchors);
                        continue;
                    }
                    let (first, second) = numbers.first();
                    if !names && !wanted.globs.may_begin_plain(first, second) {
                        sift.starts.push(part.start as u32);
                        continue;
                    }
                }
                let known = memo.known(&numbers, kind);
                if sift.owed == 0 && memo.is_idle(known) {
                    sift.starts.push(part.start as u32);
                    continue;
                }
                sift.unknown(&mut parts, part, (memo, known));
            }
            PartKind::Run(class) => sift.unspaced(&mut parts, part.start, class),
            PartKind::Other => sift.other(part),
        }
    }
    (room.tokens, room.clues, room.starts, room.stretches) = (sift.out, sift.clues, sift.starts, sift.stretches);
}

impl<'s> Sift<'s> {
    /// A word of plain ASCII letters.
    fn plain(&mut self, part: Part, hash: Hash, anchors: Anchors) {
        let mark = self.ready(part.start);
        let from = self.out.folded.len();
        self.out.folded.push_str(&self.text[part.start..part.end]);
        self.out.folded[from..].make_ascii_lowercase();
        if !anchors.is_empty() {
            self.clues.push(Clue { token: self.out.list.len() as u32, from: 0, other: false, anchors });
        }
        self.push(part, Kind::Word, from, hash);
        self.settle(part.start, mark, Reach::default());
    }

    /// A run of letters of a script without spaces.
    #[inline(never)]
    fn unspaced(&mut self, parts: &mut Parts<'_>, start: usize, class: Class) {
        let mark = self.ready(start);
        let token = self.out.list.len() as u32;
        let (index, clues, mut last, mut at) = (self.wanted.index, &mut self.clues, Last::default(), 0);
        let part = parts.run(start, class, |c| {
            index.step(&mut last, c, |count, anchors| {
                // Each letter has three bytes here. As hashes may meet, a key may be longer than what there is.
                let from = (at + 3_u32).checked_sub(3 * count as u32);
                clues.extend(from.map(|from| Clue { token, from, other: true, anchors }));
            });
            at += 3;
        });
        if part.kind != PartKind::Run(class) {
            self.clues.truncate(mark.clues);
            self.back(mark);
            return self.other(part);
        }
        // No stem is looked for by what stands in a run.
        let wild = || self.wanted.globs.has_unspaced() && self.may_be_wild(part);
        let name = || self.wanted.called.is_some_and(|c| !c.is_run_nothing(&self.text[part.start..part.end]));
        if self.clues.len() > mark.clues || self.owed > 0 || wild() || name() {
            let from = self.out.folded.len();
            self.out.folded.push_str(&self.text[part.start..part.end]);
            self.push(part, Kind::Run, from, Hash::EMPTY);
            self.settle(start, mark, Reach::default());
        } else {
            self.back(mark);
            self.starts.push(start as u32);
        }
    }

    /// Whether a word with wildcards may be in this run, or reach over one of its ends.
    fn may_be_wild(&self, part: Part) -> bool {
        let unspaced = |c: Option<char>| c.is_some_and(|c| row(c).class.is_unspaced());
        unspaced(self.text[..part.start].chars().next_back())
            || unspaced(self.text[part.end..].chars().next())
            || self.wanted.globs.may_stand(&self.text[part.start..part.end])
    }

    /// Puts a token behind the others whose form begins here.
    fn push(&mut self, part: Part, kind: Kind, from: usize, hash: Hash) {
        let scripts = if kind == Kind::Word { scripts::LATIN } else { 0 };
        let (from, to) = (from as u32, self.out.folded.len() as u32);
        let (start, end) = (part.start as u32, part.end as u32);
        self.out.list.push(Token { kind, scripts, start, end, from, to, hash });
    }

    /// A part with few bytes that may have to be read.
    #[inline(never)]
    fn unknown(&mut self, parts: &mut Parts<'_>, part: Part, (memo, known): (&Memo, Known)) {
        let mark = self.ready(part.start);
        let first = self.out.list.len();
        if parts.read_word(&part, &mut self.out) {
            if self.judged(part, mark, first) {
                memo.keep(known);
            }
            return;
        }
        let digits = has_digit(&self.text[part.start..part.end]);
        let part = if part.kind == PartKind::Pointed && digits { parts.widened(part.start) } else { part };
        self.read(part.start, part.end);
        if self.judged(part, mark, first) && !digits {
            memo.keep(known);
        }
    }

    /// A part that must be read.
    fn other(&mut self, part: Part) {
        let mark = self.ready(part.start);
        let first = self.out.list.len();
        self.read(part.start, part.end);
        self.judged(part, mark, first);
    }

    /// Makes ready to read a part; says how much was there before.
    fn ready(&mut self, start: usize) -> Mark {
        let mark = self.mark();
        if !self.follows() {
            self.begin(self.starts.len(), start);
        }
        mark
    }

    /// Looks up what a part holds, whose tokens are those from `first` on. Says whether nothing can come of it and it has a word.
    fn judged(&mut self, part: Part, mark: Mark, first: usize) -> bool {
        if self.out.list.len() == first {
            self.back(mark);
            return false;
        }
        let wanted = self.wanted;
        let wild =
            clues(wanted.index, wanted.globs, (self.text, &self.out), first, self.language, true, &mut self.clues);
        let stems = wanted.stems.and_then(|s| s.reach(self.text, &self.out, first, self.language));
        let is_name = |called: &Called| self.out.list[first..].iter().any(|t| !called.is_nothing(self.text, t));
        let idle = self.clues.len() == mark.clues && !wild && stems.is_none() && !wanted.called.is_some_and(is_name);
        if idle && self.owed == 0 {
            self.back(mark);
            self.starts.push(part.start as u32);
        } else {
            self.settle(part.start, mark, stems.unwrap_or_default());
        }
        idle
    }

    /// Notes that the part that begins here was read, how many behind it must be, and reads what must be before it. What is new
    /// reaches as far as its clues, and at least so far.
    fn settle(&mut self, start: usize, mark: Mark, least: Reach) {
        let new = &self.clues[mark.clues..];
        let (reach, next) = (reach(self.wanted.index, new).max(least), self.starts.len());
        self.starts.push(start as u32);
        self.owed = self.owed.saturating_sub(1).max(reach.behind);
        if let Some(last) = self.stretches.last_mut() {
            last.until = next + 1;
        }
        if reach.before > 0 {
            self.reach_back(next.saturating_sub(reach.before));
        }
    }

    /// Lets the last stretch begin with this part.
    fn reach_back(&mut self, wanted: usize) {
        while let Some(last) = self.stretches.last().copied().filter(|last| last.first > wanted) {
            let before = self.stretches.len().checked_sub(2).map(|i| self.stretches[i]);
            let from = before.map_or(wanted, |before| before.until.max(wanted));
            let tokens = self.out.list.len();
            if from < last.first {
                self.read(self.starts[from] as usize, self.starts[last.first] as usize);
            }
            let more = self.out.list.len() - tokens;
            self.out.list[last.token..].rotate_right(more);
            self.shift(last.token, more as u32);
            self.stretches.pop();
            match self.stretches.last_mut() {
                // It meets the one before, and what parts them goes.
                Some(before) if before.until == from && from > wanted => {
                    before.until = last.until;
                    self.out.list.remove(last.token - 1);
                    self.shift(last.token, 1_u32.wrapping_neg());
                }
                _ => self.stretches.push(Stretch { first: from, ..last }),
            }
        }
    }

    /// Notes that tokens from here on are elsewhere.
    fn shift(&mut self, token: usize, by: u32) {
        let behind = self.clues.iter_mut().rev().take_while(|clue| clue.token as usize >= token);
        behind.for_each(|clue| clue.token = clue.token.wrapping_add(by));
    }

    fn mark(&self) -> Mark {
        Mark {
            tokens: self.out.list.len(),
            folded: self.out.folded.len(),
            clues: self.clues.len(),
            stretches: self.stretches.len(),
        }
    }

    /// Takes back what is not wanted.
    fn back(&mut self, mark: Mark) {
        self.out.list.truncate(mark.tokens);
        self.out.folded.truncate(mark.folded);
        self.stretches.truncate(mark.stretches);
    }

    /// Begins a stretch, behind a token that is nothing.
    fn begin(&mut self, part: usize, at: usize) {
        let (at, to) = (at as u32, self.out.folded.len() as u32);
        self.out.list.push(Token {
            kind: Kind::Symbol,
            scripts: 0,
            start: at,
            end: at,
            from: to,
            to,
            hash: Hash::EMPTY,
        });
        self.stretches.push(Stretch { first: part, until: part, token: self.out.list.len() });
    }

    fn read(&mut self, start: usize, end: usize) {
        token::read_part(self.text, start, end, self.dots, &mut self.out);
    }

    /// Whether the part before the next one was read.
    fn follows(&self) -> bool {
        self.stretches.last().is_some_and(|last| last.until == self.starts.len())
    }
}
