//! `feedwatch init`: a configuration to start from.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use crate::config;

use super::Failure;

/// Writes a commented configuration; never overwrites one.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  feedwatch init
  feedwatch init /etc/feedwatch/feedwatch.toml")]
pub struct Arguments {
    /// Where to write it
    #[arg(default_value = "feedwatch.toml")]
    path: PathBuf,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let path = &arguments.path;
    let failed = |e: std::io::Error| match e.kind() {
        ErrorKind::AlreadyExists => {
            Failure::Failed(format!("{} is there already, and was left as it is", path.display()))
        }
        _ => Failure::Failed(format!("{}: {e}", path.display())),
    };
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(failed)?;
    file.write_all(config::template().as_bytes()).map_err(failed)?;
    eprintln!("wrote {}: name your feeds and terms in it, then run feedwatch check and feedwatch once", path.display());
    Ok(())
}
