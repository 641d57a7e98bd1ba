//! What a compiled watchlist finds in one text.

use std::collections::HashMap;

use crate::text::affix::readings;
use crate::text::border::Weigher;
use crate::text::language::Language;
use crate::text::token::{self, Dots, Kind, Token, Tokens};

use super::gap;
use super::index::{Anchor, Index};
use super::memo::Memo;
use super::pattern::{Pattern, Piece, Scope};
use super::query::Globs;
use super::room::Room;
use super::sift::{Wanted, clues, sift};

/// A pattern found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Raw {
    /// Which.
    pub pattern: u32,
    /// First byte in the text.
    pub start: u32,
    /// The byte after its last.
    pub end: u32,
    /// A prefix or ending had to be taken off.
    pub affix: bool,
}

/// Raw hits after which the hits of each pattern are counted, so that a text that repeats a term for megabytes costs no
/// memory: see [`EACH_LIMIT`].
const MANY: usize = 20_000;

/// Hits of one pattern that are kept in such a text.
const EACH_LIMIT: u32 = 2 * super::HITS_LIMIT as u32;

/// One text being searched.
pub struct Search<'s> {
    patterns: &'s [Pattern],
    index: &'s Index,
    text: &'s str,
    language: Language,
    dots: Dots,
    /// The text as it was read, and what is found.
    room: Room,
    /// What the index has of the tokens is known already.
    sifted: bool,
    /// Words are read without their affixes too; a stem is looked for as it is.
    affixes: bool,
    /// Hits of each pattern, once there are [`MANY`].
    counts: HashMap<u32, u32>,
    /// The run that was last weighed or traced.
    run: Option<OpenRun>,
}

/// What is known about a token: its place among the tokens, and where its characters come from.
struct OpenRun {
    token: usize,
    /// It stands in the text as it is folded, so that each place is where it is.
    same: bool,
    places: Vec<(u32, u32)>,
}

/// How a piece stands in a token.
#[derive(Debug, Clone, Copy)]
struct Stand {
    /// Bytes of the folded token before it.
    front: usize,
    /// Bytes behind it.
    back: usize,
    affix: bool,
}

impl<'s> Search<'s> {
    /// Reads all of the text: what [`Search::sifted`] is held to.
    #[cfg(test)]
    pub fn new(patterns: &'s [Pattern], index: &'s Index, text: &'s str, language: Language) -> Self {
        let dots = if language.turkic { Dots::Turkic } else { Dots::Plain };
        let room = Room { tokens: token::read(text, dots), ..Room::default() };
        Self::of((patterns, index), text, language, room)
    }

    /// Reads no more of the text than something may come of.
    pub fn sifted(
        patterns: &'s [Pattern],
        wanted: Wanted<'s>,
        memo: &Memo,
        text: &'s str,
        language: Language,
        mut room: Room,
    ) -> Self {
        let dots = if language.turkic { Dots::Turkic } else { Dots::Plain };
        sift(wanted, memo, text, language, dots, &mut room);
        Self { sifted: true, ..Self::of((patterns, wanted.index), text, language, room) }
    }

