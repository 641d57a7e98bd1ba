//! Letters of two scripts in one word, read as what they imitate (`Роmреo`). A word wholly of one script is never read so.

/// Cyrillic letters and the Latin ones they look like; case counts, since в is no B.
const CYRILLIC: &str = "АAВBЕEЁËЗ3КKМMНHОOРPСCТTУYХXІIЈJЅSаaеeёëкkоoрpсcуyхxіiїïјjѕsһhԁdԛqԝwҮYЬb";

/// Greek letters and the Latin ones they look like.
const GREEK: &str = "ΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧXοoνvιiκkαaρpυu";

/// The word as it would be in Latin, Cyrillic and Greek letters, as far as every foreign letter has its like there.
pub fn readings(word: &str) -> Vec<String> {
    let pairs = |table: &'static str| {
        let mut chars = table.chars();
        std::iter::from_fn(move || Some((chars.next()?, chars.next()?)))
    };
    let latin = |c: char| c.is_ascii_alphabetic() || ('\u{C0}'..='\u{24F}').contains(&c);
    let cyrillic = |c: char| ('\u{400}'..='\u{52F}').contains(&c);
    let greek = |c: char| ('\u{370}'..='\u{3FF}').contains(&c);
    let to_latin = |c: char| {
        if !cyrillic(c) && !greek(c) {
            return Some(c);
        }
        pairs(CYRILLIC).chain(pairs(GREEK)).find(|(from, _)| *from == c).map(|(_, to)| to)
    };
    let from_latin = |table: &'static str, own: &dyn Fn(char) -> bool, c: char| {
        if own(c) || !(latin(c) || cyrillic(c) || greek(c)) {
            return Some(c);
        }
        pairs(table).find(|(_, look)| *look == c).map(|(letter, _)| letter)
    };
    let whole = |map: &dyn Fn(char) -> Option<char>| word.chars().map(map).collect::<Option<String>>();
    let mut out = Vec::new();
    out.extend(whole(&to_latin));
    out.extend(whole(&|c| from_latin(CYRILLIC, &cyrillic, c)));
    out.extend(whole(&|c| from_latin(GREEK, &greek, c)));
    out.retain(|x| x != word);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mixed_word_is_read_by_its_look() {
        assert!(readings("Роmреo").contains(&"Pompeo".to_owned()));
        assert!(readings("Mосква").contains(&"Москва".to_owned()));
        assert!(readings("Ηelsinki").contains(&"Helsinki".to_owned()));
        assert!(readings("яz").is_empty());
    }
}
