//! Depth, size and number without end.

use super::*;
use crate::support::smtp::SmtpServer;

/// Nothing of a document may be held more than so many times over.
const TIMES: u64 = 10;

#[test]
fn fb_10_billion_laughs() {
    let levels: String =
        (1..10).map(|n| format!("<!ENTITY a{n} \"{}\">", format!("&a{};", n - 1).repeat(10))).collect();
    let head = format!("<!DOCTYPE rss [<!ENTITY a0 \"ha\">{levels}]>");
    let outcome = Scene::new().document(document(&head, &item("1", "Helsinki &a9;", "", "")));
    outcome.tells(&["Helsinki &a9;"]);
    outcome.held_at_most(50 * MIB);
}

#[test]
fn fb_11_quadratic_blow_up() {
    let scene = Scene::new();
    let head = format!("<!DOCTYPE rss [<!ENTITY q \"{}\"><!ENTITY r \"{}\">]>", "q".repeat(100_000), "r".repeat(1000));
    let items =
        item("1", "Helsinki", &"&q;".repeat(50_000), "") + &item("2", "Helsinki too", &"&r;".repeat(50_000), "");
    let outcome = scene.document(document(&head, &items));
    outcome.tells(&["Helsinki", "Helsinki too"]);
    outcome.held_at_most(50 * MIB);
    assert!(!scene.program.store_holds("q".repeat(1001).as_bytes()), "the entity was expanded");
    // Small ones are read, as long as all of them bring little.
    assert!(!scene.program.store_holds("r".repeat(65_537).as_bytes()), "they brought more than their limit");
}

#[test]
fn fb_12_external_entity_to_a_file() {
    let scene = Scene::new();
    std::fs::write(scene.program.path("secret.txt"), "what-the-file-says").expect("writes");
    let head = format!("<!DOCTYPE rss [<!ENTITY x SYSTEM \"file://{}\">]>", scene.program.path("secret.txt").display());
    let outcome = scene.document(document(&head, &item("1", "Helsinki: &x;", "&x;", "")));
    outcome.tells(&["Helsinki: &x;"]);
    let said = format!("{:?}{}", outcome.round, scene.server.seen("/hook")[0].text());
    assert!(!said.contains("what-the-file-says") && !scene.program.store_holds(b"what-the-file-says"));
}

/// A listener that nobody should call, and its address.
fn nobody() -> (std::net::TcpListener, String) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("a socket");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    (listener, address)
}

#[track_caller]
fn was_not_called(listener: &std::net::TcpListener) {
    let called = listener.accept().err().map(|e| e.kind());
    assert_eq!(called, Some(std::io::ErrorKind::WouldBlock), "a connection was opened");
}

#[test]
fn fb_13_external_entity_to_the_network() {
    let (listener, address) = nobody();
    let head = format!(
        "<!DOCTYPE rss SYSTEM \"{address}/rss.dtd\" [<!ENTITY % p SYSTEM \"{address}/p.dtd\"> %p; <!ENTITY x SYSTEM \"{address}/x\">]>"
    );
    Scene::new().document(document(&head, &item("1", "Helsinki &x;", "", ""))).tells(&["Helsinki &x;"]);
    was_not_called(&listener);
}

#[test]
fn fb_14_xinclude() {
    let include =
        "<xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" parse=\"text\" href=\"file:///etc/hostname\"/>";
    let scene = Scene::new();
    scene.document(document("", &item("1", "Helsinki", include, include))).tells(&["Helsinki"]);
    let told: serde_json::Value = serde_json::from_slice(&scene.server.seen("/hook")[0].body).expect("JSON");
    assert!(!told.to_string().contains("hostname"), "{told}");
    std::fs::write(scene.program.path("x.xml"), document("", &item("1", "Helsinki", include, include)))
        .expect("writes");
    let parsed = scene.program.run(&["parse", "x.xml", "--json"]);
    assert_eq!((&parsed.of("item")[0]["summary"], &parsed.of("item")[0]["body"]), (&"".into(), &"".into()));
}

#[test]
fn fb_15_xml_stylesheet() {
    let (listener, address) = nobody();
    let head = format!("<?xml-stylesheet type=\"text/xsl\" href=\"{address}/x.xsl\"?>");
    Scene::new().document(document(&head, &item("1", "Helsinki", "", ""))).tells(&["Helsinki"]);
    was_not_called(&listener);
}

