//! A world in which everything goes wrong at random: feeds that publish, fail, hang, move and vanish, and a receiver that dies
//! and returns. The seed is printed, so that a run can be told again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::support::feed::{Entry, rss};
use crate::support::http::{HttpServer, Reply, Request};

/// Items that a feed shows; older ones have left it.
const SHOWN: usize = 12;

/// Numbers that look like chance (xorshift64*).
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % n
    }
}

/// How a server behaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mood {
    Well,
    Failing,
    Hanging,
    Moved,
    Gone,
    Garbled,
    Cut,
}

struct Feed {
    shown: Vec<Entry>,
    mood: Mood,
    /// Answered in full since its last item.
    served: bool,
}

/// What the receiver saw of one delivery.
#[derive(Default, Debug, Clone)]
pub struct Receipt {
    /// Answered with yes.
    pub accepted: usize,
    /// Read, and the answer kept back.
    pub unanswered: usize,
    pub alerts: BTreeSet<String>,
}

#[derive(Default)]
struct State {
    feeds: Vec<Feed>,
    polls: usize,
    receiver: Option<Mood>,
    receipts: BTreeMap<String, Receipt>,
    /// By title: the alerts that told of it, as accepted.
    told: BTreeMap<String, BTreeSet<String>>,
    /// Reasons of the service's own alerts that were accepted, by id.
    service: BTreeMap<String, (String, usize)>,
}

/// See the top of the file.
pub struct World {
    pub server: HttpServer,
    state: Arc<(Mutex<State>, Condvar)>,
    pub chance: Chance,
    /// Titles that a watch looks for.
    pub expected: BTreeSet<String>,
    next: usize,
}

impl World {
    pub fn new(feeds: usize, seed: u64) -> Self {
        println!("the seed of this world is {seed}");
        let world = Self {
            server: HttpServer::start(),
            state: Arc::default(),
            chance: Chance::new(seed),
            expected: BTreeSet::new(),
            next: 0,
        };
        for i in 0..feeds {
            world.lock().feeds.push(Feed {
                shown: vec![Entry::new(&format!("{i}-old"), "Nothing yet")],
                mood: Mood::Well,
                served: true,
            });
            for path in [format!("/feed/{i}"), format!("/moved/{i}")] {
                let state = world.state.clone();
                let moved = path.starts_with("/moved");
                world.server.answer(&path, move |request| {
                    let (state, arrived) = &*state;
                    let reply = answer(&mut state.lock().expect("no holder panics"), i, moved, request);
                    arrived.notify_all();
                    reply
                });
            }
        }
        let state = world.state.clone();
        world.server.answer("/hook", move |request| {
            let (state, arrived) = &*state;
            let reply = receive(&mut state.lock().expect("no holder panics"), request);
            arrived.notify_all();
            reply
        });
        world
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.0.lock().expect("no holder of this lock panics")
    }

    pub fn polls(&self) -> usize {
        self.lock().polls
    }

    /// One thing happens: mostly an item, sometimes a mood. A feed has published nothing that it did not serve once, so
    /// that no item leaves a feed unseen.
    pub fn turn(&mut self) {
        let feeds = self.lock().feeds.len();
        let i = self.chance.below(feeds);
        let kind = self.chance.below(10);
        let mood = match self.chance.below(6) {
            0 => Mood::Failing,
            1 => Mood::Hanging,
            2 => Mood::Moved,
            3 => Mood::Gone,
            4 => Mood::Garbled,
            _ => Mood::Cut,
        };
        if kind < 6 {
            self.publish(i);
        } else {
            let mut state = self.lock();
            let feed = &mut state.feeds[i];
            feed.mood = if feed.mood == Mood::Well && kind < 8 { mood } else { Mood::Well };
        }
    }

    fn publish(&mut self, i: usize) {
        let n = self.next;
        let matching = self.chance.below(3) > 0;
        let mut state = self.lock();
        let feed = &mut state.feeds[i];
        if feed.shown.len() >= SHOWN && !feed.served {
            return;
        }
        let title = if matching { format!("Talks in Helsinki, part {n}") } else { format!("Weather, part {n}") };
        feed.shown.insert(0, Entry::new(&format!("{i}-{n}"), &title));
        feed.shown.truncate(SHOWN);
        feed.served = false;
        drop(state);
        self.next += 1;
        if matching {
            self.expected.insert(title);
        }
    }

    /// How the receiver of alerts behaves from now on.
    pub fn receiver(&self, mood: Mood) {
        self.lock().receiver = Some(mood);
    }

