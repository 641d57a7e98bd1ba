//! Documents and what is read in them: formats, tolerance, and what hostile ones may not do.

use feedwatch::model::Item;
use feedwatch::parser::{Document, Limits, NotAFeed, ParsedFeed, parse};

fn bytes(bytes: &[u8]) -> Result<ParsedFeed, NotAFeed> {
    parse(Document { bytes, content_type: None, base: None }, Limits::default())
}

fn feed(text: &str) -> ParsedFeed {
    bytes(text.as_bytes()).unwrap_or_else(|error| panic!("{}: {text}", error.reason))
}

/// A feed of RSS 2.0 around one item.
fn rss(item: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>t</title><link>http://feeds.example/</link>{item}</channel></rss>"
    )
}

fn item(inner: &str) -> Item {
    feed(&rss(&format!("<item>{inner}</item>"))).items.remove(0)
}

fn entry(inner: &str) -> Item {
    feed(&format!("<feed xmlns=\"http://www.w3.org/2005/Atom\"><entry>{inner}</entry></feed>")).items.remove(0)
}

fn titles(feed: &ParsedFeed) -> Vec<&str> {
    feed.items.iter().map(|item| item.text.title.as_str()).collect()
}

fn reason(document: &[u8]) -> String {
    bytes(document).expect_err("no feed").reason
}

#[test]
fn each_format_is_known_by_its_name() {
    let rdf = "xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"";
    for (document, format) in [
        ("<rss version=\"2.0\"><channel/></rss>".to_owned(), "rss2.0"),
        ("<rss version=\"2.0.1\"><channel/></rss>".into(), "rss2.0"),
        ("<rss><channel/></rss>".into(), "rss2.0"),
        ("<RSS VERSION=\"0.91\"><CHANNEL/></RSS>".into(), "rss0.91"),
        ("<rss version=\"0.92 \"><channel/></rss>".into(), "rss0.92"),
        ("<rss version=\"0.93\"><channel/></rss>".into(), "rss0.93"),
        ("<rss version=\"0.94\"><channel/></rss>".into(), "rss0.94"),
        (format!("<rdf:RDF {rdf} xmlns=\"http://my.netscape.com/rdf/simple/0.9/\"><channel/></rdf:RDF>"), "rss0.9"),
        (format!("<rdf:RDF {rdf} xmlns=\"http://purl.org/rss/1.0/\"><channel/></rdf:RDF>"), "rss1.0"),
        ("<feed xmlns=\"http://www.w3.org/2005/Atom\"/>".into(), "atom1.0"),
        ("<feed version=\"0.3\" xmlns=\"http://purl.org/atom/ns#\"/>".into(), "atom0.3"),
        ("{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[]}".into(), "json1.0"),
        ("{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[]}".into(), "json1.1"),
    ] {
        assert_eq!(feed(&document).format, format, "{document}");
    }
}

#[test]
fn an_item_of_rss_is_read_whole() {
    let feed = feed(
        r#"<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
        <channel><title>Tea &amp; Trade</title><link>http://tea.example.org/</link><language>en-GB</language>
        <lastBuildDate>Tue, 03 Feb 2026 15:00:00 GMT</lastBuildDate>
        <item><title>One &lt;b&gt;bold&lt;/b&gt; cup &amp;amp; saucer</title><link>/cups/1</link><guid isPermaLink="false">cup-1</guid>
        <description>&lt;p&gt;First   line.&lt;/p&gt;&lt;p&gt;Second&amp;nbsp;line.&lt;/p&gt;</description>
        <content:encoded><![CDATA[<h1>All</h1> of <i>it</i>]]></content:encoded>
        <author>a@b.example (Ann)</author><dc:creator>Bob</dc:creator><category>cups</category><category>saucers</category>
        <pubDate>Tue, 03 Feb 2026 14:05:06 +0200</pubDate><dc:date>2026-02-04</dc:date>
        <enclosure url="/a.mp3" length="12" type="audio/mpeg"/></item></channel></rss>"#,
    );
    assert_eq!((feed.title.as_str(), feed.link.as_deref()), ("Tea & Trade", Some("http://tea.example.org/")));
    assert_eq!(feed.language.as_deref(), Some("en-gb"));
    assert_eq!(feed.updated.expect("a date").to_string(), "2026-02-03T15:00:00Z");
    let item = &feed.items[0];
    assert_eq!(item.text.title, "One bold cup & saucer");
    assert_eq!(item.text.summary, "First line.\nSecond line.");
    assert_eq!(item.text.body, "All\nof it");
    assert_eq!((item.guid.as_deref(), item.link.as_deref()), (Some("cup-1"), Some("http://tea.example.org/cups/1")));
    assert_eq!(
        (item.authors.clone(), item.categories.clone()),
        (vec!["Ann".into(), "Bob".into()], vec!["cups".into(), "saucers".into()])
    );
    assert_eq!(item.published.expect("a date").to_string(), "2026-02-03T12:05:06Z");
    assert_eq!(item.updated.expect("a date").to_string(), "2026-02-04T00:00:00Z");
    let enclosure = &item.enclosures[0];
    assert_eq!(
        (enclosure.url.as_str(), enclosure.media_type.as_deref(), enclosure.length),
        ("http://tea.example.org/a.mp3", Some("audio/mpeg"), Some(12))
    );
    assert_eq!(item.language.as_deref(), Some("en-gb"));
}

