//! Standard output for results, standard error for the rest, and how a command can end.

use std::io::{BufWriter, ErrorKind, IsTerminal, StdoutLock, Write};

use serde::Serialize;

use crate::render::console::Style;
use crate::store::StoreError;
use crate::text::bidi::isolate;
use crate::text::shown::line;

/// Why a command ends otherwise than well.
#[derive(Debug)]
pub enum Failure {
    /// Wrong usage or configuration: exit 2.
    Usage(String),
    /// It ran, and something failed: exit 1.
    Failed(String),
    /// This exit code; everything has been said.
    Quiet(u8),
    /// Nobody reads the results any more: no error.
    ClosedPipe,
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::Failed(error.said)
    }
}

/// Standard output, where results go and nothing else.
pub struct Results {
    out: BufWriter<StdoutLock<'static>>,
}

impl Results {
    /// Takes standard output until dropped.
    pub fn open() -> Self {
        Self { out: BufWriter::new(std::io::stdout().lock()) }
    }

    /// One JSON object on a line of its own.
    pub fn record(&mut self, record: &impl Serialize) -> Result<(), Failure> {
        let line = serde_json::to_string(record).expect("records are written without failing");
        self.line(&line)
    }

    /// One line of text.
    pub fn line(&mut self, line: &str) -> Result<(), Failure> {
        writeln!(self.out, "{line}").map_err(Self::failure)
    }

    /// Text that has its own line ends.
    pub fn text(&mut self, text: &str) -> Result<(), Failure> {
        write!(self.out, "{text}").map_err(Self::failure)
    }

    /// Hands on what has been gathered.
    pub fn flush(&mut self) -> Result<(), Failure> {
        self.out.flush().map_err(Self::failure)
    }

    fn failure(error: std::io::Error) -> Failure {
        match error.kind() {
            ErrorKind::BrokenPipe => Failure::ClosedPipe,
            _ => Failure::Failed(format!("standard output cannot be written: {error}")),
        }
    }
}

/// What standard output can show: colour and a screen's width on a terminal, neither in a pipe.
pub fn style() -> Style {
    let terminal = std::io::stdout().is_terminal();
    let width = if terminal { terminal_width() } else { usize::MAX };
    Style { colour: terminal && colour_is_wanted(), width }
}

/// Whether standard error may be coloured.
pub fn colour_on_stderr() -> bool {
    std::io::stderr().is_terminal() && colour_is_wanted()
}

/// `NO_COLOR` (no-color.org): set to anything but nothing.
fn colour_is_wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
}

/// Columns and rows of the terminal that standard output is, if it is one.
pub fn screen() -> Option<(usize, usize)> {
    let size = std::io::stdout().is_terminal().then(|| rustix::termios::tcgetwinsize(std::io::stdout()).ok())?;
    let size = size.filter(|s| s.ws_row > 0 && s.ws_col > 0)?;
    Some((usize::from(size.ws_col), usize::from(size.ws_row)))
}

fn terminal_width() -> usize {
    let columns = rustix::termios::tcgetwinsize(std::io::stdout()).map_or(80, |size| size.ws_col);
    usize::from(columns).max(40)
}

/// Text from outside as a person is shown it: one line, nothing that moves a cursor, isolated where it runs from right to left.
pub fn shown(text: &str) -> String {
    isolate(line(text).trim()).into_owned()
}

/// Says where the program broke off, and nothing of what it was working on: the message of a panic may hold an item's
/// text, or a secret. With `$RUST_BACKTRACE` the way there is shown too.
pub fn tell_panics_without_data() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|at| format!(" at {}:{}", at.file(), at.line())).unwrap_or_default();
        // A text that stands in the program itself can be shown; one that was put together may hold anything.
        let why = panic.payload().downcast_ref::<&'static str>().map(|why| format!(": {why}")).unwrap_or_default();
        // Standard error may be closed: there is nobody to tell then.
        let mut err = std::io::stderr().lock();
        let _ = writeln!(err, "feedwatch broke off{place}{why}: a fault of the program itself, please report it");
        let trace = std::backtrace::Backtrace::capture();
        if trace.status() == std::backtrace::BacktraceStatus::Captured {
            let _ = writeln!(err, "{trace}");
        }
    }));
}