    /// All is well from now on.
    pub fn heal(&self) {
        let mut state = self.lock();
        state.receiver = Some(Mood::Well);
        state.feeds.iter_mut().for_each(|f| f.mood = Mood::Well);
    }

    /// Waits until so many polls were seen, or the time is over; whether they were.
    pub fn wait_for_polls(&self, count: usize, patience: Duration) -> bool {
        self.wait(patience, |s| s.polls >= count)
    }

    /// Waits until everything expected has been told; what is missing when the time is over.
    pub fn wait_until_told(&self, patience: Duration) -> Vec<String> {
        self.wait(patience, |s| self.expected.iter().all(|t| s.told.contains_key(t)));
        let state = self.lock();
        self.expected.iter().filter(|t| !state.told.contains_key(*t)).cloned().collect()
    }

    fn wait(&self, patience: Duration, done: impl Fn(&State) -> bool) -> bool {
        let until = Instant::now() + patience;
        let mut state = self.lock();
        while !done(&state) {
            let Some(left) = until.checked_duration_since(Instant::now()) else { return false };
            state = self.state.1.wait_timeout(state, left).expect("no holder of this lock panics").0;
        }
        true
    }

    /// The titles that were told by more than one alert.
    pub fn told_twice(&self) -> Vec<String> {
        self.lock().told.iter().filter(|(_, ids)| ids.len() > 1).map(|(title, _)| title.clone()).collect()
    }

    /// Deliveries accepted more often than once and the lost answers explain.
    pub fn accepted_twice(&self) -> Vec<(String, Receipt)> {
        let state = self.lock();
        state.receipts.iter().filter(|(_, r)| r.accepted > 1).map(|(id, r)| (id.clone(), r.clone())).collect()
    }

    /// Reasons of the service's own alerts, how often each was told under one id.
    pub fn service(&self) -> Vec<(String, usize)> {
        self.lock().service.values().cloned().collect()
    }
}

fn answer(state: &mut State, i: usize, moved: bool, request: &Request) -> Reply {
    state.polls += 1;
    let feed = &mut state.feeds[i];
    let body = rss(&feed.shown);
    let etag = format!("\"{}\"", feed.shown[0].guid);
    match feed.mood {
        Mood::Failing => Reply::status(503),
        Mood::Hanging => Reply::hang(),
        Mood::Gone => Reply::status(410),
        Mood::Garbled => Reply::ok(&b"<html><body>Please accept our cookies</body></html>"[..]),
        Mood::Cut => Reply::ok(body).header("content-type", "application/rss+xml").half(),
        Mood::Moved if !moved => Reply::redirect(302, format!("/moved/{i}")),
        Mood::Well | Mood::Moved => {
            feed.served = true;
            if request.header("if-none-match") == Some(etag.as_str()) {
                return Reply::status(304).header("etag", &etag);
            }
            Reply::ok(body).header("content-type", "application/rss+xml").header("etag", &etag)
        }
    }
}

fn receive(state: &mut State, request: &Request) -> Reply {
    let mood = state.receiver.unwrap_or(Mood::Well);
    match mood {
        Mood::Failing | Mood::Garbled | Mood::Gone | Mood::Moved => return Reply::status(503),
        Mood::Hanging => return Reply::hang(),
        Mood::Well | Mood::Cut => {}
    }
    let id = request.header("webhook-id").unwrap_or_default().to_owned();
    let body: serde_json::Value = serde_json::from_slice(&request.body).expect("an alert is JSON");
    let alerts = match body["data"]["alerts"].as_array() {
        Some(all) => all.clone(),
        None => vec![body["data"].clone()],
    };
    let receipt = state.receipts.entry(id).or_default();
    receipt.alerts.extend(alerts.iter().filter_map(|a| a["id"].as_str()).map(str::to_owned));
    if mood == Mood::Cut {
        // Read and then silent: the sender cannot know, and must say it again under the same id.
        receipt.unanswered += 1;
        return Reply::close();
    }
    receipt.accepted += 1;
    for alert in &alerts {
        let id = alert["id"].as_str().unwrap_or_default().to_owned();
        match alert["item"]["title"].as_str() {
            Some(title) => {
                state.told.entry(title.to_owned()).or_default().insert(id);
            }
            None => {
                let reason = alert["reason"].as_str().unwrap_or_default().to_owned();
                state.service.entry(id).or_insert((reason, 0)).1 += 1;
            }
        }
    }
    Reply::status(204)
}