#[test]
fn an_entry_of_atom_is_read_whole() {
    let feed = feed(
        r#"<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de" xml:base="http://atom.example.org/blog/"><title>Atome</title>
        <link rel="self" href="feed.xml"/><link href="."/><updated>2026-01-02T03:04:05Z</updated>
        <entry xml:lang="fr"><title type="html">Kern &amp;amp; &lt;i&gt;Spalt&lt;/i&gt;</title><id>urn:e:1</id>
        <link rel="enclosure" href="a.mp3" type="audio/mpeg" length="7"/><link rel="alternate" type="application/pdf" href="1.pdf"/><link href="1.html"/>
        <published>2026-01-01T00:00:00Z</published><updated>2026-01-02T04:04:05+01:00</updated>
        <author><name>Lise M.</name><email>l@example.org</email></author><category term="t" label="Label"/><category term="u"/>
        <summary>1 &lt; 2 &amp; so on</summary>
        <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Lang &amp; <b>breit</b>.</p><p>Ende &lt;br&gt;</p></div></content></entry>
        <entry><title type="text">plain</title></entry></feed>"#,
    );
    assert_eq!((feed.link.as_deref(), feed.language.as_deref()), (Some("http://atom.example.org/blog/"), Some("de")));
    let item = &feed.items[0];
    assert_eq!(item.text.title, "Kern & Spalt");
    assert_eq!(item.text.summary, "1 < 2 & so on");
    assert_eq!(item.text.body, "Lang & breit.\nEnde");
    assert_eq!(
        (item.guid.as_deref(), item.link.as_deref()),
        (Some("urn:e:1"), Some("http://atom.example.org/blog/1.html"))
    );
    assert_eq!(
        (item.authors.clone(), item.categories.clone()),
        (vec!["Lise M.".into()], vec!["Label".into(), "u".into()])
    );
    assert_eq!(item.published.expect("a date").to_string(), "2026-01-01T00:00:00Z");
    assert_eq!(item.updated.expect("a date").to_string(), "2026-01-02T03:04:05Z");
    assert_eq!(item.enclosures[0].url, "http://atom.example.org/blog/a.mp3");
    assert_eq!((item.language.as_deref(), feed.items[1].language.as_deref()), (Some("fr"), Some("de")));
}

