//! Pairs of reports, made from `bank.txt` and a seed: copy that was worded anew, and reports that only look alike.

/// An item's title and text.
#[derive(Debug, Clone)]
pub struct Report {
    pub title: String,
    pub text: String,
}

/// Two reports, and what they are to one another.
#[derive(Debug, Clone)]
pub struct Pair {
    pub language: &'static str,
    pub kind: Kind,
    pub a: Report,
    pub b: Report,
}

/// What two reports are to one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Both rewrite one agency's copy: another title, sentences dropped and turned round, words exchanged.
    Copy,
    /// The same, and one word in eight is another one.
    Reworded,
    /// One holds the first sentences of the other alone.
    Cut,
    /// The copy as another desk has it that begins with another of its sentences.
    Moved,
    /// The copy as another desk has it that exchanges a few words wherever they stand.
    Throughout,
    /// Both are under a place and an agency of their own, and a notice of their own.
    Framed,
    /// One pattern, one number or the day alone is another one.
    OneFact,
    /// A later report that repeats some sentences of the first as background.
    FollowUp,
    /// One pattern and the same names, but other numbers and another day.
    OtherFacts,
    /// One pattern, another event: other names, numbers and days.
    OtherEvent,
    /// The same, and each is rewritten by its desk.
    OtherEventRewritten,
    /// One pattern, and the names alone are others, be it of whom or where.
    OtherNames,
    /// Two topics with the same long notice of one publisher.
    OneNotice,
    /// One topic and the same names and facts, told in other sentences.
    OtherReport,
    /// Another topic of the language.
    OtherTopic,
}

impl Kind {
    pub const ALL: [Kind; 15] = [
        Kind::Copy,
        Kind::Reworded,
        Kind::Cut,
        Kind::Moved,
        Kind::Throughout,
        Kind::Framed,
        Kind::OneFact,
        Kind::FollowUp,
        Kind::OtherFacts,
        Kind::OtherEvent,
        Kind::OtherEventRewritten,
        Kind::OtherNames,
        Kind::OneNotice,
        Kind::OtherReport,
        Kind::OtherTopic,
    ];

    /// Whether it is one story.
    pub fn is_one(self) -> bool {
        matches!(self, Kind::Copy | Kind::Reworded | Kind::Cut | Kind::Moved | Kind::Throughout | Kind::Framed)
    }

    pub fn said(self) -> &'static str {
        match self {
            Kind::Copy => "agency copy, rewritten twice",
            Kind::Reworded => "the same, and one word in eight exchanged at random",
            Kind::OneFact => "one pattern, one number or the day is another",
            Kind::FollowUp => "a later report with sentences of the first as background",
            Kind::Cut => "agency copy, cut to its beginning",
            Kind::Moved => "agency copy, begun with another of its sentences",
            Kind::Throughout => "agency copy, a few words exchanged wherever they stand",
            Kind::Framed => "agency copy, each under its own agency and notice",
            Kind::OtherFacts => "one pattern and the same names, other facts",
            Kind::OtherEvent => "one pattern, another event",
            Kind::OtherEventRewritten => "one pattern, another event, each rewritten",
            Kind::OtherNames => "one pattern, the names alone are others",
            Kind::OneNotice => "two topics, one publisher's long notice beneath",
            Kind::OtherReport => "one topic and the same facts, another report",
            Kind::OtherTopic => "another topic",
        }
    }
}

/// The same numbers from the same seed, on every machine.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ z >> 31) % n as u64) as usize
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn one(&mut self, of: &[&'static str]) -> &'static str {
        of[self.below(of.len())]
    }

    fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }
}

#[derive(Debug, Default)]
struct Language {
    name: &'static str,
    words: Vec<(&'static str, &'static str)>,
    fill: Vec<&'static str>,
    /// What stands before the lead: place and agency.
    datelines: Vec<&'static str>,
    /// What a publisher puts beneath everything.
    notice: &'static str,
    persons: Vec<&'static str>,
    places: Vec<&'static str>,
    days: Vec<&'static str>,
    topics: Vec<Topic>,
}

#[derive(Debug, Default)]
struct Topic {
    titles: Vec<&'static str>,
    lead: &'static str,
    sentences: Vec<&'static str>,
}

