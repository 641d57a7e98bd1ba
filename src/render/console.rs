//! Alerts for a person at a terminal or reading a log.
//!
//! An item is a headline of one screen line, and beneath it, indented, its link, the reasons, the text around hits, and what
//! an edit did. Titles and names are isolated, so that a line keeps its order whatever script stands in it.

use unicode_width::UnicodeWidthStr;

use crate::model::{Alert, Delivery, DiffOp, Form};

use super::clean::{FSI, PDI, cut_columns, isolated, line};
use super::items::{Told, excerpt_pieces, shown_diff, stamp, told};
use super::{link, plain};

/// What the output can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether escape codes for colour may be used.
    pub colour: bool,
    /// Columns of a line; `usize::MAX` where lines have no end, as in a file or a pipe.
    pub width: usize,
}

const BOLD: &str = "\u{1B}[1m";
const DIM: &str = "\u{1B}[2m";
const HIT: &str = "\u{1B}[1;33m";
const INSERT: &str = "\u{1B}[32m";
const DELETE: &str = "\u{1B}[31m";
const OFF: &str = "\u{1B}[0m";

/// Columns a title keeps before the names of watches beside it are left out.
const TITLE_COLUMNS: usize = 40;

/// The delivery as lines, each ended. Text from feeds cannot move the cursor or reorder the rest of a line.
pub fn text(delivery: &Delivery, alerts: &[Alert], style: Style) -> String {
    let mut out = String::new();
    if let Form::Digest { why } = &delivery.form {
        out.push_str(&style.paint(BOLD, line(why).trim()));
        out.push('\n');
    }
    for told in &told(alerts) {
        item(&mut out, told, style);
    }
    out
}

fn item(out: &mut String, told: &Told<'_>, style: Style) {
    out.push_str(&headline(told, style));
    if let Some(address) = told.item.and_then(|item| item.link.as_deref()) {
        let shown = link::read(address).map_or_else(|| isolated(address), |link| link.href);
        out.push_str(&format!("    {}\n", style.paint(DIM, &shown)));
    }
    if told.item.is_some() {
        for (_, sentence) in told.reasons() {
            out.push_str(&format!("    {sentence}\n"));
        }
    }
    let (details, advice) = told.service();
    for detail in details.into_iter().chain(advice.map(|a| format!("what to do: {a}"))) {
        out.push_str(&format!("    {detail}\n"));
    }
    for excerpt in &told.excerpts {
        let pieces = excerpt_pieces(excerpt).into_iter().map(|(hit, piece)| match (hit, style.colour) {
            (false, _) => piece,
            (true, true) => style.paint(HIT, &piece),
            (true, false) => format!("»{piece}«"),
        });
        out.push_str(&format!("    {}: {FSI}{}{PDI}\n", excerpt.field, pieces.collect::<String>()));
    }
    for (field, parts) in told.diffs.iter().flat_map(|diff| shown_diff(diff)) {
        let shown = if style.colour {
            let piece = |part: &super::items::Shown| match part.op {
                DiffOp::Equal => part.text.clone(),
                DiffOp::Insert => style.paint(INSERT, &part.text),
                DiffOp::Delete => style.paint(DELETE, &part.text),
            };
            parts.iter().map(piece).collect()
        } else {
            plain::diff_line(&parts)
        };
        out.push_str(&format!("    {field} was edited: {FSI}{shown}{PDI}\n"));
    }
}

/// `2026-11-24 06:15 UTC  feed  TITLE  [watch, watch]`; to be one line of the screen, watches give way first, then the title.
fn headline(told: &Told<'_>, style: Style) -> String {
    let found = told.alerts.iter().map(|a| a.raised).min().map(stamp).unwrap_or_default();
    let name_columns = (style.width / 6).clamp(6, 24);
    let feed = told.feed().map(|feed| format!("{}  ", isolated(&cut_columns(&feed, name_columns)))).unwrap_or_default();
    let edited = if told.edited() { "edited: " } else { "" };
    let title = told.title();
    // One column less: many terminals wrap when the last one is written.
    let room = |beside: &str| match style.width {
        usize::MAX => usize::MAX,
        width => width.saturating_sub(format!("{found}  {feed}{edited}{beside}").width() + 1),
    };
    let watches = told.watches();
    let fits = |shown: &String| room(shown) >= title.width().min(TITLE_COLUMNS);
    let shorter = (0..=watches.len()).rev().map(|count| named(&watches, count, name_columns));
    let watches = shorter.into_iter().find(fits).unwrap_or_default();
    let cut = cut_columns(&title, room(&watches));
    let shown: String = if style.colour && cut == title {
        let piece = |(hit, piece): (bool, String)| style.paint(if hit { HIT } else { BOLD }, &piece);
        told.title_pieces().into_iter().map(piece).collect()
    } else {
        style.paint(BOLD, &cut)
    };
    format!("{}  {feed}{edited}{FSI}{shown}{PDI}{watches}\n", style.paint(DIM, &found))
}

