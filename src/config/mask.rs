//! What of a configuration must not be shown when its lines are quoted: passwords, tokens, headers, logins in addresses.
//!
//! A pass of its own over the text, and not over the parsed tables, since it must hold just as well where the text is
//! no TOML: somebody who forgets a quote behind a password must not see that password in a report that he will paste
//! into a chat. Where it cannot tell, it hides.

use std::collections::HashMap;
use std::ops::Range;

use super::general::{DEFAULTS_KEYS, LIMITS_KEYS, RELOAD_KEYS};
use super::{feeds, notifiers, service, watches};

/// Keys whose values are secrets.
const SECRET_KEYS: &[&str] = &["password", "secret", "proxy", "headers", "token"];
/// Parts of words that somebody gives to a key whose value is a secret.
const SECRET_WORDS: &[&str] =
    &["pass", "pwd", "secret", "token", "proxy", "header", "auth", "cookie", "credential", "key", "login", "bearer"];

/// What may be shown of a value, from most to least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Shows {
    /// All of it, but for logins in addresses.
    All,
    /// The address without login and query.
    Address,
    /// Host and protocol: the path of a webhook may be its token.
    Host,
    /// Nothing.
    Nothing,
}

/// Whether a value names an environment variable in the usual capitals: that name is no secret.
pub(super) fn is_variable(value: &str) -> bool {
    value.strip_prefix('$').is_some_and(|name| {
        name.starts_with(|c: char| c.is_ascii_uppercase())
            && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    })
}

/// The spans of a text that must not be shown, ascending and apart. Where a file is `broken`, nothing that stands on a
/// line behind the name of a secret is shown: what begins and ends there is anybody's guess.
pub(super) fn secrets(text: &str, broken: bool) -> Vec<Range<usize>> {
    let mut pass = Pass { text, broken, ..Pass::default() };
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.trim_end_matches(['\n', '\r']).len();
        pass.line(start..end);
        start += line.len();
    }
    let mut spans = pass.hidden;
    spans.retain(|s| !s.is_empty());
    spans.sort_by_key(|s| (s.start, s.end));
    let mut apart: Vec<Range<usize>> = Vec::new();
    for span in spans {
        match apart.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => apart.push(span),
        }
    }
    apart
}

#[derive(Default)]
struct Pass<'a> {
    text: &'a str,
    /// It has a syntax error.
    broken: bool,
    hidden: Vec<Range<usize>>,
    /// The last table header.
    header: String,
    /// Keys of the lists and tables that are open.
    open: Vec<String>,
    /// The key whose value comes.
    key: String,
    /// Inside a string of three quotes: which, and what it shows.
    long: Option<(&'static str, Shows)>,
    /// What was found out about single keys, under headers whose addresses may show their path and under others.
    known: HashMap<(bool, String), Shows>,
}

