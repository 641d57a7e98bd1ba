//! What an edit did to a text, by words.

use std::time::Duration;

use similar::{ChangeTag, TextDiff};

use crate::model::{DiffOp, DiffPart};

/// Bytes of both texts that are compared word by word, without the beginning and end they share: an article of 20,000 words
/// edited throughout. Beyond it the finding is the same as for texts too unlike.
const LIMIT: usize = 256 * 1024;

/// What a comparison may cost. Texts that have little in common take time quadratic in their words; where it runs out, what
/// was not compared yet is one delete and one insert. It bounds work and nothing else: texts of a usual size never meet it.
const PATIENCE: Duration = Duration::from_millis(250);

/// The parts of a word diff from `earlier` to `now`; neighbours of one kind are joined. The `equal` and `insert` parts
/// joined give `now`, the `equal` and `delete` parts `earlier`. Bounded in time: a text too unlike is one delete and one insert.
///
/// Where words were replaced, what went stands before what came; spaces and punctuation alone between two replaced words
/// count as replaced too, so that a rewritten sentence reads as one sentence for another.
pub fn words(earlier: &str, now: &str) -> Vec<DiffPart> {
    let start = shared_start(earlier, now);
    let end = shared_end(&earlier[start..], &now[start..]);
    let (old, new) = (&earlier[start..earlier.len() - end], &now[start..now.len() - end]);
    let mut parts = Parts::default();
    parts.equal(&now[..start]);
    if old.len() + new.len() > LIMIT {
        parts.gone.push_str(old);
        parts.come.push_str(new);
    } else {
        let diff = TextDiff::configure().timeout(PATIENCE).diff_unicode_words(old, new);
        for change in diff.iter_all_changes() {
            match change.tag() {
                ChangeTag::Equal => parts.equal(change.value()),
                ChangeTag::Delete => parts.change(change.value(), ""),
                ChangeTag::Insert => parts.change("", change.value()),
            }
        }
    }
    parts.equal(&now[now.len() - end..]);
    parts.finish()
}

/// Collects parts: a run of changes is held back until words that stayed follow it.
#[derive(Default)]
struct Parts {
    out: Vec<DiffPart>,
    gone: String,
    come: String,
    /// Spaces and punctuation that stayed, after a change: part of it, should another change follow.
    between: String,
}

impl Parts {
    fn equal(&mut self, text: &str) {
        let changing = !self.gone.is_empty() || !self.come.is_empty();
        if changing && !text.chars().any(char::is_alphanumeric) {
            self.between.push_str(text);
        } else {
            self.close();
            push(&mut self.out, DiffOp::Equal, text);
        }
    }

    fn change(&mut self, gone: &str, come: &str) {
        let between = std::mem::take(&mut self.between);
        for (held, word) in [(&mut self.gone, gone), (&mut self.come, come)] {
            held.push_str(&between);
            held.push_str(word);
        }
    }

    fn close(&mut self) {
        push(&mut self.out, DiffOp::Delete, &std::mem::take(&mut self.gone));
        push(&mut self.out, DiffOp::Insert, &std::mem::take(&mut self.come));
        push(&mut self.out, DiffOp::Equal, &std::mem::take(&mut self.between));
    }

    fn finish(mut self) -> Vec<DiffPart> {
        self.close();
        self.out
    }
}

fn push(out: &mut Vec<DiffPart>, op: DiffOp, text: &str) {
    match out.last_mut() {
        _ if text.is_empty() => (),
        Some(last) if last.op == op => last.text.push_str(text),
        _ => out.push(DiffPart { op, text: text.to_owned() }),
    }
}

/// Bytes at the beginning that both texts have, up to a space, so that no word is cut.
fn shared_start(a: &str, b: &str) -> usize {
    let same = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    if same == a.len() && same == b.len() {
        return same;
    }
    a.as_bytes()[..same].iter().rposition(u8::is_ascii_whitespace).map_or(0, |at| at + 1)
}

