//! What the steps work with: a configuration compiled into rooms.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::config::{Config, FeedConfig, WatchConfig};
use crate::fetcher::{Address, Fetcher};
use crate::matcher::Watchlist;
use crate::model::{FeedName, NotifierName, Reason, WatchName, WatchRule};
use crate::notifier::{Sender, Settings};
use crate::parser;
use crate::planner::policy::BLINDING;
use crate::planner::{Bundle, NotifierPolicy, Policy, Telling, WatchPolicy};
use crate::render::Pace;
use crate::render::console::Style;

/// Everything that a configuration compiles to; replaced whole by a reload.
pub struct Setup {
    /// What it was made from.
    pub config: Config,
    /// Asks feeds.
    pub fetcher: Fetcher,
    /// What documents may cost.
    pub parsing: parser::Limits,
    watchlist: OnceLock<Watchlist>,
    /// Notifiers by name.
    pub targets: HashMap<NotifierName, Arc<Target>>,
    feeds: HashMap<FeedName, usize>,
    hosts: HashMap<String, Arc<Semaphore>>,
    /// Watches that want to know of no story.
    separate: HashSet<WatchName>,
}

/// A notifier, ready to send.
pub struct Target {
    /// Its part of the configuration.
    pub settings: Settings,
    /// Its connections.
    pub sender: Sender,
    /// How its alerts are bundled.
    pub policy: Policy,
    /// Its pauses between attempts.
    pub retry: Vec<Duration>,
    /// How many messages it takes in how much time.
    pub pace: Option<Pace>,
    /// How many messages are under way to it at a time.
    pub at_once: usize,
    /// What it is known by while it is off.
    pub word: String,
    /// What a console can show.
    pub style: Style,
}

impl Setup {
    /// Does all that can fail: reads certificates, makes clients. `quiet` keeps console notifiers
    /// from writing where standard output carries records. The error is a sentence for the user.
    pub fn new(config: Config, style: Style, quiet: bool) -> Result<Self, String> {
        crate::net::tls::install_provider();
        let fetcher = Fetcher::new(config.fetch.clone())?;
        let says = |w: &&WatchConfig| w.policy != WatchPolicy::default();
        let watches: HashMap<_, _> =
            config.watches.iter().filter(says).map(|w| (w.rule.name.clone(), w.policy.clone())).collect();
        let mut targets = HashMap::new();
        for notifier in &config.notifiers {
            let sender = Sender::new(&notifier.settings, quiet)
                .map_err(|said| format!("notifier “{}”: {said}", notifier.name))?;
            let policy = NotifierPolicy { urgent: urgent_news(&config, &notifier.name), ..notifier.policy.clone() };
            let bundle = if notifier.settings.is_for_people() { Bundle::Item } else { Bundle::Alert };
            let target = Target {
                word: notifier.settings.target(),
                settings: notifier.settings.clone(),
                sender,
                policy: Policy { bundle, notifier: policy, watches: watches.clone() },
                retry: notifier.retry.clone(),
                pace: notifier.pace,
                at_once: notifier.at_once,
                style,
            };
            targets.insert(notifier.name.clone(), Arc::new(target));
        }
        let feeds = config.feeds.iter().enumerate().map(|(at, f)| (f.name.clone(), at)).collect();
        let hosts =
            config.feeds.iter().map(host).map(|h| (h, Arc::new(Semaphore::new(config.polls.per_host)))).collect();
        let separate = config.watches.iter().filter(|w| w.policy.story.telling == Telling::Separate);
        let separate = separate.map(|w| w.rule.name.clone()).collect();
        Ok(Self {
            config,
            fetcher,
            parsing: parser::Limits::default(),
            watchlist: OnceLock::new(),
            targets,
            feeds,
            hosts,
            separate,
        })
    }

    /// The watchlist, compiled when it is asked for first: a round in which no document has changed needs none.
    pub fn watchlist(&self) -> &Watchlist {
        let terms = || self.config.watches.iter().map(|w| w.terms.clone()).collect::<Vec<_>>();
        self.watchlist.get_or_init(|| Watchlist::compile(&terms()))
    }

    /// Keeps what is the same in the setup before and costs something, or is in use: compiled terms, places at hosts.
    pub fn take_over(&mut self, before: &Self) {
        self.watchlist();
        if let (Some(watchlist), Some(before)) = (self.watchlist.get_mut(), before.watchlist.get()) {
            watchlist.take_over(before);
        }
        if self.config.polls.per_host == before.config.polls.per_host {
            for (host, places) in &mut self.hosts {
                if let Some(same) = before.hosts.get(host) {
                    places.clone_from(same);
                }
            }
        }
    }

    /// A feed by name.
    pub fn feed(&self, name: &FeedName) -> Option<&FeedConfig> {
        self.feeds.get(name).map(|at| &self.config.feeds[*at])
    }

    /// The host whose limit a feed counts for.
    pub fn host_of(&self, name: &FeedName) -> Option<String> {
        self.feed(name).map(host)
    }

    /// The places of the host that a feed is asked at.
    pub fn host_places(&self, name: &FeedName) -> Option<Arc<Semaphore>> {
        self.feed(name).and_then(|feed| self.hosts.get(&host(feed))).cloned()
    }

    /// The host that a configured feed is asked at; `None` inside for a file.
    pub fn web_host_of(&self, name: &FeedName) -> Option<Option<&str>> {
        match &self.feed(name)?.source.address {
            Address::Http(url) => Some(url.host_str()),
            Address::File(_) => Some(None),
        }
    }

    /// How many hosts feeds are asked at; files share one.
    pub fn count_hosts(&self) -> usize {
        self.hosts.len()
    }

    /// The rules of all watches, in the order of the watchlist.
    pub fn rules(&self) -> Vec<&WatchRule> {
        self.config.watches.iter().map(|w| &w.rule).collect()
    }

    /// Who has the messages of whom, too, when they are not accepted in time.
    pub fn escalations(&self) -> Vec<(NotifierName, NotifierName)> {
        let to = |target: &Target| target.policy.notifier.escalate.as_ref().map(|e| e.notify.clone());
        self.targets.iter().filter_map(|(from, target)| Some((from.clone(), to(target)?))).collect()
    }

    /// Whether a watch wants to know of stories.
    pub fn tells_stories(&self, watch: Option<&WatchName>) -> bool {
        watch.is_some_and(|watch| !self.separate.contains(watch))
    }

    /// The names of all notifiers.
    pub fn notifiers(&self) -> Vec<NotifierName> {
        self.config.notifiers.iter().map(|n| n.name.clone()).collect()
    }
}

/// News of the service that wakes whoever reads this notifier: as `[service]` says, else what would leave them without an
/// urgent watch that they rely on.
fn urgent_news(config: &Config, name: &NotifierName) -> Vec<Reason> {
    let relies = |watch: &WatchConfig| watch.policy.urgent && watch.rule.notify.contains(name);
    match &config.service.urgent {
        Some(reasons) => reasons.clone(),
        None if config.watches.iter().any(relies) => BLINDING.to_vec(),
        None => Vec::new(),
    }
}

/// The host whose limit a feed counts for; files share one.
fn host(feed: &FeedConfig) -> String {
    match &feed.source.address {
        Address::Http(url) => url.host_str().unwrap_or_default().to_owned(),
        Address::File(_) => "file:".to_owned(),
    }
}
