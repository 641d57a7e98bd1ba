//! The architecture, held: imports go strictly downward, siblings meet only in `pipeline`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The rooms from the bottom up; those of one line are siblings and never import one another.
const LAYERS: [(&str, &[&str]); 9] = [
    ("words", &["model"]),
    ("text", &["text"]),
    ("stages decide", &["scheduler", "parser", "deduper", "matcher", "alerter", "planner", "render"]),
    ("what edges stand on", &["net"]),
    ("edges act", &["fetcher", "store", "notifier"]),
    ("meaning", &["config"]),
    ("steps", &["pipeline"]),
    ("wiring", &["app"]),
    ("waiting and commands", &["daemon", "cli"]),
];

/// Imports among siblings that are meant: the command `run` starts the daemon.
const MEANT: [(&str, &str); 1] = [("cli", "daemon")];

fn layer(room: &str) -> usize {
    LAYERS.iter().position(|(_, rooms)| rooms.contains(&room)).unwrap_or_else(|| panic!("room `{room}` has no layer"))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).expect("src is readable") {
        let path = entry.expect("src is readable").path();
        if path.is_dir() {
            out.extend(files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
    out
}

/// The rooms that a file names behind `crate::`, in imports, grouped imports and paths alike.
fn imports(source: &str) -> BTreeSet<String> {
    let code: String = source.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut rooms = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let group = rest.strip_prefix('{').and_then(|g| g.split('}').next()).unwrap_or("");
        let first = |s: &str| s.trim().chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect::<String>();
        rooms.extend(group.split(',').map(first).filter(|r| !r.is_empty()));
        rooms.insert(first(rest));
    }
    rooms.remove("");
    rooms
}

#[test]
fn imports_go_downward_and_siblings_do_not_meet() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for file in files(&src) {
        let inside = file.strip_prefix(&src).expect("below src");
        let room = inside.iter().next().and_then(|r| r.to_str()).expect("a name").trim_end_matches(".rs").to_owned();
        if room == "lib" || room == "main" {
            continue;
        }
        let source = std::fs::read_to_string(&file).expect("src is readable");
        for imported in imports(&source) {
            let meant = MEANT.contains(&(room.as_str(), imported.as_str()));
            if imported != room && !meant && layer(&imported) >= layer(&room) {
                wrong.push(format!(
                    "{}: `{room}` may not import `{imported}`: {} come above {}",
                    inside.display(),
                    LAYERS[layer(&imported)].0,
                    LAYERS[layer(&room)].0
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn stages_read_no_clock_and_touch_no_io() {
    const FORBIDDEN: [&str; 8] =
        ["std::fs", "std::net", "tokio", "SystemTime", "Instant::now", "Utc::now", "Local::now", "async fn"];
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for room in ["text", "scheduler", "parser", "deduper", "matcher", "alerter", "planner", "render"] {
        // Tests of a stage may read the data kept beside the project.
        for file in files(&src.join(room)).into_iter().filter(|f| !f.ends_with("tests.rs")) {
            let source = std::fs::read_to_string(&file).expect("src is readable");
            let code = source.lines().filter(|l| !l.trim_start().starts_with("//"));
            for (line, word) in code.flat_map(|l| FORBIDDEN.iter().map(move |w| (l, w))) {
                assert!(
                    !line.contains(word),
                    "{}: a stage decides and does not act: `{word}` in `{line}`",
                    file.display()
                );
            }
        }
    }
}

#[test]
fn the_reader_of_imports_sees_them_all() {
    let source = "use crate::model::{A, B};\n// crate::cli is not meant\nuse crate::{text::cut, store};\nlet x = crate::config::load();";
    assert_eq!(imports(source).into_iter().collect::<Vec<_>>(), ["config", "model", "store", "text"]);
}
