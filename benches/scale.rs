//! A daemon at work, from outside: many feeds in one process, the way from a change to a webhook, a burst.
//! `cargo bench --bench scale -- polls|latency|burst [OPTION]…`
//!
//! `feedwatch run` is a process of its own; feeds and webhook are a server in this one, whose clock says when it was asked
//! and told. What the kernel accounts to the daemon is read from `/proc`.

#![expect(clippy::disallowed_methods, reason = "what takes time is waited for here, by the real clock")]

#[path = "scale/world.rs"]
mod world;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant, SystemTime};

use feedwatch::model::{FeedMemory, FeedName, Time};
use feedwatch::scheduler::{Bounds, Cadence, next_poll};
use world::{Asked, World, serve};

const HELP: &str = "cargo bench --bench scale -- KIND [OPTION]…
  polls             nothing changes: start, memory, lateness and CPU of a poll, for each number of feeds
    --feeds N,N     how many (1000,10000,100000)
    --rate N        polls a second (500)
    --seconds N     how long is measured (60)
    --hosts         a host of its own for each feed, in place of a hundred for all
  latency           from a change at the server to the webhook, at an interval of one second
    --changes N     how many changes (300)
  burst             each of 1,000 feeds shows ten new items that match, all at once
    --feeds N       how many feeds (1000)
  --out FILE        what polls measure, a line for each number of feeds, in columns that tabs part
  --program F       another feedwatch than the one built beside this";

/// A daemon that does not say that it is ready within this time has gone wrong; so has a burst that is not over.
const PATIENCE: Duration = Duration::from_secs(300);

/// Hosts that share all feeds: how often a connection can be used again is the same, however many feeds there are.
const HOSTS: usize = 100;

struct Options {
    kind: String,
    feeds: Vec<usize>,
    rate: usize,
    seconds: u64,
    hosts: bool,
    changes: usize,
    out: Option<String>,
    program: String,
}

fn main() -> ExitCode {
    match options().and_then(|options| run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(said) => {
            eprintln!("{said}");
            ExitCode::FAILURE
        }
    }
}

fn options() -> Result<Options, String> {
    let mut options = Options {
        kind: String::new(),
        feeds: Vec::new(),
        rate: 500,
        seconds: 60,
        hosts: false,
        changes: 300,
        out: None,
        program: env!("CARGO_BIN_EXE_feedwatch").into(),
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(HELP);
        let number = |text: &str| text.parse::<usize>().map_err(|_| HELP.to_owned());
        match argument.as_str() {
            // Said by cargo.
            "--bench" => {}
            "--feeds" => options.feeds = value()?.split(',').map(number).collect::<Result<_, _>>()?,
            "--rate" => options.rate = number(&value()?)?.max(1),
            "--seconds" => options.seconds = number(&value()?)? as u64,
            "--hosts" => options.hosts = true,
            "--changes" => options.changes = number(&value()?)?,
            "--out" => options.out = Some(value()?),
            "--program" => options.program = value()?,
            kind if !kind.starts_with('-') && options.kind.is_empty() => options.kind = kind.to_owned(),
            _ => return Err(HELP.into()),
        }
    }
    Ok(options)
}

fn run(options: &Options) -> Result<(), String> {
    let first = |otherwise| options.feeds.first().copied().unwrap_or(otherwise);
    match options.kind.as_str() {
        "polls" => {
            let counts = if options.feeds.is_empty() { &[1_000, 10_000, 100_000][..] } else { &options.feeds };
            println!(
                "| feeds | ready after, s | memory, MB | most, MB | polls | CPU a poll, µs | late: median, 99 %, worst, ms |"
            );
            println!("|---:|---:|---:|---:|---:|---:|---:|");
            let mut out = String::from(
                "feeds\tready_s\tresident_mb\tmost_mb\tpolls\tcpu_us\tlate_50_ms\tlate_99_ms\tlate_most_ms\n",
            );
            for feeds in counts {
                out += &polls(options, *feeds)?;
            }
            options.out.as_ref().map_or(Ok(()), |file| std::fs::write(file, out).map_err(|e| format!("{file}: {e}")))
        }
        "latency" => latency(options, first(20)),
        "burst" => burst(options, first(1_000)),
        _ => Err(HELP.into()),
    }
}

