//! Names: in every script, by aliases and parts, in watches and queries, and how people are told.

use feedwatch::matcher::{Query, Sensitivity, WatchTerms, Watchlist, check_name};
use feedwatch::model::{How, Item, ItemText, WatchName};
use proptest::prelude::*;

use crate::support::feed::{Entry, rss};
use crate::support::http::{HttpServer, Reply};
use crate::support::program::{Program, feed, hook};
use crate::support::smtp::SmtpServer;

fn names(list: &[&str]) -> WatchTerms {
    WatchTerms { names: list.iter().map(|n| (*n).to_owned()).collect(), ..WatchTerms::new(WatchName::new("w")) }
}

fn item(body: &str, language: Option<&str>) -> Item {
    let text = ItemText { body: body.to_owned(), ..ItemText::default() };
    Item { text, language: language.map(str::to_owned), ..Item::default() }
}

/// What a watch finds in a text: text and how.
fn found(watch: &WatchTerms, body: &str, language: Option<&str>) -> Vec<(String, How)> {
    let all = Watchlist::compile(std::slice::from_ref(watch)).find(&item(body, language), |_| true);
    all.into_iter().flat_map(|f| f.hits).map(|h| (h.text.to_string(), h.how)).collect()
}

#[test]
fn a_name_is_found_as_it_is_written_in_other_scripts_and_as_a_place() {
    use How::{Affix, Alias, Exact, Folded, Name};
    for (name, body, language, text, how) in [
        ("Pompeo", "Pompeo spoke", "en", "Pompeo", Exact),
        ("Pompeo", "POMPEO spoke", "en", "POMPEO", Folded),
        ("Pompeo", "Pompeo’s words", "en", "Pompeo", Affix),
        ("Pompeo", "وناقش لافروف وبومبيو الأزمة", "ar", "بومبيو", Name),
        ("Pompeo", "Госсекретарь Помпео прибыл", "ru", "Помпео", Name),
        ("Pompeo", "מזכיר המדינה פומפאו נחת", "he", "פומפאו", Name),
        ("لافروف", "Minister Lavrov met the senator", "en", "Lavrov", Name),
        ("Helsinki", "两国领导人将在赫尔辛基举行会晤", "zh", "赫尔辛基", Alias),
        ("Germany", "Deutschland hilft", "de", "Deutschland", Alias),
    ] {
        let all = found(&names(&[name]), body, Some(language));
        assert_eq!(all, [(text.to_owned(), how)], "{name} in {body}");
    }
}

#[test]
fn the_users_own_aliases_outrank_all() {
    let mut watch = names(&["Pompeo"]);
    assert_eq!(found(&watch, "Помпео прибыл", Some("ru")), [("Помпео".to_owned(), How::Name)]);
    watch.aliases = vec![("Pompeo".into(), vec!["Помпео".into(), "the secretary".into()])];
    assert_eq!(found(&watch, "Помпео прибыл", Some("ru")), [("Помпео".to_owned(), How::Alias)]);
    assert_eq!(found(&watch, "The Secretary spoke", Some("en")), [("The Secretary".to_owned(), How::Alias)]);
}

#[test]
fn an_excluded_word_vetoes_what_a_name_found_too() {
    let mut watch = names(&["Pompeo"]);
    watch.exclude = vec!["Помпео".into()];
    assert!(found(&watch, "Pompeo, Помпео", Some("en")).is_empty());
    assert_eq!(found(&watch, "Pompeo", Some("en")).len(), 1);
}

#[test]
fn a_full_name_is_its_parts_near_each_other_or_its_last_part_alone() {
    let watch = names(&["Mike Pompeo"]);
    for (body, language, expected) in [
        ("Mike Pompeo spoke", "en", &["Mike Pompeo"][..]),
        ("Mike R. Pompeo spoke", "en", &["Mike R. Pompeo"]),
        ("Pompeo, Mike", "en", &["Pompeo, Mike"]),
        ("#MikePompeo", "en", &["MikePompeo"]),
        ("Secretary Pompeo spoke", "en", &["Pompeo"]),
        ("Mike Johnson spoke", "en", &[]),
        ("Mike Johnson met Pompeo", "en", &["Pompeo"]),
        ("Майк Помпео прибыл в Сочи", "ru", &["Майк Помпео"]),
        ("قال مايك جونسون إن التصويت تأجل", "ar", &[]),
    ] {
        let texts: Vec<String> = found(&watch, body, Some(language)).into_iter().map(|(text, _)| text).collect();
        assert_eq!(texts, expected, "{body}");
    }
    // The last part is too short, and an ordinary word of French.
    let watch = names(&["Kim Jong Un"]);
    assert!(found(&watch, "un jour", Some("fr")).is_empty());
    assert_eq!(found(&watch, "Kim Jong-un spoke", Some("en")).len(), 1);
}

#[test]
fn a_short_name_needs_a_full_one_beside_it() {
    let lone = names(&["May"]);
    assert!(found(&lone, "Выборы назначены на май", Some("ru")).is_empty());
    assert_eq!(found(&lone, "Mrs May resigned", Some("en")), [("May".to_owned(), How::Exact)]);
}

