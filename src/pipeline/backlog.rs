//! What hangs at the notifiers, in words: for `status`, `once` and the log of the daemon. Pure.

use crate::model::NotifierName;
use crate::store::Backlog;

/// A sentence for each notifier whose messages hang, the worst first: one that is no longer configured, one whose target
/// said it is gone, one whose deliveries fail.
pub fn said(backlog: &[Backlog], configured: &[NotifierName]) -> Vec<String> {
    named(backlog, configured).into_iter().map(|(_, said)| said).collect()
}

/// The same, each with the notifier that it is about.
pub fn named<'b>(backlog: &'b [Backlog], configured: &[NotifierName]) -> Vec<(&'b NotifierName, String)> {
    let mut all: Vec<(u8, String, &NotifierName)> = Vec::new();
    for b in backlog {
        let owed = b.pending + b.waiting;
        let messages = if owed == 1 { "1 message waits".to_owned() } else { format!("{owed} messages wait") };
        let name = &b.notifier;
        if owed > 0 && !configured.contains(name) {
            all.push((
                0,
                format!("notifier “{name}” is no longer in the configuration, and {messages} for it: put it back"),
                name,
            ));
        } else if let Some(since) = b.off_since {
            let waits = if owed > 0 { format!("; {messages} for it") } else { String::new() };
            let mend = format!("mend its address, or feedwatch notify enable {name}");
            all.push((
                1,
                format!("notifier “{name}” is off since {since}, when its target said it is gone{waits}: {mend}"),
                name,
            ));
        } else if b.failing > 0 {
            let since = b.failing_since.map(|t| format!(" since {t}")).unwrap_or_default();
            let error = b.error.as_deref().unwrap_or("no reason kept");
            let said = format!("notifier “{name}” fails{since}: {error}; {messages} and will be tried again");
            all.push((2, said, name));
        }
    }
    all.sort();
    all.into_iter().map(|(_, said, name)| (name, said)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Time;

    #[test]
    fn the_worst_is_said_first_and_what_is_well_not_at_all() {
        let name = NotifierName::new;
        let blank = Backlog {
            notifier: name("well"),
            pending: 1,
            failing: 0,
            failing_since: None,
            error: None,
            waiting: 0,
            off_since: None,
        };
        let fails = Backlog { notifier: name("slow"), failing: 1, error: Some("503".into()), ..blank.clone() };
        let off = Backlog { notifier: name("gone"), pending: 0, off_since: Some(Time::from_ms(0)), ..blank.clone() };
        let removed = Backlog { notifier: name("old"), waiting: 2, ..blank.clone() };
        let all = said(&[blank, fails, off, removed], &[name("well"), name("slow"), name("gone")]);
        assert_eq!(
            all,
            [
                "notifier “old” is no longer in the configuration, and 3 messages wait for it: put it back",
                "notifier “gone” is off since 1970-01-01T00:00:00Z, when its target said it is gone: mend its address, or \
                 feedwatch notify enable gone",
                "notifier “slow” fails: 503; 1 message waits and will be tried again",
            ]
        );
    }
}
