//! A whole round as the kernel accounts it: CPU time, peak memory and duration of `feedwatch once --all` over a thousand
//! feeds from a server of this machine. `cargo bench --bench round`; `-- --help` tells what can be set.
//!
//! The server is this program again, in a process of its own, so that its work is nobody's. Each run begins with an empty
//! store and makes four rounds on it: cold, unchanged, one feed in ten changed, unchanged but without validators. A round
//! whose summary does not say what it must is an error, not a figure. The floor (`round/floor.rs`: the same errand by the
//! barest program of the same crates) makes each round first, on a store of its own, and what counts are the ratios. With
//! `--peers`, other feed readers (`round/peers.rs`) make it after, each on a store of its own.

#[path = "corpus/mod.rs"]
mod corpus;
#[path = "round/floor.rs"]
mod floor;
#[path = "round/ground.rs"]
mod ground;
#[path = "round/measure.rs"]
mod measure;
#[path = "round/peers.rs"]
mod peers;
#[path = "round/seen.rs"]
mod seen;
#[path = "round/server.rs"]
mod server;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use ground::Server;
use measure::{Sample, Under};
use peers::Peer;

const HELP: &str = "cargo bench --bench round -- [OPTION]…
  --runs N     runs of all four rounds (5)
  --feeds N    feeds, a multiple of ten (1000)
  --terms N    terms of the watchlist (1000)
  --names N    names of the watchlist, which the floor knows nothing of (100)
  --hosts      a host of its own for each feed, in place of one for all
  --seen N     so many items are known after the cold round: those of the feeds, and others that have left them
  --peers      other feed readers too: those that are installed; of others it says how to. All are given feeds of XML alone,
               since some read no JSON Feed
  --peer NAME  one of them (newsboat, sfeed, rss2email, reader); may be said again
  --python F   the Python that has the library reader (python3)
  --instructions  one run under valgrind, fifty times slower, that counts instructions and nothing else
  --perf DIR   one run in which perf samples the stacks of feedwatch, with a file for each round in this folder
  --program F  another feedwatch than the one built beside this
  --out FILE   every measured round as a line, in columns that tabs part";

/// What is measured.
struct Options {
    runs: u64,
    feeds: u64,
    terms: usize,
    names: usize,
    hosts: bool,
    seen: u64,
    peers: Vec<Peer>,
    instructions: bool,
    perf: Option<PathBuf>,
    out: Option<String>,
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

    /// Items that whoever began with the cold round must hold after this one.
    fn held(self, feeds: u64) -> u64 {
        feeds * corpus::ITEMS + if self == Round::Cold || self == Round::Unchanged { 0 } else { feeds / 10 }
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
        Some("serve") => match &arguments[1..] {
            [feeds, xml] => feeds.parse().map_err(|_| HELP.into()).and_then(|n| server::run(n, xml == "xml")),
            _ => Err(HELP.into()),
        },
        Some("floor") => match &arguments[1..] {
            [folder, terms] => terms.parse().map_err(|_| HELP.into()).and_then(|n| floor::run(Path::new(folder), n)),
            _ => Err(HELP.into()),
        },
        Some("fill") => match &arguments[1..] {
            [store, until] => until.parse().map_err(|_| HELP.into()).and_then(|until| {
                let (added, bytes) = seen::fill(Path::new(store), until).map_err(|e| e.to_string())?;
                println!("{added} items more are known, {:.0} bytes each", bytes as f64 / added as f64);
                Ok(())
            }),
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
        names: 100,
        hosts: false,
        seen: 0,
        peers: Vec::new(),
        instructions: false,
        perf: None,
        out: None,
        program: env!("CARGO_BIN_EXE_feedwatch").into(),
    };
    let (mut with_peers, mut names, mut python) = (false, Vec::new(), "python3".to_owned());
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
            "--names" => options.names = usize::try_from(number(value()?)?).map_err(|_| HELP)?,
            "--seen" => options.seen = number(value()?)?,
            "--hosts" => options.hosts = true,
            "--program" => options.program.clone_from(value()?),
            "--instructions" => (options.instructions, options.runs) = (true, 1),
            "--perf" => (options.perf, options.runs) = (Some(value()?.into()), 1),
            "--peers" => with_peers = true,
            "--peer" => names.push(value()?.clone()),
            "--python" => python.clone_from(value()?),
            "--out" => options.out = Some(value()?.clone()),
            _ => return Err(HELP.into()),
        }
    }
    if with_peers || !names.is_empty() {
        options.peers = peers::installed(&names, &python)?;
    }
    Ok(options)
}

