//! Every mistake of a configuration: its place, its words, its hint; and that no report shows a secret.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use feedwatch::config::{Environment, Loaded, Severity, load};
use feedwatch::fetcher::Address;
use feedwatch::notifier::{Settings, SmtpTls, Transport};
use feedwatch::scheduler::Cadence;

const FEED: &str = "[[feed]]\nname = \"world\"\ntags = [\"news\"]\nurl = \"https://example.org/world.xml\"\n";
const WATCH: &str = "[[watch]]\nname = \"summit\"\nterms = [\"Helsinki\"]\n";
const HOOK: &str = "[[notifier]]\nname = \"hook\"\nkind = \"webhook\"\nurl = \"https://example.org/hook\"\n";

/// Writes files into a folder of their own and reads the first.
struct Desk {
    folder: tempfile::TempDir,
    environment: Environment,
}

impl Desk {
    fn new() -> Self {
        let variables = [("HOME".to_string(), "/home/nobody".to_string())].into();
        let environment = Environment { variables, strict_credentials: false, looks_closely: true };
        Self { folder: tempfile::tempdir().expect("a folder"), environment }
    }

    fn set(&mut self, name: &str, value: &str) {
        self.environment.variables.insert(name.into(), value.into());
    }

    fn write(&self, name: &str, text: &str, mode: u32) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, text).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
        path.display().to_string()
    }

    fn load(&self, text: &str) -> Loaded {
        load(Path::new(&self.write("feedwatch.toml", text, 0o600)), &self.environment)
    }

    /// What is said of a configuration, a line a problem, with the folder's name taken out.
    fn told(&self, text: &str) -> Vec<String> {
        let folder = format!("{}/", self.folder.path().display());
        let said = |p: &feedwatch::config::Problem| {
            let place = p.line.zip(p.column).map_or("-".to_string(), |(line, column)| format!("{line}:{column}"));
            let hint = p.hint.as_ref().map(|h| format!(" | {h}")).unwrap_or_default();
            let said = format!("{place} {}[{}]: {}{hint}", p.severity.as_str(), p.code, p.message);
            let name = p.file.display().to_string().replace(&folder, "");
            let said = if name == "feedwatch.toml" { said } else { format!("{name}:{said}") };
            said.replace(&format!("{folder}no/"), "FOLDER/no/")
                .replace(&format!("{folder}feedwatch.toml holds"), "FOLDER/feedwatch.toml holds")
                .replace(&folder, "")
        };
        self.load(text).problems.iter().map(said).collect()
    }
}

#[test]
fn every_mistake_is_told_at_its_place_with_its_hint() {
    let fixtures = include_str!("check.txt");
    let cases = fixtures.split("\n\n").skip(2).filter(|case| !case.starts_with('#'));
    let mut seen = 0;
    let mut failed = Vec::new();
    for case in cases {
        let (expected, text): (Vec<&str>, Vec<&str>) = case.trim_end().lines().partition(|l| l.starts_with("    "));
        let text: String = text
            .iter()
            .map(|line| match *line {
                "@feed" => FEED.to_string(),
                "@watch" => WATCH.to_string(),
                "@hook" => HOOK.to_string(),
                other => format!("{other}\n"),
            })
            .collect();
        let told = Desk::new().told(&text);
        if told != expected.iter().map(|l| l.trim_start()).collect::<Vec<_>>() {
            failed.push(format!("{text}\n    {}\n  and not\n{}", told.join("\n    "), expected.join("\n")));
        }
        seen += 1;
    }
    assert!(seen > 120, "only {seen} cases");
    assert!(failed.is_empty(), "{}", failed.join("\n----\n"));
}

#[test]
fn the_sample_configuration_has_no_problem() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/feedwatch.toml");
    let loaded = load(&path, &Environment::default());
    assert!(loaded.problems.is_empty(), "{}", loaded.report(false));
    let config = loaded.config.expect("no error");
    assert_eq!(config.store, path.with_file_name("feedwatch-sample.db"));
    assert_eq!(config.feeds[0].source.address, Address::File(path.with_file_name("sample.xml")));
    let terms: Vec<&String> = config.watches.iter().flat_map(|w| &w.terms.terms).collect();
    let names: Vec<&String> = config.watches.iter().flat_map(|w| &w.terms.names).collect();
    assert!(terms.iter().any(|t| *t == "هلسينكي") && names.iter().any(|n| *n == "Mike Pompeo"));
}

