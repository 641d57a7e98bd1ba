//! The whole daemon under load: killed at random, and left running for long. Both are short here and as long as is wanted
//! by hand:
//!
//! ```sh
//! FEEDWATCH_KILLS=200 cargo test --test it -- --ignored endurance::killed --nocapture
//! FEEDWATCH_SOAK_MINUTES=60 cargo test --test it -- --ignored endurance::soak --nocapture
//! ```

mod world;

use std::collections::BTreeMap;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::program::{Program, hook, watch};
use world::{Mood, World};

fn configuration(world: &World, feeds: usize, every: &str) -> String {
    let mut text = format!(
        "[defaults]\nevery = \"{every}\"\nmax_interval = \"{every}\"\nnotify = [\"hook\"]\n{}{}",
        // So many attempts that none is given up while the receiver is away, round after round.
        hook("hook", &world.server.url("/hook"))
            .replace("secret", &format!("retry = [{}]\nsecret", vec!["\"3s\""; 100].join(", "))),
        watch("Helsinki", &["Helsinki"], &["hook"]),
    );
    for i in 0..feeds {
        text.push_str(&format!(
            "[[feed]]\nname = \"feed {i}\"\nurl = \"{}\"\n",
            world.server.url(&format!("/feed/{i}"))
        ));
    }
    text
}

struct Daemon(Child);

impl Daemon {
    fn start(program: &Program) -> Self {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(program.path("daemon.log")).unwrap();
        let mut command = program.command(&["run"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        Self(command.spawn().unwrap())
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
    }

    fn end(mut self, signal: Signal) {
        self.signal(signal);
        self.0.wait().unwrap();
    }

    /// Kibibytes in memory, and open descriptors.
    fn size(&self) -> (usize, usize) {
        let folder = format!("/proc/{}", self.0.id());
        let status = std::fs::read_to_string(format!("{folder}/status")).unwrap();
        let resident = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).unwrap();
        let resident = resident.trim().trim_end_matches(" kB").parse().unwrap();
        (resident, std::fs::read_dir(format!("{folder}/fd")).unwrap().count())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // A story that failed leaves none behind.
        let _ = self.0.kill();
    }
}

fn number(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).ok().and_then(|n| n.parse().ok()).unwrap_or(otherwise)
}

fn seed() -> u64 {
    let now = std::process::id().into();
    std::env::var("FEEDWATCH_SEED").ok().and_then(|n| n.parse().ok()).unwrap_or(now)
}

/// What must hold at the end.
fn judge(world: &World, program: &Program, kills: usize) {
    let missing = world.wait_until_told(Duration::from_secs(180));
    if !missing.is_empty() {
        // What the store knows of them says where they were lost.
        let listed = program.run(&["alerts", "list", "--json"]).out;
        let about = |l: &&str| missing.iter().any(|title| l.contains(&format!("{title}\"")));
        listed.lines().filter(about).for_each(|l| println!("{l}"));
        let log = std::fs::read_to_string(program.path("daemon.log")).unwrap_or_default();
        log.lines().rev().take(40).for_each(|l| println!("{l}"));
    }
    assert!(missing.is_empty(), "never told: {missing:?}");
    assert_eq!(world.told_twice(), Vec::<String>::new(), "told by two alerts");
    let again: usize = world.accepted_twice().iter().map(|(_, r)| r.accepted - 1).sum();
    // Only a kill between the receiver's "yes" and the settle may repeat one; as many as were under way.
    assert!(
        again <= kills * 16,
        "{again} deliveries were accepted again after {kills} kills: {:?}",
        world.accepted_twice()
    );
    assert!(kills > 0 || again == 0, "nobody was killed, and yet: {:?}", world.accepted_twice());
    for (reason, times) in world.service() {
        assert!(times == 1 || kills > 0, "{reason} came {times} times under one id");
    }
}

