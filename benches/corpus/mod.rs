//! Feeds and watchlists made by code: the same ones in every run, with nothing taken from anybody.
//!
//! Feed `n` has one of four formats and one of seven languages, and holds 30 items in 20 to 80 KB. A later version of it
//! has as many new items at its head and as many fewer at its end.

pub mod words;
mod write;

use chrono::{DateTime, TimeDelta, Utc};

use words::{LANGUAGES, Language, Random};

/// Items of a document.
pub const ITEMS: u64 = 30;

/// The shape of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Rss2,
    Rss1,
    Atom,
    Json,
}

impl Format {
    pub const ALL: [Format; 4] = [Format::Rss2, Format::Rss1, Format::Atom, Format::Json];

    pub fn content_type(self) -> &'static str {
        match self {
            Format::Rss2 => "application/rss+xml; charset=utf-8",
            Format::Rss1 => "application/rdf+xml; charset=utf-8",
            Format::Atom => "application/atom+xml; charset=utf-8",
            Format::Json => "application/feed+json",
        }
    }
}

/// A feed of the corpus.
#[derive(Debug, Clone, Copy)]
pub struct Feed {
    pub number: u64,
    pub format: Format,
    pub language: &'static Language,
    /// About how large its documents are.
    pub bytes: usize,
}

/// One item before it is written down in a format.
pub struct Entry {
    pub guid: String,
    pub link: String,
    pub title: String,
    pub summary: String,
    /// HTML.
    pub body: String,
    pub author: String,
    pub category: String,
    pub published: DateTime<Utc>,
}

impl Feed {
    /// Feed `number`: formats, languages and sizes are spread evenly and independently over the numbers.
    pub fn new(number: u64) -> Self {
        let at = |n: u64, of: usize| (n % of as u64) as usize;
        Self {
            number,
            format: Format::ALL[at(number, Format::ALL.len())],
            language: &LANGUAGES[at(number / 4, LANGUAGES.len())],
            bytes: 20_000 + at(number.wrapping_mul(7_919), 61) * 1_000,
        }
    }

    /// Its document after `version` new items. Its items are an hour apart; the newest of version 0 is dated `start`.
    pub fn document(self, version: u64, start: DateTime<Utc>) -> String {
        let hours = |n: u64| TimeDelta::hours(i64::try_from(n).expect("no feed has that many items"));
        let dated = |index: u64| start + hours(index) - hours(ITEMS);
        let entries: Vec<Entry> =
            (version + 1..=version + ITEMS).rev().map(|index| self.entry(index, dated(index))).collect();
        write::document(self, &entries)
    }

    /// The `index`th item that this feed ever had, counted from 1.
    fn entry(self, index: u64, published: DateTime<Utc>) -> Entry {
        let mut random = Random::new(self.number * 1_000_003 + index);
        let words = self.language;
        // Markup and the other parts of an item take about a quarter of its bytes.
        let room = self.bytes / ITEMS as usize * 3 / 4;
        // One item in twenty names somebody of the watchlist.
        let named = random.one_in(20).then(|| words.name(random.below(words::NAMES)));
        let site = format!("https://news{}.example.org", self.number);
        let title = words.sentence(&mut random, 6, named.as_deref());
        let summary = words.text(&mut random, room / 5, None);
        let mut body = String::with_capacity(room + 512);
        while body.len() < room * 4 / 5 {
            let paragraph = words.text(&mut random, 420, named.as_deref());
            let target = random.below(100_000);
            body.push_str(&format!(
                "<p>{paragraph} <a href=\"{site}/tag/{target}?utm_source=feed\">{target}</a></p>\n"
            ));
        }
        body.push_str(&format!("<img src=\"/media/{index}.jpg\" alt=\"\" width=\"640\" height=\"360\">"));
        Entry {
            guid: format!("tag:news{}.example.org,2026:{index}", self.number),
            link: format!("{site}/2026/11/story-{index}?utm_source=rss&utm_medium=feed"),
            title,
            summary,
            body,
            author: words.name(random.below(50)),
            category: words.word(&mut random),
            published,
        }
    }
}

/// Terms of a watchlist, spread over the languages: one and two words each, a part of which stands in the documents.
pub fn terms(count: usize) -> Vec<String> {
    let languages = LANGUAGES.iter().cycle();
    languages.take(count).enumerate().map(|(n, language)| language.name((n / LANGUAGES.len()) as u64)).collect()
}
