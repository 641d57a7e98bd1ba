//! SMTP in the clear: what each reply means for whom, and how sessions are shared.

use super::*;
use crate::support::smtp::{Offers, Reply, SmtpServer};

#[tokio::test]
async fn a_mail_arrives_as_it_was_rendered() {
    let server = SmtpServer::start();
    let message = letter(&["desk@example.org", "Night desk <night@example.org>"]);
    let verdict = mailer(smtp(server.port())).send(&message, now()).await;
    assert_eq!(
        each(&verdict),
        [
            ("desk@example.org", "accepted", "250 2.0.0 taken"),
            ("Night desk <night@example.org>", "accepted", "250 2.0.0 taken")
        ]
    );
    let mails = server.accepted();
    assert_eq!(mails.len(), 1, "one transaction for all");
    assert_eq!(mails[0].from, "feedwatch@example.org");
    assert_eq!(mails[0].to, ["desk@example.org", "night@example.org"]);
    assert!(!mails[0].tls && mails[0].user.is_none() && mails[0].parameters.is_empty());
    assert_eq!(mails[0].content, message.bytes, "dots and line ends survive");
    assert!(!server.commands().contains(&"RSET".to_owned()));
}

#[tokio::test]
async fn headers_are_what_filters_and_robots_look_for() {
    let server = SmtpServer::start();
    mailer(smtp(server.port())).send(&letter(&["desk@example.org"]), now()).await;
    let text = server.accepted()[0].text();
    let head = text.split_once("\r\n\r\n").unwrap().0.replace("\r\n ", " ");
    let header = |name: &str| {
        let of_name = head.split("\r\n").filter_map(|l| l.split_once(": ")).filter(|(n, _)| *n == name);
        of_name.map(|(_, value)| value.to_owned()).collect::<Vec<_>>()
    };
    let (delivery, alerts) = delivery();
    assert_eq!(header("X-Feedwatch-Alert"), [alerts[0].id.as_str()]);
    assert_eq!(header("Message-ID"), [format!("<{}@example.org>", delivery.id)]);
    assert_eq!(header("Auto-Submitted"), ["auto-generated"]);
    assert_eq!(header("Date"), ["Tue, 24 Nov 2026 06:15:30 +0000"]);
    assert_eq!(header("X-Feedwatch-Watch"), ["=?UTF-8?B?2YLZhdipINmH2YTYs9mK2YbZg9mK?="]);
    assert_eq!(header("To"), ["desk@example.org"]);
}

/// Each stage, a reply, and what it means for the one recipient.
const REPLIES: &[(&str, &str, &str)] = &[
    ("greeting", "421 4.3.2 shutting down", "retry"),
    ("greeting", "554 5.7.1 not you", "retry"),
    ("greeting", "554 5.3.0 not at home", "retry"),
    ("ehlo", "550 5.5.0 who?", "retry"),
    ("mail", "451 4.7.1 greylisted, come back later", "retry"),
    ("mail", "421 4.3.0 closing", "retry"),
    ("mail", "530 5.7.0 log in first", "retry"),
    ("mail", "530 log in first", "retry"),
    ("mail", "550 5.7.1 policy", "retry"),
    ("mail", "550 5.1.7 no such sender", "refused"),
    ("mail", "552 5.3.4 too large", "refused"),
    ("rcpt", "451 4.7.1 greylisted, come back later", "retry"),
    ("rcpt", "452 4.2.2 mailbox full", "retry"),
    ("rcpt", "550 5.7.26 unauthenticated", "retry"),
    ("rcpt", "550 5.1.1 we know nobody of that name", "refused"),
    ("rcpt", "550 no code of that kind", "refused"),
    ("data", "451 4.3.0 later", "retry"),
    ("data", "554 5.5.1 no", "refused"),
    ("data", "250 misunderstood", "retry"),
    ("message", "451 4.3.0 disk full", "retry"),
    ("message", "550 5.7.1 looks like spam", "retry"),
    ("message", "554 5.6.0 malformed", "refused"),
    ("message", "354 still more?", "retry"),
];

