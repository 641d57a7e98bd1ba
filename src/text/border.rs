//! Whether a candidate in a script without spaces begins and ends where words do.
//!
//! The dictionary segmenter cuts greedily from the left and does not know names, so its cuts alone prove little. It is
//! asked what words begin at each place around the candidate, as if the candidate itself stood in its dictionary; then the
//! cheapest reading that has the candidate is weighed against the cheapest one that runs across one of its edges.
//! A tie is no hit: better to miss one than to cry wolf.

use std::ops::Range;
use std::sync::LazyLock;

use icu_segmenter::GraphemeClusterSegmenter;

use super::dictionary;
use super::fold::{self, Class};

/// Characters looked at on each side of a candidate; longer than all but a handful of dictionary words.
const WINDOW: usize = 16;

/// What a word costs.
const WORD: u32 = 10;
/// What a lone character costs that is no word anybody would expect alone.
const LONE: u32 = 13;
/// What a lone character costs that commonly stands before or behind words.
const PARTICLE: u32 = 6;
/// Characters of Katakana that must remain beside a term for the two to be a compound (ヘルシンキサミット), and of the term.
const KATAKANA_REST: usize = 3;
/// See [`KATAKANA_REST`].
const KATAKANA_TERM: usize = 4;
/// Clusters of each part of a compound of two long words, in the scripts of south-east Asia.
const LONG_PART: usize = 4;
/// A path that does not exist.
const NEVER: u32 = u32::MAX / 2;

/// Han characters that stand before a word as a prefix: size, age, rank, negation, and countries in headlines.
const BEFORE: &str =
    "大新前元副总總総老小非反超各本全両两兩同该該再未無无不対对對米日中美英法德韓韩露俄駐驻驻訪访赴在向和与與";
/// Han characters that stand behind one: people, places, languages, offices.
const BEHIND: &str = "人市省都県縣府州国國军軍党黨語语氏側侧方的者后後前内內外上下中等区區县县訪访";

/// Names that hold the name of another place, and that the dictionary lacks or takes for two words.
const NAMES: [&str; 29] = [
    "白俄罗斯",
    "印度尼西亚",
    "罗马尼亚",
    "马来西亚",
    "马里兰",
    "马里亚纳",
    "索马里兰",
    "南苏丹",
    "几内亚比绍",
    "赤道几内亚",
    "巴布亚新几内亚",
    "新罗马",
    "新墨西哥",
    "新英格兰",
    "新南威尔士",
    "白俄羅斯",
    "印度尼西亞",
    "羅馬尼亞",
    "馬來西亞",
    "馬里蘭",
    "馬里亞納",
    "索馬里蘭",
    "南蘇丹",
    "幾內亞比紹",
    "赤道幾內亞",
    "巴布亞新幾內亞",
    "新羅馬",
    "新英格蘭",
    "新南威爾斯",
];

/// The characters of [`NAMES`], sorted.
static NAMED: LazyLock<Vec<char>> = LazyLock::new(|| {
    let mut all: Vec<char> = NAMES.iter().flat_map(|n| n.chars()).collect();
    all.sort_unstable();
    all
});

/// "Country" in Thai, Lao and Khmer: it stands before the name of one, and dictionaries hold some such pairs as one word.
const COUNTRY: [&str; 3] = ["ประเทศ", "ປະເທດ", "ប្រទេស"];

/// The lone characters of [`BEFORE`] and [`BEHIND`], sorted.
static PARTICLES: LazyLock<Vec<char>> = LazyLock::new(|| {
    let mut all: Vec<char> = BEFORE.chars().chain(BEHIND.chars()).collect();
    all.sort_unstable();
    all
});

/// A bit for each of [`PARTICLES`], by its low bits.
static PARTICLE_BITS: LazyLock<[u64; 64]> = LazyLock::new(|| {
    let mut bits = [0; 64];
    PARTICLES.iter().for_each(|c| bits[*c as usize / 64 % 64] |= 1 << (*c as usize % 64));
    bits
});

/// Candidates weighed in one text. Beyond them every candidate counts: a text with so many is no article, and its
/// author must not decide how long it takes.
const WEIGHED: usize = 100_000;

/// Weighs the candidates of one folded text.
#[derive(Debug)]
pub struct Weigher<'a> {
    text: &'a str,
    weighed: usize,
    memory: Memory,
}

/// What a weigher leaves to the next, so that its memory is used again.
#[derive(Debug, Default)]
pub struct Memory {
    window: Window,
    asked: Asked,
}

