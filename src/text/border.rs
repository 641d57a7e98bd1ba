//! Whether a candidate in a script without spaces begins and ends where words do.
//!
//! The dictionary segmenter cuts greedily from the left and does not know names, so its cuts alone prove little. It is
//! asked what words begin at each place around the candidate, as if the candidate itself stood in its dictionary; then the
//! cheapest reading that has the candidate is weighed against the cheapest one that runs across one of its edges.
//! A tie is no hit: better to miss one than to cry wolf.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use icu_segmenter::{GraphemeClusterSegmenter, WordSegmenter, WordSegmenterBorrowed};

use super::fold::{self, Class};

/// Characters looked at on each side of a candidate; longer than all but a handful of dictionary words.
const WINDOW: usize = 16;

/// Longest dictionary word asked for, in characters.
const LONGEST: usize = 20;

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
/// A path that does not exist.
const NEVER: u32 = u32::MAX / 2;

/// Han characters that stand before a word as a prefix: size, age, rank, negation, and countries in headlines.
const BEFORE: &str =
    "大新前元副总總総老小非反超各本全両两兩同该該再未無无不対对對米日中美英法德韓韩露俄駐驻驻訪访赴在向和与與";
/// Han characters that stand behind one: people, places, languages, offices.
const BEHIND: &str = "人市省都県縣府州国國军軍党黨語语氏側侧方的者后後前内內外上下中等区區县县訪访";

/// Names that hold the name of another place, and that the dictionary lacks or takes for two words.
const NAMES: [&str; 11] = [
    "白俄罗斯",
    "印度尼西亚",
    "罗马尼亚",
    "马里兰",
    "索马里兰",
    "南苏丹",
    "南蘇丹",
    "几内亚比绍",
    "赤道几内亚",
    "巴布亚新几内亚",
    "新罗马",
];

/// "Country" in Thai, Lao and Khmer: it stands before the name of one, and dictionaries hold some such pairs as one word.
const COUNTRY: [&str; 3] = ["ประเทศ", "ປະເທດ", "ប្រទេស"];

/// The dictionaries of all scripts, never the neural networks: those are a hundred times slower and cut foreign names.
static SEGMENTER: LazyLock<WordSegmenterBorrowed<'static>> =
    LazyLock::new(|| WordSegmenter::new_dictionary(Default::default()));

/// Candidates weighed in one text. Beyond them every candidate counts: a text with so many is no article, and its
/// author must not decide how long it takes.
const WEIGHED: usize = 10_000;

/// Weighs the candidates of one folded text, and remembers what it has asked.
#[derive(Debug)]
pub struct Weigher<'a> {
    text: &'a str,
    /// By byte offset: ends of the dictionary words that begin there.
    words: HashMap<usize, Vec<usize>>,
    /// By the window around a candidate, and its place there: texts repeat themselves.
    decided: HashMap<(&'a str, usize, usize), bool>,
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
    end: usize,
}

impl<'a> Weigher<'a> {
    /// Nothing is looked up yet.
    pub fn new(folded: &'a str) -> Self {
        Self { text: folded, words: HashMap::new(), decided: HashMap::new() }
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
        let before = self.text[run.start..from].char_indices().rev().nth(WINDOW - 1);
        let after = self.text[to..run.end].char_indices().nth(WINDOW);
        let left = if open.0 { before.map_or(run.start, |(i, _)| run.start + i) } else { from };
        let right = if open.1 { after.map_or(run.end, |(i, _)| to + i) } else { to };
        let key = (&self.text[left..right], from - left, to - left);
        if let Some(known) = self.decided.get(&key) {
            return *known;
        }
        if self.decided.len() >= WEIGHED {
            return true;
        }
        let decision = self.weigh(Candidate { from, to, open, left, right, end: run.end });
        self.decided.insert(key, decision);
        decision
    }

