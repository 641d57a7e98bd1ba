//! What scripts rely on: commands, exit codes, where the configuration is found, JSON Lines.

use std::process::Stdio;

use crate::support::feed::{Entry, rss};
use crate::support::http::{HttpServer, Reply};
use crate::support::program::{Program, feed, hook, said, watch};

const TEXT: &str = "اللقاء بهلسينكي غدا\nHELSINKI, Zürich\n";

#[test]
fn try_answers_like_grep_and_points_at_bytes() {
    let program = Program::new("");
    let found = program.run_with(&["try", "--json", "--term", "هلسينكي", "--term", "zurich", "-"], TEXT);
    assert_eq!(found.code, 0);
    for hit in found.records() {
        let at = |name: &str| usize::try_from(hit[name].as_u64().unwrap()).unwrap();
        assert_eq!(&TEXT[at("start")..at("end")], hit["text"].as_str().unwrap());
        assert_eq!((&hit["field"], hit["item"].is_null()), (&"body".into(), true));
    }
    let hows: Vec<_> = found.records().iter().map(|h| h["how"].as_str().unwrap().to_owned()).collect();
    assert_eq!(hows, ["affix", "folded"]);
    let nothing = program.run_with(&["try", "--json", "--term", "Turku", "-"], TEXT);
    assert_eq!((nothing.code, nothing.out.as_str()), (1, ""));
    for arguments in [
        &["try", "--term", "x", "missing.txt"][..],
        &["try", "--term", "  ", "-"],
        &["try", "--name", "2024", "-"],
        &["try", "--name", "Pompeo", "--sensitivity", "wild", "-"],
        &["try", "--query", "(a AND", "-"],
        &["try", "--query", "~2024", "-"],
        &["try", "--no-such-flag"],
    ] {
        let wrong = program.run(arguments);
        assert_eq!(wrong.code, 2, "{arguments:?}: {wrong:?}");
        assert!(!wrong.err.is_empty() && wrong.out.is_empty(), "{arguments:?}: {wrong:?}");
    }
}

#[test]
fn try_reads_feeds_pages_and_texts_alike() {
    let program = Program::new("");
    std::fs::write(program.path("feed.xml"), rss(&[Entry::new("g1", "Talks in Helsinki")])).unwrap();
    std::fs::write(program.path("page.html"), "<!doctype html><title>t</title><p>Talks in <b>Hel</b>sinki").unwrap();
    std::fs::write(program.path("text.txt"), "Talks in Helsinki").unwrap();
    for (source, field, item) in
        [("feed.xml", "title", Some("g1")), ("page.html", "body", None), ("text.txt", "body", None)]
    {
        let hit = program.run(&["try", "--json", "--term", "Helsinki", source]).records().pop().expect(source);
        assert_eq!((hit["field"].as_str(), hit["item"].as_str()), (Some(field), item), "{source}");
    }
}

