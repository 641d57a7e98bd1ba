//! Servers of mail that strip, smuggle, talk without end, or break off.

use feedwatch::notifier::SmtpTls;

use super::*;
use crate::notify::secrecy::{LOGIN, Office};
use crate::notify::{each, letter, mailer, now, smtp};
use crate::support::smtp::{Offers, Reply as Says, SmtpServer};

#[tokio::test]
async fn sm_01_starttls_stripped() {
    let office = Office::new();
    let server = SmtpServer::offering(Offers { login: Some(LOGIN), ..Offers::default() });
    let sender = mailer(office.settings(&server, SmtpTls::Starttls, LOGIN.1));
    let verdict = sender.send(&letter(&["a@example.org"]), now()).await;
    let (_, word, said) = each(&verdict)[0];
    assert!(word == "retry" && said.contains("does not offer STARTTLS"), "{said}");
    assert!(server.logins().is_empty() && server.mails().is_empty());
    assert_eq!(server.commands(), ["EHLO"]);
}

#[tokio::test]
async fn sm_02_command_injection_after_starttls() {
    let office = Office::new();
    for (reply, says) in [
        (Says::from("454 4.7.0 no TLS now"), "454 4.7.0 no TLS now"),
        (Says::from("554 5.7.0 never"), "554 5.7.0 never"),
        (Says::Drop, "closed the connection at STARTTLS"),
        // Words smuggled in before the handshake are no words of the server (RFC 3207, 6).
        (Says::from("220 go ahead\r\n250-mx.example.org\r\n250 AUTH PLAIN"), "STARTTLS"),
    ] {
        let server = office.starttls();
        server.script("starttls", [reply.clone()]);
        let sender = mailer(office.settings(&server, SmtpTls::Starttls, LOGIN.1));
        let verdict = sender.send(&letter(&["a@example.org"]), now()).await;
        let (_, word, said) = each(&verdict)[0];
        assert!(word == "retry" && said.contains(says), "{reply:?}: {said}");
        assert!(server.logins().is_empty() && server.mails().is_empty(), "{reply:?}");
    }
}

/// The configuration of a mail notifier.
fn desk(smtp: &str) -> String {
    format!(
        "[[notifier]]\nname = \"desk\"\nkind = \"email\"\nfrom = \"feedwatch@example.org\"\n\
         to = [\"one@example.org\", \"two@example.org\", \"three@example.org\"]\nsmtp = {{ {smtp} }}\n{}",
        watch("mailed", &["Helsinki"], &["desk"])
    )
}

#[test]
fn sm_03_auth_in_the_clear() {
    let login = "username = \"desk\", password = \"hunter2\"";
    let check = |smtp: &str| {
        let check = Program::new(&(feed("f", "http://feeds.example/") + &desk(smtp))).run(&["check"]);
        format!("{}{}", check.out, check.err)
    };
    let other = check(&format!("host = \"mail.example.org\", tls = \"none\", {login}"));
    assert!(other.contains("warning: the password is sent to another machine without encryption"), "{other}");
    // Where nothing is said of it, it is never sent in the clear.
    let post = SmtpServer::offering(Offers { login: Some(("desk", "hunter2")), ..Offers::default() });
    let scene = Scene::with(&desk(&format!("host = \"127.0.0.1\", port = {}, {login}", post.port())));
    scene.server.feed("/good.xml", rss(&[Entry::new("1", "Helsinki")]));
    let round = scene.program.run(&["once", "--all"]);
    assert!(round.err.contains("does not offer STARTTLS"), "{round:?}");
    assert!(post.logins().is_empty() && post.mails().is_empty());
    // Said openly, it is.
    let scene = Scene::with(&desk(&format!("host = \"127.0.0.1\", tls = \"none\", port = {}, {login}", post.port())));
    scene.server.feed("/good.xml", rss(&[Entry::new("1", "Helsinki")]));
    scene.program.once();
    assert_eq!((post.logins().len(), post.accepted().len()), (1, 1));
}