    fn weigh(&mut self, c: Candidate) -> bool {
        if let Some(decision) = self.katakana(c) {
            return decision;
        }
        if self.is_in_a_name(c) {
            return false;
        }
        let graphemes = GraphemeClusterSegmenter::new().segment_str(&self.text[c.left..c.right]);
        let nodes: Vec<usize> = graphemes.map(|i| c.left + i).collect();
        let (Ok(a), Ok(b)) = (nodes.binary_search(&c.from), nodes.binary_search(&c.to)) else { return false };
        if let Some(holder) = self.holder(c) {
            return self.is_compound(c, holder);
        }
        let before = self.cheapest(c, &nodes[..=a], None);
        let after = self.cheapest(c, &nodes[b..], None);
        let with = before.saturating_add(WORD).saturating_add(after);
        let across = [(c.open.0, c.from), (c.open.1, c.to)].into_iter().filter(|(open, _)| *open);
        let across = across.map(|(_, edge)| self.cheapest(c, &nodes, Some(edge))).min().unwrap_or(NEVER);
        // Three characters and more seldom come together by chance.
        let candidate = &self.text[c.from..c.to];
        let bonus =
            if is_han(candidate) { candidate.chars().count().saturating_sub(2).min(2) as u32 * WORD } else { 0 };
        with < across.saturating_add(bonus)
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

    /// The cost of the cheapest way through these nodes; with `not`, of one that does not stop there.
    fn cheapest(&mut self, c: Candidate, nodes: &[usize], not: Option<usize>) -> u32 {
        let mut cost = vec![NEVER; nodes.len()];
        cost[0] = 0;
        for i in 0..nodes.len() - 1 {
            if cost[i] >= NEVER || Some(nodes[i]) == not {
                continue;
            }
            let part = &self.text[nodes[i]..nodes[i + 1]];
            let lone = if BEFORE.contains(part) || BEHIND.contains(part) { PARTICLE } else { LONE };
            cost[i + 1] = cost[i + 1].min(cost[i] + lone);
            for end in self.words_at(nodes[i], c.end) {
                if let Ok(j) = nodes.binary_search(end) {
                    cost[j] = cost[j].min(cost[i] + WORD);
                }
            }
        }
        match (not, nodes) {
            (Some(edge), [first, .., last]) if *first == edge || *last == edge => NEVER,
            _ => cost[nodes.len() - 1],
        }
    }

    /// The longest dictionary word that the candidate lies in and does not fill.
    fn holder(&mut self, c: Candidate) -> Option<(usize, usize)> {
        let before = self.text[c.left..c.from].char_indices().map(|(i, _)| c.left + i);
        let starts: Vec<usize> = before.chain([c.from]).collect();
        let mut best: Option<(usize, usize)> = None;
        for start in starts {
            for end in self.words_at(start, c.end) {
                let longer = start < c.from || *end > c.to;
                if (c.to..=c.right).contains(end) && longer && best.is_none_or(|(s, e)| end - start > e - s) {
                    best = Some((start, *end));
                }
            }
        }
        best
    }

    /// The candidate is a part of one of [`NAMES`].
    fn is_in_a_name(&self, c: Candidate) -> bool {
        let window = &self.text[c.left..c.right];
        let (from, to) = (c.from - c.left, c.to - c.left);
        NAMES
            .iter()
            .filter(|name| name.len() > to - from)
            .any(|name| window.match_indices(name).any(|(i, _)| i <= from && to <= i + name.len()))
    }

    /// The candidate is a part of a Han compound whose other parts are words too (選挙 in 大統領選挙), or a country.
    fn is_compound(&mut self, c: Candidate, (start, end): (usize, usize)) -> bool {
        if end == c.to && COUNTRY.contains(&&self.text[start..c.from]) {
            return true;
        }
        if !is_han(&self.text[start..end]) || self.text[c.from..c.to].chars().count() < 2 {
            return false;
        }
        let mut is_word = |a: usize, b: usize, edge: &str| {
            let part = &self.text[a..b];
            match part.chars().count() {
                0 => true,
                1 => edge.contains(part),
                _ => self.words_at(a, c.end).contains(&b),
            }
        };
        is_word(start, c.from, BEFORE) && is_word(c.to, end, BEHIND)
    }

    /// Ends of the dictionary words of two characters and more that begin here, within the run.
    fn words_at(&mut self, at: usize, run_end: usize) -> &[usize] {
        let text = self.text;
        self.words.entry(at).or_insert_with(|| lookup(text, at, run_end))
    }
}

/// Asks the segmenter for the longest word, then for the longest that is shorter, and so on. Its answer is the first cut
/// of the text with a letter behind it that goes on with no word: at the end of a text it takes half a word for one.
fn lookup(text: &str, at: usize, run_end: usize) -> Vec<usize> {
    let rest = &text[at..run_end];
    let Some(first) = rest.chars().next() else { return Vec::new() };
    let class = fold::row(first).class;
    let stop = match class {
        Class::Thai => 'ฦ',
        Class::Lao => 'ຯ',
        Class::Khmer => 'ឱ',
        Class::Myanmar => 'ဪ',
        _ => '龘',
    };
    if class == Class::Katakana {
        // The segmenter leaves Katakana whole; what is longer than a window ends in none.
        let mut chars = rest.char_indices().take(WINDOW + LONGEST);
        let end = chars.find(|(_, c)| fold::row(*c).class != Class::Katakana).map_or(rest.len(), |(i, _)| i);
        return vec![at + end];
    }
    let mut out = Vec::new();
    let mut end = rest.char_indices().nth(LONGEST).map_or(rest.len(), |(i, _)| i);
    let mut question = String::with_capacity(end + 4);
    while end > first.len_utf8() {
        question.clear();
        question.push_str(&rest[..end]);
        question.push(stop);
        let cut = SEGMENTER.segment_str(&question).find(|i| *i > 0).unwrap_or(0).min(end);
        if cut <= first.len_utf8() {
            break;
        }
        // A cluster that no word begins with comes back whole: it is no word for that.
        let cluster = GraphemeClusterSegmenter::new().segment_str(&rest[..cut]).nth(1).unwrap_or(cut);
        if cluster < cut {
            out.push(at + cut);
        }
        end = rest[..cut].char_indices().next_back().map_or(0, |(i, _)| i);
    }
    out
}

fn is_han(s: &str) -> bool {
    s.chars().all(|c| fold::row(c).class == Class::Han)
}

/// Vowel signs and marks of south-east Asia that belong to the letter before them.
fn starts_inside_cluster(after: &str) -> bool {
    after.chars().next().is_some_and(|c| {
        matches!(c, '\u{E30}'..='\u{E3A}' | '\u{E45}' | '\u{E47}'..='\u{E4E}' | '\u{EB0}'..='\u{EBC}' | '\u{EC8}'..='\u{ECE}'
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
mod tests {
    use super::*;

    fn stands(text: &str, term: &str) -> bool {
        let from = text.find(term).expect("the text holds the term");
        Weigher::new(text).stands(0..text.len(), from, from + term.len(), (true, true))
    }

    #[test]
    fn candidates_are_weighed_by_what_else_the_run_may_say() {
        for (text, term) in [
            ("两国领导人将在赫尔辛基举行会晤", "赫尔辛基"),
            ("特朗普与普京周一会谈", "普京"),
            ("法国总统选举结果公布", "选举"),
            ("联合国安理会召开紧急会议", "联合国"),
            ("峰会呼吁援助发展中国家", "发展中国家"),
            ("米大統領選挙の開票が始まった", "選挙"),
            ("北海道で大地震があった", "地震"),
            ("拜登上台", "拜登"),
            ("美国会议员", "国会"),
            ("首脳会談はヘルシンキで行われる", "ヘルシンキ"),
            ("ヘルシンキサミットが開幕", "ヘルシンキ"),
            ("ฝนตกหนักทั่วกรุงเทพเมื่อคืนนี้", "กรุงเทพ"),
            ("การเลือกตั้งจะมีขึ้นในเดือนหน้า", "เลือกตั้ง"),
            ("เดินทางมาประเทศไทยมากขึ้น", "ไทย"),
            ("对俄罗斯制裁升级", "俄罗斯"),
            ("他在北京大学任教", "大学"),
            ("南京市长江大桥", "长江"),
            ("เกิดน้ำท่วมใหญ่ในภาคใต้", "น้ำท่วม"),
            ("រដ្ឋាភិបាលកម្ពុជាបានប្រកាសច្បាប់ថ្មី", "កម្ពុជា"),
            ("ရန်ကုန်မြို့မှာ", "ရန်ကုန်"),
        ] {
            assert!(stands(text, term), "{term} in {text}");
        }
        for (text, term) in [
            ("峰会讨论发展中国家的债务问题", "中国"),
            ("罗马上周举行大规模抗议", "马上"),
            ("中国会议代表团抵达日内瓦", "国会"),
            ("東京都の小池知事が会見した", "京都"),
            ("パリティ法案が可決された", "パリ"),
            ("白俄罗斯总统", "俄罗斯"),
            ("南京市长江大桥", "市长"),
            ("国会議員が出席した", "会議"),
            ("インドネシア沖で船が沈没した", "インド"),
            ("พยานให้การต่อศาล", "ยา"),
            ("ตำรวจตามจับผู้ต้องหา", "ตา"),
            ("กาแฟราคาแพงขึ้น", "กา"),
        ] {
            assert!(!stands(text, term), "{term} in {text}");
        }
    }
}