#[test]
fn the_configuration_is_found_in_the_order_that_is_promised() {
    let program = Program::new(&feed("here", "file:a.xml"));
    for folder in ["xdg/feedwatch", "elsewhere"] {
        std::fs::create_dir_all(program.path(folder)).unwrap();
        let name = folder.split('/').next().unwrap();
        let text = format!("[store]\nurl = \"sqlite:x.db\"\n{}", feed(name, "file:a.xml"));
        std::fs::write(program.path(folder).join("feedwatch.toml"), text).unwrap();
    }
    let chosen = |variables: &[(&str, &str)], arguments: &[&str]| {
        let mut command = program.command(arguments);
        for (name, path) in variables {
            command.env(name, program.path(path));
        }
        let status = said(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
        status.of("feed")[0]["name"].as_str().unwrap().to_owned()
    };
    let xdg = ("XDG_CONFIG_HOME", "xdg");
    let variable = ("FEEDWATCH_CONFIG", "elsewhere/feedwatch.toml");
    assert_eq!(chosen(&[xdg], &["status", "--json"]), "here");
    assert_eq!(chosen(&[xdg, variable], &["status", "--json"]), "elsewhere");
    let explicit = program.path("xdg/feedwatch/feedwatch.toml");
    assert_eq!(chosen(&[variable], &["status", "--json", "-c", explicit.to_str().unwrap()]), "xdg");
    std::fs::remove_file(program.path("feedwatch.toml")).unwrap();
    assert_eq!(chosen(&[xdg], &["status", "--json"]), "xdg");
    let nowhere = program.run(&["once"]);
    assert_eq!(nowhere.code, 2);
    assert!(nowhere.err.contains("feedwatch.toml") && nowhere.err.contains("feedwatch init"), "{nowhere:?}");
}

#[test]
fn init_writes_a_configuration_that_is_right_and_never_overwrites() {
    let program = Program::new("");
    std::fs::remove_file(program.path("feedwatch.toml")).unwrap();
    assert_eq!(program.run(&["init"]).code, 0);
    let written = std::fs::read_to_string(program.path("feedwatch.toml")).unwrap();
    let check = program.run(&["check", "--json"]);
    assert_eq!((check.code, check.out.as_str()), (0, ""), "{check:?}");
    let again = program.run(&["init"]);
    assert_eq!(again.code, 1);
    assert!(again.err.contains("left as it is") || again.err.contains("left as it was"), "{again:?}");
    assert_eq!(std::fs::read_to_string(program.path("feedwatch.toml")).unwrap(), written);
}

#[test]
fn feeds_come_in_and_go_out_as_opml() {
    let program = Program::new("include = [\"feeds.d/*.toml\"]\n");
    let opml = "<opml version=\"2.0\"><body><outline text=\"News &amp; more\"><outline type=\"rss\" text=\"Über\" \
                xmlUrl=\"https://example.org/a?x=1&amp;y=2\"/></outline>\
                <outline text=\"old\" xmlUrl=\"ftp://example.org/f\"/></body></opml>";
    std::fs::write(program.path("reader.opml"), opml).unwrap();
    let import = program.run(&["feeds", "import", "reader.opml", "--into", "feeds.d/reader.toml"]);
    assert_eq!(import.code, 0, "{import:?}");
    assert!(import.err.contains("left out: ftp://example.org/f"), "{import:?}");
    program.configure("");
    let text = std::fs::read_to_string(program.path("feedwatch.toml")).unwrap();
    std::fs::write(program.path("feedwatch.toml"), format!("include = [\"feeds.d/*.toml\"]\n{text}")).unwrap();
    assert_eq!(program.run(&["check"]).code, 0);
    let export = program.run(&["feeds", "export"]);
    assert!(export.out.contains("Über") && export.out.contains("https://example.org/a?x=1&amp;y=2"), "{export:?}");
    assert_eq!(
        program.run(&["feeds", "import", "reader.opml", "--into", "feeds.d/reader.toml"]).code,
        1,
        "never overwrites"
    );
}

#[test]
fn notify_sends_one_message_and_says_what_the_other_side_said() {
    let server = HttpServer::start();
    let program = Program::new(&hook("hook", &server.url("/hook")));
    server.reply("/hook", Reply::status(202).body("queued"));
    let well = program.run(&["notify", "hook"]);
    assert_eq!(well.code, 0, "{well:?}");
    assert!(well.out.contains("202"), "{well:?}");
    assert_eq!(server.seen("/hook").len(), 1);
    server.reply("/hook", Reply::status(404));
    let wrong = program.run(&["notify", "hook"]);
    assert_eq!(wrong.code, 1, "a 404 is a failure");
    assert!(wrong.out.contains("404"), "{wrong:?}");
    let unknown = program.run(&["notify", "hok"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("hook"), "{unknown:?}");
}

#[test]
fn a_dead_delivery_is_listed_shown_and_sent_again() {
    let server = HttpServer::start();
    server.feed("/feed.xml", rss(&[]));
    let configuration = feed("world", &server.url("/feed.xml"))
        + &hook("hook", &server.url("/hook"))
        + &watch("w", &["Helsinki"], &["hook"]);
    let program = Program::new(&configuration);
    program.once();
    server.feed("/feed.xml", rss(&[Entry::new("1", "Talks in Helsinki")]));
    server.reply("/hook", Reply::status(400).body("field x is missing"));
    let round = program.once();
    assert_eq!((round.code, &round.of("delivery")[0]["state"]), (1, &"dead".into()));
    let id = round.of("alert")[0]["id"].as_str().unwrap().to_owned();
    let worst = program.run(&["status", "--json"]).records().remove(0);
    assert_eq!(worst["healthy"], false);
    let show = program.run(&["alerts", "show", &id]);
    for words in ["Talks in Helsinki", "watch “w”", "400", "field x is missing"] {
        assert!(show.out.contains(words), "{words}: {show:?}");
    }
    server.reply("/hook", Reply::status(200));
    assert_eq!(program.run(&["alerts", "resend", &id]).code, 0);
    assert_eq!(program.once().of("delivery")[0]["state"], "sent");
    let ids: Vec<_> = server.seen("/hook").iter().map(|r| r.header("webhook-id").unwrap().to_owned()).collect();
    assert_eq!(ids[0], ids[1], "the same delivery keeps its id");
    assert_eq!(program.run(&["alerts", "resend", "al_none"]).code, 1);
}

#[test]
fn a_closed_pipe_is_no_error() {
    let program = Program::new("");
    let entries: Vec<Entry> = (0..3000).map(|n| Entry::new(&n.to_string(), &"x".repeat(200))).collect();
    std::fs::write(program.path("big.xml"), rss(&entries)).unwrap();
    let mut command = program.command(&["parse", "big.xml", "--json"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let end = said(child);
    assert_eq!((end.code, end.err.as_str()), (0, ""));
}

#[test]
fn what_is_not_served_yet_is_said_a_line_each_and_the_rest_works() {
    let server = HttpServer::start();
    server.feed("/feed.xml", rss(&[]));
    let program = Program::new(
        &(feed("world", &server.url("/feed.xml")) + "full_text = true\n" + &watch("w", &["x"], &["console"])),
    );
    for command in ["check", "once"] {
        let run = program.run(&[command]);
        assert_eq!(run.code, 0, "{run:?}");
        let told = run.out + &run.err;
        let about = told.lines().filter(|l| l.contains("`full_text`") && l.contains("not served yet")).count();
        assert_eq!(about, 1, "{command}: {told}");
    }
}

#[test]
fn secrets_are_printed_by_nothing() {
    let program = Program::new(&format!(
        "[[feed]]\nname = \"f\"\nurl = \"http://user:pa55word@127.0.0.1:9/f?token=t0ken\"\nheaders = {{ X-Key = \"h3ader\" }}\n{}{}",
        "[[notifier]]\nname = \"n\"\nkind = \"webhook\"\nurl = \"http://127.0.0.1:9/hook-s3cret\"\nsecret = \"whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0\"\n",
        watch("w", &["x"], &["n"])
    ));
    let mut told = String::new();
    for arguments in [
        &["check"][..],
        &["once", "--all", "-v", "-v"],
        &["status"],
        &["status", "--json"],
        &["notify", "n"],
        &["feeds", "export"],
    ] {
        let run = program.run(arguments);
        told += &run.out;
        told += &run.err;
    }
    for secret in ["pa55word", "t0ken", "h3ader", "hook-s3cret", "c2VjcmV0"] {
        assert!(!told.contains(secret), "{secret} was printed:\n{told}");
    }
}
