//! Charsets, references, identities, dates and links that are not what they seem.

use super::*;

/// The title of a document's one item, its bytes as they stand.
fn title_of(bytes: &[u8]) -> String {
    let outcome = Scene::new().document(bytes_in("", bytes));
    assert_eq!(outcome.titles.len(), 1, "{outcome:?}");
    outcome.titles[0].clone()
}

fn bytes_in(head: &str, title: &[u8]) -> Vec<u8> {
    let whole = document(head, &item("1", "@", "", ""));
    let (before, after) = whole.split_once('@').expect("a place");
    [before.as_bytes(), title, after.as_bytes()].concat()
}

#[test]
fn fb_24_invalid_utf8() {
    let scene = Scene::new();
    let outcome = scene.document(bytes_in("", b"Helsinki \xff\xfe \xd9 \xe2\x82 talks, Helsinki"));
    let title = &outcome.titles[0];
    assert!(title.starts_with("Helsinki ") && title.ends_with(" talks, Helsinki"), "{title}");
    let alert = outcome.round.of("alert").into_iter().find(|a| a["feed"] == "bad").expect("an alert");
    for hit in alert["hits"].as_array().expect("hits") {
        let span = |end: &str| usize::try_from(hit[end].as_u64().expect("a number")).expect("small");
        assert_eq!(&title[span("start")..span("end")], "Helsinki");
    }
    // Among much that is UTF-8, what is not is replaced.
    let title = title_of("Helsinki ääääääääääääääää \u{1}".as_bytes().split_last().map_or(&[][..], |(_, t)| t));
    assert_eq!(title, "Helsinki ääääääääääääääää");
    let mut mixed = "Helsinki ääääääääääääääää ".as_bytes().to_vec();
    mixed.extend(b"\xe2\x82 end");
    assert_eq!(title_of(&mixed), "Helsinki ääääääääääääääää \u{fffd} end");
}

#[test]
fn fb_25_overlong_utf8() {
    assert_eq!(
        title_of(b"Helsinki \xc0\xbcscript>alert(1)\xc0\xbc/script>"),
        "Helsinki \u{fffd}\u{fffd}script>alert(1)\u{fffd}\u{fffd}/script>"
    );
}

#[test]
fn fb_26_nul_bytes() {
    let scene = Scene::new();
    let nul = |text: &str| text.replace('@', "\0");
    let outcome = scene.document(document("", &nul(&item("a@b", "Hel@sinki Pom@peo", "be@hind", ""))));
    outcome.tells(&["Helsinki Pompeo"]);
    let alert = outcome.round.of("alert").into_iter().find(|a| a["feed"] == "bad").expect("an alert");
    assert_eq!(alert["item"]["key"], "ab");
    assert_eq!(scene.program.once().titles(), [""; 0], "its identity is as it was");
}

#[test]
fn fb_27_utf7() {
    let seven = document("", &item("1", "Helsinki +ADw-script+AD4-", "", "")).replace("utf-8", "utf-7");
    Scene::new().document(seven.clone()).tells(&["Helsinki +ADw-script+AD4-"]);
    let outcome = Scene::new().attack(Reply::ok(seven).header("content-type", "application/xml; charset=utf-7"));
    outcome.tells(&["Helsinki +ADw-script+AD4-"]);
}

#[test]
fn fb_28_utf16_without_a_mark() {
    let text = document("", &item("1", "Хельсинки, Helsinki", "", "")).replace("utf-8", "utf-16");
    for order in [u16::to_le_bytes, u16::to_be_bytes] {
        let wide: Vec<u8> = text.encode_utf16().flat_map(order).collect();
        Scene::new().document(wide).tells(&["Хельсинки, Helsinki"]);
    }
}

#[test]
fn fb_29_charset_quarrel() {
    let text = document("", &item("1", "Саммит в Helsinki", "", "")).replace("utf-8", "windows-1251");
    let marked = ["\u{feff}".as_bytes(), text.as_bytes()].concat();
    let reply = Reply::ok(marked).header("content-type", "text/xml; charset=iso-8859-1");
    Scene::new().attack(reply).tells(&["Саммит в Helsinki"]);
}

#[test]
fn fb_30_two_byte_order_marks() {
    let text = document("", &item("1", "\u{feff}\u{feff}Helsinki", "", ""));
    let marked = ["\u{feff}\u{feff}".as_bytes(), text.as_bytes()].concat();
    let outcome = Scene::new().document(marked);
    assert_eq!(outcome.titles.len(), 1);
    let program = Program::new("");
    let plain = ["\u{feff}\u{feff}".as_bytes(), document("", &item("1", "Helsinki", "", "")).as_bytes()].concat();
    std::fs::write(program.path("x.xml"), plain).expect("writes");
    let parsed = program.run(&["parse", "x.xml", "--json"]);
    assert_eq!(
        (&parsed.of("item")[0]["title"], &parsed.of("feed")[0]["title"]),
        (&"Helsinki".into(), &"attack".into())
    );
}