/// Nothing changes; a line of figures.
fn polls(options: &Options, feeds: usize) -> Result<String, String> {
    let every = Duration::from_millis((feeds * 1000).div_ceil(options.rate).max(1000) as u64);
    let world = World::new(feeds);
    let folder = folder()?;
    configure(folder.path(), serve(world.clone()), (feeds, options.hosts), every)?;
    baseline(options, folder.path())?;
    let daemon = Daemon::start(options, folder.path())?;
    // Feeds that fell due while nobody ran are asked first, and connections and caches find their size.
    std::thread::sleep(Duration::from_secs(20).max(every.min(Duration::from_secs(60))));
    world.take_asked();
    let (cpu, began) = (daemon.cpu()?, Instant::now());
    std::thread::sleep(Duration::from_secs(options.seconds));
    let (used, asked, now) = (daemon.cpu()? - cpu, world.take_asked(), (Instant::now(), SystemTime::now()));
    let asked: Vec<Asked> = asked.into_iter().filter(|asked| asked.at >= began).collect();
    if let Some(whole) = asked.iter().find(|asked| asked.whole) {
        return Err(format!("feed {} was read although nothing had changed", whole.feed));
    }
    let mut late: Vec<f64> = asked.iter().map(|asked| lateness(asked, every, now)).collect();
    late.sort_by(f64::total_cmp);
    let figures = [
        format!("{feeds}"),
        format!("{:.2}", daemon.ready.as_secs_f64()),
        format!("{:.0}", daemon.memory("VmRSS")?),
        format!("{:.0}", daemon.memory("VmHWM")?),
        format!("{}", asked.len()),
        format!("{:.1}", used.as_secs_f64() * 1e6 / asked.len().max(1) as f64),
        format!("{:.0}", share(&late, 50)),
        format!("{:.0}", share(&late, 99)),
        format!("{:.0}", late.last().copied().unwrap_or_default()),
    ];
    let (row, late) = figures.split_at(6);
    println!("| {} | {} |", row.join(" | "), late.join(", "));
    Ok(figures.join("\t") + "\n")
}

/// How long after the last point of its grid a feed was asked, in milliseconds.
fn lateness(asked: &Asked, every: Duration, (instant, system): (Instant, SystemTime)) -> f64 {
    let at = system - (instant - asked.at);
    let at = at.duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs_f64() * 1000.0;
    let (name, memory) = (FeedName::new(format!("feed {}", asked.feed)), FeedMemory::new(""));
    let after = |ms: f64| {
        let from = Time::from_ms(ms as i64);
        next_poll(&Cadence::Every(every), Bounds::default(), &name, &memory, from).ms() as f64
    };
    // The last point that is not after it: the grid's next one, from an interval and its tenth before.
    let step = every.as_secs_f64() * 1000.0;
    let mut planned = after(at - step * 1.1 - 1.0);
    while planned + step <= at + 1.0 {
        planned += step;
    }
    (at - planned).max(0.0)
}

