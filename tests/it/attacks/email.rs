//! Item text on its way into a mail, looked at by a reader of mails that is not the program's own.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::*;
use crate::support::smtp::{Received, SmtpServer};

const TO: [&str; 2] = ["desk@example.org", "night@example.org"];

/// A mail as RFC 5322 and RFC 2045 to 2047 read it.
#[derive(Debug)]
struct Mail {
    envelope: Received,
    /// In order, unfolded, not decoded.
    headers: Vec<(String, String)>,
    text: String,
    html: String,
}

impl Mail {
    fn read(envelope: Received) -> Self {
        let raw = String::from_utf8(envelope.content.clone()).expect("ASCII");
        assert!(raw.is_ascii(), "7 bits");
        assert!(!raw.replace("\r\n", "").contains(['\r', '\n']), "a bare CR or LF");
        assert!(raw.split("\r\n").all(|line| line.len() <= 998), "a line that is too long");
        let (headers, body) = part(&raw);
        let kind = value(&headers, "Content-Type");
        let boundary = kind.split("boundary=\"").nth(1).and_then(|b| b.split('"').next()).expect("a boundary");
        let border = format!("--{boundary}");
        let mut pieces = body.split(&border);
        pieces.next();
        let parts: Vec<&str> = pieces.by_ref().take_while(|piece| !piece.starts_with("--")).collect();
        assert_eq!(parts.len(), 2, "two parts only");
        let decoded: Vec<String> =
            parts.iter().map(|piece| decoded(piece.strip_prefix("\r\n").expect("a line"))).collect();
        Self { envelope, headers, text: decoded[0].clone(), html: decoded[1].clone() }
    }

    fn names(&self) -> Vec<&str> {
        self.headers.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// The subject as a reader sees it.
    fn subject(&self) -> String {
        let subject = value(&self.headers, "Subject");
        if !subject.contains("=?") {
            return subject;
        }
        // Between encoded words white space is nothing (RFC 2047, 6.2); each is whole characters by itself.
        subject.split_whitespace().map(word).collect()
    }

    /// The HTML part's tags, without their text.
    fn tags(&self) -> Vec<&str> {
        self.html.split('<').skip(1).map(|rest| rest.split('>').next().expect("a piece")).collect()
    }
}

fn word(word: &str) -> String {
    assert!(word.len() <= 75, "an encoded word of {} characters", word.len());
    let inner = word.strip_prefix("=?UTF-8?B?").and_then(|w| w.strip_suffix("?=")).expect("an encoded word");
    String::from_utf8(STANDARD.decode(inner).expect("base 64")).expect("whole characters")
}

fn part(raw: &str) -> (Vec<(String, String)>, &str) {
    let (head, body) = raw.split_once("\r\n\r\n").expect("an empty line");
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let headers = unfolded.split("\r\n").map(|line| line.split_once(": ").unwrap_or((line.trim_end_matches(':'), "")));
    (headers.map(|(n, v)| (n.to_owned(), v.to_owned())).collect(), body)
}

fn value(headers: &[(String, String)], name: &str) -> String {
    let mut found = headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
    let value = found.next().unwrap_or_else(|| panic!("no {name}")).1.clone();
    assert!(found.next().is_none(), "{name} twice");
    value
}

fn decoded(piece: &str) -> String {
    let (headers, body) = part(piece);
    let bytes = match value(&headers, "Content-Transfer-Encoding").as_str() {
        "base64" => STANDARD.decode(body.split_whitespace().collect::<String>()).expect("base 64"),
        "quoted-printable" => quoted_printable(body),
        "7bit" => body.as_bytes().to_vec(),
        other => panic!("{other}?"),
    };
    String::from_utf8(bytes).expect("UTF-8").replace("\r\n", "\n")
}

fn quoted_printable(body: &str) -> Vec<u8> {
    let joined = body.replace("=\r\n", "");
    let mut out = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'=' {
            out.push(u8::from_str_radix(std::str::from_utf8(&after[..2]).expect("ASCII"), 16).expect("two digits"));
            rest = &after[2..];
        } else {
            out.push(*first);
            rest = after;
        }
    }
    out
}

/// The mail that an item of a JSON Feed makes; its members as they stand. Each is found by the word in its identifier's
/// place of the summary.
fn mail_of(members: serde_json::Value) -> Mail {
    mails_of(&[members]).remove(0)
}