impl Pass<'_> {
    fn line(&mut self, line: Range<usize>) {
        let text = &self.text[line.clone()];
        let lower = text.to_ascii_lowercase();
        let mut at = 0;
        if let Some((quotes, shows)) = self.long {
            let end = text.find(quotes).unwrap_or(text.len());
            if shows != Shows::All || holds_secret_word(&lower) {
                self.hide(&line, 0..end);
            }
            if !text[end..].starts_with(quotes) {
                return;
            }
            self.long = None;
            at = end + quotes.len();
        } else if let Some(end) = self.header(text) {
            at = end;
        } else if self.open.is_empty() {
            self.key.clear();
        }
        if self.broken && at == 0 && holds_secret_word(&lower) {
            self.hide(&line, after_secret_word(&lower)..text.len());
        }
        self.tokens(&line, at);
        for (from, _) in lower.match_indices("whsec_") {
            let rest = &text[from..];
            self.hide(
                &line,
                from..from + rest.find(|c: char| c.is_whitespace() || c == '"' || c == '\'').unwrap_or(rest.len()),
            );
        }
    }

    /// Takes `[table]` and `[[table]]` for what they are, even where a bracket before them was never closed, and gives
    /// the end of the line or the start of its comment.
    fn header(&mut self, text: &str) -> Option<usize> {
        let end = text.find('#').unwrap_or(text.len());
        let brackets = text[..end].trim();
        let name = brackets.strip_prefix('[')?.strip_suffix(']')?.trim_start_matches('[').trim_end_matches(']').trim();
        if name.is_empty() || name.contains(|c: char| !c.is_alphanumeric() && !"_-. \"'".contains(c)) {
            return None;
        }
        self.header = name.to_string();
        self.open.clear();
        self.key.clear();
        Some(end)
    }

    /// The rest of a line from `at`.
    fn tokens(&mut self, line: &Range<usize>, mut at: usize) {
        let text = &self.text[line.clone()];
        let mut last_string = None;
        while let Some(c) = text[at..].chars().next() {
            match c {
                '#' => {
                    // Beside a secret stands perhaps the one before it.
                    if self.shows() == Shows::Nothing || holds_secret_word(&text[at..].to_ascii_lowercase()) {
                        self.hide(line, at + 1..text.len());
                    } else {
                        self.address(line, at..text.len(), Shows::All);
                    }
                    return;
                }
                '"' | '\'' => {
                    let shows = self.shows();
                    let quotes = ["\"\"\"", "'''"].into_iter().find(|q| text[at..].starts_with(q));
                    if let Some(quotes) = quotes {
                        let from = at + 3;
                        let end = text[from..].find(quotes).map(|n| from + n);
                        self.value(line, from..end.unwrap_or(text.len()), shows);
                        match end {
                            Some(end) => at = end + 3,
                            None => {
                                self.long = Some((quotes, shows));
                                return;
                            }
                        }
                        continue;
                    }
                    let from = at + 1;
                    let end = string_end(text, from, c);
                    let closed = end < text.len();
                    at = if closed { end + 1 } else { end };
                    if text[at..].trim_start().starts_with(['=', '.']) && closed {
                        last_string = Some(text[from..end].to_string());
                    } else {
                        self.value(line, from..end, shows);
                        last_string = None;
                    }
                }
                '=' => {
                    if let Some(key) = last_string.take() {
                        self.key = key;
                    }
                    at += 1;
                }
                '{' | '[' => {
                    self.open.push(std::mem::take(&mut self.key));
                    at += 1;
                }
                '}' | ']' => {
                    self.key = self.open.pop().unwrap_or_default();
                    at += 1;
                }
                ',' => {
                    self.key.clear();
                    at += 1;
                }
                c if c.is_alphanumeric() || "_-.$".contains(c) => {
                    let end = at
                        + text[at..]
                            .find(|c: char| !c.is_alphanumeric() && !"_-.$".contains(c))
                            .unwrap_or(text.len() - at);
                    let word = &text[at..end];
                    let is_key = text[end..].trim_start().starts_with('=');
                    if is_key || self.key.is_empty() {
                        self.key = word.to_string();
                    } else if self.shows() == Shows::Nothing && !matches!(word, "true" | "false") {
                        self.hide(line, at..text.len());
                    }
                    at = end;
                }
                c => at += c.len_utf8(),
            }
        }
    }

    /// A text from quote to quote.
    fn value(&mut self, line: &Range<usize>, span: Range<usize>, shows: Shows) {
        let text = &self.text[line.clone()];
        match shows {
            Shows::Nothing if !is_variable(&text[span.clone()]) => self.hide(line, span),
            Shows::Nothing => {}
            _ => self.address(line, span, shows),
        }
    }

    /// Hides login and query of an address, and its path where that may be a token.
    fn address(&mut self, line: &Range<usize>, span: Range<usize>, shows: Shows) {
        let text = &self.text[line.clone()][span.clone()];
        let scheme = text.find("://").map(|n| n + 3);
        if shows == Shows::All && scheme.is_none() {
            return;
        }
        let base = scheme.unwrap_or(0);
        if let Some(sign) = text[base..].rfind('@') {
            // `https://example.org/@user` has no login; whatever cannot be read may have one.
            let clean = url::Url::parse(text.trim())
                .is_ok_and(|u| u.has_host() && u.username().is_empty() && u.password().is_none());
            if !clean {
                self.hide(line, span.start + base..span.start + base + sign);
            }
        }
        if let Some(question) = text.find('?') {
            self.hide(line, span.start + question + 1..span.end);
        }
        if shows == Shows::Host {
            let path = text[base..].find('/').map_or(text.len(), |n| base + n + 1);
            self.hide(line, span.start + if scheme.is_some() { path } else { 0 }..span.end);
        }
    }

    /// What may be shown of the value that comes.
    fn shows(&mut self) -> Shows {
        let path_shown = self.header.starts_with("feed") || self.header == "store";
        let parents = self.header.split('.').skip(1).chain(self.open.iter().map(String::as_str));
        let path = parents.chain(self.key.split('.')).filter(|p| !p.is_empty());
        let mut least = Shows::All;
        for key in path {
            if key == "aliases" {
                return Shows::All;
            }
            let shows = match self.known.get(&(path_shown, key.to_string())) {
                Some(shows) => *shows,
                // Who has given more keys than this has written no configuration, and near words are dear to look for.
                None if self.known.len() > 1000 => Shows::Nothing,
                None => {
                    let shows = shows_at(key, path_shown);
                    self.known.insert((path_shown, key.to_string()), shows);
                    shows
                }
            };
            least = least.max(shows);
        }
        least
    }

    fn hide(&mut self, line: &Range<usize>, span: Range<usize>) {
        self.hidden.push(line.start + span.start..line.start + span.end.max(span.start));
    }
}

