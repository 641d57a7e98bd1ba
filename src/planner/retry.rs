//! What the verdict on an attempt means for its delivery: sent, again at some time, or dead.

use std::time::Duration;

use crate::model::backoff::with_jitter;
use crate::model::{Delivery, DeliveryState, Recipient, Time, Verdict};

/// Pauses between attempts where a notifier has no `retry`: the schedule of the Standard Webhooks specification 1.0.0
/// (the first attempt is made at once).
pub const SCHEDULE: [Duration; 9] = {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 3600;
    [
        Duration::from_secs(5),
        Duration::from_secs(5 * MINUTE),
        Duration::from_secs(30 * MINUTE),
        Duration::from_secs(2 * HOUR),
        Duration::from_secs(5 * HOUR),
        Duration::from_secs(10 * HOUR),
        Duration::from_secs(14 * HOUR),
        Duration::from_secs(20 * HOUR),
        Duration::from_secs(24 * HOUR),
    ]
};
/// Share by which a pause is lengthened at random, so that a receiver that returns is not met by all at once.
const JITTER: f64 = 0.2;
/// The longest wait that a target can ask for.
const LONGEST_WISH: Duration = Duration::from_secs(24 * 3600);

/// The delivery after an attempt that ended `now` with this verdict.
pub fn after_attempt(mut delivery: Delivery, verdict: &Verdict, schedule: &[Duration], now: Time) -> Delivery {
    delivery.attempts += 1;
    let pause = schedule.get(delivery.attempts as usize - 1);
    match verdict {
        Verdict::Recipients { each } => of_recipients(&mut delivery, each, pause, now),
        Verdict::Accepted { .. } => end(&mut delivery, DeliveryState::Sent, None),
        Verdict::Refused { said } | Verdict::Gone { said } => {
            end(&mut delivery, DeliveryState::Dead, Some(said.clone()));
        }
        Verdict::Retry { said, after } => again(&mut delivery, said, *after, pause, now),
    }
    // A mail whose schedule ended before the server spoke of a recipient: none of those who wait will get it.
    if delivery.state == DeliveryState::Dead {
        for recipient in delivery.recipients.iter_mut().filter(|r| r.state == DeliveryState::Pending) {
            recipient.state = DeliveryState::Dead;
        }
    }
    delivery
}

fn end(delivery: &mut Delivery, state: DeliveryState, error: Option<String>) {
    delivery.state = state;
    delivery.next_attempt = None;
    delivery.error = error;
}

/// Trouble of the way: the next attempt by the schedule, or as late as the target asked; dead when the schedule is over.
fn again(delivery: &mut Delivery, said: &str, wish: Option<Duration>, pause: Option<&Duration>, now: Time) {
    let Some(pause) = pause else {
        return end(delivery, DeliveryState::Dead, Some(format!("{said}; the retry schedule has ended")));
    };
    let pause = with_jitter(*pause, JITTER, delivery.id.as_str(), u64::from(delivery.attempts));
    let wait = pause.max(wish.unwrap_or_default().min(LONGEST_WISH));
    delivery.next_attempt = Some(now.plus(wait));
    delivery.error = Some(said.to_owned());
}

/// A mail is pending while a recipient waits, else dead if one was refused, else sent.
fn of_recipients(delivery: &mut Delivery, each: &[(String, Verdict)], pause: Option<&Duration>, now: Time) {
    let mut wish: Option<Duration> = None;
    for (address, verdict) in each {
        let (state, error) = match verdict {
            Verdict::Accepted { .. } => (DeliveryState::Sent, None),
            Verdict::Retry { said, after } => {
                wish = wish.max(*after);
                (DeliveryState::Pending, Some(said.clone()))
            }
            Verdict::Refused { said } | Verdict::Gone { said } => (DeliveryState::Dead, Some(said.clone())),
            Verdict::Recipients { .. } => unreachable!("a recipient's verdict holds no recipients"),
        };
        let fresh = Recipient { address: address.clone(), state, error };
        match delivery.recipients.iter_mut().find(|r| r.address == *address) {
            Some(known) => *known = fresh,
            None => delivery.recipients.push(fresh),
        }
    }
    let told = |state| told_of(&delivery.recipients, state);
    if let Some(mut said) = told(DeliveryState::Pending) {
        // Who was refused is to be seen now, not when the others have it.
        if let Some(refused) = told(DeliveryState::Dead) {
            said = format!("{said}; refused: {refused}");
        }
        again(delivery, &said, wish, pause, now);
    } else if let Some(said) = told(DeliveryState::Dead) {
        end(delivery, DeliveryState::Dead, Some(said));
    } else {
        end(delivery, DeliveryState::Sent, None);
    }
}