#[test]
fn fb_31_bad_character_references() {
    let references =
        ["&#0;", "&#xD800;", "&#x110000;", "&#xFFFFFFFF;", "&#x1b;[31m", "&#99999999999999999999;", "&#155;x"];
    let items: String = references
        .iter()
        .enumerate()
        .map(|(n, r)| item(&n.to_string(), &format!("Helsinki {r} talks"), "", ""))
        .collect();
    let outcome = Scene::new().document(document("", &items));
    outcome.tells(&[
        "Helsinki talks",
        "Helsinki \u{fffd} talks",
        "Helsinki \u{fffd} talks",
        "Helsinki \u{fffd} talks",
        "Helsinki [31m talks",
        "Helsinki \u{fffd} talks",
        // By the code page that HTML reads such numbers by.
        "Helsinki ›x talks",
    ]);
}

#[test]
fn fb_32_truncated_document() {
    let scene = Scene::new();
    let whole = document("", &["First", "Second", "Third"].map(|t| item(t, &format!("{t} Helsinki"), "", "")).concat());
    let (cut, _) = whole.split_once("Third Helsinki").expect("the third");
    scene.document(format!("{cut}Third Hels")).tells(&["First Helsinki", "Second Helsinki"]);
    scene.server.feed("/bad.xml", whole);
    let round = scene.program.once();
    assert_eq!(round.titles(), ["Third Helsinki"]);
    assert_eq!(round.summary()["items_edited"], 0);
}

#[test]
fn fb_33_html_instead_of_a_feed() {
    let scene = Scene::new();
    let known = document("", &item("1", "Known", "", ""));
    scene.server.feed("/bad.xml", known.clone());
    scene.program.once();
    let page = "<!DOCTYPE html><html><head><title>Helsinki: before you go on</title></head><body><p>Helsinki cookies</p></body></html>";
    scene.server.reply("/bad.xml", Reply::ok(page).header("content-type", "text/html"));
    let round = scene.program.once();
    assert!(round.err.contains("this is a web page, not a feed") && round.titles().is_empty(), "{round:?}");
    scene.server.feed("/bad.xml", known.replace("Known", "Known, now in Helsinki"));
    let alert = &scene.program.once().of("alert")[0];
    assert_eq!(alert["kind"], "edited", "it stayed known");
}

#[test]
fn fb_34_item_identifiers_that_collide() {
    let same = |titles: &[&str]| {
        let items = titles.iter().map(|t| {
            format!("<item><guid>same</guid><title>Helsinki {t}</title><link>http://feeds.example/{t}</link></item>")
        });
        document("", &items.collect::<String>())
    };
    let scene = Scene::new();
    let five = ["a", "b", "c", "d", "e"];
    scene.document(same(&five)).tells(&five.map(|t| format!("Helsinki {t}")).each_ref().map(String::as_str));
    scene.server.feed("/bad.xml", same(&["f", "e", "d", "c", "b", "a"]));
    assert_eq!(scene.program.once().titles(), ["Helsinki f"]);
    scene.server.feed("/bad.xml", same(&["g"]));
    assert_eq!(scene.program.once().titles(), ["Helsinki g"], "alone, it is still not who its guid says");
}

#[test]
fn fb_35_item_identifiers_that_are_empty_or_blank() {
    let guids = ["", " ", "\n", "\u{a0}", "0"];
    let items: String = guids
        .iter()
        .enumerate()
        .map(|(n, guid)| {
            format!("<item><guid>{guid}</guid><title>Helsinki {n}</title><link>http://feeds.example/{n}</link></item>")
        })
        .collect();
    let scene = Scene::new();
    let outcome = scene.document(document("", &items));
    outcome.tells(&["Helsinki 0", "Helsinki 1", "Helsinki 2", "Helsinki 3", "Helsinki 4"]);
    let alerts = outcome.round.of("alert");
    let mut keys: Vec<&str> =
        alerts.iter().filter(|a| a["feed"] == "bad").map(|a| a["item"]["key"].as_str().expect("a key")).collect();
    keys.sort_unstable();
    assert_eq!(keys[0], "0", "a guid of one character is one");
    assert!(keys[1..].iter().all(|key| key.contains("feeds.example")), "{keys:?}");
    assert_eq!(scene.program.once().titles(), [""; 0]);
}

#[test]
fn fb_36_huge_identifier() {
    let scene = Scene::new();
    let huge = |end: &str| document("", &item(&format!("{}{end}", "g".repeat(2 << 20)), "Helsinki", "", ""));
    let outcome = scene.document(huge(""));
    outcome.tells(&["Helsinki"]);
    let alert = outcome.round.of("alert").into_iter().find(|a| a["feed"] == "bad").expect("an alert");
    assert!(alert["item"]["key"].as_str().expect("a key").len() <= 512);
    assert_eq!(scene.program.once().titles(), [""; 0], "the same at the next poll");
    assert!(!scene.program.store_holds(&[b'g'; 4096]), "it is stored cut");
}

