//! Is it a feed that is away, or are we? Most hosts at once means us.
//!
//! A host is spoken for by that of its feeds that was asked last. We are taken to be offline since the earliest moment from
//! which on at least three quarters of the hosts that were asked, and a third of all (two at least), gave no answer at all.
//! A single host says nothing: it is its own trouble. Files have no host.

use std::collections::BTreeMap;

use crate::model::Time;

use super::FeedView;

/// How a host does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// No answer since then; `None`: it answered.
    pub away_since: Option<Time>,
    /// When it was last asked.
    pub asked: Time,
}

/// The hosts that were ever asked, by name.
pub fn hosts<'a>(feeds: &[FeedView<'a>]) -> BTreeMap<&'a str, Host> {
    let mut hosts: BTreeMap<&str, Host> = BTreeMap::new();
    for feed in feeds {
        let (Some(name), Some(asked)) = (feed.host, feed.memory.last_poll) else { continue };
        let host = Host { away_since: feed.memory.unreachable_since, asked };
        match hosts.get(name) {
            Some(known) if known.asked >= asked => {}
            _ => drop(hosts.insert(name, host)),
        }
    }
    hosts
}

/// Hosts that gave no answer from `since` on, and hosts that did.
pub fn counted(hosts: &BTreeMap<&str, Host>, since: Time) -> (usize, usize) {
    let away = hosts.values().filter(|h| h.away_since.is_some_and(|t| t >= since)).count();
    let here = hosts.values().filter(|h| h.away_since.is_none() && h.asked >= since).count();
    (away, here)
}

/// Whether most hosts are away from `since` on.
pub fn is_offline(hosts: &BTreeMap<&str, Host>, since: Time) -> bool {
    let (away, here) = counted(hosts, since);
    most(away, here, hosts.len())
}

/// Whether so many hosts that are away, beside so many that answer, are most of all there are.
fn most(away: usize, here: usize, all: usize) -> bool {
    away >= 2 && away >= all.div_ceil(3) && away * 4 >= (away + here) * 3
}

/// The earliest moment from which on most hosts are away, if they are. A host that nobody followed within the hour went by
/// itself, and is not the beginning.
pub fn began(hosts: &BTreeMap<&str, Host>) -> Option<Time> {
    const TOGETHER: std::time::Duration = std::time::Duration::from_secs(3600);
    let mut away: Vec<Time> = hosts.values().filter_map(|h| h.away_since).collect();
    let mut here: Vec<Time> = hosts.values().filter(|h| h.away_since.is_none()).map(|h| h.asked).collect();
    away.sort_unstable();
    here.sort_unstable();
    // In order of time both are counted by where the moment stands among them: each host is looked at once.
    let from = |times: &[Time], since: Time| times.len() - times.partition_point(|t| *t < since);
    let followed = away.windows(2).filter(|pair| pair[1].since(pair[0]) <= TOGETHER).map(|pair| pair[0]);
    followed.into_iter().find(|since| most(from(&away, *since), from(&here, *since), hosts.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Time {
        Time::from_ms(1_764_000_000_000 + minute * 60_000)
    }

    /// Hosts as (away since, asked), in minutes.
    fn scene(hosts: &[(Option<i64>, i64)]) -> BTreeMap<&'static str, Host> {
        const NAMES: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
        let host = |(away, asked): &(Option<i64>, i64)| Host { away_since: away.map(at), asked: at(*asked) };
        NAMES.into_iter().zip(hosts.iter().map(host)).collect()
    }

    #[test]
    fn most_hosts_at_once_is_us_and_a_few_are_themselves() {
        for (hosts, since) in [
            (vec![], None),
            (vec![(Some(0), 5)], None),
            (vec![(Some(0), 5), (Some(1), 5)], Some(0)),
            // One of two answers.
            (vec![(Some(0), 5), (None, 5)], None),
            // One of four answers still, two of four do not make most.
            (vec![(Some(0), 5), (Some(0), 5), (Some(1), 5), (None, 5)], Some(0)),
            (vec![(Some(0), 5), (Some(0), 5), (None, 5), (None, 5)], None),
            // A host that died long ago is not the beginning.
            (vec![(Some(-9000), 5), (Some(2), 5), (Some(3), 5), (Some(2), 5), (None, 1)], Some(2)),
            // Two hosts of twelve, and nobody else was asked since: too few to say.
            ([vec![(Some(4), 5), (Some(4), 5)], vec![(None, 1); 10]].concat(), None),
            // Four of twelve, and nobody answers.
            ([vec![(Some(4), 5); 4], vec![(None, 1); 8]].concat(), Some(4)),
            // The local host that answers throughout.
            ([vec![(Some(4), 5); 8], vec![(None, 6); 1]].concat(), Some(4)),
        ] {
            assert_eq!(began(&scene(&hosts)), since.map(at), "{hosts:?}");
        }
    }

    #[test]
    fn it_ends_when_more_than_a_quarter_answers() {
        let back = |n: usize| scene(&[vec![(None, 200); n], vec![(Some(0), 100); 12 - n]].concat());
        let ended: Vec<bool> = (0..=4).map(|n| !is_offline(&back(n), at(0))).collect();
        assert_eq!(ended, [false, false, false, false, true]);
    }
}