/// What was said of the recipients in this state, each distinct answer with those it is about; `None` where there are none.
fn told_of(recipients: &[Recipient], state: DeliveryState) -> Option<String> {
    let those: Vec<&Recipient> = recipients.iter().filter(|r| r.state == state).collect();
    if those.is_empty() {
        return None;
    }
    let mut answers: Vec<(&str, Vec<&str>)> = Vec::new();
    for recipient in those {
        let said = recipient.error.as_deref().unwrap_or("not tried yet");
        match answers.iter_mut().find(|(a, _)| *a == said) {
            Some((_, who)) => who.push(&recipient.address),
            None => answers.push((said, vec![&recipient.address])),
        }
    }
    let parts: Vec<String> = answers.iter().map(|(said, who)| format!("{}: {said}", who.join(", "))).collect();
    Some(parts.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AlertId, Form, NotifierName};

    const T0: i64 = 1_764_000_000_000;

    fn delivery() -> Delivery {
        Delivery::seal(&NotifierName::new("n"), vec![AlertId::new("al_x")], Form::Item, Time::from_ms(T0))
    }

    fn now() -> Time {
        Time::from_ms(T0)
    }

    fn said(text: &str) -> Verdict {
        Verdict::Refused { said: text.into() }
    }

    #[test]
    fn one_verdict_one_state() {
        let accepted = after_attempt(delivery(), &Verdict::Accepted { said: "250".into() }, &SCHEDULE, now());
        assert_eq!((accepted.state, accepted.attempts, accepted.error), (DeliveryState::Sent, 1, None));
        let refused = after_attempt(delivery(), &said("400 no"), &SCHEDULE, now());
        assert_eq!(
            (refused.state, refused.next_attempt, refused.error.as_deref()),
            (DeliveryState::Dead, None, Some("400 no"))
        );
        let later = after_attempt(delivery(), &Verdict::retry("500"), &SCHEDULE, now());
        let wait = later.next_attempt.expect("due again").since(now());
        assert!((5.0..=6.0).contains(&wait.as_secs_f64()), "{wait:?}");
        assert_eq!((later.state, later.error.as_deref()), (DeliveryState::Pending, Some("500")));
    }

    #[test]
    fn a_wish_of_the_target_is_obeyed_up_to_a_day() {
        for (wish, least, most) in [(8, 8, 8), (1, 5, 6), (1_000_000, 86_400, 86_400)] {
            let verdict = Verdict::Retry { said: "429".into(), after: Some(Duration::from_secs(wish)) };
            let wait = after_attempt(delivery(), &verdict, &SCHEDULE, now()).next_attempt.expect("due").since(now());
            assert!((least..=most).contains(&wait.as_secs()), "{wish}: {wait:?}");
        }
    }

    #[test]
    fn the_schedule_ends_and_not_before() {
        let mut one = delivery();
        for n in 0..SCHEDULE.len() {
            one = after_attempt(one, &Verdict::retry("503"), &SCHEDULE, now());
            assert_eq!(one.state, DeliveryState::Pending, "after attempt {}", n + 1);
        }
        one = after_attempt(one, &Verdict::retry("503"), &SCHEDULE, now());
        assert_eq!((one.state, one.attempts), (DeliveryState::Dead, 10));
        assert_eq!(one.error.as_deref(), Some("503; the retry schedule has ended"));
    }

    #[test]
    fn a_mail_waits_for_each_of_its_recipients() {
        let each = |b: Verdict, c: Verdict| Verdict::Recipients {
            each: vec![("a@e".into(), Verdict::Accepted { said: String::new() }), ("b@e".into(), b), ("c@e".into(), c)],
        };
        let first = after_attempt(delivery(), &each(said("550 nobody"), Verdict::retry("452 full")), &SCHEDULE, now());
        assert_eq!(
            (first.state, first.error.as_deref()),
            (DeliveryState::Pending, Some("c@e: 452 full; refused: b@e: 550 nobody"))
        );
        let last = Verdict::Recipients { each: vec![("c@e".into(), Verdict::Accepted { said: String::new() })] };
        let second = after_attempt(first, &last, &SCHEDULE, now());
        assert_eq!((second.state, second.error.as_deref()), (DeliveryState::Dead, Some("b@e: 550 nobody")));
        let states: Vec<DeliveryState> = second.recipients.iter().map(|r| r.state).collect();
        assert_eq!(states, [DeliveryState::Sent, DeliveryState::Dead, DeliveryState::Sent]);
    }

    #[test]
    fn recipients_still_waiting_when_the_schedule_ends_are_dead() {
        let waits = Verdict::Recipients { each: vec![("a@e".into(), Verdict::retry("452 full"))] };
        let first = after_attempt(delivery(), &waits, &[Duration::ZERO], now());
        let second = after_attempt(first, &Verdict::retry("connection refused"), &[Duration::ZERO], now());
        assert_eq!((second.state, second.recipients[0].state), (DeliveryState::Dead, DeliveryState::Dead));
    }
}
