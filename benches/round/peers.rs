//! Other feed readers on the same round: each fetches the same feeds from the same server, in its own way and with its own
//! defaults, into a store of its own.
//!
//! They do less and other things than feedwatch does, and nobody's rounds are tuned here. What each is told beyond its
//! defaults is only what makes it one round without a person or a mail server: see [`Kind::command`].

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Command;

use rusqlite::{Connection, OpenFlags};

/// A reader that is installed.
pub struct Peer {
    kind: Kind,
    /// Its name and version.
    pub name: String,
    /// The interpreter, for the one that is a library.
    python: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Newsboat,
    Sfeed,
    Rss2email,
    Reader,
}

/// The sfeed of its manual's chapter on caching: validators and compression, without which each round would be a cold one.
const SFEEDRC: &str = r#"sfeedpath="$HOME/feeds"
fetch() {
	etag="$HOME/etags/$(basename "$3")"
	curl -L --max-redirs 0 -H "User-Agent:" -f -s -m 15 --compressed \
		--etag-save "${etag}" --etag-compare "${etag}" -z "${etag}" "$2" 2>/dev/null
}
"#;

/// What the library is given to do: its feeds once, then one update with its defaults. Without the last word it would leave
/// out feeds that it has asked within the hour.
const ADD: &str = "import sys, reader
library = reader.make_reader('reader.db')
for line in open('feeds.txt'): library.add_feed(line.strip())";
const UPDATE: &str = "import reader
reader.make_reader('reader.db').update_feeds(scheduled=False)";

impl Kind {
    const ALL: [Kind; 4] = [Kind::Newsboat, Kind::Sfeed, Kind::Rss2email, Kind::Reader];

    fn name(self) -> &'static str {
        match self {
            Kind::Newsboat => "newsboat",
            Kind::Sfeed => "sfeed",
            Kind::Rss2email => "rss2email",
            Kind::Reader => "reader",
        }
    }

    fn how_to_install(self) -> &'static str {
        match self {
            Kind::Newsboat => "apt-get install newsboat",
            Kind::Sfeed => "apt-get install sfeed curl",
            Kind::Rss2email => "apt-get install rss2email",
            Kind::Reader => "python3 -m venv V && V/bin/pip install reader sgmllib3k, then --python V/bin/python",
        }
    }

    /// Its version, if it is there.
    fn version(self, python: &str) -> Option<String> {
        match self {
            Kind::Newsboat => said(Command::new("newsboat").arg("-v")).and_then(|text| word(&text, 1)),
            // It tells nobody its version.
            Kind::Sfeed => {
                said(Command::new("curl").arg("--version"))?;
                said(Command::new("sh").args(["-c", "command -v sfeed_update sfeed"]))?;
                let package = said(Command::new("dpkg-query").args(["-W", "-f", "${Version}", "sfeed"]));
                Some(package.unwrap_or_default())
            }
            Kind::Rss2email => said(Command::new("r2e").arg("--version")).and_then(|text| word(&text, 1)),
            Kind::Reader => said(Command::new(python).args(["-c", "import reader; print(reader.__version__)"]))
                .map(|v| v.trim().into()),
        }
    }

    /// One round in a folder that [`Peer::prepare`] has made.
    fn command(self, python: &str) -> Command {
        let mut command = Command::new(match self {
            Kind::Newsboat => "newsboat",
            Kind::Sfeed => "sfeed_update",
            Kind::Rss2email => "r2e",
            Kind::Reader => python,
        });
        match self {
            Kind::Newsboat => command.args(["-C", "config", "-u", "feeds.txt", "-c", "cache.db", "-x", "reload"]),
            Kind::Sfeed => command.arg("sfeedrc"),
            // It makes its mails and keeps what it has made: there is nobody to send them to.
            Kind::Rss2email => command.args(["-c", "r2e.cfg", "-d", "r2e.json", "run", "--no-send"]),
            Kind::Reader => command.args(["-c", UPDATE]),
        };
        command
    }
}

