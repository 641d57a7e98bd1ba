//! The daemon under the restrictions of its unit, where no systemd need run: its system-call filter, a read-only file system
//! but for the state directory, no privileges.
//!
//! The test binary starts itself as [`launcher`], which takes on the filter and becomes the daemon.

use std::collections::BTreeSet;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use crate::support::feed::{Entry, rss};
use crate::support::http::{HttpServer, Reply};
use crate::support::program::{Program, hook, said, watch};

/// Names of system calls, separated by blanks.
const CALLS: &str = "FEEDWATCH_TEST_CALLS";
/// The configuration of the daemon.
const CONFIG: &str = "FEEDWATCH_TEST_CONFIG";

/// Becomes the daemon under the filter; not a story of its own.
#[test]
#[ignore = "started by the story below, as a process that takes on a filter"]
fn launcher() {
    let (Ok(calls), Ok(config)) = (std::env::var(CALLS), std::env::var(CONFIG)) else { return };
    let filter = |names: &[&str]| {
        let rules: Vec<serde_json::Value> = names.iter().map(|n| serde_json::json!({ "syscall": n })).collect();
        let document = serde_json::json!({ "all": {
            "mismatch_action": { "errno": 1 }, "match_action": "allow", "filter": rules
        }});
        let architecture = std::env::consts::ARCH.try_into().expect("an architecture with filters");
        seccompiler::compile_from_json(document.to_string().as_bytes(), architecture)
    };
    // systemd's list is of every architecture and age; what this one has no number for is not called either.
    let known: Vec<&str> = calls.split(' ').filter(|n| filter(&[n]).is_ok()).collect();
    assert!(known.len() > 150, "a service needs more calls than {known:?}");
    let filters = filter(&known).expect("compiles");
    seccompiler::apply_filter(&filters["all"]).expect("applies");
    let error = Command::new(env!("CARGO_BIN_EXE_feedwatch")).args(["run", "-c", &config]).exec();
    panic!("it does not start: {error}");
}

/// The calls of a group of systemd's, its groups unfolded.
fn calls(group: &str) -> Option<BTreeSet<String>> {
    let said = Command::new("systemd-analyze").args(["syscall-filter", group]).output().ok()?;
    let text = String::from_utf8(said.stdout).ok().filter(|_| said.status.success())?;
    let mut out = BTreeSet::new();
    for line in text.lines().skip(1).map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
        match line.strip_prefix('@') {
            Some(_) => out.extend(calls(line)?),
            None => drop(out.insert(line.to_owned())),
        }
    }
    Some(out)
}

/// What `systemd-analyze` says of a unit of ours, whose program lies elsewhere here; `None` where there is none.
fn analyzed(unit: &str, arguments: &[&str]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let units = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd");
    for file in std::fs::read_dir(&units).unwrap().map(|f| f.unwrap().path()) {
        let text = std::fs::read_to_string(&file).unwrap();
        let text = text.replace("/usr/bin/feedwatch", env!("CARGO_BIN_EXE_feedwatch"));
        std::fs::write(folder.path().join(file.file_name().unwrap()), text).unwrap();
    }
    let mut command = Command::new("systemd-analyze");
    command.args(arguments).arg(folder.path().join(unit)).env("SYSTEMD_PAGER", "").env("LC_ALL", "C");
    let said = command.output().ok()?;
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Some(text(said.stdout) + &text(said.stderr))
}

#[test]
fn systemd_has_nothing_to_say_of_the_units() {
    for unit in ["feedwatch.service", "feedwatch-once.service", "feedwatch-once.timer"] {
        match analyzed(unit, &["verify"]) {
            Some(said) => assert_eq!(said, "", "{unit}"),
            None => return println!("skipped: there is no systemd-analyze"),
        }
    }
}

#[test]
fn systemd_rates_the_units_as_hardly_exposed() {
    for unit in ["feedwatch.service", "feedwatch-once.service"] {
        let Some(said) = analyzed(unit, &["security", "--offline=true", "--no-pager"]) else {
            return println!("skipped: there is no systemd-analyze");
        };
        // → Overall exposure level for feedwatch.service: 1.2 OK
        let Some(level) = said.lines().find_map(|l| l.split_once("exposure level for ")?.1.split_once(": ")) else {
            return println!("skipped: this systemd-analyze does not look at files: {said}");
        };
        let level: f64 = level.1.split_whitespace().next().unwrap().parse().unwrap();
        assert!(level <= 1.2, "{unit}: {level}\n{said}");
    }
}

#[test]
fn a_round_is_as_restricted_as_the_daemon() {
    let unit = |name: &str| {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd").join(name);
        let text = std::fs::read_to_string(path).unwrap();
        let lines = text.lines().skip_while(|l| !l.starts_with("NoNewPrivileges="));
        lines.take_while(|l| *l != "[Install]").filter(|l| l.contains('=')).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(unit("feedwatch-once.service"), unit("feedwatch.service"));
}

#[test]
fn the_daemon_works_under_the_restrictions_of_its_unit() {
    let unit = include_str!("../../systemd/feedwatch.service");
    let mut allowed = BTreeSet::new();
    for line in unit.lines().filter_map(|l| l.strip_prefix("SystemCallFilter=")) {
        for group in line.trim_start_matches('~').split_whitespace() {
            let Some(calls) = calls(group) else { return println!("skipped: no systemd-analyze says what {group} is") };
            if line.starts_with('~') {
                allowed.retain(|c| !calls.contains(c));
            } else {
                allowed.extend(calls);
            }
        }
    }
    let server = HttpServer::start();
    server.feed("/feed.xml", rss(&[]));
    server.reply("/hook", Reply::status(204));
    let program = Program::new(&format!(
        "[[feed]]\nname = \"world\"\nurl = \"{}\"\nevery = \"1s\"\n{}{}",
        server.url("/feed.xml"),
        hook("hook", &server.url("/hook")),
        watch("w", &["Helsinki"], &["hook"])
    ));
    let state = program.path("");
    let state = state.to_str().unwrap().trim_end_matches('/');
    // A name space of its own, in which all is read-only but the state directory.
    let script = format!(
        "mount --make-rprivate / && mount --bind {state} {state} && mount -o remount,bind,ro / && exec setpriv --bounding-set=-all \
         --inh-caps=-all --no-new-privs {} --exact restricted::launcher --ignored --nocapture",
        std::env::current_exe().unwrap().display()
    );
    let fits = Command::new("unshare").args(["-m", "setpriv", "--bounding-set=-all", "true"]).output();
    if !fits.is_ok_and(|o| o.status.success()) {
        return println!("skipped: no name space may be made here");
    }
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", &script]).current_dir(state);
    command.env(CALLS, allowed.into_iter().collect::<Vec<_>>().join(" ")).env(CONFIG, program.path("feedwatch.toml"));
    let log = std::fs::File::create(program.path("daemon.log")).unwrap();
    let daemon = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
    server.wait_for_blocking("/feed.xml", 2);
    server.feed("/feed.xml", rss(&[Entry::new("1", "Talks in Helsinki")]));
    let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| server.wait_for_blocking("/hook", 1)));
    let log = std::fs::read_to_string(program.path("daemon.log")).unwrap();
    assert!(told.is_ok(), "nothing is told:\n{log}");
    let process = rustix::process::Pid::from_child(&daemon);
    rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
    let end = said(daemon);
    assert_eq!(end.code, 0, "{end:?}");
    assert!(!log.contains("not permitted"), "{log}");
}
