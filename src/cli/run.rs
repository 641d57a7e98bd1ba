//! `feedwatch run`: the daemon, in the foreground.

use std::path::PathBuf;

use super::{Failure, runtime};
use crate::daemon::{self, Known, Reader, Start};

/// Polls, plans and delivers until stopped. SIGTERM and SIGINT end it within ten seconds, a second one at once, nothing
/// lost; SIGHUP reads the configuration again.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  feedwatch run -c /etc/feedwatch/feedwatch.toml
  systemctl enable --now feedwatch      see systemd/feedwatch.service")]
pub struct Arguments {
    /// The configuration file
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// End (exit 2) where the configuration cannot be used, in place of running the one that was accepted last
    #[arg(long)]
    strict: bool,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let environment = super::load::environment(super::load::Strictness::Start);
    let path = super::load::find(arguments.config.as_deref(), &environment)?;
    let reader = Reader { path, environment, style: super::output::style(), colour: super::output::colour_on_stderr() };
    let read = reader.read();
    eprint!("{}", read.report);
    let known = Known::of(&read);
    let (setup, instead) = match read.setup {
        Ok(setup) => (setup, None),
        Err(said) if arguments.strict => return Err(Failure::Usage(reader.mistakes(&said))),
        Err(said) => match reader.last_accepted() {
            Ok((setup, at)) => (setup, Some((said, at))),
            Err(why) => return Err(Failure::Usage(format!("{}; {why}", reader.mistakes(&said)))),
        },
    };
    let runtime = runtime()?;
    let ended = runtime.block_on(daemon::run(reader, Start { setup, known, instead }));
    // What is still under way was cut off on purpose; its claims die with the process.
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    // It was asked to end, and did, nothing lost: once or twice.
    Ok(ended?)
}