/// The peers that are installed, or those of them that are named; of the others it says how to get them.
pub fn installed(names: &[String], python: &str) -> Result<Vec<Peer>, String> {
    if let Some(unknown) = names.iter().find(|name| !Kind::ALL.iter().any(|kind| kind.name() == name.as_str())) {
        return Err(format!("no peer is called {unknown:?}"));
    }
    let mut found = Vec::new();
    for kind in Kind::ALL.into_iter().filter(|kind| names.is_empty() || names.iter().any(|name| name == kind.name())) {
        match kind.version(python) {
            Some(version) => {
                let name = format!("{} {version}", kind.name()).trim().to_owned();
                found.push(Peer { kind, name, python: python.to_owned() });
            }
            None => eprintln!("{} is not installed: {}", kind.name(), kind.how_to_install()),
        }
    }
    Ok(found)
}

impl Peer {
    /// Gives it the feeds, in a folder of its own.
    pub fn prepare(&self, folder: &Path, feeds: &[String]) -> Result<(), String> {
        std::fs::create_dir_all(folder).map_err(|e| e.to_string())?;
        let write =
            |name: &str, text: &str| std::fs::write(folder.join(name), text).map_err(|e| format!("{name}: {e}"));
        let each = |line: &dyn Fn(usize, &str) -> String| -> String {
            feeds.iter().enumerate().map(|(number, url)| line(number, url)).collect()
        };
        write("feeds.txt", &each(&|_, url| format!("{url}\n")))?;
        match self.kind {
            Kind::Newsboat => write("config", ""),
            Kind::Sfeed => {
                std::fs::create_dir_all(folder.join("etags")).map_err(|e| e.to_string())?;
                let feeds = each(&|number, url| format!("\tfeed 'feed {number}' '{url}'\n"));
                write("sfeedrc", &format!("{SFEEDRC}feeds() {{\n{feeds}}}\n"))
            }
            Kind::Rss2email => {
                let feeds = each(&|number, url| format!("[feed.feed-{number}]\nurl = {url}\n"));
                write("r2e.cfg", &format!("[DEFAULT]\nto = nobody@example.invalid\n{feeds}"))
            }
            Kind::Reader => {
                let mut add = Command::new(&self.python);
                let status = add.args(["-c", ADD]).current_dir(folder).status().map_err(|e| e.to_string())?;
                if status.success() { Ok(()) } else { Err(format!("feeds are not added: {status}")) }
            }
        }
    }

    /// One round in that folder.
    pub fn command(&self, folder: &Path) -> Command {
        let mut command = self.kind.command(&self.python);
        // Nothing of whoever measures: neither settings nor a proxy.
        command.current_dir(folder).env("HOME", folder).env("LC_ALL", "C.UTF-8").env("no_proxy", "*");
        for name in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CONFIG_DIRS"] {
            command.env_remove(name);
        }
        command
    }

    /// How many items it holds. Read with little memory: see [`Sample::peak`](crate::measure::Sample::peak).
    pub fn held(&self, folder: &Path) -> Result<u64, String> {
        let rows = |store: &str, table: &str| -> rusqlite::Result<u64> {
            let store = Connection::open_with_flags(folder.join(store), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
            store
                .query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0))
                .map(|count| count as u64)
        };
        let lines = |file: &Path, wanted: &dyn Fn(&str) -> bool| -> std::io::Result<u64> {
            let mut count = 0;
            for line in BufReader::new(File::open(file)?).lines() {
                count += u64::from(wanted(&line?));
            }
            Ok(count)
        };
        match self.kind {
            Kind::Newsboat => rows("cache.db", "rss_item").map_err(|e| e.to_string()),
            Kind::Reader => rows("reader.db", "entries").map_err(|e| e.to_string()),
            // Each item that it has seen has a hash, on a line of its own.
            Kind::Rss2email => lines(&folder.join("r2e.json"), &|line| line.trim_start().starts_with("\"hash\":"))
                .map_err(|e| e.to_string()),
            Kind::Sfeed => {
                let files = std::fs::read_dir(folder.join("feeds")).map_err(|e| e.to_string())?.flatten();
                files.map(|file| lines(&file.path(), &|_| true)).sum::<Result<u64, _>>().map_err(|e| e.to_string())
            }
        }
    }
}

/// What a command says, if it can be run and is content.
fn said(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn word(text: &str, at: usize) -> Option<String> {
    text.split_whitespace().nth(at).map(str::to_owned)
}