#[test]
fn an_item_of_json_feed_is_read_whole() {
    let feed = feed(
        r#"{"version":"https://jsonfeed.org/version/1.1","title":"J <3","home_page_url":"https://j.example/","feed_url":"https://j.example/feed.json",
        "language":"en-US","items":[{"id":7,"url":"/7","title":"a < b","summary":"S\nT","content_html":"<p>x</p><p>y</p>","date_published":"2026-02-03T14:05:06+02:00",
        "date_modified":"2026-02-04","authors":[{"name":"Ann"}],"author":{"name":"Bob"},"tags":["x",1],"language":"fi","_ext":[[[[1]]]],
        "attachments":[{"url":"https://j.example/a.mp3","mime_type":"audio/mpeg","size_in_bytes":9}]}, null, {"id":"8","content_text":"plain <b>","external_url":"https://e.example/"}]}"#,
    );
    assert_eq!((feed.title.as_str(), feed.link.as_deref(), feed.items.len()), ("J <3", Some("https://j.example/"), 2));
    let item = &feed.items[0];
    assert_eq!((item.guid.as_deref(), item.link.as_deref()), (Some("7"), Some("https://j.example/7")));
    assert_eq!(
        (item.text.title.as_str(), item.text.summary.as_str(), item.text.body.as_str()),
        ("a < b", "S\nT", "x\ny")
    );
    assert_eq!(item.published.expect("a date").to_string(), "2026-02-03T12:05:06Z");
    assert_eq!(
        (item.authors.clone(), item.categories.clone()),
        (vec!["Ann".into(), "Bob".into()], vec!["x".into(), "1".into()])
    );
    assert_eq!((item.language.as_deref(), item.enclosures[0].length), (Some("fi"), Some(9)));
    assert_eq!(
        (feed.items[1].link.as_deref(), feed.items[1].text.body.as_str()),
        (Some("https://e.example/"), "plain <b>")
    );
}

#[test]
fn rss_1_knows_its_items_by_their_address_and_date() {
    let feed = feed(
        r#"<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/">
        <channel rdf:about="http://r.example/"><title>R</title><link>http://r.example/</link></channel>
        <image><title>not the feed's</title><url>http://r.example/i.png</url></image>
        <item rdf:about="http://r.example/1"><title>One</title><link>http://r.example/one</link><dc:date>2026-02-03T14:05Z</dc:date><dc:subject>s</dc:subject></item></rdf:RDF>"#,
    );
    let item = &feed.items[0];
    assert_eq!((feed.title.as_str(), item.guid.as_deref()), ("R", Some("http://r.example/1")));
    assert_eq!((item.published.expect("a date").to_string().as_str(), item.updated), ("2026-02-03T14:05:00Z", None));
    assert_eq!(item.categories, ["s"]);
}

#[test]
fn a_guid_stands_in_for_a_missing_link_only_when_it_may() {
    for (inner, link) in [
        ("<guid>http://feeds.example/1</guid>", Some("http://feeds.example/1")),
        ("<guid isPermaLink=\"true\">/1</guid>", Some("http://feeds.example/1")),
        ("<guid isPermaLink=\"false\">http://feeds.example/1</guid>", None),
        ("<guid>tag:1</guid>", None),
        ("<guid>http://feeds.example/1</guid><link>http://feeds.example/2</link>", Some("http://feeds.example/2")),
        ("<link> </link><guid>http://feeds.example/1</guid>", Some("http://feeds.example/1")),
    ] {
        assert_eq!(item(inner).link.as_deref(), link, "{inner}");
    }
}

#[test]
fn other_namespaces_fill_what_is_missing_and_no_more() {
    for (inner, title) in [
        ("<media:title>m</media:title>", "m"),
        ("<media:title>m</media:title><title>t</title>", "t"),
        ("<dc:title>d</dc:title>", "d"),
        ("<title>t</title><source><title>s</title></source>", "t"),
        ("<image><title>i</title></image><title>t</title>", "t"),
        ("<media:group><media:title>g</media:title></media:group>", "g"),
    ] {
        assert_eq!(item(inner).text.title, title, "{inner}");
    }
    assert_eq!(item("<content:encoded>undeclared</content:encoded>").text.body, "undeclared");
    assert_eq!(entry("<media:description>m</media:description>").text.summary, "m");
    let media = item(
        "<media:group><media:content url=\"http://feeds.example/v.mp4\" type=\"video/mp4\" fileSize=\"3\"/></media:group>",
    );
    assert_eq!((media.enclosures[0].url.as_str(), media.enclosures[0].length), ("http://feeds.example/v.mp4", Some(3)));
}