fn bank() -> Vec<Language> {
    let mut languages: Vec<Language> = Vec::new();
    for line in include_str!("bank.txt").lines().filter(|line| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix("= ") {
            languages.push(Language { name, ..Language::default() });
            continue;
        }
        let language = languages.last_mut().expect("a language first");
        if line == "topic" {
            language.topics.push(Topic::default());
            continue;
        }
        let (key, value) = line.split_once(": ").expect("a key and its value");
        let list = || value.split(", ").collect::<Vec<_>>();
        match key {
            "words" => language.words = list().iter().filter_map(|pair| pair.split_once('=')).collect(),
            "fill" => language.fill = value.split(" | ").collect(),
            "datelines" => language.datelines = value.split(" | ").collect(),
            "notice" => language.notice = value,
            "persons" => language.persons = list(),
            "places" => language.places = list(),
            "days" => language.days = list(),
            _ => {
                let topic = language.topics.last_mut().expect("a topic first");
                match key {
                    "title" => topic.titles.push(value),
                    "lead" => topic.lead = value,
                    _ => topic.sentences.push(value),
                }
            }
        }
    }
    languages
}

/// What is filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Facts {
    person: &'static str,
    place: &'static str,
    day: &'static str,
    numbers: [usize; 4],
}

impl Facts {
    fn new(language: &Language, dice: &mut Dice) -> Self {
        let numbers = [20 + dice.below(400), 2 + dice.below(9), 30 + dice.below(60), 1950 + dice.below(60)];
        Self {
            person: dice.one(&language.persons),
            place: dice.one(&language.places),
            day: dice.one(&language.days),
            numbers,
        }
    }

    /// Another day and other numbers; with `names`, other names too.
    fn others(&self, language: &Language, names: bool, dice: &mut Dice) -> Self {
        loop {
            let other = Self::new(language, dice);
            let numbers = other.numbers.iter().zip(&self.numbers).all(|(a, b)| a != b);
            let named = other.person != self.person && other.place != self.place;
            if numbers && other.day != self.day && (named || !names) {
                return match names {
                    true => other,
                    false => Self { person: self.person, place: self.place, ..other },
                };
            }
        }
    }

    fn fill(&self, text: &str) -> String {
        let [n, m, k, year] = self.numbers.map(|number| number.to_string());
        let named = [("{person}", self.person), ("{place}", self.place), ("{day}", self.day)];
        let numbers = [("{n}", &n), ("{m}", &m), ("{k}", &k), ("{year}", &year)];
        let text = named.iter().fold(text.to_owned(), |text, (slot, value)| text.replace(slot, value));
        numbers.iter().fold(text, |text, (slot, value)| text.replace(slot, value))
    }
}

/// The copy as the agency sends it: lead and sentences.
fn copy(topic: &Topic, sentences: &[&str], facts: &Facts) -> Vec<String> {
    std::iter::once(&topic.lead).chain(sentences).map(|sentence| facts.fill(sentence)).collect()
}

fn joined(language: &Language, sentences: &[String]) -> String {
    sentences.join(if matches!(language.name, "zh") { "" } else { " " })
}

/// What a desk makes of copy: the lead stays, others are dropped and turned round, words exchanged, words of its own added.
fn rewritten(language: &Language, copy: &[String], title: &str, dice: &mut Dice) -> Report {
    let (lead, rest) = copy.split_first().expect("a lead");
    let mut rest: Vec<String> = rest.iter().filter(|_| !dice.chance(33)).cloned().collect();
    if dice.chance(60) {
        dice.shuffle(&mut rest);
    }
    let mut sentences = vec![lead.clone()];
    sentences.extend(rest);
    for sentence in &mut sentences {
        for (from, to) in &language.words {
            if dice.chance(60) {
                *sentence = sentence.replacen(from, to, 1);
            }
        }
        // A desk of spaced words drops one here and there.
        if dice.chance(50) {
            let mut words: Vec<&str> = sentence.split(' ').collect();
            if words.len() > 8 {
                let at = 1 + dice.below(words.len() - 2);
                let plain = words[at].chars().all(|c| c.is_lowercase()) && !language.days.contains(&words[at]);
                if plain && words[at].chars().count() > 3 {
                    words.remove(at);
                }
            }
            *sentence = words.join(" ");
        }
    }
    if dice.chance(50) {
        sentences.push(dice.one(&language.fill).to_owned());
    }
    Report { title: title.to_owned(), text: joined(language, &sentences) }
}

