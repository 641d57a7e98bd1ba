//! From aligned names to the tables that ship.

use std::collections::BTreeMap;

use feedwatch::matcher::names::letters::Symbol;
use feedwatch::matcher::names::model::{Choice, HISTORY, Letters, Step, Transliteration, WINDOWS, window};
use feedwatch::matcher::names::table::{Order, hash, pack};

use super::align::{Map, Sample, align};

/// Counts of events in contexts, of one order.
#[derive(Default)]
struct Counts(Map<Vec<Symbol>, BTreeMap<u32, f32>>);

impl Counts {
    fn add(&mut self, context: &[Symbol], event: u32, weight: f32) {
        match self.0.get_mut(context) {
            Some(events) => *events.entry(event).or_default() += weight,
            None => {
                self.0.insert(context.to_vec(), BTreeMap::from([(event, weight)]));
            }
        }
    }

    /// The table: what is rarer than `least` in all is left to the shorter context.
    fn order(&self, least: f32, discount: f32, rarest: f32, event_number: impl Fn(u32) -> u16) -> Order {
        let mut rows: Vec<(u32, &BTreeMap<u32, f32>)> = self.0.iter().map(|(c, e)| (hash(c), e)).collect();
        rows.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.len().cmp(&a.1.len())));
        rows.dedup_by_key(|r| r.0);
        let mut order = Order::empty();
        for (hash, events) in rows {
            let total: f32 = events.values().sum();
            if total < least {
                continue;
            }
            let given = |c: f32| (c - discount).max(0.0) / (total + 0.5 * discount);
            let mut list: Vec<(u16, u8)> = events
                .iter()
                .filter(|(_, c)| given(**c) > rarest)
                .map(|(e, c)| (event_number(*e), pack(given(*c))))
                .collect();
            list.sort_unstable();
            list.truncate(255);
            let kept: f32 = list.iter().map(|(_, w)| feedwatch::matcher::names::table::unpack(*w)).sum();
            order.hashes.push(hash);
            order.rest.push(pack((1.0 - kept).clamp(1e-4, 1.0)));
            order.starts.push(order.starts.last().copied().unwrap_or(0) + list.len() as u32);
            order.events.extend(list.iter().map(|l| l.0));
            order.weights.extend(list.iter().map(|l| l.1));
        }
        order
    }
}

/// Learns how names of one script are written in another.
pub fn transliteration(samples: &[Sample], longest: usize) -> Transliteration {
    let aligned = align(samples, longest, 6);
    let cuts: Vec<Option<Vec<Step>>> = aligned.into_iter().map(|a| a.map(|(steps, _)| steps)).collect();
    let first = count(samples, &cuts);
    let again: Vec<Option<Vec<Step>>> =
        samples.iter().zip(&cuts).map(|(s, c)| c.as_ref().and_then(|_| recut(&first, s))).collect();
    count(samples, &again)
}

/// Counts the steps of cut samples.
fn count(samples: &[Sample], cuts: &[Option<Vec<Step>>]) -> Transliteration {
    let mut frequency: BTreeMap<Step, f32> = BTreeMap::new();
    for ((_, _, weight), cut) in samples.iter().zip(cuts) {
        for step in cut.iter().flatten() {
            *frequency.entry(*step).or_default() += weight;
        }
    }
    let mut steps: Vec<(Step, f32)> = frequency.into_iter().collect();
    steps.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    steps.truncate(20_000);
    let steps: Vec<Step> = steps.into_iter().filter(|s| s.1 > 1.5).map(|s| s.0).collect();
    let numbers: BTreeMap<Step, u32> = steps.iter().enumerate().map(|(i, s)| (*s, i as u32)).collect();
    let mut counts: Vec<Counts> = WINDOWS.iter().map(|_| Counts::default()).collect();
    for ((x, _, weight), cut) in samples.iter().zip(cuts) {
        let mut at = 0;
        for step in cut.iter().flatten() {
            if let Some(number) = numbers.get(step) {
                for (counts, (before, behind)) in counts.iter_mut().zip(WINDOWS) {
                    if step.taken as usize <= behind {
                        let (context, n) = window(x, at, before, behind);
                        counts.add(&context[..n], *number, *weight);
                    }
                }
            }
            at += step.taken as usize;
        }
    }
    let orders = counts.iter().enumerate().map(|(k, c)| {
        let least = [0.0, 2.0, 4.0, 6.0, 10.0, 16.0][k];
        c.order(least, [0.3, 0.6, 0.7, 0.8, 0.8, 0.8][k], if k < 2 { 0.0015 } else { 0.004 }, |e| e as u16)
    });
    Transliteration { orders: orders.collect(), steps }
}

/// The best cut of a sample by the model itself.
fn recut(how: &Transliteration, (x, y, _): &Sample) -> Option<Vec<Step>> {
    let wide = y.len() + 1;
    let mut top: Vec<(f32, usize, Option<Step>)> = vec![(f32::NEG_INFINITY, 0, None); (x.len() + 1) * wide];
    top[0].0 = 0.0;
    let mut choices: Vec<Choice> = Vec::new();
    for i in 0..x.len() {
        how.choices(x, i, &mut choices);
        for j in 0..wide {
            let here = top[i * wide + j].0;
            if here == f32::NEG_INFINITY {
                continue;
            }
            for c in &choices {
                let n = c.step.written.iter().filter(|s| **s != 0).count();
                if y[j..].len() >= n && y[j..j + n] == c.step.written[..n] {
                    let to = (i + c.step.taken as usize) * wide + j + n;
                    if here + c.p.ln() > top[to].0 {
                        top[to] = (here + c.p.ln(), i * wide + j, Some(c.step));
                    }
                }
            }
        }
    }
    let mut at = x.len() * wide + y.len();
    let mut out = Vec::new();
    while at > 0 {
        let (_, from, step) = top[at];
        out.push(step?);
        at = from;
    }
    out.reverse();
    Some(out)
}

/// Learns what words look like.
pub fn letters<'a>(words: impl Iterator<Item = (&'a [Symbol], f32)>) -> Letters {
    let mut counts: Vec<Counts> = (0..=HISTORY).map(|_| Counts::default()).collect();
    for (word, weight) in words {
        let mut padded = vec![0; HISTORY];
        padded.extend(word);
        padded.push(0);
        for i in HISTORY..padded.len() {
            for (k, counts) in counts.iter_mut().enumerate() {
                counts.add(&padded[i - k..i], u32::from(padded[i]), weight);
            }
        }
    }
    let orders = counts
        .iter()
        .enumerate()
        .map(|(k, c)| c.order([0.0, 2.0, 10.0, 30.0, 60.0][k], 0.7, if k == 0 { 0.0 } else { 0.004 }, |e| e as u16));
    Letters { orders: orders.collect() }
}
