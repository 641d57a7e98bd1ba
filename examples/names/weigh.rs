//! The weights of the second stage, from held-out names and running text.

use feedwatch::matcher::names::judge::FACTS;

use super::measure::Figures;

/// What a word of running text weighs beside a true spelling: false hits are what the user hears of.
const WRONG: f32 = 0.3;

/// Logistic regression of true against false, by Newton's method with a little shrinking.
pub fn fit(sets: &[&Figures]) -> [f32; FACTS] {
    let mut rows: Vec<Row<FACTS>> = Vec::new();
    for figures in sets {
        rows.extend(figures.truth.iter().flatten().map(|f| (f.numbers().map(f64::from), 1.0, 1.0)));
        let wrong = figures
            .wrong
            .iter()
            .map(|w| (w.facts.numbers().map(f64::from), 0.0, f64::from(WRONG) * f64::from(w.count.min(20))));
        rows.extend(wrong);
    }
    regress(rows)
}

/// Numbers, the last of them 1; whether they are true; their weight.
type Row<const N: usize> = ([f64; N], f64, f64);

fn regress<const N: usize>(mut rows: Vec<Row<N>>) -> [f32; N] {
    let n = rows.len().max(1) as f64;
    let mean: [f64; N] = std::array::from_fn(|k| rows.iter().map(|r| r.0[k]).sum::<f64>() / n);
    let spread: [f64; N] = std::array::from_fn(|k| {
        let var = rows.iter().map(|r| (r.0[k] - mean[k]).powi(2)).sum::<f64>() / n;
        if var < 1e-9 { 1.0 } else { var.sqrt() }
    });
    let last = N - 1;
    rows.iter_mut().for_each(|r| (0..last).for_each(|k| r.0[k] = (r.0[k] - mean[k]) / spread[k]));
    let mut w = [0f64; N];
    for _ in 0..25 {
        let mut slope = [0f64; N];
        let mut curve = [[0f64; N]; N];
        for (x, label, weight) in &rows {
            let z: f64 = x.iter().zip(&w).map(|(x, w)| x * w).sum();
            let p = 1.0 / (1.0 + (-z.clamp(-30.0, 30.0)).exp());
            for i in 0..N {
                slope[i] += (p - label) * weight * x[i];
                for j in 0..N {
                    curve[i][j] += weight * p * (1.0 - p) * x[i] * x[j];
                }
            }
        }
        for i in 0..N {
            slope[i] += 0.5 * w[i];
            curve[i][i] += 0.5;
        }
        let step = solve(curve, slope);
        (0..N).for_each(|k| w[k] -= step[k]);
    }
    let mut out = [0f32; N];
    let mut shift = 0.0;
    for k in 0..last {
        out[k] = (w[k] / spread[k]) as f32;
        shift += w[k] * mean[k] / spread[k];
    }
    out[last] = (w[last] - shift) as f32;
    out
}

/// Solves a system of linear equations by elimination.
fn solve<const N: usize>(mut a: [[f64; N]; N], mut b: [f64; N]) -> [f64; N] {
    for i in 0..N {
        let pivot = (i..N).max_by(|x, y| a[*x][i].abs().total_cmp(&a[*y][i].abs())).unwrap_or(i);
        a.swap(i, pivot);
        b.swap(i, pivot);
        for k in i + 1..N {
            let f = a[k][i] / a[i][i];
            let row = a[i];
            (i..N).for_each(|j| a[k][j] -= f * row[j]);
            b[k] -= f * b[i];
        }
    }
    for i in (0..N).rev() {
        let rest: f64 = (i + 1..N).map(|j| a[i][j] * b[j]).sum();
        b[i] = (b[i] - rest) / a[i][i];
    }
    b
}
