//! Where the transcripts of one document are run.

use std::process::Command;

use feedwatch::model::{Clock, SystemClock};

use super::blocks::root;
use crate::support::http::HttpServer;

/// What the documents call the server of the transcripts, and the folder.
const HOST: &str = "https://feeds.example.org";
const HOME: &str = "/home/desk";

/// A folder with a copy of `config/`, and a server that has the sample as `/world.xml`.
pub struct Desk {
    folder: tempfile::TempDir,
    server: HttpServer,
    feed: String,
}

impl Desk {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("config")).unwrap();
        for name in ["feedwatch.toml", "watchlist.toml", "sample.xml"] {
            std::fs::copy(root().join("config").join(name), folder.path().join("config").join(name)).unwrap();
        }
        // What examples of configurations name.
        let secret = "whsec_c3Rvcnktc2VjcmV0LW9mLXRlc3RzISEh";
        let certificate = rcgen::generate_simple_self_signed(["example.org".to_owned()]).unwrap().cert.pem();
        let files = [
            ("feed.password", "x"),
            ("hook.secret", secret),
            ("hook.url", "https://example.org/x"),
            ("cookies.txt", "a=b"),
            ("authority.pem", &certificate),
            ("smtp.password", "x"),
        ];
        for (name, content) in files {
            std::fs::write(folder.path().join(name), content).unwrap();
            let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
            std::fs::set_permissions(folder.path().join(name), private).unwrap();
        }
        let feed = std::fs::read_to_string(root().join("config/sample.xml")).unwrap();
        let desk = Self { folder, server: HttpServer::start(), feed };
        desk.server.feed("/world.xml", desk.feed.clone());
        desk
    }

    /// The feed has one item more.
    pub fn publish(&mut self, title: &str) {
        let number = self.feed.matches("<item>").count();
        let now = SystemClock.now();
        let item = format!(
            "<item><title>{title}</title><guid isPermaLink=\"false\">added-{number}</guid>\
             <link>https://courier.example.org/en/{}</link><pubDate>{now}</pubDate></item>\n<item>",
            101 + number
        );
        self.feed = self.feed.replacen("<item>", &item, 1);
        self.server.feed("/world.xml", self.feed.clone());
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text.replace(HOST, &self.server.url(""))).unwrap();
    }

    /// The commands of a transcript and what they print now.
    pub fn transcript(&self, lines: &[String]) -> Vec<String> {
        let mut out = Vec::new();
        let mut lines = lines.iter().peekable();
        while let Some(line) = lines.next() {
            let Some(first) = line.strip_prefix("$ ") else { continue };
            let mut command = first.to_owned();
            out.push(line.clone());
            while command.ends_with('\\') {
                command.pop();
                let next = lines.next().expect("a command goes on");
                command.push_str(next);
                out.push(next.clone());
            }
            out.extend(self.shell(&command).lines().map(str::to_owned));
        }
        out
    }

    fn shell(&self, command: &str) -> String {
        let command = command.replace("cargo run --release --", "feedwatch").replace(HOST, &self.server.url(""));
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("exec 2>&1; {command}")]);
        self.settle(&mut shell);
        let output = shell.output().unwrap();
        self.as_documented(&String::from_utf8(output.stdout).unwrap())
    }

    /// What `check` has to say against a configuration.
    pub fn mistakes(&self, name: &str) -> Option<String> {
        let mut check = Command::new(env!("CARGO_BIN_EXE_feedwatch"));
        check.args(["check", "-c", name]);
        self.settle(&mut check);
        let output = check.output().unwrap();
        (!output.status.success()).then(|| self.as_documented(&String::from_utf8_lossy(&output.stdout)))
    }

    /// The folder, an environment without surprises, and the program on the path.
    fn settle(&self, command: &mut Command) {
        let binary = std::path::Path::new(env!("CARGO_BIN_EXE_feedwatch"));
        command.current_dir(self.folder.path()).env_clear();
        command.env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", binary.parent().unwrap().display()));
        command.env("HOME", self.folder.path()).env("RUST_BACKTRACE", "0");
        for name in ["FEED_TOKEN", "FEED_PASSWORD", "SMTP_PASSWORD"] {
            command.env(name, "x");
        }
    }

    fn as_documented(&self, text: &str) -> String {
        text.chars()
            .filter(|c| !matches!(c, '\u{2066}'..='\u{2069}'))
            .collect::<String>()
            .replace(&self.server.url(""), HOST)
            .replace("127.0.0.1", HOST.trim_start_matches("https://"))
            .replace(&*self.folder.path().to_string_lossy(), HOME)
    }
}