/// `  [watch, watch and 3 more]` of the first so many.
fn named(watches: &[String], count: usize, columns: usize) -> String {
    if watches.is_empty() {
        return String::new();
    }
    let names: Vec<String> = watches.iter().take(count).map(|w| isolated(&cut_columns(w, columns))).collect();
    match (names.join(", "), watches.len() - names.len()) {
        (names, 0) => format!("  [{names}]"),
        (_, 1) if count == 0 => "  [1 watch]".to_owned(),
        (_, more) if count == 0 => format!("  [{more} watches]"),
        (names, more) => format!("  [{names} and {more} more]"),
    }
}

impl Style {
    fn paint(self, code: &str, text: &str) -> String {
        if self.colour { format!("{code}{text}{OFF}") } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    const PIPE: Style = Style { colour: false, width: usize::MAX };

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(|l| l.replace([FSI, PDI], "")).collect()
    }

    #[test]
    fn an_item_is_a_headline_and_what_to_know_about_it() {
        let (delivery, alerts) = samples::english();
        assert_eq!(
            text(&delivery, &alerts, PIPE),
            concat!(
                "2026-11-24 06:15 UTC  \u{2068}world\u{2069}  \u{2068}Talks in Helsinki end\u{2069}  [\u{2068}summit\u{2069}]\n",
                "    https://news.example.org/story-1\n",
                "    new item, found “Helsinki” in the title\n",
                "    summary: \u{2068}… ministers left »Helsinki« without a paper.\u{2069}\n",
            )
        );
        let (delivery, alerts) = samples::arabic();
        assert_eq!(
            lines(&text(&delivery, &alerts, PIPE)),
            [
                "2026-11-24 06:15 UTC  أخبار  قمة هلسينكي 2026: اجتماع ثان  [قمة]",
                "    https://news.example.org/ar-2",
                "    new item, found “هلسينكي” in the title",
                "    body: … ينعقد الاجتماع في »هلسينكي« غدا (NATO)",
            ]
        );
    }

    #[test]
    fn the_alerts_of_one_item_are_told_together_and_edits_show_what_changed() {
        let (delivery, alerts) = samples::edited();
        assert_eq!(
            lines(&text(&delivery, &alerts, PIPE)),
            [
                "2026-11-24 06:15 UTC  world  edited: Pompeo meets Lavrov in Geneva  [ministers, secretary]",
                "    https://news.example.org/story-2",
                "    words beside “Lavrov” changed",
                "    words beside “Pompeo” changed",
                "    title was edited: Pompeo meets Lavrov in [-Helsinki-]{+Geneva+}",
            ]
        );
    }

    #[test]
    fn a_digest_says_why_and_a_service_alert_is_one_line() {
        let (mut delivery, alerts) = samples::service();
        delivery.form = Form::Digest { why: "told together\u{1B}[2J".into() };
        assert_eq!(
            lines(&text(&delivery, &alerts, PIPE)),
            ["told together [2J", "2026-11-24 06:15 UTC  the notifier “hook” is off: its target answered 410 Gone"]
        );
    }

    #[test]
    fn colour_marks_hits_only_where_it_may() {
        let (delivery, alerts) = samples::english();
        let text = text(&delivery, &alerts, Style { colour: true, width: 100 });
        assert!(text.contains("\u{1B}[1mTalks in \u{1B}[0m\u{1B}[1;33mHelsinki\u{1B}[0m"), "{text:?}");
        assert!(!text.contains('»'));
    }

    #[test]
    fn a_headline_fits_its_screen_in_any_script() {
        let title = "赫尔辛基峰会 قمة هلسينكي Helsinki summit, ".repeat(8);
        let mut alerts =
            vec![samples::alert("a watch with a long name", "a feed with a name far too long", "k", &title, "")];
        alerts.extend(
            (0..4).map(|n| samples::alert(&format!("watch {n}"), "a feed with a name far too long", "k", &title, "")),
        );
        let delivery = samples::delivery(&alerts);
        for width in [40, 60, 80, 100, 132, 200] {
            let text = text(&delivery, &alerts, Style { colour: false, width });
            assert!(text.lines().next().unwrap().width() <= width, "{width}: {text}");
        }
        assert!(text(&delivery, &alerts, PIPE).contains(title.trim()));
    }

    #[test]
    fn nothing_from_a_feed_reaches_the_terminal_as_a_command() {
        for title in [
            "\u{1B}[2J\u{1B}[31mred",
            "\u{1B}]8;;https://evil.example\u{1B}\\bank.example\u{1B}]8;;\u{1B}\\",
            "\u{1B}]52;c;cm0gLXJmIH4=\u{7}",
            "a\u{9B}31mb\u{9D}0;x",
            "\u{1B}]0;pwned\u{7}over\rwritten",
            "gepj.\u{202E}exe\u{2066}\u{200B}",
        ] {
            let mut alert = samples::alert("w", "f", "k", title, "");
            alert.excerpts = vec![samples::excerpt(crate::model::Field::Body, &format!("x{title}"), "x")];
            alert.item.as_mut().unwrap().link = Some(format!("javascript:{title}"));
            alert.sentence = title.into();
            let alerts = [alert];
            for style in [PIPE, Style { colour: true, width: 80 }] {
                let mut text = text(&samples::delivery(&alerts), &alerts, style);
                for code in [BOLD, DIM, HIT, INSERT, DELETE, OFF] {
                    text = text.replace(code, "");
                }
                let bad = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}');
                assert!(!text.contains(bad), "{text:?}");
            }
        }
    }
}
