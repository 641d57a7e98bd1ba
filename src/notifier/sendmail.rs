//! Mail handed to a program of this machine (`sendmail` and its likes), one call a recipient, so that each has its verdict.
//!
//! The exit status is read as `sysexits.h` has it. A program that does not end in time is killed with all that it started.
//! What it leaves behind when it has ended in time, to deliver from a queue say, lives on, and is not waited for.

use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus};
use std::time::Duration;

use lettre::Address;
use lettre::message::Mailbox;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe::pipe;
use tokio::time::timeout;

use super::{Message, said};
use crate::model::Verdict;

/// Bytes of what the program says that are read; the rest is let pass.
const SAYS: usize = 4096;
/// Characters of it that are quoted.
const QUOTED: usize = 200;
/// How long what it has said is read once it has ended: it lies in the pipe, and only who still holds that says more.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// `transport = "sendmail"`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendmailSettings {
    /// The program and its first arguments; `-f SENDER -- RECIPIENT` follows.
    pub command: Vec<String>,
    /// One call.
    pub timeout: Duration,
}

/// A program that takes mail.
pub struct Sendmail {
    settings: SendmailSettings,
    from: String,
}

/// What a call came to.
enum Ended {
    Status(ExitStatus, String),
    Late,
}

impl Sendmail {
    pub(super) fn new(settings: &SendmailSettings, from: &str) -> Result<Self, String> {
        let from = bare(from).ok_or_else(|| format!("`{from}` is no mail address"))?;
        Ok(Self { settings: settings.clone(), from })
    }

    /// One call a recipient, one after the other.
    pub(super) async fn send(&self, message: &Message) -> Verdict {
        let mut each = Vec::new();
        for written in &message.recipients {
            let verdict = match bare(written) {
                Some(recipient) => self.call(&recipient, &message.bytes).await,
                None => Verdict::Refused { said: format!("`{written}` is no mail address") },
            };
            each.push((written.clone(), verdict));
        }
        Verdict::Recipients { each }
    }

    /// Whether the program is there and may be run.
    pub(super) fn probe(&self) -> Result<String, String> {
        use std::os::unix::fs::PermissionsExt;
        let program = self.program();
        match std::fs::metadata(program) {
            Ok(metadata) if metadata.is_file() && metadata.permissions().mode() & 0o111 != 0 => {
                Ok(format!("{program} is there"))
            }
            Ok(_) => Err(format!("{program} is no program")),
            Err(error) => Err(format!("{program}: {error}")),
        }
    }

    fn program(&self) -> &str {
        self.settings.command.first().map_or("sendmail", String::as_str)
    }

    async fn call(&self, recipient: &str, bytes: &[u8]) -> Verdict {
        let mut command = Command::new(self.program());
        command.args(self.settings.command.iter().skip(1)).args(["-f", &self.from, "--", recipient]);
        // Nothing of our environment is its business but where programs are.
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_else(|| "/usr/sbin:/usr/bin:/sbin:/bin".into()));
        // A mail as CRLF lines is for the wire; a program of this machine reads lines as files have them.
        let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
        let ended = match run(command, text.as_bytes(), self.settings.timeout).await {
            Ok(ended) => ended,
            Err(error) => return Verdict::retry(format!("{} cannot be started: {error}", self.program())),
        };
        self.verdict(ended)
    }

    fn verdict(&self, ended: Ended) -> Verdict {
        let program = self.program();
        let (status, text) = match ended {
            Ended::Status(status, text) => (status, said(&text, QUOTED)),
            Ended::Late => {
                let within = crate::model::time::say_duration(self.settings.timeout);
                return Verdict::retry(format!("{program} did not end within {within}"));
            }
        };
        let Some(code) = status.code() else {
            let signal = status.signal().unwrap_or_default();
            return Verdict::retry(format!("{program} was ended by signal {signal}"));
        };
        let word = word(code).map(|word| format!(" ({word})")).unwrap_or_default();
        let text = if text.is_empty() { text } else { format!(": {text}") };
        let said = format!("{program} ended with {code}{word}{text}");
        match code {
            0 => Verdict::Accepted { said: format!("{program} took it") },
            // The mail itself, the recipient, the recipient's host: no later attempt changes these.
            65 | 67 | 68 => Verdict::Refused { said },
            _ => Verdict::retry(said),
        }
    }
}

/// The names of `sysexits.h`.
fn word(code: i32) -> Option<&'static str> {
    const WORDS: [&str; 15] = [
        "EX_USAGE",
        "EX_DATAERR",
        "EX_NOINPUT",
        "EX_NOUSER",
        "EX_NOHOST",
        "EX_UNAVAILABLE",
        "EX_SOFTWARE",
        "EX_OSERR",
        "EX_OSFILE",
        "EX_CANTCREAT",
        "EX_IOERR",
        "EX_TEMPFAIL",
        "EX_PROTOCOL",
        "EX_NOPERM",
        "EX_CONFIG",
    ];
    usize::try_from(code - 64).ok().and_then(|at| WORDS.get(at)).copied()
}

/// Gives the program its input and hears what it says until it has ended.
async fn run(mut command: Command, input: &[u8], within: Duration) -> io::Result<Ended> {
    let ((mut to, stdin), (says, heard)) = (pipe()?, pipe()?);
    let says = says.into_blocking_fd()?;
    command.stdin(stdin.into_blocking_fd()?).stderr(says.try_clone()?).stdout(says).process_group(0);
    let mut child = command.spawn()?;
    // With it go our copies of the program's ends.
    drop(command);
    let group = Pid::from_child(&child);
    let mut end = tokio::task::spawn_blocking(move || child.wait());
    let mut kept = Vec::new();
    let ended = {
        let write = async move {
            // A program that reads no further is judged by its exit status.
            let _ = to.write_all(input).await;
        };
        let talk = async { tokio::join!(write, hear(heard, &mut kept)) };
        tokio::pin!(talk);
        let ended = timeout(within, async {
            tokio::select! {
                ended = &mut end => {
                    let _ = timeout(LAST_WORDS, &mut talk).await;
                    ended
                }
                _ = &mut talk => end.await,
            }
        });
        ended.await
    };
    match ended {
        Ok(ended) => Ok(Ended::Status(ended??, String::from_utf8_lossy(&kept).into_owned())),
        Err(_) => {
            // Who is gone already needs no end.
            let _ = kill_process_group(group, Signal::KILL);
            Ok(Ended::Late)
        }
    }
}

/// The beginning of what it says; the rest is read and dropped, so that it never waits for us.
async fn hear(mut from: impl AsyncRead + Unpin, kept: &mut Vec<u8>) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let room = SAYS.saturating_sub(kept.len());
        kept.extend_from_slice(&buffer[..count.min(room)]);
    }
}

/// The address of a mailbox alone; one that begins with a dash would be an option to some.
fn bare(written: &str) -> Option<String> {
    let mailbox = written.parse::<Mailbox>().ok().or_else(|| written.parse::<Address>().ok().map(Mailbox::from))?;
    Some(mailbox.email.to_string()).filter(|address| !address.starts_with('-'))
}