#[test]
fn every_commented_key_of_the_sample_is_a_key_and_its_value_the_default() {
    // The file is the documentation: a key that is renamed must be renamed there too.
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/feedwatch.toml");
    let sample = fs::read_to_string(path).expect("the sample");
    let uncommented: String = sample
        .lines()
        .filter(|line| !line.starts_with("include") && !line.contains("_file") && !line.contains("cron ="))
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.starts_with("[[") => format!("{rest}\n"),
            Some(rest) if rest.contains(" = ") && rest.split(" = ").next().is_some_and(|k| !k.contains(' ')) => {
                format!("{rest}\n")
            }
            _ => format!("{line}\n"),
        })
        .collect();
    let mut desk = Desk::new();
    desk.set("FEED_TOKEN", "x");
    let told = desk.told(&uncommented);
    let unknown: Vec<_> = told.iter().filter(|t| t.contains("unknown") || t.contains("syntax")).collect();
    assert!(unknown.is_empty(), "{unknown:#?}\n{uncommented}");

    let defaults = desk.load(&format!("{FEED}{WATCH}")).config.expect("no error");
    let written = desk
        .load(&format!(
            "[defaults]\nevery = \"5m\"\nnotify = [\"console\"]\nfirst_poll = \"silent\"\nallow_private = false\ntimezone = \"UTC\"\n\
             min_interval = \"2m\"\nmax_interval = \"1d\"\nretry = [\"5s\", \"5m\", \"30m\", \"2h\", \"5h\", \"10h\", \"14h\", \"20h\", \"1d\"]\n\
             [limits]\nbody_size = \"16MiB\"\npoll_time = \"1m\"\nhead_time = \"30s\"\nredirects = 10\npolls_at_once = 64\npolls_per_host = 4\nwaiting_at_once = 4000\ntrust_304 = \"1d\"\n\
             {FEED}{WATCH}"
        ))
        .config
        .expect("no error");
    assert_eq!(format!("{defaults:?}"), format!("{written:?}"));
}

#[test]
fn a_right_configuration_is_taken_as_written() {
    let mut desk = Desk::new();
    desk.set("TOKEN", "t0ken");
    desk.write("password", "hunter2\n", 0o600);
    desk.write("more.toml", WATCH, 0o600);
    let config = desk
        .load(
            r##"
include = ["more.toml", "none.d/*.toml"]
[store]
url = "sqlite:s.db"
[defaults]
notify = ["hook"]
timezone = "Europe/Helsinki"
[[feed]]
name = "a"
url = "file:a.xml"
every = "adaptive"
tags = ["x"]
[[feed]]
url = "https://example.org/feed"
cron = "*/10 6-22 * * mon-fri"
tags = ["x", "y"]
headers = { Authorization = "$TOKEN" }
username = "u"
password_file = "password"
[[notifier]]
name = "hook"
kind = "webhook"
url = "https://example.org/hook"
retry = ["1s", "1h"]
[[notifier]]
name = "desk"
kind = "email"
from = "A <a@example.org>"
to = ["b@example.org"]
smtp = { host = "localhost", tls = "none" }
[[watch]]
name = "all of it"
terms = ["هلسينكي"]
fields = ["title", "link"]
feeds = ["#x", "a"]
on = ["new"]
notify = ["desk", "console"]
"##,
        )
        .config
        .expect("no error");
    let folder = desk.folder.path();
    assert_eq!(config.store, folder.join("s.db"));
    assert_eq!(config.files, [folder.join("feedwatch.toml"), folder.join("more.toml")]);
    assert_eq!(config.feeds[0].source.address, Address::File(folder.join("a.xml")));
    assert_eq!(config.feeds[0].cadence, Cadence::Adaptive);
    assert_eq!(config.feeds[1].name.as_str(), "example.org/feed");
    assert_eq!(config.feeds[1].source.headers[0].1.reveal(), "t0ken");
    assert_eq!(config.feeds[1].source.login.as_ref().expect("a login").1.reveal(), "hunter2");
    let rules: Vec<_> = config.watches.iter().map(|w| &w.rule).collect();
    assert_eq!(rules[0].feeds.as_ref().expect("narrowed").len(), 2);
    assert!(rules[0].on.new && !rules[0].on.edited);
    let told = |n: usize| rules[n].notify.iter().map(|n| n.as_str()).collect::<Vec<_>>();
    assert_eq!((told(0), told(1)), (vec!["desk", "console"], vec!["hook"]));
    let names: Vec<&str> = config.notifiers.iter().map(|n| n.name.as_str()).collect();
    assert_eq!(names, ["hook", "desk", "console"]);
    assert_eq!(config.notifiers[0].retry, [Duration::from_secs(1), Duration::from_secs(3600)]);
    let Settings::Email(email) = &config.notifiers[1].settings else { panic!("a mail") };
    let Transport::Smtp(smtp) = &email.transport else { panic!("by a server") };
    assert_eq!((smtp.port, smtp.tls), (25, SmtpTls::None));
}