#[test]
fn broken_documents_give_what_is_in_them() {
    let two = |first: &str| titles(&feed(&rss(&format!("{first}<item><title>two</title></item>")))).join("|");
    for (first, expected) in [
        ("<item><title>A & B</title></item>", "A & B|two"),
        ("<item><title>A&nbsp;B &mdash; C</title></item>", "A B — C|two"),
        ("<item><title>one</titel></item>", "one|two"),
        ("<item><title>one</title><p>stray</item>", "one|two"),
        ("<item><title>one</title><link>http://a.example/?a=1&b=2</link></item>", "one|two"),
        ("<item><title>one", "one|two"),
        ("<item><title>one</title>", "one|two"),
        ("<item><title>one <link>http://a.example/</link></item>", "one|two"),
        ("<item><title>1 < 2 <3</title></item>", "1 < 2 <3|two"),
        ("<item><title>x <i>y</i> z</title></item>", "x y z|two"),
        ("<item attr=\"x\"\"><title>one</title></item>", "one|two"),
        ("</channel></rss><item><title>after the end</title></item>", "after the end|two"),
        ("<item><title><![CDATA[one]]></title><description><p>un<b>escaped</b></p></description></item>", "one|two"),
        ("<ITEM><TITLE>one</TITLE></ITEM>", "one|two"),
        ("<foo:item><title>not ours</title></foo:item>", "two"),
    ] {
        assert_eq!(two(first), expected, "{first}");
    }
    assert_eq!(
        titles(&feed("junk before\n<rss version='2.0'><channel><item><title>x</title></item></channel></rss>")),
        ["x"]
    );
    assert_eq!(
        titles(&feed("<rss xmlns='http://example.org/mine'><channel><item><title>x</title></item></channel></rss>")),
        ["x"]
    );
    assert_eq!(item("<description><p>un<b>escaped</b> &amp; so</p></description>").text.summary, "unescaped & so");
}

#[test]
fn entities_that_a_document_defines_are_read() {
    let feed = feed(
        "<!DOCTYPE rss [<!ENTITY co \"Tea &amp; Co\">]><rss version=\"2.0\"><channel><item><title>&co;, again &co;</title></item></channel></rss>",
    );
    assert_eq!(titles(&feed), ["Tea & Co, again Tea & Co"]);
}

#[test]
fn what_is_no_feed_says_what_it_is() {
    assert_eq!(reason(b""), "the document is empty");
    assert_eq!(reason(b" \n"), "the document is empty");
    assert_eq!(reason(b"just some words"), "this is plain text, not a feed");
    assert_eq!(reason(&b"\x00\x01\x02".repeat(400)), "this is binary data, not a feed");
    assert_eq!(reason(b"%PDF-1.7 <x>"), "this is a PDF document, not a feed");
    assert!(reason(b"{\"version\": 3}").contains("no JSON Feed"));
    assert!(reason(b"{\"items\": [{\"id\": 1, \"name\": \"x\"}]}").contains("no JSON Feed"));
    assert!(reason(b"{\"version\": ").contains("cannot be read"));
    assert_eq!(reason(b"<opml version=\"2.0\"/>"), "this is XML whose first element is `opml`, not a feed");
    assert_eq!(
        reason(b"<html><body><p>no feed</p></body></html>"),
        "this is a web page, not a feed, and it links to none"
    );
    let page = b"<!doctype html><html><head><link rel='stylesheet' href='a.css'><link rel=\"alternate\" type=\"application/rss+xml\" href=\"/f?a=1&amp;b=2\">";
    let document = Document { bytes: page, content_type: Some("text/html"), base: Some("https://example.org/news/") };
    let error = parse(document, Limits::default()).expect_err("a page");
    assert_eq!(error.reason, "this is a web page, not a feed; the feed it links to is https://example.org/f?a=1&b=2");
}

