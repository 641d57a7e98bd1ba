//! A document of the project, taken apart.

use std::path::{Path, PathBuf};

/// A Markdown file.
pub struct Document {
    pub path: PathBuf,
    pub text: String,
    /// Blocks to be written anew: first line, lines now, lines to be.
    blessed: Vec<(usize, usize, Vec<String>)>,
}

/// A fenced block.
pub struct Block {
    /// What stands behind the fence.
    pub info: String,
    /// The number of its first line, from 1.
    pub first: usize,
    pub lines: Vec<String>,
}

/// What happens as a document is read from its beginning.
pub enum Event {
    Block(Block),
    /// `<!-- the feed publishes: TITLE -->`
    Publishes(String),
}

impl Block {
    /// The language of the block.
    pub fn kind(&self) -> &str {
        self.info.split(' ').next().unwrap_or_default()
    }
}

impl Document {
    /// README.md and all of docs/.
    pub fn all() -> Vec<Self> {
        let mut documents = vec![Self::read("README.md")];
        let mut names: Vec<String> = std::fs::read_dir(root().join("docs"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".md"))
            .collect();
        names.sort();
        documents.extend(names.iter().map(|name| Self::read(&format!("docs/{name}"))));
        documents
    }

    pub fn read(name: &str) -> Self {
        let path = root().join(name);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{name}: {e}"));
        Self { path, text, blessed: Vec::new() }
    }

    pub fn events(&self) -> Vec<Event> {
        let mut events = Vec::new();
        let mut block: Option<Block> = None;
        for (at, line) in self.text.lines().enumerate() {
            match (line.strip_prefix("```"), block.as_mut()) {
                (Some(info), None) => block = Some(Block { info: info.into(), first: at + 2, lines: Vec::new() }),
                (Some(_), Some(_)) => events.extend(block.take().map(Event::Block)),
                (None, Some(block)) => block.lines.push(line.to_owned()),
                (None, None) => {
                    let title = line.strip_prefix("<!-- the feed publishes: ").and_then(|l| l.strip_suffix(" -->"));
                    events.extend(title.map(|t| Event::Publishes(t.to_owned())));
                }
            }
        }
        assert!(block.is_none(), "{}: a block does not end", self.path.display());
        events
    }

    pub fn blocks(&self) -> Vec<Block> {
        let block = |event| if let Event::Block(block) = event { Some(block) } else { None };
        self.events().into_iter().filter_map(block).collect()
    }

    /// The rows of its tables, as cells.
    pub fn rows(&self) -> Vec<Vec<String>> {
        self.text.lines().filter_map(cells).collect()
    }

    /// What its links within the project point at.
    pub fn links(&self) -> Vec<String> {
        let starts = self.text.match_indices("](").map(|(at, _)| &self.text[at + 2..]);
        let links = starts.filter_map(|rest| rest.split(')').next()).filter(|l| !l.contains("://"));
        links.map(str::to_owned).collect()
    }

    /// Notes that a block is not what is so, and says it.
    pub fn differs(&mut self, block: &Block, so: &[String]) -> String {
        self.blessed.push((block.first, block.lines.len(), so.to_vec()));
        let (path, is, so) = (self.path.display(), block.lines.join("\n"), so.join("\n"));
        format!("{path}:{}: the document has\n{is}\nand what is so is\n{so}", block.first)
    }

    /// Writes what is so into the document, where that was asked for.
    pub fn bless(&mut self) {
        if self.blessed.is_empty() || std::env::var_os("BLESS_DOCS").is_none() {
            return;
        }
        let mut lines: Vec<String> = self.text.lines().map(str::to_owned).collect();
        self.blessed.sort();
        for (first, count, so) in self.blessed.drain(..).rev() {
            lines.splice(first - 1..first - 1 + count, so);
        }
        std::fs::write(&self.path, lines.join("\n") + "\n").unwrap();
    }
}

/// The cells of a row of a table.
pub fn cells(line: &str) -> Option<Vec<String>> {
    let inside = line.strip_prefix('|')?.strip_suffix('|')?;
    Some(inside.replace("\\|", "\u{0}").split('|').map(|c| c.trim().replace('\u{0}', "|")).collect())
}

/// What a link to a heading calls it.
pub fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_')).collect::<String>().replace(' ', "-")
}

/// The checkout.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
