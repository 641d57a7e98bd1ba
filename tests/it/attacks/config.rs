//! Configurations, and files that somebody else may have written.

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use super::*;

/// `check` of these files; the first is the configuration.
fn check(files: &[(&str, &str)]) -> Said {
    let program = Program::new("");
    for (name, text) in files {
        std::fs::write(program.path(name), text).expect("writes");
    }
    program.run(&["check", "-c", files[0].0])
}

/// What was said on either way.
fn all(said: &Said) -> String {
    format!("{}{}", said.out, said.err)
}

#[test]
fn co_01_symlinked_store() {
    let server = HttpServer::start();
    server.feed("/feed.xml", rss(&[]));
    let program = Program::new(&(feed("f", &server.url("/feed.xml")) + &watch("w", &["x"], &["console"])));
    // What is made is nobody else's, whatever the mask.
    program.once();
    for name in ["store.db", "store.db.lock"] {
        let mode = std::fs::metadata(program.path(name)).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name}: {mode:o}");
    }
    // A link of one's own to a file of one's own is followed.
    std::fs::rename(program.path("store.db"), program.path("elsewhere.db")).expect("renames");
    symlink(program.path("elsewhere.db"), program.path("store.db")).expect("a link");
    assert_eq!(program.run(&["once", "--all"]).code, 0);
    // One that leads nowhere makes no file.
    let nowhere = program.path("nowhere.db");
    std::fs::remove_file(program.path("store.db")).expect("removes");
    symlink(&nowhere, program.path("store.db")).expect("a link");
    let refused = program.run(&["once", "--all"]);
    assert!(refused.code == 1 && refused.err.contains("link to a file that cannot be reached"), "{refused:?}");
    assert!(!nowhere.exists());
    // Nor is a lock taken through one.
    std::fs::remove_file(program.path("store.db")).expect("removes");
    std::fs::remove_file(program.path("store.db.lock")).expect("removes");
    std::fs::write(program.path("precious"), "keep me").expect("writes");
    symlink(program.path("precious"), program.path("store.db.lock")).expect("a link");
    assert_eq!(program.run(&["once", "--all"]).code, 1);
    assert_eq!(std::fs::read_to_string(program.path("precious")).expect("reads"), "keep me");
    std::fs::remove_file(program.path("store.db.lock")).expect("removes");
    // A file of another user is not written to; only root can make one here.
    let other = program.path("other.db");
    std::fs::write(&other, "").expect("writes");
    if std::os::unix::fs::chown(&other, Some(65_534), None).is_err() {
        println!("skipped: only root can give a file to another user");
        return;
    }
    symlink(&other, program.path("store.db")).expect("a link");
    for command in ["once", "status"] {
        let refused = program.run(&[command]);
        assert!(
            refused.code == 1 && refused.err.contains("a link of another user, or to a file of one"),
            "{refused:?}"
        );
    }
    assert_eq!(std::fs::metadata(&other).expect("there").size(), 0);
}

#[test]
fn co_02_world_readable_secret() {
    let program = Program::new(&format!(
        "[[feed]]\nname = \"f\"\nurl = \"http://feeds.example/\"\nusername = \"u\"\npassword_file = \"password\"\n{}",
        watch("w", &["x"], &["console"])
    ));
    std::fs::write(program.path("password"), "hunter2\n").expect("writes");
    let with_mode = |mode: u32| {
        std::fs::set_permissions(program.path("password"), std::fs::Permissions::from_mode(mode)).expect("a mode");
        let check = program.run(&["check"]);
        assert_eq!(check.code, 0, "{check:?}");
        all(&check)
    };
    let told = with_mode(0o644);
    assert!(told.contains("/password can be read by everybody (mode 0644)") && told.contains("chmod 600"), "{told}");
    assert!(!told.contains("hunter2"));
    assert!(!with_mode(0o600).contains("can be read by"));
}

#[test]
fn co_03_secret_written_in_the_configuration() {
    for line in ["password = \"hunter2", "password = \"hunter2\" \"x\"", "password = hunter2", "password: \"hunter2\""]
    {
        let text = format!("[[feed]]\nname = \"f\"\nurl = \"http://feeds.example/\"\nusername = \"u\"\n{line}\n");
        let said = check(&[("a.toml", &text)]);
        assert!(said.code == 2 && all(&said).contains("a.toml:5:"), "{said:?}");
        assert!(!all(&said).contains("hunter2"), "{said:?}");
    }
}

#[test]
fn co_04_include_loop() {
    let said = check(&[("a.toml", "include = [\"b.toml\"]"), ("b.toml", "include = [\"a.toml\"]")]);
    assert_eq!(said.code, 2);
    assert!(all(&said).contains("these files include one another without end: a.toml → b.toml → a.toml"), "{said:?}");
}

#[test]
fn co_05_huge_include() {
    let program = Program::new("");
    let fifo = std::process::Command::new("mkfifo").arg(program.path("fifo")).status();
    // A file of a gibibyte that takes no space.
    std::fs::File::create(program.path("large.toml")).and_then(|f| f.set_len(1 << 30)).expect("a file");
    std::fs::create_dir(program.path("many.d")).expect("a folder");
    for n in 0..1_500 {
        std::fs::write(program.path(&format!("many.d/{n}.toml")), "").expect("writes");
    }
    let include = |element: &str| {
        std::fs::write(program.path("a.toml"), format!("include = [\"{element}\"]")).expect("writes");
        let said = program.run(&["check", "-c", "a.toml"]);
        assert_eq!(said.code, 2, "{said:?}");
        all(&said)
    };
    for (element, words) in [
        ("/dev/zero", "/dev/zero is not a regular file"),
        ("large.toml", "large.toml is larger than 4 MiB"),
        ("many.d/*.toml", "more than 1000 files are included"),
        ("**/*.toml", "`**` is not served"),
    ] {
        let said = include(element);
        assert!(said.contains(words), "{element}: {said}");
    }
    if fifo.is_ok_and(|status| status.success()) {
        assert!(include("fifo").contains("fifo is not a regular file"));
    } else {
        println!("skipped: no FIFO can be made here");
    }
}