#[test]
fn fb_16_deep_nesting() {
    let deep = format!("{}x{}", "<a>".repeat(200_000), "</a>".repeat(200_000));
    for items in [
        item("1", "Helsinki", "", &deep),
        item("1", "Helsinki", &deep, ""),
        deep.clone() + &item("1", "Helsinki", "", ""),
    ] {
        Scene::new().document(document("", &items)).tells(&["Helsinki"]);
    }
}

#[test]
fn fb_17_deep_nesting_of_html() {
    let post = SmtpServer::start();
    let scene = Scene::with(&format!(
        "[[notifier]]\nname = \"desk\"\nkind = \"email\"\nfrom = \"feedwatch@example.org\"\nto = [\"desk@example.org\"]\n\
         smtp = {{ host = \"127.0.0.1\", port = {}, tls = \"none\" }}\n{}",
        post.port(),
        watch("mailed", &["Helsinki"], &["desk"])
    ));
    let deep = "&lt;div&gt;".repeat(100_000);
    scene
        .document(document("", &item("1", "Talks", &format!("{deep}Helsinki on Monday"), "")))
        .tells(&["Talks", "Talks"]);
    scene.server.feed("/bad.xml", document("", &item("1", "Talks", &format!("{deep}Helsinki on {deep}Tuesday"), "")));
    let edited = scene.program.once().of("alert");
    assert_eq!(edited.len(), 2);
    assert!(edited.iter().all(|alert| alert["kind"] == "edited" && alert["diff"].is_array()), "{edited:?}");
    let mails = post.accepted();
    assert_eq!(mails.len(), 3, "the healthy feed's, the new item, its edit");
    assert!(mails.iter().all(|mail| !mail.text().contains("<div><div>")));
}

#[test]
fn fb_18_deep_nesting_of_json() {
    let arrays = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let json = |key: &str| {
        format!(
            "{{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"t\",\"items\":[{{\"id\":\"1\",\
             \"content_text\":\"Helsinki\",\"{key}\":{arrays}}}]}}"
        )
    };
    Scene::new().document(json("_x")).tells(&[""]);
    Scene::new().document(json("tags")).is_failure("recursion limit");
}

#[test]
fn fb_19_huge_attribute() {
    // Beyond the limit of a document it is refused; below it costs some times its size.
    let enclosure = |bytes: usize| {
        let url = "url=\"http://feeds.example/a\" length=\"1\"";
        item("1", "Helsinki", "", &format!("<enclosure type=\"{}\" {url}/>", "a".repeat(bytes)))
    };
    let outcome = Scene::new().document(document("", &enclosure(32 << 20)));
    outcome.is_failure("body larger than 16 MiB");
    outcome.held_at_most(100 * MIB);
    let outcome = Scene::new().document(document("", &enclosure(8 << 20)));
    outcome.tells(&["Helsinki"]);
    outcome.held_at_most(TIMES * 8 * MIB);
}

#[test]
fn fb_20_a_million_attributes() {
    let many: String = (0..200_000).map(|n| format!(" a{n}=\"\"")).collect();
    let scene = Scene::new();
    scene.document(document("", &item("1", "Helsinki", "", &format!("<x{many}/>")))).tells(&["Helsinki"]);
    let items = format!("<item{many}><guid>2</guid><title>Helsinki two</title></item>");
    scene.server.feed("/bad.xml", document("", &items));
    assert_eq!(scene.program.once().titles(), ["Helsinki two"]);
}

#[test]
fn fb_21_a_million_items() {
    let items: String =
        (0..60_000).map(|n| format!("<item><guid>{n}</guid><title>Helsinki {n}</title></item>")).collect();
    let scene = Scene::new();
    let outcome = scene.document(document("", &items));
    assert_eq!((outcome.titles.len(), outcome.items), (5000, 5000));
    let said = "55000 items beyond the limit of a document were left out";
    assert_eq!(outcome.round.err.matches(said).count(), 1, "{}", outcome.round.err);
    // One message of the flood, one of the other feed.
    let told: Vec<serde_json::Value> =
        scene.server.seen("/hook").iter().map(|r| serde_json::from_slice(&r.body).expect("JSON")).collect();
    let digests: Vec<_> = told.iter().filter(|t| t["type"] == "feedwatch.digest").collect();
    assert_eq!((told.len(), digests.len()), (2, 1));
    assert_eq!(digests[0]["data"]["alerts"].as_array().expect("alerts").len(), 5000);
}

