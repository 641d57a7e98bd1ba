//! What an item says, as a hash: two texts that differ only in noise have one fingerprint.
//!
//! Noise is white space, the spelling of entities (both gone since parsing), characters nobody sees, and the counters
//! that forums and aggregators put into their summaries: "17 comments", "Points: 42".

mod plain;

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use crate::model::{Fingerprint, ItemText};

/// The fingerprint of an item's three texts.
pub fn fingerprint(text: &ItemText) -> Fingerprint {
    // Written down first: hashed word by word, most of the time would go into the hash's own book-keeping.
    let mut said = Vec::with_capacity(text.title.len() + text.summary.len() + text.body.len() + 16);
    for field in [&text.title, &text.summary, &text.body] {
        let before = said.len();
        if !plain::write(field, &mut said) {
            said.truncate(before);
            by_words(field, &mut said);
        }
        said.push(1);
    }
    Fingerprint(u64::from_be_bytes(Sha256::digest(&said)[..8].try_into().expect("eight bytes of thirty-two")))
}

/// Writes down a field by a look at each of its words.
fn by_words(field: &str, said: &mut Vec<u8>) {
    let mut words = Words { said, held: None };
    field.split_whitespace().for_each(|word| words.take(word));
    words.end();
}

/// Words that make the number beside them a counter, lower-case, as the software of forums and blogs writes them.
const COUNTED: [&str; 22] = [
    "comment",
    "comments",
    "points",
    "point",
    "votes",
    "replies",
    "views",
    "likes",
    "shares",
    "kommentar",
    "kommentare",
    "commentaire",
    "commentaires",
    "comentario",
    "comentarios",
    "commenti",
    "комментарий",
    "комментариев",
    "комментария",
    "تعليق",
    "تعليقات",
    "评论",
];

/// Writes words down for the hash, leaving out the numbers of counters.
struct Words<'s> {
    said: &'s mut Vec<u8>,
    /// A bare number waits for the word behind it.
    held: Option<Held>,
}

/// The word before the present one, where it decides what that one means.
enum Held {
    /// A number, not hashed yet.
    Number(String),
    /// A counter's word with a colon: the number behind it counts.
    Counter,
}

impl Words<'_> {
    fn take(&mut self, word: &str) {
        let seen = visible(word);
        let (Some(first), Some(last)) = (seen.as_bytes().first(), seen.as_bytes().last()) else { return };
        // Most words are no number, stand behind none and end with no colon.
        let may_count = first.is_ascii_digit() || first.is_ascii_punctuation() || *last == b':';
        if self.held.is_none() && !may_count {
            return self.put(&seen);
        }
        let bare = seen.trim_matches(|c: char| c.is_ascii_punctuation());
        let number = !bare.is_empty() && bare.len() <= 7 && bare.bytes().all(|b| b.is_ascii_digit());
        // Only behind a number, or with a colon, does it matter what a word says: most words are never compared.
        let counter = (matches!(self.held, Some(Held::Number(_))) || seen.ends_with(':')) && counts(bare);
        match self.held.take() {
            Some(Held::Number(_)) if counter => self.put("#"),
            Some(Held::Counter) if number => return self.put("#"),
            Some(Held::Number(before)) => self.put(&before),
            _ => {}
        }
        if number {
            self.held = Some(Held::Number(seen.into_owned()));
            return;
        }
        self.put(&seen);
        if counter && seen.ends_with(':') {
            self.held = Some(Held::Counter);
        }
    }

    fn put(&mut self, word: &str) {
        self.said.extend_from_slice(word.as_bytes());
        self.said.push(b' ');
    }

    fn end(mut self) {
        if let Some(Held::Number(before)) = self.held.take() {
            self.put(&before);
        }
    }
}

/// A word without the characters that nobody sees; most words have none.
fn visible(word: &str) -> Cow<'_, str> {
    // All of these begin with one of three bytes.
    if !word.bytes().any(|b| matches!(b, 0xC2 | 0xE2 | 0xEF)) || !word.contains(invisible) {
        return word.into();
    }
    word.chars().filter(|c| !invisible(*c)).collect()
}

fn counts(bare: &str) -> bool {
    bare.chars().count() <= 14 && COUNTED.contains(&bare.to_lowercase().as_str())
}

/// Soft hyphens, zero-width characters and direction marks: put in and taken out by publishing systems at will.
fn invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(title: &str, summary: &str) -> Fingerprint {
        fingerprint(&ItemText { title: title.into(), summary: summary.into(), body: String::new() })
    }

    #[test]
    fn noise_changes_nothing() {
        let base = of("Talks in Helsinki", "Points: 42 # Comments: 17");
        for (title, summary) in [
            ("Talks  in\nHelsinki ", "Points: 42 # Comments: 17"),
            ("Talks in Hel\u{ad}sinki", "Points: 42 # Comments: 17"),
            ("\u{200f}Talks in Helsinki", "Points: 43 # Comments: 18"),
        ] {
            assert_eq!(base, of(title, summary), "{title:?} {summary:?}");
        }
        assert_eq!(of("a", "read on (17 comments)"), of("a", "read on (2 comments)"));
    }

    #[test]
    fn words_and_numbers_that_say_something_change_it() {
        let base = of("Talks in Helsinki", "Officials counted 12 boats.");
        for (title, summary) in [
            ("Talks in helsinki", "Officials counted 12 boats."),
            ("Talks in Helsinki", "Officials counted 57 boats."),
            ("Talks in", "Helsinki Officials counted 12 boats."),
            ("Talks in Helsinki", "Officials counted boats. 12"),
        ] {
            assert_ne!(base, of(title, summary), "{title:?} {summary:?}");
        }
        assert_ne!(of("a 12", ""), of("a 13", ""), "a number at the end");
    }

    proptest! {
        #[test]
        fn plain_text_says_what_its_words_say(pieces in prop::collection::vec(prop_oneof![
            prop::sample::select(vec!["12", "(12)", "12345678", "comments", "Comments:", "(3 votes)", "Points:", ":", "#", "评论", "17:", "a1a2", "1.5",
                " ", " ", " ", "  ", "\n", "\u{a0}", "\u{3000}", "\u{1}", "。", "\u{ad}", "a word and another one, and one more "]).prop_map(str::to_owned),
            "[a-z 0-9:.é日]{0,12}",
        ], 0..24)) {
            let text = pieces.concat();
            let (mut quick, mut slow) = (Vec::new(), Vec::new());
            by_words(&text, &mut slow);
            prop_assert_eq!(plain::write(&text, &mut quick), !text.contains('\u{ad}'));
            if !text.contains('\u{ad}') {
                prop_assert_eq!(String::from_utf8(quick), String::from_utf8(slow));
            }
        }
    }
}