/// One change after the other, at moments that have nothing to do with those of polls.
fn latency(options: &Options, feeds: usize) -> Result<(), String> {
    let world = World::new(feeds);
    let folder = folder()?;
    configure(folder.path(), serve(world.clone()), (feeds, options.hosts), Duration::from_secs(1))?;
    baseline(options, folder.path())?;
    let _daemon = Daemon::start(options, folder.path())?;
    std::thread::sleep(Duration::from_secs(3));
    world.take_asked();
    let (mut whole, mut after_asked, mut explained) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..options.changes {
        let feed = n % feeds;
        // The golden ratio: spread evenly over the second, in no order.
        std::thread::sleep(Duration::from_secs_f64((n as f64 * 0.618_033_988).fract()));
        let told_before = world.told.lock().map_err(|e| e.to_string())?.len();
        world.publish(feed, 1);
        let changed = Instant::now();
        let told = loop {
            let told = world.told.lock().map_err(|e| e.to_string())?.get(told_before).map(|(at, _)| *at);
            match told {
                Some(at) => break at,
                None if changed.elapsed() > Duration::from_secs(30) => return Err("a change was not told".into()),
                None => std::thread::sleep(Duration::from_micros(500)),
            }
        };
        let asked = world.take_asked();
        let read = asked.iter().find(|asked| asked.feed == feed && asked.whole).ok_or("told, and never asked")?;
        let ms = |duration: Duration| duration.as_secs_f64() * 1000.0;
        whole.push(ms(told - changed));
        after_asked.push(ms(told - read.at));
        // The time from the change to the point of the grid, as near as it is known from outside.
        let now = (Instant::now(), SystemTime::now());
        explained.push(ms(read.at - changed) - lateness(read, Duration::from_secs(1), now));
    }
    let rest: Vec<f64> = whole.iter().zip(&explained).map(|(all, interval)| all - interval).collect();
    println!("{} changes, interval 1 s, in ms: median, 90 %, 99 %, worst", options.changes);
    for (what, mut values) in [
        ("from the change to the webhook's receipt", whole),
        ("of it the wait for the planned poll", explained),
        ("of it everything else", rest),
        ("from the request that reads it to the receipt", after_asked),
    ] {
        values.sort_by(f64::total_cmp);
        let [half, most, nearly] = [50, 90, 99].map(|n| share(&values, n));
        println!("{what:<48} {half:8.1} {most:8.1} {nearly:8.1} {:8.1}", values.last().copied().unwrap_or_default());
    }
    Ok(())
}

/// Ten new items in each feed, all at once.
fn burst(options: &Options, feeds: usize) -> Result<(), String> {
    const EACH: usize = 10;
    let every = Duration::from_secs(10);
    let world = World::new(feeds);
    let folder = folder()?;
    configure(folder.path(), serve(world.clone()), (feeds, options.hosts), every)?;
    baseline(options, folder.path())?;
    let daemon = Daemon::start(options, folder.path())?;
    std::thread::sleep(every + Duration::from_secs(5));
    let (cpu, before) = (daemon.cpu()?, daemon.memory("VmRSS")?);
    (0..feeds).for_each(|feed| world.publish(feed, EACH as u32));
    let began = Instant::now();
    let expected = feeds * EACH;
    let mut last = (0, Instant::now());
    loop {
        std::thread::sleep(Duration::from_millis(20));
        let count = world.told.lock().map_err(|e| e.to_string())?.len();
        if count != last.0 {
            last = (count, Instant::now());
        }
        // A while longer, to see that nothing comes twice.
        if (count >= expected && last.1.elapsed() > Duration::from_secs(3)) || began.elapsed() > PATIENCE {
            break;
        }
    }
    let told = world.told.lock().map_err(|e| e.to_string())?;
    let mut about: HashMap<String, usize> = HashMap::new();
    for (_, body) in told.iter() {
        let body: serde_json::Value = serde_json::from_str(body).map_err(|e| e.to_string())?;
        *about.entry(body["data"]["item"]["title"].to_string()).or_default() += 1;
    }
    let (first, end) = (told.first().map(|t| t.0), told.last().map(|t| t.0));
    let (first, end) = first.zip(end).ok_or("nothing was told")?;
    println!(
        "{} of {expected} alerts delivered ({} different), the last {:.1} s after the change; the first after {:.1} s (interval 10 s)",
        told.len(),
        about.len(),
        (end - began).as_secs_f64(),
        (first - began).as_secs_f64(),
    );
    println!(
        "{:.0} alerts a second from the first to the last; {:.2} ms of CPU each; memory before {before:.0} MB, most {:.0} MB",
        told.len() as f64 / (end - first).as_secs_f64(),
        (daemon.cpu()? - cpu).as_secs_f64() * 1000.0 / told.len() as f64,
        daemon.memory("VmHWM")?,
    );
    if told.len() == expected && about.len() == expected { Ok(()) } else { Err("not each was told once".into()) }
}

