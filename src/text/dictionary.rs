//! The words that the dictionaries of scripts without spaces hold, asked one place at a time.
//!
//! ICU's segmenter cuts a text into words and keeps its dictionaries to itself; what is wanted here is every word that
//! begins at a place, so its tries are read directly. Their shape may change with a minor version, which is why
//! `Cargo.toml` holds the segmenter to one.

use std::sync::LazyLock;

use icu_collections::char16trie::Char16TrieCursor;
use icu_provider::{DataIdentifierBorrowed, DataMarkerAttributes, DataPayload, DataProvider, DataRequest};
use icu_segmenter::provider::{Baked, DictionaryBreakData, SegmenterDictionaryAutoV2, SegmenterDictionaryExtendedV2};

use super::fold::Class;

type Dictionary = Option<&'static DictionaryBreakData<'static>>;

/// One for Chinese and Japanese, then one for each script of south-east Asia.
struct Dictionaries {
    han: Dictionary,
    thai: Dictionary,
    lao: Dictionary,
    khmer: Dictionary,
    myanmar: Dictionary,
}

static DICTIONARIES: LazyLock<Dictionaries> = LazyLock::new(|| Dictionaries {
    han: load::<SegmenterDictionaryAutoV2>("cjdict"),
    thai: load::<SegmenterDictionaryExtendedV2>("thaidict"),
    lao: load::<SegmenterDictionaryExtendedV2>("laodict"),
    khmer: load::<SegmenterDictionaryExtendedV2>("khmerdict"),
    myanmar: load::<SegmenterDictionaryExtendedV2>("burmesedict"),
});

/// A dictionary that is in the program; a test holds that each is.
fn load<M>(name: &'static str) -> Dictionary
where
    M: icu_provider::DataMarker<DataStruct = DictionaryBreakData<'static>>,
    Baked: DataProvider<M>,
{
    let id = DataIdentifierBorrowed::for_marker_attributes(DataMarkerAttributes::from_str_or_panic(name));
    let answer = Baked.load(DataRequest { id, ..DataRequest::default() }).ok()?;
    let payload: DataPayload<M> = answer.payload;
    payload.get_static()
}

/// Kana and the common Han characters.
const FIRST_FROM: usize = 0x3040;
/// See [`FIRST_FROM`].
const FIRST_TO: usize = 0xA000;

/// Where the walk of the dictionary of Chinese and Japanese stands behind each first character: that step alone branches many
/// thousand ways, and takes longer than all that follow.
static FIRST: LazyLock<Box<[Char16TrieCursor<'static>]>> = LazyLock::new(|| match DICTIONARIES.han {
    Some(DictionaryBreakData::Char16Trie(trie)) => {
        let behind = |c: usize| {
            let mut at = trie.cursor();
            at.step32(c as u32);
            at
        };
        (FIRST_FROM..FIRST_TO).map(behind).collect()
    }
    _ => Box::default(),
});

/// Longest word that is looked for, in characters.
const LONGEST: usize = 20;

/// Calls `word` with the length in bytes of each word of the dictionary with which this text begins, of one character too, the
/// shortest first. `class` is that of its first character.
#[inline]
pub fn words(text: &str, class: Class, mut word: impl FnMut(usize)) {
    let all = &*DICTIONARIES;
    let dictionary = match class {
        Class::Thai => all.thai,
        Class::Lao => all.lao,
        Class::Khmer => all.khmer,
        Class::Myanmar => all.myanmar,
        _ => all.han,
    };
    let chars = || text.char_indices().take(LONGEST).map(|(i, c)| (i + c.len_utf8(), c));
    match dictionary {
        Some(DictionaryBreakData::Char16Trie(trie)) => {
            let mut chars = chars();
            let Some((end, first)) = chars.next() else { return };
            let mut at = match FIRST.get((first as usize).wrapping_sub(FIRST_FROM)) {
                Some(behind) if class.is_eastern() => behind.clone(),
                _ => {
                    let mut at = trie.cursor();
                    at.step(first);
                    at
                }
            };
            if at.value().is_some() {
                word(end);
            }
            for (end, c) in chars {
                if at.is_empty() {
                    break;
                }
                at.step(c);
                if at.value().is_some() {
                    word(end);
                }
            }
        }
        Some(DictionaryBreakData::ZeroTrie { alphabet, trie }) => {
            let mut at = trie.cursor();
            for (end, c) in chars() {
                let Some(letter) = alphabet.position32(c.into()).and_then(|i| u8::try_from(i).ok()) else { break };
                at.step(letter);
                if at.take_value().is_some() {
                    word(end);
                }
                if at.is_empty() {
                    break;
                }
            }
        }
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::fold::row;
    use super::*;

    fn all(text: &str) -> Vec<&str> {
        let mut out = Vec::new();
        words(text, row(text.chars().next().expect("a text")).class, |end| out.push(&text[..end]));
        out
    }

    #[test]
    fn every_dictionary_is_there_and_says_every_word_that_begins_at_a_place() {
        assert_eq!(all("国会議員が"), ["国", "国会"]);
        for (text, word) in [
            ("发展中国家的债务", "发展"),
            ("ประเทศไทยมากขึ้น", "ประเทศ"),
            ("ປະເທດລາວ", "ປະເທດ"),
            ("កម្ពុជាបានប្រកាស", "កម្ពុជា"),
            ("ရန်ကုန်မြို့မှာ", "ရန်"),
        ] {
            assert!(all(text).contains(&word), "{text}: {:?}", all(text));
        }
    }
}
