//! What a screen is shown of item text: nothing that moves its cursor, leads elsewhere, or reorders a line.

use serde_json::json;

use super::*;

/// Everything that a person at a terminal is shown of an item with this title: the console notifier, `parse`, `try` of a
/// feed and of a text, `alerts list` and `alerts show`.
fn shown(title: &str) -> String {
    let server = HttpServer::start();
    let feed_of = |items: serde_json::Value| {
        json!({"version": "https://jsonfeed.org/version/1.1", "title": title, "items": items}).to_string()
    };
    server.feed_as("/feed.json", "application/json", feed_of(json!([])));
    let configuration = feed("world", &server.url("/feed.json")) + &watch("w", &["Helsinki"], &["console"]);
    let program = Program::new(&configuration);
    program.once();
    let item = json!([{"id": format!("1{title}"), "title": format!("{title} Helsinki"), "content_text": format!("{title} in Helsinki {title}")}]);
    let document = feed_of(item);
    server.feed_as("/feed.json", "application/json", document.clone());
    std::fs::write(program.path("feed.json"), document).expect("writes");
    std::fs::write(program.path("text.txt"), format!("{title} in Helsinki {title}\n")).expect("writes");
    let mut out = String::new();
    let mut tell = |said: Said| {
        assert_eq!(said.code, 0, "{said:?}");
        out += &format!("{}{}", said.out, said.err);
    };
    tell(program.run(&["once", "--all"]));
    tell(program.run(&["parse", "feed.json"]));
    tell(program.run(&["try", "--term", "Helsinki", "feed.json"]));
    tell(program.run(&["try", "--term", "Helsinki", "text.txt"]));
    tell(program.run_with(&["try", "--term", "Helsinki", "-"], &format!("{title} in Helsinki {title}")));
    tell(program.run(&["alerts", "list"]));
    let id = program.run(&["alerts", "list", "--json"]).records()[0]["id"].as_str().expect("an id").to_owned();
    tell(program.run(&["alerts", "show", &id]));
    tell(program.run(&["status"]));
    assert!(out.matches("Helsinki").count() >= 7, "{out}");
    out
}

/// No control character but the end of a line.
#[track_caller]
fn is_harmless(out: &str) {
    let moves =
        |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}');
    assert!(!out.contains(moves), "{out:?}");
}

#[test]
fn te_01_ansi_colours_and_cursor() {
    let out = shown("\u{1B}[2J\u{1B}[31mred");
    is_harmless(&out);
    assert!(out.contains("[2J") && out.contains("[31mred"), "what was there is seen: {out}");
}

#[test]
fn te_02_osc_8_link() {
    is_harmless(&shown("\u{1B}]8;;https://evil.example\u{1B}\\bank.example\u{1B}]8;;\u{1B}\\"));
}

#[test]
fn te_03_osc_52_clipboard() {
    is_harmless(&shown("\u{1B}]52;c;cm0gLXJmIH4=\u{7}"));
}

#[test]
fn te_04_c1_controls() {
    is_harmless(&shown("a\u{9B}31mb\u{9D}0;pwned\u{9C}\u{85}"));
    // In what is no item: the name of an element, in a complaint.
    let program = Program::new("");
    std::fs::write(program.path("x.xml"), "<a\u{9b}31m\u{202e}\u{85}/>").expect("writes");
    let parsed = program.run(&["parse", "x.xml"]);
    assert!(parsed.code == 1 && parsed.err.contains("not a feed"), "{parsed:?}");
    is_harmless(&parsed.err);
}

#[test]
fn te_05_terminal_title_and_bell() {
    let out = shown("\u{1B}]0;pwned\u{7}over\rwritten");
    is_harmless(&out);
    assert!(out.contains("over written"), "{out}");
}

#[test]
fn te_06_bidi_and_zero_width_on_the_terminal() {
    for title in ["gepj.\u{202E}exe", "left \u{2066}open", "\u{2069}closed", "in\u{200B}visible", "قمة \u{202b}"] {
        let out = shown(title);
        is_harmless(&out);
        for line in out.lines() {
            let mut open = 0_i32;
            for c in line.chars() {
                match c {
                    '\u{2066}'..='\u{2068}' => open += 1,
                    '\u{2069}' => open -= 1,
                    _ => {}
                }
                assert!(open >= 0, "{line:?}");
            }
            assert_eq!(open, 0, "the rest of a line keeps its order: {line:?}");
        }
    }
}