/// A candidate and the part of its run that is looked at.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    from: usize,
    to: usize,
    /// The edges that are to be weighed, left and right.
    open: (bool, bool),
    left: usize,
    right: usize,
    /// Where the run ends.
    run_end: usize,
}

/// What may be read in the part of a run around a candidate. It is filled anew for each, in the same memory.
#[derive(Debug, Default)]
struct Window {
    /// Where its clusters begin, and where the last ends.
    nodes: Vec<usize>,
    /// What each cluster costs alone.
    lone: Vec<u32>,
    /// For each dictionary word of two clusters and more, in order of its beginning, the node where it ends.
    ends: Vec<usize>,
    /// The words that begin at node `i` are `ends[first[i]..first[i + 1]]`.
    first: Vec<usize>,
    /// The cheapest way to each node.
    cost: Vec<u32>,
}

impl<'a> Weigher<'a> {
    /// Nothing is looked up yet.
    pub fn new(folded: &'a str, memory: Memory) -> Self {
        Self { text: folded, weighed: 0, memory }
    }

    /// Its memory, for another text.
    pub fn into_memory(mut self) -> Memory {
        self.memory.asked.forget();
        self.memory
    }

    /// Whether `from..to` stands as a word or several within `run`, as far as its edges go. `open` says for the left and
    /// the right edge whether it is to be weighed at all (a border that the text shows needs none).
    pub fn stands(&mut self, run: Range<usize>, from: usize, to: usize, open: (bool, bool)) -> bool {
        let open = (open.0 && from > run.start, open.1 && to < run.end);
        if open == (false, false) {
            return true;
        }
        if open.1 && starts_inside_cluster(&self.text[to..]) || open.0 && leads(&self.text[..from]) {
            return false;
        }
        self.weighed += 1;
        if self.weighed > WEIGHED {
            return true;
        }
        let before = || self.text[run.start..from].char_indices().rev().nth(WINDOW - 1);
        let after = || self.text[to..run.end].char_indices().nth(WINDOW);
        let left = if open.0 { before().map_or(run.start, |(i, _)| run.start + i) } else { from };
        let right = if open.1 { after().map_or(run.end, |(i, _)| to + i) } else { to };
        self.weigh(Candidate { from, to, open, left, right, run_end: run.end })
    }

    fn weigh(&mut self, c: Candidate) -> bool {
        if let Some(decision) = self.katakana(c) {
            return decision;
        }
        if self.is_in_a_name(c) {
            return false;
        }
        self.is_apart(c) || self.outweighs(c)
    }

    /// The cheapest reading that has the candidate is cheaper than all that run across an edge.
    fn outweighs(&mut self, c: Candidate) -> bool {
        self.memory.window.fill(self.text, c, &mut self.memory.asked);
        let window = &mut self.memory.window;
        let (Ok(a), Ok(b)) = (window.nodes.binary_search(&c.from), window.nodes.binary_search(&c.to)) else {
            return false;
        };
        let holder = window.holder(a, b);
        if let Some(holder) = holder
            && !self.is_compound(a, b, holder)
        {
            return false;
        }
        let window = &mut self.memory.window;
        let last = window.nodes.len() - 1;
        let with =
            window.cheapest(0..a, None, None).saturating_add(WORD).saturating_add(window.cheapest(b..last, None, None));
        let across = [(c.open.0, a), (c.open.1, b)].into_iter().filter(|(open, _)| *open);
        let across = across.map(|(_, edge)| window.cheapest(0..last, Some(edge), holder)).min().unwrap_or(NEVER);
        // Three characters and more that are no word seldom come together by chance, so that they are a name.
        let candidate = &self.text[c.from..c.to];
        let is_name = is_han(candidate) && !window.words(a).contains(&b);
        let bonus = if is_name { candidate.chars().count().saturating_sub(2).min(2) as u32 * WORD } else { 0 };
        with < across.saturating_add(bonus)
    }