/// What may be shown of a value under this key.
fn shows_at(key: &str, path_shown: bool) -> Shows {
    let known = || {
        let all = [&["include", "url"], feeds::FEED_KEYS, watches::WATCH_KEYS, DEFAULTS_KEYS, LIMITS_KEYS];
        let service = [service::SERVICE_KEYS, service::HEARTBEAT_KEYS, RELOAD_KEYS];
        all.into_iter().chain(service).flatten().copied().chain(notifiers::all_keys())
    };
    let lower = key.trim_matches(['"', '\'']).to_ascii_lowercase();
    let address = if path_shown { Shows::Address } else { Shows::Host };
    if SECRET_KEYS.contains(&lower.as_str()) {
        return Shows::Nothing;
    }
    if lower == "url" {
        return address;
    }
    if known().any(|k| k == lower) {
        return Shows::All;
    }
    if holds_secret_word(&lower) {
        return Shows::Nothing;
    }
    match super::problems::nearest(&lower, known().chain(SECRET_KEYS.iter().copied())) {
        Some("url") => address,
        Some(near) if !SECRET_KEYS.contains(&near) => Shows::All,
        _ => Shows::Nothing,
    }
}

/// The byte of the closing quote, or the end of the line.
fn string_end(text: &str, from: usize, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text[from..].char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' && quote == '"' {
            escaped = true;
        } else if c == quote {
            return from + at;
        }
    }
    text.len()
}

/// Whether a text in small letters holds a word that names secrets.
pub(super) fn holds_secret_word(lower: &str) -> bool {
    SECRET_WORDS.iter().any(|w| lower.contains(w))
}