#[test]
fn mistakes_of_several_files_are_told_at_once_in_order() {
    let desk = Desk::new();
    desk.write("list.toml", "[[watch]]\nname = \"w\"\nterms = [\"\"]\nfeeds = [\"nowhere\"]\n", 0o600);
    desk.write("names.toml", "[[feed]]\nname = \"world\"\nurl = \"https://example.org/\"\nevry = \"5m\"\n", 0o600);
    let told = desk.told(&format!("include = [\"list.toml\", \"names.toml\"]\n{FEED}every = \"soon\"\n"));
    let places: Vec<&str> = told.iter().map(|t| t.split("]:").next().expect("some")).collect();
    assert_eq!(
        places,
        [
            "6:9 error[bad_duration",
            "list.toml:3:10 error[bad_term",
            "list.toml:4:10 error[unknown_feed",
            "names.toml:2:8 error[duplicate_feed",
            "names.toml:4:1 error[unknown_key",
        ]
    );
    assert!(told[3].contains("the first is at") && told[3].contains("feedwatch.toml:3"), "{}", told[3]);
}

#[test]
fn a_person_is_shown_the_line_itself() {
    let loaded = Desk::new().load(&format!("{FEED}every = \"5 parsecs\"\n{WATCH}"));
    let said = loaded.report(false);
    assert!(said.contains("feedwatch.toml:5:9\n"), "{said}");
    assert!(said.contains("\n5 | every = \"5 parsecs\"\n  |         ^^^^^^^^^^^"), "{said}");
    assert!(!said.contains('\u{1b}') && loaded.report(true).contains('\u{1b}'));
    assert!(said.ends_with("\n1 error\n"), "{said}");
}

#[test]
fn no_report_shows_a_secret() {
    const SECRET: &str = "hunter2";
    let login = "username = \"u\"\n";
    let mail = |smtp: &str| {
        format!(
            "[[notifier]]\nname = \"n\"\nkind = \"email\"\nfrom = \"a@b\"\nto = [\"a@b\"]\nsmtp = {{ host = \"h\", {smtp} }}\n"
        )
    };
    for text in [
        format!("{FEED}{login}password = \"{SECRET}\n"),
        format!("{FEED}{login}password = {SECRET}\n"),
        format!("{FEED}{login}password = \"{SECRET}\" junk\n"),
        format!("{FEED}{login}password: \"{SECRET}\"\n"),
        format!("{FEED}{login}password = [\"{SECRET}\"]\n"),
        format!("{FEED}{login}password = \"${SECRET}\"\n"),
        format!("{FEED}{login}password = \"$ {SECRET}\"\n"),
        format!("{FEED}{login}pasword = \"{SECRET}\"\n"),
        format!("{FEED}{login}passphrase = \"{SECRET}\"\n"),
        format!("{FEED}{login}password = \"\"\"\n{SECRET}\n"),
        format!("{FEED}password = \"{SECRET}\"\n"),
        format!("{FEED}headers = {{ A = \"{SECRET}\", Host = \"{SECRET}\" }}\n"),
        format!("{FEED}headers = {{\n A = \"{SECRET}\" B }}\n"),
        format!("{FEED}headers = \"Authorization: {SECRET}\"\n"),
        format!("{FEED}header = {{ A = \"{SECRET}\" }}\n"),
        format!("{FEED}proxy = \"ftp://u:{SECRET}@proxy\"\n"),
        format!("[[feed]]\nurl = \"https://u:{SECRET}@example.org/\" x\n"),
        format!("[[feed]]\nurl = \"{SECRET}:p@example.org/\"\n"),
        format!("[[feed]]\nurl = \"ftp://example.org/?token={SECRET}\"\n"),
        format!("[[feed]]\nurl = \"htp://u:{SECRET}@example.org/\"\n"),
        format!(
            "[[feed]]\nurl = \"https://u:{SECRET}@example.org/f\"\n[[feed]]\nurl = \"https://u:{SECRET}@example.org/f\"\n"
        ),
        mail(&format!("password = \"{SECRET}\"")),
        mail(&format!("prot = 5, username = \"u\", password = \"{SECRET}\"")),
        mail(&format!("username = \"u\", password = \"{SECRET}\"x, port = 5")),
        mail(&format!("username = \"u\", password = \"a\", {SECRET}\", port = 5")),
        format!("{HOOK}secret = \"{SECRET}\"\n"),
        format!("{HOOK}secret = \"whsec_{SECRET}!!\"\n"),
        format!("{HOOK}secert = \"whsec_{SECRET}\"\n"),
        format!("[[notifier]]\nname = \"n\"\nkind = \"webhook\"\nurl = \"htps://hooks.example.org/{SECRET}\"\n"),
        format!("[store]\nurl = \"postgres://u:{SECRET}@h/d\"\n"),
    ] {
        let loaded = Desk::new().load(&text);
        assert!(loaded.errors() > 0, "{text}");
        let json: String = loaded.problems.iter().map(|p| p.json().to_string()).collect();
        for said in [loaded.report(false), loaded.report(true), json, format!("{:?}", loaded.config)] {
            assert!(!said.contains(SECRET), "{text}\n{said}");
        }
    }
}

