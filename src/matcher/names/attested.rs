//! Spellings that the sources of the model have seen: how people write a known name, whatever the letters say.
//!
//! Packed as they ship, in the order of their Latin letters, each name with what it shares with the one before. A list is read
//! once for a script, when the names of a watchlist are compiled for it.

use super::letters::{Script, Symbol};
use super::table::Bytes;

/// A name in Latin letters without marks, and how a script has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair<'p> {
    /// The Latin letters.
    pub latin: &'p [Symbol],
    /// The other spelling.
    pub other: &'p [Symbol],
}

/// Longest spelling, in letters.
const LONGEST: usize = 24;

/// The pairs of a script.
#[derive(Debug, Clone, Default)]
pub struct Attested {
    packed: Box<[u8]>,
}

impl Attested {
    /// Packs pairs of a script; what is too long is left out.
    pub fn new(script: Script, mut list: Vec<Pair<'_>>) -> Self {
        list.retain(|p| p.latin.len() <= LONGEST && p.other.len() <= LONGEST && !p.other.is_empty());
        list.sort();
        let mut packed = Vec::new();
        let mut before: &[Symbol] = &[];
        for pair in &list {
            let shared = before.iter().zip(pair.latin).take_while(|(a, b)| a == b).count();
            packed.extend([shared as u8, (pair.latin.len() - shared) as u8]);
            packed.extend(pair.latin[shared..].iter().map(|s| *s as u8));
            packed.push(pair.other.len() as u8);
            for symbol in pair.other {
                match script {
                    Script::Han => packed.extend(symbol.to_le_bytes()),
                    _ => packed.push(*symbol as u8),
                }
            }
            before = pair.latin;
        }
        Self { packed: packed.into() }
    }

    /// Tells every pair.
    pub fn each(&self, script: Script, mut tell: impl FnMut(Pair<'_>)) {
        let mut from = Bytes(&self.packed);
        let (mut latin, mut other) = (Vec::new(), Vec::new());
        while !from.0.is_empty() {
            latin.truncate(usize::from(from.u8()));
            latin.extend((0..from.u8()).map(|_| Symbol::from(from.u8())));
            other.clear();
            for _ in 0..from.u8() {
                other.push(if script == Script::Han { from.u16() } else { Symbol::from(from.u8()) });
            }
            tell(Pair { latin: &latin, other: &other });
        }
    }

    /// Writes it.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend((self.packed.len() as u32).to_le_bytes());
        out.extend(&self.packed);
    }

    /// Reads it.
    pub fn read(from: &mut Bytes<'_>) -> Self {
        let n = from.u32() as usize;
        Self { packed: from.take(n).into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_come_back_as_they_were_packed() {
        let pair = |latin: &'static [Symbol], other: &'static [Symbol]| Pair { latin, other };
        let small = [pair(&[10, 15, 8, 14], &[7]), pair(&[2], &[9, 9, 9]), pair(&[10, 15, 8, 14], &[7, 8])];
        let large = [pair(&[10, 15, 8], &[0x4001, 0x20]), pair(&[10, 15, 8, 14], &[0x5001])];
        for (script, list) in [(Script::Arabic, &small[..]), (Script::Han, &large[..])] {
            let mut bytes = Vec::new();
            Attested::new(script, list.to_vec()).write(&mut bytes);
            let mut told = Vec::new();
            Attested::read(&mut Bytes(&bytes)).each(script, |p| told.push((p.latin.to_vec(), p.other.to_vec())));
            let mut want: Vec<_> = list.iter().map(|p| (p.latin.to_vec(), p.other.to_vec())).collect();
            want.sort();
            assert_eq!(told, want);
        }
    }
}
