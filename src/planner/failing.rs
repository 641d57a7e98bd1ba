//! A notifier that takes nothing, for how long it is spared, and how it is found out that it is back. Pure.
//!
//! It *fails* when three attempts in a row, over a minute or more, met trouble. From then on one message at a time is tried,
//! each some seconds after the other; one that was never tried goes first, so that a message which alone is the trouble keeps
//! nobody waiting. Once a minute a message is tried that is not due yet: that attempt does not count. What comes meanwhile for
//! people is held, and told as one message a minute; the first that is taken lets everything go, in order.

use std::time::Duration;

use crate::model::{Delivery, DeliveryState, NotifierHealth, Time, Verdict};

use super::retry::after_attempt;

/// Attempts in a row …
const FAILURES: u32 = 3;
/// … over so long: a receiver that starts anew is away for less.
const LASTING: Duration = Duration::from_secs(60);
/// Between two attempts while it fails.
const BETWEEN: Duration = Duration::from_secs(5);
/// Between two looks whether it is back; so long, at most, is what comes meanwhile held.
pub const LOOK: Duration = Duration::from_secs(60);
/// A wait beyond this was written by a clock that has jumped.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

/// What may be sent to a notifier now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// What is due.
    Open,
    /// One message, and where `ahead`, the oldest even if it is not due.
    One {
        /// Time for a look whether it is back.
        ahead: bool,
    },
    /// Nothing until then.
    Shut(Time),
}

/// Whether it has failed often enough and for long enough.
pub fn is_failing(health: &NotifierHealth, now: Time) -> bool {
    health.failures >= FAILURES && health.failing_since.is_some_and(|since| since.plus(LASTING) <= now)
}

/// What may be sent now.
pub fn gate(health: &NotifierHealth, now: Time) -> Gate {
    if let Some(wished) = health.not_before.filter(|at| *at > now && *at <= now.plus(LONGEST_WAIT)) {
        return Gate::Shut(wished);
    }
    if !is_failing(health, now) {
        return Gate::Open;
    }
    match health.last_try.filter(|at| *at <= now) {
        Some(at) if at.plus(BETWEEN) > now => Gate::Shut(at.plus(BETWEEN)),
        Some(at) => Gate::One { ahead: at.plus(LOOK) <= now },
        None => Gate::One { ahead: true },
    }
}

/// When the next look is due whether a failing notifier is back.
pub fn next_look(health: &NotifierHealth, now: Time) -> Time {
    let look = health.last_try.filter(|at| *at <= now).map_or(now, |at| at.plus(LOOK));
    [Some(look), health.not_before].into_iter().flatten().max().unwrap_or(now)
}

/// The delivery after an attempt that was made before its time: trouble leaves its schedule as it was.
pub fn after_look(before: Delivery, verdict: &Verdict, schedule: &[Duration], now: Time) -> Delivery {
    let (attempts, next_attempt) = (before.attempts, before.next_attempt);
    let after = after_attempt(Delivery { attempts: 0, ..before }, verdict, schedule, now);
    match after.state {
        DeliveryState::Pending => Delivery { attempts, next_attempt, ..after },
        _ => Delivery { attempts: attempts + 1, ..after },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Time {
        Time::from_ms(1_764_000_000_000).plus(Duration::from_secs(seconds))
    }

    fn health(failures: u32, since: u64, last: u64) -> NotifierHealth {
        let since = (failures > 0).then(|| at(since));
        NotifierHealth { failures, failing_since: since, last_try: Some(at(last)), ..NotifierHealth::default() }
    }

    #[test]
    fn a_notifier_is_spared_once_it_has_failed_often_and_for_long() {
        let wished = |until| NotifierHealth { not_before: Some(at(until)), ..health(1, 0, 0) };
        for (health, now, expected) in [
            (health(0, 0, 100), 100, Gate::Open),
            (health(9, 70, 100), 100, Gate::Open),
            (health(2, 0, 100), 500, Gate::Open),
            (health(3, 0, 100), 103, Gate::Shut(at(105))),
            (health(3, 0, 100), 105, Gate::One { ahead: false }),
            (health(3, 0, 100), 160, Gate::One { ahead: true }),
            // The clock was set back.
            (health(3, 0, 900), 100, Gate::One { ahead: true }),
            (wished(30), 10, Gate::Shut(at(30))),
            (wished(30), 30, Gate::Open),
            (wished(1_000_000), 10, Gate::Open),
        ] {
            assert_eq!(gate(&health, at(now)), expected, "{health:?} at {now}");
        }
    }
}
