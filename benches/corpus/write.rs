//! Items written down in the four formats.

use serde_json::json;

use super::{Entry, Feed, Format};

pub fn document(feed: Feed, entries: &[Entry]) -> String {
    match feed.format {
        Format::Rss2 => rss2(feed, entries),
        Format::Rss1 => rss1(feed, entries),
        Format::Atom => atom(feed, entries),
        Format::Json => json_feed(feed, entries),
    }
}

fn site(feed: Feed) -> String {
    format!("https://news{}.example.org/", feed.number)
}

fn rss2(feed: Feed, entries: &[Entry]) -> String {
    let item = |e: &Entry| {
        format!(
            "<item>\n<title>{}</title>\n<link>{}</link>\n<guid isPermaLink=\"false\">{}</guid>\n<pubDate>{}</pubDate>\n\
             <dc:creator>{}</dc:creator>\n<category>{}</category>\n<description>{}</description>\n\
             <content:encoded><![CDATA[{}]]></content:encoded>\n</item>\n",
            escape(&e.title),
            escape(&e.link),
            escape(&e.guid),
            e.published.to_rfc2822(),
            escape(&e.author),
            escape(&e.category),
            escape(&format!("<p>{}</p>", e.summary)),
            e.body,
        )
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:content=\"http://purl.org/rss/1.0/modules/content/\">\n<channel>\n<title>News {}</title>\n<link>{}</link>\n\
         <description>Items</description>\n<language>{}</language>\n{}</channel>\n</rss>\n",
        feed.number,
        site(feed),
        feed.language.tag,
        entries.iter().map(item).collect::<String>(),
    )
}

fn rss1(feed: Feed, entries: &[Entry]) -> String {
    let item = |e: &Entry| {
        format!(
            "<item rdf:about=\"{}\">\n<title>{}</title>\n<link>{}</link>\n<dc:date>{}</dc:date>\n<dc:creator>{}</dc:creator>\n\
             <dc:subject>{}</dc:subject>\n<description>{}</description>\n<content:encoded>{}</content:encoded>\n</item>\n",
            escape(&e.guid),
            escape(&e.title),
            escape(&e.link),
            e.published.to_rfc3339(),
            escape(&e.author),
            escape(&e.category),
            escape(&e.summary),
            escape(&e.body),
        )
    };
    let listed = |e: &Entry| format!("<rdf:li rdf:resource=\"{}\"/>\n", escape(&e.guid));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rdf:RDF xmlns=\"http://purl.org/rss/1.0/\" \
         xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:content=\"http://purl.org/rss/1.0/modules/content/\">\n<channel rdf:about=\"{0}\">\n<title>News {1}</title>\n\
         <link>{0}</link>\n<description>Items</description>\n<dc:language>{2}</dc:language>\n<items><rdf:Seq>\n{3}</rdf:Seq></items>\n\
         </channel>\n{4}</rdf:RDF>\n",
        site(feed),
        feed.number,
        feed.language.tag,
        entries.iter().map(listed).collect::<String>(),
        entries.iter().map(item).collect::<String>(),
    )
}

fn atom(feed: Feed, entries: &[Entry]) -> String {
    let entry = |e: &Entry| {
        format!(
            "<entry>\n<id>{}</id>\n<title>{}</title>\n<link href=\"{}\"/>\n<published>{4}</published>\n<updated>{4}</updated>\n\
             <author><name>{3}</name></author>\n<category term=\"{5}\"/>\n<summary>{6}</summary>\n\
             <content type=\"html\">{7}</content>\n</entry>\n",
            escape(&e.guid),
            escape(&e.title),
            escape(&e.link),
            escape(&e.author),
            e.published.to_rfc3339(),
            escape(&e.category),
            escape(&e.summary),
            escape(&e.body),
        )
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{language}\">\n\
         <id>{site}</id>\n<title>News {number}</title>\n<link href=\"{site}\"/>\n<updated>{updated}</updated>\n{items}</feed>\n",
        language = feed.language.tag,
        site = site(feed),
        number = feed.number,
        updated = entries[0].published.to_rfc3339(),
        items = entries.iter().map(entry).collect::<String>(),
    )
}

fn json_feed(feed: Feed, entries: &[Entry]) -> String {
    let item = |e: &Entry| {
        json!({
            "id": e.guid, "url": e.link, "title": e.title, "summary": e.summary, "content_html": e.body,
            "date_published": e.published.to_rfc3339(), "authors": [{ "name": e.author }], "tags": [e.category],
        })
    };
    let document = json!({
        "version": "https://jsonfeed.org/version/1.1", "title": format!("News {}", feed.number),
        "home_page_url": site(feed), "language": feed.language.tag,
        "items": entries.iter().map(item).collect::<Vec<_>>(),
    });
    format!("{document}\n")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
