//! The documents say what is so: transcripts are run, configurations checked, JSON samples compared with what is printed,
//! tables of keys with the keys that are read.
//!
//! | a block of | is |
//! |---|---|
//! | `console` | run: what follows `$ ` in a shell, in a folder that holds a copy of `config/`; the lines beneath are what it prints |
//! | `toml NAME` | written to that folder as NAME, and free of errors |
//! | `toml` | free of errors |
//! | `help COMMAND` | what the command prints |
//! | `keys FILE` | the file |
//! | `json NAME` | a sample of `samples`, compared with what is printed today |
//! | anything else | for people |
//!
//! A line `…` of a transcript stands for any lines. `<!-- the feed publishes: TITLE -->` lets the feed of the document,
//! `https://feeds.example.org/world.xml`, have one item more. After a change that is meant, `BLESS_DOCS=1 cargo test
//! --test it readme::` writes what is so into the documents; read the difference before it is kept.

mod blocks;
mod desk;
mod keys;
mod plain;
mod samples;

use std::collections::BTreeSet;

use blocks::{Document, Event};
use desk::Desk;

use crate::support::program::Program;

#[test]
fn every_transcript_is_what_the_program_prints() {
    let mut wrong = Vec::new();
    for mut document in Document::all() {
        let mut desk = Desk::new();
        for event in document.events() {
            match event {
                Event::Publishes(title) => desk.publish(&title),
                Event::Block(block) if block.info == "console" => {
                    let printed = desk.transcript(&block.lines);
                    if !plain::same(&block.lines, &printed) {
                        wrong.push(document.differs(&block, &printed));
                    }
                }
                Event::Block(block) if block.kind() == "toml" => {
                    let name = block.info.strip_prefix("toml ").unwrap_or("block.toml");
                    desk.write(name, &block.lines.join("\n"));
                    if let Some(said) = desk.mistakes(name) {
                        wrong.push(format!("{}:{}: {said}", document.path.display(), block.first));
                    }
                }
                Event::Block(_) => {}
            }
        }
        document.bless();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn every_json_sample_is_what_the_program_prints() {
    let printed = samples::printed();
    let mut wrong = Vec::new();
    let mut shown = BTreeSet::new();
    for mut document in Document::all() {
        for block in document.blocks().into_iter().filter(|b| b.kind() == "json") {
            let name = block.info.trim_start_matches("json").trim();
            shown.insert(name.to_owned());
            match printed.iter().find(|(known, _)| *known == name) {
                None => {
                    wrong.push(format!("{}:{}: no sample is called `{name}`", document.path.display(), block.first));
                }
                Some((_, record)) if !samples::same(&block.lines.join("\n"), record) => {
                    let lines: Vec<String> = samples::laid_out(record).lines().map(str::to_owned).collect();
                    wrong.push(document.differs(&block, &lines));
                }
                Some(_) => {}
            }
        }
        document.bless();
    }
    wrong.extend(printed.iter().filter(|(n, _)| !shown.contains(*n)).map(|(n, _)| format!("nothing shows `{n}`")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn every_help_and_file_that_a_document_shows_is_as_it_stands() {
    let program = Program::new("");
    let mut wrong = Vec::new();
    for mut document in Document::all() {
        for block in document.blocks() {
            let name = block.info.split_once(' ').map_or("", |(_, name)| name);
            let so = match block.kind() {
                "help" => program.run(&name.split(' ').skip(1).collect::<Vec<_>>()).out,
                "keys" => std::fs::read_to_string(blocks::root().join(name)).unwrap(),
                _ => continue,
            };
            let so: Vec<String> = so.lines().map(|l| l.trim_end().to_owned()).collect();
            if block.lines != so {
                wrong.push(document.differs(&block, &so));
            }
        }
        document.bless();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn every_command_has_its_section_and_every_section_its_command() {
    fn below(program: &Program, command: &str, all: &mut BTreeSet<String>) {
        let arguments: Vec<&str> = command.split(' ').skip(1).chain(["--help"]).collect();
        let help = program.run(&arguments).out;
        let listed = help.lines().skip_while(|l| *l != "Commands:").skip(1).take_while(|l| l.starts_with("  "));
        // What is indented further goes on from the line before.
        let listed = listed.filter(|l| !l.starts_with("   "));
        for name in listed.filter_map(|l| l.split_whitespace().next()).filter(|n| *n != "help") {
            let whole = format!("{command} {name}");
            below(program, &whole, all);
            all.insert(whole);
        }
    }
    let mut all = BTreeSet::new();
    below(&Program::new(""), "feedwatch", &mut all);
    assert!(all.len() > 20, "{all:?}");
    let document = Document::read("docs/commands.md");
    let headings = document.text.lines().filter(|l| l.starts_with("##")).map(|l| l.trim_start_matches('#').trim());
    assert_eq!(headings.map(str::to_owned).collect::<BTreeSet<_>>(), all);
    let helps: BTreeSet<String> =
        document.blocks().iter().filter(|b| b.kind() == "help").map(|b| b.info.clone()).collect();
    assert_eq!(helps, all.iter().map(|c| format!("help {c} --help")).collect());
}

#[test]
fn the_book_has_every_page_once() {
    let summary = Document::read("docs/SUMMARY.md");
    let mut pages = summary.links();
    pages.sort();
    let there = Document::all().into_iter().filter(|d| d.path.parent().is_some_and(|f| f.ends_with("docs")));
    let names = there.filter_map(|d| d.path.file_name().map(|n| n.to_string_lossy().into_owned()));
    let names: Vec<String> = names.filter(|n| n != "SUMMARY.md").collect();
    assert_eq!(pages, names);
}

#[test]
fn every_row_of_the_matching_tables_holds() {
    let program = Program::new("");
    let document = Document::read("docs/matching.md");
    let rows: Vec<Vec<String>> =
        document.rows().into_iter().filter(|r| r.len() >= 3 && r[0].starts_with('`')).collect();
    assert!(rows.len() > 40, "the tables are not found any more: {} rows", rows.len());
    let bare = |cell: &str| cell.trim_matches('`').to_owned();
    let mut wrong = Vec::new();
    for row in rows {
        let (term, text, claimed) = (bare(&row[0]), bare(&row[1]), &row[2]);
        let mut arguments = vec!["try", "--json", "--term", &term];
        let language = row.get(3).map(|cell| bare(cell)).unwrap_or_default();
        if !language.is_empty() {
            arguments.extend(["--language", &language]);
        }
        let said = program.run_with(&arguments, &text);
        let found = said.records().first().map_or("nothing".to_owned(), |hit| {
            format!("`{}`, {}", hit["text"].as_str().unwrap(), hit["how"].as_str().unwrap())
        });
        if found != *claimed {
            wrong.push(format!("{term} in {text} {language}: {found}, not {claimed}"));
        }
    }
    assert!(wrong.is_empty(), "docs/matching.md:\n{}", wrong.join("\n"));
}

#[test]
fn every_key_is_documented_and_every_documented_key_is_read() {
    let wrong = keys::differences();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_of_commands_is_the_list_of_commands() {
    let program = Program::new("");
    let help = program.run(&["--help"]).out;
    let listed = help.lines().skip_while(|l| *l != "Commands:").skip(1).take_while(|l| l.starts_with("  "));
    let mut listed: BTreeSet<&str> = listed.filter_map(|l| l.split_whitespace().next()).collect();
    listed.remove("help");
    let document = Document::read("README.md");
    let command =
        |row: &Vec<String>| row.first()?.strip_prefix("`feedwatch ")?.split([' ', '`']).next().map(str::to_owned);
    let told: BTreeSet<String> = document.rows().iter().filter_map(command).collect();
    assert_eq!(told.iter().map(String::as_str).collect::<BTreeSet<_>>(), listed);
}

#[test]
fn every_line_of_the_log_is_explained() {
    let explained = Document::read("docs/operation.md").text;
    let mut wrong = Vec::new();
    for message in keys::log_messages() {
        // The parts that are the same in every line of that kind.
        let parts = message.split(['{', '}']).step_by(2).map(str::trim).filter(|p| p.chars().count() > 3);
        wrong.extend(parts.filter(|p| !explained.contains(p)).map(|p| format!("`{p}` of the log line `{message}`")));
    }
    assert!(wrong.is_empty(), "docs/operation.md does not explain:\n{}", wrong.join("\n"));
}

#[test]
fn the_book_has_every_page_and_no_link_leads_out_of_it() {
    let summary = Document::read("docs/SUMMARY.md").text;
    for document in Document::all().into_iter().filter(|d| d.path.parent().is_some_and(|p| p.ends_with("docs"))) {
        let name = document.path.file_name().unwrap().to_str().unwrap();
        assert!(name == "SUMMARY.md" || summary.contains(&format!("({name})")), "{name} is not in the book");
        assert!(!document.text.contains("](../"), "{name}: a file beside the book is not in it");
    }
}

#[test]
fn every_path_that_a_document_links_to_is_there() {
    let mut wrong = Vec::new();
    for document in Document::all() {
        let folder = document.path.parent().unwrap();
        for link in document.links() {
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if file.is_empty() { document.path.clone() } else { folder.join(file) };
            let there = std::fs::read_to_string(&target).map(|text| {
                anchor.is_empty() || text.lines().filter(|l| l.starts_with('#')).any(|l| blocks::anchor(l) == anchor)
            });
            if !target.is_dir() && !there.unwrap_or(false) {
                wrong.push(format!("{}: {link}", document.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "links to nothing:\n{}", wrong.join("\n"));
}