/// The mails that the items make, in order.
fn mails_of(items: &[serde_json::Value]) -> Vec<Mail> {
    let (post, server) = (SmtpServer::start(), HttpServer::start());
    let feed_of = |items: Vec<serde_json::Value>| {
        json!({"version": "https://jsonfeed.org/version/1.1", "title": "Title\r\nX-Feed: 1\u{85}of \u{2028}the feed", "items": items})
            .to_string()
    };
    server.feed_as("/feed.json", "application/json", feed_of(Vec::new()));
    let configuration = feed("world", &server.url("/feed.json"))
        + &format!(
            "[[notifier]]\nname = \"desk\"\nkind = \"email\"\nfrom = \"Desk <feedwatch@example.org>\"\nto = {TO:?}\n\
             smtp = {{ host = \"127.0.0.1\", port = {}, tls = \"none\" }}\n",
            post.port()
        )
        + &watch("summit", &["Helsinki"], &["desk"]);
    let program = Program::new(&configuration);
    program.once();
    let mut mails = Vec::new();
    let mut all = Vec::new();
    for (n, members) in items.iter().enumerate() {
        let mut item = json!({"id": n.to_string(), "summary": "Helsinki"});
        item.as_object_mut().expect("an object").extend(members.as_object().expect("an object").clone());
        all.insert(0, item);
        server.feed_as("/feed.json", "application/json", feed_of(all.clone()));
        let round = program.once();
        let mut accepted = post.accepted();
        assert_eq!((accepted.len(), post.mails().len()), (n + 1, n + 1), "{round:?}");
        mails.push(Mail::read(accepted.pop().expect("a mail")));
    }
    mails
}

/// The header names of every mail of one alert.
const NAMES: &str = "From To Subject Date Message-ID In-Reply-To References List-Id Auto-Submitted Precedence X-Auto-Response-Suppress X-Feedwatch-Alert X-Feedwatch-Watch MIME-Version Content-Type";

#[track_caller]
fn has_only_its_own_headers(mail: &Mail) {
    assert_eq!(mail.names().join(" "), NAMES);
    assert_eq!(mail.envelope.to, TO);
    assert_eq!(value(&mail.headers, "From"), "Desk <feedwatch@example.org>");
    assert_eq!(value(&mail.headers, "To"), TO.join(", "));
}

#[test]
fn em_01_crlf_in_a_title() {
    let mail = mail_of(json!({"title": "Hello\r\nBcc: victim@example.org"}));
    has_only_its_own_headers(&mail);
    assert_eq!(mail.subject(), "Hello Bcc: victim@example.org");
    // By character references, as feeds of XML write it.
    let scene = Scene::new();
    scene
        .document(document("", &item("1", "Helsinki&#13;&#10;Bcc: x@example.org", "", "")))
        .tells(&["Helsinki Bcc: x@example.org"]);
}

#[test]
fn em_02_lone_lf_or_cr_in_names() {
    for odd in ["\n", "\r", "\u{85}", "\u{2028}", "\u{b}", "\0"] {
        let name = format!("Jo{odd}Bcc: x@example.org");
        let mail = mail_of(json!({"title": format!("a{odd}b"), "authors": [{"name": name}], "tags": [name]}));
        has_only_its_own_headers(&mail);
        assert!(mail.subject() == "a b" || mail.subject() == "ab", "{:?}", mail.subject());
    }
    // The name of a watch is the operator's, and may hold as little.
    let program = Program::new("[[watch]]\nname = \"a\\nBcc: x@example.org\"\nterms = [\"x\"]\n");
    let check = program.run(&["check", "--json"]);
    assert_eq!(check.code, 2, "{check:?}");
}

#[test]
fn em_03_encoded_word_in_a_title() {
    let mail = mail_of(json!({"title": "=?utf-8?Q?=0d=0aBcc:_x@example.org?="}));
    has_only_its_own_headers(&mail);
    assert_eq!(mail.subject(), "=?utf-8?Q?=0d=0aBcc:_x@example.org?=");
    assert!(!value(&mail.headers, "Subject").contains("=?utf-8?Q?"), "it is passed on");
}

