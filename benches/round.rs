//! A whole round as the kernel accounts it: CPU time, peak memory and duration of `feedwatch once --all` over a thousand
//! feeds from a server of this machine. `cargo bench --bench round`; `-- --help` tells what can be set.
//!
//! The server is this program again, in a process of its own, so that its work is nobody's. Each run begins with an empty
//! store and makes four rounds on it: cold, unchanged, one feed in ten changed, unchanged but without validators. A round
//! whose summary does not say what it must is an error, not a figure. The floor (`round/floor.rs`: the same errand by the
//! barest program of the same crates) makes each round first, on a store of its own, and what counts are the ratios.

#[path = "corpus/mod.rs"]
mod corpus;
#[path = "round/floor.rs"]
mod floor;
#[path = "round/measure.rs"]
mod measure;
#[path = "round/seen.rs"]
mod seen;
#[path = "round/server.rs"]
mod server;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::time::Duration;

use measure::Sample;

const HELP: &str = "cargo bench --bench round -- [OPTION]…
  --runs N     runs of all four rounds (5)
  --feeds N    feeds, a multiple of ten (1000)
  --terms N    terms of the watchlist (1000)
  --hosts      a host of its own for each feed, in place of one for all
  --seen N     so many items are known after the cold round: those of the feeds, and others that have left them
  --program F  another feedwatch than the one built beside this
  --save FILE  every measured round as a line of JSON";

/// What is measured.
struct Options {
    runs: u64,
    feeds: u64,
    terms: usize,
    hosts: bool,
    seen: u64,
    save: Option<String>,
    program: String,
}

/// The rounds of a run, in this order, on one store.
#[derive(Clone, Copy, PartialEq)]
enum Round {
    Cold,
    Unchanged,
    Changed,
    NoValidators,
}

impl Round {
    const ALL: [Round; 4] = [Round::Cold, Round::Unchanged, Round::Changed, Round::NoValidators];

    fn name(self) -> &'static str {
        match self {
            Round::Cold => "cold",
            Round::Unchanged => "unchanged",
            Round::Changed => "one in ten changed",
            Round::NoValidators => "unchanged, no validators",
        }
    }

    /// What its summary must say: not modified, new items.
    fn expected(self, feeds: u64) -> (u64, u64) {
        match self {
            Round::Cold => (0, feeds * corpus::ITEMS),
            Round::Unchanged => (feeds, 0),
            Round::Changed => (feeds - feeds / 10, feeds / 10),
            Round::NoValidators => (0, 0),
        }
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.first().map(String::as_str) {
        Some("serve") => arguments.get(1).and_then(|n| n.parse().ok()).ok_or_else(|| HELP.into()).and_then(server::run),
        Some("floor") => match &arguments[1..] {
            [folder, terms] => terms.parse().map_err(|_| HELP.into()).and_then(|n| floor::run(Path::new(folder), n)),
            _ => Err(HELP.into()),
        },
        _ => options(&arguments).and_then(|options| run(&options)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(said) => {
            eprintln!("{said}");
            ExitCode::FAILURE
        }
    }
}

fn options(arguments: &[String]) -> Result<Options, String> {
    let mut options = Options {
        runs: 5,
        feeds: 1000,
        terms: 1000,
        hosts: false,
        seen: 0,
        save: None,
        program: env!("CARGO_BIN_EXE_feedwatch").into(),
    };
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(HELP);
        let number = |text: &String| text.parse::<u64>().map_err(|_| HELP.to_owned());
        match argument.as_str() {
            // Said by cargo.
            "--bench" => {}
            "--runs" => options.runs = number(value()?)?,
            "--feeds" => options.feeds = number(value()?)?.next_multiple_of(10),
            "--terms" => options.terms = usize::try_from(number(value()?)?).map_err(|_| HELP)?,
            "--seen" => options.seen = number(value()?)?,
            "--hosts" => options.hosts = true,
            "--program" => options.program.clone_from(value()?),
            "--save" => options.save = Some(value()?.clone()),
            _ => return Err(HELP.into()),
        }
    }
    Ok(options)
}