/// One word in eight is one of another topic; of scripts without spaces a few letters are.
fn reworded(language: &Language, text: &str, dice: &mut Dice) -> String {
    let other = language.topics.last().expect("a topic").sentences.join(" ");
    let spaced = !matches!(language.name, "zh" | "th");
    if spaced {
        let others: Vec<&str> = other.split(' ').filter(|w| w.chars().all(char::is_lowercase)).collect();
        let others = if others.is_empty() { other.split(' ').filter(|w| !w.contains('{')).collect() } else { others };
        let word = |word: &str, dice: &mut Dice| {
            let is_plain = word.chars().all(char::is_alphabetic) && !language.days.contains(&word);
            let is_name = word.chars().next().is_some_and(char::is_uppercase);
            match is_plain && !is_name && dice.chance(13) {
                true => others[dice.below(others.len())].to_owned(),
                false => word.to_owned(),
            }
        };
        return text.split(' ').map(|w| word(w, dice)).collect::<Vec<_>>().join(" ");
    }
    let others: Vec<char> =
        other.chars().filter(|c| c.is_alphabetic() && !"二三四五六七八九十百千万两".contains(*c)).collect();
    let mut letters: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at + 4 < letters.len() {
        if dice.chance(4) {
            for letter in &mut letters[at..at + 3] {
                if letter.is_alphabetic() {
                    *letter = others[dice.below(others.len())];
                }
            }
            at += 3;
        }
        at += 1;
    }
    letters.into_iter().collect()
}

/// A few words of the copy, each exchanged for one other wherever it stands.
fn throughout(language: &Language, copy: &[String], dice: &mut Dice) -> Vec<String> {
    let exchanged: Vec<_> = language.words.iter().filter(|_| dice.chance(70)).collect();
    let exchange =
        |sentence: &String| exchanged.iter().fold(sentence.clone(), |sentence, (from, to)| sentence.replace(from, to));
    copy.iter().map(exchange).collect()
}

/// So many pairs of each kind in each language.
pub fn pairs(seed: u64, each: usize) -> Vec<Pair> {
    let mut dice = Dice::new(seed);
    let mut out = Vec::new();
    for language in &bank() {
        for kind in Kind::ALL {
            for _ in 0..each {
                let (a, b) = pair(language, kind, &mut dice);
                out.push(Pair { language: language.name, kind, a, b });
            }
        }
    }
    out
}

