//! Every shape of JSON that `docs/json.md` shows, made by the program itself.

use feedwatch::model::{Clock, SystemClock};
use serde_json::Value;

use crate::support::http::{HttpServer, Reply};
use crate::support::program::{Program, Said, feed, hook, watch};

/// An entry of the feed: id, title, summary, body.
type Story = (String, &'static str, &'static str, &'static str);

struct Desk {
    server: HttpServer,
    program: Program,
    stories: Vec<Story>,
}

impl Desk {
    fn new() -> Self {
        let server = HttpServer::start();
        let configuration = feed("world", &server.url("/world.xml"))
            + &feed("regional", &server.url("/regional.xml"))
            + &hook("hook", &server.url("/hook"))
            + &watch("summit", &["هلسينكي", "Helsinki"], &["hook"]);
        let desk = Self { program: Program::new(&configuration), server, stories: Vec::new() };
        desk.server.reply("/regional.xml", Reply::status(403));
        desk
    }

    /// The feed says this, and a round is made.
    fn says(&mut self, id: &str, title: &'static str, summary: &'static str, body: &'static str) -> Said {
        self.stories.retain(|s| s.0 != id);
        self.stories.insert(0, (id.to_owned(), title, summary, body));
        self.publish();
        self.program.once()
    }

    fn publish(&self) {
        let now = SystemClock.now();
        let entry = |(id, title, summary, body): &Story| {
            let content = if body.is_empty() { String::new() } else { format!("<content>{body}</content>") };
            format!(
                "<entry><id>urn:story:{id}</id><title>{title}</title><link href=\"/{id}\"/>\
                 <link rel=\"enclosure\" href=\"/{id}.mp3\" type=\"audio/mpeg\" length=\"4096\"/>\
                 <published>{now}</published><updated>{now}</updated><author><name>Ada Lindqvist</name></author>\
                 <category term=\"diplomacy\"/><summary>{summary}</summary>{content}</entry>"
            )
        };
        let entries: String = self.stories.iter().map(entry).collect();
        let feed = format!(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"en\"><id>urn:world</id><title>World</title>\
             <link href=\"https://news.example.org/\"/><updated>{now}</updated>{entries}</feed>"
        );
        self.server.feed("/world.xml", feed.replace("href=\"/", "href=\"https://news.example.org/"));
    }

    fn lines(&self, arguments: &[&str]) -> Vec<String> {
        self.program.run(arguments).out.lines().map(str::to_owned).collect()
    }

    fn posted(&self) -> String {
        self.server.seen("/hook").last().expect("a message came").text()
    }
}

/// The samples by name, each as it was printed or sent, with the addresses that the documents use.
pub fn printed() -> Vec<(&'static str, String)> {
    let mut desk = Desk::new();
    let mut out: Vec<(&'static str, String)> = Vec::new();
    of_feeds_and_texts(&mut desk, &mut out);
    of_rounds(&mut desk, &mut out);
    of_status(&desk, &mut out);
    of_operators(&desk, &mut out);
    let folder = desk.program.path("").to_string_lossy().trim_end_matches('/').to_owned();
    let documented = |text: String| {
        text.replace(&desk.server.url("/world.xml"), "https://news.example.org/world.xml")
            .replace(&desk.server.url("/regional.xml"), "https://news.example.org/regional.xml")
            .replace(&folder, "/home/desk")
    };
    out.into_iter().map(|(name, text)| (name, documented(text))).collect()
}

fn of_feeds_and_texts(desk: &mut Desk, out: &mut Vec<(&'static str, String)>) {
    desk.says("1", "Delegations leave", "Talks ended.", "Talks ended on Monday, delegates said.");
    let parsed = desk.lines(&["parse", "--json", &desk.server.url("/world.xml")]);
    out.push(("parse.feed", parsed[0].clone()));
    out.push(("parse.item", parsed[1].clone()));
    let found = desk.program.run_with(&["try", "--json", "--term", "هلسينكي"], "اللقاء بهلسينكي غدا");
    out.push(("try.hit", found.out));
    std::fs::write(desk.program.path("draft.toml"), "[[feed]]\nurl = \"https://news.example.org/world.xml\"\nevry = \"5m\"\n\n[[watch]]\nname = \"summit\"\nterms = [\"Helsinki\"]\n").unwrap();
    let draft = desk.program.path("draft.toml");
    let checked = desk.lines(&["check", "--json", "-c", draft.to_str().unwrap()]);
    out.push(("check.problem", checked[0].clone()));
}

fn of_rounds(desk: &mut Desk, out: &mut Vec<(&'static str, String)>) {
    desk.server.reply("/hook", Reply::status(204));
    desk.program.once();
    let round = desk.says("2", "Talks move to Helsinki", "They begin on Tuesday.", "");
    out.push(("once.alert.new", line_of(&round, "alert")));
    out.push(("once.delivery.sent", line_of(&round, "delivery")));
    out.push(("once.summary", line_of(&round, "summary")));
    out.push(("webhook.alert", desk.posted()));
    let round = desk.says("2", "Talks move to Helsinki", "They begin on Wednesday.", "");
    out.push(("once.alert.edited", line_of(&round, "alert")));
    let round = desk.says("2", "Talks move to Oslo", "They begin on Wednesday.", "");
    out.push(("once.alert.term_left", line_of(&round, "alert")));
    // The regional feed was refused for the fifth time.
    let of_service = round.out.lines().find(|l| l.contains("\"feed_failing\""));
    out.push(("once.alert.service", of_service.expect("a feed that fails is told").to_owned()));
    out.push(("alerts.held", desk.lines(&["alerts", "list", "--json", "--state", "held"])[0].clone()));
    desk.server.reply("/hook", Reply::status(503));
    let round = desk.says("3", "Lunch in Helsinki", "", "");
    out.push(("once.delivery.pending", line_of(&round, "delivery")));
    out.push(("alerts.pending", desk.lines(&["alerts", "list", "--json", "--state", "pending"])[0].clone()));
    desk.server.reply("/hook", Reply::status(204));
    for n in 0..24 {
        desk.stories.push((format!("f{n}"), "Archive", "Found again.", ""));
    }
    desk.says("4", "Helsinki in old photographs", "", "");
    out.push(("webhook.digest", desk.posted()));
    desk.lines(&["notify", "hook"]);
    out.push(("webhook.service", desk.posted()));
}

fn of_status(desk: &Desk, out: &mut Vec<(&'static str, String)>) {
    let lines = desk.lines(&["status", "--json"]);
    let names = [
        "status.service",
        "status.feed",
        "status.feed.failing",
        "status.outbox",
        "status.store",
        "status.notifier",
        "status.notifier.console",
    ];
    assert_eq!(lines.len(), names.len(), "{lines:?}");
    out.extend(names.into_iter().zip(lines));
}

fn of_operators(desk: &Desk, out: &mut Vec<(&'static str, String)>) {
    let alerts = desk.lines(&["alerts", "list", "--json", "--state", "sent"]);
    let first =
        alerts.iter().find(|l| l.contains("Lunch in Helsinki") || l.contains("begin on Tuesday")).unwrap_or(&alerts[0]);
    let id = serde_json::from_str::<Value>(first).unwrap()["id"].as_str().unwrap().to_owned();
    out.push(("explain", desk.lines(&["explain", "--json", &id])[0].clone()));
    out.push(("explain.why_not", desk.lines(&["explain", "--json", "--watch", "summit", "urn:story:1"])[0].clone()));
    let tested = desk.lines(&["backtest", "--json"]);
    out.push(("backtest", tested[0].clone()));
    out.push(("backtest.reach", tested[1].clone()));
    let spoken = ["silence", "add", "--json", "--watch", "summit", "--for", "2h", "--reason", "known"];
    out.push(("silence", desk.lines(&spoken)[0].clone()));
    let shown = desk.lines(&["feeds", "show", "regional", "--json"]);
    out.push(("feeds.feed", shown[0].clone()));
    out.push(("feeds.trouble", shown[1].clone()));
    out.push(("feeds.stored_item", desk.lines(&["feeds", "show", "world", "--json", "--items", "1"])[1].clone()));
    let looked = desk.lines(&["doctor", "--json"]);
    out.push(("doctor.check", looked.iter().find(|l| l.contains("\"store\"")).unwrap().clone()));
    out.push(("backup", desk.lines(&["backup", "--json", "copy.db"])[0].clone()));
    out.push(("restore", desk.lines(&["restore", "--json", "copy.db"])[0].clone()));
}

/// The first record of a type, as it was printed.
fn line_of(said: &Said, kind: &str) -> String {
    let line = said.out.lines().find(|l| l.starts_with(&format!("{{\"type\":\"{kind}\"")));
    line.unwrap_or_else(|| panic!("no {kind}: {said:?}")).to_owned()
}

/// Whether a sample of a document has the keys and the values that are printed, but for what changes from run to run.
pub fn same(written: &str, printed: &str) -> bool {
    let value = |text: &str| serde_json::from_str::<Value>(text).map(settled);
    matches!((value(written), value(printed)), (Ok(a), Ok(b)) if a == b)
}

fn settled(value: Value) -> Value {
    match value {
        Value::Object(map) => map
            .into_iter()
            .map(|(key, value)| {
                let measured = matches!(key.as_str(), "bytes" | "elapsed_ms") && value.is_number();
                let value = match () {
                    () if measured => Value::from(0),
                    () if key == "by" => Value::from("whoever runs it"),
                    () => settled(value),
                };
                (key, value)
            })
            .collect(),
        Value::Array(list) => list.into_iter().map(settled).collect(),
        Value::String(text) => Value::String(super::plain::settled(&text)),
        other => other,
    }
}

/// JSON over several lines, in the order of its keys: what fits a line stays on one.
pub fn laid_out(json: &str) -> String {
    lay_out(json.trim(), 0)
}

fn lay_out(json: &str, indent: usize) -> String {
    const WIDTH: usize = 110;
    let Some(inside) = json.get(1..json.len() - 1).filter(|_| json.starts_with(['{', '['])) else { return json.into() };
    if json.chars().count() + indent <= WIDTH {
        return json.into();
    }
    let pad = " ".repeat(indent + 2);
    let part = |part: &str| match part.split_once("\":").filter(|_| json.starts_with('{')) {
        Some((key, value)) => format!("{pad}{key}\": {}", lay_out(value, indent + 2)),
        None => format!("{pad}{}", lay_out(part, indent + 2)),
    };
    let parts: Vec<String> = split(inside).into_iter().map(part).collect();
    format!("{}\n{}\n{}{}", &json[..1], parts.join(",\n"), " ".repeat(indent), &json[json.len() - 1..])
}

/// The parts of an object or list.
fn split(inside: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in inside.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '{' | '[' => depth += 1,
            '}' | ']' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inside[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inside[start..]);
    parts
}

#[test]
fn samples_are_laid_out_without_a_change() {
    let json = r#"{"a":"x, {\"y\":[","b":[1,2,{"c":"a long text that makes the whole thing too wide for one line of a document, by far"}],"d":{}}"#;
    assert!(same(&laid_out(json), json) && laid_out(json).lines().count() > 3, "{}", laid_out(json));
}