#[test]
fn fb_37_same_guid_in_two_feeds() {
    let scene = Scene::new();
    let same = |title: &str| document("", &format!("<item><guid>1</guid><title>Helsinki {title}</title></item>"));
    scene.server.feed("/bad.xml", same("here"));
    scene.server.feed("/good.xml", same("there"));
    let mut titles = scene.program.once().titles();
    titles.sort();
    assert_eq!(titles, ["Helsinki here", "Helsinki there"]);
}

#[test]
fn fb_38_dates_out_of_range() {
    let dates = [
        ("Sat, 01 Jan 0000 00:00:00 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", Some("9999-12-31T23:59:59Z")),
        ("-0044-03-15T00:00:00Z", None),
        ("+275760-09-13T00:00:00Z", None),
        ("NaN", None),
        ("Fri, 32 Jan 2026 00:00:00 GMT", None),
        ("99999999999999", None),
        ("", None),
        ("2026-02-29T25:61:61Z", None),
        ("1e400", None),
        ("2016-12-31T23:59:60Z", Some("2016-12-31T23:59:59Z")),
    ];
    let items: String = dates
        .iter()
        .enumerate()
        .map(|(n, (date, _))| item(&n.to_string(), &format!("Helsinki {n}"), "", &format!("<pubDate>{date}</pubDate>")))
        .collect();
    let scene = Scene::with("");
    let outcome = scene.document(document("", &items));
    assert_eq!(outcome.titles.len(), dates.len());
    for alert in outcome.round.of("alert").iter().filter(|a| a["feed"] == "bad") {
        let n: usize = alert["item"]["key"].as_str().and_then(|k| k.parse().ok()).expect("a number");
        let published = alert["item"]["published"].as_str();
        match dates[n].1 {
            None => assert_eq!(published, None, "{}", dates[n].0),
            Some(expected) => assert!(
                published.is_some_and(|p| p == expected || p == "2017-01-01T00:00:00Z"),
                "{}: {published:?}",
                dates[n].0
            ),
        }
    }
}

#[test]
fn fb_39_date_in_the_far_future() {
    let scene = Scene::new();
    let dated = |guid: &str, year: u32| {
        item(guid, &format!("Helsinki {guid}"), "", &format!("<pubDate>Thu, 01 Jan {year} 00:00:00 GMT</pubDate>"))
    };
    let future = dated("later", 2099);
    let mut titles = scene.document(document("", &(future.clone() + &dated("old", 2026)))).titles;
    titles.sort();
    assert_eq!(titles, ["Helsinki later", "Helsinki old"]);
    let today = format!(
        "<pubDate>{}</pubDate>",
        httpdate::fmt_http_date(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_790_000_000))
    );
    let real = item("now", "Helsinki now", "", &today);
    scene.server.feed("/bad.xml", document("", &(future + &real + &dated("old", 2026))));
    assert_eq!(scene.program.once().titles(), ["Helsinki now"], "once, and it hides nothing");
}

#[test]
fn fb_40_json_oddities() {
    let odd = r#"{"version":"https://jsonfeed.org/version/1.1","title":"a","title":"b","items":[{"id":"1","id":"2","title":"Helsinki \ud800 x","content_text":"y","_n":1e999,"_m":NaN}]}"#;
    Scene::new().document(odd).tells(&["Helsinki \u{fffd} x"]);
    for broken in [
        "{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[",
        "{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[}",
    ] {
        Scene::new().document(broken).is_failure("cannot be read");
    }
}

#[test]
fn fb_45_hostile_links() {
    let links = [
        ("javascript:alert(1)", None),
        ("data:text/html,&lt;script&gt;", None),
        ("file:///etc/passwd", None),
        ("vbscript:x", None),
        ("//evil.example/x", Some("http://evil.example/x")),
        ("http://user:hunter2@feeds.example/", Some("http://feeds.example/")),
        ("JaVaScRiPt&#58;alert(1)", None),
        (" \t\njavascript:alert(1)", None),
        ("http://feeds.example/ok", Some("http://feeds.example/ok")),
    ];
    let items: String = links
        .iter()
        .enumerate()
        .map(|(n, (link, _))| {
            format!(
                "<item xml:base=\"javascript:alert(1)//\"><guid isPermaLink=\"false\">{n}</guid><title>Helsinki {n}</title>\
                 <link>{link}</link></item>"
            )
        })
        .collect();
    let scene = Scene::new();
    let outcome = scene.document(document("", &items));
    for alert in outcome.round.of("alert").iter().filter(|a| a["feed"] == "bad") {
        let n: usize = alert["item"]["key"].as_str().and_then(|k| k.parse().ok()).expect("a number");
        assert_eq!(alert["item"]["link"].as_str(), links[n].1, "{}", links[n].0);
    }
    assert!(outcome.round.err.contains("6 links that lead nowhere on the web were dropped"), "{}", outcome.round.err);
    let told: String = scene.server.seen("/hook").iter().map(|r| r.text()).collect();
    assert!(!format!("{told}{:?}", outcome.round).contains("hunter2") && !scene.program.store_holds(b"hunter2"));
}
