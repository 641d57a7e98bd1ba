//! Whether a candidate in a script without spaces begins and ends where words do.
//!
//! The dictionary segmenter cuts greedily from the left and does not know names, so its cuts alone prove little. It is
//! asked what words begin at each place around the candidate, as if the candidate itself stood in its dictionary; then the
//! cheapest reading that has the candidate is weighed against the cheapest one that runs across one of its edges.
//! A tie is no hit: better to miss one than to cry wolf.

use std::collections::HashMap;
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
/// A path that does not exist.
const NEVER: u32 = u32::MAX / 2;

/// Han characters that stand before a word as a prefix: size, age, rank, negation, and countries in headlines.
const BEFORE: &str =
    "大新前元副总總総老小非反超各本全両两兩同该該再未無无不対对對米日中美英法德韓韩露俄駐驻驻訪访赴在向和与與";
/// Han characters that stand behind one: people, places, languages, offices.
const BEHIND: &str = "人市省都県縣府州国國军軍党黨語语氏側侧方的者后後前内內外上下中等区區县县訪访";

/// The dictionaries of all scripts, never the neural networks: those are a hundred times slower and cut foreign names.
static SEGMENTER: LazyLock<WordSegmenterBorrowed<'static>> =
    LazyLock::new(|| WordSegmenter::new_dictionary(Default::default()));

/// A folded run, with what has been asked about it.
#[derive(Debug)]
pub struct Run<'a> {
    form: &'a str,
    /// By byte offset: ends of the dictionary words that begin there.
    words: HashMap<usize, Vec<usize>>,
}

impl<'a> Run<'a> {
    /// Nothing is looked up yet.
    pub fn new(form: &'a str) -> Self {
        Self { form, words: HashMap::new() }
    }

    /// Whether `from..to` stands as a word or several, as far as its edges go. `open` says for the left and the right
    /// edge whether it is to be weighed at all (a border that the text shows needs none).
    pub fn stands(&mut self, from: usize, to: usize, open: (bool, bool)) -> bool {
        let open = (open.0 && from > 0, open.1 && to < self.form.len());
        if open == (false, false) {
            return true;
        }
        let candidate = &self.form[from..to];
        if open.1 && starts_inside_cluster(&self.form[to..]) || open.0 && leads(&self.form[..from]) {
            return false;
        }
        let (left, right) = (self.reach_left(from, open.0), self.reach_right(to, open.1));
        let nodes = self.nodes(left, right);
        let (Ok(a), Ok(b)) = (nodes.binary_search(&from), nodes.binary_search(&to)) else { return false };
        if let Some(katakana) = self.katakana(from, to, open) {
            return katakana;
        }
        let before = self.cheapest(&nodes[..=a], None);
        let after = self.cheapest(&nodes[b..], None);
        let with = before.saturating_add(WORD).saturating_add(after);
        let across = [(open.0, from), (open.1, to)]
            .into_iter()
            .filter(|(open, _)| *open)
            .map(|(_, edge)| self.cheapest(&nodes, Some(edge)))
            .min()
            .unwrap_or(NEVER);
        // Three characters and more seldom come together by chance.
        let length = candidate.chars().count();
        let bonus = if is_han(candidate) { (length.saturating_sub(2) as u32).min(2) * WORD } else { 0 };
        with < across.saturating_add(bonus) && !self.is_part(from, to) || self.is_compound(from, to, left, right)
    }

    /// Where the window begins: at a change between Katakana and other script, which is a border for certain, or
    /// [`WINDOW`] characters before.
    fn reach_left(&self, from: usize, open: bool) -> usize {
        if !open {
            return from;
        }
        self.form[..from].char_indices().rev().nth(WINDOW - 1).map_or(0, |(i, _)| i)
    }

    fn reach_right(&self, to: usize, open: bool) -> usize {
        if !open {
            return to;
        }
        self.form[to..].char_indices().nth(WINDOW).map_or(self.form.len(), |(i, _)| to + i)
    }

    /// Grapheme borders of the window, its ends among them.
    fn nodes(&self, left: usize, right: usize) -> Vec<usize> {
        GraphemeClusterSegmenter::new().segment_str(&self.form[left..right]).map(|i| left + i).collect()
    }

