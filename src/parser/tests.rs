//! The two readers are one, and nothing makes them stumble.

use proptest::prelude::*;
use url::Url;

use super::*;

/// Both readings of markup: by `feed-rs` if it is clean, and by the tolerant reader.
fn both(text: &str) -> (Option<ParsedFeed>, ParsedFeed) {
    let base = Url::parse("https://example.org/feed.xml").expect("a good address");
    let limits = Limits { items: 50, field_bytes: 200 };
    (clean::read(text, Some(&base), limits), reader::read(text, Some(&base), limits).feed)
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop_oneof![
            "[a-zA-Zа-яا-ي0-9 .,]{0,12}",
            prop::sample::select(vec![
                " &amp; ",
                "&lt;",
                "&gt;",
                "&lt;b&gt;",
                "&lt;/b&gt;",
                "<![CDATA[<p>x</p> & y]]>",
                "&#233;",
                "&#x41;",
                "é",
                "\n",
                "\u{a0}",
                "&amp;amp;",
                "&amp;nbsp;",
                "—",
                "日本語",
                "<!-- unsaid -->",
                "Ã¼",
                "&quot;",
            ])
            .prop_map(str::to_owned),
        ],
        0..6,
    )
    .prop_map(|parts| parts.concat())
}

/// Each element there or not there.
fn elements(choices: Vec<(&'static str, &'static str)>) -> impl Strategy<Value = String> {
    let each: Vec<_> = choices
        .into_iter()
        .map(|(start, end)| {
            prop::option::of(text()).prop_map(move |t| t.map_or(String::new(), |t| format!("{start}{t}{end}\n")))
        })
        .collect();
    (each, any::<bool>()).prop_map(|(mut parts, turned)| {
        if turned {
            parts.reverse();
        }
        parts.concat()
    })
}

fn rss() -> impl Strategy<Value = String> {
    let item = elements(vec![
        ("<title>", "</title>"),
        ("<link>https://example.com/", "</link>"),
        ("<link>", "</link>"),
        ("<description>", "</description>"),
        ("<content:encoded>", "</content:encoded>"),
        ("<guid>", "</guid>"),
        ("<guid isPermaLink=\"false\">", "</guid>"),
        ("<pubDate>Tue, 03 Feb 2026 14:05:06 CEST</pubDate><category>", "</category>"),
        ("<category domain=\"x\">", "</category>"),
        ("<author>", "</author>"),
        ("<dc:creator>", "</dc:creator>"),
        ("<enclosure url=\"http://example.org/a.mp3\" length=\"12\" type=\"audio/mpeg\"/><comments>", "</comments>"),
        ("<slash:comments>", "</slash:comments>"),
    ])
    .prop_map(|inner| format!("<item>{inner}</item>"));
    let head = elements(vec![
        ("<title>", "</title>"),
        ("<link>https://example.com/", "</link>"),
        ("<description>", "</description>"),
        ("<language>", "</language>"),
        ("<lastBuildDate>2026-01-02</lastBuildDate><copyright>", "</copyright>"),
        ("<image><title>", "</title><url>http://example.org/i.png</url></image>"),
        ("<atom:link rel=\"self\" href=\"http://example.org/f\"/><generator>", "</generator>"),
        ("<atom:link rel=\"hub\" href=\"http://hub.example.org/\"/><ttl>60</ttl><ttl>", "</ttl>"),
        (
            "<cloud domain=\"rpc.example.org\" port=\"80\" path=\"/&amp;\"/><skipHours><hour>&#51;</hour><hour>24</hour><hour>",
            "</hour></skipHours>",
        ),
        (
            "<skipDays><day>Sunday</day></skipDays><image><ttl>5</ttl></image><sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>",
            "</sy:updateFrequency>",
        ),
    ]);
    (head, prop::collection::vec(item, 0..4)).prop_map(|(head, items)| {
        format!(
            "<?xml version=\"1.0\" encoding=\"windows-1251\"?>\n<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
             xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:atom=\"http://www.w3.org/2005/Atom\" \
             xmlns:slash=\"http://purl.org/rss/1.0/modules/slash/\" xmlns:sy=\"http://purl.org/rss/1.0/modules/syndication/\"><channel>{head}{}</channel></rss>",
            items.concat()
        )
    })
}

fn atom() -> impl Strategy<Value = String> {
    let entry = elements(vec![
        ("<title>", "</title>"),
        ("<title type=\"html\">", "</title>"),
        ("<id>", "</id>"),
        ("<link href=\"/a\"/><summary>", "</summary>"),
        ("<link rel=\"enclosure\" type=\"audio/mpeg\" href=\"http://example.org/a.mp3\"/><rights>", "</rights>"),
        ("<content type=\"html\">", "</content>"),
        ("<updated>2026-02-03T14:05:06Z</updated><author><name>", "</name></author>"),
        (
            "<published>2026-02-03T14:05:06+02:00</published><category term=\"t\" label=\"l\"/><author><email>",
            "</email></author>",
        ),
    ])
    .prop_map(|inner| format!("<entry xml:lang=\"fr\">{inner}</entry>"));
    let head = elements(vec![
        ("<title>", "</title>"),
        ("<id>", "</id>"),
        ("<updated>2026-01-02T03:04:05Z</updated><subtitle>", "</subtitle>"),
        ("<link rel=\"alternate\" href=\"http://example.com/\"/><rights>", "</rights>"),
        ("<link rel=\"hub\" href=\"/hub\"/><author><name>", "</name></author>"),
    ]);
    (head, prop::collection::vec(entry, 0..4)).prop_map(|(head, entries)| {
        format!("<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"de\">{head}{}</feed>", entries.concat())
    })
}