#[test]
fn fb_22_huge_title() {
    const FIELD: usize = 512 << 10;
    let scene = Scene::new();
    let title = format!("Helsinki a{} Helsinki-late", "ä".repeat(2 << 20));
    let outcome = scene.document(document("", &item("1", &title, "", "")));
    let kept = &outcome.titles[0];
    assert!(kept.starts_with("Helsinki aä") && kept.ends_with('ä') && kept.len() <= FIELD && kept.len() > FIELD - 4);
    assert_eq!(outcome.round.err.matches("1 text was cut at the limit of a field").count(), 1, "{}", outcome.round.err);
    assert_eq!(outcome.round.of("alert").iter().filter(|a| a["feed"] == "bad").count(), 1);
    std::fs::write(scene.program.path("x.xml"), document("", &item("1", &title, "", ""))).expect("writes");
    let parsed = scene.program.run(&["parse", "x.xml", "--json"]);
    assert_eq!(parsed.of("feed")[0]["cut_fields"], 1);
}

#[test]
fn fb_23_endless_comment() {
    let endless = |bytes: usize| {
        let open = document("", &item("1", "Helsinki", "", ""));
        open.replace("</channel></rss>", &format!("<!-- {}", "x".repeat(bytes)))
    };
    Scene::new().document(endless(8 << 20)).tells(&["Helsinki"]);
    Scene::new().document(endless(20 << 20)).is_failure("body larger than 16 MiB");
}

#[test]
fn fb_41_normalisation_bomb() {
    let text = format!("{} Helsinki", "\u{fdfa}".repeat((480 << 10) / 3));
    let scene = Scene::new();
    let outcome = scene.document(document("", &item("1", "Talks", &text, "")));
    outcome.tells(&["Talks"]);
    outcome.held_at_most(200 * MIB);
    let alert = outcome.round.of("alert").into_iter().find(|a| a["feed"] == "bad").expect("an alert");
    let span = |end: &str| usize::try_from(alert["hits"][0][end].as_u64().expect("a number")).expect("small");
    assert_eq!(&text[span("start")..span("end")], "Helsinki");
}

#[test]
fn fb_42_combining_marks() {
    let letter = format!("H{} ", "\u{301}\u{323}".repeat(5_000));
    let text = format!("{}Helsinki", letter.repeat(20));
    let scene = Scene::new();
    scene.document(document("", &item("1", "Talks", &text, ""))).tells(&["Talks"]);
    // In a title, which is cut and shown everywhere.
    scene.server.feed("/bad.xml", document("", &item("2", &format!("Helsinki {text}"), "", "")));
    let round = scene.program.once();
    assert_eq!(round.of("alert").len(), 1);
    let listed = scene.program.run(&["alerts", "list"]);
    assert_eq!(listed.code, 0);
    // All of it beyond the limit of a document.
    let whole = letter.repeat(1000);
    Scene::new().document(document("", &item("1", "Talks", &whole, ""))).is_failure("body larger than 16 MiB");
}

#[test]
fn fb_43_one_endless_word() {
    let items = item("1", "Helsinki", &"กขคงจ".repeat(350_000), "")
        + &item("2", "Helsinki too", &"a".repeat(5_000_000), "")
        + &item("3", &format!("Helsinki {}", "ก".repeat(100_000)), "", "");
    let size = items.len() as u64;
    let outcome = Scene::new().document(document("", &items));
    assert_eq!(outcome.titles[..2], ["Helsinki", "Helsinki too"]);
    assert_eq!(outcome.titles.len(), 3);
    outcome.held_at_most(TIMES * size);
}

#[test]
fn fb_44_hostile_namespaces() {
    let many: String = (0..100_000).map(|n| format!(" xmlns:n{n}=\"urn:{}\"", n % 7)).collect();
    let inside = format!("<x xmlns:rss=\"http://www.w3.org/2005/Atom\"{many}>{}</x>", item("1", "Helsinki", "", ""));
    let undeclared = "<nope:item><nope:title>Helsinki of nobody</nope:title></nope:item>";
    let by_address = "<rss xmlns:z=\"http://purl.org/rss/1.0/modules/content/\"/>";
    let body = "<z:encoded xmlns:z=\"http://purl.org/rss/1.0/modules/content/\">Helsinki by its address</z:encoded>";
    let items = inside + undeclared + by_address + &item("2", "two", "", body);
    Scene::new().document(document("", &items)).tells(&["Helsinki", "two"]);
}