#[test]
fn limits_act_while_reading() {
    let document =
        rss(&(0..50).map(|n| format!("<item><title>{n} {}</title></item>", "ä".repeat(50))).collect::<String>());
    let limits = Limits { items: 7, field_bytes: 20 };
    for document in [document.clone(), document.replace("<rss ", "<rss odd ")] {
        let feed =
            parse(Document { bytes: document.as_bytes(), content_type: None, base: None }, limits).expect("a feed");
        assert_eq!((feed.items.len(), feed.left_out, feed.cut_fields), (7, 43, 7));
        assert_eq!(feed.items[0].text.title, format!("0 {}", "ä".repeat(9)));
    }
    let json = format!(
        "{{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[{}]}}",
        vec!["{\"id\":\"1\"}"; 50].join(",")
    );
    let feed = parse(Document { bytes: json.as_bytes(), content_type: None, base: None }, limits).expect("a feed");
    assert_eq!((feed.items.len(), feed.left_out), (7, 43));
}

// Attacks by their ids: what a hostile document may not do.

#[test]
fn fb_09_gzip_without_its_header_is_named() {
    assert!(reason(&[0x1F, 0x8B, 8, 0, 0, 0]).contains("gzip"));
}

#[test]
fn fb_10_to_13_no_entity_blows_up_or_leads_elsewhere() {
    let levels: String =
        (1..10).map(|n| format!("<!ENTITY a{n} \"{}\">", format!("&a{};", n - 1).repeat(10))).collect();
    let laughs = format!(
        "<!DOCTYPE rss [<!ENTITY a0 \"ha\">{levels}]>{}",
        "<rss><channel><item><title>&a9;</title></item></channel></rss>"
    );
    assert_eq!(titles(&feed(&laughs)), ["&a9;"]);
    let big = format!("<!DOCTYPE rss [<!ENTITY q \"{}\"><!ENTITY r \"{}\">]>", "q".repeat(100_000), "r".repeat(1000));
    let named = format!(
        "{big}<rss><channel><item><title>{}</title><description>{}</description></item></channel></rss>",
        "&q;",
        "&r;".repeat(5000)
    );
    let feed = feed(&named);
    assert_eq!(titles(&feed), ["&q;"]);
    assert!(feed.items[0].text.summary.len() < 200_000);
    for subset in
        ["<!ENTITY x SYSTEM \"file:///etc/hostname\">", "<!ENTITY % p SYSTEM \"http://127.0.0.1:9/x.dtd\">%p;"]
    {
        let text =
            format!("<!DOCTYPE rss [{subset}]><rss><channel><item><title>host: &x;</title></item></channel></rss>");
        assert_eq!(titles(&self::feed(&text)), ["host: &x;"]);
    }
}

#[test]
fn fb_14_and_15_nothing_is_included() {
    let text = format!(
        "<?xml-stylesheet href=\"http://127.0.0.1:9/x.xsl\"?>{}",
        rss("<item><title>x</title><xi:include href=\"file:///etc/hostname\"/></item>")
            .split_once("?>")
            .expect("a declaration")
            .1
    );
    let feed = feed(&text);
    assert_eq!((titles(&feed), feed.items[0].text.summary.as_str()), (vec!["x"], ""));
}

#[test]
fn fb_16_to_18_depth_costs_nothing() {
    for deep in [
        format!("<description>{}</description>", "<a>".repeat(200_000)),
        format!("<x>{}</x>", "<a>".repeat(200_000)),
        format!("<description>{}x</description>", "&lt;div&gt;".repeat(100_000)),
    ] {
        assert_eq!(
            titles(&feed(&rss(&format!("<item><title>one</title>{deep}</item><item><title>two</title></item>")))),
            ["one", "two"]
        );
    }
    let arrays = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let json = |key: &str| {
        format!(
            "{{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[{{\"id\":\"1\",\"title\":\"x\",\"{key}\":{arrays}}}]}}"
        )
    };
    assert_eq!(titles(&feed(&json("_ext"))), ["x"]);
    assert!(reason(json("tags").as_bytes()).contains("recursion limit"));
}

