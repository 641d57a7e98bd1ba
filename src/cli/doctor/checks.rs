//! What the doctor looks at, one thing a function.

use std::net::ToSocketAddrs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use crate::config::{self, Config, Environment, Loaded};
use crate::fetcher::Address;
use crate::model::{Clock, SystemClock, Time};
use crate::store::sqlite::{backup, lock};
use crate::store::{SqliteStore, Store};
use crate::text::count::counted;

use super::{Check, State};

/// The time of this version's making: a clock before it is wrong.
const MADE_MS: i64 = 1_790_000_000_000;
/// How long the resolver may take.
const RESOLVER: Duration = Duration::from_secs(5);
/// Free space that lasts a while, and space that does not.
const PLENTY: u64 = 200 << 20;
const TOO_LITTLE: u64 = 20 << 20;

pub fn configuration(path: &Path, loaded: &Loaded) -> Check {
    let shown = path.display();
    match (&loaded.config, loaded.errors(), loaded.problems.len()) {
        (Some(config), _, 0) => Check::new("configuration", State::Ok, format!("{shown}: {}", config.inventory())),
        (Some(_), _, n) => {
            let said = format!("{shown}: {}", counted(n, "warning", "warnings"));
            Check::new("configuration", State::Warning, said).hint("see feedwatch check")
        }
        (None, errors, _) => {
            let said = format!("{shown}: {}", counted(errors, "mistake", "mistakes"));
            Check::new("configuration", State::Error, said).hint("see feedwatch check")
        }
    }
}

/// Secrets as `run` needs them.
pub fn credentials(path: &Path, strict: &Environment) -> Check {
    let loaded = config::load(path, strict);
    let first = loaded.problems.iter().find(|p| p.severity == config::Severity::Error);
    match first {
        None => Check::new("credentials", State::Ok, "every secret that is named can be read"),
        Some(problem) if strict.variables.contains_key("CREDENTIALS_DIRECTORY") => {
            Check::new("credentials", State::Error, &*problem.message).hint("see feedwatch check")
        }
        Some(problem) => {
            let hint = "the service may have it: systemd-run -p LoadCredential=… or the journal of feedwatch tell";
            Check::new("credentials", State::Warning, format!("not readable here: {}", problem.message)).hint(hint)
        }
    }
}

/// Whether a name of a feed can be looked up, in time.
pub fn resolver(config: &Config) -> Check {
    let host = config.feeds.iter().find_map(|f| match &f.source.address {
        Address::Http(url) => url.domain().map(str::to_owned),
        Address::File(_) => None,
    });
    let Some(host) = host else {
        return Check::new("resolver", State::Ok, "no feed has a name to look up");
    };
    let (tell, told) = channel();
    let asked = host.clone();
    // A resolver that hangs must not hang the doctor: the thread is left to itself.
    std::thread::spawn(move || tell.send((asked.as_str(), 443).to_socket_addrs().map(Iterator::count)));
    match told.recv_timeout(RESOLVER) {
        Ok(Ok(n)) if n > 0 => {
            Check::new("resolver", State::Ok, format!("{host} has {}", counted(n, "address", "addresses")))
        }
        Ok(Ok(_)) => {
            Check::new("resolver", State::Error, format!("{host} has no address")).hint("see /etc/resolv.conf")
        }
        Ok(Err(e)) => Check::new("resolver", State::Error, format!("{host} cannot be looked up: {e}"))
            .hint("see /etc/resolv.conf"),
        Err(_) => {
            let said = format!("{host} was not answered for within {} s", RESOLVER.as_secs());
            Check::new("resolver", State::Error, said).hint("see /etc/resolv.conf")
        }
    }
}

/// Certificates of authorities, where the TLS library looks for them.
pub fn roots() -> Check {
    const BUNDLES: [&str; 4] = [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/cert.pem",
        "/etc/ssl/ca-bundle.pem",
    ];
    let named = std::env::var("SSL_CERT_FILE").ok();
    let files: Vec<&str> = named.iter().map(String::as_str).chain(BUNDLES).collect();
    let count = |path: &str| std::fs::read_to_string(path).ok().map(|t| t.matches("BEGIN CERTIFICATE").count());
    match files.iter().find_map(|path| count(path).filter(|n| *n > 0).map(|n| (path, n))) {
        Some((path, n)) => Check::new("tls roots", State::Ok, format!("{n} authorities in {path}")),
        None => Check::new("tls roots", State::Error, "no certificate of an authority is found, so no https works")
            .hint("install the package ca-certificates"),
    }
}

