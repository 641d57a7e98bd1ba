//! Names: what may be one, and that none is given twice.

use std::collections::HashMap;

use super::lint;
use super::reader::Table;
use super::source::Place;

/// What is wrong with a name that will stand in logs, headers of mails and on terminals.
pub(super) fn bad_name(name: &str) -> Option<String> {
    const LONGEST: usize = 200;
    if name.trim().is_empty() {
        Some("a name is empty".into())
    } else if name.trim() != name {
        Some("a name begins or ends with a blank".into())
    } else if name.chars().any(char::is_control) {
        Some("a name holds a control character".into())
    } else if name.chars().count() > LONGEST {
        Some(format!("a name is longer than {LONGEST} characters"))
    } else {
        None
    }
}

/// What is named, for messages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named {
    /// `notifiers`
    pub plural: &'static str,
    /// The code of the problem when a name stands twice.
    pub code: &'static str,
    /// What to do where there is none.
    pub hint: &'static str,
}

/// The `was` of each table whose name is the one at the same place of `own`: a name that nothing has any more. `others` are
/// the names in use.
pub(super) fn was(
    tables: &[Table<'_>],
    own: &[String],
    others: &HashMap<String, Place>,
    one: &str,
) -> Vec<(String, String)> {
    let mut seen: HashMap<&str, Place> = HashMap::new();
    let mut renames = Vec::new();
    for (table, own) in tables.iter().zip(own) {
        let Some(text) = table.string("was") else { continue };
        let problems = table.problems();
        if let Some(said) = bad_name(text.value) {
            problems.error("bad_name", text.place, said, None);
        } else if let Some(user) = others.get(text.value) {
            let at = table.reading().sources.say(*user, text.place);
            let said = format!("`{}` is the name of a {one} still: {at}", text.value);
            problems.error("was_in_use", text.place, said, "`was` is a name that nothing has any more".to_string());
        } else if let Some(earlier) = seen.get(text.value) {
            let first = table.reading().sources.say(*earlier, text.place);
            let said = format!("`{}` can have become one {one} only: the first is at {first}", text.value);
            problems.error("duplicate_was", text.place, said, "take one `was` out".to_string());
        } else {
            seen.insert(text.value, text.place);
            renames.push((text.value.to_string(), own.clone()));
        }
    }
    renames
}

/// The `name` of a table, checked; `names` holds those before it, with their places.
pub(super) fn unique<'a>(table: &Table<'a>, names: &mut HashMap<String, Place>, named: Named) -> Option<&'a str> {
    if !table.has("name") {
        table.missing("name", named.hint);
        return None;
    }
    let text = table.string("name")?;
    if let Some(said) = bad_name(text.value) {
        table.problems().error("bad_name", text.place, said, None);
        return None;
    }
    if let Some(earlier) = names.get(text.value) {
        let first = table.reading().sources.say(*earlier, text.place);
        let said = format!("two {} have the name `{}`: the first is at {first}", named.plural, text.value);
        table.problems().error(named.code, text.place, said, "change one of the names".to_string());
        return None;
    }
    lint::name(table, text, names);
    names.insert(text.value.to_string(), text.place);
    Some(text.value)
}
