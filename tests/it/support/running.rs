//! A daemon at work beside a story's commands.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::program::Program;

/// The longest that a story waits for something to become so.
const PATIENCE: Duration = Duration::from_secs(30);

/// `feedwatch run`, killed when it is dropped.
pub struct Running {
    child: Child,
    log: Receiver<String>,
}

impl Running {
    /// Starts it and waits until it is ready.
    pub fn start(program: &Program) -> Self {
        let running = Self::begin(program, |_| {});
        running.says("ready:");
        running
    }

    /// Starts it, with more arguments or another environment.
    pub fn begin(program: &Program, more: impl FnOnce(&mut Command)) -> Self {
        let mut command = program.command(&["run"]);
        more(&mut command);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("starts");
        let lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        let (tell, log) = channel();
        std::thread::spawn(move || lines.map_while(Result::ok).take_while(|l| tell.send(l.clone()).is_ok()).count());
        Self { child, log }
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("is there");
    }

    /// Waits for its end by itself: the exit code, and what it had still to say.
    pub fn end(mut self) -> (Option<i32>, Vec<String>) {
        let code = self.child.wait().expect("ends").code();
        (code, self.log.iter().collect())
    }

    /// Waits for a line of its log that holds this.
    pub fn says(&self, words: &str) -> String {
        let mut seen = Vec::new();
        loop {
            match self.log.recv_timeout(PATIENCE) {
                Ok(line) if line.contains(words) => return line,
                Ok(line) => seen.push(line),
                Err(_) => panic!("it never said `{words}`: {seen:#?}"),
            }
        }
    }

    /// Waits until something is so.
    pub fn until(&self, mut is_so: impl FnMut() -> bool) {
        let began = Instant::now();
        while !is_so() {
            assert!(began.elapsed() < PATIENCE, "it never became so");
            std::thread::park_timeout(Duration::from_millis(50));
        }
    }

    /// SIGTERM, and a good end.
    pub fn stop(mut self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).expect("is there");
        assert_eq!(self.child.wait().expect("ends").code(), Some(0));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
