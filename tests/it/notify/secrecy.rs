//! TLS and logins of a mail server: nothing in the clear, nothing to an impostor, no password in any word.

use super::*;
use crate::support::http::Authority;
use crate::support::smtp::{Offers, SmtpServer};

pub const LOGIN: (&str, &str) = ("feedwatch", "correct horse");

pub struct Office {
    folder: tempfile::TempDir,
    authority: Authority,
}

impl Office {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), authority: Authority::new() }
    }

    pub fn settings(&self, server: &SmtpServer, tls: SmtpTls, password: &str) -> SmtpSettings {
        SmtpSettings {
            tls,
            login: Some((LOGIN.0.into(), Secret::new(password))),
            ca_file: Some(file(&self.folder, "ca.pem", self.authority.pem())),
            ..smtp(server.port())
        }
    }

    pub fn starttls(&self) -> SmtpServer {
        let starttls = Some(self.authority.server_config(&["localhost", "127.0.0.1"]));
        SmtpServer::offering(Offers { starttls, login: Some(LOGIN), ..Offers::default() })
    }
}

#[tokio::test]
async fn starttls_then_the_login_then_the_mail() {
    let office = Office::new();
    let server = office.starttls();
    let sender = mailer(office.settings(&server, SmtpTls::Starttls, LOGIN.1));
    for _ in 0..2 {
        let verdict = sender.send(&letter(&["a@example.org"]), now()).await;
        assert_eq!(each(&verdict)[0].1, "accepted", "{verdict:?}");
    }
    let mails = server.accepted();
    assert!(mails.len() == 2 && mails.iter().all(|m| m.tls && m.user.as_deref() == Some("feedwatch")));
    assert_eq!(server.logins(), [("feedwatch".to_owned(), "correct horse".to_owned())], "one login a session");
}

#[tokio::test]
async fn tls_from_the_first_byte_and_login_by_the_older_way() {
    let office = Office::new();
    let tls = Some(office.authority.server_config(&["localhost"]));
    let server = SmtpServer::offering(Offers { tls, login: Some(LOGIN), only_auth_login: true, ..Offers::default() });
    let sender = mailer(office.settings(&server, SmtpTls::Tls, LOGIN.1));
    let verdict = sender.send(&letter(&["a@example.org"]), now()).await;
    assert_eq!(each(&verdict)[0].1, "accepted", "{verdict:?}");
    assert!(server.accepted()[0].tls);
}

#[tokio::test]
async fn a_private_authority_is_trusted_only_where_it_is_named() {
    let office = Office::new();
    let server = office.starttls();
    let distrusting = SmtpSettings { ca_file: None, ..office.settings(&server, SmtpTls::Starttls, LOGIN.1) };
    let verdict = mailer(distrusting).send(&letter(&["a@example.org"]), now()).await;
    let (_, word, said) = each(&verdict)[0];
    assert!(word == "retry" && said.contains("UnknownIssuer; for a private authority set ca_file"), "{said}");
    assert!(server.logins().is_empty() && server.mails().is_empty());
}

#[tokio::test]
async fn a_wrong_password_is_said_without_it() {
    let office = Office::new();
    let server = office.starttls();
    let sender = mailer(office.settings(&server, SmtpTls::Starttls, "wrong-Passw0rd"));
    let verdict = sender.send(&letter(&["a@example.org"]), now()).await;
    let (_, word, said) = each(&verdict)[0];
    assert!(word == "retry" && said.contains("535 5.7.8 bad credentials"), "{said}");
    // Some servers quote what they were told.
    server.always("auth", "535 5.7.8 wrong-Passw0rd or AGZlZWR3YXRjaAB3cm9uZy1QYXNzdzByZA== is not it");
    let verdict = sender.send(&letter(&["a@example.org"]), now()).await;
    let said = each(&verdict)[0].2;
    assert!(said.contains("535 5.7.8 … or … is not it"), "{said}");
    assert!(server.mails().is_empty());
}

#[tokio::test]
async fn a_login_that_is_not_offered_is_said() {
    let office = Office::new();
    let tls = Some(office.authority.server_config(&["localhost"]));
    let server = SmtpServer::offering(Offers { tls, ..Offers::default() });
    let sender = mailer(office.settings(&server, SmtpTls::Tls, LOGIN.1));
    let verdict = sender.send(&letter(&["a@example.org"]), now()).await;
    let (_, word, said) = each(&verdict)[0];
    assert!(word == "retry" && said.contains("offers no login"), "{said}");
}

#[tokio::test]
async fn a_ca_file_that_cannot_be_used_is_said_at_once() {
    let office = Office::new();
    for (text, says) in [("no certificate", "holds no certificate"), ("", "holds no certificate")] {
        let path = file(&office.folder, "bad.pem", text);
        let smtp = SmtpSettings { tls: SmtpTls::Tls, ca_file: Some(path), ..smtp(25) };
        let settings = EmailSettings {
            from: "a@example.org".into(),
            to: Vec::new(),
            transport: Transport::Smtp(smtp),
            subject: None,
        };
        let error = Sender::new(&Settings::Email(settings), false).err().unwrap();
        assert!(error.contains("bad.pem") && error.contains(says), "{error}");
    }
}

#[tokio::test]
async fn an_impostor_gets_nothing() {
    let office = Office::new();
    let stranger = Authority::new();
    let expired = |params: &mut rcgen::CertificateParams| params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    for (config, says) in [
        (stranger.server_config(&["localhost"]), "invalid peer certificate"),
        (office.authority.server_config(&["mail.example.org"]), "not valid for name"),
        (office.authority.server_config_of(&["localhost"], expired), "expired"),
    ] {
        for tls in [SmtpTls::Starttls, SmtpTls::Tls] {
            let offers = match tls {
                SmtpTls::Tls => Offers { tls: Some(config.clone()), ..Offers::default() },
                _ => Offers { starttls: Some(config.clone()), ..Offers::default() },
            };
            let server = SmtpServer::offering(Offers { login: Some(LOGIN), ..offers });
            let verdict = mailer(office.settings(&server, tls, LOGIN.1)).send(&letter(&["a@example.org"]), now()).await;
            let (_, word, said) = each(&verdict)[0];
            assert!(word == "retry" && said.contains(says), "{says}, {tls:?}: {said}");
            assert!(server.logins().is_empty() && server.mails().is_empty());
        }
    }
}
