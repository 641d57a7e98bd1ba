//! The watchdog of systemd (`WatchdogSec=`): fed while the loops turn, whether or not they succeed, so that a hang is
//! ended by a restart and a full disk is not.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use sd_notify::NotifyState;
use tokio::sync::watch;

/// A loop that has not turned for so long hangs: it looks at its table every five seconds, but a question to the store may
/// stand behind a commit of each step, and each of these waits ten seconds where another process writes.
const HANGS_AFTER: Duration = Duration::from_secs(120);

/// When each loop last turned.
#[derive(Debug)]
pub struct Pulse {
    turned: Mutex<[Instant; 3]>,
}

impl Default for Pulse {
    fn default() -> Self {
        Self { turned: Mutex::new([Instant::now(); 3]) }
    }
}

impl Pulse {
    /// A loop has turned.
    pub fn beat(&self, which: usize) {
        self.turned.lock().expect("no holder of this lock panics")[which] = Instant::now();
    }

    /// Whether all of them have turned lately.
    fn is_well(&self) -> bool {
        let turned = self.turned.lock().expect("no holder of this lock panics");
        turned.iter().all(|at| at.elapsed() < HANGS_AFTER)
    }
}

/// Feeds the watchdog, if systemd has set one, until the end.
pub async fn feed(pulse: &Pulse, mut stopped: watch::Receiver<bool>) {
    let Some(limit) = sd_notify::watchdog_enabled() else { return };
    while !*stopped.borrow() {
        if pulse.is_well() {
            // Without a socket nobody waits for it.
            let _ = sd_notify::notify(&[NotifyState::Watchdog]);
        } else {
            tracing::error!("a step hangs: the watchdog is not fed, and systemd will start feedwatch anew");
        }
        tokio::select! {
            () = tokio::time::sleep((limit / 3).max(Duration::from_millis(100))) => {}
            _ = stopped.changed() => {}
        }
    }
}