fn run(options: &Options) -> Result<(), String> {
    let mut server = Server::start(options.feeds, !options.peers.is_empty())?;
    let mut samples: Vec<Taken> = Vec::new();
    for run in 1..=options.runs {
        // On the disk that the build lies on: commits that reach no disk would cost nothing.
        let folder =
            tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).map_err(|e| format!("no folder to work in: {e}"))?;
        let folder = folder.path();
        let addresses = ground::addresses(server.port, options.feeds, options.hosts);
        ground::write(folder, &addresses, (options.terms, options.names)).map_err(|e| e.to_string())?;
        let homes: Vec<_> = (0..options.peers.len()).map(|at| folder.join(format!("peer{at}"))).collect();
        for (peer, home) in options.peers.iter().zip(&homes) {
            peer.prepare(home, &addresses).map_err(|e| format!("{}: {e}", peer.name))?;
        }
        server.order("validators on")?;
        for round in Round::ALL {
            match round {
                Round::Changed => server.order("step")?,
                Round::NoValidators => server.order("validators off")?,
                Round::Cold | Round::Unchanged => {}
            }
            let mut take = |who: &str, sample: Result<Sample, String>| -> Result<Taken, String> {
                let answered = server.answered()?;
                let sample = sample?;
                eprintln!("run {run}, {}: {:.3} s of CPU, {who}", round.name(), sample.cpu().as_secs_f64());
                Ok(Taken { run, round, who: who.to_owned(), sample, answered })
            };
            let file = options
                .perf
                .as_ref()
                .map(|folder| folder.join(round.name().replace(", ", " ").replace(' ', "-") + ".perf"));
            let of_both = if options.instructions { Under::Valgrind } else { Under::Nothing };
            let of_ours = file.as_deref().map_or(of_both, Under::Perf);
            let floor = take(FLOOR, measure::floor(folder, options.terms, of_both))?;
            let ours = take(OURS, measure::once(&options.program, folder, of_ours))?;
            for taken in [floor, ours] {
                samples.push(sound(options.feeds, taken)?);
            }
            if round == Round::Cold && options.seen > options.feeds * corpus::ITEMS {
                eprintln!("{}", seen::fill_apart(&folder.join("store.db"), options.seen)?);
            }
            for (peer, home) in options.peers.iter().zip(&homes) {
                let mut taken = take(&peer.name, measure::run(peer.command(home), home));
                // Newsboat keeps a validator only when it has had the feed before: such a peer is seen in its steady state.
                if round == Round::Unchanged && taken.as_ref().is_ok_and(|taken| taken.answered.0 > 0) {
                    taken = take(&peer.name, measure::run(peer.command(home), home));
                }
                match taken.and_then(|taken| fetched(options.feeds, taken, peer.held(home)?)) {
                    Ok(taken) => samples.push(taken),
                    Err(why) => eprintln!("the figure of {} does not count: {why}", peer.name),
                }
            }
        }
        if run == options.runs {
            eprintln!("store: {:.1} MB", size_of_store(folder) as f64 / 1e6);
        }
    }
    if let Some(file) = &options.out {
        write_out(file, options, &samples).map_err(|e| format!("{file}: {e}"))?;
    }
    match options.instructions {
        true => print_instructions(options, &samples),
        false => print(options, &samples),
    }
    Ok(())
}

/// Who makes each round, beside peers.
const FLOOR: &str = "the floor";
const OURS: &str = "feedwatch";

/// One round of one program.
struct Taken {
    run: u64,
    round: Round,
    who: String,
    sample: Sample,
    /// What the server gave it: documents, and answers that said that it has not changed.
    answered: (u64, u64),
}

/// What was taken, if its round was the one that it should be.
fn sound(feeds: u64, taken: Taken) -> Result<Taken, String> {
    let sample = &taken.sample;
    let said = (sample.count("not_modified"), sample.count("items_new"));
    let sound = sample.count("polled") == feeds && sample.count("failed") == 0 && sample.count("items_edited") == 0;
    if sound && said == taken.round.expected(feeds) {
        return Ok(taken);
    }
    Err(format!("this was no round of the kind “{}”: {}", taken.round.name(), sample.summary))
}

/// What was taken of a peer, if it has asked for each feed and holds what it must.
fn fetched(feeds: u64, taken: Taken, held: u64) -> Result<Taken, String> {
    let (documents, not_modified) = taken.answered;
    let expected = taken.round.held(feeds);
    if documents + not_modified >= feeds && held == expected {
        return Ok(taken);
    }
    Err(format!(
        "it was given {documents} documents and {not_modified} times nothing, and holds {held} items of {expected}"
    ))
}

fn size_of_store(folder: &Path) -> u64 {
    ["store.db", "store.db-wal"].iter().filter_map(|f| folder.join(f).metadata().ok()).map(|m| m.len()).sum()
}