#[tokio::test]
async fn each_reply_means_what_the_contract_says() {
    for (stage, reply, expected) in REPLIES {
        let server = SmtpServer::start();
        server.script(stage, [*reply]);
        let sender = mailer(smtp(server.port()));
        let verdict = sender.send(&letter(&["a@example.org"]), now()).await;
        let (_, word, said) = each(&verdict)[0];
        assert_eq!(word, *expected, "{stage}: {reply}: {said}");
        assert!(said.contains(reply), "{stage}: {reply}: {said}");
        // And what comes next is served, on a session that still works.
        let verdict = sender.send(&letter(&["a@example.org"]), now()).await;
        assert_eq!(each(&verdict)[0].1, "accepted", "after {stage}: {reply}: {verdict:?}");
    }
}

#[tokio::test]
async fn a_connection_that_ends_is_trouble_of_the_way_at_every_stage() {
    for stage in ["greeting", "ehlo", "mail", "rcpt", "data", "message"] {
        let server = SmtpServer::start();
        server.script(stage, [Reply::Drop]);
        let sender = mailer(smtp(server.port()));
        let verdict = sender.send(&letter(&["a@example.org", "b@example.org"]), now()).await;
        for (_, word, said) in each(&verdict) {
            assert_eq!(word, "retry", "{stage}: {said}");
            assert!(said.contains("closed the connection"), "{stage}: {said}");
        }
        assert_eq!(server.accepted().len(), 0);
        let verdict = sender.send(&letter(&["a@example.org"]), now()).await;
        assert_eq!(each(&verdict)[0].1, "accepted", "after {stage}: {verdict:?}");
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_is_left_when_time_is_up() {
    for stage in ["greeting", "ehlo", "mail", "rcpt", "data", "message"] {
        let server = SmtpServer::start();
        server.script(stage, [Reply::Hang]);
        let sender = mailer(SmtpSettings { timeout: SHORT, ..smtp(server.port()) });
        let verdict = sender.send(&letter(&["a@example.org"]), now()).await;
        let (_, word, said) = each(&verdict)[0];
        assert_eq!(word, "retry", "{stage}: {said}");
        assert!(said.contains("within 300ms"), "{stage}: {said}");
    }
}

#[tokio::test]
async fn nobody_listens_there() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let verdict = mailer(smtp(free)).send(&letter(&["a@example.org"]), now()).await;
    let (_, word, said) = each(&verdict)[0];
    assert!(word == "retry" && said.starts_with(&format!("cannot reach localhost:{free}: ")), "{said}");
    assert!(said.contains("refused"), "{said}");
    let nowhere = SmtpSettings { host: "no-such-host.invalid".into(), ..smtp(25) };
    let verdict = mailer(nowhere).send(&letter(&["a@example.org"]), now()).await;
    assert_eq!(each(&verdict)[0].1, "retry");
}

#[tokio::test]
async fn who_was_refused_stays_so_when_the_rest_goes_wrong() {
    let server = SmtpServer::start();
    server.refuse("gone@example.org", "550 5.1.1 no such user");
    server.script("message", [Reply::Drop]);
    let verdict = mailer(smtp(server.port())).send(&letter(&["gone@example.org", "a@example.org"]), now()).await;
    let words: Vec<_> = each(&verdict).iter().map(|(_, word, _)| *word).collect();
    assert_eq!(words, ["refused", "retry"]);
}

#[tokio::test]
async fn nobody_accepted_means_no_message_is_sent() {
    let server = SmtpServer::start();
    server.always("rcpt", "550 5.1.1 nobody");
    let sender = mailer(smtp(server.port()));
    let verdict = sender.send(&letter(&["a@example.org", "b@example.org"]), now()).await;
    assert!(each(&verdict).iter().all(|(_, word, _)| *word == "refused"));
    assert!(!server.commands().contains(&"DATA".to_owned()));
    sender.send(&letter(&["a@example.org"]), now()).await;
    assert_eq!(server.connections(), 1, "the session is still good");
}

#[tokio::test]
async fn what_is_no_address_is_refused_and_the_others_are_served() {
    let server = SmtpServer::start();
    let mut message = letter(&["a@example.org"]);
    message.recipients.insert(0, "nobody\r\nRCPT TO:<x@example.org>".into());
    let verdict = mailer(smtp(server.port())).send(&message, now()).await;
    let words: Vec<_> = each(&verdict).iter().map(|(_, word, _)| *word).collect();
    assert_eq!(words, ["refused", "accepted"]);
    assert_eq!(server.accepted()[0].to, ["a@example.org"]);
    message.recipients.truncate(1);
    mailer(smtp(server.port())).send(&message, now()).await;
    assert_eq!(server.connections(), 1, "nobody to send to: no connection");
}

#[tokio::test]
async fn many_messages_share_few_connections() {
    let server = SmtpServer::start();
    let sender = mailer(smtp(server.port()));
    let message = letter(&["a@example.org"]);
    let sends = (0..30).map(|_| sender.send(&message, now()));
    let verdicts = futures_util::future::join_all(sends).await;
    assert!(verdicts.iter().all(|v| each(v)[0].1 == "accepted"));
    assert_eq!(server.accepted().len(), 30);
    assert!(server.connections() <= 2, "{} connections", server.connections());
    sender.close().await;
    assert_eq!(server.commands().iter().filter(|c| *c == "QUIT").count(), server.connections());
}

#[tokio::test]
async fn a_session_that_was_closed_meanwhile_is_replaced_without_a_word() {
    for end in [Reply::Drop, "421 4.4.2 idle too long".into()] {
        let server = SmtpServer::start();
        let sender = mailer(smtp(server.port()));
        sender.send(&letter(&["a@example.org"]), now()).await;
        server.script("mail", [end]);
        let verdict = sender.send(&letter(&["a@example.org"]), now()).await;
        assert_eq!(each(&verdict)[0].1, "accepted", "{verdict:?}");
        assert_eq!((server.accepted().len(), server.connections()), (2, 2));
    }
}

#[tokio::test]
async fn letters_beyond_ascii_in_an_address_need_a_server_that_takes_them() {
    let server = SmtpServer::start();
    let verdict = mailer(smtp(server.port())).send(&letter(&["مكتب@example.org"]), now()).await;
    assert_eq!(each(&verdict)[0].1, "accepted", "{verdict:?}");
    assert_eq!(server.accepted()[0].parameters, "SMTPUTF8 BODY=8BITMIME");

    let old = SmtpServer::offering(Offers { only_ascii: true, ..Offers::default() });
    let sender = mailer(smtp(old.port()));
    let verdict = sender.send(&letter(&["مكتب@example.org"]), now()).await;
    assert!(each(&verdict)[0].1 == "retry" && each(&verdict)[0].2.contains("SMTPUTF8"), "{verdict:?}");
    // A domain alone has an ASCII form.
    let verdict = sender.send(&letter(&["desk@пример.рф"]), now()).await;
    assert_eq!(each(&verdict)[0].1, "accepted", "{verdict:?}");
    assert_eq!(old.accepted()[0].to, ["desk@xn--e1afmkfd.xn--p1ai"]);
}

/// Python's `email`, where there is one, reads what we wrote: an independent reader of MIME.
#[test]
fn an_independent_parser_reads_the_mail() {
    use std::io::Write as _;
    const SCRIPT: &str = "
import sys, email, email.policy
m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
assert not m.defects, m.defects
assert m.get_content_type() == 'multipart/alternative'
parts = list(m.iter_parts())
assert [p.get_content_type() for p in parts] == ['text/plain', 'text/html']
assert all(not p.defects and p.get_content_charset() == 'utf-8' for p in parts)
assert m['Subject'] == 'قمة هلسينكي: ... and .dots', m['Subject']
assert str(m['To']) == 'desk@example.org', m['To']
assert m['References'].startswith('<story-') and m['References'] == m['In-Reply-To']
assert m['List-Id'] == '<desk.feedwatch.example.org>' and m['Precedence'] == 'bulk'
assert m['X-Feedwatch-Watch'] == 'قمة هلسينكي'
plain, html = (p.get_content() for p in parts)
assert 'قمة هلسينكي: ... and .dots' in plain and plain.rstrip().splitlines()[-1].startswith('feedwatch')
assert '<h1 dir=\"auto\"' in html and 'src=' not in html
";
    let child = std::process::Command::new("python3")
        .args(["-c", SCRIPT])
        .stdin(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        println!("skipped: no python3 here");
        return;
    };
    child.stdin.take().unwrap().write_all(&letter(&["desk@example.org"]).bytes).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
