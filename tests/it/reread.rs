//! Documents that are not read again, or only where they are new: what comes of it is what reading everything gives.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use feedwatch::app::{App, Polls};
use feedwatch::config::{self, Environment};
use feedwatch::model::{ManualClock, Time};
use feedwatch::parser::skim::Cut;
use feedwatch::pipeline::{PolledAs, Setup};
use feedwatch::render::console::Style;
use feedwatch::store::sqlite::OpenOptions;
use rusqlite::Connection;
use rusqlite::types::Value;
use tokio::runtime::Runtime;

use crate::support::feed::{Entry, rss};
use crate::support::http::{HttpServer, Reply};
use crate::support::program::{Program, feed, shared, watch};

/// What somebody else would have to do to the store for a document to say something new: the item is known with another text.
fn as_if_edited(program: &Program) {
    let store = Connection::open(program.path("store.db")).unwrap();
    store.execute("UPDATE item SET fingerprint = 1", []).unwrap();
    store.execute("UPDATE item_text SET title = 'Talks in Turku', summary = '', body = ''", []).unwrap();
}

#[test]
fn the_same_bytes_are_not_read_again_however_they_are_packed_and_asked_for() {
    let server = HttpServer::start();
    let document = rss(&[Entry::new("1", "Talks in Helsinki")]);
    // Without validators: every answer comes whole.
    server.reply("/feed.xml", Reply::ok(document.clone()));
    let program = Program::new(&(feed("world", &server.url("/feed.xml")) + &watch("Helsinki", &["Helsinki"], &[])));
    program.once();
    as_if_edited(&program);
    let round = program.once();
    assert_eq!((round.titles().len(), round.summary()["items_edited"].as_u64()), (0, Some(0)), "not read");
    assert_eq!(round.summary()["bytes"].as_u64(), Some(document.len() as u64), "but asked for");
    // Announced otherwise, it might say something else.
    server.reply("/feed.xml", Reply::ok(document.clone()).header("content-type", "text/xml"));
    assert_eq!(program.once().titles(), ["Talks in Helsinki"]);
    as_if_edited(&program);
    assert!(program.once().titles().is_empty());
}

#[test]
fn a_document_is_read_again_when_anything_else_has_changed_that_it_is_read_by() {
    let server = HttpServer::start();
    server.reply("/feed.xml", Reply::ok(rss(&[Entry::new("1", "Talks in Helsinki")])));
    server.reply("/moved.xml", Reply::ok(rss(&[Entry::new("1", "Talks in Helsinki")])));
    let world = |path: &str| feed("world", &server.url(path)) + &watch("Helsinki", &["Helsinki"], &[]);
    let program = Program::new(&world("/feed.xml"));
    program.once();
    // What was found before is not told again, so that the count of edits is what shows it.
    let edited = |why: &str| {
        as_if_edited(&program);
        assert_eq!(program.once().summary()["items_edited"], 1, "{why}");
        as_if_edited(&program);
        assert_eq!(program.once().summary()["items_edited"], 0, "{why}");
    };
    program.configure(&world("/feed.xml").replace("every", "language = \"fi\"\nevery"));
    edited("the language of the feed");
    program.configure(&world("/moved.xml"));
    edited("its address");
}

#[test]
fn an_item_that_was_edited_back_and_forth_is_seen_each_time() {
    let server = HttpServer::start();
    let show = |second: &str| {
        let entries = [Entry::new("2", second), Entry::new("1", "Quiet")];
        server.reply("/feed.xml", Reply::ok(rss(&entries)));
    };
    show("Talks");
    let program =
        Program::new(&(feed("world", &server.url("/feed.xml")) + &watch("towns", &["Helsinki", "Turku"], &[])));
    program.once();
    for (title, edited) in
        [("Talks in Helsinki", 1), ("Talks in Turku", 1), ("Talks in Turku", 0), ("Talks", 0), ("Talks in Oulu", 1)]
    {
        show(title);
        assert_eq!(program.once().summary()["items_edited"], edited, "{title}");
    }
}

/// SplitMix64.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % limit.max(1) as u64) as usize
    }
}

/// What may stand anywhere by mistake or on purpose.
const ODD: [&str; 18] = [
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "&",
    "<item>",
    "</item>",
    "<entry>",
    "</entry>",
    "<b>",
    "\"",
    "\u{1}",
    "é",
    "<!DOCTYPE x>",
    "<?x y?>",
    "Ã¼",
    "<image>",
    "</channel>",
];