/// The byte behind the first word that names secrets and what separates it from its value. What stands right behind the
/// word is hidden too: it may be the value.
fn after_secret_word(lower: &str) -> usize {
    let words = SECRET_KEYS.iter().chain(SECRET_WORDS);
    let found = words.filter_map(|w| lower.find(w).map(|at| (at, at + w.len())));
    let (_, end) = found.min_by_key(|(from, to)| (*from, lower.len() - to)).unwrap_or((0, 0));
    end + lower[end..].find(|c: char| !" \t=\"'".contains(c)).unwrap_or(lower.len() - end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The text with `…` for what is hidden.
    fn masked(text: &str) -> String {
        let broken = toml::de::DeTable::parse(text).is_err();
        let mut out = String::new();
        let mut at = 0;
        for span in secrets(text, broken) {
            out += &text[at..span.start];
            out.push('…');
            at = span.end;
        }
        out + &text[at..]
    }

    #[test]
    fn secrets_are_hidden_and_what_is_none_is_shown() {
        for (text, shown) in [
            ("password = \"hunter2\" # of the desk\n", "password = \"…\" #…\n"),
            ("secret = \"$HOOK_SECRET\"\n", "secret = \"$HOOK_SECRET\"\n"),
            ("secret = \"$hunter2\"\n", "secret = \"…\"\n"),
            (
                "smtp = { host = \"h\", password = \"a\\\"b\", port = 9 }\n",
                "smtp = { host = \"h\", password = \"…\", port = 9 }\n",
            ),
            (
                "headers = { Authorization = \"Bearer x\", \"X-A\" = 'y' }\n",
                "headers = { Authorization = \"…\", \"X-A\" = '…' }\n",
            ),
            (
                "[[feed]]\nheaders = {\n  A = \"b\",\n}\nname = \"n\"\n",
                "[[feed]]\nheaders = {\n  A = \"…\",\n}\nname = \"n\"\n",
            ),
            (
                "[feed.headers]\nA = \"b\"\n[[feed]]\nname = \"b\"\n",
                "[feed.headers]\nA = \"…\"\n[[feed]]\nname = \"b\"\n",
            ),
            ("headers.A = \"b\"\n", "headers.A = \"…\"\n"),
            ("[[feed]]\nurl = \"https://u:p@h/f?t=1\"\n", "[[feed]]\nurl = \"https://…@h/f?…\"\n"),
            ("[[feed]]\nurl = \"https://h/@user/f\"\n", "[[feed]]\nurl = \"https://h/@user/f\"\n"),
            ("[[feed]]\nurl = \"u:p@h\"\n", "[[feed]]\nurl = \"…@h\"\n"),
            ("[[notifier]]\nurl = \"https://h/T0/B1\"\n", "[[notifier]]\nurl = \"https://h/…\"\n"),
            ("[store]\nurl = \"postgres://u:p@h/d\"\n", "[store]\nurl = \"postgres://…@h/d\"\n"),
            (
                "password = \"\"\"\nhunter2\nhunter3\"\"\" # x\nname = \"n\"\n",
                "password = \"\"\"\n…\n…\"\"\" #…\nname = \"n\"\n",
            ),
            ("pasword = \"hunter2\"\n", "pasword = \"…\"\n"),
            ("api_key = \"hunter2\"\n", "api_key = \"…\"\n"),
            ("shibboleth = \"hunter2\"\n", "shibboleth = \"…\"\n"),
            ("evry = \"5m\"\n", "evry = \"5m\"\n"),
            ("terms = [\"password\", \"token\"]\n", "terms = [\"password\", \"token\"]\n"),
            ("password_file = \"no/such\"\n", "password_file = \"no/such\"\n"),
            ("aliases = { Pompeo = [\"Помпео\"] }\n", "aliases = { Pompeo = [\"Помпео\"] }\n"),
            ("name = \"n\" # password: hunter2\n", "name = \"n\" #…\n"),
            ("from = \"Desk <desk@example.org>\"\n", "from = \"Desk <desk@example.org>\"\n"),
            // Broken lines.
            ("password = \"hunter2\n", "password = \"…\n"),
            ("password = \"hun\"ter2\"\n", "password = \"…\n"),
            ("password \"hunter2\"\n", "password \"…\n"),
            ("password = hunter2\n", "password = …\n"),
            ("password: hunter2\n", "password…\n"),
            ("smtp = { password = \"a\"b,c\", port = 9 }\n", "smtp = { password = \"…\n"),
            ("name = whsec_abc def\n", "name = … def\n"),
        ] {
            assert_eq!(masked(text), shown, "{text}");
        }
    }

    proptest! {
        /// However a line with a password is broken, the password is not shown.
        #[test]
        fn a_password_survives_no_breakage(
            above in "(\\[\\[feed\\]\\]\n|terms = \\[\n|name = \"a\n|smtp = \\{\n|)",
            key in "(password|secret|token|proxy|PASSWORD|api_token|passwort|headers)",
            before in "[ =\"'\\[{:,][ =\"'\\[{:,a]{0,3}",
            after in "[ =\"'\\]}:,#a]{0,4}",
            below in "(\nname = \"b\"|\n\\]|)",
        ) {
            let line = format!("{above}{key}{before}hunter2{after}{below}");
            let shown = masked(&line);
            prop_assert!(!shown.contains("hunter2"), "{line:?} → {shown:?}");
        }

        #[test]
        fn no_text_makes_it_panic_or_overlap(text in "\\PC{0,200}|[\\[\\]{}\"'=#a\\n.,?@:/ ]{0,200}", broken: bool) {
            let spans = secrets(&text, broken);
            for pair in spans.windows(2) {
                prop_assert!(pair[0].end < pair[1].start);
            }
            for span in spans {
                prop_assert!(text.get(span).is_some());
            }
        }
    }
}
