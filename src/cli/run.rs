//! `feedwatch run`: the daemon, in the foreground.

use std::path::PathBuf;

use super::{Failure, runtime};
use crate::daemon;

/// Polls, plans and delivers until stopped. SIGTERM and SIGINT end it within ten seconds, nothing lost; SIGHUP reads
/// the configuration again.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  feedwatch run -c /etc/feedwatch/feedwatch.toml
  systemctl enable --now feedwatch      see systemd/feedwatch.service")]
pub struct Arguments {
    /// The configuration file
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let environment = super::load::environment(super::load::Strictness::Start);
    let path = super::load::find(arguments.config.as_deref(), &environment)?;
    let setup = move || {
        let config = super::load::load(Some(&path), super::load::Strictness::Start)?;
        crate::pipeline::Setup::new(config, super::output::style(), false).map_err(Failure::Usage)
    };
    let first = setup()?;
    let reload = move || {
        setup().map_err(|failure| match failure {
            Failure::Usage(said) | Failure::Failed(said) => said,
            Failure::Quiet(_) | Failure::ClosedPipe => "the configuration was not accepted".to_owned(),
        })
    };
    let runtime = runtime()?;
    let done = runtime.block_on(daemon::run(first, reload));
    // What is still under way was cut off on purpose; its claims die with the process.
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    Ok(done?)
}