fn print_instructions(options: &Options, samples: &[Taken]) {
    println!("{} feeds of {} items, {} terms\n", options.feeds, corpus::ITEMS, options.terms);
    println!("| round | instructions, millions | the floor's | ratio |\n|---|---:|---:|---:|");
    for round in Round::ALL {
        let of = |who: &str| {
            let taken = samples.iter().find(|taken| taken.round == round && taken.who == who);
            taken.and_then(|taken| taken.sample.instructions).unwrap_or_default() as f64 / 1e6
        };
        let (ours, floor) = (of(OURS), of(FLOOR));
        println!("| {} | {ours:.0} | {floor:.0} | {:.2} |", round.name(), ours / floor);
    }
}

fn print(options: &Options, samples: &[Taken]) {
    let hosts = if options.hosts { "a host each" } else { "one host" };
    println!(
        "{} feeds of {} items on {hosts}, {} terms, {} names, {} runs: median (least to most)\n",
        options.feeds,
        corpus::ITEMS,
        options.terms,
        options.names,
        options.runs
    );
    println!("| who | round | CPU, s | user, s | system, s | peak, MB | wall, s | documents, 304 |");
    println!("|---|---|---|---|---|---|---|---|");
    let peers = options.peers.iter().map(|peer| peer.name.as_str());
    for who in [OURS, FLOOR].into_iter().chain(peers.clone()) {
        for round in Round::ALL {
            let of = |value: &dyn Fn(&Sample) -> f64| sorted(samples, round, who, |taken| value(&taken.sample));
            let seconds = |value: fn(&Sample) -> Duration| spread(&of(&|s| value(s).as_secs_f64()), 3);
            let last = samples.iter().rfind(|taken| taken.round == round && taken.who == who);
            println!(
                "| {who} | {} | {} | {} | {} | {} | {} | {} |",
                round.name(),
                seconds(Sample::cpu),
                seconds(|s| s.user),
                seconds(|s| s.system),
                spread(&of(&|s| s.peak as f64 / 1e6), 1),
                seconds(|s| s.wall),
                last.map_or(String::new(), |taken| format!("{}, {}", taken.answered.0, taken.answered.1)),
            );
        }
    }
    // Ratios are of programs that made the same round in the same run.
    let against = |taken: &Taken, other: &str, value: fn(&Sample) -> f64| {
        let same = |t: &&Taken| t.run == taken.run && t.round == taken.round && t.who == other;
        samples.iter().find(same).map_or(f64::NAN, |t| value(&taken.sample) / value(&t.sample))
    };
    let cpu: fn(&Sample) -> f64 = |sample| sample.cpu().as_secs_f64();
    println!("\n| round | CPU against the floor | memory against the floor |\n|---|---|---|");
    for round in Round::ALL {
        let cpu = sorted(samples, round, OURS, |taken| against(taken, FLOOR, cpu));
        let peak = sorted(samples, round, OURS, |taken| against(taken, FLOOR, |sample| sample.peak as f64));
        println!("| {} | {} | {} |", round.name(), spread(&cpu, 2), spread(&peak, 2));
    }
    if !options.peers.is_empty() {
        println!("\n| who | round | CPU against the floor | against feedwatch |\n|---|---|---|---|");
    }
    for (who, round) in peers.flat_map(|who| Round::ALL.map(|round| (who, round))) {
        let [floor, ours] =
            [FLOOR, OURS].map(|other| spread(&sorted(samples, round, who, |taken| against(taken, other, cpu)), 1));
        println!("| {who} | {} | {floor} | {ours} |", round.name());
    }
}

/// The values of all samples of a program's round, the least first.
fn sorted(samples: &[Taken], round: Round, who: &str, value: impl Fn(&Taken) -> f64) -> Vec<f64> {
    let mut values: Vec<f64> = samples.iter().filter(|t| t.round == round && t.who == who).map(value).collect();
    values.sort_by(f64::total_cmp);
    values
}

/// Median, least and most of sorted values.
fn spread(sorted: &[f64], digits: usize) -> String {
    let (Some(least), Some(most)) = (sorted.first(), sorted.last()) else { return String::new() };
    let median = f64::midpoint(sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
    format!("{median:.digits$} ({least:.digits$} to {most:.digits$})")
}

/// A line a round; what `benches/plot.py` draws from.
fn write_out(file: &str, options: &Options, samples: &[Taken]) -> std::io::Result<()> {
    let mut out = std::fs::File::create(file)?;
    writeln!(out, "run\tfeeds\tseen\tround\twho\tuser_s\tsystem_s\tpeak_bytes\twall_s\tdocuments\tnot_modified")?;
    for Taken { run, round, who, sample, answered } in samples {
        let [user, system, wall] = [sample.user, sample.system, sample.wall].map(|time| time.as_secs_f64());
        let (feeds, seen) = (options.feeds, options.seen);
        let (round, peak, (documents, not_modified)) = (round.name(), sample.peak, answered);
        writeln!(
            out,
            "{run}\t{feeds}\t{seen}\t{round}\t{who}\t{user:.6}\t{system:.6}\t{peak}\t{wall:.3}\t{documents}\t{not_modified}"
        )?;
    }
    Ok(())
}