/// Bytes at the end that both texts have, from a space on.
fn shared_end(a: &str, b: &str) -> usize {
    let same = a.bytes().rev().zip(b.bytes().rev()).take_while(|(x, y)| x == y).count();
    let tail = &a.as_bytes()[a.len() - same..];
    tail.iter().position(u8::is_ascii_whitespace).map_or(0, |at| same - at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `[-gone-]`, `{+come+}` and the rest, as one line.
    fn shown(earlier: &str, now: &str) -> String {
        words(earlier, now)
            .iter()
            .map(|p| match p.op {
                DiffOp::Equal => p.text.clone(),
                DiffOp::Insert => format!("{{+{}+}}", p.text),
                DiffOp::Delete => format!("[-{}-]", p.text),
            })
            .collect()
    }

    fn joined(parts: &[DiffPart], not: DiffOp) -> String {
        parts.iter().filter(|p| p.op != not).map(|p| p.text.as_str()).collect()
    }

    #[test]
    fn edits_read_as_words() {
        for (earlier, now, says) in [
            ("same", "same", "same"),
            ("", "", ""),
            ("", "new text", "{+new text+}"),
            ("old text", "", "[-old text-]"),
            ("a summit in Helsinki", "a summit in Geneva", "a summit in [-Helsinki-]{+Geneva+}"),
            ("the talks end", "the long talks end", "the {+long +}talks end"),
            ("the quick fox runs", "a slow fox runs", "[-the quick-]{+a slow+} fox runs"),
            ("قمة في هلسينكي غدا", "قمة في جنيف غدا", "قمة في [-هلسينكي-]{+جنيف+} غدا"),
            ("Встреча в Москве.", "Встреча в Хельсинки.", "Встреча в [-Москве-]{+Хельсинки+}."),
            ("total 12", "total 125", "total [-12-]{+125+}"),
            ("first\nsecond", "first\nthird", "first\n[-second-]{+third+}"),
            ("one. two", "one. two.", "one. two{+.+}"),
        ] {
            assert_eq!(shown(earlier, now), says, "{earlier:?} → {now:?}");
        }
    }

    #[test]
    fn texts_too_long_or_too_unlike_end_soon() {
        let long = |word: &str| (0..40_000).map(|n| format!("{word}{n} ")).collect::<String>();
        let (a, b) = (long("a"), long("b"));
        let parts = words(a.trim_end(), b.trim_end());
        assert_eq!(parts.iter().map(|p| p.op).collect::<Vec<_>>(), [DiffOp::Delete, DiffOp::Insert]);
        let (a, b) = (&a[..100_000], &b[..100_000]);
        let parts = words(a, b);
        assert_eq!((joined(&parts, DiffOp::Insert).as_str(), joined(&parts, DiffOp::Delete).as_str()), (a, b));
    }

    #[test]
    fn one_word_changed_in_a_long_text_is_one_word() {
        let a: String = (0..100_000).map(|n| format!("word{n} ")).collect();
        let b = a.replacen("word50000 ", "other ", 1);
        let changed: Vec<_> = words(&a, &b).into_iter().filter(|p| p.op != DiffOp::Equal).collect();
        assert_eq!(changed.iter().map(|p| p.text.as_str()).collect::<Vec<_>>(), ["word50000", "other"]);
    }

    proptest! {
        #[test]
        fn both_texts_come_back_out_of_the_parts(
            a in "([ab] ?|هل|\u{301}|中|é|[\r\n.,]| ){0,40}",
            b in "([ab] ?|هل|\u{301}|中|é|[\r\n.,]| ){0,40}",
        ) {
            let parts = words(&a, &b);
            prop_assert_eq!(joined(&parts, DiffOp::Insert), a);
            prop_assert_eq!(joined(&parts, DiffOp::Delete), b);
            prop_assert!(parts.iter().all(|p| !p.text.is_empty()));
            prop_assert!(parts.windows(2).all(|w| w[0].op != w[1].op));
        }

        #[test]
        fn any_two_texts_do(a in ".{0,60}", b in ".{0,60}") {
            let parts = words(&a, &b);
            prop_assert_eq!(joined(&parts, DiffOp::Insert), a);
            prop_assert_eq!(joined(&parts, DiffOp::Delete), b);
        }
    }
}