fn run(options: &Options) -> Result<(), String> {
    let mut server = Server::start(options.feeds)?;
    let mut samples: Vec<Measured> = Vec::new();
    for run in 1..=options.runs {
        // On the disk that the build lies on: commits that reach no disk would cost nothing.
        let folder =
            tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).map_err(|e| format!("no folder to work in: {e}"))?;
        let configuration = configuration(options, server.port);
        std::fs::write(folder.path().join("feedwatch.toml"), configuration).map_err(|e| e.to_string())?;
        let feeds: String = (0..options.feeds).map(|n| address(options, server.port, n) + "\n").collect();
        std::fs::write(folder.path().join("feeds.txt"), feeds).map_err(|e| e.to_string())?;
        server.order("validators on")?;
        for round in Round::ALL {
            match round {
                Round::Changed => server.order("step")?,
                Round::NoValidators => server.order("validators off")?,
                Round::Cold | Round::Unchanged => {}
            }
            let floor = sound(round, options.feeds, measure::floor(folder.path(), options.terms)?)?;
            let ours = sound(round, options.feeds, measure::once(&options.program, folder.path())?)?;
            let cpu = |sample: &Sample| sample.cpu().as_secs_f64();
            eprintln!("run {run}, {}: {:.3} s of CPU, the floor {:.3} s", round.name(), cpu(&ours), cpu(&floor));
            samples.push(Measured { round, ours, floor });
            if round == Round::Cold && options.seen > options.feeds * corpus::ITEMS {
                let (added, bytes) = seen::fill(&folder.path().join("store.db"), options.seen as i64)
                    .map_err(|e| format!("the store cannot be filled: {e}"))?;
                eprintln!("{added} items more are known, {:.0} bytes each", bytes as f64 / added as f64);
            }
        }
        if run == options.runs {
            eprintln!("store: {:.1} MB", size_of_store(folder.path()) as f64 / 1e6);
        }
    }
    if let Some(file) = &options.save {
        save(file, &samples).map_err(|e| format!("{file}: {e}"))?;
    }
    print(options, &samples);
    Ok(())
}

/// One round of both.
struct Measured {
    round: Round,
    ours: Sample,
    floor: Sample,
}

/// A sample, if its round was the one that it should be.
fn sound(round: Round, feeds: u64, sample: Sample) -> Result<Sample, String> {
    let said = (sample.count("not_modified"), sample.count("items_new"));
    let sound = sample.count("polled") == feeds && sample.count("failed") == 0 && sample.count("items_edited") == 0;
    if sound && said == round.expected(feeds) {
        return Ok(sample);
    }
    Err(format!("this was no round of the kind “{}”: {}", round.name(), sample.summary))
}

/// A thousand feeds, and the terms in watches of ten.
fn configuration(options: &Options, port: u16) -> String {
    let mut out = String::from("[store]\nurl = \"sqlite:store.db\"\n");
    for number in 0..options.feeds {
        let url = address(options, port, number);
        out.push_str(&format!("\n[[feed]]\nname = \"feed {number}\"\nurl = \"{url}\"\n"));
    }
    for (number, terms) in corpus::terms(options.terms).chunks(10).enumerate() {
        // A list of strings in JSON is one in TOML.
        let terms = serde_json::json!(terms);
        out.push_str(&format!("\n[[watch]]\nname = \"watch {number}\"\nterms = {terms}\n"));
    }
    out
}

fn address(options: &Options, port: u16, number: u64) -> String {
    let host =
        if options.hosts { format!("127.1.{}.{}", number / 250, number % 250 + 1) } else { "127.0.0.1".to_owned() };
    format!("http://{host}:{port}/feed/{number}")
}

fn size_of_store(folder: &Path) -> u64 {
    ["store.db", "store.db-wal"].iter().filter_map(|f| folder.join(f).metadata().ok()).map(|m| m.len()).sum()
}