#[test]
fn em_04_very_long_subject() {
    let titles = ["x".repeat(100_000), "👨‍👩‍👧‍👦".repeat(5_000), "long words ".repeat(10_000)];
    let items: Vec<_> = titles.iter().map(|title| json!({"title": title})).collect();
    for (mail, title) in mails_of(&items).iter().zip(&titles) {
        has_only_its_own_headers(mail);
        let subject = mail.subject();
        let kept = subject.strip_suffix('…').expect("cut");
        assert!(title.starts_with(kept) && !kept.is_empty());
        // 200 characters as a reader counts them, and 1200 bytes.
        assert!(kept.len() <= 1200 && (kept.len() <= 200 || !kept.is_ascii()), "{}", kept.len());
        assert!(kept.is_ascii() || kept.len().is_multiple_of("👨‍👩‍👧‍👦".len()), "a family was parted");
        let raw = mail.envelope.text();
        assert!(raw.split("\r\n\r\n").next().expect("a head").split("\r\n").all(|line| line.len() <= 76));
        assert!(mail.text.contains(title.trim_end()), "it stands whole in the mail");
    }
}

#[test]
fn em_05_encoded_word_cut_in_a_character() {
    let title = "قمة هلسينكي ".repeat(30).trim_end().to_owned();
    let mail = mail_of(json!({"title": title}));
    // Each word was decoded by itself.
    let subject = mail.subject();
    assert!(title.starts_with(subject.trim_end_matches('…')), "{subject}");
    assert!(value(&mail.headers, "Subject").split_whitespace().count() > 3);
}

#[test]
fn em_06_html_and_script_in_a_title() {
    let title = "<script>alert(1)</script><img src=x onerror=alert(1)>\" onmouseover=\"x' onclick='x";
    let mail = mail_of(json!({"title": title}));
    assert_eq!(mail.subject(), title);
    assert!(mail.text.contains(title));
    assert!(
        mail.html.contains("&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&quot; onmouseover")
    );
    for tag in mail.tags() {
        assert!(!tag.starts_with("script") && !tag.starts_with("img") && !tag.contains(" on"), "{tag}");
    }
    // Where a title is markup, what it writes about stays text too.
    let scene = Scene::new();
    let escaped = "&lt;script&gt;alert(1)&lt;/script&gt; &lt;b&gt;Helsinki&lt;/b&gt;";
    scene.document(document("", &item("1", escaped, "", ""))).tells(&["<script>alert(1)</script> Helsinki"]);
}

/// Markup that fetches, sends or replaces something.
const HOSTILE: &str = "<p>Helsinki</p><img src=\"http://127.0.0.1:9/pixel\"><video src=\"http://127.0.0.1:9/v\"></video>\
    <link rel=stylesheet href=\"http://127.0.0.1:9/x.css\"><style>a{background:url(http://127.0.0.1:9/u)}</style>\
    <table background=\"http://127.0.0.1:9/b\"><tr><td>cell</table><div style=\"background:url(//127.0.0.1:9/d)\">div</div>\
    <form action=\"http://127.0.0.1:9/f\"><input name=x></form><iframe src=\"http://127.0.0.1:9/i\"></iframe>\
    <object data=\"http://127.0.0.1:9/o\"></object><meta http-equiv=refresh content=\"0;url=http://127.0.0.1:9/m\">\
    <base href=\"http://127.0.0.1:9/\">";

#[test]
fn em_07_remote_content() {
    let mail = mail_of(json!({"title": "t", "summary": "", "content_html": HOSTILE}));
    assert!(mail.html.contains("Helsinki") && !mail.html.contains("127.0.0.1"), "{}", mail.html);
    for tag in mail.tags() {
        for word in ["src", "url(", "background=", "http-equiv"] {
            assert!(!tag.contains(word), "{tag}");
        }
        assert!(!["link", "img", "video", "audio", "style"].iter().any(|t| tag.starts_with(t)), "{tag}");
    }
}

#[test]
fn em_08_forms_and_frames() {
    let mail = mail_of(json!({"title": HOSTILE, "content_html": HOSTILE}));
    for tag in mail.tags() {
        for word in ["form", "input", "iframe", "object", "embed", "base", "meta http-equiv"] {
            assert!(!tag.starts_with(word), "{tag}");
        }
    }
}

