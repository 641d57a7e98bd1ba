//! The one shape of all that is learnt: what may come next in a context, by contexts of growing length, each mixed with the shorter one.
//!
//! A context is hashed to 32 bits, an event is a number into a dictionary of its own, probabilities are 256 steps of a
//! sixteenth of a nat or so. Read from the bytes that ship in the binary.

use std::sync::LazyLock;

/// Width of a step of quantised logarithms, in nats.
const STEP: f32 = 1.0 / 20.0;

/// Contexts of one length.
#[derive(Debug, Clone, Default)]
pub struct Order {
    /// Hashes of contexts, ascending.
    pub hashes: Vec<u32>,
    /// How much of the shorter context is mixed in, for each.
    pub rest: Vec<u8>,
    /// Where the events of each begin; one more at the end.
    pub starts: Vec<u32>,
    /// Events.
    pub events: Vec<u16>,
    /// Their probabilities.
    pub weights: Vec<u8>,
    /// Where the hashes begin that have so much before the last [`Order::shift`] bits; one more at the end. Empty in an order that was not read.
    index: Vec<u32>,
    shift: u32,
}

/// Hash of a context.
#[inline]
pub fn hash(symbols: &[u16]) -> u32 {
    let mut h = 0xcbf2_9ce4_8422_2325u64 ^ symbols.len() as u64;
    for s in symbols {
        h = (h ^ u64::from(*s)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        h ^= h >> 29;
    }
    (h >> 16) as u32
}

/// A probability in a byte.
pub fn pack(p: f32) -> u8 {
    if p <= 0.0 { 255 } else { (-p.ln() / STEP).round().clamp(0.0, 255.0) as u8 }
}

/// A probability out of its byte.
#[inline]
pub fn unpack(byte: u8) -> f32 {
    static STEPS: LazyLock<[f32; 256]> = LazyLock::new(|| std::array::from_fn(|byte| (-(byte as f32) * STEP).exp()));
    STEPS[usize::from(byte)]
}

impl Order {
    /// One without contexts, to be filled.
    pub fn empty() -> Self {
        Self { starts: vec![0], ..Self::default() }
    }

    /// The mixture weight of the shorter context, and the events of this one.
    #[inline]
    pub fn look(&self, context: &[u16]) -> Option<(f32, &[u16], &[u8])> {
        let hash = hash(context);
        let i = if self.index.is_empty() {
            self.hashes.binary_search(&hash).ok()?
        } else {
            let part = (u64::from(hash) >> self.shift) as usize;
            let (from, to) = (self.index[part] as usize, self.index[part + 1] as usize);
            from + self.hashes[from..to].iter().position(|h| *h == hash)?
        };
        let (from, to) = (self.starts[i] as usize, self.starts[i + 1] as usize);
        Some((unpack(self.rest[i]), &self.events[from..to], &self.weights[from..to]))
    }

    /// Writes it.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend((self.hashes.len() as u32).to_le_bytes());
        out.extend((self.events.len() as u32).to_le_bytes());
        self.hashes.iter().for_each(|h| out.extend(h.to_le_bytes()));
        out.extend(&self.rest);
        out.extend(self.starts.windows(2).map(|w| (w[1] - w[0]).min(255) as u8));
        self.events.iter().for_each(|e| out.extend(e.to_le_bytes()));
        out.extend(&self.weights);
    }

    /// Reads it.
    pub fn read(from: &mut Bytes<'_>) -> Order {
        let (contexts, events) = (from.u32() as usize, from.u32() as usize);
        let hashes: Vec<u32> = from.take(contexts * 4).chunks_exact(4).map(le32).collect();
        let rest = from.take(contexts).to_vec();
        let mut starts = Vec::with_capacity(contexts + 1);
        let mut at = 0u32;
        starts.push(0);
        for n in from.take(contexts) {
            at += u32::from(*n);
            starts.push(at);
        }
        let list = from.take(events * 2).chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]])).collect();
        let (index, shift) = index(&hashes);
        Order { hashes, rest, starts, events: list, weights: from.take(events).to_vec(), index, shift }
    }
}

/// Parts of ascending hashes by their first bits, of one hash or so each; and how many bits are left.
fn index(hashes: &[u32]) -> (Vec<u32>, u32) {
    let bits = hashes.len().next_power_of_two().trailing_zeros().min(24);
    let shift = 32 - bits;
    let mut at = 0;
    let part = |part: u64| {
        at += hashes[at..].iter().take_while(|h| u64::from(**h) >> shift < part).count();
        at as u32
    };
    ((0..=1 << bits).map(part).collect(), shift)
}

fn le32(b: &[u8]) -> u32 {
    u32::from_le_bytes([b[0], b[1], b[2], b[3]])
}

/// What remains to be read of a model file. What is beyond its end reads as zeros.
#[derive(Debug)]
pub struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    /// The next bytes.
    pub fn take(&mut self, n: usize) -> &'a [u8] {
        let (head, tail) = self.0.split_at(n.min(self.0.len()));
        self.0 = tail;
        head
    }

    /// The next byte.
    pub fn u8(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or(0)
    }

    /// The next number of 16 bits.
    pub fn u16(&mut self) -> u16 {
        u16::from(self.u8()) | u16::from(self.u8()) << 8
    }

    /// The next number of 32 bits.
    pub fn u32(&mut self) -> u32 {
        u32::from(self.u16()) | u32::from(self.u16()) << 16
    }

    /// The next number with a point.
    pub fn f32(&mut self) -> f32 {
        f32::from_bits(self.u32())
    }
}