#[test]
fn co_06_include_outside() {
    for foreign in
        ["root:x:0:0:hunter2:/root:/bin/sh\n", "SECRET_KEY=hunter2\n", "hunter2 = \"x\"\n", "\u{0}\u{1}hunter2"]
    {
        let said = check(&[("a.toml", "include = [\"passwd\"]"), ("passwd", foreign)]);
        assert!(said.code == 2 && all(&said).contains("passwd:1:"), "{said:?}");
        assert!(!all(&said).contains("hunter2") && !all(&said).contains("root"), "{said:?}");
    }
    let program = Program::new("");
    std::fs::write(program.path("a.toml"), "include = [\"../../../../../../../../../../../../etc/passwd\"]")
        .expect("writes");
    let said = program.run(&["check", "-c", "a.toml"]);
    assert!(said.code == 2 && all(&said).contains("etc/passwd") && !all(&said).contains("root:"), "{said:?}");
}

/// `check` of a watch with this query.
fn query(text: &str) -> Said {
    check(&[("a.toml", &format!("[[watch]]\nname = \"w\"\nquery = '''{text}'''\n"))])
}

#[test]
fn co_07_query_bomb() {
    for (text, words) in [
        (format!("{}a{}", "(".repeat(100_000), ")".repeat(100_000)), "bytes"),
        (format!("{}a{}", "(".repeat(10_000), ")".repeat(10_000)), "deep"),
        (format!("a{}", " OR a".repeat(200_000)), "bytes"),
        (format!("a{}", " OR a".repeat(5_000)), "words and phrases"),
        (format!("{}a", "NOT ".repeat(6_000)), "deep"),
    ] {
        let said = query(&text);
        assert!(said.code == 2 && all(&said).contains(words), "{words}: {}", &all(&said)[..400]);
        assert!(all(&said).len() < 5_000, "it is not quoted whole");
    }
}

#[test]
fn co_08_regex_bomb() {
    let said = query("x OR /(a{1000}){1000}/");
    assert!(
        said.code == 2 && all(&said).contains("a.toml:3:") && all(&said).contains("compiled; repeat less"),
        "{said:?}"
    );
    // Linear in the text, whatever it is.
    let program = Program::new("");
    std::fs::write(program.path("text.txt"), format!("{}c", "a".repeat(400_000))).expect("writes");
    let tried = program.run(&["try", "--query", "/(a*)*b/", "text.txt"]);
    assert!(tried.code == 1 && tried.err.contains("nothing found"), "{tried:?}");
}

#[test]
fn co_09_wildcard_for_everything() {
    for (term, words) in
        [("*", "would match everything"), ("**", "would match everything"), ("?", "would match everything")]
    {
        let said = check(&[("a.toml", &format!("[[watch]]\nname = \"w\"\nterms = [\"{term}\"]\n"))]);
        assert!(all(&said).contains(words) || said.code == 2, "{term}: {said:?}");
    }
    for (text, words) in [
        ("*", "would match everything"),
        ("a*", "needs 2 letters"),
        ("*a*", "no wildcard can stand at the beginning"),
        ("?*", "wildcard"),
        ("/./", ""),
        ("NOT x", ""),
    ] {
        let said = query(text);
        let warned = all(&said).contains("warning: ") && all(&said).contains(" --> a.toml:3");
        assert!((said.code == 2 || warned) && all(&said).contains(words), "{text}: {said:?}");
    }
}

#[test]
fn co_10_reload_with_a_broken_file() {
    let server = HttpServer::start();
    server.feed("/feed.xml", rss(&[]));
    let configuration = format!("[[feed]]\nname = \"f\"\nurl = \"{}\"\nevery = \"1s\"\n", server.url("/feed.xml"))
        + &watch("w", &["Helsinki"], &["console"]);
    let program = Program::new(&configuration);
    let daemon = crate::daemon::Daemon::start(&program);
    daemon.told("READY=1");
    program.configure(&format!("{configuration}broken = \n"));
    daemon.signal(rustix::process::Signal::HUP);
    let asked = server.seen("/feed.xml").len();
    server.wait_for_blocking("/feed.xml", asked + 2);
    server.feed("/feed.xml", rss(&[Entry::new("1", "Helsinki")]));
    let asked = server.seen("/feed.xml").len();
    server.wait_for_blocking("/feed.xml", asked + 2);
    let end = daemon.stop();
    assert_eq!(
        end.err.matches("the new configuration was not accepted, and the old one runs on").count(),
        1,
        "{end:?}"
    );
    assert!(end.out.contains("Helsinki"), "the old one runs on: {end:?}");
}

#[test]
fn cl_04_time_zone_unknown() {
    let said = check(&[("a.toml", "[defaults]\ntimezone = \"Mars/Phobos\"\n")]);
    assert!(said.code == 2 && all(&said).contains("`Mars/Phobos` is no time zone"), "{said:?}");
    assert!(all(&said).contains("a.toml:2:12") && all(&said).contains("the nearest is `"), "{said:?}");
    let said = check(&[("a.toml", "[defaults]\ntimezone = \"Europe/Helsinky\"\n")]);
    assert!(all(&said).contains("the nearest is `Europe/Helsinki`"), "{said:?}");
}
