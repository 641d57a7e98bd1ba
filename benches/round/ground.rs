//! What a round is made on: the feed server's process, and a folder with a configuration.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::corpus;

/// The addresses of so many feeds of a server, on a host for each or on one.
pub fn addresses(port: u16, feeds: u64, hosts: bool) -> Vec<String> {
    let host = |number: u64| match hosts {
        true => format!("127.1.{}.{}", number / 250, number % 250 + 1),
        false => "127.0.0.1".to_owned(),
    };
    (0..feeds).map(|number| format!("http://{}:{port}/feed/{number}", host(number))).collect()
}

/// Writes `feedwatch.toml`, with the terms and the names in watches of ten, and `feeds.txt`, which is for whoever needs no more.
pub fn write(folder: &Path, addresses: &[String], (terms, names): (usize, usize)) -> std::io::Result<()> {
    let mut out = String::from("[store]\nurl = \"sqlite:store.db\"\n");
    for (number, url) in addresses.iter().enumerate() {
        out.push_str(&format!("\n[[feed]]\nname = \"feed {number}\"\nurl = \"{url}\"\n"));
    }
    for (number, terms) in corpus::terms(terms).chunks(10).enumerate() {
        // A list of strings in JSON is one in TOML.
        let terms = serde_json::json!(terms);
        out.push_str(&format!("\n[[watch]]\nname = \"watch {number}\"\nterms = {terms}\n"));
    }
    for (number, names) in people(names).chunks(10).enumerate() {
        let names = serde_json::json!(names);
        out.push_str(&format!("\n[[watch]]\nname = \"names {number}\"\nnames = {names}\n"));
    }
    std::fs::write(folder.join("feedwatch.toml"), out)?;
    std::fs::write(folder.join("feeds.txt"), addresses.join("\n") + "\n")
}

/// Names of people that a desk may watch for: a first and a last name each.
pub fn people(count: usize) -> Vec<String> {
    const FIRST: [&str; 10] =
        ["Mike", "Anna", "Ahmed", "Vladimir", "Maria", "Pedro", "Ursula", "Emmanuel", "Yulia", "Narendra"];
    const LAST: [&str; 20] = [
        "Pompeo",
        "Merkel",
        "Abdullah",
        "Zakharova",
        "Sanchez",
        "Macron",
        "Leyen",
        "Tymoshenko",
        "Guterres",
        "Stoltenberg",
        "Erdogan",
        "Lavrov",
        "Haftar",
        "Netanyahu",
        "Bolsonaro",
        "Kadyrov",
        "Lukashenko",
        "Mitsotakis",
        "Orban",
        "Zelensky",
    ];
    let name = |n: usize| format!("{} {}", FIRST[n / LAST.len() % FIRST.len()], LAST[n % LAST.len()]);
    (0..count).map(name).collect()
}

/// The feed server's process; it ends with this value.
pub struct Server {
    process: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    pub port: u16,
}

impl Server {
    /// Starts it, with so many feeds of all formats or of XML alone.
    pub fn start(feeds: u64, xml: bool) -> Result<Self, String> {
        let itself = std::env::current_exe().map_err(|e| e.to_string())?;
        let mut process = Command::new(itself)
            .args(["serve", &feeds.to_string(), if xml { "xml" } else { "all" }])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| format!("the feed server does not start: {e}"))?;
        let (orders, answers) = (process.stdin.take(), process.stdout.take().ok_or("the server has no output")?);
        let mut server = Self { process, orders, answers: BufReader::new(answers), port: 0 };
        server.port = server.hear()?.parse().map_err(|_| "the feed server names no port")?;
        Ok(server)
    }

    /// Has it do what a word says.
    pub fn order(&mut self, word: &str) -> Result<(), String> {
        self.ask(word).map(drop)
    }

    /// What it has answered since it was asked last: documents, and how often that there is nothing new.
    pub fn answered(&mut self) -> Result<(u64, u64), String> {
        let said = self.ask("answered")?;
        let counts = said.trim().split_once(' ').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
        counts.ok_or_else(|| format!("the feed server says {said:?}"))
    }

    /// Says something to it; what it adds to its `ok`.
    fn ask(&mut self, word: &str) -> Result<String, String> {
        let orders = self.orders.as_mut().ok_or("the feed server has ended")?;
        writeln!(orders, "{word}").map_err(|e| format!("the feed server does not listen: {e}"))?;
        let said = self.hear()?;
        said.strip_prefix("ok").map(str::to_owned).ok_or_else(|| format!("the feed server says {said:?}"))
    }

    fn hear(&mut self) -> Result<String, String> {
        let mut line = String::new();
        self.answers.read_line(&mut line).map_err(|e| e.to_string())?;
        Ok(line.trim().to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The end of its input is its end.
        self.orders = None;
        let _ = self.process.wait();
    }
}