#[test]
fn fb_19_20_and_44_attributes_and_namespaces_cost_what_they_measure() {
    let many: String = (0..100_000).map(|n| format!(" a{n}=\"{n}\"")).collect();
    let spaces: String = (0..50_000).map(|n| format!(" xmlns:n{n}=\"http://n{n}.example/\"")).collect();
    let huge = format!(" a=\"{}\"", "x".repeat(4_000_000));
    for attributes in [many, spaces, huge] {
        assert_eq!(titles(&feed(&rss(&format!("<item{attributes}><title>x</title></item>")))), ["x"]);
    }
    // Known by its namespace, whatever the prefix.
    let text = "<rss xmlns:content=\"http://elsewhere.example/\" xmlns:z=\"http://purl.org/rss/1.0/modules/content/\"><channel><item><z:encoded>body</z:encoded></item></channel></rss>";
    assert_eq!(feed(text).items[0].text.body, "body");
}

#[test]
fn fb_23_and_32_a_cut_document_gives_the_items_that_are_whole() {
    let whole = "<item><title>one</title></item><item><title>two</title></item>";
    for rest in [
        "<item><title>three and ha",
        "<item><title>three</title><link>http://a.example/",
        "<!-- never closed ",
        "<item><description><![CDATA[x",
    ] {
        let text = format!("<rss version=\"2.0\"><channel>{whole}{rest}");
        assert_eq!(titles(&feed(&text)), ["one", "two"], "{rest}");
    }
}

#[test]
fn fb_24_to_31_no_charset_smuggles_anything_in() {
    let title = |title: &[u8]| {
        let document = [
            b"<?xml version=\"1.0\" encoding=\"utf-8\"?><rss><channel><item><title>",
            title,
            b"</title></item></channel></rss>",
        ]
        .concat();
        bytes(&document).expect("a feed").items.remove(0).text.title
    };
    assert!(title(b"Helsinki \xFF\xFE \xE2\x82 talks").starts_with("Helsinki "));
    assert!(!title(b"\xC0\xBCscript>").contains('<'));
    assert_eq!(title(b"Hel\0sinki"), "Helsinki");
    assert_eq!(title(b"&#0;&#x1b;[31m&#xD800;&#x110000;&#xFFFFFFFF;x"), "[31m\u{FFFD}\u{FFFD}\u{FFFD}x");
    assert_eq!(title(b"+ADw-script+AD4-"), "+ADw-script+AD4-");
}

#[test]
fn fb_35_and_36_a_blank_guid_is_none_and_a_huge_one_has_an_end() {
    assert_eq!(item("<guid> \u{a0}\n</guid>").guid, None);
    let huge = item(&format!("<guid>{}</guid>", "ä".repeat(1_000_000))).guid.expect("a guid");
    assert!(huge.len() <= Limits::default().field_bytes);
}

#[test]
fn fb_38_dates_out_of_range_are_none() {
    for date in ["0000-01-01", "-44-03-15", "275760-09-13T00:00:00Z", "NaN", "32 January 2026", "99999999999999", ""] {
        let item = item(&format!("<title>x</title><pubDate>{date}</pubDate>"));
        assert_eq!((item.text.title.as_str(), item.published), ("x", None), "{date}");
    }
    assert_eq!(
        item("<pubDate>9999-12-31T23:59:59Z</pubDate>").published.expect("a date").to_string(),
        "9999-12-31T23:59:59Z"
    );
}

#[test]
fn fb_40_odd_json_is_read_or_refused_with_a_reason() {
    let odd = r#"{"version":"https://jsonfeed.org/version/1","title":"a","title":"b","items":[{"id":"1","title":"Helsinki \ud800 x","content_text":"y","_n":1e999,"_m":NaN}]}"#;
    assert_eq!(titles(&feed(odd)), ["Helsinki \u{FFFD} x"]);
}

#[test]
fn fb_45_links_lead_to_the_web_alone() {
    let mut dropped = 0;
    for (link, expected) in [
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("file:///etc/passwd", None),
        ("vbscript:x", None),
        ("//evil.example/x", Some("http://evil.example/x")),
        ("http://user:secret@feeds.example/x", Some("http://feeds.example/x")),
    ] {
        for item in [
            format!("<item><link>{link}</link></item>"),
            format!("<item xml:base=\"javascript:x\"><link>{link}</link></item>"),
        ] {
            let feed = feed(&rss(&item));
            assert_eq!(feed.items[0].link.as_deref(), expected, "{item}");
            dropped += feed.dropped_links;
        }
    }
    assert_eq!(dropped, 8);
}