fn rdf() -> impl Strategy<Value = String> {
    let item = elements(vec![
        ("<title>", "</title>"),
        ("<link>https://example.com/", "</link>"),
        ("<description>", "</description>"),
        ("<dc:date>2026-02-03T14:05Z</dc:date><dc:creator>", "</dc:creator>"),
        ("<content:encoded>", "</content:encoded>"),
    ])
    .prop_map(|inner| format!("<item rdf:about=\"http://example.com/?a=1&amp;b=2\">{inner}</item>"));
    (text(), prop::collection::vec(item, 0..4)).prop_map(|(title, items)| {
        format!(
            "<rdf:RDF xmlns=\"http://purl.org/rss/1.0/\" xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" \
             xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\">\
             <channel rdf:about=\"x\"><title>{title}</title></channel>{}</rdf:RDF>",
            items.concat()
        )
    })
}

fn feed() -> impl Strategy<Value = String> {
    prop_oneof![rss(), atom(), rdf()]
}

#[test]
fn ordinary_documents_are_clean() {
    let rss = r#"<?xml version="1.0"?><rss version="2.0"><channel><title>T</title><link>http://a.example/</link>
        <item><title>One</title><link>http://a.example/1</link><guid>1</guid></item></channel></rss>"#;
    let atom = r#"<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><title>One</title><link href="/1"/></entry></feed>"#;
    let rdf = r#"<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><channel rdf:about="x">
        <title>T</title></channel><item rdf:about="y"><title>One</title><link>http://a.example/1</link></item></rdf:RDF>"#;
    for document in [rss, atom, rdf] {
        let (clean, tolerant) = both(document);
        assert_eq!(clean.as_ref(), Some(&tolerant));
        assert_eq!(tolerant.items[0].text.title, "One");
    }
}

#[test]
fn what_feed_rs_reads_otherwise_is_not_clean() {
    let rss = |inner: &str| {
        format!(
            "<rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel><item>{inner}</item></channel></rss>"
        )
    };
    for document in [
        rss("<title>x <i>y</i></title>"),
        rss("<title>A & B</title>"),
        rss("<title>&nbsp;</title>"),
        rss("<title>one</title><title>two</title>"),
        rss("<media:title xmlns:media=\"http://search.yahoo.com/mrss/\">x</media:title>"),
        rss("<content:encoded>undeclared</content:encoded>"),
        // Attributes that are no XML: it passes over them in silence.
        rss("<guid isPermaLink=false>g</guid>"),
        rss("<guid isPermaLink>g</guid>"),
        rss("<guid isPermaLink='false'x='1'>g</guid>"),
        // Nor does it know attributes in another case, or with a prefix.
        rss("<guid ispermalink='false'>g</guid>"),
        rss("<guid dc:isPermaLink='false'>g</guid>"),
        rss("<dc:date>2026-01-01</dc:date>"),
        // Its cutting of the name at a byte beside the address is a panic.
        rss("<author>é a@example.org</author>"),
        rss("<dc:creator>日a@example.org</dc:creator>"),
        rss("<dc:creator>日a&#64;example.org</dc:creator>"),
        "<rss version=\"0.93\"><channel><item><title>x</title></item></channel></rss>".into(),
        "<rss version=\"2.0\" xmlns=\"http://backend.userland.com/rss2\"><channel><item><title>x</title></item></channel></rss>".into(),
        "<rdf:RDF xmlns=\"http://my.netscape.com/rdf/simple/0.9/\" xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         <item><title>x</title><link>http://a.example/</link></item></rdf:RDF>"
            .into(),
        "<feed xmlns=\"http://purl.org/atom/ns#\" version=\"0.3\"><entry><title>x</title></entry></feed>".into(),
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><entry><title type=\"xhtml\"><div>x</div></title></entry></feed>".into(),
    ] {
        let (clean, tolerant) = both(&document);
        assert_eq!(clean, None, "{document}");
        assert_eq!(tolerant.items.len(), 1, "{document}");
    }
}

/// As XML writes a text that is itself HTML.
fn twice_escaped(text: &str) -> String {
    let once = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    once(&once(text))
}