/// The next edition of a document.
fn next(document: &str, chance: &mut Chance) -> String {
    let mut out = document.to_owned();
    for _ in 0..=chance.below(3) {
        out = changed(&out, chance);
    }
    out
}

/// The document cut, without much thought, before each item and behind the last.
fn pieces(document: &str) -> Vec<String> {
    let name = if document.contains("<item") { "item" } else { "entry" };
    let mut at: Vec<usize> = document.match_indices(&format!("<{name}")).map(|(at, _)| at).collect();
    let end = document.rfind(&format!("</{name}>"));
    at.extend(end.map(|end| end + name.len() + 3));
    at.insert(0, 0);
    at.push(document.len());
    at.sort_unstable();
    at.windows(2).map(|w| document[w[0]..w[1]].to_owned()).collect()
}

fn changed(document: &str, chance: &mut Chance) -> String {
    let mut parts = pieces(document);
    let items = parts.len().saturating_sub(2);
    if items == 0 {
        return format!("{document}<!-- {} -->", chance.below(100));
    }
    let (at, other) = (1 + chance.below(items), 1 + chance.below(items));
    match chance.below(14) {
        0 => drop(parts.remove(at)),
        1 => parts.insert(other, parts[at].clone()),
        2 => parts.swap(at, other),
        3 | 4 => {
            // Another item of the same kind: its guid, its link and its date are other ones.
            let new =
                parts[at].chars().map(|c| if c.is_ascii_digit() && chance.below(2) == 0 { '7' } else { c }).collect();
            parts.insert(1, new);
        }
        5 | 6 => parts[at] = spoken(&parts[at], "Helsinki ", chance),
        7 => parts[at] = spoken(&parts[at], "", chance),
        8 => {
            let inner = |part: &str| {
                let from = part.find("<guid").or_else(|| part.find("<id>"))?;
                let start = from + part[from..].find('>')? + 1;
                Some(start..start + part[start..].find('<')?)
            };
            if let (Some(mine), Some(theirs)) = (inner(&parts[at]), inner(&parts[other])) {
                let theirs = parts[other][theirs].to_owned();
                parts[at].replace_range(mine, &theirs);
            }
        }
        9 => parts[0] = parts[0].replacen("<title>", "<title>New: ", 1),
        10 => {
            parts[0] =
                parts[0].replacen("<title>", "<lastBuildDate>Tue, 24 Nov 2026 10:00:00 GMT</lastBuildDate><title>", 1);
        }
        11 => parts.push(format!("<!-- made in {} ms -->", chance.below(1000))),
        12 => {
            let part = chance.below(parts.len());
            let place = parts[part].floor_char_boundary(chance.below(parts[part].len()));
            parts[part].insert_str(place, ODD[chance.below(ODD.len())]);
        }
        _ => {
            let part = chance.below(parts.len());
            let place = parts[part].floor_char_boundary(chance.below(parts[part].len()));
            let end = parts[part].ceil_char_boundary((place + chance.below(5)).min(parts[part].len()));
            parts[part].replace_range(place..end, "");
        }
    }
    parts.concat()
}

/// An item with a word more, or a letter less, somewhere in its text.
fn spoken(item: &str, word: &str, chance: &mut Chance) -> String {
    let texts: Vec<usize> =
        item.match_indices('>').map(|(at, _)| at + 1).filter(|at| !item[*at..].starts_with(['<', '\n'])).collect();
    let Some(place) = texts.get(chance.below(texts.len())).copied() else { return item.to_owned() };
    let rest = item[place..].strip_prefix("<![CDATA[").unwrap_or(&item[place..]);
    let place = item.len() - rest.len();
    let rest = if word.is_empty() { rest.chars().next().map_or(rest, |c| &rest[c.len_utf8()..]) } else { rest };
    format!("{}{word}{rest}", &item[..place])
}

/// A service that polls the same server as another one.
struct Side {
    folder: tempfile::TempDir,
    app: Arc<App>,
    /// It forgets what it has read, and so reads all of it each time.
    forgets: bool,
}

impl Side {
    fn open(runtime: &Runtime, configuration: &str, clock: &ManualClock, forgets: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("feedwatch.toml");
        std::fs::write(&path, configuration).unwrap();
        let config = config::load(&path, &Environment::default()).config.unwrap();
        let app = runtime.block_on(async {
            let setup = Setup::new(config, Style { colour: false, width: usize::MAX }, true).unwrap();
            App::open(setup, "test", Arc::new(clock.clone()), OpenOptions::default()).await.unwrap().0
        });
        Self { folder, app, forgets }
    }