#[test]
fn em_09_link_that_shows_another_target() {
    let forged = "<a href=\"http://evil.example/\">https://bank.example/</a> Helsinki";
    let mail = mail_of(
        json!({"title": "t", "url": "https://bank.example@evil.example/x", "summary": "", "content_html": forged}),
    );
    let links: Vec<&str> = mail.html.split("<a ").skip(1).collect();
    assert_eq!(links.len(), 1, "only the item's own link is one");
    assert!(
        links[0].starts_with("href=\"https://evil.example/x\"") && links[0].contains("<b>evil.example</b>/x</a>"),
        "{}",
        links[0]
    );
    assert!(mail.text.contains("\nhttps://evil.example/x\n") && !mail.text.contains("bank.example@"));
}

#[test]
fn em_10_bidi_override() {
    for title in ["gepj.\u{202e}exe", "left \u{2066}open", "left \u{202b}open", "closed\u{2069} early"] {
        let mail = mail_of(json!({"title": title, "summary": format!("Helsinki {title} after")}));
        for shown in [mail.subject(), mail.text.clone(), mail.html.clone()] {
            assert!(
                !shown.contains(['\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}']),
                "{shown:?}"
            );
            let (opened, closed) = (shown.matches('\u{2068}').count(), shown.matches('\u{2069}').count());
            assert_eq!(opened, closed, "{shown:?}");
        }
        assert!(mail.html.contains("<h1 dir=\"auto\""), "the title has a direction of its own");
    }
}

#[test]
fn em_11_homograph_host() {
    let mail = mail_of(json!({"title": "t", "url": "https://\u{430}pple.example/"}));
    assert!(mail.html.contains("<b>xn--pple-43d.example</b>") && !mail.html.contains('\u{430}'));
    assert!(mail.text.contains("https://xn--pple-43d.example/"));
}

#[test]
fn em_12_dot_at_the_start_of_a_line() {
    let body = "Helsinki\n.\n..\n.leading\n";
    let mail = mail_of(json!({"title": ".", "summary": "", "content_text": body}));
    assert_eq!(mail.subject(), ".");
    assert!(mail.text.contains(". .. .leading"), "{}", mail.text);
    assert!(mail.text.trim_end().lines().last().is_some_and(|l| l.starts_with("feedwatch · ")), "it came to its end");
}

#[test]
fn em_13_bare_lf_smuggling() {
    let smuggled = "Helsinki\n.\nMAIL FROM:<x@example.org>\nRCPT TO:<victim@example.org>\nDATA\r.\r\nQUIT\r\n";
    // One mail came, which `mails_of` counts, without a bare CR or LF, which `Mail::read` looks for.
    let mail = mail_of(json!({"title": smuggled, "summary": "", "content_text": smuggled}));
    has_only_its_own_headers(&mail);
    assert!(mail.text.contains("MAIL FROM:<x@example.org>"));
}

#[test]
fn em_14_address_in_an_item() {
    let authors = json!([{"name": "a@example.org, victim@example.org", "url": "mailto:victim@example.org"}]);
    let mail = mail_of(
        json!({"title": "t", "authors": authors, "_reply_to": "victim@example.org", "Reply-To": "victim@example.org"}),
    );
    has_only_its_own_headers(&mail);
    assert!(!mail.envelope.from.contains("victim"));
}

#[test]
fn em_15_boundary_in_the_body() {
    let sample = mail_of(json!({"title": "t"}));
    let kind = value(&sample.headers, "Content-Type");
    let boundary = kind.split("boundary=\"").nth(1).and_then(|b| b.split('"').next()).expect("a boundary");
    // The very boundary, known beforehand: an identifier follows from what is told.
    let body =
        format!("Helsinki\r\n--{boundary}\r\nContent-Type: text/html\r\n\r\n<b>forged</b>\r\n--{boundary}--\r\n");
    let mail = mail_of(json!({"title": "t", "summary": "", "content_text": body}));
    assert!(mail.text.contains("Content-Type: text/html") && mail.text.contains(boundary));
}

#[test]
fn em_16_list_unsubscribe_and_headers_by_template() {
    for title in ["{{ config }}", "{% raw %}{{ 7*7 }}", "${jndi:ldap://127.0.0.1/x}", "%s%n"] {
        let mail = mail_of(json!({"title": title}));
        assert_eq!(mail.subject(), title);
        has_only_its_own_headers(&mail);
    }
}