fn share(sorted: &[f64], percent: usize) -> f64 {
    sorted.get(sorted.len() * percent / 100).or(sorted.last()).copied().unwrap_or_default()
}

fn folder() -> Result<tempfile::TempDir, String> {
    // On the disk that the build lies on: commits that reach no disk would cost nothing.
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).map_err(|e| format!("no folder to work in: {e}"))
}

/// Feeds, and one watch that tells a webhook.
fn configure(folder: &Path, port: u16, (feeds, hosts): (usize, bool), every: Duration) -> Result<(), String> {
    // A file may not be larger than 4 MiB.
    const OF_A_FILE: usize = 20_000;
    let write = |name: String, text: String| std::fs::write(folder.join(name), text).map_err(|e| e.to_string());
    let text = format!(
        "include = [\"feeds-*.toml\"]\n[store]\nurl = \"sqlite:store.db\"\n[defaults]\nevery = \"{}ms\"\n[[notifier]]\n\
         name = \"hook\"\nkind = \"webhook\"\nurl = \"http://127.0.0.1:{port}/hook\"\n[[watch]]\nname = \"talks\"\n\
         terms = [\"Helsinki\"]\nnotify = [\"hook\"]\n",
        every.as_millis()
    );
    write("feedwatch.toml".to_owned(), text)?;
    for first in (0..feeds).step_by(OF_A_FILE) {
        let mut text = String::new();
        for n in first..feeds.min(first + OF_A_FILE) {
            let host = if hosts { n } else { n % HOSTS };
            let host = format!("127.{}.{}.{}", 1 + host / 62_500, host / 250 % 250, host % 250 + 1);
            let _ = write!(text, "[[feed]]\nname = \"feed {n}\"\nurl = \"http://{host}:{port}/feed/{n}\"\n");
        }
        write(format!("feeds-{first}.toml"), text)?;
    }
    Ok(())
}

/// Reads every feed once, so that all that comes later is news.
fn baseline(options: &Options, folder: &Path) -> Result<(), String> {
    let status = Command::new(&options.program)
        .args(["once", "--all", "--json", "-c"])
        .arg(folder.join("feedwatch.toml"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map_err(|e| format!("the program does not start: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("the first round ended with {status}")) }
}

/// `feedwatch run`; it ends with this value.
struct Daemon {
    process: Child,
    /// From its start to its word.
    ready: Duration,
    _said: Receiver<String>,
}

impl Daemon {
    fn start(options: &Options, folder: &Path) -> Result<Self, String> {
        let began = Instant::now();
        let mut process = Command::new(&options.program)
            .args(["run", "-c"])
            .arg(folder.join("feedwatch.toml"))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| format!("the program does not start: {e}"))?;
        let errors = process.stderr.take().ok_or("no standard error")?;
        let (said, hear) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(errors).lines().map_while(Result::ok) {
                // Nobody listens once it is ready.
                let _ = said.send(line);
            }
        });
        loop {
            let wait = PATIENCE.saturating_sub(began.elapsed());
            let line = hear.recv_timeout(wait).map_err(|_| "the daemon does not become ready")?;
            if line.contains("ready:") {
                return Ok(Self { process, ready: began.elapsed(), _said: hear });
            }
        }
    }

    /// CPU time so far, all threads (`proc(5)`).
    fn cpu(&self) -> Result<Duration, String> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.process.id())).map_err(|e| e.to_string())?;
        let of = |task: std::io::Result<std::fs::DirEntry>| {
            let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
            text.split_whitespace().next()?.parse::<u64>().ok()
        };
        Ok(Duration::from_nanos(tasks.filter_map(of).sum()))
    }

    /// A line of its status, in megabytes.
    fn memory(&self, key: &str) -> Result<f64, String> {
        let status = format!("/proc/{}/status", self.process.id());
        let status = std::fs::read_to_string(status).map_err(|e| e.to_string())?;
        let line = status.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
        let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok());
        kib.map(|kib| kib * 1.024 / 1000.0).ok_or_else(|| format!("no {key}"))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