    fn store(&self) -> Connection {
        Connection::open(self.folder.path().join("store.db")).unwrap()
    }

    /// One round; how each poll went.
    fn round(&self, runtime: &Runtime) -> BTreeSet<(String, String)> {
        if self.forgets {
            self.store().execute_batch("DELETE FROM skim; UPDATE feed SET read_as = NULL").unwrap();
        }
        let mut went = BTreeSet::new();
        runtime.block_on(async {
            let mut polls = Polls::default();
            self.app.begin_all(&mut polls, self.app.now(), true).await.unwrap();
            while let Some(polled) = self.app.next_polled(&mut polls).await {
                let polled = polled.unwrap();
                let alerts: BTreeSet<_> = polled.alerts.iter().map(|a| format!("{} {:?}", a.id, a.reason)).collect();
                assert!(polled.result != PolledAs::NotModified, "no server here says so");
                went.insert((polled.feed.to_string(), format!("{:?} {alerts:?}", polled.result)));
            }
        });
        went
    }

    /// All that is remembered.
    fn remembers(&self) -> Vec<Vec<Value>> {
        let store = self.store();
        let mut all = Vec::new();
        for question in [
            "SELECT name, state, baseline_at, last_ok, whole_at, next_poll, failures, rung, biggest_burst, title, recent, hints FROM feed ORDER BY name",
            "SELECT f.name, i.key, i.named, i.guid, i.link, i.content, i.fingerprint, i.history, i.published, i.first_seen,
               i.left_at, i.found, t.title, t.summary, t.body, t.about FROM item i JOIN feed f ON f.id = i.feed
               LEFT JOIN item_text t ON t.item = i.id ORDER BY f.name, i.key",
            "SELECT f.name, i.key, m.mark FROM left_mark m JOIN item i ON i.id = m.item JOIN feed f ON f.id = m.feed
               ORDER BY f.name, i.key, m.mark",
            "SELECT alert FROM alert ORDER BY id",
        ] {
            let mut statement = store.prepare(question).unwrap();
            let columns = statement.column_count();
            let rows = statement.query_map([], |r| (0..columns).map(|n| r.get(n)).collect::<Result<Vec<Value>, _>>()).unwrap();
            all.extend(rows.map(Result::unwrap));
        }
        all
    }
}

