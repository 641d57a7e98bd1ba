//! What stands in systemd's journal: an entry an event, its words and its fields, by the journal's own protocol over a
//! real socket. The crate has one path for it, so the daemon runs in a name space where that path leads to ours.

use std::collections::BTreeMap;
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::support::feed::{Entry, rss};
use crate::support::http::{HttpServer, Reply};
use crate::support::program::{Program, feed, hook, said, watch};

/// An entry; a field may stand in it more than once.
type Fields = BTreeMap<String, Vec<String>>;

/// Reads an entry as journald does (<https://systemd.io/JOURNAL_NATIVE_PROTOCOL/>): `NAME=value` and a line end, or
/// `NAME`, a line end, the length of the value in eight bytes, the value, a line end.
fn parsed(mut rest: &[u8]) -> Fields {
    let mut fields = Fields::new();
    while !rest.is_empty() {
        let end = rest.iter().position(|b| *b == b'\n').expect("a line ends");
        let (line, behind) = (&rest[..end], &rest[end + 1..]);
        let (name, value) = match line.iter().position(|b| *b == b'=') {
            Some(at) => {
                rest = behind;
                (&line[..at], &line[at + 1..])
            }
            None => {
                let (length, behind) = behind.split_first_chunk::<8>().expect("a length");
                let length = usize::try_from(u64::from_le_bytes(*length)).unwrap();
                assert_eq!(behind.get(length), Some(&b'\n'), "a value ends where its length says");
                rest = &behind[length + 1..];
                (line, &behind[..length])
            }
        };
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
        let name = text(name);
        let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        assert!(!name.is_empty() && name.chars().all(is_name) && !name.starts_with('_'), "journald drops `{name}`");
        fields.entry(name).or_default().push(text(value));
    }
    fields
}

/// A journal, and a daemon whose standard error leads to it.
struct Journal {
    socket: UnixDatagram,
    daemon: Child,
    seen: Vec<Fields>,
}

impl Journal {
    /// `None`, said aloud, where no name space may be made.
    fn start(program: &Program) -> Option<Self> {
        let spaces: [&[&str]; 2] = [&["-m"], &["-m", "-r"]];
        let may = |space: &&&[&str]| {
            let tried = Command::new("unshare").args(**space).args(["mount", "-t", "tmpfs", "tmpfs", "/run"]).output();
            tried.is_ok_and(|o| o.status.success())
        };
        let Some(space) = spaces.iter().find(may) else {
            println!("skipped: no name space may be made here");
            return None;
        };
        std::fs::create_dir(program.path("journal")).unwrap();
        let socket = UnixDatagram::bind(program.path("journal/socket")).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let inner = program.journalled(&["run"]);
        let mut command = Command::new("unshare");
        let script = "mount --make-rprivate / && mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/journal \
                      && mount --bind journal /run/systemd/journal && exec \"$0\" \"$@\"";
        command.args(*space).args(["sh", "-c", script]).arg(inner.get_program()).args(inner.get_args());
        command.current_dir(program.path("")).env_clear();
        command.envs(inner.get_envs().filter_map(|(k, v)| Some((k, v?))));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Some(Self { socket, daemon: command.spawn().unwrap(), seen: Vec::new() })
    }