fn pair(language: &Language, kind: Kind, dice: &mut Dice) -> (Report, Report) {
    let at = dice.below(language.topics.len());
    let topic = &language.topics[at];
    let facts = Facts::new(language, dice);
    let mut sentences = topic.sentences.clone();
    dice.shuffle(&mut sentences);
    let whole = copy(topic, &sentences, &facts);
    let mut titles: Vec<String> = topic.titles.iter().map(|title| facts.fill(title)).collect();
    dice.shuffle(&mut titles);
    match kind {
        Kind::Copy => (rewritten(language, &whole, &titles[0], dice), rewritten(language, &whole, &titles[1], dice)),
        Kind::Reworded => {
            let a = rewritten(language, &whole, &titles[0], dice);
            let mut b = rewritten(language, &whole, &titles[1], dice);
            b.text = reworded(language, &b.text, dice);
            (a, b)
        }
        Kind::Moved => {
            let a = rewritten(language, &whole, &titles[0], dice);
            let mut moved: Vec<String> = whole[..6].to_vec();
            moved.swap(0, 1 + dice.below(3));
            let text = joined(language, &throughout(language, &moved, dice));
            (a, Report { title: titles[1].clone(), text })
        }
        Kind::Throughout => {
            let a = rewritten(language, &whole, &titles[0], dice);
            let text = joined(language, &throughout(language, &whole, dice));
            (a, Report { title: titles[1].clone(), text })
        }
        Kind::Framed => {
            let mut framed = |title: &str| {
                let mut report = rewritten(language, &whole, title, dice);
                let dateline = facts.fill(dice.one(&language.datelines));
                let notice = if dice.chance(50) { language.notice } else { dice.one(&language.fill) };
                report.text = joined(language, &[format!("{dateline}{}", report.text), notice.to_owned()]);
                report
            };
            (framed(&titles[0]), framed(&titles[1]))
        }
        Kind::OtherEventRewritten => {
            let others = facts.others(language, true, dice);
            let title = dice.one(&topic.titles);
            let a = rewritten(language, &whole, &facts.fill(title), dice);
            let b = rewritten(language, &copy(topic, &sentences, &others), &others.fill(title), dice);
            (a, b)
        }
        Kind::OtherNames => {
            let named = facts.others(language, true, dice);
            let others = Facts { person: named.person, place: named.place, ..facts.clone() };
            let title = dice.one(&topic.titles);
            let report = |facts: &Facts| Report {
                title: facts.fill(title),
                text: joined(language, &copy(topic, &sentences, facts)),
            };
            (report(&facts), report(&others))
        }
        Kind::OneNotice => {
            let other = &sentences[sentences.len() / 2..];
            let text =
                |sentences: Vec<String>| joined(language, &[sentences, vec![language.notice.to_owned()]].concat());
            let a = Report { title: titles[0].clone(), text: text(whole[..2].to_vec()) };
            let b = match language.topics.len() {
                1 => other[..2].iter().map(|s| facts.fill(s)).collect(),
                n => {
                    let other = &language.topics[(at + 1 + dice.below(n - 1)) % n];
                    copy(other, &other.sentences[..1], &facts)
                }
            };
            (a, Report { title: titles[1].clone(), text: text(b) })
        }
        Kind::OneFact => {
            let mut others = facts.clone();
            let changed = facts.others(language, false, dice);
            match dice.below(3) {
                0 => others.day = changed.day,
                1 => others.numbers[0] = changed.numbers[0],
                _ => others.numbers = changed.numbers,
            }
            let lead = [facts.fill(topic.lead), others.fill(topic.lead)];
            // Where the lead does not hold what has changed, all numbers do.
            let others = if lead[0] == lead[1] { changed } else { others };
            let report = |facts: &Facts| Report {
                title: facts.fill(topic.titles[0]),
                text: joined(language, &copy(topic, &sentences, facts)),
            };
            (report(&facts), report(&others))
        }
        Kind::FollowUp => {
            let (first, later) = sentences.split_at(sentences.len() / 2);
            let a = Report { title: titles[0].clone(), text: joined(language, &copy(topic, first, &facts)) };
            let later = later.iter().chain(&first[..2]).map(|s| facts.fill(s)).collect::<Vec<_>>();
            (a, Report { title: titles[1].clone(), text: joined(language, &later) })
        }
        Kind::Cut => {
            let whole = Report { title: titles[0].clone(), text: joined(language, &whole) };
            let short = copy(topic, &sentences[..1], &facts);
            (whole, Report { title: titles[1].clone(), text: joined(language, &short) })
        }
        Kind::OtherFacts | Kind::OtherEvent => {
            let others = facts.others(language, kind == Kind::OtherEvent, dice);
            let title = dice.one(&topic.titles);
            let a = Report { title: facts.fill(title), text: joined(language, &whole) };
            let b = copy(topic, &sentences, &others);
            (a, Report { title: others.fill(title), text: joined(language, &b) })
        }
        Kind::OtherReport => {
            // One has the lead and half of the sentences, the other begins with one of its own.
            let (first, second) = sentences.split_at(sentences.len() / 2);
            let a = copy(topic, first, &facts);
            let b: Vec<String> = second.iter().map(|sentence| facts.fill(sentence)).collect();
            let report = |title: &str, sentences: &[String]| Report {
                title: title.to_owned(),
                text: joined(language, sentences),
            };
            (report(&titles[0], &a), report(&titles[1], &b))
        }
        Kind::OtherTopic => {
            let other = match language.topics.len() {
                1 => None,
                n => Some(&language.topics[(at + 1 + dice.below(n - 1)) % n]),
            };
            let a = Report { title: titles[0].clone(), text: joined(language, &whole) };
            let b = match other {
                Some(other) => {
                    let text = joined(language, &copy(other, &other.sentences, &facts));
                    Report { title: facts.fill(other.titles[0]), text }
                }
                // The same events a year later, of which the desk says something else.
                None => {
                    let b: Vec<String> = sentences.iter().rev().take(3).map(|s| facts.fill(s)).collect();
                    return (
                        Report { title: titles[0].clone(), text: joined(language, &whole[..2]) },
                        Report { title: titles[1].clone(), text: joined(language, &b) },
                    );
                }
            };
            (a, b)
        }
    }
}
