//! `feedwatch completions` and `feedwatch man`: made from the definitions of the commands.

use std::io::Write;
use std::path::PathBuf;

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Failure, Results};

/// Writes a script that completes commands, flags and their values in a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  feedwatch completions bash > /usr/share/bash-completion/completions/feedwatch
  feedwatch completions zsh > ~/.zfunc/_feedwatch
  feedwatch completions fish > ~/.config/fish/completions/feedwatch.fish")]
pub struct Arguments {
    /// The shell
    shell: Shell,
}

/// Writes the manual page of feedwatch to standard output, or with --dir one page a command into a folder.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  feedwatch man | man -l -
  feedwatch man --dir /usr/local/share/man/man1")]
pub struct Man {
    /// The folder; made if it is not there
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut super::Arguments::command(), "feedwatch", &mut script);
    print(&script)
}

pub fn man(arguments: &Man) -> Result<(), Failure> {
    let command = super::Arguments::command();
    let Some(dir) = &arguments.dir else {
        return print(&page(command)?);
    };
    let failed = |e: std::io::Error| Failure::Failed(format!("{}: {e}", dir.display()));
    std::fs::create_dir_all(dir).map_err(failed)?;
    let mut pages = vec![("feedwatch".to_owned(), command.clone())];
    for sub in command.get_subcommands().filter(|c| !c.is_hide_set() && c.get_name() != "help") {
        let name = format!("feedwatch-{}", sub.get_name());
        // clap keeps names for ever: these few are made once.
        pages.push((name.clone(), sub.clone().name(&*name.clone().leak())));
    }
    let count = pages.len();
    for (name, command) in pages {
        let mut file = std::fs::File::create(dir.join(format!("{name}.1"))).map_err(failed)?;
        file.write_all(&page(command)?).map_err(failed)?;
    }
    eprintln!("wrote {count} pages to {}", dir.display());
    Ok(())
}

fn page(command: clap::Command) -> Result<Vec<u8>, Failure> {
    let mut page = Vec::new();
    let rendered = clap_mangen::Man::new(command).render(&mut page);
    rendered.map_err(|e| Failure::Failed(format!("the page cannot be made: {e}")))?;
    Ok(page)
}

fn print(bytes: &[u8]) -> Result<(), Failure> {
    let mut results = Results::open();
    results.text(&String::from_utf8_lossy(bytes))?;
    results.flush()
}