fn print(options: &Options, samples: &[Measured]) {
    let hosts = if options.hosts { "a host each" } else { "one host" };
    println!(
        "{} feeds of {} items on {hosts}, {} terms, {} runs: median (least to most)\n",
        options.feeds,
        corpus::ITEMS,
        options.terms,
        options.runs
    );
    println!("| round | CPU, s | user, s | system, s | peak, MB | wall, s | on the wire, MB |");
    println!("|---|---|---|---|---|---|---|");
    for (who, of_whom) in [("", (|m| &m.ours) as fn(&Measured) -> &Sample), ("the floor, ", |m| &m.floor)] {
        for round in Round::ALL {
            let of = |value: &dyn Fn(&Sample) -> f64| sorted(samples, round, |m| value(of_whom(m)));
            let seconds = |value: fn(&Sample) -> Duration| spread(&of(&|s| value(s).as_secs_f64()), 3);
            println!(
                "| {who}{} | {} | {} | {} | {} | {} | {} |",
                round.name(),
                seconds(Sample::cpu),
                seconds(|s| s.user),
                seconds(|s| s.system),
                spread(&of(&|s| s.peak as f64 / 1e6), 1),
                seconds(|s| s.wall),
                of(&|s| s.count("bytes") as f64 / 1e6).first().map_or(String::new(), |mb| format!("{mb:.1}")),
            );
        }
    }
    println!("\n| round | CPU against the floor | memory against the floor |\n|---|---|---|");
    for round in Round::ALL {
        let cpu = sorted(samples, round, |m| m.ours.cpu().as_secs_f64() / m.floor.cpu().as_secs_f64());
        let peak = sorted(samples, round, |m| m.ours.peak as f64 / m.floor.peak as f64);
        println!("| {} | {} | {} |", round.name(), spread(&cpu, 2), spread(&peak, 2));
    }
}

/// The values of all samples of a round, the least first.
fn sorted(samples: &[Measured], round: Round, value: impl Fn(&Measured) -> f64) -> Vec<f64> {
    let mut values: Vec<f64> = samples.iter().filter(|m| m.round == round).map(value).collect();
    values.sort_by(f64::total_cmp);
    values
}

/// Median, least and most of sorted values.
fn spread(sorted: &[f64], digits: usize) -> String {
    let (Some(least), Some(most)) = (sorted.first(), sorted.last()) else { return String::new() };
    let median = f64::midpoint(sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
    format!("{median:.digits$} ({least:.digits$} to {most:.digits$})")
}

fn save(file: &str, samples: &[Measured]) -> std::io::Result<()> {
    let mut out = std::fs::File::create(file)?;
    for Measured { round, ours, floor } in samples {
        for (who, sample) in [("feedwatch", ours), ("floor", floor)] {
            let line = serde_json::json!({
                "round": round.name(), "who": who, "user_s": sample.user.as_secs_f64(),
                "system_s": sample.system.as_secs_f64(), "peak_bytes": sample.peak, "wall_s": sample.wall.as_secs_f64(),
                "summary": sample.summary,
            });
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

/// The feed server's process; it ends with this value.
struct Server {
    process: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    port: u16,
}

impl Server {
    fn start(feeds: u64) -> Result<Self, String> {
        let itself = std::env::current_exe().map_err(|e| e.to_string())?;
        let mut process = Command::new(itself)
            .args(["serve", &feeds.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| format!("the feed server does not start: {e}"))?;
        let (orders, answers) = (process.stdin.take(), process.stdout.take().ok_or("the server has no output")?);
        let mut server = Self { process, orders, answers: BufReader::new(answers), port: 0 };
        server.port = server.hear()?.parse().map_err(|_| "the feed server names no port")?;
        Ok(server)
    }

    fn order(&mut self, word: &str) -> Result<(), String> {
        let orders = self.orders.as_mut().ok_or("the feed server has ended")?;
        writeln!(orders, "{word}").map_err(|e| format!("the feed server does not listen: {e}"))?;
        match self.hear()?.as_str() {
            "ok" => Ok(()),
            other => Err(format!("the feed server says {other:?}")),
        }
    }

    fn hear(&mut self) -> Result<String, String> {
        let mut line = String::new();
        self.answers.read_line(&mut line).map_err(|e| e.to_string())?;
        Ok(line.trim().to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The end of its input is its end.
        self.orders = None;
        let _ = self.process.wait();
    }
}
