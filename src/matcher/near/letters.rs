//! How many letters two words are apart.

/// Letters that a word may be away from one of so many letters: a slip is one in a short word and two in a longer one. Short
/// words have neighbours that are other words.
pub fn allowed(letters: usize) -> usize {
    match letters {
        0..=2 => 0,
        3..=5 => 1,
        _ => 2,
    }
}

/// Letters to put in, leave out, change or swap with their neighbour to make one word of the other; none beyond `most`.
pub fn apart(a: &[char], b: &[char], most: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let mut rows = [vec![0; b.len() + 1], (0..=b.len()).collect::<Vec<usize>>(), vec![0; b.len() + 1]];
    for i in 1..=a.len() {
        let [before, last, row] = &mut rows;
        row[0] = i;
        let mut least = i;
        for j in 1..=b.len() {
            let mut best = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + usize::from(a[i - 1] != b[j - 1]));
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row[j] = best;
            least = least.min(best);
        }
        // A swap reaches back one row more, and costs one.
        if least > most + 1 {
            return None;
        }
        rows.rotate_left(1);
    }
    Some(rows[1][b.len()]).filter(|n| *n <= most)
}

/// Which letters a word has, roughly: an edit changes at most two bits.
pub fn bag(word: &str) -> u64 {
    word.chars().fold(0, |bag, c| bag | 1 << (c as u32 & 63))
}

/// Whether two words with these bags can be at most so many letters apart.
pub fn may_be(a: u64, b: u64, most: usize) -> bool {
    (a ^ b).count_ones() as usize <= 2 * most
}

/// The part of a run that is nearest to a word, where it is at most `most` letters away and not the word itself: how many, and
/// the place in the run in characters.
pub fn nearest_part(word: &[char], run: &[char], most: usize) -> Option<(usize, std::ops::Range<usize>)> {
    // Sellers: a row of distances for each place of the run, a part beginning anywhere; each cell knows where its part began.
    let mut last: Vec<(usize, usize)> = (0..=word.len()).map(|i| (i, 0)).collect();
    let mut best: Option<(usize, std::ops::Range<usize>)> = None;
    for (at, c) in run.iter().enumerate() {
        let mut row = Vec::with_capacity(last.len());
        row.push((0, at + 1));
        for i in 1..=word.len() {
            let changed = (last[i - 1].0 + usize::from(word[i - 1] != *c), last[i - 1].1);
            let cell = changed.min((last[i].0 + 1, last[i].1)).min((row[i - 1].0 + 1, row[i - 1].1));
            row.push(cell);
        }
        let (n, from) = row[word.len()];
        let closer = best.as_ref().is_none_or(|(b, range)| {
            (n, (at + 1 - from).abs_diff(word.len())) < (*b, range.len().abs_diff(word.len()))
        });
        if (1..=most).contains(&n) && closer {
            best = Some((n, from..at + 1));
        }
        last = row;
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chars(s: &str) -> Vec<char> {
        s.chars().collect()
    }

    #[test]
    fn a_slip_is_one_letter_away() {
        for (a, b, n) in [
            ("هلسينكي", "هلسنكي", Some(1)),
            ("helsinki", "hlesinki", Some(1)),
            ("pompeo", "pompo", Some(1)),
            ("lavrov", "lawrow", Some(2)),
            ("oslo", "paris", None),
            ("abcdef", "badcfe", None),
            ("", "ab", Some(2)),
        ] {
            assert_eq!(apart(&chars(a), &chars(b), 2), n, "{a} {b}");
            assert_eq!(apart(&chars(b), &chars(a), 2), n, "{b} {a}");
            assert!(n.is_none() || may_be(bag(a), bag(b), 2), "{a} {b}");
        }
    }

    #[test]
    fn a_part_of_a_run_may_be_near() {
        assert_eq!(nearest_part(&chars("赫尔辛基"), &chars("他在赫尔新基会见"), 1), Some((1, 2..6)));
        assert_eq!(nearest_part(&chars("กรุงเทพ"), &chars("ทั่วกรงเทพเมื่อ"), 2).map(|(n, _)| n), Some(1));
        assert_eq!(nearest_part(&chars("赫尔辛基"), &chars("东京都知事"), 1), None);
    }
}