/// Polls editions of these documents on two sides, of which one reads everything; how many editions could be skimmed.
fn both_sides(documents: &[String], editions: usize, seed: u64) -> usize {
    println!("{} documents, the seed is {seed}", documents.len());
    let mut chance = Chance(seed);
    let server = HttpServer::start();
    let mut configuration = String::from("[store]\nurl = \"sqlite:store.db\"\n[defaults]\nfirst_poll = \"all\"\n");
    for n in 0..documents.len() {
        configuration += &feed(&n.to_string(), &server.url(&format!("/{n}")));
    }
    for word in ["Helsinki", "the", "news", "de", "и", "في", "的"] {
        configuration += &watch(word, &[word], &[]);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let clock = ManualClock::at(Time::parse_rfc3339("2026-11-24T12:00:00Z").unwrap());
    let sides = [false, true].map(|forgets| Side::open(&runtime, &configuration, &clock, forgets));
    let mut history: Vec<Vec<String>> = documents.iter().map(|d| vec![d.clone()]).collect();
    let mut skimmed = 0;
    for edition in 0..editions {
        for (n, history) in history.iter_mut().enumerate() {
            let before = history.last().unwrap().clone();
            let now = match (edition, chance.below(8)) {
                (0, _) => before.clone(),
                // As it was at some time.
                (_, 0) => history[chance.below(history.len())].clone(),
                _ => next(&before, &mut chance),
            };
            let cut = |document: &str| Cut::of(document.as_bytes(), b"").map(|cut| (cut.around, cut.prints()));
            if let (true, Some(before), Some(now)) = (before != now, cut(&before), cut(&now)) {
                skimmed += usize::from(before.0 == now.0 && now.1.iter().any(|print| before.1.contains(print)));
            }
            server.reply(&format!("/{n}"), Reply::ok(now.clone()).header("content-type", "application/xml"));
            history.push(now);
        }
        let [short, whole] = sides.each_ref().map(|side| side.round(&runtime));
        let differs = |(feed, _): &&(String, String)| {
            !whole.iter().any(|(f, went)| f == feed && short.contains(&(f.clone(), went.clone())))
        };
        if let Some((feed, went)) = short.iter().find(differs) {
            let history = &history[feed.parse::<usize>().unwrap()];
            let whole = whole.iter().find(|(f, _)| f == feed);
            panic!(
                "{went}, but read whole {whole:?}\n{}\n→\n{}",
                history[history.len() - 2],
                history[history.len() - 1]
            );
        }
        let [short, whole] = sides.each_ref().map(Side::remembers);
        for (a, b) in short.iter().zip(&whole) {
            assert_eq!(a, b, "edition {edition}");
        }
        assert_eq!(short.len(), whole.len());
        clock.advance(Duration::from_secs(3600));
    }
    skimmed
}

fn own_documents() -> Vec<String> {
    let entries: Vec<Entry> = (0..12)
        .map(|n| Entry::new(&format!("g{n}"), &format!("Report {n} from the coast")).summary("<p>Rain &amp; wind</p>"))
        .collect();
    let rss2 = rss(&entries);
    let items = |make: &dyn Fn(usize) -> String| (0..12).map(make).collect::<String>();
    let atom = format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"en\"><title>t</title><id>urn:f</id><updated>2026-11-24T10:00:00Z</updated>\
         <link href=\"http://a.example/\"/><author><name>Someone</name></author>{}</feed>",
        items(&|n| format!(
            "<entry><id>urn:{n}</id><title>Entry {n} of the day</title><link href=\"/{n}\"/><updated>2026-11-2{}T10:00:00Z</updated>\
             <content type=\"html\">&lt;p&gt;the text {n}&lt;/p&gt;</content></entry>\n",
            n % 5
        ))
    );
    let rss1 = format!(
        "<rdf:RDF xmlns=\"http://purl.org/rss/1.0/\" xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel rdf:about=\"http://b.example/\"><title>t</title><link>http://b.example/</link>\
         <items><rdf:Seq><rdf:li rdf:resource=\"x\"/></rdf:Seq></items></channel>{}</rdf:RDF>",
        items(&|n| format!(
            "<item rdf:about=\"http://b.example/{n}\"><title>The news {n}</title><link>http://b.example/{n}</link>\
             <description><![CDATA[<b>de {n}</b>]]></description><dc:date>2026-11-2{}T10:00:00Z</dc:date></item>\n",
            n % 5
        ))
    );
    vec![rss2, atom, rss1]
}

#[test]
fn skimmed_or_read_whole_the_same_comes_of_it() {
    let seed = std::env::var("FEEDWATCH_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let documents: Vec<String> = own_documents().into_iter().cycle().take(60).collect();
    let skimmed = both_sides(&documents, 9, seed);
    println!("{skimmed} editions could be skimmed");
    assert!(skimmed > 100, "only {skimmed} editions could be skimmed: nothing is shown");
}

#[test]
fn real_documents_and_random_edits_come_to_the_same() {
    let Some(corpus) = shared("corpus/feeds.tar.gz") else { return };
    let folder = tempfile::tempdir().unwrap();
    let unpacked = Command::new("tar").arg("xzf").arg(&corpus).arg("-C").arg(folder.path()).status();
    if !unpacked.is_ok_and(|status| status.success()) {
        println!("skipped: tar does not unpack {}", corpus.display());
        return;
    }
    let seed = std::env::var("FEEDWATCH_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let most = std::env::var("FEEDWATCH_DOCUMENTS").ok().and_then(|n| n.parse().ok()).unwrap_or(120);
    let documents = real(folder.path(), most, seed);
    let skimmed = both_sides(&documents, 5, seed);
    println!("{skimmed} editions could be skimmed");
    assert!(skimmed > documents.len() / 2, "only {skimmed} editions could be skimmed: nothing is shown");
}

/// Documents of a middling size, in UTF-8, another choice for each seed.
fn real(folder: &Path, most: usize, seed: u64) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() { folders.push(entry) } else { files.push(entry) }
        }
    }
    files.sort();
    let mut chance = Chance(seed);
    let mut documents = Vec::new();
    while documents.len() < most && !files.is_empty() {
        let file = files.swap_remove(chance.below(files.len()));
        let text = std::fs::read(file).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        documents.extend(text.filter(|text| (1_000..60_000).contains(&text.len())));
    }
    documents
}
