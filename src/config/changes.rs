//! What one configuration has that another has not, in a line. Pure.

use std::collections::HashMap;
use std::hash::Hash;

use super::Config;

/// `+3 watches, -1 feed, ~1 notifier`: what came, what went, what is other than before; "other settings" where only those
/// differ, "nothing" where nothing does.
pub fn changes(before: &Config, now: &Config) -> String {
    let feeds = between(&before.feeds, &now.feeds, |f| &f.name);
    let watches = between(&before.watches, &now.watches, |w| &w.rule.name);
    let notifiers = between(&before.notifiers, &now.notifiers, |n| &n.name);
    let mut said = Vec::new();
    for (sign, count) in [("+", 0), ("-", 1), ("~", 2)] {
        for (numbers, one, many) in
            [(feeds, "feed", "feeds"), (watches, "watch", "watches"), (notifiers, "notifier", "notifiers")]
        {
            match numbers[count] {
                0 => {}
                1 => said.push(format!("{sign}1 {one}")),
                n => said.push(format!("{sign}{n} {many}")),
            }
        }
    }
    let others = before.store != now.store
        || before.fetch != now.fetch
        || before.polls != now.polls
        || before.trust_304 != now.trust_304
        || before.service != now.service
        || before.heartbeat != now.heartbeat
        || before.watch_files != now.watch_files;
    if others {
        said.push("other settings".to_owned());
    }
    if said.is_empty() { "nothing has changed".to_owned() } else { said.join(", ") }
}

/// Keys that a reload cannot put in force, and what says that they differ. Whatever is not named here holds from the reload on.
const NEED_A_RESTART: [(&str, Differ); 1] = [("[store] url", |before, now| before.store != now.store)];

/// Whether a key has another value in the second configuration.
type Differ = fn(&Config, &Config) -> bool;

/// The keys that differ and wait for a restart.
pub fn waiting_for_a_restart(before: &Config, now: &Config) -> Vec<&'static str> {
    NEED_A_RESTART.iter().filter(|(_, differ)| differ(before, now)).map(|(key, _)| *key).collect()
}

/// How many came, went, differ.
fn between<T: PartialEq, N: Eq + Hash>(before: &[T], now: &[T], name: impl Fn(&T) -> &N) -> [usize; 3] {
    let old: HashMap<&N, &T> = before.iter().map(|t| (name(t), t)).collect();
    let came = now.iter().filter(|t| !old.contains_key(name(t))).count();
    let stayed = now.len() - came;
    let differ = now.iter().filter(|t| old.get(name(t)).is_some_and(|o| *o != *t)).count();
    [came, before.len() - stayed, differ]
}