proptest! {
    #[test]
    fn items_are_read_back_as_they_were_written(
        items in prop::collection::vec(("[a-zа-яا-ي日本0-9&<>'\"\u{200f}]{1,8}( [a-z&<]{1,5}){0,3}", "[a-z0-9/?=&-]{1,20}", 0i64..4_000_000_000), 0..8),
        tolerant in any::<bool>(),
    ) {
        let mut document = String::from("<rss version=\"2.0\"><channel><title>t</title>");
        for (title, path, seconds) in &items {
            // Text that looks like markup after all is a feed that escapes twice, which is read another way.
            prop_assume!(html::to_text(&title.replace('&', "&amp;").replace('<', "&lt;")) == *title);
            let date = Time::from_ms(seconds * 1000).utc().to_rfc2822();
            let (title, path) = (twice_escaped(title), path.replace('&', "&amp;"));
            document += &format!("<item><title>{title}</title><link>http://a.example/{path}</link><pubDate>{date}</pubDate></item>");
        }
        // A bare `&` and an end tag too many send it to the tolerant reader.
        document += if tolerant { "<description>a & b</description></x></channel></rss>" } else { "</channel></rss>" };
        let feed = parse(Document { bytes: document.as_bytes(), content_type: None, base: None }, Limits::default());
        let feed = feed.expect("a feed");
        prop_assert_eq!(feed.items.len(), items.len());
        for (item, (title, path, seconds)) in feed.items.iter().zip(&items) {
            prop_assert_eq!(&item.text.title, title);
            let link = Url::parse(&format!("http://a.example/{path}")).expect("a good address");
            prop_assert_eq!(item.link.as_deref(), Some(link.as_str()));
            prop_assert_eq!(item.published.map(|t| t.seconds()), Some(*seconds));
        }
    }

    #[test]
    fn the_two_readers_read_the_same(document in feed()) {
        let (clean, tolerant) = both(&document);
        if let Some(clean) = clean {
            prop_assert_eq!(clean, tolerant, "{}", document);
        }
    }

    #[test]
    fn what_an_item_of_a_regular_document_says_does_not_hang_on_the_others(
        document in feed(),
        odd in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(vec![
            "<b>", "</b>", "<item>", "</item>", "<entry>", "</entry>", "</channel>", "<channel>", "<!--", "-->", "<![CDATA[", "]]>", "&nbsp;",
            "<x>", "</x>", "<item/>", "<image>", "</image>", "<source>", "<x:item>", "</x:item>", "<ITEM>", "\"", ">", "<items><rdf:li/></items>",
            "<items><link>http://z.example/</link></items>", "<pubDate><link>http://y.example/</link></pubDate>", "<title>", "</title>",
            "<x xml:base=\"http://x.example/\">", "<dc:subject>s</dc:subject>", "<content type=\"xhtml\"><div>d</div></content>", "<?x ?>",
        ])), 0..5),
    ) {
        let mut text = document;
        for (at, piece) in odd {
            // Mostly where another tag begins.
            let tags: Vec<usize> = text.match_indices('<').map(|(at, _)| at).collect();
            text.insert_str(tags[at.index(tags.len())], piece);
        }
        let limits = Limits { items: 50, field_bytes: 200 };
        let document = Document { bytes: text.as_bytes(), content_type: None, base: Some("https://example.org/feed.xml") };
        let cut = skim::Cut::of(text.as_bytes(), b"");
        if let (Ok(whole), Some(cut)) = (parse(document, limits), cut)
            && whole.as_it_stands && whole.items.len() == cut.prints().len()
        {
            for one in 0..whole.items.len() {
                let known: Vec<bool> = (0..whole.items.len()).map(|n| n != one).collect();
                if let Some(skimmed) = cut.read(&known, document, limits) {
                    prop_assert_eq!(&skimmed.items[one], &whole.items[one], "{}", text);
                    prop_assert_eq!((skimmed.title, skimmed.link), (whole.title.clone(), whole.link.clone()), "{}", text);
                }
            }
        }
    }

    #[test]
    fn no_bytes_make_it_stumble(bytes in prop::collection::vec(any::<u8>(), 0..200), content_type in prop::option::of(".{0,30}")) {
        let _ = parse(Document { bytes: &bytes, content_type: content_type.as_deref(), base: None }, Limits::default());
    }

    #[test]
    fn nor_does_a_damaged_feed(document in feed(), damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..3), 1..6)) {
        let mut bytes = document.into_bytes();
        for (at, byte, how) in damage {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.truncate(at + 1),
                _ => { bytes.remove(at); }
            }
            if bytes.is_empty() {
                break;
            }
        }
        let limits = Limits { items: 2, field_bytes: 40 };
        if let Ok(feed) = parse(Document { bytes: &bytes, content_type: None, base: None }, limits) {
            prop_assert!(feed.items.len() <= 2);
            for item in feed.items {
                for text in [item.text.title, item.text.summary, item.text.body] {
                    prop_assert!(text.len() <= 40 && !text.chars().any(|c| c.is_control() && c != '\n'));
                }
                prop_assert!(item.link.is_none_or(|link| link.starts_with("http")));
            }
        }
    }
}