#[test]
fn a_word_with_a_small_letter_is_no_name_where_its_line_has_capitals() {
    for (name, body, language, texts) in [
        ("عباس", "The abbess ran a bus to the abbey.", "en", &[][..]),
        ("مرسي", "A mercy killing was debated.", "en", &[]),
        ("Pompeo", "Открытие прошло с большой помпой.", "ru", &[]),
        ("Pompeo", "Госсекретарь Помпео прибыл", "ru", &["Помпео"]),
        ("Pompeo", "помпео прибыл в сочи", "ru", &["помпео"]),
        ("Pompeo", "Госсекретарь\nпомпео прибыл", "ru", &["помпео"]),
    ] {
        let all: Vec<String> = found(&names(&[name]), body, Some(language)).into_iter().map(|(text, _)| text).collect();
        assert_eq!(all, texts, "{name} in {body}");
    }
}

#[test]
fn an_ordinary_word_near_a_name_is_known_by_the_language_of_the_text() {
    let watch = names(&["Biden"]);
    assert!(found(&watch, "این بدن نیاز به استراحت دارد", Some("fa")).is_empty());
    assert_eq!(found(&watch, "وصل بايدن إلى بروكسل", Some("ar")), [("بايدن".to_owned(), How::Name)]);
}

#[test]
fn names_stand_in_queries_with_their_aliases() {
    let query = Query::parse("~Lavrov AND (~\"Mike Pompeo\" OR ~Kerry) NOT football").expect("a query");
    assert_eq!(query.names().iter().map(|(n, _)| n.as_str()).collect::<Vec<_>>(), ["Lavrov", "Mike Pompeo", "Kerry"]);
    let mut watch = WatchTerms { query: Some(query), ..WatchTerms::new(WatchName::new("w")) };
    assert_eq!(found(&watch, "وناقش لافروف وبومبيو الأزمة", Some("ar")).len(), 2);
    assert!(found(&watch, "ناقش لافروف الأزمة", Some("ar")).is_empty());
    assert!(found(&watch, "Lavrov, Pompeo and football", Some("en")).is_empty());
    watch.aliases = vec![("Kerry".into(), vec!["the envoy".into()])];
    assert_eq!(found(&watch, "Lavrov met the envoy", Some("en")).len(), 2);
    for (query, said) in [("~Lavrov NEAR/2 ~Pompeo", 2), ("count(~Lavrov) >= 2", 0), ("title:~Lavrov", 0)] {
        let query = Query::parse(query).expect("a query");
        let watch = WatchTerms { query: Some(query), ..WatchTerms::new(WatchName::new("w")) };
        assert_eq!(found(&watch, "Lavrov met with Pompeo", Some("en")).len(), said);
    }
}

#[test]
fn whoever_is_told_of_a_spelling_is_told_whose_name_it_is() {
    let (server, post) = (HttpServer::start(), SmtpServer::start());
    server.reply("/hook", Reply::status(204));
    let texts =
        [("ar", "لافروف سيلتقي بومبيو"), ("ru", "Госсекретарь Помпео прибыл в Сочи"), ("he", "פומפאו נחת בישראל")];
    let mut configuration = hook("hook", &server.url("/hook"))
        + &format!(
            "[[notifier]]\nname = \"desk\"\nkind = \"email\"\nfrom = \"feedwatch@example.org\"\nto = [\"desk@example.org\"]\n\
             smtp = {{ host = \"127.0.0.1\", port = {}, tls = \"none\" }}\n",
            post.port()
        )
        + "[[watch]]\nname = \"minister\"\nnames = [\"Pompeo\"]\nnotify = [\"hook\", \"desk\", \"console\"]\n";
    for (language, _) in texts {
        server.feed(&format!("/{language}"), rss(&[]));
        configuration +=
            &(feed(language, &server.url(&format!("/{language}"))) + &format!("language = \"{language}\"\n"));
    }
    let program = Program::new(&configuration);
    program.once();
    for (language, title) in texts {
        server.feed(&format!("/{language}"), rss(&[Entry::new(language, title)]));
    }
    let round = program.run(&["once", "--all", "--json"]);
    let alerts = round.of("alert");
    assert_eq!(alerts.len(), 3, "{round:?}");
    let plain = |text: &str| text.replace(['\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}'], "");
    for (spelling, alert) in [("بومبيو", "ar"), ("Помпео", "ru"), ("פומפאו", "he")] {
        let alert = alerts.iter().find(|a| a["feed"] == alert).expect("an alert of each feed");
        assert_eq!((&alert["hits"][0]["how"], &alert["hits"][0]["text"]), (&"name".into(), &spelling.into()));
        let sentence = plain(alert["sentence"].as_str().expect("a sentence"));
        assert_eq!(sentence, format!("watch “minister”: Pompeo, written {spelling}, in the title"));
    }
    assert_eq!(server.seen("/hook").len(), 3);
    let mails = post.accepted();
    assert_eq!(mails.len(), 3);
}