#[test]
fn what_a_feed_says_of_itself_is_read_in_each_format() {
    let rss = feed(
        r#"<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel><title>t</title>
        <link>http://a.example/</link><atom:link rel="self" href="http://a.example/f"/><atom:link rel="hub" href="https://hub.example/"/>
        <atom:link rel="hub" href="javascript:alert(1)"/><ttl>90</ttl><skipHours><hour>1</hour><hour>24</hour></skipHours><skipDays><day>Sunday</day></skipDays>
        <sy:updatePeriod>hourly</sy:updatePeriod><cloud domain="rpc.example" port="80" path="/RPC2" registerProcedure="pingMe" protocol="XML-RPC"/>
        <item><title>x</title></item></channel></rss>"#,
    );
    let hints = rss.hints;
    assert_eq!((hints.interval, hints.skip_hours, hints.skip_days), (Some(5400), vec![0, 1], vec![6]));
    assert_eq!(
        (hints.itself.as_deref(), hints.hubs),
        (Some("http://a.example/f"), vec!["https://hub.example/".into()])
    );
    let cloud = hints.cloud.expect("a cloud");
    assert_eq!((cloud.domain.as_str(), cloud.port, cloud.path.as_str()), ("rpc.example", 80, "/RPC2"));
    assert_eq!((cloud.procedure.as_str(), cloud.protocol.as_str()), ("pingMe", "xml-rpc"));
    let rdf = feed(
        r#"<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
        <channel rdf:about="x"><title>t</title><sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency></channel>
        <item><title>x & y</title></item></rdf:RDF>"#,
    );
    assert_eq!(rdf.hints.interval, Some(6 * 3600));
    let json = feed(
        r#"{"version":"https://jsonfeed.org/version/1.1","feed_url":"https://j.example/f","hubs":[{"type":"rssCloud","url":"https://c.example/"},
        {"type":"WebSub","url":"https://hub.example/"}],"authors":[{"name":"Ann"}],"items":[{"id":"1","content_text":"x"},{"id":"2","author":{"name":"Bob"}}]}"#,
    );
    assert_eq!(json.hints.itself.as_deref(), Some("https://j.example/f"));
    assert_eq!(json.hints.hubs, ["https://hub.example/"]);
    assert_eq!([&json.items[0].authors, &json.items[1].authors], [&["Ann"], &["Bob"]]);
}

#[test]
fn an_entry_without_authors_has_those_of_its_feed() {
    for damage in ["", "<x"] {
        let feed = feed(&format!(
            r#"<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><author><name>Ann</name></author><author><name>Bea</name></author>
            <entry><title>a</title></entry><entry><title>b</title><author><name>Cy</name></author></entry>
            <entry><title>c</title><source><title>elsewhere</title><author><name>Dan</name></author></source></entry></feed>{damage}"#
        ));
        let authors: Vec<String> = feed.items.iter().map(|item| item.authors.join("+")).collect();
        assert_eq!(authors, ["Ann+Bea", "Cy", ""]);
    }
    // RSS has editors, not authors, in its channel.
    assert!(
        feed(&rss("<managingEditor>Ann</managingEditor><item><title>x</title></item>")).items[0].authors.is_empty()
    );
}

#[test]
fn a_text_about_markup_is_not_taken_for_markup() {
    for (inner, title) in [
        ("<title>What &amp;lt;b&amp;gt; does</title>", "What <b> does"),
        ("<title>Vec&amp;lt;T&amp;gt; explained</title>", "Vec<T> explained"),
        ("<title>&amp;lt;b&amp;gt;Escaped&amp;lt;/b&amp;gt; twice</title>", "Escaped twice"),
        ("<title>AT&amp;amp;amp;T</title>", "AT&T"),
    ] {
        assert_eq!(item(inner).text.title, title, "{inner}");
    }
}

#[test]
fn an_item_of_a_channel_definition_leads_where_its_tag_says() {
    let channel = feed("<CHANNEL><ITEM HREF=\"http://a.example/1\"><TITLE>x</TITLE></ITEM></CHANNEL>");
    assert_eq!(channel.items[0].link.as_deref(), Some("http://a.example/1"));
}