    /// No word of the dictionary runs across an edge, so that there is nothing to weigh the candidate against; most are so.
    fn is_apart(&mut self, c: Candidate) -> bool {
        let table = fold::Table::get();
        let text = self.text;
        let edges = [(c.open.0, c.from), (c.open.1, c.to)];
        let mut edges = edges.into_iter().filter(|(open, _)| *open).map(|(_, edge)| edge);
        let parts = |edge: usize| {
            let (before, behind) = (text[..edge].chars().next_back(), text[edge..].chars().next());
            before.is_some_and(|c| is_plain(c, table)) && behind.is_some_and(|c| is_plain(c, table) && !extends(c))
        };
        let start = c.left;
        edges.all(|edge| {
            // One that begins inside the candidate and runs across its left edge there is not.
            parts(edge)
                && text[start..edge].char_indices().rev().all(|(i, first)| {
                    let (from, class) = (start + i, table.row(first).class());
                    class == Class::Katakana || from + self.memory.asked.longest(text, from..c.run_end, class) <= edge
                })
        })
    }

    /// A Katakana run is one word unless both parts are long and begin as words can: `None` where no edge cuts one.
    fn katakana(&self, c: Candidate) -> Option<bool> {
        let is = |c: Option<char>| c.is_some_and(|c| fold::row(c).class == Class::Katakana);
        let (before, own, after) = (&self.text[c.left..c.from], &self.text[c.from..c.to], &self.text[c.to..c.right]);
        let cut_left = c.open.0 && is(before.chars().next_back()) && is(own.chars().next());
        let cut_right = c.open.1 && is(after.chars().next()) && is(own.chars().next_back());
        if !cut_left && !cut_right {
            return None;
        }
        let before = before.chars().rev().take_while(|c| is(Some(*c))).count();
        let behind = after.chars().take_while(|c| is(Some(*c))).count();
        let begins = |s: &str| !s.starts_with(['ー', 'ッ', 'ン', 'ァ', 'ィ', 'ゥ', 'ェ', 'ォ', 'ャ', 'ュ', 'ョ']);
        let left_fits = !cut_left || before >= KATAKANA_REST && begins(own);
        let right_fits = !cut_right || behind >= KATAKANA_REST && begins(after);
        Some(own.chars().count() >= KATAKANA_TERM && left_fits && right_fits)
    }

    /// The candidate is a part of one of [`NAMES`].
    fn is_in_a_name(&self, c: Candidate) -> bool {
        let own = &self.text[c.from..c.to];
        // Most candidates share no letter with them.
        let first = own.chars().next();
        if first.is_none_or(|c| NAMED.binary_search(&c).is_err()) {
            return false;
        }
        let mut holders = NAMES.iter().filter(|name| name.len() > own.len() && name.contains(own)).peekable();
        holders.peek().is_some()
            && holders.any(|name| {
                let window = &self.text[c.left..c.right];
                let (from, to) = (c.from - c.left, c.to - c.left);
                window.match_indices(name).any(|(i, _)| i <= from && to <= i + name.len())
            })
    }

    /// The candidate, from node `a` to `b`, is a part of a Han compound whose other parts are words too (選挙 in 大統領選挙),
    /// or a country.
    fn is_compound(&self, a: usize, b: usize, (start, end): (usize, usize)) -> bool {
        let window = &self.memory.window;
        let part = |from: usize, to: usize| &self.text[window.nodes[from]..window.nodes[to]];
        if end == b && COUNTRY.contains(&part(start, a)) {
            return true;
        }
        if !is_han(part(start, end)) {
            // A part that is long enough seldom makes another thing of its neighbour (ນະຄອນຫຼວງວຽງຈັນ, but แผ่นดินไหว).
            let long = |from: usize, to: usize| to - from >= LONG_PART && window.words(from).contains(&to);
            return long(a, b) && (start == a || long(start, a)) && (end == b || long(b, end));
        }
        if part(a, b).chars().count() < 2 {
            return false;
        }
        let is_word = |from: usize, to: usize, edge: &str| match to - from {
            0 => true,
            1 => edge.contains(part(from, to)),
            _ => window.words(from).contains(&to),
        };
        is_word(start, a, BEFORE) && is_word(b, end, BEHIND)
    }
}

