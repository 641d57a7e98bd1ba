//! What came near, as `try` says it.

use crate::support::program::Program;

#[test]
fn a_term_that_is_a_letter_off_is_mended_in_a_minute() {
    let desk = Program::new("");
    let text = "اللقاء بهلسنكي غدا";
    let tried = desk.run_with(&["try", "--term", "هلسينكي", "--language", "ar"], text);
    assert_eq!((tried.code, tried.out.as_str()), (1, ""), "{tried:?}");
    assert!(tried.err.contains("nothing found") && tried.err.contains("بهلسنكي"), "{tried:?}");
    assert!(tried.err.contains("(one letter away)"), "{tried:?}");
    let mended = desk.run_with(&["try", "--term", "هلسنكي", "--language", "ar"], text);
    assert!(mended.code == 0 && !mended.err.contains("near"), "{mended:?}");
}

#[test]
fn each_watch_that_found_nothing_says_why_though_others_found() {
    let desk = Program::new("");
    let text = "Trump met in Helsinki Lavrov";
    let flags = ["try", "--term", "Helsinki", "--query", "Trump NEAR/1 Lavrov", "--query", "=TRUMP", "--term", "Oslo"];
    let tried = desk.run_with(&flags, text);
    assert_eq!(tried.code, 0, "{tried:?}");
    for said in ["3 words apart at the nearest (NEAR/3)", "=TRUMP: not as written (`=`): Trump in the body"] {
        assert!(tried.err.contains(said), "{said}: {tried:?}");
    }
    assert!(!tried.err.contains("Oslo") && !tried.err.contains("near  Helsinki"), "{tried:?}");
    // Scripts read hits alone.
    let json = desk.run_with(&[&flags[..], &["--json"]].concat(), text);
    assert_eq!((json.records().len(), json.err.as_str()), (1, ""), "{json:?}");
}

#[test]
fn of_a_feed_the_item_is_named_where_it_came_nearest() {
    let desk = Program::new("[[watch]]\nname = \"quiet\"\nterms = [\"Helsinki\"]\nexclude = [\"football\"]\n");
    let item =
        |id: &str, title: &str| format!("<item><guid isPermaLink='false'>{id}</guid><title>{title}</title></item>");
    let items = [item("far", "Paris"), item("typo", "In Helsniki"), item("vetoed", "Football in Helsinki")].concat();
    let feed = format!("<rss version='2.0'><channel><title>n</title>{items}</channel></rss>");
    std::fs::write(desk.path("feed.xml"), feed).unwrap();
    let tried = desk.run(&["try", "-c", "feedwatch.toml", "feed.xml"]);
    assert_eq!(tried.code, 1, "{tried:?}");
    let near: Vec<&str> = tried.err.lines().filter(|l| l.contains("near  ")).collect();
    assert!(near[0].contains("`exclude` vetoes: Football in the title, of vetoed"), "{near:?}");
    assert!(near[1].contains("Helsniki in the title (one letter away), of typo"), "{near:?}");
    assert_eq!(near.len(), 2);
}
