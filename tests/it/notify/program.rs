//! Mail by a program: its exit status for each recipient, its time, and what it is given.

use std::os::unix::fs::PermissionsExt;

use feedwatch::notifier::SendmailSettings;

use super::*;

/// A script that plays `sendmail`.
fn by(folder: &tempfile::TempDir, script: &str, timeout: Duration) -> Sender {
    let path = file(folder, "sendmail", &format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let command = vec![path.display().to_string(), "-i".to_owned()];
    let transport = Transport::Sendmail(SendmailSettings { command, timeout });
    let from = "Feedwatch <feedwatch@example.org>".into();
    Sender::new(&Settings::Email(EmailSettings { from, to: Vec::new(), transport, subject: None }), false).unwrap()
}

#[tokio::test]
async fn the_program_gets_the_mail_for_each_recipient() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().display();
    let sender = by(&folder, &format!("cat > {here}/\"$5\"; echo \"$@\" > {here}/arguments"), PATIENCE);
    let message = letter(&["a@example.org", "Night desk <b@example.org>"]);
    let verdict = sender.send(&message, now()).await;
    assert_eq!(each(&verdict).iter().map(|(_, word, _)| *word).collect::<Vec<_>>(), ["accepted", "accepted"]);
    let mail = std::fs::read_to_string(folder.path().join("b@example.org")).unwrap();
    assert_eq!(mail.replace('\n', "\r\n").into_bytes(), message.bytes, "as it was rendered, in lines of this machine");
    let arguments = std::fs::read_to_string(folder.path().join("arguments")).unwrap();
    assert_eq!(arguments, "-i -f feedwatch@example.org -- b@example.org\n");
}

#[tokio::test]
async fn each_exit_status_means_what_sysexits_says() {
    let folder = tempfile::tempdir().unwrap();
    for (script, expected, says) in [
        ("cat >/dev/null; exit 0", "accepted", "took it"),
        ("exit 75", "retry", "75 (EX_TEMPFAIL)"),
        ("echo nobody of that name >&2; exit 67", "refused", "67 (EX_NOUSER): nobody of that name"),
        ("exit 68", "refused", "EX_NOHOST"),
        ("exit 65", "refused", "EX_DATAERR"),
        ("exit 69", "retry", "EX_UNAVAILABLE"),
        ("exit 77", "retry", "EX_NOPERM"),
        ("exit 78", "retry", "EX_CONFIG"),
        ("exit 1", "retry", "ended with 1"),
        ("kill -9 $$", "retry", "signal 9"),
        ("yes | head -c 5000000; exit 75", "retry", "y y"),
        ("sleep 600", "retry", "did not end within"),
        ("trap '' TERM; while :; do sleep 600; done", "retry", "did not end within"),
    ] {
        let patience = if script.contains("sleep") { SHORT } else { PATIENCE };
        let verdict = by(&folder, script, patience).send(&letter(&["a@example.org"]), now()).await;
        let (_, word, said) = each(&verdict)[0];
        assert!(word == expected && said.contains(says), "{script}: {word}: {said}");
        assert!(said.len() < 400, "{said}");
    }
    let command = vec!["/no/such/program".to_owned()];
    let transport = Transport::Sendmail(SendmailSettings { command, timeout: PATIENCE });
    let settings = EmailSettings { from: "a@example.org".into(), to: Vec::new(), transport, subject: None };
    let sender = Sender::new(&Settings::Email(settings), false).unwrap();
    let verdict = sender.send(&letter(&["a@example.org"]), now()).await;
    assert!(each(&verdict)[0].1 == "retry" && each(&verdict)[0].2.contains("cannot be started"), "{verdict:?}");
    assert!(sender.probe().await.is_err());
}

#[tokio::test]
async fn what_the_program_leaves_behind_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().display();
    // It keeps what it was given to read and to write; in a session of its own no signal to the program reaches it.
    for (how, script, expected, says) in [
        ("beside it", "sleep 600 & exit 0", "accepted", "took it"),
        ("of its own", "setsid sleep 600 & echo queue is full; exit 75", "retry", "queue is full"),
        ("late", "setsid sleep 600 & wait", "retry", "did not end within"),
    ] {
        let script = format!("{script} ").replacen("& ", &format!("& echo $! > {here}/left; "), 1);
        let patience = if how == "late" { SHORT } else { PATIENCE };
        let began = std::time::Instant::now();
        let verdict = by(&folder, &script, patience).send(&letter(&["a@example.org"]), now()).await;
        let (_, word, said) = each(&verdict)[0];
        assert!(word == expected && said.contains(says), "{how}: {word}: {said}");
        assert!(began.elapsed() < PATIENCE, "{how}: {:?}", began.elapsed());
        let left: i32 = std::fs::read_to_string(folder.path().join("left")).unwrap().trim().parse().unwrap();
        let left = rustix::process::Pid::from_raw(left).unwrap();
        let killed = rustix::process::kill_process(left, rustix::process::Signal::KILL);
        assert!(killed.is_ok(), "{how}: it lives on, and the test ends it");
    }
}

#[tokio::test]
async fn no_recipient_becomes_an_option() {
    let folder = tempfile::tempdir().unwrap();
    let sender = by(&folder, "exit 0", PATIENCE);
    let verdict = sender.send(&letter(&["-oQ/tmp@example.org", "a@example.org\r\nBcc: b@example.org"]), now()).await;
    assert!(each(&verdict).iter().all(|(_, word, _)| *word == "refused"), "{verdict:?}");
}
