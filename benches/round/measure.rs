//! One run of the program: what it took, and what it said.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use wait4::Wait4;

/// A round that takes longer has gone wrong.
const PATIENCE: Duration = Duration::from_secs(180);
/// What one run took.
pub struct Sample {
    pub user: Duration,
    pub system: Duration,
    /// The most memory that it held, in bytes. The kernel counts what the measuring process held when it started the
    /// program too, so that one must stay the smaller.
    pub peak: u64,
    pub wall: Duration,
    /// The summary that it printed last.
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

/// Runs `feedwatch once --all --json` on the configuration in `folder`.
pub fn once(program: &str, folder: &Path) -> Result<Sample, String> {
    let mut command = Command::new(program);
    command.args(["once", "--all", "--json", "-c"]).arg(folder.join("feedwatch.toml"));
    run(command, folder)
}

/// Runs a round of the floor over the feeds in `folder`.
pub fn floor(folder: &Path, terms: usize) -> Result<Sample, String> {
    let mut command = Command::new(std::env::current_exe().map_err(|e| e.to_string())?);
    command.arg("floor").arg(folder).arg(terms.to_string());
    run(command, folder)
}

/// Runs a program that prints a summary last; output goes to files in `folder`.
fn run(mut command: Command, folder: &Path) -> Result<Sample, String> {
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
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).map_err(|e| format!("{name}: {e}"));
    if !used.status.success() {
        return Err(format!("the round ended with {}: {}", used.status, text("stderr")?));
    }
    let summary = text("stdout")?.lines().last().and_then(|line| serde_json::from_str(line).ok());
    let summary: Value = summary.ok_or("the round printed no summary")?;
    let usage = used.rusage;
    Ok(Sample { user: usage.utime, system: usage.stime, peak: usage.maxrss, wall, summary })
}