#[test]
fn a_secret_that_others_can_read_is_warned_of_and_not_shown() {
    let desk = Desk::new();
    for (mode, who) in [(0o644, Some("everybody (mode 0644)")), (0o640, Some("its group (mode 0640)")), (0o600, None)] {
        desk.write("password", "hunter2\n", mode);
        let told = desk.told(&format!("{FEED}username = \"u\"\npassword_file = \"password\"\n{WATCH}"));
        let expected = who.map(|who| {
            let hint = "chmod 600 password";
            format!("6:17 warning[readable_secret]: password can be read by {who} | {hint}")
        });
        assert_eq!(told, expected.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn secrets_come_from_variables_files_and_credentials() {
    let mut desk = Desk::new();
    let login = |password: &str| format!("{FEED}username = \"u\"\n{password}\n{WATCH}");
    let password = |desk: &Desk, text: &str| {
        let loaded = desk.load(&login(text));
        let source = loaded.config.map(|c| c.feeds[0].source.clone());
        source.and_then(|s| s.login).map(|(_, secret)| secret.reveal().to_string())
    };
    desk.set("PASSWORD", "of a variable");
    desk.write("p", "of a file\r\n", 0o600);
    assert_eq!(password(&desk, "password = \"as written\"").as_deref(), Some("as written"));
    assert_eq!(password(&desk, "password = \"$PASSWORD\"").as_deref(), Some("of a variable"));
    assert_eq!(password(&desk, "password = \"$$PASSWORD\"").as_deref(), Some("$PASSWORD"));
    assert_eq!(password(&desk, "password_file = \"p\"").as_deref(), Some("of a file"));

    let credential = "password_file = \"$CREDENTIALS_DIRECTORY/feed\"";
    assert_eq!(password(&desk, credential).as_deref(), Some(""));
    desk.environment.strict_credentials = true;
    let told = desk.told(&login(credential));
    assert!(told.len() == 1 && told[0].starts_with("6:17 error[no_credentials]"), "{told:?}");
    // Systemd sees to the permissions of what it hands out, so they are not complained of.
    desk.write("feed", "of a credential", 0o444);
    desk.set("CREDENTIALS_DIRECTORY", &desk.folder.path().display().to_string());
    assert_eq!(password(&desk, credential).as_deref(), Some("of a credential"));
    assert_eq!(desk.told(&login(credential)), [""; 0]);

    for (name, bytes) in
        [("empty", vec![]), ("newline", b"\n".to_vec()), ("large", vec![b'x'; 65_537]), ("latin", vec![0xe9])]
    {
        fs::write(desk.folder.path().join(name), bytes).expect("written");
        assert_eq!(password(&desk, &format!("password_file = \"{name}\"")), None, "{name}");
    }
}

#[test]
fn a_key_that_is_no_signing_key_is_told_where_it_stands() {
    let loaded = Desk::new().load(&format!("{HOOK}secret = \"whsec_!!!\"\n{FEED}{WATCH}"));
    let problem = &loaded.problems[0];
    assert_eq!(
        (problem.severity, problem.code, problem.line, problem.column),
        (Severity::Error, "bad_secret", Some(5), Some(10))
    );
}

#[test]
fn a_file_that_is_missing_names_the_way_out() {
    let loaded = load(Path::new("/nowhere/feedwatch.toml"), &Environment::default());
    let said = loaded.report(false);
    assert!(
        loaded.config.is_none()
            && said.contains("/nowhere/feedwatch.toml does not exist")
            && said.contains("feedwatch init"),
        "{said}"
    );
}

#[test]
fn bytes_that_are_no_text_are_told_by_their_place() {
    let desk = Desk::new();
    let path = desk.folder.path().join("feedwatch.toml");
    fs::write(&path, b"[[feed]]\nname = \"\xff\"\n").expect("written");
    let problems = load(&path, &desk.environment).problems;
    assert_eq!((problems.len(), problems[0].line, problems[0].column), (1, Some(2), Some(9)));
}