    /// Looks for stems, in a text whose words are stemmed.
    pub fn for_stems(
        patterns: &'s [Pattern],
        index: &'s Index,
        (text, stemmed): (&'s str, Tokens),
        language: Language,
    ) -> Self {
        let room = Room { tokens: stemmed, ..Room::default() };
        Self { affixes: false, ..Self::of((patterns, index), text, language, room) }
    }

    fn of((patterns, index): (&'s [Pattern], &'s Index), text: &'s str, language: Language, mut room: Room) -> Self {
        room.raws.clear();
        Self {
            patterns,
            index,
            text,
            language,
            dots: if language.turkic { Dots::Turkic } else { Dots::Plain },
            room,
            sifted: false,
            affixes: true,
            counts: HashMap::new(),
            run: None,
        }
    }

    /// The text as it was read.
    pub fn tokens(&self) -> &Tokens {
        &self.room.tokens
    }

    /// The same, with all else that may be used again.
    pub fn into_room(self) -> Room {
        self.room
    }

    /// All hits, of each pattern in order of their start.
    pub fn run(&mut self) -> &[Raw] {
        let tokens = std::mem::take(&mut self.room.tokens);
        let mut found = std::mem::take(&mut self.room.clues);
        let mut weigher = Weigher::new(&tokens.folded, std::mem::take(&mut self.room.border));
        if !self.sifted {
            clues(self.index, &Globs::default(), (self.text, &tokens), 0, self.language, self.affixes, &mut found);
        }
        for clue in &found {
            let at = clue.token as usize;
            let token = &tokens.list[at];
            for anchor in self.index.list(clue.anchors) {
                if !clue.other && self.index.word(anchor).is_some_and(|word| word == tokens.form(token)) {
                    self.keep(Raw { pattern: anchor.pattern, start: token.start, end: token.end, affix: false });
                } else {
                    self.verify(&tokens, *anchor, at, clue.from as usize, &mut weigher);
                }
            }
        }
        self.room.border = weigher.into_memory();
        (self.room.tokens, self.room.clues) = (tokens, found);
        self.sorted()
    }

    /// What was kept, in order and nothing twice.
    fn sorted(&mut self) -> &[Raw] {
        let out = &mut self.room.raws;
        out.sort_unstable();
        out.dedup_by_key(|r| (r.pattern, r.start, r.end));
        out
    }

    /// Whether the pattern stands here with this piece at this token (of a single unspaced piece: from this byte of it).
    fn verify(&mut self, tokens: &Tokens, anchor: Anchor, at: usize, from: usize, weigher: &mut Weigher<'_>) {
        let pattern = &self.patterns[anchor.pattern as usize];
        let scope = if self.language.turkic { Scope::Turkic } else { Scope::Plain };
        if pattern.scope != Scope::Any && pattern.scope != scope {
            return;
        }
        if self.counts.get(&anchor.pattern).is_some_and(|n| *n > EACH_LIMIT) {
            return;
        }
        let Some(first) = at.checked_sub(anchor.piece as usize) else { return };
        let count = pattern.pieces.len();
        if first + count > tokens.list.len() {
            return;
        }
        let (mut affix, mut front, mut back) = (false, 0, 0);
        for (i, piece) in pattern.pieces.iter().enumerate() {
            let token = &tokens.list[first + i];
            if token.kind != piece.kind {
                return;
            }
            let (is_first, is_last) = (i == 0, i + 1 == count);
            let stand = match piece.kind {
                Kind::Run if count == 1 => self.single(tokens, first, piece, from, weigher),
                Kind::Run => self.edge_run(tokens, first + i, piece, (is_first, is_last), weigher),
                Kind::Word | Kind::Symbol => self.whole(tokens, token, piece, is_first, is_last),
            };
            let Some(stand) = stand else { return };
            affix |= stand.affix;
            front = if is_first { stand.front } else { front };
            back = stand.back;
            if !is_first {
                let gap = &self.text
                    [tokens.list[first + i - 1].end as usize..token.start.max(tokens.list[first + i - 1].end) as usize];
                let (signs, ends) = pattern.gap(i);
                if !gap::crosses(gap, tokens.form(&tokens.list[first + i - 1]), signs, ends) {
                    return;
                }
            }
        }
        let start = self.start(tokens, first, front);
        let end = self.end(tokens, first + count - 1, back);
        let Some(start) = gap::precedes(&self.text[..start], pattern.gap(0).0) else { return };
        let Some(more) = gap::follows(&self.text[end..], pattern.gap(count).0) else { return };
        self.keep(Raw { pattern: anchor.pattern, start: start as u32, end: (end + more) as u32, affix });
    }

    fn keep(&mut self, raw: Raw) {
        if self.room.raws.len() >= MANY {
            if self.counts.is_empty() {
                for r in &self.room.raws {
                    *self.counts.entry(r.pattern).or_default() += 1;
                }
            }
            let count = self.counts.entry(raw.pattern).or_default();
            *count += 1;
            if *count > EACH_LIMIT {
                return;
            }
        }
        self.room.raws.push(raw);
    }

    /// A word as it stands, else by another reading of it: without a prefix at the head of a phrase, without an ending at its end.
    fn whole(&self, tokens: &Tokens, token: &Token, piece: &Piece, is_first: bool, is_last: bool) -> Option<Stand> {
        let form = tokens.form(token);
        if form == &*piece.form {
            return Some(Stand { front: 0, back: 0, affix: false });
        }
        if piece.kind == Kind::Symbol || !self.affixes {
            return None;
        }
        let mut found: Option<Stand> = None;
        let original = &self.text[token.start as usize..token.end as usize];
        readings(form, original, token, self.language, &mut |r| {
            let fits = r.form == &*piece.form
                && (r.front == 0 || is_first)
                && (r.back == 0 || is_last)
                && !(r.short && is_last);
            if fits && found.is_none_or(|f| f.affix && !r.affix) {
                found = Some(Stand { front: r.front, back: r.back, affix: r.affix });
            }
        });
        found
    }

    /// A term that is one unspaced piece, from this byte of a run.
    fn single(
        &mut self,
        tokens: &Tokens,
        at: usize,
        piece: &Piece,
        from: usize,
        weigher: &mut Weigher<'_>,
    ) -> Option<Stand> {
        let form = tokens.form(&tokens.list[at]);
        if !form[from..].starts_with(&*piece.form) {
            return None;
        }
        let to = long(form, from + piece.form.len(), piece);
        let stands = self.weigh(tokens, at, from, to, weigher);
        stands.then_some(Stand { front: from, back: form.len() - to, affix: false })
    }

    /// An unspaced piece of a longer term: it ends with its run where more follows, and begins with it where more precedes.
    fn edge_run(
        &mut self,
        tokens: &Tokens,
        at: usize,
        piece: &Piece,
        (is_first, is_last): (bool, bool),
        weigher: &mut Weigher<'_>,
    ) -> Option<Stand> {
        let form = tokens.form(&tokens.list[at]);
        let from = if is_first {
            let bare = if piece.long { form.strip_suffix('ー').unwrap_or(form) } else { form };
            bare.strip_suffix(&*piece.form)?.len()
        } else if form.starts_with(&*piece.form) {
            0
        } else {
            return None;
        };
        let to = long(form, from + piece.form.len(), piece);
        if !is_last && to != form.len() {
            return None;
        }
        let stands = self.weigh(tokens, at, from, to, weigher);
        stands.then_some(Stand { front: from, back: form.len() - to, affix: false })
    }

    fn weigh(&mut self, tokens: &Tokens, at: usize, from: usize, to: usize, weigher: &mut Weigher<'_>) -> bool {
        let token = &tokens.list[at];
        let (first, run) = (token.from as usize, token.from as usize..token.to as usize);
        let open = self.open(tokens, at, from, to);
        weigher.stands(run, first + from, first + to, open)
    }

    /// Which edges of a candidate must be weighed: not those where a zero-width space stands.
    fn open(&mut self, tokens: &Tokens, at: usize, from: usize, to: usize) -> (bool, bool) {
        let token = &tokens.list[at];
        let back = (token.to - token.from) as usize - to;
        let start = self.start(tokens, at, from);
        let end = self.end(tokens, at, back);
        (!self.text[..start].ends_with('\u{200B}'), !self.text[end..].starts_with('\u{200B}'))
    }

    /// Where the part of a token begins in the text that has `front` folded bytes before it.
    fn start(&mut self, tokens: &Tokens, at: usize, front: usize) -> usize {
        let token = &tokens.list[at];
        if front == 0 {
            return token.start as usize;
        }
        let Some(places) = self.places(tokens, at) else { return token.start as usize + front };
        let i = places.partition_point(|(folded, _)| *folded as usize <= front);
        i.checked_sub(1).map_or(token.start, |i| token.start + places[i].1) as usize
    }

    /// Where the part of a token ends in the text that has `back` folded bytes behind it.
    fn end(&mut self, tokens: &Tokens, at: usize, back: usize) -> usize {
        let token = &tokens.list[at];
        if back == 0 {
            return token.end as usize;
        }
        let to = (token.to - token.from) as usize - back;
        let Some(places) = self.places(tokens, at) else { return token.start as usize + to };
        let i = places.partition_point(|(folded, _)| (*folded as usize) < to);
        let end = places.get(i).map_or(token.end, |(_, original)| token.start + original) as usize;
        // Controls between the part and what follows it belong to neither.
        let part = &self.text[token.start as usize..end];
        token.start as usize + part.trim_end_matches(is_control).len()
    }

    /// Where the characters of a token come from, `None` where each stands in its own place; kept for the token last asked
    /// about, since runs are asked about often.
    fn places(&mut self, tokens: &Tokens, at: usize) -> Option<&[(u32, u32)]> {
        if self.run.as_ref().is_none_or(|r| r.token != at) {
            let token = &tokens.list[at];
            let (form, original) = (tokens.form(token), &self.text[token.start as usize..token.end as usize]);
            let same = form == original;
            let (folded, places) = if same { Default::default() } else { token::trace(original, self.dots) };
            // One character that stands for several words cannot be cut.
            let places = if folded == form { places } else { Vec::new() };
            self.run = Some(OpenRun { token: at, same, places });
        }
        self.run.as_ref().filter(|r| !r.same).map(|r| &*r.places)
    }
}

/// The end of a candidate with the long vowel mark that may follow it.
fn long(form: &str, to: usize, piece: &Piece) -> usize {
    if piece.long && form[to..].starts_with('ー') { to + 'ー'.len_utf8() } else { to }
}

fn is_control(c: char) -> bool {
    use crate::text::fold::{Class, row};
    matches!(row(c).class, Class::Ignorable | Class::ZeroWidthSpace)
}

#[cfg(test)]
mod tests;
