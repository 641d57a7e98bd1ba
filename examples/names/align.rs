//! Which letters of a name stand for which of its spelling: groups of letters, their probabilities by
//! expectation-maximisation over all ways to cut both words.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use feedwatch::matcher::names::letters::Symbol;
use feedwatch::matcher::names::model::Step;

/// A quick hash for keys that are numbers.
#[derive(Debug, Default, Clone, Copy)]
pub struct Quick(u64);

impl Hasher for Quick {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|b| self.write_u64(u64::from(*b)));
    }
    fn write_u16(&mut self, n: u16) {
        self.write_u64(u64::from(n));
    }
    fn write_u64(&mut self, n: u64) {
        self.0 = (self.0.rotate_left(5) ^ n).wrapping_mul(0x517c_c1b7_2722_0a95);
        self.0 ^= self.0 >> 32;
    }
}

/// A map with [`Quick`].
pub type Map<K, V> = HashMap<K, V, BuildHasherDefault<Quick>>;

/// A word pair to align: letters, letters, weight.
pub type Sample = (Vec<Symbol>, Vec<Symbol>, f32);

/// Sizes of groups that are tried.
fn shapes(longest: usize) -> Vec<(usize, usize)> {
    let mut out = vec![(1, 0), (1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3), (3, 1), (3, 2)];
    if longest == 4 {
        out = vec![(1, 0), (1, 1), (2, 1), (3, 1), (4, 1), (2, 0), (2, 2), (4, 2)];
    }
    out
}

/// Packs up to four letters.
fn packed(letters: &[Symbol]) -> u64 {
    letters.iter().fold(letters.len() as u64, |k, s| k << 15 | u64::from(*s))
}

/// One way to go through a lattice.
struct Edge {
    from: u32,
    to: u32,
    event: u32,
}

/// The lattices of all samples.
struct Lattices {
    edges: Vec<Edge>,
    starts: Vec<usize>,
    events: usize,
    sizes: Vec<u8>,
}

fn lattices(samples: &[Sample], longest: usize) -> Lattices {
    let shapes = shapes(longest);
    let mut ids: Map<(u64, u64), u32> = Map::default();
    let mut out = Lattices { edges: Vec::new(), starts: vec![0], events: 0, sizes: Vec::new() };
    for (x, y, _) in samples {
        let wide = y.len() + 1;
        for i in 0..x.len() {
            let middle = (i * y.len()) as i32 / x.len() as i32;
            for j in 0..=y.len() {
                if (j as i32 - middle).abs() > 4 {
                    continue;
                }
                for (l, n) in &shapes {
                    if i + l > x.len() || j + n > y.len() {
                        continue;
                    }
                    let next = ids.len() as u32;
                    let key = (packed(&x[i..i + l]), packed(&y[j..j + n]));
                    let event = *ids.entry(key).or_insert_with(|| {
                        out.sizes.push((l + n) as u8);
                        next
                    });
                    out.edges.push(Edge { from: (i * wide + j) as u32, to: ((i + l) * wide + j + n) as u32, event });
                }
            }
        }
        out.starts.push(out.edges.len());
    }
    out.events = ids.len();
    out
}

/// Learns the groups and returns for each sample its best cut, and how well it fits (mean logarithm a letter); none where
/// it cannot be cut.
pub fn align(samples: &[Sample], longest: usize, rounds: usize) -> Vec<Option<(Vec<Step>, f32)>> {
    let lattices = lattices(samples, longest);
    let mut p: Vec<f32> = lattices.sizes.iter().map(|s| (-1.8 * f32::from(*s)).exp()).collect();
    let mut fit = vec![0f32; samples.len()];
    let (mut forward, mut backward) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let mut counts = vec![0f32; lattices.events];
        let (mean, spread) = moments(&fit);
        for (k, (x, y, weight)) in samples.iter().enumerate() {
            // What three rounds have not explained is taken for another name.
            if round >= 3 && fit[k] < mean - 2.0 * spread {
                continue;
            }
            let cells = (x.len() + 1) * (y.len() + 1);
            forward.clear();
            forward.resize(cells, 0f32);
            backward.clear();
            backward.resize(cells, 0f32);
            let edges = &lattices.edges[lattices.starts[k]..lattices.starts[k + 1]];
            forward[0] = 1e15;
            for e in edges {
                forward[e.to as usize] += forward[e.from as usize] * p[e.event as usize];
            }
            let total = forward[cells - 1];
            if total <= 0.0 {
                fit[k] = -9.0;
                continue;
            }
            fit[k] = (total / 1e15).ln() / (x.len() + y.len()) as f32;
            backward[cells - 1] = 1.0;
            for e in edges.iter().rev() {
                backward[e.from as usize] += backward[e.to as usize] * p[e.event as usize];
            }
            for e in edges {
                let share = forward[e.from as usize] * p[e.event as usize] * backward[e.to as usize] / total;
                counts[e.event as usize] += share * weight;
            }
        }
        // A group that a handful of names need is rather chance: all give something up, long groups more.
        for (c, s) in counts.iter_mut().zip(&lattices.sizes) {
            *c = (*c - 0.15 * (f32::from(*s) - 1.0)).max(1e-6);
        }
        let total: f32 = counts.iter().sum();
        p.iter_mut().zip(&counts).for_each(|(p, c)| *p = c / total);
    }
    let (mean, spread) = moments(&fit);
    samples
        .iter()
        .enumerate()
        .map(|(k, (x, y, _))| {
            if fit[k] < mean - 2.0 * spread {
                return None;
            }
            let edges = &lattices.edges[lattices.starts[k]..lattices.starts[k + 1]];
            best(x, y, edges, &p).map(|steps| (steps, fit[k]))
        })
        .collect()
}

fn moments(fit: &[f32]) -> (f32, f32) {
    let n = fit.len().max(1) as f32;
    let mean = fit.iter().sum::<f32>() / n;
    let var = fit.iter().map(|f| (f - mean).powi(2)).sum::<f32>() / n;
    (mean, var.sqrt())
}

fn best(x: &[Symbol], y: &[Symbol], edges: &[Edge], p: &[f32]) -> Option<Vec<Step>> {
    let wide = y.len() + 1;
    let cells = (x.len() + 1) * wide;
    let mut top = vec![(f32::NEG_INFINITY, usize::MAX); cells];
    top[0].0 = 0.0;
    for (k, e) in edges.iter().enumerate() {
        let score = top[e.from as usize].0 + p[e.event as usize].ln();
        if score > top[e.to as usize].0 {
            top[e.to as usize] = (score, k);
        }
    }
    let mut out = Vec::new();
    let mut at = cells - 1;
    while at > 0 {
        let edge = edges.get(top[at].1)?;
        let (from, to) = (edge.from as usize, edge.to as usize);
        let mut step = Step { taken: (to / wide - from / wide) as u8, written: [0; 3] };
        for (w, s) in step.written.iter_mut().zip(&y[from % wide..to % wide]) {
            *w = *s;
        }
        out.push(step);
        at = from;
    }
    out.reverse();
    Some(out)
}
