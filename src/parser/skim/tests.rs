//! Cutting documents, and what is not cut.

use super::*;

fn names(text: &str) -> Option<Vec<&str>> {
    borders(text).map(|(_, items)| items.into_iter().map(|item| &text[item]).collect())
}

#[test]
fn items_are_cut_at_their_borders_and_nowhere_else() {
    for (document, items) in [
        (
            "<rss><channel><item>a</item> <item >b</item\n></channel></rss>",
            Some(vec!["<item>a</item>", "<item >b</item\n>"]),
        ),
        ("<feed><entry>a</entry></feed>", Some(vec!["<entry>a</entry>"])),
        ("<items><li/></items><item rdf:about='x'>a</item>", Some(vec!["<item rdf:about='x'>a</item>"])),
        ("<item><![CDATA[</item><item>]]></item>", Some(vec!["<item><![CDATA[</item><item>]]></item>"])),
        ("<item><![CDATA[a]]]]><![CDATA[>]]></item>", Some(vec!["<item><![CDATA[a]]]]><![CDATA[>]]></item>"])),
        ("<!-- <item>a</item> --><item>b</item>", Some(vec!["<item>b</item>"])),
        ("<?x <item> ?><item>b<!-- </item> --></item>", Some(vec!["<item>b<!-- </item> --></item>"])),
        // A document type may define entities; what is open may end anywhere.
        ("<!DOCTYPE rss><item>a</item>", None),
        ("<item>a<!-- </item>", None),
        ("<item><![CDATA[a</item>", None),
        ("<item>a", None),
        ("a</item>", None),
        ("<item>a<item>b</item></item>", None),
        ("<item/><item>a</item>", None),
        ("<item>a</item><entry>b</entry>", None),
        ("<item>a<entry>b</entry></item>", None),
        ("<rss><channel></channel></rss>", None),
        ("", None),
    ] {
        assert_eq!(names(document), items, "{document}");
    }
}

#[test]
fn what_stands_around_is_known_by_all_but_dates_comments_and_the_table_of_contents() {
    let around = |text: &str| Cut::of(text.as_bytes(), b"").map(|cut| cut.around).expect("it is cut");
    let base = around("<rss><channel><title>t</title><lastBuildDate>1</lastBuildDate><item>a</item></channel></rss>");
    for same in [
        "<rss><channel><title>t</title><lastBuildDate>2</lastBuildDate><item>b</item></channel></rss>",
        "<rss><channel><title>t</title><lastBuildDate>1</lastBuildDate>\n<item>b</item>\n\n<item>c</item></channel></rss>",
    ] {
        assert_eq!(around(same), base, "{same}");
    }
    for other in [
        "<rss><channel><title>u</title><lastBuildDate>1</lastBuildDate><item>a</item></channel></rss>",
        "<rss xml:base='x'><channel><title>t</title><lastBuildDate>1</lastBuildDate><item>a</item></channel></rss>",
        "<rss><channel><title>t</title><lastBuildDate>1</lastBuildDate><item>a</item><language>de</language></channel></rss>",
        "<rss><channel><title>t</title><lastBuildDate x=''>1</lastBuildDate><item>a</item></channel></rss>",
    ] {
        assert_ne!(around(other), base, "{other}");
    }
    let signed = |by: &str| around(&format!("<rss><channel><item>a</item></channel></rss><!-- {by} -->"));
    assert_eq!(signed("made at 12:01"), signed("made at 12:02"));
    let of_rss1 =
        |contents: &str| around(&format!("<r><channel><items>{contents}</items></channel><item>a</item></r>"));
    assert_eq!(of_rss1("<li>1</li>"), of_rss1("<li>2</li>"));
    let under = |under: &[u8]| Cut::of(b"<r><item>a</item></r>", under).map(|cut| cut.around);
    assert_ne!(under(b"a"), under(b"b"));
}
