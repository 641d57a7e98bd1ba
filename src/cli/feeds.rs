//! `feedwatch feeds`: what is known of feeds, one asked now, and lists of feeds in and out.

mod show;

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::Subcommand;

use crate::config::opml;
use crate::model::redact_url;

use super::load::Strictness;
use super::{Failure, Results, load, source};

/// List and show feeds, have one polled now; import and export lists of feeds (OPML). Works beside a running daemon.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The configuration file
    #[arg(short, long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One JSON object a line on standard output
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The feeds of the configuration and how each is doing
    #[command(after_help = "Examples:
  feedwatch feeds list --tag world
  feedwatch feeds list --json | jq 'select(.failures > 0) | .name'")]
    List {
        /// Those with this tag
        #[arg(long, value_name = "TAG")]
        tag: Option<String>,
    },
    /// Everything that is known of one feed: rhythm, validators, what its polls failed of, its newest items
    #[command(after_help = "Example:
  feedwatch feeds show world --items 50")]
    Show {
        /// Its name
        name: String,
        /// So many items
        #[arg(long, value_name = "N", default_value_t = show::ITEMS)]
        items: usize,
    },
    /// Have feeds polled now: a running daemon finds them within five seconds, else the next round
    #[command(after_help = "Examples:
  feedwatch feeds poll world
  feedwatch feeds poll --all")]
    Poll {
        /// Their names
        #[arg(required_unless_present = "all")]
        names: Vec<String>,
        /// Every feed
        #[arg(long, conflicts_with = "names")]
        all: bool,
    },
    /// Turn an OPML file into `[[feed]]` tables
    #[command(after_help = "Examples:
  feedwatch feeds import reader.opml                            look at them
  feedwatch feeds import reader.opml --into feeds.d/reader.toml write them; include = [\"feeds.d/*.toml\"] reads them")]
    Import {
        /// The OPML file, or `-`
        file: String,
        /// The file to write; never overwritten
        #[arg(long, value_name = "FILE")]
        into: Option<PathBuf>,
    },
    /// Write the feeds of the configuration as OPML
    Export,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let config = || load::load(arguments.config.as_deref(), Strictness::Look);
    match &arguments.what {
        What::List { tag } => show::list(&config()?, tag.as_deref(), arguments.json),
        What::Show { name, items } => show::show(&config()?, name, *items, arguments.json),
        What::Poll { names, all } => show::poll(&config()?, names, *all),
        What::Import { file, into } => import(file, into.as_deref()),
        What::Export => {
            let config = config()?;
            let mut results = Results::open();
            results.text(&opml::export(&config))?;
            results.flush()
        }
    }
}

/// Whether an address is one that feedwatch can ask.
fn is_served(address: &str) -> bool {
    url::Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

fn import(file: &str, into: Option<&Path>) -> Result<(), Failure> {
    let read = source::read(file).map_err(Failure::Failed)?;
    let feeds = opml::import(&read.bytes).map_err(|said| Failure::Failed(format!("{}: {said}", read.name)))?;
    let (feeds, others): (Vec<_>, Vec<_>) = feeds.into_iter().partition(|f| is_served(&f.url));
    for other in &others {
        eprintln!("left out: {}: feedwatch speaks http and https", redact_url(&other.url));
    }
    let toml = opml::to_toml(&feeds);
    let Some(path) = into else {
        let mut results = Results::open();
        results.text(&toml)?;
        return results.flush();
    };
    let failed = |e: std::io::Error| match e.kind() {
        ErrorKind::AlreadyExists => {
            Failure::Failed(format!("{} is there already, and was left as it is", path.display()))
        }
        _ => Failure::Failed(format!("{}: {e}", path.display())),
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut out = OpenOptions::new().write(true).create_new(true).open(path).map_err(failed)?;
    out.write_all(toml.as_bytes()).map_err(failed)?;
    eprintln!("wrote {} feeds to {}; name it in include = [\"…\"] of your configuration", feeds.len(), path.display());
    Ok(())
}
