//! What is exchanged throughout between two texts: another name in the same pattern, in a script that has no capitals.
//!
//! Two texts are laid side by side. Where one has a few words and the other has others between the same neighbours, these
//! are exchanged. A desk exchanges words, too, each here and there; what stands for one another again and again, or in the
//! title and beneath it, and nowhere in the other text, is who or where the report is about.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::units::units;
use super::{Sketch, WORDS};

/// Stands behind the title.
pub const END: u16 = 0;

/// The longest name: so many words, or characters of a run.
const LONGEST: [usize; 2] = [3, 16];
/// What is common to both must be so long to stand between two places: letters of two names meet by chance.
const ANCHOR: [usize; 2] = [1, 3];

/// Words of saying, which every desk exchanges for one another throughout.
const SAYING: &str = "\
    قال وقال قالت وقالت صرح وصرح صرحت أعلن وأعلن أعلنت وأعلنت أكد وأكد أكدت أضاف وأضاف وأضافت أوضح وأوضح ذكر \
    وذكر ذكرت أفاد وأفاد أفادت أشار وأشار گفت افزود کرد اعلام אמר אמרה אמרו הודיע הודיעה מסר מסרה הוסיף הוסיפה \
    ציין 表示 指出 宣布 透露 认为 認為 强调 強調 報道 报道 述べ 語っ 話し 発表 明らかに กล่าว ระบุ เปิดเผย รายงาน บอก 말했다 밝혔다 전했다 덧붙였다 कहा \
    बताया कहना said stated told reported announced added sagte erklärte teilte berichtete";

static SAYING_WORDS: LazyLock<Vec<Vec<u16>>> = LazyLock::new(|| {
    SAYING.split_whitespace().map(|word| units(word).iter().map(|unit| unit.word).collect()).collect()
});

/// Whether the two are about another person, place or company each.
pub fn is_another_name(a: &Sketch, b: &Sketch) -> bool {
    let runs = usize::from(a.runs && b.runs);
    let least = 1 + runs;
    let [title, first] = a.heads.map(usize::from);
    let gaps = gaps(&a.words, &b.words, ANCHOR[runs]);
    let short = |gap: &Gap<'_>| !gap.a.is_empty() && !gap.b.is_empty() && gap.a.len().max(gap.b.len()) <= LONGEST[runs];
    let mut exchanged: HashMap<(&[u16], &[u16]), Vec<usize>> = HashMap::new();
    for gap in gaps.iter().filter(|gap| short(gap)) {
        exchanged.entry((gap.a, gap.b)).or_default().push(gap.at);
    }
    // A desk that rewrites leaves something out, adds something, or turns something round. Of long texts the ends are not known.
    let known = if a.words.len().max(b.words.len()) < WORDS { gaps.len() } else { gaps.len().saturating_sub(1) };
    let pattern = gaps[..known].iter().all(short);
    exchanged.iter().any(|((of_a, of_b), places)| {
        let again = places.len() > 1 && places[0] < first;
        let under =
            |words: &[u16], heads: [u16; 2], what| holds(words.get(usize::from(heads[0])..).unwrap_or_default(), what);
        let beneath = places[0] < title && under(&a.words, a.heads, of_a) && under(&b.words, b.heads, of_b);
        (again || beneath || pattern)
            && of_a.len().max(of_b.len()) >= least
            && !holds(&b.words, of_a)
            && !holds(&a.words, of_b)
            && !is_saying(of_a)
            && !is_saying(of_b)
    })
}

fn is_saying(words: &[u16]) -> bool {
    SAYING_WORDS.iter().any(|saying| saying == words)
}

/// Whether a text holds these words beside one another.
fn holds(text: &[u16], words: &[u16]) -> bool {
    text.windows(words.len()).any(|window| window == words)
}

/// Where two texts differ.
struct Gap<'a> {
    /// The place in the first text.
    at: usize,
    a: &'a [u16],
    b: &'a [u16],
}

/// Where two texts differ, by their longest common sequence, of which stretches shorter than `anchor` count for nothing.
fn gaps<'a>(a: &'a [u16], b: &'a [u16], anchor: usize) -> Vec<Gap<'a>> {
    let mut out = Vec::new();
    let mut behind = (0, 0);
    for (i, j, length) in
        common(a, b).into_iter().filter(|(.., length)| *length >= anchor).chain([(a.len(), b.len(), 0)])
    {
        let gap = Gap { at: behind.0, a: &a[behind.0..i], b: &b[behind.1..j] };
        if !gap.a.is_empty() || !gap.b.is_empty() {
            out.push(gap);
        }
        behind = (i + length, j + length);
    }
    out
}

/// The stretches of the longest common sequence: where each begins in both, and how long it is.
fn common(a: &[u16], b: &[u16]) -> Vec<(usize, usize, usize)> {
    let width = b.len() + 1;
    // How much is common to what is left of both from here on.
    let mut left = vec![0u16; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            left[i * width + j] = match a[i] == b[j] {
                true => left[(i + 1) * width + j + 1] + 1,
                false => left[(i + 1) * width + j].max(left[i * width + j + 1]),
            };
        }
    }
    let mut out: Vec<(usize, usize, usize)> = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        if a[i] == b[j] {
            match out.last_mut().filter(|(from, of, length)| (from + *length, of + *length) == (i, j)) {
                Some((.., length)) => *length += 1,
                None => out.push((i, j, 1)),
            }
            (i, j) = (i + 1, j + 1);
        } else if left[(i + 1) * width + j] >= left[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    out
}
