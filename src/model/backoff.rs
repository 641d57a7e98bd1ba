//! Pauses that grow, and the jitter that keeps a thousand of them apart. Pure: jitter comes from a hash, not from chance,
//! so that the same question has the same answer after a crash.

use std::time::Duration;

use super::ids::hash64;

/// A number in `0..1` that is the same for the same subject and occasion, and unlike for others.
pub fn unit_jitter(subject: &str, occasion: u64) -> f64 {
    (hash64(&format!("{subject}\u{1}{occasion}")) >> 11) as f64 / (1u64 << 53) as f64
}

/// The wait, lengthened by up to `share` of itself.
pub fn with_jitter(wait: Duration, share: f64, subject: &str, occasion: u64) -> Duration {
    wait + wait.mul_f64(share * unit_jitter(subject, occasion))
}

/// `base` doubled once for each failure after the first, at most `ceiling` (and never below `base`).
pub fn doubled(base: Duration, failures: u32, ceiling: Duration) -> Duration {
    let factor = 1u32 << failures.saturating_sub(1).min(20);
    base.saturating_mul(factor).min(ceiling.max(base))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_their_ceiling_and_never_end() {
        let (second, hour) = (Duration::from_secs(1), Duration::from_secs(3600));
        let pauses: Vec<u64> = [1, 2, 3, 4, 13, 1000].iter().map(|n| doubled(second, *n, hour).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 3600, 3600]);
        assert_eq!(doubled(hour, 3, second), hour);
    }

    #[test]
    fn jitter_is_repeatable_bounded_and_spread() {
        let all: Vec<f64> = (0..1000).map(|n| unit_jitter(&format!("feed-{n}"), 1)).collect();
        assert!(all.iter().all(|x| (0.0..1.0).contains(x)));
        assert_eq!(unit_jitter("feed-1", 1), all[1]);
        for tenth in 0..10 {
            let inside = all.iter().filter(|x| (**x * 10.0) as u32 == tenth).count();
            assert!((60..140).contains(&inside), "{inside} of 1000 in tenth {tenth}");
        }
    }
}
