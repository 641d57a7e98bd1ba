//! Hashes that nobody outside can foresee, so that no text decides which of its words meet.

use std::hash::BuildHasher;

use crate::text::token::parts::Numbers;

/// What only this one knows.
#[derive(Debug, Clone, Copy)]
pub struct Secret([u64; 6]);

impl Secret {
    /// A new one, by chance.
    pub fn new() -> Self {
        let random = std::collections::hash_map::RandomState::new();
        Self([0, 1, 2, 3, 4, 5].map(|n| random.hash_one(n) | 1))
    }

    /// Of a word in numbers; what is of another kind is another word.
    #[inline]
    pub fn of_numbers(&self, numbers: &Numbers, kind: u64) -> u64 {
        let ([a, b, c, d], length) = numbers.all();
        let s = &self.0;
        let both = folded(a ^ s[0], b ^ s[1]) ^ folded(c ^ s[2], d ^ s[3]);
        folded(both ^ s[4], s[5] ^ kind << 8 ^ length as u64)
    }

    /// Of any text.
    #[inline]
    pub fn of(&self, text: &str) -> u64 {
        let s = &self.0;
        let (chunks, rest) = text.as_bytes().as_chunks::<16>();
        let mut last = [0; 16];
        last[..rest.len()].copy_from_slice(rest);
        let all = chunks.iter().chain(std::iter::once(&last)).fold(s[2], |all, chunk| {
            let [low, high] = [0, 1].map(|i| u64::from_le_bytes(chunk.as_chunks::<8>().0[i]));
            folded(low ^ s[0], high ^ s[1] ^ all)
        });
        folded(all ^ s[4], s[5] ^ text.len() as u64)
    }
}

/// The product of two numbers, its halves laid over one another.
#[inline]
fn folded(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn texts_that_differ_in_little_have_other_hashes() {
        let secret = Secret::new();
        let letters = ["", "a", "b", "\0", "ab", "ba", "слово", "слова"];
        let texts: Vec<String> = letters
            .iter()
            .flat_map(|end| [0, 7, 8, 15, 16, 17, 31, 32, 33].map(|n| format!("{}{end}", "x".repeat(n))))
            .collect();
        let different: HashSet<&String> = texts.iter().collect();
        let hashes: HashSet<u64> = texts.iter().map(|t| secret.of(t)).collect();
        assert_eq!(hashes.len(), different.len());
        assert_ne!(secret.of("a"), Secret::new().of("a"));
    }
}
