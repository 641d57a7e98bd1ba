//! The program itself: the real binary, with a home of its own.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A folder with a configuration in it, and the binary that is run there.
pub struct Program {
    folder: tempfile::TempDir,
}

/// What a command said.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    /// Standard output as JSON Lines.
    pub fn records(&self) -> Vec<Value> {
        self.out
            .lines()
            .map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("no JSON ({e}): {l}\n{self:?}")))
            .collect()
    }

    /// The records of one type.
    pub fn of(&self, kind: &str) -> Vec<Value> {
        self.records().into_iter().filter(|r| r["type"] == kind).collect()
    }

    /// The titles of the alerts, in order.
    pub fn titles(&self) -> Vec<String> {
        self.of("alert").iter().map(|a| a["item"]["title"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// The last line of a round.
    pub fn summary(&self) -> Value {
        self.of("summary").pop().unwrap_or_else(|| panic!("no summary: {self:?}"))
    }
}

impl Program {
    /// With this configuration as `feedwatch.toml`; a store beside it is added.
    pub fn new(configuration: &str) -> Self {
        let program = Self { folder: tempfile::tempdir().expect("a folder") };
        program.configure(configuration);
        program
    }

    /// Another configuration from now on.
    pub fn configure(&self, configuration: &str) {
        let text = format!("[store]\nurl = \"sqlite:store.db\"\n{configuration}");
        std::fs::write(self.path("feedwatch.toml"), text).expect("writes");
    }

    /// A path in its folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The binary, in its folder, with an empty environment.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let built = env!("CARGO_BIN_EXE_feedwatch");
        // Long runs are of a copy that stays while the next one is built.
        let mut command = Command::new(std::env::var_os("FEEDWATCH_BINARY").unwrap_or(built.into()));
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command.env("HOME", self.folder.path()).env("RUST_BACKTRACE", "0");
        command
    }

    /// The same, with its standard error named as the journal's stream, as systemd does it.
    pub fn journalled(&self, arguments: &[&str]) -> Command {
        let plain = self.command(arguments);
        let mut command = Command::new("sh");
        command.args(["-c", "JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) exec \"$0\" \"$@\""]);
        command.arg(plain.get_program()).args(plain.get_args()).current_dir(self.folder.path());
        command.env_clear().envs(plain.get_envs().filter_map(|(k, v)| Some((k, v?))));
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Said {
        self.run_with(arguments, "")
    }

    /// Runs a command to its end, with this on its standard input.
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Said {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("starts");
        // A command that reads nothing closes it.
        let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
        said(child)
    }

    /// One round over all feeds, as records.
    pub fn once(&self) -> Said {
        let said = self.run(&["once", "--all", "--json"]);
        assert!(said.code < 2, "{said:?}");
        said
    }
}

impl Program {
    /// One round over all feeds, and the most memory that it ever held, in bytes.
    pub fn once_measured(&self) -> (Said, u64) {
        let mut command = self.command(&["once", "--all", "--json"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().expect("starts");
        let status = format!("/proc/{}/status", child.id());
        let (end, ended) = std::sync::mpsc::channel();
        std::thread::spawn(move || end.send(said(child)));
        let (began, mut peak) = (Instant::now(), 0);
        loop {
            peak = peak.max(high_water(&status));
            match ended.recv_timeout(Duration::from_millis(2)) {
                Ok(said) => {
                    assert!(said.code == 0 || said.code == 1, "{said:?}");
                    return (said, peak);
                }
                Err(_) => assert!(began.elapsed() < HANG, "the round does not end"),
            }
        }
    }

    /// Whether these bytes stand anywhere in its store.
    pub fn store_holds(&self, bytes: &[u8]) -> bool {
        ["store.db", "store.db-wal"].iter().any(|name| {
            let file = std::fs::read(self.path(name)).unwrap_or_default();
            file.windows(bytes.len()).any(|window| window == bytes)
        })
    }
}

/// Longer than anything linear takes on a busy machine in a debug build, shorter than anything quadratic.
pub const HANG: Duration = Duration::from_secs(60);

/// The peak of a process's memory as the kernel keeps it; 0 when it has ended.
fn high_water(status: &str) -> u64 {
    let text = std::fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).map_or(0, |kib| kib << 10)
}

/// Waits for the end of a command.
pub fn said(child: Child) -> Said {
    let output = child.wait_with_output().expect("ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Said { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

/// `[[feed]]` with these values.
pub fn feed(name: &str, url: &str) -> String {
    format!("[[feed]]\nname = \"{name}\"\nurl = \"{url}\"\nevery = \"1h\"\n")
}

/// `[[watch]]` for these terms.
pub fn watch(name: &str, terms: &[&str], notify: &[&str]) -> String {
    format!("[[watch]]\nname = {name:?}\nterms = {terms:?}\nnotify = {notify:?}\n")
}

/// A webhook signed with [`SECRET`].
pub fn hook(name: &str, url: &str) -> String {
    format!("[[notifier]]\nname = \"{name}\"\nkind = \"webhook\"\nurl = \"{url}\"\nsecret = \"{SECRET}\"\n")
}

/// 24 bytes that protect nothing.
pub const SECRET: &str = "whsec_c3Rvcnktc2VjcmV0LW9mLXRlc3RzISEh";

/// The folder beside the project that holds data for checks, where it is there.
pub fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(name);
    if !path.exists() {
        println!("skipped: {} is not there", path.display());
    }
    path.exists().then_some(path)
}