fn killed(rounds: usize, feeds: usize) {
    let mut world = World::new(feeds, seed());
    let program = Program::new(&configuration(&world, feeds, "1s"));
    // What the feeds hold at first is told to nobody.
    program.once();
    for round in 0..rounds {
        let daemon = Daemon::start(&program);
        // Anything between the first poll and some rounds later.
        let polls = world.polls() + 1 + world.chance.below(feeds * 2);
        for _ in 0..3 {
            world.turn();
        }
        match world.chance.below(4) {
            0 => world.receiver(Mood::Failing),
            1 => world.receiver(Mood::Cut),
            _ => world.receiver(Mood::Well),
        }
        assert!(world.wait_for_polls(polls, Duration::from_secs(60)), "round {round}: it does not poll");
        daemon.end(Signal::KILL);
    }
    world.heal();
    let daemon = Daemon::start(&program);
    judge(&world, &program, rounds);
    daemon.end(Signal::TERM);
    println!(
        "{rounds} kills, {} alerts told, {} deliveries accepted twice",
        world.expected.len(),
        world.accepted_twice().len()
    );
}

#[test]
fn a_daemon_killed_at_random_loses_nothing() {
    killed(10, 12);
}

#[test]
#[ignore = "takes minutes: the same as above, as often as is wanted"]
fn killed_for_long() {
    killed(number("FEEDWATCH_KILLS", 200), 40);
}

/// What lies between two samples of a long run.
enum Pace {
    Polls(usize),
    Time(Duration),
}

/// Samples in a long run.
const SAMPLES: usize = 100;

fn soak(pace: &Pace, feeds: usize, every: &str, turns_a_sample: usize) {
    let mut world = World::new(feeds, seed());
    let calm = configuration(&world, feeds, every);
    let program = Program::new(&calm);
    // What the feeds hold at first is told to nobody.
    program.once();
    let daemon = Daemon::start(&program);
    let began = Instant::now();
    let mut samples = Vec::new();
    while samples.len() < SAMPLES {
        for _ in 0..turns_a_sample {
            world.turn();
        }
        match samples.len() % 10 {
            3 => world.receiver(Mood::Failing),
            5 => world.receiver(Mood::Cut),
            7 => world.receiver(Mood::Hanging),
            _ => world.receiver(Mood::Well),
        }
        match samples.len() % 7 {
            2 => program.configure(&(calm.clone() + &watch("more", &["Turku"], &["hook"]))),
            5 => program.configure(&calm),
            _ => {}
        }
        if matches!(samples.len() % 7, 2 | 5) {
            daemon.signal(Signal::HUP);
        }
        match pace {
            Pace::Polls(more) => {
                let seen = world.wait_for_polls(world.polls() + more, Duration::from_secs(60));
                assert!(seen, "it does not poll");
            }
            Pace::Time(time) => {
                world.wait_for_polls(usize::MAX, *time);
            }
        }
        samples.push(daemon.size());
        if let Some((resident, files)) = samples.last().filter(|_| samples.len() % 10 == 0) {
            println!(
                "{:>5} s: {resident} KiB, {files} descriptors, {} polls, {} to be told",
                began.elapsed().as_secs(),
                world.polls(),
                world.expected.len()
            );
        }
    }
    world.heal();
    judge(&world, &program, 0);
    let (early, late) = samples.split_at(samples.len() / 2);
    let most = |part: &[(usize, usize)], which: fn(&(usize, usize)) -> usize| part.iter().map(which).max().unwrap();
    let (before, after) = (most(early, |s| s.0), most(late, |s| s.0));
    println!(
        "memory: at most {before} KiB in the first half, {after} in the second; {} polls, {} alerts",
        world.polls(),
        world.expected.len()
    );
    assert!(after < before + before / 4, "memory grows: {before} KiB, then {after}");
    let (before, after) = (most(early, |s| s.1), most(late, |s| s.1));
    println!("descriptors: at most {before} in the first half, {after} in the second");
    assert!(after <= before + 64, "descriptors grow: {before}, then {after}");
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for (reason, _) in world.service() {
        *reasons.entry(reason).or_default() += 1;
    }
    println!("alerts of the service: {reasons:?}");
    daemon.end(Signal::TERM);
}

#[test]
fn a_daemon_among_sick_feeds_tells_everything_once() {
    soak(&Pace::Polls(8), 30, "1s", 1);
}

#[test]
#[ignore = "takes an hour, or as many minutes as are wanted"]
fn soak_for_long() {
    let minutes = number("FEEDWATCH_SOAK_MINUTES", 60);
    let pace = Pace::Time(Duration::from_secs(minutes as u64 * 60) / SAMPLES as u32);
    soak(&pace, number("FEEDWATCH_SOAK_FEEDS", 1000), "20s", 20);
}