impl Window {
    /// Reads the part of the text from `c.left` to `c.right`.
    fn fill(&mut self, text: &str, c: Candidate, asked: &mut Asked) {
        let run_end = c.run_end;
        self.nodes.clear();
        self.lone.clear();
        self.ends.clear();
        self.first.clear();
        let table = fold::Table::get();
        clusters(&text[c.left..c.right], table, |i| self.nodes.push(c.left + i));
        for i in 0..self.nodes.len() {
            self.first.push(self.ends.len());
            let from = self.nodes[i];
            let Some(&next) = self.nodes.get(i + 1) else { break };
            self.lone.push(if is_particle(&text[from..next]) { PARTICLE } else { LONE });
            let Some(first) = text[from..].chars().next() else { continue };
            let class = table.row(first).class();
            if class == Class::Katakana {
                // A run of Katakana is a word, whatever the dictionary has of it.
                let rest = text[from..run_end].char_indices().find(|(_, c)| table.row(*c).class() != Class::Katakana);
                let end = rest.map_or(run_end, |(i, _)| from + i);
                self.ends.extend(self.nodes.binary_search(&end));
                continue;
            }
            // A word is of two clusters at least, and ends with one. They come the shortest first.
            let mut node = i + 2;
            for end in asked.words(text, from..run_end, class) {
                while self.nodes.get(node).is_some_and(|n| n < end) {
                    node += 1;
                }
                if self.nodes.get(node) == Some(end) {
                    self.ends.push(node);
                }
            }
        }
        self.first.push(self.ends.len());
    }

    /// Where the words end that begin at a node.
    fn words(&self, node: usize) -> &[usize] {
        &self.ends[self.first[node]..self.first[node + 1]]
    }

    /// The longest dictionary word that the candidate lies in and does not fill; of equals the first.
    fn holder(&self, a: usize, b: usize) -> Option<(usize, usize)> {
        let mut best: Option<(usize, usize)> = None;
        for start in 0..=a {
            let Some(&end) = self.words(start).last().filter(|end| **end >= b) else { continue };
            let length = |from: usize, to: usize| self.nodes[to] - self.nodes[from];
            let longer = start < a || end > b;
            if longer && best.is_none_or(|(s, e)| length(start, end) > length(s, e)) {
                best = Some((start, end));
            }
        }
        best
    }

    /// The cost of the cheapest way from the first of these nodes to the one behind the last; with `not`, of one that
    /// does not stop there, and without the word `compound`.
    fn cheapest(&mut self, nodes: Range<usize>, not: Option<usize>, compound: Option<(usize, usize)>) -> u32 {
        if not.is_some_and(|n| n == nodes.start || n == nodes.end) {
            return NEVER;
        }
        self.cost.clear();
        self.cost.resize(nodes.len() + 1, NEVER);
        self.cost[0] = 0;
        for i in nodes.clone() {
            let here = self.cost[i - nodes.start];
            if here >= NEVER || Some(i) == not {
                continue;
            }
            let alone = &mut self.cost[i + 1 - nodes.start];
            *alone = (*alone).min(here + self.lone[i]);
            for end in &self.ends[self.first[i]..self.first[i + 1]] {
                if *end <= nodes.end && compound != Some((i, *end)) {
                    let there = &mut self.cost[end - nodes.start];
                    *there = (*there).min(here + WORD);
                }
            }
        }
        self.cost[nodes.len()]
    }
}

/// Answers of the dictionary, since the windows of neighbours overlap: for each place of the folded text its last answer that
/// fell to the same slot.
#[derive(Debug, Default)]
struct Asked {
    /// By the low bits of the place; none before the first question.
    slots: Vec<Answer>,
    /// There was one.
    any: bool,
    /// Where the words end that were asked for last.
    ends: Vec<usize>,
}

/// The words that begin at one place.
#[derive(Debug, Clone, Copy, Default)]
struct Answer {
    /// The place and one; zero for none.
    place: u32,
    count: u8,
    /// Bytes of each.
    lengths: [u8; WORDS_KEPT],
}

/// Words that are kept of one place; of a place that begins more, nothing is.
const WORDS_KEPT: usize = 11;

/// Places that are kept, a power of two: several windows.
const PLACES_KEPT: usize = 256;

impl Asked {
    /// Nothing is known of another text.
    fn forget(&mut self) {
        if self.any {
            self.slots.fill(Answer::default());
            self.any = false;
        }
    }

    /// Where the words of the dictionary end that begin with this part of the text, which reaches to the end of its run.
    fn words(&mut self, text: &str, part: Range<usize>, class: Class) -> &[usize] {
        if let Some(Answer { count, lengths, .. }) = self.answer(text, part.clone(), class).copied() {
            self.ends.clear();
            self.ends.extend(lengths[..usize::from(count)].iter().map(|l| part.start + usize::from(*l)));
        }
        &self.ends
    }

    /// The bytes of the longest of these words, zero where there is none.
    fn longest(&mut self, text: &str, part: Range<usize>, class: Class) -> usize {
        let start = part.start;
        match self.answer(text, part, class) {
            Some(answer) => answer.lengths[..usize::from(answer.count)].last().map_or(0, |l| usize::from(*l)),
            None => self.ends.last().map_or(0, |end| end - start),
        }
    }