    /// Waits for an entry whose message holds these words.
    fn says(&mut self, words: &str) -> Fields {
        let mut buffer = vec![0; 1 << 18];
        loop {
            let length = match self.socket.recv(&mut buffer) {
                Ok(length) => length,
                Err(e) => panic!("it never said `{words}` ({e}): {:#?}", self.seen),
            };
            // An empty one asks whether anybody is there.
            if length > 0 {
                let fields = parsed(&buffer[..length]);
                self.seen.push(fields.clone());
                if fields["MESSAGE"][0].contains(words) {
                    return fields;
                }
            }
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

fn one<'a>(fields: &'a Fields, name: &str) -> &'a str {
    let values = fields.get(name).unwrap_or_else(|| panic!("no {name}: {fields:#?}"));
    assert_eq!(values.len(), 1, "{name}: {fields:#?}");
    &values[0]
}

#[test]
fn an_entry_names_in_words_and_in_fields_what_it_is_about() {
    let server = HttpServer::start();
    server.feed("/feed.xml", rss(&[]));
    server.reply("/bad.xml", Reply::status(503));
    server.reply("/hook", Reply::status(500).body("no\n<3>forged\u{1b}[2J"));
    let program = Program::new(
        &(format!("[defaults]\nretry = [\"1s\"]\n{}", feed("broken", &server.url("/bad.xml")))
            + &format!("[[feed]]\nname = \"world\"\nurl = \"{}\"\nevery = \"1s\"\n", server.url("/feed.xml"))
            + &hook("desk", &server.url("/hook"))
            + "[[notifier]]\nname = \"screen\"\nkind = \"console\"\n"
            + &watch("summit", &["Helsinki"], &["desk", "screen"])
            + &watch("talks", &["talks"], &["screen"])),
    );
    let Some(mut journal) = Journal::start(&program) else { return };
    let ready = journal.says("ready: 2 feeds, 2 watches, 2 notifiers");
    assert_eq!((one(&ready, "PRIORITY"), one(&ready, "SYSLOG_IDENTIFIER")), ("6", "feedwatch"));
    let failed = journal.says("feed “broken”: poll failed: ");
    assert_eq!((one(&failed, "PRIORITY"), one(&failed, "FEEDWATCH_FEED")), ("4", "broken"));
    assert!(one(&failed, "FEEDWATCH_NEXT").ends_with('Z'), "{failed:#?}");
    server.wait_for_blocking("/feed.xml", 1);
    server.feed("/feed.xml", rss(&[Entry::new("1", "Talks in Helsinki")]));
    let raised = journal.says("feed “world”: watch “summit”: Helsinki in the title");
    for (field, value) in [("FEED", "world"), ("WATCH", "summit"), ("REASON", "new")] {
        assert_eq!(one(&raised, &format!("FEEDWATCH_{field}")), value);
    }
    let alert = one(&raised, "FEEDWATCH_ALERT").to_owned();
    // What the other side says is in one line, and seen.
    let again = journal.says("notifier “desk”: attempt 1 failed: ");
    assert_eq!(one(&again, "FEEDWATCH_ALERT"), alert);
    assert!(!again["MESSAGE"][0].contains(['\n', '\u{1b}']), "{again:#?}");
    let dead = journal.says("notifier “desk”: dead after 2 attempts: ");
    assert_eq!((one(&dead, "PRIORITY"), one(&dead, "FEEDWATCH_NOTIFIER")), ("3", "desk"));
    assert_eq!(one(&dead, "FEEDWATCH_DELIVERY"), one(&again, "FEEDWATCH_DELIVERY"));
    // All alerts of an item in one message: a field each.
    let sent = journal.seen.iter().find(|f| f["MESSAGE"][0] == "notifier “screen”: sent").expect("on the screen");
    assert!(sent["FEEDWATCH_ALERT"].len() == 2 && sent["FEEDWATCH_ALERT"].contains(&alert), "{sent:#?}");
    let ids = program.run(&["alerts", "list", "--json"]).records();
    assert!(ids.iter().all(|a| sent["FEEDWATCH_ALERT"].iter().any(|id| a["id"] == id.as_str())), "{ids:?}");
    rustix::process::kill_process(rustix::process::Pid::from_child(&journal.daemon), rustix::process::Signal::TERM)
        .unwrap();
    journal.says("stopping");
    let mut err = String::new();
    std::io::Read::read_to_string(&mut journal.daemon.stderr.take().unwrap(), &mut err).unwrap();
    assert_eq!(err, "", "nothing is said twice");
    assert_eq!(journal.daemon.wait().unwrap().code(), Some(0));
}

#[test]
fn in_a_terminal_each_poll_is_a_line() {
    let server = HttpServer::start();
    server.feed("/feed.xml", rss(&[Entry::new("1", "Old")]));
    let program = Program::new(
        &(format!("[[feed]]\nname = \"world\"\nurl = \"{}\"\nevery = \"1s\"\n", server.url("/feed.xml"))
            + &watch("w", &["Helsinki"], &["console"])),
    );
    let plain = program.command(&["run"]);
    let command = format!("echo $$ > process; exec '{}' run 2>&1", plain.get_program().to_str().unwrap());
    let mut terminal = Command::new("script");
    terminal.args(["-q", "-e", "-c", &command, "/dev/null"]).current_dir(program.path("")).env_clear();
    terminal.envs(plain.get_envs().filter_map(|(k, v)| Some((k, v?)))).env("TERM", "xterm");
    let Ok(terminal) = terminal.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn() else {
        return println!("skipped: there is no script(1)");
    };
    server.wait_for_blocking("/feed.xml", 4);
    let number = std::fs::read_to_string(program.path("process")).unwrap().trim().parse().unwrap();
    let process = rustix::process::Pid::from_raw(number).unwrap();
    rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
    let end = said(terminal);
    let lines: Vec<&str> = end.out.lines().collect();
    assert!(lines.iter().any(|l| l.contains("first poll: 1 item noted, 0 would have matched")), "{end:?}");
    let still: Vec<_> = lines.iter().filter(|l| l.contains("feed “world”: not modified")).collect();
    assert!(still.len() >= 2 && still.iter().all(|l| l.contains("next") && !l.contains("feed=")), "{end:?}");
}

#[test]
fn without_the_journal_lines_go_to_standard_error_and_say_so() {
    if std::path::Path::new("/run/systemd/journal/socket").exists() {
        return println!("skipped: this machine has a journal, which is left alone");
    }
    let server = HttpServer::start();
    server.reply("/bad.xml", Reply::status(503));
    let program = Program::new(&(feed("broken", &server.url("/bad.xml")) + &watch("w", &["Helsinki"], &["console"])));
    let daemon = crate::daemon::Daemon::start_as(&program, program.journalled(&["run"]));
    daemon.told("READY=1");
    server.wait_for_blocking("/bad.xml", 1);
    let end = daemon.stop();
    let first = end.err.lines().next().unwrap();
    assert!(first.trim_start().starts_with("WARN the journal's socket cannot be reached (No such file"), "{end:?}");
    assert!(end.err.contains(" INFO ready: 1 feed, 1 watch, 1 notifier\n"), "without a time of its own: {end:?}");
    // Standard error that leads elsewhere than to the journal is no stream of the journal's.
    let mut command = program.command(&["run"]);
    command.env("JOURNAL_STREAM", "1:1");
    let daemon = crate::daemon::Daemon::start_as(&program, command);
    daemon.told("READY=1");
    let end = daemon.stop();
    assert!(!end.err.contains("journal") && end.err.contains("Z  INFO ready: "), "{end:?}");
}