#[tokio::test]
async fn sm_04_endless_reply() {
    for stage in ["greeting", "ehlo", "mail"] {
        let server = SmtpServer::start();
        server.script(stage, [Says::Endless]);
        let verdict = mailer(smtp(server.port())).send(&letter(&["a@example.org"]), now()).await;
        let (_, word, said) = each(&verdict)[0];
        assert!(word == "retry" && said.contains("more than any reply holds"), "{stage}: {said}");
    }
    // Many lines that say there will be more.
    let server = SmtpServer::start();
    server.always("ehlo", "250-mx.example.org\r\n".repeat(20_000).as_str());
    let verdict = mailer(smtp(server.port())).send(&letter(&["a@example.org"]), now()).await;
    let (_, word, said) = each(&verdict)[0];
    assert!(word == "retry" && said.contains("too large"), "{said}");
}

#[test]
fn sm_05_250_and_then_the_connection_dies() {
    let post = SmtpServer::start();
    post.script("message", [Says::Drop]);
    let scene = Scene::with(
        &(desk(&format!("host = \"127.0.0.1\", tls = \"none\", port = {}", post.port()))
            + "[defaults]\nretry = [\"1s\"]\n"),
    );
    scene.server.feed("/good.xml", rss(&[Entry::new("1", "Helsinki")]));
    let round = scene.program.once();
    let of_desk = |said: &Said| said.of("delivery").into_iter().find(|d| d["notifier"] == "desk");
    assert_eq!(of_desk(&round).expect("a delivery")["state"], "pending");
    let began = std::time::Instant::now();
    let again = loop {
        if let Some(delivery) = of_desk(&scene.program.once()) {
            break delivery;
        }
        assert!(began.elapsed() < crate::support::program::HANG, "it is never due");
    };
    assert_eq!((&again["state"], &again["attempts"]), (&"sent".into(), &2.into()));
    let ids: Vec<String> = post
        .mails()
        .iter()
        .map(|m| m.text().lines().find(|l| l.starts_with("Message-ID: ")).expect("an id").to_owned())
        .collect();
    assert_eq!((ids.len(), &ids[0]), (2, &ids[1]));
}

#[tokio::test]
async fn sm_06_one_recipient_refused_keeps_nobody_waiting() {
    for (reply, expected) in [("550 5.1.1 no such user", "refused"), ("452 4.2.2 mailbox full", "retry")] {
        let server = SmtpServer::start();
        server.refuse("second@example.org", reply);
        let everybody = ["first@example.org", "second@example.org", "third@example.org"];
        let verdict = mailer(smtp(server.port())).send(&letter(&everybody), now()).await;
        let words: Vec<_> = each(&verdict).iter().map(|(_, word, _)| *word).collect();
        assert_eq!(words, ["accepted", expected, "accepted"]);
        assert!(each(&verdict)[1].2.contains(reply));
        assert_eq!(server.accepted()[0].to, ["first@example.org", "third@example.org"]);
    }
}

#[test]
fn sm_06_one_recipient_refused() {
    let post = SmtpServer::start();
    post.refuse("two@example.org", "550 5.1.1 no such user");
    let scene = Scene::with(&desk(&format!("host = \"127.0.0.1\", tls = \"none\", port = {}", post.port())));
    scene.server.feed("/good.xml", rss(&[Entry::new("1", "Helsinki")]));
    let round = scene.program.once();
    let delivery = round.of("delivery").into_iter().find(|d| d["notifier"] == "desk").expect("a delivery");
    assert_eq!(delivery["state"], "dead");
    assert!(
        delivery["error"].as_str().is_some_and(|e| e.contains("two@example.org") && e.contains("550 5.1.1")),
        "{delivery}"
    );
    scene.program.once();
    assert_eq!(
        post.accepted().iter().map(|m| m.to.clone()).collect::<Vec<_>>(),
        [["one@example.org", "three@example.org"]]
    );
}

#[test]
fn sm_07_hostile_reply_text() {
    let post = SmtpServer::start();
    post.always("data", "550 5.6.0 \u{1b}]52;c;cm0gLXJmIH4=\u{7} \u{9b}31m \u{202e}no");
    let scene = Scene::with(&desk(&format!("host = \"127.0.0.1\", tls = \"none\", port = {}", post.port())));
    scene.server.feed("/good.xml", rss(&[Entry::new("1", "Helsinki")]));
    let round = scene.program.run(&["once", "--all"]);
    let listed = scene.program.run(&["alerts", "list", "--state", "dead"]);
    for said in [&round.err, &listed.out] {
        assert!(said.contains("550 5.6.0 ]52;c;cm0gLXJmIH4= 31m no"), "{said}");
        assert!(!said.contains(|c: char| (c.is_control() && c != '\n') || c == '\u{202e}'), "{said:?}");
    }
}
