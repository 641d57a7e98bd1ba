//! The commands: one file each. Results go to standard output, everything else to standard error.

mod alerts;
mod backtest;
mod backup;
mod check;
mod completions;
mod doctor;
mod expand;
mod explain;
mod feeds;
mod init;
mod load;
mod log;
mod notify;
mod once;
mod output;
mod parse;
mod records;
mod run;
mod silence;
mod source;
mod status;
#[path = "try.rs"]
mod try_;
mod who;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use output::{Failure, Results};

/// Hear of it first: watches news feeds for new and changed items, in any script, and sends alerts by email and webhook.
#[derive(Debug, Parser)]
#[command(
    name = "feedwatch",
    version,
    arg_required_else_help = true,
    subcommand_required = true,
    after_help = "Examples:
  feedwatch init                                  write a commented feedwatch.toml here
  feedwatch check                                 find every mistake in it
  feedwatch once --all                            poll every feed now and send what is due
  feedwatch run                                   go on until stopped (systemd: see systemd/feedwatch.service)
  feedwatch status                                is it well, and if not, what is wrong since when?
  echo 'لقاء بهلسينكي' | feedwatch try --term هلسينكي
  feedwatch parse https://example.org/feed.xml    what feedwatch reads in a feed
  feedwatch explain al_0k3v                       where, when, how an alert was found, and who was told

The configuration is looked for in $FEEDWATCH_CONFIG, ./feedwatch.toml, $XDG_CONFIG_HOME/feedwatch/feedwatch.toml
and /etc/feedwatch/feedwatch.toml, in this order."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Say more on standard error; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
}

/// What every command that reads a configuration takes.
#[derive(Debug, Clone, clap::Args)]
pub struct Common {
    /// The configuration file
    #[arg(short, long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One JSON object a line on standard output
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Poll, plan and deliver until stopped: the daemon
    Run(run::Arguments),
    /// One round: poll what is due, plan, deliver what is due, end
    Once(once::Arguments),
    /// Find every mistake in the configuration
    Check(check::Arguments),
    /// Why does this text, file, page or feed match, or not?
    Try(try_::Arguments),
    /// What would a name find, script by script?
    Expand(expand::Arguments),
    /// Show a feed as feedwatch reads it; nothing is stored
    Parse(parse::Arguments),
    /// How are feeds, outbox and store?
    Status(status::Arguments),
    /// List, show and resend alerts
    Alerts(alerts::Arguments),
    /// Everything about one alert; or why a watch said nothing of an item
    Explain(explain::Arguments),
    /// What the watchlist would have found in what is stored
    Backtest(backtest::Arguments),
    /// Keep alerts of a watch, a feed or a story back for a time
    Silence(silence::Arguments),
    /// Send one test message through a notifier, or switch one on again
    Notify(notify::Arguments),
    /// Is what feedwatch stands on in order?
    Doctor(doctor::Arguments),
    /// Copy the store, while it is in use, into a file
    Backup(backup::Arguments),
    /// Put a backup in the place of the store
    Restore(backup::Restore),
    /// Write a commented configuration to start from
    Init(init::Arguments),
    /// List, show and poll feeds; import and export lists of them (OPML)
    Feeds(feeds::Arguments),
    /// Write completions for a shell
    Completions(completions::Arguments),
    /// Write manual pages
    Man(completions::Man),
}

/// Runs the command that the arguments name. Exit 0: done; 1: ran, and something failed; 2: usage or configuration.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    output::tell_panics_without_data();
    crate::net::tls::install_provider();
    let arguments = match Arguments::try_parse_from(behind_the_command(arguments)) {
        Ok(arguments) => arguments,
        Err(usage) => {
            let code = if usage.use_stderr() { 2 } else { 0 };
            // A closed pipe behind `--help` is no error.
            let _ = usage.print();
            return ExitCode::from(code);
        }
    };
    log::start(arguments.verbose, matches!(arguments.command, Command::Run(_)));
    let done = match arguments.command {
        Command::Run(a) => run::run(&a),
        Command::Once(a) => once::run(&a, arguments.verbose),
        Command::Check(a) => check::run(&a),
        Command::Try(a) => try_::run(&a),
        Command::Expand(a) => expand::run(&a),
        Command::Parse(a) => parse::run(&a),
        Command::Status(a) => status::run(&a),
        Command::Alerts(a) => alerts::run(&a),
        Command::Explain(a) => explain::run(&a),
        Command::Backtest(a) => backtest::run(&a),
        Command::Silence(a) => silence::run(&a),
        Command::Notify(a) => notify::run(&a),
        Command::Init(a) => init::run(&a),
        Command::Feeds(a) => feeds::run(&a),
        Command::Doctor(a) => doctor::run(&a),
        Command::Backup(a) => backup::run(&a),
        Command::Restore(a) => backup::restore(&a),
        Command::Completions(a) => completions::run(&a),
        Command::Man(a) => completions::man(&a),
    };
    match done {
        Ok(()) | Err(Failure::ClosedPipe) => ExitCode::SUCCESS,
        Err(Failure::Quiet(code)) => ExitCode::from(code),
        Err(Failure::Failed(said)) => complain(1, &said),
        Err(Failure::Usage(said)) => complain(2, &said),
    }
}

/// Moves `-c FILE` and `--json` that stand before the command behind it, where the command that takes them finds them.
fn behind_the_command(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let (mut before, mut moved) = (Vec::new(), Vec::new());
    let mut rest = arguments.into_iter();
    before.extend(rest.next());
    while let Some(argument) = rest.next() {
        let text = argument.to_str().unwrap_or_default();
        if matches!(text, "-c" | "--config") {
            moved.push(argument);
            moved.extend(rest.next());
        } else if text == "--json" || text.starts_with("--config=") || text.starts_with("-c") {
            moved.push(argument);
        } else if text.starts_with('-') {
            before.push(argument);
        } else {
            before.push(argument);
            break;
        }
    }
    before.into_iter().chain(moved).chain(rest).collect()
}

fn complain(code: u8, said: &str) -> ExitCode {
    let said = match said.strip_suffix("feedwatch …") {
        Some(said) => format!("{said}feedwatch {}", typed(std::env::args_os().skip(1))),
        None => said.to_owned(),
    };
    // Standard error may be closed: the code says it all the same.
    use std::io::Write;
    let lines: Vec<String> = said.split('\n').map(crate::text::shown::line).collect();
    let _ = writeln!(std::io::stderr(), "feedwatch: {}", lines.join("\n"));
    ExitCode::from(code)
}

/// Arguments as a shell takes them.
fn typed(arguments: impl Iterator<Item = OsString>) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=@%+,".contains(c);
    let quoted = |a: OsString| {
        let text = a.to_string_lossy().into_owned();
        if !text.is_empty() && text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
    };
    arguments.map(quoted).collect::<Vec<_>>().join(" ")
}

/// A runtime for a command that talks to a network or a store: one thread for all that only waits. What takes time is done
/// on others, the store's and those that read documents, so that most polls wake nobody.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::Failed(format!("the system refuses to start threads: {e}")))
}
