//! The fuzz targets on a stable compiler: the same functions that `cargo fuzz` drives, over seeds and mutations that are
//! the same in every run, and over everything that the fuzzers ever found.

use std::fs;
use std::path::{Path, PathBuf};

#[path = "../../fuzz/src/lib.rs"]
mod targets;

use targets::TARGETS;

/// Inputs of each target. `FUZZ_ROUNDS` asks for more.
const ROUNDS: usize = 1000;

/// Pieces that mean something to one reader or another; a random byte rarely does.
const PIECES: &[&str] = &[
    "<item>",
    "</item>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "&amp;",
    "&#x",
    "&nbsp;",
    "\"",
    "'",
    "<",
    ">",
    "/",
    "\\",
    "\n",
    "\u{0}",
    "\u{1b}",
    "\u{feff}",
    "\u{202e}",
    "\u{301}",
    "é",
    "日本",
    "ي",
    "ß",
    "İ",
    "ﷺ",
    "9999999999",
    "-1",
    "+14:00",
    " AND ",
    " NEAR/3 ",
    "(",
    ")",
    "*",
    "\"~2",
    "[[feed]]",
    " = ",
    "xmlns=",
    "xml:base=",
    " type=\"html\"",
    "\u{2028}",
];

fn project() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Small documents of each kind. The larger corpora that `fuzz/seeds.py` makes are for the fuzzers.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let rss = "<rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel><title>T</title><link>http://a.example/</link>\
        <item><title>One &amp;amp; two</title><link>/1</link><guid>g</guid><pubDate>Tue, 03 Feb 2026 14:05:06 GMT</pubDate><dc:creator>Ann</dc:creator>\
        <description>&lt;p&gt;x &lt;b&gt;y&lt;/b&gt;</description></item></channel></rss>";
    let atom = "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"de\"><title type=\"html\">T</title><link rel=\"self\" href=\"f\"/>\
        <entry xml:lang=\"fr\"><title>x</title><id>urn:1</id><link href=\"1\"/><updated>2026-02-03T14:05:06Z</updated>\
        <author><name>Ann</name></author><content type=\"html\">&lt;p&gt;x</content></entry></feed>";
    let rdf = "<rdf:RDF xmlns=\"http://purl.org/rss/1.0/\" xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><channel rdf:about=\"x\">\
        <title>T</title></channel><item rdf:about=\"y\"><title>x</title></item></rdf:RDF>";
    let json = "{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[{\"id\":7,\"url\":\"/7\",\"title\":\"a < b\",\"content_html\":\"<p>x\",\
        \"date_published\":\"2026-02-03\",\"tags\":[\"x\"]}]}";
    let written: &[&str] = match target {
        "feed" | "repair" => &[rss, atom, rdf, json],
        "html" => &[
            "<p>One</p><p>Two&nbsp;&amp; three</p>",
            "a < b & c > d",
            "<script>no</script>yes",
            "&lt;b&gt;x&lt;/b&gt;",
        ],
        "dates" => &[
            "Tue, 03 Feb 2026 14:05:06 +0200",
            "2026-02-03T14:05:06.789Z",
            "1770127506",
            "2026年2月3日",
            "Di, 3 Feb 26 24:00:00 MEZ",
        ],
        "query" => &[
            "Putin AND (Trump OR \"trade war\"~2) -football",
            "title:=WHO NEAR/3 /colou?r/i",
            "count(war,3) lang:ar feed:news",
        ],
        "opml" => &[
            "<opml><body><outline text=\"A &amp; B\"><outline text=\"f\" xmlUrl=\"http://a.example/\" category=\"x,/y\"/></outline></body></opml>",
        ],
        "text" => &[
            "Müller\nHerr MUELLER traf Лаврова",
            "地震\n東京で大地震が発生",
            "لافروف\nقال ولافروف",
            "👩‍👩‍👧‍👦\nİSTANBUL ﬁ e\u{301}",
        ],
        _ => &[
            "[[feed]]\nurl = \"https://a.example/\"\nevery = \"5m\"\n\n[[watch]]\nname = \"w\"\nterms = [\"x\", \"y z\"]\nquery = 'a NEAR/2 b'\n",
        ],
    };
    let mut seeds: Vec<Vec<u8>> = written.iter().map(|text| text.as_bytes().to_vec()).collect();
    if target == "config" {
        let files = ["config/feedwatch.toml", "config/watchlist.toml"];
        seeds.extend(files.map(|file| fs::read(project().join(file)).unwrap()));
    }
    seeds.extend(regressions(target).into_iter().map(|(_, bytes)| bytes));
    seeds
}

/// What the fuzzers found once, each made small.
fn regressions(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = project().join("fuzz/regressions").join(target);
    let Ok(found) = fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<PathBuf> = found.map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// Marsaglia's xorshift: the same numbers in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }

    fn span(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length + 1);
        start..start + self.below((length - start).min(64) + 1)
    }
}

fn mutated(random: &mut Random, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = seeds[random.below(seeds.len())].clone();
    for _ in 0..1 + random.below(4) {
        let span = random.span(bytes.len());
        let other = &seeds[random.below(seeds.len())];
        let with: Vec<u8> = match random.below(6) {
            0 => Vec::new(),
            1 => vec![random.below(256) as u8],
            2 => PIECES[random.below(PIECES.len())].into(),
            3 => bytes[span.clone()].repeat(2 + random.below(8)),
            4 => other[random.span(other.len())].to_vec(),
            _ => {
                bytes.truncate(span.start);
                continue;
            }
        };
        bytes.splice(span, with);
    }
    bytes
}

/// Runs a target, and on a panic says over which input.
fn run(name: &str, target: fn(&[u8]), bytes: &[u8], whence: &str) {
    let caught = std::panic::catch_unwind(|| target(bytes));
    assert!(caught.is_ok(), "{name} broke its promise over {whence}: {:?}", String::from_utf8_lossy(bytes));
}

#[test]
fn a_few_thousand_mutations_break_no_promise() {
    let rounds = std::env::var("FUZZ_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(ROUNDS);
    std::thread::scope(|scope| {
        for (name, target) in TARGETS {
            scope.spawn(move || {
                let (seeds, mut random) = (seeds(name), Random(0x9E37_79B9_7F4A_7C15));
                for bytes in &seeds {
                    run(name, *target, bytes, "a seed");
                }
                for round in 0..rounds {
                    run(name, *target, &mutated(&mut random, &seeds), &format!("mutation {round}"));
                }
            });
        }
    });
}

#[test]
fn what_the_fuzzers_found_is_mended() {
    for (name, target) in TARGETS {
        for (path, bytes) in regressions(name) {
            run(name, *target, &bytes, &path.display().to_string());
        }
    }
}

#[test]
fn every_target_has_its_binary() {
    let folder = fs::read_dir(project().join("fuzz/fuzz_targets")).unwrap();
    let mut binaries: Vec<String> = folder
        .map(|entry| Path::new(&entry.unwrap().file_name()).file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    binaries.sort();
    let mut named: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    named.sort_unstable();
    assert_eq!(binaries, named);
    let manifest = fs::read_to_string(project().join("fuzz/Cargo.toml")).unwrap();
    for name in named {
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name}");
    }
}
