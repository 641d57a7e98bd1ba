//! One run of the program: what it took, and what it said.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use wait4::Wait4;

/// A round that takes longer has gone wrong. Some peers take minutes.
const PATIENCE: Duration = Duration::from_secs(600);

/// What one run took.
pub struct Sample {
    pub user: Duration,
    pub system: Duration,
    /// The most memory that it held, or the largest of its processes, in bytes. The kernel counts what the measuring process
    /// held when it started the program too, so that one must stay the smaller.
    pub peak: u64,
    pub wall: Duration,
    /// Counted by valgrind, where that was asked for; times and memory are those of its simulation then.
    pub instructions: Option<u64>,
    /// The summary that it printed last; of a peer none.
    pub summary: Value,
}

impl Sample {
    pub fn cpu(&self) -> Duration {
        self.user + self.system
    }

    /// A count of its summary.
    pub fn count(&self, key: &str) -> u64 {
        self.summary[key].as_u64().unwrap_or(u64::MAX)
    }
}

/// What looks on while a program runs.
#[derive(Clone, Copy)]
pub enum Under<'f> {
    Nothing,
    /// Instructions are counted, in a simulation.
    Valgrind,
    /// Samples of the stack go to a file, for a flame graph.
    Perf(&'f Path),
}

/// Runs `feedwatch once --all --json` on the configuration in `folder`.
pub fn once(program: &str, folder: &Path, under: Under<'_>) -> Result<Sample, String> {
    let mut command = start(program.as_ref(), folder, under);
    command.args(["once", "--all", "--json", "-c"]).arg(folder.join("feedwatch.toml"));
    summed(command, folder, under)
}

/// Runs a round of the floor over the feeds in `folder`.
pub fn floor(folder: &Path, terms: usize, under: Under<'_>) -> Result<Sample, String> {
    let itself = std::env::current_exe().map_err(|e| e.to_string())?;
    let mut command = start(&itself, folder, under);
    command.arg("floor").arg(folder).arg(terms.to_string());
    summed(command, folder, under)
}

/// Where valgrind writes what it has counted.
const COUNTED: &str = "callgrind.out";

/// The start of a command.
fn start(program: &Path, folder: &Path, under: Under<'_>) -> Command {
    let mut command = match under {
        Under::Nothing => return Command::new(program),
        Under::Valgrind => Command::new("valgrind"),
        Under::Perf(_) => Command::new("perf"),
    };
    match under {
        Under::Perf(file) => {
            // By the clock, since not every machine lets its counters be read.
            command.args(["record", "--quiet", "-F", "1997", "-e", "cpu-clock", "--call-graph", "dwarf,16384", "-o"]);
            command.arg(file).arg("--");
        }
        _ => {
            let out = format!("--callgrind-out-file={}", folder.join(COUNTED).display());
            command.args(["--quiet", "--tool=callgrind", &out]);
        }
    }
    command.arg(program);
    command
}

/// Runs a program that prints a summary last.
fn summed(command: Command, folder: &Path, under: Under<'_>) -> Result<Sample, String> {
    let mut sample = run(command, folder)?;
    if let Under::Valgrind = under {
        let file = File::open(folder.join(COUNTED)).map_err(|e| format!("valgrind has counted nothing: {e}"))?;
        let lines = BufReader::new(file).lines().map_while(Result::ok);
        let total = lines.filter_map(|line| line.strip_prefix("totals: ")?.trim().parse().ok()).last();
        sample.instructions = Some(total.ok_or("valgrind has counted nothing")?);
    }
    let said = std::fs::read_to_string(folder.join("stdout")).map_err(|e| e.to_string())?;
    let summary = said.lines().last().and_then(|line| serde_json::from_str(line).ok());
    Ok(Sample { summary: summary.ok_or("the round printed no summary")?, ..sample })
}

/// Runs a program until it and all that it has waited for have ended; output goes to files in `folder`.
pub fn run(mut command: Command, folder: &Path) -> Result<Sample, String> {
    let said = |name: &str| File::create(folder.join(name)).map_err(|e| format!("{name}: {e}"));
    command.stdin(Stdio::null()).stdout(said("stdout")?).stderr(said("stderr")?);
    let began = Instant::now();
    let child = command.spawn().map_err(|e| format!("the program does not start: {e}"))?;
    let process = Pid::from_child(&child);
    let (ended, end) = channel();
    // Nobody listens any more after a round that went wrong.
    std::thread::spawn(move || drop(ended.send(child.wait4())));
    let used = match end.recv_timeout(PATIENCE) {
        Ok(used) => used.map_err(|e| e.to_string())?,
        Err(_) => {
            let _ = kill_process(process, Signal::KILL);
            return Err(format!("the round was not over after {} s", PATIENCE.as_secs()));
        }
    };
    let wall = began.elapsed();
    if !used.status.success() {
        let said = std::fs::read_to_string(folder.join("stderr")).map_err(|e| format!("stderr: {e}"))?;
        return Err(format!("the round ended with {}: {said}", used.status));
    }
    let usage = used.rusage;
    Ok(Sample {
        user: usage.utime,
        system: usage.stime,
        peak: usage.maxrss,
        wall,
        instructions: None,
        summary: Value::Null,
    })
}
