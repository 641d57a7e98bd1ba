//! Lists that go out to other programs.

use super::*;

#[test]
fn we_08_opml_export() {
    let title = "Say \"hi\" & <b>'bye'</b> ]]> \u{1}\u{fffe}قمة\u{202e}";
    let program = Program::new(&format!(
        "[[feed]]\nname = {}\nurl = \"https://example.org/a?x=1&y=%22\"\ntags = [\"a & b\", \"<c>\"]\n",
        toml_string(&title.replace(['\u{1}', '\u{fffe}'], ""))
    ));
    let export = program.run(&["feeds", "export"]);
    assert_eq!(export.code, 0, "{export:?}");
    // Well-formed to a strict parser.
    let mut reader = quick_xml::Reader::from_str(&export.out);
    reader.config_mut().check_end_names = true;
    loop {
        match reader.read_event() {
            Ok(quick_xml::events::Event::Eof) => break,
            Ok(quick_xml::events::Event::Empty(e)) => {
                assert!(
                    e.attributes().all(|a| a.is_ok_and(|a| quick_xml::escape::unescape(&a.value).is_ok())),
                    "{export:?}"
                );
            }
            Ok(_) => {}
            Err(error) => panic!("{error}: {}", export.out),
        }
    }
    assert!(export.out.chars().all(|c| !c.is_control() || c == '\n'), "{export:?}");
    std::fs::write(program.path("out.opml"), &export.out).expect("writes");
    let import = program.run(&["feeds", "import", "out.opml", "--into", "in.toml"]);
    assert_eq!(import.code, 0, "{import:?}");
    let text = std::fs::read_to_string(program.path("in.toml")).expect("reads");
    let table: toml::Table = text.parse().expect("TOML");
    assert_eq!(table["feed"][0]["name"].as_str(), Some(title.replace(['\u{1}', '\u{fffe}'], "").as_str()));
    assert_eq!(table["feed"][0]["url"].as_str(), Some("https://example.org/a?x=1&y=%22"));
}

fn toml_string(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