    /// What is kept of a place; where that begins too many words, nothing, and they are in `ends`.
    #[inline]
    fn answer(&mut self, text: &str, part: Range<usize>, class: Class) -> Option<&Answer> {
        if self.slots.is_empty() {
            self.slots.resize(PLACES_KEPT, Answer::default());
        }
        let at = part.start % PLACES_KEPT;
        if self.slots[at].place as usize != part.start + 1 {
            self.ends.clear();
            dictionary::words(&text[part.clone()], class, |length| self.ends.push(part.start + length));
            if self.ends.len() > WORDS_KEPT {
                return None;
            }
            self.any = true;
            let slot = &mut self.slots[at];
            slot.place = part.start as u32 + 1;
            slot.count = self.ends.len() as u8;
            // The longest words are far shorter than 256 bytes.
            slot.lengths.iter_mut().zip(&self.ends).for_each(|(l, end)| *l = (end - part.start) as u8);
        }
        Some(&self.slots[at])
    }
}

/// Whether this cluster commonly stands alone before or behind words.
fn is_particle(cluster: &str) -> bool {
    // All of them are Han, from U+4E00 on.
    let mut chars = cluster.chars();
    match (chars.next(), chars.next()) {
        // Most are none, and a bit says so.
        (Some(c @ '一'..), None) => {
            PARTICLE_BITS[c as usize / 64 % 64] & 1 << (c as usize % 64) != 0 && PARTICLES.binary_search(&c).is_ok()
        }
        _ => false,
    }
}

/// Calls `node` where each grapheme cluster of this text begins, and at its end (UAX #29, rules GB9 and GB9a, which in
/// these scripts come down to marks; Khmer and Burmese, which stack their letters, are left to ICU).
fn clusters(text: &str, table: fold::Table, mut node: impl FnMut(usize)) {
    if !text.chars().all(|c| is_plain(c, table)) {
        return GraphemeClusterSegmenter::new().segment_str(text).for_each(node);
    }
    for (i, c) in text.char_indices() {
        if !extends(c) || i == 0 {
            node(i);
        }
    }
    node(text.len());
}

/// A letter of a script whose clusters are told by [`extends`].
fn is_plain(c: char, table: fold::Table) -> bool {
    use Class::{Han, Hiragana, Katakana, Lao, Thai};
    let class = table.row(c).class();
    matches!(class, Han | Hiragana | Katakana | Thai | Lao) && !('\u{FF9E}'..='\u{FF9F}').contains(&c)
}

/// Whether such a letter belongs to the cluster of the one before.
fn extends(c: char) -> bool {
    matches!(c, '\u{E31}' | '\u{E33}'..='\u{E3A}' | '\u{E47}'..='\u{E4E}' | '\u{EB1}' | '\u{EB3}'..='\u{EBC}'
        | '\u{EC8}'..='\u{ECE}' | '\u{3099}' | '\u{309A}')
}

fn is_han(s: &str) -> bool {
    s.chars().all(|c| fold::row(c).class == Class::Han)
}

/// Vowel signs and marks of south-east Asia that belong to the letter before them, and kana with which no word begins.
fn starts_inside_cluster(after: &str) -> bool {
    after.chars().next().is_some_and(|c| {
        matches!(c, 'ん' | 'ぁ' | 'ぃ' | 'ぅ' | 'ぇ' | 'ぉ' | 'ゃ' | 'ゅ' | 'ょ' | '\u{E30}'..='\u{E3A}' | '\u{E45}' | '\u{E47}'..='\u{E4E}' | '\u{EB0}'..='\u{EBC}' | '\u{EC8}'..='\u{ECE}'
            | '\u{102B}'..='\u{103E}' | '\u{1056}'..='\u{1059}' | '\u{17B6}'..='\u{17D3}' | '\u{17DD}' | '\u{3099}' | '\u{309A}')
    })
}

/// Thai and Lao vowels that are written before the letter they belong to, and stackers that take the next letter in.
fn leads(before: &str) -> bool {
    before
        .chars()
        .next_back()
        .is_some_and(|c| matches!(c, '\u{E40}'..='\u{E44}' | '\u{EC0}'..='\u{EC4}' | '\u{1039}' | '\u{17D2}'))
}

#[cfg(test)]
mod tests;
