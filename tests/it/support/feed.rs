//! Feeds written by a story.

/// An item of a feed.
#[derive(Debug, Clone)]
pub struct Entry {
    pub guid: String,
    pub link: String,
    pub title: String,
    /// Escaped into `description`.
    pub summary: String,
}

impl Entry {
    /// With a link made of the guid, and no summary.
    pub fn new(guid: &str, title: &str) -> Self {
        Self {
            guid: guid.into(),
            link: format!("http://news.example/{guid}"),
            title: title.into(),
            summary: String::new(),
        }
    }

    /// With this summary, which may hold markup.
    pub fn summary(mut self, summary: &str) -> Self {
        self.summary = summary.into();
        self
    }
}

/// An RSS 2.0 document.
pub fn rss(entries: &[Entry]) -> String {
    let item = |e: &Entry| {
        format!(
            "<item><guid isPermaLink=\"false\">{}</guid><link>{}</link><title>{}</title><description>{}</description></item>\n",
            escape(&e.guid),
            escape(&e.link),
            escape(&e.title),
            escape(&e.summary)
        )
    };
    let items: String = entries.iter().map(item).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\"><channel><title>World</title>\
         <link>http://news.example/</link><description>d</description>\n{items}</channel></rss>\n"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