    /// A Katakana run is one word unless both parts are long and begin as words can: `None` where no edge cuts one.
    fn katakana(&self, from: usize, to: usize, open: (bool, bool)) -> Option<bool> {
        let is = |c: Option<char>| c.is_some_and(|c| fold::row(c).class == Class::Katakana);
        let form = self.form;
        let cut_left = open.0 && is(form[..from].chars().next_back()) && is(form[from..].chars().next());
        let cut_right = open.1 && is(form[to..].chars().next()) && is(form[..to].chars().next_back());
        if !cut_left && !cut_right {
            return None;
        }
        let before = form[..from].chars().rev().take(LONGEST).take_while(|c| is(Some(*c))).count();
        let after = form[to..].chars().take(LONGEST).take_while(|c| is(Some(*c))).count();
        let own = form[from..to].chars().count();
        let begins = |c: Option<char>| {
            !matches!(c, Some('ー' | 'ッ' | 'ン' | 'ァ' | 'ィ' | 'ゥ' | 'ェ' | 'ォ' | 'ャ' | 'ュ' | 'ョ'))
        };
        let left_ok = !cut_left || before >= 3 && begins(form[from..].chars().next());
        let right_ok = !cut_right || after >= 3 && begins(form[to..].chars().next());
        Some(own >= 4 && left_ok && right_ok)
    }

    /// The cost of the cheapest way through these nodes; with `not`, of one that does not stop there.
    fn cheapest(&mut self, nodes: &[usize], not: Option<usize>) -> u32 {
        let mut cost = vec![NEVER; nodes.len()];
        cost[0] = 0;
        for i in 0..nodes.len() - 1 {
            if cost[i] >= NEVER || Some(nodes[i]) == not {
                continue;
            }
            let lone = cost[i] + self.lone(nodes[i], nodes[i + 1]);
            cost[i + 1] = cost[i + 1].min(lone);
            for end in self.words_at(nodes[i]).to_vec() {
                if let Ok(j) = nodes.binary_search(&end) {
                    cost[j] = cost[j].min(cost[i] + WORD);
                }
            }
        }
        match not {
            // The lone step is taken into account above only where it does not end at the forbidden node.
            Some(edge) if nodes.first() == Some(&edge) || nodes.last() == Some(&edge) => NEVER,
            _ => *cost.last().expect("a window has its two ends"),
        }
    }

    fn lone(&self, from: usize, to: usize) -> u32 {
        let part = &self.form[from..to];
        if BEFORE.contains(part) || BEHIND.contains(part) { PARTICLE } else { LONE }
    }

    /// The candidate lies inside one dictionary word that is longer.
    fn is_part(&mut self, from: usize, to: usize) -> bool {
        self.holder(from, to).is_some()
    }

    /// The longest dictionary word around the candidate.
    fn holder(&mut self, from: usize, to: usize) -> Option<(usize, usize)> {
        let starts: Vec<usize> =
            self.form[..from].char_indices().rev().take(LONGEST).map(|(i, _)| i).chain([from]).collect();
        let mut best: Option<(usize, usize)> = None;
        for start in starts {
            for end in self.words_at(start).to_vec() {
                let longer = start < from || end > to;
                if end >= to && longer && best.is_none_or(|(s, e)| end - start > e - s) {
                    best = Some((start, end));
                }
            }
        }
        best
    }

    /// The candidate is a part of a Han compound whose other parts are words too (選挙 in 大統領選挙).
    fn is_compound(&mut self, from: usize, to: usize, _left: usize, _right: usize) -> bool {
        let Some((start, end)) = self.holder(from, to) else { return false };
        if !is_han(&self.form[start..end]) || self.form[from..to].chars().count() < 2 {
            return false;
        }
        let mut clean = |a: usize, b: usize, edge: &str| {
            let part = &self.form[a..b];
            part.is_empty()
                || part.chars().count() == 1 && edge.contains(part)
                || self.words_at(a).contains(&b) && part.chars().count() > 1
        };
        clean(start, from, BEFORE) && clean(to, end, BEHIND)
    }

    /// Ends of the dictionary words of two characters and more that begin here.
    fn words_at(&mut self, at: usize) -> &[usize] {
        let form = self.form;
        self.words.entry(at).or_insert_with(|| lookup(form, at))
    }
}

/// Asks the segmenter for the longest word, then for the longest that is shorter, and so on. Its answer is the first cut
/// of the text with a letter behind it that goes on with no word: at the end of a text it takes half a word for one.
fn lookup(form: &str, at: usize) -> Vec<usize> {
    let rest = &form[at..];
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
        // The segmenter leaves Katakana whole.
        let end =
            rest.char_indices().find(|(_, c)| fold::row(*c).class != Class::Katakana).map_or(rest.len(), |(i, _)| i);
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
        Run::new(text).stands(from, from + term.len(), (true, true))
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
            ("インドネシア沖で船が沈没した", "インド"),
            ("พยานให้การต่อศาล", "ยา"),
            ("ตำรวจตามจับผู้ต้องหา", "ตา"),
            ("กาแฟราคาแพงขึ้น", "กา"),
        ] {
            assert!(!stands(text, term), "{term} in {text}");
        }
    }
}