#[test]
fn expand_says_what_a_name_would_find_and_what_to_write() {
    let program = Program::new("");
    let run = program.run(&["expand", "Pompeo"]);
    assert_eq!(run.code, 0, "{run:?}");
    for word in ["Arabic", "بومبيو", "помпео", "exclude = [", "aliases = { \"Pompeo\" = ["] {
        assert!(run.out.contains(word), "{word}: {}", run.out);
    }
    let run = program.run(&["expand", "Helsinki", "--json"]);
    let records = run.records();
    assert!(records.iter().any(|r| r["type"] == "alias" && r["text"] == "赫尔辛基"), "{run:?}");
    assert!(records.iter().any(|r| r["type"] == "spelling" && r["script"] == "cyrl" && r["found"] == true));
    assert_eq!(program.run(&["expand", "2024"]).code, 2);
}

/// Names of several scripts, and words that are no names.
const WORDS: &[&str] = &[
    "Pompeo",
    "Lavrov",
    "Trump",
    "Merkel",
    "Mike",
    "Angela",
    "Donald",
    "Sergey",
    "Helsinki",
    "Bush",
    "May",
    "بومبيو",
    "لافروف",
    "ولافروف",
    "ترامب",
    "Помпео",
    "Лавров",
    "Трампом",
    "Сергей",
    "פומפאו",
    "לברוב",
    "טראמפ",
    "ポンペオ",
    "トランプ",
    "트럼프에게",
    "라브로프",
    "蓬佩奥",
    "特朗普",
    "summit",
    "и",
    "في",
    "the",
    "того",
    "на",
    "ה",
    "。",
    ".",
    ",",
    "R.",
];

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(WORDS), 0..14).prop_map(|words| words.join(" "))
}

fn a_name() -> impl Strategy<Value = String> {
    let one = prop::sample::select(&WORDS[..12]);
    prop::collection::vec(one, 1..3).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn a_name_always_finds_itself_in_its_own_script(name in "\\PC{1,24}") {
        prop_assume!(check_name(&name).is_ok());
        let body = format!("…\n{name}\n…");
        prop_assert!(!found(&names(&[&name]), &body, None).is_empty(), "{name:?}");
    }

    #[test]
    fn adding_a_name_never_changes_what_another_finds(one in a_name(), other in a_name(), body in text()) {
        let alone = found(&names(&[&one]), &body, None);
        let list = [names(&[&one]), names(&[&other])];
        let both = Watchlist::compile(&list).find(&item(&body, None), |_| true);
        let beside: Vec<(String, How)> =
            both.into_iter().filter(|f| f.watch == 0).flat_map(|f| f.hits).map(|h| (h.text.to_string(), h.how)).collect();
        prop_assert_eq!(alone, beside);
    }

    #[test]
    fn strict_finds_a_part_of_normal_and_normal_of_wide(name in a_name(), body in text()) {
        let at = |sensitivity| {
            let watch = WatchTerms { sensitivity, ..names(&[&name]) };
            let all = Watchlist::compile(&[watch]).find(&item(&body, None), |_| true);
            let spans = all.into_iter().flat_map(|f| f.hits).map(|h| (h.start, h.end));
            spans.collect::<Vec<_>>()
        };
        let (strict, normal, wide) = (at(Sensitivity::Strict), at(Sensitivity::Normal), at(Sensitivity::Wide));
        let within = |few: &[(usize, usize)], many: &[(usize, usize)]| {
            few.iter().all(|(s, e)| many.iter().any(|(ms, me)| ms <= s && e <= me))
        };
        prop_assert!(within(&strict, &normal) && within(&normal, &wide), "{strict:?} {normal:?} {wide:?}");
    }

    #[test]
    fn names_beside_them_change_nothing_for_terms(term in prop::sample::select(WORDS), name in a_name(), body in text()) {
        prop_assume!(feedwatch::matcher::check_term(term).is_ok());
        let terms = WatchTerms { terms: vec![term.to_owned()], ..WatchTerms::new(WatchName::new("w")) };
        let alone = found(&terms, &body, None);
        let list = [terms, names(&[&name])];
        let both = Watchlist::compile(&list).find(&item(&body, None), |_| true);
        let beside: Vec<(String, How)> =
            both.into_iter().filter(|f| f.watch == 0).flat_map(|f| f.hits).map(|h| (h.text.to_string(), h.how)).collect();
        prop_assert_eq!(alone, beside);
    }

    #[test]
    fn what_was_learnt_before_a_reload_changes_nothing_after_it(
        before in prop::collection::vec(a_name(), 0..5),
        after in prop::collection::vec(a_name(), 0..5),
        bodies in prop::collection::vec(text(), 1..4),
    ) {
        let list = |all: &[String]| Watchlist::compile(&[names(&all.iter().map(String::as_str).collect::<Vec<_>>())]);
        let (earlier, fresh, mut later) = (list(&before), list(&after), list(&after));
        let told = |w: &Watchlist, body: &str| w.find(&item(body, None), |_| true);
        bodies.iter().for_each(|b| _ = told(&earlier, b));
        later.take_over(&earlier);
        for body in bodies.iter().chain(&bodies) {
            prop_assert_eq!(told(&fresh, body), told(&later, body));
        }
    }
}
