//! Korean particles, which stand behind a word and want this or that sound before them.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::{Reading, letters};

/// What a particle wants before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    Any,
    /// A syllable that ends in a consonant.
    Closed,
    /// A syllable that ends in a vowel.
    Open,
    /// A vowel or ㄹ.
    OpenOrL,
}

/// Particles and the copula, which may follow one another; 군, 인, 시 and the like are nouns and not here.
const PARTICLES: [(&str, After); 103] = {
    use After::{Any, Closed, Open, OpenOrL};
    [
        ("은", Closed),
        ("는", Open),
        ("이", Closed),
        ("가", Open),
        ("을", Closed),
        ("를", Open),
        ("의", Any),
        ("에", Any),
        ("에서", Any),
        ("에게", Any),
        ("에게서", Any),
        ("께", Any),
        ("께서", Any),
        ("한테", Any),
        ("한테서", Any),
        ("로", OpenOrL),
        ("으로", Closed),
        ("로서", OpenOrL),
        ("으로서", Closed),
        ("로써", OpenOrL),
        ("으로써", Closed),
        ("로부터", OpenOrL),
        ("으로부터", Closed),
        ("와", Open),
        ("과", Closed),
        ("도", Any),
        ("만", Any),
        ("까지", Any),
        ("부터", Any),
        ("조차", Any),
        ("마저", Any),
        ("밖에", Any),
        ("처럼", Any),
        ("같이", Any),
        ("보다", Any),
        ("마다", Any),
        ("라고", Open),
        ("이라고", Closed),
        ("라는", Open),
        ("이라는", Closed),
        ("라며", Open),
        ("이라며", Closed),
        ("라도", Open),
        ("이라도", Closed),
        ("나", Open),
        ("이나", Closed),
        ("란", Open),
        ("이란", Closed),
        ("랑", Open),
        ("이랑", Closed),
        ("하고", Any),
        ("든지", Open),
        ("이든지", Closed),
        ("대로", Any),
        ("만큼", Any),
        ("뿐", Any),
        ("며", Open),
        ("이며", Closed),
        ("들", Any),
        ("이다", Any),
        ("입니다", Any),
        ("였다", Open),
        ("이었다", Closed),
        ("야말로", Open),
        ("이야말로", Closed),
        ("에선", Any),
        ("에는", Any),
        ("다", Open),
        ("엔", Any),
        ("에겐", Any),
        ("에다", Any),
        ("에다가", Any),
        ("으론", Closed),
        ("커녕", Any),
        ("치고", Any),
        ("라면", Open),
        ("이라면", Closed),
        ("라서", Open),
        ("이라서", Closed),
        ("라니", Open),
        ("이라니", Closed),
        ("라든가", Open),
        ("이라든가", Closed),
        ("라든지", Open),
        ("이라든지", Closed),
        ("라기보다", Open),
        ("이라기보다", Closed),
        ("라지만", Open),
        ("이라지만", Closed),
        ("지만", Open),
        ("이지만", Any),
        ("이자", Any),
        ("인데", Any),
        ("인지", Any),
        ("이고", Any),
        ("이었던", Closed),
        ("였던", Open),
        ("이었고", Closed),
        ("였고", Open),
        ("예요", Open),
        ("이에요", Closed),
        ("이죠", Closed),
        ("입니까", Any),
    ]
};

/// Particles that follow one another at most (에서 + 만 + 은).
const CHAIN: usize = 3;

/// The particles by their last syllable, so that most words are seen at once to have none.
static BY_END: LazyLock<HashMap<char, Vec<(&str, After)>>> = LazyLock::new(|| {
    let mut out: HashMap<char, Vec<(&str, After)>> = HashMap::new();
    for (particle, after) in PARTICLES {
        out.entry(particle.chars().next_back().expect("no particle is empty")).or_default().push((particle, after));
    }
    out
});

/// A bit for the last syllable of each particle, by its low bits: most words have no such.
static ENDS: LazyLock<[u64; 64]> = LazyLock::new(|| {
    let mut out = [0; 64];
    BY_END.keys().for_each(|c| out[*c as usize / 64 % 64] |= 1 << (*c as u32 % 64));
    out
});

/// Offers a word without the particles behind its part that ends at `end`, of which `depth` are off already.
pub fn korean(word: &str, end: usize, depth: usize, offer: &mut dyn FnMut(Reading<'_>)) {
    if depth == CHAIN {
        return;
    }
    let ends = |c: &char| ENDS[*c as usize / 64 % ENDS.len()] & 1 << (*c as u32 % 64) != 0;
    let last = word[..end].chars().next_back().filter(ends);
    let Some(particles) = last.and_then(|c| BY_END.get(&c)) else { return };
    for (particle, after) in particles {
        let (particle, after) = (*particle, *after);
        let Some(base) = word[..end].strip_suffix(particle) else { continue };
        let Some(last) = base.chars().next_back() else { continue };
        // Syllables stand in Unicode by final consonant: 28 of them, none first, ㄹ the eighth.
        let closing = match last {
            '가'..='힣' => Some((last as u32 - '가' as u32) % 28),
            _ => None,
        };
        let fits = match (after, closing) {
            // Behind Latin letters one cannot see how the word sounds.
            (After::Any, _) | (_, None) => true,
            (After::Closed, Some(n)) => n != 0,
            (After::Open, Some(n)) => n == 0,
            (After::OpenOrL, Some(n)) => n == 0 || n == 8,
        };
        if fits && letters(base) >= 2 {
            offer(Reading { form: base, front: 0, back: word.len() - base.len(), affix: true, short: false });
            korean(word, base.len(), depth + 1, offer);
        }
    }
}