fn folder(config: &Config) -> &Path {
    config.store.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

pub fn disk(config: &Config) -> Check {
    let folder = folder(config);
    let stat = match rustix::fs::statvfs(folder) {
        Ok(stat) => stat,
        Err(e) => {
            let said = format!("{}: {}", folder.display(), std::io::Error::from(e));
            return Check::new("disk", State::Error, said).hint("make the folder, or name another store");
        }
    };
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    let said = format!("{} MiB free at {}", free >> 20, folder.display());
    let no_files = stat.f_files > 0 && stat.f_favail == 0;
    if no_files {
        return Check::new("disk", State::Error, format!("no inode is free at {}", folder.display()))
            .hint("delete files there");
    }
    match free {
        n if n < TOO_LITTLE => Check::new("disk", State::Error, said).hint("free some: nothing can be kept without"),
        n if n < PLENTY => Check::new("disk", State::Warning, said).hint("free some before it is full"),
        _ => Check::new("disk", State::Ok, said),
    }
}

/// Whether this user may write where the service must, and others may not read what is nobody's business.
pub fn permissions(config: &Config) -> Check {
    let may = |path: &Path, access| rustix::fs::access(path, access).is_ok();
    let both = rustix::fs::Access::READ_OK | rustix::fs::Access::WRITE_OK;
    let folder = folder(config);
    let user = super::super::who::who();
    if !may(folder, both | rustix::fs::Access::EXEC_OK) {
        let said = format!("{user} may not write in {}", folder.display());
        return Check::new("permissions", State::Error, said)
            .hint("run this as the user of the service: sudo -u feedwatch feedwatch doctor");
    }
    let Ok(metadata) = std::fs::metadata(&config.store) else {
        return Check::new("permissions", State::Ok, format!("{user} may write in {}", folder.display()));
    };
    if !may(&config.store, both) {
        let said = format!("{user} may not write {}", config.store.display());
        return Check::new("permissions", State::Error, said)
            .hint("run this as the user of the service: sudo -u feedwatch feedwatch doctor");
    }
    let open = std::fs::metadata(folder).is_ok_and(|m| m.mode() & 0o005 != 0) && metadata.mode() & 0o004 != 0;
    if open {
        let said = format!("everybody may read {}", config.store.display());
        return Check::new("permissions", State::Warning, said).hint(format!("chmod 640 {}", config.store.display()));
    }
    Check::new("permissions", State::Ok, format!("{user} may write {}", config.store.display()))
}

/// Whether the store can be read and is sound, and who holds it.
pub fn store(config: &Config) -> Check {
    let shown = config.store.display();
    if !config.store.exists() {
        return Check::new("store", State::Ok, format!("{shown} is not there yet: the first run makes it"));
    }
    match backup::integrity(&config.store) {
        Err(e) => Check::new("store", State::Error, e.said),
        Ok(found) if !found.is_empty() => {
            let said = format!("{shown} is damaged: {}", found[0]);
            Check::new("store", State::Error, said).hint("stop the daemon, then feedwatch restore with a backup")
        }
        Ok(_) => {
            let holder = lock::holder(&config.store).unwrap_or_else(|| "nobody".to_owned());
            Check::new("store", State::Ok, format!("{shown} is sound, held by {holder}"))
        }
    }
}

/// Whether the clock can be right: not before this version, not before what the store has seen, and kept right by somebody.
pub fn clock(config: Option<&Config>) -> Check {
    let now = SystemClock.now();
    if now.ms() < MADE_MS {
        return Check::new("clock", State::Error, format!("it says {now}, before this version was made"))
            .hint("set it: timedatectl set-ntp true");
    }
    if let Some(last) = config.and_then(last_poll).filter(|last| *last > now.plus(Duration::from_secs(60))) {
        let said = format!("it says {now}, and the store was last written at {last}");
        return Check::new("clock", State::Warning, said).hint("it has jumped back, or had been ahead: timedatectl");
    }
    // systemd's own time keeper says here when it has found the time; other keepers say nothing.
    let keeper = Path::new("/run/systemd/timesync");
    if keeper.exists() && !keeper.join("synchronized").exists() {
        return Check::new("clock", State::Warning, format!("it says {now}, and is not set by a time server yet"))
            .hint("see timedatectl timesync-status");
    }
    Check::new("clock", State::Ok, format!("it says {now}"))
}

fn last_poll(config: &Config) -> Option<Time> {
    let mut store = SqliteStore::beside(&config.store).ok()?;
    store.feeds().ok()?.into_iter().filter_map(|(_, m)| m.last_poll).max()
}

/// The unit, where a systemd runs.
pub fn unit() -> Check {
    if !Path::new("/run/systemd/system").exists() {
        return Check::new("systemd", State::Ok, "no systemd runs here");
    }
    let mut command = Command::new("systemctl");
    command.args(["show", "feedwatch.service", "--property=LoadState,ActiveState,Result"]).stdin(Stdio::null());
    let Ok(output) = command.output() else {
        return Check::new("systemd", State::Warning, "systemctl cannot be started").hint("is it in $PATH?");
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let value = |key: &str| text.lines().find_map(|l| l.strip_prefix(key)).unwrap_or_default().to_owned();
    let (load, active) = (value("LoadState="), value("ActiveState="));
    match (load.as_str(), active.as_str()) {
        ("loaded", "active" | "activating" | "reloading") => {
            Check::new("systemd", State::Ok, format!("feedwatch.service is {active}"))
        }
        ("loaded", "failed") => {
            let said = format!("feedwatch.service has failed ({})", value("Result="));
            Check::new("systemd", State::Error, said).hint("journalctl -u feedwatch -n 50")
        }
        ("loaded", _) => Check::new("systemd", State::Warning, format!("feedwatch.service is {active}"))
            .hint("systemctl enable --now feedwatch"),
        ("", _) => Check::new("systemd", State::Warning, "systemd does not answer").hint("systemctl status"),
        _ => Check::new("systemd", State::Warning, "feedwatch.service is not installed")
            .hint("see systemd/feedwatch.service"),
    }
}
